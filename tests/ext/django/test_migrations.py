"""What migrations, fixtures and checks know of the fields: plain columns, and nothing of the library."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.core import checks
from django.core.management import call_command
from django.core.serializers import deserialize, serialize
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter

from django_shop.models import Kept, Line, Product
from settlement import Money, Rulebook
from settlement.ext.django import MoneyField

pytestmark = [pytest.mark.django, pytest.mark.usefixtures("rows")]


def changes(before, after):
    """What a migration from one state to another does."""
    found = MigrationAutodetector(before, after, NonInteractiveMigrationQuestioner(specified_apps={"django_shop"}))
    return [each for part in found.changes(graph=Graph()).get("django_shop", ()) for each in part.operations]


class Graph:
    """No migrations yet."""

    def leaf_nodes(self, *_):
        """None."""
        return []

    root_nodes = leaf_nodes


def state(*models_):
    """Models as migrations see them."""
    made = ProjectState()
    for each in models_:
        made.add_model(ModelState.from_model(each))
    return made


def test_the_apps_migrations_are_those_of_its_models():
    """Nothing is left to be made."""
    call_command("makemigrations", "settlement", check=True, dry_run=True, verbosity=0)


def test_a_migration_stands_without_the_library():
    """It is written in Django's own fields, and runs where the library is not."""
    operations = changes(ProjectState(), state(Product, Line, Kept))
    written = [MigrationWriter.serialize(each)[0] for each in operations]
    assert written
    assert not [each for each in written if "settlement." in each]
    names = {name for each in operations if hasattr(each, "fields") for name, _ in each.fields}
    assert {"price_minor", "price_currency", "was_minor", "rules"} <= names
    assert "price" not in names
    loaded = state(Product, Line, Kept)
    assert changes(loaded.clone(), loaded) == []


def test_a_migration_makes_the_table_that_the_model_has():
    """The columns stand where the field stands; a field that is added is found; a model of a migration has columns."""
    columns = [each.name for each in Product._meta.local_fields]
    assert columns == [
        "id", "price_minor", "price_currency", "name", "was_minor", "was_currency", "fee_minor", "fee_currency",
    ]  # fmt: skip
    before, after = ProjectState(), state(Product)
    kept = ModelState.from_model(Product)
    kept.fields = {name: each for name, each in kept.fields.items() if not name.startswith("was")}
    kept.options["constraints"] = [each for each in kept.options["constraints"] if "was" not in each.name]
    before.add_model(kept)
    assert [type(each).__name__ for each in changes(before, after)] == ["AddField", "AddField", "AddConstraint"]
    old = after.apps.get_model("django_shop", "Product")
    row = old(name="tea", price_minor=1250, price_currency="CNY")
    assert (row.fee_minor, row.fee_currency, hasattr(row, "price")) == (100, "CNY", False)


def test_fixtures_hold_the_columns():
    """Written and read again, they give the same rows; a document in a fixture is checked as any."""
    Product.objects.create(name="tea", price="12.50 CNY", was="800 JPY")
    Kept.objects.create(rules=Rulebook(id="2026-11", currency="CNY"))
    text = serialize("json", [*Product.objects.all(), *Kept.objects.all()])
    fields = json.loads(text)[0]["fields"]
    assert (fields["price_minor"], fields["price_currency"], fields["was_minor"]) == (1250, "CNY", 800)
    Product.objects.all().delete()
    Kept.objects.all().delete()
    for each in deserialize("json", text):
        each.save()
    row = Product.objects.get()
    assert (row.price, row.was, row.fee) == (Money("12.50 CNY"), Money("800 JPY"), Money("1.00 CNY"))
    assert Kept.objects.get().rules == Rulebook(id="2026-11", currency="CNY")


def made(**options):
    """The ids of what is wrong with a field."""
    field = MoneyField(**options)
    field.set_attributes_from_name("price")
    field.model = Product
    return [each.id for each in field.check()]


def test_the_checks_find_misuse():
    """A currency that is none, a default that may not stand there; a field of a model is asked with its columns."""
    assert made(currencies=("CNY", "HKD"), default="1.00 HKD") == []
    assert made(currencies=("CNY", "RMB")) == ["settlement.E001"]
    assert made(currencies="CNY", default="1.00 USD") == ["settlement.E002"]
    assert made(default="-1.00 CNY") == ["settlement.E002"]
    with pytest.raises(TypeError, match="an amount is a Money"):
        MoneyField(default=1.5)
    assert checks.run_checks([apps.get_app_config("django_shop"), apps.get_app_config("settlement")]) == []
    field, before = Product._meta.get_field("price"), Product._meta.get_field("price").currencies
    field.currencies = ("RMB",)
    try:
        assert [each.id for each in Product.check()] == ["settlement.E001"]
    finally:
        field.currencies = before


def test_the_columns_are_what_they_are_said_to_be():
    """BIGINT and three letters."""
    kinds = [Product._meta.get_field(name).db_type(connection) for name in ("price_minor", "price_currency")]
    assert [each.partition("(")[0] for each in kinds] == ["bigint", "varchar"]
    assert isinstance(Product._meta.get_field("price_minor"), models.BigIntegerField)
