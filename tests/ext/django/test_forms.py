"""Forms and the admin: an amount and its currency side by side, a document as JSON, errors in words."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.forms import modelform_factory
from django.test import Client
from django.utils import translation

from django_shop.models import Kept, Line, Product
from settlement import Money, Rulebook
from settlement.ext.django.forms import MoneyFormField

pytestmark = [pytest.mark.django, pytest.mark.usefixtures("rows")]
FIELDS = ["name", "price", "was", "fee"]
Form = modelform_factory(Product, fields=FIELDS)
RULES = Rulebook(id="2026-11", currency="CNY")


def posted(price="12.50 CNY", was=" ", fee="1.00 CNY", name="tea"):
    """What a browser sends of a product."""
    sent = {"name": name}
    for field, text in {"price": price, "was": was, "fee": fee}.items():
        sent[f"{field}_0"], sent[f"{field}_1"] = text.split(" ")
    return sent


@pytest.fixture
def staff(rows):
    """A browser in which somebody is signed in who may do all."""
    assert rows.in_atomic_block
    client = Client()
    client.force_login(User.objects.create_superuser("ann"))
    return client


def test_a_form_makes_and_changes_a_row():
    """Both columns are written; an amount that may be empty is none where no digits stand."""
    form = Form(posted())
    assert form.is_valid(), form.errors
    made = form.save()
    made.refresh_from_db()
    assert (made.price, made.was, made.fee) == (Money("12.50 CNY"), None, Money("1.00 CNY"))
    form = Form(posted(price="3.00 USD", was="12.50 CNY", fee="-2 CNY"), instance=made)
    assert sorted(form.changed_data) == ["fee", "price", "was"]
    assert form.is_valid(), form.errors
    form.save()
    made.refresh_from_db()
    assert (made.price, made.was, made.fee) == (Money("3.00 USD"), Money("12.50 CNY"), Money("-2.00 CNY"))
    assert Form(posted(price="3.00 USD", was="12.50 CNY", fee="-2.00 CNY"), instance=made).changed_data == []


@pytest.mark.parametrize(
    ("price", "told"),
    [
        (" CNY", "This field is required."),
        (" ", "This field is required."),
        ("12.50 ", "choose the currency of the amount"),
        ("12.505 CNY", 'found "12.505"; CNY has 2 decimals: round it first, to 12.50 or 12.51'),
        ("1,250.00 CNY", "write the amount in plain digits, such as 12.34"),
        ("¥5 CNY", "write the amount in plain digits, such as 12.34"),
        ("1e3 CNY", "write the amount in plain digits, such as 12.34"),
        ("NaN CNY", "write the amount in plain digits, such as 12.34"),
        ("-1 CNY", "the amount is below 0"),
        ("1000000000000 CNY", "the amount has more than 12 digits before the point"),
        (f"{'9' * 40} CNY", "found too many digits; an amount has at most 30 digits before the point"),
        ("5 XXX", "Select a valid choice. XXX is not one of the available choices."),
    ],
)
def test_what_is_no_amount_is_said(price, told):
    """In a sentence, and what was written is shown again."""
    form = Form(posted(price=price))
    assert form.errors["price"] == [told]
    assert f'value="{price.split(" ")[0]}"' in str(form["price"]) or price.startswith(" ")


def test_errors_are_in_the_language_of_the_reader():
    """Of amounts and of documents."""
    with translation.override("zh-hans"):
        assert Form(posted(price="-1 CNY")).errors["price"] == ["金额小于 0"]
        assert Form(posted(price="12.505 CNY")).errors["price"][0].endswith("请先舍入为 12.50 或 12.51")
        form = modelform_factory(Kept, fields=["rules"])({"rules": '{"id": "a"}'})
        assert form.errors["rules"] == ["currency: 缺少必填字段"]


def test_a_currency_is_chosen_by_the_buyer_of_no_shop():
    """Of several none is chosen beforehand; of one, that."""
    assert '<option value="" selected' in str(Form()["price"])
    assert '<option value="CNY" selected' in str(Form()["fee"])
    field = MoneyFormField(currencies=("CNY",), localize=True)
    with translation.override("de"):
        assert field.clean(["12,50", "CNY"]) == Money("12.50 CNY")


def test_a_document_is_written_as_json():
    """Shown indented; what does not hold is shown as it was written, with every place that is wrong."""
    form_class = modelform_factory(Kept, fields=["rules"])
    made = form_class({"rules": RULES.to_json()}).save()
    form = form_class(instance=Kept.objects.get())
    assert "&quot;id&quot;: &quot;2026-11&quot;,\n" in str(form["rules"])
    assert form_class({"rules": json.dumps(RULES.to_dict(), indent=7)}, instance=made).changed_data == []
    wrong = form_class({"rules": '{"id": "a", "currency": "XXX"}'}, instance=made)
    assert wrong.errors["rules"] == ['currency: found "XXX"; a currency is an ISO 4217 code such as "CNY"']
    assert "XXX" in str(wrong["rules"])


def test_the_admin_lists_adds_and_changes_amounts(staff):
    """Also in the list itself, and with a table of lines below that has an empty row."""
    lines = {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-quantity": "1"}
    answer = staff.post("/admin/django_shop/product/add/", posted() | lines)
    assert answer.status_code == 302, answer.context["errors"]
    row = Product.objects.get()
    assert (row.price, Line.objects.count()) == (Money("12.50 CNY"), 0)
    page = staff.get("/admin/django_shop/product/?o=2&price_currency=CNY").content.decode()
    assert 'name="form-0-price_0" value="12.50"' in page
    change = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": row.pk, "_save": "1"}
    change |= {"form-0-price_0": "8", "form-0-price_1": "JPY"}
    assert staff.post("/admin/django_shop/product/", change).status_code == 302
    assert Product.objects.get().price == Money("8 JPY")
    answer = staff.post(f"/admin/django_shop/product/{row.pk}/change/", posted(price="8.5 JPY") | lines)
    assert "JPY has no decimals" in answer.content.decode()
    assert Product.objects.get().price == Money("8 JPY")


def test_the_admin_shows_and_mends_a_document_that_does_not_hold(staff):
    """It was valid once, or somebody wrote to the database."""
    row = Kept.objects.create(rules=RULES)
    Kept.objects.filter(pk=row.pk).update(
        rules=Kept._meta.get_field("rules").from_db_value('{"id": "old"}', None, None)
    )
    url = f"/admin/django_shop/kept/{row.pk}/change/"
    assert staff.get("/admin/django_shop/kept/").status_code == 200
    assert "&quot;old&quot;" in staff.get(url).content.decode()
    answer = staff.post(url, {"rules": '{"id": "old"}', "settlement": ""}, headers={"accept-language": "zh-hans"})
    assert "currency: 缺少必填字段" in answer.content.decode()
    assert staff.post(url, {"rules": RULES.to_json(), "settlement": ""}).status_code == 302
    assert Kept.objects.get().rules == RULES
