"""An order of ACP: what was settled, what has gone out since, and each refund as an adjustment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from settlement.after_pay.refunds.quote import RefundQuote
from settlement.documents.problems import expect
from settlement.documents.words.language import language
from settlement.documents.written import all_readable
from settlement.errors import Unsayable
from settlement.ext.acp.totals import entry, line_totals, totals_of, unsayable_totals
from settlement.ext.acp.versions import PROTOCOL
from settlement.ext.agents.returned import returned_by
from settlement.ext.agents.units import steps_of
from settlement.receipts.settlement import Settlement

__all__ = ["to_order"]

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


def to_order(
    settlement: Settlement,
    id: str,
    *,
    checkout_session_id: str,
    permalink_url: str,
    refunds: Sequence[RefundQuote] = (),
    fulfilled: Mapping[str, int] = _NOTHING,
    fulfillments: Sequence[Mapping[str, Any]] = (),
    status: str = "confirmed",
    locale: str = "en",
) -> dict[str, Any]:
    """The whole order as it stands; `total` is what was charged, `amount_refunded` what went back since.

    `refunds` are those that were paid back, in their order, each with an instant (`at`). ACP writes an adjustment's
    amount above 0, and counts no line of which nothing came back. Raises as `to_checkout` does, and `InvalidDocument`
    for a refund without an instant or of another settlement, and for refunds that together are more than was bought and
    paid.

    >>> from settlement import Cart, Checkout, Line, Rulebook, refund, settle
    >>> line = Line(id="a", shop="s", sku="k", quantity=3, unit_price="20.00 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> back = refund(paid, {"a": 1}, at="2026-11-12T00:00:00Z")
    >>> url = "https://shop.example/1001"
    >>> made = to_order(paid, "1001", checkout_session_id="cs_1", permalink_url=url, refunds=[back])
    >>> made["line_items"][0]["quantity"], made["adjustments"][0]["amount"]
    ({'ordered': 3, 'current': 2, 'fulfilled': 0}, 2000)
    """
    expect("settlement", settlement, Settlement)
    say, rows = language(locale), []
    wrong = list(unsayable_totals(settlement))
    returned = returned_by(settlement, refunds, "ACP")
    for at, line in enumerate(settlement.lines):
        ordered, problem = steps_of(f"lines[{at}].quantity", line.quantity, None, PROTOCOL)
        left, other = steps_of(f"lines[{at}].quantity", line.quantity - returned.get(line.id, 0), None, PROTOCOL)
        if problem is not None or other is not None or left is None:
            wrong.append(problem or other)  # type: ignore[arg-type]  # one of the two is there
            continue
        out = fulfilled.get(line.id, 0)
        state = "removed" if not left else "fulfilled" if out >= left else "partial" if out else "processing"
        goods, offers = line.goods.minor, line.promotions.minor + line.coupons.minor
        rows.append(
            {
                "id": line.id,
                "title": line.name or line.sku,
                "product_id": line.sku,
                "quantity": {"ordered": ordered, "current": left, "fulfilled": out},
                "unit_price": line.unit_price.minor,
                "subtotal": goods + offers,
                "totals": line_totals(goods, offers, say),
                "status": state,
            }
        )
    if wrong:
        raise Unsayable(wrong, PROTOCOL)
    adjustments = [_adjustment(number, quote) for number, quote in enumerate(refunds, 1)]
    back = sum([each["amount"] for each in adjustments])
    totals = totals_of(settlement, say)
    return {
        "type": "order",
        "id": id,
        "checkout_session_id": checkout_session_id,
        "permalink_url": permalink_url,
        "status": status,
        "line_items": rows,
        "fulfillments": [dict(each) for each in fulfillments],
        "adjustments": adjustments,
        "totals": [*totals, entry("amount_refunded", say("Given back"), back)] if back else totals,
    }


def _adjustment(number: int, quote: RefundQuote) -> dict[str, Any]:
    place = f"refunds[{number - 1}]"
    lines, wrong = [], []
    for at, line in enumerate(quote.lines):
        count, problem = steps_of(f"{place}.lines[{at}].quantity", line.quantity, None, PROTOCOL)
        if problem is not None:
            wrong.append(problem)
        elif count:
            lines.append({"id": line.id, "quantity": count})
    if wrong:
        raise Unsayable(wrong, PROTOCOL)
    return {
        "id": quote.id or f"refund_{number}",
        "type": "refund",
        "occurred_at": quote.at,
        "status": "completed",
        "line_items": lines,
        "amount": quote.cash.minor,
        "currency": quote.currency.lower(),
    }


all_readable(globals())
