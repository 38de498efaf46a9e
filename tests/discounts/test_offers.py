"""The documents of offers: every field and rule of contract §4."""

from __future__ import annotations

import pytest

from samples import an_offer, problems
from settlement import Coupon, InvalidDocument, Promotion, Scope, Tier
from settlement.discounts import KINDS
from settlement.documents.marks import Mark, marks_of

OFF = {"type": "amount_off", "amount": "1.00 CNY"}
FREIGHT = {"type": "freight_off"}

WRONG_OFFERS = [
    ({"id": ""}, "id", "text.empty"),
    ({"name": 5}, "name", "text.type"),
    ({"issuer": ""}, "issuer", "text.empty"),
    ({"issuer": None}, "issuer", "text.type"),
    ({"scope": []}, "scope", "object.type"),
    ({"tiers": []}, "tiers", "list.empty"),
    ({"tiers": {"benefit": OFF}}, "tiers", "list.type"),
    ({"tiers": [{}]}, "tiers[0].benefit", "field.missing"),
    ({"tiers": [{"benefit": OFF, "top_amount": "1.00 CNY"}]}, "tiers[0].top_amount", "field.unknown"),
    ({"valid_from": "2026-11-11"}, "valid_from", "time.date"),
    ({"valid_until": "2026-11-11T00:00:00"}, "valid_until", "time.naive"),
    ({"levels": []}, "levels", "list.empty"),
    ({"levels": "gold"}, "levels", "list.type"),
    ({"levels": ["gold", "gold"]}, "levels[1]", "id.duplicate"),
    ({"new_customers_only": 1}, "new_customers_only", "field.type"),
    ({"priority": 1.0}, "priority", "integer.type"),
    ({"priority": True}, "priority", "integer.type"),
    ({"priority": 10**9 + 1}, "priority", "integer.range"),
    ({"exclusive": None}, "exclusive", "field.type"),
    ({"platform_share": "101"}, "platform_share", "rule.percentage"),
    ({"platform_share": 50.0}, "platform_share", "percent.type"),
    ({"id": "points"}, "id", "id.reserved"),
    ({"id": "round_total"}, "id", "id.reserved"),
    ({"discount": "1.00 CNY"}, "discount", "field.unknown"),
]


@pytest.mark.parametrize("kind", [Promotion, Coupon])
@pytest.mark.parametrize(("fields", "place", "code"), WRONG_OFFERS)
def test_a_wrong_field_of_an_offer_is_named(kind, fields, place, code):
    """Promotions and coupons validate the fields that they share alike."""
    assert problems(lambda: kind(**an_offer() | fields)) == [(place, code)]


def test_stage_and_coupons_allowed_belong_to_promotions():
    """A coupon has neither; a promotion's stage is order or item."""
    assert problems(lambda: Promotion(**an_offer(stage="cart"))) == [("stage", "choice.unknown")]
    assert problems(lambda: Promotion(**an_offer(coupons_allowed=0))) == [("coupons_allowed", "field.type")]
    assert problems(lambda: Coupon(**an_offer(stage="item"))) == [("stage", "field.unknown")]
    assert problems(lambda: Coupon(**an_offer(coupons_allowed=True))) == [("coupons_allowed", "field.unknown")]
    assert (Promotion(**an_offer()).stage, Promotion(**an_offer()).coupons_allowed) == ("order", True)


@pytest.mark.parametrize("field", ["id", "issuer", "tiers"])
def test_what_an_offer_cannot_do_without(field):
    """Id, issuer and tiers are required."""
    offer = an_offer()
    del offer[field]
    assert problems(lambda: Promotion(**offer)) == [(field, "field.missing")]


def test_all_contradictions_of_an_offer_are_named_at_once():
    """An empty window and tiers that mix and end without a condition are three problems."""
    tiers = [{"benefit": OFF}, {"min_amount": "1.00 CNY", "benefit": FREIGHT}, {"benefit": OFF}]
    window = {"valid_from": "2026-11-11T00:00:00Z", "valid_until": "2026-11-11T08:00:00+08:00"}
    assert problems(lambda: Promotion(**an_offer(tiers=tiers, **window))) == [
        ("valid_until", "window.empty"),
        ("tiers", "tier.mixed_freight"),
        ("tiers[2]", "tier.first_only"),
    ]


@pytest.mark.parametrize("field", [each for each in Scope.model_fields if each != "exclude_reduced"])
def test_a_list_that_restricts_names_something(field):
    """In a scope an absent list does not restrict; an empty one, a doubled id and a string are errors."""
    assert getattr(Scope(), field) is None
    assert getattr(Scope(**{field: ["a", "b"]}), field) == ("a", "b")
    assert problems(lambda: Scope(**{field: []})) == [(field, "list.empty")]
    assert problems(lambda: Scope(**{field: ["a", "a"]})) == [(f"{field}[1]", "id.duplicate")]
    assert problems(lambda: Scope(**{field: "a"})) == [(field, "list.type")]
    assert problems(lambda: Scope(**{field: [""]})) == [(f"{field}[0]", "text.empty")]


def tiers(*conditions):
    """Tiers of these (min_amount, min_quantity)."""
    made = []
    for amount, quantity in conditions:
        tier = {"benefit": OFF}
        if amount is not None:
            tier["min_amount"] = f"{amount}.00 CNY"
        if quantity is not None:
            tier["min_quantity"] = quantity
        made.append(tier)
    return made


RISING = [
    [(None, None)],
    [(0, None), (1, None)],
    [(1, None), (2, None), (3, None)],
    [(None, 1), (None, "1.5")],
    [(1, 1), (1, 2), (2, 2)],
    # The two clauses of the contract meet here: only the first may state none, so what follows starts anew.
    [(None, None), (1, None)],
    [(None, None), (None, 2), (None, 3)],
]
NOT_RISING = [
    ([(1, None), (1, None)], 1, "tier.order"),
    ([(2, None), (1, None)], 1, "tier.order"),
    ([(1, 2), (2, 1)], 1, "tier.order"),
    ([(1, 1), (1, 1)], 1, "tier.order"),
    ([(1, None), (2, 1)], 1, "tier.order"),
    ([(1, 1), (2, None)], 1, "tier.order"),
    ([(1, None), (None, 1)], 1, "tier.order"),
    ([(1, None), (None, None)], 1, "tier.first_only"),
    ([(None, None), (None, None)], 1, "tier.first_only"),
    ([(1, None), (3, None), (2, None)], 2, "tier.order"),
]


@pytest.mark.parametrize("conditions", RISING, ids=str)
def test_tiers_rise(conditions):
    """The same conditions, none lower and at least one higher."""
    assert len(Promotion(**an_offer(tiers=tiers(*conditions))).tiers) == len(conditions)


@pytest.mark.parametrize(("conditions", "place", "code"), NOT_RISING, ids=str)
def test_tiers_that_do_not_rise_are_named(conditions, place, code):
    """The first tier that breaks the rule is the place."""
    assert problems(lambda: Promotion(**an_offer(tiers=tiers(*conditions)))) == [(f"tiers[{place}]", code)]


def test_the_tiers_of_a_freight_offer_are_all_of_freight():
    """Mixed tiers would stand in two numbers of the order."""
    mixed = [{"min_amount": "1.00 CNY", "benefit": OFF}, {"min_amount": "2.00 CNY", "benefit": FREIGHT}]
    assert problems(lambda: Coupon(**an_offer(tiers=mixed))) == [("tiers", "tier.mixed_freight")]
    assert Coupon(**an_offer(benefit=FREIGHT)).on_freight
    assert not Coupon(**an_offer()).on_freight


EVERY = [
    ({}, False),
    ({"min_amount": "0.00 CNY"}, False),
    ({"min_quantity": 0}, False),
    ({"min_amount": "1.00 CNY", "min_quantity": 0}, False),
    ({"min_amount": "1.00 CNY"}, True),
    ({"min_quantity": "1.5"}, True),
    ({"min_amount": "1.00 CNY", "min_quantity": 1}, True),
]


@pytest.mark.parametrize("benefit", [OFF, {"type": "gift", "sku": "mug", "quantity": 1}], ids=lambda b: b["type"])
@pytest.mark.parametrize(("conditions", "valid"), EVERY)
def test_every_repeats_a_condition_above_zero(benefit, conditions, valid):
    """`every` needs something to count; each stated condition is above 0."""
    tier = conditions | {"benefit": benefit | {"every": True}}
    if valid:
        assert Tier(**tier).benefit.every
    else:
        assert problems(lambda: Tier(**tier)) == [("", "tier.every")]
    assert not Tier(**conditions | {"benefit": benefit}).benefit.every


def test_a_window_is_not_empty():
    """valid_from < valid_until as instants; one side may be open."""
    start, same = "2026-11-11T00:00:00+08:00", "2026-11-10T16:00:00Z"
    later = "2026-11-10T16:00:00.000001Z"
    for until in (same, "2026-11-10T15:00:00Z"):
        assert problems(lambda until=until: Coupon(**an_offer(valid_from=start, valid_until=until))) == [
            ("valid_until", "window.empty")
        ]
    assert Coupon(**an_offer(valid_from=start, valid_until=later)).valid_until is not None
    assert Coupon(**an_offer(valid_until=same)).valid_from is None


WRONG_BENEFITS = [
    ({"type": "half_price"}, "type", "choice.unknown"),
    ({"amount": "1.00 CNY"}, "", "field.missing"),
    ({"type": "amount_off", "amount": "-1.00 CNY"}, "amount", "amount.negative"),
    ({"type": "amount_off", "amount": "1.00 CNY", "max": 5}, "max", "amount.type"),
    ({"type": "amount_off", "amount": "1.00 CNY", "every": 1}, "every", "field.type"),
    ({"type": "amount_off", "amount": "1.00 CNY", "percent": "5"}, "percent", "field.unknown"),
    ({"type": "percent_off", "percent": "0"}, "percent", "rule.percentage"),
    ({"type": "percent_off", "percent": "100.5"}, "percent", "rule.percentage"),
    ({"type": "percent_off", "percent": 15.0}, "percent", "percent.type"),
    ({"type": "percent_off", "percent": "15", "max": "1 CNY"}, "max", "amount.scale"),
    ({"type": "fixed_price", "price": 9.9}, "price", "amount.float"),
    ({"type": "nth_unit", "n": 0, "percent": "50"}, "n", "integer.range"),
    ({"type": "nth_unit", "n": 2, "percent": "50", "per": "line"}, "per", "choice.unknown"),
    ({"type": "bundle_price", "quantity": 0, "price": "9.00 CNY"}, "quantity", "integer.range"),
    ({"type": "bundle_price", "quantity": "2", "price": "9.00 CNY"}, "quantity", "integer.type"),
    ({"type": "gift", "sku": "mug", "quantity": 0}, "quantity", "quantity.range"),
    ({"type": "gift", "sku": "mug", "quantity": 1, "every": "yes"}, "every", "field.type"),
    ({"type": "freight_off", "amount": "x"}, "amount", "amount.notation"),
    ({"type": "freight_off", "percent": "5"}, "percent", "field.unknown"),
]


@pytest.mark.parametrize(("benefit", "place", "code"), WRONG_BENEFITS)
def test_a_wrong_benefit_is_named(benefit, place, code):
    """Each field of each kind is validated; a kind that is not there, or none, is named at `type`."""
    place = place or "type"
    assert problems(lambda: Tier(benefit=benefit)) == [(f"benefit.{place}", code)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_of_every_kind_is_asked_for_and_validated(kind):
    """What is required and absent is named; a control character is refused in each but those for people only."""
    tag, own = kind.model_fields["type"].default, [name for name in kind.model_fields if name != "type"]
    required = [name for name in own if kind.model_fields[name].is_required()]
    if required:
        found = problems(lambda: Tier(benefit={"type": tag}))
        assert found == [(f"benefit.{name}", "field.missing") for name in required]
    own = [name for name in own if Mark.PERSONAL not in marks_of(kind.model_fields[name])]
    found = problems(lambda: Tier(benefit={"type": tag} | dict.fromkeys(own, "\0")))
    assert [place for place, _ in found] == [f"benefit.{name}" for name in own]


def test_a_reserved_id_is_told_beside_other_wrong_fields():
    """It is wrong by itself, whatever else is wrong; and it is an id like any other."""
    wrong = an_offer("points", tiers=[], exclusive="yes")
    expected = [("id", "id.reserved"), ("tiers", "list.empty"), ("exclusive", "field.type")]
    assert problems(lambda: Promotion.model_validate(wrong)) == expected
    for name, code in (("", "text.empty"), ("a\nb", "text.control"), (5, "text.type"), ("x" * 201, "limit.text")):
        assert problems(lambda name=name: Coupon.model_validate(an_offer(name))) == [("id", code)]


def test_an_empty_list_that_is_required_is_not_to_be_left_out():
    """The text is true of tiers as well, which every offer has."""
    with pytest.raises(InvalidDocument, match="name at least one, or leave the field out where it is optional"):
        Promotion.model_validate(an_offer(tiers=[]))
