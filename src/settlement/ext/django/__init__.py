"""Django: amounts and documents as model fields, forms and admin, and rulebooks in versions (`settlement[django]`).

The fields need no entry in INSTALLED_APPS. `"settlement.ext.django"` there adds the rulebooks' model with its admin,
and has serializers of Django REST framework know the fields.
"""

from __future__ import annotations

from settlement.documents.extras import needs as _needs

with _needs("django"):
    from settlement.ext.django.document_field import DocumentField
    from settlement.ext.django.money_field import MoneyField
    from settlement.ext.django.money_query import MoneyQuerySet, sums
    from settlement.ext.django.words import locale

__all__ = ["DocumentField", "MoneyField", "MoneyQuerySet", "locale", "sums"]
