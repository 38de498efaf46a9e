"""What comes after pay says which order it is of and is refused for another; refunds and payouts have own ids."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns import a_payable, sequence
from samples import a_checkout, a_line, settled
from settlement import RefundQuote, refund
from settlement.after_pay.invoices.invoice import Invoice, invoices
from settlement.after_pay.invoices.red import red_invoice, red_invoices
from settlement.after_pay.payments.paid import payment_demand
from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.owed import payout
from settlement.after_pay.payouts.sub_orders import SubOrder, split_orders
from settlement.after_pay.refunds.returns import preview
from settlement.cart.invoice_request import InvoiceRequest
from settlement.errors import InvalidDocument
from settlement.explanations import explain_invoice, explain_payout, explain_red_invoice, explain_refund

ME = InvoiceRequest(title="张三")
AT = "2026-12-01T09:00:00+08:00"


def mismatches(made):
    """The places at which another order is found."""
    with pytest.raises(InvalidDocument) as caught:
        made()
    assert {problem.code for problem in caught.value.problems} == {"order.mismatch"}
    return [problem.place for problem in caught.value.problems]


def without(document):
    """A document as plain data, without the name of its order."""
    return {name: value for name, value in document.to_dict().items() if name != "order"}


@given(st.integers(0, 2**32))
def test_every_document_of_an_order_names_it(seed):
    """Of any order: refunds, payout, sub-orders, invoices, red invoices; and each is else what it is without a name."""
    rng = random.Random(seed)
    bare = a_payable(rng, commission_percent=["5"], tax_percent=["13"])
    paid = bare.for_order("A-1")
    quotes, plain = list(sequence(random.Random(seed), paid)), list(sequence(random.Random(seed), bare))
    blue, blank = invoices(paid, ME), invoices(bare, ME)
    pairs = [
        *zip(quotes, plain, strict=True),
        *zip(split_orders(paid), split_orders(bare), strict=True),
        *zip(blue, blank, strict=True),
        (payout(paid, refunds=quotes), payout(bare, refunds=plain)),
    ]
    if quotes:
        reds = [red_invoices(each, made, back[0]) for each, made, back in ((paid, blue, quotes), (bare, blank, plain))]
        pairs += zip(*reds, strict=True)
    for named, nameless in pairs:
        assert (named.order, nameless.order) == ("A-1", None)
        assert "order" not in nameless.to_dict()
        assert without(named) == nameless.to_dict()
        assert type(named).from_json(named.to_json()) == named


def test_a_document_of_another_order_is_refused():
    """With equal requests the digest is the same; the name is not, and every fold that takes a document says so."""
    one, two = (settled(a_checkout(a_line("a", quantity=3))).for_order(name) for name in ("A-1", "A-2"))
    back, (blue,) = refund(one, {"a": 1}), invoices(one, ME)
    assert mismatches(lambda: refund(two, {"a": 1}, [back])) == ["history[0].order"]
    assert mismatches(lambda: preview(two, [back])) == ["history[0].order"]
    assert mismatches(lambda: payout(two, refunds=[back])) == ["refunds[0].order"]
    assert mismatches(lambda: explain_payout(two, refunds=[back])) == ["refunds[0].order"]
    assert mismatches(lambda: explain_refund(two, back)) == ["history and quote[0].order"]
    assert mismatches(lambda: red_invoice(two, blue, back)) == ["history and quote[0].order"]
    assert mismatches(lambda: red_invoice(two, blue, refund(two, {"a": 1}))) == ["invoice.order"]
    assert mismatches(lambda: explain_invoice(two, blue)) == ["invoice.order"]
    assert mismatches(lambda: explain_red_invoice(two, blue, refund(two, {"a": 1}))) == ["invoice.order"]
    assert mismatches(lambda: payment_demand(two, "A-1")) == ["demand.order"]
    assert payment_demand(two).order == "A-2"
    nameless = settled(a_checkout(a_line("a", quantity=3)))
    assert mismatches(lambda: payout(nameless, refunds=[back, refund(two, {"a": 1})])) == ["refunds[1].order"]


def test_what_was_stored_before_names_goes_on_working():
    """A refund without a name is history of an order that has one, and the other way round; sums are as ever."""
    bare = settled(a_checkout(a_line("a", quantity=3)))
    paid = bare.for_order("A-1")
    for one, other in ((bare, paid), (paid, bare)):
        first = refund(one, {"a": 1})
        assert str(refund(other, {"a": 2}, [first]).cash) == "20.00 CNY"
        assert str(payout(other, refunds=[first]).refunded) == "10.00 CNY"


@pytest.mark.parametrize("kind", [RefundQuote, Payout])
def test_an_id_and_an_instant_of_ones_own(kind):
    """They come back from JSON, the instant in UTC, and change nothing else; an instant without offset is refused."""
    paid = settled(a_checkout(a_line("a", quantity=3)), None)

    def made(**own):
        return refund(paid, {"a": 1}, **own) if kind is RefundQuote else payout(paid, **own)

    bare, own = made(), made(id="R-1", at=AT)
    assert kind.from_json(own.to_json()) == own != bare
    assert {name: own.to_dict()[name] for name in ("id", "at")} == {"id": "R-1", "at": "2026-12-01T01:00:00Z"}
    assert {name: value for name, value in own.to_dict().items() if name not in {"id", "at"}} == bare.to_dict()
    assert made(id="R-1").to_dict().keys() - bare.to_dict().keys() == {"id"}
    with pytest.raises(InvalidDocument, match=r"time\.naive"):
        made(at="2026-12-01T09:00:00")


def test_an_id_stands_once_in_a_history():
    """Two equal refunds with ids of their own are both right; one id twice is one refund twice."""
    paid = settled(a_checkout(a_line("a", quantity=3)))
    first = refund(paid, {"a": 1}, id="R-1")
    second = refund(paid, {"a": 1}, [first], id="R-2")
    assert str(refund(paid, {"a": 1}, [first, second], id="R-3").cash) == "10.00 CNY"
    for made in (
        lambda: refund(paid, {"a": 1}, [first], id="R-1"),
        lambda: payout(paid, refunds=[first, second.known_as("R-1")]),
    ):
        with pytest.raises(InvalidDocument, match=r"refund\.twice"):
            made()
    assert first.known_as(order="A-1").to_dict() == first.to_dict() | {"order": "A-1"}


def test_pages_say_which_order_and_which_event_it_is():
    """The slip, the payout and the invoice, in English and Chinese."""
    paid = settled(a_checkout(a_line("a", quantity=3))).for_order("A-1")
    back, out = refund(paid, {"a": 1}, id="R-1", at=AT), payout(paid, id="P-1", at=AT)
    assert back.text().splitlines()[:2] == ["Refund R-1                              2026-12-01 01:00 UTC", "Order A-1"]
    assert out.text("zh_CN").splitlines()[1] == "订单 A-1"
    assert out.text().startswith("Payout P-1")
    (blue,) = invoices(paid, ME)
    assert "<dt>Order</dt><dd>A-1</dd>" in blue.to_html()
    assert explain_refund(paid, back).text("zh_TW").startswith("訂單 A-1\n")


@pytest.mark.parametrize("kind", [Payout, Invoice, SubOrder])
def test_a_document_is_read_with_a_name_or_without(kind):
    """null is what a name that was left out is; what is no id is refused at its place."""
    paid = settled(a_checkout(a_line("a", quantity=3)))
    made = {Payout: payout(paid), Invoice: invoices(paid, ME)[0], SubOrder: split_orders(paid)[0]}[kind]
    assert kind.from_dict(made.to_dict() | {"order": None}) == made
    with pytest.raises(InvalidDocument) as caught:
        kind.from_dict(made.to_dict() | {"order": ""})
    assert [problem.place for problem in caught.value.problems] == ["order"]
