"""All the rules of a mall in one document, checked once and made ready once (contract §2.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NamedTuple,
    Self,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
)

from pydantic import Field, create_model, model_validator
from pydantic_core import InitErrorDetails

from settlement.cart.checkout import ONCE_A_SHOP
from settlement.discounts import CONDITIONS, KINDS
from settlement.discounts.benefit import Benefit
from settlement.discounts.condition import Condition
from settlement.discounts.listed import Listed
from settlement.discounts.offers import Coupon, Offer, Promotion, documents_with
from settlement.discounts.order import FREIGHT_OFFERS, PLATFORM_COUPONS, SHOP_COUPONS
from settlement.discounts.over_freight import parts_clashing
from settlement.discounts.terms import OfferIndex, ScopeTerms, Terms
from settlement.documents.canonical import digest_of
from settlement.documents.document import Document, foreign_amounts
from settlement.documents.hints import Hints
from settlement.documents.json_text import Amounts
from settlement.documents.marks import Mark
from settlement.documents.meaning import meaning
from settlement.documents.printing import counted
from settlement.documents.problems import problem_at, refuse
from settlement.documents.scalars import LISTED, UNIQUE_IDS, Currency, Id, PositiveMoney, no_twins
from settlement.errors import InvalidDocument
from settlement.freight.delivery_methods import DeliveryMethod, tariff_key
from settlement.freight.succession import KnowsSuccessors, Successors, succeeded, with_successors
from settlement.freight.surcharges import SURCHARGE_KINDS, Surcharge
from settlement.freight.tariff import Tariff
from settlement.freight.templates import FreightTemplate, template_with
from settlement.freight.warehouses import Warehouse, relocated
from settlement.money import ROUNDERS, Money, excerpt
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.points import Points
from settlement.rulebook.policy import Policy
from settlement.rulebook.price_lists import PriceList, in_order
from settlement.taxes.rates import TaxTable
from settlement.taxes.tables import Taxes

__all__ = ["MinimumOrder", "Rulebook", "Rules"]


class MinimumOrder(Document):
    """起送价: below this amount of goods a shop's lines are left out (`below_minimum_order`).

    >>> MinimumOrder(shop="s1", amount="20.00 CNY").shop
    's1'
    """

    shop: Id
    amount: PositiveMoney

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, shop: str, amount: Money | str) -> None: ...


def _shop_or_all(entry: object) -> object:
    """The shop of a table of taxes; those that are for all shops are twins of each other."""
    shop = entry.get("shop") if isinstance(entry, dict) else getattr(entry, "shop", None)
    return "" if shop is None else shop


class Rulebook(Document):
    """Name, currency and rules. Indexed once on first use, then good for any number of checkouts and threads.

    >>> Rulebook(id="2026-11", currency="CNY").policy.rounding
    'half_up'
    """

    #: Every kind of benefit that offers of these rules may have.
    kinds: ClassVar[tuple[type[Benefit], ...]] = KINDS
    #: Every kind of condition that they may have.
    condition_kinds: ClassVar[tuple[type[Condition], ...]] = CONDITIONS
    #: Every kind of surcharge that its freight templates may have.
    surcharge_kinds: ClassVar[tuple[type[Surcharge], ...]] = SURCHARGE_KINDS

    id: Id
    currency: Currency
    minimum_orders: Annotated[tuple[MinimumOrder, ...], ONCE_A_SHOP, LISTED, Mark.BEYOND] = ()
    warehouses: Annotated[tuple[Warehouse, ...], UNIQUE_IDS, LISTED, Mark.BEYOND] = ()
    freight_templates: Annotated[tuple[FreightTemplate, ...], UNIQUE_IDS, LISTED] = ()
    promotions: Annotated[tuple[Promotion, ...], UNIQUE_IDS, LISTED] = ()
    coupons: Annotated[tuple[Coupon, ...], UNIQUE_IDS, LISTED] = ()
    points: Points | None = None
    payment_methods: Annotated[tuple[PaymentMethod, ...], UNIQUE_IDS, LISTED] = ()
    policy: Policy = Field(default_factory=Policy)
    price_lists: Annotated[tuple[PriceList, ...], UNIQUE_IDS, LISTED, Mark.BEYOND] = ()
    taxes: Annotated[tuple[Taxes, ...], no_twins(_shop_or_all, "id.duplicate", "shop"), LISTED, Mark.BEYOND] = ()
    delivery_methods: Annotated[
        tuple[DeliveryMethod, ...], UNIQUE_IDS, LISTED, Mark.AS_WRITTEN, Mark.BEYOND
    ] = ()  # the first of equal prices is taken

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            currency: str,
            minimum_orders: Sequence[MinimumOrder | Mapping[str, Any]] = (),
            warehouses: Sequence[Warehouse | Mapping[str, Any]] = (),
            freight_templates: Sequence[FreightTemplate | Mapping[str, Any]] = (),
            promotions: Sequence[Promotion | Mapping[str, Any]] = (),
            coupons: Sequence[Coupon | Mapping[str, Any]] = (),
            points: Points | Mapping[str, Any] | None = None,
            payment_methods: Sequence[PaymentMethod | Mapping[str, Any]] = (),
            policy: Policy | Mapping[str, Any] = ...,
            price_lists: Sequence[PriceList | Mapping[str, Any]] = (),
            taxes: Sequence[Taxes | Mapping[str, Any]] = (),
            delivery_methods: Sequence[DeliveryMethod | Mapping[str, Any]] = (),
        ) -> None: ...

    @classmethod
    def with_kinds(cls, *kinds: AnyKind) -> type[Self]:
        """A class of rulebooks whose JSON, schema and digests know these kinds too; nothing else changes.

        A kind is one of benefits, of conditions or of surcharges by its base class. Offers and templates are given as
        plain data, in which one of a kind may be an instance, or as the library's own documents. The same kinds give
        the same class. Raises `ValueError` for a `type` (of a surcharge: a `per`) that is taken, and `TypeError` for
        what is no class of `Benefit`, `Condition` or `Surcharge` with one tag and a method of its own. Source:
        docs/extending.md.

        >>> from typing import Literal
        >>> class Nothing(Benefit):
        ...     type: Literal["nothing"] = "nothing"
        ...
        ...     def off(self, goods):
        ...         return [0] * len(goods.nets)
        >>> Rules = Rulebook.with_kinds(Nothing)
        >>> offer = {"id": "p1", "issuer": "platform", "tiers": [{"benefit": {"type": "nothing"}}]}
        >>> Rules(id="r", currency="CNY", promotions=[offer]).promotions[0].tiers[0].benefit
        Nothing(type='nothing')
        >>> Nothing in Rulebook.kinds
        False
        """
        root, known = cls.__dict__.get("made_from", (cls, ()))
        made: type[Self] = _with_kinds(root, (*known, *kinds))
        return made

    def __str__(self) -> str:
        return counted(self)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found: list[InitErrorDetails] = []
        promotions = {promotion.id for promotion in self.promotions}
        for index, coupon in enumerate(self.coupons):
            if coupon.id in promotions:
                found.append(problem_at("coupons", index, "id", code="id.duplicate", found=excerpt(coupon.id)))
        found += [*self._unknown_methods(), *self._unknown_offers(), *self._unknown_ways()]
        found += parts_clashing(self.promotions, self.coupons)
        refuse([*found, *foreign_amounts(self, self.currency)])
        return self

    def _unknown_offers(self) -> Iterator[InitErrorDetails]:
        """Each name of `not_with` and `combines_with` that no offer and no group has."""
        known = {offer.id for offer in (*self.promotions, *self.coupons)}
        known |= {offer.group for offer in self.promotions if offer.group is not None}
        hints: Hints | None = None
        for kind in ("promotions", "coupons"):
            for index, offer in enumerate(getattr(self, kind)):
                for field in ("not_with", "combines_with"):
                    for at, name in enumerate(getattr(offer, field) or ()):
                        if name not in known:
                            hints = hints or Hints(known)
                            facts = {"found": excerpt(name), "hint": hints(name)}
                            yield problem_at(kind, index, field, at, code="offer.unknown", **facts)

    def _unknown_methods(self) -> Iterator[InitErrorDetails]:
        """Ways to pay that an offer names and these rules have not: it would never apply."""
        known = {method.id for method in self.payment_methods}
        hints = Hints(known)
        for field in ("promotions", "coupons"):
            for index, offer in enumerate(getattr(self, field)):
                for at, name in enumerate(offer.payment_methods or ()):
                    if name not in known:
                        facts = {"found": excerpt(name), "hint": hints(name)}
                        yield problem_at(field, index, "payment_methods", at, code="payment_method.unknown", **facts)

    def _unknown_ways(self) -> Iterator[InitErrorDetails]:
        """Delivery methods that offers and free entries name and these rules have not, and templates of methods."""
        methods = {method.id for method in self.delivery_methods}
        hints = Hints(methods)
        places: list[tuple[tuple[str | int, ...], Sequence[str] | None]] = [
            ((field, index, "delivery_methods"), offer.delivery_methods)
            for field in ("promotions", "coupons")
            for index, offer in enumerate(getattr(self, field))
        ]
        places += [
            (("freight_templates", index, "free", at, "delivery_methods"), entry.delivery_methods)
            for index, template in enumerate(self.freight_templates)
            for at, entry in enumerate(template.free)
        ]
        for place, names in places:
            for at, name in enumerate(names or ()):
                if name not in methods:
                    facts = {"found": excerpt(name), "hint": hints(name)}
                    yield problem_at(*place, at, code="delivery_method.unknown", **facts)
        known = {template.id for template in self.freight_templates}
        hints = Hints(known)
        for index, method in enumerate(self.delivery_methods):
            for at, entry in enumerate(method.templates or ()):
                if entry.by is not None and entry.by not in known:
                    facts = {"found": excerpt(entry.by), "hint": hints(entry.by)}
                    yield problem_at("delivery_methods", index, "templates", at, "by", code="template.unknown", **facts)

    def with_catalogue(self, catalogue: KnowsSuccessors) -> Self:
        """These rules with the successors of every retired region, of a template or an offer, written behind it.

        A new document with a digest of its own: what a retired code means now is settled once, where it can be read,
        and an old order's address still matches. A region that a list names already keeps its rule. A warehouse moves
        to the one region that took its own over; where there are several it stays for a person to say. Raises
        `InvalidDocument` with `region.duplicate` at both places where two retired regions of different zones (or
        surcharges) became the same region. Source: docs/freight.md, "Retired codes".

        >>> from settlement.consignee import Catalogue
        >>> from settlement.freight.templates import Zone
        >>> zone = Zone(regions=["330104"], first=1, first_fee="8.00 CNY")
        >>> template = FreightTemplate(id="t1", measure="quantity", zones=[zone])
        >>> rulebook = Rulebook(id="r", currency="CNY", freight_templates=[template])
        >>> rulebook.with_catalogue(Catalogue.bundled()).freight_templates[0].zones[0].regions
        ('330104', '330102', '330114')
        """
        made = [
            succeeded(template, catalogue.successor_regions, f"freight_templates[{index}].")
            for index, template in enumerate(self.freight_templates)
        ]
        problems = [each for _, found in made for each in found]
        if problems:
            raise InvalidDocument(problems, "Rulebook")
        moved = tuple(relocated(each, catalogue.successor_regions) for each in self.warehouses)
        update: dict[str, Any] = {"freight_templates": tuple([each for each, _ in made]), "warehouses": moved}
        for name in ("promotions", "coupons"):
            update[name] = tuple([_relocated(each, catalogue.successor_regions) for each in getattr(self, name)])
        if self.delivery_methods:
            update["delivery_methods"] = self._methods_with(catalogue.successor_regions)
        return self.model_copy(update=update)

    def _methods_with(self, successors: Successors) -> tuple[DeliveryMethod, ...]:
        """The delivery methods likewise: where they go, and zones of their own."""
        templates = {template.id: template for template in self.freight_templates}
        methods, problems = [], []
        for index, method in enumerate(self.delivery_methods):
            entries = []
            for at, entry in enumerate(method.templates or ()):
                now = entry
                if entry.zones is not None and entry.template in templates:
                    own = templates[entry.template].model_copy(update={"zones": entry.zones})
                    made, found = succeeded(own, successors, f"delivery_methods[{index}].templates[{at}].")
                    problems += [
                        each for each in found if each.place.startswith("delivery_methods") and ".zones[" in each.place
                    ]
                    now = entry.model_copy(update={"zones": made.zones})
                entries.append(now)
            update = {} if method.templates is None else {"templates": tuple(entries)}
            methods.append(_relocated(method, successors).model_copy(update=update))
        if problems:
            raise InvalidDocument(problems, "Rulebook")
        return tuple(methods)

    @cached_property
    def names(self) -> tuple[Mapping[str, str], Mapping[tuple[str, str], str]]:
        """The names of offers by id, and those of gifts by the offer's id and the gift's sku, where there are any."""
        offers: tuple[Offer, ...] = (*self.promotions, *self.coupons)
        benefits = [(offer.id, tier.benefit) for offer in offers for tier in offer.tiers]
        return (
            {offer.id: offer.name for offer in offers if offer.name},
            {(offer, sku): name for offer, benefit in benefits for sku, name in benefit.called()},
        )

    @cached_property
    def rules(self) -> Rules:
        """The rules made ready; built on first use and kept. Two threads may both build it: the results are equal."""
        return Rules(self)

    @cached_property
    def digest(self) -> str:
        """`sha256:…` over the canonical JSON of what the rules mean; computed once and kept.

        Order, spelling, defaults and names change nothing. Raises `KindFailed` where a kind of one's own has fields
        that canonical JSON has not. Source: contract §7.

        >>> Rulebook(id="r", currency="CNY").digest
        'sha256:1be94128167fc926fbf21897e1554404e8c92ebe8339e7400a2cff6c9e994bcb'
        >>> stated = Rulebook(id="r", currency="CNY", policy={"rounding": "half_up"}, coupons=[])
        >>> stated.digest == Rulebook(id="r", currency="CNY").digest
        True
        """
        self.rules  # noqa: B018 - made ready first: that refuses what no JSON has, and names it
        return digest_of(meaning(self, Amounts(self.currency)).encode())


Relocated = TypeVar("Relocated", Offer, Promotion, Coupon, DeliveryMethod)


def _relocated(offer: Relocated, successors: Successors) -> Relocated:
    """An offer or a delivery method with the regions that took over from retired ones behind these."""
    stated = {name: getattr(offer, name) for name in ("regions", "exclude_regions") if getattr(offer, name)}
    return offer.model_copy(update={name: with_successors(each, successors) for name, each in stated.items()})


AnyKind: TypeAlias = type[Benefit | Condition | Surcharge]


class _Family(NamedTuple):
    """Kinds of one base class: the field that tells them apart, the method that makes one, where they are known."""

    base: type[Document]
    tag: str
    hook: str
    what: str
    known: str


_FAMILIES: Final = (
    _Family(Benefit, "type", "off", "benefit", "kinds"),
    _Family(Condition, "type", "met", "condition", "condition_kinds"),
    _Family(Surcharge, "per", "counted", "surcharge", "surcharge_kinds"),
)


def _family(kind: object) -> _Family:
    """What a kind is one of; what is not even a class is refused as a benefit."""
    found = (each for each in _FAMILIES if isinstance(kind, type) and issubclass(kind, each.base))
    return next(found, _FAMILIES[0])


@lru_cache(maxsize=64)
def _with_kinds(root: type[Rulebook], kinds: tuple[AnyKind, ...]) -> Any:
    """The class itself; kept, so that documents of the same kinds are of the same class."""
    known: dict[str, list[Any]] = {family.known: list(getattr(root, family.known)) for family in _FAMILIES}
    for kind in kinds:
        family, tag = _family(kind), _tag(kind)
        if any(tag == _tag(other) for other in known[family.known]):
            msg = f"the {family.what} {family.tag} {tag!r} is taken; give {kind.__name__} another"
            raise ValueError(msg)
        known[family.known].append(kind)
    benefits, conditions, surcharges = known.values()
    promotion, coupon = documents_with(benefits, conditions)
    lists: dict[str, Any] = {"promotions": promotion, "coupons": coupon}
    if tuple(surcharges) != root.surcharge_kinds:
        lists["freight_templates"] = template_with(surcharges)
    fields: Any = {name: _listed(each) for name, each in lists.items()}
    made = create_model(root.__name__, __base__=root, __doc__=root.__doc__, **fields)
    known_kinds = {name: tuple(each) for name, each in known.items()}
    for name, value in {**known_kinds, "made_from": (root, kinds), "__reduce__": _reduced}.items():
        setattr(made, name, value)
    return made


def _listed(kind: Any) -> Any:
    """The field of a list of such documents."""
    return Annotated[tuple[kind, ...], UNIQUE_IDS, LISTED], ()


def _reduced(book: Rulebook) -> tuple[Any, ...]:
    """Made classes have no name to be pickled by: their documents travel as JSON, with the kinds beside it."""
    return _restored, (*type(book).__dict__["made_from"], book.model_dump_json())


def _restored(root: type[Rulebook], kinds: tuple[AnyKind, ...], text: str) -> Rulebook:
    return root.with_kinds(*kinds).model_validate_json(text)


def _tag(kind: Any) -> str:
    """The tag that tells a kind apart; refuses what lacks one, or lacks the method that makes it a kind."""
    base, tag, hook, what, _ = _family(kind)
    field = kind.model_fields.get(tag) if isinstance(kind, type) and issubclass(kind, base) else None
    stated = None if field is None or get_origin(field.annotation) is not Literal else get_args(field.annotation)
    if field is None or stated != (field.default,):
        say = f'say `{tag}: Literal["…"] = "…"`, one text twice'
        msg = f"{kind!r} is no kind of {what}: subclass {base.__name__} and {say}"
        raise TypeError(msg)
    if getattr(kind, hook) is getattr(base, hook):
        msg = f"{kind!r} is no kind of {what}: it has no method `{hook}`"
        raise TypeError(msg)
    return str(field.default)


def _priced_by(book: Rulebook, tariffs: Mapping[str, Tariff]) -> Mapping[str, Tariff]:
    """The tariff of each template and delivery method: the template's, another's, or its own with other zones."""
    found: dict[str, Tariff] = {}
    for method in book.delivery_methods:
        for template in book.freight_templates:
            entry = None if method.pickup else method.entry(template.id)
            if entry is not None:
                key = tariff_key(template.id, method.id)
                found[key] = tariffs[entry.by or template.id]
                if entry.zones is not None:
                    found[key] = Tariff(template.model_copy(update={"zones": entry.zones}))
    return found


class Rules:
    """What depends only on the rulebook: tariffs by template, offers by what they touch, integer rates."""

    __slots__ = (
        "allowed",
        "beyond",
        "blocks",
        "book",
        "by_net",
        "combination",
        "coupons",
        "currency",
        "delivery",
        "earns",
        "exclusions",
        "free_by",
        "grouped",
        "id",
        "leaves_out",
        "max_lines",
        "methods",
        "minimum_orders",
        "numbers",
        "over_freight",
        "paired",
        "points",
        "points_scope",
        "policy",
        "price_lists",
        "promotions",
        "reimbursed",
        "round_total",
        "rounded",
        "steps",
        "tariffs",
        "taxes",
        "texts",
        "threshold_tax",
        "tries_every_set",
        "warehouses",
    )

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.policy = book.policy
        self.id, self.points = book.id, book.points
        self.exclusions, self.round_total = book.policy.exclusions, book.policy.round_total
        self.currency, self.max_lines = book.currency, book.policy.max_lines
        self.rounded = ROUNDERS[book.policy.rounding]
        self.by_net = book.policy.threshold_amount == "net"
        self.combination, self.free_by = book.policy.freight_combination, book.policy.free_shipping_amount
        self.blocks = book.policy.undeliverable == "block"
        #: How many coupons of each number the policy lets in, those of shops by shop.
        self.allowed = {
            SHOP_COUPONS: book.policy.coupons_per_shop,
            PLATFORM_COUPONS: book.policy.coupons_platform,
            FREIGHT_OFFERS: book.policy.coupons_freight,
        }
        self.earns = book.points is not None and book.points.earn is not None
        self.tariffs = {template.id: Tariff(template) for template in book.freight_templates}
        #: Delivery methods in their order; the tariffs of each stand beside those of the templates themselves.
        self.delivery = {method.id: method for method in book.delivery_methods}
        if self.delivery:
            self.tariffs |= _priced_by(book, self.tariffs)
        self.price_lists = in_order(book.price_lists) if book.price_lists else ()
        self.minimum_orders = {each.shop: each.amount.minor for each in book.minimum_orders}
        self.warehouses = {warehouse.id: warehouse.region for warehouse in book.warehouses}
        promotions = [Terms(offer, coupon=False, by_net=self.by_net) for offer in book.promotions]
        self.promotions = OfferIndex(promotions)
        #: Some promotions are of a group, so that one of them is to be chosen.
        self.grouped = any(offer.group is not None for offer in book.promotions)
        self.coupons = {offer.id: Terms(offer, coupon=True, by_net=self.by_net) for offer in book.coupons}
        offers = (*promotions, *self.coupons.values())
        listed = Listed([each.skus for each in offers if each.skus is not None])
        for each in offers:
            each.listed = listed
        #: Some offers say with whom they stand.
        self.paired = any(
            offer.not_with is not None or offer.combines_with is not None for offer in (*book.promotions, *book.coupons)
        )
        #: The contract's numbers that some offer has, and the steps that have something to do (`settle.finish`).
        self.numbers = {terms.number for terms in offers}
        self.steps: tuple[Any, ...] = ()
        self.methods = {method.id: method for method in book.payment_methods}
        self.points_scope = None
        if book.points is not None and book.points.scope is not None:
            self.points_scope = ScopeTerms(book.points.scope, None)
        #: Tables of taxes by shop, None: for all others; and the offers whose platform's part is in a tax's base.
        self.taxes = {each.shop: TaxTable(each) for each in book.taxes}
        self.threshold_tax = bool(book.taxes) and book.policy.threshold_tax == "with"
        self.reimbursed = frozenset([each.id for each in (*book.promotions, *book.coupons) if each.tax_base != "net"])
        #: Whether lines may be left out for a tax that nobody knows, or below a shop's minimum order.
        self.leaves_out = bool(self.taxes or self.minimum_orders)
        #: Some coupons cover freight too.
        self.over_freight = any(offer.covers_freight for offer in book.coupons)
        #: Whether what an offer takes, or what it costs, may depend on tax or on freight: no bound knows that.
        self.tries_every_set = self.threshold_tax or bool(book.taxes and self.reimbursed) or self.over_freight
        #: Whether a settlement may state a price list, taxes, the stages of a presale or methods of delivery.
        self.beyond = bool(book.price_lists or book.taxes or book.delivery_methods) or any(
            each.staged for each in promotions
        )
        #: What facts say of these rules, written once.
        self.texts: dict[object, Any] = {}

    def tax_table(self, shop: str) -> TaxTable | None:
        """How the shop's prices stand to tax; None where nothing is said."""
        return self.taxes.get(shop) or self.taxes.get(None)
