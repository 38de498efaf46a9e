"""An order edit from its JSON: its settlements and refunds as they are read alone, and its sums what these make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, TypeVar

from settlement.after_pay.edits.document import OrderEdit, OrderPart
from settlement.after_pay.payments.paid import expect_payable
from settlement.after_pay.refunds.from_json import RefundDocument
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sold import Sold
from settlement.documents.document import Document
from settlement.documents.order_name import Happened, one_order
from settlement.documents.scalars import LISTED, Count, Flag, Id
from settlement.documents.signed import OneCurrency, Signed, Written
from settlement.documents.strict_json import loads
from settlement.errors import InvalidDocument, Problem
from settlement.receipts.from_json import SettlementDocument
from settlement.receipts.settlement import Settlement

__all__ = ["EditedLineDocument", "OrderEditDocument", "OrderPartDocument", "read_edit"]

Read = TypeVar("Read")


class EditedLineDocument(Document):
    """What one line brings."""

    line: Id
    shop: Id
    collect: Signed
    give_back: Signed


class OrderPartDocument(Document):
    """A settlement of the order, and its refunds in their order."""

    settlement: SettlementDocument
    refunds: Annotated[tuple[RefundDocument, ...], LISTED]


class OrderEditDocument(Happened, OneCurrency):
    """An order edit as JSON."""

    difference: Signed
    collect: Signed
    give_back: Signed
    lines: Annotated[tuple[EditedLineDocument, ...], LISTED]
    shops: dict[Written, Signed]
    added: Flag
    refunds: Annotated[tuple[Count, ...], LISTED]
    parts: Annotated[tuple[OrderPartDocument, ...], LISTED]


def read_edit(text: str | bytes) -> OrderEdit:
    """An edit from its JSON. Raises `InvalidDocument` with each place that is not what the parts make."""
    document = OrderEditDocument.model_validate_json(text)
    data, parts = loads(text), []
    for at, each in enumerate(data["parts"]):
        place = f"parts[{at}]"
        settlement = _read(f"{place}.settlement", Settlement.from_dict, each["settlement"])
        expect_payable(settlement, "edit")
        quotes = [
            _read(f"{place}.refunds[{number}]", RefundQuote.from_dict, quote)
            for number, quote in enumerate(each["refunds"])
        ]
        parts.append(OrderPart(settlement, tuple(Sold(settlement).history(quotes, f"{place}.refunds"))))
    problems = list(_shape(document, parts))
    if problems:
        raise InvalidDocument(problems, "edit")
    named = [(f"parts[{at}].settlement", part.settlement.order) for at, part in enumerate(parts)]
    one_order("edit", [*named, ("edit", document.order)])
    refunds = {at: parts[at].refunds[-1] for at in document.refunds}
    made = OrderEdit(tuple(parts), refunds, added=document.added, id=document.id, at=document.at)
    problems = list(_sums(data, made))
    if problems:
        raise InvalidDocument(problems, "edit")
    return made


def _read(place: str, read: Callable[[Mapping[str, Any]], Read], data: Mapping[str, Any]) -> Read:
    """A document of a part; its problems stand at their place in the whole."""
    try:
        return read(data)
    except InvalidDocument as error:
        found = [each._replace(place=f"{place}.{each.place}" if each.place else place) for each in error.problems]
    raise InvalidDocument(found, "edit")


def _shape(document: OrderEditDocument, parts: list[OrderPart]) -> Iterator[Problem]:
    """What no edit has: no part, parts of one request, refunds of this change that are not there."""
    if not parts or (document.added and len(parts) == 1):
        yield Problem("parts", "value.invalid", {"detail": "an edit is of what was bought before it"})
    digests = [part.settlement.digest for part in parts]
    for at, part in enumerate(parts):
        if part.settlement.digest in digests[:at]:
            yield Problem(f"parts[{at}].settlement.digest", "edit.again")
    if document.added and parts and parts[-1].refunds:
        detail = "nothing came back yet of what this change adds"
        yield Problem(f"parts[{len(parts) - 1}].refunds", "value.invalid", {"detail": detail})
    for at, place in enumerate(document.refunds):
        if place >= len(parts) or not parts[place].refunds or place in document.refunds[:at]:
            detail = "names no part that this change gives something back of"
            yield Problem(f"refunds[{at}]", "value.invalid", {"detail": detail})


def _sums(stated: Mapping[str, Any], made: OrderEdit) -> Iterator[Problem]:
    """Each sum that is stated, and what its parts come to."""
    sums = {name: stated[name] for name in made.sums()}
    for place, found, expected in _apart("", sums, made.sums()):
        yield Problem(place, "edit.sum", {"found": found, "expected": expected})
    if stated.get("order") is None and made.order is not None:
        yield Problem("order", "edit.sum", {"found": "none", "expected": made.order})


def _apart(place: str, found: Any, expected: Any) -> Iterator[tuple[str, str, str]]:
    """Where two pieces of plain data differ, and what stands in each."""
    if isinstance(found, list) and isinstance(expected, list):
        for at in range(max(len(found), len(expected))):
            yield from _apart(f"{place}[{at}]", *[each[at] if at < len(each) else None for each in (found, expected)])
    elif isinstance(found, dict) and isinstance(expected, dict):
        for name in sorted({*found, *expected}):
            yield from _apart(f"{place}.{name}" if place else name, found.get(name), expected.get(name))
    elif found != expected:
        yield place, "none" if found is None else str(found), "none" if expected is None else str(expected)
