"""The page's code is the test: its files make the shop, and what it prints is what it shows, in both languages."""

from __future__ import annotations

import importlib.util

import pytest

pytestmark = pytest.mark.salesman


@pytest.mark.parametrize("page", ["docs/how-to/salesman.md"])
def test_the_page_runs(page, project):
    """Block by block, from top to bottom; of its files, those of the English page are the project's."""
    from page_project import ROOT
    from shop.models import Product

    spec = importlib.util.spec_from_file_location("doctests", ROOT / "tests" / "test_doctests.py")
    doctests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(doctests)
    Product.objects.all().delete()
    assert doctests.run_page(ROOT / page) >= 3
