"""bad-inputs.json, one test for each entry of eight areas; the id stands in the test's name.

Where an entry speaks of what this library does not have (exchange rates, YAML, dates with a zone), its test shows what
takes that place, and its docstring says so.
"""

from __future__ import annotations

import asyncio
import base64
import decimal
import json
import re
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from samples import AT, a_checkout, a_line, a_rulebook, a_template, an_offer, problems, result, settled
from seals import OTHER, SECRET, SOON, encoded, parts, refused, resealed, sealed
from settlement import (
    Cart,
    Checkout,
    Coupon,
    InvalidDocument,
    InvariantBroken,
    Line,
    Money,
    PercentOff,
    Promotion,
    RefundExceeds,
    Rounding,
    Rulebook,
    Tier,
    refund,
    settle,
)
from settlement.after_pay.payments import PaymentDemand, PaymentNotice, payment_demand, payment_state
from settlement.after_pay.payments.idempotency import StoredAnswer, stored_answer
from settlement.audit.seal import Key, Keys, open_sealed
from settlement.cart.line import MAX_LINES
from settlement.documents.canonical import canonical
from settlement.documents.strict_json import MAX_DEPTH
from settlement.errors import IdempotencyConflict
from work import peak, steps

AREAS = {"number", "currency", "quantity", "structure", "json", "time", "rounding-context", "payment-refund"}
#: Where the entries of an area are tested that stand beside what they are about.
BESIDE = {"text": ("documents/test_document.py", "receipts/test_text.py")}


def ids_of(areas):
    """The ids of these areas in bad-inputs.json."""
    entries = json.loads((Path(__file__).parent / "bad-inputs.json").read_text(encoding="utf-8"))
    return sorted(entry["id"] for entry in entries if entry["area"] in areas)


def ids_in(*paths):
    """The ids in the names of these files' tests."""
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return sorted(
        f"BI-{number}" for text in texts for number in re.findall(r"^def test_bi_(\d{3})_", text, re.MULTILINE)
    )


def test_every_entry_of_the_eight_areas_has_one_test():
    """The ids in this file's test names are those of bad-inputs.json, each once."""
    assert ids_in(Path(__file__)) == ids_of(AREAS)


@pytest.mark.parametrize("area", BESIDE)
def test_every_entry_of_an_area_beside_has_one_test(area):
    """What a receipt shows is tested with receipts, what documents hold and errors say with documents."""
    tests = Path(__file__).resolve().parents[1]
    assert ids_in(*(tests / path for path in BESIDE[area])) == ids_of([area])


def code_of(value, field="unit_price"):
    """The code with which a line refuses a value; None where it takes it."""
    found = ()
    try:
        Line(**a_line() | {field: value})
    except InvalidDocument as error:
        found = error.problems
    for problem in found:
        assert problem.place == field
        assert len(str(problem)) < 200
    return found[0].code if found else None


def frugal(make, held=20_000):
    """What `make` gives, asserted to expand nothing: the defaults that these inputs attack make long numbers."""
    make()  # what is worked out once stays
    assert peak(make) < held
    assert steps(make) < 2_000
    return make()


# ------------------------------------------------------------------ number


def test_bi_002_signalling_nan():
    """An sNaN is refused before anything compares or hashes it, as text and as a Decimal."""
    for amount in ("sNaN", "sNaN CNY", Decimal("sNaN"), {"amount": Decimal("sNaN"), "currency": "CNY"}):
        assert code_of(amount) == "amount.not_finite"


def test_bi_003_infinity():
    """Infinity of either sign is amount.not_finite."""
    for amount in ("Infinity", "-Infinity", "-Infinity CNY", "inf CNY", Decimal("-Infinity")):
        assert code_of(amount) == "amount.not_finite"


def test_bi_004_bare_json_tokens():
    """NaN and Infinity are not JSON."""
    for token in ("NaN", "Infinity", "-Infinity"):
        text = json.dumps(a_line()).replace('"10.00 CNY"', token)
        assert problems(lambda text=text: Line.model_validate_json(text)) == [("", "json.invalid")]


def test_bi_005_exponent_far_out_of_range():
    """A huge exponent is refused without being expanded, as text and as a Decimal."""
    huge = Decimal("1e1000000")
    for amount in ("1e1000000", "1e1000000 CNY", {"amount": huge, "currency": "CNY"}):
        assert frugal(lambda amount=amount: code_of(amount)) == "amount.out_of_range"
    assert frugal(lambda: code_of(huge, "quantity")) == "quantity.notation"


def test_bi_008_exponent_notation():
    """A legal value in exponent notation is refused: an amount has one spelling."""
    assert code_of("1e5 CNY") == "amount.notation"
    assert code_of("1E+5 CNY") == "amount.notation"


def test_bi_011_json_number():
    """A JSON number is refused in either form of an amount: its decimals are lost."""
    for amount in (1.00, 1, {"amount": 1.5, "currency": "CNY"}):
        text = json.dumps(a_line() | {"unit_price": amount})
        assert problems(lambda text=text: Line.model_validate_json(text)) == [("unit_price", "amount.json_number")]


def test_bi_012_digits_for_an_integer():
    """5000 digits for an integer are refused with a short message, as a string and as a JSON integer."""
    assert code_of("9" * 5000, "weight_g") == "integer.type"
    text = json.dumps(a_line()).replace("}", ', "weight_g": ' + "9" * 5000 + "}")
    with pytest.raises(InvalidDocument) as caught:
        frugal(lambda: Line.model_validate_json(text))
    assert [(p.place, p.code) for p in caught.value.problems] == [("weight_g", "integer.range")]
    assert len(str(caught.value)) < 200


def test_bi_013_huge_int():
    """An int of 5000 digits is refused everywhere, and no text tries to print it."""
    huge = 10**5000
    with pytest.raises(InvalidDocument) as caught:
        Money.of_minor(huge, "CNY")
    assert caught.value.problems[0].code == "amount.too_large"
    assert len(str(caught.value)) < 200
    codes = {"unit_price": "amount.type", "quantity": "quantity.range", "weight_g": "integer.range"}
    codes |= {"id": "text.type", "info": "object.type", "tax_percent": "rule.percentage", "selected": "field.type"}
    for field, code in codes.items():
        assert code_of(huge, field) == code


def test_bi_014_decimal_of_200_000_digits():
    """A Decimal is measured by its digits before anything is converted."""
    long = Decimal("1" * 200_000)
    assert frugal(lambda: code_of({"amount": long, "currency": "CNY"})) == "amount.out_of_range"
    assert frugal(lambda: code_of(long, "quantity")) == "quantity.notation"
    assert frugal(lambda: code_of(long, "tax_percent")) == "percent.notation"


def test_bi_015_200_000_zeros():
    """A long fraction is amount.scale; no number is made of it, and no more than two copies of the text."""
    long = "0." + "0" * 200_000 + "1 CNY"
    assert frugal(lambda: code_of(long), held=3 * len(long)) == "amount.scale"


def test_bi_016_true_as_an_amount():
    """A bool is no amount."""
    assert code_of(True) == "amount.type"
    assert code_of({"amount": True, "currency": "CNY"}) == "amount.type"


def test_bi_017_sum_of_floats():
    """0.1 + 0.2 is refused, never rounded into shape."""
    assert code_of(0.1 + 0.2) == "amount.float"


def test_bi_018_float():
    """A float is refused though its repr looks exact."""
    assert code_of(1.1) == "amount.float"
    assert code_of({"amount": 1.1, "currency": "CNY"}) == "amount.float"
    with pytest.raises(TypeError):
        Money(1.1)


def test_bi_019_float_subclass():
    """A subclass of float, as array libraries have, is a float."""

    class Float64(float):
        """As numpy.float64, which is a subclass of float."""

    assert code_of(Float64(1.1)) == "amount.float"
    assert code_of(Float64(1.0), "quantity") == "quantity.type"


def test_bi_020_numbers_of_array_libraries():
    """Scalars that merely behave like int or bool, and a missing value, are refused with what to write instead.

    The array libraries are no dependency, so the three classes here have the methods that matter of theirs.
    """

    class Int64:
        """As numpy.int64: no subclass of int, but converts."""

        def __int__(self):
            return 5

        __index__ = __int__

    class Bool(Int64):
        """As numpy.bool_: must not become 1."""

        def __bool__(self):
            return True

    class Missing:
        """As pandas.NA: every comparison is itself, and its truth is unknown."""

        def __eq__(self, other):
            return self

        __hash__ = None

        def __bool__(self):
            raise TypeError("unknown")

    for scalar in (Int64(), Bool(), Missing()):
        assert code_of(scalar) == "amount.type"
        assert code_of(scalar, "quantity") == "quantity.type"
        assert code_of(scalar, "weight_g") == "integer.type"
        assert code_of(scalar, "selected") == "field.type"
        with pytest.raises(TypeError):
            Money.of_minor(scalar, "CNY")
    with pytest.raises(InvalidDocument, match=r"found a Int64; a quantity is an integer or a decimal string"):
        Line(**a_line(quantity=Int64()))


def test_bi_021_minus_zero():
    """Minus zero is refused: the wire form has one way to write zero."""
    for amount in ("-0 CNY", "-0.00 CNY", "-0 JPY"):
        assert code_of(amount) == "amount.notation"


def test_bi_022_computed_minus_zero():
    """A negative value that rounds to nothing prints, compares and hashes like zero."""
    for mode in ("half_up", "half_even", "half_down", "down"):
        zero = Money.of_minor(Rounding(mode).of(Fraction("-0.004") * 100), "CNY")
        assert (str(zero), zero, hash(zero)) == ("0.00 CNY", Money("0.00 CNY"), hash(Money("0.00 CNY")))


def test_bi_023_underscore():
    """Digits are not grouped."""
    assert code_of("1_000.00 CNY") == "amount.notation"
    assert code_of("1_000", "quantity") == "quantity.notation"


def test_bi_024_foreign_digits():
    """Only ASCII digits are digits, in every field that has some."""
    assert code_of("١٢٣.00 CNY") == "amount.notation"
    assert code_of("１.00 CNY") == "amount.notation"
    assert code_of("٣", "quantity") == "quantity.notation"
    assert code_of("٣", "tax_percent") == "percent.notation"
    assert problems(lambda: Checkout(**a_checkout(at="٢٠٢٦-11-11T00:00:00Z"))) == [("at", "time.notation")]
    assert problems(lambda: Checkout(**a_checkout(address={"region": "٤٤٠٣٠٥"}))) == [
        ("address.region", "region.notation")
    ]


def test_bi_026_spaces():
    """Nothing is trimmed: surrounding and no-break spaces are refused."""
    for amount in (" 12 ", "12\u00a0", " 12.00 CNY", "12.00 CNY ", "12.00\u00a0CNY"):
        assert code_of(amount) in {"amount.notation", "currency.unknown"}
    assert code_of(" 5 ", "quantity") == "quantity.notation"


def test_bi_032_too_large():
    """12 digits before the point are accepted, 13 are not."""
    assert code_of("999999999999.99 CNY") is None
    assert code_of("1000000000000.00 CNY") == "amount.too_large"
    assert code_of("99999999999999.99 CNY") == "amount.too_large"
    assert code_of(Money.of_minor(10**14, "CNY")) == "amount.too_large"


def test_bi_034_subclasses_with_operators_of_their_own():
    """Subclasses of int, str and Decimal are copied to the exact type at the door, so their operators never run."""

    class Int(int):
        """Lies about its size."""

        def __gt__(self, other):
            return False

        def __mul__(self, other):
            return -1

    class Str(str):
        """Equal to everything."""

        __slots__ = ()

        def __eq__(self, other):
            return True

        __hash__ = str.__hash__

    class Dec(Decimal):
        """Lies about its size."""

        def __gt__(self, other):
            return False

    line = Line(
        **a_line(id=Str("x"), quantity=Int(2), weight_g=Int(5), unit_price=Str("3.00 CNY"))
        | {"tax_percent": Dec("1.5"), "info": {Str("k"): Str("v")}, "categories": [Str("c")], "name": Str("n")}
    )
    exact = [line.id, line.quantity, line.weight_g, line.tax_percent, line.unit_price.currency, line.name]
    exact += [*line.info[0], *line.categories]
    assert {type(value) for value in exact} == {int, str, Decimal}
    assert code_of(Int(10**10), "quantity") == "quantity.range"
    assert code_of(Dec("2000000000"), "quantity") == "quantity.range"
    assert code_of(Dec("100.5"), "tax_percent") == "rule.percentage"


# ------------------------------------------------------------------ currency


def test_bi_036_rules_in_another_currency():
    """A coupon, a freight fee and a whole rulebook of another currency are currency.mixed; nothing is converted."""
    foreign = {"type": "amount_off", "amount": "1 JPY"}
    assert problems(lambda: Rulebook(**a_rulebook(coupons=[an_offer(benefit=foreign)]))) == [
        ("coupons[0].tiers[0].benefit.amount", "currency.mixed")
    ]
    template = a_template(zones=[{"regions": ["*"], "first": 1, "first_fee": "1 JPY"}])
    assert problems(lambda: Rulebook(**a_rulebook(freight_templates=[template]))) == [
        ("freight_templates[0].zones[0].first_fee", "currency.mixed")
    ]
    other = a_rulebook(currency="USD")
    assert problems(lambda: settled(a_checkout(), other)) == [("rulebook.currency", "currency.mixed")]


def test_bi_037_unknown_currencies():
    """A code that nobody pays in is refused, the test and no-currency codes included."""
    for code in ("QQQ", "XXX", "XTS"):
        assert code_of(f"1.00 {code}") == "currency.unknown"
        assert problems(lambda code=code: Cart(currency=code, lines=[])) == [("currency", "currency.unknown")]


def test_bi_038_markup_as_a_currency():
    """Markup is refused like any unknown code."""
    assert problems(lambda: Cart(currency="<script>", lines=[])) == [("currency", "currency.unknown")]
    assert code_of("1.00 <script>") == "currency.unknown"


def test_bi_039_newline_behind_a_currency():
    """The whole string must be a code."""
    assert code_of("1.00 USD\n") == "currency.unknown"
    assert problems(lambda: Cart(currency="USD\n", lines=[])) == [("currency", "currency.unknown")]


def test_bi_040_lower_case_currency():
    """A code is upper case; nothing is folded."""
    assert code_of("1.00 usd") == "currency.unknown"
    assert problems(lambda: Cart(currency="usd", lines=[])) == [("currency", "currency.unknown")]


def test_bi_044_exchange_rates():
    """There are no exchange rates in this library: a field for one is unknown, and two currencies never add up."""
    for rate in ("0", "-1", "NaN", {"from": "USD", "to": "CNY", "rate": "7.1"}):
        assert problems(lambda rate=rate: Rulebook(**a_rulebook(exchange_rate=rate))) == [
            ("exchange_rate", "field.unknown")
        ]
    lines = [a_line(), a_line("b") | {"unit_price": "1.00 USD"}]
    assert problems(lambda: Cart(currency="CNY", lines=lines)) == [("lines[1].unit_price", "currency.mixed")]


# ------------------------------------------------------------------ quantity


def test_bi_045_quantity_zero():
    """Zero is refused; `Cart.without` removes a line."""
    for zero in (0, "0", "0.000", Decimal(0)):
        assert code_of(zero, "quantity") == "quantity.range"


def test_bi_046_negative_quantity():
    """A negative quantity beside a positive one is refused at its place."""
    lines = [a_line("a", quantity=500), a_line("b", quantity=-415)]
    assert problems(lambda: Cart(currency="CNY", lines=lines)) == [("lines[1].quantity", "quantity.range")]
    assert code_of("-1.5", "quantity") == "quantity.range"


def test_bi_047_quantity_true():
    """A bool is no quantity."""
    assert code_of(True, "quantity") == "quantity.type"


def test_bi_048_spellings_of_a_quantity():
    """Floats, spaces, underscores and a fourth place are refused; integers and plain decimals are fine."""
    assert code_of(3.0, "quantity") == "quantity.type"
    for spelled in (" 5 ", "1_0", "3.0000", "+3", "03", "3.", ".5", "3e0", ""):
        assert code_of(spelled, "quantity") == "quantity.notation"
    for spelled in (3, "3", "3.0", "3.000", "1.235"):
        assert code_of(spelled, "quantity") is None


def test_bi_052_products_beyond_28_digits():
    """The largest price times the largest quantity is exact, whatever the caller's decimal context."""
    with decimal.localcontext(decimal.Context(prec=4)):
        lines = [a_line(str(n), "999999999999.99", quantity="999999999.999") for n in range(100)]
        settlement = settled(a_checkout(*lines))
    exact = Fraction("99999999999999") * Fraction("999999999.999")
    assert settlement.payable.minor == Rounding.HALF_UP.of(exact) * 100
    assert len(str(settlement.payable.minor)) == 25
    assert str(settlement.payable) in settlement.to_json()
    rounded = settled(a_checkout(a_line(price="0.01", quantity="0.333")))
    assert str(rounded.payable) == "0.00 CNY"


# ------------------------------------------------------------------ structure

#: The contract's; a kind beyond it may round each line by itself.
SPLIT_OFFERS = [
    {"type": "amount_off", "amount": "7.00 CNY"},
    {"type": "percent_off", "percent": "15"},
    {"type": "fixed_price", "price": "8.00 CNY"},
    {"type": "nth_unit", "n": 2, "percent": "50"},
    {"type": "nth_unit", "n": 2, "percent": "50", "per": "sku"},
    {"type": "bundle_price", "quantity": 3, "price": "20.00 CNY"},
]


def test_bi_054_one_sku_on_two_lines():
    """Two lines of one sku count together: splitting a line changes no total, threshold, stock or freight."""
    for benefit in SPLIT_OFFERS:
        tiers = [{"min_quantity": 4, "min_amount": "40.00 CNY", "benefit": benefit}]
        book = a_rulebook(promotions=[an_offer(tiers=tiers)], freight_templates=[a_template()])
        for stock in (3, 4):
            more = {"stock": stock, "freight_template": "t1"}
            whole = result(a_checkout(a_line(quantity=4, **more)), book)
            split = result(a_checkout(a_line("a", quantity=1, **more), a_line("b", quantity=3, **more)), book)
            assert split["totals"] == whole["totals"]
            assert split["status"] == ("payable" if stock == 4 else "blocked")
            assert stock == 3 or split["totals"]["promotions"] != "0.00 CNY"


def test_bi_056_codes_alternating():
    """Every repeated coupon is named, not only one beside its twin, held as well as chosen."""
    twins = [(f"coupons[{place}]", "coupon.duplicate") for place in (2, 3, 4)]
    checkout = a_checkout(customer={"coupons": list("ABABA")}, choice={"coupons": list("ABABA")})
    expected = [(f"{part}.{place}", code) for part in ("customer", "choice") for place, code in twins]
    assert problems(lambda: Checkout(**checkout)) == expected


def test_bi_057_empty_cart():
    """An empty cart settles as blocked: every amount 0, every coupon held refused."""
    checkout = {**a_checkout(customer={"coupons": ["c"]}), "cart": {"currency": "CNY", "lines": []}}
    document = result(checkout, a_rulebook(coupons=[an_offer("c")], points={"points": 1, "worth": "1.00 CNY"}))
    assert document["status"] == "blocked"
    assert set(document["totals"].values()) == {"0.00 CNY"}
    assert document["decisions"] == [{"rule": "c", "outcome": "refused", "reason": "nothing_in_scope"}]


def test_bi_058_100_000_lines():
    """More lines than the bound are refused before any is read; a host that wants fewer counts before it calls."""
    lines = [{"no": "line"}] * 100_000
    assert frugal(lambda: problems(lambda: Cart(currency="CNY", lines=lines))) == [("lines", "limit.lines")]
    assert MAX_LINES == 10_000


def test_bi_060_price_of_the_browser():
    """The library takes the prices it is handed; a tampered one changes the digest, which a host compares."""
    honest, tampered = settled(a_checkout(a_line())), settled(a_checkout(a_line(price="0.01")))
    assert honest.digest == settled(a_checkout(a_line())).digest
    assert tampered.digest != honest.digest


def test_bi_061_magic_keys():
    """Keys that mean something to some language are unknown fields, at every depth."""
    for key in ("__proto__", "constructor", "__class__", "__dict__", "model_config", "__init__"):
        text = json.dumps(a_checkout(a_line() | {key: {}}, **{key: "x"}))
        assert problems(lambda text=text: Checkout.model_validate_json(text)) == [
            (f"cart.lines[0].{key}", "field.unknown"),
            (key, "field.unknown"),
        ]


def test_bi_062_ids_of_a_megabyte():
    """Ids, skus and codes are bounded at 200 characters."""
    for field in ("id", "sku", "shop", "warehouse", "freight_template"):
        assert code_of("x" * 2**20, field) == "limit.text"
        assert code_of("x" * 200, field) is None
    assert problems(lambda: Coupon(**an_offer("x" * 2**20))) == [("id", "limit.text")]


def test_bi_064_model_construct():
    """model_construct validates, so nothing unchecked can be nested in a request."""
    wrong = a_line(quantity=-5)
    assert problems(lambda: Line.model_construct(**wrong)) == [("quantity", "quantity.range")]
    assert problems(lambda: Cart.model_construct(currency="CNY", lines=[wrong])) == [
        ("lines[0].quantity", "quantity.range")
    ]


def test_bi_065_model_copy():
    """A copy is validated as a whole."""
    checkout = Checkout(**a_checkout())
    line = checkout.cart.lines[0]
    assert problems(lambda: line.model_copy(update={"quantity": -1})) == [("quantity", "quantity.range")]
    assert problems(lambda: checkout.cart.model_copy(update={"lines": [line, line]})) == [
        ("lines[1].id", "id.duplicate")
    ]
    assert problems(lambda: checkout.model_copy(update={"at": "now"})) == [("at", "time.notation")]


# ------------------------------------------------------------------ json


def test_bi_067_duplicate_keys():
    """A key that stands twice is named with its place, at every depth, all at once."""
    text = (
        '{"at": "x", "cart": {"lines": [{"quantity": 1, "quantity": -1}], "lines": [{"a": {"b": 1, "b": 1}}]}, "at": 1}'
    )
    assert problems(lambda: Checkout.model_validate_json(text)) == [
        ("at", "json.duplicate_key"),
        ("cart.lines", "json.duplicate_key"),
        ("cart.lines[0].a.b", "json.duplicate_key"),
    ]
    for model, key in ((Line, "id"), (Rulebook, "id"), (Promotion, "tiers")):
        twice = f'{{"{key}": 1, "{key}": 1}}'
        assert problems(lambda model=model, twice=twice: model.model_validate_json(twice)) == [
            (key, "json.duplicate_key")
        ]


def test_bi_070_byte_order_mark():
    """A byte order mark is refused with a plain message, as text and as bytes."""
    text = "\ufeff" + json.dumps(a_line())
    for given in (text, text.encode()):
        with pytest.raises(InvalidDocument, match=r"byte order mark.*\[json\.invalid\]"):
            Line.model_validate_json(given)


def test_bi_071_invalid_utf_8():
    """Bytes that are not UTF-8 are json.invalid, also in another Unicode encoding."""
    for given in (b'{"id": "\xff"}', json.dumps(a_line()).encode("utf-16"), b"\xed\xa0\x80"):
        assert problems(lambda given=given: Line.model_validate_json(given)) == [("", "json.invalid")]


def test_bi_072_lone_surrogate():
    """Half a character is text.surrogate from JSON and from Python alike, in every text field."""
    for field in ("id", "name", "sku", "warehouse"):
        assert code_of("\ud800", field) == "text.surrogate"
        text = json.dumps(a_line() | {field: "\ud800"})
        assert problems(lambda text=text: Line.model_validate_json(text)) == [(field, "text.surrogate")]
    assert code_of({"\ud800": "x"}, "info") == "text.surrogate"


def test_bi_074_yaml():
    """The core reads JSON only: YAML is json.invalid, no YAML library is loaded, and nesting is bounded."""
    assert problems(lambda: Rulebook.model_validate_json("a: &a [x, x]\nb: [*a, *a]")) == [("", "json.invalid")]
    loaded = "import settlement, sys; print([name for name in sys.modules if 'yaml' in name])"
    assert subprocess.check_output([sys.executable, "-c", loaded], text=True).strip() == "[]"
    assert problems(lambda: Rulebook.model_validate_json("[" * 100_000)) == [("", "json.depth")]
    assert MAX_DEPTH == 32


# ------------------------------------------------------------------ time


def test_bi_082_instant_without_zone():
    """An instant without an offset is time.naive, as text and as a datetime."""
    for at in ("2026-01-01T00:00:00", datetime(2026, 1, 1)):
        assert problems(lambda at=at: Checkout(**a_checkout(at=at))) == [("at", "time.naive")]


def test_bi_083_no_clock(monkeypatch):
    """Without an instant the checkout is refused, and settling calls no clock."""
    checkout = a_checkout()
    del checkout["at"]
    assert problems(lambda: Checkout(**checkout)) == [("at", "field.missing")]

    def ask(*_):
        raise AssertionError("a clock was read")

    class Clockless(datetime):
        """A datetime that can't tell the time."""

        now = utcnow = today = classmethod(ask)

    document = Checkout(**a_checkout())
    book = Rulebook(**a_rulebook(promotions=[an_offer(valid_until="2027-01-01T00:00:00Z")]))
    for name in ("time", "time_ns", "monotonic", "localtime", "gmtime"):
        monkeypatch.setattr(time, name, ask)
    for name, module in list(sys.modules.items()):
        if name.startswith("settlement") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Clockless)
    assert settle(document, book).to_dict()["totals"]["payable"] == "9.00 CNY"


def test_bi_085_infinite_instants():
    """Words and floats for infinity are no instants."""
    assert problems(lambda: Checkout(**a_checkout(at="infinity"))) == [("at", "time.notation")]
    for at in (float("inf"), 1e20, float("nan"), 10**400):
        assert problems(lambda at=at: Checkout(**a_checkout(at=at))) == [("at", "time.type")]


def test_bi_087_instants_at_the_end_of_time():
    """An instant that leaves the years 1 to 9999 in UTC is time.range."""
    for at in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
        assert problems(lambda at=at: Checkout(**a_checkout(at=at))) == [("at", "time.range")]


def test_bi_088_until_a_date():
    """A bare date is refused with what to write: the next local midnight with its offset, which is exclusive.

    There are no dates with a zone in this library; written out, the whole last day counts and no more.
    """
    said = r"an instant with its offset.*next local midnight.*2026-12-01T00:00:00\+08:00.*\[time\.date\]"
    with pytest.raises(InvalidDocument, match=said):
        Coupon(**an_offer(valid_until="2026-11-30"))
    book = a_rulebook(promotions=[an_offer(valid_until="2026-12-01T00:00:00+08:00")])
    for at, payable in (("2026-11-30T23:59:59.999999+08:00", "9.00 CNY"), ("2026-12-01T00:00:00+08:00", "10.00 CNY")):
        assert str(settled(a_checkout(at=at), book).payable) == payable


def test_bi_090_the_hour_that_comes_twice():
    """01:30 before and after the clock goes back are two instants, an hour apart; windows look at UTC."""
    zone = ZoneInfo("America/New_York")
    first, second = (datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=fold) for fold in (0, 1))
    assert first == second  # what Python says within one zone
    one, two = (Checkout(**a_checkout(at=each)).at for each in (first, second))
    assert two - one == timedelta(hours=1)
    book = Rulebook(**a_rulebook(promotions=[an_offer(valid_until=second)]))
    shown = [str(settle(Checkout(**a_checkout(at=each)), book).payable) for each in (first, second)]
    assert shown == ["9.00 CNY", "10.00 CNY"]


def test_bi_092_a_day_is_not_24_hours():
    """Across a change of clocks "24 hours" and "1 day" are two instants; a rule states one of them, written out."""
    zone = ZoneInfo("America/New_York")
    start = datetime(2026, 10, 31, 12, tzinfo=zone)
    day = start + timedelta(days=1)
    hours = (start.astimezone(UTC) + timedelta(hours=24)).astimezone(zone)
    ends = [Coupon(**an_offer(valid_until=each)).valid_until for each in (day, hours)]
    assert ends[0] - ends[1] == timedelta(hours=1)
    assert problems(lambda: Coupon(**an_offer(valid_until="P1D"))) == [("valid_until", "time.notation")]


def test_bi_093_the_edges_of_a_window():
    """The start is included, the end excluded, to the microsecond."""
    start, end = datetime(2026, 11, 11, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)
    book = Rulebook(**a_rulebook(promotions=[an_offer(valid_from=start, valid_until=end)]))
    tick = timedelta(microseconds=1)
    expected = {start - tick: "not_started", start: None, end - tick: None, end: "expired"}
    for at, reason in expected.items():
        assert settle(Checkout(**a_checkout(at=at)), book).decisions[0].reason == reason


def test_bi_094_empty_window():
    """An end before the start, or at it, is window.empty when the rule is loaded."""
    for until in ("2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z", "2026-11-11T08:00:00+08:00"):
        offer = an_offer(valid_from="2026-11-11T00:00:00Z", valid_until=until)
        assert problems(lambda offer=offer: Rulebook(**a_rulebook(coupons=[offer]))) == [
            ("coupons[0].valid_until", "window.empty")
        ]


def test_bi_096_etc_gmt():
    """Etc/GMT+8 keeps its real meaning, west of Greenwich. Documents state offsets, so there is no name to mistake."""
    at = datetime(2026, 11, 11, tzinfo=ZoneInfo("Etc/GMT+8"))
    assert Checkout(**a_checkout(at=at)).at == datetime(2026, 11, 11, 8, tzinfo=UTC)
    for text in ("2026-11-11T00:00:00[Etc/GMT+8]", "2026-11-11T00:00:00 Etc/GMT+8"):
        assert problems(lambda text=text: Checkout(**a_checkout(at=text))) == [("at", "time.notation")]


# ------------------------------------------------------------------ rounding and contexts

BUSY = (
    a_checkout(
        a_line("a", "19.99", quantity="1.235", freight_template="t1", weight_g=333),
        a_line("b", "7.77", shop="s2", quantity=3, freight_template="t1", weight_g=1),
        customer={"coupons": ["c1"], "points": 777},
        choice={"coupons": "best", "points": "max"},
        payment_method="card",
    ),
    a_rulebook(
        freight_templates=[a_template()],
        promotions=[an_offer("p1", {"type": "percent_off", "percent": "33.3333"}, platform_share="12.5")],
        coupons=[an_offer("c1", {"type": "amount_off", "amount": "3.33 CNY"})],
        points={"points": 7, "worth": "0.03 CNY", "max_percent": "50", "covers_freight": True},
        payment_methods=[{"id": "card", "percent": "0.6", "borne_by": "buyer"}],
        policy={"round_total": {"unit": "0.05 CNY", "mode": "half_up"}},
    ),
)


def odd_context(precision):
    """A decimal context that would spoil any arithmetic done in it."""
    rounding = [decimal.ROUND_DOWN, decimal.ROUND_UP, decimal.ROUND_CEILING][precision % 3]
    return decimal.Context(prec=precision, rounding=rounding, Emin=-3, Emax=3, traps=[])


def test_bi_127_the_callers_decimal_context():
    """A context of 4 digits that rounds down changes no byte, of the settlement or of a refund."""
    expected = settled(*BUSY)
    with decimal.localcontext(odd_context(4)):
        found = settled(*BUSY)
        quote = refund(found, {"a": "0.617", "b": 1}, freight="return").to_json()
    assert found.to_json() == expected.to_json()
    assert quote == refund(expected, {"a": "0.617", "b": 1}, freight="return").to_json()


def test_bi_129_contexts_of_threads_and_tasks():
    """64 threads and 64 tasks, each in a decimal context of its own, give the same bytes."""
    expected, found = settled(*BUSY).to_json(), []

    def work(precision):
        decimal.setcontext(odd_context(precision))
        found.append(settled(*BUSY).to_json())

    threads = [threading.Thread(target=work, args=(precision,)) for precision in range(1, 65)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def task(precision):
        decimal.setcontext(odd_context(precision))
        await asyncio.sleep(0)
        return settled(*BUSY).to_json()

    async def all_tasks():
        return await asyncio.gather(*(task(precision) for precision in range(1, 65)))

    found += asyncio.run(all_tasks())
    assert len(found) == 128
    assert set(found) == {expected}


def test_bi_130_a_float_of_a_kind_of_benefit():
    """A user's kind that computes in floats is stopped with its name: no float reaches a settlement, whole or not."""

    class FloatOff(PercentOff):
        """Takes off what its share says."""

        share: ClassVar[object] = None

        def off(self, goods):
            return [self.share for _ in goods.nets]

    offer = Promotion(id="p1", issuer="platform", tiers=[Tier(benefit=FloatOff(percent="10"))])
    book = Rulebook(id="rules", currency="CNY", promotions=[offer])
    checkout = Checkout(**a_checkout())
    for share in (100.0, 99.5, float("nan"), float("inf"), True, Decimal(1), Fraction(1), -1, 1001):
        FloatOff.share = share
        with pytest.raises(InvariantBroken, match=r"FloatOff\.off\(\): expected an int from 0 to the line's net"):
            settle(checkout, book)
    FloatOff.share = 100
    assert str(settle(checkout, book).payable) == "9.00 CNY"


def test_bi_133_three_units_refunded_one_at_a_time():
    """Three refunds of one unit add up to the paid line: 3.33, 3.33, 3.34."""
    book = a_rulebook(promotions=[an_offer(benefit={"type": "fixed_price", "price": "3.00 CNY"})])
    book["promotions"][0]["tiers"][0]["benefit"] = {"type": "amount_off", "amount": "20.00 CNY"}
    settlement = settled(a_checkout(a_line(quantity=3)), book)
    history = []
    for _ in range(3):
        history.append(refund(settlement, {"a": 1}, history))
    assert [str(quote.cash) for quote in history] == ["3.33 CNY", "3.33 CNY", "3.34 CNY"]
    assert sum(quote.cash.minor for quote in history) == settlement.payable.minor


def test_bi_134_cash_rounding_and_refund():
    """What rounding to 0.05 added or dropped comes back with the goods: the refund mirrors the sale."""
    for price, payable in (("1.02", "1.00"), ("1.03", "1.05"), ("1.07", "1.05"), ("1.08", "1.10")):
        book = a_rulebook(policy={"round_total": {"unit": "0.05 CNY", "mode": "half_up"}})
        settlement = settled(a_checkout(a_line(price=price)), book)
        assert str(settlement.payable) == f"{payable} CNY"
        assert refund(settlement, {"a": 1}).cash == settlement.payable


def test_bi_136_lines_add_up_to_the_amount():
    """The lines' payable add up to the total exactly, fee, points, freight and rounding included."""
    document = settled(*BUSY)
    assert sum((line.payable for line in document.lines[1:]), document.lines[0].payable) == document.payable
    stages = {adjustment.stage for adjustment in document.adjustments}
    assert stages >= {"freight", "points", "payment_fee", "platform_promotion", "platform_coupon"}
    assert BUSY[0]["at"] == AT


# ------------------------------------------------------------------ payment and refund


def test_bi_138_another_algorithm():
    """Alg none, an asymmetric one, another spelling or none at all is refused; no header chooses it."""
    token = sealed()
    header, payload = parts(token)
    for name in ("none", "None", "HS512", "RS256", "hs256", ""):
        assert refused(resealed(header | {"alg": name}, payload)) == "seal.algorithm"
    unsigned = f"{encoded(canonical(header | {'alg': 'none'}))}.{token.split('.')[1]}"
    assert refused(f"{unsigned}.") == "seal.malformed"
    assert refused(f"{unsigned}.{encoded(b'x')}") == "seal.algorithm"
    without = {name: value for name, value in header.items() if name != "alg"}
    assert refused(resealed(without, payload)) == "seal.malformed"
    public = b"-----BEGIN PUBLIC KEY-----" + b"A" * 64  # the text of a public key is bytes like any other
    assert refused(resealed(header, payload, public)) == "seal.signature"


def test_bi_139_ten_minutes_old_and_ten_minutes_ahead():
    """Of a seal of five minutes, ten minutes later is expired; ten minutes before its issue is the future."""
    token = sealed(expires="2026-11-11T00:05:00Z")
    assert refused(token, now="2026-11-11T00:10:00Z") == "seal.expired"
    assert refused(token, now="2026-11-10T23:50:00Z") == "seal.not_yet_valid"


@pytest.mark.parametrize("end", ["é", "签名", "\ud800", "AAAA\u0660", "ÿ" * 43])
def test_bi_140_a_signature_that_is_not_ascii(end):
    """Refused as malformed; no TypeError of a comparison comes through."""
    head, body, _ = sealed().split(".")
    assert refused(f"{head}.{body}.{end}") == "seal.malformed"
    assert refused(f"{head}.{body}.{end}".encode(errors="surrogatepass")) == "seal.malformed"


def test_bi_143_a_body_that_was_written_again():
    """The same JSON with other spaces or another order of keys is another body, and is refused."""
    head, body, end = sealed().split(".")
    data = json.loads(base64.urlsafe_b64decode(body + "=="))
    for text in (json.dumps(data), json.dumps(dict(reversed(data.items())), separators=(",", ":"))):
        assert json.loads(text) == data
        assert refused(f"{head}.{encoded(text.encode())}.{end}") == "seal.signature"
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    rewritten = encoded(json.dumps(header, separators=(", ", ":")).encode())
    assert refused(f"{rewritten}.{body}.{end}") == "seal.signature"


def test_bi_144_two_keys_in_rotation():
    """Any known key opens, the newest seals; an unknown id is asked for once more and then refused."""
    old, new = Key("old", SECRET, verify_only=True), Key("new", OTHER)
    before = sealed(keys=Keys(Key("old", SECRET)))
    both = Keys(new, old)
    assert open_sealed(before, both, now=SOON, audience="pay").key == "old"
    assert open_sealed(sealed(keys=both), both, now=SOON, audience="pay").key == "new"
    assert sealed(keys=Keys(old, new)) == sealed(keys=both)
    assert refused(before, Keys(new)) == "seal.key_unknown"
    asked = []

    def refresh():
        asked.append(1)
        return [new, old]

    assert open_sealed(before, Keys(new, refresh=refresh), now=SOON, audience="pay").key == "old"
    header, payload = parts(before)
    assert refused(resealed(header | {"kid": "nobody"}, payload), Keys(new, refresh=refresh)) == "seal.key_unknown"
    assert len(asked) == 2


DEMAND = PaymentDemand(order="SO1001", merchant="mall", amount="100.00 CNY")


def a_notice(name="t1", amount="100.00 CNY", **fields):
    """What fits the demand, unless told otherwise."""
    return PaymentNotice(
        **{"id": name, "key": "SO1001", "merchant": "mall", "amount": amount, "told": "succeeded"} | fields
    )


def test_bi_145_the_same_notification_15_times():
    """It pays once; the 14 repeats are answered with success like the first."""
    state = payment_state([DEMAND], [a_notice()] * 15)
    assert state.status == "paid"
    assert [each.outcome for each in state.answers] == ["paid", *["repeated"] * 14]
    assert [each.success for each in state.answers] == [True] * 15
    assert state.mismatches == ()


def test_bi_146_another_amount_currency_order_or_merchant():
    """0.01 for 100.00, dollars, yuan for fen and fen for yuan: unpaid, and each on record with what was told."""
    wrong = {
        "0.01 CNY": "too_little", "1.00 CNY": "too_little", "10000.00 CNY": "too_much", "100.00 USD": "other_currency",
        "100 JPY": "other_currency",
    }  # fmt: skip
    for amount, reason in wrong.items():
        state = payment_state([DEMAND], [a_notice(amount=amount)])
        assert (state.status, state.payment) == ("unpaid", None)
        (found,) = state.mismatches
        assert (found.reason, found.expected, found.found, found.success) == (reason, "100.00 CNY", amount, False)
    for fields, reason in (({"key": "SO1002"}, "other_order"), ({"merchant": "m2"}, "other_merchant")):
        state = payment_state([DEMAND], [a_notice(**fields)])
        assert (state.status, [each.reason for each in state.mismatches]) == ("unpaid", [reason])
    state = payment_state([DEMAND], [*(a_notice(amount, amount) for amount in wrong), a_notice()])
    assert (state.status, [str(each.notice.amount) for each in state.mismatches]) == ("paid", list(wrong))


def test_bi_147_paid_more_than_required():
    """A cent more is a mismatch and pays nothing; so is a second payment of an order that is paid."""
    state = payment_state([DEMAND], [a_notice(amount="100.01 CNY")])
    assert (state.status, [each.reason for each in state.mismatches]) == ("unpaid", ["too_much"])
    state = payment_state([DEMAND], [a_notice("t1"), a_notice("t2")])
    assert (state.payment.id, [(each.notice.id, each.reason) for each in state.mismatches]) == (
        "t1",
        [("t2", "paid_before")],
    )


def test_bi_149_no_more_is_paid_back_than_was_captured():
    """More than was captured, a second full refund and a refund of an unpaid order are refused as refund.exceeds."""
    freight = a_template(fee="20.00") | {"zones": a_template(fee="16.00")["zones"]}
    settlement = settled(a_checkout(a_line(quantity=3, freight_template="t1")), a_rulebook(freight_templates=[freight]))
    with pytest.raises(RefundExceeds, match=r"30\.00 CNY paid back in all, but only 29\.99 CNY captured"):
        refund(settlement, {"a": 3}, captured=Money("29.99 CNY"))
    with pytest.raises(RefundExceeds, match=r"refund\.exceeds"):
        refund(settlement, {"a": 1}, captured=Money("0.00 CNY"))
    whole = refund(settlement, {"a": 3}, captured=Money("30.00 CNY"))
    with pytest.raises(RefundExceeds, match="6 returned in all, but only 3 bought"):
        refund(settlement, {"a": 3}, [whole])
    with pytest.raises(RefundExceeds):
        refund(settlement, {"a": 0}, [whole], "return", captured=Money("49.99 CNY"))


def test_bi_150_an_idempotency_key_with_another_body():
    """A conflict; the same body, however it is written, has the stored answer byte for byte."""
    kept = StoredAnswer.of("k1", '{"order": "1001", "amount": "9.90 CNY"}', '{"paid":  true}')
    with pytest.raises(IdempotencyConflict):
        stored_answer("k1", '{"order": "1001", "amount": "0.01 CNY"}', kept)
    for body in ('{"amount":"9.90 CNY","order":"1001"}', {"amount": "9.90 CNY", "order": "1001"}):
        assert stored_answer("k1", body, kept) == '{"paid":  true}'


def test_bi_153_below_the_minimum_of_the_provider():
    """Refused before anybody calls the provider, with the minimum and what is due; the minimum itself will do."""
    settlement = settled(a_checkout(a_line(price="0.49")))
    with pytest.raises(InvalidDocument, match=r"found 0\.49 CNY; .* takes 0\.50 CNY or more \[demand\.below_minimum\]"):
        payment_demand(settlement, "1001", minimum=Money("0.50 CNY"))
    assert payment_demand(settlement, "1001", minimum=Money("0.49 CNY")).amount == settlement.due
