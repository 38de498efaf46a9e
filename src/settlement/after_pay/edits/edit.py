"""An order that changes after it was paid: an exchange, one piece more, a line that is cancelled.

An edited order is its settlements with their refunds, the oldest first. What is no longer wanted comes back of them as
a return does, the newest first; what is wanted beyond them is a settlement of its own at today's prices. So every
document that stands keeps its cents, and the next refund or edit goes on from the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from settlement.after_pay.edits.by_part import asked_by_part
from settlement.after_pay.edits.document import EditedLine, OrderEdit, OrderPart
from settlement.after_pay.payments.paid import expect_payable
from settlement.after_pay.refunds.history import returned
from settlement.after_pay.refunds.money_back import MoneyAsked, StoreCredit
from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.after_pay.refunds.quote import FreightMode, RefundQuote
from settlement.after_pay.refunds.returns import refund
from settlement.after_pay.refunds.sold import Returns, Sold
from settlement.cart.checkout import Checkout
from settlement.cart.customer import Customer
from settlement.cart.line import Line
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect, expect_all
from settlement.documents.scalars import milli, quantity_out, returned_quantity
from settlement.engine.settle import settle
from settlement.errors import CurrencyMismatch, InvalidDocument, Problem, RefundExceeds, UnknownLine
from settlement.money import Money, excerpt, money_of
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["EditedLine", "OrderEdit", "OrderPart", "after_returns", "edit_order"]

#: A line as it is known again: its id, shop and sku.
Same: TypeAlias = tuple[str, str, str]


def edit_order(
    order: Settlement | OrderEdit,
    wanted: Checkout,
    rulebook: Rulebook,
    history: Iterable[RefundQuote] = (),
    freight: FreightMode = "keep",
    policy: RefundPolicy | None = None,
    *,
    id: str | None = None,
    at: datetime | str | None = None,
) -> OrderEdit:
    """What to collect or give back so that the buyer has the wanted cart; its lines are known by id, shop and sku.

    Fewer of a line is a return under `freight` and `policy`; more, or a line that was not bought, is settled anew by
    the rulebook at the wanted checkout's instant. `history` are the refunds of a settlement that was not edited yet.
    `id` and `at`, by default the wanted checkout's instant, are the edit's own and those of its refunds. Raises
    `InvalidDocument` where what is added can't be paid or shipped, or uses a coupon that the order uses, or the
    checkout is of another order, `CurrencyMismatch`, `TypeError` for anything but these documents, else what `refund`
    raises.

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
    for place, part in enumerate(parts):
        for same, there in _left(part).items():
            keeps = min(there, want.get(same, 0))
            if same in want:
                want[same] -= keeps
            if there > keeps:
                takes.setdefault(place, {})[same[0]] = there - keeps
    own: dict[str, Any] = {"id": id, "at": wanted.at if at is None else at}
    made = {
        place: refund(
            parts[place].settlement,
            {name: quantity_out(each) for name, each in rows.items()},
            parts[place].refunds,
            freight,
            policy,
            **own,
        )
        for place, rows in sorted(takes.items())
    }
    used = _coupons_used(_after(parts, made))
    return _edited(parts, made, _added(wanted, want, parts, rulebook, used), own)


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


def _coupons_used(parts: Iterable[OrderPart]) -> dict[str, int]:
    """How many copies of each coupon the order uses, without those that its refunds gave back."""
    used: dict[str, int] = {}
    for part in parts:
        back = {name for quote in part.refunds for name in quote.coupons}
        for each in part.settlement.redemptions:
            if each.kind == "coupon" and each.id not in back:
                used[each.id] = used.get(each.id, 0) + int(each.quantity)
    return used


def _unused(customer: Customer, used: Mapping[str, int]) -> Customer:
    """The buyer with so many copies less of each coupon as the order uses, where there are more."""
    left = {name: count - used.get(name, 0) if count > used.get(name, 0) else 1 for name, count in customer.copies}
    return customer if left == dict(customer.copies) else customer.model_copy(update={"copies": left})


def _again(made: Settlement, customer: Customer, used: Mapping[str, int]) -> Iterator[Problem]:
    """Coupons that the addition uses though the order uses every copy that the buyer has."""
    copies = dict(customer.copies)
    for each in made.redemptions:
        if each.kind == "coupon" and copies.get(each.id, 1) <= used.get(each.id, 0):
            place = f"wanted.customer.coupons[{customer.coupons.index(each.id)}]"
            yield Problem(place, "edit.coupon", {"coupon": excerpt(each.id)})


def _added(
    wanted: Checkout,
    want: Mapping[Same, int],
    parts: tuple[OrderPart, ...],
    rulebook: Rulebook,
    used: Mapping[str, int],
) -> Settlement | None:
    """What is wanted beyond the parts, settled anew. Raises `InvalidDocument` where some of it can't be had.

    `used` are the coupons that the order uses: no copy of these pays for what is added.
    """
    lines: list[Line] = []
    for line in wanted.cart.lines:
        more = want.get((line.id, line.shop, line.sku), 0)
        if line.selected and more:
            quantity: int | Decimal = returned_quantity(quantity_out(more))
            lines.append(line.model_copy(update={"quantity": quantity}))
    if not lines:
        return None
    buyer = wanted.customer
    made = settle(_of_lines(wanted, lines).model_copy(update={"customer": _unused(buyer, used)}), rulebook)
    expect_payable(made, "edit")
    problems = [
        Problem(f"wanted.cart.lines.{excerpt(each.line)}", "edit.excluded", {"reason": each.reason})
        for each in made.excluded
    ]
    problems += _again(made, buyer, used)
    if made.digest in {part.settlement.digest for part in parts}:
        problems.append(Problem("wanted.at", "edit.again"))
    if problems:
        raise InvalidDocument(problems, "edit")
    name = parts[0].settlement.order
    return made if name is None or made.order is not None else made.for_order(name)


def _of_lines(wanted: Checkout, lines: Sequence[Line]) -> Checkout:
    """The checkout of these lines alone, with what it says of their shops."""
    shops = {line.shop for line in lines}
    choice = {
        "pickup": tuple(shop for shop in wanted.choice.pickup if shop in shops),
        "delivery": tuple(each for each in wanted.choice.delivery if each.shop in shops),
    }
    return wanted.model_copy(
        update={
            "cart": wanted.cart.model_copy(update={"lines": tuple(lines)}),
            "by_shop": tuple(each for each in wanted.by_shop if each.shop in shops),
            "choice": wanted.choice.model_copy(update=choice),
        }
    )


def after_returns(
    order: OrderEdit,
    returns: Returns,
    freight: FreightMode,
    policy: RefundPolicy | None,
    more: Mapping[str, Any],
) -> OrderEdit:
    """The order after goods came back of whichever parts have them, the newest first; `more` as for `refund`."""
    wanted = {name: milli(returned_quantity(each)) for name, each in returns.items()}
    takes: dict[int, dict[str, int]] = {}
    for at in reversed(range(len(order.parts))):
        for (name, _, _), there in _left(order.parts[at]).items():
            taken = min(there, wanted.get(name, 0))
            if taken:
                takes.setdefault(at, {})[name] = taken
                wanted[name] -= taken
    _none_left(wanted, returns, order.parts)
    unknown = more.keys() - {"money", "deductions", "credit", "captured", "id", "at"}
    if unknown:
        raise TypeError(f"a refund of an edited order takes no {', '.join(sorted(unknown))}")
    own: dict[str, Any] = {name: more.get(name) for name in ("id", "at")}

    def quoted(at: int, here: MoneyAsked) -> RefundQuote:
        part = order.parts[at]
        back = {name: quantity_out(each) for name, each in takes.get(at, {}).items()}
        beside: dict[str, Any] = {"money": here.money, "deductions": here.deductions}
        return refund(part.settlement, back, part.refunds, freight, policy, **beside, **own)

    asked = asked_by_part(order.parts, takes, more, quoted)
    made = {at: quoted(at, asked.get(at, MoneyAsked())) for at in sorted(takes.keys() | asked.keys(), reverse=True)}
    credit = more.get("credit")
    if credit is not None:
        made = _credited(order, made, expect_all("credit", [credit], StoreCredit)[0])
    edited = _edited(order.parts, made, None, own)
    _no_more_than_captured(edited, more.get("captured"))
    return edited


def _credited(order: OrderEdit, made: Mapping[int, RefundQuote], asked: StoreCredit) -> dict[int, RefundQuote]:
    """The same refunds, what they give back by the payment method turned into credit, the newest first."""
    left = None if asked.amount is None else asked.amount.minor
    done: dict[int, RefundQuote] = {}
    for at, quote in sorted(made.items(), reverse=True):
        most = quote.to_method.minor
        amount = most if left is None else min(left, most)
        left = None if left is None else left - amount
        credit = {"id": asked.id, "amount": str(money_of(amount, order.currency))}
        done[at] = quote if not amount else RefundQuote.from_dict(quote.to_dict() | {"credit": credit})
    if left:
        most = sum([quote.to_method.minor for quote in made.values()])
        facts = {"found": str(asked.amount), "left": str(money_of(most, order.currency))}
        raise InvalidDocument([Problem("credit.amount", "refund.left", facts)], "refund")
    return done


def _no_more_than_captured(edited: OrderEdit, captured: Money | None) -> None:
    """Raises `RefundExceeds` where all parts together give back more than was taken from the buyer."""
    expect("captured", captured, Money, optional=True)
    back = sum([quote.cash.minor for part in edited.parts for quote in part.refunds])
    if captured is not None and money_of(back, edited.currency) > captured:
        raise RefundExceeds("", str(captured), str(money_of(back, edited.currency)))


def _after(parts: Iterable[OrderPart], made: Mapping[int, RefundQuote]) -> list[OrderPart]:
    """The parts, each with its refund."""
    return [
        part if at not in made else OrderPart(part.settlement, (*part.refunds, made[at]))
        for at, part in enumerate(parts)
    ]


def _edited(
    parts: tuple[OrderPart, ...],
    made: Mapping[int, RefundQuote],
    added: Settlement | None,
    own: Mapping[str, Any],
) -> OrderEdit:
    """The parts with these refunds, and with what is added."""
    after = _after(parts, made)
    if added is not None:
        after.append(OrderPart(added))
    return OrderEdit(tuple(after), made, added=added is not None, **own)
