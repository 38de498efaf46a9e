"""The stages of payment of a stored settlement, worked out again from its presales' facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from settlement.discounts.instalments import Held, Parts, PaymentStage, instalments
from settlement.discounts.staged import Staged
from settlement.documents.scalars import instant_out
from settlement.errors import InvalidDocument, Problem
from settlement.money import ROUNDERS, excerpt
from settlement.receipts.facts import said
from settlement.receipts.stored.facts import read_offer
from settlement.receipts.stored.walk import Walk, differs

if TYPE_CHECKING:
    from settlement.receipts.record import Record

__all__ = ["staged", "stages"]


def staged(facts: Mapping[str, Any]) -> bool:
    """Whether an offer's facts are of a presale: it holds where it takes nothing off, too."""
    benefit = facts.get("benefit")
    return isinstance(benefit, Mapping) and benefit.get("type") == "presale"


def stages(record: Record, walk: Walk) -> Iterator[Problem]:
    """Whether the stages are those of the presales that applied, and add up to what is payable and due."""
    stated = record.instalments
    held: dict[int, Held] = {}
    rounding = walk.rounding
    for at, (rule, reason, _, behind) in enumerate(record.verdicts):
        facts = said(behind)
        if reason is not None or not staged(facts):
            continue
        try:
            found, benefit = read_offer(facts, record.currency)
            lines = walk.places("unshared", found.unshared)
        except InvalidDocument:
            return  # told with the decision
        if not isinstance(benefit, Staged) or not lines:
            yield Problem(f"decisions[{at}].facts.unshared", "field.missing")
            return
        rounding = rounding or found.rounding
        for line in lines:
            if line in held:
                yield Problem(f"decisions[{at}].facts.unshared", "id.duplicate", {"found": excerpt(record.ids[line])})
                return
            millis, _ = found.units_left.get(record.ids[line], (walk.sold.millis[line], 0))
            held[line] = Held(rule, benefit, millis)
    made = _made(record, held, rounding) if held else ()
    if made and not stated:
        yield Problem("instalments", "field.missing")
    elif len(made) != len(stated):
        yield differs("instalments", len(stated), len(made))
    else:
        for at, (one, other) in enumerate(zip(stated, made, strict=True)):
            yield from _same(walk, f"instalments[{at}]", one, other)
        yield from _open(record)


def _made(record: Record, held: Mapping[int, Held], rounding: str | None) -> tuple[PaymentStage, ...]:
    tendered = sum([each.amount for each in record.tenders])
    return instalments(record.ids, record.columns[-1], held, tendered, ROUNDERS[rounding or "half_up"])


def _same(walk: Walk, place: str, stated: PaymentStage, made: PaymentStage) -> Iterator[Problem]:
    """The deposit's own dates are the offer's, of which the facts say nothing."""
    if stated.kind != made.kind:
        yield differs(f"{place}.kind", stated.kind, made.kind)
    for name, one, other in (("pay_from", stated.starts, made.starts), ("pay_until", stated.ends, made.ends)):
        if made.kind != "deposit" and one != other:
            shown = ["null" if each is None else instant_out(each) for each in (one, other)]
            yield differs(f"{place}.{name}", *shown)
    for name, found, expected in (("amount", stated.amount, made.amount), ("due", stated.due, made.due)):
        if found != expected:
            yield differs(f"{place}.{name}", walk.money(found), walk.money(expected))
    yield from _parts(walk, f"{place}.lines", stated.lines, made.lines)
    yield from _parts(walk, f"{place}.kept", stated.kept, made.kept)


def _parts(walk: Walk, place: str, stated: Parts, made: Parts) -> Iterator[Problem]:
    one, other = dict(stated), dict(made)
    for line in sorted({*one, *other}):
        if one.get(line, 0) != other.get(line, 0) or (line in one) != (line in other):
            yield differs(f"{place}.{excerpt(line)}", walk.money(one.get(line, 0)), walk.money(other.get(line, 0)))


def _open(record: Record) -> Iterator[Problem]:
    """A deposit may be paid at the instant that the settlement is for."""
    if not record.instalments:
        return
    starts, ends = record.instalments[0].starts, record.instalments[0].ends
    if starts is not None and starts > record.at:
        yield differs("instalments[0].pay_from", instant_out(starts), instant_out(record.at))
    if ends is not None and ends <= record.at:
        yield differs("instalments[0].pay_until", instant_out(ends), instant_out(record.at))
