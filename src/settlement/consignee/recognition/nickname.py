"""A name that is no surname's (快乐星球, lucky888), told only by where it stands: apart, at the front or at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from settlement.consignee.recognition.lazily import lazily
from settlement.consignee.recognition.name import PLACE_WORD, clean_name
from settlement.consignee.recognition.pieces import PLACE_END, REGION, TAKEN, beside_number, looks_placed

if TYPE_CHECKING:
    from settlement.consignee.recognition.pieces import Piece

__all__ = ["find_nickname"]

# Letters and characters, then a number that is no house's: 小明123, but not 科技园12 and not B1201.
_SHAPE: Final = lazily(
    r"(?=.{2,12}$)(?:[\u3400-\u9fffA-Za-z·.~-]*[\u3400-\u9fff][\u3400-\u9fffA-Za-z·.~-]*|[\u3400-\u9fff]{2,3}[0-9]{1,4}|[A-Za-z_]{3,}[0-9]{0,4})",
    re.ASCII,
)
# What people write to the shop, beyond the words that no name has.
_REMARK: Final = lazily(
    "发[往到]|寄|订单|下单|快递|[圆中申]通|韵达|邮政|[您你]好|信息|尺码|颜色|加急|家里|单位"
    "|请|勿|别|尽量|放|送|辛苦|备注|周[一二三四五六日]|[上下]午|晚上|[红黑白蓝绿粉黄灰]色|[0-9][件个箱]"
)


def find_nickname(work: str, pieces: list[Piece]) -> tuple[str | None, list[Piece]]:
    """The name that stands apart, where one piece does, and the pieces that are left for the address.

    Apart is in front of the region's name, or beside a number with an address before it. What ends as places do, and
    what is said to the shop, is no name.
    """
    region = REGION in work
    found = [index for index in range(len(pieces)) if _apart(work, pieces, index, region=region)]
    if len(found) != 1:
        return None, pieces
    return clean_name(pieces[found[0]].text)[0], [*pieces[: found[0]], *pieces[found[0] + 1 :]]


def _apart(work: str, pieces: list[Piece], index: int, *, region: bool) -> bool:
    piece = pieces[index]
    if piece.field is not None or piece.joins_region or not _SHAPE.fullmatch(piece.text):
        return False
    bare = piece.text.rstrip("0123456789")
    if bare[-1] in PLACE_END or looks_placed(bare) or PLACE_WORD.search(bare) or _REMARK.search(bare):
        return False
    if region and not piece.after_region:
        return True
    others = [each for each in pieces if each is not piece and (not region or each.after_region)]
    if not others or index not in {0, len(pieces) - 1}:
        return False
    return beside_number(work, piece) or (len(others) == 1 and _is_last_field(work, piece, others[0]))


def _is_last_field(work: str, piece: Piece, address: Piece) -> bool:
    """Whether a text is a phone, an address and this piece, divided by the same mark: a list of fields."""
    mark = work.lstrip(TAKEN)[:1]
    if not (work.startswith(TAKEN) and mark in _MARKS and address.follows_region):
        return False
    return work[address.end : piece.start].strip(" ") == mark


_MARKS: Final = frozenset(",;\n|")
