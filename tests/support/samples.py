"""Small documents to test with, and the few questions that every test file asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from settlement import Checkout, InvalidDocument, Rulebook, Settlement, settle

if TYPE_CHECKING:
    from collections.abc import Callable

#: Singles' Day in Shanghai; 2026-11-10T16:00:00Z.
AT = "2026-11-11T00:00:00+08:00"


def a_line(name: str = "a", price: str = "10.00", **fields: Any) -> dict[str, Any]:
    """A line of shop s1 and sku k: one piece for 10.00 CNY unless told otherwise."""
    line = {"id": name, "shop": "s1", "sku": "k", "quantity": 1, "unit_price": f"{price} CNY"}
    return line | fields


def a_checkout(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A checkout of these lines, in Shenzhen unless told otherwise."""
    cart = {"currency": "CNY", "lines": list(lines or (a_line(),))}
    return {"at": AT, "cart": cart, "address": {"region": "440305"}} | fields


def a_rulebook(**fields: Any) -> dict[str, Any]:
    """A rulebook with nothing but what is named."""
    return {"id": "rules", "currency": "CNY"} | fields


def an_offer(name: str = "p1", benefit: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """An offer of the platform with one unconditional tier: 1.00 CNY off unless told otherwise."""
    benefit = benefit or {"type": "amount_off", "amount": "1.00 CNY"}
    return {"id": name, "issuer": "platform", "tiers": [{"benefit": benefit}]} | fields


def a_template(name: str = "t1", fee: str = "8.00", **fields: Any) -> dict[str, Any]:
    """A freight template of the mainland: `fee` for the first piece, 2.00 CNY for each other."""
    zone = {
        "regions": ["CN/mainland"],
        "first": 1,
        "first_fee": f"{fee} CNY",
        "additional": 1,
        "additional_fee": "2.00 CNY",
    }
    return {"id": name, "measure": "quantity", "zones": [zone]} | fields


def settled(checkout: dict[str, Any], rulebook: dict[str, Any] | None = None) -> Settlement:
    """The settlement of two plain documents, taken in as JSON."""
    return settle(
        Checkout.model_validate_json(json.dumps(checkout)),
        Rulebook.model_validate_json(json.dumps(a_rulebook() if rulebook is None else rulebook)),
    )


def result(checkout: dict[str, Any], rulebook: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same as plain data."""
    document: dict[str, Any] = json.loads(settled(checkout, rulebook).to_json())
    return document


def decisions(document: dict[str, Any]) -> dict[str, str]:
    """Rule -> "applied", or the reason why not."""
    return {row["rule"]: row.get("reason", row["outcome"]) for row in document["decisions"]}


def problems(make: Callable[[], object]) -> list[tuple[str, str]]:
    """Place and code of every problem that making a document finds."""
    with pytest.raises(InvalidDocument) as caught:
        make()
    return [(problem.place, problem.code) for problem in caught.value.problems]


def everything(**policy: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A checkout and a rulebook in which every one of the twelve stages without tax makes an adjustment."""
    checkout = a_checkout(
        a_line("a", "50.00", freight_template="t1", quantity=2, sku="k1"),
        a_line("b", "30.00", freight_template="t1", quantity=3, sku="k2"),
        a_line("c", "19.99", shop="s2", freight_template="t1", quantity="1.235", sku="k3"),
        customer={"id": "u1", "points": 5000, "coupons": ["c4", "c5", "c7"]},
        choice={"coupons": ["c4", "c5", "c7"], "points": 1000},
        payment_method="card",
    )
    tenth = {"type": "percent_off", "percent": "10"}
    freight = {"type": "freight_off", "amount": "1.00 CNY"}
    surcharge = {"regions": ["440000"], "fee": "3.00 CNY", "per": "parcel"}
    rulebook = a_rulebook(
        freight_templates=[a_template(surcharges=[surcharge])],
        promotions=[
            an_offer("p1", tenth, stage="item", platform_share="30"),
            an_offer("p2", issuer="s1"),
            an_offer("p3", platform_share="50"),
            an_offer("p7", freight),
        ],
        coupons=[an_offer("c4", issuer="s1"), an_offer("c5"), an_offer("c7", freight)],
        points={"points": 100, "worth": "1.00 CNY", "earn": {"per": "1.00 CNY", "points": 1}},
        payment_methods=[{"id": "card", "percent": "0.6", "borne_by": "buyer"}],
        policy={"round_total": {"unit": "0.10 CNY", "mode": "down"}} | policy,
    )
    return checkout, rulebook


def taxed(**policy: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same with prices without tax: every one of the fifteen stages makes an adjustment."""
    checkout, rulebook = everything(**policy)
    method = rulebook["payment_methods"][0] | {"tax_class": "standard"}
    tables = [
        {"shop": "s1", "prices": "without", "rates": [{"percent": "19"}]},
        {"prices": "without", "per": "line", "rates": [{"percent": "7"}, {"percent": "2.5", "tax": "local"}]},
    ]
    return checkout, rulebook | {"taxes": tables, "payment_methods": [method]}
