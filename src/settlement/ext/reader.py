"""Whom a Django request speaks to: the locale of ours for the language that Django found."""

from __future__ import annotations

from typing import Any

from settlement.documents.written import all_readable
from settlement.ext.fastapi.problems import reader

__all__ = ["reader_of"]


def reader_of(request: Any) -> str:
    """The locale of a request's `LANGUAGE_CODE`, which `LocaleMiddleware` sets; English without one.

    >>> from types import SimpleNamespace
    >>> reader_of(SimpleNamespace(LANGUAGE_CODE="zh-hans")), reader_of(SimpleNamespace(LANGUAGE_CODE="fr"))
    ('zh_CN', 'en')
    """
    return reader(getattr(request, "LANGUAGE_CODE", None))


all_readable(globals())
