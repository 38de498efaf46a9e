"""What the buyer hands in: the cart and the choices around it (contract §2.1).

Carts are values: every question of a checkout page (`select`, `with_quantity`, `buy_now`, …) is answered by a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import (
    BeforeValidator,
    model_validator,
)

from settlement.cart.columns import Basket, Excluded, screen_cart
from settlement.cart.line import MAX_LINES, Line
from settlement.documents.document import Document
from settlement.documents.express_lane import at_most
from settlement.documents.hints import Hints
from settlement.documents.problems import expect, problem, problem_at, refuse
from settlement.documents.scalars import (
    EXPRESS,
    LISTED,
    UNIQUE_IDS,
    Currency,
)
from settlement.errors import UnknownLine, quoted
from settlement.money import excerpt

__all__ = ["Cart"]


def _bounded(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and len(value) > MAX_LINES:
        raise problem("limit.lines", length=len(value), limit=MAX_LINES)
    return value


EXPRESS[_bounded] = at_most(MAX_LINES)


class Screened(NamedTuple):
    """The lines that take part, those that the cart alone leaves out, and what lines name, in or out."""

    basket: Basket
    excluded: tuple[Excluded, ...]
    templates: set[str]
    warehouses: frozenset[str]
    #: Delivery methods that lines name.
    methods: Collection[str]


_DELIVERY = itemgetter("delivery")


def _screened(lines: Sequence[Line], currency: str) -> Screened:
    basket, excluded = screen_cart(lines, currency)
    templates = {line.__dict__["freight_template"] for line in lines}
    templates.discard(None)
    several = [names for line in lines if (names := line.__dict__["warehouses"])]
    chosen = set(map(_DELIVERY, map(vars, lines)))
    chosen.discard(None)
    return Screened(basket, excluded, templates, frozenset(chain.from_iterable(several)), chosen)


class Cart(Document):
    """Lines of several shops in one currency.

    >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")])
    >>> cart.with_quantity("a", 3)["a"].quantity, cart.invert()["a"].selected, cart["a"].quantity
    (3, False, 2)
    """

    currency: Currency
    lines: Annotated[tuple[Line, ...], UNIQUE_IDS, LISTED, BeforeValidator(_bounded)]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, currency: str, lines: Sequence[Line | Mapping[str, Any]]) -> None: ...

    @model_validator(mode="after")
    def _one_currency(self) -> Cart:
        currency = self.currency
        others = [line.__dict__["unit_price"].currency for line in self.lines]
        if others.count(currency) != len(others):
            refuse(
                [
                    problem_at("lines", at, "unit_price", code="currency.mixed", found=other, currency=currency)
                    for at, other in enumerate(others)
                    if other != currency
                ]
            )
        self.__dict__["screened"] = _screened(self.lines, currency)
        return self

    @cached_property
    def screened(self) -> Screened:
        """The lines made ready: worked out once, with the validation that they belong to."""
        return _screened(self.lines, self.currency)

    def __getitem__(self, line: str) -> Line:
        for candidate in self.lines:
            if candidate.id == line:
                return candidate
        given: object = line
        if isinstance(given, int):
            self._known((line,), "with_quantity")  # which tells that ids are strings
        raise UnknownLine(line, (candidate.id for candidate in self.lines))

    def __contains__(self, line: object) -> bool:
        return any(candidate.id == line for candidate in self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def select(self, *lines: str) -> Cart:
        """Exactly these lines selected, all others not. Raises `UnknownLine`."""
        wanted = self._known(lines, "select")
        return self._each(lambda line: {"selected": line.id in wanted})

    def deselect(self, *lines: str) -> Cart:
        """These lines no longer selected, all others as they are. Raises `UnknownLine`."""
        gone = self._known(lines, "deselect")
        return self._each(lambda line: {"selected": False} if line.id in gone else {})

    def select_shop(self, shop: str) -> Cart:
        """Every line of a shop selected, all others as they are: the box beside its name. Raises `LookupError`."""
        return self._tick(shop, selected=True)

    def deselect_shop(self, shop: str) -> Cart:
        """No line of a shop selected, all others as they are. Raises `LookupError`."""
        return self._tick(shop, selected=False)

    def select_all(self) -> Cart:
        """Every line selected."""
        return self._each(lambda _: {"selected": True})

    def invert(self) -> Cart:
        """What was selected is not, and the other way round."""
        return self._each(lambda line: {"selected": not line.selected})

    def with_quantity(self, line: str, quantity: int | str | Decimal) -> Cart:
        """One line in another quantity (above 0; `without` removes). Raises `UnknownLine`, `InvalidDocument`."""
        wanted = self._known((line,), "with_quantity")
        return self._each(lambda each: {"quantity": quantity} if each.id in wanted else {})

    def without(self, *lines: str) -> Cart:
        """The cart less these lines. Raises `UnknownLine`."""
        gone = self._known(lines, "without")
        return self.model_copy(update={"lines": tuple(line for line in self.lines if line.id not in gone)})

    def with_line(self, line: Line) -> Cart:
        """The cart with one more line; a line of the same id is replaced in its place."""
        expect("line", line, Line)
        if line.id in self:
            kept = tuple(line if each.id == line.id else each for each in self.lines)
        else:
            kept = (*self.lines, line)
        return self.model_copy(update={"lines": kept})

    def buy_now(self, line: Line) -> Cart:
        """A cart of this one line, selected: the rest of the cart, and what was bought so before, stays out."""
        expect("line", line, Line)
        return self.model_copy(update={"lines": (line.model_copy(update={"selected": True}),)})

    def _tick(self, shop: str, *, selected: bool) -> Cart:
        expect("shop", shop, str)
        shops = {line.shop for line in self.lines}
        if shop not in shops:
            msg = f"there is no line of the shop {quoted(shop)}{Hints(shops)(shop)}"
            raise LookupError(msg)
        return self._each(lambda line: {"selected": selected} if line.shop == shop else {})

    def _known(self, lines: Iterable[str], asked: str) -> frozenset[str]:
        known = {line.id for line in self.lines}
        given: Iterable[object] = lines
        for line in given:
            if isinstance(line, (list, tuple, set, frozenset)) and asked != "with_quantity":
                msg = f"line: found {excerpt(line)}; ids stand one by one: {asked}(*ids)"
                raise TypeError(msg)
            if isinstance(line, int):
                number = excerpt(line)
                msg = f'line: found {number}; ids are strings: write "{number}", or str({number})'
                raise TypeError(msg)
            expect("line", line, str)
            if line not in known:
                raise UnknownLine(str(line), (each.id for each in self.lines))
        return frozenset(lines)

    def _each(self, change: Any) -> Cart:
        return self.model_copy(update={"lines": tuple(line.model_copy(update=change(line)) for line in self.lines)})
