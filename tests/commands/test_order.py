"""`settlement order`: where an order stands, at the command line, and what it refuses."""

from __future__ import annotations

import json

import pytest

from placed import an_order, asked, failed, noted, paid, shipped
from settlement.commands.cli import main
from settlement.orders import order_state

EVENTS = [paid(), shipped(a=1), asked(), failed(), noted()]


@pytest.fixture
def told(capsys, tmp_path, monkeypatch):
    """Run it on an order and these lines of events."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order.json").write_text(an_order().to_json(), encoding="utf-8")

    def run(*lines, more=(), order="order.json"):
        rows = [line if isinstance(line, str) else line.to_json() for line in lines]
        (tmp_path / "events.jsonl").write_text("\n".join(rows), encoding="utf-8")
        code = main(["order", order, "events.jsonl", *more])
        return code, *capsys.readouterr()

    return run


def test_the_state_is_printed(told, capsys):
    """As JSON in a pipe, as text where asked for, in a reader's language; empty lines are none."""
    state = order_state(an_order(), EVENTS)
    assert told(*EVENTS) == (0, state.to_json() + "\n", "")
    assert told("", *EVENTS, "", more=["--format", "text"]) == (0, str(state) + "\n", "")
    assert told(*EVENTS, more=["--format", "text", "--locale", "zh_CN"])[1] == state.text("zh_CN") + "\n"
    assert main(["order", "order.json", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "pending_payment"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([shipped()], "events[0].kind: an order that is pending_payment takes no shipped; it takes paid,"),
        ([paid(), shipped(a=3)], "events[1].lines[0].quantity: found 3; 2 is left of the line for this"),
        ([paid(), "{"], "events[1]: this is not well-formed JSON"),
        ([paid(), "[]"], "events[1]"),
        ([noted().to_json().replace("noted", "lost")], "events[0].kind: found"),
        ([noted().to_json().replace("+", "?").replace("Z", "?")], "events[0].at"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(told, lines, said):
    """Exit code 2, the name of the file, the event and what would be right; no traceback."""
    code, out, err = told(*lines)
    assert (code, out) == (2, "")
    assert err.removeprefix("settlement: ").startswith("events.jsonl:")
    assert said in err
    assert "Traceback" not in err


def test_what_is_no_order_is_refused(told):
    """A file of events in its place, and one that is not there."""
    code, _, err = told(noted(), order="events.jsonl")
    assert (code, "record" in err) == (2, True)
    assert told(order="nowhere.json")[0] == 2


def test_a_refusal_is_told_in_chinese(told):
    """As every problem is."""
    assert "的订单不接受 shipped" in told(shipped(), more=["--locale", "zh_CN"])[2]
