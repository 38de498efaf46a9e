"""The plain content of a settlement: integers, strings and tuples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from settlement.allocation import share_out
from settlement.cart.invoice_request import InvoiceRequest
from settlement.cart.tenders import Payment
from settlement.freight.charge import Charge
from settlement.money import Money
from settlement.receipts.columns import POINTS_COLUMN
from settlement.receipts.parts import Status
from settlement.receipts.redemptions import Redeemed

__all__ = ["VERSIONS", "Entry", "LineLike", "Record", "Verdict"]


#: The calculation versions whose settlements this library reads, the newest last: what is checked holds for all.
VERSIONS: Final = ("1",)


#: One adjustment: stage, rule, amount, lines, their shares, what the platform bears of each (or None), facts.
Entry: TypeAlias = tuple[int, str, int, tuple[int, ...], tuple[int, ...], tuple[int, ...] | None, Any]


#: One decision: rule, reason (None: applied), shortfall (minor units or thousandths, or None), facts.
Verdict: TypeAlias = tuple[str, str | None, int | None, Any]


class Record(NamedTuple):
    """The plain content of a settlement; places are those of the lines in the order of their ids."""

    status: Status
    currency: str
    at: datetime
    rulebook: str
    version: str
    #: What the cart says of each line: id, shop, sku, quantity, unit price, commission, tax.
    lines: Sequence[LineLike] = ()
    ids: Sequence[str] = ()
    #: Places in the order of the cart.
    order: Sequence[int] = ()
    #: list, the nine columns, payable; one entry per line.
    columns: Sequence[Sequence[int]] = ((),) * 11
    totals: Sequence[int] = (0,) * 11
    #: In the order of the cart, with their columns.
    shops: Sequence[tuple[str, Sequence[int]]] = ()
    parcels: Sequence[Charge] = ()
    entries: Sequence[Entry] = ()
    verdicts: Sequence[Verdict] = ()
    excluded: Sequence[tuple[str, str, int | None, int]] = ()
    gifts: Sequence[tuple[str, str, int]] = ()
    points: tuple[int, int, int] = (0, 0, 0)
    optimal: bool = True
    #: A proven lower bound on the cost, where the choice is not proven best.
    bound: int | None = None
    remark: str | None = None
    invoice: InvoiceRequest | None = None
    #: Which warehouse each line is sent from, where lines name several.
    sourcing: Sequence[Any] = ()
    #: What gift cards and stored value pay of payable.
    tenders: Sequence[Payment] = ()
    #: As JSON brought them; None: read off the verdicts.
    redemptions: Sequence[Redeemed] | None = None

    @property
    def rows(self) -> list[tuple[LineLike, tuple[int, ...], int]]:
        """In the order of the cart: the line, its columns, the points used for it."""
        used = self.points_used
        rows = list(zip(*self.columns, strict=True))
        return [(self.lines[place], rows[place], used[place]) for place in self.order]

    @property
    def points_used(self) -> Sequence[int]:
        """Each line's part of the points used, spread by its points column (contract §7)."""
        column = self.columns[POINTS_COLUMN]
        if not self.points[0]:
            return (0,) * len(column)
        return share_out(self.points[0], [-amount for amount in column])


class LineLike(Protocol):
    """What a settlement carries of a line."""

    @property
    def id(self) -> str: ...
    @property
    def shop(self) -> str: ...
    @property
    def sku(self) -> str: ...
    @property
    def quantity(self) -> int | Decimal: ...
    @property
    def unit_price(self) -> Money: ...
    @property
    def commission_percent(self) -> int | Decimal | None: ...
    @property
    def tax_percent(self) -> int | Decimal | None: ...
