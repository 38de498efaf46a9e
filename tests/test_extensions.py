"""What malls run beyond the contract's first list: each with the numbers worked out by hand."""

from __future__ import annotations

import json

import pytest

from settlement import Checkout, Customer, InvalidDocument, Line, Rulebook, Settlement, settle

AT = "2026-11-11T00:00:00+08:00"


def line(name, price="10.00 CNY", quantity=1, shop="s1", **more):
    """A line of one sku of its own."""
    return {"id": name, "shop": shop, "sku": f"sku-{name}", "quantity": quantity, "unit_price": price} | more


def run(lines, checkout=None, **book):
    """Settle these lines under these rules, through JSON and back."""
    request = {"at": AT, "cart": {"currency": "CNY", "lines": lines}} | (checkout or {})
    rules = {"id": "r", "currency": "CNY"} | book
    settled = settle(Checkout.model_validate_json(json.dumps(request)), Rulebook.model_validate_json(json.dumps(rules)))
    assert Settlement.from_json(settled.to_json()) == settled
    return settled


def promotion(benefit, name="p", issuer="platform", tier=None, **more):
    """A promotion of one tier."""
    return {"id": name, "issuer": issuer, "tiers": [{"benefit": benefit} | (tier or {})]} | more


def coupon(benefit, name="c", **more):
    """A platform coupon of one tier."""
    return promotion(benefit, name) | more


def decisions(settled):
    """Outcome or reason by rule."""
    return {each.rule: each.reason or each.outcome for each in settled.decisions}


# ------------------------------------------------------------------ prices


@pytest.mark.parametrize(
    ("quantity", "bought", "payable"),
    [(1, 0, "6.00 CNY"), (2, 0, "12.00 CNY"), (5, 0, "42.00 CNY"), (5, 1, "46.00 CNY"), (5, 9, "50.00 CNY")],
)
def test_a_flash_price_holds_for_so_many_units_a_customer(quantity, bought, payable):
    """Two units a customer cost 6.00, the rest 10.00; what was bought before counts."""
    flash = promotion({"type": "flash_price", "price": "6.00 CNY", "limit": 2}, stage="item")
    customer = {"customer": {"usage": [{"rule": "p", "units": bought}]}}
    assert str(run([line("a", quantity=quantity)], customer, promotions=[flash]).payable) == payable


def test_a_flash_price_takes_the_dearest_units_first():
    """Of a unit of 30.00 and one of 10.00 the dearer one gets the one flash price of 5.00."""
    flash = promotion({"type": "flash_price", "price": "5.00 CNY", "limit": 1})
    settled = run([line("a", "10.00 CNY"), line("b", "30.00 CNY")], promotions=[flash])
    assert [str(each.promotions) for each in settled.lines] == ["0.00 CNY", "-25.00 CNY"]


def test_an_amount_off_each_unit_stops_at_the_unit_and_at_the_most_units():
    """3.00 off each of at most two units, and never more than a unit costs."""
    off = promotion({"type": "unit_amount_off", "amount": "3.00 CNY", "max_units": 2})
    assert str(run([line("a", quantity=5)], promotions=[off]).totals.promotions) == "-6.00 CNY"
    assert str(run([line("a", "2.00 CNY", 5)], promotions=[off]).totals.promotions) == "-4.00 CNY"


def test_no_offer_undercuts_a_minimum_price():
    """Half price would be 5.00; the line's minimum price is 8.00, and what is cut off goes to no other line."""
    half = promotion({"type": "percent_off", "percent": "50"})
    settled = run([line("a", min_price="8.00 CNY"), line("b")], promotions=[half])
    assert [str(each.payable) for each in settled.lines] == ["8.00 CNY", "5.00 CNY"]


def test_a_minimum_price_holds_under_the_best_coupons_too():
    """Two coupons together would undercut it; each line still pays its minimum, and the choice is proven best."""
    held = {"customer": {"coupons": ["c1", "c2"]}}
    coupons = [
        coupon({"type": "percent_off", "percent": "40"}, "c1"),
        coupon({"type": "amount_off", "amount": "7.00 CNY"}, "c2"),
    ]
    settled = run([line("a", min_price="4.50 CNY")], held, coupons=coupons, policy={"coupons_platform": 2})
    assert (str(settled.payable), settled.optimal) == ("4.50 CNY", True)


def test_a_condition_may_look_at_other_goods_than_the_benefit():
    """Buy two of A, get B at half price; with one A there is no offer, and A itself stays at its price."""
    half = promotion(
        {"type": "percent_off", "percent": "50"},
        tier={"min_quantity": 2},
        scope={"skus": ["sku-b"]},
        condition_scope={"skus": ["sku-a"]},
    )
    two = run([line("a", quantity=2), line("b")], promotions=[half])
    one = run([line("a"), line("b")], promotions=[half])
    assert (str(two.payable), str(one.payable), decisions(one)) == ("25.00 CNY", "20.00 CNY", {"p": "below_quantity"})


def test_a_percentage_of_freight_is_taken_off_what_is_left_of_it():
    """Half of 9.99 is 5.00 off by half_up, at most `max`."""
    template = {"id": "t", "measure": "quantity", "zones": [{"regions": ["*"], "first": 1, "first_fee": "9.99 CNY"}]}
    off = promotion({"type": "freight_percent_off", "percent": "50"})
    capped = promotion({"type": "freight_percent_off", "percent": "50", "max": "3.00 CNY"})
    goods = [line("a", freight_template="t")]
    address = {"address": {"region": "440305"}}
    assert str(run(goods, address, freight_templates=[template], promotions=[off]).totals.freight_offers) == "-5.00 CNY"
    assert str(run(goods, address, freight_templates=[template], promotions=[capped]).payable) == "16.99 CNY"


# ------------------------------------------------------------------ copies and limits


def test_copies_of_a_coupon_are_coupons_of_their_own():
    """Three copies of 2.00 off, two let in by the policy: 4.00 off, and the third is past the count."""
    held = {"customer": {"coupons": ["c"], "copies": {"c": 3}}}
    rules = {"coupons": [coupon({"type": "amount_off", "amount": "2.00 CNY"})], "policy": {"coupons_platform": 2}}
    settled = run([line("a")], held, **rules)
    assert str(settled.payable) == "6.00 CNY"
    assert decisions(settled) == {"c": "applied", "c#2": "applied", "c#3": "limit_reached"}


def test_copies_must_be_of_coupons_that_are_held():
    """Copies of a coupon that is not held are refused with their place."""
    with pytest.raises(InvalidDocument) as caught:
        run([line("a")], {"customer": {"copies": {"c": 2}}})
    assert [(each.place, each.code) for each in caught.value.problems] == [("customer.copies.c", "copies.not_held")]


def test_copies_have_ids_that_can_be_read_back():
    """An id of 198 characters has room for nine copies in 200; of a tenth nothing could be stored."""
    name = "c" * 198
    rules = {"coupons": [coupon({"type": "amount_off", "amount": "1.00 CNY"}, id=name)]}
    settled = run([line("a")], {"customer": {"coupons": [name], "copies": {name: 9}}}, **rules)
    assert Settlement.from_json(settled.to_json()) == settled
    with pytest.raises(InvalidDocument) as caught:
        Customer(coupons=[name], copies={name: 10})
    assert [(each.place, each.code) for each in caught.value.problems] == [
        ("copies.a string of 198 characters", "limit.text")
    ]


@pytest.mark.parametrize(
    ("usage", "limits", "outcome"),
    [
        ({"by_customer": 1}, {"limit_per_customer": 1}, "used_up"),
        ({"by_customer": 1}, {"limit_per_customer": 2}, "applied"),
        ({"in_all": 100}, {"limit_in_all": 100}, "used_up"),
        ({"in_all": 99}, {"limit_in_all": 100}, "applied"),
        ({"in_all": 100}, {}, "applied"),
    ],
)
def test_a_limited_offer_is_used_up_by_what_was_used_before(usage, limits, outcome):
    """Counters come in with the checkout; the offer is refused as `used_up` from its limit on."""
    offer = promotion({"type": "amount_off", "amount": "1.00 CNY"}) | limits
    settled = run([line("a")], {"customer": {"usage": [{"rule": "p"} | usage]}}, promotions=[offer])
    assert decisions(settled) == {"p": outcome}


# ------------------------------------------------------------------ shops, money, points


def test_a_shop_below_its_minimum_order_takes_no_part():
    """Shop s1 wants 20.00 of goods; its 10.00 are left out, shop s2 is settled."""
    settled = run([line("a"), line("b", shop="s2")], minimum_orders=[{"shop": "s1", "amount": "20.00 CNY"}])
    assert [(each.line, each.reason) for each in settled.excluded] == [("a", "below_minimum_order")]
    assert str(settled.payable) == "10.00 CNY"


def test_a_minimum_order_counts_only_lines_that_take_part():
    """An unselected line of 15.00 does not lift the shop over 20.00."""
    goods = [line("a"), line("b", "15.00 CNY", selected=False)]
    settled = run(goods, minimum_orders=[{"shop": "s1", "amount": "20.00 CNY"}])
    assert settled.status == "blocked"


def test_no_offer_and_no_points_apply_to_money():
    """BI-113: a gift card in the cart is paid in full whatever coupons and points there are."""
    checkout = {"customer": {"coupons": ["c"], "points": 5000}, "choice": {"points": "max"}}
    rules = {
        "coupons": [coupon({"type": "percent_off", "percent": "30"})],
        "points": {"points": 100, "worth": "1.00 CNY"},
    }
    settled = run([line("card", "50.00 CNY", stored_value=True), line("a")], checkout, **rules)
    assert [str(each.payable) for each in settled.lines] == ["50.00 CNY", "0.00 CNY"]


def test_tenders_pay_what_is_due_and_change_nothing_that_is_payable():
    """BI-102, BI-115: a gift card pays first and only what is due; what is left on it is reported."""
    tenders = {
        "tenders": [
            {"id": "wallet", "type": "stored_value", "balance": "8.00 CNY"},
            {"id": "card", "type": "gift_card", "balance": "6.00 CNY"},
        ]
    }
    settled = run([line("a")], tenders)
    assert [(each.id, str(each.amount), str(each.left)) for each in settled.tenders] == [
        ("card", "6.00 CNY", "0.00 CNY"),
        ("wallet", "4.00 CNY", "4.00 CNY"),
    ]
    assert (str(settled.payable), str(settled.due)) == ("10.00 CNY", "0.00 CNY")
    free = run([line("a")], tenders, promotions=[promotion({"type": "percent_off", "percent": "100"})])
    assert [str(each.amount) for each in free.tenders] == ["0.00 CNY", "0.00 CNY"]


def test_a_tender_below_zero_is_refused():
    """BI-114: a gift card of -500 is a `tender.range`."""
    with pytest.raises(InvalidDocument) as caught:
        run([line("a")], {"tenders": [{"id": "card", "type": "gift_card", "balance": "-500.00 CNY"}]})
    assert [(each.place, each.code) for each in caught.value.problems] == [("tenders[0].balance", "tender.range")]


@pytest.mark.parametrize(("day", "earned"), [("2026-11-10", 10), ("2026-11-11", 25), ("2026-11-12", 20)])
def test_points_multiply_on_campaign_days(day, earned):
    """10 points on a plain day, the larger of ×2 and ×2.5 where both hold, and the end is exclusive."""
    earn = {
        "per": "1.00 CNY",
        "points": 1,
        "campaigns": [
            {"valid_from": "2026-11-11T00:00:00+08:00", "valid_until": "2026-11-13T00:00:00+08:00", "times": "2"},
            {"valid_from": "2026-11-11T00:00:00+08:00", "valid_until": "2026-11-12T00:00:00+08:00", "times": "2.5"},
        ],
    }
    points = {"points": 100, "worth": "1.00 CNY", "earn": earn}
    assert run([line("a")], {"at": f"{day}T12:00:00+08:00"}, points=points).points.earned == earned


# ------------------------------------------------------------------ freight


def shipped(zone, lines, template=None, region="440305", **book):
    """Settle lines that ship by one template of one zone."""
    rule = {"id": "t", "measure": "weight_g", "zones": [{"regions": ["*"]} | zone]} | (template or {})
    goods = [{"freight_template": "t"} | each for each in lines]
    return run(goods, {"address": {"region": region}}, freight_templates=[rule], **book)


FIRST = {"first": 1000, "first_fee": "8.00 CNY", "additional": 1000, "additional_fee": "2.00 CNY"}


@pytest.mark.parametrize(
    ("weight", "volume", "fee"),
    [(900, 3000, "8.00 CNY"), (900, 9000, "10.00 CNY"), (2500, 6000, "12.00 CNY"), (1000, 6006, "10.00 CNY")],
)
def test_the_larger_of_weight_and_volume_is_charged(weight, volume, fee):
    """With 6000 cm³ a kilogram 9000 cm³ are 1.5 kg; where the scales show more, the scales decide."""
    goods = [line("a", weight_g=weight, volume_cm3=volume)]
    assert str(shipped(FIRST, goods, {"volumetric_divisor": 6000}).totals.freight) == fee


def test_a_volumetric_template_needs_both_measures():
    """A line without its volume is left out with `no_measure` rather than charged by guess."""
    settled = shipped(FIRST, [line("a", weight_g=900)], {"volumetric_divisor": 6000})
    assert [each.reason for each in settled.excluded] == ["no_measure"]


@pytest.mark.parametrize(
    ("grams", "fee"), [(1000, 800), (1001, 1200), (3000, 1200), (3001, 3000), (10000, 3000), (10001, 3200)]
)
def test_steps_go_on_where_first_ends(grams, fee):
    """Up to 1 kg 8.00, up to 3 kg 12.00, up to 10 kg 30.00, then 2.00 for every started kilogram."""
    steps = [{"up_to": 3000, "fee": "12.00 CNY"}, {"up_to": 10000, "fee": "30.00 CNY"}]
    assert shipped(FIRST | {"steps": steps}, [line("a", weight_g=grams)]).totals.freight.minor == fee


@pytest.mark.parametrize(("price", "fee"), [("10.00 CNY", 500), ("333.30 CNY", 1000), ("5000.00 CNY", 9000)])
def test_a_share_of_the_goods_value_is_bounded_by_min_and_max(price, fee):
    """3 % of the goods, at least 5.00 and at most 90.00; 9.999 rounds to 10.00."""
    zone = {"first": 1, "first_fee": "0.00 CNY", "goods_percent": "3", "min_fee": "5.00 CNY", "max_fee": "90.00 CNY"}
    assert shipped(zone, [line("a", price, weight_g=1)]).totals.freight.minor == fee


def test_a_heavy_order_is_split_into_parcels_and_everything_adds_up():
    """Seven pieces of 1 kg with 3 kg a parcel: two of 3 kg (12.00 each) and one of 1 kg (8.00)."""
    settled = shipped(FIRST, [line("a", quantity=7, weight_g=1000)], {"max_weight_g": 3000})
    assert [(each.units, each.boxes, str(each.fee)) for each in settled.parcels] == [
        (3000, 1, "12.00 CNY"),
        (3000, 1, "12.00 CNY"),
        (1000, 1, "8.00 CNY"),
    ] or [(each.units, each.boxes, str(each.fee)) for each in settled.parcels] == [
        (3000, 2, "24.00 CNY"),
        (1000, 1, "8.00 CNY"),
    ]
    assert str(settled.totals.freight) == "32.00 CNY"


def test_six_thousand_pieces_are_one_run_of_parcels():
    """The number of parcels looked at does not grow with the quantity."""
    settled = shipped(FIRST, [line("a", quantity=6000, weight_g=1000)], {"max_weight_g": 3000})
    assert sum(each.boxes for each in settled.parcels) == 2000
    assert len(settled.parcels) <= 2
    assert settled.totals.freight.minor == 2000 * 1200


def test_what_is_collected_needs_no_address_and_pays_no_freight():
    """Shop s1 lets its goods be collected: no freight, and no address is missing."""
    template = {
        "id": "t",
        "measure": "quantity",
        "pickup": True,
        "zones": [{"regions": ["*"], "first": 1, "first_fee": "9.00 CNY"}],
    }
    settled = run([line("a", freight_template="t")], {"choice": {"pickup": ["s1"]}}, freight_templates=[template])
    assert (settled.status, str(settled.payable), settled.parcels) == ("payable", "10.00 CNY", ())


def test_collecting_where_the_shop_does_not_offer_it_is_a_no_with_a_reason():
    """A template without `pickup` leaves the line out; it is not shipped behind the buyer's back."""
    template = {"id": "t", "measure": "quantity", "zones": [{"regions": ["*"], "first": 1, "first_fee": "9.00 CNY"}]}
    settled = run([line("a", freight_template="t")], {"choice": {"pickup": ["s1"]}}, freight_templates=[template])
    assert [(each.line, each.reason) for each in settled.excluded] == [("a", "no_pickup")]


WAREHOUSES = [
    {"id": "bj", "region": "110000"},
    {"id": "gz", "region": "440100"},
    {"id": "sz", "region": "440300"},
    {"id": "us", "region": "US/CA"},
]


@pytest.mark.parametrize(
    ("region", "chosen"), [("440305", "sz"), ("440106", "gz"), ("441900", "gz"), ("310101", "bj"), ("US/NY", "us")]
)
def test_the_nearest_warehouse_is_the_one_that_shares_the_longest_path(region, chosen):
    """深圳 is served from 深圳, 东莞 by the smaller id of its province, 上海 by the mainland."""
    settled = shipped(
        {"first": 1, "first_fee": "8.00 CNY"},
        [line("a", weight_g=1, warehouses=["sz", "bj", "gz", "us"])],
        region=region,
        warehouses=WAREHOUSES,
    )
    (choice,) = settled.warehouses
    assert choice.warehouse == settled.parcels[0].warehouse == chosen
    assert choice.candidates[0][0] == chosen
    assert len(choice.candidates) == 4


def test_a_warehouse_that_is_not_there_is_an_error_with_its_place():
    """A candidate that the rulebook does not know is refused, with a hint."""
    with pytest.raises(InvalidDocument) as caught:
        run([line("a", warehouses=["szz"])], warehouses=WAREHOUSES)
    (found,) = caught.value.problems
    assert (found.place, found.code) == ("checkout.cart.lines[0].warehouses[0]", "warehouse.unknown")
    assert 'did you mean "sz"' in found.message


def test_what_is_not_used_does_not_enter_the_digest():
    """Spelling the new fields at their defaults changes no digest; using one does."""
    plain = run([line("a")])
    spelled = run(
        [line("a", min_price=None, stored_value=False, warehouses=None)],
        {"tenders": [], "choice": {"pickup": []}, "customer": {"copies": {}, "usage": []}},
        warehouses=[],
        minimum_orders=[],
        policy={"search_limit": 20000},
    )
    used = run([line("a", min_price="1.00 CNY")])
    assert plain.digest == spelled.digest != used.digest


def test_what_is_stated_and_says_nothing_is_left_out():
    """One copy, a usage of nothing and a floor of 0 are what holds anyway: the same documents, digest and bytes."""
    customer = {"coupons": ["c", "d"]}
    usage = [{"rule": "p", "units": "0.000"}, {"rule": "q", "in_all": 1}]
    plain = run([line("a")], {"customer": customer | {"copies": {"d": 2}, "usage": usage[1:]}})
    spelled = run(
        [line("a", min_price="0.00 CNY")], {"customer": customer | {"copies": {"c": 1, "d": 2}, "usage": usage}}
    )
    assert (spelled.digest, spelled.to_json()) == (plain.digest, plain.to_json())
    assert Line(id="a", shop="s", sku="k", quantity=1, unit_price="1.00 CNY", min_price="0.00 CNY").min_price is None
    with pytest.raises(InvalidDocument) as caught:
        Customer(copies={"c": 1})
    assert [each.code for each in caught.value.problems] == ["copies.not_held"]


@pytest.mark.parametrize("selected", [True, False])
def test_a_shop_to_collect_at_is_one_of_the_cart(selected):
    """A name of which the cart has no line is refused with its place and a hint; a line not selected will do."""
    goods = [line("a", shop="Tea House", selected=selected)]
    card = {"id": "g", "type": "gift_card", "balance": "1.00 USD"}
    assert run(goods, {"choice": {"pickup": ["Tea House"]}}).status == ("payable" if selected else "blocked")
    with pytest.raises(InvalidDocument) as caught:
        run(goods, {"choice": {"pickup": ["Tea House", "Tea Hause", "x"]}, "tenders": [card]})
    found = [(each.place, each.code) for each in caught.value.problems]
    assert found == [
        ("tenders[0].balance", "currency.mixed"),
        ("choice.pickup[1]", "pickup.not_in_cart"),
        ("choice.pickup[2]", "pickup.not_in_cart"),
    ]
    assert 'did you mean "Tea House"?' in caught.value.problems[1].message


def test_a_rulebook_lowers_the_number_of_lines_that_are_settled():
    """BI-058: two lines where one is allowed are refused before anything is calculated."""
    with pytest.raises(InvalidDocument) as caught:
        run([line("a"), line("b")], policy={"max_lines": 1})
    assert [(each.place, each.code) for each in caught.value.problems] == [("checkout.cart.lines", "limit.lines")]
