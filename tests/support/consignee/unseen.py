"""Texts as customers write them, with right answers that were written down before the recogniser read one of them.

    python -m consignee.unseen            (in tests) the scores of both halves, by kind of source
    python -m consignee.unseen --show 20  with the first failures of the open half

The texts are those of public test data and bug reports of other recognisers (`waybill`, `shop`, `bug report`), and of
forms and chats as shops' applications copy them (`form`, `chat`). People's names, phones and door numbers are made up.
Rules may be written while looking at the failures of the `open` half; the `closed` half is for counting only.

In `unseen.json` a part that is missing from `expected` is not scored, null must be empty, `accept` holds answers that
are as good: a region that a person may leave open, say. The names of the region follow from its code.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consignee import generate
from settlement.consignee import Catalogue, recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TEXTS = json.loads(Path(__file__).with_name("unseen.json").read_text(encoding="utf-8"))
BOOK = Catalogue.bundled()


def half(name: str) -> list[dict[str, Any]]:
    """The texts of one half."""
    return [case for case in TEXTS if case["half"] == name]


def codes(case: dict[str, Any]) -> list[str | None]:
    """The region codes that are right for a text; None where it may be left open."""
    return [case["expected"]["code"], *case.get("accept", {}).get("code", [])]


def plain(part: str, value: str | None) -> str | None:
    """A part as it is compared."""
    return generate.plain(part, None if value is None else unicodedata.normalize("NFKC", value))


def wrong(case: dict[str, Any], got: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The parts that are not right, as (expected, found)."""
    bad = {}
    for part, want in case["expected"].items():
        tolerated = [want, *case.get("accept", {}).get(part, [])]
        if plain(part, got[part]) not in [plain(part, each) for each in tolerated]:
            bad[part] = (want, got[part])
    if "code" not in bad:
        names = generate.parts(got["code"])
        names.pop("code")
        if got["code"] is None:
            names.pop("district")  # 朝阳区 of a code that is open may be named
        bad |= {part: (want, got[part]) for part, want in names.items() if got[part] != want}
    return bad


def is_false(case: dict[str, Any], got: dict[str, Any]) -> bool:
    """Whether a region is stated that neither is the right one nor contains it."""
    stated = got["code"]
    if stated is None:
        return False
    return all(
        each is None or stated not in {unit.code for unit in BOOK.path_of(BOOK.get(each))} for each in codes(case)
    )


def score(
    cases: Iterable[dict[str, Any]], read: Callable[[str], dict[str, Any]] | None = None
) -> tuple[dict[str, generate.Score], list[tuple[dict[str, Any], Any]]]:
    """Scores by kind of source (and `all`), and the texts that are not right."""
    read = read or (lambda text: recognise(text).to_dict())
    table: dict[str, generate.Score] = defaultdict(generate.Score)
    failures = []
    for case in cases:
        got = read(case["text"])
        bad = wrong(case, got)
        for row in (table[case["kind"]], table["all"]):
            row.total += 1
            row.region += not bad.keys() & {"code", "province", "city", "district"}
            row.name += "name" not in bad
            row.phone += not bad.keys() & {"phone", "extension"}
            row.detail += "detail" not in bad
            row.all_parts += not bad
            row.false_region += is_false(case, got)
        if bad:
            failures.append((case, bad))
    return table, failures


def main() -> None:
    """Print the scores of both halves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--show", type=int, default=0, help="print so many failures of the open half")
    options = parser.parse_args()
    for name in ("open", "closed"):
        table, failures = score(half(name))
        generate.say(f"{name:22} texts region  name phone detail   all false")
        for kind in sorted(table, key=lambda kind: (kind == "all", kind)):
            generate.say(table[kind].line(kind, detail=True))
        if name == "open":
            for case, bad in failures[: options.show]:
                generate.say(f"  [{case['id']}] {case['text']!r}\n      {bad}")


if __name__ == "__main__":
    sys.exit(main())
