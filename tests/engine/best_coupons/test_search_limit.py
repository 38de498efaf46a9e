"""Inputs that are built to defeat the search: its states are counted, the answer is good, and nothing is silent."""

from __future__ import annotations

import json
import random

import pytest

from samples import a_checkout, a_line, a_rulebook, an_offer, result
from settlement import Checkout, Rulebook, settle
from settlement.engine import steps
from settlement.engine.attempt import attempt
from settlement.engine.best_coupons import by_shop as plans
from settlement.engine.best_coupons.effort import LINES, Effort
from settlement.engine.best_coupons.search import search
from settlement.engine.best_coupons.tries import rank_of
from settlement.engine.ledger import Ledger
from settlement.engine.question import Picks, open_case
from settlement.engine.settle import PROMOTIONS, finish

#: The default of `policy.search_limit`, and by how much one step may go past it.
LIMIT, STEP = 20_000, 2_000


def money(minor):
    """An amount in yuan."""
    return f"{minor // 100}.{minor % 100:02d} CNY"


def a_coupon(rng, name, issuer, unruly):
    """A coupon with one or two thresholds that exclude others by what they leave."""
    dealt = rng.random()
    if dealt < unruly:
        benefit = rng.choice(
            [
                {"type": "nth_unit", "n": 2, "percent": "50"},
                {"type": "fixed_price", "price": money(rng.randint(100, 5000))},
                {"type": "bundle_price", "quantity": 3, "price": money(rng.randint(1000, 9900))},
                {"type": "gift", "sku": "g", "quantity": 1},
            ]
        )
    elif dealt < unruly + 0.4:
        benefit = {"type": "amount_off", "amount": money(rng.randint(100, 5000))}
    else:
        benefit = {"type": "percent_off", "percent": str(rng.randint(1, 30))}
    least = rng.randint(1000, 200_000)
    tiers = [{"min_amount": money(least + step), "benefit": benefit} for step in (0, rng.randint(1000, 100_000))]
    if rng.random() < 0.1:
        tiers = [{"benefit": {"type": "freight_off", "amount": money(rng.randint(100, 2000))}}]
    offer = {"id": name, "issuer": issuer, "tiers": tiers, "priority": rng.randint(0, 3)}
    return offer | ({"scope": {"categories": [f"c{rng.randint(0, 5)}"]}} if rng.random() < 0.5 else {})


def crowd(seed, lines=200, coupons=94, shops=10, platform=None, unruly=0.2, points=0, **policy):
    """94 coupons held for 200 lines; `platform`: how many of them are the platform's."""
    rng = random.Random(seed)
    rows = [
        {
            "id": f"l{at:03d}",
            "shop": f"s{at % shops}",
            "sku": f"k{at}",
            "quantity": rng.randint(1, 5),
            "unit_price": money(rng.randint(100, 9900)),
            "categories": [f"c{rng.randint(0, 5)}"],
            "weight_g": rng.randint(1, 2000),
            "freight_template": f"t{rng.randint(0, 3)}",
        }
        for at in range(lines)
    ]
    zone = {"regions": ["*"], "first": 1000, "first_fee": "9.00 CNY", "additional": 500, "additional_fee": "1.00 CNY"}
    templates = [
        {
            "id": f"t{at}",
            "measure": "weight_g",
            "zones": [zone],
            "free": [{"min_amount": money(rng.randint(9**4, 9**6))}],
        }
        for at in range(4)
    ]
    held = [
        a_coupon(
            rng,
            f"q{at:02d}",
            "platform" if at < (coupons // 3 if platform is None else platform) else f"s{rng.randrange(shops)}",
            unruly,
        )
        for at in range(coupons)
    ]
    customer = {"coupons": [coupon["id"] for coupon in held], "points": 100_000}
    checkout = {"at": "2026-11-11T00:00:00+08:00", "cart": {"currency": "CNY", "lines": rows}, "customer": customer}
    checkout |= {"address": {"region": "440305"}, "choice": {"coupons": "best", "points": points}}
    book = {"id": "r", "currency": "CNY", "freight_templates": templates, "coupons": held, "policy": policy}
    book |= {"points": {"points": 100, "worth": "1.00 CNY", "max_percent": "50"}} if points else {}
    return {"checkout": checkout, "rulebook": book}


def opened(request):
    """The case and the ledger after promotions."""
    checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
    case = open_case(checkout, Rulebook.model_validate_json(json.dumps(request["rulebook"])))
    ledger = Ledger(case.goods)
    for step in PROMOTIONS:
        step(case, ledger, Picks(frozenset(), 0))
    return case, ledger


SHAPES = {
    "one a shop, one of the platform": {},
    "all of the platform, two allowed": {"platform": 94, "coupons_platform": 2},
    "all of the platform, five allowed": {"platform": 94, "coupons_platform": 5},
    "nine a shop": {"shops": 4, "platform": 10, "coupons_per_shop": 9},
    "one shop, nine allowed": {"shops": 1, "platform": 4, "coupons_per_shop": 9},
    "forty shops": {"shops": 40, "platform": 14, "coupons_platform": 2},
    "highest first": {"freight_combination": "highest_first", "coupons_per_shop": 2, "coupons_platform": 2},
    "max": {"freight_combination": "max", "coupons_per_shop": 2, "coupons_platform": 2},
    "points that exclude coupons": {"points": "max", "exclusions": [["coupons", "points"]], "coupons_platform": 2},
    "thresholds of goods": {"threshold_amount": "goods", "coupons_platform": 2, "coupons_per_shop": 2},
    "three on freight": {"coupons_freight": 3, "coupons_platform": 2, "coupons_per_shop": 2},
    "kinds that sort units": {"unruly": 0.9, "shops": 40, "coupons_platform": 2},
    "many lines": {"lines": 2000, "coupons_platform": 2, "coupons_per_shop": 2},
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_limit_bounds_the_work_and_not_only_the_nodes(name, monkeypatch):
    """On each shape the states end near the limit, and the lines really looked at are within what they stand for."""
    case, ledger = opened(crowd(1, **SHAPES[name]))
    looked = []

    def tried(case, terms, lines, *rest):
        looked.append(len(lines))
        return attempt(case, terms, lines, *rest)

    def finished(case, ledger, picks):
        looked.append(len(case.basket.ids))
        return finish(case, ledger, picks)

    for module in (plans, steps):
        monkeypatch.setattr(module, "attempt", tried)
    found = search(case, ledger, finished)
    assert found.states <= LIMIT + STEP
    assert 0 < sum(looked) <= LINES * found.states
    empty = finish(case, ledger, Picks(frozenset(), None if SHAPES[name].get("points") else 0, judged=False))
    assert rank_of(case, found.ledger) < rank_of(case, empty)
    if found.bound is not None:
        assert 0 <= found.bound <= rank_of(case, found.ledger)[0]


@pytest.mark.parametrize("name", ["all of the platform, two allowed", "highest first", "one shop, nine allowed"])
def test_the_limit_is_a_count_of_the_inputs(name):
    """The same states, set and bound twice, and whatever the order of coupons, lines and templates in the request."""
    request = crowd(2, lines=60, coupons=40, **SHAPES[name] | {"platform": min(20, SHAPES[name].get("platform", 20))})
    answers = set()
    for turn in range(3):
        book, cart = request["rulebook"], request["checkout"]["cart"]
        for entries in (
            book["coupons"],
            book["freight_templates"],
            cart["lines"],
            request["checkout"]["customer"]["coupons"],
        ):
            random.Random(turn).shuffle(entries)
        book["policy"] = book["policy"] | {"search_limit": 1500}
        case, ledger = opened(request)
        found = search(case, ledger, finish)
        answers.add((found.states, found.bound, str(rank_of(case, found.ledger))))
    assert len(answers) == 1


@pytest.mark.parametrize("seed", range(6))
def test_every_limit_is_honest(seed):
    """Each limit's cost is at least the proven best, its bound at most; where proven, all agree."""
    request = crowd(seed, lines=30, coupons=14, shops=3, coupons_platform=2, coupons_per_shop=2)
    found = {}
    for limit in (1, 30, 300, 3_000, 10**9):
        request["rulebook"]["policy"]["search_limit"] = limit
        case, ledger = opened(request)
        made = search(case, ledger, finish)
        found[limit] = (rank_of(case, made.ledger), made.bound)
    best, proven = found[10**9]
    assert proven is None
    for rank, bound in found.values():
        assert rank >= best
        assert bound is None or bound <= best[0]
        assert bound is not None or rank == best


def test_an_unproven_settlement_says_so():
    """`optimal` is false and the bound stands in the settlement, by default limits too."""
    request = crowd(1, coupons_platform=2, coupons_per_shop=2)
    made = settle(
        Checkout.model_validate_json(json.dumps(request["checkout"])),
        Rulebook.model_validate_json(json.dumps(request["rulebook"])),
    )
    assert not made.optimal
    assert made.bound is not None
    assert made.bound <= made.payable


def test_a_state_is_so_many_lines():
    """One state and one more for every LINES lines."""
    effort = Effort(5)
    effort.spend()
    effort.spend(LINES * 3 + LINES - 1)
    assert effort.spent == 5
    effort.spend()
    assert effort.spent == 6


@pytest.mark.parametrize("kind", ["unit_amount_off", "flash_price"])
def test_a_small_coupon_by_the_piece_does_not_hide_a_large_one(kind):
    """Coupons are looked at in the order of what they may take, and of equal ceilings of what they promise."""
    lines = [a_line(f"l{at:04}", "30.00") for at in range(300)]

    def benefit(off, units):
        if kind == "flash_price":
            return {"type": kind, "price": f"{30 - off}.00 CNY", "limit": units}
        return {"type": kind, "amount": f"{off}.00 CNY", "max_units": units}

    small = [an_offer(f"a{at:02}", benefit(1, at)) for at in range(1, 21)]
    large = an_offer("z", benefit(9, 300))
    held = [each["id"] for each in (*small, large)]
    book = a_rulebook(coupons=[*small, large], policy={"search_limit": 1})
    made = result(a_checkout(*lines, customer={"coupons": held}), book)
    assert made["totals"]["payable"] == "6300.00 CNY"


def test_conditions_and_scopes_count_among_the_states():
    """On 640 lines each condition is a state and 10 looks at a line, and each scope to measure 10: 64 a state."""
    lines = [a_line(f"l{at:03d}", sku=f"k{at}") for at in range(640)]

    def states(conditions, **measured):
        coupons = [
            an_offer(
                f"c{at:02d}",
                {"type": "amount_off", "amount": money(100 + at)},
                conditions=[{"type": "cart_holds", "skus": [f"k{at + each}"]} for each in range(conditions)],
                **measured,
            )
            for at in range(40)
        ]
        rules = a_rulebook(coupons=coupons, policy={"coupons_platform": 2})
        checkout = a_checkout(*lines, customer={"coupons": [offer["id"] for offer in coupons]})
        case, ledger = opened({"checkout": checkout, "rulebook": rules})
        return search(case, ledger, finish).states

    plain = states(0)
    assert states(16) - plain == 16 * 40 + 16 * 40 * 10 // LINES
    assert states(16, condition_scope={"exclude_skus": ["k9"]}) - plain == 16 * 40 + 17 * 40 * 10 // LINES


def test_platform_coupons_are_exchanged_where_nothing_is_proven():
    """Cut off, with one added to the other greedily, 47.20 would be left; one put in another's place leaves 33.39."""
    lines = [a_line(f"l{at}", price, sku=f"k{at}") for at, price in enumerate(("53.00", "53.00", "21.00"))]
    kinds = [
        (("amount_off", "47.00 CNY"), "40.00 CNY", {}),
        (("percent_off", "18"), "0.00 CNY", {"skus": ["k1"]}),
        (("amount_off", "48.00 CNY"), "40.00 CNY", {"skus": ["k0", "k2"]}),
        (("amount_off", "33.00 CNY"), "60.00 CNY", {"skus": ["k0", "k1"]}),
        (("percent_off", "41"), "80.00 CNY", {}),
        (("percent_off", "27"), "120.00 CNY", {}),
        (("amount_off", "33.00 CNY"), "120.00 CNY", {"skus": ["k0", "k2"]}),
    ]
    coupons = [
        an_offer(
            f"c{at}",
            tiers=[{"min_amount": least, "benefit": {"type": kind, kind.removesuffix("_off"): value}}],
            scope=scope,
        )
        for at, ((kind, value), least, scope) in enumerate(kinds)
    ]
    book = a_rulebook(coupons=coupons, policy={"coupons_platform": 2, "search_limit": 40})
    made = result(a_checkout(*lines, customer={"coupons": [each["id"] for each in coupons]}), book)
    assert (made["optimal"], made["totals"]["payable"]) == (False, "33.39 CNY")
