"""Replay: the same bytes again, or every value that differs, with its place."""

from __future__ import annotations

import json
from typing import Literal

import pytest

import settlement
from samples import a_checkout, a_line, a_rulebook, an_offer, problems, settled
from settlement import CALCULATION_VERSION, Benefit, Rulebook
from settlement.audit.diff import diff
from settlement.audit.record import Record, record
from settlement.audit.replay import ABSENT, differences, replay
from settlement.documents.canonical import canonical
from settlement.errors import UnknownVersion
from settlement.receipts import from_json

BOOK = a_rulebook(promotions=[an_offer("p", {"type": "percent_off", "percent": "15"})])
KEPT = record(settled(a_checkout(a_line("a"), a_line("b", "23.90"), remark="soon"), BOOK))


def forged(change, *, redigest=True):
    """The record as JSON with its body changed; whoever forges it can make a new digest too."""
    data = json.loads(KEPT.to_json())
    change(data["body"])
    if redigest:
        data["digest"] = Record(canonical(data["body"]), [], {}).digest
    return json.dumps(data)


def test_a_record_replays_equal():
    """A record, its text and its bytes replay alike; equal is true."""
    for form in (KEPT, KEPT.to_json(), KEPT.to_json().encode()):
        found = replay(form)
        assert found.equal
        assert bool(found)
        assert found.digest == KEPT.digest


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("totals", "payable"), "0.01 CNY"),
        (("lines", 1, "promotions"), "-3.58 CNY"),
        (("adjustments", 0, "shares", "b"), "-3.58 CNY"),
        (("adjustments", 0, "platform", "a"), "0.00 CNY"),
        (("decisions", 0, "outcome"), "refused"),
        (("points", "earned"), 5),
        (("optimal",), False),
        (("status",), "pending"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else str(value),
)
def test_every_value_that_differs_is_named(steps, value):
    """A changed value is reported with its place and both values, even where the digest was made to fit."""

    def change(body):
        inner = body["settlement"]
        for step in steps[:-1]:
            inner = inner[step]
        inner[steps[-1]] = value

    place = "settlement" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    found = replay(forged(change))
    assert [(each.place, each.recorded) for each in found.differences] == [(place, value)]
    assert not found
    both = replay(forged(change, redigest=False)).differences
    assert [each.place for each in both] == ["digest", place]


def test_what_is_missing_or_added_is_named():
    """A share that vanished, an adjustment too many and a line too few are differences."""
    found = replay(forged(lambda body: body["settlement"]["adjustments"][0]["shares"].pop("a"))).differences
    assert [(each.place, each.recorded) for each in found] == [("settlement.adjustments[0].shares.a", ABSENT)]
    extra = {"rule": "x"}
    found = replay(forged(lambda body: body["settlement"]["adjustments"].append(extra))).differences
    assert [(each.place, each.recomputed) for each in found] == [("settlement.adjustments[1]", ABSENT)]
    found = replay(forged(lambda body: body["settlement"]["lines"].pop())).differences
    assert [each.place for each in found] == ["settlement.lines[1]"]


def test_a_changed_request_is_found_by_its_amounts():
    """With another price in the request every amount that follows from it differs."""
    dearer = {"unit_price": "11.00 CNY", "list_price": "11.00 CNY"}
    text = forged(lambda body: body["request"]["checkout"]["cart"]["lines"][0].update(dearer))
    places = {each.place for each in replay(text).differences}
    assert {"settlement.totals.payable", "settlement.lines[0].unit_price", "settlement.digest"} <= places


def test_fields_of_a_later_library():
    """A record of another library version may lack a field that came later, but no share and no value."""

    def older(*gone):
        def change(body):
            body["library"] = "0.0.1"
            for path in gone:
                inner = body["settlement"]
                for step in path[:-1]:
                    inner = inner[step]
                del inner[path[-1]]

        return forged(change)

    assert replay(older(("optimal",), ("adjustments", 0, "facts"))).equal
    found = replay(older(("adjustments", 0, "shares", "a"))).differences
    assert [each.place for each in found] == ["settlement.adjustments[0].shares.a"]
    same = forged(lambda body: body["settlement"].pop("optimal"))
    assert [each.place for each in replay(same).differences] == ["settlement.optimal"]
    assert json.loads(same)["body"]["library"] == settlement.__version__


@pytest.mark.parametrize("version", ["0", "3", "1.0", "99[31m"])
def test_bi_159_another_calculation_version_is_refused(version):
    """BI-159: a record of any other calculation version is refused as version.unknown and never recalculated."""
    with pytest.raises(UnknownVersion) as caught:
        replay(forged(lambda body: body.update(calculation_version=version)))
    assert caught.value.code == "version.unknown"
    assert (caught.value.version, caught.value.known) == (version, CALCULATION_VERSION)
    assert "[version.unknown]" in str(caught.value)
    with pytest.raises(LookupError):
        replay(forged(lambda body: body.update(calculation_version=version)))


def test_a_stored_settlement_of_an_older_version_can_still_be_read(monkeypatch):
    """Reading, refunding and showing settle nothing again, so they work for every version that is read."""
    text = forged(
        lambda body: (
            body.update(calculation_version="0"),
            body["settlement"].update(calculation_version="0"),
        )
    )
    old = Record.from_json(text)
    with pytest.raises(UnknownVersion, match="version '0'; this library has 1"):
        old.settlement()
    monkeypatch.setattr(from_json, "VERSIONS", ("0", "1"))
    assert old.settlement().calculation_version == "0"
    assert settlement.refund(old.settlement(), {"a": 1}).cash.minor == 850


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"body": 1}', "null"])
def test_what_is_no_record_is_refused(text):
    """Anything else than a record is an invalid document."""
    assert problems(lambda: replay(text))


def test_a_request_that_is_no_longer_valid_is_named():
    """Where a request is refused today, the replay says where; it does not guess."""
    text = forged(lambda body: body["request"]["checkout"].update(colour="red"))
    assert problems(lambda: replay(text)) == [("checkout.colour", "field.unknown")]


class ByTag(Benefit):
    """Takes off what its list says, the first entry first: a kind whose lists have an order, and with a `tag`."""

    type: Literal["by_tag"] = "by_tag"
    tag: str
    steps_off: tuple[int, ...]

    def off(self, goods):
        """The first step off the first line, the second off the second, where the tag says so."""
        return [step if self.tag == "go" else 0 for step, _ in zip(self.steps_off, goods.nets, strict=True)]


def test_rules_with_kinds_of_the_users_own():
    """`rulebook_class` reads the rules; their lists keep their order and no field of a kind is taken for personal."""
    tagged = Rulebook.with_kinds(ByTag)
    offer = an_offer("p", {"type": "by_tag", "tag": "go", "steps_off": [7, 300]})
    book = tagged.model_validate(a_rulebook(promotions=[offer]))
    checkout, _ = KEPT.request()
    found = record(settlement.settle(checkout, book))
    assert found.settlement().totals.promotions.minor == -307
    assert replay(found, rulebook_class=tagged).equal
    assert diff(found, found, rulebook_class=tagged).equal
    assert problems(lambda: replay(found)) == [
        ("rulebook.promotions[0].tiers[0].benefit.type", "choice.unknown"),
    ]


def test_differences_tell_types_apart():
    """True is not 1, and a key that is no name is quoted."""
    assert [each.place for each in differences({"a b": 1}, {"a b": True}, "x")] == ['x["a b"]']
    assert list(differences([1, {"a": None}], [1, {"a": None}], "x")) == []
    assert str(next(differences({"a": "\x1b"}, {}, "x"))) == 'x.a: "\\u001b" recorded, (absent) recomputed'
