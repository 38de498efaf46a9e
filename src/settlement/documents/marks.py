"""What a field says of itself where it is declared, beside its type: `name: Annotated[Name | None, Mark.PERSONAL]`.

Marks are read when a class is, never for a request, and change nothing of how a document is validated or described.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Final, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settlement.documents.written import all_readable

__all__ = ["OUTSIDE", "Mark", "Means", "Takes", "extensions", "marked", "marks_of", "said_of"]


class Mark(Enum):
    """What is true of every value of a field."""

    #: Of a person, or only for people to read: outside every digest, so that it can be erased without breaking a
    #: replay (contract §7), and quoted by no problem.
    PERSONAL = "personal"
    #: Says which case it is, never what it comes to: outside every digest, and kept where what is personal is erased.
    BESIDE = "beside"
    #: Quoted by no problem, though it stands in the digest because amounts may depend on it.
    UNQUOTED = "unquoted"
    #: Beyond the contract: left out while it is at its default, so that a request which does not use it has the digest
    #: that the contract gives it.
    BEYOND = "beyond"
    #: Filled in from other fields by validation, where it is not stated.
    FILLED_IN = "filled in"
    #: A list whose order its document fixes; every other list means the same in any order.
    ORDERED = "ordered"
    #: A list whose order means something that its entries do not say: it stands in a digest as it is written.
    AS_WRITTEN = "as written"
    #: Regions, which have several spellings.
    REGION = "region"


#: What no digest is over.
OUTSIDE: Final = frozenset({Mark.PERSONAL, Mark.BESIDE})


class Means(NamedTuple):
    """What null stands for in a field, worked out from its document."""

    worked_out: Callable[[Any], Any]


class Takes(NamedTuple):
    """What a field is made from, where that is more than what it gives: a type as a signature writes it."""

    written: str


def said_of(field: FieldInfo) -> Iterator[Any]:
    """All that stands beside the type of a field, and beside the types within it."""
    yield from field.metadata
    yield from _within(field.annotation)


def marks_of(field: FieldInfo) -> frozenset[Mark]:
    """The marks of a field and of the types within its own."""
    return frozenset(each for each in said_of(field) if isinstance(each, Mark))


def _within(annotation: Any) -> Iterator[Any]:
    for each in get_args(annotation):
        yield each
        yield from _within(each)


def marked(kind: type[BaseModel], mark: Mark) -> frozenset[tuple[str, ...]]:
    """Where fields with a mark stand in a class of documents and below it: names of fields, `*` for any entry.

    >>> from settlement.cart.checkout import Checkout
    >>> sorted(".".join(place) for place in marked(Checkout, Mark.PERSONAL) if place[0] != "address")
    ['by_shop', 'cart.lines.*.info', 'cart.lines.*.name', 'invoice', 'remark']
    """
    return frozenset(_marked(kind, mark))


def extensions(kind: type[BaseModel]) -> tuple[frozenset[str], frozenset[str]]:
    """The names of fields beyond the contract in a class and below it, as the published steps of a digest go by them.

    First those that are beyond it wherever they stand; then, each with its document, those whose name the contract has
    elsewhere. What stands outside every digest is neither.

    >>> from settlement.cart.checkout import Checkout
    >>> names, there = extensions(Checkout)
    >>> "min_price" in names, sorted(there)
    (True, [])
    """
    fields = {
        (each.__name__, name): marks_of(field) for each in _below(kind) for name, field in each.model_fields.items()
    }
    beyond = {place for place, marks in fields.items() if Mark.BEYOND in marks and not marks & OUTSIDE}
    elsewhere = {name for place, marks in fields.items() if Mark.BEYOND not in marks for name in place[1:]}
    return (
        frozenset([name for _, name in beyond if name not in elsewhere]),
        frozenset([f"{document}.{name}" for document, name in beyond if name in elsewhere]),
    )


def _below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield kind
    for field in kind.model_fields.values():
        for _, inner in _documents(field.annotation):
            yield from _below(inner)


def _marked(kind: type[BaseModel], mark: Mark) -> Iterator[tuple[str, ...]]:
    for name, field in kind.model_fields.items():
        if mark in marks_of(field):
            yield (name,)
            continue
        for entry, inner in _documents(field.annotation):
            yield from ((name, *entry, *rest) for rest in _marked(inner, mark))


def _documents(annotation: Any) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield (), annotation
    entry = ("*",) if get_origin(annotation) is tuple else ()
    for each in get_args(annotation):
        yield from ((entry + below, inner) for below, inner in _documents(each))


all_readable(globals())
