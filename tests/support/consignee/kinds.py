"""Consignee texts of the kinds that others' texts failed at, made from the catalogue, and texts that tempt to a guess.

    python -m consignee.kinds             (in tests/support) what is right and what is false, by kind
    python -m consignee.kinds --show 5    with the first failures of each kind

Seeded: everybody makes the same ones. The answers are known by construction: a kind takes a unit, writes its name in
one of the ways that people write it, and sets it into one of the layouts. The kinds whose names begin with "no" have no
region to be found, or one that has to stay open.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any

from consignee import generate
from consignee.generate import BOOK, COUNTIES, MUNICIPALITIES, NAMES, ROADS, TOWNS, Case, Maker, plain, say, written
from settlement.consignee import recognise
from settlement.consignee.recognition.aliases import TOWNS_TOO
from settlement.consignee.recognition.script import _SIMPLIFIED, _TRADITIONAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EACH = 300
PROVINCES = [unit for unit in BOOK.units if unit.in_use and unit.level == "province" and unit.code < "700000"]
PREFECTURES = [unit for unit in BOOK.units if unit.in_use and unit.level == "prefecture"]
CITIES = [unit for unit in COUNTIES if unit.name[-1] == "市" and unit.short_name[-1] != "市"]
STEMS = Counter(unit.short_name for unit in BOOK.units)
EVER = Counter(unit.name for unit in BOOK.units)

NICKNAMES = (
    "快乐星球 爱吃鱼的猫 一只小猫咪 豆豆妈妈 糯米团子 小鱼儿 大橘 团子 奶茶不加糖 月半小夜曲 "
    "可可西里的风 草莓味的云 果果麻麻 "
    "阿呆 追风少年 不二家 小太阳 叮当猫 萌萌哒 花生酱 佛系少女 柠檬不酸 皮皮虾 喵星人 兔子先森 一颗小草 小确幸 十三月 "
    "lucky888 小明123 Anna99 A阿强 momo酱 K先森"
).split()
PLACES_AS_NAMES = ("北京 安康 三明 南山 长治 李沧 海南 江西 大庆 和平 朝阳 江山 东阳").split()
SURNAMED = ("安康 方山 平乐 常山 石林 田林 白水 马山 金山 江华 文山 林芝 乐东 高明 康定").split()
FAMILIAR = ("南京西路 北京东路 上海路 北京路 天津大道 重庆南路 四川北路 中山路 云南路 长春街 西藏中路").split()
ZONES = (
    "开发区 经济开发区 经济技术开发区 高新区 高新技术产业开发区 工业园区 工业园 经开区 高新技术开发区 产业园区 "
    "保税区 新区"
).split()

LAYOUTS = (
    "{name} {phone} {region}{detail}",
    "{name}，{phone}，{region}{detail}",
    "{region}{detail} {name} {phone}",
    "{region}{detail}，{name}，{phone}",
    "{name}{phone}{region}{detail}",
    "{phone} {name} {region}{detail}",
    "{name}\n{phone}\n{region}{detail}",
    "{region}{detail}\n{name}\n{phone}",
    "收货人：{name}\n手机号码：{phone}\n地址：{region}{detail}",
    "姓名：{name} 电话：{phone} 地址：{region}{detail}",
    "地址：{region}{detail} 联系人：{name} 联系电话：{phone}",
)


def parts(code: str | None) -> dict[str, Any]:
    """The region's fields; a municipality is its own city."""
    made = generate.parts(code)
    return {**made, "city": made["province"]} if code in MUNICIPALITIES else made


def lay(m: Maker, kind: str, code: str | None, region: str, detail: str | None, **said: Any) -> Case:
    """A case of one unit in one of the layouts; `said` may write a part in another way than it is expected."""
    name, phone = said.get("name", m.name()), m.mobile()
    form = m.random.choice(said.get("layouts", LAYOUTS))
    text = form.format(
        name=said.get("shown", name), phone=said.get("dial", "{}").format(phone), region=region, detail=detail or ""
    )
    wanted: dict[str, Any] = {**parts(code), "name": name, "phone": phone, "detail": detail}
    if "extension" in said:
        wanted["extension"] = said["extension"]
    if code is None and said.get("open"):
        wanted.pop("district")  # the name of an open county may be told
        wanted.pop("detail")
    return Case(kind, text, wanted, said.get("open", frozenset()))


# ------------------------------------------------------------------ kinds with a region


def province_alone(m: Maker) -> Iterator[Case]:
    """A province's stem before a detail, apart, at the end, on a line, behind a label."""
    for _ in range(EACH):
        unit = m.random.choice(PROVINCES)
        stem, detail = unit.short_name, m.detail()
        ends = ("{name} {phone} {region}", "{phone} {name} {region}", "{name}，{phone}，{region}")
        ends += ("姓名：{name}\n电话：{phone}\n省份：{region}", "地址：{region}\n姓名：{name}\n电话：{phone}")
        ends += ("{name}\n{phone}\n{region}",)
        if m.random.random() < 0.3:
            yield lay(m, "province alone", unit.code, stem, None, layouts=ends)
        else:
            apart = m.random.choice((" ", "，", "\n", "-", ""))
            yield lay(m, "province alone", unit.code, stem + apart, detail)
    for unit in PROVINCES:
        yield Case("province alone", unit.short_name, {**parts(unit.code), "name": None, "detail": None})


def traditional(m: Maker) -> Iterator[Case]:
    """The region in traditional characters, in full or by its stems above the county; now and then the rest as well."""
    back: dict[int, str] = {}
    for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True):
        back.setdefault(ord(new), old)
    for unit in m.random.sample(COUNTIES, 2 * EACH):
        path = BOOK.path_of(unit)
        region = m.random.choice((written(unit), "".join(each.short_name for each in path[:-1]) + unit.name))
        if region.translate(back) == region:
            continue
        detail = m.detail()
        if m.random.random() < 0.4:
            detail = detail.translate(back)
        yield lay(m, "traditional", unit.code, region.translate(back), detail)


def zone_of_a_city(m: Maker) -> Iterator[Case]:
    """A county-level city in full or by its stem before 开发区 and the like; the zone stays in the detail."""
    for _ in range(EACH):
        unit = m.random.choice(CITIES)
        above = "".join(each.short_name for each in BOOK.path_of(unit)[:-1])
        zone = m.random.choice(ZONES[:-1])
        name = m.random.choice((unit.name, unit.short_name))
        if name == unit.short_name and (
            STEMS[name] > 1 or (name in TOWNS_TOO and zone[:2] in {"开发", "工业", "产业"})
        ):
            continue
        yield lay(m, "zone of a city", unit.code, m.random.choice(("", above)) + name, zone + m.detail())


def new_district(m: Maker) -> Iterator[Case]:
    """A district called 新区 by the zone that it was; a prefecture's own 新区, which stays in the detail as a name."""
    districts = [unit for unit in COUNTIES if unit.name[-1] == "区" and unit.name[-2] != "新" and "族" not in unit.name]
    for _ in range(EACH // 2):
        unit = m.random.choice(districts)
        path = BOOK.path_of(unit)
        stem = unit.short_name
        if len(path) < 3 or len(stem) < 2 or stem == unit.name or any(stem == each.short_name for each in path[:-1]):
            continue
        if stem[-1] in "市县" or EVER[stem + "区"] != 1:
            continue
        above = m.random.choice((path[0].name + path[1].name, path[0].short_name + path[1].short_name, path[1].name))
        yield lay(m, "new district", unit.code, f"{above}{stem}新区", m.detail())
    for _ in range(EACH // 4):
        unit = m.random.choice(PREFECTURES)
        stem = unit.short_name
        if STEMS[stem] > 1 or unit.name[-1] != "市":
            continue
        above = BOOK.path_of(unit)[0].name
        region = m.random.choice(("", above, above + unit.name))
        yield lay(m, "new district", unit.code, region, f"{stem}新区{m.detail()}")


def ethnic(m: Maker) -> Iterator[Case]:
    """The name of an autonomous county or an ethnic district by its stem and last character, or without 族."""
    named = [unit for unit in COUNTIES if "族" in unit.name]
    for _ in range(EACH):
        unit = m.random.choice(named)
        path = BOOK.path_of(unit)
        stem = unit.short_name.partition("族")[0]
        for people in ("达斡尔", "回"):
            stem = stem.removesuffix(people) if unit.name[-1] == "区" else stem
        if len(stem) < 2:
            continue
        forms = [stem + unit.name[-1], unit.name]
        if path[-2].short_name == stem and len(path) == 3:
            forms.append(unit.name.removeprefix(stem))  # 阜新市|蒙古族自治县
        above = m.random.choice((path[0].name + path[1].name, path[0].short_name + path[1].name))
        if len(path) == 2:
            above = path[0].name
        yield lay(m, "ethnic", unit.code, above + m.random.choice(forms), m.detail())


FORMER = {
    "320583": "昆山", "330782": "义乌", "330110": "余杭", "330109": "萧山", "110114": "昌平", "110113": "顺义",
    "320581": "常熟", "330281": "余姚", "350582": "晋江", "370285": "莱西", "440606": "顺德", "440113": "番禺",
    "320509": "吴江", "320281": "江阴", "330681": "诸暨", "310117": "松江", "310118": "青浦", "330381": "瑞安",
    "330382": "乐清", "370783": "寿光", "370112": "历城", "420117": "新洲", "420116": "黄陂", "430181": "浏阳",
    "500116": "江津", "500118": "永川", "510185": "简阳", "610115": "临潼", "320282": "宜兴",
    "321012": "江都", "350181": "福清", "350583": "南安", "360481": "瑞昌", "370181": "章丘",
    "370282": "即墨", "440781": "台山", "440783": "开平", "450881": "桂平", "530181": "安宁",
}  # fmt: skip


def former_county(m: Maker) -> Iterator[Case]:
    """A county under 县 that became a city or a district long ago: 昆山县, 余杭县."""
    known = {code: stem for code, stem in FORMER.items() if stem and BOOK.is_in_use(code)}
    for _ in range(EACH):
        unit = BOOK.get(m.random.choice(sorted(known)))
        path = BOOK.path_of(unit)
        above = m.random.choice((path[0].name, path[-2].name, "".join(each.name for each in path[:-1])))
        yield lay(m, "former county", unit.code, f"{above}{known[unit.code]}县", m.detail())


def city_and_town(m: Maker) -> Iterator[Case]:
    """A city's stem right before a town: 义乌佛堂镇."""
    for _ in range(EACH):
        unit = m.random.choice((*CITIES, *m.random.sample(PREFECTURES, 40)))
        stem = unit.short_name
        town = m.random.choice(TOWNS) + m.random.choice(("镇", "乡", "街道"))
        if STEMS[stem] == 1 and unit.name[-1] == "市" and len(stem) > 1:
            layouts = [each for each in LAYOUTS if "{name}{phone}{region}" not in each]
            yield lay(m, "city and town", unit.code, stem, town + m.detail(town=0), layouts=layouts)


def extension(m: Maker) -> Iterator[Case]:
    """An extension behind a mobile in every spelling, alone and repeated behind the name and the address."""
    for _ in range(EACH):
        unit, number = m.random.choice(COUNTIES), f"{m.random.randint(1000, 9999)}"
        dial = m.random.choice(
            "{{}}[{e}]|{{}} [{e}]|{{}}【{e}】|{{}}({e})|{{}}（{e}）|{{}}-{e}|"
            "{{}} -{e}|{{}} - {e}|{{}}—{e}|{{}}_{e}|{{}}转{e}|{{}} 转 {e}|{{}}，转{e}|"
            "{{}}转分机{e}|"
            "{{}}转[{e}]|{{}}(转{e})|{{}}(分机号{e})|{{}}（分机：{e}）|{{}}分机号：{e}|{{}}转：{e}|{{}}#{e}|{{}}-[{e}]".split(
                "|"
            )
        ).format(e=number)
        mark = m.random.choice(("", "", "[{}]", "【{}】", "({})", "-{}", "转{}")).format(number)
        name, detail = m.name(), m.detail()
        if "-" in mark and detail[-1].isdigit():
            mark = ""
        dialled = "{}" if mark[:1] in {"[", "【"} and m.random.random() < 0.5 else dial
        layouts = [each for each in LAYOUTS if not (mark[:1] in {"-", "转"} and "{name}{phone}" in each)]
        said = {"name": name, "shown": name + mark, "dial": dialled, "extension": number, "layouts": layouts}
        yield lay(m, "extension", unit.code, written(unit), detail, **said)


def nickname(m: Maker) -> Iterator[Case]:
    """A name that is no surname, apart at the front or the end."""
    layouts = [each for each in LAYOUTS if "{name}{phone}" not in each]
    layouts += ["{name}，{region}{detail}，{phone}", "{phone}，{region}{detail}，{name}"]
    layouts += ["{region}{detail} {phone} {name}"]
    for _ in range(EACH):
        unit = m.random.choice(COUNTIES)
        yield lay(m, "nickname", unit.code, written(unit), m.detail(), name=m.random.choice(NICKNAMES), layouts=layouts)


# ------------------------------------------------------------------ kinds that tempt to a guess


def no_choice(m: Maker) -> Iterator[Case]:
    """A name or a stem that two units have, before a town, a zone or a road: open."""
    twice = sorted({unit.short_name for unit in CITIES if STEMS[unit.short_name] > 1})
    names = sorted(name for name, count in NAMES.items() if count > 1 and len(name) > 2)
    for _ in range(EACH // 2):
        stem = m.random.choice(twice)
        owners = {unit.code for unit in BOOK.units if unit.in_use and unit.short_name == stem}
        wide = [unit for unit in BOOK.units if unit.in_use and unit.short_name == stem and unit.level != "county"]
        rest = m.random.choice(TOWNS) + m.random.choice(("镇", "街道", "开发区", "高新区"))
        if not wide and len(owners) > 1:
            yield lay(m, "no choice", None, "", stem + rest + m.detail(town=0))
        name = m.random.choice(names)
        above = {BOOK.get(unit.code).code[:2] for unit in COUNTIES if unit.name == name}
        if len(above) > 1:
            owners = {each.code for each in COUNTIES if each.name == name}
            yield lay(m, "no choice", None, name, m.detail(), open=frozenset(owners))


def no_place(m: Maker) -> Iterator[Case]:
    """Roads, towns and firms called as regions are, without a region."""
    for _ in range(EACH):
        stem = m.random.choice((*CITIES, *PROVINCES, *PREFECTURES)).short_name
        detail = m.random.choice(
            (
                m.random.choice(FAMILIAR) + m.number(),
                m.random.choice(ROADS) + "路" + m.number(),
                f"{stem}路{m.number()}",
                f"{stem}{m.random.choice('东西南北中')}路{m.number()}",
                f"{stem}大厦{m.number()}",
                f"{stem}镇{m.number()}",
                f"{stem}山街道{m.number()}",
                f"{stem}街道{m.random.choice(ROADS)}路{m.number()}",
                f"凤凰山街道{m.number()}",
                f"{m.random.choice(sorted(TOWNS_TOO))}{m.random.choice(('工业园', '村', '社区'))}{m.number()}",
                f"{m.random.choice(TOWNS)}村{m.number()}",
            )
        )
        if detail.startswith(f"{stem}") and len(stem) < 2:
            continue
        yield lay(m, "no place", None, "", detail)


def no_second_place(m: Maker) -> Iterator[Case]:
    """A region, and below it roads and names that are those of other regions."""
    for _ in range(EACH):
        unit, other = m.random.choice(COUNTIES), m.random.choice((*CITIES, *PREFECTURES, *PROVINCES))
        road = m.random.choice((*FAMILIAR, f"{other.short_name}路", f"新{other.short_name}街"))
        yield lay(m, "no second place", unit.code, written(unit), f"{m.random.choice(TOWNS)}镇{road}{m.number()}")


def no_place_in_a_name(m: Maker) -> Iterator[Case]:
    """People who are called as places are, with and without a region of their own."""
    for _ in range(EACH):
        unit = m.random.choice((*COUNTIES, *([None] * 900)))
        name = m.random.choice((*PLACES_AS_NAMES, *SURNAMED))
        layouts = [LAYOUTS[0], LAYOUTS[2], LAYOUTS[6], LAYOUTS[8], LAYOUTS[9], "{region}{detail}，{phone}，{name}"]
        made = lay(
            m, "no place in a name", unit and unit.code, written(unit) if unit else "",
            m.random.choice(ROADS[6:9]) + "路" + m.number(), name=name, layouts=layouts,
        )  # fmt: skip
        made.expected.pop("name")
        made.expected.pop("detail")
        yield made


def no_such_county(m: Maker) -> Iterator[Case]:
    """A district under 县 that never was a county: proposed at the most."""
    young = [
        BOOK.get(code)
        for code in ("440305", "440304", "110108", "310104", "320106", "330106", "420106", "510107", "610113")
        if BOOK.is_in_use(code)
    ]
    for _ in range(EACH // 3):
        unit = m.random.choice(young)
        path = BOOK.path_of(unit)
        region = "".join(each.name for each in path[:-1]) + unit.short_name + "县"
        made = lay(m, "no such county", path[-2].code, region, m.detail())
        made.expected.pop("detail")
        yield made


def no_nickname(m: Maker) -> Iterator[Case]:
    """A phone, an address and a remark to the shop, or a second part of the address: nobody's name."""
    remarks = (
        "尽快发货 不要打电话 放门卫 送货上门 下午送达 周末配送 麻烦快点 谢谢老板 放快递柜 到付 发顺丰 急用 "
        "轻拿轻放 易碎品 请按门铃 送到楼上 红色大号 家里没人 不接电话 工作日送 勿放驿站 新地址 包邮 两件 补发 "
        "阳光小区 人民医院 西门 二号楼 中心广场"
    ).split()
    for _ in range(EACH):
        unit, remark, phone, detail = m.random.choice(COUNTIES), m.random.choice(remarks), m.mobile(), m.detail()
        form = m.random.choice(
            (
                "{region}{detail} {phone} {remark}",
                "{remark} {phone} {region}{detail}",
                "{phone}，{region}{detail}，{remark}",
            )
        )
        text = form.format(region=written(unit), detail=detail, phone=phone, remark=remark)
        yield Case("no nickname", text, {**parts(unit.code), "name": None, "phone": phone})


KINDS: tuple[Callable[[Maker], Iterator[Case]], ...] = (
    province_alone, traditional, zone_of_a_city, new_district, ethnic, former_county, city_and_town, extension,
    nickname, no_choice, no_place, no_second_place, no_place_in_a_name, no_such_county, no_nickname,
)  # fmt: skip


def cases(seed: int = 20261130) -> list[Case]:
    """Every text, the same for everybody."""
    return [made for number, kind in enumerate(KINDS) for made in kind(Maker(seed + number))]


def is_false(made: Case, got: dict[str, Any]) -> bool:
    """Whether a region is stated that neither is the right one nor contains it."""
    stated, right = got["code"], made.expected["code"]
    if stated is None:
        return False
    return right is None or stated not in {unit.code for unit in BOOK.path_of(BOOK.get(right))}


def score(
    made: list[Case], read: Callable[[str], dict[str, Any]] | None = None
) -> tuple[dict[str, dict[str, int]], list[tuple[Case, dict[str, Any]]]]:
    """By kind: how many texts, with the region right, with all parts right, with a false region; and what failed."""
    read = read or (lambda text: recognise(text).to_dict())
    table: dict[str, dict[str, int]] = {}
    failed = []
    for case in made:
        got = read(case.text)
        bad = {
            part: (want, got[part])
            for part, want in case.expected.items()
            if plain(part, got[part]) != plain(part, want)
        }
        if case.candidates and got["code"] is None:
            proposed = {each["code"] for each in got["candidates"]}
            if not case.candidates <= proposed:
                bad["candidates"] = (sorted(case.candidates), sorted(proposed))
        row = table.setdefault(case.trap, {"texts": 0, "region": 0, "all": 0, "false": 0})
        row["texts"] += 1
        row["region"] += not bad.keys() & {"code", "province", "city", "district", "candidates"}
        row["all"] += not bad
        row["false"] += is_false(case, got)
        if bad:
            failed.append((case, bad))
    return table, failed


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--show", type=int, default=0, help="print so many failures of each kind")
    parser.add_argument("--kind", help="of this kind only")
    options = parser.parse_args()
    table, failed = score(cases())
    say(f"{'kind':20} texts region    all  false")
    for kind, row in table.items():
        shares = [f"{100 * row[what] / row['texts']:6.1f}" for what in ("region", "all")]
        say(f"{kind:20}{row['texts']:6} {shares[0]} {shares[1]}{row['false']:7}")
    shown: Counter[str] = Counter()
    for case, bad in failed:
        if shown[case.trap] < options.show and options.kind in {None, case.trap}:
            shown[case.trap] += 1
            say(f"  [{case.trap}] {case.text!r}\n      {bad}")


if __name__ == "__main__":
    main()
