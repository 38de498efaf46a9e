"""An order as it was placed: a record under the shop's own name for it, what was asked for, what was consumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import InitErrorDetails

from settlement.after_pay.payments.demand import PaymentDemand
from settlement.after_pay.payments.paid import expect_payable, payment_demand
from settlement.after_pay.payouts.sub_orders import senders
from settlement.audit.confirm import Confirmation
from settlement.audit.record import Record, RecordDocument
from settlement.cart.address import Address
from settlement.cart.checkout import Checkout
from settlement.cart.invoice_request import InvoiceRequest
from settlement.documents.embedded import Embedded
from settlement.documents.marks import Takes
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect, located, problem_at, refuse
from settlement.documents.scalars import LISTED, Id, Instant, PositiveQuantity, milli, quantity_out, returned_quantity
from settlement.documents.unstated import LeavesOut
from settlement.errors import InvalidDocument, NotConfirmed
from settlement.money import Money, excerpt
from settlement.receipts.settlement import Settlement

if TYPE_CHECKING:
    from settlement.orders.events import OrderEvent
    from settlement.orders.state import OrderState
    from settlement.orders.status import OrderStatus

    Recorded: TypeAlias = Record
else:
    Recorded = Annotated[RecordDocument, Embedded(Record), Takes("Record | Mapping[str, Any]")]

__all__ = ["Consumed", "Order", "consumed_by", "place"]


class Consumed(LeavesOut):
    """One thing that the order consumes, and how much: a `Redemption` of its settlement, or goods of a shop's stock.

    Of `stock` the id is the sku, and `shop` whose it is: of each settled line and gift, each sku of a shop once. What
    the rulebook bounds (`use`, `units`, `budget`) says for whom it counts up, and to which `limit` or `limit_amount`;
    an offer that is bounded both by customer and in all is consumed in both ways.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"shop", "amount", "per", "limit", "limit_amount"})

    kind: Literal["coupon", "use", "units", "budget", "points", "gift_card", "stored_value", "stock"]
    id: Id
    shop: Id | None = None
    quantity: PositiveQuantity = 1
    amount: Money | None = None
    per: Literal["customer", "all"] | None = None
    limit: PositiveQuantity | None = None
    limit_amount: Money | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            kind: Literal["coupon", "use", "units", "budget", "points", "gift_card", "stored_value", "stock"],
            id: str,
            shop: str | None = None,
            quantity: int | Decimal | str = 1,
            amount: Money | str | None = None,
            per: Literal["customer", "all"] | None = None,
            limit: int | Decimal | str | None = None,
            limit_amount: Money | str | None = None,
        ) -> None: ...


class Order(LeavesOut):
    """An order as it was placed; it never changes. Made by `place()`; what happened since is in an `OrderState`.

    `record` is what was bought, with what is personal; `quoted` is the digest of the record or settlement that had been
    sealed for the buyer, where there was one. As JSON by `to_json()`, read back by `from_json()`, which refuses an id,
    a demand or consumed things that are not those of the record.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"customer", "quoted", "demand"})

    id: Id
    customer: Id | None = None
    placed: Instant
    record: Recorded
    quoted: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    demand: PaymentDemand | None = None
    consumed: Annotated[tuple[Consumed, ...], LISTED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            placed: datetime | str,
            record: Record | Mapping[str, Any],
            consumed: Sequence[Consumed | Mapping[str, Any]],
            customer: str | None = None,
            quoted: str | None = None,
            demand: PaymentDemand | Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _of_its_record(self) -> Self:
        refuse(list(self._wrong()))
        return self

    def _wrong(self) -> Iterator[InitErrorDetails]:
        if self.record.order_name != self.id:
            facts = {"found": excerpt(self.record.order_name), "expected": excerpt(self.id)}
            yield problem_at("record", "order_name", code="order.mismatch", **facts)
        try:
            settlement = self.settlement
            expect_payable(settlement, "Order")
        except InvalidDocument as error:
            for each in error.problems:
                yield located(each, "record")
            return
        customer = _customer(self.record.plain)
        if customer is not None and self.customer != customer:
            facts = {"found": excerpt(self.customer), "expected": excerpt(customer)}
            yield problem_at("customer", code="order.customer", **facts)
        if self.demand is not None and self.demand.order != self.id:
            facts = {"found": excerpt(self.demand.order), "expected": excerpt(self.id)}
            yield problem_at("demand", "order", code="order.mismatch", **facts)
        amount = None if self.demand is None else self.demand.amount
        if amount != (settlement.due or None):
            facts = {"found": "null" if amount is None else str(amount), "expected": str(settlement.due)}
            yield problem_at("demand", code="order.demand", **facts)
        if self.consumed != tuple(consumed_by(settlement, self.record.plain["rulebook"])):
            yield problem_at("consumed", code="value.invalid", detail="is not what the record consumes")

    @property
    def asked(self) -> dict[str, Any]:
        """Checkout and rulebook as plain data, without what is personal, new each time."""
        return self.record.asked

    @cached_property
    def settlement(self) -> Settlement:
        """What was bought, as it was given; with names where they were not erased."""
        return self.record.settlement()

    @cached_property
    def checkout(self) -> Checkout:
        """What was asked, with what is personal where it was not erased. Raises as `Record.checkout()` does."""
        return self.record.checkout()

    @property
    def address(self) -> Address | None:
        """Where it is sent; kept in the record alone."""
        return self.checkout.address

    @property
    def remark(self) -> str | None:
        """What the buyer told all shops; of one shop, `settlement.remark_of(shop)`."""
        return self.settlement.remark

    @property
    def invoice(self) -> InvoiceRequest | None:
        """Whom the invoice is for; of one shop, `settlement.invoice_of(shop)`."""
        return self.settlement.invoice

    def state(self, events: Iterable[OrderEvent] = ()) -> OrderState:
        """Where the order stands after these events, as `order_state`."""
        from settlement.orders.state import order_state

        return order_state(self, events)

    def status(self, events: Iterable[OrderEvent] = ()) -> OrderStatus:
        """The status after these events; without any that of an order just placed."""
        return self.state(events).status


def place(
    bought: Record | Confirmation,
    *,
    order: str,
    placed: datetime | str,
    customer: str | None = None,
    merchant: str | None = None,
    minimum: Money | None = None,
    method: str | None = None,
    channel: str | None = None,
    expires: datetime | str | None = None,
) -> Order:
    """The order of a record, or of a true confirmation: what was settled now, with the digest that was quoted.

    `order` is the shop's own name for it, `customer` by default the checkout's, `method` its payment method; the rest
    is as in `payment_demand`. An order with nothing due has no demand: it is paid. Nothing is stored here. Raises
    `NotConfirmed` for a confirmation that is not true, `InvalidDocument` for a record that names another order or
    customer, for what cannot be bought or asked for, and for what is no id or instant, `TypeError` for anything else.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> from settlement.audit.record import record
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> kept = record(settle(checkout, Rulebook(id="r", currency="CNY")))
    >>> made = place(kept, order="SO1001", placed="2026-11-11T00:00:05+08:00", expires="2026-11-11T00:30:00+08:00")
    >>> made.demand.key, str(made.demand.amount), made.status()
    ('SO1001', '119.80 CNY', 'pending_payment')
    >>> [(each.kind, each.shop, each.id, each.quantity) for each in made.consumed]
    [('stock', 's1', 'k', 2)]
    """
    quoted = None
    if isinstance(bought, Confirmation):
        if not bought:
            raise NotConfirmed(bought.diff)
        quoted, bought = bought.sealed.content.digest, bought.record
    expect("bought", bought, Record)
    expect("minimum", minimum, Money, optional=True)
    one_order("Order", [("order", order), ("record", bought.order_name)])
    named = bought.for_order(order)
    settlement = named.settlement()
    expect_payable(settlement, "Order")
    asked = named.plain
    how = method or asked["checkout"].get("payment_method")
    demand = None
    if settlement.due:
        demand = payment_demand(
            settlement, order, merchant, minimum, method=how, channel=channel, expires=expires
        )  # fmt: skip
    return Order.model_validate(
        {
            "id": order,
            "customer": _customer(asked) if customer is None else customer,
            "placed": placed,
            "record": named,
            "quoted": quoted,
            "demand": demand,
            "consumed": list(consumed_by(settlement, asked["rulebook"])),
        }
    )


def _customer(asked: Mapping[str, Any]) -> str | None:
    """Who buys, by the checkout's word."""
    stated: str | None = (asked["checkout"].get("customer") or {}).get("id")
    return stated


def consumed_by(settlement: Settlement, rules: Mapping[str, Any]) -> Iterator[Consumed]:
    """The redemptions in their order, under the limits of these rules (plain data); then goods by shop and sku."""
    offers = {each["id"]: each for name in ("promotions", "coupons") for each in rules.get(name, ())}
    for each in settlement.redemptions:
        for bounds in _bounds(each.kind, offers.get(each.id, {})):
            yield Consumed(kind=each.kind, id=each.id, quantity=each.quantity, amount=each.amount, **bounds)  # type: ignore[arg-type]  # a kind is a text there
    stock: dict[tuple[str, str], int] = {}
    rows = [(line.shop, line.sku, line.quantity) for line in settlement.lines]
    sent_by = zip(settlement.gifts, senders(settlement), strict=True)
    rows += [(shop, gift.sku, gift.quantity) for gift, shop in sent_by if shop is not None]
    for shop, sku, quantity in rows:
        stock[shop, sku] = stock.get((shop, sku), 0) + milli(quantity)
    for (shop, sku), thousandths in sorted(stock.items()):
        yield Consumed(kind="stock", id=sku, shop=shop, quantity=returned_quantity(quantity_out(thousandths)))


def _bounds(kind: str, terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For whom something counts up, and to which limit; nothing of what there is so much of, and counts down."""
    if kind == "use":
        ways = [("customer", terms.get("limit_per_customer")), ("all", terms.get("limit_in_all"))]
        return [{"per": per, "limit": limit} for per, limit in ways if limit is not None] or [{}]
    if kind == "units":
        stated = [tier["benefit"].get("limit") for tier in terms.get("tiers", ())]
        most = max([each for each in stated if each is not None], key=_milli, default=None)
        return [{"per": "customer", "limit": most}]
    return [{"per": "all", "limit_amount": terms.get("budget")}] if kind == "budget" else [{}]


def _milli(stated: Any) -> int:
    """Thousandths of a quantity as JSON states it."""
    return milli(returned_quantity(stated))
