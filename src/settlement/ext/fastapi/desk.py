"""What answers a body: JSON from JSON, or what is wrong with it. The router asks it, and the processes of a server."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from settlement.cart.checkout import Checkout
from settlement.documents.json_text import compact
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem, SettlementError
from settlement.ext.fastapi import answers
from settlement.ext.fastapi.asked import AskAfterPay, AskAgain, AskRules, AskWhat, read
from settlement.ext.fastapi.problems import MEDIA_TYPE, problem_document, reader
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from settlement.after_pay.refunds.policy import RefundPolicy
    from settlement.audit.seal import Keys

__all__ = ["Call", "Choose", "Desk", "Prepare", "answer", "body_of", "refused"]

#: A checkout as it came, and the request that it came with -> the checkout with the shop's own prices; or awaits it.
Prepare: TypeAlias = Callable[[Checkout, Any], Any]
#: A body, and the request that it came with -> the JSON that is answered.
Call: TypeAlias = Callable[[bytes, Any], str]
#: The id that a body names, and its checkout -> the rules. Raises `InvalidDocument` where there are none.
Choose: TypeAlias = Callable[["str | None", "Checkout | None"], Rulebook]


class Desk(NamedTuple):
    """What is answered by: how rules are found, and what the shop has to say of each checkout."""

    choose: Choose
    inline_rules: bool = False
    prepare: Prepare | None = None

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
            rulebook = self.rules(asked.rulebook, inline, asked.checkout)
            checkout = self.prepared(asked.checkout, request)
            return answers.confirmed(asked.sealed, checkout, rulebook, keys, now=now(), audience=audience)

        return {"/seal": partial(self.settled, sealed), "/confirm": confirm}

    def settled(self, answer: Callable[[Checkout, Rulebook], str], body: bytes, request: Any) -> str:
        """What is answered to a checkout and its rules."""
        asked, inline = read(AskWhat, body, inline=self.inline_rules)
        rulebook = self.rules(asked.rulebook, inline, asked.checkout)
        return answer(self.prepared(asked.checkout, request), rulebook)

    def checked(self, body: bytes, request: Any) -> str:
        """What is found in rules, and in a checkout beside them."""
        asked, inline = read(AskRules, body, inline=self.inline_rules)
        rulebook = self.rules(asked.rulebook, inline, asked.checkout)
        checkout = None if asked.checkout is None else self.prepared(asked.checkout, request)
        return answers.findings(rulebook, checkout, _reader(request))

    def rules(self, named: str | None, inline: Rulebook | None, checkout: Checkout | None) -> Rulebook:
        """The rules in a body, or those that it names. Raises `InvalidDocument`."""
        return self.choose(named, checkout) if inline is None else inline

    def prepared(self, checkout: Checkout, request: Any) -> Checkout:
        """The checkout as the shop has it. Raises `TypeError` where the shop answers something else."""
        if self.prepare is None:
            return checkout
        found = self.prepare(checkout, request)
        made: Checkout = _awaited(found) if inspect.isawaitable(found) else found
        expect("prepare", made, Checkout)
        return made


def answer(call: Call, body: bytes, request: Any) -> dict[str, Any]:
    """What a response is made of: the answer as JSON, or why there is none."""
    try:
        content = call(body, request)
    except SettlementError as error:
        return refused(error, request)
    return {"content": content, "media_type": "application/json", "headers": _headers(_reader(request))}


def refused(error: SettlementError, request: Any) -> dict[str, Any]:
    """What a response is made of that says what is wrong; raises what is no affair of the request."""
    locale = _reader(request)
    told = problem_document(error, locale)
    return {
        "content": compact(told),
        "status_code": told["status"],
        "media_type": MEDIA_TYPE,
        "headers": _headers(locale),
    }


def _reader(request: Any) -> str:
    return reader(request.headers.get("accept-language"))


def _headers(locale: str) -> dict[str, str]:
    return {"content-language": locale.replace("_", "-"), "vary": "accept-language"}


def _awaited(coming: Any) -> Any:
    """What a coroutine makes, run on the event loop while this thread waits."""
    from anyio.from_thread import run

    async def made() -> Any:
        return await coming

    return run(made)


async def body_of(request: Any, largest: int) -> bytes:
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
