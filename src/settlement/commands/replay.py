"""Compute records again and report what differs.

RECORD is a record, a .jsonl file of one record a line, or a folder of both. Exit code 0: all are equal; 1: something
differs, and each value is printed with its place; 2: something is no record, or of another calculation version.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from settlement.commands import Refused, add_format, add_locale, named, problems, read

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement replay`."""
    parser.add_argument("record", metavar="RECORD", help="a .json or .jsonl file, a folder, or - for standard input")
    add_format(parser, "text", "json", default="text")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, replay, print; a record that cannot be replayed does not keep the others from it."""
    from settlement.documents.words.language import language

    counts = {"equal": 0, "different": 0, "refused": 0}
    for source, text in _records(options.record, options.locale):
        found = _replayed(source, text, options.locale)
        counts[found["outcome"]] += 1
        if options.format == "json":
            import json

            sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        elif found["outcome"] == "refused":
            sys.stderr.write(f"{found['message']}\n")
        else:
            rows = "".join(f"\n  {row['place']}: {row['text']}" for row in found["differences"])
            say = language(options.locale)
            verdict = say("different") if rows else say("equal")
            sys.stdout.write(f"{found['source']}: {verdict}{rows}\n")
    if not sum(counts.values()):
        say = language(options.locale)
        nothing = say("no records")
        raise Refused(f"settlement: {named(options.record)}: {nothing}")
    return 2 if counts["refused"] else int(counts["different"] > 0)


def _records(name: str, locale: str) -> Iterator[tuple[str, bytes]]:
    """Name and text of every record, files in the order of their names."""
    path = Path(name)
    if name != "-" and path.is_dir():
        from settlement.audit.what_if.rows import files_of

        for each in files_of(path, (".json", ".jsonl")):
            yield from _records(str(each), locale)
    elif path.suffix == ".jsonl":
        for number, line in enumerate(read(name, locale).splitlines(), 1):
            if line.strip():
                yield f"{named(name)}:{number}", line
    else:
        yield named(name), read(name, locale)


def _replayed(source: str, text: bytes, locale: str) -> dict[str, Any]:
    from settlement.audit.replay import replay
    from settlement.documents.words.language import language
    from settlement.documents.words.plain import shown
    from settlement.errors import TEXTS, InvalidDocument, UnknownVersion

    say = language(locale)
    try:
        found = replay(text)
    except InvalidDocument as error:
        rows = [{"place": each.place, "code": each.code} for each in error.problems]
        message = str(problems(error, source, locale, text))
        return {"source": source, "outcome": "refused", "problems": rows, "message": message}
    except UnknownVersion as error:
        what = say(TEXTS[error.code], found=shown(ascii(error.version[:40])), known=error.known)
        rows = [{"place": "body.calculation_version", "code": error.code}]
        return {"source": source, "outcome": "refused", "problems": rows, "message": f"{source}: {what} [{error.code}]"}
    differences = [
        each._asdict()
        | {
            "text": say(
                "{recorded} recorded, {recomputed} recomputed", recorded=each.shown[0], recomputed=each.shown[1]
            )
        }
        for each in found.differences
    ]
    outcome = "equal" if found.equal else "different"
    return {"source": source, "outcome": outcome, "digest": found.digest, "differences": differences}
