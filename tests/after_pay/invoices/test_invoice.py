"""Invoices and red invoices: what was paid for the goods, the tax in it, and the way back to nothing."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_requests import random_request
from returns import a_payable, parts, sequence
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, problems, settled
from settlement import InvoiceRequest, Money, RefundPolicy, Settlement, refund
from settlement.after_pay.invoices.invoice import Invoice, InvoicePolicy, invoices
from settlement.after_pay.invoices.red import red_invoice, red_invoices
from settlement.after_pay.refunds.sides import sides
from settlement.money import ROUNDERS
from thorough import examples

TAXES = {"tax_percent": ["13", "6", "9", "0", "1.5"]}
ME = InvoiceRequest(title="张三")


def a_policy(rng):
    """Any policy."""
    return InvoicePolicy(
        freight=rng.choice(["line", "with_goods", "leave_out"]),
        freight_tax_percent=rng.choice([None, "9"]),
        rounding=rng.choice([*ROUNDERS]),
        tax_per=rng.choice(["rate", "line"]),
        round_total=rng.choice(["with_goods", "apart"]),
    )


# ------------------------------------------------------------------ laws


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_invoices_add_up_to_what_was_paid(seed):
    """All shops' invoices are payable, or its goods side where freight is left out; lines, rates and totals agree."""
    rng = random.Random(seed)
    settlement, policy = a_payable(rng, **TAXES), a_policy(rng)
    made = invoices(settlement, ME, policy)
    parts = sides(settlement).values()
    paid = sum(each.goods.cash for each in parts)
    if policy.freight != "leave_out":
        paid += sum(each.freight.cash for each in parts)
        assert paid == settlement.payable.minor
    assert sum(invoice.payable.minor for invoice in made) == paid
    for invoice in made:
        assert Invoice.from_json(invoice.to_json()) == invoice
        for line in invoice.lines:
            assert 0 <= line.tax.minor <= line.amount.minor
            assert line.discount.minor <= 0 <= min(line.goods.minor, line.charges.minor)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(80))
def test_the_order_of_the_cart_changes_no_tax(seed):
    """Each line's amount and tax are the same where the lines stand in another order; a tie goes to the smaller id."""
    rng = random.Random(seed)
    request, policy = random_request(rng), a_policy(rng)
    lines = request["checkout"]["cart"]["lines"]
    for line in lines:
        line |= {"tax_percent": "13", "unit_price": lines[0]["unit_price"]}
        line.pop("list_price", None)
    found = []
    for _ in range(2):
        made = _made(request, policy)
        found.append({(each.shop, row.line): (row.amount, row.tax) for each in made for row in each.lines})
        rng.shuffle(lines)
    assert found[0] == found[1]


def _made(request, policy):
    """The invoices of a request; none where nothing can be bought, or no freight is known."""
    settlement = settled(request["checkout"], request["rulebook"])
    return invoices(settlement, ME, policy) if settlement.status == "payable" else ()


@given(st.integers(0, 2**32))
@settings(max_examples=examples(80))
def test_tax_is_rounded_once_for_each_rate(seed):
    """amount × r ÷ (100 + r) of all lines of a rate together, or of each line, by the policy's mode."""
    rng = random.Random(seed)
    settlement, policy = a_payable(rng, **TAXES), a_policy(rng)
    for invoice in invoices(settlement, ME, policy):
        for each in invoice.taxes if policy.tax_per == "rate" else invoice.lines:
            places = 0 if each.tax_percent is None else int(each.tax_percent * 10_000)
            assert each.tax.minor == ROUNDERS[policy.rounding](each.amount.minor * places, 1_000_000 + places)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(100))
def test_red_invoices_of_all_refunds_are_the_invoice(seed):
    """Amount and tax of each line and of the whole come back exactly; each refund's red invoices are its cash."""
    rng = random.Random(seed)
    settlement, policy = a_payable(rng, **TAXES), a_policy(rng)
    made = invoices(settlement, ME, policy)
    left = {
        (invoice.shop, line.line, line.freight_of): [line.amount.minor, line.tax.minor]
        for invoice in made
        for line in invoice.lines
    }
    history = []
    for quote in sequence(rng, settlement):
        cash = 0
        for red in red_invoices(settlement, made, quote, history):
            assert Invoice.from_json(red.to_json()) == red
            assert red.kind == ("blue" if red.amount.minor > 0 else "red")
            cash -= red.payable.minor
            for line in red.lines:
                rest = left.setdefault((red.shop, line.line, line.freight_of), [0, 0])
                rest[0] += line.amount.minor
                rest[1] += line.tax.minor
        if policy.freight != "leave_out":
            assert cash == quote.cash.minor
        history.append(quote)
    assert all(rest == [0, 0] for rest in left.values())


@given(st.integers(0, 2**32))
@settings(max_examples=examples(80))
def test_no_step_takes_back_more_of_a_line_than_is_left(seed):
    """After every refund each line's amount and tax left lie between 0 and the invoice's; nothing comes back twice."""
    rng = random.Random(seed)
    settlement, policy = a_payable(rng, **TAXES), a_policy(rng)
    made = invoices(settlement, ME, policy)
    left = {
        (each.shop, row.line, row.freight_of): [row.amount.minor, row.tax.minor] for each in made for row in each.lines
    }
    history = []
    for returns in parts(rng, settlement):
        quote = refund(settlement, returns, history, rng.choice(["keep", "return", "parcel"]))
        for red in red_invoices(settlement, made, quote, history):
            for row in red.lines:
                assert max(row.amount.minor, row.tax.minor) <= 0
                rest = left[red.shop, row.line, row.freight_of]
                rest[0] += row.amount.minor
                rest[1] += row.tax.minor
                assert 0 <= rest[1] <= rest[0]
        history.append(quote)


# ------------------------------------------------------------------ by hand


def an_order(**fields):
    """113.00 of tea at 13 % and 21.80 of books at 9 %, less 10.00 for both, freight of 8.00."""
    return settled(
        a_checkout(
            a_line("tea", "113.00", tax_percent="13", freight_template="t1"),
            a_line("book", "21.80", tax_percent="9", sku="b"),
            **fields,
        ),
        a_rulebook(
            freight_templates=[a_template()],
            promotions=[an_offer("p1", {"type": "amount_off", "amount": "10.00 CNY"})],
        ),
    )


def test_goods_are_called_what_the_settlement_calls_them():
    """`names` come first, then the name that the cart gave, stored or not, then the sku; no amount moves by it."""
    tea = a_line("tea", sku="k")
    plain, named = (
        settled(a_checkout(line, a_line("b", sku="b")), a_rulebook()) for line in (tea, tea | {"name": "Tea"})
    )
    stored = Settlement.from_json(named.to_json())
    made = [*(invoices(each, ME) for each in (plain, named, stored)), invoices(named, ME, names={"tea": "Oolong"})]
    assert [each[0].lines[0].name for each in made] == ["k", "Tea", "Tea", "Oolong"]
    assert {each[0].lines[1].name for each in made} == {"b"}
    assert plain.digest == named.digest
    assert len({tuple((row.amount, row.tax) for row in each[0].lines) for each in made}) == 1


def test_a_line_is_what_was_paid_for_it():
    """10.00 off are spread 8.38 and 1.62: 104.62 with 12.04 of tax, 20.18 with 1.67; the tea's freight has its rate."""
    (invoice,) = invoices(an_order(), ME, names={"tea": "Jasmine tea"})
    rows = [(line.name, str(line.discount), str(line.amount), str(line.tax)) for line in invoice.lines]
    assert rows == [
        ("Jasmine tea", "-8.38 CNY", "104.62 CNY", "12.04 CNY"),
        ("b", "-1.62 CNY", "20.18 CNY", "1.67 CNY"),
        (None, "0.00 CNY", "8.00 CNY", "0.92 CNY"),
    ]
    assert (str(invoice.amount), str(invoice.tax), str(invoice.net)) == ("132.80 CNY", "14.63 CNY", "118.17 CNY")
    assert [str(line.net) for line in invoice.lines] == ["92.58 CNY", "18.51 CNY", "7.08 CNY"]


def test_freight_is_a_line_goes_with_the_goods_or_is_left_out():
    """8.00 at 9 % on its own line; in the tea's 112.62 at 13 %; or nowhere."""
    own = invoices(an_order(), ME, InvoicePolicy(freight_tax_percent="9"))[0]
    assert [str(each.tax) for each in own.taxes] == ["12.04 CNY", "2.33 CNY"]  # 28.18 at 9 %
    goods = invoices(an_order(), ME, InvoicePolicy(freight="with_goods"))[0]
    assert [str(line.amount) for line in goods.lines] == ["112.62 CNY", "20.18 CNY"]
    out = invoices(an_order(), ME, InvoicePolicy(freight="leave_out"))[0]
    assert str(out.amount) == "124.80 CNY"


def test_what_is_charged_on_the_goods_is_no_discount():
    """100.00 with freight of 10.00 and a fee of 1 %: 1.00 or 11.10 stand as charges; half of it comes back as such."""
    rules = a_rulebook(
        freight_templates=[a_template()], payment_methods=[{"id": "m", "percent": "1", "borne_by": "buyer"}]
    )
    line = a_line("a", "50.00", quantity=2, tax_percent="13", freight_template="t1")
    settlement = settled(a_checkout(line, payment_method="m"), rules)
    for freight, charges, back in (("line", "1.00 CNY", "-0.50 CNY"), ("with_goods", "11.10 CNY", "-5.55 CNY")):
        (invoice,) = invoices(settlement, ME, InvoicePolicy(freight=freight))
        row = invoice.lines[0]
        assert (str(row.goods), str(row.charges), str(row.discount)) == ("100.00 CNY", charges, "0.00 CNY")
        quote = refund(settlement, {"a": 1}, freight="return")
        row = red_invoice(settlement, invoice, quote).lines[0]
        assert (str(row.goods), str(row.charges), str(row.discount)) == ("-50.00 CNY", back, "0.00 CNY")
        assert [row.nature for row in invoice.rows() if row.line] == ["normal"]


def test_a_red_invoice_takes_back_a_part_and_then_the_rest():
    """Of three pieces for 10.00 with 1.15 of tax: 3.33 and 0.38, 3.33 and 0.39, 3.34 and 0.38."""
    offer = an_offer("p1", {"type": "amount_off", "amount": "2.00 CNY"})
    settlement = settled(a_checkout(a_line("a", "4.00", quantity=3, tax_percent="13")), a_rulebook(promotions=[offer]))
    (invoice,) = invoices(settlement, ME)
    history, found = [], []
    for _ in range(3):
        quote = refund(settlement, {"a": 1}, history)
        red = red_invoice(settlement, invoice, quote, history)
        found.append((str(red.amount), str(red.tax), red.lines[0].quantity, str(red.lines[0].goods)))
        history.append(quote)
    assert found == [
        ("-3.33 CNY", "-0.38 CNY", 1, "-3.99 CNY"),
        ("-3.33 CNY", "-0.39 CNY", 1, "-4.00 CNY"),
        ("-3.34 CNY", "-0.38 CNY", 1, "-4.01 CNY"),
    ]


def test_a_charge_stands_on_the_line_that_is_kept():
    """b comes back with 128.57, a's discount of 28.57 is charged: the red invoice says both, together 100.00."""
    tier = {"min_amount": "300.00 CNY", "benefit": {"type": "amount_off", "amount": "50.00 CNY"}}
    offer = an_offer("m300", issuer="s1", tiers=[tier])
    settlement = settled(a_checkout(a_line("a", "200.00"), a_line("b", "150.00")), a_rulebook(promotions=[offer]))
    quote = refund(settlement, {"b": 1}, policy=RefundPolicy(recheck="thresholds"))
    red = red_invoice(settlement, invoices(settlement, ME)[0], quote)
    assert [(line.line, str(line.amount)) for line in red.lines] == [("a", "28.57 CNY"), ("b", "-128.57 CNY")]
    assert str(red.amount) == "-100.00 CNY"


def test_what_was_free_of_charge_is_invoiced_once_it_is_charged():
    """A pot of s2 is free from 100.00 of s1's tea on: the tea comes back, s2 invoices 50.00, the pot comes back too."""
    tier = {"min_amount": "100.00 CNY", "benefit": {"type": "percent_off", "percent": "100"}}
    offer = an_offer("free", tiers=[tier], scope={"skus": ["pot"]}, condition_scope={"skus": ["k"]})
    pot = a_line("b", "50.00", sku="pot", shop="s2", tax_percent="13") | {"name": "A pot"}
    settlement = settled(a_checkout(a_line("a", "150.00"), pot), a_rulebook(promotions=[offer]))
    made = invoices(settlement, ME)
    assert [each.shop for each in made] == ["s1"]
    first = refund(settlement, {"a": 1}, policy=RefundPolicy(recheck="thresholds"))
    red, blue = red_invoices(settlement, made, first)
    assert (str(first.cash), red.kind, str(red.amount)) == ("100.00 CNY", "red", "-150.00 CNY")
    assert (blue.shop, blue.kind, str(blue.amount), str(blue.tax)) == ("s2", "blue", "50.00 CNY", "5.75 CNY")
    assert (blue.buyer, blue.lines[0].quantity, blue.lines[0].name) == (ME, 0, "A pot")
    (back,) = red_invoices(settlement, made, refund(settlement, {"b": 1}, [first]), [first])
    assert (back.shop, back.kind, str(back.amount), str(back.tax)) == ("s2", "red", "-50.00 CNY", "-5.75 CNY")


def test_each_shop_makes_its_own_and_red_ones_keep_apart():
    """A shop that was paid nothing makes none; a refund of one shop touches no other's invoice."""
    free = a_line("c", "5.00", shop="s3")
    offer = an_offer("p1", {"type": "percent_off", "percent": "100"}, issuer="s3")
    checkout = a_checkout(a_line("a"), a_line("b", shop="s2"), free, invoice={"title": "T"})
    settlement = settled(checkout, a_rulebook(promotions=[offer]))
    made = invoices(settlement)
    assert [(each.shop, each.buyer.title) for each in made] == [("s1", "T"), ("s2", "T")]
    quote = refund(settlement, {"a": 1})
    assert red_invoice(settlement, made[1], quote) is None
    assert str(red_invoice(settlement, made[0], quote).amount) == "-10.00 CNY"


# ------------------------------------------------------------------ misuse


def test_an_invoice_needs_somebody_who_asked():
    """Without a request in the settlement or by hand there is none."""
    with pytest.raises(ValueError, match="nobody asked"):
        invoices(an_order())


def test_only_a_blue_invoice_of_this_settlement_is_taken_back():
    """Red of red, and red of another order, are refused."""
    settlement, other = an_order(), an_order(customer={"id": "u2"})
    quote = refund(settlement, {"tea": 1})
    red = red_invoice(settlement, invoices(settlement, ME)[0], quote)
    for invoice, returned in ((red, quote), (invoices(other, ME)[0], quote), (red, refund(other, {"tea": 1}))):
        with pytest.raises(ValueError, match=r"a blue invoice|another settlement"):
            red_invoice(settlement, invoice, returned)


@pytest.mark.parametrize(
    "place", [("amount",), ("tax",), ("lines", 0, "amount"), ("lines", 1, "tax"), ("taxes", 0, "tax")]
)
def test_a_stored_invoice_with_a_wrong_sum_is_refused(place):
    """A cent more anywhere contradicts the rest."""
    document = json.loads(invoices(an_order(), ME)[0].to_json())
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = str(Money(inner[place[-1]]) + Money("0.01 CNY"))
    assert {code for _, code in problems(lambda: Invoice.from_json(json.dumps(document)))} == {"value.invalid"}


def moved(document, *places):
    """A hundredth from the second of two places to the first."""
    for (*path, last), cent in zip(places, ("0.01 CNY", "-0.01 CNY"), strict=False):
        inner = document
        for step in path:
            inner = inner[step]
        inner[last] = str(Money(inner[last]) + Money(cent))


TAMPERED = {
    "by rate": lambda made: moved(made, ("taxes", 0, "amount"), ("taxes", 1, "amount")),
    "one rate for all": lambda made: made.update(
        taxes=[{"tax_percent": "13"} | {n: made[n] for n in ("amount", "tax")}]
    ),
    "a line twice": lambda made: made["lines"][1].update(line="tea"),
    "a sign": lambda made: made.update(kind="red"),
    "tax above the amount": lambda made: [
        made["lines"][0].update(tax="1000.00 CNY"),
        made["taxes"][0].update(tax="1000.00 CNY"),
        made.update(tax="1001.67 CNY"),
    ],
    "charges": lambda made: moved(made, ("lines", 0, "charges")),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_stored_invoice_that_contradicts_itself_is_refused(name):
    """Rates against lines, each line once, no tax above its amount, blue above and red below 0."""
    document = json.loads(invoices(an_order(), ME)[0].to_json())
    TAMPERED[name](document)
    assert {code for _, code in problems(lambda: Invoice.from_json(json.dumps(document)))} == {"value.invalid"}


# ------------------------------------------------------------------ the page


def test_a_page_needs_nothing_else_and_nothing_of_the_buyer_breaks_out():
    """One file without links or scripts; markup in names, titles and sellers is text."""
    buyer = InvoiceRequest(title="A & B", address="<script>x</script>", tax_number="91350100M000100Y43", type="company")
    (invoice,) = invoices(an_order(), buyer, names={"tea": '<img src="x">'})
    for locale in ("en", "zh_CN"):
        page = invoice.to_html(locale, seller="<b>Tea</b>")
        assert page.startswith("<!DOCTYPE html>")
        assert "A &amp; B" in page
        for markup in ("<script", "<img", "<b>", "http", "@import", "url("):
            assert markup not in page


def test_a_page_speaks_the_readers_language():
    """Chinese headings, and red ones for red invoices."""
    settlement = an_order()
    (invoice,) = invoices(settlement, ME)
    page = invoice.to_html("zh_CN")
    assert 'lang="zh-Hans-CN"' in page
    assert '<h1 class="blue">发票</h1>' in page  # not the field of the buyer's title
    for text in ("发票", "购买方", "价税合计", "¥132.80", "运费"):
        assert text in page
    red = red_invoice(settlement, invoice, refund(settlement, {"tea": 1}))
    assert "红字发票" in red.to_html("zh_CN")
    assert "Red invoice" in red.to_html()
