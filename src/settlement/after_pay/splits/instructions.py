"""What of a captured payment goes on to whom, and with each refund what comes back from whom (分账, 回退).

Folds of payouts: what a shop or a third party is to have is what the payout says. A provider moves only what was
captured, so what is owed beyond that (offers and points that the platform pays) stands beside, to be paid otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import model_validator

from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.allocation import share_out
from settlement.documents.document import Document
from settlement.documents.order_name import OfOrder, one_order
from settlement.documents.problems import expect, expect_all, problem_at, refuse
from settlement.documents.scalars import LISTED, Id
from settlement.documents.signed import OneCurrency, Signed
from settlement.errors import RefundExceeds
from settlement.money import Money, money_of
from settlement.receipts.settlement import Settlement, expect_settlement

__all__ = [
    "Split",
    "SplitBack",
    "SplitReceiver",
    "SplitReceiverBack",
    "SplitReturn",
    "SplitShare",
    "split",
    "split_return",
    "whose",
]

#: Whom money is passed on to: 0 and a shop, or 1 and a third party; sorted, shops come first.
_Whom: TypeAlias = tuple[int, str]
#: Account and amount of each.
_Holds: TypeAlias = Mapping[_Whom, tuple[str, Money]]
_SHOP, _RECEIVER = 0, 1


class SplitShare(Document):
    """What one shop gets of a payment, and what it is owed beside it: below 0, what it owes."""

    shop: Id
    account: Id
    amount: Money
    outside: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, shop: str, account: str, amount: Money | str, outside: Money | str) -> None: ...


class SplitReceiver(Document):
    """What a third party, such as who referred the buyer, gets of a payment, and what it is owed beside it."""

    receiver: Id
    account: Id
    amount: Money
    outside: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, receiver: str, account: str, amount: Money | str, outside: Money | str) -> None: ...


class Split(OfOrder, OneCurrency):
    """A captured payment, divided: the shares and what is `kept` by who received it, the provider's fee in it.

    `receivers` are third parties that get a part; they stand there only where there are some. As JSON by `to_json()`,
    read back by `from_json()`; the sums are compared.
    """

    left_out: ClassVar[frozenset[str]] = OfOrder.left_out | {"receivers"}

    settlement: str
    captured: Money
    shares: Annotated[tuple[SplitShare, ...], LISTED]
    kept: Money
    receivers: Annotated[tuple[SplitReceiver, ...], LISTED] = ()

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
            receivers: Sequence[SplitReceiver | Mapping[str, Any]] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _sum(self) -> Self:
        _check(self, [each.amount for each in self.moved])
        return self

    @property
    def moved(self) -> tuple[SplitShare | SplitReceiver, ...]:
        """What shops get, then what third parties do."""
        return (*self.shares, *self.receivers)


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


class SplitReceiverBack(Document):
    """What comes back from a third party with a refund, what it holds then, and what it is owed beside that."""

    receiver: Id
    account: Id
    amount: Money
    held: Money
    outside: Signed

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            receiver: str,
            account: str,
            amount: Money | str,
            held: Money | str,
            outside: Money | str,
        ) -> None: ...


class SplitReturn(OfOrder, OneCurrency):
    """What a refund takes back from those who got some: `refunded` now, `captured` what is left of the payment then.

    What they hold then and what is `kept` are that; `refunded_in_all` is the cash of all refunds so far, gift cards
    included; `receivers` stand there where the split has some. As JSON by `to_json()`, read back by `from_json()`; the
    sums are compared.
    """

    left_out: ClassVar[frozenset[str]] = OfOrder.left_out | {"receivers"}

    settlement: str
    refunded: Money
    refunded_in_all: Money
    captured: Money
    shares: Annotated[tuple[SplitBack, ...], LISTED]
    kept: Money
    receivers: Annotated[tuple[SplitReceiverBack, ...], LISTED] = ()

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
            receivers: Sequence[SplitReceiverBack | Mapping[str, Any]] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _sum(self) -> Self:
        _check(self, [each.held for each in self.moved])
        return self

    @property
    def moved(self) -> tuple[SplitBack | SplitReceiverBack, ...]:
        """What comes back from shops, then from third parties."""
        return (*self.shares, *self.receivers)


def _check(made: Split | SplitReturn, parts: Sequence[Money]) -> None:
    """Nothing, where the parts and what is kept are all that is captured, and everybody has one part."""
    if made.captured.minor != made.kept.minor + sum([each.minor for each in parts]):
        refuse([problem_at("captured", code="value.invalid", detail="is not the sum of the lines")])
    for place, kind, rows in (("shares", "a shop", made.shares), ("receivers", "a receiver", made.receivers)):
        if len({whose(each) for each in rows}) < len(rows):
            refuse([problem_at(place, code="value.invalid", detail=f"name {kind} twice")])


def split(
    settlement: Settlement, payout: Payout, accounts: Mapping[str, str], receivers: Mapping[str, str] | None = None
) -> Split:
    """Who gets what of a payment: each shop its net of the payout before refunds, at its account with the provider.

    `accounts` are shop -> account; a shop that is not among them is the receiver's own. `receivers` are the same of
    third parties, which get what the payout says; one that is not among them is paid otherwise. Together they get at
    most what was captured (`due`) less the provider's fee; where they are to have more, because the platform pays a
    part of it, that is spread by the nets (contract §4) and the rest stands `outside`. Raises `ValueError` for a payout
    of another settlement or after refunds, `InvalidDocument` for that of another order, `LookupError` for an account of
    a shop or a third party that is not there, `TypeError` for anything but these documents.

    >>> from settlement import Cart, Checkout, Line, Rulebook, payout, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="99.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> made = split(paid, payout(paid), {"tea": "1900000109"})
    >>> str(made.shares[0].amount), str(made.kept)
    ('94.05 CNY', '4.95 CNY')
    >>> from settlement.after_pay.payouts import PayoutPolicy
    >>> referred = PayoutPolicy(commissions=[{"id": "r", "receiver": "ann", "percent": "2"}])
    >>> made = split(paid, payout(paid, referred), {"tea": "1900000109"}, {"ann": "1900000110"})
    >>> [str(each.amount) for each in made.moved], str(made.kept)
    (['92.07 CNY', '1.98 CNY'], '4.95 CNY')
    """
    expect_settlement(settlement)
    _of_settlement(settlement.digest, payout)
    if payout.refunded:
        msg = "payout: this is one after refunds; a payment is split by the one before"
        raise ValueError(msg)
    one_order("Split", [("settlement", settlement.order), ("payout", payout.order)])
    to = _accounts(accounts, receivers or {})
    nets = _nets(payout, to)
    for whom in to:
        if whom not in nets:
            place, kind = (("accounts", "shop"), ("receivers", "third party"))[whom[0]]
            msg = f"{place}: there is no {kind} {whom[1]!r} in this payout"
            raise LookupError(msg)
    currency, captured = payout.currency, settlement.due.minor
    amounts = _within(nets, captured - max(0, payout.provider.minor))
    made = {
        whom: {
            "account": to[whom],
            "amount": money_of(amounts[whom], currency),
            "outside": money_of(net - amounts[whom], currency),
        }
        for whom, net in nets.items()
    }
    return Split(
        order=payout.order or settlement.order,
        settlement=payout.settlement,
        currency=currency,
        captured=settlement.due,
        shares=[{"shop": name} | each for (kind, name), each in made.items() if kind == _SHOP],
        kept=money_of(captured - sum(amounts.values()), currency),
        receivers=[{"receiver": name} | each for (kind, name), each in made.items() if kind == _RECEIVER],
    )


def split_return(made: Split, quote: RefundQuote, payout: Payout, history: Sequence[SplitReturn] = ()) -> SplitReturn:
    """What comes back from whom with a refund, by the payout after it; `history` are the returns before, in order.

    A shop or third party gives back what it holds beyond what the payout after the refund says, as far as what is then
    captured covers that; never more than it holds. Where a refund leaves it more than it holds, the difference stands
    `outside`. Raises `InvalidDocument` for documents of another order, `ValueError` for those of another settlement,
    a history that does not go on from this split, a return before the next, or a payout that is not the one after this
    refund or by other terms, `RefundExceeds` where more goes back than was
    captured, `TypeError` for anything but these documents.

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
    left, holds = _follow(made, before)
    in_all = before[-1].refunded_in_all.minor if before else 0
    if payout.refunded.minor != in_all + quote.cash.minor:
        msg = "payout: this is not the one after this refund"
        raise ValueError(msg)
    captured = left - quote.to_method
    if captured.minor < 0:
        raise RefundExceeds("", str(left), str(quote.to_method))
    given = _given_back(holds, payout, captured.minor)
    shares = [SplitBack.model_validate({"shop": name} | each) for (kind, name), each in given.items() if kind == _SHOP]
    receivers = [
        SplitReceiverBack.model_validate({"receiver": name} | each)
        for (kind, name), each in given.items()
        if kind == _RECEIVER
    ]
    held = sum([each["held"].minor for each in given.values()])
    return SplitReturn(
        order=made.order,
        settlement=made.settlement,
        currency=made.currency,
        refunded=quote.to_method,
        refunded_in_all=payout.refunded,
        captured=captured,
        shares=shares,
        kept=money_of(captured.minor - held, made.currency),
        receivers=receivers,
    )


def _follow(made: Split, history: Sequence[SplitReturn]) -> tuple[Money, _Holds]:
    """What is captured after the history, and who holds what.

    Each return goes on from the one before, the first from the split: else more would come back.
    """
    captured, holds = made.captured, {whose(each): (each.account, each.amount) for each in made.moved}
    for at, each in enumerate(history):
        before = {whose(part): (part.account, part.held + part.amount) for part in each.moved}
        if before != holds or each.captured + each.refunded != captured:
            last = f"history[{at - 1}]" if at else "the split"
            msg = f"history[{at}]: this return does not go on from {last}; hand in all, each once, in their order"
            raise ValueError(msg)
        captured, holds = each.captured, {whose(part): (part.account, part.held) for part in each.moved}
    return captured, holds


def _given_back(holds: _Holds, payout: Payout, captured: int) -> dict[_Whom, dict[str, Any]]:
    """What each gives back, down to what it may hold."""
    nets, currency = _nets(payout, holds), payout.currency
    for whom in holds:
        if whom not in nets:
            msg = f"payout: it has nothing of {whom[1]!r}, to whom the split passes money on"
            raise ValueError(msg)
    most = _within(nets, captured - max(0, payout.provider.minor))
    made = {}
    for whom, net in nets.items():
        account, held = holds[whom]
        left = min(held.minor, most[whom])
        made[whom] = {
            "account": account,
            "amount": money_of(held.minor - left, currency),
            "held": money_of(left, currency),
            "outside": money_of(net - left, currency),
        }
    return made


def _of_settlement(digest: str, payout: Payout) -> None:
    expect("payout", payout, Payout)
    if payout.settlement != digest:
        msg = "payout: this is one of another settlement"
        raise ValueError(msg)


def whose(each: SplitShare | SplitReceiver | SplitBack | SplitReceiverBack) -> _Whom:
    """Whose part it is."""
    return (_SHOP, each.shop) if isinstance(each, (SplitShare, SplitBack)) else (_RECEIVER, each.receiver)


def _accounts(shops: Mapping[str, str], receivers: Mapping[str, str]) -> dict[_Whom, str]:
    named = [{(kind, name): account for name, account in of.items()} for kind, of in enumerate((shops, receivers))]
    return named[_SHOP] | named[_RECEIVER]


def _nets(payout: Payout, to: Collection[_Whom]) -> dict[_Whom, int]:
    """What shops, then third parties, are to have, of those that have an account."""
    nets = {(_SHOP, shop.shop): shop.net.minor for shop in payout.shops}
    nets |= {(_RECEIVER, each.receiver): each.amount.minor for each in payout.receivers}
    return {whom: net for whom, net in nets.items() if whom in to}


def _within(nets: Mapping[_Whom, int], most: int) -> dict[_Whom, int]:
    """The nets above 0, together at most this: then spread by them, ties to shops and then to the smaller id."""
    wanted = {whom: max(0, nets[whom]) for whom in sorted(nets)}
    most = max(0, most)
    if sum(wanted.values()) <= most:
        return wanted
    return dict(zip(wanted, share_out(most, list(wanted.values())), strict=True))
