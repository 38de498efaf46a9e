"""The rules of the mall and of each shop, in versions; together they are the rulebook that a checkout is settled by.

Names are written in both languages, divided by ` | `; a rulebook is made for a reader. No digest is over names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, insert, select

from settlement import Rulebook
from settlement.ext.store.database import Database
from settlement.ext.store.figures import instant, microseconds
from shop.tables import rules

__all__ = ["MALL", "Rules", "Version", "joined"]

#: The owner of what holds for all shops.
MALL: Final = "platform"
_NAMES: Final = frozenset({"name", "description", "terms"})
_LISTS: Final = ("freight_templates", "promotions", "coupons")


class Version(NamedTuple):
    """One version of somebody's rules."""

    owner: str
    version: int
    at: datetime
    by: str
    document: dict[str, Any]


class Rules:
    """What is in force, and what was before. What is kept must be valid together with all others: see `joined`."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._made: tuple[tuple[tuple[str, int], ...], dict[str, Rulebook]] = ((), {})

    def part(self, owner: str) -> dict[str, Any]:
        """The rules of one shop, or of the mall, that are in force; empty where there are none."""
        found = self.versions(owner)
        return found[0].document if found else {}

    def versions(self, owner: str) -> list[Version]:
        """All versions, the newest first."""
        wanted = select(rules).where(rules.c.owner == owner).order_by(rules.c.version.desc())
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return [Version(row.owner, row.version, instant(row.at), row.by, json.loads(row.document)) for row in rows]

    def keep(self, owner: str, document: Mapping[str, Any], by: str, after: int | None = None) -> int | None:
        """The number of a new version, which is in force at once; None where another one than `after` was the last.

        Raises `InvalidDocument` where it doesn't fit in with what stands then.
        """
        text = json.dumps(document, ensure_ascii=False)

        def attempt() -> int | None:
            with self._database.writing() as connection:
                connection.execute(select(rules.c.version).where(rules.c.owner == MALL).with_for_update())  # one by one
                last = connection.execute(select(func.max(rules.c.version)).where(rules.c.owner == owner)).scalar() or 0
                if after not in (None, last):
                    return None
                joined(_parts(connection) | {owner: dict(document)})
                row = {"owner": owner, "version": last + 1, "at": microseconds(self._clock()), "by": by}
                connection.execute(insert(rules), row | {"document": text})
                return int(row["version"])

        return self._database.settled(attempt)

    def book(self, language: str = "zh") -> Rulebook:
        """All rules in force, with names in `zh` or `en`; made once for each set of versions."""
        with self._database.reading() as connection:
            newest = connection.execute(select(rules.c.owner, func.max(rules.c.version)).group_by(rules.c.owner))
            stand = tuple(sorted((owner, version) for owner, version in newest))
        if self._made[0] != stand:
            self._made = (stand, {})
        made = self._made[1]
        if language not in made:
            made[language] = joined(self.parts(), language)
        return made[language]

    def parts(self) -> dict[str, dict[str, Any]]:
        """What is in force, by its owner."""
        with self._database.reading() as connection:
            return _parts(connection)


def _parts(connection: Connection) -> dict[str, dict[str, Any]]:
    rows = connection.execute(select(rules).order_by(rules.c.owner, rules.c.version)).all()
    return {row.owner: json.loads(row.document) for row in rows}


def joined(parts: Mapping[str, Mapping[str, Any]], language: str = "zh") -> Rulebook:
    """One rulebook of the mall's rules and those of its shops. Raises `InvalidDocument`."""
    book: dict[str, Any] = dict(parts[MALL])
    for name in _LISTS:
        book[name] = [each for owner in sorted(parts) for each in parts[owner].get(name, ())]
    return Rulebook.from_json(json.dumps(_read_in(book, language)))


def _read_in(value: Any, language: str) -> Any:
    if isinstance(value, list):
        return [_read_in(each, language) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _one_of(each, language) if key in _NAMES and isinstance(each, str) else _read_in(each, language)
        for key, each in value.items()
    }


def _one_of(name: str, language: str) -> str:
    chinese, bar, english = name.partition(" | ")
    return english if bar and language == "en" else chinese
