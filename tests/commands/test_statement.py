"""`settlement statement`, and movements in `settlement journal`: what they print and how they end."""

from __future__ import annotations

import csv
import io
import json

import pytest

from samples import a_checkout, a_line, settled
from settlement import Money
from settlement.after_pay.bills.bill import Bill
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import payout
from settlement.audit.books.journal import assertions, beancount_text, entries, hledger_text
from settlement.audit.books.statement import Statement, statement
from settlement.commands.cli import main

SOLD = settled(a_checkout(a_line("a", "100.00", commission_percent="5"))).for_order("A-1")
PAID = payout(SOLD)
MOVED = Movement(
    id="t1", kind="to_shop", at="2026-11-30T00:00:00Z", currency="CNY", amount="50.00 CNY", shop="s1", order="A-1"
)
PERIOD = ("--shop", "s1", "--since", "2026-11-01", "--until", "2026-11-30")


@pytest.fixture
def ran(capsys, tmp_path):
    """Run a command on the three files of an order; exit code, output and errors."""
    for name, each in (("sold", SOLD), ("paid", PAID), ("moved", MOVED)):
        (tmp_path / name).write_text(each.to_json(), encoding="utf-8")
    files = [str(tmp_path / name) for name in ("sold", "paid", "moved")]

    def run(command, *options, **others):
        for name, content in others.items():
            (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
        given = [str(tmp_path / each) if each in others else each for each in options]
        code = main([command, *files, *given])
        return code, *capsys.readouterr()

    return run


def test_a_statement_is_printed_in_every_form(ran):
    """JSON off a terminal, text, a page by the shop's name, and each table."""
    wanted = statement("s1", [SOLD, PAID, MOVED], "2026-11-01", "2026-11-30")
    code, out, err = ran("statement", *PERIOD)
    assert (code, Statement.from_json(out), err) == (0, wanted, "")
    assert ran("statement", *PERIOD, "--format", "text", "--locale", "zh_CN")[1] == wanted.text("zh_CN") + "\n"
    page = ran("statement", *PERIOD, "--format", "html", "--name", "Tea")[1]
    assert page == wanted.to_html(name="Tea")
    rows = list(csv.DictReader(io.StringIO(ran("statement", *PERIOD, "--format", "csv", "--table", "movements")[1])))
    assert [(row["id"], row["amount"]) for row in rows] == [("t1", "-50.00")]


def test_a_statement_of_nothing_needs_a_currency(capsys):
    """No file at all: with a currency all is 0, without one it is asked for."""
    assert main(["statement", *PERIOD, "--currency", "CNY"]) == 0
    made = Statement.from_json(capsys.readouterr().out)
    assert (str(made.opening), str(made.closing)) == ("0.00 CNY", "0.00 CNY")
    assert main(["statement", *PERIOD]) == 2
    assert "statement.nothing" in capsys.readouterr().err


def test_holding_is_a_file_and_completion_an_option(ran):
    """What is left of 95.00 is held until the order is completed; an opening balance stands beside it."""
    policy = {"release_days": 7}
    made = Statement.from_json(ran("statement", *PERIOD, "--policy", "policy", policy=policy)[1])
    assert (str(made.held), str(made.available)) == ("45.00 CNY", "0.00 CNY")
    done = ("--completed", "A-1=2026-11-12T00:00:00Z", "--opening", "5.00 CNY")
    made = Statement.from_json(ran("statement", *PERIOD, "--policy", "policy", *done, policy=policy)[1])
    assert (str(made.held), str(made.available), str(made.opening)) == ("0.00 CNY", "50.00 CNY", "5.00 CNY")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--shop", "s9", *PERIOD[2:]), "nothing of this shop"),
        ((*PERIOD, "--completed", "A-1"), "ORDER=INSTANT"),
        ((*PERIOD, "--completed", "A-1=yesterday"), "time.notation"),
        ((*PERIOD, "--table", "orders"), "--table is of --format csv"),
        ((*PERIOD[:4], "--until", "2026-10-01"), "statement.period"),
        ((*PERIOD[:2], "--since", "2026-11-20", "--until", "2026-11-15"), "statement.period"),
    ],
)
def test_what_is_not_clear_is_refused(ran, options, told):
    """Exit code 2, and why."""
    code, out, err = ran("statement", *options)
    assert (code, out) == (2, "")
    assert told in err


def test_a_journal_takes_movements_and_a_policy(ran):
    """In hledger's words, as an agent: no goods of a shop are income."""
    journal = entries([SOLD, PAID, MOVED])
    assert ran("journal", "--format", "hledger")[1] == hledger_text(journal)
    agent = ran("journal", "--format", "hledger", "--policy", "policy", policy={"presentation": "agent"})[1]
    assert "presentation:agent" in agent
    assert "account Income:X-s1:Goods" not in agent


def test_a_journal_asserts_what_statements_and_bills_say(ran):
    """In both ledgers' words; not in a table, and not what is neither."""
    made = statement("s1", [SOLD, PAID, MOVED], "2026-11-01", "2026-11-30")
    row = {"line": 2, "kind": "payment", "id": "t", "order": "A-1", "amount": "100.00 CNY", "fee": "1.00 CNY"}
    bill = Bill.model_validate({"provider": "wechat", "rows": [row | {"at": "2026-11-11T00:00:00Z"}]})
    files = {name: json.loads(each.model_dump_json()) for name, each in (("made", made), ("bill", bill))}
    journal = entries([SOLD, PAID, MOVED])
    found = assertions([made, bill], journal, opening=Money("7.00 CNY"))
    options = ("--balance", "made", "--balance", "bill", "--opening", "7.00 CNY")
    for form, text in (("beancount", beancount_text), ("hledger", hledger_text)):
        assert ran("journal", "--format", form, *options, **files) == (0, text(journal, found), "")
    code, _, err = ran("journal", *options, **files)
    assert (code, "--balance is of --format beancount or hledger" in err) == (2, True)
    code, _, err = ran("journal", "--format", "hledger", "--balance", "made", made={"rows": [{}], "provider": "x"})
    assert (code, "rows[0].line: " in err) == (2, True)
    code, _, err = ran("journal", "--format", "hledger", "--balance", "bill", "--opening", "7.00 EUR", **files)
    assert (code, "EUR" in err) == (2, True)
