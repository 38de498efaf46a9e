"""What a document means, in one spelling: the text that digests are over (contract §7).

Equal meaning gives equal bytes: defaults filled in, instants in UTC, quantities and percentages in their shortest
form, regions in their canonical spelling, lists sorted. Fields say where they are declared what is special about them
(`Mark`): nothing personal enters, nor which order it is, and what is beyond the contract only where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic import PlainSerializer
from pydantic.fields import FieldInfo

from settlement.documents.canonical import canonical, utf_16
from settlement.documents.document import Document
from settlement.documents.json_text import Amounts, quoted
from settlement.documents.marks import OUTSIDE, Mark, Means, marks_of, said_of
from settlement.documents.region import path
from settlement.documents.scalars import instant_out
from settlement.money import Money

__all__ = ["Meant", "meaning", "meant_fields", "of_ones_own"]


class Meant(NamedTuple):
    """A field that enters a digest, as its class declares it."""

    name: str
    #: The name as it stands in JSON, with its colon.
    key: str
    marks: frozenset[Mark]
    #: Its default, if the field is left out at that.
    unused: tuple[Any, ...]
    #: What writes a value, where its type alone does not say how.
    own_way: Callable[[Any], str] | None
    #: What null stands for, worked out from the document.
    means: Callable[[Any], Any] | None


def of_ones_own(kind: type[Document]) -> bool:
    """Whether a benefit, condition or surcharge is of a caller's own: only its author knows what its fields mean."""
    return kind.has_kinds and not kind.__module__.startswith("settlement.")


@lru_cache(maxsize=256)
def meant_fields(kind: type[Document]) -> tuple[Meant, ...]:
    """The fields of a class that mean something, in the order of their names."""
    fields = [_meant(name, field) for name, field in sorted(kind.model_fields.items())]
    return tuple([field for field in fields if not field.marks & OUTSIDE])


def _meant(name: str, field: FieldInfo) -> Meant:
    marks = marks_of(field)
    unused = (field.get_default(call_default_factory=True),) if Mark.BEYOND in marks else ()
    said = list(said_of(field))
    written = [_WRITTEN.get(each.func) for each in said if isinstance(each, PlainSerializer)]
    own_way = _regions if Mark.REGION in marks else next(filter(None, written), None)
    if Mark.AS_WRITTEN in marks:
        own_way = _as_written
    means = next((each.worked_out for each in said if isinstance(each, Means)), None)
    return Meant(name, f'"{name}":', marks, unused, own_way, means)


def _regions(value: str | tuple[str, ...] | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return quoted(path(value)[-1])
    return f"[{','.join(sorted([quoted(path(each)[-1]) for each in value]))}]"


def _as_written(entries: Sequence[Document]) -> str:
    """Documents in their order; `_Writer` writes them, for it knows the currency."""
    raise NotImplementedError


def _map(pairs: Sequence[tuple[str, int]]) -> str:
    """A map that is kept as pairs."""
    ordered = sorted(pairs, key=lambda pair: utf_16(pair[0]))
    return f"{{{','.join([f'{quoted(name)}:{value}' for name, value in ordered])}}}"


def _text(value: object) -> str:
    """What is written as text whatever it is kept as: a percentage."""
    return "null" if value is None else quoted(str(value))


#: By what serialises a field.
_WRITTEN: Final[Mapping[Any, Callable[[Any], str]]] = {dict: _map, str: _text}

# ------------------------------------------------------------------ layouts


#: How documents of one class that state the same fields are written. At once: the text before each stated field with
#: its name, and the text behind the last. Where that is None, because a stated field has a way of its own or may count
#: as unused: all fields one by one. None: as they are.
Layout: TypeAlias = tuple[list[tuple[str, str]], str | None, list[Meant]] | None

_LAYOUTS: dict[tuple[type[Document], frozenset[str]], Layout] = {}
#: Layouts that are kept.
_REMEMBERED: Final = 4096


def _layout(kind: type[Document], stated: frozenset[str]) -> Layout:
    """The fields in the order of their names; defaults are written once and for all.

    Of a class that is a caller's own every field is written anew: a default may be another one each time. A kind of
    one's own has no layout.
    """
    if of_ones_own(kind):
        return None
    fields, declared = list(meant_fields(kind)), kind.model_fields
    rows = [
        each
        for each in fields
        if each.name in stated or declared[each.name].is_required() or each.means or Mark.FILLED_IN in each.marks
    ]
    ours = kind.__module__.startswith("settlement.")
    told = [each for each in rows if each.unused or each.means or each.own_way not in (None, _text)]
    if not ours or told:
        return [], None, fields
    before: list[tuple[str, str]] = []
    writer, text = _Writer(Amounts("CNY")), "{"  # no default is an amount
    for each in fields:
        if each in rows:
            before.append((text + each.key, each.name))
            text = ","
        elif not each.unused:
            default = declared[each.name].get_default(call_default_factory=True)
            text += f"{each.key}{(each.own_way or writer.text)(default)},"
    return before, text.removesuffix(",") + "}", fields


def _layout_of(kind: type[Document], stated: frozenset[str]) -> Layout:
    """The same, made once."""
    known = (kind, stated)
    try:
        return _LAYOUTS[known]
    except KeyError:
        if len(_LAYOUTS) >= _REMEMBERED:
            _LAYOUTS.clear()
        layout = _LAYOUTS[known] = _layout(kind, stated)
    return layout


class _Writer:
    """Writes a document in one pass."""

    def __init__(self, money: Amounts) -> None:
        self.money = money
        #: Of each class the fields that its last document stated, and their layout: the next mostly states the same.
        self.last: dict[type[Document], tuple[set[str], Layout]] = {}

    def text(self, value: Any) -> str:
        """A value of any type that a document may hold."""
        kind = type(value)
        if kind is tuple:
            texts = [quoted(each) if type(each) is str else self.text(each) for each in value]
            return f"[{','.join(sorted(texts))}]"
        if kind is str:
            return quoted(value)
        if value is None:
            return "null"
        if isinstance(value, Document):
            return self.document(value)
        if kind is int:
            return str(value)
        if kind is bool:
            return "true" if value else "false"
        if kind is Money:
            return self.money[value.minor]
        return f'"{instant_out(value)}"' if isinstance(value, datetime) else quoted(str(value))

    def document(self, value: Document) -> str:
        """A document by its layout."""
        stated = value.__pydantic_fields_set__
        last = self.last.get(type(value))
        if last is not None and last[0] == stated:
            layout = last[1]
        else:
            layout = _layout_of(type(value), frozenset(stated))
            self.last[type(value)] = stated, layout
        if layout is None:
            return self._of_ones_own(value)
        values, money = value.__dict__, self.money
        before, end, fields = layout
        if end is not None:
            shown = [
                key + quoted(inner)
                if (kind := type(inner := values[name])) is str
                else key + money[inner.minor]
                if kind is Money
                else f"{key}{inner}"
                if kind is int
                else key + self.text(inner)
                for key, name in before
            ]
            return "".join(shown) + end
        parts = []
        for name, key, _, unused, own_way, means in fields:
            inner = values[name]
            if not unused or inner not in unused:
                if inner is None and means is not None:
                    inner = means(value)
                parts.append(key + (self.in_order if own_way is _as_written else own_way or self.text)(inner))
        return f"{{{','.join(parts)}}}"

    def in_order(self, entries: Sequence[Document]) -> str:
        """Documents as they are written."""
        return f"[{','.join(map(self.text, entries))}]"

    def _of_ones_own(self, value: Document) -> str:
        """A kind of one's own: the fields that all of its sort have mean what they always do, its own stand as are."""
        classes = [each for each in type(value).__mro__ if issubclass(each, Document)]
        base = next(each for each in classes if each.__module__.startswith("settlement."))
        dumped = value.model_dump(mode="json")
        texts = {name: canonical(inner).decode() for name, inner in dumped.items() if name not in base.model_fields}
        for field in meant_fields(base):
            inner = value.__dict__[field.name]
            if not field.unused or inner not in field.unused:
                texts[field.name] = (field.own_way or self.text)(inner)
        return f"{{{','.join([quoted(name) + ':' + texts[name] for name in sorted(texts, key=utf_16)])}}}"


def meaning(document: Document, money: Amounts) -> str:
    """The canonical text of a document whose amounts are all in one currency; `money` writes them.

    >>> from settlement import Address, Warehouse
    >>> meaning(Warehouse(id="w", name="South", region="440305000000"), Amounts("CNY"))
    '{"id":"w","region":"440305"}'
    """
    return _Writer(money).document(document)
