"""The server over HTTP: the router's calls, handed to processes; and what a machine wants to know of a server."""

from __future__ import annotations

import asyncio
import math
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from settlement.documents.json_text import compact
from settlement.documents.words.language import language
from settlement.documents.words.texts import problem_text
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem
from settlement.ext.fastapi.desk import answer, body_of
from settlement.ext.fastapi.problems import MEDIA_TYPE, reader
from settlement.ext.fastapi.routing import LARGEST
from settlement.ext.serve import tracing
from settlement.ext.serve.folder import Watch
from settlement.ext.serve.frames import packed
from settlement.ext.serve.metrics import Metrics
from settlement.ext.serve.pool import Busy, Ended, Pool
from settlement.ext.serve.token import admits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from starlette.datastructures import Headers

__all__ = ["CALLS", "REFUSALS", "App"]

#: The router's calls that need no keys.
CALLS: Final = ("/settle", "/compare", "/freight", "/options", "/refund", "/check")
#: What the server itself refuses, and its status.
REFUSALS: Final = {
    "server.token": 401,
    "server.path": 404,
    "server.method": 405,
    "server.slow": 408,
    "server.failed": 500,
    "server.busy": 503,
}
#: Seconds in which a body has to arrive.
_BODY: Final = 30
#: Requests under way for each process: what is beyond that is turned away before its body is read.
_EACH: Final = 128
_JSON: Final = "application/json"
_READ: Final = frozenset({"/health", "/ready", "/metrics", "/openapi.json"})


class _Reply(NamedTuple):
    """What is answered."""

    status: int
    content: bytes
    kind: str = _JSON
    headers: tuple[tuple[str, str], ...] = ()
    rulebook: str | None = None
    waited: float | None = None


class App:
    """The server as an ASGI application (https://asgi.readthedocs.io)."""

    def __init__(self, pool: Pool, watch: Watch, metrics: Metrics, token: str | None) -> None:
        self.pool = pool
        self.watch = watch
        self.metrics = metrics
        self.token = token
        self.openapi: bytes | None = None
        self.under_way = 0
        self.tracer = tracing.tracer()

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        from starlette.requests import Request

        arrived, request = time.monotonic(), Request(scope, receive)
        path, method, headers = scope["path"], scope["method"], request.headers
        route = path if path in CALLS or path in _READ else "other"
        span = None if self.tracer is None else tracing.begun(self.tracer, method, route, headers)
        reply = None
        try:
            reply = await self._reply(path, method, request)
            head = [
                (b"content-type", reply.kind.encode()),
                (b"content-length", b"%d" % len(reply.content)),
                *((name.encode(), value.encode()) for name, value in reply.headers),
            ]
            if reply.rulebook is not None:
                head.append((b"settlement-rulebook", reply.rulebook.encode()))
            await send({"type": "http.response.start", "status": reply.status, "headers": head})
            await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.content})
        finally:
            status = 500 if reply is None else reply.status
            self.metrics.requests.labels(route, _OUTCOMES.get(status, "refused")).inc()
            self.metrics.seconds.labels(route).observe(time.monotonic() - arrived)
            if span is not None:
                tracing.ended(span, status, reply.rulebook if reply else None, reply.waited if reply else None)

    async def _reply(self, path: str, method: str, request: Any) -> _Reply:
        headers: Headers = request.headers
        allowed = admits(self.token, headers.get("authorization"))
        if not allowed and path not in ("/health", "/ready"):
            return _refusal("server.token", headers, ("www-authenticate", "Bearer"))
        if path not in CALLS and path not in _READ:
            return _refusal("server.path", headers)
        if method != "POST" and path in CALLS:
            return _refusal("server.method", headers, ("allow", "POST"))
        if method not in ("GET", "HEAD") and path in _READ:
            return _refusal("server.method", headers, ("allow", "GET, HEAD"))
        match path:
            case "/health":
                return _Reply(200, b'{"healthy":true}')
            case "/ready":
                return self._ready(told=allowed)
            case "/metrics":
                text, kind = self.metrics.text(headers.get("accept", ""))
                return _Reply(200, text, kind)
            case "/openapi.json":
                return await self._openapi(headers)
        return await self._answered(path, request)

    async def _openapi(self, headers: Headers) -> _Reply:
        """The page of calls, which a process makes once: it is half a second of work."""
        if self.openapi is None:
            try:
                (_, page), _ = await self.pool.ask(packed({"openapi": self.token is not None}), time.monotonic())
            except (Busy, Ended):
                return self._busy(headers)
            self.openapi = page
        return _Reply(200, self.openapi)

    def _ready(self, *, told: bool) -> _Reply:
        """Whether there is a process that settles, and by what; the second for whoever has the token."""
        ready = bool(self.pool.alive)
        found: dict[str, Any] = {"ready": ready}
        folder = self.pool.folder
        if told and folder is not None:
            found |= {"rules": folder.digest, "rulebooks": self.pool.rulebooks, "not_taken": self.watch.trouble}
            found |= {"processes": len(self.pool.alive), "waiting": self.pool.waiting}
        return _Reply(200 if ready else 503, compact(found).encode())

    async def _answered(self, path: str, request: Any) -> _Reply:
        """What a process answers, or why none does."""
        from starlette.requests import ClientDisconnect

        headers: Headers = request.headers
        if self.under_way >= _EACH * self.pool.workers:
            return self._busy(headers)
        self.under_way += 1
        try:
            async with asyncio.timeout(_BODY):
                body = await body_of(request, LARGEST)
            arrived = time.monotonic()  # all of it is here: what a slow sender took is no waiting
            asked = packed({"path": path, "language": headers.get("accept-language", "")}, body)
            (said, content), waited = await self.pool.ask(asked, arrived)
        except InvalidDocument as error:
            made = answer(_nothing, error, request)
            return _Reply(made["status_code"], made["content"].encode(), made["media_type"], _pairs(made["headers"]))
        except (TimeoutError, ClientDisconnect):
            return _refusal("server.slow", headers, ("connection", "close"))
        except Busy:
            return self._busy(headers)
        except Ended:
            return _refusal("server.failed", headers)
        finally:
            self.under_way -= 1
        self.metrics.queue.observe(waited)
        if "trouble" in said:
            return _refusal("server.failed", headers)._replace(waited=waited)
        return _Reply(said["status"], content, said["type"], _pairs(said["headers"]), said.get("rulebook"), waited)

    def _busy(self, headers: Headers) -> _Reply:
        self.metrics.turned_away.inc()
        return _refusal("server.busy", headers, ("retry-after", str(max(1, math.ceil(self.pool.seconds)))))


#: Status -> the outcome that is counted; every other one is a request that was refused for what it is.
_OUTCOMES: Final = {200: "answered", 401: "unauthorized", 408: "slow", 500: "failed", 503: "busy"}


def _nothing(_: bytes, __: object) -> str:
    """No call: the body was refused before one was chosen."""
    raise NotImplementedError


def _pairs(headers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(headers.items())


def _refusal(code: str, headers: Headers, *more: tuple[str, str]) -> _Reply:
    """What the server refuses, in the form of the router's refusals (RFC 9457), in the reader's language."""
    locale, status = reader(headers.get("accept-language")), REFUSALS[code]
    text = problem_text(Problem("", code), language(locale))
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": text}
    told["problems"] = [{"place": "", "code": code, "message": text}]
    said = (("content-language", locale.replace("_", "-")), ("vary", "accept-language"), *more)
    return _Reply(status, compact(told).encode(), MEDIA_TYPE, said)


all_readable(globals())
