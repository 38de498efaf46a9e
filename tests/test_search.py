"""The best coupons: branch and bound against plain enumeration, and the limit that is never silent."""

from __future__ import annotations

import json
import os
import random
import sys
from itertools import combinations
from pathlib import Path

import pytest

from settlement import Checkout, Rulebook, settle
from settlement.case import Picks, open_case
from settlement.engine import PROMOTIONS, finish
from settlement.ledger import Ledger
from settlement.search import rank_of, search

sys.path.insert(0, str(Path(__file__).parent / "reference"))
from random_requests import Maker

#: Requests compared in all; more by SETTLEMENT_SEARCH_REQUESTS (make soak).
REQUESTS = int(os.environ.get("SETTLEMENT_SEARCH_REQUESTS", "480"))
CHUNKS = 8


class _Crowded(Maker):
    """Requests with more coupons than a mall gives: several of each shop and of the platform, mostly usable."""

    def offer(self, offer_id, kind):
        offer = super().offer(offer_id, kind)
        if kind == "coupon":
            for name in ("levels", "new_customers_only", "valid_from"):
                if self.rng.random() < 0.8:
                    offer.pop(name, None)
            if self.rng.random() < 0.7:
                offer.pop("exclusive", None)
        return offer


def crowded(seed):
    """A request with up to nine held coupons and `best`."""
    maker = _Crowded(random.Random(seed))
    request = maker.request()
    rng = maker.rng
    book = request["rulebook"]
    for number in range(rng.randrange(3, 8)):
        book.setdefault("coupons", []).append(maker.offer(f"x{number}", "coupon"))
    request["checkout"].setdefault("customer", {})["coupons"] = [coupon["id"] for coupon in book["coupons"]][:9]
    request["checkout"].setdefault("choice", {})["coupons"] = "best"
    return request


def opened(request):
    """The case and the ledger after promotions, or None where nothing can be settled."""
    checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
    case = open_case(checkout, Rulebook.model_validate_json(json.dumps(request["rulebook"])))
    if case.blocked:
        return None
    ledger = Ledger(case.goods)
    for step in PROMOTIONS:
        step(case, ledger, Picks(frozenset(), 0))
    return case, ledger


def enumerated(case, ledger):
    """The best rank by trying every set of held coupons, and how many sets were admissible."""
    points = case.checkout.choice.points
    names = [terms.id for offers in case.coupons.values() for terms in offers]
    best, admissible = None, 0
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            settled = finish(case, ledger, Picks(frozenset(chosen), None if points == "max" else points, judged=False))
            if len(settled.coupons) != size:
                continue
            admissible += 1
            rank = rank_of(case, settled)
            if best is None or rank < best:
                best = rank
    return best, admissible


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_best_is_the_best_of_all_sets(chunk):
    """The search finds exactly the rank (cost and every tie) that trying all sets of coupons finds."""
    compared = 0
    for seed in range(chunk, REQUESTS, CHUNKS):
        case_and_ledger = opened(crowded(seed))
        if case_and_ledger is None:
            continue
        case, ledger = case_and_ledger
        found = search(case, ledger, finish)
        best, admissible = enumerated(case, ledger)
        assert found.bound is None, seed
        assert rank_of(case, found.ledger) == best, seed
        compared += admissible > 1
    assert compared > REQUESTS // CHUNKS // 3


def test_past_the_limit_the_answer_says_so():
    """With a limit of one state the result is admissible, `optimal` is false, and the bound is not above the best."""
    seen = 0
    for seed in range(120):
        request = crowded(seed)
        exact = opened(request)
        if exact is None:
            continue
        best, admissible = enumerated(*exact)
        request["rulebook"].setdefault("policy", {})["search_limit"] = 1
        settled = settle(
            Checkout.model_validate_json(json.dumps(request["checkout"])),
            Rulebook.model_validate_json(json.dumps(request["rulebook"])),
        )
        if settled.optimal:
            assert settled.bound is None
            continue
        seen += 1
        cost = settled.payable.minor - settled.totals.points.minor
        assert settled.bound is not None
        assert settled.bound.minor <= best[0] <= cost, seed
        assert admissible >= 1
    assert seen > 20
