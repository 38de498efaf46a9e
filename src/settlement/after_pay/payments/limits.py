"""What a payment provider takes, as data with a date: numbers, amounts, how often and how long it gives back.

What is stated here was found in public documents on the day it bears, and may have changed: a host checks it against
its own contract and changes it by `model_copy`, or writes a document of its own. What was not confirmed is left out.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from settlement.after_pay.payments.demand import PaymentDemand
from settlement.after_pay.payments.given_back import RefundDemand
from settlement.documents.document import Document
from settlement.documents.problems import expect, expect_all
from settlement.documents.scalars import Count, Id, Name, Percent, PositiveCount, instant_out, utc
from settlement.errors import Problem
from settlement.money import Money

__all__ = ["ProviderLimits", "check_payments", "check_refund", "provider_limits"]

_PLAIN: Final = frozenset(string.ascii_letters + string.digits)


class ProviderLimits(Document):
    """What a provider takes, `stated` on a day; null: not limited, or not known.

    Numbers are of letters, digits and the further signs named. `least` and `most` are of one payment. Days are full
    days of 24 hours from the instant of the payment or of the split.
    """

    provider: Id
    stated: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    order_least: Count = 1
    order_most: PositiveCount | None = None
    order_signs: Name = ""
    refund_most: PositiveCount | None = None
    refund_signs: Name = ""
    least: Money | None = None
    most: Money | None = None
    sub_orders: PositiveCount | None = None
    refunds: PositiveCount | None = None
    refund_days: PositiveCount | None = None
    refund_seconds: PositiveCount | None = None
    receivers: PositiveCount | None = None
    share_percent: Percent | None = None
    return_days: PositiveCount | None = None
    returns: PositiveCount | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            provider: str,
            stated: str,
            order_least: int = 1,
            order_most: int | None = None,
            order_signs: str = "",
            refund_most: int | None = None,
            refund_signs: str = "",
            least: Money | str | None = None,
            most: Money | str | None = None,
            sub_orders: int | None = None,
            refunds: int | None = None,
            refund_days: int | None = None,
            refund_seconds: int | None = None,
            receivers: int | None = None,
            share_percent: int | Decimal | str | None = None,
            return_days: int | None = None,
            returns: int | None = None,
        ) -> None: ...


#: By provider. WeChat Pay: JSAPI 下单, 申请退款, 合单 and 分账常见问题, 请求分账回退; partners may have 50
#: sub-orders; the highest share is the merchant's own. Alipay: 统一收单交易创建接口, 退款 and
#: alipay.trade.order.settle (synchronous); days are by contract. Stripe: the reference of its Python package.
_STATED: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "wechat": {
            "order_least": 6, "order_most": 32, "order_signs": "_-", "refund_most": 64, "refund_signs": "_-|*@",
            "most": "10000000.00 CNY", "sub_orders": 10, "refunds": 50, "refund_days": 365, "refund_seconds": 60,
            "receivers": 50, "return_days": 180, "returns": 20,
        },
        "alipay": {
            "order_most": 64, "order_signs": "_", "refund_most": 64, "refund_signs": "_", "least": "0.01 CNY",
            "most": "100000000.00 CNY", "refund_seconds": 3, "receivers": 5,
        },
        "stripe": {"least": "0.50 USD", "most": "999999.99 USD"},
    }
)  # fmt: skip


def provider_limits(provider: str) -> ProviderLimits:
    """What WeChat Pay (`wechat`), Alipay (`alipay`) or Stripe (`stripe`) takes. Raises `LookupError` for another.

    >>> limits = provider_limits("wechat")
    >>> limits.refunds, limits.refund_days, limits.stated
    (50, 365, '2026-11-30')
    >>> limits.model_copy(update={"share_percent": "30"}).share_percent
    30
    """
    if provider not in _STATED:
        msg = f"there are no limits of {provider!r} here; there are {', '.join(_STATED)}"
        raise LookupError(msg)
    return ProviderLimits(provider=provider, stated="2026-11-30", **_STATED[provider])


# ------------------------------------------------------------------ payments


def check_payments(limits: ProviderLimits, demands: Iterable[PaymentDemand]) -> tuple[Problem, ...]:
    """What a provider would refuse of one payment, or of the sub-orders that are paid together; nothing: all is well.

    Each problem has its place, a code and a text in the reader's language. An amount in another currency than a limit
    is not compared with it. Raises `TypeError` for anything but these documents.

    >>> large = PaymentDemand(order="1001", amount="10000000.01 CNY")
    >>> [print(problem) for problem in check_payments(provider_limits("wechat"), [large])]
    demands[0].amount: found 10000000.01 CNY; wechat takes 10000000.00 CNY at most...
    [None]
    """
    expect("limits", limits, ProviderLimits)
    given = expect_all("demands", demands, PaymentDemand)
    return tuple(_wrong_payments(limits, given))


def _wrong_payments(limits: ProviderLimits, demands: list[PaymentDemand]) -> Iterator[Problem]:
    provider = limits.provider
    if limits.sub_orders is not None and len(demands) > limits.sub_orders:
        facts = {"found": len(demands), "limit": limits.sub_orders, "provider": provider}
        yield Problem("demands", "provider_limit.sub_orders", facts)
    for at, each in enumerate(demands):
        place = f"demands[{at}]"
        bounds = (limits.order_least, limits.order_most, limits.order_signs)
        yield from _number(f"{place}.key", "provider_limit.order", each.key, bounds, provider)
        for code, limit in (("provider_limit.least", limits.least), ("provider_limit.most", limits.most)):
            if limit is None or limit.currency != each.amount.currency:
                continue
            if each.amount < limit if limit is limits.least else limit < each.amount:
                facts = {"found": str(each.amount), "limit": str(limit), "provider": provider}
                yield Problem(f"{place}.amount", code, facts)


def _number(
    place: str, code: str, number: str, bounds: tuple[int, int | None, str], provider: str
) -> Iterator[Problem]:
    """A number that is too short, too long, or has other signs."""
    least, most, signs = bounds
    if most is None or (least <= len(number) <= most and {*number} <= _PLAIN | {*signs}):
        return
    further = f"letters, digits and {signs}" if signs else "letters and digits"
    shown = number if len(number) <= 40 else f"{number[:40]}…"
    yield Problem(
        place, code, {"found": f'"{shown}"', "provider": provider, "expected": f"{least} to {most} {further}"}
    )


# ------------------------------------------------------------------ refunds


def check_refund(
    limits: ProviderLimits,
    demand: PaymentDemand,
    refund: RefundDemand,
    earlier: Iterable[RefundDemand] = (),
    *,
    paid_at: datetime | str | None = None,
    last_at: datetime | str | None = None,
    at: datetime | str | None = None,
) -> tuple[Problem, ...]:
    """What a provider would refuse of a refund of a payment; nothing: all is well.

    `earlier` are the refunds of it that were asked for before: the same one again, equal with its number, is no other.
    `paid_at`, `last_at` (of the refund before) and `at` are instants; what needs one that is not stated is not checked.
    Raises `TypeError` for anything but these documents, a validation error for what is no instant.
    """
    expect("limits", limits, ProviderLimits)
    expect("demand", demand, PaymentDemand)
    expect("refund", refund, RefundDemand)
    before = [each for each in expect_all("earlier", earlier, RefundDemand) if each != refund]
    return (
        *_wrong_refund(limits, demand, refund, before),
        *_wrong_time(limits, *[None if each is None else utc(each) for each in (paid_at, last_at, at)]),
    )


def _wrong_refund(
    limits: ProviderLimits, demand: PaymentDemand, refund: RefundDemand, earlier: list[RefundDemand]
) -> Iterator[Problem]:
    provider = limits.provider
    bounds = (1, limits.refund_most, limits.refund_signs)
    yield from _number("refund.refund", "provider_limit.refund_number", refund.refund, bounds, provider)
    if refund.refund in {each.refund for each in earlier}:
        yield Problem("refund.refund", "provider_limit.refund_number_used", {"found": f'"{refund.refund[:40]}"'})
    if limits.refunds is not None and len(earlier) >= limits.refunds:
        facts = {"found": len(earlier) + 1, "limit": limits.refunds, "provider": provider}
        yield Problem("refund", "provider_limit.refunds", facts)
    if refund.amount.currency != demand.amount.currency:
        facts = {"found": refund.amount.currency, "currency": demand.amount.currency}
        yield Problem("refund.amount", "currency.mixed", facts)
        return
    same = [each.amount.minor for each in earlier if each.amount.currency == refund.amount.currency]
    in_all = Money.of_minor(sum(same) + refund.amount.minor, refund.amount.currency)
    if demand.amount < in_all:
        facts = {"found": str(in_all), "limit": str(demand.amount)}
        yield Problem("refund.amount", "provider_limit.more_than_paid", facts)


def _wrong_time(
    limits: ProviderLimits, paid_at: datetime | None, last_at: datetime | None, at: datetime | None
) -> Iterator[Problem]:
    provider = limits.provider
    if at is None:
        return
    days = limits.refund_days
    if paid_at is not None and days is not None and at - paid_at > timedelta(days=days):
        facts = {"found": instant_out(paid_at), "limit": days, "provider": provider}
        yield Problem("refund", "provider_limit.days", facts)
    if last_at is not None and limits.refund_seconds is not None:
        since = (at - last_at).days * 86_400 + (at - last_at).seconds
        if since < limits.refund_seconds:
            facts = {"found": since, "limit": limits.refund_seconds, "provider": provider}
            yield Problem("refund", "provider_limit.too_soon", facts)
