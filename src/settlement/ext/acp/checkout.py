"""A settlement as a checkout session of ACP: lines with their sellers, totals, discounts, options and messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from settlement.cart.customer import Customer
from settlement.documents.problems import expect
from settlement.documents.scalars import instant_out, utc
from settlement.documents.words.language import Language, language
from settlement.documents.words.texts import REASONS
from settlement.documents.written import all_readable
from settlement.errors import Problem, Unsayable
from settlement.ext.acp.totals import entry, line_totals, totals_of, unsayable_totals
from settlement.ext.acp.versions import PROTOCOL, VERSION
from settlement.ext.agents.asked import NOBODY, Merchant, coupons_of
from settlement.ext.agents.discounts import discounts
from settlement.ext.agents.noes import ACP_LINES, discount_code, refused
from settlement.ext.agents.units import steps_of
from settlement.ext.agents.ways import Group, groups
from settlement.receipts.settlement import Settlement

__all__ = ["Status", "option_id", "to_checkout"]

Status: TypeAlias = Literal[
    "incomplete",
    "not_ready_for_payment",
    "requires_escalation",
    "authentication_required",
    "ready_for_payment",
    "pending_approval",
    "complete_in_progress",
    "completed",
    "canceled",
    "in_progress",
    "expired",
]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_FIELDS: Final = (
    "$.CheckoutSessionCreateRequest.discounts",
    "$.CheckoutSessionUpdateRequest.discounts",
    "$.CheckoutSession.discounts",
)


def to_checkout(
    settlement: Settlement,
    id: str,
    *,
    merchant: Merchant = NOBODY,
    asked: Mapping[str, Any] = _NOTHING,
    status: Status | None = None,
    messages: Sequence[Mapping[str, Any]] = (),
    expires: datetime | str | None = None,
    quote_id: str | None = None,
    continue_url: str | None = None,
    order: Mapping[str, Any] | None = None,
    locale: str = "en",
) -> dict[str, Any]:
    """The session as an agent is answered: plain data, with amounts in minor units.

    `asked` is what the agent sent; its buyer and address stand in the answer, and of its codes those that did not apply
    are told as rejected. Without `status` it is ready where the settlement is payable and nothing that was asked for is
    left out. `quote_id` and `expires` are those of a seal. Raises `Unsayable` for what this version has no words for:
    quantities that are no whole pieces, points, rounding, a tax that is taken out, gift cards, payment in stages, and
    what is collected where `merchant.places` has no place of its shop. `UnknownLocale`. Source: docs/how-to/agents.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> made = to_checkout(settle(checkout, Rulebook(id="r", currency="CNY")), "cs_1")
    >>> made["status"], [(each["type"], each["amount"]) for each in made["totals"]]
    ('ready_for_payment', [('items_base_amount', 11980), ('subtotal', 11980), ('total', 11980)])
    """
    expect("settlement", settlement, Settlement)
    expect("merchant", merchant, Merchant)
    say = language(locale)
    parts = groups(settlement, say("Freight"), by_shop=True)
    lines = _sayable(settlement, merchant, parts, say)
    rejected = list(_rejected(settlement, asked, merchant, locale))
    told = [*_messages(settlement, locale), *[_warning(row, at) for at, row in rejected], *map(dict, messages)]
    blocked = settlement.status != "payable" or any(each["type"] == "error" for each in told)
    handlers = [row for rows in merchant.handlers.values() for row in rows]
    capabilities: dict[str, Any] = {"extensions": [{"name": "discount", "extends": list(_FIELDS)}]}
    made: dict[str, Any] = {
        "id": id,
        "protocol": {"version": VERSION},
        "capabilities": capabilities | ({"payment": {"handlers": handlers}} if handlers else {}),
        "status": status or ("not_ready_for_payment" if blocked else "ready_for_payment"),
        "currency": settlement.currency.lower(),
        "line_items": lines,
        "fulfillment_options": [row for part in parts for row in _options(part, merchant, say)],
        "selected_fulfillment_options": list(_selected(settlement, parts)),
        "totals": totals_of(settlement, say),
        "discounts": _discounts(settlement, asked, merchant) | {"rejected": [row for _, row in rejected]},
        "messages": told,
        "links": [dict(each) for each in merchant.links],
    }
    made |= {name: asked[name] for name in ("buyer", "fulfillment_details") if isinstance(asked.get(name), Mapping)}
    if expires is not None:
        made |= {"expires_at": instant_out(utc(expires))}
        made |= {} if quote_id is None else {"quote_expires_at": made["expires_at"]}
    more = {"quote_id": quote_id, "continue_url": continue_url, "order": None if order is None else dict(order)}
    return made | {name: value for name, value in more.items() if value is not None}


def option_id(shop: str, way: str) -> str:
    """What one shop's way of delivery is called in the one list of all: of several shops each has its own.

    >>> option_id("tea", "express")
    'tea/express'
    """
    return f"{shop}/{way}"


def _sayable(settlement: Settlement, merchant: Merchant, parts: list[Group], say: Language) -> list[dict[str, Any]]:
    """The lines. Raises `Unsayable` with all that can't be said of the settlement."""
    wrong, rows = list(unsayable_totals(settlement)), []
    if settlement.instalments:
        wrong.append(Problem("instalments", "unsayable.stages", {"protocol": PROTOCOL}))
    wrong += [
        Problem(f"shops[{at}]", "unsayable.pickup", {"protocol": PROTOCOL})
        for at, part in enumerate(parts)
        if part.pickup and part.id not in merchant.places
    ]
    for at, line in enumerate(settlement.lines):
        count, problem = steps_of(f"lines[{at}].quantity", line.quantity, None, PROTOCOL)
        if problem is not None:
            wrong.append(problem)
            continue
        row: dict[str, Any] = {
            "id": line.id,
            "item": {"id": line.sku, "name": line.name or line.sku, "unit_amount": line.unit_price.minor},
            "quantity": count,
            "name": line.name or line.sku,
            "unit_amount": line.unit_price.minor,
            "sku": line.sku,
            "marketplace_seller_details": {"name": line.shop},
            "totals": line_totals(line.goods.minor, line.promotions.minor + line.coupons.minor, say),
        }
        rows.append(row | ({"images": [merchant.pictures[line.sku]]} if line.sku in merchant.pictures else {}))
    if wrong:
        raise Unsayable(wrong, PROTOCOL)
    return rows


def _options(part: Group, merchant: Merchant, say: Language) -> Iterator[dict[str, Any]]:
    """The ways of one shop; collecting has a place, and is left out where none is known."""
    for way in part.ways:
        totals = [entry("fulfillment", say("Freight"), way.freight)]
        if way.offers:
            totals.append(entry("discount", say("Freight offers"), -way.offers))
        made: dict[str, Any] = {
            "type": "pickup" if way.pickup else "shipping",
            "id": option_id(part.id, way.id),
            "title": way.title,
            "totals": [*totals, entry("total", say("Total"), way.freight + way.offers)],
        }
        if way.description is not None:
            made["description"] = way.description
        if not way.pickup:
            yield made
        elif part.id in merchant.places:
            yield made | {"location": dict(merchant.places[part.id])}


def _selected(settlement: Settlement, parts: list[Group]) -> Iterator[dict[str, Any]]:
    for part in parts:
        lines = [line.id for line in settlement.lines if line.shop == part.id]
        for way in part.ways:
            if way.chosen:
                kind = "pickup" if way.pickup else "shipping"
                yield {"type": kind, "option_id": option_id(part.id, way.id), "item_ids": lines}


def _codes(asked: Mapping[str, Any]) -> list[str]:
    """The codes that were sent; `coupons` is what they were called before."""
    given = asked.get("discounts")
    codes = given.get("codes") if isinstance(given, Mapping) else asked.get("coupons")
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []


def _discounts(settlement: Settlement, asked: Mapping[str, Any], merchant: Merchant) -> dict[str, Any]:
    request, codes = settlement.made_from, _codes(asked)
    customer = Customer() if request is None else request[0].customer
    entered = {coupon: code for code, coupon in coupons_of(codes, merchant, customer).items() if coupon is not None}
    rows = []
    for each in discounts(settlement):
        row: dict[str, Any] = {
            "id": f"di_{each.priority}",
            "coupon": {"id": each.rule, "name": each.title},
            "amount": each.amount,
            "automatic": not each.coupon,
            "priority": each.priority,
        }
        if each.coupon:
            row["code"] = entered.get(each.rule, each.rule)
        if each.method is not None:
            row["method"] = each.method
        shares = [{"path": f"$.line_items[{at}]", "amount": amount} for at, amount in each.shares]
        row["allocations"] = [{"path": "$.totals.shipping", "amount": each.amount}] if each.freight else shares
        rows.append(row)
    return {"codes": codes, "applied": rows}


def _rejected(
    settlement: Settlement, asked: Mapping[str, Any], merchant: Merchant, locale: str
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each code that did not apply, with its place: the closest code of eight, and the whole reason as a text."""
    request, codes = settlement.made_from, _codes(asked)
    customer = Customer() if request is None else request[0].customer
    coupons, seen = coupons_of(codes, merchant, customer), set[str]()
    for at, code in enumerate(codes):
        coupon = coupons[code]
        if coupon is None:
            reason, text = discount_code(None, settlement), language(locale)(REASONS["unknown"])
        elif coupon in seen:
            reason, text = "discount_code_already_applied", language(locale)(REASONS["used_up"])
        elif (found := refused(settlement, coupon)) is not None:
            reason, text = discount_code(found.reason, settlement), found.text(locale)
        else:
            seen.add(coupon)
            continue
        yield at, {"code": code, "reason": reason, "message": f"{code}: {text}"}


def _warning(row: Mapping[str, Any], at: int) -> dict[str, Any]:
    told = {"type": "warning", "code": row["reason"], "param": f"$.discounts.codes[{at}]", "content_type": "plain"}
    return told | {"content": row["message"], "resolution": "recoverable"}


def _messages(settlement: Settlement, locale: str) -> Iterator[dict[str, Any]]:
    """What keeps the session from being paid, and what comes along."""
    say = language(locale)
    plain = {"type": "error", "content_type": "plain", "resolution": "recoverable"}
    if settlement.status == "pending":
        param = "$.fulfillment_details.address"
        yield plain | {"code": "missing", "param": param, "content": settlement.status_text(locale)}
    for line in settlement.excluded:
        code = ACP_LINES.get(line.reason)
        if code is not None:
            text = f"{line.name or line.line}: {line.text(locale)}"
            yield plain | {"code": code, "param": "$.line_items", "content": text}
    if settlement.status == "blocked":
        yield plain | {"code": "invalid", "content": settlement.status_text(locale)}
    for gift in settlement.gifts:
        text = say(
            "Gift of {rule}: {sku} × {quantity}", rule=gift.rule, sku=gift.name or gift.sku, quantity=gift.quantity
        )
        yield {"type": "info", "content_type": "plain", "content": text}


all_readable(globals())
