"""The door: what every document has in common, however it is made (contract §1)."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from samples import AT, a_checkout, a_line, a_rulebook, an_offer, problems
from settlement import Address, Cart, Checkout, Immutable, InvalidDocument, Line, Money, Rulebook, settle
from settlement.after_pay.payments.options import split_tenders
from settlement.documents.document import Document
from settlement.documents.scalars import milli, quantity_out
from settlement.documents.strict_json import MAX_DOCUMENT, loads
from settlement.errors import TEXTS
from settlement.receipts import from_json as reading
from strategies import requests


def documents() -> list[type[Document]]:
    """Every document class of the library."""
    found: list[type[Document]] = [Document]
    for model in found:
        found += [each for each in model.__subclasses__() if each.__module__.startswith("settlement.")]
    assert reading.SettlementDocument in found
    return sorted(set(found) - {Document}, key=lambda model: model.__qualname__)


@pytest.mark.parametrize("model", documents(), ids=lambda model: model.__name__)
def test_every_document_is_frozen_and_closed(model):
    """A model is frozen, refuses unknown fields, and hides values from pydantic's own errors."""
    assert model.model_config["frozen"] is True
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["hide_input_in_errors"] is True


def leaves(value: object) -> list[object]:
    """Every value below a document."""
    if isinstance(value, BaseModel):
        return [leaf for name in type(value).model_fields for leaf in leaves(getattr(value, name))]
    if isinstance(value, tuple):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]


@given(requests)
def test_nothing_in_a_document_can_change(request_):
    """Below a document stand tuples and immutable values only, so it can be hashed; equal documents hash alike."""
    for model, part in ((Checkout, "checkout"), (Rulebook, "rulebook")):
        document = model.model_validate(request_[part])
        assert not any(isinstance(leaf, (list, dict, set)) for leaf in leaves(document))
        assert hash(document) == hash(model.model_validate_json(json.dumps(request_[part])))


@given(requests)
def test_a_document_reads_its_own_json_back(request_):
    """model_dump_json gives the same document and the same bytes again, and so does model_dump."""
    for model, part in ((Checkout, "checkout"), (Rulebook, "rulebook")):
        document = model.model_validate_json(json.dumps(request_[part]))
        text = document.model_dump_json()
        again = model.model_validate_json(text)
        assert again == document
        assert again.model_dump_json() == text
        assert model.model_validate(document.model_dump()) == document
        assert pickle.loads(pickle.dumps(document)) == document  # noqa: S301 - made a moment ago
        assert copy.deepcopy(document) == document


# ------------------------------------------------------------------ ways in

WRONG = {**a_line(), "quantity": 0, "unit_price": "1e5 CNY"}
PROBLEMS = [("quantity", "quantity.range"), ("unit_price", "amount.notation")]
WAYS_IN = {
    "keywords": lambda: Line(**WRONG),
    "model_validate": lambda: Line.model_validate(WRONG),
    "model_validate_json": lambda: Line.model_validate_json(json.dumps(WRONG)),
    "model_construct": lambda: Line.model_construct(**WRONG),
    "model_validate_strings": lambda: Line.model_validate_strings(WRONG),
    "model_copy": lambda: Line(**a_line()).model_copy(update={"quantity": 0, "unit_price": "1e5 CNY"}),
    "copy": lambda: Line(**a_line()).copy(update={"quantity": 0, "unit_price": "1e5 CNY"}),
    "construct": lambda: Line.construct(**WRONG),
    "parse_obj": lambda: Line.parse_obj(WRONG),
    "parse_raw": lambda: Line.parse_raw(json.dumps(WRONG)),
}


@pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")
@pytest.mark.parametrize("way", WAYS_IN)
def test_every_way_in_finds_the_same_problems(way):
    """Keywords, a dict, JSON, a copy and pydantic's older names for them all validate, and name every place at once."""
    assert problems(WAYS_IN[way]) == PROBLEMS


def test_a_string_is_no_truth_value():
    """pydantic's reading of strings would take "yes" for true; a flag is true or false."""
    stated = a_line(selected="yes")
    assert problems(lambda: Line.model_validate_strings(stated)) == [("selected", "field.type")]


@pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")
def test_json_is_strict_under_its_older_name():
    """parse_raw reads JSON as strictly as model_validate_json does."""
    assert problems(lambda: Rulebook.parse_raw('{"id": "r", "id": "s"}')) == [("id", "json.duplicate_key")]


@pytest.mark.parametrize("way", ["model_validate", "model_validate_json", "model_validate_strings"])
@pytest.mark.parametrize("option", ["extra", "strict", "from_attributes", "by_alias", "by_name"])
def test_no_option_opens_the_door(way, option):
    """`extra="ignore"` would drop a mistyped section, `strict=False` take "yes" for true: neither is an option."""
    given_ = a_rulebook(promotion=[an_offer()])
    rulebook = json.dumps(given_) if way == "model_validate_json" else given_
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{option}'"):
        getattr(Rulebook, way)(rulebook, **{option: "ignore" if option == "extra" else False})


def test_a_context_is_for_validators_of_ones_own():
    """What is passed along changes nothing of what the library checks, nor what it says of JSON."""
    text = json.dumps(a_line(unit_price=1.5))
    for context in (None, {}, {"json": False}, {"mine": 1}):
        found = problems(lambda context=context: Line.model_validate_json(text, context=context))
        assert found == [("unit_price", "amount.json_number")]


def test_a_document_cannot_be_changed_in_place():
    """Setting or deleting a field fails, says what to do instead, and leaves the document as it was."""
    line = Line(**a_line())
    with pytest.raises(
        Immutable, match=r'a Line never changes; .+ \.model_copy\(update=\{"quantity": …\}\)$'
    ) as caught:
        line.quantity = 5
    assert (caught.value.kind, caught.value.field) == ("Line", "quantity")
    with pytest.raises(AttributeError):
        del line.quantity
    with pytest.raises(Immutable):
        line.colour = "red"
    assert line == Line(**a_line())


def test_a_copy_keeps_what_was_stated_and_no_more():
    """A copy with another unit price takes its default list price from it; one without changes is the same object."""
    line = Line(**a_line(price="10.00"))
    assert line.model_copy() is line
    assert str(line.model_copy(update={"unit_price": "12.00 CNY"}).list_price) == "12.00 CNY"
    assert problems(lambda: line.model_copy(update={"prise": 1})) == [("prise", "field.unknown")]
    stated = Line(**a_line(list_price="11.00 CNY"))
    update = {"unit_price": "12.00 CNY"}
    assert problems(lambda: stated.model_copy(update=update)) == [("list_price", "price.list_below_unit")]


def test_all_problems_of_a_document_are_named_at_once():
    """Every place at every depth, in the order of the fields."""
    checkout = {
        "at": "yesterday",
        "cart": {
            "currency": "XXX",
            "lines": [a_line(), a_line(quantity="1.2345", sku=""), a_line("b", unit_prise="1.00 CNY")],
        },
        "address": {"region": "Shenzhen"},
        "customer": {"points": -1, "coupons": ["c", "c"]},
        "choice": {"coupons": "all", "points": 1.5},
        "payment": "card",
    }
    assert problems(lambda: Checkout.model_validate_json(json.dumps(checkout))) == [
        ("at", "time.notation"),
        ("cart.currency", "currency.unknown"),
        ("cart.lines[1].sku", "text.empty"),
        ("cart.lines[1].quantity", "quantity.notation"),
        ("cart.lines[2].unit_prise", "field.unknown"),
        ("cart.lines[1].id", "id.duplicate"),
        ("address.region", "region.notation"),
        ("customer.points", "integer.range"),
        ("customer.coupons[1]", "coupon.duplicate"),
        ("choice.coupons", "choice.unknown"),
        ("choice.points", "integer.type"),
        ("payment", "field.unknown"),
    ]


def test_a_problem_says_what_was_found_and_what_would_be_right():
    """Each line of the text holds the place, what to write, and the stable code; a near miss is named."""
    with pytest.raises(InvalidDocument) as caught:
        Checkout(**a_checkout(a_line(unit_prise="1.00 CNY", quantity=0)))
    assert str(caught.value).splitlines() == [
        "Checkout: 2 problems",
        "  cart.lines[0].quantity: found 0; it must be above 0 and at most 1000000000 [quantity.range]",
        '  cart.lines[0].unit_prise: there is no such field here; did you mean "unit_price"? [field.unknown]',
    ]
    for problem in caught.value.problems:
        assert problem.code in TEXTS
        assert "<" not in problem.message


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("address", "phone", 13800138000),
        ("address", "name", ["Zhang San"]),
        ("address", "detail", "8" * 5000),
        ("customer", "id", 310101199001011234),
        ("checkout", "remark", {"card": "6222020200112233"}),
        ("line", "info", {"card": 6222020200112233}),
        ("invoice", "tax_number", "91310000ma1fl0000x"),
        ("invoice", "account", 6222020200112233),
    ],
)
def test_what_is_personal_is_never_quoted(part, field, value):
    """A problem in a name, phone, address, remark, invoice or customer says the type found, not the value."""
    checkout = a_checkout(a_line(info=value) if part == "line" else a_line())
    place = {"address": {"region": "440305"}, "invoice": {"title": "T"}, "customer": {}}.get(part, {})
    if part == "checkout":
        checkout[field] = value
    elif part != "line":
        checkout[part] = place | {field: value}
    with pytest.raises(InvalidDocument) as caught:
        Checkout(**checkout)
    shown = str(caught.value) + repr(caught.value)
    secret = next(iter(value.values())) if isinstance(value, dict) else value
    assert str(secret) not in shown
    assert "Zhang" not in shown


#: A phone and a card as people write them.
NUMBERS = ("13800138000", "138-0013-8000", "+86 138 0013 8000", "6222020200112233", "6222 0202 0011 2233")


def digits(text):
    """Its digits alone."""
    return "".join(character for character in text if character.isdigit())


def wrong_with(number):
    """Documents that are wrong, each in a field that holds this number, or in the name of one."""
    whole = int(digits(number))
    place, title = {"region": "440305"}, {"title": "T"}
    for value in ([number], {number: number}, number * 500, number + "\ud800"):
        for field in ("name", "phone", "detail"):
            yield lambda value=value, field=field: a_checkout(address=place | {field: value})
        yield lambda value=value: a_checkout(remark=value)
        for field in ("title", "type", "kind", "tax_number", "address", "phone", "bank", "account", "email"):
            yield lambda value=value, field=field: a_checkout(invoice=title | {field: value})
    for value in (whole, [number], f"{number}\n", number * 500):
        yield lambda value=value: a_checkout(a_line(id=value))
        yield lambda value=value: a_checkout(customer={"id": value})
        yield lambda value=value: a_checkout(customer={"coupons": [value]})
        yield lambda value=value: a_checkout(tenders=[{"id": value, "type": "gift_card", "balance": "1.00 CNY"}])
        yield lambda value=value: a_checkout(payment_method=value)
    yield lambda: a_checkout(a_line(number), a_line(number))
    yield lambda: a_checkout(customer={"coupons": [number, number]})
    yield lambda: a_checkout(customer={"copies": {number: 2}})
    yield lambda: a_checkout(tenders=[{"id": number, "type": "gift_card", "balance": "1.00 CNY"}] * 2)
    yield lambda: a_checkout(tenders=[{"id": "g", "type": number, "balance": number}])
    yield lambda: a_checkout(choice={"coupons": number, "points": number})
    yield lambda: a_checkout(a_line(quantity=number, weight_g=number), at=number)
    yield lambda: a_checkout(address={"region": f"{number}x"})
    yield lambda: a_checkout(address=place | {number: 1}, **{number: 1})


def error_of(call):
    """What a call raises of ours, None where it is right."""
    try:
        call()
    except InvalidDocument as error:
        return error
    return None


def all_that_is_told(error):
    """The digits in text and repr of an error, of its problems and of what is behind it, and in what a log prints."""
    told, todo = traceback.format_exception(error), [error]
    while todo:
        each = todo.pop()
        told += [str(each), repr(each), *map(str, getattr(each, "problems", ())), *map(repr, each.args)]
        todo += [one for one in (each.__cause__, each.__context__) if one is not None]
    return digits("\n".join(told))


@pytest.mark.parametrize("number", NUMBERS)
def test_bi_081_no_error_holds_a_phone_or_a_card(number):
    """BI-081: wrong in a personal field, in an id, as the name of a field, or in JSON that breaks off."""
    calls = []
    for make in wrong_with(number):
        calls += [
            lambda make=make: Checkout(**make()),
            lambda make=make: Checkout.model_validate_json(json.dumps(make())),
        ]
    for text in (
        f'{{"address": {{"phone": "{number}"',
        f'{{"address": {{"phone": "{number}", "phone": "{number}"}}}}',
        f'{{"{number}": 1, "{number}": 2}}',
        f'{{"address": {{"phone": "{number}'.encode() + b'\xff"}}',
    ):
        calls.append(lambda text=text: Checkout.model_validate_json(text))
    calls.append(lambda: split_tenders(Money("1.00 CNY"), [(number, None), (number, None)]))
    errors = [error for error in map(error_of, calls) if error is not None]  # some are right in some field
    assert len(errors) > 100
    for error in errors:
        assert digits(number) not in all_that_is_told(error)


def test_bi_077_ids_are_compared_exactly():
    """BI-077: nothing folds a case or a spelling: such coupons live side by side, and each is held by its own id."""
    ids = ["i", "I", "\u0131", "\u0130", "i\u0307", "\u00df", "\u1e9e", "ss", "SS", "\u00e9", "e\u0301", "\uff29"]
    book = Rulebook(**a_rulebook(coupons=[an_offer(name) for name in ids]))
    for name in ids:
        checkout = Checkout(**a_checkout(customer={"coupons": [name]}))
        assert checkout.customer.coupons == (name,)
        made = settle(checkout, book)
        assert {each.rule: each.outcome for each in made.decisions} == {name: "applied"}
    without = Rulebook(**a_rulebook(coupons=[an_offer(name) for name in ids if name != "i"]))
    (decision,) = settle(Checkout(**a_checkout(customer={"coupons": ["i"]})), without).decisions
    assert (decision.rule, decision.reason) == ("i", "unknown")


def test_personal_fields_stay_out_of_the_representation():
    """repr, which ends in logs, shows neither name, phone, detail, remark nor invoice."""
    address = {"region": "440305", "name": "Zhang San", "phone": "13800138000", "detail": "1 Some Road"}
    invoice = {"title": "Zhang Ltd"}
    shown = repr(Checkout(**a_checkout(address=address, remark="ring twice", invoice=invoice)))
    assert not any(secret in shown for secret in ("Zhang", "13800138000", "Some Road", "ring twice"))


def test_an_error_quotes_no_long_value():
    """However long the input, each problem stays short."""
    wrong = a_line("x" * 10**6, quantity="9" * 10**6, unit_price="9" * 10**6, warehouse="w" * 10**6)
    with pytest.raises(InvalidDocument) as caught:
        Line(**wrong, **{"k" * 10**6: 1})
    assert len(caught.value.problems) == 5
    assert all(len(str(problem)) < 200 for problem in caught.value.problems)


def test_a_mapping_is_an_object():
    """A subclass of dict is taken like a dict; anything else is object.type."""

    class Row(dict):
        """As a database driver gives it."""

    assert Line.model_validate(Row(a_line())) == Line(**a_line())
    for wrong in (5, "x", [], None, object()):
        assert problems(lambda wrong=wrong: Line.model_validate(wrong)) == [("", "object.type")]


def test_a_key_that_is_no_string_is_no_field():
    """It is told as any other field that is not there, in this library's words."""
    assert problems(lambda: Line.model_validate(a_line() | {1: 2})) == [("[1]", "field.unknown")]
    assert problems(lambda: Checkout.model_validate({1: 2})) == [
        ("at", "field.missing"),
        ("cart", "field.missing"),
        ("[1]", "field.unknown"),
    ]


# ------------------------------------------------------------------ JSON


def test_json_is_read_strictly():
    """Text, bytes and bytearray give the same; what is not JSON has one code."""
    text = json.dumps(a_line() | {"name": "é"}, ensure_ascii=False)
    expected = Line(**a_line(), name="é")
    for given_ in (text, text.encode(), bytearray(text.encode())):
        assert Line.model_validate_json(given_) == expected
    for wrong in ("", "{", '{"id": NaN}', "[1,]", "{} {}", "'a'", b"\xff", "\ufeff{}", "\x00"):
        assert problems(lambda wrong=wrong: Line.model_validate_json(wrong)) == [("", "json.invalid")]


def test_a_document_of_any_length_is_bounded():
    """A text over 64 MiB is refused before it is read."""
    assert problems(lambda: loads(" " * (MAX_DOCUMENT + 1))) == [("", "limit.document")]


@given(st.recursive(st.integers(0, 9), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)))
def test_loads_reads_what_json_writes(value):
    """For plain data loads is the inverse of json.dumps."""
    assert loads(json.dumps(value)) == value


# ------------------------------------------------------------------ quantities and instants


@given(st.integers(0, 10**12))
def test_a_quantity_is_written_in_its_shortest_form(thousandths):
    """quantity_out and milli are inverse; whole quantities are integers, others have no trailing zero."""
    shown = quantity_out(thousandths)
    assert milli(shown if isinstance(shown, int) else Decimal(shown)) == thousandths
    assert isinstance(shown, int) == (thousandths % 1000 == 0)
    assert isinstance(shown, int) or not shown.endswith("0")


INSTANTS = {
    AT: "2026-11-10T16:00:00Z",
    "2026-11-10T16:00:00Z": "2026-11-10T16:00:00Z",
    "2026-11-10t16:00:00z": "2026-11-10T16:00:00Z",
    "2026-11-10 16:00:00+00:00": "2026-11-10T16:00:00Z",
    "2026-11-10T11:00:00.5-05:00": "2026-11-10T16:00:00.500000Z",
    "2026-11-10T16:00:00.000000Z": "2026-11-10T16:00:00Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z": "9999-12-31T23:59:59.999999Z",
}


@pytest.mark.parametrize(("text", "shown"), INSTANTS.items())
def test_an_instant_has_one_form(text, shown):
    """Whatever its offset and spelling, an instant is written in UTC."""
    assert json.loads(Checkout(**a_checkout(at=text)).model_dump_json())["at"] == shown


def test_an_aware_datetime_is_an_instant():
    """A datetime with an offset is taken; a subclass is copied to the exact type."""

    class Stamp(datetime):
        """As other libraries have them."""

    shanghai = timezone(timedelta(hours=8))
    for given_ in (
        datetime(2026, 11, 11, tzinfo=shanghai),
        Stamp(2026, 11, 11, tzinfo=shanghai),
        Stamp(2026, 11, 10, 16, tzinfo=UTC),
    ):
        at = Checkout(**a_checkout(at=given_)).at
        assert type(at) is datetime
        assert at == datetime(2026, 11, 10, 16, tzinfo=UTC)
        assert at.tzinfo is UTC


# ------------------------------------------------------------------ JSON Schema


@pytest.mark.parametrize("model", [Checkout, Rulebook], ids=lambda model: model.__name__)
def test_the_json_schema_accepts_what_the_document_accepts(model):
    """Random requests pass the published schema, so that a form can be checked before it is sent."""
    import random

    import jsonschema

    from random_requests import random_request

    schema = model.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for seed in range(40):
        request = random_request(random.Random(seed))
        document = model.model_validate(request[model.__name__.lower()])
        assert list(validator.iter_errors(json.loads(document.model_dump_json()))) == []


def test_the_name_of_the_document_stands_in_the_error():
    """The title tells which of several documents is meant."""
    for model, fields in ((Address, {}), (Cart, {}), (Rulebook, a_rulebook(x=1))):
        with pytest.raises(InvalidDocument) as caught:
            model(**fields)
        assert caught.value.title == model.__name__
        assert isinstance(caught.value, ValueError)
        assert isinstance(caught.value.problems[0].facts, Mapping)
