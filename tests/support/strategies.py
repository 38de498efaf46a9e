"""Every Hypothesis strategy of the tests, in one place."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from random_requests import ADDRESSES, ELSEWHERE, random_request
from settlement.money import DECIMALS, ROUNDERS, Money

#: The names of the five ways of rounding.
modes = st.sampled_from(sorted(ROUNDERS))
#: One currency for each number of decimals.
currencies = st.sampled_from(["JPY", "CNY", "KWD", "CLF"])
#: Signed minor units as sums have them.
minors = st.integers(-(10**15), 10**15)
#: Amounts of the four scales of currencies.
monies = st.builds(Money.of_minor, minors, currencies)
#: Exact values between minor units.
fractions = st.fractions(-(10**9), 10**9, max_denominator=10**6)
#: Weights of which at least one is above 0.
weights = st.dictionaries(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=3),
    st.one_of(st.integers(0, 1000), st.fractions(0, 1000, max_denominator=60)),
    min_size=1,
    max_size=9,
).filter(lambda each: any(each.values()))
#: Regions that overlap: a country, provinces, cities, districts, towns.
regions = st.sampled_from(sorted({*ELSEWHERE, *(region for path in ADDRESSES.values() for region in path)}))
#: Addresses, most of them inside some of those regions.
addresses = st.sampled_from([*ADDRESSES, *(region for region in ELSEWHERE if region != "*")])
#: Whole requests with everything of the contract.
requests = st.integers(0, 10**9).map(lambda seed: random_request(random.Random(seed)))
#: Codes of the pinned table.
codes = st.sampled_from(sorted(DECIMALS))
#: Plain data as JSON has it, without floats.
json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)),
    max_leaves=12,
)


def exact_share(amount: int, weight: Fraction | int, total: Fraction | int) -> Fraction:
    """What a weight would get if minor units could be divided."""
    return Fraction(amount) * Fraction(weight) / Fraction(total)
