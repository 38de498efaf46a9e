"""The same request twice is answered twice and done once."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import problems
from settlement import SettlementError
from settlement.after_pay.payments.idempotency import StoredAnswer, stored_answer
from settlement.errors import IdempotencyConflict

BODY = {"order": "1001", "amount": "9.90 CNY", "lines": [{"id": "a", "quantity": 1, "gift": False, "note": None}]}
ANSWER = '{"paid":  true}\n'
KEPT = StoredAnswer.of("k1", BODY, ANSWER)


def test_a_new_key_has_no_answer():
    """None: do the work. Any plain JSON is a body, text or data."""
    for body in (BODY, json.dumps(BODY), json.dumps(BODY).encode(), "null", None, [], "[]", b'"x"', 5, True):
        assert stored_answer("k1", body, None) is None


def test_the_same_request_has_the_same_answer_byte_for_byte():
    """As data, text and bytes, with the members in another order, other spaces and escapes."""
    reordered = dict(reversed(BODY.items()))
    for body in (BODY, reordered, json.dumps(BODY), json.dumps(reordered, indent=4).encode()):
        assert stored_answer("k1", body, KEPT) == ANSWER
    tea = StoredAnswer.of("k1", '{"name": "茶"}', ANSWER)
    assert stored_answer("k1", '{"name": "\\u8336"}', tea) == ANSWER


CHANGED = [
    BODY | {"amount": "0.01 CNY"},
    BODY | {"lines": []},
    BODY | {"more": None},
    {"order": "1001"},
    json.dumps(BODY).replace("1001", "1002"),
    BODY | {"order": 1001},
    [BODY],
    None,
]


@pytest.mark.parametrize("body", CHANGED)
def test_another_request_under_the_same_key_is_a_conflict(body):
    """One member more, less or other, or a number for a string."""
    with pytest.raises(IdempotencyConflict, match=r"another request.*\[idempotency\.conflict\]") as caught:
        stored_answer("k1", body, KEPT)
    assert caught.value.key == "k1"
    assert "k1" not in str(caught.value)
    assert isinstance(caught.value, SettlementError)
    for again in (copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):  # noqa: S301 - made a moment ago
        assert (again.key, str(again)) == ("k1", str(caught.value))


@pytest.mark.parametrize("stored", [None, KEPT])
@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('{"a": 1.5}', [("a", "json.plain")]),
        ({"a": [1, 2.0]}, [("a[1]", "json.plain")]),
        ("1e2", [("", "json.plain")]),
        ('{"a": 9007199254740992}', [("a", "json.plain")]),
        ({"a": -(2**53)}, [("a", "json.plain")]),
        ('{"a": ' + "9" * 5000 + "}", [("a", "json.plain")]),
        ({"a": {1}, "b": b"x"}, [("a", "json.plain"), ("b", "json.plain")]),
        ({1: "a"}, [("", "text.type")]),
        ({"a": "\ud800", "\ud800": 1}, [("a", "text.surrogate"), ("", "text.surrogate")]),
        ('{"a": 1, "a": 1}', [("a", "json.duplicate_key")]),
        ('{"a": NaN}', [("", "json.invalid")]),
        (b"\xff", [("", "json.invalid")]),
        ("", [("", "json.invalid")]),
        ("[" * 40 + "]" * 40, [("", "json.depth")]),
    ],
)
def test_a_body_that_is_not_strict_json_is_refused_at_the_door(body, found, stored):
    """Also where the key is new: what could not be kept is refused before any work is done."""
    assert problems(lambda: stored_answer("k1", body, stored)) == found
    assert problems(lambda: StoredAnswer.of("k1", body, ANSWER)) == found


def test_a_body_without_end_is_refused():
    """Data that holds itself is too deep, however it does."""
    body = {}
    body["a"] = [body]
    ((place, code),) = problems(lambda: stored_answer("k1", body, None))
    assert (place[:6], code) == ("a[0].a", "json.depth")


def test_integers_up_to_the_largest_are_taken():
    """2^53 - 1 in either sign is exact everywhere."""
    for number in (2**53 - 1, 1 - 2**53, 0):
        assert stored_answer("k", f"[{number}]", StoredAnswer.of("k", [number], "x")) == "x"


def test_keys_are_ids():
    """No key, one that is no text and one too long are refused before the work is done; comparing is exact."""
    assert problems(lambda: stored_answer("", BODY, None)) == [("key", "text.empty")]
    assert problems(lambda: stored_answer(None, BODY, None)) == [("key", "text.type")]
    assert problems(lambda: stored_answer("k" * 201, BODY, None)) == [("key", "limit.text")]
    for key in ("K1", "k1 ", "k２"):
        with pytest.raises(ValueError, match="stored: this is the answer to another key"):
            stored_answer(key, BODY, KEPT)
    with pytest.raises(TypeError, match="stored: found an object; a StoredAnswer is expected"):
        stored_answer("k1", BODY, {"key": "k1"})


def test_what_is_kept_reads_back_and_stays_out_of_repr():
    """Answers hold what is personal; a digest has one shape, and so has an answer."""
    assert StoredAnswer.model_validate_json(KEPT.model_dump_json()) == KEPT
    assert StoredAnswer.of("k1", BODY, "").answer == ""
    assert "paid" not in repr(KEPT)
    assert problems(lambda: StoredAnswer(key="k", digest="md5:1", answer="")) == [("digest", "value.invalid")]
    assert problems(lambda: StoredAnswer.of("k", BODY, b"x")) == [("answer", "text.type")]
    assert problems(lambda: StoredAnswer.of("k", BODY, "\ud800")) == [("answer", "text.surrogate")]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(PLAIN, PLAIN, st.booleans())
def test_bodies_are_the_same_where_their_canonical_json_is(one, other, indent):
    """Written with or without spaces, a body is itself; another is a conflict."""
    kept = StoredAnswer.of("k", json.dumps(one, indent=2 if indent else None), "x")
    assert stored_answer("k", json.dumps(one).encode(), kept) == "x"
    if json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True):
        with pytest.raises(IdempotencyConflict):
            stored_answer("k", json.dumps(other), kept)
