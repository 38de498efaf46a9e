"""What type checkers make of the public names: what is taken, and what is given. Read by them, and never run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, assert_type

from settlement import (
    Address,
    AmountOff,
    AmountStep,
    Benefit,
    BundlePrice,
    Cart,
    CartHolds,
    Checkout,
    Choice,
    Circumstances,
    Condition,
    Coupon,
    Customer,
    Earn,
    EarnCampaign,
    FixedPrice,
    FlashPrice,
    Free,
    FreightOff,
    FreightPercentOff,
    FreightTemplate,
    Gift,
    Hours,
    InvalidDocument,
    InvoiceRequest,
    Line,
    Load,
    MinimumOrder,
    Money,
    NthUnit,
    PaymentMethod,
    PercentOff,
    PerFreight,
    PerHeavyParcel,
    PerHeavyPiece,
    PerKg,
    PerParcel,
    PerPiece,
    PerVolume,
    Points,
    Policy,
    Problem,
    Promotion,
    Recurring,
    RefundPolicy,
    RefundQuote,
    Rounding,
    RoundTotal,
    Rulebook,
    Scope,
    Settlement,
    Step,
    Surcharge,
    Tender,
    Tier,
    Times,
    UnitAmountOff,
    Usage,
    Warehouse,
    Zone,
    check,
    explain_parcel,
    hints,
    quote_freight,
    refund,
    settle,
)
from settlement.discounts.goods import Goods
from settlement.documents.scalars import Id, Percent, PositiveCount

# ------------------------------------------------------------------ what is taken

yuan = Money("12.30 CNY")
line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="12.30 CNY")
Line(id="a", shop="s1", sku="k", quantity=Decimal("1.5"), unit_price=yuan, list_price="13.00 CNY", min_price=yuan)
Line(id="a", shop="s1", sku="k", quantity="1.5", unit_price=yuan, stock=3, purchase_limit="2", weight_g=500)
Line(id="a", shop="s1", sku="k", quantity=1, unit_price=yuan, categories=["tea"], warehouses=("w1", "w2"))
Line(id="a", shop="s1", sku="k", quantity=1, unit_price=yuan, tax_percent=13, commission_percent=Decimal("0.5"))
Line(id="a", shop="s1", sku="k", quantity=1, unit_price=yuan, tax_percent="13", info={"colour": "red"}, name=None)

lines: list[Line] = [line]
rows: list[dict[str, Any]] = [{"id": "a"}]
texts: list[dict[str, str]] = [{"id": "a"}]
frozen: tuple[Line, ...] = (line,)
cart = Cart(currency="CNY", lines=[line])
Cart(currency="CNY", lines=lines)
Cart(currency="CNY", lines=rows)
Cart(currency="CNY", lines=texts)
Cart(currency="CNY", lines=frozen)
Cart(currency="CNY", lines=[line, {"id": "b", "shop": "s1"}])
Cart(currency="CNY", lines=cart.lines)

held: list[str] = ["c1"]
customer = Customer(id="u", coupons=held, points=100, copies={"c1": 2}, usage=[Usage(rule="c1", units="1.5")])
chosen: Literal["best", "none"] = "none"
choice = Choice(coupons=chosen, points="max", pickup=["s1"])
Choice(coupons=["c1"], points=10)
tender = Tender(id="g", type="gift_card", balance="50.00 CNY", amount=yuan)
invoice = InvoiceRequest(title="A", type="company", tax_number="91310000MA1FL0000X")
checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart)
Checkout(at=datetime.now(UTC), cart=cart, address=Address(region="440305", name="张三"), customer=customer)
Checkout(at=datetime.now(UTC), cart={"currency": "CNY", "lines": []}, address={"region": "440305"}, choice=choice)
Checkout(at=datetime.now(UTC), cart=cart, address=None, tenders=[tender], invoice=invoice, remark="soon")
Checkout(at=datetime.now(UTC), cart=cart, customer={"coupons": ["c1"]}, choice={"coupons": "none"})

benefits: list[Benefit] = [
    AmountOff(amount="5.00 CNY"),
    AmountOff(amount=yuan, every=True, max="20.00 CNY"),
    BundlePrice(quantity=2, price=yuan),
    FixedPrice(price="9.90 CNY"),
    FlashPrice(price=yuan, limit=2),
    FreightOff(),
    FreightPercentOff(percent=50),
    Gift(sku="mug", quantity=1),
    NthUnit(n=2, percent=Decimal(50), per="sku"),
    PercentOff(percent=15),
    PercentOff(percent="7.5", max=yuan),
    UnitAmountOff(amount=yuan, max_units=3),
]
conditions: list[Condition] = [
    CartHolds(skus=["tea"], min_quantity=2),
    Recurring(utc_offset="+08:00", weekdays=[3], hours=[Hours(opens="10:00", closes="22:00")]),
]
scope = Scope(categories=["tea"], exclude_skus=("gift",))
tiers = [Tier(min_amount="99.00 CNY", benefit=each) for each in benefits]
promotion = Promotion(id="p", issuer="s1", tiers=tiers, scope=scope, conditions=conditions, platform_share=60)
Promotion(id="p", issuer="s1", tiers=[{"benefit": {"type": "percent_off", "percent": 10}}], stage="item")
coupon = Coupon(id="c", issuer="platform", tiers=tiers, valid_from="2026-11-01T00:00:00+08:00", levels=["gold"])
Coupon(id="c", issuer="platform", tiers=tiers, valid_until=datetime(2026, 12, 1, tzinfo=UTC), scope={"skus": ["a"]})

far: list[Surcharge] = [
    PerParcel(regions=["540000"], fee="15.00 CNY"),
    PerPiece(regions=("540000",), fee=yuan),
    PerKg(regions=["540000"], fee=yuan, label="remote"),
    PerVolume(regions=["540000"], fee=yuan, every_cm3=1000),
    PerHeavyPiece(regions=["540000"], fee=yuan, above_g=30_000),
    PerHeavyParcel(regions=["540000"], fee=yuan, above_g=30_000),
    PerFreight(regions=["*"], percent=15, min_fee=yuan),
]
zone = Zone(regions=["CN/mainland"], first=1, first_fee="8.00 CNY", steps=[Step(up_to=3, fee=yuan)], goods_percent=1)
morning = Times(utc_offset="+08:00", hours=[Hours(opens="00:00", closes="12:00")])
banded = Zone(
    regions=["CN"], first=1, first_fee=yuan, amount_steps=[AmountStep(from_amount=yuan, fee=yuan)], when=morning
)
template = FreightTemplate(id="t", measure="quantity", zones=[zone], surcharges=far, free=[Free(min_amount=yuan)])
campaign = EarnCampaign(valid_from=datetime.now(UTC), valid_until="2026-12-01T00:00:00Z", times="1.5")
points = Points(points=100, worth="1.00 CNY", max_percent=20, earn=Earn(per=yuan, points=1, campaigns=[campaign]))
policy = Policy(
    rounding="half_even", exclusions=[("coupons", "points")], round_total=RoundTotal(unit=yuan, mode="down")
)
rulebook = Rulebook(
    id="r",
    currency="CNY",
    promotions=[promotion],
    coupons=(coupon,),
    freight_templates=[template, {"id": "u"}],
    points=points,
    payment_methods=[PaymentMethod(id="card", borne_by="buyer", percent="0.6", fixed=yuan)],
    minimum_orders=[MinimumOrder(shop="s1", amount="20.00 CNY")],
    warehouses=[Warehouse(id="w", region="440305")],
    policy=policy,
)
Rulebook(id="r", currency="CNY", policy={"rounding": "down"})
RefundPolicy(payment_fee="return", recheck="thresholds")

# ------------------------------------------------------------------ what is given

assert_type(line.id, str)
assert_type(line.quantity, int | Decimal)
assert_type(line.unit_price, Money)
assert_type(line.list_price, Money)
assert_type(line.min_price, Money | None)
assert_type(line.categories, tuple[str, ...])
assert_type(line.warehouses, tuple[str, ...] | None)
assert_type(line.tax_percent, int | Decimal | None)
assert_type(line.info, tuple[tuple[str, str], ...])
assert_type(cart.lines, tuple[Line, ...])
assert_type(cart["a"], Line)
assert_type(cart.select("a"), Cart)
assert_type(cart.with_quantity("a", "1.5"), Cart)
assert_type(checkout.at, datetime)
assert_type(checkout.cart, Cart)
assert_type(checkout.address, Address | None)
assert_type(checkout.customer, Customer)
assert_type(checkout.choice, Choice)
assert_type(checkout.choice.coupons, Literal["best", "none"] | tuple[str, ...])
assert_type(checkout.choice.points, Literal["max"] | int)
assert_type(checkout.tenders, tuple[Tender, ...])
assert_type(customer.copies, tuple[tuple[str, int], ...])
assert_type(invoice.warnings, tuple[Problem, ...])
assert_type(promotion.tiers, tuple[Tier, ...])
assert_type(promotion.tiers[0].benefit, Benefit)
assert_type(promotion.conditions, tuple[Condition, ...])
assert_type(promotion.stage, Literal["order", "item"])
assert_type(promotion.valid_from, datetime | None)
assert_type(coupon.borne, int | Decimal)
assert_type(zone.regions, tuple[str, ...])
assert_type(template.surcharges, tuple[Surcharge, ...])
assert_type(points.max_percent, int | Decimal)
assert_type(rulebook.coupons, tuple[Coupon, ...])
assert_type(rulebook.digest, str)
assert_type(yuan.amount, Decimal)
assert_type(yuan.minor, int)
assert_type(yuan + yuan, Money)
assert_type(Line.model_validate({"id": "a"}), Line)
assert_type(Rulebook.model_validate_json("{}"), Rulebook)
assert_type(line.model_copy(update={"quantity": 3}), Line)
assert_type(checkout.model_dump(), dict[str, Any])

# ------------------------------------------------------------------ functions

settlement = settle(checkout, rulebook)
assert_type(settlement, Settlement)
assert_type(settlement.payable, Money)
assert_type(settlement.status, Literal["payable", "pending", "blocked"])
assert_type(settlement.totals.goods, Money)
assert_type(settlement.lines[0].payable, Money)
assert_type(settlement.to_json(), str)
quote = refund(settlement, {"a": 1})
assert_type(quote, RefundQuote)
assert_type(quote.cash, Money)
assert_type(settlement.for_order("A-1001"), Settlement)
assert_type(settlement.order, str | None)
assert_type(refund(settlement, {"a": 1}, id="R-1", at="2026-12-01T09:00:00+08:00").known_as(order="A-1"), RefundQuote)
assert_type(quote.at, str | None)
refund(settlement, {"a": "1.5", "b": Decimal(2)}, history=[quote], policy=RefundPolicy(gifts="return"))
for hint in hints(checkout, rulebook):
    assert_type(hint.text("zh_CN"), str)
for finding in check(rulebook):
    assert_type(finding.code, str)
explain_parcel(checkout, rulebook)
quote_freight([line], "440305", [template])
assert_type(Rounding("half_up").of(3), int)
try:
    settle(checkout, rulebook)
except InvalidDocument as error:
    assert_type(error.problems, tuple[Problem, ...])


# ------------------------------------------------------------------ kinds of one's own


class EverySeventh(Benefit):
    """A benefit with fields of its own."""

    type: Literal["every_seventh"] = "every_seventh"
    n: PositiveCount = 7
    share: Percent = Decimal(100)
    most: Money | None = None

    def off(self, goods: Goods) -> list[int]:
        """Whole minor units."""
        return [net // self.n for net in goods.nets]


class Named(Condition):
    """A condition with a field that must be stated."""

    type: Literal["named"] = "named"
    customer: Id

    def met(self, known: Circumstances) -> bool:
        """Whether it is that customer."""
        return known.customer == self.customer

    def why(self, known: Circumstances) -> Mapping[str, str | int]:
        """Who it is not."""
        return {"customer": self.customer, "points": known.points}


class Insured(Surcharge):
    """A surcharge with fields of its own."""

    per: Literal["insured"] = "insured"
    every: Money

    sign = "{fee} per {every}"
    needs = frozenset({"weight_g"})

    def counted(self, load: Load) -> Sequence[int]:
        """By value."""
        return [1000 * minor for minor in load.goods]

    @property
    def each(self) -> int:
        """So much of value."""
        return self.every.minor


seventh = EverySeventh(n=5, most=yuan)
assert_type(seventh.type, Literal["every_seventh"])
assert_type(seventh.n, int)
assert_type(EverySeventh().most, Money | None)
named = Named(customer="u")
insured = Insured(regions=("540000",), fee=yuan, every=yuan, label="insurance")
assert_type(insured.regions, tuple[str, ...])
OwnRules = Rulebook.with_kinds(EverySeventh, Named, Insured)
assert_type(OwnRules, type[Rulebook])
OwnRules(id="r", currency="CNY", promotions=[{"tiers": [{"benefit": seventh}]}], freight_templates=[template])
Tier(benefit=seventh)
Promotion(id="p", issuer="s1", tiers=[{"benefit": seventh}], conditions=[named])
settle(checkout, OwnRules.model_validate({"id": "r", "currency": "CNY"}))

offset = timedelta(hours=8)
