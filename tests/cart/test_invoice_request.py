"""The buyer's request for an invoice: validated and carried."""

from __future__ import annotations

import pytest

from samples import problems
from settlement import InvoiceRequest
from settlement.cart.invoice_request import check_character

WRONG = [
    ({}, "title", "field.missing"),
    ({"title": ""}, "title", "text.empty"),
    ({"title": "汉" * 51}, "title", "title.bytes"),
    ({"title": "<b>"}, "title", "title.markup"),
    ({"title": "A<B"}, "title", "title.markup"),
    ({"title": "张三😀"}, "title", "title.characters"),
    ({"title": "　 "}, "title", "title.blank"),
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


# ------------------------------------------------------------------ GB 32100-2015


def test_a_code_of_18_characters_has_the_standards_shape():
    """No I, O, S, V or Z, digits in places 3 to 8; 15 to 17 and 19, 20 characters are older numbers of any shape."""
    for code in ("9131000IMA1FL0000X", "91310000MA1FL0000O", "9131000AMA1FL0000X", "S1310000MA1FL00000"):
        assert problems(lambda code=code: InvoiceRequest(title="T", tax_number=code)) == [
            ("tax_number", "tax_number.uscc")
        ]
    for code in ("I" * 15, "Z" * 17, "9131000IMA1FL0000X1", "S" * 20, "11010519491231002X"):
        assert InvoiceRequest(title="T", tax_number=code).tax_number == code


def test_the_check_character_of_the_standards_own_example():
    """91350100M000100Y43; any other last character warns, and says which would be right."""
    assert check_character("91350100M000100Y4") == "3"
    for last in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        request = InvoiceRequest(title="T", type="company", tax_number=f"91350100M000100Y4{last}")
        assert [each.code for each in request.warnings] == ([] if last == "3" else ["tax_number.check"])
        assert all(each.facts["expected"] == "3" for each in request.warnings)


def test_a_wrong_check_character_is_an_error_only_on_request():
    """91350211M0000XUF46 is registered and fails its check: it is taken, warned of, and refused by strict()."""
    request = InvoiceRequest(title="T", type="company", tax_number="91350211M0000XUF46")
    assert problems(request.strict) == [("tax_number", "tax_number.check")]
    right = InvoiceRequest(title="T", type="company", tax_number="91350211M0000XUF4R")
    assert right.strict() is right


def test_the_check_looks_at_every_character():
    """One character changed in any of the first 17 places changes the check character."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = "91350100M000100Y4"
    for place in range(17):
        for other in alphabet:
            if other != code[place]:
                assert check_character(code[:place] + other + code[place + 1 :]) != "3"


def test_a_residents_number_that_checks_is_no_warning():
    """A person in business has it as the tax number: one last character checks (ISO 7064 mod 11-2), the others warn."""
    for last in "0123456789X":
        request = InvoiceRequest(title="T", type="company", tax_number=f"11010119900307123{last}")
        codes = [each.code for each in request.warnings]
        assert codes == ([] if last in RIGHT else ["tax_number.check"])
    assert InvoiceRequest(title="T", type="company", tax_number="11010519491231002X").strict()


#: As a resident's number, and as a company's code.
RIGHT = {"3", check_character("11010119900307123")}


def test_a_persons_number_is_not_checked_as_a_companys():
    """A resident's number has 18 characters of its own rules."""
    assert InvoiceRequest(title="T", tax_number="11010519491231002X").warnings == ()
    with pytest.raises(ValueError, match="18 characters"):
        check_character("9135")
