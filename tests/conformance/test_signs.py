"""Signs of several kinds in one cart, worked out by hand (signs.json): amounts, texts, replay and refund."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from check import run_settlement
from settlement import Checkout, RefundQuote, Rulebook, Settlement, receipt, refund, settle
from settlement.audit.record import record
from settlement.audit.replay import replay
from settlement.explanations.story import explain

CASES = json.loads((Path(__file__).parent / "signs.json").read_text(encoding="utf-8"))


def ids(case: dict[str, Any]) -> str:
    """A case by its name."""
    return str(case["name"])


def settled(case: dict[str, Any]) -> Settlement:
    """What the request of a case comes to."""
    checkout, rulebook = (json.dumps(case["request"][name]) for name in ("checkout", "rulebook"))
    return settle(Checkout.model_validate_json(checkout), Rulebook.model_validate_json(rulebook))


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_sign_comes_to_the_sum_that_stands_beside_it(case):
    """The result holds every figure of the sum that was worked out by hand, and the choice is proven."""
    assert run_settlement(case) == []
    assert settled(case).optimal


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_sign_is_told_kept_and_given_back_whole(case):
    """Receipt and explanation state what is to be paid in both languages, JSON and record come back equal.

    Refunds of all of it, at once or piece by piece, return exactly what was paid.
    """
    found = settled(case)
    assert Settlement.from_json(found.to_json()) == found
    assert replay(record(found)).equal
    for locale in ("en", "zh_CN"):
        paid = found.payable.format(locale)
        assert paid in receipt(found, locale=locale)
        assert paid in explain(found).text(locale).splitlines()[0]
    assert explain(found).result == found.payable
    whole = refund(found, {line.id: line.quantity for line in found.lines}, freight="return")
    history: list[RefundQuote] = []
    for line in found.lines:
        for _ in range(int(line.quantity)):
            history.append(refund(found, {line.id: 1}, history, "return"))
    pieces = sum([each.cash.minor for each in history])
    assert (whole.cash, pieces) == (found.payable, found.payable.minor)


def test_a_sum_that_is_a_cent_off_is_found():
    """The check itself can fail."""
    case = CASES[0]
    totals = case["expect"]["totals"] | {"payable": "105.01 CNY"}
    assert run_settlement(case | {"expect": case["expect"] | {"totals": totals}}) != []
