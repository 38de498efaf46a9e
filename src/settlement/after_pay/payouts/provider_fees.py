"""What a payment provider really kept of an order, as its bill says, where that is not what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from settlement.allocation import spread
from settlement.documents.document import Document
from settlement.documents.scalars import Id
from settlement.documents.signed import Signed
from settlement.errors import CurrencyMismatch
from settlement.money import Money

__all__ = ["ProviderFee", "fees_by_shop"]


class ProviderFee(Document):
    """The provider's fee of a payment: what it charged, and what of it it gave back with refunds so far.

    `shop` is that of the sub-order that was paid; null: one payment of the whole order.
    """

    shop: Id | None = None
    charged: Signed
    returned: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, charged: Money | str, returned: Money | str, shop: str | None = None) -> None: ...


def fees_by_shop(
    stated: Sequence[ProviderFee], payable: Mapping[str, int], currency: str
) -> dict[Literal["charged", "returned"], dict[str, int]]:
    """Charged and given back, by shop; those of the whole order spread by what each shop's part is (contract §4).

    A shop of which nothing is stated has none. Raises `LookupError` for a shop that is not in the order, `ValueError`
    for one twice, or for the whole beside its parts, `CurrencyMismatch` for another currency.
    """
    shops = [each.shop for each in stated]
    if len(set(shops)) < len(shops) or (None in shops and len(shops) > 1):
        msg = "provider_fees: found two fees of one payment; state the whole order's once, or each shop's once"
        raise ValueError(msg)
    made: dict[Literal["charged", "returned"], dict[str, int]] = {"charged": {}, "returned": {}}
    for each in stated:
        if each.shop is not None and each.shop not in payable:
            msg = f"provider_fees: there is no shop {each.shop!r} in this settlement"
            raise LookupError(msg)
        for name, amount in (("charged", each.charged), ("returned", each.returned)):
            if amount.currency != currency:
                raise CurrencyMismatch(currency, amount.currency)
            sign = -1 if amount.minor < 0 else 1
            weights = payable if any(payable.values()) else dict.fromkeys(payable, 1)
            whole = abs(amount.minor)
            shares = spread(whole, weights) if each.shop is None else {each.shop: whole}
            for shop, share in shares.items():
                made[name][shop] = made[name].get(shop, 0) + sign * share  # type: ignore[index]  # one of the two
    return made
