"""A user's own kinds of surcharge: known to the class that was asked to know them, fenced, and replayed."""

from __future__ import annotations

import json
import pickle
from typing import Literal

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, problems
from settlement import (
    Checkout,
    FreightTemplate,
    Money,
    PerKg,
    PerPiece,
    Rulebook,
    Settlement,
    Surcharge,
    check,
    freight_table,
    settle,
)
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.documents.scalars import PositiveMoney
from settlement.errors import InvalidDocument, KindFailed
from settlement.explanations.parcel import explain_parcel
from settlement.explanations.story import explain
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.testing import check_surcharge_laws
from thorough import some


class PerInsured(Surcharge):
    """Valued goods (保价): for every so much of their price begun."""

    per: Literal["insured"] = "insured"
    every: Money

    sign = "{fee} per {every} of goods begun"
    fact = "goods"

    def counted(self, load):
        """Minor units, by line."""
        return [minor * 1000 for minor in load.goods]

    @property
    def each(self):
        """The step."""
        return max(1, self.every.minor)


Insured = Rulebook.with_kinds(PerInsured)
ADDED = {"regions": ["440000"], "fee": "1.00 CNY", "per": "insured", "every": "20.00 CNY", "label": "value"}
BOOK = a_rulebook(freight_templates=[a_template(surcharges=[ADDED])])
CHECKOUT = Checkout.model_validate(
    a_checkout(a_line("a", quantity=4, freight_template="t1"), a_line("b", quantity="0.5", freight_template="t1"))
)


def test_a_class_knows_its_kinds_from_json():
    """A template finds the kind by its `per`; 45.00 of goods in steps of 20.00 are three fees, paid by value."""
    book = Insured.model_validate_json(json.dumps(BOOK))
    assert type(book.freight_templates[0].surcharges[0]) is PerInsured
    settlement = settle(CHECKOUT, book)
    (entry,) = (each for each in settlement.adjustments if each.stage == "surcharge")
    assert {line: str(share) for line, share in entry.shares.items()} == {"a": "2.67 CNY", "b": "0.33 CNY"}
    assert dict(entry.facts) == {
        "per": "insured",
        "fee": "1.00 CNY",
        "label": "value",
        "terms": {"every": "20.00 CNY"},
        "goods": 4500,
        "counts": {"a": 4000, "b": 500},
    }
    assert Settlement.from_json(settlement.to_json()) == settlement


def test_the_kind_obeys_the_laws():
    """All that is asked of the library's own."""
    check_surcharge_laws(PerInsured, max_examples=10)


class Capped(Surcharge):
    """Each piece, and no more than so much a parcel."""

    per: Literal["capped"] = "capped"
    cap: PositiveMoney

    sign = "{fee} per piece, at most {cap}"

    def counted(self, load):
        """Pieces."""
        return [1000 * pieces for pieces in load.pieces]

    def charged(self, thousandths):
        """Up to the cap."""
        return min(super().charged(thousandths), self.cap.minor)

    def formula(self, counted, fee):
        """With the cap."""
        return f"min({super().formula(counted, fee)}, {self.cap.amount})"


def test_a_kind_says_what_it_charges_where_that_is_no_multiple_of_its_fee():
    """4 + 1 pieces at 2.00 are 10.00, and no more than 8.88 is charged; the laws hold."""
    stated = {"regions": ["440000"], "fee": "2.00 CNY", "per": "capped", "cap": "8.88 CNY"}
    book = Rulebook.with_kinds(Capped).model_validate(
        a_rulebook(freight_templates=[a_template(surcharges=[stated, stated | {"fee": "8.89 CNY", "label": "dear"}])])
    )
    settlement = settle(CHECKOUT, book)
    assert [str(each.amount) for each in settlement.adjustments if each.stage == "surcharge"] == ["8.88 CNY"] * 2
    assert Settlement.from_json(settlement.to_json()) == settlement
    told = [each.formula for each in explain_parcel(CHECKOUT, book).surcharges]
    assert told == ["min(5 × 2.00, 8.88) = 8.88", "min(5 × 8.89, 8.88) = 8.88"]
    check_surcharge_laws(Capped, max_examples=10)


def test_what_a_stored_surcharge_came_to_is_what_its_kind_charges(monkeypatch):
    """A kind of the library whose amount is no multiple of its fee is read back; as soon as it is one, refused."""
    stated = {"regions": ["440000"], "fee": "2.00 CNY", "per": "piece"}
    book = Rulebook.model_validate(a_rulebook(freight_templates=[a_template(surcharges=[stated])]))
    with monkeypatch.context() as capped:
        capped.setattr(PerPiece, "charged", lambda *_: 888)
        settlement = settle(CHECKOUT, book)
        assert str(settlement.totals.surcharges) == "8.88 CNY"
        text = settlement.to_json()
        assert Settlement.from_json(text) == settlement
    with pytest.raises(InvalidDocument, match=r"found 8\.88 CNY; by the rest of the settlement it is 10\.00 CNY"):
        Settlement.from_json(text)


def test_it_is_told_and_shown():
    """In the explanation of its parcel and in a table of fees; a settlement alone says only what it did."""
    book = Insured.model_validate(BOOK)
    (told,) = explain_parcel(CHECKOUT, book).surcharges
    assert told == ("insured", "value", "⌈4500 ÷ 2000⌉ × 1.00 = 3.00", Money("3.00 CNY"), None)
    table = freight_table(book.freight_templates[0], ["440305"])
    assert table.rows[0].surcharges == (book.freight_templates[0].surcharges[0],)
    assert "value: CN¥1.00 per CN¥20.00 of goods begun" in str(table)
    steps = explain(settle(CHECKOUT, book), rule="t1").steps
    assert [(step.code, step.formula) for step in steps if step.stage == "surcharge"] == [("stated", "")]
    assert check(book) == ()


def test_two_classes_stand_side_by_side():
    """The library's class does not know the kind; its own templates go into a class that does."""
    assert problems(lambda: Rulebook.model_validate(BOOK)) == [
        ("freight_templates[0].surcharges[0].per", "choice.unknown")
    ]
    assert (Rulebook.surcharge_kinds, Insured.surcharge_kinds) == (SURCHARGE_KINDS, (*SURCHARGE_KINDS, PerInsured))
    assert Insured.kinds == Rulebook.kinds
    template = FreightTemplate(**a_template(surcharges=[PerKg(regions=["*"], fee="1.00 CNY")]))
    assert Insured(**BOOK | {"freight_templates": [template]}).freight_templates[0].surcharges[0].per == "kg"


def test_the_schema_names_the_kind():
    """With its fields, and `per` is required: it tells the kind apart."""
    stated = Insured.model_json_schema()["$defs"]["PerInsured"]["properties"]
    assert stated.keys() == Surcharge.model_fields.keys() | {"every"}
    assert "PerInsured" not in Rulebook.model_json_schema()["$defs"]


def test_amounts_of_a_kind_are_in_the_rulebooks_currency():
    """The one-currency rule reaches into the fields of a user's kind, and names them."""
    wrong = ADDED | {"every": "20 JPY"}
    assert problems(lambda: Insured.model_validate(a_rulebook(freight_templates=[a_template(surcharges=[wrong])]))) == [
        ("freight_templates[0].surcharges[0].every", "currency.mixed")
    ]


def test_rules_with_the_kind_travel_and_are_replayed():
    """Pickle gives equal rules of the same class; a record is computed again by the class that knows the kind."""
    book = Insured.model_validate(BOOK)
    again = pickle.loads(pickle.dumps(book))  # noqa: S301 - just made
    assert again == book
    assert type(again) is Insured
    kept = record(settle(CHECKOUT, book))
    assert replay(Record.from_json(kept.to_json()), rulebook_class=Insured).equal
    with pytest.raises(InvalidDocument, match="insured"):
        replay(kept)


def test_what_all_surcharges_have_means_the_same_in_a_digest():
    """Another spelling of a region changes nothing; what the kind states beside does, whatever it is called."""

    def digest(**fields):
        """Of the same request with other fields of the surcharge."""
        rules = a_rulebook(freight_templates=[a_template(surcharges=[ADDED | fields])])
        return settle(CHECKOUT, Insured.model_validate(rules)).digest

    assert digest(regions=["440000000"]) == digest() != digest(every="30.00 CNY")
    assert digest(label="other") != digest()


class Broken(PerInsured):
    """For others to break."""

    per: Literal["broken"] = "broken"


BREAKS = [
    ({"counted": lambda _, load: [0.5] * len(load.ids)}, "counted"),
    ({"counted": lambda _, load: [True] * len(load.ids)}, "counted"),
    ({"counted": lambda _, load: [-1] * len(load.ids)}, "counted"),
    ({"counted": lambda *_: [1]}, "counted"),
    ({"counted": lambda *_: None}, "counted"),
    ({"counted": lambda *_: 1 / 0}, "counted"),
    ({"times": lambda *_: 1.0}, "times"),
    ({"times": lambda *_: -1}, "times"),
    ({"each": property(lambda _: 0)}, "times"),
    ({"charged": lambda *_: 1.0}, "charged"),
    ({"charged": lambda *_: -1}, "charged"),
    ({"charged": lambda *_: None}, "charged"),
    ({"charged": lambda *_: 1 / 0}, "charged"),
    ({"needs": frozenset({"length_mm"})}, "needs"),
    ({"fact": "fee"}, "fact"),
    ({"charged": lambda *_: 10**14}, "charged"),
    ({"terms": lambda _: 1 / 0}, "terms"),
    ({"terms": lambda _: None}, "terms"),
    ({"terms": lambda _: {"a": 0.5}}, "terms"),
    ({"terms": lambda _: {1: "a"}}, "terms"),
]


@pytest.mark.parametrize(("attributes", "hook"), BREAKS)
def test_a_kind_that_answers_nonsense_stops_the_settlement(attributes, hook):
    """The error names the kind and the method."""
    kind = type("Wrong", (Broken,), {"__doc__": "Wrong.", "__module__": __name__} | attributes)
    rules = a_rulebook(freight_templates=[a_template(surcharges=[ADDED | {"per": "broken"}])])
    with pytest.raises(KindFailed, match=rf"Wrong\.{hook}\(\)"):
        settle(CHECKOUT, Rulebook.with_kinds(kind).model_validate(rules))


@pytest.mark.parametrize(("attributes", "hook"), some(BREAKS))
def test_a_kind_that_answers_nonsense_breaks_a_law(attributes, hook):
    """The laws find it too, and say which."""
    kind = type("Wrong", (Broken,), {"__doc__": f"Wrong: {hook}.", "__module__": __name__} | attributes)
    with pytest.raises(Exception) as caught:
        check_surcharge_laws(kind, max_examples=5)
    assert any(note.startswith("Wrong breaks the law: ") for note in caught.value.__notes__)


@pytest.mark.parametrize("formula", ["2 × 1.00", "whatever", "1 ÷ 0", "(" * 5000])
def test_a_formula_that_does_not_make_the_amount_is_not_shown(formula):
    """The calculator tries it: where it makes anything else, the parcel has the amount alone."""
    kind = type("Wrong", (Broken,), {"__doc__": "Wrong.", "__module__": __name__, "formula": lambda *_: formula})
    rules = a_rulebook(freight_templates=[a_template(surcharges=[ADDED | {"per": "broken"}])])
    book = Rulebook.with_kinds(kind).model_validate(rules)
    (added,) = explain_parcel(CHECKOUT, book).surcharges
    assert (added.formula, str(added.amount)) == ("3.00", "3.00 CNY")
    (right,) = explain_parcel(CHECKOUT, Insured.model_validate(BOOK)).surcharges
    assert right.formula == "⌈4500 ÷ 2000⌉ × 1.00 = 3.00"


class Floating(PerInsured):
    """Has a field that no digest can hold."""

    per: Literal["floating"] = "floating"
    part: float = 0.5


def test_a_field_that_no_digest_can_hold_stops_before_anything_is_settled():
    """Not only when the settlement is to be stored."""
    rules = a_rulebook(freight_templates=[a_template(surcharges=[ADDED | {"per": "floating"}])])
    with pytest.raises(KindFailed, match="canonical JSON has no float"):
        settle(CHECKOUT, Rulebook.with_kinds(Floating).model_validate(rules))


class Uncounted(Surcharge):
    """Counts nothing."""

    per: Literal["uncounted"] = "uncounted"


class Untagged(PerInsured):
    """Says no `per` of its own."""

    per: str


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        (PerKg, ValueError, "the surcharge per 'kg' is taken"),
        (Uncounted, TypeError, "no kind of surcharge: it has no method `counted`"),
        (Untagged, TypeError, "subclass Surcharge and say `per"),
    ],
)
def test_what_is_no_kind_is_refused(kind, error, said):
    """A `per` that is taken, none, no method of its own."""
    with pytest.raises(error, match=said):
        Rulebook.with_kinds(kind)


def test_what_a_kind_sees_cannot_be_changed():
    """Every column is a tuple, or made anew each time it is asked for."""
    seen = []

    class Looks(Broken):
        """Keeps what it was shown."""

        per: Literal["looks"] = "looks"

        def counted(self, load):
            """Nothing."""
            seen.append(load)
            return [0] * len(load.ids)

    rules = a_rulebook(freight_templates=[a_template(surcharges=[ADDED | {"per": "looks"}])])
    settle(CHECKOUT, Rulebook.with_kinds(Looks).model_validate(rules))
    (load,) = seen
    columns = (load.ids, load.skus, load.categories, load.millis, load.pieces, load.weights, load.volumes, load.goods)
    assert {type(column) for column in columns} == {tuple}
    assert load.grams() == load.cm3() == [0, 0]
    with pytest.raises(AttributeError):
        load.goods = ()
