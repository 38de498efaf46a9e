"""Before and after: each row is a settlement, and its numbers are that settlement's."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer
from settlement import Checkout, Choice, Money, Rulebook, settle
from settlement.commands.cli import main
from settlement.explanations.comparison import compare
from strategies import requests
from thorough import examples

COUPONS = [
    an_offer("ten", {"type": "amount_off", "amount": "10.00 CNY"}) | {"name": "Ten off"},
    an_offer("big", tiers=[{"min_amount": "500.00 CNY", "benefit": {"type": "amount_off", "amount": "99.00 CNY"}}]),
]
RULES = a_rulebook(
    coupons=COUPONS,
    points={"points": 100, "worth": "1.00 CNY"},
    freight_templates=[a_template(free=[{"min_amount": "99.00 CNY"}])],
)
CUSTOMER = {"coupons": ["ten", "big"], "points": 500}


def compared(checkout, rules=None):
    """The comparison of two plain documents."""
    return compare(Checkout.model_validate(checkout), Rulebook.model_validate(RULES if rules is None else rules))


def a_hundred(**fields):
    """100.00 of goods that ship free from 99.00 on."""
    return a_checkout(a_line(price="100.00", freight_template="t1"), customer=CUSTOMER, **fields)


def test_the_rows_and_their_numbers():
    """Ten off loses free shipping (8.00), so it saves 2.00; 500 points pay 5.00 and save nothing."""
    found = [
        (row.kind, row.coupon, str(row.payable.amount), str(row.saving.amount), str(row.freight.amount), row.points)
        for row in compared(a_hundred()).rows
    ]
    assert found == [
        ("nothing", None, "100.00", "0.00", "0.00", 0),
        ("coupons", None, "98.00", "2.00", "8.00", 0),
        ("points", None, "95.00", "0.00", "0.00", 500),
        ("best", None, "93.00", "2.00", "8.00", 500),
        ("coupon", "ten", "98.00", "2.00", "8.00", 0),
        ("coupon", "big", "100.00", "0.00", "0.00", 0),
    ]


def test_a_coupon_that_is_refused_says_why():
    """Its row is that of nothing, with the reason and what is missing."""
    row = compared(a_hundred()).row("coupon", "big")
    assert (row.refused, row.shortfall, row.used) == ("below_amount", Money("400.00 CNY"), ())


def test_a_coupon_alone_that_costs_more():
    """Five off that loses free shipping worth 8.00: a saving below 0, and the best row does without it."""
    rules = RULES | {"coupons": [an_offer("five", {"type": "amount_off", "amount": "5.00 CNY"})]}
    comparison = compared(a_hundred() | {"customer": {"coupons": ["five"]}}, rules)
    assert comparison.row("coupon", "five").saving == Money("-3.00 CNY")
    assert comparison.row("best").used == ()


def test_freight_is_what_is_left_of_it():
    """A surcharge counts, and what a freight coupon takes off does not: 8.00 + 2.00 − 3.00."""
    template = a_template(surcharges=[{"regions": ["CN/mainland"], "fee": "2.00 CNY", "per": "parcel"}])
    rules = a_rulebook(
        coupons=[an_offer("ship", {"type": "freight_off", "amount": "3.00 CNY"})], freight_templates=[template]
    )
    comparison = compared(a_hundred() | {"customer": {"coupons": ["ship"]}}, rules)
    assert [str(row.freight.amount) for row in comparison.rows] == ["10.00", "7.00", "10.00", "7.00", "7.00"]


def test_points_that_are_asked_for_are_those_compared():
    """200 points asked for are 200 in the rows with points; the chosen coupons have no part in it."""
    comparison = compared(a_hundred(choice={"points": 200, "coupons": "none"}))
    assert [row.points for row in comparison.rows] == [0, 0, 200, 200, 0, 0]
    assert comparison.row("best").used == ("ten",)


def test_a_row_that_is_not_there():
    """Asking for it is a LookupError that names it."""
    with pytest.raises(LookupError, match="other"):
        compared(a_hundred()).row("coupon", "other")


def gained(settlement):
    """What is saved, as receipts define it, less what is charged on top of the goods."""
    totals = settlement.totals
    return totals.saved.in_all - totals.freight - totals.surcharges - totals.payment_fee - totals.rounding


@given(requests)
@settings(max_examples=examples(40))
def test_every_row_is_a_settlement(request_):
    """On random requests: nothing beats best in cost, and each number is that of a settlement of its own.

    A saving is what is saved on the two receipts, less what more is charged: points are in neither.
    """
    checkout, rules = Checkout.model_validate(request_["checkout"]), Rulebook.model_validate(request_["rulebook"])
    comparison = compare(checkout, rules)
    nothing = comparison.row("nothing")
    assert len(comparison.rows) == 4 + len(checkout.customer.coupons)
    for row in comparison.rows:
        again = settle(*row.settlement.made_from)
        assert row.payable == again.payable
        assert row.saving == gained(again) - gained(nothing.settlement)
        used = {each.id for each in again.redemptions if each.kind == "coupon"}
        assert set(row.used) == used
        assert used <= ({row.coupon} if row.coupon else set(checkout.customer.coupons))
        assert row.settlement.points.used == row.points
    best = comparison.row("coupons")
    alone = [row for row in comparison.rows if row.kind == "coupon"]
    assert all(best.payable <= row.payable for row in (*alone, nothing) if best.settlement.optimal)


def test_it_reads_in_both_languages():
    """A table with a row each; names of coupons from the rulebook; html escapes them."""
    comparison = compared(a_hundred())
    lines = str(comparison).splitlines()
    assert lines[0].split() == ["Used", "To", "pay", "Saves", "against", "nothing", "Freight"]
    assert lines[2].split() == ["coupons", "only", "CN¥98.00", "CN¥2.00", "CN¥8.00", "Ten", "off"]
    assert "再买 ¥400.00 可用" in comparison.text("zh_CN")
    assert "<td>Ten off</td>" in comparison._repr_html_()
    rules = RULES | {"coupons": [COUPONS[0] | {"name": "<b>"}, COUPONS[1]]}
    assert "<b>" not in compared(a_hundred(), rules)._repr_html_()


def test_no_row_mixes_what_it_is_compared_with():
    """Rows are against nothing used and hold no hint's number; hints stand below, against the checkout as it stands."""
    comparison = compared(a_hundred(choice={"coupons": "best", "points": 300}))
    checkout, rules = comparison.rows[0].settlement.made_from
    now = settle(checkout.model_copy(update={"choice": Choice(coupons="best", points=300)}), rules)
    hint = comparison.row("coupon", "big").hint
    assert comparison.payable == now.payable
    assert hint.costs == hint.payable - now.payable  # 300 points pay 3.00 in both
    table, title, told = str(comparison).split("\n\n")[0], *str(comparison).split("\n\n")[1].split("\n")
    assert table.splitlines()[-1].split()[-3:] == ["below", "the", "threshold"]
    assert "more" not in table
    assert title == f"To buy more, against this cart as it stands ({now.payable.format()} to pay)"
    assert told == f"  {hint}"
    assert comparison.to_dict()["payable"] == str(now.payable)
    assert f"<li>{hint}</li>" in comparison._repr_html_()


def test_where_nothing_is_refused_there_is_nothing_below_the_table():
    """Then the table is all, in JSON too."""
    comparison = compared(a_hundred() | {"customer": {"coupons": ["ten"]}})
    assert comparison.payable is None
    assert "\n\n" not in str(comparison)
    assert comparison.to_dict().keys() == {"rows"}


def test_the_command(tmp_path, capsys):
    """`settlement compare REQUEST.json` prints the table, or JSON; what is not valid ends with 2."""
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"checkout": a_hundred(), "rulebook": RULES}), encoding="utf-8")
    assert main(["compare", str(path)]) == 0
    assert capsys.readouterr().out == f"{compared(a_hundred())}\n"
    assert main(["compare", str(path), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert rows[1] == {
        "kind": "coupons",
        "used": ["ten"],
        "payable": "98.00 CNY",
        "saving": "2.00 CNY",
        "freight": "8.00 CNY",
        "points": 0,
    }
    assert rows[-1]["shortfall"] == "400.00 CNY"
    assert rows[-1]["hint"]["missing"] == "400.00 CNY"
    path.write_text("{}", encoding="utf-8")
    assert main(["compare", str(path)]) == 2
    assert "checkout: this field is required" in capsys.readouterr().err
