"""A shop's statement as plain text: each order row by row, what was transferred, and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from settlement.documents.words.language import Language, language
from settlement.documents.words.page import Page
from settlement.documents.words.plain import shown

if TYPE_CHECKING:
    from settlement.audit.books.statement import Statement, StatementMovement, StatementOrder
    from settlement.money import Money

__all__ = ["ROWS", "balance_rows", "moved_text", "order_text", "period_text", "row_text", "statement_text"]

#: The rows of an account, and what else changes a balance.
ROWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "goods": "Goods",
        "own_offers": "Own offers",
        "freight": "Freight",
        "tax": "Tax",
        "buyer_fee": "Payment fee",
        "rounding": "Rounding",
        "commission": "Commission",
        "payment_fee": "Fee of the payment provider",
        "fee_difference": "Difference of the provider's fee",
        "referrals": "Third parties",
        "refunds": "Refunds",
        "adjustment": "Adjustments",
        "to_shop": "Paid out",
    }
)


def row_text(name: str, say: Language) -> str:
    """What a row is called; one that came later than these words, by its own name."""
    return say(ROWS[name]) if name in ROWS else name


def period_text(statement: Statement, say: Language) -> str:
    """From the first day to the last."""
    return say("{since} to {until}", since=_day(statement.since), until=_day(statement.until))


def _day(day: date) -> str:
    return day.isoformat()


def order_text(row: StatementOrder, say: Language) -> str:
    """Which order it is, by the shop's name for it or by the beginning of its digest."""
    return say("Order {order}", order=shown(row.order or row.settlement.removeprefix("sha256:")[:12]))


def moved_text(row: StatementMovement, say: Language) -> str:
    """What moved, and why."""
    told = f"{row_text(row.kind, say)} {shown(row.id)}"
    return told if row.reason is None else say("{what}: {why}", what=told, why=shown(row.reason))


def balance_rows(statement: Statement, say: Language) -> Iterator[tuple[str, Money]]:
    """What the closing balance is made of; one below 0 is owed by the shop and stays on the account."""
    if statement.held:
        yield say("Held until orders are completed and released"), statement.held
    if statement.reserve:
        yield say("Kept in reserve"), statement.reserve
    below = statement.available.minor < 0
    if below:
        yield say("Owed by the shop, carried to the next statement"), statement.available
    else:
        yield say("Available to be paid out"), statement.available


def statement_text(statement: Statement, *, locale: str = "en") -> str:
    """The statement as plain text in a reader's language, without a final newline; rows of 0 are left out.

    The opening balance, the orders' nets and what moved add up to the closing balance. Raises `UnknownLocale`.

    >>> from settlement import Cart, Checkout, Line, Rulebook, payout, settle
    >>> from settlement.audit.books.statement import statement
    >>> line = Line(id="a", shop="Tea House", sku="k", quantity=1, unit_price="99.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]), order="A-1001")
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> print(statement("Tea House", [paid, payout(paid)], "2026-11-01", "2026-11-30"))
    Statement of Tea House              2026-11-01 to 2026-11-30
    ============================================================
    Opening balance                                      CN¥0.00
    ------------------------------------------------------------
    Order A-1001                            2026-11-10  CN¥94.05
      Goods                                             CN¥99.00
      Commission                                        -CN¥4.95
    ------------------------------------------------------------
    Closing balance                                     CN¥94.05
      Available to be paid out                          CN¥94.05
    """
    say, page = language(locale), Page()
    page.heading(say("Statement of {shop}", shop=shown(statement.shop)), period_text(statement, say))
    page.rule("=")
    page.row(say("Opening balance"), amount=say.money(statement.opening))
    page.rule()
    for each in statement.orders:
        _order(page, say, each)
    if statement.orders:
        page.rule()
    for move in statement.movements:
        page.row(moved_text(move, say), _day(move.day), say.money(move.amount))
    if statement.movements:
        page.rule()
    page.row(say("Closing balance"), amount=say.money(statement.closing))
    for label, amount in balance_rows(statement, say):
        page.row(label, amount=say.money(amount), indent=2)
    if statement.paid_by_platform:
        page.row(say("Of the sales paid by the platform"), amount=say.money(statement.paid_by_platform))
    return str(page)


def _order(page: Page, say: Language, row: StatementOrder) -> None:
    page.row(order_text(row, say), _day(row.day), say.money(row.net))
    for name in ROWS:
        amount = getattr(row.sale, name, None)
        if amount:
            page.row(row_text(name, say), amount=say.money(amount), indent=2)
    if row.refunds.net:
        page.row(row_text("refunds", say), amount=say.money(row.refunds.net), indent=2)
