"""The catalogue of regions: its data, the picker, search, and what retired codes mean now."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

import settlement.consignee
from settlement.consignee import (
    CN_FAR_2,
    CN_FAR_4,
    CN_FAR_6,
    CN_FAR_7,
    CN_HMT,
    Catalogue,
    Successor,
    Unit,
    countries,
    country_name,
)
from settlement.consignee.catalogue import UnknownRegion, catalogue
from settlement.consignee.unit import short_name

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(settlement.consignee.__file__).with_name("gb2260.zlib")
SCRIPT = ROOT / "scripts" / "build_catalogue.py"


@pytest.fixture(scope="module")
def regions() -> Catalogue:
    """Give the bundled catalogue."""
    return Catalogue.bundled()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the arguments, from the repository's root."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


class TestData:
    """The bundled file: small, current, complete, and read only when needed."""

    def test_counts(self, regions):
        """34 provinces, 333 prefectures and 2 847 counties are in use at 2026-04."""
        assert regions.edition == "2026-04"
        assert regions.counts == {"province": 34, "prefecture": 333, "county": 2847}
        assert str(regions) == "<Catalogue 2026-04: 34 provinces, 333 prefectures, 2847 counties in use>"

    def test_size(self):
        """The package carries less than 40 KB for it."""
        assert DATA.stat().st_size < 40_000

    def test_bundled_file_is_current(self):
        """The bundled file is what the script makes of data/gb2260.csv."""
        done = run(str(SCRIPT), "--check")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_check_notices_a_difference(self, tmp_path):
        """--check fails where the file is missing, and where one name in it differs."""
        output = tmp_path / "gb2260.zlib"
        changed = zlib.decompress(DATA.read_bytes()).replace("南山区".encode(), "北山区".encode(), 1)
        for write in (lambda: None, lambda: output.write_bytes(zlib.compress(changed))):
            write()
            done = run(str(SCRIPT), "--check", "--output", str(output))
            assert done.returncode == 1
            assert "out of date" in done.stderr

    def test_written_twice_is_the_same(self, tmp_path):
        """Two runs with other hash seeds write the same bytes."""
        outputs = [tmp_path / "1.zlib", tmp_path / "2.zlib"]
        for output in outputs:
            assert run(str(SCRIPT), "--output", str(output), PYTHONHASHSEED=output.stem).returncode == 0
        assert outputs[0].read_bytes() == outputs[1].read_bytes()

    def test_import_reads_nothing(self):
        """Importing the package opens no data file and loads no Babel; the first call does, once."""
        program = (
            "import sys; opened = []\n"
            "sys.addaudithook(lambda event, args: event == 'open' and 'gb2260' in str(args[0])"
            " and opened.append(args[0]))\n"
            f"sys.path.insert(0, {str(DATA.parents[2])!r})\n"
            "import settlement.consignee as c\n"
            "assert not opened\n"
            "c.Catalogue.bundled(); c.Catalogue.bundled()\n"
            "assert len(opened) == 1, opened"
        )
        done = run("-c", program)
        assert (done.returncode, done.stderr) == (0, "")

    def test_shared_and_frozen(self, regions):
        """Every call gives the same object, and neither it nor a unit can be changed."""
        assert catalogue() is Catalogue.bundled() is regions
        with pytest.raises(dataclasses.FrozenInstanceError):
            regions.edition = "2000-01"
        with pytest.raises(dataclasses.FrozenInstanceError):
            regions.get("440305").name = "宝安区"

    def test_every_unit_hangs_on_one_that_is_there(self, regions):
        """Following parents from any unit in use ends at a province in use."""
        for unit in regions.units:
            if unit.in_use and unit.parent is not None:
                parent = regions.get(unit.parent)
                assert parent.in_use, unit
                assert unit in regions.children(parent.code)

    def test_every_retired_unit_has_successors_in_use(self, regions):
        """No retired code leads nowhere, and none leads to a retired one."""
        retired = [unit for unit in regions.units if not unit.in_use]
        assert len(retired) == 1044
        for unit in retired:
            found = regions.successors(unit)
            assert found, unit
            assert all(successor.in_use for successor in found), unit

    @pytest.mark.parametrize(
        ("code", "name", "year"),
        [
            ("330113", "临平区", 2021),
            ("330114", "钱塘区", 2021),
            ("370116", "莱芜区", 2018),
            ("659010", "胡杨河市", 2019),
            ("659011", "新星市", 2021),
            ("659012", "白杨市", 2023),
            ("653228", "和康县", 2024),
            ("653229", "和安县", 2024),
            ("540481", "米林市", 2023),
            ("540581", "错那市", 2023),
            ("500157", "两江新区", 2025),
            ("653132", "岑岭县", 2026),
            ("659013", "草湖市", 2026),
        ],
    )
    def test_recent_units(self, regions, code, name, year):
        """Units of recent years, which old data lack, are in use."""
        unit = regions.get(code)
        assert (unit.name, unit.year_from, unit.in_use) == (name, year, True)

    @pytest.mark.parametrize(
        ("preset", "names"),
        [
            (CN_FAR_2, "新疆 西藏"),
            (CN_FAR_4, "新疆 西藏 内蒙古 青海"),
            (CN_FAR_6, "新疆 西藏 内蒙古 青海 甘肃 宁夏"),
            (CN_FAR_7, "新疆 西藏 内蒙古 青海 甘肃 宁夏 海南"),
            (CN_HMT, "台湾 香港 澳门"),
        ],
    )
    def test_presets(self, regions, preset, names):
        """The presets of remote regions are provinces in use, as their documentation names them."""
        assert " ".join(regions.get(code).short_name for code in preset) == names


class TestUnits:
    """One code: its unit, its names, its history."""

    @pytest.mark.parametrize("code", ["440305", "440305000", "440305000000"])
    def test_get(self, regions, code):
        """A code of 6 digits, or its statistical spelling with trailing zeros, gives the unit."""
        assert regions.get(code) == Unit("440305", "南山区", "county", "440300", 1990)
        assert (regions.name(code), code in regions) == ("南山区", True)

    @pytest.mark.parametrize(
        "code", ["", "44", "999999", "441901", "440305001", "44030500", "US", "４４０３０５", "440305\n"]
    )
    def test_unknown(self, regions, code):
        """What is no code of a county or above is a LookupError that names it."""
        assert code not in regions
        assert not regions.is_in_use(code)
        with pytest.raises(UnknownRegion) as caught:
            regions.get(code)
        assert isinstance(caught.value, LookupError)
        assert repr(code) in str(caught.value)

    def test_no_code_at_all(self, regions):
        """An integer is not a code."""
        assert 440305 not in regions

    @pytest.mark.parametrize(
        ("code", "full_name"),
        [
            ("440000", "广东省"),
            ("440300", "广东省 深圳市"),
            ("440305", "广东省 深圳市 南山区"),
            ("500157", "重庆市 两江新区"),
            ("429021", "湖北省 神农架林区"),
            ("659013", "新疆维吾尔自治区 草湖市"),
            ("810000", "香港特别行政区"),
            ("371202", "山东省 莱芜市 莱城区"),
            ("142201", "山西省 忻州地区 忻州市"),
        ],
    )
    def test_full_name(self, regions, code, full_name):
        """The full name runs from the province down; a retired unit stands under the names of its time."""
        assert regions.full_name(code) == full_name
        assert regions.path_names(code) == tuple(full_name.split())

    def test_history_of_a_code_that_was_renamed(self, regions):
        """襄樊市 became 襄阳市 and kept its code: the code is in use, the old unit can still be asked for."""
        old, new = regions.history("420600")
        assert (old.name, old.year_to, new.name, new.year_from) == ("襄樊市", 2010, "襄阳市", 2010)
        assert regions.is_in_use("420600")
        assert regions.successors(old) == (new,)
        assert [regions.full_name(unit) for unit in regions.history("420602")] == [
            "湖北省 襄樊市 襄城区",
            "湖北省 襄阳市 襄城区",
        ]

    @pytest.mark.parametrize(
        ("name", "short"),
        [
            ("内蒙古自治区", "内蒙古"),
            ("澳门特别行政区", "澳门"),
            ("克孜勒苏柯尔克孜自治州", "克孜勒苏"),
            ("阿里地区", "阿里"),
            ("兴安盟", "兴安"),
            ("积石山保安族东乡族撒拉族自治县", "积石山"),
            ("东乡族自治县", "东乡"),
            ("龙胜各族自治县", "龙胜"),
            ("鄂温克族自治旗", "鄂温克"),
            ("鄂伦春自治旗", "鄂伦春"),
            ("敖汉旗", "敖汉"),
            ("巴林左旗", "巴林左旗"),
            ("神农架林区", "神农架"),
            ("万柏林区", "万柏林"),
            ("清新区", "清新"),
            ("滨海新区", "滨海"),
            ("六枝特区", "六枝"),
            ("芒市", "芒市"),
            ("东区", "东区"),
            ("西沙群岛", "西沙群岛"),
        ],
    )
    def test_short_name(self, name, short):
        """The short form leaves out the kind of unit and the peoples, but never leaves one character."""
        assert short_name(name) == short

    def test_short_names_are_long_enough(self, regions):
        """No unit has a short form of one character."""
        assert min(len(unit.short_name) for unit in regions.units) == 2


class TestPicker:
    """What a front end lists."""

    def test_provinces(self, regions):
        """Without a code the picker lists the 34 provinces, 台湾, 香港 and 澳门 last."""
        provinces = regions.children()
        assert len(provinces) == 34
        assert [unit.code for unit in provinces[-3:]] == ["710000", "810000", "820000"]

    @pytest.mark.parametrize(("code", "count"), [("110000", 16), ("120000", 16), ("310000", 16)])
    def test_municipalities(self, regions, code, count):
        """Below a municipality stand its counties, with no prefecture between."""
        below = regions.children(code)
        assert len(below) == count
        assert {(unit.level, unit.parent) for unit in below} == {("county", code)}

    def test_chongqing(self, regions):
        """重庆 lists 两江新区 and no longer 渝北区 and 江北区."""
        below = {unit.name for unit in regions.children("500000")}
        assert "两江新区" in below
        assert below.isdisjoint({"渝北区", "江北区"})

    def test_directly_governed_counties(self, regions):
        """33 counties of code xx90xx hang on their province, beside its prefectures."""
        direct = [unit for unit in regions.units if unit.in_use and unit.code[2:4] == "90"]
        assert len(direct) == 33
        assert {(unit.level, unit.parent) for unit in direct} == {
            ("county", code) for code in ("410000", "420000", "460000", "650000")
        }
        assert {unit.level for unit in regions.children("420000")} == {"prefecture", "county"}

    @pytest.mark.parametrize("code", ["441900", "442000", "460400", "620200"])
    def test_prefectures_without_counties(self, regions, code):
        """东莞, 中山, 儋州 and 嘉峪关 have no county; they are the only such prefectures."""
        assert regions.get(code).level == "prefecture"
        assert regions.children(code) == ()
        empty = [u for u in regions.units if u.level == "prefecture" and u.in_use and not regions.children(u.code)]
        assert len(empty) == 4

    @pytest.mark.parametrize("code", ["440305", "810000", "371200"])
    def test_nothing_below(self, regions, code):
        """Nothing in use stands below a county, a special region, and a retired prefecture."""
        assert regions.children(code) == ()

    def test_children_of_an_unknown_code(self, regions):
        """The children of a code that is not there are an error, not an empty list."""
        with pytest.raises(UnknownRegion):
            regions.children("999999")

    def test_cascade(self, regions):
        """The nested options hold each unit in use once, and `children` only where there are some."""
        codes = []
        waiting = regions.cascade()
        assert len(waiting) == 34
        while waiting:
            option = waiting.pop()
            assert set(option) <= {"value", "label", "children"}
            assert option["label"] == regions.name(option["value"])
            assert option.get("children") != []
            codes.append(option["value"])
            waiting += option.get("children", [])
        assert sorted(codes) == [unit.code for unit in regions.units if unit.in_use]

    def test_cascade_json(self, regions):
        """The JSON reads back as the options, and its Chinese is not escaped."""
        text = regions.cascade_json()
        assert json.loads(text) == regions.cascade()
        assert '{"value":"440305","label":"南山区"}' in text

    def test_cascade_is_the_callers_own(self, regions):
        """Changing one answer does not change the next."""
        regions.cascade()[0]["children"].clear()
        assert regions.cascade()[0]["children"]


class TestSearch:
    """Finding units by code, name, short form and full name."""

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("临平", "330113"),
            ("440305", "440305"),
            ("440305000000", "440305"),
            ("33011", "330110 330111 330112 330113 330114"),
            ("440300", "440300"),
            ("广东省", "440000"),
            ("广东省深圳市南山区", "440305"),
            ("广东省 深圳市 南山区", "440305"),
            ("深圳南山", "440305"),
            (" 浙江/临平 ", "330113"),
            ("吉林", "220000 220200"),
            ("朝阳", "211300 110105 211321 220104"),
            ("襄樊", "420600"),
            ("江干", "330104"),
            ("恭城", "450332"),
            ("内蒙", "150000"),
            ("自治区", "150000 450000 540000 640000 650000"),
            ("南山 深圳", ""),
            ("没有这个地方", ""),
            ("999", ""),
            ("", ""),
            (" ", ""),
        ],
    )
    def test_found(self, regions, query, found):
        """Each query finds these codes, best first."""
        assert " ".join(unit.code for unit in regions.search(query)) == found

    def test_in_use_before_retired(self, regions):
        """桥东区: the one in use comes first, then those that were retired."""
        found = regions.search("桥东区")
        assert [(unit.code, unit.in_use) for unit in found] == [
            ("130702", True),
            ("130103", False),
            ("130502", False),
        ]

    def test_the_short_form_before_the_beginning_and_the_part(self, regions):
        """海南: the province and the autonomous prefecture before 海南区's neighbours in name."""
        assert [unit.name for unit in regions.search("海南")][:3] == ["海南省", "海南藏族自治州", "海南区"]

    def test_limit(self, regions):
        """A limit keeps the first."""
        assert regions.search("区", limit=3) == regions.search("区")[:3]


class TestSuccessors:
    """What a code means now."""

    @pytest.mark.parametrize(
        ("code", "successors"),
        [
            ("440305", "440305"),  # in use: itself
            ("330103", "330105"),  # 下城区 → 拱墅区
            ("330104", "330102 330114"),  # 江干区 → 上城区 + 钱塘区
            ("500112", "500109 500157"),  # 渝北区 → 北碚区 + 两江新区
            ("130521", "130502 130503"),  # 邢台县 → 襄都区 + 信都区
            ("130124", "130111"),  # 栾城县 → 栾城区; a part had moved to 裕华区 in 2001
            ("120107", "120116"),  # 塘沽区 → 滨海新区
            ("321011", "321003"),  # 维扬区 → 邗江区
            ("469003", "460400"),  # 儋州市, a county, became a prefecture
            ("142200", "140900"),  # 忻州地区 → 忻州市
            ("152100", "150700"),  # 呼伦贝尔盟 → 呼伦贝尔市, which has set up 扎赉诺尔区 since
            ("532700", "530800"),  # 思茅地区 → 思茅市 → 普洱市
            ("371200", "370116 370117"),  # 莱芜市 → two counties of 济南
            (
                "341400",
                "340124 340181 340207 340281 340522 340523",
            ),  # 巢湖市, divided between three prefectures
        ],
    )
    def test_resolved(self, regions, code, successors):
        """A retired code is followed to the units in use; one in use stands for itself."""
        assert " ".join(unit.code for unit in regions.successors(code)) == successors
        assert regions.successor_regions(code) == tuple(successors.split())

    def test_transitive(self, regions):
        """A successor that was retired in its turn is followed: 扬州's 郊区 → 维扬区 → 邗江区."""
        suburb, weiyang = regions.history("321011")
        assert suburb.successors == (Successor("321011"),)
        assert weiyang.successors == (Successor("321003"),)
        assert [unit.name for unit in regions.successors(suburb)] == ["邗江区"]

    def test_an_area_that_moved_is_kept_as_a_fact(self, regions):
        """A move of area while a unit lived on keeps its year, and changes nothing of what the code means."""
        assert regions.get("130124").successors == (Successor("130108", 2001), Successor("130111"))
        assert regions.get("320312").successors == (Successor("320302", 2021),)
        assert regions.successor_regions("320312") == ("320312",)

    @pytest.mark.parametrize(
        "region",
        [
            "*",
            "CN",
            "CN/mainland",
            "US/CA/94103",
            "440000",
            "440300000",
            "440305001",
            "130124101",
            "130124101000",
            "441901",
            "999999",
            "",
        ],
    )
    def test_regions_that_stay(self, regions, region):
        """What is in use, elsewhere, a town or unknown is given back as it is spelled."""
        assert regions.successor_regions(region) == (region,)

    @pytest.mark.parametrize("region", ["330104", "330104000", "330104000000"])
    def test_a_retired_code_in_each_spelling(self, regions, region):
        """Trailing zeros are the same county."""
        assert regions.successor_regions(region) == ("330102", "330114")

    def test_unknown(self, regions):
        """The successors of a code that is not there are an error."""
        with pytest.raises(UnknownRegion):
            regions.successors("999999")

    def test_a_chain_that_a_catalogue_of_ones_own_does_not_hold(self):
        """Where a follower is missing there are no successors, and a region stays what it was."""
        lone = Catalogue("1", (Unit("130124", "栾城县", "county", None, 1986, 2014, (Successor("130111"),)),))
        assert lone.successors("130124") == ()
        assert lone.successor_regions("130124") == ("130124",)


class TestCountries:
    """Countries of an overseas address."""

    def test_names(self):
        """A name is given in the language asked for, Chinese by default, with either spelling of a locale."""
        assert country_name("US") == country_name("US", "zh-CN") == "美国"
        assert country_name("DE", locale="de") == "Deutschland"

    @pytest.mark.parametrize("code", ["us", "USA", "EU", "ZZ", "", "001"])
    def test_unknown(self, code):
        """What ISO 3166-1 does not assign is a LookupError."""
        with pytest.raises(UnknownRegion):
            country_name(code)

    def test_countries(self):
        """245 countries and territories are listed by code; China, 港澳台 included, is not among them."""
        listed = countries("zh_CN")
        codes = [code for code, _ in listed]
        assert len(codes) == 245
        assert codes == sorted(codes)
        assert not {"CN", "HK", "MO", "TW"} & set(codes)
        assert ("JP", "日本") in listed
        assert country_name("HK") == "中国香港特别行政区"
