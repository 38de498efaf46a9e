"""What the buyer saw: its record is kept, a short seal of it is in the form, and both are compared when they submit."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from settlement import Settlement
from settlement.audit.confirm import Confirmation, confirm
from settlement.audit.record import record
from settlement.audit.seal import open_quote, seal_quote
from settlement.errors import NotFound, SealRefused
from settlement.orders import Actor
from shop.asking import Asked
from shop.state import State

__all__ = ["HOLDS", "number_of", "quote", "still"]

#: How long what was shown holds.
HOLDS: Final = timedelta(minutes=15)
#: How many a buyer may have open at once, in whatever windows; the oldest is quoted anew.
MOST: Final = 20
_AUDIENCE: Final = "checkout"


def quote(shop: State, actor: Actor, shown: Settlement) -> str:
    """A token of what is shown, for this buyer."""
    now, id, kept = shop.clock(), secrets.token_urlsafe(16), record(shown)
    shop.store.keep_quote(actor, id, kept, now + HOLDS, most=MOST)
    return seal_quote(id, kept, shop.keys, issued=now, expires=now + HOLDS, audience=_AUDIENCE)


def still(shop: State, actor: Actor, token: str, now: Asked) -> Confirmation:
    """What was shown beside what is due now. Raises `SealRefused` for a token that is none, or old, or another's."""
    at = shop.clock()
    found = open_quote(token, shop.keys, now=at, audience=_AUDIENCE, customer=actor.id)
    try:
        kept = shop.store.quote(actor, found.id)
    except NotFound:
        raise SealRefused("seal.expired") from None
    return confirm(token, now.checkout, now.rules, shop.keys, now=at, audience=_AUDIENCE, quote=kept)


def number_of(actor: Actor, key: str) -> str:
    """The number of the order that is placed under this buyer's key: the same again, whenever it is asked."""
    drawn = hashlib.sha256(f"{actor.id}/{key}".encode()).digest()
    return f"SO{int.from_bytes(drawn[:8]) % 10**12:012d}"
