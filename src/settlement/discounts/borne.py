"""What the platform bears of what an offer takes off: its percentage, rounded line by line or once (contract §4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from settlement.allocation import share_out

__all__ = ["borne_of"]


def borne_of(
    off: Sequence[int], share: tuple[int, int], rounded: Callable[[int, int], int], *, once: bool
) -> list[int]:
    """The platform's part of each line's amount, in minor units above 0; `share` is a ratio from 0 to 1.

    Line by line, as contract §4 says, a half of 0.01 on each of two lines comes to 0.02 in all. `once` rounds the whole
    and spreads it by the amounts: never more than these, for what is left over goes to who lost a fraction.

    >>> from settlement.money import ROUNDERS
    >>> [borne_of([2401, 2399], (1, 2), ROUNDERS["half_up"], once=once) for once in (False, True)]
    [[1201, 1200], [1201, 1199]]
    """
    numerator, denominator = share
    if once:
        return share_out(rounded(sum(off) * numerator, denominator), off)
    return [rounded(each * numerator, denominator) for each in off]
