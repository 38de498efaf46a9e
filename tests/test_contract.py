"""docs/contract.md: every section that is cited anywhere is there, and pages link to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from fields_page import linked, sections
from settlement.audit.fields import documents_in
from settlement.documents.marks import Mark, marks_of
from settlement.receipts.from_json import SettlementDocument
from settlement.rulebook.policy import Policy
from settlement.rulebook.request import Request

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(r"§ ?(\d+(?:\.\d+)?)")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [path for path in sorted((ROOT / "src").rglob("*")) if path.suffix in {".py", ".toml", ".po", ".css"}]


def cited(path):
    """The sections that a file cites, each with its line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(number, at) for at, line in enumerate(lines, 1) for number in SECTION.findall(line)]


def prose(path):
    """A page without its code: no link can stand there."""
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_the_contract_has_its_ten_sections():
    """Numbers are what docstrings cite, so they stay."""
    assert list(sections()) == "1 2 2.1 2.2 2.3 3 4 5 6 7 8 9 10".split()
    assert sections()["4"] == "4-offers"
    assert sections()["2.1"] == "21-the-checkout"


@pytest.mark.parametrize("paths", [SOURCES, PAGES], ids=["src", "docs"])
def test_every_section_that_is_cited_is_there(paths):
    """In docstrings, comments, texts and pages; a good many are cited."""
    found = {path.relative_to(ROOT).as_posix(): cited(path) for path in paths}
    absent = [
        f"{place}:{at} §{number}" for place, row in found.items() for number, at in row if number not in sections()
    ]
    assert absent == []
    assert sum(map(len, found.values())) > 40


def test_every_citation_on_a_page_is_a_link():
    """Of the form "contract §4", outside code and the contract itself; in the contract notes a bare "§4" too."""
    for page in PAGES:
        text = prose(page)
        if page.name != "contract.md":
            assert re.findall(r"(?<!\[)contract §\d\S*", text) == [], page
        if page.name == "contract-notes.md":
            assert re.findall(r"(?<!\[)§\d\S*", text) == []
            assert text.count("](contract.md#") > 8


def test_every_link_into_the_contract_leads_to_the_section_that_it_names():
    """A citation's number and its anchor agree, and other links to an anchor of the page find a heading."""
    numbers = {anchor: number for number, anchor in sections().items()}
    for page in PAGES:
        path = "" if page.name == "contract.md" else r"[./a-z]*contract\.md"
        links = re.findall(rf"\[([^\]]*)\]\({path}#([^)]*)\)", page.read_text(encoding="utf-8"))
        assert links or page.name != "contract.md"
        for label, anchor in links:
            assert anchor in numbers, (page, anchor)
            assert SECTION.findall(label) in ([], [numbers[anchor]]), (page, label)


#: Kinds of benefit and surcharge that the contract has; the others are beyond it.
KINDS = {*"amount_off percent_off fixed_price nth_unit bundle_price gift freight_off parcel piece kg".split()}


def named(kind):
    """The fields of a class of documents and below it that are not beyond the contract."""
    for name, field in kind.model_fields.items():
        if Mark.BEYOND not in marks_of(field):
            yield name
            for inner in documents_in(field.annotation) if name not in {"invoice", "redemptions"} else ():
                told_apart = {inner.model_fields[tag].default for tag in ("type", "per") if tag in inner.model_fields}
                if not {each for each in told_apart if isinstance(each, str)} - KINDS:
                    yield from named(inner)


@pytest.mark.parametrize("kind", [Request, SettlementDocument])
def test_the_contract_names_every_field_and_value(kind):
    """Of a request and of a settlement, but for what is beyond it; and every choice of its policy."""
    page = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    beyond = {"warehouses", "boxes", "candidates", "shared", "tenders", "left", "redemptions", "due", "bound"}
    beyond |= {"price_list", "stored_value"}
    beyond |= {"tax", "taxes", "base", "category", "delivery", "instalments", "sold_by_measure", "spared", "missing"}
    beyond |= {"balance_from", "balance_until", "deposit", "kept", "kind", "pay_from", "pay_until"}
    names = {*named(kind)}
    assert len(names) > 60 - 20 * (kind is SettlementDocument)
    said = {*re.findall(r"[`\"](\w+)[`\"]", re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL))}
    assert sorted(names - beyond - said) == []
    fields = [field for field in Policy.model_fields.values() if Mark.BEYOND not in marks_of(field)]
    values = [value for field in fields for value in get_args(field.annotation)]
    assert [value for value in [*values, *KINDS] if isinstance(value, str) and value not in said] == []


def test_a_citation_becomes_a_link():
    """As the page of fields has it; a section that is not there is an error."""
    assert linked("As JSON (contract §2.1).") == "As JSON ([contract §2.1](contract.md#21-the-checkout))."
    with pytest.raises(KeyError):
        linked("contract §11")
