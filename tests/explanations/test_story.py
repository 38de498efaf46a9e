"""Explanations: whoever follows the printed formulas gets the settlement's own cents."""

from __future__ import annotations

import json
import math
import random
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beyond import beyond, crowded, tight
from cases import TABLES, settled_case
from random_requests import random_request
from returns import a_settlement
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, everything, problems, settled
from settlement import Checkout, Gift, Money, Rulebook, Settlement, UnknownLine, settle
from settlement.audit.record import record
from settlement.discounts import KINDS
from settlement.explanations.calculator import evaluate
from settlement.explanations.formulas_of_offers import FORMULAS
from settlement.explanations.hint import hints
from settlement.explanations.parcel import explain_parcel
from settlement.explanations.story import explain
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.money import DECIMALS
from settlement.testing.strategies import benefits, surcharges

ROOT = Path(__file__).resolve().parents[2]
MODES = {
    "half_up": lambda exact: math.floor(exact + Fraction(1, 2)),
    "half_down": lambda exact: math.ceil(exact - Fraction(1, 2)),
    "half_even": round,
    "up": math.ceil,
    "down": math.floor,
}


def pocket(formula, rounding, currency):
    """A calculator of the test's own: Python's arithmetic on fractions, not the library's."""
    unit = 10 ** DECIMALS[currency]
    text = re.sub(r"\d+(\.\d+)?", lambda number: f"Fraction('{number[0]}')", formula)
    for sign, python in {"×": "*", "÷": "/", "−": "-", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}.items():
        text = text.replace(sign, python)
    names = {
        "Fraction": Fraction,
        "floor": lambda value: Fraction(math.floor(value)),
        "ceil": lambda value: Fraction(math.ceil(value)),
        "round": lambda value: Fraction(MODES[rounding](value * unit), unit),
        "down": lambda value: Fraction(math.floor(value * unit), unit),
        "min": min,
        "max": max,
    }
    return Fraction(eval(text, {"__builtins__": {}}, names))  # noqa: S307 - formulas of our own


def number(result):
    """What a step says that it makes."""
    return Fraction(result.amount if isinstance(result, Money) else result)


def check_step(step, currency):
    """A step's formula makes its result; its rows make the shares, the cents left over and what the platform bears."""
    if step.formula:
        assert pocket(step.formula, step.rounding, currency) == number(step.result), step
    unit = Fraction(1, 10 ** DECIMALS[currency])
    if step.code == "by_line":
        for row in step.shares:
            assert pocket(row.formula, step.rounding, currency) == abs(number(row.share)), row
    if step.code == "spread":
        exact = {row.line: pocket(row.formula, step.rounding, currency) / unit for row in step.shares}
        left = round(sum(exact.values())) - sum(math.floor(value) for value in exact.values())
        assert left * unit == number(step.facts["over"])
        order = sorted(exact, key=lambda name: (-(exact[name] % 1), -exact[name], name))
        for row in step.shares:
            place = order.index(row.line)
            assert (row.rank, row.lost) == (place + 1, exact[row.line] % 1)
            assert number(row.floor) == math.floor(exact[row.line]) * unit
            assert number(row.extra) == (unit if place < left else 0)
            share = number(row.floor) + number(row.extra)
            assert (share if row.most is None else number(row.most)) == abs(number(row.share))
    if step.shares and step.code != "stated":
        assert sum(number(row.share) for row in step.shares) == number(step.result)
    for row in step.shares:
        if row.platform_formula:
            borne = 0 if row.platform is None else abs(number(row.platform))
            assert pocket(row.platform_formula, step.rounding or "half_up", currency) == borne


def settled_as(request):
    """The settlement of a plain request."""
    return settle(
        Checkout.model_validate_json(json.dumps(request["checkout"])),
        Rulebook.model_validate_json(json.dumps(request["rulebook"])),
    )


def of_the_contract(seed):
    """A random request with everything of the contract."""
    return random_request(random.Random(seed))


@pytest.mark.parametrize("make", [of_the_contract, beyond, crowded, tight])
@pytest.mark.parametrize("chunk", range(3))
def test_every_printed_formula_makes_the_settlement_s_number(chunk, make):
    """Totals, lines, parcels and rules of random settlements, read back from JSON: each step, share and cent.

    Those of the contract, and those with every field beyond it: no number is left without its formula.
    """
    for seed in range(chunk * 40, chunk * 40 + 40):
        settlement = Settlement.from_json(settled_as(make(seed)).to_json())
        currency = settlement.currency
        stories = [explain(settlement)]
        stories += [explain(settlement, rule=rule) for rule in {each.rule for each in settlement.adjustments}]
        stories += [explain(settlement, parcel=place) for place in range(len(settlement.parcels))]
        for story in stories:
            assert sum(term.amount.minor for term in story.figures) == (
                0 if story.result is None else story.result.minor
            )
            assert "stated" not in {step.code for step in story.steps}, seed
            for step in story.steps:
                check_step(step, currency)
        for line in settlement.lines:
            check_line(explain(settlement, line=line.id), line, currency)


def check_line(story, line, currency):
    """From the line's goods each `left` goes on from the one before, and the last is what is paid."""
    at = number(line.goods)
    assert story.steps[0].result == line.goods
    for step in story.steps:
        if step.code == "on_goods":  # spread over two: down, and a unit that is left over
            (half,) = step.shares
            assert half.floor <= step.result == half.floor + half.extra
        elif step.formula:
            assert pocket(step.formula, step.rounding, currency) == number(step.result)
        if step.code in {"spread", "by_line"}:
            (row,) = step.shares
            at += number(row.share)
        elif step.code == "left":
            assert number(step.result) == at
    assert at == number(line.payable) == number(story.steps[-1].result)
    assert sum(term.amount.minor for term in story.figures) == line.payable.minor


def test_the_total_s_story_goes_from_goods_to_payable():
    """Each adjustment moves the running amount by itself; the last step is what is to be paid."""
    settlement = settled(*everything())
    steps = explain(settlement).steps
    moved = [step.result.minor for step in steps if step.code == "left"]
    assert len(moved) == len(settlement.adjustments)
    assert [after - before for before, after in zip([steps[0].result.minor, *moved], moved, strict=False)] == [
        each.amount.minor for each in settlement.adjustments
    ]
    assert steps[-1].result == settlement.payable


def test_json_tells_the_same_story():
    """A settlement that was read back is explained step by step like the one that was made here."""
    settlement = settled(*everything())
    again = Settlement.from_json(settlement.to_json())
    for subject in ({}, {"line": "a"}, {"rule": "p1"}, {"parcel": 1}):
        assert explain(settlement, **subject).steps == explain(again, **subject).steps
        assert json.loads(json.dumps(explain(again, **subject).to_dict()))["steps"]


@pytest.mark.parametrize(("name", "goods", "offer"), [(name, *row[:2]) for name in FORMULAS for row in TABLES[name]])
def test_what_a_kind_takes_off_by_hand_is_explained(name, goods, offer):
    """Each case of tests/discounts/cases.md: where something is taken off, its explanation makes it."""
    settlement = settled_case(name, goods, offer)
    steps = explain(Settlement.from_json(settlement.to_json()), rule="p").steps
    taken = any(each.rule == "p" for each in settlement.adjustments)
    assert taken == bool({"spread", "by_line"} & {step.code for step in steps})
    for step in steps:
        check_step(step, "CNY")


TAKING = [kind for kind in KINDS if kind is not Gift]


@pytest.mark.parametrize("kind", TAKING, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_kind_of_benefit_has_its_formula(kind, data):
    """Whatever a kind's fields say, the explanation makes what it takes off; a new kind in KINDS is held to it too."""
    tag = kind.model_fields["type"].default
    asked = "a function and its row of FORMULAS in explanations/formulas_of_offers.py"
    assert tag in FORMULAS, f"how {tag} comes to its amount is not explained: write {asked}"
    benefit = data.draw(benefits(kind)).model_dump(mode="json")
    quantities, prices = st.sampled_from([1, 2, 3, 7, "1.5"]), st.sampled_from(["0.01", "9.99", "10.00", "33.33"])
    lines = [
        a_line(name, data.draw(prices), quantity=data.draw(quantities), sku=sku, freight_template="t1")
        for name, sku in zip("abc", ("k1", "k2", "k1"), strict=True)
    ]
    offer = an_offer("p1", benefit) | {"tiers": [{"min_quantity": 2, "benefit": benefit}]}
    settlement = settled(a_checkout(*lines), a_rulebook(promotions=[offer], freight_templates=[a_template()]))
    if any(each.rule == "p1" for each in settlement.adjustments):
        steps = explain(Settlement.from_json(settlement.to_json()), rule="p1").steps
        assert {"spread", "by_line"} & {step.code for step in steps}
        for step in steps:
            check_step(step, "CNY")


def test_nothing_else_has_a_formula():
    """Every formula is that of a kind, by its type."""
    assert set(FORMULAS) == {kind.model_fields["type"].default for kind in TAKING}


@pytest.mark.parametrize("kind", SURCHARGE_KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_kind_of_surcharge_has_its_formula(kind, data):
    """What it counts stands in the facts, makes the amount and is told; a new kind in SURCHARGE_KINDS too."""
    far = data.draw(surcharges(kind)).model_dump(mode="json") | {"regions": ["CN"], "fee": "3.33 CNY", "label": "far"}
    far |= dict.fromkeys(("exclude_regions", "only_skus", "only_categories", "when", "max_fee"))  # it is charged
    book = a_rulebook(freight_templates=[a_template(surcharges=[far])])
    lines = [a_line(name, freight_template="t1", quantity=n, weight_g=w, volume_cm3=v) for name, n, w, v in SENT]
    settlement = settled(a_checkout(*lines), book)
    entries = [each for each in settlement.adjustments if each.stage == "surcharge"]
    assert entries, (
        f"{far} costs nothing for what SENT holds: give SENT a line that every kind of surcharge charges for"
    )
    (entry,) = entries
    assert {"per", "fee", "label", "counts"} | {kind.fact} - {""} <= set(entry.facts)
    story = explain(Settlement.from_json(settlement.to_json()), rule="t1")
    assert sum(step.code == "spread" for step in story.steps) == 2  # the fee and the surcharge
    for step in story.steps:
        check_step(step, "CNY")
    checkout = Checkout.model_validate(a_checkout(*lines))
    (told,) = explain_parcel(checkout, Rulebook.model_validate(book)).surcharges
    assert pocket(told.formula.partition(" = ")[0], "half_up", "CNY") == number(entry.amount)


#: Lines that every kind of surcharge charges for: id, quantity, grams and cm³ of one.
SENT = [("a", "2.5", 700_001, 700_001), ("b", 3, 20, 5)]


def test_a_lowest_price_cuts_a_share():
    """Where a line must not cost less than its lowest price, the row says how far its share may go."""
    lines = [a_line("a", "10.00", min_price="9.50 CNY"), a_line("b", "10.00", sku="k2")]
    offer = an_offer("p1", {"type": "amount_off", "amount": "4.00 CNY"})
    story = explain(settled(a_checkout(*lines), a_rulebook(promotions=[offer])), rule="p1")
    rows = {row.line: row for row in story.steps[-1].shares}
    assert [str(row.share) for row in rows.values()] == ["-0.50 CNY", "-2.00 CNY"]
    assert (rows["a"].most, rows["b"].most) == (Money("0.50 CNY"), None)
    check_step(story.steps[-1], "CNY")


def test_refusals_gifts_and_left_out_lines_are_told():
    """What did not happen is part of the story: reason and shortfall, a gift, a line that is left out."""
    gift = an_offer("g", {"type": "gift", "sku": "mug", "quantity": 1})
    far = an_offer("far") | {
        "tiers": [{"min_amount": "99.00 CNY", "benefit": {"type": "amount_off", "amount": "1.00 CNY"}}]
    }
    lines = [a_line("a"), a_line("b", selected=False)]
    settlement = settled(a_checkout(*lines), a_rulebook(promotions=[gift, far]))
    assert [step.code for step in explain(settlement).steps] == ["goods", "payable", "excluded", "gift", "refused"]
    (step,) = explain(settlement, rule="far").steps
    assert {name: step.facts[name] for name in ("reason", "shortfall")} == {
        "reason": "below_amount",
        "shortfall": Money("89.00 CNY"),
    }
    assert step.facts["hint"] == hints(*settlement.made_from)[0]
    (stored,) = explain(Settlement.from_json(settlement.to_json()), rule="far").steps
    assert stored.facts == {"reason": "below_amount", "shortfall": Money("89.00 CNY")}
    assert [step.code for step in explain(settlement, rule="g").steps] == ["gift"]
    assert [step.code for step in explain(settlement, line="b").steps] == ["excluded"]


def test_the_story_of_a_record_has_the_names_that_stand_in_it():
    """Goods and offers as people call them, also where no document is at hand; refused points are called points."""
    tea = a_line(price="5.00") | {"name": "Longjing"}
    held = {"coupons": ["c1"], "points": 3}
    spring = an_offer("c1", {"type": "amount_off", "amount": "1.00 CNY"}) | {"name": "Spring"}
    rules = a_rulebook(coupons=[spring], points={"points": 100, "worth": "1.00 CNY", "min_points": 50})
    made = settled(a_checkout(tea, customer=held, choice={"points": 30}), rules)
    for kept in (made, record(made).settlement(), Settlement.from_json(made.to_json())):
        text = explain(kept).text()
        assert "Spring [c1]" in text
        assert "\nPoints: not enough points" in text
        assert explain(kept, line="a").text().startswith("Longjing [a]: ")


def test_a_free_parcel_is_explained_with_its_conditions():
    """With its request a settlement says which free entry held; from JSON alone, that one did."""
    template = a_template(free=[{"min_amount": "9.00 CNY"}])
    settlement = settled(a_checkout(a_line(freight_template="t1")), a_rulebook(freight_templates=[template]))
    steps = explain(settlement, parcel=0).steps
    assert [step.code for step in steps] == ["parcel", "free", "free_entry"]
    assert steps[2].facts["conditions"] == [("min_amount", "9.00 CNY", "10.00 CNY")]
    again = explain(Settlement.from_json(settlement.to_json()), parcel=0)
    assert [step.code for step in again.steps] == ["parcel", "free"]


def with_facts(facts):
    """The sample as JSON with other facts of its first adjustment, and none of its decision."""
    document = settled(*everything()).to_dict()
    document["adjustments"][0]["facts"] = facts
    del document["decisions"][0]["facts"]
    return json.dumps(document)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"benefit": {"type": "every_seventh", "n": 7}, "net": "214.69 CNY"},
        {"benefit": {"type": "percent_off", "percent": "11"}, "rounding": "half_up", "tier": 1, "platform_share": "30"},
    ],
)
def test_a_formula_that_does_not_hold_is_never_shown(facts):
    """Facts of an unknown kind, or that say too little, leave the shares as they are stated, without a formula."""
    story = explain(Settlement.from_json(with_facts(facts)), rule="p1")
    (step,) = story.steps
    assert (step.code, step.formula, str(step.result)) == ("stated", "", "-21.47 CNY")
    assert [str(row.share) for row in step.shares] == ["-10.00 CNY", "-9.00 CNY", "-2.47 CNY"]
    assert "10.00" in story.text()


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"benefit": {"type": "percent_off", "percent": "(" * 5000}}, "benefit.percent"),
        ({"benefit": {"type": "percent_off", "percent": "10"}, "rounding": "sideways"}, "rounding"),
        ({"benefit": {"type": "amount_off", "amount": 7}}, "benefit.amount"),
        ({"benefit": "percent_off"}, "benefit"),
    ],
)
def test_facts_that_no_formula_can_be_made_of_are_refused_at_the_door(facts, place):
    """What an explanation would read of them is not what it is."""
    ((found, _),) = problems(lambda: Settlement.from_json(with_facts(facts)))
    assert found == f"adjustments[0].facts.{place}"


def test_one_question_at_a_time_and_only_what_is_there():
    """Two subjects, an unknown line, parcel or rule are errors."""
    settlement = settled(*everything())
    with pytest.raises(TypeError):
        explain(settlement, line="a", rule="p1")
    with pytest.raises(UnknownLine):
        explain(settlement, line="nobody")
    with pytest.raises(IndexError):
        explain(settlement, parcel=9)
    with pytest.raises(LookupError):
        explain(settlement, rule="nobody")


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_the_text_shows_every_formula(locale):
    """The story as text holds each formula, share and result that the steps hold, in both languages."""
    settlement = settled(*everything(free_shipping_amount="goods"))
    for subject in ({}, {"line": "c"}, {"parcel": 0}, *({"rule": each.rule} for each in settlement.adjustments)):
        story = explain(settlement, **subject)
        text = story.text(locale)
        assert "{" not in text
        for step in story.steps:
            numbers = [step.formula] if len(step.terms) < 2 else [str(abs(each.amount).amount) for each in step.terms]
            assert all(each in text for each in numbers)
            if step.facts.get("lines") != 1:  # "all of it falls on this line" needs none
                assert all(row.formula in text for row in step.shares)


def test_the_text_of_a_line_is_worked_out_by_hand():
    """10.00 over 33.33, 33.33 and 33.34: 3.3333…, 3.3333…, 3.3343…; the leftover cent goes to the largest fraction."""
    lines = [a_line("a", "33.33"), a_line("b", "33.33", sku="k2"), a_line("c", "33.34", sku="k3")]
    settlement = settled(
        a_checkout(*lines), a_rulebook(promotions=[an_offer("p1", {"type": "amount_off", "amount": "10.00 CNY"})])
    )
    assert str(explain(settlement, line="c")) == (
        "c: CN¥30.00\n"
        "Goods: 33.34 × 1 = 33.34\n"
        "1. Platform offer p1\n"
        "   In all: 10.00\n"
        "   Share: 10.00 × 33.34 ÷ 100.00 = 3.334\n"
        "     down to 3.33; of 0.01 left over, rank 1 of 3 by lost fraction gets 0.01\n"
        "     so 3.34\n"
        "   The platform bears it\n"
        "   So far: 33.34 − 3.34 = 30.00\n"
        "To pay: 33.34 goods − 3.34 promotions = 30.00\n"
        "Formulas are in CNY."
    )


@pytest.mark.parametrize(
    "formula", ["", "1 +", "(1", "min()", "1 2", "2 ** 3", "__import__('os')", "sqrt(4)", "1e9", "⌊1"]
)
def test_what_is_no_formula_is_an_error(formula):
    """The calculator knows its few signs and nothing else."""
    with pytest.raises(ValueError):
        evaluate(formula)


def test_the_library_s_calculator_agrees_with_the_test_s():
    """Both make the same of formulas with every sign, in every mode."""
    formulas = ["round(1.005 × 3 ÷ 2)", "down(10 ÷ 3) − 0.05", "⌈7 ÷ 2⌉ × (1 + ⌊9 ÷ 4⌋)", "min(3, max(1, 2.50)) ÷ 7"]
    for mode in MODES:
        for formula in formulas:
            assert evaluate(formula, 2, mode) == pocket(formula, mode, "CNY")


def test_explaining_costs_settle_nothing():
    """Facts are plain data only once somebody looks: the engine leaves what it had in its hands."""
    settlement = settled(*everything())
    assert all(not isinstance(entry[6], dict) for entry in settlement.plain.entries)
    assert settlement.adjustments[0].facts["rounding"] == "half_up"
    assert isinstance(Decimal(settlement.adjustments[0].facts["platform_share"]), Decimal)


# ------------------------------------------------------------------ gift cards, and points earned


def paid_with_cards():
    """An order of two shops, 70.00 in all: a gift card pays 30.00 and stored value 25.00 of it; points are earned."""
    cards = [
        {"id": "v", "type": "stored_value", "balance": "90.00 CNY", "amount": "25.00 CNY"},
        {"id": "g", "type": "gift_card", "balance": "30.00 CNY"},
    ]
    points = {"points": 100, "worth": "1.00 CNY", "earn": {"per": "3.00 CNY", "points": 2}}
    checkout = a_checkout(a_line("a", "49.00"), a_line("b", "21.00", shop="s2"), tenders=cards)
    return settled(checkout, a_rulebook(points=points))


def test_a_tender_says_what_it_found_and_how_far_it_went():
    """The gift card pays all that is on it, then stored value 25.00 of what is left; the rest is the method's."""
    assert explain(paid_with_cards(), tender="v").text() == (
        "Paid by v: CN¥25.00\n"
        "Still to pay before it: 70.00 to pay − 30.00 g = 40.00\n"
        "On it there are: 25.00 used + 65.00 left on it = 90.00\n"
        "It pays as far as it goes: min(25.00, min(90.00, 40.00)) = 25.00\n"
        "Of what was to pay: 40.00 still to pay − 15.00 paid otherwise = 25.00\n"
        "Formulas are in CNY."
    )
    with pytest.raises(LookupError, match="no gift card or stored value"):
        explain(paid_with_cards(), tender="x")


def test_points_earned_say_their_basis_and_whose_they_are():
    """70.00 hold 3.00 twenty-three times: 46 points, spread over the shops by what is paid to each."""
    assert explain(paid_with_cards(), earned=True).text() == (
        "Points earned: 46\n"
        "They are earned on: 70.00\n"
        "By what earns them: ⌊70.00 ÷ 3.00⌋ × 2 = 46\n"
        "Each shop's part, by what is paid to it: 32 s1 + 14 s2 = 46\n"
        "Formulas are in CNY.\n"
        "⌈…⌉ and ⌊…⌋: up and down to a whole number."
    )


@pytest.mark.parametrize("seed", range(60))
def test_tenders_and_points_add_up_in_random_orders(seed):
    """What is said of each card and of the points earned is what the settlement has, named figure by figure."""
    settlement = a_settlement(random.Random(seed))
    for each in settlement.tenders:
        story = explain(settlement, tender=each.id)
        assert sum(term.amount.minor for term in story.figures) == each.amount.minor == story.result.minor
        assert [step.formula for step in story.steps if step.code == "it_pays" and not each.left] != [""]
    story = explain(settlement, earned=True)
    assert sum(term.amount for term in story.figures) == settlement.points.earned == story.result
    for step in story.steps:
        if step.code == "points_earned" and step.result:
            assert evaluate(step.formula) == step.result


@pytest.mark.parametrize(
    ("locale", "fuel", "far"), [("en", "t1 (fuel)", "t1 (far)"), ("zh_CN", "t1（fuel）", "t1（far）")]
)
def test_surcharges_of_one_parcel_are_told_apart_by_their_labels(locale, fuel, far):
    """The story of a total names the label of each, as the receipt does; one without a label has the template alone."""
    added = [{"regions": ["CN"], "fee": f"{fee}.00 CNY", "per": "parcel"} for fee in (1, 2, 3)]
    added[1]["label"], added[2]["label"] = "fuel", "far"
    template = a_template(surcharges=added)
    line = a_line("a", freight_template=template["id"])
    told = explain(settled(a_checkout(line), a_rulebook(freight_templates=[template]))).text(locale)
    heads = [row.partition(". ")[2] for row in told.splitlines() if row[:1].isdigit() and "t1" in row]
    assert ["t1" + row.partition("t1")[2] for row in heads] == ["t1", "t1", far, fuel]
