"""Every document that there is, by name, and its JSON Schema: of settlements, of what follows, and of orders.

`audit.schemas` makes the schemas and has the documents up to its own room; orders lie above it.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from settlement.audit import schemas
from settlement.documents.written import all_readable
from settlement.orders.events import EventLog
from settlement.orders.order import Order
from settlement.orders.state import OrderState

__all__ = ["DOCUMENTS", "schema", "schema_text"]

_OF_ORDERS: Final[dict[str, type[BaseModel]]] = {"order": Order, "order-events": EventLog, "order-state": OrderState}
#: Name -> the model that reads the document.
DOCUMENTS: Final[dict[str, type[BaseModel]]] = dict(sorted({**schemas.DOCUMENTS, **_OF_ORDERS}.items()))


def schema(document: str | type[BaseModel], *, told: bool = True) -> dict[str, Any]:
    """As `audit.schemas.schema`, of every document. Raises `KeyError` for an unknown name.

    >>> schema("order")["$id"], schema("order")["required"]
    ('order.schema.json', ['id', 'placed', 'record', 'consumed'])
    """
    if isinstance(document, str):
        return schemas.schema(DOCUMENTS[document], told=told, name=document)
    return schemas.schema(document, told=told)


def schema_text(document: str) -> str:
    """The same as text, as it is published in docs/schemas."""
    return schemas.schema_text(DOCUMENTS[document], document)


all_readable(globals())
