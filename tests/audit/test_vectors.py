"""Test vectors: a program written from docs/vectors/README.md alone finds the same canonical text and digest."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path

import pytest
import rfc8785

from random_requests import random_request
from samples import everything
from settlement import Checkout, Rulebook
from settlement.audit.record import record
from settlement.documents.marks import OUTSIDE, extensions, marked
from settlement.engine.settle import settle
from settlement.rulebook.digest import request_digest
from settlement.rulebook.request import Request

spec = importlib.util.spec_from_file_location("independent", Path(__file__).with_name("independent.py"))
independent = importlib.util.module_from_spec(spec)
spec.loader.exec_module(independent)

VECTORS = sorted((Path(__file__).resolve().parents[2] / "docs" / "vectors").glob("*.json"))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_vector_is_true(path):
    """The independent steps and the library agree with the file: both texts, both digests and the settlement."""
    vector = json.loads(path.read_text(encoding="utf-8"))
    rules = independent.canonical_rulebook(vector["request"])
    assert rules.decode() == vector["rulebook_canonical"]
    assert independent.digest(rules) == vector["rulebook_digest"]
    canonical = independent.canonical(vector["request"])
    assert canonical.decode() == vector["canonical"]
    assert independent.digest(canonical) == vector["digest"] == vector["settlement"]["digest"]
    request = Request.model_validate_json(json.dumps(vector["request"]))
    assert request.rulebook.digest == vector["rulebook_digest"]
    assert settle(request.checkout, request.rulebook).to_dict() == vector["settlement"]


def digests(request):
    """By the library and by the independent program."""
    found = request_digest(Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"]))
    return found, independent.digest(independent.canonical(request))


def test_random_requests_have_the_same_digest_in_both():
    """The page says enough: 200 random requests, and one with every stage, agree."""
    checkout, rulebook = everything()
    requests = [random_request(random.Random(seed)) for seed in range(200)]
    for request in [*requests, {"checkout": checkout, "rulebook": rulebook}]:
        ours, theirs = digests(request)
        assert ours == theirs


@pytest.mark.parametrize("spelt", ["810000", "HK", "810000000", "MO", "TW", "TW/100", "440300000", "US/CA/94103"])
def test_a_region_has_one_spelling_in_both(spelt):
    """Step 7 of the page says enough for an address and for a rule."""
    checkout, rulebook = everything()
    checkout["address"]["region"] = spelt
    rulebook["freight_templates"][0]["zones"][0]["regions"] = [spelt]
    ours, theirs = digests({"checkout": checkout, "rulebook": rulebook})
    assert ours == theirs


def test_the_page_names_every_field_that_is_special():
    """What is outside and what is an extension is listed on the page, and nothing else is."""
    assert {place[-1] for mark in OUTSIDE for place in marked(Request, mark)} == independent.PERSONAL
    assert extensions(Request) == (independent.EXTENSIONS, independent.THERE)


def test_a_record_is_checked_by_two_steps():
    """RFC 8785 and SHA-256 over `body`, as the page says, give a record's digest."""
    request = random_request(random.Random(3))
    kept = record(settle(Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])))
    data = json.loads(kept.to_json())
    assert independent.digest(rfc8785.dumps(data["body"])) == data["digest"]


def test_a_wrong_step_is_noticed():
    """Without the default of a list price the digest is another one: the vectors can fail."""
    vector = json.loads(VECTORS[0].read_text(encoding="utf-8"))
    changed = json.loads(vector["canonical"])
    assert independent.digest(rfc8785.dumps(changed)) == vector["digest"]
    changed["checkout"]["cart"]["lines"][0]["list_price"] = None
    assert independent.digest(rfc8785.dumps(changed)) != vector["digest"]
