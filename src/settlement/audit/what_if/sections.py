"""What an answer says, part by part: titles and tables that a terminal and a page both show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.audit.changes import FIELDS
from settlement.documents.scalars import quantity_out
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import REASONS, STAGES, problem_text
from settlement.money import Money, money_of
from settlement.receipts.columns import COLUMNS
from settlement.receipts.noes import reason_text
from settlement.receipts.parts import QUANTITY_REASONS
from settlement.receipts.sheets import NOTHING

if TYPE_CHECKING:
    from settlement.audit.what_if.answer import Apart, Side, WhatIf
    from settlement.audit.what_if.totals import Broken, Why
    from settlement.documents.words.language import Language

__all__ = [
    "APART",
    "Changed",
    "Section",
    "apart_text",
    "broken_text",
    "headline",
    "held_fixed",
    "most_changed",
    "sections",
    "side_text",
]

#: Why a record is in no sum.
APART: Final[Mapping[str, str]] = MappingProxyType(
    {
        "version": "of another calculation version",
        "differs": "does not come out again",
        "invalid": "its documents are read no more",
        "currency": "in another currency",
        "pending": "freight or tax is not known yet",
        "refused": "does not fit the candidate's rules",
        "failed": "a kind of its rules failed",
        "broken": "no record",
    }
)


class Section(NamedTuple):
    """A table under a title; its first `texts` columns are texts, the others figures. `note` stands below it."""

    title: str
    head: list[str]
    rows: list[list[str]]
    texts: int = 1
    note: str = ""


class Changed(NamedTuple):
    """An order that changes: what it is called, what it pays before and now, and of what the change is made."""

    order: str
    before: str
    after: str
    change: str
    why: list[str]


def signed(amount: Money, say: Language) -> str:
    """A difference with its sign."""
    return f"+{say.figures(amount)}" if amount.minor > 0 else say.figures(amount)


def side_text(side: Side, say: Language) -> str:
    """What a side is called."""
    if side.candidate is None:
        return say("as recorded")
    rules = shown(side.candidate)
    return say("{rules}, as chosen", rules=rules) if side.choice == "as_chosen" else say("{rules}, best", rules=rules)


def headline(found: WhatIf, say: Language) -> list[str]:
    """A sentence for each side: what is paid more or less, and how many orders change."""
    recorded, made = found.recorded, []
    for both in found.sides:
        for side in both:
            facts = {
                "side": side_text(side, say),
                "amount": say.money(side.payable),
                "change": signed(side.payable - recorded.payable, say),
                "changed": say.number(side.changed),
            }
            made.append(
                say.plural(
                    "{side}: {amount} to pay ({change}), {changed} of {count} order pays another amount",
                    "{side}: {amount} to pay ({change}), {changed} of {count} orders pay another amount",
                    found.orders,
                    **facts,
                )
            )
    return made


def held_fixed(say: Language) -> str:
    """What no arithmetic knows."""
    return say(
        "Customers' behaviour is held fixed: the same carts at the same time. What they would have bought under other "
        "rules is not in these figures."
    )


def sections(found: WhatIf, say: Language) -> Iterator[Section]:
    """Every table but that of single orders, in the order of reading."""
    sides = list(found.every_side())
    heads = [side_text(side, say) for side in sides]
    yield Section(say("In all"), [say("What"), *heads], list(_in_all(sides, say)))
    yield Section(say("Orders"), [say("What"), *heads], list(_orders(found, sides, say)))
    yield from _by_rule(found, sides, heads, say)
    yield from _by_how_much(sides[1:], heads[1:], say)
    shops = list(_by_shop(sides, say))
    if len(shops) > 1:
        yield Section(say("To each shop"), [say("Shop"), *heads], shops)
    apart = list(_apart(found, say))
    if apart:
        note = say("These records are in no figure of this page.")
        yield Section(say("Set apart"), [say("Why"), say("Records")], apart, note=note)


def _in_all(sides: Sequence[Side], say: Language) -> Iterator[list[str]]:
    columns = [side.totals for side in sides]
    for name in (*COLUMNS, "payable"):
        if name in {"goods", "payable"} or any(each[name] for each in columns):
            yield [say(FIELDS[name]), *[say.figures(each[name]) for each in columns]]
    yield _difference(say(FIELDS["payable"]), [each["payable"] for each in columns], say)
    for label, nets in (
        (say("To the shops"), [side.shops["net"] for side in sides]),
        (say("To the platform"), [side.platform["net"] for side in sides]),
    ):
        yield [label, *map(say.figures, nets)]
        yield _difference(label, nets, say)
    commissions = [side.platform["commission"] for side in sides]
    if any(commissions):
        yield [say("Commission, to the platform"), *map(say.figures, commissions)]
    labels = {
        "provider": say("To the payment provider"),
        "receivers": say("To third parties"),
        "stored_value": say("Owed to holders of gift cards"),
    }
    for name, label in labels.items():
        amounts = [side.others[name] for side in sides]
        if any(amounts):
            yield [label, *map(say.figures, amounts)]


def _difference(label: str, amounts: Sequence[Money], say: Language) -> list[str]:
    return [say("{what}, difference", what=label), NOTHING, *[signed(each - amounts[0], say) for each in amounts[1:]]]


def _orders(found: WhatIf, sides: Sequence[Side], say: Language) -> Iterator[list[str]]:
    yield [say("Orders"), *[say.number(found.orders)] * len(sides)]
    changes = sides[1:]
    for label, counts in (
        (say("pay another amount"), [side.changed for side in changes]),
        (say("pay less"), [side.cheaper for side in changes]),
        (say("pay more"), [side.dearer for side in changes]),
    ):
        yield [label, NOTHING, *map(say.number, counts)]
    for word, telling in (
        ("newly", say("newly left out: {reason}")),
        ("no_longer", say("no longer left out: {reason}")),
    ):
        named = {name for side in changes for name in getattr(side, word)}
        statuses = {"blocked": say("newly not possible"), "payable": say("newly possible")}
        for name in sorted(named):
            reason = say(REASONS[name]) if name in REASONS else shown(name)
            label = statuses[name] if name in statuses else telling.format(reason=reason)
            yield [label, NOTHING, *[say.number(getattr(side, word).get(name, 0)) for side in changes]]
    unproven = [side.unproven for side in sides]
    if any(unproven):
        yield [say("best choice not proven"), *map(say.number, unproven)]


def _by_rule(found: WhatIf, sides: Sequence[Side], heads: list[str], say: Language) -> Iterator[Section]:
    """Every rule with its amount and in how many orders; below it what of that the platform bears."""
    by_side = [{(row.stage, row.rule): row for row in side.rules} for side in sides]
    order = list(STAGES)
    keys = sorted({key for each in by_side for key in each}, key=lambda key: (order.index(key[0]), key[1]))
    gone = {rule for side in sides[1:] for rule in side.gone}
    made: list[list[str]] = []
    for stage, rule in keys:
        here = [each.get((stage, rule)) for each in by_side]
        made.append([say(STAGES[stage]), _called(found, rule)])
        made[-1] += [
            NOTHING if row is None else f"{say.figures(row.amount)} ({say.number(row.orders)})" for row in here
        ]
        if any(row is not None and row.platform for row in here):
            borne = [NOTHING if row is None else say.figures(row.platform) for row in here]
            made.append(["", say("borne by the platform"), *borne])
    if made:
        note = say("In brackets: in how many orders.")
        yield Section(say("By rule"), [say("Kind"), say("Rule"), *heads], made, texts=2, note=note)
    if gone:
        lost = [
            [_called(found, rule), *[say.number(side.gone.get(rule, 0)) for side in sides[1:]]] for rule in sorted(gone)
        ]
        note = say("In how many orders such a rule was used; the candidate's rules do not have it any more.")
        yield Section(say("Rules that are gone"), [say("Rule"), *heads[1:]], lost, note=note)


def _called(found: WhatIf, rule: str) -> str:
    name = found.name_of(rule)
    if name is None or name == rule:
        return shown(rule)
    return f"{shown(name)} ({shown(rule)})"


def _by_how_much(sides: Sequence[Side], heads: list[str], say: Language) -> Iterator[Section]:
    """Exact quantiles of the orders that changed, and how many changed by how much."""
    if not any(side.changed for side in sides):
        return
    columns = [side.quantiles() for side in sides]
    rows = []
    for share in columns[0]:
        label = {0: say("the least"), 50: say("half of them"), 100: say("all of them")}.get(
            share, say("{share} % of them", share=say.number(share))
        )
        cells = [NOTHING if (amount := each[share]) is None else signed(amount, say) for each in columns]
        rows.append([label, *cells])
    note = say("Of the orders that pay another amount: no more than this. Nothing is interpolated.")
    yield Section(say("By how much"), [say("Orders"), *heads], rows, note=note)
    rows = []
    for at, bucket in enumerate(sides[0].buckets):
        low = say.figures(bucket.above)
        high = None if bucket.to is None else say.figures(bucket.to)
        label = say("above {low}", low=low) if high is None else say("above {low}, up to {high}", low=low, high=high)
        counts = [side.buckets[at] for side in sides]
        rows.append([label, *[f"{say.number(each.cheaper)} / {say.number(each.dearer)}" for each in counts]])
    note = say("Orders that pay less / that pay more.")
    yield Section(say("How many by how much"), [say("Change"), *heads], rows, note=note)


def _by_shop(sides: Sequence[Side], say: Language) -> Iterator[list[str]]:
    by_side = [side.by_shop for side in sides]
    for shop in sorted({shop for each in by_side for shop in each}):
        yield [shown(shop), *[say.figures(each[shop][1]) if shop in each else NOTHING for each in by_side]]


def _apart(found: WhatIf, say: Language) -> Iterator[list[str]]:
    for each in found.apart:
        yield [apart_text(each, say), say.number(each.orders)]
    if found.broken:
        broken = APART["broken"]
        yield [say(broken), say.number(found.broken)]


def apart_text(each: Apart, say: Language) -> str:
    """Why records are set apart, and one of them."""
    reason = say(APART[each.reason])
    more = [shown(part) for part in (each.candidate, each.found) if part]
    code = f" [{each.code}]" if each.code else ""
    example = say("such as {record}", record=shown(each.example or "")[:26])
    return (f"{reason}: {', '.join(more)}" if more else reason) + code + f" ({example})"


def broken_text(each: Broken, say: Language) -> str:
    """A row that is no record: its file and line, the place in it, and what is wrong."""
    where = f"{shown(each.source)}:{each.line}" if each.source else say("record {number}", number=each.line)
    place = f" {shown(each.place)}:" if each.place else ""
    return f"{where}:{place} {shown(problem_text(each.problem, say))} [{each.code}]"


# ------------------------------------------------------------------ single orders


def most_changed(found: WhatIf, side: Side, say: Language) -> list[Changed]:
    """The orders of a side that change most, each with what its change is made of."""

    def money(minor: int) -> str:
        return say.figures(money_of(minor, found.currency))

    made = []
    for each in side.most_changed:
        change = signed(money_of(each.after - each.before, found.currency), say)
        order = shown(each.order) if each.order is not None else f"{each.digest[:19]}…"
        why = [_part(found, part, say) for part in each.why]
        made.append(Changed(order, money(each.before), money(each.after), change, why))
    return made


def _part(found: WhatIf, part: Why, say: Language) -> str:
    """One part of a change in words."""

    def figures(minor: int) -> str:
        return say.figures(money_of(minor, found.currency)) if minor else NOTHING

    if part.stage == "left_out":
        return say("line {line}: {reason}", line=shown(part.rule), reason=reason_text(part.reason or "", say))
    label = say(FIELDS["goods"]) if part.stage == "goods" else f"{say(STAGES[part.stage])} {_called(found, part.rule)}"
    if part.rule == "points":
        label = say(STAGES["points"])
    text = f"{label} {figures(part.before)} → {figures(part.after)}"
    if part.reason is None:
        return text
    short = None
    if part.shortfall is not None:
        amount = money_of(part.shortfall, found.currency)
        by_quantity = part.reason in QUANTITY_REASONS
        short = str(quantity_out(part.shortfall)) if by_quantity else say.money(amount)
    return f"{text} ({reason_text(part.reason, say, short)})"
