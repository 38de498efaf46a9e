"""The table of fees, as data, in a terminal and in a notebook."""

from __future__ import annotations

import pytest

from samples import a_template
from settlement import FreightTemplate
from settlement.documents.words.plain import width
from settlement.freight.tables import freight_table

WEIGHT = FreightTemplate.model_validate(
    {
        "id": "<t1>",
        "measure": "weight_g",
        "zones": [
            {
                "regions": ["CN/mainland"],
                "first": 1000,
                "first_fee": "8.00 CNY",
                "additional": 500,
                "additional_fee": "2.00 CNY",
            },
            {"regions": ["650000"], "first": 1000, "first_fee": "20.00 CNY"},
        ],
        "undeliverable": ["542500"],
        "surcharges": [{"regions": ["650000"], "fee": "5.00 CNY", "per": "kg"}],
    }
)


def test_rows_are_the_fees_by_the_contract_worked_out_by_hand():
    """1, 2, 5 and 10 kg with 8.00 for 1 kg and 2.00 for each further 500 g; a flat zone; two refusals."""
    table = freight_table(WEIGHT, ["440305", "650100", "542523", "710000"])
    assert table.units == (1000, 2000, 5000, 10000)
    fees = [[str(fee) for fee in row.fees] for row in table.rows]
    assert fees == [
        ["8.00 CNY", "12.00 CNY", "24.00 CNY", "44.00 CNY"],
        ["20.00 CNY"] * 4,
        [],
        [],
    ]
    assert [(row.zone, row.deliverable) for row in table.rows] == [
        ("CN/mainland", True),
        ("650000", True),
        ("542500", False),
        (None, False),
    ]
    assert table.rows[1].surcharges == WEIGHT.surcharges


def test_the_unit_of_a_column_is_written_out():
    """A kilogram is 1000 g and a cubic decimetre 1000 cm³, and the heading says so; pieces are pieces."""
    assert "1 kg = 1000 g" in str(freight_table(WEIGHT, ["440305"]))
    volume = FreightTemplate.model_validate(a_template(measure="volume_cm3"))
    assert freight_table(volume, [], units=(3,)).units == (3000,)
    assert "1 dm³ = 1000 cm³" in str(freight_table(volume, ["440305"]))
    pieces = FreightTemplate.model_validate(a_template())
    assert freight_table(pieces, ["440305"]).units == (1, 2, 5, 10)
    assert "10 pieces" in str(freight_table(pieces, ["440305"]))


def test_a_notebook_shows_the_same_escaped():
    """A template's id is data: it opens no tag."""
    html = freight_table(WEIGHT, ["440305", "710000"])._repr_html_()
    assert "&lt;t1&gt;" in html
    assert "<t1>" not in html
    assert html.count("<tr>") == 3


def test_columns_line_up_in_a_terminal():
    """The amounts of a column end below its heading."""
    head, near, far = str(freight_table(WEIGHT, ["440305", "650100"])).splitlines()
    assert width(head[: head.index(" Surcharge")]) == width(near) == width(far[: far.index(" CN¥5.00 per kg begun")])


def test_units_below_zero_are_refused():
    """There is no fee for fewer than no units."""
    with pytest.raises(ValueError, match="0 or more"):
        freight_table(WEIGHT, ["440305"], units=(-1,))
