"""The settlement as a value: typed parts that agree with its document (contract §7)."""

from __future__ import annotations

import copy
import gc
import pickle
from types import FunctionType, ModuleType

import pytest
from hypothesis import given, settings

from samples import a_checkout, everything, settled
from settlement import Money, UnknownLine, refund
from strategies import requests
from thorough import examples


def plain(value):
    """A part as the document writes it."""
    if value is None or isinstance(value, (bool, int)):
        return value
    return str(value)


@given(requests)
@settings(max_examples=examples(60))
def test_the_parts_say_what_the_document_says(request_):
    """Totals, lines, shops, parcels, adjustments, decisions, excluded lines and gifts agree with to_dict."""
    made = settled(request_["checkout"], request_["rulebook"])
    document = made.to_dict()
    totals = {name: plain(value) for name, value in made.totals._asdict().items()}
    if not made.taxes:
        assert made.totals.tax == made.payable - made.payable
        del totals["tax"]
    assert totals == document["totals"]
    for part in ("lines", "shops", "parcels"):
        rows = [{name: plain(value) for name, value in row._asdict().items()} for row in getattr(made, part)]
        for row, written in zip(rows, document[part], strict=True):
            if part == "shops":
                row["id"] = row.pop("shop")
            for carried in ("commission_percent", "tax_percent"):
                if row.get(carried) is not None:
                    row[carried] = str(row[carried])
            if row.get("spared") is not None:
                row["spared"] = dict(made.parcels[document["parcels"].index(written)].spared)
            assert {name: row[name] for name in written} == written
    for one, written in zip(made.adjustments, document["adjustments"], strict=True):
        assert (one.stage, one.rule, str(one.amount)) == (written["stage"], written["rule"], written["amount"])
        assert {name: str(share) for name, share in one.shares.items()} == written["shares"]
        assert {name: str(share) for name, share in one.platform.items()} == written["platform"]
        assert dict(one.facts) == written["facts"]
    for one, written in zip(made.decisions, document["decisions"], strict=True):
        assert (one.rule, one.outcome, one.reason) == (written["rule"], written["outcome"], written.get("reason"))
        assert plain(one.shortfall) == written.get("shortfall")
        assert dict(one.facts) == written.get("facts", {})
    assert [(one.line, one.reason, plain(one.available)) for one in made.excluded] == [
        (row["line"], row["reason"], row.get("available")) for row in document["excluded"]
    ]
    assert [(one.rule, one.sku, plain(one.quantity)) for one in made.gifts] == [
        (row["rule"], row["sku"], row["quantity"]) for row in document["gifts"]
    ]
    assert made.points._asdict() == document["points"]
    assert (made.status, made.optimal, made.remark) == (document["status"], document["optimal"], document["remark"])


def test_a_settlement_survives_pickle_and_copy():
    """Workers hand it on: equal, with the same bytes and the same hash."""
    made = settled(*everything())
    for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):  # noqa: S301 - made now
        assert again == made
        assert again.to_json() == made.to_json()
        assert hash(again) == hash(made)


def test_a_settlement_is_equal_to_its_like_only():
    """Equality is that of the whole document."""
    made = settled(*everything())
    assert made == settled(*everything())
    assert made != settled(a_checkout())
    assert made != made.to_json()
    assert str(made.payable) in repr(made)


def test_a_line_is_found_by_its_id():
    """line() gives the line or names those that are there."""
    made = settled(*everything())
    assert made.line("b").sku == "k2"
    assert isinstance(made.line("b").payable, Money)
    with pytest.raises(UnknownLine) as caught:
        made.line("z")
    assert sorted(caught.value.known) == ["a", "b", "c"]


@given(requests)
@settings(max_examples=examples(60))
def test_a_detached_settlement_is_the_same_answer(request_):
    """Equal, with the same bytes, and every part of it; nothing of what it was made from is kept."""
    whole = settled(request_["checkout"], request_["rulebook"])
    answer = whole.detached()
    assert (answer.to_json(), answer.made_from) == (whole.to_json(), None)
    for part in ("totals", "shops", "lines", "parcels", "adjustments", "decisions", "gifts", "redemptions", "tenders"):
        assert getattr(answer, part) == getattr(whole, part)
    assert answer == whole
    if whole.status == "payable":
        back = {line.id: line.quantity for line in whole.lines}
        assert refund(answer, back, freight="return").to_json() == refund(whole, back, freight="return").to_json()


def reachable(start):
    """Everything that an object keeps alive, but for modules and classes."""
    seen, waiting = {}, [start]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen and not isinstance(each, (type, ModuleType, FunctionType)):
            seen[id(each)] = each
            waiting += gc.get_referents(each)
    return seen.values()


def test_a_kept_settlement_keeps_no_engine():
    """The question and the ledger end with settle(); a detached one keeps no document either."""
    whole = settled(*everything())
    kept = {type(each).__name__ for each in reachable(whole)}
    assert {"Checkout", "Rulebook", "Taken"} <= kept
    assert not {"Case", "Ledger", "Search"} & kept
    assert not {"Checkout", "Rulebook", "Rules", "Basket", "Terms"} & {
        type(each).__name__ for each in reachable(whole.detached())
    }
