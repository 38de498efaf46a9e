"""Rates of a part of a unit's price: `over: "excess"`, and what is above goes to the rows behind (docs/taxes.md)."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from math import floor

import pytest

from settlement import InvalidDocument, InvoiceRequest, Settlement, check, explain, refund
from settlement.after_pay.invoices import Invoice, invoices, red_invoices
from settlement.explanations.invoice_story import explain_invoice, explain_red_invoice
from taxed_carts import settled
from thorough import examples

#: Clothing in Massachusetts: nothing up to 175.00, 6.25 % of what is above.
CLOTHING = [{"percent": "0", "max_unit_price": "175.00 USD", "over": "excess"}, {"percent": "6.25"}]
LINE = {"id": "a", "shop": "s", "sku": "k", "quantity": 1}


def bought(*lines, rates, how=None, checkout=None, **rules):
    """A cart in dollars."""
    cart = {"currency": "USD", "lines": [LINE | line for line in lines]}
    asked = {"at": "2026-11-11T00:00:00Z", "cart": cart, "address": {"region": "US"}} | (checkout or {})
    table = {"prices": "without", "rates": rates} | (how or {})
    return settled(asked, {"id": "r", "currency": "USD", "taxes": [table]} | rules)


def rows(made):
    """Rate, base and amount of each."""
    return [(str(row.percent), str(row.base), str(row.amount)) for row in made.taxes]


@pytest.mark.parametrize(
    ("price", "tax"),
    [("174.99", "0.00"), ("175.00", "0.00"), ("175.07", "0.00"), ("175.08", "0.01"), ("200.00", "1.56")],
)
def test_the_excess_alone_is_taxed(price, tax):
    """Of 200.00 the 25.00 above 175.00: 1.5625. With `all` it is 12.50."""
    made = bought({"unit_price": f"{price} USD"}, rates=CLOTHING)
    assert str(made.totals.tax) == f"{tax} USD"
    assert Settlement.from_json(made.to_json()) == made
    whole = [CLOTHING[0] | {"over": "all"}, CLOTHING[1]]
    assert str(bought({"unit_price": "200.00 USD"}, rates=whole).totals.tax) == "12.50 USD"


def test_a_price_has_as_many_parts_as_there_are_bounds():
    """Tennessee: 7 % for the state; 2.25 % for the county up to 1 600.00, 2.75 % from there to 3 200.00, then none.

    Of 4 000.00: 280.00, 36.00 and 44.00.
    """
    local = {"tax": "local", "over": "excess"}
    rates = [
        {"tax": "state", "percent": "7"},
        local | {"percent": "2.25", "max_unit_price": "1600.00 USD"},
        local | {"percent": "2.75", "max_unit_price": "3200.00 USD"},
        {"tax": "local", "percent": "0"},
    ]
    made = bought({"unit_price": "4000.00 USD"}, rates=rates)
    assert rows(made) == [
        ("7", "4000.00 USD", "280.00 USD"),
        ("2.25", "1600.00 USD", "36.00 USD"),
        ("2.75", "1600.00 USD", "44.00 USD"),
        ("0", "800.00 USD", "0.00 USD"),
    ]
    assert str(bought({"unit_price": "2000.00 USD"}, rates=rates).totals.tax) == "187.00 USD"  # 140 + 36 + 11
    assert not [found for found in check(book(rates)) if found.code.startswith("taxes.")]


def test_a_bound_below_the_one_before_takes_nothing():
    """Up to 100.00 5 %, then a row up to 50.00: of 150.00 the 50.00 above are the last row's."""
    rates = [
        {"percent": "5", "max_unit_price": "100.00 USD", "over": "excess"},
        {"percent": "20", "max_unit_price": "50.00 USD", "over": "excess"},
        {"percent": "10"},
    ]
    made = bought({"unit_price": "150.00 USD"}, rates=rates)
    assert rows(made) == [("5", "100.00 USD", "5.00 USD"), ("10", "50.00 USD", "5.00 USD")]


def test_goods_for_nothing_have_the_row_of_the_cheapest():
    """Its base is 0, as of any goods that cost nothing; also where their freight is beyond the bound."""
    zone = {"regions": ["*"], "first": 1, "first_fee": "200.00 USD"}
    templates = [{"id": "t", "measure": "quantity", "zones": [zone]}]
    free = {"unit_price": "0.00 USD", "freight_template": "t"}
    made = bought(free, rates=CLOTHING, freight_templates=templates)
    assert rows(made)[0] == ("0", "200.00 USD", "0.00 USD")  # the freight, whose unit price is 0
    made = bought(free, rates=CLOTHING, how={"with_freight": True, "freight": "none"}, freight_templates=templates)
    assert rows(made) == [("6.25", "0.00 USD", "0.00 USD")]


def book(rates):
    """A rulebook with a table of these."""
    from settlement import Rulebook

    return Rulebook.model_validate({"id": "r", "currency": "USD", "taxes": [{"prices": "without", "rates": rates}]})


@pytest.mark.parametrize(("per", "tax"), [("rate", "0.20"), ("line", "0.20"), ("unit", "0.21")])
def test_the_part_is_of_each_unit_and_the_rounding_as_the_table_says(per, tax):
    """Three at 176.07: 3.21 above, 0.200625; by the unit 0.066875, so 0.07 three times."""
    made = bought({"unit_price": "176.07 USD", "quantity": 3}, rates=CLOTHING, how={"per": per})
    assert str(made.totals.tax) == f"{tax} USD"
    assert Settlement.from_json(made.to_json()) == made


def test_offers_lower_the_excess_first():
    """200.00 less 20.00: 5.00 above, 0.3125. And one and a half at 200.00 are 300.00, of which 262.50 are free."""
    off = {"id": "p", "issuer": "s", "tiers": [{"benefit": {"type": "amount_off", "amount": "20.00 USD"}}]}
    made = bought({"unit_price": "200.00 USD"}, rates=CLOTHING, promotions=[off])
    assert rows(made)[1] == ("6.25", "5.00 USD", "0.31 USD")
    made = bought({"unit_price": "200.00 USD", "quantity": "1.5"}, rates=CLOTHING)
    assert rows(made)[1] == ("6.25", "37.50 USD", "2.34 USD")


def test_a_tax_of_all_is_rounded_once_for_the_line():
    """5 % of two parts of 0.30 and 0.31 is that of 0.61, 0.0305; apart they would be 0.02 and 0.02."""
    rates = [
        {"tax": "city", "percent": "5"},
        {"percent": "0", "max_unit_price": "0.30 USD", "over": "excess"},
        {"percent": "10"},
    ]
    for per in ("rate", "line", "unit"):
        assert rows(bought({"unit_price": "0.61 USD"}, rates=rates, how={"per": per}))[0][1:] == (
            "0.61 USD",
            "0.03 USD",
        )


def test_a_compound_tax_of_a_part_counts_that_part_of_the_taxes_before():
    """Three at 150.00 with 5 %: 22.50, of which 6.00 lie in the 120.00 above 110.00; 10 % of 126.00 is 12.60."""
    rates = [
        {"tax": "GST", "percent": "5"},
        {"percent": "0", "max_unit_price": "110.00 USD", "over": "excess"},
        {"percent": "10", "compound": True},
    ]
    made = bought({"unit_price": "150.00 USD", "quantity": 3}, rates=rates)
    assert rows(made)[2] == ("10", "126.00 USD", "12.60 USD")
    assert ["parts" in each.facts for each in made.adjustments] == [False, True]
    text = str(explain(made, line="a"))
    assert "Taxed: 450.00 − 330.00 + 6.00 = 126.00" in text
    assert Settlement.from_json(made.to_json()) == made


def test_freight_counts_first_where_it_counts():
    """95.00 and 6.13 of freight, free up to 100.00: 1.13 above, at 8.25 % 0.09; 60.00 and 3.87 are free."""
    zone = {"regions": ["*"], "first": 2, "first_fee": "10.00 USD"}
    made = bought(
        {"unit_price": "95.00 USD", "freight_template": "t"},
        {"id": "b", "unit_price": "60.00 USD", "freight_template": "t"},
        rates=[{"percent": "0", "max_unit_price": "100.00 USD", "over": "excess"}, {"percent": "8.25"}],
        how={"with_freight": True},
        freight_templates=[{"id": "t", "measure": "quantity", "zones": [zone]}],
    )
    assert [str(line.tax) for line in made.lines] == ["0.09 USD", "0.00 USD"]
    assert Settlement.from_json(made.to_json()) == made


def test_of_prices_with_tax_the_part_above_has_it_inside():
    """150.00 with 10 % in the 40.00 above 110.00: 3.64 is taken out for who is exempt."""
    rates = [{"percent": "0", "max_unit_price": "110.00 USD", "over": "excess"}, {"percent": "10"}]
    exempt = {"customer": {"tax_exempt": {"reason": "export"}}}
    made = bought({"unit_price": "150.00 USD"}, rates=rates, how={"prices": "with"}, checkout=exempt)
    assert (str(made.payable), rows(made)) == ("146.36 USD", [("10", "40.00 USD", "-3.64 USD")])
    assert Settlement.from_json(made.to_json()) == made


@pytest.mark.parametrize(("off", "taken"), [("97.00", ["-3.00", "0.00"]), ("90.00", ["-7.98", "-2.02"])])
def test_what_is_taken_out_in_parts_is_never_more_than_is_left(off, taken):
    """Of 100.00 the platform pays 97.00 or 90.00: 19 % and 7 % in 50.00 each would be 7.98 and 3.27."""
    reimbursed = f"{off} USD"
    rates = [{"percent": "19", "max_unit_price": "50.00 USD", "over": "excess"}, {"percent": "7"}]
    off = {"id": "p", "issuer": "platform", "tax_base": "plus_reimbursed"}
    off["tiers"] = [{"benefit": {"type": "amount_off", "amount": reimbursed}}]
    exempt = {"customer": {"tax_exempt": {"reason": "export"}}}
    how = {"prices": "with"}
    made = bought({"unit_price": "100.00 USD"}, rates=rates, how=how, checkout=exempt, promotions=[off])
    assert [str(row.amount) for row in made.taxes] == [f"{each} USD" for each in taken]
    assert str(made.payable) == "0.00 USD"
    assert Settlement.from_json(made.to_json()) == made


def test_rates_that_come_to_the_same_are_taken_out_as_one():
    """6 % of one class, 5 % and 1 % of another: one row for both (119.91 + 227.61) × 6 ÷ 106."""
    rates = [
        {"percent": "6"},
        {"tax_class": "low", "percent": "5"},
        {"tax_class": "low", "tax": "local", "percent": "1"},
    ]
    exempt = {"customer": {"tax_exempt": {"reason": "export"}}}
    lines = [{"unit_price": "119.91 USD"}, {"id": "b", "unit_price": "227.61 USD", "tax_class": "low"}]
    made = bought(*lines, rates=rates, how={"prices": "with"}, checkout=exempt)
    assert rows(made) == [("6", "347.52 USD", "-19.67 USD")]


@pytest.mark.parametrize(("least", "reason"), [("201.56 USD", None), ("201.57 USD", "below_amount")])
def test_a_threshold_with_tax_sees_the_tax_of_the_part(least, reason):
    """200.00 and 1.56; what was added is in the facts, and checked."""
    offer = {"id": "p", "issuer": "s"}
    offer["tiers"] = [{"min_amount": least, "benefit": {"type": "amount_off", "amount": "1.00 USD"}}]
    policy = {"threshold_tax": "with"}
    made = bought({"unit_price": "200.00 USD"}, rates=CLOTHING, promotions=[offer], policy=policy)
    assert [each.reason for each in made.decisions] == [reason]
    assert Settlement.from_json(made.to_json()) == made
    if reason is None:
        document = made.to_dict()
        stated = document["adjustments"][0]["facts"]["taxed"][0]
        assert [rate["spans"] for rate in stated["rates"]] == [[["0.00 USD", "175.00 USD"]], [["175.00 USD", None]]]
        stated["rates"][1]["spans"] = [["100.00 USD", None]]
        with pytest.raises(InvalidDocument, match="basis"):
            Settlement.from_dict(document)


@pytest.mark.parametrize(
    "part",
    [
        {"of": "200.00 USD", "spans": [["174.00 USD", "200.00 USD"]]},
        {"of": "199.00 USD", "spans": [["175.00 USD", "200.00 USD"]]},
        {"of": "200.00 USD", "spans": [["200.00 USD", "175.00 USD"]]},
        {"of": "200.00 USD", "spans": [["150.00 USD", "165.00 USD"], ["160.00 USD", "170.00 USD"]]},
        {"of": "200.00 USD", "spans": [["175.00 USD"]]},
        {"spans": [["175.00 USD", "200.00 USD"]]},
        {"of": "200.00 EUR", "spans": [["175.00 USD", "200.00 USD"]]},
    ],
)
def test_a_part_that_is_not_the_base_is_refused(part):
    """Of a stored settlement: what it was taken of, from where to where, and of how much."""
    document = bought({"unit_price": "200.00 USD"}, rates=CLOTHING).to_dict()
    assert document["adjustments"][0]["facts"]["parts"] == {
        "a": {"of": "200.00 USD", "spans": [["175.00 USD", "200.00 USD"]]}
    }
    document["adjustments"][0]["facts"]["parts"] = {"a": part}
    with pytest.raises(InvalidDocument, match=r"adjustments\[0\]\.facts\.parts"):
        Settlement.from_dict(document)


def test_the_excess_of_no_bound_is_refused():
    """And the error says what would be right."""
    with pytest.raises(InvalidDocument, match="state max_unit_price, or leave over out"):
        bought({"unit_price": "1.00 USD"}, rates=[{"percent": "5", "over": "excess"}])


def bands(rng):
    """Rates of one tax with rising bounds, the last without; and now and then a tax of the whole price beside them."""
    bounds = sorted(rng.sample(range(1, 200_00), rng.randint(1, 4)))
    percents = rng.sample(["0", "1", "2.25", "5", "6.25", "8.875", "20"], len(bounds) + 1)
    rates = [
        {"percent": percent, "max_unit_price": f"{bound / 100:.2f} USD", "over": "excess"}
        for bound, percent in zip(bounds, percents, strict=False)
    ]
    rates.append({"percent": percents[-1]})
    return ([{"tax": "city", "percent": "4.5"}] if rng.random() < 0.4 else []) + rates


def by_hand(rates, lines, per):
    """The tax of each row: of each line the part of each unit's price between the bounds, rounded half up."""
    found = []
    below = 0
    for row in rates:
        whole = row.get("tax") == "city"
        bound = None if whole or "max_unit_price" not in row else round(float(row["max_unit_price"].split()[0]) * 100)
        shares = []
        for price, quantity in lines:
            paid = floor(price * quantity + Fraction(1, 2))
            low, high = 0, paid
            if not whole:
                low = min(paid, floor(below * quantity))
                high = paid if bound is None else min(paid, floor(bound * quantity))
            shares.append((high - low, quantity))
        rate = Fraction(row["percent"]) / 100
        if per == "rate":
            found.append(floor(sum(base for base, _ in shares) * rate + Fraction(1, 2)))
        else:
            units = [quantity if per == "unit" and quantity.denominator == 1 else 1 for _, quantity in shares]
            each = [
                floor(base / Fraction(n) * rate + Fraction(1, 2)) * n
                for (base, _), n in zip(shares, units, strict=True)
            ]
            found.append(sum(each))
        below = below if whole else bound
    return found


def test_every_row_is_the_tax_of_its_part():
    """On random tables and carts, rounded by rate, by line and by unit: what fractions make of it."""
    parted = 0
    for seed in range(examples(150)):
        rng = random.Random(seed)
        rates, per = bands(rng), rng.choice(["rate", "line", "unit"])
        sold = [
            (rng.randint(1, 250_00), Fraction(rng.choice(["1", "2", "3", "1.5"]))) for _ in range(rng.randint(1, 3))
        ]
        lines = [
            {
                "id": f"l{at}",
                "unit_price": f"{price / 100:.2f} USD",
                "quantity": str(float(quantity)).removesuffix(".0"),
            }
            for at, (price, quantity) in enumerate(sold)
        ]
        made = bought(*lines, rates=rates, how={"per": per})
        wanted = [tax for tax in by_hand(rates, sold, per) if tax]
        assert [row.amount.minor for row in made.taxes if row.amount] == wanted
        assert Settlement.from_json(made.to_json()) == made
        parted += any("parts" in each.facts for each in made.adjustments)
    assert parted > examples(75)


def test_a_cent_more_of_price_is_never_more_than_a_cent_more_of_tax():
    """A bound is no cliff: of the excess of 175.00, cent by cent."""
    taxes = [
        bought({"unit_price": f"{cents / 100:.2f} USD"}, rates=CLOTHING).totals.tax.minor
        for cents in range(17450, 17650)
    ]
    assert {more - less for less, more in pairwise(taxes)} == {0, 1}


def sequences():
    """Orders with parts of prices under an offer, and their goods coming back in some steps."""
    for seed in range(examples(60)):
        rng = random.Random(seed)
        rates = bands(rng)
        lines = [
            {"id": f"l{at}", "unit_price": f"{rng.randint(1, 250_00) / 100:.2f} USD", "quantity": rng.randint(1, 3)}
            for at in range(rng.randint(1, 3))
        ]
        off = {"id": "p", "issuer": "platform", "platform_share": rng.choice(["0", "40"])}
        off["tiers"] = [{"benefit": {"type": "percent_off", "percent": str(rng.randint(1, 60))}}]
        if rng.random() < 0.4:
            off["tax_base"] = "plus_reimbursed"
        fee = {"id": "card", "percent": "1.7", "borne_by": "buyer"}
        if rng.random() < 0.6:
            fee["tax_class"] = "standard"
        more = {"payment_methods": [fee], "checkout": {"payment_method": "card"}} if rng.random() < 0.4 else {}
        made = bought(*lines, rates=rates, how={"per": rng.choice(["rate", "line"])}, promotions=[off], **more)
        left = [line["id"] for line in lines for _ in range(line["quantity"])]
        rng.shuffle(left)
        yield made, left


def test_invoices_have_a_line_for_each_rate_and_red_ones_take_all_of_it_back():
    """Each line's net × its rate is its tax within rounding; amounts, taxes and quantities of all red ones add up."""
    several = 0
    for made, left in sequences():
        blue = invoices(made, InvoiceRequest(title="x"))
        assert sum(each.amount.minor for each in blue) == made.payable.minor
        assert sum(each.tax.minor for each in blue) == made.totals.tax.minor
        assert Invoice.from_json(blue[0].to_json()) == blue[0]
        explain_invoice(made, blue[0])
        rest = {
            (row.line, row.rate): [row.goods, row.charges, row.discount, row.amount, row.tax] for row in blue[0].lines
        }
        several += len(rest) > len(made.lines)
        history = []
        for line in left:
            quote = refund(made, {line: 1}, history)
            for red in red_invoices(made, blue, quote, history):
                explain_red_invoice(made, blue[0], quote, history)
                for row in red.lines:
                    back = [row.goods, row.charges, row.discount, row.amount, row.tax]
                    assert row.amount.minor <= 0
                    assert row.quantity == 1
                    rest[row.line, row.rate] = [a + b for a, b in zip(rest[row.line, row.rate], back, strict=True)]
            history.append(quote)
        assert {amount.minor for amounts in rest.values() for amount in amounts} == {0}
        assert sum(quote.cash.minor for quote in history) == made.payable.minor
    assert several > examples(30)


def test_an_invoice_states_what_each_part_costs():
    """150.00 free of tax up to 110.00, then 10 %: 110.00 at 0 %, and 40.00 with 4.00."""
    rates = [{"percent": "0", "max_unit_price": "110.00 USD", "over": "excess"}, {"percent": "10"}]
    made = bought({"unit_price": "150.00 USD", "quantity": 2}, rates=rates)
    (blue,) = invoices(made, InvoiceRequest(title="x"))
    assert [(str(row.unit_price), str(row.net), str(row.tax_percent), str(row.tax)) for row in blue.lines] == [
        ("110.00 USD", "220.00 USD", "0", "0.00 USD"),
        ("40.00 USD", "80.00 USD", "10", "8.00 USD"),
    ]
    off = {"id": "p", "issuer": "s", "tiers": [{"benefit": {"type": "amount_off", "amount": "9.00 USD"}}]}
    cheaper = bought({"unit_price": "150.00 USD", "quantity": 2}, rates=rates, promotions=[off])
    (less,) = invoices(cheaper, InvoiceRequest(title="x"))
    assert [(str(row.goods), str(row.charges), str(row.discount), str(row.amount)) for row in less.lines] == [
        ("220.00 USD", "0.00 USD", "0.00 USD", "220.00 USD"),
        ("80.00 USD", "7.10 USD", "-9.00 USD", "78.10 USD"),
    ]
    text = str(explain_invoice(made, blue))
    assert "of it at 0 %: 220.00" in text
    assert "of it at 10 %: 88.00" in text
