"""`--order`, `--id`, `--at` and `--booked`: two buyers' orders from request to journal, at the command line."""

from __future__ import annotations

import json

import pytest

from samples import a_checkout, a_line, a_rulebook
from settlement.commands.cli import main

REQUEST = {"checkout": a_checkout(a_line("a", "9.50", quantity=3)), "rulebook": a_rulebook()}


@pytest.fixture
def ran(capsys, tmp_path, monkeypatch):
    """Run a command in an empty folder; what it prints goes to a file where `into` names one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "request.json").write_text(json.dumps(REQUEST), encoding="utf-8")

    def run(*arguments, into=None):
        code = main(list(arguments))
        out, err = capsys.readouterr()
        if into is not None:
            (tmp_path / into).write_text(out, encoding="utf-8")
        return code, out, err

    return run


@pytest.fixture
def orders(ran):
    """Two orders of one request, a refund of each, and the payouts before and after that of the first."""
    for name in ("A-1", "A-2"):
        ran("settle", "request.json", "--order", name, into=f"{name}.json")
        own = ("--id", f"R-{name}", "--at", "2026-12-01T09:00:00+08:00")
        ran("refund", f"{name}.json", "--return", "a=1", *own, into=f"refund-{name}.json")
    ran("payout", "A-1.json", "--id", "P-9", into="payout-9.json")
    ran("payout", "A-1.json", "--refund", "refund-A-1.json", "--id", "P-10", into="payout-10.json")
    return ran


def test_two_buyers_are_two_orders_in_the_journal(orders):
    """57.00 are booked, each refund to its own order, the payouts by what they cover: payout-10 is listed first."""
    files = ("A-1.json", "A-2.json", "payout-10.json", "payout-9.json", "refund-A-1.json", "refund-A-2.json")
    code, out, err = orders("journal", *files)
    rows = [row.split(",") for row in out.splitlines()]
    assert (code, err) == (0, "")
    bought = [row for row in rows if row[6] == "Assets:Buyers" and row[1] == "settlement"]
    assert [(row[3], row[11]) for row in bought] == [("A-1", "28.50"), ("A-2", "28.50")]
    assert {(row[3], row[4]) for row in rows if row[1] == "refund"} == {("A-1", "R-A-1"), ("A-2", "R-A-2")}
    owed = [(row[4], row[11], row[12]) for row in rows if row[8] in {"payout_net", "payout_refund_net"}]
    assert owed == [("P-10", "9.50", ""), ("P-9", "", "28.50")]


def test_a_month_is_exported_beside_what_was_booked(orders):
    """The refund alone, and without what it belongs to it is refused by the name of its file."""
    code, out, _ = orders("journal", "refund-A-1.json", "--booked", "A-1.json", "--booked", "A-2.json")
    assert (code, {tuple(row.split(",")[:2]) for row in out.splitlines()[1:]}) == (0, {("2026-12-01", "refund")})
    code, out, err = orders("journal", "refund-A-1.json")
    assert (code, out) == (2, "")
    assert "refund-A-1.json: the settlement of a refund is missing" in err
    code, _, err = orders("journal", "A-2.json", "refund-A-1.json", "--locale", "zh_CN")
    assert code == 2
    assert 'refund-A-1.json.order: 找到订单 "A-1"；一同交来的属于订单 "A-2" [order.mismatch]' in err


def test_equal_settlements_without_names_are_refused_with_what_would_be_right(orders):
    """The files are named, and `for_order`."""
    orders("settle", "request.json", into="one.json")
    orders("settle", "request.json", into="two.json")
    code, _, err = orders("journal", "one.json", "two.json")
    assert code == 2
    assert "two.json: one.json has the same digest" in err
    assert "for_order" in err


def test_a_file_of_another_order_is_refused(orders):
    """`--order` names what has no name, and contradicts what has another; so does a history."""
    assert orders("refund", "A-1.json", "--return", "a=1", "--order", "A-1")[0] == 0
    code, _, err = orders("refund", "A-1.json", "--return", "a=1", "--order", "A-2")
    assert (code, "[order.mismatch]" in err) == (2, True)
    code, _, err = orders("refund", "A-2.json", "--return", "a=1", "--history", "refund-A-1.json")
    assert (code, "[order.mismatch]" in err) == (2, True)
    code, _, err = orders("payout", "A-2.json", "--refund", "refund-A-1.json")
    assert (code, "[order.mismatch]" in err) == (2, True)
    code, out, _ = orders("record", "request.json", "--order", "A-3")
    assert (code, json.loads(out)["order_name"]) == (0, "A-3")
    code, _, err = orders("settle", "request.json", "--order", "")
    assert (code, "[text.empty]" in err) == (2, True)
