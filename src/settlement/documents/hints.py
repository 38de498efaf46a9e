"""What may have been meant by a name that is not known: told beside the problem, looked up within a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["ALSO_CALLED", "FieldHints", "Hints", "documents_at"]


class Hints:
    """'; did you mean …?' for names that are not among those known: each looked up once, and only the first few.

    >>> hints = Hints(["standard", "express"])
    >>> hints("standart"), hints("pickup")
    ('; did you mean "standard"?', '')
    """

    #: How many names are looked up, and among how many: looking up costs the one times the other.
    LOOKED_UP, AMONG = 5, 2_000

    def __init__(self, known: Iterable[str], cutoff: float = 0.6) -> None:
        self._known, self._cutoff = sorted(known)[: self.AMONG], cutoff
        self._told: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The hint for this name; empty where none comes close."""
        if name not in self._told and len(self._told) < self.LOOKED_UP:
            close = get_close_matches(name, self._known, 1, self._cutoff)
            self._told[name] = f'; did you mean "{close[0]}"?' if close and close[0] != name else ""
        return self._told.get(name, "")


#: What other systems call a field.
ALSO_CALLED: Final[Mapping[str, str]] = {
    "valid_to": "valid_until",
    "expires_at": "valid_until",
    "starts_at": "valid_from",
    "qty": "quantity",
    "price": "unit_price",
    "weight": "weight_g",
    "store": "shop",
    "shop_id": "shop",
    "sku_id": "sku",
    "currency_code": "currency",
}


class FieldHints(Hints):
    """The same for a field, of what may stand at its place: a name like it, the place below where it belongs.

    >>> from settlement.discounts.offers import Promotion
    >>> hints = FieldHints((Promotion,))
    >>> hints("valid_to"), hints("priorty"), hints("min_amount"), hints("colour")
    ('; did you mean "valid_until"?', '; did you mean "priority"?', '; it belongs in "tiers[]"', '')
    """

    #: How deep below its place a field is looked for.
    DEEP = 3

    def __init__(self, there: Sequence[type[BaseModel]]) -> None:
        super().__init__({name for kind in there for name in kind.model_fields}, cutoff=0.75)
        self._there = there

    def __call__(self, name: str) -> str:
        """The hint for this field; empty where nothing there comes close."""
        known = name in self._told
        also = ALSO_CALLED.get(name)
        if not known and also in self._known and len(self._told) < self.LOOKED_UP:
            self._told[name] = f'; did you mean "{also}"?'
        told = super().__call__(name)
        if not told and not known and name in self._told:
            below = self._below(name)
            if below is not None:
                told = self._told[name] = f'; it belongs in "{below}"'
        return told

    def _below(self, name: str) -> str | None:
        """The one place below that has a field of this name; None where there is none, or are several."""
        level: list[tuple[str, type[BaseModel]]] = [("", kind) for kind in self._there]
        found: dict[str, None] = {}
        for _ in range(self.DEEP):
            level = [
                (f"{place}.{field}{'[]' * _is_list(info)}".lstrip("."), below)
                for place, kind in level
                for field, info in kind.model_fields.items()
                for below in _documents_of(info.annotation)
            ]
            found |= dict.fromkeys(place for place, kind in level if name in kind.model_fields)
        return next(iter(found)) if len(found) == 1 else None


def _is_list(info: FieldInfo) -> bool:
    return any(get_origin(part) is tuple for part in (info.annotation, *get_args(info.annotation)))


def documents_at(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[type[BaseModel], ...]:
    """The kinds of documents that may stand at a place below a document of this kind; a tag tells them apart."""
    there: tuple[type[BaseModel], ...] = (model,)
    for step in loc:
        if isinstance(step, int):
            continue
        below = tuple(each for kind in there for each in _documents_in(kind, step))
        there = below or tuple(kind for kind in there if _tag(kind) == step) or there
    return there


def _documents_in(kind: type[BaseModel], field: str) -> tuple[type[BaseModel], ...]:
    """The kinds of documents that a field may hold, alone or in a list."""
    info = kind.model_fields.get(field)
    return () if info is None else tuple(_documents_of(info.annotation))


def _documents_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _documents_of(part)


def _tag(kind: type[BaseModel]) -> object:
    info = kind.model_fields.get("type")
    return None if info is None else info.default
