"""A shop on django-salesman: from an empty basket to the order, over HTTP, through salesman's own URLs and views."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from types import SimpleNamespace

import pytest

pytestmark = [pytest.mark.salesman, pytest.mark.usefixtures("project")]

ADDRESS = "广东省深圳市南山区科技路1号"


class Buyer:
    """A browser at the shop's API."""

    def __init__(self):
        from django.test import Client

        self.client = Client()

    def call(self, method, path, body=None, **headers):
        """Status and body of the answer."""
        text = "" if body is None else json.dumps(body)
        answer = self.client.generic(method, f"/api/{path}", text, "application/json", headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    def adds(self, product, quantity=1, **more):
        """Put so many of a product into the basket."""
        body = {"product_type": "shop.Product", "product_id": product.pk, "quantity": quantity}
        return self.call("POST", "basket/", body | more)[0]

    def chooses(self, **extra):
        """Say where to, and which coupons."""
        return self.call("PUT", "basket/extra/", {"extra": extra})

    def basket(self, **headers):
        """The basket as it is shown."""
        return self.call("GET", "basket/", **headers)[1]

    def submits(self, extra=None, seen=None, **headers):
        """Look at the total and submit, perhaps with another choice, or having seen something else."""
        seen = self.basket()["total"] if seen is None else seen
        body = {"email": "b1@example.com", "shipping_address": ADDRESS, "billing_address": "-", "seen": seen}
        return self.call(
            "POST", "checkout/", body | {"payment_method": "pay-on-delivery", "extra": extra or {}}, **headers
        )

    def signs_in(self, name, *coupons):
        """As somebody who holds these coupons."""
        from django.contrib.auth.models import User
        from shop.models import Held

        user, _ = User.objects.get_or_create(username=name)
        for coupon in coupons:
            Held.objects.create(user=user, coupon=coupon)
        self.client.force_login(user)
        return user

    def order(self, answer):
        """The order page of what was placed."""
        return self.client.get(answer["url"]).json()


@pytest.fixture
def goods():
    """Tea and cups of one shop, silk of another; they come anew for each test."""
    from django.contrib.auth.models import User
    from salesman.basket.models import Basket
    from shop.models import Product

    User.objects.all().delete()
    Basket.objects.all().delete()
    Product.objects.all().delete()
    rows = [("tea", "tea-house", "33.33", 50), ("cup", "tea-house", "59.90", 3), ("silk", "silk-lane", "129.00", 9)]
    made = [Product(code=code, name=code, shop=shop, price=price, stock=stock) for code, shop, price, stock in rows]
    return SimpleNamespace(**{each.code: each for each in Product.objects.bulk_create(made)})


@pytest.fixture
def buyer(goods):
    """A buyer with three of tea and one scarf, an offer across shops, a coupon, and a place to send it to."""
    buyer = Buyer()
    buyer.signs_in("b1", "welcome")
    assert [buyer.adds(goods.tea, 3), buyer.adds(goods.silk)] == [201, 201]
    assert buyer.chooses(region="440305", coupons=["welcome"])[0] == 200
    return buyer


@pytest.fixture
def counted(monkeypatch):
    """How often salesman updates a basket, and how often that settles."""
    from salesman.basket.models import BaseBasket
    from shop.rules import SETTLER

    counts = SimpleNamespace(updates=0, first=SETTLER.statistics.settled)
    update = BaseBasket.update

    def updated(basket, request):
        counts.updates += 1
        update(basket, request)

    monkeypatch.setattr(BaseBasket, "update", updated)
    counts.settled = lambda: SETTLER.statistics.settled - counts.first
    return counts


def adds_up(of):
    """A basket or an order: subtotal and rows are the total, on each item too, and the items are the whole."""
    total = Decimal(of["total"])
    rows = [*of["items"], of]
    assert all(
        Decimal(each["subtotal"]) + sum(Decimal(row["amount"]) for row in each["extra_rows"]) == Decimal(each["total"])
        for each in rows
    )
    assert sum(Decimal(each["total"]) for each in of["items"]) == total
    assert sum(Decimal(each["subtotal"]) for each in of["items"]) == Decimal(of["subtotal"])
    return total


def test_an_order_is_what_was_settled(buyer):
    """From the basket to the order page every sum is the same, and refunds of the kept settlement end at it."""
    from settlement import Settlement, refund

    shown = adds_up(buyer.basket())
    status, answer = buyer.submits()
    order = buyer.order(answer)
    paid = Settlement.from_dict(order["extra"]["settlement"])
    assert (status, adds_up(order), paid.payable.amount) == (201, shown, shown) == (201, Decimal("195.11"), shown)
    assert [row["extra"]["rule"] for row in order["extra_rows"]] == [each.rule for each in paid.adjustments]
    assert {item["product"]["code"]: item["total"] for item in order["items"]} == {
        line.sku: str(line.payable.amount) for line in paid.lines
    }
    back = refund(paid, {line.id: line.quantity for line in paid.lines}, freight="return")
    assert back.cash == paid.payable
    assert buyer.basket()["items"] == []


def test_one_settlement_per_checkout(buyer, counted):
    """Salesman updates a basket for itself and for each of its items; all that happens in one settlement."""
    seen = buyer.basket()["total"]
    assert (counted.updates, counted.settled()) == (3, 1)
    assert buyer.submits(seen=seen)[0] == 201
    assert (counted.updates, counted.settled()) == (5, 2)


def test_another_choice_at_the_checkout_is_settled(buyer, counted):
    """What is placed is what was posted, for the total that was seen of it, and not what the basket said before."""
    before = buyer.basket()["total"]
    assert buyer.submits({"coupons": []}, before) == (402, {"detail": "195.11 ≠ 218.99 CNY"})
    assert counted.settled() == 3
    status, answer = buyer.submits()
    order = buyer.order(answer)
    assert (status, adds_up(order) - Decimal(before)) == (201, Decimal("23.88"))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.usefixtures("goods")
def test_any_basket_adds_up(seed):
    """Whatever is in it: rows, items, basket and order agree to the cent."""
    from shop.models import Product

    draw, buyer = random.Random(seed), Buyer()
    buyer.signs_in("b1", "welcome")
    for number in range(draw.randint(1, 6)):
        shop, price = f"shop-{number % 3}", Decimal(draw.randint(1, 9999)) / 100
        product = Product.objects.create(code=f"p{number}", name="p", shop=shop, price=price, stock=99)
        buyer.adds(product, draw.randint(1, 13))
    buyer.chooses(region=draw.choice(["440305", "110101"]), coupons=draw.choice([[], ["welcome"]]))
    shown = adds_up(buyer.basket())
    status, answer = buyer.submits()
    assert (status, adds_up(buyer.order(answer))) == (201, shown)


def test_what_is_not_delivered_is_told_and_not_sold(buyer):
    """The basket takes it off with the reason, in the reader's language, and no order is made."""
    buyer.chooses(region="540102")
    english, chinese = buyer.basket(), buyer.basket(**{"accept-language": "zh-CN"})
    assert adds_up(english) == 0
    assert [row["label"] for row in english["extra_rows"]] == [
        "tea: cannot be delivered to this address",
        "silk: cannot be delivered to this address",
    ]
    assert chinese["extra_rows"][0]["label"] == "tea: 该地址不配送"
    status, answer = buyer.submits(**{"accept-language": "zh-CN"})
    assert (status, answer["detail"]) == (402, "暂时无法下单，无需付款; tea: 该地址不配送; silk: 该地址不配送")
    assert len(buyer.basket()["items"]) == 2


def test_no_order_without_an_address(goods):
    """Before an address is known freight is not, so the basket shows the goods and cannot be ordered."""
    buyer = Buyer()
    buyer.adds(goods.tea)
    assert adds_up(buyer.basket()) == Decimal("33.33")
    assert buyer.submits() == (402, {"detail": "no delivery address yet; freight is not included"})


def test_more_than_there_is_is_told(goods):
    """Stock is the server's; what exceeds it is left out with the number that is there."""
    buyer = Buyer()
    buyer.adds(goods.cup, 4)
    buyer.adds(goods.tea)
    buyer.chooses(region="440305")
    assert buyer.basket()["extra_rows"][-1]["label"] == "cup: not enough in stock, 3 left"
    assert buyer.submits() == (402, {"detail": "cup: not enough in stock, 3 left"})


@pytest.mark.parametrize(
    "extra",
    [
        *({"region": wrong} for wrong in ("54010x", 7, "", 0, False, [], {})),
        *({"coupons": wrong} for wrong in ("welcome", [1], ["a", "a"], 0, "", {}, False)),
    ],
)
def test_a_choice_that_is_none_is_refused(buyer, extra):
    """With 400 and what would be right; the basket stays as it was."""
    before = adds_up(buyer.basket())
    status, answer = buyer.chooses(**extra)
    assert status == 400
    assert answer["extra"][0]
    assert adds_up(buyer.basket()) == before


@pytest.mark.parametrize("extra", ["a", 5, 0, "", False, [], [["region", ""]], None, {"note": "\ud800"}, {"\ud800": 1}])
def test_what_is_no_object_is_refused(buyer, goods, extra):
    """With 400, wherever it is posted; nothing of it is kept, and the basket can be seen."""
    before = buyer.basket()
    line = {"product_type": "shop.Product", "product_id": goods.cup.pk, "extra": extra}
    ref = before["items"][0]["ref"]
    checkout = {"email": "b1@example.com", "shipping_address": "-", "billing_address": "-", "extra": extra}
    for method, path, body in (
        ("PUT", "basket/extra/", {"extra": extra}),
        ("POST", "basket/", line),
        ("PATCH", f"basket/{ref}/", {"extra": extra}),
        ("POST", "checkout/", checkout | {"payment_method": "pay-on-delivery"}),
    ):
        assert buyer.call(method, path, body)[0] == 400
    assert buyer.basket() == before


@pytest.mark.usefixtures("goods")
@pytest.mark.parametrize("quantity", [0, -1, 10_000, 1_000_000_001, 2_147_483_647, 10**30])
def test_a_quantity_that_no_line_can_have_is_refused(goods, quantity):
    """When it is added and when it is changed; what it was before stays."""
    buyer = Buyer()
    buyer.adds(goods.tea, 2)
    before = buyer.basket()
    assert buyer.adds(goods.tea, quantity) == 400
    assert buyer.call("PATCH", f"basket/{before['items'][0]['ref']}/", {"quantity": quantity})[0] == 400
    assert buyer.basket() == before


def test_quantities_that_grew_can_be_seen(goods):
    """Salesman adds them up without asking, also when a guest signs in: the basket says how many there may be."""
    from salesman.basket.models import BasketItem

    type(goods.tea).objects.update(stock=1_000_000_000)
    buyer = Buyer()
    buyer.adds(goods.tea, 9_999)
    assert buyer.adds(goods.tea) == 201
    for grown in (10_000, 1_500_000_000):
        BasketItem.objects.update(quantity=grown)
        basket = buyer.basket()
        assert (adds_up(basket), len(basket["extra_rows"])) == (0, 1)
        assert "9,999" in basket["extra_rows"][0]["label"]


def test_amounts_of_a_buyer_are_not_read(goods):
    """Prices, totals and settlements in a request change nothing."""
    honest, liar = Buyer(), Buyer()
    honest.adds(goods.tea, 3)
    lie = {"unit_price": "0.01", "total": "0.01", "extra": {"price": "0.01", "settlement": {"payable": "0.01 CNY"}}}
    liar.adds(goods.tea, 3, **lie)
    for each in (honest, liar):
        each.chooses(region="440305", settlement={"payable": "0.01 CNY"})
    orders = [each.order(each.submits({"settlement": 0})[1]) for each in (honest, liar)]
    assert adds_up(orders[0]) == adds_up(orders[1])
    assert orders[0]["extra"]["settlement"]["totals"] == orders[1]["extra"]["settlement"]["totals"]


def test_a_price_that_was_not_seen_is_not_charged(buyer, goods):
    """It changes behind an open page: both amounts are told, and nothing is placed until the new one was seen."""
    before = buyer.basket()["total"]
    type(goods.silk).objects.filter(pk=goods.silk.pk).update(price="229.00")
    assert buyer.submits(seen=before) == (402, {"detail": "195.11 ≠ 283.11 CNY"})
    assert len(buyer.basket()["items"]) == 2
    order = buyer.order(buyer.submits()[1])
    assert adds_up(order) - Decimal(before) == 88  # 100 less 12 %


@pytest.mark.parametrize("seen", ["", "195.1", "195.11 USD", 195.11, [], {}, True, "9" * 5000, "NaN"])
def test_what_is_seen_is_an_amount(buyer, seen):
    """As it was shown, to the digit; anything else places nothing, and what is long is not said again."""
    status, answer = buyer.submits(seen=seen)
    assert (status, answer["detail"].endswith(" ≠ 195.11 CNY"), len(answer["detail"]) < 60) == (402, True, True)
    assert buyer.submits(seen="195.11 CNY")[0] == 201


def test_coupons_are_those_that_the_shop_gave(buyer, goods):
    """A browser chooses of them: a guest and another buyer have none, and who used one has it no more."""
    from shop.models import Held

    guest, other = Buyer(), Buyer()
    other.signs_in("b2")
    for each in (guest, other):
        each.adds(goods.tea, 3)
        each.adds(goods.silk)
        assert each.chooses(region="440305", coupons=["welcome"])[0] == 200
        assert each.basket()["total"] == "218.99"
        order = each.order(each.submits()[1])
        assert "redemptions" not in order["extra"]["settlement"]
    assert Held.objects.get().used is None
    assert buyer.submits()[0] == 201
    assert Held.objects.get().used is not None
    buyer.adds(goods.tea, 3)
    buyer.adds(goods.silk)
    buyer.chooses(region="440305", coupons=["welcome"])
    assert buyer.basket()["total"] == "218.99"


@pytest.mark.parametrize("gone", ["stock", "coupon"])
def test_what_was_just_taken_is_told(buyer, goods, monkeypatch, gone):
    """By another buyer, or in another window: 402, and neither an order nor a piece of stock is gone."""
    from salesman.orders.models import Order
    from shop import payment
    from shop.models import Held, Product

    place, before = payment.place, Order.objects.count()

    def late(*asked, **fields):
        order = place(*asked, **fields)
        if gone == "stock":
            Product.objects.filter(pk=goods.silk.pk).update(stock=0)
        else:
            Held.objects.update(used="2026-11-01T00:00:00Z")
        return order

    monkeypatch.setattr(payment, "place", late)
    status, answer = buyer.submits()
    assert (status, "just gone" in answer["detail"]) == (402, True)
    assert (Order.objects.count(), Product.objects.get(pk=goods.tea.pk).stock) == (before, 50)
    assert len(buyer.basket()["items"]) == 2
    monkeypatch.undo()
    assert buyer.submits()[0] == 201


def test_one_order_of_two_submissions(buyer):
    """Two requests hold the same basket; the later finds it gone and places nothing."""
    from django.test import RequestFactory
    from salesman.basket.models import Basket
    from salesman.checkout.payment import PaymentError
    from salesman.orders.models import Order

    from settlement.ext.salesman import place

    pk = buyer.basket()["id"]
    request, before = RequestFactory().post("/"), Order.objects.count()
    baskets = [Basket.objects.get(pk=pk), Basket.objects.get(pk=pk)]
    place(baskets[0], request, seen="195.11")
    with pytest.raises(PaymentError, match="empty"):
        place(baskets[1], request, seen="195.11")
    assert Order.objects.count() == before + 1


def test_a_signed_in_buyer_takes_the_basket_along(goods):
    """A guest who signs in has the basket merged, and the order is the user's."""
    buyer = Buyer()
    buyer.adds(goods.tea, 3)
    buyer.adds(goods.silk)
    user = buyer.signs_in("b1")
    assert len(buyer.basket()["items"]) == 2
    buyer.chooses(region="440305")
    order = buyer.order(buyer.submits()[1])
    assert (order["user"], adds_up(order)) == (user.pk, Decimal("218.99"))


def test_a_modifier_that_changes_the_total_is_noticed(buyer, monkeypatch):
    """An amount that the settlement does not know is in no refund: the basket is refused before it is shown."""
    from salesman.basket.modifiers import BasketModifier, basket_modifiers_pool

    class Wrap(BasketModifier):
        identifier = "wrap"

        def process_basket(self, basket, request):
            self.add_extra_row(basket, request, "Gift wrap", Decimal("5.00"))

    monkeypatch.setattr(basket_modifiers_pool, "_modifiers", [*basket_modifiers_pool.get_modifiers(), Wrap()])
    with pytest.raises(RuntimeError, match="another modifier changes it too"):
        buyer.basket()


def test_the_stock_is_taken_with_the_order(buyer, goods):
    """In the same transaction."""
    buyer.submits()
    assert [type(goods.tea).objects.get(pk=each.pk).stock for each in (goods.tea, goods.silk)] == [47, 8]


def test_amounts_finer_than_salesmans_tables_are_refused():
    """Of a currency with three decimals an order would drop the third."""
    from shop.modifiers import Settle

    from settlement import Cart, Checkout

    class Dinars(Settle):
        def checkout(self, *asked):
            return Checkout(at=asked[-1], cart=Cart(currency="KWD", lines=[]))

    with pytest.raises(ValueError, match="two decimals; KWD has more"):
        Dinars().settled(SimpleNamespace(), None)
