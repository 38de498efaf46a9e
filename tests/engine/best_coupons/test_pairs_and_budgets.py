"""Offers that never stand together, and budgets in money: the search against every set, and a naive reading."""

from __future__ import annotations

import json
import random
from itertools import combinations

import pytest

from settlement import Checkout, Money, Rulebook, Settlement, settle
from settlement.engine.best_coupons.search import search
from settlement.engine.best_coupons.tries import rank_of
from settlement.engine.settle import finish
from test_search import crowded, enumerated, opened
from thorough import examples

REQUESTS, CHUNKS = examples(320), 3


def paired(seed):
    """A crowded request in which offers say with whom they stand, and some have a budget."""
    request = crowded(seed)
    rng, book, checkout = random.Random(seed), request["rulebook"], request["checkout"]
    offers = [*book.get("promotions", []), *book["coupons"]]
    names = [offer["id"] for offer in offers]
    groups = [f"g{number}" for number in range(2)]
    for offer in book.get("promotions", []):
        if rng.random() < 0.3:
            offer["group"] = rng.choice(groups)
    used = {offer["group"] for offer in offers if "group" in offer}
    usage = {use["rule"]: use for use in checkout["customer"].setdefault("usage", [])}
    for offer in offers:
        if rng.random() < 0.3:
            offer["not_with"] = sorted(set(rng.choices([*names, *used], k=2)))
        if rng.random() < 0.12:
            offer["combines_with"] = sorted(set(rng.choices([*names, *used], k=max(2, len(names) // 2))))
        if rng.random() < 0.25:
            currency = book["currency"]
            offer["budget"] = str(Money.of_minor(rng.choice([50, 500, 3000, 10**6]), currency))
            usage.setdefault(offer["id"], {"rule": offer["id"]})["spent"] = str(
                Money.of_minor(rng.choice([0, 40, 400]), currency)
            )
    checkout["customer"]["usage"] = list(usage.values())
    return request


def may_stand(one, other):
    """Whether two offers, as plain data, may stand together: neither says no."""
    for each, beside in ((one, other), (other, one)):
        names = {beside["id"], beside.get("group")}
        if names & set(each.get("not_with", ())):
            return False
        if "combines_with" in each and not names & set(each["combines_with"]):
            return False
    return True


def original(rule, offers):
    """The offer of a rule: of a copy the coupon that it is of."""
    return offers.get(rule) or offers[rule.rpartition("#")[0]]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_pairs_and_budgets_hold_and_the_best_set_is_found(chunk):
    """No admissible set is better than the one found; no two that exclude each other stand, no budget is passed."""
    found = dict.fromkeys(("compared", "apart", "over"), 0)
    for seed in range(chunk, REQUESTS, CHUNKS):
        request = paired(seed)
        case = opened(request)
        if case is None:
            continue
        found["compared"] += 1
        best, _ = enumerated(*case)
        result = search(*case, finish)
        assert (result.bound, rank_of(case[0], result.ledger)) == (None, best), seed
        checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
        made = settle(checkout, Rulebook.model_validate_json(json.dumps(request["rulebook"])))
        assert Settlement.from_json(made.to_json()) == made
        offers = {each["id"]: each for kind in ("promotions", "coupons") for each in request["rulebook"].get(kind, ())}
        spent = {use["rule"]: Money(use["spent"]) for use in request["checkout"]["customer"]["usage"] if "spent" in use}
        applied = [each.rule for each in made.decisions if each.outcome == "applied" and each.rule != "points"]
        for one, other in combinations(applied, 2):
            first, second = original(one, offers), original(other, offers)
            assert first is second or may_stand(first, second), (seed, one, other)
        for each in made.decisions:
            if each.reason == "excluded_by_offer":
                found["apart"] += 1
                assert each.facts["offer"] in applied
                assert not may_stand(original(each.rule, offers), original(each.facts["offer"], offers))
            if each.reason == "used_up" and "would_take" in each.facts:
                found["over"] += 1
                left = Money(offers[each.rule]["budget"]).minor - spent[each.rule].minor
                assert Money(each.facts["left"]).minor == max(0, left) < Money(each.facts["would_take"]).minor
        rows = {each.id: each.amount for each in made.redemptions if each.kind == "budget"}
        took = {
            each.rule: Money.of_minor(-each.amount.minor, made.currency)
            for each in made.adjustments
            if each.rule in offers and "budget" in offers[each.rule]
        }
        assert rows == took
        assert all(
            amount.minor + spent[name].minor <= Money(offers[name]["budget"]).minor for name, amount in took.items()
        )
    assert min(found.values()) > 0, found
