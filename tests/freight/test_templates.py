"""The documents of freight: every field and rule of contract §5."""

from __future__ import annotations

import pytest

from samples import a_rulebook, a_template, problems
from settlement import Free, FreightTemplate, InvalidDocument, PerParcel, Rulebook, Zone

ZONE = {"regions": ["CN/mainland"], "first": 1, "first_fee": "8.00 CNY"}
MORE = {"additional": 1, "additional_fee": "2.00 CNY"}
THREE = {"up_to": 3, "fee": "9.00 CNY"}
WRONG_ZONES = [
    ({"regions": []}, "regions", "list.empty"),
    ({"regions": "CN"}, "regions", "list.type"),
    ({"regions": ["China"]}, "regions[0]", "region.notation"),
    ({"regions": [86]}, "regions[0]", "region.type"),
    ({"regions": ["440300", "440300000"]}, "regions[1]", "region.duplicate"),
    ({"first": -1}, "first", "integer.range"),
    ({"first": "1"}, "first", "integer.type"),
    ({"first": 0.5}, "first", "integer.type"),
    ({"first_fee": "-1.00 CNY"}, "first_fee", "amount.negative"),
    (MORE | {"additional": 0}, "additional", "integer.range"),
    (MORE | {"additional_fee": 2}, "additional_fee", "amount.type"),
    ({"additional": 1}, "", "zone.additional"),
    ({"additional_fee": "2.00 CNY"}, "", "zone.additional"),
    ({"last_fee": "2.00 CNY"}, "last_fee", "field.unknown"),
    # steps go on where `first` ends, each further than the one before
    ({"steps": []}, "steps", "list.empty"),
    ({"steps": [{"up_to": 1, "fee": "9.00 CNY"}]}, "steps[0].up_to", "zone.steps"),
    ({"steps": [THREE, THREE]}, "steps[1].up_to", "zone.steps"),
    ({"steps": [THREE, {"up_to": 2, "fee": "9.00 CNY"}]}, "steps[1].up_to", "zone.steps"),
    ({"min_fee": "2.00 CNY", "max_fee": "1.99 CNY"}, "max_fee", "range.max_below_min"),
]


@pytest.mark.parametrize(("fields", "place", "code"), WRONG_ZONES)
def test_a_wrong_zone_is_named(fields, place, code):
    """Regions, first and additional units and fees are validated; additional and its fee stand together."""
    assert problems(lambda: Zone(**ZONE | fields)) == [(place, code)]


def test_bounds_and_steps_that_just_hold():
    """The first step is one unit beyond `first`, the next one beyond it; both bounds may be one amount."""
    steps = [{"up_to": 2, "fee": "9.00 CNY"}, THREE]
    zone = Zone(**ZONE, steps=steps, min_fee="2.00 CNY", max_fee="2.00 CNY")
    assert ([step.up_to for step in zone.steps], zone.min_fee) == ([2, 3], zone.max_fee)
    for name in ("min_fee", "max_fee"):
        assert str(getattr(Zone(**ZONE | {name: "2.00 CNY"}), name)) == "2.00 CNY"


@pytest.mark.parametrize("field", ZONE)
def test_what_a_zone_cannot_do_without(field):
    """Regions, first and first_fee are required."""
    zone = dict(ZONE)
    del zone[field]
    assert problems(lambda: Zone(**zone)) == [(field, "field.missing")]


WRONG_SURCHARGES = [
    ({"regions": []}, "regions", "list.empty"),
    ({"fee": "1 CNY"}, "fee", "amount.scale"),
    ({"per": "line"}, "per", "choice.unknown"),
    ({"max": "1.00 CNY"}, "max", "field.unknown"),
]


@pytest.mark.parametrize(("fields", "place", "code"), WRONG_SURCHARGES)
def test_a_wrong_surcharge_is_named(fields, place, code):
    """Per parcel, piece or kg; all three fields are required."""
    surcharge = {"regions": ["540000"], "fee": "15.00 CNY", "per": "parcel"}
    assert problems(lambda: PerParcel(**surcharge | fields)) == [(place, code)]
    assert problems(PerParcel) == [(each, "field.missing") for each in ("regions", "fee")]


WRONG_FREE = [
    ({"regions": []}, "regions", "list.empty"),
    ({"min_amount": "1"}, "min_amount", "currency.unknown"),
    ({"min_quantity": -1}, "min_quantity", "quantity.range"),
    ({"min_quantity": "0.0001"}, "min_quantity", "quantity.notation"),
    ({"max_units": -1}, "max_units", "integer.range"),
    ({"max_units": "1.5"}, "max_units", "integer.type"),
    ({"basis": "cart"}, "basis", "choice.unknown"),
    ({"waives_surcharge": 1}, "waives_surcharge", "field.type"),
    ({"until": "2026-11-11"}, "until", "field.unknown"),
]


@pytest.mark.parametrize(("fields", "place", "code"), WRONG_FREE)
def test_a_wrong_free_entry_is_named(fields, place, code):
    """Every condition is optional and validated."""
    assert problems(lambda: Free(**fields)) == [(place, code)]


def test_the_defaults_of_a_free_entry():
    """No condition, the template's lines, surcharges stay."""
    entry = Free()
    assert {entry.regions, entry.min_amount, entry.min_quantity, entry.max_units} == {None}
    assert (entry.basis, entry.waives_surcharge) == ("template", False)


ANOTHER = {"regions": ["440300"], "first": 1, "first_fee": "1.00 CNY"}
TIBET = {"regions": ["540000"], "fee": "1.00 CNY", "per": "kg"}
WRONG_TEMPLATES = [
    ({"id": ""}, [("id", "text.empty")]),
    ({"measure": "weight_kg"}, [("measure", "choice.unknown")]),
    ({"zones": {}}, [("zones", "list.type")]),
    ({"undeliverable": ["Tibet"]}, [("undeliverable[0]", "region.notation")]),
    ({"undeliverable": ["540000", "540000000"]}, [("undeliverable[1]", "region.duplicate")]),
    ({"free": {}}, [("free", "list.type")]),
    ({"default_fee": "1.00 CNY"}, [("default_fee", "field.unknown")]),
    # one rule per region, however it is spelled, among zones and among surcharges; both at once
    (
        {"zones": [ANOTHER, ANOTHER | {"regions": ["440000", "440300000"]}], "surcharges": [TIBET, TIBET]},
        [("zones[1].regions[1]", "region.duplicate"), ("surcharges[1].regions[0]", "region.duplicate")],
    ),
]


@pytest.mark.parametrize(("fields", "expected"), WRONG_TEMPLATES)
def test_a_wrong_template_is_named(fields, expected):
    """Measure, lists and one rule per region are validated."""
    assert problems(lambda: FreightTemplate(**a_template() | fields)) == expected


@pytest.mark.parametrize("field", ["id", "measure", "zones"])
def test_what_a_template_cannot_do_without(field):
    """Id, measure and zones are required; surcharges and free entries default to none."""
    template = a_template()
    del template[field]
    assert problems(lambda: FreightTemplate(**template)) == [(field, "field.missing")]


def test_a_region_may_be_named_by_different_lists():
    """A zone, a surcharge, a free entry and undeliverable speak of different things."""
    template = a_template(
        zones=[ZONE | {"regions": ["540000"]}],
        surcharges=[TIBET],
        free=[{"regions": ["540000"]}],
        undeliverable=["540000"],
    )
    assert FreightTemplate(**template).surcharges[0].per == "kg"


def test_a_least_fee_of_0_is_none():
    """It means the same, so it is the same zone and has the same digest; in another currency it is still told."""
    plain, floored = (
        {"zones": [ZONE | more], "id": "t", "measure": "quantity"} for more in ({}, {"min_fee": "0.00 CNY"})
    )
    books = [Rulebook.model_validate(a_rulebook(freight_templates=[each])) for each in (plain, floored)]
    assert books[0] == books[1]
    assert books[0].digest == books[1].digest
    mixed = plain | {"zones": [ZONE | {"min_fee": "0 JPY"}]}
    with pytest.raises(InvalidDocument) as error:
        Rulebook.model_validate(a_rulebook(freight_templates=[mixed]))
    assert {each.code for each in error.value.problems} == {"currency.mixed"}
