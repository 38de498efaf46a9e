"""The site's pages as Markdown, their index, and the checks that a build of the documentation ends with."""

from __future__ import annotations

import posixpath
import re

import pytest

import settlement
from site_checks import broken_links, missing_names, public_names
from site_pages import DOCS, described, doors, labelled, llms, markdown, pages, sentence, title

README = DOCS.parent / "README.md"
#: What stands on SQLAlchemy, which `make docs` has and `make test` hasn't.
OF_THE_STORE = "api/store"
NAMES = [
    name
    for page in sorted((DOCS / "api").glob("*.md"))
    if page != DOCS / f"{OF_THE_STORE}.md"
    for name in described(page.read_text(encoding="utf-8"))
]


def written(folder, **files):
    """A folder of texts; `__` in a name is a folder's slash, `_html` and the like its ending."""
    for name, text in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_every_public_name_is_described_once():
    """All of settlement and of its rooms' faces, under whichever of its addresses; a hundred and more."""
    assert missing_names(NAMES) == []
    assert {name for name in public_names() if name.count(".") == 1} == {
        f"settlement.{it}" for it in settlement.__all__
    }
    assert len(public_names()) > 150
    assert sorted({name for name in NAMES if NAMES.count(name) > 1}) == []


def test_a_name_that_is_not_described_is_found():
    """Left out, or described as another thing of the same name, under every face that shows it."""
    left = [name for name in NAMES if not name.endswith((".Cart", ".recognise", ".UnknownRegion"))]
    absent = ["settlement.Cart", "settlement.UnknownRegion", "settlement.consignee.recognise"]
    assert missing_names(left) == [*absent, "settlement.consignee.recognition.recognise"]
    assert missing_names([*left, "settlement.cart.cart.Cart", "settlement.UnknownRegion"])[0] == absent[2]


def test_every_page_stands_behind_one_door():
    """Of the home page, or of a page that stands there; its sentence and its place are in the index."""
    listed = [name for names in doors().values() for name in names]
    assert sorted(listed) == sorted({*pages()} - {"index"})
    index = llms()
    assert index.startswith("# settlement\n\n> What is due for a cart")
    for name in listed:
        assert index.count(f"\n- [{title(name)}]({name}.md): {sentence(name)}\n") == 1
        assert len(sentence(name)) > 7


def test_a_page_that_arrives_is_found_where_its_kind_stands(tmp_path):
    """`*` takes the pages of a folder, `**` those below as well, a name that stands alone is not taken twice."""
    list_ = "```{{toctree}}\n:caption: {}\n:glob:\n\n{}\n```\n"
    docs = written(
        tmp_path,
        index_md="# Home\n\nA home.\n\n" + list_.format("How", "b\nhow/*\n*b") + list_.format("中文", "zh/**"),
        b_md="# B\n\nWhat B is, e.g. this or that or something else altogether. More.\n\n```{toctree}\nbelow\n```\n",
        below_md="# Below\n\n*What? And why?*\n\nThat.\n",
        how__c_md='# C\n\n```python\nx = 1\n```\n\nIt does [this](../b.md "B"): see.\n',
        zh__how__d_md="# 丁\n\n一句。两句。\n",
    )
    assert doors(docs) == {"How": ["b", "below", "how/c"], "中文": ["zh/how/d"]}
    assert llms(docs) == (
        "# Home\n\n> A home.\n\n## How\n\n- [B](b.md): What B is, e.g. this or that or something else altogether.\n"
        "- [Below](below.md): What? And why?\n"
        "- [C](how/c.md): It does this: see.\n\n## 中文\n\n- [丁](zh/how/d.md): 一句。两句。\n"
    )
    assert markdown("index", docs).count("- [C](how/c.md): It does this: see.") == 1
    (docs / "how" / "c.md").write_text("# C\n\n- no sentence\n", encoding="utf-8")
    with pytest.raises(ValueError, match="how/c has no sentence"):
        llms(docs)


def test_titles_tell_pages_apart():
    """No two pages have one title: in a list of results nothing else is seen."""
    titles = [title(name) for name in pages()]
    assert sorted(titles) == sorted({*titles})


def test_the_home_page_shows_the_example_of_the_readme():
    """The code, the receipt and the hint, as they stand there and are run there (test_doctests)."""
    blocks = re.findall(r"^```(?:python|text)\n.*?^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    home = markdown("index")
    assert [block in home for block in blocks[1:5]] == [True] * 4
    assert "To pay   " in blocks[2]
    assert blocks[1] not in (DOCS / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(pages().keys() - {OF_THE_STORE}))
def test_a_page_as_markdown_stands_by_itself(name):
    """No directive is left, no example for tests alone, and no link to a page that has none."""
    text = markdown(name)
    assert text.startswith("# ")
    assert not re.search(r"^(```\{|:::|<!--|\.\. )", text, re.MULTILINE)
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^):#\s]+)\.md", prose):
        assert posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) in pages()


def test_the_reference_as_markdown_has_signatures_and_docstrings():
    """A function with its types, a class with its methods and its fields' place, examples fenced, sections linked."""
    text = markdown("api/settling")
    assert "### `settlement.settle(checkout: Checkout, rulebook: Rulebook) -> Settlement`\n\nWhat is due" in text
    assert "[contract §3](../contract.md#3-" in text
    assert re.search(r"See\s\[performance\]\(\.\./performance\.md\)\.", text)
    assert "Its fields: [Request](../fields.md#request)." in text
    assert re.search(r"^#### `Settler\.settle\(checkout: Checkout\) -> Settlement`$", text, re.MULTILINE)
    assert "```python\n>>> from settlement import Cart, Line\n" in text
    book = markdown("finance-month")
    assert "```python\nfrom finance_month import month\n" in book
    assert "```text\n60 records, " in book


def test_a_table_says_in_each_cell_which_column_it_is_of():
    """Of three columns or more, but for cells of nothing; a table of two stays what it is."""
    head = '<table class="docutils"><tr><th class="head"><p>{}</p></th><th class="head"><p>{}</p></th>'
    three = head.format("Code", 'It "means"') + '<th class="head"><p><b>More</b></p></th></tr>'
    body = three + "<tr><td><p>a</p></td>\n<td class='x'><p>b</p></td><td><p></p></td></tr></table>"
    assert labelled(body) == (
        three.replace('class="docutils"', 'class="cards docutils"')
        + '<tr><td data-label="Code"><p>a</p></td>\n'
        + "<td data-label=\"It &quot;means&quot;\" class='x'><p>b</p></td><td><p></p></td></tr></table>"
    )
    two = head.format("Code", "Means") + "</tr><tr><td>a</td><td>b</td></tr></table>"
    assert labelled(two) == two


def test_links_that_lead_nowhere_are_found(tmp_path):
    """To no file, to no place in a page, and from Markdown; code is no link, and other sites are not asked."""
    site = written(
        tmp_path,
        a_html='<a href="b/c.html#x">1</a><a href="#y">2</a><a href="https://other.example/z">3</a><p id="y">',
        b__c_html='<p id="x"><a href="../a.html">1</a><a href="../a.html#gone">2</a><a href="no.html">3</a>',
        a_md="[b](b/c.html) [d](d.md#e) `[f](f.md)`\n\n```text\n[g](g.md)\n```\n",
    )
    assert list(broken_links(site)) == ["b/c.html: ../a.html#gone", "b/c.html: no.html", "a.md: d.md"]
