"""The carts that both protocols of shopping agents are held to, and the sums that each promises."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from settlement import Request, Settlement, settle

ROOT = Path(__file__).parents[2]
SCHEMAS = json.loads((ROOT / "tests/ext/ucp/schemas-2026-04-08.json").read_text(encoding="utf-8"))
REGISTRY = Registry().with_resources([(name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()])
#: A checkout, as each of its extensions has it.
CHECKOUTS = [f"shopping/{name}.json#/$defs/dev.ucp.shopping.checkout" for name in ("discount", "fulfillment")]


def valid_ucp(made: Mapping[str, Any], *names: str) -> None:
    """By the schemas of UCP 2026-04-08; a checkout, unless it is called something else."""
    for name in names or CHECKOUTS:
        schema = {"$ref": f"https://ucp.dev/schemas/{name}"}
        Draft202012Validator(schema, registry=REGISTRY, format_checker=FormatChecker()).validate(made)


def peers() -> Iterator[tuple[str, Settlement]]:
    """The 123 carts of other engines."""
    for each in json.loads((ROOT / "tests/conformance/peers.json").read_text(encoding="utf-8")):
        request = Request.model_validate(each["request"])
        yield each["name"], settle(request.checkout, request.rulebook)


def mall(**changes: Any) -> Settlement:
    """The mall cart, with changes to its checkout."""
    data = json.loads((ROOT / "examples/mall-cart.json").read_text(encoding="utf-8"))
    request = Request.model_validate(data | {"checkout": data["checkout"] | changes})
    return settle(request.checkout, request.rulebook)


def amounts(rows: list[Mapping[str, Any]]) -> dict[str, int]:
    """Type -> amount, of entries each of which is there once."""
    assert len({row["type"] for row in rows}) == len(rows)
    return {row["type"]: row["amount"] for row in rows}


def allocated(applied: list[Mapping[str, Any]]) -> tuple[dict[int, int], int]:
    """What discounts took off each line, and of freight; each has allocations that add up to it, and a turn."""
    lines: dict[int, int] = {}
    freight = 0
    for turn, row in enumerate(applied, 1):
        assert row["priority"] == turn
        assert row["amount"] == sum(each["amount"] for each in row["allocations"]) > 0
        for each in row["allocations"]:
            if each["path"].startswith("$.line_items["):
                at = int(each["path"].removeprefix("$.line_items[").removesuffix("]"))
                lines[at] = lines.get(at, 0) + each["amount"]
            else:
                freight += each["amount"]
    return lines, freight


def holds_ucp(made: Mapping[str, Any], paid: Settlement) -> None:
    """Every sum that UCP promises, and that they are ours."""
    totals = amounts(made["totals"])
    assert totals["total"] == paid.due.minor
    assert sum(amount for kind, amount in totals.items() if kind != "total") == totals["total"]
    for row in [*made["totals"], *[row for line in made["line_items"] for row in line["totals"]]]:
        if row["type"] in ("discount", "items_discount"):
            assert row["amount"] < 0
        if row["type"] in ("subtotal", "fulfillment", "tax", "fee"):
            assert row["amount"] >= 0
        assert "lines" not in row or sum(each["amount"] for each in row["lines"]) == row["amount"]
    lines = [amounts(line["totals"]) for line in made["line_items"]]
    assert totals["subtotal"] == sum(line["subtotal"] for line in lines)
    assert totals.get("items_discount", 0) == sum(line.get("items_discount", 0) for line in lines)
    for line, row in zip(lines, made["line_items"], strict=True):
        assert line["total"] == line["subtotal"] + line.get("items_discount", 0)
        if "quantity_unit" not in row["item"]:
            assert line["subtotal"] == row["quantity"] * row["item"]["price"]
    taken, freight = allocated(made["discounts"]["applied"])
    assert taken == {at: -line["items_discount"] for at, line in enumerate(lines) if "items_discount" in line}
    assert freight == -totals.get("discount", 0)


def holds_acp(made: Mapping[str, Any], paid: Settlement) -> None:
    """Every sum that ACP promises, and that they are ours."""
    totals = amounts(made["totals"])
    assert all(amount >= 0 for amount in totals.values())
    assert totals["subtotal"] == totals["items_base_amount"] - totals.get("items_discount", 0)
    charged = sum(totals.get(kind, 0) for kind in ("fulfillment", "tax", "fee"))
    assert totals["total"] == totals["subtotal"] - totals.get("discount", 0) + charged == paid.payable.minor
    lines = [amounts(line["totals"]) for line in made["line_items"]]
    for kind in ("items_base_amount", "items_discount", "subtotal"):
        assert totals.get(kind, 0) == sum(line.get(kind, 0) for line in lines)
    for line, row in zip(lines, made["line_items"], strict=True):
        assert line["items_base_amount"] == row["quantity"] * row["unit_amount"]
        assert line["total"] == line["items_base_amount"] - line.get("items_discount", 0)
    taken, freight = allocated(made["discounts"]["applied"])
    assert taken == {at: line["items_discount"] for at, line in enumerate(lines) if "items_discount" in line}
    assert freight == totals.get("discount", 0)
