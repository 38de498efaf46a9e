"""A service's object: threads, swapped rules, statistics, the memo."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from decimal import ROUND_DOWN, getcontext

import pytest

from random_requests import random_request
from samples import a_checkout, a_line
from settlement import Checkout, InvalidDocument, Rulebook, settle
from settlement.audit.record import record
from settlement.engine.settler import Settler


def requests(count):
    """Random requests, validated."""
    made = []
    for seed in range(count):
        request = random_request(random.Random(seed))
        made.append(
            (
                Checkout.model_validate_json(json.dumps(request["checkout"])),
                Rulebook.model_validate_json(json.dumps(request["rulebook"])),
            )
        )
    return made


def checkout(quantity=1, **more):
    """A checkout of one line."""
    line = {"id": "a", "shop": "s1", "sku": "k", "quantity": quantity, "unit_price": "10.00 CNY"}
    return Checkout.model_validate(
        {"at": "2026-11-11T00:00:00+08:00", "cart": {"currency": "CNY", "lines": [line]}} | more
    )


def book(name, percent):
    """Rules that take a percentage off everything."""
    tiers = [{"benefit": {"type": "percent_off", "percent": percent}}]
    return Rulebook.model_validate(
        {"id": name, "currency": "CNY", "promotions": [{"id": "p", "issuer": "platform", "tiers": tiers}]}
    )


def test_sixty_four_threads_give_the_same_bytes():
    """Each of 64 threads with a decimal context of its own settles the same requests to the same bytes."""
    cases = requests(12)
    expected = [settle(each, rules).to_json() for each, rules in cases]

    def work(number):
        getcontext().prec, getcontext().rounding = 1 + number % 5, ROUND_DOWN
        return [settle(each, rules).to_json() for each, rules in cases]

    with ThreadPoolExecutor(64) as pool:
        assert all(made == expected for made in pool.map(work, range(64)))


def test_swapping_rules_under_load_mixes_nothing():
    """While rules are swapped back and forth every settlement is wholly of the one or of the other rulebook."""
    half, tenth = book("half", "50"), book("tenth", "10")
    settler = Settler(half, memo=10)
    expected = {"half": "5.00 CNY", "tenth": "9.00 CNY"}

    def work(number):
        if number % 10 == 0:
            settler.swap(tenth if number % 20 else half)
        settled = settler.settle(checkout())
        return expected[settled.rulebook] == str(settled.payable)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, range(400)))
    assert (settler.statistics.settled, settler.statistics.swaps) == (400, 40)


def test_a_settler_counts_what_happened():
    """Payable, blocked and refused requests are counted; a refused one is still raised."""
    settler = Settler(book("r", "10"))
    settler.settle(checkout())
    empty = {"cart": {"currency": "CNY", "lines": []}}
    settler.settle(checkout(**empty))
    with pytest.raises(InvalidDocument):
        settler.settle(checkout(payment_method="nowhere"))
    found = settler.statistics
    assert (found.payable, found.blocked, found.refused, found.settled) == (1, 1, 1, 2)


def test_the_memo_is_bounded_and_tells_apart_what_differs():
    """Two settlements are kept at most; another quantity, remark or rulebook is another settlement."""
    settler = Settler(book("r", "10"), memo=2)
    first = settler.settle(checkout())
    assert settler.settle(checkout()) is first
    assert settler.settle(checkout(remark="ring twice")).remark == "ring twice"
    assert str(settler.settle(checkout(2)).payable) == "18.00 CNY"
    assert settler.statistics.memo_kept == 2
    assert settler.settle(checkout()) is not first
    assert settler.settle(checkout()) == first


@pytest.mark.parametrize(
    "beside",
    [
        {"address": {"region": "440305", "name": "李四", "phone": "13900139000"}},
        {"address": {"region": "440305", "name": "张三", "phone": "13800138000", "detail": "科技路1号"}},
        {"cart": {"currency": "CNY", "lines": [a_line() | {"name": "Tea"}]}},
        {"cart": {"currency": "CNY", "lines": [a_line(info={"size": "L"})]}},
    ],
)
def test_the_memo_never_hands_out_what_is_personal_to_somebody_else(beside):
    """Who the goods go to and what a line is called are outside the digest, but go on receipts and into records."""
    given = a_checkout(address={"region": "440305", "name": "张三", "phone": "13800138000"})
    settler = Settler(book("r", "10"), memo=9)
    settler.settle(Checkout.model_validate(given))
    mine = Checkout.model_validate(given | beside)
    assert record(settler.settle(mine)).personal == record(settle(mine, settler.rulebook)).personal


def test_a_memo_below_zero_is_refused():
    """A negative bound means nothing and is an error at once."""
    with pytest.raises(ValueError, match="0 or more"):
        Settler(book("r", "10"), memo=-1)


def test_new_rules_are_made_ready_before_they_are_in_force():
    """Indexes and digest are there when `swap` returns, and when a settler is made: no request builds them."""
    first, second = book("first", "50"), book("second", "10")
    settler = Settler(first)
    settler.swap(second)
    for rules in (first, second):
        assert {"rules", "digest"} <= vars(rules).keys()


def test_a_settlement_under_way_ends_under_the_rules_it_began_with(monkeypatch):
    """Rules of the same id are swapped in and asked in between: the memo never answers for other rules."""

    def rules(amount):
        tiers = [{"benefit": {"type": "amount_off", "amount": amount}}]
        return Rulebook.model_validate(
            {"id": "r", "currency": "CNY", "promotions": [{"id": "p", "issuer": "platform", "tiers": tiers}]}
        )

    old, new = rules("1.00 CNY"), rules("5.00 CNY")
    settler, whole = Settler(old, memo=10), Settler._remembered

    def interrupted(self, asked, rulebook):
        monkeypatch.setattr(Settler, "_remembered", whole)
        self.swap(new)
        assert str(self.settle(asked).payable) == "5.00 CNY"
        return whole(self, asked, rulebook)

    monkeypatch.setattr(Settler, "_remembered", interrupted)
    assert str(settler.settle(checkout()).payable) == "9.00 CNY"
