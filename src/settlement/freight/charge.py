"""What one parcel pays."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Charge"]


class Charge(NamedTuple):
    """What one parcel pays; `boxes` equal ones are one."""

    shop: str
    template: str
    warehouse: str | None
    #: The region that decided, as the template spells it.
    zone: str
    units: int
    fee: int
    surcharge: int
    free: bool
    boxes: int
    #: How it is sent; None of a shop without delivery methods.
    delivery: str | None = None
    #: Of what ships free, the facts of what it would have paid.
    spared: Any = None
