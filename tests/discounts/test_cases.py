"""The table of cases of each kind, as a shopkeeper would check them."""

from __future__ import annotations

import pytest

from cases import TABLES, TYPES, UNMET, settled_case


def taken(found, by_line):
    """What came off, of each line or in all, or the gifts that come along."""
    if found.gifts:
        return ", ".join(f"{gift.quantity} {gift.sku}" for gift in found.gifts)
    rows = found.lines if by_line else [found.totals]
    return " + ".join(str(-(row.promotions + row.freight_offers)).removesuffix(" CNY") for row in rows)


@pytest.mark.parametrize(
    ("name", "goods", "offer", "off"),
    [(name, *row) for name, rows in TABLES.items() for row in rows],
)
def test_a_case_comes_out_as_worked_out_by_hand(name, goods, offer, off):
    """One row of one table: in all, or `1.00 + 2.00` of one line and the other."""
    expected = [f"{part}.00" if part == "0" else part for part in off.split(" + ")]
    assert taken(settled_case(name, goods, offer), len(expected) > 1) == " + ".join(expected)


def test_every_kind_has_a_table():
    """A kind that ships with the library has cases that can be read, two at least."""
    for name in sorted(TYPES | UNMET):
        rows = len(TABLES.get(name, ()))
        assert rows >= 2, f"tests/discounts/cases.md has {rows} cases of {name}: write two under `## {name}`"
    assert TABLES.keys() == TYPES | UNMET, "tests/discounts/cases.md has a table of a kind that is not there"
