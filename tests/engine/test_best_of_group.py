"""Groups of promotions: the best choice of members and coupons, against every choice settled one by one."""

from __future__ import annotations

import json
import random
from itertools import combinations, product

import pytest

from random_requests import Maker
from settlement import Checkout, Money, Rulebook, Settlement, settle
from thorough import examples

REQUESTS, CHUNKS = examples(96), 4


class _Grouped(Maker):
    """Requests with several promotions in one or two groups, and up to four coupons held."""

    def request(self):
        request = super().request()
        rng, book, checkout = self.rng, request["rulebook"], request["checkout"]
        if not book.get("promotions"):
            book["promotions"] = []
        for number in range(rng.randrange(1, 4)):
            book["promotions"].append(self.offer(f"g{number}", "promotion"))
        for offer in book["promotions"]:
            if rng.random() < 0.75:
                offer["group"] = rng.choice(["one", "one", "two"])
        offers = [*book["promotions"], *book.get("coupons", [])]
        for offer in offers if rng.random() < 0.5 else ():
            if rng.random() < 0.3:
                offer["not_with"] = [rng.choice(offers)["id"]]
            if rng.random() < 0.2:
                offer["budget"] = str(Money.of_minor(rng.choice([50, 500, 5000]), book["currency"]))
        held = [coupon["id"] for coupon in book.get("coupons", [])][:4]
        checkout.setdefault("customer", {})["coupons"] = held
        checkout["customer"].pop("copies", None)
        checkout.setdefault("choice", {})["coupons"] = rng.choice(["best", "best", "best", "none", held])
        return request


def settled(request):
    """The settlement of a request of plain data."""
    checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
    return settle(checkout, Rulebook.model_validate_json(json.dumps(request["rulebook"])))


def cost(settlement):
    """What is paid, points at their worth."""
    return settlement.payable.minor - settlement.totals.points.minor


def kept(request, members):
    """The request with these members of groups and no other, and without groups."""
    promotions = [
        {name: value for name, value in offer.items() if name != "group"}
        for offer in request["rulebook"]["promotions"]
        if "group" not in offer or offer["id"] in members
    ]
    return with_promotions(request, promotions)


def with_promotions(request, promotions):
    """The request with these promotions and no other, which no offer names any more."""
    book = request["rulebook"]
    known = {offer["id"] for offer in (*promotions, *book.get("coupons", ()))}

    def pruned(offer):
        named = [name for name in offer.get("not_with", ()) if name in known]
        rest = {field: value for field, value in offer.items() if field != "not_with"}
        return rest | ({"not_with": named} if named else {})

    coupons = [pruned(offer) for offer in book.get("coupons", ())]
    return request | {"rulebook": book | {"promotions": list(map(pruned, promotions)), "coupons": coupons}}


def choices(request):
    """Every choice of at most one member of each group."""
    groups = {}
    for offer in request["rulebook"]["promotions"]:
        if "group" in offer:
            groups.setdefault(offer["group"], [None]).append(offer["id"])
    return product(*groups.values())


def sets(request):
    """What a choice of coupons may be: every set that is held, one list, or none."""
    wanted = request["checkout"]["choice"]["coupons"]
    if wanted != "best":
        return [wanted]
    held = request["checkout"]["customer"]["coupons"]
    return [list(chosen) for size in range(len(held) + 1) for chosen in combinations(held, size)]


def enumerated(request):
    """The least cost over every choice and every set of coupons that all take effect, each settled as a list."""
    best = None
    for members in choices(request):
        for chosen in sets(request):
            checkout = request["checkout"] | {"choice": request["checkout"]["choice"] | {"coupons": chosen}}
            then = settled(kept(request, members) | {"checkout": checkout})
            applied = {each.rule for each in then.decisions if each.outcome == "applied"}
            admissible = request["checkout"]["choice"]["coupons"] != "best" or applied.issuperset(chosen)
            if admissible and (best is None or cost(then) < best):
                best = cost(then)
    return best


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_group_costs_what_the_best_of_all_choices_costs(chunk):
    """Members × sets of coupons, each settled by itself: the engine finds the least of them and says it is proven.

    Of each group at most one took effect, the others have their decision, and no member alone is cheaper.
    """
    checked = 0
    for seed in range(chunk, REQUESTS, CHUNKS):
        request = _Grouped(random.Random(seed)).request()
        found = settled(request)
        if found.status == "blocked":
            continue
        checked += 1
        assert found.optimal, seed
        assert cost(found) == enumerated(request), seed
        groups = {offer["id"]: offer.get("group") for offer in request["rulebook"]["promotions"]}
        applied = [groups[each.rule] for each in found.decisions if each.outcome == "applied" and each.rule in groups]
        named = [name for name in applied if name is not None]
        assert len(named) == len(set(named)), seed
        assert Settlement.from_json(found.to_json()) == found
        assert len({each.rule for each in found.decisions}) == len(found.decisions)
        for name in {"one", "two"} & set(groups.values()):
            for member in (rule for rule, group in groups.items() if group == name):
                promotions = [
                    each
                    for each in request["rulebook"]["promotions"]
                    if each.get("group") != name or each["id"] == member
                ]
                assert cost(found) <= cost(settled(with_promotions(request, promotions))), (seed, member)
    assert checked > REQUESTS // CHUNKS // 2


def _exempt(rng):
    """Groups and coupons of one who pays no tax, and pays by a method whose fee has tax in it."""
    goods = [f"{rng.randrange(100, 3000) / 100:.2f} EUR" for _ in range(rng.randrange(1, 4))]
    benefits = [
        {"type": "gift", "sku": "mug", "quantity": 1},
        {"type": "percent_off", "percent": str(rng.randrange(1, 9))},
        {"type": "amount_off", "amount": f"0.{rng.randrange(10, 99)} EUR"},
    ]
    offers = [
        {"id": f"o{place}", "issuer": rng.choice(["shop", "platform"]), "tiers": [{"benefit": benefit}]}
        for place, benefit in enumerate(rng.choices(benefits, k=5))
    ]
    rate, taxed = rng.choice(["7", "19", "25", "33.3333"]), {"tax_class": "standard"}
    return {
        "checkout": {
            "cart": {
                "currency": "EUR",
                "lines": [
                    {"id": str(at), "shop": "shop", "sku": "tea", "quantity": 1, "unit_price": price} | taxed
                    for at, price in enumerate(goods)
                ],
            },
            "at": "2026-11-10T12:00:00Z",
            "address": {"region": "DE"},
            "customer": {"coupons": ["o3", "o4"], "tax_exempt": {"reason": "export", "keep": False}},
            "choice": {"coupons": "best"},
            "payment_method": "card",
        },
        "rulebook": {
            "id": "exempt",
            "currency": "EUR",
            "promotions": [{**offer, "group": "one"} for offer in offers[:3]],
            "coupons": offers[3:],
            "policy": {"round_total": {"unit": "1.00 EUR", "mode": "up"}},
            "payment_methods": [{"id": "card", "borne_by": "buyer", "fixed": "3.00 EUR", "tax_class": "standard"}],
            "taxes": [{"prices": "with", "rates": [{"percent": rate, "tax_class": "standard"}]}],
        },
    }


def test_the_bound_knows_the_tax_in_a_fee():
    """Who is exempt pays a fee without its tax, too: no member that is as cheap and gives more is passed over."""
    given = 0
    for seed in range(40):
        request = _exempt(random.Random(f"fee {seed}"))
        found = settled(request)
        tried = []
        for member in (None, "o0", "o1", "o2"):
            for size in range(3):
                for names in combinations(("o3", "o4"), size):
                    alone = kept(request, {member})
                    alone["checkout"] = {**alone["checkout"], "choice": {"coupons": list(names)}}
                    other = settled(alone)
                    tried.append((cost(other), other.payable.minor, -sum(gift.quantity for gift in other.gifts)))
        assert (cost(found), found.payable.minor, -sum(gift.quantity for gift in found.gifts)) == min(tried), seed
        given += bool(found.gifts)
    assert given >= 8
