"""The consignee's name: a label announces it, or it stands by itself, or it is glued to the address or the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from settlement.consignee.recognition.lazily import lazily
from settlement.consignee.recognition.pieces import PLACE_END, beside_number
from settlement.consignee.recognition.script import simplified
from settlement.consignee.recognition.surnames import COMMON, COMPOUND, OTHER

if TYPE_CHECKING:
    from settlement.consignee.recognition.pieces import Piece

__all__ = ["PLACE_WORD", "choose_name", "clean_name", "glued_behind", "likelihood"]

# Surnames by how many people bear them: the first group, about nine people of ten.
_HONORIFIC: Final = lazily(
    r".{0,6}?(?:先生|女士|小姐|老师|师傅|阿姨|经理|医生|同学|太太|主任|律师|总监|会计|老板|店长|大哥|大姐|同志|教授|校长|院长|掌柜|美女|帅哥"
    r"|(?<=.)[总姐哥叔姨工])"
)
_HONORIFIC_ENDS: Final = frozenset("生士姐师傅姨理学太任监计板长哥志授柜女总叔工")
_RECEIVES: Final = lazily(r"[ (（]*(?:收|亲收|亲启|签收|敬收|收启|收件|收货|启)[)） ]*$")
_AROUND: Final = " ,.;:、。|-_/\\()[]{}【】<>《》\"'“”‘’·~#=+!?"
_VILLAGE_END: Final = frozenset("村镇乡屯组")  # 乔村, 张庄村: hardly ever a given name
# What estates end with, and given names too: 张园, 李雅轩.
_ESTATE_END: Final = frozenset("园苑城府轩庭阁湾里桥塘岗梁坡沟堡坊庄湖林山")
PLACE_WORD: Final = lazily(
    r"[东南西北前后大正侧]门|门[口卫岗]|对面|旁边|隔壁|楼[上下]|附近|[前后左右]面|车库|门面|商铺|[一二三四五六七八九十]楼|收发|传达|物业|驿站|快递|代收|超市|菜鸟|丰巢|前台|柜"
    r"|公司|集团|学校|大学|学院|医院|酒店|宾馆|广场|大厦|花园|小区|公寓|宿舍|街道|社区|政府|银行|中心|工业|开发|科技|商务|国际|其他|其它|中国|默认|公安|派出"
    r"|不要|放在|电话|联系|地址|收货|谢谢|麻烦|周末|工作日|尽快|[发补重换退]货|[补重]发|顺丰|到付|包邮|急用|易碎|[一两]件|不接|没人|老家"
)
# The second characters of these, without which none of them is there.
_PLACE_MARKS: Final = frozenset(
    "鸟门口卫岗面边壁上下近库铺楼发达业站递收市巢台柜司团校学院医店馆场厦园区寓舍道社政府行心工开科商国其中默公派不放电联地发谢麻周作快货丰付邮用碎件接人家要"
)
# After these a glued name may begin: digits, letters, and what the last part of an address ends with.
_BOUNDARY: Final = frozenset(
    "号室楼栋幢座层户单元村组队屯园苑城院店厦厂司校学所局铺口坊庭里湾府阁轩期区路街巷弄馆部站寓道村镇乡)]】"
)
_UNITS: Final = frozenset("楼单户房车门路")  # surnames too, but hardly behind a number
_HAN_WORD: Final = lazily(r"[\u3400-\u9fff\U00020000-\U0003134f·]+")
_LATIN_NAME: Final = lazily(r"[A-Za-z][A-Za-z.'-]*(?: [A-Za-z.'-]+){0,3}")
_MIXED_NAME: Final = lazily(r"[\u3400-\u9fff]{1,4}[A-Za-z*○某]{1,6}")
_LONGEST: Final = 15

_SURE: Final = 5  # from here on a piece is taken for the name where a phone was found
_SURER: Final = 8  # and where none was
_CERTAIN: Final = 9  # no glued name is looked for any more
_LONGEST_PIECE: Final = 24


def clean_name(piece: str) -> tuple[str, bool]:
    """A piece without what stands around a name, and whether it says that somebody receives.

    >>> clean_name("张三(收)"), clean_name(": 李四,")
    (('张三', True), ('李四', False))
    """
    name = piece.strip(_AROUND)
    if "收" in piece or "启" in piece:
        piece = piece.rstrip(" ,.;。")
        if found := _RECEIVES.search(piece, max(0, len(piece) - 8)):
            bare = piece[: found.start()].strip(_AROUND)
            if bare:
                return bare, True
    return name, False


def likelihood(name: str) -> int:
    """How much a piece by itself looks like a name; 0 where it does not.

    >>> likelihood("欧阳娜娜") > likelihood("大旋仔") > likelihood("科技园") == likelihood("3栋") == 0
    True
    """
    if not name or len(name) > _LONGEST:
        return 0
    name = simplified(name) or name
    if _HAN_WORD.fullmatch(name):
        return 0 if not _PLACE_MARKS.isdisjoint(name) and PLACE_WORD.search(name) else _chinese(name)
    if len(name) <= 8 and name[-1] in _HONORIFIC_ENDS and _HONORIFIC.fullmatch(name):
        return 7
    if _MIXED_NAME.fullmatch(name):
        return 6 if name[0] in COMMON or name[0] in OTHER else 4
    if _LATIN_NAME.fullmatch(name):
        return 5 if len(name) > 1 else 0
    return 0


def _chinese(name: str) -> int:
    size = len(name.replace("·", ""))
    if size >= 2 and name[-1] in _HONORIFIC_ENDS and _HONORIFIC.fullmatch(name):
        return 9 if size <= 6 else 5
    if "·" in name:
        return 8
    if size == 1:
        return 2
    if name[:2] in COMPOUND and 3 <= size <= 4:
        made = 9
    elif size <= 4:
        surname = 5 if name[0] in COMMON else 3 if name[0] in OTHER else 0
        made = surname + (4 if size <= 3 else 1)
    else:
        made = 1 if size <= 6 else 0
    if name[-1] in _VILLAGE_END:
        made = 0
    elif name[-1] in PLACE_END:
        made -= 5 if size <= 3 and name[0] in COMMON else 9
    elif name[-1] in _ESTATE_END:
        made -= (2 if name[0] in COMMON or name[:2] in COMPOUND else 4) + (size == 2)
    return max(made, 0)


def glued_behind(piece: str, *, receives: bool = False) -> str | None:
    """The name glued to the end of an address, where a phone or 收 follows; None where there is none.

    >>> glued_behind("中南世纪城4期3号楼2单元704马云"), glued_behind("姚家园3号楼王明"), glued_behind("南江国际")
    ('马云', '王明', None)
    """
    best: tuple[int, str] | None = None
    written, piece = piece, simplified(piece) or piece
    for size in (4, 3, 2):
        name, before = piece[-size:], piece[-size - 1 : -size]
        if len(piece) <= size or not _HAN_WORD.fullmatch(name):
            continue
        if not (before in _BOUNDARY or before.isascii()) or name[0] in _UNITS:
            continue
        if not (name[0] in COMMON or name[0] in OTHER or name[:2] in COMPOUND):
            continue
        worth = likelihood(name) + 2 * receives
        if size == 4 and name[:2] not in COMPOUND and worth < 9:
            continue
        if worth >= 7 and (best is None or worth > best[0]):
            best = (worth, written[-size:])
    return best[1] if best else None


def choose_name(work: str, pieces: list[Piece], *, phone: bool) -> tuple[str | None, list[Piece]]:
    """The name among the pieces, and the pieces that are left for the address.

    A label decides; then a piece by itself, by its likelihood and where it stands; then what is glued to an address
    where a phone or 收 follows. None where nothing is likely enough: no name is made up.
    """
    for index, piece in enumerate(pieces):
        if piece.field == "name" and (name := clean_name(piece.text)[0]):
            return name, [*pieces[:index], *pieces[index + 1 :]]
    best, chosen = 0, None
    for index in range(len(pieces)):
        worth = _worth(work, pieces, index, phone=phone)
        if worth > best:
            best, chosen = worth, index
    if best < _CERTAIN and (glued := _glued(pieces, phone=phone)) is not None:
        return glued
    if chosen is not None and best >= (_SURE if phone else _SURER):
        return clean_name(pieces[chosen].text)[0], [*pieces[:chosen], *pieces[chosen + 1 :]]
    return None, pieces


def _worth(work: str, pieces: list[Piece], index: int, *, phone: bool) -> int:
    """How likely a piece is the name, with where it stands taken into account."""
    piece = pieces[index]
    if len(piece.text) > _LONGEST_PIECE:
        return 0
    name, receives = clean_name(piece.text)
    if piece.follows_region and not receives:
        return 0  # what follows the region at once is its detail
    worth = likelihood(name)
    if not worth:
        return 0
    last = index == len(pieces) - 1
    if receives:
        worth += 6
    if piece.follows_region:
        worth -= 8
    elif piece.joins_region and worth < 7 and not receives:
        worth -= 4  # what stands right before it must look like a name
    if index == 0 or last:
        worth += 1
    if piece.joins_taken or beside_number(work, piece):
        worth += 2
    if len(name) == 1:
        ends = last and len(pieces) > 1
        worth += 6 if ends and piece.after_region and not phone else 0 if ends else -2  # 岭后路。 丹
    if not phone and piece.after_region and not any(each.after_region for each in pieces if each is not piece):
        worth -= 6  # a name without a phone does not leave an address without detail
    return worth


def _glued(pieces: list[Piece], *, phone: bool) -> tuple[str, list[Piece]] | None:
    """A name at the end of an address piece, right before the phone, with 收 behind it, or at the very end."""
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        text, receives = clean_name(piece.text)
        announced = receives or (phone and piece.joins_taken)
        ends = phone and index == len(pieces) - 1 and piece.after_region
        if not (announced or ends) or likelihood(text):
            continue
        name = glued_behind(text, receives=receives)
        if name is None or not (announced or text[-len(name) - 1].isascii()):
            continue
        left = text[: -len(name)]
        kept = piece._replace(text=left, end=piece.start + len(left))
        return name, [*pieces[:index], kept, *pieces[index + 1 :]]
    return None
