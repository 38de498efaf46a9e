"""What a file holds: a settlement, a request that is settled now, a record, a refund, an edit, a payout, a movement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.commands import contradiction, problems, read, refused

if TYPE_CHECKING:
    from collections.abc import Collection

    from settlement.after_pay.edits.document import OrderEdit
    from settlement.after_pay.payouts.accounts import Payout
    from settlement.after_pay.payouts.movement import Movement
    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.cart.checkout import Checkout
    from settlement.receipts.settlement import Settlement
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["of_order", "read_any", "read_edited", "read_order", "read_settled"]


def read_any(source: str, locale: str) -> Settlement | RefundQuote | OrderEdit | Payout | Movement:
    """The settlement, refund, edit, payout or movement of a file, told apart by their fields. Raises `Refused`."""
    return _any(read(source, locale), source, locale)


def _any(text: bytes, source: str, locale: str) -> Settlement | RefundQuote | OrderEdit | Payout | Movement:
    from settlement.documents.strict_json import loads
    from settlement.engine.settle import settle
    from settlement.errors import InvalidDocument
    from settlement.rulebook.request import Request

    try:
        found = loads(text)
        fields = found.keys() if isinstance(found, dict) else frozenset()
        if "checkout" in fields:
            request = Request.model_validate_json(text)
            return settle(request.checkout, request.rulebook)
        return _stored(text, fields, source, locale)
    except InvalidDocument as error:
        raise problems(error, source, locale, text) from None


def _stored(
    text: bytes, fields: Collection[str], source: str, locale: str
) -> Settlement | RefundQuote | OrderEdit | Payout | Movement:
    """What was made before, read back. Raises `InvalidDocument`; `Refused` where its figures contradict."""
    from settlement.after_pay.edits.document import OrderEdit
    from settlement.after_pay.payouts.accounts import Payout
    from settlement.after_pay.payouts.movement import Movement
    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.audit.record import Record
    from settlement.errors import InvariantBroken, UnknownVersion
    from settlement.receipts.settlement import Settlement

    try:
        if "body" in fields:
            return Record.from_json(text).settlement()
        if "settlement" in fields and "cash" in fields:
            return RefundQuote.from_json(text)
        if "settlement" in fields and "paid" in fields:
            return Payout.from_json(text)
        if "parts" in fields:
            return OrderEdit.from_json(text)
        if "kind" in fields and "amount" in fields:
            return Movement.from_json(text)
        return Settlement.from_json(text)
    except InvariantBroken as error:
        raise contradiction(error, source, locale) from None
    except UnknownVersion as error:
        raise refused(error, locale, source) from None


def read_settled(source: str, locale: str, order: str | None = None) -> Settlement:
    """The settlement of a file, of this order. Raises `Refused`, also for a refund quote or a payout."""
    return read_order(source, locale, order)[0]


def of_order(settlement: Settlement, order: str | None, source: str, locale: str) -> Settlement:
    """A settlement under the name that was stated beside it. Raises `Refused` where it has another one."""
    from settlement.documents.order_name import one_order
    from settlement.errors import InvalidDocument

    if order is None:
        return settlement
    try:
        one_order("Settlement", [("--order", order), ("settlement", settlement.order)])
        return settlement.for_order(order)
    except InvalidDocument as error:
        raise problems(error, source, locale) from None


def read_order(
    source: str, locale: str, order: str | None = None
) -> tuple[Settlement, tuple[Checkout, Rulebook] | None]:
    """The same with the request that it was made from: of a request and of a record; None of a settlement alone."""
    from settlement.receipts.settlement import Settlement

    text = read(source, locale)
    found = _any(text, source, locale)
    if not isinstance(found, Settlement):
        kinds = {"RefundQuote": "a refund", "Payout": "a payout", "OrderEdit": "an order edit"}
        kind = kinds.get(type(found).__name__, "a movement of money")
        raise refused(f"a settlement, a record or a request is expected, not {kind}", locale, source)
    return of_order(found, order, source, locale), _made_from(found, text)


def read_edited(
    source: str, locale: str, order: str | None = None
) -> tuple[Settlement | OrderEdit, tuple[Checkout, Rulebook] | None]:
    """What an edit goes on from: the same, or an edit that was made before. Raises `Refused`."""
    from settlement.after_pay.edits.document import OrderEdit
    from settlement.receipts.settlement import Settlement

    text = read(source, locale)
    found = _any(text, source, locale)
    if isinstance(found, OrderEdit):
        if order is not None and found.order != order:
            raise refused("--order names a settlement; an order edit has its name", locale, source)
        return found, None
    if not isinstance(found, Settlement):
        raise refused("a settlement, a record, a request or an order edit is expected", locale, source)
    return of_order(found, order, source, locale), _made_from(found, text)


def _made_from(found: Settlement, text: bytes) -> tuple[Checkout, Rulebook] | None:
    """The request that a settlement was made from, where that is known."""
    from settlement.audit.record import Record
    from settlement.documents.strict_json import loads
    from settlement.errors import InvalidDocument

    if found.made_from is None and "body" in loads(text):
        try:
            return Record.from_json(text).request()
        except InvalidDocument:  # of rules that this version takes no more
            return None
    return found.made_from
