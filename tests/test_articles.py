"""The page of what two articles ask: every row says where it is met, or with what a shop meets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1].joinpath("docs", "articles.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!Demand )([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
#: Each section of the two articles that asks for something; the others are a title, a picture or the page's furniture.
SECTIONS = (
    "A 1.1, A 1.2, A 1.3, A 1.4, A 1.5, A 1.6, A 2.1, A 2.2, A 2.3, A 2.4, A 2.5, A 2.6, A 3.1, A 3.2, A 3.3, A 3.4, "
)
SECTIONS += "A, B 2, B 3, B 4, B 5, B 6, B 7, B 8, B 9"


def test_every_section_has_its_rows():
    """In the articles' order, and each with a table."""
    found = re.findall(r"^## (.+)\n\n\| Demand ", PAGE, re.MULTILINE)
    assert len(found) == PAGE.count("\n## ")
    named = sorted(name for each in found for name in re.findall(r"[AB](?: [0-9](?:\.[0-9])?)?(?=[,:])", each))
    assert named == sorted(SECTIONS.split(", "))


@pytest.mark.parametrize(("demand", "where", "how"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_shows_what_meets_it(demand, where, how):
    """What is here has a page that shows it; what is the shop's has a library by name, or the page of one that does."""
    assert where.split(",")[0].split(" and ")[0] in ("Here", "Yours", "Nobody's"), demand
    linked = re.search(r"\]\([a-z/-]+\.md(#[^)]+)?\)", how)
    if where.startswith("Here"):
        assert linked, demand
    elif where.startswith("Yours"):
        assert linked or re.search(r"`[a-z-]+`|nginx|Caddy", how), demand


@pytest.mark.parametrize(
    "theme",
    [
        "TLS", "Cart data are encrypted on the way", "Passwords, encrypted", "From where the buyer stands",
        "The buyer is told how the payment went", "A payment key leaked", "found by its number",
        "Who it is is verified", "越权", "Rate limits", "Circuit breakers", "is done apart", "in queues",
        "Load is spread", "are cached", "An operation log", "More than one factor",
    ],
)  # fmt: skip
def test_nothing_that_a_checkout_page_cannot_see_is_passed_over(theme):
    """What is easily forgotten, since no sum depends on it."""
    assert theme in PAGE
