"""A month of records for finance-month.ipynb: sixty orders, the same each time; one was settled by another program."""

from __future__ import annotations

import json
from typing import Any

from settlement import Checkout, Money, Rulebook, settle
from settlement.audit.record import Record, record
from settlement.documents.canonical import canonical

#: sku -> shop, price, grams
GOODS = {
    "longjing": ("tea", "128.00", 300),
    "jasmine": ("tea", "39.90", 120),
    "cup": ("tea", "19.90", 250),
    "quilt": ("home", "329.00", 2600),
    "candle": ("home", "49.00", 400),
    "tray": ("home", "33.33", 700),
    "cable": ("digital", "19.90", 60),
    "headset": ("digital", "499.00", 350),
}
RULES: dict[str, Any] = {
    "id": "mall-2026-11",
    "currency": "CNY",
    "promotions": [
        {"id": "tea-2nd-half", "issuer": "tea", "stage": "item", "scope": {"skus": ["cup"]},
         "tiers": [{"benefit": {"type": "nth_unit", "n": 2, "percent": "50"}}]},
        {"id": "home-300-40", "issuer": "home",
         "tiers": [{"min_amount": "300.00 CNY", "benefit": {"type": "amount_off", "amount": "40.00 CNY"}}]},
        {"id": "mall-200-30", "issuer": "platform", "platform_share": "60", "tiers": [
            {"min_amount": "200.00 CNY", "benefit": {"type": "amount_off", "amount": "30.00 CNY", "every": True}}]},
    ],
    "coupons": [
        {"id": "tea-5", "issuer": "tea", "tiers": [{"benefit": {"type": "percent_off", "percent": "5"}}]},
        {"id": "mall-20", "issuer": "platform",
         "tiers": [{"min_amount": "99.00 CNY", "benefit": {"type": "amount_off", "amount": "20.00 CNY"}}]},
    ],
    "freight_templates": [
        {"id": "express", "measure": "weight_g", "free": [{"min_amount": "299.00 CNY"}],
         "zones": [{"regions": ["CN/mainland"], "first": 1000, "first_fee": "8.00 CNY",
                    "additional": 500, "additional_fee": "1.50 CNY"}]},
    ],
    "points": {"points": 100, "worth": "1.00 CNY", "max_percent": "10"},
}  # fmt: skip


def checkout(number: int) -> Checkout:
    """Order `number` of the month: what it buys follows from the number alone."""
    skus = list(GOODS)
    lines = []
    for place in range(1 + number % 4):
        sku = skus[(number * 3 + place * 5) % len(skus)]
        shop, price, grams = GOODS[sku]
        lines.append(
            {
                "id": f"{number}-{place + 1}",
                "shop": shop,
                "sku": sku,
                "quantity": 1 + (number + place) % 3,
                "unit_price": f"{price} CNY",
                "weight_g": grams,
                "freight_template": "express",
            }
        )
    held = [["mall-20"], ["tea-5", "mall-20"], []][number % 3]
    return Checkout.model_validate(
        {
            "at": f"2026-11-{1 + number // 2:02d}T{8 + number % 12:02d}:15:00+08:00",
            "cart": {"currency": "CNY", "lines": lines},
            "address": {"region": ["440305", "310101", "110105"][number % 3]},
            "customer": {"coupons": held, "points": number % 7 * 150},
            "choice": {"points": "max"},
        }
    )


def moved(kept: Record) -> Record:
    """The record as a program would have left it that gives a leftover cent to the last line.

    It does not say what its shares were worked out from, all sums agree and the digest fits: nothing but settling again
    can find it.
    """
    body = kept.data
    settlement = body["settlement"]
    change = next(each for each in settlement["adjustments"] if each["rule"] == "mall-20")
    one, other = min(change["shares"]), max(change["shares"])
    change["facts"] = {}
    for decision in settlement["decisions"]:
        if decision["rule"] == "mall-20":
            decision.pop("facts", None)
    for name, cent in ((one, 1), (other, -1)):
        line = next(line for line in settlement["lines"] if line["id"] == name)
        shop = next(shop for shop in settlement["shops"] if shop["id"] == line["shop"])
        for place, field in (
            (change["shares"], name),
            (change["platform"], name),
            *((row, column) for row in (line, shop) for column in ("coupons", "payable")),
        ):
            place[field] = str(Money(place[field]) + Money.of_minor(cent, "CNY"))
    return Record(canonical(body), kept.order, kept.personal)


def month() -> list[str]:
    """Sixty records as JSON."""
    rulebook = Rulebook.model_validate_json(json.dumps(RULES))
    kept = [record(settle(checkout(number), rulebook)) for number in range(60)]
    suspects = [place for place, each in enumerate(kept) if b'"mall-20","shares"' in each.body]
    chosen = next(place for place in suspects[20:] if _shared(kept[place]) > 2)
    kept[chosen] = moved(kept[chosen])
    return [each.to_json() for each in kept]


def _shared(kept: Record) -> int:
    return max(len(each["shares"]) for each in kept.data["settlement"]["adjustments"] if each["rule"] == "mall-20")
