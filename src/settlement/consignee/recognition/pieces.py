"""The runs of text that are left when numbers, labels and the region are taken, and the marks that stand for these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.consignee.recognition.lazily import lazily

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PLACE_END", "REGION", "TAKEN", "Piece", "beside_number", "blank", "cut", "looks_placed", "tidy"]

TAKEN: Final = "\0"
"""Stands for what was taken: numbers and labels."""
REGION: Final = "\x02"
"""Stands for the region's name."""

# Latin words stay together, for they may be one name; all else is divided by every separator.
_PIECE: Final = lazily(r"[A-Za-z][A-Za-z.'-]*(?: [A-Za-z][A-Za-z.'-]*)+(?!\w)|[^ \n,;。|\0\x02]+")
_BRACKETS: Final = frozenset("()[]【】")
_EDGE: Final = " ,.;:、。|-_/\\~·\"'“”‘’=+!?*"

# What a place or a shop ends with, and hardly a name.
PLACE_END: Final = frozenset(
    "路街道巷弄村镇乡区县市省州盟旗号室楼栋幢座层单元院店厦厂司校所局行库铺房墅寺庙站场屯组队寨口面边旁侧处部馆社点坝"
)
_WISH: Final = lazily("请|勿|不要|别|麻烦|尽量|尽快|放在|送到|送货")
_ADDRESS_WORD: Final = lazily(r"街道|社区|小区|花园|公司|学校|大学|大厦|广场|路|镇|村|号|栋|室")
_BETWEEN: Final = " ,;。.:\n|"


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


def looks_placed(piece: str) -> bool:
    """Whether a piece is a part of an address: it has a number, or ends as places do.

    >>> looks_placed("科技园1栋"), looks_placed("我要买"), looks_placed("石牌村")
    (True, False, True)
    """
    if _WISH.match(piece):
        return False
    return any(c.isdigit() for c in piece) or piece[-1:] in PLACE_END or _ADDRESS_WORD.search(piece) is not None


def beside_number(work: str, piece: Piece) -> bool:
    """Whether only separators stand between a piece and a number or label."""
    start, end = piece.start, piece.end
    before = work[max(0, start - 4) : start].rstrip(_BETWEEN)
    behind = work[end : end + 4].lstrip(_BETWEEN)
    return before.endswith(TAKEN) or behind.startswith(TAKEN)
