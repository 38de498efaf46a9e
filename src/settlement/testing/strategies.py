"""Hypothesis strategies: documents that fit together, small enough to read when one of them fails."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any, Final

from hypothesis import reject
from hypothesis import strategies as st

from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout
from settlement.cart.columns import Basket
from settlement.discounts import Benefit
from settlement.discounts.condition import Circumstances, Condition, KnownLines
from settlement.discounts.goods import Goods
from settlement.discounts.staged import Staged
from settlement.documents.scalars import quantity_out
from settlement.engine.settle import settle
from settlement.errors import InvalidDocument
from settlement.freight.load import Load
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.money import DECIMALS, ROUNDERS, Money
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = [
    "benefits",
    "carts",
    "checkouts",
    "circumstances",
    "conditions",
    "goods",
    "loads",
    "requests",
    "rulebooks",
    "settlements",
    "surcharges",
]

Document = dict[str, Any]

SHOPS: Final = ("s1", "s2")
SKUS: Final = ("k1", "k2", "k3")
CATEGORIES: Final = ("c1", "c2")
#: Addresses: the default zone, a dearer one, one that nothing is shipped to.
REGIONS: Final = ("440305", "540102", "710000")
AT: Final = "2026-11-11T00:00:00+08:00"


@lru_cache(maxsize=64)
def _money(currency: str, least: int = 0, most: int = 20_000) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda minor: str(Money.of_minor(minor, currency)))


def _some(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


def _object(required: Mapping[str, Any], **optional: Any) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries(dict(required), optional=optional)


def _seldom(strategy: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    """What would leave most requests without anything of interest: drawn once in four times."""
    return st.sampled_from([otherwise] * 3 + [strategy]).flatmap(
        lambda each: each if isinstance(each, st.SearchStrategy) else st.just(each)
    )


_PERCENTS = st.one_of(
    st.integers(1, 10_000).map(lambda n: f"{n // 100}.{n % 100:02d}"),
    st.integers(1, 1_000_000).map(lambda n: f"{n // 10_000}.{n % 10_000:04d}"),
)
_QUANTITIES = st.one_of(st.integers(1, 5), st.integers(1, 5_000).map(quantity_out))


# ------------------------------------------------------------------ benefits


@lru_cache(maxsize=64)
def benefits(kind: type[Benefit], currency: str = "CNY") -> st.SearchStrategy[Any]:
    """Benefits of a kind, drawn from its JSON Schema: amounts, percentages, counts, quantities, lists, flags, choices.

    Raises `TypeError` for a field that the schema does not tell enough of; then build the kind by `st.builds`.
    """
    return _deposits(kind, currency) if issubclass(kind, Staged) else _drawn_from(kind, currency)


def _deposits(kind: type[Benefit], currency: str) -> st.SearchStrategy[Any]:
    """Deposits that count for as much as they are, or more: fields drawn apart would mostly not go together."""
    more = st.one_of(st.just(Money.of_minor(0, currency)), _money(currency).map(Money))

    def made(deposit: Money, extra: Money, kept: str) -> Any:
        dates = {"balance_from": "2026-11-20T12:00:00Z", "balance_until": "2026-11-21T16:00:00Z"}
        return kind.model_validate({"deposit": deposit, "worth": deposit + extra, "kept": kept, **dates})

    return st.builds(made, _money(currency, 1).map(Money), more, st.one_of(st.just("100"), _PERCENTS))


@lru_cache(maxsize=64)
def conditions(kind: type[Condition], currency: str = "CNY") -> st.SearchStrategy[Any]:
    """Conditions of a kind, drawn from its JSON Schema as benefits are."""
    return _drawn_from(kind, currency)


@lru_cache(maxsize=64)
def surcharges(kind: type[Surcharge], currency: str = "CNY") -> st.SearchStrategy[Any]:
    """Surcharges of a kind, drawn from its JSON Schema as benefits are."""
    return _drawn_from(kind, currency)


def _drawn_from(kind: type[Benefit | Condition | Surcharge], currency: str) -> st.SearchStrategy[Any]:
    schema = kind.model_json_schema()
    fields = {
        name: _field(each, schema.get("$defs", {}), currency)
        for name, each in schema["properties"].items()
        if "const" not in each  # what tells the kind apart
    }

    def made(drawn: Document) -> Any:
        try:
            return kind(**drawn)
        except InvalidDocument:  # fields that don't go together
            reject()

    return st.fixed_dictionaries(fields).map(made)


def _field(schema: Document, defs: Document, currency: str) -> st.SearchStrategy[Any]:
    by_title: Document = {
        "Money": _money(currency),
        "Percent": _PERCENTS,
        "Quantity": _QUANTITIES,
        "Region": st.sampled_from(REGIONS),
    }
    if "$ref" in schema:
        return _field(defs[schema["$ref"].rpartition("/")[2]], defs, currency)
    if schema.get("title") in by_title:
        found: st.SearchStrategy[Any] = by_title[schema["title"]]
        return found
    if "anyOf" in schema:
        return st.one_of(*(_field(each, defs, currency) for each in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if schema.get("type") == "array":
        entries = _field(schema["items"], defs, currency)
        return st.lists(entries, min_size=schema.get("minItems", 0), max_size=2, unique_by=str)
    if schema.get("type") == "object" and "properties" in schema:
        return st.fixed_dictionaries(
            {name: _field(each, defs, currency) for name, each in schema["properties"].items()}
        )
    if schema.get("type") == "string" and "examples" in schema:
        return st.sampled_from(schema["examples"])
    least = schema.get("minimum", 0)
    by_type: Document = {
        "boolean": st.booleans(),
        "integer": st.integers(least, min(schema.get("maximum", least + 9), least + 9)),
        "null": st.none(),
        "string": st.sampled_from(SKUS),
    }
    if schema.get("type") not in by_type:
        msg = f"no strategy for a field with the schema {schema}; build the kind by hypothesis.strategies.builds"
        raise TypeError(msg)
    plain: st.SearchStrategy[Any] = by_type[schema["type"]]
    return plain


def goods() -> st.SearchStrategy[Goods]:
    """Lines in scope as a benefit sees them: skus that repeat, goods sold by measure, any nets, any rounding."""
    return st.integers(0, 2**32).map(_goods_of)


def _goods_of(seed: int) -> Goods:
    rng = random.Random(seed)  # noqa: S311 - by seed, which is quick; a failure names it
    lines = [
        {
            "id": f"{place:02d}",
            "shop": rng.choice(SHOPS),
            "sku": rng.choice(SKUS),
            "quantity": quantity_out(rng.choice([1000 * rng.randint(1, 20), rng.randint(1, 20_000)])),
            "unit_price": "1.00 CNY",
        }
        for place in range(rng.randint(1, 6))
    ]
    basket = Basket(Cart(currency="CNY", lines=lines).lines, "CNY")
    scale = rng.choice([3, 300, 10**8])
    nets = [rng.randint(0, scale) for _ in lines]
    nets[0] += not any(nets)
    return Goods(basket, range(len(nets)), nets, sum(nets), rng.randint(0, 5), ROUNDERS[rng.choice(sorted(ROUNDERS))])


def loads() -> st.SearchStrategy[Load]:
    """What a parcel may hold: light and heavy pieces, goods sold by measure, lines that ship free."""
    return st.integers(0, 2**32).map(_load_of)


def _load_of(seed: int) -> Load:
    rng = random.Random(seed)  # noqa: S311 - as above
    lines = [
        {
            "id": f"{place:02d}",
            "shop": "s1",
            "sku": rng.choice(SKUS),
            "categories": CATEGORIES[: rng.randint(0, 2)],
            "quantity": quantity_out(rng.choice([1000 * rng.randint(1, 20), rng.randint(1, 20_000)])),
            "unit_price": str(Money.of_minor(rng.randint(0, 20_000), "CNY")),
            "weight_g": rng.choice([0, rng.randint(1, 20), rng.randint(1, 50_000)]),
            "volume_cm3": rng.choice([0, rng.randint(1, 20), rng.randint(1, 50_000)]),
            "free_shipping": rng.random() < 0.2,
            "freight_template": "t",
        }
        for place in range(rng.randint(1, 6))
    ]
    basket = Basket(Cart(currency="CNY", lines=lines).lines, "CNY")
    return Load(basket, basket.groups[0], basket.goods(ROUNDERS["half_up"])[0])


@st.composite
def circumstances(draw: st.DrawFn, currency: str = "CNY") -> Circumstances:
    """What a condition may be shown: any instant, any customer, a cart and those lines of it that an offer measures."""
    row = st.tuples(st.sampled_from(SKUS), st.sampled_from(SHOPS), st.integers(1, 9_000), st.integers(0, 50_000))
    rows = draw(st.lists(row, max_size=5))
    lines = [
        (f"l{number}", shop, sku, CATEGORIES[: goods % 3], millis, goods, None)
        for number, (sku, shop, millis, goods) in enumerate(rows)
    ]
    measured = [line for line in lines if draw(st.booleans())]
    known, cart = (KnownLines(*zip(*each, strict=True)) if each else KnownLines() for each in (measured, lines))
    at = draw(st.datetimes(timezones=st.just(UTC)))
    level = draw(st.none() | st.sampled_from(("gold", "silver")))
    customer = draw(st.none() | st.just("buyer"))
    first = (at, currency, customer, level, draw(st.booleans()), draw(st.integers(0, 3_000)), known, cart)
    region, method = draw(st.none() | st.sampled_from(REGIONS)), draw(st.none() | st.just("card"))
    return Circumstances(*first, region, method, None, draw(st.just(()) | st.just(SHOPS[:1])))


# ------------------------------------------------------------------ rulebooks


@st.composite
def rulebooks(
    draw: st.DrawFn,
    currency: str = "CNY",
    rulebook_class: type[Rulebook] = Rulebook,
    drawn: Sequence[st.SearchStrategy[Any]] = (),
    conditions_drawn: Sequence[st.SearchStrategy[Any]] = (),
    surcharges_drawn: Sequence[st.SearchStrategy[Any]] = (),
    *,
    taxed: bool = False,
    delivered: bool = False,
) -> Rulebook:
    """Rulebooks with up to two templates, three promotions and three coupons.

    `drawn` are strategies of benefits, `conditions_drawn` of conditions, `surcharges_drawn` of surcharges, each of one
    kind; default: all kinds that the class knows. `taxed` adds tables of taxes, `delivered` delivery methods.
    """
    template = _template(
        tuple(surcharges_drawn) or tuple(surcharges(kind, currency) for kind in rulebook_class.surcharge_kinds),
        currency,
    )
    each_kind = tuple(drawn) or tuple(benefits(kind, currency) for kind in rulebook_class.kinds)
    asked = tuple(conditions_drawn) or tuple(conditions(kind, currency) for kind in rulebook_class.condition_kinds)
    promotion, coupon = _offers(each_kind, asked, currency)
    templates = st.lists(template, min_size=draw(st.sampled_from([0, 1, 1])), max_size=2)
    book: Document = {
        "id": "rules",
        "currency": currency,
        "freight_templates": _numbered("t", draw(templates)),
        "promotions": _numbered("p", draw(st.lists(promotion, min_size=draw(st.integers(0, 1)), max_size=3))),
        "coupons": _numbered("c", draw(st.lists(coupon, min_size=draw(st.integers(0, 1)), max_size=3))),
        "points": draw(st.none() | _points(currency)),
        "payment_methods": draw(st.just([]) | st.lists(_method(currency), min_size=1, max_size=1)),
        "policy": draw(_policy(currency)),
    }
    if taxed:
        shops = draw(st.lists(st.sampled_from([None, *SHOPS]), min_size=1, max_size=3, unique=True))
        book["taxes"] = [draw(_table(currency)) | ({} if shop is None else {"shop": shop}) for shop in shops]
        for each in (*book["promotions"], *book["coupons"], *book["payment_methods"]):
            field, value = ("tax_class", "low") if "borne_by" in each else ("tax_base", "plus_reimbursed")
            each.update({field: value} if draw(st.booleans()) else {})
    if delivered:
        method = _delivery([each["id"] for each in book["freight_templates"]])
        book["delivery_methods"] = _numbered("d", draw(st.lists(method, min_size=1, max_size=3)))
    return rulebook_class.model_validate(book)


@lru_cache(maxsize=8)
def _table(currency: str) -> st.SearchStrategy[Document]:
    """A table of taxes for two classes, with a second tax at times; each class has a row whatever a unit costs."""
    percent = st.sampled_from(["0", "5.5", "7", "19", "33.3333"])
    plain = _object({"percent": percent})
    low = _object({"percent": percent, "tax_class": st.just("low")}, region=st.sampled_from(["*", *REGIONS]))
    cheap = _object({"percent": percent, "max_unit_price": _money(currency)}, over=st.sampled_from(["all", "excess"]))
    local = _object({"percent": percent, "tax": st.just("local")}, compound=st.booleans())
    bottom = st.just({"tax_class": "low", "percent": "3"})
    rates = st.one_of(st.tuples(plain, low, bottom), st.tuples(low, cheap, plain, local, bottom))
    how = _object(
        {"prices": st.sampled_from(["without", "without", "with"]), "rates": rates},
        per=st.sampled_from(["rate", "line", "unit"]),
        rounding=st.sampled_from(sorted(ROUNDERS)),
        freight=st.sampled_from(["goods", "weight", "rate", "none"]),
        together=st.booleans(),
        with_freight=st.booleans(),
    )
    return how.map(_apart)


def _apart(table: Document) -> Document:
    """Taxes that are rounded together stand beside each other."""
    compound = any(row.get("compound") for row in table["rates"])
    return table | {"together": False} if compound else table


def _delivery(templates: Sequence[str]) -> st.SearchStrategy[Document]:
    """A way to deliver: for all templates, or for some, which another one may price; or collecting."""
    regions = {"regions": _some(("CN/mainland", *REGIONS)), "exclude_regions": _some(REGIONS[:1])}
    shops = {"shops": st.just(list(SHOPS[:1])), **regions}
    collected = _object({"pickup": st.just(True)}, **shops)
    if not templates:
        return _object({}, **shops) | collected
    entry = _object({"template": st.sampled_from(templates)}, by=st.sampled_from(templates))
    entries = st.lists(entry, min_size=1, max_size=2, unique_by=lambda each: each["template"])
    return _object({}, templates=entries, **shops) | collected


def _numbered(prefix: str, documents: Sequence[Document]) -> list[Document]:
    return [{"id": f"{prefix}{number}"} | document for number, document in enumerate(documents, 1)]


@lru_cache(maxsize=8)
def _offers(
    drawn: tuple[st.SearchStrategy[Any], ...], asked: tuple[st.SearchStrategy[Any], ...], currency: str
) -> tuple[st.SearchStrategy[Document], ...]:
    """Promotions and coupons."""
    further = st.lists(st.one_of(*asked), min_size=1, max_size=2)
    may = {"exclusive": _seldom(st.booleans(), False), "conditions": _seldom(further, [])}
    tiers = st.sampled_from([_tiers(kind, currency) for kind in drawn]).flatmap(lambda strategy: strategy)
    may |= {"consumes_units": st.booleans(), "counts_earlier": st.booleans()}
    promotion = _object(_offer(tiers), stage=st.sampled_from(["order", "item"]), coupons_allowed=st.booleans(), **may)
    coupon = _object(_offer(tiers), new_customers_only=st.booleans(), **may)
    return promotion.map(_without_idle), coupon.map(_without_idle).map(_paid_at_once)


def _paid_at_once(coupon: Document) -> Document:
    """The coupon with the deposit itself taken off where a benefit asks for one, which only a promotion may."""
    return coupon | {"tiers": [tier | {"benefit": _at_once(tier["benefit"])} for tier in coupon["tiers"]]}


def _at_once(benefit: Benefit) -> Benefit | Document:
    return {"type": "amount_off", "amount": str(benefit.deposit)} if isinstance(benefit, Staged) else benefit


def _without_idle(offer: Document) -> Document:
    """The offer less the flags on units that its benefits don't go with."""
    benefits = [tier["benefit"] for tier in offer["tiers"]]
    apart = {"consumes_units": any(each.on_freight for each in benefits)}
    apart["counts_earlier"] = any(each.by_customer or getattr(each, "per", None) == "sku" for each in benefits)
    return {name: value for name, value in offer.items() if not apart.get(name)}


def _offer(tiers: st.SearchStrategy[list[Document]]) -> dict[str, Any]:
    scope = _object({}, skus=_some(SKUS), categories=_some(CATEGORIES), exclude_skus=_some(SKUS[:1]))
    return {
        "issuer": st.sampled_from(["platform", *SHOPS]),
        "scope": _seldom(scope),
        "tiers": tiers,
        "priority": st.integers(0, 1),
        "platform_share": st.none() | _PERCENTS,
        "platform_share_per": st.sampled_from(["line", "offer"]),
        "regions": _seldom(_some(REGIONS)),
        "threshold_amount": st.none() | st.sampled_from(["net", "goods"]),
    }


@st.composite
def _tiers(draw: st.DrawFn, drawn: st.SearchStrategy[Any], currency: str) -> list[Document]:
    """One or two tiers of a kind, with rising amounts or quantities."""
    first = draw(drawn)
    condition = draw(st.sampled_from(["min_amount", "min_quantity"]))
    least = draw(st.integers(1, 5 if condition == "min_quantity" else 10_000))
    tiers: list[Document] = [{"benefit": first}]
    if getattr(first, "every", False) or draw(st.booleans()):
        tiers[0][condition] = least
    if draw(st.booleans()):
        tiers.append({"benefit": draw(drawn), condition: least + draw(st.integers(1, 5))})
    if draw(st.booleans()):
        tiers[-1]["max_amount"] = str(Money.of_minor(10_006 + draw(st.integers(0, 10_000)), currency))
        for tier in tiers[:-1]:
            tier["max_amount"] = tiers[-1]["max_amount"]
    if condition == "min_amount":
        for tier in tiers:
            if condition in tier:
                tier[condition] = str(Money.of_minor(tier[condition], currency))
    return tiers


@lru_cache(maxsize=8)
def _template(added: tuple[st.SearchStrategy[Any], ...], currency: str) -> st.SearchStrategy[Document]:
    fee = _money(currency, most=2_000)
    zone = {"first": st.integers(1, 3), "first_fee": fee, "additional": st.integers(1, 3), "additional_fee": fee}
    default = _object({"regions": st.just(["CN/mainland"]), **zone})
    far = _object({"regions": st.just(["540000"]), **zone})
    return _object(
        {
            "measure": st.sampled_from(["quantity", "weight_g", "volume_cm3"]),
            "zones": st.tuples(default) | st.tuples(default, far),
        },
        free=st.lists(_object({"min_amount": _money(currency)}), min_size=1, max_size=1),
        surcharges=st.lists(st.one_of(*added), min_size=1, max_size=3).map(_labelled),
    )


def _labelled(added: Sequence[Surcharge]) -> list[Surcharge]:
    """Each with a label of its own but the first, so that none forbids another, and where goods are shipped."""
    where = ("CN/mainland", "540000")
    return [
        each.model_copy(update={"label": f"more-{place}" if place else None, "regions": [where[place % 2]]})
        for place, each in enumerate(added)
    ]


@lru_cache(maxsize=8)
def _points(currency: str) -> st.SearchStrategy[Document]:
    return _object(
        {"points": st.sampled_from([1, 100]), "worth": _money(currency, 1, 100)},
        step=st.sampled_from([1, 50]),
        max_percent=st.sampled_from(["50", "100"]),
        covers_freight=st.booleans(),
    )


@lru_cache(maxsize=8)
def _method(currency: str) -> st.SearchStrategy[Document]:
    return _object(
        {"id": st.just("card"), "borne_by": st.sampled_from(["buyer", "merchant"]), "percent": _PERCENTS},
        fixed=_money(currency, most=100),
    )


@lru_cache(maxsize=8)
def _policy(currency: str) -> st.SearchStrategy[Document]:
    unit = 10 ** min(DECIMALS[currency], 1)
    rounding = _object({"unit": st.just(str(Money.of_minor(unit, currency))), "mode": st.sampled_from(["down", "up"])})
    return _object(
        {},
        rounding=st.sampled_from(sorted(ROUNDERS)),
        threshold_amount=st.sampled_from(["net", "goods"]),
        free_shipping_amount=st.sampled_from(["net", "shop_net", "goods"]),
        freight_combination=st.sampled_from(["sum", "highest_first", "max"]),
        coupons_per_shop=st.integers(0, 2),
        coupons_platform=st.integers(0, 2),
        exclusions=st.just([["coupons", "points"]]),
        round_total=rounding,
    )


# ------------------------------------------------------------------ carts and checkouts


@st.composite
def carts(
    draw: st.DrawFn,
    currency: str = "CNY",
    templates: Sequence[str] = (),
    max_lines: int = 5,
    methods: Sequence[str] = (),
    tax_classes: Sequence[str] = (),
) -> Cart:
    """Carts of up to five lines from two shops.

    `templates` are the freight templates that a line may name, `methods` the ways to deliver, `tax_classes` the classes
    of taxes.
    """
    named = {"delivery": methods, "tax_class": tax_classes}
    line = _object(
        {
            "shop": st.sampled_from(SHOPS),
            "sku": st.sampled_from(SKUS),
            "quantity": _QUANTITIES,
            "unit_price": _money(currency),
            "categories": st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True),
            "weight_g": st.integers(0, 3_000),
            "volume_cm3": st.integers(0, 9_000),
            "freight_template": st.sampled_from([*templates, *templates, None]),
        },
        free_shipping=st.booleans(),
        selected=_seldom(st.just(False), True),
        stock=_seldom(st.integers(0, 9)),
        **{field: st.sampled_from(values) for field, values in named.items() if values},
    )
    lines = _numbered("l", draw(st.lists(line, min_size=1, max_size=max_lines)))
    return Cart.model_validate({"currency": currency, "lines": lines})


@st.composite
def checkouts(draw: st.DrawFn, rulebook: Rulebook | None = None, currency: str = "CNY") -> Checkout:
    """Checkouts that fit a rulebook: its currency, templates, coupons, payment and delivery methods; without one, none.

    Where it has tables of taxes, lines are of their classes, and some buyers are exempt.
    """
    book = rulebook or Rulebook(id="rules", currency=currency)
    methods = [method.id for method in book.delivery_methods]
    classes = sorted({row.tax_class for table in book.taxes for row in table.rates})
    held = [coupon.id for coupon in book.coupons]
    coupons: list[Any] = ["best", "none"]
    checkout: Document = {
        "at": AT,
        "cart": draw(
            carts(book.currency, [each.id for each in book.freight_templates], methods=methods, tax_classes=classes)
        ),
        "address": draw(st.sampled_from([*({"region": region} for region in (*REGIONS, *REGIONS)), None])),
        "customer": {
            "new": draw(st.booleans()),
            "points": draw(st.integers(0, 3_000)),
            "coupons": draw(st.just(held) | st.lists(st.sampled_from(held), unique=True)) if held else [],
        },
        "choice": {
            "coupons": draw(st.sampled_from([*coupons, held] if held else coupons)),
            "points": draw(st.sampled_from([0, 100, "max"])),
        },
        "payment_method": draw(st.sampled_from([None, *(method.id for method in book.payment_methods)])),
    }
    if methods:
        there = st.sampled_from(sorted({line.shop for line in checkout["cart"].lines}))
        chosen = _object({"shop": there, "method": st.sampled_from(methods)})
        checkout["choice"]["delivery"] = draw(st.lists(chosen, max_size=2, unique_by=lambda each: each["shop"]))
    if classes:
        exempt = _object({"reason": st.just("export")}, keep=st.booleans(), shops=_some(SHOPS))
        checkout["customer"]["tax_exempt"] = draw(st.none() | exempt)
    return Checkout.model_validate(checkout)


@st.composite
def requests(
    draw: st.DrawFn,
    currency: str = "CNY",
    rulebook_class: type[Rulebook] = Rulebook,
    drawn: Sequence[st.SearchStrategy[Any]] = (),
    conditions_drawn: Sequence[st.SearchStrategy[Any]] = (),
    surcharges_drawn: Sequence[st.SearchStrategy[Any]] = (),
    *,
    taxed: bool = False,
    delivered: bool = False,
) -> tuple[Checkout, Rulebook]:
    """A checkout and the rulebook that it fits, as `settle(*request)` takes them; what is drawn as for `rulebooks`."""
    kinds = (drawn, conditions_drawn, surcharges_drawn)
    book = draw(rulebooks(currency, rulebook_class, *kinds, taxed=taxed, delivered=delivered))
    return draw(checkouts(book)), book


def settlements(
    currency: str = "CNY", rulebook_class: type[Rulebook] = Rulebook, *, taxed: bool = False, delivered: bool = False
) -> st.SearchStrategy[Settlement]:
    """Settlements of such requests."""
    drawn = requests(currency, rulebook_class, taxed=taxed, delivered=delivered)
    return drawn.map(lambda request: settle(*request))
