"""Money and the five ways of rounding (contract §1 and §10)."""

from __future__ import annotations

import copy
import json
import math
import pickle
from decimal import Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from samples import problems
from settlement import (
    Checkout,
    CurrencyMismatch,
    InvalidDocument,
    Money,
    Rounding,
    RoundTotal,
    SettlementError,
    UnknownLocale,
)
from settlement.documents.words.language import figures
from settlement.money import DECIMALS, ROUNDERS, excerpt, format_minor, stated
from strategies import codes, currencies, fractions, minors, modes, monies

CODES = {
    "12.3 CNY": "amount.scale",
    "12.345 CNY": "amount.scale",
    "12.00001 CNY": "amount.scale",
    "12.00001 nothing": "amount.scale",
    "1200.00 JPY": "amount.scale",
    "1.25 KWD": "amount.scale",
    "-0.00 CNY": "amount.notation",
    "-0 CNY": "amount.notation",
    "+1.00 CNY": "amount.notation",
    "01.00 CNY": "amount.notation",
    "1.00CNY": "amount.notation",
    "1.00  CNY": "currency.unknown",
    ".50 CNY": "amount.notation",
    "1. CNY": "amount.notation",
    "1e2 CNY": "amount.notation",
    "1e-1000 CNY": "amount.out_of_range",
    "1e1000 CNY": "amount.out_of_range",
    "NaN CNY": "amount.not_finite",
    "-inf CNY": "amount.not_finite",
    "1.00 QQQ": "currency.unknown",
    "1.00 cny": "currency.unknown",
    "1.00": "currency.unknown",
    "": "amount.notation",
    "1" * 13: "amount.too_large",
    "1.00 CNY" + " " * 60: "amount.notation",
}


@pytest.mark.parametrize(("text", "code"), CODES.items(), ids=lambda value: repr(value)[:24])
def test_a_text_that_is_no_amount_says_why(text, code):
    """Each malformed amount has one stable code."""
    with pytest.raises(InvalidDocument) as caught:
        Money(text)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_the_library_reads_its_own_sums_however_large():
    """A sum may be longer than what a shop may state."""
    text = "-1234567890123456789.01 CNY"
    assert str(Money(text)) == text


@given(monies)
def test_the_text_of_an_amount_reads_back(amount):
    """str and Money are inverse, and the text has exactly the currency's decimals."""
    assert Money(str(amount)) == amount
    number, currency = str(amount).split(" ")
    assert len(number.partition(".")[2]) == DECIMALS[currency]


@given(minors, codes)
def test_minor_units_and_amount_are_the_same_number(minor, currency):
    """`amount` is exact, with the currency's decimals; `minor` is the integer."""
    money = Money.of_minor(minor, currency)
    assert (money.minor, money.currency) == (minor, currency)
    assert money.amount == Decimal(minor).scaleb(-DECIMALS[currency])
    assert -money.amount.as_tuple().exponent == DECIMALS[currency]
    assert format_minor(minor, currency) == str(money) == f"{money}"


@given(minors, minors, currencies, st.integers(-9, 9))
def test_arithmetic_is_that_of_integers(left, right, currency, factor):
    """+, -, *, unary signs, abs, sum and order agree with minor units."""
    a, b = Money.of_minor(left, currency), Money.of_minor(right, currency)
    assert (a + b).minor == left + right
    assert (a - b).minor == left - right
    assert (a * factor).minor == (factor * a).minor == left * factor
    assert ((-a).minor, (+a).minor, abs(a).minor) == (-left, left, abs(left))
    assert sum([a, b]) == a + b
    assert ((a < b), (a <= b), (a > b), (a >= b)) == (left < right, left <= right, left > right, left >= right)
    assert bool(a) is (left != 0)


def test_two_currencies_never_meet():
    """Adding, subtracting and ordering raise CurrencyMismatch, which is a ValueError; equality is just false."""
    yuan, yen = Money("1.00 CNY"), Money("1 JPY")
    for meet in (
        lambda: yuan + yen,
        lambda: yuan - yen,
        lambda: yuan < yen,
        lambda: yuan >= yen,
        lambda: sum([yuan, yen]),
    ):
        with pytest.raises(CurrencyMismatch) as caught:
            meet()
        assert {caught.value.left, caught.value.right} == {"CNY", "JPY"}
        assert isinstance(caught.value, (SettlementError, ValueError))
    assert yuan != yen
    assert Money.of_minor(100, "CNY") != Money.of_minor(100, "USD")


@pytest.mark.parametrize("other", [1.0, 1, True, Decimal(1), Fraction(1), "1.00 CNY", None])
def test_only_money_is_added_to_money(other):
    """A float, a number or a text beside an amount is a TypeError; nothing is guessed."""
    money = Money("1.00 CNY")
    for combine in (lambda: money + other, lambda: other + money, lambda: money - other, lambda: money < other):
        with pytest.raises(TypeError):
            combine()
    assert money != other


@pytest.mark.parametrize("factor", [1.5, 2.0, True, Decimal(2), Fraction(1, 2), "2", None])
def test_only_an_integer_multiplies(factor):
    """A product that would need a rounding, and a bool, are a TypeError."""
    with pytest.raises(TypeError):
        Money("1.00 CNY") * factor
    with pytest.raises(TypeError):
        factor * Money("1.00 CNY")


def test_a_float_is_no_amount():
    """The constructor refuses a float with a TypeError that says what to write."""
    with pytest.raises(TypeError, match=r"12\.34 CNY"):
        Money(12.34)


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        (("88.00", "CNY"), 'Money.of("88.00", "CNY")'),
        ((88, "JPY"), 'Money.of(88, "JPY")'),
        (("88.00 CNY", "CNY"), 'Money.of("12.34", "CNY")'),
        ((88.5, "CNY"), 'Money.of("12.34", "CNY")'),
        (("88.00", "CNY", 2), 'Money.of("12.34", "CNY")'),
    ],
)
def test_an_amount_and_a_currency_apart_are_for_money_of(given_, told):
    """What would be right is said, with what was found where that can be taken as it is."""
    with pytest.raises(TypeError) as caught:
        Money(*given_)
    assert told in str(caught.value)


@pytest.mark.parametrize("given_", [12, None, Decimal("12.34"), b"12.34 CNY"])
def test_nothing_but_text_is_read(given_):
    """Any other type is refused; of a Decimal the text says what takes it, in both languages."""
    with pytest.raises(InvalidDocument) as caught:
        Money(given_)
    (problem,) = caught.value.problems
    decimal = isinstance(given_, Decimal)
    assert problem.code == ("amount.decimal" if decimal else "amount.type")
    assert all(('Money.of(price, "CNY")' in problem.text(locale)) == decimal for locale in ("en", "zh_CN"))


@pytest.mark.parametrize("minor", [1.0, True, "1", None, Decimal(1)])
def test_minor_units_are_an_int(minor):
    """of_minor raises TypeError for anything but an int, a bool included."""
    with pytest.raises(TypeError):
        Money.of_minor(minor, "CNY")


def test_minor_units_of_an_unknown_currency_or_beyond_30_digits_are_refused():
    """of_minor checks the code and the size, and never prints a huge number."""
    for minor, currency, code in ((1, "XXX", "currency.unknown"), (10**5000, "CNY", "amount.too_large")):
        with pytest.raises(InvalidDocument) as caught:
            Money.of_minor(minor, currency)
        assert caught.value.problems[0].code == code
        assert len(str(caught.value)) < 200


@given(monies)
def test_an_amount_survives_hash_pickle_and_copy(amount):
    """Equal amounts hash alike; pickle, copy and deepcopy give an equal amount back."""
    twin = Money.of_minor(amount.minor, amount.currency)
    assert hash(twin) == hash(amount)
    assert {amount: 1}[twin] == 1
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(amount, protocol)) == amount  # noqa: S301 - made a moment ago
    assert copy.copy(amount) is amount
    assert copy.deepcopy(amount) is amount
    assert eval(repr(amount), {"Money": Money}) == amount  # noqa: S307 - repr is meant to be pasted


def test_an_amount_never_changes():
    """No attribute can be set, added or deleted."""
    money = Money("1.00 CNY")
    for name in ("minor", "currency", "other"):
        with pytest.raises(AttributeError):
            setattr(money, name, 1)
    with pytest.raises(AttributeError):
        del money.minor
    assert money == Money("1.00 CNY")


def test_a_zero_has_one_spelling():
    """A difference of 0 prints, compares and hashes like any 0: there is no minus zero."""
    zero = Money("1.00 CNY") - Money("1.00 CNY")
    assert str(zero) == str(-zero) == "0.00 CNY"
    assert zero == -zero
    assert hash(zero) == hash(-zero)


# ------------------------------------------------------------------ at the door of documents

STATED = [
    ("12.34 CNY", None),
    (Money("12.34 CNY"), None),
    ({"amount": "12.34", "currency": "CNY"}, None),
    ({"amount": Decimal("12.34"), "currency": "CNY"}, None),
    (Money("-0.01 CNY"), "amount.negative"),
    ("-0.01 CNY", "amount.negative"),
    ({"amount": "-0.01", "currency": "CNY"}, "amount.negative"),
    (Money.of_minor(10**14, "CNY"), "amount.too_large"),
    (Money.of_minor(-(10**14), "CNY"), "amount.too_large"),
    ({"amount": "12.34"}, "amount.type"),
    ({"amount": "12.34", "currency": "CNY", "scale": 2}, "amount.type"),
    ({"amount": 12, "currency": "CNY"}, "amount.type"),
    ({"amount": "12.34", "currency": "cny"}, "currency.unknown"),
    ({"amount": "12.34", "currency": ["CNY"]}, "currency.unknown"),
    ({"amount": "12.34 CNY", "currency": "CNY"}, "amount.notation"),
    ({"amount": Decimal("12.3"), "currency": "CNY"}, "amount.scale"),
    ({"amount": Decimal("NaN"), "currency": "CNY"}, "amount.not_finite"),
    ({"amount": Decimal("1E+3"), "currency": "CNY"}, "amount.notation"),
    ({"amount": "1E+3", "currency": "CNY"}, "amount.notation"),
    ({"amount": Decimal("1E+1000"), "currency": "CNY"}, "amount.out_of_range"),
    ({"amount": "1E+1000", "currency": "CNY"}, "amount.out_of_range"),
    (12, "amount.type"),
    (Decimal("12.34"), "amount.decimal"),
    (Decimal("Infinity"), "amount.not_finite"),
    (1.0, "amount.float"),
]


@pytest.mark.parametrize(("value", "code"), STATED, ids=repr)
def test_a_document_takes_amounts_in_two_forms(value, code):
    """A string, or an object of amount and currency; 0 or more, bounded, and never from a number."""
    if code is None:
        assert RoundTotal(unit=value, mode="down").unit == Money("12.34 CNY")
    else:
        assert problems(lambda: RoundTotal(unit=value, mode="down")) == [("unit", code)]


# ------------------------------------------------------------------ rounding

#: value -> half_up, half_even, half_down, down, up
ROUNDED = {
    Fraction(5, 2): (3, 2, 2, 2, 3),
    Fraction(13, 5): (3, 3, 3, 2, 3),
    Fraction(12, 5): (2, 2, 2, 2, 3),
    Fraction(7, 2): (4, 4, 3, 3, 4),
    Fraction(1, 2): (1, 0, 0, 0, 1),
    Fraction(1, 1000): (0, 0, 0, 0, 1),
    Fraction(0): (0, 0, 0, 0, 0),
    Fraction(4): (4, 4, 4, 4, 4),
}
NAMES = ("half_up", "half_even", "half_down", "down", "up")


@pytest.mark.parametrize("value", ROUNDED, ids=str)
@pytest.mark.parametrize("mode", NAMES)
def test_rounding_follows_the_table(mode, value):
    """Each mode rounds the magnitude as the table says, and puts the sign back."""
    expected = ROUNDED[value][NAMES.index(mode)]
    assert Rounding(mode).of(value) == expected
    assert Rounding(mode).of(-value) == -expected


@given(modes, fractions)
def test_rounding_goes_to_a_neighbour(mode, value):
    """The result is one of the two integers around the value, the nearer one for the three halves."""
    rounded = Rounding(mode).of(value)
    assert rounded in {math.floor(value), math.ceil(value)}
    if mode.startswith("half"):
        assert abs(rounded - value) <= Fraction(1, 2)


@given(modes, st.integers())
def test_an_integer_is_not_rounded(mode, value):
    """Whatever the mode, an integer stays."""
    assert Rounding(mode).of(value) == value


@given(modes, st.integers(0, 10**9), st.integers(1, 10**6))
def test_the_bare_arithmetic_is_the_same_rule(mode, numerator, denominator):
    """ROUNDERS, which the engine uses, agrees with Rounding."""
    assert ROUNDERS[mode](numerator, denominator) == Rounding(mode).of(Fraction(numerator, denominator))


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), True, "1.5", None])
def test_only_exact_values_are_rounded(value):
    """A float, a Decimal or a bool is a TypeError: an exact value is asked for."""
    with pytest.raises(TypeError):
        Rounding.HALF_UP.of(value)


# ------------------------------------------------------------------ what an error shows

SHOWN = [
    ("a" * 24, f'"{"a" * 24}"'),
    ("a" * 25, "a string of 25 characters"),
    ('say "a"', '"say \\"a\\""'),
    ("back\\slash's", '"back\\\\slash\'s"'),
    ("é ¥ 深圳", '"é ¥ 深圳"'),
    ("５9 ٥ С", '"\\uff159 \\u0665 \\u0421"'),
    ("\x1b\u202e\ud800\u3164", '"\\x1b\\u202e\\ud800\\u3164"'),
    (True, "true"),
    (None, "null"),
    (7, "7"),
    (10**18, "an integer of very many digits"),
    (1.5, "a float"),
    ((), "a list"),
    (Decimal(1), "a Decimal"),
    (b"x", "a bytes"),
]


@pytest.mark.parametrize(("value", "shown"), SHOWN, ids=lambda value: ascii(value)[:20])
def test_an_excerpt_is_short_and_plain(value, shown):
    """A few characters that read as they are; what looks like another, or like nothing, is an escape."""
    assert excerpt(value) == shown
    assert excerpt(value).isprintable()


@given(monies, st.integers(0, 8))
def test_whole_units_come_in_exactly(money, zeros):
    """Decimal and str with any zeros behind, and an int where nothing stands behind the point, are the amount."""
    decimal = money.amount
    longer = Decimal(f"{decimal:f}" + ("" if "." in f"{decimal:f}" else ".") + "0" * zeros)
    shorter = decimal.normalize(Context(prec=80))  # may have an exponent: Decimal("1E+2")
    for amount in (decimal, longer, shorter, f"{decimal:f}", f"{shorter:f}"):
        assert Money.of(amount, money.currency) == money
    if decimal == int(decimal):
        assert Money.of(int(decimal), money.currency) == money


@given(minors, st.sampled_from(["JPY", "CNY", "KWD"]), st.integers(1, 30), st.integers(1, 9), st.booleans())
def test_what_would_have_to_be_rounded_is_refused(minor, code, zeros, digit, as_text):
    """However far behind the currency's decimals a digit stands; both neighbours are named, and are amounts."""
    decimals = DECIMALS[code]
    amount = Money.of_minor(abs(minor) % 10**9, code)
    point = "" if decimals else "."
    text = f"{amount.amount:f}{point}{'0' * (zeros - 1)}{digit}"
    with pytest.raises(InvalidDocument) as caught:
        Money.of(text if as_text else Decimal(text), code)
    (found,) = caught.value.problems
    assert (found.place, found.code) == ("amount", "amount.inexact")
    lower, upper = Money.of(found.facts["lower"], code), Money.of(found.facts["upper"], code)
    assert (lower, upper.minor) == (amount, amount.minor + 1)


REFUSED_WHOLE = [
    ("12.50 CNY", "amount.plain"),
    ("1e5", "amount.plain"),
    ("1,234.50", "amount.plain"),
    ("+5", "amount.plain"),
    ("007", "amount.plain"),
    (" 5", "amount.plain"),
    ("", "amount.plain"),
    ("１２", "amount.plain"),
    ("9" * 5_000, "amount.plain"),
    ("9" * 31, "amount.too_large"),
    ("nan", "amount.not_finite"),
    ("-Infinity", "amount.not_finite"),
    (Decimal("NaN"), "amount.not_finite"),
    (Decimal("sNaN"), "amount.not_finite"),
    (Decimal("Infinity"), "amount.not_finite"),
    (Decimal("1E+999999"), "amount.out_of_range"),
    (Decimal("1E-999999"), "amount.out_of_range"),
    (Decimal("1E+40"), "amount.too_large"),
    (Decimal("12.5" + "0" * 100), "amount.notation"),
    (10**30, "amount.too_large"),
    (True, "amount.type"),
    (None, "amount.type"),
    (Fraction(1, 2), "amount.type"),
]


@pytest.mark.parametrize(("amount", "code"), REFUSED_WHOLE, ids=lambda each: ascii(each)[:24])
def test_no_amount_is_made_of_these(amount, code):
    """Each has its code; nothing is worked out of an exponent far out of range, and no long value is quoted."""
    with pytest.raises(InvalidDocument) as caught:
        Money.of(amount, "CNY")
    (found,) = caught.value.problems
    assert (found.place, found.code) == ("amount", code)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("code", ["cny", "RMB", "", None, 156, ["CNY"]])
def test_whole_units_are_of_a_currency(code):
    """Anything but a code of the table is refused at its place."""
    assert problems(lambda: Money.of(5, code)) == [("currency", "currency.unknown")]


@pytest.mark.parametrize(("number", "told"), [(12.5, "12.5"), (1e300, "12.34"), (math.nan, "12.34"), (-0.1, "-0.1")])
def test_a_float_of_whole_units_is_told_how_to_write_it(number, told):
    """A float is a TypeError with the right spelling."""
    with pytest.raises(TypeError, match=rf'; write Money.of\("{told}", "CNY"\)$'):
        Money.of(number, "CNY")


@pytest.mark.parametrize(
    ("text", "code"), [("1" * 31, "amount.too_large"), ("13800138000.505", "amount.scale"), ("1.505", "amount.inexact")]
)
def test_an_amount_of_too_many_digits_is_refused(text, code):
    """More than any amount holds, and more decimals than it has: what may be somebody's number is never quoted."""
    with pytest.raises(InvalidDocument) as caught:
        Money.of(text, "CNY")
    assert [each.code for each in caught.value.problems] == [code]
    assert "13800138000" not in str(caught.value)


@given(monies, st.sampled_from(["en", "zh_CN", "de", "en_IN"]))
def test_an_amount_is_written_as_a_receipt_writes_it(money, locale):
    """`format()` is the language's own way, with every decimal of the currency."""
    assert money.format(locale) == figures(locale).money(money)
    assert money.format() == money.format("en")


def test_an_unknown_locale_is_said():
    """What nobody knows is an UnknownLocale."""
    with pytest.raises(UnknownLocale):
        Money("1.00 CNY").format("klingon")


@pytest.mark.parametrize("text", ["-0.01 CNY", "-12.34 CNY", "1.0 CNY", "1.00"])
def test_the_express_lane_is_no_less_strict(text):
    """An amount of a plain JSON text is refused with the code that the door has for it."""
    line = {"id": "a", "shop": "s1", "sku": "k", "quantity": 1, "unit_price": text}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": [line]}}
    with pytest.raises(PydanticCustomError) as express:
        stated(text)
    with pytest.raises(InvalidDocument) as caught:
        Checkout.model_validate_json(json.dumps(checkout))
    assert [problem.code for problem in caught.value.problems] == [express.value.type]


@pytest.mark.parametrize("wrong", ["HALF", "HALF_UP", None, 5, [], {}, "x" * 1_000], ids=lambda each: repr(each)[:20])
def test_a_rounding_is_one_of_five(wrong):
    """Anything else is a ValueError that names them, and quotes no long value."""
    with pytest.raises(
        ValueError, match=r"^found .{1,40}; a rounding is one of half_up, half_even, half_down, down, up$"
    ):
        Rounding(wrong)


def test_the_format_of_a_number_is_told_what_an_amount_has():
    """`f"{price:.2f}"` is what one is used to; a text is aligned."""
    price = Money("88.00 CNY")
    assert f"{price:>10}" == " 88.00 CNY"
    with pytest.raises(ValueError, match=r"^'\.2f' is no format of a text; write price\.format\('en'\) for people, "):
        format(price, ".2f")
    assert f"{price.amount:.2f}" == "88.00"
