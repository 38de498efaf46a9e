"""A month of twenty orders: what the what-if says is what a pencil says, order by order and in all."""

from __future__ import annotations

import pytest

from months import DECEMBER, MONTH, NOVEMBER, Parts, month, rules
from settlement.after_pay.payouts.owed import PayoutPolicy
from settlement.audit.what_if import what_if

SIDES = ("november", "chosen", "best")
RECORDS = month()


@pytest.fixture(scope="module")
def found():
    """November's orders under December's rules, beside November's own."""
    return what_if(RECORDS, rules(DECEMBER), rules(NOVEMBER))


def parts(side):
    """A side's totals in whole yuan, as the table has them."""
    totals = {name: amount.minor for name, amount in side.totals.items()}
    assert not any(amount % 100 for amount in totals.values())
    return Parts(
        totals["goods"] // 100,
        -totals["promotions"] // 100,
        -totals["coupons"] // 100,
        totals["freight"] // 100,
        totals["payable"] // 100,
    )


@pytest.mark.parametrize("at", range(len(MONTH)), ids=[order.name for order in MONTH])
def test_every_row_of_the_table_adds_up_and_is_what_one_order_comes_to(at):
    """Goods less fest and coupon with freight is payable; and each order alone comes to its row on every side."""
    order, alone = MONTH[at], what_if([RECORDS[at]], rules(DECEMBER))
    for name, side in zip(SIDES, alone.every_side(), strict=True):
        row = getattr(order, name)
        assert row.goods - row.fest - row.coupon + row.freight == row.payable
        assert parts(side) == row, name


#: The sums of the table's columns, by hand.
IN_ALL = {
    "november": Parts(2084, 120, 84, 102, 1982),
    "chosen": Parts(1944, 120, 54, 48, 1818),
    "best": Parts(1944, 120, 76, 48, 1796),
}
#: 5 % of goods less the shop's coupons (2000, 1890, 1868); shops have these and the freight less it, the platform has
#: it less fest.
MARGINS = {"november": ("2002.00", "-20.00"), "chosen": ("1843.50", "-25.50"), "best": ("1822.60", "-26.60")}


def test_the_month_is_the_sum_of_its_rows(found):
    """Each column, what shops and platform have of it, and nothing for anybody else."""
    for name, side in zip(SIDES, [found.recorded, *found.sides[0]], strict=True):
        rows = [getattr(order, name) for order in MONTH]
        assert Parts(*map(sum, zip(*rows, strict=True))) == parts(side) == IN_ALL[name]
        shops, platform = MARGINS[name]
        assert (str(side.shops["net"]), str(side.platform["net"])) == (f"{shops} CNY", f"{platform} CNY")
        assert side.shops["net"] + side.platform["net"] == side.payable
        assert not any(side.others.values())


def test_as_chosen_and_best_differ_where_another_coupon_is_better(found):
    """o02, o06, o12, o18 use b for a; o04 and o20 use one where none was wanted; a quantile is one of the orders."""
    chosen, best = found.sides[0]
    assert (chosen.changed, chosen.cheaper, chosen.dearer) == (14, 9, 5)
    assert (best.changed, best.cheaper, best.dearer) == (16, 11, 5)
    # as chosen, ascending: -86 -56 -11 -11 -11 -6 -6 -5 -5 4 4 5 5 15
    yuan = {share: amount.minor // 100 for share, amount in chosen.quantiles().items()}
    assert yuan == {0: -86, 5: -86, 25: -11, 50: -6, 75: 4, 95: 15, 100: 15}
    # at best: -86 -56 -16 -11 -11 -6 -6 -5 -5 -5 -3 2 2 4 4 12
    yuan = {share: amount.minor // 100 for share, amount in best.quantiles().items()}
    assert yuan == {0: -86, 5: -86, 25: -11, 50: -5, 75: 2, 95: 12, 100: 12}


def test_buckets_hold_every_order_that_changed_once(found):
    """Above one edge, up to the next: -5 is in the bucket up to 5, -56 above 50."""
    chosen = found.sides[0][0]
    counts = [(str(each.to), each.cheaper, each.dearer) for each in chosen.buckets]
    assert counts == [
        ("1.00 CNY", 0, 0), ("5.00 CNY", 2, 4), ("10.00 CNY", 2, 0), ("20.00 CNY", 3, 1), ("50.00 CNY", 0, 0),
        ("100.00 CNY", 2, 0), ("None", 0, 0),
    ]  # fmt: skip
    for side in (each for both in found.sides for each in both):
        assert sum(each.cheaper + each.dearer for each in side.buckets) == side.changed


def test_rules_say_who_bears_them_and_in_how_many_orders(found):
    """fest is the platform's, the coupons are the shop's, freight is nobody's discount."""
    rows = {(row.rule, row.orders): row for row in found.recorded.rules}
    assert [(row.rule, row.orders, row.amount.minor // 100) for row in found.recorded.rules] == [
        ("fest", 12, -120), ("a", 6, -60), ("b", 3, -24), ("post", 17, 102)
    ]  # fmt: skip
    assert (rows["fest", 12].platform, rows["fest", 12].shop.minor) == (rows["fest", 12].amount, 0)
    assert (rows["a", 6].platform.minor, rows["a", 6].shop) == (0, rows["a", 6].amount)
    assert (rows["post", 17].platform.minor, rows["post", 17].shop.minor) == (0, 0)


def test_the_two_orders_for_tibet_are_told(found):
    """o13 cannot be placed any more, o14 without its tea: that is two orders with a line newly left out."""
    for side in found.sides[0]:
        assert side.newly == {"blocked": 1, "undeliverable": 2}
        assert (side.no_longer, side.statuses) == ({}, {"blocked": 1, "payable": 19})
        first = side.most_changed[0]
        assert (first.order, first.before, first.after) == ("o13", 8600, 0)
        assert [(why.stage, why.before, why.after) for why in first.why] == [
            ("goods", 8000, 0), ("freight", 600, 0), ("left_out", 0, 0)
        ]  # fmt: skip


def test_the_ten_most_changed_come_with_the_parts_of_their_change(found):
    """The largest first, among equals the smaller digest; the parts add up to the change."""
    chosen = found.sides[0][0]
    changes = [each.after - each.before for each in chosen.most_changed]
    assert changes == [-8600, -5600, 1500, -1100, -1100, -1100, -600, -600, 500, 500]
    for side in found.sides[0]:
        for each in side.most_changed:
            assert sum(why.after - why.before for why in each.why) == each.after - each.before
    sixth = next(each for each in chosen.most_changed if each.order == "o06")
    reasons = [(why.rule, why.before, why.after, why.reason, why.shortfall) for why in sixth.why]
    assert reasons == [("fest", -1000, 0, "below_amount", 2000), ("a", -1000, -500, None, None)]


def test_under_their_own_rules_nothing_changes_as_chosen(found):
    """November's rules: as chosen every figure is the recorded one; at best o04 and o20 use their coupon."""
    chosen, best = found.sides[1]
    recorded = found.recorded.to_dict()
    assert {name: chosen.to_dict()[name] for name in recorded} == recorded
    assert (chosen.changed, best.changed) == (0, 2)
    assert found.recorded.payable.minor - best.payable.minor == 2000
    assert set(chosen.quantiles().values()) == {None}


def test_the_margin_follows_the_policy_of_payouts():
    """Commission of what the buyer paid, on freight too: 5 % of payable, order by order."""
    policy = PayoutPolicy(commission_basis="paid", commission_on_freight=True)
    found = what_if(RECORDS, rules(DECEMBER), policy=policy)
    for side, payable in zip(found.every_side(), (1982, 1818, 1796), strict=True):
        assert side.platform["commission"].minor == payable * 5


def test_rules_that_orders_used_and_a_candidate_lost_are_told():
    """Without fest and a: in twelve orders fest was used, in six a; as chosen nobody gets b for it."""
    bare = rules(DECEMBER, promotions=[], coupons=[DECEMBER["coupons"][1]])
    chosen, best = what_if(RECORDS, bare).sides[0]
    assert chosen.gone == best.gone == {"a": 6, "fest": 12}
    assert {row.rule: row.orders for row in chosen.rules} == {"b": 3, "post": 6}  # o01 to o04, o18, o19
    sixth = next(each for each in chosen.most_changed if each.order == "o06")
    assert [(why.rule, why.reason) for why in sixth.why if why.rule] == [
        ("fest", None),
        ("a", "unknown"),
        ("post", None),
    ]
