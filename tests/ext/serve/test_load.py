"""Sixty-four connections at once, rules swapped every second, one request in a hundred a search to its limit."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter

import pytest

from serving import asked, cart, hard, said, served, small

pytestmark = pytest.mark.serve
#: `make soak` takes five minutes; half of it without searches, half with.
SECONDS = int(os.environ.get("SETTLEMENT_SERVE_SECONDS", "30"))
CONNECTIONS, VERSIONS, CARTS = 64, 4, 8
#: At most so many requests a second, however quick the machine.
MOST = 2000


async def answered(reader):
    """Status, headers and body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(row.lower().split(": ", 1) for row in head[1:-2])
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


class Load:
    """What came of many requests."""

    def __init__(self, port, expected):
        self.port = port
        self.expected = expected
        self.bodies = {name: asked(*expected["asked"][name]) for name in expected["asked"]}
        self.seconds = []
        self.came = Counter()
        self.used = Counter()
        self.sent = 0

    async def connection(self, until, hard_too):
        """One request after the other."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.monotonic() < until and self.sent < MOST * SECONDS:
            self.sent += 1
            name = "hard" if hard_too and not self.sent % 100 else self.sent % CARTS
            body, begun = self.bodies[name], time.perf_counter()
            writer.write(
                b"POST /settle HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                b"content-length: %d\r\n\r\n" % len(body) + body
            )
            status, headers, body = await answered(reader)
            took = time.perf_counter() - begun
            if name != "hard":
                self.seconds.append(took)
            self.came[status] += 1
            if status == 200:
                digest = headers["settlement-rulebook"]
                self.used[digest] += 1
                assert body == self.expected[digest, name]
            else:
                assert (status, int(headers["retry-after"]) > 0) == (503, True)
        writer.close()

    async def run(self, seconds, hard_too, swap):
        """Sixty-four connections for so long, and the rules swapped every second."""
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(self.connection(until, hard_too))
            version = 0
            while time.monotonic() < until:
                version = (version + 1) % VERSIONS
                swap(version)
                await asyncio.sleep(1)

    def p99(self):
        """Milliseconds within which ninety-nine of a hundred small ones were answered."""
        return 1000 * sorted(self.seconds)[len(self.seconds) * 99 // 100]


def test_under_load_every_answer_is_the_library_s_by_the_rules_that_it_names(tmp_path, capsys):
    """No 5xx but the queue's 503s, each counted, and none of them without searches; what is small is stated."""
    folder = tmp_path / "rules"
    folder.mkdir()
    checkout, rulebook = hard()
    (folder / "hard.json").write_text(rulebook.to_json())
    versions = [small(number) for number in range(VERSIONS)]
    carts = [cart(number) for number in range(CARTS)]
    expected = {(book.digest, at): said(each, book) for book in versions for at, each in enumerate(carts)}
    expected[rulebook.digest, "hard"] = said(checkout, rulebook)
    expected["asked"] = {at: (each, "small") for at, each in enumerate(carts)} | {"hard": (checkout, rulebook.id)}

    def swap(version):
        """As a shop does: the new file whole, in the place of the old one."""
        (tmp_path / "new").write_text(versions[version].to_json())
        (tmp_path / "new").replace(folder / "small.json")

    swap(0)
    with served(folder, tmp_path / "log", "--workers", 2, "--queue-seconds", 5) as server:
        told = []
        for hard_too in (False, True):
            load = Load(server.port, expected)
            begun = server.metric("settlement_queue_refused_total")
            asyncio.run(load.run(SECONDS / 2, hard_too, swap))
            counted = server.metric("settlement_queue_refused_total") - begun
            assert set(load.came) <= {200, 503}
            assert load.came[503] == counted
            assert hard_too or not counted
            assert len(load.used) > 2  # rules were swapped under it
            assert sum(load.came.values()) == load.sent > 10 * CONNECTIONS
            told.append(
                f"{'with' if hard_too else 'without'} searches: {load.sent} requests in {SECONDS / 2:.0f} s,"
                f" {load.came[503]} refused by the queue, p99 of small ones {load.p99():.0f} ms,"
                f" median {1000 * sorted(load.seconds)[len(load.seconds) // 2]:.0f} ms"
            )
        assert server.metric("settlement_rules_refused_total") == 0
        assert server.end() == 0
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(told) + "\n")
