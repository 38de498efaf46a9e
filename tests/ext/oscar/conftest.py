"""A shop on the real django-oscar, made of the page; without it nothing here can be read (`make oscar`)."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import pytest

THERE = importlib.util.find_spec("oscar") is not None
collect_ignore = [] if THERE else ["test_oscar.py"]

#: What Oscar's own guide to one's first shop asks for, as its sandbox has it.
SETTINGS = """
from oscar.defaults import *

ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS += [
    "django.contrib.sites", "django.contrib.flatpages",
    "oscar.config.Shop", "oscar.apps.analytics.apps.AnalyticsConfig",
    "oscar.apps.checkout.apps.CheckoutConfig", "oscar.apps.address.apps.AddressConfig",
    "oscar.apps.shipping.apps.ShippingConfig", "oscar.apps.catalogue.apps.CatalogueConfig",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig", "oscar.apps.communication.apps.CommunicationConfig",
    "oscar.apps.partner.apps.PartnerConfig", "oscar.apps.basket.apps.BasketConfig",
    "oscar.apps.payment.apps.PaymentConfig", "oscar.apps.offer.apps.OfferConfig", "oscar.apps.order.apps.OrderConfig",
    "oscar.apps.customer.apps.CustomerConfig", "oscar.apps.search.apps.SearchConfig",
    "oscar.apps.voucher.apps.VoucherConfig", "oscar.apps.wishlists.apps.WishlistsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig", "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
    "oscar.apps.dashboard.users.apps.UsersDashboardConfig", "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
    "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
    "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
    "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
    "oscar.apps.dashboard.pages.apps.PagesDashboardConfig", "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
    "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
    "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
    "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
    "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig",
    "widget_tweaks", "haystack", "treebeard", "django_tables2",
]
MIDDLEWARE += [
    "django.middleware.locale.LocaleMiddleware", "oscar.apps.basket.middleware.BasketMiddleware",
]
TEMPLATES[0]["OPTIONS"]["context_processors"] += [
    "oscar.apps.search.context_processors.search_form", "oscar.apps.checkout.context_processors.checkout",
    "oscar.apps.communication.notifications.context_processors.notifications", "oscar.core.context_processors.metadata",
]
AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend", "django.contrib.auth.backends.ModelBackend",
]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"
SITE_ID = 1
if "MAILERS" in globals():  # since Django 6.1
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
else:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
OSCAR_THUMBNAILER = "mall.pictures.Pictures"
OSCAR_DEFAULT_CURRENCY = "CNY"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_INITIAL_ORDER_STATUS = OSCAR_INITIAL_LINE_STATUS = "Pending"
"""
#: The goods have no pictures, so nothing is drawn.
PICTURES = """
from types import SimpleNamespace

class Pictures:
    def generate_thumbnail(self, source, **opts):
        return SimpleNamespace(url=f"/static/{source}", width=1, height=1)
    def delete_thumbnails(self, source):
        pass
"""
URLS = """
from django.apps import apps
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
"""


TEMPLATE = re.compile(r"^```html\n<!-- ([\w/.]+) -->\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def templates():
    """The templates of a page below docs/, by their paths."""
    from page_project import ROOT

    return lambda page: dict(TEMPLATE.findall((ROOT / "docs" / page).read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def project(tmp_path_factory, templates):
    """An Oscar shop whose apps are forked by Oscar's own command, and then the page's files in it."""
    from page_project import files, ready, start, write

    folder = tmp_path_factory.mktemp("oscar")
    start(folder, SETTINGS)
    write(folder, {"mall/urls.py": URLS, "mall/pictures.py": PICTURES})
    forks = "import django; django.setup(); from django.core.management import call_command as c\n" + "".join(
        f"c('oscar_fork_app', {app!r}, 'shop')\n" for app in ("partner", "offer", "shipping", "checkout", "order")
    )
    subprocess.run([sys.executable, "-c", forks], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    write(folder, files("how-to/oscar.md") | templates("how-to/oscar.md"))
    ready("shop")
    return folder
