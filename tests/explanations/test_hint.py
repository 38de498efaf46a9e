"""Hints: what a little more brings, and that it comes true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beyond import beyond
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer
from settlement import Checkout, Line, Money, Rulebook, settle
from settlement.commands.cli import main
from settlement.explanations import hint as found
from settlement.explanations.comparison import compare
from settlement.explanations.hint import hints
from settlement.explanations.offer import explain_offer
from settlement.explanations.story import explain
from settlement.receipts.report import report
from settlement.receipts.text import receipt
from settlement.rulebook.request import Request
from strategies import requests

FREE_AT_99 = [{"min_amount": "99.00 CNY"}]


def asked(*lines, checkout=None, **rules):
    """The hints for these lines under these rules."""
    rules.setdefault("freight_templates", [a_template(free=FREE_AT_99)])
    document = a_checkout(*lines, **(checkout or {}))
    return hints(Checkout.model_validate(document), Rulebook.model_validate(a_rulebook(**rules)))


def ships(name="a", price="93.00", **fields):
    """A line of template t1."""
    return a_line(name, price, freight_template="t1", **fields)


def test_what_is_missing_and_what_it_saves():
    """93.00 and 8.00 of freight: 6.00 more makes 99.00 in all, 2.00 less than now; so it pays."""
    (hint,) = asked(ships())
    assert (hint.kind, hint.shop, hint.rule, hint.lines) == ("free_shipping", "s1", "t1", ("a",))
    assert hint.missing == hint.adds == Money("6.00 CNY")
    assert (hint.costs, hint.saves, hint.payable) == (Money("-2.00 CNY"), Money("8.00 CNY"), Money("99.00 CNY"))


@pytest.mark.parametrize(("price", "pays"), [("91.01", True), ("91.00", True), ("90.99", False), ("10.00", False)])
def test_whether_it_pays_turns_where_the_larger_order_costs_as_much(price, pays):
    """It pays as long as what is missing is no more than the freight."""
    (hint,) = asked(ships(price=price))
    assert (hint.costs.minor <= 0) is pays
    assert hint.payable == Money("99.00 CNY")


def test_one_minor_unit_less_is_not_enough():
    """The hint names what is needed: a cent below it freight is still due."""
    (hint,) = asked(ships())
    for missing, fee in ((hint.missing, "0.00 CNY"), (hint.missing - Money("0.01 CNY"), "10.00 CNY")):
        larger = a_checkout(ships(), ships("more", str(missing.amount)))
        rules = a_rulebook(freight_templates=[a_template(free=FREE_AT_99)])
        settlement = settle(Checkout.model_validate(larger), Rulebook.model_validate(rules))
        assert str(settlement.totals.freight) == fee


def test_what_an_offer_takes_from_the_addition_is_asked_for_on_top():
    """With half price on everything 93.00 counts 46.50: what is missing at the till is 105.00 of goods, not 52.50."""
    half = an_offer(benefit={"type": "percent_off", "percent": "50"})
    (hint,) = asked(ships(), promotions=[half])
    assert hint.missing == Money("105.00 CNY")
    assert hint.payable == Money("99.00 CNY")


@pytest.mark.parametrize(("basis", "missing"), [("net", "26.00 CNY"), ("shop_net", "6.00 CNY"), ("goods", "6.00 CNY")])
def test_the_amount_is_that_of_the_policy(basis, missing):
    """A platform coupon of 20.00 counts against the threshold, or does not, as the policy says."""
    coupon = an_offer("c1", {"type": "amount_off", "amount": "20.00 CNY"})
    (hint,) = asked(
        ships(),
        checkout={"customer": {"coupons": ["c1"]}},
        coupons=[coupon],
        policy={"free_shipping_amount": basis},
    )
    assert str(hint.missing) == missing


def test_missing_pieces_are_more_of_the_cheapest_line_that_can_be_had():
    """Free from 5 pieces: 2 more of the cheapest line; where its stock ends, of the next."""
    templates = [a_template(free=[{"min_quantity": 5}])]
    cheap, dear = ships("cheap", "1.00", sku="k1"), ships("dear", "5.00", sku="k2", quantity=2)
    (hint,) = asked(cheap, dear, freight_templates=templates)
    assert (hint.missing, hint.lines, hint.adds) == (2, ("cheap",), Money("2.00 CNY"))
    (hint,) = asked(cheap | {"stock": 2}, dear, freight_templates=templates)
    assert (hint.missing, hint.lines, hint.adds) == (2, ("dear",), Money("10.00 CNY"))
    assert asked(cheap | {"stock": 1}, dear | {"stock": 2}, freight_templates=templates) == ()


def test_an_entry_of_both_conditions_needs_both():
    """3 pieces and 20.00: one more piece of 5.00 makes 15.00, so it takes two."""
    (hint,) = asked(
        ships(price="5.00", quantity=2),
        freight_templates=[a_template(free=[{"min_quantity": 3, "min_amount": "20.00 CNY"}])],
    )
    assert (hint.missing, hint.adds) == (2, Money("10.00 CNY"))


def test_the_smallest_addition_comes_first():
    """Two shops and a coupon, in the order of what has to be added."""
    found = asked(
        ships("a", "60.00"),
        ships("b", "95.00", shop="s2"),
        checkout={"customer": {"coupons": ["c1"]}},
        coupons=[
            {
                "id": "c1",
                "issuer": "s1",
                "tiers": [{"min_amount": "80.00 CNY", "benefit": {"type": "amount_off", "amount": "30.00 CNY"}}],
            }
        ],
    )
    rows = [(hint.kind, hint.shop, hint.rule, str(hint.missing)) for hint in found]
    assert rows[:2] == [("free_shipping", "s2", "t1", "4.00 CNY"), ("offer", "s1", "c1", "20.00 CNY")]
    assert [hint.adds for hint in found] == sorted(hint.adds for hint in found)


@pytest.mark.parametrize(
    ("tier", "missing", "costs"),
    [
        ({"min_amount": "100.00 CNY"}, "7.00 CNY", "-3.00 CNY"),
        ({"min_quantity": 3}, "2", "176.00 CNY"),
    ],
)
def test_an_offer_that_a_little_more_unlocks(tier, missing, costs):
    """Refused below its threshold, the offer applies to the larger cart: 10.00 off."""
    offer = an_offer("p1")
    offer["tiers"] = [tier | {"benefit": {"type": "amount_off", "amount": "10.00 CNY"}}]
    (hint,) = asked(a_line("a", "93.00"), promotions=[offer])
    assert (hint.kind, hint.rule, hint.shop, str(hint.missing), hint.lines) == ("offer", "p1", None, missing, ("a",))
    assert (hint.costs, hint.saves) == (Money(costs), Money("10.00 CNY"))


def test_an_offer_for_one_sku_asks_for_more_of_it():
    """No other article counts towards it, and this one has its price: 7.00 is missing, and one more piece it takes."""
    offer = an_offer("p1", scope={"skus": ["k"]})
    offer["tiers"][0]["min_amount"] = "100.00 CNY"
    (hint,) = asked(a_line("a", "93.00"), promotions=[offer])
    assert (hint.missing, hint.lines, hint.adds) == (1, ("a",), Money("93.00 CNY"))


def test_a_hint_that_would_not_come_true_is_not_given():
    """Too many units for the entry already; no address; freight that is free or nought; nothing in the cart."""
    too_many = [a_template(free=[{"min_amount": "99.00 CNY", "max_units": 1}])]
    assert asked(ships(price="10.00", quantity=2), freight_templates=too_many) == ()
    assert asked(ships(), checkout={"address": None}) == ()
    assert asked(ships(price="99.00")) == ()
    assert asked(ships(), freight_templates=[a_template(fee="0.00", free=FREE_AT_99)]) == ()
    assert asked(ships(selected=False)) == ()


def test_points_are_the_buyers_money_too():
    """Paying the addition with points does not make it pay."""
    (hint,) = asked(
        ships(price="50.00"),
        checkout={"customer": {"points": 100_000}, "choice": {"points": "max"}},
        points={"points": 100, "worth": "1.00 CNY"},
    )
    assert hint.adds == Money("49.00 CNY")
    assert (hint.costs, hint.saves) == (Money("41.00 CNY"), Money("8.00 CNY"))


def test_goods_of_which_points_pay_more_are_not_named_with_others():
    """Points pay for tea alone: 10.00 more of tea or of cups costs the same, but what is left to pay differs."""
    (hint,) = asked(
        a_line("1", "40.00", sku="cup"),
        a_line("2", "50.00", sku="tea", categories=["tea"]),
        checkout={"customer": {"points": 100_000, "coupons": ["c1"]}, "choice": {"points": "max"}},
        coupons=[
            an_offer(
                "c1", tiers=[{"min_amount": "100.00 CNY", "benefit": {"type": "amount_off", "amount": "5.00 CNY"}}]
            )
        ],
        points={"points": 100, "worth": "1.00 CNY", "scope": {"categories": ["tea"]}},
        freight_templates=[],
    )
    assert (hint.lines, hint.missing, hint.payable) == (("2",), Money("10.00 CNY"), Money("38.00 CNY"))
    assert (hint.costs, hint.saves) == (Money("5.00 CNY"), Money("5.00 CNY"))


def test_a_hint_reads_in_both_languages():
    """English and Chinese, with the reader's way of writing amounts."""
    (hint,) = asked(ships() | {"name": "Tea"})
    assert str(hint) == (
        "t1: spend CN¥6.00 more at s1 on goods like Tea for free shipping (pay CN¥2.00 less, save CN¥8.00)"
    )
    assert hint.text("zh_CN") == "t1：在 s1 选购 Tea 这类商品，再买 ¥6.00 包邮（少付 ¥2.00，省 ¥8.00）"
    (hint,) = asked(ships(price="1.00", quantity=3), freight_templates=[a_template(free=[{"min_quantity": 5}])])
    assert str(hint) == "t1: buy 2 more of k for free shipping (pay CN¥10.00 less, save CN¥12.00)"


#: What else decides what such an article costs.
ALSO = ("free_shipping", "stored_value", "tax_class")


def article(checkout, rules, like, price):
    """The checkout with one more article of this price, of a line of its own like another one."""
    asked = rules.rules.tariffs[like.freight_template].needs if like.freight_template else ()
    fields = ("shop", "categories", "freight_template", "warehouse", "warehouses", *ALSO, *sorted(asked))
    line = Line(id="more", sku="more", quantity=1, unit_price=price, **{name: getattr(like, name) for name in fields})
    return checkout.model_copy(update={"cart": checkout.cart.with_line(line)})


def pieces(checkout, like, count):
    """The checkout with so many more of a line."""
    return checkout.model_copy(update={"cart": checkout.cart.with_quantity(like.id, like.quantity + count)})


def brings(hint, settlement):
    """How much of what the hint promises a settlement has: the offer, or sorts of parcels of which all are free."""
    if hint.kind == "offer":
        return sum(each.outcome == "applied" for each in settlement.decisions if each.rule == hint.rule)
    parcels = [parcel for parcel in settlement.parcels if parcel[:2] == (hint.shop, hint.rule)]
    found = {where: [each.free for each in parcels if each.warehouse == where] for where in hint.warehouses or (None,)}
    return sum(all(free) for free in found.values() if free)


@given(requests | st.integers(0, 10**9).map(beyond))
def test_exactly_what_a_hint_names_does_it_and_the_least_bit_less_does_not(request_):
    """The law: for every line that a hint names, and at the cost that it names; by minor units and by pieces."""
    checkout, rules = Checkout.model_validate(request_["checkout"]), Rulebook.model_validate(request_["rulebook"])
    now = settle(checkout, rules)
    for hint in hints(checkout, rules):
        assert hint.lines
        assert hint.name
        for like in map(checkout.cart.__getitem__, hint.lines):
            if isinstance(hint.missing, Money):
                one = Money.of_minor(1, now.currency)
                larger, less = (article(checkout, rules, like, price) for price in (hint.missing, hint.missing - one))
            else:
                assert hint.lines == (like.id,)
                larger, less = (pieces(checkout, like, count) for count in (hint.missing, hint.missing - 1))
            then = settle(larger, rules)
            assert brings(hint, then) == (len(hint.warehouses) or 1)
            assert brings(hint, settle(less, rules)) == 0
            assert hint.payable == then.payable
            assert hint.costs == then.payable - then.totals.points - (now.payable - now.totals.points)
            assert hint.adds == then.totals.goods - now.totals.goods == hint.costs + hint.saves


def from_two(free):
    """Hints and receipts of 50.00 from the south and 43.00 from the north, both under one template."""
    lines = [ships("a", "50.00", warehouse="w1"), ships("b", "43.00", warehouse="w2")]
    places = [{"id": "w1", "name": "South", "region": "440000"}, {"id": "w2", "name": "North", "region": "110000"}]
    rules = a_rulebook(freight_templates=[a_template(free=free) | {"name": "By piece"}], warehouses=places)
    documents = Checkout.model_validate(a_checkout(*lines)), Rulebook.model_validate(rules)
    found = hints(*documents)
    return found, receipt(settle(*documents), hints=found)


def test_one_purchase_that_frees_the_parcels_of_two_warehouses_is_one_hint_for_both():
    """6.00 more makes both parcels free, 16.00 together: it is said once, with both warehouses."""
    (hint,), paper = from_two(FREE_AT_99)
    assert (hint.warehouses, hint.warehouse_names) == (("w1", "w2"), ("South", "North"))
    assert (hint.missing, hint.lines, hint.saves) == (Money("6.00 CNY"), ("a", "b"), Money("16.00 CNY"))
    assert str(hint).startswith("By piece, from South, North: spend CN¥6.00 more")
    assert hint.to_dict()["warehouses"] == ["w1", "w2"]
    assert "Free shipping not reached\n  By piece, from South, North  spend" in paper
    assert "Offers not used" not in paper


def test_a_parcel_that_only_goods_from_elsewhere_make_free_is_named_by_its_warehouse():
    """Free up to one piece a parcel: what is added must not lie in the parcel, so each warehouse has its own hint."""
    (south, north), paper = from_two([{"min_amount": "299.00 CNY", "max_units": 1}])
    assert (south.warehouses, south.lines) == (("w1",), ("b",))
    assert (north.warehouses, north.lines) == (("w2",), ("a",))
    assert "By piece, from South  spend" in paper
    assert "By piece, from North  spend" in paper


def test_where_lines_name_no_warehouse_a_hint_names_none():
    """Then it has no such key, in Python as in JSON."""
    (hint,) = asked(ships())
    assert hint.warehouses == ()
    assert "warehouses" not in hint.to_dict()


def test_where_no_amount_does_none_is_named():
    """Everything is free already, or the offer before takes all that is added: there is only the distance."""
    nothing = an_offer("all", {"type": "percent_off", "percent": "100"}) | {"priority": 1}
    wanted = an_offer(
        "p1", tiers=[{"min_amount": "100.00 CNY", "benefit": {"type": "gift", "sku": "g", "quantity": 1}}]
    )
    assert asked(a_line("a", "93.00"), promotions=[nothing, wanted], freight_templates=[]) == ()
    (hint,) = asked(a_line("a", "93.00"), promotions=[wanted], freight_templates=[])
    assert hint.missing == Money("7.00 CNY")


def test_an_amount_is_at_its_border_also_where_more_of_it_would_be_too_much():
    """50 off each full 300: 260 is reached below 300 of goods, lost at 300, reached again at 310; each is a border."""
    every = an_offer("every", tiers=[{"min_amount": "300.00 CNY", "benefit": {"every": True} | FIFTY}])
    coupon = an_offer(
        "c1", tiers=[{"min_amount": "260.00 CNY", "benefit": {"type": "amount_off", "amount": "5.00 CNY"}}]
    )
    customer = {"customer": {"coupons": ["c1"]}}
    (hint, *_) = [
        each
        for each in asked(
            a_line("a", "100.00"), checkout=customer, promotions=[every], coupons=[coupon], freight_templates=[]
        )
        if each.rule == "c1"
    ]
    assert hint.missing == Money("160.00 CNY")


FIFTY = {"type": "amount_off", "amount": "50.00 CNY"}


def test_the_work_is_bounded(monkeypatch):
    """What no amount brings takes few settlements; a hundred offers take no more than their bound, by lines too."""
    counted = []
    real = found.settle
    monkeypatch.setattr(found, "settle", lambda *request: counted.append(1) or real(*request))
    whole = an_offer("all", {"type": "percent_off", "percent": "100"}) | {"priority": 1}
    tiers = [{"min_amount": "100.00 CNY", "benefit": FIFTY}]
    assert asked(a_line(price="93.00"), promotions=[whole, an_offer("p", tiers=tiers)], freight_templates=[]) == ()
    assert 0 < len(counted) <= 8
    many = [an_offer(f"p{number:02}", tiers=tiers) for number in range(100)]
    lines = [a_line(f"l{number}", price="9.30") for number in range(10)]
    for bound, value, most in (("_SETTLEMENTS", 20, 20), ("_LINES", 150, 15)):
        counted.clear()
        with monkeypatch.context() as patch:
            patch.setattr(found, bound, value)
            assert 0 < len(asked(*lines, promotions=many, freight_templates=[])) < 100
        assert len(counted) == most


def test_the_hint_names_the_goods_the_shop_and_the_offer_by_its_name():
    """Always goods, for another offer may treat others otherwise; of a shop's own offer the shop too; never an id."""
    tiers = [{"min_amount": "100.00 CNY", "benefit": FIFTY}]
    tea = a_line("1", "40.00", categories=["tea"]) | {"name": "Tea"}
    cup = a_line("2", "50.00") | {"name": "Cup"}
    for offer, goods in (
        (an_offer("p1", tiers=tiers, issuer="s1"), ("Tea", "Cup")),
        (an_offer("p1", tiers=tiers), ("Tea", "Cup")),
        (an_offer("p1", tiers=tiers, issuer="s1", scope={"categories": ["tea"]}), ("Tea",)),
    ):
        (hint,) = asked(tea, cup, promotions=[offer | {"name": "50 off"}], freight_templates=[])
        assert (hint.name, hint.goods) == ("50 off", goods)
        assert "p1" not in str(hint)
        assert ("s1" in str(hint)) == (offer["issuer"] == "s1")


def test_one_number_everywhere(capsys):
    """Receipt, report, comparison, explanations and commands say what the hint says, in both languages."""
    path = Path(__file__).parents[2] / "examples" / "mall-cart.json"
    request = Request.model_validate_json(path.read_text(encoding="utf-8"))
    documents = request.checkout, request.rulebook
    made, hinted = settle(*documents), hints(*documents)
    (hint,) = (each for each in hinted if each.rule == "digital-60")
    for locale, amount, sentence in (
        (
            "en",
            "CN¥148.84",
            "spend CN¥148.84 more at 数码优选 on goods like 主动降噪无线耳机, Type-C 编织数据线 1 米 to use it",
        ),
        (
            "zh_CN",
            "¥148.84",
            "在 数码优选 选购 主动降噪无线耳机、Type-C 编织数据线 1 米 这类商品，再买 ¥148.84 可用",
        ),
    ):
        told = [
            hint.text(locale),
            receipt(made, hints=hinted, locale=locale),
            report(made, hints=hinted, locale=locale),
            compare(*documents).text(locale),
            explain(made).text(locale),
            explain(made, rule="digital-60").text(locale),
            explain_offer(*documents, "digital-60").text(locale),
        ]
        for command in (["settle", "--format", "text"], ["compare"], ["report"], ["explain"]):
            assert main([command[0], str(path), *command[1:], "--locale", locale]) == 0
            told.append(capsys.readouterr().out)
        for text in told:
            assert re.sub(r"\s", "", sentence) in re.sub(r"\s", "", text)
            assert "168.94" not in text
            assert "136.94" not in text
        alone = receipt(made, locale=locale)
        assert amount not in alone
        assert {"en": "CN¥168.94 below the threshold", "zh_CN": "距门槛还差 ¥168.94"}[locale] in alone


def next_larger(price, **fields):
    """Goods of this price with 10 off 100 and 50 off 300 held, of which one may be used."""
    coupons = [
        an_offer(name, tiers=[{"min_amount": least, "benefit": {"type": "amount_off", "amount": amount}}])
        for name, amount, least in (("small", "10.00 CNY", "100.00 CNY"), ("large", "50.00 CNY", "300.00 CNY"))
    ]
    customer = {"customer": {"coupons": ["small", "large"]}} | fields
    return asked(a_line(price=price), checkout=customer, coupons=coupons, freight_templates=[])


def test_the_next_larger_coupon_is_named_behind_the_one_in_use():
    """10 off 100 is used, so 50 off 300 is refused by the count; 30.00 more makes it the better one, 10.00 cheaper."""
    (hint,) = next_larger("270.00")
    assert (hint.rule, hint.missing, hint.saves) == ("large", Money("30.00 CNY"), Money("40.00 CNY"))
    assert hint.costs == Money("-10.00 CNY")
    assert hint.payable == Money("250.00 CNY")


def test_a_larger_coupon_that_would_not_be_chosen_is_not_named():
    """A list of coupons is the buyer's own choice; and a coupon that is worse even then is no hint."""
    assert next_larger("270.00", choice={"coupons": ["small"]}) == ()
    worse = [
        an_offer("good", {"type": "amount_off", "amount": "10.00 CNY"}),
        an_offer("bad", tiers=[{"min_amount": "99.00 CNY", "benefit": {"type": "amount_off", "amount": "5.00 CNY"}}]),
    ]
    customer = {"customer": {"coupons": ["good", "bad"]}}
    assert asked(a_line(price="90.00"), checkout=customer, coupons=worse, freight_templates=[]) == ()


def test_more_of_what_the_condition_looks_at():
    """Buy two of a, get b at half price: it is one more of a that is missing, not of b."""
    half = an_offer(
        tiers=[{"min_quantity": 2, "benefit": {"type": "percent_off", "percent": "50"}}],
        scope={"skus": ["b"]},
        condition_scope={"skus": ["a"]},
    )
    lines = [a_line("1", price="10.00", sku="a"), a_line("2", price="60.00", sku="b")]
    (hint,) = asked(*lines, promotions=[half], freight_templates=[])
    assert (hint.missing, hint.lines, hint.saves) == (1, ("1",), Money("30.00 CNY"))
    assert asked(lines[1], promotions=[half], freight_templates=[]) == ()


def test_the_hint_does_not_speak_of_goods_that_another_offer_cuts():
    """The half of a cup's price does not count: 20.00 of cups is not 20.00, and the hint names tea, not the shop."""
    off = {"type": "amount_off", "amount": "10.00 CNY"}
    coupon = an_offer("c1", tiers=[{"min_amount": "100.00 CNY", "benefit": off}], issuer="s1")
    half = an_offer("p1", {"type": "percent_off", "percent": "50"}, issuer="s1", stage="item", scope={"skus": ["cup"]})
    tea = a_line("1", "80.00", sku="tea") | {"name": "Tea"}
    book = {"coupons": [coupon], "promotions": [half], "freight_templates": []}
    (hint,) = asked(tea, checkout={"customer": {"coupons": ["c1"]}}, **book)
    assert (str(hint.missing), hint.goods) == ("20.00 CNY", ("Tea",))
    assert "on goods like Tea" in str(hint)


@pytest.mark.parametrize(("basis", "missing", "costs"), [("without", "25.00", "15.75"), ("with", "20.00", "10.50")])
def test_goods_like_a_book_are_taxed_like_a_book(basis, missing, costs):
    """5 %, not the standard 20 %: of what is added, and where the threshold counts it (84.00 + 21.00 = 105.00)."""
    off = {"type": "amount_off", "amount": "10.00 CNY"}
    coupon = an_offer("c1", tiers=[{"min_amount": "105.00 CNY", "benefit": off}])
    rates = [{"percent": "20"}, {"percent": "5", "tax_class": "books"}]
    (hint,) = asked(
        a_line("a", "80.00", tax_class="books"),
        checkout={"customer": {"coupons": ["c1"]}},
        coupons=[coupon],
        taxes=[{"prices": "without", "rates": rates}],
        policy={"threshold_tax": basis},
        freight_templates=[],
    )
    assert (str(hint.missing), str(hint.costs)) == (f"{missing} CNY", f"{costs} CNY")


def test_goods_like_one_that_ships_free_ship_free():
    """10.00 more of them cost 10.00 and no freight, and bring 5.00."""
    off = {"type": "amount_off", "amount": "5.00 CNY"}
    (hint,) = asked(
        ships(price="90.00", free_shipping=True),
        checkout={"customer": {"coupons": ["c1"]}},
        coupons=[an_offer("c1", tiers=[{"min_amount": "100.00 CNY", "benefit": off}])],
        freight_templates=[a_template()],
    )
    assert (str(hint.missing), str(hint.costs)) == ("10.00 CNY", "5.00 CNY")
