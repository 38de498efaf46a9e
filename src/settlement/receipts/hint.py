"""What a little more would bring, and its words: `explanations.hint` finds it, receipts and reports show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from settlement.documents.json_text import compact, plain
from settlement.documents.words.plain import shown
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.documents.words.language import Language

__all__ = ["Hint", "by_offer", "hint_text", "hinted"]

#: Goods that a sentence names, the others being an ellipsis.
_NAMED = 3


class Hint(NamedTuple):
    """What to buy more, from where, and what that does; its amounts are those of two settlements, now and then.

    `missing` is an amount, found by one more article of just that price that is like one of `lines`; or a number of
    pieces of the one line there. `adds` is the price of the addition before offers; `costs` what the buyer pays more
    altogether, freight, fees and points at their worth included; `saves` the rest: `adds` less `costs`.
    """

    kind: Literal["free_shipping", "offer"]
    #: None: an offer of the platform.
    shop: str | None
    #: The id of the offer or of the freight template, and the name that people see (the id where it has none).
    rule: str
    name: str
    missing: Money | int
    #: Ids of the lines of which the addition must be like one.
    lines: tuple[str, ...]
    #: Names of these lines: other goods of the shop may be treated otherwise by another offer.
    goods: tuple[str, ...]
    adds: Money
    #: Below 0 where the larger order is the cheaper one.
    costs: Money
    #: Below 0 where freight or fees grow by more than the offer takes off.
    saves: Money
    #: Of the larger order.
    payable: Money
    #: Of free shipping: the warehouses whose parcels go free, and their names; none where the lines name none.
    warehouses: tuple[str, ...] = ()
    warehouse_names: tuple[str, ...] = ()

    def text(self, locale: str = "en") -> str:
        """The hint for a reader. Raises `UnknownLocale`."""
        from settlement.documents.words.language import language

        say = language(locale)
        return say("{name}: {hint}", name=hinted(self, say), hint=hint_text(self, say))

    def __str__(self) -> str:
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Plain data: amounts as strings, an absent shop and no warehouses left out."""
        return {name: each for name, each in plain(self).items() if each is not None and each != []}

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())


def by_offer(hints: Iterable[Hint]) -> dict[str, Hint]:
    """The hint of each offer."""
    return {hint.rule: hint for hint in hints if hint.kind == "offer"}


def hinted(hint: Hint, say: Language) -> str:
    """The name of the offer, or of the template and the warehouses that the parcels go from."""
    name = shown(hint.name)
    if not hint.warehouses:
        return name
    warehouses = ("、" if say.chinese else ", ").join(map(shown, hint.warehouse_names))
    return say("{template}, from {warehouse}", template=name, warehouse=warehouses)


def hint_text(hint: Hint, say: Language) -> str:
    """What to do and what it costs, without the name of the offer: that stands before it."""
    text = _what(hint, say)
    costs, saves = hint.costs, hint.saves
    facts = {"hint": text, "costs": say.money(abs(costs)), "saves": say.money(abs(saves))}
    if costs.minor < 0:
        return say("{hint} (pay {costs} less, save {saves})", **facts)
    if not costs.minor:
        return say("{hint} (pay nothing more, save {saves})", **facts)
    if saves.minor > 0:
        return say("{hint} (pay {costs} more, save {saves})", **facts)
    if not saves.minor:
        return say("{hint} (pay {costs} more)", **facts)
    return say("{hint} (pay {costs} more, {saves} above the price of the goods)", **facts)


def _what(hint: Hint, say: Language) -> str:
    free = hint.kind == "free_shipping"
    goods = ("、" if say.chinese else ", ").join(map(shown, hint.goods[:_NAMED]))
    if len(hint.goods) > _NAMED:
        goods += " …"
    facts = {"goods": goods, "shop": shown(hint.shop or "")}
    if not isinstance(hint.missing, Money):
        facts["missing"] = say.number(hint.missing)
        if free:
            return say("buy {missing} more of {goods} for free shipping", **facts)
        return say("buy {missing} more of {goods} to use it", **facts)
    facts["missing"] = say.money(hint.missing)
    if hint.shop is None:
        where = say("on goods like {goods}", **facts)
    else:
        where = say("at {shop} on goods like {goods}", **facts)
    if free:
        return say("spend {missing} more {where} for free shipping", **facts, where=where)
    return say("spend {missing} more {where} to use it", **facts, where=where)
