"""The nearest rule of a template against a brute-force search over all its regions (contract §5)."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from samples import a_template
from settlement import FreightTemplate
from settlement.documents.region import contains, path
from settlement.freight.tariff import Tariff
from strategies import addresses, regions


def template_of(named, seed):
    """A template whose zones, surcharges, free entries and undeliverable regions are drawn from these."""
    rng = random.Random(seed)
    rows = {name: [region for region in named if rng.random() < 0.6] for name in ("zones", "surcharges", "free")}
    zones = [{"regions": [region], "first": at, "first_fee": "1.00 CNY"} for at, region in enumerate(rows["zones"])]
    surcharges = [{"regions": [region], "fee": "1.00 CNY", "per": "parcel"} for region in rows["surcharges"]]
    free = [{"regions": [region], "max_units": at} for at, region in enumerate(rows["free"])]
    refused = [region for region in named if rng.random() < 0.3]
    extra = {"undeliverable": refused} if refused else {}
    return FreightTemplate(**a_template(zones=zones, surcharges=surcharges, free=[*free, {}], **extra))


@given(st.lists(regions, unique_by=lambda region: path(region)[-1]), addresses, st.integers(0, 2**32))
def test_the_nearest_rule_is_what_a_brute_force_search_finds(named, address, seed):
    """The deepest zone or undeliverable region decides, undeliverable at equal depth; none: undeliverable."""
    template = template_of(named, seed)
    found = Tariff(template).match(address)
    rules = [
        (len(path(each.regions[0])), 0, each.regions[0], each)
        for each in template.zones
        if contains(each.regions[0], address)
    ]
    rules += [(len(path(each)), 1, each, None) for each in template.undeliverable or () if contains(each, address)]
    _, _, region, zone = max(rules, key=lambda rule: rule[:2], default=(0, 0, None, None))
    assert (found.region, found.zone) == (region, zone)
    if zone is None:
        assert (found.surcharges, found.free) == ((), ())
        return
    holding = [each for each in template.surcharges if contains(each.regions[0], address)]
    assert found.surcharges == tuple(sorted(holding, key=lambda each: -len(path(each.regions[0])))[:1])
    assert found.free == tuple(
        each for each in template.free if each.regions is None or contains(each.regions[0], address)
    )


def test_nothing_is_shipped_because_nobody_said_otherwise():
    """A template without zones, or one that names other places, delivers nowhere here."""
    for zones in ([], [{"regions": ["US"], "first": 1, "first_fee": "0.00 CNY"}]):
        match = Tariff(FreightTemplate(**a_template(zones=zones))).match("440305")
        assert (match.region, match.zone) == (None, None)
