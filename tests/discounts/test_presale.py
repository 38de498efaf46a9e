"""预售: deposits that count for more, and the stages in which an order is paid."""

import json
import random
from fractions import Fraction

import pytest

from settlement import Cart, Checkout, Coupon, InvalidDocument, Presale, Rulebook, Settlement, settle
from settlement.errors import InvariantBroken
from settlement.findings import check
from settlement.findings.cart import check_cart
from settlement.money import ROUNDERS, format_minor
from thorough import examples

DATES = {"balance_from": "2026-11-10T20:00:00+08:00", "balance_until": "2026-11-12T00:00:00+08:00"}
LATE = {"balance_from": "2026-12-10T20:00:00+08:00", "balance_until": "2026-12-12T00:00:00+08:00"}


def cny(minor):
    """An amount of the wire."""
    return format_minor(minor, "CNY")


def presale(name="p", deposit=10000, worth=20000, dates=DATES, kept="100", **more):
    """A promotion with one."""
    benefit = {"type": "presale", "deposit": cny(deposit), "worth": cny(worth), "kept": kept, **dates}
    return {"id": name, "issuer": "s1", "stage": "item", "tiers": [{"benefit": benefit}], **more}


def line(name, price, quantity=1, **more):
    """A line of shop s1."""
    return {"id": name, "shop": "s1", "sku": f"sku-{name}", "quantity": quantity, "unit_price": cny(price), **more}


def request(lines, promotions, at="2026-11-01T00:00:00+08:00", rules=None, **more):
    """A checkout and its rules."""
    cart = {"currency": "CNY", "lines": lines}
    return (
        Checkout.model_validate({"at": at, "cart": cart, **more}),
        Rulebook.model_validate({"id": "r", "currency": "CNY", "promotions": promotions, **(rules or {})}),
    )


def rows(settlement):
    """The stages with their amounts and what is due of them."""
    return [(each.kind, each.amount.minor, each.due.minor) for each in settlement.instalments]


def test_a_deposit_of_100_counts_as_200():
    """1000.00 less 100.00: 100.00 with the order, 800.00 between the dates; all of the deposit is kept."""
    settlement = settle(*request([line("a", 100000)], [presale(valid_until="2026-11-10T00:00:00+08:00")]))
    assert str(settlement.payable) == "900.00 CNY"
    assert rows(settlement) == [("deposit", 10000, 10000), ("balance", 80000, 80000)]
    deposit, balance = settlement.instalments
    assert (deposit.pay_from, deposit.pay_until) == (None, "2026-11-09T16:00:00Z")
    assert (balance.pay_from, balance.pay_until) == ("2026-11-10T12:00:00Z", "2026-11-11T16:00:00Z")
    assert {name: str(each) for name, each in settlement.kept_when_unpaid.items()} == {"a": "100.00 CNY"}


def test_a_deposit_that_counts_as_itself_holds_too():
    """Nothing is taken off, so there is no adjustment; the presale applied all the same and makes the stages."""
    settlement = settle(*request([line("a", 50000)], [presale(worth=10000)]))
    assert rows(settlement) == [("deposit", 10000, 10000), ("balance", 40000, 40000)]
    assert settlement.adjustments == ()
    assert [(each.rule, each.outcome) for each in settlement.decisions] == [("p", "applied")]
    assert Settlement.from_json(settlement.to_json()) == settlement


def test_without_a_presale_there_are_no_stages():
    """Nor in the JSON; after the deposit's time the price is the normal one."""
    over = presale(valid_until="2026-11-01T00:00:00+08:00")
    settlement = settle(*request([line("a", 50000)], [over]))
    assert settlement.instalments == ()
    assert dict(settlement.kept_when_unpaid) == {}
    assert "instalments" not in settlement.to_json()
    assert settlement.decisions[0].reason == "expired"
    assert str(settlement.payable) == "500.00 CNY"


def test_of_two_presales_on_a_line_the_earlier_holds():
    """The later is told which offer is in its way; on lines of its own it holds."""
    first, second = presale("p", priority=1), presale("q", dates=LATE)
    settlement = settle(*request([line("a", 100000)], [second, first]))
    assert [(each.rule, each.reason) for each in settlement.decisions] == [("p", None), ("q", "excluded_by_offer")]
    assert settlement.decisions[1].facts["offer"] == "p"
    assert str(settlement.payable) == "900.00 CNY"
    first["scope"] = {"skus": ["sku-a"]}
    both = settle(*request([line("a", 100000), line("b", 50000), line("c", 1000)], [second, first | {"id": "z"}]))
    assert {each.rule: each.reason for each in both.decisions} == {"z": None, "q": None}
    assert [(each.kind, dict(each.lines)) for each in both.instalments][1][1].keys() == {"a"}
    assert both.instalments[-1].lines.keys() == {"b"}  # of c its worth, 200.00, is more than it costs


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"worth": "99.99 CNY"}, "worth"),
        ({"balance_until": DATES["balance_from"]}, "balance_until"),
        ({"deposit": "0.00 CNY"}, "deposit"),
        ({"kept": "101"}, "kept"),
    ],
)
def test_what_is_refused(change, place):
    """A worth below the deposit, a balance without time, a deposit of nothing, more kept than was paid."""
    with pytest.raises(InvalidDocument) as caught:
        Presale(**{"deposit": "100.00 CNY", "worth": "100.00 CNY", **DATES, **change})
    assert [each.place for each in caught.value.problems] == [place]


def test_a_coupon_is_no_presale():
    """Whoever buys pays a deposit; the search for the best coupons never meets one."""
    offer = presale()
    del offer["stage"]
    with pytest.raises(InvalidDocument, match=r"presale\.coupon"):
        Coupon.model_validate(offer)


def naive(settlement, presales, rounding, tenders):
    """The stages by hand: line by line, in fractions, by the page."""

    def rounded(amount):
        return ROUNDERS[rounding](amount.numerator, amount.denominator)

    deposits, kept, balances, at_once = {}, {}, {}, {}
    for each in settlement.lines:
        offer = next((offer for offer in presales if each.sku in offer["scope"]["skus"]), None)
        if offer is None:
            at_once[each.id] = each.payable.minor
            continue
        benefit = offer["tiers"][0]["benefit"]
        asked = Fraction(str(each.quantity)) * Fraction(benefit["deposit"].split()[0]) * 100
        deposits[each.id] = min(rounded(asked), each.payable.minor)
        kept[each.id] = rounded(deposits[each.id] * Fraction(benefit["kept"]) / 100)
        window = (benefit["balance_from"], benefit["balance_until"])
        balances.setdefault(window, {})[each.id] = each.payable.minor - deposits[each.id]
    stages = ([("at_once", at_once)] if at_once else []) + [("balance", balances[key]) for key in sorted(balances)]
    made, left = [], tenders
    for kind, parts in [*stages, ("deposit", deposits)]:
        paid = min(left, sum(parts.values()))
        left -= paid
        made.append((kind, parts, sum(parts.values()) - paid))
    return [made[-1], *made[:-1]], kept


def some_request(rng):
    """Lines of every price and quantity, two presales on lines of their own, a coupon, points, cards, a fee."""
    lines = [
        line(name, rng.choice([1, 99, 10000, 12345, 50000]), rng.choice([1, 2, 3, "0.333", "1.5"]))
        for name in "abcd"[: rng.randint(1, 4)]
    ]
    promotions = []
    for name, skus, dates in (("p", ["sku-a"], DATES), ("q", ["sku-b", "sku-c"], rng.choice([DATES, LATE]))):
        deposit = rng.choice([1, 333, 10000])
        worth = deposit + rng.choice([0, 1, 777, 10000])
        kept = rng.choice(["0", "33", "50", "100"])
        promotions.append(presale(name, deposit, worth, dates, kept, scope={"skus": skus}))
    rounding = rng.choice(sorted(ROUNDERS))
    rules = {
        "coupons": [
            {"id": "c", "issuer": "platform", "tiers": [{"benefit": {"type": "percent_off", "percent": "13"}}]},
            {"id": "d", "issuer": "s1", "tiers": [{"benefit": {"type": "amount_off", "amount": "30.00 CNY"}}]},
        ],
        "points": {"points": 100, "worth": "1.00 CNY"},
        "payment_methods": [{"id": "card", "percent": "1.7", "borne_by": "buyer"}],
        "policy": {"rounding": rounding},
    }
    more = {
        "customer": {"points": rng.choice([0, 5000]), "coupons": rng.choice([[], ["c"], ["c", "d"]])},
        "payment_method": rng.choice([None, "card"]),
        "tenders": [{"id": "g", "type": "gift_card", "balance": cny(rng.choice([1, 5000, 40000]))}] * rng.randint(0, 1),
    }
    more = {name: value for name, value in more.items() if value is not None}
    if rng.random() < 0.5:
        more["choice"] = {"coupons": "best", "points": "max"}
    return promotions, rounding, request(lines, promotions, rules=rules, **more)


@pytest.mark.parametrize("seed", range(examples(300)))
def test_stages_add_up_and_are_those_of_the_page(seed):
    """Amounts to payable, what is due to due, lines to amounts; the expansion never above the price; JSON both ways."""
    promotions, rounding, (checkout, rulebook) = some_request(random.Random(seed))
    settlement = settle(checkout, rulebook)
    assert Settlement.from_json(settlement.to_json()) == settlement
    if not settlement.instalments:
        assert not {each.sku for each in settlement.lines} & {"sku-a", "sku-b", "sku-c"}
        return
    assert sum(each.amount.minor for each in settlement.instalments) == settlement.payable.minor
    assert sum(each.due.minor for each in settlement.instalments) == settlement.due.minor
    expected, kept = naive(settlement, promotions, rounding, sum(each.amount.minor for each in settlement.tenders))
    assert [(each.kind, {name: part.minor for name, part in each.lines.items()}, each.due.minor)
            for each in settlement.instalments] == [
        (kind, {name: part for name, part in parts.items() if part}, due) for kind, parts, due in expected
    ]  # fmt: skip
    assert {name: each.minor for name, each in settlement.kept_when_unpaid.items()} == {
        name: each for name, each in kept.items() if each
    }
    for each in settlement.lines:
        assert 0 <= -each.promotions.minor <= each.goods.minor


@pytest.mark.parametrize("seed", range(40))
def test_the_best_coupons_are_the_cheapest_of_all_sets(seed):
    """A presale is a promotion before them: the chosen set costs no more than any list of coupons."""
    rng = random.Random(seed)
    _, _, (checkout, rulebook) = some_request(rng)
    held = {"coupons": ["c", "d"]}
    base = json.loads(checkout.model_dump_json(exclude_none=True)) | {"customer": held}
    best = settle(Checkout.model_validate(base | {"choice": {"coupons": "best"}}), rulebook)
    others = [
        settle(Checkout.model_validate(base | {"choice": {"coupons": chosen}}), rulebook).payable
        for chosen in ([], ["c"], ["d"], ["c", "d"])
    ]
    assert best.optimal
    assert best.payable == min(others, key=lambda each: each.minor)


DAMAGE = [
    (lambda found: found.pop("instalments"), "instalments"),
    (lambda found: found["instalments"].pop(), "instalments"),
    (lambda found: found["instalments"][0].update(amount="99.00 CNY"), "instalments[0].amount"),
    (lambda found: found["instalments"][0].update(due="99.00 CNY"), "instalments[0].due"),
    (lambda found: found["instalments"][0]["lines"].update(a="99.00 CNY"), 'instalments[0].lines."a"'),
    (lambda found: found["instalments"][0]["kept"].update(a="99.00 CNY"), 'instalments[0].kept."a"'),
    (lambda found: found["instalments"][0].pop("kept"), 'instalments[0].kept."a"'),
    (lambda found: found["instalments"][1].update(kind="at_once"), "instalments[1].kind"),
    (lambda found: found["instalments"][1].update(pay_until="2026-11-30T00:00:00Z"), "instalments[1].pay_until"),
    (lambda found: found["instalments"][0].update(pay_until="2026-10-30T00:00:00Z"), "instalments[0].pay_until"),
    (lambda found: found["instalments"][0].update(pay_from="2026-11-30T00:00:00Z"), "instalments[0].pay_from"),
    (lambda found: found["decisions"][0]["facts"].pop("unshared"), "decisions[0].facts.unshared"),
]


@pytest.mark.parametrize(("damage", "place"), DAMAGE)
def test_stored_stages_are_worked_out_again(damage, place):
    """What contradicts the presale's facts, the lines or the tenders is refused with its place."""
    found = settle(*request([line("a", 100000)], [presale()])).to_dict()
    damage(found)
    with pytest.raises((InvalidDocument, InvariantBroken)) as caught:
        Settlement.from_json(json.dumps(found))
    assert place in [each.place for each in caught.value.problems]


def test_findings():
    """A balance that ends before the deposit, a deposit without end, a deposit above a price; else nothing."""

    def codes(*promotions):
        _, rulebook = request([line("a", 1)], list(promotions))
        return [each.code for each in check(rulebook)]

    assert codes(presale(valid_until="2026-11-10T00:00:00+08:00")) == []
    assert codes(presale()) == ["presale.open"]
    assert codes(presale(valid_until="2026-11-12T00:00:00+08:00")) == ["presale.over"]
    checkout, rulebook = request(
        [line("a", 9999), line("b", 10000), line("c", 1)], [presale(scope={"skus": ["sku-a", "sku-b"]})]
    )
    found = check_cart(Cart.model_validate(checkout.cart), rulebook)
    assert [(each.place, each.code) for each in found] == [("lines[0].unit_price", "presale.dear")]


def test_units_that_another_offer_used_have_no_deposit():
    """Of three units one is in a flash price that uses its unit up: two deposits are asked for."""
    flash = {"type": "flash_price", "price": "10.00 CNY", "limit": 1}
    first = {
        "id": "f",
        "issuer": "s1",
        "stage": "item",
        "priority": 9,
        "consumes_units": True,
        "tiers": [{"benefit": flash}],
    }
    settlement = settle(*request([line("a", 100000, 3)], [first, presale()]))
    assert rows(settlement) == [("deposit", 20000, 20000), ("balance", 161000, 161000)]
    assert Settlement.from_json(settlement.to_json()) == settlement


def test_receipt_report_and_explanation():
    """In three languages, with the dates by the buyer's clock; the formula comes to the share."""
    from datetime import timedelta

    from settlement import explain, receipt, report

    settlement = settle(*request([line("a", 100000)], [presale(valid_until="2026-11-10T00:00:00+08:00")]))
    page = receipt(settlement, offset=timedelta(hours=8))
    assert "Deposit, until 2026-11-10 00:00 UTC+08:00" in page
    assert "Balance, from 2026-11-10 20:00 UTC+08:00 to" in page
    for locale, word in (("zh_CN", "定金"), ("zh_Hant", "訂金")):
        assert word in receipt(settlement, locale=locale)
        assert word in report(settlement, locale=locale)
        assert "尾款" in report(settlement, locale=locale)
    assert "min(1000.00, round(1 × (200.00 − 100.00)))" in str(explain(settlement))
