"""The sandbox: a provider that misbehaves by a seed, and a shop that comes to the truth all the same."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement import Money
from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundDemand, RefundNotice, payment_state
from settlement.errors import GatewayRefused
from settlement.ext.gateways import AsyncGateway, Gateway, Mischief, Sandbox, TrustedKey

NOW = datetime(2026, 11, 11, 2, 0, tzinfo=UTC)
DEMAND = PaymentDemand(order="SO1001", amount="100.00 CNY", merchant="sandbox")
SEEDS = st.binary(min_size=1, max_size=8)
ALL = Mischief(50, 50, 30, 50, 30)


def paid(seed, mischief=ALL):
    """A sandbox in which an order was paid, and a part of it given back."""
    sandbox = Sandbox(seed, mischief=mischief)
    sandbox.prepare(DEMAND, NOW, title="tea")
    sandbox.pay("SO1001", NOW)
    asked = RefundDemand(order="SO1001", refund="R-1", amount="30.00 CNY", merchant="sandbox")
    sandbox.refund(asked, sandbox.query(DEMAND, NOW), NOW + timedelta(hours=1))
    return sandbox


def told(sandbox):
    """What a shop takes of all that came in, with whether the provider meant it."""
    for sent in sandbox.sent():
        try:
            yield sandbox.verify(sent.raw, sent.headers, sent.at), sent.true
        except GatewayRefused as error:
            assert error.code == "gateway.signature"  # noqa: PT017 - both outcomes are right
            assert not sent.true


@given(seed=SEEDS)
def test_what_is_forged_is_never_taken_and_what_is_true_always_is(seed):
    """All that verifies was signed by the provider, lies among it; all that is true verifies."""
    sandbox = paid(seed)
    taken = list(told(sandbox))
    assert sum(true for _, true in taken) == sum(sent.true for sent in sandbox.sent())
    assert all(each.id != "forged" for each, _ in taken)


@given(seed=SEEDS)
def test_a_shop_that_asks_in_the_end_knows_the_truth(seed):
    """Whatever was dropped, repeated, late or a lie: with what `query` says the order is paid, by the right amount."""
    sandbox = paid(seed)
    notices = [each for each, _ in told(sandbox) if isinstance(each, PaymentNotice)]
    state = payment_state([DEMAND], [*notices, sandbox.query(DEMAND, NOW)])
    assert (state.status, state.payment.amount) == ("paid", Money("100.00 CNY"))
    assert {each.reason for each in state.mismatches} <= {"too_much", "told_otherwise"}


@given(seed=SEEDS, other=SEEDS)
def test_the_same_seed_is_the_same_mischief(seed, other):
    """No clock and no chance."""
    assert paid(seed).sent() == paid(seed).sent()
    if seed != other:
        assert Sandbox(seed)._draw(2**200) != Sandbox(other)._draw(2**200)


def test_it_does_each_mischief_that_it_names():
    """Over some seeds: delayed past its window, sent again, dropped, forged, a lie; and none where none is asked."""
    several = [paid(bytes([n])).sent() for n in range(60)]
    assert any(sent.at >= NOW + timedelta(hours=1) for each in several for sent in each[:1])
    assert any(sum(b"pay-" in sent.raw and sent.true for sent in each) > 1 for each in several)
    assert any(not any(sent.true for sent in each) for each in several)
    assert any(b"forged" in sent.raw for each in several for sent in each)
    amounts = {notice.amount for n in range(60) for notice, true in told(paid(bytes([n]))) if not true}
    assert len(amounts) > 1
    late = [sent for each in several for sent in each if sent.at > NOW + timedelta(days=1)]
    assert late
    honest = paid(b"any", Mischief(0, 0, 0, 0, 0))
    assert [(type(each), true) for each, true in told(honest)] == [(PaymentNotice, True), (RefundNotice, True)]


def test_messages_overtake_each_other():
    """A refund may be told before the payment that it is of."""
    orders = {tuple(type(each).__name__ for each, _ in told(paid(bytes([n])))) for n in range(60)}
    assert any(order[0] == "RefundNotice" and "PaymentNotice" in order for order in orders if order)


def test_a_refund_fails_once_and_is_tried_again():
    """It is never more than was paid, nor twice under one number."""
    sandbox = Sandbox(b"seed", mischief=Mischief(0, 0, 0, 0))
    sandbox.prepare(DEMAND, NOW, title="tea")
    sandbox.pay("SO1001", NOW)
    payment = sandbox.query(DEMAND, NOW)
    asked = RefundDemand(order="SO1001", refund="R-1", amount="100.00 CNY")
    sandbox.fail("R-1")
    assert sandbox.query(asked, NOW) is None
    for expected in ("failed", "succeeded"):
        assert sandbox.refund(asked, payment, NOW) is None
        assert sandbox.query(asked, NOW).told == expected
    assert sandbox.refund(asked, payment, NOW).told == "succeeded"
    for wrong in (
        RefundDemand(order="SO1001", refund="R-2", amount="0.01 CNY"),
        RefundDemand(order="SO1001", refund="R-2", amount="0.01 USD"),
        RefundDemand(order="SO1002", refund="R-2", amount="0.01 CNY"),
    ):
        with pytest.raises(GatewayRefused, match=r"gateway\.failed"):
            sandbox.refund(wrong, payment, NOW)
    assert [type(each).__name__ for each, _ in told(sandbox)] == ["PaymentNotice", "RefundNotice", "RefundNotice"]


def test_its_own_refusals():
    """Instants either way, algorithm, keys with an end, accounts: as every gateway."""
    keys = [TrustedKey("new", "n"), TrustedKey("old", "o", NOW)]
    sandbox = Sandbox(b"seed", keys=keys, mischief=Mischief(0, 0, 0, 0))
    sandbox.prepare(DEMAND, NOW, title="tea")
    sandbox.pay("SO1001", NOW)
    [sent] = sandbox.sent()

    def code(raw=sent.raw, now=NOW, **changed):
        headers = dict(sent.headers) | {name.replace("_", "-"): value for name, value in changed.items()}
        with pytest.raises(GatewayRefused) as caught:
            sandbox.verify(raw, headers, now)
        return caught.value.code

    assert sandbox.verify(sent.raw, sent.headers, NOW + timedelta(seconds=300))
    for off in (301, -301):
        assert code(now=NOW + timedelta(seconds=off)) == "gateway.instant_far"
    assert code(Sandbox_Signature_Type="none") == "gateway.algorithm"
    assert code(Sandbox_Key="other") == "gateway.key_unknown"
    assert code(Sandbox_Key="old") == "gateway.key_ended"
    assert code(Sandbox_Signature="茶") == code(raw=sent.raw + b" ") == "gateway.signature"
    assert code(Sandbox_Signature="") == "gateway.header_missing"
    other = Sandbox(b"seed", merchant="other", keys=keys)
    with pytest.raises(GatewayRefused, match=r"gateway\.account"):
        other.verify(sent.raw, sent.headers, NOW)
    with pytest.raises(GatewayRefused, match=r"gateway\.other_account"):
        other.prepare(DEMAND, NOW, title="tea")


def test_any_gateway_is_awaited_through_one_wrapper():
    """The same answers, from a thread where there is a network to wait for."""
    sandbox = Sandbox(b"seed", mischief=Mischief(0, 0, 0, 0))
    assert isinstance(sandbox, Gateway)
    gateway = AsyncGateway(sandbox)

    async def buy():
        prepared = await gateway.prepare(DEMAND, NOW, title="tea")
        sandbox.pay(prepared.key, NOW)
        payment = await gateway.query(DEMAND, NOW)
        asked = RefundDemand(order="SO1001", refund="R-1", amount="30.00 CNY")
        assert await gateway.refund(asked, payment, NOW) is None
        return payment, await gateway.query(asked, NOW)

    payment, refund = asyncio.run(buy())
    assert (payment.told, refund.told) == ("succeeded", "succeeded")
    [first, _] = sandbox.sent()
    assert gateway.verify(first.raw, first.headers, NOW).id == payment.id
    assert [gateway.answer(success).body for success in (True, False)] == [b"success", b"fail"]


def test_a_key_is_never_shown_or_pickled():
    """Nor taken without an id, a value or a name of its own."""
    import pickle

    from settlement.ext.gateways import TrustedKeys

    key = TrustedKey("2026", "the secret")
    assert "the secret" not in repr(key) + str(key) + repr(TrustedKeys([key]))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(key)
    for wrong in (("", "x"), ("x", "")):
        with pytest.raises(ValueError, match="id and a value"):
            TrustedKey(*wrong)
    for keys in ([], [key, key]):
        with pytest.raises(ValueError, match="at least one"):
            TrustedKeys(keys)
