"""The page's code is the test: its files make the shop, and what it prints is what it shows, in both languages."""

from __future__ import annotations

import importlib.util

import pytest

pytestmark = [
    pytest.mark.oscar,
    pytest.mark.usefixtures("project"),
    pytest.mark.filterwarnings("ignore::treebeard.deprecation.RemovedInTreebeard8Warning"),  # Oscar's own
    # What Oscar and its libraries have to change before a Django to come.
    pytest.mark.filterwarnings(r"ignore::DeprecationWarning:(oscar|haystack|treebeard)\b"),
    pytest.mark.filterwarnings(r"ignore::PendingDeprecationWarning:(oscar|haystack|treebeard)\b"),
]


@pytest.mark.parametrize("page", ["how-to/oscar.md", "zh/how-to/oscar.md"])
def test_the_page_runs(page, tmp_path, templates):
    """What a buyer sees, block by block, in the shop that the page's own files make."""
    from oscar.core.loading import get_model

    from page_project import ROOT, conversation, files

    spec = importlib.util.spec_from_file_location("doctests", ROOT / "tests" / "test_doctests.py")
    doctests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(doctests)
    assert files(page) == files("how-to/oscar.md")
    assert templates(page) == templates("how-to/oscar.md") != {}
    for app, name in (("order", "Order"), ("basket", "Basket"), ("catalogue", "Product"), ("catalogue", "ProductClass"),
                      ("partner", "Partner"), ("voucher", "Voucher"), ("address", "Country")):  # fmt: skip
        get_model(app, name).objects.all().delete()
    assert doctests.run_page(conversation(page, tmp_path)) >= 3
