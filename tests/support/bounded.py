"""Random requests whose offers have an upper bound, a basis of their own, and say where and how they hold."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any

from beyond import crowded, tight

Document = dict[str, Any]

#: Ways to pay that the rules of such requests know.
METHODS = ("bank", "card")


def bounded(seed: int) -> Document:
    """A request with many coupons, most of whose offers use the conditions on where, how and up to which amount."""
    rng = random.Random(seed)
    request: Document = json.loads(json.dumps((tight if seed % 3 else crowded)(seed)))  # nothing is shared
    checkout, book = request["checkout"], request["rulebook"]
    currency = book["currency"]
    decimals = {"JPY": 0, "KWD": 3, "BHD": 3}.get(currency, 2)
    worth = [_minor(line["unit_price"], decimals) for line in checkout["cart"]["lines"]]
    known = {each["id"] for each in book.get("payment_methods") or ()}
    more = [{"id": name, "borne_by": "merchant"} for name in METHODS if name not in known]
    book["payment_methods"] = [*(book.get("payment_methods") or ()), *more]
    if rng.random() < 0.5:
        checkout["payment_method"] = rng.choice(METHODS)
    for line in checkout["cart"]["lines"]:
        if rng.random() < 0.3:
            line.pop("list_price", None)
    for offer in (*book.get("promotions", ()), *book.get("coupons", ())):
        _bound(rng, offer["tiers"], sum(worth), currency, decimals)
        if rng.random() < 0.4:
            offer["threshold_amount"] = rng.choice(["net", "goods"])
        if rng.random() < 0.15:
            offer["payment_methods"] = [rng.choice(METHODS)]
        if rng.random() < 0.15:
            offer[rng.choice(["regions", "exclude_regions"])] = [rng.choice(["CN", "440000", "CN/mainland"])]
        if rng.random() < 0.2:
            offer["scope"] = (offer.get("scope") or {}) | {"exclude_reduced": True}
    return request


def _minor(amount: Any, decimals: int) -> int:
    text = amount if isinstance(amount, str) else f"{amount['amount']} {amount['currency']}"
    whole, _, part = text.split(" ")[0].partition(".")
    return int(whole + part.ljust(decimals, "0")[:decimals])


def _bound(rng: random.Random, tiers: list[Document], worth: int, currency: str, decimals: int) -> None:
    """Bounds that never fall from tier to tier, near what the cart is worth."""
    if rng.random() < 0.3:
        return
    most = 0
    for tier in tiers[rng.randrange(len(tiers)) :] if rng.random() < 0.3 else tiers:
        least = _minor(tier["min_amount"], decimals) if tier.get("min_amount") else 0
        most = max(most, least) + rng.choice([0, 1, rng.randrange(1 + worth), rng.randrange(1 + worth // 4)])
        digits = str(most).rjust(decimals + 1, "0")
        shown = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
        tier["max_amount"] = f"{shown} {currency}"
    for before, tier in pairwise(tiers):  # an unbounded tier before a bounded one reaches higher
        if "max_amount" in tier and "max_amount" not in before:
            del tier["max_amount"]


def narrow(seed: int) -> Document:
    """A small cart whose coupons move each other into and out of narrow windows; nothing else happens in it."""
    rng = random.Random(seed)
    lines = [
        {"id": name, "shop": rng.choice(["s1", "s2"]), "sku": name, "quantity": 1}
        | {"unit_price": f"{rng.choice([10, 20, 30, 50])}.00 CNY", "list_price": f"{rng.choice([50, 60])}.00 CNY"}
        | {"freight_template": rng.choice(["t", None])}
        for name in "abc"[: rng.randint(1, 3)]
    ]
    zone = {"regions": ["*"], "first": 1, "first_fee": "8.00 CNY"}
    template = {"id": "t", "measure": "quantity", "zones": [zone]}
    if rng.random() < 0.3:
        template["free"] = [{"min_amount": f"{rng.randrange(20, 80, 10)}.00 CNY"}]
    coupons = [_windowed(rng, f"c{number}") for number in range(rng.randint(2, 5))]
    promotions = [_windowed(rng, "p", "freight_off")] if rng.random() < 0.4 else []
    policy = {
        "coupons_per_shop": rng.randint(1, 2),
        "coupons_platform": rng.randint(1, 2),
        "threshold_amount": rng.choice(["net", "net", "goods"]),
        "free_shipping_amount": rng.choice(["net", "shop_net", "goods"]),
    }
    book = {"id": "r", "currency": "CNY", "freight_templates": [template], "promotions": promotions}
    checkout = {
        "at": "2026-11-11T00:00:00Z",
        "cart": {"currency": "CNY", "lines": lines},
        "address": {"region": "440305"},
        "customer": {"coupons": [each["id"] for each in coupons]},
    }
    return {"checkout": checkout, "rulebook": book | {"coupons": coupons, "policy": policy}}


def _windowed(rng: random.Random, name: str, kind: str | None = None) -> Document:
    """An offer of one or two tiers with windows of a few units."""
    kind = kind or rng.choice(["amount_off", "amount_off", "percent_off", "freight_off"])
    tiers: list[Document] = []
    least = rng.choice([0, rng.randrange(5, 60, 5)])
    bounded_ = rng.random() < 0.7
    for _ in range(rng.randint(1, 2) if least else 1):
        benefit: Document = {"type": kind}
        if kind == "percent_off":
            benefit["percent"] = str(rng.randrange(10, 60, 10))
        else:
            benefit["amount"] = f"{rng.randint(1, 15)}.00 CNY"
        if kind == "amount_off" and least and rng.random() < 0.3:
            benefit["every"] = True
        tier: Document = {"benefit": benefit} | ({"min_amount": f"{least}.00 CNY"} if least else {})
        least += rng.randrange(0, 25, 5)
        if bounded_:
            tier["max_amount"] = f"{least}.00 CNY"
        tiers.append(tier)
        least += rng.randrange(5, 15, 5)
    issuer = "platform" if kind == "freight_off" else rng.choice(["platform", "s1", "s2"])
    scope = {"skus": rng.sample("abc", 2)} if rng.random() < 0.2 else None
    offer = {"id": name, "issuer": issuer, "tiers": tiers, "scope": scope, "priority": rng.randint(0, 2)}
    if rng.random() < 0.5:
        offer["threshold_amount"] = rng.choice(["net", "goods"])
    return offer
