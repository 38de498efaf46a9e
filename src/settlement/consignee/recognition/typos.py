"""What a mistyped name may have meant: proposals only, nothing here is ever taken silently."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from settlement.consignee.recognition.gazetteer import Gazetteer, Place, gazetteer
from settlement.consignee.recognition.lazily import lazily

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["similar"]

_END: Final = lazily("[省市区县州盟旗]")
_NEAREST: Final = 5


@cache
def _holes(book: Gazetteer) -> Mapping[str, tuple[Place, ...]]:
    """Full names in use with one character left open."""
    found: dict[str, list[Place]] = {}
    for place in book.places:
        name = place.unit.name
        if len(name) > 2:
            for index in range(len(name)):
                found.setdefault(f"{name[:index]}_{name[index + 1 :]}", []).append(place)
    return {pattern: tuple(places) for pattern, places in found.items()}


def similar(text: str, start: int, within: str | None) -> list[tuple[Place, int]]:
    """Units whose full name differs in one character from what stands at a place, and where that ends.

    Below `within`, or anywhere: then only where few are so near. A name of one character too many or too few
    counts only below a known unit.

    >>> [(place.unit.name, end) for place, end in similar("南山曲科技路1号", 0, "440300")]
    [('南山区', 3)]
    >>> [place.unit.name for place, _ in similar("淅江省杭州市", 0, None)]
    ['浙江省']
    """
    book = gazetteer()
    if within is not None:
        return _among(text, start, book.children(within))
    piece = text[start : start + 15]
    found: list[tuple[Place, int]] = []
    for match in _END.finditer(piece):
        name = piece[: match.end()]
        for index in range(len(name)):
            pattern = f"{name[:index]}_{name[index + 1 :]}"
            found += [(place, start + len(name)) for place in _holes(book).get(pattern, ())]
        if found:
            break
    unique = {place.code: (place, end) for place, end in found}
    return list(unique.values()) if len(unique) <= _NEAREST else []


def _among(text: str, start: int, places: tuple[Place, ...]) -> list[tuple[Place, int]]:
    found: list[tuple[Place, int]] = []
    first, second = text[start : start + 1], text[start + 1 : start + 2]
    for place in places:
        name = place.unit.name
        if len(name) < 3 or (name[0] != first and name[1] != second and name[1] != first):
            continue  # one character apart, and yet neither of the first two in its place
        end = _one_off(text, start, name)
        if end:
            found.append((place, end))
    return found if len(found) <= _NEAREST else []


def _one_off(text: str, start: int, name: str) -> int:
    """Where text that differs from a name in one character ends; 0 where it differs in more."""
    size = len(name)
    piece = text[start : start + size + 1]
    if sum(a != b for a, b in zip(piece, name, strict=False)) == 1 and len(piece) >= size:
        return start + size
    for index in range(size - 1):  # one left out, one too many; the last, 市 or 区, must stand
        if piece.startswith(name[:index] + name[index + 1 :]) and size > 3:
            return start + size - 1
    for index in range(1, size):
        if piece[:index] == name[:index] and piece[index + 1 :] == name[index:]:
            return start + size + 1
    return 0
