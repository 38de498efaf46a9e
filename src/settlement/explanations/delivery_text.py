"""What a delivery method costs, for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.language import language
from settlement.documents.words.plain import shown
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from settlement.explanations.delivery import DeliveryOption

__all__ = ["option_text"]


def option_text(option: DeliveryOption, locale: str = "en") -> str:
    """One line: the method with what the shop charges for it, or why it is not available. Raises `UnknownLocale`."""
    say = language(locale)
    method = shown(option.name or option.id)
    facts = {"shop": shown(option.shop), "method": method}
    if option.freight is None or option.surcharges is None or option.payable is None:
        told = {**option.facts, "method": method}
        return say("{shop}, {method}: {reason}", **facts, reason=reason_text("delivery_unavailable", say, facts=told))
    if option.status == "pending" and not option.pickup:
        return say("{shop}, {method}: what it costs depends on the address", **facts)
    costs = option.freight + option.surcharges
    if option.freight_offers is not None:
        costs += option.freight_offers
    return say(
        "{shop}, {method}: {costs}; {payable} to pay in all",
        **facts,
        costs=say.money(costs) if costs else say("free"),
        payable=say.money(option.payable),
    )
