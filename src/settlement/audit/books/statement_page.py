"""A shop's statement as one HTML page to send: for a screen, light or dark, and for paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from settlement.audit.books.statement_text import (
    ROWS,
    balance_rows,
    moved_text,
    order_text,
    period_text,
    row_text,
)
from settlement.documents.words.language import Language, language
from settlement.documents.words.markup import Html, tag
from settlement.documents.words.plain import shown
from settlement.receipts.sheets import NOTHING, page_head, page_table

if TYPE_CHECKING:
    from settlement.audit.books.statement import Statement
    from settlement.money import Money

__all__ = ["statement_page"]


def statement_page(
    statement: Statement, *, locale: str = "en", name: str | None = None, nonce: str | None = None
) -> str:
    """The page; `name` is what to call the shop instead of its id. It loads nothing.

    `nonce` as in `report()`. Raises `UnknownLocale`, and `ValueError` for what is no nonce.

    >>> from settlement import Cart, Checkout, Line, Rulebook, payout, settle
    >>> from settlement.audit.books.statement import statement
    >>> line = Line(id="a", shop="Tea & Co", sku="k", quantity=1, unit_price="99.00 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> page = statement("Tea & Co", [paid, payout(paid)], "2026-11-01", "2026-11-30").to_html("zh_CN")
    >>> page[:15], "Tea &amp; Co" in page, "¥99.00" in page
    ('<!doctype html>', True, True)
    """
    say = language(locale)
    title = say("Statement of {shop}", shop=shown(name or statement.shop))
    body = tag("body", tag("main", _parts(statement, title, say)))
    return "<!doctype html>\n" + tag("html", page_head(title, nonce=nonce), body, lang=say.tag) + "\n"


def _parts(statement: Statement, title: str, say: Language) -> Iterator[Html]:
    yield _head(statement, title, say)
    yield tag("h2", say("In this period"))
    yield _period(statement, say)
    if statement.orders:
        yield tag("h2", say("Orders"), " ", tag("small", say("in {currency}", currency=statement.currency)))
        yield _orders(statement, say)
    if statement.movements:
        yield tag("h2", say("Payments and adjustments"))
        rows = [[each.day.isoformat(), moved_text(each, say), say.figures(each.amount)] for each in statement.movements]
        yield page_table([say("Day"), say("What"), say("Amount")], rows, texts=2)


def _head(statement: Statement, title: str, say: Language) -> Html:
    """Whose it is, of which days, what is left at their end and what of it the shop gets now."""
    facts = [(say("Period"), period_text(statement, say)), (say("Currency"), statement.currency)]
    rows = [tag("div", tag("dt", label), tag("dd", value)) for label, value in facts]
    *_, (label, amount) = balance_rows(statement, say)
    closing = tag(
        "p",
        tag("span", say("Closing balance")),
        tag("strong", say.money(statement.closing)),
        tag("span", label, "" if amount == statement.closing else " " + say.money(amount)),
        class_="payable below" if statement.closing.minor < 0 else "payable",
    )
    return tag("header", tag("div", tag("h1", title), tag("dl", rows)), closing)


def _period(statement: Statement, say: Language) -> Html:
    """From the opening balance to the closing one, and what of that is not due yet."""
    sums = statement.sums()
    names = [*[name for name in ROWS if name in sums], *[name for name in sums if name not in ROWS]]
    rows = [[say("Opening balance"), say.figures(statement.opening)]]
    rows += [[row_text(name, say), say.figures(sums[name])] for name in names]
    made = page_table(
        [say("What"), say("Amount")], rows, total=[say("Closing balance"), say.figures(statement.closing)]
    )
    parts = [made]
    if statement.paid_by_platform:
        paid = say.money(statement.paid_by_platform)
        parts.append(tag("p", tag("small", say("Of the sales paid by the platform"), " ", paid)))
    *kept, (label, amount) = balance_rows(statement, say)
    if kept:
        rows = [[say("Closing balance"), say.figures(statement.closing)]]
        rows += [[name, say.figures(-each)] for name, each in kept]
        parts.append(tag("h2", say("What of it may be paid out")))
        parts.append(page_table([say("What"), say("Amount")], rows, total=[label, say.figures(amount)]))
    return tag("section", parts, class_="sheet")


def _orders(statement: Statement, say: Language) -> Html:
    """A row for each order and day, with the columns that are not 0 in all."""

    def figures(amount: Money | None) -> str:
        return say.figures(amount) if amount else NOTHING

    used = [name for name in ROWS if any(getattr(each.sale, name, None) for each in statement.orders)]
    head = [say("Day"), say("Order"), *[row_text(name, say) for name in used], row_text("refunds", say), say("Net")]
    rows = []
    for each in statement.orders:
        amounts = [figures(getattr(each.sale, name, None)) for name in used]
        order = order_text(each, say) if each.order is None else shown(each.order)
        rows.append([each.day.isoformat(), order, *amounts, figures(each.refunds.net), say.figures(each.net)])
    sums = statement.sums()
    nets = [each.net for each in statement.orders]
    total = [say("Total"), "", *[figures(sums.get(name)) for name in used], figures(sums.get("refunds"))]
    return page_table(head, rows, texts=2, total=[*total, say.figures(sum(nets[1:], nets[0]))])
