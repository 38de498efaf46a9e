"""Which units an offer works on: sets, bands, the dearest and the cheapest, what is used up, what was bought before."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, decisions, problems, result, settled
from settlement import (
    AddOnPrice,
    Checkout,
    FlashPrice,
    GraduatedPrice,
    Line,
    Money,
    NthUnit,
    PercentOff,
    RefundPolicy,
    Rulebook,
    SetPrice,
    Settlement,
    check,
    refund,
    settle,
)
from settlement.cart.columns import Basket
from settlement.discounts.goods import Goods
from settlement.explanations.offer import explain_offer
from settlement.money import ROUNDERS
from settlement.receipts.report import report
from settlement.receipts.text import receipt
from settlement.testing.strategies import _goods_of as goods_of
from thorough import examples

SEEDS = range(examples(120))


def units_of(goods, cheapest=False):
    """One entry (net, position) for each unit of whole lines, in the order of the offers."""
    units = [
        (Fraction(net * 1000, milli), at)
        for at, (net, milli) in enumerate(zip(goods.nets, goods.millis, strict=True))
        if milli % 1000 == 0
        for _ in range(milli // 1000)
    ]
    return sorted(units, key=lambda unit: (unit[0] if cheapest else -unit[0], unit[1]))


def spread_of(amount, weights):
    """Largest remainders, by fractions; ties to the larger weight, then to the smaller place."""
    total = sum(weights)
    if not amount or not total:
        return [0] * len(weights)
    exact = [amount * weight / total for weight in weights]
    shares = [int(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda at: (shares[at] - exact[at], -weights[at], at))
    for at in order[: amount - sum(shares)]:
        shares[at] += 1
    return shares


def minor(amount):
    """An amount of minor units."""
    return Money.of_minor(amount, "CNY")


# ------------------------------------------------------------------ by units, one by one


@pytest.mark.parametrize("seed", SEEDS)
def test_sets_are_formed_one_after_another(seed):
    """Unit by unit: each slot takes the dearest left that fits; later sets, formed too, are never cheaper again."""
    rng, goods = random.Random(seed), goods_of(seed)
    slots = [
        {"skus": rng.sample(["k1", "k2", "k3"], rng.randint(1, 3)), "quantity": rng.choice([1, 1, 2])}
        for _ in range(rng.randint(1, 3))
    ]
    price = rng.choice([0, 1, rng.randint(0, max(1, goods.net // 3))])
    left, sets = units_of(goods), []
    while True:
        rest, taken = list(left), []
        for slot in slots:
            fits = [unit for unit in rest if goods.skus[unit[1]] in slot["skus"]][: slot["quantity"]]
            taken += fits
            for unit in fits:
                rest.remove(unit)
        if len(taken) < sum(slot["quantity"] for slot in slots):
            break
        left = rest
        sets.append(taken)
    worths = [sum(net for net, _ in each) for each in sets]
    assert worths == sorted(worths, reverse=True)
    cheaper = [each for each, worth in zip(sets, worths, strict=True) if worth > price]
    weights = [
        sum((net for each in cheaper for net, at in each if at == place), Fraction(0))
        for place in range(len(goods.nets))
    ]
    exact = sum(weights) - price * len(cheaper)
    amount = min(goods.rounded(exact.numerator, exact.denominator), int(sum(weights)))
    assert SetPrice(slots=slots, price=minor(price)).off(goods) == spread_of(amount, weights)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_each_group_the_last_ones_or_of_all_the_cheapest(seed):
    """Unit by unit, behind any number of earlier ones; what is used are all units of full groups."""
    rng, goods = random.Random(seed), goods_of(seed)
    n = rng.randint(1, 5)
    count, goods.earlier = rng.randint(1, n), 1000 * rng.choice([0, rng.randint(0, 9)])
    before = goods.earlier // 1000
    for units in (None, "cheapest"):
        sold = units_of(goods, cheapest=units == "cheapest")
        full = (before + len(sold)) // n * n
        if units is None:
            hits = [at for place, (_, at) in enumerate(sold, before) if place < full and place % n >= n - count]
        else:
            hits = [at for _, at in sold[: count * (full // n - before // n)]]
        benefit = NthUnit(n=n, percent="50", count=count, units=units)
        off = [0] * len(goods.nets)
        for at in set(hits):
            whole = goods.millis[at] // 1000
            off[at] = goods.rounded(hits.count(at) * goods.nets[at] * 50, whole * 100)
        assert benefit.off(goods) == off
        used = [at for place, (_, at) in enumerate(sold, before) if place < full]
        assert benefit.used(goods) == [1000 * used.count(at) for at in range(len(goods.nets))]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_thousandth_costs_the_price_of_its_band(seed):
    """Thousandth by thousandth, dearest first, behind those bought before; never dearer than it was."""
    rng, goods = random.Random(seed), goods_of(seed)
    ends = sorted(rng.sample(range(1, 30), rng.randint(1, 3)))
    bands = [(end, rng.randint(0, max(goods.nets))) for end in ends]
    goods.earlier = 1000 * rng.choice([0, 0, 3, 7])
    stated = [{"up_to": end, "price": minor(price)} for end, price in bands]
    off, place = [Fraction(0)] * len(goods.nets), goods.earlier
    for at in goods.dearest():
        unit = Fraction(goods.nets[at] * 1000, goods.millis[at])
        for _ in range(goods.millis[at]):
            price = next((price for end, price in bands if place < end * 1000), unit)
            off[at] += max(Fraction(0), unit - price) / 1000
            place += 1
    assert GraduatedPrice(bands=stated).off(goods) == [goods.rounded(each.numerator, each.denominator) for each in off]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("units", ["dearest", "cheapest"])
def test_only_so_many_units_count(seed, units):
    """By thousandths in order: a percentage of their worth, rounded once, or a price each, rounded once a line."""
    rng, goods = random.Random(seed), goods_of(seed)
    most, times = rng.randint(1, 9000), goods.times
    every = rng.random() < 0.5
    left, worth = most * (times if every else 1), [Fraction(0)] * len(goods.nets)
    taken = [0] * len(goods.nets)
    unit = [Fraction(net, milli) for net, milli in zip(goods.nets, goods.millis, strict=True)]
    for at in sorted(range(len(unit)), key=lambda at: (unit[at] if units == "cheapest" else -unit[at], at)):
        taken[at] = min(left, goods.millis[at])
        left -= taken[at]
        worth[at] = unit[at] * taken[at]
    stated = {"max_units": f"{most // 1000}.{most % 1000:03d}", "units": units, "every": every}
    exact = sum(worth) * 33 / 100
    amount = min(goods.rounded(exact.numerator, exact.denominator), int(sum(worth)))
    percent = PercentOff(percent="33", **stated)
    assert percent.off(goods) == spread_of(amount, worth)
    price = rng.randint(0, max(goods.nets))
    savings = [max(Fraction(0), each - Fraction(price * milli, 1000)) for each, milli in zip(worth, taken, strict=True)]
    add_on = AddOnPrice(price=minor(price), **stated)
    assert add_on.off(goods) == [goods.rounded(each.numerator, each.denominator) for each in savings]
    assert percent.used(goods) == add_on.used(goods) == taken


def test_many_pieces_are_runs():
    """Six hundred million pieces in one line cost as much work as six."""
    book = {"slots": [{"skus": ["k1"], "quantity": 2}, {"skus": ["k2"]}], "price": "1.00 CNY"}
    lines = [a_line("a", "9.00", sku="k1", quantity=600_000_001), a_line("b", "8.00", sku="k2", quantity=300_000_000)]
    offer = an_offer(benefit={"type": "set_price", **book})
    document = result(a_checkout(*lines), a_rulebook(promotions=[offer]))
    assert document["totals"]["payable"] == "300000009.00 CNY"


def test_an_add_on_is_shown_as_one():
    """Beside 100.00 of tea a cup for 9.90: the receipt, also of a settlement read back, says at what price."""
    tier = {"min_amount": "100.00 CNY", "benefit": {"type": "add_on_price", "price": "9.90 CNY"}}
    offer = an_offer(tiers=[tier], scope={"skus": ["cup"]}, condition_scope={"skus": ["tea"]})
    lines = [a_line("a", "60.00", sku="tea", quantity=2), a_line("b", "30.00", sku="cup", quantity=2)]
    book = Rulebook.model_validate(a_rulebook(promotions=[offer]))
    settled = settle(Checkout.model_validate(a_checkout(*lines)), book)
    assert str(settled.payable) == "159.90 CNY"
    for each in (settled, Settlement.from_json(settled.to_json())):
        assert "added on for CN¥9.90 each" in receipt(each)
        assert "加购价每件 ¥9.90" in receipt(each, locale="zh_CN")
        assert "加购价每件 ¥9.90" in report(each, locale="zh_CN")


# ------------------------------------------------------------------ units that are used up


def packs(*offers, lines, **fields):
    """A settlement under promotions with these benefits, the first first; each uses its units up."""
    made = [
        an_offer(id=f"p{number}", benefit=benefit, priority=9 - number, consumes_units=True) | more
        for number, (benefit, more) in enumerate(offers)
    ]
    book = Rulebook.model_validate(a_rulebook(promotions=made, **fields))
    settled = settle(Checkout.model_validate(a_checkout(*lines)), book)
    assert Settlement.from_json(settled.to_json()) == settled
    return settled


TRIO = ({"type": "bundle_price", "quantity": 3, "price": "126.00 CNY"}, {})
DUO = ({"type": "bundle_price", "quantity": 2, "price": "90.00 CNY"}, {})
FREE = ({"type": "nth_unit", "n": 3, "percent": "100"}, {})
PERCENT = ({"type": "percent_off", "percent": "15"}, {"consumes_units": False})
FOUR = [a_line("a", "4.50"), a_line("b", "4.00"), a_line("c", "1.00"), a_line("d", "3.00")]


def test_five_pieces_are_a_trio_and_a_duo():
    """126 + 90; without the flag the duo would see units of the trio again, at the line's average."""
    five = [a_line("a", "50.00", quantity=5)]
    assert str(packs(TRIO, DUO, lines=five).payable) == "216.00 CNY"
    loose = [(benefit, {"consumes_units": False}) for benefit, _ in (TRIO, DUO)]
    assert str(packs(*loose, lines=five).payable) == "225.20 CNY"


def test_three_units_stand_in_the_bundle_and_the_fourth_is_discounted():
    """3 for 2 over 4.50 + 4.00 + 3.00, and 15 % off the 1.00 that is left: 9.35."""
    settled = packs(FREE, PERCENT, lines=FOUR)
    assert str(settled.payable) == "9.35 CNY"
    assert settled.adjustments[0].facts["units_used"] == {"a": 1, "b": 1, "d": 1}
    assert settled.adjustments[1].shares.keys() == {"c"}


@pytest.mark.parametrize(
    ("percent", "free", "wanted"),
    [
        ({"group": "g"}, {"group": "g"}, "9.50 CNY"),  # at most one of the two: 10.62 or 9.50
        ({}, {"group": "g", "priority": 1}, "8.07 CNY"),  # 3 for 2 first, or not at all: 8.07 or 10.62
        ({"group": "g", "priority": 1}, {}, "9.50 CNY"),  # 15 % first, or not at all: 10.62 or 9.50
    ],
)
def test_a_group_of_two_chooses_one_and_a_group_of_one_chooses_whether_it_goes_first(percent, free, wanted):
    """15 % off and 3 for 2, both exclusive, over 4.50 + 4.00 + 3.00 + 1.00."""
    offers = [
        an_offer("percent", PERCENT[0], exclusive=True, **percent),
        an_offer("free", FREE[0], exclusive=True, **free),
    ]
    made = settled(a_checkout(*FOUR), a_rulebook(promotions=offers))
    assert (str(made.payable), made.optimal) == (wanted, True)


def test_an_offer_without_units_says_so():
    """Of three units none is left: the next offer of the number is refused, and explained by the one before it."""
    settled = packs(FREE, PERCENT, lines=FOUR[:2] + FOUR[3:])
    assert [(each.rule, each.reason) for each in settled.decisions] == [("p0", None), ("p1", "units_used")]
    assert explain_offer(*settled.made_from, "p1").by == ("p0",)
    assert settled.decisions[1].text("zh_CN") == "适用的商品已全部计入其他优惠"


def test_thresholds_look_at_what_is_left():
    """One unit of 1.00 is left: a threshold of 2 units, or of 1.01, is missed, whatever the policy looks at."""
    for basis in ("net", "goods"):
        for tier, reason in (({"min_quantity": 2}, "below_quantity"), ({"min_amount": "1.01 CNY"}, "below_amount")):
            more = {"tiers": [tier | {"benefit": PERCENT[0]}], "consumes_units": False}
            settled = packs(FREE, ({}, more), lines=FOUR, policy={"threshold_amount": basis})
            assert settled.decisions[1].reason == reason


def test_a_minimum_price_is_held_against_the_whole_line():
    """One of four for 19.00, and 2.00 off the other three: 77.00, where 72.00 is the least that the four may cost."""
    line = a_line("a", "20.00", quantity=4, min_price="18.00 CNY")
    first = ({"type": "add_on_price", "price": "19.00 CNY"}, {})
    for amount, payable in (("2.00", "77.00 CNY"), ("50.00", "72.00 CNY")):
        second = ({"type": "amount_off", "amount": f"{amount} CNY"}, {"consumes_units": False})
        settled = packs(first, second, lines=[line])
        assert str(settled.payable) == payable
        assert settled.adjustments[1].facts["floors"] == {"a": "53.00 CNY"}


def test_an_amount_off_every_unit_uses_the_lines_that_it_is_taken_off():
    """What costs nothing has no share, so its units are left to the next offer, which takes nothing off."""
    off = ({"type": "unit_amount_off", "amount": "1.00 CNY"}, {})
    settled = packs(off, PERCENT, lines=[a_line("a"), a_line("b", "0.00")])
    assert settled.adjustments[0].facts["units_used"] == {"a": 1}
    assert [each.reason for each in settled.decisions] == [None, "no_effect"]


def test_a_coupon_whose_units_were_all_used_says_so_before_it_is_counted():
    """The policy lets in one coupon of the platform; what the second is for is part of the first already."""
    half = {"type": "nth_unit", "n": 2, "percent": "50"}
    coupons = [an_offer("a", half, consumes_units=True), an_offer("b")]
    asked = a_checkout(a_line(quantity=2), customer={"coupons": ["a", "b"]})
    assert decisions(result(asked, a_rulebook(coupons=coupons))) == {"a": "applied", "b": "units_used"}


def test_units_come_back_in_the_next_number():
    """A coupon sees the whole line at its net again: units are used up among offers of one number."""
    coupon = an_offer(id="c", benefit={"type": "percent_off", "percent": "10"}, consumes_units=True)
    offers = [an_offer(id="p", benefit=FREE[0], consumes_units=True)]
    book = Rulebook.model_validate(a_rulebook(promotions=offers, coupons=[coupon]))
    settled = settle(Checkout.model_validate(a_checkout(*FOUR, customer={"coupons": ["c"]})), book)
    assert str(settled.totals.coupons) == "-0.95 CNY"


@pytest.mark.parametrize("seed", range(60))
def test_what_is_left_is_worth_its_part_of_the_line(seed):
    """Against a unit ledger kept in fractions: later offers never see more, and at most a cent a line less."""
    rng = random.Random(seed)
    lines = [
        a_line(name, f"{rng.randint(1, 99)}.{rng.randint(0, 99):02d}", quantity=rng.randint(1, 9)) for name in "abc"
    ]
    offers = [
        ({"type": "bundle_price", "quantity": rng.randint(2, 4), "price": f"{rng.randint(1, 90)}.00 CNY"}, {})
        for _ in "12"
    ]
    settled = packs(*offers, PERCENT, lines=lines)
    left = {line["id"]: Fraction(Money(line["unit_price"]).minor) for line in lines}
    counts = {line["id"]: line["quantity"] for line in lines}
    for adjustment in settled.adjustments:
        stated = adjustment.facts.get("left", {})
        for name, each in stated.items():
            assert each["quantity"] == counts[name]
            assert left[name] * counts[name] - 2 <= Money(each["net"]).minor <= left[name] * counts[name]
        for name, used in adjustment.facts.get("units_used", {}).items():
            counts[name] -= used


def crowd(seed):
    """A small cart with four coupons, most of which use units up, of which two of a sort are let in; free from some."""
    rng = random.Random(seed)
    prices = [f"{rng.choice([9, 10, 10, 20])}.{rng.choice(['00', '99'])}" for _ in range(3)]
    lines = [
        a_line(name, price, shop=rng.choice(["s1", "s1", "s2"]), sku=f"k{name}", quantity=rng.randint(1, 4))
        | {"freight_template": "t"}
        for name, price in zip("abc", prices, strict=True)
    ]
    kinds = [
        {"type": "nth_unit", "n": 2, "percent": "100", "units": rng.choice([None, "cheapest"])},
        {"type": "bundle_price", "quantity": 2, "price": "13.00 CNY"},
        {"type": "percent_off", "percent": "50", "max_units": 2, "units": rng.choice(["dearest", "cheapest"])},
        {"type": "percent_off", "percent": "30"},
        {"type": "set_price", "slots": [{"skus": ["ka"]}, {"skus": ["kb", "kc"]}], "price": "15.00 CNY"},
        {"type": "graduated_price", "bands": [{"up_to": 1, "price": "9.00 CNY"}, {"price": "6.00 CNY"}]},
        {"type": "amount_off", "amount": "7.00 CNY"},
    ]
    coupons = []
    for name in ("c1", "c2", "c3", "c4"):
        benefit = {key: value for key, value in rng.choice(kinds).items() if value is not None}
        tier = rng.choice([{}, {"min_quantity": rng.randint(1, 4)}, {"min_amount": f"{rng.randint(5, 40)}.00 CNY"}])
        flags = {"consumes_units": rng.random() < 0.7, "counts_earlier": rng.random() < 0.3}
        issuer = rng.choice(["platform", "platform", "s1"])
        coupons.append(an_offer(id=name, issuer=issuer, tiers=[tier | {"benefit": benefit}], **flags))
    template = a_template("t", free=[{"min_amount": f"{rng.randint(10, 60)}.00 CNY"}])
    policy = {"coupons_platform": rng.choice([1, 2, 3]), "coupons_per_shop": 2}
    policy["threshold_amount"] = rng.choice(["net", "goods"])
    book = a_rulebook(coupons=coupons, policy=policy, freight_templates=[template])
    usage = [{"rule": name, "units": rng.randint(1, 3)} for name in ("c1", "c2")]
    customer = {"coupons": [coupon["id"] for coupon in coupons], "usage": usage}
    return Checkout.model_validate(a_checkout(*lines, customer=customer)), Rulebook.model_validate(book)


@pytest.mark.parametrize("seed", range(80))
def test_the_best_coupons_are_found_where_they_use_units_up(seed):
    """Proven, and beaten by no list of coupons; and what was left out would not have been admissible beside it."""
    checkout, book = crowd(seed)
    best = settle(checkout, book)
    assert best.optimal
    assert Settlement.from_json(best.to_json()) == best
    for size in range(5):
        for chosen in combinations(checkout.customer.coupons, size):
            choice = checkout.choice.model_copy(update={"coupons": chosen})
            other = settle(checkout.model_copy(update={"choice": choice}), book)
            assert best.payable <= other.payable, chosen


CHEAPEST = {"type": "percent_off", "max_units": 1, "units": "cheapest"}
HALF = [
    {"min_quantity": 1, "benefit": {"type": "percent_off", "percent": "50"}},
    {"min_quantity": 3, "benefit": {"type": "amount_off", "amount": "1.00 CNY"}},
]


@pytest.mark.parametrize(
    ("coupons", "lines", "used", "payable"),
    [
        # the second takes 0.90 by itself, and 90.00 once the first has used the cheap unit up
        (
            [
                {"benefit": CHEAPEST | {"percent": "100"}, "priority": 1, "consumes_units": True},
                {"benefit": CHEAPEST | {"percent": "90"}},
                {"benefit": {"type": "amount_off", "amount": "30.00 CNY"}},
            ],
            [a_line("a", "1.00"), a_line("b", "100.00")],
            {"c1", "c2"},
            "10.00 CNY",
        ),
        # of three units the later tier holds and takes 1.00, of two the earlier one takes half
        (
            [
                {"benefit": CHEAPEST | {"percent": "1"}, "priority": 1, "consumes_units": True},
                {"tiers": HALF},
                {"benefit": {"type": "amount_off", "amount": "30.00 CNY"}},
            ],
            [a_line("a", "50.00", quantity=3)],
            {"c1", "c2"},
            "99.50 CNY",
        ),
        # half of one unit, not of both, so that shipping stays free from 60.00
        (
            [
                {"benefit": CHEAPEST | {"percent": "10"}, "priority": 1, "consumes_units": True},
                {"benefit": {"type": "percent_off", "percent": "50"}},
                {"benefit": {"type": "amount_off", "amount": "28.00 CNY"}, "exclusive": True},
            ],
            [a_line("a", "50.00", quantity=2) | {"freight_template": "t"}],
            {"c1", "c2"},
            "70.00 CNY",
        ),
    ],
)
def test_a_coupon_may_be_worth_more_where_units_were_used_up(coupons, lines, used, payable):
    """Bounds that look at all units would cut the best set off."""
    made = [an_offer(id=f"c{number}", **each) for number, each in enumerate(coupons, 1)]
    zone = {"regions": ["*"], "first": 9, "first_fee": "30.00 CNY"}
    template = {"id": "t", "measure": "quantity", "zones": [zone], "free": [{"min_amount": "60.00 CNY"}]}
    book = a_rulebook(coupons=made, policy={"coupons_platform": 2}, freight_templates=[template])
    checkout = a_checkout(*lines, customer={"coupons": [each["id"] for each in made]})
    settled = settle(Checkout.model_validate(checkout), Rulebook.model_validate(book))
    assert settled.optimal
    assert {each.rule for each in settled.decisions if each.outcome == "applied"} == used
    assert str(settled.payable) == payable


# ------------------------------------------------------------------ what was bought before


def later(benefit, units, quantity, **tier):
    """Settled with so many units bought before."""
    offer = an_offer(tiers=[tier | {"benefit": benefit}], counts_earlier=True)
    line = a_line(price="10.00", quantity=quantity)
    checkout = a_checkout(line, customer={"usage": [{"rule": "p1", "units": units}]} if units else {})
    settled = settle(Checkout.model_validate(checkout), Rulebook.model_validate(a_rulebook(promotions=[offer])))
    assert Settlement.from_json(settled.to_json()) == settled
    return settled


GROUPS = [
    ({"type": "nth_unit", "n": 3, "percent": "100"}, {}),
    ({"type": "nth_unit", "n": 3, "percent": "100", "units": "cheapest"}, {}),
    ({"type": "graduated_price", "bands": [{"up_to": 3, "price": "9.00 CNY"}, {"up_to": 7, "price": "5.00 CNY"}]}, {}),
    ({"type": "amount_off", "amount": "1.00 CNY", "every": True}, {"min_quantity": 3}),
]


@pytest.mark.parametrize(("benefit", "tier"), GROUPS)
@pytest.mark.parametrize("first", range(7))
@pytest.mark.parametrize("second", range(1, 5))
def test_two_orders_of_equal_units_save_what_one_of_both_saves(benefit, tier, first, second):
    """Where all units cost the same it is no matter how they are divided among orders that count along."""
    both = later(benefit, 0, first + second, **tier).totals.promotions
    apart = later(benefit, first, second, **tier).totals.promotions
    if first:
        apart += later(benefit, 0, first, **tier).totals.promotions
    assert apart == both


@pytest.mark.parametrize(("before", "now", "given"), [(0, 3, 1), (2, 1, 1), (3, 1, 0), (1, 5, 2)])
def test_a_gift_comes_along_with_the_units_that_complete_a_threshold(before, now, given):
    """One for each third unit; an order that completes none has no gift, of no piece neither."""
    settled = later({"type": "gift", "sku": "mug", "quantity": 1, "every": True}, before, now, min_quantity=3)
    assert [each.quantity for each in settled.gifts] == [given] * bool(given)


def test_earlier_units_count_for_the_threshold_and_are_handed_on():
    """Four before and three now are seven of five; what is to be remembered stands in the redemptions either way."""
    percent = {"type": "percent_off", "percent": "5"}
    settled = later(percent, 4, 3, min_quantity=5)
    assert str(settled.totals.promotions) == "-1.50 CNY"
    assert [each[:3] for each in settled.redemptions] == [("units", "p1", 3)]
    first = later(percent, 0, 4, min_quantity=5)
    assert (first.decisions[0].reason, first.decisions[0].shortfall) == ("below_quantity", 1)
    assert [each[:3] for each in first.redemptions] == [("units", "p1", 4)]
    back = refund(settled, {"a": 1}, policy=RefundPolicy(recheck="thresholds"))
    assert str(back.cash) == "9.50 CNY"  # six are still there


# ------------------------------------------------------------------ documents

SET = {"type": "set_price", "price": "5.00 CNY"}


@pytest.mark.parametrize(
    ("offer", "found"),
    [
        (an_offer(benefit={"type": "percent_off", "percent": "5", "every": True}), "every.max_units"),
        (an_offer(benefit={"type": "nth_unit", "n": 2, "count": 3, "percent": "5"}), "count.above_n"),
        (an_offer(benefit={"type": "set_price", "slots": [{}], "price": "5.00 CNY"}), "slot.nothing"),
        (an_offer(benefit={"type": "freight_off"}, consumes_units=True), "units.freight"),
        (
            an_offer(benefit={"type": "flash_price", "price": "5.00 CNY", "limit": 1}, counts_earlier=True),
            "earlier.counted_already",
        ),
        (
            an_offer(benefit={"type": "nth_unit", "n": 2, "percent": "5", "per": "sku"}, counts_earlier=True),
            "earlier.per_sku",
        ),
        (
            an_offer(benefit={"type": "graduated_price", "bands": [{"price": "1.00 CNY"}, {"price": "1.00 CNY"}]}),
            "bands.order",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(offer, found):
    """Each by a code of its own, inside a rulebook."""
    codes = [code for _, code in problems(lambda: Rulebook.model_validate(a_rulebook(promotions=[offer])))]
    assert found in codes


def test_the_order_of_slots_stands_in_the_digest_and_their_names_do_not():
    """Another order may make other sets, so it is another rulebook."""
    slots = [{"skus": ["a", "b"], "name": "any"}, {"skus": ["b"]}]
    books = [
        Rulebook.model_validate(
            a_rulebook(promotions=[an_offer(benefit={"type": "set_price", "slots": each, "price": "5.00 CNY"})])
        )
        for each in (slots, slots[::-1], [{"skus": ["b", "a"]}, slots[1]])
    ]
    assert books[0].digest == books[2].digest != books[1].digest


@pytest.mark.parametrize(
    ("benefit", "spelled"),
    [
        ({"type": "percent_off", "percent": "5"}, {"max_units": None, "units": "dearest", "every": False}),
        ({"type": "unit_amount_off", "amount": "5.00 CNY"}, {"units": "dearest", "every": False}),
        ({"type": "nth_unit", "n": 2, "percent": "5"}, {"count": 1, "units": None}),
    ],
)
def test_spelled_at_its_default_a_field_changes_no_byte(benefit, spelled):
    """Neither the digest nor the facts of a settlement."""
    flags = {"consumes_units": False, "counts_earlier": False}
    plain, full = an_offer(benefit=benefit), an_offer(benefit=benefit | spelled) | flags
    texts = [
        settle(
            Checkout.model_validate(a_checkout(a_line(quantity=3))),
            Rulebook.model_validate(a_rulebook(promotions=[offer])),
        )
        for offer in (plain, full)
    ]
    assert texts[0].to_json() == texts[1].to_json()


@pytest.mark.parametrize(
    ("offer", "code"),
    [
        (
            an_offer(
                benefit={"type": "bundle_price", "quantity": 2, "price": "5.00 CNY"},
                conditions=[{"type": "cart_holds", "skus": ["x"]}, {"type": "cart_holds", "skus": ["y"]}],
            ),
            "bundle.any_units",
        ),
        (
            an_offer(
                benefit={"type": "set_price", "slots": [{"skus": ["x", "y"]}, {"skus": ["y"]}], "price": "5.00 CNY"}
            ),
            "slots.wide_first",
        ),
        (an_offer(benefit={"type": "percent_off", "percent": "5"}, counts_earlier=True), "earlier.nothing"),
        (an_offer(platform_share_per="offer"), "share.nothing"),
        (
            an_offer(tiers=[{"min_amount": "9.00 CNY", "benefit": {"type": "add_on_price", "price": "5.00 CNY"}}]),
            "add_on.own_goods",
        ),
    ],
)
def test_the_linter_says_what_is_hardly_meant(offer, code):
    """A warning at its place, and none once the rest is as it is mostly written."""
    found = check(Rulebook.model_validate(a_rulebook(promotions=[offer])))
    assert code in [each.code for each in found]


def test_a_set_may_be_written_narrow_slot_first():
    """No finding where each slot leaves something for the next."""
    benefit = {"type": "set_price", "slots": [{"skus": ["y"]}, {"skus": ["x", "y"]}], "price": "5.00 CNY"}
    assert not check(Rulebook.model_validate(a_rulebook(promotions=[an_offer(benefit=benefit)])))


# ------------------------------------------------------------------ refunds


def test_a_refund_asks_for_articles_and_multiples_again():
    """Two of three articles come back: the discount is taken back, where the policy rechecks."""
    off = {"type": "amount_off", "amount": "3.00 CNY"}
    lines = [a_line(name, "10.00", sku=name, quantity=2) for name in "abc"]
    for condition, back, cash in (
        ({"type": "different_goods", "count": 3}, {"a": 1}, "9.50 CNY"),
        ({"type": "different_goods", "count": 3}, {"a": 2}, "17.00 CNY"),
        ({"type": "multiple_of", "quantity": 3}, {"a": 1, "b": 2}, "28.50 CNY"),
        ({"type": "multiple_of", "quantity": 3}, {"a": 1}, "7.00 CNY"),
    ):
        book = Rulebook.model_validate(a_rulebook(promotions=[an_offer(benefit=off, conditions=[condition])]))
        settled = Settlement.from_json(settle(Checkout.model_validate(a_checkout(*lines)), book).to_json())
        assert str(refund(settled, back, policy=RefundPolicy(recheck="thresholds")).cash) == cash, condition


def test_a_gift_at_exact_multiples():
    """84 bring 12, 85 none, and it says so."""
    gift = {"type": "gift", "sku": "mug", "quantity": 6, "every": True}
    offer = an_offer(
        tiers=[{"min_quantity": 42, "benefit": gift}], conditions=[{"type": "multiple_of", "quantity": 42}]
    )
    for quantity, given in ((84, [12]), (85, [])):
        document = result(a_checkout(a_line(quantity=quantity)), a_rulebook(promotions=[offer]))
        assert [each["quantity"] for each in document["gifts"]] == given
        assert decisions(document)["p1"] == ("applied" if given else "condition_not_met")


def test_without_earlier_units_goods_are_as_they_were():
    """The defaults of what a benefit sees."""
    assert (Goods.earlier, Goods.left, Goods.fitting) == (0, None, None)


def test_a_flash_price_uses_up_no_unit_beyond_what_is_left_of_its_limit():
    """Of two units a customer one was bought before: of three pieces one is used up."""
    flash = FlashPrice(price="7.00 CNY", limit=2)
    three = Basket([Line(**a_line(quantity=3))], "CNY")
    for bought, used in ((0, 2_000), (1_000, 1_000), (2_000, 0), (3_000, 0)):
        assert flash.used(Goods(three, (0,), [3_000], 3_000, 1, ROUNDERS["half_up"], bought)) == [used]
