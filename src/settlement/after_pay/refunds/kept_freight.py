"""What kept goods would cost to send, and what of the freight that was waived they owe (`recheck="fair"`).

Freight is looked at by consignment: the lines of one parcel, or of several that share a line; where a shop's parcels
are combined, all of the shop's. Of a consignment that owes nothing because nothing of it was waived no fact is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from settlement.after_pay.refunds.kept import NOTHING, Kept, Seen, unfair
from settlement.after_pay.refunds.kept_boxes import Boxes, Parted, SplitParcel
from settlement.allocation import share_out
from settlement.documents.scalars import quantity_out
from settlement.errors import InvalidDocument
from settlement.freight.fees import Fees, added_fee, fee_of
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.freight.templates import Zone
from settlement.money import ROUNDERS, Money
from settlement.receipts.stored.facts import (
    FreeFacts,
    FreightFacts,
    SparedFacts,
    SurchargeFacts,
    read_freight,
    read_packed,
    read_spared,
    read_surcharge,
)
from settlement.receipts.stored.readers import measured

#: What the kinds of surcharge count, as their facts call it.
_COUNTED = frozenset(kind.fact for kind in SURCHARGE_KINDS) - {"freight", ""}

_KINDS: Mapping[str, Any] = {kind.model_fields["per"].default: kind for kind in SURCHARGE_KINDS}

__all__ = ["Due", "FreightKept", "Owed"]


class Owed(NamedTuple):
    """What of a waiver a kept line owes: the offer, or the template of the free entry; and the platform's part."""

    rule: str
    line: str
    amount: int
    platform: int


class Due(NamedTuple):
    """What is owed of the freight of one consignment: sending what is kept costs so much, and so much is paid of it."""

    amount: int
    sending: int
    #: Of that what offers still take off; and what was paid and is not back.
    still: int
    paid: int
    #: What of the waiver is lost: no more is owed.
    lost: int
    #: By line what sending it costs, which the amount is spread by.
    by_line: Mapping[str, int]
    owed: Sequence[Owed]


class KeptSurcharge(NamedTuple):
    """One surcharge of a parcel: its facts, and what each line counts in it."""

    facts: Mapping[str, Any]
    counts: Mapping[int, int] | None


class Sent(NamedTuple):
    """A parcel, or a run of equal boxes of one, as its facts state it."""

    of: Parted
    #: How many equal boxes it stands for.
    equal: int
    lines: frozenset[int]
    fee: int
    #: None where it ships for its surcharges alone.
    facts: FreightFacts | None
    zone: Zone | None
    surcharges: Sequence[KeptSurcharge]
    #: Of one that shipped free: what that spared, and which entries made it so.
    spared: SparedFacts | None = None
    free: Sequence[FreeFacts] = ()
    #: Of one that was split: what it was split by, where its facts say it; and what is kept of it, packed anew.
    split: SplitParcel | None = None
    boxes: Boxes | None = None


class FreightKept:
    """The parcels of a settlement, ready to say what kept goods would cost to send."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.parcels = list(self._parcels())
        rows = Counter([each.of for each in self.parcels])
        #: Those that must be packed anew: that were split, or whose facts say that scaling won't do.
        self.parted = {each.of for each in self.parcels if each.equal > 1 or rows[each.of] > 1 or each.split}
        self.groups = list(self._groups())

    def _parcels(self) -> Iterator[Sent]:
        settlement, place = self.kept.settlement, self.kept.place
        charges = [each for each in settlement.adjustments if each.stage in ("freight", "surcharge")]
        at = 0
        for parcel in settlement.parcels:
            of = Parted(parcel.shop, parcel.template, parcel.warehouse, parcel.delivery)
            lines: set[int] = set()
            facts = zone = spared = split = None
            free: Sequence[FreeFacts] = ()
            surcharges: list[KeptSurcharge] = []
            if parcel.fee:
                lines |= {place[name] for name in charges[at].shares}
                facts, zone = read_freight(charges[at].facts, self.kept.currency)
                split = self._split(of, zone, facts)
                at += 1
            left = parcel.surcharge.minor
            while left > 0:
                lines |= {place[name] for name in charges[at].shares}
                surcharges.append(self._surcharge(charges[at].facts))
                split = split or self._split(of, zone, read_surcharge(charges[at].facts, self.kept.currency)[0])
                left -= charges[at].amount.minor
                at += 1
            if parcel.free and parcel.spared is None:
                raise unfair(parcel.template, "spared")
            if parcel.spared is not None:
                spared, facts, zone, free = read_spared(parcel.spared, self.kept.currency)
                surcharges += [self._surcharge(each) for each in spared.surcharges]
                split = self._split(of, zone, facts)
            if split is not None:
                lines |= split.lines
            if facts is not None:
                lines |= {place[name] for name in facts.counts or ()}
            yield Sent(
                *(of, parcel.boxes, frozenset(lines), parcel.fee.minor, facts, zone, surcharges),
                *(spared if parcel.free else None, free, split),
            )

    def _split(self, of: Parted, zone: Zone | None, facts: FreightFacts | SurchargeFacts) -> SplitParcel | None:
        packed = read_packed(facts, self.kept.currency)
        return None if packed is None else SplitParcel(self.kept, of, zone, packed)

    def _surcharge(self, facts: Mapping[str, Any]) -> KeptSurcharge:
        found, _ = read_surcharge(facts, self.kept.currency)
        counts = found.counts if found.values is None else found.values
        return KeptSurcharge(
            facts, None if counts is None else {self.kept.place[name]: n for name, n in counts.items()}
        )

    def _groups(self) -> Iterator[list[Sent]]:
        """Consignments: parcels that share lines, or that the shop's freight rules combine."""
        groups: list[tuple[set[Any], list[Sent]]] = []
        for parcel in self.parcels:
            keys: set[Any] = {*parcel.lines, parcel.of}
            if parcel.facts is not None and parcel.facts.combination != "sum":
                keys.add((parcel.of.shop, parcel.of.delivery))
            held, apart = [parcel], []
            for names, group in groups:
                if names.isdisjoint(keys):
                    apart.append((names, group))
                else:
                    keys |= names
                    held = [*group, *held]
            groups = [*apart, (keys, held)]
        yield from [group for _, group in groups]

    def dues(self, seen: Seen, given: Mapping[str, int]) -> Iterator[Due]:
        """What kept lines owe of each waiver; `given` is what of each line's freight columns was given back so far."""
        waived = [group for group in self.groups if self._waived(group)]
        if not waived or not any(seen.whole):
            return
        sent: dict[int, dict[int, int]] = {}
        paying: dict[int, dict[int, int]] = {}
        unknown: dict[int, InvalidDocument] = {}
        for at, group in enumerate(waived):
            try:
                sent[at] = self._sent(group, seen)
                paying[at] = self._paying(group, seen, sent[at])
            except InvalidDocument as error:  # told only where it matters
                sent[at], paying[at], unknown[at] = {}, {}, error
        nets = [0] * len(self.kept.ids)
        for each in paying.values():
            for line, amount in each.items():
                nets[line] += amount
        given_by = {}
        for offer in self.kept.on_freight:
            made = offer.on(self.kept, seen, nets)
            given_by[offer.rule] = made
            for line, amount in made.off.items():
                nets[line] -= amount
        for at, group in enumerate(waived):
            lines = frozenset().union(*[parcel.lines for parcel in group])
            if at in unknown:
                rules = [offer.rule for offer in self.kept.on_freight if not lines.isdisjoint(offer.shares)]
                lost = any(not given_by.get(rule, NOTHING).applies for rule in rules)
                if lost or any(parcel.spared is not None and not self._free(parcel, seen)[0] for parcel in group):
                    raise unknown[at]
                continue
            due = self._due(group, lines, sent[at], paying[at], given_by, given)
            if due.owed:
                yield due

    def _waived(self, group: Sequence[Sent]) -> bool:
        lines = frozenset().union(*[parcel.lines for parcel in group])
        spared = any(each.spared is not None and (each.spared.fee or each.spared.surcharges) for each in group)
        return spared or any(not lines.isdisjoint(offer.shares) for offer in self.kept.on_freight)

    def _due(
        self,
        group: Sequence[Sent],
        lines: frozenset[int],
        sent: Mapping[int, int],
        paying: Mapping[int, int],
        given_by: Mapping[str, Any],
        given: Mapping[str, int],
    ) -> Due:
        """Waived less what is still waived, but no more than what sending costs beyond the freight still paid."""
        kept = self.kept
        #: By rule what was waived, what of that is lost, and what the platform bore of it.
        lost: dict[str, list[int]] = {}
        still = 0
        for offer in kept.on_freight:
            whole, borne = (
                sum([each[line] for line in each if line in lines]) for each in (offer.shares, offer.platform)
            )
            now = sum([amount for line, amount in given_by[offer.rule].off.items() if line in lines])
            still += now
            _note(lost, offer.rule, whole, max(0, whole - now), borne)
        spared = {at: _spared(parcel) for at, parcel in enumerate(group) if parcel.spared is not None}
        gone = max(0, sum(spared.values()) - sum(sent.values()) + sum(paying.values()))
        if spared and any(spared.values()):
            for at, part in zip(spared, share_out(gone, list(spared.values())), strict=True):
                _note(lost, group[at].of.template, spared[at], part, 0)
        held = sum([kept.freight_paid[line] for line in lines])
        held -= sum([amount for name, amount in given.items() if kept.place[name] in lines])
        all_lost, sending = sum([each[1] for each in lost.values()]), sum(paying.values())
        due = max(0, min(all_lost, sending - still - held))
        by_line = {kept.ids[line]: amount for line, amount in sorted(paying.items()) if amount}
        return Due(due, sending, still, held, all_lost, by_line, list(self._parts(due, lost, by_line)))

    def _parts(self, due: int, lost: Mapping[str, Sequence[int]], weights: Mapping[str, int]) -> Iterator[Owed]:
        """What is due by rule, as each lost of its waiver, and by line, as each costs to send."""
        rules = [rule for rule in sorted(lost) if lost[rule][1]]
        if not due or not weights or not rules:
            return
        for rule, part in zip(rules, share_out(due, [lost[rule][1] for rule in rules]), strict=True):
            whole, _, borne = lost[rule]
            for line, each in zip(weights, share_out(part, list(weights.values())), strict=True):
                if each:
                    yield Owed(rule, line, each, each * borne // whole)

    # ------------------------------------------------------------------ what sending costs

    def _sent(self, group: Sequence[Sent], seen: Seen) -> dict[int, int]:
        """What sending what is kept costs, by line, whether or not it ships free."""
        found: dict[int, int] = {}
        now = list(self._now(group, seen))
        self._none_silent(group, now, seen)
        for parcel, fee in zip(now, self._fees(now, seen), strict=True):
            self._charge(found, parcel, fee, parcel.surcharges, seen)
        return found

    def _paying(self, group: Sequence[Sent], seen: Seen, sent: Mapping[int, int]) -> dict[int, int]:
        """The same without what still ships free."""
        if not sent:
            return {}
        found: dict[int, int] = {}
        now = list(self._now(group, seen))
        frees = [(False, False) if each.spared is None else self._free(each, seen) for each in now]
        paid = [parcel for parcel, (free, _) in zip(now, frees, strict=True) if not free]
        self._none_silent([each for each in group if each.of in {each.of for each in paid}], paid, seen)
        fees = dict(zip([id(each) for each in paid], self._fees(paid, seen), strict=True))
        for parcel, (_, waived) in zip(now, frees, strict=True):
            spared = 0 if parcel.spared is None or not waived else len(parcel.spared.surcharges)
            left = parcel.surcharges[: len(parcel.surcharges) - spared]
            self._charge(found, parcel, fees.get(id(parcel), 0), None if waived and parcel.boxes else left, seen)
        return found

    def _charge(
        self, found: dict[int, int], parcel: Sent, fee: int, surcharges: Sequence[KeptSurcharge] | None, seen: Seen
    ) -> None:
        """A fee and surcharges by line; of boxes that were packed anew None are those that they do not pay."""
        if parcel.boxes is None:
            _add(found, fee, self._counts(parcel, seen))
            for each in surcharges or ():
                self._add_surcharge(found, each, parcel, seen)
            return
        parts = [*parcel.boxes.charged(fee), *(() if surcharges is None else parcel.boxes.added(fee))]
        for line, share in parts:
            found[line] = found.get(line, 0) + share

    def _now(self, group: Sequence[Sent], seen: Seen) -> Iterator[Sent]:
        """The parcels of a consignment; what was split is packed anew."""
        done = set()
        for parcel in group:
            if parcel.of not in self.parted:
                yield parcel
            elif parcel.of not in done:
                done.add(parcel.of)
                yield from self._packed_anew([each for each in group if each.of == parcel.of], seen)

    def _packed_anew(self, parts: Sequence[Sent], seen: Seen) -> Iterator[Sent]:
        """Free entries are those of the parts that shipped free: all boxes of a parcel have the same."""
        whole = next((each for each in parts if each.split is not None), None)
        several = len(parts) > 1 or parts[0].equal > 1
        if whole is None or whole.split is None or (several and whole.split.packed.max_weight_g is None):
            raise unfair(parts[0].of.template, "packed")
        like = next((each for each in parts if each.spared is not None), whole)
        value = None
        if whole.facts is not None and whole.zone is not None and whole.zone.goods_percent_of == "shop":
            value = self._value(whole, whole.zone, whole.facts, seen)
        for boxes in whole.split.boxes(seen, value):
            yield like._replace(equal=boxes.parcel.count, zone=whole.zone, boxes=boxes)

    def _fees(self, group: Sequence[Sent], seen: Seen) -> list[int]:
        """The fee of each parcel for what is kept of it, combined where the rules combine them."""
        own = [self._own(parcel, seen) for parcel in group]
        fees = [fee * parcel.equal for fee, _, parcel in own]
        ways = {each.facts.combination for each in group if each.facts is not None}
        at = [place for place, (_, units, parcel) in enumerate(own) if units and parcel.zone is not None]
        if ways <= {"sum"} or not at:
            return fees
        if ways == {"max"}:
            leader = max(at, key=lambda place: own[place][0])
            return [own[place][0] if place == leader else 0 for place in range(len(own))]
        leader = max(at, key=lambda place: self._first_fee(own[place][2], seen))
        made = []
        for place, (fee, units, parcel) in enumerate(own):
            if parcel.zone is None or not units:
                made.append(fee * parcel.equal)
                continue
            rounded = ROUNDERS[(parcel.facts.rounding if parcel.facts else None) or "half_up"]
            added = added_fee(parcel.zone, units, rounded)
            beside = fee if added is None else min(fee, added)
            made.append(fee + (parcel.equal - 1) * beside if place == leader else parcel.equal * beside)
        return made

    def _none_silent(self, before: Sequence[Sent], now: Sequence[Sent], seen: Seen) -> None:
        """Where the dearest pays for all and is dearest no more, the others must say what they would have paid."""
        if {each.facts.combination for each in now if each.facts is not None} != {"max"}:
            return
        if max([self._own(each, seen)[0] for each in now]) >= max([_own_fee(each) for each in before]):
            return
        shops = {(each.of.shop, each.of.delivery) for each in now}
        known = {each.of for each in now if each.boxes is not None}
        for each in self.parcels:
            if each.facts is None and each.of not in known and (each.of.shop, each.of.delivery) in shops:
                raise unfair(each.of.template, "fee")

    def _first_fee(self, parcel: Sent, seen: Seen) -> int:
        """What its zone charges first for what is kept."""
        if parcel.boxes is not None:
            return parcel.boxes.parcel.first_fee
        if parcel.zone is None or parcel.facts is None:
            return 0
        return Fees(parcel.zone).first_fee_at(self._value(parcel, parcel.zone, parcel.facts, seen))

    def _own(self, parcel: Sent, seen: Seen) -> tuple[int, int, Sent]:
        """What the parcel would pay by itself, one of equal boxes, and the units that are kept of it."""
        if parcel.boxes is not None:
            box = parcel.boxes.parcel
            return box.fee, max(box.units, 1) if box.group.paying else 0, parcel
        facts, zone = parcel.facts, parcel.zone
        counts = self._counts(parcel, seen)
        if facts is None or not any(seen.whole[line] for line in counts):
            return 0, 0, parcel
        if zone is None or facts.units is None or facts.counts is None:
            raise unfair(parcel.of.template, "zone")
        whole = sum(facts.counts.values())
        total, packing, units = sum(counts.values()), facts.packing_weight_g, facts.units
        divisor = facts.volumetric_divisor
        if divisor is not None and (len(facts.counts) > 1 or packing):
            raise unfair(parcel.of.template, "packed")
        if whole and units not in (0, packing):
            if divisor is not None and units == -(-whole // divisor) != -(-whole // 1000):
                units = -(-total // divisor)
            else:
                units = -(-total // 1000) + packing
        value = self._value(parcel, zone, facts, seen)
        return fee_of(zone, units, value, ROUNDERS[facts.rounding or "half_up"]), max(units, 1), parcel

    def _value(self, parcel: Sent, zone: Zone, facts: FreightFacts, seen: Seen) -> int:
        """What its goods are worth where its fee looks at it: their part of what was stated."""
        if facts.value is None:
            return 0
        kept = self.kept
        of: Sequence[int] = [kept.place[name] for name in facts.counts or ()]  # with what is all back
        if zone.goods_percent_of == "shop":
            of = [line for line, shop in enumerate(kept.shops) if shop == parcel.of.shop]
            if facts.value_of is not None:  # those that do not ship free
                of = [kept.place[name] for name in facts.value_of]
        whole = sum([kept.goods[line] for line in of])
        left = sum([kept.goods[line] * seen.whole[line] // kept.bought[line] for line in of])
        return facts.value * left // whole if whole else 0

    def _counts(self, parcel: Sent, seen: Seen) -> dict[int, int]:
        """What each line that is kept counts; pieces are counted whole."""
        if parcel.facts is None or parcel.facts.counts is None:
            return {}
        found = {}
        for name, count in parcel.facts.counts.items():
            line = self.kept.place[name]
            if not seen.whole[line]:
                continue
            found[line] = self._part(count, line, seen, whole=parcel.facts.measure == "quantity")
        if any(found.values()):
            return found
        return dict.fromkeys(found, 1)

    def _part(self, count: int, line: int, seen: Seen, *, whole: bool) -> int:
        part = -(-count * seen.whole[line] // self.kept.bought[line])
        return -(-part // 1000) * 1000 if whole else part

    def _add_surcharge(self, found: dict[int, int], each: KeptSurcharge, parcel: Sent, seen: Seen) -> None:
        """One surcharge of what is kept: by what it counts, which falls as the counts of the lines do."""
        if each.counts is None:
            raise unfair(parcel.of.template, "counts")
        if not _falls_with_counts(each.facts, parcel.facts):
            raise unfair(parcel.of.template, "packed")
        counts = {
            line: self._part(count, line, seen, whole=False) for line, count in each.counts.items() if seen.whole[line]
        }
        if not counts:
            return
        facts = dict(each.facts)
        whole, left = sum(each.counts.values()), sum(counts.values())
        for name in _COUNTED & facts.keys():
            if whole:
                facts[name] = str(quantity_out(measured(facts[name]) * left // whole))
        _, charged = read_surcharge(facts, self.kept.currency)
        if charged is None:
            raise unfair(parcel.of.template, "surcharge")
        _add(found, charged, counts)

    # ------------------------------------------------------------------ what still ships free

    def _free(self, parcel: Sent, seen: Seen) -> tuple[bool, bool]:
        """Whether some free entry still holds of what is kept, and whether one that waives the surcharge does."""
        free = waived = False
        spared = parcel.spared
        if spared is None:
            return False, False
        amounts = self._amounts(spared.free_by, seen)
        units = self._own_units(parcel, seen)
        for entry in parcel.free:
            lines = self._looked_at(parcel, entry)
            pieces = sum([-(-seen.whole[line] // 1000) for line in lines])
            if entry.max_units is not None and units > entry.max_units:
                continue
            if entry.min_quantity is not None and pieces * 1000 < entry.min_quantity:
                continue
            if entry.min_amount is not None and sum([amounts[line] for line in lines]) < entry.min_amount:
                continue
            free, waived = True, waived or entry.waives_surcharge
        return free, waived

    def _looked_at(self, parcel: Sent, entry: FreeFacts) -> list[int]:
        """The lines that a free entry counts."""
        if entry.of_shop:
            return [line for line, shop in enumerate(self.kept.shops) if shop == parcel.of.shop]
        names = entry.lines
        if names is None:
            names = list((parcel.facts.counts if parcel.facts else None) or ())
        return [self.kept.place[name] for name in names]

    def _own_units(self, parcel: Sent, seen: Seen) -> int:
        if parcel.boxes is not None:
            return parcel.boxes.parcel.units
        try:
            return self._own(parcel, seen)[1]
        except InvalidDocument:
            return 0 if parcel.facts is None else parcel.facts.units or 0

    def _amounts(self, basis: str, seen: Seen) -> Sequence[int]:
        """What free shipping looks at: goods, what all offers left, or what those of shops left."""
        if basis == "goods":
            return [
                goods * left // bought
                for goods, left, bought in zip(self.kept.goods, seen.whole, self.kept.bought, strict=True)
            ]
        if basis == "net":
            return seen.net
        for offer in self.kept.offers:
            if offer.by_platform is None:
                raise unfair(offer.rule, "by_platform")
        return seen.shop_net


def _falls_with_counts(facts: Mapping[str, Any], of: FreightFacts | None) -> bool:
    """Whether a surcharge falls as the counts of the lines do; if not, a parcel says what it was packed by."""
    kind = _KINDS.get(facts.get("per", ""))
    if kind is None:
        return True  # one of somebody's own, which is told elsewhere
    if kind.of_freight or "highest_of" in facts.get("terms", ()):
        return False
    if not kind.needs:
        return True
    if of is None:  # it paid no fee, and states nothing: what does not fall so would state what it was packed by
        return True
    return of.volumetric_divisor is None and not of.packing_weight_g and kind.needs == {of.measure}


def _own_fee(parcel: Sent) -> int:
    """What a parcel would pay by itself, one of equal boxes."""
    if parcel.facts is not None and parcel.facts.own_fee is not None:
        return parcel.facts.own_fee
    return parcel.fee or (0 if parcel.spared is None else parcel.spared.fee or 0)


def _note(lost: dict[str, list[int]], rule: str, whole: int, gone: int, borne: int) -> None:
    before = lost.get(rule, [0, 0, 0])
    lost[rule] = [a + b for a, b in zip(before, (whole, gone, borne), strict=True)]


def _spared(parcel: Sent) -> int:
    """What a free parcel would have paid, the surcharges that it was spared too."""
    spared = parcel.spared
    if spared is None:
        return 0
    return (spared.fee or 0) + sum([Money(each["amount"]).minor for each in spared.surcharges])


def _add(found: dict[int, int], amount: int, weights: Mapping[int, int]) -> None:
    if amount:
        lines = sorted(weights)
        counts = [weights[line] for line in lines]
        shares = share_out(amount, counts if any(counts) else [1] * len(lines))
        for line, share in zip(lines, shares, strict=True):
            found[line] = found.get(line, 0) + share
