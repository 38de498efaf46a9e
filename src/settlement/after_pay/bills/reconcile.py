"""A provider's bill against what the shop knows: which row is which payment or refund, and what each side alone has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Literal

from settlement.after_pay.bills.bill import Bill, BillRow
from settlement.after_pay.bills.reconciliation import Expected, Reason, Reconciled, Reconciliation, differences
from settlement.after_pay.payments.demand import PaymentDemand
from settlement.after_pay.payments.given_back import RefundDemand
from settlement.after_pay.payments.paid import PaymentState
from settlement.after_pay.payouts.provider_fees import ProviderFee
from settlement.documents.problems import expect, expect_all
from settlement.documents.scalars import rate
from settlement.errors import CurrencyMismatch
from settlement.money import ROUNDERS, Money, money_of
from settlement.rulebook.payment_methods import PaymentMethod

__all__ = ["provider_fees", "reconcile"]


def reconcile(
    bill: Bill,
    payments: Iterable[PaymentDemand | PaymentState],
    refunds: Iterable[RefundDemand] = (),
    method: PaymentMethod | None = None,
    fee_on_refund: Literal["return", "keep"] = "return",
    fee_tolerance: int = 1,
) -> Reconciliation:
    """What of a bill and of the shop's own payments and refunds is one and the same, and what is not.

    `payments` are those that the shop takes for paid in the bill's period: demands, or states, of which an unpaid one
    expects nothing. A payment is found by its key, which the bill calls the order, a refund by its own number, or where
    the bill has none by payment and amount. Rows outside the bill's period are not compared. `method` are the terms by
    which fees are expected, of what the provider settles, rounded half up once a row; on a refund the percentage comes
    back, or nothing does; a row's fee may differ by `fee_tolerance` minor units. Without `method` fees are not
    compared. Each row and each demand stands in one entry: the bill's rows in their order, then what only the shop has,
    in its. Raises `TypeError` for anything but these documents, `CurrencyMismatch` for terms in a currency that no row
    or payment has.

    >>> from settlement import PaymentMethod
    >>> row = dict(line=2, kind="payment", id="t1", order="SO1001", amount="9.90 CNY", fee="0.06 CNY")
    >>> bill = Bill(provider="wechat", rows=[row | {"at": "2026-11-11T10:00:00+08:00"}])
    >>> terms = PaymentMethod(id="wechat", percent="0.6", borne_by="merchant")
    >>> asked = [PaymentDemand(order=name, amount="9.90 CNY") for name in ("SO1001", "SO1002")]
    >>> [(each.order, each.outcome, each.reasons) for each in reconcile(bill, asked, method=terms).entries]
    [('SO1001', 'matched', ()), ('SO1002', 'only_here', ('absent',))]
    """
    expect("bill", bill, Bill)
    expect("method", method, PaymentMethod, optional=True)
    fee = _fees(method, fee_on_refund)
    paid, back = list(payments), expect_all("refunds", refunds, RefundDemand)
    expected = [*_paid(paid), *_back(back)]
    _one_currency(method, [*[row.currency for row in bill.rows], *[each.amount.currency for each in expected]])
    entries = _entries(bill, expected, fee, fee_tolerance)
    return Reconciliation(
        provider=bill.provider,
        since=bill.since,
        until=bill.until,
        fee_tolerance=fee_tolerance,
        entries=tuple(entries),
    )


def _paid(payments: Iterable[PaymentDemand | PaymentState]) -> Iterator[Expected]:
    for at, each in enumerate(payments):
        demand = each.paid_for if isinstance(each, PaymentState) else each
        if demand is None:
            continue
        expect(f"payments[{at}]", demand, PaymentDemand)
        notice = each.payment if isinstance(each, PaymentState) else None
        told = None if notice is None else notice.id
        yield Expected(
            kind="payment", order=demand.order, key=demand.key, merchant=demand.merchant, id=told, amount=demand.amount
        )


def _back(refunds: Iterable[RefundDemand]) -> Iterator[Expected]:
    for each in refunds:
        yield Expected(
            kind="refund", order=each.order, key=each.order, refund=each.refund, merchant=each.merchant,
            amount=each.amount,
        )  # fmt: skip


# ------------------------------------------------------------------ fees

_Fee = Callable[[str, Money], Money | None]


def _fees(method: PaymentMethod | None, on_refund: Literal["return", "keep"]) -> _Fee:
    """What the provider is expected to keep of an amount, by kind."""
    rounded = ROUNDERS["half_up"]

    def fee(kind: str, amount: Money) -> Money | None:
        if method is None or any(
            each is not None and each.currency != amount.currency for each in (method.fixed, method.min, method.max)
        ):
            return None
        if kind == "payment":
            return money_of(method.fee(amount.minor, rounded) if amount.minor else 0, amount.currency)
        if on_refund == "keep" or method.percent is None:
            return money_of(0, amount.currency)
        exact = Fraction(*rate(method.percent)) * amount.minor
        return money_of(-rounded(exact.numerator, exact.denominator), amount.currency)

    return fee


def _one_currency(method: PaymentMethod | None, currencies: Iterable[str]) -> None:
    """Terms with amounts in a currency that nothing here is in are those of another provider."""
    known = sorted({*currencies})
    for amount in () if method is None else (method.fixed, method.min, method.max):
        if amount is not None and known and amount.currency not in known:
            raise CurrencyMismatch(known[0], amount.currency)


# ------------------------------------------------------------------ which is which


def _entries(bill: Bill, expected: list[Expected], fee: _Fee, tolerance: int) -> list[Reconciled]:
    """The bill's rows in their order, then what only the shop has."""
    known, twice = _by_key(expected)
    taken: set[int] = set()
    seen: set[tuple[str, ...]] = set()
    made = []
    for row in bill.rows:
        same = (row.kind, row.id, row.refund or row.refund_id or "")
        if not bill.has(row.at):
            made.append(Reconciled(outcome="only_in_bill", reasons=("other_day",), row=row))
            continue
        if same in seen and (row.kind == "payment" or same[2]):
            made.append(Reconciled(outcome="only_in_bill", reasons=("repeated",), row=row))
            continue
        seen.add(same)
        found = next((at for at in _candidates(row, known) if at not in taken), None)
        if found is None:
            reason: Reason = "repeated" if next(iter(_candidates(row, known)), None) is not None else "unknown"
            made.append(Reconciled(outcome="only_in_bill", reasons=(reason,), row=row))
            continue
        taken.add(found)
        basis = row.settled if row.settled is not None and row.settled.currency == row.currency else row.amount
        each = expected[found].model_copy(update={"fee": fee(row.kind, basis)})
        reasons = differences(row, each, tolerance)
        made.append(Reconciled(outcome="differing" if reasons else "matched", reasons=reasons, row=row, expected=each))
    for at, each in enumerate(expected):
        if at not in taken:
            told = each.model_copy(update={"fee": fee(each.kind, each.amount)})
            alone: Reason = "repeated" if at in twice else "absent"
            made.append(Reconciled(outcome="only_here", reasons=(alone,), expected=told))
    return made


_Known = Mapping[tuple[str, ...], list[int]]


def _by_key(expected: list[Expected]) -> tuple[dict[tuple[str, ...], list[int]], set[int]]:
    """Where what is expected stands, by what it is found by; and what is handed in a second time."""
    known: dict[tuple[str, ...], list[int]] = {}
    twice: set[int] = set()
    for at, each in enumerate(expected):
        key = (each.kind, each.key if each.kind == "payment" else each.refund or "")
        if key in known:
            twice.add(at)
            continue
        known[key] = [at]
        if each.kind == "refund":
            known.setdefault(("of", each.key, str(each.amount)), []).append(at)
    return known, twice


def _candidates(row: BillRow, known: _Known) -> list[int]:
    """Where what a row may be stands."""
    if row.kind == "payment":
        return known.get(("payment", row.order), [])
    if row.refund is not None:
        return known.get(("refund", row.refund), [])
    return known.get(("of", row.order, str(row.amount)), [])


# ------------------------------------------------------------------ into the payout


def provider_fees(bills: Iterable[Bill], orders: Mapping[str, str | None]) -> tuple[ProviderFee, ...]:
    """What a provider really kept of an order, for `payout(provider_fees=…)`, from the bills of all its days.

    `orders` are the keys under which it was paid and the shop of each sub-order; None: one payment of the whole.
    Rows that stand in the bills twice count once, but refunds of one bill that have no number: each is its own, as in
    `reconcile`. Raises `LookupError` for a number that no bill has a payment of, and `CurrencyMismatch` where its rows
    are in two currencies.

    >>> row = dict(line=2, kind="payment", id="t1", order="1001", amount="9.90 CNY", fee="0.06 CNY")
    >>> bill = Bill(provider="wechat", rows=[row | {"at": "2026-11-11T10:00:00+08:00"}])
    >>> [str(each.charged) for each in provider_fees([bill], {"1001": None})]
    ['0.06 CNY']
    """
    rows: dict[tuple[object, ...], BillRow] = {}
    for bill in expect_all("bills", bills, Bill):
        here: Counter[tuple[str, str, str]] = Counter()
        for row in bill.rows:
            if row.order in orders:
                number = row.refund or row.refund_id
                same = (row.kind, row.id, number or str(row.at))
                here[same] += row.kind == "refund" and number is None
                rows[*same, here[same]] = row
    made = []
    for order, shop in orders.items():
        found = [row for row in rows.values() if row.order == order]
        currency = next((row.currency for row in found if row.kind == "payment"), None)
        if currency is None:
            msg = f"no bill has a payment of the order {order!r}"
            raise LookupError(msg)
        for row in found:
            if row.currency != currency:
                raise CurrencyMismatch(currency, row.currency)
        charged = sum([row.fee.minor for row in found if row.kind == "payment"])
        returned = -sum([row.fee.minor for row in found if row.kind == "refund"])
        made.append(ProviderFee(shop=shop, charged=money_of(charged, currency), returned=money_of(returned, currency)))
    return tuple(made)
