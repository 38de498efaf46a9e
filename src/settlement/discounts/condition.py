"""What every condition is: a document that says whether an offer holds at all, from what is known before any choice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from settlement.discounts.tally import Tally
from settlement.documents.document import Document

__all__ = ["Circumstances", "Condition", "KnownLines"]


@dataclass(frozen=True)
class KnownLines:
    """Lines that take part, column by column in the order of their ids; nothing of any offer is in them.

    >>> KnownLines(("a", "b"), skus=("tea", "cup"), categories=(("dry",), ()), millis=(1000, 3000)).held(["tea", "cup"])
    4000
    """

    ids: tuple[str, ...] = field(default_factory=tuple)
    shops: tuple[str, ...] = field(default_factory=tuple)
    skus: tuple[str, ...] = field(default_factory=tuple)
    categories: tuple[tuple[str, ...], ...] = field(default_factory=tuple)
    #: Quantities in thousandths.
    millis: tuple[int, ...] = field(default_factory=tuple)
    #: Minor units before any offer.
    goods: tuple[int, ...] = field(default_factory=tuple)
    #: The method that each is delivered by; None: not shipped, not known yet, or of a shop without methods.
    delivery: tuple[str | None, ...] = field(default_factory=tuple)

    @property
    def amount(self) -> int:
        """What the goods come to before any offer, in minor units."""
        return sum(self.goods)

    def held(self, skus: Collection[str] | None = None, categories: Collection[str] | None = None) -> int:
        """Thousandths of the goods of these skus and categories; both must hold where both are given."""
        return self._tally.held(skus, categories)

    @cached_property
    def _tally(self) -> Tally:
        return Tally(self.skus, self.categories, self.millis)


class Circumstances(NamedTuple):
    """What is known before anybody chooses a coupon: all that a condition may look at, and none of it can change.

    What other offers take off is not in it, nor which coupons are held: so each condition has one answer for a whole
    settlement, whichever coupons are tried, and the search for the best of them stays exact.
    """

    #: The instant that the settlement is for, in UTC.
    at: datetime
    currency: str
    #: Of the customer: id, level, whether new, balance of points.
    customer: str | None
    level: str | None
    new: bool
    points: int
    #: The lines that the offer's tiers measure: its `condition_scope`, else its `scope`.
    lines: KnownLines
    #: All lines that take part; for an offer of a shop, those of the shop.
    cart: KnownLines
    #: Where it goes, as the address spells it; the way to pay; how all lines of `cart` are delivered. None: not known,
    #: not chosen, or of the last: not all in one way (`lines.delivery` has each).
    region: str | None = None
    payment_method: str | None = None
    delivery_method: str | None = None
    #: The shops where the buyer collects.
    pickup: tuple[str, ...] = ()


class Condition(Document):
    """What must hold for an offer to be looked at. A kind is one small file: a `type`, its fields, and `met`."""

    has_kinds: ClassVar[bool] = True

    if TYPE_CHECKING:
        type: Any  # of each kind one literal text, which a checker takes for no narrower `str`: a field might be set
    else:
        type: str

    def met(self, known: Circumstances) -> bool:
        """Whether it holds; asked once per offer and settlement, before any offer."""
        raise NotImplementedError

    def why(self, known: Circumstances) -> Mapping[str, str | int]:
        """Facts that say why it does not hold, for the decision; asked only where `met` said no."""
        return {}

    def again(self) -> Sequence[Condition] | None:
        """What it asks of the goods, in conditions of the library, which a fair refund asks about those that are kept.

        Nothing, `()`, where it looks at no goods (a birthday, the weather): then it holds as it did. None: nobody can
        tell, and `recheck="fair"` is refused. The library's own kinds stand in the facts themselves.
        """
        return None

    def ever(self, starts: datetime, ends: datetime) -> bool:
        """Whether it can hold from `starts` to before `ends`; a linter asks. No, only where that is certain."""
        return True

    def excludes(self, other: Condition) -> bool:
        """Whether it never holds together with another condition; a linter asks. Yes, only where that is certain."""
        return False
