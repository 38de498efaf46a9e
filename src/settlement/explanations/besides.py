"""What else stands in an offer's way once the reason that is told first is gone: its threshold, for one.

A settlement tells one reason for each refusal, the first. A coupon that has expired and asks for 500.00 would not be
used on a cart of 412.55 on any other day either. So each reason that is the offer's own is lifted, and the question is
put again, until the offer applies or a reason is left that nobody can lift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from settlement.cart.checkout import Checkout
from settlement.discounts.offers import Offer
from settlement.discounts.terms import Terms
from settlement.engine.question import Case, open_case
from settlement.engine.settle import answer
from settlement.explanations.hint import hints_of
from settlement.receipts.hint import Hint
from settlement.receipts.parts import Decision
from settlement.rulebook.rulebook import Rulebook

__all__ = ["LACKING", "besides"]

#: Reasons that more goods may mend.
LACKING: Final = frozenset({"below_amount", "below_quantity"})
#: What of an offer makes a reason, and what it is without that.
_LIFTED: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "not_started": {"valid_from": None},
        "expired": {"valid_until": None},
        "wrong_level": {"levels": None},
        "not_new_customer": {"new_customers_only": False},
        "used_up": {"limit_per_customer": None, "limit_in_all": None, "budget": None},
        "address_needed": {"regions": None, "exclude_regions": None},
        "wrong_region": {"regions": None, "exclude_regions": None},
        "wrong_payment_method": {"payment_methods": None},
        "wrong_delivery_method": {"delivery_methods": None},
        "condition_not_met": {"conditions": ()},
    }
)
#: Reasons of a coupon that others make: alone it would have none of them.
_OTHERS: Final = frozenset({"not_chosen", "limit_reached", "exclusive", "excluded_by_offer"})


def besides(case: Case, terms: Terms, decision: Decision) -> tuple[tuple[Decision, ...], Hint | None]:
    """The refusals behind the first, in the order in which they would be told, and the hint of a threshold among them.

    It is the hint that `hints()` gives where what stands before it does not.
    """
    checkout, book = case.checkout, case.rules.book
    found: list[Decision] = []
    now = decision
    for _ in range(len(_LIFTED) + 1):
        if now.outcome != "refused" or now.reason in LACKING:
            break
        if now.reason in _OTHERS and terms.coupon and checkout.choice.coupons != (terms.id,):
            checkout = _alone(checkout, terms.id)
        elif (freed := _freed(book, terms.offer, now.reason or "")) is not None:
            book = freed
        else:
            break
        other = open_case(checkout, book)
        settlement = answer(other)
        judged = next((each for each in settlement.decisions if each.rule == terms.id), None)
        if judged is None or judged.outcome != "refused" or judged.reason == now.reason:
            break
        found.append(judged)
        now = judged
        if judged.reason in LACKING:
            return tuple(found), next(iter(hints_of(other, settlement, terms.id)), None)
    return tuple(found), None


def _alone(checkout: Checkout, coupon: str) -> Checkout:
    """The checkout with no other coupon."""
    return checkout.model_copy(update={"choice": checkout.choice.model_copy(update={"coupons": (coupon,)})})


def _freed(book: Rulebook, offer: Offer, reason: str) -> Rulebook | None:
    """The rules with the offer less what makes this reason; None where nothing of its own does."""
    lifted = _LIFTED.get(reason)
    if lifted is None:
        return None
    update = {
        field: _without(getattr(book, field), offer.id, lifted)
        for field in ("promotions", "coupons")
        if any(each.id == offer.id for each in getattr(book, field))
    }
    return book.model_copy(update=update) if update else None


def _without(offers: Sequence[Offer], name: str, lifted: Mapping[str, Any]) -> tuple[Offer, ...]:
    return tuple(each.model_copy(update=lifted) if each.id == name else each for each in offers)
