"""Money without goods and deductions of an edited order: which of its parts gives or keeps how much.

An edited order is several settlements, and whoever says sorry for the order means all of it. So money of the order, or
of a line that several parts sold, is spread by what is left of it in each part, as within one it is by line; what is
kept of a refund by what each part gives back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from settlement.after_pay.edits.document import OrderPart
from settlement.after_pay.refunds.money_back import Deduction, MoneyAsked, MoneyBack, spread_money
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.allocation import spread
from settlement.documents.problems import expect_all
from settlement.errors import CurrencyMismatch, InvalidDocument, UnknownLine
from settlement.money import money_of

__all__ = ["Quoted", "asked_by_part"]

#: What a part's refund is with so much asked of it.
Quoted: TypeAlias = Callable[[int, MoneyAsked], RefundQuote]

_NOTHING = MoneyAsked()


def asked_by_part(
    parts: Sequence[OrderPart], returning: Iterable[int], more: Mapping[str, Any], quoted: Quoted
) -> dict[int, MoneyAsked]:
    """What is asked of each part beside goods; `returning` are the parts that goods come back of.

    Raises what `refund` raises.
    """
    asked: dict[int, MoneyAsked] = {}
    currency = parts[0].settlement.currency
    for place, each in enumerate(expect_all("money", more.get("money", ()), MoneyBack)):
        found = _with_line(parts, each)
        _of_currency(each, currency)
        left = {str(at): _left(quoted, at, asked.get(at, _NOTHING), each) for at in found}
        of_all = each.model_copy(update={"line": None})
        for row in spread_money(of_all, left, currency, f"money[{place}]"):
            here = asked.get(int(row.line), _NOTHING)
            given = each.model_copy(update={"amount": row.amount})
            asked[int(row.line)] = here._replace(money=(*here.money, given))
    for kept in expect_all("deductions", more.get("deductions", ()), Deduction):
        found = _with_line(parts, kept)
        _of_currency(kept, currency)
        from_these = [at for at in found if at in asked or at in set(returning)] or found[:1]
        for at, share in _kept(kept, from_these, asked, quoted).items():
            here = asked.get(at, _NOTHING)
            asked[at] = here._replace(deductions=(*here.deductions, share))
    return asked


def _with_line(parts: Sequence[OrderPart], asked: MoneyBack | Deduction) -> list[int]:
    """The parts that sold the line, or all; the newest first. Raises `UnknownLine`."""
    newest = range(len(parts) - 1, -1, -1)
    found = [at for at in newest if asked.line in (None, *[line.id for line in parts[at].settlement.lines])]
    if not found:
        raise UnknownLine(str(asked.line), {line.id for part in parts for line in part.settlement.lines})
    return found


def _of_currency(asked: MoneyBack | Deduction, currency: str) -> None:
    if asked.amount is not None and asked.amount.currency != currency:
        raise CurrencyMismatch(currency, asked.amount.currency)


def _left(quoted: Quoted, at: int, here: MoneyAsked, asked: MoneyBack) -> int:
    """How much a part could give of it beside what is asked of it already, in minor units."""
    everything = asked.model_copy(update={"amount": None})
    try:
        with_all = quoted(at, here._replace(money=(*here.money, everything)))
    except InvalidDocument as error:
        if [problem.code for problem in error.problems] != ["refund.left"]:
            raise
        return 0
    return with_all.cash.minor - quoted(at, here).cash.minor


def _kept(
    kept: Deduction, found: Sequence[int], asked: Mapping[int, MoneyAsked], quoted: Quoted
) -> dict[int, Deduction]:
    """What is kept of each part's refund: of the gift that it asks for, else by what it gives back, at most that."""
    if len(found) == 1:
        return {found[0]: kept}
    quotes = {at: quoted(at, asked.get(at, _NOTHING)) for at in found}
    if kept.gift is not None:
        with_gift = [at for at, quote in quotes.items() if any(gift.sku == kept.gift for gift in quote.gifts)]
        return dict.fromkeys(with_gift or found[:1], kept)
    worth = {str(at): quote.cash.minor for at, quote in quotes.items()}
    shares = spread(min(kept.amount.minor, sum(worth.values())), worth)
    made = {
        int(at): kept.model_copy(update={"amount": money_of(share, kept.amount.currency)})
        for at, share in shares.items()
        if share
    }
    return made or {found[0]: kept}
