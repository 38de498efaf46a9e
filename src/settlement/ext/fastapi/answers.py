"""What each call answers: JSON text from a checkout and its rules. Nothing here knows of HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from settlement.after_pay.payments.options import payment_options
from settlement.after_pay.refunds.returns import refund
from settlement.audit.confirm import confirm
from settlement.audit.record import record
from settlement.audit.seal import seal
from settlement.consignee import Catalogue
from settlement.documents.json_text import compact
from settlement.documents.scalars import instant_out
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.errors import InvalidDocument, NotConfirmed, Problem
from settlement.explanations.comparison import compare
from settlement.explanations.delivery import delivery_options
from settlement.explanations.quote import FreightQuote
from settlement.findings import check, check_cart

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from settlement.after_pay.refunds.policy import RefundPolicy
    from settlement.audit.seal import Keys
    from settlement.cart.checkout import Checkout
    from settlement.ext.fastapi.asked import AskAfterPay
    from settlement.findings import Finding
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["compared", "confirmed", "findings", "freight", "options", "refunded", "sealed", "settled"]


def settled(checkout: Checkout, rulebook: Rulebook) -> str:
    """The settlement."""
    return settle(checkout, rulebook).to_json()


def compared(checkout: Checkout, rulebook: Rulebook) -> str:
    """What coupons and points change."""
    return compare(checkout, rulebook).to_json()


def freight(checkout: Checkout, rulebook: Rulebook) -> str:
    """The parcels of this very checkout before freight offers, its deliveries and collections as they are chosen.

    Raises `InvalidDocument` for a checkout without an address: what is not known is not free.
    """
    if checkout.address is None:
        raise InvalidDocument([Problem("checkout.address", "field.missing")], "AskWhat")
    found = settle(checkout, rulebook)
    totals = found.totals
    nothing = found.excluded and not found.parcels
    total = None if nothing else totals.freight + totals.surcharges
    quote = (checkout.address.region, found.parcels, found.excluded, totals.freight, totals.surcharges, total)
    return FreightQuote(*quote).to_json()


def options(checkout: Checkout, rulebook: Rulebook) -> str:
    """Every way to pay and every way to deliver, each settled with."""
    payment = [each.to_dict() for each in payment_options(checkout, rulebook)]
    delivery = [each.to_dict() for each in delivery_options(checkout, rulebook)]
    return compact({"payment": payment, "delivery": delivery})


def sealed(
    checkout: Checkout, rulebook: Rulebook, keys: Keys, *, now: datetime, valid_for: timedelta, audience: str
) -> str:
    """The settlement with its seal: what `confirmed` opens again, until it expires."""
    found, expires = settle(checkout, rulebook), now + valid_for
    token = seal(record(found), keys, issued=now, expires=expires, audience=audience)
    return f'{{"sealed":"{token}","expires":"{instant_out(expires)}","settlement":{found.to_json()}}}'


def confirmed(token: str, checkout: Checkout, rulebook: Rulebook, keys: Keys, *, now: datetime, audience: str) -> str:
    """The record that an order is placed by. Raises `NotConfirmed` where what is due is not what was sealed."""
    found = confirm(token, checkout, rulebook, keys, now=now, audience=audience)
    if not found:
        raise NotConfirmed(found.diff)
    return f'{{"record":{found.record.to_json()},"diff":{found.diff.to_json()}}}'


def refunded(asked: AskAfterPay, policy: RefundPolicy | None) -> str:
    """What goes back. Raises as `refund()` does, and `InvalidDocument` for the refund of another settlement."""
    other = [
        Problem(f"history[{at}].settlement", "refund.other")
        for at, quote in enumerate(asked.history)
        if quote.settlement != asked.settled.digest
    ]
    if other:
        raise InvalidDocument(other, "AskAfterPay")
    return refund(asked.settled, history=asked.history, policy=policy, **asked.request.asked()).to_json()


def findings(rulebook: Rulebook, checkout: Checkout | None, locale: str) -> str:
    """What is valid in the rules, and in a cart beside them, and hardly meant."""
    found = check(rulebook, Catalogue.bundled())
    if checkout is not None:
        found += tuple(each._replace(place=f"cart.{each.place}") for each in check_cart(checkout.cart, rulebook))
    return compact({"findings": [_told(each, locale) for each in found]})


def _told(found: Finding, locale: str) -> dict[str, Any]:
    message, mend = found.texts(locale)
    return {
        "place": found.place, "code": found.code, "severity": found.severity, "message": message, "mend": mend,
    }  # fmt: skip


all_readable(globals())
