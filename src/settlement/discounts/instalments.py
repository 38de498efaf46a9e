"""Payment in stages: what is due with the order, what later, and what is kept of a deposit (docs/presale.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from settlement.discounts.staged import Staged
from settlement.documents.scalars import rate

__all__ = ["Held", "Parts", "PaymentStage", "instalments"]

#: Amounts in minor units by line id, in the order of the ids.
Parts: TypeAlias = tuple[tuple[str, int], ...]
Kind: TypeAlias = Literal["deposit", "at_once", "balance"]


class Held(NamedTuple):
    """A presale that holds on a line: the thousandths of it that it saw, and when its deposit may be paid."""

    rule: str
    benefit: Staged
    millis: int
    starts: datetime | None = None
    ends: datetime | None = None


class PaymentStage(NamedTuple):
    """One stage: its part of payable, what tenders leave of that, and of a deposit what is kept."""

    kind: Kind
    starts: datetime | None
    ends: datetime | None
    amount: int
    due: int
    lines: Parts
    kept: Parts = ()


def instalments(
    ids: Sequence[str],
    payable: Sequence[int],
    held: Mapping[int, Held],
    tendered: int,
    rounded: Callable[[int, int], int],
) -> tuple[PaymentStage, ...]:
    """The stages of what is payable, by the places of the lines on which a presale holds (one or more)."""
    deposits: dict[int, int] = {}
    kept: dict[int, int] = {}
    rest: dict[tuple[datetime, datetime], dict[int, int]] = {}
    for line, each in sorted(held.items()):
        deposits[line] = min(payable[line], rounded(each.benefit.deposit.minor * each.millis, 1000))
        numerator, denominator = rate(each.benefit.kept)
        kept[line] = rounded(deposits[line] * numerator, denominator)
        window = (each.benefit.balance_from, each.benefit.balance_until)
        rest.setdefault(window, {})[line] = payable[line] - deposits[line]
    starts = [each.starts for each in held.values() if each.starts is not None]
    ends = [each.ends for each in held.values() if each.ends is not None]
    others = {line: amount for line, amount in enumerate(payable) if line not in held}

    def parts(amounts: Mapping[int, int]) -> Parts:
        return tuple([(ids[line], amount) for line, amount in amounts.items() if amount])

    def stage(kind: Kind, starts: datetime | None, ends: datetime | None, amounts: Mapping[int, int]) -> PaymentStage:
        amount = sum(amounts.values())
        return PaymentStage(kind, starts, ends, amount, amount, parts(amounts))

    later = [stage("balance", *window, rest[window]) for window in sorted(rest)]
    now = [stage("at_once", None, None, others)] if others else []
    deposit = stage("deposit", max(starts, default=None), min(ends, default=None), deposits)
    made = []
    for row in (*now, *later, deposit._replace(kept=parts(kept))):  # a deposit is the last that tenders pay
        paid = min(tendered, row.amount)
        tendered -= paid
        made.append(row._replace(due=row.amount - paid))
    return (made[-1], *made[:-1])
