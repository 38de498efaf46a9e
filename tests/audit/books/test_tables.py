"""Tables for spreadsheets: numbers stay numbers, texts stay texts."""

from __future__ import annotations

import csv
import io

import pytest

from samples import everything, settled
from settlement.audit.books.tables import TABLES, cell, csv_text, table


def read(text):
    """A CSV as rows of fields."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_lines_and_adjustments_are_the_settlement_s():
    """Every amount of every line, and every share with who bears it, to the cent."""
    settlement = settled(*everything())
    rows = read(csv_text(settlement))
    assert [(row["line"], row["payable"]) for row in rows] == [
        (line.id, str(line.payable.amount)) for line in settlement.lines
    ]
    rows = read(csv_text(settlement, "adjustments"))
    assert [(row["rule"], row["line"], row["amount"]) for row in rows] == [
        (each.rule, line, str(share.amount)) for each in settlement.adjustments for line, share in each.shares.items()
    ]
    first = rows[0]
    assert (first["amount"], first["platform"], first["shop_share"]) == ("-10.00", "-3.00", "-7.00")


def test_decisions_and_parcels_have_their_kinds():
    """A shortfall is an amount or a quantity; flags are words; what is missing is empty."""
    checkout, rulebook = everything()
    benefit = {"type": "amount_off", "amount": "1.00 CNY"}
    rulebook["promotions"] += [
        {"id": "p8", "issuer": "platform", "tiers": [{"min_quantity": "99.5", "benefit": benefit}]},
        {"id": "p9", "issuer": "platform", "tiers": [{"min_amount": "999.00 CNY", "benefit": benefit}]},
    ]
    settlement = settled(checkout, rulebook)
    rows = {row["rule"]: row for row in read(csv_text(settlement, "decisions"))}
    assert (rows["p8"]["shortfall_amount"], rows["p8"]["shortfall_quantity"]) == ("", "93.265")
    assert (rows["p9"]["shortfall_amount"], rows["p9"]["shortfall_quantity"]) == ("807.78", "")
    assert (rows["p1"]["outcome"], rows["p1"]["reason"]) == ("applied", "")
    assert [row["free"] for row in read(csv_text(settlement, "parcels"))] == ["false", "false"]


def test_what_a_spreadsheet_may_take_for_a_formula():
    """Signs at the beginning, also behind blanks and in full width, and every line break or tab inside."""
    for text in (
        "=1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "\ufeff=1",
        "＝1",
        "｜x"[:0] + "|x",
    ):
        assert cell(text) == f"'{text}"
    for text in ("1-2", "a=b", "茶叶", "", "a b", "'x"):
        assert cell(text) == text
    assert cell("a\rb") == "'a\rb"
    assert cell(None) == ""


def test_an_unknown_table_is_an_error():
    """The four names are in the message."""
    with pytest.raises(ValueError, match=", ".join(TABLES)):
        table(settled(*everything()), "carts")
