"""The best coupons: branch and bound against plain enumeration, and the limit that is never silent."""

from __future__ import annotations

import json
import os
import random
from itertools import combinations
from typing import ClassVar, Literal

import pytest

from random_requests import Maker
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer
from settlement import Benefit, Checkout, Money, Rulebook, settle
from settlement.engine.best_coupons.search import search
from settlement.engine.best_coupons.tries import rank_of
from settlement.engine.ledger import Ledger
from settlement.engine.question import Picks, open_case
from settlement.engine.settle import PROMOTIONS, finish
from thorough import examples

#: Requests compared in all; more by SETTLEMENT_SEARCH_REQUESTS (make soak).
REQUESTS = int(os.environ.get("SETTLEMENT_SEARCH_REQUESTS", examples(480)))
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


def opened(request, rules=Rulebook):
    """The case and the ledger after promotions, or None where nothing can be settled."""
    checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
    case = open_case(checkout, rules.model_validate_json(json.dumps(request["rulebook"])))
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
    for seed in range(max(40, examples(120))):
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


def cart_of(prices, **more):
    """Lines of one piece at these prices (yuan), each of a sku of its own."""
    return [
        {"id": name, "shop": "s1", "sku": name, "quantity": 1, "unit_price": f"{price} CNY"} | more.get(name, {})
        for name, price in prices.items()
    ]


def amount_off(name, amount, issuer="s1", skus=None, **more):
    """A coupon of one amount."""
    tiers = [{"benefit": {"type": "amount_off", "amount": f"{amount} CNY"}}]
    scope = {} if skus is None else {"scope": {"skus": skus}}
    return {"id": name, "issuer": issuer, "tiers": tiers} | scope | more


#: Plans of one shop that leave equal sums on different lines: what follows tells them apart.
EQUAL_SUMS = {
    "leftover cents decide another shop's free shipping": {
        "lines": cart_of({"a": "2.71", "b": "3.61", "c": "4.56"}, c={"shop": "s2", "freight_template": "t"}),
        "coupons": [
            amount_off("x1", "0.05", skus=["b"]),
            amount_off("x2", "0.05", skus=["a"]),
            amount_off("p", "0.77", "platform"),
        ],
        "freight_templates": [
            {
                "id": "t",
                "measure": "quantity",
                "zones": [{"regions": ["*"], "first": 1, "first_fee": "0.38 CNY"}],
                "free": [{"min_amount": "4.24 CNY"}],
            }
        ],
    },
    "two platform coupons over some of the same lines": {
        "lines": cart_of({"a": "100.00", "b": "100.00", "c": "100.00", "d": "100.00"}),
        "coupons": [
            amount_off("x1", "20.00", skus=["a", "c"]),
            amount_off("x2", "20.00", skus=["b", "d"]),
            amount_off("pA", "90.00", "platform", ["a", "b"], priority=5),
            {
                "id": "pB",
                "issuer": "platform",
                "scope": {"skus": ["b", "c"]},
                "tiers": [{"benefit": {"type": "percent_off", "percent": "50"}}],
            },
        ],
        "policy": {"coupons_platform": 2},
    },
    "points that may pay for some lines only": {
        "lines": cart_of({"a": "100.00", "b": "100.00", "c": "100.00", "d": "100.00"}),
        "coupons": [
            amount_off("x2", "20.00", skus=["a", "c"]),
            amount_off("x1", "20.00", skus=["b", "d"]),
            amount_off("pA", "90.00", "platform", ["b", "c"]),
        ],
        "points": {"points": 100, "worth": "1.00 CNY", "scope": {"skus": ["c", "d"]}},
    },
}


@pytest.mark.parametrize("name", EQUAL_SUMS)
def test_plans_of_equal_sums_are_told_apart_by_their_lines(name):
    """Where a platform coupon follows, which lines a shop's coupon discounted matters to the cent, and is searched."""
    given = dict(EQUAL_SUMS[name])
    lines, coupons = given.pop("lines"), given.pop("coupons")
    request = {
        "checkout": {
            "at": "2026-11-11T00:00:00+08:00",
            "cart": {"currency": "CNY", "lines": lines},
            "address": {"region": "440305"},
            "customer": {"coupons": [coupon["id"] for coupon in coupons], "points": 50000},
            "choice": {"points": "max" if "points" in given else 0},
        },
        "rulebook": {"id": "r", "currency": "CNY", "coupons": coupons} | given,
    }
    case, ledger = opened(request)
    found = search(case, ledger, finish)
    best, _ = enumerated(case, ledger)
    assert found.bound is None
    assert rank_of(case, found.ledger) == best


class _CentOfFreight(Benefit):
    """One minor unit of the freight: of more freight at least as much is left."""

    type: Literal["cent_of_freight"] = "cent_of_freight"

    on_freight: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True

    def off(self, goods):
        return goods.spread(1)


class _MugOrAmount(Benefit):
    """An amount off, or a mug: of more net at least as much is left."""

    type: Literal["mug_or_amount"] = "mug_or_amount"
    amount: Money

    gives: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True
    slope: ClassVar[tuple[int, int]] = (0, 1)

    def off(self, goods):
        return goods.spread(self.amount.minor)

    def gift(self, goods):
        return None if self.amount.minor else ("mug", 1000 * goods.times)


#: Kinds that rightly say `keeps_order`, where fewer coupons are the better choice.
ORDERLY = {
    "freight that the rounding of the total takes back": (
        a_checkout(a_line(price="10.05", freight_template="t1"), customer={"coupons": ["c"]}),
        a_rulebook(
            coupons=[an_offer("c", {"type": "cent_of_freight"})],
            freight_templates=[a_template()],
            policy={"round_total": {"unit": "0.10 CNY", "mode": "down"}},
        ),
        [],
    ),
    "a gift now, and a higher tier without the other coupon": (
        a_checkout(a_line(price="20.00"), customer={"coupons": ["a", "m"]}),
        a_rulebook(
            coupons=[
                an_offer("a", issuer="s1"),
                {
                    "id": "m",
                    "issuer": "platform",
                    "tiers": [
                        {"benefit": {"type": "mug_or_amount", "amount": "0.00 CNY"}},
                        {"min_amount": "20.00 CNY", "benefit": {"type": "mug_or_amount", "amount": "5.00 CNY"}},
                    ],
                },
            ]
        ),
        ["m"],
    ),
}


@pytest.mark.parametrize("name", ORDERLY)
def test_an_orderly_kind_of_ones_own_is_not_taken_for_one_that_only_takes_off_goods(name):
    """The proof at a glance is for coupons on goods alone; freight and gifts are searched."""
    checkout, book, expected = ORDERLY[name]
    case, ledger = opened({"checkout": checkout, "rulebook": book}, Rulebook.with_kinds(_CentOfFreight, _MugOrAmount))
    found = search(case, ledger, finish)
    assert (found.bound, list(found.ledger.coupons)) == (None, expected)
    assert rank_of(case, found.ledger) == enumerated(case, ledger)[0]
