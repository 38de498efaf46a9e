"""What the linter of offers finds: each code where it belongs, and not where it doesn't."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings

from samples import a_rulebook, a_template, an_offer
from settlement import Benefit, Promotion, Rulebook
from settlement.commands.cli import main
from settlement.discounts.terms import Terms
from settlement.findings import Known, check, check_offers
from settlement.findings.findings_text import FINDINGS
from settlement.findings.offers import _contains
from settlement.testing import rulebooks

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "bad-offers.json"
CLEAN = [an_offer(tiers=[{"min_amount": "99.00 CNY", "benefit": {"type": "amount_off", "amount": "9.00 CNY"}}])]


def found(promotions=(), coupons=(), known=None, **rules):
    """Place and code of each finding."""
    book = Rulebook.model_validate(a_rulebook(promotions=list(promotions), coupons=list(coupons), **rules))
    return [(each.place, each.code) for each in check_offers(book, known)]


def codes(*promotions, **rules):
    """The codes alone."""
    return {code for _, code in found(promotions, **rules)}


def tier(benefit, amount=None, quantity=None):
    """A tier with these conditions."""
    conditions = {"min_amount": amount and f"{amount} CNY", "min_quantity": quantity}
    return {name: value for name, value in conditions.items() if value is not None} | {"benefit": benefit}


def amount_off(amount, **fields):
    """An amount off."""
    return {"type": "amount_off", "amount": f"{amount} CNY"} | fields


def percent_off(percent, **fields):
    """A percentage off."""
    return {"type": "percent_off", "percent": percent} | fields


def priced(name, price, **fields):
    """An item promotion that sets a price."""
    return an_offer(name, {"type": "fixed_price", "price": f"{price} CNY"}, stage="item", issuer="s1") | fields


def test_rules_as_they_are_meant_are_clean():
    """Rising tiers, a threshold, percentages that take a little off: nothing to say."""
    tiers = [tier(amount_off("10.00"), "100.00"), tier(amount_off("25.00"), "200.00")]
    rising = an_offer("p1", tiers=tiers)
    small = an_offer("p2", tiers=[tier(percent_off("15", max="50.00 CNY"), "99.00")])
    member = priced("p3", "9.90", scope={"skus": ["a"]}, levels=["gold"])
    flash = priced("p4", "8.80", scope={"skus": ["b"]})
    assert found([rising, small, member, flash], [an_offer("c1", tiers=[tier(amount_off("5.00"), "99.00")])]) == []


CASES = [
    ("tiers[0]", "tier.never_applies", {"tiers": [tier(percent_off("5")), tier(percent_off("10"), "0.01")]}),
    ("tiers[1]", "tier.less", {"tiers": [tier(amount_off("9.00"), "99.00"), tier(amount_off("8.00"), "150.00")]}),
    ("tiers[1]", "tier.less", {"tiers": [tier(percent_off("20"), "99.00"), tier(percent_off("10"), "150.00")]}),
    ("tiers[1]", "tier.less", {"tiers": [tier(percent_off("20"), None, 2), tier(percent_off("10"), None, 3)]}),
    ("tiers[1]", "tier.less", {"tiers": [tier(percent_off("20"), "99.00"), tier(amount_off("20.00"), "150.00")]}),
    (
        "tiers[1]",
        "tier.less",
        {
            "tiers": [
                tier(amount_off("10.00", every=True, max="19.00 CNY"), "50.00"),
                tier(amount_off("18.00"), "150.00"),
            ]
        },
    ),
    ("tiers[0].benefit.amount", "benefit.nothing", {"tiers": [tier(amount_off("0.00"), "99.00")]}),
    ("tiers[0].benefit.max", "benefit.nothing", {"tiers": [tier(percent_off("5", max="0.00 CNY"), "99.00")]}),
    ("tiers[0].benefit.percent", "percent.like_zhe", {"tiers": [tier(percent_off("85"), "99.00")]}),
    ("tiers[0].benefit.percent", "percent.like_zhe", {"tiers": [tier(percent_off("95.5"), "99.00")]}),
    (
        "tiers[0].benefit.percent",
        "percent.like_zhe",
        {"tiers": [tier({"type": "nth_unit", "n": 2, "percent": "80"}, None, 2)]},
    ),
    ("tiers[0].benefit.percent", "percent.below_one", {"tiers": [tier(percent_off("0.1"), "99.00")]}),
    ("tiers[0].benefit.every", "every.no_max", {"tiers": [tier(amount_off("5.00", every=True), "99.00")]}),
    ("tiers[0].benefit.max", "max.unreachable", {"tiers": [tier(amount_off("5.00", max="5.00 CNY"), "99.00")]}),
    (
        "tiers[0].benefit.max",
        "max.unreachable",
        {"tiers": [tier(percent_off("10", max="20.00 CNY"), "99.00"), tier(percent_off("12"), "200.00")]},
    ),
    (
        "tiers[0].benefit.max",
        "max.unreachable",
        {
            "tiers": [
                tier(amount_off("10.00", every=True, max="30.00 CNY"), "99.00"),
                tier(amount_off("50.00"), "297.00"),
            ]
        },
    ),
    ("tiers[0].benefit.max", "max.below_amount", {"tiers": [tier(amount_off("9.00", max="5.00 CNY"), "99.00")]}),
    ("tiers[0].benefit.max", "max.always", {"tiers": [tier(percent_off("10", max="5.00 CNY"), "50.00")]}),
    ("scope.shops", "scope.other_shops", {"issuer": "s1", "scope": {"shops": ["s2", "s3"]}}),
    ("scope.skus", "scope.all_excluded", {"scope": {"skus": ["a"], "exclude_skus": ["a", "b"]}}),
    ("scope.categories", "scope.all_excluded", {"scope": {"categories": ["a"], "exclude_categories": ["a"]}}),
    ("valid_until", "window.last_second", {"valid_until": "2026-11-11T23:59:59+08:00"}),
    ("limit_per_customer", "limit.unreachable", {"limit_per_customer": 3, "limit_in_all": 2}),
]


@pytest.mark.parametrize(("place", "code", "fields"), CASES)
def test_an_offer_that_is_hardly_meant(place, code, fields):
    """One offer, one mistake, found at its place as a promotion and as a coupon, and nothing else beside it."""
    offer = CLEAN[0] | fields
    assert found([offer]) == [(f"promotions[0].{place}", code)]
    assert found((), [offer]) == [(f"coupons[0].{place}", code)]


NEAR_MISSES = [
    {"tiers": [tier(amount_off("9.00"), "99.00"), tier(amount_off("9.00"), "150.00")]},
    {"tiers": [tier(amount_off("9.00")), tier(amount_off("19.00"), "99.02")], "scope": {"skus": ["x"]}},
    {"tiers": [tier(percent_off("59.9999"), "99.00")]},
    {"tiers": [tier(percent_off("10", max="19.99 CNY"), "99.00"), tier(percent_off("12"), "200.00")]},
    {"tiers": [tier(percent_off("10", max="5.01 CNY"), "50.00")]},
    {"valid_until": "2026-11-12T00:00:00+08:00"},
    {"limit_per_customer": 2, "limit_in_all": 2},
    {"issuer": "s1", "scope": {"shops": ["s1", "s2"]}},
]


@pytest.mark.parametrize("fields", NEAR_MISSES)
def test_one_step_away_from_a_mistake(fields):
    """At the edge of each rule nothing is said (but that an unconditional offer may give goods away)."""
    assert codes(CLEAN[0] | fields) - {"offer.to_zero"} == set()


def test_coupons_that_the_policy_lets_in_none_of():
    """By sort: of shops, of the platform, on freight."""
    coupons = [CLEAN[0] | {"id": "a", "issuer": "s1"}, CLEAN[0] | {"id": "b"}, an_offer("c", {"type": "freight_off"})]
    for at, field in enumerate(("coupons_per_shop", "coupons_platform", "coupons_freight")):
        assert found((), coupons, policy={field: 0}, freight_templates=[a_template()]) == [
            (f"coupons[{at}]", "coupon.count_zero")
        ]


def test_an_offer_on_freight_where_there_is_none():
    """Without a freight template nothing can be taken off."""
    assert found([an_offer(benefit={"type": "freight_off"})]) == [("promotions[0]", "freight.no_templates")]


ALWAYS = an_offer("first", percent_off("10"), priority=1)


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        ({"exclusive": True}, {}, True),
        ({}, {"exclusive": True}, True),
        ({}, {}, False),
        ({"exclusive": True, "priority": -1}, {}, False),
        ({"exclusive": True, "levels": ["gold"]}, {}, False),
        ({"exclusive": True, "levels": ["gold"]}, {"levels": ["gold"]}, True),
        ({"exclusive": True, "valid_until": "2026-12-01T00:00:00Z"}, {}, False),
        (
            {"exclusive": True, "valid_until": "2026-12-01T00:00:00Z"},
            {"valid_until": "2026-11-01T00:00:00Z"},
            True,
        ),
        ({"exclusive": True, "scope": {"skus": ["a"]}}, {"scope": {"skus": ["a", "b"]}}, False),
        ({"exclusive": True, "scope": {"skus": ["a", "b"]}}, {"scope": {"skus": ["a"]}}, True),
        ({"exclusive": True, "scope": {"exclude_skus": ["b"]}}, {"scope": {"skus": ["a"]}}, True),
        ({"exclusive": True, "scope": {"exclude_skus": ["a"]}}, {"scope": {"skus": ["a"]}}, False),
        ({"exclusive": True, "limit_in_all": 9}, {}, False),
        ({"exclusive": True, "tiers": [tier(percent_off("10"), "9.00")]}, {}, False),
    ],
)
def test_a_promotion_behind_another(first, second, shadowed):
    """Shadowed where an exclusive one of the same step surely discounts all of its lines, always, for everybody."""
    found_codes = codes(ALWAYS | first, CLEAN[0] | second)
    assert ("offer.shadowed" in found_codes) is shadowed


@pytest.mark.parametrize(
    ("allowed", "issuer", "shadowed"), [(False, "s1", True), (True, "s1", False), (False, "s2", False)]
)
def test_a_coupon_that_no_line_is_left_for(allowed, issuer, shadowed):
    """A promotion that lets no coupon in and discounts all that a coupon of the shop sees."""
    promotion = ALWAYS | {"coupons_allowed": allowed, "issuer": "s1"}
    assert (("coupons[0]", "offer.shadowed") in found([promotion], [CLEAN[0] | {"issuer": issuer}])) is shadowed


def test_a_coupon_on_freight_that_is_free_already():
    """A promotion that takes all freight off leaves a freight coupon nothing; one that takes 5.00 off leaves some."""
    for benefit, shadowed in (({"type": "freight_off"}, True), ({"type": "freight_off", "amount": "5.00 CNY"}, False)):
        rows = found(
            [an_offer(benefit=benefit)],
            [an_offer("c1", {"type": "freight_off", "amount": "6.00 CNY"})],
            freight_templates=[a_template()],
        )
        assert (("coupons[0]", "offer.shadowed") in rows) is shadowed


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        ({}, {}, True),
        ({"scope": {"skus": ["a", "c"]}}, {"scope": {"skus": ["b", "c"]}}, True),
        ({"scope": {"skus": ["a"]}}, {"scope": {"skus": ["b"]}}, False),
        ({"levels": ["gold"]}, {"levels": ["black"]}, False),
        ({"levels": ["gold"]}, {"levels": ["gold", "black"]}, True),
        ({"valid_until": "2026-11-11T00:00:00Z"}, {"valid_from": "2026-11-11T00:00:00Z"}, False),
        ({"valid_until": "2026-11-11T00:00:01Z"}, {"valid_from": "2026-11-11T00:00:00Z"}, True),
        ({"issuer": "s1"}, {"issuer": "s2"}, False),
        ({"stage": "order"}, {}, False),
        ({"scope": {"categories": ["tea"]}}, {"scope": {"skus": ["a"], "categories": ["tea"]}}, True),
        ({"scope": {"categories": ["tea"]}}, {"scope": {"skus": ["a"]}}, False),
    ],
)
def test_two_prices_for_the_same_goods(first, second, twice):
    """Both set a price for a sku in the same time, for the same customer, in the same shop: the second is told."""
    goods = {"scope": {"skus": ["a"]}}
    book = Rulebook.model_validate(
        a_rulebook(promotions=[priced("member", "9.00", **goods) | first, priced("flash", "8.00", **goods) | second])
    )
    rows = [each for each in check_offers(book) if each.code == "price.twice"]
    assert [(each.place, each.facts["others"]) for each in rows] == [("promotions[1]", ("member",))] * twice


def test_one_price_for_everything():
    """A price with neither skus nor categories."""
    assert codes(priced("p", "9.00")) == {"price.everything"}


def test_exclusive_beside_coupons():
    """Said only where there are coupons at all, and not where they are shut out."""
    alone = CLEAN[0] | {"exclusive": True}
    coupon = CLEAN[0] | {"id": "c1"}
    assert found([alone], [coupon]) == [("promotions[0].exclusive", "exclusive.coupons_still")]
    assert found([alone | {"coupons_allowed": False}], [coupon]) == []
    assert found([alone]) == []


def test_goods_for_nothing_are_found_by_settling():
    """Two that reach each their threshold on goods, together more than the goods; under `net` they don't."""
    promotion = an_offer("p", tiers=[tier(amount_off("60.00"), "100.00")])
    coupon = an_offer("c", tiers=[tier(amount_off("40.00"), "99.00")])
    assert found([promotion], [coupon]) == []
    book = a_rulebook(promotions=[promotion], coupons=[coupon], policy={"threshold_amount": "goods"})
    (row,) = check_offers(Rulebook.model_validate(book))
    assert (row.place, row.code) == ("promotions[0]", "stack.to_zero")
    assert dict(row.facts) == {"goods": "100.00 CNY", "offers": ("p", "c")}


@pytest.mark.parametrize(
    ("benefit", "condition", "free"),
    [
        (amount_off("5.00"), {}, True),
        (amount_off("5.00"), {"min_amount": "5.00 CNY"}, True),
        (amount_off("5.00"), {"min_amount": "5.01 CNY"}, False),
        (percent_off("100"), {"min_amount": "99.00 CNY"}, True),
        (percent_off("50"), {}, False),
        ({"type": "fixed_price", "price": "0.00 CNY"}, {}, True),
        ({"type": "nth_unit", "n": 1, "percent": "100"}, {}, True),
        ({"type": "nth_unit", "n": 2, "percent": "100"}, {}, False),
        ({"type": "bundle_price", "quantity": 3, "price": "0.00 CNY"}, {"min_quantity": 3}, True),
        ({"type": "gift", "sku": "mug", "quantity": 1}, {}, False),
    ],
)
def test_one_offer_that_gives_goods_away(benefit, condition, free):
    """Alone, at its own threshold: whatever kind it is of, for settling tells."""
    offer = an_offer(tiers=[condition | {"benefit": benefit}], levels=["gold"], valid_from="2026-01-01T00:00:00Z")
    assert ("offer.to_zero" in codes(offer)) is free


def test_ids_that_nobody_has():
    """With a catalogue of ids each unknown one is named at its list; lists that are not given are not checked."""
    scope = {"skus": ["a", "x"], "categories": ["tea", "y"], "shops": ["s1", "z"], "exclude_skus": ["w"]}
    offer = CLEAN[0] | {"scope": scope, "condition_scope": {"skus": ["v"]}}
    known = Known(skus=["a"], categories=["tea"], shops=["s1"])
    assert found([offer], known=known) == [
        ("promotions[0].scope.skus", "scope.unknown"),
        ("promotions[0].scope.categories", "scope.unknown"),
        ("promotions[0].scope.shops", "scope.unknown"),
        ("promotions[0].scope.exclude_skus", "scope.unknown"),
        ("promotions[0].condition_scope.skus", "scope.unknown"),
    ]
    assert found([offer], known=Known(categories=["tea", "y"])) == []
    assert found([CLEAN[0] | {"issuer": "s9"}], known=known) == [("promotions[0].issuer", "scope.unknown")]


def test_contains_is_no_guess():
    """Where one scope is said to contain another, every line of the inner is in the outer."""
    scopes = [None, {"skus": ["a"]}, {"skus": ["a", "b"]}, {"categories": ["t"]}, {"categories": ["t", "u"]}]
    scopes += [{"exclude_skus": ["a"]}, {"skus": ["b"], "exclude_skus": ["a"]}, {"shops": ["s1"]}]
    scopes += [{"exclude_categories": ["t"]}, {"categories": ["u"], "exclude_categories": ["t"]}]
    terms = [
        Terms(Promotion.model_validate(CLEAN[0] | {"scope": scope, "issuer": issuer}), coupon=False)
        for scope in scopes
        for issuer in ("platform", "s1", "s2")
    ]
    lines = [(shop, sku, cats) for shop in ("s1", "s2") for sku in "abc" for cats in ((), ("t",), ("u",), ("t", "u"))]

    def seen(each):
        return {
            (shop, sku, cats)
            for shop, sku, cats in lines
            if each.shop in {None, shop}
            and (each.shops is None or shop in each.shops)
            and (each.skus is None or sku in each.skus)
            and (each.categories is None or set(cats) & each.categories)
            and sku not in each.exclude_skus
            and not set(cats) & each.exclude_categories
        }

    pairs = [(one, other) for one in terms for other in terms if _contains(one, other)]
    assert len(pairs) > 2 * len(terms)
    assert all(seen(one) >= seen(other) for one, other in pairs)


@given(rulebooks())
@settings(max_examples=30)
def test_any_rulebook_can_be_checked(book):
    """No rulebook makes the linter fail; each finding has texts in both languages and a place in the rulebook."""
    for each in check(book):
        assert each.place.startswith(("promotions[", "coupons[", "freight_templates["))
        assert "{" not in str(each) + "".join(each.texts("zh_CN"))


def test_a_users_kind_is_checked_like_any_other():
    """Settling tells of a kind of the user's that it gives goods away."""

    class AllOff(Benefit):
        """Everything off."""

        type: Literal["all_off"] = "all_off"

        def off(self, goods):
            """The nets."""
            return list(goods.nets)

    book = Rulebook.with_kinds(AllOff).model_validate(a_rulebook(promotions=[an_offer(benefit={"type": "all_off"})]))
    assert [each.code for each in check_offers(book)] == ["offer.to_zero"]


def test_the_example_has_one_of_each(capsys):
    """examples/bad-offers.json shows every code of offers but the one that needs a catalogue of ids."""
    assert main(["check", str(EXAMPLE), "--format", "json"]) == 1
    shown = {row["code"] for row in json.loads(capsys.readouterr().out)}
    families = {"tier", "benefit", "percent", "every", "max", "scope", "window", "limit", "coupon", "offer", "price"}
    families |= {"exclusive", "stack", "price_list", "regions", "pair", "group", "budget"}
    assert shown - {"freight.no_templates"} == {
        code
        for code in FINDINGS
        if code.partition(".")[0] in families
        and code not in {"scope.unknown", "regions.no_rule", "regions.no_rule_hmt"}
    }


def test_the_command_takes_a_catalogue_of_ids(tmp_path, capsys):
    """`--known` names what nobody has; a catalogue that is not valid ends with 2 and its own name."""
    known = tmp_path / "known.json"
    known.write_text('{"skus": ["tea-1"]}', encoding="utf-8")
    assert main(["check", str(EXAMPLE), "--known", str(known)]) == 1
    assert "nobody knows tea-9 [scope.unknown]" in capsys.readouterr().out
    known.write_text('{"skus": []}', encoding="utf-8")
    assert main(["check", str(EXAMPLE), "--known", str(known)]) == 2
    assert "known.json: 1 problem" in capsys.readouterr().err
