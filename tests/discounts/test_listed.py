"""Long lists of skus: the lines that they find, looked up by number or in each list."""

from __future__ import annotations

import pytest

from settlement import Checkout, Rulebook
from settlement.cart.columns import Basket
from settlement.discounts.listed import Listed
from settlement.discounts.terms import lines_in_scope

LINES = 300


def basket(lines: int = LINES) -> Basket:
    """A cart of so many lines, of 250 skus that do not stand in the order of the lines."""
    return Checkout.model_validate(
        {
            "at": "2026-11-11T00:00:00+08:00",
            "cart": {
                "currency": "CNY",
                "lines": [
                    {"id": f"{at:04d}", "shop": "s", "sku": f"sku-{at * 7 % 250}", "quantity": 1}
                    | {"unit_price": "9.00 CNY"}
                    for at in range(lines)
                ],
            },
        }
    ).asked.basket


def some(first: int, count: int = 600) -> frozenset[str]:
    """So many skus, one number behind the other."""
    return frozenset([f"sku-{first + at}" for at in range(count)])


@pytest.mark.parametrize("lines", [1, 255, LINES])
@pytest.mark.parametrize("lists", [7, 8, 40])
def test_lines_are_those_whose_sku_is_listed(lines: int, lists: int) -> None:
    """Whether numbers are used or not, a list finds the lines whose sku is in it, in order, once or again."""
    sets = [some(at * 9) for at in range(lists)]
    listed, cart = Listed(sets), basket(lines)
    for skus in (*sets, *sets):
        assert listed.lines(skus, cart) == [at for at, sku in enumerate(cart.skus) if sku in skus]


def test_skus_that_no_list_names_are_in_none() -> None:
    """A line whose sku stands in no list is in no scope."""
    sets = [some(100 + at) for at in range(8)]
    listed, cart = Listed(sets), basket()
    assert "sku-0" in cart.skus
    assert all(cart.skus[line] in skus for skus in sets for line in listed.lines(skus, cart))


def test_each_line_is_looked_up_once_for_all_lists() -> None:
    """A cart keeps its numbers: the second list asks for none of them again; another rulebook's numbers are its own."""
    sets = [some(at) for at in range(8)]
    first, second, cart = Listed(sets), Listed(reversed(sets)), basket()
    first.lines(sets[0], cart)
    known = cart.numbered
    assert known[0] is first
    first.lines(sets[1], cart)
    assert cart.numbered is known
    assert second.lines(sets[3], cart) == first.lines(sets[3], cart)


def test_thin_lists_have_no_table() -> None:
    """No table is much larger than its list: lists that share no skus stay as they are, and find the same lines."""
    sets = [some(at * 600) for at in range(40)]
    listed, cart = Listed(sets), basket()
    assert listed.lines(sets[0], cart) == list(cart.every)
    assert listed.lines(sets[1], cart) == []
    assert not hasattr(cart, "numbered")


def test_offers_of_one_rulebook_share_the_numbers() -> None:
    """Coupons and promotions with long lists look the cart up together, and their scopes are the lines listed."""
    offers = [
        {
            "id": f"offer-{at}",
            "issuer": "platform",
            "scope": {"skus": sorted(some(at * 30))},
            "tiers": [{"benefit": {"type": "percent_off", "percent": "1"}}],
        }
        for at in range(12)
    ]
    book = Rulebook.model_validate({"id": "r", "currency": "CNY", "promotions": offers[:6], "coupons": offers[6:]})
    cart = basket()
    terms = [*book.rules.promotions.touching(cart), *book.rules.coupons.values()]
    assert len(terms) == 12
    for each in terms:
        assert each.skus is not None
        assert list(lines_in_scope(each, cart)) == [at for at, sku in enumerate(cart.skus) if sku in each.skus]
    assert cart.numbered[0] is terms[0].listed
    assert {id(each.listed) for each in terms} == {id(cart.numbered[0])}
