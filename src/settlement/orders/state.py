"""Where an order stands: the fold of all that happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import model_validator

from settlement.after_pay.payments.paid import PaymentState, refund_due
from settlement.documents.document import Document
from settlement.documents.marks import Takes
from settlement.documents.problems import expect, located, problem_at, refuse
from settlement.documents.scalars import LISTED, Id, Quantity, quantity_out
from settlement.documents.signed import Signed
from settlement.errors import EventRefused, InvalidDocument
from settlement.money import Money, money_of
from settlement.orders.event import Event
from settlement.orders.events import EVENTS_TAKEN, AnyEvent, OrderEvent
from settlement.orders.fold import OrderFold
from settlement.orders.order import Order
from settlement.orders.status import ALLOWED, OrderStatus

__all__ = ["LineDelivery", "OrderState", "RefundProgress", "ShopDeliveries", "order_state"]


class LineDelivery(Document):
    """Of one line: what was bought, still to be sent (`left`), sent, received by the buyer, and come back."""

    line: Id
    bought: Quantity
    left: Quantity
    shipped: Quantity
    received: Quantity
    returned: Quantity

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            line: str,
            bought: int | Decimal | str,
            left: int | Decimal | str,
            shipped: int | Decimal | str,
            received: int | Decimal | str,
            returned: int | Decimal | str,
        ) -> None: ...


class ShopDeliveries(Document):
    """The lines of one shop."""

    shop: Id
    lines: Annotated[tuple[LineDelivery, ...], LISTED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, shop: str, lines: Sequence[LineDelivery | Mapping[str, Any]]) -> None: ...


class RefundProgress(Document):
    """What the provider was asked to give back under one number, and the last that it told of that.

    `amount` is null where nothing of the refund goes back by the payment method.
    """

    refund: Id
    amount: Signed | None = None
    told: Literal["asked", "succeeded", "failed"]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            refund: str,
            told: Literal["asked", "succeeded", "failed"],
            amount: Money | str | None = None,
        ) -> None: ...


class OrderState(Document):
    """An order, what happened to it, and what that comes to.

    `paid` is what the payment method paid, of the order and of what changes collected; `to_collect` is asked for and
    not paid yet. `given_back` is what the provider gave back, `refund_due` what is owed to the buyer, by currency;
    below 0 more went back than was owed. As JSON by `to_json()`, read back by `from_json()`, which refuses what its
    events don't make. `str()` says it in English, `text()` in a reader's language.
    """

    order: Order
    events: Annotated[tuple[AnyEvent, ...], LISTED, EVENTS_TAKEN] = ()
    status: Annotated[OrderStatus, Takes("OrderStatus")]
    paid: Signed
    to_collect: Signed
    given_back: Annotated[tuple[Signed, ...], LISTED]
    refund_due: Annotated[tuple[Signed, ...], LISTED]
    deliveries: Annotated[tuple[ShopDeliveries, ...], LISTED]
    refunds: Annotated[tuple[RefundProgress, ...], LISTED] = ()

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            order: Order | Mapping[str, Any],
            status: OrderStatus,
            paid: Money | str,
            to_collect: Money | str,
            given_back: Sequence[Money | str],
            refund_due: Sequence[Money | str],
            deliveries: Sequence[ShopDeliveries | Mapping[str, Any]],
            events: Sequence[OrderEvent | Mapping[str, Any]] = (),
            refunds: Sequence[RefundProgress | Mapping[str, Any]] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _folded(self) -> Self:
        try:
            made = _made(_folded(self.order, self.events))
        except EventRefused as error:
            refuse([located(error.problem)])
            raise
        except InvalidDocument as error:
            refuse([located(each) for each in error.problems])
            raise
        detail = "is not what the events make"
        wrong = [name for name, value in made.items() if getattr(self, name) != value]
        refuse([problem_at(name, code="value.invalid", detail=detail) for name in wrong])
        return self

    @property
    def payments(self) -> tuple[PaymentState, ...]:
        """The state of each payment, the order's own first, then what changes collect; none where nothing was due."""
        return _folded(self.order, self.events).payments.states()

    @property
    def history(self) -> tuple[tuple[OrderStatus, datetime], ...]:
        """Each status that the order had, and from when, the first of them that of an order just placed."""
        return tuple(_folded(self.order, self.events).history)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The kinds of events that can happen now."""
        return ALLOWED[self.status]

    def after(self, *events: OrderEvent) -> OrderState:
        """The state after these events too. Raises as `order_state` does."""
        return order_state(self.order, (*self.events, *events))

    def text(self, locale: str = "en") -> str:
        """The state for a reader. Raises `UnknownLocale`."""
        from settlement.orders.text import order_text

        return order_text(self, locale=locale)

    def __str__(self) -> str:
        return self.text()


def order_state(order: Order, events: Iterable[OrderEvent] = ()) -> OrderState:
    """Where an order stands after these events, in the order in which they became known.

    Raises `EventRefused` for the first event that cannot happen to an order in its state (`ALLOWED`), `InvalidDocument`
    for one that is none of this order's: goods that it does not have or no more of, a demand or a change that is not
    its own, an order closed before its payment ran out. `TypeError` for anything but an order and events.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> from settlement.audit.record import record
    >>> from settlement.orders import Actor, Paid, Shipped, place
    >>> line = Line(id="a", shop="tea", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> made = place(record(settle(checkout, Rulebook(id="r", currency="CNY"))), order="SO1001", placed=checkout.at)
    >>> notice = {"id": "t1", "key": "SO1001", "amount": "119.80 CNY", "told": "succeeded"}
    >>> told = Paid(at="2026-11-11T00:01:00+08:00", actor=Actor.system("notify"), notice=notice)
    >>> sent = Shipped(at=told.at, actor=Actor.shop("tea"), shop="tea", lines=[{"line": "a", "quantity": 1}])
    >>> order_state(made, [told]).status, order_state(made, [told, sent]).status
    ('paid', 'partly_shipped')
    >>> order_state(made, [sent])
    Traceback (most recent call last):
    ...
    settlement.errors.EventRefused: an order that is pending_payment takes no shipped; it takes paid, refund_asked, ...
    """
    expect("order", order, Order)
    given = list(events)
    for at, event in enumerate(given):
        expect(f"events[{at}]", event, Event)
    made = _made(_folded(order, given))
    return OrderState.model_validate({"order": order, "events": given, **made})


def _folded(order: Order, events: Iterable[OrderEvent]) -> OrderFold:
    fold = OrderFold(order)
    for event in events:
        fold.add(event)
    return fold


def _made(fold: OrderFold) -> dict[str, Any]:
    """What the events come to, by the names of the state's fields."""
    currency, back = fold.payments.currency, fold.refunds.given_back
    shops: dict[str, list[LineDelivery]] = {}
    for (shop, line), goods in fold.deliveries.goods.items():
        amounts = {name: quantity_out(getattr(goods, name)) for name in _DELIVERED}
        shops.setdefault(shop, []).append(LineDelivery.model_validate({"line": line} | amounts))
    return {
        "status": fold.status,
        "paid": money_of(fold.payments.by_method, currency),
        "to_collect": money_of(fold.payments.to_collect, currency),
        "given_back": tuple(refund_due([], asked=back).values()),
        "refund_due": tuple(refund_due(fold.payments.states(), _granted(fold), back).values()),
        "deliveries": tuple([ShopDeliveries(shop=shop, lines=lines) for shop, lines in shops.items()]),
        "refunds": tuple([RefundProgress.model_validate(each._asdict()) for each in fold.refunds.progress()]),
    }


def _granted(fold: OrderFold) -> tuple[Money, ...]:
    """What goes back of the order; where it has ended, not what a change would have collected and nobody paid."""
    asked, payments = fold.refunds.asked, fold.payments
    in_all = sum([each.minor for each in asked])
    over = 0 if payments.ended is None else min(payments.uncollected, in_all - payments.by_method)
    return asked if over <= 0 else (money_of(in_all - over, payments.currency),)


#: What is told of a line.
_DELIVERED: Final = ("bought", "left", "shipped", "received", "returned")
