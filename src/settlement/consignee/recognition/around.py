"""A text with the names of units that begin in it, and what stands around a name: separators, fillers, other words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from settlement.consignee.recognition.lazily import lazily

if TYPE_CHECKING:
    from collections.abc import Mapping

    from settlement.consignee.recognition.gazetteer import Gazetteer, Names, Place

__all__ = ["BEFORE_NAME", "COUNTRY", "FILLER", "FILLER_BEGINS", "GAP", "LEAD_IN", "Source"]

GAP: Final = frozenset(" \n\t\0,;。|.、:/\\-—_·~()[]【】{}<>《》\"'“”‘’*+=→#")
FILLER = lazily(
    r"市辖区|市辖县|生产建设兵团(?:第?[一二三四五六七八九十]{1,3}师)?|省直辖县级行政区划|自治区直辖县级行政区划|省直辖县级行政单位|省直辖行政单位|省直辖县|直辖县级|直辖县"
    r"|其它区县|其他区县|其它区|其他区|其它市|其他市|城区以外的其他区|县(?=[\u4e00-\u9fff]{2,6}[县区])"
)
FILLER_BEGINS = frozenset("市省自直其城县生")
BEFORE_NAME: Final = GAP | frozenset("于到往递在至是址国a")  # the last of a lead-in or of the country's name
COUNTRY: Final = ("中国", "中华人民共和国", "中國", "China")

# What makes of a stem the name of something else: 中山路, 朝阳门, 上海城, 吉林大学.
_OTHER_ENDS: Final = frozenset(
    "镇乡村屯庄城门桥堡寺庙苑府庭厦院馆店楼号寨坊塔阁湾湖河江山岭坡沟洲岛滩站市区县旗盟州縣區鎮鄉門橋"
)
_OTHER_WORDS: Final = frozenset(
    (
        "新村 新城 新苑 家园 花园 花苑 广场 公园 小区 社区 公寓 大厦 大楼 大酒店 酒店 宾馆 饭店 饭馆 "
        "餐厅 国际 商城 商场 商厦 超市 集团 公司 有限 银行 保险 证券 大学 学院 中学 小学 高中 "
        "初中 一中 二中 职业 师范 医院 机场 火车站 高铁 汽车站 客运 车站 港口 码头 大桥 大坝 水库 "
        "风景 景区 明珠 人家 春天 名都 故事 印象 之家 之心 之窗 之门 之星 之光 "
    ).split()
)
_SOUNDS_LIKE: Final = {"去": "区", "驱": "区", "趋": "区", "现": "县", "限": "县", "陷": "县"}
_OTHER_BEGINS: Final = frozenset(word[0] for word in _OTHER_WORDS)
_ROAD: Final = lazily(
    r"[东南西北中前后新老上下内外]{0,2}(?:路|街|大道|大街|道[0-9]|胡同|巷|弄|高速|快速|环线|立交|地铁|轻轨|专线|公路)"
    r"|里(?!塘)|[东南西北]站|[一二三四五六七八九十0-9]+[号路街巷村组里]|[A-Za-z0-9]"
)
# 罗城|仫佬候自治县: the stem of a name whose rest is mistyped.
_AUTONOMOUS = lazily(r"[\u4e00-\u9fff]{1,8}自治[县旗州区縣區]")
# 福鼎|山前街道 and 义乌|江东街道: a town's own name may begin so.
_TOWN = lazily(r"(?![路街镇乡村里站市区县旗盟州縣區鎮鄉])[\u4e00-\u9fff]{1,4}(?:镇|乡|街道|苏木)(?!\d)")
# 朝阳|门街道, 延安|南路街道, 山东|庄镇, 兰溪|瑶族乡: towns called after something, and in it nowhere.
_OWN_TOWN = lazily(
    r"[庄门桥堡寺庙店寨塔湾湖河江山岭坡沟洲岛滩坑子川关口屯营]?(?:镇|乡|街道|苏木)(?!\d)|[\u4e00-\u9fff]{0,2}[路道街]街道|(?:新村|社区|矿区|门内|门外)街道"
    r"|[\u4e00-\u9fff]{0,8}(?:族|民族)[乡镇]"
)
LEAD_IN = lazily(r"(?:位于|寄到|寄往|发到|发往|送到|送往|寄至|快递|在|到|于|至|往|是|址|国)$")


class Source:
    """A text with the names that begin at each place, and the fields that labels announce, by where they end."""

    __slots__ = ("fields", "gazetteer", "hits", "text")

    def __init__(self, text: str, gazetteer: Gazetteer, fields: Mapping[int, str] = MappingProxyType({})) -> None:
        self.text = text
        self.fields = fields
        self.gazetteer = gazetteer
        self.hits: dict[int, Names] = {}
        lengths, spellings, firsts = gazetteer.lengths.get, gazetteer.spellings.get, gazetteer.firsts
        for place, character in enumerate(text):
            if character not in firsts:
                continue
            for length in lengths(text[place : place + 2], ()):  # the longest first; it knows those that it begins with
                spelling = text[place : place + length]
                known = spellings(spelling)
                if known is not None:
                    self.hits[place] = gazetteer.meet(spelling, known) if isinstance(known, tuple) else known
                    break

    def skip(self, place: int) -> int:
        """The next place that is no separator and no filler."""
        text, size = self.text, len(self.text)
        while place < size:
            character = text[place]
            if character in GAP:
                place += 1
            elif character in FILLER_BEGINS and place not in self.hits and (found := FILLER.match(text, place)):
                place = found.end()
            elif character == "中" and text.startswith("中国", place):
                place += 2
            else:
                break
        return place

    def names_something_else(self, place: Place, end: int) -> bool:
        """Whether a stem that ends here is part of another word: a road, a company, a town, a mistyped name."""
        text = self.text
        if end >= len(text) or text[end] in GAP:
            return False
        if _OWN_TOWN.match(text, end):
            return True
        if self.goes_on_as_word(end):
            return _TOWN.match(text, end) is None
        name = place.unit.name
        if text[end] in _SOUNDS_LIKE and name[-1] == _SOUNDS_LIKE[text[end]]:
            return True  # 大东|去: a mistyped 大东区 is proposed, and no stem before another word
        return "自治" in name and _AUTONOMOUS.match(text, end) is not None

    def goes_on_as_word(self, end: int) -> bool:
        """Whether the next characters make another word of a stem, unless a town begins with them."""
        text = self.text
        first = text[end : end + 1]
        return (
            first in _OTHER_ENDS
            or (first in _OTHER_BEGINS and (text[end : end + 2] in _OTHER_WORDS or text[end : end + 3] in _OTHER_WORDS))
            or _ROAD.match(text, end) is not None
        )

    def field(self, start: int) -> str | None:
        """The field of the label right before a place."""
        if not self.fields:
            return None
        while start > 0 and self.text[start - 1] == " ":
            start -= 1
        return self.fields.get(start)

    def ends(self, end: int) -> bool:
        """Whether a piece of the text ends here."""
        return end >= len(self.text) or self.text[end] in GAP

    def at_start(self, place: int) -> bool:
        """Whether a piece of the text begins here."""
        if place == 0 or self.text[place - 1] in GAP:
            return True
        return any(self.text.endswith(word, 0, place) for word in COUNTRY)
