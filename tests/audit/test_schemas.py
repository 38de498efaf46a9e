"""JSON Schemas: published as printed, true of real documents by an independent validator, and closed to bad ones."""

from __future__ import annotations

import copy
import importlib.util
import json
import random
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, everything, settled
from settlement import Checkout, InvalidDocument, Rulebook, refund, settle
from settlement.audit.record import record
from settlement.commands.cli import main
from settlement.orders.schemas import DOCUMENTS, schema, schema_text

ROOT = Path(__file__).resolve().parents[2]
CONFORMANCE = ROOT / "tests" / "conformance"

spec = importlib.util.spec_from_file_location("publish", ROOT / "scripts" / "publish.py")
publish = importlib.util.module_from_spec(spec)
spec.loader.exec_module(publish)

VALIDATORS = {name: Draft202012Validator(schema(name)) for name in DOCUMENTS}


def faults(name, document):
    """What the independent validator finds, by place."""
    return [f"{error.json_path}: {error.message[:80]}" for error in VALIDATORS[name].iter_errors(document)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_is_a_schema(name):
    """Each is a valid schema of 2020-12 with a relative id, and Money is a pattern with an example."""
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"] == f"{name}.schema.json"
    for defined in found.get("$defs", {}).keys() & {"SignedMoney", "Money"}:
        money = found["$defs"][defined]
        text = money.get("anyOf", [money])[0]
        assert text["examples"][0].endswith("12.34 CNY")
        assert "pattern" in text


def test_only_documents_without_amounts_have_no_money():
    """Choices, who and what an invoice names, and answers to requests; every other schema defines what an amount is."""
    without = {name for name in DOCUMENTS if not {"SignedMoney", "Money"} & schema(name).get("$defs", {}).keys()}
    names = "holding-policy invoice-item invoice-policy invoice-request invoice-seller refund-policy retry-schedule"
    names += " stored-answer"
    assert without == {*names.split()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_published_is_what_the_command_prints(name, capsys):
    """docs/schemas holds the bytes of `settlement schema`."""
    assert main(["schema", name]) == 0
    printed = capsys.readouterr().out
    assert printed == schema_text(name)
    there = (ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert there == printed, "make publish"


def test_everything_published_is_fresh():
    """Schemas and vectors are what scripts/publish.py would write, and nothing else lies beside them."""
    assert publish.faults() == []


EXAMPLES = publish.examples()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_has_an_example_that_is_valid_by_its_schema(name):
    """The published example: valid for the independent validator, read by the model, and by it written valid again."""
    document = json.loads((publish.EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    assert document == EXAMPLES[name]
    assert faults(name, document) == []
    again = DOCUMENTS[name].model_validate_json(json.dumps(document))
    if name != "record":
        written = json.loads(again.model_dump_json(exclude_unset=True))
        assert faults(name, written) == []
        assert (
            name in {"checkout", "order-edit", "request", "settlement"} or written == document
        )  # instants there are in UTC


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_example_with_a_field_more_or_less_is_refused_by_both(name):
    """The documents are closed, and what is required is required: for the validator and for the model."""
    wrong = [EXAMPLES[name] | {"surprise": 1}]
    wrong += [
        {key: each for key, each in EXAMPLES[name].items() if key != gone} for gone in schema(name).get("required", ())
    ]
    for document in wrong:
        assert faults(name, document) != []
        with pytest.raises(InvalidDocument):
            DOCUMENTS[name].model_validate_json(json.dumps(document))


def test_one_table_names_all_documents(capsys):
    """`orders.schemas.DOCUMENTS`, what the command offers, and the files: the same names."""
    assert main(["schema", "menu"]) == 2
    offered = capsys.readouterr().err
    assert all(f"{name}" in offered for name in DOCUMENTS)
    assert {path.name.removesuffix(".schema.json") for path in publish.SCHEMAS.glob("*.json")} == set(DOCUMENTS)
    assert set(EXAMPLES) == set(DOCUMENTS)
    page = (ROOT / "docs" / "after-pay.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in DOCUMENTS)


def requests():
    """Real requests: the examples, every conformance request, a hundred random ones, and all stages at once."""
    found = [json.loads((ROOT / "examples" / f"{name}.json").read_text("utf-8")) for name in ("mall-cart", "simple")]
    for name in ("peers", "refunds"):
        cases = json.loads((CONFORMANCE / f"{name}.json").read_text(encoding="utf-8"))
        found += [case["request"] for case in cases]
    found += [random_request(random.Random(seed)) for seed in range(100)]
    checkout, rulebook = everything()
    return [*found, {"checkout": checkout, "rulebook": rulebook}]


REQUESTS = requests()


def test_real_documents_are_valid():
    """Requests, checkouts, rulebooks, and the settlements, records and refunds that come of them."""
    assert len(REQUESTS) > 220
    for request in REQUESTS:
        assert faults("request", request) == []
        assert faults("checkout", request["checkout"]) == []
        assert faults("rulebook", request["rulebook"]) == []
        checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
        made = settle(checkout, Rulebook.model_validate_json(json.dumps(request["rulebook"])))
        assert faults("settlement", made.to_dict()) == []
        quote = refund(made, {line.id: line.quantity for line in made.lines}, freight="return")
        assert faults("refund", json.loads(quote.to_json())) == []
    kept = record(made)
    assert faults("record", json.loads(kept.to_json())) == []
    assert faults("record", json.loads(kept.erased().to_json())) == []


SOUND = {
    "checkout": a_checkout(a_line(freight_template="t1"), customer={"coupons": ["c"]}),
    "rulebook": a_rulebook(freight_templates=[a_template()], coupons=[an_offer("c")]),
}
LINE = ("checkout", "cart", "lines", 0)
BENEFIT = ("rulebook", "coupons", 0, "tiers", 0, "benefit")

#: Place -> values that a schema can refuse.
BAD = {
    (*LINE, "unit_price"): [1, 1.5, True, None, "1", "1.5 CNY", "-1.00 CNY", "1e3 CNY", "NaN CNY", "01.00 CNY",
                            "1.00 cny", "1.00 CNY ", " 1.00 CNY", "1,00 CNY", {"amount": "1.00"},
                            {"amount": 1, "currency": "CNY"}, "1234567890123.00 CNY"],
    (*LINE, "quantity"): [0, -1, 1.5, True, "0", "0.000", "1.2345", "1e1", 10**10, None],
    (*LINE, "tax_percent"): [13, "101", "100.1", "1.23456", "-1", "13 %"],
    (*LINE, "id"): ["", 7, None, "x" * 201],
    (*LINE, "selected"): ["yes", 1, None],
    (*LINE, "weight_g"): ["1", -1, 1.5],
    (*LINE, "colour"): ["red"],
    (*LINE, "info"): [[], {"a": 1}],
    ("checkout", "at"): [5, "2026-11-11", "2026-11-11T00:00:00", "now", None],
    ("checkout", "address"): [{}, {"region": 440305}, {"region": "深圳"}, {"region": "44030"}, []],
    ("checkout", "choice"): [{"coupons": "cheapest"}, {"points": "all"}, {"points": -1}],
    ("checkout", "customer"): [{"points": 1.5}, {"coupons": "c"}, {"level": ""}],
    ("rulebook", "currency"): ["yuan", None, 156],
    ("rulebook", "policy"): [{"rounding": "floor"}, {"exclusions": [["coupons", "coupons"]]}, {"coupons_platform": -1}],
    ("rulebook", "coupons", 0, "tiers"): [[], {}, [{}]],
    ("rulebook", "coupons", 0, "levels"): [[]],
    BENEFIT: [{"type": "percent_off", "percent": "0"}, {"type": "percent_off", "percent": 15}, {"type": "half_off"}, {},
              {"type": "percent_off"}, {"type": "nth_unit", "n": 0, "percent": "50"}],
    ("rulebook", "freight_templates", 0, "measure"): ["km", None],
}  # fmt: skip


@pytest.mark.parametrize(("place", "value"), [(place, value) for place, row in BAD.items() for value in row], ids=str)
def test_bad_documents_are_refused_by_both(place, value):
    """The independent validator refuses what the library refuses, wherever a schema can say so."""
    assert faults("request", SOUND) == []
    request = copy.deepcopy(SOUND)
    inner = request
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert faults("request", request) != []
    with pytest.raises(InvalidDocument):
        settled(request["checkout"], request["rulebook"])


def test_missing_fields_are_refused():
    """Every required field of a settlement, a record and a refund is required."""
    made = settled(*everything())
    documents = {
        "settlement": made.to_dict(),
        "record": json.loads(record(made).to_json()),
        "refund": json.loads(refund(made, {"a": 1}).to_json()),
    }
    for name, document in documents.items():
        for field in schema(name)["required"]:
            less = {key: value for key, value in document.items() if key != field}
            assert faults(name, less) != [], field
        assert faults(name, document | {"colour": "red"}) != []


def test_rules_with_kinds_of_the_users_own_have_a_schema():
    """A Rulebook class with a further field gives a schema that knows it."""

    class Noted(Rulebook):
        note: str = ""

    found = schema(Noted)
    assert found["$id"] == "noted.schema.json"
    assert "note" in found["properties"]
    with pytest.raises(KeyError):
        schema("menu")
