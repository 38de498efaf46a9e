"""How much of some goods a cart holds: what the index says is what a look at every line says, for less work."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.discounts.condition import KnownLines
from work import steps

SKUS, CATEGORIES = st.sampled_from("abcd"), st.sampled_from("wxyz")
LINE = st.tuples(SKUS, st.lists(CATEGORIES, max_size=3).map(tuple), st.integers(1, 2**40))


def looked_up(lines, skus, categories):
    """The same by a look at every line."""
    return sum(
        millis
        for sku, of_line, millis in lines
        if (skus is None or sku in skus) and (categories is None or set(categories) & set(of_line))
    )


def known(lines):
    """Lines as a condition sees them."""
    columns = zip(*lines, strict=True) if lines else ((), (), ())
    skus, categories, millis = columns
    return KnownLines(skus=skus, categories=categories, millis=millis)


@given(
    st.lists(LINE, max_size=9),
    st.integers(1, 20),
    st.none() | st.lists(SKUS, max_size=4),
    st.none() | st.lists(CATEGORIES, max_size=4),
)
def test_the_index_says_what_every_line_says(lines, times, skus, categories):
    """Of any lines, of any keys, few or many under each: the same thousandths, and the same when asked again."""
    cart = known(lines * times)
    expected = times * looked_up(lines, skus, categories)
    assert cart.held(skus, categories) == cart.held(skus, categories) == expected


@pytest.mark.parametrize(("skus", "categories"), [(["a"], None), (None, ["x", "y", "z"]), (["a", "b"], ["x", "y"])])
def test_asking_again_costs_no_look_at_every_line(skus, categories):
    """Another question to a cart of ten times the lines takes as many steps."""
    rng = random.Random(1)
    counted = []
    for size in (500, 5_000):
        lines = [(rng.choice("abcd"), tuple(rng.sample("wxyz", 2)), 1000 * rng.randint(1, 3)) for _ in range(size)]
        cart = known(lines)
        cart.held("abcd", "wxyz")
        cart.held("abcd", None)
        counted.append(steps(lambda cart=cart: cart.held(skus, categories)))
    assert counted[1] <= counted[0] + 5
