"""A fair refund of a parcel that was split: what is kept is packed into boxes anew."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement import Checkout, InvalidDocument, RefundPolicy, RefundQuote, Rulebook, Settlement, refund, settle
from settlement.documents.scalars import milli, quantity_out
from settlement.explanations import explain_refund
from settlement.money import Money
from thorough import examples

FAIR = RefundPolicy(recheck="fair")
ZONE = {"regions": ["CN"], "first": 1000, "first_fee": "8.00 CNY", "additional": 1000, "additional_fee": "2.00 CNY"}
HEAVY = {"per": "heavy_parcel", "regions": ["CN"], "fee": "3.00 CNY", "above_g": 4000}
FREE = [{"min_amount": "300.00 CNY"}]
BOXED = {"id": "t", "measure": "weight_g", "zones": [ZONE], "max_weight_g": 5000}
POT = {"id": "a", "unit_price": "60.00 CNY", "weight_g": 2000}
CUP = {"id": "b", "unit_price": "30.00 CNY", "weight_g": 1500}


def sent(lines: list[dict[str, Any]], template: dict[str, Any], **book: Any) -> Settlement:
    """What a shop sends under one template."""
    made = [{"shop": "s", "sku": each["id"], "freight_template": "t"} | each for each in lines if each["quantity"]]
    checkout = {
        "at": "2026-11-11T00:00:00+08:00",
        "address": {"region": "440305"},
        "cart": {"currency": "CNY", "lines": made},
    }
    rules = {"id": "r", "currency": "CNY", "freight_templates": [template]} | book
    return settle(Checkout.model_validate(checkout), Rulebook.model_validate(rules))


@pytest.mark.parametrize("free_shipping", [False, True])
@pytest.mark.parametrize("measure", ["weight_g", "quantity"])
def test_a_surcharge_beside_no_fee_is_owed_as_sending_what_is_kept_costs(measure, free_shipping):
    """Two of 2 kg at 0.80 a kilogram and no fee, waived from 100.00: of 60.00 that come back 58.40, as bought anew."""
    per_kg = {"per": "kg", "regions": ["CN"], "fee": "0.80 CNY"}
    template = {"id": "t", "measure": measure, "surcharges": [per_kg]}
    template["zones"] = [{"regions": ["CN"], "first": 1000, "first_fee": "0.00 CNY"}]
    off = {"id": "p", "issuer": "platform"}
    off["tiers"] = [{"min_amount": "100.00 CNY", "benefit": {"type": "freight_off"}}]
    line = POT | ({"free_shipping": True} if free_shipping else {})
    order = sent([line | {"quantity": 2}], template, promotions=[off])
    kept = sent([line | {"quantity": 1}], template, promotions=[off])
    quote = refund(order, {"a": 1}, policy=FAIR)
    assert [str(each.amount) for each in quote.charges] == ["1.60 CNY"]
    assert order.payable - quote.cash == kept.payable


def test_lost_free_shipping_is_what_the_boxes_of_kept_goods_cost():
    """4 pots and 4 cups go free in 4 boxes; 2 and 3 would go in two of 14.00 and 16.00, the heavier 3.00 more.

    That 3.00 was paid: a box of 3 cups was as heavy. So 30.00 are charged of the 150.00 that come back.
    """
    template = BOXED | {"free": FREE, "surcharges": [HEAVY]}
    order = sent([POT | {"quantity": 4}, CUP | {"quantity": 4}], template)
    kept = sent([POT | {"quantity": 2}, CUP | {"quantity": 3}], template)
    assert [(row.boxes, row.units) for row in order.parcels] == [(2, 4000), (1, 4500), (1, 1500)]
    assert [(row.boxes, row.units, str(row.fee)) for row in kept.parcels] == [
        (1, 4000, "14.00 CNY"),
        (1, 4500, "16.00 CNY"),
    ]
    quote = refund(order, {"a": 2, "b": 1}, policy=FAIR)
    assert (str(quote.cash), str(order.payable - quote.cash)) == ("120.00 CNY", str(kept.payable))
    assert sum(each.amount.minor for each in quote.charges) == 3000
    story = explain_refund(order, quote)
    assert "Owed of the freight that was waived: 33.00 to send what is kept − 3.00 still paid of it = 30.00" in str(
        story
    )
    assert "  of it t on a, by what sending it costs: 30.00 × 14.00 ÷ 33.00, down to 12.72;" in str(story)
    assert "原免运费中应补：33.00 寄送留下商品 − 3.00 已付运费 = 30.00" in story.text("zh_CN")
    last = refund(order, {"a": 2, "b": 3}, [quote], "return", FAIR)
    assert quote.cash + last.cash == order.payable


def test_boxes_may_be_heavier_than_any_that_was_sent():
    """9 kg and 6, and 6 with 6, fill no box of 20 kg to 18; three of 6 do, and cost the heavy one's 3.00 more."""
    zone = {"regions": ["CN"], "first": 1, "first_fee": "8.00 CNY"}
    template = BOXED | {"max_weight_g": 20_000, "measure": "quantity", "zones": [zone], "free": FREE}
    template["surcharges"] = [HEAVY | {"above_g": 15_000}]
    lines = [
        {"id": "a", "unit_price": "200.00 CNY", "weight_g": 9000, "quantity": 1},
        {"id": "b", "unit_price": "40.00 CNY", "weight_g": 6000, "quantity": 3},
    ]
    order = sent(lines, template)
    assert [(row.boxes, str(row.surcharge)) for row in order.parcels] == [(1, "0.00 CNY"), (1, "0.00 CNY")]
    quote = refund(order, {"a": 1}, policy=FAIR)
    # 16.00 were waived; one box costs 8.00 and 3.00
    assert str(quote.cash) == "189.00 CNY"


@pytest.mark.parametrize("stored", ["sum", "max", "highest_first"])
def test_an_older_document_does_not_say_what_a_parcel_was_split_by(stored):
    """Without `packed` refused in words, and only where free shipping was lost."""
    template = BOXED | {"free": FREE}
    order = sent([POT | {"quantity": 7}], template, policy={"freight_combination": stored})
    document = order.to_dict()
    for each in document["parcels"]:
        each["spared"].pop("packed", None)
    old = Settlement.from_dict(document)
    assert refund(old, {"a": 1}, policy=FAIR).cash == refund(order, {"a": 1}, policy=FAIR).cash
    with pytest.raises(InvalidDocument, match="packed"):
        refund(old, {"a": 4}, policy=FAIR)


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (lambda packed: packed.update(max_weight_g="5 kg"), "max_weight_g", "integer.type"),
        (lambda packed: packed["lines"].update({"z": {"weight_g": 1}}), "lines[1]", "stored.line"),
        (lambda packed: packed["lines"]["a"].update(weight_g="2 kg"), "lines.a.weight_g", "integer.type"),
        (lambda packed: packed["surcharges"][0].update(fee="3.00 EUR"), "surcharges[0].fee", "stored.currency"),
        (lambda packed: packed.update(measure="size"), "measure", "choice.unknown"),
    ],
)
def test_what_a_parcel_was_split_by_is_read_strictly(change, place, code):
    """Where it stands, and what is wrong with it."""
    document = sent([POT | {"quantity": 7}], BOXED | {"free": FREE, "surcharges": [HEAVY]}).to_dict()
    at = next(at for at, each in enumerate(document["parcels"]) if "packed" in each["spared"])
    change(document["parcels"][at]["spared"]["packed"])
    with pytest.raises(InvalidDocument) as error:
        Settlement.from_dict(document)
    assert (f"parcels[{at}].spared.packed.{place}", code) in [(each.place, each.code) for each in error.value.problems]


def test_what_was_not_split_says_nothing_of_boxes():
    """One box, and more boxes."""
    for quantity, split in ((2, False), (3, True)):
        order = sent([POT | {"quantity": quantity}], BOXED)
        facts = [each.facts for each in order.adjustments if each.stage == "freight"]
        assert ["packed" in each for each in facts] == [split] * len(facts) or any("packed" in each for each in facts)
        assert any("packed" in each for each in facts) is split


PIECES = {"id": "t", "measure": "quantity", "zones": [ZONE | {"first": 1, "additional": 1}], "free": FREE}
BY_KG = {"per": "kg", "regions": ["CN"], "fee": "0.80 CNY", "label": "kg"}
FUEL = {"per": "freight", "regions": ["CN"], "percent": "15", "label": "fuel"}
WAIVED = [{"min_amount": "300.00 CNY", "waives_surcharge": True}]


@pytest.mark.parametrize(
    ("template", "back", "due"),
    [
        # 2 cups of 3 kilograms: 8.00, 2.00 and 3 × 0.80. Of 36 kilograms by pieces they would be 6.
        (PIECES | {"free": WAIVED, "surcharges": [BY_KG]}, {"a": 2, "b": 10}, "12.40 CNY"),
        # 15 % of 8.00, though fuel cost nothing while they went free.
        (PIECES | {"surcharges": [FUEL]}, {"a": 2, "b": 11}, "9.20 CNY"),
        # All went by the volume of the cups; a pot alone goes by its 9 kilograms, not by 0.5 of volume.
        (PIECES | {"measure": "weight_g", "zones": [ZONE], "volumetric_divisor": 6000}, {"a": 1, "b": 12}, "24.00 CNY"),
    ],
)
def test_a_parcel_that_was_not_split_owes_what_kept_goods_would_bought_anew(template, back, due):
    """2 pots and 12 cups for 480.00 went free; the surcharge of what is kept goes by what is kept."""
    lines = [POT | {"quantity": 2, "weight_g": 9000, "volume_cm3": 3000}, CUP | {"quantity": 12, "volume_cm3": 20_000}]
    order = sent(lines, template)
    kept = sent([each | {"quantity": each["quantity"] - back.get(each["id"], 0)} for each in lines], template)
    charged = sum(each.amount.minor for each in refund(order, back, policy=FAIR).charges)
    assert (charged, str(kept.totals.freight + kept.totals.surcharges)) == (Money(due).minor, due)


def test_without_what_it_was_packed_by_such_a_parcel_is_refused():
    """A document that says nothing of it, as those of before: in words, never guessed."""
    template = PIECES | {"free": WAIVED, "surcharges": [BY_KG]}
    document = sent([POT | {"quantity": 2}, CUP | {"quantity": 12}], template).to_dict()
    del document["parcels"][0]["spared"]["packed"]
    with pytest.raises(InvalidDocument, match="packed"):
        refund(Settlement.from_dict(document), {"b": 12}, policy=FAIR)


# ------------------------------------------------------------------ a law


SURCHARGES = [
    HEAVY,
    HEAVY | {"per": "parcel", "label": "far"},
    {"per": "piece", "regions": ["CN"], "fee": "0.50 CNY", "label": "pieces", "only_skus": ["a"]},
    {"per": "kg", "regions": ["CN"], "fee": "0.70 CNY", "label": "kg", "max_fee": "3.00 CNY"},
    {"per": "freight", "regions": ["CN"], "fee": "0.00 CNY", "percent": "7.5", "label": "fuel"},
    {"per": "piece", "regions": ["CN"], "fee": "1.10 CNY", "label": "frail", "only_categories": ["c"]},
    {"per": "volume", "regions": ["CN"], "fee": "0.90 CNY", "label": "bulky", "every_cm3": 5000},
    {"per": "heavy_piece", "regions": ["CN"], "fee": "1.70 CNY", "label": "stairs", "above_g": 2000},
    {"per": "kg", "regions": ["CN"], "fee": "0.60 CNY", "label": "heft", "highest_of": "larger", "min_fee": "2.00 CNY"},
    {"per": "volume", "regions": ["CN"], "fee": "1.20 CNY", "label": "bulk", "highest_of": "larger", "every_cm3": 4000},
]
SURCHARGES[1].pop("above_g")


@st.composite
def split_orders(draw: Any) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """Lines, a template that splits them or doesn't, and other rules."""
    measure = draw(st.sampled_from(["quantity", "weight_g", "volume_cm3"]))
    first, additional = (2, 1) if measure == "quantity" else (1000, 500)
    zone = ZONE | {"first": first, "additional": additional}
    zone |= draw(
        st.sampled_from(
            [
                {},
                {"fuel_percent": "12.5"},
                {"goods_percent": "1.5"},
                {"goods_percent": "1.5", "goods_percent_of": "shop"},
                {"amount_steps": [{"from_amount": "90.00 CNY", "fee": "5.00 CNY"}]},
                {"max_fee": "11.00 CNY"},
            ]
        )
    )
    template = BOXED | {"measure": measure, "zones": [zone], "max_weight_g": draw(st.integers(3000, 6000))}
    if draw(st.booleans()):
        del template["max_weight_g"]  # one parcel holds all
    if measure == "weight_g":
        template |= draw(st.sampled_from([{}, {"volumetric_divisor": 6000}]))
    template |= draw(st.sampled_from([{}, {"packing_weight_g": 150}]))
    template |= draw(st.sampled_from([{}, {"spread_by": "goods"}]))
    chosen = draw(st.lists(st.sampled_from(range(len(SURCHARGES))), unique=True, max_size=3))
    template["surcharges"] = [SURCHARGES[at] for at in chosen]
    rules: dict[str, Any] = {"policy": {"freight_combination": draw(st.sampled_from(["sum", "highest_first", "max"]))}}
    least = draw(st.integers(50, 400))
    if draw(st.booleans()):
        entry = {"min_amount": f"{least}.00 CNY", "waives_surcharge": draw(st.booleans())}
        template["free"] = [entry | draw(st.sampled_from([{}, {"max_units": 2 if measure == "quantity" else 3000}]))]
    else:
        tier = {"min_amount": f"{least}.00 CNY", "benefit": {"type": "freight_off"}}
        rules["promotions"] = [{"id": "p", "issuer": "platform", "tiers": [tier]}]
    lines = []
    for name in "abc"[: draw(st.integers(1, 3))]:
        line: dict[str, Any] = {
            "id": name,
            "quantity": draw(st.integers(1, 6)),
            "unit_price": f"{draw(st.integers(1, 90))}.00 CNY",
            "weight_g": draw(st.sampled_from([300, 900, 1500, 2100, 2900, 7000])),
            "volume_cm3": draw(st.integers(0, 9000)),
        }
        line |= draw(st.sampled_from([{}, {}, {}, {"free_shipping": True}]))
        lines.append(line | draw(st.sampled_from([{}, {"categories": ["c"]}])))
    return lines, template, rules


def waived(settlement: Settlement, offers: bool) -> int:
    """What an offer took off freight, or free entries spared."""
    if offers:
        return -settlement.totals.freight_offers.minor
    spared = [row.spared for row in settlement.parcels if row.free and row.spared is not None]
    amounts = [each["fee"] for each in spared] + [
        row["amount"] for each in spared for row in each.get("surcharges", ())
    ]
    return sum(Money(each).minor for each in amounts)


@given(split_orders(), st.data())
@settings(max_examples=examples(150), deadline=None)
def test_of_freight_that_was_waived_kept_goods_owe_what_they_would_bought_anew(drawn, data):
    """What is no longer waived, and no more than sending them anew costs beyond the freight that was paid."""
    lines, template, rules = drawn
    order = sent(lines, template, **rules)
    back = {each["id"]: data.draw(st.integers(0, each["quantity"])) for each in lines}
    kept = [each | {"quantity": each["quantity"] - back[each["id"]]} for each in lines]
    quote = refund(order, back, policy=FAIR)
    stored = Settlement.from_json(order.to_json())
    assert refund(stored, back, policy=FAIR) == quote
    came = sum(line.goods.minor for line in quote.lines)
    charged = sum(each.amount.minor for each in quote.charges) + quote.uncharged.minor
    if not any(each["quantity"] for each in kept):
        assert charged == 0
        return
    anew = sent(kept, template, **rules)
    offers = "promotions" in rules
    freight = [each.totals.freight + each.totals.surcharges + each.totals.freight_offers for each in (order, anew)]
    lost = max(0, waived(order, offers) - waived(anew, offers))
    assert charged == max(0, min(lost, freight[1].minor - freight[0].minor))
    assert quote.cash.minor == max(0, came - charged)


@given(split_orders(), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_a_split_parcel_comes_back_whole_in_any_steps(drawn, data):
    """Nothing is lost between boxes: no step is below 0, and all steps are what was paid."""
    order = sent(*drawn[:2], **drawn[2])
    left = {line.id: milli(line.quantity) // 1000 for line in order.lines}
    history: list[RefundQuote] = []
    for _ in range(3):
        now = {name: data.draw(st.integers(0, each)) for name, each in left.items()}
        left = {name: each - now[name] for name, each in left.items()}
        history.append(refund(order, now, history, data.draw(st.sampled_from(["keep", "return", "parcel"])), FAIR))
        assert history[-1].cash.minor >= 0
    rest = {name: quantity_out(each * 1000) for name, each in left.items()}
    history.append(refund(order, rest, history, "return", FAIR))
    assert sum(quote.cash.minor for quote in history) == order.payable.minor
