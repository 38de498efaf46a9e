"""Names that people see: on what is settled, outside every digest and everything that is compared."""

from __future__ import annotations

import copy
import json
import pickle
import random

import pytest

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, an_offer, settled
from settlement import Settlement
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.audit.diff import diff
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.audit.seal import Key, Keys, open_sealed, seal
from settlement.receipts.called import impersonal

MUG = {"type": "gift", "sku": "mug", "quantity": 1, "name": "Tea mug"}


def asked(named=True):
    """Two lines, one left out, a promotion with a gift, a coupon in two copies and a gift that is in the cart."""
    lines = [
        a_line("a", "50.00", sku="tea") | {"name": "Jasmine tea"},
        a_line("b", selected=False, sku="puer") | {"name": "Pu'er"},
    ]
    own, none = MUG, {"type": "gift", "sku": "tea", "quantity": 1}
    offers = [an_offer("mug", own) | {"name": "A mug with tea"}, an_offer("more", none)]
    coupon = an_offer("c1") | {"name": "Spring"}
    holds = {"coupons": ["c1", "gone"], "copies": {"c1": 2}}
    request = (
        a_checkout(*lines, customer=holds),
        a_rulebook(promotions=offers, coupons=[coupon], policy={"coupons_platform": 2}),
    )
    return request if named else unnamed(request)


def unnamed(value):
    """The same data without a single name."""
    if isinstance(value, dict):
        return {key: unnamed(inner) for key, inner in value.items() if key != "name"}
    return [unnamed(each) for each in value] if isinstance(value, (list, tuple)) else value


def names(settlement):
    """Every name of a settlement, by what it belongs to."""
    return (
        {line.id: line.name for line in settlement.lines} | {each.line: each.name for each in settlement.excluded},
        {each.rule: each.name for each in settlement.decisions},
        {(each.rule, each.sku): each.name for each in settlement.gifts},
        {each.id: each.name for each in settlement.redemptions},
    )


NAMES = (
    {"a": "Jasmine tea", "b": "Pu'er"},
    {"mug": "A mug with tea", "more": None, "c1": "Spring", "c1#2": "Spring #2", "gone": None},
    {("mug", "mug"): "Tea mug", ("more", "tea"): "Jasmine tea"},
    {"c1": "Spring"},
)


def test_what_is_settled_has_the_names_of_the_documents():
    """A gift has its own name, else that of a line of its sku; a copy of a coupon its number; what has none, None."""
    assert names(settled(*asked())) == NAMES
    assert all(set(each.values()) == {None} for each in names(settled(*asked(named=False))))


@pytest.mark.parametrize(
    "kept",
    [
        lambda made: Settlement.from_json(made.to_json()),
        lambda made: made.detached(),
        lambda made: pickle.loads(pickle.dumps(made)),  # noqa: S301 - our own bytes
        copy.deepcopy,
        lambda made: Record.from_json(record(made).to_json()).settlement(),
    ],
    ids=["JSON", "detached", "pickled", "copied", "record"],
)
def test_names_stay_with_a_settlement_that_is_kept(kept):
    """Read back, detached, pickled, copied or recorded: the names are those that it had, and so is all else."""
    made = settled(*asked())
    assert names(kept(made)) == NAMES
    assert kept(made).to_dict() == made.to_dict()


@pytest.mark.parametrize("seed", range(12))
def test_names_are_outside_of_everything_that_is_compared(seed):
    """With and without names: one digest, one record body, no difference; and nothing but names differs in the JSON."""
    request = random_request(random.Random(seed))
    both = asked() if not seed else (request["checkout"], request["rulebook"])
    made, bare = settled(*both), settled(*unnamed(both))
    assert made.digest == bare.digest
    assert record(made).body == record(bare).body
    assert diff(made, bare).equal
    assert impersonal(made.to_dict()) == impersonal(bare.to_dict())


def test_names_are_no_part_of_a_record_of_a_seal_or_of_a_replay():
    """An erased record has none, gives none back and replays; a sealed settlement holds none."""
    made = settled(*asked())
    kept = record(made)
    assert kept.personal["/request/rulebook/promotions/1/tiers/0/benefit/name"] == "Tea mug"
    bare = kept.erased().settlement()
    assert names(bare) == names(settled(*asked(named=False)))
    assert b"Tea mug" not in kept.body
    assert "Jasmine" not in str(kept.body)
    assert replay(kept)
    keys = Keys(Key("k1", b"0123456789abcdef0123456789abcdef"))
    times = {"issued": "2026-11-11T00:00:00Z", "expires": "2026-11-11T01:00:00Z", "audience": "pay"}
    for content in (made, kept):
        opened = open_sealed(seal(content, keys, **times), keys, now="2026-11-11T00:30:00Z", audience="pay")
        assert names(opened.settlement) == names(bare)


def test_a_record_whose_personal_part_fits_nothing_still_gives_its_settlement():
    """Names are no reason to refuse a refund: they are left out where they can't be put back."""
    data = json.loads(record(settled(*asked())).to_json())
    data["personal"]["/request/checkout/cart/lines/9/name"] = "nobody"
    assert names(Record.from_json(json.dumps(data)).settlement()) == names(settled(*asked(named=False)))


def test_sub_orders_have_the_names():
    """Each shop's part names its lines and gifts; what has no name has no key."""
    made = json.loads(split_orders(settled(*asked()))[0].model_dump_json())
    assert [line["name"] for line in made["lines"]] == ["Jasmine tea"]
    assert [gift["name"] for gift in made["gifts"]] == ["Jasmine tea", "Tea mug"]
    bare = json.loads(split_orders(settled(*asked(named=False)))[0].model_dump_json())
    assert [row for row in (*bare["lines"], *bare["gifts"]) if "name" in row] == []
