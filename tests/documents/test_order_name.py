"""Which order a document is of: a name is an id like every other, and two that are stated are the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samples import a_checkout, settled
from settlement import Line
from settlement.documents.order_name import one_order
from settlement.errors import InvalidDocument

PAID = settled(a_checkout())
NAMES = st.lists(st.sampled_from([None, "A-1", "A-2", "a-1"]), max_size=6)


def problems(made):
    """The codes that something is refused for; none where it is not."""
    try:
        made()
    except InvalidDocument as error:
        return [problem.code for problem in error.problems]
    return []


@given(st.text(max_size=300))
@example("a" * 200)
@example("a" * 201)
@example("")
@example("A\n1")
@example("A\u202e1")
@example("\ud800")
def test_a_name_is_an_id_like_every_other(name):
    """What the id of a line may be, the name of an order may be, with the same problems; so may a refund's id."""
    asked = problems(lambda: Line(id=name, shop="s", sku="k", quantity=1, unit_price="1.00 CNY"))
    assert problems(lambda: PAID.for_order(name)) == asked
    from settlement import refund

    assert problems(lambda: refund(PAID, {"a": 1}, id=name)) == asked


@given(NAMES)
def test_names_that_are_stated_are_one(names):
    """Refused are exactly those that differ from the first that is stated; one that is not stated contradicts none."""
    stated = [each for each in names if each is not None]
    wrong = [at for at, each in enumerate(names) if each is not None and each != stated[0]]
    if not wrong:
        one_order("x", [(f"p{at}", each) for at, each in enumerate(names)])
        return
    with pytest.raises(InvalidDocument) as caught:
        one_order("x", [(f"p{at}", each) for at, each in enumerate(names)])
    found = [(problem.place, problem.facts["expected"]) for problem in caught.value.problems]
    assert found == [(f"p{at}.order", f'"{stated[0]}"') for at in wrong]


def test_a_name_is_a_text():
    """None is no name: whoever hands in what a form left empty is told."""
    with pytest.raises(TypeError, match="order: found null; a str is expected"):
        PAID.for_order(None)
