"""What OpenAPI says: valid, without a warning, with the published schemas and with examples that hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from served import BOOKS, EVERY, KEYS, PLAIN, app
from settlement.ext.fastapi import STATUSES, router

pytestmark = pytest.mark.web
SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"
#: Component -> the page that has its schema.
PUBLISHED = {
    "Checkout": "checkout",
    "Settlement": "settlement",
    "Refund": "refund",
    "RefundRequest": "refund-request",
    "PaymentOption": "payment-option",
    "Rulebook": "rulebook",
}


@pytest.fixture(scope="module", params=[False, True], ids=["ids", "inline"])
def told(request):
    """The OpenAPI document as a browser gets it."""
    return TestClient(app(inline_rules=request.param)).get("/openapi.json").json()


def valid(told, value, pointer):
    """What is wrong with a value by the schema at this place of the document."""
    resource = Resource(contents=told, specification=DRAFT202012)
    registry = Registry().with_resource("urn:told", resource)
    schema = {"$ref": f"urn:told#{pointer}"}
    return [error.message for error in Draft202012Validator(schema, registry=registry).iter_errors(value)]


def test_it_is_valid_openapi(told):
    """By the specification of 3.1, without an error; every operation has an id of its own."""
    assert told["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(told).iter_errors()) == []
    assert told["paths"].keys() == set(EVERY)
    ids = [path["post"]["operationId"] for path in told["paths"].values()]
    assert len(set(ids)) == len(ids)


def test_every_schema_is_a_schema_and_every_pointer_leads_somewhere(told):
    """JSON Schema 2020-12; nothing points out of the document, nothing is there for nobody."""
    text = json.dumps(told)
    pointers = set(re.findall(r'"(#/[^"]*)"', text))
    names = told["components"]["schemas"].keys()
    assert all(pointer.startswith("#/components/schemas/") for pointer in pointers)
    assert {pointer.rpartition("/")[2] for pointer in pointers} == names
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_schemas_are_those_that_are_published(told):
    """Word for word, but for where their pointers lead and the nulls that FastAPI leaves out."""
    for name, page in PUBLISHED.items():
        made = told["components"]["schemas"].get(f"settlement_{name}")
        if made is None:
            assert name == "Rulebook"
            continue
        published = json.loads((SCHEMAS / f"{page}.schema.json").read_text(encoding="utf-8"))
        expected = {key: each for key, each in published.items() if key not in {"$schema", "$id", "$defs"}}
        assert without_nulls(made) == without_nulls(pointed(expected))
        for inner, schema in published.get("$defs", {}).items():
            assert without_nulls(told["components"]["schemas"][f"settlement_{inner}"]) == without_nulls(pointed(schema))


def pointed(value):
    """A published schema with its pointers where components are."""
    return json.loads(json.dumps(value).replace("#/$defs/", "#/components/schemas/settlement_"))


def without_nulls(value):
    """Plain data without nulls, whatever the order of its keys."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def test_every_example_holds(told):
    """Those of bodies, of answers and of refusals, by the schemas beside them; every call has one of each."""
    tried = 0
    for path, operations in told["paths"].items():
        operation = operations["post"]
        places = {"/requestBody": operation["requestBody"]}
        places |= {f"/responses/{status}": each for status, each in operation["responses"].items()}
        for place, part in places.items():
            for kind, content in part["content"].items():
                if "example" in content:
                    steps = [path.replace("/", "~1"), "post", *place[1:].split("/"), "content", kind.replace("/", "~1")]
                    found = valid(told, content["example"], "/paths/" + "/".join([*steps, "schema"]))
                    assert found == [], (path, place, found)
                    tried += 1
        assert "example" in places["/requestBody"]["content"]["application/json"]
    assert tried >= 20


def test_what_is_refused_is_told(told):
    """Each status of the table stands at each call that can answer it, as a problem document."""
    for path, operations in told["paths"].items():
        statuses = {int(status) for status in operations["post"]["responses"]} - {200}
        assert statuses >= {*STATUSES.values(), 422} - {404, 409}
        assert (409 in statuses) == (path in {"/confirm", "/refund"})
        assert (404 in statuses) == (path != "/refund")
        for status in statuses:
            assert operations["post"]["responses"][str(status)]["content"].keys() == {"application/problem+json"}


def test_the_example_bodies_are_answered_as_the_example_answers():
    """Sent as they stand, to a shop with the rules of the example."""
    from settlement.ext.fastapi.openapi import _EXAMPLE
    from settlement.rulebook.rulebook import Rulebook

    rules = Rulebook.from_dict(_EXAMPLE["rulebook"])
    served = TestClient(app({rules.id: rules}))
    told = served.get("/openapi.json").json()
    for path, operations in told["paths"].items():
        if path == "/confirm":
            continue  # nobody has the key of an example
        asked = operations["post"]["requestBody"]["content"]["application/json"]["example"]
        answer = served.post(path, json=asked)
        assert answer.status_code == 200, (path, answer.text)
        content = operations["post"]["responses"]["200"]["content"]["application/json"]
        if path != "/seal":
            assert without_nulls(answer.json()) == content["example"]
        pointer = f"/paths/~1{path[1:]}/post/responses/200/content/application~1json/schema"
        assert valid(told, answer.json(), pointer) == []


class Line(BaseModel):
    """A shop's own."""

    colour: str


class Checkout(BaseModel):
    """A shop's own."""

    lines: list[Line]


def test_an_app_with_documents_of_the_same_names_keeps_both():
    """A shop has a Checkout and a Line of its own."""
    made = FastAPI()
    made.include_router(router(BOOKS, KEYS), prefix="/rules")
    made.include_router(router({"p": PLAIN}, inline_rules=True), prefix="/other")

    @made.post("/own")
    def own(checkout: Checkout) -> Checkout:
        return checkout

    told = made.openapi()
    assert list(OpenAPIV31SpecValidator(told).iter_errors()) == []
    assert {"Checkout", "Line", "settlement_Checkout", "settlement_Line"} <= told["components"]["schemas"].keys()
    assert "colour" in told["components"]["schemas"]["Line"]["properties"]
