"""WeChat Pay's trade bill (交易账单): ALL, SUCCESS and REFUND, today's columns and those of old merchants.

Source: 交易账单详细说明, its columns read by their names. Every field begins with a backtick, headers don't; the last
two lines are a header and a row of sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from settlement.after_pay.bills.bill import Bill
from settlement.after_pay.bills.cells import Cells, FileRow, decoded, numbered

__all__ = ["read_wechat"]

_NEEDED: Final = (
    ("交易时间",), ("商户号",), ("微信订单号",), ("商户订单号",), ("交易状态",), ("货币种类",), ("手续费",),
    ("订单金额", "总金额"),
)  # fmt: skip
_REFUND_NEEDED: Final = (("商户退款单号",), ("申请退款金额", "退款金额"))
_KINDS: Final[Mapping[str, str]] = MappingProxyType({"SUCCESS": "payment", "REFUND": "refund", "REVOKED": "refund"})
#: Fields of a row and the columns that they are read from, for what is wrong in them.
_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {"id": "微信订单号", "order": "商户订单号", "refund": "商户退款单号", "refund_id": "微信退款单号",
     "merchant": "商户号", "state": "交易状态", "at": "交易时间"}
)  # fmt: skip
#: A sum's column -> the column of the rows that it sums; today's names and the old ones.
_SUMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "应结订单总金额": "应结订单金额",
        "退款总金额": "退款金额",
        "充值券退款总金额": "充值券退款金额",
        "手续费总金额": "手续费",
        "订单总金额": "订单金额",
        "申请退款总金额": "申请退款金额",
        "总交易额": "总金额",
        "总退款金额": "退款金额",
        "总企业红包退款金额": "企业红包退款金额",
    }
)
_COUNT: Final = "总交易单数"


def read_wechat(data: bytes | str, *, since: datetime | str | None = None, until: datetime | str | None = None) -> Bill:
    r"""The bill of a file as WeChat Pay gives it out; `since` and `until` are the day it was asked for.

    A row is a payment where 交易状态 is SUCCESS, a refund where it is REFUND or REVOKED. Of a payment the amount is
    订单金额 (old: 总金额), `settled` 应结订单金额; of a refund 申请退款金额 (old: 退款金额) and 退款金额. The fee of
    a refund is given back. Times are Beijing's. Amounts are taken without their sign, which files write differently;
    so a sum may be that of the column as it stands, or of the rows that it is about. Raises `InvalidDocument`, which
    names the file's line and column of everything that can't be read, a missing column, a missing row of sums, and a
    sum that the rows don't make. Source: 交易账单详细说明.

    >>> text = (
    ...     "交易时间,商户号,微信订单号,商户订单号,交易状态,货币种类,手续费,订单金额\n"
    ...     "`2026-11-11 10:00:00,`1900000001,`4200001,`A-1001,`SUCCESS,`CNY,`0.60000,`100.00\n"
    ...     "总交易单数,手续费总金额,订单总金额\n`1,`0.60000,`100.00\n"
    ... )
    >>> [row] = read_wechat(text).rows
    >>> row.order, str(row.amount), str(row.fee), row.at.isoformat()
    ('A-1001', '100.00 CNY', '0.60 CNY', '2026-11-11T02:00:00+00:00')
    """
    cells = Cells("WeChat Pay's bill")
    lines = list(numbered(decoded(data, cells.title)))
    number, head = lines[0] if lines else (1, "")
    names = [name.strip() for name in head.split(",")]
    refunds = "商户退款单号" in names
    cells.header(number, names, (*_NEEDED, *(_REFUND_NEEDED if refunds else ())))
    rows, ends = [], len(lines)
    for at, (line, text) in enumerate(lines[1:], 1):
        if not text.startswith("`"):
            ends = at
            break
        row = cells.row(line, names, [cell.strip() for cell in text[1:].split(",`")])
        if row is not None:
            rows.append(row)
            _read(cells, row)
    _compare_sums(cells, rows, lines[ends:], lines[-1][0] if lines else 1)
    return cells.bill("wechat", since, until)


def _read(cells: Cells, row: FileRow) -> None:
    """One row of the file as one of the bill."""
    texts = row.cells
    kind = _KINDS.get(texts["交易状态"])
    if kind is None:
        cells.wrong(row.line, "交易状态", "bill.kind", found=texts["交易状态"][:40], known=", ".join(_KINDS))
        return
    if kind == "refund" and "商户退款单号" not in texts:
        cells.wrong(row.line, "商户退款单号", "bill.column")
        return
    currency = cells.currency(row, "货币种类")
    columns, sign = ("订单金额", "应结订单金额"), 1
    clock = "交易时间"
    fields: dict[str, Any] = {"state": texts["交易状态"]}
    if kind == "refund":
        columns, sign = ("申请退款金额", "退款金额"), -1
        clock = "退款申请时间" if texts.get("退款申请时间") else clock
        fields["refund"] = _named(texts["商户退款单号"])
        fields["refund_id"] = _named(texts.get("微信退款单号", ""))
        fields["state"] = texts.get("退款状态") or texts["交易状态"]
    old = "总金额" if kind == "payment" else "退款金额"
    amount = columns[0] if columns[0] in texts else old
    fields |= {
        "kind": kind,
        "id": texts["微信订单号"],
        "order": texts["商户订单号"],
        "merchant": _named(texts.get("特约商户号", texts.get("子商户号", ""))) or texts["商户号"] or None,
        "amount": cells.money(row, amount, currency),
        "settled": cells.money(row, columns[1], currency) if columns[1] in texts else None,
        "fee": cells.money(row, "手续费", currency, sign),
        "at": cells.clock(row, clock),
    }
    cells.add(row, _COLUMNS, fields)


def _named(text: str) -> str | None:
    """A number; none where the bill has 0 or nothing."""
    return None if text in ("", "0") else text


def _compare_sums(cells: Cells, rows: Iterable[FileRow], last: list[tuple[int, str]], end: int) -> None:
    """The two last lines: which sums, and what they are."""
    if len(last) != 2 or not last[1][1].startswith("`"):
        cells.wrong(end, _COUNT, "bill.no_sums")
        return
    names = [name.strip() for name in last[0][1].split(",")]
    sums = cells.row(last[1][0], names, [cell.strip() for cell in last[1][1][1:].split(",`")])
    if sums is None:
        return
    if _COUNT not in names:
        cells.wrong(last[0][0], _COUNT, "bill.no_sums")
        return
    if cells.problems:
        return
    cells.compare(sums.line, _COUNT, cells.exact(sums, _COUNT), [len(list(rows))])
    for name, column in _SUMS.items():
        if name in names and (found := [row for row in rows if column in row.cells]):
            cells.compare(sums.line, name, cells.exact(sums, name), _sums(cells, found, column))
        elif name in names:
            cells.compare(sums.line, name, cells.exact(sums, name), [0])


def _sums(cells: Cells, rows: Iterable[FileRow], column: str) -> list[Fraction]:
    """What a column comes to: as it stands; and with signs that say what the rows are."""
    amounts = [(row.cells["交易状态"] == "SUCCESS", cells.exact(row, column)) for row in rows]
    paid = sum([abs(amount) for is_payment, amount in amounts if is_payment], Fraction(0))
    back = sum([abs(amount) for is_payment, amount in amounts if not is_payment], Fraction(0))
    about = {"手续费": paid - back}.get(column, back if "退款" in column else paid)
    return [sum([amount for _, amount in amounts], Fraction(0)), about]
