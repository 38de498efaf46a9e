"""A neutral CSV for the bills of any other provider: a host writes these columns, or a table of rows is read back.

- `kind`: `payment`, `refund`, or `total` in the last rows
- `id`, `order`: the provider's transaction, the shop's order number
- `refund`, `refund_id`, `merchant`, `settled`, `state`, `line`: may be empty or left out
- `amount`, `fee`: plain decimals; `fee` may be left out, below 0: given back
- `at`: an instant of RFC 3339 with an offset
- `currency`: ISO 4217

A `total` row checks a currency: `id` is the number of its rows, `amount` payments less refunds, `fee` all fees.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from settlement.after_pay.bills.bill import Bill
from settlement.after_pay.bills.cells import Cells, FileRow, decoded
from settlement.errors import InvalidDocument, Problem
from settlement.money import DECIMALS, Money

__all__ = ["read_csv"]

_NEEDED: Final = (("kind",), ("id",), ("order",), ("amount",), ("at",), ("currency",))
_OPTIONAL: Final = ("refund", "refund_id", "merchant", "settled", "fee", "state", "line")
_TITLE: Final = "bill"


def read_csv(
    data: bytes | str, provider: str, *, since: datetime | str | None = None, until: datetime | str | None = None
) -> Bill:
    r"""The bill of a CSV (RFC 4180, UTF-8) with the columns of this module, in any order.

    A column that is none of them is refused, so that no misspelt one is passed over. Raises `InvalidDocument`, which
    names the file's line and column of everything that can't be read, and a total that the rows don't make.

    >>> text = "kind,id,order,amount,fee,at,currency\npayment,t1,1001,9.90,0.06,2026-11-11T10:00:00+08:00,CNY\n"
    >>> [row] = read_csv(text, "bank").rows
    >>> row.order, str(row.amount), str(row.fee)
    ('1001', '9.90 CNY', '0.06 CNY')
    """
    cells = Cells(_TITLE)
    reader = csv.reader(io.StringIO(decoded(data, _TITLE), newline=""), strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        raise InvalidDocument(
            [Problem(f"line {reader.line_num}", "bill.csv", {"detail": str(error)})], _TITLE
        ) from None
    number, names = lines[0] if lines else (1, [])
    known = {*_OPTIONAL, *(name for each in _NEEDED for name in each)}
    for name in names:
        if name not in known:
            cells.wrong(number, name[:40], "bill.column_unknown", known=", ".join(sorted(known)))
    cells.header(number, names, _NEEDED)
    totals = []
    for line, texts in lines[1:]:
        row = cells.row(line, names, texts)
        if row is None:
            continue
        if row.cells["kind"] == "total":
            totals.append(row)
        else:
            _read(cells, row)
    for row in totals:
        _compare_total(cells, row)
    return cells.bill(provider, since, until)


def _read(cells: Cells, row: FileRow) -> None:
    """One row of the file as one of the bill."""
    texts = row.cells
    currency = cells.currency(row, "currency")
    fee = cells.money(row, "fee", currency, None) if texts.get("fee") else Money.of_minor(0, currency)
    amount = cells.money(row, "amount", currency, None)
    settled = cells.money(row, "settled", currency, None) if texts.get("settled") else None
    for column, found in (("amount", amount), ("settled", settled)):
        if found is not None and found.minor < 0:
            cells.wrong(row.line, column, "amount.negative")
            return
    fields: dict[str, Any] = {name: texts.get(name) or None for name in ("refund", "refund_id", "merchant")}
    fields |= {name: texts[name] for name in ("kind", "id", "order", "at")}
    cells.add(row, {}, fields | {"amount": amount, "settled": settled, "fee": fee, "state": texts.get("state", "")})


def _compare_total(cells: Cells, row: FileRow) -> None:
    """A total against the rows of its currency."""
    currency = cells.currency(row, "currency")
    rows, unit = [each for each in cells.rows if each.currency == currency], 10 ** DECIMALS[currency]
    sign = {"payment": 1, "refund": -1}
    amount = sum([sign[each.kind] * each.amount.minor for each in rows])
    cells.compare(row.line, "id", cells.exact(row, "id"), [len(rows)])
    cells.compare(row.line, "amount", cells.exact(row, "amount"), [Fraction(amount, unit)])
    if row.cells.get("fee"):
        fees = sum([each.fee.minor for each in rows])
        cells.compare(row.line, "fee", cells.exact(row, "fee"), [Fraction(fees, unit)])
