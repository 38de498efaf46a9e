"""Ways to pay: what each method would cost, an amount over several tenders, and items that a provider adds up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from settlement.after_pay.payments.due import charged_for
from settlement.after_pay.payments.paid import expect_payable
from settlement.after_pay.refunds.sides import sides
from settlement.cart.checkout import Checkout
from settlement.documents.document import Document
from settlement.documents.problems import expect, problem_at, refuse
from settlement.documents.scalars import LISTED, Id, Name, PositiveCount, Text
from settlement.documents.signed import Signed
from settlement.documents.unstated import LeavesOut
from settlement.engine.settle import settle
from settlement.errors import InvalidDocument, Problem
from settlement.money import Money, excerpt, money_of
from settlement.receipts.parts import Status
from settlement.receipts.settlement import Settlement
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.rulebook import Rulebook

__all__ = [
    "MethodOffer",
    "PaymentItem",
    "PaymentOption",
    "TenderShare",
    "payment_items",
    "payment_option",
    "payment_options",
    "split_tenders",
]


class TenderShare(Document):
    """What one of several tenders pays."""

    id: Id
    amount: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, id: str, amount: Money | str) -> None: ...


class MethodOffer(LeavesOut):
    """An offer that is for certain ways to pay and applies with this one: what it takes off, 0 for a gift alone."""

    left_out: ClassVar[frozenset[str]] = frozenset({"name"})

    id: Id
    name: Name | None = None
    amount: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, id: str, amount: Money | str, name: str | None = None) -> None: ...


class PaymentOption(LeavesOut):
    """What it means to pay by one method: what is payable, who pays it, the fee and who bears it.

    `tenders` and what is `due` by the method add up to `payable`. A fee that the buyer bears is in `payable`, and so is
    what `offers` take off: those that are for certain ways to pay and apply with this one. A fee that the merchant
    bears is not: the provider keeps it of `due`, and `received` is what is left, below 0 where the terms
    cost more than is due. `status` is that of the settlement: `payable`, `pending` while what depends on the address is
    no part of it, or `blocked` where nothing can be ordered. `str()` says it in English, `text()` in another language.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"description", "terms", "offers"})

    id: Id
    name: Name | None = None
    description: Text | None = None
    borne_by: Literal["buyer", "merchant"]
    fee: Signed
    payable: Signed
    tenders: Annotated[tuple[TenderShare, ...], LISTED] = ()
    due: Signed
    received: Signed
    status: Status
    terms: Text | None = None
    offers: Annotated[tuple[MethodOffer, ...], LISTED] = ()

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            borne_by: Literal["buyer", "merchant"],
            fee: Money | str,
            payable: Money | str,
            due: Money | str,
            received: Money | str,
            status: Literal["payable", "pending", "blocked"],
            name: str | None = None,
            description: str | None = None,
            tenders: Sequence[TenderShare | Mapping[str, Any]] = (),
            terms: str | None = None,
            offers: Sequence[MethodOffer | Mapping[str, Any]] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _sums(self) -> Self:
        found = []
        if self.payable.minor != self.due.minor + sum([each.amount.minor for each in self.tenders]):
            found.append(problem_at("payable", code="value.invalid", detail="is not the sum of the lines"))
        kept = self.fee.minor if self.borne_by == "merchant" else 0
        if self.received.minor != self.due.minor - kept:
            found.append(problem_at("received", code="value.invalid", detail="is not the sum of the lines"))
        refuse(found)
        return self

    def text(self, locale: str = "en") -> str:
        """What it means, for a reader. Raises `UnknownLocale`."""
        from settlement.after_pay.payments.options_text import option_text

        return option_text(self, locale=locale)

    def __str__(self) -> str:
        return self.text()


class PaymentItem(Document):
    """An item as providers want it: `quantity` × `unit_amount`, exactly. `line` is null for freight."""

    line: Id | None
    name: str
    quantity: PositiveCount
    unit_amount: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, line: str | None, name: str, quantity: int, unit_amount: Money | str) -> None: ...


def payment_options(checkout: Checkout, rulebook: Rulebook) -> tuple[PaymentOption, ...]:
    """Every payment method of the rules, in their order, each settled with.

    The fee is that of `settle()`; a method may change which coupons are best, so `payable` is not the same sum plus a
    fee. Gift cards and stored value of the checkout pay first, the method the rest. Raises what `settle()` raises.
    Source: contract §6.

    >>> from settlement import Cart, Line, PaymentMethod
    >>> methods = [
    ...     PaymentMethod(id="card", percent="1", borne_by="buyer"),
    ...     PaymentMethod(id="cod", borne_by="merchant"),
    ... ]
    >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="s", sku="k", quantity=1, unit_price="50.00 CNY")])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart)
    >>> found = payment_options(checkout, Rulebook(id="r", currency="CNY", payment_methods=methods))
    >>> [(each.id, str(each.fee), str(each.payable)) for each in found]
    [('card', '0.50 CNY', '50.50 CNY'), ('cod', '0.00 CNY', '50.00 CNY')]
    """
    expect("checkout", checkout, Checkout)
    expect("rulebook", rulebook, Rulebook)
    return tuple([payment_option(checkout, rulebook, method) for method in rulebook.payment_methods])


def payment_option(checkout: Checkout, rulebook: Rulebook, method: PaymentMethod) -> PaymentOption:
    """What it means to pay by one method of the rules."""
    expect("checkout", checkout, Checkout)
    expect("method", method, PaymentMethod)
    settlement = settle(checkout.model_copy(update={"payment_method": method.id}), rulebook)
    fee = settlement.totals.payment_fee
    if method.borne_by == "merchant" and settlement.due:
        charged = [method.fee(due, rulebook.rules.rounded) for due in charged_for(settlement, method)]
        fee = money_of(sum(charged), settlement.currency)
    return PaymentOption(
        id=method.id,
        name=method.name,
        description=method.description,
        borne_by=method.borne_by,
        fee=fee,
        payable=settlement.payable,
        tenders=tuple([TenderShare(id=each.id, amount=each.amount) for each in settlement.tenders]),
        due=settlement.due,
        received=settlement.due - fee if method.borne_by == "merchant" else settlement.due,
        status=settlement.status,
        terms=method.terms,
        offers=tuple(_offers(settlement)),
    )


def _offers(settlement: Settlement) -> Iterator[MethodOffer]:
    """What applied of the offers that ask for a way to pay, in the order of their decisions."""
    for each in settlement.decisions:
        if each.outcome == "applied" and "payment_methods" in each.facts:
            taken = [entry.amount for entry in settlement.adjustments if entry.rule == each.rule]
            amount = sum(taken, start=money_of(0, settlement.currency))
            yield MethodOffer(id=each.rule, name=each.name, amount=amount)


def split_tenders(payable: Money, tenders: Sequence[tuple[str, Money | None]]) -> tuple[TenderShare, ...]:
    """An amount over several tenders in their order, each up to its cap; None: as far as is needed.

    The shares add up to the amount, exactly; a tender that pays nothing has a share of 0. Raises `InvalidDocument`
    where the amount or a cap is negative, the caps together don't reach or are in another currency, or where an id is
    none or stands twice; `TypeError` for anything but amounts and pairs of id and cap.

    >>> shares = split_tenders(Money("99.90 CNY"), [("stored_value", Money("60.00 CNY")), ("card", None)])
    >>> [(each.id, str(each.amount)) for each in shares]
    [('stored_value', '60.00 CNY'), ('card', '39.90 CNY')]
    """
    expect("payable", payable, Money)
    handed_in: Any = tenders
    if not isinstance(handed_in, (list, tuple)):
        msg = f"tenders: found {excerpt(handed_in)}; a list of pairs of id and cap is expected"
        raise TypeError(msg)
    problems = []
    if payable.minor < 0:
        problems.append(Problem("payable", "amount.negative", {}))
    left = payable.minor
    made = []
    seen = set()
    for at, pair in enumerate(handed_in):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            msg = f'tenders[{at}]: found {excerpt(pair)}; a pair of id and cap is expected, such as ("card", None)'
            raise TypeError(msg)
        name, cap = pair
        expect(f"tenders[{at}]", cap, Money, optional=True)
        if not isinstance(name, str) or not name:
            code = "text.empty" if name == "" else "text.type"
            problems.append(Problem(f"tenders[{at}]", code, {"found": excerpt(name)}))
            continue
        if name in seen:
            problems.append(Problem(f"tenders[{at}]", "id.duplicate", {"found": excerpt(name)}))
        seen.add(name)
        if cap is not None and cap.currency != payable.currency:
            facts = {"found": cap.currency, "currency": payable.currency}
            problems.append(Problem(f"tenders[{at}]", "currency.mixed", facts))
            continue
        if cap is not None and cap.minor < 0:
            problems.append(Problem(f"tenders[{at}]", "amount.negative", {}))
            continue
        amount = left if cap is None else min(left, cap.minor)
        left -= amount
        made.append(TenderShare(id=name, amount=money_of(amount, payable.currency)))
    if left and not problems:
        facts = {"missing": str(money_of(left, payable.currency))}
        problems.append(Problem("tenders", "tender.not_enough", facts))
    if problems:
        raise InvalidDocument(problems, "tenders")
    return tuple(made)


def payment_items(settlement: Settlement, freight_name: str = "Freight") -> tuple[PaymentItem, ...]:
    """The settlement as items whose `quantity` × `unit_amount` add up to payable, to the minor unit.

    Providers check that sum and refuse an order that is a cent off. A line is its goods side (contract §8): all that
    was taken off, its share of points, fee and rounding included. Where that can't be divided by the quantity, or the
    goods are sold by measure, the line is one item with the quantity in its name. Freight is one item. Items of 0 are
    left out. Raises `InvalidDocument` for a settlement that is pending or blocked, `TypeError` for anything else.

    >>> from settlement import Cart, Line
    >>> lines = [Line(id="a", shop="s", sku="tea", quantity=3, unit_price="3.33 CNY")]
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=lines))
    >>> [
    ...     (each.name, each.quantity, str(each.unit_amount))
    ...     for each in payment_items(settle(checkout, Rulebook(id="r", currency="CNY")))
    ... ]
    [('tea', 3, '3.33 CNY')]
    """
    expect_payable(settlement, "payment items")
    expect("freight_name", freight_name, str)
    made = []
    freight = 0
    parts = sides(settlement)
    for line in settlement.lines:
        cash = parts[line.id].goods.cash
        freight += parts[line.id].freight.cash
        whole = isinstance(line.quantity, int) and not cash % line.quantity
        count = int(line.quantity) if whole else 1
        name = line.sku if whole or line.quantity == 1 else f"{line.sku} × {line.quantity}"
        if cash:
            amount = money_of(cash // count, settlement.currency)
            made.append(PaymentItem(line=line.id, name=name, quantity=count, unit_amount=amount))
    if freight:
        amount = money_of(freight, settlement.currency)
        made.append(PaymentItem(line=None, name=freight_name, quantity=1, unit_amount=amount))
    return tuple(made)
