"""The plain content of a settlement: integers, strings and tuples."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from settlement.allocation import share_out
from settlement.cart.invoice_request import InvoiceRequest
from settlement.cart.tenders import Payment
from settlement.documents.canonical import canonical
from settlement.documents.json_text import Amounts
from settlement.freight.charge import Charge
from settlement.money import Money
from settlement.receipts.columns import PLACES, ROW
from settlement.receipts.facts import Facts, facts_text
from settlement.receipts.parts import Status
from settlement.receipts.redemptions import Redeemed, redeemed

if TYPE_CHECKING:
    from settlement.cart.checkout import ForShop
    from settlement.discounts.instalments import PaymentStage
    from settlement.receipts.called import Called

__all__ = ["VERSIONS", "Entry", "Record", "TaxRow", "Verdict"]


#: The calculation versions whose settlements this library reads, the newest last: what is checked holds for all.
VERSIONS: Final = ("1", "2")


class Entry(NamedTuple):
    """One adjustment: a signed amount and its shares, in minor units."""

    #: Its place in `STAGES`.
    stage: int
    rule: str
    amount: int
    #: Places of the lines that it falls on, ascending, and the share of each.
    lines: tuple[int, ...]
    shares: tuple[int, ...]
    #: What the platform bears of each share; None: nothing.
    borne: tuple[int, ...] | None
    facts: Facts


class Verdict(NamedTuple):
    """One decision."""

    rule: str
    #: None: it applied.
    reason: str | None
    #: What is missing: minor units, or thousandths of a quantity.
    shortfall: int | None
    facts: Facts


class TaxRow(NamedTuple):
    """One tax at one rate in one shop: what it was taken of and what it came to, in minor units."""

    shop: str
    tax: str
    #: An exact ratio: numerator and denominator of a percentage.
    percent: tuple[int, int]
    base: int
    amount: int
    category: str | None
    reason: str | None


class Row(NamedTuple):
    """What a settlement carries of a line, by itself."""

    id: str
    shop: str
    sku: str
    quantity: int | Decimal
    unit_price: Money
    commission_percent: int | Decimal | None
    tax_percent: int | Decimal | None
    sold_by_measure: bool = False


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
    #: list, the signed columns, payable; one entry per line.
    columns: Sequence[Sequence[int]] = ((),) * len(ROW)
    totals: Sequence[int] = (0,) * len(ROW)
    #: In the order of the cart, with their columns.
    shops: Sequence[tuple[str, Sequence[int]]] = ()
    parcels: Sequence[Charge] = ()
    entries: Sequence[Entry] = ()
    verdicts: Sequence[Verdict] = ()
    #: Line, reason, what is available (thousandths), its place, and the facts.
    excluded: Sequence[tuple[str, str, int | None, int, Mapping[str, Any] | None]] = ()
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
    #: Names as JSON brought them, or as they were detached; None: the documents have them.
    called: Called | None = None
    #: What the buyer told one shop alone.
    by_shop: Sequence[ForShop] = ()
    #: Which order it is, by the shop's own name.
    of_order: str | None = None
    #: Lines that are money themselves, such as gift cards.
    stored: Collection[str] = ()
    #: Line -> the price list that its unit price is of.
    priced: Mapping[str, str] = MappingProxyType({})
    #: Taxes that were put on prices, or taken out of them.
    taxes: Sequence[TaxRow] = ()
    #: The stages in which it is paid, where a presale holds.
    instalments: Sequence[PaymentStage] = ()
    #: Line -> the method that it is delivered by, of shops that have some.
    delivery: Mapping[str, str] = MappingProxyType({})
    #: What the amounts lack until there is an address, where tax is among it; freight alone is what pending means.
    missing: Sequence[str] = ()

    def detached(self, money: Amounts, *, ordered: bool = False) -> Record:
        """The same content without a document or anything of the engine: lines as plain rows, facts as text.

        `ordered`: the fields of facts in the order of their names, as canonical JSON has them.
        """

        def told(facts: Facts) -> Facts:
            text = facts_text(facts, money)
            return canonical(json.loads(text)).decode() if ordered else text

        known: dict[Any, Any] = {}

        def kept(amounts: Sequence[int]) -> tuple[int, ...]:
            """Equal amounts are one object, and equal rows of them."""
            row = tuple([known.setdefault(amount, amount) for amount in amounts])
            same: tuple[int, ...] = known.setdefault(row, row)
            return same

        lines = tuple([Row(*[getattr(line, name) for name in Row._fields]) for line in self.lines])
        return self._replace(
            lines=lines,
            ids=tuple([line.id for line in lines]),
            order=kept(self.order),
            columns=tuple(map(kept, self.columns)),
            entries=tuple(
                [
                    entry._replace(lines=kept(entry.lines), shares=kept(entry.shares), facts=told(entry.facts))
                    for entry in self.entries
                ]
            ),
            parcels=tuple(
                [each if each.spared is None else each._replace(spared=told(each.spared)) for each in self.parcels]
            ),
            verdicts=tuple([each._replace(facts=told(each.facts)) for each in self.verdicts]),
            redemptions=redeemed(self),
        )

    @property
    def rows(self) -> list[tuple[LineLike, tuple[int, ...], int]]:
        """In the order of the cart: the line, its columns, the points used for it."""
        used = self.points_used
        rows = list(zip(*self.columns, strict=True))
        return [(self.lines[place], rows[place], used[place]) for place in self.order]

    @property
    def points_used(self) -> Sequence[int]:
        """Each line's part of the points used, spread by its points column (contract §7)."""
        column = self.columns[PLACES["points"]]
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
    def sold_by_measure(self) -> bool | None: ...
    @property
    def tax_percent(self) -> int | Decimal | None: ...
