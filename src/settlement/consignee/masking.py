"""What of a person may be seen in logs, receipts and errors, masked as people in China know it."""

from __future__ import annotations

from settlement.cart.address import mask_name, mask_phone

__all__ = ["mask_detail", "mask_name", "mask_phone"]


def mask_detail(detail: str | None) -> str:
    """An address is shown down to its county: three stars stand for all below.

    >>> mask_detail("科技路1号"), mask_detail(None)
    ('***', '')
    """
    return "***" if detail else ""
