"""What the platform bears of an offer, rounded line by line as the contract says or once for the offer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samples import a_checkout, a_line, a_rulebook, an_offer, settled
from settlement import Settlement, refund
from settlement.after_pay.refunds import RefundPolicy
from settlement.discounts.borne import borne_of
from settlement.explanations import explain
from settlement.money import ROUNDERS


def an_order(**terms):
    """48.00 off two lines of 24.01 and 23.99, of which the platform bears half."""
    half = an_offer("half", {"type": "amount_off", "amount": "48.00 CNY"}, platform_share="50", **terms)
    return a_checkout(a_line("a", "24.01"), a_line("b", "23.99")), a_rulebook(promotions=[half])


def test_a_share_is_rounded_line_by_line_or_once():
    """24.01 of 48.00 at 50 % line by line, as contract section 4 has it; 24.00 where the offer says once."""
    for terms, parts in (({}, [1201, 1200]), ({"platform_share_per": "offer"}, [1201, 1199])):
        (made,) = settled(*an_order(**terms)).adjustments
        assert [-each.minor for each in made.platform.values()] == parts
        assert made.facts.get("platform_share_per") == terms.get("platform_share_per")


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=20),
    st.integers(0, 10**4),
    st.sampled_from(sorted(ROUNDERS)),
)
def test_rounded_once_it_is_the_share_of_the_whole(off, share, rounding):
    """All parts together are the whole's share rounded, none is below 0 or above what its line got."""
    parts = borne_of(off, (share, 10**4), ROUNDERS[rounding], once=True)
    assert sum(parts) == ROUNDERS[rounding](sum(off) * share, 10**4)
    assert all(0 <= part <= each for part, each in zip(parts, off, strict=True))


def test_only_who_says_once_has_another_digest():
    """The field stands in the digest where it is used, and its default leaves the contract's digest as it is."""
    plain, line, once = (
        settled(*an_order(**terms)).digest
        for terms in ({}, {"platform_share_per": "line"}, {"platform_share_per": "offer"})
    )
    assert plain == line != once


def test_the_buyer_pays_the_same():
    """Who bears an offer moves nothing that is paid."""
    assert settled(*an_order()).payable == settled(*an_order(platform_share_per="offer")).payable


def test_a_stored_settlement_is_held_to_it():
    """Read back, the parts are compared with the facts; and a fair return spreads them anew in the same way."""
    made = settled(*an_order(platform_share_per="offer"))
    again = Settlement.from_json(made.to_json())
    assert again == made
    quote = refund(again, {"a": 1}, policy=RefundPolicy(recheck="fair"))
    assert quote == refund(made, {"a": 1}, policy=RefundPolicy(recheck="fair"))


def test_its_story_says_what_was_rounded_once():
    """The whole with its formula, and each line's part of it."""
    text = explain(settled(*an_order(platform_share_per="offer")), rule="half").text()
    assert "The platform bears in all: round(48.00 × 50 ÷ 100) = 24.00" in text
    story = explain(settled(*an_order(platform_share_per="offer")), line="a")
    (share,) = story.steps[-3].shares
    assert (share.platform_formula, str(share.platform)) == ("down(24.00 × 24.01 ÷ 48.00) + 0.01", "-12.01 CNY")
