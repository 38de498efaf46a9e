"""Delivery methods: who goes how, what it costs, and what is not available (docs/delivery.md)."""

from __future__ import annotations

import json
import random

import pytest

from settlement import (
    Checkout,
    Choice,
    DeliveryMethod,
    InvalidDocument,
    Line,
    Rulebook,
    Settlement,
    delivery_options,
    quote_freight,
    receipt,
    settle,
)
from thorough import examples

AT = "2026-11-11T00:00:00+08:00"
REGIONS = ("440305", "650100", "810000")


def card(name, *, first=8, more=2, ends=False, regions=("CN/mainland",), free=None):
    """A template by pieces: so much up to two, so much for each more; or with an end at two."""
    zone = {"regions": list(regions), "first": 2, "first_fee": f"{first}.00 CNY"}
    zone |= {"ends": True} if ends else {"additional": 1, "additional_fee": f"{more}.00 CNY"}
    made = {"id": name, "measure": "quantity", "zones": [zone]}
    return made | ({} if free is None else {"free": [{"min_amount": f"{free}.00 CNY"}]})


def rules(methods, templates=None, **more):
    """Three cards and these methods."""
    templates = templates or [card("t"), card("fast", first=20, more=5), card("small", first=3, ends=True)]
    return Rulebook(id="r", currency="CNY", freight_templates=templates, delivery_methods=methods, **more)


def line(name, quantity=1, shop="s", template="t", **more):
    """A line of 10.00 each."""
    price = {"unit_price": "10.00 CNY", "freight_template": template}
    return {"id": name, "shop": shop, "sku": name, "quantity": quantity, **price, **more}


def asked(*lines, region="440305", delivery=(), at=AT, **more):
    """A checkout of these lines; `delivery` are pairs of shop and method."""
    choice = {"delivery": [{"shop": shop, "method": method} for shop, method in delivery], **more.pop("choice", {})}
    address = {} if region is None else {"address": {"region": region}}
    cart = {"currency": "CNY", "lines": list(lines)}
    return Checkout.model_validate({"at": at, "cart": cart, "choice": choice, **address, **more})


EXPRESS = {"id": "express", "templates": [{"template": "t", "by": "fast"}]}
STANDARD = {"id": "standard", "templates": [{"template": "t"}]}
SMALL = {"id": "letter", "templates": [{"template": "t", "by": "small"}]}
COLLECT = {"id": "collect", "pickup": True}


def test_what_nobody_chose_goes_the_cheapest_way_that_takes_it():
    """A letter where two pieces fit into it, else the standard way; the first of equal prices; never collected."""
    book = rules([COLLECT, STANDARD, SMALL, {**STANDARD, "id": "same"}, EXPRESS])
    for pieces, method in ((2, "letter"), (3, "standard")):
        settled = settle(asked(line("a", pieces)), book)
        assert [(each.delivery, each.boxes) for each in settled.parcels] == [(method, 1)]
        assert settled.line("a").delivery == method


def test_a_line_s_choice_goes_before_the_shop_s():
    """And that before the cheapest; parcels of one template are as many as ways."""
    book = rules([STANDARD, EXPRESS, COLLECT])
    lines = (line("a"), line("b", delivery="express"), line("c", delivery="collect"), line("d", shop="s2"))
    settled = settle(asked(*lines, delivery=[("s", "standard")]), book)
    assert [(each.shop, each.delivery, str(each.fee)) for each in settled.parcels] == [
        ("s", "express", "20.00 CNY"),
        ("s", "standard", "8.00 CNY"),
        ("s2", "standard", "8.00 CNY"),
    ]
    assert settled.line("c").delivery == "collect"
    assert not settled.line("c").freight


@pytest.mark.parametrize(
    ("method", "region", "template", "cause"),
    [
        ({"id": "m", "shops": ["other"]}, "440305", "t", "shop"),
        ({"id": "m", "regions": ["310000"]}, "440305", "t", "region"),
        ({"id": "m", "exclude_regions": ["440000"]}, "440305", "t", "region"),
        ({"id": "m", "when": {"valid_until": "2026-11-01T00:00:00+08:00"}}, "440305", "t", "time"),
        ({"id": "m", "templates": [{"template": "fast"}]}, "440305", "t", "template"),
        ({"id": "m"}, "810000", "t", "undeliverable"),
        ({"id": "m"}, "440305", "small", "too_much"),
    ],
)
def test_what_is_chosen_and_not_available_leaves_the_line_out(method, region, template, cause):
    """With the method and a word for the cause; a stored settlement is read back, and the receipt says it."""
    book = rules([method, {"id": "other"}])
    settled = settle(
        asked(line("a", 3, template=template), line("b", delivery="other"), region=region, delivery=[("s", "m")]), book
    )
    [*_, out] = [each for each in settled.excluded if each.line == "a"]
    assert (out.reason, out.facts["method"], out.facts["cause"]) == ("delivery_unavailable", "m", cause)
    assert Settlement.from_json(settled.to_json()) == settled
    for locale in ("en", "zh_CN", "zh_Hant"):
        assert "".join(out.text(locale).split()) in "".join(receipt(settled, locale=locale).split())
    option = (
        next(
            each
            for each in delivery_options(asked(line("a", 3, template=template), region=region), book)
            if each.id == "m"
        )
        if cause != "shop"
        else None
    )
    assert option is None or (option.cause, option.freight, option.lines) == (cause, None, ("a",))


def test_without_a_way_a_line_is_undeliverable():
    """Where no method reaches the address, or all are collected and nobody chose one."""
    assert settle(asked(line("a"), region="810000"), rules([STANDARD])).excluded[0].reason == "undeliverable"
    assert settle(asked(line("a")), rules([COLLECT])).excluded[0].reason == "undeliverable"


@pytest.mark.parametrize(
    "asks", [{}, {"delivery": [("s", "standard")]}, {"lines": {"freight_template": None}}], ids=str
)
def test_a_line_without_a_rate_of_tax_is_left_out_however_it_goes(asks):
    """As it is without methods: prices are without tax, and no row of the table is of its class."""
    taxes = [{"prices": "without", "rates": [{"percent": "10"}], "freight": "none"}]
    lines = [line(name, **more, **asks.get("lines", {})) for name, more in (("a", {}), ("b", {"tax_class": "books"}))]
    for methods in ([], [STANDARD, EXPRESS]):
        made = settle(asked(*lines, delivery=asks.get("delivery", ()) if methods else ()), rules(methods, taxes=taxes))
        assert [(each.line, each.reason) for each in made.excluded] == [("b", "no_tax_rate")]
        assert str(made.totals.goods + made.totals.tax) == "11.00 CNY"


def test_what_is_left_out_for_want_of_a_rate_is_not_in_the_price_of_a_method():
    """Three pieces cost least at a flat fee, two by the piece; the third has no rate, so it does not count."""
    per_piece = card("each", first=2, more=1) | {"zones": [{"regions": ["*"], "first": 1, "first_fee": "2.00 CNY"}]}
    per_piece["zones"][0] |= {"additional": 1, "additional_fee": "2.00 CNY"}
    piecewise = {"id": "piecewise", "templates": [{"template": "t", "by": "each"}]}
    book = rules(
        [{"id": "flat", "templates": [{"template": "t", "by": "flat"}]}, piecewise],
        [card("t"), per_piece, card("flat", first=5, more=0)],
        taxes=[{"prices": "without", "rates": [{"percent": "10"}]}],
    )
    two = [line("a"), line("b")]
    assert settle(asked(*two), book).line("a").delivery == "piecewise"  # 4.00, and 5.00 for any number
    assert settle(asked(*two, line("c")), book).line("a").delivery == "flat"  # 6.00
    untaxed = settle(asked(*two, line("c", tax_class="books")), book)
    assert [each.reason for each in untaxed.excluded] == ["no_tax_rate"]
    assert untaxed.line("a").delivery == "piecewise"


def test_shops_without_methods_are_as_they_were():
    """And a rulebook whose methods are of another shop gives the same amounts and no `delivery`."""
    plain = settle(asked(line("a", 3), line("b", template="fast")), rules([]))
    beside = settle(asked(line("a", 3), line("b", template="fast")), rules([{**EXPRESS, "shops": ["other"]}]))
    first, second = json.loads(plain.to_json()), json.loads(beside.to_json())
    assert first.pop("digest") != second.pop("digest")
    assert first == second


def test_the_defaults_change_no_digest():
    """Spelled or not; a method does, and so does the order of methods."""
    plain, book = asked(line("a")), rules([])
    spelled = asked(line("a", delivery=None), choice={"delivery": []})
    assert settle(plain, book).digest == settle(spelled, book).digest
    assert book.digest == Rulebook(id="r", currency="CNY", freight_templates=book.freight_templates).digest
    digests = {rules(methods).digest for methods in ([], [STANDARD], [STANDARD, EXPRESS], [EXPRESS, STANDARD])}
    assert len(digests) == 4
    named = [{**STANDARD, "name": "Standard", "description": "Three days"}]
    assert rules(named).digest == rules([STANDARD]).digest
    assert Rulebook.model_validate_json(rules([EXPRESS, COLLECT]).model_dump_json()) == rules([EXPRESS, COLLECT])


def test_unknown_ids_are_refused_with_a_hint():
    """Of methods wherever they are named, and of the template that prices."""
    book = rules([STANDARD])
    for checkout, place in (
        (asked(line("a", delivery="standart")), "checkout.cart.lines[0].delivery"),
        (asked(line("a"), delivery=[("s", "standart")]), "checkout.choice.delivery[0].method"),
    ):
        with pytest.raises(InvalidDocument) as caught:
            settle(checkout, book)
        [problem] = caught.value.problems
        assert (problem.place, problem.code) == (place, "delivery_method.unknown")
        assert "standard" in problem.message
    free = [
        {
            "id": "p",
            "issuer": "platform",
            "tiers": [{"benefit": {"type": "freight_off"}}],
            "delivery_methods": ["standart"],
        }
    ]
    with pytest.raises(InvalidDocument, match=r"delivery_method\.unknown"):
        rules([STANDARD], promotions=free)
    with pytest.raises(InvalidDocument, match=r"template\.unknown"):
        rules([{"id": "m", "templates": [{"template": "t", "by": "fats"}]}])
    for twice in ({"by": "fast", "zones": card("t")["zones"]}, {"by": "fast"}):
        with pytest.raises(InvalidDocument, match="delivery"):
            DeliveryMethod(id="m", pickup=True, templates=[{"template": "t", **twice}])
    with pytest.raises(InvalidDocument, match=r"delivery\.and_pickup"):
        Choice(pickup=["s"], delivery=[{"shop": "s", "method": "standard"}])
    with pytest.raises(InvalidDocument, match=r"shop\.not_in_cart"):
        asked(line("a"), delivery=[("other", "standard")])


def test_offers_see_only_what_is_delivered_as_they_say():
    """Freight of the other parcel stays; where nothing goes so, the reason says how it would."""
    free = {
        "id": "p",
        "issuer": "platform",
        "tiers": [{"benefit": {"type": "freight_off"}}],
        "delivery_methods": ["standard"],
    }
    book = rules([STANDARD, EXPRESS], promotions=[free])
    both = settle(asked(line("a"), line("b", delivery="express")), book)
    assert (str(both.totals.freight), str(both.totals.freight_offers)) == ("28.00 CNY", "-8.00 CNY")
    assert Settlement.from_json(both.to_json()) == both
    other = settle(asked(line("a", delivery="express")), book)
    assert [(each.reason, dict(each.facts)) for each in other.decisions] == [
        ("wrong_delivery_method", {"delivery_methods": ["standard"]})
    ]
    assert "only when delivered by standard" in receipt(other)


def naive(lines, choice, methods, templates, region):
    """Freight by (shop, template, method), worked out anew; None where a line is left out."""
    cards = {each["id"]: each for each in templates}

    def fee(name, pieces):
        zone = cards[name]["zones"][0]
        if region == "810000":
            return None
        if pieces <= zone["first"]:
            return int(zone["first_fee"][:-7])
        return (
            None if zone.get("ends") else int(zone["first_fee"][:-7]) + (pieces - 2) * int(zone["additional_fee"][:-7])
        )

    def priced(method, template):
        if method.get("templates") is None:
            return template
        return next((each.get("by") or template for each in method["templates"] if each["template"] == template), None)

    def goods(shop, template):
        return sum(
            10 * each["quantity"] for each in lines if (each["shop"], each["freight_template"]) == (shop, template)
        )

    def charged(method, key, pieces):
        name = priced(method, key[1])
        cost = None if name is None else fee(name, pieces)
        if cost is None:
            return None
        least = cards[name].get("free")
        return 0 if least and goods(*key) >= int(least[0]["min_amount"][:-7]) else cost

    known, opened = {}, {}
    for each in lines:
        key, name = (each["shop"], each["freight_template"]), each.get("delivery") or choice.get(each["shop"])
        if name is None:
            opened.setdefault(key, []).append(each["quantity"])
        else:
            known.setdefault((*key, name), []).append(each["quantity"])
    ways = {each["id"]: each for each in methods}
    found = {}
    for (shop, template, name), pieces in known.items():
        found[shop, template, name] = charged(ways[name], (shop, template), sum(pieces))
    for key, pieces in opened.items():
        able = [
            (charged(way, key, sum(pieces)), at, way["id"])
            for at, way in enumerate(methods)
            if charged(way, key, sum(pieces) + sum(known.get((*key, way["id"]), []))) is not None
        ]
        if not able:
            return None
        _, _, name = min(able)
        together = sum(pieces) + sum(known.get((*key, name), []))
        found[(*key, name)] = charged(ways[name], key, together)
    return None if None in found.values() else found


@pytest.mark.parametrize("seed", range(examples(300)))
def test_every_parcel_is_what_a_slow_reading_makes(seed):
    """Random cards, methods and choices against a recomputation that shares nothing with the engine."""
    draw = random.Random(seed)
    templates = [
        card(
            name,
            first=draw.choice((3, 5, 8)),
            more=draw.choice((1, 2)),
            ends=draw.random() < 0.2,
            free=draw.choice((None, None, 40)),
        )
        for name in ("t", "u", "fast")
    ]
    methods = []
    for name in ("m1", "m2", "m3")[: draw.randint(1, 3)]:
        entries = [
            {"template": each, **draw.choice(({}, {"by": "fast"}))} for each in ("t", "u") if draw.random() < 0.9
        ]
        methods.append({"id": name, **({"templates": entries} if entries and draw.random() < 0.8 else {})})
    names = [each["id"] for each in methods]
    lines = [
        line(
            str(at),
            draw.randint(1, 3),
            draw.choice(("s1", "s2")),
            draw.choice("tu"),
            delivery=draw.choice([None, None, *names]),
        )
        for at in range(draw.randint(1, 5))
    ]
    shops = sorted({each["shop"] for each in lines})
    choice = {shop: draw.choice(names) for shop in shops if draw.random() < 0.4}
    region = draw.choice(("440305", "440305", "440305", "810000"))
    settled = settle(asked(*lines, region=region, delivery=choice.items()), rules(methods, templates))
    wanted = naive(lines, choice, methods, templates, region)
    if wanted is None:
        assert settled.excluded
        assert {each.reason for each in settled.excluded} <= {"undeliverable", "delivery_unavailable"}
        return
    found = {(each.shop, each.template, each.delivery): each.fee.minor // 100 for each in settled.parcels}
    assert not settled.excluded
    assert found == wanted
    assert Settlement.from_json(settled.to_json()) == settled


def test_methods_tell_their_price():
    """Each as it would be settled with; and a quote of the lines alone says the same."""
    book = rules([{**STANDARD, "name": "Post"}, EXPRESS, COLLECT])
    checkout = asked(line("a", 3))
    found = {each.id: each for each in delivery_options(checkout, book)}
    assert {name: str(each.freight) for name, each in found.items()} == {
        "standard": "10.00 CNY",
        "express": "25.00 CNY",
        "collect": "0.00 CNY",
    }
    assert str(found["express"]) == "s, express: CN¥25.00; CN¥55.00 to pay in all"
    for name, each in found.items():
        given = {"delivery_methods": book.delivery_methods, "method": name}
        quote = quote_freight([Line.model_validate(line("a", 3))], "440305", book.freight_templates, **given)
        assert quote.total == each.freight
    assert "by standard" in str(
        quote_freight(
            [Line.model_validate(line("a"))], "440305", book.freight_templates, delivery_methods=book.delivery_methods
        )
    )


def test_without_an_address_what_is_collected_is_payable():
    """And what is shipped waits."""
    book = rules([STANDARD, COLLECT])
    assert settle(asked(line("a"), region=None, delivery=[("s", "collect")]), book).status == "payable"
    assert settle(asked(line("a"), region=None), book).status == "pending"


def test_the_combination_works_within_shop_and_method():
    """`max`: the dearest parcel of each way pays."""
    both = rules([{"id": "x"}, {"id": "y"}], policy={"freight_combination": "max"})
    lines = (line("a", delivery="x"), line("b", template="fast", delivery="x"), line("c", delivery="y"))
    settled = settle(asked(*lines), both)
    assert [(each.template, each.delivery, str(each.fee)) for each in settled.parcels] == [
        ("fast", "x", "20.00 CNY"),
        ("t", "x", "0.00 CNY"),
        ("t", "y", "8.00 CNY"),
    ]


def test_a_free_entry_may_be_for_some_methods():
    """And counts the template's goods whichever way they go."""
    cheap = card("t")
    cheap["free"] = [{"min_amount": "20.00 CNY", "delivery_methods": ["x"]}]
    book = rules([{"id": "x"}, {"id": "y"}], [cheap])
    settled = settle(asked(line("a", delivery="x"), line("b", delivery="y")), book)
    assert [(each.delivery, each.free) for each in settled.parcels] == [("x", True), ("y", False)]


def test_a_method_that_others_filled_is_not_available():
    """A letter of two pieces that somebody chose has no room for a third, which goes the dearer way."""
    book = rules([SMALL, STANDARD])
    settled = settle(asked(line("a"), line("b", 2, delivery="letter")), book)
    assert [(each.delivery, each.units) for each in settled.parcels] == [("letter", 2), ("standard", 1)]
    settled = settle(asked(line("a"), line("b", 1, delivery="letter")), book)
    assert [(each.delivery, each.units) for each in settled.parcels] == [("letter", 2)]
