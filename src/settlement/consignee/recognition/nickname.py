"""A name that is no surname's (快乐星球, lucky888), told only by where it stands: apart, at the front or at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from settlement.consignee.recognition.lazily import lazily
from settlement.consignee.recognition.pieces import PLACE_END, REGION, beside_number, looks_placed

if TYPE_CHECKING:
    from settlement.consignee.recognition.pieces import Piece

__all__ = ["find_nickname"]

# Letters and characters, then a number that is no house's: 小明123, but not 科技园12 and not B1201.
_SHAPE: Final = lazily(
    r"(?=.{2,12}$)(?:[\u3400-\u9fffA-Za-z·.~-]*[\u3400-\u9fff][\u3400-\u9fffA-Za-z·.~-]*|[\u3400-\u9fff]{2,3}[0-9]{1,4}|[A-Za-z_]{3,}[0-9]{0,4})",
    re.ASCII,
)
# What people write beside an address that is nobody's name.
_REMARK: Final = lazily(
    "发货|补发|重发|发[往到]|寄|货|订单|下单|快递|顺丰|[圆中申]通|韵达|邮政|包邮|[您你]好|地址|信息|尺码|颜色|到付|加急|急用|老家|家里|单位|公司"
    "|电话|联系|打电|请|勿|不要|别|麻烦|尽量|尽快|放|送|谢谢|辛苦|备注|周[一二三四五六日末]|工作日|上午|下午|晚上|门[口卫岗]|楼[上下]|物业|驿站|前台|[红黑白蓝绿粉黄灰]色|[0-9][件个箱]"
)


def find_nickname(work: str, pieces: list[Piece]) -> int | None:
    """The place of the one piece that stands apart and may be a name; None where there is none, or more.

    Apart is in front of the region's name, or beside a number with an address before it. What ends as places do, and
    what is said to the shop, is no name.
    """
    region = REGION in work
    found = [index for index in range(len(pieces)) if _apart(work, pieces, index, region=region)]
    return found[0] if len(found) == 1 else None


def _apart(work: str, pieces: list[Piece], index: int, *, region: bool) -> bool:
    piece = pieces[index]
    if piece.field is not None or piece.joins_region or not _SHAPE.fullmatch(piece.text):
        return False
    bare = piece.text.rstrip("0123456789")
    if bare[-1] in PLACE_END or looks_placed(bare) or _REMARK.search(bare):
        return False
    if region and not piece.after_region:
        return True
    others = [each for each in pieces if each is not piece and (not region or each.after_region)]
    return bool(others) and index in {0, len(pieces) - 1} and beside_number(work, piece)
