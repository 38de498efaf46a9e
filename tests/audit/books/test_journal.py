"""The journal: every settlement and refund is a balanced entry, Beancount agrees, and periods add up."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beyond import beyond
from random_requests import random_request
from returns import a_payable, sequence
from samples import a_checkout, a_line, a_rulebook, an_offer, everything, settled
from settlement import Checkout, Rulebook, refund, settle
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.audit.books.journal import beancount_text, csv_text, entries, totals
from settlement.audit.books.ledgers import _part
from settlement.audit.record import record
from settlement.rulebook.payment_methods import PaymentMethod


def settled_at_random(seed):
    """The settlement of a random request."""
    request = random_request(random.Random(seed))
    return settle(
        Checkout.model_validate_json(json.dumps(request["checkout"])),
        Rulebook.model_validate_json(json.dumps(request["rulebook"])),
    )


def settled_beyond(seed):
    """The same with what goes beyond the contract: gift cards, lowest prices, conditions on other goods."""
    request = beyond(seed)
    return settle(
        Checkout.model_validate_json(json.dumps(request["checkout"])),
        Rulebook.model_validate_json(json.dumps(request["rulebook"])),
    )


def with_refunds(settlement, rng):
    """A settlement and two refunds of it, the second of all that is left; some look at thresholds again."""
    if not settlement.lines:
        return [settlement]
    first = {line.id: 1 for line in settlement.lines if isinstance(line.quantity, int) and rng.random() < 0.5}
    policy = RefundPolicy(recheck=rng.choice(["none", "thresholds"]), payment_fee=rng.choice(["return", "keep"]))
    history = [refund(settlement, first, policy=policy)]
    left = {line.id: line.quantity - first.get(line.id, 0) for line in settlement.lines}
    return [settlement, *history, refund(settlement, left, history, freight="return")]


def bean_check(text, folder):
    """What bean-check says of a journal."""
    path = folder / "journal.beancount"
    path.write_text(text, encoding="utf-8")
    program = Path(sys.executable).with_name("bean-check")
    return subprocess.run([program, path], capture_output=True, text=True, check=False)


def test_beancount_takes_the_journals_of_random_settlements(tmp_path):
    """200 settlements in three currencies with their refunds: every entry balances, and bean-check is silent."""
    rng = random.Random(7)
    made = [settle_one(seed) for seed in range(100) for settle_one in (settled_at_random, settled_beyond)]
    sources = [each for settlement in made for each in with_refunds(settlement, rng)]
    journal = entries(sources)
    assert len(journal) > 300
    stages = {row.stage for entry in journal for row in entry.postings}
    assert {"tender", "refund_charge", "refund_coupons", "refund_freight", "rounding", "payment_fee"} <= stages
    for entry in journal:
        assert sum(row.amount.minor for row in entry.postings) == 0
        assert all(row.amount for row in entry.postings)
    checked = bean_check(beancount_text(journal), tmp_path)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_bean_check_finds_a_journal_that_does_not_balance(tmp_path):
    """The check can fail: one cent more on one posting, and it does."""
    text = beancount_text(entries([settled(*everything())]))
    checked = bean_check(text.replace("Assets:Buyers  210.40 CNY", "Assets:Buyers  210.41 CNY"), tmp_path)
    assert checked.returncode == 1
    assert "does not balance" in checked.stderr + checked.stdout


def test_what_the_buyer_paid_comes_back_in_full():
    """After everything was returned with its freight, the buyers' account of that settlement stands at 0."""
    rng = random.Random(3)
    for seed in range(60):
        settlement = settled_at_random(seed)
        journal = entries(with_refunds(settlement, rng)) if settlement.lines else []
        assert sum(row.amount.minor for each in journal for row in each.postings if row.shop is None) == 0


def test_an_offer_is_booked_to_who_bears_it():
    """30 % of p1 on the platform, the rest on the shops; a shop's own offer on the shop alone."""
    (entry,) = entries([settled(*everything())])
    booked = {row.account: row.amount.minor for row in entry.postings}
    assert booked["Expenses", "s1", "Offers", "p1", "Platform"] == 570
    assert booked["Expenses", "s1", "Offers", "p1", "Shop"] == 1330
    assert booked["Expenses", "s1", "Offers", "p2", "Shop"] == 100
    assert ("Expenses", "s1", "Offers", "p2", "Platform") not in booked
    assert booked["Assets", "Buyers"] == 21040


def test_totals_are_the_settlements_own_sums():
    """By shop, rule and funder, by shop alone, for some stages: always the sums of the settlements."""
    one, two = settled(*everything()), settled(*everything(rounding="down"))
    rows = totals([one, record(two)], by=("shop",))
    shops = {shop.shop: shop.payable for shop in one.shops}
    assert {row.key[0]: row.amount for row in rows} == {
        shop.shop: shop.payable + shops[shop.shop] for shop in two.shops
    }
    assert {row.entries for row in rows} == {2}
    borne = totals([one], by=("rule", "funder"), stages=["item_promotion", "platform_promotion"])
    assert {row.key: str(row.amount) for row in borne} == {
        ("p1", "platform"): "-6.44 CNY",
        ("p1", "shop"): "-15.03 CNY",
        ("p3", "platform"): "-0.50 CNY",
        ("p3", "shop"): "-0.50 CNY",
    }
    assert sum(row.amount.minor for row in totals([one])) == one.payable.minor


def test_currencies_do_not_mix_in_totals():
    """A period may hold several currencies: each has its own row."""
    yen = a_checkout(a_line() | {"unit_price": "1200 JPY"}) | {}
    yen["cart"]["currency"] = "JPY"
    sources = [settled(yen, a_rulebook(currency="JPY")), settled(a_checkout())]
    assert [str(row.amount) for row in totals(sources, by=("shop",))] == ["10.00 CNY", "1200 JPY"]


def test_a_day_begins_where_the_books_say():
    """Midnight in Shanghai is the day before in UTC; a refund stands on the day that is named."""
    settlement = settled(a_checkout())
    quote = refund(settlement, {"a": 1})
    assert [entry.on for entry in entries([settlement])] == [date(2026, 11, 10)]
    at_home = entries([quote, settlement], offset=timedelta(hours=8), refunded=date(2026, 12, 1))
    assert [(entry.kind, entry.on) for entry in at_home] == [
        ("settlement", date(2026, 11, 11)),
        ("refund", date(2026, 12, 1)),
    ]
    assert totals([settlement], by=("date",), offset=timedelta(hours=8))[0].key == ("2026-11-11",)


# ------------------------------------------------------------------ payouts

CHOICES = {
    "commission_basis": ["earned", "paid"],
    "commission_per": ["line", "shop"],
    "buyer_fee": ["platform", "shop"],
    "round_total": ["platform", "shop"],
    "commission_on_refund": ["return", "keep"],
    "payment_fee_on_refund": ["return", "keep"],
}


def paid_out(seed):
    """A settlement, its refunds, a payout after each under one policy and method, and that policy."""
    rng = random.Random(seed)
    settlement = a_payable(rng, commission_percent=["5", "12.5", "33.3333"])
    policy = PayoutPolicy.model_validate({name: rng.choice(values) for name, values in CHOICES.items()})
    method = PaymentMethod(id="m", percent="0.6", borne_by="merchant")
    sources, history = [settlement, payout(settlement, policy, (), method)], []
    for number, quote in enumerate(sequence(rng, settlement)):
        history.append(quote.known_as(f"r{number}"))
        sources += [history[-1], payout(settlement, policy, history, method)]
    return sources, policy


def balance(journal, *begin):
    """What stands on all accounts that begin like this."""
    rows = (row for entry in journal for row in entry.postings)
    return sum(row.amount.minor for row in rows if row.account[: len(begin)] == begin)


@given(st.integers(0, 2**32))
def test_after_a_payout_the_books_say_what_it_says(seed):
    """Owed to each shop and the provider: their nets; income less expenses: the platform's; assets: what was paid."""
    sources, policy = paid_out(seed)
    for end in range(2, len(sources) + 1, 2):
        last, quotes = sources[end - 1], sources[2:end:2]
        journal = entries(sources[:end])
        assert all(sum(row.amount.minor for row in entry.postings) == 0 for entry in journal)
        for shop in last.shops:
            assert -balance(journal, "Liabilities", "Shops", shop.shop) == shop.net.minor
        assert -balance(journal, "Liabilities", "Provider") == last.provider.minor
        assert -balance(journal, "Income") - balance(journal, "Expenses") == last.platform.net.minor
        held = balance(journal, "Assets") + balance(journal, "Liabilities", "Tenders")
        assert held == sources[0].payable.minor - sum(quote.cash.minor for quote in quotes)
        if policy.buyer_fee == policy.round_total == "shop":
            commission = -sum(balance(journal, "Income", shop.shop, "Commission") for shop in last.shops)
            assert commission == last.platform.commission.minor
            platform = sum(row.amount.minor for entry in journal for row in entry.postings if row.funder == "platform")
            assert platform == -(last.platform.platform_offers + last.platform.points).minor


def test_a_second_payout_is_booked_as_the_difference():
    """95.00 are owed, then half of it comes back: 47.50 less; the same payout again moves nothing."""
    settlement = settled(a_checkout(a_line("a", "50.00", quantity=2, commission_percent="5")))
    quote = refund(settlement, {"a": 1})
    first, second = payout(settlement), payout(settlement, refunds=[quote])
    journal = entries([settlement, first, quote, second, second], paid_out=date(2026, 12, 1))
    owed = [
        [str(row.amount) for row in entry.postings if row.stage.endswith("_net")]
        for entry in journal
        if entry.kind == "payout"
    ]
    assert owed == [["-95.00 CNY"], ["47.50 CNY"]]
    assert [entry.on for entry in journal if entry.kind == "payout"] == [date(2026, 12, 1)] * 2
    assert totals([settlement, quote, second]) == totals([settlement, quote])


def test_beancount_takes_payouts(tmp_path):
    """Random settlements with refunds and payouts, and ids that look like account names: bean-check is silent."""
    sources = [each for seed in range(40) for each in paid_out(seed)[0]]
    lines = [a_line(f"l{at}", shop=name, commission_percent="5") for at, name in enumerate([*ODD, "Shops", "Payout"])]
    odd = settled(a_checkout(*lines))
    journal = entries([*sources, odd, payout(odd)])
    assert sum(entry.kind == "payout" for entry in journal) > 60
    checked = bean_check(beancount_text(journal), tmp_path)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_what_cannot_be_booked_is_an_error():
    """A refund without its settlement, and totals by what there is not."""
    settlement = settled(a_checkout())
    for source, kind in ((refund(settlement, {"a": 1}), "refund"), (payout(settlement), "payout")):
        with pytest.raises(ValueError, match=f"the settlement of a {kind} is missing among the sources: sha256:"):
            entries([source])
    for by in ((), ("colour",)):
        with pytest.raises(ValueError, match="totals are by"):
            totals([settlement], by=by)
    assert entries([settled(a_checkout(a_line(selected=False)))]) == []
    assert beancount_text([]) == ""


@given(st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=2, unique=True))
def test_different_ids_have_different_accounts(names):
    """Whatever two ids hold, their parts of account names differ."""
    assert _part(names[0]) != _part(names[1])


ODD = ['tea "house"', "a--b", "a-b", "-", "--2d--", "Goods", "Offers", "茶馆", "é", "Ⅷ", "٣", "a:b", "\\", ";x", "😀"]


def test_beancount_takes_any_id(tmp_path):
    """Quotes, colons, signs and scripts of all sorts in ids of shops and rules are taken by bean-check."""
    lines = [a_line(f"l{at}", shop=name, sku=f"k{at}") for at, name in enumerate(ODD)]
    offers = [an_offer(f"{name}!") for name in ODD[:6]]
    journal = entries([settled(a_checkout(*lines), a_rulebook(promotions=offers))])
    text = beancount_text(journal)
    checked = bean_check(text, tmp_path)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
    assert len({line for line in text.splitlines() if " open Income:" in line}) == len(ODD)


def test_the_csv_is_a_table_that_balances():
    """Debits and credits of the CSV are equal, and an id that looks like a formula is text."""
    settlement = settled(a_checkout(a_line(shop="=1+1")))
    rows = list(csv.DictReader(io.StringIO(csv_text(entries([settlement])))))
    assert [(row["shop"], row["debit"], row["credit"]) for row in rows] == [("", "10.00", ""), ("'=1+1", "", "10.00")]
    rows = list(csv.DictReader(io.StringIO(csv_text(entries([settled(*everything())])))))
    cents = {side: sum(int(row[side].replace(".", "") or 0) for row in rows) for side in ("debit", "credit")}
    assert cents["debit"] == cents["credit"] > 21040
