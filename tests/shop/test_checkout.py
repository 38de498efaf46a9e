"""The checkout: what it shows is what the library says, and a form that was tampered with buys nothing else."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from shop.data import SHOPS
from sqlalchemy import delete, insert, update

from settlement import InvoiceRequest, Money
from settlement.documents.words.language import language

pytestmark = pytest.mark.shop


def say(amount, locale="en"):
    """An amount as the pages write it."""
    return language(locale).money(Money(amount) if isinstance(amount, str) else amount)


def orders(mall, customer="b1"):
    """All that a buyer has."""
    from settlement.orders import Actor

    return mall.state.store.orders(Actor.customer(customer)).rows


def state(mall, order, customer="b1"):
    """An order of a buyer's."""
    from settlement.orders import Actor

    return mall.state.store.order(Actor.customer(customer), order)


# ------------------------------------------------------------------ what it shows


def test_an_order_is_what_was_shown(mall, b1):
    """The order's settlement, the page of the checkout and the page of the order name one sum, and so do the shops."""
    page = b1.get("/checkout")
    order = b1.buy(page=page)
    settled = state(mall, order).order.settlement
    assert page.of("payable") == say(settled.payable) == b1.get(f"/orders/{order}").of("payable")
    for shop in settled.shops:
        assert page.of(f"subtotal-{shop.shop}") == say(shop.payable)
    assert sum(shop.payable.minor for shop in settled.shops) == settled.payable.minor


def test_what_a_shop_comes_to_is_the_sum_of_what_stands_above_it(b1):
    """Every row between its goods and its subtotal is there, points, fee and rounding too, and so for the whole."""
    for page, there in (
        (b1.get("/checkout"), ["Rounding"]),
        (b1.checkout("update", method="instalments-3", points="max"), ["Points", "Payment fee"]),
    ):
        sums = re.findall(r'<dl class="sums">(.*?)</dl>', page.html, re.DOTALL)
        assert len(sums) == 5
        for each in sums:
            cells = [re.sub(r"\(.*?\)", "", cell) for cell in re.findall(r"<dd[^>]*>(.*?)</dd>", each)]
            *rows, last = [int(re.sub(r"[^0-9-]", "", cell)) for cell in cells]
            assert sum(rows) == last > 0, each
            assert [row for row in there if f"<dt>{row}</dt>" not in each] == []


@pytest.mark.parametrize(("language", "name"), [("en", "at Digital Select on goods"), ("zh", "在 数码优选 选购")])
def test_what_is_missing_is_to_be_bought_at_a_shop_by_its_name(mall, language, name):
    """Ids of shops are nobody's names for them."""
    page = mall.browser("b1", language).get("/checkout")
    hints = re.findall(r'<span class="hint">(.*?)</span>', page.html)
    assert any(name in each for each in hints), hints
    assert not any(f" {shop} " in each for each in hints for shop in SHOPS)


def test_what_cannot_be_bought_stands_there_with_its_reason(b1):
    """Off sale, sold out, and not sent to that address: each is told by the library, and none of it is paid."""
    page = b1.get("/checkout")
    assert page.of("reason-lychee-1kg") == "Cannot be bought: no longer on sale"
    assert page.of("reason-keyboard-87") == "Cannot be bought: sold out"
    assert page.of("reason-crab-8") == "Cannot be bought: cannot be delivered to this address"
    elsewhere = b1.checkout("update", address="work")
    assert elsewhere.of("reason-crab-8") is None
    assert elsewhere.of("payable") != page.of("payable")


def test_ticks_quantities_and_buttons(b1):
    """Select all ticks all, again none; invert turns each; remove takes one out; a quantity is kept with the cart."""
    everything = b1.checkout("all")
    assert ("tick-tea-jasmine-100", "1") in everything.form("checkout")
    nothing = b1.checkout("all", page=everything)
    assert not [name for name, _ in nothing.form("checkout") if name.startswith("tick-")]
    assert nothing.of("submit") is None
    inverted = b1.checkout("invert", page=nothing)
    assert len([name for name, _ in inverted.form("checkout") if name.startswith("tick-")]) == 12
    less = b1.checkout("remove", "crab-8")
    assert less.of("line-crab-8") is None
    b1.checkout("update", quantity__orange__gannan=None, **{"quantity-orange-gannan": "3.125"})
    assert ("quantity-orange-gannan", "3.125") in b1.get("/checkout").form("checkout")


def test_buy_now_is_one_line_that_replaces_an_earlier_one(mall, b1):
    """The cart stays as it is beside it."""
    front = b1.get("/")
    for sku in ("vase-glass", "towel-2"):
        sent = b1.press(front, "/cart", "buy", "/cart", sku=sku)
        assert sent.to == "/checkout?buy=now"
    page = b1.get("/checkout?buy=now")
    assert page.of("line-towel-2")
    assert page.of("line-vase-glass") is None
    order = b1.buy(page=page)
    assert [line.sku for line in state(mall, order).order.settlement.lines] == ["towel-2"]
    assert b1.get("/checkout").of("line-tea-dhp-250")


def test_without_an_address_freight_is_to_be_calculated(mall):
    """And nothing can be submitted until there is one."""
    b2 = mall.browser("b2")
    b2.press(b2.get("/"), "/cart", "add", "/cart", sku="vase-glass")
    page = b2.get("/checkout")
    assert "to be calculated" in page.html
    assert page.of("submit") is None
    assert "待计算" in mall.browser("b2", "zh-CN").get("/checkout").html


def test_coupons_points_and_methods(mall, b1):
    """Own choice, none, as many points as go, a fee that the buyer bears: each sum is that of the order."""
    page = b1.get("/checkout")
    none = b1.checkout("update", coupons="none")
    assert none.of("payable") != page.of("payable")
    own = b1.checkout("update", coupons="own", coupon="tea-20")
    assert own.html.count("in use") == 1
    fee = b1.checkout("update", page=own, coupons="own", coupon="tea-20", points="max", method="instalments-3")
    order = b1.buy(page=fee, coupon="tea-20")
    settled = state(mall, order).order.settlement
    assert settled.points.used
    assert settled.totals.payment_fee
    assert [each.id for each in settled.redemptions if each.kind == "coupon"] == ["tea-20"]
    assert fee.of("payable") == say(settled.payable)


def test_remarks_and_invoice_go_with_the_order(mall, b1):
    """Of one shop, and for whom."""
    told = {"remark-tea": "轻拿轻放", "invoice": "person", "invoice-title": "陈小满"}
    order = b1.buy(**told)
    settled = state(mall, order).order.settlement
    assert settled.remark_of("tea") == "轻拿轻放"
    assert settled.remark_of("home") is None
    assert settled.invoice == InvoiceRequest(title="陈小满")
    assert "陈小满" in b1.get(f"/orders/{order}").of("invoice") or "陈小满" in b1.get(f"/orders/{order}").html


# ------------------------------------------------------------------ tampered with


@pytest.fixture(scope="module")
def readers(quiet):
    """The checkout of `b1` in each language, where nothing is counted: a rate limit is another test's."""
    quiet.app.state.limits.count = lambda *_: None
    browsers = {locale: quiet.browser("b1", locale) for locale in ("en", "zh-CN")}
    pages = {locale: browser.get("/checkout") for locale, browser in browsers.items()}
    return {locale: partial(browser.checkout, page=pages[locale]) for locale, browser in browsers.items()}


def test_prices_stock_and_balances_in_a_form_are_not_read(mall, b1):
    """A form that also says what things cost is as one that doesn't."""
    page = b1.get("/checkout")
    lies = {"price-tea-dhp-250": "0.01", "unit_price": "0.01 CNY", "payable": "0.01", "stock": "9", "customer": "b2"}
    order = b1.buy(page=page, **lies, **{"points-balance": "999999"})
    assert page.of("payable") == say(state(mall, order).order.settlement.payable)
    assert [row.customer for row in orders(mall)] == ["b1"]


#: Changes of the form, and the field at which each is told.
WRONG = [
    ({"quantity-tea-dhp-250": "0"}, "quantity-tea-dhp-250"),
    ({"quantity-tea-dhp-250": "-1"}, "quantity-tea-dhp-250"),
    ({"quantity-tea-dhp-250": "1.5"}, "quantity-tea-dhp-250"),
    ({"quantity-tea-dhp-250": "１"}, "quantity-tea-dhp-250"),
    ({"quantity-tea-dhp-250": "1e3"}, "quantity-tea-dhp-250"),
    ({"quantity-tea-dhp-250": "9" * 5000}, "quantity-tea-dhp-250"),
    ({"quantity-orange-gannan": "2.3456"}, "quantity-orange-gannan"),
    ({"quantity-orange-gannan": "NaN"}, "quantity-orange-gannan"),
    ({"address": "of-somebody-else"}, "address"),
    ({"coupons": "all"}, "coupons"),
    ({"coupons": "own", "coupon": "x" * 300}, "coupon"),
    ({"points": "all"}, "points"),
    ({"points": "some", "count": "-5"}, "count"),
    ({"points": "some", "count": ""}, "count"),
    ({"method": "gold"}, "method"),
    ({"remark-tea": "x" * 201}, "remark-tea"),
    ({"remark-tea": "a\u2028b"}, "remark-tea"),
    ({"invoice": "yes"}, "invoice"),
    ({"invoice": "person", "invoice-title": ""}, "invoice-title"),
    ({"invoice": "person", "invoice-title": "<b>"}, "invoice-title"),
    ({"invoice": "company", "invoice-title": "A", "invoice-tax_number": "1"}, "invoice-tax_number"),
    ({"invoice": "company", "invoice-title": "A", "invoice-kind": "special"}, "invoice-tax_number"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_what_is_wrong_is_told_at_its_field(readers, quiet, changes, field):
    """With 422, in the reader's language, one after the other in English and in Chinese; nothing is ordered."""
    locale = list(readers)[WRONG.index((changes, field)) % 2]
    sent = readers[locale](**changes)
    assert sent.status == 422
    assert field in sent.wrong
    assert any("一" <= character <= "鿿" for character in sent.wrong[field]) == (locale == "zh-CN"), sent.wrong
    assert not orders(quiet)


def test_a_quantity_that_was_not_seen_buys_nothing(mall, b1):
    """Changed in the form and submitted at once: both amounts and why are shown, then a second submit buys that."""
    page = b1.get("/checkout")
    sent = b1.checkout(page=page, **{"quantity-tea-dhp-250": "1"})
    assert sent.status == 409
    assert not orders(mall)
    assert sent.of("before") == page.of("payable")
    assert sent.of("after") == sent.of("payable") != page.of("payable")
    assert "the goods" in sent.of("causes")
    order = b1.buy(page=sent)
    assert say(state(mall, order).order.settlement.payable) == sent.of("after")


def test_another_address_that_costs_more_buys_nothing(mall, b1):
    """The freight is another: nothing is placed before the buyer has seen it."""
    sent = b1.checkout(address="work")
    assert sent.status == 409
    assert "Freight" in sent.of("differences")
    assert not orders(mall)


def test_a_coupon_that_is_not_held_takes_nothing_off(mall, b1):
    """Its id in the form changes nothing; one of another buyer neither."""
    page = b1.checkout("update", coupons="none")
    sent = b1.checkout(page=page, coupons="own", coupon="mall-8000")
    assert sent.status in (303, 409)
    for row in orders(mall):
        assert not state(mall, row.id).order.settlement.totals.coupons


def test_a_seal_that_has_expired_is_shown_anew(mall, b1):
    """After a quarter of an hour nothing is placed by it; the page that comes back can be submitted."""
    page = b1.get("/checkout")
    mall.clock.on(minutes=16)
    sent = b1.checkout(page=page)
    assert sent.status == 409
    assert "expired" in sent.of("error")
    assert not orders(mall)
    assert b1.buy(page=sent)


@pytest.mark.parametrize("quote", ["", "x", "a.b.c", "é"])
def test_a_seal_that_is_none(mall, b1, quote):
    """Whatever stands in its field: nothing is ordered, and it is told."""
    sent = b1.checkout(quote=quote)
    assert sent.status == 409
    assert not orders(mall)


def test_a_seal_of_somebody_else(mall, b1):
    """It is another's: nothing is ordered."""
    b2 = mall.browser("b2")
    b2.press(b2.get("/"), "/cart", "add", "/cart", sku="vase-glass")
    page = b2.get("/addresses")
    told = {"name": "李明", "phone": "13900139000", "detail": "科技路 1 号", "province": "440000"}
    b2.press(page, "address", "keep", "/addresses", **told, city="440300", district="440305")
    theirs = dict(b2.get("/checkout").form("checkout"))["quote"]
    sent = b1.checkout(quote=theirs)
    assert sent.status == 409
    assert not orders(mall)


@pytest.mark.parametrize("key", ["", "k-1", "A" * 32, "0" * 31])
def test_a_key_that_is_none(mall, b1, key):
    """The hidden field is ours; another one is answered with a new form."""
    assert b1.checkout(key=key).status == 422
    assert not orders(mall)


# ------------------------------------------------------------------ meanwhile


def test_stock_that_ran_out_between(mall, b1):
    """The page says that it did, and what is left costs; nothing is placed."""
    from settlement.ext.store.tables import allowances

    page = b1.get("/checkout")
    with mall.state.database.writing() as connection:
        connection.execute(update(allowances).where(allowances.c.id == "bedding-4").values(quantity=0))
    sent = b1.checkout(page=page)
    assert sent.status == 409
    assert sent.of("reason-bedding-4") == "Cannot be bought: sold out"
    assert not orders(mall)


def test_a_price_that_was_raised_between(mall, b1):
    """Both amounts are shown; nothing is placed."""
    page = b1.get("/checkout")
    goods = dict(mall.state.goods)
    goods["vase-glass"] = goods["vase-glass"]._replace(price="99.00")
    goods["tea-dhp-250"] = goods["tea-dhp-250"]._replace(price="138.00")
    mall.app.state.shop = mall.state._replace(goods=goods)
    sent = b1.checkout(page=page)
    assert sent.status == 409
    assert "Price of Da Hong Pao oolong, 250 g" in sent.of("differences")
    assert not orders(mall)


def test_a_coupon_is_used_once(mall, b1):
    """Of two checkouts that show it, the second is told that it costs more now."""
    pages = [b1.get("/checkout")]
    b1.press(b1.get("/"), "/cart", "buy", "/cart", sku="tea-dhp-250", quantity="3")
    pages.append(b1.get("/checkout?buy=now"))
    b1.buy(page=pages[1])
    sent = b1.checkout(page=pages[0])
    assert sent.status == 409
    assert "what you hold" in sent.of("causes")
    assert len(orders(mall)) == 1


def test_the_same_form_twice_is_one_order(mall, b1):
    """One after the other, and also once the cart is empty."""
    page = b1.get("/checkout")
    first, second = b1.buy(page=page), b1.buy(page=page)
    assert first == second
    assert [row.id for row in orders(mall)] == [first]


def test_the_same_form_at_once_is_one_order(mall, b1):
    """Eight threads send one form: all are led to one order."""
    page = b1.get("/checkout")
    with ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(lambda _: b1.checkout(page=page), range(8)))
    assert {each.status for each in sent} == {303}
    assert len({each.to for each in sent}) == 1
    assert len(orders(mall)) == 1


def test_a_used_key_with_something_else_in_the_form_buys_nothing(mall, b1):
    """It is said so, and nobody is led to an order that is not what the form says."""
    page = b1.get("/checkout")
    b1.buy(page=page)
    sent = b1.checkout(page=page, **{"quantity-tea-dhp-250": "9"})
    assert (sent.status, "with something else in it" in sent.html) == (409, True)
    assert len(orders(mall)) == 1


def test_an_address_that_is_deleted_while_it_is_ordered(mall, b1, monkeypatch):
    """The order stands, and is shown."""
    from shop import checkout

    place = checkout._place

    def meanwhile(shop, actor, *told):
        place(shop, actor, *told)
        shop.store.drop_address(actor, actor.id, "home")

    monkeypatch.setattr(checkout, "_place", meanwhile)
    b1.buy()
    assert len(orders(mall)) == 1


def test_rules_that_no_checkout_goes_with_are_told(mall, b1):
    """A template that goods name is gone from the database: 409 with the reason, no fault."""
    from shop.tables import rules

    with mall.state.database.writing() as connection:
        row = {"owner": "tea", "version": 2, "at": 0, "by": "x", "document": "{}"}
        connection.execute(insert(rules).values(row))
    page = b1.get("/checkout")
    assert (page.status, "tea-weight" in page.html) == (409, True)


def test_goods_that_the_mall_has_no_more_and_goods_that_nobody_counts(mall, b1):
    """The first are gone from the cart; of the second there is as much as one wants."""
    from settlement.ext.store.tables import allowances

    goods = {sku: good for sku, good in mall.state.goods.items() if sku != "crab-8"}
    mall.app.state.shop = mall.state._replace(goods=goods)
    with mall.state.database.writing() as connection:
        connection.execute(delete(allowances).where(allowances.c.id == "bedding-4"))
    page = b1.get("/checkout")
    assert page.status == 200
    assert page.of("line-crab-8") is None
    assert page.of("reason-bedding-4") is None
