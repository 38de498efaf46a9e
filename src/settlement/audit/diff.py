"""What changed between two settlements, and why.

Where both requests are known, the why is computed, not guessed: the first request is changed into the second one part
at a time and settled after each. What a step changes is what that part caused, and the steps add up to the whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from settlement.audit.normal import normal_request
from settlement.audit.record import Record
from settlement.cart.checkout import Checkout
from settlement.documents.json_text import compact
from settlement.documents.written import all_readable, numbered
from settlement.engine.settle import CALCULATION_VERSION, settle
from settlement.errors import InvalidDocument
from settlement.money import Money
from settlement.receipts.called import impersonal
from settlement.receipts.columns import COLUMNS
from settlement.receipts.settlement import Settlement
from settlement.rulebook.request import Request
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Change", "Comparable", "Diff", "Effect", "Transition", "diff"]

#: The parts of a request in the order in which they are changed; parts that stand nowhere here come before the cart.
_FIRST: Final = ("at", "customer", "choice", "address", "payment_method")
_LAST: Final = ("cart", "rulebook")

Comparable: TypeAlias = Settlement | Request | Record | tuple[Checkout, Rulebook]


class Change(NamedTuple):
    """One place of the request that is not what it was; None where it is not there at all."""

    place: str
    before: Any
    after: Any


class Effect(NamedTuple):
    """One value of the settlement that is not what it was; None where it is not there at all.

    `kind`: `status`, `total`, `line`, `shop`, `rule` (what it takes off or charges in all), `decision`, `parcel`,
    `excluded`, `gift`, `points`, or another field of the settlement. `key` names the line, the rule, the parcel;
    `field` the column.
    """

    kind: str
    key: tuple[str, ...]
    field: str
    before: Any
    after: Any


class Transition(NamedTuple):
    """One part of the request (`causes`) changed into what it is now: its changes, and what came of them.

    Several parts stand together where one of them alone makes no valid request.
    """

    causes: tuple[str, ...]
    changes: tuple[Change, ...]
    effects: tuple[Effect, ...]
    before: Money
    after: Money


class Diff:
    """Two settlements beside each other: `effects` is all that differs, `steps` say where it came from.

    There are no steps where a request is not known, and one for all causes where a calculation version is not this
    library's. Prints as a page; `text(locale)` and `html(locale)` write it in another language.
    """

    __slots__ = ("after", "before", "effects", "requests", "steps")

    def __init__(
        self,
        before: Settlement,
        after: Settlement,
        steps: tuple[Transition, ...],
        requests: tuple[tuple[Checkout, Rulebook] | None, tuple[Checkout, Rulebook] | None] = (None, None),
    ) -> None:
        #: What they were made from, where that is known: names are read off it.
        self.requests = requests
        self.before = before
        self.after = after
        self.steps = steps
        self.effects = _effects(before, after)

    @property
    def equal(self) -> bool:
        """Whether the settlements agree in everything but their order, instant, rules' name and digest."""
        return not self.effects

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "equal": self.equal,
            "before": _whose(self.before),
            "after": _whose(self.after),
            "steps": [
                {
                    "causes": list(step.causes),
                    "changes": [change._asdict() for change in step.changes],
                    "effects": [_plain(effect) for effect in step.effects],
                    "before": str(step.before),
                    "after": str(step.after),
                }
                for step in self.steps
            ],
            "effects": [_plain(effect) for effect in self.effects],
        }

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    def text(self, locale: str = "en") -> str:
        """Plain text. Raises `UnknownLocale`."""
        from settlement.audit.diff_text import diff_text

        return diff_text(self, locale)

    def html(self, locale: str = "en", *, nonce: str | None = None) -> str:
        """A page of HTML, complete and without anything from elsewhere; `nonce` as in `report()`.

        Raises `UnknownLocale`, and `ValueError` for what is no nonce.
        """
        from settlement.audit.diff_text import diff_html

        return diff_html(self, locale, nonce)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Diff {self.before.payable} -> {self.after.payable}, {numbered(len(self.effects), 'effect')}>"


def _plain(effect: Effect) -> dict[str, Any]:
    return effect._asdict() | {"key": list(effect.key)}


def diff(before: Comparable, after: Comparable, *, rulebook_class: type[Rulebook] = Rulebook) -> Diff:
    """Which lines, rules and amounts changed between two settlements, requests or records, and why.

    A request, or a pair of documents, is settled. What is personal is not compared: it is never priced. Rules with
    kinds of the user's own are read from records by `rulebook_class`. Raises what `settle()` raises.

    >>> from settlement import Cart, Line
    >>> def asked(quantity):
    ...     line = Line(id="a", shop="s1", sku="k", quantity=quantity, unit_price="59.90 CNY")
    ...     checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    ...     return checkout, Rulebook(id="r", currency="CNY")
    >>> found = diff(asked(2), asked(3))
    >>> found.steps[0].causes, found.steps[0].changes
    (('cart',), (Change(place='cart.lines["a"].quantity', before=2, after=3),))
    >>> found.effects[0]
    Effect(kind='total', key=(), field='list', before='119.80 CNY', after='179.70 CNY')
    """
    old, new = _side(before, rulebook_class), _side(after, rulebook_class)
    steps: tuple[Transition, ...] = ()
    if old.request is not None and new.request is not None:
        steps = tuple(_steps(old, new, old.request, new.request))
    return Diff(old.settlement, new.settlement, steps, (old.request, new.request))


class _Side(NamedTuple):
    settlement: Settlement
    request: tuple[Checkout, Rulebook] | None


def _side(given: Comparable, rulebook_class: type[Rulebook]) -> _Side:
    if isinstance(given, Record):
        return _Side(given.settlement(), given.request(rulebook_class))
    if isinstance(given, Settlement):
        return _Side(given, given.made_from)
    both = (given.checkout, given.rulebook) if isinstance(given, Request) else given
    return _Side(settle(*both), both)


# ------------------------------------------------------------------ why


def _steps(
    old: _Side, new: _Side, asked: tuple[Checkout, Rulebook], now: tuple[Checkout, Rulebook]
) -> Iterator[Transition]:
    """Change one part after the other. What makes no valid request alone waits for the part that mends it."""
    was, will = _parts(*asked), _parts(*now)
    causes = [part for part in _order(was | will) if was.get(part) != will.get(part)]
    versions = {old.settlement.calculation_version, new.settlement.calculation_version}
    if len(versions) > 1:
        causes.append("calculation_version")

    def step(parts: list[str], before: Settlement, after: Settlement) -> Transition:
        changes = tuple(change for part in parts for change in _changes(was.get(part), will.get(part), part))
        return Transition(tuple(parts), changes, _effects(before, after), before.payable, after.payable)

    reached, current, waiting = old.settlement, asked, list[str]()
    for part in causes[:-1] if versions == {CALCULATION_VERSION} else ():
        waiting.append(part)
        try:
            current = _with(current, now, waiting)
            settled = settle(*current)
        except InvalidDocument:
            continue
        yield step(waiting, reached, settled)
        reached, waiting = settled, []
    rest = [*waiting, *causes[-1:]] if versions == {CALCULATION_VERSION} else causes
    if rest:
        yield step(rest, reached, new.settlement)


def _parts(checkout: Checkout, rulebook: Rulebook) -> dict[str, Any]:
    """The request in its normal form, by the parts that are changed together."""
    data, _ = normal_request(checkout, rulebook)
    return {**data["checkout"], "rulebook": data["rulebook"]}


def _order(parts: Mapping[str, Any]) -> list[str]:
    others = [part for part in parts if part not in _FIRST and part not in _LAST]
    return [*(part for part in _FIRST if part in parts), *others, *_LAST]


def _with(
    current: tuple[Checkout, Rulebook], now: tuple[Checkout, Rulebook], parts: list[str]
) -> tuple[Checkout, Rulebook]:
    """The current request with these parts of the new one. Raises `InvalidDocument` where they don't fit."""
    update = {part: getattr(now[0], part) for part in parts if part != "rulebook"}
    return current[0].model_copy(update=update), now[1] if "rulebook" in parts else current[1]


def _changes(before: Any, after: Any, place: str) -> Iterator[Change]:
    """Places that differ; documents in a list are told apart by their ids, whatever their order."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            inner = f"{place}.{key}" if key.isidentifier() else f"{place}[{_quoted(key)}]"
            yield from _changes(before.get(key), after.get(key), inner)
    elif _named(before) and _named(after):
        old, new = ({each["id"]: each for each in side} for side in (before, after))
        for key in sorted(old.keys() | new.keys()):
            yield from _changes(old.get(key), new.get(key), f"{place}[{_quoted(key)}]")
    elif _plain_rows(before) and _plain_rows(after) and len(before) == len(after):
        for index, (old_row, new_row) in enumerate(zip(before, after, strict=True)):
            yield from _changes(old_row, new_row, f"{place}[{index}]")
    else:
        yield Change(place, before, after)


def _named(value: Any) -> bool:
    return _plain_rows(value) and all("id" in each for each in value)


def _whose(settlement: Settlement) -> dict[str, str]:
    """Which settlement it is, and what it comes to."""
    named = {} if settlement.order is None else {"order": settlement.order}
    return {"digest": settlement.digest, **named, "payable": str(settlement.payable)}


def _plain_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _quoted(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


# ------------------------------------------------------------------ what

_COLUMNS: Final = ("list", *COLUMNS, "payable")
#: Not an effect: which request it was, and what is only carried.
_CARRIED: Final = frozenset(
    {"at", "calculation_version", "currency", "digest", "invoice", "order", "remark", "rulebook"}
)

_Rows: TypeAlias = dict[tuple[str, tuple[str, ...], str], Any]


def _effects(before: Settlement, after: Settlement) -> tuple[Effect, ...]:
    """Every value that differs: of the whole first, then of lines, shops, rules and the rest."""
    old, new = (_rows(impersonal(each.to_dict())) for each in (before, after))
    return tuple(Effect(*row, old.get(row), new.get(row)) for row in {**old, **new} if old.get(row) != new.get(row))


def _rows(document: dict[str, Any]) -> _Rows:
    """A settlement as single values by kind, key and field."""
    rows: _Rows = {("status", (), "status"): document.pop("status")}
    rows |= {("total", (), column): document["totals"][column] for column in _COLUMNS if column in document["totals"]}
    for kind, field in (("line", "lines"), ("shop", "shops")):
        for row in document[field]:
            rows |= {(kind, (row["id"],), name): value for name, value in row.items() if name != "id"}
    for row in document["adjustments"]:
        key = ("rule", (row["rule"],), row["stage"])
        rows[key] = str(Money(row["amount"]) + Money(rows[key])) if key in rows else row["amount"]
    for row in document["decisions"]:
        facts = {name: value for name, value in row.items() if name not in {"rule", "facts"}}
        rows |= {("decision", (row["rule"],), name): value for name, value in facts.items()}
    for row in document["parcels"]:
        head: tuple[str, ...] = (row["shop"], row["template"], row["warehouse"] or "")
        if "delivery" in row:
            head = (*head, row["delivery"])
        twins = sum(1 for kind, key, name in rows if kind == "parcel" and name == "zone" and key[: len(head)] == head)
        named = (*head, str(twins + 1)) if twins else head
        fields = ("zone", "units", "fee", "surcharge", "free", "boxes")
        rows |= {("parcel", named, name): row[name] for name in fields if name in row}
    rows |= {("excluded", (row["line"],), "reason"): row["reason"] for row in document["excluded"]}
    rows |= {("gift", (row["rule"], row["sku"]), "quantity"): row["quantity"] for row in document["gifts"]}
    for row in document.pop("taxes", ()):
        rows |= {("tax", (row["shop"], row["tax"], row["percent"]), name): row[name] for name in ("base", "amount")}
    rows |= {("points", (), name): value for name, value in document["points"].items()}
    read = {"totals", "lines", "shops", "adjustments", "decisions", "parcels", "excluded", "gifts", "points"}
    return rows | {(name, (), name): document[name] for name in document if name not in read | _CARRIED}


all_readable(globals())
