"""What if: staff of a shop and of the mall settle orders again under a draft of their rules; nothing is changed."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

import pytest
from shop import office_what_if
from shop.rules import joined
from shop.security import Limits
from shop.shop_part import what_if_of_shop

from settlement import payout
from settlement.orders import Actor

pytestmark = pytest.mark.shop

PATH, RULES = "/shop/tea/what-if", "/shop/tea/rules"
#: The draft of the tea shop: 50 off 250 (for 40 off 300), and its coupon 10 off 100 (for 20 off 200).
DRAFT = {
    "/promotions/0/tiers/0/min_amount": "250.00 CNY",
    "/promotions/0/tiers/0/benefit/amount": "50.00 CNY",
    "/coupons/0/tiers/0/min_amount": "100.00 CNY",
    "/coupons/0/tiers/0/benefit/amount": "10.00 CNY",
}


def alone(browser, sku, pieces, coupons):
    """An order of one article, bought at once."""
    browser.press(browser.get("/"), "/cart", "buy", "/cart", sku=sku)
    page = browser.checkout("update", at="/checkout?buy=now", coupons=coupons, **{f"quantity-{sku}": pieces})
    return browser.buy(page=page)


@pytest.fixture(scope="module")
def orders(quiet):
    """Three orders: A of three packets of tea, C with earbuds of another shop too, B with the coupons that are best."""
    b1 = quiet.browser("b1")
    first = alone(b1, "tea-dhp-250", "3", "none")
    ticks = [name for name, _ in b1.get("/checkout").form("checkout") if name.startswith("tick-")]
    off = dict.fromkeys(name for name in ticks if name not in ("tick-tea-dhp-250", "tick-earbuds-pro"))
    mixed = b1.buy(page=b1.checkout("update", coupons="none", **off))
    quiet.clock.on(minutes=1)
    last = alone(b1, "tea-longjing-50", "3", "best")
    return {"A": first, "B": last, "C": mixed}


@pytest.fixture
def mall(quiet):
    """The one of all these tests, for they change nothing in it; how often was asked before is forgotten."""
    quiet.app.state.limits = Limits()
    return quiet


@pytest.fixture
def tea(mall):
    """The browser of the staff of the tea shop."""
    return mall.browser("tea")


def drafted(browser, **more):
    """The page under the draft, from the fields of the rules."""
    return browser.press(browser.get(RULES), "fields", "what-if", PATH, **DRAFT, **more)


def of_the_mall(browser, **changes):
    """The page of the mall's staff under changed rules of the mall."""
    rules = browser.get("/shop/platform/rules")
    document = json.loads(dict(rules.form("text"))["json"]) | changes
    return browser.press(rules, "text", "what-if", "/shop/platform/what-if", json=json.dumps(document))


def row(page, label):
    """The figures of a row, as text, by what it begins with."""
    rows = re.findall(r'<tr[^>]*><th scope="row">(.*?)</tr>', page.html, re.DOTALL)
    cells = [re.sub(r"<[^>]+>", "|", each).replace("||", "|").strip("|").split("|") for each in rows]
    return next(each[1:] for each in cells if each[0].startswith(label))


def most(page, number=1):
    """Of the most changed orders each: its name, before, after, difference."""
    found = page.of(f"most-{number}")
    return re.findall(r"(SO\d+) : ([\d.]+) → ([\d.]+) \(([+-][\d.]+)\)", found)


# ------------------------------------------------------------------ sums worked out by hand


def test_a_shops_part_before_and_after(mall, tea, orders):
    """Of the mixed order the shop's part alone, though the mall's offer looks at the whole cart.

    | order | goods | shop | mall-300 | wallet-5 | coupons | freight | to pay |
    |---|---|---|---|---|---|---|---|
    | A recorded | 384 | -40 | -50 | -5 | none | 8 | 297.00 |
    | A as chosen | 384 | -50 | -50 | -5 | none | 8 | 287.00 |
    | A best | 384 | -50 | -50 | -5 | -10 -6 | 8 | 271.00 |
    | B recorded | 264 | 0 | 0 | -5 | -20 -6 | 8 | 241.00 |
    | B, both | 264 | -50 | 0 | -5 | -10 -6 | 8 | 201.00 |
    | C recorded | 256 of 755 | 0 | -33.91 of -100 | -1.70 of -5 | none | 8 | 228.39 |
    | C as chosen | 256 of 755 | -50 | -29.22 of -100 | -1.46 of -5 | none | 8 | 183.32 |
    | C best | 256 of 755 | -50 | -29.22 | -1.46 | -10 -6 | 8 | 167.32 |
    """
    page = drafted(tea)
    assert page.status == 200
    assert page.of("orders") == "3 of 3 orders are compared."
    assert row(page, "To pay") == ["766.39", "671.32", "639.32"]
    assert row(page, "To pay, difference") == ["–", "-95.07", "-127.07"]
    assert row(page, "Goods") == ["904.00"] * 3
    by_rule = {key: row(page, key) for key in ("Shop offer", "Shop coupon")}
    assert by_rule["Shop offer"][1:] == ["-40.00 (1)", "-150.00 (3)", "-150.00 (3)"]
    assert by_rule["Shop coupon"][1:] == ["-20.00 (1)", "-10.00 (1)", "-30.00 (3)"]
    assert row(page, "Platform offer")[1:] == ["-83.91 (2)", "-79.22 (2)", "-79.22 (2)"]
    assert most(page) == [
        (orders["C"], "228.39", "183.32", "-45.07"),
        (orders["B"], "241.00", "201.00", "-40.00"),
        (orders["A"], "297.00", "287.00", "-10.00"),
    ]
    assert [each[0] for each in most(page, 2)] == [orders["C"], orders["B"], orders["A"]]
    assert "held fixed" in page.of("held-fixed")
    states = [mall.state.store.order(Actor.staff("mall"), each) for each in orders.values()]
    due = [each.net for state in states for each in payout(state.order.settlement).shops if each.shop == "tea"]
    assert row(page, "To this shop, after commission")[0] == f"{sum(each.minor for each in due) / 100:.2f}"
    for order in orders.values():
        assert f'href="/shop/tea/orders/{order}"' in page.html
        assert tea.get(f"/shop/tea/orders/{order}").status == 200


def test_the_malls_orders_before_and_after(mall, orders):
    """A minimum order of 300.00 in the tea shop: B is not possible any more, of C the earbuds are left.

    Recorded 297 + 241 + 658 (755 - 100 - 5 + 8); as chosen 297 + 0 + 444 (499 - 50 - 5); best 271 + 0 + 444.
    """
    office = mall.browser("mall")
    page = of_the_mall(office, minimum_orders=[{"shop": "tea", "amount": "300.00 CNY"}])
    assert page.status == 200
    assert row(page, "To pay") == ["1,196.00", "741.00", "715.00"]
    assert row(page, "To pay, difference") == ["–", "-455.00", "-481.00"]
    assert row(page, "newly left out: below the minimum order of this shop") == ["–", "2", "2"]
    assert row(page, "newly not possible") == ["–", "1", "1"]
    assert row(page, "Platform offer")[1:] == ["-150.00 (2)", "-100.00 (2)", "-100.00 (2)"]
    assert most(page)[:2] == [
        (orders["B"], "241.00", "0.00", "-241.00"),
        (orders["C"], "658.00", "444.00", "-214.00"),
    ]
    for shop in ("tea", "digital"):
        assert f'href="/shop/{shop}/orders/{orders["C"]}"' in page.html


def test_what_does_not_fit_is_set_apart_and_counted(mall, orders):
    """Rules without the way in which they were paid: in no sum, with the reason and one of them by name."""
    card = {"id": "card", "name": "x", "borne_by": "merchant"}
    page = of_the_mall(mall.browser("mall"), payment_methods=[card], promotions=[])
    assert (page.status, page.of("orders")) == (200, "0 of 3 orders are compared.")
    assert row(page, "To pay")[0] == "0.00"
    assert row(page, "does not fit the candidate") == ["3"]
    assert min(orders.values()) in page.html


def test_what_is_newly_not_delivered_is_counted_where_it_is_sold(mall, tea, orders):
    """A and B have nothing else, of C the earbuds are left; the shop that sells these is told of no line of others."""
    document = mall.state.rules.part("tea")
    document["freight_templates"][0]["undeliverable"].append("440000")
    page = tea.press(tea.get(RULES), "text", "what-if", PATH, json=json.dumps(document))
    assert row(page, "newly left out: cannot be delivered to this address") == ["–", "3", "3"]
    assert row(page, "newly not possible") == ["–", "2", "2"]
    assert row(page, "To pay") == ["766.39", "0.00", "0.00"]
    draft = joined(mall.state.rules.parts() | {"tea": document})
    record = mall.state.store.order(Actor.staff("mall"), orders["C"]).order.record
    found = {shop: what_if_of_shop(shop, [record], draft).sides[0][0] for shop in ("tea", "digital")}
    assert {shop: side.newly for shop, side in found.items()} == {"tea": {"undeliverable": 1}, "digital": {}}
    assert not [why for each in found["digital"].most_changed for why in each.why if why.stage == "left_out"]


# ------------------------------------------------------------------ whose it is


def test_staff_see_what_is_theirs(mall, orders, tea):
    """Another shop's staff and buyers find no page; the shop's own page has nothing of others, and of no person."""
    digital, nobody, pairs = mall.browser("digital"), mall.browser(), [("text", "1"), ("json", "{}")]
    for browser in (digital, mall.browser("b1")):
        assert browser.get(PATH).status == 404
        token = dict(browser.get("/").form("/language"))["csrf"]
        assert browser.post(PATH, [("csrf", token), *pairs]).status == 404
    for id in ("platform", "digital", "nowhere"):
        assert tea.get(f"/shop/{id}/what-if").status == 404
    assert nobody.get(PATH).status == 303
    page = drafted(tea)
    state = mall.state.store.order(Actor.staff("mall"), orders["C"])
    hidden = ["earbuds", "digital", "658.00", "608.00", "755.00", '"b1"', state.order.address.phone]
    assert not [each for each in [*hidden, state.order.address.name, state.order.address.detail] if each in page.html]
    theirs = digital.get("/shop/digital/what-if")
    assert theirs.of("orders") == "1 of 1 orders are compared."
    assert not [each for each in (orders["A"], orders["B"], "tea") if each in theirs.html]


def test_nothing_is_stored_or_changed(mall, tea, orders):
    """Every table is as it was, for a draft that settles and for one that does not."""

    def dumped():
        with closing(sqlite3.connect(mall.state.settings.database.removeprefix("sqlite:///"))) as connection:
            return list(connection.iterdump())

    tea.get(RULES)
    before = dumped()
    page = drafted(tea)
    assert (page.status, orders["A"] in page.html) == (200, True)
    assert drafted(tea, **{"/coupons/0/id": ""}).status == 422
    assert dumped() == before
    back = tea.press(page, "again", "check", RULES)
    assert back.of("unsaved") == "Checked. It is not kept yet."
    assert dict(back.form("fields"))["/promotions/0/tiers/0/min_amount"] == "250.00 CNY"


# ------------------------------------------------------------------ wrong drafts, periods, and how many


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"coupons": [1]}', "coupons[0]"),
        ('{"currency": "USD"}', "currency"),
        ('{"coupons": [{"issuer": "tea", "id": "\\ud800"}]}', "coupons[0].id"),
        ('{"a": NaN}', "a"),
        ("{}", "freight_templates"),
    ],
)
@pytest.mark.usefixtures("orders")
def test_what_is_wrong_with_a_draft_is_told_instead(tea, text, place):
    """What `check` says of it, at its place; no figure is shown."""
    sent = tea.press(tea.get(RULES), "text", "what-if", PATH, json=text)
    assert (sent.status, place in sent.of("problems")) == (422, True), sent.of("problems")
    assert (sent.of("orders"), sent.of("sum-payable"), dict(sent.form("again"))["json"] != "") == (None, None, True)


def test_a_text_that_is_no_json_is_told(tea):
    """Also nothing at all."""
    for text in ("", "{", "[]", "["):
        sent = tea.press(tea.get(RULES), "text", "what-if", PATH, json=text)
        assert (sent.status, bool(sent.of("problems"))) == (422, True), text


def test_a_period_is_the_days_of_the_mall(tea, orders):
    """Placed on the eleventh in China; other days have none, and what is no day is told at its field."""
    page = drafted(tea)
    found = {}
    for since, until in (
        ("2026-11-11", "2026-11-11"),
        ("2026-11-10", "2026-11-10"),
        ("2026-11-12", "2026-11-12"),
        ("0001-01-01", "9999-12-31"),
    ):
        sent = tea.press(page, "again", "what-if", PATH, since=since, until=until)
        found[since] = (sent.status, sent.of("orders"))
    none, all_ = (200, "0 of 0 orders are compared."), (200, "3 of 3 orders are compared.")
    assert list(found.values()) == [all_, none, none, all_]
    for since, until, field in (("x", "", "since"), ("", "2026-13-01", "until"), ("2026-11-02", "2026-11-01", "until")):
        sent = tea.press(page, "again", "what-if", PATH, since=since, until=until)
        assert (sent.status, list(sent.wrong), sent.of("orders")) == (422, [field], None)
    assert orders["A"] in page.html


def test_only_the_newest_are_settled_again(tea, orders, monkeypatch):
    """So many at most, none more once the time is up, and the page says so; nobody asks too often."""
    assert drafted(tea).of("more") is None
    monkeypatch.setattr(office_what_if, "MOST", 1)
    page = drafted(tea)
    assert (page.of("orders"), [each[0] for each in most(page)]) == ("1 of 1 orders are compared.", [orders["B"]])
    assert page.of("more") == "There are more: these are the newest 1 of the period."
    monkeypatch.setattr(office_what_if, "MOST", 3)
    monkeypatch.setattr(office_what_if, "SECONDS", -1.0)
    assert drafted(tea).of("more") == "There are more: these are the newest 1 of the period."
    sent = [tea.get(PATH).status for _ in range(8)]
    assert (sent[-2], sent[-1]) == (200, 429)


def test_rules_in_force_change_nothing(mall, orders):
    """Without a draft, in Chinese too: as chosen every order comes out as it did."""
    page = mall.browser("tea", "zh").get(PATH)
    assert (page.status, "假如" in page.html, orders["A"] in page.html) == (200, True, True)
    assert row(page, "应付")[:2] == ["766.39", "766.39"]
