"""Laws over random requests that use what goes beyond the contract (docs/beyond-the-contract.md), all of it at once."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beyond import CHUNKS, REQUESTS, beyond, crowded, priced, tight
from random_requests import Maker
from settlement import Checkout, FlashPrice, Money, Rulebook, Settlement, settle
from settlement.documents.json_text import Amounts
from settlement.documents.marks import Mark, marked
from settlement.documents.meaning import meaning
from settlement.engine.best_coupons.search import search
from settlement.engine.best_coupons.tries import rank_of
from settlement.engine.ledger import Ledger
from settlement.engine.question import Picks, open_case
from settlement.engine.settle import PROMOTIONS, finish
from settlement.freight.boxes import fill_boxes
from settlement.freight.fees import fee_of
from settlement.freight.warehouses import shared_path
from settlement.rulebook.request import Request
from settlement.testing.strategies import goods as goods_in_scope
from strategies import requests
from thorough import examples


def opened(request):
    """Both documents, through JSON."""
    checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
    return checkout, Rulebook.model_validate_json(json.dumps(request["rulebook"]))


enriched = st.integers(0, 10**9).map(beyond)
holding = st.integers(0, 10**9).map(crowded)

# ------------------------------------------------------------------ money


@given(enriched)
@settings(max_examples=examples(250))
def test_money_is_conserved_and_comes_back_equal(request_):
    """Reading the JSON back folds every entry again, and the settlement, its bytes and its parts are the same."""
    settled = settle(*opened(request_))
    again = Settlement.from_json(settled.to_json())
    assert again == settled
    assert again.to_json() == settled.to_json()
    for part in ("tenders", "due", "warehouses", "parcels", "redemptions", "points", "lines"):
        assert getattr(again, part) == getattr(settled, part)


def shuffled(request, rng):
    """The same request with every list whose order means nothing in another order."""
    request = copy.deepcopy(request)
    checkout, book = request["checkout"], request["rulebook"]
    customer = checkout["customer"]
    lists = [
        book.get(name, [])
        for name in ("freight_templates", "promotions", "coupons", "payment_methods", "warehouses", "minimum_orders")
    ]
    lists += [checkout["cart"]["lines"], checkout.get("tenders", []), checkout.get("choice", {}).get("pickup", [])]
    lists += [customer.get("coupons", []), customer.get("usage", [])]
    lists += [line.get("warehouses", []) for line in checkout["cart"]["lines"]]
    for each in lists:
        rng.shuffle(each)
    return request


@given(enriched)
def test_order_changes_no_amount(request_):
    """The order of lines, offers, templates, warehouses, tenders and uses changes nothing but the order of lines."""
    rng = random.Random(json.dumps(request_, sort_keys=True))
    both = [settle(*opened(each)) for each in (request_, shuffled(request_, rng))]
    assert both[0].digest == both[1].digest
    documents = [settled.to_dict() for settled in both]
    for each in documents:
        for name, key in (("lines", "id"), ("shops", "id"), ("excluded", "line"), ("warehouses", "line")):
            each[name] = sorted(each.get(name, []), key=lambda row, key=key: row[key])
        for adjustment in each["adjustments"]:
            adjustment.pop("facts")
    assert documents[0] == documents[1]


@given(enriched)
@settings(max_examples=examples(250))
def test_no_offer_undercuts_a_minimum_price_and_none_touches_money(request_):
    """Goods less promotions and coupons stay at min_price × quantity; a line that is money keeps every cent."""
    checkout, book = opened(request_)
    rounded = {line.id: line for line in checkout.cart.lines}
    case = open_case(checkout, book)
    floors = {name: (case.floors or case.basket.zeros)[at] for at, name in enumerate(case.basket.ids)}
    settled = settle(checkout, book)
    for line in settled.lines:
        source = rounded[line.id]
        after = line.goods + line.promotions + line.coupons
        least = Fraction(0 if source.min_price is None else source.min_price.minor) * Fraction(source.quantity)
        assert after.minor >= floors[line.id] > least - 1
        if source.stored_value:
            assert not any([line.promotions, line.coupons, line.freight_offers, line.points])


@given(enriched)
@settings(max_examples=examples(250))
def test_tenders_pay_no_more_than_is_payable_and_than_they_hold(request_):
    """Each pays from 0 to its balance and its amount, gift cards first; what they pay and what is due is payable."""
    checkout, book = opened(request_)
    settled = settle(checkout, book)
    stated = {each.id: each for each in checkout.tenders}
    assert {each.id for each in settled.tenders} in (set(stated), set())
    left = settled.payable
    for each in settled.tenders:
        tender = stated[each.id]
        most = tender.balance if tender.amount is None else min(tender.amount, tender.balance)
        assert each.amount == min(most, left)
        assert each.amount + each.left == tender.balance
        left -= each.amount
    assert settled.due == left
    assert settled.due.minor >= 0
    assert [each.type for each in settled.tenders] == sorted(each.type for each in settled.tenders)
    plain = copy.deepcopy(request_)
    plain["checkout"].pop("tenders", None)
    assert settle(*opened(plain)).totals == settled.totals


# ------------------------------------------------------------------ offers


def enumerated(case, ledger):
    """The best rank by trying every set of coupons held, copies included, and how many sets were admissible."""
    points = case.checkout.choice.points
    names = [terms.id for offers in case.coupons.values() for terms in offers]
    best, admissible = None, 0
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            settled = finish(case, ledger, Picks(frozenset(chosen), None if points == "max" else points, judged=False))
            if len(settled.coupons) == size:
                admissible += 1
                rank = rank_of(case, settled)
                best = rank if best is None or rank < best else best
    return best, admissible


@pytest.mark.parametrize("make", [crowded, tight, priced])
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_best_is_the_best_of_all_sets(chunk, make):
    """With floors, conditions on other goods, copies and flash prices the search still finds the best set of all."""
    compared = 0
    for seed in range(chunk, REQUESTS, CHUNKS):
        case = open_case(*opened(make(seed)))
        names = [terms.id for offers in case.coupons.values() for terms in offers]
        if case.blocked or len(names) > 7:
            continue
        ledger = Ledger(case.goods)
        for step in PROMOTIONS:
            step(case, ledger, Picks(frozenset(), 0))
        found = search(case, ledger, finish)
        best, admissible = enumerated(case, ledger)
        assert found.bound is None, seed
        assert rank_of(case, found.ledger) == best, seed
        compared += admissible > 1
    assert compared > REQUESTS // CHUNKS // 3


SIXTY = {"type": "percent_off", "percent": "60"}
TRAPS = {
    # 3.00 off a leaves 7.00 of a and its floor; 3.00 off b lets sixty percent take 3.00 of a: 7.00 + 2.80
    "floor": ([("ka", "3.00"), ("kb", "3.00")], {"a": "7.00 CNY"}, [{"benefit": SIXTY}], None, "9.80 CNY"),
    # the condition looks at a, so the shop's coupon has to be the one on b: 10.00 + 7.00, less 60 % of it
    "condition": (
        [("ka", "3.00"), ("kb", "3.00")],
        {},
        [{"min_amount": "8.00 CNY", "benefit": SIXTY}],
        ["ka"],
        "6.80 CNY",
    ),
    # with 1.00 off a the condition on a misses its second tier: without that coupon 8.00 are taken off, not 1.00
    "tier": (
        [("ka", "1.00")],
        {},
        [
            {"min_amount": "5.00 CNY", "benefit": {"type": "amount_off", "amount": "1.00 CNY"}},
            {"min_amount": "10.00 CNY", "benefit": {"type": "amount_off", "amount": "8.00 CNY"}},
        ],
        ["ka"],
        "12.00 CNY",
    ),
}


@pytest.mark.parametrize(("shop", "floors", "tiers", "condition", "payable"), TRAPS.values(), ids=TRAPS)
def test_choices_that_look_alike_by_their_sums_are_told_apart(shop, floors, tiers, condition, payable):
    """Two shop coupons leave the same sum; which line they leave it on decides what the platform's coupon takes."""
    lines = [
        {"id": name, "shop": "s1", "sku": f"k{name}", "quantity": 1, "unit_price": "10.00 CNY"}
        | ({"min_price": floors[name]} if name in floors else {})
        for name in "ab"
    ]
    coupons = [
        {"id": f"c{at}", "issuer": "s1", "scope": {"skus": [sku]}}
        | {"tiers": [{"benefit": {"type": "amount_off", "amount": f"{off} CNY"}}]}
        for at, (sku, off) in enumerate(shop)
    ]
    mall = {"id": "mall", "issuer": "platform", "tiers": tiers}
    coupons.append(mall | ({"condition_scope": {"skus": condition}} if condition else {}))
    customer = {"coupons": [each["id"] for each in coupons]}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": lines}, "customer": customer}
    settled = settle(*opened({"checkout": checkout, "rulebook": {"id": "r", "currency": "CNY", "coupons": coupons}}))
    assert (str(settled.payable), settled.optimal) == (payable, True)


def flash_limits(book):
    """Rule -> the most units at a flash price."""
    limits = {}
    for offer in (*book.promotions, *book.coupons):
        for tier in offer.tiers:
            if isinstance(tier.benefit, FlashPrice):
                limits[offer.id] = max(tier.benefit.limit, limits.get(offer.id, 0))
    return limits


@given(st.one_of(enriched, holding))
@settings(max_examples=examples(400))
def test_a_flash_price_holds_for_no_more_than_its_units(request_):
    """What it saves is at most the limit's units times the dearest price, copies included; redemptions say as much."""
    checkout, book = opened(request_)
    limits = flash_limits(book)
    before = {use.rule: use.units for use in checkout.customer.usage}
    prices = {line.id: line.unit_price.minor for line in checkout.cart.lines}
    settled = settle(checkout, book)
    for each in settled.redemptions:
        if each.kind == "units" and each.id in limits:  # else counted along by an offer of another kind
            assert 0 < each.quantity <= limits[each.id] - before.get(each.id, 0)
    saved = {}
    for entry in settled.adjustments:
        if entry.facts.get("benefit", {}).get("type") == "flash_price":
            unit = max(prices[line] for line in entry.shares) - Money(entry.facts["benefit"]["price"]).minor
            saved.setdefault(entry.rule.partition("#")[0], []).append((-entry.amount.minor, unit, len(entry.shares)))
    for rule, rows in saved.items():
        left = Fraction(limits[rule]) - Fraction(before.get(rule, 0))
        assert sum(off for off, _, _ in rows) <= left * max(unit for _, unit, _ in rows) + sum(n for _, _, n in rows)


@given(goods_in_scope(), st.integers(1, 12), st.integers(0, 3), st.sampled_from([0, 1, 100, 10**6]))
def test_a_flash_price_saves_on_the_dearest_units(goods, limit, bought, price):
    """What is taken off is the sum of the largest savings of so many units, each line rounded once."""
    flash = FlashPrice(price=f"{price // 100}.{price % 100:02d} CNY", limit=limit)
    goods.bought = bought * 1000
    left = max(0, limit - bought) * 1000
    dearest = sorted(zip(goods.nets, goods.millis, strict=True), key=lambda pair: -Fraction(*pair))
    exact = Fraction(0)
    for net, millis in dearest:
        units = min(left, millis)
        left -= units
        exact += max(Fraction(0), Fraction(net * units, millis) - Fraction(price * units, 1000))
    off = flash.off(goods)
    assert abs(sum(off) - exact) <= len(off)
    assert all(0 <= share <= net for share, net in zip(off, goods.nets, strict=True))


def test_of_two_equal_flash_coupons_the_one_that_is_left_is_used():
    """Equal terms do not make twins of two coupons where the customer has used up the units of one."""
    line = {"id": "a", "shop": "s1", "sku": "k", "quantity": 1, "unit_price": "10.00 CNY"}
    tiers = [{"benefit": {"type": "flash_price", "price": "6.00 CNY", "limit": 1}}]
    coupons = [{"id": name, "issuer": "platform", "tiers": tiers} for name in ("c1", "c2")]
    customer = {"coupons": ["c1", "c2"], "usage": [{"rule": "c1", "units": 1}]}
    at = "2026-11-11T00:00:00Z"
    checkout = {"at": at, "cart": {"currency": "CNY", "lines": [line]}, "customer": customer}
    settled = settle(*opened({"checkout": checkout, "rulebook": {"id": "r", "currency": "CNY", "coupons": coupons}}))
    assert str(settled.payable) == "6.00 CNY"


def test_copies_do_not_widen_the_limit_of_a_flash_price():
    """The limit is the customer's: three copies of a coupon for one unit at 6.00 still sell one unit at 6.00."""
    line = {"id": "a", "shop": "s1", "sku": "k", "quantity": 3, "unit_price": "10.00 CNY"}
    tiers = [{"benefit": {"type": "flash_price", "price": "6.00 CNY", "limit": 1}}]
    coupons = [{"id": "c", "issuer": "platform", "tiers": tiers}]
    book = {"id": "r", "currency": "CNY", "coupons": coupons, "policy": {"coupons_platform": 9}}
    customer = {"coupons": ["c"], "copies": {"c": 3}}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": [line]}, "customer": customer}
    settled = settle(*opened({"checkout": checkout, "rulebook": book}))
    assert (str(settled.payable), len(settled.decisions)) == ("26.00 CNY", 1)


def test_a_copy_is_not_another_coupon_of_that_id():
    """Two copies of c do not hand out a coupon that happens to be called c#2; held as well, it is used once."""
    line = {"id": "a", "shop": "s1", "sku": "k", "quantity": 1, "unit_price": "10.00 CNY"}
    coupons = [
        {"id": name, "issuer": "platform", "tiers": [{"benefit": {"type": "amount_off", "amount": f"{off}.00 CNY"}}]}
        for name, off in (("c", 1), ("c#2", 5))
    ]
    book = {"id": "r", "currency": "CNY", "coupons": coupons, "policy": {"coupons_platform": 9}}
    for held, payable in ((["c"], "9.00 CNY"), (["c", "c#2"], "4.00 CNY")):
        customer = {"coupons": held, "copies": {"c": 2}}
        checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": [line]}, "customer": customer}
        settled = settle(*opened({"checkout": checkout, "rulebook": book}))
        assert str(settled.payable) == payable
        assert sorted(each.rule for each in settled.decisions) == held


@given(holding)
@settings(max_examples=examples(300))
def test_a_limited_offer_is_used_no_more_often_than_its_limits(request_):
    """Uses of this order and those before stay within limit_per_customer and limit_in_all, copies included."""
    checkout, book = opened(request_)
    before = {use.rule: use for use in checkout.customer.usage}
    uses = {each.id: each.quantity for each in settle(checkout, book).redemptions if each.kind == "use"}
    for offer in (*book.promotions, *book.coupons):
        use, now = before.get(offer.id), uses.get(offer.id, 0)
        if now and offer.limit_per_customer is not None:
            assert now + (use.by_customer if use else 0) <= offer.limit_per_customer
        if now and offer.limit_in_all is not None:
            assert now + (use.in_all if use else 0) <= offer.limit_in_all


# ------------------------------------------------------------------ freight


@given(enriched)
@settings(max_examples=examples(300))
def test_boxes_hold_the_whole_parcel_and_none_is_too_heavy(request_):
    """Times their counts they hold each line's quantity; none is over max_weight_g but for one piece; runs differ."""
    case = open_case(*opened(request_))
    parcels = [] if case.shipment is None else case.shipment.parcels
    for group in case.basket.groups if parcels else ():
        most = case.rules.tariffs[group.template].max_weight_g
        place = (group.shop, group.template, group.warehouse)
        made = [each for each in parcels if (each.shop, each.tariff.template.id, each.warehouse) == place]
        if most is None:
            assert [each.count for each in made] == [1]
            continue
        boxes = fill_boxes(case.basket, group.lines, most)
        assert [(each.lines, each.count) for each in made] == [(box.lines, box.runs) for box in boxes]
        assert all(one[:2] != other[:2] for one, other in pairwise(boxes))
        packed = dict.fromkeys(group.lines, 0)
        for box in boxes:
            weights = [(case.basket.weights[line] or 0) * units for line, units in zip(*box[:2], strict=True)]
            heavy = [units for weight, units in zip(weights, box.millis, strict=True) if weight]
            assert sum(weights) <= most * 1000 or heavy == [1000]
            for line, units in zip(*box[:2], strict=True):
                packed[line] += units * box.runs
        assert packed == {line: case.basket.millis[line] for line in group.lines}


@given(enriched)
@settings(max_examples=examples(200))
def test_a_fee_stays_within_its_bounds(request_):
    """A parcel's own fee is at least min_fee and at most max_fee, and steps go on where `first` ends."""
    case = open_case(*opened(request_))
    for parcel in () if case.shipment is None else case.shipment.parcels:
        zone = parcel.zone
        if not parcel.group.paying:
            assert parcel.fee == 0
            continue
        assert zone.min_fee is None or parcel.fee >= zone.min_fee.minor
        assert zone.max_fee is None or parcel.fee <= zone.max_fee.minor
        bare = zone.model_copy(update={"goods_percent": None, "min_fee": None, "max_fee": None})
        for step in zone.steps or ():
            assert fee_of(bare, step.up_to) == step.fee.minor


@given(enriched)
@settings(max_examples=examples(200))
def test_the_warehouse_is_the_nearest_of_the_candidates(request_):
    """No candidate shares more of its path with the address than the one that is chosen."""
    checkout, book = opened(request_)
    settled = settle(checkout, book)
    regions = {each.id: each.region for each in book.warehouses}
    lines = {line.id: line for line in checkout.cart.lines}
    for each in settled.warehouses:
        depths = {
            name: len(shared_path(regions[name], checkout.address.region)) for name in lines[each.line].warehouses
        }
        assert depths[each.warehouse] == max(depths.values())
        assert each.warehouse == min(name for name, depth in depths.items() if depth == depths[each.warehouse])


# ------------------------------------------------------------------ the digest

#: Every field of the contract that a digest may hold (contract §1 to §6).
CONTRACT = frozenset(
    "at cart currency lines address region customer id level new points coupons choice payment_method shop sku "
    "quantity unit_price list_price categories weight_g volume_cm3 freight_template warehouse free_shipping selected "
    "on_sale stock purchase_limit commission_percent tax_percent freight_templates promotions payment_methods policy "
    "percent fixed min max borne_by rounding threshold_amount free_shipping_amount freight_combination undeliverable "
    "coupons_per_shop coupons_platform coupons_freight exclusions round_total unit mode issuer scope skus shops "
    "exclude_skus exclude_categories tiers valid_from valid_until levels new_customers_only priority exclusive "
    "platform_share stage coupons_allowed min_amount min_quantity benefit type amount every price n per sku measure "
    "zones regions first first_fee additional additional_fee surcharges fee free max_units basis waives_surcharge "
    "worth step min_points min_goods max_percent max_amount covers_freight earn on".split()
)


def keys_of(value):
    """Every key of plain data."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


@given(requests)
def test_a_request_of_the_contract_has_the_digest_of_the_contract(request_):
    """Only fields of the contract stand in what is hashed; none of them is left out with a value of its own."""
    checkout, book = opened(request_)
    hashed = [json.loads(meaning(each, Amounts(book.currency))) for each in (checkout, book)]
    assert keys_of(hashed) <= CONTRACT
    personal = {place[-1] for place in marked(Request, Mark.PERSONAL)}
    apart = personal | {"picture", "amount"}  # what `info` holds, and the other form of money
    assert keys_of(request_["checkout"]) - apart <= keys_of(hashed[0])
    assert keys_of(request_["rulebook"]) - apart <= keys_of(hashed[1])


#: Every field beyond the contract at its default, by the document that has it.
UNUSED = {
    "line": {"min_price": None, "stored_value": False, "warehouses": None},
    "offer": {"condition_scope": None, "conditions": [], "limit_per_customer": None, "limit_in_all": None}
    | {"regions": None, "exclude_regions": None, "payment_methods": None, "threshold_amount": None},
    "zone": {"steps": None, "goods_percent": None, "min_fee": None, "max_fee": None},
    "template": {"volumetric_divisor": None, "max_weight_g": None, "pickup": False},
    "surcharge": {"label": None},
}


@given(st.integers(0, 10**9))
def test_what_is_not_used_does_not_enter_the_digest(seed):
    """Spelling every field beyond the contract at its default changes neither the digest nor a byte."""
    request = Maker(random.Random(seed)).request()
    spelled = copy.deepcopy(request)
    checkout, book = spelled["checkout"], spelled["rulebook"]
    checkout["tenders"] = []
    checkout.setdefault("choice", {})["pickup"] = []
    checkout["customer"] |= {"copies": {}, "usage": []}
    book |= {"warehouses": [], "minimum_orders": [], "price_lists": []}
    book["policy"] = book.get("policy", {}) | {"search_limit": 20_000, "max_lines": 10_000}
    if book.get("points") and book["points"].get("earn"):
        book["points"]["earn"]["campaigns"] = []
    for line in checkout["cart"]["lines"]:
        line.update(UNUSED["line"])
    for offer in (*book.get("promotions", ()), *book.get("coupons", ())):
        offer.update(UNUSED["offer"])
        for tier in offer["tiers"]:
            tier["max_amount"] = None
        if offer.get("scope"):
            offer["scope"]["exclude_reduced"] = False
    for template in book.get("freight_templates", ()):
        template.update(UNUSED["template"])
        for zone in template["zones"]:
            zone.update(UNUSED["zone"])
        for surcharge in template.get("surcharges") or ():
            surcharge.update(UNUSED["surcharge"])
    assert settle(*opened(spelled)).to_json() == settle(*opened(request)).to_json()


USES = [
    ("line", {"min_price": "0.01 CNY"}),
    ("line", {"stored_value": True}),
    ("line", {"warehouses": ["w"]}),
    ("offer", {"condition_scope": {}}),
    ("offer", {"conditions": [{"type": "cart_holds", "skus": ["k"]}]}),
    ("offer", {"limit_per_customer": 1}),
    ("offer", {"limit_in_all": 1}),
    ("offer", {"regions": ["CN"]}),
    ("offer", {"exclude_regions": ["US"]}),
    ("offer", {"threshold_amount": "net"}),
    ("offer", {"scope": {"exclude_reduced": True}}),
    ("rulebook", {"price_lists": [{"id": "v", "levels": ["v"], "prices": [{"sku": "k", "unit_price": "1.00 CNY"}]}]}),
    ("zone", {"steps": [{"up_to": 2, "fee": "9.00 CNY"}]}),
    ("zone", {"goods_percent": "1"}),
    ("zone", {"min_fee": "0.01 CNY"}),
    ("zone", {"max_fee": "99.00 CNY"}),
    ("template", {"volumetric_divisor": 6000}),
    ("template", {"max_weight_g": 30_000}),
    ("template", {"pickup": True}),
    ("surcharge", {"label": "far"}),
    ("surcharge", {"per": "heavy_parcel", "above_g": 1}),
    ("checkout", {"tenders": [{"id": "g", "type": "gift_card", "balance": "0.00 CNY"}]}),
    ("choice", {"pickup": ["s1"]}),
    ("customer", {"copies": {"c": 2}}),
    ("customer", {"usage": [{"rule": "p", "in_all": 1}]}),
    ("rulebook", {"warehouses": [{"id": "w2", "region": "CN"}]}),
    ("rulebook", {"minimum_orders": [{"shop": "s2", "amount": "1.00 CNY"}]}),
    ("policy", {"search_limit": 1}),
    ("policy", {"max_lines": 100}),
    (
        "earn",
        {"campaigns": [{"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-01-02T00:00:00Z", "times": "2"}]},
    ),
]


@pytest.mark.parametrize(("where", "fields"), USES, ids=[next(iter(fields)) for _, fields in USES])
def test_what_is_used_enters_the_digest(where, fields):
    """Each field changes the digest once it is used, also where it changes no amount."""
    line = {"id": "a", "shop": "s1", "sku": "k", "quantity": 1, "unit_price": "10.00 CNY", "weight_g": 1}
    line |= {"freight_template": "t", "volume_cm3": 1}
    zone = {"regions": ["*"], "first": 1, "first_fee": "8.00 CNY"}
    offer = {"id": "p", "issuer": "platform", "tiers": [{"benefit": {"type": "amount_off", "amount": "1.00 CNY"}}]}
    surcharge = {"regions": ["540000"], "fee": "1.00 CNY", "per": "kg"}
    template = {"id": "t", "measure": "weight_g", "zones": [zone], "surcharges": [surcharge]}
    earn = {"per": "1.00 CNY", "points": 1}
    customer, choice, policy = {"coupons": ["c"]}, {}, {}
    book = {"id": "r", "currency": "CNY", "freight_templates": [template], "promotions": [offer], "policy": policy}
    book |= {"points": {"points": 1, "worth": "0.01 CNY", "earn": earn}, "warehouses": [{"id": "w", "region": "CN"}]}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "CNY", "lines": [line]}, "customer": customer}
    checkout |= {"choice": choice, "address": {"region": "440305"}}
    request = {"checkout": checkout, "rulebook": book}
    before = settle(*opened(request)).digest
    parts = {"line": line, "offer": offer, "zone": zone, "template": template, "checkout": checkout, "choice": choice}
    parts["surcharge"] = surcharge
    parts |= {"customer": customer, "rulebook": book, "policy": policy, "earn": earn}
    parts[where] |= fields
    assert settle(*opened(request)).digest != before
