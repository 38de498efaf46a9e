"""The processes, without HTTP: what comes of one that ends, that is slow, or that cannot be started."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from serving import PATIENCE, asked, cart, said, small
from settlement.ext.serve import folder as folders
from settlement.ext.serve import pool as pools
from settlement.ext.serve.app import App
from settlement.ext.serve.folder import Watch, read_folder
from settlement.ext.serve.frames import packed
from settlement.ext.serve.metrics import Metrics
from settlement.ext.serve.pool import Busy, Left, Long, Pool

pytestmark = pytest.mark.serve
ASKED = packed({"path": "/settle", "language": ""}, asked(cart(1), "small"))


@asynccontextmanager
async def pool_of(rules, *limits):
    """One process that settles."""
    pool = Pool(1, *limits)
    try:
        await pool.start(read_folder(rules))
        yield pool
    finally:
        pool.close()


async def until(holds):
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - whatever it is
            await asyncio.sleep(0.01)


async def settled(pool):
    """Whether it settles as the library does."""
    (_, content), _ = await pool.ask(ASKED, time.monotonic())
    return content == said(cart(1), small(0))


def test_one_that_ends_idle_is_seen_at_once_and_started_until_it_is(rules, monkeypatch):
    """Nobody asks: it is counted, and not among those that there are; where the system refuses it is tried again."""
    monkeypatch.setattr(pools, "_AGAIN", 0.05)
    made, tried = pools._Process, []

    def refusing():
        tried.append(1)
        if len(tried) < 4:
            raise OSError(24, "Too many open files")
        return made()

    async def run():
        async with pool_of(rules, 60) as pool:
            restarts = []
            pool.restarted = lambda: restarts.append(1)
            monkeypatch.setattr(pools, "_Process", refusing)
            first = pool.alive[0].process
            os.kill(first.pid, signal.SIGKILL)
            await until(lambda: not pool.alive)
            assert restarts == [1]
            assert await settled(pool)
            assert (len(tried), len(pool.alive), restarts) == (4, 1, [1])
            assert first.exitcode == -signal.SIGKILL

    asyncio.run(run())


def test_one_that_takes_too_long_is_ended_and_replaced(rules):
    """The request is told so; those behind it are answered."""

    async def run():
        async with pool_of(rules, 60, 0.3) as pool:
            slow = pool.alive[0].process
            os.kill(slow.pid, signal.SIGSTOP)
            with pytest.raises(Long):
                await pool.ask(ASKED, time.monotonic())
            pool.longest = None
            assert await settled(pool)
            assert slow.exitcode == -signal.SIGKILL

    asyncio.run(run())


def test_who_left_the_queue_is_not_begun(rules):
    """A request whose client hung up leaves the queue; one that stays is begun, and one in vain waited its time."""

    async def run():
        async with pool_of(rules, 60) as pool:
            os.kill(pool.alive[0].process.pid, signal.SIGSTOP)
            first = asyncio.ensure_future(settled(pool))
            await asyncio.sleep(0)
            gone = asyncio.Event()

            async def left():
                await gone.wait()

            leaving = asyncio.ensure_future(pool.ask(ASKED, time.monotonic(), left))
            staying = asyncio.ensure_future(pool.ask(ASKED, time.monotonic(), asyncio.Event().wait))
            await until(lambda: pool.waiting == 2)
            gone.set()
            with pytest.raises(Left):
                await leaving
            assert pool.waiting == 1
            with pytest.raises(Busy):
                await pool.ask(ASKED, time.monotonic() - 59.9)
            os.kill(pool.alive[0].process.pid, signal.SIGCONT)
            assert await first
            assert (await staying)[0][1] == said(cart(1), small(0))

    asyncio.run(run())


def test_a_folder_that_is_not_read_is_told_and_taken_when_it_is(rules, monkeypatch):
    """A look that hangs, on a disk that is away, holds up nothing, and no second one is begun beside it."""
    monkeypatch.setattr(folders, "_LOOK", 0.05)
    there, looks = threading.Event(), []

    def hanging(path):
        looks.append(path)
        there.wait(PATIENCE)
        return read_folder(path)

    monkeypatch.setattr(folders, "read_folder", hanging)

    async def run():
        async with pool_of(rules, 60) as pool:
            metrics = Metrics(lambda: 0, lambda: 1)
            watch = Watch(rules, pool, metrics)
            for _ in range(2):
                await watch.once()
                assert "could not be read" in watch.trouble["message"]
            assert (len(looks), metrics.registry.get_sample_value("settlement_rules_stale")) == (1, 1.0)
            there.set()
            monkeypatch.setattr(folders, "_LOOK", PATIENCE)
            await watch.once()
            assert (len(looks), watch.trouble) == (1, None)

    asyncio.run(run())


def test_a_page_of_calls_that_failed_is_made_again():
    """500, and the next one is the page."""
    answers = [({"trouble": {"message": "MemoryError"}}, b""), ({}, b"{}")]

    async def ask(_, arrived):
        return answers.pop(0), arrived

    app = App(SimpleNamespace(ask=ask), None, None, None)

    async def run():
        first = await app._openapi(None)
        assert (first.status, json.loads(first.content)["problems"][0]["code"]) == (500, "server.failed")
        assert [(await app._openapi(None))[:2] for _ in range(2)] == [(200, b"{}")] * 2

    asyncio.run(run())
