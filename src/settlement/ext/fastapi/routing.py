"""The router: paths, bodies and statuses. What is asked, answered and told stands in the modules beside it."""

# No `from __future__ import annotations`: FastAPI reads the annotations of a function that is made while it is loaded.
# Those of `router` are texts all the same, as they are everywhere else, so that its signature reads as it is written.

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.audit.seal import Keys
from settlement.cart.checkout import Checkout
from settlement.documents.extras import needs
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem
from settlement.ext.fastapi.desk import Call, Choose, Desk, Prepare, answer, body_of, refused
from settlement.ext.fastapi.openapi import described
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["LARGEST", "router"]

#: Bytes of a body, unless a router says otherwise: a cart of some thousand lines, or a long history of refunds.
LARGEST: Final = 1_048_576


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
    `valid_for`, by the clock `now`, for this `audience`. Raises `MissingExtra` without FastAPI, `TypeError` for what is
    no mapping, keys or policy, and `ValueError` for a default that is none of the rulebooks. Source:
    docs/how-to/fastapi.md.
    """
    with needs("fastapi"):
        from fastapi import APIRouter, Depends, Request, Response
        from starlette.requests import ClientDisconnect

    expect("rulebooks", rulebooks, Mapping)
    expect("keys", keys, Keys, optional=True)
    expect("refund_policy", refund_policy, RefundPolicy, optional=True)
    if default is not None and default not in rulebooks:
        msg = "default: there is no such rulebook"
        raise ValueError(msg)
    desk = Desk(_by_id(rulebooks, default), inline_rules, prepare)
    calls = desk.calls(refund_policy)
    if keys is not None:
        calls |= desk.sealing(keys, audience, valid_for, now)
    made = APIRouter()

    async def bytes_of(request: Request) -> bytes | InvalidDocument:
        try:
            return await body_of(request, largest)
        except InvalidDocument as error:  # told by the endpoint: what a dependency raises is the app's to tell
            return error
        except ClientDisconnect:  # nobody will hear it
            return InvalidDocument([Problem("", "json.invalid", {"detail": "there is nothing in it"})], "body")

    def add(path: str, call: Call) -> None:
        def endpoint(request: Request, body: Annotated[Any, Depends(bytes_of)]) -> Response:
            if isinstance(body, InvalidDocument):
                return Response(**refused(body, request))
            return Response(**answer(call, body, request))

        endpoint.__name__ = path[1:]  # what FastAPI makes the operation's id of
        told = described(path, inline_rules=inline_rules)
        made.add_api_route(path, endpoint, methods=["POST"], response_class=Response, **told)

    for path, call in calls.items():
        add(path, call)
    return made


def _by_id(rulebooks: "Mapping[str, Rulebook]", default: "str | None") -> "Choose":
    """Which rules a body gets: those that it names, else the default, else the only ones."""

    def choose(named: str | None, _: "Checkout | None") -> Rulebook:
        name = named or default or (next(iter(rulebooks)) if len(rulebooks) == 1 else None)
        if name is None:
            raise InvalidDocument([Problem("rulebook", "field.missing")], "AskWhat")
        found = rulebooks.get(name)
        if found is None:
            raise InvalidDocument([Problem("rulebook", "rulebook.unknown")], "AskWhat")
        return found

    return choose


all_readable(globals())
