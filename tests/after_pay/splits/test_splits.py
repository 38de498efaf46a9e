"""Who gets what of a payment and gives what back: at every step the shares and the rest are what is captured."""

from __future__ import annotations

import os
import random

import pytest

from returns import a_payable, sequence
from samples import a_checkout, a_line, a_rulebook, an_offer, problems, settled
from settlement import CurrencyMismatch, Money, PaymentMethod, RefundExceeds, RefundPolicy, payout, refund
from settlement.after_pay.payments import RefundDemand, refund_demand
from settlement.after_pay.payments.due import due_by_shop
from settlement.after_pay.payouts import PayoutPolicy
from settlement.after_pay.payouts.provider_fees import ProviderFee
from settlement.after_pay.splits import (
    Split,
    SplitReturn,
    alipay_refund,
    alipay_royalty,
    refund_shares,
    split,
    split_return,
    stripe_reversals,
    stripe_transfers,
    wechat_returns,
    wechat_sharing,
)  # fmt: skip

#: Sequences of refunds in all; more by SETTLEMENT_SPLIT_REQUESTS (make soak).
SEQUENCES = int(os.environ.get("SETTLEMENT_SPLIT_REQUESTS", "320"))
CHUNKS = 8
PERCENTS = {"commission_percent": ["5", "0.6", "12.5", "100"]}


def an_order():
    """A packet of 100.00 and a pot of 80.00, 20.00 off by the platform, 5 % of commission and 1 % of fee."""
    lines = [
        a_line("a", "50.00", shop="tea", sku="t", quantity=2, commission_percent="5"),
        a_line("b", "80.00", shop="pots", sku="p", commission_percent="5"),
    ]
    offer = an_offer("o", {"type": "amount_off", "amount": "20.00 CNY"})
    return settled(a_checkout(*lines), a_rulebook(promotions=[offer]))


CARD = PaymentMethod(id="card", percent="1", borne_by="merchant")
ACCOUNTS = {"tea": "1900000109", "pots": "1900000110"}


# ------------------------------------------------------------------ laws


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_shares_and_rest_are_what_is_captured_and_nobody_gives_back_more_than_it_got(chunk):
    """Along any refunds, with actual fees or expected ones, whichever shops have accounts of their own."""
    for seed in range(chunk, SEQUENCES, CHUNKS):
        rng = random.Random(seed)
        settlement = a_payable(rng, **PERCENTS)
        method = PaymentMethod(id="m", percent="1", borne_by="merchant", fee_per=rng.choice(["order", "shop"]))
        kept = [
            ProviderFee(charged=Money.of_minor(rng.randint(0, 50), settlement.currency), returned=_nothing(settlement))
        ]
        terms = {"method": method, "provider_fees": kept if rng.random() < 0.3 else []}
        terms["policy"] = PayoutPolicy(commissions=some_referrers(rng, settlement.currency))
        accounts = {shop.shop: f"m-{shop.shop}" for shop in settlement.shops if rng.random() < 0.8}
        receivers = {
            each.receiver: f"m-{each.receiver}" for each in payout(settlement, **terms).receivers if rng.random() < 0.8
        }
        made = split(settlement, payout(settlement, **terms), accounts, receivers)
        assert made.captured == settlement.due
        assert made.captured.minor == made.kept.minor + sum(each.amount.minor for each in made.moved)
        assert Split.from_json(made.to_json()) == made
        assert {each.account for each in made.moved} == {*accounts.values(), *receivers.values()}
        got = {each.account: each.amount.minor for each in made.moved}
        given = dict.fromkeys(got, 0)
        left, from_shops = settlement.due.minor, dict.fromkeys(due_by_shop(settlement), 0)
        history, quotes = [], []
        for quote in sequence(rng, settlement):
            shares = refund_shares(settlement, quote, quotes)
            assert sum(each.amount.minor for each in shares) == quote.to_method.minor
            for each in shares:
                assert each.amount.minor >= 0
                from_shops[each.shop] += each.amount.minor
            quotes.append(quote)
            after = payout(settlement, refunds=quotes, **terms)
            back = split_return(made, quote, after, history)
            history.append(back)
            left -= quote.to_method.minor
            for each in back.moved:
                given[each.account] += each.amount.minor
                assert each.held.minor == got[each.account] - given[each.account] >= 0
            owed = {each.receiver: each.amount for each in after.receivers}
            assert all(each.outside == after.shop(each.shop).net - each.held for each in back.shares)
            assert all(each.outside == owed[each.receiver] - each.held for each in back.receivers)
            held = sum(each.held.minor for each in back.moved)
            assert back.captured.minor == left == held + back.kept.minor
            assert SplitReturn.from_json(back.to_json()) == back
        assert left == 0
        assert given == got
        assert from_shops == due_by_shop(settlement)


def some_referrers(rng, currency):
    """Up to three rows of terms for third parties, whom shops or the platform pay."""
    return [
        {"id": f"t{at}", "receiver": rng.choice(["ann", "bob"]), "borne_by": rng.choice(["shop", "platform"])}
        | rng.choice([{"percent": "2"}, {"percent": "33.3333"}, {"per_piece": Money.of_minor(37, currency)}])
        for at in range(rng.randint(0, 3))
    ]


def _nothing(settlement):
    return Money.of_minor(0, settlement.currency)


# ------------------------------------------------------------------ by hand


def test_an_order_by_hand():
    """160.00 is captured, 1.60 of it the provider's; the shops' nets are 180.00 - 9.00 - 1.60 = 169.40.

    158.40 can go on, spread by the nets of 94.11 and 75.29; what the platform pays of its offer stands outside. A
    packet of 44.44 comes back: 115.56 is captured then, 1.16 of it the provider's, and the tea shop gives back half.
    """
    paid = an_order()
    before = payout(paid, method=CARD)
    made = split(paid, before, ACCOUNTS)
    assert [(shop.shop, str(shop.net)) for shop in before.shops] == [("tea", "94.11 CNY"), ("pots", "75.29 CNY")]
    assert [(each.shop, str(each.amount), str(each.outside)) for each in made.shares] == [
        ("tea", "88.00 CNY", "6.11 CNY"), ("pots", "70.40 CNY", "4.89 CNY"),
    ]  # fmt: skip
    assert str(made.kept) == "1.60 CNY"
    quote = refund(paid, {"a": 1})
    back = split_return(made, quote, payout(paid, refunds=[quote], method=CARD))
    assert (str(quote.cash), str(back.captured), str(back.kept)) == ("44.44 CNY", "115.56 CNY", "1.16 CNY")
    assert [(each.shop, str(each.amount), str(each.held), str(each.outside)) for each in back.shares] == [
        ("tea", "44.00 CNY", "44.00 CNY", "3.05 CNY"), ("pots", "0.00 CNY", "70.40 CNY", "4.89 CNY"),
    ]  # fmt: skip


def test_a_referrer_is_paid_and_gives_back_by_hand():
    """2 % of 100.00 and of 80.00 are ann's 3.60, of which the shops bear 2.00 and 1.60; half of the packet is 1.00.

    Nothing else of a shop changes but what it bears. Without an account ann is paid otherwise, out of what is kept.
    """
    lines = [a_line("a", "50.00", shop="tea", sku="t", quantity=2), a_line("b", "80.00", shop="pots", sku="p")]
    paid = settled(a_checkout(*lines), a_rulebook())
    terms = PayoutPolicy(commissions=[{"id": "ann", "receiver": "ann", "percent": "2"}])
    made = split(paid, payout(paid, terms), ACCOUNTS, {"ann": "1900000111"})
    assert [(each.account, str(each.amount)) for each in made.moved] == [
        ("1900000109", "98.00 CNY"), ("1900000110", "78.40 CNY"), ("1900000111", "3.60 CNY"),
    ]  # fmt: skip
    assert str(made.kept) == "0.00 CNY"
    quote = refund(paid, {"a": 1})
    after = payout(paid, terms, [quote])
    back = split_return(made, quote, after)
    assert [(each.account, str(each.amount), str(each.held)) for each in back.moved] == [
        ("1900000109", "49.00 CNY", "49.00 CNY"), ("1900000110", "0.00 CNY", "78.40 CNY"),
        ("1900000111", "1.00 CNY", "2.60 CNY"),
    ]  # fmt: skip
    assert [row["amount"] for row in wechat_sharing(made, "4", "P", "d")["receivers"]] == [9800, 7840, 360]
    assert [(row["return_mchid"], row["amount"]) for row in wechat_returns(back, "P", "B", "d")] == [
        ("1900000109", 4900), ("1900000111", 100),
    ]  # fmt: skip
    assert [row["trans_out"] for row in alipay_refund(back, "2", "B")["refund_royalty_parameters"]] == [
        "1900000109", "1900000111",
    ]  # fmt: skip
    assert split(paid, payout(paid, terms), ACCOUNTS).kept == made.receivers[0].amount
    with pytest.raises(LookupError, match="receivers: there is no third party 'bob'"):
        split(paid, payout(paid, terms), ACCOUNTS, {"bob": "1"})
    with pytest.raises(ValueError, match="payout: it has nothing of 'ann'"):
        split_return(made, quote, payout(paid, refunds=[quote]))


def test_who_is_missing_in_a_payout_is_told_in_the_order_of_the_split():
    """Of twenty that are not there the first is named, whatever the order of a set is in this process."""
    paid = settled(a_checkout(a_line("a", "50.00", shop="tea", quantity=2)), a_rulebook())
    names = [f"r{at:02}" for at in range(20)]
    terms = PayoutPolicy(commissions=[{"id": name, "receiver": name, "percent": "1"} for name in names])
    made = split(paid, payout(paid, terms), {}, {name: f"m-{name}" for name in names})
    quote = refund(paid, {"a": 1})
    with pytest.raises(ValueError, match="payout: it has nothing of 'r00'"):
        split_return(made, quote, payout(paid, refunds=[quote]))


def test_an_account_of_several_is_named_once():
    """The tea shop referred the buyer to the potter: one row of what it sold and of what it gets for that."""
    lines = [a_line("a", "50.00", shop="tea", sku="t", quantity=2), a_line("b", "80.00", shop="pots", sku="p")]
    paid = settled(a_checkout(*lines), a_rulebook())
    terms = PayoutPolicy(commissions=[{"id": "r", "receiver": "tea", "shops": ["pots"], "percent": "10"}])
    made = split(paid, payout(paid, terms), ACCOUNTS, {"tea": ACCOUNTS["tea"]})
    rows = alipay_royalty(made, "2026", "P")["royalty_parameters"]
    assert [(row["trans_in"], row["amount"], row["desc"]) for row in rows] == [
        ("1900000109", "108.00", "tea, tea"), ("1900000110", "72.00", "pots"),
    ]  # fmt: skip
    quote = refund(paid, {"a": 2, "b": 1})
    back = split_return(made, quote, payout(paid, terms, [quote]))
    ids = {account: f"tr_{account}" for account in ACCOUNTS.values()}
    assert [row["amount"] for row in stripe_reversals(back, ids)] == [10800, 7200]


def test_bodies_of_calls_hold_what_moves_in_the_providers_spelling():
    """Fen, yuan as text, minor units; nothing of 0; all that moves, once."""
    paid = an_order()
    made = split(paid, payout(paid, method=CARD), ACCOUNTS)
    quote = refund(paid, {"a": 2})
    back = split_return(made, quote, payout(paid, refunds=[quote], method=CARD))
    shared = made.captured.minor - made.kept.minor
    call = wechat_sharing(made, "4200001", "P-1", "order 1")
    assert sum(row["amount"] for row in call["receivers"]) == shared
    assert call["unfreeze_unsplit"] is True
    returned = sum(each.amount.minor for each in back.shares)
    calls = wechat_returns(back, "P-1", "B-1", "refund 1")
    assert sum(row["amount"] for row in calls) == returned
    assert len({row["out_return_no"] for row in calls}) == len(calls)
    royalty = alipay_royalty(made, "2026", "P1")
    assert sum(Money(f"{row['amount']} CNY").minor for row in royalty["royalty_parameters"]) == shared
    refunded = alipay_refund(back, "2026", "B1")
    assert refunded["refund_amount"] == str(quote.to_method.amount)
    assert sum(Money(f"{row['amount']} CNY").minor for row in refunded["refund_royalty_parameters"]) == returned
    transfers = stripe_transfers(made, "order-1", "ch_1")
    assert sum(row["amount"] for row in transfers) == shared
    assert {(row["currency"], row["source_transaction"]) for row in transfers} == {("cny", "ch_1")}
    ids = {row["destination"]: f"tr_{row['destination']}" for row in transfers}
    assert sum(row["amount"] for row in stripe_reversals(back, ids)) == returned
    with pytest.raises(LookupError, match="transfers: there is none to the account"):
        stripe_reversals(back, {})
    whole = refund(paid, {"a": 2, "b": 1})
    last = split_return(made, whole, payout(paid, refunds=[whole], method=CARD))
    assert sum(row["amount"] for row in wechat_returns(last, "P-1", "B-1", "d")) == shared
    free = split(paid, payout(paid, method=CARD), {})
    assert wechat_sharing(free, "4", "P-1", "d")["receivers"] == []


def test_instructions_bear_the_orders_name_and_are_of_one_order():
    """Where it has one; what is of another is refused."""
    one, two = an_order().for_order("A-1"), an_order().for_order("A-2")
    made, quote = split(one, payout(one), ACCOUNTS), refund(one, {"a": 1})
    back = split_return(made, quote, payout(one, refunds=[quote]))
    assert (made.order, back.order, split(an_order(), payout(one), {}).order) == ("A-1", "A-1", "A-1")
    assert problems(lambda: split(one, payout(two), {})) == [("payout.order", "order.mismatch")]
    other = refund(two, {"a": 1})
    assert problems(lambda: split_return(made, other, payout(one, refunds=[quote]))) == [
        ("quote.order", "order.mismatch")
    ]


def test_what_is_not_of_the_same_order_is_refused():
    """Another settlement's payout, one after refunds or before this one, an account of no shop, changed sums."""
    paid, other = an_order(), settled(a_checkout(a_line("z")), a_rulebook())
    quote = refund(paid, {"a": 1})
    before, after = payout(paid), payout(paid, refunds=[quote])
    made = split(paid, before, ACCOUNTS)
    for wrong, match in ((payout(other), "another settlement"), (after, "after refunds")):
        with pytest.raises(ValueError, match=match):
            split(paid, wrong, ACCOUNTS)
    with pytest.raises(LookupError, match="there is no shop 'toys'"):
        split(paid, before, {"toys": "1"})
    with pytest.raises(ValueError, match="not the one after this refund"):
        split_return(made, quote, before)
    with pytest.raises(ValueError, match="refund of another settlement"):
        split_return(made, refund(other, {"z": 1}), after)
    with pytest.raises(TypeError, match="made: found"):
        split_return(before, quote, after)
    back = split_return(made, quote, after)
    more = refund(paid, {"a": 1}, [quote])
    last = payout(paid, refunds=[quote, more])
    fewer = split_return(split(paid, before, {"tea": ACCOUNTS["tea"]}), quote, after)
    other = back.model_copy(update={"refunded": back.refunded + Money("0.01 CNY")})  # of a payment of a cent more
    for history in ([back, back], [fewer], [other]):
        with pytest.raises(ValueError, match=rf"history\[{len(history) - 1}\]: this return does not go on from"):
            split_return(made, more, last, history)
    for document in (made, back):
        wrong = document.to_dict() | {"kept": "0.01 CNY"}
        assert problems(lambda document=document, wrong=wrong: type(document).from_dict(wrong)) == [
            ("captured", "value.invalid")
        ]
    twice = made.to_dict() | {
        "shares": [made.to_dict()["shares"][0] | {"amount": "0.00 CNY"}] * 2,
        "kept": "160.00 CNY",
    }
    assert problems(lambda: Split.from_dict(twice)) == [("shares", "value.invalid")]
    less = made.model_copy(update={"captured": "1.00 CNY", "shares": [], "kept": "1.00 CNY"})
    with pytest.raises(RefundExceeds):
        split_return(less, quote, after)


# ------------------------------------------------------------------ refunds by shop


def test_what_a_refund_charges_one_shop_comes_from_the_payments_that_have_it():
    """The pot comes back and the tea's coupon is charged: nothing from the tea's payment, less from the pot's."""
    lines = [a_line("a", "36.00", shop="tea", quantity=3), a_line("b", "80.00", shop="pots", sku="p")]
    coupon = an_offer("c", {"type": "amount_off", "amount": "20.00 CNY"})
    coupon["tiers"][0]["min_amount"] = "150.00 CNY"
    paid = settled(a_checkout(*lines, customer={"coupons": ["c"]}), a_rulebook(coupons=[coupon]))
    quote = refund(paid, {"b": 1}, policy=RefundPolicy(recheck="thresholds"))
    assert quote.charges
    shares = {each.shop: each.amount for each in refund_shares(paid, quote)}
    assert shares == {"tea": Money("0.00 CNY"), "pots": quote.to_method}
    asked = refund_demand(quote, "1001-pots", "R-1", amount=shares["pots"])
    assert asked == RefundDemand(order="1001-pots", refund="R-1", amount=quote.to_method)


def test_each_refund_comes_from_the_payment_of_its_shop():
    """Whatever came back before: tea, then the pot, then tea again."""
    paid, history = settled(a_checkout(a_line("a", quantity=2, shop="tea"), a_line("b", shop="pots")), a_rulebook()), []
    for line, shares in (("a", ["10.00", "0.00"]), ("b", ["0.00", "10.00"]), ("a", ["10.00", "0.00"])):
        quote = refund(paid, {line: 1}, history)
        assert [str(each.amount.amount) for each in refund_shares(paid, quote, history)] == shares
        history.append(quote)


def test_a_refund_is_asked_for_as_far_as_it_goes_back_by_the_method():
    """Nothing, more than that, or another currency is refused."""
    paid = an_order()
    quote = refund(paid, {"a": 1})
    assert refund_demand(quote, "1001", "R-1").amount == quote.to_method
    for amount, found in (
        ("0.00 CNY", [("amount", "amount.zero")]),
        ("999.00 CNY", [("amount", "provider_limit.more_than_paid")]),
        ("1 JPY", [("amount", "currency.mixed")]),
    ):
        assert problems(lambda amount=amount: refund_demand(quote, "1001", "R-1", amount=Money(amount))) == found
    with pytest.raises(TypeError, match="quote: found"):
        refund_demand(paid, "1001", "R-1")


def test_calls_that_name_no_currency_are_of_yuan():
    """1000 yen are no 1000 fen: WeChat Pay's and Alipay's calls are refused in another currency."""
    none = "0 JPY"
    share = {"shop": "tea", "account": "1900000109", "amount": "1000 JPY", "outside": none}
    common = {"settlement": "s", "currency": "JPY", "captured": "1000 JPY"}
    made = Split.model_validate(common | {"kept": none, "shares": [share]})
    more = {"refunded": none, "refunded_in_all": none, "kept": none, "shares": [share | {"held": "1000 JPY"}]}
    back = SplitReturn.model_validate(common | more)
    for call in (
        lambda: wechat_sharing(made, "4", "P", "d"),
        lambda: wechat_returns(back, "P", "B", "d"),
        lambda: alipay_royalty(made, "2026", "P"),
        lambda: alipay_refund(back, "2026", "B"),
    ):
        with pytest.raises(CurrencyMismatch):
            call()


@pytest.mark.parametrize(
    ("amount", "sent"),
    [("500 ISK", 50000), ("500 UGX", 50000), ("500.00 MGA", 500), ("500 JPY", 500), ("5.120 KWD", 5120)],
)
def test_stripe_gets_amounts_in_its_own_units(amount, sent):
    """ISK and UGX have two decimals there, MGA none, whatever ISO 4217 says; a part of one ariary can't be sent."""
    currency, none = Money(amount).currency, str(Money(amount) - Money(amount))
    share = {"shop": "tea", "account": "acct", "amount": amount}
    common = {"settlement": "s", "currency": currency, "kept": none}
    made = Split.model_validate(common | {"captured": amount, "shares": [share | {"outside": none}]})
    assert [row["amount"] for row in stripe_transfers(made, "g")] == [sent]
    held = share | {"held": none, "outside": none}
    more = {"refunded": amount, "refunded_in_all": amount, "captured": none, "shares": [held]}
    back = SplitReturn.model_validate(common | more)
    assert stripe_reversals(back, {"acct": "tr"}) == [{"transfer": "tr", "amount": sent}]
    if currency == "MGA":
        part = {"captured": "0.50 MGA", "shares": [share | {"amount": "0.50 MGA", "outside": none}]}
        with pytest.raises(ValueError, match=r"0\.50 MGA has decimals"):
            stripe_transfers(Split.model_validate(common | part), "g")
