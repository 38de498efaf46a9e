"""The app: what every request needs, and who answers which path."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as Refused

from settlement import InvalidDocument
from settlement.audit.seal import Key, Keys
from settlement.errors import EventRefused, NotFound
from settlement.ext.gateways import Mischief, Sandbox
from settlement.ext.store import Store
from settlement.ext.store.database import Database, reached
from shop import addresses, agents, checkout, front, jobs, login, office, office_rules, office_what_if, orders, pay
from shop.cart import Carts
from shop.data import GOODS, fill
from shop.kept import Kept
from shop.pages import page
from shop.rules import Rules
from shop.security import Guarded, Limits, expect_safe, guard
from shop.sessions import Sessions, WithSession
from shop.settings import Settings
from shop.state import State
from shop.tables import SHOP, sandbox
from shop.users import Users

__all__ = ["create_app", "now"]


def now() -> datetime:
    """What time it is: the only clock of the shop."""
    return datetime.now(UTC)


def create_app(settings: Settings, clock: Callable[[], datetime] = now) -> FastAPI:
    """The shop on its database, which is migrated and, where it is empty, filled. Raises as `expect_safe` does."""
    expect_safe(settings)
    secret = (settings.secret or secrets.token_hex(32)).encode()
    shop = _state(settings, clock, secret)

    @asynccontextmanager
    async def working(_: FastAPI) -> AsyncIterator[None]:
        end = jobs.start(shop)
        yield
        end()
        shop.store.close()

    app = FastAPI(
        title="Mall", docs_url=None, redoc_url=None, openapi_url=None, lifespan=working, dependencies=[Depends(guard)]
    )
    app.state.shop, app.state.limits, app.state.users = shop, Limits(), Users(shop.database)
    app.state.passwords = app.state.users.demo(there=settings.loopback)
    app.state.sessions = Sessions(shop.database, secret, clock)
    app.state.sessions.drop_all()
    app.add_middleware(WithSession, kept=app.state.sessions, secure=not settings.loopback)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")), name="static")
    for routes in (
        front,
        login,
        checkout,
        addresses,
        orders,
        office,
        office_rules,
        office_what_if,
        *([pay] if settings.loopback else []),
    ):
        app.include_router(routes.router)
    if settings.loopback:  # they pay with the sandbox
        app.include_router(agents.routes(shop))
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(NotFound, _not_found)
    for kind in (EventRefused, InvalidDocument):
        app.add_exception_handler(kind, orders.refused)
    app.middleware_stack = Guarded(app.build_middleware_stack(), settings)  # around all, so that a 500 has them too
    return app


def _state(settings: Settings, clock: Callable[[], datetime], secret: bytes) -> State:
    with reached():
        database = Database(settings.database)
        store, rules, carts = Store(database, clock=clock), Rules(database, clock), Carts(database)
        store.migrate()
        SHOP.create_all(database.engine)
    fill(database, store, rules, carts, clock())
    honest = Mischief(delays=0, repeats=0, drops=0, forges=0, lies=0)
    gateway = Sandbox(b"the example shop", mischief=honest, kept=Kept(database, sandbox))
    return State(settings, database, store, gateway, GOODS, rules, carts, Keys(Key("shop", secret)), clock)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException | Refused)
    headers = dict(error.headers or {})
    if error.status_code == 303:
        return Response(status_code=303, headers=headers)
    answer = page(request, "refused.html", error.status_code, code=error.status_code)
    answer.headers.update(headers)
    return answer


def _not_found(request: Request, _error: Exception) -> Response:
    return page(request, "refused.html", 404, code=404)
