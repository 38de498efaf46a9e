"""A database with the tables of `django_shop`; without Django nothing here can be read, and `make django` runs it."""

from __future__ import annotations

import importlib.util

import pytest

HAVE_IT = importlib.util.find_spec("django") is not None
collect_ignore_glob = [] if HAVE_IT else ["test_*.py"]

if HAVE_IT:
    import django
    from django.conf import settings

    import django_shop

    if not settings.configured:
        settings.configure(**django_shop.SETTINGS)
        django.setup()


@pytest.fixture(scope="session")
def tables():
    """All tables, made once: those of the app by its migrations."""
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    yield made[0][0]
    teardown_databases(made, verbosity=0)


@pytest.fixture
def rows(tables):
    """The tables without a row; what a test writes is undone."""
    from django.db import transaction
    from django.utils import translation

    with transaction.atomic(), translation.override("en"):
        yield tables
        transaction.set_rollback(True)
