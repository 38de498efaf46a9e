"""Positions: the answers of the three Chinese map services as proposals."""

from __future__ import annotations

import pytest

from settlement.consignee import Locator, Recognition, from_amap, from_baidu, from_tencent, locate

# The shapes that the services document; the values are made up.
AMAP = {
    "status": "1",
    "info": "OK",
    "infocode": "10000",
    "regeocode": {
        "formatted_address": "广东省深圳市南山区粤海街道科技路1号",
        "addressComponent": {
            "country": "中国",
            "province": "广东省",
            "city": "深圳市",
            "citycode": "0755",
            "district": "南山区",
            "adcode": "440305",
            "township": "粤海街道",
            "streetNumber": {"street": "科技路", "number": "1号"},
        },
    },
}
BAIDU = {
    "status": 0,
    "result": {
        "location": {"lng": 113.9, "lat": 22.5},
        "formatted_address": "广东省深圳市南山区科技路1号",
        "business": "科技园",
        "addressComponent": {
            "country": "中国",
            "province": "广东省",
            "city": "深圳市",
            "district": "南山区",
            "town": "",
            "adcode": "440305",
        },
    },
}
TENCENT = {
    "status": 0,
    "message": "query ok",
    "result": {
        "address": "广东省深圳市南山区科技路1号",
        "address_component": {"nation": "中国", "province": "广东省", "city": "深圳市", "district": "南山区"},
        "ad_info": {"adcode": "440305", "name": "中国,广东省,深圳市,南山区"},
    },
}


@pytest.mark.parametrize(
    ("read", "answer", "detail"),
    [
        (from_amap, AMAP, "粤海街道科技路1号"),
        (from_baidu, BAIDU, "科技路1号"),
        (from_tencent, TENCENT, "科技路1号"),
    ],
)
def test_each_service_gives_a_proposal(read, answer, detail):
    """Region code and names from the catalogue, and what stands below as the detail."""
    found = read(answer)
    assert (found.code, found.province, found.city, found.district) == ("440305", "广东省", "深圳市", "南山区")
    assert found.detail == detail
    assert found.candidates == ()


def amap(code, text, **parts):
    """AMap's answer for another place."""
    return {"status": "1", "regeocode": {"formatted_address": text, "addressComponent": {"adcode": code, **parts}}}


def test_a_field_without_value_is_an_empty_list_at_amap():
    """A municipality has no city there: `[]`; the catalogue says what it is."""
    found = from_amap(amap("110105", "北京市朝阳区建国路1号", province="北京市", city=[], district="朝阳区"))
    assert (found.code, found.city) == ("110105", "北京市")


def test_a_retired_code_is_followed_and_a_divided_one_left_open():
    """A service behind the catalogue: one successor is taken, several are proposed."""
    assert from_amap(amap("330103", "浙江省杭州市下城区朝晖路1号")).code == "330105"
    divided = from_amap(amap("330104", "浙江省杭州市江干区凯旋路1号"))
    assert (divided.code, [each.code for each in divided.candidates]) == (None, ["330102", "330114"])


def test_a_code_that_is_not_there_leaves_the_region_open():
    """Front ends' and services' own codes mean nothing here; the names are proposed."""
    found = from_amap(amap("320571", "江苏省苏州市星湖街1号", province="江苏省", city="苏州市"))
    assert (found.code, [each.code for each in found.candidates]) == (None, ["320500"])
    assert from_amap(amap([], "")).candidates == ()


def test_code_and_text_that_disagree_leave_the_region_open():
    """Neither is believed: both are proposed."""
    found = from_amap(amap("440305", "北京市朝阳区建国路1号"))
    assert (found.code, [each.code for each in found.candidates]) == (None, ["440305", "110105"])


@pytest.mark.parametrize("read", [from_amap, from_baidu, from_tencent])
@pytest.mark.parametrize(
    "answer", [{}, {"status": "7", "infocode": "10001"}, {"status": []}, {"status": "1"}, {"status": 0}]
)
def test_a_refusal_or_another_shape_is_an_error(read, answer):
    """The service's no, and what is no answer at all, raise `ValueError` without quoting more than the status."""
    with pytest.raises(ValueError, match=r"status|no object"):
        read(answer)


def test_the_host_brings_the_locator():
    """Any callable of a position is one; degrees reach it as they were written, and nonsense never does."""
    asked = []

    def host(latitude, longitude):
        asked.append((latitude, longitude))
        return from_amap(AMAP)

    assert isinstance(host, Locator)
    assert isinstance(locate(host, "22.5300", -113), Recognition)
    assert asked == [("22.5300", "-113")]
    for latitude, longitude in (
        ("91", "0"),
        ("90.1", "0"),
        ("0", "181"),
        ("1e1", "0"),
        ("nan", "0"),
        ("", "0"),
        ("٣", "0"),
    ):
        with pytest.raises(ValueError, match="degrees"):
            locate(host, latitude, longitude)
    assert len(asked) == 1
