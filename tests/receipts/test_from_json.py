"""Reading back what the library wrote: strict, and every sum recomputed from the shares."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, everything, problems, settled
from settlement import CALCULATION_VERSION, InvalidDocument, InvariantBroken, Settlement
from settlement.documents.strict_json import MAX_DEPTH
from settlement.errors import UnknownVersion
from settlement.money import Money, parse_amount
from settlement.receipts.record import VERSIONS

DOCUMENT = json.loads(settled(*everything()).to_json())

#: Amounts that no sum of the document depends on: what a line cost by the piece, and the numbers behind a decision.
STATED_ONCE = ("unit_price", "facts", "shortfall", "platform")


def amounts(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every amount that takes part in a sum."""
    if isinstance(value, dict):
        rows = [amounts(inner, (*place, key)) for key, inner in value.items() if key not in STATED_ONCE]
        return [found for row in rows for found in row]
    if isinstance(value, list):
        return [found for index, inner in enumerate(value) for found in amounts(inner, (*place, index))]
    return [place] if isinstance(value, str) and value.endswith(" CNY") else []


def with_value(place, change):
    """The document as JSON with one value changed."""
    document = copy.deepcopy(DOCUMENT)
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = change(inner[place[-1]])
    return json.dumps(document)


PLACES = amounts(DOCUMENT)


def test_the_document_has_many_amounts():
    """What follows tampers with every one of them."""
    assert len(PLACES) > 100
    assert Settlement.from_json(json.dumps(DOCUMENT)) == settled(*everything())


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_an_amount_that_is_off_by_one_minor_unit_is_refused(place):
    """Wherever it stands, an amount that contradicts the others raises InvariantBroken."""
    changed = with_value(place, lambda text: str(Money.of_minor(parse_amount(text, None)[0] + 1, "CNY")))
    with pytest.raises(InvariantBroken):
        Settlement.from_json(changed)


@pytest.mark.parametrize("place", PLACES[:: len(PLACES) // 12], ids=lambda place: ".".join(map(str, place)))
def test_an_amount_in_another_currency_is_refused(place):
    """A settlement has one currency: the same digits in another are an error."""
    with pytest.raises((InvalidDocument, InvariantBroken)):
        Settlement.from_json(with_value(place, lambda text: text.replace("CNY", "USD")))


@pytest.mark.parametrize(("taken", "read"), [("-10.00", True), ("-10.01", False)])
def test_a_line_below_zero_is_refused(taken, read):
    """Of 10.00 all may be taken off and not a cent more, though every sum agrees and the whole is above zero."""
    lines = a_line("a"), a_line("b", "30.00", sku="z")
    offer = an_offer(benefit={"type": "amount_off", "amount": "1.00 CNY"}, scope={"skus": ["k"]})
    document = json.loads(settled(a_checkout(*lines), a_rulebook(promotions=[offer])).to_json())
    share = Money(f"{taken} CNY")
    document["adjustments"][0] |= {"amount": str(share), "shares": {"a": str(share)}, "platform": {}, "facts": {}}
    for row, goods in ((document["lines"][0], "10.00 CNY"), (document["shops"][0], "40.00 CNY")):
        row |= {"promotions": str(share), "payable": str(Money(goods) + share)}
    document["totals"] |= {"promotions": str(share), "payable": document["shops"][0]["payable"]}
    document["decisions"][0].pop("facts", None)
    if read:
        assert Settlement.from_json(json.dumps(document)).lines[0].payable.minor == 0
        return
    with pytest.raises(InvariantBroken, match="a line below zero"):
        Settlement.from_json(json.dumps(document))


def test_a_list_price_above_the_price_is_its_own_column():
    """Goods are summed from prices, list amounts from list prices."""
    settlement = settled(a_checkout(a_line(list_price="12.00 CNY"), a_line("b", "3.00")))
    assert (str(settlement.totals.list), str(settlement.totals.goods)) == ("15.00 CNY", "13.00 CNY")
    assert Settlement.from_json(settlement.to_json()) == settlement


@pytest.mark.parametrize("shops", [lambda rows: rows[:-1], lambda rows: [*rows, rows[0] | {"id": "s9"}]])
def test_the_shops_are_those_of_the_lines(shops):
    """None is left out, and there is no other, whatever its amounts."""
    document = json.loads(settled(a_checkout(a_line(price="0.00"), a_line("b", "0.00", shop="s2"))).to_json())
    document["shops"] = shops(document["shops"])
    with pytest.raises(InvariantBroken, match=r"^the shops: "):
        Settlement.from_json(json.dumps(document))


WRONG = [
    (("status",), "paid"),
    (("currency",), "RMB"),
    (("at",), "2026-11-11"),
    (("digest",), "sha256:0"),
    (("digest",), None),
    (("totals", "payable"), 1.0),
    (("totals", "payable"), "1 CNY"),
    (("lines", 0, "quantity"), 0),
    (("lines", 0, "points_used"), -1),
    (("adjustments", 0, "stage"), "gift_card"),
    (("adjustments", 0, "shares"), {"z": "-1.00 CNY"}),
    (("adjustments", 0, "shares"), []),
    (("adjustments", 0, "platform"), {"z": "-0.01 CNY"}),
    (("adjustments", 0, "facts"), {"rate": 0.5}),
    (("adjustments", 0, "facts"), {"count": 10**30}),
    (("adjustments", 0, "facts"), {"a": "\ud800"}),
    (("adjustments", 0, "facts"), {"\ud800": 1}),
    (("calculation_version",), "\ud800"),
    (("parcels", 0, "zone"), "\ud800"),
    (("decisions", 0, "outcome"), "maybe"),
    (("points", "used"), 1.5),
    (("optimal",), "yes"),
    (("lines",), {}),
]


@pytest.mark.parametrize(("place", "value"), WRONG)
def test_a_wrong_field_of_a_settlement_is_refused(place, value):
    """The document is closed, and as strict as what goes in."""
    with pytest.raises(InvalidDocument):
        Settlement.from_json(with_value(place, lambda _: value))


def test_a_settlement_is_a_closed_document():
    """Missing and unknown fields, and anything that is not JSON, are named."""
    assert problems(lambda: Settlement.from_json(json.dumps(DOCUMENT | {"paid": True}))) == [("paid", "field.unknown")]
    less = {key: value for key, value in DOCUMENT.items() if key != "totals"}
    assert problems(lambda: Settlement.from_json(json.dumps(less))) == [("totals", "field.missing")]
    assert problems(lambda: Settlement.from_json("[")) == [("", "json.invalid")]


@pytest.mark.parametrize("part", ["lines", "shops"])
def test_a_line_or_a_shop_that_stands_twice_is_refused(part):
    """Ids are unique in what comes back, too."""
    with pytest.raises((InvalidDocument, InvariantBroken)):
        Settlement.from_json(with_value((part,), lambda rows: [*rows, rows[0]]))


@pytest.mark.parametrize("part", ["lines", "shops", "adjustments", "parcels"])
def test_a_part_that_is_missing_is_refused(part):
    """A line, a shop, an adjustment or a parcel less contradicts the sums."""
    with pytest.raises((InvalidDocument, InvariantBroken)):
        Settlement.from_json(with_value((part,), lambda rows: rows[1:]))


def test_tenders_pay_no_more_than_is_payable():
    """18.00 of goods and freight are paid by a card; a cent more on it, redeemed as well, is refused."""
    card = {"id": "g", "type": "gift_card", "balance": "20.00 CNY"}
    checkout = a_checkout(a_line(freight_template="t1"), tenders=[card])
    paid = settled(checkout, a_rulebook(freight_templates=[a_template()]))
    assert Settlement.from_json(paid.to_json()) == paid
    assert paid.to_json().count("18.00 CNY") > 1
    assert [str(each.amount) for each in paid.tenders] == ["18.00 CNY"]
    document = paid.to_dict()
    document["tenders"][0]["amount"] = document["redemptions"][-1]["amount"] = "18.01 CNY"
    with pytest.raises(InvariantBroken, match="tenders: the second pass makes at most 1800, the engine said 1801"):
        Settlement.from_json(json.dumps(document))


def test_points_used_are_no_more_than_usable_ones_and_stand_in_an_entry():
    """1000 used of 999 that might be, and one used of which no entry tells, are refused; just as many are not."""
    used = settled(*everything()).to_dict()
    assert used["points"]["used"] == 1000
    used["points"]["usable"] = 999
    with pytest.raises(InvariantBroken, match="points used: the second pass makes at most 999, the engine said 1000"):
        Settlement.from_json(json.dumps(used))
    rule = {"points": 1, "worth": "0.01 CNY", "max_percent": "100"}
    request = a_checkout(a_line(), customer={"points": 1000}, choice={"points": "max"})
    whole = settled(request, a_rulebook(points=rule))
    assert whole.points.used == whole.points.usable == 1000
    assert Settlement.from_json(whole.to_json()) == whole
    none = settled(a_checkout(a_line()), a_rulebook()).to_dict()
    none["points"] |= {"used": 1, "usable": 1}
    with pytest.raises(InvariantBroken, match="points used: the second pass makes 1, the engine said no entry of"):
        Settlement.from_json(json.dumps(none))


def test_a_blocked_settlement_has_no_lines():
    """Nothing can be ordered, so nothing is priced."""
    document = settled(a_checkout(a_line()), a_rulebook()).to_dict() | {"status": "blocked"}
    with pytest.raises(
        InvariantBroken, match="a blocked settlement: the second pass makes no lines, the engine said 1"
    ):
        Settlement.from_json(json.dumps(document))


def test_facts_are_bounded_in_depth():
    """Facts are free in form but not in depth: the door refuses the document."""
    deep: Any = "x"
    for _ in range(MAX_DEPTH + 2):
        deep = [deep]
    place = ("adjustments", 0, "facts")
    found = problems(lambda: Settlement.from_json(with_value(place, lambda facts: facts | {"deep": deep})))
    assert found == [("", "json.depth")]
    shallow = with_value(place, lambda facts: facts | {"more": [1, True, None, {"a": "b"}]})
    assert Settlement.from_json(shallow).adjustments[0].facts["more"] == [1, True, None, {"a": "b"}]


def test_every_status_reads_back():
    """Payable, pending and blocked settlements, with shortfalls in money and in pieces."""
    checkout, book = everything()
    pending = settled(checkout | {"address": None}, book)
    blocked = settled(a_checkout(a_line(selected=False)), book | {"freight_templates": []})
    short = {"benefit": {"type": "percent_off", "percent": "5"}}
    tiers = [[short | {"min_amount": "999.00 CNY"}], [short | {"min_quantity": "9.5"}]]
    offers = [{"id": f"q{at}", "issuer": "platform", "tiers": each} for at, each in enumerate(tiers)]
    refused = settled(checkout, book | {"promotions": [*book["promotions"], *offers]})
    assert {pending.status, blocked.status, refused.status} == {"pending", "blocked", "payable"}
    for settlement in (pending, blocked, refused):
        again = Settlement.from_json(settlement.to_json())
        assert again == settlement
        assert again.decisions == settlement.decisions


#: What would end a text of JSON and go on behind it.
ENDS = 'x","y":"\\'


@pytest.mark.parametrize(
    "place",
    [("decisions", 0, "reason"), ("excluded", 0, "reason")],
    ids=lambda place: place[0],
)
def test_a_code_that_nobody_knows_is_told(place):
    """A reason that there is not is refused with its place; it adds nothing to a document that it would stand in."""
    lines = a_line(), a_line("b", selected=False)
    document = json.loads(settled(a_checkout(*lines, customer={"coupons": ["c"]})).to_json())
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = ENDS
    stated = f"{place[0]}[0].reason"
    assert problems(lambda: Settlement.from_json(json.dumps(document))) == [(stated, "stored.reason")]


@pytest.mark.parametrize("decision", [{"outcome": "refused"}, {"outcome": "applied", "reason": "expired"}])
def test_an_outcome_and_its_reason_belong_together(decision):
    """A refusal without a reason is not read back as applied, nor the other way round."""
    text = with_value(("decisions", 0), lambda row: {"rule": row["rule"]} | decision)
    assert problems(lambda: Settlement.from_json(text)) == [("decisions[0].reason", "value.invalid")]


def test_the_stages_that_are_read_are_those_that_are_made():
    """The schema's list of stages is the table's."""
    from typing import get_args

    from settlement.receipts.columns import STAGES
    from settlement.receipts.from_json import AdjustmentDocument

    assert get_args(AdjustmentDocument.model_fields["stage"].annotation) == STAGES


@pytest.mark.parametrize("version", ["0", "3", ENDS, ""])
def test_an_unknown_calculation_version_is_refused(version):
    """Whatever else is in it: nobody here knows what holds in a settlement of another version."""
    changed = with_value(("calculation_version",), lambda _: version)
    for text in (changed, changed.replace('"gifts"', '"presents"')):
        with pytest.raises(UnknownVersion) as caught:
            Settlement.from_json(text)
        assert (caught.value.version, caught.value.known) == (version, ", ".join(VERSIONS))


def test_the_version_that_settles_is_the_newest_that_is_read():
    """What this library writes it reads."""
    assert VERSIONS[-1] == CALCULATION_VERSION
