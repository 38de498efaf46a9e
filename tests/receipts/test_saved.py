"""What the buyer saves: one definition, and its parts on the paper add up to it."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given, settings

from pages import Reader
from samples import a_checkout, a_line, a_rulebook, an_offer, settled
from settlement import Checkout, Money, Rulebook, settle
from settlement.documents.words.language import language
from settlement.receipts.report import report
from settlement.receipts.text import receipt
from strategies import requests
from thorough import examples

AMOUNT = re.compile(r"(-?)\D+([\d,]+(?:\.\d+)?)$")


def amount(row):
    """The amount at the end of a row."""
    sign, digits = AMOUNT.search(row).groups()
    return Decimal(sign + digits.replace(",", ""))


def block(text):
    """The row "You save" and the indented ones below it."""
    rows = text.split("\n")
    at = next((at for at, row in enumerate(rows) if row.startswith("You save")), None)
    if at is None:
        return None, []
    end = next((end for end in range(at + 1, len(rows)) if not rows[end].startswith("  ")), len(rows))
    return rows[at], rows[at + 1 : end]


@given(requests)
@settings(max_examples=examples(150))
def test_the_parts_add_up_to_what_is_saved(request_):
    """On random requests: no part is below 0, those on the receipt make the figure, and the lines make the whole.

    With what is charged they lead from list prices to payable; points are no part of it.
    """
    checkout, rules = Checkout.model_validate(request_["checkout"]), Rulebook.model_validate(request_["rulebook"])
    settlement = settle(checkout, rules)
    totals, saved = settlement.totals, settlement.totals.saved
    assert min(part.minor for part in saved) >= 0
    head, rows = block(receipt(settlement))
    if settlement.status == "blocked" or not saved.in_all:
        assert head is None
    else:
        assert amount(head) == sum(map(amount, rows)) == saved.in_all.amount
        assert len(rows) == len([part for part in saved if part])
        below = {row[:30].strip(): amount(row) for row in rows}
        for label, column in zip(("Promotions", "Coupons", "Freight offers"), saved[1:], strict=True):
            assert below.get(label, 0) == column.amount
    for parts in (settlement.lines, settlement.shops):
        for at, whole in enumerate(saved):
            assert sum([each.saved[at].minor for each in parts]) == whole.minor
    charged = totals.freight + totals.surcharges + totals.payment_fee + totals.rounding
    assert totals.list - saved.in_all + charged + totals.points == totals.payable


def a_dear_cup(**more):
    """A cup of 80.00 in place of 100.00, with 10.00 off, a line at its list price, and 500 points for 5.00."""
    lines = a_line("cup", "80.00", list_price="100.00 CNY"), a_line("mug", "20.00")
    rules = a_rulebook(
        promotions=[an_offer("ten", {"type": "amount_off", "amount": "10.00 CNY"})],
        points={"points": 100, "worth": "1.00 CNY"},
    )
    checkout = a_checkout(*lines, customer={"points": 500}, choice={"points": "max"})
    return settled(checkout | more, rules)


def test_list_price_against_price_stands_on_the_paper():
    """Beside the line that has one, and as a part of the whole; the row carries no amount of a column."""
    text = receipt(a_dear_cup())
    assert text.count("    list price") == text.count("list price CN¥100.00, CN¥20.00 less\n") == 1
    head, rows = block(text)
    assert (amount(head), [(row.split("  ")[1], amount(row)) for row in rows]) == (
        Decimal("30.00"),
        [("Off list prices", Decimal("20.00")), ("Promotions", Decimal("10.00"))],
    )


def test_the_report_says_the_same():
    """The same parts under the same names, in every language; points pay, and are none of them."""
    settlement = a_dear_cup()
    assert settlement.totals.points == Money("-5.00 CNY")
    for locale in ("en", "zh_CN", "zh_TW"):
        say, texts = language(locale), Reader(report(settlement, locale=locale)).texts
        at = texts.index(say("You save"))
        shown = texts[at + 3 : at + 9]
        assert shown == [say("Off list prices"), "20.00", say("Promotions"), "10.00", say("Total"), "30.00"]
