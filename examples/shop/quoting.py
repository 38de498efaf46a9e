"""What the buyer saw, sealed, and whether it is still so when they submit."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from settlement import Settlement
from settlement.audit.confirm import Confirmation, confirm
from settlement.audit.record import record
from settlement.audit.seal import seal
from settlement.orders import Actor
from shop.asking import Asked
from shop.state import State

__all__ = ["HOLDS", "number_of", "quote", "still"]

#: How long what was shown holds.
HOLDS: Final = timedelta(minutes=15)
_AUDIENCE: Final = "checkout"


def quote(shop: State, actor: Actor, shown: Settlement) -> str:
    """A token of what is shown, for this buyer."""
    now = shop.clock()
    return seal(record(shown), shop.keys, issued=now, expires=now + HOLDS, audience=f"{_AUDIENCE}/{actor.id}")


def still(shop: State, actor: Actor, token: str, now: Asked) -> Confirmation:
    """What was shown beside what is due now. Raises `SealRefused` for a token that is none, or old, or another's."""
    audience = f"{_AUDIENCE}/{actor.id}"
    return confirm(token, now.checkout, now.rules, shop.keys, now=shop.clock(), audience=audience)


def number_of(actor: Actor, key: str) -> str:
    """The number of the order that is placed under this buyer's key: the same again, whenever it is asked."""
    drawn = hashlib.sha256(f"{actor.id}/{key}".encode()).digest()
    return f"SO{int.from_bytes(drawn[:8]) % 10**12:012d}"
