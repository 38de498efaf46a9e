"""A shop on django-oscar: from an empty basket to the thank-you page, over HTTP, through Oscar's own URLs and views."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from types import SimpleNamespace

import pytest

pytestmark = [
    pytest.mark.oscar,
    pytest.mark.usefixtures("project"),
    pytest.mark.filterwarnings("ignore::treebeard.deprecation.RemovedInTreebeard8Warning"),  # Oscar's own
    # What Oscar and its libraries have to change before a Django to come.
    pytest.mark.filterwarnings(r"ignore::DeprecationWarning:(oscar|haystack|treebeard)\b"),
    pytest.mark.filterwarnings(r"ignore::PendingDeprecationWarning:(oscar|haystack|treebeard)\b"),
]

SHENZHEN = {"state": "广东省", "line4": "深圳市", "line1": "南山区科技路1号", "postcode": "518000"}
LHASA = {"state": "西藏自治区", "line4": "拉萨市", "line1": "城关区北京中路1号", "postcode": "850000"}


class Buyer:
    """A browser at the shop."""

    def __init__(self):
        from django.test import Client

        self.client, self.shown = Client(), None

    def get(self, path, **headers):
        """The page at the end of all redirections, as text; `told` are the messages on the way."""
        return self._seen(self.client.get(path, follow=True, headers=headers))

    def post(self, path, data, **headers):
        """The same for a form."""
        return self._seen(self.client.post(path, data, follow=True, headers=headers))

    def _seen(self, answer):
        found = re.search(r'name="seen" value="(.*?)"', answer.content.decode())
        self.shown = found[1] if found else self.shown
        page = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))
        context = answer.context or {}
        told = [re.sub(r"<[^>]*>|\s+", " ", str(each)).strip() for each in context.get("messages", [])]
        return SimpleNamespace(
            status=answer.status_code, path=answer.request["PATH_INFO"], page=page, told=told, context=context
        )

    def adds(self, product, quantity=1):
        """Put so many of a product into the basket."""
        return self.post(f"/basket/add/{product.pk}/", {"quantity": quantity})

    def types(self, code):
        """A coupon's code."""
        return self.post("/basket/vouchers/add/", {"code": code})

    def is_guest(self):
        """Go on without an account."""
        return self.post("/checkout/", {"username": "b1@example.com", "options": "anonymous"})

    def lives(self, address, **headers):
        """Where to; Oscar then goes on by itself as far as it can."""
        form = {"first_name": "三", "last_name": "张", "country": "CN", **address}
        return self.post("/checkout/shipping-address/", form, **headers)

    def submits(self):
        """Place the order, for the total that the preview showed last."""
        if self.shown is None:
            self.get("/checkout/preview/")
        return self.post("/checkout/preview/", {"action": "place_order", "seen": self.shown or ""})


@pytest.fixture
def goods():
    """Tea and cups of one partner, silk of another; they come anew for each test, with a voucher."""
    from django.contrib.auth.models import User
    from oscar.core.loading import get_model

    names = [
        ("order", "Order"), ("basket", "Basket"), ("catalogue", "Product"), ("catalogue", "ProductClass"),
        ("partner", "Partner"), ("voucher", "Voucher"), ("address", "UserAddress"),
    ]  # fmt: skip
    models = {name: get_model(app, name) for app, name in names}
    for model in models.values():
        model.objects.all().delete()
    User.objects.all().delete()
    get_model("address", "Country").objects.get_or_create(
        iso_3166_1_a2="CN",
        defaults={
            "iso_3166_1_a3": "CHN",
            "iso_3166_1_numeric": "156",
            "printable_name": "China",
            "name": "China",
            "is_shipping_country": True,
        },
    )
    kind = models["ProductClass"].objects.create(name="Goods", requires_shipping=True, track_stock=True)

    def product(code, shop, price, stock=99, kind=kind):
        made = models["Product"].objects.create(title=code, product_class=kind)
        partner, _ = models["Partner"].objects.get_or_create(code=shop, defaults={"name": shop})
        made.stockrecords.create(
            partner=partner, partner_sku=code, price=price, price_currency="CNY", num_in_stock=stock
        )
        return made

    def voucher(code, **more):
        now = datetime.now(UTC)
        return models["Voucher"].objects.create(
            code=code, name=code, start_datetime=now - timedelta(1), end_datetime=now + timedelta(1), **more
        )

    return SimpleNamespace(
        tea=product("tea", "tea-house", "33.33"), cup=product("cup", "tea-house", "59.90", 3),
        silk=product("silk", "silk-lane", "129.00"), product=product, voucher=voucher, welcome=voucher("WELCOME"),
        models=models, kinds=models["ProductClass"],
    )  # fmt: skip


@pytest.fixture
def buyer(goods):
    """A guest with three of tea and one scarf, an offer across partners, and a coupon."""
    buyer = Buyer()
    buyer.adds(goods.tea, 3)
    buyer.adds(goods.silk)
    assert "Coupon 'WELCOME' added to cart" in buyer.types("welcome").told
    return buyer


def adds_up(order):
    """Every sum that Oscar keeps of an order is the settlement's: lines, units, shipping, surcharges, the whole."""
    from settlement import Settlement

    paid = Settlement.from_json(order.settled.document)
    totals = paid.totals
    lines = list(order.lines.all())
    assert order.total_incl_tax == paid.payable.amount
    assert sum(line.line_price_incl_tax for line in lines) == (totals.goods + totals.promotions + totals.coupons).amount
    assert order.shipping_incl_tax == (totals.freight + totals.surcharges + totals.freight_offers).amount
    due = (totals.points + totals.tax + totals.payment_fee + totals.rounding).amount
    assert sum(each.incl_tax for each in order.surcharges.all()) == due
    assert sum(line.line_price_incl_tax for line in lines) + order.shipping_incl_tax + due == order.total_incl_tax
    by_sku = {line.sku: line for line in paid.lines}
    for line in lines:
        mine = by_sku[line.partner_sku]
        assert line.line_price_before_discounts_incl_tax == mine.goods.amount
        assert line.line_price_incl_tax == (mine.goods + mine.promotions + mine.coupons).amount
        units = list(line.prices.all())
        assert sum(each.quantity for each in units) == line.quantity
        assert sum(each.quantity * each.price_incl_tax for each in units) == line.line_price_incl_tax
        assert sum(each.quantity * each.price_excl_tax for each in units) == line.line_price_excl_tax
        assert sum(each.amount for each in line.discounts.all()) == -(mine.promotions + mine.coupons).amount
    taken = {each.offer_name: each.amount for each in order.discounts.all()}
    assert sum(taken.values()) == -(totals.promotions + totals.coupons + totals.freight_offers).amount
    return order.total_incl_tax


def buys(buyer, address=SHENZHEN):
    """From the filled basket to the thank-you page; the order."""
    buyer.is_guest()
    assert buyer.lives(address).path == "/checkout/payment-details/"
    thanks = buyer.submits()
    assert thanks.path == "/checkout/thank-you/"
    return thanks


def shows(page, *rows):
    """Each of these stands on the page."""
    assert [row for row in rows if row not in page] == []


def test_from_the_basket_to_the_thank_you_page(buyer):
    """A guest buys of two partners with an offer across both and a coupon; every sum is the same on the way."""
    offers = ("Platform offer 30 off 200 -CN¥30.00", "WELCOME (WELCOME) -CN¥23.88")
    shows(buyer.get("/basket/").page, *offers, "freight is not included CN¥0.00", "Order total CN¥175.11")
    assert buyer.is_guest().path == "/checkout/shipping-address/"
    assert buyer.lives(SHENZHEN).path == "/checkout/payment-details/"
    shows(buyer.get("/checkout/preview/").page, *offers, "Freight CN¥20.00", "Order total CN¥195.11")
    thanks = buyer.submits()
    assert thanks.path == "/checkout/thank-you/"
    taken = ("Discount Platform offer 30 off 200 - CN¥30.00", "Discount Platform coupon Welcome - CN¥23.88")
    shows(thanks.page, *taken, "Shipping charge CN¥20.00", "Order total CN¥195.11")
    assert adds_up(thanks.context["order"]) == Decimal("195.11")
    assert buyer.get("/basket/").context["basket"].is_empty


def test_one_order_of_two_submissions(buyer):
    """Submitting again finds the basket gone; there is one order."""
    from oscar.core.loading import get_model

    buys(buyer)
    again = buyer.submits()
    assert (again.path, get_model("order", "Order").objects.count()) == ("/basket/", 1)


def test_amounts_of_a_buyer_are_not_read(buyer, goods):
    """Prices and totals in a form change nothing."""
    lie = {"price": "0.01", "unit_price": "0.01", "total_incl_tax": "0.01", "line_price_incl_tax": "0.01"}
    buyer.post(f"/basket/add/{goods.cup.pk}/", {"quantity": 1, **lie})
    buyer.is_guest()
    buyer.lives({**SHENZHEN, **lie, "shipping_charge": "0.00"})
    shown = buyer.get("/checkout/preview/") and buyer.shown
    refused = buyer.post("/checkout/preview/", {"action": "place_order", **lie, "seen": "0.01 CNY"})
    assert refused.context["error"] == f"0.01 CNY ≠ {shown}"
    thanks = buyer.post("/checkout/preview/", {"action": "place_order", **lie, "seen": shown})
    assert adds_up(thanks.context["order"]) == Decimal("249.82")


def test_the_dashboard_shows_the_order(buyer, goods):
    """Staff sees the names of the rules, without a link to an offer that is none, and the voucher's record."""
    from django.contrib.auth.models import User

    order = buys(buyer).context["order"]
    staff = Buyer()
    staff.client.force_login(User.objects.create_superuser("boss", "boss@example.com", "x"))
    page = staff.get(f"/dashboard/orders/{order.number}/")
    assert page.status == 200
    shows(page.page, "Platform offer 30 off 200", "Platform coupon Welcome")
    goods.welcome.refresh_from_db()
    assert (goods.welcome.num_orders, goods.welcome.total_discount) == (1, Decimal("23.88"))
    assert staff.get("/dashboard/reports/?report_type=order_report").status == 200


def test_a_dozen_questions_one_settlement(buyer, counted):
    """Each request settles once, however often Oscar asks in it: 29 times in 9 requests from basket to order."""
    asked = {}
    for name, call in {
        "basket": lambda: buyer.get("/basket/"),
        "guest": buyer.is_guest,
        "address": lambda: buyer.lives(SHENZHEN),
        "preview": lambda: buyer.get("/checkout/preview/"),
        "submit": buyer.submits,
    }.items():
        before = counted()
        call()
        asked[name] = tuple(now - then for now, then in zip(counted(), before, strict=True))
    assert all(requests == settlements for _, requests, settlements in asked.values())
    assert asked["basket"] == asked["preview"] == (4, 1, 1)
    assert tuple(map(sum, zip(*asked.values(), strict=True))) == (29, 9, 9)


@pytest.fixture
def counted(monkeypatch):
    """A count of questions, of requests in which some were asked, and of settlements."""
    from shop.mall import MALL

    counts, seen, settled = SimpleNamespace(asked=0), [], MALL.settled

    def asked(basket, request, address=None):
        counts.asked += 1
        if not any(each is request for each in seen):
            seen.append(request)
        return settled(basket, request, address)

    monkeypatch.setattr(MALL, "settled", asked)
    return lambda: (counts.asked, len(seen), MALL.settler.statistics.settled)


@pytest.mark.parametrize("seed", range(6))
def test_any_basket_adds_up(goods, seed):
    """Shares that do not divide by the quantity, taxes of any rate: lines, units, discounts and the whole agree."""
    draw, buyer = random.Random(seed), Buyer()
    for number in range(draw.randint(2, 5)):
        price = str(Decimal(draw.randint(1, 9999)) / 100)
        buyer.adds(goods.product(f"p{number}", f"shop-{number % 3}", price), draw.choice([1, 3, 7, 11, 13]))
    buyer.types("welcome")
    adds_up(buys(buyer).context["order"])


def test_units_whose_share_does_not_divide(goods):
    """Oscar alone would keep 3 × 29.33 for a line of 88.00 less 12 %; here one unit costs a cent more."""
    buyer = Buyer()
    buyer.adds(goods.product("odd", "tea-house", "33.35"), 3)
    buyer.types("welcome")
    order = buys(buyer).context["order"]
    line = order.lines.get()
    assert line.line_price_incl_tax == Decimal("88.04")
    assert [(each.quantity, each.price_incl_tax) for each in line.prices.all()] == [
        (2, Decimal("29.35")),
        (1, Decimal("29.34")),
    ]
    adds_up(order)


def test_an_address_that_is_not_delivered_to_is_told(buyer):
    """Oscar goes back to the address, with the reason for each line; with another address it goes on."""
    from oscar.core.loading import get_model

    buyer.is_guest()
    refused = buyer.lives(LHASA)
    assert refused.path == "/checkout/shipping-address/"
    reasons = ["tea: cannot be delivered to this address", "silk: cannot be delivered to this address"]
    assert [each for each in refused.told if "delivered" in each] == reasons  # each once
    shows(" ".join(buyer.lives(LHASA, **{"accept-language": "zh-hans"}).told), "tea: 该地址不配送")
    assert buyer.submits().path == "/checkout/shipping-address/"
    assert buyer.get("/basket/").status == 200
    assert get_model("order", "Order").objects.count() == 0
    assert buyer.lives(SHENZHEN).path == "/checkout/payment-details/"
    adds_up(buyer.submits().context["order"])


def test_a_signed_in_buyer_chooses_from_the_address_book(goods):
    """The default address is what the basket page reckons with; the chosen one counts, wherever that is."""
    from django.contrib.auth.models import User

    user = User.objects.create_user("b1", "b1@example.com", "x")
    form = {"user": user, "country_id": "CN", "first_name": "三", "last_name": "张"}
    far = goods.models["UserAddress"].objects.create(**form, **LHASA, is_default_for_shipping=True)
    near = goods.models["UserAddress"].objects.create(**form, **SHENZHEN)
    buyer = Buyer()
    buyer.client.force_login(user)
    buyer.adds(goods.tea)
    shows(buyer.get("/basket/").page, "tea: cannot be delivered to this address")
    buyer.get("/checkout/")
    choose = "/checkout/shipping-address/"
    assert buyer.post(choose, {"address_id": far.pk, "action": "ship_to"}).path == choose
    assert buyer.post(choose, {"address_id": near.pk, "action": "ship_to"}).path == "/checkout/payment-details/"
    order = buyer.submits().context["order"]
    assert (order.user, adds_up(order)) == (user, Decimal("41.33"))


def test_a_coupon_that_does_nothing_is_not_used_up(goods):
    """Of two that exclude each other the better one is used; the other may be used again."""
    from shop.rules import RULES, SETTLER

    from settlement import Rulebook

    document = RULES.to_dict()
    document["coupons"].append({**document["coupons"][0], "id": "small", "name": "Small"})
    document["coupons"][-1]["tiers"] = [{"benefit": {"type": "amount_off", "amount": "30.00 CNY"}}]
    old = SETTLER.swap(Rulebook.from_dict(document))
    try:
        goods.voucher("SMALL", usage="Single use")
        buyer = Buyer()
        buyer.adds(goods.silk)
        assert "added" in buyer.types("welcome").told[0]
        assert "added" in buyer.types("small").told[0]
        buyer.adds(goods.silk, 2)
        order = buys(buyer).context["order"]
        used = {each.code: each.num_orders for each in goods.models["Voucher"].objects.all()}
        assert (used, adds_up(order)) == ({"WELCOME": 1, "SMALL": 0}, Decimal("326.16"))
    finally:
        SETTLER.swap(old)


def test_a_code_without_effect_is_told(goods):
    """Oscar's own answer: a code that no rule knows is taken out of the basket again."""
    goods.voucher("STRANGER")
    buyer = Buyer()
    buyer.adds(goods.tea)
    assert "does not qualify" in buyer.types("stranger").told[0]
    assert "No coupon found" in buyer.types("nonsense").told[0]


def test_points_fees_and_freight_offers(goods, monkeypatch):
    """What is due beside goods and freight is Oscar's surcharges; offers on freight are discounts of shipping."""
    from shop.mall import MALL
    from shop.rules import RULES, SETTLER

    from settlement import Customer, Rulebook

    document = RULES.to_dict() | {
        "points": {"points": 100, "worth": "1.00 CNY", "covers_freight": True},
        "payment_methods": [{"id": "card", "percent": "1.3", "borne_by": "buyer"}],
        "policy": {"round_total": {"unit": "0.10 CNY", "mode": "up"}},
    }
    for number, off in enumerate(("3.00 CNY", "1.50 CNY")):
        tiers = [{"benefit": {"type": "freight_off", "amount": off}}]
        document["promotions"].append(
            {"id": f"post-{number}", "name": f"Post {number}", "issuer": "platform", "tiers": tiers}
        )
    gift = {"benefit": {"type": "gift", "sku": "mug", "quantity": 1}}
    document["promotions"].append({"id": "mug", "name": "A mug", "issuer": "tea-house", "tiers": [gift]})
    old = SETTLER.swap(Rulebook.from_dict(document))
    monkeypatch.setattr(MALL, "customer", lambda basket, _: Customer(coupons=[*MALL.vouchers(basket)], points=777))
    monkeypatch.setattr(MALL, "choice", lambda *_: {"choice": {"points": "max"}, "payment_method": "card"})
    try:
        buyer = Buyer()
        buyer.adds(goods.tea, 7)
        buyer.types("welcome")
        thanks = buys(buyer)
        order = thanks.context["order"]
        adds_up(order)
        assert {each.code: each.incl_tax < 0 for each in order.surcharges.all()} == {
            "points": True, "payment_fee": False, "rounding": False,
        }  # fmt: skip
        assert [each.amount for each in order.shipping_discounts] == [Decimal("3.00"), Decimal("1.50")]
        assert [each.message for each in order.post_order_actions] == ["mug × 1"]
        shows(thanks.page, "Freight offer Post 0", "Points -CN¥7.77")
    finally:
        SETTLER.swap(old)


def test_what_is_not_shipped_has_no_freight(goods):
    """Goods that need no shipping go without an address and a charge, by Oscar's own method."""
    kind = goods.kinds.objects.create(name="Files", requires_shipping=False, track_stock=False)
    buyer = Buyer()
    buyer.adds(goods.product("file", "tea-house", "9.99", kind=kind), 2)
    buyer.is_guest()
    buyer.get("/checkout/shipping-method/")
    order = buyer.submits().context["order"]
    assert (order.shipping_code, adds_up(order)) == ("no-shipping-required", Decimal("19.98"))


def test_a_price_that_was_not_seen_is_not_charged(buyer, goods, monkeypatch):
    """It changes behind an open page: nothing is paid or placed, both amounts are told; the new one is, once seen."""
    from oscar.core.loading import get_class, get_model

    paid = []
    view = get_class("checkout.views", "PaymentDetailsView")
    monkeypatch.setattr(view, "handle_payment", lambda _, __, total, **___: paid.append(total.incl_tax))
    buyer.is_guest()
    buyer.lives(SHENZHEN)
    buyer.get("/checkout/preview/")
    goods.silk.stockrecords.update(price="229.00")
    refused = buyer.submits()
    assert (refused.path, refused.context["error"]) == ("/checkout/preview/", "195.11 CNY ≠ 283.11 CNY")
    shows(refused.page, "195.11 CNY ≠ 283.11 CNY", "Order total CN¥283.11")
    assert (get_model("order", "Order").objects.count(), paid) == (0, [])
    assert adds_up(buyer.submits().context["order"]) == Decimal("283.11")
    assert paid == [Decimal("283.11")]


@pytest.mark.parametrize("form", [{}, {"seen": ""}, {"seen": "195.11"}, {"seen": "9" * 5000}])
def test_what_was_not_seen_is_not_placed(buyer, form):
    """Without the amount that the preview shows, as it shows it, there is no order."""
    buyer.is_guest()
    buyer.lives(SHENZHEN)
    refused = buyer.post("/checkout/preview/", {"action": "place_order", **form})
    assert refused.context["error"] == f"{form.get('seen', '')[:40] or '?'} ≠ 195.11 CNY"
    assert buyer.submits().path == "/checkout/thank-you/"


def test_a_total_that_is_not_the_settlements_is_no_order(buyer, monkeypatch):
    """Where anything else changes a total, nothing is placed, and the page says both amounts."""
    from oscar.apps.checkout.calculators import OrderTotalCalculator
    from oscar.core import prices
    from oscar.core.loading import get_model

    calculate = OrderTotalCalculator.calculate

    def more(self, *args, **kwargs):
        total = calculate(self, *args, **kwargs)
        return prices.Price(total.currency, total.excl_tax, total.incl_tax + 1)

    monkeypatch.setattr(OrderTotalCalculator, "calculate", more)
    buyer.is_guest()
    buyer.lives(SHENZHEN)
    refused = buyer.submits()
    shows(refused.page, "196.11 ≠ 195.11 CNY")
    assert get_model("order", "Order").objects.count() == 0


def test_amounts_finer_than_oscars_tables_are_refused():
    """Of a currency with three decimals Oscar would drop the third."""
    from django.test import RequestFactory
    from shop.mall import MALL

    basket = SimpleNamespace(currency="KWD", pk=None, owner=None, vouchers=None, all_lines=list)
    with pytest.raises(ValueError, match="two decimals; KWD has 3"):
        MALL.checkout(basket, RequestFactory().get("/"), None, datetime.now(UTC))
