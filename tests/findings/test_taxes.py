"""What is hardly meant in tables of taxes."""

from __future__ import annotations

from settlement import Rulebook
from settlement.findings import check


def found(tables, **more):
    """Place, code and severity of each finding."""
    book = Rulebook.model_validate({"id": "r", "currency": "EUR", "taxes": tables} | more)
    assert all(each.text(locale) for each in check(book) for locale in ("en", "zh_CN", "zh_TW"))
    return [(each.place, each.code, each.severity) for each in check(book) if each.code.startswith("taxes.")]


def table(*rates, **more):
    """A table of prices without tax; rows are of 19 % where they say no other."""
    return {"prices": "without", "rates": [{"percent": "19"} | rate for rate in rates]} | more


def test_a_class_without_rows_is_found():
    """Of freight with a class of its own, and of a way to pay; not where there is a row, nor where none is meant."""
    method = {"id": "card", "percent": "1", "borne_by": "buyer", "tax_class": "fees"}
    tables = [table({}, freight="rate", freight_class="post")]
    assert found(tables, payment_methods=[method]) == [
        ("taxes[0].freight_class", "taxes.class", "warning"),
        ("payment_methods[0].tax_class", "taxes.class", "warning"),
    ]
    assert found([table({}, {"tax_class": "post"}, freight="rate", freight_class="post")]) == []
    assert found([table({}, freight_class="post")]) == []


def test_a_row_behind_one_that_always_holds_is_found():
    """The same class, tax and region; not where the first ends, or is of another region."""
    assert found([table({}, {"percent": "7"})]) == [("taxes[0].rates[1]", "taxes.never", "warning")]
    for first in ({"max_unit_price": "5.00 EUR"}, {"region": "FR"}, {"tax": "local"}, {"tax_class": "low"}):
        assert found([table(first, {"percent": "7"})]) == []


def test_a_row_behind_one_up_to_a_higher_price_is_found():
    """Up to 5.00 behind up to 5.00; not where it takes the part that one of whole prices leaves, or where that ends."""
    cheap = {"percent": "0", "max_unit_price": "5.00 EUR"}
    low, part, ends = {"max_unit_price": "4.00 EUR"}, {"over": "excess"}, {"valid_until": "2026-12-01T00:00:00Z"}
    hidden = [("taxes[0].rates[1]", "taxes.never", "warning")]
    for first, second in ((cheap, low), (cheap, cheap), (cheap | part, low | part), (cheap | part, low)):
        assert found([table(first, second, {})]) == hidden
    for first, second in ((low, cheap), (cheap, low | part), (cheap | part | ends, low | part)):
        assert found([table(first, second, {})]) == []


def test_prices_without_tax_and_no_row_are_found():
    """Nothing could be sold; where prices have the tax inside, rates are for exempt buyers alone."""
    assert found([table()]) == [("taxes[0].rates", "taxes.none", "error")]
    assert found([table(prices="with")]) == []


def test_a_price_above_which_nothing_is_taxed_is_found():
    """Of its class and its region, or one around it; not where prices have the tax inside."""
    cheap = {"percent": "0", "max_unit_price": "110.00 EUR"}
    wanted = [("taxes[0].rates[0].max_unit_price", "taxes.above", "warning")]
    assert found([table(cheap)]) == wanted
    assert found([table(cheap, {"tax_class": "low"})]) == wanted
    assert found([table(cheap, {"region": "FR"})]) == wanted
    for hidden in ({}, {"tax": "local"}):
        assert found([table(cheap, hidden)]) == []
    assert found([table(cheap | {"region": "FR/75001"}, {"region": "FR"})]) == []
    assert found([table(cheap, prices="with")]) == []


def test_a_compound_tax_with_none_before_it_is_found():
    """Of its own class: a tax of another class, or a second rate of its own tax, is none that it is taken of."""
    gst, qst = {"tax": "GST"}, {"tax": "QST", "compound": True}
    assert found([table(qst, gst)]) == [("taxes[0].rates[0].compound", "taxes.compound", "warning")]
    assert found([table(gst, qst)]) == []
    apart = found([table(gst | {"tax_class": "low"}, qst, qst | {"region": "CA"})])
    assert apart == [(f"taxes[0].rates[{at}].compound", "taxes.compound", "warning") for at in (1, 2)]


def test_a_base_that_nobody_reimburses_is_found():
    """A shop's own offer, and one whose cost the platform bears nothing of."""
    tiers = [{"benefit": {"type": "percent_off", "percent": "10"}}]
    offer = {"id": "c", "issuer": "platform", "tiers": tiers, "tax_base": "plus_reimbursed"}
    for more, hit in (
        ({}, 0),
        ({"platform_share": "0"}, 1),
        ({"issuer": "s1"}, 1),
        ({"issuer": "s1", "platform_share": "5"}, 0),
    ):
        wanted = [("coupons[0].tax_base", "taxes.base", "warning")] * hit
        assert found([table({})], coupons=[offer | more]) == wanted


def test_an_offer_of_the_platform_over_both_kinds_is_noted():
    """Not one of a shop, and not where all shops are of one kind."""
    both = [table({}, shop="s1"), table({}, shop="s2") | {"prices": "with"}]
    tiers = [{"benefit": {"type": "percent_off", "percent": "10"}}]
    offers = [{"id": "p", "issuer": "platform", "tiers": tiers}, {"id": "q", "issuer": "s1", "tiers": tiers}]
    assert found(both, promotions=offers) == [("promotions[0].issuer", "taxes.mixed", "note")]
    assert found(both[:1], promotions=offers) == []


def test_what_speaks_of_taxes_where_there_is_no_table_is_found():
    """The class of a fee, the base of an offer and of points, thresholds with tax; not where they say nothing."""
    tiers = [{"benefit": {"type": "percent_off", "percent": "10"}}]
    offer = {"id": "c", "issuer": "platform", "tiers": tiers}
    points = {"points": 100, "worth": "1.00 EUR"}
    method = {"id": "card", "percent": "1", "borne_by": "buyer"}
    base, fee = {"tax_base": "plus_reimbursed"}, {"tax_class": "fees"}
    said = {"coupons": [offer | base], "points": points | base, "payment_methods": [method | fee]}
    said |= {"policy": {"threshold_tax": "with"}}
    assert found([], **said) == [
        ("coupons[0].tax_base", "taxes.no_table", "warning"),
        ("points.tax_base", "taxes.no_table", "warning"),
        ("payment_methods[0].tax_class", "taxes.no_table", "warning"),
        ("policy.threshold_tax", "taxes.no_table", "warning"),
    ]
    assert found([], coupons=[offer], points=points, payment_methods=[method]) == []
    assert found([table({}, {"tax_class": "fees"})], **said) == []


def test_thresholds_that_look_at_amounts_without_tax_beside_those_that_do_not_are_found():
    """A free entry by amount and a minimum order; not by pieces, not where prices have tax in them, nor by default."""
    zone = {"regions": ["*"], "first": 1, "first_fee": "4.90 EUR"}
    free = [{"min_quantity": 5}, {"min_amount": "100.00 EUR"}]
    said = {
        "freight_templates": [{"id": "t", "measure": "quantity", "zones": [zone], "free": free}],
        "minimum_orders": [{"shop": "s1", "amount": "20.00 EUR"}],
    }
    policy = {"threshold_tax": "with"}
    assert found([table({})], **said, policy=policy) == [
        ("freight_templates[0].free[1].min_amount", "taxes.free_without", "warning"),
        ("minimum_orders[0].amount", "taxes.least_without", "warning"),
    ]
    assert found([table({})], **said) == []
    assert found([table({}) | {"prices": "with"}], **said, policy=policy) == []
    other = [table({}), table({}, shop="s1") | {"prices": "with"}]
    assert [code for _, code, _ in found(other, **said, policy=policy)] == ["taxes.free_without"]
