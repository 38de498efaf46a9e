"""Laws of freight: the nearest rule, fees that never fall, parcels that conserve, an order that never matters."""

from __future__ import annotations

import json
import random

from hypothesis import assume, given
from hypothesis import strategies as st

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, result
from settlement import Checkout, FreightTemplate, Money, Rulebook, Zone, settle
from settlement.documents.region import path
from settlement.freight.fees import fee_of
from settlement.freight.tariff import Tariff
from strategies import addresses, regions


def yuan(minor):
    """Minor units as an amount."""
    return str(Money.of_minor(minor, "CNY"))


def once(regions):
    """The same list with each region once, however it is spelled."""
    return list({path(region)[-1]: region for region in regions}.values())


@given(st.lists(regions, min_size=1, max_size=12), st.lists(regions, max_size=4), addresses)
def test_the_nearest_rule_is_that_of_a_search_through_all(zones, undeliverable, address):
    """Brute force: of all rules that contain the address the longest path wins, undeliverable at equal length."""
    zones, undeliverable = once(zones), once(undeliverable)
    template = FreightTemplate(
        id="t1",
        measure="quantity",
        zones=[Zone(regions=[region], first=1, first_fee=yuan(at)) for at, region in enumerate(zones)],
        undeliverable=undeliverable,
    )
    rules = [(len(path(region)), 0, at) for at, region in enumerate(zones) if path(region)[-1] in path(address)]
    rules += [(len(path(region)), 1, 0) for region in undeliverable if path(region)[-1] in path(address)]
    match = Tariff(template).match(address)
    if not rules or max(rules)[1]:
        assert match.zone is None
    else:
        assert match.zone is not None
        assert match.zone.first_fee.minor == max(rules)[2]
        assert match.region == zones[max(rules)[2]]


rising = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 500)), max_size=4)


@given(
    st.integers(0, 5), st.integers(0, 900), rising, st.none() | st.tuples(st.integers(1, 4), st.integers(0, 300)),
    st.tuples(st.none() | st.integers(0, 2000), st.none() | st.integers(0, 2000)), st.none() | st.integers(1, 100),
)  # fmt: skip
def test_a_fee_never_falls_as_units_rise(first, first_fee, steps, additional, bounds, percent):
    """Where a zone's own numbers don't fall, neither does its fee: steps, additions, bounds, a share of goods."""
    reached, fee, table = first, first_fee, []
    for width, more in steps:
        reached, fee = reached + width, fee + more
        table.append({"up_to": reached, "fee": yuan(fee)})
    low, high = bounds
    assume(low is None or high is None or low <= high)
    zone = Zone(
        regions=["*"],
        first=first,
        first_fee=yuan(first_fee),
        steps=table or None,
        additional=additional and additional[0],
        additional_fee=additional and yuan(additional[1]),
        min_fee=None if low is None else yuan(low),
        max_fee=None if high is None else yuan(high),
        goods_percent=None if percent is None else str(percent),
    )
    fees = [fee_of(zone, units, units * 137) for units in range(40)]
    assert fees == sorted(fees)


@given(st.integers(0, 10**9))
def test_what_parcels_pay_is_what_lines_bear(seed):
    """The shares of each freight and surcharge entry make its amount, and all entries make the parcels."""
    request = random_request(random.Random(seed))
    checkout, rules = Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])
    settlement = settle(checkout, rules)
    for stage, column in (("freight", "fee"), ("surcharge", "surcharge")):
        entries = [each for each in settlement.adjustments if each.stage == stage]
        for each in entries:
            assert sum(share.minor for share in each.shares.values()) == each.amount.minor
            assert all(share.minor > 0 for share in each.shares.values())
        charged = sum(getattr(parcel, column).minor for parcel in settlement.parcels)
        assert sum(each.amount.minor for each in entries) == charged


@given(st.integers(1, 60), st.integers(1, 2500), st.integers(1, 3000), st.sampled_from([1, 2, 3]))
def test_splitting_by_weight_conserves_pieces_and_weight(quantity, weight, most, lines):
    """Parcels of at most so many grams hold all pieces between them: at 0.01 per gram they cost the weight."""
    zone = {"regions": ["*"], "first": 0, "first_fee": "0.00 CNY", "additional": 1, "additional_fee": "0.01 CNY"}
    template = {"id": "t1", "measure": "weight_g", "zones": [zone], "max_weight_g": most}
    cart = [
        a_line(f"l{at}", freight_template="t1", quantity=quantity, weight_g=weight, sku=f"k{at}") for at in range(lines)
    ]
    surcharge = {"regions": ["*"], "fee": "1.00 CNY", "per": "piece"}
    document = result(a_checkout(*cart), a_rulebook(freight_templates=[template | {"surcharges": [surcharge]}]))
    assert document["totals"]["freight"] == yuan(lines * quantity * weight)
    assert document["totals"]["surcharges"] == f"{lines * quantity}.00 CNY"
    if weight <= most:
        assert all(parcel["units"] <= most for parcel in document["parcels"])


@given(st.integers(0, 10**9), st.randoms(use_true_random=False))
def test_the_order_of_templates_zones_and_regions_never_matters(seed, rng):
    """Templates, their zones, their regions and their surcharges shuffled: the same settlement to the byte."""
    request = random_request(random.Random(seed))
    shuffled = json.loads(json.dumps(request))
    templates = shuffled["rulebook"].get("freight_templates", [])
    rng.shuffle(templates)
    for template in templates:
        for field in ("zones", "surcharges", "undeliverable"):
            rng.shuffle(template.get(field) or [])
        for zone in template["zones"]:
            rng.shuffle(zone["regions"])
    documents = [
        settle(Checkout.model_validate(each["checkout"]), Rulebook.model_validate(each["rulebook"])).to_json()
        for each in (request, shuffled)
    ]
    assert documents[0] == documents[1]
