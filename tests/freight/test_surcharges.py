"""The laws that every kind of surcharge obeys; a new kind in SURCHARGE_KINDS is held to them without a word here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import settlement
from samples import a_checkout, a_line, a_rulebook, a_template, problems, result, settled
from settlement import FreightTemplate, Load, Surcharge
from settlement.cart.cart import Cart
from settlement.cart.columns import Basket
from settlement.documents.marks import Mark, marks_of
from settlement.explanations.parcel import explain_parcel
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.money import ROUNDERS
from settlement.testing import loads, surcharges
from settlement.testing.laws import hold_to
from settlement.testing.surcharge_laws import LAWS
from sources import nodes
from thorough import examples

#: Whole settlements take long: fewer of them.
EXAMPLES = {"_settlements": 20, "_added": 20, "_needs": 30}
KINDS = pytest.mark.parametrize("kind", SURCHARGE_KINDS, ids=lambda kind: kind.__name__)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.strip("_"))
@KINDS
def test_every_kind_obeys_the_laws(kind, law):
    """What is asked of a user's kind holds of every kind that ships."""
    hold_to([law], kind, surcharges(kind), examples(EXAMPLES.get(law.__name__, 100)))


def more_of(load, extra):
    """The same lines with so many thousandths more of each."""
    lines = [
        {"id": name, "shop": "s", "sku": sku, "categories": groups, "unit_price": "1.00 CNY", "freight_template": "t"}
        | {"quantity": str((millis + more) / 1000), "weight_g": weight, "volume_cm3": volume}
        for name, sku, groups, millis, more, weight, volume in zip(
            load.ids, load.skus, load.categories, load.millis, extra, load.weights, load.volumes, strict=True
        )
    ]
    basket = Basket(Cart(currency="CNY", lines=lines).lines, "CNY")
    return Load(basket, basket.groups[0], basket.goods(ROUNDERS["half_up"])[0])


@KINDS
@given(data=st.data())
def test_more_goods_never_cost_less(kind, data):
    """More of any line costs as much, or more."""
    drawn, surcharge = data.draw(loads()), data.draw(surcharges(kind))
    load = more_of(drawn, [0 for _ in drawn.ids])
    more = more_of(drawn, [data.draw(st.integers(0, 5_000)) for _ in drawn.ids])
    assert surcharge.charged(sum(surcharge.counted(load))) <= surcharge.charged(sum(surcharge.counted(more)))


@KINDS
@given(data=st.data())
def test_the_order_of_lines_and_rules_changes_nothing(kind, data):
    """Lines and surcharges turned round: the same settlement to the byte."""
    stated = data.draw(surcharges(kind)).model_dump(mode="json") | {"regions": ["*"], "fee": "3.33 CNY"}
    rules = [stated | {"label": label} for label in (None, "b", "a")]
    pieces = st.tuples(st.integers(1, 5), st.integers(0, 30), st.integers(0, 2_000))
    lines = [
        a_line(name, quantity=number, weight_g=weight, volume_cm3=volume, freight_template="t1")
        for name, (number, weight, volume) in zip("abc", [data.draw(pieces) for _ in "abc"], strict=True)
    ]
    ways = [(lines, rules), (lines[::-1], rules[::-1])]
    made = [
        settled(a_checkout(*cart), a_rulebook(freight_templates=[a_template(surcharges=added)])) for cart, added in ways
    ]
    assert {line.id: line for line in made[0].lines} == {line.id: line for line in made[1].lines}
    assert made[0].adjustments == made[1].adjustments
    assert made[0].digest == made[1].digest


def test_the_kinds_are_told_apart_by_their_per():
    """Every kind is a Surcharge with a `per` and a summary of its own, and all stand in the union of a template."""
    pers = [kind.model_fields["per"].default for kind in SURCHARGE_KINDS]
    assert pers[:3] == ["parcel", "piece", "kg"]  # the contract's
    assert len(set(pers)) == len(SURCHARGE_KINDS)
    assert all(issubclass(kind, Surcharge) and kind.__doc__ for kind in SURCHARGE_KINDS)
    items = FreightTemplate.model_json_schema()["properties"]["surcharges"]["items"]
    assert set(items["discriminator"]["mapping"]) == set(pers)


@KINDS
def test_a_kind_of_the_library_is_imported_from_it_and_is_digested_whole(kind):
    """`from settlement import …` has it; of its own fields none is left out of a digest, as personal or as unused."""
    assert getattr(settlement, kind.__name__, None) is kind, f"export {kind.__name__} in settlement/__init__.py"
    assert kind.__name__ in settlement.__all__
    own = kind.model_fields.keys() - Surcharge.model_fields.keys()
    assert not {name for name in own if marks_of(kind.model_fields[name]) & {Mark.PERSONAL, Mark.BEYOND}}


def test_a_new_kind_of_the_library_is_one_file_and_one_name():
    """No module names a kind of surcharge but its own file, the tuple SURCHARGE_KINDS and what callers import."""
    source = Path(settlement.__file__).parent
    names = {kind.__name__ for kind in SURCHARGE_KINDS}
    mention = {}
    for path in source.rglob("*.py"):
        used = {node.id for node in nodes(path) if isinstance(node, ast.Name)} & names
        defined = {node.name for node in nodes(path) if isinstance(node, ast.ClassDef)}
        if used - defined and path.name != "__init__.py":
            mention[path.relative_to(source).as_posix()] = used - defined
    assert mention == {}


# ------------------------------------------------------------------ tables: cart -> amount

#: Lines (id, quantity, grams of one, cm³ of one), a surcharge of 5.00, what it comes to, and each line's share.
SOFA, LAMP, ROPE = ("a", 2, 40_000, 900_000), ("b", 3, 1_500, 20_000), ("c", "2.5", 200, 1_000)
CASES = {
    "one-parcel": ([SOFA, LAMP], {"per": "parcel"}, "5.00", ["2.00", "3.00"]),  # by pieces: 2 and 3
    "each-piece": ([SOFA, LAMP], {"per": "piece"}, "25.00", ["10.00", "15.00"]),
    "a-part-of-a-piece-is-one": ([ROPE], {"per": "piece"}, "15.00", ["15.00"]),
    "each-kg-begun": ([LAMP], {"per": "kg"}, "25.00", ["25.00"]),  # 4.5 kg
    "heavy-pieces-pay-for-themselves": (
        [SOFA, LAMP],
        {"per": "heavy_piece", "above_g": 30_000},
        "10.00",
        ["10.00", "0.00"],
    ),
    "a-piece-at-the-limit-is-not-heavy": ([SOFA, LAMP], {"per": "heavy_piece", "above_g": 40_000}, "0.00", None),
    "many-light-pieces-are-none-heavy": ([LAMP], {"per": "heavy_piece", "above_g": 2_000}, "0.00", None),
    "volume-by-litres": ([ROPE], {"per": "volume"}, "15.00", ["15.00"]),  # 2.5 dm³
    "volume-by-cubic-metres": (
        [SOFA, LAMP],
        {"per": "volume", "every_cm3": 1_000_000},
        "10.00",
        ["9.68", "0.32"],
    ),  # 1.86 m³
    "a-heavy-parcel-once": ([SOFA, LAMP], {"per": "heavy_parcel", "above_g": 20_000}, "5.00", ["4.73", "0.27"]),
    "a-parcel-at-the-limit": ([LAMP], {"per": "heavy_parcel", "above_g": 4_500}, "0.00", None),
    "a-gram-above-it": ([LAMP], {"per": "heavy_parcel", "above_g": 4_499}, "5.00", ["5.00"]),
}


def furniture(rows, *added, **template):
    """The settlement of these lines with these surcharges everywhere."""
    lines = [
        a_line(name, quantity=quantity, weight_g=weight, volume_cm3=volume, freight_template="t1")
        for name, quantity, weight, volume in rows
    ]
    stated = [{"regions": ["*"], "fee": "5.00 CNY"} | each for each in added]
    return a_checkout(*lines), a_rulebook(freight_templates=[a_template(surcharges=stated, **template)])


@pytest.mark.parametrize(("rows", "added", "amount", "shares"), CASES.values(), ids=CASES)
def test_a_surcharge_is_what_the_table_says(rows, added, amount, shares):
    """Each kind charges what a shopkeeper works out, and says who pays."""
    document = result(*furniture(rows, added))
    assert document["totals"]["surcharges"] == f"{amount} CNY"
    if shares is not None:
        assert [line["surcharges"] for line in document["lines"]] == [f"{share} CNY" for share in shares]


def test_boxes_are_counted_each_by_itself():
    """Five sofas of 40 kg, two a box of 90 kg: each box is heavier than 50 kg, but the last, and has its own fee."""
    rows = [("a", 5, 40_000, 1)]
    document = result(*furniture(rows, {"per": "heavy_parcel", "above_g": 50_000}, max_weight_g=90_000))
    assert [(row.get("boxes", 1), row["surcharge"]) for row in document["parcels"]] == [
        (2, "10.00 CNY"),
        (1, "0.00 CNY"),
    ]


# ------------------------------------------------------------------ labels

HEAVY = {"per": "heavy_piece", "above_g": 30_000, "label": "lift"}


def test_surcharges_of_different_labels_add_and_are_told_apart():
    """One adjustment each, those without a label first, then by label; each has its own facts, formula and row."""
    checkout, book = furniture(
        [SOFA, LAMP], HEAVY, {"per": "volume", "every_cm3": 1_000_000, "label": "bulk"}, {"per": "parcel"}
    )
    made = settled(checkout, book)
    added = [(each.facts.get("label"), str(each.amount)) for each in made.adjustments if each.stage == "surcharge"]
    assert added == [(None, "5.00 CNY"), ("bulk", "10.00 CNY"), ("lift", "10.00 CNY")]
    assert str(made.parcels[0].surcharge) == "25.00 CNY"
    documents = settlement.Checkout.model_validate(checkout), settlement.Rulebook.model_validate(book)
    explained = explain_parcel(*documents)
    assert [(each.label, each.formula) for each in explained.surcharges] == [
        (None, "5.00"),
        ("bulk", "⌈1860000 ÷ 1000000⌉ × 5.00 = 10.00"),
        ("lift", "2 × 5.00 = 10.00"),
    ]
    assert "Surcharge: lift: 2 × 5.00 = 10.00" in str(explained)
    rows = [row.split("  ")[1] for row in str(settlement.settle(*documents)).splitlines() if "Surcharge " in row]
    assert rows == ["Surcharge t1: everywhere", "Surcharge t1 (bulk): everywhere", "Surcharge t1 (lift): everywhere"]


def test_within_a_label_the_nearest_rule_decides():
    """For 广东 the narrower lift is the cheaper one; the unlabelled surcharge of 深圳 stands beside it."""
    near = {"regions": ["440000"], "fee": "1.00 CNY"}
    document = result(*furniture([SOFA], HEAVY, HEAVY | near, {"per": "parcel", "regions": ["440300"]}))
    assert [row["amount"] for row in document["adjustments"] if row["stage"] == "surcharge"] == ["5.00 CNY", "2.00 CNY"]


def test_one_region_twice_is_an_error_within_a_label_only():
    """The same region under another label adds; under the same one nobody could say which holds."""
    stated = [{"regions": ["540000"], "fee": "1.00 CNY", "per": "parcel"} | more for more in ({}, {"label": "a"})]
    assert len(FreightTemplate(**a_template(surcharges=stated)).surcharges) == 2
    both = [*stated, stated[1] | {"per": "kg"}]
    assert problems(lambda: FreightTemplate(**a_template(surcharges=both))) == [
        ("surcharges[2].regions[0]", "region.duplicate")
    ]


@KINDS
def test_every_field_of_every_kind_is_asked_for_and_validated(kind):
    """What is required and absent is named; what no field may hold, a control character, is refused in each."""
    stated = {"regions": ["*"], "fee": "1.00 CNY", "per": kind.model_fields["per"].default}
    own = [name for name in kind.model_fields if name not in Surcharge.model_fields]
    required = [name for name in own if kind.model_fields[name].is_required()]
    for names, row in ((required, stated), (own, stated | dict.fromkeys(own, "\0"))):
        if names:
            found = problems(lambda row=row: FreightTemplate(**a_template(surcharges=[row])))
            assert [place for place, _ in found] == [f"surcharges[0].{name}" for name in names]


def test_a_refused_field_of_a_kind_has_its_place():
    """The `per` that tells kinds apart is no part of a place; an unknown one, or none, is named."""
    kinds = [{"per": "heavy_piece", "above_g": -1}, {"per": "heavy_piece"}, {"per": "litre"}, {}]
    for stated, (place, code) in zip(
        kinds,
        [
            ("above_g", "integer.range"),
            ("above_g", "field.missing"),
            ("per", "choice.unknown"),
            ("per", "field.missing"),
        ],
        strict=True,
    ):
        added = [{"regions": ["*"], "fee": "1.00 CNY"} | stated]
        assert problems(lambda added=added: FreightTemplate(**a_template(surcharges=added))) == [
            (f"surcharges[0].{place}", code)
        ]
