"""The surcharges of one parcel, or of a run of equal ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from settlement.cart.columns import Basket, Group
from settlement.freight.load import Load

if TYPE_CHECKING:
    from settlement.freight.parcels import Parcel
    from settlement.freight.surcharges.surcharge import Surcharge

__all__ = ["Added", "AddedByTerms", "bounded", "has_terms", "surcharges_of"]

#: Lines and what each pays, those of 0 left out.
Shared: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


class Added:
    """One surcharge of a run of equal parcels: how much one counted, what all cost, and how that is spread."""

    __slots__ = ("amount", "by_measure", "counted", "lines", "rule", "shared", "weights")

    def __init__(self, rule: Surcharge, load: Load, lines: tuple[int, ...], measured: Sequence[int]) -> None:
        """Of a parcel with these lines, which count `measured` in the template's measure."""
        each_line = rule.counted(load)
        self.rule, self.lines = rule, lines
        #: Of one parcel, in thousandths; the minor units of the freight that a percentage is of.
        self.counted = sum(each_line)
        #: Of all of them together.
        self.amount = rule.charged(self.counted)
        #: What the amount is spread by: what the lines count in it, or in the template's measure.
        self.by_measure = rule.by_measure or not self.counted
        self.weights = measured if self.by_measure else each_line
        #: The lines and their shares, once somebody asked.
        self.shared: Shared | None = None


class AddedByTerms(Added):
    """One of which more decides than what it counts."""

    __slots__ = ("beaten", "by_goods")

    def __init__(self, rule: Surcharge, load: Load, lines: tuple[int, ...], measured: Sequence[int]) -> None:
        super().__init__(rule, load, lines, measured)
        #: What it would cost, where the dearest of its group is charged in its place.
        self.beaten: int | None = None
        #: Whether its weights are what the lines are worth.
        self.by_goods = False


def has_terms(rule: Surcharge) -> bool:
    """Whether it says more than what it counts and what that costs, so that `surcharges_of` must look at it."""
    more = (rule.min_fee, rule.max_fee, rule.only_skus, rule.only_categories, rule.highest_of)
    return rule.of_freight or any(each is not None for each in more)


def surcharges_of(
    parcel: Parcel, basket: Basket, goods: Sequence[int], rounded: Callable[[int, int], int], freight: int
) -> list[AddedByTerms]:
    """The surcharges of a row of parcels that pays so much freight, by all their terms."""
    found = [_added(rule, parcel, basket, goods, rounded, freight) for rule in parcel.match.surcharges]
    groups: dict[str, list[AddedByTerms]] = {}
    for each in found:
        if each.rule.highest_of is not None:
            groups.setdefault(each.rule.highest_of, []).append(each)
    for group in groups.values():
        dearest = max(group, key=lambda each: each.amount)  # the first of equals
        for each in group:
            if each is not dearest and each.amount:
                each.amount, each.beaten = 0, each.amount
    return found


def _added(
    rule: Surcharge,
    parcel: Parcel,
    basket: Basket,
    goods: Sequence[int],
    rounded: Callable[[int, int], int],
    freight: int,
) -> AddedByTerms:
    """One of them before the others of its group are looked at: lines, count, bounds."""
    group = parcel.group
    inside: Sequence[int] = range(len(group.lines))
    some = rule.only_skus is not None or rule.only_categories is not None
    if some:
        inside = [at for at, line in enumerate(group.lines) if _counts(rule, basket, line)]
        millis, pieces = [group.millis[at] for at in inside], [group.pieces[at] for at in inside]
        lines = tuple([group.lines[at] for at in inside])
        group = Group(group.key, lines, millis, pieces, basket.free_shipping)
    ways = [each for each in (parcel.values, parcel.weights, parcel.group.pieces) if each is not None]
    chosen = next((each for each in ways if any(each[at] for at in inside)), ways[-1])
    measured = [chosen[at] for at in inside]
    added = AddedByTerms(rule, Load(basket, group, goods), group.lines, measured)
    added.by_goods = added.by_measure and chosen is parcel.values
    if not inside:
        added.amount = 0
    elif rule.of_freight:
        added.counted, added.amount = freight, bounded(rule, rule.share(freight, rounded))
    else:
        if rule.weighs and not some:
            added.counted += parcel.tariff.packing * 1000
        added.amount = bounded(rule, rule.charged(added.counted)) * parcel.count
    return added


def _counts(rule: Surcharge, basket: Basket, line: int) -> bool:
    """Whether a line is of its skus and of its categories."""
    if rule.only_skus is not None and basket.skus[line] not in rule.only_skus:
        return False
    return rule.only_categories is None or not set(rule.only_categories).isdisjoint(basket.categories[line])


def bounded(rule: Surcharge, minor: int) -> int:
    """What one parcel pays, at least `min_fee` and at most `max_fee`; what is 0 stays 0."""
    if minor and rule.min_fee is not None:
        minor = max(minor, rule.min_fee.minor)
    return minor if rule.max_fee is None else min(minor, rule.max_fee.minor)
