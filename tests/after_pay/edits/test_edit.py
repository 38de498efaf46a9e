"""Order edits and exchanges: what stands keeps its prices, what goes is a return, what comes is settled anew."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement import (
    Checkout,
    InvalidDocument,
    MoneyBack,
    RefundExceeds,
    RefundPolicy,
    Rulebook,
    UnknownLine,
    refund,
    settle,
)
from settlement.after_pay.edits import OrderEdit, edit_order
from settlement.after_pay.payouts.owed import payout
from settlement.audit.books.journal import entries
from thorough import examples

FAIR = RefundPolicy(recheck="fair")


def ask(day: int, *lines: dict[str, Any], **more: Any) -> Checkout:
    """A checkout on this day of November."""
    made = [{"shop": "s1", "sku": each["id"], "quantity": 1, "unit_price": "10.00 CNY"} | each for each in lines]
    checkout = {"at": f"2026-11-{day}T00:00:00+08:00", "cart": {"currency": "CNY", "lines": made}} | more
    return Checkout.model_validate(checkout)


def rules(*tiers: dict[str, Any]) -> Rulebook:
    """Rules of one promotion."""
    offers = [{"id": "p", "issuer": "platform", "tiers": list(tiers)}] if tiers else []
    return Rulebook.model_validate({"id": "r", "currency": "CNY", "promotions": offers})


TEN = {"min_quantity": 3, "benefit": {"type": "percent_off", "percent": "10"}}


def rows(made: OrderEdit) -> list[tuple[str, str, str]]:
    """Line, what is collected, what goes back."""
    return [(row.line, str(row.collect.amount), str(row.give_back.amount)) for row in made.lines]


def test_an_exchange_collects_the_difference():
    """M at 80.00 for L at 95.00 of another shop; a line that stays keeps the 9.00 it was bought at."""
    paid = settle(ask(11, {"id": "m", "unit_price": "80.00 CNY"}, {"id": "b", "unit_price": "9.00 CNY"}), rules())
    wanted = ask(12, {"id": "l", "shop": "s2", "unit_price": "95.00 CNY"}, {"id": "b", "unit_price": "12.00 CNY"})
    made = edit_order(paid, wanted, rules())
    assert rows(made) == [("l", "95.00", "0.00"), ("m", "0.00", "80.00")]
    assert (str(made.collect), str(made.give_back)) == ("15.00 CNY", "0.00 CNY")
    assert {shop: str(each) for shop, each in made.shops.items()} == {"s1": "-80.00 CNY", "s2": "95.00 CNY"}
    assert OrderEdit.from_json(made.to_json()) == made


def test_what_is_kept_is_rechecked_as_a_return_is():
    """Four at 10 % off, two kept: 36.00 were paid, 20.00 stay, so 16.00 go back."""
    paid = settle(ask(11, {"id": "a", "quantity": 4}), rules(TEN))
    made = edit_order(paid, ask(12, {"id": "a", "quantity": 2}), rules(TEN), policy=FAIR)
    assert (str(made.give_back), made.settled) == ("16.00 CNY", None)
    assert str(refund(paid, {"a": 2}, policy=FAIR).cash) == "16.00 CNY"


def test_more_of_a_line_is_settled_anew_and_comes_back_first():
    """Three at 9.00, then one more at today's 15.00; of two that come back one brings 15.00 and one 9.00."""
    paid = settle(ask(11, {"id": "a", "quantity": 3}), rules(TEN))
    more = edit_order(paid, ask(12, {"id": "a", "quantity": 4, "unit_price": "15.00 CNY"}), rules(TEN))
    assert str(more.collect) == "15.00 CNY"
    back = more.refund({"a": 2})
    assert {at: str(quote.cash) for at, quote in back.refunds.items()} == {0: "9.00 CNY", 1: "15.00 CNY"}
    assert [len(part.refunds) for part in back.parts] == [1, 1]
    rest = edit_order(back, ask(13, {"id": "z"}), rules())
    assert rows(rest) == [("a", "0.00", "18.00"), ("z", "10.00", "0.00")]
    with pytest.raises(RefundExceeds):
        rest.refund({"a": 1})
    with pytest.raises(UnknownLine):
        rest.refund({"b": 1})


def test_the_same_id_with_another_sku_is_another_line():
    """The old one comes back whole."""
    paid = settle(ask(11, {"id": "a", "quantity": 2}), rules())
    made = edit_order(paid, ask(12, {"id": "a", "sku": "other", "quantity": 2}), rules())
    assert rows(made) == [("a", "20.00", "20.00")]
    assert str(made.difference) == "0.00 CNY"


def test_refunds_before_and_after_an_edit_count():
    """One of three is back, money was given; wanted are two, which the buyer has: nothing moves."""
    paid = settle(ask(11, {"id": "a", "quantity": 3}), rules()).for_order("A-1")
    first = refund(paid, {"a": 1})
    made = edit_order(paid, ask(12, {"id": "a", "quantity": 2}, order="A-1"), rules(), [first])
    assert (made.refunds, made.lines, made.order) == ({}, (), "A-1")
    goodwill = made.refund({}, money=[MoneyBack(reason="late", line="a", amount="5.00 CNY")])
    assert str(goodwill.give_back) == "5.00 CNY"
    with pytest.raises(InvalidDocument) as error:
        edit_order(made, ask(12, {"id": "a"}, order="A-2"), rules())
    assert error.value.problems[0].code == "order.mismatch"


def test_an_order_is_edited_whole_or_not_at_all():
    """What is sold out, and the very same request in the same second."""
    paid = settle(ask(11, {"id": "a"}), rules())
    for wanted, code in (
        (ask(12, {"id": "a"}, {"id": "b", "stock": 0}), "demand.blocked"),
        (ask(12, {"id": "b", "stock": 0}, {"id": "c"}), "edit.excluded"),
    ):
        with pytest.raises(InvalidDocument) as error:
            edit_order(paid, wanted, rules())
        assert error.value.problems[0].code == code
    emptied = edit_order(paid, ask(12, {"id": "c"}), rules())
    with pytest.raises(InvalidDocument) as error:
        edit_order(emptied, ask(11, {"id": "a"}, {"id": "c"}), rules())
    assert error.value.problems[0].code == "edit.again"


@pytest.mark.parametrize("change", [{"collect": "1.00 CNY"}, {"refunds": [7]}, {"parts": []}, {"added": "x"}])
def test_a_stored_edit_is_looked_at_again(change):
    """Sums that are not those of its parts, and what is no edit."""
    paid = settle(ask(11, {"id": "a"}), rules())
    stored = edit_order(paid, ask(12, {"id": "b"}), rules()).to_dict() | change
    with pytest.raises(InvalidDocument):
        OrderEdit.from_json(json.dumps(stored))


@given(st.integers(0, 10**9))
@settings(max_examples=examples(60))
def test_whatever_is_wanted_in_turn_the_money_adds_up(seed):
    """Collected less given back is what the parts still hold, payouts and journal too; at the end all is back."""
    rng = random.Random(seed)
    book = rules(TEN, {"min_quantity": 6, "benefit": {"type": "percent_off", "percent": "25"}})

    def draw(day: int) -> Checkout:
        names = rng.sample("abcd", rng.randint(1, 4))
        lines = [
            {"id": name, "shop": rng.choice(["s1", "s2"]), "quantity": rng.randint(1, 5), "commission_percent": "5"}
            | {"unit_price": f"{rng.randint(1, 40)}.{rng.randint(0, 99):02} CNY"}
            for name in names
        ]
        return ask(day, *lines)

    order: Any = settle(draw(11), book)
    held = order.payable.minor
    for day in range(12, 12 + rng.randint(1, 4)):
        made = edit_order(order, draw(day), book, policy=rng.choice([None, FAIR]))
        assert OrderEdit.from_json(made.to_json()) == made
        held += made.difference.minor
        assert made.collect.minor - made.give_back.minor == made.difference.minor
        assert sum([each.minor for each in made.shops.values()]) == made.difference.minor
        order = made
    whole = [part.settlement.payable.minor - sum([quote.cash.minor for quote in part.refunds]) for part in order.parts]
    assert min(whole) >= 0
    assert sum(whole) == held
    for part in order.parts:
        found = payout(part.settlement, refunds=part.refunds)
        nets = sum([shop.net.minor for shop in found.shops]) + found.platform.net.minor + found.provider.minor
        assert nets == part.settlement.payable.minor - sum([quote.cash.minor for quote in part.refunds])
        for entry in entries([part.settlement, *[q.known_as(f"r{at}") for at, q in enumerate(part.refunds)]]):
            assert sum([posting.amount.minor for posting in entry.postings]) == 0
    gone = edit_order(order, draw(20).model_copy(update={"cart": ask(20, {"id": "x"}).cart}), book)
    assert held + gone.difference.minor == 1000
