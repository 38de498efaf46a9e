"""Oscar's offers, by the settlement: in the place of `oscar.apps.offer.applicator.Applicator`."""

from __future__ import annotations

from typing import Any

from settlement.documents.written import all_readable
from settlement.ext.oscar.mall import Mall

__all__ = ["SettledOffers"]


class SettledOffers:
    """Mix this into Oscar's `Applicator`; state the `mall`. Rows of Oscar's own offers apply no more."""

    mall: Mall

    def apply(self, basket: Any, user: Any = None, request: Any = None) -> None:  # noqa: ARG002 - Oscar calls it so
        """Settle a basket and put the discounts on its lines; an empty one has none."""
        if basket.is_empty:
            basket.reset_offer_applications()
        else:
            self.mall.apply(basket, request)

    def get_offers(self, basket: Any, user: Any = None, request: Any = None) -> list[Any]:  # noqa: ARG002 - as above
        """None of Oscar's own."""
        return []


all_readable(globals())
