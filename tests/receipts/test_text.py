"""Receipts: what a shop assistant reads, in both languages, and what no name can make of them."""

from __future__ import annotations

import copy
import importlib.util
import json
import pickle
import random
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from samples import a_checkout, a_line, a_rulebook, settled
from settlement import (
    Cart,
    Checkout,
    Customer,
    Line,
    RefundPolicy,
    Rulebook,
    Settlement,
    refund,
    settle,
)
from settlement.after_pay.refunds.slip import refund_slip
from settlement.documents.words.plain import width
from settlement.errors import InvalidDocument
from settlement.explanations.hint import hints
from settlement.receipts.called import impersonal
from settlement.receipts.text import receipt
from settlement.rulebook.request import Request
from thorough import examples

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CART = json.loads((ROOT / "examples" / "mall-cart.json").read_text(encoding="utf-8"))
AMOUNT = re.compile(r"(-?)CN¥([\d,]+\.\d\d)$")


def made(request=CART, **changes):
    """Both documents of a request and their settlement; `checkout__…` and `rulebook__…` change a field."""
    request = json.loads(json.dumps(request))
    for name, value in changes.items():
        document, field = name.split("__")
        request[document][field] = value
    both = Request.model_validate_json(json.dumps(request))
    return both.checkout, both.rulebook, settle(both.checkout, both.rulebook)


def named(name, document="checkout"):
    """The receipt where the first line, or the first coupon, has this name."""
    request = json.loads(json.dumps(CART))
    entry = request["checkout"]["cart"]["lines"][0] if document == "checkout" else request["rulebook"]["coupons"][0]
    entry["name"] = name
    return receipt(made(request)[2])


def blocks(text):
    """The rows of a receipt that carry an amount, block by block, as (label, amount)."""
    found = [[]]
    for row in text.split("\n"):
        amount = AMOUNT.search(row)
        if amount:
            value = Decimal(amount[1] + amount[2].replace(",", ""))
            found[-1].append((row[: amount.start()].strip(), value))
        elif set(row) in ({"-"}, {"="}):
            found.append([])
    return [block for block in found if block]


# ------------------------------------------------------------------ what it says


@pytest.mark.parametrize("locale", ["en", "zh_CN", "zh_TW"])
@pytest.mark.parametrize("example", ["mall-cart", "simple"])
def test_the_receipt_of_an_example(example, locale):
    """The whole text is what stands in golden/; `settlement settle … --format text --locale …` writes it anew."""
    request = json.loads((ROOT / "examples" / f"{example}.json").read_text(encoding="utf-8"))
    golden = (HERE / "golden" / f"{example}.{locale}.txt").read_text(encoding="utf-8")
    checkout, rulebook, settlement = made(request)
    text = receipt(settlement, hints=hints(checkout, rulebook), locale=locale)
    assert text + "\n" == golden


def test_a_parcel_that_pays_nothing_beside_a_dearer_one_says_why():
    """Where a shop charges its dearest parcel alone: once, and not of the dearest."""
    zone = {"regions": ["CN"], "first": 1, "additional": 1, "additional_fee": "0.00 CNY"}
    templates = [
        {"id": name, "measure": "quantity", "zones": [zone | {"first_fee": fee}]}
        for name, fee in (("t1", "8.00 CNY"), ("t2", "5.00 CNY"))
    ]
    lines = [a_line(name, freight_template=template) for name, template in (("a", "t1"), ("b", "t2"))]
    book = a_rulebook(freight_templates=templates, policy={"freight_combination": "max"})
    made = settled(a_checkout(*lines), book)
    assert receipt(made).count("the dearest parcel of the shop pays for all") == 1
    assert receipt(made, locale="zh_CN").count("同店包裹只收最贵的一份运费") == 1
    apart = settled(a_checkout(*lines), book | {"policy": {"freight_combination": "sum"}})
    assert "dearest" not in receipt(apart)


def test_the_rows_of_a_shop_add_up_to_its_subtotal():
    """A calculator agrees with every block: rows to subtotals, columns to what is due."""
    *shops, columns, due = blocks(receipt(made()[2]))
    assert len(shops) == 4
    for shop in shops:
        *rows, (label, subtotal) = shop
        assert label == "Subtotal"
        assert sum(amount for _, amount in rows) == subtotal
    assert sum(amount for _, amount in columns) == due[0][1]
    assert due[0] == ("To pay", Decimal("1111.70"))


def test_any_settlement_has_a_receipt():
    """200 random requests, in CNY, JPY and KWD: both languages print, columns line up, no line is forged."""
    path = ROOT / "tests" / "reference" / "random_requests.py"
    spec = importlib.util.spec_from_file_location("random_requests_of_receipts", path)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    statuses = set()
    for seed in range(examples(200)):
        settlement = made(maker.random_request(random.Random(seed)))[2]
        statuses.add(settlement.status)
        for locale in ("en", "zh_CN"):
            text = receipt(settlement, locale=locale)
            assert all(c.isprintable() or c in "\n\u00a0" for c in text)
        if settlement.currency == "CNY" and settlement.status != "blocked":
            *shops, columns, due = blocks(receipt(settlement))
            assert sum(amount for _, amount in columns) == due[0][1] == settlement.payable.amount
            assert [shop[-1][1] for shop in shops] == [
                sum((column.amount for column in shop[2:8]), Decimal(0)) for shop in settlement.shops
            ]
            assert all(sum(a for _, a in shop[:-1]) == shop[-1][1] for shop in shops if shop[-1][0] == "Subtotal")
    assert statuses == {"payable", "pending", "blocked"}


def test_what_is_no_settlement_is_told():
    """A checkout, a dictionary, the refund of an order: which kind belongs here, in words."""
    made = settled(a_checkout(), a_rulebook())
    for given in (made.to_dict(), a_checkout(), refund(made, {"a": 1}), None):
        with pytest.raises(TypeError, match=r"settlement: found .* a Settlement is expected"):
            receipt(given)


def test_names_come_from_the_documents():
    """With the documents, or in the process that settled, everything has its name; with neither, goods and offers do.

    Where names were erased, skus and ids stand.
    """
    checkout, rulebook, settlement = made()
    stored = Settlement.from_json(settlement.to_json())
    assert "双 11" in receipt(stored)
    assert receipt(stored, checkout, rulebook) == receipt(settlement) == str(settlement)
    assert receipt(stored) == receipt(settlement.detached()) != receipt(settlement)  # a template by its id
    erased = Settlement.from_json(json.dumps(impersonal(settlement.to_dict())))
    assert "tea-dhp-250" in receipt(erased)
    assert "双 11" not in receipt(erased)
    assert "双 11" in receipt(erased, checkout, rulebook)


def test_shops_are_called_what_the_caller_calls_them():
    """In the heading, the taxes and what it was told; who isn't named keeps his id, and no name forges a line."""
    told = {"by_shop": [{"shop": "s2", "remark": "less sugar"}]}
    rules = a_rulebook(taxes=[{"prices": "without", "rates": [{"percent": "10"}]}])
    paid = settled(a_checkout(a_line("a"), a_line("b", shop="s2"), **told), rules)
    page = receipt(paid, shops={"s2": "Hillside\nTea"}).splitlines()
    shown = [line for line in page if "Hillside" in line]
    assert len(shown) == 3
    assert "Tea" in shown[0]
    assert "s1" in page
    assert not [line for line in page if line.strip() == "Tea"]


def test_the_people_of_an_address_are_masked():
    """Name and phone number are masked; the rest of the address is not printed at all."""
    text = receipt(made()[2])
    assert "陈**  138****8000  广东省 深圳市 南山区" in text
    for private in ("陈小满", "13800138000", "科苑路"):
        assert private not in text
    request = json.loads(json.dumps(CART))
    request["checkout"]["address"] |= {"name": "\u202e王小明", "phone": "+86 138\n0013\x1b8000"}
    assert "\\u202e**  +86 138****8000  广东省" in receipt(made(request)[2])


def test_pending_says_that_freight_is_missing():
    """Without an address the receipt says so first, and again where it says what is due."""
    _, _, settlement = made(checkout__address=None)
    assert "PENDING: no delivery address yet; freight is not included." in receipt(settlement)
    assert "To pay, freight not included" in receipt(settlement)
    assert "填写收货地址后可用" in receipt(settlement, locale="zh_CN")


def test_blocked_says_that_nothing_is_due():
    """A blocked order says so, names the lines that stand in the way, and prints no amount."""
    text = receipt(made(rulebook__policy={"undeliverable": "block"})[2])
    assert "BLOCKED: this order cannot be placed; nothing is due." in text
    assert re.search(r"大闸蟹 8 只礼盒 +cannot be delivered to this\n +address", text)
    assert "CN¥" not in text


@pytest.mark.parametrize(
    ("locale", "blocked", "advice"),
    [
        ("en", "BLOCKED: this order cannot be placed; nothing is due.", "Sort out the items below first."),
        ("zh_CN", "无法下单，目前无需付款。", "请先处理以下商品。"),
    ],
)
def test_blocked_sends_nobody_to_goods_that_are_not_there(locale, blocked, advice):
    """Only where goods are left out below is the reader sent to them; an empty cart has none, in either language."""
    empty = receipt(made(checkout__cart={"currency": "CNY", "lines": []})[2], locale=locale)
    full = receipt(made(rulebook__policy={"undeliverable": "block"})[2], locale=locale)
    assert (f"{blocked}\n" in empty, advice in empty) == (True, False)
    assert f"{blocked}\n{advice}\n=" in full


def test_stock_says_how_much_there_is():
    """A line that wants too much says what is available."""
    request = json.loads(json.dumps(CART))
    request["checkout"]["cart"]["lines"][0] |= {"quantity": 5, "stock": 3}
    assert "not enough in stock, 3 left" in receipt(made(request)[2])
    assert "库存不足，最多可购 3" in receipt(made(request)[2], locale="zh_CN")


@pytest.mark.parametrize(
    ("locale", "mainland", "country"), [("en", "mainland China", "United States"), ("zh_CN", "中国大陆", "美国")]
)
def test_regions_go_by_their_names(locale, mainland, country):
    """A region of China has its Chinese name in every language; countries and the widest are the reader's.

    A code stands only for what has no name: a town, a state, a code that nobody knows.
    """
    text = receipt(made()[2], locale=locale)
    for words in ("  广东省 深圳市 南山区\n", " 广东省", mainland):
        assert words in text
    assert "440" not in text
    request = json.loads(json.dumps(CART))
    request["checkout"]["address"] = {"region": "440305001"}
    assert "广东省 深圳市 南山区 440305001" in receipt(made(request)[2], locale=locale)
    request["checkout"]["address"] = {"region": "US/CA"}
    assert f"{country} CA" in receipt(made(request)[2], locale=locale)
    request["checkout"]["address"] = {"region": "999999"}
    assert "  999999\n" in receipt(made(request)[2], locale=locale)


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_the_day_is_that_of_the_clock_that_is_asked_for(locale):
    """Midnight in Shanghai is 11.11 there and the day before in UTC; the receipt says which clock it goes by.

    An address in China has its clock unless another one is asked for.
    """
    settlement = made(checkout__at="2026-11-11T00:00:00+08:00")[2]
    heads = [receipt(settlement, locale=locale, offset=timedelta(hours=hours)).split("\n")[0] for hours in (0, 8, -3.5)]
    days = ["2026-11-10 16:00 UTC", "2026-11-11 00:00 UTC+08:00", "2026-11-10 12:30 UTC-03:30"]
    assert all(head.endswith(f" {day}") and width(head) == 60 for head, day in zip(heads, days, strict=True))
    assert receipt(settlement, locale=locale) == receipt(settlement, locale=locale, offset=timedelta(hours=8))
    with pytest.raises(ValueError, match="offset"):
        receipt(settlement, offset=timedelta(days=1))


@pytest.mark.parametrize(
    ("address", "clock"),
    [
        (None, "2026-11-10 16:00 UTC"),
        ({"region": "US/CA"}, "2026-11-10 16:00 UTC"),
        ({"region": "810000"}, "2026-11-11 00:00 UTC+08:00"),
        ({"region": "CN"}, "2026-11-11 00:00 UTC+08:00"),
    ],
)
def test_the_clock_is_that_of_an_address_in_china(address, clock):
    """China has one clock, elsewhere UTC stands. However `at` was written, equal checkouts have one receipt."""
    texts = {
        receipt(made(checkout__at=at, checkout__address=address)[2])
        for at in ("2026-11-11T00:00:00+08:00", "2026-11-10T16:00:00Z", "2026-11-10T08:00:00-08:00")
    }
    assert [text.split("\n")[0].endswith(f" {clock}") for text in texts] == [True]


def test_a_clock_that_leaves_the_calendar_is_that_of_utc():
    """Before the first day and after the last one UTC stands, and is said; nothing is raised."""
    first = made(checkout__at="0001-01-01T00:00:00Z")[2]
    assert receipt(first, offset=timedelta(hours=-8)).split("\n")[0].endswith(" 0001-01-01 00:00 UTC")
    last = made(checkout__at="9999-12-31T23:59:59Z")[2]
    assert receipt(last, offset=timedelta(hours=8)).split("\n")[0].endswith(" 9999-12-31 23:59 UTC")


@pytest.mark.parametrize(
    ("locale", "said", "bare"),
    [
        ("en", "Surcharge 生鲜冷链: 广东省 深圳市  ", "Surcharge fruit-cold  "),
        ("zh_CN", "附加费 生鲜冷链：广东省 深圳市  ", "附加费 fruit-cold  "),
    ],
)
def test_a_surcharge_says_the_region_that_it_is_for(locale, said, bare):
    """It has a deciding region of its own, the nearest; a settlement alone does not know it."""
    request = json.loads(json.dumps(CART))
    (cold,) = (each for each in request["rulebook"]["freight_templates"] if each["name"] == "生鲜冷链")
    assert [each["regions"] for each in cold["surcharges"]] == [["440000", "450000"]]
    cold["surcharges"].append({"regions": ["440300"], "fee": "1.00 CNY", "per": "parcel"})
    settlement = made(request)[2]
    assert said in receipt(settlement, locale=locale)
    assert bare in receipt(Settlement.from_json(settlement.to_json()), locale=locale)


# ------------------------------------------------------------------ what no name can do


def test_bi_078_a_bidi_override_in_a_name_is_shown_escaped():
    """BI-078: U+202E and U+2066 are data in the document and escapes in the receipt."""
    for document in ("checkout", "rulebook"):
        text = named("tea \u202egpj\u202c\u2066x", document)
        assert "tea \\u202egpj\\u202c\\u2066x" in text
        assert not set(text) & {"\u202e", "\u202c", "\u2066"}


def test_bi_079_line_ends_and_terminal_escapes_in_a_name_are_shown_escaped():
    """BI-079: a name cannot begin a line, move the cursor or colour the terminal."""
    text = named("Tea\r\nTo pay\x1b[31m\x1b]0;x\x07\u2028\x85 0.01")
    assert len([row for row in text.splitlines() if row.startswith("To pay")]) == 1
    assert "Tea\\r\\nTo pay\\x1b[31m\\x1b]0;x\\x07" in text
    assert not set(text) & set("\r\x1b\x07\u2028\x85")


def test_bi_080_markup_in_a_name_is_printed_literally():
    """BI-080: brackets, braces and percent signs are no markup and no format here."""
    for name in ("[/nope]", "{0.__class__}", "{offer}", "%(x)s", "<b>tea</b>", "\\n"):
        assert name in named(name)
        assert name in named(name, "rulebook")


def test_a_name_cannot_forge_a_row():
    """A name that imitates a row with spaces shows one space, and goes on only below its own first line."""
    text = named("Tea" + " " * 40 + "To pay" + " " * 30 + "CN¥0.01")
    assert "Tea To pay CN¥0.01" in text
    assert [row for row in text.split("\n") if row.startswith("To pay")] == [
        row for row in receipt(made()[2]).split("\n") if row.startswith("To pay")
    ]


def test_a_very_long_name_is_cut():
    """A thousand characters take three lines and end in an ellipsis; the columns still line up."""
    text = named("茶" * 1000)
    cut = [row for row in text.split("\n") if "茶茶" in row]
    assert len(cut) == 3
    assert cut[-1].endswith("…")
    assert len({width(row) for row in text.split("\n") if AMOUNT.search(row)}) == 1


def test_no_row_ends_in_a_space():
    """Not even where a name that ends in one goes on below its own first line."""
    text = named("The quick brown fox jumps over the lazy dog and the quick brown fox again ")
    assert re.search(r"^    .*again$", text, re.MULTILINE)
    assert [row for row in text.split("\n") if row != row.rstrip()] == []


def test_every_id_is_printed_safely():
    """What somebody else stored is printed escaped: a remark on the receipt, a reason that is none in the refusal."""
    document = json.loads(made()[2].to_json())
    document["remark"] = "a\nb\u202ec"
    assert "a\\nb\\u202ec" in receipt(Settlement.from_json(json.dumps(document)))
    document["excluded"].append({"line": "z", "reason": "new\x1b[31m_reason"})
    with pytest.raises(InvalidDocument, match=r"new\\x1b\[31m_reason"):
        Settlement.from_json(json.dumps(document))


# ------------------------------------------------------------------ refunds


def test_a_refund_has_a_slip():
    """A quote prints its lines, their freight, what is paid back and the points given back."""
    checkout, _, settlement = made()
    quote = refund(settlement, {"1": 1, "8": 3}, freight="return")
    slip = refund_slip(quote, checkout)
    assert "武夷岩茶 大红袍 250 克" in slip
    *_, rows, total = blocks(slip)
    assert sum(amount for _, amount in rows) == total[0][1] == quote.cash.amount
    assert f"Points given back{quote.points:>43}" in slip
    assert str(quote) == refund_slip(quote) == slip
    assert "应退金额" in refund_slip(quote, locale="zh_CN")


def test_a_refund_calls_goods_and_offers_what_the_receipt_calls_them():
    """Also named anew, copied and pickled; one that was read back has ids, for names are no part of what is stored."""
    tenth = {"type": "percent_off", "percent": "10"}
    offer = {"id": "p7", "name": "Two for less", "issuer": "s", "tiers": [{"min_quantity": "2", "benefit": tenth}]}
    coupon = {"id": "c7", "name": "Welcome", "issuer": "platform", "tiers": [{"benefit": tenth}]}
    mug = {"type": "gift", "sku": "mug", "name": "Tea mug", "quantity": 1}
    gift = {"id": "g7", "issuer": "s", "tiers": [{"benefit": mug}]}
    rules = {"id": "r", "currency": "CNY", "promotions": [offer, gift], "coupons": [coupon]}
    line = Line(id="1", shop="s", sku="k", name="Jasmine tea", quantity=2, unit_price="50.00 CNY")
    cart = Cart(currency="CNY", lines=[line])
    checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, customer=Customer(coupons=["c7"]))
    settlement = settle(checkout, Rulebook.model_validate(rules))
    one = refund(settlement, {"1": 1}, policy=RefundPolicy(recheck="thresholds"), id="R-1")
    text = str(one)
    assert "Jasmine tea" in text
    assert "Charged back: Two for less on Jasmine tea" in text
    pickled = pickle.loads(pickle.dumps(one))  # noqa: S301 - what the line itself wrote
    assert {str(pickled), str(copy.deepcopy(one)), str(one.known_as("R-1"))} == {text}
    whole = str(refund(settlement, {"1": 2}, policy=RefundPolicy(coupons="return", gifts="return")))
    assert "Coupon given back: Welcome" in whole
    assert "Gift to send back: Tea mug × 1" in whole
    stored = type(one).from_json(one.to_json())
    assert stored == one
    assert "Jasmine tea" not in str(stored)
    assert "Jasmine tea" in refund_slip(stored, checkout)


# ------------------------------------------------------------------ beyond the contract


def beyond():
    """Ten kilograms in boxes of three, a shop to collect at, two cards, two copies of a coupon, three kinds of no."""

    def line(name, **more):
        return {"id": name, "shop": "s1", "sku": name, "quantity": 1, "unit_price": "10.00 CNY"} | more

    def off(rule, amount, **more):
        return {
            "id": rule,
            "issuer": "platform",
            "tiers": [{"benefit": {"type": "amount_off", "amount": amount}}],
        } | more

    zone = {"regions": ["*"], "first": 1000, "first_fee": "8.00 CNY", "additional": 1000, "additional_fee": "2.00 CNY"}
    heavy = {"id": "heavy", "measure": "weight_g", "max_weight_g": 3000, "pickup": True, "zones": [zone]}
    lines = [
        line("a", quantity=10, weight_g=1000, freight_template="heavy", warehouses=["bj", "sz"]),
        line("b", shop="s2", weight_g=1, freight_template="heavy"),
        line("c", shop="s2", weight_g=1, freight_template="sent"),
        line("d", shop="s3"),
    ]
    cards = [
        {"id": "6222020200012345678", "type": "gift_card", "balance": "20.00 CNY"},
        {"id": "wallet", "type": "stored_value", "balance": "500.00 CNY", "amount": "60.00 CNY"},
    ]
    checkout = {
        "at": "2026-11-11T00:00:00+08:00",
        "cart": {"currency": "CNY", "lines": lines},
        "address": {"region": "440305"},
        "choice": {"pickup": ["s2"]},
        "customer": {"coupons": ["c"], "copies": {"c": 2}, "usage": [{"rule": "p", "by_customer": 1}]},
        "tenders": cards,
    }
    book = {
        "id": "r",
        "currency": "CNY",
        "freight_templates": [heavy, heavy | {"id": "sent", "pickup": False}],
        "warehouses": [{"id": "bj", "region": "110000"}, {"id": "sz", "name": "深圳仓", "region": "440300"}],
        "minimum_orders": [{"shop": "s3", "amount": "20.00 CNY"}],
        "promotions": [off("p", "1.00 CNY", limit_per_customer=1)],
        "coupons": [off("c", "2.00 CNY", name="Two off")],
        "policy": {"coupons_platform": 2},
    }
    return {"checkout": checkout, "rulebook": book}


SAID = {
    "en": [
        r"Platform coupon Two off #2 \(this shop's share\) +-CN¥1.82",
        r"Freight heavy, from 深圳仓: everywhere, 3 × +CN¥36.00\n +3,000",
        r"Freight heavy, from 深圳仓: everywhere, 1,000",
        r"To be collected at the shop",
        r"To pay +CN¥150.00\n  Gift card …5678 +-CN¥20.00\n",
        r"  Stored value wallet, CN¥440.00 left on it +-CN¥60.00\nLeft to pay +CN¥70.00",
        r"c +not available for collection; choose delivery",
        r"d +below the minimum order of this shop: CN¥20.00",
        r"p +already used the maximum number of times",
    ],
    "zh_CN": [
        r"应付 +¥150.00\n  礼品卡 …5678 +-¥20.00\n",
        r"  储值余额 wallet，余额 ¥440.00 +-¥60.00\n还需支付 +¥70.00",
        r"到店自提",
        r"c +不支持自提，请选择配送",
        r"d +未达到该店铺起送价：¥20.00",
        r"p +已达使用次数上限",
    ],
}


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_what_goes_beyond_the_contract_is_said(locale):
    """Boxes, warehouse, pickup, copies, cards (never a whole number) and the new reasons, in both languages."""
    text = receipt(made(beyond())[2], locale=locale)
    assert [said for said in SAID[locale] if not re.search(said, text)] == []
    assert "6222020200012345678" not in text


def test_what_tenders_leave_adds_up():
    """What is to pay, less each card, is what is left to pay."""
    *_, rows = blocks(receipt(made(beyond())[2]))
    (_, to_pay), (_, card), (_, wallet), (label, left) = rows[:4]
    assert label == "Left to pay"
    assert to_pay + card + wallet == left
