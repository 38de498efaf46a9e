"""Groups, pairs and budgets as a shop meets them: decisions, explanations, hints, what is stored, what is refused."""

from __future__ import annotations

import json

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, settled
from settlement import Checkout, InvalidDocument, InvariantBroken, Money, Rulebook, Settlement
from settlement.explanations.comparison import compare
from settlement.explanations.hint import hints
from settlement.explanations.offer import explain_offer
from settlement.explanations.story import explain
from settlement.findings import check_offers
from settlement.receipts.report import report
from settlement.receipts.text import receipt

LOCALES = ("en", "zh_CN", "zh_TW")


def percent(share):
    """A benefit: so many percent off."""
    return {"type": "percent_off", "percent": share}


def amount(off):
    """A benefit: so much off."""
    return {"type": "amount_off", "amount": f"{off} CNY"}


def of_group(name, benefit, **more):
    """A promotion of the group `sale`."""
    return an_offer(name, benefit, group="sale", **more)


def decided(settlement):
    """By offer why it was refused, or that it applied."""
    return {each.rule: each.reason or each.outcome for each in settlement.decisions}


def documents(checkout, rulebook):
    """Both documents, taken in as JSON."""
    return (
        Checkout.model_validate_json(json.dumps(checkout)),
        Rulebook.model_validate_json(json.dumps(rulebook)),
    )


# ------------------------------------------------------------------ groups


def test_members_that_are_refused_are_as_if_absent():
    """An expired member and one of another level say so, and the rest of the group goes on without them."""
    late = of_group("late", percent("90"), valid_until="2026-01-01T00:00:00+08:00")
    gold = of_group("gold", percent("80"), levels=["gold"])
    found = settled(a_checkout(), a_rulebook(promotions=[late, gold, of_group("ten", percent("10"))]))
    assert decided(found) == {"late": "expired", "gold": "wrong_level", "ten": "applied"}
    assert str(found.payable) == "9.00 CNY"


def test_a_member_below_its_threshold_says_what_is_missing():
    """Decided in its own place: the shortfall is that of the goods without the chosen member."""
    big = of_group("big", amount("5.00"))
    big["tiers"][0]["min_amount"] = "12.00 CNY"
    found = settled(a_checkout(), a_rulebook(promotions=[big, of_group("ten", percent("10"))]))
    decision = next(each for each in found.decisions if each.rule == "big")
    assert (decision.reason, str(decision.shortfall)) == ("below_amount", "2.00 CNY")


def test_equal_members_are_told_apart_by_priority_then_id():
    """The same for the buyer: the order of the contract decides, whatever the order of the documents."""
    same = [of_group(name, percent("10")) for name in ("b", "a", "c")]
    for promotions in (same, same[::-1]):
        assert decided(settled(a_checkout(), a_rulebook(promotions=promotions)))["a"] == "applied"
    first = [of_group("b", percent("10"), priority=1), *same[1:]]
    assert decided(settled(a_checkout(), a_rulebook(promotions=first)))["b"] == "applied"


def test_none_of_a_group_where_that_costs_less():
    """A promotion that takes the goods out of every coupon's scope is left out for a coupon that is worth more."""
    closing = of_group("closing", amount("1.00"), coupons_allowed=False)
    customer = {"coupons": ["c1"]}
    book = a_rulebook(promotions=[closing], coupons=[an_offer("c1", amount("4.00"))])
    found = settled(a_checkout(customer=customer), book)
    assert decided(found) == {"c1": "applied", "closing": "not_best"}
    assert found.decisions[-1].facts["would_take"] == "1.00 CNY"
    none = settled(a_checkout(customer=customer, choice={"coupons": "none"}), book)
    assert decided(none)["closing"] == "applied", "beside no coupon it is better than nothing"


def test_goods_or_freight_whichever_is_worth_more():
    """A group over two numbers of the order: free shipping against an amount off."""
    off, free = of_group("off", amount("5.00")), of_group("free", {"type": "freight_off"})
    for fee, best in (("8.00", "free"), ("4.00", "off")):
        book = a_rulebook(promotions=[off, free], freight_templates=[a_template(fee=fee)])
        found = settled(a_checkout(a_line(freight_template="t1")), book)
        other = ({"off", "free"} - {best}).pop()
        assert decided(found) == {best: "applied", other: "not_best"}
        assert next(each for each in found.decisions if each.rule == "free").facts["net"] == f"{fee} CNY"


def test_more_choices_than_can_be_looked_at_end_with_a_bound():
    """Twelve groups of four: nothing is claimed to be proven, the bound holds, and at most one of each applies."""
    promotions = [
        an_offer(f"g{group}-{at}", percent(str(1 + at)), group=f"g{group:02d}")
        for group in range(12)
        for at in range(4)
    ]
    found = settled(a_checkout(a_line(price="100.00")), a_rulebook(promotions=promotions))
    applied = [each.rule for each in found.decisions if each.outcome == "applied"]
    assert len({rule.partition("-")[0] for rule in applied}) == len(applied) == 12
    assert not found.optimal
    assert (
        found.bound
        <= found.payable
        == settled(
            a_checkout(a_line(price="100.00")),
            a_rulebook(promotions=[each for each in promotions if each["id"] in applied]),
        ).payable
    )


def test_a_group_of_which_no_member_is_there_changes_nothing():
    """No line in scope: the settlement is that of the rules without the group, but for the digest."""
    away = of_group("away", percent("50"), scope={"skus": ["other"]})
    plain = json.loads(settled(a_checkout(), a_rulebook()).to_json())
    found = json.loads(settled(a_checkout(), a_rulebook(promotions=[away])).to_json())
    assert plain.pop("digest") != found.pop("digest")
    assert plain == found


def test_who_is_not_chosen_is_explained():
    """`explain_offer` names the member in its way and what would be paid with it; without the chosen one, the next."""
    book = a_rulebook(promotions=[of_group("ten", percent("10")), of_group("two", amount("2.00"))])
    checkout, rules = documents(a_checkout(), book)
    found = explain_offer(checkout, rules, "ten")
    assert (found.decision.reason, found.by, str(found.alternative.more)) == ("not_best", ("two",), "1.00 CNY")
    other = explain_offer(checkout, rules, "two")
    assert (str(other.amount), str(other.alternative.payable)) == ("-2.00 CNY", "9.00 CNY")
    assert "would take" in found.text()


@pytest.mark.parametrize("field", ["not_with", "combines_with"])
@pytest.mark.parametrize("named", ["ten", "sale"])
def test_an_offer_that_others_name_is_explained(field, named):
    """What would be without a promotion is told although others name it, or the group that it is alone in."""
    other = an_offer("other", amount("0.50"), priority=-1, **{field: [named]})
    checkout, rules = documents(a_checkout(), a_rulebook(promotions=[of_group("ten", percent("10")), other]))
    found = explain_offer(checkout, rules, "ten")
    assert str(found.alternative.payable) == "9.50 CNY"


def test_without_a_coupon_the_group_is_chosen_anew():
    """The alternative without a coupon has the member that is best then."""
    closing = of_group("closing", amount("3.00"), coupons_allowed=False)
    book = a_rulebook(promotions=[closing], coupons=[an_offer("c1", amount("4.00"))])
    for choice in ("best", ["c1"]):
        request = documents(a_checkout(customer={"coupons": ["c1"]}, choice={"coupons": choice}), book)
        found = explain_offer(*request, "c1")
        assert str(found.alternative.payable) == "7.00 CNY"
        assert found.alternative.proven


def test_hints_reach_a_member_of_a_group():
    """What must be bought more for a member that its threshold refused, where it is then the best."""
    big = of_group("big", amount("8.00"))
    big["tiers"][0]["min_amount"] = "12.00 CNY"
    request = documents(a_checkout(), a_rulebook(promotions=[big, of_group("ten", percent("10"))]))
    (hint,) = hints(*request)
    assert (hint.rule, str(hint.missing)) == ("big", "2.00 CNY")


def test_each_row_of_a_comparison_has_its_own_member():
    """Beside no coupon the closing promotion is best, beside the coupon none is."""
    closing = of_group("closing", amount("3.00"), coupons_allowed=False)
    book = a_rulebook(promotions=[closing], coupons=[an_offer("c1", amount("4.00"))])
    compared = compare(*documents(a_checkout(customer={"coupons": ["c1"]}), book))
    assert [str(row.payable) for row in compared.rows] == ["7.00 CNY", "6.00 CNY", "7.00 CNY", "6.00 CNY", "6.00 CNY"]


# ------------------------------------------------------------------ pairs


def test_the_earlier_promotion_stands_and_the_later_names_it():
    """Agreed from both sides: it is enough that one of them says no, by id or by group."""
    one, two = an_offer("one", amount("2.00"), priority=1, group="sale"), an_offer("two", amount("1.00"))
    for first, second in (({"not_with": ["two"]}, {}), ({}, {"not_with": ["one"]}), ({}, {"not_with": ["sale"]})):
        found = settled(a_checkout(), a_rulebook(promotions=[one | first, two | second]))
        assert decided(found) == {"one": "applied", "two": "excluded_by_offer"}
        assert dict(found.decisions[1].facts) == {"offer": "one"}


def test_a_group_gives_way_where_the_other_offer_is_worth_more():
    """No member is better than one that keeps a larger promotion out."""
    one, two = an_offer("one", amount("1.00"), priority=1, group="sale"), an_offer("two", amount("2.00"))
    found = settled(a_checkout(), a_rulebook(promotions=[one, two | {"not_with": ["sale"]}]))
    assert decided(found) == {"two": "applied", "one": "not_best"}


def test_combines_with_lets_only_those_stand_that_it_names():
    """One that it does not name is excluded, one that it names is not, unless that one says no."""
    base = [an_offer(name, amount("1.00")) for name in "abc"]
    base[0]["combines_with"] = ["b"]
    assert decided(settled(a_checkout(), a_rulebook(promotions=base))) == {
        "a": "applied", "b": "applied", "c": "excluded_by_offer",
    }  # fmt: skip
    base[1]["not_with"] = ["a"]
    assert decided(settled(a_checkout(), a_rulebook(promotions=base)))["b"] == "excluded_by_offer"


def test_a_promotion_keeps_a_coupon_out_and_a_coupon_a_freight_promotion():
    """Whoever has the earlier turn stands; what a coupon costs by keeping free shipping away counts in the choice."""
    coupon, free = an_offer("c1", amount("3.00"), not_with=["free"]), an_offer("free", {"type": "freight_off"})
    customer = {"coupons": ["c1"]}
    for fee, chosen in (("8.00", "free"), ("2.00", "c1")):
        book = a_rulebook(promotions=[free], coupons=[coupon], freight_templates=[a_template(fee=fee)])
        found = settled(a_checkout(a_line(freight_template="t1"), customer=customer), book)
        assert [rule for rule, outcome in decided(found).items() if outcome == "applied"] == [chosen]
        assert found.optimal
    book = a_rulebook(promotions=[an_offer("p1", amount("1.00"))], coupons=[coupon | {"not_with": ["p1"]}])
    found = settled(a_checkout(customer=customer), book)
    assert decided(found) == {"p1": "applied", "c1": "excluded_by_offer"}
    assert explain_offer(*documents(a_checkout(customer=customer), book), "c1").by == ("p1",)


def test_copies_of_a_coupon_are_apart_only_where_it_names_itself():
    """Two copies go together, also of a coupon that combines with nobody else."""
    customer = {"coupons": ["c1"], "copies": {"c1": 2}}
    policy = {"coupons_platform": 2}
    for more, used in (({}, 2), ({"combines_with": ["c2"]}, 2), ({"not_with": ["c1"]}, 1)):
        coupons = [an_offer("c1", amount("2.00"), **more), an_offer("c2", amount("1.00"))]
        found = settled(a_checkout(customer=customer), a_rulebook(coupons=coupons, policy=policy))
        assert sum(outcome == "applied" for outcome in decided(found).values()) == used


def test_unknown_names_are_refused_with_a_hint():
    """Every one of them at its place."""
    offers = [an_offer("sale-a", amount("1.00"), not_with=["sale-b", "none"]), an_offer("sale-bb", amount("1.00"))]
    with pytest.raises(InvalidDocument) as refused:
        documents(a_checkout(), a_rulebook(promotions=offers, coupons=[an_offer("c", combines_with=["sal-a"])]))
    assert [(each.place, each.code) for each in refused.value.problems] == [
        ("rulebook.promotions[0].not_with[0]".removeprefix("rulebook."), "offer.unknown"),
        ("promotions[0].not_with[1]", "offer.unknown"),
        ("coupons[0].combines_with[0]", "offer.unknown"),
    ]
    assert 'did you mean "sale-a"' in str(refused.value)


# ------------------------------------------------------------------ budgets


def test_a_budget_is_met_to_the_minor_unit_and_never_cut():
    """Exactly what is left may be taken; one minor unit more is refused, with both amounts."""
    sale = an_offer("sale", amount("2.00"), budget="5.00 CNY")
    for spent, outcome in (("3.00", "applied"), ("3.01", "used_up"), ("9.00", "used_up")):
        customer = {"usage": [{"rule": "sale", "spent": f"{spent} CNY"}]}
        found = settled(a_checkout(customer=customer), a_rulebook(promotions=[sale]))
        assert decided(found) == {"sale": outcome}
        if outcome == "used_up":
            left = str(Money.of_minor(max(0, 500 - Money(f"{spent} CNY").minor), "CNY"))
            assert (found.decisions[0].facts["left"], found.decisions[0].facts["would_take"]) == (left, "2.00 CNY")
            assert found.redemptions == ()
        else:
            assert [(each.kind, each.id, str(each.amount)) for each in found.redemptions] == [
                ("budget", "sale", "2.00 CNY")
            ]


def test_the_best_coupons_see_that_a_budget_holds_for_less():
    """A coupon that would pass its budget alone fits behind another: the search uses both."""
    half = an_offer("half", percent("50"), budget="4.50 CNY")
    first = an_offer("first", amount("1.00"), priority=1)
    customer = {"coupons": ["half", "first"]}
    book = a_rulebook(coupons=[half, first], policy={"coupons_platform": 2})
    found = settled(a_checkout(customer=customer), book)
    assert decided(found) == {"first": "applied", "half": "applied"}
    assert (str(found.payable), found.optimal) == ("4.50 CNY", True)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["redemptions"][0].update(amount="1.00 CNY"),
        lambda data: data.update(redemptions=[]),
        lambda data: data["redemptions"].append({"kind": "budget", "id": "other", "quantity": 1, "amount": "1.00 CNY"}),
        lambda data: data["adjustments"][0]["facts"].update(budget_left="1.99 CNY"),
        lambda data: data["adjustments"][0]["facts"].update(budget_left=2),
    ],
)
def test_a_stored_settlement_takes_of_a_budget_what_it_took_off(change):
    """Another amount, none, one of an offer that took nothing, and less left than was taken are all found."""
    sale = an_offer("sale", amount("2.00"), budget="5.00 CNY")
    data = json.loads(settled(a_checkout(), a_rulebook(promotions=[sale])).to_json())
    assert data["adjustments"][0]["facts"]["budget_left"] == "5.00 CNY"
    change(data)
    with pytest.raises((InvalidDocument, InvariantBroken)):
        Settlement.from_json(json.dumps(data))


def test_what_was_spent_is_in_the_currency_of_the_cart():
    """Another currency is refused at its place; 0 spent is nothing spent."""
    with pytest.raises(InvalidDocument) as refused:
        documents(a_checkout(customer={"usage": [{"rule": "p1", "spent": "1.00 USD"}]}), a_rulebook())
    assert [(each.place, each.code) for each in refused.value.problems] == [
        ("customer.usage[0].spent", "currency.mixed")
    ]


# ------------------------------------------------------------------ all of them


def test_spelled_at_their_defaults_they_change_no_digest():
    """Null, and nothing spent, are what holds anyway."""
    plain = settled(a_checkout(), a_rulebook(promotions=[an_offer()]))
    nulls = dict.fromkeys(("group", "not_with", "combines_with", "budget"))
    usage = {"usage": [{"rule": "p1", "spent": "0.00 CNY"}]}
    assert settled(a_checkout(customer=usage), a_rulebook(promotions=[an_offer() | nulls])).digest == plain.digest
    for field in ({"group": "g"}, {"not_with": ["p1"]}, {"combines_with": ["p1"]}, {"budget": "9.00 CNY"}):
        assert settled(a_checkout(), a_rulebook(promotions=[an_offer(**field)])).digest != plain.digest


@pytest.mark.parametrize("locale", LOCALES)
def test_receipts_reports_and_stories_say_why(locale):
    """The other offer by its name, what is left of a budget, what a member would have taken; no text is missing."""
    promotions = [
        of_group("ten", percent("10")),
        of_group("two", amount("2.00"), priority=1) | {"name": "Two off"},
        an_offer("late", amount("1.00"), not_with=["two"]),
        an_offer("small", amount("3.00"), budget="1.00 CNY"),
    ]
    found = settled(a_checkout(), a_rulebook(promotions=promotions))
    assert decided(found) == {
        "two": "applied", "late": "excluded_by_offer", "small": "used_up", "ten": "not_best",
    }  # fmt: skip
    for text in (receipt(found, locale=locale), report(found, locale=locale)):
        assert "Two off" in text
        assert "not_best" not in text
        assert "excluded_by_offer" not in text
    assert Settlement.from_json(found.to_json()) == found
    assert explain(found).text(locale)
    if locale == "en":
        said = " ".join(receipt(found).split())
        assert "does not go together with Two off" in said
        assert "this order is best without it; it would take CN¥0.90 off" in said
        assert "CN¥1.00 of its budget is left, and it would take CN¥3.00" in said


@pytest.mark.parametrize(
    ("codes", "promotions"),
    [
        (["group.beaten"], [of_group("a", percent("10")), of_group("b", percent("12"))]),
        (["group.beaten"], [of_group("a", percent("10")), of_group("b", percent("10"))]),
        ([], [of_group("a", percent("10")), of_group("b", percent("12"), levels=["gold"])]),
        ([], [of_group("a", percent("10")), of_group("b", amount("2.00"))]),
        (["offer.never_stands"], [an_offer("a", percent("5")), an_offer("b", percent("9"), not_with=["a"])]),
        ([], [an_offer("a", percent("5"), levels=["gold"]), an_offer("b", percent("9"), not_with=["a"])]),
        ([], [an_offer("a", percent("5"), group="g"), an_offer("b", percent("9"), not_with=["a"])]),
        (["budget.too_small"], [an_offer("a", percent("5"), budget="0.00 CNY")]),
        ([], [an_offer("a", amount("5.00"), budget="1.00 CNY")]),
        (
            ["pair.contradicts"],
            [an_offer("a", amount("5.00")), an_offer("b", amount("5.00"), not_with=["a"], combines_with=["a"])],
        ),
    ],
)
def test_the_linter_finds_what_never_stands_or_is_outdone(codes, promotions):
    """As far as it is certain: of other customers, of other kinds, behind a group nothing is said."""
    own = {"group.beaten", "offer.never_stands", "budget.too_small", "pair.contradicts"}
    book = Rulebook.model_validate(a_rulebook(promotions=promotions))
    assert [each.code for each in check_offers(book) if each.code in own] == codes
