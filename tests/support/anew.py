"""Kept goods bought alone, by the offers that applied; and small carts whose offers use each other's units up."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from samples import a_checkout, a_line, a_rulebook
from settlement import Checkout, Rulebook, Settlement, settle

__all__ = ["anew", "crowded"]

Request = tuple[Checkout, Rulebook]
ORDERS = ("dearest", "cheapest")


def anew(request: Request, settlement: Settlement, kept: Mapping[str, int]) -> int:
    """What kept goods cost when they alone are bought, by the offers that applied; freight left aside."""
    checkout, book = request
    applied = {each.rule for each in settlement.adjustments}
    lines = [line.model_copy(update={"quantity": kept[line.id]}) for line in checkout.cart.lines if kept.get(line.id)]
    if not lines:
        return 0
    held = [name for name in checkout.customer.coupons if name in applied]
    again = checkout.model_copy(
        update={
            "cart": checkout.cart.model_copy(update={"lines": tuple(lines)}),
            "customer": checkout.customer.model_copy(update={"coupons": tuple(held)}),
            "choice": checkout.choice.model_copy(update={"coupons": tuple(held) or "none"}),
        }
    )
    rules = book.model_copy(
        update={
            "promotions": tuple(each for each in book.promotions if each.id in applied),
            "coupons": tuple(each for each in book.coupons if each.id in applied),
        }
    )
    found = settle(
        Checkout.model_validate_json(again.model_dump_json()), Rulebook.model_validate_json(rules.model_dump_json())
    )
    return sum(line.goods.minor + line.promotions.minor + line.coupons.minor for line in found.lines)


def crowded(rng: random.Random) -> Request:
    """Two to four lines under two or three offers, most of which use units up; as promotions or as coupons."""
    names = "abcd"[: rng.randint(2, 4)]
    lines = [_line(rng, name) for name in names]
    offers = [_offer(rng, f"p{number}", names) for number in range(rng.randint(2, 3))]
    policy = {"threshold_amount": rng.choice(["net", "goods"]), "coupons_platform": 3, "coupons_per_shop": 3}
    ids = [offer["id"] for offer in offers]
    customer: dict[str, Any] = {"usage": [{"rule": name, "units": rng.randint(1, 2)} for name in ids]}
    if rng.random() < 0.3:
        checkout = a_checkout(*lines, customer=customer | {"coupons": ids}, choice={"coupons": ids})
        book = a_rulebook(coupons=offers, policy=policy)
    else:
        stage = rng.choice(["order", "item"])
        staged = [offer | {"stage": stage if rng.random() < 0.85 else "item"} for offer in offers]
        checkout, book = a_checkout(*lines, customer=customer), a_rulebook(promotions=staged, policy=policy)
    return Checkout.model_validate(checkout), Rulebook.model_validate(book)


def shutting(rng: random.Random) -> Request:
    """The same with three or four offers, of which some shut the lines that they discount to others, or to coupons."""
    names = "abcd"[: rng.randint(2, 4)]
    lines = [_line(rng, name) for name in names]
    promotions, coupons = [], []
    for number in range(rng.randint(3, 4)):
        offer = _offer(rng, f"p{number}", names)
        offer["consumes_units"] = rng.random() < 0.3
        if number > 1 and rng.random() < 0.6:
            coupons.append(offer)
            continue
        offer |= {"exclusive": rng.random() < 0.6, "coupons_allowed": rng.random() < 0.7}
        promotions.append(offer | {"stage": "item" if rng.random() < 0.3 else "order"})
    ids = [offer["id"] for offer in coupons]
    policy = {"threshold_amount": rng.choice(["net", "goods"]), "coupons_platform": 3, "coupons_per_shop": 3}
    checkout = a_checkout(*lines, customer={"coupons": ids}, choice={"coupons": ids or "none"})
    book = a_rulebook(promotions=promotions, coupons=coupons, policy=policy)
    return Checkout.model_validate(checkout), Rulebook.model_validate(book)


def taxed(rng: random.Random) -> Request:
    """One of both with taxes on top of prices, which thresholds look at; some by the price of a unit."""
    checkout, book = rng.choice([crowded, shutting])(rng)
    rates: list[dict[str, Any]] = [{"tax": "A", "percent": rng.choice(["10", "7.25"])}]
    if rng.random() < 0.5:
        rates.append({"tax": "B", "percent": "9.975", "compound": rng.random() < 0.5})
    for most in rng.sample([5, 8, 10, 15, 50], rng.choice([0, 0, 1, 2])):  # by the price of a unit, up or down
        rates.insert(0, {"tax": "A", "percent": rng.choice(["0", "3", "15"]), "max_unit_price": f"{most}.00 CNY"})
    together = rng.random() < 0.4 and not any(each.get("compound") for each in rates)
    rules = book.model_dump(mode="json", exclude_unset=True)
    rules["taxes"] = [{"prices": "without", "rates": rates, "together": together}]
    rules["policy"]["threshold_tax"] = "with"
    return checkout, Rulebook.model_validate(rules)


def _line(rng: random.Random, name: str) -> dict[str, Any]:
    price = f"{rng.choice([9, 10, 10, 20, 100])}.{rng.choice(['00', '99', '33'])}"
    categories = rng.sample(["c1", "c2"], rng.randint(0, 2))
    made = a_line(name, price, shop=rng.choice(["s1", "s1", "s2"]), sku=f"k{name}", quantity=rng.randint(1, 3))
    floor = {"min_price": f"{rng.randint(1, 9)}.00 CNY"} if rng.random() < 0.2 else {}
    return made | {"categories": categories} | floor


def _offer(rng: random.Random, name: str, lines: str) -> dict[str, Any]:
    """An offer whose tiers, one to three, ask for quantities, amounts, both or nothing."""
    asked = rng.choice(["", "quantity", "amount", "quantity amount"])
    pieces, yuan = rng.randint(1, 4), rng.randint(5, 60)
    tiers: list[dict[str, Any]] = []
    several = rng.randint(1, 3) if asked else 1
    for more in range(several):
        tier: dict[str, Any] = {"benefit": _benefit(rng, lines, alone=several == 1)}
        tier |= {"min_quantity": pieces + more} if "quantity" in asked else {}
        tier |= {"min_amount": f"{yuan + 10 * more}.00 CNY"} if "amount" in asked else {}
        if asked and tier["benefit"]["type"] == "amount_off" and rng.random() < 0.5:
            tier["benefit"]["every"] = True
        tiers.append(tier)
    offer = {"id": name, "issuer": rng.choice(["platform", "platform", "s1"]), "tiers": tiers}
    offer |= {"priority": rng.randint(0, 1), "consumes_units": rng.random() < 0.7}

    def some() -> dict[str, Any]:
        return {"skus": [f"k{each}" for each in rng.sample(lines, rng.randint(1, len(lines)))]}

    conditions = [
        {"type": "different_goods", "count": 2},
        {"type": "cart_holds", "skus": [f"k{lines[0]}"], "min_quantity": 1},
        {"type": "multiple_of", "quantity": 2},
    ]
    may = {"scope": some(), "condition_scope": some(), "conditions": [rng.choice(conditions)]}
    may |= {"threshold_amount": rng.choice(["net", "goods"]), "counts_earlier": True}
    if any(tier["benefit"]["type"] == "flash_price" for tier in tiers):
        del may["counts_earlier"]
    chances = {"scope": 0.5, "condition_scope": 0.15, "conditions": 0.2, "threshold_amount": 0.3, "counts_earlier": 0.1}
    return offer | {field: value for field, value in may.items() if rng.random() < chances[field]}


def _benefit(rng: random.Random, lines: str, *, alone: bool) -> dict[str, Any]:
    """Any benefit; no set by category where the facts would have to state it of a tier that did not apply."""
    first, *others = [f"k{each}" for each in lines]
    second = {"categories": ["c1"]} if rng.random() < 0.5 and alone else {"skus": others}
    kinds = [
        {"type": "nth_unit", "n": 2, "percent": "100"},
        {"type": "nth_unit", "n": 2, "percent": "100", "units": "cheapest"},
        {"type": "bundle_price", "quantity": rng.choice([2, 3]), "price": "13.00 CNY"},
        {"type": "percent_off", "percent": "50", "max_units": rng.randint(1, 3), "units": rng.choice(ORDERS)},
        {"type": "percent_off", "percent": "30"},
        {"type": "fixed_price", "price": "8.00 CNY"},
        {"type": "flash_price", "price": "8.00 CNY", "limit": 2},
        {"type": "unit_amount_off", "amount": "2.00 CNY", "max_units": 2},
        {"type": "set_price", "slots": [{"skus": [first]}, second], "price": "15.00 CNY"},
        {"type": "graduated_price", "bands": [{"up_to": 1, "price": "9.00 CNY"}, {"price": "6.00 CNY"}]},
        {"type": "amount_off", "amount": "7.00 CNY"},
        {"type": "add_on_price", "price": "3.00 CNY"},
        {"type": "gift", "sku": "g", "quantity": 1},
    ]
    return rng.choice(kinds)
