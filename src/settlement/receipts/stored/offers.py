"""What an offer of a stored settlement took, worked out again by the class of its benefit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from settlement.discounts.goods import Goods, above_floors, full_times
from settlement.documents.scalars import quantity_out
from settlement.errors import Problem
from settlement.money import ROUNDERS
from settlement.receipts.facts import said
from settlement.receipts.stored.facts import OfferFacts, read_offer
from settlement.receipts.stored.walk import differs

if TYPE_CHECKING:
    from settlement.cart.columns import Basket
    from settlement.discounts.benefit import Benefit
    from settlement.receipts.record import Entry
    from settlement.receipts.stored.walk import Walk

__all__ = ["goods_of", "met", "offer"]


def offer(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """An offer's adjustment from its facts: what it looked at, what it takes off each line, who bears that."""
    stage, rule, _, lines, _, _, facts = entry
    found, benefit = walk.offers[rule] = read_offer(said(facts), walk.record.currency)
    yield from walk.mode(place, found.rounding)
    yield from _borne(walk, place, entry, found)
    scope = sorted([*lines, *walk.places("unshared", found.unshared, lines)])
    looked_at = scope if found.condition is None else walk.places("condition", found.condition)
    left = walk.left(stage)
    sound = True
    for problem in _threshold(walk, place, found, looked_at, scope, left):
        sound = False
        yield problem
    if sound and benefit is not None and found.net is not None and found.rounding is not None:
        yield from walk.shared(place, entry, _off(walk, found, benefit, scope, left), scope)


def _threshold(
    walk: Walk,
    place: str,
    found: OfferFacts,
    looked_at: Sequence[int],
    scope: Sequence[int],
    left: Sequence[int],
) -> Iterator[Problem]:
    """What the tier looked at, and that it met what was asked for."""
    if found.net is not None:
        yield from walk.stated(place, "net", found.net, sum([left[line] for line in scope]))
        sums = [sum([amounts[line] for line in looked_at]) for amounts in (walk.net, walk.goods)]
        if found.basis is not None and (min(sums) > found.basis if found.with_tax else found.basis not in sums):
            yield from walk.stated(place, "basis", found.basis, sums[0])
        counted = sum([walk.sold.millis[line] for line in looked_at])
        if found.quantity is not None and found.quantity != counted:
            yield differs(f"{place}.facts.quantity", quantity_out(found.quantity), quantity_out(counted))
    yield from met(walk, place, found)


def met(walk: Walk, place: str, found: OfferFacts) -> Iterator[Problem]:
    """Whether what there was is at least what was asked for."""
    basis, least = found.basis, found.min_amount
    for missing, told in (("basis", least is None or basis is not None), ("quantity", _counted(found))):
        if not told:
            yield Problem(f"{place}.facts.{missing}", "field.missing")
    if basis is not None and least is not None and basis < least:
        yield Problem(
            f"{place}.facts.min_amount", "stored.unmet", {"found": walk.money(basis), "least": walk.money(least)}
        )
    quantity, fewest = found.quantity, found.min_quantity
    if quantity is not None and fewest is not None and quantity < fewest:
        facts = {"found": quantity_out(quantity), "least": quantity_out(fewest)}
        yield Problem(f"{place}.facts.min_quantity", "stored.unmet", facts)


def _counted(found: OfferFacts) -> bool:
    return found.min_quantity is None or found.quantity is not None


def goods_of(walk: Walk, found: OfferFacts, scope: Sequence[int], left: Sequence[int]) -> Goods:
    """What the benefit saw."""
    times = full_times(found.basis or 0, found.min_amount, found.quantity or 0, found.min_quantity)
    nets = [left[line] for line in scope]
    rounded = ROUNDERS[found.rounding or "half_up"]
    return Goods(cast("Basket", walk.sold), scope, nets, sum(nets), times, rounded, found.bought)


def _off(walk: Walk, found: OfferFacts, benefit: Benefit, scope: Sequence[int], left: Sequence[int]) -> Sequence[int]:
    """What the benefit takes off each line in scope, by its own class."""
    goods = goods_of(walk, found, scope, left)
    if not getattr(benefit, "every", False):
        goods.times = 1
    off = benefit.off(goods)
    if found.floors is None or benefit.on_freight:
        return off
    return above_floors(off, goods.nets, [found.floors.get(walk.record.ids[line], 0) for line in scope])


def _borne(walk: Walk, place: str, entry: Entry, found: OfferFacts) -> Iterator[Problem]:
    """What the platform bears: so much of each share as the facts say."""
    _, _, _, lines, shares, parts, _ = entry
    parts = parts or (0,) * len(shares)
    if found.rounding is None:
        return
    if found.platform_share is None:
        yield Problem(f"{place}.facts.platform_share", "field.missing")
        return
    numerator, denominator = found.platform_share
    made = [-ROUNDERS[found.rounding](-share * numerator, denominator) for share in shares]
    for line, part, expected in zip(lines, parts, made, strict=True):
        if part != expected:
            yield differs(f"{place}.platform.{walk.record.ids[line]}", walk.money(part), walk.money(expected))
