"""A Django project for tests: two models with amounts and documents, their admin, a REST view."""

from __future__ import annotations

import os
from urllib.parse import urlsplit


def database(url: str) -> dict[str, object]:
    """Where the tables are: SQLite in memory, or a database by its URL, as `scripts/stores.sh` names them."""
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    parts = urlsplit(url)
    kind = parts.scheme.partition("+")[0]
    if kind == "mysql":  # the driver that the store's tests have, in the place of the one that Django asks for
        import pymysql

        pymysql.install_as_MySQLdb()
    found = {"HOST": parts.hostname, "PORT": parts.port, "USER": parts.username, "PASSWORD": parts.password or ""}
    return {"ENGINE": f"django.db.backends.{kind}", "NAME": parts.path[1:], **found}


DATABASE = database(os.environ.get("SETTLEMENT_DJANGO", ""))

SETTINGS = {
    "SECRET_KEY": "for tests",
    "ALLOWED_HOSTS": ["testserver"],
    "DATABASES": {"default": DATABASE},
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "USE_TZ": True,
    "TIME_ZONE": "UTC",
    "ROOT_URLCONF": "django_shop.urls",
    "INSTALLED_APPS": [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "rest_framework",
        "settlement.ext.django",
        "django_shop",
    ],
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
}
