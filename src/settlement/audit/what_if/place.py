"""One number in a rulebook, by its place as this library writes it: `promotions["fest"].tiers[0].benefit.percent`."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from settlement.documents.hints import Hints
from settlement.errors import InvalidDocument, Problem
from settlement.money import excerpt
from settlement.rulebook.rulebook import Rulebook

__all__ = ["NumberAt", "number_at"]

_STEP: Final = re.compile(
    r"""\.?(?P<field>[A-Za-z_][A-Za-z0-9_]*)
    | \[(?P<at>[0-9]{1,9})\]
    | \["(?P<quoted>(?:[^"\\]|\\.)*)"\]
    | \[(?P<id>[^\]"]+)\]""",
    re.VERBOSE,
)
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?( [A-Z]{3})?")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
#: What entries of a list are told apart by.
_IDS: Final = ("id", "shop")
_SHOWN: Final = 12


class NumberAt(NamedTuple):
    """A place in a rulebook that holds a number: its steps, and the rulebook as plain data."""

    place: str
    steps: tuple[str | int, ...]
    data: dict[str, Any]
    kind: type[Rulebook]
    whole: bool  # whether an integer stands there now

    def with_value(self, value: str | int) -> Rulebook:
        """The rulebook with another number there; digits alone are a text there or an integer, whichever it takes.

        Raises `InvalidDocument` where it takes none such, with `place.no_number` where it takes what is no number.
        """
        tried: list[str | int] = [value]
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            tried.insert(0 if self.whole else 1, int(value))
        refusals = []
        for each in tried:
            try:
                made = self._with(each)
            except InvalidDocument as error:
                refusals.append(error)
                continue
            if not _is_number(each):
                raise _no_number(self.place, each, self._around(self.data))
            return made
        raise refusals[0]

    def takes_words(self) -> bool:
        """Whether any text may stand there: then what looks like a number is a name."""
        try:
            self._with("x")
        except InvalidDocument:
            return False
        return True

    def _with(self, value: str | int) -> Rulebook:
        data = copy.deepcopy(self.data)
        self._around(data)[self.steps[-1]] = value
        return self.kind.model_validate_json(json.dumps(data))

    def _around(self, data: Any) -> Any:
        for step in self.steps[:-1]:
            data = data[step]
        return data


def number_at(rulebook: Rulebook, path: str) -> NumberAt:
    """Find a number by its place: names after dots, in brackets a place from 0 or the id of an entry.

    Raises `InvalidDocument` with `place.unknown` where nothing is there, and with `place.no_number` where something
    else than a number or an amount is; both name what there is.

    >>> from settlement import Rulebook
    >>> tier = {"benefit": {"type": "percent_off", "percent": "10"}}
    >>> rules = Rulebook(id="r", currency="CNY", promotions=[{"id": "fest", "issuer": "platform", "tiers": [tier]}])
    >>> number_at(rules, 'promotions["fest"].tiers[0].benefit.percent').steps
    ('promotions', 0, 'tiers', 0, 'benefit', 'percent')
    >>> number_at(rules, "promotions[fes]")
    Traceback (most recent call last):
    ...
    settlement.errors.InvalidDocument: path: 1 problem
      promotions: there is no "fes" here; did you mean "fest"?; there are fest [place.unknown]
    """
    data = rulebook.model_dump(mode="json")
    steps: list[str | int] = []
    inner: Any = data
    around: Any = data
    for told, step in _steps(path):
        found = _found(inner, step)
        if found is None:
            raise _unknown(path[:told], step, inner)
        around, inner = inner, inner[found]
        steps.append(found)
    number = NumberAt(path, tuple(steps), data, type(rulebook), isinstance(inner, int))
    if not _is_number(inner) or number.takes_words():
        raise _no_number(path, inner, inner if _names(inner) else around)  # what is beside it, where nothing is below
    return number


def _steps(path: str) -> Iterator[tuple[int, str | int]]:
    """Each step, and where in the path it begins."""
    at = 0
    while at < len(path) or not at:
        match = _STEP.match(path, at)
        if match is None:
            raise _notation(path, at)
        if match["at"] is not None:
            yield at, int(match["at"])
        elif match["quoted"] is not None:
            try:
                name = str(json.loads(f'"{match["quoted"]}"'))
            except ValueError:
                raise _notation(path, at) from None
            yield at, name
        else:
            yield at, match["field"] or match["id"]
        at = match.end()


def _notation(path: str, at: int) -> InvalidDocument:
    return InvalidDocument([Problem(path[:at], "place.notation", {"found": excerpt(path[at:])})], "path")


def _found(inner: Any, step: str | int) -> str | int | None:
    """The key or the place that a step leads to, None where nothing is there."""
    if isinstance(inner, dict):
        return step if step in inner else None
    if not isinstance(inner, list):
        return None
    if isinstance(step, int):
        return step if step < len(inner) else None
    rows = [each for each in inner if isinstance(each, dict)]
    return next((at for at, each in enumerate(rows) if step in [each.get(name) for name in _IDS]), None)


def _is_number(value: Any) -> bool:
    """A number, an amount, a percentage; or nothing yet, where one may be stated."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _no_number(path: str, found: Any, around: Any) -> InvalidDocument:
    return InvalidDocument(
        [Problem(path, "place.no_number", {"found": excerpt(found), "known": _known(around)})], "path"
    )


def _unknown(before: str, step: str | int, inner: Any) -> InvalidDocument:
    hint = Hints(inner if isinstance(inner, dict) else _names(inner))(str(step))
    facts = {"found": excerpt(step), "hint": hint, "known": _known(inner)}
    return InvalidDocument([Problem(before, "place.unknown", facts)], "path")


def _names(inner: Any) -> list[str]:
    """What may follow here: fields that are stated and lead to numbers, or the ids of entries."""
    if isinstance(inner, dict):
        stated = {name: value for name, value in inner.items() if value is not None and value != []}
        return [name for name, value in stated.items() if isinstance(value, (dict, list)) or _is_number(value)]
    if isinstance(inner, list):
        ids = [str(each.get("id") or each.get("shop") or at) for at, each in enumerate(inner) if isinstance(each, dict)]
        return ids or [str(at) for at in range(len(inner))]
    return []


def _known(inner: Any) -> str:
    names = _names(inner)
    return ", ".join(map(excerpt, names[:_SHOWN])).replace('"', "") + (", …" if len(names) > _SHOWN else "") or "–"
