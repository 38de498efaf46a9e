"""A shop on django-salesman: from an empty basket to the order, over HTTP, through salesman's own URLs and views."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

pytestmark = pytest.mark.salesman


class Buyer:
    """A browser at the shop's API."""

    def __init__(self):
        from django.test import Client

        self.client = Client()

    def call(self, method, path, body=None, **headers):
        """Status and body of the answer."""
        answer = getattr(self.client, method)(
            f"/api/{path}", json.dumps(body), content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json() if answer.content else None

    def adds(self, product, quantity=1):
        """Put so many of a product into the basket."""
        body = {"product_type": "shop.Product", "product_id": product.pk, "quantity": quantity}
        return self.call("post", "basket/", body)

    def chooses(self, **extra):
        """Say where to, and which coupons."""
        return self.call("put", "basket/extra/", {"extra": extra})

    def basket(self, **headers):
        """The basket as it is shown."""
        return self.call("get", "basket/", **headers)[1]

    def orders(self, **headers):
        """Submit."""
        body = {
            "email": "b1@example.com",
            "shipping_address": "南山区科技路1号",
            "billing_address": "-",
            "payment_method": "pay-on-delivery",
        }
        return self.call("post", "checkout/", body, **headers)


@pytest.fixture
def goods(project):
    """Tea of one shop, silk of another."""
    from shop.models import Product

    Product.objects.all().delete() if False else None
    made = {}
    for code, shop, price, stock in (("tea", "tea-house", "33.33", 50), ("cup", "tea-house", "59.90", 3), ("silk", "silk-lane", "129.00", 9)):
        made[code], _ = Product.objects.update_or_create(
            code=code, defaults={"name": code.title(), "shop": shop, "price": price, "stock": stock}
        )
    return made


def test_first(goods):
    """Try."""
    buyer = Buyer()
    for code, n in (("tea", 3), ("silk", 1)):
        print(buyer.adds(goods[code], n))
    print(buyer.chooses(region="440305", coupons=["welcome"]))
    print(json.dumps(buyer.basket(), indent=1))
    s, b = buyer.orders()
    print(s, b)
    print(json.dumps(buyer.client.get(b["url"]).json(), indent=1)[:6000])
    assert s == 201
