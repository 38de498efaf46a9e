"""The mall's own choices where shops differ (contract §2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from settlement.documents.document import Document
from settlement.documents.marks import Mark, Takes
from settlement.documents.problems import problem
from settlement.documents.scalars import LISTED, Count, PositiveCount, PositiveMoney
from settlement.money import Money, excerpt

__all__ = ["Policy", "RoundTotal"]


class RoundTotal(Document):
    """Brings payable to a multiple of `unit`: the odd cents that a till drops."""

    unit: PositiveMoney
    mode: Literal["down", "half_up", "up"]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, unit: Money | str, mode: Literal["down", "half_up", "up"]) -> None: ...


def _pair(value: Any) -> tuple[str, str]:
    if not isinstance(value, (list, tuple)):
        raise problem("list.type", found=excerpt(value))
    if sorted(value, key=str) != ["coupons", "points"]:
        raise problem("choice.unknown", found="another pair", expected='["coupons", "points"]')
    return ("coupons", "points")


Exclusion = Annotated[
    tuple[str, str],
    PlainValidator(_pair),
    PlainSerializer(list),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"enum": ["coupons", "points"]},
            "minItems": 2,
            "maxItems": 2,
            "uniqueItems": True,
        }
    ),
    Takes("list[str] | tuple[str, str]"),
]


class Policy(Document):
    """Every field has a default; the default comes first.

    `rounding` is for amounts that a percentage or a decimal quantity makes. `threshold_amount` and
    `free_shipping_amount` say which amount a threshold looks at. `exclusions` forbids coupons beside points.
    `max_lines` lowers the number of lines that are settled at once. `search_limit` bounds the states that the search
    for the best coupons looks at: pieces of bounded work, a count of the inputs and never a time. The first 8 coupons
    are looked at whatever it says.

    >>> Policy(exclusions=[("coupons", "points")]).excludes_points_with_coupons
    True
    """

    rounding: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up"
    threshold_amount: Literal["net", "goods"] = "net"
    free_shipping_amount: Literal["net", "shop_net", "goods"] = "net"
    freight_combination: Literal["sum", "highest_first", "max"] = "sum"
    undeliverable: Literal["exclude", "block"] = "exclude"
    coupons_per_shop: Count = 1
    coupons_platform: Count = 1
    coupons_freight: Count = 1
    exclusions: Annotated[tuple[Exclusion, ...], Field(default=()), LISTED] = ()
    round_total: RoundTotal | None = None
    search_limit: Annotated[PositiveCount, Mark.BEYOND] = 20_000
    max_lines: Annotated[PositiveCount, Mark.BEYOND] = 10_000
    threshold_tax: Annotated[Literal["without", "with"], Mark.BEYOND] = "without"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            rounding: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up",
            threshold_amount: Literal["net", "goods"] = "net",
            free_shipping_amount: Literal["net", "shop_net", "goods"] = "net",
            freight_combination: Literal["sum", "highest_first", "max"] = "sum",
            undeliverable: Literal["exclude", "block"] = "exclude",
            coupons_per_shop: int = 1,
            coupons_platform: int = 1,
            coupons_freight: int = 1,
            exclusions: Sequence[list[str] | tuple[str, str]] = (),
            round_total: RoundTotal | Mapping[str, Any] | None = None,
            search_limit: int = 20000,
            max_lines: int = 10000,
            threshold_tax: Literal["without", "with"] = "without",
        ) -> None: ...

    @property
    def excludes_points_with_coupons(self) -> bool:
        """Whether coupons and points may not stand in one settlement."""
        return bool(self.exclusions)
