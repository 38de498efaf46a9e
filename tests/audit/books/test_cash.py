"""Cash legs, gift cards, points and presentation: every account ends where it must, and both ledger programs agree."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns import a_payable, sequence
from samples import a_checkout, a_line, a_rulebook, problems, settled
from settlement import CurrencyMismatch, Money, refund
from settlement.after_pay.bills.bill import Bill
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.audit.books.journal import assertions, beancount_text, entries, hledger_text
from settlement.audit.books.policy import BooksPolicy
from settlement.audit.books.statement import statement
from settlement.rulebook.payment_methods import PaymentMethod
from thorough import examples

#: Random sequences of the laws; more by SETTLEMENT_BOOKS_REQUESTS.
SEQUENCES = int(os.environ.get("SETTLEMENT_BOOKS_REQUESTS", examples(90)))
TERMS = [
    {"id": "ref", "receiver": "ann", "percent": "2"},
    {"id": "gift", "receiver": "bob", "percent": "1", "borne_by": "platform"},
]


def movement(number, kind, amount, **fields):
    """A movement of this number, on day `number` of the year 2099."""
    return Movement(
        id=f"m{number}",
        kind=kind,
        at=f"2099-01-01T00:{number:02}:00Z",
        currency=amount.currency,
        amount=amount,
        **fields,
    )


def refunds_of(rng, settlement):
    """Refunds, some of money. None keeps more of a shop's goods than it gives back of them: no journal takes that."""
    shop_of = {line.id: line.shop for line in settlement.lines}
    while True:
        quotes = list(sequence(rng, settlement, money=True))
        for quote in quotes:
            goods = dict.fromkeys(shop_of.values(), 0)
            for line in quote.lines:
                if "goods" in line.columns and not settlement.line(line.id).stored_value:
                    goods[shop_of[line.id]] += line.columns["goods"].minor
            for kept in quote.deductions:
                goods[shop_of[kept.line]] -= kept.amount.minor if kept.of == "goods" else 0
            if min(goods.values()) < 0:
                break
        else:
            return quotes


def through(seed):
    """An order's whole life: sale, payment, refunds, a payout after each, all transfers; and the last payout."""
    rng = random.Random(seed)
    fields = {"commission_percent": ["5", "12.5"], "stored_value": [False, False, False, True]}
    settlement = a_payable(rng, **fields).for_order(f"A-{seed}")
    policy = PayoutPolicy(commissions=TERMS)
    method = PaymentMethod(id="m", percent="0.6", borne_by="merchant")
    nothing = Money.of_minor(0, settlement.currency)
    sources, history = [settlement], []
    last, count, kept = None, 0, nothing
    paid: dict[tuple[str, str], Money] = {}
    for number, quote in enumerate([None, *refunds_of(rng, settlement)]):
        if quote is None:
            fee = payout(settlement, policy, (), method).provider
            if settlement.due:
                kept = fee
                sources.append(
                    movement(count := count + 1, "received", settlement.due, fee=fee, order=settlement.order)
                )
        else:
            history.append(quote.known_as(f"r{number}"))
            sources.append(history[-1])
        at = f"2099-01-01T01:00:{number:02}Z"
        last = payout(settlement, policy, history, method, at=at)
        sources.append(last)
        if quote is not None and quote.to_method:
            back, kept = kept - last.provider, last.provider
            sources.append(movement(count := count + 1, "paid_back", quote.to_method, fee=back, order=settlement.order))
        owed = {("to_shop", shop.shop): shop.net for shop in last.shops}
        owed |= {("to_receiver", each.receiver): each.amount for each in last.receivers}
        for (kind, name), net in owed.items():
            due = net - paid.get((kind, name), nothing)
            if due.minor > 0 and rng.random() < 0.7:
                field = {"to_shop": "shop", "to_receiver": "receiver"}[kind]
                sources.append(movement(count := count + 1, kind, due, **{field: name}))
                paid[kind, name] = net
    return sources, last, paid, kept


def balances(journal):
    """What stands on each account and on all below it, in minor units."""
    sums: dict[tuple[str, ...], int] = {}
    for entry in journal:
        assert not sum(row.amount.minor for row in entry.postings)
        for row in entry.postings:
            for end in range(1, len(row.account) + 1):
                sums[row.account[:end]] = sums.get(row.account[:end], 0) + row.amount.minor
    return sums


@given(st.integers(0, 2**32))
@settings(max_examples=SEQUENCES)
def test_every_account_ends_where_it_must(seed):
    """All came back: buyers and cards are at what was kept or became credit, a shop owes what it got too much."""
    sources, last, paid, kept = through(seed)
    settlement, *_ = sources
    quotes = [each for each in sources if isinstance(each, RefundQuote)]
    at = balances(entries(sources))
    nothing = Money.of_minor(0, last.currency)
    assert not at.get(("Assets", "Buyers"), 0)
    assert at.get(("Liabilities", "Provider"), 0) == kept.minor - last.provider.minor
    cards = sum(each.amount.minor for each in settlement.tenders)
    cards -= sum(each.amount.minor for quote in quotes for each in quote.tenders)
    stored = 0 if last.stored_value is None else last.stored_value.minor
    assert at.get(("Liabilities", "Tenders"), 0) == cards - stored
    credit = sum(quote.credit.amount.minor for quote in quotes if quote.credit is not None)
    assert at.get(("Liabilities", "Store-credit"), 0) == -credit
    for shop in last.shops:
        owed = shop.net - paid.get(("to_shop", shop.shop), nothing)
        assert at.get(("Liabilities", "Shops", shop.shop), 0) == -owed.minor
    for each in last.receivers:
        owed = each.amount - paid.get(("to_receiver", each.receiver), nothing)
        assert at.get(("Liabilities", "Receivers", each.receiver), 0) == -owed.minor
    spent = -sum(amount.minor for amount in paid.values())
    left = settlement.due.minor - sum(quote.to_method.minor for quote in quotes)
    assert at.get(("Assets", "Providers"), 0) == left + spent - kept.minor
    tax = 0 if last.platform.tax is None else last.platform.tax.minor
    assert at.get(("Income",), 0) + at.get(("Expenses",), 0) == -last.platform.net.minor + tax


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_an_agent_has_the_same_books_but_for_what_shops_sell(seed):
    """As an agent the platform's net is the same, no shop's goods are its income, and what it owes in all is equal."""
    sources, last, _, _ = through(seed)
    gross, agent = (balances(entries(sources, policy=each)) for each in (None, BooksPolicy(presentation="agent")))
    for books in (gross, agent):
        assert books.get(("Income",), 0) + books.get(("Expenses",), 0) == -last.platform.net.minor
    assert all(gross.get(("Assets", *rest), 0) == amount for (root, *rest), amount in agent.items() if root == "Assets")
    for shop in last.shops:
        assert ("Income", shop.shop, "Goods") not in agent
        assert ("Expenses", shop.shop, "Payout", "Goods") not in agent
    # once it is paid out, nothing of a shop's sale stands between
    for account, amount in agent.items():
        if account[0] == "Liabilities" and len(account) == 2 and account[1] in {shop.shop for shop in last.shops}:
            assert not amount


def test_a_gift_card_is_income_once():
    """Sold for 100.00 it is a liability; used for goods of 60.00 it settles 60.00 of it, and those are the income."""
    card = settled(a_checkout(a_line("g", "100.00", sku="card", stored_value=True))).for_order("A-1")
    used = settled(
        a_checkout(a_line("a", "60.00"), tenders=[{"id": "card", "type": "gift_card", "balance": "100.00 CNY"}])
    )
    used = used.for_order("A-2")
    sources = [card, payout(card), used, payout(used)]
    at = balances(entries(sources))
    assert at["Liabilities", "Tenders"] == at["Liabilities", "Tenders", "card"] == -4000
    assert at["Income",] == -6000
    assert at["Liabilities", "Shops", "s1"] == -6000
    assert (str(payout(card).stored_value), str(payout(card).shops[0].net)) == ("100.00 CNY", "0.00 CNY")
    back = refund(card, {"g": 1})
    assert balances(entries([card, back]))["Liabilities", "Tenders", "card"] == 0


POINTS = BooksPolicy(points_deferred="8.84 CNY", per_points=100)


def with_points(price="100.00", **fields):
    """The settlement of goods that earn a point for each yuan."""
    points = {"points": 10, "worth": "1.00 CNY", "earn": {"per": "1.00 CNY", "points": 1}}
    return settled(a_checkout(a_line(price=price, quantity=10), **fields), a_rulebook(points=points))


def test_points_are_owed_from_the_sale_on():
    """IFRS 15: 100.00 that earn 100 points worth 10.00, of which 97 % are used, defer 100 × 9.70 ÷ 109.70 = 8.84."""
    settlement = with_points("10.00")
    at = balances(entries([settlement], policy=POINTS))
    assert (at["Liabilities", "Points"], at["Income",]) == (-884, -9116)
    assert ("Liabilities", "Points") not in balances(entries([settlement], policy=BooksPolicy()))
    with pytest.raises(CurrencyMismatch):
        entries([settlement], policy=BooksPolicy(points_deferred="1.00 EUR"))


def test_points_leave_nothing_behind():
    """33 points at a time, earned and used again: the liability is round(outstanding × 8.84 ÷ 100) all the time."""
    earned = [with_points("3.30").for_order(f"E-{at}") for at in range(3)]
    spent = with_points("3.30", customer={"id": "u", "points": 99}, choice={"points": 90}).for_order("S")
    assert spent.points.used == 90
    at = balances(entries([*earned, spent], policy=POINTS))
    outstanding = 99 + spent.points.earned - 90
    assert at["Liabilities", "Points"] == -round(outstanding * 884 / 100)
    month = entries([spent], policy=POINTS, before=earned)
    before = entries(earned, policy=POINTS)
    assert balances([*before, *month]) == at


def test_a_movement_says_what_its_kind_needs():
    """A transfer names a shop, an adjustment a reason; nothing else has a fee; only an adjustment is below 0."""
    given = {"id": "m", "at": "2026-11-30T00:00:00Z", "currency": "CNY", "amount": "1.00 CNY"}
    for stated, found in (
        ({"kind": "to_shop"}, ("shop", "movement.unnamed")),
        ({"kind": "adjustment", "shop": "s1"}, ("reason", "movement.unnamed")),
        ({"kind": "received", "shop": "s1"}, ("shop", "movement.strange")),
        ({"kind": "to_bank", "fee": "0.01 CNY"}, ("fee", "movement.strange")),
        ({"kind": "to_bank", "amount": "0.00 CNY"}, ("amount", "movement.amount")),
    ):
        assert problems(lambda stated=stated: Movement(**given | stated)) == [found]
    one = Movement(**given, kind="to_bank")
    assert Movement.from_json(one.to_json()) == one
    assert problems(lambda: entries([one], before=[one])) == [("sources[0]", "movement.twice")]
    assert [entry.on for entry in entries([one], offset=timedelta(hours=-8))] == [date(2026, 11, 29)]


ODD = [
    "a,b",
    "a;b",
    "(x)",
    "[2026-01-01]",
    "date:2026-01-01",
    "a=b",
    "|",
    "茶馆",
    " two  blanks ",
    "x:y",
    "@",
    "*",
    "{1}",
]


def many():
    """Journals with everything: cards, referrals, transfers, points, and ids that mean something to a ledger."""
    journal = [entry for seed in range(40) for entry in entries(through(seed)[0])]
    lines = [a_line(f"l{at}", "9.90", shop=name, sku=name) for at, name in enumerate(ODD)]
    odd = [settled(a_checkout(*lines)).for_order(f"{name}!") for name in ODD]
    journal += entries([*odd, *map(payout, odd)], policy=BooksPolicy(presentation="agent"))
    journal += entries([movement(1, "adjustment", Money("-3.00 CNY"), shop="s1", reason="late")])
    journal += entries([with_points()], policy=POINTS)
    yen = settled(
        {**a_checkout(), "cart": {"currency": "JPY", "lines": [a_line() | {"unit_price": "1200 JPY"}]}},
        a_rulebook(currency="JPY"),
    )
    return journal + entries([yen])


def test_beancount_takes_all_of_it(tmp_path):
    """`bean-check` is silent."""
    path = tmp_path / "journal.beancount"
    path.write_text(beancount_text(many()), encoding="utf-8")
    program = Path(sys.executable).with_name("bean-check")
    found = subprocess.run([program, path], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.fixture
def bean_check(tmp_path):
    """Run bean-check over a text; exit code and errors."""

    def run(text):
        path = tmp_path / "journal.beancount"
        path.write_text(text, encoding="utf-8")
        program = Path(sys.executable).with_name("bean-check")
        done = subprocess.run([program, path], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    return run


def a_month(provider=None):
    """An order of 100.00 of which 40.00 came back: documents, the shop's statement of November, the provider's bill.

    The provider kept 1.00 and gave back 0.40 of it; 30.00 went to the shop on the last day, 10.00 in December.
    """
    paid = settled(a_checkout(a_line("a", "20.00", quantity=5, commission_percent="10"))).for_order("A-1")
    back = refund(paid, {"a": 2}, id="R-1", at="2026-11-20T10:00:00Z")
    moves = [
        Movement(id=f"m{at}", at=f"2026-11-{day}T10:00:00Z", currency="CNY", amount=amount, **more)
        for at, (day, amount, more) in enumerate([
            ("11", "100.00 CNY", {"kind": "received", "fee": "1.00 CNY", "provider": provider}),
            ("20", "40.00 CNY", {"kind": "paid_back", "fee": "0.40 CNY", "provider": provider}),
            ("30", "30.00 CNY", {"kind": "to_shop", "shop": "s1", "provider": provider}),
        ])
    ]  # fmt: skip
    later = moves[2].model_copy(update={"id": "m9", "at": "2026-12-02T10:00:00Z", "amount": "10.00 CNY"})
    documents = [paid, back, payout(paid, None, [back], at="2026-11-20T10:00:00Z"), *moves, later]
    made = statement("s1", documents, "2026-11-01", "2026-11-30")
    rows = [
        {"line": 2, "kind": "payment", "amount": "100.00 CNY", "fee": "1.00 CNY", "at": "2026-11-11T10:00:00Z"},
        {"line": 3, "kind": "refund", "amount": "40.00 CNY", "fee": "-0.40 CNY", "at": "2026-11-30T12:00:00Z"}
        | {"refund": "R-1"},
    ]  # fmt: skip
    bill = Bill.model_validate({"provider": "wechat", "rows": [{"id": "t", "order": "A-1"} | row for row in rows]})
    return documents, made, bill


@pytest.mark.parametrize("provider", [None, "wechat"])
def test_statements_and_bills_assert_what_accounts_stand_at(provider):
    """The shop is owed 54.00 - 30.00; the provider has 100.00 - 1.00 - 40.00 + 0.40 - 30.00, at the end of November."""
    documents, made, bill = a_month(provider)
    found = assertions([made, bill], entries(documents))
    account = ("Assets", "Providers") if provider is None else ("Assets", "Providers", "wechat")
    assert [(str(each.on), each.account, str(each.amount)) for each in found] == [
        ("2026-11-30", ("Liabilities", "Shops", "s1"), "-24.00 CNY"),
        ("2026-11-30", account, "29.40 CNY"),
    ]
    opened = assertions([bill], entries(documents), opening=Money("5.00 CNY"))
    assert str(opened[0].amount) == "34.40 CNY"
    with pytest.raises(CurrencyMismatch):
        assertions([bill], [], opening=Money("5.00 EUR"))
    with pytest.raises(TypeError):
        assertions([documents[0]], [])
    assert assertions([Bill(provider="wechat", rows=[])], []) == []


def test_beancount_notices_a_balance_that_does_not_hold(bean_check):
    """One cent is enough, on the statement's account and on the bill's; nothing is said where both agree."""
    documents, made, bill = a_month()
    journal = entries(documents)
    found = assertions([made, bill], journal)
    assert bean_check(beancount_text(journal, found)) == (0, "")
    for at in range(2):
        wrong = [*found]
        wrong[at] = found[at]._replace(amount=found[at].amount + Money("0.01 CNY"))
        code, told = bean_check(beancount_text(journal, wrong))
        assert (code, "Balance failed for 'Liabilities:Shops:X-s1'" in told) == (1, at == 0)
    assert bean_check(beancount_text([], [found[0]._replace(amount=Money("0.00 CNY"))])) == (0, "")


@pytest.fixture
def hledger(tmp_path):
    """Run hledger over a text; exit code, output and errors."""
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("no hledger here: apt-get install -y hledger")

    def run(text, *options):
        path = tmp_path / "j.journal"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run([program, "-f", path, *options], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.hledger
def test_hledger_takes_all_of_it(hledger):
    """`hledger check -s` with order of dates is silent; it knows each order, shop and account by what they are."""
    journal = sorted(many(), key=lambda entry: entry.on)
    text = hledger_text(journal)
    assert hledger(text, "check", "-s", "ordereddates") == (0, "", "")
    orders = hledger(text, "tags", "order", "--values")[1].split("\n")
    assert {"A-7", "茶馆!", "date:2026-01-01!"} <= set(orders)
    wanted = {row.shop for entry in journal for row in entry.postings if row.shop is not None}
    shops = set(hledger(text, "tags", "shop", "--values")[1].split("\n"))
    assert {name for name in wanted if name.isalnum()} <= shops
    sums = balances([entry for entry in journal if entry.postings[0].amount.currency == "CNY"])
    found = hledger(text, "balance", "^Liabilities:Shops:X-s1$", "cur:CNY", "-N")[1]
    assert str(Money.of_minor(sums["Liabilities", "Shops", "s1"], "CNY")) in found


@pytest.mark.hledger
def test_hledger_finds_a_journal_that_does_not_balance(hledger):
    """The check can fail: one cent more on one posting, and it does."""
    text = hledger_text(entries([settled(a_checkout())]))
    assert hledger(text, "check", "-s")[0] == 0
    assert hledger(text.replace("  10.00 CNY", "  10.01 CNY"), "check", "-s")[0] == 1
    assert hledger_text([]) == ""


@pytest.mark.hledger
def test_hledger_notices_a_balance_that_does_not_hold(hledger):
    """The same, in order of dates: what moved in December does not count."""
    documents, made, bill = a_month("wechat")
    journal = entries(documents)
    found = assertions([made, bill], journal)
    assert hledger(hledger_text(journal, found), "check", "-s", "ordereddates") == (0, "", "")
    for at in range(2):
        wrong = [*found]
        wrong[at] = found[at]._replace(amount=found[at].amount - Money("0.01 CNY"))
        code, _, told = hledger(hledger_text(journal, wrong), "check", "-s")
        assert (code, "assertion" in told.lower()) == (1, True)
