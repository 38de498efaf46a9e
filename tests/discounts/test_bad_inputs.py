"""The promotion entries of tests/conformance/bad-inputs.json, and what a user's kind may do wrong, by their ids."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from pathlib import Path

import pytest

from samples import a_checkout, a_line, a_rulebook, an_offer, decisions, problems, result, settled
from settlement import Checkout, PercentOff, Promotion, Rulebook, Settlement, Tier, settle
from settlement.cart.tenders import Tender
from settlement.discounts.terms import Terms
from settlement.errors import InvariantBroken, KindFailed
from work import steps

ENTRIES = Path(__file__).resolve().parents[1] / "conformance" / "bad-inputs.json"


def test_every_entry_of_the_area_has_a_test():
    """The ids in this file's test names are those of the area, and BI-173 of user's kinds."""
    entries = json.loads(ENTRIES.read_text(encoding="utf-8"))
    ids = {entry["id"] for entry in entries if entry["area"] == "promotion"} | {"BI-173"}
    found = re.findall(r"^def test_bi_(\d{3})_", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE)
    assert {f"BI-{number}" for number in found} == ids


def amount_off(amount, **fields):
    """An amount off, without a condition."""
    return {"type": "amount_off", "amount": f"{amount} CNY"} | fields


def percent_off(percent, **fields):
    """A percentage off, without a condition."""
    return {"type": "percent_off", "percent": percent} | fields


def test_bi_098_more_off_than_the_cart_is_worth():
    """BI-098: 50 off 30: the discount is 30, the total 0, and what the offer states stands beside what it took."""
    document = result(a_checkout(a_line(price="30.00")), a_rulebook(promotions=[an_offer(benefit=amount_off("50.00"))]))
    (made,) = document["adjustments"]
    assert (made["amount"], document["totals"]["payable"]) == ("-30.00 CNY", "0.00 CNY")
    assert made["facts"]["benefit"]["amount"] == "50.00 CNY"


@pytest.mark.parametrize(("first", "payable"), [("tenth", "0.00 CNY"), ("fifty", "0.00 CNY")])
def test_bi_099_ten_percent_and_fifty_off_fifty(first, payable):
    """BI-099: in either order the total is 0, never below, and the order in which coupons are named changes nothing."""
    coupons = [
        an_offer("tenth", percent_off("10"), priority=int(first == "tenth")),
        an_offer("fifty", amount_off("50.00"), priority=int(first == "fifty")),
    ]
    rules = a_rulebook(coupons=coupons, policy={"coupons_platform": 2})
    for names in (["tenth", "fifty"], ["fifty", "tenth"]):
        checkout = a_checkout(
            a_line(price="50.00"), customer={"coupons": ["tenth", "fifty"]}, choice={"coupons": names}
        )
        document = result(checkout, rules)
        assert document["totals"]["payable"] == payable
        assert document["adjustments"][0]["rule"] == first


@pytest.mark.parametrize("percent", ["120", "-10", "0", "100.01", "-0"])
def test_bi_100_a_percentage_that_is_none(percent):
    """BI-100: 120, -10 and 0 are refused when the rules are loaded, with the place."""
    offer = an_offer(benefit=percent_off(percent))
    found = problems(lambda: Rulebook.model_validate(a_rulebook(promotions=[offer])))
    place, code = found[0]
    assert place == "promotions[0].tiers[0].benefit.percent"
    assert code in {"rule.percentage", "percent.notation"}
    assert code == "rule.percentage" or percent == "-0"


def test_bi_102_everything_off_twice_and_a_gift_card():
    """BI-102: two coupons of 100 % and a gift card: the total is 0, the card pays nothing, and no line is below 0."""
    coupons = [an_offer("all", percent_off("100")), an_offer("more", percent_off("100"))]
    checkout = a_checkout(
        a_line(),
        customer={"coupons": ["all", "more"]},
        choice={"coupons": ["all", "more"]},
        tenders=[{"id": "card", "type": "gift_card", "balance": "50.00 CNY"}],
    )
    document = result(checkout, a_rulebook(coupons=coupons, policy={"coupons_platform": 2}))
    assert decisions(document) == {"all": "applied", "more": "no_effect"}
    assert document["totals"]["payable"] == document["due"] == "0.00 CNY"
    assert [(each["amount"], each["left"]) for each in document["tenders"]] == [("0.00 CNY", "50.00 CNY")]
    assert [each["kind"] for each in document["redemptions"]] == ["coupon"]
    assert document["lines"][0]["payable"] == "0.00 CNY"


@pytest.mark.parametrize(
    ("basis", "first", "expected"),
    [
        ("net", "a", {"a": "applied", "b": "below_amount"}),
        ("net", "b", {"a": "below_amount", "b": "applied"}),
        ("goods", "a", {"a": "applied", "b": "applied"}),
        ("goods", "b", {"a": "applied", "b": "applied"}),
    ],
)
def test_bi_107_a_coupon_under_whose_threshold_another_brings_the_rest(basis, first, expected):
    """BI-107: what a threshold looks at is fixed by the policy and the order; each coupon is judged once."""
    tiers = [{"min_amount": "100.00 CNY", "benefit": amount_off("20.00")}]
    coupons = [an_offer(name, tiers=tiers, priority=int(name == first)) for name in ("a", "b")]
    rules = a_rulebook(coupons=coupons, policy={"coupons_platform": 2, "threshold_amount": basis})
    for names in (["a", "b"], ["b", "a"]):
        customer, choice = {"coupons": names}, {"coupons": names}
        document = result(a_checkout(a_line(price="110.00"), customer=customer, choice=choice), rules)
        assert decisions(document) == expected


def three_for_two(lines):
    """Lines of distinct prices under 3 for 2, and the work that settling takes."""
    offer = an_offer(benefit={"type": "nth_unit", "n": 3, "percent": "100"})
    goods = [a_line(f"{n:04d}", price=f"{n * 7919 % lines + 1}.00") for n in range(lines)]
    checkout = Checkout.model_validate(a_checkout(*goods))
    book = Rulebook.model_validate(a_rulebook(promotions=[offer]))
    return settle(checkout, book), steps(lambda: settle(checkout, book))


def test_bi_108_three_for_two_over_a_thousand_lines():
    """BI-108: dearest first, each third unit is free; and four times the lines are four times the work."""
    settlement, short = three_for_two(1000)
    ranked = sorted(settlement.lines, key=lambda line: -line.unit_price.minor)
    free = {line.id for line in settlement.lines if not line.payable}
    assert len({line.unit_price for line in ranked}) == 1000
    assert free == {line.id for line in ranked[2::3]}
    _, long = three_for_two(4000)
    assert long < 5 * short


@pytest.mark.parametrize("field", ["price_list", "based_on"])
def test_bi_109_there_are_no_price_lists_that_could_refer_to_each_other(field):
    """BI-109: neither a price list nor an offer names another, so no cycle exists."""
    prices = {"id": "a", "prices": [{"sku": "k", "unit_price": "1.00 CNY"}], field: "b"}
    found = problems(lambda: Rulebook.model_validate(a_rulebook(price_lists=[prices])))
    assert found == [(f"price_lists[0].{field}", "field.unknown")]
    assert problems(lambda: Rulebook.model_validate(a_rulebook(**{field: []}))) == [(field, "field.unknown")]
    offer = an_offer(**{field: "p2"})
    found = problems(lambda: Rulebook.model_validate(a_rulebook(promotions=[offer])))
    assert found == [(f"promotions[0].{field}", "field.unknown")]


def test_bi_110_two_thousand_offers_are_no_chain():
    """BI-110: what cannot refer cannot be deep: two thousand offers on one line settle without recursion."""
    offers = [an_offer(f"p{number}", amount_off("0.01")) for number in range(2000)]
    document = result(a_checkout(a_line(price="30.00")), a_rulebook(promotions=offers))
    assert document["totals"]["payable"] == "10.00 CNY"


def test_bi_111_one_code_in_two_checkouts_at_once(tmp_path):
    """BI-111: both settle; the list says what to consume, and in the order's transaction one of the two wins."""
    rules = a_rulebook(coupons=[an_offer("c1", amount_off("5.00"), limit_in_all=1)])
    text = settled(a_checkout(customer={"coupons": ["c1"]}), rules).to_json()
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as store:
        store.execute("create table orders (id text primary key, payable text)")
        store.execute("create table used (kind text, id text, primary key (kind, id))")
    store.close()
    barrier, won = threading.Barrier(2), []

    def place(order):
        settlement = Settlement.from_json(text)
        with sqlite3.connect(path, timeout=30) as connection:
            barrier.wait()
            try:
                connection.execute("insert into orders values (?, ?)", (order, str(settlement.payable)))
                for each in settlement.redemptions:
                    connection.execute("insert into used values (?, ?)", (each.kind, each.id))
            except sqlite3.IntegrityError:
                connection.rollback()
            else:
                connection.commit()
                won.append(order)
        connection.close()

    threads = [threading.Thread(target=place, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = sqlite3.connect(path)
    assert [row[0] for row in store.execute("select id from orders")] == won
    assert sorted(store.execute("select kind, id from used")) == [("coupon", "c1"), ("use", "c1")]
    store.close()
    assert len(won) == 1


def test_bi_113_a_coupon_does_not_buy_money_cheaper():
    """BI-113: 30 % off a gift card: a line of stored value is in no offer's scope."""
    coupon = an_offer("c1", percent_off("30"))
    checkout = a_checkout(a_line(stored_value=True), customer={"coupons": ["c1"]})
    document = result(checkout, a_rulebook(coupons=[coupon]))
    assert document["totals"]["payable"] == "10.00 CNY"
    assert decisions(document) == {"c1": "nothing_in_scope"}


def test_bi_114_a_card_of_less_than_nothing():
    """BI-114: a balance of -500 is refused as such."""
    found = problems(lambda: Tender(id="card", type="gift_card", balance="-500.00 CNY"))
    assert found == [("balance", "tender.range")]


def test_bi_115_a_card_of_more_than_is_due():
    """BI-115: it pays what is due, and the settlement says what is left on it."""
    checkout = a_checkout(tenders=[{"id": "card", "type": "gift_card", "balance": "50.00 CNY"}])
    document = result(checkout)
    assert [(each["amount"], each["left"]) for each in document["tenders"]] == [("10.00 CNY", "40.00 CNY")]
    assert document["due"] == "0.00 CNY"


@pytest.mark.parametrize(
    ("gift", "code"),
    [
        ({"sku": "mug"}, "field.missing"),
        ({"quantity": 1}, "field.missing"),
        ({"sku": "mug", "quantity": 0}, "quantity.range"),
        ({"sku": "mug", "quantity": -1}, "quantity.range"),
        ({"sku": "", "quantity": 1}, "text.empty"),
        ({"sku": "mug", "quantity": 1, "price": "-1.00 CNY"}, "field.unknown"),
    ],
)
def test_bi_116_a_gift_that_is_not_all_there(gift, code):
    """BI-116: a gift without sku or quantity is refused; it has no price, so it can make no amount negative."""
    offer = an_offer(benefit={"type": "gift"} | gift)
    assert [code for _, code in problems(lambda: Rulebook.model_validate(a_rulebook(promotions=[offer])))] == [code]


def test_bi_116_a_gift_changes_no_amount():
    """BI-116: whether the mug is in stock is the shop's to say when it packs; no amount hangs on it."""
    offer = an_offer(benefit={"type": "gift", "sku": "mug", "quantity": 2})
    document = result(a_checkout(), a_rulebook(promotions=[offer]))
    assert document["gifts"] == [{"rule": "p1", "sku": "mug", "quantity": 2}]
    assert document["totals"] == result(a_checkout())["totals"]


# ------------------------------------------------------------------ a user's own kind


class Wrong(PercentOff):
    """A kind of a user's that does what a test tells it."""


def raises(goods):
    """A plain mistake."""
    return [1 // 0 for _ in goods.nets]


def takes_more_by_changing_the_goods(goods):
    """Makes the goods dearer, then takes that off."""
    goods.nets[0] = 10**9
    return list(goods.nets)


def changes_the_goods_quietly(goods):
    """Says nothing wrong, and leaves the goods dearer than they were."""
    goods.nets[0] += 1
    return [0] * len(goods.nets)


def shortens_the_goods(goods):
    """Forgets a line in what it was given."""
    goods.nets.pop()
    return []


HOOKS = {
    "raises": ("off", raises),
    "nan": ("off", lambda goods: [float("nan")] * len(goods.nets)),
    "negative": ("off", lambda goods: [-1] * len(goods.nets)),
    "another currency": ("off", lambda goods: ["1.00 JPY"] * len(goods.nets)),
    "float": ("off", lambda goods: [1.0] * len(goods.nets)),
    "too long": ("off", lambda goods: [0] * (len(goods.nets) + 1)),
    "nothing": ("off", lambda _: None),
    "a generator": ("off", lambda goods: (0 for _ in goods.nets)),
    "more than there is": ("off", lambda goods: [net + 1 for net in goods.nets]),
    "changes the goods": ("off", takes_more_by_changing_the_goods),
    "changes them quietly": ("off", changes_the_goods_quietly),
    "shortens the goods": ("off", shortens_the_goods),
    "a gift of nothing": ("gift", lambda _: ("mug", 0)),
    "a gift without a name": ("gift", lambda _: ("", 1000)),
    "a gift of floats": ("gift", lambda _: ("mug", 1000.0)),
    "no gift at all": ("gift", lambda _: "mug"),
}


@pytest.mark.parametrize(("hook", "does"), HOOKS.values(), ids=HOOKS)
def test_bi_173_a_kind_that_breaks_its_promise(monkeypatch, hook, does):
    """BI-173: whatever a kind does wrong is a typed error that names it and the hook; nothing is settled."""
    monkeypatch.setattr(Wrong, hook, lambda _, goods: does(goods))
    monkeypatch.setattr(Wrong, "gives", True)
    offer = Promotion(id="p1", issuer="platform", tiers=[Tier(benefit=Wrong(percent="10"))])
    book = Rulebook(id="rules", currency="CNY", promotions=[offer])
    with pytest.raises(KindFailed, match=rf"Wrong\.{hook}\(\)") as caught:
        settle(Checkout(**a_checkout(a_line("a"), a_line("b"))), book)
    assert (caught.value.kind, caught.value.hook) == ("Wrong", hook)
    assert isinstance(caught.value, InvariantBroken)
    assert isinstance(caught.value.__cause__, ZeroDivisionError) is (does is raises)


#: What each hook is given.
ASKED = {"ceilings": (1, None, None), "at_least": (100,), "counted": (1000, 0)}


@pytest.mark.parametrize(
    ("hook", "answer"),
    [
        ("ceilings", []),
        ("ceilings", [(0, 1)]),
        ("ceilings", [(0, 1, 0)]),
        ("ceilings", [(0.0, 1, 1)]),
        ("ceilings", [(-1, 1, 1)]),
        ("at_least", (2, 1)),
        ("at_least", None),
        ("counted", 1001),
        ("counted", 0.5),
    ],
)
def test_bi_173_a_bound_for_the_search_that_is_none(monkeypatch, hook, answer):
    """BI-173: the hooks that the search for the best coupons and the redemptions ask are looked at as well."""
    monkeypatch.setattr(Wrong, hook, lambda *_: answer)
    terms = Terms(Promotion(id="p1", issuer="platform", tiers=[Tier(benefit=Wrong(percent="10"))]), coupon=True)
    benefit = terms.tiers[0][2]
    with pytest.raises(KindFailed, match=rf"Wrong\.{hook}\(\)"):
        getattr(benefit, hook)(*ASKED[hook])


def test_bi_173_the_sums_are_checked_behind_a_kind_too():
    """BI-173: a kind that keeps its promise is settled like any other, and its settlement reads back."""
    offer = Promotion(id="p1", issuer="platform", tiers=[Tier(benefit=Wrong(percent="10"))])
    settlement = settle(Checkout(**a_checkout()), Rulebook(id="rules", currency="CNY", promotions=[offer]))
    assert str(settlement.payable) == "9.00 CNY"
    assert Settlement.from_json(settlement.to_json()) == settlement
