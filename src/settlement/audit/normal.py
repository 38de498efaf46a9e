"""The normal form of a request: one spelling and one order, still a valid request, and what is personal apart."""

from __future__ import annotations

from typing import Any, TypeAlias

from settlement.cart.checkout import Checkout
from settlement.documents.canonical import canonical
from settlement.documents.document import Document
from settlement.documents.json_text import Amounts
from settlement.documents.marks import Mark, marks_of
from settlement.documents.meaning import Meant, meaning, meant_fields, of_ones_own
from settlement.documents.region import path
from settlement.rulebook.rulebook import Rulebook

__all__ = ["normal_request"]

#: What is personal, by its place below a document.
Apart: TypeAlias = dict[str, Any]


def normal_request(checkout: Checkout, rulebook: Rulebook) -> tuple[dict[str, Any], Apart]:
    """The request in its one form, and what is personal by its place.

    Defaults are filled in, instants are in UTC, numbers in their shortest form, regions in their canonical spelling,
    lists in one order (documents by id). It is a valid request, and its digest is that of the request it was made of.
    """
    found: dict[str, Any] = {}
    personal: Apart = {}
    money = Amounts(rulebook.currency)
    for name, document in (("checkout", checkout), ("rulebook", rulebook)):
        found[name], apart = _document(document, document.model_dump(mode="json"), money)
        personal |= _below(f"/request/{name}", apart)
    return found, personal


def _document(document: Document, dumped: dict[str, Any], money: Amounts) -> tuple[dict[str, Any], Apart]:
    """A dumped document as its fields' marks have it: what a digest leaves out is left out."""
    kind = type(document)
    if of_ones_own(kind):
        return dumped, {}
    fields = {field.name: field for field in meant_fields(kind)}
    apart = {
        f"/{name}": held
        for name, held in dumped.items()
        if name not in fields and held not in (None, {}, []) and Mark.BESIDE not in marks_of(kind.model_fields[name])
    }
    found = {}
    for name, field in fields.items():
        value = getattr(document, name)
        if name in dumped and value not in field.unused:
            found[name], below = _value(value, dumped[name], field, money)
            if value is None and field.means is not None:
                found[name] = str(field.means(document))
            apart |= _below(f"/{name}", below)
    return found, apart


def _value(value: Any, dumped: Any, field: Meant, money: Amounts) -> tuple[Any, Apart]:
    if isinstance(value, Document):
        return _document(value, dumped, money)
    if isinstance(dumped, list):
        rows = [(each, *_value(each, held, field, money)) for each, held in zip(value, dumped, strict=True)]
        if field.marks.isdisjoint({Mark.ORDERED, Mark.AS_WRITTEN}):
            rows.sort(key=lambda row: _rank(row[0], row[1], money))
        apart: Apart = {}
        for at, (_, _, below) in enumerate(rows):
            apart |= _below(f"/{at}", below)
        return [found for _, found, _ in rows], apart
    return path(dumped)[-1] if Mark.REGION in field.marks and dumped is not None else dumped, {}


def _rank(entry: Any, found: Any, money: Amounts) -> tuple[str, bytes]:
    """By id; without one, or by the same, by meaning."""
    if isinstance(entry, Document):
        return str(getattr(entry, "id", "")), meaning(entry, money).encode()
    return "", canonical(found)


def _below(place: str, apart: Apart) -> Apart:
    return {place + each: held for each, held in apart.items()}
