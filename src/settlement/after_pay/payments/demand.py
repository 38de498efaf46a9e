"""What a payment provider is asked for, under which key, and what it then tells of it.

An order may be asked for several times: the buyer tries another method, or the first try ran out. Each attempt has a
key of its own, so that what is told can never be taken for another attempt, or another order.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, TypeAlias

from settlement.documents.canonical import canonical
from settlement.documents.document import Document
from settlement.documents.scalars import LISTED, Id, Instant, PositiveCount, PositiveMoney, utc
from settlement.documents.unstated import LeavesOut
from settlement.money import Money

__all__ = ["PaymentDemand", "PaymentNotice", "RetrySchedule", "Told", "payment_key", "retry_schedule"]

#: What is told of a payment. Only `succeeded` moved money.
Told: TypeAlias = Literal["succeeded", "failed", "cancelled", "closed"]

_READABLE: Final = re.compile(r"[0-9A-Za-z_]+", re.ASCII)
_NUMBERED: Final = re.compile(r".*_[0-9]+", re.ASCII)
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: The least that a provider takes (WeChat Pay), and the length of what is no readable key.
_LEAST, _LENGTH = 6, 32


def payment_key(order: str, attempt: int = 1) -> str:
    """What the provider knows an attempt to pay an order by: 6 to 32 of `0-9A-Za-z_`, never that of another.

    The order's own number where it can be, with `_2`, `_3` … behind it for further attempts; it then has fewer than 32
    signs. Else 32 digits of base 62, of the SHA-256 over both. A number that itself ends so, such as `A10001_2`, is
    not taken as it is: it would be the second attempt of another order.

    >>> payment_key("SO1001"), payment_key("SO1001", 2)
    ('SO1001', 'SO1001_2')
    >>> payment_key("A-1001"), payment_key("SO1001_2")
    ('1r0zBK4qZxN3a84o2f1XrDguDOEFyusl', 'CKGgw36JwdKrHSCstivG0hZD5T4CtoXU')
    """
    if _READABLE.fullmatch(order) and (attempt > 1 or not _NUMBERED.fullmatch(order)):
        key = order if attempt == 1 else f"{order}_{attempt}"
        if _LEAST <= len(key) < _LENGTH:
            return key
    number = int.from_bytes(hashlib.sha256(canonical([order, attempt])).digest())
    digits = []
    for _ in range(_LENGTH):
        number, rest = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[rest])
    return "".join(digits)


class PaymentDemand(LeavesOut):
    """What is asked of the payment provider: this amount, for this order, paid to this account of the merchant.

    `attempt` counts the demands of an order, `expires` is until when it may be paid. `method` and `channel` say how:
    by which of the rulebook's payment methods, and in which of the provider's products.

    >>> demand = PaymentDemand(order="SO1001", amount="100.00 CNY", attempt=2, method="wechat", channel="JSAPI")
    >>> demand.key
    'SO1001_2'
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"method", "channel", "expires"})

    order: Id
    merchant: Id | None = None
    amount: PositiveMoney
    attempt: PositiveCount = 1
    method: Id | None = None
    channel: Id | None = None
    expires: Instant | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            order: str,
            amount: Money | str,
            merchant: str | None = None,
            attempt: int = 1,
            method: str | None = None,
            channel: str | None = None,
            expires: datetime | str | None = None,
        ) -> None: ...

    @property
    def key(self) -> str:
        """What the provider knows it by: `payment_key` of order and attempt."""
        return payment_key(self.order, self.attempt)


class PaymentNotice(LeavesOut):
    """What the provider told of a payment, verified and read by an adapter; `id` is the provider's transaction id.

    `key` is that of the demand, which providers call the merchant's order number; `event` the provider's own id of
    this very message. The same told again under another `event` is the same.

    >>> str(PaymentNotice(id="4200001", key="SO1001", amount="100.00 CNY", told="succeeded").amount)
    '100.00 CNY'
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"event"})

    id: Id
    key: Id
    merchant: Id | None = None
    amount: Money
    told: Told
    event: Id | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            key: str,
            amount: Money | str,
            told: Literal["succeeded", "failed", "cancelled", "closed"],
            merchant: str | None = None,
            event: str | None = None,
        ) -> None: ...


class RetrySchedule(Document):
    """After how many seconds something is tried again: each from the try before; after the last nobody tries again.

    >>> schedule = RetrySchedule(waits=[15, 60])
    >>> [str(schedule.next(tries, "2026-11-11T00:00:00Z")) for tries in range(3)]
    ['2026-11-11 00:00:15+00:00', '2026-11-11 00:01:00+00:00', 'None']
    """

    waits: Annotated[tuple[PositiveCount, ...], LISTED]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, waits: Sequence[int]) -> None: ...

    def next(self, tries: int, last: datetime | str) -> datetime | None:
        """When to try again after so many tries again, the last of them at this instant; None: no more.

        Raises a validation error for what is no instant, `ValueError` for fewer than 0 tries.
        """
        if tries < 0:
            msg = f"tries: found {tries}; 0 or more is expected"
            raise ValueError(msg)
        return utc(last) + timedelta(seconds=self.waits[tries]) if tries < len(self.waits) else None


#: How often a provider tells a payment that nobody answered. WeChat Pay: 支付成功通知 (15 times, 24 h 4 min in all);
#: Alipay: 异步通知说明 (7 times more, 24 h 24 min). Stripe states no seconds.
_STATED: Final[Mapping[str, Sequence[int]]] = MappingProxyType(
    {
        "wechat": (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600),
        "alipay": (240, 600, 600, 3600, 7200, 21600, 54000),
    }
)


def retry_schedule(provider: str) -> RetrySchedule:
    """How `wechat` or `alipay` tells again what was not answered, as stated on 2026-11-30. Raises `LookupError`.

    A host may ask at the same distances by itself, or write a schedule of its own.

    >>> sum(retry_schedule("wechat").waits) == 24 * 3600 + 4 * 60
    True
    """
    if provider not in _STATED:
        msg = f"there is no schedule of {provider!r} here; there are {', '.join(_STATED)}"
        raise LookupError(msg)
    return RetrySchedule(waits=tuple(_STATED[provider]))
