"""How one parcel's freight came about: the rule that matched, what was counted, and the formula with its numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from settlement.cart.checkout import Checkout
from settlement.cart.columns import Basket
from settlement.documents.json_text import compact, plain
from settlement.documents.problems import expect
from settlement.documents.region import contains, depth, path
from settlement.documents.scalars import milli, quantity_out
from settlement.documents.written import all_readable
from settlement.engine.question import Case, open_case
from settlement.engine.settle import answer
from settlement.explanations.shares import minor_of
from settlement.freight.added import AddedByTerms
from settlement.freight.formulas import combined_formula, surcharge_formula, with_result, zone_formula
from settlement.freight.parcels import Parcel, sent_by
from settlement.freight.tariff import depth_in, excluded, free_in, speaks_of
from settlement.freight.templates import Free, FreightTemplate
from settlement.freight.times import Times
from settlement.money import Money
from settlement.receipts.columns import COUPONS, GOODS_OFFERS
from settlement.receipts.parts import ParcelCharge, WarehouseChoice
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = [
    "AddedSurcharge",
    "CountedLine",
    "FreeCheck",
    "FreeCondition",
    "MatchingRule",
    "ParcelExplanation",
    "explain_parcel",
    "reckoned",
]


class MatchingRule(NamedTuple):
    """A rule whose region contains the address; the first of them, the most specific, decides."""

    #: Where it stands in the template: `zones[0].regions[1]`, `undeliverable[0]`.
    place: str
    region: str
    #: How many steps below the whole world the region lies.
    depth: int
    #: Whether its times hold, which a zone without any is never outside of.
    in_time: bool = True


class CountedLine(NamedTuple):
    """What one line adds to the units: quantity × what one of it measures; 0 where it ships free."""

    line: str
    quantity: int | Decimal
    #: What `each` is of: the template's measure, or the volume that volumetric weight is made of.
    measure: str
    each: int
    counts: int | Decimal
    free_shipping: bool


class FreeCondition(NamedTuple):
    """One condition of a free entry: what it wants, what there is, and whether that will do."""

    name: str
    wanted: str
    found: str
    holds: bool


class FreeCheck(NamedTuple):
    """A free entry of the template; it makes the parcel free where all of its conditions hold."""

    place: str
    conditions: tuple[FreeCondition, ...]
    waives_surcharge: bool

    @property
    def holds(self) -> bool:
        """Whether the entry makes the parcel free."""
        return all(condition.holds for condition in self.conditions)


class AddedSurcharge(NamedTuple):
    """One surcharge of the parcel, of 0 where it counts nothing; what of it is waived nobody pays."""

    per: str
    label: str | None
    formula: str
    amount: Money
    #: What it would cost, where the dearest of its group (`highest_of`) is charged in its place.
    beaten: Money | None = None


class ParcelExplanation(NamedTuple):
    """Everything that one parcel's freight and surcharges were made of: `text` sets it out to be redone by hand.

    Formulas are in the currency's major units and end in what they make: `8.00 + ⌈(3 − 1) ÷ 1⌉ × 2.00 = 12.00`.
    """

    parcel: ParcelCharge
    region: str
    measure: str
    candidates: tuple[MatchingRule, ...]
    #: Of the lines that named several warehouses.
    warehouses: tuple[WarehouseChoice, ...]
    lines: tuple[CountedLine, ...]
    units_formula: str
    fee_formula: str
    #: What one such parcel costs by its zone alone, before free shipping and the combination.
    own_fee: Money
    free: tuple[FreeCheck, ...]
    combination: str
    #: What the parcel would pay beside another, under `highest_first`; empty otherwise.
    combined_formula: str
    #: In the order in which they are added.
    surcharges: tuple[AddedSurcharge, ...]
    surcharge_waived: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain data for programs: amounts and decimals as strings."""
        found: dict[str, Any] = plain(self)
        return found

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    def text(self, locale: str = "en") -> str:
        """The explanation for a reader. Raises `UnknownLocale`."""
        from settlement.explanations.freight_text import explanation_text

        return explanation_text(self, locale)

    def __str__(self) -> str:
        return self.text()


def explain_parcel(checkout: Checkout, rulebook: Rulebook, parcel: int = 0) -> ParcelExplanation:
    """How a parcel of `settle(checkout, rulebook).parcels` got its fee, by its place there.

    Settles again, and checks that the settlement says what the explanation does. Raises as `settle` does, and
    `IndexError` where there is no such parcel. Source: contract §5.

    >>> from settlement import Cart, Line, Zone
    >>> zone = Zone(regions=["440000"], first=1, first_fee="8.00 CNY", additional=1, additional_fee="2.00 CNY")
    >>> template = FreightTemplate(id="t1", measure="quantity", zones=[zone], undeliverable=["CN"])
    >>> rulebook = Rulebook(id="r", currency="CNY", freight_templates=[template])
    >>> line = Line(id="a", shop="s1", sku="k", quantity=3, unit_price="59.90 CNY", freight_template="t1")
    >>> cart = Cart(currency="CNY", lines=[line])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, address={"region": "440305"})
    >>> explained = explain_parcel(checkout, rulebook)
    >>> explained.fee_formula, [(each.place, each.depth) for each in explained.candidates]
    ('8.00 + ⌈(3 − 1) ÷ 1⌉ × 2.00 = 12.00', [('zones[0].regions[0]', 3), ('undeliverable[0]', 1)])
    """
    expect("parcel", parcel, int)
    case = open_case(checkout, rulebook)
    settlement = answer(case)
    if not 0 <= parcel < len(settlement.parcels):
        msg = f"there is no parcel {parcel}; this settlement has {len(settlement.parcels)}"
        raise IndexError(msg)
    if case.shipment is None or checkout.address is None:
        msg = "a settlement with parcels has a shipment and an address"
        raise AssertionError(msg)
    found, charge = case.shipment.parcels[parcel], settlement.parcels[parcel]
    template, zone, region = found.tariff.template, found.zone, checkout.address.region
    currency = rulebook.currency
    combination = rulebook.policy.freight_combination
    beside = combination == "highest_first" and charge.fee.minor != found.fee * found.count and not charge.free
    own_fee = _money(found.fee, currency)
    combined = combined_formula(zone, found.units, own_fee, found.count, charge.fee, case.rules.rounded)
    basket = case.basket
    inside = found.group.millis
    names = {basket.ids[line] for line in found.lines}
    explanation = ParcelExplanation(
        parcel=charge,
        region=region,
        measure=template.measure,
        candidates=_candidates(template, region, checkout.at),
        warehouses=tuple(each for each in settlement.warehouses if each.line in names),
        lines=tuple(_counted(basket, found, inside)),
        units_formula=_units(basket, found, inside),
        fee_formula=with_result(zone_formula(zone, found.units, found.value), own_fee) if found.group.paying else "0",
        own_fee=own_fee,
        free=tuple(_free(case, settlement, found, region)),
        combination=combination,
        combined_formula=with_result(combined, charge.fee) if beside else "",
        surcharges=tuple(_added(found, charge.fee.minor, currency, rulebook.policy.rounding)),
        surcharge_waived=bool(found.surcharge) and not charge.surcharge,
    )
    if charge.free != any(check.holds for check in explanation.free):
        msg = "the free entries do not explain the parcel"
        raise AssertionError(msg)
    return explanation


def _added(parcel: Parcel, freight: int, currency: str, rounding: str) -> Iterator[AddedSurcharge]:
    """Its surcharges, as its zone has them; where a formula does not make the amount, that alone."""
    for each in parcel.added_at(freight):
        amount, beaten = _money(each.amount, currency), each.beaten if isinstance(each, AddedByTerms) else None
        own = amount if beaten is None else _money(beaten, currency)
        of_freight = each.rule.of_freight
        counted = _money(each.counted, currency).amount if of_freight else quantity_out(each.counted)
        formula = surcharge_formula(each.rule, counted, parcel.count, pays=bool(own)) if each.lines else "0"
        if not _makes(formula, own, rounding):
            formula = str(own).partition(" ")[0]
        stated = None if beaten is None else own
        yield AddedSurcharge(each.rule.per, each.rule.label, with_result(formula, own), amount, stated)


def _makes(formula: str, amount: Money, rounding: str) -> bool:
    """Whether the calculator makes this amount of the formula: that of a kind of one's own may say anything."""
    try:
        return minor_of(formula, rounding, amount.currency) == amount.minor
    except (ValueError, ZeroDivisionError, RecursionError):
        return False


def _money(minor: int, currency: str) -> Money:
    return Money.of_minor(minor, currency)


def _candidates(template: FreightTemplate, region: str, at: datetime) -> tuple[MatchingRule, ...]:
    """Every rule that contains the address, the deciding one first; at equal depth undeliverable, then times are first.

    Zones outside their times come last.
    """
    refused = enumerate(template.undeliverable or ())
    places: list[tuple[str, str, Times | None]] = [(f"undeliverable[{index}]", each, None) for index, each in refused]
    zones = sorted(enumerate(template.zones), key=lambda numbered: numbered[1].when is None)
    places += [
        (f"zones[{number}].regions[{index}]", each, zone.when)
        for number, zone in zones
        if not excluded(zone, region)
        for index, each in enumerate(zone.regions)
    ]
    found = [
        MatchingRule(place, each, len(path(each)) - 1, when is None or when.hold(at))
        for place, each, when in places
        if contains(each, region)
    ]
    return tuple(sorted(found, key=lambda rule: (rule.in_time, depth(rule.region)), reverse=True))


def _counted(basket: Basket, parcel: Parcel, inside: Sequence[int]) -> Iterator[CountedLine]:
    """What each line counts in the template's measure, or in volume where that weighs more."""
    measure = _measure(basket, parcel, inside)
    for line, thousandths in zip(parcel.lines, inside, strict=True):
        ships_free = basket.free_shipping[line]
        each = _each(basket, line, measure)
        counts = -(-thousandths // 1000) * 1000 if measure == "quantity" else each * thousandths
        quantity = _number(thousandths)
        yield CountedLine(basket.ids[line], quantity, measure, each, 0 if ships_free else _number(counts), ships_free)


def _each(basket: Basket, line: int, measure: str) -> int:
    if measure == "quantity":
        return 1
    return (basket.weights if measure == "weight_g" else basket.volumes)[line] or 0


def _measured(basket: Basket, parcel: Parcel, inside: Sequence[int], measure: str) -> int:
    """Thousandths of the measure of all lines that count units."""
    return sum(
        _each(basket, line, measure) * thousandths
        for line, thousandths in zip(parcel.lines, inside, strict=True)
        if not basket.free_shipping[line]
    )


def _measure(basket: Basket, parcel: Parcel, inside: Sequence[int]) -> str:
    divisor = parcel.tariff.divisor
    if divisor is not None:
        weight, volume = (_measured(basket, parcel, inside, each) for each in ("weight_g", "volume_cm3"))
        if volume * 1000 > (weight + parcel.tariff.packing * 1000) * divisor:
            return "volume_cm3"
    return parcel.tariff.measure


def _units(basket: Basket, parcel: Parcel, inside: Sequence[int]) -> str:
    """The units, with what rounds them up and the larger of weight and volume."""
    measure, divisor = parcel.tariff.measure, parcel.tariff.divisor
    if measure == "quantity":
        return str(parcel.units)
    total = _number(_measured(basket, parcel, inside, measure))
    packing = parcel.tariff.packing if measure == "weight_g" and parcel.group.paying else 0
    if divisor is None:
        if packing:
            return f"⌈{total}⌉ + {packing} = {parcel.units}"
        return str(total) if isinstance(total, int) else f"⌈{total}⌉ = {parcel.units}"
    volume = _number(_measured(basket, parcel, inside, "volume_cm3"))
    weight = f"⌈{total}⌉ + {packing}" if packing else f"⌈{total}⌉"
    return f"max({weight}, ⌈{volume} × 1000 ÷ {divisor}⌉) = {parcel.units}"


def _number(thousandths: int) -> int | Decimal:
    shown = quantity_out(thousandths)
    return shown if isinstance(shown, int) else Decimal(shown)


# ------------------------------------------------------------------ free shipping


def reckoned(settlement: Settlement, rulebook: Rulebook, lines: Collection[str]) -> tuple[int, int]:
    """The amount (minor units, by policy) and the pieces of these lines, as free shipping looks at them.

    Off goods are under `net` all offers, under `shop_net` those that shops issued (contract §2.3).
    """
    basis = rulebook.policy.free_shipping_amount
    offers = () if basis == "goods" else GOODS_OFFERS
    of_platform = frozenset[str]()
    if basis == "shop_net":
        offers = tuple(stage for stage in GOODS_OFFERS if stage != "platform_coupon")
        of_platform = frozenset(each.id for each in rulebook.promotions if each.issuer == "platform")
    counted = [line for line in settlement.lines if line.id in lines]
    amount = sum(line.goods.minor for line in counted) + sum(
        share.minor
        for adjustment in settlement.adjustments
        if adjustment.stage in offers and (adjustment.stage in COUPONS or adjustment.rule not in of_platform)
        for name, share in adjustment.shares.items()
        if name in lines
    )
    return amount, sum(-(-milli(line.quantity) // 1000) for line in counted)


def _free(case: Case, settlement: Settlement, parcel: Parcel, region: str) -> Iterator[FreeCheck]:
    """Each entry of the template with its conditions looked at one by one."""
    basket, template = case.basket, parcel.tariff.template
    for index, entry in enumerate(template.free):
        lines = {
            basket.ids[line]
            for line in basket.by_shop[parcel.shop]
            if entry.basis == "shop" or basket.templates[line] == parcel.group.template
        }
        amount, pieces = reckoned(settlement, case.rules.book, lines)
        conditions = (
            *_regions(template, entry, region),
            *_methods(entry, parcel.group.method),
            *_conditions(entry, _money(amount, settlement.currency), pieces, parcel.units),
        )
        yield FreeCheck(f"free[{index}]", conditions, entry.waives_surcharge)


def _regions(template: FreightTemplate, entry: Free, region: str) -> Iterator[FreeCondition]:
    """What an entry asks of the address."""
    if entry.regions is not None:
        inside = any(contains(each, region) for each in entry.regions)
        yield FreeCondition("regions", ", ".join(entry.regions), region, inside)
    if entry.exclude_regions is not None:
        outside = not excluded(entry, region)
        yield FreeCondition("exclude_regions", ", ".join(entry.exclude_regions), region, outside)
    if template.nearest_free and entry.regions is not None and speaks_of(entry, region):
        named = [each for other in free_in(template, region) for each in other.regions or () if contains(each, region)]
        nearest = max(named, key=depth)
        own = max((each for each in entry.regions if contains(each, region)), key=depth)
        yield FreeCondition("nearest_free", own, nearest, depth_in(entry, region) == depth(nearest))


def _methods(entry: Free, method: str | None) -> Iterator[FreeCondition]:
    """What an entry asks of the way of delivery."""
    if entry.delivery_methods is not None:
        wanted = ", ".join(entry.delivery_methods)
        yield FreeCondition("delivery_methods", wanted, method or "", sent_by(entry, method))


def _conditions(entry: Free, amount: Money, pieces: int, units: int) -> Iterator[FreeCondition]:
    checks: list[tuple[str, Any, Any, bool]] = []
    if entry.min_amount is not None:
        checks.append(("min_amount", entry.min_amount, amount, amount >= entry.min_amount))
    if entry.min_quantity is not None:
        checks.append(("min_quantity", entry.min_quantity, pieces, pieces >= entry.min_quantity))
    if entry.max_units is not None:
        checks.append(("max_units", entry.max_units, units, units <= entry.max_units))
    for name, wanted, found, holds in checks:
        yield FreeCondition(name, str(wanted), str(found), holds)


all_readable(globals())
