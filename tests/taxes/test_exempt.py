"""Exempt buyers: what is taken out of prices with tax is never more than a line pays, and all of it can be stored."""

from __future__ import annotations

import pytest

from settlement import InvalidDocument, Settlement, explain, explain_refund, receipt, refund
from taxed_carts import settled


def bought(*lines, taxes, coupons=(), points=None, balance=0, fee="50.00"):
    """A cart of an exempt buyer, in euros, with prices that have the tax inside."""
    made = [{"id": f"l{at}", "shop": "s1", "sku": f"k{at}", "quantity": 1} | line for at, line in enumerate(lines)]
    zone = {"regions": ["*"], "first": 1000, "first_fee": f"{fee} EUR"}
    book = {"id": "r", "currency": "EUR", "taxes": [{"prices": "with"} | taxes]}
    book |= {"freight_templates": [{"id": "t", "measure": "weight_g", "zones": [zone]}]}
    book |= {"coupons": list(coupons), "points": points}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": made}, "address": {"region": "US"}}
    held = [coupon["id"] for coupon in coupons]
    checkout |= {"customer": {"tax_exempt": {"reason": "export"}, "coupons": held, "points": balance}}
    checkout |= {"choice": {"coupons": held, "points": "max" if points else 0}}
    return settled(checkout, book)


def rates(*percents, **more):
    """A table with a row for each tax."""
    return more | {"rates": [{"tax": f"t{at}"} | row for at, row in enumerate(percents)]}


def test_freight_dearer_than_goods_stays_where_it_is():
    """6.00 of goods and 50.00 of freight at 19 %: 56 ÷ 1.19 is 47.06, and both sides of each line stay above 0.

    Shared by goods, the light line would bear 41.67 of the freight, and 6.65 of its tax out of 5.00.
    """
    ring = {"unit_price": "5.00 EUR", "weight_g": 1, "freight_template": "t"}
    stone = {"unit_price": "1.00 EUR", "weight_g": 50_000, "freight_template": "t"}
    made = bought(ring, stone, taxes=rates({"percent": "19"}))
    assert str(made.payable) == "47.06 EUR"
    assert [(str(line.tax), str(line.payable)) for line in made.lines] == [
        ("-0.80 EUR", "4.20 EUR"),
        ("-8.14 EUR", "42.86 EUR"),
    ]
    back = refund(made, {"l0": 1}, freight="return"), refund(made, {"l1": 1}, freight="return")
    assert [str(quote.cash) for quote in back] == ["4.20 EUR", "42.86 EUR"]


def test_points_leave_freight_the_tax_that_is_taken_out_of_it():
    """Of 50.00 and 3.00 of freight points pay all goods; 0.48 is taken out of freight, 3.00 × 19 ÷ 119: 2.52 is paid.

    By §8 freight would bear 50.00 × 3 ÷ 53 = 2.83 of the points, and 0.17 less 0.48 would be left of it.
    """
    line = {"unit_price": "25.00 EUR", "quantity": 2, "weight_g": 1, "freight_template": "t"}
    points = {"points": 1, "worth": "1.00 EUR"}
    made = bought(line, taxes=rates({"percent": "19"}), points=points, balance=50, fee="3.00")
    assert (str(made.payable), str(made.totals.tax), made.points.used) == ("2.52 EUR", "-0.48 EUR", 50)
    one = refund(made, {"l0": 1})
    rest = refund(made, {"l0": 1}, [one], freight="return")
    assert [(str(quote.cash), quote.points) for quote in (one, rest)] == [("1.26 EUR", 23), ("1.26 EUR", 27)]
    assert str(one.lines[0].freight) == "0.00 EUR"
    assert "points" in str(explain_refund(made, one))


def test_freight_has_the_rates_of_the_lines_that_bear_it():
    """1.00 of it at 19 % and 9.00 at 7 %: 61.00 less 9.74 and 49.00 less 3.21."""
    clothes = {"unit_price": "60.00 EUR", "weight_g": 100, "freight_template": "t"}
    books = {"unit_price": "40.00 EUR", "weight_g": 900, "freight_template": "t", "tax_class": "low"}
    made = bought(
        clothes, books, taxes={"rates": [{"percent": "19"}, {"tax_class": "low", "percent": "7"}]}, fee="10.00"
    )
    assert (str(made.payable), [str(row.amount) for row in made.taxes]) == ("97.05 EUR", ["-9.74 EUR", "-3.21 EUR"])


@pytest.mark.parametrize(("off", "payable"), [("19.00", "81.00"), ("110.00", "0.00"), ("119.00", "0.00")])
def test_what_somebody_reimburses_is_not_taken_out_twice(off, payable):
    """119.00 less a coupon that the platform pays, less the tax in 119.00, but never below nothing."""
    benefit = {"type": "amount_off", "amount": f"{off} EUR"}
    coupon = {"id": "c", "issuer": "platform", "tiers": [{"benefit": benefit}], "tax_base": "plus_reimbursed"}
    made = bought({"unit_price": "119.00 EUR"}, taxes=rates({"percent": "19"}), coupons=[coupon])
    assert str(made.payable) == f"{payable} EUR"
    assert [str(row.base) for row in made.taxes] == ["119.00 EUR"]
    assert Settlement.from_json(made.to_json()) == made
    explain(made)


def test_points_that_somebody_reimburses_likewise():
    """Points pay all of it: there is nothing left to take the tax out of."""
    points = {"points": 1, "worth": "1.00 EUR", "tax_base": "plus_reimbursed"}
    made = bought({"unit_price": "119.00 EUR"}, taxes=rates({"percent": "19"}), points=points, balance=119)
    assert (str(made.totals.tax), str(made.payable)) == ("0.00 EUR", "0.00 EUR")


def test_a_tax_rounded_up_for_each_unit_is_not_more_than_the_units_cost():
    """100 units for 0.50 in all: 0.01 of each would be 1.00."""
    half = {"id": "c", "issuer": "s1", "tiers": [{"benefit": {"type": "percent_off", "percent": "50"}}]}
    per_unit = rates({"percent": "7"}, per="unit", rounding="up")
    made = bought({"unit_price": "0.01 EUR", "quantity": 100}, taxes=per_unit, coupons=[half])
    assert (str(made.totals.tax), str(made.payable)) == ("-0.50 EUR", "0.00 EUR")
    assert made.adjustments[-1].facts["cut"] is True
    assert Settlement.from_json(made.to_json()) == made
    explain(made)


def test_a_share_that_was_cut_is_worked_out_again_when_it_is_read():
    """A stored settlement that says it was not cut, or takes out more, is refused."""
    half = {"id": "c", "issuer": "s1", "tiers": [{"benefit": {"type": "percent_off", "percent": "50"}}]}
    per_unit = rates({"percent": "7"}, per="unit", rounding="up")
    made = bought({"unit_price": "0.01 EUR", "quantity": 100}, taxes=per_unit, coupons=[half])
    with pytest.raises(InvalidDocument, match=r"stored\.differs"):
        Settlement.from_json(made.to_json().replace(',"cut":true', ""))


@pytest.mark.parametrize(
    ("rows", "percent", "payable"),
    [
        (({"percent": "19"}, {"percent": "9.975", "compound": True}), "30.87025", "90.93"),
        (({"percent": "60"}, {"percent": "60"}), "120", "54.09"),
    ],
)
def test_rates_that_come_to_more_digits_together_can_be_read_back(rows, percent, payable):
    """1.19 × 1.09975 is 1.3087025; two of 60 % are more than 100 %. Both are what the row of the settlement says."""
    made = bought({"unit_price": "119.00 EUR"}, taxes=rates(*rows))
    assert (str(made.payable), [str(row.percent) for row in made.taxes]) == (f"{payable} EUR", [percent])
    assert Settlement.from_json(made.to_json()) == made
    assert percent in receipt(made)


@pytest.mark.parametrize(
    ("region", "tax"), [("US/94103-1234", "0.86"), ("US/CA/90211", "0.95"), ("US/CA", "0.73"), ("US/10001", "0.00")]
)
def test_rates_may_be_for_ranges_and_prefixes_of_postcodes(region, tax):
    """10.00 in a city by its prefix, in a county by its range, in the state, and anywhere else."""
    regions = {"US": "0", "US/CA": "7.25", "US/941*": "8.625", "US/90210...99000": "9.5"}
    table = {"prices": "without", "rates": [{"region": name, "percent": rate} for name, rate in regions.items()]}
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 1, "unit_price": "10.00 USD"}
    checkout = {
        "at": "2026-11-11T00:00:00Z",
        "cart": {"currency": "USD", "lines": [line]},
        "address": {"region": region},
    }
    made = settled(checkout, {"id": "r", "currency": "USD", "taxes": [table]})
    assert str(made.totals.tax) == f"{tax} USD"
