"""A what-if for the eyes of one shop: of each order its own part alone, of whatever else was bought with it nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from settlement import Rulebook, Settlement
from settlement.audit.record import Record
from settlement.audit.what_if import Candidates, Totals, WhatIf
from settlement.audit.what_if.totals import Key, MostChanged, Weighed, Why

__all__ = ["what_if_of_shop"]

#: Counted of orders and records, so the same for whoever looks.
_COUNTS: Final = frozenset({"read", "orders", "apart", "broken", "status", "unproven"})


def what_if_of_shop(shop: str, records: Iterable[Record], draft: Rulebook) -> WhatIf:
    """As `what_if`, of this shop's part: what of each order is paid for it, by which rules, and what it gets of that.

    The orders are settled whole, for offers of the mall look at all of a cart; the other shops' parts are in no sum.
    """
    candidates = Candidates(draft)
    totals = Totals(candidates.of)
    for number, record in enumerate(records, 1):
        weighed, settled = candidates.weigh(record, number), candidates.settled(record)
        if settled is not None:
            before, ((chosen, best),) = settled
            lines = frozenset(line.id for line in record.checkout().cart.lines if line.shop == shop)
            weighed = _of(shop, record, weighed, [_part(shop, each, lines) for each in (before, chosen, best)])
        totals.add(weighed)
    return WhatIf(candidates, totals)


class _Part(NamedTuple):
    """A shop's part of a settlement in minor units: its columns, its rules with the platform's part, lines left out."""

    columns: Mapping[str, int]
    rules: Mapping[tuple[str, str], tuple[int, int]]
    left_out: Mapping[tuple[str, str], None]
    refused: Mapping[str, str]
    status: str


def _part(shop: str, settled: Settlement, lines: frozenset[str]) -> _Part:
    columns: dict[str, int] = {}
    for each in settled.shops:
        if each.shop == shop:
            columns = {name: amount.minor for name, amount in each._asdict().items() if name != "shop"}
    rules: dict[tuple[str, str], tuple[int, int]] = {}
    for entry in settled.adjustments:
        shares = [sum(each[line].minor for line in each if line in lines) for each in (entry.shares, entry.platform)]
        if not lines.isdisjoint(entry.shares):
            old = rules.get((entry.stage, entry.rule), (0, 0))
            rules[entry.stage, entry.rule] = (old[0] + shares[0], old[1] + shares[1])
    left_out = dict.fromkeys([(row.line, row.reason) for row in settled.excluded if row.line in lines])
    refused = {each.rule: each.reason for each in settled.decisions if each.reason is not None}
    return _Part(columns, rules, left_out, refused, settled.status)


def _of(shop: str, record: Record, weighed: Weighed, parts: list[_Part]) -> Weighed:
    """What was weighed of the whole, with what is not this shop's replaced by what is."""
    sums: dict[Key, int] = {key: number for key, number in weighed.sums.items() if key[1] in _COUNTS}
    changed: dict[int, tuple[int, Callable[[], MostChanged]]] = {}
    before = parts[0]
    for side, part in enumerate(parts):
        for name, amount in part.columns.items():
            sums[side, "total", name] = amount
        for (stage, rule), (amount, platform) in part.rules.items():
            sums[side, "rule", stage, rule, "orders"] = 1
            sums[side, "rule", stage, rule, "amount"] = amount
            sums[side, "rule", stage, rule, "platform"] = platform
        sums[side, "shops", "net"] = weighed.sums.get((side, "shop", shop, "net"), 0)
        if side:
            sums |= {(side, *key): 1 for key in _newly(before, part)}
            used = {rule for _, rule in before.rules}
            sums |= {key: 1 for key in weighed.sums if key[:2] == (side, "gone") and key[2] in used}
            change = part.columns.get("payable", 0) - before.columns.get("payable", 0)
            sums[side, "change", change] = 1
            if change:
                changed[side] = change, partial(_told, record, before, part)
    return Weighed(sums, changed)


def _newly(before: _Part, after: _Part) -> Iterable[tuple[Any, ...]]:
    if before.status != after.status:
        yield "newly", after.status
    for word, one, other in (("newly", after, before), ("no_longer", before, after)):
        for line, reason in one.left_out:
            if (line, reason) not in other.left_out:
                yield word, reason


def _told(record: Record, before: _Part, after: _Part) -> MostChanged:
    """Why without how much is missing: to a threshold of the mall that tells what else was bought."""
    why = []
    goods = before.columns.get("goods", 0), after.columns.get("goods", 0)
    if goods[0] != goods[1]:
        why.append(Why("goods", "", *goods))
    for stage, rule in dict.fromkeys([*before.rules, *after.rules]):
        one, other = (each.rules.get((stage, rule), (0, 0))[0] for each in (before, after))
        if one != other:
            why.append(Why(stage, rule, one, other, None if other else after.refused.get(rule)))
    left = [row for row in after.left_out if row not in before.left_out]
    why += [Why("left_out", line, 0, 0, reason) for line, reason in left]
    payable = before.columns.get("payable", 0), after.columns.get("payable", 0)
    return MostChanged(record.digest, record.order_name, *payable, tuple(why))
