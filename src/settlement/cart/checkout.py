"""What is asked: a cart, where it goes, who buys and what the buyer chose (contract §2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import (
    Field,
    PlainSerializer,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from settlement.cart.address import Address
from settlement.cart.cart import Cart
from settlement.cart.customer import COUPON_IDS, Customer, Usage
from settlement.cart.invoice_request import InvoiceRequest
from settlement.cart.line import Line
from settlement.cart.tenders import Tender
from settlement.documents.document import Document
from settlement.documents.hints import Hints
from settlement.documents.marks import Mark, Takes
from settlement.documents.problems import problem, problem_at, refuse
from settlement.documents.scalars import (
    LISTED,
    UNIQUE_IDS,
    Count,
    Id,
    Instant,
    Text,
    no_twins,
)
from settlement.money import excerpt

__all__ = [
    "ONCE_A_SHOP",
    "Asked",
    "Checkout",
    "Choice",
    "CouponChoice",
    "ForShop",
    "PointsChoice",
    "ShopDelivery",
]


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
        COUPON_IDS,
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
        Takes('Literal["best", "none"] | list[str] | tuple[str, ...]'),
    ]
    PointsChoice = Annotated[
        Count,
        WrapValidator(_points_choice),
        PlainSerializer(lambda value: value),
        WithJsonSchema({"anyOf": [{"const": "max"}, {"type": "integer", "minimum": 0}]}),
        Takes('Literal["max"] | int'),
    ]


def _shop_of(entry: object) -> object:
    return entry.get("shop") if isinstance(entry, dict) else getattr(entry, "shop", None)


#: Beside a list of which each shop has at most one entry.
ONCE_A_SHOP: Final = no_twins(_shop_of, "id.duplicate", "shop")


class ShopDelivery(Document):
    """The delivery method that the buyer chose for the lines of one shop that name none themselves.

    >>> ShopDelivery(shop="tea-house", method="express").method
    'express'
    """

    shop: Id
    method: Id

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, shop: str, method: str) -> None: ...


class Choice(Document):
    """What the buyer wants: the best coupons, none, or these; the most points, or up to this many.

    `pickup` names the shops where the buyer collects the goods; each has a line in the cart. So has each
    shop of `delivery`, the method chosen there; a line's own `delivery` goes before both.
    """

    coupons: CouponChoice = "best"
    points: PointsChoice = 0
    pickup: Annotated[tuple[Id, ...], no_twins(lambda entry: entry, "id.duplicate"), LISTED, Mark.BEYOND] = ()
    delivery: Annotated[tuple[ShopDelivery, ...], ONCE_A_SHOP, LISTED, Mark.BEYOND] = ()

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            coupons: Literal["best", "none"] | list[str] | tuple[str, ...] = "best",
            points: Literal["max"] | int = 0,
            pickup: list[str] | tuple[str, ...] = (),
            delivery: Sequence[ShopDelivery | Mapping[str, Any]] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _one_way(self) -> Choice:
        if self.delivery and self.pickup:
            named = enumerate(self.delivery)
            twice = [
                problem_at("delivery", at, "shop", code="delivery.and_pickup", found=excerpt(each.shop))
                for at, each in named
                if each.shop in self.pickup
            ]
            refuse(twice)
        return self


class ForShop(Document):
    """What the buyer tells one shop, in place of what the checkout tells all: its remark, its invoice.

    >>> ForShop(shop="tea-house", remark="less sugar").invoice is None
    True
    """

    shop: Id
    remark: Annotated[Text | None, Mark.PERSONAL] = Field(None, repr=False)
    invoice: Annotated[InvoiceRequest | None, Mark.PERSONAL] = Field(None, repr=False)

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            shop: str,
            remark: str | None = None,
            invoice: InvoiceRequest | Mapping[str, Any] | None = None,
        ) -> None: ...


class Asked:
    """What a checkout asks, as plain values: read off its documents once, with the validation that they belong to."""

    __slots__ = (
        "at", "basket", "by_shop", "copies", "currency", "customer", "delivery", "excluded", "held", "holds", "invoice",
        "lines", "method", "methods", "named", "order", "pickup", "points", "region", "remark", "templates", "tenders",
        "usage", "wanted", "warehouses",
    )  # fmt: skip

    def __init__(self, checkout: Checkout) -> None:
        fields = checkout.__dict__
        cart: Cart = fields["cart"]
        self.customer: Customer = fields["customer"]
        customer, choice = self.customer.__dict__, fields["choice"].__dict__
        self.basket, self.excluded, self.templates, self.warehouses, self.methods = cart.screened
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
        #: Of the delivery methods: those chosen for shops; `methods` are those that lines name.
        self.delivery: tuple[ShopDelivery, ...] = choice["delivery"]
        self.tenders: tuple[Tender, ...] = fields["tenders"]
        #: Carried through.
        self.remark: str | None = fields["remark"]
        self.invoice: InvoiceRequest | None = fields["invoice"]
        self.by_shop: tuple[ForShop, ...] = fields["by_shop"]
        self.order: str | None = fields["order"]


def _not_in_cart(
    named: Sequence[str], lines: Sequence[Line], code: str, place: Callable[[int], tuple[str | int, ...]]
) -> Iterator[InitErrorDetails]:
    """Each shop that is named, and of which the cart has no line: mistyped, or left over."""
    shops = {line.shop for line in lines}
    if not shops.issuperset(named):
        hints = Hints(shops)
        for at, name in enumerate(named):
            if name not in shops:
                yield problem_at(*place(at), code=code, found=excerpt(name), hint=hints(name))


class Checkout(Document):
    """Everything about one checkout that is not a rule. The engine reads no clock: `at` is the instant it is for.

    `order` is the shop's own name for it, outside the digest and carried through to every document of the order.
    `remark` and `invoice` are for every shop; `by_shop` has those of one shop alone, which has a line in the cart.

    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line])).choice.coupons
    'best'
    """

    express: ClassVar[bool] = True

    at: Instant
    cart: Cart
    address: Address | None = None
    customer: Annotated[Customer, Mark.UNQUOTED] = Field(default_factory=Customer)
    choice: Choice = Field(default_factory=Choice)
    payment_method: Id | None = None
    tenders: Annotated[tuple[Tender, ...], UNIQUE_IDS, LISTED, Mark.BEYOND] = ()
    remark: Annotated[Text | None, Mark.PERSONAL] = Field(default=None, repr=False)
    invoice: Annotated[InvoiceRequest | None, Mark.PERSONAL] = Field(default=None, repr=False)
    by_shop: Annotated[tuple[ForShop, ...], ONCE_A_SHOP, LISTED, Mark.PERSONAL, Mark.BEYOND] = Field(
        default=(), repr=False
    )
    order: Annotated[Id | None, Mark.BESIDE, Mark.BEYOND] = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            cart: Cart | Mapping[str, Any],
            address: Address | Mapping[str, Any] | None = None,
            customer: Customer | Mapping[str, Any] = ...,
            choice: Choice | Mapping[str, Any] = ...,
            payment_method: str | None = None,
            tenders: Sequence[Tender | Mapping[str, Any]] = (),
            remark: str | None = None,
            invoice: InvoiceRequest | Mapping[str, Any] | None = None,
            by_shop: Sequence[ForShop | Mapping[str, Any]] = (),
            order: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _one_currency(self) -> Checkout:
        currency = self.cart.currency
        found = [
            problem_at("tenders", at, "balance", code="currency.mixed", found=each.balance.currency, currency=currency)
            for at, each in enumerate(self.tenders)
            if each.balance.currency != currency
        ]
        found += [
            problem_at("customer", "usage", at, "spent", code="currency.mixed", found=spent.currency, currency=currency)
            for at, each in enumerate(self.customer.usage)
            if (spent := each.spent) is not None and spent.currency != currency
        ]
        if self.choice.pickup:
            here = self.choice.pickup
            found += _not_in_cart(here, self.cart.lines, "pickup.not_in_cart", lambda at: ("choice", "pickup", at))
        if self.choice.delivery:
            shops = [each.shop for each in self.choice.delivery]
            place = ("choice", "delivery")
            found += _not_in_cart(shops, self.cart.lines, "shop.not_in_cart", lambda at: (*place, at, "shop"))
        if self.by_shop:
            told = [each.shop for each in self.by_shop]
            found += _not_in_cart(told, self.cart.lines, "shop.not_in_cart", lambda at: ("by_shop", at, "shop"))
        refuse(found)
        self.__dict__["asked"] = Asked(self)
        return self

    @cached_property
    def asked(self) -> Asked:
        """The same as plain values, for the engine."""
        return Asked(self)
