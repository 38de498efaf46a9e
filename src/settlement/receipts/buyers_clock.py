"""The clock that a receipt goes by, where nobody says one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from settlement.documents.region import contains
from settlement.documents.words.plain import clock

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout

__all__ = ["buyers_clock"]

#: All of China has one clock, without daylight saving.
_CHINA: Final = timedelta(hours=8)


def buyers_clock(at: str, checkout: Checkout | None, offset: timedelta | None = None) -> str:
    """An instant by the clock at `offset` from UTC; by default that of an address in China (+08:00), else UTC.

    The offset that `at` was written with is not kept: equal checkouts have equal receipts. Raises `ValueError` for an
    offset of a day or more.

    >>> buyers_clock("2026-11-10T16:00:00Z", None), buyers_clock("2026-11-10T16:00:00Z", None, timedelta(hours=8))
    ('2026-11-10 16:00 UTC', '2026-11-11 00:00 UTC+08:00')
    """
    if offset is None:
        address = None if checkout is None else checkout.address
        offset = _CHINA if address is not None and contains("CN", address.region) else timedelta(0)
    return clock(at, offset)
