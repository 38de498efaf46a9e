"""What a settlement, a refund, a payout and a movement of money are as postings, each balanced; nothing is new here."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Literal, NamedTuple

from settlement.after_pay.payouts.accounts import Payout, ShopAccount
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.refunds.quote import RefundPart, RefundQuote
from settlement.after_pay.refunds.still_holding import spared_by
from settlement.money import Money, money_of
from settlement.receipts.columns import COLUMN_OF, FREIGHT_OFFERS, GOODS_OFFERS, OFFER_COLUMNS
from settlement.receipts.settlement import Settlement

__all__ = ["Entry", "OwnName", "Posting", "as_agent", "moved", "paid_out", "refunded", "sold"]

#: Offers and points: what they take off is borne by the platform or by the shop.
_BORNE: Final = frozenset({*GOODS_OFFERS, *FREIGHT_OFFERS, "points"})
#: The columns that those stages fill.
_BORNE_COLUMNS: Final = frozenset({*OFFER_COLUMNS, "points"})
#: What an adjustment is booked as: the accounts of what is sold and charged.
_INCOME: Final = {"freight": "Freight", "surcharge": "Surcharge", "payment_fee": "Payment-fee", "rounding": "Rounding"}


class OwnName(str):
    """A part of an account that is an id of the host's, where the others are words of the library's."""

    __slots__ = ()


class Posting(NamedTuple):
    """One row of an entry: debits are above 0, credits below. `funder` is who bears an offer, else None."""

    account: tuple[str, ...]
    amount: Money
    shop: str | None
    stage: str
    rule: str | None = None
    funder: Literal["platform", "shop"] | None = None


class Entry(NamedTuple):
    """Postings that add up to 0, for one settlement, one refund, one payout or one movement of money."""

    on: date
    kind: Literal["settlement", "refund", "payout", "movement"]
    #: Digest of the request that was settled, and id of the rules; empty for a movement.
    digest: str
    rulebook: str
    postings: tuple[Posting, ...]
    #: The order by the shop's own name, and the refund's or payout's own id, where they are stated.
    order: str | None = None
    id: str | None = None
    #: Whether the platform shows what shops sell as theirs, and only its commission as income.
    agent: bool = False


class _Book:
    """Postings under way: amounts of one account, rule and funder are added up; what comes to 0 is left out."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.sums: dict[tuple[Any, ...], int] = {}

    def post(self, account: tuple[str, ...], minor: int, *details: Any) -> None:
        key = (account, *details)
        self.sums[key] = self.sums.get(key, 0) + minor

    def postings(self) -> tuple[Posting, ...]:
        return tuple(
            Posting(key[0], money_of(minor, self.currency), *key[1:]) for key, minor in self.sums.items() if minor
        )


def sold(settlement: Settlement, on: date) -> Entry:
    """What the buyer owes, against goods, charges and offers of each shop."""
    book = _Book(settlement.currency)
    shop_of = {line.id: OwnName(line.shop) for line in settlement.lines}
    book.post(("Assets", "Buyers"), settlement.due.minor, None, "payable")
    for tender in settlement.tenders:
        book.post(("Liabilities", "Tenders", OwnName(tender.id)), tender.amount.minor, None, "tender", tender.id)
    for line in settlement.lines:
        if line.stored_value:  # a gift card: owed to its holder until it is used
            book.post(("Liabilities", "Tenders", OwnName(line.sku)), -line.goods.minor, line.shop, "stored_value")
        else:
            book.post(("Income", OwnName(line.shop), "Goods"), -line.goods.minor, line.shop, "goods")
    for each in settlement.adjustments:
        for name, share in each.shares.items():
            shop = shop_of[name]
            if each.stage in _BORNE:
                platform = each.platform[name].minor if name in each.platform else 0
                for funder, part in (("platform", platform), ("shop", share.minor - platform)):
                    account = ("Expenses", shop, "Offers", OwnName(each.rule), funder.title())
                    book.post(account, -part, shop, each.stage, each.rule, funder)
            elif COLUMN_OF[each.stage] == "tax":  # collected for the state, never anybody's income
                book.post(("Liabilities", shop, "Tax", OwnName(each.rule)), -share.minor, shop, each.stage, each.rule)
            else:
                book.post(
                    ("Income", shop, _INCOME[each.stage], OwnName(each.rule)), -share.minor, shop, each.stage, each.rule
                )
    return Entry(on, "settlement", settlement.digest, settlement.rulebook, book.postings(), settlement.order)


def refunded(quote: RefundQuote, settlement: Settlement, on: date) -> Entry:
    """What goes back to the buyer, by shop and column; points that come back are no money and stand in no account."""
    book = _Book(quote.currency)
    shop_of = {line.id: OwnName(line.shop) for line in settlement.lines}
    cards = {line.id: line.sku for line in settlement.lines if line.stored_value}
    book.post(("Assets", "Buyers"), -quote.to_method.minor, None, "refund")
    for tender in quote.tenders:
        book.post(("Liabilities", "Tenders", OwnName(tender.id)), -tender.amount.minor, None, "refund", tender.id)
    if quote.credit is not None:
        credit = ("Liabilities", "Store-credit", OwnName(quote.credit.id))
        book.post(credit, -quote.credit.amount.minor, None, "refund_credit", quote.credit.id)
    for kept in quote.deductions:
        shop, why = shop_of[kept.line], OwnName(kept.reason)
        book.post(("Income", shop, "Deductions", why), -kept.amount.minor, shop, "refund_deduction", why)
    for line in quote.lines:
        for side, part in ((line.goods, line.goods_part), (line.freight, line.freight_part)):
            _part_back(book, shop_of[line.id], part, side, cards.get(line.id))
    spared = spared_by(settlement)
    for charge in quote.charges:
        shop, platform = shop_of[charge.line], charge.platform.minor
        if charge.rule in spared:
            freight = ("Income", shop, "Freight", OwnName(charge.rule))
            book.post(freight, -charge.amount.minor, shop, "refund_charge", charge.rule)
            continue
        for funder, minor in (("platform", platform), ("shop", charge.amount.minor - platform)):
            account = ("Expenses", shop, "Offers", OwnName(charge.rule), funder.title())
            book.post(account, -minor, shop, "refund_charge", charge.rule, funder)
    order = quote.order or settlement.order
    return Entry(on, "refund", quote.settlement, settlement.rulebook, book.postings(), order, quote.id)


def _part_back(book: _Book, shop: OwnName, part: RefundPart, cash: Money, card: str | None) -> None:
    """One side of a line, column by column as it was sold; a quote without columns gives back one sum.

    `card`: the sku of a gift card, whose value is a liability and no income.
    """
    for name, amount in (part.columns or {"goods": cash}).items():
        title, stage = name.capitalize().replace("_", "-"), f"refund_{name}"
        if name == "goods" and card is not None:
            book.post(("Liabilities", "Tenders", OwnName(card)), amount.minor, shop, "refund_stored_value")
        elif name in _BORNE_COLUMNS:
            platform = part.platform[name].minor if name in part.platform else 0
            for funder, minor in (("platform", platform), ("shop", amount.minor - platform)):
                book.post(("Expenses", shop, "Refunds", title, funder.title()), minor, shop, stage, None, funder)
        elif name == "tax":
            book.post(("Liabilities", shop, "Tax", "Refunds"), amount.minor, shop, stage)
        else:
            book.post(("Income", shop, "Refunds", title), amount.minor, shop, stage)


# ------------------------------------------------------------------ payouts

#: The rows of a shop's account that pass on what was sold; commission and the provider's fee go from them.
_EARNED: Final = ("goods", "own_offers", "freight", "tax", "buyer_fee", "rounding")


def paid_out(payout: Payout, settlement: Settlement, on: date, before: Payout | None = None) -> Entry:
    """What is owed to shops and provider, less what the payout before it said: a payout says the whole each time."""
    book = _Book(payout.currency)
    for sign, each in ((1, payout), (-1, before)):
        for shop in () if each is None else each.shops:
            _shop_paid(book, OwnName(shop.shop), shop.sale, "Payout", "payout", sign)
            _shop_paid(book, OwnName(shop.shop), shop.refunds, "Payout-refunds", "payout_refund", sign)
        if each is None:
            continue
        if each.platform.fee_difference is not None:
            difference = sign * each.platform.fee_difference.minor
            book.post(("Expenses", "Provider-fee-difference"), -difference, None, "payout_fee_difference")
            book.post(("Liabilities", "Provider"), difference, None, "payout_fee_difference")
        _third_parties(book, each, sign)
    order = payout.order or settlement.order
    return Entry(on, "payout", payout.settlement, settlement.rulebook, book.postings(), order, payout.id)


def _shop_paid(book: _Book, shop: OwnName, account: ShopAccount, title: str, stage: str, sign: int) -> None:
    """One of a shop's two accounts: earned rows are debited; commission, the provider and the shop are credited."""
    for name in _EARNED:
        row = name.capitalize().replace("_", "-")
        amount = getattr(account, name)
        if amount is not None:
            # tax stands on no account of income, so none of expenses passes it on
            place = ("Liabilities", shop, "Tax", title) if name == "tax" else ("Expenses", shop, title, row)
            book.post(place, sign * amount.minor, shop, f"{stage}_{name}")
    book.post(("Income", shop, "Commission"), sign * account.commission.minor, shop, f"{stage}_commission")
    book.post(("Liabilities", "Provider"), sign * account.payment_fee.minor, shop, f"{stage}_payment_fee")
    if account.fee_difference is not None:  # the shop's: what it gets and what the provider keeps move by it
        book.post(("Liabilities", "Provider"), sign * account.fee_difference.minor, shop, f"{stage}_fee_difference")
    book.post(("Liabilities", "Shops", shop), -sign * account.net.minor, shop, f"{stage}_net")


def _third_parties(book: _Book, payout: Payout, sign: int) -> None:
    """What each third party is owed: the shops paid it, each less in its net, and the platform."""
    borne = 0 if payout.platform.referrals is None else payout.platform.referrals.minor
    book.post(("Expenses", "Referrals"), -sign * borne, None, "payout_referrals")
    for each in payout.receivers:
        account = ("Liabilities", "Receivers", OwnName(each.receiver))
        book.post(account, -sign * each.amount.minor, None, "payout_receiver", each.receiver)


# ------------------------------------------------------------------ money that moved


def moved(movement: Movement, on: date) -> Entry:
    """What the provider has or has not any more, against who paid it or got it."""
    book, amount = _Book(movement.currency), movement.amount.minor
    fee = 0 if movement.fee is None else movement.fee.minor
    stage, shop = movement.kind, OwnName(movement.shop or "")
    provider: tuple[str, ...] = ("Assets", "Providers")
    if movement.provider is not None:
        provider = (*provider, OwnName(movement.provider))
    sign = 1 if movement.kind in ("received", "top_up") else -1
    if movement.kind == "adjustment":
        book.post(("Expenses", shop, "Adjustments"), amount, movement.shop, stage)
    else:
        book.post(provider, sign * (amount - fee), movement.shop, stage)
        book.post(("Liabilities", "Provider"), sign * fee, movement.shop, f"{stage}_fee")
    against: dict[str, tuple[str, ...]] = {
        "received": ("Assets", "Buyers"),
        "paid_back": ("Assets", "Buyers"),
        "to_shop": ("Liabilities", "Shops", shop),
        "to_receiver": ("Liabilities", "Receivers", OwnName(movement.receiver or "")),
        "to_bank": ("Assets", "Bank"),
        "top_up": ("Liabilities", "Tenders", OwnName(movement.tender or "")),
        "adjustment": ("Liabilities", "Shops", shop),
    }
    minus = -1 if movement.kind == "adjustment" else -sign
    book.post(against[movement.kind], minus * amount, movement.shop, stage)
    return Entry(on, "movement", "", "", book.postings(), movement.order, movement.id)


# ------------------------------------------------------------------ presentation

#: What a shop sells, in the words of the accounts: its own, where the platform is an agent.
_OF_THE_SHOP: Final = frozenset({"Goods", "Freight", "Surcharge", "Surcharges", "Own-offers", "Deductions"})


def as_agent(entry: Entry) -> Entry:
    """The same entry where the platform sells for shops: their sales are owed to them and are not its income.

    What the platform bears of offers stays an expense, commission, the buyers' fee and rounding its income.
    """
    rows = [
        row._replace(account=("Liabilities", *row.account[1:])) if _is_of_the_shop(row) else row
        for row in entry.postings
    ]
    return entry._replace(postings=tuple(rows), agent=True)


def _is_of_the_shop(row: Posting) -> bool:
    account = row.account
    if account[0] not in ("Income", "Expenses") or len(account) < 3:
        return False
    if row.funder is not None:
        return row.funder == "shop"
    return (account[3] if account[2] in _BY_COLUMN else account[2]) in _OF_THE_SHOP


#: Accounts of a shop that are divided by columns.
_BY_COLUMN: Final = ("Refunds", "Payout", "Payout-refunds")
