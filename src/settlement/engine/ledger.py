"""The working state that a step sees, made of plain integers.

`Ledger` is what is known after a step: what each line still costs, and the entries that say why. Lines are places in
the basket, which is in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import add
from types import MappingProxyType
from typing import TYPE_CHECKING

from settlement.freight.charge import Charge
from settlement.receipts.record import Entry, TaxRow, Verdict

if TYPE_CHECKING:
    from settlement.discounts.instalments import Held
    from settlement.discounts.units_left import UnitsLeft

__all__ = ["Ledger"]


class Ledger:
    """What is known after a step: lists of integers with one entry per line of the basket, and the entries so far.

    A step adds to the ledger that it is given. Whoever wants to try something `fork`s it first, so a branch of the
    search never has anything to undo, and no ledger is ever shared between two settlements.
    """

    #: Goods less every discount so far.
    net: list[int]
    #: The same before platform coupons.
    before_platform: list[int]
    #: What promotions that the platform issued took off goods, where free shipping counts what shops' offers left.
    platform_off: list[int] | None = None
    #: What is left of freight and surcharges; None while there are none.
    freight: list[int] | None = None
    #: What is to be paid; filled by the points step.
    due: list[int]
    entries: list[Entry]
    verdicts: list[Verdict]
    #: (rule, sku, thousandths)
    gifts: tuple[tuple[str, str, int], ...] = ()
    #: Coupons that took effect, in order, their sorts, and whether one of them stands alone.
    coupons: list[str]
    sorts: list[tuple[int, str | None]]
    alone = False
    #: Lines that have left every coupon's scope, and those that freight promotions took from freight coupons.
    barred: frozenset[int] = frozenset()
    freight_barred: frozenset[int] = frozenset()
    #: By the number of coupons some of which use their units up: what these left.
    units_left: Mapping[int, UnitsLeft] = MappingProxyType({})
    #: Lines that are paid in stages, and the presale that holds on each.
    presales: Mapping[int, Held] = MappingProxyType({})
    #: What each parcel pays.
    charges: Sequence[Charge] = ()
    #: Points used, what they take off, and usable at most.
    points: tuple[int, int, int] = (0, 0, 0)
    #: What each tax came to.
    taxes: list[TaxRow]
    #: Where the choice of coupons is not proven best: no choice costs less than this.
    bound: int | None = None

    def __init__(self, goods: Sequence[int]) -> None:
        """Open the ledger with the goods of each line."""
        self.net = self.before_platform = self.due = list(goods)
        self.entries, self.verdicts = [], []
        self.coupons, self.sorts, self.taxes = [], [], []

    def fork(self) -> Ledger:
        """A ledger that goes on from here by itself; only before freight."""
        made = Ledger(self.net)
        if self.verdicts:  # else no offer has had its turn
            made.entries += self.entries
            made.verdicts += self.verdicts
            made.gifts = self.gifts
            made.barred = self.barred
            made.platform_off = self.platform_off
            made.presales = self.presales
        return made

    def shop_net(self) -> list[int]:
        """Goods less what offers issued by shops took (contract §2.3)."""
        net, back = self.before_platform, self.platform_off
        return net if back is None else list(map(add, net, back))

    def given_back(self, lines: Sequence[int]) -> int:
        """What free shipping counts on these lines beyond their net before platform coupons."""
        back = self.platform_off
        return 0 if back is None else sum([back[line] for line in lines])
