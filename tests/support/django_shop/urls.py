"""The admin, and products and documents over REST."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from rest_framework import routers, serializers, viewsets

from django_shop.models import Kept, Product


class ProductSerializer(serializers.ModelSerializer):
    """A product, none of whose fields is declared."""

    class Meta:
        model = Product
        fields = ("id", "name", "price", "was", "fee")


class KeptSerializer(serializers.ModelSerializer):
    """Documents."""

    class Meta:
        model = Kept
        fields = "__all__"


class Products(viewsets.ModelViewSet):
    """All calls of a product."""

    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer


class KeptOnes(viewsets.ModelViewSet):
    """All calls of documents."""

    queryset = Kept.objects.order_by("pk")
    serializer_class = KeptSerializer


router = routers.DefaultRouter()
router.register("products", Products)
router.register("kept", KeptOnes)
urlpatterns = [path("admin/", admin.site.urls), path("api/", include(router.urls))]
