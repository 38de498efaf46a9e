"""Arguments of the wrong kind: an exception of the library, or a TypeError that says where, what and what instead."""

from __future__ import annotations

import linecache
import traceback

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template
from settlement import (
    Cart,
    Checkout,
    FreightTemplate,
    InvalidDocument,
    InvoiceRequest,
    Line,
    Money,
    PaymentMethod,
    RefundQuote,
    Rulebook,
    Settlement,
    SettlementError,
    UnknownLine,
    check,
    check_freight,
    explain_parcel,
    freight_table,
    hints,
    quote_freight,
    refund,
    settle,
)
from settlement.after_pay.invoices.invoice import invoices
from settlement.after_pay.invoices.red import red_invoices
from settlement.after_pay.payments.options import payment_items, payment_option, payment_options, split_tenders
from settlement.after_pay.payments.paid import payment_demand
from settlement.after_pay.payouts.owed import payout
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.allocation import spread
from settlement.audit.record import record
from settlement.explanations import explain_option, explain_payout, explain_refund
from settlement.explanations.comparison import compare
from settlement.explanations.offer import explain_offer
from settlement.explanations.story import explain
from settlement.findings import check_offers

LINE = Line(**a_line())
CART = Cart(currency="CNY", lines=[LINE])


def named(value):
    """An id of a test that is the same in every process: no address."""
    return f"a {type(value).__name__}" if type(value) in {object, memoryview} else repr(value)[:20]


WRONG = [None, 5, 1.5, [], ["a"], {}, {"a": []}, [123, 125], object(), memoryview(b"{}")]


@pytest.mark.parametrize("wrong", WRONG, ids=named)
@pytest.mark.parametrize(
    "reads",
    [Checkout.model_validate_json, Rulebook.model_validate_json, Settlement.from_json, RefundQuote.from_json],
    ids=lambda reads: reads.__qualname__,
)
def test_json_is_a_text(reads, wrong):
    """What is no text, a dict that was read already for one, is told as that."""
    with pytest.raises(TypeError, match=r"^\w+: found .+; JSON is read from str, bytes or bytearray$"):
        reads(wrong)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda: Line("1", "s1"),
            (
                "Line: found 2 values without their names; fields go by name: "
                "Line(id=…, shop=…, sku=…, quantity=…, unit_price=…)"
            ),
        ),
        (
            lambda: Cart([LINE]),
            "Cart: found a value without its name; fields go by name: Cart(currency=…, lines=…)",
        ),
        (lambda: Line(a_line()), "Line: found an object; Line.from_dict() reads it"),
        (lambda: Rulebook(' {"id": "r"}'), "Rulebook: found a JSON text; Rulebook.from_json() reads it"),
        (lambda: Rulebook(b"{}", id="r"), "Rulebook: found a JSON text; Rulebook.from_json() reads it"),
    ],
    ids=["several", "one", "an object", "JSON", "bytes"],
)
def test_fields_go_by_name(make, told):
    """What is handed to a document without names is told by the names, or by what reads it whole; nothing is quoted."""
    with pytest.raises(TypeError) as refused:
        make()
    assert str(refused.value) == told


@pytest.mark.parametrize("wrong", [None, 5, ["a"], {}, object()], ids=named)
def test_a_line_goes_by_its_id(wrong):
    """What is no id is told what it is and how an id is written."""
    right = r'ids are strings: write "5", or str\(5\)' if wrong == 5 else "a str is expected"
    for ask in (CART.select, CART.deselect, CART.without, lambda each: CART.with_quantity(each, 1)):
        if wrong != ["a"] or ask.__name__ == "<lambda>":
            with pytest.raises(TypeError, match=rf"^line: found .+; {right}$"):
                ask(wrong)
    with pytest.raises(TypeError if wrong == 5 else UnknownLine):
        CART[wrong]


@pytest.mark.parametrize("ids", [["a"], ("a",), {"a"}, frozenset("a")], ids=named)
@pytest.mark.parametrize("name", ["select", "deselect", "without"])
def test_a_list_of_ids_is_told_kindly(name, ids):
    """`cart.select(["a"])` is told to write `select(*ids)`."""
    with pytest.raises(TypeError, match=rf"^line: found .+; ids stand one by one: {name}\(\*ids\)$"):
        getattr(CART, name)(ids)
    assert getattr(CART, name)(*ids) is not CART


@pytest.mark.parametrize("wrong", [None, 5, "a", [], a_line(), object()], ids=named)
def test_a_line_is_a_line(wrong):
    """`cart.buy_now("a")` and a dict are told how a line is made."""
    for ask in (CART.with_line, CART.buy_now):
        how = "from_json\\(\\) reads" if wrong == "a" else "from_dict\\(\\) makes"
        with pytest.raises(TypeError, match=rf"^line: found .+; a Line is expected, Line.{how} one$"):
            ask(wrong)


@pytest.mark.parametrize("wrong", [5, "x", b"x", ["a"], object()], ids=named)
def test_an_update_is_a_mapping(wrong):
    """Fields by name; nothing, however it is written, changes nothing."""
    with pytest.raises(TypeError, match=r"^update: found .+; a Mapping is expected$"):
        LINE.model_copy(update=wrong)
    assert LINE.model_copy(update=None) is LINE.model_copy(update={}) is LINE


@pytest.mark.parametrize("wrong", [None, 5, ["CNY"], {}, "RMB", object()], ids=named)
def test_a_currency_is_a_code(wrong):
    """A list of one code is no code."""
    with pytest.raises(InvalidDocument, match=r"currency: found .+; a currency is an ISO 4217 code"):
        Money.of_minor(1, wrong)


TEMPLATE = FreightTemplate.model_validate(a_template())
CHECKOUT = Checkout.model_validate(a_checkout(a_line(freight_template="t1")))
RULEBOOK = Rulebook.model_validate(a_rulebook(freight_templates=[a_template()]))
PAID = settle(CHECKOUT, RULEBOOK)
QUOTE = refund(PAID, {"a": 1})

#: What a page or an order asks beside settle(), with arguments that it takes.
ASKED = {
    check: (RULEBOOK, None, None),
    check_freight: (TEMPLATE, None),
    check_offers: (RULEBOOK, None),
    compare: (CHECKOUT, RULEBOOK),
    explain: (PAID,),
    explain_offer: (CHECKOUT, RULEBOOK, "p1"),
    explain_option: (CHECKOUT, RULEBOOK, "card"),
    explain_parcel: (CHECKOUT, RULEBOOK, 0),
    explain_payout: (PAID, None, None, [], None),
    explain_refund: (PAID, QUOTE, None, []),
    freight_table: (TEMPLATE, ["440305"], [1, 2]),
    hints: (CHECKOUT, RULEBOOK),
    invoices: (PAID, InvoiceRequest(title="a"), None, None),
    payment_demand: (PAID, "o1", None, None),
    payment_items: (PAID, "Freight"),
    payment_option: (CHECKOUT, RULEBOOK, PaymentMethod(id="card", borne_by="buyer")),
    payment_options: (CHECKOUT, RULEBOOK),
    payout: (PAID, None, [], None),
    record: (PAID,),
    quote_freight: ([LINE], "440305", [TEMPLATE]),
    red_invoices: (PAID, [], QUOTE, []),
    refund: (PAID, {"a": 1}, [], "keep"),
    settle: (CHECKOUT, RULEBOOK),
    split_orders: (PAID,),
    split_tenders: (Money("1.00 CNY"), [("card", None)]),
    spread: (1, {"a": 1}),
}
CALLS = [(ask, at) for ask, given in ASKED.items() for at in range(len(given))]


def inside(error):
    """Whether an exception was raised by Python in the midst of something, and not by a sentence of ours."""
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return not isinstance(error, SettlementError) and "raise " not in linecache.getline(frame.f_code.co_filename, line)


@pytest.mark.parametrize(("ask", "at"), CALLS, ids=lambda each: getattr(each, "__name__", str(each)))
def test_no_argument_ends_inside_of_the_library(ask, at):
    """Whatever stands in the place of an argument: it is taken, or one of our own sentences says why not."""
    ended = []
    for wrong in (*WRONG, "x", b"", True):
        given = [*ASKED[ask]]
        given[at] = wrong
        try:
            ask(*given)
        except (SettlementError, TypeError, ValueError, LookupError) as error:
            if inside(error):
                ended.append((wrong, error))
    assert ended == []


def test_what_is_settled_and_refunded_is_told_by_its_kind():
    """Both functions say which argument, what was found and what would be right."""
    checkout, rulebook = Checkout(**a_checkout()), Rulebook(**a_rulebook())
    for wrong in (None, 5, "x", [], {}, object()):
        for ask in (
            lambda wrong=wrong: settle(wrong, rulebook),
            lambda wrong=wrong: settle(checkout, wrong),
            lambda wrong=wrong: refund(wrong, {"a": 1}),
        ):
            with pytest.raises(TypeError, match=r"found .+ (Checkout|Rulebook|Settlement)"):
                ask()
