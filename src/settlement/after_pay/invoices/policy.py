"""What a shop chooses about its invoices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from settlement.after_pay.invoices.details import InvoiceItem
from settlement.documents.scalars import PercentOrZero
from settlement.documents.unstated import LeavesOut

__all__ = ["InvoicePolicy"]


class InvoicePolicy(LeavesOut):
    """The shop's choices; the default comes first.

    `freight` stands on a line of its own, one for each rate of its goods, or one with `freight_tax_percent`; is part of
    each line's amount; or is left out where another party invoices it. `freight_item` says what its line is. The tax is
    rounded, by `rounding`, once per rate and spread over its lines, or once per line. `round_total`: what a rounded
    total moved is part of the lines' amounts, or stands apart and bears no tax.

    >>> InvoicePolicy().freight
    'line'
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"freight_item"})

    freight: Literal["line", "with_goods", "leave_out"] = "line"
    freight_tax_percent: PercentOrZero | None = None
    rounding: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up"
    tax_per: Literal["rate", "line"] = "rate"
    round_total: Literal["with_goods", "apart"] = "with_goods"
    freight_item: InvoiceItem | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            freight: Literal["line", "with_goods", "leave_out"] = "line",
            freight_tax_percent: int | Decimal | str | None = None,
            rounding: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up",
            tax_per: Literal["rate", "line"] = "rate",
            round_total: Literal["with_goods", "apart"] = "with_goods",
            freight_item: InvoiceItem | Mapping[str, Any] | None = None,
        ) -> None: ...
