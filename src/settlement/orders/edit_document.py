"""An order edit as JSON: the model that schemas and pages show of `OrderEdit`."""

from __future__ import annotations

from typing import Annotated

from settlement.after_pay.refunds.from_json import RefundDocument
from settlement.documents.document import Document
from settlement.documents.scalars import LISTED, Count, Flag, Id
from settlement.documents.signed import OneCurrency, Signed, Written
from settlement.receipts.from_json import SettlementDocument

__all__ = ["EditedLineDocument", "OrderEditDocument", "OrderPartDocument"]


class EditedLineDocument(Document):
    """What one line brings."""

    line: Id
    shop: Id
    collect: Signed
    give_back: Signed


class OrderPartDocument(Document):
    """A settlement of the order, and its refunds in their order."""

    settlement: SettlementDocument
    refunds: Annotated[tuple[RefundDocument, ...], LISTED]


class OrderEditDocument(OneCurrency):
    """An order edit as JSON."""

    difference: Signed
    collect: Signed
    give_back: Signed
    lines: Annotated[tuple[EditedLineDocument, ...], LISTED]
    shops: dict[Written, Signed]
    added: Flag
    refunds: Annotated[tuple[Count, ...], LISTED]
    parts: Annotated[tuple[OrderPartDocument, ...], LISTED]
