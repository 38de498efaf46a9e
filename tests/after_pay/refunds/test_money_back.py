"""Money without goods, deductions, store credit, and goods that come back in whole pieces."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns import a_payable, sequence
from settlement import (
    Checkout,
    InvalidDocument,
    InvoiceRequest,
    Money,
    RefundPolicy,
    RefundQuote,
    Rulebook,
    Settlement,
    refund,
    settle,
)
from settlement.after_pay.invoices import invoices, red_invoices
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.refunds import Deduction, MoneyBack, StoreCredit
from settlement.audit.books.journal import entries
from settlement.explanations.refund_story import explain_refund
from thorough import examples

AT = "2026-11-11T00:00:00+08:00"


def bought(*lines: dict[str, Any], **book: Any) -> Settlement:
    """A settlement of these lines."""
    made = [{"shop": "s1", "sku": each["id"], "quantity": 1, "unit_price": "10.00 CNY"} | each for each in lines]
    more = {name: book.pop(name) for name in ("tenders", "customer", "choice") if name in book}
    checkout = {"at": AT, "cart": {"currency": "CNY", "lines": made}, "address": {"region": "440305"}} | more
    return settle(Checkout.model_validate(checkout), Rulebook.model_validate({"id": "r", "currency": "CNY"} | book))


def money(amount: str | None, line: str | None = None, **more: Any) -> MoneyBack:
    """Goodwill."""
    return MoneyBack.model_validate({"reason": "goodwill", "amount": amount, "line": line} | more)


def codes(error: pytest.ExceptionInfo[InvalidDocument]) -> list[tuple[str, str]]:
    """Place and code."""
    return [(each.place, each.code) for each in error.value.problems]


def test_money_lowers_what_kept_goods_cost():
    """3.00 on three at 10.00: each costs 9.00 from then on, and brings 9.00 when it comes back."""
    settlement = bought({"id": "a", "quantity": 3})
    history = [refund(settlement, {}, money=[money("3.00 CNY", "a")])]
    for _ in range(3):
        history.append(refund(settlement, {"a": 1}, history))
    assert [str(each.cash.amount) for each in history] == ["3.00", "9.00", "9.00", "9.00"]
    assert history[0].money == (("a", "goods", Money("3.00 CNY"), "goodwill"),)


TENS = [
    {"min_quantity": least, "benefit": {"type": "percent_off", "percent": percent}}
    for least, percent in ((5, "10"), (10, "15"))
]


@pytest.mark.parametrize("policy", [RefundPolicy(recheck="fair"), RefundPolicy()])
@pytest.mark.parametrize("issuer", ["platform", "s1"])
def test_money_goes_up_to_what_was_paid_less_what_was_given_back(policy, issuer):
    """Ten at 850.00, of which two bring 130.00 fairly: 720.00 are left, 40.00 of them of what was charged, and once.

    Whatever comes back then brings no more of this line, and all of another; no account keeps anything.
    """
    offer = {"id": "more", "issuer": issuer, "scope": {"skus": ["t"]}, "tiers": TENS}
    tickets = {"id": "t", "quantity": 10, "unit_price": "100.00 CNY"}
    settlement = bought(tickets, {"id": "mug", "unit_price": "50.00 CNY"}, promotions=[offer])
    history = [refund(settlement, {"t": 2}, policy=RefundPolicy(recheck="fair"))]
    with pytest.raises(InvalidDocument) as error:
        refund(settlement, {}, history, money=[money("720.01 CNY", "t")])
    assert error.value.problems[0].facts["left"] == "720.00 CNY"
    part = refund(settlement, {}, history, money=[money("700.00 CNY", "t")])
    assert (str(part.cash), [str(each.amount) for each in part.deductions]) == ("700.00 CNY", ["-20.00 CNY"])
    assert str(refund(settlement, {}, [*history, part], money=[money(None, "t")]).cash) == "20.00 CNY"
    history.append(refund(settlement, {}, history, money=[money(None, "t")]))
    assert RefundQuote.from_json(history[-1].to_json()) == history[-1]
    assert str(history[-1].cash) == "720.00 CNY"
    borne = {"platform": "-80.00 CNY", "s1": "0.00 CNY"}[issuer]
    assert str(payout(settlement, refunds=history).platform.net) == borne
    for back, cash in (({"t": 1}, "0.00"), ({"mug": 1}, "50.00"), ({"t": 7}, "0.00")):
        history.append(refund(settlement, back, history, policy=policy))
        assert str(history[-1].cash.amount) == cash
        assert not history[-1].uncharged
    found = payout(settlement, refunds=history)
    assert (str(found.shops[0].net), str(found.platform.net)) == ("0.00 CNY", "0.00 CNY")


@pytest.mark.parametrize(("amount", "cash"), [("-1.00 CNY", "11.00 CNY"), ("-0.01 CNY", "10.01 CNY")])
def test_no_more_of_what_was_charged_is_given_than_was(amount, cash):
    """A stored deduction below 0 that is none of a charge is told by its history, from a single unit on."""
    settlement = bought({"id": "a", "quantity": 2})
    one = refund(settlement, {"a": 1})
    data = one.to_dict() | {"cash": cash}
    data["deductions"] = [{"line": "a", "of": "goods", "amount": amount, "reason": "late"}]
    with pytest.raises(InvalidDocument) as error:
        refund(settlement, {"a": 1}, [RefundQuote.from_dict(data)])
    assert codes(error) == [("history.deductions.a", "refund.range")]


def test_money_of_an_order_is_spread_by_what_is_left():
    """Of 60.00 and 40.00, of which half is back, 10.00 fall as 7.50 and 2.50 on 60.00 and 20.00."""
    settlement = bought({"id": "a", "unit_price": "60.00 CNY"}, {"id": "b", "quantity": 2, "unit_price": "20.00 CNY"})
    first = refund(settlement, {"b": 1})
    quote = refund(settlement, {}, [first], money=[money("10.00 CNY")])
    assert [(row.line, str(row.amount.amount)) for row in quote.money] == [("a", "7.50"), ("b", "2.50")]
    assert str(refund(settlement, {}, [first, quote], money=[money(None)]).cash) == "70.00 CNY"


def test_money_of_an_order_leaves_a_gift_card_its_value():
    """20.00 of a card and a mug at 100.00 are all the mug's: the card's holder is owed 100.00, unless it is named."""
    settlement = bought(
        {"id": "card", "unit_price": "100.00 CNY", "stored_value": True}, {"id": "mug", "unit_price": "100.00 CNY"}
    )
    quote = refund(settlement, {}, money=[money("20.00 CNY")])
    assert [(row.line, str(row.amount.amount)) for row in quote.money] == [("mug", "20.00")]
    assert payout(settlement, refunds=[quote]).stored_value == Money("100.00 CNY")
    named = refund(settlement, {}, money=[money("20.00 CNY", "card")])
    assert payout(settlement, refunds=[named]).stored_value == Money("80.00 CNY")
    assert str(refund(settlement, {}, money=[money(None)]).cash) == "100.00 CNY"
    with pytest.raises(InvalidDocument) as error:
        refund(settlement, {"mug": 1}, money=[money("0.01 CNY")])
    assert codes(error) == [("money[0].amount", "refund.left")]


def test_no_more_money_than_is_left():
    """Of a line, of all lines, and of their freight, where there is none."""
    settlement = bought({"id": "a"}, {"id": "b"})
    for asked in (money("10.01 CNY", "a"), money("20.01 CNY"), money(None, of="freight"), money("0.00 CNY")):
        with pytest.raises(InvalidDocument) as error:
            refund(settlement, {}, money=[asked])
        assert codes(error) == [("money[0].amount", "refund.left")]
    with pytest.raises(InvalidDocument) as error:
        refund(settlement, {"a": 1}, money=[money("0.01 CNY", "a")])
    assert codes(error) == [("money[0].amount", "refund.left")]


@pytest.mark.parametrize("issuer", ["platform", "s1"])
@pytest.mark.parametrize(("given", "tax"), [("11.90 CNY", "49.40 CNY"), (None, "0.00 CNY")])
def test_the_tax_in_money_is_that_of_what_was_paid(issuer, given, tax):
    """270.00 and 51.30 of tax on top: 11.90 hold 1.90, all of it all of the tax, in payouts as on red invoices."""
    off = {"id": "p", "issuer": issuer, "tiers": [{"benefit": {"type": "percent_off", "percent": "10"}}]}
    taxes = [{"prices": "without", "rates": [{"percent": "19"}]}]
    settlement = bought({"id": "a", "unit_price": "100.00 CNY", "quantity": 3}, promotions=[off], taxes=taxes)
    quote = refund(settlement, {}, money=[money(given)])
    paid_over = payout(settlement, PayoutPolicy(tax="platform"), refunds=[quote]).platform.tax
    assert (paid_over or Money("0.00 CNY")) == Money(tax)
    blue = invoices(settlement, InvoiceRequest(title="x"))
    (red,) = red_invoices(settlement, blue, quote)
    assert blue[0].tax + red.tax == Money(tax)


def test_tax_in_money_is_rounded_over_all_that_was_given():
    """119.00 with 19.00 of tax: ten times 1.00 hold ⌊10 × 19 ÷ 119⌋ = 1.59, not ten times 0.15."""
    settlement = bought(
        {"id": "a", "unit_price": "100.00 CNY"}, taxes=[{"prices": "without", "rates": [{"percent": "19"}]}]
    )
    history: list[RefundQuote] = []
    for _ in range(10):
        history.append(refund(settlement, {}, history, money=[money("0.50 CNY"), money("0.50 CNY", "a")]))
    taxes = [quote.lines[0].goods_part.columns["tax"].minor for quote in history]
    assert (sum(taxes), set(taxes)) == (159, {15, 16})
    assert payout(settlement, PayoutPolicy(tax="platform"), refunds=history).platform.tax == Money("17.41 CNY")


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_back_in_whatever_order_all_of_the_tax_does(seed):
    """Money and goods by turns: no tax is ever asked back, and at the end goods, offers and tax are as paid."""
    rng = random.Random(seed)
    off = {"id": "p", "issuer": "platform", "platform_share": rng.choice(["0", "50", "100"])}
    off |= {"tiers": [{"benefit": {"type": "percent_off", "percent": rng.choice(["7", "33.3", "50"])}}]}
    if rng.random() < 0.4:
        off["tax_base"] = "plus_reimbursed"
    lines = [
        {"id": name, "unit_price": f"{rng.randint(1, 9999) / 100:.2f} CNY", "quantity": rng.randint(1, 4)}
        for name in "abc"[: rng.randint(1, 3)]
    ]
    taxes = [{"prices": "without", "rates": [{"percent": rng.choice(["19", "7", "9.975"])}]}]
    settlement = bought(*lines, promotions=[off], taxes=taxes)
    history: list[RefundQuote] = []
    left = {line["id"]: line["quantity"] for line in lines}
    while any(left.values()):
        name = rng.choice([name for name, units in left.items() if units])
        units = rng.randint(0, left[name])
        returned = {name: units} if units else {}
        goods = refund(settlement, returned, history)
        rest = settlement.payable.minor - sum(quote.cash.minor for quote in (*history, goods))
        asked = [money(f"{rng.randint(1, min(rest, 300)) / 100:.2f} CNY")] if rest and rng.random() < 0.5 else []
        quote = refund(settlement, returned, history, money=asked)
        left[name] -= units
        history.append(quote)
        for line in quote.lines:
            assert line.goods_part.columns.get("tax", Money("0.00 CNY")).minor >= 0
    columns: dict[str, int] = {}
    for line in [line for quote in history for line in quote.lines]:
        for column, amount in line.columns.items():
            columns[column] = columns.get(column, 0) + amount.minor
    assert {name: columns.get(name, 0) for name in ("goods", "promotions", "tax")} == {
        name: getattr(settlement.totals, name).minor for name in ("goods", "promotions", "tax")
    }


def test_money_lowers_commission_and_leaves_the_platform_what_it_bore():
    """Commission falls with the price; the platform's part of an offer comes back with the goods alone."""
    off = {"id": "p", "issuer": "platform", "tiers": [{"benefit": {"type": "percent_off", "percent": "20"}}]}
    settlement = bought({"id": "a", "unit_price": "100.00 CNY", "commission_percent": "10"}, promotions=[off])
    quote = refund(settlement, {}, money=[money("8.00 CNY", "a")])
    found = payout(settlement, refunds=[quote])
    assert (str(found.shops[0].net), str(found.platform.net)) == ("82.80 CNY", "-10.80 CNY")
    rest = refund(settlement, {"a": 1}, [quote])
    assert str(rest.cash) == "72.00 CNY"
    assert str(payout(settlement, refunds=[quote, rest]).shops[0].net) == "0.00 CNY"


def test_a_deduction_is_never_more_than_the_refund_is_worth():
    """A restocking fee of 12.00 on 10.00 leaves 0.00; the way back goes as freight, without commission."""
    settlement = bought({"id": "a", "quantity": 2, "commission_percent": "10"})
    fee = Deduction(reason="restocking", amount=Money("12.00 CNY"))
    assert str(refund(settlement, {"a": 1}, deductions=[fee]).cash) == "0.00 CNY"
    way = Deduction(reason="way_back", amount=Money("3.00 CNY"), line="a", of="freight")
    quote = refund(settlement, {"a": 1}, deductions=[way])
    assert str(quote.cash) == "7.00 CNY"
    found = payout(settlement, refunds=[quote])
    assert (str(found.shops[0].net), str(found.shops[0].refunds.freight)) == ("12.00 CNY", "3.00 CNY")


def test_a_gift_that_is_kept_costs_its_stated_value():
    """A mug of 10.00 that would have to go back; it is not asked for again, and one that isn't due is refused."""
    gift = {"type": "gift", "sku": "mug", "quantity": 1}
    offer = {"id": "g", "issuer": "platform", "tiers": [{"min_amount": "100.00 CNY", "benefit": gift}]}
    settlement = bought(
        {"id": "a", "unit_price": "80.00 CNY"}, {"id": "b", "unit_price": "40.00 CNY"}, promotions=[offer]
    )
    keeps = [Deduction(reason="gift", amount=Money("10.00 CNY"), gift="mug")]
    policy = RefundPolicy(gifts="return")
    quote = refund(settlement, {"b": 1}, policy=policy, deductions=keeps)
    assert (str(quote.cash), quote.gifts, quote.kept_gifts[0].sku) == ("30.00 CNY", (), "mug")
    assert refund(settlement, {"a": 1}, [quote], policy=policy).gifts == ()
    for other in (policy, None):
        with pytest.raises(InvalidDocument) as error:
            refund(settlement, {"a": 1}, [quote], policy=other, deductions=keeps)
        assert codes(error) == [("deductions[0].gift", "refund.gift")]


def test_store_credit_takes_the_place_of_what_the_method_paid():
    """Of 100.00, of which a card paid 30.00: that goes back to the card, and of 70.00 all or a part becomes credit."""
    card = {"id": "card", "type": "gift_card", "balance": "30.00 CNY"}
    settlement = bought({"id": "a", "unit_price": "100.00 CNY"}, tenders=[card])
    quote = refund(settlement, {"a": 1}, credit=StoreCredit(id="wallet"))
    assert (str(quote.tenders[0].amount), str(quote.credit.amount), str(quote.to_method)) == (
        "30.00 CNY",
        "70.00 CNY",
        "0.00 CNY",
    )
    part = refund(settlement, {"a": 1}, credit=StoreCredit(id="wallet", amount=Money("20.00 CNY")))
    assert str(part.to_method) == "50.00 CNY"
    with pytest.raises(InvalidDocument) as error:
        refund(settlement, {"a": 1}, credit=StoreCredit(id="wallet", amount=Money("70.01 CNY")))
    assert codes(error) == [("credit.amount", "refund.left")]
    entry = entries([settlement, quote])[1]
    assert [str(each.amount) for each in entry.postings if "Store-credit" in each.account] == ["-70.00 CNY"]


def test_half_of_a_mug_is_refused_and_half_a_metre_is_not():
    """What would be right is said: whole ones, money, or `sold_by_measure`; a decimal quantity implies that."""
    with pytest.raises(InvalidDocument, match=r"return 1 or 2, give money .*sold_by_measure") as error:
        refund(bought({"id": "a", "quantity": 2}), {"a": "1.5"})
    assert codes(error) == [("returns.a", "refund.piece")]
    for silk in ({"id": "a", "quantity": 2, "sold_by_measure": True}, {"id": "a", "quantity": "1.7"}):
        settlement = bought(silk)
        assert str(refund(settlement, {"a": "1.5"}).cash) == "15.00 CNY"
        assert Settlement.from_json(settlement.to_json()) == settlement
        assert settlement.lines[0].sold_by_measure is ("sold_by_measure" in silk)


def test_sold_by_measure_is_outside_the_digest_where_it_is_not_used():
    """Stated as false it is not stated."""
    assert bought({"id": "a"}).digest == bought({"id": "a", "sold_by_measure": False}).digest
    assert bought({"id": "a"}).digest != bought({"id": "a", "sold_by_measure": True}).digest


@given(st.integers(0, 10**9))
@settings(max_examples=examples(60))
def test_given_back_in_all_is_never_more_than_was_paid(seed):
    """Of each line and in all, with money, deductions and credit in any step; accounts and journal add up."""
    rng = random.Random(seed)
    settlement = a_payable(rng, commission_percent=["10", "5"])
    history: list[RefundQuote] = []
    paid = {line.id: line.payable.minor for line in settlement.lines}
    try:
        for at, quote in enumerate(sequence(rng, settlement, money=True)):
            history.append(quote.known_as(f"r{at}"))
            assert RefundQuote.from_json(history[-1].to_json()) == history[-1]
            explain_refund(settlement, quote, None, history[:-1])
            for name in [line.id for line in quote.lines]:
                explain_refund(settlement, quote, name, history[:-1])
            assert quote.cash.minor >= 0
            assert quote.to_method.minor >= 0
            for name, most in paid.items():
                lines = [line for each in history for line in each.lines if line.id == name]
                assert 0 <= sum([line.cash.minor for line in lines]) <= most
            assert sum([each.cash.minor for each in history]) <= settlement.payable.minor
            found = payout(settlement, refunds=history)
            whole = sum([shop.net.minor for shop in found.shops]) + found.platform.net.minor + found.provider.minor
            assert whole == settlement.payable.minor - sum([each.cash.minor for each in history])
    except InvalidDocument as error:
        if error.problems[0].code != "refund.fair":
            raise
        return
    kept = sum([max(0, row.amount.minor) for each in history for row in each.deductions])
    assert sum([each.cash.minor for each in history]) == settlement.payable.minor - kept
    for entry in entries([settlement, *history]):
        assert sum([each.amount.minor for each in entry.postings]) == 0
