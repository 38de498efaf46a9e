"""Workers beside each other, workers that are killed, and `settlement work`."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import settlement
from settlement.commands.cli import main
from settlement.ext.store import Store, Worker
from settlement.ext.store.tables import events, outbox
from settlement.orders import Actor
from stored import BUYER, HALF_AN_HOUR, NOTIFY, NOW, STAFF, a_store, left, notice, opened, out, plain

pytestmark = pytest.mark.store

FORK = multiprocessing.get_context("fork")
KILLS = int(os.environ.get("SETTLEMENT_STORE_KILLS", "20"))
CUPS = {("stock", "s1", "cup"): 400_000}
SOURCE = str(Path(settlement.__file__).parents[1])


def filled(url, count):
    """So many orders that ran out, each fourth of them paid, with cups from the stock."""
    store = a_store(url, lambda: NOW)
    store.allow("stock", "cup", 400, shop="s1")
    for at in range(count):
        order = store.place(BUYER, plain(), order=f"SO{at:04}", expires=HALF_AN_HOUR)
        if at % 4 == 0:
            store.tell(NOTIFY, notice(order, f"t{at}"))
    store.close()


def work(url, path):
    """All that is due an hour later; what is passed on is a line of a file, written at once."""
    late = NOW + timedelta(hours=1)
    store = Store(url, clock=lambda: late)
    with path.open("ab", buffering=0) as file:

        def deliver(what):
            file.write(json.dumps(what).encode() + b"\n")

        list(Worker(store, deliver=deliver).once())
    store.close()


def check(url, path, count):
    """Each unpaid order was closed once, its goods are back, all events were passed on, first times in their order."""
    with opened(url) as connection:
        kinds = connection.execute(select(events.c.order_id, events.c.seq, events.c.kind)).all()
        waiting = connection.execute(select(outbox.c.order_id).where(outbox.c.sent.is_(None))).all()
    paid = {f"SO{at:04}" for at in range(0, count, 4)}
    closed = [row.order_id for row in kinds if row.kind == "closed"]
    assert sorted(closed) == sorted({f"SO{at:04}" for at in range(count)} - paid)
    assert (left(url), out(url)) == (
        {key: there - 2000 * len(paid) for key, there in CUPS.items()},
        {key: 2000 * len(paid) for key in CUPS},
    )
    assert waiting == []
    passed = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    firsts = list(dict.fromkeys((each["order"], each["seq"]) for each in passed if "order" in each))
    assert set(firsts) == {(row.order_id, row.seq) for row in kinds}
    for name in {order for order, _ in firsts}:
        numbers = [seq for order, seq in firsts if order == name]
        assert numbers == sorted(numbers)
    return len(passed)


def test_two_workers_beside_each_other_do_no_harm(url, tmp_path):
    """Each order is closed once and gives its goods back once; events are passed on once or twice."""
    filled(url, 40)
    both = [FORK.Process(target=work, args=(url, tmp_path / "passed")) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert [each.exitcode for each in both] == [0, 0]
    assert check(url, tmp_path / "passed", 40) >= 80


def test_a_worker_that_is_killed_loses_nothing(url, tmp_path):
    """Two at a time, killed anywhere, again and again; whoever comes last finishes what is left, and no more."""
    filled(url, 100)
    chance, ended = random.Random(17), 0
    for _ in range(KILLS):
        both = [FORK.Process(target=work, args=(url, tmp_path / "passed")) for _ in range(2)]
        for each in both:
            each.start()
        time.sleep(0.05 + chance.random() / 5)
        for each in both:
            os.kill(each.pid, signal.SIGKILL)
            each.join()
            ended += each.exitcode == -signal.SIGKILL
    assert ended > 0
    work(url, tmp_path / "passed")
    check(url, tmp_path / "passed", 100)


# ------------------------------------------------------------------ the command


GATEWAY = """
from settlement.ext.gateways import Mischief, Sandbox
from settlement.after_pay.payments import PaymentDemand

sandbox, nothing = Sandbox(b"1", mischief=Mischief(0, 0, 100, 0)), 1
demand = PaymentDemand(order="SO0001", amount="100.00 CNY", method="wechat")
sandbox.prepare(demand, "2025-11-10T16:05:00Z", title="tea")
sandbox.pay("SO0001", "2025-11-10T16:05:00Z")
"""
PAST = NOW.replace(year=2025)


@pytest.fixture
def shop(url, tmp_path, monkeypatch):
    """Two orders of the year before, of which the provider was paid one and told nobody; and the provider."""
    store = a_store(url, lambda: PAST)
    for at, method in enumerate(("alipay", "wechat")):
        store.place(BUYER, plain(), order=f"SO000{at}", expires=HALF_AN_HOUR, method=method)
    store.close()
    (tmp_path / "shop_gateways.py").write_text(GATEWAY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop_gateways", raising=False)
    return url


def statuses(url):
    """Those of all orders."""
    with contextlib.closing(Store(url)) as store:
        return {row.status for row in store.orders(STAFF).rows}


def rows(text):
    """What was printed, without instants."""
    return [
        tuple(row[name] for name in ("kind", "order", "of", "outcome")) for row in map(json.loads, text.splitlines())
    ]


def test_the_command_does_what_is_due_once(shop, tmp_path, capfd):
    """It asks, closes and passes on, says each as a line, and the second time there is nothing to do."""
    take = f"{sys.executable} -c \"open('passed', 'a').write(input() + chr(10))\""
    arguments = ["work", shop, "--once", "--gateway", "wechat=shop_gateways:sandbox", "--deliver", take]
    assert main(arguments) == 0
    told = capfd.readouterr().out
    assert rows(told)[:2] == [("close", "SO0000", None, "closed"), ("close", "SO0001", None, "told")]
    assert sorted(rows(told)[2:]) == [
        ("anchor", None, rows(told)[2][2], "given_out"),
        *[("deliver", f"SO000{order}", str(seq), "sent") for order in range(2) for seq in range(2)],
    ]
    passed = [json.loads(row) for row in (tmp_path / "passed").read_text(encoding="utf-8").splitlines()]
    assert [(row["order"], row["kind"]) for row in passed[1:]] == [
        ("SO0000", "placed"), ("SO0001", "placed"), ("SO0000", "closed"), ("SO0001", "paid"),
    ]  # fmt: skip
    assert passed[0]["digest"].startswith("sha256:")
    assert main(arguments) == 0
    assert capfd.readouterr().out == ""
    assert statuses(shop) == {"closed", "paid"}


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "Order SO0000: closed, not paid in time\n"), ("zh_CN", "订单 SO0000：已关闭（超时未付）\n")],
)
def test_for_people_it_says_it_in_their_language(shop, capfd, locale, said):
    """A line for each job; what fails is told with its reason, and leaves with exit code 1."""
    assert main(["work", shop, "--once", "--format", "text", "--locale", locale]) == 0
    assert capfd.readouterr().out.startswith(said)
    no = f'{sys.executable} -c "raise SystemExit(3)"'
    assert main(["work", shop, "--once", "--format", "text", "--locale", locale, "--deliver", no]) == 1
    told = capfd.readouterr().out.splitlines()
    assert len(told) == 3  # the anchor, and the first event of each order; the next ones wait
    assert all("exit code 3" in row for row in told)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--gateway", "nowhere:sandbox"], "nothing that can be imported"),
        (["--gateway", "shop_gateways:absent"], "nothing that can be imported"),
        (["--gateway", "shop_gateways"], "nothing that can be imported"),
        (["--gateway", "shop_gateways:nothing"], "no gateway"),
        (["--deliver", "no-such-command --now"], "no command"),
        (["--deliver", ""], "no command"),
        (["--every", "0"], "whole seconds"),
        (["--every", "1.5"], "whole seconds"),
    ],
)
def test_what_the_options_do_not_name_is_told(shop, capfd, options, said):
    """With exit code 2, before anything is done."""
    assert main(["work", shop, "--once", *options]) == 2
    assert said in capfd.readouterr().err
    assert statuses(shop) == {"pending_payment"}


def test_a_database_that_is_not_there_or_has_no_tables_is_told(tmp_path, capfd):
    """With exit code 2."""
    for wrong in ("nonsense", f"sqlite:///{tmp_path}/none/orders.db", f"sqlite:///{tmp_path}/empty.db"):
        assert main(["work", wrong, "--once"]) == 2
        assert capfd.readouterr().err.startswith("settlement: ")


def test_it_works_until_it_is_ended(shop):
    """What comes up while it runs is done; SIGTERM ends it at once."""
    command = [sys.executable, "-m", "settlement", "work", shop, "--every", "1"]
    environment = os.environ | {"PYTHONPATH": SOURCE}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running:
        first = [running.stdout.readline() for _ in range(2)]
        store = Store(shop, clock=lambda: PAST)
        store.place(Actor.customer("u1"), plain(), order="SO0009", expires=HALF_AN_HOUR)
        then = running.stdout.readline()
        running.terminate()
        assert running.wait(60) == -signal.SIGTERM
    assert rows("".join([*first, then])) == [
        ("close", "SO0000", None, "closed"), ("close", "SO0001", None, "closed"), ("close", "SO0009", None, "closed"),
    ]  # fmt: skip
    store.close()
    assert statuses(shop) == {"closed"}
