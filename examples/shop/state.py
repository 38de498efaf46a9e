"""What every request needs, made once at the start: `request.app.state.shop`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from settlement.audit.seal import Keys
from settlement.ext.gateways import Sandbox
from settlement.ext.store import Store
from settlement.ext.store.database import Database
from shop.cart import Carts
from shop.data import Good
from shop.rules import Rules
from shop.settings import Settings

if TYPE_CHECKING:
    from fastapi import Request

__all__ = ["State", "of"]


class State(NamedTuple):
    """The store and what stands around it. `rules.book("zh")` is the rulebook in force; `goods` are by sku."""

    settings: Settings
    database: Database
    store: Store
    gateway: Sandbox
    goods: Mapping[str, Good]
    rules: Rules
    carts: Carts
    keys: Keys
    clock: Callable[[], datetime]


def of(request: Request) -> State:
    """That of the app which was asked."""
    found: State = request.app.state.shop
    return found
