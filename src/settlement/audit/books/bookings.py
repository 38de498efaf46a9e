"""What a settlement, a refund, a payout and a movement of money are as postings, each balanced; nothing is new here."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Literal, NamedTuple

from settlement.after_pay.payouts.accounts import Payout, ShopAccount
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.refunds.quote import RefundPart, RefundQuote
from settlement.after_pay.refunds.still_holding import spared_by
from settlement.documents.written import all_readable
from settlement.money import Money, money_of
from settlement.receipts.columns import COLUMN_OF, FREIGHT_OFFERS, GOODS_OFFERS, OFFER_COLUMNS
from settlement.receipts.settlement import Settlement

__all__ = ["Book", "Entry", "OwnName", "Posting", "as_agent", "moved", "paid_out", "refunded", "sold"]

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


class Book:
    """Postings under way: amounts of one account, rule and funder are added up; what comes to 0 is left out.

    With `parts` each row keeps what it is made of: what that is, its amount, and of which line, card or row.
    """

    def __init__(self, currency: str, *, parts: bool = False) -> None:
        self.currency = currency
        self.sums: dict[tuple[Any, ...], int] = {}
        self.parts: dict[tuple[Any, ...], list[tuple[str, int, str]]] | None = {} if parts else None

    def post(self, account: tuple[str, ...], minor: int, *details: Any, of: tuple[str, str]) -> None:
        """Add an amount to its row; `of` says what of the document it is."""
        key = (account, *details)
        self.sums[key] = self.sums.get(key, 0) + minor
        if self.parts is not None:
            self.parts.setdefault((*key, *[None] * (5 - len(key))), []).append((of[0], minor, of[1]))

    def postings(self) -> tuple[Posting, ...]:
        """The rows that come to something."""
        return tuple(
            Posting(key[0], money_of(minor, self.currency), *key[1:]) for key, minor in self.sums.items() if minor
        )


def sold(settlement: Settlement, on: date, book: Book | None = None) -> Entry:
    """What the buyer owes, against goods, charges and offers of each shop."""
    book = book or Book(settlement.currency)
    account: tuple[str, ...]
    shop_of = {line.id: OwnName(line.shop) for line in settlement.lines}
    book.post(("Assets", "Buyers"), settlement.payable.minor, None, "payable", of=("payable", ""))
    for tender in settlement.tenders:
        paid, of = tender.amount.minor, ("tender", tender.id)
        book.post(("Assets", "Buyers"), -paid, None, "payable", of=of)
        book.post(("Liabilities", "Tenders", OwnName(tender.id)), paid, None, "tender", tender.id, of=of)
    for line in settlement.lines:
        if line.stored_value:  # a gift card: owed to its holder until it is used
            card = ("Liabilities", "Tenders", OwnName(line.sku))
            book.post(card, -line.goods.minor, line.shop, "stored_value", of=("line", line.id))
        else:
            goods = ("Income", OwnName(line.shop), "Goods")
            book.post(goods, -line.goods.minor, line.shop, "goods", of=("line", line.id))
    for each in settlement.adjustments:
        for name, share in each.shares.items():
            shop, of = shop_of[name], ("line", name)
            if each.stage in _BORNE:
                platform = each.platform[name].minor if name in each.platform else 0
                for funder, part in (("platform", platform), ("shop", share.minor - platform)):
                    account = ("Expenses", shop, "Offers", OwnName(each.rule), funder.title())
                    book.post(account, -part, shop, each.stage, each.rule, funder, of=of)
            elif COLUMN_OF[each.stage] == "tax":  # collected for the state, never anybody's income
                account = ("Liabilities", shop, "Tax", OwnName(each.rule))
                book.post(account, -share.minor, shop, each.stage, each.rule, of=of)
            else:
                account = ("Income", shop, _INCOME[each.stage], OwnName(each.rule))
                book.post(account, -share.minor, shop, each.stage, each.rule, of=of)
    return Entry(on, "settlement", settlement.digest, settlement.rulebook, book.postings(), settlement.order)


def refunded(quote: RefundQuote, settlement: Settlement, on: date, book: Book | None = None) -> Entry:
    """What goes back to the buyer, by shop and column; points that come back are no money and stand in no account."""
    book = book or Book(quote.currency)
    account: tuple[str, ...]
    shop_of = {line.id: OwnName(line.shop) for line in settlement.lines}
    cards = {line.id: line.sku for line in settlement.lines if line.stored_value}
    book.post(("Assets", "Buyers"), -quote.cash.minor, None, "refund", of=("cash", ""))
    for tender in quote.tenders:
        paid, of = tender.amount.minor, ("tender", tender.id)
        book.post(("Assets", "Buyers"), paid, None, "refund", of=of)
        book.post(("Liabilities", "Tenders", OwnName(tender.id)), -paid, None, "refund", tender.id, of=of)
    if quote.credit is not None:
        name, amount = quote.credit.id, quote.credit.amount.minor
        book.post(("Assets", "Buyers"), amount, None, "refund", of=("credit", name))
        account = ("Liabilities", "Store-credit", OwnName(name))
        book.post(account, -amount, None, "refund_credit", name, of=("credit", name))
    for kept in quote.deductions:
        shop, why = shop_of[kept.line], OwnName(kept.reason)
        account = ("Income", shop, "Deductions", why)
        tax = kept.tax.minor if kept.tax else 0
        book.post(account, tax - kept.amount.minor, shop, "refund_deduction", why, of=("line", kept.line))
        if tax:
            book.post(("Liabilities", shop, "Tax", "Refunds"), -tax, shop, "refund_tax", of=("line", kept.line))
    for line in quote.lines:
        for side, part in ((line.goods, line.goods_part), (line.freight, line.freight_part)):
            _part_back(book, shop_of[line.id], part, side, cards.get(line.id), ("line", line.id))
    spared = spared_by(settlement)
    for charge in quote.charges:
        shop, platform, of = shop_of[charge.line], charge.platform.minor, ("line", charge.line)
        tax = charge.tax.minor if charge.tax else 0
        if tax:
            book.post(("Liabilities", shop, "Tax", "Refunds"), -tax, shop, "refund_tax", of=of)
        if charge.rule in spared:
            freight = ("Income", shop, "Freight", OwnName(charge.rule))
            book.post(freight, tax - charge.amount.minor, shop, "refund_charge", charge.rule, of=of)
            continue
        for funder, minor in (("platform", platform), ("shop", charge.amount.minor - tax - platform)):
            account = ("Expenses", shop, "Offers", OwnName(charge.rule), funder.title())
            book.post(account, -minor, shop, "refund_charge", charge.rule, funder, of=of)
    order = quote.order or settlement.order
    return Entry(on, "refund", quote.settlement, settlement.rulebook, book.postings(), order, quote.id)


def _part_back(book: Book, shop: OwnName, part: RefundPart, cash: Money, card: str | None, of: tuple[str, str]) -> None:
    """One side of a line, column by column as it was sold; a quote without columns gives back one sum.

    `card`: the sku of a gift card, whose value is a liability and no income.
    """
    for name, amount in (part.columns or {"goods": cash}).items():
        title, stage = name.capitalize().replace("_", "-"), f"refund_{name}"
        if name == "goods" and card is not None:
            book.post(("Liabilities", "Tenders", OwnName(card)), amount.minor, shop, "refund_stored_value", of=of)
        elif name in _BORNE_COLUMNS:
            platform = part.platform[name].minor if name in part.platform else 0
            for funder, minor in (("platform", platform), ("shop", amount.minor - platform)):
                book.post(("Expenses", shop, "Refunds", title, funder.title()), minor, shop, stage, None, funder, of=of)
        elif name == "tax":
            book.post(("Liabilities", shop, "Tax", "Refunds"), amount.minor, shop, stage, of=of)
        else:
            book.post(("Income", shop, "Refunds", title), amount.minor, shop, stage, of=of)


# ------------------------------------------------------------------ payouts

#: The rows of a shop's account that pass on what was sold; commission and the provider's fee go from them.
_EARNED: Final = ("goods", "own_offers", "freight", "tax", "buyer_fee", "rounding")


def paid_out(
    payout: Payout, settlement: Settlement, on: date, before: Payout | None = None, book: Book | None = None
) -> Entry:
    """What is owed to shops and provider, less what the payout before it said: a payout says the whole each time."""
    book = book or Book(payout.currency)
    for sign, each in ((1, payout), (-1, before)):
        for shop in () if each is None else each.shops:
            _shop_paid(book, OwnName(shop.shop), shop.sale, "Payout", "payout", sign)
            _shop_paid(book, OwnName(shop.shop), shop.refunds, "Payout-refunds", "payout_refund", sign)
        if each is None:
            continue
        if each.platform.fee_difference is not None:
            difference = sign * each.platform.fee_difference.minor
            of = (_SAID[sign], "")
            book.post(("Expenses", "Provider-fee-difference"), -difference, None, "payout_fee_difference", of=of)
            book.post(("Liabilities", "Provider"), difference, None, "payout_fee_difference", of=of)
        _third_parties(book, each, sign)
    order = payout.order or settlement.order
    return Entry(on, "payout", payout.settlement, settlement.rulebook, book.postings(), order, payout.id)


#: Which of the two payouts an amount is of.
_SAID: Final = {1: "this_payout", -1: "payout_before"}


def _shop_paid(book: Book, shop: OwnName, account: ShopAccount, title: str, stage: str, sign: int) -> None:
    """One of a shop's two accounts: earned rows are debited; commission, the provider and the shop are credited."""
    of = (_SAID[sign], "")
    for name in _EARNED:
        row = name.capitalize().replace("_", "-")
        amount = getattr(account, name)
        if amount is not None:
            # tax stands on no account of income, so none of expenses passes it on
            place = ("Liabilities", shop, "Tax", title) if name == "tax" else ("Expenses", shop, title, row)
            book.post(place, sign * amount.minor, shop, f"{stage}_{name}", of=of)
    book.post(("Income", shop, "Commission"), sign * account.commission.minor, shop, f"{stage}_commission", of=of)
    book.post(("Liabilities", "Provider"), sign * account.payment_fee.minor, shop, f"{stage}_payment_fee", of=of)
    if account.fee_difference is not None:  # the shop's: what it gets and what the provider keeps move by it
        minor = sign * account.fee_difference.minor
        book.post(("Liabilities", "Provider"), minor, shop, f"{stage}_fee_difference", of=of)
    book.post(("Liabilities", "Shops", shop), -sign * account.net.minor, shop, f"{stage}_net", of=of)


def _third_parties(book: Book, payout: Payout, sign: int) -> None:
    """What each third party is owed: the shops paid it, each less in its net, and the platform."""
    borne = 0 if payout.platform.referrals is None else payout.platform.referrals.minor
    of = (_SAID[sign], "")
    book.post(("Expenses", "Referrals"), -sign * borne, None, "payout_referrals", of=of)
    for each in payout.receivers:
        account = ("Liabilities", "Receivers", OwnName(each.receiver))
        book.post(account, -sign * each.amount.minor, None, "payout_receiver", each.receiver, of=of)


# ------------------------------------------------------------------ money that moved


def moved(movement: Movement, on: date, book: Book | None = None) -> Entry:
    """What the provider has or has not any more, against who paid it or got it."""
    book, amount = book or Book(movement.currency), movement.amount.minor
    fee = 0 if movement.fee is None else movement.fee.minor
    stage, shop = movement.kind, OwnName(movement.shop or "")
    provider: tuple[str, ...] = ("Assets", "Providers")
    if movement.provider is not None:
        provider = (*provider, OwnName(movement.provider))
    sign = 1 if movement.kind in ("received", "top_up") else -1
    if movement.kind == "adjustment":
        book.post(("Expenses", shop, "Adjustments"), amount, movement.shop, stage, of=("moved", ""))
    else:
        book.post(provider, sign * amount, movement.shop, stage, of=("moved", ""))
        book.post(provider, -sign * fee, movement.shop, stage, of=("provider_fee", ""))
        book.post(("Liabilities", "Provider"), sign * fee, movement.shop, f"{stage}_fee", of=("provider_fee", ""))
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
    book.post(against[movement.kind], minus * amount, movement.shop, stage, of=("moved", ""))
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


all_readable(globals())
