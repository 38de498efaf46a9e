"""What the linter finds in warehouses, and what a catalogue makes of their retired regions."""

from __future__ import annotations

import pytest

from samples import a_rulebook
from settlement import Rulebook, check
from settlement.consignee import Catalogue

CATALOGUE = Catalogue.bundled()


def standing_in(region):
    """Rules with one warehouse."""
    return Rulebook.model_validate(a_rulebook(warehouses=[{"id": "w", "region": region}]))


@pytest.mark.parametrize(
    ("region", "code"),
    [
        ("330105", None),
        ("440305001", None),
        ("CN/mainland", None),
        ("US/CA", None),
        ("330104", "warehouse.retired"),  # became two counties
        ("330103", "warehouse.retired"),  # became one
        ("999999", "region.unknown"),
        ("XX/YY", "region.unknown"),
    ],
)
def test_a_region_that_no_address_has_is_found(region, code):
    """Retired and unknown regions of a warehouse have a finding at their place, in both languages; others none."""
    found = check(standing_in(region), CATALOGUE)
    assert [(each.place, each.code) for each in found] == ([] if code is None else [("warehouses[0].region", code)])
    for each in found:
        assert "{" not in str(each)
        assert each.texts("zh_CN") != each.texts()
    assert check(standing_in(region)) == ()


@pytest.mark.parametrize(
    ("region", "now"), [("330103", "330105"), ("330104", "330104"), ("440305", "440305"), ("US/CA", "US/CA")]
)
def test_a_warehouse_moves_to_the_one_successor_of_its_region(region, now):
    """One successor takes the place of a retired region; several are left to a person; asking twice changes nothing."""
    moved = standing_in(region).with_catalogue(CATALOGUE)
    assert moved.warehouses[0].region == now
    assert moved.with_catalogue(CATALOGUE) == moved
