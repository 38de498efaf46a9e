"""A bill against what the shop knows: every row once, and the sums of both sides agree to the minor unit."""

from __future__ import annotations

import random

import pytest

from bills import BACK, SALE, WECHAT_SUMS, a_row, wechat
from samples import problems
from settlement import CurrencyMismatch, Money, PaymentMethod
from settlement.after_pay.bills import Bill, Reconciliation, provider_fees, read_wechat, reconcile
from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundDemand, payment_state
from settlement.audit.books.tables import csv_text, table

TERMS = PaymentMethod(id="wechat", percent="0.6", borne_by="merchant")


def a_demand(order="SO1001", amount="9.90 CNY", **fields):
    """What was asked for."""
    return PaymentDemand(order=order, amount=amount, **fields)


def a_bill(*rows, **fields):
    """A bill of these rows."""
    return Bill(provider="bank", rows=list(rows) or [a_row()], **fields)


def told(found):
    """Every entry in three words."""
    return [(each.order, each.outcome, each.reasons) for each in found.entries]


def a_return(**fields):
    """A refund of 3.00 in a bill, and as it was asked for."""
    return a_row(kind="refund", refund="r1", amount="3.00 CNY", fee="-0.02 CNY", line=3) | fields


def test_what_agrees_is_matched():
    """A sale and a refund of WeChat's bill, with the fees that the terms make; the page says no more than that."""
    bill = read_wechat(wechat([SALE, BACK], WECHAT_SUMS))
    asked = [a_demand("SO1001", "100.00 CNY", merchant="1900000001")]
    back = [RefundDemand(order="SO1001", refund="R-1", amount="30.00 CNY")]
    found = reconcile(bill, asked, back, TERMS)
    assert told(found) == [("SO1001", "matched", ())] * 2
    assert found.agrees
    assert [str(each.expected.fee) for each in found.entries] == ["0.60 CNY", "-0.18 CNY"]
    assert "2 matched, 0 differing" in str(found)
    assert "已对上 2 笔" in found.text("zh_CN")
    assert Reconciliation.from_json(found.to_json()) == found


def test_each_way_of_not_agreeing_has_its_reason():
    """Amount, currency, merchant, transaction, order, fee beyond the tolerance, a refund that moved no money."""
    paid = payment_state([a_demand()], [PaymentNotice(id="t9", key="SO1001", amount="9.90 CNY", told="succeeded")])
    cases = [
        (a_row(amount="9.00 CNY", fee="0.05 CNY"), a_demand(), None, ("amount",)),
        (a_row(amount="990 JPY", fee="0 JPY"), a_demand(), None, ("currency",)),
        (a_row(merchant="m2"), a_demand(merchant="m1"), None, ("merchant",)),
        (a_row(), paid, None, ("id",)),
        (a_row(fee="0.07 CNY"), a_demand(), None, ()),
        (a_row(fee="0.08 CNY"), a_demand(), None, ("fee",)),
        (a_row(fee="0.04 CNY", amount="9.89 CNY"), a_demand(), None, ("amount", "fee")),
        (a_return(), None, ("SO1001", "r1", "3.00 CNY"), ()),
        (a_return(order="SO1002"), None, ("SO1001", "r1", "3.00 CNY"), ("order",)),
        (a_return(state="CLOSED"), None, ("SO1001", "r1", "3.00 CNY"), ("state",)),
        (a_return(refund=None), None, ("SO1001", "r1", "3.00 CNY"), ()),
    ]
    for row, demand, back, reasons in cases:
        refunds = [] if back is None else [RefundDemand(order=back[0], refund=back[1], amount=back[2])]
        found = reconcile(a_bill(row), [] if demand is None else [demand], refunds, TERMS)
        [entry] = found.entries
        assert (entry.outcome, entry.reasons) == ("differing" if reasons else "matched", reasons)
        assert found.agrees is not bool(reasons)
        assert str(found)
        assert found.text("zh_CN") != str(found)
        assert ";" not in found.text("zh_CN")


def test_what_one_side_alone_has_is_told():
    """Missing on either side, twice on either side, of another day; an unpaid state expects nothing."""
    unpaid = payment_state([a_demand("SO1004")], [])
    rows = [
        a_row(),
        a_row(line=3),
        a_row(line=4, id="t2"),
        a_row(line=5, id="t3", order="SO1003"),
        a_row(line=6, id="t4", order="SO1004"),
        a_row(line=7, id="t5", order="SO1005", at="2026-11-12T00:00:00+08:00"),
    ]
    day = {"since": "2026-11-11T00:00:00+08:00", "until": "2026-11-12T00:00:00+08:00"}
    found = reconcile(a_bill(*rows, **day), [a_demand(), a_demand(), a_demand("SO1002"), unpaid])
    assert told(found) == [
        ("SO1001", "matched", ()),
        ("SO1001", "only_in_bill", ("repeated",)),  # the same row again
        ("SO1001", "only_in_bill", ("repeated",)),  # paid twice
        ("SO1003", "only_in_bill", ("unknown",)),
        ("SO1004", "only_in_bill", ("unknown",)),
        ("SO1005", "only_in_bill", ("other_day",)),
        ("SO1001", "only_here", ("repeated",)),
        ("SO1002", "only_here", ("absent",)),
    ]
    assert "1 matched, 0 differing, 5 only in the bill, 2 only here" in str(found)
    for line in (
        "Order SO1002: CN¥9.90 expected; not in the bill",
        "Order SO1005: CN¥9.90 in the bill, line 7; of another day",
    ):
        assert line in str(found)


def test_refunds_of_a_bill_without_numbers_are_told_by_order_and_amount():
    """Two of one amount are two."""
    rows = [a_return(refund=None, refund_id=None, line=at) for at in (2, 3, 4)]
    back = [RefundDemand(order="SO1001", refund=f"r{at}", amount="3.00 CNY") for at in (1, 2)]
    found = reconcile(a_bill(*rows), [], back)
    assert [each.outcome for each in found.entries] == ["matched", "matched", "only_in_bill"]
    assert [each.refund for each in found.entries] == ["r1", "r2", None]


def test_a_fee_is_expected_of_what_is_settled_and_may_stay_on_a_refund():
    """Coupons that are not settled bear no fee; where the provider keeps fees, 0 is expected back."""
    row = a_row(amount="100.00 CNY", settled="50.00 CNY", fee="0.30 CNY")
    found = reconcile(a_bill(row), [a_demand(amount="100.00 CNY")], method=TERMS)
    assert found.agrees
    back = [RefundDemand(order="SO1001", refund="r1", amount="3.00 CNY")]
    kept = reconcile(a_bill(a_return()), [], back, TERMS, fee_on_refund="keep")
    assert [each.reasons for each in kept.entries] == [("fee",)]
    assert str(kept.entries[0].fee_difference) == "-0.02 CNY"
    assert "another fee by -CN¥0.02" in str(kept)
    half = reconcile(a_bill(a_row(amount="0.50 CNY", fee="0.00 CNY")), [a_demand(amount="0.50 CNY")], method=TERMS)
    assert str(half.entries[0].expected.fee) == "0.00 CNY"  # 0.50 at 0.6 % is 0.003


def test_the_tolerance_is_stated_and_counts_per_row():
    """One minor unit unless another is stated; it is never added up over rows."""
    rows = [a_row(line=at, id=f"t{at}", order=f"SO100{at}", fee="0.07 CNY") for at in range(1, 6)]
    asked = [a_demand(f"SO100{at}") for at in range(1, 6)]
    assert reconcile(a_bill(*rows), asked, method=TERMS).agrees
    assert not reconcile(a_bill(*rows), asked, method=TERMS, fee_tolerance=0).of("matched")
    assert reconcile(a_bill(*rows), asked, method=TERMS, fee_tolerance=0).fee_tolerance == 0


def a_case(rng):
    """A random bill and what the shop knows of it, which agree in parts."""
    rows, asked, back = [], [], []
    for at in range(rng.randint(0, 12)):
        currency, amount = rng.choice(["CNY", "CNY", "JPY"]), rng.randint(1, 900)
        money = str(Money.of_minor(amount, currency))
        fee = str(Money.of_minor(rng.randint(0, 4), currency))
        day = rng.choice([10, 11, 11, 11])
        row = a_row(line=at + 2, id=f"t{rng.randint(0, 9)}", order=f"SO100{rng.randint(0, 9)}", amount=money, fee=fee,
                    at=f"2026-11-{day}T10:00:00+08:00")  # fmt: skip
        if rng.random() < 0.4:
            number = rng.choice([None, f"r{rng.randint(0, 4)}"])
            row |= {"kind": "refund", "refund": number}
        rows.append(row)
    for row in [*rows, a_row(order="x"), a_return(refund="y")]:
        if rng.random() < 0.7:
            amount = row["amount"] if rng.random() < 0.7 else rng.choice(["1.00 CNY", "100 JPY"])
            if row["kind"] == "payment":
                asked.append(PaymentDemand(order=row["order"], amount=amount))
            else:
                back.append(RefundDemand(order=row["order"], refund=row["refund"] or "z", amount=amount))
    return a_bill(*rows, since="2026-11-11T00:00:00+08:00") if rows else Bill(provider="bank", rows=[]), asked, back


@pytest.mark.parametrize("seed", range(8))
def test_every_row_and_every_demand_stands_in_one_entry_and_the_sums_agree(seed):
    """Rows and demands are all there once, whatever differs; in_bill - here = differing + only_in_bill - only_here."""
    rng = random.Random(seed)
    for _ in range(60):
        bill, asked, back = a_case(rng)
        method = rng.choice([None, TERMS])
        found = reconcile(bill, asked, back, method)
        assert [each.row for each in found.entries if each.row is not None] == list(bill.rows)
        expected = [each.expected for each in found.entries if each.expected is not None]
        key = lambda kind, order, refund, amount: (kind, order, refund or "", str(amount))  # noqa: E731
        assert sorted(key(e.kind, e.order, e.refund, e.amount) for e in expected) == sorted(
            [key("payment", d.order, None, d.amount) for d in asked]
            + [key("refund", d.order, d.refund, d.amount) for d in back]
        )
        assert sum(len(found.of(outcome)) for outcome in ("matched", "differing", "only_in_bill", "only_here")) == len(
            found.entries
        )
        for each in found.sums:
            assert each.in_bill - each.here == each.differing + each.only_in_bill - each.only_here
            rows = [row for row in bill.rows if (row.kind, row.currency) == (each.kind, each.currency)]
            assert each.in_bill.minor == sum(row.amount.minor for row in rows)
            assert each.fees.minor == sum(row.fee.minor for row in rows)
            known = asked if each.kind == "payment" else back
            assert each.here.minor == sum(d.amount.minor for d in known if d.amount.currency == each.currency)
        assert Reconciliation.from_json(found.to_json()) == found
        assert len(table(found).rows) == len(found.entries)
        assert csv_text(found, "sums").count("\r\n") == len(found.sums) + 1


def test_what_the_sides_do_not_make_is_not_read_back():
    """An outcome, a reason or a side that was changed."""
    found = reconcile(a_bill(), [a_demand(), a_demand("SO1002")]).to_dict()
    detail = ("entries[0]", "value.invalid")
    for change in ({"outcome": "differing"}, {"reasons": ["fee"]}):
        wrong = found | {"entries": [found["entries"][0] | change, found["entries"][1]]}
        assert problems(lambda wrong=wrong: Reconciliation.from_dict(wrong)) == [detail]
    wrong = found | {"entries": [found["entries"][0] | {"row": None}]}
    assert problems(lambda: Reconciliation.from_dict(wrong)) == [("entries[0].outcome", "value.invalid")]
    wrong = found | {"entries": [found["entries"][1] | {"reasons": ["unknown"]}]}
    assert problems(lambda: Reconciliation.from_dict(wrong)) == [detail]


def test_misuse_is_told():
    """Other documents, and terms in a currency that nothing is in."""
    with pytest.raises(TypeError, match="bill: found"):
        reconcile("bill", [])
    with pytest.raises(TypeError, match=r"payments\[0\]: found"):
        reconcile(a_bill(), ["SO1001"])
    with pytest.raises(TypeError, match=r"refunds\[0\]: found"):
        reconcile(a_bill(), [], [a_demand()])
    with pytest.raises(CurrencyMismatch):
        reconcile(a_bill(), [a_demand()], method=TERMS.model_copy(update={"fixed": "0.30 USD"}))


def test_fees_of_an_order_are_those_of_all_its_rows():
    """Charged and given back, over the bills of several days; a row that stands in two of them counts once.

    Two refunds of one second that have no number are two.
    """
    first = a_bill(a_row(fee="0.70 CNY"))
    second = a_bill(a_return(), a_return(refund="r2", fee="-0.03 CNY"), a_row(fee="0.70 CNY", line=4))
    [fee] = provider_fees([first, second, first], {"SO1001": "tea"})
    assert (fee.shop, str(fee.charged), str(fee.returned)) == ("tea", "0.70 CNY", "0.05 CNY")
    twice = a_bill(a_row(fee="0.70 CNY"), a_return(refund=None), a_return(refund=None, line=4))
    assert [str(each.returned) for each in provider_fees([twice, twice], {"SO1001": None})] == ["0.04 CNY"]
    with pytest.raises(LookupError, match="no bill has a payment of the order 'SO1002'"):
        provider_fees([first], {"SO1002": None})
    with pytest.raises(CurrencyMismatch):
        provider_fees([a_bill(a_row(), a_return(amount="3 JPY", fee="0 JPY"))], {"SO1001": None})
