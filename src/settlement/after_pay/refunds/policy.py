"""What a shop chooses about refunds beside contract §8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from settlement.documents.document import Document

__all__ = ["RefundPolicy"]


class RefundPolicy(Document):
    """What else a refund does; the defaults are contract §8 and no more.

    `payment_fee`: what of the cash is the fee of the payment method is returned, or kept (a later `return` catches
    up). `coupons` and `gifts`: what the buyer gets back, or sends back, once the lines have come back. `earned_points`
    that the order brought are taken back in proportion to the cash; or to the goods, where the rulebook says so of
    earning (`earn.on`): `earned_on`. `recheck`: an offer whose threshold the kept goods no longer meet, or whose
    `cart_holds` they don't, is charged back; or, with `fair`, what is kept costs what it
    would by the offers that applied, lower tiers and fewer times included. `tenders`: which of what was paid with is
    filled first.

    >>> RefundPolicy().recheck
    'none'
    """

    payment_fee: Literal["return", "keep"] = "return"
    coupons: Literal["keep", "return"] = "keep"
    gifts: Literal["keep", "return"] = "keep"
    earned_points: Literal["keep", "take_back"] = "keep"
    recheck: Literal["none", "thresholds", "fair"] = "none"
    tenders: Literal["in_proportion", "method_first", "tenders_first"] = "in_proportion"
    earned_on: Literal["payable", "goods"] = "payable"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            payment_fee: Literal["return", "keep"] = "return",
            coupons: Literal["keep", "return"] = "keep",
            gifts: Literal["keep", "return"] = "keep",
            earned_points: Literal["keep", "take_back"] = "keep",
            recheck: Literal["none", "thresholds", "fair"] = "none",
            tenders: Literal["in_proportion", "method_first", "tenders_first"] = "in_proportion",
            earned_on: Literal["payable", "goods"] = "payable",
        ) -> None: ...
