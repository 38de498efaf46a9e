"""What is packed into which box, against a recomputation piece by piece; and that no name of a line decides."""

from __future__ import annotations

import json
import random

import pytest

from packing import piece_by_piece
from samples import a_checkout, a_line, a_rulebook, result
from settlement import Line
from settlement.cart.columns import Basket
from settlement.freight.boxes import fill_boxes
from work import steps


def some_lines(rng, count):
    """Lines that often agree in what decides."""
    names = [f"l{at}" for at in range(count)]
    rng.shuffle(names)
    return [
        a_line(
            name,
            rng.choice(["1.00", "2.00"]),
            sku=rng.choice(["k1", "k2"]),
            quantity=rng.choice([1, 2, 3, 7, 12, "0.125", "1.5"]),
            weight_g=rng.choice([0, 1, 200, 250, 333, 400, 400, 999, 1000, 1001]),
            volume_cm3=rng.choice([0, 5, 5, 9]),
            free_shipping=rng.random() < 0.2,
            categories=rng.choice([[], ["c"]]),
            freight_template="t1",
        )
        for name in names
    ]


@pytest.mark.parametrize("seed", range(60))
def test_runs_are_what_packing_piece_by_piece_makes(seed, monkeypatch):
    """Box by box, in the order in which they were opened; on shelves of any length."""
    monkeypatch.setattr("settlement.freight.boxes._SHELF", 1 + seed % 3)
    rng = random.Random(seed)
    lines, most = some_lines(rng, rng.randint(1, 12)), rng.choice([250, 1000, 2600])
    basket = Basket([Line(**line) for line in lines], "CNY")
    found = fill_boxes(basket, basket.groups[0].lines, most)
    made = [
        {basket.ids[line]: millis for line, millis in zip(box.lines, box.millis, strict=True)}
        for box in found
        for _ in range(box.runs)
    ]
    assert made == piece_by_piece(lines, most)
    assert all(box.lines == tuple(sorted(box.lines)) for box in found)


@pytest.mark.parametrize("seed", range(60))
def test_no_fee_depends_on_the_names_of_lines(seed):
    """Line ids permuted: parcel for parcel the same units, fee and surcharge, whatever the fee is made of."""
    rng = random.Random(seed)
    lines = some_lines(rng, rng.randint(2, 8))
    zone = {"regions": ["*"], "first": 300, "first_fee": "3.00 CNY", "additional": 100, "additional_fee": "0.37 CNY"}
    lift = {"regions": ["*"], "fee": "2.00 CNY", "per": "heavy_piece", "above_g": 300}
    template = {
        "id": "t1",
        "measure": rng.choice(["weight_g", "volume_cm3", "quantity"]),
        "zones": [zone | {"goods_percent": "3"}],
        "surcharges": [lift],
        "max_weight_g": rng.choice([400, 1000, 2600]),
    }
    combination = rng.choice(["sum", "max", "highest_first"])
    book = a_rulebook(freight_templates=[template], policy={"freight_combination": combination})
    names = [line["id"] for line in lines]
    rng.shuffle(names)
    renamed = [line | {"id": name} for line, name in zip(lines, names, strict=True)]
    plain, other = (result(a_checkout(*cart), json.loads(json.dumps(book)))["parcels"] for cart in (lines, renamed))
    for each in (*plain, *other):
        each.pop("spared", None)  # names the lines
    assert plain == other


def test_thousands_of_pieces_cost_no_more_steps_than_a_few():
    """6 000 pieces of one line beside a heavier one: the same work as 60, and a row of parcels a run."""

    def packing(quantity):
        cart = [a_line("a", quantity=quantity, weight_g=300), a_line("b", quantity=quantity // 3, weight_g=500)]
        basket = Basket([Line(**line | {"freight_template": "t1"}) for line in cart], "CNY")
        return lambda: fill_boxes(basket, basket.groups[0].lines, 1000)

    assert len(packing(6000)()) < 6
    assert steps(packing(6000)) == steps(packing(60))


def test_many_lines_are_not_packed_by_looking_at_every_box():
    """Twice as many lines cost less than three times the steps: boxes too full for any piece are passed over."""

    def packing(count):
        cart = [a_line(f"l{at:04}", weight_g=600 + at % 300, freight_template="t1") for at in range(count)]
        basket = Basket([Line(**line) for line in cart], "CNY")
        return lambda: fill_boxes(basket, basket.groups[0].lines, 1000)

    assert steps(packing(2000)) < 3 * steps(packing(1000))
