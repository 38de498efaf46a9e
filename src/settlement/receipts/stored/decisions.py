"""What a stored settlement decided, and what came of it: adjustments, gifts, and what is to be consumed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import PydanticCustomError

from settlement.documents.scalars import quantity_out
from settlement.documents.words.texts import REASONS
from settlement.errors import InvalidDocument, Problem
from settlement.money import excerpt
from settlement.receipts.columns import FREIGHT, PAYMENT_FEE, POINTS, ROUNDING, SURCHARGE, TAXES
from settlement.receipts.facts import said
from settlement.receipts.redemptions import COUPON_STAGES, OFFER_STAGES, earlier_units
from settlement.receipts.stored.facts import OfferFacts, read_offer, read_points
from settlement.receipts.stored.instalments import staged
from settlement.receipts.stored.offers import goods_of, met
from settlement.receipts.stored.walk import Walk, differs

if TYPE_CHECKING:
    from settlement.discounts.benefit import Benefit
    from settlement.receipts.record import Record

__all__ = ["decisions", "gifts", "redeemed", "rules"]

#: Stages whose rule is always called so.
_CALLED: Final = {POINTS: "points", ROUNDING: "round_total"}
#: What a decision and the adjustment of its rule both say.
_SAID_TWICE: Final = frozenset(
    {
        "basis", "quantity", "counts_earlier", "net", "tier", "benefit", "conditions", "base", "cap", "used", "usable",
        "regions", "exclude_regions", "payment_methods", "delivery_methods",
    }
)  # fmt: skip
#: An offer that names regions needs an address where nothing is shipped, too.
_OF_THE_ADDRESS: Final = frozenset({"regions", "exclude_regions"})


#: Stages whose rule is a template: it charges as often as there are parcels.
_BY_PARCEL: Final = frozenset({FREIGHT, SURCHARGE})
#: Stages that nothing decides.
_UNDECIDED: Final = frozenset({*_BY_PARCEL, *TAXES, PAYMENT_FEE, ROUNDING})


def rules(record: Record) -> Iterator[Problem]:
    """Each offer has one adjustment, and so have points, fee and rounding; those of offers and points were decided."""
    applied = {verdict[0] for verdict in record.verdicts if verdict[1] is None}
    seen: set[object] = set()
    for at, entry in enumerate(record.entries):
        stage, rule = entry[:2]
        place = f"adjustments[{at}].rule"
        called = _CALLED.get(stage)
        if called is not None and rule != called:
            yield differs(place, excerpt(rule), called)
        offer = stage in OFFER_STAGES
        if offer and rule in _CALLED.values():
            yield Problem(place, "id.reserved", {"found": excerpt(rule)})
        if stage not in _BY_PARCEL and stage not in TAXES:
            key = rule if offer else stage
            if key in seen:
                yield Problem(place, "id.duplicate", {"found": excerpt(rule)})
            seen.add(key)
        if (offer or stage == POINTS) and rule not in applied:
            yield Problem(place, "stored.undecided", {"found": excerpt(rule)})


def decisions(record: Record, walk: Walk) -> Iterator[Problem]:
    """A rule is decided once; one that applied took something or gave a gift, and both tell the same of it."""
    entries = {entry[1]: entry for entry in record.entries if entry[0] not in _UNDECIDED}
    given = {rule for rule, _, _ in record.gifts}
    seen: set[str] = set()
    for at, (rule, reason, _, behind) in enumerate(record.verdicts):
        facts = said(behind)
        if units := _counted(facts):
            walk.counted[_original(record, rule)] = units
        place = f"decisions[{at}]"
        if rule in seen:
            yield Problem(f"{place}.rule", "id.duplicate", {"found": excerpt(rule)})
        seen.add(rule)
        if reason is None and rule not in entries and rule not in given and not staged(facts):
            yield Problem(f"{place}.outcome", "stored.idle", {"found": excerpt(rule)})
        if reason is not None and reason not in REASONS:
            yield Problem(f"{place}.reason", "stored.reason", {"found": excerpt(reason)})
        if reason == "address_needed" and record.status != "pending" and not facts.keys() & _OF_THE_ADDRESS:
            yield Problem(f"{place}.reason", "stored.status", {"status": record.status})
        entry = entries.get(rule)
        if reason is None and entry is not None:
            yield from _both(f"{place}.facts", facts, said(entry.facts))
        try:
            if not facts or (entry is not None and facts.items() <= said(entry.facts).items()):
                continue  # told with the adjustment
            if rule == "points":
                yield from _points(record, f"{place}.facts", facts, applied=reason is None)
            else:
                found, _ = read_offer(facts, record.currency)
                walk.places("unshared", found.unshared)
                walk.places("condition", found.condition or ())
                if found.above is not None:
                    yield from _above(walk, f"{place}.facts.above", found)
        except InvalidDocument as error:
            yield from (each._replace(place=f"{place}.facts.{each.place}") for each in error.problems)


def _counted(facts: Mapping[str, Any]) -> int:
    """Units that count along in later orders; what can't be read is told of beside."""
    try:
        return earlier_units(facts)
    except PydanticCustomError:
        return 0


def _original(record: Record, rule: str) -> str:
    """The coupon that a copy is of, where that is what the redemptions name."""
    original, _, number = rule.rpartition("#")
    named = {row[:2] for row in record.redemptions or ()}
    return original if number.isdecimal() and ("units", rule) not in named else rule


def _both(place: str, facts: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[Problem]:
    for name in sorted(_SAID_TWICE & facts.keys() & others.keys()):
        if facts[name] != others[name]:
            yield differs(f"{place}.{name}", excerpt(facts[name]), excerpt(others[name]))


def _above(walk: Walk, place: str, found: OfferFacts) -> Iterator[Problem]:
    """By how much a threshold saw too much: what it saw, less the most that it may see."""
    expected = (found.basis or 0) - (found.max_amount or 0)
    if found.above != expected or expected <= 0:
        yield differs(place, walk.money(found.above or 0), walk.money(expected))


def _points(record: Record, place: str, facts: Mapping[str, Any], *, applied: bool) -> Iterator[Problem]:
    found, _ = read_points(facts, record.currency)
    used, _, usable = record.points
    if found.usable is not None and found.usable != usable:
        yield differs(f"{place}.usable", found.usable, usable)
    if applied and found.used is not None and found.used != used:
        yield differs(f"{place}.used", found.used, used)


def gifts(record: Record, walk: Walk) -> Iterator[Problem]:
    """A gift is of a rule that applied, and what its benefit gives."""
    decided = {verdict[0]: (at, verdict[3]) for at, verdict in enumerate(record.verdicts) if verdict[1] is None}
    seen: set[str] = set()
    for at, (rule, sku, quantity) in enumerate(record.gifts):
        place = f"gifts[{at}]"
        if rule not in decided:
            yield Problem(f"{place}.rule", "stored.undecided", {"found": excerpt(rule)})
            continue
        if rule in seen:
            yield Problem(f"{place}.rule", "id.duplicate", {"found": excerpt(rule)})
        seen.add(rule)
        number, facts = decided[rule]
        try:
            found, benefit = read_offer(said(facts), record.currency)
            yield from _given(walk, place, f"decisions[{number}]", found, benefit, (sku, quantity))
        except InvalidDocument:
            continue  # told with the decision


def _given(
    walk: Walk, place: str, decision: str, found: OfferFacts, benefit: Benefit | None, stated: tuple[str, int]
) -> Iterator[Problem]:
    """What a gift was given for, at whatever turn it had, and how much of it."""
    yield from met(walk, decision, found)
    if benefit is None or found.net is None:
        return
    if found.unshared and not found.left:
        yield from _looked_at(walk, f"{decision}.facts", found)
    made = benefit.gift(goods_of(walk, found, (), ())) if benefit.gives else None
    (sku, given), (expected, least) = stated, made or stated
    if sku != expected:
        yield differs(f"{place}.sku", excerpt(sku), excerpt(expected))
    if given != least:
        yield differs(f"{place}.quantity", quantity_out(given), quantity_out(least))


def _looked_at(walk: Walk, facts: str, found: OfferFacts) -> Iterator[Problem]:
    """What a gift's tier saw: the lines at some turn, less the units that offers before it used up, as it states."""
    scope = walk.places("unshared", found.unshared)
    looked_at = scope if found.condition is None else walk.places("condition", found.condition)
    names = sorted(found.units_left)
    left = dict(zip(walk.places("units_left", names), [found.units_left[each] for each in names], strict=True))
    turns = [[left[line][1] if line in left else net for line, net in enumerate(nets)] for nets in walk.nets]
    fitting = [nets for nets in turns if sum([nets[line] for line in scope]) == found.net]
    if not fitting:
        yield differs(f"{facts}.net", walk.money(found.net or 0), walk.money(sum([walk.goods[line] for line in scope])))
    sums = [sum([nets[line] for line in looked_at]) for nets in (*fitting, walk.goods)]
    if found.basis is not None and not _seen(found.basis, sums, found, untold=bool(left)):
        yield differs(f"{facts}.basis", walk.money(found.basis), walk.money(sums[0]))
    millis = [left[line][0] if line in left else each for line, each in enumerate(walk.sold.millis)]
    counted = sum([millis[line] for line in looked_at])
    if found.quantity is not None and found.quantity != counted:
        yield differs(f"{facts}.quantity", quantity_out(found.quantity), quantity_out(counted))
    for line, (units, _) in left.items():
        if not 0 <= units <= walk.sold.millis[line]:
            shown = quantity_out(units), quantity_out(walk.sold.millis[line])
            yield differs(f"{facts}.units_left.{excerpt(walk.record.ids[line])}", *shown)


def _seen(basis: int, sums: Sequence[int], found: OfferFacts, *, untold: bool) -> bool:
    """Whether a threshold may have seen it; of units that are left the goods are not told, so it may be less."""
    if found.with_tax:
        return basis >= min(sums)
    return basis in sums or (untold and basis <= max(sums))


def redeemed(record: Record, walk: Walk) -> Iterator[Problem]:
    """Each thing is consumed once: of a coupon and of a limited offer as many as applied, copies among them."""
    rows = record.redemptions or ()
    named = {row[:2] for row in rows}
    used = {entry[1] for entry in record.entries if entry[0] in COUPON_STAGES}
    applied = {kind: _by_name(record, kind, named) for kind in ("coupon", "use", "units")}
    seen: set[tuple[str, str]] = set()
    for at, (kind, name, quantity, amount) in enumerate(rows):
        place = f"redemptions[{at}]"
        if (kind, name) in seen:
            yield Problem(f"{place}.id", "id.duplicate", {"found": excerpt(name)})
        seen.add((kind, name))
        if kind not in applied:
            continue
        if amount is not None:
            yield Problem(f"{place}.amount", "field.unknown", {"hint": ""})
        its = applied[kind].get(name, ())
        if not its and not (kind == "units" and name in walk.counted):
            yield Problem(f"{place}.id", "stored.undecided", {"found": excerpt(name)})
        elif kind != "units":
            least = max(1, len(used.intersection(its))) if kind == "coupon" else 1
            if not 1000 * least <= quantity <= 1000 * len(its) or quantity % 1000:
                yield differs(f"{place}.quantity", quantity_out(quantity), len(its))
    yield from _units(record, walk)
    yield from _budgets(record, walk)
    for name, units in walk.counted.items():
        at = next((place for place, row in enumerate(rows) if row[:2] == ("units", name)), len(rows))
        stated = rows[at][2] if at < len(rows) else 0
        if record.redemptions is not None and stated != units:
            yield differs(f"redemptions[{at}].quantity", quantity_out(stated), quantity_out(units))


def _budgets(record: Record, walk: Walk) -> Iterator[Problem]:
    """Of a budget exactly what the offer took off."""
    if record.redemptions is None:
        return
    rows = {row[1]: (at, row[3]) for at, row in enumerate(record.redemptions) if row[0] == "budget"}
    for _, rule, amount, *_, facts in record.entries:
        at, stated = rows.pop(rule, (len(record.redemptions), 0 if "budget_left" in said(facts) else -amount))
        if stated != -amount:
            yield differs(f"redemptions[{at}].amount", walk.money(stated or 0), walk.money(-amount))
    for name, (at, _) in rows.items():
        yield Problem(f"redemptions[{at}].id", "stored.undecided", {"found": excerpt(name)})


def _by_name(record: Record, kind: str, named: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    """The rules that applied, by the name that they are consumed under: `c1#2` is a copy of `c1`, if nothing else."""
    found: dict[str, list[str]] = {}
    for rule, reason, *_ in record.verdicts:
        if reason is None:
            original, _, number = rule.rpartition("#")
            copy = number.isdecimal() and (kind, rule) not in named
            found.setdefault(original if copy else rule, []).append(rule)
            if copy and (kind, original) not in named:
                found.setdefault(rule, []).append(rule)
    return found


def _units(record: Record, walk: Walk) -> Iterator[Problem]:
    """What counts by customer: as many units as the benefit counts of the lines that it discounted."""
    if record.redemptions is None:
        return
    rows = {row[1]: (at, row[2]) for at, row in enumerate(record.redemptions) if row[0] == "units"}
    for _, rule, _, lines, _, _, _ in record.entries:
        found, benefit = walk.offers.get(rule, (None, None))
        if found is None or benefit is None:
            continue
        if found.counts_earlier:
            continue  # counted whether it applied or not
        bought = sum([walk.sold.millis[line] for line in lines])
        made = benefit.counted(bought, found.bought) if benefit.by_customer else 0
        at, stated = rows.get(rule, (len(record.redemptions), 0))
        if stated != made:
            yield differs(f"redemptions[{at}].quantity", quantity_out(stated), quantity_out(made))
