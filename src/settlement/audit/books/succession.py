"""Which payout of an order goes on from which: by the refunds that it covers, whatever the order of the files.

A payout says the whole each time, so it is booked less the one before it. What it covers are the refunds that it names;
an older one names none, and covers the cash, and of each shop the goods, that came back. A later payout covers all that
an earlier one does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from settlement.after_pay.payouts.accounts import Payout
from settlement.errors import InvalidDocument, Problem

__all__ = ["predecessors"]


class _Covering(NamedTuple):
    """A payout, and what it covers in minor units; `before`: it stands in the books already."""

    place: str
    payout: Payout
    before: bool
    back: dict[str, int]

    @property
    def covers(self) -> int | None:
        """How many refunds, None where an older document does not say."""
        return self.payout.covers if any(self.back.values()) else self.payout.covers or 0


def predecessors(payouts: Sequence[tuple[str, Payout, bool]]) -> dict[str, Payout | None]:
    """By place the payout that one of the same order goes on from, None for the first.

    Raises `InvalidDocument` where of two neither covers all that the other does, where one that covers more is stated
    to be earlier or is booked already, and where two cover the same, say something else and state no instants.
    """
    chain = [_Covering(place, each, before, _back(each)) for place, each, before in payouts]
    counted = None not in {each.covers for each in chain}
    chain.sort(
        key=lambda each: (
            (each.covers or 0) if counted else 0,
            sum(each.back.values()),
            not each.before,
            _instant(each.payout),
        )
    )
    found: dict[str, Payout | None] = {chain[0].place: None} if chain else {}
    problems = []
    dated: _Covering | None = None
    for one, other in pairwise(chain):
        found[other.place] = one.payout
        dated = one if one.payout.at is not None else dated
        code = _fault(one, other)
        if code is not None:
            problems.append(Problem(other.place, code, {"other": one.place}))
        elif dated is not None and other.payout.at is not None and _instant(other.payout) < _instant(dated.payout):
            problems.append(Problem(f"{other.place}.at", "payout.order", {"other": dated.place}))
    if problems:
        raise InvalidDocument(problems, "journal")
    return found


def _back(payout: Payout) -> dict[str, int]:
    """What came back: the cash, then goods by shop. Freight may be charged again by a later return."""
    return {"": payout.refunded.minor} | {shop.shop: -shop.refunds.goods.minor for shop in payout.shops}


def _instant(payout: Payout) -> str:
    return "" if payout.at is None else payout.at.isoformat()


def _fault(one: _Covering, other: _Covering) -> str | None:
    """Why the second cannot go on from the first."""
    counted = None not in {one.covers, other.covers} and one.covers != other.covers
    if all(each.payout.covered or not each.covers for each in (one, other)):
        parted = bool(Counter(one.payout.covered) - Counter(other.payout.covered))
    else:  # cash never comes back twice; of a shop's goods a later refund may keep a part again, as a deduction
        held = {"": one.back[""]} if counted else one.back
        parted = any(other.back.get(name, 0) < amount for name, amount in held.items())
    if parted:
        return "payout.apart"
    if _said(one.payout) == _said(other.payout):
        return None
    if other.before and not one.before:
        return "payout.late"
    dated = None not in {one.payout.at, other.payout.at} and one.payout.at != other.payout.at
    told = dated or counted or one.before != other.before
    return None if told or one.back != other.back else "payout.which"


def _said(payout: Payout) -> str:
    """What a payout says, whatever it is called."""
    return payout.model_copy(update={"order": None, "id": None, "at": None}).to_json()
