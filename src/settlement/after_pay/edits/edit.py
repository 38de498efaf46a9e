"""An order that changes after it was paid: an exchange, one piece more, a line that is cancelled.

An edited order is its settlements with their refunds, the oldest first. What is no longer wanted comes back of them as
a return does, the newest first; what is wanted beyond them is a settlement of its own at today's prices. So every
document that stands keeps its cents, and the next refund or edit goes on from the parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from settlement.after_pay.payments.paid import expect_payable
from settlement.after_pay.refunds.history import returned
from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.after_pay.refunds.quote import FreightMode, RefundQuote
from settlement.after_pay.refunds.returns import refund
from settlement.after_pay.refunds.sold import Returns, Sold
from settlement.cart.checkout import Checkout
from settlement.documents.json_text import compact
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect
from settlement.documents.scalars import milli, quantity_out, returned_quantity
from settlement.engine.settle import settle
from settlement.errors import CurrencyMismatch, InvalidDocument, Problem, RefundExceeds, UnknownLine
from settlement.money import Money, excerpt, money_of
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["EditedLine", "OrderEdit", "OrderPart", "edit_order"]

#: A line as it is known again: its id, shop and sku.
Same: TypeAlias = tuple[str, str, str]


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

    __slots__ = ("added", "currency", "parts", "refunds")

    def __init__(self, parts: tuple[OrderPart, ...], refunds: Mapping[int, RefundQuote], *, added: bool) -> None:
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
        """Goods come back of whichever parts have them, the newest first; `more` as for `refund`, where one part is."""
        wanted = {name: milli(returned_quantity(each)) for name, each in returns.items()}
        takes: dict[int, dict[str, int]] = {}
        for at in reversed(range(len(self.parts))):
            left = _left(self.parts[at])
            for (name, _, _), there in left.items():
                taken = min(there, wanted.get(name, 0))
                if taken:
                    takes.setdefault(at, {})[name] = taken
                    wanted[name] -= taken
        _none_left(wanted, returns, self.parts)
        if not takes and more:
            takes = {len(self.parts) - 1: {}}
        return _edited(self.parts, takes, None, freight, policy, more)

    def to_dict(self) -> dict[str, Any]:
        """The edit as plain data."""
        return {
            "currency": self.currency,
            "difference": str(self.difference),
            "collect": str(self.collect),
            "give_back": str(self.give_back),
            "lines": [row._asdict() | {"collect": str(row.collect), "give_back": str(row.give_back)}
                      for row in self.lines],
            "shops": {shop: str(amount) for shop, amount in self.shops.items()},
            "added": self.added,
            "refunds": sorted(self.refunds),
            "parts": [
                {"settlement": part.settlement.to_dict(), "refunds": [quote.to_dict() for quote in part.refunds]}
                for part in self.parts
            ],
        }  # fmt: skip

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> OrderEdit:
        """The same of plain data, as `to_dict()` gives it."""
        return cls.from_json(compact(data))

    @classmethod
    def from_json(cls, text: str | bytes) -> OrderEdit:
        """Read `to_json()` back; its settlements, refunds and sums are looked at again. Raises `InvalidDocument`."""
        try:
            data = json.loads(text)
            parts = tuple(
                OrderPart(
                    Settlement.from_dict(each["settlement"]),
                    tuple([RefundQuote.from_dict(quote) for quote in each["refunds"]]),
                )
                for each in data["parts"]
            )
            places = {at: parts[at].refunds[-1] for at in data["refunds"] if at in range(len(parts))}
            made = cls(parts, places, added=data["added"] is True)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            if isinstance(error, InvalidDocument):
                raise
            detail = f"is no order edit: {error}"
            raise InvalidDocument([Problem("edit", "value.invalid", {"detail": detail})], "edit") from None
        one_order("edit", [(f"parts[{at}]", part.settlement.order) for at, part in enumerate(parts)])
        for part in parts:
            if part.settlement.currency != made.currency:
                raise CurrencyMismatch(made.currency, part.settlement.currency)
            Sold(part.settlement).history(part.refunds)
        if made.to_dict() != data:
            raise InvalidDocument([Problem("edit", "value.invalid", {"detail": "is not what its parts make"})], "edit")
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OrderEdit):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.parts[0].settlement.digest, len(self.parts), self.difference))

    def __repr__(self) -> str:
        return f"<OrderEdit {self.difference}, {len(self.parts)} parts>"


def edit_order(
    order: Settlement | OrderEdit,
    wanted: Checkout,
    rulebook: Rulebook,
    history: Iterable[RefundQuote] = (),
    freight: FreightMode = "keep",
    policy: RefundPolicy | None = None,
) -> OrderEdit:
    """What to collect or give back so that the buyer has the wanted cart; its lines are known by id, shop and sku.

    Fewer of a line is a return under `freight` and `policy`; more, or a line that was not bought, is settled anew by
    the rulebook at the wanted checkout's instant. `history` are the refunds of a settlement that was not edited yet.
    Raises `InvalidDocument` where what is added can't be paid or shipped, or the checkout is of another order,
    `CurrencyMismatch`, `TypeError` for anything but these documents, else what `refund` raises.

    >>> from settlement import Cart, Line
    >>> def ask(at, **lines):
    ...     made = [Line(id=name, shop="s", sku=name, quantity=1, unit_price=price) for name, price in lines.items()]
    ...     return Checkout(at=f"2026-11-{at}T00:00:00+08:00", cart=Cart(currency="CNY", lines=made))
    >>> book = Rulebook(id="r", currency="CNY")
    >>> made = edit_order(
    ...     settle(ask(11, m="80.00 CNY", b="9.00 CNY"), book), ask(12, l="95.00 CNY", b="12.00 CNY"), book
    ... )
    >>> str(made.collect), [(row.line, str(row.collect), str(row.give_back)) for row in made.lines]
    ('15.00 CNY', [('l', '95.00 CNY', '0.00 CNY'), ('m', '0.00 CNY', '80.00 CNY')])
    """
    expect("wanted", wanted, Checkout)
    expect("rulebook", rulebook, Rulebook)
    if isinstance(order, OrderEdit):
        parts = order.parts
        if list(history):
            raise ValueError("history: an edited order has its refunds itself")
    else:
        expect_payable(order, "edit")
        parts = (OrderPart(order, tuple(Sold(order).history(history))),)
    first = parts[0].settlement
    if wanted.cart.currency != first.currency:
        raise CurrencyMismatch(first.currency, wanted.cart.currency)
    one_order("edit", [("order", first.order), ("wanted", wanted.order)])
    want: dict[Same, int] = {
        (line.id, line.shop, line.sku): milli(line.quantity) for line in wanted.cart.lines if line.selected
    }
    takes: dict[int, dict[str, int]] = {}
    for at, part in enumerate(parts):
        for same, there in _left(part).items():
            keeps = min(there, want.get(same, 0))
            if same in want:
                want[same] -= keeps
            if there > keeps:
                takes.setdefault(at, {})[same[0]] = there - keeps
    return _edited(parts, takes, _added(wanted, want, parts, rulebook), freight, policy, {})


def _left(part: OrderPart) -> dict[Same, int]:
    """Thousandths that the buyer still has of each line."""
    back = returned(part.refunds)
    return {
        (line.id, line.shop, line.sku): milli(line.quantity) - back.get(line.id, 0) for line in part.settlement.lines
    }


def _none_left(wanted: Mapping[str, int], returns: Returns, parts: Iterable[OrderPart]) -> None:
    """Raises `UnknownLine` or `RefundExceeds` for what no part has."""
    bought: dict[str, int] = {}
    for part in parts:
        for (name, _, _), there in _left(part).items():
            bought[name] = bought.get(name, 0) + there
    for name, short in wanted.items():
        if name not in bought:
            raise UnknownLine(name, bought)
        if short:
            raise RefundExceeds(name, str(quantity_out(bought[name])), str(returns[name]))


def _added(
    wanted: Checkout, want: Mapping[Same, int], parts: tuple[OrderPart, ...], rulebook: Rulebook
) -> Settlement | None:
    """What is wanted beyond the parts, settled anew. Raises `InvalidDocument` where some of it can't be had."""
    lines: list[Any] = []
    for line in wanted.cart.lines:
        more = want.get((line.id, line.shop, line.sku), 0)
        if line.selected and more:
            quantity: int | Decimal = returned_quantity(quantity_out(more))
            lines.append(line.model_copy(update={"quantity": quantity}))
    if not lines:
        return None
    cart = wanted.cart.model_copy(update={"lines": tuple(lines)})
    made = settle(wanted.model_copy(update={"cart": cart}), rulebook)
    expect_payable(made, "edit")
    problems = [
        Problem(f"wanted.cart.lines.{excerpt(each.line)}", "edit.excluded", {"reason": each.reason})
        for each in made.excluded
    ]
    if made.digest in {part.settlement.digest for part in parts}:
        problems.append(Problem("wanted.at", "edit.again"))
    if problems:
        raise InvalidDocument(problems, "edit")
    name = parts[0].settlement.order
    return made if name is None or made.order is not None else made.for_order(name)


def _edited(
    parts: tuple[OrderPart, ...],
    takes: Mapping[int, Mapping[str, int]],
    added: Settlement | None,
    freight: FreightMode,
    policy: RefundPolicy | None,
    more: Mapping[str, Any],
) -> OrderEdit:
    """The parts after these returns, and with what is added."""
    made: dict[int, RefundQuote] = {}
    after = list(parts)
    for at, rows in sorted(takes.items()):
        part = parts[at]
        returns = {name: quantity_out(each) for name, each in rows.items()}
        made[at] = refund(part.settlement, returns, part.refunds, freight, policy, **more)
        after[at] = OrderPart(part.settlement, (*part.refunds, made[at]))
    if added is not None:
        after.append(OrderPart(added))
    return OrderEdit(tuple(after), made, added=added is not None)
