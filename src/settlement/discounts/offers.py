"""The documents of offers: scope, tiers, promotion, coupon (contract §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeAlias, Union

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails

from settlement.discounts import CONDITIONS, KINDS
from settlement.discounts.benefit import Benefit
from settlement.discounts.condition import Condition
from settlement.discounts.staged import Staged
from settlement.documents.document import Document
from settlement.documents.marks import Mark, Means
from settlement.documents.problems import problem, problem_at, refuse
from settlement.documents.regions import Regions
from settlement.documents.remade import remade
from settlement.documents.scalars import (
    LISTED,
    MAX_ID,
    Flag,
    Id,
    Ids,
    Instant,
    Name,
    PercentOrZero,
    PositiveCount,
    Quantity,
    Text,
)
from settlement.money import Money, excerpt

__all__ = ["Coupon", "Offer", "Promotion", "Scope", "Tier", "documents_with", "priority_of"]

if TYPE_CHECKING:
    AnyBenefit: TypeAlias = Benefit
    AnyCondition: TypeAlias = Condition
else:
    AnyBenefit = Annotated[Union[KINDS], Field(discriminator="type")]  # noqa: UP007 - a tuple of kinds
    AnyCondition = Annotated[Union[CONDITIONS], Field(discriminator="type")]  # noqa: UP007 - a tuple of kinds


#: Conditions of one offer at most.
MAX_CONDITIONS: Final = 20


class Scope(Document):
    """Which lines an offer sees; an absent list does not restrict, and all that stand must hold.

    With `exclude_reduced` lines whose `unit_price` is below their `list_price` are not among them (特价商品除外).

    >>> Scope(categories=["tea"], exclude_skus=["tea-007"]).shops is None
    True
    """

    skus: Ids | None = None
    categories: Ids | None = None
    shops: Ids | None = None
    exclude_skus: Ids | None = None
    exclude_categories: Ids | None = None
    exclude_reduced: Annotated[Flag, Mark.BEYOND] = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            skus: list[str] | tuple[str, ...] | None = None,
            categories: list[str] | tuple[str, ...] | None = None,
            shops: list[str] | tuple[str, ...] | None = None,
            exclude_skus: list[str] | tuple[str, ...] | None = None,
            exclude_categories: list[str] | tuple[str, ...] | None = None,
            exclude_reduced: bool = False,
        ) -> None: ...


class Tier(Document):
    """A condition and what it earns; all that stand must hold.

    `max_amount` is the most that the threshold may see, itself included: above it the tier does not hold.

    >>> from settlement import AmountOff
    >>> Tier(min_amount="99.00 CNY", benefit=AmountOff(amount="10.00 CNY")).min_quantity is None
    True
    """

    min_amount: Money | None = None
    min_quantity: Quantity | None = None
    benefit: AnyBenefit
    max_amount: Annotated[Money | None, Mark.BEYOND] = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            benefit: Benefit | Mapping[str, Any],
            min_amount: Money | str | None = None,
            min_quantity: int | Decimal | str | None = None,
            max_amount: Money | str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _every(self) -> Self:
        if getattr(self.benefit, "every", False):
            conditions = (self.min_amount, self.min_quantity)
            if not all(condition is None or condition for condition in conditions) or conditions == (
                None,
                None,
            ):
                raise problem("tier.every")
        most, least = self.max_amount, self.min_amount
        if most is not None and least is not None and most.minor < least.minor:
            refuse([problem_at("max_amount", code="range.max_below_min")])
        return self


def priority_of(value: object) -> int:
    """An integer that says who comes first."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise problem("integer.type", found=excerpt(value))
    if not -(10**9) <= value <= 10**9:
        raise problem("integer.range", found=excerpt(value), range="from -1000000000 to 1000000000")
    return int(value)


def _offer_id(value: str) -> str:
    if value in RESERVED:
        raise problem("id.reserved", found=excerpt(value))
    if not value.isprintable():
        raise problem("text.control")
    return value


#: What adjustments and decisions are called that are of no offer.
RESERVED: Final = frozenset({"points", "round_total"})

OfferId: TypeAlias = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=MAX_ID), AfterValidator(_offer_id)
]


def _borne(offer: Offer) -> int | Decimal:
    """Percent of an offer's cost that the platform bears."""
    stated = offer.platform_share
    return stated if stated is not None else 100 if offer.issuer == "platform" else 0


class Offer(Document):
    """What a promotion and a coupon have in common.

    `name` and `description` are for the page only: the engine never reads them, and no digest is over them.

    `issuer` is `"platform"` or a shop id (then only that shop's lines are in scope). Of the satisfied tiers the last
    in the list applies. `platform_share` is the percentage of the cost that the platform bears: default 100 for a
    platform issuer, 0 for a shop; its part is rounded line by line, or once for the offer and spread by what the lines
    get (`platform_share_per`). `condition_scope` measures the tiers' conditions on other lines than those that
    benefit (buy A, get B cheaper). `limit_per_customer` and `limit_in_all` bound how often the offer may be used; how
    often it was used already is an input (`customer.usage`). Of the `conditions` all must hold, whatever the tiers say.
    It never stands with offers and groups named in `not_with`, nor with any that `combines_with`, where stated, does
    not name. What it takes off all orders is within its `budget`; what it took so far is an input (`usage[].spent`).
    Units that an offer with `consumes_units` used are in no later offer of its number. With `counts_earlier` what the
    customer bought before (`customer.usage`, `units`) counts along as the first units. An offer for
    `delivery_methods` sees only the lines that are delivered by one of them.
    """

    id: OfferId
    name: Annotated[Name | None, Mark.PERSONAL] = None
    description: Annotated[Text | None, Mark.PERSONAL, Mark.BEYOND] = None
    issuer: Id
    scope: Scope | None = None
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1), LISTED, Mark.ORDERED]
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    levels: Ids | None = None
    new_customers_only: Flag = False
    priority: Annotated[int, PlainValidator(priority_of), WithJsonSchema({"type": "integer"})] = 0
    exclusive: Flag = False
    platform_share: Annotated[PercentOrZero | None, Means(_borne)] = None
    condition_scope: Annotated[Scope | None, Mark.BEYOND] = None
    conditions: Annotated[tuple[AnyCondition, ...], Field(max_length=MAX_CONDITIONS), LISTED, Mark.BEYOND] = ()
    limit_per_customer: Annotated[PositiveCount | None, Mark.BEYOND] = None
    limit_in_all: Annotated[PositiveCount | None, Mark.BEYOND] = None
    not_with: Annotated[Ids | None, Mark.BEYOND] = None
    combines_with: Annotated[Ids | None, Mark.BEYOND] = None
    budget: Annotated[Money | None, Mark.BEYOND] = None
    regions: Annotated[Regions | None, Mark.BEYOND] = None
    exclude_regions: Annotated[Regions | None, Mark.BEYOND] = None
    payment_methods: Annotated[Ids | None, Mark.BEYOND] = None
    threshold_amount: Annotated[Literal["net", "goods"] | None, Mark.BEYOND] = None
    terms: Annotated[Text | None, Mark.PERSONAL, Mark.BEYOND] = None
    consumes_units: Annotated[Flag, Mark.BEYOND] = False
    counts_earlier: Annotated[Flag, Mark.BEYOND] = False
    tax_base: Annotated[Literal["net", "plus_reimbursed"], Mark.BEYOND] = "net"
    delivery_methods: Annotated[Ids | None, Mark.BEYOND] = None
    platform_share_per: Annotated[Literal["line", "offer"], Mark.BEYOND] = "line"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found: list[InitErrorDetails] = []
        if self.valid_from is not None and self.valid_until is not None and self.valid_until <= self.valid_from:
            found.append(problem_at("valid_until", code="window.empty"))
        if len({tier.benefit.on_freight for tier in self.tiers}) > 1:
            found.append(problem_at("tiers", code="tier.mixed_freight"))
        if self.consumes_units and self.on_freight:
            found.append(problem_at("consumes_units", code="units.freight"))
        if self.counts_earlier:
            found += _not_counted(self.tiers)
        refuse([*found, *_not_rising(self.tiers)])
        return self

    @property
    def borne(self) -> int | Decimal:
        """Percent of the cost that the platform bears: `platform_share`, or what its absence stands for."""
        return _borne(self)

    @property
    def on_freight(self) -> bool:
        """Whether this is a freight offer, number 7 of the contract's order."""
        return self.tiers[0].benefit.on_freight


def _not_counted(tiers: Sequence[Any]) -> Iterator[InitErrorDetails]:
    """Tiers that can't count along what was bought earlier: it is known by offer alone."""
    for place, tier in enumerate(tiers):
        if tier.benefit.by_customer:
            yield problem_at("tiers", place, "benefit", code="earlier.counted_already")
        if getattr(tier.benefit, "per", None) == "sku":
            yield problem_at("tiers", place, "benefit", "per", code="earlier.per_sku")


def _not_rising(tiers: Sequence[Any]) -> Iterator[InitErrorDetails]:
    for place, (before, tier) in enumerate(pairwise(tiers), 1):
        old = (before.min_amount, before.min_quantity)
        new = (tier.min_amount, tier.min_quantity)
        if new == (None, None):
            yield problem_at("tiers", place, code="tier.first_only")
        elif old != (None, None):
            pairs = [(_plain(a), _plain(b)) for a, b in zip(old, new, strict=True) if (a, b) != (None, None)]
            stated_twice = all(a is not None and b is not None for a, b in pairs)
            if not stated_twice or any(b < a for a, b in pairs) or all(b == a for a, b in pairs):
                yield problem_at("tiers", place, code="tier.order")
        most, bound = tier.max_amount, before.max_amount
        if most is not None and (bound is None or most.minor < bound.minor):
            yield problem_at("tiers", place, "max_amount", code="tier.max_order")


def _plain(value: Any) -> Any:
    return value.minor if isinstance(value, Money) else value


class Promotion(Offer):
    """An offer that applies by itself.

    `stage: "item"` comes before all others; `coupons_allowed: false` takes the lines that it discounts out of every
    coupon's scope. Of the promotions of one `group` at most one takes effect: that of the smallest cost of the whole.

    >>> from settlement import AmountOff
    >>> Promotion(id="p1", issuer="s1", tiers=[Tier(benefit=AmountOff(amount="5.00 CNY"))]).stage
    'order'
    """

    stage: Literal["order", "item"] = "order"
    coupons_allowed: Flag = True
    group: Annotated[Id | None, Mark.BEYOND] = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            issuer: str,
            tiers: Sequence[Tier | Mapping[str, Any]],
            name: str | None = None,
            description: str | None = None,
            scope: Scope | Mapping[str, Any] | None = None,
            valid_from: datetime | str | None = None,
            valid_until: datetime | str | None = None,
            levels: list[str] | tuple[str, ...] | None = None,
            new_customers_only: bool = False,
            priority: int = 0,
            exclusive: bool = False,
            platform_share: int | Decimal | str | None = None,
            condition_scope: Scope | Mapping[str, Any] | None = None,
            conditions: Sequence[Condition | Mapping[str, Any]] = (),
            limit_per_customer: int | None = None,
            limit_in_all: int | None = None,
            not_with: list[str] | tuple[str, ...] | None = None,
            combines_with: list[str] | tuple[str, ...] | None = None,
            budget: Money | str | None = None,
            regions: list[str] | tuple[str, ...] | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            payment_methods: list[str] | tuple[str, ...] | None = None,
            threshold_amount: Literal["net", "goods"] | None = None,
            terms: str | None = None,
            consumes_units: bool = False,
            counts_earlier: bool = False,
            tax_base: Literal["net", "plus_reimbursed"] = "net",
            delivery_methods: list[str] | tuple[str, ...] | None = None,
            platform_share_per: Literal["line", "offer"] = "line",
            stage: Literal["order", "item"] = "order",
            coupons_allowed: bool = True,
            group: str | None = None,
        ) -> None: ...


class Coupon(Offer):
    """An offer that a customer must hold.

    With `covers_freight` it takes off goods first, and then off the freight and surcharges of the lines in its scope:
    of an amount what goods left of it, of a percentage the same. Refused beside other benefits, `every`, `max`,
    `max_units` and `budget`. Source: docs/offers.md.

    >>> from settlement import PercentOff
    >>> Coupon(id="c1", issuer="platform", tiers=[Tier(benefit=PercentOff(percent="12"))]).on_freight
    False
    """

    covers_freight: Annotated[Flag, Mark.BEYOND] = False

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            issuer: str,
            tiers: Sequence[Tier | Mapping[str, Any]],
            name: str | None = None,
            description: str | None = None,
            scope: Scope | Mapping[str, Any] | None = None,
            valid_from: datetime | str | None = None,
            valid_until: datetime | str | None = None,
            levels: list[str] | tuple[str, ...] | None = None,
            new_customers_only: bool = False,
            priority: int = 0,
            exclusive: bool = False,
            platform_share: int | Decimal | str | None = None,
            condition_scope: Scope | Mapping[str, Any] | None = None,
            conditions: Sequence[Condition | Mapping[str, Any]] = (),
            limit_per_customer: int | None = None,
            limit_in_all: int | None = None,
            not_with: list[str] | tuple[str, ...] | None = None,
            combines_with: list[str] | tuple[str, ...] | None = None,
            budget: Money | str | None = None,
            regions: list[str] | tuple[str, ...] | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            payment_methods: list[str] | tuple[str, ...] | None = None,
            threshold_amount: Literal["net", "goods"] | None = None,
            terms: str | None = None,
            consumes_units: bool = False,
            counts_earlier: bool = False,
            tax_base: Literal["net", "plus_reimbursed"] = "net",
            delivery_methods: list[str] | tuple[str, ...] | None = None,
            platform_share_per: Literal["line", "offer"] = "line",
            covers_freight: bool = False,
        ) -> None: ...

    @model_validator(mode="after")
    def _no_deposit(self) -> Self:
        places = [place for place, tier in enumerate(self.tiers) if isinstance(tier.benefit, Staged)]
        refuse([problem_at("tiers", place, "benefit", code="presale.coupon") for place in places])
        return self

    @model_validator(mode="after")
    def _goes_on(self) -> Self:
        if self.covers_freight:
            found = [
                problem_at("tiers", place, "benefit", code="coupon.over_freight")
                for place, tier in enumerate(self.tiers)
                if not tier.benefit.covers_freight
            ]
            if self.budget is not None:
                found.append(problem_at("budget", code="coupon.over_freight"))
            refuse(found)
        return self


def documents_with(
    kinds: Sequence[type[Benefit]], conditions: Sequence[type[Condition]] = CONDITIONS
) -> tuple[type[Promotion], type[Coupon]]:
    """Promotion and coupon that know exactly these kinds; documents of the library's own classes are taken too.

    >>> from settlement.discounts import AmountOff, PercentOff
    >>> promotion, _ = documents_with([AmountOff, PercentOff])
    >>> offer = {"id": "p1", "issuer": "s1", "tiers": [{"benefit": {"type": "percent_off", "percent": "15"}}]}
    >>> promotion.model_validate(offer).tiers[0].benefit.percent
    15
    """
    benefit: Any = Annotated[Union[tuple(kinds)], Field(discriminator="type")]  # noqa: UP007 - a tuple of kinds
    tier: Any = remade(Tier, benefit=(benefit, ...))
    fields: dict[str, Any] = {"tiers": (Annotated[tuple[tier, ...], Field(min_length=1), LISTED, Mark.ORDERED], ...)}
    if tuple(conditions) != CONDITIONS:
        condition: Any = Annotated[Union[tuple(conditions)], Field(discriminator="type")]  # noqa: UP007 - likewise
        listed: Any = Annotated[tuple[condition, ...], Field(max_length=MAX_CONDITIONS), LISTED, Mark.BEYOND]
        fields["conditions"] = (listed, ())
    return remade(Promotion, **fields), remade(Coupon, **fields)
