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
from hypothesis import example, given, settings
from hypothesis import strategies as st

from returns import a_payable, sequence
from samples import a_checkout, a_line, a_rulebook, problems, settled
from settlement import CurrencyMismatch, Money, refund
from settlement.after_pay.bills.bill import Bill
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.payouts.provider_fees import ProviderFee
from settlement.audit.books.journal import assertions, beancount_text, entries, hledger_text
from settlement.audit.books.policy import BooksPolicy
from settlement.audit.books.statement import statement
from settlement.rulebook.payment_methods import PaymentMethod
from thorough import examples

#: Random sequences of the laws; more by SETTLEMENT_BOOKS_REQUESTS.
SEQUENCES = int(os.environ.get("SETTLEMENT_BOOKS_REQUESTS", examples(90)))
POINTS = BooksPolicy(points_deferred="8.84 CNY", per_points=100)
#: What the platform and third parties may take of a sale, each in the currency of the order.
TERMS = {
    "ref": {"receiver": "ann", "percent": "2"},
    "gift": {"receiver": "bob", "percent": "1", "borne_by": "platform"},
    "piece": {"receiver": "ann", "per_piece": "0.37", "min_per_piece": "1.10"},
    "own": {"percent": "7.5", "categories": ["c1", "c2"]},
    "least": {"percent": "3", "min_per_piece": "0.90"},
    "tiers": {"tiers": [{"min_amount": "5.00", "percent": "4"}, {"min_amount": "60.00", "per_piece": "0.41"}]},
}
CHOICES = {
    "commission_basis": ["earned", "paid"],
    "commission_on_freight": [False, True],
    "commission_per": ["line", "shop"],
    "rounding": ["half_up", "down"],
    "buyer_fee": ["platform", "shop"],
    "round_total": ["platform", "shop"],
    "commission_on_refund": ["return", "keep"],
    "payment_fee_on_refund": ["return", "keep"],
    "tax": ["shop", "platform"],
    "fee_difference": ["platform", "shop"],
}


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


def priced(terms, currency):
    """The terms with each plain amount as one of this currency."""

    def amount(value):
        return str(Money.of_minor(int(value.replace(".", "")), currency))

    made = {name: amount(value) if name.endswith(("piece", "amount")) else value for name, value in terms.items()}
    return made | ({"tiers": [priced(tier, currency) for tier in terms["tiers"]]} if "tiers" in terms else {})


def a_policy(rng, currency):
    """Any policy with any of the terms, in any order."""
    chosen = {name: rng.choice(values) for name, values in CHOICES.items()}
    names = rng.sample(list(TERMS), rng.randint(0, len(TERMS)))
    return PayoutPolicy.model_validate(
        chosen | {"commissions": [{"id": name} | priced(TERMS[name], currency) for name in names]}
    )


class Life:
    """An order from sale to close: payment, refunds of all kinds, payouts, the bill's fees, transfers, adjustments."""

    def __init__(self, seed):
        rng = self.rng = random.Random(seed)
        fields = {"commission_percent": ["5", "12.5"], "stored_value": [False, False, False, True]}
        settlement = self.settlement = a_payable(rng, **fields).for_order(f"A-{seed}")
        self.currency = settlement.currency
        self.terms = a_policy(rng, self.currency), PaymentMethod(id="m", percent="0.6", borne_by="merchant")
        self.known = {
            "categories": {line.id: rng.sample(["c1", "c2", "c3"], 1) for line in settlement.lines},
            "sold_before": {shop.shop: self.money(rng.randint(0, 9000)) for shop in settlement.shops},
        }
        self.sources, self.refunds = [settlement], []
        #: What moved, by kind and whom it names; `fee` is what the provider kept of it, in all.
        self.moved: dict[tuple[str, str], int] = {}
        self.payouts = 0
        wrong = rng.choice([0, 0, 1, 30])  # by how much the provider's bill is another than the terms
        charged = self.paid_in(wrong)
        self.last = self.pay_out()
        for number, quote in enumerate(sequence(rng, settlement, money=True)):
            self.refunds.append(quote.known_as(f"r{number}"))
            self.sources.append(self.refunds[-1])
            before, self.last = self.last, self.pay_out()
            if quote.to_method:
                back = before.provider - self.last.provider
                self.move("paid_back", quote.to_method, fee=back, order=settlement.order)
        if charged is not None and rng.random() < 0.5:  # the bills are taken in; the terms are what they are
            returned = charged - self.money(self.moved["fee", ""])
            self.last = self.pay_out([ProviderFee(charged=charged, returned=returned)])
        if rng.random() < 0.3:
            self.move("adjustment", self.money(rng.choice([-250, 120])), shop=settlement.shops[0].shop, reason="late")
        if rng.random() < 0.3:
            self.move("to_bank", self.money(333))
        if rng.random() < 0.3:
            self.move("top_up", self.money(5000), tender="g")

    def money(self, minor):
        """So many minor units."""
        return Money.of_minor(minor, self.currency)

    def move(self, kind, amount, **fields):
        """Money moves."""
        self.sources.append(movement(sum(isinstance(each, Movement) for each in self.sources), kind, amount, **fields))
        whom = next((fields[name] for name in ("shop", "receiver", "tender") if name in fields), "")
        for key, minor in (((kind, whom), amount.minor), (("fee", ""), fields.get("fee", amount - amount).minor)):
            sign = -1 if (kind, key[0]) == ("paid_back", "fee") else 1
            self.moved[key] = self.moved.get(key, 0) + sign * minor

    def paid_in(self, wrong):
        """What the method pays comes in, but for the provider's fee, which is returned."""
        if not self.settlement.due:
            return None
        fee = payout(self.settlement, self.terms[0], (), self.terms[1], **self.known).provider + self.money(wrong)
        self.move("received", self.settlement.due, fee=fee, order=self.settlement.order)
        return fee

    def pay_out(self, fees=()):
        """The payout of all refunds so far; by chance what is owed now is transferred."""
        self.payouts += 1
        at = f"2099-01-01T01:00:{self.payouts:02}Z"
        made = payout(self.settlement, self.terms[0], self.refunds, self.terms[1], fees, **self.known, at=at)
        self.sources.append(made)
        owed = {("to_shop", "shop", shop.shop): shop.net for shop in made.shops}
        owed |= {("to_receiver", "receiver", each.receiver): each.amount for each in made.receivers}
        for (kind, field, name), net in owed.items():
            due = net.minor - self.moved.get((kind, name), 0)
            if due > 0 and self.rng.random() < 0.7:
                self.move(kind, self.money(due), **{field: name})
        return made

    def got(self, kind, whom=None):
        """What moved of a kind, to one or in all."""
        return sum(minor for (each, name), minor in self.moved.items() if each == kind and whom in (None, name))

    def points(self):
        """What is owed for points by POINTS: outstanding times 8.84 a hundred, a half away from 0."""
        outstanding = self.settlement.points.earned - self.settlement.points.used
        outstanding += sum(quote.points - (quote.earned_points or 0) for quote in self.refunds)
        owed = (abs(outstanding) * 884 * 2 + 100) // 200
        return owed if outstanding > 0 else -owed


def balances(journal):
    """What stands on each account and on all below it, in minor units."""
    sums: dict[tuple[str, ...], int] = {}
    for entry in journal:
        assert not sum(row.amount.minor for row in entry.postings)
        for row in entry.postings:
            for end in range(1, len(row.account) + 1):
                sums[row.account[:end]] = sums.get(row.account[:end], 0) + row.amount.minor
    return sums


@example(79857)  # what was charged, given again as money and charged less for later returns, by two minor units
@given(st.integers(0, 2**32))
@settings(max_examples=SEQUENCES)
def test_every_account_ends_where_it_must(seed):
    """What is owed, to whom, and what is there, are what moved and what the last payout says, whatever came back."""
    life = Life(seed)
    last, settlement = life.last, life.settlement
    yuan = life.currency == "CNY"
    at = balances(entries(life.sources, policy=POINTS if yuan else None))

    def stands(*account):
        return at.get(account, 0)

    assert stands("Assets", "Buyers") == 0
    assert stands("Assets", "Bank") == life.got("to_bank")
    out = sum(life.got(kind) for kind in ("paid_back", "to_shop", "to_receiver", "to_bank", "fee"))
    assert stands("Assets", "Providers") == life.got("received") + life.got("top_up") - out
    assert stands("Liabilities", "Provider") == life.got("fee") - last.provider.minor
    cards = sum(each.amount.minor for each in settlement.tenders)
    cards -= sum(each.amount.minor for quote in life.refunds for each in quote.tenders)
    stored = 0 if last.stored_value is None else last.stored_value.minor
    assert stands("Liabilities", "Tenders") == cards - stored - life.got("top_up")
    credit = sum(quote.credit.amount.minor for quote in life.refunds if quote.credit is not None)
    assert stands("Liabilities", "Store-credit") == -credit
    for shop in last.shops:
        owed = shop.net.minor - life.got("to_shop", shop.shop) + life.got("adjustment", shop.shop)
        assert stands("Liabilities", "Shops", shop.shop) == -owed
        made = statement(shop.shop, life.sources, "2026-01-01", "2099-12-31", currency=life.currency)
        assert made.closing.minor == owed
    for each in last.receivers:
        owed = each.amount.minor - life.got("to_receiver", each.receiver)
        assert stands("Liabilities", "Receivers", each.receiver) == -owed
    points = life.points() if yuan else 0
    assert stands("Liabilities", "Points") == -points
    tax = 0 if last.platform.tax is None else last.platform.tax.minor
    net = last.platform.net.minor - tax - life.got("adjustment") - points
    assert stands("Income") + stands("Expenses") == -net


@given(st.integers(0, 2**32), st.integers(0, 40))
@settings(max_examples=SEQUENCES)
def test_a_month_is_closed_anywhere(seed, cut):
    """The books of what is handed in until a day, and of the rest beside it, are the books of all, as agent as well."""
    life = Life(seed)
    policy = BooksPolicy(presentation="agent")
    policy = policy.model_copy(update={"points_deferred": POINTS.points_deferred if life.currency == "CNY" else None})
    sources, later = life.sources[:cut], life.sources[cut:]
    journal = entries(sources, policy=policy) + entries(later, policy=policy, before=sources)
    assert balances(journal) == balances(entries(life.sources, policy=policy))


@given(st.integers(0, 2**32))
@settings(max_examples=SEQUENCES)
def test_an_agent_has_the_same_books_but_for_what_shops_sell(seed):
    """As an agent the platform's net is the same, no shop's goods are its income, and what it owes in all is equal."""
    life = Life(seed)
    gross, agent = (balances(entries(life.sources, policy=each)) for each in (None, BooksPolicy(presentation="agent")))
    assert all(
        books.get(("Income",), 0) + books.get(("Expenses",), 0)
        == gross.get(("Income",), 0) + gross.get(("Expenses",), 0)
        for books in (gross, agent)
    )
    assert {account: minor for account, minor in gross.items() if account[0] == "Assets"} == {
        account: minor for account, minor in agent.items() if account[0] == "Assets"
    }
    for shop in life.last.shops:
        assert ("Income", shop.shop, "Goods") not in agent
        assert ("Expenses", shop.shop, "Payout", "Goods") not in agent
        # once it is paid out, nothing of a shop's sale stands between, but the tax that the platform pays over
        between = agent.get(("Liabilities", shop.shop), 0) - agent.get(("Liabilities", shop.shop, "Tax"), 0)
        assert between == 0


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
    journal = [entry for seed in range(40) for entry in entries(Life(seed).sources)]
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
