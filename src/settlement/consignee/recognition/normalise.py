"""One spelling of every character before anything is looked for, and the way back to the text as it was pasted.

NFKC makes full-width digits, `：` and `（` plain; it leaves the radicals that fonts and PDF files put in the place of
characters (`⻄` for 西), and zero-width characters, which are mapped and removed here.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from settlement.consignee.recognition.lazily import lazily

__all__ = ["Normalised", "normalise"]

# CJK Radicals Supplement: those with a character of the same shape that NFKC does not name.
_RADICALS: Final = dict(
    zip(
        "⻄⻓⻔⻋⻉⻅⻚⻛⻜⻢⻥⻦⻬⻰⻘⻙⻝⻨⻩⻮⻲⻁⻆⻣⻗⻤⺠⺮⺎⺝⺩⺬⺼⻊⻌⻏⻐⻑⻒⻕⻖⻧⻪⻫⻭⻯⻱⻳",
        "西长门车贝见页风飞马鱼鸟齐龙青韦食麦黄齿龟虎角骨雨鬼民竹尢月王示肉足辶阝金长长阜阝卤鼠齐齿龙龟龟",
        strict=True,
    )
)
_INVISIBLE: Final = frozenset({"Cf", "Mn", "Me", "Cs", "Co", "Cn"})
_REMEMBERED: Final = 16_384


class _Table(dict[int, str]):
    """What each character becomes; filled as characters are met, so that `str.translate` works at its full speed."""

    def __init__(self) -> None:
        self.resized: set[str] = set()  # characters that become none or several

    def __missing__(self, point: int) -> str:
        character = chr(point)
        made = _RADICALS.get(character) or unicodedata.normalize("NFKC", character)
        made = "".join(_plain(each) for each in made)
        if len(self) < _REMEMBERED:
            self[point] = made
            if len(made) != 1:
                self.resized.add(character)
        elif len(made) != 1:
            return made[:1] or " "  # beyond what is remembered offsets must not move
        return made


def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in _INVISIBLE:
        return ""
    if character == "\n":
        return character
    return " " if kind[0] in "CZ" else character


_TABLE: Final = _Table()
# Most texts are of characters that stay what they are, but for the full-width marks of every keyboard.
_AS_IT_IS: Final = lazily("[ -~\n\u4e00-\u9fff\u3001\u3002\u3010\u3011\xb7]*")
_MARKS: Final = (("\uff0c", ","), ("\uff1a", ":"), ("\u3000", " "), ("\uff08", "("), ("\uff09", ")"), ("\uff1b", ";"))


@dataclass(frozen=True, slots=True, repr=False)
class Normalised:
    """A text in one spelling; `origin` tells where a position was in the text as it came (None: the same place)."""

    text: str
    origin: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place of `text[start:end]` in the text as it came."""
        if self.origin is None:
            return start, end
        return self.origin[start], (self.origin[end - 1] + 1 if end > start else self.origin[start])


def normalise(text: str) -> Normalised:
    r"""Bring a text into one spelling, in time linear in its length.

    >>> normalise("Ａ座\u200b：⻄安市１０１").text
    'A座:西安市101'
    """
    made = text
    for mark, plain in _MARKS:
        made = made.replace(mark, plain)
    if _AS_IT_IS.fullmatch(made):
        return Normalised(made)
    made = text.translate(_TABLE)
    if _TABLE.resized.isdisjoint(text):
        return Normalised(made)
    origin = [place for place, character in enumerate(text) for _ in _TABLE[ord(character)]]
    return Normalised(made, (*origin, len(text)))
