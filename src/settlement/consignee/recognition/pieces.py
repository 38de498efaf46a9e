"""The runs of text that are left when numbers, labels and the region are taken, and the marks that stand for these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["REGION", "TAKEN", "Piece", "blank", "cut", "tidy"]

TAKEN: Final = "\0"
"""Stands for what was taken: numbers and labels."""
REGION: Final = "\x02"
"""Stands for the region's name."""

# Latin words stay together, for they may be one name; all else is divided by every separator.
_PIECE: Final = re.compile(r"[A-Za-z][A-Za-z.'-]*(?: [A-Za-z][A-Za-z.'-]*)+(?!\w)|[^\s,;。|\0\x02]+")
_EDGE: Final = " ,.;:、。|-_/\\~·\"'“”‘’=+!?*"


class Piece(NamedTuple):
    """A run of text between separators, what was taken, and the field that a label gave it."""

    start: int
    end: int
    text: str
    field: str | None
    after_region: bool
    follows_region: bool  # nothing stands between the region's name and the piece
    joins_region: bool  # it touches the region's name on one side or the other
    joins_taken: bool  # it touches a number or a label


def blank(text: str, spans: Iterable[tuple[int, int]], mark: str = TAKEN) -> str:
    """The text with spans replaced by a mark, everything else where it was.

    >>> blank("张三13800138000", [(2, 13)], "#")
    '张三###########'
    """
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end > done:
            begin = max(start, done)
            pieces += (text[done:begin], mark * (end - begin))
            done = end
    return "".join((*pieces, text[done:])) if pieces else text


def cut(work: str, spans: Sequence[tuple[int, int]], labels: Iterable[tuple[int, int, str]]) -> list[Piece]:
    """Cut a text into pieces; `spans` are the region's, `labels` each speak for the piece right behind them."""
    first = spans[0][0] if spans else len(work)
    waiting = iter(labels)
    label = next(waiting, None)
    field: str | None = None
    spoken = 0  # where the label that speaks ended
    pieces: list[Piece] = []
    for match in _PIECE.finditer(work):
        start, end = match.span()
        while label and label[1] <= start:
            field, spoken = label[2], label[1]
            label = next(waiting, None)
        again = pieces and pieces[-1].start >= spoken
        if again and field not in {None, "address"} and (field != "note" or "\n" in work[spoken:start]):
            field = None
        text = match[0]
        if text.strip(_EDGE):
            before, behind = work[start - 1 : start], work[end : end + 1]
            touches, taken = REGION in (before, behind), TAKEN in (before, behind)
            pieces.append(Piece(start, end, text, field, start > first, before == REGION, touches, taken))
    return pieces


def tidy(text: str) -> str | None:
    """A text without the separators and single brackets around it; None where nothing is left.

    >>> tidy("，科技路1号(").strip("，"), tidy(" - ")
    ('科技路1号', None)
    """
    made = text.replace(REGION, " ").strip(_EDGE)
    for opening, closing in (("(", ")"), ("[", "]"), ("【", "】")):
        if made.endswith(opening) or (made.endswith(closing) and opening not in made):
            made = made[:-1].strip(_EDGE)
        if made.startswith(closing):
            made = made[1:].strip(_EDGE)
    return made or None
