"""A cart ready to be measured: documents, texts, and what is called on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import workloads
from floor import floor, plain, verify
from timing import Subject

from settlement import Checkout, Rulebook, Settlement, settle

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["Bench", "again", "applied"]


class Bench:
    """A request, validated; with `coupons` the checkout asks for just those instead of the best set."""

    def __init__(self, request: workloads.Document, coupons: Collection[str] | None = None) -> None:
        checkout = request["checkout"]
        if coupons is not None:
            checkout = checkout | {"choice": checkout.get("choice", {}) | {"coupons": sorted(coupons)}}
        self.text = workloads.as_text(checkout)
        self.rules = Rulebook.model_validate_json(workloads.as_text(request["rulebook"]))
        self.checkout = Checkout.model_validate_json(self.text)
        self.settlement = settle(self.checkout, self.rules)

    def settle(self, checkout: Checkout | None) -> Settlement:
        """Settle a checkout; without one, the same again."""
        return settle(checkout or self.checkout, self.rules)

    def checkouts(self, count: int) -> list[Checkout]:
        """So many checkouts that nobody has settled before, each validated from the text."""
        return [Checkout.model_validate_json(self.text) for _ in range(count)]

    def settlements(self, count: int) -> list[Settlement]:
        """So many settlements that nobody has read before."""
        return [settle(self.checkout, self.rules) for _ in range(count)]

    def texts(self, count: int) -> list[str]:
        """The text of the checkout, so many times."""
        return [self.text] * count

    def served(self, text: str) -> str:
        """What a service does: the text of a checkout in, the text of its settlement out."""
        return settle(Checkout.model_validate_json(text), self.rules).to_json()

    def floored(self) -> Subject:
        """The floor of this cart with the offers that its settlement applies, once the two agree on every share."""
        given = plain(self.checkout, self.rules, applied(self.settlement))
        verify(self.settlement, given)
        return Subject("floor", lambda _: floor(*given), again)


def applied(settlement: Settlement) -> list[str]:
    """The offers that took effect."""
    return [each.rule for each in settlement.decisions if each.outcome == "applied"]


def again(count: int) -> Sequence[None]:
    """For a call that needs no input."""
    return [None] * count
