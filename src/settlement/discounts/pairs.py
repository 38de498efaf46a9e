"""Which offers never stand together: agreed from both sides, by their ids or by the names of their groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from settlement.discounts.offers import Promotion

if TYPE_CHECKING:
    from settlement.discounts.offers import Offer

__all__ = ["apart"]


def apart(offers: Iterable[Offer]) -> Mapping[str, frozenset[str]]:
    """By offer, the others that it can't stand beside; offers that may stand beside all are not there.

    Two never stand together where either names the other in `not_with`, or states `combines_with` and does not name
    it there. A name is that of an offer or of a group of promotions. Copies of one coupon are kept apart only where it
    names itself in `not_with`. Source: docs/stacking.md.

    >>> from settlement import Coupon
    >>> tiers = [{"benefit": {"type": "amount_off", "amount": "1.00 CNY"}}]
    >>> one = Coupon(id="a", issuer="platform", tiers=tiers, not_with=["b"])
    >>> others = [Coupon(id=name, issuer="platform", tiers=tiers) for name in "bc"]
    >>> sorted((name, sorted(those)) for name, those in apart([one, *others]).items())
    [('a', ['b']), ('b', ['a'])]
    """
    offers = tuple(offers)
    by_name: dict[str, set[str]] = {}
    for offer in offers:
        by_name.setdefault(offer.id, set()).add(offer.id)
        if isinstance(offer, Promotion) and offer.group is not None:
            by_name.setdefault(offer.group, set()).add(offer.id)
    everyone = {offer.id for offer in offers}
    found: dict[str, set[str]] = {}
    for offer in offers:
        refused = set[str]().union(*[by_name.get(name, ()) for name in offer.not_with or ()])
        if offer.combines_with is not None:
            named = set[str]().union(*[by_name.get(name, ()) for name in offer.combines_with])
            refused |= everyone - named - {offer.id}
        if refused:
            found.setdefault(offer.id, set()).update(refused)
            for other in refused:
                found.setdefault(other, set()).add(offer.id)
    return {name: frozenset(others) for name, others in found.items()}
