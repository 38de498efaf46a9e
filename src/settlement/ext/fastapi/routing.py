"""The router: paths, bodies and statuses. What is asked, answered and told stands in the modules beside it."""

# No `from __future__ import annotations`: FastAPI reads the annotations of a function that is made while it is loaded.
# Those of `router` are texts all the same, as they are everywhere else, so that its signature reads as it is written.

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, TypeAlias

from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.audit.seal import Keys
from settlement.cart.checkout import Checkout
from settlement.documents.json_text import compact
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem, SettlementError
from settlement.ext.fastapi import answers
from settlement.ext.fastapi.asked import AskAfterPay, AskAgain, AskRules, AskWhat, read
from settlement.ext.fastapi.openapi import described
from settlement.ext.fastapi.problems import MEDIA_TYPE, problem_document, reader
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["LARGEST", "router"]

#: Bytes of a body, unless a router says otherwise: a cart of some thousand lines, or a long history of refunds.
LARGEST: Final = 1_048_576

#: A checkout as it came, and the request that it came with -> the checkout with the shop's own prices; or awaits it.
Prepare: TypeAlias = Callable[[Checkout, Any], Any]
#: A body, and the request that it came with -> the JSON that is answered.
Call: TypeAlias = Callable[[bytes, Any], str]


def _now() -> datetime:
    return datetime.now(UTC)


def router(
    rulebooks: "Mapping[str, Rulebook]",
    keys: "Keys | None" = None,
    *,
    default: "str | None" = None,
    inline_rules: "bool" = False,
    prepare: "Prepare | None" = None,
    refund_policy: "RefundPolicy | None" = None,
    largest: "int" = LARGEST,
    audience: "str" = "checkout",
    valid_for: "timedelta" = timedelta(minutes=15),
    now: "Callable[[], datetime]" = _now,
) -> "APIRouter":
    """`POST /settle /compare /freight /options /refund /check`, and with `keys` `/seal /confirm`, for `include_router`.

    The rules are found in `rulebooks` by the id that a body names; where it names none, by `default`, or the only one
    there is. Prices, stock and balances of a checkout are believed, so it is for the shop's own backend, or
    `prepare(checkout, request)`, a function or a coroutine function, answers the checkout with those of the shop.
    Rules in the body are taken only with `inline_rules`. A body has at most `largest` bytes. Seals open for
    `valid_for`, by the clock `now`, for this `audience`. Raises `ImportError` without FastAPI, `TypeError` for what is
    no mapping, keys or policy, and `ValueError` for a default that is none of the rulebooks. Source:
    docs/how-to/fastapi.md.
    """
    from fastapi import APIRouter, Depends, Request, Response
    from starlette.requests import ClientDisconnect

    expect("rulebooks", rulebooks, Mapping)
    expect("keys", keys, Keys, optional=True)
    expect("refund_policy", refund_policy, RefundPolicy, optional=True)
    if default is not None and default not in rulebooks:
        msg = "default: there is no such rulebook"
        raise ValueError(msg)
    desk = _Desk(rulebooks, default, inline_rules, prepare)
    calls = desk.calls(refund_policy)
    if keys is not None:
        calls |= desk.sealing(keys, audience, valid_for, now)
    made = APIRouter()

    async def bytes_of(request: Request) -> bytes | InvalidDocument:
        try:
            return await _body(request, largest)
        except InvalidDocument as error:  # told by the endpoint: what a dependency raises is the app's to tell
            return error
        except ClientDisconnect:  # nobody will hear it
            return InvalidDocument([Problem("", "json.invalid", {"detail": "there is nothing in it"})], "body")

    def add(path: str, call: Call) -> None:
        def endpoint(request: Request, body: Annotated[Any, Depends(bytes_of)]) -> Response:
            return Response(**_answer(call, body, request))

        endpoint.__name__ = path[1:]  # what FastAPI makes the operation's id of
        told = described(path, inline_rules=inline_rules)
        made.add_api_route(path, endpoint, methods=["POST"], response_class=Response, **told)

    for path, call in calls.items():
        add(path, call)
    return made


class _Desk(NamedTuple):
    """What a router answers by."""

    rulebooks: Mapping[str, Rulebook]
    default: str | None
    inline_rules: bool
    prepare: Prepare | None

    def calls(self, policy: RefundPolicy | None) -> dict[str, Call]:
        """The calls that need no keys, by their paths."""

        def refund(body: bytes, _: Any) -> str:
            return answers.refunded(read(AskAfterPay, body, inline=False)[0], policy)

        return {
            "/settle": partial(self.settled, answers.settled),
            "/compare": partial(self.settled, answers.compared),
            "/freight": partial(self.settled, answers.freight),
            "/options": partial(self.settled, answers.options),
            "/refund": refund,
            "/check": self.checked,
        }

    def sealing(self, keys: Keys, audience: str, valid_for: timedelta, now: Callable[[], datetime]) -> dict[str, Call]:
        """The calls that seal and open seals."""

        def sealed(checkout: Checkout, rulebook: Rulebook) -> str:
            return answers.sealed(checkout, rulebook, keys, now=now(), valid_for=valid_for, audience=audience)

        def confirm(body: bytes, request: Any) -> str:
            asked, inline = read(AskAgain, body, inline=self.inline_rules)
            rulebook, checkout = self.rules(asked.rulebook, inline), self.prepared(asked.checkout, request)
            return answers.confirmed(asked.sealed, checkout, rulebook, keys, now=now(), audience=audience)

        return {"/seal": partial(self.settled, sealed), "/confirm": confirm}

    def settled(self, answer: Callable[[Checkout, Rulebook], str], body: bytes, request: Any) -> str:
        """What is answered to a checkout and its rules."""
        asked, inline = read(AskWhat, body, inline=self.inline_rules)
        rulebook = self.rules(asked.rulebook, inline)
        return answer(self.prepared(asked.checkout, request), rulebook)

    def checked(self, body: bytes, request: Any) -> str:
        """What is found in rules, and in a checkout beside them."""
        asked, inline = read(AskRules, body, inline=self.inline_rules)
        rulebook = self.rules(asked.rulebook, inline)
        checkout = None if asked.checkout is None else self.prepared(asked.checkout, request)
        return answers.findings(rulebook, checkout, reader(request.headers.get("accept-language")))

    def rules(self, named: str | None, inline: Rulebook | None) -> Rulebook:
        """The rules in a body, or those that it names. Raises `InvalidDocument`."""
        if inline is not None:
            return inline
        name = named or self.default or (next(iter(self.rulebooks)) if len(self.rulebooks) == 1 else None)
        if name is None:
            raise InvalidDocument([Problem("rulebook", "field.missing")], "AskWhat")
        found = self.rulebooks.get(name)
        if found is None:
            raise InvalidDocument([Problem("rulebook", "rulebook.unknown")], "AskWhat")
        return found

    def prepared(self, checkout: Checkout, request: Any) -> Checkout:
        """The checkout as the shop has it. Raises `TypeError` where the shop answers something else."""
        if self.prepare is None:
            return checkout
        found = self.prepare(checkout, request)
        made: Checkout = _awaited(found) if inspect.isawaitable(found) else found
        expect("prepare", made, Checkout)
        return made


def _answer(call: Call, body: bytes | InvalidDocument, request: Any) -> dict[str, Any]:
    """What a response is made of: the answer as JSON, or why there is none."""
    locale = reader(request.headers.get("accept-language"))
    headers = {"content-language": locale.replace("_", "-"), "vary": "accept-language"}
    try:
        if isinstance(body, InvalidDocument):
            raise body
        return {"content": call(body, request), "media_type": "application/json", "headers": headers}
    except SettlementError as error:
        told = problem_document(error, locale)
        return {"content": compact(told), "status_code": told["status"], "media_type": MEDIA_TYPE, "headers": headers}


def _awaited(coming: Any) -> Any:
    """What a coroutine makes, run on the event loop while this thread waits."""
    from anyio.from_thread import run

    async def made() -> Any:
        return await coming

    return run(made)


async def _body(request: Any, largest: int) -> bytes:
    """The bytes of a body of JSON; refused by what its headers say before any of it is read, and when it grows."""
    headers = request.headers
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidDocument([Problem("", "body.media_type")], "body")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise InvalidDocument([Problem("", "body.coding")], "body")
    too_large = InvalidDocument([Problem("", "body.size", {"limit": largest})], "body")
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdecimal() and (len(length) > 18 or int(length) > largest):
        raise too_large
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > largest:
            raise too_large
    return bytes(found)


all_readable(globals())
