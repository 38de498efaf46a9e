"""The cookbook of signs: each in Python and JSON that say the same, in both languages, and no field without a sign."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import settlement
from settlement import Rulebook
from settlement.discounts import KINDS
from settlement.documents.marks import Mark, marked
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.rulebook.request import Request

DOCS = Path(__file__).resolve().parents[1] / "docs"

#: What other pages show, for it is no sign in a window, or older than these.
ELSEWHERE = {
    "search_limit": "bounds the work of the search",
    "max_lines": "bounds a request",
    "fee_per": "who pays the provider",
    "by_shop": "for people",
    "order": "the order's name",
    "platform_share_per": "among the questions of a finance team, at the end of the page",
    **dict.fromkeys(("catalogue", "city", "extension", "postcode", "tag"), "of an address, for people"),
    **dict.fromkeys(
        ("campaigns", "copies", "limit_in_all", "limit_per_customer", "min_price", "minimum_orders", "sold_by_measure"),
        "docs/beyond-the-contract.md has an example of each",
    ),
    **dict.fromkeys(("stored_value", "tenders", "volumetric_divisor", "warehouses"), "likewise"),
}


class Sign(NamedTuple):
    """One entry: what the sign says, what stands in Python, and what in JSON."""

    heading: str
    python: str
    written: str


def signs(page: Path) -> Iterator[Sign]:
    """The entries that state a whole rulebook."""
    text = page.read_text(encoding="utf-8")
    for entry in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^```(python|json)\n(.*?)^```", entry, re.DOTALL | re.MULTILINE)
        if ">>> gives(" in entry:
            (first, python), (second, written) = blocks
            assert (first, second) == ("python", "json"), entry
            yield Sign(entry.splitlines()[0], python, written)


ENGLISH, CHINESE = list(signs(DOCS / "cookbook.md")), list(signs(DOCS / "zh" / "cookbook.md"))


def built(python: str) -> Rulebook:
    """The rules that the Python of an entry makes."""
    lines = [line[4:] for line in python.splitlines() if line[:4] in (">>> ", "... ")]
    statements = "\n".join(lines).partition("\ngives(")[0]
    names: dict[str, Any] = {**vars(settlement), "item": dict}
    exec(statements.partition("\nsent = ")[0].partition("\nstool = ")[0], names)  # noqa: S102 - what the page says
    rules = names["rules"]
    assert isinstance(rules, Rulebook)
    return rules


@pytest.mark.parametrize("sign", [*ENGLISH, *CHINESE], ids=lambda sign: sign.heading)
def test_python_and_json_say_the_same(sign):
    """The very rulebook, names and descriptions too, not only one that gives the same amounts."""
    read = Rulebook.model_validate_json(sign.written)
    assert built(sign.python) == read
    assert built(sign.python).model_dump_json() == read.model_dump_json()
    named = Rulebook.model_validate(json.loads(sign.written) | {"id": "other"})
    assert built(sign.python) != named


def test_both_languages_have_the_same_signs():
    """In the same order, with the same rules; each English heading says the sign in Chinese first."""
    assert len(ENGLISH) == len(CHINESE) > 60
    for english, chinese in zip(ENGLISH, CHINESE, strict=True):
        assert english.heading.partition(" · ")[0] == chinese.heading
        assert english.heading.partition(" · ")[2]
        assert (english.python, english.written) == (chinese.python, chinese.written)


def test_every_field_and_kind_beyond_the_contract_has_a_sign():
    """What is added later is shown here, or said to be no sign."""
    words = {word for sign in ENGLISH for word in re.findall(r"\w+", sign.python + sign.written)}
    fields = {place[-1] for place in marked(Request, Mark.BEYOND)}
    assert sorted(fields - words - ELSEWHERE.keys()) == []
    assert sorted(ELSEWHERE.keys() & words - {"order"}) == []
    older = {"freight_off", "freight_percent_off", "flash_price", "fixed_price", "gift"}
    older |= {"heavy_piece", "heavy_parcel", "volume"}
    kinds = {kind.model_fields["type"].default for kind in KINDS}
    kinds |= {kind.model_fields["per"].default for kind in SURCHARGE_KINDS}
    assert sorted(kinds - words - older) == []
