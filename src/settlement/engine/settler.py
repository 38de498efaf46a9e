"""A service's object: one rulebook for many threads, swapped while it runs, with counts of what happened.

`settle()` itself is a pure function and safe in threads; this adds what a long-running process wants around it.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from settlement.cart.checkout import Checkout
from settlement.documents.json_text import Amounts
from settlement.documents.meaning import meaning
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.errors import InvalidDocument
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Settler", "Statistics"]


class Statistics(NamedTuple):
    """What a settler did since it was made: settlements by status, refused requests, rules swapped, memo hits."""

    payable: int = 0
    pending: int = 0
    blocked: int = 0
    refused: int = 0
    unproven: int = 0
    swaps: int = 0
    memo_hits: int = 0
    memo_kept: int = 0

    @property
    def settled(self) -> int:
        """Settlements in all, those from the memo among them."""
        return self.payable + self.pending + self.blocked


class Settler:
    """Settles checkouts under the current rulebook, from any number of threads.

    `memo` keeps that many settlements by what their digest is made of (and by what is carried beside it: the order
    of lines, their names and info, the consignee, remark, invoice, the order's name); 0 keeps none. It pays where the
    same cart is asked about again and the search for coupons is long: the key alone costs about half a plain
    settlement. See docs/performance.md.

    >>> from settlement import Cart, Line
    >>> settler = Settler(Rulebook(id="r1", currency="CNY"), memo=100)
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> settler.settle(checkout) is settler.settle(checkout)
    True
    >>> settler.swap(Rulebook(id="r2", currency="CNY")).id, settler.settle(checkout).rulebook
    ('r1', 'r2')
    >>> settler.statistics.settled, settler.statistics.memo_hits
    (3, 1)
    """

    def __init__(self, rulebook: Rulebook, *, memo: int = 0) -> None:
        if memo < 0:
            msg = f"memo is a number of settlements to keep, 0 or more; found {memo}"
            raise ValueError(msg)
        self._lock = Lock()
        self._size = memo
        self._counts = Statistics()
        self._memo: OrderedDict[object, Settlement] = OrderedDict()
        self._rulebook = _ready(rulebook)

    @property
    def rulebook(self) -> Rulebook:
        """The rules in force."""
        return self._rulebook

    @property
    def statistics(self) -> Statistics:
        """Counts since the settler was made; one consistent view."""
        with self._lock:
            return self._counts._replace(memo_kept=len(self._memo))

    def swap(self, rulebook: Rulebook) -> Rulebook:
        """Put new rules in force and return the old; settlements under way end under the rules they began with.

        The new rulebook is indexed and its digest computed before the swap, so no request waits for it.
        """
        ready = _ready(rulebook)
        with self._lock:
            old, self._rulebook = self._rulebook, ready
            self._memo.clear()
            self._counts = self._counts._replace(swaps=self._counts.swaps + 1)
        return old

    def settle(self, checkout: Checkout) -> Settlement:
        """`settle(checkout, rulebook)` under the rules in force; raises what it raises."""
        rulebook = self._rulebook
        try:
            settlement = self._remembered(checkout, rulebook) if self._size else settle(checkout, rulebook)
        except InvalidDocument:
            with self._lock:
                self._counts = self._counts._replace(refused=self._counts.refused + 1)
            raise
        with self._lock:
            counts = self._counts
            status = settlement.status
            self._counts = counts._replace(
                **{status: getattr(counts, status) + 1, "unproven": counts.unproven + (not settlement.optimal)}
            )
        return settlement

    def _remembered(self, checkout: Checkout, rulebook: Rulebook) -> Settlement:
        # What is outside the digest comes back with the settlement all the same: on receipts, and in records.
        carried = tuple([(line.id, line.name, line.info) for line in checkout.cart.lines])
        asked = meaning(checkout, Amounts(checkout.cart.currency))
        beside = (checkout.address, checkout.remark, checkout.invoice, checkout.by_shop, checkout.order)
        key = (rulebook.digest, asked, carried, beside)
        with self._lock:
            found = self._memo.get(key)
            if found is not None:
                self._memo.move_to_end(key)
                self._counts = self._counts._replace(memo_hits=self._counts.memo_hits + 1)
                return found
        made = settle(checkout, rulebook)
        with self._lock:
            if self._rulebook is rulebook:
                self._memo[key] = made
                if len(self._memo) > self._size:
                    self._memo.popitem(last=False)
        return made


def _ready(rulebook: Rulebook) -> Rulebook:
    """The rulebook with its indexes and its digest built: here rather than by the first request."""
    rulebook.digest  # noqa: B018 - a cached property, which makes the rules ready first
    return rulebook


all_readable(globals())
