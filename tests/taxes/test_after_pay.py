"""Tax after pay: refunds give back exactly the tax, payouts, invoices and the journal have it once."""

from __future__ import annotations

import random
from datetime import date
from math import floor

import pytest

from settlement import (
    Checkout,
    InvalidDocument,
    InvoiceRequest,
    Money,
    RefundPolicy,
    RefundQuote,
    Rulebook,
    Settlement,
    explain,
    explain_invoice,
    explain_option,
    explain_payout,
    explain_refund,
    invoices,
    payout,
    receipt,
    refund,
    report,
)
from settlement.after_pay.invoices import red_invoices
from settlement.after_pay.payouts import PayoutPolicy
from settlement.after_pay.refunds import Deduction
from settlement.after_pay.refunds.kept import Kept
from settlement.audit.books.bookings import paid_out, refunded, sold
from settlement.explanations.calculator import evaluate
from taxed_carts import random_case, settled
from thorough import examples

SEEDS = range(examples(80))


def orders():
    """Settlements that have lines, with tax or without."""
    for seed in SEEDS:
        made = settled(*random_case(random.Random(seed)))
        if made.lines:
            yield seed, made


def all_back(made, seed):
    """Every line in pieces of random size, in random order; freight with the last."""
    rng = random.Random(seed)
    pieces = []
    for line in made.lines:
        whole = int(line.quantity) == line.quantity
        pieces += [(line.id, "1")] * int(line.quantity) if whole else [(line.id, str(line.quantity))]
    rng.shuffle(pieces)
    history = []
    for name, quantity in pieces:
        history.append(refund(made, {name: quantity}, history, freight="return"))
    return history


def test_all_refunds_together_return_exactly_what_was_paid_and_the_tax():
    """In any order and in parts; no part gives back more of the tax than there is."""
    for seed, made in orders():
        history = all_back(made, seed)
        assert sum(quote.cash.minor for quote in history) == made.payable.minor
        back = dict.fromkeys((line.id for line in made.lines), 0)
        for quote in history:
            for line in quote.lines:
                for each in (line.goods_part, line.freight_part):
                    back[line.id] += each.columns["tax"].minor if "tax" in each.columns else 0
        assert back == {line.id: line.tax.minor for line in made.lines}


@pytest.mark.parametrize("whose", ["shop", "platform"])
def test_tax_is_paid_over_once(whose):
    """By the shop, or by the platform: the rows of its accounts are the column, and 0 once all came back."""
    for seed, made in orders():
        history = all_back(made, seed)
        for refunds in ((), history):
            found = payout(made, PayoutPolicy(tax=whose), refunds)
            accounts = [account for shop in found.shops for account in (shop.sale, shop.refunds)]
            rows = [found.platform] if whose == "platform" else accounts
            others = accounts if whose == "platform" else [found.platform]
            left = 0 if refunds else made.totals.tax.minor
            assert sum(row.tax.minor for row in rows if row.tax is not None) == left
            assert [row.tax for row in others if row.tax is not None] == []


def test_tax_bears_no_commission():
    """10 % of 100.00, with 19 % on top and without, of what was earned and of what was paid."""
    line = {"id": "a", "shop": "s1", "sku": "k", "quantity": 1, "unit_price": "100.00 EUR", "commission_percent": "10"}
    cart = {"currency": "EUR", "lines": [line]}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": cart, "address": {"region": "FR"}}
    for taxes in ([], [{"prices": "without", "rates": [{"percent": "19"}]}]):
        made = settled(checkout, {"id": "r", "currency": "EUR", "taxes": taxes})
        for basis in ("earned", "paid"):
            found = payout(made, PayoutPolicy(commission_basis=basis))
            assert str(found.platform.commission) == "10.00 EUR"


def test_the_journal_balances():
    """Sale, each refund and the payout; the tax of a sale stands in liabilities."""
    for seed, made in orders():
        history = all_back(made, seed)
        on = date(2026, 11, 11)
        entry = sold(made, on)
        taxes = [each for each in entry.postings if each.account[0] == "Liabilities" and "Tax" in each.account]
        assert -sum(each.amount.minor for each in taxes) == made.totals.tax.minor
        entries = [entry, *[refunded(quote, made, on) for quote in history]]
        entries.append(paid_out(payout(made, None, history), made, on))
        for each in entries:
            assert sum(posting.amount.minor for posting in each.postings) == 0


def test_invoices_state_the_taxes_of_the_settlement_and_red_ones_take_them_back():
    """Net and tax add up to what was paid; of a shop with taxes the tax is its column, where none was taken out."""
    for seed, made in orders():
        blue = invoices(made, InvoiceRequest(title="Max"))
        assert sum(each.amount.minor for each in blue) == made.payable.minor
        stated = {row.shop for row in made.taxes}
        for each in blue:
            tax = next(shop.tax.minor for shop in made.shops if shop.shop == each.shop)
            if each.shop in stated:
                assert each.tax.minor == max(0, tax)
            assert all(line.net + line.tax == line.amount for line in each.lines)
            assert type(each).from_json(each.to_json()) == each
        history, red = [], []
        for quote in all_back(made, seed):
            red += red_invoices(made, blue, quote, history)
            history.append(quote)
        for name in ("amount", "tax"):
            assert sum(getattr(each, name).minor for each in (*blue, *red)) == 0


def test_an_exempt_buyers_invoice_shows_nothing_and_says_why():
    """Prices with tax and without, taken out and kept."""
    line = {"id": "a", "shop": "s1", "sku": "k", "quantity": 1, "unit_price": "119.00 EUR"}
    for prices in ("with", "without"):
        for keep in (False, True):
            exempt = {"reason": "export", "category": "G", "keep": keep}
            checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": [line]}}
            checkout |= {"address": {"region": "FR"}, "customer": {"tax_exempt": exempt}}
            taxes = [{"prices": prices, "rates": [{"percent": "19"}]}]
            made = settled(checkout, {"id": "r", "currency": "EUR", "taxes": taxes})
            (invoice,) = invoices(made, InvoiceRequest(title="Max"))
            (row,) = invoice.taxes
            assert (row.tax.minor, row.category, row.reason) == (0, "G", "export")
            assert str(made.payable) == ("100.00 EUR" if prices == "with" and not keep else "119.00 EUR")


def test_every_share_is_explained_and_every_row_is_shown():
    """Receipt and report in three languages have each row; of goods alone each formula makes what it says."""
    for _, made in orders():
        for locale in ("en", "zh_CN", "zh_TW"):
            text, page = receipt(made, locale=locale), report(made, locale=locale)
            assert text.count(" %") + text.count("%，") >= len(made.taxes) <= page.count("%")
        for line in made.lines:
            told = explain(made, line=line.id)
            assert told.text()
            codes = {step.stage for step in told.steps if step.code in {"spread", "by_line"}}
            stages = {each.stage for each in made.adjustments if line.id in each.shares and "tax" in each.stage}
            assert stages - codes <= {"goods_tax", "freight_tax"}  # a row over both sides is spread over both


def test_every_formula_of_a_story_makes_what_it_says():
    """Of lines, refunds, payouts, invoices and ways to pay: each is worked out again by the calculator."""
    worked = 0
    for seed in range(30):
        checkout, rulebook = random_case(random.Random(seed))
        made = settled(checkout, rulebook)
        if not made.lines:
            continue
        history = all_back(made, seed)
        stories = [explain(made, line=line.id) for line in made.lines]
        stories += [explain_refund(made, each, None, history[:at]) for at, each in enumerate(history)]
        stories.append(explain_payout(made, refunds=history))
        stories += [explain_invoice(made, each) for each in invoices(made, InvoiceRequest(title="Max"))]
        documents = Checkout.model_validate(checkout), Rulebook.model_validate(rulebook)
        stories.append(explain_option(*documents, "card"))
        for step in (step for story in stories for step in story.steps):
            for share in step.shares:
                if share.floor is None:  # each line by itself
                    assert evaluate(share.formula, 2, step.rounding) * 100 == abs(share.share.minor), step
                else:  # down, and what was left over by rank
                    assert floor(evaluate(share.formula) * 100) == share.floor.minor, step
                    assert share.floor + share.extra == abs(share.share), step
                worked += 1
            if step.formula and not step.shares and isinstance(step.result, Money):
                assert evaluate(step.formula, 2, step.rounding) * 100 == step.result.minor, step
                worked += 1
    assert worked > 1000


@pytest.mark.parametrize(
    ("rates", "kept"),
    [
        ([{"tax": "VAT", "percent": "10"}], "80.00 EUR"),  # two at 50.00 are 110.00 with tax, one is 55.00
        ([{"tax": "GST", "percent": "5"}, {"tax": "QST", "percent": "10", "compound": True}], "80.00 EUR"),
    ],
)
def test_a_fair_recheck_looks_at_thresholds_with_tax(rates, kept):
    """Three at 50.00 reach 160.00 with tax: 30.00 off; two reach 105.00 with it and not without: 20.00 off."""
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 3, "unit_price": "50.00 EUR"}
    tiers = [
        {"min_amount": least, "benefit": {"type": "amount_off", "amount": off}}
        for least, off in (("105.00 EUR", "20.00 EUR"), ("160.00 EUR", "30.00 EUR"))
    ]
    table = {"prices": "without", "rates": rates}
    book = {"id": "r", "currency": "EUR", "taxes": [table], "policy": {"threshold_tax": "with"}}
    book["promotions"] = [{"id": "p", "issuer": "s", "tiers": tiers}]
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": [line]}, "address": {"region": "DE"}}
    made = settled(checkout, book)
    stored = Settlement.from_json(made.to_json())
    assert stored == made
    for each in (made, stored):
        _, seen = Kept(each).on_goods({"a": 1000})
        assert f"{sum(seen.net) // 100}.00 EUR" == kept
        _, seen = Kept(each).on_goods({"a": 2000})
        assert sum(seen.net) == 5000
        assert refund(each, {"a": 3}, policy=RefundPolicy(recheck="fair"), freight="return").cash == each.payable
    document = made.to_dict()
    document["adjustments"][0]["facts"]["taxed"][0]["rates"][0]["percent"] = "6"
    with pytest.raises(InvalidDocument, match="basis"):
        Settlement.from_dict(document)
    del document["adjustments"][0]["facts"]["taxed"]
    with pytest.raises(InvalidDocument, match="with_tax"):
        refund(Settlement.from_dict(document), {"a": 1}, policy=RefundPolicy(recheck="fair"))


def test_a_fee_that_is_all_tax_comes_back_as_nothing():
    """1 yen for an exempt buyer, of which the tax is rounded up to 1 yen: neither is paid, and 100 go back."""
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 2, "unit_price": "50 JPY", "tax_class": "zero"}
    table = {"prices": "with", "rounding": "up"}
    table |= {"rates": [{"tax_class": "zero", "percent": "0"}, {"percent": "19"}]}
    method = {"id": "card", "fixed": "1 JPY", "borne_by": "buyer", "tax_class": "standard"}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "JPY", "lines": [line]}, "address": {"region": "JP"}}
    checkout |= {"customer": {"tax_exempt": {"reason": "export"}}, "payment_method": "card"}
    made = settled(checkout, {"id": "r", "currency": "JPY", "taxes": [table], "payment_methods": [method]})
    assert [str(each.amount) for each in made.adjustments] == ["1 JPY", "-1 JPY"]
    one = refund(made, {"a": 1})
    rest = refund(made, {"a": 1}, [one])
    assert [str(quote.cash) for quote in (one, rest)] == ["50 JPY", "50 JPY"]


FAIR = RefundPolicy(recheck="fair")


def fair_order(rng):
    """One to three lines, prices without tax or of an exempt buyer, an offer from some units or some amount."""
    lines = [
        {"id": name, "shop": "s", "sku": f"k{name}", "quantity": rng.randint(1, 4)}
        | {"unit_price": f"{rng.randint(100, 9999) / 100:.2f} EUR"}
        for name in "abc"[: rng.randint(1, 3)]
    ]
    least = rng.choice([{"min_quantity": rng.randint(2, 6)}, {"min_amount": f"{rng.randint(20, 250)}.00 EUR"}])
    benefit = rng.choice([{"type": "percent_off", "percent": "10"}, {"type": "amount_off", "amount": "15.00 EUR"}])
    offer = {"id": "p", "issuer": rng.choice(["s", "platform"]), "tiers": [least | {"benefit": benefit}]}
    if offer["issuer"] == "platform" and rng.random() < 0.5:
        offer |= {"platform_share": rng.choice(["40", "100"]), "tax_base": "plus_reimbursed"}
    rates = [{"percent": rng.choice(["19", "7", "9.975"])}]
    if rng.random() < 0.4:
        rates.append({"tax": "local", "percent": "2.5", "compound": rng.random() < 0.5})
    table = {"prices": rng.choice(["without", "without", "with"]), "rates": rates}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": lines}, "address": {"region": "DE"}}
    if table["prices"] == "with":
        checkout["customer"] = {"tax_exempt": {"reason": "export"}}
    return checkout, {"id": "r", "currency": "EUR", "taxes": [table], "promotions": [offer]}


def test_what_is_kept_costs_what_it_costs_anew_with_its_tax():
    """Paid less given back is what the kept goods alone come to, tax and all; within a cent for each line and tax.

    What of it is tax the payout and the red invoice say alike.
    """
    charged = 0
    for seed in range(examples(150)):
        rng = random.Random(seed)
        checkout, book = fair_order(rng)
        made = settled(checkout, book)
        units = {line["id"]: rng.randint(0, line["quantity"]) for line in checkout["cart"]["lines"]}
        quote = refund(made, {name: back for name, back in units.items() if back}, policy=FAIR)
        kept = [
            line | {"quantity": line["quantity"] - units[line["id"]]}
            for line in checkout["cart"]["lines"]
            if line["quantity"] > units[line["id"]]
        ]
        if not any(units.values()) or not kept or quote.uncharged:
            continue
        anew = settled(checkout | {"cart": {"currency": "EUR", "lines": kept}}, book)
        slack = 3 * len(units)
        assert abs((made.payable - quote.cash - anew.payable).minor) <= slack
        paid_over = payout(made, PayoutPolicy(tax="platform"), refunds=[quote]).platform.tax
        left = 0 if paid_over is None else paid_over.minor
        assert abs(left - anew.totals.tax.minor) <= slack
        blue = invoices(made, InvoiceRequest(title="x"))
        red = red_invoices(made, blue, quote)
        if book["taxes"][0]["prices"] == "without" and "tax_base" not in book["promotions"][0]:
            stated = sum(each.tax.minor for each in (*blue, *red))
            assert abs(left - stated) <= slack
        back = RefundQuote.from_json(quote.to_json())
        assert back == quote
        rest = refund(made, {line["id"]: line["quantity"] for line in kept}, [back], policy=FAIR)
        assert (quote.cash + rest.cash) == made.payable
        assert payout(made, PayoutPolicy(tax="platform"), refunds=[quote, rest]).platform.tax in (
            None,
            Money("0.00 EUR"),
        )
        charged += any(each.tax for each in quote.charges)
    assert charged > examples(15)


def test_a_charge_that_holds_more_tax_than_the_line_is_refused():
    """Two of three are kept at their full price: 20.00 and 3.80; and a restocking fee of 10.00 holds 1.59."""
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 3, "unit_price": "100.00 EUR"}
    offer = {"id": "p", "issuer": "s"}
    offer["tiers"] = [{"min_quantity": 3, "benefit": {"type": "percent_off", "percent": "10"}}]
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": [line]}, "address": {"region": "DE"}}
    table = {"prices": "without", "rates": [{"percent": "19"}]}
    made = settled(checkout, {"id": "r", "currency": "EUR", "taxes": [table], "promotions": [offer]})
    quote = refund(made, {"a": 1}, policy=FAIR, deductions=[Deduction(reason="restocking", amount="10.00 EUR")])
    (charge,), (kept,) = quote.charges, quote.deductions
    assert [str(each) for each in (quote.cash, charge.amount, charge.tax, kept.tax)] == [
        "73.30 EUR",
        "23.80 EUR",
        "3.80 EUR",
        "1.59 EUR",
    ]
    assert "23.80" in str(explain_refund(made, quote))
    for place in ("charges", "deductions"):
        document = quote.to_dict()
        document[place][0]["tax"] = "3.81 EUR"
        with pytest.raises(InvalidDocument, match=rf"{place}.*tax"):
            refund(made, {"a": 1}, [RefundQuote.from_dict(document)])


@pytest.mark.parametrize("exempt", [True, False])
def test_waived_freight_is_charged_whole_whatever_the_goods_tax_is(exempt):
    """Free from 50.00, and 30.00 are kept: 8.00 of freight are owed, to an exempt buyer too; the history takes it."""
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 2, "unit_price": "30.00 EUR", "freight_template": "t"}
    zone = {"regions": ["*"], "first": 9, "first_fee": "8.00 EUR"}
    template = {"id": "t", "measure": "quantity", "zones": [zone], "free": [{"min_amount": "50.00 EUR"}]}
    table = {"prices": "with" if exempt else "without", "rates": [{"percent": "19"}]}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": [line]}, "address": {"region": "DE"}}
    if exempt:
        checkout["customer"] = {"tax_exempt": {"reason": "export"}}
    made = settled(checkout, {"id": "r", "currency": "EUR", "taxes": [table], "freight_templates": [template]})
    one = refund(made, {"a": 1}, policy=FAIR)
    assert [(each.rule, str(each.amount)) for each in one.charges] == [("t", "8.00 EUR")]
    rest = refund(made, {"a": 1}, [one], "return", FAIR)
    assert one.cash + rest.cash == made.payable


def test_fewer_goods_may_reach_a_tier_above_by_their_tax():
    """Four at 50.00 less 20 % cost 40.00 each and bear no tax: 160.00, and 20.00 off. Three bear half: 225.00.

    That reaches 210.00, which all goods at their price, 200.00, do not: 30.00 off 150.00, so 120.00 is kept of 140.00.
    """
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 4, "unit_price": "50.00 EUR"}
    fifth = {"min_quantity": 4, "benefit": {"type": "percent_off", "percent": "20"}}
    tiers = [
        {"min_amount": least, "benefit": {"type": "amount_off", "amount": off}}
        for least, off in (("105.00 EUR", "20.00 EUR"), ("210.00 EUR", "30.00 EUR"))
    ]
    rates = [{"percent": "0", "max_unit_price": "45.00 EUR"}, {"percent": "50"}]
    book = {"id": "r", "currency": "EUR", "taxes": [{"prices": "without", "rates": rates}]}
    book["policy"] = {"threshold_tax": "with"}
    book["promotions"] = [
        {"id": "i", "issuer": "s", "stage": "item", "tiers": [fifth]},
        {"id": "p", "issuer": "s", "tiers": tiers},
    ]
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": [line]}, "address": {"region": "DE"}}
    made = settled(checkout, book)
    assert [str(each.amount) for each in made.adjustments] == ["-40.00 EUR", "-20.00 EUR"]
    anew = settled(checkout | {"cart": {"currency": "EUR", "lines": [line | {"quantity": 3}]}}, book)
    assert str(anew.totals.goods + anew.totals.promotions) == "120.00 EUR"
    for each in (made, Settlement.from_json(made.to_json())):
        assert len(each.adjustments[1].facts["higher"]) == 1
        assert sum(Kept(each).on_goods({"a": 1000})[1].net) == 12000


def test_a_fair_recheck_looks_at_rates_by_the_price_of_a_unit():
    """Three at 50.00 less 20 % cost 40.00 each, free of tax up to 45.00: 120.00, and 30.00 off. Two cost 50.00 each.

    With 10 % they reach 110.00, and not without: 20.00 off, so 80.00 is kept of the 90.00 that were paid.
    """
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 3, "unit_price": "50.00 EUR"}
    fifth = {"min_quantity": 3, "benefit": {"type": "percent_off", "percent": "20"}}
    tiers = [
        {"min_amount": least, "benefit": {"type": "amount_off", "amount": off}}
        for least, off in (("105.00 EUR", "20.00 EUR"), ("120.00 EUR", "30.00 EUR"))
    ]
    rates = [{"percent": "0", "max_unit_price": "45.00 EUR"}, {"percent": "10"}]
    book = {"id": "r", "currency": "EUR", "taxes": [{"prices": "without", "rates": rates}]}
    book["policy"] = {"threshold_tax": "with"}
    book["promotions"] = [
        {"id": "i", "issuer": "s", "stage": "item", "tiers": [fifth]},
        {"id": "p", "issuer": "s", "tiers": tiers},
    ]
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": [line]}, "address": {"region": "DE"}}
    made = settled(checkout, book)
    assert [str(each.amount) for each in made.adjustments] == ["-30.00 EUR", "-30.00 EUR"]
    anew = settled(checkout | {"cart": {"currency": "EUR", "lines": [line | {"quantity": 2}]}}, book)
    stored = Settlement.from_json(made.to_json())
    assert stored == made
    for each in (made, stored):
        _, seen = Kept(each).on_goods({"a": 1000})
        assert sum(seen.net) == 8000
        assert str(anew.totals.goods + anew.totals.promotions) == "80.00 EUR"
        assert refund(each, {"a": 1}, policy=RefundPolicy(recheck="fair")).cash.minor >= 0
    document = made.to_dict()
    document["adjustments"][1]["facts"]["taxed"][0]["cheaper"][0]["max_unit_price"] = "39.00 EUR"
    with pytest.raises(InvalidDocument, match="basis"):
        Settlement.from_dict(document)
    document["adjustments"][1]["facts"]["taxed"][0]["cheaper"][0]["max_unit_price"] = "45.00 CNY"
    with pytest.raises(InvalidDocument, match="currency"):
        Settlement.from_dict(document)
