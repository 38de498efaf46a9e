"""The best coupons where more net may end a tier, and where thresholds look at what each offer says."""

from __future__ import annotations

import json
import os
from itertools import combinations

import pytest

from bounded import bounded, narrow
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, settled
from settlement import Checkout, Rulebook
from settlement.engine.best_coupons.search import search
from settlement.engine.best_coupons.tries import rank_of
from settlement.engine.ledger import Ledger
from settlement.engine.question import Picks, open_case
from settlement.engine.settle import PROMOTIONS, finish
from thorough import examples

#: Requests compared in all; more by SETTLEMENT_SEARCH_REQUESTS (make soak).
REQUESTS = int(os.environ.get("SETTLEMENT_SEARCH_REQUESTS", max(160, examples(480))))
CHUNKS = 8


def compared(request):
    """Whether there was a choice, and a bound in it; the search's rank is the best that any set of coupons has."""
    checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
    case = open_case(checkout, Rulebook.model_validate_json(json.dumps(request["rulebook"])))
    names = [terms.id for offers in case.coupons.values() for terms in offers]
    if case.blocked or len(names) > 7:
        return False, False
    ledger = Ledger(case.goods)
    for step in PROMOTIONS:
        step(case, ledger, Picks(frozenset(), 0))
    found = search(case, ledger, finish)
    sets = [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]
    tried = [(each, finish(case, ledger, Picks(frozenset(each), case.asked.points, judged=False))) for each in sets]
    admissible = [rank_of(case, each) for chosen, each in tried if len(each.coupons) == len(chosen)]
    assert found.bound is None
    assert rank_of(case, found.ledger) == min(admissible)
    return len(admissible) > 1, any(terms.maxima is not None for terms in case.usable)


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize(("make", "times"), [(bounded, 1), (narrow, 6)])
def test_best_is_the_best_of_all_sets(make, times, chunk):
    """With upper bounds and thresholds of their own, the rank found is that of trying every set of coupons."""
    count = times * REQUESTS
    found = [compared(make(seed)) for seed in range(chunk, count, CHUNKS)]
    choices, bounds = map(sum, zip(*found, strict=True))
    assert choices > count // CHUNKS // 10
    assert bounds > count // CHUNKS // 4


def off(name, amount, **fields):
    """A coupon of the platform, or of the issuer that is named, of so much off."""
    tier = {"benefit": {"type": "amount_off", "amount": f"{amount} CNY"}}
    bounds = {key: f"{fields.pop(key)} CNY" for key in ("min_amount", "max_amount") if key in fields}
    return an_offer(name, **{"tiers": [tier | bounds]} | fields)


def used(*coupons, price="100.00", **rules):
    """The coupons used and what is paid, of a cart of one line."""
    checkout = a_checkout(a_line(price=price), customer={"coupons": [each["id"] for each in coupons]})
    found = settled(checkout, a_rulebook(coupons=list(coupons), **rules))
    assert found.optimal
    return [each.rule for each in found.decisions if each.outcome == "applied"], str(found.payable)


def test_a_small_coupon_may_open_a_large_one():
    """5.00 off brings 100.00 under the 95.00 up to which the other takes 30.00: both, though neither alone does."""
    shop = off("small", "5.00", issuer="s1")
    mall = off("large", "30.00", max_amount="95.00")
    assert used(shop, mall) == (["small", "large"], "65.00 CNY")
    assert used(mall) == ([], "100.00 CNY")
    two = {"policy": {"coupons_platform": 2}}
    assert used(off("a", "5.00", priority=1), off("b", "30.00", max_amount="95.00"), **two) == (["a", "b"], "65.00 CNY")


def test_a_coupon_may_open_free_shipping_that_is_for_small_orders():
    """10.00 off the tea bring it down to the 30.00 up to which its freight of 8.00 is free: better than 12.00 off."""
    free = an_offer("free", scope={"skus": ["tea"]})
    free["tiers"] = [{"max_amount": "30.00 CNY", "benefit": {"type": "freight_off"}}]
    lines = [a_line("a", "40.00", sku="tea", freight_template="t1"), a_line("b", "40.00", sku="pot")]
    coupons = [off("pot", "12.00", scope={"skus": ["pot"]}), off("tea", "10.00", scope={"skus": ["tea"]})]
    book = a_rulebook(promotions=[free], coupons=coupons, freight_templates=[a_template()])
    found = settled(a_checkout(*lines, customer={"coupons": ["pot", "tea"]}), book)
    assert (str(found.payable), found.optimal) == ("70.00 CNY", True)


def test_a_bound_of_goods_is_not_opened_by_another_coupon():
    """Where its threshold looks at goods, 100.00 stay above 95.00, whatever others take."""
    shop = off("small", "5.00", issuer="s1")
    mall = off("large", "30.00", max_amount="95.00", threshold_amount="goods")
    assert used(shop, mall) == (["small"], "95.00 CNY")
