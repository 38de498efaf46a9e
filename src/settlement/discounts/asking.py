"""An offer's conditions asked, once per settlement: what they are shown is fixed before anybody chooses a coupon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from settlement.discounts.condition import Circumstances, KnownLines
from settlement.discounts.fence import unmet_facts
from settlement.discounts.terms import ScopeTerms, Terms, lines_in_scope

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.cart.columns import Basket

__all__ = ["Shown", "first_unmet"]


#: The lines that conditions of a settlement were shown, by the meaning of their scope.
Shown: TypeAlias = "dict[tuple[object, ...], KnownLines]"


def first_unmet(
    terms: Terms, checkout: Checkout, basket: Basket, goods: Sequence[int], shown: Shown
) -> dict[str, Any] | None:
    """The facts of the first condition, in the order of the digest, that does not hold; None where all do.

    `shown` is the settlement's own: what many offers look at is laid out once.
    """
    known = _circumstances(terms, checkout, basket, goods, shown)
    for condition in terms.conditions:
        facts = unmet_facts(condition, known)
        if facts is not None:
            return facts
    return None


def _circumstances(
    terms: Terms, checkout: Checkout, basket: Basket, goods: Sequence[int], shown: Shown
) -> Circumstances:
    customer = checkout.customer
    measured = terms if terms.condition is None else terms.condition
    cart = _lines(basket, goods, ScopeTerms(None, terms.shop), shown)
    ways = () if basket.delivery is None else {*cart.delivery}
    return Circumstances(
        checkout.at,
        basket.currency,
        customer.id,
        customer.level,
        customer.new,
        customer.points,
        _lines(basket, goods, measured, shown),
        cart,
        None if checkout.address is None else checkout.address.region,
        checkout.payment_method,
        next(iter(ways)) if len(ways) == 1 else None,
        checkout.choice.pickup,
    )


def _lines(basket: Basket, goods: Sequence[int], scope: ScopeTerms, shown: Shown) -> KnownLines:
    found = shown.get(scope.meaning)
    if found is None:
        found = shown[scope.meaning] = _Laid(basket, goods, scope)
    return found


class _Laid(KnownLines):
    """Known lines of a basket: found, and each column laid out, when a condition first reads it."""

    def __init__(self, basket: Basket, goods: Sequence[int], scope: ScopeTerms) -> None:
        vars(self)["_from"] = basket, goods, scope

    def __getattr__(self, name: str) -> Any:
        if name not in KnownLines.__match_args__:
            raise AttributeError(name)
        basket, goods, scope = vars(self)["_from"]
        if "_places" not in vars(self):
            vars(self)["_places"] = lines_in_scope(scope, basket)
        column = goods if name == "goods" else getattr(basket, name)
        if column is None:  # no shop has methods
            column = [None] * len(basket.ids)
        return vars(self).setdefault(name, tuple([column[place] for place in vars(self)["_places"]]))
