"""The slow reference against the shared conformance cases, and its own conservation."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from random_requests import random_request  # noqa: E402
from slow_settle import COLUMN_OF_STAGE, COLUMNS, minor, slow_refund, slow_settle  # noqa: E402
from thorough import examples  # noqa: E402

CONFORMANCE = HERE.parent / "conformance"


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one conformance file; none where it has not been copied."""
    path = CONFORMANCE / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def keyed(rows: Any, key: str) -> Any:
    """A list of rows by one of their fields."""
    return {row[key]: row for row in rows} if isinstance(rows, list) else rows


def differences(want: Any, got: Any, at: str = "") -> list[str]:
    """Where a partial expectation and a document differ."""
    if isinstance(want, dict) and isinstance(got, dict):
        found = [f"{at}.{key}: missing" for key in want if key not in got]
        for key in want:
            if key in got:
                found += differences(want[key], got[key], f"{at}.{key}")
        return found
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return [found for i in range(len(want)) for found in differences(want[i], got[i], f"{at}[{i}]")]
    return [] if want == got else [f"{at}: want {want!r}, got {got!r}"]


@pytest.mark.parametrize("case", cases("peers.json"), ids=lambda case: case["name"])
def test_peer_case(case: dict[str, Any]) -> None:
    """The reference gives every figure that the case expects."""
    got = slow_settle(case["request"])
    coupon_stages = ("shop_coupon", "platform_coupon", "freight_coupon")
    got["coupons"] = sorted(row["rule"] for row in got["adjustments"] if row["stage"] in coupon_stages)
    want = dict(case["expect"])
    for document in (want, got):
        for name, key in (("lines", "id"), ("shops", "id"), ("decisions", "rule")):
            if name in document:
                document[name] = keyed(document[name], key)
        if isinstance(document.get("excluded"), list):
            document["excluded"] = {row["line"]: row["reason"] for row in document["excluded"]}
    assert differences(want, got) == []


@pytest.mark.parametrize("case", cases("refunds.json"), ids=lambda case: case["name"])
def test_refund_case(case: dict[str, Any]) -> None:
    """The reference refunds the cash that the case expects, step by step."""
    settlement = slow_settle(case["request"])
    history: list[dict[str, Any]] = []
    for step in case["steps"]:
        history.append(slow_refund(settlement, step, history, case.get("freight", "keep")))
    assert [quote["cash"] for quote in history] == case["cash"]


def check_conservation(document: dict[str, Any]) -> None:
    """Every sum of §7 holds."""
    lines, shops, totals = document["lines"], document["shops"], document["totals"]
    columns = [column for column in COLUMNS if column in totals]  # without taxes there is none of them
    for row in (totals, *shops, *lines):
        assert minor(row["payable"]) == sum(minor(row[column]) for column in columns) >= 0
    for column in (*columns, "list", "payable"):
        assert minor(totals[column]) == sum(minor(shop[column]) for shop in shops)
        for shop in shops:
            own = [line for line in lines if line["shop"] == shop["id"]]
            assert minor(shop[column]) == sum(minor(line[column]) for line in own)
    for column in columns[1:]:
        made = [row for row in document["adjustments"] if COLUMN_OF_STAGE[row["stage"]] == column]
        assert minor(totals[column]) == sum(minor(row["amount"]) for row in made)
        for line in lines:
            shares = [row["shares"].get(line["id"]) for row in made]
            assert minor(line[column]) == sum(minor(share) for share in shares if share is not None)
    for row in document["adjustments"]:
        assert minor(row["amount"]) == sum(minor(share) for share in row["shares"].values()) != 0
        assert all(minor(share) != 0 for share in row["shares"].values())
        for line_id, borne in row["platform"].items():
            assert 0 < abs(minor(borne)) <= abs(minor(row["shares"][line_id]))
    for line in lines:
        assert minor(line["goods"]) + minor(line["promotions"]) + minor(line["coupons"]) >= 0
        assert minor(line["freight"]) + minor(line["surcharges"]) + minor(line["freight_offers"]) >= 0
    assert document["points"]["used"] == sum(line["points_used"] for line in lines)
    assert document["points"]["used"] <= document["points"]["usable"]


@pytest.mark.parametrize("seed", range(examples(300)))
def test_conservation(seed: int) -> None:
    """Sums hold, order changes no amount, and refunds end at what was paid, in the reference too."""
    rng = random.Random(seed)
    request = random_request(rng)
    document = slow_settle(request)
    check_conservation(document)

    # The order of lines, offers and templates changes no amount.
    rulebook = request["rulebook"]
    for documents in (
        request["checkout"]["cart"]["lines"],
        rulebook.get("freight_templates", []),
        rulebook.get("promotions", []),
        rulebook.get("coupons", []),
    ):
        rng.shuffle(documents)
    shuffled = slow_settle(request)
    assert shuffled["totals"] == document["totals"]
    assert keyed(shuffled["lines"], "id") == keyed(document["lines"], "id")
    assert shuffled["decisions"] == document["decisions"]

    # Everything sent back piece by piece, ending with a `return`, gives back everything.
    history: list[dict[str, Any]] = []
    for line in document["lines"]:
        if isinstance(line["quantity"], int) and line["quantity"] > 1:
            history.append(slow_refund(document, {line["id"]: 1}, history, rng.choice(["keep", "return"])))
    rest = {
        line["id"]: line["quantity"] - 1
        if isinstance(line["quantity"], int) and line["quantity"] > 1
        else line["quantity"]
        for line in document["lines"]
    }
    history.append(slow_refund(document, rest, history, "return"))
    assert sum(minor(quote["cash"]) for quote in history) == minor(document["totals"]["payable"])
    assert sum(quote["points"] for quote in history) == document["points"]["used"]
    assert all(minor(line["cash"]) >= 0 for quote in history for line in quote["lines"].values())
    assert all(line["points"] >= 0 for quote in history for line in quote["lines"].values())
