"""Every JSON block of the pages is a document: it says which, in a comment before it, and its schema takes it.

    <!-- schema: request -->
    ```json
    {"checkout": …}
    ```

A fragment, which no schema takes, is a `text` block.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from settlement.orders.schemas import DOCUMENTS, schema

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^ *(```+|~~~+) *json\b.*?\n(.*?)^ *\1", re.MULTILINE | re.DOTALL | re.IGNORECASE)
NAMED = re.compile(r"<!-- schema: ([a-z-]+) -->\n+\Z")


@cache
def validator(name: str) -> Draft202012Validator:
    """What holds documents to a schema; made once for all blocks."""
    return Draft202012Validator(schema(name))


def blocks(text: str) -> Iterator[tuple[int, str | None, str]]:
    """Of each JSON block its line, the schema that stands before it, and what stands in it."""
    for found in BLOCK.finditer(text):
        named = NAMED.search(text, 0, found.start())
        yield text.count("\n", 0, found.start()) + 1, named and named[1], found[2]


def faults(text: str) -> list[str]:
    """What is wrong with the JSON blocks of a page, by line."""
    found = []
    for line, name, block in blocks(text):
        if name not in DOCUMENTS:
            found.append(
                f"line {line}: name its schema, as in <!-- schema: request -->; there are {', '.join(DOCUMENTS)}"
            )
            continue
        try:
            document = json.loads(block)
        except ValueError as error:
            found.append(f"line {line}: no JSON: {error}")
            continue
        wrong = validator(name).iter_errors(document)
        found += [f"line {line}: {error.json_path}: {error.message[:100]}" for error in wrong]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_json_block_is_a_document_of_the_schema_that_it_names(page):
    """No block without a schema, none that its schema refuses."""
    assert faults(page.read_text(encoding="utf-8")) == []


def test_there_are_json_blocks_to_look_at():
    """The pages have some, so the test above looks at something."""
    assert sum(1 for page in PAGES for _ in blocks(page.read_text(encoding="utf-8"))) > 0


def test_a_block_without_schema_and_a_wrong_one_are_found():
    """A nameless block, an unknown name, broken JSON and a missing field are each named with their line."""
    good = '{"id": "r", "currency": "CNY"}'
    assert faults(f"<!-- schema: rulebook -->\n```json\n{good}\n```\n") == []
    assert faults(f"<!-- schema: rulebook -->\n\n~~~ JSON\n{good}\n~~~\n") == []
    assert "line 3: name its schema" in faults(f"a\n\n```json\n{good}\n```\n")[0]
    assert "line 2: name its schema" in faults(f"<!-- schema: basket -->\n```json\n{good}\n```\n")[0]
    assert "line 2: no JSON" in faults("<!-- schema: rulebook -->\n```json\n{\n```\n")[0]
    assert "'currency' is a required property" in faults('<!-- schema: rulebook -->\n```json\n{"id": "r"}\n```\n')[0]
    beside = f"<!-- schema: rulebook -->\n```json\n{good}\n```\n\n```json\n{good}\n```\n"
    assert "line 6: name its schema" in faults(beside)[0]
