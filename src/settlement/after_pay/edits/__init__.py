"""Order edits and exchanges after the payment: what was bought keeps its prices, what is added is settled anew."""

from __future__ import annotations

from settlement.after_pay.edits.edit import EditedLine, OrderEdit, OrderPart, edit_order
from settlement.documents.written import all_readable as _readable

__all__ = ["EditedLine", "OrderEdit", "OrderPart", "edit_order"]

_readable(globals())
