"""The order of a basket: what was settled, no more and no less, and once."""

from __future__ import annotations

from typing import Any

from settlement.documents.extras import needs
from settlement.documents.written import all_readable
from settlement.ext.reader import reader_of
from settlement.receipts.names import Names
from settlement.receipts.settlement import Settlement

__all__ = ["place", "refusal"]


def refusal(settlement: Settlement, locale: str = "en") -> str | None:
    """Why a basket cannot be ordered as it is: no address yet, or lines that are left out, each with its reason."""
    names = Names(settlement, *(settlement.made_from or (None, None)))
    reasons = [f"{names.line(out.line)}: {out.text(locale)}" for out in settlement.excluded]
    if settlement.status != "payable":
        reasons.insert(0, settlement.status_text(locale))
    return "; ".join(reasons) or None


def place(basket: Any, request: Any, *, seen: object, **fields: Any) -> Any:
    """The order of a basket, for `basket_payment`: the basket is settled with what was posted, and is then gone.

    `seen` is the total that the buyer was shown, as it was posted: "195.11" or "195.11 CNY"; it is compared and never
    believed. `fields` are the order's own, such as `status`. The settlement is kept in `order.extra["settlement"]`, for
    refunds. Raises salesman's `PaymentError`, which is answered with 402, where the basket cannot be ordered, was
    already, or costs anything else than what was seen.
    """
    with needs("salesman"):
        from django.db import transaction
        from django.utils.translation import gettext
        from salesman.checkout.payment import PaymentError
        from salesman.core.utils import get_salesman_model

    with transaction.atomic():
        if not type(basket).objects.select_for_update().filter(pk=basket.pk).first():
            raise PaymentError(gettext("Your basket is empty."))  # salesman's own words: another request ordered it
        basket.update(request)
        if refused := refusal(basket.settlement, reader_of(request)):
            raise PaymentError(refused)
        payable = basket.settlement.payable
        if seen not in (f"{payable.amount:.2f}", str(payable)):
            told = seen if isinstance(seen, str) and len(seen) <= 40 and seen.isprintable() else "?"
            raise PaymentError(f"{told} ≠ {payable}")
        order = get_salesman_model("Order").objects.create_from_basket(basket, request, **fields)
        order.extra["settlement"] = basket.settlement.to_dict()
        order.save(update_fields=["extra"])
        basket.delete()
    return order


all_readable(globals())
