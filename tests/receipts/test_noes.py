"""Every "no" in a reader's words: the same on a receipt and on a report, and never more than is known."""

from __future__ import annotations

import json

import pytest

from samples import a_checkout, a_line, a_rulebook, settled
from settlement import Settlement
from settlement.receipts.report import report
from settlement.receipts.text import receipt


def cut_short():
    """Nine coupons, of which three may be used, and a search that has no time for them."""
    found = [
        {
            "id": f"c{place}",
            "issuer": "platform",
            "tiers": [
                {
                    "min_amount": f"{10 + place}.00 CNY",
                    "benefit": {
                        "type": "percent_off",
                        "percent": str(3 + place % 7),
                        "max": f"{1 + place * 3 % 11}.37 CNY",
                    },
                }
            ],
        }
        for place in range(9)
    ]
    lines = [a_line(f"l{place}", shop=f"s{place % 3}", unit_price=f"{11 + place * 7}.31 CNY") for place in range(9)]
    book = a_rulebook(coupons=found, policy={"coupons_platform": 3, "search_limit": 1})
    return settled(a_checkout(*lines, customer={"coupons": [each["id"] for each in found]}), book)


@pytest.mark.parametrize("shows", [receipt, report])
@pytest.mark.parametrize(
    ("locale", "better", "found"),
    [
        ("en", "this order is best without it", "not part of the best choice found"),
        ("zh_CN", "本单不用此项最划算", "不在已找到的最优组合中"),
    ],
)
def test_a_choice_that_is_not_proven_best_is_not_praised(shows, locale, better, found):
    """A coupon beside a choice that is only the best so far is not said to save less: nobody knows."""
    cut = cut_short()
    proven = Settlement.from_json(json.dumps(cut.to_dict() | {"optimal": True, "bound": None}))
    assert (cut.optimal, proven.optimal) == (False, True)
    assert {each.reason for each in cut.decisions if each.outcome == "refused"} == {"not_best"}
    assert better in shows(proven, locale=locale)
    assert found not in shows(proven, locale=locale)
    assert found in shows(cut, locale=locale)
    assert better not in shows(cut, locale=locale)


@pytest.mark.parametrize("shows", [receipt, report])
def test_a_no_says_how_much_there_is_and_how_much_it_takes(shows):
    """What is in stock, what a shop's order must reach, what a coupon lacks: on a receipt and on a report."""
    lines = a_line("a", quantity=5, stock=3), a_line("b", shop="s2"), a_line("c", shop="s3")
    coupon = {
        "id": "k",
        "issuer": "platform",
        "tiers": [{"min_amount": "30.00 CNY", "benefit": {"type": "amount_off", "amount": "1.00 CNY"}}],
    }
    book = a_rulebook(coupons=[coupon], minimum_orders=[{"shop": "s2", "amount": "20.00 CNY"}])
    text = shows(settled(a_checkout(*lines, customer={"coupons": ["k"]}), book))
    for said in (
        "not enough in stock, 3 left",
        "below the minimum order of this shop: CN¥20.00",
        "CN¥20.00 below the threshold",
    ):
        assert said in text


@pytest.mark.parametrize("shows", [receipt, report])
@pytest.mark.parametrize(
    ("locale", "said", "wrong"),
    [("en", "this order is best without it", "other offers"), ("zh_CN", "本单不用此项最划算", "其他优惠")],
)
def test_a_coupon_that_would_cost_free_shipping_is_not_beaten_by_other_offers(shows, locale, said, wrong):
    """Where no offer is used, because the only coupon would cost free shipping, none is said to save more."""
    zone = {"regions": ["CN/mainland"], "first": 1, "first_fee": "12.00 CNY"}
    template = {"id": "t", "measure": "quantity", "zones": [zone], "free": [{"min_amount": "99.00 CNY"}]}
    ten = {"id": "k", "issuer": "platform", "tiers": [{"benefit": {"type": "amount_off", "amount": "10.00 CNY"}}]}
    line = a_line("a", unit_price="105.00 CNY", freight_template="t")
    checkout = a_checkout(line, customer={"coupons": ["k"]}, address={"region": "440305"})
    found = settled(checkout, a_rulebook(coupons=[ten], freight_templates=[template]))
    assert (str(found.payable), found.decisions[0].reason, found.adjustments) == ("105.00 CNY", "not_best", ())
    text = shows(found, locale=locale)
    assert said in text
    assert wrong not in text
