"""The working state that a step sees, made of plain integers.

`Ledger` is what is known after a step: what each line still costs, and the entries that say why. `Goods` is what a
benefit sees of it. Lines are places in the basket, which is in the order of their ids.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from settlement.allocation import share_out

if TYPE_CHECKING:
    from settlement.basket import Basket

__all__ = ["STAGES", "Charge", "Entry", "Goods", "Ledger", "Verdict", "dearest_first"]

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


class Goods:
    """The lines in an offer's scope as its benefit sees them; every list has one entry per line, in order of id.

    `nets` are minor units that earlier offers left (for a freight offer: of freight and surcharges), `net` their
    sum, `millis` quantities in thousandths, `times` how often the tier's condition is fully met (1 without `every`).
    """

    __slots__ = ("_known", "_millis", "_order", "basket", "bought", "lines", "net", "nets", "rounded", "times")

    def __init__(
        self,
        basket: Basket,
        lines: Sequence[int],
        nets: list[int],
        net: int,
        times: int,
        rounded: Callable[[int, int], int],
        bought: int = 0,
    ) -> None:
        self.basket = basket
        #: Thousandths that this customer bought of the offer before.
        self.bought = bought
        self.lines = lines
        self.nets = nets
        self.net = net
        self.times = times
        #: The policy's rounding of numerator ÷ denominator, both not negative.
        self.rounded = rounded
        self._millis: list[int] | None = None
        self._order: Sequence[int] | None = None
        self._known: Sequence[int] | None = None

    @property
    def millis(self) -> list[int]:
        """Quantities in thousandths."""
        if self._millis is None:
            millis = self.basket.millis
            whole = len(self.lines) == len(millis)
            self._millis = list(millis) if whole else [millis[line] for line in self.lines]
        return self._millis

    @property
    def ids(self) -> list[str]:
        """Line ids."""
        return [self.basket.ids[line] for line in self.lines]

    @property
    def skus(self) -> list[str]:
        """Skus."""
        return [self.basket.skus[line] for line in self.lines]

    def spread(self, amount: int) -> list[int]:
        """At most the net, spread over the lines in proportion to their net (contract §4, Spreading)."""
        return share_out(min(amount, self.net), self.nets)

    def spread_by(self, amount: int, weights: Sequence[Fraction | int]) -> list[int]:
        """Spread over exact fractional weights."""
        common = lcm(*(weight.denominator for weight in weights))
        return share_out(amount, [weight.numerator * (common // weight.denominator) for weight in weights])

    def forget(self) -> None:
        """Share nothing that was worked out with another."""
        self._millis = self._order = self._known = None

    def dearest(self) -> Iterable[int]:
        """The positions of all lines, dearest unit first, ties by id."""
        if self._known is not None:
            return (at for line in self._known if (at := self._place(line)) is not None)
        if self._order is None:
            self._order = dearest_first(self.nets, self.millis)
        return self._order

    def ordered(self, order: Sequence[int]) -> None:
        """Say which of all lines of the basket come first: this scope follows from that, as far as somebody looks."""
        if len(self.lines) == len(order):
            self._order = order
        else:
            self._known = order

    def _place(self, line: int) -> int | None:
        at = bisect_left(self.lines, line)
        return at if at < len(self.lines) and self.lines[at] == line else None

    def runs(self, per: str = "scope") -> list[list[int]]:
        """The positions of lines of whole quantity, dearest unit first, ties by id; `per="sku"`: each apart.

        A line of 6 000 pieces is one run of units, not 6 000 entries: its units all have the same net.
        """
        millis = self.millis
        whole = [at for at in self.dearest() if not millis[at] % 1000]
        if per == "scope":
            return [whole] if whole else []
        groups: dict[tuple[str, str], list[int]] = {}
        for at in whole:
            line = self.lines[at]
            groups.setdefault((self.basket.shops[line], self.basket.skus[line]), []).append(at)
        return list(groups.values())


def dearest_first(nets: Sequence[int], millis: Sequence[int]) -> list[int]:
    """The places of lines by what a unit of each costs, dearest first; equals in their order."""
    # Unequal fractions differ by more than 1 once they are scaled by the product of the denominators: integers will do.
    wide = 2 * max(millis, default=1).bit_length()
    unit = [(net << wide) // milli for net, milli in zip(nets, millis, strict=True)]
    return sorted(range(len(nets)), key=unit.__getitem__, reverse=True)


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
