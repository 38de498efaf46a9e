"""Before paying: whether what was sealed is still what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from settlement.audit.diff import Diff, diff
from settlement.audit.record import Record, record
from settlement.audit.seal import Keys, Sealed, open_quote, open_sealed
from settlement.cart.checkout import Checkout
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.errors import SealRefused
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Confirmation", "confirm"]


#: Kinds of effects that are about what is due and what is given for it.
_DUE: Final = frozenset({"status", "total", "line", "shop", "rule", "gift", "tax", "tenders", "due"})


class Confirmation(NamedTuple):
    """What was sealed, and what differs now. It is true where nothing that is due differs.

    `record` is that of what was settled now, with its personal part, which a seal has not: what an order is placed by.
    """

    sealed: Sealed
    diff: Diff
    record: Record

    @property
    def same(self) -> bool:
        """Whether every amount, line, rule, gift, tax, point used and card that pays is as sealed.

        A coupon that was not used then and has expired since is in `diff`, and changes nothing.
        """
        return not any(
            effect.kind in _DUE or (effect.kind == "points" and effect.field == "used") for effect in self.diff.effects
        )

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
    quote: Record | None = None,
) -> Confirmation:
    """Open a seal, settle what is asked now by the rules of now, and compare.

    A sealed record also says why something differs; a sealed settlement only what. `checkout_now.at` is the instant
    that offers are judged at, `now` the one that the seal is. Of a short seal `quote` is the record that was kept of
    it, and `checkout_now` names the customer whom it must be for. Raises `SealRefused` as `open_sealed` does, and for
    another record than was sealed; what `settle()` raises, and `InvalidDocument` where the two name two orders.

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
    if quote is None:
        opened = open_sealed(sealed, keys, now=now, audience=audience)
    else:
        opened = _of_quote(sealed, checkout_now, keys, now, audience, quote)
    one_order("confirm", [("sealed", opened.settlement.order), ("checkout_now", checkout_now.order)])
    due = settle(checkout_now, rulebook_now)
    return Confirmation(opened, diff(opened.content, due, rulebook_class=type(rulebook_now)), record(due))


def _of_quote(
    token: str | bytes, checkout_now: Checkout, keys: Keys, now: datetime | str, audience: str, kept: Record
) -> Sealed:
    """The record that was kept in the place of what a full seal holds."""
    expect("quote", kept, Record)
    found = open_quote(token, keys, now=now, audience=audience, customer=checkout_now.customer.id)
    if found.digest != kept.digest:
        raise SealRefused("seal.quote")
    return Sealed(kept, found.issued, found.expires, found.audience, found.key)


all_readable(globals())
