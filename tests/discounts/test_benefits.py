"""Kinds of benefit in a table of carts small enough to be redone by hand (contract §4).

A line is (id, unit price, quantity); expected are minor units taken off each line. Every kind has a table in cases.md.
"""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook, an_offer, decisions, result
from settlement import AmountOff, FlashPrice, Gift, Money
from settlement.discounts.goods import Goods
from settlement.money import ROUNDERS

THREE = [("a", "30.00", 1), ("b", "20.00", 1), ("c", "10.00", 1)]
THIRDS = [("a", "10.00", 1), ("b", "10.00", 1), ("c", "10.00", 1)]

CASES = {
    "amount-off-is-spread-by-net": (THREE, {"type": "amount_off", "amount": "6.00 CNY"}, {}, [300, 200, 100]),
    "amount-off-leaves-no-cent": (THIRDS, {"type": "amount_off", "amount": "10.00 CNY"}, {}, [334, 333, 333]),
    "amount-off-is-at-most-the-net": (THREE, {"type": "amount_off", "amount": "99.00 CNY"}, {}, [3000, 2000, 1000]),
    "amount-off-has-a-max": (
        THREE,
        {"type": "amount_off", "amount": "9.00 CNY", "max": "6.00 CNY"},
        {},
        [300, 200, 100],
    ),
    "amount-off-for-every-full-amount": (
        THREE,
        {"type": "amount_off", "amount": "1.00 CNY", "every": True},
        {"min_amount": "25.00 CNY"},
        [100, 67, 33],
    ),
    "amount-off-for-every-full-quantity": (
        [("a", "10.00", 7)],
        {"type": "amount_off", "amount": "1.00 CNY", "every": True},
        {"min_quantity": 3},
        [200],
    ),
    "amount-off-for-every-takes-the-smaller-count": (
        [("a", "10.00", 7)],
        {"type": "amount_off", "amount": "1.00 CNY", "every": True},
        {"min_quantity": 2, "min_amount": "35.00 CNY"},
        [200],
    ),
    "amount-off-for-every-has-a-max": (
        [("a", "10.00", 7)],
        {"type": "amount_off", "amount": "1.00 CNY", "every": True, "max": "1.50 CNY"},
        {"min_quantity": 2},
        [150],
    ),
    "percent-off-is-rounded-once": (
        [("a", "0.33", 1), ("b", "0.33", 1), ("c", "0.33", 1)],
        {"type": "percent_off", "percent": "50"},
        {},
        [17, 17, 16],
    ),
    "percent-off-has-a-max": (THREE, {"type": "percent_off", "percent": "50", "max": "6.00 CNY"}, {}, [300, 200, 100]),
    "percent-off-all": (THREE, {"type": "percent_off", "percent": "100"}, {}, [3000, 2000, 1000]),
    "fixed-price-leaves-cheaper-lines": (THREE, {"type": "fixed_price", "price": "15.00 CNY"}, {}, [1500, 500, 0]),
    "fixed-price-by-measure": (
        [("a", "10.00", "1.235")],
        {"type": "fixed_price", "price": "4.00 CNY"},
        {},
        [1235 - 494],
    ),
    # 30, 20, 10: the second dearest is half price
    "second-unit-at-half-price": (THREE, {"type": "nth_unit", "n": 2, "percent": "50"}, {}, [0, 1000, 0]),
    "third-unit-free": (THREE, {"type": "nth_unit", "n": 3, "percent": "100"}, {}, [0, 0, 1000]),
    "every-unit": (THREE, {"type": "nth_unit", "n": 1, "percent": "10"}, {}, [300, 200, 100]),
    # each (shop, sku) by itself: 30, 20 of k1 and 10 of k2
    "second-unit-of-each-sku": (THREE, {"type": "nth_unit", "n": 2, "percent": "50", "per": "sku"}, {}, [0, 1000, 0]),
    "nth-unit-skips-goods-by-measure": (
        [("a", "30.00", "1.500"), ("b", "20.00", 1), ("c", "10.00", 1)],
        {"type": "nth_unit", "n": 2, "percent": "100"},
        {},
        [0, 0, 1000],
    ),
    "nth-unit-in-one-line": ([("a", "10.00", 5)], {"type": "nth_unit", "n": 2, "percent": "50"}, {}, [1000]),
    "nth-unit-of-many": ([("a", "1.00", 999)], {"type": "nth_unit", "n": 3, "percent": "100"}, {}, [33300]),
    # two groups of 2: 30 + 20 and 10 + nothing; only the first is full, and costs 25 instead of 50
    "two-for-25": (THREE, {"type": "bundle_price", "quantity": 2, "price": "25.00 CNY"}, {}, [1500, 1000, 0]),
    "three-for-50": (THREE, {"type": "bundle_price", "quantity": 3, "price": "50.00 CNY"}, {}, [500, 333, 167]),
    "a-bundle-that-is-not-cheaper": (
        THREE,
        {"type": "bundle_price", "quantity": 2, "price": "50.00 CNY"},
        {},
        [0, 0, 0],
    ),
    # 6 units of 10 in groups of 2 for 15: 3 × 5 saved; the seventh unit stands alone
    "bundles-within-one-line": (
        [("a", "10.00", 7)],
        {"type": "bundle_price", "quantity": 2, "price": "15.00 CNY"},
        {},
        [1500],
    ),
    "bundle-skips-goods-by-measure": (
        [("a", "30.00", "1.500"), ("b", "20.00", 1), ("c", "10.00", 1)],
        {"type": "bundle_price", "quantity": 2, "price": "15.00 CNY"},
        {},
        [0, 1000, 500],
    ),
}


def settle_case(lines, benefit, conditions):
    """The result of a platform promotion over these lines; a and b are sku k1, c is k2."""
    rows = [
        a_line(name, price, quantity=quantity, sku="k2" if name == "c" else "k1") for name, price, quantity in lines
    ]
    return result(a_checkout(*rows), a_rulebook(promotions=[an_offer(tiers=[conditions | {"benefit": benefit}])]))


@pytest.mark.parametrize("name", CASES)
def test_a_benefit_takes_off_what_the_table_says(name):
    """Each kind gives the shares that a person computes."""
    lines, benefit, conditions, expected = CASES[name]
    document = settle_case(lines, benefit, conditions)
    off = [-Money(line["promotions"]).minor for line in document["lines"]]
    assert off == expected
    assert decisions(document) == {"p1": "applied" if any(expected) else "no_effect"}


@pytest.mark.parametrize(
    ("price", "limit", "net", "millis", "guessed"),
    [
        ("9.90", 2, 4500, 3000, 1020),  # two of three for 19.80
        ("9.90", 2, 1500, 1000, 510),
        ("9.90", 2, 1000, 3000, -1314),
        ("9.99", "0.5", 3000, 1000, 1001),
        ("9.90", 2, 0, 0, 0),
    ],
)
def test_what_a_flash_price_takes_off_is_guessed_by_the_mean_unit(price, limit, net, millis, guessed):
    """As many units as there are up to the limit, at what one costs on average, less their price."""
    assert FlashPrice(price=f"{price} CNY", limit=limit).guess(net, millis) == guessed


GIFTS = [
    ({}, {}, 1),
    ({"min_quantity": 2}, {"every": True}, 2),
    ({"min_quantity": 2, "min_amount": "50.00 CNY"}, {"every": True}, 1),
    ({"min_amount": "10.00 CNY"}, {"every": False}, 1),
    ({"min_quantity": 1}, {"every": True, "quantity": "1.5"}, "7.5"),
]


@pytest.mark.parametrize(("conditions", "fields", "quantity"), GIFTS)
def test_a_gift_comes_along(conditions, fields, quantity):
    """A gift takes nothing off, is applied all the same, and with `every` comes once per full threshold."""
    gift = {"type": "gift", "sku": "mug", "quantity": 1} | fields
    document = settle_case([("a", "10.00", 5)], gift, conditions)
    assert document["gifts"] == [{"rule": "p1", "sku": "mug", "quantity": quantity}]
    assert decisions(document) == {"p1": "applied"}
    assert document["totals"]["payable"] == "50.00 CNY"
    assert document["adjustments"] == []


def test_a_gift_is_called_what_its_document_calls_it():
    """A sku and its name; without a name nothing."""
    assert list(Gift(sku="mug", quantity=1, name="Tea mug").called()) == [("mug", "Tea mug")]
    assert list(Gift(sku="mug", quantity=1).called()) == []


@pytest.mark.parametrize(
    ("benefit", "gifts", "payable"),
    [
        ({"type": "gift", "sku": "mug", "quantity": 1}, [{"rule": "p1", "sku": "mug", "quantity": 1}], "70.00 CNY"),
        ({"type": "amount_off", "amount": "1.00 CNY"}, [], "69.00 CNY"),
    ],
)
def test_every_is_of_its_own_tier(benefit, gifts, payable):
    """Seven pieces: the first tier would count them by two, the second one that applies gives once all the same."""
    tiers = [{"min_quantity": 2, "benefit": benefit | {"every": True}}, {"min_quantity": 3, "benefit": benefit}]
    document = result(a_checkout(a_line(quantity=7)), a_rulebook(promotions=[an_offer(tiers=tiers)]))
    assert (document["gifts"], document["totals"]["payable"]) == (gifts, payable)


def test_without_every_a_benefit_is_given_once_however_often_its_tier_is_met():
    """A kind itself asks for `every`: what it is told of a count that nobody asked for changes nothing."""
    goods = Goods(None, (0,), [5000], 5000, 3, ROUNDERS["half_up"])
    gift, off = {"sku": "mug", "quantity": 2}, {"amount": "1.00 CNY"}
    assert [Gift(**gift, every=every).gift(goods) for every in (False, True)] == [("mug", 2000), ("mug", 6000)]
    assert [AmountOff(**off, every=every).off(goods) for every in (False, True)] == [[100], [300]]


@pytest.mark.parametrize("price", ["5.00", "7.00"])
def test_a_flash_price_is_over_once_more_than_its_limit_was_bought(price):
    """Nine bought of two: a dearer line costs what it costs, and a cheaper one gets nothing off for the seven more."""
    flash = an_offer(benefit={"type": "flash_price", "price": "6.00 CNY", "limit": 2})
    checkout = a_checkout(a_line(price=price), customer={"usage": [{"rule": "p1", "units": 9}]})
    assert result(checkout, a_rulebook(promotions=[flash]))["totals"]["promotions"] == "0.00 CNY"


@pytest.mark.parametrize("bought", ["1.999", 2, 3])
def test_a_flash_price_leaves_not_a_thousandth_beyond_its_limit(bought):
    """Of goods at 10 000.00 a thousandth would be 9.99: it is left where 1.999 of 2 were bought, and not later."""
    customer = {"id": "u", "usage": [{"rule": "p1", "units": bought}]}
    flash = an_offer(benefit={"type": "flash_price", "price": "10.00 CNY", "limit": 2})
    found = result(a_checkout(a_line(price="10000.00"), customer=customer), a_rulebook(promotions=[flash]))
    assert found["totals"]["promotions"] == ("-9.99 CNY" if bought == "1.999" else "0.00 CNY")


def test_a_flash_price_makes_nothing_dearer():
    """Of a unit of 7.00 and one of 5.00 at a flash price of 6.00 the one costs 1.00 less, the other what it costs."""
    flash = an_offer(benefit={"type": "flash_price", "price": "6.00 CNY", "limit": 2})
    lines = [a_line("a", "7.00"), a_line("b", "5.00")]
    found = result(a_checkout(*lines), a_rulebook(promotions=[flash]))
    assert [row["promotions"] for row in found["lines"]] == ["-1.00 CNY", "0.00 CNY"]


def test_the_least_saving_of_a_flash_price_is_rounded_up_too():
    """0.999 for 0.01 in all, at 0.01 each: a millionth of a cent is saved, and `up` makes it 0.01."""
    customer = {"id": "u", "usage": [{"rule": "p1", "units": "0.999"}]}
    flash = an_offer(benefit={"type": "flash_price", "price": "0.01 CNY", "limit": 1})
    book = a_rulebook(promotions=[flash], policy={"rounding": "up"})
    found = result(a_checkout(a_line(price="0.01", quantity="0.999"), customer=customer), book)
    assert found["totals"]["promotions"] == "-0.01 CNY"


ROUNDED = {"half_up": 13, "half_even": 12, "half_down": 12, "down": 12, "up": 13}


@pytest.mark.parametrize("mode", ROUNDED)
def test_a_percentage_is_rounded_by_the_policy(mode):
    """12.5 cents off, in each mode."""
    book = a_rulebook(
        promotions=[an_offer(benefit={"type": "percent_off", "percent": "12.5"})], policy={"rounding": mode}
    )
    document = result(a_checkout(a_line(price="1.00")), book)
    assert document["totals"]["promotions"] == f"-0.{ROUNDED[mode]} CNY"


def test_what_the_platform_bears_is_rounded_per_line():
    """platform_share of each share, by the policy; default all for the platform, nothing for a shop."""
    lines = [a_line("a", "10.00"), a_line("b", "10.00"), a_line("c", "10.00")]
    for issuer, share, expected in (
        ("platform", None, {"a": "-0.34 CNY", "b": "-0.33 CNY", "c": "-0.33 CNY"}),
        ("s1", None, {}),
        ("s1", "50", {"a": "-0.17 CNY", "b": "-0.17 CNY", "c": "-0.17 CNY"}),
        ("platform", "0", {}),
        ("s1", "1", {}),
    ):
        offer = an_offer(issuer=issuer) | ({} if share is None else {"platform_share": share})
        [adjustment] = result(a_checkout(*lines), a_rulebook(promotions=[offer]))["adjustments"]
        assert adjustment["platform"] == expected
