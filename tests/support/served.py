"""A shop's app with the router in it, and requests to it: what the tests of `ext/fastapi` share."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from settlement import Checkout, Rulebook
from settlement.audit.seal import Key, Keys
from settlement.ext.fastapi import router

MALL = json.loads((Path(__file__).parents[2] / "examples" / "mall-cart.json").read_text(encoding="utf-8"))
CHECKOUT, RULES = Checkout.from_dict(MALL["checkout"]), Rulebook.from_dict(MALL["rulebook"])
PLAIN = RULES.model_copy(update={"id": "plain", "promotions": (), "coupons": ()})
BOOKS = {RULES.id: RULES, PLAIN.id: PLAIN}
KEYS = Keys(Key("k1", b"0123456789abcdef0123456789abcdef"))
#: The paths that take a checkout and a rulebook's id, and nothing else.
SETTLING = ("/settle", "/compare", "/freight", "/options", "/seal")
EVERY = (*SETTLING, "/confirm", "/refund", "/check")


def app(rulebooks=BOOKS, keys=KEYS, **options):
    """An app with the router and nothing else."""
    made = FastAPI()
    made.include_router(router(rulebooks, keys, **options))
    return made


def client(*arguments, **options):
    """Its client, which raises what the app raises."""
    return TestClient(app(*arguments, **options))


def body(**changed):
    """The mall cart by the mall's rules, changed."""
    return {"checkout": MALL["checkout"], "rulebook": RULES.id} | changed


def post(served, path, content, **headers):
    """A body as it stands, as JSON."""
    return served.post(path, content=content, headers={"content-type": "application/json"} | headers)


def codes(answer):
    """The codes of a refusal, which is of RFC 9457 and says its own status."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told.keys() - {"diff"} == {"type", "title", "status", "detail", "problems"}
    return [each["code"] for each in told["problems"]]
