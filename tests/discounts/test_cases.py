"""The table of cases of each kind, as a shopkeeper would check them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from samples import a_rulebook, a_template, settled
from settlement.discounts import CONDITIONS, KINDS

ROW = re.compile(r"^\| (?P<goods>[^|]+) \| `(?P<offer>[^`]+)` \| (?P<off>[^|]+) \|$", re.MULTILINE)
TABLES = {
    name: list(ROW.finditer(table))
    for name, table in re.findall(
        r"^## (\w+)\n(.*?)(?=^#|\Z)",
        Path(__file__).with_name("cases.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
}
TYPES = {kind.model_fields["type"].default for kind in KINDS}
UNMET = {kind.model_fields["type"].default for kind in CONDITIONS}
AMOUNTS = {"amount", "price", "max", "min_amount"}


def taken(name, goods, offer):
    """What an offer takes off these goods: an amount, or the gifts that come along."""
    lines = []
    for at, each in enumerate(goods.split(", "), 1):
        quantity, price = each.split(" × ")
        lines.append(
            {
                "id": str(at),
                "shop": "s1",
                "sku": f"article-{at}",
                "quantity": int(quantity),
                "unit_price": f"{price} CNY",
                "freight_template": "t1",
            }
        )
    fields = {key: f"{value} CNY" if key in AMOUNTS else value for key, value in json.loads(offer).items()}
    if name in UNMET:
        tier = {"benefit": {"type": "amount_off", "amount": "1.00 CNY"}}
        promotion = {"id": "p", "issuer": "s1", "tiers": [tier], "conditions": [{"type": name} | fields]}
    else:
        tier = {key: fields.pop(key) for key in ("min_amount", "min_quantity") if key in fields}
        promotion = {"id": "p", "issuer": "s1", "tiers": [tier | {"benefit": {"type": name} | fields}]}
    checkout = {
        "at": "2026-11-11T10:00:00+08:00",
        "cart": {"currency": "CNY", "lines": lines},
        "address": {"region": "440305"},
    }
    found = settled(checkout, a_rulebook(promotions=[promotion], freight_templates=[a_template()]))
    if found.gifts:
        return ", ".join(f"{gift.quantity} {gift.sku}" for gift in found.gifts)
    return str(-(found.totals.promotions + found.totals.freight_offers)).removesuffix(" CNY")


@pytest.mark.parametrize(
    ("name", "row"),
    [(name, row) for name, rows in TABLES.items() for row in rows],
    ids=lambda each: each if isinstance(each, str) else f"{each['goods']} {each['offer']}",
)
def test_a_case_comes_out_as_worked_out_by_hand(name, row):
    """One row of one table."""
    off = row["off"].strip()
    assert taken(name, row["goods"], row["offer"]) == ("0.00" if off == "0" else off)


def test_every_kind_has_a_table():
    """A kind that ships with the library has cases that can be read, two at least."""
    assert set(TABLES) == TYPES | UNMET
    assert all(len(rows) >= 2 for rows in TABLES.values())
