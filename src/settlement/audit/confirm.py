"""Before paying: is what was sealed still what is due?"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from settlement.audit.diff import Diff, diff
from settlement.audit.record import Record
from settlement.audit.seal import Keys, Sealed, open_sealed
from settlement.cart import Checkout
from settlement.engine import settle
from settlement.rulebook import Rulebook

__all__ = ["Confirmation", "confirm"]


class Confirmation(NamedTuple):
    """What was sealed, and what differs now. It is true where nothing that is due differs."""

    sealed: Sealed
    diff: Diff

    @property
    def same(self) -> bool:
        """Whether the settlement of now agrees with the sealed one in all but its instant and its rules' name."""
        return self.diff.equal

    def __bool__(self) -> bool:
        return self.same


def confirm(
    sealed: str | bytes,
    checkout_now: Checkout,
    rulebook_now: Rulebook,
    keys: Keys,
    *,
    now: datetime | str,
    audience: str,
) -> Confirmation:
    """Open a seal, settle what is asked now by the rules of now, and compare.

    A sealed record also says why something differs; a sealed settlement only what. `checkout_now.at` is the instant
    that offers are judged at, `now` the one that the seal is. Raises `SealRefused` as `open_sealed` does, and what
    `settle()` raises.

    >>> from settlement import Cart, Line
    >>> from settlement.audit.record import record
    >>> from settlement.audit.seal import Key, seal
    >>> keys = Keys(Key("k1", b"0123456789abcdef0123456789abcdef"))
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00Z", cart=Cart(currency="CNY", lines=[line]))
    >>> rules = Rulebook(id="r", currency="CNY")
    >>> kept = record(settle(checkout, rules))
    >>> token = seal(kept, keys, issued="2026-11-11T00:00:00Z", expires="2026-11-11T00:15:00Z", audience="pay")
    >>> later = checkout.model_copy(update={"at": "2026-11-11T00:05:00Z"})
    >>> bool(confirm(token, later, rules, keys, now="2026-11-11T00:05:00Z", audience="pay"))
    True
    >>> dearer = later.model_copy(update={"cart": later.cart.with_quantity("a", 3)})
    >>> found = confirm(token, dearer, rules, keys, now="2026-11-11T00:05:00Z", audience="pay")
    >>> found.same, [step.causes for step in found.diff.steps if step.effects]
    (False, [('cart',)])
    """
    opened = open_sealed(sealed, keys, now=now, audience=audience)
    due = settle(checkout_now, rulebook_now)
    before = opened.content
    rules = type(rulebook_now)
    return Confirmation(
        opened, diff(before, due, rulebook_class=rules) if isinstance(before, Record) else diff(before, due)
    )
