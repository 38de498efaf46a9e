"""The express lane: what it accepts the door accepts, with an equal result; anything else it leaves to the door."""

from __future__ import annotations

import json
import random
from typing import Annotated, Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, Field

from samples import a_checkout, everything
from settlement import Checkout, Customer, InvalidDocument, Rulebook
from settlement.documents.express_lane import keys_read, plain_keys
from settlement.documents.strict_json import loads
from strategies import requests

#: What people, programs and attackers write into JSON: each stands for a piece of a text, or between two.
NASTY = (
    *'{}[]",: 0123456789.-+eE',
    "\\u0000", "\\ud800", "\\n", "\u200b", "\u3000", "\x7f", "\n", "\t", "\x00", "\ufeff", "٣", "３", "null", "true",
    "NaN", "1e999", "-0.00", "1_000", '"a" :', '":', '"sku":"k9",', '"id":"x",', '"points":1,', '"quantity":1.0,',
    '"unit_price":5,', "99999999999999999999", '"extra":1,', '"selected":1,', '"region":"000000",',
)  # fmt: skip


def by_the_door(text: str) -> Checkout | None:
    """The document by the long way; None where it is refused."""
    try:
        return Checkout.model_validate(loads(text, "Checkout"), context={"json": True})
    except InvalidDocument:
        return None


def stated(value: Any) -> Any:
    """A document with what it states, in every document below it."""
    if isinstance(value, BaseModel):
        fields = {name: stated(getattr(value, name)) for name in type(value).model_fields}
        return type(value), sorted(value.model_fields_set), fields
    return [stated(each) for each in value] if isinstance(value, tuple) else (type(value), value)


def compact(document: Any) -> str:
    """JSON as a front end sends it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


@given(requests, st.booleans())
def test_a_plain_text_is_read_at_once_and_as_the_door_reads_it(request_, spaced):
    """The same documents, fields stated and types, and the same digest; with and without white space."""
    document = request_["checkout"]
    text = json.dumps(document, ensure_ascii=False, indent=2) if spaced else compact(document)
    at_once, long_way = Checkout._at_once(text), by_the_door(text)
    if '"amount":' in text:  # an amount as an object, which few write
        assert at_once is None
        return
    assert at_once == long_way
    assert stated(at_once) == stated(long_way)
    assert Checkout._at_once(text.encode()) == at_once


@given(requests, st.integers(0, 2**32))
def test_a_damaged_text_is_never_read_where_the_door_refuses_it(request_, seed):
    """A few pieces taken out, doubled, exchanged or put in: the lane gives nothing, or what the door gives."""
    rng = random.Random(seed)
    text = compact(request_["checkout"])
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text) + 1)
        span = rng.choice([0, 0, 1, 1, rng.randint(0, 30)])
        text = text[:at] + rng.choice([*NASTY, "", text[at : at + span] * 2]) + text[at + span :]
    at_once = Checkout._at_once(text)
    if at_once is not None:
        long_way = by_the_door(text)
        assert long_way is not None, text
        assert stated(at_once) == stated(long_way)


@given(requests, st.integers(0, 2**32))
@example(None, 0)
def test_a_key_that_is_stated_twice_is_left_to_the_door(request_, seed):
    """Wherever in the document, whatever its values, with white space around the colon or none."""
    rng = random.Random(seed)
    checkout = everything()[0] if request_ is None else request_["checkout"]
    text = compact(checkout)
    keys = [at for at in range(len(text)) if text.startswith('":', at)]
    end = rng.choice(keys)
    key = text[text.rindex('"', 0, end) : end + 1]
    twice = rng.choice([f"{key}:null,", f"{key} :null,", f"{key}\n:0,", f'{key}:"::",'])
    text = text[: end + 1 - len(key)] + twice + text[end + 1 - len(key) :]
    assert Checkout._at_once(text) is None
    with pytest.raises(InvalidDocument) as caught:
        Checkout.model_validate_json(text)
    assert "json.duplicate_key" in {problem.code for problem in caught.value.problems}


@given(requests)
def test_every_key_of_a_text_is_read(request_):
    """As many keys become fields as the text states; maps count theirs."""
    document = json.loads(json.dumps(request_["checkout"]))
    assume('"amount":' not in compact(document))
    document["cart"]["lines"][0]["info"] = {"picture": "p.png", "colour": "red"}
    document["customer"] = document.get("customer", {}) | {"coupons": ["c9", "c8"], "copies": {"c9": 2, "c8": 3}}
    text = compact(document)
    checkout = by_the_door(text)
    assert keys_read(checkout) == plain_keys(text) == len(_keys(document))
    assert Checkout._at_once(text) is not None


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in _keys(inner))]
    return [key for inner in value for key in _keys(inner)] if isinstance(value, list) else []


def test_only_what_a_service_reads_all_the_time_takes_the_lane():
    """Rulebooks are read seldom, and through the door."""
    _, book = everything()
    assert Rulebook._at_once(compact(book)) is None
    assert Rulebook.model_validate_json(compact(book)).id == book["id"]


class _Unhashable:
    """A validator as a caller may write it."""

    __hash__ = None  # type: ignore[assignment]  # that is what it tests

    def __call__(self, value: Any) -> Any:
        return value


class _Grown(Checkout):
    """A caller's own checkout, with fields that count keys where a text has none."""

    pairs: tuple[tuple[str, str], ...] = (("a", "b"),)
    buyer: Customer = Field(default_factory=lambda: Customer(id="u9"))
    weight: float = 0.0
    note: Annotated[str, BeforeValidator(_Unhashable())] = ""


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ('"remark":"x","remark":"y"', "json.duplicate_key"),
        ('"pairs":[["c","d"]],"remark":"x","remark":"y"', "json.duplicate_key"),
        ('"weight":NaN', "json.invalid"),
    ],
)
def test_a_class_made_from_one_of_ours_is_read_through_the_door(more, code):
    """What a caller adds to a checkout opens no way round: keys twice, and what is not JSON, are refused as ever."""
    text = compact(a_checkout())
    assert _Grown.model_validate_json(text).buyer.id == "u9"
    with pytest.raises(InvalidDocument) as caught:
        _Grown.model_validate_json(f"{text[:-1]},{more}}}")
    assert [problem.code for problem in caught.value.problems] == [code]
