"""What the choice of coupons is never worse than, however little the search may do, and what getting ready costs."""

from __future__ import annotations

import random
from itertools import chain

import pytest

from settlement import BundlePrice, PercentOff
from settlement.engine.best_coupons import search as module
from settlement.engine.best_coupons.effort import LINES, Effort
from settlement.engine.best_coupons.most_off import promised, reach
from settlement.engine.best_coupons.search import search
from settlement.engine.best_coupons.tries import FIRST, rank_of
from settlement.engine.question import Picks
from settlement.engine.settle import finish
from test_search_limit import SHAPES, crowd, money, opened

LIMITS = (1, 2, 10, 100, 1_000, 20_000)


def in_order(case, ledger):
    """Every coupon that may be used, those that may take off most first, by ceilings and, of equals, by promises."""
    usable = [terms for terms in chain(*case.coupons.values()) if case.refusals[terms.id] is None]
    made = [each for terms in usable if (each := reach(case, ledger, terms)) is not None and case.allowed(terms)]
    effort = Effort(0)
    made.sort(key=lambda each: (-each.most, -promised(case, ledger, each, effort), each.terms.number, each.terms.key))
    return [each.terms for each in made]


def watched():
    """`finish`, and what it settled: each set that was asked for with its rank where it is admissible."""
    found = {}

    def finished(case, ledger, picks):
        settled = finish(case, ledger, picks)
        found[frozenset(settled.coupons)] = rank_of(case, settled)
        if frozenset(settled.coupons) != picks.coupons and picks.across is None:
            found[frozenset(picks.coupons)] = None
        return settled

    return found, finished


@pytest.mark.parametrize("seed", range(12))
def test_the_answer_is_never_worse_than_what_it_is_promised_not_to_be(seed):
    """Whatever the limit: not than no coupon, each of the first alone, or a greedy set as far as it was walked."""
    rng = random.Random(seed)
    shape = {"shops": 3} | rng.choice(list(SHAPES.values()))
    request = crowd(seed, **shape | {"lines": rng.randint(5, 60), "coupons": rng.randint(3, 30)})
    for limit in (*LIMITS, rng.randint(1, 5_000)):
        request["rulebook"]["policy"]["search_limit"] = limit
        case, ledger = opened(request)
        settled, finished = watched()
        found = search(case, ledger, finished)
        answer = rank_of(case, found.ledger)
        points = None if request["checkout"]["choice"]["points"] == "max" else 0
        none = rank_of(case, finish(case, ledger, Picks(frozenset(), points, judged=False)))
        assert answer <= none
        assert all(answer <= rank for rank in settled.values() if rank is not None)
        if found.bound is None:
            continue
        coupons = in_order(case, ledger)
        for terms in coupons[:FIRST]:
            assert frozenset({terms.id}) in settled
        best, greedy, room = none, frozenset(), dict(case.rules.allowed)
        for terms in coupons:
            if (
                terms.exclusive
                or [case.known_coupons[name].sort for name in greedy].count(terms.sort) >= room[terms.number]
            ):
                continue
            tried = greedy | {terms.id}
            if tried not in settled:
                break
            if settled[tried] is not None and settled[tried] < best:
                best, greedy = settled[tried], tried
        assert answer <= best


def test_a_greedy_set_is_walked_to_its_end_where_the_limit_lets_it():
    """By the default limit each of 20 coupons had its turn, though the best set is not proven."""
    case, ledger = opened(crowd(3, lines=40, coupons=20, shops=2, coupons_platform=9, coupons_per_shop=9, unruly=0.9))
    settled, finished = watched()
    found = search(case, ledger, finished)
    assert found.bound is not None
    best, greedy = settled[frozenset()], frozenset()
    for terms in in_order(case, ledger):
        if not terms.exclusive and [case.known_coupons[name].sort for name in greedy].count(terms.sort) < 9:
            tried = greedy | {terms.id}
            if terms.number == 7 and any(case.known_coupons[name].number == 7 for name in greedy):
                continue
            rank = settled[tried]
            if rank is not None and rank < best:
                best, greedy = rank, tried
    assert len(greedy) > 3


#: Carts and limits: with the exchanges of one sort left out of the search, some of them end with a dearer set.
EXCHANGED = [
    (0, 1_000),
    (0, 2_000),
    (22, 500),
    (30, 500),
    (34, 500),
    (32, 1_000),
    (32, 2_000),
    *((n, 1_500) for n in range(9)),
]


@pytest.mark.parametrize(("seed", "limit"), EXCHANGED)
def test_no_single_exchange_betters_an_answer_that_is_not_proven(seed, limit):
    """No coupon more, and none in the place of one of its sort: a shop's, the platform's or one on freight."""
    policy = {"coupons_platform": 2, "coupons_per_shop": 2, "coupons_freight": 2, "search_limit": limit}
    case, ledger = opened(crowd(seed, lines=30, coupons=16, shops=3, **policy))
    found = search(case, ledger, finish)
    used, answer = frozenset(found.ledger.coupons), rank_of(case, found.ledger)
    for terms in chain(*case.coupons.values()):
        alike = [name for name in used if case.known_coupons[name].sort == terms.sort]
        for tried in (used | {terms.id}, *((used - {gone}) | {terms.id} for gone in alike)):
            settled = finish(case, ledger, Picks(tried, 0, judged=False))
            assert len(settled.coupons) < len(tried) or answer <= rank_of(case, settled), (terms.id, sorted(used))


def percents(count):
    """Coupons of the platform, 1 to 20 percent each."""
    benefits = [{"type": "percent_off", "percent": str(1 + at % 20)} for at in range(count)]
    return [
        {"id": f"p{at:03d}", "issuer": "platform", "tiers": [{"benefit": each}]} for at, each in enumerate(benefits)
    ]


def bundles(count, tiers=1):
    """Coupons of the platform, 2 to 5 pieces at a price."""
    made = []
    for at in range(count):
        benefits = [
            {
                "type": "bundle_price",
                "quantity": 2 + (at + tier) % 4,
                "price": money(9900 + 100 * ((at * 7 + tier) % 40)),
            }
            for tier in range(tiers)
        ]
        steps = [{"min_amount": money(1000 * (1 + tier)), "benefit": each} for tier, each in enumerate(benefits)]
        made.append({"id": f"b{at:03d}", "issuer": "platform", "tiers": steps})
    return made


def hostile(lines, coupons, **policy):
    """A cart of many lines for these coupons of the platform."""
    request = crowd(1, lines=lines, coupons=0, shops=lines // 10, **policy)
    request["rulebook"]["coupons"] = coupons
    request["checkout"]["customer"]["coupons"] = [coupon["id"] for coupon in coupons]
    return request


#: At the default limit these once got no coupon at all: getting ready for the search had taken all of it.
ONCE_NOTHING = {
    "100 percentages for 5 000 lines": (5_000, percents(100)),
    "60 bundles for 500 lines": (500, bundles(60)),
}
#: So many looks at the units that none is proven: what promises most is looked at first.
UNPROVEN = {"300 bundles of 5 tiers for 5 000 lines": (5_000, bundles(300, tiers=5))}


@pytest.mark.parametrize("name", [*ONCE_NOTHING, *UNPROVEN])
@pytest.mark.parametrize("limit", [1, 20_000])
def test_holding_more_coupons_costs_no_more(name, limit):
    """On carts for which the search had no time at all a coupon is used, and each one more held is worth its place."""
    lines, coupons = (ONCE_NOTHING | UNPROVEN)[name]
    request = hostile(lines, coupons, search_limit=limit)
    costs = []
    for held in (0, 1, 7, 30, len(coupons)):
        request["checkout"]["customer"]["coupons"] = [coupon["id"] for coupon in coupons[:held]]
        case, ledger = opened(request)
        found = search(case, ledger, finish)
        costs.append(rank_of(case, found.ledger)[0])
        assert len(found.ledger.coupons) == min(held, 1)
        assert limit == 1 or found.bound is None or name in UNPROVEN
    assert costs == sorted(costs, reverse=True)
    assert costs[1] < costs[0]


@pytest.mark.parametrize(
    ("lines", "coupons", "policy"),
    [
        (2_000, percents(200), {"coupons_platform": 200}),
        (2_000, bundles(100, 5), {}),
        (2_000, bundles(100, 10), {"coupons_platform": 5}),
    ],
    ids=["percentages, all allowed", "bundles of 5 tiers", "bundles of 10 tiers, 5 allowed"],
)
def test_what_is_done_to_get_ready_counts_too(lines, coupons, policy, monkeypatch):
    """Every look at a line for an offer is within what the states stand for, and these within the limit."""
    looked = []
    sharpened = module.sharpened

    def made_sharp(case, ledger, each):
        looked.append(len(each.lines) * len(each.tiers))
        return sharpened(case, ledger, each)

    def finished(case, ledger, picks):
        settled = finish(case, ledger, picks)
        looked.append(len(case.basket.ids) + sum(len(case.scopes[name]) for name in settled.coupons))
        return settled

    monkeypatch.setattr(module, "sharpened", made_sharp)
    case, ledger = opened(hostile(lines, coupons, **policy))
    found = search(case, ledger, finished)
    first = FIRST * (2 + 16) * lines // LINES
    assert found.states <= 20_000 + first + 1_000
    assert sum(looked) <= LINES * found.states
    assert found.ledger.coupons


def test_the_order_of_coupons_costs_no_look_at_the_units(monkeypatch):
    """What says in which order coupons are looked at never asks a benefit what it takes off."""

    def refuse(*_):
        raise AssertionError

    for kind in (BundlePrice, PercentOff):
        for asked in ("off", "total", "takes"):
            monkeypatch.setattr(kind, asked, refuse)
    case, ledger = opened(hostile(50, [*percents(3), *bundles(3)]))
    made = [reach(case, ledger, terms).most for terms in case.coupons[5]]
    assert made[:3] == [sum(ledger.net)] * 3
    assert made[3] < made[4] < made[5] < made[0]
