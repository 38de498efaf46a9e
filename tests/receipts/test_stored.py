"""A stored settlement that was changed: every leaf of 26, by a value of its kind and by one of another kind."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given

from leaves import changed, leaves, pattern, variants
from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, everything, settled
from settlement import InvalidDocument, InvariantBroken, RefundPolicy, Settlement, refund
from settlement.after_pay.invoices.invoice import invoices
from settlement.after_pay.payouts.owed import payout
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.audit.record import Record
from settlement.errors import UnknownVersion
from settlement.explanations.story import explain
from settlement.money import Money, parse_amount
from settlement.receipts.text import receipt
from strategies import requests

TABLE = Path(__file__).with_name("noticed.txt")
GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*-*.json"))[:13]
REFUSED = (InvalidDocument, InvariantBroken, UnknownVersion)


def beyond_the_contract():
    """A settlement with what malls run beside the contract: conditions, gifts, floors, units, boxes, tenders."""
    lines = [
        a_line("a", "50.00", quantity=2, sku="tea", min_price="40.00 CNY", freight_template="t1", weight_g=100),
        a_line("b", "30.00", quantity="1.5", sku="cup", freight_template="t1", weight_g=300),
        a_line("c", "5.00", sku="pen", selected=False),
    ]
    gift = an_offer("gift", {"type": "gift", "sku": "mug", "quantity": 1, "every": True})
    gift["tiers"][0]["min_amount"] = "30.00 CNY"
    held = [
        {"type": "cart_holds", "skus": ["tea"], "min_quantity": 2},
        {"type": "recurring", "utc_offset": "+08:00", "weekdays": [3]},
    ]
    held_by = an_offer("held", conditions=held, condition_scope={"skus": ["tea"]}, limit_per_customer=3)
    held_by["tiers"][0]["min_quantity"] = 1
    hat = {"type": "cart_holds", "skus": ["hat"], "min_quantity": 2}
    noon = {
        "type": "recurring",
        "utc_offset": "+08:00",
        "weekdays": [5],
        "hours": [{"opens": "10:00", "closes": "12:00"}],
    }
    flash = an_offer("flash", {"type": "flash_price", "price": "45.00 CNY", "limit": 1}, stage="item")
    surcharge = {"regions": ["440000"], "fee": "3.00 CNY", "per": "kg"}
    template = a_template(measure="weight_g", max_weight_g=250, surcharges=[surcharge])
    steps = [{"up_to": 50, "fee": "9.00 CNY"}]
    template["zones"][0] |= {"goods_percent": "1", "min_fee": "1.00 CNY", "max_fee": "99.00 CNY", "steps": steps}
    checkout = a_checkout(
        *lines,
        tenders=[{"id": "card", "type": "gift_card", "balance": "20.00 CNY"}],
        customer={"points": 3000, "coupons": ["half"]},
        choice={"points": "max", "coupons": "best"},
    )
    offers = [gift, held_by, an_offer("hat", conditions=[hat]), an_offer("noon", conditions=[noon]), flash]
    half = an_offer("half", {"type": "percent_off", "percent": "5"}, limit_in_all=9)
    points = {"points": 100, "worth": "1.00 CNY"}
    return settled(checkout, a_rulebook(promotions=offers, coupons=[half], freight_templates=[template], points=points))


def since_the_contract():
    """And what came after: taxes on top, a presale, ways to deliver, warehouses, price lists, words for one shop."""
    asked = {"title": "Example", "type": "company", "tax_number": "91310000MA1FL0000X", "email": "a@example.org"}
    asked |= {"phone": "1", "address": "x", "bank": "b", "account": "1"}
    lines = [
        a_line("a", "100.00", quantity=2, sku="phone", freight_template="t1", tax_class="high")
        | {"warehouses": ["bj", "sz"]},
        a_line("b", "30.00", sku="cup", freight_template="t1", delivery="express"),
        a_line("c", "19.99", shop="s2", sku="tea", quantity="1.235", sold_by_measure=True) | {"name": "Green tea"},
        a_line("d", "50.00", shop="s2", sku="card", stored_value=True),
        a_line("e", "9.00", shop="s2", sku="book", tax_class="none"),
    ]
    presale = {"type": "presale", "deposit": "10.00 CNY", "worth": "20.00 CNY", "kept": "50"}
    presale |= {"balance_from": "2026-11-12T00:00:00Z", "balance_until": "2026-11-14T00:00:00Z"}
    window = {"valid_from": "2026-11-01T00:00:00Z", "valid_until": "2026-11-11T12:00:00Z"}
    rates = [{"tax_class": "high", "percent": "19"}, {"tax_class": "none", "percent": "0", "category": "Z"}]
    rates += [{"percent": "7", "category": "S", "reason": "food"}, {"percent": "2.5", "tax": "local"}]
    checkout = a_checkout(
        *lines,
        order="A-1001",
        customer={"id": "u1", "points": 500, "coupons": ["c5"]},
        choice={"coupons": "best", "points": 100},
        payment_method="card",
        invoice=asked,
        by_shop=[{"shop": "s2", "remark": "less", "invoice": asked}],
    )
    book = a_rulebook(
        promotions=[an_offer("pre", presale, stage="item", scope={"skus": ["phone"]}, **window)],
        coupons=[an_offer("c5")],
        freight_templates=[a_template(), a_template("fast", "20.00")],
        delivery_methods=[
            {"id": "standard", "templates": [{"template": "t1"}]},
            {"id": "express", "templates": [{"template": "t1", "by": "fast"}]},
        ],
        price_lists=[{"id": "fair", "guests": True, "prices": [{"sku": "cup", "unit_price": "28.00 CNY"}]}],
        warehouses=[{"id": "bj", "region": "110000"}, {"id": "sz", "region": "440300"}],
        taxes=[{"prices": "without", "rates": rates}],
        points={"points": 100, "worth": "1.00 CNY"},
        payment_methods=[{"id": "card", "percent": "0.6", "borne_by": "buyer", "tax_class": "high"}],
    )
    return settled(checkout, book)


def where_it_ends():
    """And what stops short: a search that is cut off, a parcel beyond its card, boxes that are equal; a gift's name."""
    card = {"regions": ["CN/mainland"], "first": 1000, "first_fee": "4.00 CNY", "ends": True}
    lines = [
        a_line("a", "30.00", quantity=5, sku="tea", freight_template="t1", weight_g=100),
        a_line("b", "21.00", quantity=3, sku="cup"),
        a_line("c", "17.00", quantity=2, sku="pen"),
        a_line("d", "9.00", sku="anvil", freight_template="t2", weight_g=1001),
    ]
    coupons = [
        an_offer(f"c{at}", {"type": "unit_amount_off", "amount": f"{at}.00 CNY", "max_units": 9 - at}, scope=scope)
        for at, scope in enumerate(({}, {"skus": ["tea", "cup"]}, {"skus": ["cup", "pen"]}, {"skus": ["pen"]}), 1)
    ]
    book = a_rulebook(
        promotions=[an_offer("gift", {"type": "gift", "sku": "mug", "name": "Mug", "quantity": 1})],
        coupons=coupons,
        freight_templates=[
            a_template(measure="weight_g", max_weight_g=250, zones=[card | {"ends": False}]),
            a_template("t2", measure="weight_g", zones=[card]),
        ],
        policy={"coupons_platform": 2, "search_limit": 1},
    )
    held = {"coupons": [each["id"] for each in coupons]}
    return settled(a_checkout(*lines, customer=held, choice={"coupons": "best"}), book)


RICH = [beyond_the_contract(), settled(*everything()), since_the_contract(), where_it_ends()]


def settlements():
    """Golden ones, random ones, and the four that have everything in them."""
    found = [Record.from_json(path.read_bytes()).settlement() for path in GOLDEN]
    drawn = [random_request(random.Random(seed)) for seed in range(2_000, 2_009)]
    return [*RICH, *found, *(settled(each["checkout"], each["rulebook"]) for each in drawn)]


def read(document):
    """The settlement of plain data, or None where it is refused; any other exception is a defect."""
    try:
        return Settlement.from_json(json.dumps(document))
    except REFUSED:
        return None


# ------------------------------------------------------------------ the table


def noticed():
    """Pattern and change of every leaf -> how many of how many were noticed."""
    seen, all_of = Counter(), Counter()
    for settlement in settlements():
        for place, change, document in variants(settlement.to_dict()):
            all_of[place, change] += 1
            seen[place, change] += read(document) is None
    return {key: (seen[key], count) for key, count in all_of.items()}


def stated():
    """The same as the table says it, and the reason beside it."""
    found, reasons = {}, {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            place, change, outcome, reason = (part.strip() for part in f"{line}|".split("|")[:4])
            found[place, change] = outcome
            reasons[place, change] = reason
    return found, reasons


def outcome_of(seen, count):
    """As the table says it."""
    return "noticed" if seen == count else f"{seen} of {count}" if seen else "not noticed"


def test_what_is_noticed_is_what_the_table_says():
    """Each leaf of 26 settlements changed by a value of its kind; whatever is not always noticed has its reason."""
    table, reasons = stated()
    found = {key: outcome_of(*counts) for key, counts in noticed().items()}
    rows = [" | ".join((*key, outcome, reasons.get(key, ""))) for key, outcome in sorted(found.items())]
    assert found == table, "the table would be:\n" + "\n".join(rows)
    assert [key for key, outcome in table.items() if (outcome != "noticed") is not bool(reasons[key])] == []


@pytest.mark.parametrize("issuer", ["platform", "s1"])
def test_what_the_platform_bears_is_said_also_where_it_is_all_or_nothing(issuer):
    """The facts state it, so parts that say otherwise are refused with their place, and so is not saying it."""
    document = settled(a_checkout(), a_rulebook(promotions=[an_offer(issuer=issuer)])).to_dict()
    (adjustment,) = document["adjustments"]
    whole = issuer == "platform"
    assert adjustment["facts"]["platform_share"] == ("100" if whole else "0")
    adjustment["platform"] = {} if whole else {"a": "-1.00 CNY"}
    assert ("adjustments[0].platform.a", "stored.differs") in told(document)
    adjustment["platform"] = {"a": "-1.00 CNY"} if whole else {}
    assert told(document) == []
    del adjustment["facts"]["platform_share"]
    assert ("adjustments[0].facts.platform_share", "field.missing") in told(document)


def test_reasons_and_shops_that_there_are_not_are_told():
    """Of a refusal, of a line that is left out, and of what one shop is told."""
    held = {"id": "u", "coupons": ["gone"]}
    remark = [{"shop": "s1", "remark": "ring twice"}]
    lines = a_line("a"), a_line("b", selected=False)
    document = settled(a_checkout(*lines, customer=held, by_shop=remark)).to_dict()
    document["decisions"][0]["reason"] = document["excluded"][0]["reason"] = "no_such"
    assert told(document) == [("decisions[0].reason", "stored.reason"), ("excluded[0].reason", "stored.reason")]
    document = settled(a_checkout(by_shop=remark)).to_dict()
    document["by_shop"][0]["shop"] = "s2"
    assert told(document) == [("by_shop[0].shop", "stored.shop")]


def told(document):
    """Place and code of what a stored settlement says against itself."""
    try:
        Settlement.from_json(json.dumps(document))
    except InvalidDocument as error:
        return [(each.place, each.code) for each in error.problems]
    return []


# ------------------------------------------------------------------ damage

#: Values of whatever kind.
DAMAGE = [None, [], {}, "", -1, 0, "x", 10**25, ["x"], {"x": 1}, True, "1.00 USD", [[]], "CNY", "0.00 CNY", "-1.00 CNY"]
POLICIES = [
    RefundPolicy(),
    RefundPolicy(recheck="thresholds", gifts="return", coupons="return", earned_points="take_back"),
]


def use(settlement):
    """Everything that is read off a settlement."""
    assert Settlement.from_json(settlement.to_json()) == settlement
    shown = [receipt(settlement), receipt(settlement, locale="zh_CN"), settlement._repr_mimebundle_()]
    assert all([*shown, explain(settlement).text("zh_CN")])
    stories = [{"line": line.id} for line in settlement.lines] + [{"rule": each.rule} for each in settlement.decisions]
    stories += [{"parcel": at} for at in range(len(settlement.parcels))]
    assert all(explain(settlement, **which).text() for which in stories)
    for policy in POLICIES:
        for line in settlement.lines:
            assert refund(settlement, {line.id: line.quantity}, freight="parcel", policy=policy).cash.minor >= 0
    if settlement.status == "payable":
        assert payout(settlement).shops
        assert split_orders(settlement)
        if settlement.invoice is not None:
            taxes = [each for each in settlement.adjustments if each.stage.endswith("_tax")]
            if all("percent" in each.facts for each in taxes):
                assert invoices(settlement)
            else:
                with pytest.raises(InvalidDocument, match=r"facts\.percent: this field is required"):
                    invoices(settlement)


@pytest.mark.parametrize(
    "settlement", RICH, ids=["beyond the contract", "every stage", "since the contract", "where it ends"]
)
def test_damage_ends_in_a_refusal_or_in_a_settlement_that_can_be_used(settlement):
    """Values of any kind in each field: no foreign exception, neither when read nor when refunded, told or paid out."""
    document = settlement.to_dict()
    seen, kept = Counter(), 0
    for place, _ in leaves(document):
        seen[pattern(place)] += 1
        if seen[pattern(place)] > 1:
            continue
        for value in DAMAGE[len(seen) % 3 :: 3]:
            found = read(changed(document, place, value))
            if found is not None:
                kept += 1
                use(found)
    assert kept > 8


def test_facts_are_optional():
    """A writer who states no numbers, in all of it or of one adjustment, is read as ever, and refunded.

    But for a presale's: the stages of payment are worked out again from what its decision states.
    """
    for settlement in RICH:
        document = settlement.to_dict()
        for at in (None, *range(len(document["adjustments"]))):
            bare = copy.deepcopy(document)
            rows = bare["adjustments"] if at is None else [bare["adjustments"][at]]
            for row in (*rows, *(bare["decisions"] if at is None else ())):
                if row.get("outcome") is None or row["facts"].get("benefit", {}).get("type") != "presale":
                    row["facts"] = {}
            found = read(bare)
            assert found is not None
            use(found)


@given(requests)
def test_whatever_is_settled_reads_back(request):
    """No relation that is checked is one that a settlement may lack."""
    settlement = settled(request["checkout"], request["rulebook"])
    assert Settlement.from_json(settlement.to_json()) == settlement


# ------------------------------------------------------------------ one by one


def problems_of(document, **changes):
    """Place and code of what is wrong with a document some of whose places (`a.0.b`) have other values."""
    other = copy.deepcopy(document)
    for place, value in changes.items():
        *steps, last = (int(step) if step.isdigit() else step for step in place.split("__"))
        inner = other
        for step in steps:
            inner = inner[step]
        inner[last] = value(inner.get(last) if isinstance(inner, dict) else inner[last]) if callable(value) else value
    with pytest.raises(InvalidDocument) as caught:
        Settlement.from_json(json.dumps(other))
    return {problem.place: problem.code for problem in caught.value.problems}


def half_a_unit(**amounts):
    """A settlement of 0.5 × 10.00 with other amounts in all three places that have them."""
    document = settled(a_checkout(a_line(quantity="0.5", freight_template=None))).to_dict()
    for row in (document["totals"], *document["lines"], *document["shops"]):
        row.update(amounts)
    return document


def test_goods_are_the_price_by_the_quantity():
    """9 000.00 for half a unit of 10.00 is refused, and nothing is refunded of it."""
    found = problems_of(half_a_unit(goods="9000.00 CNY", list="9000.00 CNY", payable="9000.00 CNY"))
    assert found == {"lines[0].goods": "stored.differs"}
    assert problems_of(half_a_unit(list="4.99 CNY")) == {"lines[0].list": "stored.list"}
    two = settled(a_checkout(a_line(quantity=2))).to_dict()
    for row in (two["totals"], *two["lines"], *two["shops"]):
        row["list"] = "20.01 CNY"  # no price times two
    assert problems_of(two) == {"lines[0].list": "stored.list"}


FULL = RICH[1].to_dict()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"parcels__0__zone": ""}, {"parcels[0].zone": "region.notation"}),
        ({"adjustments__0__facts__min_quantity": []}, {"adjustments[0].facts.min_quantity": "quantity.type"}),
        ({"adjustments__0__facts__condition": ["z"]}, {"adjustments[0].facts.condition[0]": "stored.line"}),
        ({"adjustments__0__facts__condition": 5}, {"adjustments[0].facts.condition": "list.type"}),
        ({"adjustments__0__facts__unshared": ["a"]}, {"adjustments[0].facts.unshared[0]": "id.duplicate"}),
        ({"adjustments__0__facts__basis": "1,00"}, {"adjustments[0].facts.basis": "amount.notation"}),
        ({"adjustments__0__facts__min_amount": "9999.00 CNY"}, {"adjustments[0].facts.min_amount": "stored.unmet"}),
        ({"adjustments__0__facts__min_amount": "1.00 USD"}, {"adjustments[0].facts.min_amount": "currency.mixed"}),
        ({"adjustments__0__facts__benefit__max": None}, {"adjustments[0].facts.benefit.max": "stored.null"}),
        ({"adjustments__0__facts__benefit__max": "1.00 USD"}, {"adjustments[0].facts.benefit.max": "stored.currency"}),
        ({"adjustments__0__platform__a": "-2.99 CNY"}, {"adjustments[0].platform.a": "stored.differs"}),
        (
            {"decisions__0": {"rule": "p1", "outcome": "refused", "reason": "expired"}},
            {"adjustments[0].rule": "stored.undecided"},
        ),
        ({"decisions__0__facts__tier": 2}, {"decisions[0].facts.tier": "stored.differs"}),
        ({"excluded": [{"line": "a", "reason": "off_sale"}]}, {"excluded[0].line": "stored.settled_too"}),
        (
            {"decisions": lambda rows: [*rows, {"rule": "x", "outcome": "applied"}]},
            {"decisions[8].outcome": "stored.idle"},
        ),
        ({"gifts": [{"rule": "x", "sku": "mug", "quantity": 1}]}, {"gifts[0].rule": "stored.undecided"}),
        ({"status": "pending"}, {"parcels": "stored.status", "adjustments": "stored.status"}),
    ],
    ids=lambda each: next(iter(each)),
)
def test_a_contradiction_is_told_with_its_place(changes, expected):
    """One change, and the problems that it makes."""
    found = problems_of(FULL, **changes)
    assert {place: found.get(place) for place in expected} == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"taxes__0__percent": "3"}, {"taxes[0].percent": "stored.differs"}),
        ({"taxes__1__base": "1.00 CNY"}, {"taxes[1].base": "stored.differs"}),
        (
            {"taxes__0__amount": "35.83 CNY", "taxes__6__amount": "0.31 CNY"},
            {"taxes[0].amount": "stored.differs", "taxes[6].amount": "stored.differs"},
        ),
        ({"adjustments__5__facts__shop": "s2"}, {"adjustments[5].facts.shop": "stored.differs"}),
        ({"warehouses": lambda rows: [*rows, *rows]}, {"warehouses[1].line": "id.duplicate"}),
    ],
    ids=lambda each: next(iter(each)),
)
def test_a_table_of_taxes_is_what_adjustments_state(changes, expected):
    """Rate, base and amount of each row, also where the sum of two rows holds; whose tax it is; a warehouse once."""
    assert problems_of(RICH[2].to_dict(), **changes) == expected


def test_an_invoice_takes_the_shop_of_a_tax_from_its_lines():
    """A writer who leaves the fact out gets the same rates; one who leaves out the rate, no invoice at a rate of 0."""
    document = RICH[2].to_dict()
    rows = [row for row in document["adjustments"] if row["stage"].endswith("_tax")]
    for row in rows:
        del row["facts"]["shop"]
    expected = [each.to_json() for each in invoices(RICH[2])]
    assert [each.to_json() for each in invoices(read(document))] == expected
    for row in rows:
        del row["facts"]["percent"]
    with pytest.raises(InvalidDocument, match=r"adjustments\[5\]\.facts\.percent: this field is required"):
        invoices(read(document))


def moved(amount, by):
    """An amount of the wire so many minor units up."""
    minor, currency = parse_amount(amount, None)
    return str(Money.of_minor(minor + by, currency))


def test_shares_are_the_spread_of_their_amount():
    """A minor unit moved from one line of a shop to another, with every sum in step, is still found."""
    document = copy.deepcopy(FULL)
    shares = document["adjustments"][-1]["shares"]  # the rounding of the total, which is spread whatever its facts say
    for name, by in (("a", 1), ("b", -1)):
        shares[name] = moved(shares[name], by)
        (line,) = (each for each in document["lines"] if each["id"] == name)
        line.update({column: moved(line[column], by) for column in ("rounding", "payable")})
    document["adjustments"][-1]["facts"] = {}
    last = f"adjustments[{len(document['adjustments']) - 1}].shares"
    assert problems_of(document) == {f"{last}.a": "stored.differs", f"{last}.b": "stored.differs"}


@pytest.mark.parametrize(("least", "looked_at"), [("min_amount", "basis"), ("min_quantity", "quantity")])
def test_a_threshold_says_what_it_looked_at(least, looked_at):
    """Without it nobody could tell whether it was met, nor explain it."""
    tiers = [{"min_amount": "10.00 CNY", "min_quantity": 1, "benefit": {"type": "amount_off", "amount": "1.00 CNY"}}]
    made = settled(a_checkout(a_line(price="20.00")), a_rulebook(promotions=[an_offer("p1", tiers=tiers)]))
    document = json.loads(made.to_json())
    assert least in document["adjustments"][0]["facts"]
    del document["adjustments"][0]["facts"][looked_at]
    with pytest.raises(InvalidDocument) as caught:
        Settlement.from_json(json.dumps(document))
    assert (f"adjustments[0].facts.{looked_at}", "field.missing") in {
        (each.place, each.code) for each in caught.value.problems
    }
