"""Why this cent, after pay: every figure is the document's, and every formula makes it on a calculator."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_requests import random_request
from returns import a_payable, sequence
from samples import AT, a_checkout, a_line, a_rulebook, an_offer, settled
from settlement import (
    Checkout,
    InvoiceRequest,
    Money,
    PaymentMethod,
    RefundPolicy,
    RefundQuote,
    Rulebook,
    Settlement,
    UnknownLine,
    refund,
    settle,
)
from settlement.after_pay.edits import edit_order
from settlement.after_pay.invoices.invoice import Invoice, InvoicePolicy, invoices
from settlement.after_pay.invoices.red import red_invoice
from settlement.after_pay.payments.options import payment_options
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.audit.books.journal import entries
from settlement.audit.books.policy import BooksPolicy
from settlement.audit.books.row_story import explain_row
from settlement.explanations import (
    explain_edit,
    explain_invoice,
    explain_option,
    explain_payout,
    explain_payout_change,
    explain_red_invoice,
    explain_refund,
)
from settlement.explanations.account_text import COLUMNS, STEPS
from settlement.explanations.account_text import TERMS as NAMES
from settlement.explanations.calculator import evaluate
from settlement.explanations.shares import minor_of
from thorough import examples

ME = InvoiceRequest(title="T")
TERMS = {"commission_percent": ["5", "0.6", "12.5", "33.3333"], "tax_percent": ["13", "9", "6"]}
POLICIES = {PayoutPolicy: {}, InvoicePolicy: {}}
for model, choices in POLICIES.items():
    for name, field in model.model_json_schema()["properties"].items():
        if field.get("type") == "array":
            continue  # terms of their own: tests/after_pay/payouts/test_commissions.py
        others = [None, "9"] if name.endswith("percent") else [None]
        choices[name] = field.get("enum") or ([False, True] if field.get("type") == "boolean" else others)
#: Figures that are one number of a document, with nothing to work out.
STATED = {"money", "deduction", "lifted", "credit"}


def a_policy(model, rng):
    """Any choice of each field."""
    return model.model_validate({name: rng.choice(values) for name, values in POLICIES[model].items()})


def worth(amount):
    """An amount in minor units, or points."""
    return amount.minor if isinstance(amount, Money) else amount


def bare(story):
    """The codes of figures that nothing makes; every formula makes its figure, and every sum has names that add up."""
    missing = []
    for step in story.steps:
        assert sum(worth(term.amount) for term in step.terms) == worth(step.result) or not step.terms
        for term in step.terms:
            assert term.code in NAMES or term.code in COLUMNS
            if term.formula and isinstance(term.amount, Money):
                assert minor_of(term.formula, step.rounding, story.currency) == abs(term.amount.minor)
            elif term.formula:
                assert evaluate(term.formula) == abs(term.amount)
        if step.shares:
            (share,) = step.shares
            made = evaluate(share.formula) * 10**8
            floor = minor_of(share.formula, None, story.currency)
            assert share.floor.minor == floor.numerator // floor.denominator
            assert share.floor + share.extra == step.result
            assert made >= 0
        elif step.formula and isinstance(step.result, Money):
            assert minor_of(step.formula, step.rounding, story.currency) == step.result.minor
            assert step.terms or not is_sum(step.formula)
        elif step.formula:
            assert evaluate(step.formula) == step.result
        elif step.result is not None and step.code not in STATED:
            missing.append((step.code, dict(step.facts), step.result))
    assert sum(worth(term.amount) for term in story.figures) == worth(story.result)
    return missing


def is_sum(formula):
    """Whether more than one figure stands in it side by side, outside of what is worked out."""
    text = re.sub(r"[a-z]*[(⌊⌈][^()⌊⌋⌈⌉]*[)⌋⌉]", "x", re.sub(r"\([^()]*\)", "y", formula))
    return (
        len(re.split(r" [+−] ", text)) > 1 and "round" not in formula and "max" not in formula and "min" not in formula
    )


def figures(story, *codes):
    """The results of these steps."""
    return [step.result for step in story.steps if step.code in codes]


def read(story):
    """A story in both languages: text without a hole, and data."""
    for locale in ("en", "zh_CN"):
        assert not re.search(r"[{}]", story.text(locale))
    assert story.to_dict()["subject"] == story.subject


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_a_refund_is_told_to_the_cent(seed):
    """Cash and points of each line and of the whole, under policies that change; what was capped has no formula."""
    rng = random.Random(seed)
    settlement = a_payable(rng)
    history = []
    for quote in sequence(rng, settlement):
        for line in quote.lines:
            story = explain_refund(settlement, quote, line.id, history)
            assert story.result == line.cash
            assert sum(each.minor for each in figures(story, "now")) == line.cash.minor
            assert sum(figures(story, "points")) == line.points
            signed = sum(each.minor for each in figures(story, "charged", "part")) - sum(
                each.minor for each in figures(story, "off")
            )
            assert signed == line.cash.minor
            assert {code for code, _, _ in bare(story)} <= {
                "charge",
                "charge_given_back",
                "fair_charge",
                "fair_freight_part",
            }
            read(story)
        whole = explain_refund(settlement, quote, history=history)
        assert whole.result == quote.cash == figures(whole, "cash")[0]
        assert sum(figures(whole, "earned")) == quote.earned_points
        free = set() if settlement.payable else {"earned"}  # nothing was paid that they could be in proportion to
        assert {code for code, _, _ in bare(whole)} <= free
        read(whole)
        history.append(quote)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_money_without_goods_is_told_to_the_cent(seed):
    """The same with goodwill, deductions and store credit in between, of which some stays with what is kept."""
    rng = random.Random(seed)
    settlement = a_payable(rng)
    history = []
    for quote in sequence(rng, settlement, money=True):
        for line in quote.lines:
            story = explain_refund(settlement, quote, line.id, history)
            assert (story.result, bare(story)) == (line.cash, [])
        whole = explain_refund(settlement, quote, history=history)
        free = set() if settlement.payable else {"earned"}
        assert {code for code, _, _ in bare(whole)} <= free
        assert whole.result == quote.cash
        read(whole)
        history.append(quote)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_a_payout_is_told_to_the_cent(seed):
    """Each row of each shop's account, the platform's, and the whole, under any policy and after any refunds."""
    rng = random.Random(seed)
    settlement, policy = a_payable(rng, **TERMS), a_policy(PayoutPolicy, rng)
    least = str(Money.of_minor(10, settlement.currency))
    method = PaymentMethod(id="m", percent="0.6", min=least, borne_by="merchant")
    history = [*sequence(rng, settlement)][: rng.randint(0, 4)]
    made = payout(settlement, policy, history, method)
    for shop in made.shops:
        story = explain_payout(settlement, shop.shop, policy, history, method)
        assert (story.result, figures(story, "net")) == (shop.net, [shop.sale.net])
        assert (
            sum(each.minor for each in figures(story, "commission", "commission_of_shop"))
            == -shop.sale.commission.minor
        )
        back = figures(story, *(f"commission{per}_{way}" for per in ("", "_of_shop") for way in ("back", "further")))
        assert sum(each.minor for each in back) == shop.refunds.commission.minor
        assert sum(each.minor for each in figures(story, "fee_share")) == -shop.sale.payment_fee.minor
        assert bare(story) == []
        read(story)
    story = explain_payout(settlement, None, policy, history, method)
    assert (story.result, figures(story, "everything")) == (made.platform.net, [made.paid - made.refunded])
    read(story)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(40))
def test_the_difference_of_two_payouts_is_told_to_the_cent(seed):
    """Each shop's and the platform's: rows that moved add up to how much the net did, whatever was refunded between."""
    rng = random.Random(seed)
    settlement, policy = a_payable(rng, **TERMS), a_policy(PayoutPolicy, rng)
    method = PaymentMethod(id="m", percent="0.6", borne_by="merchant")
    history = [*sequence(rng, settlement)]
    upto = rng.randint(0, len(history))
    before, after = (payout(settlement, policy, each, method) for each in (history[:upto], history))
    for shop in after.shops:
        story = explain_payout_change(before, after, shop.shop)
        assert (story.result, bare(story)) == (shop.net - before.shop(shop.shop).net, [])
        read(story)
    story = explain_payout_change(before, after)
    assert (story.result, bare(story)) == (after.platform.net - before.platform.net, [])
    read(story)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(40))
def test_every_row_of_the_journal_is_told_to_the_cent(seed):
    """Of sale, refunds, payouts and movements, shown as principal or agent, with points owed or not."""
    rng = random.Random(seed)
    settlement = a_payable(rng, **TERMS)
    history = [each.known_as(f"R{at}") for at, each in enumerate(sequence(rng, settlement, money=True))]
    upto = rng.randint(0, len(history))
    payouts = [payout(settlement, None, each) for each in ([], history[:upto], history)]
    paid, fee = settlement.payable + Money.of_minor(100, settlement.currency), Money.of_minor(7, settlement.currency)
    moves = [Movement(kind="received", id="m", at=AT, currency=settlement.currency, amount=paid, fee=fee)]
    sources = [settlement, *history, *({each.covers: each for each in payouts}.values()), *moves]
    shown = {"presentation": rng.choice(["principal", "agent"])}
    if rng.random() < 0.5:
        shown |= {"points_deferred": str(Money.of_minor(100, settlement.currency))}
    for entry in entries(sources, policy=BooksPolicy.model_validate(shown)):
        for row in entry.postings:
            story = explain_row(entry, row, sources)
            assert (story.result, bare(story)) == (row.amount, [])
            read(story)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_an_invoice_is_told_to_the_cent(seed):
    """Amounts and taxes of blue and red invoices, under any policy."""
    rng = random.Random(seed)
    settlement, policy = a_payable(rng, **TERMS), a_policy(InvoicePolicy, rng)
    made, history = invoices(settlement, ME, policy), []
    for invoice in made:
        story = explain_invoice(settlement, invoice, policy)
        assert figures(story, "invoice_amount", "invoice_tax") == [invoice.amount, invoice.tax]
        assert figures(story, "invoiced", "invoiced_freight") == [row.amount for row in invoice.lines]
        assert bare(story) == []
        read(story)
    for quote in sequence(rng, settlement):
        for invoice in made:
            red = red_invoice(settlement, invoice, quote, history)
            if red is not None:
                story = explain_red_invoice(settlement, invoice, quote, history)
                assert figures(story, "invoice_amount", "invoice_tax") == [red.amount, red.tax]
                assert figures(story, "taken_back", "freight_taken_back") == [row.amount for row in red.lines]
                assert bare(story) == []
                read(story)
        history.append(quote)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_an_option_is_told_to_the_cent(seed):
    """Fee, payable and what is received of every method, whoever bears it."""
    request = random_request(random.Random(seed))
    currency = request["checkout"]["cart"]["currency"]
    for borne_by in ("buyer", "merchant"):
        least, fixed = (str(Money.of_minor(minor, currency)) for minor in (10, 3))
        method = {"id": f"own-{borne_by}", "percent": "1.25", "fixed": fixed, "min": least, "borne_by": borne_by}
        request["rulebook"].setdefault("payment_methods", []).append(method)
    checkout, rulebook = Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])
    for option in payment_options(checkout, rulebook):
        story = explain_option(checkout, rulebook, option.id)
        assert story.result == option.payable == figures(story, "option_payable")[0]
        assert figures(story, "option_fee", "merchant_fee") == [option.fee]
        assert figures(story, "received") == [option.received]
        assert (
            {code for code, _, _ in bare(story)} <= {"option_fee", "merchant_fee"}
            if not option.fee
            else (bare(story) == [])
        )
        read(story)


def a_cart(day, quantities, rng):
    """So many pieces of some of five lines of two shops, with an offer and an odd price."""
    lines = [
        a_line(name, f"{at + 3}.37", quantity=quantity, shop=f"s{at % 2}", sku=name)
        for at, (name, quantity) in enumerate(sorted(quantities.items()))
        if quantity
    ]
    cards = [{"id": "g", "type": "gift_card", "balance": f"{rng.randint(0, 40)}.00 CNY"}]
    return Checkout.model_validate(a_checkout(*lines, at=f"2026-11-{day}T00:00:00+08:00", tenders=cards))


@given(st.integers(0, 2**32))
@settings(max_examples=examples(40))
def test_an_order_edit_is_told_to_the_cent(seed):
    """What is added less what goes back, cards and all, after one edit and after another."""
    rng = random.Random(seed)
    tier = {"min_quantity": 3, "benefit": {"type": "percent_off", "percent": "10"}}
    tenth = an_offer("p", tiers=[tier])
    rulebook = Rulebook.model_validate(a_rulebook(promotions=[tenth]))
    wanted = {name: rng.randint(0, 4) for name in "abcde"} | {"a": 1}
    edit = settle(a_cart(10, wanted, rng), rulebook)
    for day in (11, 12):
        wanted = {name: rng.randint(0, 4) for name in "abcde"} | {"a": 1}
        policy = RefundPolicy(recheck=rng.choice(["none", "fair"]))
        edit = edit_order(edit, a_cart(day, wanted, rng), rulebook, policy=policy)
        story = explain_edit(edit)
        assert (story.result, bare(story)) == (edit.difference, [])
        assert figures(story, "by_method") == [edit.collect - edit.give_back]
        read(story)


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_a_stored_settlement_tells_the_same(seed):
    """Read back from JSON, with quotes and invoices that were stored too, every story is the same to the word."""
    rng = random.Random(seed)
    settlement = a_payable(rng, **TERMS)
    stored = Settlement.from_json(settlement.to_json())
    quotes = [*sequence(rng, settlement)]
    again = [RefundQuote.from_json(quote.to_json()) for quote in quotes]
    for shop in (None, *[each.shop for each in settlement.shops]):
        assert explain_payout(settlement, shop, None, quotes) == explain_payout(stored, shop, None, again)
    assert explain_refund(settlement, quotes[-1], history=quotes[:-1]) == explain_refund(
        stored, again[-1], history=again[:-1]
    )
    for invoice in invoices(settlement, ME):
        assert explain_invoice(settlement, invoice) == explain_invoice(stored, Invoice.from_json(invoice.to_json()))


# ------------------------------------------------------------------ by hand


def an_order():
    """Three pieces for 10.00 less 2.00, bought with a card that costs 1 %."""
    return settled(
        a_checkout(a_line("a", "4.00", quantity=3, commission_percent="5", tax_percent="13")),
        a_rulebook(promotions=[an_offer("p", {"type": "amount_off", "amount": "2.00 CNY"}, issuer="s1")]),
    )


def test_a_story_reads_as_a_person_would_work_it_out():
    """The second of three pieces: 6.66 so far, less the 3.33 of the first."""
    settlement = an_order()
    first = refund(settlement, {"a": 1})
    second = refund(settlement, {"a": 1}, [first])
    assert explain_refund(settlement, second, "a", [first]).text() == (
        "Refund of a: CN¥3.33\n"
        "Paid for the goods: 12.00 goods − 2.00 promotions = 10.00\n"
        "  of it back so far, 2 of 3: down(10.00 × 2 ÷ 3) = 6.66\n"
        "  so now, less what was given back before: 6.66 back so far − 3.33 given back before = 3.33\n"
        "    promotions off: down(2.00 × 2 ÷ 3) borne by the shop − 0.66 given back before = 0.67; "
        "of it borne by the platform 0.00\n"
        "    goods: 3.33 cash + 0.67 promotions = 4.00\n"
        "Formulas are in CNY.\n"
        "down(…): down to 0.01."
    )
    assert explain_refund(settlement, second, "a", [first]).text("zh_CN").splitlines()[:3] == [
        "a 的退款：¥3.33",
        "货款实付：12.00 货款 − 2.00 促销优惠 = 10.00",
        "  累计应退，3 中退 2：down(10.00 × 2 ÷ 3) = 6.66",
    ]


def test_a_whole_return_has_its_formula_too():
    """All of the line comes back: what was paid for it, column by column, and freight where that is returned."""
    coupon = an_offer("c", {"type": "percent_off", "percent": "10"})
    checkout = a_checkout(a_line("a", "59.90", quantity=3), a_line("b", "23.00"), customer={"coupons": ["c"]})
    made = settled(checkout, a_rulebook(coupons=[coupon]))
    story = explain_refund(made, refund(made, {"a": 3, "b": 1}))
    assert [step.formula for step in story.steps] == ["179.70 − 17.97", "23.00 − 2.30", "161.73 + 20.70"]
    assert "a: 179.70 goods − 17.97 coupons = 161.73" in str(story)


def test_a_charge_that_was_capped_says_by_how_much():
    """48.36 would be charged, the refund is worth 8.36: 40.00 of it is more than there is to charge."""
    tier = {"min_amount": "300.00 CNY", "benefit": {"type": "amount_off", "amount": "50.00 CNY"}}
    offer = an_offer("m300", issuer="s1", tiers=[tier])
    settlement = settled(a_checkout(a_line("a", "295.00"), a_line("b", "10.00")), a_rulebook(promotions=[offer]))
    quote = refund(settlement, {"b": 1}, policy=RefundPolicy(recheck="thresholds"))
    (step,) = [step for step in explain_refund(settlement, quote).steps if step.code == "charge"]
    assert (str(step.result), step.formula) == ("8.36 CNY", "48.36 − 40.00")
    assert [(term.code, str(term.amount)) for term in step.terms] == [
        ("took_off", "48.36 CNY"),
        ("limit", "-40.00 CNY"),
    ]


def test_a_further_commission_is_told_where_the_sale_bore_none():
    """A free line at 12 % beside one at 0 %: what is charged on it later, 10.00, bears 1.20 by its rate."""
    free = an_offer("free", {"type": "percent_off", "percent": "100"}, issuer="s1", scope={"skus": ["a"]})
    gift = free | {"condition_scope": {"skus": ["b"]}, "tiers": [free["tiers"][0] | {"min_quantity": 1}]}
    lines = [
        a_line("a", "10.00", sku="a", commission_percent="12"),
        a_line("b", "80.00", sku="b", commission_percent="0"),
    ]
    settlement = settled(a_checkout(*lines), a_rulebook(promotions=[gift]))
    quote = refund(settlement, {"b": 1}, policy=RefundPolicy(recheck="thresholds"))
    story = explain_payout(settlement, "s1", PayoutPolicy(commission_per="shop"), [quote])
    (step,) = [step for step in story.steps if step.code == "commission_of_shop_further"]
    assert (str(step.result), step.formula) == ("-1.20 CNY", "0 − round(10.00 × 12 ÷ 100 + (0 − 80.00) × 0 ÷ 100)")


def test_tax_of_each_line_is_no_part_of_the_amount_above_it():
    """Rounded line by line tax comes before its sum: 13.00 is of what was paid for the goods, not of the freight."""
    paid, policy = settled(a_checkout(a_line(price="113.00", tax_percent="13"))), InvoicePolicy(tax_per="line")
    (made,) = invoices(paid, InvoiceRequest(title="张三"), policy)
    story = explain_invoice(paid, made, policy)
    assert "Tax of k: round(113.00 × 13 ÷ (100 + 13)) = 13.00" in str(story)
    assert "of it on" not in str(story)


def test_every_step_that_can_be_told_has_a_text():
    """The table of texts and the codes in the sources are the same."""
    from pathlib import Path

    import settlement.explanations as stories

    rooms = Path(stories.__file__).parent
    paths = [*rooms.glob("*_story.py"), rooms.parent / "audit" / "books" / "row_story.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    said = set(re.findall(r"figures\.(?:add|count|state|spread|sum|count_sum)\(\s*\"([a-z_]+)\"", source))
    said |= {"goods_side", "freight_side", "freight_kept", "freight_waits"}
    said |= {"tax_share", "tax_on_freight", "tax_of_line", "tax_of_freight", "taken_back", "freight_taken_back"}
    said |= {"fair_charge", "fair_freight_part", "charge"}
    said |= {"charge_given_back"} | {"tax_came_back", "buyer_fee_back", "rounding_back"}
    said |= {"tax", "buyer_fee", "rounding"}
    said |= {f"booked_{kind}" for kind in ("settlement", "refund", "payout", "movement")}
    said |= {f"{row}_{way}" for row in ("commission", "commission_of_shop", "fee") for way in ("back", "further")}
    said |= {f"{row}_paid" for row in ("platform_offers", "points")}
    assert said == set(STEPS)


# ------------------------------------------------------------------ misuse


def test_what_cannot_be_told_says_why():
    """A line that is not in the refund, a shop or method that is not there, a red invoice, a refund of another shop."""
    settlement = settled(a_checkout(a_line("a"), a_line("b", shop="s2"), invoice={"title": "T"}))
    quote = refund(settlement, {"a": 1})
    made = invoices(settlement)
    with pytest.raises(UnknownLine, match="there is no line 'b'; there are 'a'"):
        explain_refund(settlement, quote, "b")
    with pytest.raises(LookupError, match="s9"):
        explain_payout(settlement, "s9")
    with pytest.raises(ValueError, match="explain_red_invoice"):
        explain_invoice(settlement, red_invoice(settlement, made[0], quote))
    with pytest.raises(LookupError, match="takes back nothing of the invoice of shop 's2'"):
        explain_red_invoice(settlement, made[1], quote)
    checkout = Checkout.model_validate(a_checkout())
    with pytest.raises(LookupError, match="there is no payment method 'x'; there are none"):
        explain_option(checkout, Rulebook.model_validate(a_rulebook()), "x")
    with pytest.raises(TypeError, match="quote: found null"):
        explain_refund(settlement, None)
