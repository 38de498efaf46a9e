"""What kept goods would cost to send, and what of the freight that was waived they owe (`recheck="fair"`).

Freight is looked at by consignment: the lines of one parcel, or of several that share a line; where a shop's parcels
are combined, all of the shop's. Of a consignment that owes nothing because nothing of it was waived no fact is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from settlement.after_pay.refunds.kept import NOTHING, Kept, Seen, unfair
from settlement.allocation import share_out
from settlement.documents.scalars import quantity_out
from settlement.errors import InvalidDocument
from settlement.freight.fees import added_fee, fee_of
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.freight.templates import Zone
from settlement.money import ROUNDERS, Money
from settlement.receipts.stored.facts import (
    FreeFacts,
    FreightFacts,
    SparedFacts,
    read_freight,
    read_spared,
    read_surcharge,
)
from settlement.receipts.stored.readers import measured

#: What the kinds of surcharge count, as their facts call it.
_COUNTED = frozenset(kind.fact for kind in SURCHARGE_KINDS) - {"freight", ""}

__all__ = ["FreightKept", "Owed"]


class Owed(NamedTuple):
    """What of a waiver a kept line owes: the offer, or the template of the free entry; and the platform's part."""

    rule: str
    line: str
    amount: int
    platform: int


class KeptSurcharge(NamedTuple):
    """One surcharge of a parcel: its facts, and what each line counts in it."""

    facts: Mapping[str, Any]
    counts: Mapping[int, int] | None


class Sent(NamedTuple):
    """A parcel, as its facts state it."""

    shop: str
    delivery: str | None
    template: str
    lines: frozenset[int]
    fee: int
    #: None where it ships for its surcharges alone.
    facts: FreightFacts | None
    zone: Zone | None
    surcharges: Sequence[KeptSurcharge]
    #: Of one that shipped free: what that spared, and which entries made it so.
    spared: SparedFacts | None = None
    free: Sequence[FreeFacts] = ()


class FreightKept:
    """The parcels of a settlement, ready to say what kept goods would cost to send."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.parcels = list(self._parcels())
        self.groups = list(self._groups())

    def _parcels(self) -> Iterator[Sent]:
        settlement, place = self.kept.settlement, self.kept.place
        charges = [each for each in settlement.adjustments if each.stage in ("freight", "surcharge")]
        at = 0
        for parcel in settlement.parcels:
            lines: set[int] = set()
            facts = zone = spared = None
            free: Sequence[FreeFacts] = ()
            surcharges: list[KeptSurcharge] = []
            if parcel.fee:
                lines |= {place[name] for name in charges[at].shares}
                facts, zone = read_freight(charges[at].facts, self.kept.currency)
                at += 1
            left = parcel.surcharge.minor
            while left > 0:
                lines |= {place[name] for name in charges[at].shares}
                surcharges.append(self._surcharge(charges[at].facts))
                left -= charges[at].amount.minor
                at += 1
            if parcel.free and parcel.spared is None:
                raise unfair(parcel.template, "spared")
            if parcel.spared is not None:
                spared, facts, zone, free = read_spared(parcel.spared, self.kept.currency)
                surcharges += [self._surcharge(each) for each in spared.surcharges]
            if facts is not None:
                lines |= {place[name] for name in facts.counts or ()}
            yield Sent(
                *(parcel.shop, parcel.delivery, parcel.template, frozenset(lines), parcel.fee.minor),
                *(facts, zone, surcharges, spared, free),
            )

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
            keys: set[Any] = set(parcel.lines)
            if parcel.facts is not None and parcel.facts.combination != "sum":
                keys.add((parcel.shop, parcel.delivery))
            held, apart = [parcel], []
            for names, group in groups:
                if names.isdisjoint(keys):
                    apart.append((names, group))
                else:
                    keys |= names
                    held = [*group, *held]
            groups = [*apart, (keys, held)]
        yield from [group for _, group in groups]

    def owed(self, seen: Seen, given: Mapping[str, int]) -> Iterator[Owed]:
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
            yield from self._owed(group, lines, sent[at], paying[at], given_by, given)

    def _waived(self, group: Sequence[Sent]) -> bool:
        lines = frozenset().union(*[parcel.lines for parcel in group])
        spared = any(each.spared is not None and (each.spared.fee or each.spared.surcharges) for each in group)
        return spared or any(not lines.isdisjoint(offer.shares) for offer in self.kept.on_freight)

    def _owed(
        self,
        group: Sequence[Sent],
        lines: frozenset[int],
        sent: Mapping[int, int],
        paying: Mapping[int, int],
        given_by: Mapping[str, Any],
        given: Mapping[str, int],
    ) -> Iterator[Owed]:
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
                _note(lost, group[at].template, spared[at], part, 0)
        held = sum([kept.freight_paid[line] for line in lines])
        held -= sum([amount for name, amount in given.items() if kept.place[name] in lines])
        due = max(0, min(sum([each[1] for each in lost.values()]), sum(paying.values()) - still - held))
        weights = {line: amount for line, amount in sorted(paying.items()) if amount}
        rules = [rule for rule in sorted(lost) if lost[rule][1]]
        if not due or not weights or not rules:
            return
        for rule, part in zip(rules, share_out(due, [lost[rule][1] for rule in rules]), strict=True):
            whole, _, borne = lost[rule]
            for line, each in zip(weights, share_out(part, list(weights.values())), strict=True):
                if each:
                    yield Owed(rule, kept.ids[line], each, each * borne // whole)

    # ------------------------------------------------------------------ what sending costs

    def _sent(self, group: Sequence[Sent], seen: Seen) -> dict[int, int]:
        """What sending what is kept costs, by line, whether or not it ships free."""
        found: dict[int, int] = {}
        for parcel, fee in zip(group, self._fees(group, seen), strict=True):
            counts = self._counts(parcel, seen)
            _add(found, fee, counts)
            for each in parcel.surcharges:
                self._add_surcharge(found, each, parcel, fee, seen)
        return found

    def _paying(self, group: Sequence[Sent], seen: Seen, sent: Mapping[int, int]) -> dict[int, int]:
        """The same without what still ships free."""
        if not sent:
            return {}
        found: dict[int, int] = {}
        frees = [(False, False) if each.spared is None else self._free(each, seen) for each in group]
        paid = [parcel for parcel, (free, _) in zip(group, frees, strict=True) if not free]
        fees = dict(zip([id(each) for each in paid], self._fees(paid, seen), strict=True))
        for parcel, (_, waived) in zip(group, frees, strict=True):
            fee = fees.get(id(parcel), 0)
            _add(found, fee, self._counts(parcel, seen))
            spared = 0 if parcel.spared is None else len(parcel.spared.surcharges)
            for place, each in enumerate(parcel.surcharges):
                if not (waived and place >= len(parcel.surcharges) - spared):
                    self._add_surcharge(found, each, parcel, fee, seen)
        return found

    def _fees(self, group: Sequence[Sent], seen: Seen) -> list[int]:
        """The fee of each parcel for what is kept of it, combined where the rules combine them."""
        own = [self._own(parcel, seen) for parcel in group]
        fees = [each[0] for each in own]
        ways = {each.facts.combination for each in group if each.facts is not None}
        at = [place for place, (fee, units, parcel) in enumerate(own) if units and parcel.zone is not None]
        if ways == {"max"} and max(fees) < max([_own_fee(each) for each in group]):
            self._none_silent(group)
        if ways <= {"sum"} or not at:
            return fees
        if ways == {"max"}:
            leader = max(at, key=lambda place: fees[place])
            return [fee if place == leader else 0 for place, fee in enumerate(fees)]
        leader = max(at, key=lambda place: own[place][2].zone.first_fee.minor)  # type: ignore[union-attr]  # those of `at` have one
        made = []
        for place, (fee, units, parcel) in enumerate(own):
            if place == leader or parcel.zone is None or not units:
                made.append(fee)
                continue
            rounded = ROUNDERS[(parcel.facts.rounding if parcel.facts else None) or "half_up"]
            beside = added_fee(parcel.zone, units, rounded)
            made.append(fee if beside is None else min(fee, beside))
        return made

    def _none_silent(self, group: Sequence[Sent]) -> None:
        """Where the dearest pays for all and is dearest no more, the others must say what they would have paid."""
        shops = {(each.shop, each.delivery) for each in group}
        for each in self.parcels:
            if each.facts is None and (each.shop, each.delivery) in shops:
                raise unfair(each.template, "fee")

    def _own(self, parcel: Sent, seen: Seen) -> tuple[int, int, Sent]:
        """What the parcel would pay by itself, and the units that are kept of it."""
        facts, zone = parcel.facts, parcel.zone
        counts = self._counts(parcel, seen)
        if facts is None or not any(seen.whole[line] for line in counts):
            return 0, 0, parcel
        twins = [each for each in self.parcels if each.facts and not each.lines.isdisjoint(parcel.lines)]
        if zone is None or facts.units is None or facts.counts is None:
            raise unfair(parcel.template, "zone")
        if facts.boxes > 1 or len(twins) > 1:
            raise unfair(parcel.template, "boxes")
        whole = sum(facts.counts.values())
        total, packing, units = sum(counts.values()), facts.packing_weight_g, facts.units
        if whole and units not in (0, packing):
            divisor = facts.volumetric_divisor
            if divisor is not None and units == -(-whole // divisor) != -(-whole // 1000) + packing:
                units = -(-total // divisor)
            else:
                units = -(-total // 1000) + packing
        value = self._value(parcel, zone, facts, counts, seen)
        return fee_of(zone, units, value, ROUNDERS[facts.rounding or "half_up"]), max(units, 1), parcel

    def _value(self, parcel: Sent, zone: Zone, facts: FreightFacts, counts: Mapping[int, int], seen: Seen) -> int:
        """What its goods are worth where its fee looks at it: their part of what was stated."""
        if facts.value is None:
            return 0
        kept = self.kept
        of: Sequence[int] = list(counts)
        if zone.goods_percent_of == "shop":
            of = [line for line, shop in enumerate(kept.shops) if shop == parcel.shop]
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

    def _add_surcharge(self, found: dict[int, int], each: KeptSurcharge, parcel: Sent, fee: int, seen: Seen) -> None:
        """One surcharge of what is kept: by what it counts, which falls as the counts of the lines do."""
        if each.counts is None:
            raise unfair(parcel.template, "counts")
        counts = {
            line: self._part(count, line, seen, whole=False) for line, count in each.counts.items() if seen.whole[line]
        }
        if not counts:
            return
        facts = dict(each.facts)
        if facts.get("per") == "freight":
            facts["freight"] = str(Money.of_minor(fee, self.kept.currency))
        else:
            whole, left = sum(each.counts.values()), sum(counts.values())
            for name in _COUNTED & facts.keys():
                if whole:
                    facts[name] = str(quantity_out(measured(facts[name]) * left // whole))
        _, charged = read_surcharge(facts, self.kept.currency)
        if charged is None:
            raise unfair(parcel.template, "surcharge")
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
            return [line for line, shop in enumerate(self.kept.shops) if shop == parcel.shop]
        names = entry.lines
        if names is None:
            names = list((parcel.facts.counts if parcel.facts else None) or ())
        return [self.kept.place[name] for name in names]

    def _own_units(self, parcel: Sent, seen: Seen) -> int:
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


def _own_fee(parcel: Sent) -> int:
    """What a parcel paid, or was spared."""
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
