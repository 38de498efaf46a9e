"""Alipay's daily bill of trades (业务明细): a zip of two CSV files, in GBK, the details and a summary.

Source: the columns of 业务明细, read by their names; brackets full or half width. Lines that begin with `#` stand
around the table: a title, the account, the period, and after the rows what they come to.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import combinations_with_replacement
from types import MappingProxyType
from typing import Any, Final

from settlement.after_pay.bills.bill import Bill
from settlement.after_pay.bills.cells import BEIJING, MAX_BYTES, Cells, FileRow, decoded, numbered
from settlement.errors import InvalidDocument, Problem

__all__ = ["read_alipay"]

_TITLE: Final = "Alipay's bill"
_NEEDED: Final = (
    ("支付宝交易号",), ("商户订单号",), ("业务类型",), ("完成时间", "创建时间"), ("订单金额(元)",), ("商家实收(元)",),
    ("服务费(元)",),
)  # fmt: skip
_KINDS: Final[Mapping[str, str]] = MappingProxyType({"交易": "payment", "退款": "refund"})
_COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {"id": "支付宝交易号", "order": "商户订单号", "refund": "退款批次号/请求号", "state": "业务类型", "at": "完成时间"}
)
_REFUND: Final = "退款批次号/请求号"
#: Columns that hold free text, none of which is read; fields are not quoted, so a comma in one looks like two cells.
_FREE: Final = frozenset({"商品名称", "门店名称", "操作员", "对方账户", "券名称", "备注"})
_COMMAS: Final = 8
_WRITTEN: Final = re.compile(r"-?[0-9]+\.[0-9]{2}", re.ASCII)
_CLOCK: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} +[0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
#: A sum's words -> the column that it sums.
_SUMS: Final = (("商家实收", "商家实收(元)"), ("商家优惠", "商家优惠(元)"))
_TOTAL: Final = re.compile(r"#(交易|退款)合计:([0-9]+)笔(.*)", re.ASCII)
_PERIOD: Final = re.compile(
    r"(起始|终止)日期:\[([0-9]{4})年([0-9]{2})月([0-9]{2})日 +([0-9]{2}):([0-9]{2}):([0-9]{2})\]"
)
_FOLDED: Final = str.maketrans("（）：，", "():,")


def read_alipay(data: bytes | str, *, since: datetime | str | None = None, until: datetime | str | None = None) -> Bill:
    r"""The bill of a zip as Alipay gives it out, or of the CSV with the details in it.

    Which of the two files has the details is told by what is in them, not by their order or names. A row is a payment
    where 业务类型 is 交易, a refund where it is 退款; amounts are 订单金额 without its sign, `settled` 商家实收, the
    fee 服务费, given back by a refund. Texts may hold commas. Times are Beijing's,
    amounts CNY, the period the file's unless stated.
    Raises `InvalidDocument`, which names the file's line and column of everything that can't be read, a missing
    column, missing sums, and a sum that the rows don't make. Source: docs/reconciliation.md.

    >>> text = (
    ...     "#支付宝业务明细查询\n"
    ...     "支付宝交易号,商户订单号,业务类型,完成时间,订单金额（元）,商家实收（元）,服务费（元）\n"
    ...     "2026\t,A-1001\t,交易,2026-11-11 10:00:00,100.00,100.00,-0.60\n"
    ...     "#----业务明细列表结束----\n#交易合计：1笔，商家实收共100.00元，商家优惠共0.00元\n"
    ... )
    >>> [row] = read_alipay(text).rows
    >>> row.order, str(row.amount), str(row.fee)
    ('A-1001', '100.00 CNY', '0.60 CNY')
    """
    cells = Cells(_TITLE)
    lines = [(number, line) for number, line in numbered(_details(data))]
    marks = [(number, line.translate(_FOLDED)) for number, line in lines if line.lstrip().startswith("#")]
    table = [(number, line) for number, line in lines if not line.lstrip().startswith("#")]
    rows = list(_rows(cells, table))
    for row in rows:
        _read(cells, row)
    _compare_sums(cells, rows, marks, lines[-1][0] if lines else 1)
    period = {which: at for _, line in marks for which, at in _period(line)}
    return cells.bill("alipay", since or period.get("起始"), until or period.get("终止"))


# ------------------------------------------------------------------ the file


def _details(data: bytes | str) -> str:
    """The text of the file with the details."""
    if isinstance(data, str) or not zipfile.is_zipfile(io.BytesIO(data)):
        return decoded(data, _TITLE)
    texts = [decoded(each, _TITLE) for each in _unpacked(data)]
    found = [text for text in texts if _is_details(text)]
    if len(found) != 1:
        raise InvalidDocument([Problem("", "bill.zip", {"found": len(found)})], _TITLE)
    return found[0]


def _unpacked(data: bytes) -> Iterator[bytes]:
    """The files of a zip, as far as their sizes may be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as files:
            entries = [entry for entry in files.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise InvalidDocument([Problem("", "bill.size", {"limit": MAX_BYTES})], _TITLE)
            for entry in entries:
                with files.open(entry) as file:
                    yield file.read(entry.file_size)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, UnicodeDecodeError):
        raise InvalidDocument([Problem("", "bill.zip", {"found": 0})], _TITLE) from None


def _is_details(text: str) -> bool:
    """Whether a file has the details: by its header; on an empty day by its first mark, which has no 汇总 in it."""
    lines = [line for _, line in numbered(text)]
    table = [line for line in lines if not line.lstrip().startswith("#")]
    if table:
        return {"支付宝交易号", "业务类型"} <= {name.strip() for name in table[0].split(",")}
    return any("业务明细" in line for line in lines) and not any("汇总" in line for line in lines)


def _rows(cells: Cells, table: list[tuple[int, str]]) -> Iterator[FileRow]:
    """The rows below the header; fields often end in a tab."""
    if not table:
        return  # a day on which nothing was sold
    number, head = table[0]
    names = [name.strip().translate(_FOLDED) for name in head.split(",")]
    cells.header(number, names, _NEEDED)
    for line, text in table[1:]:
        row = cells.row(line, names, _apart(names, [cell.strip() for cell in text.split(",")]))
        if row is not None:
            yield row


def _apart(names: Sequence[str], cells: list[str]) -> list[str]:
    """A row's cells; where there are more than columns, the commas of free texts put back.

    They are where every kind, time and amount then stands in its column. Where two such readings say otherwise of what
    is read, or there is none, or the commas are too many, the cells stay as they are, to be refused.
    """
    more = len(cells) - len(names)
    if not 0 < more <= _COMMAS:
        return cells
    read: dict[tuple[str, ...], list[str]] = {}
    free = [at for at, name in enumerate(names) if name in _FREE]
    for commas in combinations_with_replacement(free, more):
        left = iter(cells)
        made = [",".join([next(left) for _ in range(commas.count(at) + 1)]) for at in range(len(names))]
        facts = {name: cell for name, cell in zip(names, made, strict=True) if _is_read(name)}
        if all(_fits(name, cell, facts) for name, cell in facts.items()):
            read.setdefault(tuple(facts.values()), made)
    return next(iter(read.values())) if len(read) == 1 else cells


def _is_read(name: str) -> bool:
    """Whether what a column holds is read, or part of a sum."""
    return name in _COLUMNS.values() or name.endswith(("(元)", "时间"))


def _fits(name: str, cell: str, row: Mapping[str, str]) -> bool:
    """Whether a cell may be of this column, as the file writes it."""
    if not cell:
        return not any(name in options for options in _NEEDED)
    if name.endswith("(元)"):
        return _WRITTEN.fullmatch(cell) is not None
    if name.endswith("时间"):
        return _CLOCK.fullmatch(cell) is not None
    if name == "业务类型":
        return cell in _KINDS
    return name != _REFUND or _KINDS.get(row["业务类型"]) != "payment"


def _read(cells: Cells, row: FileRow) -> None:
    """One row of the file as one of the bill."""
    texts = row.cells
    kind = _KINDS.get(texts["业务类型"])
    if kind is None:
        cells.wrong(row.line, "业务类型", "bill.kind", found=texts["业务类型"][:40], known=", ".join(_KINDS))
        return
    clock = "完成时间" if texts.get("完成时间") or "创建时间" not in texts else "创建时间"
    fields: dict[str, Any] = {
        "kind": kind,
        "id": texts["支付宝交易号"],
        "order": texts["商户订单号"],
        "refund": (texts.get(_REFUND) or None) if kind == "refund" else None,
        "amount": cells.money(row, "订单金额(元)", "CNY"),
        "settled": cells.money(row, "商家实收(元)", "CNY"),
        "fee": cells.money(row, "服务费(元)", "CNY", 1 if kind == "payment" else -1),
        "at": cells.clock(row, clock),
        "state": texts["业务类型"],
    }
    cells.add(row, _COLUMNS, fields)


# ------------------------------------------------------------------ the marks


def _compare_sums(cells: Cells, rows: list[FileRow], marks: list[tuple[int, str]], end: int) -> None:
    """What the file says that its rows come to: payments and refunds apart, or both in one."""
    totals = [(number, match) for number, line in marks if (match := _TOTAL.match(line.strip())) is not None]
    if not any(match[1] == "交易" for _, match in totals):
        cells.wrong(end, "交易合计", "bill.no_sums")
        return
    if cells.problems:
        return
    apart = any(match[1] == "退款" for _, match in totals)
    for number, match in totals:
        kind = "payment" if match[1] == "交易" else "refund"
        about = [row for row in rows if _KINDS.get(row.cells["业务类型"]) == kind]
        choices = [about] if apart else [rows, about]
        column = f"{match[1]}合计"
        cells.compare(number, column, Fraction(match[2]), [len(choice) for choice in choices])
        choices = [choice for choice in choices if len(choice) == int(match[2])]
        for words, name in _SUMS:
            stated = re.search(rf"{words}(?:退款)?共(-?[0-9]+(?:\.[0-9]+)?)元", match[3], re.ASCII)
            if stated is not None and all(name in row.cells for row in rows):
                allowed = [each for choice in choices for each in _sums(cells, choice, name)]
                cells.compare(number, f"{column} {words}", Fraction(stated[1]), allowed)


def _sums(cells: Cells, rows: list[FileRow], column: str) -> list[Fraction]:
    """What a column comes to: as it stands; payments less refunds; and without a sign."""
    amounts = [(row.cells["业务类型"] == "交易", cells.exact(row, column)) for row in rows]
    less = [abs(amount) if is_payment else -abs(amount) for is_payment, amount in amounts]
    whole = sum(less, Fraction(0))
    return [sum([amount for _, amount in amounts], Fraction(0)), whole, *([-whole] if whole < 0 else [])]


def _period(line: str) -> Iterator[tuple[str, datetime]]:
    """The bounds that a mark states; an end at the last second of a day is the midnight after it."""
    for match in _PERIOD.finditer(line):
        try:
            at = datetime(*(int(part) for part in match.groups()[1:]), tzinfo=timezone(BEIJING))  # type: ignore[arg-type,misc]  # six numbers
        except ValueError:
            continue
        if match[1] == "终止" and at.second == 59:
            at += timedelta(seconds=1)
        yield match[1], at
