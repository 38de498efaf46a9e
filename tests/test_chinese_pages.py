"""The Chinese pages say what the English ones say: each there is, with as many blocks of code."""

import re
from pathlib import Path

import pytest

import settlement
from translated import head, main, older, seen

DOCS = Path(__file__).resolve().parents[1] / "docs"
ENGLISH = [
    *[
        DOCS / f"{name}.md"
        for name in ("quickstart", "tutorial", "postcodes", "cookbook", "explain", "api", "order-life")
    ],
    *[DOCS / f"{name}.md" for name in ("delivery", "taxes", "statements", "reconciliation", "invoices", "encryption")],
    DOCS / "payment-providers.md",
    *[DOCS / f"{name}.md" for name in ("playground", "store", "jobs", "faq", "reports")],
    *sorted((DOCS / "how-to").glob("*.md")),
]


def blocks(page: Path) -> int:
    """How many blocks of Python a page has."""
    return page.read_text(encoding="utf-8").count("\n```python\n")


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.name)
def test_each_page_to_learn_from_stands_in_chinese_too(page):
    """What is learnt from, every how-to page and what the accountant reads have a Chinese one, with as many runs."""
    assert blocks(DOCS / "zh" / page.relative_to(DOCS)) == blocks(page)


def shape(page: Path) -> tuple[int, ...]:
    """How many headings, rows of tables, and entries of lists a page has outside its code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return tuple(len(re.findall(sign, text, re.MULTILINE)) for sign in (r"^#+ ", r"^\|", r"^ *- ", r"^\d+\. "))


@pytest.mark.parametrize("page", [page for page in ENGLISH if page.stem != "api"], ids=lambda page: page.name)
def test_nothing_of_a_page_is_left_out_in_chinese(page):
    """Each heading, row and entry has its own; the list of names alone is longer, for it tells what docstrings tell."""
    assert shape(DOCS / "zh" / page.relative_to(DOCS)) == shape(page)


def test_no_chinese_page_is_older_than_its_source():
    """Each states the digest of the English page that it was made from; `make translated` lists those to look at."""
    assert list(older()) == []


def test_a_source_that_changed_since_is_found(tmp_path):
    """A page without a head, one of another source's text, and the same page once it was looked at."""
    for name, text in {"a.md": "# A\n", "zh/a.md": "# 甲\n", "how/b.md": "# B\n", "zh/how/b.md": "# 乙\n"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert list(older(tmp_path)) == ["a", "how/b"]
    seen("how/b", tmp_path)
    assert list(older(tmp_path)) == ["a"]
    (tmp_path / "how" / "b.md").write_text("# B, which says more\n", encoding="utf-8")
    assert list(older(tmp_path)) == ["a", "how/b"]
    seen("how/b", tmp_path)
    assert (tmp_path / "zh" / "how" / "b.md").read_text("utf-8") == head("how/b.md", tmp_path) + "# 乙\n"


def test_a_check_writes_nothing():
    """`--check` is no page; with one beside it, it is not said which of both is meant."""
    before = {page: page.read_bytes() for page in (DOCS / "zh").rglob("*.md")}
    assert main(["--check"]) == 0
    with pytest.raises(SystemExit, match="name no page"):
        main(["--check", "store"])
    assert {page: page.read_bytes() for page in (DOCS / "zh").rglob("*.md")} == before


def test_no_chinese_page_is_left_over():
    """A page that is renamed in English is renamed in Chinese."""
    assert {page.relative_to(DOCS / "zh") for page in (DOCS / "zh").rglob("*.md")} == {
        page.relative_to(DOCS) for page in ENGLISH
    }


def test_every_public_name_is_told_in_chinese_once():
    """Each has a row of the Chinese list, which names no other; what has fields leads to them."""
    page = (DOCS / "zh" / "api.md").read_text(encoding="utf-8")
    below = page.partition("## 结算\n")[2].partition("## 单独的房间")[0]
    rows = re.findall(r"^\| \[?`(\w+).* \| .+ \|$", below, re.MULTILINE)
    assert sorted(rows) == sorted(settlement.__all__)
    headings = {
        name.lower() for name in re.findall(r"^### (\w+)$", (DOCS / "fields.md").read_text("utf-8"), re.MULTILINE)
    }
    assert {*re.findall(r"fields\.md#(\w+)", page)} <= headings
