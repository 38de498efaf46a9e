"""Money back without goods, what is kept of a refund, and store credit in its place.

Money that is given back for goods that stay lowers what those goods cost: it stays with the units that were kept then,
in equal parts, and a unit that comes back later brings what is still paid for it. So any sequence ends at what was
paid. It is taken from the price and its tax; what the platform bore of offers goes back with the goods alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from settlement.after_pay.refunds.quote import RefundDeduction, RefundLine, RefundMoney, RefundQuote
from settlement.after_pay.refunds.sides import Part, Side, Sides, part, plus
from settlement.allocation import spread
from settlement.documents.document import Document
from settlement.documents.problems import expect_all
from settlement.documents.scalars import Id, milli
from settlement.errors import CurrencyMismatch, InvalidDocument, Problem, UnknownLine
from settlement.money import Money, money_of

if TYPE_CHECKING:
    from settlement.receipts.parts import GiftLine

__all__ = [
    "Attached",
    "Deduction",
    "MoneyAsked",
    "MoneyBack",
    "StoreCredit",
    "attached",
    "deducted",
    "money_part",
    "spread_money",
    "step",
    "with_money",
]

Of: TypeAlias = Literal["goods", "freight"]


class MoneyBack(Document):
    """Money without goods, up to what is left: goodwill, price protection, a late parcel's freight.

    `reason` is the shop's own word. Without an `amount` it is all that is left; without a `line` it is of the whole
    order, spread by what is left of each line's goods, or `of` their freight. It never falls on a gift card that was
    sold unless that is the `line`: the card then loses so much of its value.

    >>> MoneyBack(reason="price_protection", line="a", amount="12.34 CNY").of
    'goods'
    """

    reason: Id
    amount: Money | None = None
    line: Id | None = None
    of: Of = "goods"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            reason: str,
            amount: Money | str | None = None,
            line: str | None = None,
            of: Literal["goods", "freight"] = "goods",
        ) -> None: ...


class Deduction(Document):
    """What the shop keeps of a refund, never more than it is worth: a restocking fee, the way back, a gift.

    `of` says whether it is kept of goods or as freight. With a `gift` that would have to be sent back (the refund's
    policy says `gifts="return"`) it is kept, and `amount` is the stated value of one. Without a `line` it is spread by
    what the refund's lines give back.

    >>> Deduction(reason="way_back", amount="8.00 CNY", of="freight").line
    """

    reason: Id
    amount: Money
    line: Id | None = None
    of: Of = "goods"
    gift: Id | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            reason: str,
            amount: Money | str,
            line: str | None = None,
            of: Literal["goods", "freight"] = "goods",
            gift: str | None = None,
        ) -> None: ...


class StoreCredit(Document):
    """Credit in place of money, where the buyer agreed: of what would go back by the payment method, all or a part.

    >>> StoreCredit(id="wallet-7").amount
    """

    id: Id
    amount: Money | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, id: str, amount: Money | str | None = None) -> None: ...


class MoneyAsked(NamedTuple):
    """What a refund is asked to do beside taking goods back."""

    money: Sequence[MoneyBack] = ()
    deductions: Sequence[Deduction] = ()
    credit: StoreCredit | None = None

    @classmethod
    def of(
        cls, currency: str, lines: Mapping[str, Any], money: object, deductions: object, credit: object
    ) -> MoneyAsked:
        """As it was handed in, once it is what it should be. Raises what `refund` raises."""
        made = cls(
            expect_all("money", money, MoneyBack),
            expect_all("deductions", deductions, Deduction),
            credit if credit is None else expect_all("credit", [credit], StoreCredit)[0],
        )
        asked: list[MoneyBack | Deduction | StoreCredit] = [*made.money, *made.deductions]
        for each in asked if made.credit is None else [*asked, made.credit]:
            if each.amount is not None and each.amount.currency != currency:
                raise CurrencyMismatch(currency, each.amount.currency)
            name = getattr(each, "line", None)
            if name is not None and name not in lines:
                raise UnknownLine(name, lines)
        return made


# ------------------------------------------------------------------ what stays with kept goods


class Attached(NamedTuple):
    """Money that was given for one side of a line: minor units, and the thousandths that were kept then."""

    amount: int
    kept: int


def attached(history: Iterable[RefundQuote], lines: Mapping[str, Sides]) -> dict[tuple[str, str], list[Attached]]:
    """The money that refunds gave without goods, by line and side, in their order."""
    found: dict[tuple[str, str], list[Attached]] = {}
    back: dict[str, int] = {}
    for quote in history:
        for line in quote.lines:
            back[line.id] = back.get(line.id, 0) + milli(line.quantity)
        for row in quote.money:
            if row.line in lines:
                kept = lines[row.line].bought - back.get(row.line, 0)
                found.setdefault((row.line, row.of), []).append(Attached(row.amount.minor, kept))
    return found


def money_part(side: Side, amount: int) -> Part:
    """So much money of a side: the tax that is in it, and of what else was charged in proportion; no offer moves.

    The tax is the part of the money that it is of what was paid: offers lowered both.

    >>> money_part(Side(1060, 0, 0, (("tax", 60), ("goods", 1200)), (("promotions", 200, True),)), 212).columns
    {'tax': 12, 'goods': 200}
    """
    columns: dict[str, int] = {}
    paid = side.cash - side.fee
    whole, left = sum([each for _, each in side.charged]), amount
    for column, each in side.charged:
        if column == "tax":
            share = min(left, amount * each // paid) if paid else 0
        else:
            share = left * each // whole if whole else 0
        columns[column] = columns.get(column, 0) + share
        left, whole = left - share, whole - each
    return Part(amount, 0, 0, columns, {})


def with_money(side: Side, back: int, bought: int, given: Sequence[Attached]) -> Part:
    """What `back` of `bought` thousandths come to, with the money that stays with those that are kept."""
    made = part(side, back, bought)
    if not given:
        return made
    stays = sum([Fraction(each.amount * (bought - back), each.kept) for each in given if each.kept], Fraction())
    room = side.cash - side.fee - made.cash
    return plus(made, money_part(side, min(-(-stays.numerator // stays.denominator), room)))


def step(target: Part, given: Part) -> Part:
    """What is still to be given; a cent that rounding gave too early is waited for."""
    found = plus(target, given, -1)
    return found if found.cash >= 0 else Part(0, found.fee, found.points, {}, {})


# ------------------------------------------------------------------ money, deductions


def spread_money(asked: MoneyBack, left: Mapping[str, int], currency: str, place: str) -> list[RefundMoney]:
    """Money for a line, or for all lines by what is left of each. Raises `InvalidDocument` for more than that."""
    room = {name: amount for name, amount in left.items() if amount > 0 and asked.line in (None, name)}
    whole = sum(room.values())
    amount = whole if asked.amount is None else asked.amount.minor
    if not 0 < amount <= whole:
        facts = {"found": str(money_of(amount, currency)), "left": str(money_of(whole, currency))}
        raise InvalidDocument([Problem(f"{place}.amount", "refund.left", facts)], "refund")
    return [
        RefundMoney(name, asked.of, money_of(share, currency), asked.reason)
        for name, share in spread(amount, room).items()
        if share
    ]


def deducted(
    asked: Sequence[Deduction], lines: Sequence[RefundLine], worth: int, gifts: Sequence[GiftLine], currency: str
) -> tuple[list[RefundDeduction], list[GiftLine]]:
    """What is kept of a refund that is worth so much, line by line; and the gifts that the buyer pays for and keeps."""
    made: list[RefundDeduction] = []
    kept: list[GiftLine] = []
    for at, each in enumerate(asked):
        amount = each.amount.minor
        if amount <= 0:
            facts = {"found": str(each.amount)}
            raise InvalidDocument([Problem(f"deductions[{at}].amount", "refund.none", facts)], "refund")
        if each.gift is not None:
            found = [gift for gift in gifts if gift.sku == each.gift and gift not in kept]
            if not found:
                raise InvalidDocument([Problem(f"deductions[{at}].gift", "refund.gift", {"sku": each.gift})], "refund")
            kept += found
            amount = amount * sum([milli(gift.quantity) for gift in found]) // 1000
        amount = min(amount, worth)
        shares = {name: amount for name in (each.line,) if name is not None}
        weights = {line.id: line.cash.minor for line in lines if line.cash}
        if not shares and weights:
            shares = spread(amount, weights)
        worth -= sum(shares.values())
        made += [
            RefundDeduction(name, each.of, money_of(share, currency), each.reason)
            for name, share in shares.items()
            if share
        ]
    return made, kept
