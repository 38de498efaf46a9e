"""The words of fields: every field has them, no words are without a field, and every example is taken."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

import fields_page
import publish
import settlement
from fields_page import ROOTS, documents
from settlement import InvalidDocument, Line, Rulebook
from settlement.audit import fields
from settlement.documents.document import Document
from settlement.documents.marks import Mark, marks_of
from settlement.orders.schemas import DOCUMENTS, schema

ROOT = Path(__file__).resolve().parents[2]
KINDS = tuple(documents())


def test_every_field_has_words_and_no_words_are_without_a_field():
    """Of every document that is written as JSON, kinds of benefit, condition and surcharge included."""
    assert fields.faults(KINDS) == []
    assert {*Rulebook.kinds, *Rulebook.condition_kinds, *Rulebook.surcharge_kinds, *DOCUMENTS.values()} <= {*KINDS}
    assert len({kind.__name__ for kind in KINDS}) == len(KINDS)  # the page and the schemas tell them apart by it


def test_no_document_is_forgotten():
    """Every class of documents in the library is on the page, but for those that others only begin with."""
    for found in pkgutil.walk_packages(settlement.__path__, "settlement."):
        if not found.name.endswith(("__main__", "settlement.ext.store", "settlement.ext.django")):
            importlib.import_module(found.name)

    def below(kind):
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    def stands(kind):  # not an example of some docstring, which has the name of its module too
        return getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind

    ours = {each.__name__ for each in below(Document) if each.__module__.startswith("settlement.") and stands(each)}
    begun = {
        "Benefit",
        "Condition",
        "Event",
        "Happened",
        "LeavesOut",
        "NamedDocument",
        "OfOrder",
        "Slotted",
        "Staged",
        "Offer",
        "OneCurrency",
        "Surcharge",
    }
    begun |= {"Row", "RulebookFrom"}  # of a batch, which says nothing else of them
    begun |= {"AskAfterPay", "AskAgain", "AskRules", "AskWhat"}  # bodies of the router: what is in them is on the page
    assert {name for name in ours if name[0] != "_"} - {kind.__name__ for kind in KINDS} == begun


def test_what_is_missing_or_too_much_is_named_with_its_place(monkeypatch, capsys):
    """A field without a sentence, a sentence without a field, and what is wrong in one: each by document and field."""

    class Shelf(Line):
        colour: str = ""

    assert fields.faults([*KINDS, Shelf]) == ["Shelf.colour has no sentence in fields.toml"]
    stated = fields._stated()
    line = stated["Line"] | {"color": stated["Line"]["name"], "sku": stated["Line"]["sku"] | {"unit": "bushels"}}
    line["shop"] = {"name_zh": " ", "text": "A shop", "text_zh": "店铺。"}
    monkeypatch.setattr(fields, "_stated", lambda: stated | {"Line": line, "Shelf": {"name_zh": "货架"}})
    assert fields.faults(KINDS) == [
        "Line.shop: a sentence ends with '.'",
        "Line.shop: has no name in Chinese",
        "Line.shop: has no example",
        "Line.sku: 'bushels' is none of [units]",
        "fields.toml: Line.color is no field",
        "fields.toml: Shelf is no document",
    ]
    with pytest.raises(ValueError, match=r"Line\.color is no field"):
        fields_page.fields_page()
    assert publish.main(["--check"]) == 1
    assert "fields.toml: Line.color is no field" in capsys.readouterr().out


def test_only_schemas_read_them():
    """Nothing else of the library imports the words, so nothing that settles loads them."""
    source = ROOT / "src" / "settlement"
    readers = [path for path in source.rglob("*.py") if "audit.fields" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(source).as_posix() for path in readers] == ["audit/schemas.py"]


def built(kind):
    """A document of a class that states no more than it must, made of the examples and what they stand beside."""
    stated, beside = {}, {}
    for name, field in kind.model_fields.items():
        if field.is_required() or (fields.words(kind, name).example is None and isinstance(field.default, str)):
            stated[name] = example(kind, name)
            beside |= fields.words(kind, name).beside or {}
    return stated | beside


def example(kind, name):
    """The example of a field; of one that holds documents, the first kind of them; else the only value there is."""
    told, field = fields.words(kind, name), kind.model_fields[name]
    if told.example is not None:
        return told.example
    held = next(fields.documents_in(field.annotation), None)
    if held is None:
        return field.default
    return [built(held)] if "tuple[" in str(field.annotation) else built(held)


def published():
    """Class -> the documents of it in the published examples, as JSON: their sums agree."""
    found = {}

    def walk(value):
        if isinstance(value, BaseModel):
            found.setdefault(type(value), []).append(value.model_dump(mode="json", exclude_unset=True))
            for name in type(value).model_fields:
                walk(getattr(value, name))
        elif isinstance(value, tuple):
            for each in value:
                walk(each)

    examples = publish.examples()
    examples.pop("record")  # its request and its settlement are validated when they are asked for
    for name, document in examples.items():
        walk(DOCUMENTS[name].model_validate_json(json.dumps(document)))
    return found


PUBLISHED = published()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_example_is_taken(kind):
    """Put into its field, beside what it names, by the model; and by the schema for an independent validator.

    The rest of the document is made of examples, or is a published one where sums must agree.
    """
    stated = schema(kind)
    by_schema = Draft202012Validator(stated)
    for name in kind.model_fields:
        told = fields.words(kind, name)
        if told.example is not None:
            bases = [built(kind) | dict(told.beside or {}), *PUBLISHED.get(kind, ())]
            taken = [document for base in bases if accepted(kind, document := base | {name: told.example})]
            assert taken, (name, told.example)
            assert not list(by_schema.iter_errors(taken[0])), name
            assert stated["properties"][name]["examples"][0] == told.example


def accepted(kind, document):
    """Whether a class takes a document."""
    try:
        kind.model_validate_json(json.dumps(document)) if issubclass(kind, Document) else kind.model_validate(document)
    except InvalidDocument:
        return False
    return True


def test_an_example_that_is_not_taken_would_be_found():
    """The check above can fail: a wrong value in a field is refused whatever stands beside it."""
    assert accepted(Line, built(Line) | {"unit_price": example(Line, "unit_price")})
    assert not accepted(Line, built(Line) | {"unit_price": "59.9 CNY"})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schemas_say_it(name):
    """Every property of every document in a published schema has its name in Chinese and both sentences."""
    found = schema(name)
    by_name = {kind.__name__: kind for kind in KINDS}
    for title, defined in [(DOCUMENTS[name].__name__, found), *found.get("$defs", {}).items()]:
        for field, told in defined.get("properties", {}).items() if title in by_name else ():
            said = fields.words(by_name[title], field)
            assert told["title"] == f"{field} · {said.name_zh}"
            assert told["description"] == f"{said.text}\n{said.text_zh}"


def test_the_words_change_nothing_else():
    """Without them a schema is the same, but for titles, descriptions and examples."""

    def bare(value):
        if isinstance(value, list):
            return [bare(each) for each in value]
        if not isinstance(value, dict):
            return value
        said = {"title", "description", "examples"} if isinstance(value.get("title", ""), str) else set()
        return {key: bare(each) for key, each in value.items() if key not in said}

    for name in DOCUMENTS:
        assert bare(schema(name)) == bare(schema(name, told=False))
    assert "单价" not in json.dumps(schema("request", told=False), ensure_ascii=False)


def test_examples_of_the_page_s_program_print_what_they_show():
    """How a type is called, and how a citation becomes a link."""
    assert doctest.testmod(fields_page) == (0, 2)


def test_the_page_has_every_field_with_all_that_is_known():
    """A heading for each document, a row for each field with all of its words, and links that lead somewhere."""
    text = (ROOT / "docs" / "fields.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in text.split("\n### ")[1:]}
    headings = {
        re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    assert {*sections} == {kind.__name__ for kind in KINDS}
    assert len(ROOTS) == len(DOCUMENTS) + 2
    for kind in KINDS:
        rows = [row for row in sections[kind.__name__].splitlines() if row.startswith("| `")]
        rows = rows[: len(kind.model_fields)]
        for row, name in zip(rows, kind.model_fields, strict=True):
            told = fields.words(kind, name)
            cells = row.strip("| ").split(" | ")
            assert cells[0] == f"`{name}`<br>{told.name_zh}"
            assert cells[2].startswith(f"{told.text}<br>{told.text_zh}")
            if told.example is not None:
                assert f"<br>*e.g.* `{json.dumps(told.example, ensure_ascii=False)}`" in cells[2]
            type_, default = cells[1].split("<br>")
            assert type_.endswith(f"; {told.unit}") if told.unit else type_
            assert ("](beyond-the-contract.md)" in row) is (Mark.BEYOND in marks_of(kind.model_fields[name]))
            assert default == "*required*" if kind.model_fields[name].is_required() else default
    assert {*re.findall(r"\(#([^)]*)\)", text)} <= headings
