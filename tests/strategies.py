"""Every Hypothesis strategy of the tests, in one place."""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent / "reference"))

from random_requests import ADDRESSES, ELSEWHERE, random_request
from settlement.basket import Basket
from settlement.cart import Cart
from settlement.currencies import DECIMALS
from settlement.documents import quantity_out
from settlement.ledger import Goods
from settlement.money import ROUNDERS, Money

#: The names of the five ways of rounding.
modes = st.sampled_from(sorted(ROUNDERS))
#: One currency for each number of decimals.
currencies = st.sampled_from(["JPY", "CNY", "KWD", "CLF"])
#: Signed minor units as sums have them.
minors = st.integers(-(10**15), 10**15)
#: What a line may cost.
amounts = st.integers(0, 10**8)
#: Amounts of the four scales of currencies.
monies = st.builds(Money.of_minor, minors, currencies)
#: Exact values between minor units.
fractions = st.fractions(-(10**9), 10**9, max_denominator=10**6)
#: Thousandths of a quantity: whole ones and goods sold by measure.
millis = st.one_of(st.integers(1, 20).map(lambda n: n * 1000), st.integers(1, 20_000))
#: Percentages of up to 4 places, as the wire has them.
percents = st.integers(1, 1_000_000).map(lambda n: f"{n // 10_000}.{n % 10_000:04d}")
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


def _field(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of one field of a benefit, by its JSON Schema."""
    if "anyOf" in schema and schema.get("title") != "Quantity":
        return st.one_of(*(_field(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    by_title = {
        "Money": amounts.map(lambda minor: str(Money.of_minor(minor, "CNY"))),
        "Percent": percents,
        "Quantity": st.integers(1, 9),
    }
    by_type = {
        "boolean": st.booleans(),
        "integer": st.integers(schema.get("minimum", 0), 9),
        "null": st.none(),
        "string": st.text("abc", min_size=1, max_size=3),
    }
    title = schema.get("title", "")
    return by_title[title] if title in by_title else by_type[schema["type"]]


@cache
def benefits(kind: Any) -> st.SearchStrategy[Any]:
    """Benefits of a kind, drawn from its JSON Schema: a new kind needs nothing here."""
    properties = kind.model_json_schema()["properties"]
    fields = {name: _field(schema) for name, schema in properties.items() if name != "type"}
    return st.fixed_dictionaries(fields).map(lambda drawn: kind(**drawn))


def goods_of(seed: int) -> Goods:
    """Lines in scope as a benefit sees them: skus that repeat, goods sold by measure, any nets, any rounding."""
    rng = random.Random(seed)
    lines = [
        {
            "id": f"{place:02d}",
            "shop": rng.choice(["s1", "s2"]),
            "sku": rng.choice(["k1", "k2"]),
            "quantity": quantity_out(rng.choice([1000 * rng.randint(1, 20), rng.randint(1, 20_000)])),
            "unit_price": "1.00 CNY",
        }
        for place in range(rng.randint(1, 6))
    ]
    basket = Basket(Cart(currency="CNY", lines=lines).lines, "CNY")
    scale = rng.choice([3, 300, 10**8])
    nets = [rng.randint(0, scale) for _ in lines]
    nets[0] += not any(nets)
    return Goods(basket, range(len(nets)), nets, sum(nets), rng.randint(0, 5), ROUNDERS[rng.choice(sorted(ROUNDERS))])


#: By seed, which is quick; a failure names the seed.
goods_in_scope = st.integers(0, 2**32).map(goods_of)
