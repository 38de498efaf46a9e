"""The admin of products and documents, as a shop writes it."""

from __future__ import annotations

from django.contrib import admin

from django_shop.models import Kept, Line, Product


class LineInline(admin.TabularInline):
    """Lines beside their product."""

    model = Line


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """Products."""

    list_display = ("name", "price", "was")
    list_editable = ("price",)
    list_filter = ("price_currency",)
    inlines = (LineInline,)


admin.site.register(Kept)
