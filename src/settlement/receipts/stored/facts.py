"""The facts of a stored settlement that something reads again, each as what it is.

Facts are free in form (contract §7), and a writer may leave any of them out. But a refund, an explanation, a receipt
and the check of what was read back look some of them up by name: those are read here, strictly, and the documents of
the rules that they repeat (a benefit, a zone, points, a fee) by their own classes. A name that nobody looks up, and a
benefit or a condition of a kind that is not the library's, may hold whatever JSON there is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from settlement.discounts import CONDITIONS, KINDS
from settlement.discounts.benefit import Benefit
from settlement.documents.document import Document, foreign_amounts
from settlement.documents.problems import place_of, problem
from settlement.documents.scalars import LISTED, Count, Id, PercentOrZero, PositiveCount, Quantity, RegionCode
from settlement.documents.signed import OneCurrency, Signed, Written
from settlement.errors import InvalidDocument, Problem
from settlement.freight.per import PER
from settlement.freight.templates import Surcharge, Zone
from settlement.money import ROUNDERS, Money, excerpt
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.points import Points
from settlement.rulebook.policy import RoundTotal

__all__ = [
    "Facts",
    "FeeFacts",
    "FreightFacts",
    "OfferFacts",
    "PointsFacts",
    "SurchargeFacts",
    "read_fee",
    "read_freight",
    "read_offer",
    "read_points",
    "read_rounding",
    "read_surcharge",
]

Facts: TypeAlias = Mapping[str, Any]
Read = TypeVar("Read", bound=Document)

_BENEFITS: Final[Mapping[str, type[Benefit]]] = {kind.model_fields["type"].default: kind for kind in KINDS}
_CONDITIONS: Final[Mapping[str, type[Document]]] = {kind.model_fields["type"].default: kind for kind in CONDITIONS}
_MEASURED: Final = re.compile(r"(0|[1-9][0-9]{0,29})(?:\.([0-9]{1,3}))?", re.ASCII)


def _measured(value: object) -> int:
    """What was counted, in thousandths: a sum over lines, so beyond what any line can state."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str):
        raise problem("quantity.type", found=excerpt(value))
    match = _MEASURED.fullmatch(text)
    if match is None:
        raise problem("quantity.notation", found=excerpt(text))
    return int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0"))


def _mode(value: object) -> str:
    if not isinstance(value, str) or value not in ROUNDERS:
        raise problem("choice.unknown", found=excerpt(value), expected=", ".join(ROUNDERS))
    return value


Measured = Annotated[int, PlainValidator(_measured)]
Mode = Annotated[str, PlainValidator(_mode)]
Names = Annotated[tuple[Id, ...], LISTED]


class OfferFacts(OneCurrency):
    """What an offer went by, and what it takes to work it out again."""

    basis: Signed | None = None
    quantity: Measured | None = None
    net: Signed | None = None
    tier: PositiveCount | None = None
    benefit: dict[str, Any] | None = None
    conditions: Annotated[tuple[dict[str, Any], ...], LISTED] = ()
    unmet: dict[str, Any] | None = None
    why: dict[str, Any] | None = None
    rounding: Mode | None = None
    min_amount: Money | None = None
    min_quantity: Quantity | None = None
    platform_share: PercentOrZero | None = None
    bought: Measured = 0
    floors: dict[Written, Signed] | None = None
    condition: Names | None = None
    unshared: Names = ()


class FreightFacts(OneCurrency):
    """What a parcel's fee went by, beside the zone."""

    zone: RegionCode | None = None
    measure: Literal["quantity", "weight_g", "volume_cm3"] | None = None
    units: Count | None = None
    value: Signed | None = None
    rounding: Mode | None = None
    own_fee: Signed | None = None
    boxes: PositiveCount = 1
    warehouse: Id | None = None
    volumetric_divisor: PositiveCount | None = None
    counts: dict[Written, Measured] | None = None


class SurchargeFacts(OneCurrency):
    """What a surcharge was spread by, beside what it is charged for."""

    boxes: PositiveCount = 1
    counts: dict[Written, Measured] | None = None


class PointsFacts(OneCurrency):
    """What the points could pay for."""

    base: Signed | None = None
    cap: Signed | None = None
    used: Count | None = None
    usable: Count | None = None
    balance: Count | None = None
    unshared: Names = ()


class FeeFacts(OneCurrency):
    """What a payment fee, or the rounding of the total, was worked out of."""

    payable: Signed | None = None
    rounding: Mode | None = None


# ------------------------------------------------------------------ reading


def read_offer(facts: Facts, currency: str) -> tuple[OfferFacts, Benefit | None]:
    """An offer's facts, and its benefit where it is one of the library's. Raises `InvalidDocument`."""
    found = _own(OfferFacts, facts, currency)
    for at, condition in enumerate(found.conditions):
        _known(_CONDITIONS, condition, f"conditions[{at}]")
    unmet = None if found.unmet is None else _known(_CONDITIONS, found.unmet, "unmet")
    if unmet is not None and found.why and "held" in found.why:
        _count_of(found.why, "held", "why.")
    benefit = None if found.benefit is None else _known(_BENEFITS, found.benefit, "benefit", currency)
    return found, benefit


def read_freight(facts: Facts, currency: str) -> tuple[FreightFacts, Zone | None]:
    """A parcel's facts, and its zone where they say enough of it. Raises `InvalidDocument`."""
    found = _own(FreightFacts, facts, currency)
    if found.zone is None or "first" not in facts or "first_fee" not in facts:
        return found, None
    return found, _document(Zone, _named(Zone, facts) | {"regions": [found.zone]}, "", currency)


def read_surcharge(facts: Facts, currency: str) -> tuple[SurchargeFacts, tuple[int, int] | None]:
    """A surcharge's facts, and its fee in minor units with how often it is charged. Raises `InvalidDocument`."""
    found = _own(SurchargeFacts, facts, currency)
    if "per" not in facts or "fee" not in facts:
        return found, None
    rule = _document(Surcharge, _named(Surcharge, facts) | {"regions": ["*"]}, "", currency)
    per = PER[rule.per]
    if per.counts is None:
        return found, (rule.fee.minor, 1)
    return found, (rule.fee.minor, per.times(_count_of(facts, per.counts)))


def read_points(facts: Facts, currency: str) -> tuple[PointsFacts, Points | None]:
    """The facts of points, and their rule where they say it. Raises `InvalidDocument`."""
    found = _own(PointsFacts, facts, currency)
    if "points" not in facts or "worth" not in facts:
        return found, None
    return found, _document(Points, _named(Points, facts), "", currency)


def read_fee(facts: Facts, currency: str, method: str) -> tuple[FeeFacts, PaymentMethod]:
    """The facts of a payment fee, and the way to pay. Raises `InvalidDocument`."""
    terms = {name: facts[name] for name in ("percent", "fixed", "min", "max") if name in facts}
    found = _own(FeeFacts, facts, currency)
    return found, _document(PaymentMethod, terms | {"id": method, "borne_by": "buyer"}, "", currency)


def read_rounding(facts: Facts, currency: str) -> tuple[FeeFacts, RoundTotal | None]:
    """The facts of the total's rounding, and its rule where they say it. Raises `InvalidDocument`."""
    found = _own(FeeFacts, facts, currency)
    if "unit" not in facts or "mode" not in facts:
        return found, None
    return found, _document(RoundTotal, _named(RoundTotal, facts), "", currency)


def _own(kind: type[Read], facts: Facts, currency: str) -> Read:
    found = _named(kind, facts)
    nothing = [Problem(name, "stored.null") for name, value in found.items() if value is None]
    if nothing:
        raise InvalidDocument(nothing, "Settlement")
    return _document(kind, found | {"currency": currency}, "")


def _named(kind: type[Document], facts: Facts) -> dict[str, Any]:
    return {name: facts[name] for name in kind.model_fields if name in facts}


def _document(kind: type[Read], data: Mapping[str, Any], place: str, currency: str = "") -> Read:
    """A document of the facts; what is wrong with it stands at its place among them."""
    head = f"{place}." if place else ""
    try:
        found = kind.model_validate(dict(data))
    except InvalidDocument as error:
        raise InvalidDocument([each._replace(place=head + each.place) for each in error.problems]) from None
    if currency:
        foreign = [head + place_of(each["loc"]) for each in foreign_amounts(found, currency)]
        if foreign:
            raise InvalidDocument([Problem(where, "stored.currency", {"currency": currency}) for where in foreign])
    return found


def _known(kinds: Mapping[str, type[Read]], data: Mapping[str, Any], place: str, currency: str = "") -> Read | None:
    """What its type says it is; None for a kind that the library does not know."""
    tag = data.get("type")
    if not isinstance(tag, str):
        raise InvalidDocument([Problem(f"{place}.type", "text.type", {"found": excerpt(tag)})])
    return _document(kinds[tag], data, place, currency) if tag in kinds else None


def _count_of(facts: Facts, name: str, head: str = "") -> int:
    """What was counted, in thousandths."""
    if name not in facts:
        raise InvalidDocument([Problem(head + name, "field.missing")])
    try:
        return _measured(facts[name])
    except PydanticCustomError as error:
        raise InvalidDocument([Problem(head + name, error.type, error.context or {})]) from None
