"""The document of an order edit: the parts of the order after a change, and what the change collects or gives back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.after_pay.refunds.quote import FreightMode, RefundQuote
from settlement.after_pay.refunds.sold import Returns
from settlement.documents.json_text import compact
from settlement.documents.order_name import happened
from settlement.documents.scalars import instant_out
from settlement.documents.written import numbered
from settlement.money import Money, money_of
from settlement.receipts.settlement import Settlement

__all__ = ["EditedLine", "OrderEdit", "OrderPart"]


class OrderPart(NamedTuple):
    """A settlement of the order, and its refunds in their order."""

    settlement: Settlement
    refunds: tuple[RefundQuote, ...] = ()


class EditedLine(NamedTuple):
    """What one line brings: what is to be collected for it, and what goes back; below 0: charged on what is kept."""

    line: str
    shop: str
    collect: Money
    give_back: Money


class OrderEdit:
    """An order after a change: its parts, and what this change collects or gives back, by line and shop and in all.

    `parts` are what the next refund, payout and journal are made of: each settlement with its refunds.
    """

    __slots__ = ("added", "at", "currency", "id", "parts", "refunds")

    def __init__(
        self,
        parts: tuple[OrderPart, ...],
        refunds: Mapping[int, RefundQuote],
        *,
        added: bool,
        id: str | None = None,
        at: datetime | str | None = None,
    ) -> None:
        stated = happened("edit", id=id, at=at)
        #: The edit's own id, and when it was made, in UTC; its refunds have the same.
        self.id = stated.id
        self.at = None if stated.at is None else instant_out(stated.at)
        self.parts = parts
        #: What this change gives back, by the place of its part; each is the last of that part's refunds.
        self.refunds = dict(refunds)
        #: Whether the last part is what this change adds.
        self.added = added
        self.currency = parts[0].settlement.currency

    @property
    def order(self) -> str | None:
        """The order's name."""
        return self.parts[0].settlement.order

    @property
    def settlement(self) -> str:
        """The digest of what was bought first."""
        return self.parts[0].settlement.digest

    @property
    def settled(self) -> Settlement | None:
        """What is added, settled anew."""
        return self.parts[-1].settlement if self.added else None

    @property
    def lines(self) -> tuple[EditedLine, ...]:
        """Every line that moves money."""
        collect: dict[tuple[str, str], int] = {}
        back: dict[tuple[str, str], int] = {}
        for line in () if self.settled is None else self.settled.lines:
            collect[line.id, line.shop] = line.payable.minor
        for at, quote in self.refunds.items():
            shops = {line.id: line.shop for line in self.parts[at].settlement.lines}
            rows = [(row.id, row.cash.minor) for row in quote.lines]
            rows += [(charge.line, -charge.amount.minor) for charge in quote.charges]
            rows += [(kept.line, -kept.amount.minor) for kept in quote.deductions]
            for name, amount in rows:
                back[name, shops[name]] = back.get((name, shops[name]), 0) + amount
        return tuple(
            EditedLine(*key, *[money_of(each.get(key, 0), self.currency) for each in (collect, back)])
            for key in sorted({**collect, **back})
            if collect.get(key) or back.get(key)
        )

    @property
    def shops(self) -> dict[str, Money]:
        """What each shop's lines bring: collected less given back."""
        found: dict[str, int] = {}
        for row in self.lines:
            found[row.shop] = found.get(row.shop, 0) + row.collect.minor - row.give_back.minor
        return {shop: money_of(amount, self.currency) for shop, amount in sorted(found.items())}

    @property
    def difference(self) -> Money:
        """What is added less what goes back, whatever pays for either; below 0: more goes back."""
        added = 0 if self.settled is None else self.settled.payable.minor
        return money_of(added - sum([quote.cash.minor for quote in self.refunds.values()]), self.currency)

    @property
    def _by_method(self) -> int:
        due = 0 if self.settled is None else self.settled.due.minor
        return due - sum([quote.to_method.minor for quote in self.refunds.values()])

    @property
    def collect(self) -> Money:
        """What the payment method is to collect."""
        return money_of(max(0, self._by_method), self.currency)

    @property
    def give_back(self) -> Money:
        """What goes back by the payment method."""
        return money_of(max(0, -self._by_method), self.currency)

    def refund(
        self, returns: Returns, freight: FreightMode = "keep", policy: RefundPolicy | None = None, **more: Any
    ) -> OrderEdit:
        """Goods come back of whichever parts have them, the newest first; `more` as for `refund`.

        Money of the order, or of a line that several parts sold, is spread by what is left of it in each; a deduction
        by what each gives back. Raises what `refund` raises.
        """
        from settlement.after_pay.edits.edit import after_returns

        return after_returns(self, returns, freight, policy, more)

    def to_dict(self) -> dict[str, Any]:
        """The edit as plain data; its order, id and instant are left out where there are none."""
        stated = {"order": self.order, "id": self.id, "at": self.at}
        return {name: value for name, value in stated.items() if value is not None} | {
            "currency": self.currency,
            **self.sums(),
            "added": self.added,
            "refunds": sorted(self.refunds),
            "parts": [
                {"settlement": part.settlement.to_dict(), "refunds": [quote.to_dict() for quote in part.refunds]}
                for part in self.parts
            ],
        }

    def sums(self) -> dict[str, Any]:
        """What its parts come to, as plain data: the difference, and what moves in all, by line and by shop."""
        rows = [row._asdict() | {"collect": str(row.collect), "give_back": str(row.give_back)} for row in self.lines]
        return {
            "difference": str(self.difference),
            "collect": str(self.collect),
            "give_back": str(self.give_back),
            "lines": rows,
            "shops": {shop: str(amount) for shop, amount in self.shops.items()},
        }

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> OrderEdit:
        """Read `to_dict()` back, as `from_json()`."""
        return cls.from_json(compact(data))

    @classmethod
    def from_json(cls, text: str | bytes) -> OrderEdit:
        """Read `to_json()` back: its settlements and refunds as these are read, and its sums are what they make.

        Raises `InvalidDocument`, and what `Settlement.from_json` and `refund` raise for their documents.
        """
        from settlement.after_pay.edits.from_json import read_edit

        return read_edit(text)

    def text(self, locale: str = "en") -> str:
        """What is added, what comes back and what is to be collected, for a reader. Raises `UnknownLocale`."""
        from settlement.after_pay.edits.text import edit_text

        return edit_text(self, locale=locale)

    def __str__(self) -> str:
        return self.text()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OrderEdit):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.settlement, len(self.parts), self.difference))

    def __repr__(self) -> str:
        return f"<OrderEdit {self.difference}, {numbered(len(self.parts), 'part')}>"
