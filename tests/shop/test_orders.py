"""Orders: paid in every way that a provider has, given back in parts, and nobody else's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from settlement import Money
from settlement.documents.words.language import language
from settlement.orders import Actor, Shipped

pytestmark = pytest.mark.shop


def state(mall, order):
    """Where an order of `b1` stands."""
    return mall.state.store.order(Actor.customer("b1"), order)


def say(amount):
    """An amount as the pages write it."""
    return language("en").money(amount)


def look(browser, order):
    """The status that the page shows."""
    return browser.get(f"/orders/{order}").of("status")


def ask(browser, order, button="ask", **lines):
    """Ask for goods back, or look what they give."""
    page = browser.get(f"/orders/{order}")
    return browser.press(page, "refund", button, f"/orders/{order}/refund", reason="changed my mind", **lines)


@pytest.fixture
def order(b1):
    """An order of the cart that waits for its payment."""
    return b1.buy()


# ------------------------------------------------------------------ paying


def test_paid(mall, b1, order):
    """Once: what the provider tells pays the order, and the page says so."""
    assert look(b1, order) == "waiting for payment"
    assert b1.pay(order).status == 303
    assert look(b1, order) == "paid"
    assert state(mall, order).paid == state(mall, order).order.settlement.payable


def test_failed_and_paid_again(mall, b1, order):
    """The next attempt has a key of its own."""
    b1.pay(order, "failed")
    assert look(b1, order) == "waiting for payment"
    b1.pay(order)
    assert look(b1, order) == "paid"
    assert [each.attempt for each in mall.state.store.demands(Actor.customer("b1"), order)] == [1, 2]


def test_told_twice(mall, b1, order):
    """A notice that comes again changes nothing."""
    b1.pay(order, "repeat")
    found = state(mall, order)
    assert [event.kind for event in found.events] == ["paid"]
    assert found.paid == found.order.settlement.payable


def test_told_late(b1, order):
    """Nothing came: the buyer has the shop look, and it is paid."""
    b1.pay(order, "late")
    assert look(b1, order) == "waiting for payment"
    page = b1.get(f"/orders/{order}")
    b1.press(page, f"/orders/{order}/pay", "ask", f"/orders/{order}/pay")
    assert look(b1, order) == "paid"


def test_told_after_it_was_cancelled(mall, b1, order):
    """The money is owed to the buyer, and the worker gives it back; coupons are there again."""
    from shop import jobs

    from settlement.ext.store import Worker

    b1.pay(order, "late")
    page = b1.get(f"/orders/{order}")
    b1.press(page, f"/orders/{order}/cancel", "cancel", f"/orders/{order}/cancel")
    page = b1.get(f"/orders/{order}")
    assert page.of("status") == "cancelled"
    path = f"/orders/{order}/pay"
    for _ in range(2):
        assert b1.press(page, path, "ask", path).status == 303
    found = state(mall, order)
    assert found.refund_due == (found.order.settlement.payable,)
    jobs.once(Worker(mall.state.store, gateways=mall.state.gateway))
    for _ in range(2):
        mall.clock.on(minutes=1)
        jobs.once(Worker(mall.state.store, gateways=mall.state.gateway))
    found = state(mall, order)
    assert not any(found.refund_due)
    assert found.given_back == (found.order.settlement.payable,)
    assert look(b1, order) == "cancelled"


def test_what_was_charged_and_not_told_is_not_charged_again(mall, b1, order):
    """Whoever presses again, once or from two windows at once, pays once."""
    b1.pay(order, "late")
    page, path = b1.get(f"/orders/{order}"), f"/orders/{order}/pay"
    with ThreadPoolExecutor(2) as threads:
        sent = list(threads.map(lambda _: b1.press(page, path, "pay", path, "succeeded").status, range(2)))
    assert sent == [303, 303]
    found = state(mall, order)
    assert (found.status, found.paid, found.refund_due) == ("paid", found.order.settlement.payable, ())
    assert len(mall.state.store.demands(Actor.customer("b1"), order)) == 1


def test_looked_at_after_a_part_was_given_back_and_it_was_cancelled(mall, b1, order):
    """What is asked for already is not asked for again, nor a fault."""
    b1.pay(order)
    ask(b1, order, **{"refund-tea-dhp-250": "1"})
    page = b1.get(f"/orders/{order}")
    b1.press(page, f"/orders/{order}/cancel", "cancel", f"/orders/{order}/cancel")
    before, path = state(mall, order), f"/orders/{order}/pay"
    assert b1.press(b1.get(f"/orders/{order}"), path, "ask", path).status == 303
    assert state(mall, order).refunds == before.refunds
    assert sum(each.amount.minor for each in before.refunds) == before.paid.minor


def test_paid_while_it_is_cancelled(mall, b1, order, monkeypatch):
    """What landed in between is given back."""
    from shop import orders

    seen, other = orders.state_of, mall.browser("b1")

    def meanwhile(*asked):
        monkeypatch.setattr(orders, "state_of", seen)
        found = seen(*asked)
        other.pay(order)
        return found

    page = b1.get(f"/orders/{order}")
    monkeypatch.setattr(orders, "state_of", meanwhile)
    assert b1.press(page, f"/orders/{order}/cancel", "cancel", f"/orders/{order}/cancel").status == 303
    found = state(mall, order)
    assert (found.status, found.refund_due) == ("cancelled", (found.order.settlement.payable,))
    assert sum(each.amount.minor for each in found.refunds) == found.paid.minor


def test_a_message_that_is_not_the_providers(b1, order):
    """Forged at its door: it is told that it failed, and nothing is paid."""
    answer = b1.client.post("/pay/notify", content=b'{"told":"succeeded"}', headers={"Sandbox-Key": "sandbox"})
    assert answer.text == "fail"
    assert look(b1, order) == "waiting for payment"
    assert b1.client.post("/pay/notify", content=b"x" * 20_000).status_code == 413


def test_a_way_to_pay_that_there_is_not(b1, order):
    """422, never 500."""
    assert b1.pay(order, "gold").status == 422


def test_an_order_that_is_not_paid_is_closed_by_the_worker(mall, b1, order):
    """After half an hour; what it took is there again, and the page says so."""
    from shop import jobs
    from shop.held import customer_of

    from settlement.ext.store import Worker

    assert "tea-20" not in customer_of(mall.state, "b1").coupons
    mall.clock.on(minutes=31)
    jobs.once(Worker(mall.state.store, gateways=mall.state.gateway))
    assert look(b1, order) == "closed, not paid in time"
    assert "tea-20" in customer_of(mall.state, "b1").coupons


# ------------------------------------------------------------------ giving back


def test_what_was_not_sent_is_given_back_at_once(mall, b1, order):
    """The page says beforehand what it gives, and that is given; the rest stays."""
    from shop import jobs

    from settlement.ext.store import Worker

    b1.pay(order)
    told = ask(b1, order, "look", **{"refund-tea-dhp-250": "1"})
    assert told.status == 200
    assert ask(b1, order, **{"refund-tea-dhp-250": "1"}).status == 303
    found = state(mall, order)
    (given,) = found.refund_due
    assert f"It would give {say(given)}" in told.of("quote")
    assert 0 < given.minor < found.paid.minor
    jobs.once(Worker(mall.state.store, gateways=mall.state.gateway))
    assert look(b1, order) == "partly refunded"
    assert state(mall, order).given_back == (given,)


def test_what_was_sent_waits_for_the_shop(mall, b1, order):
    """Nothing is given back before the shop says so; then it is, once."""
    from shop import refunds

    b1.pay(order)
    tea = Actor.shop("tea")
    goods = [{"line": "tea-dhp-250", "quantity": 2}]
    mall.state.store.tell(tea, Shipped(at=mall.clock(), actor=tea, shop="tea", lines=goods), order=order)
    assert look(b1, order) == "partly shipped"
    assert ask(b1, order, **{"refund-tea-dhp-250": "1"}).status == 303
    assert "waits for the shop" in b1.get(f"/orders/{order}").html
    assert not any(state(mall, order).refund_due)
    (asked,) = refunds.of_shop(mall.state, "tea")
    assert refunds.of_shop(mall.state, "home") == []
    refunds.answer(mall.state, Actor.staff("mall"), asked, granted=True)
    assert state(mall, order).refund_due[0] > Money("0.00 CNY")
    assert refunds.of_shop(mall.state, "tea") == []


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ({"refund-tea-dhp-250": "3"}, "refund-tea-dhp-250"),
        ({"refund-tea-dhp-250": "-1"}, "refund-tea-dhp-250"),
        ({"refund-tea-dhp-250": "0.5"}, "refund-tea-dhp-250"),
        ({"refund-orange-gannan": "9"}, "refund-orange-gannan"),
        ({"reason": "x" * 101, "refund-tea-dhp-250": "1"}, "reason"),
        ({}, None),
    ],
)
def test_what_cannot_be_asked_back(mall, b1, order, lines, field):
    """More than was bought, parts of a piece, nothing: 422 at the field, and nothing is asked for."""
    b1.pay(order)
    page = b1.get(f"/orders/{order}")
    sent = b1.press(page, "refund", "ask", f"/orders/{order}/refund", **lines)
    assert sent.status == 422
    assert sent.of("error")
    assert field is None or field in sent.wrong
    assert not any(state(mall, order).refund_due)


def test_cancelled_after_it_was_paid(mall, b1, order):
    """All of it is given back, freight too, and the goods are there again."""
    from shop.held import stock_of

    before = stock_of(mall.state, [("tea", "tea-dhp-250")])["tea", "tea-dhp-250"]
    b1.pay(order)
    page = b1.get(f"/orders/{order}")
    assert b1.press(page, f"/orders/{order}/cancel", "cancel", f"/orders/{order}/cancel").status == 303
    found = state(mall, order)
    assert found.status == "cancelled"
    assert found.refund_due == (found.paid,)
    assert stock_of(mall.state, [("tea", "tea-dhp-250")])["tea", "tea-dhp-250"] == before + 2


def test_an_event_that_cannot_happen_is_told(b1, order):
    """Cancelled twice: the second is refused with a page, not with a fault."""
    page = b1.get(f"/orders/{order}")
    for status in (303, 409):
        assert b1.press(page, f"/orders/{order}/cancel", "cancel", f"/orders/{order}/cancel").status == status


def test_goods_that_arrived(mall, b1, order):
    """What a shop has sent is told as arrived, once."""
    b1.pay(order)
    tea = Actor.shop("tea")
    goods = [{"line": "tea-dhp-250", "quantity": 1}]
    mall.state.store.tell(tea, Shipped(at=mall.clock(), actor=tea, shop="tea", lines=goods), order=order)
    page = b1.get(f"/orders/{order}")
    path = f"/orders/{order}/received"
    assert b1.press(page, path, "shop", path, "tea").status == 303
    assert b1.press(page, path, "shop", path, "tea").status == 422
    assert b1.press(page, path, "shop", path, "nobody").status == 422


# ------------------------------------------------------------------ invoices, and others


def test_invoices_add_up_to_what_was_paid(mall, b1, order):
    """For whoever the form says, one of each shop; a wrong tax number is told at its field."""
    path = f"/orders/{order}/invoice"
    page = b1.get(f"/orders/{order}")
    sent = b1.press(page, "invoice", "show", path, **{"invoice": "person", "invoice-title": "陈小满"})
    assert sent.status == 200
    assert sent.html.count("<caption>") == len(state(mall, order).order.settlement.shops)
    wrong = {"invoice": "company", "invoice-title": "A", "invoice-tax_number": "?"}
    sent = b1.press(page, "invoice", "show", path, **wrong)
    assert sent.status == 422
    assert "invoice-tax_number" in sent.wrong


@pytest.mark.parametrize("path", ["", "/pay", "/cancel", "/refund", "/received", "/invoice"])
def test_anothers_order_is_not_found(mall, order, path):
    """Whatever is asked of it, as if it were not there."""
    b2 = mall.browser("b2")
    page = b2.get("/")
    token = [pair for pair in page.form("/language") if pair[0] == "csrf"]
    sent = b2.post(f"/orders/{order}{path}", [*token, ("pay", "succeeded")]) if path else b2.get(f"/orders/{order}")
    there_is_none = b2.get("/orders/SO000000000000")
    assert sent.status == there_is_none.status == 404
    assert order not in sent.html.replace(f"/orders/{order}", "")
    assert state(mall, order).status == "pending_payment"


def test_the_list_of_orders(mall, b1, order):
    """One's own, page by page; what is no place of a page is none."""
    assert order in b1.get("/orders").html
    assert order not in mall.browser("b2").get("/orders").html
    assert b1.get("/orders?after=nonsense").status == 404


def test_a_restart_forgets_no_payment(mall, b1, order, tmp_path):
    """The shop ended between the charge and its notice: the next one knows of the charge, and charges nothing twice."""
    from shop.app import create_app
    from shop.settings import Settings

    b1.pay(order, "late")
    again = create_app(Settings(database=f"sqlite:///{tmp_path}/shop.db", secret="s" * 64), mall.clock).state.shop
    (demand,) = again.store.demands(Actor.system("test"), order)
    assert again.gateway.query(demand, mall.clock()).told == "succeeded"
    again.store.close()


def test_what_was_granted_and_not_given_back_is_given_back_by_the_worker(mall, b1, order, monkeypatch):
    """Whoever granted it was ended before it was: once, however often somebody looks."""
    from shop import refunds
    from shop.tables import refund_requests
    from sqlalchemy import select

    b1.pay(order)

    def ended(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(mall.state.store, "give_back", ended)
        with pytest.raises(KeyboardInterrupt):
            refunds.ask(mall.state, state(mall, order), {"tea-dhp-250": "1"}, "too many")
    assert state(mall, order).refunds == ()
    refunds.finish(mall.state)
    assert state(mall, order).refunds == ()  # whoever granted it may still be at it
    mall.clock.on(minutes=2)
    for _ in range(2):
        refunds.finish(mall.state)
    assert [each.refund for each in state(mall, order).refunds] == [f"{order}R1"]
    with mall.state.database.reading() as connection:
        assert connection.execute(select(refund_requests.c.answer)).scalars().all() == ["granted"]


def test_who_is_ended_after_cancelling_has_the_money_back(mall, b1, order, monkeypatch):
    """Cancelled, and ended before the refund was asked for: the worker asks."""
    from shop import jobs

    b1.pay(order)

    class Ended(Exception):
        pass

    def ended(*_):
        raise Ended

    page = b1.get(f"/orders/{order}")
    with monkeypatch.context() as patched:
        patched.setattr(mall.state.store, "give_back_owed", ended)
        with pytest.raises(Ended):
            b1.press(page, f"/orders/{order}/cancel", "cancel", f"/orders/{order}/cancel")
    assert (look(b1, order), state(mall, order).refunds) == ("cancelled", ())
    mall.clock.on(minutes=2)
    jobs.once(jobs.worker_of(mall.state))
    found = state(mall, order)
    assert (found.given_back, found.refund_due) == ((found.order.settlement.payable,), ())


def test_points_are_there_once_all_has_arrived(mall, b1, order):
    """As many as the receipt says, once; not before."""
    from shop import jobs

    from settlement.orders import Received, Shipped

    b1.pay(order)
    store, actor = mall.state.store, Actor.customer("b1")
    settled = state(mall, order).order.settlement
    before = store.held(actor, "b1").customer.points
    worker = jobs.worker_of(mall.state)
    for shop in settled.shops:
        jobs.once(worker)
        assert store.held(actor, "b1").customer.points == before
        rows = [{"line": line.id, "quantity": line.quantity} for line in settled.lines if line.shop == shop.shop]
        for kind in (Shipped, Received):
            staff = Actor.staff("mall")
            store.tell(staff, kind(at=mall.clock(), actor=staff, shop=shop.shop, lines=rows), order=order)
    for _ in range(2):
        jobs.once(worker)
        jobs._happened(mall.state, {"kind": "received", "order": order})
    assert settled.points.earned > 0
    assert store.held(actor, "b1").customer.points == before + settled.points.earned


def deliver(mall, order):
    """All that is still to be sent is sent, and arrives."""
    from settlement.orders import Received, Shipped

    staff = Actor.staff("mall")
    for group in state(mall, order).deliveries:
        rows = [{"line": line.line, "quantity": line.left} for line in group.lines if line.left]
        for kind in (Shipped, Received) if rows else ():
            told = kind(at=mall.clock(), actor=staff, shop=group.shop, lines=rows)
            mall.state.store.tell(staff, told, order=order)


def everything(mall, order):
    """All that was bought, or what of it was not refunded yet."""
    from shop import refunds

    found = state(mall, order)
    left = {line.id: line.quantity for line in found.order.settlement.lines}
    for line in [each for quote in refunds.history(found) for each in quote.lines]:
        left[line.id] -= line.quantity
    return {line: str(quantity) for line, quantity in left.items() if quantity}


@pytest.mark.parametrize("spent", [False, True])
def test_points_go_with_what_is_refunded(mall, b1, order, spent):
    """After all was given back none are left, however often things are told; what was spent goes from the next."""
    from shop import jobs, refunds
    from sqlalchemy import update

    from settlement.ext.store.tables import allowances

    store, actor, worker = mall.state.store, Actor.customer("b1"), jobs.worker_of(mall.state)

    def held():
        return store.held(actor, "b1").customer.points

    b1.pay(order)
    before = held()
    deliver(mall, order)
    jobs.once(worker)
    earned = state(mall, order).order.settlement.points.earned
    assert held() == before + earned > before
    if spent:
        with mall.state.database.writing() as connection:
            connection.execute(update(allowances).where(allowances.c.kind == "points").values(quantity=10_000))
    refunds.ask(mall.state, state(mall, order), everything(mall, order), "broken", Actor.staff("mall"))
    for _ in range(3):
        jobs.once(worker)
        jobs._happened(mall.state, {"kind": "refund_asked", "order": order})
    assert state(mall, order).status == "refunded"
    assert held() == (0 if spent else before)
    if spent:
        store.allow("points", "points", earned, customer="b1")
        jobs._happened(mall.state, {"kind": "received", "order": order})
        assert held() == 10


def test_points_of_what_is_kept_are_there_though_some_was_refunded_before(mall, b1, order):
    """One piece refunded before it was sent, the rest arrives: its share of the points is left out."""
    from shop import jobs, refunds

    store, actor, worker = mall.state.store, Actor.customer("b1"), jobs.worker_of(mall.state)
    b1.pay(order)
    before = store.held(actor, "b1").customer.points
    first = state(mall, order).order.settlement.lines[0]
    refunds.ask(mall.state, state(mall, order), {first.id: "1"}, "too many", Actor.staff("mall"))
    jobs.once(worker)
    deliver(mall, order)
    jobs.once(worker)
    found = state(mall, order)
    gone = sum([quote.earned_points for quote in refunds.history(found)])
    assert found.status == "partly_refunded"
    assert 0 < gone <= found.order.settlement.points.earned
    assert store.held(actor, "b1").customer.points == before + found.order.settlement.points.earned - gone


def test_a_cancelled_order_gives_no_points(mall, b1, order):
    """Paid and cancelled, by the buyer or gone on from by the worker: the money is back, and no points are there."""
    from shop import jobs

    store, actor, worker = mall.state.store, Actor.customer("b1"), jobs.worker_of(mall.state)
    before = store.held(actor, "b1").customer.points + state(mall, order).order.settlement.points.used
    b1.pay(order)
    b1.press(b1.get(f"/orders/{order}"), f"/orders/{order}/cancel", "cancel", f"/orders/{order}/cancel")
    for _ in range(2):
        jobs.once(worker)
    found = state(mall, order)
    assert (found.status, found.refund_due) == ("cancelled", ())
    assert found.order.settlement.points.earned > 0
    assert store.held(actor, "b1").customer.points == before
