"""What a settlement did, as Oscar tells it: discounts of lines, offers that applied, and what is due beside both."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from settlement.documents.words.language import Language
from settlement.documents.words.texts import STAGES
from settlement.documents.written import all_readable
from settlement.receipts.columns import COLUMN_OF, FREIGHT_COLUMNS, GOODS_COLUMNS, OFFER_COLUMNS
from settlement.receipts.names import Names
from settlement.receipts.settlement import Settlement

__all__ = ["Applied", "is_shared_out", "share_out"]


class Applied:
    """A rule that applied, in the place of Oscar's `ConditionalOffer`: named and counted, and not a row of its tables.

    `amount` is what it took off, above 0; `gift` what comes along.
    """

    def __init__(self, rule: str, name: str, voucher: Any = None, gift: str = "") -> None:
        self.id = self.pk = self.slug = rule
        self.name, self.description, self.gift = name, gift or name, gift
        self.amount = Decimal(0)
        self._voucher = voucher

    def __str__(self) -> str:
        return self.name

    def get_voucher(self) -> Any:
        """The voucher by which the buyer holds it; None for a promotion."""
        return self._voucher

    def apply_deferred_benefit(self, *_: object) -> str:
        """What is told with the order."""
        return self.gift

    def record_usage(self, _: object) -> None:
        """Nothing: who used what stands in the settlement's `redemptions`."""


def share_out(basket: Any, settlement: Settlement, vouchers: Mapping[str, Any], say: Language) -> None:
    """Put each offer's share on its lines, and the offers on the basket.

    A line's discounts are those of its goods alone, so that no amount of a line goes below 0; freight and what is due
    of both stand beside the lines. Nothing is divided here.
    """
    from oscar.core.loading import get_classes

    kinds = ["OfferApplications", "BasketDiscount", "ShippingDiscount", "PostOrderAction"]
    applications_of, on_goods, on_freight, after = get_classes("offer.results", kinds)
    names = Names(settlement, *(settlement.made_from or (None, None)))
    lines = {str(line.pk): line for line in basket.all_lines()}
    for line in lines.values():
        line.clear_discount()
        line.discounts.settlement = settlement
    basket.offer_applications = applications_of()
    offers: dict[str, Applied] = {}
    for each in settlement.adjustments:
        column = COLUMN_OF[each.stage]
        if column not in OFFER_COLUMNS:
            continue
        name = f"{say(STAGES[each.stage])} {names.taken(each, say)}"
        offer = offers.setdefault(each.rule, Applied(each.rule, name, vouchers.get(each.rule.partition("#")[0])))
        offer.amount -= each.amount.amount
        if column in GOODS_COLUMNS:
            basket.offer_applications.add(offer, on_goods(-each.amount.amount))
            for name_of_line, share in each.shares.items():
                line = lines[name_of_line]
                line.discount(-share.amount, line.quantity, incl_tax=True, offer=offer)
        elif column in FREIGHT_COLUMNS:
            basket.offer_applications.add(offer, on_freight())
    for gift in settlement.gifts:
        told = f"{names.gift(gift)} × {say.number(gift.quantity)}"
        offer = Applied(
            f"{gift.rule} {gift.sku}", names.offer(gift.rule), vouchers.get(gift.rule.partition("#")[0]), told
        )
        basket.offer_applications.add(offer, after(told))


def is_shared_out(basket: Any, settlement: Settlement) -> bool:
    """Whether the lines, as they are loaded now, have the discounts of this settlement."""
    return all(getattr(line.discounts, "settlement", None) is settlement for line in basket.all_lines())


all_readable(globals())
