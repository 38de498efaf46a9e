"""Who may enter a back office: staff of that shop, and staff of the mall. For others it isn't there."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import HTTPException, Request

from settlement.orders import Actor
from shop.data import SHOPS
from shop.rules import MALL
from shop.who import signed_in

__all__ = ["keeper", "mall_staff"]


def keeper(request: Request, id: str) -> Actor:
    """Whoever may do what the shop `id` does; of the mall itself (`platform`) its staff alone."""
    actor = _somebody(request)
    if actor.role == "staff" and (id in SHOPS or id == MALL):
        return actor
    if actor.role == "shop" and actor.id == id and id in SHOPS:
        return actor
    raise HTTPException(404)


def mall_staff(request: Request) -> Actor:
    """Staff of the mall."""
    actor = _somebody(request)
    if actor.role != "staff":
        raise HTTPException(404)
    return actor


def _somebody(request: Request) -> Actor:
    actor = signed_in(request)
    if actor is None:
        back = quote(request.url.path if request.method == "GET" else "/")
        raise HTTPException(303, headers={"location": f"/login?next={back}"})
    return actor
