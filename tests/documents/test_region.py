"""Regions as paths, and the nearest rule (contract §1 and §5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import a_checkout, a_line, a_rulebook, a_template, result
from settlement import Address, FreightTemplate, InvalidDocument, Rulebook, check_freight
from settlement.consignee import Catalogue, address_problems
from settlement.documents.region import ISO_IN_CHINA, RegionTable, contains, path
from settlement.documents.words.language import language
from settlement.freight.region_text import region_text
from strategies import addresses, regions

PATHS = {
    "*": ("*",),
    "CN": ("*", "CN"),
    "CN/mainland": ("*", "CN", "CN/mainland"),
    "440000": ("*", "CN", "CN/mainland", "440000"),
    "440305": ("*", "CN", "CN/mainland", "440000", "440300", "440305"),
    "440305001": ("*", "CN", "CN/mainland", "440000", "440300", "440305", "440305001"),
    "440305001002": ("*", "CN", "CN/mainland", "440000", "440300", "440305", "440305001", "440305001002"),
    "440305000000": ("*", "CN", "CN/mainland", "440000", "440300", "440305"),
    # a town right below a city without districts
    "441900003": ("*", "CN", "CN/mainland", "440000", "441900", "441900003"),
    "710000": ("*", "CN", "710000"),
    "810000": ("*", "CN", "810000"),
    "820000": ("*", "CN", "820000"),
    "810001": ("*", "CN", "810000", "810001"),
    "HK": ("*", "CN", "810000"),
    "MO": ("*", "CN", "820000"),
    "TW": ("*", "CN", "710000"),
    "HK/Kowloon": ("*", "CN", "810000", "HK/Kowloon"),
    "TW/100/Taipei": ("*", "CN", "710000", "TW/100", "TW/100/Taipei"),
    "133100": ("*", "CN", "CN/mainland", "130000", "130600", "133100"),
    "130629": ("*", "CN", "CN/mainland", "130000", "130600", "133100", "130629"),
    "130632001": ("*", "CN", "CN/mainland", "130000", "130600", "133100", "130632", "130632001"),
    "130630": ("*", "CN", "CN/mainland", "130000", "130600", "130630"),
    "US": ("*", "US"),
    "US/CA/94103": ("*", "US", "US/CA", "US/CA/94103"),
    "GB/Greater London/SW1A 1AA": ("*", "GB", "GB/Greater London", "GB/Greater London/SW1A 1AA"),
}


@pytest.mark.parametrize(("region", "expected"), PATHS.items())
def test_a_region_is_a_path_from_the_world(region, expected):
    """Chinese codes and spelled-out regions become the contract's paths."""
    assert path(region) == expected


NOT_REGIONS = """44030 4403051 4403050011 040305 ٤٤٠٣٠٥ CN/440305 CN/GD CNX cn us Us USA US/ /US US//CA US/CA/ * /* **
    world 440305/x US/-CA US/CA\n""".split()


@pytest.mark.parametrize("text", [*NOT_REGIONS, "", " ", "US/CA\n", "440305\n", "US/" + "x" * 65, "US" + "/x" * 7])
def test_anything_else_is_not_a_region(text):
    """A wrong length, other digits, a CN path that is spelled out, a stray slash or newline: ValueError."""
    if text in {"*", "US/CA"}:
        assert path(text)
        return
    with pytest.raises(ValueError, match="not a region"):
        path(text)


@given(addresses, regions)
def test_containing_is_beginning_the_path(narrower, wider):
    """A region contains every region whose path it begins."""
    own = path(wider)
    assert contains(wider, narrower) == (path(narrower)[: len(own)] == own)


@given(addresses, st.lists(regions, unique_by=lambda region: path(region)[-1]))
def test_the_nearest_rule_is_what_a_search_over_all_rules_finds(address, named):
    """The table finds the rule with the longest path that contains the address, and all others behind it."""
    table = RegionTable({region: f"rule of {region}" for region in named})
    holding = sorted((r for r in named if contains(r, address)), key=lambda r: len(path(r)), reverse=True)
    assert list(table.matches(address)) == [(region, f"rule of {region}") for region in holding]
    assert table.nearest(address) == ((holding[0], f"rule of {holding[0]}") if holding else None)


def test_a_rule_is_found_under_any_spelling():
    """Trailing zeros mean the wider region; the rule comes back as the document spells it."""
    table = RegionTable([("440300000", "Shenzhen")])
    assert table.nearest("440305") == ("440300000", "Shenzhen")
    assert table.nearest("440300000000") == ("440300000", "Shenzhen")


def zone(fee, regions):
    """One fee for what goes to some regions."""
    return {"regions": regions, "first": 1, "first_fee": f"{fee} CNY"}


@pytest.mark.parametrize(("iso", "code"), ISO_IN_CHINA.items())
def test_the_two_spellings_of_a_region_are_one_everywhere(iso, code):
    """Rules, addresses, the digest, the catalogue, an address's problems: HK and 810000 give one answer."""
    answers = []
    for rule in (iso, code):
        for region in (iso, code):
            zones = [zone("80.00", regions=["*"])]
            template = a_template(zones=zones, undeliverable=[rule])
            line = a_line("a", "10.00", freight_template="t1")
            document = result(a_checkout(line, address={"region": region}), a_rulebook(freight_templates=[template]))
            assert [each["reason"] for each in document["excluded"]] == ["undeliverable"]
            answers.append(document["digest"])
    assert len(set(answers)) == 1
    book = Catalogue.bundled()
    assert (iso in book, book.get(iso), book.full_name(iso)) == (True, book.get(code), book.full_name(code))
    shown = region_text(f"{iso}/100", language("zh_CN"))
    assert shown == f"{iso}/100 {book.full_name(code)}"
    phone = {"71": "0912-345-678", "81": "9123 4567", "82": "6612 3456"}[code[:2]]
    for region in (iso, code, f"{iso}/100"):
        address = Address(region=region, name="张三", phone=phone, detail="1 Nathan Road")
        assert address_problems(address) == ()


def test_two_rules_for_one_region_are_refused_in_either_spelling():
    """A zone for HK and one for 810000 would be two answers to one question."""
    zones = [zone("8.00", regions=["HK"]), zone("9.00", regions=["810000"])]
    with pytest.raises(InvalidDocument) as caught:
        Rulebook.model_validate(a_rulebook(freight_templates=[a_template(zones=zones)]))
    assert [each.code for each in caught.value.problems] == ["region.duplicate"]


@pytest.mark.parametrize("county", ["130629", "130632", "130638"])
def test_the_new_area_means_its_three_counties(county):
    """雄安: a rule for 133100 holds for the counties, a rule for one county comes before it, one for 保定 after it."""
    table = RegionTable({"130600": "保定", "133100": "雄安"})
    assert table.nearest(county) == table.nearest("133100") == ("133100", "雄安")
    assert table.nearest("130630") == ("130600", "保定")
    assert RegionTable({"133100": "雄安", county: "县"}).nearest(county) == (county, "县")
    assert region_text("133100", language("en")) == "133100 河北省 雄安新区"
    assert address_problems(Address(region="133100"))[0].code == "address.region_too_wide"
    template = FreightTemplate.model_validate(a_template(zones=[zone("8.00", regions=["CN/mainland", "133100", "HK"])]))
    assert "region.unknown" not in {each.code for each in check_freight(template, Catalogue.bundled())}
