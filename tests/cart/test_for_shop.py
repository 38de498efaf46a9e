"""A remark and an invoice for one shop, and what offers and ways to pay are described as: carried, never priced."""

from __future__ import annotations

import json

import pytest

from samples import a_checkout, a_line, a_rulebook, an_offer, problems, settled
from settlement import (
    Checkout,
    InvoiceRequest,
    Rulebook,
    Settlement,
    Settler,
    invoices,
    payment_options,
    receipt,
    refund,
)
from settlement.after_pay.invoices.red import red_invoices
from settlement.after_pay.payouts.sub_orders import SubOrder, split_orders
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.audit.seal import Key, Keys, open_sealed, seal
from settlement.receipts.called import impersonal

TEA, ALL = {"title": "茶馆采购有限公司", "type": "company"}, {"title": "张三"}


def asked(**fields):
    """Two shops, of which one is told something of its own."""
    lines = [a_line("a", "50.00", shop="tea"), a_line("b", shop="silk")]
    told = {"remark": "ring twice", "by_shop": [{"shop": "tea", "remark": "less sugar", "invoice": TEA}]}
    return a_checkout(*lines, **told | fields)


def test_a_shop_has_its_own_else_the_common_one():
    """On the settlement, on its sub-orders, and on the receipt, where a person's name is masked."""
    made = settled(asked(invoice=ALL))
    assert [made.remark_of(shop) for shop in ("tea", "silk")] == ["less sugar", "ring twice"]
    assert [made.invoice_of(shop).title for shop in ("tea", "silk")] == [TEA["title"], "张三"]
    orders = split_orders(made)
    assert [(each.shop, each.remark, each.invoice.title) for each in orders] == [
        ("tea", "less sugar", TEA["title"]),
        ("silk", "ring twice", "张三"),
    ]
    assert [SubOrder.from_json(each.to_json()) for each in orders] == list(orders)
    text = receipt(made)
    rows = ["Remark           ring twice", "Remark to tea    less sugar", f"Invoice of tea   {TEA['title']}"]
    assert [row for row in rows if " ".join(row.split()) not in " ".join(text.split())] == []
    assert "张三" not in text
    assert "发票抬头" in receipt(made, locale="zh_CN")


def test_an_invoice_is_made_for_whoever_asked():
    """Each shop by its own request; a shop that was asked for none makes none, now and when goods come back."""
    common, own = settled(asked(invoice=ALL)), settled(asked())
    assert [(each.shop, each.buyer.title) for each in invoices(common)] == [("tea", TEA["title"]), ("silk", "张三")]
    made = invoices(own)
    assert [each.shop for each in made] == ["tea"]
    assert [each.shop for each in red_invoices(own, made, refund(own, {"a": 1, "b": 1}))] == ["tea"]
    given = invoices(own, InvoiceRequest(**ALL))
    assert [(each.shop, each.buyer.title) for each in given] == [("tea", "张三"), ("silk", "张三")]
    with pytest.raises(ValueError, match="nobody asked for an invoice"):
        invoices(settled(asked(by_shop=[])))


@pytest.mark.parametrize("fields", [{}, {"invoice": ALL}, {"address": None}], ids=["own", "common too", "pending"])
def test_what_a_shop_is_told_is_personal(fields):
    """Outside digest, record body, replay and seal; it comes back from JSON and from a record, until it is erased."""
    made, bare = settled(asked(**fields)), settled(asked(**fields | {"by_shop": [], "remark": None, "invoice": None}))
    assert made.digest == bare.digest
    assert record(made).body == record(bare).body
    assert "/request/checkout/by_shop" not in record(bare).personal
    assert impersonal(made.to_dict()) == impersonal(bare.to_dict())
    for back in (Settlement.from_json(made.to_json()), made.detached(), record(made).settlement()):
        assert (back.by_shop, back.to_dict()) == (made.by_shop, made.to_dict())
    kept = Record.from_json(record(made).to_json())
    assert kept.request()[0].by_shop == made.by_shop
    assert kept.erased().settlement().by_shop == ()
    assert replay(kept)
    keys = Keys(Key("k1", b"0123456789abcdef0123456789abcdef"))
    times = {"issued": "2026-11-11T00:00:00Z", "expires": "2026-11-11T01:00:00Z", "audience": "pay"}
    token = seal(made, keys, **times)
    assert open_sealed(token, keys, now="2026-11-11T00:30:00Z", audience="pay").settlement.by_shop == ()


def test_a_blocked_settlement_carries_it_too():
    """Nothing can be bought, and what was told is not lost."""
    line = a_line("a", shop="tea", stock=0)
    made = settled(a_checkout(line, by_shop=[{"shop": "tea", "remark": "soon"}]))
    assert (made.status, made.remark_of("tea")) == ("blocked", "soon")


def test_a_shop_that_is_told_something_is_in_the_cart_once():
    """A mistyped shop, a shop named twice, an invoice that is none: each at its place, and no remark is quoted."""
    wrong = [{"shop": "teas", "remark": "x"}, {"shop": "tea"}, {"shop": "tea"}]
    assert problems(lambda: Checkout(**asked(by_shop=wrong[:1]))) == [("by_shop[0].shop", "shop.not_in_cart")]
    assert problems(lambda: Checkout(**asked(by_shop=wrong[1:]))) == [("by_shop[1].shop", "id.duplicate")]
    assert problems(lambda: Checkout(**asked(by_shop=[{"shop": "tea", "invoice": {"title": " "}}]))) == [
        ("by_shop[0].invoice.title", "title.blank")
    ]


def test_the_express_lane_takes_it():
    """Plain JSON with a remark for a shop goes the short way, to the same checkout."""
    request = asked(remark=None, by_shop=[{"shop": "tea", "remark": "less sugar", "invoice": {"title": "Tea"}}])
    text = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
    assert Checkout._at_once(text) == Checkout.from_dict(request)


def test_a_memo_tells_remarks_of_shops_apart():
    """A settler never answers with somebody else's words."""
    settler = Settler(Rulebook(id="r", currency="CNY"), memo=10)
    for words in ("less sugar", "no sugar"):
        checkout = Checkout(**asked(by_shop=[{"shop": "tea", "remark": words}]))
        assert settler.settle(checkout).remark_of("tea") == words


METHOD = {"id": "card", "name": "Card", "borne_by": "buyer"}


def test_a_description_is_for_the_page_only():
    """Of an offer and of a way to pay: read off the document and the option, outside every digest and body."""
    told = {"description": "For all teas.\nOnce a day."}
    plain = a_rulebook(promotions=[an_offer()], coupons=[an_offer("c1")], payment_methods=[METHOD])
    rich = a_rulebook(promotions=[an_offer() | told], coupons=[an_offer("c1") | told], payment_methods=[METHOD | told])
    bare, book = Rulebook.from_dict(plain), Rulebook.from_dict(rich)
    assert book.digest == bare.digest
    assert [each.description for each in (*book.promotions, *book.coupons)] == [told["description"]] * 2
    made, kept = settled(a_checkout(), plain), record(settled(a_checkout(), rich))
    assert kept.body == record(made).body
    assert [each.request()[1].coupons[0].description for each in (kept, kept.erased())] == [told["description"], None]
    (option,) = payment_options(Checkout(**a_checkout()), book)
    assert option.description == told["description"]
    assert type(option).from_json(option.to_json()) == option
    (option,) = payment_options(Checkout(**a_checkout()), bare)
    assert "description" not in option.to_dict()
