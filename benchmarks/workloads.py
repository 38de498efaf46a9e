"""The carts that are measured: each a request as plain data, the same on every run and every Python.

Amounts come from a multiplicative sequence instead of a random generator, so that a port to another language needs
no more than integers to make the same carts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = [
    "as_text",
    "conditional",
    "crowded",
    "growth",
    "hostile",
    "one_too_many",
    "promotions",
    "regions",
    "w1",
    "w2",
    "w3",
]

Document: TypeAlias = dict[str, Any]

REGION = "440305"
AT = "2026-11-11T00:00:00+08:00"
VALID = {"valid_from": "2026-11-01T00:00:00+08:00", "valid_until": "2026-12-01T00:00:00+08:00"}
CATEGORIES = 10


def w1() -> Document:
    """3 lines of one shop, one coupon, freight by piece."""
    lines = [
        {"id": f"line-{at}", "shop": "shop-00", "sku": f"sku-{at}", "quantity": at, "unit_price": _yuan(price)}
        | {"freight_template": "pieces"}
        for at, price in ((1, 5990), (2, 2590), (3, 1299))
    ]
    template = {
        "id": "pieces",
        "measure": "quantity",
        "zones": [
            {"regions": ["CN/mainland"], **_tariff(1, 800, 1, 200)},
            {"regions": ["540000", "650000"], **_tariff(1, 2000, 1, 1500)},
        ],
    }
    coupon = _coupon("coupon-1", "shop-00", 10_000, {"type": "amount_off", "amount": "20.00 CNY"})
    return _request(lines, [template], [coupon])


def w2() -> Document:
    """20 lines of 4 shops, 4 shop coupons and a platform coupon held, points up to the cap, 4 weight templates."""
    coupons = [
        _coupon("shop-00-a", "shop-00", 20_000, {"type": "amount_off", "amount": "25.00 CNY"}),
        _coupon("shop-01-a", "shop-01", 10_000, {"type": "percent_off", "percent": "12"}),
        _coupon("shop-02-a", "shop-02", 30_000, {"type": "amount_off", "amount": "40.00 CNY"}),
        _coupon("shop-03-a", "shop-03", 20_000, {"type": "percent_off", "percent": "8", "max": "50.00 CNY"}),
        _coupon("platform-00", "platform", 80_000, {"type": "amount_off", "amount": "66.00 CNY"}),
    ]
    request = _request(_lines(20, 4), [_by_weight(shop) for shop in range(4)], coupons)
    request["rulebook"]["points"] = {"points": 100, "worth": "1.00 CNY", "step": 10, "max_percent": "50"}
    request["checkout"]["customer"]["points"] = 12_345
    request["checkout"]["choice"] = {"coupons": "best", "points": "max"}
    return request


def one_too_many(issuer: str) -> Document:
    """W2 with one coupon more than may be used: another of the platform's, or of a shop's."""
    request = w2()
    benefit = {"type": "percent_off", "percent": "5", "max": "40.00 CNY"}
    if issuer != "platform":
        benefit = {"type": "amount_off", "amount": "12.00 CNY"}
    _hold(request, [_coupon(f"{issuer}-more", issuer, 10_000, benefit)])
    return request


def w3(lines: int = 500, shops: int = 20, platform: int = 20) -> Document:
    """500 lines of 20 shops, 60 coupons held: two a shop, which exclude each other, and 20 of the platform.

    The thresholds lie about what the shop coupons leave, and a shop's freight is free above an amount: a bigger
    coupon of a shop may cost the platform's or the free freight, so no coupon can be judged by itself.
    """
    cart = _lines(lines, shops)
    goods: dict[str, int] = {}
    for line in cart:
        for key in (line["shop"], line["categories"][0]):
            goods[key] = goods.get(key, 0) + line["quantity"] * _minor(line["unit_price"])
    coupons = []
    for shop in range(shops):
        name = f"shop-{shop:02d}"
        amount = goods[name] * (6 + shop % 7) // 100
        flat = {"type": "amount_off", "amount": _yuan(amount)}
        some = {"type": "percent_off", "percent": str(15 + shop % 11), "max": _yuan(amount * 5 // 4)}
        scope = {"categories": [f"category-{(shop + each) % CATEGORIES}" for each in range(6)]}
        coupons.append(_coupon(f"{name}-a", name, goods[name] * (70 + shop % 29) // 100, flat))
        coupons.append(_coupon(f"{name}-b", name, goods[name] // 10, some) | {"scope": scope})
    for at in range(platform):
        chosen = [f"category-{(at + each) % CATEGORIES}" for each in range(4 + at % 3)]
        amount = sum(goods.get(category, 0) for category in chosen)
        benefit = {"type": "amount_off", "amount": _yuan(amount * (40 + at * 7 % 30) // 1000)}
        if at % 4 == 3:
            benefit = {"type": "percent_off", "percent": str(4 + at % 5), "max": _yuan(amount // 16)}
        coupon = _coupon(f"platform-{at:02d}", "platform", amount * (86 + at * 5 % 13) // 100, benefit)
        coupons.append(coupon | {"scope": {"categories": chosen}})
    return _request(
        cart,
        [_by_weight(shop, goods[f"shop-{shop:02d}"] * (76 + shop * 5 % 17) // 100) for shop in range(shops)],
        coupons,
    )


def growth(lines: int) -> Document:
    """A cart of any size: 10 lines a shop, and for each shop a promotion, a coupon that is held, and a template."""
    shops = lines // 10
    coupons = [
        _coupon(f"shop-{shop:02d}-a", f"shop-{shop:02d}", 10_000, {"type": "amount_off", "amount": "15.00 CNY"})
        for shop in range(shops)
    ]
    request = _request(_lines(lines, shops), [_by_weight(shop) for shop in range(shops)], coupons)
    request["rulebook"]["promotions"] = [
        _offer(f"sale-{shop:02d}", f"shop-{shop:02d}", 20_000, {"type": "percent_off", "percent": "5"})
        for shop in range(shops)
    ]
    return request


def crowded(lines: int) -> Document:
    """The same with four coupons of the platform held, of which one may be used: two amounts, two percentages."""
    request = growth(lines)
    goods = sum(line["quantity"] * _minor(line["unit_price"]) for line in request["checkout"]["cart"]["lines"])
    most = _yuan(goods * 3 // 100)
    benefits: list[tuple[int, Document]] = [
        (97, {"type": "amount_off", "amount": _yuan(goods * 8 // 100)}),
        (60, {"type": "amount_off", "amount": _yuan(goods * 6 // 100)}),
        (30, {"type": "percent_off", "percent": "5"}),
        (1, {"type": "percent_off", "percent": "8", "max": most}),
    ]
    coupons = [
        _coupon(f"platform-{at:02d}", "platform", goods * least // 100, benefit)
        for at, (least, benefit) in enumerate(benefits)
    ]
    _hold(request, coupons)
    return request


def hostile(lines: int, coupons: int, kind: str, tiers: int, **policy: int) -> Document:
    """A cart built to be dear: many coupons of many tiers, that each look at half of the lines or at all of them.

    `kind` is that of the benefits, "mixed" one after the other. With `copies` in the policy so many of each are held,
    with `shops` the cart has so many and the coupons are theirs in turn.
    """
    copies, shops = policy.pop("copies", 1), policy.pop("shops", 0)
    request = _request(_lines(lines, shops or lines // 10), [_by_weight(at) for at in range(shops or lines // 10)], [])
    for template in request["rulebook"]["freight_templates"]:
        template["free"] = [{"min_amount": _yuan(90_000)}]
    kinds = [kind] if kind != "mixed" else list(_BENEFITS)
    offers = []
    for at in range(coupons):
        rows = [
            {"min_amount": _yuan(1_000 * (1 + tier) + at), "benefit": _BENEFITS[kinds[at % len(kinds)]](at * 7 + tier)}
            for tier in range(tiers)
        ]
        offer = {"id": f"coupon-{at:03d}", "issuer": f"shop-{at % shops:02d}" if shops else "platform", "tiers": rows}
        if at % 3:  # no two look at the same lines
            offer["scope"] = {"exclude_skus": [f"sku-{at:05d}"]}
        if at % 3 == 1:
            offer["scope"]["categories"] = [f"category-{(at + each) % CATEGORIES}" for each in range(5)]
        offers.append(offer | {"priority": at % 4})
    _hold(request, offers)
    if copies > 1:
        request["checkout"]["customer"]["copies"] = {offer["id"]: copies for offer in offers}
    request["rulebook"]["policy"] = policy
    return request


def conditional(lines: int, coupons: int, conditions: int, scope: str, **policy: int) -> Document:
    """The same, where every coupon has a scope, lines to measure and conditions of its own that nobody else asks for.

    `scope` is "wide" (all goods but one), "narrow" (20 skus), "half" (half of the categories) or "listed" (half of the
    cart's skus, by name).
    """
    request = hostile(lines, coupons, "mixed", 10, **policy)
    for at, offer in enumerate(request["rulebook"]["coupons"]):
        offer["scope"] = {
            "wide": {"exclude_skus": _skus(at, 1, lines)},
            "narrow": {"skus": _skus(at * 20, 20, lines)},
            "half": {"categories": _categories(at, 5), "exclude_skus": _skus(at, 1, lines)},
            "listed": {"skus": _skus(at, lines // 2, lines)},
        }[scope]
        offer["condition_scope"] = {"exclude_skus": _skus(at + coupons, 1, lines)}
        offer["conditions"] = [
            {
                "type": "cart_holds",
                "skus": _skus(at * conditions + each, 50, lines),
                "categories": _categories(at + each, 5 + each % 5),
            }
            for each in range(conditions)
        ]
    return request


def _skus(first: int, count: int, lines: int) -> list[str]:
    return [f"sku-{(first + each) % lines:05d}" for each in range(count)]


def _categories(first: int, count: int) -> list[str]:
    return [f"category-{(first + each) % CATEGORIES}" for each in range(count)]


#: No kind is added: counts of `mixed` are compared from one version to the next.
_BENEFITS: dict[str, Callable[[int], Document]] = {
    "percent_off": lambda at: {"type": "percent_off", "percent": str(1 + at % 20)},
    "amount_off": lambda at: {"type": "amount_off", "amount": _yuan(100 + at * 61 % 9_000)},
    "bundle_price": lambda at: {
        "type": "bundle_price",
        "quantity": 2 + at % 4,
        "price": _yuan(9_900 + at * 100 % 4_000),
    },
    "nth_unit": lambda at: {"type": "nth_unit", "n": 2 + at % 3, "percent": "50"},
    "fixed_price": lambda at: {"type": "fixed_price", "price": _yuan(1_000 + at * 37 % 9_000)},
    "unit_amount_off": lambda at: {"type": "unit_amount_off", "amount": _yuan(10 + at % 90), "max_units": 1 + at % 40},
}


def promotions(others: int) -> Document:
    """20 lines and the 20 promotions that touch them, beside many `others` that name other goods."""
    request = _request(_lines(20, 4), [_by_weight(shop) for shop in range(4)], [])
    benefit = {"type": "percent_off", "percent": "3"}
    skus = [line["sku"] for line in request["checkout"]["cart"]["lines"]]
    request["rulebook"]["promotions"] = [
        _offer(f"sale-{at:05d}", "platform", 1_000, benefit) | {"scope": {"skus": [sku]}} for at, sku in enumerate(skus)
    ] + [
        _offer(f"sale-{at:05d}", "platform" if at % 2 else f"other-{at % 500}", 1_000, benefit)
        | {"scope": {"categories": [f"other-{at % 300}"]} if at % 3 else {"skus": [f"other-{at}"]}}
        for at in range(len(skus), len(skus) + others)
    ]
    return request


def regions(count: int) -> Document:
    """20 lines on templates that price `count` regions each; the address is one of them."""
    codes = [f"{11 + at // 400:02d}{1 + at // 40 % 10:02d}{1 + at % 40:02d}" for at in range(count - 1)]
    near = codes[-1]
    request = _request(_lines(20, 4), [_by_weight(shop) for shop in range(4)], [])
    for template in request["rulebook"]["freight_templates"]:
        template["zones"] = [
            {"regions": codes[begin : begin + 100], **_tariff(1000, 700 + begin, 500, 150)}
            for begin in range(0, len(codes), 100)
        ] + [{"regions": ["CN/mainland"], **_tariff(1000, 1200, 1000, 400)}]
    request["checkout"]["address"]["region"] = near
    return request


def as_text(document: Document) -> str:
    """The document as a client would send it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


# ------------------------------------------------------------------ pieces


def _request(lines: list[Document], templates: list[Document], coupons: list[Document]) -> Document:
    return {
        "checkout": {
            "at": AT,
            "cart": {"currency": "CNY", "lines": lines},
            "address": {"region": REGION},
            "customer": {"id": "customer-1", "coupons": [coupon["id"] for coupon in coupons]},
        },
        "rulebook": {"id": "rules-1", "currency": "CNY", "freight_templates": templates, "coupons": coupons},
    }


def _hold(request: Document, coupons: list[Document]) -> None:
    request["rulebook"]["coupons"] += coupons
    request["checkout"]["customer"]["coupons"] += [coupon["id"] for coupon in coupons]


def _lines(count: int, shops: int) -> list[Document]:
    return [
        {
            "id": f"line-{at:05d}",
            "shop": f"shop-{at % shops:02d}",
            "sku": f"sku-{at:05d}",
            "name": f"Article {at}",
            "quantity": 1 + at * 5 % 4,
            "unit_price": _yuan(990 + at * 7_919 % 20_011),
            "categories": [f"category-{(at // shops + at) % CATEGORIES}"],
            "weight_g": 120 + at * 613 % 2_400,
            "freight_template": f"weight-{at % shops:02d}",
        }
        for at in range(count)
    ]


def _by_weight(shop: int, free: int | None = None) -> Document:
    template: Document = {
        "id": f"weight-{shop:02d}",
        "measure": "weight_g",
        "zones": [
            {"regions": ["CN/mainland"], **_tariff(1000, 1000 + shop % 5 * 100, 1000, 300)},
            {"regions": ["440000", "350000"], **_tariff(1000, 600 + shop % 7 * 50, 1000, 200)},
            {"regions": ["540000", "650000"], **_tariff(1000, 2500, 500, 1200)},
        ],
    }
    if free is not None:
        template["free"] = [{"min_amount": _yuan(free)}]
    return template


def _tariff(first: int, first_fee: int, additional: int, additional_fee: int) -> Document:
    return {
        "first": first,
        "first_fee": _yuan(first_fee),
        "additional": additional,
        "additional_fee": _yuan(additional_fee),
    }


def _offer(name: str, issuer: str, min_amount: int, benefit: Document) -> Document:
    return {"id": name, "issuer": issuer, "tiers": [{"min_amount": _yuan(min_amount), "benefit": benefit}]}


def _coupon(name: str, issuer: str, min_amount: int, benefit: Document) -> Document:
    return _offer(name, issuer, min_amount, benefit) | VALID


def _yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d} CNY"


def _minor(amount: str) -> int:
    return int(amount.removesuffix(" CNY").replace(".", ""))
