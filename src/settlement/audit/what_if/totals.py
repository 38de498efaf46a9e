"""What many orders come to: whole numbers by what they count. Adding and merging take any order and any parts.

A commutative monoid: `merge` of the totals of two parts are the totals of both, in whichever order and however the
records were dealt out. So processes and machines that share the work give the very bytes that one alone gives.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from settlement.documents.written import all_readable, numbered
from settlement.errors import Problem

if TYPE_CHECKING:
    from typing import Self

__all__ = ["MOST", "Broken", "Key", "MostChanged", "Totals", "Weighed", "Why"]

#: What a number counts: the side (0 as recorded; of the n-th candidate, from 0, 2n + 1 as chosen and 2n + 2 best),
#: a word for the kind, and names of what it is of.
Key: TypeAlias = tuple[str | int, ...]

#: How many of the most changed orders, and of the rows that are no records, are told by themselves.
MOST: Final = 10


class Why(NamedTuple):
    """One part of an order's change: what a rule took or charged before and now, in minor units.

    `stage` is that of its adjustments, `goods` for prices of the rules, `left_out` for a line (`rule`) that is not
    settled any more. `reason` and `shortfall` say why a rule that applied does not now.
    """

    stage: str
    rule: str
    before: int
    after: int
    reason: str | None = None
    shortfall: int | None = None


class MostChanged(NamedTuple):
    """One of the orders that change most: the record's digest, the shop's name for it, payable in minor units."""

    digest: str
    order: str | None
    before: int
    after: int
    why: tuple[Why, ...]

    @property
    def rank(self) -> tuple[Any, ...]:
        """The largest change first; among equals the dearer, then the smaller digest and name."""
        change = self.after - self.before
        return -abs(change), -change, self.digest, self.order or ""


class Broken(NamedTuple):
    """A row that is no record: where it stands, and the first thing that is wrong with it, as a `Problem` says it."""

    source: str
    line: int
    place: str
    code: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def problem(self) -> Problem:
        """What is wrong, to be told in a reader's language."""
        return Problem(self.place, self.code, dict(self.facts))


class Weighed(NamedTuple):
    """What one record comes to: numbers by what they count, and by side how it changed, told only if it is asked."""

    sums: Mapping[Key, int]
    changed: Mapping[int, tuple[int, Callable[[], MostChanged]]] = MappingProxyType({})
    broken: Broken | None = None
    #: Where it is set apart: the key that counts it, the shop's name for the order, else the record's digest.
    apart: tuple[Key, str] | None = None


class Totals:
    """The sums of any number of records under the same candidates, `of` their digests.

    >>> one, other = Totals(("sha256:…",)), Totals(("sha256:…",))
    >>> one.add(Weighed({(0, "orders"): 1, (0, "total", "payable"): 1990}))
    >>> other.add(Weighed({(0, "orders"): 1, (0, "total", "payable"): 10}))
    >>> one.merge(other).sums
    {(0, 'orders'): 2, (0, 'total', 'payable'): 2000}
    >>> Totals.from_json(one.to_json()) == one
    True
    """

    __slots__ = ("broken", "examples", "most", "of", "sums")

    def __init__(self, of: Iterable[str]) -> None:
        #: The candidates, and by what policy payouts are worked out.
        self.of = tuple(of)
        self.sums: dict[Key, int] = {}
        #: By side the orders that change most, the most first.
        self.most: dict[int, list[MostChanged]] = {}
        #: The first of the rows that are no records, by file and line.
        self.broken: list[Broken] = []
        #: Of the records that are set apart one by name for each reason, the first in the order of texts.
        self.examples: dict[Key, str] = {}

    def add(self, weighed: Weighed) -> None:
        """Add what one record comes to."""
        sums = self.sums
        for key, number in weighed.sums.items():
            sums[key] = sums.get(key, 0) + number
        for side, (change, told) in weighed.changed.items():
            kept = self.most.setdefault(side, [])
            if len(kept) < MOST or abs(change) >= abs(kept[-1].after - kept[-1].before):
                self.most[side] = _most([*kept, told()])
        if weighed.broken is not None:
            self.broken = sorted([*self.broken, weighed.broken])[:MOST]
        if weighed.apart is not None:
            self._exemplify(*weighed.apart)

    def _exemplify(self, key: Key, name: str) -> None:
        self.examples[key] = min(name, self.examples.get(key, name))

    def merge(self, other: Totals) -> Self:
        """Add what another part of the records came to. Raises `ValueError` for the totals of other candidates."""
        if other.of != self.of:
            msg = "these totals are of other rulebooks, or of another payout policy; merge those of the same question"
            raise ValueError(msg)
        for key, number in other.sums.items():
            self.sums[key] = self.sums.get(key, 0) + number
        for side, rows in other.most.items():
            self.most[side] = _most([*self.most.get(side, []), *rows])
        self.broken = sorted([*self.broken, *other.broken])[:MOST]
        for key, name in other.examples.items():
            self._exemplify(key, name)
        return self

    def to_dict(self) -> dict[str, Any]:
        """The same as plain lists, texts and integers."""
        found: dict[str, Any] = json.loads(self.to_json())
        return found

    def to_json(self) -> str:
        """One text for equal totals, whatever came in which order: for a process or machine to hand on."""
        sums = sorted([[*key], number] for key, number in self.sums.items() if number)
        examples = sorted([[*key], name] for key, name in self.examples.items())
        parts = {"of": self.of, "sums": sums, "most": self.most, "broken": self.broken, "examples": examples}
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Totals:
        """Read `to_json()` back."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Totals:
        """Read `to_dict()` back."""
        made = cls(data["of"])
        made.sums = {tuple(key): number for key, number in data["sums"]}
        for side, rows in data["most"].items():
            made.most[int(side)] = [
                MostChanged(digest, order, before, after, tuple([Why(*each) for each in why]))
                for digest, order, before, after, why in rows
            ]
        made.broken = [
            Broken(source, line, place, code, tuple([(name, fact) for name, fact in facts]))
            for source, line, place, code, facts in data["broken"]
        ]
        made.examples = {tuple(key): name for key, name in data["examples"]}
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Totals) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.of)

    def __reduce__(self) -> tuple[Any, ...]:
        return Totals.from_json, (self.to_json(),)

    def __repr__(self) -> str:
        orders = numbered(self.sums.get((0, "orders"), 0), "order")
        return f"<Totals of {orders}, {numbered(len(self.of) - 1, 'candidate')}>"


def _most(rows: Iterable[MostChanged]) -> list[MostChanged]:
    return sorted(rows, key=lambda row: row.rank)[:MOST]


all_readable(globals())
