"""Problems of documents: raised with a stable code inside validators, and told with their place.

What pydantic finds and what this library's own validators find come out alike, as one `InvalidDocument`. An argument of
the wrong kind, which is no document at all, is a `TypeError` that says the same of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from settlement.documents.hints import FieldHints, documents_at
from settlement.errors import TEXTS, InvalidDocument, Problem
from settlement.money import LONG_NUMBER, excerpt

__all__ = [
    "TAGGED",
    "TAGGED_LISTS",
    "UNQUOTED",
    "invalid",
    "located",
    "place_of",
    "problem",
    "problem_at",
    "refuse",
    "restated",
]


def problem(code: str, **facts: Any) -> PydanticCustomError:
    """A validation error with a stable code, to be raised inside validators."""
    return PydanticCustomError(code, TEXTS[code], facts)


def problem_at(*place: str | int, code: str, **facts: Any) -> InitErrorDetails:
    """The same at a place below the document that finds it; several are raised together by `refuse`."""
    return InitErrorDetails(type=problem(code, **facts), loc=place, input=None)


def located(found: Problem, *above: str | int) -> InitErrorDetails:
    """A problem of a document inside of another, as the other raises it: at its place below `above`."""
    steps = re.findall(r"\[([0-9]+)\]|([^.\[]+|\[)", found.place)
    loc: list[str | int] = list(above)
    for number, name in steps:
        loc.append(int(number) if number else name)
        if name in TAGGED or (number and loc[-2:][0] in TAGGED_LISTS):
            loc.append("")  # where pydantic puts the tag, which is no place
    return problem_at(*loc, code=found.code, **found.facts)


def refuse(found: Sequence[InitErrorDetails]) -> None:
    """Raise all that a model validator found at once, if anything."""
    if found:
        raise ValidationError.from_exception_data("document", list(found))


def _rows(error: ValidationError) -> list[Any]:
    """What pydantic found, less the empty list that it sees where every entry of a list was wrong."""
    return [row for row in error.errors(include_url=False) if not (row["type"] == "too_short" and row["input"])]


def restated(row: Any) -> PydanticCustomError:
    """What pydantic found, as a problem of ours that can be raised again beside others."""
    found = _problem_of(row)
    return problem(found.code, **found.facts)


def place_of(loc: Sequence[str | int]) -> str:
    """`("cart", "lines", 0, "unit_price")` as `cart.lines[0].unit_price`, bounded; union tags are no place."""
    text = ""
    for index, step in enumerate(loc):
        if isinstance(step, int):
            text += f"[{step}]"
        elif index and (loc[index - 1] in TAGGED or (index > 1 and loc[index - 2] in TAGGED_LISTS)):
            continue
        else:
            plain = len(step) <= 40 and step.isprintable() and not LONG_NUMBER.search(step)
            name = step if plain else excerpt(step)
            text += f".{name}" if text else name
    return text


#: Fields whose value is told apart by its `type`: pydantic puts the tag behind them in a place.
TAGGED: Final = frozenset({"benefit", "condition"})
#: Lists of such values, of which each has the tag behind its number.
TAGGED_LISTS: Final = frozenset({"conditions", "events", "surcharges"})

#: What pydantic itself finds -> our code.
_NATIVE: Final[Mapping[str, str]] = {
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "invalid_key": "field.unknown",
    "string_type": "text.type",
    "string_too_short": "text.empty",
    "string_too_long": "limit.text",
    "too_long": "limit.text",
    "string_unicode": "text.surrogate",
    "bool_type": "field.type",
    "too_short": "list.empty",
    "tuple_type": "list.type",
    "model_type": "object.type",
    "model_attributes_type": "object.type",
    "dict_type": "object.type",
    "literal_error": "choice.unknown",
    "union_tag_invalid": "choice.unknown",
    "union_tag_not_found": "field.missing",
}


def _problem_of(row: Mapping[str, Any]) -> Problem:
    loc, kind, context = row["loc"], row["type"], dict(row.get("ctx") or {})
    code = _NATIVE.get(kind, kind)
    facts: dict[str, Any] = context
    if kind in _NATIVE:
        private = not UNQUOTED.isdisjoint(loc)
        found = row.get("input")
        facts = {"found": _kind_of(found) if private else excerpt(found)}
        if kind in {"string_too_long", "too_long"}:
            facts = {"length": len(found) if isinstance(found, str) else "?", "limit": context["max_length"]}
        elif kind == "too_short" and isinstance(found, str):
            code = "text.empty"
        elif kind == "bool_type":
            facts["expected"] = "true or false"
        elif kind == "literal_error":
            facts["expected"] = context["expected"].replace("'", '"')
        elif kind == "string_type" and not private and facts["found"].lstrip("-").isdecimal():
            facts["hint"] = f': write "{found}", in Python str({found})'
        elif kind == "union_tag_invalid":
            facts = {"found": excerpt(context["tag"]), "expected": context["expected_tags"].replace("'", '"')}
    elif code not in TEXTS:
        code, facts = "value.invalid", {"detail": row["msg"]}
    place = place_of(loc)
    if kind.startswith("union_tag"):
        place += f".{context['discriminator'].strip(chr(39))}"
    return Problem(place, code, facts)


_KINDS = {int: "an integer", float: "a float", list: "a list", tuple: "a list", dict: "an object"}


def _kind_of(value: object) -> str:
    if isinstance(value, str):
        return f"a string of {len(value)} characters"
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def invalid(error: ValidationError, title: str, model: type[BaseModel] | None = None) -> InvalidDocument:
    """What pydantic found as ours: every place, our codes, nothing echoed whole."""
    problems = []
    hints: dict[tuple[type[BaseModel], ...], FieldHints] = {}
    for row in _rows(error):
        found, loc = _problem_of(row), row["loc"]
        if found.code == "field.unknown":
            there = () if model is None else documents_at(model, loc[:-1])
            hint = hints.get(there)
            if hint is None:
                hint = hints[there] = FieldHints(there)
            found = found._replace(facts={"hint": hint(str(loc[-1])[:40])})
        problems.append(found)
    return InvalidDocument(problems, title)


#: The names of fields that some document marks as personal, or as not to be quoted: a problem in one of them never
#: quotes what was found.
UNQUOTED: set[str] = set()


# ------------------------------------------------------------------ arguments

Kind = TypeVar("Kind")


def expect(place: str, value: Any, kind: type, *, optional: bool = False) -> None:
    """Nothing, where a value is of this kind. Raises `TypeError` with the argument, what was found and what is right.

    >>> from settlement import RefundQuote
    >>> expect("policy", {"recheck": "none"}, RefundQuote)
    Traceback (most recent call last):
    ...
    TypeError: policy: found an object; a RefundQuote is expected, RefundQuote.from_dict() makes one
    """
    if isinstance(value, kind) or (optional and value is None):
        return
    name = kind.__name__
    hint = ""
    if hasattr(kind, "from_json"):
        how = "from_json() reads one" if isinstance(value, (str, bytes)) else "from_dict() makes one"
        hint = f", {name}.{how}"
    msg = f"{place}: found {excerpt(value)}; {'an' if name[0] in 'AI' else 'a'} {name} is expected{hint}"
    raise TypeError(msg)


def expect_all(place: str, values: Any, kind: type[Kind]) -> list[Kind]:
    """Values of this kind as a list. Raises `TypeError` where one of them is another, or alone instead of a list."""
    if isinstance(values, (kind, str, bytes)) or not isinstance(values, Iterable):
        msg = f"{place}: found {excerpt(values)}; a list of {kind.__name__} is expected, [] where there was none"
        raise TypeError(msg)
    found = list(values)
    for at, value in enumerate(found):
        expect(f"{place}[{at}]", value, kind)
    return found
