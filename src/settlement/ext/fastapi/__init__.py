"""A router for FastAPI: settling over HTTP, for a shop's own backend (`settlement[fastapi]`).

FastAPI is loaded when `router()` is called; reading a body, answering it and telling what is wrong know nothing of it.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.ext.fastapi.problems import STATUSES, problem_document, reader, status_of
from settlement.ext.fastapi.routing import router

__all__ = ["STATUSES", "problem_document", "reader", "router", "status_of"]

_readable(globals())
