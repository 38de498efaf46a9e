"""Who is signed in: the cookie holds an unguessable id and nothing else, the rest stands here.

Whoever has not signed in has an id too, for the forms, but no row. Signing in draws a new id, signing out deletes the
row: a cookie that somebody planted or copied is worth nothing before, and nothing after.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, MutableMapping
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import Request
from sqlalchemy import delete, insert, select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settlement.ext.store.database import Database
from settlement.ext.store.figures import microseconds
from shop.tables import sessions

__all__ = ["HOLDS", "Sessions", "WithSession", "begin", "end"]

#: How long one stays signed in.
HOLDS: Final = timedelta(hours=12)
_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
#: Here nobody needs one.
_WITHOUT: Final = ("/static/", "/healthz", "/ucp/", "/.well-known/")


class Sessions:
    """The rows, by the digest of the id: who reads the table cannot sign in with it."""

    def __init__(self, database: Database, secret: bytes, clock: Callable[[], datetime]) -> None:
        self._database, self._secret, self._clock = database, secret, clock

    def find(self, id: str) -> dict[str, str]:
        """Role, id and name of who signed in under this id; empty where nobody did, or too long ago."""
        here = (sessions.c.digest == _digest(id)) & (sessions.c.until > microseconds(self._clock()))
        with self._database.reading() as connection:
            row = connection.execute(select(sessions).where(here)).first()
        return {} if row is None else {"role": row.role, "id": row.id, "user": row.user}

    def keep(self, id: str, told: MutableMapping[str, Any]) -> None:
        """Write who signed in, and drop what has run out."""
        now = self._clock()
        row = {"digest": _digest(id), "until": microseconds(now + HOLDS)}
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.until <= microseconds(now)))
            connection.execute(insert(sessions).values(row | dict(told)))

    def drop(self, id: str) -> None:
        """Nobody is signed in under this id any more."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == _digest(id)))

    def drop_all(self) -> None:
        """Nobody is signed in any more: the passwords are others now."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions))

    def csrf(self, id: str) -> str:
        """What each form of this session must send along: no other page can know it."""
        return hmac.new(self._secret, f"csrf/{id}".encode(), hashlib.sha256).hexdigest()


def _digest(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()


class WithSession:
    """Gives each request its session, and each answer the cookie where it is a new one."""

    def __init__(self, app: ASGIApp, kept: Sessions, *, secure: bool) -> None:
        self._app, self._kept, self._secure = app, kept, secure
        self._name = "__Host-session" if secure else "session"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or scope["path"].startswith(_WITHOUT):
            scope.setdefault("session", {})
            await self._app(scope, receive, send)
            return
        given = self._given(scope)
        id = given or secrets.token_urlsafe(32)
        scope["session"] = await run_in_threadpool(self._kept.find, id) if given else {}
        scope["session_id"] = id
        scope.setdefault("state", {})["csrf"] = self._kept.csrf(id)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["session_id"] != given:
                MutableHeaders(scope=message).append("set-cookie", self._cookie(scope["session_id"]))
            await send(message)

        await self._app(scope, receive, answered)

    def _given(self, scope: Scope) -> str:
        """The id that the browser sent, where it looks like one of ours."""
        for part in Headers(scope=scope).get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self._name and _ID.fullmatch(value):
                return value
        return ""

    def _cookie(self, id: str) -> str:
        return f"{self._name}={id}; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if self._secure else "")


def begin(request: Request, kept: Sessions, told: dict[str, str]) -> None:
    """Somebody signed in: from now on under another id."""
    kept.drop(request.scope["session_id"])
    request.scope["session_id"] = id = secrets.token_urlsafe(32)
    kept.keep(id, told)


def end(request: Request, kept: Sessions) -> None:
    """Somebody signed out."""
    kept.drop(request.scope["session_id"])
    request.scope["session_id"] = secrets.token_urlsafe(32)
