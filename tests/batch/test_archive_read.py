"""An archive added up by Polars, DuckDB and pandas, as docs/how-to/archive.md shows it: what the settlements say.

Needs DuckDB, Polars and pandas; `make archive`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from months import month
from settlement.audit.record import Record
from settlement.batch.archive import write_archive

pytestmark = pytest.mark.archive

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "docs/how-to/archive.md", ROOT / "docs/zh/how-to/archive.md")
BLOCK = re.compile(r"```text\n(import (\w+).*?)```", re.DOTALL)
CASES = [(page, *each) for page in PAGES for each in BLOCK.findall(page.read_text(encoding="utf-8"))]

RECORDS = [
    Record.from_json(path.read_bytes()).for_order(path.stem)
    for path in sorted((ROOT / "tests/golden").glob("*.json"))
    if path.name != "manifest.json"
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All golden records, in an archive that is called as on the page."""
    place = tmp_path_factory.mktemp("golden")
    (place / "in.jsonl").write_text("".join(f"{each.to_json()}\n" for each in RECORDS), encoding="utf-8")
    write_archive([place / "in.jsonl"], place / "november")
    return place


def by() -> dict[Any, Decimal]:
    """What is payable by currency and status, from the settlements themselves."""
    found: dict[Any, Decimal] = {}
    for each in RECORDS:
        made = each.settlement()
        key = (made.currency, made.status)
        found[key] = found.get(key, Decimal(0)) + made.payable.amount
    return found


def offers() -> dict[Any, tuple[Decimal, Decimal]]:
    """What each adjustment took by currency, stage and rule, and how much of it the platform bears."""
    found: dict[Any, tuple[Decimal, Decimal]] = {}
    for each in RECORDS:
        made = each.settlement()
        for change in made.adjustments:
            key = (made.currency, change.stage, change.rule)
            amount, platform = found.get(key, (Decimal(0), Decimal(0)))
            borne = sum((share.amount for share in change.platform.values()), Decimal(0))
            found[key] = (amount + change.amount.amount, platform + borne)
    return found


def exact(value: Any) -> Decimal:
    """A decimal, and no float that was one."""
    assert isinstance(value, Decimal), type(value)
    return value


def polars_sums(folder):
    """By Polars."""
    import polars as pl

    orders = pl.scan_parquet(folder / "november/orders").group_by("currency", "status").agg(pl.col("payable").sum())
    ledger = pl.scan_parquet(folder / "november/ledger").filter(pl.col("stage") != "goods")
    ledger = ledger.group_by("currency", "stage", "rule").agg(pl.col("amount", "platform").sum())
    return orders.collect().rows(), ledger.collect().rows()


def duckdb_sums(folder):
    """By DuckDB."""
    import duckdb

    def of(table: str) -> duckdb.DuckDBPyRelation:
        return duckdb.read_parquet(f"{folder}/november/{table}/*/*.parquet")

    orders = of("orders").aggregate("currency, status, sum(payable)")
    ledger = of("ledger").filter("stage <> 'goods'").aggregate("currency, stage, rule, sum(amount), sum(platform)")
    return orders.fetchall(), ledger.fetchall()


def pandas_sums(folder):
    """By pandas, with decimals of Arrow."""
    import pandas as pd

    orders = pd.read_parquet(folder / "november/orders", dtype_backend="pyarrow")
    orders = orders.groupby(["currency", "status"])["payable"].sum().reset_index()
    ledger = pd.read_parquet(folder / "november/ledger", dtype_backend="pyarrow")
    ledger = ledger[ledger["stage"] != "goods"].groupby(["currency", "stage", "rule"])[["amount", "platform"]].sum()
    return orders.itertuples(index=False), ledger.reset_index().itertuples(index=False)


@pytest.mark.parametrize("summed", [polars_sums, duckdb_sums, pandas_sums], ids=lambda each: each.__name__)
def test_sums_there_are_sums_here(folder, summed):
    """Payable by currency and status; each offer, fee and tax, and what the platform bears: equal, as decimals."""
    orders, ledger = summed(folder)
    assert {(currency, status): exact(payable) for currency, status, payable in orders} == by()
    assert {tuple(key): (exact(amount), exact(platform)) for *key, amount, platform in ledger} == offers()


def test_each_page_shows_all_three():
    """Three lines for each, in both languages the same code."""
    shown = [[(library, code) for place, code, library in CASES if place == page] for page in PAGES]
    assert [library for library, _ in shown[0]] == ["polars", "duckdb", "pandas"]
    assert shown[0] == shown[1]
    assert [len(code.splitlines()) for _, code in shown[0]] == [3, 3, 3]


@pytest.mark.parametrize(("page", "code", "library"), CASES, ids=[f"{each[0].parts[-3]}-{each[2]}" for each in CASES])
def test_the_lines_of_the_page_print_what_each_rule_took(tmp_path, monkeypatch, capsys, page, code, library):
    """As they stand, of the month of twenty orders: fest -120, a -60, b -24 and postage 102, with all four places."""
    text = "".join(f"{each.to_json()}\n" for each in month())
    (tmp_path / "in.jsonl").write_text(text, encoding="utf-8")
    write_archive([tmp_path / "in.jsonl"], tmp_path / "november")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(page), "exec"), {})  # noqa: S102 - what the page shows
    told = capsys.readouterr().out
    for amount in ("-120.0000", "-60.0000", "-24.0000", "102.0000"):
        assert amount in told, library
