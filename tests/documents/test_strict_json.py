"""JSON read strictly, at a cost that its length bounds (contract §1)."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest

from samples import problems
from settlement.documents import strict_json
from settlement.documents.strict_json import MAX_DEPTH, loads


class Key(str):
    """A key that counts how often it is compared with another, which is the work that grows."""

    compared: ClassVar[int] = 0
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        Key.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def comparisons(count):
    """How often keys are compared to find the one of `count` that stands twice."""
    pairs = [(Key(f"k{index}"), 1) for index in range(count)] + [(Key("k0"), 2)]
    Key.compared = 0
    assert strict_json._doubled(pairs).twins == ("k0",)
    return Key.compared


def test_a_key_that_stands_twice_costs_one_look_at_each_key():
    """One twin among n keys is found by looking n times, not n × n times."""
    assert comparisons(4_000) < 4_000
    text = "{" + "".join(f'"k{index}":1,' for index in range(40_000)) + '"k7":2,"k7":3,"k0":4}'
    assert problems(lambda: loads(text)) == [("k0", "json.duplicate_key"), ("k7", "json.duplicate_key")]


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 300, 3_000, 100_000])
def test_nesting_is_bounded_beside_a_key_that_stands_twice(depth):
    """Too deep is too deep, with or without twins: one problem, whatever stands on each level."""
    for opening, closing in (('{"a":1,"a":', "}"), ("[", "]"), ('{"b":[', "]}")):
        text = '{"a":1,"a":' + opening * depth + "1" + closing * depth + "}"
        assert problems(lambda text=text: loads(text)) == [("", "json.depth")]


def test_twins_of_the_deepest_level_are_told():
    """What is no deeper than the bound is told with its place."""
    text = "[" * (MAX_DEPTH - 1) + '{"a":1,"a":2}' + "]" * (MAX_DEPTH - 1)
    assert problems(lambda: loads(text)) == [("[0]" * (MAX_DEPTH - 1) + ".a", "json.duplicate_key")]
    assert json.loads(text)
