"""Carts as Medusa has them, and the Node process that settles them."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from compare import Given

    from settlement import Settlement

__all__ = ["Medusa"]

#: CPU seconds until V8 has compiled what there is to compile.
WARM = 4.0


class Medusa:
    """A running Medusa: `load` a cart under a name, then `seconds` settles it so often."""

    def __init__(self, folder: Path) -> None:
        program = Path(__file__).with_name("medusa.cjs")
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            ["node", str(program), str(folder.resolve())],  # noqa: S607 - found on PATH, as in a shell
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "the Node process ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def load(self, name: str, settlement: Settlement, categories: dict[str, str], coupons: Collection[Given]) -> None:
        """The cart with its freight as given, and the promotions that its customer enters."""
        promotions = [_promotion(coupon) for coupon in coupons]
        self._ask({"name": name, "cart": _cart(settlement, categories), "promotions": promotions})
        warmed = 0.0
        while warmed < WARM:
            warmed += self.seconds(name, 20)

    def seconds(self, name: str, calls: int) -> float:
        """CPU time of so many calls."""
        return float(self._ask({"run": name, "calls": calls})["seconds"])

    def payable(self, name: str) -> Decimal:
        """What Medusa makes of the cart, unrounded as it is there."""
        return Decimal(str(self._ask({"run": name, "calls": 1})["total"]))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def _cart(settlement: Settlement, categories: dict[str, str]) -> dict[str, Any]:
    items = [
        {
            "id": line.id,
            "shop": line.shop,
            "category": categories[line.id],
            "quantity": int(line.quantity),
            "unit_price": float(line.unit_price.amount),
            "subtotal": float(line.goods.amount),
            "original_total": float(line.goods.amount),
            "is_discountable": True,
            "adjustments": [],
            "tax_lines": [],
        }
        for line in settlement.lines
    ]
    shipping = [
        {
            "id": f"{parcel.shop}-{parcel.template}",
            "amount": float(parcel.fee.amount),
            "adjustments": [],
            "tax_lines": [],
        }
        for parcel in settlement.parcels
    ]
    return {"currency_code": "cny", "items": items, "shipping_methods": shipping}


def _promotion(coupon: Given) -> dict[str, Any]:
    rules = []
    if coupon.shop is not None:
        rules.append({"attribute": "items.shop", "operator": "in", "values": [{"value": coupon.shop}]})
    if coupon.categories is not None:
        values = [{"value": category} for category in coupon.categories]
        rules.append({"attribute": "items.category", "operator": "in", "values": values})
    return {
        "code": coupon.id,
        "type": "standard",
        "is_automatic": False,
        "is_tax_inclusive": False,
        "rules": [],
        "application_method": {
            "type": "percentage" if coupon.amount is None else "fixed",
            "value": float(coupon.percent if coupon.amount is None else coupon.amount),  # type: ignore[arg-type]  # one of the two is there
            "target_type": "items",
            "allocation": "across",
            "currency_code": "cny",
            "target_rules": rules,
        },
    }
