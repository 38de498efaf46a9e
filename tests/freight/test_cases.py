"""The table of cases of each rule of a freight template, as a shopkeeper would check them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cases import amounts_of
from samples import a_line, a_rulebook, settled
from settlement.freight.surcharges import SURCHARGE_KINDS
from settlement.freight.templates import Free, Step, Zone

ROWS = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$",
    Path(__file__).with_name("cases.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
AMOUNTS = amounts_of(Zone, Step, Free, *SURCHARGE_KINDS)
MEASURES = {"g": "weight_g", "cm³": "volume_cm3"}


def in_full(value):
    """A part of a template with the currency behind its amounts."""
    if isinstance(value, list):
        return [in_full(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: f"{inner} CNY" if key in AMOUNTS else in_full(inner) for key, inner in value.items()}


@pytest.mark.parametrize(("parcel", "region", "template", "fee", "surcharge"), ROWS)
def test_a_case_comes_out_as_worked_out_by_hand(parcel, region, template, fee, surcharge):
    """One row of one table."""
    quantity, _, measured = parcel.strip().partition(" × ")
    fields = {"quantity": int(quantity), "freight_template": "t"}
    if measured:
        size, unit = measured.split()
        fields[MEASURES[unit]] = int(size)
    given = {"id": "t", "measure": "quantity"} | in_full(json.loads(template))
    checkout = {
        "at": "2026-11-11T10:00:00+08:00",
        "cart": {"currency": "CNY", "lines": [a_line(**fields)]},
        "address": {"region": region.strip()},
    }
    found = settled(checkout, a_rulebook(freight_templates=[given]))
    made = [str(amount).removesuffix(" CNY") for amount in (found.totals.freight, found.totals.surcharges)]
    if found.excluded:
        made[0] = {"undeliverable": "not shipped"}[found.excluded[0].reason]
    assert made == ["0.00" if each.strip() == "0" else each.strip() for each in (fee, surcharge)]


def test_every_kind_of_surcharge_has_cases():
    """Each table was read; a kind of surcharge that ships has cases, two at least."""
    assert len(ROWS) >= 20
    for kind in SURCHARGE_KINDS:
        per = kind.model_fields["per"].default
        rows = sum(f'"per": "{per}"' in row[2] for row in ROWS)
        assert rows >= 2, f"tests/freight/cases.md has {rows} cases of {per}: write two under `## surcharges`"
