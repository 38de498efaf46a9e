"""What `/openapi.json` says: the router's page, and what the server adds to it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from settlement.documents.extras import needs
from settlement.documents.written import all_readable
from settlement.ext.fastapi.problems import MEDIA_TYPE
from settlement.ext.fastapi.routing import router

__all__ = ["described"]


def described(*, token: bool) -> bytes:
    """The page as JSON. Raises `MissingExtra` without FastAPI."""
    with needs("serve"):
        from fastapi import FastAPI

    import settlement

    app = FastAPI(title="settlement", version=settlement.__version__)
    app.include_router(router({}))
    page: dict[str, Any] = app.openapi()
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/settlement_Problems"}}}
    refused = {
        400: "`server.http`, or a body that is no JSON",
        408: "`server.slow`",
        431: "`server.head`",
        500: "`server.failed`",
        503: "`server.busy`: it was not begun; ask again after `Retry-After` seconds. `server.long`, `server.ending`",
        401 if token else 421: "`server.token`" if token else "`server.host`",
    }
    if token:
        page["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        page["security"] = [{"token": []}]
    digest = {"description": "The digest of the rulebook that it was answered by.", "schema": {"type": "string"}}
    for path, each in page["paths"].items():
        responses = each["post"]["responses"]
        if path != "/refund":
            responses["200"]["headers"] = {"Settlement-Rulebook": digest}
        for status, why in refused.items():
            told = f"{HTTPStatus(status).phrase}: {why}"
            responses[str(status)] = {"description": told, "content": problem}  # a 400 too is one of these
        retry = {"description": "Seconds.", "schema": {"type": "integer"}}
        responses["503"]["headers"] = {"Retry-After": retry}
    return json.dumps(page, ensure_ascii=False).encode()


all_readable(globals())
