"""Commission terms: an amount a piece, a minimum, tiers, categories and third parties; off until they are named."""

from __future__ import annotations

import json
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns import a_payable, sequence
from samples import a_checkout, a_line, a_rulebook, an_offer, problems, settled
from settlement import CurrencyMismatch, Money, MoneyBack, RefundPolicy, Settlement, refund
from settlement.after_pay.payouts.accounts import Payout, PlatformAccount, ShopAccount
from settlement.after_pay.payouts.commissions import Commission
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.audit.books.journal import entries
from settlement.explanations import explain_payout
from thorough import examples

#: Random sequences of the laws; more by SETTLEMENT_BOOKS_REQUESTS.
SEQUENCES = int(os.environ.get("SETTLEMENT_BOOKS_REQUESTS", examples(90)))


def terms(rng, settlement):
    """Any terms in the settlement's currency: of the platform and of two referrers."""

    def amount(most):
        return str(Money.of_minor(rng.randint(0, most), settlement.currency))

    ways = [
        lambda: {"percent": rng.choice(["0", "7.5", "33.3333"])},
        lambda: {"per_piece": amount(200)},
        lambda: {"percent": "5", "per_piece": amount(50), "min_per_piece": amount(300)},
        lambda: {
            "tiers": [
                {"min_amount": str(Money.of_minor(0, settlement.currency)), "percent": "10"},
                {"min_amount": str(Money.of_minor(5000, settlement.currency)), "percent": "8", "per_piece": amount(9)},
            ]
        },
    ]
    shops = sorted({line.shop for line in settlement.lines})
    made = []
    for at in range(rng.randint(1, 5)):
        each = {"id": f"t{at}"} | rng.choice(ways)()
        if rng.random() < 0.5:
            each |= {"receiver": rng.choice(["ann", "bob"]), "borne_by": rng.choice(["shop", "platform"])}
        if rng.random() < 0.4 and shops:
            each["shops"] = rng.sample(shops, rng.randint(1, len(shops)))
        made.append(each)
    return made


def a_policy(rng, settlement, **fields):
    """A policy with such terms."""
    chosen = {"commission_basis": rng.choice(["earned", "paid"]), "commission_per": rng.choice(["line", "shop"])}
    return PayoutPolicy(commissions=terms(rng, settlement), **chosen, **fields)


@given(st.integers(0, 2**32))
@settings(max_examples=SEQUENCES)
def test_with_any_terms_every_minor_unit_is_somebodys(seed):
    """Shops, platform, provider and receivers have what was paid less what was paid back; the journal says the same."""
    rng = random.Random(seed)
    settlement = a_payable(rng, stored_value=[False, False, True])
    policy, history, payouts = a_policy(rng, settlement), [], []
    for number, quote in enumerate([None, *sequence(rng, settlement)]):
        history += [] if quote is None else [quote.known_as(f"r{number}")]
        found = payout(settlement, policy, history, at=f"2099-01-01T00:00:0{number}Z")
        payouts.append(found)
        others = sum(each.amount.minor for each in found.receivers)
        cards = 0 if found.stored_value is None else found.stored_value.minor
        nets = found.platform.net.minor + found.provider.minor + sum(shop.net.minor for shop in found.shops)
        assert nets + others + cards == settlement.payable.minor - sum(each.cash.minor for each in history)
        assert Payout.from_json(found.to_json()) == found
        sums = {}
        for entry in entries([settlement, *history, *payouts]):
            assert not sum(row.amount.minor for row in entry.postings)
            for row in entry.postings:
                for end in range(1, len(row.account) + 1):
                    sums[row.account[:end]] = sums.get(row.account[:end], 0) - row.amount.minor
        assert sums.get(("Income",), 0) + sums.get(("Expenses",), 0) == found.platform.net.minor
        for each in found.receivers:
            assert sums.get(("Liabilities", "Receivers", each.receiver), 0) == each.amount.minor
    # all came back: every row is 0, and nobody has anything
    assert not any(getattr(found.platform, name) for name in PlatformAccount.model_fields)
    assert not any(each.amount for each in found.receivers)
    assert not found.stored_value
    for shop in found.shops:
        for name in ShopAccount.model_fields:
            before, back = (
                getattr(account, name) or Money.of_minor(0, found.currency) for account in (shop.sale, shop.refunds)
            )
            assert not before + back, name


@given(st.integers(0, 2**32))
@settings(max_examples=examples(30))
def test_terms_of_a_percentage_are_the_lines_own(seed):
    """One term of 5 % pays what 5 % on every line does, after every refund."""
    rng = random.Random(seed)
    settlement = a_payable(rng)
    document = settlement.to_dict()
    for line in document["lines"]:
        line["commission_percent"] = "5"
    own = Settlement.from_json(json.dumps(document))
    history = list(sequence(rng, settlement))
    named = PayoutPolicy(commissions=[{"id": "five", "percent": "5"}])
    one, other = payout(settlement, named, history), payout(own, None, history)
    assert [shop.net for shop in one.shops] == [shop.net for shop in other.shops]


def sold(*lines, **fields):
    """The settlement of these lines."""
    return settled(a_checkout(*lines, **fields))


#: Terms, lines, and the commissions by hand.
BY_HAND = [
    # 10.00 a piece, whatever the price
    ({"per_piece": "10.00 CNY"}, [a_line(price="100.00")], "10.00"),
    ({"per_piece": "10.00 CNY"}, [a_line(price="100.00", quantity=3)], "30.00"),
    # 8 % of 2.00 is 0.16, a minimum of 0.30 a piece binds: 0.60 for two; of 10.00 it does not: 1.60
    ({"percent": "8", "min_per_piece": "0.30 CNY"}, [a_line(price="2.00", quantity=2)], "0.60"),
    ({"percent": "8", "min_per_piece": "0.30 CNY"}, [a_line(price="10.00", quantity=2)], "1.60"),
    # what is given away bears nothing, whatever is asked a piece
    ({"per_piece": "1.00 CNY"}, [a_line(price="0.00", quantity=2)], "0.00"),
    # of one category alone; the other line bears its own 20 %
    (
        {"percent": "5", "categories": ["books"]},
        [a_line(categories=["books"]), a_line("b", commission_percent="20")],
        "2.50",
    ),
]


@pytest.mark.parametrize(("stated", "lines", "wanted"), BY_HAND)
def test_a_commission_is_as_worked_out_by_hand(stated, lines, wanted):
    """Each kind of terms, on its own."""
    policy = PayoutPolicy(commissions=[{"id": "t"} | stated])
    assert str(payout(sold(*lines), policy).platform.commission) == f"{wanted} CNY"


def test_tiers_go_by_what_the_shop_sold():
    """10 % below 1000.00, then 8 % of all of it; what was sold earlier in the period counts, where it is stated."""
    tiers = [{"min_amount": "0.00 CNY", "percent": "10"}, {"min_amount": "1000.00 CNY", "percent": "8"}]
    policy = PayoutPolicy(commissions=[{"id": "t", "tiers": tiers}])

    def commission(settlement, **before):
        return str(payout(settlement, policy, **before).platform.commission)

    assert commission(sold(a_line(price="999.99"))) == "100.00 CNY"
    assert commission(sold(a_line(price="1000.00"))) == "80.00 CNY"
    assert commission(sold(a_line(price="100.00")), sold_before={"s1": Money("900.00 CNY")}) == "8.00 CNY"
    assert commission(sold(a_line(price="100.00")), sold_before={"s2": Money("900.00 CNY")}) == "10.00 CNY"


def test_a_minimum_comes_back_by_pieces_and_a_percentage_by_worth():
    """Two of three pieces at 1.00 back of a minimum of 0.30 each leave 0.30; of 10 % plus 0.05 each, 0.15."""
    settlement = sold(a_line(price="1.00", quantity=3))
    history = [refund(settlement, {"a": 2})]
    for stated, left in (
        ({"percent": "10", "min_per_piece": "0.30 CNY"}, "0.30 CNY"),
        ({"percent": "10", "per_piece": "0.05 CNY"}, "0.15 CNY"),
    ):
        policy = PayoutPolicy(commissions=[{"id": "t"} | stated])
        assert str(payout(settlement, policy, history).platform.commission) == left
        kept = policy.model_copy(update={"commission_on_refund": "keep"})
        assert payout(settlement, kept, history).platform.commission == payout(settlement, kept).platform.commission


def commissions(stated, *steps):
    """The commission on three pieces at 100.00 after each step: a returned quantity, or money without goods."""
    settlement = sold(a_line(price="100.00", quantity=3))
    policy, history, found = PayoutPolicy(commissions=[{"id": "t"} | stated]), [], []
    for step in steps:
        returns, money = ({"a": step}, []) if isinstance(step, int) else ({}, [{"reason": "r", "amount": step}])
        asked = [MoneyBack.model_validate(each) for each in money]
        history.append(refund(settlement, returns, history, money=asked))
        made = payout(settlement, policy, history)
        explain_payout(settlement, "s1", policy, history).text("zh_CN")
        found.append(str(made.platform.commission.amount))
    return found


@pytest.mark.parametrize(
    ("stated", "steps", "wanted"),
    [
        # 10 % falls with the price, 5.00 a piece stays, also where all of the price was given back; goods undo both
        ({"percent": "10"}, ["60.00 CNY", 1, 2], ["24.00", "16.00", "0.00"]),
        ({"per_piece": "5.00 CNY"}, ["60.00 CNY", 1, 2], ["15.00", "10.00", "0.00"]),
        ({"per_piece": "5.00 CNY"}, ["300.00 CNY", 1, 2], ["15.00", "10.00", "0.00"]),
        ({"percent": "10", "per_piece": "5.00 CNY"}, ["60.00 CNY", 3], ["39.00", "0.00"]),
        # 10 % of 300.00 is 30.00; of what is left, never below 8.00 a piece that is kept
        ({"percent": "10", "min_per_piece": "8.00 CNY"}, ["60.00 CNY", "30.00 CNY", 1], ["24.00", "24.00", "16.00"]),
        ({"percent": "10", "min_per_piece": "8.00 CNY"}, [1, "150.00 CNY", 2], ["20.00", "16.00", "0.00"]),
        # a minimum that bound the sale goes by pieces alone
        ({"percent": "10", "min_per_piece": "11.00 CNY"}, ["150.00 CNY", 1, 2], ["33.00", "22.00", "0.00"]),
    ],
)  # fmt: skip
def test_what_is_asked_a_piece_stays_where_money_goes_back_without_goods(stated, steps, wanted):
    """The piece was sold and stays sold; a percentage is of what is left of the price, down to the minimum."""
    assert commissions(stated, *steps) == wanted


def test_categories_that_nobody_states_are_asked_for():
    """A stored settlement has none: they are stated by line, or the payout is refused and never guessed."""
    made = sold(a_line(price="100.00", categories=["books"]))
    stored = Settlement.from_json(made.to_json())
    policy = PayoutPolicy(commissions=[{"id": "t", "percent": "5", "categories": ["books"]}])
    assert problems(lambda: payout(stored, policy)) == [("categories", "commission.categories")]
    assert payout(stored, policy, categories={"a": ["books"]}) == payout(made, policy)
    with pytest.raises(CurrencyMismatch):
        payout(made, PayoutPolicy(commissions=[{"id": "t", "per_piece": "1.00 EUR"}]))


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ({}, ("percent", "commission.nothing")),
        ({"percent": "5", "tiers": [{"min_amount": "1.00 CNY", "percent": "1"}]}, ("tiers", "commission.two_ways")),
        ({"percent": "5", "borne_by": "platform"}, ("borne_by", "commission.own")),
        ({"tiers": [{"min_amount": "1.00 CNY"}]}, ("tiers[0].percent", "commission.nothing")),
        (
            {"tiers": [{"min_amount": "1.00 CNY", "percent": "1"}, {"min_amount": "1.00 CNY", "percent": "2"}]},
            ("tiers[1].min_amount", "commission.tier_order"),
        ),
    ],
)
def test_terms_that_say_two_things_or_none_are_refused(stated, found):
    """Each with its place."""
    assert problems(lambda: Commission(id="t", **stated)) == [found]


def test_a_story_makes_what_the_payout_says():
    """Terms, referrers and a gift card: every formula is shown, and the last line adds all of it up."""
    settlement = sold(a_line(price="10.00", quantity=3), a_line("g", "50.00", stored_value=True, sku="card"))
    policy = PayoutPolicy(
        commissions=[
            {"id": "t", "percent": "5", "min_per_piece": "1.60 CNY"},
            {"id": "r", "receiver": "ann", "percent": "2"},
            {"id": "q", "receiver": "bob", "per_piece": "0.10 CNY", "borne_by": "platform", "skus": ["k"]},
        ]
    )
    history = [refund(settlement, {"a": 1})]
    text = explain_payout(settlement, "s1", policy, history).text()
    assert "commission of a, its basis by its terms: round(1.60 × 3) = 4.80" in text
    assert "commission of a given back, by its basis: down(4.80 × (1.60 × 1) ÷ (1.60 × 3)) = 1.60" in text
    whole = explain_payout(settlement, None, policy, history).text()
    assert "ann has: 0.40\nbob has: 0.20\nOwed to the holders of gift cards: 50.00" in whole
    assert "16.40 s1 + 3.00 the platform + 0.40 ann + 0.20 bob + 50.00 gift cards = 70.00" in whole
    assert "16.40" in payout(settlement, policy, history).text("zh_CN")


def test_a_minimum_never_lowers_a_commission():
    """2 x 100.00 and 80.00 at 75 % off from two; one piece is kept and costs all 70.00: 10 % are 7.00, not the 3.00."""
    offer = an_offer("o", {"type": "percent_off", "percent": "75"}, issuer="s1")
    offer["tiers"][0]["min_quantity"] = 2
    lines = [a_line("a", "100.00", quantity=2), a_line("b", "80.00")]
    settlement = settled(a_checkout(*lines), a_rulebook(promotions=[offer]))
    quote = refund(settlement, {"a": 1, "b": 1}, policy=RefundPolicy(recheck="fair"))
    assert str(quote.cash) == "0.00 CNY"
    for least in (None, "3.00 CNY"):
        policy = PayoutPolicy(commissions=[{"id": "c", "percent": "10", "min_per_piece": least}])
        assert str(payout(settlement, policy, [quote]).platform.commission) == "7.00 CNY"
        explain_payout(settlement, "s1", policy, [quote])
