"""The tables of documents as an XLSX workbook, a sheet for each: amounts are numbers, ids are text, nothing a formula.

Through the extra `xlsx`: pip install "settlement[xlsx]"
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from settlement.audit.books.tables import Column, shapes_of, table
from settlement.documents.extras import needs
from settlement.documents.words.plain import width
from settlement.money import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settlement.audit.books.account_tables import Source

__all__ = ["to_xlsx"]

#: Digits that a spreadsheet keeps of a number; a longer amount is text, for it would be rounded.
_DIGITS: Final = 15
#: Characters that a column of texts shows at most; a digest has more.
_WIDEST: Final = 32
#: A workbook carries no date of its making, so that the same documents give the same bytes.
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


def to_xlsx(source: Source) -> bytes:
    """Every table of a document, or of several of one kind in a list, as the bytes of a workbook.

    An amount is the decimal that it is, shown with its currency's places; a number of more than 15 digits stands as
    text. Texts, ids of digits among them, stay as they are, and are never formulas or links. Raises what `table`
    raises, and `MissingExtra` where the extra is not installed.

    >>> to_xlsx([])
    Traceback (most recent call last):
    ...
    TypeError: tables are of Settlement, RefundQuote, RefundPreview, Payout, Invoice, SubOrder, PaymentOption, \
Bill, Reconciliation, Statement, OrderEdit, PaymentItem; found list
    """
    first: Any = source[0] if isinstance(source, (list, tuple)) and source else source
    shapes = shapes_of(first)
    with needs("xlsx"):
        from xlsxwriter import Workbook
        from xlsxwriter.utility import xl_range
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(out, options)
    book.set_properties({"created": _EPOCH.replace(tzinfo=None)})
    head, right = book.add_format({"bold": True}), book.add_format({"bold": True, "align": "right"})
    text = book.add_format({"num_format": "@"})  # an id that is typed over stays text too
    for name in shapes:
        shown = table(source, name)
        places = DECIMALS[shown.currency]
        amount = book.add_format({"num_format": f"0.{'0' * places}" if places else "0"})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        for at, column in enumerate(shown.columns):
            values = [row[at] for row in shown.rows]
            sheet.set_column(at, at, _wide(column, values))
            sheet.write_string(0, at, column.name, head if column.kind in ("text", "flag") else right)
            for row, value in enumerate(values, 1):
                _write(sheet, row, at, value, column, amount if column.kind == "amount" else None, text)
        last = len(shown.rows), len(shown.columns) - 1
        sheet.autofilter(0, 0, *last)
        sheet.ignore_errors({"number_stored_as_text": xl_range(0, 0, *last)})
    book.close()
    return out.getvalue()


def _wide(column: Column, values: Sequence[Any]) -> int:
    """The characters that a column shows: all of its numbers, of long texts the beginning."""
    most = max([width(column.name) + 3, *[width(str(value)) + 2 for value in values if value is not None]])
    return min(most, _WIDEST) if column.kind == "text" else most


def _write(sheet: Any, row: int, at: int, value: Any, column: Column, number: Any, text: Any) -> None:
    if value is None:
        return
    if column.kind == "flag":
        sheet.write_boolean(row, at, value)
    elif column.kind == "text" or len(Decimal(value).as_tuple().digits) > _DIGITS:
        sheet.write_string(row, at, str(value), text)
    else:
        sheet.write_number(row, at, value, number)
