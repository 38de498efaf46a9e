"""The parts of a settlement that a caller reads (contract §7): columns, lines, adjustments, decisions and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from settlement.money import Money

if TYPE_CHECKING:
    from settlement.receipts.saved import Saved

__all__ = [
    "QUANTITY_REASONS",
    "Adjustment",
    "Decision",
    "ExcludedLine",
    "GiftLine",
    "Instalment",
    "ParcelCharge",
    "PointsUse",
    "SettledLine",
    "SettledShop",
    "Status",
    "TaxLine",
    "TenderPayment",
    "Totals",
    "WarehouseChoice",
]

#: Decisions whose shortfall is a quantity.
QUANTITY_REASONS: Final = frozenset({"below_quantity"})

Status: TypeAlias = Literal["payable", "pending", "blocked"]


class Totals(NamedTuple):
    """The columns of a settlement, signed from the buyer's purse; all but `list` add up to `payable`."""

    list: Money
    goods: Money
    promotions: Money
    coupons: Money
    freight: Money
    surcharges: Money
    freight_offers: Money
    points: Money
    tax: Money
    payment_fee: Money
    rounding: Money
    payable: Money

    @property
    def saved(self) -> Saved:
        """What the buyer saves, by what takes it off."""
        from settlement.receipts.saved import saved

        return saved(self)


class SettledShop(NamedTuple):
    """The same columns for one shop; the JSON calls it `id`."""

    shop: str
    list: Money
    goods: Money
    promotions: Money
    coupons: Money
    freight: Money
    surcharges: Money
    freight_offers: Money
    points: Money
    tax: Money
    payment_fee: Money
    rounding: Money
    payable: Money

    @property
    def saved(self) -> Saved:
        """What the buyer saves, by what takes it off."""
        from settlement.receipts.saved import saved

        return saved(self)


class SettledLine(NamedTuple):
    """The same columns for one line, with what is carried for payout and invoice, and the name that people see.

    Names are personal: None where nobody gave one, or where it was erased.
    """

    id: str
    shop: str
    sku: str
    quantity: int | Decimal
    unit_price: Money
    commission_percent: int | Decimal | None
    tax_percent: int | Decimal | None
    list: Money
    goods: Money
    promotions: Money
    coupons: Money
    freight: Money
    surcharges: Money
    freight_offers: Money
    points: Money
    tax: Money
    payment_fee: Money
    rounding: Money
    payable: Money
    points_used: int
    name: str | None = None
    #: The price list that its unit price is of; None: the cart's.
    price_list: str | None = None
    #: How it is delivered; None: not shipped, not known yet, or of a shop without delivery methods.
    delivery: str | None = None
    #: Money itself, such as a gift card: sold, it is owed to whoever holds it.
    stored_value: bool = False
    #: Whether any part of it may come back, not only whole pieces.
    sold_by_measure: bool = False

    @property
    def saved(self) -> Saved:
        """What the buyer saves, by what takes it off."""
        from settlement.receipts.saved import saved

        return saved(self)


class TaxLine(NamedTuple):
    """One tax at one rate in one shop: what it was taken of and what it came to; below 0 where it is taken out.

    `percent` is in percent. `category` and `reason` are the table's, or the buyer's exemption's. `name` is what people
    see; None where the table has none.
    """

    shop: str
    tax: str
    percent: int | Decimal
    base: Money
    amount: Money
    category: str | None = None
    reason: str | None = None
    name: str | None = None


class ParcelCharge(NamedTuple):
    """One parcel, or a run of equal `boxes`: the deciding zone, the units of one, and what it pays in all."""

    shop: str
    template: str
    warehouse: str | None
    zone: str
    units: int
    fee: Money
    surcharge: Money
    free: bool
    boxes: int = 1
    #: The delivery method; None of a shop without any.
    delivery: str | None = None
    #: Of one that ships free: what it would have paid (`fee`, `surcharges`), by which zone, and what makes it free.
    spared: Mapping[str, Any] | None = None


class Adjustment(NamedTuple):
    """One signed amount and its shares by line; `platform` is what the platform bears of them."""

    stage: str
    rule: str
    amount: Money
    shares: Mapping[str, Money]
    platform: Mapping[str, Money]
    facts: Mapping[str, Any]


class Decision(NamedTuple):
    """Why an offer applied or did not, with its name; `shortfall` is what is missing (an amount, or a quantity).

    `optimal` is the settlement's: whether the choice that this one is judged beside is proven best. `text()` says the
    reason in a reader's language, `str()` in English behind the name.

    >>> print(Decision("c1", "refused", "expired", name="Spring"), Decision("c1", "refused", "expired").text("zh_CN"))
    Spring: expired 已过期
    """

    rule: str
    outcome: Literal["applied", "refused"]
    reason: str | None = None
    shortfall: Money | int | Decimal | None = None
    facts: Mapping[str, Any] = MappingProxyType({})
    name: str | None = None
    optimal: bool = True

    def text(self, locale: str = "en") -> str:
        """The reason for a reader, as docs/reasons.md shows it. Raises `UnknownLocale`."""
        from settlement.receipts.why import decision_text

        return decision_text(self, locale)

    def __str__(self) -> str:
        from settlement.receipts.why import called_text

        return called_text(self.name or self.rule, self.text())


class ExcludedLine(NamedTuple):
    """A line that is left out, why, and for stock and limit how much is available.

    `facts` say of a parcel that is not shipped what was too much of it (docs/freight.md, "Where the card ends").

    >>> print(ExcludedLine("a", "insufficient_stock", 3, "Jasmine tea"))
    Jasmine tea: not enough in stock, 3 left
    """

    line: str
    reason: str
    available: int | Decimal | None = None
    name: str | None = None
    facts: Mapping[str, Any] = MappingProxyType({})

    def text(self, locale: str = "en") -> str:
        """The reason for a reader, as docs/reasons.md shows it. Raises `UnknownLocale`."""
        from settlement.receipts.why import excluded_text

        return excluded_text(self, locale)

    def __str__(self) -> str:
        from settlement.receipts.why import called_text

        return called_text(self.name or self.line, self.text())


class GiftLine(NamedTuple):
    """What comes along; `name` is the gift's own, else that of a line of its sku."""

    rule: str
    sku: str
    quantity: int | Decimal
    name: str | None = None


class PointsUse(NamedTuple):
    """Points used, earned, and usable at most."""

    used: int
    earned: int
    usable: int


class TenderPayment(NamedTuple):
    """What a gift card or stored value pays, and what is left on it."""

    id: str
    type: str
    amount: Money
    left: Money


class Instalment(NamedTuple):
    """One stage of payment, where a presale holds: the `deposit`, what is due `at_once`, a `balance`.

    `amount` is its part of payable, by line in `lines`; `due` what gift cards and stored value leave of it. The amounts
    of all add up to payable, what is due to the settlement's `due`. `pay_from` and `pay_until` (exclusive) are instants
    in UTC, None where nobody says. `kept`: of a deposit what is kept of each line where its balance is not paid.
    """

    kind: Literal["deposit", "at_once", "balance"]
    pay_from: str | None
    pay_until: str | None
    amount: Money
    due: Money
    lines: Mapping[str, Money]
    kept: Mapping[str, Money] = MappingProxyType({})


class WarehouseChoice(NamedTuple):
    """The warehouse of one line, and every candidate with the region that it shares with the address."""

    line: str
    warehouse: str
    candidates: tuple[tuple[str, str], ...]
