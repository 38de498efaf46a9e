"""Conditions of offers: asked once, before any choice of coupons; the library's kinds and a user's own."""

from __future__ import annotations

import json
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import settlement
from samples import a_checkout, a_line, a_rulebook, an_offer, problems
from settlement import (
    CartHolds,
    Checkout,
    Condition,
    Coupon,
    Hours,
    Promotion,
    Recurring,
    Rulebook,
    Settlement,
    check,
    hints,
    settle,
)
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.audit.schemas import schema
from settlement.discounts import CONDITIONS, KINDS
from settlement.documents.scalars import PositiveCount
from settlement.errors import KindFailed
from settlement.explanations.offer import explain_offer
from settlement.explanations.story import explain
from settlement.receipts.report import report
from settlement.receipts.text import receipt
from settlement.testing import check_condition_laws, conditions
from thorough import examples

WEDNESDAY = {"type": "recurring", "utc_offset": "+08:00", "weekdays": [3]}


def book_of(*asked, rules=Rulebook, **fields):
    """Rules with one promotion, 10.00 off, under these conditions."""
    promotion = an_offer(conditions=list(asked)) | fields
    return rules.model_validate(a_rulebook(promotions=[promotion]))


def decided(book, *lines, **checkout):
    """The decision on the one offer."""
    found = settle(Checkout.model_validate(a_checkout(*(lines or [a_line()])) | checkout), book)
    return found.decisions[0]


@pytest.mark.parametrize("kind", CONDITIONS, ids=lambda kind: kind.__name__)
def test_every_condition_of_the_library_obeys_the_laws(kind):
    """What is asked of a user's kind holds of every kind that ships; a new one in CONDITIONS is held to it as well."""
    check_condition_laws(kind, max_examples=examples(25))


def test_the_kinds_are_told_apart_by_their_type():
    """Every kind is a Condition with a `type` and a summary of its own, and all stand in the union of an offer."""
    types = [kind.model_fields["type"].default for kind in CONDITIONS]
    assert len(set(types)) == len(CONDITIONS)
    assert all(issubclass(kind, Condition) and kind.__doc__ for kind in CONDITIONS)
    for offer in (Promotion, Coupon):
        listed = offer.model_json_schema()["properties"]["conditions"]["items"]
        assert set(listed["discriminator"]["mapping"]) == set(types)


# ------------------------------------------------------------------ times that recur


@given(
    conditions(Recurring),
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC)),
)
def test_times_recur_by_the_stated_clock(condition, at):
    """Weekday, day of the month and hour are what the standard library says of that clock."""
    sign = -1 if condition.utc_offset[0] == "-" else 1
    hours, minutes = condition.utc_offset[1:].split(":")
    local = at.astimezone(timezone(sign * timedelta(hours=int(hours), minutes=int(minutes))))
    clock = f"{local:%H:%M}"
    assert condition.holds(at) == (
        (condition.weekdays is None or local.isoweekday() in condition.weekdays)
        and (condition.month_days is None or local.day in condition.month_days)
        and (condition.hours is None or any(each.opens <= clock < each.closes for each in condition.hours))
    )


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("offset", ["+14:00", "-14:00"])
def test_the_first_and_the_last_instant_have_a_day_too(at, offset):
    """Where the local day would be before year 1 or after 9999 the calendar simply goes on: nothing is raised."""
    found = [Recurring(utc_offset=offset, month_days=[day]).holds(at) for day in range(1, 32)]
    assert sum(found) == 1


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, [("", "condition.nothing")]),
        ({"weekdays": [0]}, [("weekdays[0]", "integer.range")]),
        ({"weekdays": [8]}, [("weekdays[0]", "integer.range")]),
        ({"weekdays": [True]}, [("weekdays[0]", "integer.type")]),
        ({"weekdays": ["3"]}, [("weekdays[0]", "integer.type")]),
        ({"weekdays": [3, 3]}, [("weekdays[1]", "id.duplicate")]),
        ({"weekdays": []}, [("weekdays", "list.empty")]),
        ({"month_days": [32]}, [("month_days[0]", "integer.range")]),
        ({"hours": []}, [("hours", "list.empty")]),
        ({"hours": [{"opens": "09:00", "closes": "09:00"}]}, [("hours[0]", "hours.empty")]),
        ({"hours": [{"opens": "22:00", "closes": "02:00"}]}, [("hours[0]", "hours.empty")]),
        (
            {"hours": [{"opens": "9:00", "closes": "24:01"}]},
            [("hours[0].opens", "clock.notation"), ("hours[0].closes", "clock.notation")],
        ),
        ({"utc_offset": "08:00", "weekdays": [3]}, [("utc_offset", "offset.notation")]),
        ({"utc_offset": "+24:00", "weekdays": [3]}, [("utc_offset", "offset.notation")]),
        ({"utc_offset": 8, "weekdays": [3]}, [("utc_offset", "offset.notation")]),
    ],
)
def test_a_time_that_is_not_one_is_refused(fields, found):
    """Each wrong field is named, also inside an offer of a rulebook."""
    asked = {"utc_offset": "+08:00"} | fields
    assert problems(lambda: Recurring(**asked)) == found
    inside = [(f"promotions[0].conditions[0]{'.' if place else ''}{place}", code) for place, code in found]
    assert problems(lambda: book_of({"type": "recurring"} | asked)) == inside


def test_hours_are_half_open():
    """The offer holds from the first minute of `opens` and no more at `closes`."""
    book = book_of({"type": "recurring", "utc_offset": "+08:00", "hours": [{"opens": "14:00", "closes": "24:00"}]})
    times = ["13:59:59.999999", "14:00:00", "23:59:59.999999"]
    found = [decided(book, at=f"2026-11-11T{time}+08:00").outcome for time in times]
    assert found == ["refused", "applied", "applied"]
    assert decided(book, at="2026-11-12T00:00:00+08:00").reason == "condition_not_met"


# ------------------------------------------------------------------ what else is in the cart


def test_the_cart_holds_what_is_asked_for():
    """Skus and categories narrow each other, quantities of several lines add up, and a shop sees its own lines."""
    shoes = a_line("b", sku="shoes", categories=["wear", "sale"], quantity="0.5")
    asked = {"type": "cart_holds", "skus": ["shoes"], "categories": ["sale"]}
    assert decided(book_of(asked), a_line(), shoes).facts["why"] == {"held": "0.5"}
    assert decided(book_of(asked), a_line(), shoes | {"quantity": 1}).outcome == "applied"
    assert decided(book_of(asked), a_line(), shoes, shoes | {"id": "c"}).outcome == "applied"
    assert decided(book_of(asked), a_line(), shoes | {"categories": ["wear"], "quantity": 9}).facts["why"] == {
        "held": 0
    }
    elsewhere = shoes | {"shop": "s2", "quantity": 9}
    assert decided(book_of(asked, issuer="s1"), a_line(), elsewhere).facts["why"] == {"held": 0}
    assert decided(book_of(asked, issuer="platform"), a_line(), elsewhere).outcome == "applied"


def test_it_is_not_the_scope_that_counts():
    """The benefit works on the scope, the tiers measure the condition scope, and the condition sees the whole cart."""
    asked = {"type": "cart_holds", "skus": ["shoes"]}
    book = book_of(asked, scope={"skus": ["k"]}, condition_scope={"skus": ["k"]})
    assert decided(book, a_line(), a_line("b", sku="shoes")).outcome == "applied"
    assert decided(book, a_line(), a_line("b", sku="shoes", selected=False)).reason == "condition_not_met"


def test_a_cart_that_must_hold_nothing_in_particular_is_refused():
    """Neither skus nor categories: the condition would restrict nothing."""
    assert problems(CartHolds) == [("", "condition.nothing")]
    assert problems(lambda: CartHolds(skus=["a"], min_quantity=0)) == [("min_quantity", "quantity.range")]


# ------------------------------------------------------------------ as part of an offer


def test_all_conditions_must_hold_and_the_first_that_does_not_is_named():
    """The decision has the condition as the rulebook states it, what it says beside, and no shortfall."""
    never = {"type": "cart_holds", "skus": ["none"]}
    found = decided(book_of(never, WEDNESDAY), at="2026-11-12T00:00:00+08:00")
    assert (found.outcome, found.reason, found.shortfall) == ("refused", "condition_not_met", None)
    assert found.facts == {"unmet": never | {"min_quantity": 1}, "why": {"held": 0}}
    assert decided(book_of(WEDNESDAY, never), at="2026-11-12T00:00:00+08:00").facts == found.facts
    held = decided(book_of(WEDNESDAY), at="2026-11-11T00:00:00+08:00")
    assert held.facts["conditions"] == [WEDNESDAY]


@pytest.mark.parametrize(
    ("fields", "customer", "reason"),
    [
        ({"valid_from": "2027-01-01T00:00:00Z"}, {}, "not_started"),
        ({"levels": ["gold"]}, {}, "wrong_level"),
        ({"limit_in_all": 1}, {"usage": [{"rule": "p1", "in_all": 1}]}, "used_up"),
        ({}, {}, "condition_not_met"),
        ({"tiers": [an_offer()["tiers"][0] | {"min_amount": "9999.00 CNY"}]}, {}, "condition_not_met"),
    ],
)
def test_its_place_among_the_reasons(fields, customer, reason):
    """After whom and when the offer is for, before anything of its lines."""
    book = book_of(WEDNESDAY, **fields)
    assert decided(book, at="2026-11-12T00:00:00+08:00", customer=customer).reason == reason


def test_a_coupon_says_it_before_its_scope():
    """A coupon held whose condition does not hold says so, by a list, by best and by none; one not held says that."""
    coupon = an_offer("c1", conditions=[WEDNESDAY], scope={"skus": ["elsewhere"]})
    book = Rulebook.model_validate(a_rulebook(coupons=[coupon]))
    for choice in ("best", "none", ["c1"]):
        asked = {"at": "2026-11-12T00:00:00+08:00", "customer": {"coupons": ["c1"]}, "choice": {"coupons": choice}}
        assert decided(book, **asked).reason == "condition_not_met"
    assert decided(book, choice={"coupons": ["c1"]}).reason == "not_held"


class Counting(Condition):
    """Counts how often it is asked."""

    type: Literal["counting"] = "counting"

    def met(self, known):
        """Yes, and one more."""
        asked.append(known)
        return True


asked: list[object] = []


def test_it_is_asked_once_for_an_offer_however_many_sets_are_tried():
    """Many sets of coupons are tried, and copies are one offer: one question each, of what can't be changed."""
    rules = Rulebook.with_kinds(Counting)
    tiers = [[{"benefit": {"type": "amount_off", "amount": f"{n}.00 CNY"}}] for n in range(1, 7)]
    coupons = [
        an_offer(f"c{n}", conditions=[{"type": "counting"}], tiers=each, issuer="platform")
        for n, each in enumerate(tiers)
    ]
    book = rules.model_validate(a_rulebook(coupons=coupons, policy={"coupons_platform": 3}))
    names = [coupon["id"] for coupon in coupons]
    asked.clear()
    settle(Checkout.model_validate(a_checkout(a_line(), customer={"coupons": names, "copies": {"c0": 3}})), book)
    assert len(asked) == len(coupons)
    with pytest.raises(AttributeError):
        asked[0].at = None
    assert all(hash(known) == hash(asked[0]) for known in asked)


def test_without_conditions_nothing_changes():
    """An empty list of conditions leaves the digest as it was; one that is there enters it, in whatever order."""
    plain = a_rulebook(promotions=[an_offer()])
    request = Checkout.model_validate(a_checkout(a_line()))

    def digest(*conditions):
        return settle(request, book_of(*conditions)).digest

    assert settle(request, Rulebook.model_validate(plain)).digest == digest()
    assert digest(WEDNESDAY) != digest()
    other = {"type": "cart_holds", "skus": ["b", "a"], "min_quantity": "2.0"}
    again = {"type": "cart_holds", "skus": ["a", "b"], "min_quantity": 2}
    assert digest(WEDNESDAY, other) == digest(again, WEDNESDAY)


# ------------------------------------------------------------------ a user's own


class Birthday(Condition):
    """The customer's level starts with the month of birth, as this mall has it: `m11-gold`."""

    type: Literal["birthday"] = "birthday"
    grace: PositiveCount = 1

    def met(self, known):
        """In that month."""
        return (known.level or "").startswith(f"m{known.at.month}")

    def why(self, known):
        """What there is instead."""
        return {"level": known.level or "none", "month": known.at.month}


Birthdays = Rulebook.with_kinds(Birthday)


def test_a_class_knows_its_conditions():
    """JSON, schema, settlement, pickle and record know the user's condition; the library's class does not."""
    book = book_of({"type": "birthday"}, rules=Birthdays)
    assert book.promotions[0].conditions == (Birthday(),)
    assert Birthdays.model_validate_json(book.model_dump_json()) == book
    assert pickle.loads(pickle.dumps(book)) == book  # noqa: S301 - just made
    assert "Birthday" in schema(Birthdays)["$defs"]
    assert "Birthday" not in schema("rulebook")["$defs"]
    assert (Birthdays.kinds, Birthdays.condition_kinds) == (KINDS, (*CONDITIONS, Birthday))
    assert Rulebook.condition_kinds == CONDITIONS
    assert problems(lambda: book_of({"type": "birthday"})) == [("promotions[0].conditions[0].type", "choice.unknown")]
    assert problems(lambda: book_of({"type": "birthday", "grace": 0}, rules=Birthdays)) == [
        ("promotions[0].conditions[0].grace", "integer.range")
    ]
    assert decided(book, customer={"level": "m11-gold"}).outcome == "applied"
    found = settle(Checkout.model_validate(a_checkout(a_line())), book)
    assert found.decisions[0].facts == {
        "unmet": {"type": "birthday", "grace": 1},
        "why": {"level": "none", "month": 11},
    }
    assert Settlement.from_json(found.to_json()) == found
    assert replay(Record.from_json(record(found).to_json()), rulebook_class=Birthdays).equal


def test_the_librarys_own_documents_are_taken_too():
    """Promotions and conditions built with the library's classes go into rules with kinds of one's own."""
    offer = Promotion.model_validate(an_offer(conditions=[WEDNESDAY]))
    book = Birthdays(id="r", currency="CNY", promotions=[offer, an_offer("p2", conditions=[Birthday()])])
    assert [each.conditions for each in book.promotions] == [(Recurring(**WEDNESDAY),), (Birthday(),)]


def test_benefits_and_conditions_have_types_of_their_own():
    """A condition may have the type of a benefit; one that another condition has is taken."""

    class Percent(Condition):
        type: Literal["percent_off"] = "percent_off"

        def met(self, _):
            return True

    rules = Rulebook.with_kinds(Percent, Birthday)
    book = book_of({"type": "percent_off"}, rules=rules)
    bare = book_of(rules=rules)
    request = Checkout.model_validate(a_checkout(a_line()))
    assert settle(request, book).digest != settle(request, bare).digest
    with pytest.raises(ValueError, match="condition type 'birthday' is taken"):
        Birthdays.with_kinds(Birthday)
    with pytest.raises(TypeError, match="no kind of condition"):
        Rulebook.with_kinds(Condition)


@pytest.mark.parametrize(
    ("met", "why", "hook"),
    [
        (lambda *_: 1, None, "met"),
        (lambda *_: None, None, "met"),
        (lambda *_: 1 / 0, None, "met"),
        (lambda *_: False, lambda *_: None, "why"),
        (lambda *_: False, lambda *_: {"a": 1.5}, "why"),
        (lambda *_: False, lambda *_: {"a": True}, "why"),
        (lambda *_: False, lambda *_: {"a": 2**53}, "why"),
        (lambda *_: False, lambda *_: {"a": "x" * 201}, "why"),
        (lambda *_: False, lambda *_: {1: "x"}, "why"),
        (lambda *_: False, lambda *_: dict.fromkeys("abcdefghijklmnopqrstu", "x"), "why"),
        (lambda *_: False, lambda *_: 1 / 0, "why"),
    ],
)
def test_a_condition_that_breaks_its_promise_is_named(met, why, hook):
    """Anything but True or False, facts that are no short texts and integers, and whatever it raises: KindFailed."""
    hooks = {"met": met} | ({"why": why} if why else {})
    kind = type("Wrong", (Birthday,), {"__module__": __name__, "__doc__": "Wrong."} | hooks)
    with pytest.raises(KindFailed) as error:
        decided(book_of({"type": "birthday"}, rules=Rulebook.with_kinds(kind)))
    assert (error.value.kind, error.value.hook) == ("Wrong", hook)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_of_conditions_decides_nothing(order):
    """Rulebooks that list them otherwise have one digest, and tell one reason: of the first in canonical order."""
    asked = [{"type": "birthday"}, WEDNESDAY | {"weekdays": [1]}, {"type": "cart_holds", "skus": ["k"]}]
    rules = Rulebook.with_kinds(type("Never", (Birthday,), {"__module__": __name__, "met": lambda *_: False}))
    books = [book_of(*(asked[at] for at in turn), rules=rules) for turn in ((0, 1, 2), order)]
    assert books[0].digest == books[1].digest
    assert decided(books[1]).facts["unmet"] == asked[0] | {"grace": 1}


BREAKS = [
    ("_answers", {"met": lambda _, known: known.new or None}),
    ("_no_memory", {"met": lambda self, _: "type" in self.model_fields_set}),
    ("_no_order", {"met": lambda _, known: known.cart.skus[:1] == ("k1",)}),
    ("_ever", {"met": lambda *_: True, "ever": lambda *_: False}),
    ("_excludes", {"met": lambda *_: True, "excludes": lambda *_: True}),
]


@pytest.mark.parametrize(("law", "hooks"), BREAKS, ids=[law for law, _ in BREAKS])
def test_a_law_can_fail(law, hooks):
    """Each law finds the kind that breaks it, and names itself."""
    from settlement.testing import condition_laws

    kind = type("Wrong", (Birthday,), {"__module__": __name__, "__doc__": "Wrong."} | hooks)
    with pytest.raises((AssertionError, KindFailed)) as error:
        check_condition_laws(kind, max_examples=examples(60))
    assert getattr(condition_laws, law).__doc__ in error.value.__notes__[-1]


# ------------------------------------------------------------------ told to people


TOLD = [
    (WEDNESDAY, "only on Wed (UTC+08:00)", "仅限周三（UTC+08:00）"),
    (
        {
            "type": "recurring",
            "utc_offset": "-03:30",
            "weekdays": [7, 1],
            "month_days": [28, 8],
            "hours": [{"opens": "00:00", "closes": "02:00"}],
        },
        "only on Mon, Sun, on day 8, 28 of the month, within 00:00–02:00 (UTC-03:30)",
        "仅限周一、周日、每月 8、28 日、00:00–02:00（UTC-03:30）",
    ),
    (
        {"type": "cart_holds", "skus": ["z"], "min_quantity": "2.5"},
        "only together with 2.5 of z; the cart has 0",
        "须同时购买 z 满 2.5 件，现有 0 件",
    ),
    (
        {"type": "birthday"},
        "its condition birthday is not met: level none, month 12",
        "不满足条件 birthday：level none、month 12",
    ),
]


def closed(text):
    """A text without the breaks of its lines."""
    return "".join(text.split())


@pytest.mark.parametrize(("condition", "english", "chinese"), TOLD, ids=[each["type"] for each, _, _ in TOLD])
def test_a_reader_is_told_which_condition(condition, english, chinese):
    """Receipt, report, trail and explanation say it in the reader's language, also of a settlement that was stored."""
    book = book_of(condition, rules=Birthdays)
    checkout = Checkout.model_validate(a_checkout(a_line(), at="2026-12-01T08:00:00+08:00"))
    made = settle(checkout, book)
    for found in (made, Settlement.from_json(made.to_json())):
        assert closed(english) in closed(str(found))
        told = (receipt(found, locale="zh_CN"), report(found, locale="zh_CN"), explain(found, rule="p1").text("zh_CN"))
        for shown in told:
            assert closed(chinese) in closed(shown)
    explained = explain_offer(checkout, book, "p1")
    assert english in str(explained)
    assert chinese in explained.text("zh_CN")
    assert json.loads(explained.needs["condition"]) == made.decisions[0].facts["unmet"]


def test_a_hint_says_how_many_more_it_takes():
    """A cart that holds some of what is asked for: how many more pieces, and what they cost."""
    asked = {"type": "cart_holds", "skus": ["k"], "min_quantity": 5}
    request = Checkout.model_validate(a_checkout(a_line(quantity=2)))
    (hint,) = hints(request, book_of(asked))
    assert (hint.rule, hint.missing, hint.lines) == ("p1", 3, ("a",))
    assert hints(request, book_of(asked | {"skus": ["not here"]})) == ()
    assert hints(request, book_of(WEDNESDAY, valid_from="2020-01-01T00:00:00Z")) == ()


def found_in(book, **known):
    """Place and code of what the linter finds."""
    from settlement.findings.offers import Known, check_offers

    return [(each.place, each.code) for each in check_offers(book, Known(**known) if known else None)]


def test_the_linter_knows_conditions():
    """One that can't hold in the offer's period, two that exclude each other, goods that nobody has."""
    days = {"valid_from": "2026-11-12T00:00:00+08:00", "valid_until": "2026-11-18T00:00:00+08:00"}
    assert ("promotions[0].conditions[0]", "condition.never") in found_in(book_of(WEDNESDAY, **days))
    longer = days | {"valid_until": "2026-11-18T00:00:01+08:00"}
    assert found_in(book_of(WEDNESDAY, **longer)) == found_in(book_of(**longer))
    both = book_of(WEDNESDAY, WEDNESDAY | {"weekdays": [4]})
    assert ("promotions[0].conditions[1]", "condition.contradicts") in found_in(both)
    unknown = found_in(book_of({"type": "cart_holds", "skus": ["x"]}), skus=["a"])
    assert ("promotions[0].conditions[0].skus", "scope.unknown") in unknown
    assert check(book_of(WEDNESDAY, WEDNESDAY | {"weekdays": [4]}))


def test_the_linter_tells_times_apart():
    """Prices, shadows and stacks on different days do not meet; on one day they do."""
    price = {"benefit": {"type": "fixed_price", "price": "9.00 CNY"}}
    most = {"benefit": {"type": "amount_off", "amount": "0.60 CNY"}, "min_amount": "1.00 CNY"}

    def codes(days, tier, **fields):
        offers = [
            an_offer(f"p{n}", tiers=[tier], scope={"skus": ["a"]}, conditions=[WEDNESDAY | {"weekdays": [day]}])
            | fields
            for n, day in enumerate(days)
        ]
        book = a_rulebook(promotions=offers, policy={"threshold_amount": "goods"})
        return {code for _, code in found_in(Rulebook.model_validate(book))}

    assert "price.twice" in codes([3, 3], price, stage="item")
    assert "price.twice" not in codes([3, 4], price, stage="item")
    cut = {"benefit": {"type": "percent_off", "percent": "50"}}
    assert "offer.shadowed" not in codes([3, 4], cut, exclusive=True)
    assert "stack.to_zero" in codes([3, 3], most)
    assert "stack.to_zero" not in codes([3, 4], most)


def test_the_page_shows_a_whole_condition_in_thirty_lines():
    """docs/extending.md: a block with a condition and its rulebook, at most 30 lines (it runs with the doctests)."""
    page = (Path(settlement.__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (whole,) = [block for block in blocks if "(Condition)" in block and "with_kinds" in block]
    assert len(whole.splitlines()) <= 30
    assert Hours(opens="00:00", closes="24:00").hold(1439)
