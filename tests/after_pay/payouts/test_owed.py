"""Payouts and sub-orders: every cent of an order is somebody's, and a refunded order is nobody's."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns import a_payable, parts, refunded, sequence
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, everything, problems, settled
from settlement import InvoiceRequest, Money, PaymentMethod, RefundPolicy, Settlement, refund
from settlement.after_pay.invoices.invoice import invoices
from settlement.after_pay.payments.options import payment_items
from settlement.after_pay.payments.paid import payment_demand
from settlement.after_pay.payouts.accounts import Payout, PlatformAccount, ShopAccount
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.payouts.sub_orders import SubOrder, split_orders
from settlement.explanations import explain_payout
from thorough import examples

PERCENTS = {"commission_percent": ["5", "0.6", "12.5", "100", "33.3333"]}
CHOICES = {
    "commission_basis": ["earned", "paid"],
    "commission_on_freight": [False, True],
    "commission_per": ["line", "shop"],
    "rounding": ["half_up", "half_even", "half_down", "down", "up"],
    "buyer_fee": ["platform", "shop"],
    "round_total": ["platform", "shop"],
}


def a_policy(rng):
    """Any policy under which refunds give commission and fee back."""
    return PayoutPolicy.model_validate({name: rng.choice(values) for name, values in CHOICES.items()})


def a_method(rng, settlement):
    """A payment method that the merchant, or now and then the buyer, bears."""
    least = Money.of_minor(10, settlement.currency)
    return PaymentMethod(id="m", percent="0.6", min=str(least), borne_by=rng.choice(["merchant", "merchant", "buyer"]))


# ------------------------------------------------------------------ laws


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_every_minor_unit_is_somebodys(seed):
    """Shops, platform and provider together have what was paid less what was paid back, after every refund."""
    rng = random.Random(seed)
    settlement = a_payable(rng, **PERCENTS)
    policy, method, history = a_policy(rng), a_method(rng, settlement), []
    for quote in [None, *sequence(rng, settlement)]:
        history += [quote] if quote is not None else []
        found = payout(settlement, policy, history, method)
        nets = found.platform.net.minor + found.provider.minor + sum(shop.net.minor for shop in found.shops)
        assert nets == settlement.payable.minor - sum(each.cash.minor for each in history)
        assert Payout.from_json(found.to_json()) == found


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_a_fully_refunded_order_leaves_every_account_at_zero(seed):
    """Not only the nets: every row of every account, whatever came back in which order."""
    rng = random.Random(seed)
    settlement = a_payable(rng, **PERCENTS)
    policy, method = a_policy(rng), a_method(rng, settlement)
    found = payout(settlement, policy, list(sequence(rng, settlement)), method)
    for shop in found.shops:
        for name in ShopAccount.model_fields:
            before, back = getattr(shop.sale, name), getattr(shop.refunds, name)
            seldom = {"tax", "fee_difference", "referrals"}
            assert before is back is None if name in seldom else not before + back, name
    assert not any(getattr(found.platform, name) for name in PlatformAccount.model_fields)
    assert not found.provider
    assert found.refunded == found.paid


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_a_commission_of_all_is_what_the_shop_earned_or_the_buyer_paid(seed):
    """At 100 % it is that after every refund, with what was charged back; but for a fen a line that floors leave."""
    rng = random.Random(seed)
    settlement = a_payable(rng)
    document = settlement.to_dict()
    for line in document["lines"]:
        line["commission_percent"] = "100"
    settlement = Settlement.from_json(json.dumps(document))
    basis, per = rng.choice(["earned", "paid"]), rng.choice(["line", "shop"])
    policy = PayoutPolicy(commission_basis=basis, commission_per=per, commission_on_freight=True)
    history = []
    for quote in sequence(rng, settlement):
        history.append(quote)
        for shop in payout(settlement, policy, history).shops:
            accounts = (shop.sale, shop.refunds)
            earned = sum(each.goods.minor + each.own_offers.minor + each.freight.minor for each in accounts)
            if basis == "paid":
                earned -= sum(each.platform_offers.minor + each.points.minor for each in accounts)
            commission = -sum(each.commission.minor for each in accounts)
            assert abs(commission - earned) <= len(settlement.lines)
            assert commission <= -shop.sale.commission.minor or any(each.charges for each in history)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_a_fee_moves_no_further_than_what_was_paid(seed):
    """What comes back of a shop's fee, or below 0 is a further one, is at most in proportion to its cash."""
    rng = random.Random(seed)
    settlement = a_payable(rng)
    method = PaymentMethod(id="m", percent=rng.choice(["0.6", "3"]), borne_by="merchant")
    shop_of, history = {line.id: line.shop for line in settlement.lines}, []
    for quote in sequence(rng, settlement):
        history.append(quote)
        for stated, shop in zip(settlement.shops, payout(settlement, None, history, method).shops, strict=True):
            rows = [(line.id, line.cash.minor) for each in history for line in each.lines]
            rows += [(charge.line, -charge.amount.minor) for each in history for charge in each.charges]
            cash = sum(amount for line, amount in rows if shop_of[line] == shop.shop)
            fee, back = -shop.sale.payment_fee.minor, shop.refunds.payment_fee.minor
            assert back * cash >= 0
            assert abs(back) * stated.payable.minor <= fee * abs(cash)


ROWS = ("goods", "own_offers", "freight", "buyer_fee", "commission", "payment_fee", "platform_offers", "points")


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_a_refund_takes_back_no_more_of_a_row_than_the_sale_brought(seed):
    """After every refund each row of each account lies between 0 and its sale, and never goes back; kept ones stay."""
    rng = random.Random(seed)
    settlement = a_payable(rng, **PERCENTS)
    policy, method = a_policy(rng), a_method(rng, settlement)
    keep = rng.choice(["keep", "return"])
    policy = policy.model_copy(update={"commission_on_refund": keep, "payment_fee_on_refund": keep})
    before = None
    history = refunded(settlement, parts(rng, settlement), rng.choice(["keep", "return", "parcel"]), RefundPolicy())
    for end in range(len(history) + 1):
        found = payout(settlement, policy, history[:end], method)
        for shop in found.shops:
            for name in ROWS:
                sale, left = (getattr(each, name).minor for each in (shop.sale, shop.refunds))
                assert 0 <= abs(left) <= abs(sale), name
                assert left * sale <= 0, name
                assert keep == "return" or name not in {"commission", "payment_fee"} or not left
                if before is not None:
                    assert abs(left) >= abs(getattr(before.shop(shop.shop).refunds, name).minor), name
        before = found


@given(st.integers(0, 2**32))
@settings(max_examples=examples(80))
def test_the_order_of_refunds_does_not_matter_to_a_payout(seed):
    """The same parts in another order leave the same accounts, row by row; they are other refunds, and named so."""
    rng = random.Random(seed)
    settlement = a_payable(rng, **PERCENTS)
    policy, method, returns = a_policy(rng), a_method(rng, settlement), parts(rng, settlement)
    freight = rng.choice(["keep", "parcel"])
    one, other = (
        payout(settlement, policy, refunded(settlement, each, freight, RefundPolicy()), method)
        for each in (returns, rng.sample(returns, len(returns)))
    )
    assert one.model_copy(update={"covered": other.covered}) == other


@given(st.integers(0, 2**32))
@settings(max_examples=examples(80))
def test_what_a_shop_earns_was_paid_by_buyer_and_platform(seed):
    """Goods, own offers and freight are the shop's payable without fee and rounding, its platform offers and points."""
    rng = random.Random(seed)
    settlement = a_payable(rng, **PERCENTS)
    found = payout(settlement, a_policy(rng), (), a_method(rng, settlement))
    for stated, shop in zip(settlement.shops, found.shops, strict=True):
        sale = shop.sale
        by_buyer = stated.payable - stated.payment_fee - stated.rounding
        assert sale.goods + sale.own_offers + sale.freight == by_buyer + sale.platform_offers + sale.points
        assert max(sale.own_offers.minor, sale.commission.minor, sale.payment_fee.minor) <= 0
    bears = sum(-share.minor for each in settlement.adjustments for share in each.platform.values())
    assert -(found.platform.platform_offers + found.platform.points).minor == bears


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_sub_orders_add_up_to_the_settlement(seed):
    """Columns, due, lines, shares of every adjustment, platform's parts, parcels, gifts and points."""
    settlement = a_payable(random.Random(seed))
    orders = split_orders(settlement)
    assert [order.shop for order in orders] == [shop.shop for shop in settlement.shops]
    for name, total in zip(settlement.totals._fields, settlement.totals, strict=True):
        assert sum(order.totals.minor(name) for order in orders) == total.minor
    assert sum(order.due.minor for order in orders) == settlement.due.minor
    for at, tender in enumerate(settlement.tenders):
        assert {order.tenders[at].id for order in orders} == {tender.id}
        assert sum(order.tenders[at].amount.minor for order in orders) == tender.amount.minor
    for order in orders:
        shares = [order.due.minor, *[each.amount.minor for each in order.tenders]]
        assert min(shares) >= 0
        assert sum(shares) == order.totals.payable.minor
    assert sum(order.points.used for order in orders) == settlement.points.used
    if orders:
        assert sum(order.points.earned for order in orders) == settlement.points.earned
    rows = [each for order in orders for each in order.adjustments]
    for adjustment in settlement.adjustments:
        parts = [
            each
            for each in rows
            if (each.stage, each.rule) == (adjustment.stage, adjustment.rule)
            and each.shares.keys() <= adjustment.shares.keys()
        ]
        for name in ("shares", "platform"):
            joined = {}
            for part in parts:
                joined |= getattr(part, name)
            assert joined.items() >= getattr(adjustment, name).items()
    for each in rows:
        assert sum(share.minor for share in each.shares.values()) == each.amount.minor
    assert sum(len(order.parcels) for order in orders) == len(settlement.parcels)
    assert sum(len(order.gifts) for order in orders) == len(settlement.gifts)
    for order in orders:
        assert SubOrder.model_validate_json(order.model_dump_json()) == order


# ------------------------------------------------------------------ by hand


def two_shops(**fields):
    """Shop s1 sells 100.00 with 10 % off of its own, s2 50.00; the platform takes 20.00 off; points pay 3.00."""
    return settled(
        a_checkout(
            a_line("a", "100.00", commission_percent="5"),
            a_line("b", "50.00", shop="s2", commission_percent="10"),
            customer={"points": 300},
            choice={"points": "max"},
        ),
        a_rulebook(
            promotions=[
                an_offer("own", {"type": "percent_off", "percent": "10"}, issuer="s1"),
                an_offer("ours", {"type": "amount_off", "amount": "20.00 CNY"}),
            ],
            points={"points": 100, "worth": "1.00 CNY"},
        )
        | fields,
    )


def test_the_platform_pays_the_shops_what_its_offers_took_off():
    """s1 earns 90.00, s2 50.00: commissions 4.50 and 5.00; the platform has them less its 20.00 and 3.00 of points."""
    found = payout(two_shops())
    first, second = (shop.sale for shop in found.shops)
    assert (str(first.goods), str(first.own_offers), str(first.commission), str(first.net)) == (
        "100.00 CNY",
        "-10.00 CNY",
        "-4.50 CNY",
        "85.50 CNY",
    )
    assert str(second.net) == "45.00 CNY"
    assert str(first.platform_offers + second.platform_offers) == "20.00 CNY"
    assert str(first.points + second.points) == "3.00 CNY"
    assert (str(found.platform.net), str(found.paid)) == ("-13.50 CNY", "117.00 CNY")


def test_a_commission_on_what_was_paid_leaves_out_what_the_platform_paid():
    """Of 117.00: s1 paid 75.21 and s2 41.79 in cash; 5 % and 10 % of that."""
    settlement = two_shops()
    cash = [str(line.payable) for line in settlement.lines]
    found = payout(settlement, PayoutPolicy(commission_basis="paid"))
    assert cash == ["75.21 CNY", "41.79 CNY"]
    assert [str(shop.sale.commission) for shop in found.shops] == ["-3.76 CNY", "-4.18 CNY"]


def test_a_commission_is_rounded_once_a_line_or_once_a_shop():
    """Three lines of 0.10 at 5 % are 0.005 each: 0.03 by line under half_up, 0.02 by shop; down they are 0.00, 0.01."""
    lines = [a_line(name, "0.10", commission_percent="5") for name in "abc"]
    settlement = settled(a_checkout(*lines))
    expected = {("line", "half_up"): 3, ("shop", "half_up"): 2, ("line", "down"): 0, ("shop", "down"): 1}
    for (per, mode), amount in expected.items():
        found = payout(settlement, PayoutPolicy(commission_per=per, rounding=mode))
        assert found.platform.commission.minor == amount


def test_freight_bears_commission_where_the_policy_says_so():
    """10 % of 10.00 and 8.00."""
    lines = a_line(freight_template="t1", commission_percent="10")
    settlement = settled(a_checkout(lines), a_rulebook(freight_templates=[a_template()]))
    assert str(payout(settlement).platform.commission) == "1.00 CNY"
    assert str(payout(settlement, PayoutPolicy(commission_on_freight=True)).platform.commission) == "1.80 CNY"


def test_a_fee_that_the_merchant_bears_is_spread_by_what_was_paid():
    """P_actual = P_amount - P_fee: 1 % of 117.00 is 1.17, 0.75 and 0.42 of it by what each was paid."""
    card = PaymentMethod(id="card", percent="1", borne_by="merchant")
    found = payout(two_shops(), method=card)
    assert str(found.provider) == "1.17 CNY"
    assert [str(shop.sale.payment_fee) for shop in found.shops] == ["-0.75 CNY", "-0.42 CNY"]
    assert payout(two_shops(), method=card.model_copy(update={"borne_by": "buyer"})).provider == Money("0.00 CNY")


def test_the_provider_takes_its_fee_of_what_it_handles():
    """10.00, 6.00 of them by gift card: 1 % of 4.00."""
    cards = [{"id": "g", "type": "gift_card", "balance": "6.00 CNY"}]
    card = PaymentMethod(id="card", percent="1", borne_by="merchant")
    assert str(payout(settled(a_checkout(tenders=cards)), method=card).provider) == "0.04 CNY"


@pytest.mark.parametrize("to", ["platform", "shop"])
def test_the_buyers_fee_and_the_rounding_are_whose_the_policy_says(to):
    """The fee column and the rounding column go to the platform, or to the shops whose lines bear them."""
    settlement = settled(*everything())
    found = payout(settlement, PayoutPolicy(buyer_fee=to, round_total=to))
    fee, rounding = settlement.totals.payment_fee, settlement.totals.rounding
    assert fee
    assert rounding
    theirs = sum(shop.sale.buyer_fee.minor for shop in found.shops)
    dropped = sum(shop.sale.rounding.minor for shop in found.shops)
    assert (theirs, dropped) == ((fee.minor, rounding.minor) if to == "shop" else (0, 0))
    assert (found.platform.buyer_fee, found.platform.rounding) == (
        (Money("0.00 CNY"), Money("0.00 CNY")) if to == "shop" else (fee, rounding)
    )


def test_a_refund_mirrors_a_payout_in_part():
    """Half of s1's line back: half of all that it was, down; s2 is untouched, and the platform gets its part back."""
    settlement = two_shops()
    settlement = settled(
        a_checkout(a_line("a", "50.00", quantity=2, commission_percent="5"), a_line("b", "50.00", shop="s2")),
        a_rulebook(promotions=[an_offer("ours", {"type": "amount_off", "amount": "30.00 CNY"})]),
    )
    before, after = payout(settlement), payout(settlement, refunds=[refund(settlement, {"a": 1})])
    assert str(before.shops[0].net) == "95.00 CNY"
    assert (str(after.shops[0].refunds.net), str(after.shops[0].net)) == ("-47.50 CNY", "47.50 CNY")
    assert after.shops[1] == before.shops[1]
    assert str(after.platform.platform_offers) == "-20.00 CNY"
    assert (str(after.refunded), str(after.platform.commission)) == ("40.00 CNY", "2.50 CNY")


def test_what_comes_back_of_commission_and_fee_is_rounded_down():
    """Of a commission of 0.50 and a fee of 0.10 a third is 0.16 and 0.03; with the next third it is 0.33 and 0.06."""
    card = PaymentMethod(id="card", percent="1", borne_by="merchant")
    settlement = settled(a_checkout(a_line(quantity=3, price="3.33", commission_percent="5")))
    history, found = [], []
    for _ in range(3):
        history.append(refund(settlement, {"a": 1}, history))
        back = payout(settlement, refunds=history, method=card).shops[0].refunds
        found.append((str(back.commission), str(back.payment_fee)))
    assert found == [("0.16 CNY", "0.03 CNY"), ("0.33 CNY", "0.06 CNY"), ("0.50 CNY", "0.10 CNY")]


def test_commission_and_fee_may_stay_where_they_are():
    """Some malls and most providers keep them: the order then costs the shop what they are."""
    card = PaymentMethod(id="card", percent="1", borne_by="merchant")
    settlement = settled(a_checkout(a_line("a", "100.00", commission_percent="5")))
    keep = PayoutPolicy(commission_on_refund="keep", payment_fee_on_refund="keep")
    found = payout(settlement, keep, [refund(settlement, {"a": 1})], card)
    assert (str(found.shops[0].net), str(found.platform.net), str(found.provider)) == (
        "-6.00 CNY",
        "5.00 CNY",
        "1.00 CNY",
    )


def test_what_is_charged_back_goes_to_who_bore_the_offer():
    """28.57 are charged back, 40 % of it the platform's: the shop has its 200.00, the platform has paid nothing."""
    tier = {"min_amount": "300.00 CNY", "benefit": {"type": "amount_off", "amount": "50.00 CNY"}}
    offer = an_offer("m300", issuer="s1", tiers=[tier], platform_share="40")
    settlement = settled(a_checkout(a_line("a", "200.00"), a_line("b", "150.00")), a_rulebook(promotions=[offer]))
    quote = refund(settlement, {"b": 1}, policy=RefundPolicy(recheck="thresholds"))
    found = payout(settlement, refunds=[quote])
    assert (str(found.shops[0].net), str(found.platform.net)) == ("200.00 CNY", "0.00 CNY")


def two_lines(issuer, price="100.00", **scope):
    """a and b at 100.00 with 10 % of commission; 50.00 off from 200.00, and b comes back: a is kept at its price."""
    tier = {"min_amount": "200.00 CNY", "benefit": {"type": "amount_off", "amount": "50.00 CNY"}}
    offer = an_offer("p", issuer=issuer, tiers=[tier], **scope)
    lines = [a_line(name, price, sku=name, commission_percent="10") for name in "ab"]
    settlement = settled(a_checkout(*lines), a_rulebook(promotions=[offer]))
    return settlement, refund(settlement, {"b": 1}, policy=RefundPolicy(recheck="thresholds"))


@pytest.mark.parametrize(("issuer", "basis"), [("s1", "earned"), ("s1", "paid"), ("platform", "paid")])
@pytest.mark.parametrize("per", ["line", "shop"])
def test_the_commission_is_on_what_is_charged_back_too(issuer, basis, per):
    """a was sold for 100.00 in the end, so that its commission is 10.00; a platform's offer never lowered `earned`."""
    settlement, quote = two_lines(issuer)
    found = payout(settlement, PayoutPolicy(commission_basis=basis, commission_per=per), [quote])
    assert (str(found.shops[0].sale.commission), str(found.platform.commission)) == ("-15.00 CNY", "10.00 CNY")
    settlement, quote = two_lines("platform")
    found = payout(settlement, PayoutPolicy(commission_per=per), [quote])
    assert (str(found.shops[0].sale.commission), str(found.platform.commission)) == ("-20.00 CNY", "10.00 CNY")


@pytest.mark.parametrize("per", ["line", "shop"])
def test_what_was_free_and_is_charged_bears_its_commission(per):
    """b is free from 100.00 of a on; a comes back, b is charged 50.00: 10 % of that, and nothing once b is back."""
    tier = {"min_amount": "100.00 CNY", "benefit": {"type": "percent_off", "percent": "100"}}
    offer = an_offer("free", tiers=[tier], scope={"skus": ["b"]}, condition_scope={"skus": ["a"]}, platform_share="0")
    lines = [a_line("a", "150.00", sku="a"), a_line("b", "50.00", sku="b", shop="s2", commission_percent="10")]
    settlement = settled(a_checkout(*lines), a_rulebook(promotions=[offer]))
    policy = PayoutPolicy(commission_per=per)
    first = refund(settlement, {"a": 1}, policy=RefundPolicy(recheck="thresholds"))
    assert str(payout(settlement, policy, [first]).platform.commission) == "5.00 CNY"
    assert "further commission" in str(explain_payout(settlement, "s2", policy, [first]))
    over = payout(settlement, policy, [first, refund(settlement, {"b": 1}, [first])])
    assert str(over.platform.commission) == "0.00 CNY"


def test_freight_charged_back_bears_commission_where_freight_does():
    """Freight of 8.00 is free from two on; one comes back, 4.00 of it are charged: not a fen, or 10 % of it."""
    tier = {"min_quantity": 2, "benefit": {"type": "freight_off"}}
    line = a_line(quantity=2, freight_template="t1", commission_percent="10")
    rules = a_rulebook(freight_templates=[a_template()], promotions=[an_offer("p", issuer="s1", tiers=[tier])])
    settlement = settled(a_checkout(line), rules)
    quote = refund(settlement, {"a": 1}, policy=RefundPolicy(recheck="thresholds"))
    charged = sum(charge.amount.minor for charge in quote.charges)
    assert charged > 0
    for on_freight in (False, True):
        found = payout(settlement, PayoutPolicy(commission_on_freight=on_freight, commission_per="shop"), [quote])
        assert found.platform.commission.minor == 100 + charged * on_freight // 10


def test_a_part_worth_nothing_raises_no_commission():
    """Two columns of a part are rounded each down, so that what is left of them may be -0.01; no commission of it."""
    settlement = a_payable(
        random.Random(800099),
        commission_percent=["0", "5", "12.5", "100", "33.3333"],
        tax_percent=["0", "6", "9", "13"],
    )
    policy = PayoutPolicy(commission_basis="paid", commission_on_freight=True, commission_per="shop", rounding="up")
    history = [*sequence(random.Random(61), settlement)][:2]
    assert not any(each.charges for each in history)
    assert all(shop.refunds.commission.minor >= 0 for shop in payout(settlement, policy, history).shops)


def test_a_further_fee_is_rounded_down_and_called_so():
    """What is charged in s1 raises its fee in proportion and down, and no story calls that a fee given back."""
    tier = {"min_amount": "150.00 CNY", "benefit": {"type": "amount_off", "amount": "20.00 CNY"}}
    offer = an_offer("c", issuer="platform", tiers=[tier])
    lines = (a_line("a", "120.25"), a_line("b", "80.00", shop="s2"))
    settlement = settled(a_checkout(*lines), a_rulebook(promotions=[offer]))
    method = PaymentMethod(id="m", percent="1", borne_by="merchant")
    quote = refund(settlement, {"b": 1}, policy=RefundPolicy(recheck="thresholds"))
    back = payout(settlement, None, [quote], method).shops[0].refunds
    fee, paid = payout(settlement, method=method).shops[0].sale.payment_fee.minor, settlement.shops[0].payable.minor
    charged = quote.charges[0].amount.minor
    assert -fee * charged % paid
    assert -back.payment_fee.minor == -fee * charged // paid
    story = explain_payout(settlement, "s1", None, [quote], method)
    assert [step.code for step in story.steps if step.code.startswith("fee_")] == ["fee_share", "fee_further"]
    assert "further fee of the provider, by the cash: 0 − down(" in str(story)


def test_a_gift_is_sent_by_the_shop_of_the_first_line_that_it_was_given_for():
    """The mug is for s2's line, though s1 stands first."""
    mug = an_offer("p1", {"type": "gift", "sku": "mug", "quantity": 1}, scope={"skus": ["z"]})
    checkout = a_checkout(a_line("a"), a_line("b", sku="z", shop="s2"))
    orders = split_orders(settled(checkout, a_rulebook(promotions=[mug])))
    assert [[gift.sku for gift in order.gifts] for order in orders] == [[], ["mug"]]


# ------------------------------------------------------------------ misuse


def test_refunds_of_another_settlement_are_refused():
    """A payout is of one settlement."""
    quote = refund(settled(a_checkout(a_line(quantity=2))), {"a": 1})
    with pytest.raises(ValueError, match="another settlement"):
        payout(settled(a_checkout()), refunds=[quote])


@pytest.mark.parametrize(
    "place", [("paid",), ("provider",), ("platform", "net"), ("shops", 0, "net"), ("shops", 0, "sale", "goods")]
)
def test_a_stored_payout_with_a_wrong_sum_is_refused(place):
    """A cent more anywhere contradicts the rest."""
    document = json.loads(payout(two_shops()).to_json())
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = str(Money(inner[place[-1]]) + Money("0.01 CNY"))
    assert {code for _, code in problems(lambda: Payout.from_json(json.dumps(document)))} == {"value.invalid"}


TAMPERED_PAYOUTS = {
    "commission": [("platform", "commission", "0.01"), ("platform", "platform_offers", "-0.01")],
    "offers": [("shops", 0, "sale", "platform_offers", "900.00")],
    "points": [("shops", 0, "sale", "points", "-0.01")],
    "provider": [("provider", "1.00"), ("paid", "1.00")],
}


def tamper(document, changes):
    """Amounts of a document changed by so much, by their places."""
    for *path, last, amount in changes:
        inner = document
        for step in path:
            inner = inner[step]
        inner[last] = str(Money(inner[last]) + Money(f"{amount} CNY"))
    return document


@pytest.mark.parametrize("name", TAMPERED_PAYOUTS)
def test_a_stored_payout_whose_accounts_disagree_is_refused(name):
    """The platform's rows are the shops', the provider's fee is some shop's, and each shop stands once."""
    document = tamper(json.loads(payout(two_shops()).to_json()), TAMPERED_PAYOUTS[name])
    assert {code for _, code in problems(lambda: Payout.from_json(json.dumps(document)))} == {"value.invalid"}


def test_a_shop_twice_in_a_stored_payout_is_refused():
    """Even where all sums are those of both."""
    document = json.loads(payout(two_shops(points=None)).to_json())
    free = json.loads(payout(settled(a_checkout(a_line(price="0.00")))).to_json())["shops"][0]
    document["shops"] += [free | {"shop": "s1"}]
    assert problems(lambda: Payout.from_json(json.dumps(document))) == [("shops", "value.invalid")]


def an_order():
    """A sub-order of two lines with an offer, freight, points and a gift card."""
    tenders = [{"id": "g", "type": "gift_card", "balance": "5.00 CNY"}]
    lines = (a_line("a", "60.00", freight_template="t1"), a_line("b", "40.00"))
    return split_orders(
        settled(
            a_checkout(*lines, customer={"points": 300}, choice={"points": "max"}, tenders=tenders),
            a_rulebook(
                promotions=[an_offer("ours", {"type": "amount_off", "amount": "20.00 CNY"})],
                points={"points": 100, "worth": "1.00 CNY"},
                freight_templates=[a_template()],
            ),
        )
    )[0]


TAMPERED_ORDERS = {
    "payable": lambda made: tamper(made, [("totals", "payable", "1.00")]),
    "due": lambda made: tamper(made, [("due", "0.01")]),
    "below zero": lambda made: tamper(made, [("due", "6.00"), ("tenders", 0, "amount", "-6.00")]),
    "a line dropped": lambda made: made["lines"].pop(),
    "an adjustment": lambda made: tamper(made, [("adjustments", 0, "amount", "-57.00")]),
    "a share": lambda made: tamper(made, [("adjustments", 0, *each) for each in SHARE]),
    "a column": lambda made: tamper(made, [("lines", 0, *each) for each in COLUMN]),
    "a line of another shop": lambda made: made["lines"][0].update(shop="s2"),
    "a parcel of another shop": lambda made: made["parcels"][0].update(shop="s2"),
    "points": lambda made: made["points"].update(used=0),
    "a line twice": lambda made: made["lines"].append(made["lines"][0]),
}
SHARE = [("shares", "a", "1.00"), ("shares", "b", "-1.00")]
COLUMN = [("promotions", "1.00"), ("coupons", "-1.00")]


@pytest.mark.parametrize("name", TAMPERED_ORDERS)
def test_a_stored_sub_order_that_contradicts_itself_is_refused(name):
    """Lines, shares, columns, parcels, points and payments of one shop, which add up."""
    document = json.loads(an_order().model_dump_json())
    assert SubOrder.model_validate_json(json.dumps(document)) == an_order()
    TAMPERED_ORDERS[name](document)
    found = {code for _, code in problems(lambda: SubOrder.model_validate_json(json.dumps(document)))}
    assert found <= {"value.invalid", "id.duplicate"}
    assert found


FOLDS = {
    "payout": payout,
    "sub-orders": split_orders,
    "invoices": lambda each: invoices(each, InvoiceRequest(title="T")),
    "items": payment_items,
    "demand": lambda each: payment_demand(each, "1001"),
    "story": explain_payout,
}


@pytest.mark.parametrize("name", FOLDS)
def test_what_is_not_priced_is_not_paid_out_invoiced_or_asked_for(name):
    """Freight not known yet, or nothing to buy: each says so with the same code."""
    rules = a_rulebook(freight_templates=[a_template()])
    pending = settled(a_checkout(a_line(freight_template="t1"), address=None), rules)
    blocked = settled(a_checkout(a_line(selected=False)))
    for status, settlement in (("pending", pending), ("blocked", blocked)):
        assert problems(lambda each=settlement: FOLDS[name](each)) == [("settlement.status", f"demand.{status}")]
    assert refund(pending, {"a": 1}).cash == pending.payable


def test_a_shop_that_is_not_there_is_a_lookup_error():
    """A payout names its shops."""
    assert payout(two_shops()).shop("s2").shop == "s2"
    with pytest.raises(LookupError, match="s9"):
        payout(two_shops()).shop("s9")


def test_a_payout_prints_in_both_languages():
    """str() is a page in English; Chinese has its own words; rows of 0 are left out."""
    found = payout(two_shops(), refunds=[refund(two_shops(), {"a": 1})])
    assert "To the shop" in str(found)
    assert "Payment fee" not in str(found)
    from settlement.after_pay.payouts.text import payout_text

    assert "平台应得" in payout_text(found, locale="zh_CN")
