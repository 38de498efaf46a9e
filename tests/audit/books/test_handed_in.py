"""What a journal is handed: orders that are told apart, and what is refused before anything is booked."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns import a_payable, sequence
from samples import a_checkout, a_line, settled
from settlement import Deduction, RefundQuote, Settlement, refund
from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.audit.books.journal import beancount_text, csv_text, entries, totals
from settlement.audit.record import record
from settlement.errors import InvalidDocument, RefundExceeds

SECONDS = "2026-12-0{}T10:00:00+08:00"


def a_payment(**line):
    """28.50 of one shop."""
    return settled(a_checkout(a_line("a", "9.50", quantity=3, **line)))


def buyers(journal):
    """What the buyers paid, in minor units."""
    return sum(row.amount.minor for entry in journal for row in entry.postings if row.account == ("Assets", "Buyers"))


def codes(*args, **kwargs):
    """The place and code of each problem that a journal is refused for."""
    with pytest.raises(InvalidDocument) as caught:
        entries(*args, **kwargs)
    return [(problem.place, problem.code) for problem in caught.value.problems]


# ------------------------------------------------------------------ two buyers


def test_two_buyers_with_equal_requests_in_one_second_are_two_orders():
    """57.00 are booked of 28.50 and 28.50, and each entry says which order it is."""
    one, two = a_payment().for_order("A-1001"), a_payment().for_order("A-1002")
    assert one.digest == two.digest
    journal = entries([one, two])
    assert buyers(journal) == 5700
    assert [entry.order for entry in journal] == ["A-1001", "A-1002"]
    assert [str(row.amount) for row in totals([one, two], by=("shop",))] == ["57.00 CNY"]
    assert buyers(entries([record(one), Settlement.from_json(two.to_json())])) == 5700
    text = beancount_text(journal)
    assert '  order: "A-1001"' in text
    assert "^order-A-2d-1002" in text
    assert [row.split(",")[3] for row in csv_text(journal).splitlines()] == [
        "order", "A-1001", "A-1001", "A-1002", "A-1002",
    ]  # fmt: skip


def test_two_settlements_of_one_digest_are_refused_without_their_names():
    """Nobody knows whether it is one order twice: refused, with what would be right; so is one order twice."""
    paid = a_payment()
    assert codes([paid, record(paid)]) == [("sources[1]", "order.unnamed")]
    assert codes([paid.for_order("A-1"), paid]) == [("sources[1]", "order.unnamed")]
    assert codes([paid], before=[paid]) == [("sources[0]", "order.unnamed")]
    assert codes([paid.for_order("A-1"), paid.for_order("A-1")]) == [("sources[1].order", "order.twice")]
    other = settled(a_checkout(a_line("b", "1.00"), order="A-1"))
    assert codes([paid.for_order("A-1"), other]) == [("sources[1].order", "order.twice")]
    with pytest.raises(InvalidDocument, match=r"sources\[0\] has the same digest.*for_order"):
        entries([paid, paid])


def test_a_refund_is_booked_to_its_own_order():
    """Each buyer's refund goes to that buyer's order; one that names none of two is refused, as is a third order's."""
    one, two = a_payment().for_order("A-1"), a_payment().for_order("A-2")
    back = refund(two, {"a": 1})
    journal = entries([one, two, back])
    assert [(entry.kind, entry.order) for entry in journal][-1] == ("refund", "A-2")
    nameless = refund(a_payment(), {"a": 1})
    assert codes([one, two, nameless]) == [("sources[2].order", "order.which")]
    assert codes([one, two, payout(a_payment())]) == [("sources[2].order", "order.which")]
    assert codes([one, back, payout(two)]) == [
        ("sources[1].order", "order.mismatch"),
        ("sources[2].order", "order.mismatch"),
    ]
    assert entries([one, nameless])[-1].order == "A-1"
    assert entries([a_payment(), back])[-1].order == "A-2"


# ------------------------------------------------------------------ refunds


def test_a_refund_that_stands_twice_is_told():
    """By its id, by being the same, by coming to more than was sold; and where nothing tells two apart, by that."""
    paid = a_payment()
    first = refund(paid, {"a": 1})
    again = RefundQuote.from_json(first.to_json())
    assert codes([paid, first, first]) == [("sources[2]", "refund.twice")]
    assert codes([paid, first, again]) == [("sources[2]", "refund.alike")]
    assert codes([paid, first.known_as("r1"), again]) == [("sources[2]", "refund.alike")]
    assert codes([paid, first.known_as("r1"), again.known_as("r1")]) == [("sources[2]", "refund.twice")]
    assert codes([again], before=[paid, first]) == [("sources[0]", "refund.alike")]
    with pytest.raises(RefundExceeds):
        entries([paid, refund(paid, {"a": 2}), refund(paid, {"a": 3})])
    for told in (
        [first.known_as("r1"), again.known_as("r2")],
        [first.known_as(at=SECONDS.format(1)), again.known_as(at=SECONDS.format(2))],
    ):
        assert buyers(entries([paid, *told])) == 950


def test_a_refund_stands_on_its_own_day():
    """Its instant says the day, by the clock of the books; what has none stands where it did."""
    paid = a_payment()
    late = refund(paid, {"a": 1}, id="r1", at="2026-11-30T23:30:00Z")
    out = payout(paid, refunds=[late], at="2026-12-01T23:30:00Z", id="p1")
    journal = entries([paid, late, out], offset=timedelta(hours=8), refunded=date(2027, 1, 1))
    assert [(entry.kind, entry.on.isoformat(), entry.id) for entry in journal] == [
        ("settlement", "2026-11-11", None),
        ("refund", "2026-12-01", "r1"),
        ("payout", "2026-12-02", "p1"),
    ]
    assert entries([paid, refund(paid, {"a": 1})], refunded=date(2027, 1, 1))[-1].on == date(2027, 1, 1)


def test_next_months_refund_is_exported_alone():
    """With what was booked before beside it, it makes the one entry that the whole journal ends with."""
    paid = a_payment()
    first = refund(paid, {"a": 1}, at=SECONDS.format(1))
    second = refund(paid, {"a": 2}, [first], at=SECONDS.format(2))
    whole = entries([paid, first, second])
    assert entries([second], before=[paid, first]) == whole[-1:]
    assert entries([second], before=[record(paid)]) == whole[-1:]
    assert totals([second], by=("shop",), before=[paid])[0].amount == -second.cash
    assert codes([second]) == [("sources[0]", "refund.no_settlement")]
    assert codes([payout(paid)]) == [("sources[0]", "payout.no_settlement")]
    with pytest.raises(RefundExceeds):
        entries([refund(paid, {"a": 2})], before=[paid, refund(paid, {"a": 3})])


# ------------------------------------------------------------------ payouts


def paid_out(seed):
    """A settlement, its refunds, each with an id of its own, and the payout after each."""
    rng = random.Random(seed)
    paid = a_payable(rng, commission_percent=["5", "12.5"]).for_order("A-1")
    quotes, payouts = [], [payout(paid)]
    for at, quote in enumerate(sequence(rng, paid)):
        quotes.append(quote.known_as(f"r{at}"))
        payouts.append(payout(paid, refunds=quotes))
    return paid, quotes, payouts


def balances(journal):
    """What stands on each account."""
    found = {}
    for entry in journal:
        for row in entry.postings:
            found[row.account] = found.get(row.account, 0) + row.amount.minor
    return {account: amount for account, amount in found.items() if amount}


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_payouts_are_booked_by_what_they_cover(seed, rng):
    """In whatever order a shell lists the files, the books end where they end in the order in which things happened."""
    paid, quotes, payouts = paid_out(seed)
    files = [paid, *quotes, *payouts]
    expected = balances(entries(files))
    rng.shuffle(files)
    assert balances(entries(files)) == expected


@given(st.integers(0, 2**32), st.integers(0, 20), st.randoms(use_true_random=False))
def test_a_journal_of_two_months_is_the_journals_of_each(seed, cut, rng):
    """What was booked before is only looked up: the two exports together come to what one export of all comes to."""
    paid, quotes, payouts = paid_out(seed)
    cut = min(cut, len(quotes))
    first, second = [paid, *quotes[:cut], *payouts[: cut + 1]], [*quotes[cut:], *payouts[cut + 1 :]]
    rng.shuffle(second)
    assert balances([*entries(first), *entries(second, before=first)]) == balances(entries([*first, *second]))


def test_a_deduction_on_a_line_that_came_back_before_parts_no_payouts():
    """The second refund keeps 5.00 of the first shop's goods; the payout that covers both is still the later."""
    paid = settled(a_checkout(a_line("a", "50.00"), a_line("b", "50.00", shop="s2")))
    one = refund(paid, {"a": 1})
    kept = [Deduction(reason="late", amount="5.00 CNY", line="a")]
    two = refund(paid, {"b": 1}, [one], deductions=kept)
    later, earlier = payout(paid, refunds=[one, two]), payout(paid, refunds=[one])
    assert balances(entries([paid, one, two, later, earlier])) == balances(entries([paid, one, two, earlier, later]))


def test_payouts_of_which_none_follows_the_other_are_refused():
    """Each covers what the other does not; instants say otherwise; two of one cover differ; one comes too late."""
    paid = settled(a_checkout(a_line("a", "50.00", commission_percent="5"), a_line("b", "50.00", shop="s2")))
    one, two = refund(paid, {"a": 1}), refund(paid, {"b": 1})
    none, left, right, both = (payout(paid, refunds=each) for each in ([], [one], [two], [one, two]))
    for given_ in permutations([left, right]):
        assert codes([paid, none, *given_]) == [("sources[3]", "payout.apart")]
    early, late = (both.model_copy(update={"at": SECONDS.format(1)}), left.model_copy(update={"at": SECONDS.format(2)}))
    assert codes([paid, early, late]) == [("sources[1].at", "payout.order")]
    assert codes([none], before=[paid, left]) == [("before[1]", "payout.late")]
    other = payout(paid, PayoutPolicy(commission_basis="paid", commission_on_refund="keep"), [one])
    assert codes([paid, left, other]) == [("sources[2]", "payout.which")]
    dated = [each.model_copy(update={"at": SECONDS.format(day)}) for day, each in ((2, left), (1, other))]
    assert [entry.id for entry in entries([paid, *dated])] == [None] * 3
    assert len(entries([paid, left, Payout.from_json(left.to_json())])) == 2
    assert len(entries([other], before=[paid, left])) == 1
    assert entries([left], before=[paid, left.model_copy(update={"at": SECONDS.format(1)})]) == []
    assert codes([left], before=[paid, both]) == [("before[1]", "payout.late")]


def test_payouts_that_leave_out_different_refunds_are_noticed_however_many_each_covers():
    """One covers 20.00, the other two refunds of 15.00 and 30.00: more in number and cash, and the 20.00 is missing."""
    lines = [
        a_line(name, price, commission_percent="5") for name, price in (("a", "20.00"), ("b", "15.00"), ("c", "30.00"))
    ]
    paid = settled(a_checkout(*lines))
    first, second, third = (refund(paid, {name: 1}) for name in "abc")
    left, right = payout(paid, refunds=[first]), payout(paid, refunds=[second, third])
    assert (left.covers, right.covers) == (1, 2)
    assert left.refunded < right.refunded
    for given_ in permutations([left, right]):
        assert [code for _, code in codes([paid, *given_])] == ["payout.apart"]
    assert codes([right], before=[paid, left]) == [("sources[0]", "payout.apart")]
    whole = payout(paid, refunds=[third, first.known_as("R-1"), RefundQuote.from_json(second.to_json())])
    assert len(entries([paid, left, whole])) == len(entries([paid, right, whole])) == 3
    old = [Payout.from_json(json.dumps(each.model_dump(mode="json", exclude={"covered"}))) for each in (left, right)]
    assert len(entries([paid, *old])) == 3  # of an older version, nobody can tell
    with pytest.raises(InvalidDocument, match="covered: names as many refunds as it covers"):
        left.model_copy(update={"covers": 2})
