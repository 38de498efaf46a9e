"""The consignee's name: a label announces it, or it stands by itself, or it is glued to the address or the phone."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["clean_name", "glued_behind", "likelihood", "looks_placed"]

# Surnames by how many people bear them: the first group, about nine people of ten.
_COMMON: Final = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷段龙黎史陶贺毛郝顾龚邵覃武钱戴严莫孔汤万赖乔康阎文施洪翟易常萧"
)
_OTHER: Final = frozenset(
    # the Hundred Family Surnames
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐"
    "费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜"
    "阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇"
    "邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司"
    "韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴"
    "瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠"
    "须丰巢关蒯相查后荆红游竺权逯盖益桓公"
    # and others of today
    "闫付涂肖佟岳佘仝海邝奉原丘冼楼苑商但仉郄揭庹练晋啜敬官占过卿修邸代由么随户植果展覃迟阳原鹿战朴粟尧信税生苟撒牟隋宾图练亓"
)
_COMPOUND: Final = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 宇文 长孙 夏侯 轩辕 端木 南宫 独孤 西门 百里 东郭 闻人 呼延 申屠 澹台"
    " 公冶 太史 赫连 濮阳 淳于 单于 拓跋 完颜 纳兰 达奚 第五 钟离 左丘 公羊 梁丘 仲孙 万俟 鲜于 闾丘 司空 司寇 亓官 子车 颛孙 巫马"
    " 漆雕 乐正 壤驷 公良 夹谷 宰父 谷梁 段干 东门 南门 呼延 羊舌 微生 欧陽".split()
)
_HONORIFIC: Final = re.compile(
    r".{0,6}?(?:先生|女士|小姐|老师|师傅|阿姨|经理|医生|同学|太太|主任|律师|总监|会计|老板|店长|大哥|大姐|同志|教授|校长|院长|掌柜|美女|帅哥"
    r"|(?<=.)[总姐哥叔姨工])"
)
_RECEIVES: Final = re.compile(r"[ (（]*(?:收|亲收|亲启|签收|敬收|收启|收件|收货|启)[)） ]*$")
_AROUND: Final = " ,.;:、。|-_/\\()[]{}【】<>《》\"'“”‘’·~#=+!?"
# What a place or a shop ends with, and hardly a name.
_PLACE_END: Final = frozenset(
    "路街道巷弄村镇乡区县市省州盟旗号室楼栋幢座层单元院店厦厂司校所局行库铺房墅寺庙站场屯组队寨口面边旁侧处部馆社点坝"
)
# What estates end with, and given names too: 张园, 李雅轩.
_ESTATE_END: Final = frozenset("园苑城府轩庭阁湾里桥塘岗梁坡沟堡坊庄湖林山")
_PLACE_WORD: Final = re.compile(
    r"[东南西北前后大正侧]门|门[口卫岗]|对面|旁边|隔壁|楼[上下]|附近|[前后左右]面|车库|门面|商铺|[一二三四五六七八九十]楼|收发|传达|物业|驿站|快递|代收|超市|菜鸟|丰巢|前台|柜"
    r"|公司|集团|学校|大学|学院|医院|酒店|宾馆|广场|大厦|花园|小区|公寓|宿舍|街道|社区|政府|银行|中心|工业|开发|科技|商务|国际|其他|其它|中国|默认|公安|派出"
    r"|不要|放在|电话|联系|地址|收货|发货|谢谢|麻烦|周末|工作日|尽快"
)
# After these a glued name may begin: digits, letters, and what the last part of an address ends with.
_BOUNDARY: Final = frozenset(
    "号室楼栋幢座层户单元村组队屯园苑城院店厦厂司校学所局铺口坊庭里湾府阁轩期区路街巷弄馆部站寓道村镇乡)]】"
)
_UNITS: Final = frozenset("楼单户房车门路")  # surnames too, but hardly behind a number
_HAN_WORD: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f·]+")
_LATIN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z.'-]*(?: [A-Za-z.'-]+){0,3}")
_MIXED_NAME: Final = re.compile(r"[\u3400-\u9fff]{1,4}[A-Za-z*○某]{1,6}")
_LONGEST: Final = 15

SURE: Final = 5
"""From this likelihood on a piece by itself is taken for a name where a phone was found."""


def clean_name(piece: str) -> tuple[str, bool]:
    """A piece without what stands around a name, and whether it says that somebody receives.

    >>> clean_name("张三(收)"), clean_name("：李四，")
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
    if _HAN_WORD.fullmatch(name):
        return 0 if _PLACE_WORD.search(name) else _chinese(name)
    if len(name) <= 8 and _HONORIFIC.fullmatch(name):  # noqa: PLR2004 - L先生
        return 7
    if _MIXED_NAME.fullmatch(name):
        return 6 if name[0] in _COMMON or name[0] in _OTHER else 4
    if _LATIN_NAME.fullmatch(name):
        return 5 if len(name) > 1 else 0
    return 0


def _chinese(name: str) -> int:
    size = len(name.replace("·", ""))
    if size >= 2 and _HONORIFIC.fullmatch(name):  # noqa: PLR2004
        return 9 if size <= 6 else 5  # noqa: PLR2004
    if "·" in name:
        return 8
    if size == 1:
        return 2
    if name[:2] in _COMPOUND and 3 <= size <= 4:  # noqa: PLR2004
        made = 9
    elif size <= 4:  # noqa: PLR2004
        surname = 5 if name[0] in _COMMON else 3 if name[0] in _OTHER else 0
        made = surname + (4 if size <= 3 else 1)  # noqa: PLR2004
    else:
        made = 1 if size <= 6 else 0  # noqa: PLR2004
    if name[-1] in _PLACE_END:
        made -= 5 if size <= 3 and name[0] in _COMMON else 9  # noqa: PLR2004
    elif name[-1] in _ESTATE_END:
        made -= (2 if name[0] in _COMMON or name[:2] in _COMPOUND else 4) + (size == 2)  # noqa: PLR2004
    return max(made, 0)


def looks_placed(piece: str) -> bool:
    """Whether a piece is a part of an address: it has a number, or ends as places do.

    >>> looks_placed("科技园1栋"), looks_placed("我要买"), looks_placed("石牌村")
    (True, False, True)
    """
    return any(c.isdigit() for c in piece) or piece[-1:] in _PLACE_END or _ADDRESS_WORD.search(piece) is not None


_ADDRESS_WORD: Final = re.compile(r"街道|社区|小区|花园|公司|学校|大学|大厦|广场|路|镇|村|号|栋|室")


def glued_behind(piece: str, *, receives: bool = False) -> str | None:
    """The name glued to the end of an address, where a phone or 收 follows; None where there is none.

    >>> glued_behind("中南世纪城4期3号楼2单元704马云"), glued_behind("姚家园3号楼王明"), glued_behind("南江国际")
    ('马云', '王明', None)
    """
    best: tuple[int, str] | None = None
    for size in (4, 3, 2):
        name, before = piece[-size:], piece[-size - 1 : -size]
        if len(piece) <= size or not _HAN_WORD.fullmatch(name):
            continue
        if not (before in _BOUNDARY or before.isascii()) or name[0] in _UNITS:
            continue
        if not (name[0] in _COMMON or name[0] in _OTHER or name[:2] in _COMPOUND):
            continue
        worth = likelihood(name) + 2 * receives
        if size == 4 and name[:2] not in _COMPOUND and worth < 9:  # noqa: PLR2004
            continue
        if worth >= 7 and (best is None or worth > best[0]):  # noqa: PLR2004
            best = (worth, name)
    return best[1] if best else None
