"""Tables of what comes after pay: rows that add up, and the same rows in every library of data frames."""

from __future__ import annotations

import csv
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bills import a_row
from returns import a_payable, sequence
from samples import a_checkout, a_line, a_rulebook, everything, settled
from settlement import Checkout, InvoiceRequest, PaymentMethod, RefundPolicy, Rulebook, refund
from settlement.after_pay.bills import Bill, reconcile
from settlement.after_pay.edits import edit_order
from settlement.after_pay.invoices.invoice import invoices
from settlement.after_pay.invoices.red import red_invoices
from settlement.after_pay.payments import PaymentDemand
from settlement.after_pay.payments.options import payment_items, payment_options
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import payout
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.after_pay.refunds.money_back import MoneyBack
from settlement.after_pay.refunds.returns import preview
from settlement.audit.books.account_tables import SHAPES
from settlement.audit.books.frames import to_frame
from settlement.audit.books.statement import statement
from settlement.audit.books.tables import columns, csv_text, shapes_of, table
from settlement.errors import CurrencyMismatch
from settlement.receipts.columns import COLUMNS
from thorough import examples

ME = InvoiceRequest(title="T")
TERMS = {"commission_percent": ["5", "12.5"], "tax_percent": ["13", "9"]}


def named(source, what=None):
    """A table as rows by column name."""
    shown = table(source, what)
    return [dict(zip([column.name for column in shown.columns], row, strict=True)) for row in shown.rows]


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_rows_add_up_to_their_documents(seed):
    """A refund's columns to its cash, accounts to nets, holders to what is paid, invoice lines to amount and tax."""
    rng = random.Random(seed)
    settlement = a_payable(rng, **TERMS)
    history = []
    made = invoices(settlement, ME)
    for quote in sequence(rng, settlement):
        rows = named(quote)
        assert all(sum(row[name] for name in COLUMNS) == row["cash"] for row in rows)
        assert all(row["platform"] + row["shop_share"] == row["amount"] for row in named(quote, "charges"))
        charged = sum(row["amount"] for row in named(quote, "charges"))
        assert sum(row["cash"] for row in rows) - charged == quote.cash.amount
        assert sum(row["amount"] for row in named(quote, "tenders")) == quote.cash.amount
        for each in (*made, *red_invoices(settlement, made, quote, history)):
            for what in ("lines", "taxes"):
                assert sum(row["amount"] for row in named(each, what)) == each.amount.amount
                assert all(row["net"] + row["tax"] == row["amount"] for row in named(each, what))
        history.append(quote)
        found = payout(settlement, refunds=history)
        back = sum(each.cash.amount for each in history)
        assert sum(row["net"] for row in named(found, "holders")) == settlement.payable.amount - back
        for row in named(found):
            parts = ("goods", "own_offers", "freight", "buyer_fee", "rounding", "commission", "payment_fee")
            assert sum(row[name] for name in parts) == row["net"]
    for order in split_orders(settlement):
        assert sum(row["payable"] for row in named(order)) == order.totals.payable.amount
        assert all(row["platform"] + row["shop_share"] == row["amount"] for row in named(order, "adjustments"))


def sources():
    """One document of each kind, with rows in every table."""
    checkout, rulebook = everything()
    checkout["tenders"] = [{"id": "g", "type": "gift_card", "balance": "5.00 CNY"}]
    settlement = settled(checkout, rulebook)
    tier = {"min_amount": "300.00 CNY", "benefit": {"type": "amount_off", "amount": "50.00 CNY"}}
    offer = {"id": "m", "issuer": "s1", "tiers": [tier], "platform_share": "40"}
    big = settled(a_checkout(a_line("a", "200.00"), a_line("b", "150.00", sku="z")), a_rulebook(promotions=[offer]))
    quotes = [refund(settlement, {"a": 1}), refund(big, {"b": 1}, policy=RefundPolicy(recheck="thresholds"))]
    quotes.append(refund(big, {}, money=[MoneyBack(reason="late", line="a", amount="5.00 CNY")]))
    method = PaymentMethod(id="m", percent="1", borne_by="merchant")
    paid = payout(settlement, refunds=quotes[:1], method=method)
    options = payment_options(Checkout.model_validate(checkout), Rulebook.model_validate(rulebook))
    later = [*invoices(settlement, ME), *split_orders(settlement)]
    fine = {"id": "f", "kind": "adjustment", "at": settlement.at, "currency": "CNY", "amount": "-1.00 CNY"}
    moved = Movement(**fine, shop=settlement.shops[0].shop, reason="late")
    day = settlement.at[:10]
    later.append(statement(settlement.shops[0].shop, [settlement, *quotes[:1], paid, moved], day, day))
    bill = Bill(provider="bank", rows=[a_row(), a_row(line=3, amount="1.234 KWD", fee="0.001 KWD", order="x")])
    compared = reconcile(
        bill, [PaymentDemand(order=name, amount="9.90 CNY") for name in ("SO1001", "SO1002")], [], method
    )
    wanted = Checkout.model_validate(a_checkout(a_line("a", "200.00"), a_line("c", "20.00")))
    later.append(edit_order(big, wanted, Rulebook.model_validate(a_rulebook(promotions=[offer]))))
    return [*quotes, *preview(settlement), paid, *later, *options, *payment_items(settlement), bill, compared]


def test_documents_of_a_kind_are_one_table():
    """Rows follow each other and add up; other kinds, another currency and nothing at all are refused."""
    settlement = settled(a_checkout(a_line("a", quantity=2), a_line("b", "5.00", shop="s2")))
    rows = named(payment_items(settlement))
    assert sum(row["amount"] for row in rows) == settlement.payable.amount
    assert [row["line"] for row in named(preview(settlement))] == ["a", "b"]
    assert [row["amount"] for row in named(preview(settlement)[:1], "units")] == [10, 10]
    assert [row["shop"] for row in named(invoices(settlement, ME))] == ["s1", "s2"]
    assert csv_text([settlement, settlement]).count("\r\n") == 5
    methods = [{"id": name, "percent": "1", "borne_by": "merchant"} for name in ("m", "n")]
    rules = Rulebook.model_validate(a_rulebook(payment_methods=methods))
    rows = named(payment_options(Checkout.model_validate(a_checkout()), rules))
    assert [(row["id"], row["status"]) for row in rows] == [("m", "payable"), ("n", "payable")]
    assert all(row["tenders"] + row["due"] == row["payable"] for row in rows)
    yen = a_checkout(a_line(unit_price="10 JPY"))
    yen["cart"]["currency"] = "JPY"
    for wrong, error in (
        ([settlement, rows], TypeError),
        ([settlement, *payment_items(settlement)], TypeError),
        ([], TypeError),
        ([settlement, settled(yen, a_rulebook(currency="JPY"))], CurrencyMismatch),
    ):
        with pytest.raises(error):
            table(wrong)


def test_every_row_of_several_orders_says_which():
    """By place in the list, digest and order, in every table; one alone says an order that it has; no preview does."""
    one = settled(a_checkout(a_line("a", quantity=2), order="=1+1"))
    other = settled(a_checkout(a_line("a"), a_line("b")))
    for documents, digests in (
        ([one, other], [one.digest, other.digest]),
        ([refund(one, {"a": 1}), refund(other, {"a": 1})], [one.digest, other.digest]),
        ([payout(one), payout(other)], [one.digest, other.digest]),
        ([*invoices(one, ME), *invoices(other, ME)], [one.digest, other.digest]),
        ([*split_orders(one), *split_orders(other)], [one.digest, other.digest]),
    ):
        for what in shapes_of(documents[0]):
            alone = [named(document, what) for document in documents]
            orders = [{"order": document.order} if document.order else {} for document in documents]
            whose = [{"document": at, "settlement": digest} for at, digest in enumerate(digests, 1)]
            expected = [
                head | {"order": None} | order | row
                for head, order, rows in zip(whose, orders, alone, strict=True)
                for row in rows
            ]
            assert named(documents, what) == expected
            assert table(documents, what).columns[:3] == columns("document% settlement order")
            for document, order in zip(documents, orders, strict=True):
                assert (table(document, what).columns[:1] == columns("order")) == bool(order)
    assert csv_text([one, other]).startswith("document,settlement,order,line,shop,sku,")
    assert csv_text(one).splitlines()[1].startswith("'=1+1,a,")
    assert "document" not in named(preview(one))[0]


def rows_of(frame, library):
    """A frame as rows of plain values."""
    if library == "pandas":
        whole = frame.astype(object).where(frame.notna(), None)
        return list(whole.itertuples(index=False, name=None))
    return frame.rows() if library == "polars" else [tuple(row.values()) for row in frame.to_pylist()]


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_every_table_comes_through_exactly(library):
    """All tables of all documents have the same rows in each library, cell by cell, and each has rows somewhere."""
    seen = set()
    for source in sources():
        for what in SHAPES[type(source)]:
            frame = to_frame(source, what, library)
            rows = table(source, what).rows
            assert rows_of(frame, library) == rows
            seen |= {(type(source), what)} if rows else set()
    assert seen == {(kind, what) for kind, shapes in SHAPES.items() for what in shapes}


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(shape, id=f"{kind.__name__}-{what}")
        for kind, shapes in SHAPES.items()
        for what, shape in shapes.items()
    ],
)
def test_no_two_columns_share_a_name(shape):
    """A frame keeps one column of a name."""
    names = [column.name for column in shape.columns]
    assert len(set(names)) == len(names)


def test_a_payout_as_csv_is_a_table_of_numbers():
    """Two rows for each shop; an id that looks like a formula is text; amounts below 0 are numbers."""
    settlement = settled(a_checkout(a_line("a", "100.00", shop="=1", commission_percent="5", quantity=2)))
    found = payout(settlement, refunds=[refund(settlement, {"a": 1})])
    rows = list(csv.DictReader(io.StringIO(csv_text(found), newline="")))
    assert [(row["shop"], row["part"], row["commission"], row["net"]) for row in rows] == [
        ("'=1", "sale", "-10.00", "190.00"),
        ("'=1", "refunds", "5.00", "-95.00"),
    ]


def test_a_table_that_is_not_there_is_named_with_those_that_are():
    """Each document has its own; what has none is a TypeError."""
    found = payout(settled(a_checkout()))
    with pytest.raises(ValueError, match="a table is one of accounts, holders, platform; found 'lines'"):
        table(found, "lines")
    with pytest.raises(TypeError, match=r"tables are of Settlement, RefundQuote, RefundPreview, .*; found dict"):
        table({})
