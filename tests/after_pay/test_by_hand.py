"""What an accountant works out with pencil and paper: the sum stands in each docstring, and was written down first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from settlement import (
    Checkout,
    Deduction,
    InvoiceRequest,
    Money,
    MoneyBack,
    PaymentMethod,
    RefundPolicy,
    RefundQuote,
    Rulebook,
    Settlement,
    StoreCredit,
    refund,
    settle,
)
from settlement.after_pay.edits import edit_order
from settlement.after_pay.invoices import invoices, red_invoices
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import Payout, PayoutPolicy, payout
from settlement.after_pay.splits import split, split_return
from settlement.audit.books.statement import HoldingPolicy, statement

FAIR = RefundPolicy(recheck="fair")
REQUEST = InvoiceRequest(title="x")
POINTS = {"points": 100, "worth": "1.00 CNY"}


def line(name: str, price: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A line of the cart, of the shop s1 where nothing else is said."""
    price = price if " " in price else f"{price} CNY"
    return {"id": name, "shop": "s1", "sku": name, "quantity": quantity, "unit_price": price} | more


def asked(*lines: dict[str, Any], day: str = "2026-11-10", **more: Any) -> Checkout:
    """A checkout of these lines."""
    currency = lines[0]["unit_price"].split()[1]
    made = {"at": f"{day}T00:00:00+08:00", "cart": {"currency": currency, "lines": list(lines)}}
    return Checkout.model_validate(made | {"address": {"region": "440305"}} | more)


def rules(**book: Any) -> Rulebook:
    """A rulebook of this."""
    return Rulebook.model_validate({"id": "r", "currency": "CNY"} | book)


def bought(*lines: dict[str, Any], **more: Any) -> Settlement:
    """A settlement: what a checkout has goes there, the rest are rules."""
    own = {name: more.pop(name) for name in ("customer", "choice", "tenders", "order", "day") if name in more}
    return settle(asked(*lines, **own), rules(**more))


def offer(name: str, *tiers: dict[str, Any], issuer: str = "platform") -> dict[str, Any]:
    """An offer of these tiers."""
    return {"id": name, "issuer": issuer, "tiers": list(tiers)}


def off(amount: str, least: str | None = None, **more: Any) -> dict[str, Any]:
    """A tier: so much off from so much on."""
    bound = {"min_amount": f"{least} CNY"} if least else {}
    return bound | {"benefit": {"type": "amount_off", "amount": f"{amount} CNY"} | more}


def percent(rate: str, **bound: Any) -> dict[str, Any]:
    """A tier: a percentage off."""
    return bound | {"benefit": {"type": "percent_off", "percent": rate}}


def post(fee: str, **more: Any) -> dict[str, Any]:
    """The freight template t: one fee up to five pieces."""
    return {"id": "t", "measure": "quantity", "zones": [{"regions": ["*"], "first": 5, "first_fee": fee}]} | more


def in_steps(settlement: Settlement, *returns: dict[str, int], policy: RefundPolicy = FAIR) -> list[str]:
    """The cash of each return after the ones before."""
    history: list[RefundQuote] = []
    for each in returns:
        history.append(refund(settlement, each, history, policy=policy))
    return [figure(quote.cash) for quote in history]


def figure(money: Money) -> str:
    """An amount without its currency."""
    return str(money.amount)


def nets(made: Payout) -> list[str]:
    """What each shop, the platform and the provider have."""
    return [*(figure(shop.net) for shop in made.shops), figure(made.platform.net), figure(made.provider)]


def goodwill(amount: str) -> list[MoneyBack]:
    """Money without goods, on the whole order."""
    return [MoneyBack(reason="late", amount=Money(f"{amount} CNY"))]


# -------------------------------------------------------------------- refunds


def test_a_ladder_of_the_shop_under_a_coupon_of_the_platform():
    """3 × 100 less 10 % less 30 = 240.00. Two cost 190.00, below the coupon's 200.00: 50.00; one costs 100.00."""
    ladder = offer("p", percent("5", min_amount="200.00 CNY"), percent("10", min_amount="300.00 CNY"), issuer="s1")
    held = {"id": "u", "coupons": ["c"]}
    settlement = bought(
        line("a", "100.00", 3), customer=held, promotions=[ladder], coupons=[offer("c", off("30.00", "200.00"))]
    )
    assert in_steps(settlement, {"a": 1}, {"a": 1}, {"a": 1}) == ["50.00", "90.00", "100.00"]


def test_three_for_a_price_under_a_coupon():
    """Three for 100, one at 40, less 10 from 100: 130.00. Three cost 90.00, two 80.00 without it, one 40.00."""
    three = offer("p", {"benefit": {"type": "bundle_price", "quantity": 3, "price": "100.00 CNY"}})
    held = {"id": "u", "coupons": ["c"]}
    settlement = bought(
        line("a", "40.00", 4), customer=held, promotions=[three], coupons=[offer("c", off("10.00", "100.00"))]
    )
    assert in_steps(settlement, *[{"a": 1}] * 4) == ["40.00", "10.00", "40.00", "40.00"]


def test_every_hundred_less_twenty_in_three_steps():
    """150 + 80 + 70 less 3 × 20 = 240.00. 230 less 40 is kept: 50.00; 150 less 20: 60.00; then 130.00."""
    every = offer("p", off("20.00", "100.00", every=True))
    settlement = bought(line("x", "150.00"), line("y", "80.00"), line("z", "70.00"), promotions=[every])
    assert in_steps(settlement, {"z": 1}, {"y": 1}, {"x": 1}) == ["50.00", "60.00", "130.00"]


def test_the_dearest_of_a_third_free_comes_back():
    """60 + 50 + 40 with the cheapest free: 110.00. 50 and 40 are kept and cost 90.00: 20.00; then 40.00 and 50.00."""
    third = offer("p", {"benefit": {"type": "nth_unit", "n": 3, "percent": "100"}})
    settlement = bought(line("a", "60.00"), line("b", "50.00"), line("c", "40.00"), promotions=[third])
    assert in_steps(settlement, {"a": 1}, {"c": 1}, {"b": 1}) == ["20.00", "40.00", "50.00"]


def test_free_shipping_of_the_template_is_lost():
    """2 × 60.00 ship free from 99.00. One costs 60.00 and 10.00 to send: 50.00; when all is back, 120.00 is."""
    template = post("10.00 CNY", free=[{"min_amount": "99.00 CNY"}])
    settlement = bought(line("a", "60.00", 2, freight_template="t"), freight_templates=[template])
    assert in_steps(settlement, {"a": 1}, {"a": 1}) == ["50.00", "70.00"]


def test_goodwill_before_a_fair_return():
    """300 less 60, 24 of goodwill: 8.00 a piece. Two cost 200.00: 40 + 16 − 24 = 32.00 goes back; then 184.00."""
    settlement = bought(line("a", "100.00", 3), promotions=[offer("p", off("60.00", "300.00"), issuer="s1")])
    history = [refund(settlement, {}, money=goodwill("24.00"))]
    for units in (1, 2):
        history.append(refund(settlement, {"a": units}, history, policy=FAIR))
    assert [figure(quote.cash) for quote in history] == ["24.00", "32.00", "184.00"]
    owed = [nets(payout(settlement, refunds=history[:steps]))[0] for steps in (1, 2, 3)]
    assert owed == ["216.00", "184.00", "0.00"]


def test_restocking_store_credit_and_a_gift_card():
    """100.00, of it 30.00 by card. 45.00 of one: 13.50 to the card, 31.50 as credit; then 15.00 and 35.00."""
    card = {"id": "card", "type": "gift_card", "balance": "30.00 CNY"}
    settlement = bought(line("a", "50.00", 2), tenders=[card])
    kept = [Deduction(reason="restocking", amount=Money("5.00 CNY"))]
    first = refund(settlement, {"a": 1}, deductions=kept, credit=StoreCredit(id="w"))
    then = refund(settlement, {"a": 1}, [first])
    assert first.credit
    assert [figure(each) for each in (first.tenders[0].amount, first.credit.amount, first.to_method)] == [
        "13.50",
        "31.50",
        "0.00",
    ]
    assert [figure(each) for each in (then.tenders[0].amount, then.to_method)] == ["15.00", "35.00"]


def test_points_paid_freight_too():
    """2 × 40 and 10 of freight less 9.00: 8.00 of goods, 1.00 of freight. 36.00, 400 points; 36 + 9, 500."""
    settlement = bought(
        line("a", "40.00", 2, freight_template="t"),
        customer={"id": "u", "points": 900},
        choice={"points": "max"},
        points=POINTS | {"covers_freight": True},
        freight_templates=[post("10.00 CNY")],
    )
    first = refund(settlement, {"a": 1})
    then = refund(settlement, {"a": 1}, [first], "return")
    assert [(figure(quote.cash), quote.points) for quote in (first, then)] == [("36.00", 400), ("45.00", 500)]


def test_tax_on_top_piece_by_piece():
    """3 × 9.99 and 5.69 of tax are 35.66: ⌊35.66 × k ÷ 3⌋ is 11.88, 23.77, 35.66."""
    settlement = bought(line("a", "9.99", 3), taxes=[{"prices": "without", "rates": [{"percent": "19"}]}])
    assert in_steps(settlement, *[{"a": 1}] * 3) == ["11.88", "11.89", "11.89"]


# ---------------------------------------------------------------------- edits


def test_an_order_is_changed_refunded_and_changed_again():
    """2 × 40 less 10 % = 72; one more 40; one back −40; one kept costs 40 anew: −32; one more 40; both 80."""
    book = rules(promotions=[offer("two", percent("10", min_quantity=2), issuer="s1")])
    paid = settle(asked(line("m", "40.00", 2)), book)
    more = edit_order(paid, asked(line("m", "40.00", 3), day="2026-11-11"), book, policy=FAIR, id="E1")
    back = more.refund({"m": 1}, id="R1", policy=FAIR)
    fewer = edit_order(back, asked(line("m", "40.00"), day="2026-11-12"), book, policy=FAIR, id="E2")
    again = edit_order(fewer, asked(line("m", "40.00", 2), day="2026-11-13"), book, policy=FAIR, id="E3")
    none = again.refund({"m": 2}, id="R2", policy=FAIR)
    differences = [figure(each.difference) for each in (more, back, fewer, again, none)]
    assert differences == ["40.00", "-40.00", "-32.00", "40.00", "-80.00"]


def test_an_exchange_under_tax_on_top():
    """100.00 with 13.00 goes, 200.00 with 26.00 comes: 113.00 is to collect."""
    book = rules(taxes=[{"prices": "without", "rates": [{"percent": "13"}]}])
    made = edit_order(settle(asked(line("a", "100.00")), book), asked(line("b", "200.00")), book)
    assert [(row.line, figure(row.collect), figure(row.give_back)) for row in made.lines] == [
        ("a", "0.00", "113.00"),
        ("b", "226.00", "0.00"),
    ]
    assert (figure(made.collect), figure(made.give_back)) == ("113.00", "0.00")


# ----------------------------------------------------- payouts, splits, months


def test_two_funders_and_a_fair_return_of_one_shop():
    """90 + 100 less 20 = 170. s2's goods come back; the rest costs 90, so 80 goes back: the platform bears nothing."""
    settlement = bought(
        line("a", "100.00"),
        line("b", "100.00", shop="s2"),
        promotions=[offer("o", off("10.00", "100.00"), issuer="s1"), offer("p", off("20.00", "190.00"))],
    )
    back = refund(settlement, {"b": 1}, policy=FAIR)
    assert figure(back.cash) == "80.00"
    assert nets(payout(settlement, refunds=[back])) == ["90.00", "0.00", "0.00", "0.00"]


def test_the_tier_of_a_commission_is_that_of_the_sale():
    """5 % of 1200.00 from 1000.00 on, 60.00; one of two comes back and half of that, 30.00, not 8 % of 600.00."""
    tiers = [{"min_amount": "0.00 CNY", "percent": "8"}, {"min_amount": "1000.00 CNY", "percent": "5"}]
    policy = PayoutPolicy.model_validate({"commissions": [{"id": "t", "tiers": tiers}]})
    settlement = bought(line("a", "600.00", 2))
    assert nets(payout(settlement, policy)) == ["1140.00", "60.00", "0.00"]
    assert nets(payout(settlement, policy, [refund(settlement, {"a": 1})])) == ["570.00", "30.00", "0.00"]


def test_a_referrer_with_a_least_a_piece():
    """2 % of 100.00, at least 1.50 a piece, is 3.00; 1.50 of the one that stays."""
    referrer = {"id": "ann", "receiver": "ann", "percent": "2", "min_per_piece": "1.50 CNY"}
    policy = PayoutPolicy.model_validate({"commissions": [referrer]})
    settlement = bought(line("a", "50.00", 2))
    both = payout(settlement, policy), payout(settlement, policy, [refund(settlement, {"a": 1})])
    assert [(nets(made)[0], figure(made.receivers[0].amount)) for made in both] == [
        ("97.00", "3.00"),
        ("48.50", "1.50"),
    ]


@pytest.mark.parametrize(("kept", "owed"), [("return", ["0.00", "6.40"]), ("keep", ["-3.20", "9.60"])])
def test_a_charge_of_each_of_three_shops(kept, owed):
    """2.9 % and 0.30 of three at 100.00 are 9.60; one is all back, and its 3.20 come back or are the shop's to bear."""
    settlement = bought(*[line(shop, "100.00", shop=shop) for shop in ("s1", "s2", "s3")])
    method = PaymentMethod(id="c", percent=Decimal("2.9"), fixed=Money("0.30 CNY"), borne_by="merchant", fee_per="shop")
    assert nets(payout(settlement, method=method)) == ["96.80", "96.80", "96.80", "0.00", "9.60"]
    policy = PayoutPolicy.model_validate({"payment_fee_on_refund": kept})
    made = nets(payout(settlement, policy, [refund(settlement, {"s1": 1})], method=method))
    assert made == [owed[0], "96.80", "96.80", "0.00", owed[1]]


def test_goodwill_out_of_what_was_split():
    """90.00 of 100.00 went to the shop. Of 20.00 goodwill 18.00 come back from it, of the rest 72.00: all it got."""
    settlement = bought(line("a", "50.00", 2, commission_percent="10"))
    sent = split(settlement, payout(settlement), {"s1": "1"})
    kind = refund(settlement, {}, money=goodwill("20.00"))
    rest = refund(settlement, {"a": 2}, [kind])
    first = split_return(sent, kind, payout(settlement, refunds=[kind]))
    then = split_return(sent, rest, payout(settlement, refunds=[kind, rest]), [first])
    assert [figure(each.shares[0].amount) for each in (sent, first, then)] == ["90.00", "18.00", "72.00"]


def test_a_shop_is_owed_more_than_was_captured():
    """100.00 less 5 % is 95.00 for the shop; a coupon of the platform left 80.00 to capture, and no more is split."""
    settlement = bought(
        line("a", "100.00", commission_percent="5"),
        customer={"id": "u", "coupons": ["c"]},
        coupons=[offer("c", off("20.00"))],
    )
    made = payout(settlement)
    assert nets(made) == ["95.00", "-15.00", "0.00"]
    sent = split(settlement, made, {"s1": "1"})
    assert (figure(sent.shares[0].amount), figure(sent.kept)) == ("80.00", "0.00")


def test_a_balance_below_zero_is_carried_into_the_next_month():
    """90.00 was paid out, all comes back in December: −90.00, nothing held; 27.00 of a sale in January: −63.00."""
    sold = bought(line("a", "50.00", 2, commission_percent="10"), order="A-1")
    back = refund(sold, {"a": 2}, id="R", at="2026-12-03T10:00:00+08:00")
    next_one = bought(line("b", "30.00", commission_percent="10"), order="A-2", day="2027-01-05")
    sent = Movement(
        id="m", kind="to_shop", at="2026-11-30T10:00:00+08:00", currency="CNY", amount="90.00 CNY", shop="s1"
    )
    sources = [
        sold,
        payout(sold, at="2026-11-11T10:00:00+08:00"),
        sent,
        back,
        payout(sold, refunds=[back], at="2026-12-03T10:00:00+08:00"),
        next_one,
        payout(next_one, at="2027-01-06T10:00:00+08:00"),
    ]
    holding = HoldingPolicy(release_days=7, reserve_percent=Decimal(10), reserve_days=30)
    completed = {"A-1": "2026-11-12T10:00:00+08:00", "A-2": "2027-01-07T10:00:00+08:00"}
    months = [("2026-11-01", "2026-11-30"), ("2026-12-01", "2026-12-31"), ("2027-01-01", "2027-01-31")]
    made = [statement("s1", sources, *month, policy=holding, completed=completed) for month in months]
    assert [(figure(each.opening), figure(each.closing)) for each in made] == [
        ("0.00", "0.00"),
        ("0.00", "-90.00"),
        ("-90.00", "-63.00"),
    ]
    assert [(figure(each.held), figure(each.reserve)) for each in made] == [("0.00", "0.00")] * 3


# ------------------------------------------------------------------- invoices


def reds(settlement: Settlement, *quotes: RefundQuote) -> list[tuple[str, str]]:
    """The amount and the tax of the red invoice of each step."""
    blue = invoices(settlement, REQUEST)
    made = [red for step, quote in enumerate(quotes) for red in red_invoices(settlement, blue, quote, quotes[:step])]
    return [(figure(each.amount), figure(each.tax)) for each in made]


def test_goodwill_over_two_rates_in_red():
    """113 at 13 % and 109 at 9 %: 22.20 is 11.30 with 1.30 and 10.90 with 0.90; the rest has 11.70 and 8.10 of tax."""
    settlement = bought(line("a", "113.00", tax_percent="13"), line("b", "109.00", tax_percent="9"))
    kind = refund(settlement, {}, money=goodwill("22.20"))
    rest = refund(settlement, {"a": 1, "b": 1}, [kind])
    assert reds(settlement, kind, rest) == [("-22.20", "-2.20"), ("-199.80", "-19.80")]


def test_a_fair_return_in_red():
    """270.00 with 31.06 of 13 %; one back: 200.00 stay, with 23.01, so −70.00 with −8.05; then the two, −23.01."""
    settlement = bought(
        line("a", "100.00", 3, tax_percent="13"), promotions=[offer("p", percent("10", min_quantity=3), issuer="s1")]
    )
    first = refund(settlement, {"a": 1}, policy=FAIR)
    then = refund(settlement, {"a": 2}, [first], policy=FAIR)
    assert reds(settlement, first, then) == [("-70.00", "-8.05"), ("-200.00", "-23.01")]


def test_yen_in_red():
    """3 × ¥100 hold 22.2 at 8 %: 22. Of one 7.4, of two 14.8, of all 22: 7, 8 and 7."""
    settlement = bought(line("a", "100 JPY", 3, tax_percent="8"), currency="JPY")
    quotes: list[RefundQuote] = []
    for _ in range(3):
        quotes.append(refund(settlement, {"a": 1}, quotes))
    assert reds(settlement, *quotes) == [("-100", "-7"), ("-100", "-8"), ("-100", "-7")]


def test_tax_on_freight_by_line_and_by_row():
    """20 + 60, 8 by pieces, 19 %: of freight's 1.52 by goods 0.38 is a's. b back: 28.18 stay, with 3.80 and 0.38.

    By the invoices they hold 3.80, and 0.70 for freight: it is 4.38 of 9.52 that hold 1.52. 4.50 in all.
    """
    settlement = bought(
        line("a", "20.00", freight_template="t"),
        line("b", "60.00", freight_template="t"),
        taxes=[{"prices": "without", "rates": [{"percent": "19"}]}],
        freight_templates=[post("8.00 CNY")],
    )
    back = refund(settlement, {"b": 1}, freight="return")
    rest = refund(settlement, {"a": 1}, [back], "return")
    blue = invoices(settlement, REQUEST)[0].tax
    assert (figure(settlement.payable), figure(back.cash), figure(blue)) == ("104.72", "76.54", "16.72")
    assert reds(settlement, back, rest) == [("-76.54", "-12.22"), ("-28.18", "-4.50")]
    taxes = [payout(settlement, PayoutPolicy(tax="platform"), refunds=each) for each in ([back], [back, rest])]
    assert [figure(made.platform.tax or Money("0.00 CNY")) for made in taxes] == ["4.18", "0.00"]
