"""Compute records again and report what differs.

RECORD is a record, a .jsonl file of one record a line (both also .gz and .zst), a folder of these, that of a batch of
records, or that of an archive: of that only what does not come out the same is listed, with the versions that recorded
it, and files that are not as they were written.
Exit code 0: all are equal; 1: something differs, and each value is printed with its place; 2: something is no record,
or of another calculation version.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from settlement.commands import Refused, add_format, add_locale, named, problems, read, refused
from settlement.errors import InvalidDocument

if TYPE_CHECKING:
    from settlement.documents.words.language import Language

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement replay`."""
    parser.add_argument("record", metavar="RECORD", help="a .json or .jsonl file, a folder, or - for standard input")
    add_format(parser, "text", "json", default="text")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, replay, print; a record that cannot be replayed does not keep the others from it."""
    from settlement.documents.words.language import language

    if options.record != "-" and Path(options.record).is_dir():
        from settlement.batch.archive import is_archive

        if is_archive(options.record):
            return _archive(options)
    counts = {"equal": 0, "different": 0, "refused": 0}
    for source, text, wrong in _records(options.record, options.locale):
        locale = options.locale
        found = _replayed(source, text, locale) if wrong is None else _refused(source, wrong, locale)
        counts[found["outcome"]] += 1
        _tell(found, options)
    if not sum(counts.values()):
        say = language(options.locale)
        nothing = say("no records")
        raise Refused(f"settlement: {named(options.record)}: {nothing}")
    return 2 if counts["refused"] else int(counts["different"] > 0)


def _tell(found: Mapping[str, Any], options: argparse.Namespace) -> None:
    """What one record came to."""
    from settlement.documents.words.language import language

    say = language(options.locale)
    whose = _whose(found, say)
    if options.format == "json":
        import json

        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    elif found["outcome"] == "refused":
        sys.stderr.write(f"{found['message']}{whose}\n")
    else:
        rows = "".join(f"\n  {row['place']}: {row['text']}" for row in found["differences"])
        verdict = say("different") if rows else say("equal")
        sys.stdout.write(f"{found['source']}: {verdict}{whose}{rows}\n")


def _whose(found: Mapping[str, Any], say: Language) -> str:
    """Which order it is and by which versions it was recorded, where that is told."""
    if "library" not in found:
        return ""
    from settlement.documents.words.plain import shown

    told = say(
        "recorded by settlement {library}, calculation version {version}",
        library=shown(str(found["library"])),
        version=shown(str(found["calculation_version"])),
    )
    return f" ({shown(found['order'])}, {told})" if found["order"] else f" ({told})"


def _archive(options: argparse.Namespace) -> int:
    """Settle every order of an archive again, and list what does not come out the same."""
    from collections import Counter

    from settlement.batch.archive import changed_files, read_archive
    from settlement.documents.words.language import language
    from settlement.errors import BatchRefused

    say = language(options.locale)
    counts, changed = Counter[str](), []
    try:
        changed = changed_files(options.record)
        for row in read_archive(options.record):
            source = f"{named(row.source)}:{row.line}"
            if row.problem is None:
                found = _replayed(source, row.text, options.locale)
            else:
                found = _refused(source, InvalidDocument([row.problem], "Record"), options.locale)
            counts[found["outcome"]] += 1
            if found["outcome"] != "equal":
                _tell(found | _recorded(row.text), options)
    except BatchRefused as error:
        raise refused(error, options.locale) from None
    if options.format == "json":
        import json

        sums = {"orders": counts.total(), **{name: counts[name] for name in ("equal", "different", "refused")}}
        sys.stdout.write(json.dumps(sums | {"changed_files": changed}, ensure_ascii=False) + "\n")
    else:
        for each in changed:
            sys.stdout.write(say("{file}: not as it was written", file=named(each)) + "\n")
        told = say.plural(
            "{orders} order settled again, {equal} as recorded",
            "{orders} orders settled again, {equal} as recorded",
            counts.total(),
            orders=counts.total(),
            equal=counts["equal"],
        )
        sys.stdout.write(f"{told}\n")
    return 2 if counts["refused"] else int(bool(counts["different"] or changed))


def _recorded(text: bytes) -> dict[str, Any]:
    """The order of a record that does not come out the same, and by which versions it was recorded.

    Nothing for a document that was broken: its place alone says which it is.
    """
    import json

    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    body = told["body"]
    return {
        "order": told.get("order_name"),
        "library": body["library"],
        "calculation_version": body["calculation_version"],
    }


def _records(name: str, locale: str) -> Iterator[tuple[str, bytes, InvalidDocument | None]]:
    """Name and text of every record, files in the order of their names; where one breaks off, what is wrong there."""
    from settlement.audit.what_if.rows import ENDINGS, files_of, rows_of
    from settlement.errors import BatchRefused

    path = Path(name)
    if name != "-" and path.is_dir():
        try:
            files = files_of(path)
        except BatchRefused as error:
            raise refused(error, locale) from None
        for each in files:
            yield from _records(str(each), locale)
    elif path.suffix == ".jsonl":
        for number, line in enumerate(read(name, locale).splitlines(), 1):
            if line.strip():
                yield f"{named(name)}:{number}", line, None
    elif path.name.endswith(ENDINGS) and path.suffix != ".json":
        try:
            for row in rows_of(path):
                wrong = None if row.problem is None else InvalidDocument([row.problem], "Record")
                yield f"{named(name)}:{row.line}", row.text, wrong
        except (BatchRefused, ImportError) as error:
            raise refused(error, locale) from None
        except OSError as error:
            raise refused(error.strerror, locale, name) from None
    else:
        yield named(name), read(name, locale), None


def _refused(source: str, error: InvalidDocument, locale: str, text: bytes = b"") -> dict[str, Any]:
    rows = [{"place": each.place, "code": each.code} for each in error.problems]
    message = str(problems(error, source, locale, text))
    return {"source": source, "outcome": "refused", "problems": rows, "message": message}


def _replayed(source: str, text: bytes, locale: str) -> dict[str, Any]:
    from settlement.audit.replay import replay
    from settlement.documents.words.language import language
    from settlement.documents.words.plain import shown
    from settlement.errors import TEXTS, UnknownVersion

    say = language(locale)
    try:
        found = replay(text)
    except InvalidDocument as error:
        return _refused(source, error, locale, text)
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
