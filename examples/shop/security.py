"""What holds for every request, whoever answers it: headers, hosts, forms that are ours, and not too many of them."""

from __future__ import annotations

import hmac
import math
import time
from typing import Final
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shop.forms import Form, posted
from shop.settings import LOOPBACK, Settings
from shop.who import signed_in

__all__ = ["CSP", "Guarded", "Limits", "expect_safe", "guard"]

#: Nothing but what this server sends is loaded, run, framed or posted to; nothing stands inline.
CSP: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "img-src 'self'; script-src 'self'; style-src 'self'"
)
_HEADERS: Final = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Signed by whoever sends it; no form of ours.
_SIGNED: Final = frozenset({"/pay/notify"})
#: Agents call these without a cookie, and none is looked at: a form of another site gains nothing by it.
_OF_AGENTS: Final = "/ucp/"
_LEAST_SECRET: Final = 32


def expect_safe(settings: Settings) -> None:
    """Raise `ValueError` where strangers would be served with what only a demonstration may have."""
    draw = "python -c 'import secrets; print(secrets.token_hex(32))'"
    if settings.secret is not None and len(settings.secret) < _LEAST_SECRET:
        raise ValueError(f"SECRET: {len(settings.secret)} characters; at least {_LEAST_SECRET} are needed: {draw}")
    if not settings.loopback and settings.secret is None:
        raise ValueError(
            f"HOST={settings.host}: others than this machine would be served, so a secret of your own is needed. Set "
            f"SECRET ({draw}), or HOST=127.0.0.1 for the demonstration. With another host there are no demo users and "
            "no sandbox that pays."
        )


class Guarded:
    """Headers on every answer; on loopback no other name of this machine, to which some page could be bound."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._loopback = app, settings.loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")  # the profile for agents says for how long
                if not self._loopback:
                    headers["strict-transport-security"] = "max-age=31536000"
            await send(message)

        if self._loopback and _name(f"//{Headers(scope=scope).get('host', '')}") not in LOOPBACK:
            await PlainTextResponse("This machine is not called so.", 400)(scope, receive, answered)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:  # no database has it in a text
            await PlainTextResponse("There is no such path.", 400)(scope, receive, answered)
            return
        await self._app(scope, receive, answered)


class Limits:
    """How often what is dear, or is guessed at, may be asked for. Counted in this process."""

    def __init__(self) -> None:
        self._counted = MovingWindowRateLimiter(MemoryStorage())

    def count(self, limit: RateLimitItem, *who: str) -> None:
        """Raise 429, with the seconds to wait, where that was once too often."""
        if not self._counted.hit(limit, *who):
            wait = self._counted.get_window_stats(limit, *who).reset_time - time.time()
            raise HTTPException(429, headers={"retry-after": str(max(1, math.ceil(wait)))})


#: From one address passwords are guessed thirty times a minute, ten times of one name; of one name from all, sixty.
_OF_ADDRESS, _OF_BOTH, _OF_NAME = parse("30 per minute"), parse("10 per minute"), parse("60 per minute")
_SHOWN, _SUBMIT, _RECOGNISE = parse("60 per minute"), parse("20 per minute"), parse("30 per minute")
#: Every call of agents from one address.
_AGENT: Final = parse("60 per minute")


async def guard(request: Request) -> None:
    """Nothing of a form is looked at before it is known to be ours: 403. And not too often: 429."""
    if request.url.path.startswith(_OF_AGENTS):
        request.app.state.limits.count(_AGENT, "agent", request.client.host if request.client else "")
        return
    if request.method in _READING or request.url.path in _SIGNED:
        if request.url.path == "/checkout":  # each keeps a quote
            _counted(request, Form([]))
        return
    if not _from_here(request):
        raise HTTPException(403)
    form = await posted(request)
    if not hmac.compare_digest(form.one("csrf").encode(), request.state.csrf.encode()):
        raise HTTPException(403)
    _counted(request, form)


def _from_here(request: Request) -> bool:
    """What browsers say of the page that sent it; whoever says nothing has the token to show."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


def _name(url: str) -> str | None:
    """The host of a URL; None where it has none, or is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts.hostname


def _counted(request: Request, form: Form) -> None:
    limits: Limits = request.app.state.limits
    path, client = request.url.path, request.client.host if request.client else ""
    actor = signed_in(request)
    who = client if actor is None else f"{actor.role}/{actor.id}"
    if path == "/login":
        limits.count(_OF_ADDRESS, "address", client)
        limits.count(_OF_BOTH, "both", client, form.one("user"))
        limits.count(_OF_NAME, "name", form.one("user"))
    elif path == "/checkout" and form.has("submit"):
        limits.count(_SUBMIT, "submit", who)
    elif path == "/checkout":
        limits.count(_SHOWN, "shown", who)
    elif path == "/addresses" and form.has("recognise"):
        limits.count(_RECOGNISE, "recognise", who)
