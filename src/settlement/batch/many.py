"""Settling many checkouts from Python."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing.context import BaseContext
from typing import Any, Final, TypeAlias

from settlement.batch.row import FORMS, Form, Outcome, outcome
from settlement.batch.rules import Rules
from settlement.batch.workers import StartMethod, end_with_parent, starting
from settlement.cart.checkout import Checkout
from settlement.documents.written import all_readable
from settlement.errors import Problem
from settlement.rulebook.rulebook import Rulebook

__all__ = ["settle_many"]

#: Rows that go to a process at once.
BLOCK: Final = 256
#: An outcome as it comes back from a process: problems as plain values.
_Plain: TypeAlias = tuple[str | None, list[tuple[str, str, dict[str, Any]]], str | None, str | None, int]


def settle_many(
    checkouts: Iterable[Checkout | str | bytes],
    rulebooks: Rulebook | Iterable[Rulebook] | Rules,
    workers: int | None = None,
    *,
    form: Form = "settlement",
    start_method: StartMethod = "spawn",
) -> Iterator[Outcome]:
    """Settle each checkout, and give what came of it in the same order; nothing that is wrong with one ends the rest.

    A checkout may be a `Checkout`, or the JSON of a row `{"checkout": …, "rulebook": id}`, as `settlement batch` reads
    it. `workers` is a number of processes; without it all is done in this one. Processes get JSON, never documents, and
    no more than a few blocks of 256 rows are under way: memory stays bounded however many there are. They start as
    `multiprocessing` says: `spawn` works everywhere; `fork`, where the system has it, begins sooner, and is for a
    program without threads. The answers are the same.

    Raises `InvalidDocument` for rulebooks that do not go together, `ValueError` for fewer than one worker and for a
    form or a start method that there is not.

    >>> from settlement import Cart, Line, Rulebook
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00Z", cart=Cart(currency="CNY", lines=[line]))
    >>> [(each.status, each.payable) for each in settle_many([checkout, checkout], Rulebook(id="r", currency="CNY"))]
    [('payable', 11980), ('payable', 11980)]
    """
    if workers is not None and workers < 1:
        msg = f"workers is a number of processes, 1 or more; found {workers}"
        raise ValueError(msg)
    if form not in FORMS:
        msg = f"form is one of {', '.join(FORMS)}; found {form!r}"
        raise ValueError(msg)
    context = starting(start_method)
    if isinstance(rulebooks, Rulebook):
        rulebooks = [rulebooks]
    rules = rulebooks if isinstance(rulebooks, Rules) else Rules(rulebooks)
    rows = map(_text, checkouts)
    if workers is None:
        return (outcome(row, rules, form) for row in rows)
    return _by_processes(rows, rules, workers, form, context)


def _text(checkout: Checkout | str | bytes) -> str | bytes:
    return f'{{"checkout":{checkout.to_json()}}}' if isinstance(checkout, Checkout) else checkout


def _by_processes(
    rows: Iterator[str | bytes], rules: Rules, workers: int, form: Form, context: BaseContext
) -> Iterator[Outcome]:
    with ProcessPoolExecutor(workers, context, _begin, (rules, form)) as pool:
        under_way: deque[Future[list[_Plain]]] = deque()
        while block := tuple(islice(rows, BLOCK)):
            under_way.append(pool.submit(_settle, block))
            if len(under_way) > 2 * workers:
                yield from map(_outcome, under_way.popleft().result())
        while under_way:
            yield from map(_outcome, under_way.popleft().result())


def _outcome(plain: _Plain) -> Outcome:
    document, problems, status, currency, payable = plain
    return Outcome(document, tuple([Problem(*each) for each in problems]), status, currency, payable)


# ------------------------------------------------------------------ in a process

_HELD: list[tuple[Rules, Form]] = []


def _begin(rules: Rules, form: Form) -> None:
    end_with_parent()
    _HELD[:] = [(rules, form)]


def _settle(block: tuple[str | bytes, ...]) -> list[_Plain]:
    ((rules, form),) = _HELD
    return [_plain(outcome(row, rules, form)) for row in block]


def _plain(made: Outcome) -> _Plain:
    problems = [(each.place, each.code, dict(each.facts)) for each in made.problems]
    return made.document, problems, made.status, made.currency, made.payable


all_readable(globals())
