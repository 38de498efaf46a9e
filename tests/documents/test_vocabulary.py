"""One vocabulary: what goes out as JSON does so by the same names everywhere, and comes back by theirs."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import random
import re

import pytest
from pydantic import BaseModel

import settlement
from random_requests import random_request
from samples import everything, settled
from settlement import (
    Checkout,
    Rulebook,
    Settlement,
    explain,
    explain_parcel,
    freight_table,
    payment_options,
    payout,
    preview,
    quote_freight,
    refund,
    settle,
)
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.audit.diff import diff
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.documents.document import Document
from settlement.errors import UnknownLocale
from settlement.findings.findings import finding

OUT, BACK = {"to_json", "to_dict"}, {"from_json", "from_dict"}
CLASSES = sorted(
    {
        value
        for found in pkgutil.walk_packages(settlement.__path__, "settlement.")
        if not found.name.endswith(("__main__", "settlement.ext.store", "settlement.ext.django"))
        for value in vars(importlib.import_module(found.name)).values()
        if inspect.isclass(value) and value.__module__.startswith("settlement.") and value.__name__[0] != "_"
    },
    key=lambda kind: kind.__qualname__,
)
#: Parts of a whole, which go out with it.
PARTS = {"Evidence", "Candidate"}


def has(kind, names):
    """Which of these names a class has."""
    return {name for name in names if callable(getattr(kind, name, None))}


def shown():
    """One of each class that a reader is shown."""
    made = settled(*everything())
    checkout, rulebook = made.made_from
    back = refund(made, {made.lines[0].id: 1})
    template = rulebook.freight_templates[0]
    forged = record(made).to_json().replace('"payable":"', '"payable":"1', 1)
    return [
        payout(made),
        back,
        preview(made)[0],
        diff(made, settle(checkout, rulebook.model_copy(update={"promotions": ()}))),
        replay(record(made)),
        replay(forged),
        replay(forged).differences[0],
        finding("zones", "zones.none"),
        quote_freight(checkout.cart.lines, "440305", rulebook.freight_templates, warehouses=rulebook.warehouses),
        freight_table(template, ["CN/mainland"]),
        made.decisions[0],
        explain(made),
    ]


@pytest.mark.parametrize("each", shown(), ids=lambda each: type(each).__name__)
def test_what_is_shown_has_a_text_in_every_language(each):
    """`str()` is the English of `text(locale)`; the Chinese differs; any other language is refused."""
    assert str(each).endswith(each.text())  # a decision's name stands before it
    assert each.text() == each.text("en")
    assert re.search(r"[\u4e00-\u9fff]", each.text("zh_CN"))
    assert each.text() not in (each.text("zh_CN"), each.text("zh_TW"))
    with pytest.raises(UnknownLocale):
        each.text("fr")


def test_the_names_stand_together():
    """Whatever has `to_dict` has `to_json`, whatever comes back does so both ways; a document has all four."""
    for kind in CLASSES:
        if kind.__name__ in PARTS:
            continue
        assert has(kind, OUT) in (set(), OUT), kind
        assert has(kind, BACK) in (set(), BACK), kind
        if issubclass(kind, Document):
            assert has(kind, OUT | BACK) == OUT | BACK
    assert not [kind for kind in CLASSES if issubclass(kind, BaseModel) and not issubclass(kind, Document)]


CHECKOUT, RULEBOOK = (kind.from_dict(data) for kind, data in zip((Checkout, Rulebook), everything(), strict=True))
PAID = settle(CHECKOUT, RULEBOOK)
#: What is kept: documents, a settlement, a record, a quote, a payout, sub-orders, options.
KEPT = [
    CHECKOUT,
    RULEBOOK,
    PAID,
    record(PAID),
    refund(PAID, {PAID.lines[0].id: 1}),
    payout(PAID),
    split_orders(PAID)[0],
    *payment_options(CHECKOUT, RULEBOOK)[:1],
]


@pytest.mark.parametrize("value", KEPT, ids=lambda value: type(value).__name__)
def test_what_is_kept_comes_back_equal(value):
    """By text and by plain data, also plain data that went through another JSON writer."""
    kind = type(value)
    assert isinstance(value.to_json(), str)
    assert json.loads(value.to_json()) == value.to_dict()
    assert kind.from_json(value.to_json()) == value
    assert kind.from_dict(value.to_dict()) == value
    assert kind.from_dict(json.loads(json.dumps(value.to_dict(), sort_keys=True))).to_dict() == value.to_dict()


SHOWN = [
    explain_parcel(CHECKOUT, RULEBOOK, 0),
    settlement.explain_offer(CHECKOUT, RULEBOOK, PAID.decisions[0].rule),
    settlement.compare(CHECKOUT, RULEBOOK),
    settlement.explain(PAID),
    quote_freight(CHECKOUT.cart.lines, "440305", RULEBOOK.freight_templates, warehouses=RULEBOOK.warehouses),
    preview(PAID)[0],
    diff(PAID, settled(*random_request(random.Random(1)).values())),
]


@pytest.mark.parametrize("value", SHOWN, ids=lambda value: type(value).__name__)
def test_what_is_shown_is_plain_data(value):
    """Nothing but what JSON has, without a float: the text is the plain data, written."""
    assert json.loads(value.to_json(), parse_float=pytest.fail) == value.to_dict()


def test_a_dictionary_is_taken_by_one_call_that_the_error_names():
    """`settle({…}, {…})` says which; a text is told its own."""
    checkout, rulebook = everything()
    with pytest.raises(TypeError, match=r"Checkout is expected, Checkout.from_dict\(\) makes one$"):
        settle(checkout, rulebook)
    with pytest.raises(TypeError, match=r"Rulebook is expected, Rulebook.from_dict\(\) makes one$"):
        settle(CHECKOUT, rulebook)
    with pytest.raises(TypeError, match=r"Rulebook is expected, Rulebook.from_json\(\) reads one$"):
        settle(CHECKOUT, json.dumps(rulebook))
    assert settle(Checkout.from_dict(checkout), Rulebook.from_dict(rulebook)) == PAID
    with pytest.raises(TypeError, match=r"^data: found a list; a Mapping is expected$"):
        Checkout.from_dict([checkout])


@pytest.mark.parametrize("kind", [Settlement, Record], ids=lambda kind: kind.__name__)
def test_plain_data_of_another_kind_is_refused(kind):
    """As its text is."""
    with pytest.raises(settlement.InvalidDocument):
        kind.from_dict({"x": 1})
