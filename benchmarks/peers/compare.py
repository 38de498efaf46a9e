"""Other shops' engines on the same carts, beside settle() and the floor in the same rounds: `make bench-peers`.

They are given the coupons that settle() chose, so they need no choice, and are told the freight or have none; what
each does and does not do in that time stands in docs/performance.md. How far their payable is from settle()'s is
printed beside each time.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import oscar_shop
import workloads
from medusa import Medusa
from run import Bench, applied
from timing import Subject, rounds_of

ROUNDS = 15


def main() -> None:
    """Measure and print."""
    medusa = Medusa(Path(sys.argv[1]))
    print(f"{'':<34}{'× floor':>9}{'median':>14}{'payable − settle()':>22}")
    for name, request in (("W1", workloads.w1()), ("W2", workloads.w2()), ("W3", workloads.w3())):
        chosen = applied(Bench(request).settle())
        bench = Bench(request, [rule for rule in chosen if rule != "points"])
        settlement = bench.settle()
        categories = {line.id: (line.categories or ("",))[0] for line in bench.checkout.cart.lines}
        held = sorted(bench.rules.coupons, key=lambda coupon: (coupon.issuer == "platform", coupon.id))
        for what, coupons in (("chosen coupons", [c for c in held if c.id in chosen]), ("all coupons held", held)):
            if len(coupons) == len(held) and what == "chosen coupons" and name != "W3":
                what = "all coupons"
            elif what == "all coupons held" and len(held) == len(chosen_coupons(held, chosen)):
                continue
            shop = oscar_shop.Oscar(settlement, categories, coupons)
            key = f"{name} {what}"
            medusa.load(key, settlement, categories, coupons)
            subjects: list[Subject] = [
                bench.floored(),
                Subject("settle", bench.settle, lambda n: [None] * n),
                Subject("django-oscar", shop.settle, shop.baskets),
            ]
            print(key, len(coupons), len(subjects), median([1.0]))
            with oscar_shop.without_queries():
                found = rounds_of(subjects, ROUNDS)
            for subject in subjects:
                timing = found[subject.name]
                print(f"{subject.name:<34}{timing.ratio:>9.1f}{timing.microseconds:>14.1f}")
            print(shop.settle(shop.baskets(1)[0]), medusa.payable(key), settlement.payable)
    medusa.close()


def chosen_coupons(held: list[Any], chosen: list[str]) -> list[Any]:
    return [coupon for coupon in held if coupon.id in chosen]


_ = Decimal

if __name__ == "__main__":
    main()
