"""What every benefit is: a document that validates and computes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from settlement.documents.document import Document

if TYPE_CHECKING:
    from settlement.discounts.goods import Goods

__all__ = ["Benefit"]


class Benefit(Document):
    """What a tier takes off. A kind is one small file: a `type`, its fields, and `off`."""

    has_kinds: ClassVar[bool] = True

    if TYPE_CHECKING:
        type: Any  # of each kind one literal text, which a checker takes for no narrower `str`: a field might be set
    else:
        type: str

    #: Works on what is left of freight and surcharges rather than on goods (number 7 of the contract's order).
    on_freight: ClassVar[bool] = False

    #: Looks at what the customer bought of it before (`goods.bought`); `counted` says what is added to that.
    by_customer: ClassVar[bool] = False
    #: May bring a gift along; `gift` is asked only then.
    gives: ClassVar[bool] = False
    #: Of more net at least as much is left (true of any amount or percentage off, not of `every`).
    keeps_order: ClassVar[bool] = False
    #: What it takes off in all depends on the scope's net alone, not on how that is shared among lines.
    by_sum: ClassVar[bool] = False
    #: Of more net on any line it takes off at least as much in all, give or take two units a line.
    grows: ClassVar[bool] = False
    #: Asks in which order units stand (`goods.runs`, `goods.dearest`).
    sorts: ClassVar[bool] = False
    #: How often it looks at each line, roughly: `policy.search_limit` counts the search's work by it. Sorting is many.
    looks: ClassVar[int] = 16

    def off(self, goods: Goods) -> list[int]:
        """Minor units taken off each line of `goods`, each from 0 to the line's net."""
        raise NotImplementedError

    def total(self, goods: Goods) -> int:
        """What `off` comes to in all; some kinds know it without a spreading."""
        return sum(self.off(goods))

    def takes(self, goods: Goods) -> bool:
        """Whether `off` takes anything off; some kinds know it at the first line."""
        return self.total(goods) > 0

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> Sequence[tuple[int, int, int]]:
        """Linear bounds (amount, numerator, denominator): never more than amount + net × numerator ÷ denominator.

        The search for the best coupons cuts by them; a tighter bound only makes it faster. `lines` in scope, the
        tier's `min_amount` where it looks at the net, and `times` where the count is known beforehand.
        """
        return ((0, 1, 1),)

    def guess(self, net: int, millis: int) -> int:
        """About what it takes off goods of this net and quantity, did every unit cost the same. Never an amount.

        Of coupons whose ceilings are equal the search looks first at those that promise most.
        """
        return 0

    def at_least(self, most: int) -> tuple[int, int]:
        """A ratio of the scope's net that it surely takes off (give or take one unit) while the net is ≤ `most`."""
        return 0, 1

    def counted(self, millis: int, bought: int) -> int:
        """Of the thousandths on the lines that it discounted, how many count as bought of it (where `by_customer`)."""
        return millis

    @property
    def slope(self) -> tuple[int, int]:
        """How much more it takes off at most for one unit more of net, where `keeps_order`; as a ratio."""
        return 1, 1

    def used(self, goods: Goods) -> list[int]:
        """Thousandths of each line that it used up, for offers whose units are in no later one of their number."""
        return [milli if share else 0 for milli, share in zip(goods.millis, self.off(goods), strict=True)]

    def called(self) -> Iterable[tuple[str, str]]:
        """The skus that it gives, with the names that people see; for receipts, never for amounts."""
        return ()

    def again(self) -> Benefit | None:
        """One of the library's that takes the same off any goods: a fair refund asks it about those that are kept.

        The library's own kinds stand in the facts themselves. None: nobody can tell, and `recheck="fair"` is refused.
        """
        return None

    def gift(self, goods: Goods) -> tuple[str, int] | None:
        """A sku and thousandths of quantity that come with the goods, or None."""
        return None
