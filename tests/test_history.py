"""What is handed in after "pay" is looked at first: its kind, its settlement, and that nothing comes back twice."""

from __future__ import annotations

import json

import pytest

from samples import a_checkout, a_line, a_rulebook, settled
from settlement import (
    Checkout,
    CurrencyMismatch,
    InvalidDocument,
    Money,
    PaymentMethod,
    RefundExceeds,
    RefundQuote,
    Rulebook,
    UnknownLine,
    refund,
)
from settlement.invoice import check_character
from settlement.invoices import invoices
from settlement.payments import payment_items, payment_options, split_tenders
from settlement.payouts import payout
from settlement.red_invoices import red_invoice
from settlement.refunds import preview
from settlement.sub_orders import split_orders

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
