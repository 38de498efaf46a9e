"""What the buyer hands in: the cart and the choices around it (contract §2.1).

Carts are values: every question of a checkout page (`select`, `with_quantity`, `buy_now`, …) is answered by a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from settlement.address import Address
from settlement.basket import Basket, Excluded, screen_cart
from settlement.documents.document import Document
from settlement.documents.express_lane import at_most
from settlement.documents.problems import Hints, expect, problem, problem_at, refuse
from settlement.documents.scalars import (
    EXPRESS,
    LISTED,
    MAX_ID,
    MAX_TEXT,
    UNIQUE_IDS,
    Count,
    Currency,
    Flag,
    Id,
    Ids,
    Instant,
    Name,
    PercentOrZero,
    PositiveQuantity,
    Quantity,
    Text,
    no_twins,
    pairs_of,
)
from settlement.errors import UnknownLine
from settlement.invoice import InvoiceRequest
from settlement.money import Money, excerpt
from settlement.tenders import Tender

__all__ = ["MAX_LINES", "Cart", "Checkout", "Choice", "Customer", "Line"]

#: Lines that are settled at once.
MAX_LINES = 10_000


def _info(value: Any) -> tuple[tuple[str, str], ...]:
    """A map of strings, kept as sorted pairs so that it is immutable; `dict(line.info)` gives the map back."""
    pairs = pairs_of(value)
    for key, text in pairs:
        if not isinstance(key, str) or not isinstance(text, str):
            raise problem("text.type", found="something else in a map of strings")
        if len(key) + len(text) > MAX_TEXT:
            raise problem("limit.text", length=len(key) + len(text), limit=MAX_TEXT)
        try:
            (key + text).encode()
        except UnicodeEncodeError:
            raise problem("text.surrogate") from None
    return tuple(sorted((str(k), str(t)) for k, t in pairs))


Info = Annotated[
    tuple[tuple[str, str], ...],
    PlainValidator(_info),
    PlainSerializer(dict),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]


class Line(Document):
    """One line of a cart. Quantities of goods sold by measure are decimals; weights and volumes are per unit of it.

    `list_price` is at least `unit_price` and defaults to it. `freight_template` is null for what is not shipped.
    `warehouses` names several candidates: the one nearest to the address is taken. No offer brings a unit below
    `min_price`; 0 is no floor, and left out. `stored_value` marks what is money itself (a gift card): no offer and no
    points apply to it.

    >>> Line(id="a", shop="s1", sku="k", quantity=2, unit_price=Money("59.90 CNY")).list_price
    Money('59.90 CNY')
    """

    id: Id
    shop: Id
    sku: Id
    quantity: PositiveQuantity
    unit_price: Money
    name: Name | None = None
    list_price: Money = None  # type: ignore[assignment]  # the validator fills it in
    categories: Annotated[tuple[Id, ...], no_twins(lambda entry: entry, "id.duplicate"), LISTED] = ()
    weight_g: Count | None = None
    volume_cm3: Count | None = None
    freight_template: Id | None = None
    warehouse: Id | None = None
    warehouses: Ids | None = None
    free_shipping: Flag = False
    min_price: Money | None = None
    stored_value: Flag = False
    selected: Flag = True
    on_sale: Flag = True
    stock: Quantity | None = None
    purchase_limit: Quantity | None = None
    commission_percent: PercentOrZero | None = None
    tax_percent: PercentOrZero | None = None
    info: Info = ()

    @model_validator(mode="after")
    def _list_price(self) -> Line:
        values = self.__dict__
        price, lowest, listed = values["unit_price"], values["min_price"], values["list_price"]
        if values["warehouses"] is not None and values["warehouse"] is not None:
            refuse([problem_at("warehouses", code="warehouse.both")])
        if lowest is not None:
            if lowest.currency != price.currency:
                facts = {"found": lowest.currency, "currency": price.currency}
                refuse([problem_at("min_price", code="currency.mixed", **facts)])
            if lowest.minor > price.minor:
                refuse([problem_at("min_price", code="price.min_above_unit")])
            if not lowest.minor:
                values["min_price"] = None  # a floor of 0 is none
        if listed is None:  # until this has run
            values["list_price"] = price
        elif listed.currency != price.currency:
            facts = {"found": listed.currency, "currency": price.currency}
            refuse([problem_at("list_price", code="currency.mixed", **facts)])
        elif listed.minor < price.minor:
            refuse([problem_at("list_price", code="price.list_below_unit")])
        return self


def _bounded(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and len(value) > MAX_LINES:
        raise problem("limit.lines", length=len(value), limit=MAX_LINES)
    return value


EXPRESS[_bounded] = at_most(MAX_LINES)


class Screened(NamedTuple):
    """The lines that take part, those that the cart alone leaves out, and what lines name, in or out."""

    basket: Basket
    excluded: tuple[Excluded, ...]
    templates: set[str]
    warehouses: frozenset[str]


def _screened(lines: Sequence[Line], currency: str) -> Screened:
    basket, excluded = screen_cart(lines, currency)
    templates = {line.__dict__["freight_template"] for line in lines}
    templates.discard(None)
    several = [names for line in lines if (names := line.__dict__["warehouses"])]
    return Screened(basket, excluded, templates, frozenset(chain.from_iterable(several)))


class Cart(Document):
    """Lines of several shops in one currency.

    >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")])
    >>> cart.with_quantity("a", 3)["a"].quantity, cart.invert()["a"].selected, cart["a"].quantity
    (3, False, 2)
    """

    currency: Currency
    lines: Annotated[tuple[Line, ...], UNIQUE_IDS, LISTED, BeforeValidator(_bounded)]

    @model_validator(mode="after")
    def _one_currency(self) -> Cart:
        currency = self.currency
        others = [line.__dict__["unit_price"].currency for line in self.lines]
        if others.count(currency) != len(others):
            refuse(
                [
                    problem_at("lines", at, "unit_price", code="currency.mixed", found=other, currency=currency)
                    for at, other in enumerate(others)
                    if other != currency
                ]
            )
        self.__dict__["screened"] = _screened(self.lines, currency)
        return self

    @cached_property
    def screened(self) -> Screened:
        """The lines made ready: worked out once, with the validation that they belong to."""
        return _screened(self.lines, self.currency)

    def __getitem__(self, line: str) -> Line:
        for candidate in self.lines:
            if candidate.id == line:
                return candidate
        raise UnknownLine(line, (candidate.id for candidate in self.lines))

    def __contains__(self, line: object) -> bool:
        return any(candidate.id == line for candidate in self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def select(self, *lines: str) -> Cart:
        """Exactly these lines selected, all others not. Raises `UnknownLine`."""
        wanted = self._known(lines)
        return self._each(lambda line: {"selected": line.id in wanted})

    def select_all(self) -> Cart:
        """Every line selected."""
        return self._each(lambda _: {"selected": True})

    def invert(self) -> Cart:
        """What was selected is not, and the other way round."""
        return self._each(lambda line: {"selected": not line.selected})

    def with_quantity(self, line: str, quantity: int | str | Decimal) -> Cart:
        """One line in another quantity (above 0; `without` removes). Raises `UnknownLine`, `InvalidDocument`."""
        wanted = self._known((line,))
        return self._each(lambda each: {"quantity": quantity} if each.id in wanted else {})

    def without(self, *lines: str) -> Cart:
        """The cart less these lines. Raises `UnknownLine`."""
        gone = self._known(lines)
        return self.model_copy(update={"lines": tuple(line for line in self.lines if line.id not in gone)})

    def with_line(self, line: Line) -> Cart:
        """The cart with one more line; a line of the same id is replaced in its place."""
        expect("line", line, Line)
        if line.id in self:
            kept = tuple(line if each.id == line.id else each for each in self.lines)
        else:
            kept = (*self.lines, line)
        return self.model_copy(update={"lines": kept})

    def buy_now(self, line: Line) -> Cart:
        """A cart of this one line, selected: the rest of the cart, and what was bought so before, stays out."""
        expect("line", line, Line)
        return self.model_copy(update={"lines": (line.model_copy(update={"selected": True}),)})

    def _known(self, lines: Iterable[str]) -> frozenset[str]:
        known = {line.id for line in self.lines}
        for line in lines:
            expect("line", line, str)
            if line not in known:
                raise UnknownLine(line, (each.id for each in self.lines))
        return frozenset(lines)

    def _each(self, change: Any) -> Cart:
        return self.model_copy(update={"lines": tuple(line.model_copy(update=change(line)) for line in self.lines)})


_COUPON_IDS = no_twins(lambda entry: entry, "coupon.duplicate")


class Usage(Document):
    """How often an offer was used before: by this customer, in all, and the units this customer bought of it.

    >>> Usage(rule="flash", units=2).by_customer
    0
    """

    rule: Id
    by_customer: Count = 0
    in_all: Count = 0
    units: Quantity = 0


def _copies(value: Any) -> tuple[tuple[str, int], ...]:
    """A map of coupon id to number of copies, kept as sorted pairs."""
    pairs = pairs_of(value)
    for name, count in pairs:
        if not isinstance(name, str):
            raise problem("text.type", found=excerpt(name))
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COPIES:
            raise problem("integer.range", range=f"from 1 to {MAX_COPIES}")
    return tuple(sorted((str(name), int(count)) for name, count in pairs))


#: Copies of one coupon that are looked at.
MAX_COPIES = 20

Copies = Annotated[
    tuple[tuple[str, int], ...],
    PlainValidator(_copies),
    PlainSerializer(dict),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}),
]


def _rule_of(entry: object) -> object:
    return entry.get("rule") if isinstance(entry, dict) else getattr(entry, "rule", None)


class Customer(Document):
    """Who buys: level and newness open offers, `points` is the balance, `coupons` are the ids held.

    `copies` says of which coupons several are held: the second copy of `c1` goes by the id `c1#2`. `usage` is what was
    used before of offers that are limited. One copy, and a usage of nothing, are what holds anyway, and are left out:

    >>> Customer(coupons=["c1"], copies={"c1": 1}, usage=[Usage(rule="flash")]) == Customer(coupons=["c1"])
    True
    """

    id: Id | None = None
    level: Id | None = None
    new: Flag = False
    points: Count = 0
    coupons: Annotated[tuple[Id, ...], _COUPON_IDS, LISTED] = ()
    copies: Copies = ()
    usage: Annotated[tuple[Usage, ...], no_twins(_rule_of, "id.duplicate", "rule"), LISTED] = ()

    @model_validator(mode="after")
    def _copies_are_held(self) -> Customer:
        values = self.__dict__
        if self.copies:
            held = frozenset(self.coupons)
            found = [problem_at("copies", name, code="copies.not_held") for name, _ in self.copies if name not in held]
            for name, count in self.copies:  # the last of them needs an id of its own
                length = len(f"{name}#{count}")
                if count > 1 and length > MAX_ID:
                    found.append(problem_at("copies", name, code="limit.text", length=length, limit=MAX_ID))
            refuse(found)
            values["copies"] = tuple(each for each in self.copies if each[1] > 1)
        if self.usage:
            values["usage"] = tuple(each for each in self.usage if each.by_customer or each.in_all or each.units)
        return self


def _coupon_choice(value: Any, handler: Any) -> Any:
    if isinstance(value, str):
        if value not in ("best", "none"):
            raise problem("choice.unknown", found=excerpt(str(value)), expected='"best", "none" or a list of ids')
        return str(value)
    if not isinstance(value, (list, tuple)):
        raise problem("choice.unknown", found=excerpt(value), expected='"best", "none" or a list of ids')
    return handler(value)


def _points_choice(value: Any, handler: Any) -> Any:
    if isinstance(value, str):
        if value != "max":
            raise problem("choice.unknown", found=excerpt(str(value)), expected='"max" or an integer')
        return "max"
    return handler(value)


if TYPE_CHECKING:
    CouponChoice: TypeAlias = Literal["best", "none"] | tuple[str, ...]
    PointsChoice: TypeAlias = Literal["max"] | int
else:
    CouponChoice = Annotated[
        tuple[Id, ...],
        _COUPON_IDS,
        LISTED,
        WrapValidator(_coupon_choice),
        PlainSerializer(lambda value: value if isinstance(value, str) else list(value)),
        WithJsonSchema(
            {
                "anyOf": [
                    {"enum": ["best", "none"]},
                    {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
                ]
            }
        ),
    ]
    PointsChoice = Annotated[
        Count,
        WrapValidator(_points_choice),
        PlainSerializer(lambda value: value),
        WithJsonSchema({"anyOf": [{"const": "max"}, {"type": "integer", "minimum": 0}]}),
    ]


class Choice(Document):
    """What the buyer wants: the best coupons, none, or these; the most points, or up to this many.

    `pickup` names the shops where the buyer collects the goods; each has a line in the cart.
    """

    coupons: CouponChoice = "best"
    points: PointsChoice = 0
    pickup: Annotated[tuple[Id, ...], no_twins(lambda entry: entry, "id.duplicate"), LISTED] = ()


class Asked:
    """What a checkout asks, as plain values: read off its documents once, with the validation that they belong to."""

    __slots__ = (
        "at", "basket", "copies", "currency", "customer", "excluded", "held", "holds", "invoice", "lines", "method",
        "named", "pickup", "points", "region", "remark", "templates", "tenders", "usage", "wanted", "warehouses",
    )  # fmt: skip

    def __init__(self, checkout: Checkout) -> None:
        fields = checkout.__dict__
        cart: Cart = fields["cart"]
        self.customer: Customer = fields["customer"]
        customer, choice = self.customer.__dict__, fields["choice"].__dict__
        self.basket, self.excluded, self.templates, self.warehouses = cart.screened
        self.currency, self.lines = cart.currency, len(cart.lines)
        self.at: datetime = fields["at"]
        address = fields["address"]
        self.region: str | None = None if address is None else address.region
        self.method: str | None = fields["payment_method"]
        #: Coupons held, those that may be used in copies, and what was used before.
        self.held: tuple[str, ...] = customer["coupons"]
        self.holds = frozenset(self.held)
        self.copies: tuple[tuple[str, int], ...] = customer["copies"]
        self.usage: tuple[Usage, ...] = customer["usage"]
        #: The coupons asked for, and the points: up to so many, or None for as many as go.
        self.wanted: CouponChoice = choice["coupons"]
        #: Every coupon held or chosen, each once: each has a decision.
        self.named = self.held
        if isinstance(self.wanted, tuple):
            self.named = tuple(dict.fromkeys((*self.held, *self.wanted)))
        self.points: int | None = None if choice["points"] == "max" else choice["points"]
        self.pickup: tuple[str, ...] = choice["pickup"]
        self.tenders: tuple[Tender, ...] = fields["tenders"]
        #: Carried through.
        self.remark: str | None = fields["remark"]
        self.invoice: InvoiceRequest | None = fields["invoice"]


def _nothing_to_collect(pickup: Sequence[str], lines: Sequence[Line]) -> Iterator[InitErrorDetails]:
    """Each shop where the buyer collects, and of which the cart has no line: mistyped, or left over."""
    shops = {line.shop for line in lines}
    if not shops.issuperset(pickup):
        hints = Hints(shops)
        for at, name in enumerate(pickup):
            if name not in shops:
                facts = {"found": excerpt(name), "hint": hints(name)}
                yield problem_at("choice", "pickup", at, code="pickup.not_in_cart", **facts)


class Checkout(Document):
    """Everything about one checkout that is not a rule. The engine reads no clock: `at` is the instant it is for.

    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line])).choice.coupons
    'best'
    """

    express: ClassVar[bool] = True

    at: Instant
    cart: Cart
    address: Address | None = None
    customer: Customer = Field(default_factory=Customer)
    choice: Choice = Field(default_factory=Choice)
    payment_method: Id | None = None
    tenders: Annotated[tuple[Tender, ...], UNIQUE_IDS, LISTED] = ()
    remark: Text | None = Field(None, repr=False)
    invoice: InvoiceRequest | None = Field(None, repr=False)

    @model_validator(mode="after")
    def _one_currency(self) -> Checkout:
        currency = self.cart.currency
        found = [
            problem_at("tenders", at, "balance", code="currency.mixed", found=each.balance.currency, currency=currency)
            for at, each in enumerate(self.tenders)
            if each.balance.currency != currency
        ]
        if self.choice.pickup:
            found += _nothing_to_collect(self.choice.pickup, self.cart.lines)
        refuse(found)
        self.__dict__["asked"] = Asked(self)
        return self

    @cached_property
    def asked(self) -> Asked:
        """The same as plain values, for the engine."""
        return Asked(self)
