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
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from settlement.documents.json_text import Amounts, percent_text
from settlement.documents.problems import expect
from settlement.documents.scalars import instant_out, quantity_out
from settlement.documents.written import numbered
from settlement.errors import Immutable, UnknownLine
from settlement.money import Money, money_of
from settlement.receipts.columns import STAGES
from settlement.receipts.facts import facts_of
from settlement.receipts.parts import (
    QUANTITY_REASONS,
    Adjustment,
    Decision,
    ExcludedLine,
    GiftLine,
    Instalment,
    ParcelCharge,
    PointsUse,
    SettledLine,
    SettledShop,
    Status,
    TaxLine,
    TenderPayment,
    Totals,
    WarehouseChoice,
)
from settlement.receipts.record import Record
from settlement.receipts.redemptions import OF_OFFERS, Redemption, redeemed
from settlement.receipts.to_json import settlement_text
from settlement.rulebook.digest import request_digest

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout, ForShop
    from settlement.cart.invoice_request import InvoiceRequest
    from settlement.discounts.instalments import Parts
    from settlement.receipts.called import Called
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["Settlement", "expect_settlement"]


def _quantity(thousandths: int) -> int | Decimal:
    shown = quantity_out(thousandths)
    return shown if isinstance(shown, int) else Decimal(shown)


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
        _set_record(self, record)
        _set_request(self, request)
        _set_digest(self, digest)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise Immutable("Settlement", name, "change the checkout and settle again")

    def __delattr__(self, name: str) -> NoReturn:
        raise Immutable("Settlement", name, "change the checkout and settle again")

    # -------------------------------------------------------------- single values

    @property
    def status(self) -> Status:
        """`payable`, `pending` (no address yet) or `blocked`."""
        return self._record.status

    @property
    def missing(self) -> tuple[str, ...]:
        """What the amounts lack until there is an address: `freight`, `tax` or both where it is pending, else nothing.

        Tax is open where a shop puts it on top and a rate names regions (docs/taxes.md).
        """
        return tuple(self._record.missing) or (("freight",) if self._record.status == "pending" else ())

    def status_text(self, locale: str = "en") -> str:
        """The status for a reader, as docs/reasons.md shows it. Raises `UnknownLocale`."""
        from settlement.documents.words.language import language
        from settlement.documents.words.texts import PENDING, STATUSES

        return language(locale)(PENDING[", ".join(self.missing)] if self.missing else STATUSES[self.status])

    @property
    def currency(self) -> str:
        """ISO 4217 code."""
        return self._record.currency

    @property
    def at(self) -> str:
        """The instant that the settlement is for, in UTC."""
        return instant_out(self._record.at)

    @property
    def order(self) -> str | None:
        """The shop's own name for the order, carried into every document of it; outside the digest."""
        return self._record.of_order

    def for_order(self, order: str) -> Settlement:
        """The same settlement under an order's name, which tells apart what two buyers asked alike in one second.

        Raises `InvalidDocument` for a name that is no id.

        >>> from settlement import Cart, Checkout, Line, Rulebook, settle
        >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
        >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
        >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
        >>> paid.order, paid.for_order("A-1001").order, paid.for_order("A-1001").digest == paid.digest
        (None, 'A-1001', True)
        """
        from settlement.documents.order_name import happened

        expect("order", order, str)
        named = happened("Settlement", order=order).order
        return Settlement(self._record._replace(of_order=named), self._request, self._digest)

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
        return money_of(self._record.totals[-1], self._record.currency)

    @property
    def optimal(self) -> bool:
        """Whether the choice of coupons, beside the points asked for, and within groups of promotions is proven best.

        Without groups it is true for a list of coupons and for none. Other promotions are no choice: they apply in the
        order of the rules, also where another order would cost less.
        """
        return self._record.optimal

    @property
    def bound(self) -> Money | None:
        """Where `optimal` is false: no choice that it speaks of costs less (payable and the worth of points)."""
        bound = self._record.bound
        return None if bound is None else money_of(bound, self._record.currency)

    @property
    def remark(self) -> str | None:
        """Carried through."""
        return self._record.remark

    @property
    def invoice(self) -> InvoiceRequest | None:
        """Carried through."""
        return self._record.invoice

    @property
    def by_shop(self) -> tuple[ForShop, ...]:
        """Carried through: what the buyer told one shop alone."""
        return tuple(self._record.by_shop)

    def remark_of(self, shop: str) -> str | None:
        """What the buyer told this shop: its own remark, else the one for all."""
        own = next((each.remark for each in self._record.by_shop if each.shop == shop), None)
        return self.remark if own is None else own

    def invoice_of(self, shop: str) -> InvoiceRequest | None:
        """Whom this shop's invoice is for: its own request, else the one for all."""
        own = next((each.invoice for each in self._record.by_shop if each.shop == shop), None)
        return self.invoice if own is None else own

    @property
    def points(self) -> PointsUse:
        """Points used, earned and usable."""
        return PointsUse(*self._record.points)

    @property
    def made_from(self) -> tuple[Checkout, Rulebook] | None:
        """The documents that it was made from; None where it was read from JSON."""
        return self._request

    @property
    def plain(self) -> Record:
        """The plain content, integers and tuples: what the folds after pay start from."""
        return self._record

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the request, without what is personal (contract §7)."""
        return self._digested(None)

    def _digested(self, money: Amounts | None) -> str:
        if self._digest is None:
            if self._request is None:
                msg = "this settlement carries neither a request nor a digest"
                raise ValueError(msg)
            object.__setattr__(self, "_digest", request_digest(*self._request, money))
        return self._digest  # type: ignore[return-value]  # set on the line above

    @cached_property
    def called(self) -> Called:
        """The names that people see: those that were read back or detached with it, else those of its documents."""
        if self._record.called is not None:
            return self._record.called
        from settlement.receipts.called import NOBODY, names_of

        return NOBODY if self._request is None else names_of(self._record, *self._request)

    # -------------------------------------------------------------- parts

    def _monies(self, amounts: Sequence[int]) -> list[Money]:
        currency = self._record.currency
        return [money_of(amount, currency) for amount in amounts]

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
        record, names, lists, ways = self._record, self.called.lines, self._record.priced, self._record.delivery
        stored = frozenset(record.stored)
        made = []
        for line, amounts, used in record.rows:
            head = (line.id, line.shop, line.sku, line.quantity, line.unit_price)
            carried = (line.commission_percent, line.tax_percent)
            last = (used, names.get(line.id), lists.get(line.id), ways.get(line.id))
            kinds = (line.id in stored, bool(line.sold_by_measure))
            made.append(SettledLine(*head, *carried, *self._monies(amounts), *last, *kinds))  # type: ignore[call-arg, arg-type]  # ten columns of one type, in the order of the fields
        return tuple(made)

    def line(self, name: str) -> SettledLine:
        """One line. Raises `UnknownLine`."""
        for line in self.lines:
            if line.id == name:
                return line
        raise UnknownLine(name, self._record.ids)

    @cached_property
    def parcels(self) -> tuple[ParcelCharge, ...]:
        """Parcels by shop, template, warehouse and delivery method."""
        currency = self._record.currency
        return tuple(
            ParcelCharge(
                *row[:5],
                money_of(row[5], currency),
                money_of(row[6], currency),
                *row[7:10],
                None if row.spared is None else MappingProxyType(facts_of(row.spared, currency)),
            )
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
                (name, money_of(share, currency)) for name, share in zip(names, borne or (), strict=False) if share
            ]
            made.append(
                Adjustment(
                    STAGES[stage],
                    rule,
                    money_of(amount, currency),
                    MappingProxyType(dict(zip(names, self._monies(shares), strict=True))),
                    MappingProxyType(dict(platform)),
                    MappingProxyType(facts_of(facts, currency)),
                )
            )
        return tuple(made)

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """Why each offer applied or did not."""
        currency, names = self._record.currency, self.called.offers
        made = []
        for rule, reason, shortfall, facts in self._record.verdicts:
            missing: Money | int | Decimal | None = None
            if shortfall is not None:
                missing = _quantity(shortfall) if reason in QUANTITY_REASONS else money_of(shortfall, currency)
            outcome: Literal["applied", "refused"] = "applied" if reason is None else "refused"
            told = MappingProxyType(facts_of(facts, currency))
            made.append(Decision(rule, outcome, reason, missing, told, names.get(rule), self.optimal))
        return tuple(made)

    @cached_property
    def excluded(self) -> tuple[ExcludedLine, ...]:
        """Lines that are left out, in the order of the cart."""
        return tuple(
            ExcludedLine(
                line,
                reason,
                None if available is None else _quantity(available),
                self.called.lines.get(line),
                MappingProxyType(dict(facts or {})),
            )
            for line, reason, available, _, facts in self._record.excluded
        )

    @cached_property
    def gifts(self) -> tuple[GiftLine, ...]:
        """What comes along."""
        names = self.called.gifts
        return tuple(
            GiftLine(rule, sku, _quantity(milli), names.get((rule, sku))) for rule, sku, milli in self._record.gifts
        )

    @cached_property
    def taxes(self) -> tuple[TaxLine, ...]:
        """What each tax came to, by shop and rate, in the order of cart and tables; empty where there are none."""
        currency, made = self._record.currency, []
        tables = () if self._request is None else self._request[1].taxes
        by_shop = {table.shop: {row.tax: row.name for row in table.rates if row.name} for table in tables}
        for shop, tax, percent, base, amount, category, reason in self._record.taxes:
            shown = Decimal(percent_text(*percent))
            stated = int(shown) if shown == int(shown) else shown
            names = by_shop.get(shop, by_shop.get(None, {}))
            amounts = (money_of(base, currency), money_of(amount, currency))
            made.append(TaxLine(shop, tax, stated, *amounts, category, reason, names.get(tax)))
        return tuple(made)

    @cached_property
    def redemptions(self) -> tuple[Redemption, ...]:
        """What to consume in the transaction in which the order is stored: coupons, uses, points, cards."""
        currency, names = self._record.currency, self.called.offers
        return tuple(
            Redemption(
                kind,
                of,
                _quantity(count),
                None if amount is None else money_of(amount, currency),
                names.get(of) if kind in OF_OFFERS else None,
            )
            for kind, of, count, amount in redeemed(self._record)
        )

    # -------------------------------------------------------------- JSON

    def to_json(self) -> str:
        """The document of contract §7, compact. Equal requests give equal bytes."""
        money = Amounts(self._record.currency)
        return settlement_text(self._record, self._digested(money), money, self.called)

    def detached(self, *, ordered: bool = False) -> Settlement:
        """The same answer, without the documents that it was made from: for whoever keeps many.

        Equal, with the same bytes, a third of the memory. It keeps the names of goods, gifts and offers that stand in
        it; those of freight templates, warehouses and ways to pay go with the documents, and so does the address: its
        receipt shows ids, tells not where to, and tells the time by UTC where no `offset` is given. `ordered` has the
        fields of facts in the order of their names, as a record has them.

        >>> from settlement import Cart, Checkout, Line, Rulebook, settle
        >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
        >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
        >>> kept = settle(checkout, Rulebook(id="r", currency="CNY")).detached()
        >>> kept.made_from, str(kept.payable)
        (None, '119.80 CNY')
        """
        money = Amounts(self._record.currency)
        return Settlement(
            self._record.detached(money, ordered=ordered)._replace(called=self.called), None, self._digested(money)
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain dicts, lists, strings and integers."""
        document: dict[str, Any] = json.loads(self.to_json())
        return document

    @cached_property
    def tenders(self) -> tuple[TenderPayment, ...]:
        """What gift cards and stored value pay of payable, in the order in which they are used."""
        currency = self._record.currency
        return tuple(
            TenderPayment(name, kind, money_of(amount, currency), money_of(left, currency))
            for name, kind, amount, left in self._record.tenders
        )

    @property
    def due(self) -> Money:
        """What is left of payable for the payment method once gift cards and stored value have paid."""
        paid = sum([payment.amount for payment in self._record.tenders])
        return money_of(self._record.totals[-1] - paid, self._record.currency)

    @cached_property
    def instalments(self) -> tuple[Instalment, ...]:
        """The stages in which it is paid: deposit, what is due at once, balances; empty where no presale holds."""
        currency = self._record.currency

        def parts(amounts: Parts) -> Mapping[str, Money]:
            return MappingProxyType({line: money_of(amount, currency) for line, amount in amounts})

        return tuple(
            Instalment(
                each.kind,
                None if each.starts is None else instant_out(each.starts),
                None if each.ends is None else instant_out(each.ends),
                money_of(each.amount, currency),
                money_of(each.due, currency),
                parts(each.lines),
                parts(each.kept),
            )
            for each in self._record.instalments
        )

    @property
    def kept_when_unpaid(self) -> Mapping[str, Money]:
        """By line what is kept of its deposit where nobody pays its balance; empty where no presale holds."""
        return self.instalments[0].kept if self.instalments else MappingProxyType({})

    @cached_property
    def warehouses(self) -> tuple[WarehouseChoice, ...]:
        """Which warehouse each line is sent from, where lines name several; the nearest candidate stands first."""
        return tuple(WarehouseChoice(*each) for each in self._record.sourcing)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Settlement:
        """Read `to_dict()` back; as `from_json()`, for whoever stores JSON as plain data."""
        return cls.from_json(json.dumps(data))

    @classmethod
    def from_json(cls, text: str | bytes) -> Settlement:
        """Read `to_json()` back; what can be checked from the document is checked (docs/audit.md).

        Raises `InvalidDocument` with each place that contradicts the rest, `InvariantBroken` where sums do, and
        `UnknownVersion` for a calculation version that this library does not read.
        """
        from settlement.receipts.from_json import read_settlement

        return read_settlement(text)

    # -------------------------------------------------------------- as a value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Settlement):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self._record.at, tuple(self._record.totals), tuple(self._record.ids)))

    def __repr__(self) -> str:
        record = self._record
        lines = numbered(len(record.ids), "line")
        return f"<Settlement {record.status} {self.payable}, {lines}, rules {record.rulebook!r}>"

    def __str__(self) -> str:
        from settlement.receipts.text import receipt

        return receipt(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What a notebook shows: the lines as a table, and the receipt where there are no tables."""
        from settlement.receipts.report import fragment

        return {"text/plain": str(self), "text/html": fragment(self)}

    def __reduce__(self) -> tuple[Any, ...]:
        return Settlement.from_json, (self.to_json(),)


_set_record, _set_request, _set_digest = (
    Settlement.__dict__[name].__set__ for name in ("_record", "_request", "_digest")
)


def expect_settlement(value: Any) -> None:
    """The first argument of every fold. Raises `TypeError` that says what was found and what would be right."""
    expect("settlement", value, Settlement)
