"""The digest of a request (contract §7): what was asked, without what is personal, and by which rules."""

from __future__ import annotations

from settlement.cart.checkout import Checkout
from settlement.documents.canonical import digest_of
from settlement.documents.json_text import Amounts
from settlement.documents.meaning import meaning
from settlement.rulebook.rulebook import Rulebook

__all__ = ["request_digest", "request_text"]


def request_text(checkout: Checkout, rulebook: Rulebook, money: Amounts | None = None) -> str:
    """What the digest of a request is over: canonical JSON of the checkout's meaning and the rulebook's own digest."""
    asked = meaning(checkout, Amounts(checkout.cart.currency) if money is None else money)
    return f'{{"checkout":{asked},"rulebook":"{rulebook.digest}"}}'


def request_digest(checkout: Checkout, rulebook: Rulebook, money: Amounts | None = None) -> str:
    """The digest of a request; of the rulebook nothing but its own digest enters."""
    return digest_of(request_text(checkout, rulebook, money).encode())
