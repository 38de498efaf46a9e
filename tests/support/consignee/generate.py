"""Consignee texts made from the catalogue, with the right answer: every county, every trap, in many styles of writing.

    python tests/consignee/generate.py            both halves' scores, by trap
    python tests/consignee/generate.py --show 20  with the first failures of the development half

The texts are seeded: everybody makes the same ones. Rules may be written while looking at the failures of the
`development` half; those of the `held_out` half are for counting only. Names and addresses are put together from
lists of syllables; nobody lives there.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from settlement.consignee import Catalogue, recognise
from settlement.consignee.recognition.script import _SIMPLIFIED, _TRADITIONAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from settlement.consignee import Unit

BOOK = Catalogue.bundled()
COUNTIES = [unit for unit in BOOK.units if unit.in_use and unit.level == "county"]
LEAVES = COUNTIES + [
    unit for unit in BOOK.units if unit.in_use and unit.level == "prefecture" and not BOOK.children(unit.code)
]
NAMES = Counter(unit.name for unit in COUNTIES)
STEMS = Counter(unit.short_name for unit in BOOK.units if unit.in_use)
MUNICIPALITIES = {"110000", "120000", "310000", "500000"}
FIELDS = ("name", "phone", "extension", "postcode", "code", "province", "city", "district", "detail")

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭"
    "廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "皇甫", "慕容", "令狐", "司徒", "夏侯", "南宫")
GIVEN = (
    "伟芳娜秀敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰梅红春雪琴云莲真环翠雅芝萍月莺媛珍贞莉佳嘉琼勤珠叶璧璐娅琦晶妍茜秋珊莎锦黛青倩婷"
    "姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑婕馨瑗琰韵融园艺咏卿聪澜纯毓悦昭冰爽琬茗羽希宁欣飘育滢馥筠柔竹霭凝晓欢霄枫芸菲寒伊"
    "亚宜可姬舒影荔枝思丽俊峰建国志文斌鹏浩宇轩子涵梓睿博"
)
ROADS = (
    "人民 解放 建设 中山 朝阳 南京 北京 长江 和平 复兴 新华 文化 光明 胜利 团结 友谊 青年 "
    "科技 创业 迎宾 滨河 环城 学府 振兴 黄河 五一 八一 工农 上海 广州 长安 西湖 鼓楼 天山 "
    "昆仑 松江 滨海 海淀 南山 白云 江东 城东 龙华 新安 平安 兴业 富强 民主 幸福 银杏 梧桐 "
    "丹桂 云锦 泰山 桃源 宝山 湖滨 "
).split()
ROAD_ENDS = ("路", "街", "大道", "东路", "西路", "南路", "北路", "中路", "大街", "一路", "巷")
TOWNS = (
    "城关 城厢 新桥 柳林 石桥 双河 龙泉 永安 太平 兴隆 河口 高桥 大石 白沙 东风 南湖 "
    "江东 桥头 山前 青山 安乐 三里 马站 沙河 清水 云雾 黄土 "
).split()
TOWN_ENDS = ("镇", "街道", "乡", "镇", "街道")
ESTATES = (
    "阳光 锦绣 绿地 翡翠 金色 碧水 丽景 东方 世纪 盛世 凤凰 水岸 香樟 御景 紫金 华府 "
    "名仕 国际 天鹅 书香 橡树 海棠 江南 上海 巴黎 枫丹 丹霞 龙湖 "
).split()
ESTATE_ENDS = ("花园", "小区", "苑", "公寓", "家园", "名城", "广场", "大厦", "新村", "城", "府", "湾")
FIRMS = ("科技有限公司", "电子厂", "贸易公司", "五金店", "实验小学", "第一中学", "人民医院", "便利店", "汽修厂")


@dataclass(frozen=True)
class Case:
    """A text, the trap that it sets, and its parts; only the parts named are scored."""

    trap: str
    text: str
    expected: dict[str, Any] = field(default_factory=dict)
    candidates: frozenset[str] = frozenset()  # codes of which each must be proposed


class Maker:
    """Makes the parts of a text from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def name(self) -> str:
        """A name of two or three characters, now and then with a compound surname or a courtesy."""
        pick, kind = self.random.choice, self.random.random()
        if kind < 0.04:
            return pick(COMPOUND) + "".join(self.random.choices(GIVEN, k=self.random.choice((1, 2))))
        if kind < 0.10:
            return pick(SURNAMES) + pick(("先生", "女士", "小姐", "老师"))
        return pick(SURNAMES) + "".join(self.random.choices(GIVEN, k=self.random.choice((1, 2, 2))))

    def mobile(self) -> str:
        """A mobile number."""
        return "1" + self.random.choice("3456789") + "".join(self.random.choices("0123456789", k=9))

    def number(self) -> str:
        """A house, a flat, or both."""
        r = self.random.randint
        return self.random.choice(
            (
                f"{r(1, 999)}号",
                f"{r(1, 40)}栋{r(1, 4)}单元{r(1, 33)}0{r(1, 6)}室",
                f"{r(1, 300)}号{r(1, 30)}号楼{r(101, 2605)}",
                f"{r(1, 30)}-{r(1, 4)}-{r(101, 1802)}",
                f"{r(1, 200)}号{self.random.choice('ABC')}座{r(101, 2605)}室",
                f"{r(1, 30)}幢{r(101, 902)}",
                f"{r(1, 20)}组{r(1, 90)}号",
            )
        )

    def detail(self, *, town: float = 0.3) -> str:
        """What stands below the county."""
        pick = self.random.choice
        text = pick(TOWNS) + pick(TOWN_ENDS) if self.random.random() < town else ""
        kind = self.random.random()
        if kind < 0.45:
            text += pick(ROADS) + pick(ROAD_ENDS) + f"{self.random.randint(1, 999)}号"
            if self.random.random() < 0.5:
                text += pick(ESTATES) + pick(ESTATE_ENDS)
        elif kind < 0.75:
            text += pick(ESTATES) + pick(ESTATE_ENDS)
        elif kind < 0.88:
            text += pick(TOWNS) + "村"
        else:
            text += pick(ROADS) + pick(ROAD_ENDS) + pick(ESTATES) + pick(FIRMS)
            return text
        return text + self.number()


def parts(code: str | None) -> dict[str, Any]:
    """The region's fields of a code, worked out from the catalogue's path."""
    if code is None:
        return {"code": None, "province": None, "city": None, "district": None}
    names = BOOK.path_names(code)
    unit = BOOK.get(code)
    city = district = None
    if unit.level == "prefecture":
        city = names[1]
    elif unit.level == "county":
        district = names[-1]
        city = names[1] if len(names) == 3 else names[0] if unit.parent in MUNICIPALITIES else None
    return {"code": code, "province": names[0], "city": city, "district": district}


def written(unit: Unit) -> str:
    """The full path as people write it: the municipality once, no city above a directly governed county."""
    return "".join(BOOK.path_names(unit))


def case(trap: str, text: str, unit: Unit | str | None, **fields: Any) -> Case:
    """A case whose region is that of a unit, a code, or open."""
    code = unit if unit is None or isinstance(unit, str) else unit.code
    return Case(trap, text, {**parts(code), **fields})


# ------------------------------------------------------------------ styles and traps


def ordinary(m: Maker, unit: Unit, region: str, trap: str) -> Case:
    """A region in one of the orders and separations that people use."""
    name, phone, detail = m.name(), m.mobile(), m.detail()
    styles: tuple[str, ...] = (
        f"{name} {phone} {region}{detail}",
        f"{region}{detail} {name} {phone}",
        f"{name}，{phone}，{region}{detail}",
        f"{region}{detail}，{name}，{phone}",
        f"{name}{phone}{region}{detail}",
        f"{phone} {region} {detail} {name}",
        f"{name}\n{phone}\n{region}\n{detail}",
        f"{region} {detail}\t{name}\t{phone}",
        f"{name}，{region}{detail}，{phone}",
        f"{region}，{detail}；{name}；{phone}。",
    )
    text = m.random.choice(styles)
    return case(trap, text, unit, name=name, phone=phone, detail=detail)


def every_county(m: Maker) -> Iterator[Case]:
    """Each unit that a picker ends in, in full, in the styles in turn."""
    for unit in LEAVES:
        yield ordinary(m, unit, written(unit), "full")


def spaced(m: Maker) -> Iterator[Case]:
    """Levels apart, the municipality twice, placeholders written out."""
    for unit in m.random.sample(LEAVES, 250):
        names = list(BOOK.path_names(unit))
        if unit.parent in MUNICIPALITIES:
            names = [names[0], m.random.choice((names[0], "市辖区")), names[1]]
        elif len(names) == 2 and unit.level == "county":
            names.insert(
                1,
                m.random.choice(("省直辖县级行政区划", "直辖县"))
                if unit.code[:2] != "65"
                else "自治区直辖县级行政区划",
            )
        yield ordinary(m, unit, m.random.choice((" ", "-", "/", " - ", "，")).join(names), "spaced")


def abbreviated(m: Maker) -> Iterator[Case]:
    """Stems for the province and the city, full or short for the county."""
    for unit in m.random.sample(COUNTIES, 400):
        path = BOOK.path_of(unit)
        above = "".join(each.short_name for each in path[:-1])
        yield ordinary(m, unit, above + unit.name, "abbreviated")


def stems(m: Maker) -> Iterator[Case]:
    """Stems all the way: 浙江温州乐清; the county's with its city in full or in short."""
    for unit in m.random.sample(COUNTIES, 400):
        path = BOOK.path_of(unit)
        stem = unit.short_name
        siblings = [each.short_name for each in BOOK.children(path[-2].code)]
        if len(stem) < 2 or stem == path[-2].short_name or siblings.count(stem) > 1 or stem == unit.name:
            continue
        name, phone = m.name(), m.mobile()
        detail = m.random.choice(TOWNS[4:10]) + "镇" + m.detail(town=0)
        above = "".join(each.short_name for each in path[:-1])
        yield case("stems", f"{name} {phone} {above}{stem}{detail}", unit, name=name, phone=phone, detail=detail)


def without_city(m: Maker) -> Iterator[Case]:
    """The province and the county, nothing between."""
    for unit in m.random.sample(COUNTIES, 300):
        path = BOOK.path_of(unit)
        if sum(each.name == unit.name and each.code[:2] == unit.code[:2] for each in COUNTIES) == 1:
            yield ordinary(m, unit, path[0].name + unit.name, "without city")


def without_province(m: Maker) -> Iterator[Case]:
    """City and county only."""
    for unit in m.random.sample(COUNTIES, 300):
        path = BOOK.path_of(unit)
        if len(path) == 3:
            yield ordinary(m, unit, path[1].name + unit.name, "without province")


def county_alone(m: Maker) -> Iterator[Case]:
    """A county's name by itself, unique now and since 2000."""
    once = Counter(unit.name for unit in BOOK.units)
    for unit in m.random.sample(COUNTIES, 300):
        if once[unit.name] == 1 and len(unit.name) > 2:
            name, phone, detail = m.name(), m.mobile(), m.detail()
            yield case(
                "county alone", f"{name} {phone} {unit.name}{detail}", unit, name=name, phone=phone, detail=detail
            )


def open_county(m: Maker) -> Iterator[Case]:
    """A name that several counties have stays open, and each of them is proposed."""
    for county, count in sorted(NAMES.items()):
        if count > 1 and len(county) > 2:
            codes = frozenset(unit.code for unit in COUNTIES if unit.name == county)
            above = {BOOK.path_of(BOOK.get(code))[0].code for code in codes}
            name, phone, detail = m.name(), m.mobile(), m.detail()
            text = f"{name} {phone} {county}{detail}"
            yield Case(
                "open",
                text,
                {"code": above.pop() if len(above) == 1 else None, "name": name, "phone": phone, "detail": detail},
                codes,
            )


def retired(m: Maker) -> Iterator[Case]:
    """A county under its old name and path; what became of it, where that is one unit."""
    for unit in BOOK.units:
        if unit.in_use or unit.level != "county" or (unit.name[-1] == "区" and len(unit.name) == 2):
            continue
        if unit.year_to is not None and unit.year_to >= 2005 and m.random.random() < 0.6:
            targets = BOOK.successors(unit)
            newer = [each for each in COUNTIES if each.name == unit.name and each.code[:4] == unit.code[:4]]
            if newer or not targets:
                continue
            detail = m.detail()
            name, phone = m.name(), m.mobile()
            text = f"{name}，{phone}，{written(unit)}{detail}"
            fields = {"name": name, "phone": phone, "detail": detail}
            if len(targets) == 1:
                yield case("retired", text, targets[0], **fields)
            else:
                yield Case("retired, divided", text, fields, frozenset(each.code for each in targets))


def road_trap(m: Maker) -> Iterator[Case]:
    """A city, and a road, firm or estate named after one of its counties or another place: no county is known."""
    for unit in m.random.sample(COUNTIES, 250):
        path = BOOK.path_of(unit)
        stem = unit.short_name
        if len(path) < 3 or len(stem) < 2 or stem == unit.name:
            continue
        name, phone = m.name(), m.mobile()
        detail = (
            stem
            + m.random.choice(("路", "大道", "街", "东路", "大厦", "国际大酒店", "中学", "医院", "新村"))
            + f"{m.random.randint(1, 99)}号"
        )
        yield case(
            "road trap",
            f"{name} {phone} {path[0].name}{path[1].name}{detail}",
            path[1],
            name=name,
            phone=phone,
            detail=detail,
        )


def elsewhere_in_detail(m: Maker) -> Iterator[Case]:
    """Names of other places below the county: 上海城, 南京路, 广东饭店, a whole other city."""
    others = [unit for unit in BOOK.units if unit.in_use and unit.level != "county" and unit.code < "700000"]
    for unit in m.random.sample(LEAVES, 300):
        other = m.random.choice(others)
        name, phone = m.name(), m.mobile()
        what = m.random.choice(
            (
                f"{other.short_name}路{m.random.randint(1, 99)}号",
                f"{other.short_name}商会大厦3楼",
                f"新{other.short_name}饭店",
                f"驻{other.name}办事处",
            )
        )
        detail = m.random.choice(TOWNS) + "镇" + what
        yield case(
            "elsewhere in detail",
            f"{written(unit)}{detail} {name} {phone}",
            unit,
            name=name,
            phone=phone,
            detail=detail,
        )


def repeated(m: Maker) -> Iterator[Case]:
    """The region twice, wholly or in part."""
    for unit in m.random.sample(LEAVES, 250):
        path = BOOK.path_of(unit)
        full = written(unit)
        region = m.random.choice(
            (full + full, path[0].short_name + full, full + " " + path[-1].name, path[0].name + full)
        )
        yield ordinary(m, unit, region, "repeated")


def glued_name(m: Maker) -> Iterator[Case]:
    """The name right behind the address, the phone right behind the name, or 收."""
    for unit in m.random.sample(LEAVES, 300):
        name, phone, region = m.name(), m.mobile(), written(unit)
        detail = m.detail()
        text = m.random.choice(
            (
                f"{region}{detail}{name}{phone}",
                f"{region}{detail} {name}收{phone}",
                f"{phone}{name}{region}{detail}",
                f"{region}{detail}{name}收 {phone}",
                f"{name}{region}{detail}{phone}",
            )
        )
        if text.startswith((phone, name)) or not detail[-1].isdigit():
            yield case("glued name", text, unit, name=name, phone=phone, detail=detail)


def glued_phone(m: Maker) -> Iterator[Case]:
    """A room number runs into the phone."""
    for unit in m.random.sample(LEAVES, 150):
        name, phone = m.name(), m.mobile()
        detail = (
            m.random.choice(ESTATES)
            + m.random.choice(ESTATE_ENDS)
            + f"{m.random.randint(1, 9)}栋{m.random.randint(101, 999)}"
        )
        text = m.random.choice((f"{written(unit)}{detail}{phone}{name}", f"{written(unit)}{detail}{phone} {name}收"))
        yield case("glued phone", text, unit, name=name, phone=phone, detail=detail)


def labelled(m: Maker) -> Iterator[Case]:
    """Forms: labels in both scripts, with and without colons, over one or several lines."""
    forms = (
        "收货人：{name}\n手机号码：{phone}\n所在地区：{region}\n详细地址：{detail}",
        "姓名:{name} 电话:{phone} 地址:{region}{detail}",
        "收件人: {name}，联系电话: {phone}，收货地址: {region}{detail}",
        "地址：{region}{detail}\n联系人：{name}\n联系电话：{phone}",
        "【收货人】{name}【手机】{phone}【地址】{region}{detail}",
        "{region}{detail}，收件人：{name}，电话：{phone}",
        "收貨人：{name} 電話：{phone} 地址：{region}{detail}",
        "姓名 {name}\n手机 {phone}\n地址 {region} {detail}",
        "联系方式：{phone}；联系人：{name}；详细地址：{region}{detail}",
        "{name} 电话{phone} 地址{region}{detail}",
        "收货人 {name}, 电话 {phone}, {region}, {detail}, 邮编 {postcode}",
        "订单号：20261111{order}\n收货人：{name}\n电话：{phone}\n地址：{region}{detail}\n备注：尽快发货",
    )
    for unit in m.random.sample(LEAVES, 360):
        name, phone, detail = m.name(), m.mobile(), m.detail()
        form = m.random.choice(forms)
        postcode = f"{m.random.randint(100000, 699999)}"
        text = form.format(
            name=name,
            phone=phone,
            region=written(unit),
            detail=detail,
            postcode=postcode,
            order=m.random.randint(10**6, 10**7),
        )
        extra = {"postcode": postcode} if "邮编" in form else {}
        yield case("labels", text, unit, name=name, phone=phone, detail=detail, **extra)


def extensions(m: Maker) -> Iterator[Case]:
    """Privacy numbers: an extension behind the mobile, and repeated in brackets."""
    for unit in m.random.sample(LEAVES, 200):
        name, phone, detail, ext = m.name(), m.mobile(), m.detail(), f"{m.random.randint(1000, 9999)}"
        text = m.random.choice(
            (
                f"{name} {phone}-{ext} {written(unit)}{detail}",
                f"{name} {phone}转{ext} {written(unit)}{detail}",
                f"{name}[{ext}] {phone} {written(unit)}{detail}[{ext}]",
                f"{name}，{phone}[{ext}]，{written(unit)}{detail}",
                f"{written(unit)}{detail}，{name}，{phone}转{ext}",
                f"收货人：{name}，手机：{phone}-{ext}，地址：{written(unit)}{detail}",
                f"{name} {phone} 转 {ext} {written(unit)}{detail}",
                f"{name} {phone}分机{ext} {written(unit)}{detail}",
            )
        )
        yield case("extensions", text, unit, name=name, phone=phone, extension=ext, detail=detail)


def phones(m: Maker) -> Iterator[Case]:
    """Mobiles with country codes, spaces and hyphens; landlines, service numbers, and phones from outside."""
    for unit in m.random.sample(LEAVES, 400):
        name, mobile, detail = m.name(), m.mobile(), m.detail()
        a, b, c = mobile[:3], mobile[3:7], mobile[7:]
        local = f"{m.random.randint(2, 8)}{m.random.randint(10**6, 10**7 - 1)}"
        area = m.random.choice(("010", "021", "0755", "0571", "0931", "0898"))
        written_, right = m.random.choice(
            (
                (f"+86{mobile}", mobile),
                (f"+86 {mobile}", mobile),
                (f"86-{mobile}", mobile),
                (f"0086{mobile}", mobile),
                (f"{a}-{b}-{c}", mobile),
                (f"{a} {b} {c}", mobile),
                (f"(+86){mobile}", mobile),
                (f"+86-{a}-{b}-{c}", mobile),
                (mobile.translate({ord(str(d)): 0xFF10 + d for d in range(10)}), mobile),
                (f"{area}-{local}", f"{area}-{local}"),
                (f"({area}){local}", f"{area}-{local}"),
                (f"{area} {local}", f"{area}-{local}"),
                ("400-820-8820", "400-820-8820"),
                ("+852 9123 4567", "+852-9123-4567"),
                ("+853 6612 3456", "+853-6612-3456"),
                ("+886 912 345 678", "+886-912-345-678"),
                ("+1 650 253 0000", "+1-650-253-0000"),
                ("+44 20 7946 0958", "+44-20-7946-0958"),
                ("0912345678", "0912345678"),
            )
        )
        text = m.random.choice(
            (
                f"{name} {written_} {written(unit)}{detail}",
                f"{written(unit)}{detail}，{name}，{written_}",
                f"收货人：{name} 电话：{written_} 地址：{written(unit)}{detail}",
            )
        )
        yield case("phones", text, unit, name=name, phone=right, detail=detail)


def postcodes(m: Maker) -> Iterator[Case]:
    """A postcode with and without its label."""
    known = {
        "44": "518000",
        "11": "100080",
        "33": "310012",
        "51": "610041",
        "37": "250014",
        "13": "071000",
        "65": "830002",
    }
    for unit in m.random.sample([each for each in LEAVES if each.code[:2] in known], 150):
        name, phone, detail, postcode = m.name(), m.mobile(), m.detail(), known[unit.code[:2]]
        text = m.random.choice(
            (
                f"{name} {phone} {written(unit)}{detail} {postcode}",
                f"{name}，{postcode}，{written(unit)}{detail}，{phone}",
                f"{written(unit)}{detail} 邮编{postcode} {name} {phone}",
                f"{postcode}{written(unit)}{detail} {name} {phone}",
                f"{name} {phone} {written(unit)}{detail}(邮编:{postcode})",
            )
        )
        yield case("postcodes", text, unit, name=name, phone=phone, detail=detail, postcode=postcode)


def unicode_(m: Maker) -> Iterator[Case]:
    """Full-width forms, radicals in the place of characters, zero-width characters, tabs."""
    swap = str.maketrans({"西": "⻄", "长": "⻓", "门": "⻔", "马": "⻢", "齐": "⻬", "龙": "⻰"})
    for unit in m.random.sample(LEAVES, 150):
        name, phone, detail = m.name(), m.mobile(), m.detail()
        full = f"{name}　{phone}　{written(unit).translate(swap)}{detail}"
        text = m.random.choice(
            (full, "\u200b".join((f"{name} ", f"{phone} ", written(unit), detail)), "\ufeff" + full.replace("　", "\t"))
        )
        yield case("unicode", text, unit, name=name, phone=phone, detail=detail)


def out_of_order(m: Maker) -> Iterator[Case]:
    """The narrower name before the wider, and a region torn apart by name and phone."""
    for unit in m.random.sample(COUNTIES, 200):
        path = BOOK.path_of(unit)
        if len(unit.name) < 3:
            continue
        name, phone, detail = m.name(), m.mobile(), m.detail()
        names = [each.name for each in path]
        text = m.random.choice(
            (
                f"{''.join(reversed(names))}{detail} {name} {phone}",
                f"{names[0]} {name} {phone} {''.join(names[1:])}{detail}",
                f"{' '.join(reversed(names))} {detail}，{name}，{phone}",
            )
        )
        yield case("out of order", text, unit, name=name, phone=phone, detail=detail)


def mistyped(m: Maker) -> Iterator[Case]:
    """One wrong character in the county: the city stands, the county is proposed and not taken."""
    wrong = "曲去侯候载栽戊戌己已末未土士千干大太田由甲"
    for unit in m.random.sample(COUNTIES, 300):
        path = BOOK.path_of(unit)
        if len(path) < 3 or len(unit.name) < 3:
            continue
        place = m.random.randrange(len(unit.name) - 1)
        bad = unit.name[:place] + m.random.choice(wrong) + unit.name[place + 1 :]
        if any(each.name == bad for each in BOOK.units) or bad[:-1] in STEMS:
            continue
        name, phone, detail = m.name(), m.mobile(), m.detail()
        text = f"{name} {phone} {path[0].name}{path[1].name}{bad}{detail}"
        yield Case("mistyped", text, {**parts(path[1].code), "name": name, "phone": phone}, frozenset((unit.code,)))


def traditional(m: Maker) -> Iterator[Case]:
    """A name in traditional characters: taken, for each character has one simplified form."""
    back: dict[int, str] = {}
    for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True):
        back.setdefault(ord(new), old)
    for unit in m.random.sample(COUNTIES, 250):
        path = BOOK.path_of(unit)
        text = written(unit).translate(back)
        if (
            all(path_unit.name.translate(back) == path_unit.name for path_unit in path)
            or unit.name.translate(back) == unit.name
        ):
            continue
        name, phone, detail = m.name(), m.mobile(), m.detail()
        yield case("traditional", f"{name} {phone} {text}{detail}", unit, name=name, phone=phone, detail=detail)


def no_region(m: Maker) -> Iterator[Case]:
    """Roads, estates and shops without a region, some named after one."""
    for _ in range(150):
        name, phone = m.name(), m.mobile()
        place = m.random.choice(COUNTIES)
        if len(place.short_name) < 2 or place.short_name == place.name:
            continue
        detail = place.short_name + m.random.choice(("路", "大道", "街", "新村", "大厦")) + m.number()
        yield case("no region", f"{name} {phone} {detail}", None, name=name, phone=phone, detail=detail)


def no_name(m: Maker) -> Iterator[Case]:
    """Only a phone and an address, or only an address: no name is made up."""
    for unit in m.random.sample(LEAVES, 200):
        phone, detail = m.mobile(), m.detail()
        region = written(unit)
        text, number = m.random.choice(
            (
                (f"{phone} {region}{detail}", phone),
                (f"{region} {detail}", None),
                (f"{region}{detail}", None),
                (f"{region}{detail} {phone}", phone),
            )
        )
        yield case("no name", text, unit, name=None, phone=number, detail=detail)


def odd_names(m: Maker) -> Iterator[Case]:
    """Nicknames, letters, one character, minority names."""
    for unit in m.random.sample(LEAVES, 150):
        name = m.random.choice(
            (
                "大旋仔",
                "李xx",
                "Tom",
                "小白",
                "阿依古丽·买买提",
                "Mary Smith",
                "张L",
                "麦兜",
                "阿珍",
                "米粒妈妈",
                "王**",
                "L先生",
            )
        )
        phone, detail = m.mobile(), m.detail()
        text = m.random.choice(
            (
                f"{name} {phone} {written(unit)}{detail}",
                f"{written(unit)}{detail}，{name}，{phone}",
                f"收货人：{name}\n电话：{phone}\n地址：{written(unit)}{detail}",
            )
        )
        yield case("odd names", text, unit, name=name, phone=phone, detail=detail)


def other_numbers(m: Maker) -> Iterator[Case]:
    """Order numbers, masked phones and identity numbers beside the phone."""
    for unit in m.random.sample(LEAVES, 150):
        name, phone, detail, region = m.name(), m.mobile(), m.detail(), written(unit)
        text = m.random.choice(
            (
                f"2026111100{m.random.randint(10**6, 10**7)}，{name}，{phone}，{region}{detail}",
                f"{name} {phone} {region}{detail} 11010119900307123X",
                f"订单编号:{m.random.randint(10**14, 10**15)} {name} {phone} {region}{detail}",
                f"{region}{detail} {name} {phone} 备用电话 {m.mobile()}",
            )
        )
        yield case("other numbers", text, unit, name=name, phone=phone, detail=detail)


TRAPS: tuple[Callable[[Maker], Iterator[Case]], ...] = (
    every_county, spaced, abbreviated, stems, without_city, without_province, county_alone, open_county, retired,
    road_trap, elsewhere_in_detail, repeated, glued_name, glued_phone, labelled, extensions, phones, postcodes,
    unicode_, out_of_order, mistyped, traditional, no_region, no_name, odd_names, other_numbers,
)  # fmt: skip


def cases(seed: int = 20261122) -> tuple[list[Case], list[Case]]:
    """The development half and the held-out half, the same for everybody."""
    halves: tuple[list[Case], list[Case]] = ([], [])
    for number, trap in enumerate(TRAPS):
        for index, made in enumerate(trap(Maker(seed + number))):
            halves[index % 2].append(made)
    return halves


# ------------------------------------------------------------------ scores

_PUNCTUATION = re.compile(r"[\W_]+")


def plain(part: str, value: str | None) -> str | None:
    """A part as it is compared: punctuation and spaces don't count in the detail and the phone."""
    if value is None or part not in {"detail", "phone"}:
        return value
    return _PUNCTUATION.sub("", value) or None


@dataclass
class Score:
    """How many cases of a trap have each part right."""

    total: int = 0
    region: int = 0
    phone: int = 0
    name: int = 0
    all_parts: int = 0
    false_region: int = 0
    detail: int = 0

    def line(self, trap: str, *, detail: bool = False) -> str:
        """A row of the table."""
        counted = (self.region, self.name, self.phone, *([self.detail] if detail else ()), self.all_parts)
        share = [f"{100 * value / self.total:6.1f}" for value in (*counted, self.false_region)]
        return f"{trap:22}{self.total:6}" + "".join(share)


def wrong(made: Case, read: Callable[[str], dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """The parts that are not right, as (expected, found)."""
    got = read(made.text)
    bad = {
        part: (want, got[part]) for part, want in made.expected.items() if plain(part, got[part]) != plain(part, want)
    }
    proposed = {each["code"] for each in got["candidates"]}
    if not made.candidates <= proposed:
        bad["candidates"] = (sorted(made.candidates), sorted(proposed))
    return bad


def score(
    half: list[Case], read: Callable[[str], dict[str, Any]] | None = None
) -> tuple[dict[str, Score], list[tuple[Case, Any]]]:
    """Scores by trap (and `all`), and the cases that are not right."""
    read = read or (lambda text: recognise(text).to_dict())
    table: dict[str, Score] = defaultdict(Score)
    failures = []
    for made in half:
        bad = wrong(made, read)
        region = not bad.keys() & {"code", "province", "city", "district", "candidates"}
        stated = any(part in bad and bad[part][1] is not None for part in ("code", "province", "city"))
        for row in (table[made.trap], table["all"]):
            row.total += 1
            row.region += region
            row.name += "name" not in bad
            row.phone += "phone" not in bad and "extension" not in bad
            row.all_parts += not bad
            row.false_region += stated
        if bad:
            failures.append((made, bad))
    return table, failures


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


def main() -> None:
    """Print the scores of both halves."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--show", type=int, default=0, help="print so many failures of the development half")
    parser.add_argument("--trap", help="of this trap only")
    options = parser.parse_args()
    for title, half in zip(("development", "held out"), cases(), strict=True):
        table, failures = score(half)
        say(f"{title:22} texts region  name phone   all false")
        for trap in sorted(table, key=lambda trap: (trap == "all", trap)):
            say(table[trap].line(trap))
        if title == "development":
            shown = [each for each in failures if options.trap in {None, each[0].trap}]
            for made, bad in shown[: options.show]:
                say(f"  [{made.trap}] {made.text!r}\n      {bad}")


if __name__ == "__main__":
    main()
