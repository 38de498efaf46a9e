"""What a provider would refuse of a split and of its returns (`payments.limits`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from settlement.after_pay.payments.limits import ProviderLimits
from settlement.after_pay.splits.instructions import Split, SplitReturn
from settlement.documents.problems import expect, expect_all
from settlement.documents.scalars import instant_out, rate, utc
from settlement.errors import Problem
from settlement.money import money_of

__all__ = ["check_split", "check_split_return"]


def check_split(limits: ProviderLimits, made: Split) -> tuple[Problem, ...]:
    """The receivers of one call, and the share of the payment that goes to others; nothing: all is well.

    The share is at most `share_percent` of what was captured, rounded down. Raises `TypeError` for anything but these.
    """
    expect("limits", limits, ProviderLimits)
    expect("made", made, Split)
    return tuple(_wrong_split(limits, made))


def _wrong_split(limits: ProviderLimits, made: Split) -> Iterator[Problem]:
    receivers = {each.account for each in made.moved if each.amount}
    if limits.receivers is not None and len(receivers) > limits.receivers:
        facts = {"found": len(receivers), "limit": limits.receivers, "provider": limits.provider}
        yield Problem("shares", "provider_limit.receivers", facts)
    if limits.share_percent is not None:
        numerator, denominator = rate(limits.share_percent)
        most = made.captured.minor * numerator // denominator
        shared = sum([each.amount.minor for each in made.moved])
        if shared > most:
            facts = {"found": str(money_of(shared, made.currency)), "limit": str(money_of(most, made.currency))}
            yield Problem("shares", "provider_limit.share", facts | {"provider": limits.provider})


def check_split_return(
    limits: ProviderLimits,
    back: SplitReturn,
    history: Iterable[SplitReturn] = (),
    *,
    split_at: datetime | str | None = None,
    at: datetime | str | None = None,
) -> tuple[Problem, ...]:
    """How many returns each account has made, and how long ago the split was; nothing: all is well.

    `history` are the returns before. Days are checked where both instants are stated. Raises `TypeError` for anything
    but these documents, a validation error for what is no instant.
    """
    expect("limits", limits, ProviderLimits)
    expect("back", back, SplitReturn)
    before = expect_all("history", history, SplitReturn)
    return tuple(_wrong_return(limits, back, before, *[None if each is None else utc(each) for each in (split_at, at)]))


def _wrong_return(
    limits: ProviderLimits, back: SplitReturn, before: list[SplitReturn], split_at: datetime | None, at: datetime | None
) -> Iterator[Problem]:
    provider = limits.provider
    made = Counter(
        [account for each in (*before, back) for account in {part.account for part in each.moved if part.amount}]
    )
    places = [f"{name}[{at}]" for name in ("shares", "receivers") for at in range(len(getattr(back, name)))]
    for place, each in zip(places, back.moved, strict=True):
        if each.amount and limits.returns is not None and made[each.account] > limits.returns:
            facts = {"found": made[each.account], "receiver": each.account, "limit": limits.returns}
            yield Problem(place, "provider_limit.returns", facts | {"provider": provider})
    if split_at is None or at is None or limits.return_days is None:
        return
    if at - split_at > timedelta(days=limits.return_days) and any(each.amount for each in back.moved):
        facts = {"found": instant_out(split_at), "limit": limits.return_days, "provider": provider}
        yield Problem("shares", "provider_limit.return_days", facts)
