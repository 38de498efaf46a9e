"""The working state that a step sees, made of plain integers.

`Ledger` is what is known after a step: what each line still costs, and the entries that say why. `Goods` is what a
benefit sees of it. Lines are places in the basket, which is in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from settlement.freight.charge import Charge

if TYPE_CHECKING:
    pass

__all__ = ["STAGES", "Entry", "Ledger", "Verdict"]

#: The stages of adjustments in the order in which they are made (contract §4 and §7).
STAGES = (
    "item_promotion",
    "shop_promotion",
    "platform_promotion",
    "shop_coupon",
    "platform_coupon",
    "freight",
    "surcharge",
    "freight_promotion",
    "freight_coupon",
    "points",
    "payment_fee",
    "rounding",
)
(
    ITEM_PROMOTION,
    SHOP_PROMOTION,
    PLATFORM_PROMOTION,
    SHOP_COUPON,
    PLATFORM_COUPON,
    FREIGHT,
    SURCHARGE,
    FREIGHT_PROMOTION,
    FREIGHT_COUPON,
    POINTS,
    PAYMENT_FEE,
    ROUNDING,
) = range(12)

#: One adjustment: stage, rule, amount, lines, their shares, what the platform bears of each (or None), facts.
Entry: TypeAlias = tuple[int, str, int, tuple[int, ...], tuple[int, ...], tuple[int, ...] | None, Any]

#: One decision: rule, reason (None: applied), shortfall (minor units or thousandths, or None), facts.
Verdict: TypeAlias = tuple[str, str | None, int | None, Any]


class Ledger:
    """What is known after a step: lists of integers with one entry per line of the basket, and the entries so far.

    A step adds to the ledger that it is given. Whoever wants to try something `fork`s it first, so a branch of the
    search never has anything to undo, and no ledger is ever shared between two settlements.
    """

    #: Goods less every discount so far.
    net: list[int]
    #: The same before platform coupons.
    shop_net: list[int]
    #: What is left of freight and surcharges; None while there are none.
    freight: list[int] | None = None
    #: What is to be paid; filled by the points step.
    due: list[int]
    entries: list[Entry]
    verdicts: list[Verdict]
    #: (rule, sku, thousandths)
    gifts: tuple[tuple[str, str, int], ...] = ()
    #: Coupons that took effect, in order, their sorts, and whether one of them stands alone.
    coupons: tuple[str, ...] = ()
    sorts: tuple[tuple[int, str | None], ...] = ()
    alone = False
    #: Lines that have left every coupon's scope, and those that freight promotions took from freight coupons.
    barred: frozenset[int] = frozenset()
    freight_barred: frozenset[int] = frozenset()
    #: What each parcel pays.
    charges: Sequence[Charge] = ()
    #: Points used, what they take off, and usable at most.
    points: tuple[int, int, int] = (0, 0, 0)
    #: Where the choice of coupons is not proven best: no choice costs less than this.
    bound: int | None = None

    def __init__(self, goods: Sequence[int]) -> None:
        """Open the ledger with the goods of each line."""
        self.net = self.shop_net = self.due = list(goods)
        self.entries = []
        self.verdicts = []

    def fork(self) -> Ledger:
        """A ledger that goes on from here by itself; only before freight."""
        made = Ledger(self.net)
        if self.verdicts:  # else no offer has had its turn
            made.entries += self.entries
            made.verdicts += self.verdicts
            made.gifts = self.gifts
            made.barred = self.barred
        return made
