"""The only place where a leftover minor unit is placed (contract §4, Spreading).

Largest remainder: the floor of each exact share, then one unit each to the largest lost fractions; ties go to the
larger weight, then to the smaller key. A weight of 0 gets nothing, and the shares add up to the amount, always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

__all__ = ["share_out", "spread"]


def share_out(amount: int, weights: Sequence[int]) -> list[int]:
    """Spread `amount` ≥ 0 over integer weights, whose order is the last tie; the hot path of `spread`.

    Some weight must be above 0 unless the amount is 0.

    >>> share_out(1000, [1000, 1000, 1000])
    [334, 333, 333]
    """
    if not amount:
        return [0] * len(weights)
    total = sum(weights)
    if not total:
        msg = "nothing to spread over: every weight is 0"
        raise ValueError(msg)
    if amount == total:
        return list(weights)
    shares = [amount * weight // total for weight in weights]
    left = amount - sum(shares)
    if left:
        rank = [(amount * weight % total, weight) for weight in weights]
        if left == 1:
            shares[rank.index(max(rank))] += 1
        else:
            # Sorting keeps equal ranks in their order, reversed or not: the smaller place first.
            for place in sorted(range(len(rank)), key=rank.__getitem__, reverse=True)[:left]:
                shares[place] += 1
    return shares


def spread(amount: int, weights: Mapping[str, Fraction | int]) -> dict[str, int]:
    """Spread `amount` minor units in proportion to `weights`; the result has the same keys and adds up to `amount`.

    A negative amount is spread by its magnitude. Raises `ValueError` for a negative weight, or where every weight is
    0 and the amount is not; `TypeError` for anything but integers and fractions. Source: contract §4, Spreading.

    >>> spread(1000, {"b": 1, "a": 1, "c": 1})
    {'b': 333, 'a': 334, 'c': 333}
    >>> spread(-2, {"a": 1, "b": 1, "c": 1})
    {'a': -1, 'b': -1, 'c': 0}
    """
    if type(amount) is not int:
        msg = f"an amount to spread is an int of minor units, not {type(amount).__name__}"
        raise TypeError(msg)
    given: object = weights
    if not isinstance(given, Mapping):
        msg = f'weights are a mapping such as {{"a": 1, "b": 2}}, not {type(given).__name__}'
        raise TypeError(msg)
    for key, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, (int, Fraction)):
            msg = f"the weight of {key!r} is a {type(weight).__name__}; weights are int or Fraction"
            raise TypeError(msg)
        if weight < 0:
            msg = f"the weight of {key!r} is negative"
            raise ValueError(msg)
    keys = sorted(weights)
    common = lcm(*(weights[key].denominator for key in keys))
    scaled = [weights[key].numerator * (common // weights[key].denominator) for key in keys]
    sign = -1 if amount < 0 else 1
    shares = dict(zip(keys, share_out(abs(amount), scaled), strict=True))
    return {key: sign * shares[key] for key in weights}
