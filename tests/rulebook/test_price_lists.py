"""Price lists: what a level of customers pays, cheaper or dearer, in place of the cart's price."""

from __future__ import annotations

import json
import random

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, problems, result, settled
from settlement import Checkout, Rulebook, Settlement, hints, refund, settle
from settlement.audit.record import record
from settlement.audit.replay import replay
from settlement.explanations.story import explain
from settlement.findings import Known, check
from settlement.receipts.report import report
from settlement.receipts.text import receipt
from settlement.rulebook.price_lists import PriceList


def a_list(name="guests", price="12.00", **fields):
    """A price of the sku k, for guests unless levels are named."""
    prices = fields.pop("prices", [{"sku": "k", "unit_price": f"{price} CNY"}])
    who = {} if fields.keys() & {"levels", "guests"} else {"levels": ["guest"]}
    return {"id": name, "prices": prices} | who | fields


def paid(*lists, line=None, level="guest", **checkout):
    """What the one line costs under these lists, and the list that its price is of."""
    book = a_rulebook(price_lists=list(lists))
    found = settled(a_checkout(line or a_line(), customer={"level": level} if level else {}, **checkout), book)
    assert Settlement.from_json(found.to_json()) == found
    assert found.detached().to_json() == found.to_json()
    return str(found.payable), found.lines[0].price_list


def test_the_price_of_a_level_stands_in_place_of_the_carts():
    """Dearer for guests, cheaper for members; for any other level, and for other goods, the cart's."""
    lists = [a_list(), a_list("gold", "8.00", levels=["gold", "black"])]
    assert paid(*lists) == ("12.00 CNY", "guests")
    assert paid(*lists, level="black") == ("8.00 CNY", "gold")
    assert paid(*lists, level="silver") == paid(*lists, level=None) == ("10.00 CNY", None)
    assert paid(*lists, line=a_line(sku="other")) == ("10.00 CNY", None)


def test_guests_are_customers_of_no_level():
    """Alone, or beside the levels that are named; a list of neither is for all."""
    assert paid(a_list(guests=True), level=None) == ("12.00 CNY", "guests")
    assert paid(a_list(guests=True), level="gold") == ("10.00 CNY", None)
    assert paid(a_list(guests=True, levels=["gold"]), level="gold") == ("12.00 CNY", "guests")
    assert paid(a_list(guests=False), level=None) == paid(a_list(guests=False), level="x") == ("12.00 CNY", "guests")


def test_a_list_holds_in_its_period():
    """From its start to before its end."""
    at = "2026-11-11T00:00:00+08:00"
    later = "2026-11-11T00:00:01+08:00"
    assert paid(a_list(valid_from=at, valid_until=later))[1] == "guests"
    assert paid(a_list(valid_from=later))[1] is None
    assert paid(a_list(valid_until=at))[1] is None


def test_the_price_is_what_a_plain_search_finds():
    """Of the lists that hold and name the goods the highest priority, then the smaller id; a shop's own price first."""
    rng = random.Random(3)  # by seed: a failure comes again
    for _ in range(300):
        lists, levels = [], ["gold", "guest"]
        for number in range(rng.randint(1, 4)):
            keys = rng.sample([(s, k) for s in (None, "s1", "s2") for k in "kl"], rng.randint(1, 4))
            prices = [{"sku": sku, "shop": shop, "unit_price": f"{rng.randint(1, 30)}.00 CNY"} for shop, sku in keys]
            who = rng.choice([{"levels": [rng.choice(levels)]}, {"guests": True}, {"guests": False}])
            lists.append(a_list(f"l{number}", prices=prices, priority=rng.randint(0, 1), **who))
        level, line = rng.choice([*levels, None]), a_line(shop=rng.choice(["s1", "s2"]), sku=rng.choice("kl"))
        expected = (line["unit_price"], None)
        for each in sorted(lists, key=lambda each: (-each["priority"], each["id"])):
            named = each.get("levels")
            mine = level in named if named else (level is None or not each["guests"])
            of = {(price["shop"], price["sku"]): price["unit_price"] for price in each["prices"]}
            price = of.get((line["shop"], line["sku"]), of.get((None, line["sku"])))
            if mine and price is not None:
                expected = (price, each["id"])
                break
        rng.shuffle(lists)
        assert paid(*lists, line=line, level=level) == expected


def test_list_price_and_minimum_price_follow():
    """A dearer price lifts the list price to itself; a cheaper one leaves it, and lowers a minimum price to itself."""
    dear = settled(a_checkout(customer={"level": "guest"}), a_rulebook(price_lists=[a_list()]))
    assert (str(dear.totals.list), str(dear.totals.goods)) == ("12.00 CNY", "12.00 CNY")
    half = an_offer(benefit={"type": "percent_off", "percent": "50"})
    line = a_line(list_price="15.00 CNY", min_price="9.00 CNY")
    book = a_rulebook(price_lists=[a_list(price="8.00")], promotions=[half])
    cheap = settled(a_checkout(line, customer={"level": "guest"}), book)
    assert [str(cheap.totals.list), str(cheap.payable), cheap.decisions[0].reason] == [
        "15.00 CNY",
        "8.00 CNY",
        "no_effect",
    ]
    book["promotions"][0]["scope"] = {"exclude_reduced": True}
    assert settled(a_checkout(customer={"level": "guest"}), book).decisions == ()  # 8.00 is below the cart's 10.00


def test_everything_goes_by_the_settled_price():
    """Thresholds, free shipping, a minimum order, refunds, hints, and who is left out as before."""
    tier = {"min_amount": "24.00 CNY", "benefit": {"type": "amount_off", "amount": "4.00 CNY"}}
    book = a_rulebook(
        price_lists=[a_list()],
        promotions=[an_offer(tiers=[tier])],
        minimum_orders=[{"shop": "s1", "amount": "24.00 CNY"}],
        freight_templates=[a_template(free=[{"min_amount": "20.00 CNY"}])],
    )
    lines = [a_line(quantity=2, freight_template="t1"), a_line("b", selected=False)]
    found = settled(a_checkout(*lines, customer={"level": "guest"}), book)
    assert (str(found.payable), found.excluded[0].line) == ("20.00 CNY", "b")
    assert str(refund(found, {"a": 1}).cash) == "10.00 CNY"
    assert settled(a_checkout(*lines), book).status == "blocked"
    few = Rulebook.model_validate(book | {"minimum_orders": [], "freight_templates": []})
    one = Checkout.model_validate(a_checkout(a_line(), customer={"level": "guest"}))
    assert [str(each.missing) for each in hints(one, few)] == ["12.00 CNY"]


def test_the_list_is_named_wherever_the_price_is_shown():
    """On the line, its receipt and report, in an explanation, in JSON; a record replays."""
    book = Rulebook.model_validate(a_rulebook(price_lists=[a_list()]))
    found = settle(Checkout.model_validate(a_checkout(customer={"level": "guest"})), book)
    assert "price list guests" in receipt(found)
    assert "价目表 guests" in report(found, locale="zh_CN")
    assert "Goods: 12.00 × 1 = 12.00 (price list guests)" in str(explain(found, line="a"))
    assert json.loads(found.to_json())["lines"][0]["price_list"] == "guests"
    assert not replay(record(found)).differences
    plain = settle(Checkout.model_validate(a_checkout()), book)
    assert "price_list" not in plain.to_json()


def test_an_unused_list_changes_nothing_but_the_digest():
    """A list that holds for nobody here leaves every byte but the digest as it was."""
    with_list, without = (result(a_checkout(), a_rulebook(price_lists=each)) for each in ([a_list()], []))
    assert with_list.pop("digest") != without.pop("digest")
    assert with_list == without


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"prices": []}, [("prices", "list.empty")]),
        (
            {"valid_from": "2026-11-11T00:00:00Z", "valid_until": "2026-11-11T00:00:00Z"},
            [("valid_until", "window.empty")],
        ),
        (
            {"prices": [{"sku": "k", "unit_price": "1.00 CNY"}, {"sku": "k", "unit_price": "2.00 CNY"}]},
            [("prices[1].sku", "id.duplicate")],
        ),
        ({"priority": "1"}, [("priority", "integer.type")]),
        ({"prices": [{"sku": "k", "unit_price": "-1.00 CNY"}]}, [("prices[0].unit_price", "amount.negative")]),
    ],
)
def test_a_wrong_field_of_a_list_is_named(fields, found):
    """Each at its place."""
    assert problems(lambda: PriceList.model_validate(a_list() | fields)) == found


def test_lists_of_one_rulebook_have_ids_and_its_currency():
    """Two of one id, or a price in another currency, are refused."""
    foreign = a_list("x", prices=[{"sku": "k", "unit_price": "1.00 USD"}])
    found = problems(lambda: Rulebook.model_validate(a_rulebook(price_lists=[a_list(), a_list()])))
    assert found == [("price_lists[1].id", "id.duplicate")]
    found = problems(lambda: Rulebook.model_validate(a_rulebook(price_lists=[foreign])))
    assert [code for _, code in found] == ["currency.mixed"]


def test_a_price_that_another_list_always_overrules_is_a_finding():
    """A list before it, for the same people at least, with a price of the same goods; and skus that nobody has."""
    wide, narrow = a_list("a", guests=False), a_list("b")

    def found(*lists, known=None):
        book = Rulebook.model_validate(a_rulebook(price_lists=list(lists)))
        return [(each.place, each.code) for each in check(book, known=known)]

    assert found(wide, narrow) == [("price_lists[1].prices[0]", "price_list.overruled")]
    assert found(wide, narrow | {"priority": 1}) == []
    assert found(a_list("a"), a_list("b", levels=["guest", "gold"])) == []
    assert found(narrow, known=Known(skus=["l"])) == [("price_lists[0].prices[0].sku", "scope.unknown")]
