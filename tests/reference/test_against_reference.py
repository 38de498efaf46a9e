"""The library against the slow reference, which was written from the contract alone, on random requests."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from random_requests import (
    CONTRACT,
    FEATURES,
    BeyondMaker,
    FreeMaker,
    KindMaker,
    SurchargeMaker,
    TaxMaker,
    random_request,
)
from settlement import Checkout, Rulebook, Settlement, refund, settle
from settlement.discounts import KINDS
from settlement.documents.marks import OUTSIDE, Mark, marks_of
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.rulebook.request import Request
from slow_settle import BENEFITS, SURCHARGES, slow_refund, slow_settle
from thorough import examples

#: Each chunk is one test; the seeds never change, so a failure is repeatable by its seed alone.
CHUNKS, CHUNK = 20, examples(120)
#: Requests for each kind, of which some take its offer.
OF_A_KIND = examples(240)

#: What the reference does not know: the digest and its spelling of `at`, the proof, and what is only carried.
UNKNOWN = ("digest", "at", "optimal", "bound", "calculation_version", "remark", "invoice")


def library(request: dict[str, Any]) -> Settlement:
    """The library's settlement of a request."""
    return settle(
        Checkout.model_validate_json(json.dumps(request["checkout"])),
        Rulebook.model_validate_json(json.dumps(request["rulebook"])),
    )


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """A settlement's document with decisions by rule, without facts and what the reference does not know."""
    document = json.loads(json.dumps(document))
    for field in UNKNOWN:
        document.pop(field, None)
    for line in document["lines"]:
        line.pop("commission_percent", None)
        line.pop("tax_percent", None)
    for adjustment in document["adjustments"]:
        adjustment.pop("facts", None)
    for row in document.get("taxes", ()):
        row["percent"] = str(Fraction(row["percent"]))
    document["decisions"] = {
        row["rule"]: (row["outcome"], row.get("reason"), row.get("shortfall")) for row in document["decisions"]
    }
    return document


def known(ours: Any, theirs: Any) -> Any:
    """Our document less the optional siblings that the reference has never heard of; maps by line id stay whole."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        whole = ("shares", "platform", "decisions")
        return {key: ours[key] if key in whole else known(ours[key], theirs[key]) for key in theirs if key in ours}
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [known(one, other) for one, other in zip(ours, theirs, strict=True)]
    return ours


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_settle_every_request_alike(chunk):
    """Every amount, share, parcel, decision, gift and point agrees."""
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        request = random_request(random.Random(seed))
        theirs = comparable(slow_settle(request))
        assert known(comparable(library(request).to_dict()), theirs) == theirs, f"seed {seed}"


BEYOND = [kind for kind in KINDS if kind.model_fields["type"].default not in CONTRACT]


def test_the_reference_knows_every_kind():
    """What ships is worked out twice, the second time from the pages alone."""
    for kind, field, known_there, page in (
        *((kind, "type", BENEFITS, "offers") for kind in BEYOND),
        *((kind, "per", SURCHARGES, "freight") for kind in SURCHARGE_KINDS),
    ):
        tag = kind.model_fields[field].default
        assert tag in known_there, f"write {tag} in tests/reference/slow_settle.py, from docs/{page}.md"


@pytest.mark.parametrize("kind", BEYOND, ids=lambda kind: kind.__name__)
def test_both_take_off_alike_by_a_kind_beyond_the_contract(kind):
    """Among offers of the contract, in every order and rounding."""
    schemas, tag, taken = [kind.model_json_schema()], kind.model_fields["type"].default, 0
    for seed in range(OF_A_KIND):
        request = KindMaker(random.Random(seed), *(((), schemas) if kind.on_freight else (schemas,))).request()
        theirs, ours = comparable(slow_settle(request)), library(request).to_dict()
        assert known(comparable(ours), theirs) == theirs, f"seed {seed}"
        taken += sum(row["facts"].get("benefit", {}).get("type") == tag for row in ours["adjustments"])
    assert taken >= 4


#: Requests with everything beyond the contract; more by SETTLEMENT_DIFFERENTIAL_REQUESTS (make soak).
REQUESTS = int(os.environ.get("SETTLEMENT_DIFFERENTIAL_REQUESTS", examples(400)))

#: What the reference does not know of what lies beyond the contract. None of it is drawn where both are compared.
NOT_KNOWN = {
    "order": "the order's name stands beside all that is worked out",
    "sold_by_measure": "it says what may come back and changes no column",
    **dict.fromkeys(("search_limit", "max_lines"), "the reference tries everything"),
    **dict.fromkeys(("by_shop", "description", "terms", "name"), "for people"),
    **dict.fromkeys(("extension", "postcode", "city", "catalogue", "tag"), "of an address, for people"),
}


#: Schemas of the kinds, but for presales, which `BeyondMaker` draws by itself.
GOODS, FREIGHT = (
    [
        kind.model_json_schema()
        for kind in BEYOND
        if bool(kind.on_freight) is on_freight and kind.model_fields["type"].default != "presale"
    ]
    for on_freight in (False, True)
)
ADDED = [kind.model_json_schema() for kind in SURCHARGE_KINDS]


def everything(seed: int) -> dict[str, Any]:
    """A request with all of it that both know, each field now and then."""
    features = [feature for feature in FEATURES if feature not in NOT_KNOWN]
    return BeyondMaker(random.Random(f"beyond {seed}"), GOODS, FREIGHT, ADDED, features).request()


def paths_in(document: Any, at: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Where every field of a document stands, by names alone."""
    if isinstance(document, list):
        return {path for each in document for path in paths_in(each, at)}
    if isinstance(document, dict):
        return {path for name, each in document.items() for path in ((*at, name), *paths_in(each, (*at, name)))}
    return set()


def documents_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The documents that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from documents_in(each)


def beyond_the_contract(
    kind: type[BaseModel], at: tuple[str, ...] = (), within: bool = False
) -> Iterator[tuple[str, ...]]:
    """Where fields beyond the contract stand, and all that stands within them; but for what no digest is over."""
    for name, field in kind.model_fields.items():
        marks = marks_of(field)
        if not marks & OUTSIDE:
            beyond = within or Mark.BEYOND in marks
            if beyond:
                yield (*at, name)
            for inner in documents_in(field.annotation):
                yield from beyond_the_contract(inner, (*at, name), beyond)


def test_what_lies_beyond_the_contract_is_drawn_or_named():
    """No new field stays outside of the comparison unsaid, nor a field within one, such as a rate of tax its end."""
    drawn = {path[-2:] for seed in range(400) for path in paths_in(everything(seed))}
    fields = {path[-2:] for path in beyond_the_contract(Request) if not set(path) & NOT_KNOWN.keys()}
    assert len(fields) > 120
    assert sorted(fields - drawn) == []
    assert sorted(NOT_KNOWN.keys() & {name for path in drawn for name in path} - {"name"}) == []


def test_a_coupon_over_goods_and_freight_is_drawn():
    """It shares its field's name with points, so it is asked for by itself; in some requests it takes freight off."""
    went_on = [
        row["rule"]
        for seed in range(400)
        if any(coupon.get("covers_freight") for coupon in everything(seed)["rulebook"].get("coupons") or ())
        for row in slow_settle(everything(seed))["adjustments"]
        if row["rule"].endswith("#freight")
    ]
    assert went_on


def test_copies_and_cards_are_drawn_where_they_matter():
    """A second copy of a coupon takes something off, a card pays a part, and one lowers what a stage has due."""
    copied, part, staged = [], [], []
    for seed in range(400):
        request = everything(seed)
        if not (request["checkout"]["customer"].get("copies") or request["checkout"].get("tenders")):
            continue
        settled = slow_settle(request)
        copied += [row["rule"] for row in settled["adjustments"] if row["rule"].endswith(("#2", "#3"))]
        part += [row for row in settled.get("tenders", ()) if Fraction(row["amount"].split()[0]) > 0]
        staged += [row for row in settled.get("instalments", ()) if row["due"] != row["amount"]]
    assert copied
    assert part
    assert staged


@pytest.mark.parametrize("chunk", range(8))
def test_both_settle_what_lies_beyond_the_contract_alike(chunk):
    """Every field and kind among all others: amounts, parcels, decisions, stages of payment, lines left out."""
    for seed in range(chunk, REQUESTS, 8):
        request = everything(seed)
        theirs = comparable(slow_settle(request))
        assert known(comparable(library(request).to_dict()), theirs) == theirs, f"seed {seed}"


@pytest.mark.parametrize("chunk", range(4))
def test_both_add_every_surcharge_alike(chunk):
    """Kinds beyond the contract and labels, which the reference has from docs/freight.md."""
    charged = 0
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        request = SurchargeMaker(random.Random(seed), ADDED).request()
        theirs = comparable(slow_settle(request))
        assert known(comparable(library(request).to_dict()), theirs) == theirs, f"seed {seed}"
        charged += sum(row["stage"] == "surcharge" for row in theirs["adjustments"])
    assert charged > CHUNK // 4


@pytest.mark.parametrize("chunk", range(4))
def test_both_ship_free_alike(chunk):
    """Excluded regions, and the nearest of the entries that name regions, which the reference has from the docs."""
    free = 0
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        request = FreeMaker(random.Random(seed)).request()
        theirs = comparable(slow_settle(request))
        assert known(comparable(library(request).to_dict()), theirs) == theirs, f"seed {seed}"
        free += sum(row["free"] for row in theirs["parcels"])
    assert free > CHUNK // 8


@pytest.mark.parametrize("chunk", range(4))
def test_both_tax_alike(chunk):
    """Rates by class, region, time and price, rounded apart or together; thresholds that look at amounts with tax."""
    taxed = 0
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        request = TaxMaker(random.Random(f"taxes {seed}")).request()
        theirs = comparable(slow_settle(request))
        assert known(comparable(library(request).to_dict()), theirs) == theirs, f"seed {seed}"
        taxed += bool(theirs.get("taxes"))
    assert taxed > CHUNK // 2


@pytest.mark.parametrize(("where", "told"), [("threshold_tax", "decisions"), ("together", "taxes"), ("over", "taxes")])
def test_what_changes_taxes_is_drawn_where_it_does(where, told):
    """Some requests come out otherwise without it: a threshold that tax reaches, a cent that goes elsewhere."""

    def matters(seed: int) -> bool:
        request = TaxMaker(random.Random(f"taxes {seed}")).request()
        before = slow_settle(request).get(told)
        tables = request["rulebook"]["taxes"]
        for each in (request["rulebook"]["policy"], *tables, *(row for table in tables for row in table["rates"])):
            each.pop(where, None)
        return bool(slow_settle(request).get(told) != before)

    assert any(matters(seed) for seed in range(200))


def returns_in_turn(rng: random.Random, lines: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Some returns of integer quantities, now and then of nothing, then all that is left with its freight."""
    left = {line["id"]: line["quantity"] for line in lines}
    turns: list[tuple[dict[str, Any], str]] = []
    for _ in range(rng.randint(0, 4)):
        now = {}
        for name, quantity in left.items():
            if isinstance(quantity, int) and rng.random() < 0.6:
                now[name] = rng.randint(0, quantity)
                left[name] = quantity - now[name]
        turns.append((now, rng.choice(["keep", "return"])))
    return [*turns, (left, "return")]


@pytest.mark.parametrize("chunk", range(4))
def test_both_refund_alike_and_end_at_what_was_paid(chunk):
    """Any sequence of refunds gives the same cash and points in both, and ends at what was paid."""
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        rng = random.Random(seed)
        settlement = library(random_request(rng))
        document = settlement.to_dict()
        history, slow_history = [], []
        for now, freight in returns_in_turn(rng, document["lines"]):
            history.append(refund(settlement, now, history, freight))
            slow_history.append(slow_refund(document, now, slow_history, freight))
            ours, theirs = history[-1], slow_history[-1]
            assert (str(ours.cash), ours.points) == (theirs["cash"], theirs["points"]), f"seed {seed}"
            assert {line.id: (str(line.cash), line.points) for line in ours.lines} == {
                name: (line["cash"], line["points"]) for name, line in theirs["lines"].items()
            }
        assert sum(quote.cash.minor for quote in history) == settlement.payable.minor
        assert sum(quote.points for quote in history) == settlement.points.used
