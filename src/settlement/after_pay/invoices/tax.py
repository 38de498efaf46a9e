"""The tax in amounts that include it: once per rate and spread over its lines, or once per line (docs/invoices.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from settlement.after_pay.invoices.document import InvoiceLine
from settlement.after_pay.invoices.policy import InvoicePolicy
from settlement.allocation import share_out
from settlement.documents.scalars import rate
from settlement.money import ROUNDERS, money_of

__all__ = ["in_order", "tax_in", "taxed"]


def tax_in(amount: int, percent: int | Decimal | None, rounding: str) -> int:
    """round(amount × r ÷ (100 + r)) of an amount of 0 or more.

    >>> tax_in(2300, 7, "half_up"), tax_in(140, 13, "half_up")
    (150, 16)
    """
    numerator, denominator = rate(percent or 0)
    return ROUNDERS[rounding](amount * numerator, denominator + numerator)


def in_order(row: InvoiceLine) -> tuple[bool, str]:
    """The last tie between lines that share a tax: the smaller id, freight behind all of them."""
    return row.line is None, row.line or ""


def taxed(rows: Sequence[InvoiceLine], policy: InvoicePolicy) -> Iterator[InvoiceLine]:
    """The lines with their part of the tax that their rate makes."""
    if policy.tax_per == "line":
        shares = {at: tax_in(row.amount.minor, row.tax_percent, policy.rounding) for at, row in enumerate(rows)}
    else:
        shares = _by_rate(rows, policy.rounding)
    for at, row in enumerate(rows):
        yield row.model_copy(update={"tax": money_of(shares[at], row.tax.currency)}) if shares.get(at) else row


def _by_rate(rows: Sequence[InvoiceLine], rounding: str) -> dict[int, int]:
    """Place -> tax, where each rate is rounded once."""
    shares: dict[int, int] = {}
    by_id = sorted(range(len(rows)), key=lambda at: in_order(rows[at]))
    for percent in {row.tax_percent: None for row in rows if row.tax_percent}:
        places = [at for at in by_id if rows[at].tax_percent == percent]
        amounts = [rows[at].amount.minor for at in places]
        tax = tax_in(sum(amounts), percent, rounding)
        shares |= dict(zip(places, share_out(tax, amounts), strict=True))
    return shares
