"""What a merchant answers to each call of UCP: documents from documents. HTTP stands in the module beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from settlement.cart.customer import Customer
from settlement.documents.json_text import compact
from settlement.documents.words.language import language
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.errors import InvalidDocument, Problem
from settlement.ext.agents.asked import Merchant
from settlement.ext.ucp.checkout import to_checkout
from settlement.ext.ucp.messages import error
from settlement.ext.ucp.negotiation import Platform, Refusal
from settlement.ext.ucp.request import to_request
from settlement.ext.ucp.sent import read_checkout, read_object, without_credentials
from settlement.ext.ucp.sessions import Session, Sessions, fingerprint
from settlement.money import money_of
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = [
    "Asking",
    "Begun",
    "Call",
    "Declined",
    "Desk",
    "Place",
    "Placing",
    "Sign",
    "cancel",
    "complete",
    "create",
    "failed",
    "get",
    "update",
]


_BEING_COMPLETED: Final = "this checkout is being completed"


class Declined(Exception):
    """No order is placed: a text for the buyer, UCP's code (`payment_failed`, `out_of_stock`, …) and its severity.

    `requires_buyer_input` and `requires_buyer_review` hand the buyer over to `continue_url`.
    """

    def __init__(self, text: str, code: str = "payment_failed", severity: str = "recoverable") -> None:
        super().__init__(text, code, severity)
        self.text, self.code, self.severity = text, code, severity


class Placing(NamedTuple):
    """What an order is placed by: the checkout's id (a key of idempotency), what is due, and how it is to be paid."""

    checkout: str
    settlement: Settlement
    customer: Customer
    #: The buyer, as the agent sent it, and the instruments with their credentials: keep neither longer than you need.
    buyer: Mapping[str, Any]
    instruments: tuple[Mapping[str, Any], ...]
    #: A mandate of AP2, where there is one; verifying it is the host's.
    mandate: str | None
    request: Any


Place: TypeAlias = Callable[[Placing], Mapping[str, Any]]
#: A checkout's id -> what its order settled, where `place` placed one that stands; None without one.
Begun: TypeAlias = Callable[[str], Settlement | None]
#: A checkout -> the same with `ap2.merchant_authorization` (`settlement.ext.ap2.sign`).
Sign: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Asking(NamedTuple):
    """One request: who, in which language, and what of UCP is understood."""

    request: Any
    platform: Platform
    customer: Customer
    locale: str


Call: TypeAlias = Callable[["Desk", str, bytes, Asking], tuple[int, Mapping[str, Any]]]


class Desk(NamedTuple):
    """What a router answers by."""

    rules: Callable[[], Rulebook]
    merchant: Merchant
    place: Place
    customer: Callable[[Any], Customer]
    sign: Sign | None
    shops: str | None
    version: str
    sessions: Sessions
    valid_for: timedelta
    continue_url: str
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    begun: Begun

    def due(self, session: Session, asked: Mapping[str, Any], asking: Asking) -> Settlement:
        """What a checkout comes to: its order where one is begun, which holds the goods; else settled now."""
        standing = self.begun(session.id)
        return self.settled(asked, asking, begun=True) if standing is None else standing

    def settled(self, asked: Mapping[str, Any], asking: Asking, *, begun: bool = False) -> Settlement:
        """What is due now, by the merchant's own prices; `begun`: goods that are gone since are off sale.

        Raises `InvalidDocument`, otherwise also for goods that there are not.
        """
        rules = self.rules()

        def goods(sku: str) -> Mapping[str, Any]:
            found = self.merchant.goods(sku)
            gone = {"shop": "-", "name": sku, "unit_price": money_of(0, rules.currency), "on_sale": False}
            return gone if found is None else found

        merchant = self.merchant._replace(goods=goods) if begun else self.merchant
        request = to_request(asked, rules, merchant, at=self.now(), customer=asking.customer, version=self.version)
        return settle(request.checkout, request.rulebook)

    def shown(self, session: Session, settlement: Settlement, asking: Asking, **more: Any) -> dict[str, Any]:
        """The checkout as it is answered."""
        shops = self.shops if self.shops and asking.platform.understands(self.shops) else None
        made = to_checkout(
            settlement,
            session.id,
            merchant=self.merchant,
            asked=session.asked,
            version=self.version,
            expires=session.expires,
            continue_url=self.continue_url,
            shops=shops,
            by_shop=asking.platform.by_shop,
            locale=asking.locale,
            **more,
        )
        capabilities = made["ucp"]["capabilities"]
        made["ucp"]["capabilities"] = {
            name: rows for name, rows in capabilities.items() if asking.platform.understands(name)
        }
        return made if self.sign is None else dict(self.sign(made))

    def found(self, name: str, asking: Asking) -> Session:
        """The session. Raises `Refusal`."""
        session = self.sessions.get(name, asking.customer.id, self.now())
        if session is None:
            raise Refusal(404, "not_found", "there is no such checkout")
        return session


def create(desk: Desk, _: str, body: bytes, asking: Asking) -> tuple[int, Mapping[str, Any]]:
    """A checkout begins; where nothing of it can be had, there is none."""
    asked = read_checkout(body, signed=desk.sign is not None)
    settlement = desk.settled(asked, asking)
    ends = (desk.now() + desk.valid_for).replace(microsecond=0)
    session = Session(desk.new_id(), without_credentials(asked), asking.customer.id, ends)
    made = desk.shown(session, settlement, asking)
    if settlement.status == "blocked":  # nothing of it can be had, so there is no checkout
        messages = [row | {"severity": "unrecoverable"} for row in made["messages"] if row["type"] == "error"]
        return 200, failed(desk, messages)
    desk.sessions.put(session._replace(shown=_sums(made)))
    return 201, made


def get(desk: Desk, name: str, _: bytes, asking: Asking) -> tuple[int, Mapping[str, Any]]:
    """The checkout as it comes to now."""
    session = desk.found(name, asking)
    if session.final is not None:
        return 200, session.final
    made = desk.shown(session, desk.due(session, session.asked, asking), asking)
    with desk.sessions.alone(name) as free:
        if free and desk.found(name, asking) == session:  # nobody completed or changed it meanwhile
            desk.sessions.put(session._replace(shown=_sums(made)))
    return 200, made


def update(desk: Desk, name: str, body: bytes, asking: Asking) -> tuple[int, Mapping[str, Any]]:
    """The whole of it is sent anew."""
    asked = read_checkout(body, signed=desk.sign is not None)
    with desk.sessions.alone(name) as free:
        if not free:
            raise Refusal(409, "conflict", _BEING_COMPLETED)
        session = _unbegun(desk, name, asking)
        changed = session._replace(asked=without_credentials(asked))
        made = desk.shown(changed, desk.settled(asked, asking), asking)
        desk.sessions.put(changed._replace(shown=_sums(made)))
    return 200, made


def complete(desk: Desk, name: str, body: bytes, asking: Asking) -> tuple[int, Mapping[str, Any]]:
    """Placed by what is due now, and only where that is what the agent was shown."""
    sent = read_object(body)
    with desk.sessions.alone(name) as free:
        if not free:
            raise Refusal(409, "conflict", _BEING_COMPLETED)
        session = _open(desk, name, asking)
        payment = sent.get("payment")
        rows = payment.get("instruments") if isinstance(payment, Mapping) else None
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise InvalidDocument([Problem("payment.instruments", "field.missing")], "UCP")
        handlers = desk.merchant.handler_ids
        paying = rows if len(rows) == 1 else [row for row in rows if row.get("selected") is True]
        if len(paying) != 1:  # one is paid by: which of several, the agent says
            raise InvalidDocument([Problem("payment.instruments", "field.missing")], "UCP")
        only = handlers[0] if len(handlers) == 1 else None  # the only one there is needs no naming
        rows = [{"handler_id": only, **paying[0], "selected": True}]
        asked = dict(session.asked) | {"payment": {"instruments": rows}}
        settlement = desk.due(session, asked, asking)
        made = desk.shown(session, settlement, asking)
        told, say = list[dict[str, Any]](), language(asking.locale)
        if made["status"] != "ready_for_complete":
            pass  # the messages say why
        elif any(row.get("handler_id") not in handlers for row in rows):
            told = [error("payment_failed", say("there is no such way to pay here"), "$.payment.instruments")]
        elif _sums(made) != session.shown:
            told = [
                error("price_changed", say("the sums are not those that were shown; look at them again"), "$.totals")
            ]
        else:
            return _placed(desk, session, settlement, sent, asking, rows)
        desk.sessions.put(session._replace(shown=_sums(made)))
        return 200, desk.shown(session, settlement, asking, messages=told) if told else made


def _placed(
    desk: Desk,
    session: Session,
    settlement: Settlement,
    sent: Mapping[str, Any],
    asking: Asking,
    rows: list[Mapping[str, Any]],
) -> tuple[int, Mapping[str, Any]]:
    ap2, buyer = sent.get("ap2"), session.asked.get("buyer")
    placing = Placing(
        session.id,
        settlement,
        asking.customer,
        buyer if isinstance(buyer, Mapping) else {},
        tuple(rows),
        ap2.get("checkout_mandate") if isinstance(ap2, Mapping) else None,
        asking.request,
    )
    try:
        order = desk.place(placing)
    except Declined as refused:
        told = [error(refused.code, refused.text, severity=refused.severity)]
        if refused.severity.startswith("requires_"):
            return 200, desk.shown(session, settlement, asking, messages=told, status="requires_escalation")
        status = 402 if refused.code == "payment_failed" else 200
        return status, desk.shown(session, settlement, asking, messages=told)
    made = desk.shown(session, settlement, asking, status="completed", order=order)
    desk.sessions.put(session._replace(final=made))
    return 200, made


def cancel(desk: Desk, name: str, _: bytes, asking: Asking) -> tuple[int, Mapping[str, Any]]:
    """It ends, and nothing is placed."""
    with desk.sessions.alone(name) as free:
        if not free:
            raise Refusal(409, "conflict", _BEING_COMPLETED)
        session = _unbegun(desk, name, asking)
        made = desk.shown(session, desk.settled(session.asked, asking, begun=True), asking, status="canceled")
        desk.sessions.put(session._replace(final=made))
    return 200, made


def _open(desk: Desk, name: str, asking: Asking) -> Session:
    """A session that may still be changed. Raises `Refusal`."""
    session = desk.found(name, asking)
    if session.final is not None:
        raise Refusal(409, "conflict", f"this checkout is {session.final['status']}; begin a new one")
    return session


def _unbegun(desk: Desk, name: str, asking: Asking) -> Session:
    """A session of which no order stands. Raises `Refusal`: it can only be completed."""
    session = _open(desk, name, asking)
    if desk.begun(name) is not None:
        raise Refusal(409, "conflict", _BEING_COMPLETED)
    return session


def _sums(checkout: Mapping[str, Any]) -> str:
    """What an agent agrees to, in whatever language it was shown: lines, discounts, totals."""
    return fingerprint(
        compact(_wordless([checkout[name] for name in ("currency", "line_items", "discounts", "totals")]))
    )


def _wordless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _wordless(inner) for name, inner in value.items() if name not in ("display_text", "title")}
    return [_wordless(inner) for inner in value] if isinstance(value, list) else value


def failed(desk: Desk, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Why there is no resource, as UCP has it: an outcome of business."""
    told = {"version": desk.version, "status": "error"}
    return {"ucp": told, "messages": messages, "continue_url": desk.continue_url}


all_readable(globals())
