"""A shop on the real django-salesman, made of the page; without it nothing here can be read (`make salesman`)."""

from __future__ import annotations

import importlib.util

import pytest

THERE = importlib.util.find_spec("salesman") is not None
collect_ignore = [] if THERE else ["test_salesman.py"]

#: What a test wants of any project.
SETTINGS = """
ALLOWED_HOSTS = ["testserver"]
MIDDLEWARE.insert(3, "django.middleware.locale.LocaleMiddleware")
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """The page's project, set up, with its tables and four products."""
    from page_project import files, ready, start, write

    folder = tmp_path_factory.mktemp("salesman")
    start(folder, SETTINGS)
    write(folder, files("how-to/salesman.md"))
    ready("shop")
    return folder
