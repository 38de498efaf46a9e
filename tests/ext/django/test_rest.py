"""Django REST framework: an amount keeps the currency that was sent, by POST and by PATCH; a number is refused."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest
from rest_framework import serializers
from rest_framework.test import APIClient

from django_shop.models import Kept, Product
from settlement import Money, Rulebook
from settlement.ext.django.rest import MoneyField

pytestmark = [pytest.mark.django, pytest.mark.usefixtures("rows")]
RULES = Rulebook(id="2026-11", currency="CNY")


@pytest.fixture
def client():
    """A program that speaks JSON."""
    return APIClient()


def test_the_currency_that_was_sent_is_kept(client):
    """Both wire forms; what is not sent stays."""
    made = client.post("/api/products/", {"name": "tea", "price": "12.50 USD"}, format="json")
    assert made.status_code == 201
    assert made.json() | {"id": 0} == {"id": 0, "name": "tea", "price": "12.50 USD", "was": None, "fee": "1.00 CNY"}
    url = f"/api/products/{made.json()['id']}/"
    for sent in ("1250 JPY", {"amount": "1250", "currency": "JPY"}):
        assert client.patch(url, {"price": sent}, format="json").json()["price"] == "1250 JPY"
        assert client.patch(url, {"name": "pot"}, format="json").json()["price"] == "1250 JPY"
    assert Product.objects.get().price == Money("1250 JPY")
    assert client.patch(url, {"was": "5.00 CNY"}, format="json").json()["was"] == "5.00 CNY"
    assert client.patch(url, {"was": None}, format="json").json()["was"] is None


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (12.5, "found a JSON number; its decimals are lost"),
        (12, "found a JSON number; its decimals are lost"),
        ({"amount": 12.5, "currency": "CNY"}, "found a JSON number; its decimals are lost"),
        ({"amount": "12.50"}, "found an object without just amount and currency"),
        ("12.50", "found no currency"),
        ("12.5 CNY", "CNY has exactly 2"),
        ("-1.00 CNY", "the amount is below 0"),
        (True, "an amount is a string such as"),
        (["12.50 CNY"], "an amount is a string such as"),
        (None, "This field may not be null."),
    ],
)
def test_what_is_no_amount_is_refused(client, sent, told):
    """With 400, the field and a sentence; nothing is written."""
    row = Product.objects.create(name="tea", price="1.00 CNY")
    for answer in (
        client.post("/api/products/", {"name": "x", "price": sent}, format="json"),
        client.patch(f"/api/products/{row.pk}/", {"price": sent}, format="json"),
    ):
        assert answer.status_code == 400
        assert answer.json().keys() == {"price"}
        assert told in answer.json()["price"][0] or "write plain" in answer.json()["price"][0]
    assert Product.objects.get().price == Money("1.00 CNY")


def test_an_amount_is_held_to_the_models_currencies(client):
    """Whether the serializer declares the field or not, in the reader's language."""
    row = Product.objects.create(name="tea", price="1.00 CNY")
    answer = client.patch(
        f"/api/products/{row.pk}/", {"fee": "1.00 USD"}, format="json", headers={"accept-language": "zh-hans"}
    )
    assert answer.json() == {"fee": ["币种是 USD；此处应为 CNY"]}

    class Declared(serializers.ModelSerializer):
        fee = MoneyField()

        class Meta:
            model = Product
            fields = ("fee",)

    assert Declared(data={"fee": "1.00 USD"}).is_valid() is False
    assert Declared(data={"fee": "-1.00 CNY"}).is_valid() is True

    class Alone(serializers.Serializer):
        price = MoneyField(currencies="CNY")

    assert Alone(data={"price": "1.00 USD"}).is_valid() is False
    assert Alone(data={"price": "1.00 CNY"}).is_valid() is True


def test_a_serializer_that_knows_nothing_of_amounts_takes_none_that_may_not_stand():
    """Where the framework is no app, it asks the model's field."""
    mapping = serializers.ModelSerializer.serializer_field_mapping

    class Plain(serializers.ModelSerializer):
        serializer_field_mapping: ClassVar = {key: each for key, each in mapping.items() if each is not MoneyField}

        class Meta:
            model = Product
            fields = ("fee",)

    for wrong in (1.5, "1.00", "1.00 USD", {"amount": "1.00", "currency": "CNY"}):
        assert Plain(data={"fee": wrong}).is_valid() is False
    right = Plain(data={"fee": "-1.00 CNY"})
    assert right.is_valid()
    assert right.validated_data["fee"] == Money("-1.00 CNY")


def test_documents_go_in_and_out(client):
    """As JSON; every place that is wrong is named."""
    made = client.post("/api/kept/", {"rules": RULES.to_dict()}, format="json")
    assert (made.status_code, made.json()["rules"]) == (201, json.loads(RULES.to_json()))
    wrong = client.post("/api/kept/", {"rules": {"id": "a", "currency": 5, "colour": "red"}}, format="json")
    assert wrong.status_code == 400
    assert [each.partition(":")[0] for each in wrong.json()["rules"]] == ["currency", "colour"]
    assert client.post("/api/kept/", {"rules": [1]}, format="json").status_code == 400
    assert Kept.objects.count() == 1
