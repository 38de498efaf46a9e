"""A settlement as a checkout of UCP: lines, totals, discounts, fulfilment and messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from settlement.documents.problems import expect
from settlement.documents.scalars import instant_out, utc
from settlement.documents.words.language import Language, language
from settlement.documents.written import all_readable
from settlement.errors import Problem, Unsayable
from settlement.ext.agents.asked import NOBODY, Merchant
from settlement.ext.agents.discounts import discounts
from settlement.ext.agents.units import steps_of
from settlement.ext.ucp.fulfilment import fulfilment
from settlement.ext.ucp.messages import messages_of
from settlement.ext.ucp.totals import entry, line_totals, totals_of
from settlement.ext.ucp.versions import PIECES_ONLY, VERSION, expect_version
from settlement.receipts.settlement import Settlement

__all__ = ["CAPABILITIES", "ECHOED", "Status", "envelope", "item_of", "to_checkout"]

Status: TypeAlias = Literal[
    "incomplete", "requires_escalation", "ready_for_complete", "complete_in_progress", "completed", "canceled"
]

#: The capabilities that every checkout here has.
CAPABILITIES: Final = ("dev.ucp.shopping.checkout", "dev.ucp.shopping.discount", "dev.ucp.shopping.fulfillment")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
#: What an agent sent that stands in the answer as it was sent, beside its addresses.
ECHOED: Final = ("buyer", "context", "signals", "attribution")


def to_checkout(
    settlement: Settlement,
    id: str,
    *,
    merchant: Merchant = NOBODY,
    asked: Mapping[str, Any] = _NOTHING,
    version: str = VERSION,
    status: Status | None = None,
    messages: Sequence[Mapping[str, Any]] = (),
    expires: datetime | str | None = None,
    continue_url: str | None = None,
    order: Mapping[str, Any] | None = None,
    shops: str | None = None,
    by_shop: bool = False,
    locale: str = "en",
) -> dict[str, Any]:
    """The checkout as an agent is answered: plain data, with amounts in minor units.

    `asked` is what the agent sent: its buyer, context and address stand in the answer, and of its codes those that did
    not apply are told with what is missing. Without `status` it is ready where the settlement is payable and nothing
    that was asked for is left out. `shops` names an extension of the merchant's own (such as `"com.example.shops"`),
    under which each shop's part stands: UCP knows one business. `by_shop`: a group of fulfilment for each shop, for
    platforms that say they take several groups; else one for all that go one way. Raises `Unsayable` for a quantity
    that is no whole number of steps in this `version` and for what is paid in stages, `ValueError` for another version,
    and `UnknownLocale`. Source: docs/how-to/agents.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> made = to_checkout(settle(checkout, Rulebook(id="r", currency="CNY")), "chk_1")
    >>> made["status"], [(each["type"], each["amount"]) for each in made["totals"]]
    ('ready_for_complete', [('subtotal', 11980), ('total', 11980)])
    """
    expect("settlement", settlement, Settlement)
    expect("merchant", merchant, Merchant)
    expect_version(version)
    say = language(locale)
    told = [*messages_of(settlement, asked, merchant, locale), *map(dict, messages)]
    blocked = settlement.status != "payable" or any(each["type"] == "error" for each in told)
    names = (*CAPABILITIES, shops) if shops else CAPABILITIES
    made: dict[str, Any] = {
        "ucp": envelope(version, names, merchant.handlers),
        "id": id,
        "status": status or ("incomplete" if blocked else "ready_for_complete"),
        "currency": settlement.currency,
        "line_items": _lines(settlement, merchant, version, say),
        "totals": totals_of(settlement, say),
        "links": [dict(each) for each in merchant.links],
    }
    made |= {name: asked[name] for name in ECHOED if isinstance(asked.get(name), Mapping)}
    made["discounts"] = _discounts(settlement, asked, merchant, version)
    made["fulfillment"] = fulfilment(settlement, asked, version, say, by_shop=by_shop)
    if told:
        made["messages"] = told
    if expires is not None:
        made["expires_at"] = instant_out(utc(expires))
    if continue_url is not None:
        made["continue_url"] = continue_url
    if order is not None:
        made["order"] = dict(order)
    if shops:
        made["shops"] = _shops(settlement, say)
    return made


def envelope(version: str, capabilities: Sequence[str], handlers: Mapping[str, Any]) -> dict[str, Any]:
    """What every answer says of itself."""
    active = {name: [{"version": version}] for name in capabilities}
    return {"version": version, "status": "success", "capabilities": active, "payment_handlers": dict(handlers)}


def item_of(sku: str, name: str | None, price: int, merchant: Merchant, version: str) -> dict[str, Any]:
    """The goods of a line; the price is for one whole unit."""
    made: dict[str, Any] = {"id": sku, "title": name or sku, "price": price}
    if sku in merchant.pictures:
        made["image_url"] = merchant.pictures[sku]
    unit = merchant.units.get(sku)
    if unit is not None and version not in PIECES_ONLY:
        made["quantity_unit"] = {"unit": unit.code, "scale": unit.scale, "display_text": unit.text}
    return made


def _lines(settlement: Settlement, merchant: Merchant, version: str, say: Language) -> list[dict[str, Any]]:
    """The lines that take part. Raises `Unsayable` with all that can't be said of any."""
    protocol, rows = f"UCP {version}", []
    wrong = [Problem("instalments", "unsayable.stages", {"protocol": protocol})] if settlement.instalments else []
    for at, line in enumerate(settlement.lines):
        unit = None if version in PIECES_ONLY else merchant.units.get(line.sku)
        steps, problem = steps_of(f"lines[{at}].quantity", line.quantity, unit, protocol)
        if problem is not None:
            wrong.append(problem)
            continue
        item = item_of(line.sku, line.name, line.unit_price.minor, merchant, version)
        totals = line_totals(line.goods.minor, line.promotions.minor + line.coupons.minor, say)
        rows.append({"id": line.id, "item": item, "quantity": steps, "totals": totals})
    if wrong:
        raise Unsayable(wrong, protocol)
    return rows


def _discounts(settlement: Settlement, asked: Mapping[str, Any], merchant: Merchant, version: str) -> dict[str, Any]:
    """The codes that were sent, as they were sent, and every offer that took something off."""
    given = asked.get("discounts")
    codes = [code for code in given.get("codes") or () if isinstance(code, str)] if isinstance(given, Mapping) else []
    entered = {coupon: code for code, coupon in merchant.codes.items()} | {code: code for code in codes}
    for code in codes:
        coupon = next((each for name, each in merchant.codes.items() if name.casefold() == code.casefold()), code)
        entered[coupon] = code
    freight = "$.totals.shipping" if version in PIECES_ONLY else '$.totals[?@.type == "fulfillment"]'
    rows = []
    for each in discounts(settlement):
        row: dict[str, Any] = {"title": each.title, "amount": each.amount, "priority": each.priority}
        if each.coupon:
            row["code"] = entered.get(each.rule, each.rule)
        else:
            row["automatic"] = True
        if each.method is not None:
            row["method"] = each.method
        shares = [{"path": f"$.line_items[{at}]", "amount": amount} for at, amount in each.shares]
        row["allocations"] = [{"path": freight, "amount": each.amount}] if each.freight else shares
        rows.append(row)
    return {"codes": codes, "applied": rows} if codes else {"applied": rows}


def _shops(settlement: Settlement, say: Language) -> list[dict[str, Any]]:
    """Each shop's part of the whole: its lines, and a receipt whose entries add up to its total."""
    rows = []
    for shop in settlement.shops:
        columns = (
            ("subtotal", say("Goods"), shop.goods),
            ("items_discount", say("Offers"), shop.promotions + shop.coupons),
            ("fulfillment", say("Freight"), shop.freight + shop.surcharges),
            ("discount", say("Freight offers"), shop.freight_offers),
            ("points", say("Points"), shop.points),
            ("tax" if shop.tax.minor > 0 else "tax_relief", say("Tax"), shop.tax),
            ("fee", say("Payment fee"), shop.payment_fee),
            ("rounding", say("Rounding"), shop.rounding),
            ("total", say("To pay"), shop.payable),
        )
        totals = [
            entry(kind, text, of.minor) for kind, text, of in columns if of.minor or kind in ("subtotal", "total")
        ]
        lines = [line.id for line in settlement.lines if line.shop == shop.shop]
        rows.append({"id": shop.shop, "line_item_ids": lines, "totals": totals})
    return rows


all_readable(globals())
