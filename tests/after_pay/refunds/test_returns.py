"""Refunds: folds of a settlement that end at exactly what was paid (contract §8)."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_requests import random_request
from returns import ALL, a_policy, a_settlement, parts, refunded, sequence, some_of
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, everything, problems, settled
from settlement import Money, RefundExceeds, RefundPolicy, RefundQuote, UnknownLine, refund
from settlement.after_pay.refunds import sold
from settlement.after_pay.refunds.returns import preview
from settlement.after_pay.refunds.sides import sides
from settlement.audit.books.journal import entries
from settlement.documents.scalars import milli, quantity_out
from settlement.explanations import explain_refund
from settlement.receipts.columns import COLUMNS
from strategies import requests
from thorough import examples


@given(requests)
def test_a_line_has_a_goods_side_and_a_freight_side(request_):
    """P + F = payable and the two parts of the points make points_used, on every line; none is negative."""
    settlement = settled(request_["checkout"], request_["rulebook"])
    found = sides(settlement)
    for line in settlement.lines:
        side = found[line.id]
        assert side.goods.cash + side.freight.cash == line.payable.minor
        assert side.goods.points + side.freight.points == line.points_used
        assert min(*side.goods[:3], *side.freight[:3]) >= 0


def test_what_was_sold_is_worked_out_once(monkeypatch):
    """Of a refund after others, with a charge and a name: sides and standing offers are looked for once each."""
    off = an_offer(tiers=[{"min_amount": "50.00 CNY", "benefit": {"type": "amount_off", "amount": "10.00 CNY"}}])
    settlement = settled(a_checkout(a_line("a", "20.00", quantity=4)), a_rulebook(promotions=[off]))
    policy = RefundPolicy(recheck="thresholds")
    first = refund(settlement, {"a": 2}, policy=policy)
    assert first.charges
    done = []
    for each in (sold.sides, sold.standing):

        def counted(found, function=each):
            done.append(function.__name__)
            return function(found)

        monkeypatch.setattr(sold, each.__name__, counted)
    assert refund(settlement, {"a": 1}, [first], policy=policy, id="r2").id == "r2"
    assert sorted(done) == ["sides", "standing"]


@given(st.integers(0, 2**32))
@settings(max_examples=examples(150))
def test_any_sequence_of_refunds_ends_at_what_was_paid(seed):
    """Pieces and parts of pieces, freight kept or returned in any order: nothing negative, nothing left, no more."""
    rng = random.Random(seed)
    request = random_request(rng)
    settlement = settled(request["checkout"], request["rulebook"])
    left = {line.id: floor(line.quantity * 1000) for line in settlement.lines}
    history: list[RefundQuote] = []
    for _ in range(rng.randint(0, 5)):
        now = {name: some_of(rng, settlement, name, most) for name, most in left.items() if rng.random() < 0.6}
        for name, thousandths in now.items():
            left[name] -= thousandths
        returned = {name: quantity_out(thousandths) for name, thousandths in now.items()}
        history.append(refund(settlement, returned, history, rng.choice(["keep", "return"])))
    rest = {name: quantity_out(thousandths) for name, thousandths in left.items()}
    history.append(refund(settlement, rest, history, "return"))
    for quote in history:
        for line in quote.lines:
            assert min(line.goods.minor, line.freight.minor, line.goods_points, line.freight_points) >= 0
    assert sum(quote.cash.minor for quote in history) == settlement.payable.minor
    assert sum(quote.points for quote in history) == settlement.points.used
    nothing = refund(settlement, dict.fromkeys(left, 0), history, "return")
    assert (nothing.cash.minor, nothing.points) == (0, 0)


@given(requests)
@settings(max_examples=examples(50))
def test_a_quote_can_be_stored_and_read_back_as_history(request_):
    """to_json and from_json are inverse to the byte, and a stored quote is history like any other."""
    for line in request_["checkout"]["cart"]["lines"]:
        line["sold_by_measure"] = True
    settlement = settled(request_["checkout"], request_["rulebook"])
    stored = type(settlement).from_json(settlement.to_json())
    half = {line.id: quantity_out(floor(line.quantity * 1000) // 2) for line in settlement.lines}
    quote = refund(settlement, half, freight="return")
    again = RefundQuote.from_json(quote.to_json())
    assert again == quote
    assert hash(again) == hash(quote)
    assert again.to_json() == quote.to_json()
    assert refund(stored, half, freight="return").to_json() == quote.to_json()
    rest = {
        line.id: quantity_out(floor(line.quantity * 1000) - floor(line.quantity * 1000) // 2)
        for line in settlement.lines
    }
    assert refund(stored, rest, [again], "return") == refund(settlement, rest, [quote], "return")
    assert again.cash + refund(stored, rest, [again], "return").cash == settlement.payable


def bought(**fields):
    """Three pieces of one line, 20.00 CNY of freight, all paid."""
    book = a_rulebook(freight_templates=[a_template(fee="20.00", zones=a_template(fee="16.00")["zones"])])
    return settled(a_checkout(a_line(quantity=3, freight_template="t1"), **fields), book)


def test_freight_is_kept_or_returned():
    """A later return catches up on what an earlier keep held; 0 is a legal quantity for that."""
    settlement = bought()
    assert str(settlement.payable) == "50.00 CNY"
    first = refund(settlement, {"a": 1})
    assert (str(first.cash), first.lines[0].freight.minor) == ("10.00 CNY", 0)
    second = refund(settlement, {"a": 0}, [first], "return")
    assert str(second.cash) == "6.66 CNY"
    third = refund(settlement, {"a": 2}, [first, second], "return")
    assert str(third.cash) == "33.34 CNY"


def test_the_part_of_a_line_that_is_not_whole():
    """Goods sold by measure come back by measure; a Decimal, a string and an integer are quantities."""
    settlement = settled(a_checkout(a_line(quantity="2.5", price="3.33")))
    assert str(settlement.payable) == "8.33 CNY"
    history = [refund(settlement, {"a": quantity}) for quantity in ("0.500", Decimal("0.5"))]
    assert history[0] == history[1]
    assert str(history[0].cash) == "1.66 CNY"
    rest = refund(settlement, {"a": 2}, history[:1])
    assert rest.lines[0].quantity == 2
    assert history[0].cash + rest.cash == settlement.payable


def test_points_come_back_with_the_goods():
    """Points, fee and rounding fall on both sides in proportion; everything returned gives back all points."""
    settlement = settled(*everything())
    assert settlement.points.used == 1000
    whole = refund(settlement, {line.id: line.quantity for line in settlement.lines}, freight="return")
    kept = refund(settlement, {line.id: line.quantity for line in settlement.lines})
    assert (whole.cash, whole.points) == (settlement.payable, 1000)
    assert kept.cash < whole.cash
    assert kept.points <= whole.points
    assert sum(line.cash.minor for line in whole.lines) == whole.cash.minor
    assert sum(line.points for line in whole.lines) == whole.points


def test_more_than_was_bought_is_an_error():
    """In one refund, over all of them, and of a line that is not there; the numbers are in the error."""
    settlement = bought()
    history = [refund(settlement, {"a": 2})]
    for returns, before in (({"a": 4}, []), ({"a": "3.001"}, []), ({"a": 2}, history)):
        with pytest.raises(RefundExceeds) as caught:
            refund(settlement, returns, before)
        assert caught.value.line == "a"
        assert caught.value.bought == "3"
    assert caught.value.returned == "4"
    assert isinstance(caught.value, ValueError)
    with pytest.raises(UnknownLine):
        refund(settlement, {"z": 1})


WRONG = [
    ({"a": -1}, "quantity.range"),
    ({"a": 1.0}, "quantity.type"),
    ({"a": True}, "quantity.type"),
    ({"a": None}, "quantity.type"),
    ({"a": "1.2345"}, "quantity.notation"),
    ({"a": "one"}, "quantity.notation"),
]


@pytest.mark.parametrize(("returns", "code"), WRONG)
def test_a_malformed_return_is_named(returns, code):
    """Returned quantities are as strict as those of a cart."""
    assert problems(lambda: refund(bought(), returns)) == [("returns.a", code)]


def test_the_freight_mode_is_one_of_three():
    """keep, return or parcel, nothing else."""
    assert problems(lambda: refund(bought(), {"a": 1}, freight="maybe")) == [("freight", "choice.unknown")]


def test_history_belongs_to_the_settlement():
    """A quote of another settlement is refused."""
    other = refund(bought(remark=None, customer={"id": "u2"}), {"a": 1})
    with pytest.raises(ValueError, match="another settlement"):
        refund(bought(), {"a": 1}, [other])


def test_a_stored_quote_that_was_tampered_with_is_refused():
    """The cash and points of a stored quote are the sums of its lines; numbers are strict."""
    document = json.loads(refund(bought(), {"a": 1}).to_json())
    assert [
        problem[0] for problem in problems(lambda: RefundQuote.from_json(json.dumps(document | {"cash": "9.99 CNY"})))
    ] == ["cash"]
    assert problems(lambda: RefundQuote.from_json(json.dumps(document | {"points": 1})))
    assert problems(lambda: RefundQuote.from_json(json.dumps(document | {"points": 0.0})))
    assert problems(lambda: RefundQuote.from_json(json.dumps(document | {"paid": True})))
    assert problems(lambda: RefundQuote.from_json("{"))


def test_a_quote_is_a_value():
    """It shows its cash and compares by content."""
    quote = refund(bought(), {"a": 1})
    assert "10.00 CNY" in repr(quote)
    assert quote == refund(bought(), {"a": 1})
    assert quote != refund(bought(), {"a": 2})
    assert quote != "10.00 CNY"
    assert quote.cash == Money("10.00 CNY")


# ------------------------------------------------------------------ every column, every funder, every choice


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_every_column_and_funder_ends_at_what_the_settlement_says(seed):
    """Under policies that change from refund to refund: column by column and for the platform, exactly."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    columns: dict[tuple[str, str], int] = {}
    platform = 0
    for quote in sequence(rng, settlement):
        for line in quote.lines:
            assert sum(amount.minor for amount in line.columns.values()) == line.cash.minor
            for name, amount in line.columns.items():
                columns[line.id, name] = columns.get((line.id, name), 0) + amount.minor
            platform -= sum(amount.minor for amount in line.platform.values())
    for line in settlement.lines:
        for name in COLUMNS:
            assert columns.get((line.id, name), 0) == getattr(line, name).minor, name
    assert platform == sum(-share.minor for each in settlement.adjustments for share in each.platform.values())


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_the_order_of_refunds_does_not_matter(seed):
    """The same parts in another order come to the same: cash, points, columns of each line, gifts and coupons."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    returns, freight, policy = parts(rng, settlement), rng.choice(["keep", "return", "parcel"]), a_policy(rng)
    other = rng.sample(returns, len(returns))
    sums = []
    for each in (returns, other):
        made = refunded(settlement, each, freight, policy)
        columns = {}
        for line in (line for quote in made for line in quote.lines):
            for name, amount in line.columns.items():
                columns[line.id, name] = columns.get((line.id, name), 0) + amount.minor
        sums.append(
            (
                sum(quote.cash.minor for quote in made),
                sum(quote.points for quote in made),
                sum(quote.earned_points for quote in made),
                sorted(name for quote in made for name in quote.coupons),
                sorted({(gift.rule, gift.sku) for quote in made for gift in quote.gifts}),
                {key: amount for key, amount in columns.items() if amount},
            )
        )
    if policy.recheck == "none":
        assert sums[0] == sums[1]
    else:  # what a small refund could not be charged waits for the next one, and earned points go by the cash
        assert [*sums[0][1:2], *sums[0][3:]] == [*sums[1][1:2], *sums[1][3:]]


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_no_step_of_any_sequence_is_negative_or_more_than_is_left(seed):
    """Cash, points, each side and each signed column: never against its sign, never beyond the settlement's."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    left = {line.id: {name: getattr(line, name).minor for name in COLUMNS} for line in settlement.lines}
    paid, points = settlement.payable.minor, settlement.points.used
    for quote in sequence(rng, settlement):
        paid, points = paid - quote.cash.minor, points - quote.points
        assert quote.cash.minor >= 0
        assert paid >= 0
        assert points >= 0
        for line in quote.lines:
            assert min(line.goods.minor, line.freight.minor, line.goods_points, line.freight_points) >= 0
            for name in ("goods", "promotions", "coupons", "freight", "surcharges", "freight_offers"):
                amount, before = line.columns.get(name, Money("0.00 CNY")).minor, left[line.id][name]
                assert 0 <= amount <= before or before <= amount <= 0
                left[line.id][name] = before - amount


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_what_hangs_on_an_order_comes_back_whole_and_once(seed):
    """Charges are given back, cards are filled, gifts, coupons and earned points come back: all of it, once."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    quotes = list(sequence(rng, settlement))
    assert sum(quote.cash.minor for quote in quotes) == settlement.payable.minor
    for name in ("amount", "platform"):
        assert sum(getattr(each, name).minor for quote in quotes for each in quote.charges) == 0
    for tender in settlement.tenders:
        back = [each.amount.minor for quote in quotes for each in quote.tenders if each.id == tender.id]
        assert sum(back) == tender.amount.minor
        assert min(back, default=0) >= 0
    assert sum(quote.to_method.minor for quote in quotes) == settlement.due.minor
    assert min(quote.to_method.minor for quote in quotes) >= 0
    assert sum(quote.earned_points for quote in quotes) == (settlement.points.earned if settlement.lines else 0)
    gifts = sum(milli(gift.quantity) for quote in quotes for gift in quote.gifts)
    assert gifts == sum(milli(gift.quantity) for gift in settlement.gifts)
    coupons = sorted(name for quote in quotes for name in quote.coupons)
    assert coupons == sorted(each.id for each in settlement.redemptions if each.kind == "coupon")


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_every_quote_reads_back_and_needs_no_request(seed):
    """With all that a policy adds; and a settlement that was stored gives the same quotes as one just made."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    stored = type(settlement).from_json(settlement.to_json())
    again = random.Random(seed)
    a_settlement(again)
    for quote, other in zip(sequence(rng, settlement), sequence(again, stored), strict=True):
        assert RefundQuote.from_json(quote.to_json()) == quote
        assert other.to_json() == quote.to_json()


# ------------------------------------------------------------------ cases of others


def paid_with(quantity, price, benefit):
    """One line with one platform coupon on it."""
    coupon = an_offer("off", benefit)
    checkout = a_checkout(a_line(price=price, quantity=quantity), customer={"coupons": ["off"]})
    return settled(checkout, a_rulebook(coupons=[coupon]))


def one_by_one(settlement, count):
    """The cash of so many refunds of one unit each."""
    history: list[RefundQuote] = []
    for _ in range(count):
        history.append(refund(settlement, {"a": 1}, history))
    return [str(quote.cash).removesuffix(" CNY") for quote in history]


def test_bi_133_three_equal_units_one_at_a_time():
    """They sum to the paid line; the last takes the remainder."""
    settlement = paid_with(3, "40.00", {"type": "amount_off", "amount": "20.00 CNY"})
    assert one_by_one(settlement, 3) == ["33.33", "33.33", "33.34"]


def test_a_full_refund_is_what_was_paid_where_two_halves_were_each_rounded_up():
    """WooCommerce #64668 proposed 179.26 for an order of 179.25; in ten steps it is the same sum."""
    settlement = paid_with(10, "23.90", {"type": "percent_off", "percent": "25"})
    assert str(refund(settlement, {"a": 10}).cash) == "179.25 CNY"
    assert sum(Decimal(cash) for cash in one_by_one(settlement, 10)) == Decimal("179.25")


def test_bi_134_a_rounded_total_comes_back_as_its_mirror():
    """Rounded down to 0.05 on the sale, the refund's rounding column is the sale's, sign and all."""
    settlement = settled(
        a_checkout(a_line("a", "3.33"), a_line("b", "6.65")),
        a_rulebook(policy={"round_total": {"unit": "0.05 CNY", "mode": "down"}}),
    )
    assert (str(settlement.payable), str(settlement.totals.rounding)) == ("9.95 CNY", "-0.03 CNY")
    whole = refund(settlement, {"a": 1, "b": 1})
    assert whole.cash == settlement.payable
    assert sum(line.columns["rounding"].minor for line in whole.lines) == -3


# ------------------------------------------------------------------ freight by the parcel


def two_parcels():
    """Two lines of one shop in one parcel of 10.00, one of another shop in one of 8.00."""
    return settled(
        a_checkout(
            a_line("a", freight_template="t1"),
            a_line("b", freight_template="t1"),
            a_line("c", shop="s2", freight_template="t1"),
        ),
        a_rulebook(freight_templates=[a_template()]),
    )


def test_freight_comes_back_with_the_last_line_of_its_parcel():
    """The freight of both lines, when the second of them comes back; the line of another parcel has its own."""
    settlement = two_parcels()
    first = refund(settlement, {"a": 1}, freight="parcel")
    assert str(first.cash) == "10.00 CNY"
    second = refund(settlement, {"b": 1}, [first], "parcel")
    assert str(second.cash) == "20.00 CNY"
    assert [(line.id, line.quantity, str(line.freight)) for line in second.lines] == [
        ("a", 0, "5.00 CNY"),
        ("b", 1, "5.00 CNY"),
    ]
    third = refund(settlement, {"c": 1}, [first, second], "parcel")
    assert (str(third.cash), [line.id for line in third.lines]) == ("18.00 CNY", ["c"])


def test_a_part_of_a_line_keeps_its_parcel():
    """Two of three pieces back: no freight; the third brings all of it."""
    settlement = bought()
    first = refund(settlement, {"a": 2}, freight="parcel")
    last = refund(settlement, {"a": 1}, [first], "parcel")
    assert (str(first.cash), str(last.cash)) == ("20.00 CNY", "30.00 CNY")


# ------------------------------------------------------------------ what a policy adds


def test_the_payment_fee_is_kept_and_later_returned():
    """1 % of 30.00 stays until a refund returns it; cash and fee column move together."""
    card = {"id": "card", "percent": "1", "borne_by": "buyer"}
    settlement = settled(a_checkout(a_line(quantity=3), payment_method="card"), a_rulebook(payment_methods=[card]))
    assert str(settlement.payable) == "30.30 CNY"
    first = refund(settlement, {"a": 2}, policy=RefundPolicy(payment_fee="keep"))
    assert (str(first.cash), "payment_fee" in first.lines[0].columns) == ("20.00 CNY", False)
    second = refund(settlement, {"a": 1}, [first])
    assert (str(second.cash), str(second.lines[0].columns["payment_fee"])) == ("10.30 CNY", "0.30 CNY")


def test_a_coupon_comes_back_with_the_last_line_that_it_touched():
    """A coupon on two lines after both; one on freight only when the freight came back as well."""
    free = {"type": "freight_off", "amount": "1.00 CNY"}
    settlement = settled(
        a_checkout(a_line("a", freight_template="t1"), a_line("b"), customer={"coupons": ["both", "freight"]}),
        a_rulebook(freight_templates=[a_template()], coupons=[an_offer("both"), an_offer("freight", free)]),
    )
    policy = RefundPolicy(coupons="return")
    first = refund(settlement, {"a": 1}, policy=policy)
    second = refund(settlement, {"b": 1}, [first], policy=policy)
    third = refund(settlement, {"a": 0}, [first, second], "return", policy)
    assert [quote.coupons for quote in (first, second, third)] == [(), ("both",), ("freight",)]
    assert refund(settlement, {"a": 1, "b": 1}, freight="return").coupons == ()


def test_gifts_are_sent_back_as_often_as_the_threshold_is_no_longer_met():
    """A mug for every two pieces: of five pieces two mugs; one back leaves two, three back leave one."""
    mug = {"type": "gift", "sku": "mug", "quantity": 1, "every": True}
    offer = an_offer("p1", tiers=[{"min_quantity": 2, "benefit": mug}], scope={"skus": ["k"]})
    settlement = settled(a_checkout(a_line(quantity=5), a_line("b", sku="z")), a_rulebook(promotions=[offer]))
    assert settlement.gifts[0].quantity == 2
    policy, history, sent = RefundPolicy(gifts="return"), [], []
    for _ in range(5):
        history.append(refund(settlement, {"a": 1}, history, policy=policy))
        sent.append([(gift.sku, gift.quantity) for gift in history[-1].gifts])
    assert sent == [[], [("mug", 1)], [], [("mug", 1)], []]


def test_a_gift_stays_while_other_lines_come_back():
    """Only the lines that the gift was given for take it along."""
    offer = an_offer("p1", {"type": "gift", "sku": "mug", "quantity": 1}, scope={"skus": ["k"]})
    settlement = settled(a_checkout(a_line("a"), a_line("b", sku="z")), a_rulebook(promotions=[offer]))
    stored = type(settlement).from_json(settlement.to_json())
    for each in (settlement, stored):
        policy = RefundPolicy(gifts="return")
        assert refund(each, {"b": 1}, policy=policy).gifts == ()
        assert [gift.sku for gift in refund(each, {"a": 1}, policy=policy).gifts] == ["mug"]


def test_earned_points_are_taken_back_in_proportion_and_down():
    """30 points for 30.00 CNY: 10 a piece; of one earned point a third is none, and the last piece takes it."""
    earn = {"points": 100, "worth": "1.00 CNY", "earn": {"per": "1.00 CNY", "points": 1}}
    policy = RefundPolicy(earned_points="take_back")
    settlement = settled(a_checkout(a_line(quantity=3)), a_rulebook(points=earn))
    assert refund(settlement, {"a": 1}, policy=policy).earned_points == 10
    one = settled(a_checkout(a_line(quantity=3)), a_rulebook(points=earn | {"earn": {"per": "30.00 CNY", "points": 1}}))
    first = refund(one, {"a": 2}, policy=policy)
    assert (first.earned_points, refund(one, {"a": 1}, [first], policy=policy).earned_points) == (0, 1)


def earning(on, *lines):
    """A point a yuan, on payable or on goods; freight is 99.00."""
    earn = {"points": 100, "worth": "1.00 CNY", "earn": {"per": "1.00 CNY", "points": 1, "on": on}}
    return settled(a_checkout(*lines), a_rulebook(points=earn, freight_templates=[a_template(fee="99.00")]))


def test_freight_that_is_kept_keeps_its_points():
    """Of 199 points for 100.00 and 99.00 of freight the goods take 100; the freight, when it comes back, the rest."""
    settlement = earning("payable", a_line("a", "100.00", freight_template="t1"))
    policy = RefundPolicy(earned_points="take_back")
    first = refund(settlement, {"a": 1}, policy=policy)
    assert (str(first.cash), first.earned_points) == ("100.00 CNY", 100)
    assert refund(settlement, {"a": 0}, [first], "return", policy).earned_points == 99


def test_points_earned_on_goods_go_by_goods():
    """101 points for goods of 100.00 and 1.00: the small line takes one of them, whatever its freight was."""
    settlement = earning("goods", a_line("a", "100.00"), a_line("b", "1.00", freight_template="t1"))
    policy = RefundPolicy(earned_points="take_back", earned_on="goods")
    for order in ("ab", "ba"):
        history: list[RefundQuote] = []
        for name in order:
            history.append(refund(settlement, {name: 1}, history, policy=policy))
        taken = {quote.lines[0].id: quote.earned_points for quote in history}
        assert taken == {"a": 100, "b": 1}


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_points_earned_on_goods_come_back_whole_and_once(seed):
    """None is below 0, and once all goods are back all points are, with the freight or without it."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    policy, history = a_policy(rng).model_copy(update={"earned_points": "take_back", "earned_on": "goods"}), []
    returns = [{line.id: line.quantity} for line in settlement.lines]
    for each in rng.sample(returns, len(returns)):
        history.append(refund(settlement, each, history, rng.choice(["keep", "return"]), policy))
        assert history[-1].earned_points >= 0
    assert sum(quote.earned_points for quote in history) == (settlement.points.earned if settlement.lines else 0)


# ------------------------------------------------------------------ thresholds


def over_300(*lines, share=None, **fields):
    """50.00 off from 300.00 on."""
    tier = {"min_amount": "300.00 CNY", "benefit": {"type": "amount_off", "amount": "50.00 CNY"}}
    offer = an_offer("m300", issuer="s1", tiers=[tier], **fields)
    return settled(a_checkout(*lines), a_rulebook(promotions=[offer | ({"platform_share": share} if share else {})]))


RECHECK = RefundPolicy(recheck="thresholds")


def test_an_offer_whose_threshold_no_longer_holds_is_charged_back():
    """Of 350.00 less 50.00 a piece of 150.00 comes back: 200.00 stay to be paid, so 100.00 go back, and so it says."""
    settlement = over_300(a_line("a", "200.00"), a_line("b", "150.00"))
    first = refund(settlement, {"b": 1}, policy=RECHECK)
    assert (str(first.lines[0].cash), str(first.cash)) == ("128.57 CNY", "100.00 CNY")
    assert [(each.rule, each.line, str(each.amount)) for each in first.charges] == [("m300", "a", "28.57 CNY")]
    assert "Charged back: m300 on a" in str(first)
    rest = refund(settlement, {"a": 1}, [first], policy=RECHECK)
    assert (str(rest.cash), str(rest.charges[0].amount)) == ("200.00 CNY", "-28.57 CNY")
    assert "Charge given back: m300 on a" in str(rest)
    assert "Charge given back, m300 on a: " in str(explain_refund(settlement, rest, history=[first]))


def test_an_offer_whose_threshold_still_holds_is_left_alone():
    """300.00 are left: nothing is charged; nor without a recheck."""
    settlement = over_300(a_line("a", "300.00"), a_line("b", "50.00"))
    assert refund(settlement, {"b": 1}, policy=RECHECK).charges == ()
    assert refund(settlement, {"a": 1}).charges == ()


def test_a_charge_is_never_more_than_the_refund_is_worth():
    """Of 305.00 the piece of 10.00 comes back: 48.36 would be charged, 8.36 are; the next refund charges the rest."""
    settlement = over_300(a_line("a", "100.00", quantity=2), a_line("b", "95.00"), a_line("c", "10.00"))
    first = refund(settlement, {"c": 1}, policy=RECHECK)
    assert (str(first.lines[0].cash), str(first.cash)) == ("8.36 CNY", "0.00 CNY")
    assert str(first.uncharged) == "40.00 CNY"
    assert "Could not be charged back: CN¥40.00" in str(first)
    assert RefundQuote.from_json(first.to_json()) == first
    second = refund(settlement, {"b": 1}, [first], policy=RECHECK)
    assert str(first.cash + second.cash) == "55.00 CNY"  # 255.00 were paid, 200.00 are kept at full price
    assert sum(each.amount.minor for quote in (first, second) for each in quote.charges) == 3279
    assert not second.uncharged
    assert "uncharged" not in second.to_dict()


def test_the_platform_gets_its_part_of_what_is_charged_back():
    """It bore 40 % of the offer, and gets 40 % of the charge; the rest is the shop's."""
    settlement = over_300(a_line("a", "200.00"), a_line("b", "150.00"), share="40")
    assert [str(each.platform) for each in refund(settlement, {"b": 1}, policy=RECHECK).charges] == ["11.43 CNY"]


def test_a_refund_with_a_charge_is_a_balanced_entry():
    """In the journal the charge goes to those who bore the offer: 11.43 and 17.14 of 28.57."""
    settlement = over_300(a_line("a", "200.00"), a_line("b", "150.00"), share="40")
    _, entry = entries([settlement, refund(settlement, {"b": 1}, policy=RECHECK)])
    assert sum(row.amount.minor for row in entry.postings) == 0
    charged = {row.funder: str(row.amount) for row in entry.postings if row.stage == "refund_charge"}
    assert charged == {"platform": "-11.43 CNY", "shop": "-17.14 CNY"}


def test_a_threshold_looks_at_what_earlier_offers_left():
    """Under the net policy the one before counts: 320.00 less 10.00; 20.00 back leave 290.62, which is too little."""
    tier = {"min_amount": "300.00 CNY", "benefit": {"type": "amount_off", "amount": "50.00 CNY"}}
    early = an_offer("early", {"type": "amount_off", "amount": "10.00 CNY"}, issuer="s1", stage="item")
    late = an_offer("late", issuer="s1", tiers=[tier])
    lines = (a_line("a", "300.00"), a_line("b", "20.00"))
    for basis, rules in (("net", ["late"]), ("goods", [])):
        settlement = settled(
            a_checkout(*lines), a_rulebook(promotions=[early, late], policy={"threshold_amount": basis})
        )
        stored = type(settlement).from_json(settlement.to_json())
        for each in (settlement, stored):
            assert [charge.rule for charge in refund(each, {"b": 1}, policy=RECHECK).charges] == rules


def test_a_condition_on_other_goods_is_looked_at_there():
    """Two of A make B half price: with one A left B's half price is charged back; B itself may come back freely."""
    half = {"min_quantity": 2, "benefit": {"type": "percent_off", "percent": "50"}}
    offer = an_offer("ab", tiers=[half], scope={"skus": ["b"]}, condition_scope={"skus": ["a"]})
    settlement = settled(
        a_checkout(a_line("a", sku="a", quantity=2), a_line("b", sku="b", quantity=2)), a_rulebook(promotions=[offer])
    )
    quote = refund(settlement, {"a": 1}, policy=RECHECK)
    assert [(each.line, str(each.amount)) for each in quote.charges] == [("b", "10.00 CNY")]
    assert refund(settlement, {"b": 1}, policy=RECHECK).charges == ()


def test_an_offer_that_the_cart_had_to_hold_something_for_is_looked_at_again():
    """20.00 off tea with a coat: the coat comes back, and the tea costs what it costs; so does its gift."""
    with_coat = {"scope": {"skus": ["k"]}, "conditions": [{"type": "cart_holds", "skus": ["coat"], "min_quantity": 2}]}
    off = an_offer("off", {"type": "amount_off", "amount": "20.00 CNY"}, **with_coat)
    mug = an_offer("mug", {"type": "gift", "sku": "mug", "quantity": 1}, **with_coat)
    settlement = settled(
        a_checkout(a_line("a", "100.00"), a_line("b", "50.00", sku="coat", quantity=3)),
        a_rulebook(promotions=[off, mug]),
    )
    for each in (settlement, type(settlement).from_json(settlement.to_json())):
        first = refund(each, {"b": 1}, policy=ALL)
        assert (first.charges, first.gifts) == ((), ())
        second = refund(each, {"b": 1}, [first], policy=ALL)
        assert (str(second.cash), [gift.sku for gift in second.gifts]) == ("30.00 CNY", ["mug"])
        assert [(row.rule, row.line) for row in second.charges] == [("off", "a")]
        assert refund(each, {"b": 2}).charges == ()


def test_a_shop_looks_for_what_the_cart_holds_among_its_own_lines():
    """Another shop's coat doesn't stand in for it; of categories nothing is known, so nothing is charged."""
    for condition, rules in ({"skus": ["coat"]}, ["off"]), ({"categories": ["c"]}, []):
        off = an_offer("off", {"type": "amount_off", "amount": "20.00 CNY"}, issuer="s1", scope={"skus": ["k"]},
                       conditions=[{"type": "cart_holds", **condition}])  # fmt: skip
        coats = [a_line(name, sku="coat", shop=shop, categories=["c"]) for name, shop in (("b", "s1"), ("c", "s2"))]
        settlement = settled(a_checkout(a_line("a", "100.00"), *coats), a_rulebook(promotions=[off]))
        assert [each.rule for each in refund(settlement, {"b": 1}, policy=RECHECK).charges] == rules


def test_a_settlement_without_facts_is_not_rechecked():
    """Another program's settlement may say nothing of thresholds; then nothing is charged."""
    settlement = over_300(a_line("a", "200.00"), a_line("b", "150.00"))
    document = settlement.to_dict()
    for adjustment in document["adjustments"]:
        adjustment["facts"] = {}
    bare = type(settlement).from_json(json.dumps(document))
    assert refund(bare, {"b": 1}, policy=RECHECK).charges == ()


def test_a_refund_without_a_recheck_leaves_charges_on_what_is_kept():
    """Nothing comes back: nothing is given back; a line of which a part comes back gives back that part's charge."""
    settlement = over_300(a_line("a", "100.00", quantity=2), a_line("b", "150.00"))
    first = refund(settlement, {"b": 1}, policy=RECHECK)
    assert [str(each.amount) for each in first.charges] == ["28.57 CNY"]
    nothing = refund(settlement, {"a": 0}, [first])
    assert (str(nothing.cash), nothing.charges) == ("0.00 CNY", ())
    one = refund(settlement, {"a": 1}, [first, nothing])
    assert [str(each.amount) for each in one.charges] == ["-14.28 CNY"]
    last = refund(settlement, {"a": 1}, [first, nothing, one])
    assert sum(quote.cash.minor for quote in (first, nothing, one, last)) == settlement.payable.minor


@given(st.integers(0, 2**32))
@settings(max_examples=examples(100))
def test_a_refund_of_nothing_without_a_recheck_changes_nothing(seed):
    """Whatever was charged before, under whatever policies."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    history: list[RefundQuote] = []
    for quote in sequence(rng, settlement):
        history.append(quote)
        nothing = refund(settlement, {}, history)
        assert (nothing.cash.minor, nothing.charges) == (0, ())


@given(st.integers(0, 2**32))
@settings(max_examples=examples(120))
def test_what_is_given_back_and_charged_of_a_column_is_no_more_than_it_took_off(seed):
    """Line by line, of the platform and of the shop; so nobody pays more than goods cost without any offer."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    columns = {
        each.rule: "freight_offers" if "freight" in each.stage else f"{each.stage.rpartition('_')[2]}s"
        for each in settlement.adjustments
        if each.stage.endswith(("_promotion", "_coupon"))
    }
    taken: dict[tuple[str, str, bool], int] = {}
    for each in settlement.adjustments:
        for name, share in each.shares.items() if each.rule in columns else ():
            borne = each.platform[name].minor if name in each.platform else 0
            for by_platform, amount in ((False, share.minor - borne), (True, borne)):
                key = (name, columns[each.rule], by_platform)
                taken[key] = taken.get(key, 0) - amount
    back: dict[tuple[str, str, bool], int] = {}
    for quote in sequence(rng, settlement, fair=False):
        rows = [
            (line.id, name, -amount.minor, -line.platform[name].minor if name in line.platform else 0)
            for line in quote.lines
            for name, amount in line.columns.items()
            if name in ("promotions", "coupons", "freight_offers")
        ]
        rows += [(each.line, columns[each.rule], each.amount.minor, each.platform.minor) for each in quote.charges]
        for name, column, amount, borne in rows:
            for by_platform, part in ((False, amount - borne), (True, borne)):
                back[name, column, by_platform] = back.get((name, column, by_platform), 0) + part
        for key, amount in back.items():
            assert 0 <= amount <= taken.get(key, 0), key


def test_two_offers_are_not_charged_more_than_they_took_off_together():
    """0.04 of two coupons on three pieces: 0.01 came back with the first, 0.03 are charged, not 0.02 of each."""
    coupons = [an_offer(name, {"type": "amount_off", "amount": "0.02 CNY"}) for name in ("c1", "c2")]
    for each in coupons:
        each["tiers"][0]["min_amount"] = "29.90 CNY"
    settlement = settled(
        a_checkout(a_line(quantity=3), customer={"coupons": ["c1", "c2"]}),
        a_rulebook(coupons=coupons, policy={"coupons_platform": 2}),
    )
    quote = refund(settlement, {"a": 1}, policy=RECHECK)
    assert [(each.rule, str(each.platform)) for each in quote.charges] == [("c1", "0.02 CNY"), ("c2", "0.01 CNY")]


@given(st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_a_history_in_another_order_makes_the_same_quote(seed):
    """To the byte: charges stand by rule and line, whichever refund charged first."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    history = list(sequence(rng, settlement))[:-1]
    rest = {line.id: 0 for line in settlement.lines}
    one, other = (
        refund(settlement, rest, each, "return", ALL).to_json() for each in (history, rng.sample(history, len(history)))
    )
    assert one == other
    rows = [(each.rule, each.line) for each in refund(settlement, rest, history, "return", ALL).charges]
    assert rows == sorted(rows)


# ------------------------------------------------------------------ cards, previews


def paid_by_cards():
    """30.00: 12.00 by gift card, 6.00 by stored value, 12.00 by the method."""
    tenders = [
        {"id": "g", "type": "gift_card", "balance": "12.00 CNY"},
        {"id": "v", "type": "stored_value", "balance": "6.00 CNY"},
    ]
    return settled(a_checkout(a_line(quantity=3), tenders=tenders))


@pytest.mark.parametrize(
    ("mode", "cards", "method"),
    [
        ("in_proportion", {"g": "4.00 CNY", "v": "2.00 CNY"}, "4.00 CNY"),
        ("method_first", {}, "10.00 CNY"),
        ("tenders_first", {"g": "4.00 CNY", "v": "6.00 CNY"}, "0.00 CNY"),
    ],
)
def test_cash_goes_back_to_what_was_paid_with(mode, cards, method):
    """In proportion, the payment method first, or the cards first, the last that paid before the others."""
    quote = refund(paid_by_cards(), {"a": 1}, policy=RefundPolicy(tenders=mode))
    assert {each.id: str(each.amount) for each in quote.tenders} == cards
    assert str(quote.to_method) == method
    assert str(quote.cash) == "10.00 CNY"


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_a_preview_is_what_refunds_then_give(seed):
    """The next units in turn, and all that is left of a line, are what `refund()` gives for them."""
    rng = random.Random(seed)
    settlement = a_settlement(rng)
    history = list(sequence(rng, settlement))[:-1]
    policy = a_policy(rng)
    for each in preview(settlement, history, "return", policy, most=3):
        whole = refund(settlement, {each.line: each.left}, history, "return", policy)
        assert (each.all_left, each.points) == (whole.cash, whole.points)
        chain = list(history)
        for unit in each.units:
            chain.append(refund(settlement, {each.line: 1}, chain, "return", policy))
            assert unit == chain[-1].cash
    assert preview(settlement, list(sequence(rng, settlement))) == ()


def test_a_quote_whose_columns_contradict_its_cash_is_refused():
    """What who bears is read from the columns, so they are as strict as the sums."""
    document = json.loads(refund(bought(), {"a": 1}).to_json())
    document["lines"][0]["goods_part"]["columns"]["goods"] = "10.01 CNY"
    assert problems(lambda: RefundQuote.from_json(json.dumps(document))) == [("lines[0].goods_part", "value.invalid")]
