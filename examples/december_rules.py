"""Orders of a November, and rules for December to choose among, for december-rules.ipynb.

What an order buys, when and with which coupons follows from its number alone, so every run has the same orders.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from finance_month import GOODS

from settlement import Checkout, Rulebook, settle
from settlement.audit.record import record
from settlement.audit.what_if import Sensitivity
from settlement.audit.what_if.answer import Side

_CHINA = timezone(timedelta(hours=8))
_BEGUN = datetime(2026, 11, 1, tzinfo=_CHINA)
_SECONDS = 30 * 86_400


def rules(name: str, benefit: dict[str, Any], least: str, free: str = "99.00 CNY") -> Rulebook:
    """The mall's rules: the fest, of which the platform bears 60 %; coupons of a shop and of the mall; freight."""
    zone = {
        "regions": ["CN/mainland"],
        "first": 1000,
        "first_fee": "8.00 CNY",
        "additional": 500,
        "additional_fee": "1.50 CNY",
    }
    template = {"id": "express", "measure": "weight_g", "free": [{"min_amount": free}], "zones": [zone]}
    mall_20 = {"min_amount": "199.00 CNY", "benefit": {"type": "amount_off", "amount": "20.00 CNY"}}
    return Rulebook.from_dict(
        {
            "id": name,
            "currency": "CNY",
            "promotions": [
                {
                    "id": "fest",
                    "issuer": "platform",
                    "platform_share": "60",
                    "tiers": [{"min_amount": least, "benefit": benefit}],
                }
            ],
            "coupons": [
                {"id": "tea-5", "issuer": "tea", "tiers": [{"benefit": {"type": "percent_off", "percent": "5"}}]},
                {"id": "mall-20", "issuer": "platform", "tiers": [mall_20]},
            ],
            "freight_templates": [template],
        }
    )


def off(amount: str, *, every: bool = False) -> dict[str, Any]:
    """So much off; for every such amount of goods, or once."""
    return {"type": "amount_off", "amount": f"{amount} CNY", "every": every}


NOVEMBER = rules("november", off("30.00"), "300.00 CNY")
CANDIDATES = (
    rules("every-200", off("20.00", every=True), "200.00 CNY"),
    rules("eight-percent", {"type": "percent_off", "percent": "8", "max": "50.00 CNY"}, "150.00 CNY"),
    rules("small-steps", off("12.00"), "120.00 CNY"),
)


def _drawn(number: int) -> int:
    """The number, its bits mixed: what looks like chance and is the same every time."""
    mixed = (number * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**64
    return (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 % 2**64 >> 8


def checkout(number: int, count: int) -> Checkout:
    """Order `number` of so many in November, in the order of time."""
    drawn = _drawn(number)
    skus = list(GOODS)
    lines = []
    for place in range(1 + drawn % 4):
        each = _drawn(number * 8 + place + 10**9)
        shop, price, grams = GOODS[skus[each % len(skus)]]
        lines.append(
            {
                "id": f"{place + 1}",
                "shop": shop,
                "sku": skus[each % len(skus)],
                "quantity": 1 + each // 8 % 3 // 2,
                "unit_price": f"{price} CNY",
                "weight_g": grams,
                "freight_template": "express",
                "commission_percent": "6",
            }
        )
    held = [["mall-20"], ["tea-5", "mall-20"], [], [], []][drawn // 4 % 5]
    at = _BEGUN + timedelta(seconds=number * _SECONDS // count)
    return Checkout.from_dict(
        {
            "order": f"{at:%m%d}-{number:06d}",
            "at": at.isoformat(),
            "cart": {"currency": "CNY", "lines": lines},
            "address": {"region": ["440305", "310101", "110105"][drawn // 20 % 3]},
            "customer": {"coupons": held},
            # one buyer in four who holds coupons forgets them
            "choice": {"coupons": "none" if drawn // 60 % 4 == 0 else "best"},
        }
    )


def write_month(folder: Path, count: int) -> list[Path]:
    """The records of November, its first half and its second, a file of JSON Lines each."""
    halves = [folder / "first-half.jsonl", folder / "second-half.jsonl"]
    for half, path in enumerate(halves):
        with path.open("w", encoding="utf-8") as file:
            for number in range(half * count // 2, (half + 1) * count // 2):
                file.write(record(settle(checkout(number, count), NOVEMBER)).to_json() + "\n")
    return halves


def reached(side: Side) -> int:
    """How many orders have the fest."""
    return sum(row.orders for row in side.rules if row.rule == "fest")


def edge(found: Sensitivity) -> str:
    """What the platform keeps at each value, where the line bends, and where it is two fifths of November's."""
    least = found.answer.recorded.platform["net"]
    rows = []
    for chosen, best in zip(found.as_chosen, found.best, strict=True):
        kept = "keeps two fifths" if min(chosen.platform, best.platform).minor * 5 >= least.minor * 2 else ""
        kink = "kink" if chosen.kink or best.kink else ""
        sums = f"{chosen.platform.amount:>11,} as chosen {best.platform.amount:>11,} best"
        rows.append(f"{chosen.value:>11}: platform {sums}  {kink:5} {kept}".rstrip())
    return "\n".join(rows)
