"""The working state that a step sees: immutable, and made of plain integers.

`Basket` is what the cart became after screening: its lines in the order of their ids, so that the last tie of the
contract is simply the smaller place. `Ledger` is what is known after a step: what each line still costs, and the
entries that say why. A step returns a new ledger, so the search for the best coupons is a walk with no undo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from settlement.allocation import share_out

if TYPE_CHECKING:
    from typing import Self

__all__ = ["STAGES", "Basket", "Entry", "Goods", "Ledger", "Verdict"]

#: The stages of adjustments in the order in which they are made (contract §4 and §7).
STAGES = (
    "item_promotion",
    "shop_promotion",
    "platform_promotion",
    "shop_coupon",
    "platform_coupon",
    "freight",
    "surcharge",
    "freight_promotion",
    "freight_coupon",
    "points",
    "payment_fee",
    "rounding",
)
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
    PAYMENT_FEE,
    ROUNDING,
) = range(12)

#: One adjustment: stage, rule, amount, lines, their shares, what the platform bears of each (or None), facts.
Entry: TypeAlias = tuple[int, str, int, tuple[int, ...], tuple[int, ...], tuple[int, ...] | None, Any]

#: One decision: rule, reason (None: applied), shortfall (minor units or thousandths, or None), facts.
Verdict: TypeAlias = tuple[str, str | None, int | None, Any]


class Basket:
    """The lines that take part, in the order of their ids, column by column; built once per settlement."""

    __slots__ = (
        "_by_category", "_by_sku", "by_shop", "categories", "currency", "free_shipping", "goods", "ids", "lists",
        "millis", "pieces", "places", "shops", "skus", "source", "templates", "volumes", "warehouses", "weights",
    )  # fmt: skip

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.shops: list[str] = []
        self.skus: list[str] = []
        self.millis: list[int] = []
        self.pieces: list[int] = []
        self.goods: list[int] = []
        self.lists: list[int] = []
        self.categories: list[tuple[str, ...]] = []
        self.weights: list[int | None] = []
        self.volumes: list[int | None] = []
        self.templates: list[str | None] = []
        self.warehouses: list[str | None] = []
        self.free_shipping: list[bool] = []
        self.places: list[int] = []
        self.source: list[Any] = []
        self.by_shop: dict[str, list[int]] = {}
        self._by_sku: dict[str, list[int]] | None = None
        self._by_category: dict[str, list[int]] | None = None
        self.currency = ""

    @property
    def by_sku(self) -> dict[str, list[int]]:
        """sku -> its lines."""
        if self._by_sku is None:
            self._by_sku = {}
            for place, sku in enumerate(self.skus):
                self._by_sku.setdefault(sku, []).append(place)
        return self._by_sku

    @property
    def by_category(self) -> dict[str, list[int]]:
        """category -> its lines."""
        if self._by_category is None:
            self._by_category = {}
            for place, categories in enumerate(self.categories):
                for category in categories:
                    self._by_category.setdefault(category, []).append(place)
        return self._by_category


class Goods:
    """The lines in an offer's scope as its benefit sees them; every list has one entry per line, in order of id.

    `nets` are minor units that earlier offers left (for a freight offer: of freight and surcharges), `net` their
    sum, `millis` quantities in thousandths, `times` how often the tier's condition is fully met (1 without `every`).
    """

    __slots__ = ("basket", "lines", "net", "nets", "rounded", "times")

    def __init__(
        self,
        basket: Basket,
        lines: Sequence[int],
        nets: list[int],
        net: int,
        times: int,
        rounded: Callable[[int, int], int],
    ) -> None:
        self.basket = basket
        self.lines = lines
        self.nets = nets
        self.net = net
        self.times = times
        #: The policy's rounding of numerator ÷ denominator, both not negative.
        self.rounded = rounded

    @property
    def millis(self) -> list[int]:
        """Quantities in thousandths."""
        millis = self.basket.millis
        return [millis[line] for line in self.lines]

    @property
    def ids(self) -> list[str]:
        """Line ids."""
        return [self.basket.ids[line] for line in self.lines]

    @property
    def skus(self) -> list[str]:
        """Skus."""
        return [self.basket.skus[line] for line in self.lines]

    def spread(self, amount: int) -> list[int]:
        """At most the net, spread over the lines in proportion to their net (contract §4, Spreading)."""
        return share_out(min(amount, self.net), self.nets)

    def spread_by(self, amount: int, weights: Sequence[Fraction]) -> list[int]:
        """Spread over exact fractional weights."""
        common = lcm(*(weight.denominator for weight in weights))
        return share_out(amount, [weight.numerator * (common // weight.denominator) for weight in weights])

    def runs(self, per: str = "scope") -> list[list[int]]:
        """The positions of lines of whole quantity, dearest unit first, ties by id; `per="sku"`: each apart.

        A line of 6 000 pieces is one run of units, not 6 000 entries: its units all have the same net.
        """
        whole = [at for at, milli in enumerate(self.millis) if not milli % 1000]
        millis = self.millis
        unit = {at: Fraction(self.nets[at] * 1000, millis[at]) for at in whole}
        whole.sort(key=lambda at: -unit[at])
        if per == "scope":
            return [whole] if whole else []
        groups: dict[tuple[str, str], list[int]] = {}
        for at in whole:
            line = self.lines[at]
            groups.setdefault((self.basket.shops[line], self.basket.skus[line]), []).append(at)
        return list(groups.values())


class Ledger(NamedTuple):
    """What is known after a step. Tuples have one entry per line of the basket."""

    #: Goods less every discount so far.
    net: tuple[int, ...]
    #: The same before platform coupons.
    shop_net: tuple[int, ...]
    #: What is left of freight and surcharges.
    freight: tuple[int, ...]
    #: What is to be paid; filled from the points step on.
    due: tuple[int, ...]
    entries: tuple[Entry, ...]
    verdicts: tuple[Verdict, ...]
    #: (rule, sku, thousandths)
    gifts: tuple[tuple[str, str, int], ...]
    #: Coupons that took effect, in order.
    coupons: tuple[str, ...]
    #: Lines that have left every coupon's scope, and those that freight promotions took from freight coupons.
    barred: frozenset[int]
    freight_barred: frozenset[int]
    parcels: tuple[Any, ...]
    points: tuple[int, int, int]

    @classmethod
    def opened(cls, goods: Sequence[int]) -> Self:
        """The ledger that the cart opens with its goods."""
        net = tuple(goods)
        return cls(net, net, (0,) * len(net), net, (), (), (), (), frozenset(), frozenset(), (), (0, 0, 0))

    def with_(self, **changes: Any) -> Self:
        """The ledger with some parts replaced."""
        return self._replace(**changes)
