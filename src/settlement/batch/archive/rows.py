"""What a record becomes: a row of its order, rows of its ledger, its document, and what is personal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from settlement.audit.record import Record
from settlement.audit.what_if.rows import Row
from settlement.documents.canonical import canonical, digest_of
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, InvariantBroken, Problem, UnknownVersion
from settlement.receipts.columns import ROW
from settlement.receipts.settlement import Settlement

__all__ = ["DOCUMENTS", "LEDGER", "ORDERS", "PERSONAL", "RULEBOOKS", "TABLES", "Archived", "archived", "body_of"]

#: The columns of each table: `$` ends a decimal, `%` an integer, `@` an instant, `*` a list; else it is text.
ORDERS: Final = (
    "order_id digest ordered_at@ status currency",
    *[f"{name}$" for name in ROW],
    "points_used% points_earned% lines% rulebook rulebook_digest calculation_version library",
)
LEDGER: Final = ("order_id number% stage rule line shop sku quantity$ amount$ platform$ shop_share$ currency",)
DOCUMENTS: Final = (
    "order_id digest order_name calculation_version library rulebook_digest lines* checkout settlement",
)
PERSONAL: Final = ("order_id place value",)
RULEBOOKS: Final = ("rulebook rulebook_digest currency document",)
#: The tables that have a folder for each day.
TABLES: Final = {"orders": ORDERS, "ledger": LEDGER, "documents": DOCUMENTS, "personal": PERSONAL}

Cells: TypeAlias = tuple[Any, ...]
_DECODER: Final = json.JSONDecoder()


class Archived(NamedTuple):
    """What came of one row of the input: rows of each table, or the problems for which there are none."""

    problems: tuple[Problem, ...] = ()
    order: str = ""
    at: datetime | None = None
    status: str = ""
    currency: str = ""
    payable: int = 0
    rulebook: Cells = ()
    version: tuple[str, str] = ("", "")
    rows: tuple[list[Cells], ...] = ()
    size: int = 0


class _Parts(NamedTuple):
    """A record's body, cut where its documents begin and end."""

    version: str
    library: str
    checkout: str
    rulebook: str
    settlement: str


def body_of(version: str, library: str, checkout: str, rulebook: str, settlement: str) -> str:
    """A record's body, put together again from its parts, to the byte."""
    head = canonical({"calculation_version": version, "library": library}).decode()
    return f'{head[:-1]},"request":{{"checkout":{checkout},"rulebook":{rulebook}}},"settlement":{settlement}}}'


def _parts(record: Record) -> _Parts:
    """Raises `InvalidDocument` for a body that has more, or less, than these."""
    text = record.body.decode()
    head = record.data
    texts = []
    at = 0
    try:
        for name in ('"request":{"checkout":', ',"rulebook":', '},"settlement":'):
            at = text.index(name, at) + len(name)
            end = _DECODER.raw_decode(text, at)[1]
            texts.append(text[at:end])
            at = end
        made = _Parts(head["calculation_version"], head["library"], *texts)
    except (ValueError, LookupError):
        made = None
    if made is None or body_of(*made) != text:
        raise InvalidDocument([Problem("body.request", "field.missing")], "Record")
    return made


def _ledger(order: str, settlement: Settlement) -> Iterator[Cells]:
    """Goods as number 0, then each adjustment by its place from 1; a row for each line that it falls on."""
    currency = settlement.currency
    nothing = Decimal(0)
    lines = {line.id: (line.shop, line.sku) for line in settlement.lines}
    for line in settlement.lines:
        goods = line.goods.amount
        quantity = Decimal(line.quantity)
        yield (order, 0, "goods", None, line.id, line.shop, line.sku, quantity, goods, nothing, goods, currency)
    for number, each in enumerate(settlement.adjustments, 1):
        for line_id, share in each.shares.items():
            whole = share.amount
            platform = each.platform[line_id].amount if line_id in each.platform else nothing
            parts = (None, whole, platform, whole - platform, currency)
            yield (order, number, each.stage, each.rule, line_id, *lines[line_id], *parts)


def archived(row: Row) -> Archived:
    """The rows of a record. Never raises for what is wrong with it: that is in `problems`."""
    try:
        if row.problem is not None:
            return Archived((row.problem,))
        record = Record.from_json(row.text.rstrip(b"\r\n"))
        parts = _parts(record)
        settlement = record.settlement()
    except InvalidDocument as error:
        return Archived(error.problems)
    except InvariantBroken:
        return Archived((Problem("body.settlement", "stored.contradiction"),))
    except UnknownVersion as error:
        told = {"found": ascii(error.version[:40]), "known": error.known}
        return Archived((Problem("body.calculation_version", error.code, told),))
    return _rows(record, parts, settlement)


def _rows(record: Record, parts: _Parts, settlement: Settlement) -> Archived:
    order = record.digest if record.order_name is None else record.order_name
    rules = digest_of(parts.rulebook.encode())
    at = datetime.fromisoformat(settlement.at)
    currency, totals = settlement.currency, settlement.totals
    version = (parts.version, parts.library)
    points = settlement.points
    row = (
        order, record.digest, at, settlement.status, currency, *[getattr(totals, name).amount for name in ROW],
        points.used, points.earned, len(settlement.lines), settlement.rulebook, rules, *version,
    )  # fmt: skip
    document = (
        order, record.digest, record.order_name, *version, rules, record.order, parts.checkout, parts.settlement,
    )  # fmt: skip
    personal = [(order, place, canonical(value).decode()) for place, value in record.personal.items()]
    return Archived(
        order=order,
        at=at,
        status=settlement.status,
        currency=currency,
        payable=settlement.payable.minor,
        rulebook=(settlement.rulebook, rules, currency, parts.rulebook),
        version=version,
        rows=([row], list(_ledger(order, settlement)), [document], personal),
        size=len(record.body),
    )


def block(rows: Iterable[Row]) -> list[Archived]:
    """Each of several."""
    return [archived(row) for row in rows]


all_readable(globals())
