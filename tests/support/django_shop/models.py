"""Amounts as models have them: any currency, one currency, either sign, none at all, inherited, in a relation."""

from __future__ import annotations

from django.db import models

from settlement import Rulebook
from settlement.audit.record import Record
from settlement.ext.django import DocumentField, MoneyField, MoneyQuerySet
from settlement.receipts.settlement import Settlement


class Priced(models.Model):
    """An abstract model with an amount."""

    price = MoneyField()

    class Meta:
        abstract = True


class Product(Priced):
    """What is sold."""

    name = models.CharField(max_length=40)
    was = MoneyField("earlier price", null=True, blank=True)
    fee = MoneyField(currencies="CNY", default="1.00 CNY", negative=True)

    objects = MoneyQuerySet.as_manager()
    plain = models.Manager()


class Bundle(Product):
    """A product with a table of its own below the product's."""

    size = models.PositiveIntegerField(default=2)


class Line(models.Model):
    """A product in a cart."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="lines")
    quantity = models.PositiveIntegerField(default=1)


class Kept(models.Model):
    """Documents."""

    rules = DocumentField(Rulebook)
    settlement = DocumentField(Settlement, null=True, blank=True)
    record = DocumentField(Record, null=True, blank=True, editable=False)
