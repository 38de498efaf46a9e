"""Where a rate card ends: what is too much for it, or for a box, is left out by the whole parcel, with its facts."""

from __future__ import annotations

import json
import random

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, problems, result, settled
from settlement import FreightTemplate, InvalidDocument, Rulebook, Settlement, Zone, explain, quote_freight
from settlement.cart.line import Line
from settlement.freight.tables import freight_table
from settlement.receipts.text import receipt

CARD = {
    "regions": ["CN/mainland"],
    "first": 1000,
    "first_fee": "4.00 CNY",
    "steps": [{"up_to": 3000, "fee": "9.00 CNY"}],
    "ends": True,
}


def template(**fields):
    """By weight, a card that ends at 3 kg."""
    return a_template(measure="weight_g", zones=[CARD]) | fields


def cart(*lines, shop=None, **fields):
    """A settlement of (id, quantity, grams) lines of one shop."""
    rows = [
        a_line(name, quantity=quantity, weight_g=weight, freight_template="t1", **more)
        for name, quantity, weight, more in ((*each, {})[:4] for each in lines)
    ]
    policy = fields.pop("policy", {})
    book = a_rulebook(freight_templates=[shop or template()], policy=policy, **fields)
    return settled(a_checkout(*rows, a_line("z", shop="s2")), book)


def left_out(settlement):
    """Line and reason of what is left out."""
    return [(each.line, each.reason) for each in settlement.excluded]


def test_the_edge_belongs_below_it():
    """3000 g are shipped for the last fee, 3001 g are not, and say so."""
    assert str(cart(("a", 3, 1000)).totals.freight) == "9.00 CNY"
    settlement = cart(("a", 3, 1000), ("b", 1, 1))
    assert left_out(settlement) == [("a", "undeliverable"), ("b", "undeliverable")]
    facts = {"template": "t1", "zone": "CN/mainland", "measure": "weight_g", "units": 3001, "reaches": 3000}
    assert [dict(each.facts) for each in settlement.excluded] == [facts, facts]


def test_without_steps_the_card_ends_with_first_and_unsaid_the_last_fee_stays():
    """`first` alone is a band; a card that does not say that it ends goes on."""
    flat = {"regions": ["CN"], "first": 2, "first_fee": "5.00 CNY"}
    for ends, quantity, reason in ((True, 2, []), (True, 3, [("a", "undeliverable")]), (False, 99, [])):
        shop = a_template(measure="quantity", zones=[flat | {"ends": ends}])
        assert left_out(cart(("a", quantity, 1), shop=shop)) == reason


def test_a_piece_heavier_than_a_box_travels_alone_or_not_at_all():
    """With `refuses_heavier` its parcel is left out; a piece of just the weight is not heavier, and goods are cut."""
    zone = {"regions": ["CN"], "first": 1, "first_fee": "5.00 CNY"}
    boxes = a_template(measure="quantity", zones=[zone], max_weight_g=1000)
    assert left_out(cart(("a", 1, 1001), shop=boxes)) == []
    boxes |= {"refuses_heavier": True}
    assert left_out(cart(("a", 7, 1000), shop=boxes)) == []
    assert left_out(cart(("a", "1.5", 1001), shop=boxes)) == []
    settlement = cart(("a", 1, 1500), ("b", 1, 10), ("c", 1, 1500), shop=boxes)
    assert left_out(settlement) == [(name, "undeliverable") for name in "abc"]
    assert dict(settlement.excluded[1].facts) == {
        "template": "t1",
        "heaviest": "a",
        "weight_g": 1500,
        "max_weight_g": 1000,
    }


def test_each_box_is_held_against_the_card():
    """Boxes of 2 kg stay within 3 kg however many there are; a heavy piece alone in a box may not."""
    boxed = template(max_weight_g=2000)
    assert left_out(cart(("a", 9, 1000), shop=boxed)) == []
    assert left_out(cart(("a", 9, 1000), ("b", 1, 3001), shop=boxed))[0] == ("a", "undeliverable")


def test_it_is_judged_after_other_reasons_and_before_minimum_orders():
    """A line without a weight is no part of the parcel; what is not shipped counts for no minimum order."""
    unweighed = a_line("b", freight_template="t1")
    rows = [a_line("a", quantity=3, weight_g=1000, freight_template="t1"), unweighed]
    found = settled(a_checkout(*rows), a_rulebook(freight_templates=[template()]))
    assert left_out(found) == [("b", "no_measure")]
    rows = [a_line("a", quantity=4, weight_g=1000, freight_template="t1"), a_line("b")]
    least = [{"shop": "s1", "amount": "20.00 CNY"}]
    found = settled(a_checkout(*rows), a_rulebook(freight_templates=[template()], minimum_orders=least))
    assert left_out(found) == [("a", "undeliverable"), ("b", "below_minimum_order")]


def test_lines_that_ship_free_count_nothing_and_parcels_are_of_one_warehouse():
    """The units are those of the fee; another warehouse's parcel is looked at by itself, and named."""
    assert left_out(cart(("a", 9, 1000, {"free_shipping": True}), ("b", 1, 1000))) == []
    found = cart(("a", 2, 1000, {"warehouse": "w1"}), ("b", 4, 1000, {"warehouse": "w2"}))
    assert left_out(found) == [("b", "undeliverable")]
    assert found.excluded[0].facts["warehouse"] == "w2"


def test_the_nearest_warehouse_is_chosen_first():
    """Of lines that name several, the parcel is that of the warehouse they are sent from."""
    stands = [{"id": "near", "region": "440300"}, {"id": "far", "region": "110000"}]
    lines = [
        a_line(name, quantity=2, weight_g=1000, freight_template="t1", warehouses=["near", "far"])
        for name in ("a", "b")
    ]
    book = a_rulebook(freight_templates=[template()], warehouses=stands)
    found = settled(a_checkout(*lines, a_line("z")), book)
    assert [each.facts["warehouse"] for each in found.excluded] == ["near", "near"]
    assert found.warehouses == ()
    assert left_out(settled(a_checkout(lines[0], a_line("z")), book)) == []


def test_the_policy_blocks_as_for_a_region():
    """Under `block` nothing is bought; with `exclude` the rest is."""
    assert cart(("a", 4, 1000)).status == "payable"
    assert cart(("a", 4, 1000), policy={"undeliverable": "block"}).status == "blocked"


def slow(rows, most, refuses, reach):
    """Lines that are left out, piece by piece: the heaviest first, each into the first box that holds it."""
    if refuses and any(weight > most for _, _, weight in rows):
        return [name for name, _, _ in rows]
    boxes = []
    for weight in sorted((each for _, quantity, each in rows for _ in range(quantity)), reverse=True):
        room = next((at for at, box in enumerate(boxes) if not most or box + weight <= most), None)
        if room is None:
            boxes.append(weight)
        else:
            boxes[room] += weight
    return [name for name, _, _ in rows] if reach and max(boxes) > reach else []


def test_random_carts_are_left_out_as_piece_by_piece():
    """1 000 carts, with and without boxes, an end and a refusal."""
    rng, seen = random.Random(15), set()
    for _ in range(1000):
        rows = [(name, rng.randint(1, 4), rng.randint(1, 900)) for name in "abc"[: rng.randint(1, 3)]]
        most, ends = rng.choice([None, 600, 1200]), rng.random() < 0.7
        refuses = most is not None and rng.random() < 0.5
        shop = template(zones=[CARD | {"first": 500, "steps": [{"up_to": 1000, "fee": "9.00 CNY"}], "ends": ends}])
        shop |= ({"max_weight_g": most} if most else {}) | ({"refuses_heavier": True} if refuses else {})
        found = [name for name, _ in left_out(cart(*rows, shop=shop))]
        assert found == slow(rows, most, refuses, 1000 if ends else None)
        seen.add((bool(found), most, ends, refuses))
    assert len(seen) > 12


def test_it_enters_the_digest_where_it_is_used():
    """Spelled at its default a document keeps its digest; said, it has another."""
    plain = {name: value for name, value in CARD.items() if name != "ends"}
    digests = [
        Rulebook.model_validate_json(json.dumps(a_rulebook(freight_templates=[shop]))).digest
        for shop in (
            template(zones=[plain], max_weight_g=9),
            template(zones=[plain | {"ends": False}], max_weight_g=9, refuses_heavier=False),
            template(zones=[CARD], max_weight_g=9),
            template(zones=[plain], max_weight_g=9, refuses_heavier=True),
        )
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_what_contradicts_itself_is_refused():
    """A card without end does not end; nothing is heavier than a box of any weight."""
    with_more = CARD | {"additional": 1, "additional_fee": "1.00 CNY"}
    assert problems(lambda: Zone.model_validate(with_more)) == [("ends", "zone.ends")]
    refuses = template(refuses_heavier=True)
    assert problems(lambda: FreightTemplate.model_validate(refuses)) == [
        ("refuses_heavier", "template.refuses_heavier")
    ]


def test_everybody_says_it():
    """JSON and back, the receipt, the story, a quote and a table of fees."""
    settlement = cart(("a", 4, 1000))
    assert Settlement.from_json(settlement.to_json()).to_json() == settlement.to_json()
    assert settlement.detached().excluded == settlement.excluded
    text = "not shipped: the parcel counts 4 kg, and the rates to mainland China end at 3 kg"
    assert settlement.excluded[0].text() == text
    assert " ".join(receipt(settlement).split()).count(text) == 1
    assert text in str(explain(settlement))
    assert text in str(explain(settlement, line="a"))
    assert "运费表到 3 千克 为止" in settlement.excluded[0].text("zh_CN")
    assert "運費表到" in settlement.excluded[0].text("zh_TW")
    shop = FreightTemplate.model_validate(template())
    line = Line.model_validate(a_line("a", quantity=4, weight_g=1000, freight_template="t1"))
    quote = quote_freight([line], "440305", [shop])
    assert (quote.total, quote.undeliverable) == (None, ("a",))
    assert text in str(quote)
    [row] = freight_table(shop, ["440305"], [1, 3, 4]).rows
    assert [None if fee is None else str(fee) for fee in row.fees] == ["4.00 CNY", "9.00 CNY", None]
    assert (row.reaches, row.deliverable) == (3000, True)
    assert "not shipped" in str(freight_table(shop, ["440305"], [1, 4]))


@pytest.mark.parametrize(
    ("facts", "place", "code"),
    [
        ({"units": 3000, "reaches": 3000}, "units", "stored.within"),
        ({"weight_g": 5, "max_weight_g": 6}, "weight_g", "stored.within"),
        ({"units": "many"}, "units", "integer.type"),
        ({"zone": "nowhere"}, "zone", "region.notation"),
    ],
)
def test_a_stored_settlement_that_contradicts_its_facts_is_refused(facts, place, code):
    """What was too much is more than what is shipped."""
    document = cart(("a", 4, 1000)).to_dict()
    document["excluded"][0]["facts"] = facts
    with pytest.raises(InvalidDocument) as caught:
        Settlement.from_json(json.dumps(document))
    assert [(each.place, each.code) for each in caught.value.problems] == [(f"excluded[0].facts.{place}", code)]


def test_a_stored_parcel_is_within_its_card():
    """The facts of a fee say that the card ends; units beyond it are a contradiction."""
    document = cart(("a", 2, 1000)).to_dict()
    assert document["adjustments"][0]["facts"]["ends"] is True
    document["adjustments"][0]["facts"]["steps"] = [{"up_to": 1500, "fee": "9.00 CNY"}]
    with pytest.raises(InvalidDocument) as caught:
        Settlement.from_json(json.dumps(document))
    assert [each.code for each in caught.value.problems] == ["stored.beyond"]


def test_a_pending_cart_and_a_collected_one_know_no_end():
    """Without an address nothing is known; what the buyer collects is not shipped."""
    rows = [a_line(quantity=9, weight_g=1000, freight_template="t1")]
    book = a_rulebook(freight_templates=[template(pickup=True)])
    assert result(a_checkout(*rows, address=None), book)["status"] == "pending"
    assert result(a_checkout(*rows, choice={"pickup": ["s1"]}), book)["status"] == "payable"
