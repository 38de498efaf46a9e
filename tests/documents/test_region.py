"""Regions as paths, and the nearest rule (contract §1 and §5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.documents.region import RegionTable, contains, path
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
