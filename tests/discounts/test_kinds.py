"""The laws that every kind of benefit obeys; a new kind in KINDS is held to them without a word here."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.discounts import KINDS, Benefit
from settlement.discounts.offers import Tier
from settlement.ledger import Goods
from strategies import amounts, benefits, goods_in_scope, millis

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def seen_with(goods, nets, times=None):
    """The same lines with other nets."""
    return Goods(goods.basket, goods.lines, nets, sum(nets), goods.times if times is None else times, goods.rounded)


@every_kind
@given(data=st.data(), goods=goods_in_scope)
def test_a_line_is_never_below_zero(kind, data, goods):
    """One whole share per line, from 0 to the line's net."""
    nets = list(goods.nets)
    off = data.draw(benefits(kind)).off(goods)
    assert all(type(share) is int and 0 <= share <= net for share, net in zip(off, nets, strict=True))
    assert goods.nets == nets


@every_kind
@given(data=st.data(), goods=goods_in_scope)
def test_the_same_goods_give_the_same_shares(kind, data, goods):
    """A benefit keeps no state: asked twice, or as a copy read from its JSON, it answers alike."""
    benefit = data.draw(benefits(kind))
    again = kind.model_validate_json(benefit.model_dump_json())
    assert again == benefit
    assert benefit.off(goods) == benefit.off(goods) == again.off(goods)
    assert benefit.gift(goods) == again.gift(goods)


@every_kind
@given(data=st.data(), goods=goods_in_scope)
def test_nothing_is_taken_off_nothing(kind, data, goods):
    """Where every net is 0, every share is 0."""
    assert data.draw(benefits(kind)).off(seen_with(goods, [0] * len(goods.nets))) == [0] * len(goods.nets)


@every_kind
@given(data=st.data(), goods=goods_in_scope)
def test_a_gift_is_given_only_by_kinds_that_say_so(kind, data, goods):
    """`gives` is true of every kind whose gift is ever something; what is given is a sku and some of it."""
    gift = data.draw(benefits(kind)).gift(goods)
    if gift is not None:
        assert kind.gives
        sku, thousandths = gift
        assert sku
        assert thousandths >= 0


@every_kind
@given(data=st.data(), goods=goods_in_scope)
def test_ceilings_are_never_exceeded(kind, data, goods):
    """What a benefit says it takes off at most holds, in each of its forms; the search for coupons cuts by them."""
    benefit = data.draw(benefits(kind))
    least = data.draw(st.one_of(st.none(), st.integers(1, goods.net)))
    if getattr(benefit, "every", False):
        least = least or data.draw(st.integers(1, goods.net))
        goods = seen_with(goods, list(goods.nets), goods.net // least)
    known = data.draw(st.sampled_from([None, goods.times]))
    total = sum(benefit.off(goods))
    for amount, numerator, denominator in benefit.ceilings(len(goods.nets), least, known):
        assert total * denominator <= amount * denominator + goods.net * numerator


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.keeps_order], ids=lambda kind: kind.__name__)
@given(data=st.data(), goods=goods_in_scope, more=st.lists(amounts, min_size=6, max_size=6))
def test_kinds_that_keep_the_order_leave_more_of_more(kind, data, goods, more):
    """Of a larger net at least as much is left, where a kind says so."""
    benefit = data.draw(benefits(kind))
    if getattr(benefit, "every", False):
        return
    larger = seen_with(goods, [net + extra for net, extra in zip(goods.nets, more, strict=False)])
    assert goods.net - sum(benefit.off(goods)) <= larger.net - sum(benefit.off(larger))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.by_sum], ids=lambda kind: kind.__name__)
@given(data=st.data(), goods=goods_in_scope)
def test_kinds_by_sum_look_at_the_sum_alone(kind, data, goods):
    """Whoever says so takes off the same in all, however the net is shared among the lines."""
    benefit = data.draw(benefits(kind))
    other = data.draw(st.permutations(goods.nets))
    heaped = [sum(other), *[0] * (len(other) - 1)]
    assert (
        sum(benefit.off(goods))
        == sum(benefit.off(seen_with(goods, other)))
        == sum(benefit.off(seen_with(goods, heaped)))
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.on_freight], ids=lambda kind: kind.__name__)
@given(data=st.data(), thousandths=millis)
def test_kinds_on_goods_are_read_by_their_type(kind, data, thousandths):
    """A tier in JSON finds the kind by `type` alone and gives it back equal."""
    benefit = data.draw(benefits(kind))
    text = json.dumps({"min_amount": f"{thousandths}.00 CNY", "benefit": benefit.model_dump(mode="json")})
    tier = Tier.model_validate_json(text)
    assert type(tier.benefit) is kind
    assert tier.benefit == benefit


def test_the_kinds_are_told_apart_by_their_type():
    """Every kind is a Benefit with a `type` and a summary of its own, and all stand in the union of a tier."""
    types = [kind.model_fields["type"].default for kind in KINDS]
    assert len(set(types)) == len(KINDS)
    assert all(issubclass(kind, Benefit) and kind.__doc__ for kind in KINDS)
    mapping = Tier.model_json_schema()["properties"]["benefit"]["discriminator"]["mapping"]
    assert set(mapping) == set(types)


def test_a_benefit_that_takes_nothing_off_is_not_one():
    """The base class asks for `off`, and bounds it by the whole net."""

    class Nothing(Benefit):
        """Has no `off`."""

        type: str = "nothing"

    with pytest.raises(NotImplementedError):
        Nothing().off(None)
    assert Nothing().gift(None) is None
    assert Nothing().ceilings(1, None, None) == ((0, 1, 1),)
