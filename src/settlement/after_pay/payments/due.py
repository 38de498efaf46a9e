"""What the payment method pays for each shop's part of an order, and what its provider charges for that."""

from __future__ import annotations

from collections.abc import Callable

from settlement.allocation import spread
from settlement.receipts.settlement import Settlement
from settlement.rulebook.payment_methods import PaymentMethod

__all__ = ["charged_for", "due_by_shop", "fee_by_shop"]


def due_by_shop(settlement: Settlement) -> dict[str, int]:
    """What is `due`, spread by what each shop's part of payable is (contract §4, Spreading); in minor units."""
    return spread(settlement.due.minor, _weights(settlement))


def _weights(settlement: Settlement) -> dict[str, int]:
    payable = {shop.shop: shop.payable.minor for shop in settlement.shops}
    return payable if any(payable.values()) else dict.fromkeys(payable, 1)


def charged_for(settlement: Settlement, method: PaymentMethod) -> list[int]:
    """The amounts that the provider charges a fee for: what is due, or each shop's part of it; none of them is 0."""
    due = due_by_shop(settlement).values() if method.fee_per == "shop" else [settlement.due.minor]
    return [amount for amount in due if amount]


def fee_by_shop(settlement: Settlement, method: PaymentMethod, rounded: Callable[[int, int], int]) -> dict[str, int]:
    """The provider's fee by shop: of each one's part, or that of the order spread by what each one's part is."""
    if method.fee_per == "shop":
        return {shop: method.fee(due, rounded) if due else 0 for shop, due in due_by_shop(settlement).items()}
    return spread(sum([method.fee(due, rounded) for due in charged_for(settlement, method)]), _weights(settlement))
