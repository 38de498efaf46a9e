"""What an offer of a stored settlement took, worked out again by the class of its benefit."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Final, cast

from settlement.discounts import CONDITIONS
from settlement.discounts.borne import borne_of
from settlement.discounts.goods import Goods, above_floors, full_times
from settlement.discounts.slots import Slotted
from settlement.discounts.units_left import UnitsLeft
from settlement.documents.scalars import milli, quantity_out, returned_quantity
from settlement.errors import Problem
from settlement.money import ROUNDERS, excerpt
from settlement.receipts.facts import said
from settlement.receipts.stored.facts import LowerFacts, OfferFacts, again, read_lower, read_offer
from settlement.receipts.stored.walk import differs

if TYPE_CHECKING:
    from settlement.cart.columns import Basket
    from settlement.discounts.benefit import Benefit
    from settlement.receipts.record import Entry
    from settlement.receipts.stored.walk import Walk

__all__ = ["goods_of", "met", "offer"]

#: What the library's own conditions are called: they say themselves what they ask.
_LIBRARYS: Final = frozenset([kind.model_fields["type"].default for kind in CONDITIONS])


def offer(walk: Walk, place: str, entry: Entry) -> Iterator[Problem]:
    """An offer's adjustment from its facts: what it looked at, what it takes off each line, who bears that."""
    stage, rule, _, lines, _, _, facts = entry
    found, benefit = walk.offers[rule] = read_offer(said(facts), walk.record.currency)
    yield from walk.mode(place, found.rounding)
    yield from _borne(walk, place, entry, found)
    if found.budget_left is not None and -entry.amount > found.budget_left:
        facts = {"found": walk.money(found.budget_left), "least": walk.money(-entry.amount)}
        yield Problem(f"{place}.facts.budget_left", "stored.unmet", facts)
    scope = sorted([*lines, *walk.places("unshared", found.unshared, lines)])
    looked_at = scope if found.condition is None else walk.places("condition", found.condition)
    units = walk.units_left(stage)
    left = walk.left(stage) if units is None else units.nets
    sound = True
    for problem in (
        *_left(walk, place, found, units, scope, looked_at),
        *_threshold(walk, place, found, looked_at, scope, left, units),
    ):
        sound = False
        yield problem
    yield from _others(walk, place, found)
    if found.by_platform is False and len({walk.shops[line] for line in scope}) > 1:
        yield Problem(f"{place}.facts.by_platform", "stored.shops")
    if benefit is None:
        benefit = again(found, walk.record.currency)  # a kind of one's own, in the library's words
    if isinstance(benefit, Slotted):
        known = {*(walk.record.ids[line] for line in scope), *(found.none_left or ()), *found.shut}
        sound = sound and (yield from _slots(place, found, benefit, known))
    if sound and benefit is not None and found.net is not None and found.rounding is not None:
        yield from walk.shared(place, entry, _off(walk, found, benefit, scope, left, units), scope)
        yield from _used(walk, place, found, _goods(walk, found, benefit, scope, left, units), benefit)
    if units is not None or found.units_used is not None:
        off = dict(zip(lines, entry[4], strict=True))
        used = None if found.units_used is None else [found.units_used.get(walk.record.ids[line], 0) for line in scope]
        before = units or UnitsLeft(walk.left(stage), walk.sold.millis, walk.goods)
        if all(0 <= each <= before.millis[line] for line, each in zip(scope, used or (), strict=False)):
            walk.units = before.after(scope, [-off.get(line, 0) for line in scope], used)


def _left(
    walk: Walk,
    place: str,
    found: OfferFacts,
    units: UnitsLeft | None,
    scope: Sequence[int],
    looked_at: Sequence[int],
) -> Iterator[Problem]:
    """The units that were left, where offers before used some up, and their net; and lines of which none was."""
    ids, sold = walk.record.ids, walk.sold.millis
    made = {}
    if units is not None:
        some = [at for at in {*scope, *looked_at} if units.millis[at] != sold[at]]
        made = {ids[at]: (units.millis[at], units.nets[at]) for at in some}
    for name in sorted({*made, *found.units_left}):
        if made.get(name) != found.units_left.get(name):
            shown = [
                "none" if each is None else f"{quantity_out(each[0])}, {walk.money(each[1])}"
                for each in (found.units_left.get(name), made.get(name))
            ]
            yield differs(f"{place}.facts.units_left.{excerpt(name)}", *shown)
    none_left = walk.places("none_left", found.none_left or (), scope)
    walk.places("shut", found.shut, [*scope, *none_left])
    for at in none_left:
        millis = sold[at] if units is None else units.millis[at]
        if millis:
            yield differs(f"{place}.facts.none_left.{excerpt(ids[at])}", 0, quantity_out(millis))


def _used(walk: Walk, place: str, found: OfferFacts, goods: Goods, benefit: Benefit) -> Iterator[Problem]:
    """The units that the benefit uses up, where the facts say that it does."""
    if found.units_used is None:
        return
    made = {walk.record.ids[line]: each for line, each in zip(goods.lines, benefit.used(goods), strict=True) if each}
    for name in sorted({*made, *found.units_used}):
        if made.get(name, 0) != found.units_used.get(name, 0):
            shown = quantity_out(found.units_used.get(name, 0)), quantity_out(made.get(name, 0))
            yield differs(f"{place}.facts.units_used.{excerpt(name)}", *shown)


def _slots(place: str, found: OfferFacts, benefit: Slotted, scope: Collection[str]) -> Generator[Problem, None, bool]:
    """Whether it is said which lines fit each slot: of categories a settlement knows nothing."""
    if found.slots is None:
        return False
    slots = found.slots
    if len(slots) != len(benefit.slots):
        yield differs(f"{place}.facts.slots", len(slots), len(benefit.slots))
        return False
    strange = sorted({name for each in slots for name in each}.difference(scope))
    yield from (Problem(f"{place}.facts.slots", "stored.line", {"found": excerpt(name)}) for name in strange)
    return not strange


def _threshold(
    walk: Walk,
    place: str,
    found: OfferFacts,
    looked_at: Sequence[int],
    scope: Sequence[int],
    left: Sequence[int],
    units: UnitsLeft | None,
) -> Iterator[Problem]:
    """What the tier looked at, and that it met what was asked for."""
    if found.net is not None:
        yield from walk.stated(place, "net", found.net, sum([left[line] for line in scope]))
        walk.places("taxed", [*(found.taxed or ())])
        millis = walk.sold.millis if units is None else units.millis
        sums = [
            found.looked_at(walk.record.ids, amounts, millis, looked_at)
            for amounts in ((walk.net, walk.goods) if units is None else (units.nets, units.goods))
        ]
        if found.threshold_amount == "goods":
            del sums[0]
        if found.basis is not None and (
            min(sums) > found.basis if found.with_tax and found.taxed is None else found.basis not in sums
        ):
            yield from walk.stated(place, "basis", found.basis, sums[0])
        counted = sum([millis[line] for line in looked_at])
        if found.quantity is not None and found.quantity != counted:
            yield differs(f"{place}.facts.quantity", quantity_out(found.quantity), quantity_out(counted))
    yield from met(walk, place, found)


def _others(walk: Walk, place: str, found: OfferFacts) -> Iterator[Problem]:
    """The tiers that did not apply: as many below as there are, none asking for more; those above ask for too much."""
    currency = walk.record.currency
    if found.lower is not None and found.tier is not None and len(found.lower) != found.tier - 1:
        yield differs(f"{place}.facts.lower", len(found.lower), found.tier - 1)
    for name, tiers in (("lower", found.lower or ()), ("higher", found.higher)):
        for at, stated in enumerate(tiers):
            tier, where = read_lower(stated, currency)[0], f"{place}.facts.{name}[{at}]"
            for slot, each in enumerate(tier.slots or ()):
                walk.places(f"{name}[{at}].slots[{slot}]", each)
            if name == "higher" and not _above(tier, found):
                yield Problem(where if tier.min_amount is None else f"{where}.min_amount", "stored.tier")
            if name == "lower" and any(
                (getattr(tier, each) or 0) > (getattr(found, each) or 0) for each in ("min_amount", "min_quantity")
            ):
                yield Problem(where, "stored.tier")
    for name in found.conditions_again:
        condition = found.conditions[int(name)] if name.isdecimal() and int(name) < len(found.conditions) else {}
        if condition.get("type") in (None, *_LIBRARYS):
            yield Problem(f"{place}.facts.conditions_again.{excerpt(name)}", "stored.condition")
    for name, lines in found.held.items():
        condition = found.conditions[int(name)] if name.isdecimal() and int(name) < len(found.conditions) else {}
        if condition.get("type") != "cart_holds":
            yield Problem(f"{place}.facts.held.{excerpt(name)}", "stored.condition")
            continue
        there = sum([walk.sold.millis[line] for line in walk.places(f"held.{name}", lines)])
        fewest = milli(returned_quantity(condition["min_quantity"]))
        if there < fewest:
            facts = {"found": quantity_out(there), "least": quantity_out(fewest)}
            yield Problem(f"{place}.facts.held.{name}", "stored.unmet", facts)


def _above(tier: LowerFacts, found: OfferFacts) -> bool:
    """Whether a tier asks for more than there was."""
    short = (tier.min_quantity or 0) > (found.quantity or 0) + found.earlier
    return short or (tier.min_amount or 0) > (found.basis or 0)


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
    if basis is not None and found.max_amount is not None and basis > found.max_amount:
        seen = {"found": walk.money(basis), "most": walk.money(found.max_amount)}
        yield Problem(f"{place}.facts.max_amount", "stored.above", seen)
    quantity, fewest = found.quantity, found.min_quantity
    if quantity is not None and fewest is not None and quantity + found.earlier < fewest:
        facts = {"found": quantity_out(quantity), "least": quantity_out(fewest)}
        yield Problem(f"{place}.facts.min_quantity", "stored.unmet", facts)


def _counted(found: OfferFacts) -> bool:
    return found.min_quantity is None or found.quantity is not None


def goods_of(walk: Walk, found: OfferFacts, scope: Sequence[int], left: Sequence[int]) -> Goods:
    """What the benefit saw."""
    times = full_times(found.basis or 0, found.min_amount, found.quantity or 0, found.min_quantity, found.earlier)
    nets = [left[line] for line in scope]
    rounded = ROUNDERS[found.rounding or "half_up"]
    goods = Goods(cast("Basket", walk.sold), scope, nets, sum(nets), times, rounded, found.bought)
    goods.earlier = found.earlier
    return goods


def _goods(
    walk: Walk,
    found: OfferFacts,
    benefit: Benefit,
    scope: Sequence[int],
    left: Sequence[int],
    units: UnitsLeft | None,
) -> Goods:
    """The goods in scope as the benefit saw them."""
    goods = goods_of(walk, found, scope, left)
    goods.left = None if units is None else units.millis
    if isinstance(benefit, Slotted):
        seen = set(scope)
        slots = [walk.places(f"slots[{at}]", each) for at, each in enumerate(found.slots or ())]
        goods.fitting = [[line for line in fits if line in seen] for fits in slots]
    if not getattr(benefit, "every", False):
        goods.times = 1
    return goods


def _off(
    walk: Walk,
    found: OfferFacts,
    benefit: Benefit,
    scope: Sequence[int],
    left: Sequence[int],
    units: UnitsLeft | None,
) -> Sequence[int]:
    """What the benefit takes off each line in scope, by its own class."""
    goods = _goods(walk, found, benefit, scope, left, units)
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
    once = found.platform_share_per == "offer"
    made = borne_of([-share for share in shares], found.platform_share, ROUNDERS[found.rounding], once=once)
    for line, part, expected in zip(lines, parts, [-each for each in made], strict=True):
        if part != expected:
            yield differs(f"{place}.platform.{walk.record.ids[line]}", walk.money(part), walk.money(expected))
