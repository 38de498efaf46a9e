"""The order's name on a settlement: carried through everything, part of no digest and of no amount."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beyond import beyond
from samples import a_checkout, a_line, a_rulebook, a_template, settled
from settlement import Checkout, Rulebook, Settlement, receipt
from settlement.audit.diff import diff
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.engine.settle import settle
from settlement.engine.settler import Settler
from settlement.explanations import explain
from settlement.receipts.report import report
from settlement.rulebook.digest import request_digest


@given(st.integers(0, 2**32))
def test_a_name_changes_nothing_but_the_name(seed):
    """Of any request: the digest, every amount and every byte but the field are those of the same without a name."""
    request = beyond(seed % 5000)
    book = Rulebook.model_validate_json(json.dumps(request["rulebook"]))
    bare = settle(Checkout.model_validate_json(json.dumps(request["checkout"])), book)
    named = settle(Checkout.model_validate_json(json.dumps(request["checkout"] | {"order": "A-1001"})), book)
    assert named == bare.for_order("A-1001") != bare
    assert named.digest == bare.digest
    assert named.to_json().replace(',"order":"A-1001"', "", 1) == bare.to_json()
    for same in (Settlement.from_json(named.to_json()), named.detached(), copy.deepcopy(named)):
        assert (same, same.order) == (named, "A-1001")
    assert "order" not in bare.to_dict()


def test_no_digest_is_over_a_name():
    """Neither that of a request nor that of a record."""
    checkout = Checkout.model_validate(a_checkout())
    book = Rulebook.model_validate(a_rulebook())
    named = checkout.model_copy(update={"order": "A-1"})
    assert request_digest(named, book) == request_digest(checkout, book)
    kept, bare = record(settle(named, book)), record(settle(checkout, book))
    assert (kept.digest, kept.body) == (bare.digest, bare.body)
    assert kept != bare
    assert "order_name" not in json.loads(bare.to_json())


def test_a_record_keeps_the_name_where_what_is_personal_is_erased():
    """Beside the body: read back, erased, opened as a request, and replayed."""
    kept = record(settled(a_checkout(remark="ring twice")).for_order("A-1"))
    again = Record.from_json(kept.to_json())
    assert (again, again.order_name, again.settlement().order) == (kept, "A-1", "A-1")
    bare = again.erased()
    assert (bare.personal, bare.order_name, bare.settlement().order) == ({}, "A-1", "A-1")
    assert bare.request()[0].order == "A-1"
    assert record(settle(*bare.request())) == bare
    assert replay(bare)


@pytest.mark.parametrize("status", ["pending", "blocked"])
def test_what_cannot_be_paid_yet_has_its_name_too(status):
    """A pending settlement and a blocked one."""
    lines = [a_line(selected=status != "blocked", freight_template="t1")]
    checkout = a_checkout(*lines, order="A-1", **({"address": None} if status == "pending" else {}))
    made = settled(checkout, a_rulebook(freight_templates=[a_template()]))
    assert made.status == status
    assert Settlement.from_json(made.to_json()).order == "A-1"


def test_a_memo_tells_two_orders_apart():
    """Two buyers with one cart get each their own order back, and the same order the same settlement."""
    settler = Settler(Rulebook.model_validate(a_rulebook()), memo=10)
    made = [settler.settle(Checkout.model_validate(a_checkout(order=name))) for name in ("A-1", "A-2", "A-1")]
    assert [each.order for each in made] == ["A-1", "A-2", "A-1"]
    assert made[0] is made[2]


def test_pages_say_which_order_it_is():
    """Receipt, report, explanation and difference name it in their head, in three languages, and are else the same."""
    bare = settled(a_checkout())
    paid = bare.for_order("A-<1>")
    for locale, word in (("en", "Order"), ("zh_CN", "订单"), ("zh_TW", "訂單")):
        assert f"{word} A-<1>" in receipt(paid, locale=locale).splitlines()
        assert f"<dt>{word}</dt><dd>A-&lt;1&gt;</dd>" in report(paid, locale=locale)
        assert explain(paid).text(locale) == f"{word} A-<1>\n" + explain(bare).text(locale)
        assert diff(paid, paid).text(locale) == f"{word} A-<1>\n\n" + diff(bare, bare).text(locale)
        assert f"{word} A-&lt;1&gt;" in diff(paid, paid).html(locale)
    assert explain(paid, line="a").to_dict()["order"] == "A-<1>"
    assert "order" not in explain(bare).to_dict()
    two = diff(bare, paid)
    assert two.equal
    assert two.text().startswith("Order: none before, A-<1> now")
    assert [two.to_dict()[side].get("order") for side in ("before", "after")] == [None, "A-<1>"]
