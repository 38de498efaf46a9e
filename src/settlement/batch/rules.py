"""Which rules a row is settled by: those that it names, else those of its instant."""

from __future__ import annotations

import errno
import os
import stat
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from settlement.cart.checkout import Checkout
from settlement.documents.canonical import canonical
from settlement.documents.document import Document
from settlement.documents.scalars import Id, Instant, instant_out
from settlement.documents.strict_json import loads
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem
from settlement.rulebook.rulebook import Rulebook

__all__ = ["RulebookFrom", "Rules", "files_of", "read_rules", "rules_of"]

#: The file of a folder of rulebooks that says which of them holds from when.
CHOICE: Final = "rules.json"


class RulebookFrom(Document):
    """A rulebook, and from which instant on it holds."""

    rulebook: Id
    since: Instant

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, rulebook: str, since: datetime | str) -> None: ...


class Rules:
    """Rulebooks by their ids, and from which instant on each holds for a row that names none.

    Without a choice by instant the only rulebook holds; of several a row has to name one. Raises `InvalidDocument` for
    two rulebooks of one id, and for a choice that names none that is there, or two for one instant.

    >>> books = [Rulebook(id="a", currency="CNY"), Rulebook(id="b", currency="CNY")]
    >>> rules = Rules(books, [("a", "2026-11-01T00:00:00Z")])
    >>> sorted(rules.rulebooks), rules.choice[0].rulebook
    (['a', 'b'], 'a')
    """

    def __init__(
        self, rulebooks: Iterable[Rulebook], choice: Iterable[RulebookFrom | tuple[str, datetime | str]] = ()
    ) -> None:
        stated = list(rulebooks)
        self.rulebooks: Mapping[str, Rulebook] = {each.id: each for each in stated}
        rows = [
            each if isinstance(each, RulebookFrom) else RulebookFrom.from_dict({"rulebook": each[0], "since": each[1]})
            for each in choice
        ]
        self.choice: Sequence[RulebookFrom] = sorted(rows, key=lambda row: row.since)
        self._since = [row.since for row in self.choice]
        problems = [] if len(self.rulebooks) == len(stated) else [Problem("rulebooks", "id.duplicate")]
        problems += [
            Problem(f"rules[{at}].rulebook", "rulebook.unknown")
            for at, row in enumerate(rows)
            if row.rulebook not in self.rulebooks
        ]
        if len(set(self._since)) < len(rows):
            problems.append(Problem("rules", "batch.choice_twice"))
        if problems:
            raise InvalidDocument(problems, "Rules")

    def of(self, named: str | None, checkout: Checkout | None) -> Rulebook:
        """The rulebook of this id, or of this checkout's instant. Raises `InvalidDocument` where there is none."""
        if named is not None:
            found = self.rulebooks.get(named)
        elif self.choice:
            at = 0 if checkout is None else bisect_right(self._since, checkout.at)
            found = self.rulebooks[self.choice[at - 1].rulebook] if at else None
        else:
            found = next(iter(self.rulebooks.values())) if len(self.rulebooks) == 1 else None
        if found is None:
            code = "batch.no_rules" if named is None else "rulebook.unknown"
            raise InvalidDocument([Problem("rulebook", code)], "Row")
        return found

    def stated(self) -> dict[str, Any]:
        """What a manifest says of them: each rulebook's digest, and the choice."""
        return {
            "rulebooks": {name: self.rulebooks[name].digest for name in sorted(self.rulebooks)},
            "choice": [{"rulebook": row.rulebook, "from": instant_out(row.since)} for row in self.choice],
        }


def read_rules(folder: Path) -> Rules:
    """The rulebooks of a folder: each `*.json`, and which holds from when in `rules.json`, where it is there.

    That is a list of `{"rulebook": id, "from": instant}`. Raises `InvalidDocument`, whose title is the file's name, for
    a file that is no rulebook, and `FileNotFoundError` where no rulebook is there.
    """
    return rules_of(files_of(folder), folder)


def files_of(folder: Path) -> dict[str, bytes]:
    """The files that a folder's rules are read from, by their names, in the order of those. Raises `OSError`."""
    return {path.name: _bytes_of(path) for path in sorted(folder.glob("*.json"))}


def _bytes_of(path: Path) -> bytes:
    """The bytes of a regular file: what another kind holds may never come. Raises `OSError`."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    with open(path, "rb", opener=opener) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return file.read()


def rules_of(files: Mapping[str, bytes], folder: Path) -> Rules:
    """What `read_rules` makes of these files, which were read from this folder; it raises the same."""
    books, choice = [], []
    for name, text in files.items():
        try:
            if name == CHOICE:
                choice = _choice(loads(text, CHOICE))
            else:
                books.append(Rulebook.from_json(text))
        except InvalidDocument as error:
            raise InvalidDocument(error.problems, str(folder / name)) from None
    if not books:
        msg = f"{folder} holds no rulebook: a file *.json is expected for each"
        raise FileNotFoundError(msg)
    try:
        return Rules(books, choice)
    except InvalidDocument as error:
        raise InvalidDocument(error.problems, str(folder / CHOICE)) from None


def _choice(rows: Any) -> list[RulebookFrom]:
    if not isinstance(rows, list):
        raise InvalidDocument([Problem("", "list.type", {"found": type(rows).__name__})], CHOICE)
    found, problems = [], []
    for at, row in enumerate(rows):
        stated = dict(row) if isinstance(row, dict) else row
        if isinstance(stated, dict) and "from" in stated:
            stated["since"] = stated.pop("from")
        try:
            found.append(RulebookFrom.model_validate_json(canonical(stated)))
        except InvalidDocument as error:
            problems += [
                Problem(f"[{at}]." + each.place.replace("since", "from"), each.code, each.facts)
                for each in error.problems
            ]
    if problems:
        raise InvalidDocument(problems, CHOICE)
    return found


all_readable(globals())
