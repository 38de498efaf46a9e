"""`DocumentField`: a document goes in checked, and comes back as the same document, byte for byte."""

from __future__ import annotations

import json

import pytest
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import translation

from django_shop.models import Kept
from samples import everything, settled
from settlement import Checkout, InvalidDocument, Rulebook
from settlement.audit.record import record
from settlement.ext.django import DocumentField
from settlement.ext.django.forms import read_document

pytestmark = [pytest.mark.django, pytest.mark.usefixtures("rows")]
RULES = Rulebook(id="2026-11", currency="CNY")
WRONG = {"id": "2026-11", "currency": "XXX", "promotions": [{"id": "p"}], "colour": "red"}


def test_a_document_comes_back():
    """A settlement of all that there is, its rules, its record byte for byte; written again unread, the same.

    Of a settlement PostgreSQL puts the keys of facts in its own order, as a record does.
    """
    checkout, rules = everything()
    settlement, book = settled(checkout, rules), Rulebook.from_dict(rules)
    made = Kept.objects.create(rules=book, settlement=settlement, record=record(settlement))
    for _ in range(2):
        again = Kept.objects.get(pk=made.pk)
        assert (again.settlement.to_dict(), again.settlement.digest) == (settlement.to_dict(), settlement.digest)
        assert (again.rules, again.rules.to_json(), again.rules.digest) == (book, book.to_json(), book.digest)
        assert again.record.to_json() == record(settlement).to_json()
        assert again.record.settlement().to_dict() == settlement.to_dict()
        Kept.objects.get(pk=made.pk).save()


def test_a_document_is_read_when_it_is_asked_for(monkeypatch):
    """A list of rows makes none of it, and one row makes each once."""
    Kept.objects.create(rules=RULES)
    made = []
    monkeypatch.setattr(Rulebook, "from_dict", lambda data, real=Rulebook.from_dict: made.append(1) or real(data))
    row = Kept.objects.get()
    row.save()
    assert made == []
    assert row.rules == row.rules == RULES
    assert made == [1]
    assert Kept.objects.values_list("rules__id", "rules__currency").get() == ("2026-11", "CNY")
    assert Kept.objects.values("rules").get()["rules"]["id"] == "2026-11"
    assert Kept.objects.filter(rules__currency="CNY", settlement__isnull=True).count() == 1
    assert made == [1]


@pytest.mark.parametrize("given", [WRONG, json.dumps(WRONG), 5, [], "{", '{"id": "a", "id": "b"}'])
def test_what_is_no_document_is_not_saved(given):
    """In JSON or in data, by `create`, `save` and `full_clean`; nothing of it is written."""
    with pytest.raises(ValidationError), transaction.atomic():
        Kept.objects.create(rules=given)
    with pytest.raises(ValidationError):
        Kept(rules=given).full_clean()
    assert Kept.objects.count() == 0


def test_every_place_is_named_in_the_language_of_the_reader():
    """English, Simplified and Traditional Chinese; English for whom there are no texts."""
    told = {}
    for code in ("en", "zh-hans", "zh-hant", "de"):
        with translation.override(code), pytest.raises(ValidationError) as caught:
            Kept(rules=WRONG).full_clean()
        told[code] = caught.value.message_dict["rules"]
        assert [each.partition(":")[0] for each in told[code]] == [
            "currency", "promotions[0].issuer", "promotions[0].tiers", "colour",
        ]  # fmt: skip
    assert told["en"][3] == "colour: there is no such field here"
    assert told["de"] == told["en"]
    assert len({told[code][3] for code in told}) == 3


def test_what_is_stored_and_does_not_hold_is_said_when_it_is_read():
    """The row can be listed, shown as it stands, and mended; only the document is refused."""
    row = Kept.objects.create(rules=RULES)
    Kept.objects.filter(pk=row.pk).update(rules=models.Value({"id": "2026-11"}, models.JSONField()))
    row = Kept.objects.get()
    with pytest.raises(InvalidDocument, match="currency"):
        _ = row.rules
    assert Kept._meta.get_field("rules").value_from_object(row) == {"id": "2026-11"}
    row.rules = RULES
    row.save()
    assert Kept.objects.get().rules == RULES


def test_null_is_no_document():
    """Where it may be none, none comes back; where it must be one, that is said."""
    assert Kept.objects.create(rules=RULES).settlement is None
    assert Kept.objects.get().settlement is None
    with pytest.raises(ValidationError) as caught:
        Kept().full_clean()
    assert set(caught.value.message_dict) == {"rules"}


def test_a_class_that_is_no_document_is_found_by_the_checks():
    """Before anything is written to it."""
    field = DocumentField(dict)
    field.set_attributes_from_name("rules")
    field.model = Kept
    assert [each.id for each in field.check() if isinstance(each, checks.Error)] == ["settlement.E003"]
    assert read_document(Checkout, '{"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": []}}').at
