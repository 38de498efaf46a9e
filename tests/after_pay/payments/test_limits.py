"""What providers take is data: each limit is found just beyond it, and not at it; a host's own limits hold as well."""

from __future__ import annotations

import pytest

from settlement import InvalidDocument, Money
from settlement.after_pay.payments import (
    PaymentDemand,
    ProviderLimits,
    RefundDemand,
    check_payments,
    check_refund,
    provider_limits,
)  # fmt: skip
from settlement.after_pay.splits import Split, SplitReturn, check_split, check_split_return

WECHAT = provider_limits("wechat")


def a_demand(order="A-1001", amount="100.00 CNY"):
    """What was asked for."""
    return PaymentDemand(order=order, amount=amount)


def a_refund(number="R-1", amount="10.00 CNY"):
    """What is asked to be given back."""
    return RefundDemand(order="A-1001", refund=number, amount=amount)


def codes(found):
    """Place and code of each problem, each worded in both languages."""
    assert all(each.text("zh_CN") != each.text() for each in found)
    return [(each.place, each.code.removeprefix("provider_limit.")) for each in found]


@pytest.mark.parametrize(
    ("limits", "order", "amount", "found"),
    [
        (WECHAT, "123456", "10000000.00 CNY", []),
        (WECHAT, "12345", "10000000.01 CNY", ["most"]),  # it is known by its key, which always fits
        (WECHAT, "a" * 33, "0.01 CNY", []),
        (WECHAT, "订单1001", "1.00 CNY", []),
        (provider_limits("alipay"), "A-1", "100000000.01 CNY", ["most"]),
        (provider_limits("stripe"), "anything 任意", "0.50 USD", []),
        (provider_limits("stripe"), "1", "0.49 USD", ["least"]),
        (provider_limits("stripe"), "1", "10 JPY", []),  # another currency is not compared
        (ProviderLimits(provider="bank", stated="2027-01-01", order_most=31), "abcdef", "1.00 CNY", []),
        (ProviderLimits(provider="bank", stated="2027-01-01", order_most=31), "abcde", "1.00 CNY", ["order"]),
        (ProviderLimits(provider="bank", stated="2027-01-01", order_most=9), "abc_def", "1.00 CNY", ["order"]),
    ],
)
def test_order_numbers_and_amounts(limits, order, amount, found):
    """Lengths and signs, the least and the most."""
    assert [code for _, code in codes(check_payments(limits, [a_demand(order, amount)]))] == found


def test_sub_orders_are_counted():
    """10 are paid together, 11 are not; a partner, who may pay 50, says so."""
    orders = [a_demand(f"A-1001-{at}") for at in range(11)]
    assert codes(check_payments(WECHAT, orders[:10])) == []
    assert codes(check_payments(WECHAT, orders)) == [("demands", "sub_orders")]
    assert codes(check_payments(WECHAT.model_copy(update={"sub_orders": 50}), orders)) == []


def test_refunds_are_counted_and_do_not_exceed():
    """The 50th is taken, the 51st is not; together they are at most what was paid; the same one again is no other."""
    demand = a_demand()
    earlier = [a_refund(f"R-{at}", "1.00 CNY") for at in range(49)]
    assert codes(check_refund(WECHAT, demand, a_refund("R-x", "51.00 CNY"), earlier)) == []
    assert codes(check_refund(WECHAT, demand, a_refund("R-x", "51.01 CNY"), earlier)) == [
        ("refund.amount", "more_than_paid")
    ]
    fifty = [*earlier, a_refund("R-49", "1.00 CNY")]
    assert codes(check_refund(WECHAT, demand, a_refund("R-x", "1.00 CNY"), fifty)) == [("refund", "refunds")]
    assert codes(check_refund(WECHAT, demand, fifty[7], fifty)) == []
    assert codes(check_refund(WECHAT, demand, a_refund("R-7", "2.00 CNY"), fifty[:20])) == [
        ("refund.refund", "refund_number_used")
    ]
    assert codes(check_refund(WECHAT, demand, a_refund("R 1"))) == [("refund.refund", "refund_number")]
    assert [each.code for each in check_refund(WECHAT, demand, a_refund(amount="1 JPY"))] == ["currency.mixed"]


def test_days_and_seconds_are_counted_from_instants():
    """365 days of 24 hours; a minute between two; not where an instant is not known."""
    times = {"paid_at": "2026-01-01T00:00:00+08:00"}
    asked = (WECHAT, a_demand(), a_refund())
    assert codes(check_refund(*asked, at="2027-01-01T00:00:00+08:00", **times)) == []
    assert codes(check_refund(*asked, at="2027-01-01T00:00:01+08:00", **times)) == [("refund", "days")]
    assert codes(check_refund(*asked, at="2028-01-01T00:00:00+08:00")) == codes(check_refund(*asked, **times)) == []
    last = {"last_at": "2026-01-02T00:00:00Z"}
    assert codes(check_refund(*asked, at="2026-01-02T00:01:00Z", **last)) == []
    assert codes(check_refund(*asked, at="2026-01-02T00:00:59Z", **last)) == [("refund", "too_soon")]


def a_share(at, amount):
    """One receiver."""
    return {"shop": f"s{at}", "account": f"m{at}", "amount": amount, "outside": "0.00 CNY"}


def test_splits_stay_within_receivers_and_share():
    """50 receivers of one call; 30 % where the host knows that this is its share, rounded down."""
    shares = [a_share(at, "1.00 CNY") for at in range(51)]
    made = Split(settlement="s", currency="CNY", captured="100.00 CNY", shares=shares, kept="49.00 CNY")
    assert codes(check_split(WECHAT, made)) == [("shares", "receivers")]
    fewer = made.model_copy(update={"shares": [*shares[:50], a_share(50, "0.00 CNY")], "kept": "50.00 CNY"})
    assert codes(check_split(WECHAT, fewer)) == []
    third = WECHAT.model_copy(update={"share_percent": "30"})
    for amount, kept, found in (("30.00", "70.00", []), ("30.01", "69.99", [("shares", "share")])):
        one = made.model_copy(update={"shares": [a_share(1, f"{amount} CNY")], "kept": f"{kept} CNY"})
        assert codes(check_split(third, one)) == found


def test_returns_stay_within_days_and_counts():
    """180 days, and 20 returns of each receiver."""

    def a_return(amount="0.10 CNY"):
        share = {"shop": "s1", "account": "m1", "amount": amount, "held": "1.00 CNY", "outside": "0.00 CNY"}
        return SplitReturn(
            settlement="s", currency="CNY", refunded="0.10 CNY", refunded_in_all="0.10 CNY", captured="1.00 CNY",
            shares=[share], kept="0.00 CNY",
        )  # fmt: skip

    assert codes(check_split_return(WECHAT, a_return(), [a_return()] * 19)) == []
    assert codes(check_split_return(WECHAT, a_return(), [a_return()] * 20)) == [("shares[0]", "returns")]
    assert codes(check_split_return(WECHAT, a_return("0.00 CNY"), [a_return()] * 20)) == []
    times = {"split_at": "2026-01-01T00:00:00Z", "at": "2026-06-30T00:00:01Z"}
    assert codes(check_split_return(WECHAT, a_return(), **times)) == [("shares", "return_days")]
    assert codes(check_split_return(WECHAT, a_return("0.00 CNY"), **times)) == []
    assert codes(check_split_return(WECHAT, a_return(), **times | {"at": "2026-06-30T00:00:00Z"})) == []


def a_receiver(at, amount, **more):
    """A third party."""
    return {"receiver": f"r{at}", "account": f"m{at}", "amount": amount, "outside": "0.00 CNY"} | more


def test_third_parties_count_as_shops_do_and_an_account_of_both_once():
    """49 shops and a referrer at the account of one are 49 receivers, with two of their own 51; all get the share."""
    shares = [a_share(at, "1.00 CNY") for at in range(49)]
    made = Split(
        settlement="s", currency="CNY", captured="100.00 CNY", shares=shares, kept="49.00 CNY",
        receivers=[a_receiver(0, "1.00 CNY"), a_receiver(50, "1.00 CNY")],
    )  # fmt: skip
    assert codes(check_split(WECHAT, made)) == []
    more = {"receivers": [a_receiver(at, "1.00 CNY") for at in (0, 50, 51)], "kept": "48.00 CNY"}
    assert codes(check_split(WECHAT, made.model_copy(update=more))) == [("shares", "receivers")]
    half = WECHAT.model_copy(update={"share_percent": "51"})
    assert codes(check_split(half, made)) == []
    assert codes(check_split(half, made.model_copy(update=more)))[1:] == [("shares", "share")]


def test_returns_of_third_parties_count_too_and_those_of_an_account_once_a_refund():
    """Twenty refunds with two rows of an account are twenty returns of it; days count for a third party alone."""

    def a_return(amount, *receivers):
        held = {"held": "0.00 CNY"}
        return SplitReturn(
            settlement="s", currency="CNY", refunded="0.10 CNY", refunded_in_all="0.10 CNY", captured="1.00 CNY",
            shares=[a_share(1, amount) | held], kept="1.00 CNY",
            receivers=[a_receiver(at, "0.10 CNY", **held) for at in receivers],
        )  # fmt: skip

    both = a_return("0.10 CNY", 1)
    assert codes(check_split_return(WECHAT, both, [both] * 19)) == []
    assert codes(check_split_return(WECHAT, both, [both] * 20)) == [
        ("shares[0]", "returns"),
        ("receivers[0]", "returns"),
    ]
    alone = a_return("0.00 CNY", 2, 3)
    found = codes(check_split_return(WECHAT, alone, [a_return("0.00 CNY", 3)] * 20))
    assert found == [("receivers[1]", "returns")]
    times = {"split_at": "2026-01-01T00:00:00Z", "at": "2026-06-30T00:00:01Z"}
    assert codes(check_split_return(WECHAT, alone, **times)) == [("shares", "return_days")]


def test_limits_are_a_document():
    """Read, changed, and dated; of an unknown provider there are none."""
    assert ProviderLimits.from_json(WECHAT.to_json()) == WECHAT
    assert {provider_limits(name).stated for name in ("wechat", "alipay", "stripe")} == {"2026-11-30"}
    assert provider_limits("stripe").least == Money("0.50 USD")
    with pytest.raises(LookupError, match="there are wechat, alipay, stripe"):
        provider_limits("paypal")
    with pytest.raises(InvalidDocument):
        ProviderLimits(provider="bank", stated="yesterday")
    with pytest.raises(TypeError, match="limits: found"):
        check_payments(None, [])
