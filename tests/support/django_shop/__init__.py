"""A Django project for tests: two models with amounts and documents, their admin, a REST view."""

from __future__ import annotations

import os

#: Where its tables are: SQLite in memory, or what `SETTLEMENT_DJANGO` names (host, port, user and name of a PostgreSQL).
DATABASE = (
    {
        "ENGINE": "django.db.backends.postgresql",
        **dict(each.split("=") for each in os.environ["SETTLEMENT_DJANGO"].split()),
    }
    if "SETTLEMENT_DJANGO" in os.environ
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
)

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
