"""The detail: what is left of the address, in the order of the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from settlement.consignee.recognition.lazily import lazily
from settlement.consignee.recognition.pieces import looks_placed, tidy

if TYPE_CHECKING:
    from settlement.consignee.recognition.pieces import Piece

__all__ = ["make_detail"]

# An order's number, and the postcode of those who don't know theirs.
_NO_ADDRESS: Final = lazily(r"[A-Za-z]{0,4}[0-9]{12,}|0{6}", re.ASCII)
_COURTESY: Final = lazily("(?:非常)?(?:谢谢|多谢|感谢|谢了|辛苦|麻烦|拜托)(?:您|你|亲|老板|大家|配合)?[啦了哈呀!~ ]*")
_THANKS: Final = frozenset("非谢多感辛麻拜")
_EDGE: Final = " ,.;:、。|-_/\\~·\"'“”‘’=+!?*"


def _is_aside(text: str) -> bool:
    """Whether a piece is an order's number, or thanks."""
    if text[-1:].isdigit():
        return _NO_ADDRESS.fullmatch(text) is not None
    return text[:1] in _THANKS and _COURTESY.fullmatch(text) is not None


def make_detail(pieces: list[Piece], *, region: bool) -> tuple[str | None, list[tuple[int, str]]]:
    """Join the pieces of the address; what is no part of one is left over, with its place.

    Before the region's name only what looks like an address is taken for one; without a region everything is.
    """
    parts: list[str] = []
    leftover: list[tuple[int, str]] = []
    for piece in pieces:
        text = piece.text.strip(_EDGE)
        placed = not region or piece.after_region or piece.field == "address" or looks_placed(text)
        if placed and not _is_aside(text):
            parts.append(text)
        else:
            leftover.append((piece.start, text))
    return tidy(" ".join(parts)), leftover
