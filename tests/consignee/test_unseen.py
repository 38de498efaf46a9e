"""Texts of others that the rules' author had not seen: the scores hold."""

from __future__ import annotations

import pytest

from consignee import generate, unseen
from settlement.consignee import Catalogue, recognise
from settlement.consignee.recognition import normalise, walk


def test_unseen_texts_are_answered_and_divided():
    """Every id is there once, every expected region is in use, and the halves have about as many texts."""
    assert len({case["id"] for case in unseen.TEXTS}) == len(unseen.TEXTS) >= 300
    codes = {code for case in unseen.TEXTS for code in unseen.codes(case)}
    assert all(code is None or Catalogue.bundled().is_in_use(code) for code in codes)
    assert abs(len(unseen.half("open")) - len(unseen.half("closed"))) < 10


@pytest.mark.parametrize(("half", "region", "name", "whole"), [("open", 1.0, 0.99, 0.99), ("closed", 0.97, 0.97, 0.94)])
def test_unseen_texts_reach_the_goals(half, region, name, whole):
    """Region 97 %, all five fields 88 %, phone 99 %, a false region about 1 %: what was reached does not get lost."""
    table, _ = unseen.score(unseen.half(half))
    found = table["all"]
    assert found.region >= region * found.total
    assert found.name >= name * found.total
    assert found.phone >= 0.99 * found.total
    assert found.all_parts >= whole * found.total
    assert found.false_region <= 0.01 * found.total


@pytest.mark.parametrize(
    ("text", "name", "code", "detail"),
    [
        ("收 货 人：焦阳\n电    话：13512340021\n地    址：河南省焦作市山阳区人民路8号", "焦阳", "410811", "人民路8号"),
        ("收：莫愁\n13412340033\n寄：南京市建邺区水西门大街3号", "莫愁", "320105", "水西门大街3号"),
        ("收货信息：贾平安 13812340032 陕西省商洛市丹凤县棣花镇", "贾平安", "611022", "棣花镇"),
        ("大同区中国黑龙江大庆大同区草房屯3号", None, "230606", "草房屯3号"),
        ("新疆伊犁哈萨克自治州塔城地区额敏县红旗路6号", None, "654221", "红旗路6号"),
        ("新疆生产建设兵团第八师石河子市北三路15号", None, "659001", "北三路15号"),
        ("张三 13800138000 杭州市滨江区江南大道5号 谢谢", "张三", "330108", "江南大道5号"),
        ("13800138000 山西运城绛县古绛镇 乔村", None, "140826", "古绛镇 乔村"),
    ],
)
def test_a_rule_that_unseen_texts_taught(text, name, code, detail):
    """Wide labels, 收 and 寄, headings, the country's name, the Corps, 伊犁's prefectures, courtesies, villages."""
    found = recognise(text)
    assert (found.name, found.code, found.detail) == (name, code, detail)


def test_two_regions_of_equal_weight_leave_each_other_open():
    """Two whole regions side by side that contradict each other: nothing is stated."""
    found = recognise("北京市朝阳区上海市浦东新区世纪大道1号")
    assert found.code is None
    assert {each.code for each in found.candidates} == {"110105", "310115"}


def test_a_stem_before_a_mistyped_end_is_proposed():
    """大东去 is 大东区 mistyped, and not 大东 before a word: the city stands, the district is proposed."""
    found = recognise("辽宁省沈阳市大东去东北大马路1号")
    assert (found.code, [each.code for each in found.candidates]) == ("210100", ["210104"])


def test_the_straight_way_is_the_best_of_all_ways(monkeypatch):
    """Where names lead straight down, trying every way gives the same answer: every fifth text, and all others."""
    made = [case.text for half in generate.cases() for case in half][::5]
    texts = [*made, *(case["text"] for case in unseen.TEXTS)]
    straight = [recognise(text).to_dict() for text in texts]
    monkeypatch.setattr(walk, "_straight", lambda *_: None)
    assert [recognise(text).to_dict() for text in texts] == straight


def test_a_character_of_most_texts_stays_what_it_is():
    """What is passed over at a glance is what the table of spellings leaves alone."""
    for point in range(0x10000):
        if normalise._AS_IT_IS.fullmatch(chr(point)):
            assert normalise._Table()[point] == chr(point)
    assert normalise.normalise("Ａ座，（1）：；　").text == "A座,(1):; "
