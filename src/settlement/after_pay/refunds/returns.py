"""Refunds: folds of a settlement, nothing recomputed by another formula (contract §8).

What a line gives back is the part of its two sides (`sides`) that its returned quantity makes, less what earlier
refunds gave. Everything else about a refund is a choice of the shop, `RefundPolicy`, whose defaults choose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from settlement.after_pay.refunds.history import returned
from settlement.after_pay.refunds.money_back import Deduction, MoneyAsked, MoneyBack, StoreCredit
from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sold import Sold, quantity
from settlement.documents.json_text import compact
from settlement.documents.problems import expect
from settlement.documents.scalars import quantity_out
from settlement.errors import InvalidDocument, Problem, RefundExceeds
from settlement.money import Money, excerpt, money_of
from settlement.receipts.called import Called
from settlement.receipts.settlement import Settlement, expect_settlement

__all__ = ["RefundPreview", "preview", "refund"]


class RefundPreview(NamedTuple):
    """What returning one line alone would give: the next units one after the other, and all that is left."""

    line: str
    left: int | Decimal
    units: tuple[Money, ...]
    all_left: Money
    points: int

    def to_dict(self) -> dict[str, Any]:
        """The preview as plain data; docs/schemas/refund-preview.schema.json says how it is written."""
        left = self.left if isinstance(self.left, int) else str(self.left)
        units = [str(unit) for unit in self.units]
        return {
            "line": self.line, "left": left, "units": units, "all_left": str(self.all_left), "points": self.points,
        }  # fmt: skip

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    def text(self, locale: str = "en") -> str:
        """What comes back of this line, for a reader. Raises `UnknownLocale`."""
        from settlement.documents.words.language import language
        from settlement.documents.words.plain import shown

        say = language(locale)
        facts = {"line": shown(self.line), "left": say.number(self.left), "all": say.money(self.all_left)}
        if not self.units:
            return say("{line}: {left} left; all of it {all}", **facts)
        return say("{line}: {left} left; the next one {next}, all of it {all}", next=say.money(self.units[0]), **facts)

    def __str__(self) -> str:
        return self.text()


def refund(
    settlement: Settlement,
    returns: Mapping[str, int | str | Decimal],
    history: Iterable[RefundQuote] = (),
    freight: Literal["keep", "return", "parcel"] = "keep",
    policy: RefundPolicy | None = None,
    *,
    money: Iterable[MoneyBack] = (),
    deductions: Iterable[Deduction] = (),
    credit: StoreCredit | None = None,
    captured: Money | None = None,
    id: str | None = None,
    at: datetime | str | None = None,
) -> RefundQuote:
    """What to give back for these returned quantities by line id, after the refunds in `history`.

    Cumulative and floored, so that any sequence ends at exactly what was paid. With `freight="return"` the freight of
    the lines in `returns` comes back too, also what an earlier `keep` held (0 is a legal quantity for that); with
    `"parcel"` the freight of a parcel comes back with the last of its lines. Of goods sold by the piece only whole
    ones come back. `money` is given without goods, up to what is left; `deductions` are what the shop keeps of all
    that, `credit` what becomes store credit instead of going back by the payment method. `captured` is what was really
    taken from the buyer, where that is known. `id` and `at`, an instant with its offset, are the refund's own: they
    tell it from one that gives back the same, and say on which day it is booked. Raises `UnknownLine`, `RefundExceeds`
    where more is returned than was bought or paid back than was captured, also where the history alone does;
    `InvalidDocument` for a malformed quantity and for history of another order, `ValueError` for that of another
    settlement, `TypeError` for anything but these documents. Source: contract §8, docs/after-pay.md.

    >>> from settlement import Cart, Checkout, Coupon, Customer, Line, Rulebook, settle
    >>> quarter = {"benefit": {"type": "percent_off", "percent": "25"}}
    >>> coupons = [{"id": "off", "issuer": "platform", "tiers": [quarter]}]
    >>> book = Rulebook.model_validate({"id": "r", "currency": "CNY", "coupons": coupons})
    >>> cart = Cart(currency="CNY", lines=[Line(id="1", shop="s", sku="k", quantity=10, unit_price="23.90 CNY")])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, customer=Customer(coupons=["off"]))
    >>> paid = settle(checkout, book)
    >>> first = refund(paid, {"1": 3})
    >>> str(first.cash), str(refund(paid, {"1": 7}, history=[first]).cash), str(paid.payable)
    ('53.77 CNY', '125.48 CNY', '179.25 CNY')
    """
    sold, earlier = _checked(settlement, history, freight, policy)
    expect("captured", captured, Money, optional=True)
    asked = MoneyAsked.of(settlement.currency, sold.sides, money, deductions, credit)
    quote = sold.quote(returns, earlier, freight, policy or RefundPolicy(), asked)
    lines, offers, gifts = settlement.called
    quote.called = Called(dict(lines), dict(offers), dict(gifts))  # of its own, and as can be pickled
    paid_back = sum([each.cash.minor for each in earlier]) + quote.cash.minor
    if captured is not None and money_of(paid_back, settlement.currency) > captured:
        raise RefundExceeds("", str(captured), str(money_of(paid_back, settlement.currency)))
    if id is None and at is None:
        return quote
    named = quote.known_as(id, at)
    sold.history([*earlier, named], "history and quote")
    return named


def _checked(
    settlement: Settlement, history: Iterable[RefundQuote], freight: object, policy: object
) -> tuple[Sold, list[RefundQuote]]:
    """What was sold, and the refunds of it so far, once all that was handed in is what it should be."""
    expect_settlement(settlement)
    expect("policy", policy, RefundPolicy, optional=True)
    if freight not in ("keep", "return", "parcel"):
        facts = {"found": excerpt(freight), "expected": '"keep", "return" or "parcel"'}
        raise InvalidDocument([Problem("freight", "choice.unknown", facts)], "refund")
    sold = Sold(settlement)
    return sold, sold.history(history)


def preview(
    settlement: Settlement,
    history: Iterable[RefundQuote] = (),
    freight: Literal["keep", "return", "parcel"] = "keep",
    policy: RefundPolicy | None = None,
    *,
    most: int = 10,
) -> tuple[RefundPreview, ...]:
    """What each line that is left would give if it alone came back: up to `most` units in turn, and all of it.

    Made by `refund()` itself, so it is what a refund gives; goods sold by measure come back by whole units first.
    Raises what `refund()` raises, and `InvalidDocument` where `most` is no number of units.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s", sku="k", quantity=3, unit_price="3.33 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> found = preview(settle(checkout, Rulebook(id="r", currency="CNY")))[0]
    >>> [str(unit) for unit in found.units], str(found.all_left)
    (['3.33 CNY', '3.33 CNY', '3.33 CNY'], '9.99 CNY')
    """
    sold, earlier = _checked(settlement, history, freight, policy)
    if type(most) is not int or most < 0:
        facts = {"found": excerpt(most), "range": "0 or more"}
        raise InvalidDocument([Problem("most", "quantity.range", facts)], "preview")
    policy = policy or RefundPolicy()
    before = returned(earlier)
    made = []
    for name, line in sold.sides.items():
        left = line.bought - before.get(name, 0)
        if not left:
            continue
        chain = list(earlier)
        for _ in range(min(most, left // 1000)):
            chain.append(sold.quote({name: 1}, chain, freight, policy))
        rest = sold.quote({name: quantity_out(left)}, earlier, freight, policy)
        units = tuple([each.cash for each in chain[len(earlier) :]])
        made.append(RefundPreview(name, quantity(left), units, rest.cash, rest.points))
    return tuple(made)
