"""The router: a merchant that agents find at `/.well-known/ucp` and buy from over REST."""

# No `from __future__ import annotations`: FastAPI reads the annotations of a function that is made while it is loaded.

import secrets
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from settlement.cart.customer import Customer
from settlement.documents.json_text import compact
from settlement.documents.problems import expect
from settlement.documents.strict_json import loads
from settlement.documents.words.language import language
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.errors import InvalidDocument, Problem, SettlementError
from settlement.ext.agents.asked import Merchant
from settlement.ext.fastapi.problems import problem_document, reader
from settlement.ext.ucp.checkout import to_checkout
from settlement.ext.ucp.messages import error
from settlement.ext.ucp.negotiation import FetchProfile, Platform, Refusal, negotiated
from settlement.ext.ucp.profile import profile
from settlement.ext.ucp.request import to_request
from settlement.ext.ucp.sessions import Memory, Session, Sessions, fingerprint
from settlement.ext.ucp.versions import VERSION
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["LARGEST", "Declined", "Placing", "router"]

#: Bytes of a body, unless a router says otherwise: a cart of some hundred lines.
LARGEST: Final = 262_144
_IDS: Final = 24


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
#: A checkout -> the same with `ap2.merchant_authorization` (`settlement.ext.ap2.sign`).
Sign: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return f"chk_{secrets.token_urlsafe(_IDS)}"


def router(
    rulebook: "Rulebook | Callable[[], Rulebook]",
    merchant: "Merchant",
    place: "Place",
    *,
    base: "str",
    prefix: "str" = "/ucp",
    order: "Callable[[str, Any], Mapping[str, Any] | None] | None" = None,
    customer: "Callable[[Any], Customer] | None" = None,
    fetch_profile: "FetchProfile | None" = None,
    sign: "Sign | None" = None,
    profile_more: "Mapping[str, Any] | None" = None,
    shops: "str | None" = None,
    version: "str" = VERSION,
    sessions: "MutableMapping[str, str] | None" = None,
    valid_for: "timedelta" = timedelta(hours=6),
    continue_url: "str | None" = None,
    largest: "int" = LARGEST,
    now: "Callable[[], datetime]" = _now,
    new_id: "Callable[[], str]" = _new_id,
) -> "APIRouter":
    """The profile, checkouts and orders of UCP, for `include_router` at the root of an app.

    Every answer is settled anew with the merchant's own prices; a checkout is completed only while it comes to what
    the agent was shown last. `place(placing)` pays and places the order and answers `{"id", "permalink_url"}`, or
    raises `Declined`; it is called once for each checkout that this process completes, and with several processes it
    is `placing.checkout` by which the second call is told. `order(id, request)` answers a document of `to_order`, or
    None. `customer(request)` says who buys, else nobody is known; a checkout is its customer's alone. `base` is the
    address of the shop, without a path. `profile_more` are keywords of `profile()`. Raises `ImportError` without
    FastAPI, `TypeError` for what is no rulebook or merchant, and `ValueError` for a base that is none. Source:
    docs/how-to/agents.md.
    """
    from fastapi import APIRouter, Depends, Request, Response
    from starlette.requests import ClientDisconnect

    expect("merchant", merchant, Merchant)
    rules: Callable[[], Rulebook] = rulebook if callable(rulebook) else lambda: rulebook
    expect("rulebook", rules(), Rulebook)
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ValueError("base: an address such as https://shop.example is expected")
    shown = compact(profile(base.rstrip("/") + prefix, merchant, version=version, **(profile_more or {})))
    kept = Sessions(Memory() if sessions is None else sessions)
    buyer = customer or (lambda request: Customer())  # noqa: ARG005 - nobody is known
    hand_off = continue_url or base
    desk = _Desk(rules, merchant, place, buyer, sign, shops, version, kept, valid_for, hand_off, now, new_id)
    made = APIRouter()

    async def bytes_of(request: Request) -> bytes | None:
        found = bytearray()
        try:
            async for part in request.stream():
                found += part
                if len(found) > largest:
                    return None
        except ClientDisconnect:  # nobody will hear it
            return b""
        return bytes(found)

    def add(method: str, path: str, call: "_Call") -> None:
        def endpoint(request: Request, body: Annotated[Any, Depends(bytes_of)]) -> Response:
            name = str(request.path_params.get("id", ""))
            status, text = _answered(desk, fetch_profile, call, name, body, request)
            return Response(text, status, media_type="application/json", headers={"cache-control": "no-store"})

        endpoint.__name__ = call.__name__.strip("_")
        made.add_api_route(prefix + path, endpoint, methods=[method], response_class=Response, include_in_schema=False)

    def well_known() -> Response:
        return Response(shown, media_type="application/json", headers={"cache-control": "public, max-age=300"})

    def found_order(_: _Desk, name: str, __: bytes, asking: "_Asking") -> tuple[int, Mapping[str, Any]]:
        found = None if order is None else order(name, asking.request)
        if found is None:
            raise Refusal(404, "not_found", "there is no such order")
        return 200, found

    made.add_api_route("/.well-known/ucp", well_known, methods=["GET"], include_in_schema=False)
    add("POST", "/checkout-sessions", _create)
    add("GET", "/checkout-sessions/{id}", _get)
    add("PUT", "/checkout-sessions/{id}", _update)
    add("POST", "/checkout-sessions/{id}/complete", _complete)
    add("POST", "/checkout-sessions/{id}/cancel", _cancel)
    add("GET", "/orders/{id}", found_order)
    return made


class _Asking(NamedTuple):
    """One request: who, in which language, and what of UCP is understood."""

    request: Any
    platform: Platform
    customer: Customer
    locale: str


_Call: TypeAlias = Callable[["_Desk", str, bytes, _Asking], tuple[int, Mapping[str, Any]]]


class _Desk(NamedTuple):
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

    def settled(self, asked: Mapping[str, Any], asking: _Asking) -> Settlement:
        """What is due now, by the merchant's own prices. Raises `InvalidDocument`."""
        request = to_request(
            asked, self.rules(), self.merchant, at=self.now(), customer=asking.customer, version=self.version
        )
        return settle(request.checkout, request.rulebook)

    def shown(self, session: Session, settlement: Settlement, asking: _Asking, **more: Any) -> dict[str, Any]:
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

    def found(self, name: str, asking: _Asking) -> Session:
        """The session. Raises `Refusal`."""
        session = self.sessions.get(name, asking.customer.id, self.now())
        if session is None:
            raise Refusal(404, "not_found", "there is no such checkout")
        return session


def _create(desk: _Desk, _: str, body: bytes, asking: _Asking) -> tuple[int, Mapping[str, Any]]:
    asked = _read(body)
    settlement = desk.settled(asked, asking)
    ends = (desk.now() + desk.valid_for).replace(microsecond=0)
    session = Session(desk.new_id(), _kept(asked), asking.customer.id, ends)
    made = desk.shown(session, settlement, asking)
    if settlement.status == "blocked":  # nothing of it can be had, so there is no checkout
        messages = [row | {"severity": "unrecoverable"} for row in made["messages"] if row["type"] == "error"]
        return 200, _failed(desk, messages)
    desk.sessions.put(session._replace(shown=_sums(made)))
    return 201, made


def _get(desk: _Desk, name: str, _: bytes, asking: _Asking) -> tuple[int, Mapping[str, Any]]:
    session = desk.found(name, asking)
    if session.final is not None:
        return 200, session.final
    made = desk.shown(session, desk.settled(session.asked, asking), asking)
    desk.sessions.put(session._replace(shown=_sums(made)))
    return 200, made


def _update(desk: _Desk, name: str, body: bytes, asking: _Asking) -> tuple[int, Mapping[str, Any]]:
    session = _open(desk, name, asking)
    asked = _read(body)
    changed = session._replace(asked=_kept(asked))
    made = desk.shown(changed, desk.settled(asked, asking), asking)
    desk.sessions.put(changed._replace(shown=_sums(made)))
    return 200, made


def _complete(desk: _Desk, name: str, body: bytes, asking: _Asking) -> tuple[int, Mapping[str, Any]]:
    """Placed by what is due now, and only where that is what the agent was shown."""
    sent = _read(body)
    with desk.sessions.alone(name) as free:
        if not free:
            raise Refusal(409, "conflict", "this checkout is being completed")
        session = _open(desk, name, asking)
        payment = sent.get("payment")
        rows = payment.get("instruments") if isinstance(payment, Mapping) else None
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise InvalidDocument([Problem("payment.instruments", "field.missing")], "UCP")
        asked = dict(session.asked) | {"payment": {"instruments": rows}}
        settlement = desk.settled(asked, asking)
        made = desk.shown(session, settlement, asking)
        handlers = {row.get("id") for each in desk.merchant.handlers.values() for row in each}
        handlers |= {None} if len(handlers) == 1 else set()  # the only one there is needs no naming
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
    desk: _Desk,
    session: Session,
    settlement: Settlement,
    sent: Mapping[str, Any],
    asking: _Asking,
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


def _cancel(desk: _Desk, name: str, _: bytes, asking: _Asking) -> tuple[int, Mapping[str, Any]]:
    with desk.sessions.alone(name) as free:
        if not free:
            raise Refusal(409, "conflict", "this checkout is being completed")
        session = _open(desk, name, asking)
        made = desk.shown(session, desk.settled(session.asked, asking), asking, status="canceled")
        desk.sessions.put(session._replace(final=made))
    return 200, made


def _open(desk: _Desk, name: str, asking: _Asking) -> Session:
    """A session that may still be changed. Raises `Refusal`."""
    session = desk.found(name, asking)
    if session.final is not None:
        raise Refusal(409, "conflict", f"this checkout is {session.final['status']}; begin a new one")
    return session


def _read(body: bytes) -> Mapping[str, Any]:
    """A body as an object. Raises `InvalidDocument`."""
    found = loads(body, "UCP")
    if not isinstance(found, dict):
        raise InvalidDocument([Problem("", "object.type", {"found": "…"})], "UCP")
    return found


def _kept(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a request: nothing of payment but which handler was selected."""
    made = {name: asked[name] for name in _KEPT if name in asked}
    payment = asked.get("payment")
    rows = payment.get("instruments") if isinstance(payment, Mapping) else None
    if isinstance(rows, list):
        fields = ("id", "handler_id", "type", "selected")
        bare = [{name: row[name] for name in fields if name in row} for row in rows if isinstance(row, Mapping)]
        made["payment"] = {"instruments": bare}
    return made


_KEPT: Final = ("line_items", "buyer", "context", "signals", "attribution", "discounts", "fulfillment")


def _sums(checkout: Mapping[str, Any]) -> str:
    """What an agent agrees to, in whatever language it was shown: lines, discounts, totals."""
    return fingerprint(
        compact(_wordless([checkout[name] for name in ("currency", "line_items", "discounts", "totals")]))
    )


def _wordless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _wordless(inner) for name, inner in value.items() if name not in ("display_text", "title")}
    return [_wordless(inner) for inner in value] if isinstance(value, list) else value


def _failed(desk: _Desk, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Why there is no resource, as UCP has it: an outcome of business."""
    told = {"version": desk.version, "status": "error"}
    return {"ucp": told, "messages": messages, "continue_url": desk.continue_url}


def _answered(
    desk: _Desk, fetch: FetchProfile | None, call: _Call, name: str, body: bytes | None, request: Any
) -> tuple[int, str]:
    """What is answered to one request, or why there is nothing to answer."""
    locale = reader(request.headers.get("accept-language"))
    if body is None:
        return 413, compact({"code": "too_large", "content": "the body is too large"})
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/json":
        return 415, compact({"code": "media_type", "content": "send the body as application/json"})
    try:
        platform = negotiated(request.headers.get("ucp-agent"), fetch, desk.version)
        asking = _Asking(request, platform, desk.customer(request), locale)
        key = request.headers.get("idempotency-key")
        if key is not None and request.method != "GET":
            return _once(desk, key, call, name, body, asking)
        status, made = call(desk, name, body, asking)
        return status, compact(made)
    except Refusal as refused:
        if refused.status == 200:
            return 200, compact(_failed(desk, [error(refused.code, refused.text, severity="unrecoverable")]))
        return refused.status, compact({"code": refused.code, "content": refused.text})
    except SettlementError as problem:
        return 400, compact(_invalid(problem, locale))


def _once(desk: _Desk, key: str, call: _Call, name: str, body: bytes, asking: _Asking) -> tuple[int, str]:
    """The same again under the same key of the same buyer. Raises `Refusal` for another request under it."""
    place = fingerprint(key, asking.customer.id or "")
    asked = fingerprint(asking.request.method, asking.request.url.path, body)
    with desk.sessions.alone(place) as free:
        before = desk.sessions.answer(place)
        if not free or (before is not None and before[0] != asked):
            raise Refusal(409, "conflict", "this key of idempotency is of another request")
        if before is not None:
            return before[1], before[2]
        status, made = call(desk, name, body, asking)
        text = compact(made)
        desk.sessions.remember(place, asked, status, text)
        return status, text


def _invalid(problem: SettlementError, locale: str) -> dict[str, Any]:
    """What is wrong with a request, at its places, without any value of it."""
    told = problem_document(problem, locale)
    messages = [
        error(each["code"].replace(".", "_"), each["message"], f"$.{each['place']}" if each["place"] else "$")
        for each in told["problems"]
    ]
    return {"code": "invalid_request", "content": told["detail"], "detail": told["detail"], "messages": messages}


all_readable(globals())
