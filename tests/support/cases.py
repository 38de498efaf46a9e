"""The cases of tests/discounts/cases.md: what each kind takes off, as a shopkeeper works it out."""

from __future__ import annotations

import json
import re
from pathlib import Path

from samples import a_rulebook, a_template, settled
from settlement import Tier
from settlement.discounts import CONDITIONS, KINDS

ROW = re.compile(r"^\| (?P<goods>[^|]+) \| `(?P<offer>[^`]+)` \| (?P<off>[^|]+) \|$", re.MULTILINE)
#: By the `type` of each kind: the rows of its table.
TABLES = {
    name: [(row["goods"], row["offer"], row["off"].strip()) for row in ROW.finditer(table)]
    for name, table in re.findall(
        r"^## (\w+)\n(.*?)(?=^#|\Z)",
        (Path(__file__).parents[1] / "discounts" / "cases.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
}
TYPES = {kind.model_fields["type"].default for kind in KINDS}
UNMET = {kind.model_fields["type"].default for kind in CONDITIONS}


def amounts_of(*documents):
    """The names of all fields that hold an amount."""
    fields = [field for document in documents for field in document.model_fields.items()]
    return {name for name, field in fields if re.search(r"\bMoney\b", str(field.annotation))}


AMOUNTS = amounts_of(Tier, *KINDS, *CONDITIONS)


def settled_case(name, goods, offer):
    """The settlement of a row: its goods under its offer."""
    lines = []
    for at, each in enumerate(goods.split(", "), 1):
        quantity, price = each.split(" × ")
        lines.append(
            {
                "id": str(at),
                "shop": "s1",
                "sku": f"article-{at}",
                "quantity": int(quantity) if quantity.isdigit() else quantity,
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
    return settled(checkout, a_rulebook(promotions=[promotion], freight_templates=[a_template()]))
