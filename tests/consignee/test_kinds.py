"""The kinds of texts that others' texts failed at, and those that tempt to a guess: generated, and counted."""

from __future__ import annotations

import pytest

from consignee import kinds
from settlement.consignee import Catalogue, recognise
from settlement.consignee.recognition.aliases import ONCE_COUNTIES, TOWNS_TOO


def test_every_kind_is_right_and_never_false():
    """Of each kind at least 99 % of regions and of all parts are right, and no region is false."""
    table, failed = kinds.score(kinds.cases())
    assert len(table) > 10
    for kind, row in table.items():
        assert row["texts"] >= 90, kind
        assert row["false"] == 0, kind
        assert row["region"] >= 0.99 * row["texts"], kind
        assert row["all"] >= 0.99 * row["texts"], [each for each in failed if each[0].trap == kind][:3]


def test_a_county_of_before_2000_is_one_unit_of_today():
    """Each stem stands for one city or district in use in its province; no county of that name is in the catalogue."""
    book = Catalogue.bundled()
    names = {unit.name for unit in book.units}
    for province, stems in ONCE_COUNTIES.items():
        for stem in stems.split():
            heirs = [
                unit
                for unit in book.units
                if unit.in_use
                and unit.level == "county"
                and unit.name in {stem + "市", stem + "区"}
                and unit.code.startswith(province)
            ]
            assert len(heirs) == 1, stem
            assert stem + "县" not in names
            assert recognise(f"{book.path_of(heirs[0])[0].name}{stem}县人民路1号").code == heirs[0].code


def test_the_stems_that_towns_share_are_of_cities():
    """Each is the stem of a county-level city in use: nothing else is looked for before a zone."""
    cities = {unit.name for unit in Catalogue.bundled().units if unit.in_use and unit.name[-1] == "市"}
    assert {stem + "市" for stem in TOWNS_TOO} <= cities


@pytest.mark.parametrize(
    ("text", "name", "code", "detail"),
    [
        ("13800138000 张三 浙江", "张三", "330000", None),
        ("姓名：朝阳 电话：13800138000 地址：北京市海淀区学院路1号", "朝阳", "110108", "学院路1号"),
        ("陳大文 13800138000 廣東省深圳市南山區科技路1號", "陳大文", "440305", "科技路1號"),
        ("张三 13800138000 昆山开发区前进路1号", "张三", "320583", "开发区前进路1号"),
        ("张三 13800138000 深圳龙华新区梅龙路1号", "张三", "440309", "梅龙路1号"),
        ("张三 13800138000 兰州新区中川街1号", "张三", "620100", "兰州新区中川街1号"),
        ("张三 13800138000 义乌佛堂镇朝阳路1号", "张三", "330782", "佛堂镇朝阳路1号"),
        ("张三 13800138000 福建厦门湖里海天路1号", "张三", "350206", "海天路1号"),
        ("张三 13800138000 延安南路街道2号", "张三", None, "延安南路街道2号"),
        ("张三 13800138000 朝阳门街道2号", "张三", None, "朝阳门街道2号"),
        ("张三 13800138000 龙泉工业园2号", "张三", None, "龙泉工业园2号"),
        ("爱吃鱼的猫 13800138000 广东省深圳市南山区科技路1号", "爱吃鱼的猫", "440305", "科技路1号"),
        ("13800138000 广东省深圳市南山区科技路1号 碧海明珠", None, "440305", "科技路1号 碧海明珠"),
    ],
)
def test_a_rule_that_a_kind_taught(text, name, code, detail):
    """A stem alone, behind a name's label, before a zone, a town, a town's own name; a nickname, and an estate."""
    found = recognise(text)
    assert (found.name, found.code, found.detail) == (name, code, detail)


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("张三【7839】 13800138000 广东省深圳市南山区科技路1号【7839】", "7839"),
        ("张三转7839 13800138000 广东省深圳市南山区科技路1号", "7839"),
        ("张三(7839) 13800138000—7839 广东省深圳市南山区科技路1号-7839", "7839"),
        ("张三 13800138000 转分机7839 广东省深圳市南山区科技路1号", "7839"),
        ("张三 13800138000 广东省深圳市南山区科技路1号-1201", None),
        ("张三 13800138000 广东省深圳市南山区科技路1号(1201)", None),
    ],
)
def test_an_extension_is_said_in_brackets_or_twice(text, extension):
    """A number behind a hyphen or in round brackets is one only where the phone has the same."""
    found = recognise(text)
    assert (found.name, found.phone, found.extension) == ("张三", "13800138000", extension)
    assert "7839" not in found.detail
