"""What an agent is told beside the sums: what is left out, what is missing, which code did not apply and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from settlement.cart.customer import Customer
from settlement.documents.words.language import Language, language
from settlement.documents.words.texts import REASONS
from settlement.documents.written import all_readable
from settlement.ext.agents.asked import Merchant, coupons_of
from settlement.ext.agents.noes import UCP_LINES, discount_code, missing, refused
from settlement.ext.agents.ways import STANDARD
from settlement.ext.ucp.fulfilment import methods_of

if TYPE_CHECKING:
    from settlement.receipts.settlement import Settlement

__all__ = ["error", "messages_of"]

#: Where an agent enters the address.
_ADDRESS = "$.fulfillment.methods[0].selected_destination_id"


def error(code: str, text: str, path: str | None = None, severity: str = "recoverable") -> dict[str, Any]:
    """One error, as UCP has it."""
    made = {"type": "error", "code": code, "content_type": "plain", "content": text, "severity": severity}
    return made if path is None else made | {"path": path}


def messages_of(
    settlement: Settlement, asked: Mapping[str, Any], merchant: Merchant, locale: str
) -> Iterator[dict[str, Any]]:
    """Errors first, then warnings, then what comes along.

    A line that was asked for and is left out is an error: an agent is to take it out, never to buy the rest unseen.
    `reason`, `line_item_id` and `shortfall` beside a message are ours, and say what UCP's codes do not.
    """
    say = language(locale)
    if settlement.status == "pending":
        yield error("missing", settlement.status_text(locale), _ADDRESS)
    for line in settlement.excluded:
        code = UCP_LINES.get(line.reason)
        if code is not None:
            more = {"reason": line.reason, "line_item_id": line.line}
            if line.available is not None:
                more["available"] = str(line.available)
            text = f"{line.name or line.line}: {line.text(locale)}"
            yield error(code, text, "$.line_items") | more
    for path in _strange_ways(settlement, asked):
        yield error("invalid_fulfillment_option", language(locale)(REASONS["delivery_unavailable"]), path)
    if settlement.status == "blocked":
        yield error("blocked", settlement.status_text(locale))
    yield from _codes(settlement, asked, merchant, locale)
    yield from _claims(asked, language(locale))
    for gift in settlement.gifts:
        text = say(
            "Gift of {rule}: {sku} × {quantity}", rule=gift.rule, sku=gift.name or gift.sku, quantity=gift.quantity
        )
        yield {"type": "info", "code": "gift", "content_type": "plain", "content": text, "sku": gift.sku}
    if settlement.points.earned:
        text = say("Points earned: {amount}", amount=say.number(settlement.points.earned))
        yield {"type": "info", "code": "points_earned", "content_type": "plain", "content": text}


def _claims(asked: Mapping[str, Any], say: Language) -> Iterator[dict[str, Any]]:
    """What a buyer claims to be, by word of the platform: nothing here holds on a claim; levels are the customer's."""
    context = asked.get("context")
    claims = context.get("eligibility") if isinstance(context, Mapping) else None
    for at, claim in enumerate(claims if isinstance(claims, list) else ()):
        if isinstance(claim, str):
            text = say("no offer here asks for this claim")
            made = {"type": "warning", "code": "eligibility_not_accepted", "path": f"$.context.eligibility[{at}]"}
            yield made | {"content_type": "plain", "content": text}


def _strange_ways(settlement: Settlement, asked: Mapping[str, Any]) -> Iterator[str]:
    """Where an agent chose a way of delivery that nobody offers."""
    request = settlement.made_from
    known = {STANDARD} if request is None else {STANDARD, *[each.id for each in request[1].delivery_methods]}
    for at, method in methods_of(asked):
        rows = method.get("groups")
        for number, group in enumerate(rows if isinstance(rows, list) else ()):
            chosen = group.get("selected_option_id") if isinstance(group, Mapping) else None
            if chosen is not None and chosen not in known:
                yield f"$.fulfillment.methods[{at}].groups[{number}].selected_option_id"


def _codes(
    settlement: Settlement, asked: Mapping[str, Any], merchant: Merchant, locale: str
) -> Iterator[dict[str, Any]]:
    """Each code that was sent and did not apply."""
    given = asked.get("discounts")
    codes = given.get("codes") if isinstance(given, Mapping) else None
    if not isinstance(codes, list):
        return
    request = settlement.made_from
    customer = Customer() if request is None else request[0].customer
    coupons = coupons_of([code for code in codes if isinstance(code, str)], merchant, customer)
    seen: set[str] = set()
    for at, code in enumerate(codes):
        if not isinstance(code, str):
            continue
        coupon = coupons[code]
        made = {"type": "warning", "path": f"$.discounts.codes[{at}]", "content_type": "plain"}
        if coupon is None:
            text = f"{code}: {language(locale)(REASONS['unknown'])}"
            yield made | {"code": discount_code(None, settlement), "content": text}
        elif coupon in seen:
            text = f"{code}: {language(locale)(REASONS['used_up'])}"
            yield made | {"code": "discount_code_already_applied", "content": text}
        elif (found := refused(settlement, coupon)) is not None:
            more = {"code": discount_code(found.reason, settlement), "reason": found.reason}
            yield made | more | {"content": f"{code}: {found.text(locale)}"} | missing(found)
        if coupon is not None:
            seen.add(coupon)


all_readable(globals())
