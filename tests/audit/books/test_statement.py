"""Statements: from one balance to the next, with what the journal says, whatever the periods are cut to."""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import Reader
from returns import a_payable, sequence
from samples import a_checkout, a_line, problems, settled
from settlement import Checkout, CurrencyMismatch, Money, Rulebook, refund, settle
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.audit.books.journal import entries
from settlement.audit.books.spreadsheets import to_xlsx
from settlement.audit.books.statement import HoldingPolicy, Statement, statement
from settlement.audit.books.tables import csv_text, table
from settlement.documents.words.language import language
from thorough import examples

#: Random months of the laws; more by SETTLEMENT_BOOKS_REQUESTS.
SEQUENCES = int(os.environ.get("SETTLEMENT_BOOKS_REQUESTS", examples(90)))
FIRST = date(2026, 11, 1)


def instant(rng, low=0, high=90):
    """An instant on a day within the season."""
    return f"{(FIRST + timedelta(days=rng.randint(low, high))).isoformat()}T{rng.randint(0, 23):02}:00:00Z"


def a_season(seed):
    """Orders with refunds and payouts on random days, transfers and adjustments, of one currency."""
    rng = random.Random(seed)
    sources, shops, currency = [], [], None
    while len(sources) < 8:
        settlement = a_payable(rng, commission_percent=["5", "12.5"]).for_order(f"A-{len(sources)}")
        currency = currency or settlement.currency
        if settlement.currency != currency:
            continue
        shops += [shop.shop for shop in settlement.shops]
        history, at = [], 0
        found = [payout(settlement, PayoutPolicy(), at=f"{FIRST.isoformat()}T00:00:00Z")]
        for number, quote in enumerate(sequence(rng, settlement)):
            at = rng.randint(at, 89)
            history.append(quote.known_as(f"r{number}"))
            found.append(
                payout(
                    settlement,
                    PayoutPolicy(),
                    history,
                    at=f"{(FIRST + timedelta(days=at)).isoformat()}T12:00:{number:02}Z",
                )
            )
        sources += [settlement, *history, *found]
    for number in range(rng.randint(0, 6)):
        shop, kind = rng.choice(shops), rng.choice(["to_shop", "adjustment"])
        minor = rng.randint(1, 9999) * (1 if kind == "to_shop" else rng.choice([1, -1]))
        amount = Money.of_minor(minor, currency)
        reason = {} if kind == "to_shop" else {"reason": "late parcel"}
        sources.append(
            Movement(id=f"m{number}", kind=kind, at=instant(rng), currency=currency, amount=amount, shop=shop, **reason)
        )
    return rng, sources, sorted(set(shops)), currency


@given(st.integers(0, 2**32))
@settings(max_examples=SEQUENCES)
def test_a_statement_says_what_the_journal_says(seed):
    """Closing is the shop's account, and each period opens as the last one closed."""
    rng, sources, shops, currency = a_season(seed)
    shop, offset = rng.choice(shops), timedelta(hours=rng.choice([-8, 0, 8]))
    journal = entries(sources, offset=offset)

    def owed(until):
        return -sum(
            row.amount.minor
            for entry in journal
            for row in entry.postings
            if row.account == ("Liabilities", "Shops", shop) and entry.on <= until
        )

    cuts = sorted({FIRST - timedelta(days=40), *[FIRST + timedelta(days=rng.randint(0, 95)) for _ in range(3)]})
    before = None
    for since, following in zip(cuts, [*cuts[1:], FIRST + timedelta(days=120)], strict=True):
        until = following - timedelta(days=1)
        made = statement(shop, sources, since, until, offset=offset, currency=currency)
        assert made.closing.minor == owed(until)
        assert made.opening == (made.opening if before is None else before.closing)
        assert sum(amount.minor for amount in made.sums().values()) == (made.closing - made.opening).minor
        assert all(since <= row.day <= until for row in (*made.orders, *made.movements))
        assert Statement.from_json(made.to_json()) == made
        before = made


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_what_is_owed_is_held_or_in_reserve_or_available(seed):
    """The three are the closing balance; nothing is held without a policy, and all is released in the end."""
    rng, sources, shops, currency = a_season(seed)
    shop, until = rng.choice(shops), FIRST + timedelta(days=90)
    policy = HoldingPolicy(release_days=rng.randint(0, 30), reserve_percent=rng.randint(0, 100), reserve_days=30)
    names = [each.order for each in sources if type(each).__name__ == "Settlement"]
    completed = {name: instant(rng) for name in names if rng.random() < 0.7}

    def made(last, **fields):
        return statement(shop, sources, FIRST, last, currency=currency, **fields)

    found = made(until, policy=policy, completed=completed)
    assert found.held + found.reserve + found.available == found.closing
    assert min(found.held, found.reserve).minor >= 0
    assert found.available.minor >= 0 or found.available == found.closing
    nothing = Money.of_minor(0, currency)
    assert (made(until).held, made(until).reserve) == (nothing, nothing)
    late = made(until + timedelta(days=99), policy=policy, completed=dict.fromkeys(names, instant(rng)))
    assert (late.held, late.reserve) == (nothing, nothing)


def a_month():
    """Two orders of one shop: one completed and paid out, one of which half came back after that."""
    terms = PayoutPolicy()
    one = settled(a_checkout(a_line("a", "100.00", commission_percent="5"))).for_order("A-1001")
    two = settled(a_checkout(a_line("b", "50.00", quantity=2, commission_percent="5"))).for_order("A-1002")
    back = refund(two, {"b": 2}, id="r1", at="2026-12-02T00:00:00Z")
    return [
        one,
        payout(one, terms, at="2026-11-11T00:00:00Z"),
        two,
        payout(two, terms, at="2026-11-12T00:00:00Z"),
        back,
        payout(two, terms, [back], at="2026-12-02T00:00:00Z"),
        Movement(id="t1", kind="to_shop", at="2026-11-30T00:00:00Z", currency="CNY", amount="190.00 CNY", shop="s1"),
        Movement(
            id="f1", kind="adjustment", at="2026-12-03T00:00:00Z", currency="CNY", amount="-3.00 CNY", shop="s1",
            reason="late =1+1",
        ),
    ]  # fmt: skip


def test_a_balance_below_zero_is_carried():
    """190.00 were transferred in November; in December an order of 95.00 comes back, and a fine is owed."""
    sources = a_month()
    november = statement("s1", sources, "2026-11-01", "2026-11-30")
    december = statement("s1", sources, "2026-12-01", "2026-12-31")
    january = statement("s1", sources, "2027-01-01", "2027-01-31", currency="CNY")
    assert [str(each.closing) for each in (november, december, january)] == ["0.00 CNY", "-98.00 CNY", "-98.00 CNY"]
    assert str(january.opening) == "-98.00 CNY"
    assert {name: str(amount) for name, amount in december.sums().items()} == {
        "refunds": "-95.00 CNY",
        "adjustment": "-3.00 CNY",
    }
    assert "Owed by the shop, carried to the next statement" in december.text()
    # the first order and what was transferred are kept as one number: 95.00 - 190.00
    rest = [*sources[2:6], sources[7]]
    assert statement("s1", rest, "2026-12-01", "2026-12-31", opening=Money("-95.00 CNY")) == december


def test_holding_and_reserve_by_hand():
    """95.00 of A-1001 completed on the 12th are released on the 19th, 10 % kept 30 days more; A-1002 is held."""
    policy = HoldingPolicy(release_days=7, reserve_percent="10", reserve_days=30)
    completed = {"A-1001": "2026-11-12T08:00:00Z"}
    for last, wanted in (
        ("2026-11-18", ["190.00 CNY", "0.00 CNY", "0.00 CNY"]),
        ("2026-11-19", ["95.00 CNY", "9.50 CNY", "85.50 CNY"]),
    ):
        made = statement("s1", a_month(), "2026-11-01", last, policy=policy, completed=completed)
        assert [str(each) for each in (made.held, made.reserve, made.available)] == wanted
    made = statement("s1", a_month(), "2026-12-19", "2026-12-31", policy=policy, completed=completed)
    assert [str(each) for each in (made.held, made.reserve, made.available)] == ["0.00 CNY", "0.00 CNY", "-98.00 CNY"]


def test_what_is_not_clear_is_refused():
    """Days that are none, a period that ends first, an unknown shop, and a balance in another currency."""
    with pytest.raises(ValueError, match="nothing of this shop"):
        statement("s9", a_month(), "2026-11-01", "2026-11-30")
    with pytest.raises(CurrencyMismatch):
        statement("s1", a_month(), "2026-11-01", "2026-11-30", opening=Money("1.00 EUR"))
    assert problems(lambda: statement("s1", a_month(), "2026-11-30", "2026-11-12")) == [("until", "statement.period")]
    stated = statement("s1", a_month(), "2026-11-01", "2026-11-30").to_dict()
    assert problems(lambda: Statement.from_dict(stated | {"closing": "1.00 CNY"}))[0][0] == "closing"
    assert problems(lambda: Statement.from_dict(stated | {"since": "2026-11-31"})) == [("since", "day.notation")]
    assert problems(lambda: Statement.from_dict(stated | {"since": "2026-11-01T00:00:00Z"})) == [
        ("since", "day.notation")
    ]


def test_a_period_without_anything_is_of_the_currency_that_is_named():
    """Named, by the opening balance, or by what comes later; two are told."""
    for sources, fields in (
        ([], {"currency": "CNY"}),
        ([], {"opening": Money("0.00 CNY")}),
        (a_month(), {}),
    ):
        made = statement("s1", sources, "2026-10-01", "2026-10-31", **fields)
        assert (made.currency, str(made.closing), made.orders, made.movements) == ("CNY", "0.00 CNY", (), ())
    day = "2026-10-05T00:00:00Z"
    sent = [
        Movement(id=name, kind="to_shop", at=day, currency=name, amount=f"{amount} {name}", shop="s1")
        for name, amount in (("CNY", "1.00"), ("JPY", "1"))
    ]
    for sources, code in (([], "statement.nothing"), (sent, "statement.currencies")):
        assert problems(lambda sources=sources: statement("s1", sources, "2026-10-01", "2026-10-31")) == [
            ("currency", code)
        ]


@pytest.mark.parametrize("locale", ["en", "zh_CN", "zh_TW"])
def test_the_page_is_whole_and_safe(locale):
    """Every figure of the statement stands on the page, in the reader's language; a name is text and loads nothing."""
    made = statement("s1", a_month(), "2026-11-01", "2026-12-31")
    page = made.to_html(locale, name="<b>Tea</b>")
    say = language(locale)
    assert any("<b>Tea</b>" in each for each in Reader(page).texts)
    assert "&lt;b&gt;Tea&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "default-src 'none'" in page
    for amount in (made.opening, made.closing, *made.sums().values(), *[each.net for each in made.orders]):
        assert say.figures(amount) in page
    for text in ("Opening balance", "Closing balance", "Commission", "Owed by the shop, carried to the next statement"):
        assert say(text) in page
        assert (say(text) == text) is (locale == "en")


def test_the_page_says_what_of_it_is_not_due_yet():
    """190.00 less 95.00 that are held and 9.50 in reserve are 85.50: the rows of the page add up to what it pays."""
    policy = HoldingPolicy(release_days=7, reserve_percent="10", reserve_days=30)
    completed = {"A-1001": "2026-11-12T08:00:00Z"}
    made = statement("s1", a_month(), "2026-11-01", "2026-11-19", policy=policy, completed=completed)
    texts = Reader(made.to_html("en")).texts
    rows = texts[texts.index("What of it may be paid out") :]
    assert [rows[at] for at in (4, 6, 8, 10)] == ["190.00", "-95.00", "-9.50", "85.50"]
    assert "Available to be paid out CN¥85.50" in texts
    assert "What of it may be paid out" not in statement("s1", a_month(), "2026-11-01", "2026-11-19").to_html("en")


def test_tables_add_up():
    """The first table goes from opening to closing; its amounts are numbers and no text is a formula."""
    made = statement("s1", a_month(), "2026-11-01", "2026-12-31")
    rows = {row[3]: row[4] for row in table(made, "balance").rows}
    inner = sum(
        amount for name, amount in rows.items() if name not in {"opening", "closing", "held", "reserve", "available"}
    )
    assert rows["opening"] + inner == rows["closing"] == rows["held"] + rows["reserve"] + rows["available"]
    assert csv_text(made, "movements").count("\r\n") == 3
    assert len(table(made, "orders").rows) == 2 * len(made.orders) == 6


def test_a_workbook_has_numbers_and_no_formula():
    """A sheet for each table; amounts are the decimals that they are, texts are texts, and the bytes are the same."""
    made = statement("s1", a_month(), "2026-11-01", "2026-12-31")
    data = to_xlsx(made)
    assert data == to_xlsx(made)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = book.namelist()
        texts = re.findall(r"<t>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())
        sheets = [book.read(name).decode() for name in names if name.startswith("xl/worksheets/")]
    assert len(sheets) == 3
    assert not any("<f>" in each for each in sheets)
    assert "late =1+1" in texts
    amounts = re.findall(r'<c r="E[0-9]+" s="[0-9]+"><v>([^<]*)</v>', sheets[0])
    assert amounts == [str(row[4]) for row in table(made, "balance").rows]


def test_a_workbook_keeps_ids_of_digits_and_shows_all_of_a_number():
    """Ids have the format of a text, amounts two places, columns room for them; and the sheet can be filtered."""
    line = {
        "id": "0042",
        "shop": "s1",
        "sku": "000123456789012345678",
        "quantity": 1,
        "unit_price": "9876543210.99 CNY",
    }
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": [line]}}
    paid = settle(Checkout.model_validate(checkout), Rulebook(id="r", currency="CNY"))
    with zipfile.ZipFile(io.BytesIO(to_xlsx(paid))) as book:
        styles, texts, sheet = (
            book.read(f"xl/{name}.xml").decode() for name in ("styles", "sharedStrings", "worksheets/sheet1")
        )
    codes = dict(re.findall(r'<numFmt numFmtId="([0-9]+)" formatCode="([^"]*)"/>', styles))
    formats = [codes.get(each, "") for each in re.findall(r'<xf numFmtId="([0-9]+)"[^>]* xfId="0"', styles)]

    def seen(place):
        style, kind, value = re.search(rf'<c r="{place}"(?: s="([0-9]+)")?(?: t="(s)")?><v>([^<]*)</v>', sheet).groups()
        found = re.findall(r"<t>([^<]*)</t>", texts)[int(value)] if kind else value
        return formats[int(style or 0)], found

    assert [seen(place) for place in ("A2", "C2")] == [("@", "0042"), ("@", line["sku"])]
    assert [seen(place) for place in ("D2", "E2")] == [("", "1"), ("0.00", "9876543210.99")]
    widths = dict(re.findall(r'<col min="([0-9]+)" max="[0-9]+" width="([0-9.]+)"', sheet))
    assert float(widths["5"]) > len("9876543210.99")
    assert '<autoFilter ref="A1:S2"/>' in sheet
    assert "numberStoredAsText" in sheet
