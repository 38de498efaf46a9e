"""The page's code is the test: its files make the shop, and what it prints is what it shows, in both languages."""

from __future__ import annotations

import importlib.util

import pytest

pytestmark = [pytest.mark.salesman, pytest.mark.usefixtures("project")]


@pytest.mark.parametrize("page", ["how-to/salesman.md", "zh/how-to/salesman.md"])
def test_the_page_runs(page, tmp_path):
    """What a buyer sees, block by block, in the shop that the page's own files make."""
    from django.contrib.auth.models import User
    from salesman.basket.models import Basket
    from salesman.orders.models import Order
    from shop.models import Product

    from page_project import ROOT, conversation, files

    spec = importlib.util.spec_from_file_location("doctests", ROOT / "tests" / "test_doctests.py")
    doctests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(doctests)
    assert files(page) == files("how-to/salesman.md")
    Order.objects.all().delete()
    Basket.objects.all().delete()
    Product.objects.all().delete()
    User.objects.all().delete()
    assert doctests.run_page(conversation(page, tmp_path)) >= 3
