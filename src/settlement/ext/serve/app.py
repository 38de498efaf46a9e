"""The server over HTTP: the router's calls, handed to processes; and what a machine wants to know of a server."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from typing import TYPE_CHECKING, Any, Final

from settlement.documents.json_text import compact
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument
from settlement.ext.fastapi.desk import body_of, refused
from settlement.ext.fastapi.routing import LARGEST
from settlement.ext.serve import tracing
from settlement.ext.serve.folder import Watch
from settlement.ext.serve.frames import packed
from settlement.ext.serve.metrics import Metrics
from settlement.ext.serve.pool import Busy, Ended, Left, Long, Pool
from settlement.ext.serve.refusals import Reply, refusal
from settlement.ext.serve.token import admits, is_local

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from starlette.datastructures import Headers

__all__ = ["CALLS", "App"]

_log = logging.getLogger("settlement.serve")

#: The router's calls that need no keys.
CALLS: Final = ("/settle", "/compare", "/freight", "/options", "/refund", "/check")
#: Seconds in which a body has to arrive.
_BODY: Final = 30
#: Requests under way for each process: what is beyond that is turned away before its body is read.
_EACH: Final = 128
_READ: Final = frozenset({"/health", "/ready", "/metrics", "/openapi.json"})


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
            try:
                reply = await self._reply(path, method, request)
            except asyncio.CancelledError:  # the time is over in which what was begun is answered
                reply = refusal("server.ending", headers.get("accept-language"), ("connection", "close"))
            except Exception:  # noqa: BLE001 - whatever it is, it is answered as all is
                _log.exception("a request failed")
                reply = refusal("server.failed", headers.get("accept-language"))
            await send({"type": "http.response.start", "status": reply.status, "headers": reply.fields()})
            await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.content})
        finally:
            status = 500 if reply is None else reply.status
            self.metrics.requests.labels(route, _OUTCOMES.get(status, "refused")).inc()
            self.metrics.seconds.labels(route).observe(time.monotonic() - arrived)
            if span is not None:
                tracing.ended(span, status, reply.rulebook if reply else None, reply.waited if reply else None)

    async def _reply(self, path: str, method: str, request: Any) -> Reply:
        headers: Headers = request.headers
        said = headers.get("accept-language")
        if self.token is None and not all(is_local(each) for each in headers.getlist("host")):
            return refusal("server.host", said)
        allowed = admits(self.token, headers.get("authorization"))
        if not allowed and path not in ("/health", "/ready"):
            return refusal("server.token", said, ("www-authenticate", "Bearer"))
        if path not in CALLS and path not in _READ:
            return refusal("server.path", said)
        if method != "POST" and path in CALLS:
            return refusal("server.method", said, ("allow", "POST"))
        if method not in ("GET", "HEAD") and path in _READ:
            return refusal("server.method", said, ("allow", "GET, HEAD"))
        match path:
            case "/health":
                return Reply(200, b'{"healthy":true}')
            case "/ready":
                return self._ready(told=allowed)
            case "/metrics":
                text, kind = self.metrics.text(headers.get("accept", ""))
                return Reply(200, text, kind)
            case "/openapi.json":
                return await self._openapi(said)
        return await self._answered(path, request)

    async def _openapi(self, said: str | None) -> Reply:
        """The page of calls, which a process makes once: it is half a second of work."""
        if self.openapi is None:
            try:
                (told, page), _ = await self.pool.ask(packed({"openapi": self.token is not None}), time.monotonic())
            except Busy:
                return self._busy(said)
            except (Ended, Long):
                return refusal("server.failed", said)
            if "trouble" in told:
                return refusal("server.failed", said)
            self.openapi = page
        return Reply(200, self.openapi)

    def _ready(self, *, told: bool) -> Reply:
        """Whether there is a process that settles, and by what; the second for whoever has the token."""
        ready = bool(self.pool.alive)
        found: dict[str, Any] = {"ready": ready}
        folder = self.pool.folder
        if told and folder is not None:
            found |= {"rules": folder.digest, "rulebooks": self.pool.rulebooks, "not_taken": self.watch.trouble}
            found |= {"processes": len(self.pool.alive), "waiting": self.pool.waiting}
        return Reply(200 if ready else 503, compact(found).encode())

    async def _answered(self, path: str, request: Any) -> Reply:
        """What a process answers, or why none does."""
        from starlette.requests import ClientDisconnect

        headers: Headers = request.headers
        language = headers.get("accept-language")
        if self.under_way >= _EACH * self.pool.workers:
            return self._busy(language)
        self.under_way += 1

        async def left() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        try:
            async with asyncio.timeout(_BODY):
                body = await body_of(request, LARGEST)
            arrived = time.monotonic()  # all of it is here: what a slow sender took is no waiting
            asked = packed({"path": path, "language": language or ""}, body)
            (said, content), waited = await self.pool.ask(asked, arrived, left)
        except InvalidDocument as error:
            made = refused(error, request)
            return Reply(made["status_code"], made["content"].encode(), made["media_type"], _pairs(made["headers"]))
        except (TimeoutError, ClientDisconnect, Left):
            return refusal("server.slow", language, ("connection", "close"))
        except Busy:
            return self._busy(language)
        except Long:
            return refusal("server.long", language)
        except Ended:
            return refusal("server.failed", language)
        finally:
            self.under_way -= 1
        self.metrics.queue.observe(waited)
        if "trouble" in said:
            return refusal("server.failed", language)._replace(waited=waited)
        return Reply(said["status"], content, said["type"], _pairs(said["headers"]), said.get("rulebook"), waited)

    def refused(self, status: int) -> None:
        """Count what a connection answered before there was a request."""
        self.metrics.requests.labels("other", _OUTCOMES.get(status, "refused")).inc()

    def _busy(self, said: str | None) -> Reply:
        self.metrics.turned_away.inc()
        return refusal("server.busy", said, ("retry-after", str(max(1, math.ceil(self.pool.seconds)))))


#: Status -> the outcome that is counted; every other one is a request that was refused for what it is.
_OUTCOMES: Final = {200: "answered", 401: "unauthorized", 408: "slow", 500: "failed", 503: "busy"}


def _pairs(headers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(headers.items())


all_readable(globals())
