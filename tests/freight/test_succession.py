"""Retired codes in freight rules: `Rulebook.with_catalogue`."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, problems
from settlement import Checkout, FreightTemplate, InvalidDocument, Rulebook, settle
from settlement.consignee import Catalogue
from settlement.freight.tariff import Tariff

CATALOGUE = Catalogue.bundled()
#: 下城区 became part of 拱墅区; 江干区 was divided between 上城区 and 钱塘区.
GONE_TO_ONE, GONE_TO_TWO = "330103", "330104"
ONE, TWO = ("330105",), ("330102", "330114")


def a_zone(*regions, fee="8.00"):
    """A zone of one flat fee."""
    return {"regions": list(regions), "first": 1, "first_fee": f"{fee} CNY"}


def rulebook(**template):
    """A rulebook with this template."""
    return Rulebook.model_validate(a_rulebook(freight_templates=[a_template(**template)]))


def resolved(**template):
    """The template once the catalogue has been told."""
    return rulebook(**template).with_catalogue(CATALOGUE).freight_templates[0]


def fee(template, region):
    """The first fee at a region, or None where it is not shipped to."""
    zone = Tariff(template).match(region).zone
    return None if zone is None else str(zone.first_fee)


def test_the_facts_of_these_tests():
    """The catalogue says what became of the codes that these tests use."""
    assert CATALOGUE.successor_regions(GONE_TO_ONE) == ONE
    assert CATALOGUE.successor_regions(GONE_TO_TWO) == TWO


def test_successors_stand_behind_the_retired_code_in_every_list():
    """Zones, undeliverable, surcharges and free entries: the retired code stays, what took it over follows it."""
    template = resolved(
        zones=[a_zone("CN/mainland", GONE_TO_TWO)],
        undeliverable=[GONE_TO_ONE, "810000"],
        surcharges=[{"regions": [GONE_TO_TWO, "540000"], "fee": "5.00 CNY", "per": "parcel"}],
        free=[{"regions": [GONE_TO_TWO], "min_amount": "99.00 CNY"}, {"min_quantity": 5}],
    )
    assert template.zones[0].regions == ("CN/mainland", GONE_TO_TWO, *TWO)
    assert template.undeliverable == (GONE_TO_ONE, *ONE, "810000")
    assert template.surcharges[0].regions == (GONE_TO_TWO, *TWO, "540000")
    assert template.free[0].regions == (GONE_TO_TWO, *TWO)
    assert template.free[1].regions is None


def test_an_old_address_and_a_new_one_get_the_same_rule():
    """A stored order keeps its code and its fee; an address of today within it gets that fee, too."""
    template = resolved(zones=[a_zone("CN/mainland"), a_zone(GONE_TO_TWO, fee="3.00")])
    assert [fee(template, region) for region in (GONE_TO_TWO, *TWO)] == ["3.00 CNY"] * 3
    assert fee(template, "330106") == "8.00 CNY"


def test_a_retired_prefecture_passes_its_rule_to_counties_that_are_deeper_than_a_wider_rule():
    """371200 莱芜 is now two counties of 济南: their rule beats the one for 济南, for it was written for them."""
    template = resolved(zones=[a_zone("370100"), a_zone("371200", fee="3.00")])
    assert template.zones[1].regions == ("371200", "370116", "370117")
    assert [fee(template, region) for region in ("370102", "370116", "371202")] == ["8.00 CNY", "3.00 CNY", "3.00 CNY"]


@pytest.mark.parametrize("spelled", ["330102", "330102000", "330102000000"])
def test_an_explicit_rule_of_the_successor_wins(spelled):
    """What a shop says of a region in use, however it is spelled, is not overruled by what it said of a retired one."""
    template = resolved(zones=[a_zone(GONE_TO_TWO, fee="3.00"), a_zone(spelled, fee="9.00")])
    assert template.zones[0].regions == (GONE_TO_TWO, "330114")
    assert fee(template, "330102") == "9.00 CNY"


def test_zones_and_undeliverable_are_one_list():
    """A successor that a zone names stays deliverable, and one listed as undeliverable stays so."""
    kept = resolved(zones=[a_zone("330105")], undeliverable=[GONE_TO_ONE])
    assert (kept.undeliverable, fee(kept, "330105")) == ((GONE_TO_ONE,), "8.00 CNY")
    refused = resolved(zones=[a_zone(GONE_TO_ONE)], undeliverable=["330105"])
    assert (refused.zones[0].regions, fee(refused, "330105")) == ((GONE_TO_ONE,), None)


def test_two_retired_codes_of_one_zone_write_their_successor_once():
    """塘沽区 and 汉沽区 both became 滨海新区: within one zone that is no contradiction."""
    template = resolved(zones=[a_zone("120107", "120108")])
    assert template.zones[0].regions == ("120107", "120116", "120108")


@pytest.mark.parametrize("field", ["zones", "surcharges"])
def test_two_retired_codes_of_different_rules_that_became_one_are_an_error_at_both_places(field):
    """Whose fee holds in 滨海新区 can't be known: both places are named, and each problem names the other."""
    rules = [a_zone("120107"), a_zone("CN/mainland", "120108", fee="3.00")]
    if field == "surcharges":
        rules = [{"regions": rule["regions"], "fee": rule["first_fee"], "per": "parcel"} for rule in rules]
    book = rulebook(**{field: rules})
    with pytest.raises(InvalidDocument) as caught:
        book.with_catalogue(CATALOGUE)
    places = [f"freight_templates[0].{field}[0].regions[0]", f"freight_templates[0].{field}[1].regions[1]"]
    found = caught.value.problems
    assert [(each.place, each.code) for each in found] == [(place, "region.duplicate") for place in places]
    assert all(other in each.message for each, other in zip(found, reversed(places), strict=True))


def test_a_zone_and_an_undeliverable_region_that_became_one_are_an_error_too():
    """Deliverable or not contradicts as well; one code in both does not, for there undeliverable decides."""
    book = rulebook(zones=[a_zone("120107")], undeliverable=["120108"])
    assert [place for place, _ in problems(lambda: book.with_catalogue(CATALOGUE))] == [
        "freight_templates[0].zones[0].regions[0]",
        "freight_templates[0].undeliverable[0]",
    ]
    template = resolved(zones=[a_zone("120107")], undeliverable=["120107"])
    assert (template.zones[0].regions, template.undeliverable) == (("120107",), ("120107", "120116"))


def test_of_two_retired_codes_the_narrower_decides():
    """371202 lay in 371200: its zone keeps what became of it, the wider zone gets the rest."""
    template = resolved(zones=[a_zone("371200"), a_zone("371202", fee="3.00")])
    assert [zone.regions for zone in template.zones] == [("371200", "370117"), ("371202", "370116")]


def test_every_other_field_stays_as_it_is():
    """Percentages, steps and names come through: only regions are written out."""
    zone = a_zone("CN/mainland", GONE_TO_ONE) | {"goods_percent": "50", "steps": [{"up_to": 3, "fee": "9.00 CNY"}]}
    old = rulebook(zones=[zone], name="fees", max_weight_g=1000)
    new = old.with_catalogue(CATALOGUE)
    (before,), (after,) = old.freight_templates, new.freight_templates
    assert after.model_copy(update={"zones": before.zones}) == before
    assert after.zones[0].model_copy(update={"regions": before.zones[0].regions}) == before.zones[0]


def test_free_entries_may_share_a_successor():
    """Any entry will do, so that two of them never contradict each other."""
    template = resolved(free=[{"regions": ["120107"], "min_quantity": 2}, {"regions": ["120108"], "min_quantity": 3}])
    assert [entry.regions for entry in template.free] == [("120107", "120116"), ("120108", "120116")]


def test_asking_twice_changes_nothing_more():
    """What the first answer wrote down is explicit for the second."""
    book = rulebook(zones=[a_zone("371200", "CN/mainland"), a_zone("371202", fee="3.00")], undeliverable=[GONE_TO_TWO])
    once = book.with_catalogue(CATALOGUE)
    assert once != book
    assert once.with_catalogue(CATALOGUE) == once


def test_the_digest_tells_the_two_documents_apart():
    """Resolved rules are another document with another digest; rules that name nothing retired stay what they are."""
    checkout = Checkout.model_validate(a_checkout(a_line(freight_template="t1")))
    old = rulebook(zones=[a_zone("CN/mainland", GONE_TO_TWO)])
    assert settle(checkout, old).digest != settle(checkout, old.with_catalogue(CATALOGUE)).digest
    plain = rulebook(zones=[a_zone("CN/mainland", "US/CA", "*", "441900003", "999999")])
    assert settle(checkout, plain).digest == settle(checkout, plain.with_catalogue(CATALOGUE)).digest


def test_zones_of_different_times_share_what_a_retired_code_became():
    """One code in two zones that times keep apart is no contradiction: its successors are in both."""
    when = {"utc_offset": "+08:00", "weekdays": [6, 7]}
    zones = [{"regions": ["330104"], "first": 1, "first_fee": f"{fee}.00 CNY"} for fee in (3, 5)]
    template = FreightTemplate(id="t1", measure="quantity", zones=[zones[0] | {"when": when}, zones[1]])
    rules = Rulebook(id="r", currency="CNY", freight_templates=[template]).with_catalogue(Catalogue.bundled())
    assert [zone.regions for zone in rules.freight_templates[0].zones] == [("330104", "330102", "330114")] * 2
