"""The laws that every kind of condition obeys, those that ship with the library as well as a user's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import permutations
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from settlement.discounts import CONDITIONS, Condition
from settlement.discounts.condition import KnownLines
from settlement.discounts.fence import unmet_facts
from settlement.rulebook.rulebook import Rulebook
from settlement.testing import strategies
from settlement.testing.laws import hold_to, must, settles

__all__ = ["LAWS", "check_condition_laws"]

Draw: TypeAlias = Callable[[Any], Any]
Law: TypeAlias = Callable[[Condition, Draw], None]


def check_condition_laws(kind: type[Condition], conditions: Any = None, max_examples: int = 100) -> None:
    """Hold a kind of condition to every law of `LAWS`, by drawn examples; the same ones on every run.

    `conditions` is a strategy for the kind, needed only where its JSON Schema does not tell enough. Raises what the
    first broken law raises, with the law and the example. Source: docs/extending.md.

    >>> from settlement import CartHolds
    >>> check_condition_laws(CartHolds, max_examples=5)
    """
    hold_to(LAWS, kind, strategies.conditions(kind) if conditions is None else conditions, max_examples)


def _answers(condition: Condition, draw: Draw) -> None:
    """It answers True or False whatever is known, an empty cart included; its facts are short texts and integers."""
    known = draw(strategies.circumstances())
    for shown in (known, known._replace(lines=KnownLines(), cart=KnownLines())):
        must((unmet_facts(condition, shown) is None) is condition.met(shown))


def _no_memory(condition: Condition, draw: Draw) -> None:
    """Asked twice, or as a copy read from its JSON, a condition answers alike."""
    known, other = draw(strategies.circumstances()), draw(strategies.circumstances())
    again = type(condition).model_validate_json(condition.model_dump_json())
    must(again == condition)
    before = condition.met(known)
    condition.met(other)
    must(before == condition.met(known) == again.met(known))
    must(before or condition.why(known) == again.why(known))


def _no_order(condition: Condition, draw: Draw) -> None:
    """The order of the lines, which is that of their ids, does not decide."""
    known = draw(strategies.circumstances())
    rows = list(zip(*astuple(known.cart), strict=True))[:4]
    answers = set()
    for order in permutations(rows):
        turned = [(row[0], *other[1:]) for row, other in zip(rows, order, strict=True)]
        answers.add(condition.met(known._replace(cart=_of(turned))))
    must(len(answers) == 1)


def _of(rows: Any) -> KnownLines:
    return KnownLines(*zip(*rows, strict=True)) if rows else KnownLines()


#: The instants of a document, less what a clock may be apart.
_FIRST, _LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)


def _ever(condition: Condition, draw: Draw) -> None:
    """It is said never to hold in a period only where it holds at no moment of it."""
    known = draw(strategies.circumstances())
    known = known._replace(at=min(max(known.at, _FIRST), _LAST))
    before, after = (timedelta(minutes=draw(st.integers(0, 100_000))) for _ in range(2))
    starts = known.at - min(before, known.at - _FIRST)
    ends = known.at + max(timedelta(minutes=1), min(after, _LAST - known.at))
    if condition.met(known):
        must(condition.ever(starts, ends))


def _excludes(condition: Condition, draw: Draw) -> None:
    """What it is said to exclude never holds together with it."""
    kinds = [strategies.conditions(kind) for kind in CONDITIONS]
    other = draw(st.one_of(st.just(condition), *kinds))
    known = draw(strategies.circumstances())
    if condition.excludes(other) or other.excludes(condition):
        must(not (condition.met(known) and other.met(known)))


def _documents(condition: Condition, _draw: Draw) -> None:
    """A rulebook that knows the kind reads it by its `type` alone, names it in its schema and gives it back equal."""
    rules = _rules(type(condition))
    tier = {"benefit": {"type": "percent_off", "percent": "10"}}
    offer = {"id": "p1", "issuer": "platform", "tiers": [tier], "conditions": [condition.model_dump(mode="json")]}
    book = rules.model_validate({"id": "rules", "currency": "CNY", "promotions": [offer]})
    must(type(book.promotions[0].conditions[0]) is type(condition))
    must(book.promotions[0].conditions == (condition,))
    must(rules.model_validate_json(book.model_dump_json()) == book)
    must(condition.type in _types(rules))


@lru_cache(maxsize=16)
def _types(rules: type[Rulebook]) -> frozenset[str]:
    """The kinds that a rulebook's JSON Schema names."""
    offer = rules.model_json_schema()["$defs"]["Promotion"]
    return frozenset(offer["properties"]["conditions"]["items"]["discriminator"]["mapping"])


def _settlements(condition: Condition, draw: Draw) -> None:
    """Settlements with it add up, read back and can't be beaten by a list; an offer that it refuses takes nothing."""
    rules = _rules(type(condition))
    checkout, book = draw(strategies.requests(rulebook_class=rules, conditions_drawn=[st.just(condition)]))
    settlement = settles(checkout, book)
    for decision in settlement.decisions:
        if decision.reason == "condition_not_met":
            must(decision.facts["unmet"]["type"] == condition.type)
            must(not any(each.rule == decision.rule for each in settlement.adjustments))


def _rules(kind: type[Condition]) -> type[Rulebook]:
    return Rulebook if kind in CONDITIONS else Rulebook.with_kinds(kind)


#: Each law is one function; its docstring says it.
LAWS: Final[tuple[Law, ...]] = (
    _answers,
    _no_memory,
    _no_order,
    _ever,
    _excludes,
    _documents,
    _settlements,
)
