"""A reconciliation for a reader: what it comes to, and a line for each row that does not agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from settlement.documents.words.language import Language, language
from settlement.documents.words.page import Page
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import one_text

if TYPE_CHECKING:
    from settlement.after_pay.bills.reconciliation import Reconciled, Reconciliation

__all__ = ["RECONCILED", "reconciliation_text"]

#: Why an entry does not agree (`reconciliation`).
RECONCILED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "order": "of another order",
        "merchant": "to another account",
        "id": "another transaction",
        "currency": "in another currency",
        "amount": "another amount",
        "fee": "another fee",
        "state": "this refund moved no money",
        "other_day": "of another day",
        "repeated": "stands twice",
        "unknown": "not known here",
        "absent": "not in the bill",
    }
)


def reconciliation_text(reconciliation: Reconciliation, *, locale: str = "en") -> str:
    """The reconciliation as plain text in a reader's language, without a final newline. Raises `UnknownLocale`.

    >>> from settlement.after_pay.bills.bill import Bill
    >>> from settlement.after_pay.bills.reconcile import reconcile
    >>> from settlement.after_pay.payments.demand import PaymentDemand
    >>> bill = Bill(provider="wechat", rows=[])
    >>> print(reconciliation_text(reconcile(bill, [PaymentDemand(order="1001", amount="9.90 CNY")])))
    Reconciliation                                        wechat
    ============================================================
    0 matched, 0 differing, 0 only in the bill, 1 only here
    ------------------------------------------------------------
    Payments
      In the bill                                        CN¥0.00
      Known here                                         CN¥9.90
      Only here                                          CN¥9.90
    ------------------------------------------------------------
    Order 1001: CN¥9.90 expected; not in the bill
    """
    say, page = language(locale), Page()
    page.heading(say("Reconciliation"), shown(reconciliation.provider))
    page.rule("=")
    counts = {name: len(reconciliation.of(name)) for name in ("matched", "differing", "only_in_bill", "only_here")}
    page.row(
        say(
            "{matched} matched, {differing} differing, {only_in_bill} only in the bill, {only_here} only here", **counts
        )
    )
    for each in reconciliation.sums:
        page.rule()
        page.row(say("Payments") if each.kind == "payment" else say("Refunds"))
        rows = (
            (say("In the bill"), each.in_bill),
            (say("Known here"), each.here),
            (say("Differing"), each.differing),
            (say("Only in the bill"), each.only_in_bill),
            (say("Only here"), each.only_here),
            (say("Fee of the payment provider"), each.fees),
        )
        for at, (label, amount) in enumerate(rows):
            if amount or at < 2:
                page.row(label, amount=say.money(amount), indent=2)
    text = [str(page)]
    told = [line for each in reconciliation.entries if each.outcome != "matched" for line in _entry(say, each)]
    return "\n".join([*text, *(["-" * Page.LEAST] if told else []), *told])


def _entry(say: Language, each: Reconciled) -> Iterator[str]:
    """One entry that does not agree."""
    if each.kind == "payment":
        named = say("Order {order}", order=shown(each.order))
    else:
        named = say("Refund {refund} of order {order}", refund=shown(each.refund or "-"), order=shown(each.order))
    parts = []
    if each.row is not None:
        parts.append(say("{amount} in the bill, line {line}", amount=say.money(each.row.amount), line=each.row.line))
    if each.expected is not None:
        parts.append(say("{amount} expected", amount=say.money(each.expected.amount)))
    for reason in each.reasons:
        told = say(RECONCILED[reason])
        if reason == "amount" and each.difference is not None:
            told = say("{reason} by {amount}", reason=told, amount=say.money(each.difference))
        if reason == "fee" and each.fee_difference is not None:
            told = say("{reason} by {amount}", reason=told, amount=say.money(each.fee_difference))
        parts.append(told)
    yield say("{entry}: {parts}", entry=named, parts=one_text(parts, say))
