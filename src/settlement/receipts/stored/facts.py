"""The facts of a stored settlement that something reads again, each as what it is.

Facts are free in form (contract §7), and a writer may leave any of them out, but not `platform_share` beside an offer's
`rounding`. A refund, an explanation, a receipt and the check of what was read back look some of them up by name: those
are read here, strictly, and the documents of the rules that they repeat (a benefit, a zone, points, a fee) by their own
classes. A name that nobody looks up, and a benefit or a condition of a kind that is not the library's, may hold
whatever JSON there is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar

from pydantic_core import PydanticCustomError

from settlement.discounts import CONDITIONS, KINDS
from settlement.discounts.benefit import Benefit
from settlement.documents.document import Document, foreign_amounts
from settlement.documents.problems import place_of
from settlement.documents.scalars import Count, Flag, Id, PositiveCount
from settlement.errors import InvalidDocument, Problem
from settlement.freight.added import bounded
from settlement.freight.surcharges import SURCHARGE_KINDS, Surcharge
from settlement.freight.templates import Zone
from settlement.money import ROUNDERS, excerpt
from settlement.receipts.stored.readers import READERS, measured
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.points import Points
from settlement.rulebook.policy import RoundTotal
from settlement.taxes.levied import LineTaxes

__all__ = [
    "Facts",
    "FreeFacts",
    "FreightFacts",
    "LowerFacts",
    "OfferFacts",
    "PackedFacts",
    "PayableFacts",
    "PointsFacts",
    "SparedFacts",
    "SurchargeFacts",
    "TaxFacts",
    "TooMuchFacts",
    "again",
    "read_fee",
    "read_freight",
    "read_lower",
    "read_offer",
    "read_packed",
    "read_points",
    "read_rounding",
    "read_spared",
    "read_surcharge",
    "read_tax",
    "read_too_much",
]

Facts: TypeAlias = Mapping[str, Any]
Read = TypeVar("Read", bound=Document)
Stated = TypeVar(
    "Stated",
    "OfferFacts",
    "FreightFacts",
    "SurchargeFacts",
    "PointsFacts",
    "PayableFacts",
    "TaxFacts",
    "TooMuchFacts",
    "SparedFacts",
    "FreeFacts",
    "LowerFacts",
)


class OfferFacts(NamedTuple):
    """What an offer went by: minor units, thousandths, line ids; the share of the platform as a ratio."""

    basis: int | None = None
    quantity: int | None = None
    net: int | None = None
    tier: int | None = None
    benefit: Mapping[str, Any] | None = None
    conditions: Sequence[Mapping[str, Any]] = ()
    unmet: Mapping[str, Any] | None = None
    why: Mapping[str, Any] = MappingProxyType({})
    rounding: str | None = None
    min_amount: int | None = None
    min_quantity: int | None = None
    platform_share: tuple[int, int] | None = None
    platform_share_per: Literal["line", "offer"] = "line"
    bought: int = 0
    floors: Mapping[str, int] | None = None
    condition: Sequence[str] | None = None
    unshared: Sequence[str] = ()
    budget_left: int | None = None
    #: Of a refusal: what was left of a budget, what it would have taken, and the offer beside which it can't stand.
    left: int | None = None
    would_take: int | None = None
    offer: str | None = None
    max_amount: int | None = None
    above: int | None = None
    regions: Sequence[str] | None = None
    exclude_regions: Sequence[str] | None = None
    payment_methods: Sequence[str] | None = None
    delivery_methods: Sequence[str] | None = None
    slots: Sequence[Sequence[str]] | None = None
    #: Units left by line, where some were used up before, with their net; and those used here.
    units_left: Mapping[str, tuple[int, int]] = MappingProxyType({})
    units_used: Mapping[str, int] | None = None
    #: Lines of the scope of which nothing was left; None: nobody says.
    none_left: Sequence[str] | None = None
    #: Lines of the scope that others shut to it; whether it shuts those that it discounts to others, or to coupons.
    shut: Sequence[str] = ()
    exclusive: bool = False
    coupons_allowed: bool = True
    #: What the thresholds looked at, where the basis might not tell it.
    threshold_amount: Literal["net", "goods"] = "net"
    counts_earlier: bool = False

    @property
    def earlier(self) -> int:
        """Thousandths of earlier orders that count along."""
        return self.bought if self.counts_earlier else 0

    #: Whether the basis is the amounts with tax; and what that adds to each line, where it can be told.
    with_tax: bool = False
    taxed: Mapping[str, LineTaxes] | None = None

    def looked_at(self, ids: Sequence[str], amounts: Sequence[int], millis: Sequence[int], lines: Iterable[int]) -> int:
        """What its thresholds see of these lines: with the tax of each where that was added."""
        taxed = self.taxed
        if not taxed:
            return sum([amounts[at] for at in lines])
        return sum(
            [amounts[at] + (taxed[ids[at]].of(amounts[at], millis[at]) if ids[at] in taxed else 0) for at in lines]
        )

    #: A kind of one's own in the library's words; the tiers below, and those above that fewer goods may reach; by place
    #: of a condition the lines that it counted.
    again: Mapping[str, Any] | None = None
    lower: Sequence[Mapping[str, Any]] | None = None
    higher: Sequence[Mapping[str, Any]] = ()
    held: Mapping[str, Sequence[str]] = MappingProxyType({})
    #: By place of a condition of one's own, what it asks of the goods in conditions of the library.
    conditions_again: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({})
    #: Of a price of goods, where free shipping looks at what shops' offers left: whether the platform issued it.
    by_platform: bool | None = None


class FreightFacts(NamedTuple):
    """What a parcel's fee went by, beside the zone."""

    zone: str | None = None
    measure: str | None = None
    units: int | None = None
    value: int | None = None
    value_of: Sequence[str] | None = None
    rounding: str | None = None
    own_fee: int | None = None
    boxes: int = 1
    warehouse: str | None = None
    volumetric_divisor: int | None = None
    packing_weight_g: int = 0
    values: Mapping[str, int] | None = None
    counts: Mapping[str, int] | None = None
    combination: str = "sum"
    packed: Mapping[str, Any] | None = None


class _PackedLine(Document):
    weight_g: Count | None = None
    volume_cm3: Count | None = None
    free_shipping: Flag = False
    categories: tuple[Id, ...] = ()


class _Packed(Document):
    max_weight_g: PositiveCount | None = None
    measure: Literal["quantity", "weight_g", "volume_cm3"]
    rounding: Literal["half_up", "half_even", "half_down", "down", "up"]
    packing_weight_g: Count = 0
    volumetric_divisor: PositiveCount | None = None
    lines: Mapping[str, _PackedLine]
    spread_by: Literal["measure", "goods"] = "measure"
    surcharges: tuple[dict[str, Any], ...] = ()


class PackedFacts(NamedTuple):
    """What a parcel was packed by: how much a box holds, of which lines, and what may be added to each box."""

    #: None where one parcel holds all.
    max_weight_g: int | None
    measure: Literal["quantity", "weight_g", "volume_cm3"]
    rounding: str
    packing_weight_g: int
    volumetric_divisor: int | None
    spread_by: Literal["measure", "goods"]
    #: By line what boxes are filled by, beside what the line itself states.
    lines: Mapping[str, Mapping[str, Any]]
    #: None for one of somebody's own.
    surcharges: Sequence[Surcharge | None]


class SparedFacts(NamedTuple):
    """What a parcel that ships free would have paid, beside its zone and counts; and what makes it free."""

    fee: int | None = None
    surcharges: Sequence[Mapping[str, Any]] = ()
    free_by: str = "net"
    free: Sequence[Mapping[str, Any]] = ()


class FreeFacts(NamedTuple):
    """One free entry: what must hold of which lines."""

    min_amount: int | None = None
    min_quantity: int | None = None
    max_units: int | None = None
    waives_surcharge: bool = False
    #: Where they are not all of the shop, or all that the parcel counts.
    lines: Sequence[str] | None = None
    of_shop: bool = False


class LowerFacts(NamedTuple):
    """A tier below the one that applied."""

    min_amount: int | None = None
    min_quantity: int | None = None
    max_amount: int | None = None
    benefit: Mapping[str, Any] | None = None
    again: Mapping[str, Any] | None = None
    slots: Sequence[Sequence[str]] | None = None


class TooMuchFacts(NamedTuple):
    """Why a parcel was not shipped: its units and where the card ends, or a piece and what a box holds."""

    template: str | None = None
    warehouse: str | None = None
    zone: str | None = None
    measure: str | None = None
    units: int | None = None
    reaches: int | None = None
    heaviest: str | None = None
    weight_g: int | None = None
    max_weight_g: int | None = None
    #: Of a delivery method: its id, and in a word why it is not available where the buyer chose it.
    method: str | None = None
    cause: str | None = None


class SurchargeFacts(NamedTuple):
    """What a surcharge was spread by, beside what it is charged for, and what its kind states of itself."""

    freight: int | None = None
    rounding: str | None = None
    boxes: int = 1
    values: Mapping[str, int] | None = None
    counts: Mapping[str, int] | None = None
    terms: Mapping[str, Any] | None = None
    packed: Mapping[str, Any] | None = None


class PointsFacts(NamedTuple):
    """What the points could pay for."""

    base: int | None = None
    cap: int | None = None
    used: int | None = None
    usable: int | None = None
    balance: int | None = None
    unshared: Sequence[str] = ()


class PayableFacts(NamedTuple):
    """What a payment fee, or the rounding of the total, was worked out of."""

    payable: int | None = None
    rounding: str | None = None


class TaxFacts(NamedTuple):
    """What one tax at one rate was taken of: all of its row, of which an adjustment has the part on one side."""

    shop: str | None = None
    percent: tuple[int, int] | None = None
    base: int | None = None
    tax: int | None = None
    per: str | None = None
    rounding: str | None = None
    goods_of: Mapping[str, int] = MappingProxyType({})
    freight_of: Mapping[str, int] = MappingProxyType({})
    fee_of: Mapping[str, int] = MappingProxyType({})
    #: By line of whose goods a part alone was taken: from where to where, and of how much.
    parts: Mapping[str, tuple[Sequence[tuple[int, int]], int]] = MappingProxyType({})
    compound: bool = False
    together: bool = False
    taken_out: bool = False
    cut: bool = False


# ------------------------------------------------------------------ offers, parcels, points, fees


def read_offer(facts: Facts, currency: str) -> tuple[OfferFacts, Benefit | None]:
    """An offer's facts, and its benefit where it is one of the library's. Raises `InvalidDocument`."""
    found = _stated(OfferFacts, facts, currency)
    for at, condition in enumerate(found.conditions):
        _known(_CONDITIONS, condition, f"conditions[{at}].", currency)
    if found.unmet is not None and _known(_CONDITIONS, found.unmet, "unmet.", currency) and "held" in found.why:
        _one("why.held", measured, found.why["held"], currency)
    benefit = None if found.benefit is None else _known(_BENEFITS, found.benefit, "benefit.", currency)
    if found.again is not None:
        _known(_BENEFITS, found.again, "again.", currency)
    for name, asked in found.conditions_again.items():
        for at, each in enumerate(asked):
            place = f"conditions_again.{name}[{at}]."
            if _known(_CONDITIONS, each, place, currency) is None:
                expected = ", ".join(_CONDITIONS)
                facts_of = {"found": excerpt(each["type"]), "expected": expected}
                raise InvalidDocument([Problem(f"{place}type", "choice.unknown", facts_of)])
    for name, tiers in (("lower", found.lower or ()), ("higher", found.higher)):
        for at, each in enumerate(tiers):
            try:
                read_lower(each, currency)
            except InvalidDocument as error:
                at_tier = [problem._replace(place=f"{name}[{at}].{problem.place}") for problem in error.problems]
                raise InvalidDocument(at_tier) from None
    return found, benefit


def again(facts: OfferFacts | LowerFacts, currency: str) -> Benefit | None:
    """The benefit as a kind of the library, where the facts state it so."""
    for stated in (facts.again, facts.benefit):
        if stated is not None and (found := _known(_BENEFITS, stated, "benefit.", currency)) is not None:
            return found
    return None


def read_lower(facts: Facts, currency: str) -> tuple[LowerFacts, Benefit | None]:
    """A tier below the one that applied, and its benefit as one of the library's. Raises `InvalidDocument`."""
    found = _stated(LowerFacts, facts, currency)
    return found, again(found, currency)


def read_spared(facts: Facts, currency: str) -> tuple[SparedFacts, FreightFacts, Zone | None, Sequence[FreeFacts]]:
    """What a free parcel would have paid, and its free entries. Raises `InvalidDocument`."""
    found = _stated(SparedFacts, facts, currency)
    counted, zone = read_freight(facts, currency)
    for each in found.surcharges:
        read_surcharge(each, currency)
        _one("amount", READERS["base"], each.get("amount"), currency)
    return found, counted, zone, [_stated(FreeFacts, each, currency) for each in found.free]


def read_freight(facts: Facts, currency: str) -> tuple[FreightFacts, Zone | None]:
    """A parcel's facts, and its zone where they say enough of it. Raises `InvalidDocument`."""
    found = _stated(FreightFacts, facts, currency)
    if not facts.keys() >= {"zone", "first", "first_fee"}:
        return found, None
    return found, _terms(Zone, facts, currency, regions=["*"])


def read_packed(facts: FreightFacts | SurchargeFacts, currency: str) -> PackedFacts | None:
    """What a parcel was split by. Raises `InvalidDocument`."""
    if facts.packed is None:
        return None
    found = _document(_Packed, facts.packed, "packed.", currency)
    rules = []
    for at, each in enumerate(found.surcharges):
        try:
            rules.append(_surcharge_rule(each, _stated(SurchargeFacts, each, currency), currency))
        except InvalidDocument as error:
            place = f"packed.surcharges[{at}]."
            raise InvalidDocument([each._replace(place=place + each.place) for each in error.problems]) from None
    lines = {name: dict(line) for name, line in found.lines.items()}
    fields = {name: getattr(found, name) for name in PackedFacts._fields}
    return PackedFacts(**(fields | {"lines": lines, "surcharges": rules}))


def read_too_much(facts: Facts, currency: str) -> TooMuchFacts:
    """The facts of a line whose parcel was not shipped. Raises `InvalidDocument`."""
    return _stated(TooMuchFacts, facts, currency)


def read_surcharge(facts: Facts, currency: str) -> tuple[SurchargeFacts, int | None]:
    """A surcharge's facts, and what all boxes cost where they say it. Raises `InvalidDocument`."""
    found = _stated(SurchargeFacts, facts, currency)
    rule = _surcharge_rule(facts, found, currency)
    if rule is None:
        return found, None
    if rule.of_freight:
        share = None if found.freight is None else rule.share(found.freight, ROUNDERS[found.rounding or "half_up"])
        return found, None if share is None else bounded(rule, share)
    counted = _one(rule.fact, measured, facts.get(rule.fact), currency) if rule.fact else 0
    return found, bounded(rule, rule.charged(counted)) * found.boxes


def _surcharge_rule(facts: Facts, found: SurchargeFacts, currency: str) -> Surcharge | None:
    """A surcharge as one of the library's; None where the facts don't say it, or it is somebody's own."""
    if "per" not in facts:
        return None
    per = facts["per"]
    if not isinstance(per, str):
        raise InvalidDocument([Problem("per", "text.type", {"found": excerpt(per)})])
    kind = _SURCHARGES.get(per)
    if kind is None:  # somebody's own: only its author knows what it counts
        return None
    stated = {name: facts[name] for name in ("per", "fee", "label") if name in facts}
    if "fee" not in stated and kind.model_fields["fee"].is_required():
        return None
    return _document(kind, stated | {**(found.terms or {}), "regions": ["*"]}, "", currency)


#: The library's kinds of surcharge by what they are charged per.
_SURCHARGES: Final[Mapping[str, type[Surcharge]]] = MappingProxyType(
    {kind.model_fields["per"].default: kind for kind in SURCHARGE_KINDS}
)


def read_points(facts: Facts, currency: str) -> tuple[PointsFacts, Points | None]:
    """The facts of points, and their rule where they say it. Raises `InvalidDocument`."""
    found = _stated(PointsFacts, facts, currency)
    return found, _terms(Points, facts, currency) if facts.keys() >= {"points", "worth"} else None


def read_fee(facts: Facts, currency: str, method: str) -> tuple[PayableFacts, PaymentMethod]:
    """The facts of a payment fee, and the way to pay. Raises `InvalidDocument`."""
    return _stated(PayableFacts, facts, currency), _terms(PaymentMethod, facts, currency, id=method, borne_by="buyer")


def read_tax(facts: Facts, currency: str) -> TaxFacts:
    """The facts of a tax. Raises `InvalidDocument`."""
    return _stated(TaxFacts, facts, currency)


def read_rounding(facts: Facts, currency: str) -> tuple[PayableFacts, RoundTotal | None]:
    """The facts of the total's rounding, and its rule where they say it. Raises `InvalidDocument`."""
    found = _stated(PayableFacts, facts, currency)
    return found, _terms(RoundTotal, facts, currency) if facts.keys() >= {"unit", "mode"} else None


# ------------------------------------------------------------------ documents of the rules


def _terms(kind: type[Read], facts: Facts, currency: str, **more: Any) -> Read:
    """A document of the rules whose fields stand among the facts."""
    return _document(kind, {name: facts[name] for name in kind.model_fields if name in facts} | more, "", currency)


def _known(kinds: Mapping[str, type[Read]], data: Facts, place: str, currency: str) -> Read | None:
    """What its type says it is; None for a kind that the library does not know."""
    tag = data.get("type")
    if not isinstance(tag, str):
        raise InvalidDocument([Problem(f"{place}type", "text.type", {"found": excerpt(tag)})])
    return _document(kinds[tag], data, place, currency) if tag in kinds else None


def _document(kind: type[Read], data: Facts, place: str, currency: str) -> Read:
    """A document of the facts; what is wrong with it stands at its place among them.

    Whoever reads facts again looks whether a name is there: a null would be found for a value.
    """
    nothing = [Problem(place + name, "stored.null") for name, value in data.items() if value is None]
    if nothing:
        raise InvalidDocument(nothing)
    try:
        made: Read = _made(kind, json.dumps(data), currency)
    except InvalidDocument as error:
        raise InvalidDocument([each._replace(place=place + each.place) for each in error.problems]) from None
    return made


@lru_cache(maxsize=1024)
def _made(kind: type[Read], text: str, currency: str) -> Read:
    """The same terms stand in every settlement under the same rules: each is read once."""
    found = kind.model_validate(json.loads(text))
    foreign = [Problem(place_of(each["loc"]), "stored.currency") for each in foreign_amounts(found, currency)]
    if foreign:
        raise InvalidDocument(foreign)
    return found


_BENEFITS: Final[Mapping[str, type[Benefit]]] = {kind.model_fields["type"].default: kind for kind in KINDS}
_CONDITIONS: Final[Mapping[str, type[Document]]] = {kind.model_fields["type"].default: kind for kind in CONDITIONS}


# ------------------------------------------------------------------ facts by their names


def _stated(kind: type[Stated], facts: Facts, currency: str) -> Stated:
    """The facts of these names, each as what it is. Raises `InvalidDocument` with all that are not."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in kind._fields:
        if name in facts:
            try:
                found[name] = READERS[name](facts[name], currency)
            except PydanticCustomError as error:
                problems.append(Problem(name, error.type, error.context or {}))
    if problems:
        raise InvalidDocument(problems)
    return kind(**found)


def _one(place: str, reader: Callable[[Any, str], Any], value: object, currency: str) -> Any:
    try:
        return reader(value, currency)
    except PydanticCustomError as error:
        raise InvalidDocument([Problem(place, error.type, error.context or {})]) from None
