"""Documents print short and for people: what was stated, as JSON has it, and no more of it than a screen takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from samples import a_checkout, a_line, a_rulebook, an_offer
from settlement import Cart, Checkout, Customer, Line, Policy, Promotion, Rulebook

MALL = json.loads((Path(__file__).parents[2] / "examples" / "mall-cart.json").read_text(encoding="utf-8"))


def test_a_line_prints_what_was_stated():
    """Money in wire form, a quantity as it is; no None, no default, nothing that the library filled in."""
    line = Line(id="a", shop="s1", sku="k", quantity="1.500", unit_price="9.90 CNY", stock=None, selected=True)
    assert str(line) == "Line: id='a', shop='s1', sku='k', quantity=1.5, unit_price=9.90 CNY"
    assert str(line.list_price) == "9.90 CNY"


def test_repr_says_everything():
    """What prints short is not what `repr` says: there every field stands."""
    line = Line(id="a", shop="s1", sku="k", quantity=1, unit_price="9.90 CNY")
    assert all(f"{name}=" in repr(line) for name in Line.model_fields)


def test_a_cart_prints_a_row_for_each_line():
    """Each with quantity, price and shop; ten at most, and how many more there are."""
    cart = Cart(currency="CNY", lines=[a_line(f"l{place}", shop=f"s{place}") for place in range(27)])
    head, title, *rows, last = str(cart).split("\n")
    assert (head, title, last) == ("Cart: currency='CNY'", "  lines:", "    … and 17 more")
    assert rows == [
        f"    id='l{place}', shop='s{place}', sku='k', quantity=1, unit_price=10.00 CNY" for place in range(10)
    ]


def test_a_checkout_prints_its_cart_and_nobody_s_name():
    """The instant in wire form, the lines below; name, phone, detail and remark are left out as in `repr`."""
    text = str(Checkout.model_validate_json(json.dumps(MALL["checkout"])))
    assert text.startswith("Checkout: at=2026-11-11T02:30:00Z, address=Address(region='440305'), ")
    assert "\n  cart: currency='CNY'\n    lines:\n      id='1', " in text
    address = MALL["checkout"]["address"]
    assert [each for each in (*address.values(), MALL["checkout"]["remark"]) if each in text] == [address["region"]]
    assert "None" not in text
    assert max(map(len, text.split("\n"))) < 300


def test_a_rulebook_counts_its_rules():
    """Id and currency, and how many of each section; a class with kinds of its own too."""
    text = str(Rulebook.model_validate_json(json.dumps(MALL["rulebook"])))
    assert text.startswith(
        "Rulebook: id='mall-2026-11', currency='CNY', freight_templates: 5, promotions: 6, coupons: 5, "
    )
    assert "\n" not in text
    assert str(Rulebook.model_validate(a_rulebook())) == "Rulebook: id='rules', currency='CNY'"


def test_a_rule_prints_its_tiers():
    """The kind of a benefit is the name of its class."""
    offer = Promotion.model_validate(an_offer("p1", {"type": "percent_off", "percent": "10"}))
    assert str(offer).endswith("\n  tiers:\n    benefit=PercentOff(percent=10)")


@pytest.mark.parametrize("document", [Customer(), Policy()])
def test_a_document_of_defaults_is_its_name(document):
    """Where nothing was stated there is nothing to say."""
    assert str(document) == type(document).__name__


def test_nothing_in_a_document_can_forge_a_row():
    """Names are data: line ends, escapes and turned directions are shown escaped, and long ones cut."""
    line = a_line(name="x") | {"name": "tea\n\x1b[31m\u202e" + "x" * 150, "categories": [f"c{n}" for n in range(12)]}
    text = str(Checkout.model_validate(a_checkout(line)))
    assert "name='tea\\n\\x1b[31m\\u202exxx" in text
    assert not set(text) & set("\x1b\u202e")
    assert "x" * 60 not in text
    assert "'c9', … and 2 more]" in text
