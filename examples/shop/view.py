"""What the checkout page shows of a settlement. Every amount is the library's: nothing is added up here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from settlement import Checkout, Money, Settlement, compare, payment_options
from settlement.after_pay.payments import PaymentOption
from settlement.consignee import AddressBook
from settlement.explanations.comparison import Comparison, Row
from settlement.receipts.hint import Hint
from settlement.receipts.parts import ParcelCharge, SettledLine, SettledShop, Totals
from shop.asking import Asked
from shop.data import Good
from shop.pages import shop_name
from shop.texts import LOCALES, Language

__all__ = ["LABELS", "CouponRow", "LineRow", "ShopRows", "TotalRow", "View", "totals_of", "view"]


class LineRow(NamedTuple):
    """One line of the cart: what it costs where it is ticked and can be had, else why not."""

    good: Good
    quantity: str
    ticked: bool
    unit_price: Money
    list_price: Money | None
    settled: SettledLine | None
    reason: str | None
    unticked: bool


class ShopRows(NamedTuple):
    """The lines of one shop, and its own sums where anything of it is bought."""

    shop: str
    lines: tuple[LineRow, ...]
    settled: SettledShop | None
    totals: tuple[TotalRow, ...]
    parcels: tuple[ParcelCharge, ...]


class CouponRow(NamedTuple):
    """A coupon that is held: used now, worth this much if used alone, or why it cannot be used and what is missing."""

    id: str
    name: str
    used: bool
    usable: bool
    saving: Money | None
    reason: str | None
    hint: str | None


class TotalRow(NamedTuple):
    """One column of the whole that is not 0, by the text of its label."""

    label: str
    amount: Money


class View(NamedTuple):
    """The page."""

    settlement: Settlement
    checkout: Checkout
    book: AddressBook
    address: str | None
    shops: tuple[ShopRows, ...]
    coupons: tuple[CouponRow, ...]
    totals: tuple[TotalRow, ...]
    ways: tuple[tuple[str, Row], ...]
    methods: tuple[PaymentOption, ...]
    gifts: tuple[tuple[str, str], ...]


#: Columns of a settlement, and what they are called.
LABELS: Final[Mapping[str, str]] = {
    "goods": "Goods",
    "promotions": "Promotions",
    "coupons": "Coupons",
    "freight": "Freight",
    "surcharges": "Surcharges",
    "freight_offers": "Freight offers",
    "points": "Points",
    "payment_fee": "Payment fee",
    "rounding": "Rounding",
}
#: Rows of the comparison, in its order.
_WAYS: Final[Mapping[str, str]] = {
    "nothing": "Nothing used",
    "coupons": "Best coupons",
    "points": "Points alone",
    "best": "Coupons and points",
}


def view(now: Asked, goods: Mapping[str, Good], lang: Language) -> View:
    """All parts of the page."""
    settled = now.settled
    found = compare(now.checkout, now.rules)
    return View(
        settled,
        now.checkout,
        now.book,
        now.address,
        tuple(_shops(now.checkout, settled, goods, lang)),
        tuple(_coupons(found, settled, lang)),
        totals_of(settled.totals),
        tuple((_WAYS[row.kind], row) for row in found.rows if row.kind in _WAYS),
        payment_options(now.checkout, now.rules),
        tuple((gift.name or gift.sku, str(gift.quantity)) for gift in settled.gifts),
    )


def totals_of(sums: Totals | SettledShop) -> tuple[TotalRow, ...]:
    """The columns that add up to what is to be paid; goods and freight are always there."""
    rows = [(name, label, getattr(sums, name)) for name, label in LABELS.items()]
    return tuple(TotalRow(label, amount) for name, label, amount in rows if amount or name in {"goods", "freight"})


def _shops(checkout: Checkout, settled: Settlement, goods: Mapping[str, Good], lang: Language) -> Iterator[ShopRows]:
    lines = {line.id: line for line in settled.lines}
    reasons = {each.line: each for each in settled.excluded}
    sums = {each.shop: each for each in settled.shops}
    for shop in dict.fromkeys(line.shop for line in checkout.cart.lines):
        rows = []
        for line in checkout.cart.lines:
            if line.shop != shop:
                continue
            why = reasons.get(line.id)
            rows.append(
                LineRow(
                    goods[line.sku],
                    str(line.quantity),
                    line.selected,
                    line.unit_price,
                    line.list_price if line.list_price != line.unit_price else None,
                    lines.get(line.id),
                    None if why is None else why.text(LOCALES[lang]),
                    not line.selected,
                )
            )
        parcels = tuple(each for each in settled.parcels if each.shop == shop)
        found = sums.get(shop)
        columns = () if found is None else totals_of(found)
        yield ShopRows(shop, tuple(rows), found, columns, parcels)


def _coupons(found: Comparison, settled: Settlement, lang: Language) -> Iterator[CouponRow]:
    """Those in use first, then those that could be, then the others."""
    used = {each.id for each in settled.redemptions if each.kind == "coupon"}
    rows = []
    for row in found.rows:
        if row.coupon is None:
            continue
        decision = next((each for each in row.settlement.decisions if each.rule == row.coupon), None)
        reason = None if row.refused is None or decision is None else decision.text(LOCALES[lang])
        hint = None if row.hint is None else _hint(row.hint, lang)
        saving = row.saving if row.refused is None else None
        name = found.names.get(row.coupon, row.coupon)
        rows.append(CouponRow(row.coupon, name, row.coupon in used, row.refused is None, saving, reason, hint))
    yield from sorted(rows, key=lambda each: (not each.used, not each.usable))


def _hint(hint: Hint, lang: Language) -> str:
    """In words, with the shop as people call it."""
    named = hint if hint.shop is None else hint._replace(shop=shop_name(hint.shop, lang))
    return named.text(LOCALES[lang])
