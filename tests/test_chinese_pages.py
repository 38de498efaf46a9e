"""The Chinese pages say what the English ones say: each there is, with as many blocks of code."""

from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
ENGLISH = [
    *[DOCS / f"{name}.md" for name in ("quickstart", "tutorial", "postcodes", "cookbook", "order-life")],
    *sorted((DOCS / "how-to").glob("*.md")),
]


def blocks(page: Path) -> int:
    """How many blocks of Python a page has."""
    return page.read_text(encoding="utf-8").count("\n```python\n")


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.name)
def test_each_page_to_learn_from_stands_in_chinese_too(page):
    """The quickstart, the tutorial and every how-to page has its Chinese one, which shows as many runs."""
    assert blocks(DOCS / "zh" / page.relative_to(DOCS)) == blocks(page)


def test_no_chinese_page_is_left_over():
    """A page that is renamed in English is renamed in Chinese."""
    assert {page.relative_to(DOCS / "zh") for page in (DOCS / "zh").rglob("*.md")} == {
        page.relative_to(DOCS) for page in ENGLISH
    }
