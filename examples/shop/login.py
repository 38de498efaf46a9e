"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from settlement.orders import Actor
from shop import sessions
from shop.forms import Form, posted
from shop.pages import page
from shop.state import of
from shop.texts import language_of, say_in
from shop.users import DEMO
from shop.who import signed_in

__all__ = ["router"]

router = APIRouter()
Posted = Annotated[Form, Depends(posted)]


@router.get("/login")
def show(request: Request, next: str = "") -> Response:  # noqa: A002 - the field of the form
    """The form; whoever is signed in may sign in as somebody else."""
    return _page(request, next)


@router.post("/login")
def sign_in(request: Request, form: Posted) -> Response:
    """By name and password; which of them was wrong is not told."""
    name, back = form.one("user"), form.one("next")
    actor = request.app.state.users.sign_in(name, form.one("password"))
    if actor is None:
        wrong = say_in(language_of(request))("User name or password are wrong.")
        return _page(request, back, 422, wrong, name)
    sessions.begin(request, request.app.state.sessions, {"role": actor.role, "id": actor.id, "user": name})
    return RedirectResponse(back if _local(back) else _home(actor), 303)


@router.post("/logout")
def sign_out(request: Request) -> Response:
    """The session ends here, whoever has a copy of the cookie."""
    sessions.end(request, request.app.state.sessions)
    return RedirectResponse("/", 303)


def _page(request: Request, back: str, status: int = 200, wrong: str = "", name: str = "") -> Response:
    demo = list(DEMO) if of(request).settings.loopback else []
    told = {"wrong": wrong, "name": name, "back": back if _local(back) else "", "demo": demo}
    return page(request, "login.html", status, signed=signed_in(request), **told)


def _home(actor: Actor) -> str:
    return {"customer": "/", "shop": f"/shop/{actor.id}"}.get(actor.role, "/mall")


def _local(path: str) -> bool:
    """A path of this server, never another one's, which two slashes begin, or a slash and a backslash."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
