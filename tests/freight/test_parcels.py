"""Parcels: units, free shipping, surcharges and combination, in carts small enough to redo by hand (contract §5)."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, result
from settlement.money import Money


def zone(fee, first=1, additional=1, more="2.00"):
    """A zone of the mainland."""
    rule = {"regions": ["CN/mainland"], "first": first, "first_fee": f"{fee} CNY"}
    return rule | ({} if additional is None else {"additional": additional, "additional_fee": f"{more} CNY"})


def ship(lines, *templates, **book):
    """The settlement of these lines with these templates."""
    return result(a_checkout(*lines), a_rulebook(freight_templates=list(templates), **book))


UNITS = [
    # (lines, measure) -> units
    ([{"quantity": 2}, {"quantity": "1.2"}], "quantity", 4),
    ([{"quantity": 2, "weight_g": 333}, {"quantity": "1.5", "weight_g": 333}], "weight_g", 1166),
    ([{"quantity": 3, "volume_cm3": 100}, {"quantity": 1, "volume_cm3": 0}], "volume_cm3", 300),
    ([{"quantity": 2}, {"quantity": 5, "free_shipping": True}], "quantity", 2),
]


@pytest.mark.parametrize(("lines", "measure", "units"), UNITS)
def test_a_parcel_counts_its_units(lines, measure, units):
    """Pieces rounded up per line; weight and volume exact, rounded up once; free_shipping lines count none."""
    rows = [a_line(f"l{at}", freight_template="t1", **each) for at, each in enumerate(lines)]
    document = ship(rows, a_template(measure=measure, zones=[zone("5.00", first=2000)]))
    [parcel] = document["parcels"]
    assert (parcel["units"], parcel["zone"], parcel["fee"]) == (units, "CN/mainland", "5.00 CNY")


def test_a_parcel_is_one_shop_template_and_warehouse():
    """Sorted by shop, template and warehouse, none first; freight falls on the lines that count units."""
    lines = [
        a_line("a", shop="s2", freight_template="t1"),
        a_line("b", freight_template="t1", warehouse="w2"),
        a_line("c", freight_template="t1"),
        a_line("d", freight_template="t2"),
        a_line("e", freight_template="t1", warehouse="w2", quantity=2),
        a_line("f"),
    ]
    document = ship(lines, a_template("t1"), a_template("t2"))
    keys = [(p["shop"], p["template"], p["warehouse"], p["fee"]) for p in document["parcels"]]
    assert keys == [
        ("s1", "t1", None, "8.00 CNY"),
        ("s1", "t1", "w2", "12.00 CNY"),
        ("s1", "t2", None, "8.00 CNY"),
        ("s2", "t1", None, "8.00 CNY"),
    ]
    freight = {line["id"]: line["freight"] for line in document["lines"]}
    assert (freight["b"], freight["e"], freight["f"]) == ("4.00 CNY", "8.00 CNY", "0.00 CNY")


COMBINATIONS = {
    "sum": ["10.00 CNY", "20.00 CNY", "14.00 CNY"],
    # t2 has the highest first fee and leads; t1 pays ⌈2 ÷ 1⌉ × 1.00, t3 the smaller of 14.00 and 2 × 9.00
    "highest_first": ["2.00 CNY", "20.00 CNY", "14.00 CNY"],
    "max": ["0.00 CNY", "20.00 CNY", "0.00 CNY"],
}


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_parcels_of_one_shop_are_combined(combination):
    """sum, highest_first and max; another shop always adds."""
    templates = [
        a_template("t1", zones=[zone("9.00", more="1.00")]),
        a_template("t2", zones=[zone("20.00", first=5, additional=None)]),
        a_template("t3", zones=[zone("5.00", more="9.00")]),
    ]
    lines = [a_line(t, freight_template=t, quantity=2) for t in ("t1", "t2", "t3")]
    lines.append(a_line("z", shop="s2", freight_template="t1"))
    document = ship(lines, *templates, policy={"freight_combination": combination})
    assert [parcel["fee"] for parcel in document["parcels"]] == [*COMBINATIONS[combination], "9.00 CNY"]


def test_ties_of_the_combination_go_to_the_smaller_template_then_warehouse():
    """Of equal first fees the smaller template id leads, and no warehouse comes before any."""
    template = a_template("t1", zones=[zone("8.00", more="3.00")])
    lines = [a_line("a", freight_template="t1", warehouse="w1"), a_line("b", freight_template="t1")]
    for combination, fees in (("highest_first", ["8.00 CNY", "3.00 CNY"]), ("max", ["8.00 CNY", "0.00 CNY"])):
        document = ship(lines, template, policy={"freight_combination": combination})
        assert [(p["warehouse"], p["fee"]) for p in document["parcels"]] == list(zip([None, "w1"], fees, strict=True))


FREE = [
    ({"min_amount": "30.00 CNY"}, True),
    ({"min_amount": "30.01 CNY"}, False),
    ({"min_amount": "40.00 CNY", "basis": "shop"}, True),
    ({"min_amount": "40.01 CNY", "basis": "shop"}, False),
    ({"min_quantity": 3}, True),
    ({"min_quantity": "3.5"}, False),
    ({"min_quantity": 4, "basis": "shop"}, True),
    ({"max_units": 3}, True),
    ({"max_units": 2}, False),
    ({"regions": ["440300"]}, True),
    ({"regions": ["440100", "810000"]}, False),
    ({"regions": ["440300"], "min_quantity": 9}, False),
    ({}, True),
]


@pytest.mark.parametrize(("entry", "free"), FREE)
def test_free_shipping_needs_all_conditions_of_an_entry(entry, free):
    """Amount and pieces of the template's lines or of the shop's, units of the parcel, region of the address."""
    lines = [a_line("a", freight_template="t1", quantity=3), a_line("b"), a_line("c", shop="s2", price="99.00")]
    [parcel] = ship(lines, a_template(free=[entry]))["parcels"]
    assert (parcel["free"], parcel["fee"]) == ((True, "0.00 CNY") if free else (False, "12.00 CNY"))
    any_entry = a_template(free=[{"max_units": 0}, entry])
    assert ship(lines, any_entry)["parcels"][0]["free"] is free


def test_a_parcel_of_free_shipping_lines_costs_nothing_but_is_not_free():
    """Its fee is 0 and it takes no part in the combination; its surcharge stays."""
    surcharge = {"regions": ["440000"], "fee": "3.00 CNY", "per": "parcel"}
    lines = [a_line("a", freight_template="t1", free_shipping=True)]
    [parcel] = ship(lines, a_template(surcharges=[surcharge]))["parcels"]
    assert (parcel["units"], parcel["fee"], parcel["surcharge"], parcel["free"]) == (0, "0.00 CNY", "3.00 CNY", False)


SURCHARGES = [
    ([{"regions": ["440000"], "fee": "3.00 CNY", "per": "parcel"}], "3.00 CNY"),
    ([{"regions": ["440000"], "fee": "3.00 CNY", "per": "piece"}], "9.00 CNY"),
    # 2 × 600 g + 300 g = 1 500 g: two started kilograms
    ([{"regions": ["440000"], "fee": "3.00 CNY", "per": "kg"}], "6.00 CNY"),
    ([{"regions": ["810000"], "fee": "3.00 CNY", "per": "parcel"}], "0.00 CNY"),
    # the most specific one that contains the address, not their sum
    (
        [
            {"regions": ["CN"], "fee": "1.00 CNY", "per": "parcel"},
            {"regions": ["440300"], "fee": "2.00 CNY", "per": "parcel"},
            {"regions": ["440000"], "fee": "4.00 CNY", "per": "parcel"},
        ],
        "2.00 CNY",
    ),
]


@pytest.mark.parametrize(("surcharges", "amount"), SURCHARGES)
@pytest.mark.parametrize(("waives", "free"), [(None, False), (False, True), (True, True)])
def test_the_nearest_surcharge_adds(surcharges, amount, waives, free):
    """Once a parcel, per piece or per started kilogram; free shipping leaves it unless the entry waives it."""
    lines = [
        a_line("a", freight_template="t1", quantity=2, weight_g=600),
        a_line("b", freight_template="t1", weight_g=300, free_shipping=True),
    ]
    entries = [] if waives is None else [{"waives_surcharge": waives}]
    document = ship(lines, a_template(surcharges=surcharges, free=entries))
    assert document["totals"]["surcharges"] == ("0.00 CNY" if waives else amount)
    assert document["parcels"][0]["free"] is free


#: By policy, the most that a threshold of free shipping may ask for where goods of 50.00 lose 2.00 to an offer of the
#: shop, 3.00 to a promotion of the platform in the item stage, 1.00 to one across shops, 4.00 to a platform coupon.
BASES = [("net", "40.00 CNY"), ("shop_net", "48.00 CNY"), ("goods", "50.00 CNY")]


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize(("basis", "most"), BASES)
def test_the_policy_says_which_amount_ships_free(basis, most, more):
    """net: what all offers left; shop_net: what offers of shops left (contract §2.3); goods: before any offer."""

    def off(offer, amount, **fields):
        return an_offer(offer, tiers=[{"benefit": {"type": "amount_off", "amount": amount}}], **fields)

    least = str(Money.of_minor(Money(most).minor + more, "CNY"))
    template = a_template(zones=[zone("10.00")], free=[{"min_amount": least}])
    unit = [{"benefit": {"type": "unit_amount_off", "amount": "3.00 CNY"}}]
    book = a_rulebook(
        freight_templates=[template],
        promotions=[off("p1", "2.00 CNY", issuer="s1"), off("p2", "1.00 CNY"), an_offer("p3", tiers=unit)],
        coupons=[off("c1", "4.00 CNY")],
        policy={"free_shipping_amount": basis},
    )
    freight = "10.00 CNY" if more else "0.00 CNY"
    lines = [a_line("a", "50.00", freight_template="t1")]
    document = result(a_checkout(*lines, customer={"coupons": ["c1"]}, choice={"coupons": ["c1"]}), book)
    assert document["totals"]["freight"] == freight
