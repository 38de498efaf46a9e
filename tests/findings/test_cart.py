"""Lines that ship for nothing because they name no template: found, and said on paper, and never charged otherwise."""

from __future__ import annotations

from samples import a_checkout, a_line, a_rulebook, a_template
from settlement import Checkout, Rulebook, settle
from settlement.findings import check_cart
from settlement.receipts.report import report
from settlement.receipts.text import receipt

SAID = "no shipping fee: the shop has set none"


TEMPLATES = (a_template(),)


def documents(line, templates=TEMPLATES, **fields):
    """A checkout of this line and one that ships, and the rules."""
    lines = [a_line("a", "20.00", freight_template="t1" if templates else None), line]
    rules = a_rulebook(freight_templates=list(templates))
    return Checkout.model_validate(a_checkout(*lines, **fields)), Rulebook.model_validate(rules)


def told(line, **fields):
    """Whether the linter, the receipt and the report speak of it, which must agree."""
    checkout, rules = documents(line, **fields)
    settlement = settle(checkout, rules)
    on_paper = [text.count(SAID) for text in (receipt(settlement), report(settlement))]
    assert on_paper[0] == on_paper[1]
    return [(each.place, each.code, each.severity) for each in check_cart(checkout.cart, rules)], on_paper[0]


def test_a_line_without_a_template_is_a_note_and_a_row():
    """It ships for nothing, as before; only that is said now, of this line alone, in both languages."""
    found, rows = told(a_line("b"))
    assert found == [("lines[1].freight_template", "line.no_template", "note")]
    assert rows == 1
    checkout, rules = documents(a_line("b"))
    settlement = settle(checkout, rules)
    assert str(settlement.line("b").freight) == "0.00 CNY"
    assert "不收运费：店铺未设运费" in receipt(settlement, locale="zh_CN")


def test_what_is_meant_is_not_told():
    """Free shipping and stored value say so; without any template in the rules nothing was forgotten."""
    assert told(a_line("b", free_shipping=True)) == ([], 0)
    assert told(a_line("b", stored_value=True)) == ([], 0)
    assert told(a_line("b"), templates=()) == ([], 0)


def test_the_paper_speaks_of_what_is_shipped():
    """What is collected is not shipped, and without an address freight is not known yet."""
    assert told(a_line("b"), choice={"pickup": ["s1"]})[1] == 0
    assert told(a_line("b"), address=None)[1] == 0
