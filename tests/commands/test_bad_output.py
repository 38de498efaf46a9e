"""bad-inputs.json, area output: one test for each entry that is about what people are shown; the id is in the name."""

from __future__ import annotations

import csv
import io

import pytest
from babel.numbers import format_currency

from pages import Reader
from samples import a_line, everything, settled
from settlement import Money, Settlement
from settlement.audit.books.journal import csv_text as journal_csv
from settlement.audit.books.journal import entries
from settlement.audit.books.tables import TABLES, csv_text
from settlement.documents.words.language import language
from settlement.explanations.story import explain
from settlement.receipts.report import report
from settlement.receipts.text import receipt


def named(name):
    """A settlement in which everything that may have a name or a free id has this one."""
    checkout, rulebook = everything()
    for line in checkout["cart"]["lines"]:
        line["name"] = name
    checkout["cart"]["lines"].append(a_line(name, shop=name, sku=name) | {"name": name})
    checkout["cart"]["lines"].append(a_line(name + name, shop=name, selected=False) | {"name": name})
    for offer in (*rulebook["promotions"], *rulebook["coupons"], *rulebook["freight_templates"]):
        offer["name"] = name
    rulebook["id"] = name
    rulebook["payment_methods"][0]["name"] = name
    rulebook["promotions"].append({**rulebook["promotions"][2], "id": name + "!", "name": None})
    rulebook["promotions"].append({**rulebook["promotions"][2], "id": name + "?", "levels": [name]})
    return settled(checkout, rulebook)


def shown(settlement, locale="en"):
    """Every page and text that people are shown of a settlement: from its request, and read back from JSON."""
    for each in (settlement, Settlement.from_json(settlement.to_json())):
        yield report(each, locale=locale)
        yield each._repr_mimebundle_()["text/html"]


def told(settlement, locale="en"):
    """The same for plain texts."""
    for each in (settlement, Settlement.from_json(settlement.to_json())):
        yield receipt(each, locale=locale)
        yield explain(each).text(locale)
        for line in each.lines:
            yield explain(each, line=line.id).text(locale)
        for rule in {row.rule for row in (*each.adjustments, *each.decisions)}:
            yield explain(each, rule=rule).text(locale)


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", '"><script>1</script>', "' onload='x", "</style><b>"])
def test_bi_161_a_name_with_markup_is_text_in_every_cell(name):
    """It stands in pages as text, escaped: no element and no attribute comes of it."""
    clean = [Reader(page) for page in shown(named("tea"))]
    for page, other in zip(shown(named(name)), clean, strict=True):
        read = Reader(page)
        assert read.tags == other.tags
        assert {key for key, _ in read.attributes} == {key for key, _ in other.attributes}
        assert name in "".join(read.texts)
        assert name not in page


def test_bi_163_no_markup_language_and_no_link_is_made_of_a_name():
    """Nothing is written as Markdown or LaTeX: the bundle has plain text and HTML alone, and HTML has no link in it.

    In a notebook, which sets formulas between dollar signs, the table says that there are none.
    """
    name = "a|b `c` $x^2$ [x](javascript:1)"
    settlement = named(name)
    assert settlement._repr_mimebundle_().keys() == {"text/plain", "text/html"}
    assert settlement._repr_mimebundle_()["text/html"].startswith('<div class="tex2jax_ignore mathjax_ignore">')
    for page in shown(settlement):
        read = Reader(page)
        assert name in "".join(read.texts)
        assert "a" not in read.tags
        assert not {"href", "src", "action"} & {key for key, _ in read.attributes}


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "@SUM(A1)", "\t=1", "\r=1", "-2+3", " =1"])
def test_bi_164_no_csv_cell_becomes_a_formula(name):
    """Texts begin with an apostrophe; numbers are plain, so a discount of 3.00 is the number -3.00."""
    settlement = named(name.strip("\t\r"))
    for text in (*(csv_text(settlement, what) for what in TABLES), journal_csv(entries([settlement]))):
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                first = cell.lstrip(" ")[:1]
                if first in "=+@\t\r\n" and first:
                    pytest.fail(f"{cell!r} may run")
                if first == "-":
                    assert Money(f"{cell} CNY").minor < 0  # a number, and nothing but one
    amounts = [row["amount"] for row in csv.DictReader(io.StringIO(csv_text(settlement, "adjustments")))]
    assert "-3.00" in [row["platform"] for row in csv.DictReader(io.StringIO(csv_text(settlement, "adjustments")))]
    assert all(not amount.startswith("'") for amount in amounts)


@pytest.mark.parametrize("locale", ["en_CH", "en_FI", "en_IN", "en_ZA", "zh_TW"])
def test_bi_169_a_locale_s_own_signs_come_through(locale):
    """Apostrophes, narrow spaces and lakhs stand in text and HTML as Babel writes them (and so in print)."""
    settlement = settled(*everything())
    big = settled({"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": [a_line("a", "1234567.50")]}})
    say = language(locale)
    for each in (settlement, big):
        money, figures = say.money(each.payable), say.figures(each.payable)
        page = report(each, locale=locale)
        assert money in page
        assert figures in page
        assert money in receipt(each, locale=locale)
        assert money in explain(each).text(locale)
        assert money == format_currency(each.payable.amount, "CNY", locale=locale)


@pytest.mark.parametrize("name", ["{0.__class__}", "{amount}", "{offer.__init__}", "{", "%(x)s %s", "${x}"])
@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_bi_170_no_name_is_a_template(name, locale):
    """A name with braces or percent signs is shown as it is, in every text and page."""
    settlement = named(name)
    for text in told(settlement, locale):
        assert "<class" not in text
    texts = [*told(settlement, locale)]
    assert any(name in text for text in texts)
    assert all(name in "".join(Reader(page).texts) for page in shown(settlement, locale))
