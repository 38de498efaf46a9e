"""Who asks: the session says it, and nothing else does."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import HTTPException, Request

from settlement.orders import Actor

__all__ = ["buyer", "signed_in"]


def signed_in(request: Request) -> Actor | None:
    """Who signed in: a customer, somebody of a shop (`id` is the shop's), or staff of the mall."""
    role, id = request.session.get("role"), request.session.get("id")
    return Actor(role=role, id=id) if role and id else None


def buyer(request: Request) -> Actor:
    """The customer who asks; others are sent to the sign-in, and find back from there."""
    found = signed_in(request)
    if found is None or found.role != "customer":
        back = quote(request.url.path if request.method == "GET" else "/")
        raise HTTPException(303, headers={"location": f"/login?next={back}"})
    return found
