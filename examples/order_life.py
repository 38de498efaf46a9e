"""The life of an order, from the cart to the payout, in a database: `python examples/order_life.py [URL]`.

The URL is that of an empty database: postgresql+psycopg://…, mysql+pymysql://…; without one it is SQLite in memory. The
provider is a sandbox that forges and repeats, the clock stands still until it is told to go on: the same each time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from settlement import Address, Cart, Checkout, Coupon, Customer, Line, Rulebook, Settlement, refund, settle
from settlement.after_pay.edits import edit_order
from settlement.after_pay.payments import PaymentDemand
from settlement.after_pay.payouts.owed import payout
from settlement.audit.confirm import confirm
from settlement.audit.record import record
from settlement.audit.replay import replay
from settlement.audit.seal import Key, Keys, seal
from settlement.errors import EventRefused, GatewayRefused, NotFound
from settlement.ext.gateways import Mischief, Reply, Sandbox
from settlement.ext.store import Store, Worker
from settlement.orders import Actor, Changed, OrderState, Returned, Shipped

ANN, STAFF, POTS = Actor.customer("ann"), Actor.staff("s7"), Actor.shop("pots")
KEYS = Keys(Key("2026-11", b"a secret of at least 32 bytes, from secrets.token_bytes(32)"))
RULES = Rulebook(
    id="2026-11",
    currency="CNY",
    coupons=[
        Coupon(id="welcome", issuer="platform", tiers=[{"benefit": {"type": "amount_off", "amount": "10.00 CNY"}}])
    ],
)


class Clock:
    """What time it is, until it goes on."""

    def __init__(self, now: str) -> None:
        self.now = datetime.fromisoformat(now)

    def __call__(self) -> datetime:
        """The instant."""
        return self.now

    def on(self, **units: int) -> None:
        """So much later."""
        self.now += timedelta(**units)


CLOCK = Clock("2026-11-11T10:00:00+08:00")
GATEWAY = Sandbox(b"order life", mischief=Mischief(delays=0, repeats=100, drops=0, forges=100, lies=0))
HANDED_ON: list[Mapping[str, Any]] = []


def asked(tins: int, coupons: tuple[str, ...] = ()) -> Checkout:
    """Two pots of one shop, and so many tins of another."""
    lines = [
        Line(id="pot", shop="pots", sku="teapot", name="Teapot", quantity=2, unit_price="30.00 CNY"),
        Line(id="tin", shop="tea", sku="jasmine", name="Jasmine tea", quantity=tins, unit_price="40.00 CNY"),
    ]
    return Checkout(
        at=CLOCK(),
        cart=Cart(currency="CNY", lines=lines),
        customer=Customer(id="ann", coupons=coupons),
        address=Address(region="440305", name="Ann", phone="13800138000", detail="1 Harbour Road"),
        remark="ring twice",
    )


def say(what: str, *rows: object) -> None:
    """One step, and what came of it."""
    print(f"{CLOCK():%m-%d %H:%M}  {what}")
    for row in rows:
        print(*[f"             {line}" for line in str(row).split("\n")], sep="\n")


# ------------------------------------------------------------------ what a web server does


def notified(store: Store, raw: bytes, headers: Mapping[str, str]) -> tuple[str, Reply]:
    """What came in at the address that the provider tells, as it came; the reply is the HTTP answer."""
    try:
        notice = GATEWAY.verify(raw, headers, CLOCK())
        told = store.tell(Actor.system("notify"), notice)
    except GatewayRefused as error:
        return error.code, GATEWAY.answer(error.success)
    except (EventRefused, NotFound) as error:
        return str(error), GATEWAY.answer(False)
    return told.state.status, GATEWAY.answer(told.success)


def hand_in(store: Store, since: int) -> int:
    """All that the provider has sent since; how much it is now."""
    sent = GATEWAY.sent()
    for each in sent[since:]:
        said, reply = notified(store, each.raw, each.headers)
        print(f"             a message: {said}, answered {reply.body.decode()}")
    return len(sent)


def state_of(store: Store) -> OrderState:
    """The order as the platform sees it."""
    state = store.order(STAFF, "SO1001")
    assert isinstance(state, OrderState)  # a shop would see its part
    return state


# ------------------------------------------------------------------ the order


def buy(store: Store) -> Settlement:
    """From the cart to an order that is paid."""
    store.allow("stock", "teapot", 5, shop="pots")
    store.allow("coupon", "welcome", 1, customer="ann")
    shown = record(settle(asked(1, ("welcome",)), RULES))
    end = CLOCK() + timedelta(minutes=15)
    token = seal(shown, KEYS, issued=CLOCK(), expires=end, audience="cashier")
    say(
        "settled and sealed",
        f"due: {shown.settlement().due}",
        f"nothing personal in it: {b'138' not in token.encode()}",
    )

    CLOCK.on(minutes=5)
    confirmed = confirm(token, asked(1, ("welcome",)), RULES, KEYS, now=CLOCK(), audience="cashier")
    half_an_hour = timedelta(minutes=30)
    order = store.place(ANN, confirmed, order="SO1001", merchant="sandbox", method="card", expires=half_an_hour)
    again = store.place(ANN, confirmed, order="SO1001", merchant="sandbox", method="card", expires=half_an_hour)
    say("confirmed and placed", *[f"takes {each.quantity} × {each.kind} {each.id}" for each in order.consumed])
    print(f"             asked for again: {'the same order' if again == order else 'another one'}")

    (first,) = store.demands(ANN, "SO1001")
    GATEWAY.prepare(first, CLOCK(), title="Teapots")
    GATEWAY.pay(first.key, CLOCK(), told="failed")
    say("the card is refused")
    count = hand_in(store, 0)

    CLOCK.on(minutes=2)
    second = store.ask(ANN, "SO1001", method="wallet", expires=half_an_hour)
    GATEWAY.prepare(second, CLOCK(), title="Teapots")
    GATEWAY.pay(second.key, CLOCK())
    say(f"paid by another method, under the key {second.key}")
    hand_in(store, count)
    return order.settlement


def change(store: Store, bought: Settlement) -> Settlement:
    """One shop sends; then the buyer wants another tin, which is collected under a number of its own."""
    CLOCK.on(hours=5)
    goods = [{"line": "pot", "quantity": 2}]
    sent = store.tell(POTS, Shipped(at=CLOCK(), actor=POTS, shop="pots", lines=goods), order="SO1001")
    say("one shop has sent its goods", sent.state.status)

    CLOCK.on(hours=1)
    edit = edit_order(bought, asked(2), RULES, id="E-1", at=CLOCK())
    assert edit.settled is not None  # something is added
    demand = PaymentDemand(order="SO1001E1", merchant="sandbox", amount=edit.collect, method="wallet")
    store.tell(STAFF, Changed(at=CLOCK(), actor=STAFF, edit=edit, demand=demand), order="SO1001")
    say("the order is changed: one tin more", f"to collect: {state_of(store).to_collect}")
    count = len(GATEWAY.sent())
    GATEWAY.prepare(demand, CLOCK(), title="Tea")
    GATEWAY.pay(demand.key, CLOCK())
    hand_in(store, count)
    say("collected", f"paid: {state_of(store).paid}", f"to collect: {state_of(store).to_collect}")
    return edit.settled


def give_back(store: Store, worker: Worker, bought: Settlement, added: Settlement) -> None:
    """One pot comes back; the provider fails to give the money back at first, and the worker asks again."""
    CLOCK.on(days=3)
    goods = [{"line": "pot", "quantity": 1}]
    store.tell(POTS, Returned(at=CLOCK(), actor=POTS, shop="pots", lines=goods), order="SO1001")
    quote = refund(bought, {"pot": 1}, id="R-1", at=CLOCK())
    state = store.give_back(STAFF, "SO1001", quote)
    say("one pot is returned", *[f"owed to the buyer: {each}" for each in state.refund_due])
    GATEWAY.fail("R-1")
    for _ in range(2):
        work(worker)
        print(
            f"             {state_of(store).status}, still owed: {[str(each) for each in state_of(store).refund_due]}"
        )
        CLOCK.on(minutes=1)
    for part, refunds in ((bought, [quote]), (added, [])):
        due = payout(part, refunds=refunds)
        say(f"paid out of {due.paid}", *[f"{shop.shop}: {shop.net}" for shop in due.shops])


def work(worker: Worker) -> None:
    """What `settlement work` does, once."""
    done = [each for each in worker.once() if each.job.kind != "deliver"]
    say("the worker", *[f"{each.job.kind} {each.job.of}: {each.outcome}" for each in done])


def prove(store: Store) -> None:
    """Years later."""
    CLOCK.on(days=400)
    state = state_of(store)
    say(
        "replayed",
        f"to the cent: {replay(state.order.record).equal}",
        f"the log holds: {bool(store.check_log(STAFF, 'SO1001'))}",
    )
    print(f"             handed on: {', '.join(str(each['kind']) for each in HANDED_ON if 'kind' in each)}")
    print(state)


def main(url: str) -> None:
    """All of it."""
    store = Store(url, clock=CLOCK)
    store.migrate()
    worker = Worker(store, gateways=GATEWAY, deliver=HANDED_ON.append)
    bought = buy(store)
    added = change(store, bought)
    give_back(store, worker, bought, added)
    prove(store)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sqlite://")
