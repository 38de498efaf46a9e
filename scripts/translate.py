"""Keep the translations up to date: collect the texts of the sources, update each .po, compile each .mo.

    python scripts/translate.py          collect, update, compile; then list what is still to be translated
    python scripts/translate.py --check  change nothing; exit 1 if a text lacks a translation or a file is stale

Texts are the literals in `say("…")`, `say_later("…")` and `say.plural("…", "…", …)`, and the values of the tables in
`TABLES` below. A new language is a folder `xx/LC_MESSAGES` with an empty .po beside the others in
`settlement/documents/words/locale`.
"""

from __future__ import annotations

import io
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

import settlement
from settlement.after_pay.bills.reconciliation_text import RECONCILED
from settlement.after_pay.payments.paid_text import MISMATCHES
from settlement.audit.books import statement_text
from settlement.audit.changes import CAUSES, FIELDS, STATUSES
from settlement.audit.what_if.sections import APART
from settlement.documents.words import texts
from settlement.documents.words.language import CATALOGUES
from settlement.documents.words.misuse import MISUSES
from settlement.documents.words.texts import (
    PENDING,
    PHRASES,
    PLACES,
    REASONS,
    ROUNDINGS,
    SHORTFALLS,
    STAGES,
    TENDERS,
    UNITS,
)
from settlement.errors import SAYINGS, TEXTS
from settlement.explanations import account_text
from settlement.findings.findings_text import MENDS, MESSAGES
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.orders import text as order_words
from settlement.receipts.too_much import UNAVAILABLE

SOURCES = Path(settlement.__file__).parent
KEYWORDS = {"say": None, "say_later": None, "plural": (1, 2)}
#: Every table whose values are looked up in the catalogues.
TABLES = (
    TEXTS,
    SAYINGS,
    REASONS,
    PENDING,
    UNAVAILABLE,
    APART,
    SHORTFALLS,
    STAGES,
    TENDERS,
    UNITS,
    {kind.model_fields["per"].default: kind.sign for kind in SURCHARGE_KINDS},
    ROUNDINGS,
    PLACES,
    MESSAGES,
    MENDS,
    CAUSES,
    FIELDS,
    STATUSES,
    texts.STATUSES,
    MISMATCHES,
    order_words.STATUSES,
    order_words.EVENTS,
    order_words.REFUNDS,
    RECONCILED,
    statement_text.ROWS,
    account_text.HEADS,
    account_text.COLUMNS,
    account_text.STEPS,
    account_text.TERMS,
    {phrase: phrase for phrase in (*PHRASES, *MISUSES)},
)
#: Catalogues carry no date of their making, so that the same texts give the same file.
EPOCH = datetime(2026, 11, 1, tzinfo=UTC)


def collected() -> Catalog:
    """Every text of the sources; codes stand beside the texts of tables as comments."""
    catalog = Catalog(project="settlement", version="1", creation_date=EPOCH, fuzzy=False)
    for path in sorted(SOURCES.rglob("*.py")):
        for _, message, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            catalog.add(message)
    for table in TABLES:
        for code, text in table.items():
            catalog.add(text, auto_comments=[] if code == text else [code])
    return catalog


def written(catalog: Catalog) -> bytes:
    """A catalogue as .po, without what changes by itself: in the order of its texts, whichever Babel collected them."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, no_location=True, ignore_obsolete=True, sort_output=True)
    return b"\n".join(line for line in out.getvalue().split(b"\n") if not line.startswith(b'"Generated-By'))


def read(path: Path) -> Catalog:
    """A .po as it stands."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain="settlement")


def updated(path: Path) -> Catalog:
    """A .po with the texts of today; what changed is empty again, never guessed."""
    catalog = read(path)
    catalog.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    return catalog


def translated(path: Path) -> Catalog:
    """A .po less what has no translation, which is to be read in English."""
    catalog = read(path)
    for message in list(catalog):
        if message.id and not all(_forms(message.string)):
            catalog.delete(message.id)
    return catalog


def entries(catalog: Catalog) -> dict[object, object]:
    """Texts and their translations, to compare."""
    return {_forms(each.id): _forms(each.string) for each in catalog if each.id and all(_forms(each.string))}


def _forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text) if isinstance(text, (list, tuple)) else ("",)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def faults(path: Path) -> Iterator[str]:
    """What is wrong with a .po and its .mo."""
    catalog = read(path)
    if path.read_bytes() != written(updated(path)):
        yield "the texts of the sources have changed since: run scripts/translate.py"
    for message in catalog:
        if message.id:
            yield from _faults(message)
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        yield f"{compiled.name} is missing"
        return
    with compiled.open("rb") as file:
        if entries(read_mo(file)) != entries(catalog):
            yield f"{compiled.name} is not what {path.name} says"


def _faults(message: Message) -> Iterator[str]:
    shown = ascii(message.id)
    if message.fuzzy:
        yield f"fuzzy: {shown}"
    for form in _forms(message.string):
        if not form:
            yield f"not translated: {shown}"
        elif _placeholders(form) != _placeholders(_forms(message.id)[-1]):
            yield f"other placeholders: {shown}"


def main(arguments: list[str]) -> int:
    """Update and compile, or only check; the exit code says whether all is translated."""
    found = 0
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/settlement.po")):
        if "--check" not in arguments:
            catalog = updated(path)
            path.write_bytes(written(catalog))
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, translated(path))
        for fault in faults(path):
            print(f"{path.parts[-3]}: {fault}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
