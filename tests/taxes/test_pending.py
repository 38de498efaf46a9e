"""Without an address: what the amounts lack is said, freight, tax or both, everywhere in the same words."""

from __future__ import annotations

import json

import pytest

from settlement import InvalidDocument, Settlement, receipt, report
from taxed_carts import settled

#: Rates, whether something is sent, with an address: what is missing then, and what the receipt says.
CASES = {
    "freight": ([{"percent": "19"}], True, ("freight",), "freight is not included", "To pay, freight not included"),
    "tax": ([{"percent": "19", "region": "DE"}], False, ("tax",), "tax is not included", "To pay, tax not included"),
    "both": (
        [{"percent": "19", "region": "DE"}],
        True,
        ("freight", "tax"),
        "freight and tax are not included",
        "To pay, freight and tax not included",
    ),
    "neither": ([{"percent": "19"}], False, (), "ready to be paid", "To pay "),
}


def bought(rates, *, sent, region=None, prices="without"):
    """One thing of 30.00, with freight of 5.00 where it is sent."""
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 1, "unit_price": "30.00 EUR"}
    zone = {"regions": ["DE"], "first": 1, "first_fee": "5.00 EUR"}
    book = {"id": "r", "currency": "EUR", "taxes": [{"prices": prices, "rates": rates, "freight": "none"}]}
    book |= {"freight_templates": [{"id": "t", "measure": "quantity", "zones": [zone]}]}
    cart = {"currency": "EUR", "lines": [line | ({"freight_template": "t"} if sent else {})]}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": cart}
    return settled(checkout | ({"address": {"region": region}} if region else {}), book)


@pytest.mark.parametrize("case", CASES)
def test_what_is_missing_is_named(case):
    """In the status, the receipt's head and foot, the report and the document; with an address nothing is missing."""
    rates, sent, missing, said, last = CASES[case]
    made = bought(rates, sent=sent)
    assert made.missing == missing
    assert said in made.status_text()
    text = receipt(made)
    assert last in text.splitlines()[-1]
    assert (said in " ".join(text.split())) == bool(missing)
    assert (said in report(made)) == bool(missing)
    assert made.to_dict().get("missing", []) == (list(missing) if "tax" in missing else [])
    assert Settlement.from_json(made.to_json()) == made
    assert Settlement.from_json(made.to_json()).missing == missing
    told = bought(rates, sent=sent, region="DE")
    assert (told.missing, told.status) == ((), "payable")
    assert str(told.payable) == ("40.70 EUR" if sent else "35.70 EUR")


def test_tax_inside_the_price_is_never_missing():
    """Where prices have the tax inside, no address changes what is paid."""
    assert bought([{"percent": "19", "region": "DE"}], sent=True, prices="with").missing == ("freight",)
    assert bought([{"percent": "19", "region": "DE"}], sent=False, prices="with").missing == ()


@pytest.mark.parametrize(("locale", "both"), [("zh_CN", "含运费和税"), ("zh_Hant", "含運費和稅")])
def test_it_is_said_in_chinese(locale, both):
    """Head and foot."""
    made = bought([{"percent": "19", "region": "DE"}], sent=True)
    text = receipt(made, locale=locale)
    assert text.count(both) == 2
    assert both in report(made, locale=locale)


@pytest.mark.parametrize(
    ("status", "missing"),
    [("payable", ["tax"]), ("pending", ["freight"]), ("pending", ["tax", "freight"]), ("pending", ["tax", "tax"])],
)
def test_a_stored_settlement_lacks_what_can_be_lacking(status, missing):
    """Tax is in the list, freight stands before it, and nothing is missing from what can be paid."""
    stored = bought([{"percent": "19", "region": "DE"}], sent=True).to_dict()
    with pytest.raises(InvalidDocument, match="missing"):
        Settlement.from_json(json.dumps(stored | {"status": status, "missing": missing}))
