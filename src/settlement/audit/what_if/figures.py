"""An answer as a table of figures: a row for each, so that any tool can add, filter and compare them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from settlement.documents.extras import needs
from settlement.money import Money

if TYPE_CHECKING:
    from pathlib import Path

    from settlement.audit.what_if.answer import Side, WhatIf

__all__ = ["COLUMNS", "figures", "write_parquet"]

#: The columns of the table; `amount` and `platform` are exact decimals, the last is what of it the platform bears.
COLUMNS: Final = ("rulebook", "choice", "what", "of", "stage", "orders", "amount", "platform", "currency")
_PLACES: Final = 4  # of the decimals: enough for every currency, and the same column for all

Row = tuple[str | None, str, str, str | None, str | None, int | None, Decimal | None, Decimal | None, str]


def figures(found: WhatIf) -> list[Row]:
    """Every figure of the answer, side by side.

    `what`: `total` (a column), `shops` and `platform` (a row of their accounts), `other`, `rule`, `shop`, `change` (how
    many orders change by just this amount), `newly`, `no_longer`, `gone`, `status`; with `choice` `apart` the records
    that are in no figure, by reason.
    """
    rows = [row for side in found.every_side() for row in _of(side, found.currency)]
    apart = [(each.candidate, each.reason, each.code, each.orders) for each in found.apart]
    apart += [(None, "broken", None, found.broken)] if found.broken else []
    rows += [(who, "apart", "apart", why, code, count, None, None, found.currency) for who, why, code, count in apart]
    return rows


def _of(side: Side, currency: str) -> Iterator[Row]:
    def row(
        what: str,
        of: str | None,
        *,
        stage: str | None = None,
        orders: int | None = None,
        amount: Money | None = None,
        platform: Money | None = None,
    ) -> Row:
        amounts = [None if each is None else each.amount for each in (amount, platform)]
        return (side.candidate, side.choice, what, of, stage, orders, amounts[0], amounts[1], currency)

    for status, orders in side.statuses.items():
        yield row("status", status, orders=orders)
    for what, rows in (
        ("total", side.totals),
        ("shops", side.shops),
        ("platform", side.platform),
        ("other", side.others),
    ):
        for name, amount in rows.items():
            yield row(what, name, amount=amount)
    for rule in side.rules:
        parts = {"stage": rule.stage, "orders": rule.orders, "amount": rule.amount, "platform": rule.platform}
        yield row("rule", rule.rule, **parts)  # type: ignore[arg-type]  # each by its own name
    for shop, (orders, net) in side.by_shop.items():
        yield row("shop", shop, orders=orders, amount=net)
    for minor, orders in side.changes:
        yield row("change", None, orders=orders, amount=Money.of_minor(minor, currency))
    for what in ("newly", "no_longer", "gone"):
        for name, orders in getattr(side, what).items():
            yield row(what, name, orders=orders)


def write_parquet(found: WhatIf, path: str | Path) -> None:
    """Write the table. Raises `MissingExtra` where pyarrow is not installed."""
    with needs("arrow"):
        import pyarrow as pa
        import pyarrow.parquet as pq
    amount: Any = pa.decimal128(38, _PLACES)
    kinds = {"orders": pa.int64(), "amount": amount, "platform": amount}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    columns = list(zip(*figures(found), strict=True))
    pq.write_table(pa.table(dict(zip(COLUMNS, map(list, columns), strict=True)), schema=schema), path)
