"""The buyer's request for an invoice: validated and carried."""

from __future__ import annotations

import pytest

from samples import problems
from settlement import InvoiceRequest

WRONG = [
    ({}, "title", "field.missing"),
    ({"title": ""}, "title", "text.empty"),
    ({"title": "汉" * 51}, "title", "limit.text"),
    ({"title": "<b>"}, "title", "text.control"),
    ({"title": "T", "type": "firm"}, "type", "choice.unknown"),
    ({"title": "T", "kind": "other"}, "kind", "choice.unknown"),
    ({"title": "T", "tax_number": "123"}, "tax_number", "tax_number.notation"),
    ({"title": "T", "tax_number": "9131000０MA1FL0000X"}, "tax_number", "tax_number.notation"),
    ({"title": "T", "type": "company", "kind": "special"}, "", "tax_number.missing"),
    ({"title": "T", "kind": "special", "tax_number": "91310000MA1FL0000X"}, "", "tax_number.missing"),
    ({"title": "T", "email": 5}, "email", "text.type"),
    ({"title": "T", "bank": "x" * 1001}, "bank", "limit.text"),
    ({"title": "T", "fax": "1"}, "fax", "field.unknown"),
]


@pytest.mark.parametrize(("invoice", "place", "code"), WRONG)
def test_a_wrong_invoice_request_is_named(invoice, place, code):
    """Title, type, kind and tax number are validated; a special VAT invoice needs a company and its number."""
    assert problems(lambda: InvoiceRequest(**invoice)) == [(place, code)]


def test_a_title_of_100_bytes_in_gbk_fits():
    """50 Chinese characters are 100 bytes on the printed form."""
    assert InvoiceRequest(title="汉" * 50).title == "汉" * 50
    number = "91310000MA1FL0000X"
    assert InvoiceRequest(title="T", type="company", kind="special", tax_number=number).tax_number == number
