"""The router: a merchant that agents find at `/.well-known/ucp` and buy from over REST."""

# No `from __future__ import annotations`: FastAPI reads the annotations of a function that is made while it is loaded.

import secrets
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from settlement.cart.customer import Customer
from settlement.documents.extras import needs
from settlement.documents.json_text import compact
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.errors import SettlementError
from settlement.ext.agents.asked import Merchant
from settlement.ext.fastapi.problems import problem_document, reader
from settlement.ext.ucp.calls import (
    Asking,
    Begun,
    Call,
    Desk,
    Place,
    Sign,
    cancel,
    complete,
    create,
    failed,
    get,
    update,
)
from settlement.ext.ucp.messages import error
from settlement.ext.ucp.negotiation import FetchProfile, Refusal, negotiated
from settlement.ext.ucp.profile import profile
from settlement.ext.ucp.sessions import Memory, Sessions, fingerprint
from settlement.ext.ucp.versions import VERSION
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["LARGEST", "router"]

#: Bytes of a body, unless a router says otherwise: a cart of some hundred lines.
LARGEST: Final = 262_144
_IDS: Final = 24
#: So long the same answer is given under a key of idempotency: what UCP asks for.
_REPEATED: Final = timedelta(hours=24)


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
    begun: "Begun | None" = None,
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
    is `placing.checkout` by which the second call is told. `begun(checkout)` answers
    what the order settled that `place` placed for a checkout and that stands, else None: where the answer never left,
    it holds the goods, so the checkout comes to that, is changed no more, and is gone on with when it is completed
    again. `order(id, request)` answers a document of `to_order`, or
    None. `customer(request)` says who buys, else nobody is known; a checkout is its customer's alone. `base` is the
    address of the shop, without a path. `profile_more` are keywords of `profile()`. Raises `MissingExtra` without
    FastAPI, `TypeError` for what is no rulebook or merchant, and `ValueError` for a base that is none. Source:
    docs/how-to/agents.md.
    """
    with needs("ucp"):
        from fastapi import APIRouter, Depends, Request, Response
        from starlette.requests import ClientDisconnect

    expect("merchant", merchant, Merchant)
    rules: Callable[[], Rulebook] = rulebook if callable(rulebook) else lambda: rulebook
    expect("rulebook", rules(), Rulebook)
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ValueError("base: an address such as https://shop.example is expected")
    shown = compact(profile(base.rstrip("/") + prefix, merchant, version=version, **(profile_more or {})))
    kept = Sessions(Memory(now, max(valid_for, _REPEATED)) if sessions is None else sessions)
    buyer = customer or (lambda request: Customer())  # noqa: ARG005 - nobody is known
    hand_off = continue_url or base
    standing = begun or (lambda checkout: None)  # noqa: ARG005 - none is known of
    desk = Desk(rules, merchant, place, buyer, sign, shops, version, kept, valid_for, hand_off, now, new_id, standing)
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

    def add(method: str, path: str, call: "Call") -> None:
        def endpoint(request: Request, body: Annotated[Any, Depends(bytes_of)]) -> Response:
            name = str(request.path_params.get("id", ""))
            status, text = _answered(desk, fetch_profile, call, name, body, request)
            return Response(text, status, media_type="application/json", headers={"cache-control": "no-store"})

        endpoint.__name__ = call.__name__.strip("_")
        made.add_api_route(prefix + path, endpoint, methods=[method], response_class=Response, include_in_schema=False)

    def well_known() -> Response:
        return Response(shown, media_type="application/json", headers={"cache-control": "public, max-age=300"})

    def found_order(_: Desk, name: str, __: bytes, asking: "Asking") -> tuple[int, Mapping[str, Any]]:
        found = None if order is None else order(name, asking.request)
        if found is None:
            raise Refusal(404, "not_found", "there is no such order")
        return 200, found

    made.add_api_route("/.well-known/ucp", well_known, methods=["GET"], include_in_schema=False)
    add("POST", "/checkout-sessions", create)
    add("GET", "/checkout-sessions/{id}", get)
    add("PUT", "/checkout-sessions/{id}", update)
    add("POST", "/checkout-sessions/{id}/complete", complete)
    add("POST", "/checkout-sessions/{id}/cancel", cancel)
    add("GET", "/orders/{id}", found_order)
    return made


def _answered(
    desk: Desk, fetch: FetchProfile | None, call: Call, name: str, body: bytes | None, request: Any
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
        asking = Asking(request, platform, desk.customer(request), locale)
        key = request.headers.get("idempotency-key")
        if key is not None and request.method != "GET":
            return _once(desk, key, call, name, body, asking)
        status, made = call(desk, name, body, asking)
        return status, compact(made)
    except Refusal as refused:
        if refused.status == 200:
            return 200, compact(failed(desk, [error(refused.code, refused.text, severity="unrecoverable")]))
        return refused.status, compact({"code": refused.code, "content": refused.text})
    except SettlementError as problem:
        return 400, compact(_invalid(problem, locale))


def _once(desk: Desk, key: str, call: Call, name: str, body: bytes, asking: Asking) -> tuple[int, str]:
    """The same again under the same key of the same buyer. Raises `Refusal` for another request under it.

    Keys of a buyer whom nobody knows are the agent's, by what it says of itself.
    """
    known, headers = asking.customer.id, asking.request.headers
    agent = [headers.get("authorization", ""), headers.get("ucp-agent", "")]
    place = fingerprint(key, *agent) if known is None else fingerprint(key, known)
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
