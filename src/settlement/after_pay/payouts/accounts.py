"""The accounts of a payout: each shop's, the platform's and the provider's, whose sums are checked when read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import Field, model_validator

from settlement.documents.document import Document
from settlement.documents.order_name import Happened
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, Id, PositiveCount
from settlement.documents.signed import OneCurrency, Signed
from settlement.documents.unstated import LeavesOut
from settlement.errors import quoted
from settlement.money import Money

__all__ = ["Payout", "PlatformAccount", "Receiver", "ShopAccount", "ShopPayout"]


Digest: TypeAlias = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class ShopAccount(LeavesOut):
    """A shop's account, signed from its purse: goods, own offers, freight and what follows add up to `net`.

    `fee_difference` is by how much less the provider kept than was expected, where the shop bears that.
    `platform_offers` and `points` are what of goods and freight the platform paid instead of the buyer: a part of the
    sums above, not beside them. `buyer_fee` and `rounding` are 0 where the platform has them. `tax` is what was put on
    prices, where the shop pays it over, `referrals` what third parties get of the sale from the shop; each stands only
    where there is some.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"tax", "fee_difference", "referrals"})

    goods: Signed
    own_offers: Signed
    freight: Signed
    tax: Signed | None = None
    buyer_fee: Signed
    rounding: Signed
    commission: Signed
    payment_fee: Signed
    fee_difference: Signed | None = None
    referrals: Signed | None = None
    net: Signed
    platform_offers: Signed
    points: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            goods: Money | str,
            own_offers: Money | str,
            freight: Money | str,
            buyer_fee: Money | str,
            rounding: Money | str,
            commission: Money | str,
            payment_fee: Money | str,
            net: Money | str,
            platform_offers: Money | str,
            points: Money | str,
            tax: Money | str | None = None,
            fee_difference: Money | str | None = None,
            referrals: Money | str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sum(self) -> Self:
        rows = (self.goods, self.own_offers, self.freight, self.tax, self.buyer_fee, self.rounding)
        _compare("net", self.net, *rows, self.commission, self.payment_fee, self.fee_difference, self.referrals)
        return self


class ShopPayout(Document):
    """What is due to one shop: its sale, its refunds (signed the other way), and both together."""

    shop: Id
    sale: ShopAccount
    refunds: ShopAccount
    net: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            shop: str,
            sale: ShopAccount | Mapping[str, Any],
            refunds: ShopAccount | Mapping[str, Any],
            net: Money | str,
        ) -> None: ...

    @model_validator(mode="after")
    def _sum(self) -> Self:
        _compare("net", self.net, self.sale.net, self.refunds.net)
        return self


class PlatformAccount(LeavesOut):
    """The platform's account after all refunds: what it earns, and what its offers and the points cost it.

    `fee_difference` is by how much less the provider kept than was expected, where the platform bears that.
    `referrals` is what it pays to third parties. Each stands only where there is some.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"tax", "fee_difference", "referrals"})

    commission: Signed
    tax: Signed | None = None
    buyer_fee: Signed
    rounding: Signed
    platform_offers: Signed
    points: Signed
    fee_difference: Signed | None = None
    referrals: Signed | None = None
    net: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            commission: Money | str,
            buyer_fee: Money | str,
            rounding: Money | str,
            platform_offers: Money | str,
            points: Money | str,
            net: Money | str,
            tax: Money | str | None = None,
            fee_difference: Money | str | None = None,
            referrals: Money | str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sum(self) -> Self:
        rows = (self.commission, self.tax, self.buyer_fee, self.rounding, self.platform_offers, self.points)
        _compare("net", self.net, *rows, self.fee_difference, self.referrals)
        return self


class Receiver(Document):
    """What a third party gets of the sale after all refunds: whoever referred the buyer, for one."""

    receiver: Id
    amount: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, receiver: str, amount: Money | str) -> None: ...


class Payout(Happened, OneCurrency):
    """Where the buyer's money is. As JSON by `to_json()`, read back by `from_json()`; the sums are compared.

    `order` is whose it is, `id` and `at` are its own; each stands there only where it is stated. So do `receivers`, the
    third parties, and `stored_value`: what is owed to the holders of gift cards that the order sold, and is nobody's.
    `covers` is how many refunds it is after, absent for none: a later payout of the order covers more. `covered` are
    these, each by the digest of what it gives back (`RefundQuote.digest`), sorted.
    """

    left_out: ClassVar[frozenset[str]] = Happened.left_out | {"receivers", "stored_value", "covers", "covered"}

    settlement: str
    paid: Signed
    refunded: Signed
    shops: Annotated[tuple[ShopPayout, ...], LISTED]
    platform: PlatformAccount
    #: What the provider of the payment method keeps, where the merchant bears it: as expected, or as its bill says.
    provider: Signed
    receivers: Annotated[tuple[Receiver, ...], LISTED] = ()
    stored_value: Signed | None = None
    covers: PositiveCount | None = None
    covered: Annotated[tuple[Digest, ...], LISTED] = ()

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            currency: str,
            settlement: str,
            paid: Money | str,
            refunded: Money | str,
            shops: Sequence[ShopPayout | Mapping[str, Any]],
            platform: PlatformAccount | Mapping[str, Any],
            provider: Money | str,
            order: str | None = None,
            id: str | None = None,
            at: datetime | str | None = None,
            receivers: Sequence[Receiver | Mapping[str, Any]] = (),
            stored_value: Money | str | None = None,
            covers: int | None = None,
            covered: list[str] | tuple[str, ...] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _everything(self) -> Self:
        if self.covered and len(self.covered) != self.covers:
            refuse([problem_at("covered", code="value.invalid", detail="names as many refunds as it covers")])
        if len({shop.shop for shop in self.shops}) < len(self.shops):
            refuse([problem_at("shops", code="value.invalid", detail="name a shop twice")])
        accounts = [account for shop in self.shops for account in (shop.sale, shop.refunds)]
        for name in ("commission", "platform_offers", "points"):
            _compare("platform", -getattr(self.platform, name), *[getattr(account, name) for account in accounts])
        fees = [row for account in accounts for row in (account.payment_fee, account.fee_difference)]
        _compare("provider", -self.provider, *fees, self.platform.fee_difference)
        shares = [each.amount for each in self.receivers]
        nothing = self.paid - self.paid
        referrals = [account.referrals for account in accounts]
        _compare("receivers", nothing, *shares, *referrals, self.platform.referrals)
        rows = [self.platform.net, self.provider, *[shop.net for shop in self.shops]]
        _compare("paid", self.paid - self.refunded, *rows, *shares, self.stored_value)
        return self

    def shop(self, name: str) -> ShopPayout:
        """One shop's payout. Raises `LookupError`."""
        for each in self.shops:
            if each.shop == name:
                return each
        raise LookupError(f"there is no shop {quoted(name)} in this payout")

    def text(self, locale: str = "en") -> str:
        """Shop by shop what it gets, for a reader. Raises `UnknownLocale`."""
        from settlement.after_pay.payouts.text import payout_text

        return payout_text(self, locale=locale)

    def __str__(self) -> str:
        return self.text()


def _compare(name: str, stated: Money, *rows: Money | None) -> None:
    if stated.minor != sum([row.minor for row in rows if row is not None]):
        refuse([problem_at(name, code="value.invalid", detail="is not the sum of the lines")])
