"""What is handed in after "pay" is looked at first: its kind, its settlement, and that nothing comes back twice."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns import a_settlement, sequence
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, settled
from settlement import (
    Checkout,
    CurrencyMismatch,
    InvalidDocument,
    Money,
    PaymentMethod,
    RefundExceeds,
    RefundPolicy,
    RefundQuote,
    Rulebook,
    UnknownLine,
    refund,
)
from settlement.after_pay.invoices.invoice import invoices
from settlement.after_pay.invoices.red import red_invoice
from settlement.after_pay.payments.options import payment_items, payment_options, split_tenders
from settlement.after_pay.payouts.owed import payout
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.after_pay.refunds.money_back import MoneyBack
from settlement.after_pay.refunds.returns import preview
from settlement.after_pay.refunds.sold import Sold
from settlement.cart.invoice_request import check_character
from thorough import examples

CHECKOUT = a_checkout(
    a_line("a", quantity=3, tax_percent="13"), a_line("b", shop="s2"), payment_method="m", invoice={"title": "T"}
)
RULEBOOK = a_rulebook(payment_methods=[{"id": "m", "percent": "1", "borne_by": "merchant"}])
PAID = settled(CHECKOUT, RULEBOOK)
QUOTE = refund(PAID, {"a": 3})
BLUE = invoices(PAID)[0]
OTHER = refund(settled(a_checkout()), {"a": 1})
AMOUNT = Money("10.00 CNY")

#: What is handed in, and where the error says it is.
KINDS = {
    "refund(None)": (lambda: refund(None, {}), "settlement: found null; a Settlement"),
    "refund(dict)": (lambda: refund(PAID.to_dict(), {}), "settlement: found an object; a Settlement"),
    "refund(list)": (lambda: refund(PAID, ["a"]), "returns: found a list; quantities by line id"),
    "refund(key)": (lambda: refund(PAID, {1: 1}), "returns: found a key that is no string; quantities by line id"),
    "refund(one)": (lambda: refund(PAID, {"a": 1}, QUOTE), "history: found a RefundQuote; a list of RefundQuote"),
    "refund(text)": (lambda: refund(PAID, {"a": 1}, [QUOTE.to_json()]), "history[0]: found a string of"),
    "refund(policy)": (lambda: refund(PAID, {"a": 1}, policy={}), "policy: found an object; a RefundPolicy"),
    "refund(captured)": (lambda: refund(PAID, {"a": 1}, captured="1.00 CNY"), 'captured: found "1.00 CNY"; a Money'),
    "preview": (lambda: preview(PAID, policy="x"), 'policy: found "x"; a RefundPolicy'),
    "payout(None)": (lambda: payout(None), "settlement: found null; a Settlement"),
    "payout(policy)": (lambda: payout(PAID, {}), "policy: found an object; a PayoutPolicy"),
    "payout(refunds)": (lambda: payout(PAID, refunds=QUOTE), "refunds: found a RefundQuote; a list"),
    "payout(method)": (lambda: payout(PAID, method="m"), 'method: found "m"; a PaymentMethod'),
    "split_orders": (lambda: split_orders(PAID.to_json()), "settlement: found a string of"),
    "payment_options": (lambda: payment_options(CHECKOUT, RULEBOOK), "checkout: found an object; a Checkout"),
    "split_tenders(text)": (lambda: split_tenders("1.00 CNY", []), 'payable: found "1.00 CNY"; a Money'),
    "split_tenders(None)": (lambda: split_tenders(AMOUNT, None), "tenders: found null; a list of pairs"),
    "split_tenders(pair)": (lambda: split_tenders(AMOUNT, ["ab"]), 'tenders[0]: found "ab"; a pair of id and cap'),
    "split_tenders(cap)": (lambda: split_tenders(AMOUNT, [("a", "1.00 CNY")]), 'tenders[0]: found "1.00 CNY"; a Money'),
    "payment_items": (lambda: payment_items(None), "settlement: found null; a Settlement"),
    "invoices(request)": (lambda: invoices(PAID, {"title": "T"}), "request: found an object; an InvoiceRequest"),
    "invoices(policy)": (lambda: invoices(PAID, None, {}), "policy: found an object; an InvoicePolicy"),
    "invoices(names)": (lambda: invoices(PAID, names=["a"]), "names: found a list; names by line id"),
    "red_invoice(swapped)": (lambda: red_invoice(PAID, QUOTE, BLUE), "invoice: found a RefundQuote; an Invoice"),
    "red_invoice(quote)": (lambda: red_invoice(PAID, BLUE, None), "quote: found null; a RefundQuote"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_wrong_kind_says_where_it_stands_what_it_is_and_what_is_right(name):
    """A dict, text or single quote where a document or a list belongs is a TypeError, never one of our own inside."""
    call, said = KINDS[name]
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).startswith(said)
    assert "expected" in str(caught.value)


def changed(**fields):
    """The quote for a as somebody else might have stored it."""
    document = json.loads(QUOTE.to_json())
    document["lines"][0] |= fields
    return document


def of_another_line():
    """A stored quote that names a line of no settlement."""
    return RefundQuote.from_json(json.dumps(changed(id="z")))


def of_more_cash():
    """A stored quote of one cent more than was paid, with sums that agree."""
    document = changed(goods="30.01 CNY")
    document["lines"][0]["goods_part"]["columns"]["goods"] = "30.01 CNY"
    return RefundQuote.from_json(json.dumps(document | {"cash": "30.01 CNY"}))


FOLDS = {
    "refund": lambda quotes: refund(PAID, {"b": 1}, quotes),
    "preview": lambda quotes: preview(PAID, quotes),
    "payout": lambda quotes: payout(PAID, refunds=quotes),
    "red_invoice": lambda quotes: red_invoice(PAID, BLUE, quotes[0], quotes[1:]),
}


@pytest.mark.parametrize("fold", FOLDS)
def test_nothing_comes_back_twice(fold):
    """The same quote in a history twice, or one that gives back a cent more than was paid, is RefundExceeds."""
    with pytest.raises(RefundExceeds) as caught:
        FOLDS[fold]([QUOTE, QUOTE])
    assert (caught.value.line, caught.value.bought, caught.value.returned) == ("a", "3", "6")
    with pytest.raises(RefundExceeds) as caught:
        FOLDS[fold]([of_more_cash()])
    assert (caught.value.bought, caught.value.returned) == ("30.00 CNY", "30.01 CNY")


@pytest.mark.parametrize("fold", FOLDS)
def test_refunds_are_of_this_settlement_and_its_lines(fold):
    """Another settlement's is a ValueError that names it by its place; a line that is not there is UnknownLine."""
    with pytest.raises(ValueError, match=r"\[0\]: this is a refund of another settlement; those of sha256:"):
        FOLDS[fold]([OTHER])
    with pytest.raises(UnknownLine, match="there is no line 'z'; there are 'a', 'b'"):
        FOLDS[fold]([of_another_line()])


def test_a_refund_that_is_in_its_own_history_is_taken_back_once():
    """The commonest slip: the quote was appended before its red invoice was made."""
    with pytest.raises(RefundExceeds):
        red_invoice(PAID, BLUE, QUOTE, [QUOTE])


@pytest.mark.parametrize(
    ("call", "place", "code"),
    [
        (lambda: refund(PAID, {"a": 1}, freight="all"), "freight", "choice.unknown"),
        (lambda: preview(PAID, freight="all"), "freight", "choice.unknown"),
        (lambda: preview(PAID, most=-1), "most", "quantity.range"),
        (lambda: preview(PAID, most="3"), "most", "quantity.range"),
        (lambda: split_tenders(Money("-1.00 CNY"), [("a", None)]), "payable", "amount.negative"),
        (lambda: split_tenders(AMOUNT, [("", None)]), "tenders[0]", "text.empty"),
        (lambda: split_tenders(AMOUNT, [(1, None)]), "tenders[0]", "text.type"),
        (lambda: invoices(PAID, names={"a": 5}), "names.a", "text.type"),
    ],
)
def test_a_wrong_value_has_a_place_and_a_code(call, place, code):
    """What is of the right kind and yet wrong is a problem like those of documents."""
    with pytest.raises(InvalidDocument) as caught:
        call()
    assert [(each.place, each.code) for each in caught.value.problems] == [(place, code)]


def test_terms_in_another_currency_are_refused():
    """A fixed fee of 1.00 USD is not 1.00 CNY."""
    for field in ("fixed", "min", "max"):
        method = PaymentMethod.model_validate({"id": "u", field: "1.00 USD", "borne_by": "merchant"})
        with pytest.raises(CurrencyMismatch, match="CNY and USD"):
            payout(PAID, method=method)


def test_a_name_is_of_a_line():
    """A typing error in the id of a line is found; a name of a line that was left out is no error."""
    with pytest.raises(UnknownLine, match="'c'"):
        invoices(PAID, names={"c": "Tea"})
    left_out = settled(a_checkout(a_line("a"), a_line("b", selected=False), invoice={"title": "T"}))
    assert invoices(left_out, names={"a": "Tea", "b": "Pot"})[0].lines[0].name == "Tea"


def test_an_invoice_of_a_shop_that_did_not_sell_its_lines_is_not_taken_back():
    """An invoice whose shop was changed has lines of another."""
    with pytest.raises(ValueError, match="shop 's2' did not sell"):
        red_invoice(PAID, BLUE.model_copy(update={"shop": "s2"}), QUOTE)
    settlement = settled(a_checkout(invoice={"title": "T"}))
    with pytest.raises(ValueError, match="invoice: it is of another settlement; a blue invoice of sha256:"):
        red_invoice(PAID, invoices(settlement)[0], QUOTE)


def test_a_code_says_which_character_is_wrong():
    """Lower case, and letters that the standard leaves out."""
    for code, place in (("91350100m000100Y43", 9), ("I1350100M000100Y43", 1)):
        with pytest.raises(ValueError, match=f"character {place} of the code"):
            check_character(code)


def test_sound_documents_are_taken():
    """The same calls with what they ask for."""
    checkout, rulebook = Checkout.model_validate(CHECKOUT), Rulebook.model_validate(RULEBOOK)
    assert payment_options(checkout, rulebook)[0].id == "m"
    assert refund(PAID, {"b": 1}, (QUOTE,)) == refund(PAID, {"b": 1}, iter([QUOTE]))
    assert check_character("91350100M000100Y4") == "3"


# ------------------------------------------------------------------ what refunds of a settlement can come to


def three(**fields):
    """Three pieces at 10.00 with points, a fee, a card and a platform coupon with a threshold."""
    half = an_offer("half", {"type": "amount_off", "amount": "3.00 CNY"})
    half["tiers"][0]["min_amount"] = "30.00 CNY"
    card = {"id": "m", "percent": "1", "borne_by": "buyer"}
    tenders = [{"id": "g", "type": "gift_card", "balance": "6.00 CNY"}]
    checkout = a_checkout(
        a_line(quantity=3), customer={"coupons": ["half"]}, payment_method="m", tenders=tenders, **fields
    )
    return settled(checkout, a_rulebook(coupons=[half], payment_methods=[card]))


THREE = three()
ONE = refund(THREE, {"a": 1}, policy=RefundPolicy(recheck="thresholds"))


def stored(*changes):
    """The refund of one piece, with values changed, and its sums made to agree."""
    document = json.loads(ONE.to_json())
    for place, value in changes:
        inner = document
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
    goods = sum(Money(each).minor for each in document["lines"][0]["goods_part"]["columns"].values())
    document["lines"][0]["goods"] = str(Money.of_minor(goods, "CNY"))
    charged = sum(Money(each["amount"]).minor for each in document["charges"])
    document["cash"] = str(Money.of_minor(goods - charged, "CNY"))
    document["points"] = document["lines"][0]["goods_points"]
    return json.dumps(document)


PART = ("lines", 0, "goods_part")

UNREADABLE = [
    ([((*PART, "columns", "goods"), "-10.00 CNY")], "lines[0].goods", "refund.negative"),
    ([((*PART, "columns"), {"bonus": "9.09 CNY"})], "lines[0].goods_part.columns", "choice.unknown"),
    ([((*PART, "payment_fee"), "999.00 CNY")], "lines[0].goods_part.payment_fee", "refund.range"),
    ([((*PART, "payment_fee"), "-0.01 CNY")], "lines[0].goods_part.payment_fee", "refund.range"),
    ([((*PART, "platform", "coupons"), "-500.00 CNY")], "lines[0].goods_part.platform.coupons", "refund.range"),
    ([((*PART, "platform", "goods"), "-0.01 CNY")], "lines[0].goods_part.platform.goods", "refund.range"),
    ([(("charges", 0, "amount"), "99.00 CNY")], "cash", "refund.negative"),
    ([(("tenders", 0, "amount"), "-0.01 CNY")], "tenders[0].amount", "refund.negative"),
    ([(("tenders", 0, "amount"), "500.00 CNY")], "tenders", "refund.negative"),
]


@pytest.mark.parametrize(("changes", "place", "code"), UNREADABLE)
def test_a_stored_refund_that_none_can_be_is_not_read(changes, place, code):
    """Less than nothing, a column that no settlement has, more fee than cash, more of the platform than its column."""
    assert RefundQuote.from_json(stored()) == ONE
    with pytest.raises(InvalidDocument) as caught:
        RefundQuote.from_json(stored(*changes))
    assert (place, code) in [each[:2] for each in caught.value.problems]


def test_a_line_stands_in_a_refund_once():
    """The same line twice would come back twice."""
    document = json.loads(stored())
    document["lines"] *= 2
    with pytest.raises(InvalidDocument, match=r"id\.duplicate"):
        RefundQuote.from_json(json.dumps(document))


IMPOSSIBLE = [
    ([(("lines", 0, "goods_points"), 7)], "lines.a.goods_points"),
    ([((*PART, "payment_fee"), "0.08 CNY")], "lines.a.goods"),
    ([((*PART, "payment_fee"), "0.10 CNY")], "lines.a.goods.payment_fee"),
    ([((*PART, "columns", "goods"), "9.98 CNY"), ((*PART, "columns", "rounding"), "0.01 CNY")],
     "lines.a.goods.columns.rounding"),
    ([(("charges", 0, "rule"), "zz")], "charges.zz.a"),
    ([(("charges", 0, "rule"), "zz"), (("charges", 0, "amount"), "0.01 CNY")], "charges.zz.a"),
    ([(("charges", 0, "rule"), "zz"), (("charges", 0, "platform"), "0.01 CNY")], "charges.zz.a.platform"),
    ([(("charges", 0, "amount"), "2.01 CNY")], "charges.half.a"),
    ([(("charges", 0, "amount"), "-2.00 CNY")], "charges.half.a"),
    ([(("charges", 0, "platform"), "2.01 CNY")], "charges.half.a.platform"),
    ([(("charges", 0, "platform"), "-0.01 CNY")], "charges.half.a.platform"),
    # of what was charged, though the offer gave the platform's 2.00
    ([(("charges", 0, "amount"), "1.00 CNY"), (("charges", 0, "platform"), "1.01 CNY")], "charges.half.a.platform"),
    ([(("tenders", 0, "id"), "zz")], "tenders.zz"),
    ([(("tenders", 0, "amount"), "6.01 CNY")], "tenders.g"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "place"), IMPOSSIBLE)
def test_a_history_that_no_refunds_of_this_settlement_make_is_refused(changes, place):
    """Its sums agree, and yet: points that were not used, a column, a charge or a tender that is not the order's."""
    quote = RefundQuote.from_json(stored(*changes))
    with pytest.raises(InvalidDocument) as caught:
        refund(THREE, {"a": 2}, [quote])
    assert (f"history.{place}", "refund.range") in [each[:2] for each in caught.value.problems]


@pytest.mark.parametrize(("platform", "taken"), [("0.00", True), ("0.60", True), ("0.61", False), ("2.00", False)])
def test_the_platforms_part_of_a_charge_is_no_more_than_it_bore(platform, taken):
    """Of 2.00 that an offer gave on what is kept the platform bore 30 %: 0.60 and no more is its own again."""
    offer = an_offer("off", {"type": "amount_off", "amount": "3.00 CNY"}, platform_share="30")
    offer["tiers"][0]["min_amount"] = "30.00 CNY"
    settlement = settled(a_checkout(a_line(quantity=3)), a_rulebook(promotions=[offer]))
    document = json.loads(refund(settlement, {"a": 1}, policy=RefundPolicy(recheck="thresholds")).to_json())
    assert document["charges"] == [{"rule": "off", "line": "a", "amount": "2.00 CNY", "platform": "0.60 CNY"}]
    document["charges"][0]["platform"] = f"{platform} CNY"
    quote = RefundQuote.from_json(json.dumps(document))
    if taken:
        assert Sold(settlement).history([quote]) == [quote]
        return
    with pytest.raises(InvalidDocument) as caught:
        Sold(settlement).history([quote])
    assert [each.place for each in caught.value.problems] == ["history.charges.off.a.platform"]


def test_all_that_an_offer_gave_may_be_charged_on_a_line_that_is_kept():
    """Of 2000.00 off two lines the one had 1000.00; without the other it pays them, and that is a history."""
    off = {"type": "amount_off", "amount": "2000.00 CNY"}
    offer = an_offer("off", tiers=[{"min_amount": "10000.00 CNY", "benefit": off}])
    lines = [a_line(name, "5000.00") for name in "ab"]
    settlement = settled(a_checkout(*lines), a_rulebook(promotions=[offer]))
    quote = refund(settlement, {"a": 1}, policy=RefundPolicy(recheck="thresholds"))
    assert [(each.line, str(each.amount)) for each in quote.charges] == [("b", "1000.00 CNY")]
    assert Sold(settlement).history([quote]) == [quote]


FAIRLY = [
    # an offer of 3.00 on one line: all of it and the unit that parts round off; downwards the line without it
    ("off", "3.01", "0.00", None),
    ("off", "3.02", "0.00", "history.charges.off.a"),
    ("off", "-30.00", "0.00", None),
    ("off", "-30.01", "0.00", "history.charges.off.a"),
    ("off", "2.00", "2.00", None),
    ("off", "2.00", "2.01", "history.charges.off.a.platform"),
    # a parcel that was spared 5.00 and a surcharge of 2.00, and again the unit
    ("t1", "7.01", "0.00", None),
    ("t1", "7.02", "0.00", "history.charges.t1.a"),
    ("zz", "0.01", "0.00", "history.charges.zz.a"),
    ("zz", "-0.01", "0.00", "history.charges.zz.a"),
]


@pytest.mark.parametrize(("rule", "amount", "platform", "place"), FAIRLY)
def test_a_fair_charge_is_no_more_than_the_offer_or_the_free_parcel_gave(rule, amount, platform, place):
    """Just so much is taken, a minor unit more is told with its place; of what gave nothing, nothing is charged."""
    three = {"type": "amount_off", "amount": "3.00 CNY"}
    offer = an_offer("off", tiers=[{"min_amount": "30.00 CNY", "benefit": three}])
    remote = {"regions": ["CN"], "fee": "2.00 CNY", "per": "parcel"}
    free = [{"min_amount": "27.00 CNY", "waives_surcharge": True}]
    settlement = settled(
        a_checkout(a_line(quantity=3, freight_template="t1")),
        a_rulebook(promotions=[offer], freight_templates=[a_template(fee="1.00", surcharges=[remote], free=free)]),
    )
    document = json.loads(refund(settlement, {"a": 1}, policy=RefundPolicy(recheck="fair")).to_json())
    document["charges"] = [{"rule": rule, "line": "a", "amount": f"{amount} CNY", "platform": f"{platform} CNY"}]
    goods = sum(Money(line["goods"]).minor for line in document["lines"])
    document["cash"] = str(Money.of_minor(goods - Money(f"{amount} CNY").minor, "CNY"))
    document["uncharged"] = "0.00 CNY"
    quote = RefundQuote.from_json(json.dumps(document))
    if place is None:
        assert Sold(settlement).history([quote]) == [quote]
        return
    with pytest.raises(InvalidDocument) as caught:
        Sold(settlement).history([quote])
    assert place in [each.place for each in caught.value.problems]


def test_what_a_template_charged_in_another_shop_takes_nothing_from_what_it_spared_here():
    """One template, free in one shop and 20.00 in the other: what the free parcel is charged later is a history."""
    lines = [a_line(name, quantity=3, shop=shop, freight_template="t1") for name, shop in (("a", "s1"), ("b", "s2"))]
    lines[1]["unit_price"] = "1.00 CNY"
    template = a_template(fee="16.00", free=[{"min_amount": "27.00 CNY"}])
    settlement = settled(a_checkout(*lines), a_rulebook(freight_templates=[template]))
    assert [str(each.fee) for each in settlement.parcels] == ["0.00 CNY", "20.00 CNY"]
    quote = refund(settlement, {"a": 2}, policy=RefundPolicy(recheck="fair"))
    assert [(each.rule, each.line, str(each.amount)) for each in quote.charges] == [("t1", "a", "16.00 CNY")]
    assert Sold(settlement).history([quote]) == [quote]


def test_what_was_charged_and_given_again_as_money_stays_in_a_history():
    """3.00 off three at 10.00: one back brings 9.00 less 2.00; what is left goes as money, nothing with the rest."""
    offer = an_offer(
        "off", tiers=[{"min_amount": "30.00 CNY", "benefit": {"type": "amount_off", "amount": "3.00 CNY"}}]
    )
    settlement = settled(a_checkout(a_line(quantity=3)), a_rulebook(promotions=[offer]))
    policy = RefundPolicy(recheck="thresholds")
    history = [refund(settlement, {"a": 1}, policy=policy)]
    left = settlement.payable - history[0].cash
    given = [MoneyBack(reason="goodwill", amount=left, line="a")]
    history.append(refund(settlement, {}, history, policy=policy, money=given))
    history.append(refund(settlement, {"a": 2}, history, policy=policy))
    assert [str(each.cash) for each in history] == ["7.00 CNY", "20.00 CNY", "0.00 CNY"]
    assert [str(each.amount) for each in history[1].deductions] == ["-2.00 CNY"]
    assert Sold(settlement).history(history) == history


@pytest.mark.parametrize("method", [[], [{"id": "card", "fixed": "2.00 CNY", "borne_by": "buyer"}]])
def test_money_and_goods_together_are_no_more_than_was_paid(method):
    """1.00 without goods, and then all of 10.00 for the goods, each right alone: 10.00 were paid beside the fee."""
    checkout = a_checkout(a_line(), payment_method=method[0]["id"] if method else None)
    settlement = settled(checkout, a_rulebook(payment_methods=method))
    money = refund(settlement, {}, money=[MoneyBack(reason="goodwill", amount="1.00 CNY", line="a")])
    goods = refund(settlement, {"a": 1})
    assert Sold(settlement).history([money]) == [money]
    assert Sold(settlement).history([goods]) == [goods]
    with pytest.raises(RefundExceeds):
        Sold(settlement).history([money, goods])
    assert refund(settlement, {"a": 1}, [money]).cash == goods.cash - money.cash


def test_more_than_the_returned_quantity_makes_is_refused():
    """Of one piece of three no more than a third, though all three cost more than that."""
    settlement = settled(a_checkout(a_line(quantity=3)))
    text = refund(settlement, {"a": 1}).to_json().replace("10.00 CNY", "10.01 CNY")
    with pytest.raises(RefundExceeds) as caught:
        refund(settlement, {"a": 0}, [RefundQuote.from_json(text)])
    assert (caught.value.bought, caught.value.returned) == ("10.00 CNY", "10.01 CNY")


@pytest.mark.parametrize("fold", FOLDS)
def test_a_history_is_in_the_currency_of_the_settlement(fold):
    """The same digits in yen are another amount."""
    text = QUOTE.to_json().replace(".00 CNY", " JPY").replace("CNY", "JPY")
    with pytest.raises(CurrencyMismatch, match="CNY and JPY"):
        FOLDS[fold]([RefundQuote.from_json(text)])


@pytest.mark.parametrize("fold", FOLDS)
def test_the_very_same_refund_stands_in_a_history_once(fold):
    """Even where twice of it would not be too much; two equal refunds of a piece each are both right."""
    one, other = refund(PAID, {"a": 1}), refund(PAID, {"a": 1}, [refund(PAID, {"a": 1})])
    assert one == other
    FOLDS[fold]([one, other])
    with pytest.raises(InvalidDocument) as caught:
        FOLDS[fold]([one, one])
    assert [(each.place[-3:], each.code) for each in caught.value.problems] == [("[1]", "refund.twice")]


@given(st.integers(0, 2**32))
@settings(max_examples=examples(100))
def test_every_history_that_refunds_make_is_taken(seed):
    """Any sequence of policies, as made or as stored, up to any step and in any order."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    quotes = list(sequence(rng, settlement))
    for count in range(len(quotes) + 1):
        taken = [RefundQuote.from_json(quote.to_json()) for quote in quotes[:count]]
        assert len(Sold(settlement).history(rng.sample(taken, count))) == count
