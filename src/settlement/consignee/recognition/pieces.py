"""The runs of text that are left when numbers, labels and the region are taken, and the marks that stand for these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.consignee.recognition.lazily import lazily

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["REGION", "TAKEN", "Piece", "blank", "cut", "tidy"]

TAKEN: Final = "\0"
"""Stands for what was taken: numbers and labels."""
REGION: Final = "\x02"
"""Stands for the region's name."""

# Latin words stay together, for they may be one name; all else is divided by every separator.
_PIECE: Final = lazily(r"[A-Za-z][A-Za-z.'-]*(?: [A-Za-z][A-Za-z.'-]*)+(?!\w)|[^ \n,;。|\0\x02]+")
_BRACKETS: Final = frozenset("()[]【】")
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


def blank(text: str, spans: Sequence[tuple[int, int]], mark: str = TAKEN) -> str:
    """The text with spans replaced by a mark, everything else where it was.

    >>> blank("张三13800138000", [(2, 13)], "#")
    '张三###########'
    """
    if len(spans) == 1:
        start, end = spans[0]
        return f"{text[:start]}{mark * (end - start)}{text[end:]}"
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
    size = len(work)
    field: str | None = None
    spoken = 0  # where the label that speaks ended
    pieces: list[Piece] = []
    for match in _PIECE.finditer(work):
        start, end = match.span()
        while label and label[1] <= start:
            field, spoken = None if label[2] == "header" else label[2], label[1]
            label = next(waiting, None)
        if (
            field is not None
            and field != "address"
            and pieces
            and pieces[-1].start >= spoken
            and (field != "note" or "\n" in work[spoken:start])
        ):
            field = None
        text = match[0]
        if text.strip(_EDGE):
            before = work[start - 1] if start else " "
            behind = work[end] if end < size else " "
            touches, taken = REGION in (before, behind), TAKEN in (before, behind)
            pieces.append(Piece(start, end, text, field, start > first, before == REGION, touches, taken))
    return pieces


def tidy(text: str) -> str | None:
    """A text without the separators and single brackets around it; None where nothing is left.

    >>> tidy("，科技路1号(").strip("，"), tidy(" - ")
    ('科技路1号', None)
    """
    made = text.replace(REGION, " ").strip(_EDGE)
    if not made or (made[-1] not in _BRACKETS and made[0] not in _BRACKETS):
        return made or None
    for opening, closing in (("(", ")"), ("[", "]"), ("【", "】")):
        if made.endswith(opening) or (made.endswith(closing) and opening not in made):
            made = made[:-1].strip(_EDGE)
        if made.startswith(closing):
            made = made[1:].strip(_EDGE)
    return made or None
