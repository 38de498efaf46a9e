"""How a document prints: short, for people. `repr` is the one that says everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel

from settlement.documents.scalars import instant_out
from settlement.money import Money

__all__ = ["counted", "text"]

#: Entries of a list, and characters of a value, that are printed.
_MOST: Final = 10
_WIDEST: Final = 60


def text(document: BaseModel) -> str:
    """The fields that were stated and are not their default, as JSON has them; lists of documents an entry a line.

    What `repr` leaves out because it is personal is left out here too. Long lists and values end in "…".

    >>> from settlement import Cart, Line
    >>> lines = [Line(id=f"l{n}", shop="tea", sku="k", quantity=n, unit_price="9.90 CNY", stock=None) for n in (1, 2)]
    >>> print(lines[0])
    Line: id='l1', shop='tea', sku='k', quantity=1, unit_price=9.90 CNY
    >>> print(Cart(currency="CNY", lines=lines))
    Cart: currency='CNY'
      lines:
        id='l1', shop='tea', sku='k', quantity=1, unit_price=9.90 CNY
        id='l2', shop='tea', sku='k', quantity=2, unit_price=9.90 CNY
    """
    return "\n".join(_rows(type(document).__name__, document))


def counted(document: BaseModel) -> str:
    """The same with a count for each list of documents: of rules there are many.

    >>> from settlement import Rulebook
    >>> print(Rulebook(id="2026-11", currency="CNY", warehouses=[{"id": "bj", "region": "110000"}]))
    Rulebook: id='2026-11', currency='CNY', warehouses: 1
    """
    pairs = (
        f"{name}: {len(value)}" if _listed(value) else f"{name}={_value(value)}" for name, value in _stated(document)
    )
    return f"{type(document).__name__}: {', '.join(pairs)}"


def _rows(title: str, document: BaseModel) -> list[str]:
    """One row, and below it, set in, the lists of documents in it."""
    inline: list[str] = []
    below: list[str] = []
    for name, value in _stated(document):
        if _listed(value):
            below += [f"  {name}:", *(f"    {row}" for row in _first(value, _pairs))]
        elif isinstance(value, BaseModel) and any(_listed(part) for _, part in _stated(value)):
            below += [f"  {row}" for row in _rows(name, value)]
        else:
            inline.append(f"{name}={_value(value)}")
    return [f"{title}: {', '.join(inline)}" if inline else title, *below]


def _stated(document: BaseModel) -> Iterator[tuple[str, Any]]:
    for name, field in type(document).model_fields.items():
        if field.repr and name in document.model_fields_set:
            value = getattr(document, name)
            if field.is_required() or value != field.get_default(
                call_default_factory=True, validated_data=document.__dict__
            ):
                yield name, value


def _listed(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(each, BaseModel) for each in value)


def _pairs(document: BaseModel) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in _stated(document))


def _value(value: Any) -> str:
    if isinstance(value, (Money, Decimal)):
        return str(value)
    if isinstance(value, datetime):
        return instant_out(value)
    if isinstance(value, BaseModel):
        return f"{type(value).__name__}({_pairs(value)})"
    if isinstance(value, tuple):
        return f"[{', '.join(_first(value, _value))}]"
    shown = repr(value)
    return shown if len(shown) <= _WIDEST else f"{shown[:_WIDEST]}…"


def _first(values: tuple[Any, ...], shown: Callable[[Any], str]) -> list[str]:
    texts = [shown(each) for each in values[:_MOST]]
    return texts if len(values) <= _MOST else [*texts, f"… and {len(values) - _MOST} more"]
