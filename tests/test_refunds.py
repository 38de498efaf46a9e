"""Refunds: folds of a settlement that end at exactly what was paid (contract §8)."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, a_template, everything, problems, settled
from settlement import Money, RefundExceeds, RefundQuote, UnknownLine, refund
from settlement.documents import quantity_out
from settlement.mirror import sides
from strategies import requests


@given(requests)
def test_a_line_has_a_goods_side_and_a_freight_side(request_):
    """P + F = payable and the two parts of the points make points_used, on every line; none is negative."""
    settlement = settled(request_["checkout"], request_["rulebook"])
    found = sides(settlement)
    for line in settlement.lines:
        side = found[line.id]
        assert side.goods.cash + side.freight.cash == line.payable.minor
        assert side.goods.points + side.freight.points == line.points_used
        assert min(*side.goods[:3], *side.freight[:3]) >= 0


@given(st.integers(0, 2**32))
@settings(max_examples=150)
def test_any_sequence_of_refunds_ends_at_what_was_paid(seed):
    """Pieces and parts of pieces, freight kept or returned in any order: nothing negative, nothing left, no more."""
    rng = random.Random(seed)
    request = random_request(rng)
    settlement = settled(request["checkout"], request["rulebook"])
    left = {line.id: floor(line.quantity * 1000) for line in settlement.lines}
    history: list[RefundQuote] = []
    for _ in range(rng.randint(0, 5)):
        now = {name: rng.randint(0, most) for name, most in left.items() if rng.random() < 0.6}
        for name, thousandths in now.items():
            left[name] -= thousandths
        returned = {name: quantity_out(thousandths) for name, thousandths in now.items()}
        history.append(refund(settlement, returned, history, rng.choice(["keep", "return"])))
    rest = {name: quantity_out(thousandths) for name, thousandths in left.items()}
    history.append(refund(settlement, rest, history, "return"))
    for quote in history:
        for line in quote.lines:
            assert min(line.goods.minor, line.freight.minor, line.goods_points, line.freight_points) >= 0
    assert sum(quote.cash.minor for quote in history) == settlement.payable.minor
    assert sum(quote.points for quote in history) == settlement.points.used
    nothing = refund(settlement, dict.fromkeys(left, 0), history, "return")
    assert (nothing.cash.minor, nothing.points) == (0, 0)


@given(requests)
@settings(max_examples=50)
def test_a_quote_can_be_stored_and_read_back_as_history(request_):
    """to_json and from_json are inverse to the byte, and a stored quote is history like any other."""
    settlement = settled(request_["checkout"], request_["rulebook"])
    stored = type(settlement).from_json(settlement.to_json())
    half = {line.id: quantity_out(floor(line.quantity * 1000) // 2) for line in settlement.lines}
    quote = refund(settlement, half, freight="return")
    again = RefundQuote.from_json(quote.to_json())
    assert again == quote
    assert hash(again) == hash(quote)
    assert again.to_json() == quote.to_json()
    assert refund(stored, half, freight="return").to_json() == quote.to_json()
    rest = {
        line.id: quantity_out(floor(line.quantity * 1000) - floor(line.quantity * 1000) // 2)
        for line in settlement.lines
    }
    assert refund(stored, rest, [again], "return") == refund(settlement, rest, [quote], "return")
    assert again.cash + refund(stored, rest, [again], "return").cash == settlement.payable


def bought(**fields):
    """Three pieces of one line, 20.00 CNY of freight, all paid."""
    book = a_rulebook(freight_templates=[a_template(fee="20.00", zones=a_template(fee="16.00")["zones"])])
    return settled(a_checkout(a_line(quantity=3, freight_template="t1"), **fields), book)


def test_freight_is_kept_or_returned():
    """A later return catches up on what an earlier keep held; 0 is a legal quantity for that."""
    settlement = bought()
    assert str(settlement.payable) == "50.00 CNY"
    first = refund(settlement, {"a": 1})
    assert (str(first.cash), first.lines[0].freight.minor) == ("10.00 CNY", 0)
    second = refund(settlement, {"a": 0}, [first], "return")
    assert str(second.cash) == "6.66 CNY"
    third = refund(settlement, {"a": 2}, [first, second], "return")
    assert str(third.cash) == "33.34 CNY"


def test_the_part_of_a_line_that_is_not_whole():
    """Goods sold by measure come back by measure; a Decimal, a string and an integer are quantities."""
    settlement = settled(a_checkout(a_line(quantity="2.5", price="3.33")))
    assert str(settlement.payable) == "8.33 CNY"
    history = [refund(settlement, {"a": quantity}) for quantity in ("0.500", Decimal("0.5"))]
    assert history[0] == history[1]
    assert str(history[0].cash) == "1.66 CNY"
    rest = refund(settlement, {"a": 2}, history[:1])
    assert rest.lines[0].quantity == 2
    assert history[0].cash + rest.cash == settlement.payable


def test_points_come_back_with_the_goods():
    """Points, fee and rounding fall on both sides in proportion; everything returned gives back all points."""
    settlement = settled(*everything())
    assert settlement.points.used == 1000
    whole = refund(settlement, {line.id: line.quantity for line in settlement.lines}, freight="return")
    kept = refund(settlement, {line.id: line.quantity for line in settlement.lines})
    assert (whole.cash, whole.points) == (settlement.payable, 1000)
    assert kept.cash < whole.cash
    assert kept.points <= whole.points
    assert sum(line.cash.minor for line in whole.lines) == whole.cash.minor
    assert sum(line.points for line in whole.lines) == whole.points


def test_more_than_was_bought_is_an_error():
    """In one refund, over all of them, and of a line that is not there; the numbers are in the error."""
    settlement = bought()
    history = [refund(settlement, {"a": 2})]
    for returns, before in (({"a": 4}, []), ({"a": "3.001"}, []), ({"a": 2}, history)):
        with pytest.raises(RefundExceeds) as caught:
            refund(settlement, returns, before)
        assert caught.value.line == "a"
        assert caught.value.bought == "3"
    assert caught.value.returned == "4"
    assert isinstance(caught.value, ValueError)
    with pytest.raises(UnknownLine):
        refund(settlement, {"z": 1})


WRONG = [
    ({"a": -1}, "quantity.range"),
    ({"a": 1.0}, "quantity.type"),
    ({"a": True}, "quantity.type"),
    ({"a": None}, "quantity.type"),
    ({"a": "1.2345"}, "quantity.notation"),
    ({"a": "one"}, "quantity.notation"),
]


@pytest.mark.parametrize(("returns", "code"), WRONG)
def test_a_malformed_return_is_named(returns, code):
    """Returned quantities are as strict as those of a cart."""
    assert problems(lambda: refund(bought(), returns)) == [("returns.a", code)]


def test_the_freight_mode_is_one_of_two():
    """keep or return, nothing else."""
    assert problems(lambda: refund(bought(), {"a": 1}, freight="maybe")) == [("freight", "choice.unknown")]


def test_history_belongs_to_the_settlement():
    """A quote of another settlement is refused."""
    other = refund(bought(remark=None, customer={"id": "u2"}), {"a": 1})
    with pytest.raises(ValueError, match="another settlement"):
        refund(bought(), {"a": 1}, [other])


def test_a_stored_quote_that_was_tampered_with_is_refused():
    """The cash and points of a stored quote are the sums of its lines; numbers are strict."""
    document = json.loads(refund(bought(), {"a": 1}).to_json())
    assert [
        problem[0] for problem in problems(lambda: RefundQuote.from_json(json.dumps(document | {"cash": "9.99 CNY"})))
    ] == ["cash"]
    assert problems(lambda: RefundQuote.from_json(json.dumps(document | {"points": 1})))
    assert problems(lambda: RefundQuote.from_json(json.dumps(document | {"points": 0.0})))
    assert problems(lambda: RefundQuote.from_json(json.dumps(document | {"paid": True})))
    assert problems(lambda: RefundQuote.from_json("{"))


def test_a_quote_is_a_value():
    """It shows its cash and compares by content."""
    quote = refund(bought(), {"a": 1})
    assert "10.00 CNY" in repr(quote)
    assert quote == refund(bought(), {"a": 1})
    assert quote != refund(bought(), {"a": 2})
    assert quote != "10.00 CNY"
    assert quote.cash == Money("10.00 CNY")
