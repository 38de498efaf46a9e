"""What changed between two settlements, and why, as text and as a page of HTML. Every id is data and escaped."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from settlement.audit.changes import CAUSES, FIELDS, STATUSES
from settlement.documents.words.grid import grid_html, grid_text
from settlement.documents.words.language import Language, language
from settlement.documents.words.markup import style_tag
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import STAGES
from settlement.money import Money
from settlement.receipts.names import Names
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from settlement.audit.diff import Change, Diff, Effect, Transition

__all__ = ["diff_html", "diff_text"]

#: What a page shows of each line; the other columns are in the data, and their sums on the page.
_OF_A_LINE: Final = frozenset({"quantity", "unit_price", "payable"})
_LONGEST: Final = 60


class _Table(NamedTuple):
    title: str
    rows: list[list[str]]


class _Names:
    """What people call the parts of two settlements: by the second, else by the first, else by their ids."""

    def __init__(self, diff: Diff) -> None:
        both = (diff.after, diff.before)
        self._both = [
            Names(each, *(asked or (None, None))) for each, asked in zip(both, diff.requests[::-1], strict=True)
        ]
        self._named = {**diff.before.called.lines, **diff.after.called.lines}
        self._gifts = {**diff.before.called.gifts, **diff.after.called.gifts}
        lines = {line.id for each in both for line in each.lines} | {row.line for each in both for row in each.excluded}
        self._alike = Counter(self._first(name, Names.line) for name in lines)

    def _first(self, name: str, ask: Callable[[Names, str], str]) -> str:
        """The first name that is no id."""
        found = (ask(each, name) for each in self._both)
        return next((each for each in found if each != shown(name)), shown(name))

    def line(self, name: str) -> str:
        """A line by what it holds, with its id where another one holds the same."""
        found = self._first(name, Names.line)
        return f"{found} [{shown(name)}]" if self._alike[found] > 1 else found

    def offer(self, rule: str, say: Language) -> str:
        """An offer, or the points."""
        return say("Points") if rule == "points" else self._first(rule, Names.offer)

    def rule(self, rule: str, stage: str, say: Language) -> str:
        """What an amount of this stage is of; nothing where the stage says it."""
        if stage in {"points", "goods_tax", "freight_tax", "fee_tax", "rounding"}:
            return ""
        of = {"freight": Names.template, "surcharge": Names.template, "payment_fee": Names.method}
        return self._first(rule, of[stage]) if stage in of else self.offer(rule, say)

    def placed(self, place: str) -> str:
        """A place of a request; behind an id the name that people see."""
        found = _WITHIN.search(place)
        if found is None:
            return shown(place)
        name = json.loads(found[2], strict=False)
        called = self._named.get(name) if found[1] == "lines" else self._first(name, _ENTRIES[found[1]])
        called = shown(called or name)
        if called == shown(name):
            return shown(place)
        return f"{shown(place[: found.end()])} ({called}){shown(place[found.end() :])}"

    def gift(self, rule: str, sku: str, say: Language) -> str:
        """A gift and the offer that gives it."""
        return f"{self.offer(rule, say)}: {shown(self._gifts.get((rule, sku), sku))}"


#: Lists of a request whose entries have names, and who knows these.
_ENTRIES: Final[dict[str, Callable[[Names, str], str]]] = {
    "lines": Names.line,
    "promotions": Names.offer,
    "coupons": Names.offer,
    "freight_templates": Names.template,
    "payment_methods": Names.method,
    "delivery_methods": Names.way,
    "warehouses": Names.warehouse,
}
#: Where an entry of one stands in a place, by its id as JSON.
_WITHIN: Final = re.compile(rf'\.({"|".join(_ENTRIES)})\[("(?:[^"\\]|\\.)*")\]')


def diff_text(diff: Diff, locale: str = "en") -> str:
    """Plain text: the amounts, then each cause with what it changed."""
    say = language(locale)
    names = _Names(diff)
    parts = [*_orders(diff, say), _headline(diff, say)]
    head = _head(say)
    for title, changes, table in _whys(diff, names, say):
        parts.append("\n".join([title, *(f"  {change}" for change in changes)]))
        if table:
            parts[-1] += "\n" + _indented(grid_text(head, table))
    for title, rows in _whats(diff, names, say):
        parts.append(f"{title}\n{_indented(grid_text(head, rows))}")
    return "\n\n".join(parts)


def diff_html(diff: Diff, locale: str = "en", nonce: str | None = None) -> str:
    """A complete page: no script, nothing from elsewhere."""
    say = language(locale)
    head = _head(say)
    names = _Names(diff)
    parts = [f"<h1>{escape(_headline(diff, say))}</h1>", *(f"<p>{escape(each)}</p>" for each in _orders(diff, say))]
    for title, changes, table in _whys(diff, names, say):
        parts.append(f"<h2>{escape(title)}</h2>")
        parts.append(f"<ul>{''.join(f'<li>{escape(change)}</li>' for change in changes)}</ul>")
        parts += [grid_html(head, table)] if table else []
    for title, rows in _whats(diff, names, say):
        parts += [f"<h2>{escape(title)}</h2>", grid_html(head, rows)]
    tongue = str(say.locale).replace("_", "-")
    style = (
        "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td,th{padding:.2rem 1rem .2rem 0;text-align:right}td:first-child{text-align:left}"
    )
    title = escape(say("What changed"))
    return (
        f'<!doctype html><html lang="{escape(tongue)}"><head><meta charset="utf-8"><title>{title}</title>'
        f"{style_tag(style, nonce)}</head><body>{''.join(parts)}</body></html>\n"
    )


def _orders(diff: Diff, say: Language) -> list[str]:
    """Which order it is, or which two; nothing where neither has a name."""
    before, after = diff.before.order, diff.after.order
    if before == after:
        return [] if before is None else [say("Order {order}", order=shown(before))]
    names = [say("none") if each is None else shown(each) for each in (before, after)]
    return [say("Order: {before} before, {after} now", before=names[0], after=names[1])]


def _headline(diff: Diff, say: Language) -> str:
    before, after = diff.before.payable, diff.after.payable
    if diff.equal:
        return say("Nothing changed: {payable} to pay", payable=say.money(after))
    if before == after:
        return say("To pay: {payable}, as before", payable=say.money(after))
    facts = {"before": say.money(before), "after": say.money(after), "difference": _signed(before, after, say)}
    return say("To pay: {before} before, {after} now ({difference})", **facts)


def _head(say: Language) -> list[str]:
    return ["", say("Before"), say("Now"), say("Difference")]


def _whys(diff: Diff, names: _Names, say: Language) -> list[tuple[str, list[str], list[list[str]]]]:
    """Each step: its causes and what they moved, the places that changed, the sums and rules that changed."""
    made = []
    for step in diff.steps:
        causes = " + ".join(say(CAUSES[each]) if each in CAUSES else shown(each) for each in step.causes)
        tables = _tables([effect for effect in step.effects if effect.kind != "line"], names, say)
        rows = [row for table in tables for row in table.rows]
        title = say("{cause}: {difference}", cause=causes, difference=_moved(step, say))
        made.append((title, [_change(each, names, say) for each in step.changes], rows))
    return made


def _whats(diff: Diff, names: _Names, say: Language) -> list[_Table]:
    """All that changed from the first to the last, by what it is about."""
    return _tables(diff.effects, names, say)


def _moved(step: Transition, say: Language) -> str:
    return _signed(step.before, step.after, say) if step.before != step.after else say("to pay as before")


def _change(change: Change, names: _Names, say: Language) -> str:
    """A place, with the name of what it is within, and its two values."""
    before, after = (_value(each) if (money := _money(each)) is None else say.money(money)
                     for each in (change.before, change.after))  # fmt: skip
    return f"{names.placed(change.place)}: {before} → {after}"


def _value(value: Any) -> str:
    text = "–" if value is None else shown(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _tables(effects: Sequence[Effect], names: _Names, say: Language) -> list[_Table]:
    titles = {
        "total": say("In all"),
        "line": say("Lines"),
        "rule": say("Rules"),
        "decision": say("Offers"),
        "gift": say("Gifts"),
        "excluded": say("Not included"),
    }
    rows: dict[str, list[list[str]]] = {title: [] for title in titles.values()}
    judged: dict[str, dict[str, tuple[Any, Any]]] = {}
    for effect in effects:
        kind = "total" if effect.kind in {"status", "points"} else effect.kind
        if kind == "decision":
            judged.setdefault(effect.key[0], {})[effect.field] = effect.before, effect.after
        elif kind in titles and (label := _label(effect, names, say)):
            rows[titles[kind]].append([label, *_cells(effect, say)])
    for rule, fields in judged.items():
        if fields.keys() & {"outcome", "reason"}:
            before, after = ({field: both[side] for field, both in fields.items()} for side in (0, 1))
            rows[titles["decision"]].append([names.offer(rule, say), _verdict(before, say), _verdict(after, say), ""])
    return [_Table(title, found) for title, found in rows.items() if found]


def _label(effect: Effect, names: _Names, say: Language) -> str:
    """What a row is about; empty for what only the data tells."""
    if effect.kind == "rule":
        rule, stage = effect.key[0], effect.field
        return f"{say(STAGES[stage])} {names.rule(rule, stage, say)}".rstrip() if stage in STAGES else shown(rule)
    if effect.kind == "gift":
        return names.gift(effect.key[0], effect.key[1], say)
    if effect.kind == "excluded":
        return names.line(effect.key[0])
    name = names.line(effect.key[0]) if effect.kind == "line" else shown(" ".join(effect.key))
    fields = _OF_A_LINE if effect.kind == "line" else FIELDS
    return f"{name} {say(FIELDS[effect.field])}".strip() if effect.field in fields else ""


def _cells(effect: Effect, say: Language) -> list[str]:
    before, after = _money(effect.before), _money(effect.after)
    known = after if before is None else before
    if known is None:
        return [_word(effect, effect.before, say), _word(effect, effect.after, say), ""]
    nothing = Money.of_minor(0, known.currency)
    cells = ["–" if amount is None else say.money(amount) for amount in (before, after)]
    return [*cells, _signed(before or nothing, after or nothing, say)]


def _word(effect: Effect, value: Any, say: Language) -> str:
    if effect.field == "reason" and isinstance(value, str):
        return reason_text(value, say)
    if effect.field == "status" and isinstance(value, str):
        return say(STATUSES[value]) if value in STATUSES else shown(value)
    return _value(value)


def _verdict(decision: Mapping[str, Any], say: Language) -> str:
    """What the receipt says of it."""
    reason, missing = decision.get("reason"), decision.get("shortfall")
    if reason is None:
        return say("applied") if decision.get("outcome") == "applied" else "–"
    amount = _money(missing)
    told = None if missing is None else say.number(Decimal(missing)) if amount is None else say.money(amount)
    return reason_text(reason, say, told)


def _money(value: Any) -> Money | None:
    return Money(value) if isinstance(value, str) and value[:1] in "-0123456789" and " " in value else None


def _signed(before: Money, after: Money, say: Language) -> str:
    difference = after - before
    return ("+" if difference.minor > 0 else "") + say.money(difference)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
