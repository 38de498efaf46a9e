"""Arguments of the wrong kind: an exception of the library, or a TypeError that says where, what and what instead."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook
from settlement import (
    Cart,
    Checkout,
    InvalidDocument,
    Line,
    Money,
    RefundQuote,
    Rounding,
    Rulebook,
    Settlement,
    UnknownLine,
    refund,
    settle,
)

LINE = Line(**a_line())
CART = Cart(currency="CNY", lines=[LINE])
WRONG = [None, 5, 1.5, [], ["a"], {}, {"a": []}, [123, 125], object(), memoryview(b"{}")]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "reads",
    [Checkout.model_validate_json, Rulebook.model_validate_json, Settlement.from_json, RefundQuote.from_json],
    ids=lambda reads: reads.__qualname__,
)
def test_json_is_a_text(reads, wrong):
    """What is no text, a dict that was read already for one, is told as that."""
    with pytest.raises(TypeError, match=r"^\w+: found .+; JSON is read from str, bytes or bytearray$"):
        reads(wrong)


@pytest.mark.parametrize("wrong", [None, 5, ["a"], {}, object()], ids=repr)
def test_a_line_goes_by_its_id(wrong):
    """`cart.select(["a"])` hands in a list where the ids stand one by one."""
    for ask in (CART.select, CART.without, lambda each: CART.with_quantity(each, 1)):
        with pytest.raises(TypeError, match=r"^line: found .+; a str is expected$"):
            ask(wrong)
    with pytest.raises(UnknownLine):
        CART[wrong]


@pytest.mark.parametrize("wrong", [None, 5, "a", [], a_line(), object()], ids=repr)
def test_a_line_is_a_line(wrong):
    """`cart.buy_now("a")` and a dict are told how a line is made."""
    for ask in (CART.with_line, CART.buy_now):
        with pytest.raises(TypeError, match=r"^line: found .+; a Line is expected, Line.model_validate\(\) makes one$"):
            ask(wrong)


@pytest.mark.parametrize("wrong", [5, "x", b"x", ["a"], object()], ids=repr)
def test_an_update_is_a_mapping(wrong):
    """Fields by name; nothing, however it is written, changes nothing."""
    with pytest.raises(TypeError, match=r"^update: found .+; a Mapping is expected$"):
        LINE.model_copy(update=wrong)
    assert LINE.model_copy(update=None) is LINE.model_copy(update={}) is LINE


@pytest.mark.parametrize("wrong", [None, 5, ["CNY"], {}, "RMB", object()], ids=repr)
def test_a_currency_is_a_code(wrong):
    """A list of one code is no code."""
    with pytest.raises(InvalidDocument, match=r"currency: found .+; a currency is an ISO 4217 code"):
        Money.of_minor(1, wrong)


@pytest.mark.parametrize("wrong", ["HALF", "HALF_UP", None, 5, [], {}, "x" * 1_000], ids=lambda each: repr(each)[:20])
def test_a_rounding_is_one_of_five(wrong):
    """The text names them."""
    with pytest.raises(
        ValueError, match=r"^found .{1,40}; a rounding is one of half_up, half_even, half_down, down, up$"
    ):
        Rounding(wrong)


def test_what_is_settled_and_refunded_is_told_by_its_kind():
    """Both functions say which argument, what was found and what would be right."""
    checkout, rulebook = Checkout(**a_checkout()), Rulebook(**a_rulebook())
    for wrong in (None, 5, "x", [], {}, object()):
        for ask in (
            lambda wrong=wrong: settle(wrong, rulebook),
            lambda wrong=wrong: settle(checkout, wrong),
            lambda wrong=wrong: refund(wrong, {"a": 1}),
        ):
            with pytest.raises(TypeError, match=r"found .+ (Checkout|Rulebook|Settlement)"):
                ask()
