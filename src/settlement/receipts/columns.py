"""The one table of stages: which column an adjustment fills, and whether it is goods, freight or what is due (§4, §7).

Everything else that sorts stages or columns is read off it: a new stage is one row and one name for its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

__all__ = [
    "ADDING",
    "COLUMNS",
    "COLUMN_OF",
    "COUPONS",
    "EARNED_ON_GOODS",
    "FREIGHT_COLUMNS",
    "FREIGHT_OFFERS",
    "GOODS_COLUMNS",
    "GOODS_OFFERS",
    "OFFER_COLUMNS",
    "OF_ONE_SHOP",
    "ON_FREIGHT",
    "PLACES",
    "PLACE_OF_STAGE",
    "ROW",
    "SHIPPING",
    "STAGES",
    "TAXES",
    "Stage",
]


class Stage(NamedTuple):
    """A stage of adjustments (contract §7), in the order in which they are made."""

    name: str
    #: The signed column that its shares add up to.
    column: str
    #: What it changes: what the goods cost, what freight and surcharges cost, or what is due of both.
    on: Literal["goods", "freight", "due"]
    #: What makes it: an offer that applies by itself, one that is held, or what is charged or settled.
    by: Literal["promotion", "coupon", "charge"]
    #: It adds to what is to be paid; the others take off, and the rounding of the total does either.
    adds: bool = False
    #: Each of its adjustments is on lines of one shop.
    of_one_shop: bool = False


_TABLE: Final = (
    Stage("item_promotion", "promotions", "goods", "promotion"),
    Stage("shop_promotion", "promotions", "goods", "promotion", of_one_shop=True),
    Stage("platform_promotion", "promotions", "goods", "promotion"),
    Stage("shop_coupon", "coupons", "goods", "coupon", of_one_shop=True),
    Stage("platform_coupon", "coupons", "goods", "coupon"),
    Stage("freight", "freight", "freight", "charge", adds=True, of_one_shop=True),
    Stage("surcharge", "surcharges", "freight", "charge", adds=True, of_one_shop=True),
    Stage("freight_promotion", "freight_offers", "freight", "promotion"),
    Stage("freight_coupon", "freight_offers", "freight", "coupon"),
    Stage("points", "points", "due", "charge"),
    Stage("goods_tax", "tax", "due", "charge", of_one_shop=True),
    Stage("freight_tax", "tax", "due", "charge", of_one_shop=True),
    Stage("payment_fee", "payment_fee", "due", "charge", adds=True),
    Stage("fee_tax", "tax", "due", "charge", of_one_shop=True),
    Stage("rounding", "rounding", "due", "charge"),
)

#: The names of the stages; the ledger knows them by their places.
STAGES: Final = tuple(stage.name for stage in _TABLE)
(
    ITEM_PROMOTION,
    SHOP_PROMOTION,
    PLATFORM_PROMOTION,
    SHOP_COUPON,
    PLATFORM_COUPON,
    FREIGHT,
    SURCHARGE,
    FREIGHT_PROMOTION,
    FREIGHT_COUPON,
    POINTS,
    GOODS_TAX,
    FREIGHT_TAX,
    PAYMENT_FEE,
    FEE_TAX,
    ROUNDING,
) = range(15)


def _columns(on: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stage.column for stage in _TABLE if stage.on == on))


def _offers(on: str) -> tuple[str, ...]:
    return tuple(stage.name for stage in _TABLE if stage.on == on and stage.by != "charge")


#: The columns that make up the goods side of a line, and its freight side.
GOODS_COLUMNS: Final = ("goods", *_columns("goods"))
FREIGHT_COLUMNS: Final = _columns("freight")
#: The signed columns whose sum is payable, and a whole row: the list price first, what is payable last.
COLUMNS: Final = (*GOODS_COLUMNS, *FREIGHT_COLUMNS, *_columns("due"))
ROW: Final = ("list", *COLUMNS, "payable")
#: What points are earned on where a rulebook says `earn.on: goods` (contract §6).
EARNED_ON_GOODS: Final = (*GOODS_COLUMNS, "points")
#: The place of a column in a row.
PLACES: Final[Mapping[str, int]] = MappingProxyType({name: place for place, name in enumerate(ROW)})
#: The column of a stage by its name, and the place of it by the stage's own.
COLUMN_OF: Final[Mapping[str, str]] = MappingProxyType({stage.name: stage.column for stage in _TABLE})
PLACE_OF_STAGE: Final = tuple(PLACES[stage.column] for stage in _TABLE)
#: Offers on goods, in whose order nets fall, and those on freight.
GOODS_OFFERS: Final = _offers("goods")
FREIGHT_OFFERS: Final = _offers("freight")
#: What is held.
COUPONS: Final = tuple(stage.name for stage in _TABLE if stage.by == "coupon")
#: All that changes what freight and surcharges cost.
ON_FREIGHT: Final = tuple(stage.name for stage in _TABLE if stage.on == "freight")
#: Taxes, by their places: one entry for each tax and rate of each shop.
TAXES: Final = frozenset(place for place, stage in enumerate(_TABLE) if stage.column == "tax")
#: By their places: what adds to what is to be paid, what is on lines of one shop, and what needs an address.
ADDING: Final = frozenset([place for place, stage in enumerate(_TABLE) if stage.adds])
OF_ONE_SHOP: Final = frozenset([place for place, stage in enumerate(_TABLE) if stage.of_one_shop])
SHIPPING: Final = frozenset([place for place, stage in enumerate(_TABLE) if stage.on == "freight"])
#: The columns of offers.
OFFER_COLUMNS: Final = tuple(dict.fromkeys(stage.column for stage in _TABLE if stage.by != "charge"))
