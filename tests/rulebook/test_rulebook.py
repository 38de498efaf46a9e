"""The document of all rules, and what is worked out of it once (contract §2.2)."""

from __future__ import annotations

import threading

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, problems, settled
from settlement import Checkout, InvalidDocument, Rulebook, settle

POINTS = {"points": 100, "worth": "1.00 CNY"}
CARD = {"id": "card", "borne_by": "buyer"}

WRONG = [
    ({"id": ""}, [("id", "text.empty")]),
    ({"currency": "RMB"}, [("currency", "currency.unknown")]),
    ({"promotions": {}}, [("promotions", "list.type")]),
    ({"promotions": [an_offer(), an_offer()]}, [("promotions[1].id", "id.duplicate")]),
    ({"coupons": [an_offer(), an_offer()]}, [("coupons[1].id", "id.duplicate")]),
    # promotions and coupons share one space
    ({"promotions": [an_offer()], "coupons": [an_offer()]}, [("coupons[0].id", "id.duplicate")]),
    ({"promotions": [an_offer("points")]}, [("promotions[0].id", "id.reserved")]),
    ({"coupons": [an_offer("round_total")]}, [("coupons[0].id", "id.reserved")]),
    ({"freight_templates": [a_template(), a_template()]}, [("freight_templates[1].id", "id.duplicate")]),
    ({"payment_methods": [CARD, CARD]}, [("payment_methods[1].id", "id.duplicate")]),
    ({"points": 5}, [("points", "object.type")]),
    ({"policy": None}, [("policy", "object.type")]),
    ({"rules": []}, [("rules", "field.unknown")]),
]


@pytest.mark.parametrize(("fields", "expected"), WRONG)
def test_a_wrong_rulebook_is_named(fields, expected):
    """Lists, ids that are unique within their list or space, and closed fields."""
    assert problems(lambda: Rulebook(**a_rulebook() | fields)) == expected


@pytest.mark.parametrize("field", ["id", "currency"])
def test_what_a_rulebook_cannot_do_without(field):
    """Name and currency are required; every list defaults to empty."""
    book = a_rulebook()
    del book[field]
    assert problems(lambda: Rulebook(**book)) == [(field, "field.missing")]
    book = Rulebook(**a_rulebook())
    assert (book.freight_templates, book.promotions, book.coupons, book.payment_methods) == ((), (), (), ())
    assert book.points is None


def yen(amount="1 JPY"):
    """An amount of another currency."""
    return amount


FOREIGN = {
    "freight_templates[0].zones[0].first_fee": {
        "freight_templates": [a_template(zones=[{"regions": ["*"], "first": 1, "first_fee": yen()}])]
    },
    "freight_templates[0].zones[0].additional_fee": {
        "freight_templates": [
            a_template(
                zones=[
                    {"regions": ["*"], "first": 1, "first_fee": "1.00 CNY", "additional": 1, "additional_fee": yen()}
                ]
            )
        ]
    },
    "freight_templates[0].surcharges[0].fee": {
        "freight_templates": [a_template(surcharges=[{"regions": ["*"], "fee": yen(), "per": "kg"}])]
    },
    "freight_templates[0].free[0].min_amount": {"freight_templates": [a_template(free=[{"min_amount": yen()}])]},
    "promotions[0].tiers[0].min_amount": {
        "promotions": [an_offer(tiers=[{"min_amount": yen(), "benefit": {"type": "percent_off", "percent": "5"}}])]
    },
    "coupons[0].tiers[0].benefit.amount": {"coupons": [an_offer(benefit={"type": "amount_off", "amount": yen()})]},
    "coupons[0].tiers[0].benefit.price": {"coupons": [an_offer(benefit={"type": "fixed_price", "price": yen()})]},
    "points.worth": {"points": POINTS | {"worth": yen()}},
    "points.min_goods": {"points": POINTS | {"min_goods": yen()}},
    "points.earn.per": {"points": POINTS | {"earn": {"per": yen(), "points": 1}}},
    "payment_methods[0].fixed": {"payment_methods": [CARD | {"fixed": yen()}]},
    "policy.round_total.unit": {"policy": {"round_total": {"unit": yen(), "mode": "down"}}},
}


@pytest.mark.parametrize("place", FOREIGN)
def test_a_rulebook_has_one_currency(place):
    """Every amount, however deep, is in the rulebook's currency, and the odd one is named."""
    assert problems(lambda: Rulebook(**a_rulebook() | FOREIGN[place])) == [(place, "currency.mixed")]


def test_what_a_checkout_names_must_be_there():
    """Another currency, an unknown template and an unknown method are problems of the request, with a hint."""
    lines = [a_line("a", freight_template="t2"), a_line("b", freight_template="t1")]
    checkout = Checkout(**a_checkout(*lines, payment_method="cart"))
    book = Rulebook(**a_rulebook(freight_templates=[a_template("t1")], payment_methods=[CARD]))
    with pytest.raises(InvalidDocument) as caught:
        settle(checkout, book)
    assert [(p.place, p.code) for p in caught.value.problems] == [
        ("checkout.cart.lines[0].freight_template", "template.unknown"),
        ("checkout.payment_method", "payment_method.unknown"),
    ]
    assert 'did you mean "card"?' in str(caught.value)
    with pytest.raises(InvalidDocument) as caught:
        settle(Checkout(**a_checkout()), Rulebook(id="r", currency="USD"))
    assert [(p.place, p.code) for p in caught.value.problems] == [("rulebook.currency", "currency.mixed")]


def test_a_coupon_that_is_not_there_is_no_problem():
    """Rules come and go: a coupon held or chosen that the rulebook lacks is refused as unknown."""
    checkout = a_checkout(customer={"coupons": ["gone"]}, choice={"coupons": ["gone", "never"]})
    assert [(row.rule, row.reason) for row in settled(checkout).decisions] == [
        ("gone", "unknown"),
        ("never", "unknown"),
    ]


def test_only_documents_are_settled():
    """Anything but a Checkout and a Rulebook, in this order, is a TypeError that says what was found."""
    checkout, book = Checkout(**a_checkout()), Rulebook(**a_rulebook())
    for wrong in ((a_checkout(), book), (checkout, a_rulebook()), (book, checkout), (None, None)):
        with pytest.raises(TypeError, match=r"^(checkout|rulebook): found .+; a (Checkout|Rulebook) is expected, "):
            settle(*wrong)


def test_rules_are_made_ready_once():
    """Two settlements share what was worked out of the rulebook; the document itself is not changed by it."""
    book = Rulebook(**a_rulebook(promotions=[an_offer()]))
    text = book.model_dump_json()
    rules = book.rules
    settle(Checkout(**a_checkout()), book)
    assert book.rules is rules
    assert book.model_dump_json() == text
    assert book == Rulebook(**a_rulebook(promotions=[an_offer()]))


def test_a_fresh_rulebook_may_be_used_by_many_threads_at_once():
    """Threads that meet at the first use all get the same settlement."""
    checkout, book = Checkout(**a_checkout()), Rulebook(**a_rulebook(promotions=[an_offer()]))
    barrier, found = threading.Barrier(8), []

    def work():
        barrier.wait()
        found.append(settle(checkout, book).to_json())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
