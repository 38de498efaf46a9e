"""The fee of a zone (contract §5)."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from settlement import Zone
from settlement.freight.fees import added_fee, fee_of


def zone(first, first_fee, additional=None, additional_fee=None):
    """A zone of these minor units."""
    more = {} if additional is None else {"additional": additional, "additional_fee": f"{additional_fee} JPY"}
    return Zone(regions=["*"], first=first, first_fee=f"{first_fee} JPY", **more)


zones = st.builds(zone, st.integers(0, 50), st.integers(0, 500), st.integers(1, 20), st.integers(0, 100))
units = st.integers(0, 500)


@given(zones, units)
def test_the_fee_is_the_formula(rule, count):
    """first_fee while units ≤ first, else plus additional_fee for every started additional."""
    beyond = max(0, count - rule.first)
    expected = rule.first_fee.minor + ceil(Fraction(beyond, rule.additional)) * rule.additional_fee.minor
    assert fee_of(rule, count) == expected


@given(zones, units, units)
def test_a_fee_never_falls_as_units_rise(rule, one, more):
    """The zone's own numbers never make a larger parcel cheaper, before any free rule."""
    assert fee_of(rule, one) <= fee_of(rule, one + more)


@given(st.integers(0, 50), st.integers(0, 500), units)
def test_without_additional_the_fee_is_flat(first, fee, count):
    """A flat fee, whatever the units; beside another parcel there is then no smaller one."""
    assert fee_of(zone(first, fee), count) == fee
    assert added_fee(zone(first, fee), count) is None


@given(zones, units)
def test_beside_another_parcel_every_started_additional_counts(rule, count):
    """⌈units ÷ additional⌉ × additional_fee, from the first unit on."""
    assert added_fee(rule, count) == ceil(Fraction(count, rule.additional)) * rule.additional_fee.minor
