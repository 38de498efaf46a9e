"""Who gets what of an order: each shop, the platform, the provider of the payment method (分账).

A fold of the settlement and of its refunds. Every minor unit that the buyer paid is somebody's: the shops' and the
platform's net and the provider's fee add up to what was paid less what was paid back, always.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from settlement.after_pay.payments.due import fee_by_shop
from settlement.after_pay.payments.paid import expect_payable
from settlement.after_pay.payouts.accounts import Payout, PlatformAccount, Receiver, ShopAccount, ShopPayout
from settlement.after_pay.payouts.commissions import Commission, Rates, expect_currency
from settlement.after_pay.payouts.provider_fees import ProviderFee, fees_by_shop
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sides import part
from settlement.after_pay.refunds.sold import Sold
from settlement.after_pay.refunds.still_holding import spared_by
from settlement.documents.problems import expect, expect_all
from settlement.documents.scalars import LISTED, UNIQUE_IDS, Flag
from settlement.documents.unstated import LeavesOut
from settlement.errors import CurrencyMismatch
from settlement.money import ROUNDERS, Money, Rounding, money_of
from settlement.receipts.columns import COLUMNS, FREIGHT_OFFERS, OFFER_COLUMNS
from settlement.receipts.settlement import Settlement
from settlement.rulebook.payment_methods import PaymentMethod

__all__ = ["Books", "Flow", "Payout", "PayoutPolicy", "PlatformAccount", "ShopAccount", "ShopPayout", "payout"]

_OTHERS = ("tax", "payment_fee", "rounding")
_PRICED = tuple(name for name in COLUMNS if name not in _OTHERS)


class PayoutPolicy(LeavesOut):
    """The mall's choices; the default comes first.

    `commission_basis`: what the shop earns by a line (its price less the shop's own offers; what the platform paid of
    it counts), or only what the buyer `paid`. `commission_on_freight` adds the freight. `rounding` is of commissions
    and of the provider's fee, once per line or once per shop. `buyer_fee` and `round_total` say whose these two
    columns are, `tax` who pays over what was put on prices, `fee_difference` who bears it where the provider kept
    another fee than was expected. On a refund commission and fee come back in proportion, or stay. `commissions` are
    further terms, off until named: of a line the first that covers it stands in place of its `commission_percent`, and
    of each third party the first as well.

    >>> PayoutPolicy().commission_basis
    'earned'
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"commissions"})

    commission_basis: Literal["earned", "paid"] = "earned"
    commission_on_freight: Flag = False
    commission_per: Literal["line", "shop"] = "line"
    rounding: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up"
    buyer_fee: Literal["platform", "shop"] = "platform"
    round_total: Literal["platform", "shop"] = "platform"
    commission_on_refund: Literal["return", "keep"] = "return"
    payment_fee_on_refund: Literal["return", "keep"] = "return"
    tax: Literal["shop", "platform"] = "shop"
    fee_difference: Literal["platform", "shop"] = "platform"
    commissions: Annotated[tuple[Commission, ...], UNIQUE_IDS, LISTED] = ()

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            commission_basis: Literal["earned", "paid"] = "earned",
            commission_on_freight: bool = False,
            commission_per: Literal["line", "shop"] = "line",
            rounding: Literal["half_up", "half_even", "half_down", "down", "up"] = "half_up",
            buyer_fee: Literal["platform", "shop"] = "platform",
            round_total: Literal["platform", "shop"] = "platform",
            commission_on_refund: Literal["return", "keep"] = "return",
            payment_fee_on_refund: Literal["return", "keep"] = "return",
            tax: Literal["shop", "platform"] = "shop",
            fee_difference: Literal["platform", "shop"] = "platform",
            commissions: Sequence[Commission | Mapping[str, Any]] = (),
        ) -> None: ...


def payout(
    settlement: Settlement,
    policy: PayoutPolicy | None = None,
    refunds: Iterable[RefundQuote] = (),
    method: PaymentMethod | None = None,
    provider_fees: Iterable[ProviderFee] = (),
    *,
    categories: Mapping[str, Collection[str]] | None = None,
    sold_before: Mapping[str, Money] | None = None,
    id: str | None = None,
    at: datetime | str | None = None,
) -> Payout:
    """What each shop, the platform and the provider of the payment method get, after these refunds.

    `method` are the terms of the payment method where the merchant bears its fee: the shops do, by what was paid to
    each; P_actual = P_amount - P_fee, where the fee is that of what the method pays (`due`), or with `fee_per: shop` of
    each shop's part of that. `provider_fees` are what the provider really kept, as its bill says, of the order or of
    each shop's sub-order: the provider then has that, and what it differs from the terms is the platform's or the
    shop's (`fee_difference`). Commission is `commission_percent` of a line, nothing where that is null; else by the
    policy's `commissions`. `categories` of each line by its id, where those ask for them (by default those of the cart,
    where the settlement was made in this process), and `sold_before`, by shop what it sold in the period so far, for
    tiers. What a gift card was sold for is no shop's: it is owed to its holder. Refunds mirror all of it cumulatively,
    so that an order that came back whole leaves every account at 0. It says the whole each time: what is to be
    transferred is the difference to what was transferred before. `id` and `at`, an instant with its offset, are the
    payout's own. Raises
    `InvalidDocument` for a settlement that is pending or blocked and for refunds of another order, `ValueError` for
    those of another settlement, `RefundExceeds` where they give back more than was sold, `CurrencyMismatch` for terms
    in another currency, `TypeError` for anything but these documents. Source: docs/after-pay.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="99.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> due = payout(settle(checkout, Rulebook(id="r", currency="CNY")))
    >>> str(due.shops[0].net), str(due.platform.net)
    ('94.05 CNY', '4.95 CNY')
    """
    made = Books.of(settlement, policy, refunds, method, provider_fees, categories, sold_before).payout()
    if id is None and at is None:
        return made
    return made.model_copy(update={"id": id, "at": at})


class Flow:
    """What moved on one line: its columns, and what of them the platform bore, in minor units."""

    def __init__(self) -> None:
        self.columns: dict[str, int] = {}
        self.platform: dict[str, int] = {}
        self.on_freight: dict[str, int] = {}

    def add(self, columns: Mapping[str, int], platform: Mapping[str, int], *, on_freight: bool) -> None:
        """Add one side of a line."""
        for into, amounts in ((self.columns, columns), (self.platform, platform)):
            for name, amount in amounts.items():
                into[name] = into.get(name, 0) + amount
        if on_freight:
            earned = _sum(columns, _PRICED)
            for name, amount in (("paid", earned), ("earned", earned - sum(platform.values()))):
                self.on_freight[name] = self.on_freight.get(name, 0) + amount

    def basis(self, policy: PayoutPolicy) -> int:
        """What the commission is a percentage of."""
        whole = _sum(self.columns, _PRICED)
        if policy.commission_basis == "earned":
            whole -= sum(self.platform.values())
        return whole if policy.commission_on_freight else whole - self.on_freight.get(policy.commission_basis, 0)


def _sum(amounts: Mapping[str, int], names: Sequence[str]) -> int:
    return sum([amounts.get(name, 0) for name in names])


class Books:
    """The accounts of one settlement and its refunds."""

    def __init__(
        self,
        sold: Sold,
        policy: PayoutPolicy,
        refunds: Sequence[RefundQuote],
        method: PaymentMethod | None,
        provider_fees: Sequence[ProviderFee] = (),
        categories: Mapping[str, Collection[str]] | None = None,
        sold_before: Mapping[str, Money] | None = None,
    ) -> None:
        self.sides, self.settlement = sold.sides, sold.settlement
        self.policy, self.refunds, self.method = policy, refunds, method
        self.rounded: Callable[[int, int], int] = ROUNDERS[policy.rounding]
        self.lines = {line.id: line for line in self.settlement.lines}
        self.sold = {name: Flow() for name in self.lines}
        self.back = {name: Flow() for name in self.lines}
        for name, line in self.sides.items():
            for on_freight, side in enumerate((line.goods, line.freight)):
                whole = part(side, line.bought, line.bought)
                tax = side.fee_tax_of(whole.fee)
                columns = dict(whole.columns)
                for column, amount in (("payment_fee", whole.fee - tax), ("tax", tax)):
                    columns[column] = columns.get(column, 0) + amount
                self.sold[name].add(self._owned(name, columns), whole.platform, on_freight=bool(on_freight))
        for returned in (each for quote in refunds for each in quote.lines):
            for on_freight, each in enumerate((returned.goods_part, returned.freight_part)):
                columns, platform = (
                    {column: amount.minor for column, amount in amounts.items()}
                    for amounts in (each.columns, each.platform)
                )
                owned = self._owned(returned.id, columns)
                self.back[returned.id].add(owned, platform, on_freight=bool(on_freight))
        #: Charged back of offers that no longer hold: what they took off, taken back.
        self.charged = {name: Flow() for name in self.lines}
        offers_on_freight = {each.rule for each in self.settlement.adjustments if each.stage in FREIGHT_OFFERS}
        spared = spared_by(self.settlement)
        for charge in (each for quote in refunds for each in quote.charges):
            column = "promotions"
            if charge.rule in offers_on_freight:
                column = "freight_offers"
            elif charge.rule in spared:  # what a free parcel was spared is freight, once it is charged
                column = "freight"
            tax = charge.tax.minor if charge.tax else 0
            amounts, platform = {column: tax - charge.amount.minor, "tax": -tax}, {column: -charge.platform.minor}
            self.charged[charge.line].add(amounts, platform, on_freight=column != "promotions")
        for kept in (each for quote in refunds for each in quote.deductions):  # the shop's, as what it is kept of
            column = "promotions" if kept.amount.minor < 0 else kept.of  # of what was charged back, by the shop
            tax = kept.tax.minor if kept.tax else 0
            amounts = {column: tax - kept.amount.minor, "tax": -tax}
            self.charged[kept.line].add(amounts, {}, on_freight=column == "freight")
        self.fees = self._fees(method)
        payable = {shop.shop: shop.payable.minor for shop in self.settlement.shops}
        self.kept = fees_by_shop(provider_fees, payable, self.settlement.currency)
        bases = {name: flow.basis(policy) for name, flow in self.sold.items()}
        self.rates = Rates(policy.commissions, self.lines, bases, categories, sold_before)
        #: Of each line what was bought and what came back, in pieces or what it is measured in.
        self.pieces = {name: [Fraction(line.quantity), Fraction(0)] for name, line in self.lines.items()}
        for returned in (each for quote in refunds for each in quote.lines):
            self.pieces[returned.id][1] += Fraction(returned.quantity)

    def _owned(self, name: str, columns: dict[str, int]) -> dict[str, int]:
        """The columns of a side; what a gift card was sold for is owed to its holder, and no price."""
        if not self.lines[name].stored_value:
            return columns
        return {"stored_value" if column == "goods" else column: amount for column, amount in columns.items()}

    @classmethod
    def of(
        cls,
        settlement: Settlement,
        policy: PayoutPolicy | None,
        refunds: Iterable[RefundQuote],
        method: PaymentMethod | None,
        provider_fees: Iterable[ProviderFee] = (),
        categories: Mapping[str, Collection[str]] | None = None,
        sold_before: Mapping[str, Money] | None = None,
    ) -> Books:
        """The books once all that was handed in is what it should be."""
        expect_payable(settlement, "Payout")
        expect("policy", policy, PayoutPolicy, optional=True)
        expect("method", method, PaymentMethod, optional=True)
        for amount in () if method is None else (method.fixed, method.min, method.max):
            if amount is not None and amount.currency != settlement.currency:
                raise CurrencyMismatch(settlement.currency, amount.currency)
        policy = policy or PayoutPolicy()
        expect_currency(policy.commissions, sold_before, settlement.currency)
        if categories is None and settlement.made_from is not None:
            categories = {line.id: line.categories for line in settlement.made_from[0].cart.lines}
        sold = Sold(settlement)
        kept = expect_all("provider_fees", provider_fees, ProviderFee)
        return cls(sold, policy, sold.history(refunds, "refunds"), method, kept, categories, sold_before)

    def _fees(self, method: PaymentMethod | None) -> dict[str, int]:
        """The provider's fee by shop, where the merchant bears it."""
        if method is None or method.borne_by != "merchant" or not self.settlement.due:
            return dict.fromkeys([shop.shop for shop in self.settlement.shops], 0)
        return fee_by_shop(self.settlement, method, self.rounded)

    def payout(self) -> Payout:
        """Every account, after all refunds."""
        rows = {shop.shop: self.of_shop(shop.shop) for shop in self.settlement.shops}
        accounts = [each for both in rows.values() for each in both]
        currency = self.settlement.currency
        platform = self.of_platform(accounts)
        return Payout(
            order=self.settlement.order,
            settlement=self.settlement.digest,
            currency=currency,
            paid=self.settlement.payable,
            refunded=money_of(sum([quote.cash.minor for quote in self.refunds]), currency),
            shops=tuple([_shop_payout(name, *both, currency) for name, both in rows.items()]),
            platform=PlatformAccount(**_stated(platform, currency)),
            provider=money_of(self.of_provider(accounts, platform), currency),
            receivers=[
                Receiver(receiver=name, amount=money_of(sum(self.referrals(name).values()), currency))
                for name in self.rates.receivers
            ],
            stored_value=money_of(stored, currency) if (stored := self._column("stored_value")) else None,
            covers=len(self.refunds) or None,
            covered=sorted([quote.digest for quote in self.refunds]),
        )

    def _column(self, name: str) -> int:
        """What one column came to on all lines, less what came back of it, charges with it."""
        sold, back = self.sold.values(), self.returned([*self.lines])
        return sum([flow.columns.get(name, 0) for flow in sold]) - sum([flow.columns.get(name, 0) for flow in back])

    def of_platform(self, accounts: Sequence[Mapping[str, int]]) -> dict[str, int]:
        """The rows of the platform's account in minor units, from those of all shops."""
        rows = {
            "commission": -_total("commission", accounts),
            "tax": self._column("tax") - _total("tax", accounts),
            "buyer_fee": self._column("payment_fee") - _total("buyer_fee", accounts),
            "rounding": self._column("rounding") - _total("rounding", accounts),
            "platform_offers": -_total("platform_offers", accounts),
            "points": -_total("points", accounts),
            "fee_difference": self.fee_difference() if self.policy.fee_difference == "platform" else 0,
            "referrals": -sum([self.referrals(name)["platform"] for name in self.rates.receivers]),
        }
        return rows | {"net": sum(rows.values())}

    def of_provider(self, accounts: Sequence[Mapping[str, int]], platform: Mapping[str, int]) -> int:
        """What the provider of the payment method keeps, in minor units."""
        return -_total("payment_fee", accounts) - _total("fee_difference", accounts) - platform["fee_difference"]

    def of_shop(self, shop: str) -> tuple[dict[str, int], dict[str, int]]:
        """The rows of a shop's accounts in minor units: of its sale, and of its refunds, signed the other way."""
        names = [name for name, line in self.lines.items() if line.shop == shop]
        commission, commission_back = self.commission(names)
        back = self.returned(names)
        fee, fee_back = self.fees[shop], self.fee_back(shop)
        more = self.kept["charged"].get(shop, fee) - fee, self.kept["returned"].get(shop, fee_back) - fee_back
        if self.policy.fee_difference == "platform":
            more = 0, 0
        referrals, referrals_back = self._referrals_of_shop(names)
        sale = self._account([self.sold[name] for name in names], -commission, (-fee, -more[0]), -referrals)
        return sale, self._account(back, commission_back, (fee_back, more[1]), referrals_back, sign=-1)

    def fee_back(self, shop: str) -> int:
        """What of the provider's fee is expected to come back: in proportion to what was paid back, down."""
        names = [name for name, line in self.lines.items() if line.shop == shop]
        paid = sum([self.lines[name].payable.minor for name in names])
        if not paid or self.policy.payment_fee_on_refund != "return":
            return 0
        cash = sum([sum(flow.columns.values()) for flow in self.returned(names)])
        return int(Fraction(self.fees[shop] * cash, paid))

    def fee_difference(self) -> int:
        """By how much less the provider kept than was expected, in all shops of which it is stated."""
        kept = self.kept
        charged = sum([self.fees[shop] - amount for shop, amount in kept["charged"].items()])
        return charged + sum([amount - self.fee_back(shop) for shop, amount in kept["returned"].items()])

    def returned(self, names: Sequence[str]) -> list[Flow]:
        """What came back of these lines, and what was charged back on them."""
        return [flows[name] for flows in (self.back, self.charged) for name in names]

    def basis_back(self, name: str) -> int:
        """What refunds take from the basis of a line's commission: below 0 where more was charged than came back.

        The columns of a part are rounded each by itself, so that one of 0.00 may come to less than nothing.
        """
        return max(0, self.back[name].basis(self.policy)) + self.charged[name].basis(self.policy)

    def commission(self, names: Sequence[str], receiver: str | None = None) -> tuple[int, int]:
        """The commission of a shop's lines, rounded as the policy says, and what of it refunds give back.

        That is in proportion to the basis, or to the pieces, and down; below 0 it is a further commission, by the rate
        where the basis was 0. `receiver`: what a third party gets instead.
        """
        policy, rates = self.policy, self.rates.by_receiver[receiver]
        rows = [
            rates[name].of(self.sold[name].basis(policy), self.basis_back(name), *self.pieces[name])
            for name in names
            if name in rates
        ]
        if policy.commission_per == "shop":
            rows = [(sum([each[0] for each in rows], Fraction()), sum([each[1] for each in rows], Fraction()))]
        commission = back = 0
        for sold, returned in rows:
            amount = self.rounded(sold.numerator, sold.denominator)
            commission += amount
            if policy.commission_on_refund == "return":
                back += int(amount * returned / sold) if sold else Rounding(policy.rounding).of(returned)
        return commission, back

    def _paid_by(self, receiver: str, payer: str, names: Iterable[str]) -> tuple[int, int]:
        """What a third party gets of these lines, as far as shop or platform pays it, and what comes back of it."""
        payers = self.rates.borne_by[receiver]
        return self.commission([name for name in names if payers.get(name) == payer], receiver)

    def _referrals_of_shop(self, names: Sequence[str]) -> tuple[int, int]:
        """What all third parties get from a shop for its lines, and what comes back of it."""
        parts = [self._paid_by(receiver, "shop", names) for receiver in self.rates.receivers]
        return sum([part[0] for part in parts]), sum([part[1] for part in parts])

    def referrals(self, receiver: str) -> dict[str, int]:
        """What a third party gets in the end, by who pays it: each shop's lines are rounded apart."""
        made = {"shop": 0, "platform": 0}
        for shop in self.settlement.shops:
            names = [name for name, line in self.lines.items() if line.shop == shop.shop]
            for payer in made:
                sold, back = self._paid_by(receiver, payer, names)
                made[payer] += sold - back
        return made

    def _account(
        self,
        flows: Sequence[Flow],
        commission: int,
        fees: tuple[int, int],
        referrals: int,
        sign: int = 1,
    ) -> dict[str, int]:
        policy = self.policy
        columns = {name: sum([flow.columns.get(name, 0) for flow in flows]) * sign for name in (*_PRICED, *_OTHERS)}
        platform = {name: sum([flow.platform.get(name, 0) for flow in flows]) * sign for name in _PRICED}
        by_platform = _sum(platform, OFFER_COLUMNS)
        rows = {
            "goods": columns["goods"],
            "own_offers": _sum(columns, OFFER_COLUMNS) - by_platform,
            "freight": columns["freight"] + columns["surcharges"],
            "tax": columns["tax"] if policy.tax == "shop" else 0,
            "buyer_fee": columns["payment_fee"] if policy.buyer_fee == "shop" else 0,
            "rounding": columns["rounding"] if policy.round_total == "shop" else 0,
            "commission": commission,
            "payment_fee": fees[0],
            "fee_difference": fees[1],
            "referrals": referrals,
        }
        return rows | {
            "net": sum(rows.values()),
            "platform_offers": -by_platform,
            "points": -platform["points"],
        }


def _total(name: str, accounts: Sequence[Mapping[str, int]]) -> int:
    return sum([account[name] for account in accounts])


def _shop_payout(shop: str, sale: Mapping[str, int], refunds: Mapping[str, int], currency: str) -> ShopPayout:
    accounts = [ShopAccount(**_stated(rows, currency)) for rows in (sale, refunds)]
    net = money_of(sale["net"] + refunds["net"], currency)
    return ShopPayout(shop=shop, sale=accounts[0], refunds=accounts[1], net=net)


def _stated(rows: Mapping[str, int], currency: str) -> dict[str, Money]:
    """The rows of an account; those of tax, of a fee's difference and of referrals only where there is some."""
    seldom = ("tax", "fee_difference", "referrals")
    return {name: money_of(amount, currency) for name, amount in rows.items() if amount or name not in seldom}
