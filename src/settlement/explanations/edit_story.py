"""Why an order edit collects or gives back what it does: what is added, and what the refunds of its parts give."""

from __future__ import annotations

from settlement.after_pay.edits.edit import OrderEdit
from settlement.documents.problems import expect
from settlement.explanations.figures import Figures
from settlement.explanations.story import Explanation, names_of
from settlement.explanations.terms import Figure
from settlement.receipts.columns import COLUMNS

__all__ = ["explain_edit"]


def explain_edit(edit: OrderEdit) -> Explanation:
    """How the difference of an order edit came about, line by line, and what the payment method moves of it.

    What a refund of one of its parts gives back `explain_refund` tells further. Raises `TypeError` for anything else.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> from settlement.after_pay.edits import edit_order
    >>> book = Rulebook(id="r", currency="CNY")
    >>> def ask(day, name, price):
    ...     line = Line(id=name, shop="s", sku=name, quantity=1, unit_price=price)
    ...     return Checkout(at=f"2026-11-{day}T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> made = edit_order(settle(ask(11, "m", "80.00 CNY"), book), ask(12, "l", "95.00 CNY"), book)
    >>> [(term.code, term.name, str(term.amount)) for term in explain_edit(made).figures]
    [('added', '', '95.00 CNY'), ('given_back', '', '-80.00 CNY')]
    """
    expect("edit", edit, OrderEdit)
    figures, added = Figures(edit.currency), edit.settled
    for line in () if added is None else added.lines:
        rows: list[Figure] = [(name, getattr(line, name).minor) for name in COLUMNS]
        figures.sum("added_line", line.payable.minor, rows, name=line.id)
    if added is not None:
        figures.sum("added", added.payable.minor, [("line", line.payable.minor, line.id) for line in added.lines])
    given: list[Figure] = []
    for quote in edit.refunds.values():
        given += [("line", row.cash.minor, row.id) for row in quote.lines]
        given += [("charge", -charge.amount.minor, charge.rule) for charge in quote.charges]
        given += [
            ("lifted" if kept.amount.minor < 0 else "deduction", -kept.amount.minor, kept.reason)
            for kept in quote.deductions
        ]
    back = sum([each[1] for each in given])
    if given:
        figures.sum("given_back", back, given)
    new = 0 if added is None else added.payable.minor
    figures.sum("difference", edit.difference.minor, [("added", new), ("given_back", -back)])
    paid = () if added is None else added.tenders
    cards: list[Figure] = [("tender", -tender.amount.minor, tender.id) for tender in paid]
    for quote in edit.refunds.values():
        cards += [("tender", tender.amount.minor, tender.id) for tender in quote.tenders]
        cards += [] if quote.credit is None else [("credit", quote.credit.amount.minor, quote.credit.id)]
    moved = edit.collect.minor - edit.give_back.minor
    figures.sum("by_method", moved, [("difference", edit.difference.minor), *cards])
    names = {key: name for part in edit.parts for key, name in names_of(part.settlement).items()}
    return Explanation("edit", "", edit.currency, edit.difference, tuple(figures.steps), names, edit.order)
