"""European invoices: every rule of EN 16931 and Peppol that an offline validator has holds for what is written."""

from __future__ import annotations

import random
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mockeinvoice import validate

from returns import a_payable, sequence
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, problems, settled
from settlement import InvoiceRequest, Money, refund
from settlement.after_pay.invoices import InvoiceItem
from settlement.after_pay.invoices.invoice import InvoicePolicy, invoices
from settlement.after_pay.invoices.red import red_invoice, red_invoices
from settlement.after_pay.invoices.ubl import ubl
from settlement.after_pay.invoices.ubl_details import UblDetails, UblParty
from settlement.money import DECIMALS
from taxed_carts import random_case
from taxed_carts import settled as settled_with_tax
from thorough import examples

ME = InvoiceRequest(title="Max")
SELLER = UblParty(
    name="Thé SARL",
    country="FR",
    endpoint="4000001000005",
    scheme="0088",
    vat_number="FR12345678901",
    street="1 rue",
    city="Lyon",
    postcode="69001",
)
BUYER = UblParty(name="Max", country="NL", endpoint="NL123456789B01", scheme="9944", vat_number="NL123456789B01")


def details(**more):
    """Numbers and parties."""
    terms = {"number": "R-1", "issued": "2026-11-12", "order": "A-1", "seller": SELLER, "buyer": BUYER}
    return UblDetails(**terms | more)


def accepted(invoice, **more):
    """The document by its business terms, once every rule holds."""
    document, report = validate(ubl(invoice, details(**more)))
    assert (report.verdict, [(each.code, each.path, each.text) for each in report.failures]) == ("valid", [])
    return document


def off(row):
    """How far the tax of a rate is from it, in cents; at 0 % any tax is too far."""
    net = row.amount.minor - row.tax.minor
    return abs(net * row.tax_percent / Decimal(100) - row.tax.minor) * (1 if row.tax_percent else 100)


def terms(document, *names):
    """What is written of these."""
    return [document.text(name) for name in names]


# ------------------------------------------------------------------ laws


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60), deadline=None)
def test_every_invoice_and_credit_note_is_accepted(seed):
    """Of random orders of any policy, both ways to round, and of all that random refunds take back of them."""
    rng = random.Random(seed)
    settlement = a_payable(rng, tax_percent=["20", "5.5", "7", "0", "19"])
    policy = InvoicePolicy(
        freight=rng.choice(["line", "with_goods", "leave_out"]),
        tax_per=rng.choice(["rate", "line"]),
        round_total=rng.choice(["with_goods", "apart"]),
    )
    made = invoices(settlement, ME, policy)
    history, written = [], list(made)
    for quote in sequence(rng, settlement):
        written += red_invoices(settlement, made, quote, history)
        history.append(quote)
    for each in written:
        if DECIMALS[each.currency] > 2 or any(row.tax_percent is None for row in each.lines):
            continue  # refused in words: below
        sign = 1 if each.kind == "blue" else -1
        document = accepted(each, first=rng.choice(["tax", "net"]), prepaid=Money.of_minor(0, each.currency), due=DAY)
        paid = Decimal(sign * each.payable.minor) / 10 ** DECIMALS[each.currency]
        assert document.term("BT-115").number == paid


DAY = "2026-12-01"


@given(st.integers(0, 2**32))
@settings(max_examples=examples(40), deadline=None)
def test_taxes_of_a_table_are_accepted(seed):
    """Prices without tax, freight of several rates; but what holds much tax of another rate, of a fee."""
    made = settled_with_tax(*random_case(random.Random(seed)))
    if made.lines:
        for each in invoices(made, ME):
            if all(row.tax_percent is not None and off(row) < 100 for row in each.taxes):
                accepted(each, delivered=DAY, delivered_to="NL")


# ------------------------------------------------------------------ by hand


def an_order(*lines, currency="EUR", **rules):
    """An order in euro."""
    checkout = a_checkout(*[line | {"unit_price": line["unit_price"].replace("CNY", currency)} for line in lines])
    checkout["cart"]["currency"] = currency
    return settled(checkout, a_rulebook(currency=currency, **rules))


def test_tax_first_and_net_first():
    """23.00 with 7 % inside: 21.50 + 1.50; or 21.50 + 1.51 = 23.01, of which BT-114 takes 0.01 off again."""
    (made,) = invoices(an_order(a_line("a", "23.00", tax_percent="7")), ME)
    names = ("BT-109", "BT-110", "BT-112", "BT-114", "BT-115")
    prepaid = {"prepaid": "0.00 EUR", "due": DAY}
    assert terms(accepted(made, **prepaid), *names) == ["21.50", "1.50", "23.00", "", "23.00"]
    net = accepted(made, first="net", **prepaid)
    assert terms(net, *names) == ["21.50", "1.51", "23.01", "-0.01", "23.00"]
    assert terms(accepted(made), "BT-113", "BT-115") == ["23.00", "0.00"]


def test_a_rounded_total_is_the_rounding_amount():
    """19.98 rounded down to 19.90: lines of 19.98 with their tax, BT-114 of -0.08; all of it comes back."""
    policy = {"round_total": {"unit": "0.10 EUR", "mode": "down"}}
    settlement = an_order(a_line("a", "9.99", quantity=2, tax_percent="20"), policy=policy)
    (made,) = invoices(settlement, ME, InvoicePolicy(round_total="apart"))
    assert (str(made.amount), str(made.rounding), str(made.payable)) == ("19.98 EUR", "-0.08 EUR", "19.90 EUR")
    assert terms(accepted(made), "BT-112", "BT-113", "BT-114", "BT-115") == ["19.98", "19.90", "-0.08", "0.00"]
    history, back = [], []
    for _ in range(2):
        quote = refund(settlement, {"a": 1}, history)
        red = red_invoice(settlement, made, quote, history)
        document = accepted(red, corrects="R-1", corrects_issued="2026-11-12")
        (of,) = document.all("BG-3")
        back.append([*terms(document, "BT-3"), of.text("BT-25"), *terms(document, "BT-112", "BT-113", "BT-114")])
        history.append(quote)
    assert back == [["381", "R-1", "9.99", "9.95", "-0.04"]] * 2


def test_discount_freight_and_unit():
    """120.00 less 12.00 at 20 %: 40 apiece net of tax, an allowance of 10.00, freight of 10.00 as a charge."""
    offer = an_offer("o", {"type": "amount_off", "amount": "12.00 EUR"})
    zone = {"regions": ["CN/mainland"], "first": 1, "first_fee": "12.00 EUR"}
    line = a_line("a", "48.00", quantity="2.5", tax_percent="20", freight_template="t1")
    settlement = an_order(line, promotions=[offer], freight_templates=[a_template(zones=[zone])])
    item = InvoiceItem(unit="KGM", specification="loose")
    (made,) = invoices(settlement, ME, names={"a": "Tea\x0b & more"}, items={line["sku"]: item})
    document = accepted(made)
    (row,) = document.all("BG-25")
    assert terms(row, "BT-129", "BT-146", "BT-131") == ["2.5", "40", "90.00"]
    assert terms(row, "BT-153", "BT-154") == ["Tea  & more", "loose"]
    assert [each.text("BT-136") for each in row.all("BG-27")] == ["10.00"]
    assert [terms(each, "BT-99", "BT-102", "BT-103", "BT-105") for each in document.all("BG-21")] == [
        ["10.00", "S", "20", "FC"]
    ]
    assert terms(document, "BT-106", "BT-108", "BT-109", "BT-110") == ["90.00", "10.00", "100.00", "20.00"]


@pytest.mark.parametrize(("untaxed", "category", "reason"), [("export", "G", None), ("exempt", "E", "article 132")])
def test_why_nothing_is_due_is_a_category(untaxed, category, reason):
    """Zero is Z, export G with the list's own reason, exempt E with the one that is stated: each a row of its own."""
    lines = [a_line("a", "10.00", tax_percent="0"), a_line("b", "5.00", sku="b")]
    items = {"b": InvoiceItem(untaxed=untaxed, reason=reason)}
    (made,) = invoices(an_order(*lines), ME, items=items)
    assert [(each.untaxed, str(each.amount)) for each in made.taxes] == [(None, "10.00 EUR"), (untaxed, "5.00 EUR")]
    more = {"delivered": "2026-11-12", "delivered_to": "NL"}
    document = accepted(made, **more)
    found = [terms(each, "BT-116", "BT-118", "BT-120", "BT-121") for each in document.all("BG-23")]
    code = "VATEX-EU-G" if untaxed == "export" else ""
    assert found == [["10.00", "Z", "", ""], ["5.00", category, reason or "", code]]


def test_freight_alone_is_a_line():
    """A refund that gives back only freight is a credit note of one line, since there is none without."""
    zone = {"regions": ["CN/mainland"], "first": 1, "first_fee": "6.00 EUR"}
    offer = an_offer("o", {"type": "percent_off", "percent": "100"})
    line = a_line("a", "10.00", tax_percent="20", freight_template="t1")
    settlement = an_order(line, promotions=[offer], freight_templates=[a_template(zones=[zone])])
    (made,) = invoices(settlement, ME)
    assert len(accepted(made).all("BG-25")) == 1
    red = red_invoice(settlement, made, refund(settlement, {"a": 1}, freight="return"))
    accepted(red)
    only = made.model_copy(update={"lines": [made.lines[-1]]})
    assert terms(accepted(only).all("BG-25")[0], "BT-153", "BT-131") == ["Freight service", "5.00"]


# ------------------------------------------------------------------ misuse


@pytest.mark.parametrize(
    ("line", "items", "more", "text"),
    [
        ({}, {}, {}, "states no rate"),
        ({}, {"k": InvoiceItem(untaxed="exempt")}, {}, "needs a reason"),
        ({"tax_percent": "20"}, {}, {"prepaid": "1.00 EUR"}, "say when"),
        ({"tax_percent": "20"}, {}, {"prepaid": "1.00 USD"}, "the invoice in EUR"),
    ],
)
def test_what_no_document_can_say_is_refused(line, items, more, text):
    """Before anything is written."""
    (made,) = invoices(an_order(a_line("a", "10.00", sku="k", **line)), ME, items=items)
    with pytest.raises(ValueError, match=re.escape(text)):
        ubl(made, details(**more))


NOBODY = {"vat_number": None}


@pytest.mark.parametrize(
    ("untaxed", "seller", "buyer", "more", "rule"),
    [
        (None, NOBODY, {}, {}, "BR-S-02"),
        ("export", NOBODY, {}, {}, "BR-G-02"),
        ("not_taxable", {}, {}, {}, "BR-O-02"),
        ("not_taxable", NOBODY, {}, {}, "BR-O-02"),
        ("not_taxable", NOBODY, NOBODY, {}, "BR-CO-26"),
        ("not_taxable", NOBODY | {"registration": "R 1"}, NOBODY, {}, None),
        ("not_taxable", NOBODY | {"registration": "R 1"}, NOBODY, {"beside": True}, "BR-O-11"),
        ("AE", {}, NOBODY, {}, "BR-AE-02"),
        ("AE", {}, NOBODY | {"registration": "R 1"}, {}, None),
        ("K", {}, NOBODY, {"delivered": "2026-11-12", "delivered_to": "NL"}, "BR-IC-02"),
        ("K", {}, {}, {"delivered": "2026-11-12"}, "BR-IC-12"),
        ("K", {}, {}, {"delivered": "2026-11-12", "delivered_to": "NL"}, None),
    ],
)
def test_what_a_category_asks_of_the_parties_is_asked_for(untaxed, seller, buyer, more, rule):
    """Refused by the rule that an invoice without it would break; with it the invoice is valid."""
    beside = [a_line("a", "10.00", sku="a", tax_percent="20")] if more.get("beside") else []
    stated = {None: "20", "AE": "0", "K": "0"}.get(untaxed)
    line = a_line("k", "5.00", sku="k", **({} if stated is None else {"tax_percent": stated}))
    item = {"k": InvoiceItem(untaxed=untaxed)} if stated is None else {}
    (made,) = invoices(an_order(*beside, line), ME, items=item)
    if stated == "0":
        made = made.model_copy(update={"taxes": [made.taxes[0].model_copy(update={"category": untaxed})]})
    parties = {"seller": SELLER.model_copy(update=seller), "buyer": BUYER.model_copy(update=buyer)}
    terms = {name: value for name, value in more.items() if name != "beside"} | parties
    if rule is None:
        accepted(made, **terms)
    else:
        with pytest.raises(ValueError, match=rule):
            ubl(made, details(**terms))


def test_an_invoice_of_three_decimals_is_refused():
    """Dinars of Kuwait."""
    settlement = an_order(a_line("a", "10.000", tax_percent="5"), currency="KWD")
    with pytest.raises(ValueError, match="two decimals"):
        ubl(invoices(settlement, ME)[0], details())


def test_details_name_an_order_or_a_reference():
    """And dates are dates."""
    assert problems(lambda: details(order=None)) == [("reference", "value.invalid")]
    assert problems(lambda: details(issued="2026-02-30")) == [("issued", "value.invalid")]
