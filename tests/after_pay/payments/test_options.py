"""Ways to pay: options, tenders that add up, and items that a provider adds up."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, problems, settled
from settlement import Checkout, Money, Rulebook, settle
from settlement.after_pay.payments.options import PaymentOption, payment_items, payment_options, split_tenders
from strategies import requests
from thorough import examples

METHODS = [
    {"id": "card", "name": "Card", "percent": "1", "borne_by": "buyer"},
    {"id": "wallet", "percent": "0.6", "borne_by": "merchant"},
    {"id": "cod", "fixed": "5.00 CNY", "borne_by": "buyer"},
]


def options(checkout, rulebook):
    """The options of two plain documents."""
    return payment_options(Checkout.model_validate(checkout), Rulebook.model_validate(rulebook))


def test_each_method_is_settled_with():
    """Of 100.00: a card adds 1.00, the wallet keeps 0.60 of it, cash on delivery adds 5.00."""
    found = options(a_checkout(a_line("a", "100.00")), a_rulebook(payment_methods=METHODS))
    assert [(each.id, each.borne_by, str(each.fee), str(each.payable)) for each in found] == [
        ("card", "buyer", "1.00 CNY", "101.00 CNY"),
        ("wallet", "merchant", "0.60 CNY", "100.00 CNY"),
        ("cod", "buyer", "5.00 CNY", "105.00 CNY"),
    ]
    assert found[0].name == "Card"


def test_a_fee_of_the_merchant_is_of_what_is_due():
    """60.00 of 100.00 by gift card: 0.6 % of 40.00; nothing due, no fee."""
    for balance, fee in (("60.00", "0.24 CNY"), ("100.00", "0.00 CNY")):
        tenders = [{"id": "g", "type": "gift_card", "balance": f"{balance} CNY"}]
        found = options(a_checkout(a_line("a", "100.00"), tenders=tenders), a_rulebook(payment_methods=METHODS))
        assert str(found[1].fee) == fee


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_an_option_is_what_settling_with_it_gives(seed):
    """Payable, due and the buyer's fee are those of `settle()`, for every method of random rules."""
    request = random_request(random.Random(seed))
    checkout, rulebook = Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])
    found = payment_options(checkout, rulebook)
    assert [each.id for each in found] == [method.id for method in rulebook.payment_methods]
    for each in found:
        made = settle(checkout.model_copy(update={"payment_method": each.id}), rulebook)
        assert (each.payable, each.due) == (made.payable, made.due)
        if each.borne_by == "buyer":
            assert each.fee == made.totals.payment_fee


def with_cards(seed):
    """A random request that pays with a gift card and stored value too, and its methods, one of them the merchant's."""
    rng = random.Random(seed)
    request = random_request(rng)
    currency = request["checkout"]["cart"]["currency"]
    request["checkout"]["tenders"] = [
        {"id": name, "type": kind, "balance": str(Money.of_minor(rng.randint(0, 20_000), currency))}
        for name, kind in (("g", "gift_card"), ("v", "stored_value"))
    ]
    for borne_by in ("buyer", "merchant"):
        method = {"id": f"own-{borne_by}", "percent": rng.choice(["0.6", "3"]), "borne_by": borne_by}
        request["rulebook"].setdefault("payment_methods", []).append(method)
    return Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_mixed_tenders_add_up_in_every_option(seed):
    """Gift card, stored value and method pay what is payable; what is received and the provider's part are due."""
    checkout, rulebook = with_cards(seed)
    for each in payment_options(checkout, rulebook):
        shares = [share.amount.minor for share in each.tenders]
        assert each.due.minor + sum(shares) == each.payable.minor
        assert min([each.due.minor, each.fee.minor, *shares]) >= 0
        kept = each.fee.minor if each.borne_by == "merchant" else 0
        assert each.received.minor + kept == each.due.minor
        assert PaymentOption.model_validate_json(each.model_dump_json()) == each


def test_terms_that_cost_more_than_is_due_leave_the_merchant_below_zero():
    """A least fee of 6.00 on 4.00 that are left to pay: -2.00 are received, and so it says."""
    tenders = [{"id": "g", "type": "gift_card", "balance": "6.00 CNY"}]
    dear = {"id": "dear", "percent": "1", "min": "6.00 CNY", "borne_by": "merchant"}
    (found,) = options(a_checkout(tenders=tenders), a_rulebook(payment_methods=[dear]))
    assert (str(found.due), str(found.received)) == ("4.00 CNY", "-2.00 CNY")


def test_an_option_says_what_it_means():
    """In English and Chinese: the fee in it, who pays what, and what of it arrives."""
    tenders = [{"id": "v", "type": "stored_value", "balance": "60.00 CNY"}]
    card, wallet, _ = options(a_checkout(a_line("a", "100.00"), tenders=tenders), a_rulebook(payment_methods=METHODS))
    assert str(card) == "Card: CN¥101.00, of it a fee of CN¥1.00, CN¥60.00 by v, CN¥41.00 by this method"
    assert str(wallet) == (
        "wallet: CN¥100.00, CN¥60.00 by v, CN¥40.00 by this method, "
        "of which the provider keeps CN¥0.24 and the merchant receives CN¥39.76"
    )
    assert wallet.text("zh_CN") == (
        "wallet：¥100.00，其中 v 支付 ¥60.00，本方式支付 ¥40.00，支付机构扣手续费 ¥0.24，商户实收 ¥39.76"
    )


def test_an_option_says_that_it_is_not_priced():
    """Without an address freight is not known, and where no line is left there is nothing to order."""
    rules = a_rulebook(freight_templates=[a_template()], payment_methods=METHODS[:1])
    (pending,) = options(a_checkout(a_line(freight_template="t1"), address=None), rules)
    (blocked,) = options(a_checkout(a_line(selected=False)), rules)
    assert [pending.status, blocked.status] == ["pending", "blocked"]
    assert str(pending) == "Card: CN¥10.10, of it a fee of CN¥0.10, without what depends on the address"
    assert str(blocked) == "Card: nothing can be ordered as it stands"
    assert pending.text("zh_CN") == "Card：¥10.10，含手续费 ¥0.10，未含按地址计算的费用"
    assert blocked.text("zh_CN") == "Card：目前没有可下单的商品"


@pytest.mark.parametrize("field", ["payable", "due", "received"])
def test_a_stored_option_with_a_wrong_sum_is_refused(field):
    """A cent more anywhere contradicts the rest."""
    (option,) = options(a_checkout(a_line("a", "100.00")), a_rulebook(payment_methods=METHODS[1:2]))
    wrong = option.model_dump(mode="json") | {field: str(getattr(option, field) + Money("0.01 CNY"))}
    assert {code for _, code in problems(lambda: PaymentOption.model_validate(wrong))} == {"value.invalid"}


# ------------------------------------------------------------------ tenders


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), max_size=5))
def test_tenders_add_up(payable, caps):
    """Each up to its cap, in order; with one that has none the sum is the amount, always."""
    amount = Money.of_minor(payable, "CNY")
    tenders = [(str(at), Money.of_minor(cap, "CNY")) for at, cap in enumerate(caps)]
    shares = split_tenders(amount, [*tenders, ("card", None)])
    assert sum(each.amount.minor for each in shares) == payable
    for each, (_, cap) in zip(shares, tenders, strict=False):
        assert 0 <= each.amount.minor <= cap.minor
    if shares[-1].amount:
        assert [each.amount.minor for each in shares[:-1]] == caps


WRONG = [
    ([("a", Money("9.99 CNY"))], [("tenders", "tender.not_enough")]),
    ([], [("tenders", "tender.not_enough")]),
    ([("a", Money("-1.00 CNY")), ("b", None)], [("tenders[0]", "amount.negative")]),
    ([("a", Money("5.00 USD")), ("b", None)], [("tenders[0]", "currency.mixed")]),
    ([("a", Money("5.00 CNY")), ("a", None)], [("tenders[1]", "id.duplicate")]),
]


@pytest.mark.parametrize(("tenders", "found"), WRONG)
def test_tenders_that_do_not_make_the_amount_are_named(tenders, found):
    """Too little, below zero, another currency, the same one twice."""
    assert problems(lambda: split_tenders(Money("10.00 CNY"), tenders)) == found


# ------------------------------------------------------------------ items


@given(requests)
def test_bi_136_items_add_up_to_payable(request_):
    """Providers check the sum of quantity × unit amount; it is payable, to the minor unit, if all is priced."""
    settlement = settled(request_["checkout"], request_["rulebook"])
    assume(settlement.status == "payable")
    items = payment_items(settlement)
    assert sum(item.quantity * item.unit_amount.minor for item in items) == settlement.payable.minor
    assert all(item.unit_amount.minor > 0 for item in items)


def test_a_line_that_cannot_be_divided_is_one_item():
    """30.00 less 5.00 for three pieces is one item of 25.00; two of 5.00 stay two items."""
    offer = an_offer("p1", {"type": "amount_off", "amount": "5.00 CNY"}, scope={"skus": ["k"]})
    lines = (a_line("a", quantity=3), a_line("b", "5.00", quantity=2, sku="z"), a_line("c", quantity="0.5", sku="silk"))
    items = payment_items(settled(a_checkout(*lines), a_rulebook(promotions=[offer])))
    assert [(item.line, item.name, item.quantity, str(item.unit_amount)) for item in items] == [
        ("a", "k × 3", 1, "25.00 CNY"),
        ("b", "z", 2, "5.00 CNY"),
        ("c", "silk × 0.5", 1, "5.00 CNY"),
    ]
