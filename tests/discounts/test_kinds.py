"""The laws that every kind of benefit obeys; a new kind in KINDS is held to them without a word here."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

import settlement
from settlement.discounts import CONDITIONS, KINDS, Benefit
from settlement.discounts.offers import Tier
from settlement.documents.marks import Mark, marked
from settlement.testing.laws import LAWS, hold_to
from settlement.testing.strategies import benefits, goods
from thorough import examples

#: Fields that kinds got when they were in use already: they enter a digest where they are used.
ADDED = {
    "NthUnit": {"count", "units"},
    "PercentOff": {"max_units", "units", "every"},
    "UnitAmountOff": {"units", "every"},
}
#: Whole settlements take long: fewer of them.
EXAMPLES = {"_settlements": 8, "_best": 20}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.strip("_"))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_obeys_the_laws(kind, law):
    """What is asked of a user's kind holds of every kind that ships."""
    hold_to([law], kind, benefits(kind), examples(EXAMPLES.get(law.__name__, 60)))


def test_the_kinds_are_told_apart_by_their_type():
    """Every kind is a Benefit with a `type` and a summary of its own, and all stand in the union of a tier."""
    types = [kind.model_fields["type"].default for kind in KINDS]
    assert len(set(types)) == len(KINDS)
    assert all(issubclass(kind, Benefit) and kind.__doc__ for kind in KINDS)
    mapping = Tier.model_json_schema()["properties"]["benefit"]["discriminator"]["mapping"]
    assert set(mapping) == set(types)


@pytest.mark.parametrize("kind", [*KINDS, *CONDITIONS], ids=lambda kind: kind.__name__)
def test_a_kind_of_the_library_is_imported_from_it_and_is_digested_whole(kind):
    """`from settlement import …` has it; a digest leaves out names and unused fields that came later."""
    assert getattr(settlement, kind.__name__, None) is kind, f"export {kind.__name__} in settlement/__init__.py"
    assert kind.__name__ in settlement.__all__
    personal = {"Gift": {("name",)}, "SetPrice": {("slots", "*", "name")}}
    assert marked(kind, Mark.PERSONAL) == personal.get(kind.__name__, set())
    assert marked(kind, Mark.BEYOND) == {(name,) for name in ADDED.get(kind.__name__, ())}


@given(goods())
def test_both_orders_of_goods_have_equals_by_the_smaller_id(goods):
    """Dearest and cheapest unit first, as exact fractions say; neither is the other backwards."""
    unit = [Fraction(net, millis) for net, millis in zip(goods.nets, goods.millis, strict=True)]
    assert list(goods.dearest()) == sorted(range(len(unit)), key=lambda at: (-unit[at], at))
    assert list(goods.cheapest()) == sorted(range(len(unit)), key=lambda at: (unit[at], at))


def test_a_benefit_that_takes_nothing_off_is_not_one():
    """The base class asks for `off`, and bounds it by the whole net."""

    class Nothing(Benefit):
        """Has no `off`."""

        type: str = "nothing"

    with pytest.raises(NotImplementedError):
        Nothing().off(None)
    assert Nothing().gift(None) is None
    assert Nothing().ceilings(1, None, None) == ((0, 1, 1),)
