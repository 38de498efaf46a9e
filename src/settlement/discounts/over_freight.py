"""运费通用券: one coupon over goods and freight. It takes off goods first, and then off the freight of its lines.

The part on freight is an offer of its own at number 7, named after the coupon: `c1#freight`. It consumes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import InitErrorDetails

from settlement.discounts.terms import Terms
from settlement.documents.problems import problem_at
from settlement.money import excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settlement.discounts.offers import Coupon, Promotion

__all__ = ["PART", "freight_part", "parts_clashing"]

#: Behind the id of a coupon: its part on freight.
PART: Final = "#freight"


def freight_part(terms: Terms, tier: int, taken: int) -> Terms | None:
    """What a coupon that covers freight takes off it, once it took so many minor units off goods; None for nothing.

    Of an amount what goods left of it, of a percentage the same percentage (both rounded by themselves).
    """
    benefit = terms.offer.tiers[tier].benefit.over_freight(taken)
    if benefit is None:
        return None
    offer: Any = terms.offer
    single = {"tiers": [{"benefit": benefit}], "conditions": [], "id": f"{terms.id}{PART}"}
    dropped = {"condition_scope", "covers_freight", "limit_per_customer", "limit_in_all", "not_with", "combines_with"}
    dropped |= {"consumes_units", "counts_earlier"}  # of goods
    stated = {name: value for name, value in offer.model_dump(mode="json").items() if name not in dropped}
    part = Terms(type(offer).model_validate(stated | single), coupon=True)
    part.consumes = ()
    return part


def parts_clashing(promotions: Sequence[Promotion], coupons: Sequence[Coupon]) -> Iterator[InitErrorDetails]:
    """Offers that are called as the part on freight of a coupon is."""
    parts = {f"{coupon.id}{PART}" for coupon in coupons if coupon.covers_freight}
    for kind, offers in (("promotions", promotions), ("coupons", coupons)) if parts else ():
        for index, offer in enumerate(offers):
            if offer.id in parts:
                yield problem_at(kind, index, "id", code="id.duplicate", found=excerpt(offer.id))
