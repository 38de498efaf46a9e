"""Random carts with tables of taxes, small enough that every set of their coupons can be settled."""

from __future__ import annotations

import json
from typing import Any

from settlement import Checkout, Rulebook, Settlement, settle

SHOPS = ("s1", "s2")


def random_case(
    rng: Any, *, reimbursed: bool = False, with_tax: bool = False, bounded: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A checkout and a rulebook: two shops, three classes, coupons, points, freight, a fee.

    `bounded`: up to a price of a unit other rates hold, for all of it or for what lies below.
    """
    lines = []
    for at in range(rng.randint(1, 5)):
        quantity = rng.choice([1, 1, 2, 3, "1.5"])
        price = f"{rng.randint(1, 60)}.{rng.randint(0, 99):02d} EUR"
        line = {"id": f"l{at}", "shop": rng.choice(SHOPS), "sku": f"k{rng.randint(0, 3)}", "quantity": quantity}
        line |= {"unit_price": price}
        line |= {"tax_class": rng.choice(["std", "low", "zero"])} if rng.random() < 0.6 else {}
        line |= {"freight_template": "t"} if rng.random() < 0.6 else {}
        lines.append(line)
    coupons = []
    for at in range(rng.randint(0, 4)):
        benefit = rng.choice(
            [
                {"type": "amount_off", "amount": f"{rng.randint(1, 20)}.00 EUR"},
                {"type": "percent_off", "percent": str(rng.randint(1, 40))},
                {"type": "freight_off"},
            ]
        )
        least = {"min_amount": f"{rng.randint(1, 80)}.00 EUR"} if rng.random() < 0.5 else {}
        coupon = {"id": f"c{at}", "issuer": rng.choice(["platform", *SHOPS]), "tiers": [{"benefit": benefit} | least]}
        coupon |= {"scope": {"skus": [f"k{rng.randint(0, 3)}"]}} if rng.random() < 0.4 else {}
        coupon |= {"platform_share": str(rng.choice([0, 30, 50, 100]))} if rng.random() < 0.3 else {}
        coupon |= {"tax_base": "plus_reimbursed"} if reimbursed and rng.random() < 0.5 else {}
        coupons.append(coupon)
    zone = {"regions": ["*"], "first": 1, "first_fee": "5.00 EUR", "additional": 1, "additional_fee": "1.50 EUR"}
    free = [{"min_amount": "60.00 EUR"}]
    method = {"id": "card", "percent": "1.5", "borne_by": "buyer"}
    method |= {"tax_class": "std"} if rng.random() < 0.5 else {}
    points = {"points": 100, "worth": "1.00 EUR", "covers_freight": rng.random() < 0.5}
    rulebook = {
        "id": "r",
        "currency": "EUR",
        "taxes": [_table(rng, shop, bounded) for shop in SHOPS if rng.random() < 0.9],
        "coupons": coupons,
        "points": points,
        "freight_templates": [{"id": "t", "measure": "quantity", "zones": [zone], "free": free}],
        "payment_methods": [method],
        "policy": {"coupons_platform": rng.choice([1, 2]), "threshold_tax": "with" if with_tax else "without"},
    }
    customer: dict[str, Any] = {"coupons": [each["id"] for each in coupons], "points": rng.choice([0, 0, 500])}
    if rng.random() < 0.15:
        customer["tax_exempt"] = {"reason": "export", "keep": rng.random() < 0.3}
    checkout = {
        "at": "2026-11-11T00:00:00Z",
        "cart": {"currency": "EUR", "lines": lines},
        "address": {"region": "FR"},
        "customer": customer,
        "choice": {"coupons": "best", "points": rng.choice([0, "max"])},
        "payment_method": rng.choice([None, "card"]),
    }
    return checkout, rulebook


def _table(rng: Any, shop: str, bounded: bool) -> dict[str, Any]:
    rates: list[dict[str, Any]] = [
        {"tax_class": "std", "percent": "19"},
        {"tax_class": "low", "percent": "7"},
        {"tax_class": "zero", "percent": "0"},
        {"percent": "20"},
    ]
    if rng.random() < 0.3:
        compound = rng.random() < 0.5
        rates += [
            {"tax_class": name, "tax": "local", "percent": "3.25", "compound": compound} for name in ("std", "low")
        ]
    if bounded:
        for row in rates[:4] + rates[4:5]:
            bound = {"max_unit_price": f"{rng.randint(1, 40)}.00 EUR", "over": rng.choice(["all", "excess", "excess"])}
            rates.insert(rates.index(row), row | bound | {"percent": rng.choice(["0", "2.5", "30"])})
    return {
        "shop": shop,
        "prices": rng.choice(["with", "without", "without"]),
        "per": rng.choice(["rate", "line", "unit"]),
        "freight": rng.choice(["goods", "rate", "none"]),
        "rates": rates,
    }


def settled(checkout: dict[str, Any], rulebook: dict[str, Any]) -> Settlement:
    """As JSON, the way it comes in."""
    return settle(
        Checkout.model_validate_json(json.dumps(checkout)), Rulebook.model_validate_json(json.dumps(rulebook))
    )
