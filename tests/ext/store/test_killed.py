"""Writers that are killed in the middle: what they were told stands, and nothing stands by half."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from itertools import count

import pytest
from sqlalchemy import func, select

from settlement.ext.store import Store
from settlement.ext.store.tables import answers, events, orders, outbox, records
from stored import NOTIFY, NOW, STAFF, left, notice, opened, out

pytestmark = pytest.mark.store

FORK = multiprocessing.get_context("fork")
KILLS = int(os.environ.get("SETTLEMENT_STORE_KILLS", "20"))
PER_ORDER = {"coupon": 1000, "points": 200_000, "gift_card": 1000, "stock": 2000}


def write(url, name, kept, pipe):
    """Place and tell until somebody ends it; say each order once it is stored."""
    store = Store(url, clock=lambda: NOW)
    for at in count():
        order = store.place(STAFF, kept, order=f"{name}-{at}")
        pipe.send(order.id)
        store.tell(NOTIFY, notice(order, id=f"t-{order.id}"))


def test_nothing_is_lost_and_nothing_stands_by_half(store, url):
    """Two writers at a time, killed after their first commit: every order that was told is there, with all of its rows.

    What there was of each thing is what is left and what orders hold; limits would end it soon, so this cart has none.
    """
    granted = {"coupon": 10_000, "points": 2_000_000, "stock": 20_000}
    store.allow("coupon", "c1", granted["coupon"], customer="u1")
    store.allow("points", "points", granted["points"], customer="u1")
    store.allow("stock", "cup", granted["stock"], shop="s1")
    store.allow("gift_card", "g1", "100000.00 CNY")
    before = left(url)
    store.close()
    kept = [unlimited(), unlimited("twice")]
    chance, told = random.Random(17), set()
    for turn in range(KILLS):
        pipes = [FORK.Pipe(duplex=False) for _ in kept]
        made = [
            FORK.Process(target=write, args=(url, f"SO{turn}{at}", kept[at], pipes[at][1])) for at in range(len(kept))
        ]
        for each in made:
            each.start()
        for _, sending in pipes:
            sending.close()
        for receiving, _ in pipes:
            told.add(receiving.recv())
        time.sleep(chance.random() / 20)
        for each in made:
            os.kill(each.pid, signal.SIGKILL)
        for each, (receiving, _) in zip(made, pipes, strict=True):
            each.join()
            while receiving.poll():
                try:
                    told.add(receiving.recv())
                except EOFError:
                    break
    assert len(told) >= 2 * KILLS
    with opened(url) as connection:
        stored = set(connection.execute(select(orders.c.id)).scalars())
        firsts = [select(func.count()).select_from(each).where(each.c.seq == 0) for each in (records, events, outbox)]
        numbers = [connection.execute(each).scalar_one() for each in firsts]
        numbers.append(connection.execute(select(func.count()).select_from(answers)).scalar_one())
    assert told <= stored
    assert numbers == [len(stored)] * 4
    there, held = left(url), out(url)
    assert {key: there[key] + held[key] for key in before} == before
    assert {key[0]: value for key, value in held.items()} == {kind: PER_ORDER[kind] * len(stored) for kind in PER_ORDER}
    again = Store(url, clock=lambda: NOW)
    assert {again.check_log(STAFF, each)[:7] for each in sorted(stored)[:50]} == {"sha256:"}
    again.close()


def unlimited(remark="once"):
    """As `bought`, by rules that bound nothing."""
    from samples import a_checkout, a_line, a_rulebook, an_offer, settled
    from settlement.audit.record import record

    fields = {
        "customer": {"id": "u1", "points": 500, "coupons": ["c1"]},
        "choice": {"coupons": ["c1"], "points": 200},
        "tenders": [{"type": "gift_card", "id": "g1", "balance": "10.00 CNY"}],
        "remark": remark,
    }
    lines = [a_line("a", "30.00", sku="cup", quantity=2), a_line("b", "40.00", shop="s2", sku="pot")]
    rules = a_rulebook(coupons=[an_offer("c1")], points={"points": 100, "worth": "1.00 CNY"})
    return record(settled(a_checkout(*lines, **fields), rules))
