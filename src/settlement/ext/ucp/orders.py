"""An order of UCP: what was settled, what has gone out since, and each refund as an adjustment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from settlement.after_pay.refunds.quote import RefundQuote
from settlement.documents.problems import expect
from settlement.documents.words.language import Language, language
from settlement.documents.written import all_readable
from settlement.errors import Unsayable
from settlement.ext.agents.asked import NOBODY, Merchant
from settlement.ext.agents.returned import expect_refund, returned_by
from settlement.ext.agents.units import steps_of
from settlement.ext.ucp.checkout import item_of
from settlement.ext.ucp.totals import entry, line_totals, totals_of
from settlement.ext.ucp.versions import PIECES_ONLY, VERSION, expect_version
from settlement.receipts.settlement import Settlement

__all__ = ["to_adjustment", "to_order"]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def to_order(
    settlement: Settlement,
    id: str,
    *,
    checkout_id: str,
    permalink_url: str,
    merchant: Merchant = NOBODY,
    refunds: Sequence[RefundQuote] = (),
    fulfilled: Mapping[str, int | Decimal] = _NOTHING,
    expectations: Sequence[Mapping[str, Any]] = (),
    events: Sequence[Mapping[str, Any]] = (),
    version: str = VERSION,
    locale: str = "en",
) -> dict[str, Any]:
    """The whole order as it stands: every line that was ever bought, with what is left of it and what went out.

    `refunds` are those that were paid back, in their order, each with an instant (`at`); `fulfilled` says by line how
    much was handed over; `expectations` and `events` are the shop's own, as UCP writes them. Raises `Unsayable` as
    `to_checkout` does, `InvalidDocument` for a refund without an instant or of another settlement, and for refunds that
    together are more than was bought and paid, and `ValueError` for a version that is not spoken here.

    >>> from settlement import Cart, Checkout, Line, Rulebook, refund, settle
    >>> line = Line(id="a", shop="s", sku="k", quantity=3, unit_price="20.00 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> back = refund(paid, {"a": 1}, at="2026-11-12T00:00:00Z")
    >>> made = to_order(paid, "1001", checkout_id="chk_1", permalink_url="https://shop.example/1001", refunds=[back])
    >>> made["line_items"][0]["quantity"], made["adjustments"][0]["totals"][-1]["amount"]
    ({'original': 3, 'total': 2, 'fulfilled': 0}, -2000)
    """
    expect("settlement", settlement, Settlement)
    expect("merchant", merchant, Merchant)
    expect_version(version)
    say, protocol, rows = language(locale), f"UCP {version}", []
    returned, wrong = returned_by(settlement, refunds, "UCP"), []
    for at, line in enumerate(settlement.lines):
        unit = None if version in PIECES_ONLY else merchant.units.get(line.sku)
        counts = (line.quantity, line.quantity - returned.get(line.id, 0), fulfilled.get(line.id, 0))
        found = [steps_of(f"lines[{at}].quantity", count, unit, protocol) for count in counts]
        problems = [problem for _, problem in found if problem is not None]
        if problems:
            wrong.append(problems[0])
            continue
        original, total, out = (steps or 0 for steps, _ in found)
        rows.append(
            {
                "id": line.id,
                "item": item_of(line.sku, line.name, line.unit_price.minor, merchant, version),
                "quantity": {"original": original, "total": total, "fulfilled": out},
                "totals": line_totals(line.goods.minor, line.promotions.minor + line.coupons.minor, say),
                "status": _status(total, out),
            }
        )
    if wrong:
        raise Unsayable(wrong, protocol)
    made: dict[str, Any] = {
        "ucp": {
            "version": version,
            "status": "success",
            "capabilities": {"dev.ucp.shopping.order": [{"version": version}]},
        },
        "id": id,
        "checkout_id": checkout_id,
        "permalink_url": permalink_url,
        "line_items": rows,
        "fulfillment": {
            "expectations": [dict(each) for each in expectations],
            "events": [dict(each) for each in events],
        },
        "currency": settlement.currency,
        "totals": totals_of(settlement, say),
    }
    if refunds:
        skus = {line.id: line.sku for line in settlement.lines}
        made["adjustments"] = [
            _adjustment(number, quote, settlement, skus, merchant, version, say)
            for number, quote in enumerate(refunds, 1)
        ]
    return made


def to_adjustment(
    quote: RefundQuote,
    settlement: Settlement,
    *,
    number: int = 1,
    merchant: Merchant = NOBODY,
    version: str = VERSION,
    locale: str = "en",
) -> dict[str, Any]:
    """One refund as an adjustment: quantities and amounts below 0, for they leave the order and the till.

    `number` names a refund that has no id of its own. Raises as `to_order` does.
    """
    expect_version(version)
    skus = {line.id: line.sku for line in settlement.lines}
    return _adjustment(number, quote, settlement, skus, merchant, version, language(locale))


def _status(total: int, out: int) -> str:
    """What UCP derives from the two."""
    if total == 0:
        return "removed"
    return "fulfilled" if out >= total else "partial" if out else "processing"


def _adjustment(
    number: int,
    quote: RefundQuote,
    settlement: Settlement,
    skus: Mapping[str, str],
    merchant: Merchant,
    version: str,
    say: Language,
) -> dict[str, Any]:
    place = f"refunds[{number - 1}]"
    expect_refund(place, quote, settlement, "UCP")
    lines, wrong = [], []
    for at, line in enumerate(quote.lines):
        unit = None if version in PIECES_ONLY else merchant.units.get(skus[line.id])
        steps, problem = steps_of(f"{place}.lines[{at}].quantity", line.quantity, unit, f"UCP {version}")
        if problem is not None:
            wrong.append(problem)
        elif steps:
            lines.append({"id": line.id, "quantity": -steps})
    if wrong:
        raise Unsayable(wrong, f"UCP {version}")
    goods = sum([line.goods.minor for line in quote.lines])
    freight = sum([line.freight.minor for line in quote.lines])
    kept = goods + freight - quote.cash.minor
    rows = [
        entry("goods", say("Goods"), -goods),
        entry("freight", say("Freight"), -freight),
        entry("kept", say("Offers"), kept),
    ]
    return {
        "id": quote.id or f"refund_{number}",
        "type": "refund",
        "occurred_at": quote.at,
        "status": "completed",
        "line_items": lines,
        "totals": [*[row for row in rows if row["amount"]], entry("total", say("Total"), -quote.cash.minor)],
    }


all_readable(globals())
