"""`MoneyField`: what is written is what is read, and what compares rows compares amounts of one currency."""

from __future__ import annotations

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField, CharField, Count, F, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject

from django_shop.models import Bundle, Line, Product
from settlement import CurrencyMismatch, InvalidDocument, Money
from settlement.ext.django import sums

pytestmark = [pytest.mark.django, pytest.mark.usefixtures("rows")]


def cny(text):
    """An amount in yuan."""
    return Money(f"{text} CNY")


@pytest.fixture
def shelf(rows):
    """Amounts of three currencies; the minor units of two of them are the same number."""
    assert rows.in_atomic_block
    made = {"tea": "88.00 CNY", "pot": "12.50 CNY", "fan": "1250 JPY", "cup": "3.00 USD"}
    return {name: Product.objects.create(name=name, price=price) for name, price in made.items()}


def names(query):
    """Which products, by name."""
    return sorted(query.values_list("name", flat=True))


@pytest.mark.usefixtures("shelf")
def test_what_is_written_is_read():
    """A `Money` or its wire form; the two columns are minor units and three letters."""
    again = Product.objects.get(name="pot")
    assert (again.price, again.was, again.fee) == (cny("12.50"), None, cny("1.00"))
    assert (again.price_minor, again.price_currency) == (1250, "CNY")
    again.price, again.was = Money("9.99 USD"), cny("12.50")
    again.save()
    again.refresh_from_db()
    assert (again.price, again.was) == (Money("9.99 USD"), cny("12.50"))


@pytest.mark.parametrize("wrong", [12.5, 12, True, b"12.50 CNY"])
def test_a_number_is_no_amount(wrong):
    """It has no currency, and a float has lost its cents."""
    with pytest.raises(TypeError, match="an amount is a Money"):
        Product(price=wrong)
    with pytest.raises(TypeError, match="an amount is a Money"):
        Product.objects.filter(price=wrong)


def test_a_text_that_is_no_amount_is_refused():
    """When it is assigned, and when it is looked up."""
    for wrong in ("12.5 CNY", "12.50", "12.50 XXX", ""):
        with pytest.raises(InvalidDocument):
            Product(price=wrong)
        with pytest.raises(InvalidDocument):
            Product.objects.filter(price=wrong)


@pytest.mark.usefixtures("shelf")
def test_lookups_compare_both_columns():
    """1250 JPY is not 12.50 CNY, in whichever way it is asked."""
    rows = Product.objects
    assert names(rows.filter(price=cny("12.50"))) == ["pot"]
    assert names(rows.filter(price="1250 JPY")) == ["fan"]
    assert names(rows.filter(price__gte=cny("12.50"))) == ["pot", "tea"]
    assert names(rows.filter(price__gt=cny("12.50"))) == ["tea"]
    assert names(rows.filter(price__lt=cny("88.00"))) == ["pot"]
    assert names(rows.filter(price__lte=cny("88.00"))) == ["pot", "tea"]
    assert names(rows.filter(price__range=(cny("0.00"), cny("20.00")))) == ["pot"]
    assert names(rows.filter(price__in=[cny("12.50"), "3.00 USD", None])) == ["cup", "pot"]
    assert names(rows.filter(price__in=[])) == []
    assert names(rows.exclude(price=cny("12.50"))) == ["cup", "fan", "tea"]
    assert names(rows.filter(~Q(price__gte=cny("12.50")))) == ["cup", "fan"]
    assert names(rows.filter(price__currency="CNY")) == ["pot", "tea"]
    assert names(rows.filter(price__currency__in=["JPY", "USD"], price__minor__lt=1000)) == ["cup"]
    assert names(rows.filter(was__isnull=True, price__isnull=False)) == ["cup", "fan", "pot", "tea"]
    assert names(rows.filter(was=None)) == ["cup", "fan", "pot", "tea"]
    assert names(rows.exclude(was=cny("1.00"))) == ["cup", "fan", "pot", "tea"]


def test_two_currencies_are_not_compared(shelf):
    """A range of two is refused, a currency that a field never has too, and amounts in Python as ever."""
    with pytest.raises(CurrencyMismatch):
        Product.objects.filter(price__range=(cny("1.00"), Money("2.00 USD")))
    with pytest.raises(FieldError, match="fee is in CNY"):
        Product.objects.filter(fee__gt="1.00 USD")
    with pytest.raises(CurrencyMismatch):
        assert shelf["tea"].price > shelf["cup"].price


@pytest.mark.parametrize("lookup", ["contains", "startswith", "regex", "iexact", "day"])
def test_an_amount_is_no_text(lookup):
    """What is asked of texts is not asked of amounts."""
    with pytest.raises(FieldError, match=lookup):
        Product.objects.filter(**{f"price__{lookup}": "1.00 CNY"})


def test_a_column_is_compared_with_a_column(shelf):
    """By both columns too, also through a relation, and turned round."""
    Product.objects.filter(name="tea").update(was=cny("99.00"))
    Product.objects.filter(name="fan").update(was=cny("99.00"))
    assert names(Product.objects.filter(was__gt=F("price"))) == ["tea"]
    assert names(Product.objects.filter(price__lt=F("was"))) == ["tea"]
    Line.objects.create(product=shelf["tea"], quantity=2)
    assert Line.objects.filter(product__was__gt=F("product__price")).count() == 1
    assert Line.objects.filter(product__price__gte=cny("88.00"), product__price__currency="CNY").count() == 1
    assert Line.objects.exclude(product__price=cny("88.00")).count() == 0


def test_a_select_gives_amounts(shelf):
    """`values`, `values_list`, annotations, subqueries, unions, and grouping by them."""
    tea = Product.objects.filter(name="tea")
    assert list(tea.values("price", "was")) == [{"price": cny("88.00"), "was": None}]
    assert list(tea.values_list("price", flat=True)) == [cny("88.00")]
    assert tea.annotate(asked=F("price")).get().asked == cny("88.00")
    assert list(tea.annotate(asked=F("price")).values_list("asked", "price__currency")) == [(cny("88.00"), "CNY")]
    assert names(Product.objects.annotate(asked=F("price")).filter(asked__gte=cny("80.00"))) == ["tea"]
    Line.objects.create(product=shelf["tea"])
    bought = Product.objects.filter(pk=OuterRef("product")).values("price")[:1]
    assert Line.objects.annotate(price=Subquery(bought)).get().price == cny("88.00")
    assert list(Line.objects.values_list("product__price")) == [(cny("88.00"),)]
    assert set(tea.values_list("price").union(Product.objects.filter(name="cup").values_list("price"))) == {
        (cny("88.00"),), (Money("3.00 USD"),),
    }  # fmt: skip
    Product.objects.create(name="pot 2", price=cny("12.50"))
    counted = Product.objects.values("price").annotate(n=Count("pk")).order_by("-n", "price_currency")
    assert counted[0] == {"price": cny("12.50"), "n": 2}
    assert Product.objects.values("price").distinct().count() == 4


@pytest.mark.usefixtures("shelf")
def test_amounts_are_found_in_subqueries():
    """`in` and `=` with a query of amounts: both columns again."""
    sold = Product.objects.filter(name__in=["pot", "cup"])
    assert names(Product.objects.filter(price__in=sold.values("price"))) == ["cup", "pot"]
    assert names(Product.objects.filter(price=sold.filter(name="pot").values("price")[:1])) == ["pot"]
    with pytest.raises(FieldError, match="gives no amounts"):
        list(Product.objects.filter(price__in=sold.values("price_minor")))


@pytest.mark.usefixtures("shelf")
def test_rows_are_ordered():
    """By minor units, within one currency; of several, after the currency."""
    yuan = Product.objects.filter(price__currency="CNY")
    assert list(yuan.order_by("price").values_list("name", flat=True)) == ["pot", "tea"]
    assert list(yuan.order_by("-price").values_list("name", flat=True)) == ["tea", "pot"]
    assert yuan.order_by("price").last().name == "tea"
    ordered = Product.objects.order_by("price__currency", "-price").values_list("name", flat=True)
    assert list(ordered) == ["tea", "pot", "fan", "cup"]


@pytest.mark.usefixtures("shelf")
def test_what_has_lost_its_currency_is_refused():
    """A sum, a greatest or a product of minor units is no amount; which is said, not guessed."""
    for lost in (Sum("price"), Max("price"), Coalesce("price", "was")):
        with pytest.raises(FieldError, match="without their currency"):
            list(Product.objects.annotate(lost=lost).values_list("lost"))
    with pytest.raises(FieldError):
        list(Product.objects.annotate(twice=F("price") * 2))
    with pytest.raises(FieldError, match="compared with an amount"):
        list(Product.objects.filter(price__gt=Value(1250)))
    assert Product.objects.filter(name="pot").annotate(twice=F("price__minor") * 2).get().twice == 2500


@pytest.mark.usefixtures("shelf")
def test_an_expression_that_has_a_type_of_its_own_sees_minor_units():
    """1250 JPY is as much as 12.50 CNY to it, as the page says; with the currency's column beside they differ."""
    same = Product.objects.filter(name__in=["pot", "fan"])
    assert same.aggregate(n=Count("price", distinct=True)) == {"n": 1}
    assert same.values("price").distinct().count() == 2
    for blind in (
        Cast("price", BigIntegerField()),
        Concat("price", Value(" each"), output_field=CharField()),
        JSONObject(price="price"),
        Sum("price", output_field=BigIntegerField()),
    ):
        rows = same.annotate(blind=blind)
        assert rows.values("blind").distinct().count() == 1
        assert rows.values("blind", "price_currency").distinct().count() == 2


def test_sums_are_by_currency(shelf):
    """Each row once, however it was joined; rows without an amount add nothing."""
    assert sums(Product.objects.all(), "price") == {
        "CNY": cny("100.50"), "JPY": Money("1250 JPY"), "USD": Money("3.00 USD"),
    }  # fmt: skip
    assert Product.objects.filter(name="none").sums("price") == {}
    assert Product.objects.sums("was") == {}
    for _ in range(3):
        Line.objects.create(product=shelf["tea"])
    assert Product.objects.filter(lines__quantity=1).sums("price") == {"CNY": cny("88.00")}
    assert sums(Line.objects.all(), "product__price") == {"CNY": cny("264.00")}
    assert Product.objects.order_by("-price")[:1].sums("price") == {"CNY": cny("88.00")}
    for wrong in ("name", "name__price", "price__minor", "nothing__price"):
        with pytest.raises(FieldError):
            sums(Product.objects.all(), wrong)


@pytest.mark.usefixtures("shelf")
def test_rows_of_another_model_are_summed_there():
    """A filter chose rows of this model: of a to-many relation those would be summed too that it left out."""
    chosen = Product.objects.filter(lines__quantity=1)
    for many in ("lines__product__price", "lines__quantity"):
        with pytest.raises(FieldError, match="lines is many rows for one; sum Line itself"):
            chosen.sums(many)
    Line.objects.create(product=Product.objects.get(name="pot"))
    assert sums(Line.objects.filter(quantity=1), "product__price") == {"CNY": cny("12.50")}


@pytest.mark.usefixtures("shelf")
def test_updates_write_both_columns():
    """Of one amount, of many, from another column; by a manager that knows no amounts they are refused."""
    pot = Product.objects.filter(name="pot")
    assert pot.update(price=Money("7.00 USD"), was=cny("12.50")) == 1
    assert pot.values_list("price", "was").get() == (Money("7.00 USD"), cny("12.50"))
    pot.update(price=F("was"), was=None)
    assert pot.values_list("price", "was").get() == (cny("12.50"), None)
    row = pot.get()
    row.price = Money("800 JPY")
    Product.objects.bulk_update([row], ["price"])
    assert pot.get().price == Money("800 JPY")
    with pytest.raises(FieldError), transaction.atomic():
        Product.plain.filter(name="pot").update(price=cny("1.00"))
    with pytest.raises(ValidationError):
        pot.update(fee=Money("1.00 USD"))
    with pytest.raises(ValidationError):
        pot.update(price=-cny("1.00"))
    pot.update(price_minor=F("price_minor") + 1)
    assert pot.get().price == Money("801 JPY")
    with pytest.raises(ValueError, match="concrete"):
        row.save(update_fields=["price"])


def test_rows_are_made_in_bulk_and_by_asking_first():
    """`bulk_create`, `get_or_create`, `update_or_create`."""
    Product.objects.bulk_create([Product(name=str(n), price=cny(f"{n}.00")) for n in range(3)])
    assert Product.objects.sums("price") == {"CNY": cny("3.00")}
    found, new = Product.objects.get_or_create(price=cny("2.00"), defaults={"name": "other"})
    assert (found.name, new) == ("2", False)
    made, new = Product.objects.update_or_create(name="2", defaults={"price": Money("5 JPY")})
    made.refresh_from_db()
    assert (made.price, new) == (Money("5 JPY"), False)


@pytest.mark.usefixtures("shelf")
def test_columns_that_were_not_read_are_read_when_asked():
    """`only` and `defer` by the amount's name, `refresh_from_db` by those of its columns."""
    for query in (Product.objects.only("price"), Product.objects.defer("was", "fee")):
        row = query.get(name="tea")
        assert row.get_deferred_fields() >= {"was_minor", "was_currency"}
        assert row.price == cny("88.00")
    row = Product.objects.defer("price").get(name="tea")
    assert {"price_minor", "price_currency"} <= row.get_deferred_fields()
    Product.objects.filter(name="tea").update(price=Money("1.00 USD"))
    assert row.price == Money("1.00 USD")
    Product.objects.filter(name="tea").update(price=cny("2.00"))
    row.refresh_from_db(fields=Product.price.columns)
    assert row.price == cny("2.00")
    assert Product.objects.raw("SELECT * FROM django_shop_product WHERE name = 'tea'")[0].price == cny("2.00")


@pytest.mark.usefixtures("shelf")
def test_an_amount_is_inherited():
    """From an abstract model with columns of its own, from a table with the parent's."""
    made = Bundle.objects.create(name="set", price=cny("30.00"))
    assert Bundle.objects.get(price=cny("30.00")).pk == made.pk
    assert list(Bundle.objects.values_list("price", "size")) == [(cny("30.00"), 2)]
    assert Bundle.objects.filter(price__gte=cny("40.00")).count() == 0
    Bundle.objects.filter(pk=made.pk).update(price=cny("31.00"), size=3)
    assert Product.objects.get(name="set").price == cny("31.00")
    assert [each.name for each in Bundle._meta.local_fields] == ["product_ptr", "size"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_minor": -1},
        {"price_minor": 10**16},
        {"price_currency": "cny"},
        {"price_currency": "CN"},
        {"was_minor": 5},
        {"was_currency": "CNY"},
        {"fee_currency": "USD"},
    ],
)
@pytest.mark.usefixtures("shelf")
def test_the_database_holds_both_columns_together(wrong):
    """Bounds, the currency's shape, which it may be, and both or neither: written behind the field's back, refused."""
    if wrong == {"price_currency": "cny"} and connection.vendor == "mysql":
        return  # to which both cases are one
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.plain.filter(name="tea").update(**wrong)


def test_full_clean_says_what_is_wrong():
    """In the words of a form."""
    with pytest.raises(ValidationError) as caught:
        Product(name="x", price=-cny("1.00"), fee="1.00 USD").full_clean()
    assert caught.value.message_dict == {
        "price": ["the amount is below 0"],
        "fee": ["the currency is USD; here it is CNY"],
    }
    with pytest.raises(ValidationError) as caught:
        Product(name="x").full_clean()
    assert caught.value.message_dict == {"price": ["This field cannot be null."]}
    Product(name="x", price=cny("0.00"), fee=-cny("5.00")).full_clean()


@pytest.mark.usefixtures("shelf")
def test_an_index_is_used():
    """A lookup names both columns plainly, so that an index of them serves."""
    query = str(Product.objects.filter(price__gte=cny("1.00")).values("pk").query)
    quoted = connection.ops.quote_name
    assert f"{quoted('django_shop_product')}.{quoted('price_minor')} >= 100" in query
