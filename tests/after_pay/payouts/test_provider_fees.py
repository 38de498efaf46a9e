"""What the provider really kept, in payouts and in the journal; and a fee for each shop's payment."""

from __future__ import annotations

import random

import pytest

from returns import a_payable, sequence
from samples import a_checkout, a_line, a_rulebook, problems, settled
from settlement import Checkout, CurrencyMismatch, InvalidDocument, Money, PaymentMethod, Rulebook, refund
from settlement.after_pay.bills import Bill, provider_fees
from settlement.after_pay.payments.options import payment_options
from settlement.after_pay.payments.paid import payment_demand
from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.payouts.provider_fees import ProviderFee
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.audit.books.journal import beancount_text, entries
from settlement.explanations import explain_option, explain_payout

CARD = PaymentMethod(id="card", percent="2.9", fixed="0.30 CNY", borne_by="merchant", fee_per="shop")
SHOPS = ("pots", "tea", "toys")


def three_shops():
    """100.00 from each of three shops."""
    return a_checkout(*[a_line(shop, "100.00", shop=shop, sku=shop) for shop in SHOPS], payment_method="card")


def by_shop(made, name="payment_fee", part="sale"):
    """A row of every shop's account, as text."""
    return {shop.shop: str(getattr(getattr(shop, part), name)) for shop in made.shops}


def balance(journal, *account):
    """What an account comes to."""
    return sum(
        row.amount.minor for entry in journal for row in entry.postings if row.account[: len(account)] == account
    )


def test_a_fee_per_shop_is_charged_for_each_ones_part():
    """2.9 % + 0.30 of three times 100.00 is 9.60, of 300.00 at once 9.00; the story of either holds."""
    paid = settled(three_shops(), a_rulebook(payment_methods=[CARD.to_dict()]))
    made = payout(paid, method=CARD)
    assert (str(made.provider), by_shop(made)) == ("9.60 CNY", dict.fromkeys(SHOPS, "-3.20 CNY"))
    whole = CARD.model_copy(update={"fee_per": "order"})
    assert str(payout(paid, method=whole).provider) == "9.00 CNY"
    for method in (CARD, whole):
        rulebook = Rulebook.model_validate(a_rulebook(payment_methods=[method.to_dict()]))
        checkout = Checkout.model_validate(three_shops())
        [option] = payment_options(checkout, rulebook)
        assert option.fee == payout(paid, method=method).provider
        assert explain_option(checkout, rulebook, "card").result == option.payable
        assert explain_payout(paid, "tea", method=method).result == payout(paid, method=method).shop("tea").net


def test_an_unused_fee_per_changes_no_digest_and_a_buyer_bears_none_by_shop():
    """It is beyond the contract; what the buyer bears is one fee of the order."""
    plain = a_rulebook(payment_methods=[{"id": "card", "percent": "1", "borne_by": "merchant"}])
    stated = a_rulebook(payment_methods=[{"id": "card", "percent": "1", "borne_by": "merchant", "fee_per": "order"}])
    assert settled(three_shops(), plain).digest == settled(three_shops(), stated).digest
    wrong = lambda: PaymentMethod(id="c", percent="1", borne_by="buyer", fee_per="shop")  # noqa: E731
    assert problems(wrong) == [("fee_per", "method.fee_per_shop")]


def test_sub_orders_are_asked_for_one_by_one():
    """Their demands add up to what is due; one of nothing is refused."""
    paid = settled(three_shops(), a_rulebook(payment_methods=[CARD.to_dict()]))
    orders = split_orders(paid)
    demands = [payment_demand(order, f"1001-{order.shop}", order.shop) for order in orders]
    assert sum(each.amount.minor for each in demands) == paid.due.minor
    nothing = orders[0].model_copy(update={"due": "0.00 CNY", "tenders": [{"id": "g", "amount": "100.00 CNY"}]})
    assert problems(lambda: payment_demand(nothing, "1")) == [("settlement.due", "demand.nothing_due")]
    with pytest.raises(InvalidDocument, match=r"takes 200\.00 CNY or more"):
        payment_demand(orders[0], "1", minimum=Money("200.00 CNY"))


def test_the_bills_fee_is_the_providers_and_the_difference_has_an_account_of_its_own():
    """3.20 was expected of each shop and 3.35 kept of one: the platform's 0.15, or by its policy the shop's."""
    paid = settled(three_shops(), a_rulebook(payment_methods=[CARD.to_dict()]))
    row = {"line": 2, "kind": "payment", "id": "t1", "order": "1001-tea", "amount": "100.00 CNY", "fee": "3.35 CNY"}
    kept = provider_fees([Bill(provider="card", rows=[row | {"at": "2026-11-11T10:00:00Z"}])], {"1001-tea": "tea"})
    made = payout(paid, method=CARD, provider_fees=kept)
    assert (str(made.provider), str(made.platform.fee_difference)) == ("9.75 CNY", "-0.15 CNY")
    assert by_shop(made) == dict.fromkeys(SHOPS, "-3.20 CNY")
    journal = entries([paid, made])
    assert balance(journal, "Expenses", "Provider-fee-difference") == 15
    assert balance(journal, "Liabilities", "Provider") == -975
    assert "Expenses:Provider-fee-difference  0.15 CNY" in beancount_text(journal)
    assert "0.15" in str(explain_payout(paid, method=CARD, provider_fees=kept))
    assert "Difference of the provider's fee" in str(made)
    shops = PayoutPolicy(fee_difference="shop")
    theirs = payout(paid, shops, method=CARD, provider_fees=kept)
    assert (str(theirs.provider), theirs.platform.fee_difference) == ("9.75 CNY", None)
    assert by_shop(theirs, "fee_difference") == {"pots": "None", "tea": "-0.15 CNY", "toys": "None"}
    assert theirs.shop("tea").net == made.shop("tea").net - Money("0.15 CNY")
    assert balance(entries([paid, theirs]), "Liabilities", "Provider") == -975
    story = explain_payout(paid, "tea", shops, method=CARD, provider_fees=kept)
    assert story.result == theirs.shop("tea").net
    as_expected = [ProviderFee(shop="tea", charged="3.20 CNY", returned="0.00 CNY")]
    assert payout(paid, method=CARD, provider_fees=as_expected) == payout(paid, method=CARD)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_provider_kept_every_minor_unit_is_somebodys(seed):
    """Along refunds, for the whole order or for some of its shops: nets and fee are what is paid; the journal too."""
    rng = random.Random(seed)
    settlement = a_payable(rng)
    method = PaymentMethod(id="m", percent="0.6", borne_by="merchant", fee_per=rng.choice(["order", "shop"]))
    policy = PayoutPolicy(fee_difference=rng.choice(["platform", "shop"]))
    history, sources = [], [settlement]
    for number, quote in enumerate([None, *sequence(rng, settlement)]):
        if quote is not None:
            history.append(quote.known_as(f"r{number}"))
            sources.append(history[-1])
        shops = rng.choice(
            [[None], rng.sample([s.shop for s in settlement.shops], rng.randint(0, len(settlement.shops)))]
        )
        amount = lambda: Money.of_minor(rng.randint(0, 99), settlement.currency)  # noqa: E731
        kept = [ProviderFee(shop=shop, charged=amount(), returned=amount()) for shop in shops]
        made = payout(settlement, policy, history, method, kept, at=f"2026-11-11T00:00:{number:02}Z")
        nets = made.platform.net.minor + made.provider.minor + sum(shop.net.minor for shop in made.shops)
        assert nets == settlement.payable.minor - sum(each.cash.minor for each in history)
        if shops == [None]:
            assert made.provider == kept[0].charged - kept[0].returned
        assert Payout.from_json(made.to_json()) == made
        sources.append(made)
    journal = entries(sources)
    assert all(sum(row.amount.minor for row in entry.postings) == 0 for entry in journal)
    assert -balance(journal, "Liabilities", "Provider") == made.provider.minor


def test_fees_that_are_not_of_this_order_are_refused():
    """A shop that is not there, the whole beside a part, another currency, another kind of thing."""
    paid = settled(three_shops(), a_rulebook(payment_methods=[CARD.to_dict()]))
    fee = {"charged": "1.00 CNY", "returned": "0.00 CNY"}
    with pytest.raises(LookupError, match="there is no shop 'books'"):
        payout(paid, provider_fees=[ProviderFee(shop="books", **fee)])
    for shops in ((None, "tea"), ("tea", "tea")):
        with pytest.raises(ValueError, match="two fees of one payment"):
            payout(paid, provider_fees=[ProviderFee(shop=shop, **fee) for shop in shops])
    with pytest.raises(CurrencyMismatch):
        payout(paid, provider_fees=[ProviderFee(charged="1 JPY", returned="0 JPY")])
    with pytest.raises(TypeError, match="provider_fees"):
        payout(paid, provider_fees={"tea": "1.00 CNY"})
    assert str(payout(paid, refunds=[refund(paid, {"tea": 1})]).provider) == "0.00 CNY"
