"""Pages in a site whose policy allows no inline styles: each takes the nonce of the answer that it is sent in."""

from __future__ import annotations

import re

import pytest

from samples import a_checkout, a_line, everything, settled
from settlement import InvoiceRequest, payout
from settlement.after_pay.invoices import invoices
from settlement.audit.books.statement import statement
from settlement.audit.diff import diff
from settlement.receipts.report import report

ONE = settled(a_checkout(a_line("a", "30.00")))
OTHER = settled(a_checkout(a_line("a", "31.00")))
INVOICED = settled(a_checkout(a_line("a", "11.30", tax_percent="13")))
PAGES = {
    "report": lambda **more: report(settled(*everything()), **more),
    "diff": lambda **more: diff(ONE, OTHER).html(**more),
    "invoice": invoices(INVOICED, InvoiceRequest(title="Me"))[0].to_html,
    "statement": lambda **more: statement("s1", [ONE, payout(ONE)], "2026-11-01", "2026-11-30").to_html(**more),
}


@pytest.mark.parametrize("name", PAGES)
def test_all_that_is_inline_has_the_nonce(name):
    """Every style element, and the page's own policy; no attribute is a style or a handler, which no nonce allows."""
    page = PAGES[name](nonce="cmFuZG9tIQ==")
    opened = re.findall(r"<(?:style|script)[^>]*>", page)
    assert opened
    assert set(opened) == {'<style nonce="cmFuZG9tIQ==">'}
    assert "unsafe-inline" not in page
    assert not re.search(r"<[^>]*\s(?:style|on\w+)=", page)
    assert page.replace(' nonce="cmFuZG9tIQ=="', "").replace("nonce-cmFuZG9tIQ==", "unsafe-inline") == PAGES[name]()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("wrong", ["", "a b", "a'; script-src *", '"><script>', "é", "a===", "=="])
def test_what_is_no_nonce_is_refused(name, wrong):
    """Nothing gets into a policy or out of an attribute by it."""
    with pytest.raises(ValueError, match="nonce: base64"):
        PAGES[name](nonce=wrong)
