"""Recognition of pasted texts: what is taken, what stays open, what it costs."""

from __future__ import annotations

import json
import random
import re
import tracemalloc
from pathlib import Path

import pytest

from consignee import generate
from settlement.consignee import Catalogue, recognise, recognise_all
from settlement.consignee.recognition import script
from settlement.consignee.recognition.gazetteer import Gazetteer
from work import steps

TEXTS = json.loads((Path(__file__).parents[1] / "conformance" / "addresses.json").read_text(encoding="utf-8"))
#: Which town lies in which county is no part of the catalogue; the region is left open.
WITHOUT_TOWNS = {"geocodin-037"}
KEYS = "name phone extension postcode code province city district detail evidence candidates leftover".split()


def differences(case):
    """The parts of a conformance text that are not right."""
    got = recognise(case["text"]).to_dict()
    wrong = {}
    for part, want in case["expected"].items():
        tolerated = [want, *case.get("accept", {}).get(part, [])]
        if generate.plain(part, got[part]) not in [generate.plain(part, each) for each in tolerated]:
            wrong[part] = (want, got[part])
    return wrong


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["id"])
def test_a_text_from_elsewhere_is_taken_apart(case):
    """Texts from other recognisers' tests and bug reports; where towns would be needed, nothing false is stated."""
    wrong = differences(case)
    if case["id"] in WITHOUT_TOWNS:
        assert wrong
        assert all(found is None for _, found in wrong.values())
    else:
        assert wrong == {}


HALVES = generate.cases()


@pytest.mark.parametrize("half", HALVES, ids=["development", "held-out"])
def test_generated_texts_reach_the_goals(half):
    """Every county and every trap: region 97 %, phone 99 %, all parts 88 %, a false region 1 % at the most."""
    table, _ = generate.score(half)
    whole = table["all"]
    assert whole.total > 4000
    assert whole.region >= 0.99 * whole.total
    assert whole.phone >= 0.995 * whole.total
    assert whole.all_parts >= 0.98 * whole.total
    assert whole.false_region <= 0.005 * whole.total
    for trap, row in table.items():
        assert row.region >= 0.95 * row.total, trap


def test_every_unit_survives_a_round_trip():
    """Each unit in use, written in full, in short above its own name, and apart, is recognised as itself."""
    book = Catalogue.bundled()
    for unit in (unit for unit in book.units if unit.in_use and unit.level == "county"):
        path = book.path_of(unit)
        for written in (
            "".join(book.path_names(unit)),
            " ".join(book.path_names(unit)),
            "".join(above.short_name for above in path[:-1]) + unit.name,
        ):
            found = recognise(f"张三 13800138000 {written}幸福里3号")
            assert (found.code, found.name, found.detail) == (unit.code, "张三", "幸福里3号"), written


def test_a_result_has_every_key_and_null_for_what_is_unknown():
    """`to_dict` is plain data of fixed keys that JSON can hold."""
    empty = recognise("").to_dict()
    assert list(empty) == KEYS
    assert [empty[key] for key in KEYS] == [None] * 9 + [{}, [], []]
    found = recognise("张三 13800138000-801 广东省深圳市南山区科技路1号").to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["evidence"]["district"] == {"name": "南山区", "code": "440305", "how": "explicit", "span": [25, 28]}


@pytest.mark.parametrize(
    ("text", "hows"),
    [
        ("广东省深圳市南山区1号", ("explicit", "explicit", "explicit")),
        ("南京市雨花区小行路5号", ("inferred", "explicit", "alias")),
        ("杭州市下城区朝晖路1号", ("inferred", "explicit", "historical")),
        ("湖北襄樊市樊城区1号", ("explicit", "historical", "explicit")),
        ("廣東省深圳市南山區科技路1号", ("traditional", "explicit", "traditional")),
        ("江苏省昆山县前进路1号", ("explicit", "inferred", "historical")),
        ("黑龙江省齐齐哈尔市梅里斯区1号", ("explicit", "explicit", "explicit")),
    ],
)
def test_evidence_says_how_each_level_is_known(text, hows):
    """Written, following from another level, a contraction, a name of the past, or in traditional characters."""
    assert tuple(each.how for each in recognise(text).evidence.values()) == hows


def test_evidence_points_into_the_text_as_it_was_pasted():
    """Spans count the characters that were pasted, zero-width and full-width ones included."""
    text = "\u200b张三　\u200b１３８００１３８０００，\ufeff广东省深圳市南\u200b山区科技路1号"
    district = recognise(text).evidence["district"]
    assert text[slice(*district.span)].replace("\u200b", "") == "南山区"


@pytest.mark.parametrize("county", ["朝阳区", "西湖区", "鼓楼区"])
def test_a_lone_name_of_several_counties_stays_open(county):
    """No code, no province, no city: the candidates are all counties of that name, and a person chooses."""
    found = recognise(f"张三 13800138000 {county}建国路1号")
    assert (found.code, found.province, found.city) == (None, None, None)
    named = {unit.code for unit in Catalogue.bundled().units if unit.in_use and unit.name == county}
    assert {each.code for each in found.candidates} == named
    chosen = found.choose(found.candidates[-1].code)
    assert (chosen.code, chosen.district, chosen.candidates) == (found.candidates[-1].code, county, ())


def test_provinces_that_contradict_a_city_leave_the_region_open():
    """江苏省杭州市 is either: nothing is stated, both are proposed."""
    found = recognise("江苏省杭州市文三路1号")
    assert found.code is None
    assert {each.code for each in found.candidates} == {"320000", "330100"}


def test_a_divided_county_stays_open_below_its_city():
    """江干区 went to two districts: the city stands, the two are proposed, the old name is in the evidence."""
    found = recognise("杭州市江干区凯旋路1号")
    assert (found.code, found.city, found.district) == ("330100", "杭州市", None)
    assert [each.code for each in found.candidates] == ["330102", "330114"]
    assert found.evidence["district"].name == "江干区"
    assert found.evidence["district"].how == "historical"


@pytest.mark.parametrize(
    ("text", "code", "proposed", "detail"),
    [
        ("广东省深圳市南屾区科技路1号", "440300", "440305", "科技路1号"),
        ("广东省深圳市南山县科技路1号", "440300", "440305", "科技路1号"),
        ("淅江省杭州市西湖区文三路1号", "330106", None, None),
    ],
)
def test_a_mistyped_name_is_proposed_and_never_taken(text, code, proposed, detail):
    """What is certain stands; the rest is a candidate, whose choice also takes its name out of the detail."""
    found = recognise(text)
    if proposed is None:
        assert found.code == code
        return
    assert found.code in {code, "440300"} - {proposed}
    assert [each.code for each in found.candidates] == [proposed]
    chosen = found.choose(proposed)
    assert (chosen.code, chosen.detail) == (proposed, detail)


def test_the_table_of_scripts_is_one_to_one():
    """Each traditional character has one simplified one, which differs from it."""
    assert len(script._TRADITIONAL) == len(script._SIMPLIFIED) == len(set(script._TRADITIONAL))
    assert not set(script._TRADITIONAL) & set(script._SIMPLIFIED)


@pytest.mark.parametrize(
    "text", ["城区1号", "新区2号", "市区3号", "郊区4号", "矿区5号", "田林路140号", "我喜欢猫", "阳光小区3号"]
)
def test_generic_names_and_roads_are_no_region(text):
    """Old names that every city had, and roads named after counties, say nothing."""
    assert recognise(text).code is None
    assert recognise(text).province is None


def test_several_addresses_in_one_text():
    """Lines, blank lines, forms, and semicolons each divide; one address of several lines stays one."""
    one = "张三 13800138000 深圳市南山区科技路1号"
    two = "收货人：李四\n电话：13900139000\n地址：北京市海淀区知春路2号"
    three = "王五\n13700137000\n上海市浦东新区\n世纪大道3号"
    assert [each.name for each in recognise_all(f"{one}\n{two}\n\n{three}")] == ["张三", "李四", "王五"]
    assert [each.code for each in recognise_all(f"{one}；赵六 13600136000 成都市武侯区4号")] == ["440305", "510107"]
    assert len(recognise_all(three)) == 1
    assert recognise_all(" \n ") == ()


def test_what_is_printed_is_masked():
    """`repr` and `str` show no name, no whole number and no street; `to_dict` shows all."""
    found = recognise("欧阳娜娜 13800138000转9100 广东省深圳市南山区科技路1号")
    for shown in (repr(found), str(found), f"{found}", repr((found,))):
        assert not re.search("娜|13800138000|9100|科技", shown)
        assert "欧**" in shown
    assert found.to_dict()["phone"] == "13800138000"


# ------------------------------------------------------------------ hostile input


HOSTILE = [
    *(
        "省 广东省 朝阳区 朝阳 上海市 上海 市市 吉林 吉林省吉林市 1 13800138000 138- +86 0755- "
        "( [12] 电话 地址: 张 张三, , ㈱ ﷺ a - 1- * 1* "
        "县县 自治县 其它区 市辖区 雄安新区 鼓楼区东 重庆 收 (收 510000 51000 广東省 鼓楼 海南 "
        "南海南 ① "
    ).split(),
    *(" ", "\n", "\u200b", "a a ", "1380013800 ", "\U0001f600"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_BI_122_time_is_linear_in_the_length(unit):  # noqa: N802 - the id as the list writes it
    """Four times the text takes at most about four times the steps, whatever is repeated."""
    short, long = unit * (1200 // len(unit)), unit * (4800 // len(unit))
    recognise(short)  # what is made once is made
    assert steps(lambda: recognise(long)) <= 4.4 * steps(lambda: recognise(short)) + 400


def test_BI_122_a_megabyte_and_nested_repeats_end():  # noqa: N802
    """A megabyte, 50 000 spaces before a letter, 30 nested repeats: recognition ends, an address refuses the size."""
    from settlement import Address
    from settlement.errors import InvalidDocument

    nested = "广东省"
    for _ in range(14):
        nested += nested[: 1 << 14]
    for text in ("广" * (1 << 20), " " * 50_000 + "a", nested, "a" * (1 << 18) + "$"):
        recognise(text)
    with pytest.raises(InvalidDocument) as refused:
        Address(region="440305", detail="路" * (1 << 20))
    assert [each.code for each in refused.value.problems] == ["limit.text"]


def test_random_texts_never_fail():
    """Any mix of names, numbers, labels and separators gives a result whose parts come from the text."""
    chance = random.Random(7)
    words = [
        *HOSTILE,
        "13800138000",
        "张三",
        "广东省深圳市南山区",
        "电话：",
        "收货人",
        "科技路1号",
        "0755-22107333-801",
        "[7839]",
        "（",
    ]
    for _ in range(1500):
        text = "".join(chance.choices(words, k=chance.randint(1, 14)))
        found = recognise(text)
        assert found.code is None or found.code in Catalogue.bundled()
        assert "\0" not in json.dumps(found.to_dict())
        assert "\x02" not in (found.detail or "") + (found.name or "")
        recognise_all(text)


def test_BI_124_digits_are_those_of_ascii():  # noqa: N802
    """Arabic-Indic digits make no phone, no postcode and no code; full-width ones are the same as plain."""
    arabic = "".join(chr(0x660 + int(digit)) for digit in "13800138000")
    assert recognise(f"张三 {arabic} 深圳市南山区1号").phone is None
    assert recognise("邮编" + arabic[:6]).postcode is None
    assert recognise("张三 １３８００１３８０００").phone == "13800138000"
    assert arabic not in Catalogue.bundled()


def test_BI_123_no_pattern_comes_from_a_caller():  # noqa: N802
    """A hostile pattern in a search, a label or an address is text like any other: nothing compiles it."""
    pattern = "^(a+)+$"
    text = pattern + "a" * 25 + "!"
    assert Catalogue.bundled().search(text) == ()
    assert steps(lambda: recognise(text)) < 4000
    assert recognise(f"收货人：{pattern}").code is None


def test_the_tables_are_small():
    """What recognition keeps in memory beside the catalogue is under 10 MB."""
    book = Catalogue.bundled()
    tracemalloc.start()
    try:
        kept = Gazetteer(book)
        assert kept.spellings
        assert tracemalloc.get_traced_memory()[0] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("HK 九龙弥敦道1号 张三 91234567", "810000", "九龙弥敦道1号"),
        ("王五 0912345678 TW/台北市忠孝东路1号", "710000", "台北市忠孝东路1号"),
        ("MO，新马路1号，陈大文 28123456", "820000", "新马路1号 28123456"),
        ("HKU大学道1号 张三 13800138000", None, "HKU大学道1号"),
        ("张三 13800138000 广东省深圳市南山区HK大厦1号", "440305", "HK大厦1号"),
    ],
)
def test_the_iso_code_of_a_region_of_china_before_an_address(text, code, detail):
    """HK, MO and TW at the head of an address name the region; inside a word or behind another region they do not."""
    found = recognise(text)
    assert (found.code, found.detail) == (code, detail)
    if code is not None and detail != "HK大厦1号":
        assert text[slice(*found.evidence["province"].span)] in {"HK", "MO", "TW"}
