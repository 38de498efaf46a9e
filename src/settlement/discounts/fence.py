"""A user's own kind as the engine meets it: whatever it does wrong is a `KindFailed` naming it and the hook."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from settlement.documents.own_kinds import answered, failure, ours, stateable
from settlement.documents.scalars import MAX_ID
from settlement.documents.written import numbered

if TYPE_CHECKING:
    from collections.abc import Callable

    from settlement.cart.columns import Basket
    from settlement.discounts.benefit import Benefit
    from settlement.discounts.condition import Circumstances, Condition
    from settlement.discounts.goods import Goods
    from settlement.errors import KindFailed

__all__ = ["asked_again", "fenced", "unmet_facts"]


class Columns(NamedTuple):
    """What a user's kind sees of the basket: it outlives the settlement, so nothing in it can be changed."""

    ids: Sequence[str]
    shops: Sequence[str]
    skus: Sequence[str]
    millis: Sequence[int]


def fenced(benefit: Benefit) -> Benefit:
    """The benefit itself where the library wrote it, else behind a fence."""
    return benefit if ours(benefit) else cast("Benefit", _Fenced(stateable(benefit)))


def unmet_facts(condition: Condition, known: Circumstances) -> dict[str, Any] | None:
    """None where a condition holds, else the facts of its refusal: the condition itself, and what it says beside."""
    kind = type(condition).__name__
    met = answered(kind, "met", lambda: condition.met(known))
    if type(met) is not bool:
        raise failure(kind, "met", "True or False", met)
    if met:
        return None
    why = answered(kind, "why", lambda: condition.why(known))
    plain = isinstance(why, Mapping) and all(
        type(name) is str and type(each) in (str, int) for name, each in why.items()
    )
    if not plain or len(why) > _FACTS or any(_too_large(each) for pair in why.items() for each in pair):
        raise failure(kind, "why", f"at most {_FACTS} facts by name, each a short text or an int", why)
    facts: dict[str, Any] = {"unmet": condition.model_dump(mode="json", exclude_none=True)}
    return facts | ({"why": {name: why[name] for name in sorted(why)}} if why else {})


def asked_again(condition: Condition) -> list[dict[str, Any]] | None:
    """What a condition of a user's own asks of the goods, in the library's conditions; None: nobody can tell."""
    from settlement.discounts.condition import Condition as Kind

    kind = type(condition).__name__
    found = answered(kind, "again", condition.again)
    if found is None:
        return None
    if not isinstance(found, Sequence) or not all(isinstance(each, Kind) and ours(each) for each in found):
        raise failure(kind, "again", "None or a sequence of the library's conditions", found)
    return [each.model_dump(mode="json", exclude_none=True) for each in found]


_FACTS = 20


def _too_large(fact: str | int) -> bool:
    """Whether a fact can't stand in canonical JSON, or on a page."""
    if isinstance(fact, int):
        return abs(fact) > 2**53 - 1
    return len(fact) > MAX_ID or not fact.isprintable()


class _Fenced:
    """Answers as the benefit does, and lets nothing through that no kind may do."""

    __slots__ = ("_benefit",)

    def __init__(self, benefit: Benefit) -> None:
        self._benefit = benefit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._benefit, name)

    def off(self, goods: Goods) -> list[int]:
        """One integer per line, from 0 to its net."""
        off = self._asked("off", goods)
        if not isinstance(off, Sequence) or len(off) != len(goods.nets):
            raise self._failed("off", f"one share for each of {numbered(len(goods.nets), 'line')}", off)
        for share, net in zip(off, goods.nets, strict=True):
            if type(share) is not int or not 0 <= share <= net:
                raise self._failed("off", f"an int from 0 to the line's net {net}", share)
        return list(off)

    def total(self, goods: Goods) -> int:
        """The sum of its shares."""
        return sum(self.off(goods))

    def takes(self, goods: Goods) -> bool:
        """Whether it has a share."""
        return any(self.off(goods))

    def gift(self, goods: Goods) -> tuple[str, int] | None:
        """None, or a sku and thousandths above 0."""
        gift = self._asked("gift", goods)
        if gift is None:
            return None
        if not isinstance(gift, tuple) or len(gift) != 2:
            raise self._failed("gift", "None or a pair of sku and thousandths", gift)
        sku, thousandths = gift
        if not isinstance(sku, str) or not sku.isprintable() or not 0 < len(sku) <= MAX_ID:
            raise self._failed("gift", "the id of a sku", sku)
        if type(thousandths) is not int or thousandths <= 0:
            raise self._failed("gift", "thousandths above 0", thousandths)
        return sku, thousandths

    def used(self, goods: Goods) -> list[int]:
        """Thousandths of each line, from 0 to all of them; of a line that it took something off at least some."""
        used = self._asked("used", goods)
        if not isinstance(used, Sequence) or len(used) != len(goods.nets):
            raise self._failed("used", f"thousandths of each of {numbered(len(goods.nets), 'line')}", used)
        for each, milli in zip(used, goods.millis, strict=True):
            if type(each) is not int or not 0 <= each <= milli:
                raise self._failed("used", f"an int from 0 to the line's {milli} thousandths", each)
        return list(used)

    def again(self) -> Benefit | None:
        """None, or one of the library's kinds."""
        from settlement.discounts.benefit import Benefit

        found = self._called("again", self._benefit.again)
        if found is not None and not (isinstance(found, Benefit) and ours(found)):
            raise self._failed("again", "None or one of the library's benefits", found)
        return found

    def counted(self, millis: int, bought: int) -> int:
        """Thousandths of those on the lines that it discounted."""
        found = self._called("counted", lambda: self._benefit.counted(millis, bought))
        if type(found) is not int or not 0 <= found <= millis:
            raise self._failed("counted", f"an int from 0 to the {millis} thousandths discounted", found)
        return found

    def guess(self, net: int, millis: int) -> int:
        """Somebody's own kind is looked at in the order of its ceilings."""
        return 0

    def ceilings(self, lines: int, min_amount: int | None, times: int | None) -> list[tuple[int, int, int]]:
        """At least one (amount, numerator, denominator)."""
        bounds = self._called("ceilings", lambda: list(self._benefit.ceilings(lines, min_amount, times)))
        for bound in bounds:
            if not self._integers(bound, 3) or bound[2] <= 0 or min(bound) < 0:
                raise self._failed("ceilings", "(amount, numerator, denominator), integers of 0 or more", bound)
        if not bounds:
            raise self._failed("ceilings", "at least one bound", bounds)
        return [(amount, top, bottom) for amount, top, bottom in bounds]

    def at_least(self, most: int) -> tuple[int, int]:
        """A ratio."""
        return self._ratio("at_least", lambda: self._benefit.at_least(most))

    @property
    def looks(self) -> int:
        """A number of looks at a line, 1 or more."""
        found = self._called("looks", lambda: self._benefit.looks)
        if type(found) is not int or found < 1:
            raise self._failed("looks", "an int of 1 or more", found)
        return found

    @property
    def slope(self) -> tuple[int, int]:
        """A ratio."""
        return self._ratio("slope", lambda: self._benefit.slope)

    def _ratio(self, hook: str, call: Callable[[], Any]) -> tuple[int, int]:
        found = self._called(hook, call)
        if not self._integers(found, 2) or not 0 <= found[0] <= found[1] or not found[1]:
            raise self._failed(hook, "(numerator, denominator) of a ratio from 0 to 1", found)
        return found[0], found[1]

    @staticmethod
    def _integers(found: Any, count: int) -> bool:
        return isinstance(found, tuple) and len(found) == count and all(type(each) is int for each in found)

    def _asked(self, hook: str, goods: Goods) -> Any:
        """What a hook makes of goods, which it gets as a copy of its own and must leave as they are."""
        seen = copy.copy(goods)
        seen.nets, seen.lines = goods.nets[:], tuple(goods.lines)
        seen.forget()
        basket = goods.basket
        seen.basket = cast("Basket", Columns(basket.ids, basket.shops, basket.skus, tuple(goods.left or basket.millis)))
        found = self._called(hook, lambda: getattr(self._benefit, hook)(seen))
        if (seen.nets, seen.net, seen.times) != (goods.nets, goods.net, goods.times):
            raise self._failed(hook, "goods left as they were given", "changed goods")
        return found

    def _called(self, hook: str, call: Callable[[], Any]) -> Any:
        return answered(type(self._benefit).__name__, hook, call)

    def _failed(self, hook: str, expected: str, found: object) -> KindFailed:
        return failure(type(self._benefit).__name__, hook, expected, found)
