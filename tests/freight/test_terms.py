"""Bands, shares, fuel, bounds, groups, packing and times, against a recomputation in fractions from the page alone."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import product
from math import ceil

import pytest

from packing import piece_by_piece
from samples import a_checkout, a_line, a_rulebook, a_template, problems, result, settled
from settlement import (
    AmountStep,
    Checkout,
    FreightTemplate,
    PerFreight,
    PerParcel,
    Rulebook,
    Settlement,
    Times,
    Zone,
    check,
    explain,
    explain_parcel,
    freight_table,
    quote_freight,
    refund,
    settle,
)
from settlement.errors import InvalidDocument
from thorough import examples

YUAN = "0.01 CNY"


def yuan(minor):
    """Minor units as an amount."""
    return f"{minor // 100}.{minor % 100:02} CNY"


def minor(amount):
    """An amount in minor units."""
    return int(Fraction(amount.removesuffix(" CNY")) * 100)


def half_up(amount):
    """To whole minor units."""
    return (2 * amount + 1) // 2


# ------------------------------------------------------------------ one parcel after another, slowly


def slow_fee(zone, units, value):
    """One parcel's own fee."""
    fee = minor(zone["first_fee"])
    for band in zone.get("amount_steps", ()):
        if value >= minor(band["from_amount"]):
            fee = minor(band["fee"])
    reached = zone["first"]
    for step in zone.get("steps", ()):
        if units > reached:
            fee, reached = minor(step["fee"]), step["up_to"]
    if "additional" in zone and units > reached:
        fee += ceil(Fraction(units - reached, zone["additional"])) * minor(zone["additional_fee"])
    exact = Fraction(fee)
    if "fuel_percent" in zone:
        exact += exact * Fraction(zone["fuel_percent"]) / 100
    if "goods_percent" in zone and value >= minor(zone.get("goods_percent_from", "0.00 CNY")):
        exact += value * Fraction(zone["goods_percent"]) / 100
    fee = half_up(exact)
    fee = max(fee, minor(zone.get("min_fee", "0.00 CNY")))
    return min(fee, minor(zone.get("max_fee", "9999999.00 CNY")))


def slow_surcharge(rule, lines, inside, packing, freight, boxes):
    """What all equal parcels pay of one surcharge, before its group is looked at."""
    mine = [
        line
        for line in lines
        if line["id"] in inside
        and line["sku"] in rule.get("only_skus", [line["sku"]])
        and ("only_categories" not in rule or set(rule["only_categories"]) & set(line["categories"]))
    ]
    if not mine:
        return 0
    limited = "only_skus" in rule or "only_categories" in rule
    grams = sum(Fraction(inside[line["id"]], 1000) * line["weight_g"] for line in mine) + (0 if limited else packing)
    pieces = sum(ceil(Fraction(inside[line["id"]], 1000)) for line in mine)
    fee = minor(rule.get("fee", "0.00 CNY"))
    if rule["per"] == "freight":
        found, boxes = (half_up(freight * Fraction(rule["percent"]) / 100) + fee if freight else 0), 1
    else:
        found = fee * {"parcel": 1, "piece": pieces, "kg": ceil(grams / 1000)}.get(rule["per"], 0)
        if rule["per"] == "heavy_parcel" and grams > rule["above_g"]:
            found = fee
    if found:
        found = max(found, minor(rule.get("min_fee", "0.00 CNY")))
    return min(found, minor(rule.get("max_fee", "9999999.00 CNY"))) * boxes


def slow_parcels(lines, template):
    """Every row of parcels of one template: boxes, units, fee and surcharge."""
    zone, packing = template["zones"][0], template.get("packing_weight_g", 0)
    most = template.get("max_weight_g")
    whole = {line["id"]: int(Fraction(str(line["quantity"])) * 1000) for line in lines}
    packed = [whole] if most is None else piece_by_piece(lines, most - packing)
    prices = {line["id"]: minor(line["unit_price"]) for line in lines}
    free = {line["id"] for line in lines if line["free_shipping"]}
    goods = {name: half_up(prices[name] * Fraction(millis, 1000)) for name, millis in whole.items()}
    rows = []
    for inside in packed:
        if rows and rows[-1][1] == inside:
            rows[-1][0] += 1
        else:
            rows.append([1, inside])
    made = []
    for boxes, inside in rows:
        paying = {name: millis for name, millis in inside.items() if name not in free}
        by_id = {line["id"]: line for line in lines}
        units = sum(ceil(Fraction(millis, 1000)) for millis in paying.values())
        if template["measure"] == "weight_g":
            grams = sum(Fraction(millis, 1000) * by_id[name]["weight_g"] for name, millis in paying.items())
            units = ceil(grams) + packing if paying else 0
            divisor = template.get("volumetric_divisor")
            volume = sum(Fraction(millis, 1000) * by_id[name]["volume_cm3"] for name, millis in paying.items())
            if divisor and volume * 1000 / divisor > grams + packing:
                units = ceil(volume * 1000 / divisor)
        value = sum(goods[name] * millis // whole[name] for name, millis in paying.items())
        if zone.get("goods_percent_of") == "shop":
            value = sum(goods[name] for name in goods if name not in free)
        fee = slow_fee(zone, units, value) * boxes if paying else 0
        labels = sorted(template["surcharges"], key=lambda rule: rule.get("label", ""))
        each = [slow_surcharge(rule, lines, inside, packing, fee, boxes) for rule in labels]
        alone = sum(paid for paid, rule in zip(each, labels, strict=True) if "highest_of" not in rule)
        groups = {rule["highest_of"] for rule in labels if "highest_of" in rule}
        dearest = [
            max(paid for paid, rule in zip(each, labels, strict=True) if rule.get("highest_of") == group)
            for group in groups
        ]
        made.append((boxes, units, yuan(fee), yuan(alone + sum(dearest))))
    return made


def some(rng, chance, **fields):
    """These fields, sometimes."""
    return fields if rng.random() < chance else {}


def a_random_template(rng):
    """A template that says much of what can be said."""
    money = lambda most: yuan(rng.randint(0, most))  # noqa: E731 - a word for a draw
    zone = {"regions": ["*"], "first": rng.choice([1, 500, 2000]), "first_fee": money(1500)}
    zone |= some(rng, 0.6, additional=rng.choice([1, 333, 1000]), additional_fee=money(90))
    if rng.random() < 0.4:
        zone["amount_steps"] = [{"from_amount": yuan(at), "fee": money(2000)} for at in (500, 2000, 5000)]
    elif rng.random() < 0.4:
        zone["steps"] = [{"up_to": zone["first"] + 1000, "fee": money(2000)}]
    if rng.random() < 0.5:
        zone |= {"goods_percent": rng.choice(["3", "0.7"])}
        zone |= some(rng, 0.5, goods_percent_from=yuan(rng.choice([1, 1000, 3000])))
        zone |= some(rng, 0.3, goods_percent_of="shop")
    zone |= some(rng, 0.4, fuel_percent=rng.choice(["15", "7.35"]))
    zone |= some(rng, 0.2, min_fee="5.00 CNY", max_fee="25.00 CNY")
    surcharges = []
    for label in "abcd"[: rng.randint(0, 4)]:
        per = rng.choice(["parcel", "piece", "kg", "heavy_parcel", "freight", "freight"])
        rule = {"regions": ["*"], "per": per, "label": label}
        rule |= {"percent": rng.choice(["15", "8.5"])} if per == "freight" else {"fee": money(300)}
        rule |= some(rng, 0.3, fee=money(100)) | some(rng, 1.0 if per == "heavy_parcel" else 0, above_g=1500)
        rule |= some(rng, 0.3, min_fee="4.00 CNY") | some(rng, 0.3, max_fee="6.00 CNY")
        rule |= some(rng, 0.3, only_skus=["k1"]) | some(rng, 0.2, only_categories=["c"])
        surcharges.append(rule | some(rng, 0.4, highest_of=rng.choice("gh")))
    measure = rng.choice(["quantity", "weight_g", "weight_g"])
    template = {"id": "t1", "measure": measure, "zones": [zone], "surcharges": surcharges}
    template |= some(rng, 0.5, packing_weight_g=rng.choice([1, 150, 300])) | some(rng, 0.4, spread_by="goods")
    template |= some(rng, 0.3 if measure == "weight_g" else 0, volumetric_divisor=rng.choice([3, 20]))
    return template | some(rng, 0.3, max_weight_g=rng.choice([1100, 2500]))


def some_lines(rng):
    """Lines of one shop under one template."""
    return [
        a_line(
            f"l{at}",
            rng.choice(["1.00", "9.99", "33.33"]),
            sku=rng.choice(["k1", "k2"]),
            quantity=rng.choice([1, 2, 3, 7, "1.5"]),
            weight_g=rng.choice([0, 200, 333, 1000]),
            volume_cm3=rng.choice([1, 5, 90]),
            free_shipping=rng.random() < 0.2,
            categories=rng.choice([[], ["c"], ["c", "d"]]),
            freight_template="t1",
        )
        for at in range(rng.randint(1, 5))
    ]


@pytest.mark.parametrize("seed", range(examples(150)))
def test_parcels_are_what_a_slow_recomputation_makes(seed):
    """Units, fee and surcharge of every row; explained, read back from JSON, refunded in full, each formula tried."""
    rng = random.Random(seed)
    lines, template = some_lines(rng), a_random_template(rng)
    checkout = Checkout.model_validate(a_checkout(*lines))
    book = Rulebook.model_validate(json.loads(json.dumps(a_rulebook(freight_templates=[template]))))
    settlement = settle(checkout, book)
    made = [(each.boxes, each.units, str(each.fee), str(each.surcharge)) for each in settlement.parcels]
    assert made == slow_parcels(lines, template)
    again = Settlement.from_json(settlement.to_json())
    assert again.to_json() == settlement.to_json()
    back = refund(again, {line["id"]: line["quantity"] for line in lines}, freight="return")
    assert back.cash == settlement.payable
    told = explain(again).text()
    assert all(str(each.amount.amount) in told for each in settlement.adjustments)
    for at, each in enumerate(settlement.parcels):
        explained = explain_parcel(checkout, book, at)
        assert sum(added.amount.minor for added in explained.surcharges) == each.surcharge.minor
        assert explained.text("zh_CN")


# ------------------------------------------------------------------ each by itself


def shipped(template, *lines, **policy):
    """A settlement of lines under one template, as plain data."""
    template = {
        "id": "t1",
        "measure": "quantity",
        "zones": [{"regions": ["*"], "first": 1, "first_fee": "8.00 CNY"}],
    } | template
    goods = [{"freight_template": "t1", "weight_g": 100, "volume_cm3": 1} | each for each in lines]
    return result(a_checkout(*goods), a_rulebook(freight_templates=[template], policy=policy))


def test_fuel_is_a_share_of_what_the_parcel_pays_in_the_end():
    """Of nothing where it ships free, of what the combination leaves, and not charged where surcharges are waived."""
    fuel = {"surcharges": [{"regions": ["*"], "per": "freight", "percent": "15", "fee": "1.00 CNY"}]}
    assert shipped(fuel, a_line())["totals"]["surcharges"] == "2.20 CNY"
    assert shipped(fuel | {"free": [{}]}, a_line())["totals"]["surcharges"] == "0.00 CNY"
    assert shipped(fuel | {"max_weight_g": 100}, a_line(quantity=3))["parcels"][0]["surcharge"] == "4.60 CNY"
    dearest = shipped(fuel | {"max_weight_g": 100}, a_line(quantity=3), freight_combination="max")
    assert (dearest["totals"]["freight"], dearest["totals"]["surcharges"]) == ("8.00 CNY", "2.20 CNY")


def test_fuel_inside_the_fee_is_rounded_once_with_the_share_of_goods():
    """5.05 + 10 % and 0.5 % of 9.00: 5.555 + 0.045 are 5.60, where two roundings would make 5.61."""
    zone = {"regions": ["*"], "first": 1, "first_fee": "5.05 CNY", "fuel_percent": "10", "goods_percent": "0.5"}
    assert shipped({"zones": [zone]}, a_line("a", "9.00"))["totals"]["freight"] == "5.60 CNY"


def test_the_dearest_of_a_group_is_told_with_those_that_it_beats():
    """A settlement has one row; the explanation names the other, with what it would cost, in both languages."""
    rules = [
        {"regions": ["*"], "per": "parcel", "fee": f"{fee}.00 CNY", "label": label, "highest_of": "markup"}
        for label, fee in (("a", 25), ("b", 40))
    ]
    template = FreightTemplate(id="t1", measure="quantity", zones=[ZONE], surcharges=rules)
    checkout = Checkout.model_validate(a_checkout(a_line(freight_template="t1")))
    book = Rulebook(id="r", currency="CNY", freight_templates=[template])
    [row] = [each for each in settle(checkout, book).adjustments if each.stage == "surcharge"]
    assert (row.facts["label"], row.facts["terms"], str(row.amount)) == ("b", {"highest_of": "markup"}, "40.00 CNY")
    explained = explain_parcel(checkout, book)
    assert [(str(each.amount), each.beaten and str(each.beaten)) for each in explained.surcharges] == [
        ("0.00 CNY", "25.00 CNY"),
        ("40.00 CNY", None),
    ]
    assert "not charged beside a dearer one" in explained.text()
    assert "b: CN¥40.00 per parcel (the dearest of markup)" in str(freight_table(template, ["440305"]))


ZONE = Zone(regions=["*"], first=1, first_fee="8.00 CNY")


def test_freight_by_value_falls_back_on_the_measure():
    """2 : 4 by goods of 10.00 and 20.00; goods of nothing share by pieces, and so do surcharges."""
    surcharges = [{"regions": ["*"], "per": "parcel", "fee": "3.00 CNY"}]
    zone = {"regions": ["*"], "first": 1, "first_fee": "6.00 CNY"}
    template = {"zones": [zone], "spread_by": "goods", "surcharges": surcharges}
    paid = lambda *lines: [(each["freight"], each["surcharges"]) for each in shipped(template, *lines)["lines"]]  # noqa: E731
    assert paid(a_line("a", "10.00"), a_line("b", "20.00")) == [("2.00 CNY", "1.00 CNY"), ("4.00 CNY", "2.00 CNY")]
    assert paid(a_line("a", "0.00"), a_line("b", "0.00", quantity=2)) == [
        ("2.00 CNY", "1.00 CNY"),
        ("4.00 CNY", "2.00 CNY"),
    ]


def test_packing_counts_where_weight_does():
    """9.8 kg in 0.3 kg: a unit more, a surcharge by the kilogram more, a box that holds less, no free entry."""
    zone = {
        "regions": ["*"],
        "first": 10_000,
        "first_fee": "7.00 CNY",
        "additional": 1000,
        "additional_fee": "1.00 CNY",
    }
    per_kg = {"regions": ["*"], "per": "kg", "fee": "1.00 CNY"}
    template = {"measure": "weight_g", "zones": [zone], "surcharges": [per_kg], "packing_weight_g": 300}
    document = shipped(template, a_line(weight_g=9800))
    assert (document["totals"]["freight"], document["totals"]["surcharges"]) == ("8.00 CNY", "11.00 CNY")
    assert (
        shipped(template | {"free": [{"max_units": 10_000}]}, a_line(weight_g=9800))["totals"]["freight"] == "8.00 CNY"
    )
    boxes = shipped(template | {"max_weight_g": 10_000}, a_line(weight_g=4900, quantity=2))["parcels"]
    assert [(row["units"], row["boxes"]) for row in boxes] == [(5200, 2)]
    assert shipped(template, a_line(weight_g=9800, free_shipping=True))["parcels"][0]["units"] == 0


# ------------------------------------------------------------------ times


MORNING = {"utc_offset": "+01:00", "hours": [{"opens": "00:00", "closes": "12:00"}]}
DAYS = [[1, 3], [2, 4], [6, 7]]


@pytest.mark.parametrize("seed", range(40))
def test_the_zone_of_an_instant_is_that_of_a_search_through_all(seed):
    """Of the zones whose times hold the nearest decides, at one region that with times; memory of regions or not."""
    rng = random.Random(seed)
    regions = ["*", "CN", "440000", "440300"]
    zones = []
    for region in regions:
        some_days = rng.sample(DAYS, rng.randint(0, 3))
        zones += [(region, {"utc_offset": "+08:00", "weekdays": days}) for days in some_days]
        if rng.random() < 0.6:
            zones.append((region, None))
    if not zones:
        zones = [("*", None)]
    rng.shuffle(zones)
    template = {
        "id": "t1",
        "measure": "quantity",
        "zones": [
            {"regions": [region], "first": 1, "first_fee": yuan(at)} | ({"when": when} if when else {})
            for at, (region, when) in enumerate(zones)
        ],
    }
    book = Rulebook.model_validate(a_rulebook(freight_templates=[template]))
    for day, hour in product(range(8), (0, 15, 16, 23)):
        at = datetime(2026, 11, 9 + day, hour, 30, tzinfo=UTC)
        weekday = (at + timedelta(hours=8)).isoweekday()
        holding = [
            (regions.index(region), when is not None, number)
            for number, (region, when) in enumerate(zones)
            if when is None or weekday in when["weekdays"]
        ]
        checkout = Checkout.model_validate(a_checkout(a_line(freight_template="t1")) | {"at": at})
        settlement = settle(checkout, book)
        if not holding:
            assert [each.reason for each in settlement.excluded] == ["undeliverable"]
            continue
        assert settlement.totals.freight.minor == max(holding)[2]
        decided = explain_parcel(checkout, book).candidates[0]
        assert decided.place == f"zones[{max(holding)[2]}].regions[0]"
        assert Settlement.from_json(settlement.to_json()).to_json() == settlement.to_json()


def timed(**when):
    """A template of a cheap morning and a dear rest of the day."""
    zones = [{"regions": ["*"], "first": 1, "first_fee": "8.00 CNY", "when": MORNING | when}]
    return {"id": "t1", "measure": "quantity", "zones": [*zones, zones[0] | {"first_fee": "12.00 CNY", "when": None}]}


@pytest.mark.parametrize(
    ("at", "fee"),
    [("11:59:59.999999+01:00", 800), ("12:00:00+01:00", 1200), ("23:00:00Z", 800), ("11:00:00Z", 1200)],
)
def test_the_cut_off_is_by_the_stated_clock(at, fee):
    """8.00 ordered before noon of +01:00, 12.00 from noon on, wherever the checkout's clock stands; quoted alike."""
    template = FreightTemplate.model_validate(timed())
    line = a_line(freight_template="t1")
    checkout = a_checkout(line) | {"at": f"2026-11-11T{at}"}
    assert settled(checkout, a_rulebook(freight_templates=[timed()])).totals.freight.minor == fee
    lines = Checkout.model_validate(checkout).cart.lines
    assert quote_freight(lines, "440305", [template], at=checkout["at"]).freight.minor == fee
    assert freight_table(template, ["440305"], [1], at=checkout["at"]).rows[0].fees[0].minor == fee


def test_times_without_an_instant_are_not_guessed():
    """A quote and a table of a template with times ask for the instant."""
    template = FreightTemplate.model_validate(timed())
    lines = Checkout.model_validate(a_checkout(a_line(freight_template="t1"))).cart.lines
    with pytest.raises(ValueError, match="say `at`"):
        quote_freight(lines, "440305", [template])
    with pytest.raises(ValueError, match="say `at`"):
        freight_table(template, ["440305"])


def test_a_stored_settlement_of_another_hour_is_refused():
    """The zone's times stand in the facts, and must hold when the settlement was made."""
    checkout = a_checkout(a_line(freight_template="t1")) | {"at": "2026-11-11T08:00:00+01:00"}
    stored = json.loads(settled(checkout, a_rulebook(freight_templates=[timed()])).to_json())
    assert stored["adjustments"][0]["facts"]["when"] == MORNING
    later = stored | {"at": "2026-11-11T13:00:00Z"}
    assert ("adjustments[0].facts.when", "stored.times") in problems(lambda: Settlement.from_json(json.dumps(later)))


@pytest.mark.parametrize(
    ("when", "other", "code"),
    [
        (None, None, "region.duplicate"),
        ({"utc_offset": "+08:00", "weekdays": [1]}, {"utc_offset": "+08:00", "weekdays": [1, 2]}, "region.same_times"),
        ({"utc_offset": "+08:00", "weekdays": [1]}, {"utc_offset": "+09:00", "weekdays": [2]}, "region.same_times"),
        ({"utc_offset": "+08:00", "weekdays": [1]}, {"utc_offset": "+08:00", "weekdays": [2]}, None),
        ({"valid_until": "2026-11-01T00:00:00Z"}, {"valid_from": "2026-11-01T00:00:00Z"}, None),
        ({"valid_until": "2026-11-01T00:00:01Z"}, {"valid_from": "2026-11-01T00:00:00Z"}, "region.same_times"),
        (MORNING, None, None),
    ],
)
def test_it_is_clear_which_of_two_zones_of_a_region_holds(when, other, code):
    """Times that never meet, or one of the two without any; no order decides, so anything else is refused."""
    zones = [{"regions": ["CN"], "first": 1, "first_fee": YUAN, "when": each} for each in (when, other)]
    if code is None:
        assert len(FreightTemplate(id="t1", measure="quantity", zones=zones).zones) == 2
    else:
        made = problems(lambda: FreightTemplate(id="t1", measure="quantity", zones=zones))
        assert made == [("zones[1].regions[0]", code)]


@pytest.mark.parametrize(
    ("fields", "place", "code"),
    [
        ({}, "", "condition.nothing"),
        ({"weekdays": [1]}, "utc_offset", "times.clock"),
        ({"valid_from": "2026-11-01T00:00:00Z", "valid_until": "2026-11-01T00:00:00Z"}, "valid_until", "times.empty"),
    ],
)
def test_wrong_times_are_named(fields, place, code):
    """Nothing at all, days without a clock, an end before the beginning."""
    assert problems(lambda: Times(**fields)) == [(place, code)]


@pytest.mark.parametrize(
    ("fields", "place", "code"),
    [
        (
            {"amount_steps": [{"from_amount": YUAN, "fee": YUAN}] * 2},
            "amount_steps[1].from_amount",
            "zone.amount_steps",
        ),
        (
            {"amount_steps": [AmountStep(from_amount=YUAN, fee=YUAN)], "steps": [{"up_to": 2, "fee": YUAN}]},
            "amount_steps",
            "zone.two_tables",
        ),
        ({"goods_percent_from": YUAN}, "goods_percent_from", "zone.no_percent"),
        ({"goods_percent_of": "shop"}, "goods_percent_of", "zone.no_percent"),
    ],
)
def test_wrong_amounts_of_a_zone_are_named(fields, place, code):
    """Bands that do not rise, two tables of whole fees, a basis of nothing."""
    assert problems(lambda: Zone(regions=["*"], first=1, first_fee=YUAN, **fields)) == [(place, code)]


def test_wrong_bounds_and_packings_are_named():
    """A surcharge whose most is below its least, and a packing that fills the box."""
    with pytest.raises(InvalidDocument, match="max_fee"):
        PerParcel(regions=["*"], fee=YUAN, min_fee="2.00 CNY", max_fee="1.99 CNY")
    template = lambda: FreightTemplate(id="t", measure="quantity", zones=[ZONE], max_weight_g=9, packing_weight_g=9)  # noqa: E731
    assert problems(template) == [("packing_weight_g", "template.packing")]


def test_least_and_most_of_a_surcharge_may_be_one_amount():
    """Then a parcel pays just that, whatever it weighs: 1.00 CNY a kg come to 5.00 CNY for one kg and for nine."""
    rule = {"regions": ["*"], "fee": YUAN, "per": "kg", "min_fee": "5.00 CNY", "max_fee": "5.00 CNY"}
    template = a_template(surcharges=[rule])
    for kilograms in (1, 9):
        line = a_line(weight_g=1000 * kilograms, freight_template="t1")
        (parcel,) = settled(a_checkout(line), a_rulebook(freight_templates=[template])).parcels
        assert str(parcel.surcharge) == "5.00 CNY"


# ------------------------------------------------------------------ findings


def found(**template):
    """The codes of what a linter finds in a template that ships everywhere."""
    book = {"id": "t1", "measure": "quantity", "zones": [{"regions": ["*"], "first": 1, "first_fee": YUAN}]} | template
    return [each.code for each in check(Rulebook.model_validate(a_rulebook(freight_templates=[book])))]


def test_what_is_hardly_meant_is_found():
    """Fuel twice, a group of one, a share of the shop by every parcel, and hours at which nothing is shipped."""
    zone = {"regions": ["*"], "first": 1, "first_fee": YUAN}
    fuel = PerFreight(regions=["*"], percent="15").model_dump(mode="json", exclude_none=True)
    assert found(surcharges=[fuel]) == []
    assert found(zones=[zone | {"fuel_percent": "15"}], surcharges=[fuel]) == ["surcharge.fuel_twice"]
    assert found(surcharges=[fuel | {"highest_of": "g"}]) == ["surcharge.alone_in_group"]
    assert (
        found(surcharges=[fuel | {"highest_of": "g"}, fuel | {"highest_of": "g", "label": "x", "percent": "1"}]) == []
    )
    assert found(zones=[zone | {"goods_percent": "1", "goods_percent_of": "shop"}]) == ["zone.share_by_each"]


@pytest.mark.parametrize(
    ("when", "gap"),
    [
        ([MORNING], True),
        ([MORNING, None], False),
        ([MORNING, MORNING | {"hours": [{"opens": "12:00", "closes": "24:00"}]}], False),
        ([MORNING, MORNING | {"hours": [{"opens": "12:01", "closes": "24:00"}]}], True),
        ([{"utc_offset": "-03:30", "weekdays": [1, 2, 3]}, {"utc_offset": "-03:30", "weekdays": [4, 5, 6, 7]}], False),
        ([{"utc_offset": "+08:00", "month_days": list(range(1, 31))}], True),
        ([{"valid_until": "2026-11-01T00:00:00Z"}, {"valid_from": "2026-11-01T00:00:00Z"}], True),
    ],
)
def test_hours_at_which_nothing_is_shipped_are_found(when, gap):
    """Where all zones of a region have times, and some minute is in none of them; periods are not looked into."""
    zones = [{"regions": ["*"], "first": 1, "first_fee": YUAN, "when": each} for each in when]
    codes = [code for code in found(zones=zones) if code == "zone.only_at_times"]
    assert bool(codes) == gap


# ------------------------------------------------------------------ digests


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        (
            "zones",
            {"amount_steps": None, "goods_percent_from": None, "goods_percent_of": "parcel", "fuel_percent": None},
        ),
        ("zones", {"when": None}),
        ("surcharges", {"min_fee": None, "max_fee": None, "only_skus": None, "only_categories": None}),
        ("surcharges", {"highest_of": None, "when": None}),
        ("", {"packing_weight_g": 0, "spread_by": "measure"}),
    ],
)
def test_a_default_that_is_spelled_changes_no_digest(place, fields):
    """And what is used does."""
    surcharge = {"regions": ["*"], "fee": YUAN, "per": "parcel"}
    template = {"id": "t1", "measure": "quantity", "zones": [{"regions": ["*"], "first": 1, "first_fee": YUAN}]}
    template |= {"surcharges": [surcharge]}
    spelled = template | ({place: [template[place][0] | fields]} if place else fields)
    plain, same = (Rulebook.model_validate(a_rulebook(freight_templates=[each])) for each in (template, spelled))
    assert plain.digest == same.digest
    used = template | {"spread_by": "goods"}
    assert Rulebook.model_validate(a_rulebook(freight_templates=[used])).digest != plain.digest
