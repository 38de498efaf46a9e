"""A user's own kinds of benefit: known to the class that was asked to know them, and to nothing else."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
from pathlib import Path
from typing import Literal

import pytest

import settlement
from samples import a_checkout, a_line, a_rulebook, an_offer, problems
from settlement import (
    AmountOff,
    Benefit,
    Checkout,
    Condition,
    InvalidDocument,
    Money,
    Promotion,
    Rulebook,
    Settlement,
    Tier,
    settle,
)
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.discounts import KINDS
from settlement.documents.scalars import PositiveCount
from settlement.errors import KindFailed
from settlement.testing import check_benefit_laws
from sources import nodes


class EverySeventh(Benefit):
    """Each seventh piece of a line is free."""

    type: Literal["every_seventh"] = "every_seventh"
    n: PositiveCount = 7

    def off(self, goods):
        """The pieces that are free, at what a piece costs."""
        return [
            net * (milli // 1000 // self.n) * 1000 // milli for net, milli in zip(goods.nets, goods.millis, strict=True)
        ]


class Flat(Benefit):
    """The same amount off, once."""

    type: Literal["flat"] = "flat"
    amount: Money

    def off(self, goods):
        """Spread by net."""
        return goods.spread(self.amount.minor)


Sevens = Rulebook.with_kinds(EverySeventh)
Flats = Rulebook.with_kinds(Flat)
SEVENTH = a_rulebook(promotions=[an_offer(benefit={"type": "every_seventh"})])
FLAT = a_rulebook(coupons=[an_offer("c1", benefit={"type": "flat", "amount": "3.00 CNY"})])
FOURTEEN = Checkout.model_validate(a_checkout(a_line(quantity=14)))


def test_a_class_knows_its_kinds_from_json():
    """A tier finds the kind by its type, and what it takes off is settled like any other benefit."""
    book = Sevens.model_validate_json(json.dumps(SEVENTH))
    assert book.promotions[0].tiers[0].benefit == EverySeventh(n=7)
    settlement = settle(FOURTEEN, book)
    assert str(settlement.payable) == "120.00 CNY"
    assert Settlement.from_json(settlement.to_json()) == settlement
    assert settlement.decisions[0].facts["benefit"] == {"type": "every_seventh", "n": 7}


def test_two_classes_stand_side_by_side():
    """Each knows its own kind only; the library's class knows neither, and its kinds are what they were."""
    for rules, document in ((Sevens, FLAT), (Flats, SEVENTH), (Rulebook, FLAT), (Rulebook, SEVENTH)):
        ((place, code),) = problems(lambda rules=rules, document=document: rules.model_validate(document))
        assert place.endswith(".tiers[0].benefit.type")
        assert code == "choice.unknown"
    assert Flats.model_validate(FLAT).coupons[0].tiers[0].benefit.amount == Money("3.00 CNY")
    assert Rulebook.kinds == KINDS


def test_kinds_add_up():
    """A class with kinds can be given more; the same kinds give the same class, whichever way."""
    both = Sevens.with_kinds(Flat)
    assert both is Rulebook.with_kinds(EverySeventh, Flat)
    assert both.kinds == (*KINDS, EverySeventh, Flat)
    book = both.model_validate(SEVENTH | {"coupons": FLAT["coupons"]})
    assert both.model_validate_json(book.model_dump_json()) == book


def test_the_schema_names_the_kind():
    """The JSON Schema of the class has the kind and its fields; that of the library does not."""
    assert Sevens.model_json_schema()["$defs"]["EverySeventh"]["properties"]["n"]["minimum"] == 1
    assert "EverySeventh" not in Rulebook.model_json_schema()["$defs"]


def test_the_librarys_own_documents_are_taken_too():
    """Promotions built with the library's classes go in, and benefits of the kind as instances inside plain data."""
    promotion = Promotion(id="p1", issuer="s1", tiers=[Tier(benefit=AmountOff(amount="1.00 CNY"))])
    book = Flats(id="rules", currency="CNY", promotions=[promotion], coupons=[an_offer("c1", Flat(amount="3.00 CNY"))])
    assert book.promotions[0].tiers[0].benefit == AmountOff(amount="1.00 CNY")
    assert book.coupons[0].tiers[0].benefit == Flat(amount="3.00 CNY")
    assert str(settle(FOURTEEN, book).payable) == "139.00 CNY"


def test_amounts_of_a_kind_are_in_the_rulebooks_currency():
    """The one-currency rule reaches into the fields of a user's kind."""
    ((place, code),) = problems(lambda: Flats.model_validate(FLAT | {"currency": "JPY"}))
    assert (place, code) == ("coupons[0].tiers[0].benefit.amount", "currency.mixed")


def test_problems_have_their_places():
    """A wrong field of a user's kind is named like any other."""
    wrong = a_rulebook(promotions=[an_offer(benefit={"type": "every_seventh", "n": 0})])
    assert problems(lambda: Sevens.model_validate(wrong)) == [("promotions[0].tiers[0].benefit.n", "integer.range")]


def test_rules_with_kinds_travel_and_copy():
    """Pickle, copy and model_copy give equal rules of the same class."""
    book = Sevens.model_validate(SEVENTH)
    for again in (pickle.loads(pickle.dumps(book)), copy.copy(book), copy.deepcopy(book)):  # noqa: S301 - just made
        assert again == book
        assert type(again) is Sevens
    assert book.model_copy(update={"id": "other"}).promotions == book.promotions


def test_a_record_with_a_kind_is_replayed():
    """A stored settlement with a user's kind is computed again by the class that knows it, and is equal."""
    kept = record(settle(FOURTEEN, Sevens.model_validate(SEVENTH)))
    assert replay(Record.from_json(kept.to_json()), rulebook_class=Sevens).equal
    with pytest.raises(InvalidDocument, match="every_seventh"):
        replay(kept)


class Untyped(Benefit):
    """Says no type."""

    def off(self, goods):
        """Nothing."""
        return [0] * len(goods.nets)


class Undefaulted(EverySeventh):
    """Says a type, but not that it is its own."""

    type: Literal["undefaulted"]


class Double(EverySeventh):
    """Says two types, one of them somebody else's."""

    type: Literal["double", "amount_off"] = "double"


class Misspelt(Benefit):
    """Has no `off`."""

    type: Literal["misspelt"] = "misspelt"

    def of(self, goods):
        """Not what is asked for."""


class Unasked(Condition):
    """Has no `met`."""

    type: Literal["unasked"] = "unasked"


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        (AmountOff, ValueError, "is taken"),
        (Untyped, TypeError, "say `type"),
        (Undefaulted, TypeError, "say `type"),
        (Double, TypeError, "one text twice"),
        (Misspelt, TypeError, "it has no method `off`"),
        (Unasked, TypeError, "no kind of condition: it has no method `met`"),
        (EverySeventh(), TypeError, "no kind of benefit"),
        (int, TypeError, "no kind of benefit"),
    ],
)
def test_what_is_no_kind_is_refused(kind, error, said):
    """A type that is taken, none, two, no method of its own, an instance, and what is no benefit at all."""
    with pytest.raises(error, match=said):
        Rulebook.with_kinds(kind)
    with pytest.raises(ValueError, match="is taken"):
        Sevens.with_kinds(EverySeventh)


def test_a_new_kind_of_the_library_is_one_file_and_one_name():
    """No module names a kind of benefit but its own file and the tuple KINDS."""
    source = Path(settlement.__file__).parent
    names = {kind.__name__ for kind in KINDS}
    mention = {}
    for path in source.rglob("*.py"):
        used = {node.id for node in nodes(path) if isinstance(node, ast.Name)} & names
        defined = {node.name for node in nodes(path) if isinstance(node, ast.ClassDef)}
        if used - defined and path.name != "__init__.py":
            mention[path.relative_to(source).as_posix()] = used - defined
    assert mention == {}


def test_the_page_shows_a_whole_kind_in_thirty_lines():
    """docs/extending.md: its first block is a kind with its rulebook, at most 30 lines (it runs with the doctests)."""
    page = (Path(settlement.__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
    first = re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert first is not None
    assert "(Benefit)" in first[1]
    assert "with_kinds" in first[1]
    assert len(first[1].splitlines()) <= 30


class Halves(Benefit):
    """Has a field that no digest can hold."""

    type: Literal["halves"] = "halves"
    part: float = 0.5

    def off(self, goods):
        """The part of each."""
        return [int(net * self.part) for net in goods.nets]


class Warm(Condition):
    """Has one too."""

    type: Literal["warm"] = "warm"
    degrees: float = 21.5

    def met(self, known):
        """Where anybody is known."""
        return known.customer is None


@pytest.mark.parametrize("offer", [{"benefit": {"type": "halves"}}, {"conditions": [{"type": "warm"}]}])
def test_a_field_that_no_digest_can_hold_stops_before_anything_is_settled(offer):
    """Not only when the settlement is to be stored, after the buyer saw it."""
    book = Rulebook.with_kinds(Halves, Warm).model_validate(a_rulebook(promotions=[an_offer(**offer)]))
    with pytest.raises(KindFailed, match="canonical JSON has no float"):
        settle(FOURTEEN, book)
    with pytest.raises(KindFailed, match="canonical JSON has no float"):
        book.digest  # noqa: B018 - it is computed when it is asked for


class FirstFree(Benefit):
    """So many pieces a customer for nothing, of whatever line."""

    type: Literal["first_free"] = "first_free"
    n: PositiveCount

    by_customer = True

    def off(self, goods):
        """Line by line, while there is something left."""
        left, off = max(0, self.n * 1000 - goods.bought), []
        for net, milli in zip(goods.nets, goods.millis, strict=True):
            taken = min(left, milli)
            left -= taken
            off.append(net * taken // milli)
        return off

    def counted(self, millis, bought):
        """Up to what was left."""
        return min(millis, self.n * 1000 - bought)


def test_a_kind_that_counts_by_customer_says_what_was_bought():
    """What an order used of it is redeemed, and the next order has so much less."""
    check_benefit_laws(FirstFree, max_examples=10)
    book = Rulebook.with_kinds(FirstFree).model_validate(
        a_rulebook(promotions=[an_offer(benefit={"type": "first_free", "n": 5})])
    )
    first = settle(Checkout.model_validate(a_checkout(a_line(quantity=3))), book)
    assert [(each.kind, each.id, each.quantity) for each in first.redemptions] == [("units", "p1", 3)]
    customer = {"usage": [{"rule": "p1", "units": 3}]}
    second = settle(Checkout.model_validate(a_checkout(a_line(quantity=3), customer=customer)), book)
    assert str(second.payable) == "10.00 CNY"
    assert [(each.kind, each.id, each.quantity) for each in second.redemptions] == [("units", "p1", 2)]
    assert Settlement.from_json(second.to_json()) == second


class Meddles(Benefit):
    """Writes to what it sees of the basket, which the cart keeps for every later settlement."""

    type: Literal["meddles"] = "meddles"

    def off(self, goods):
        """One minor unit of the first line, after trying to change the cart."""
        goods.basket.millis[0] = 0
        return [1] + [0] * (len(goods.nets) - 1)


def test_a_kind_cannot_change_the_cart():
    """What a kind sees of the basket can't be written to, and a settlement of the same cart afterwards is as ever."""
    checkout = Checkout(**a_checkout())
    plain = Rulebook.model_validate(a_rulebook())
    before = settle(checkout, plain).to_json()
    meddling = Rulebook.with_kinds(Meddles).model_validate(
        a_rulebook(promotions=[an_offer(benefit={"type": "meddles"})])
    )
    with pytest.raises(KindFailed, match=r"Meddles\.off\(\)"):
        settle(checkout, meddling)
    assert settle(checkout, plain).to_json() == before
