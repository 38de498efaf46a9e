"""The documents after pay have JSON Schemas, and what the library writes is valid by them."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from bills import a_row
from samples import everything, settled
from settlement import Checkout, InvoiceRequest, PaymentMethod, RefundPolicy, Rulebook, refund
from settlement.after_pay.bills import Bill, provider_fees, reconcile
from settlement.after_pay.invoices.invoice import InvoicePolicy, invoices
from settlement.after_pay.payments.demand import PaymentNotice, retry_schedule
from settlement.after_pay.payments.given_back import RefundNotice, refund_demand
from settlement.after_pay.payments.idempotency import StoredAnswer
from settlement.after_pay.payments.limits import provider_limits
from settlement.after_pay.payments.options import payment_items, payment_options, split_tenders
from settlement.after_pay.payments.paid import payment_demand, payment_state
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.after_pay.refunds.returns import preview
from settlement.after_pay.splits import split, split_return
from settlement.money import Money
from settlement.orders.schemas import DOCUMENTS, schema


def written():
    """Name -> JSON texts that the library wrote."""
    checkout, rulebook = everything()
    settlement = settled(checkout, rulebook)
    quote = refund(settlement, {"a": 1}, freight="return", policy=RefundPolicy(coupons="return"))
    method = PaymentMethod(id="card", percent="1", borne_by="merchant")
    options = payment_options(Checkout.model_validate(checkout), Rulebook.model_validate(rulebook))
    demand = payment_demand(settlement, "SO1001", "mall")
    rows = (("t0", "SO1002", None), ("t1", "SO1001", "e1"), ("t1", "SO1001", "e2"), ("t2", "SO1001", None))
    told = {"merchant": "mall", "amount": demand.amount, "told": "succeeded"}
    notices = [PaymentNotice(id=name, key=key, event=event, **told) for name, key, event in rows]
    bill = Bill(provider="bank", rows=[a_row(order="SO1001"), a_row(order="SO1003", line=3, id="t2")])
    back = refund_demand(quote, "SO1001", "R-1")
    made = split(settlement, payout(settlement), {"s1": "m1"})
    plain = {
        "bill": [bill],
        "provider-fee": provider_fees([bill], {"SO1001": None}),
        "provider-limits": [provider_limits(name) for name in ("wechat", "alipay", "stripe")],
        "reconciliation": [reconcile(bill, [demand], [back], method)],
        "refund-demand": [back],
        "refund-notice": [
            RefundNotice(id="p1", refund="R-1", amount=back.amount, told=told) for told in ("failed", "succeeded")
        ],
        "retry-schedule": [retry_schedule("wechat")],
        "split": [made],
        "split-return": [split_return(made, quote, payout(settlement, refunds=[quote]))],
        "invoice": invoices(settlement, InvoiceRequest(title="T"), InvoicePolicy(freight_tax_percent="9")),
        "invoice-policy": [InvoicePolicy()],
        "payment-demand": [demand],
        "payment-item": payment_items(settlement),
        "payment-notice": notices,
        "payment-option": options,
        "payment-state": [payment_state([demand], notices[:at], at and 1) for at in range(5)],
        "payout": [payout(settlement, refunds=[quote], method=method)],
        "payout-policy": [PayoutPolicy()],
        "refund-policy": [RefundPolicy()],
        "stored-answer": [StoredAnswer.of("k", {"a": [1, None]}, '{"b": "茶"}')],
        "sub-order": split_orders(settlement),
        "tender-share": split_tenders(Money("1.00 CNY"), [("card", None)]),
    }
    return {name: [each.model_dump_json() for each in rows] for name, rows in plain.items()} | {
        "refund": [quote.to_json()],
        "refund-preview": [json.dumps(each.to_dict()) for each in preview(settlement, freight="return")],
    }


NAMES = sorted(written())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_valid_and_reads_back(name):
    """Every document of the list: valid by its schema, read back, and written again to the same bytes."""
    model = DOCUMENTS[name]
    validator = Draft202012Validator(schema(model))
    validator.check_schema(validator.schema)
    texts = written()[name]
    assert texts
    for text in texts:
        validator.validate(json.loads(text))
        again = model.model_validate_json(text)
        if not name.startswith("refund"):
            assert again.model_dump_json() == text
