"""The second pass: whatever a step gets wrong by one minor unit, nothing is returned (contract §7)."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, everything, result, settled, taxed
from settlement import InvariantBroken
from settlement.engine import settle as engine
from settlement.receipts.columns import PLACES, STAGES
from settlement.receipts.recheck import folded

STEPS = (*engine.PROMOTIONS, *engine.STEPS)
#: The stages whose adjustments a step makes.
MAKES = {
    "item_promotions": {"item_promotion"},
    "shop_promotions": {"shop_promotion"},
    "platform_promotions": {"platform_promotion"},
    "shop_coupons": {"shop_coupon"},
    "platform_coupons": {"platform_coupon"},
    "freight": {"freight", "surcharge"},
    "freight_promotions": {"freight_promotion"},
    "freight_coupons": {"freight_coupon"},
    "points": {"points"},
    "goods_and_freight_tax": {"goods_tax", "freight_tax"},
    "payment_fee": {"payment_fee"},
    "fee_tax": {"fee_tax"},
    "round_total": {"rounding"},
}


def changed(row, place, by):
    """The same kind of sequence with one number changed."""
    return type(row)([value + by if at == place else value for at, value in enumerate(row)])


def a_share(ledger, _):
    """One share, one minor unit."""
    stage, rule, amount, lines, shares, _, facts = ledger.entries[-1]
    ledger.entries[-1] = (stage, rule, amount, lines, changed(shares, 0, 1), None, facts)


def a_share_and_its_amount(ledger, _):
    """One share and the amount with it, so that the entry still adds up."""
    stage, rule, amount, lines, shares, _, facts = ledger.entries[-1]
    ledger.entries[-1] = (stage, rule, amount + 1, lines, changed(shares, 0, 1), None, facts)


def an_amount(ledger, _):
    """The amount of an entry."""
    stage, rule, amount, *rest = ledger.entries[-1]
    ledger.entries[-1] = (stage, rule, amount - 1, *rest)


def a_unit_moved(ledger, _):
    """One minor unit of an entry moved to another line: every sum still holds."""
    stage, rule, amount, lines, shares, _, facts = ledger.entries[-1]
    shares = changed(changed(shares, 0, 1), 1, -1)
    ledger.entries[-1] = (stage, rule, amount, lines, shares, None, facts)


def shared_last(ledger):
    """The place of the last entry over several lines: a surcharge may be one line's alone."""
    return max(at for at, entry in enumerate(ledger.entries) if len(entry[3]) > 1)


def lines_exchanged(ledger, _):
    """The lines of an entry in another order than its shares."""
    at = shared_last(ledger)
    stage, rule, amount, lines, *rest = ledger.entries[at]
    ledger.entries[at] = (stage, rule, amount, lines[::-1], *rest)


def a_line_twice(ledger, _):
    """A line that stands in an entry twice, in the place of another."""
    at = shared_last(ledger)
    stage, rule, amount, lines, *rest = ledger.entries[at]
    ledger.entries[at] = (stage, rule, amount, (*lines[:-1], lines[0]), *rest)


def a_line_that_is_not_there(ledger, _):
    """A place behind the last line."""
    stage, rule, amount, lines, *rest = ledger.entries[-1]
    ledger.entries[-1] = (stage, rule, amount, (*lines[:-1], 99), *rest)


def a_line_from_behind(ledger, _):
    """A place below 0, which Python counts from the end."""
    stage, rule, amount, lines, *rest = ledger.entries[-1]
    ledger.entries[-1] = (stage, rule, amount, (*lines[:-1], lines[-1] - 3), *rest)


def an_entry_lost(ledger, _):
    """An entry that never reaches the audit trail."""
    ledger.entries.pop()


def an_entry_twice(ledger, _):
    """An entry that is written twice."""
    ledger.entries.append(ledger.entries[-1])


def another_stage(ledger, _):
    """An entry in a column where it does not belong."""
    stage, *rest = ledger.entries[-1]
    ledger.entries[-1] = (0 if STAGES[stage] == "points" else STAGES.index("points"), *rest)


def a_running_amount(ledger, step):
    """What the step keeps for one line: its net, its freight, or what is due."""
    if step.startswith("freight"):
        ledger.freight = changed(ledger.freight, 0, 1)
    elif step in {"points", "goods_and_freight_tax", "payment_fee", "fee_tax", "round_total"}:
        ledger.due = changed(ledger.due, 0, 1)
    else:
        ledger.net = changed(ledger.net, 0, 1)


TAMPERINGS = (
    a_share,
    a_share_and_its_amount,
    an_amount,
    a_unit_moved,
    lines_exchanged,
    a_line_twice,
    a_line_that_is_not_there,
    a_line_from_behind,
    an_entry_lost,
    an_entry_twice,
    another_stage,
    a_running_amount,
)


def tampered(monkeypatch, at, tamper):
    """The engine with one step that goes wrong afterwards, seen to have made its entries."""
    step = STEPS[at]

    def wrong(case, ledger, picks):
        before = len(ledger.entries)
        step(case, ledger, picks)
        assert {STAGES[entry[0]] for entry in ledger.entries[before:]} == MAKES[step.__name__]
        tamper(ledger, step.__name__)

    steps = tuple(wrong if place == at else each for place, each in enumerate(STEPS))
    count = len(engine.PROMOTIONS)
    monkeypatch.setattr(engine, "PROMOTIONS", steps[:count])
    monkeypatch.setattr(engine, "STEPS", steps[count:])


def sample(at):
    """A request in which this step makes its entries; with taxes where it is one of theirs."""
    return taxed() if "tax" in STEPS[at].__name__ else everything()


@pytest.mark.parametrize("at", range(len(STEPS)), ids=lambda at: STEPS[at].__name__)
@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_step_that_is_off_by_one_minor_unit_is_caught(monkeypatch, at, tamper):
    """Each step, broken in each way by one minor unit, raises InvariantBroken: no wrong cent is ever returned."""
    tampered(monkeypatch, at, tamper)
    with pytest.raises(InvariantBroken):
        settled(*sample(at))


@pytest.mark.parametrize("at", range(len(STEPS)), ids=lambda at: STEPS[at].__name__)
def test_a_step_that_is_not_tampered_with_is_not_caught(monkeypatch, at):
    """The same wrapping without a change settles as ever, so it is the change that is caught."""
    expected = settled(*sample(at)).to_json()
    tampered(monkeypatch, at, lambda _ledger, _step: None)
    assert settled(*sample(at)).to_json() == expected


@pytest.mark.parametrize("part", ["fee", "surcharge"])
def test_a_parcel_that_pays_something_else_is_caught(monkeypatch, part):
    """A parcel's fee and surcharge are those of the adjustments."""

    def tamper(ledger, _):
        first, *rest = ledger.charges
        ledger.charges = [first._replace(**{part: getattr(first, part) + 1}), *rest]

    tampered(monkeypatch, 5, tamper)
    with pytest.raises(InvariantBroken, match="parcel"):
        settled(*everything())


@pytest.mark.parametrize("kept", [lambda charges: charges[:-1], lambda charges: [*charges, charges[-1]]])
def test_a_parcel_that_is_lost_or_stands_twice_is_caught(monkeypatch, kept):
    """Each parcel is there once, also one that pays nothing and is in no sum."""

    def tamper(ledger, _):
        ledger.charges = kept([*ledger.charges[:-1], ledger.charges[-1]._replace(fee=0, surcharge=0)])

    checkout, book = everything()
    tampered(monkeypatch, 5, tamper)
    with pytest.raises(InvariantBroken, match=r"^the parcels: the second pass makes"):
        settled(checkout, book)


@pytest.mark.parametrize("by", [-1, 1])
def test_what_the_platform_bears_is_within_the_share(monkeypatch, by):
    """More than the share, or a charge instead of a discount, is caught."""

    def tamper(ledger, _):
        stage, rule, amount, lines, shares, _, facts = ledger.entries[-1]
        borne = [share - 1 if by < 0 else 1 for share in shares]
        ledger.entries[-1] = (stage, rule, amount, lines, shares, tuple(borne), facts)

    tampered(monkeypatch, 2, tamper)
    with pytest.raises(InvariantBroken, match="what the platform bears"):
        settled(*everything())


def test_the_platform_may_bear_nothing_of_a_share():
    """Of a share of which the platform bears 0 beside one that it bears in part, both are right."""
    every, zeros = (0, 1), (0, 0)
    columns = folded([(1, "x", -3, every, (-2, -1), (-1, 0), None)], every, zeros)
    assert list(columns[PLACES["promotions"]]) == [-2, -1]


@pytest.mark.parametrize(
    ("amount", "shares", "lines"),
    [(-2.0, (-1, -1), (0, 1)), (True, (1,), (0,)), (-2, (-1, -1), (0,)), (-2, (-2,), (0, 1))],
)
def test_an_entry_is_a_whole_amount_and_a_share_for_each_of_its_lines(amount, shares, lines):
    """A float or a bool that equals the sum, a share too many and a line too many are told: else a cent is lost."""
    with pytest.raises(InvariantBroken, match="its shares"):
        folded([(1, "x", amount, lines, shares, None, None)], (0, 1), (0, 0))


@pytest.mark.parametrize("lines", [(0, 2), (-1, 0), (1, 0), (0, 0)])
def test_an_entry_is_on_lines_that_there_are_in_their_order(lines):
    """The place behind the last line, one below 0, two the wrong way round and one twice are told."""
    with pytest.raises(InvariantBroken, match="its lines"):
        folded([(1, "x", -2, lines, (-1, -1), None, None)], (0, 1), (0, 0))


def test_the_worth_of_points_is_their_column(monkeypatch):
    """Points that are said to be worth something else than they took off are caught."""

    def tamper(ledger, _):
        used, worth, usable = ledger.points
        ledger.points = (used, worth + 1, usable)

    tampered(monkeypatch, STEPS.index(next(s for s in STEPS if s.__name__ == "points")), tamper)
    with pytest.raises(InvariantBroken):
        settled(*everything())


def test_a_line_below_zero_is_caught(monkeypatch):
    """A discount of more than the goods, booked consistently everywhere, is still refused."""

    def overdo(_case, ledger, _picks):
        ledger.net = [net - 2000 for net in ledger.net]
        ledger.due = ledger.before_platform = ledger.net
        shares = (-2000,) * len(ledger.net)
        ledger.entries.append((0, "p1", sum(shares), tuple(range(len(shares))), shares, None, None))

    monkeypatch.setattr(engine, "STEPS", (overdo, *engine.STEPS))
    with pytest.raises(InvariantBroken, match="below zero"):
        settled(a_checkout(a_line("a"), a_line("b", price="30.00")))


#: A line's running amount, the step after which one line of it falls to -1, and the stage that is said to take it.
BELOW = {
    "goods less discounts": ("net", "platform_coupons", "platform_coupon"),
    "freight": ("freight", "freight_coupons", "freight_coupon"),
    "payable": ("due", "round_total", "rounding"),
}


@pytest.mark.parametrize("what", BELOW)
def test_one_line_of_one_amount_below_zero_is_caught(monkeypatch, what):
    """One cent below zero on one line, all sums agreeing: goods that freight pays for, freight that goods pay for."""
    amounts, after, stage = BELOW[what]

    def overdo(ledger, _):
        row = getattr(ledger, amounts)
        share = -row[0] - 1
        setattr(ledger, amounts, changed(row, 0, share))
        ledger.entries.append((STAGES.index(stage), "x", share, (0,), (share,), None, None))

    checkout, book = everything()
    tampered(monkeypatch, [step.__name__ for step in STEPS].index(after), overdo)
    with pytest.raises(InvariantBroken) as caught:
        settled(checkout | {"choice": {"coupons": ["c4", "c5", "c7"], "points": 0}}, book)
    assert (caught.value.what, caught.value.expected, caught.value.found) == (f"{what}: a line below zero", 0, -1)


def test_an_invariant_says_what_both_passes_found():
    """The error carries what, expected and found, and is a RuntimeError: nothing the caller could have typed better."""
    error = InvariantBroken("the totals", 1, 2)
    assert (error.what, error.expected, error.found) == ("the totals", 1, 2)
    assert isinstance(error, RuntimeError)
    assert str(error) == "the totals: the second pass makes 1, the engine said 2"


def test_the_sample_has_every_stage():
    """What is tampered with above is a settlement in which all fifteen stages made something."""
    assert {row["stage"] for row in result(*taxed())["adjustments"]} == set(STAGES)
