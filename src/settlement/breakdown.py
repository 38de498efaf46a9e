"""What comes out: the settlement and its parts (contract §7).

A settlement keeps plain tuples; the parts that a caller reads are made when they are read. Every total is a fold of
the adjustments. `Settlement.from_json(settlement.to_json())` is equal to the settlement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, NoReturn, TypeAlias

from settlement.documents import quantity_out
from settlement.errors import UnknownLine
from settlement.facts import facts_of
from settlement.ledger import STAGES, Entry, Verdict
from settlement.money import Money, _money, format_minor

if TYPE_CHECKING:
    from settlement.cart import Checkout
    from settlement.invoice import InvoiceRequest
    from settlement.rulebook import Rulebook

__all__ = [
    "COLUMNS",
    "Adjustment",
    "Decision",
    "ExcludedLine",
    "GiftLine",
    "ParcelCharge",
    "PointsUse",
    "SettledLine",
    "SettledShop",
    "Settlement",
    "Totals",
]

#: The signed columns whose sum is payable.
COLUMNS: Final = (
    "goods",
    "promotions",
    "coupons",
    "freight",
    "surcharges",
    "freight_offers",
    "points",
    "payment_fee",
    "rounding",
)
#: The column that a stage belongs to.
COLUMN_OF_STAGE: Final = (1, 1, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8)
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
    payment_fee: Money
    rounding: Money
    payable: Money


class SettledShop(NamedTuple):
    """The same columns for one shop."""

    id: str
    list: Money
    goods: Money
    promotions: Money
    coupons: Money
    freight: Money
    surcharges: Money
    freight_offers: Money
    points: Money
    payment_fee: Money
    rounding: Money
    payable: Money


class SettledLine(NamedTuple):
    """The same columns for one line, with what is carried for payout and invoice."""

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
    payment_fee: Money
    rounding: Money
    payable: Money
    points_used: int


class ParcelCharge(NamedTuple):
    """One parcel: the zone that decided, its units, and what it pays after the combination."""

    shop: str
    template: str
    warehouse: str | None
    zone: str
    units: int
    fee: Money
    surcharge: Money
    free: bool


class Adjustment(NamedTuple):
    """One signed amount and its shares by line; `platform` is what the platform bears of them."""

    stage: str
    rule: str
    amount: Money
    shares: Mapping[str, Money]
    platform: Mapping[str, Money]
    facts: Mapping[str, Any]


class Decision(NamedTuple):
    """Why an offer applied or did not; `shortfall` is what is missing (an amount, or a quantity)."""

    rule: str
    outcome: Literal["applied", "refused"]
    reason: str | None = None
    shortfall: Money | int | Decimal | None = None
    facts: Mapping[str, Any] = MappingProxyType({})


class ExcludedLine(NamedTuple):
    """A line that is left out, why, and for stock and limit how much is available."""

    line: str
    reason: str
    available: int | Decimal | None = None


class GiftLine(NamedTuple):
    """What comes along."""

    rule: str
    sku: str
    quantity: int | Decimal


class PointsUse(NamedTuple):
    """Points used, earned, and usable at most."""

    used: int
    earned: int
    usable: int


def _quantity(thousandths: int) -> int | Decimal:
    shown = quantity_out(thousandths)
    return shown if isinstance(shown, int) else Decimal(shown)


class Record(NamedTuple):
    """The plain content of a settlement; lines of entries are places in `ids`."""

    status: Status
    currency: str
    at: str
    rulebook: str
    version: str
    #: Line ids, sorted.
    ids: tuple[str, ...]
    #: In the order of the cart: id, shop, sku, thousandths, unit price, commission, tax.
    heads: tuple[tuple[str, str, str, int, int, Any, Any], ...]
    #: In the same order: list, the nine columns, payable.
    amounts: tuple[tuple[int, ...], ...]
    points_used: tuple[int, ...]
    #: Shop ids in the order of the cart, and their columns.
    shops: tuple[tuple[str, tuple[int, ...]], ...]
    totals: tuple[int, ...]
    #: shop, template, warehouse, zone, units, fee, surcharge, free
    parcels: tuple[tuple[str, str, str | None, str, int, int, int, bool], ...]
    entries: tuple[Entry, ...]
    verdicts: tuple[Verdict, ...]
    excluded: tuple[tuple[str, str, int | None], ...]
    gifts: tuple[tuple[str, str, int], ...]
    points: tuple[int, int, int]
    optimal: bool
    #: A proven lower bound on the cost, where the choice is not proven best.
    bound: int | None
    remark: str | None
    invoice: Any


class Settlement:
    """What is due, to the minor unit, and why. Immutable; made by `settle()` or read by `from_json()`.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> settlement = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> settlement.payable, settlement.status
    (Money('119.80 CNY'), 'payable')
    >>> Settlement.from_json(settlement.to_json()) == settlement
    True
    """

    __slots__ = ("__dict__", "_digest", "_record", "_request")

    _record: Record
    _digest: str | None
    _request: tuple[Checkout, Rulebook] | None

    def __init__(
        self, record: Record, request: tuple[Checkout, Rulebook] | None = None, digest: str | None = None
    ) -> None:
        set_ = object.__setattr__
        set_(self, "_record", record)
        set_(self, "_request", request)
        set_(self, "_digest", digest)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        msg = f"a Settlement is immutable; {name!r} can't be set"
        raise AttributeError(msg)

    # -------------------------------------------------------------- single values

    @property
    def status(self) -> Status:
        """`payable`, `pending` (no address yet) or `blocked`."""
        return self._record.status

    @property
    def currency(self) -> str:
        """ISO 4217 code."""
        return self._record.currency

    @property
    def at(self) -> str:
        """The instant that the settlement is for, in UTC."""
        return self._record.at

    @property
    def rulebook(self) -> str:
        """Id of the rules."""
        return self._record.rulebook

    @property
    def calculation_version(self) -> str:
        """Changes when any cart's result changes by one minor unit."""
        return self._record.version

    @property
    def payable(self) -> Money:
        """What is to be paid."""
        return _money(self._record.totals[-1], self._record.currency)

    @property
    def optimal(self) -> bool:
        """Whether the choice of coupons is proven best; true for a list and for none."""
        return self._record.optimal

    @property
    def bound(self) -> Money | None:
        """Where `optimal` is false: no choice of coupons can cost less than this (payable plus the worth of points)."""
        bound = self._record.bound
        return None if bound is None else _money(bound, self._record.currency)

    @property
    def remark(self) -> str | None:
        """Carried through."""
        return self._record.remark

    @property
    def invoice(self) -> InvoiceRequest | None:
        """Carried through."""
        return self._record.invoice  # type: ignore[no-any-return]

    @property
    def points(self) -> PointsUse:
        """Points used, earned and usable."""
        return PointsUse(*self._record.points)

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the request, without what is personal (contract §7)."""
        if self._digest is None:
            from settlement.canonical import request_digest

            if self._request is None:
                msg = "this settlement carries neither a request nor a digest"
                raise ValueError(msg)
            object.__setattr__(self, "_digest", request_digest(*self._request))
        return self._digest  # type: ignore[return-value]

    # -------------------------------------------------------------- parts

    def _monies(self, amounts: Sequence[int]) -> list[Money]:
        currency = self._record.currency
        return [_money(amount, currency) for amount in amounts]

    @cached_property
    def totals(self) -> Totals:
        """The columns of the whole."""
        return Totals(*self._monies(self._record.totals))

    @cached_property
    def shops(self) -> tuple[SettledShop, ...]:
        """The columns of each shop, in the order of the cart."""
        return tuple(SettledShop(name, *self._monies(amounts)) for name, amounts in self._record.shops)

    @cached_property
    def lines(self) -> tuple[SettledLine, ...]:
        """The columns of each line, in the order of the cart."""
        record = self._record
        made = []
        for (name, shop, sku, milli, price, commission, tax), amounts, used in zip(
            record.heads, record.amounts, record.points_used, strict=True
        ):
            unit = _money(price, record.currency)
            head = (name, shop, sku, _quantity(milli), unit, commission, tax)
            made.append(SettledLine(*head, *self._monies(amounts), used))  # type: ignore[call-arg, arg-type]
        return tuple(made)

    def line(self, name: str) -> SettledLine:
        """One line. Raises `UnknownLine`."""
        for line in self.lines:
            if line.id == name:
                return line
        raise UnknownLine(name, self._record.ids)

    @cached_property
    def parcels(self) -> tuple[ParcelCharge, ...]:
        """Parcels by shop, template and warehouse."""
        currency = self._record.currency
        return tuple(
            ParcelCharge(*row[:5], _money(row[5], currency), _money(row[6], currency), row[7])
            for row in self._record.parcels
        )

    @cached_property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Every signed amount, in the order in which they were made."""
        ids, currency = self._record.ids, self._record.currency
        made = []
        for stage, rule, amount, lines, shares, borne, facts in self._record.entries:
            names = [ids[line] for line in lines]
            platform = [
                (name, _money(share, currency)) for name, share in zip(names, borne or (), strict=False) if share
            ]
            made.append(
                Adjustment(
                    STAGES[stage],
                    rule,
                    _money(amount, currency),
                    MappingProxyType(dict(zip(names, self._monies(shares), strict=True))),
                    MappingProxyType(dict(platform)),
                    MappingProxyType(facts_of(facts, currency)),
                )
            )
        return tuple(made)

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """Why each offer applied or did not."""
        currency = self._record.currency
        made = []
        for rule, reason, shortfall, facts in self._record.verdicts:
            missing: Money | int | Decimal | None = None
            if shortfall is not None:
                missing = _quantity(shortfall) if reason in QUANTITY_REASONS else _money(shortfall, currency)
            outcome: Literal["applied", "refused"] = "applied" if reason is None else "refused"
            made.append(Decision(rule, outcome, reason, missing, MappingProxyType(facts_of(facts, currency))))
        return tuple(made)

    @cached_property
    def excluded(self) -> tuple[ExcludedLine, ...]:
        """Lines that are left out, in the order of the cart."""
        return tuple(
            ExcludedLine(line, reason, None if available is None else _quantity(available))
            for line, reason, available in self._record.excluded
        )

    @cached_property
    def gifts(self) -> tuple[GiftLine, ...]:
        """What comes along."""
        return tuple(GiftLine(rule, sku, _quantity(milli)) for rule, sku, milli in self._record.gifts)

    # -------------------------------------------------------------- JSON

    def to_dict(self) -> dict[str, Any]:
        """The document of contract §7 as plain dicts, lists, strings and integers."""
        record = self._record
        currency = record.currency

        def money(amount: int) -> str:
            return format_minor(amount, currency)

        def columns(amounts: Sequence[int]) -> dict[str, str]:
            return dict(zip(Totals._fields, map(money, amounts), strict=True))

        document: dict[str, Any] = {
            "status": record.status,
            "currency": currency,
            "at": record.at,
            "rulebook": record.rulebook,
            "digest": self.digest,
            "calculation_version": record.version,
            "totals": columns(record.totals),
            "lines": [
                {
                    "id": name,
                    "shop": shop,
                    "sku": sku,
                    "quantity": quantity_out(milli),
                    "unit_price": money(price),
                    "commission_percent": None if commission is None else str(commission),
                    "tax_percent": None if tax is None else str(tax),
                    **columns(amounts),
                    "points_used": used,
                }
                for (name, shop, sku, milli, price, commission, tax), amounts, used in zip(
                    record.heads, record.amounts, record.points_used, strict=True
                )
            ],
            "shops": [{"id": name, **columns(amounts)} for name, amounts in record.shops],
            "parcels": [
                {
                    "shop": shop,
                    "template": template,
                    "warehouse": warehouse,
                    "zone": zone,
                    "units": units,
                    "fee": money(fee),
                    "surcharge": money(surcharge),
                    "free": free,
                }
                for shop, template, warehouse, zone, units, fee, surcharge, free in record.parcels
            ],
            "adjustments": [self._adjustment(entry) for entry in record.entries],
            "decisions": [self._decision(verdict) for verdict in record.verdicts],
            "excluded": [
                {"line": line, "reason": reason} | ({} if available is None else {"available": quantity_out(available)})
                for line, reason, available in record.excluded
            ],
            "gifts": [{"rule": rule, "sku": sku, "quantity": quantity_out(milli)} for rule, sku, milli in record.gifts],
            "points": dict(zip(PointsUse._fields, record.points, strict=True)),
            "optimal": record.optimal,
        }
        if record.bound is not None:
            document["bound"] = money(record.bound)
        document["remark"] = record.remark
        document["invoice"] = None if record.invoice is None else record.invoice.model_dump(mode="json")
        return document

    def _adjustment(self, entry: Entry) -> dict[str, Any]:
        stage, rule, amount, lines, shares, borne, facts = entry
        ids, currency = self._record.ids, self._record.currency
        return {
            "stage": STAGES[stage],
            "rule": rule,
            "amount": format_minor(amount, currency),
            "shares": {ids[line]: format_minor(share, currency) for line, share in zip(lines, shares, strict=True)},
            "platform": {
                ids[line]: format_minor(share, currency)
                for line, share in zip(lines, borne or (), strict=False)
                if share
            },
            "facts": facts_of(facts, currency),
        }

    def _decision(self, verdict: Verdict) -> dict[str, Any]:
        rule, reason, shortfall, facts = verdict
        row: dict[str, Any] = {"rule": rule, "outcome": "applied" if reason is None else "refused"}
        if reason is not None:
            row["reason"] = reason
        if shortfall is not None:
            quantity = reason in QUANTITY_REASONS
            row["shortfall"] = quantity_out(shortfall) if quantity else format_minor(shortfall, self._record.currency)
        shown = facts_of(facts, self._record.currency)
        if shown:
            row["facts"] = shown
        return row

    def to_json(self) -> str:
        """The document of contract §7, compact. Equal requests give equal bytes."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Settlement:
        """Read `to_json()` back. Raises `InvalidDocument`, and `InvariantBroken` where the sums contradict."""
        from settlement.reading import read_settlement

        return read_settlement(text)

    # -------------------------------------------------------------- as a value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Settlement):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self._record.at, self._record.totals, self._record.ids))

    def __repr__(self) -> str:
        record = self._record
        return f"<Settlement {record.status} {self.payable}, {len(record.ids)} lines, rules {record.rulebook!r}>"

    def __str__(self) -> str:
        from settlement.render.receipt import receipt

        return receipt(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Settlement.from_json, (self.to_json(),)
