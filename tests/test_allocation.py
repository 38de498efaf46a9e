"""Spreading: the only place where a leftover minor unit is placed (contract §4)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.allocation import share_out, spread
from strategies import exact_share, minors, weights


@given(minors, weights)
def test_shares_add_up_to_the_amount(amount, over):
    """No minor unit is lost or made, whatever the sign."""
    assert sum(spread(amount, over).values()) == amount


@given(minors, weights)
def test_a_share_is_within_one_unit_of_exact(amount, over):
    """Each share is the floor of the exact magnitude, or one more; a weight of 0 gets nothing."""
    total = sum(over.values())
    for key, share in spread(amount, over).items():
        exact = exact_share(abs(amount), over[key], total)
        assert abs(share) - floor(exact) in {0, 1}
        assert over[key] or share == 0


@given(st.integers(0, 10**6), weights)
def test_the_leftover_goes_to_the_largest_lost_fractions(amount, over):
    """Nobody who got a leftover unit had lost less than somebody who got none; ties: larger weight, smaller key."""
    total = sum(over.values())
    shares = spread(amount, over)

    def rank(key):
        exact = exact_share(amount, over[key], total)
        return (-(exact - floor(exact)), -Fraction(over[key]), key)

    raised = [shares[key] > floor(exact_share(amount, over[key], total)) for key in sorted(over, key=rank)]
    assert raised == sorted(raised, reverse=True)


@given(minors, weights, st.integers(1, 1000))
def test_only_proportions_matter(amount, over, factor):
    """Weights times a constant give the same shares, in any order of the mapping."""
    scaled = {key: over[key] * factor for key in reversed(over)}
    assert spread(amount, scaled) == spread(amount, over)
    assert list(spread(amount, scaled)) == list(scaled)


@given(st.integers(1, 10**6), st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_the_hot_path_is_the_same_rule(amount, over):
    """share_out places leftovers like spread, its order being the last tie."""
    keyed = {f"{place:05d}": weight for place, weight in enumerate(over)}
    assert share_out(amount, over) == list(spread(amount, keyed).values())


def test_ties_go_to_the_larger_weight_then_the_smaller_key():
    """1 over 2:2 goes to the smaller key; equal lost fractions go to the larger weight."""
    assert spread(1, {"b": 2, "a": 2}) == {"b": 0, "a": 1}
    # 5 over 1:3 is 1.25 and 3.75; 2 over 1:3 is 0.5 and 1.5: the heavier one gets the unit
    assert spread(2, {"a": 1, "b": 3}) == {"a": 0, "b": 2}
    assert spread(-2, {"a": 1, "b": 3}) == {"a": 0, "b": -2}


def test_nothing_is_spread_over_nothing():
    """0 may be spread over anything; any other amount needs a weight above 0."""
    assert spread(0, {}) == {}
    assert spread(0, {"a": 0}) == {"a": 0}
    for nothing in ({}, {"a": 0}):
        with pytest.raises(ValueError, match="every weight is 0"):
            spread(1, nothing)


@pytest.mark.parametrize("weight", [0.5, Decimal(1), True, "1", None])
def test_a_weight_is_an_int_or_a_fraction(weight):
    """Anything else is a TypeError that names the key."""
    with pytest.raises(TypeError, match="'a'"):
        spread(1, {"a": weight})


def test_a_weight_is_not_negative():
    """A negative weight is a ValueError that names the key."""
    with pytest.raises(ValueError, match="'a'"):
        spread(1, {"a": -1, "b": 2})


@pytest.mark.parametrize("amount", [1.0, True, Decimal(1), Fraction(1), "1"])
def test_an_amount_to_spread_is_an_int(amount):
    """Minor units are integers; anything else is a TypeError."""
    with pytest.raises(TypeError):
        spread(amount, {"a": 1})


@pytest.mark.parametrize("weights", [None, 5, [1, 2], [("a", 1)], "ab"])
def test_weights_are_a_mapping(weights):
    """Each by its key, which is the last tie; anything else is a TypeError that shows how."""
    with pytest.raises(TypeError, match=r'^weights are a mapping such as \{"a": 1, "b": 2\}, not '):
        spread(100, weights)
