"""What of a captured payment goes on to which shop, and with each refund what comes back from which (分账, 回退).

Folds of payouts: what a shop is to have is what its account says. A provider moves only what was captured, so what an
account says beyond that (offers and points that the platform pays) stands beside, to be paid otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.allocation import spread
from settlement.documents.document import Document
from settlement.documents.order_name import OfOrder, one_order
from settlement.documents.problems import expect, expect_all, problem_at, refuse
from settlement.documents.scalars import LISTED, Id
from settlement.documents.signed import OneCurrency, Signed
from settlement.errors import RefundExceeds
from settlement.money import Money, money_of
from settlement.receipts.settlement import Settlement, expect_settlement

__all__ = ["Split", "SplitBack", "SplitReturn", "SplitShare", "split", "split_return"]


class SplitShare(Document):
    """What one shop gets of a payment, and what it is owed beside it: below 0, what it owes."""

    shop: Id
    account: Id
    amount: Money
    outside: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, shop: str, account: str, amount: Money | str, outside: Money | str) -> None: ...


class Split(OfOrder, OneCurrency):
    """A captured payment, divided: the shares and what is `kept` by who received it, the provider's fee in it.

    As JSON by `to_json()`, read back by `from_json()`; the sums are compared.
    """

    settlement: str
    captured: Money
    shares: Annotated[tuple[SplitShare, ...], LISTED]
    kept: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            currency: str,
            settlement: str,
            captured: Money | str,
            shares: Sequence[SplitShare | Mapping[str, Any]],
            kept: Money | str,
            order: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sum(self) -> Self:
        _add_up(self.captured, self.kept, [each.amount for each in self.shares])
        _once([each.shop for each in self.shares])
        return self


class SplitBack(Document):
    """What comes back from one shop with a refund, what it holds then, and what it is owed beside that."""

    shop: Id
    account: Id
    amount: Money
    held: Money
    outside: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            shop: str,
            account: str,
            amount: Money | str,
            held: Money | str,
            outside: Money | str,
        ) -> None: ...


class SplitReturn(OfOrder, OneCurrency):
    """What a refund takes back from the shops: `refunded` now, `captured` what is left of the payment then.

    What the shops hold then and what is `kept` are that; `refunded_in_all` is the cash of all refunds so far, gift
    cards included. As JSON by `to_json()`, read back by `from_json()`; the sums are compared.
    """

    settlement: str
    refunded: Money
    refunded_in_all: Money
    captured: Money
    shares: Annotated[tuple[SplitBack, ...], LISTED]
    kept: Money

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            currency: str,
            settlement: str,
            refunded: Money | str,
            refunded_in_all: Money | str,
            captured: Money | str,
            shares: Sequence[SplitBack | Mapping[str, Any]],
            kept: Money | str,
            order: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _sum(self) -> Self:
        _add_up(self.captured, self.kept, [each.held for each in self.shares])
        _once([each.shop for each in self.shares])
        return self


def _add_up(captured: Money, kept: Money, parts: Sequence[Money]) -> None:
    if captured.minor != kept.minor + sum([each.minor for each in parts]):
        refuse([problem_at("captured", code="value.invalid", detail="is not the sum of the lines")])


def _once(shops: Sequence[str]) -> None:
    if len({*shops}) < len(shops):
        refuse([problem_at("shares", code="value.invalid", detail="name a shop twice")])


def split(settlement: Settlement, payout: Payout, accounts: Mapping[str, str]) -> Split:
    """Who gets what of a payment: each shop its net of the payout before refunds, at its account with the provider.

    `accounts` are shop -> account; a shop that is not among them is the receiver's own. Together the shops get at most
    what was captured (`due`) less the provider's fee; where their nets are more, because the platform pays a part of
    them, that is spread by the nets (contract §4) and the rest stands `outside`. Raises `ValueError` for a payout of
    another settlement or after refunds, `InvalidDocument` for that of another order, `LookupError` for an account of a
    shop that is not there, `TypeError` for anything but these documents.

    >>> from settlement import Cart, Checkout, Line, Rulebook, payout, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="99.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> made = split(paid, payout(paid), {"tea": "1900000109"})
    >>> str(made.shares[0].amount), str(made.kept)
    ('94.05 CNY', '4.95 CNY')
    """
    expect_settlement(settlement)
    _of_settlement(settlement.digest, payout)
    if payout.refunded:
        msg = "payout: this is one after refunds; a payment is split by the one before"
        raise ValueError(msg)
    one_order("Split", [("settlement", settlement.order), ("payout", payout.order)])
    unknown = [shop for shop in accounts if shop not in {each.shop for each in payout.shops}]
    if unknown:
        msg = f"accounts: there is no shop {unknown[0]!r} in this payout"
        raise LookupError(msg)
    currency, captured = payout.currency, settlement.due.minor
    nets = _nets(payout, accounts)
    amounts = _within(nets, captured - max(0, payout.provider.minor))
    shares = [
        SplitShare(
            shop=shop,
            account=accounts[shop],
            amount=money_of(amounts[shop], currency),
            outside=money_of(net - amounts[shop], currency),
        )
        for shop, net in nets.items()
    ]
    return Split(
        order=payout.order or settlement.order,
        settlement=payout.settlement,
        currency=currency,
        captured=settlement.due,
        shares=shares,
        kept=money_of(captured - sum(amounts.values()), currency),
    )


def split_return(made: Split, quote: RefundQuote, payout: Payout, history: Sequence[SplitReturn] = ()) -> SplitReturn:
    """What comes back from each shop with a refund, by the payout after it; `history` are the returns before, in order.

    A shop gives back what it holds beyond what the payout after the refund says, as far as what is then captured
    covers that; never more than it holds. Where a refund leaves a shop more than it holds, the difference stands
    `outside`. Raises `InvalidDocument` for documents of another order, `ValueError` for those of another settlement, or
    a payout that is not the one after this refund, `RefundExceeds` where more goes back than was captured, `TypeError`
    for anything but these documents.

    >>> from settlement import Cart, Checkout, Line, Rulebook, payout, refund, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=2, unit_price="50.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> made, quote = split(paid, payout(paid), {"tea": "1900000109"}), refund(paid, {"a": 1})
    >>> back = split_return(made, quote, payout(paid, refunds=[quote]))
    >>> str(back.shares[0].amount), str(back.shares[0].held), str(back.kept)
    ('47.50 CNY', '47.50 CNY', '2.50 CNY')
    """
    expect("made", made, Split)
    expect("quote", quote, RefundQuote)
    before = expect_all("history", history, SplitReturn)
    _of_settlement(made.settlement, payout)
    if {quote.settlement, *(each.settlement for each in before)} != {made.settlement}:
        msg = "quote: this is a refund of another settlement"
        raise ValueError(msg)
    stated = [("made", made.order), ("quote", quote.order), ("payout", payout.order)]
    one_order("SplitReturn", [*stated, *[(f"history[{at}]", each.order) for at, each in enumerate(before)]])
    in_all = before[-1].refunded_in_all.minor if before else 0
    if payout.refunded.minor != in_all + quote.cash.minor:
        msg = "payout: this is not the one after this refund"
        raise ValueError(msg)
    captured = (before[-1] if before else made).captured - quote.to_method
    if captured.minor < 0:
        raise RefundExceeds("", str((before[-1] if before else made).captured), str(quote.to_method))
    shares = list(_given_back(made, before[-1] if before else None, payout, captured.minor))
    held = sum([each.held.minor for each in shares])
    return SplitReturn(
        order=made.order,
        settlement=made.settlement,
        currency=made.currency,
        refunded=quote.to_method,
        refunded_in_all=payout.refunded,
        captured=captured,
        shares=shares,
        kept=money_of(captured.minor - held, made.currency),
    )


def _given_back(made: Split, before: SplitReturn | None, payout: Payout, captured: int) -> Iterator[SplitBack]:
    """What each shop gives back, down to what it may hold."""
    currency, accounts = made.currency, {each.shop: each.account for each in made.shares}
    nets = _nets(payout, accounts)
    most = _within(nets, captured - max(0, payout.provider.minor))
    holds = {each.shop: each.amount.minor for each in made.shares}
    if before is not None:
        holds = {each.shop: each.held.minor for each in before.shares}
    for shop, net in nets.items():
        held = min(holds[shop], most[shop])
        yield SplitBack(
            shop=shop,
            account=accounts[shop],
            amount=money_of(holds[shop] - held, currency),
            held=money_of(held, currency),
            outside=money_of(net - held, currency),
        )


def _of_settlement(digest: str, payout: Payout) -> None:
    expect("payout", payout, Payout)
    if payout.settlement != digest:
        msg = "payout: this is one of another settlement"
        raise ValueError(msg)


def _nets(payout: Payout, accounts: Mapping[str, str]) -> dict[str, int]:
    return {shop.shop: shop.net.minor for shop in payout.shops if shop.shop in accounts}


def _within(nets: Mapping[str, int], most: int) -> dict[str, int]:
    """The nets above 0, together at most this: then spread by them."""
    wanted = {shop: max(0, net) for shop, net in nets.items()}
    most = max(0, most)
    if sum(wanted.values()) <= most:
        return wanted
    return spread(most, wanted)
