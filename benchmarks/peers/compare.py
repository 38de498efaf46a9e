"""Other shops' engines on the same carts, beside settle() and the floor in the same rounds: `make bench-peers`.

They are given the coupons that settle() chose, as it were the answer of a search that they don't make; a percentage
that reached its `max` is given as the amount that it came to. So the goods after coupons should be the same, and how
far they are is printed. On W3 they also get all 60 coupons that the customer holds: then each applies what it can.
What each does and does not do in that time stands in docs/performance.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import workloads
from medusa import Medusa
from oscar_shop import Oscar, without_queries
from subjects import Bench, applied
from timing import Elsewhere, Subject, Timing, rounds_of

from settlement import Settlement

__all__ = ["Given"]

ROUNDS = 25


class Given(NamedTuple):
    """A coupon as a peer can have it: of a shop or of all, in some categories or all, an amount or a percentage."""

    id: str
    shop: str | None
    categories: tuple[str, ...] | None
    min_amount: Decimal
    amount: Decimal | None
    percent: Decimal | None


def given_coupons(bench: Bench, settlement: Settlement, wanted: list[str]) -> list[Given]:
    """The wanted coupons, those of shops first."""
    took = {each.rule: -each.amount.amount for each in settlement.adjustments}
    made = []
    for coupon in sorted(bench.rules.coupons, key=lambda coupon: (coupon.issuer == "platform", coupon.id)):
        if coupon.id in wanted:
            tier = coupon.tiers[0]
            benefit: Any = tier.benefit
            amount = benefit.amount.amount if benefit.type == "amount_off" else None
            if amount is None and benefit.max is not None:
                amount = took.get(coupon.id)
            percent = None if amount is not None else Decimal(benefit.percent)
            shop = None if coupon.issuer == "platform" else coupon.issuer
            categories = None if coupon.scope is None else coupon.scope.categories
            least = Decimal(0) if tier.min_amount is None else tier.min_amount.amount
            made.append(Given(coupon.id, shop, categories, least, amount, percent))
    return made


def compare(
    medusa: Medusa, name: str, request: workloads.Document, *, every: bool
) -> Iterator[tuple[str, str, str, str]]:
    """Rows of one cart: who, ratio to the floor, median, how far its goods after coupons are from settle()'s."""
    best = Bench(request)
    chosen = [rule for rule in applied(best.settlement) if rule != "points"]
    bench = Bench(request, chosen)
    settlement = bench.settlement
    categories = {line.id: line.categories[0] if line.categories else "" for line in bench.checkout.cart.lines}
    coupons = given_coupons(bench, settlement, [coupon.id for coupon in bench.rules.coupons] if every else chosen)
    shop = Oscar(settlement, categories, coupons)
    medusa.load(name, settlement, categories, coupons)
    ours = settlement.totals.goods.amount + settlement.totals.coupons.amount
    freight = settlement.totals.freight.amount
    with without_queries():
        off = {
            "django-oscar": shop.settle(shop.baskets(1)[0]) - ours,
            "Medusa": medusa.payable(name) - freight - ours,
        }
        found = rounds_of(
            [
                bench.floored(),
                Subject("settle, coupons as a list", bench.settle, bench.checkouts),
                Subject("settle, best", best.settle, best.checkouts),
                Subject("django-oscar", shop.settle, shop.baskets),
                Elsewhere("Medusa", lambda calls: medusa.seconds(name, calls)),
            ],
            ROUNDS,
        )
    for subject, timing in found.items():
        yield _row(f"{name} {subject}", timing, off.get(subject))


def _row(what: str, timing: Timing, off: Decimal | None) -> tuple[str, str, str, str]:
    return what, f"{timing.ratio:.1f}", f"{timing.microseconds:,.0f} µs", "" if off is None else f"{off:+.4f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("medusa", type=Path, help="the folder in which npm installed package.json")
    parser.add_argument("--markdown", action="store_true", help="the table of docs/performance.md")
    given = parser.parse_args()
    medusa = Medusa(given.medusa)
    head = ("", "× floor", "median", "goods after coupons")
    print(
        "| " + " | ".join(head) + " |\n|---|--:|--:|--:|"
        if given.markdown
        else "{:<36}{:>10}{:>14}{:>24}".format(*head)
    )
    for name, request, every in (
        ("W1", workloads.w1(), False),
        ("W2", workloads.w2(), False),
        ("W3", workloads.w3(), False),
        ("W3, all 60 coupons,", workloads.w3(), True),
    ):
        for row in compare(medusa, name, request, every=every):
            shown = "| " + " | ".join(row) + " |" if given.markdown else "{:<36}{:>10}{:>14}{:>24}".format(*row)
            print(shown, flush=True)
    medusa.close()


if __name__ == "__main__":
    main()
