"""What a connection is held to before a request is one: bytes and seconds of its head, and how many there are."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import pytest

from settlement.ext.serve import connection

pytestmark = pytest.mark.serve
HEAD = b"GET / HTTP/1.1\r\nhost: localhost\r\n"


async def app(_, __, send):
    """Answers, without a look at the body."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


#: Bytes, more than two sockets hold between them.
LARGE = 16 << 20


async def large(_, __, send):
    """Answers more than a client that does not read can take."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % LARGE)]})
    await send({"type": "http.response.body", "body": bytes(LARGE)})


@asynccontextmanager
async def listening(answers=app, most=100):
    """A server of such connections, its port, the statuses that connections answered, and itself."""
    import uvicorn

    told = []
    made = connection.protocol(most, told.append)
    config = uvicorn.Config(
        answers,
        http=made,
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        serving = asyncio.ensure_future(server._serve([sock]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield sock.getsockname()[1], told, server
        finally:
            server.should_exit = True
            await serving


async def answered(port, *parts):
    """The status of the first answer and all that came before the end, which comes within ten seconds."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for part in parts:
            writer.write(part)
            await writer.drain()
        came = await reader.read()
        writer.close()
    return int(came.split(b" ", 2)[1]) if came else None, came.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    "begin",
    [
        HEAD + b"".join(b"x-%d: %s\r\n" % (at, b"a" * 1000) for at in range(80)),
        HEAD + b"x: " + b"a" * 80_000,
        HEAD + b"x: " + b"a" * 400_000,
        b"GET /" + b"a" * 80_000,
        HEAD.replace(b"GET", b"POST")
        + b"transfer-encoding: chunked\r\n\r\n0\r\n"
        + b"x: "
        + b"a" * 80_000
        + b"\r\na: b",
    ],
    ids=["headers", "header", "long header", "path", "trailer"],
)
def test_a_head_has_so_many_bytes(begin):
    """431 as a problem document, or where it was answered already the end, whether or not more of it comes."""

    async def run():
        async with listening() as (port, told, _):
            status, content = await answered(port, begin)
            if b"chunked" not in begin:
                assert status == 431
                assert json.loads(content)["problems"][0]["code"] == "server.head"
                assert told == [431]
            assert (await answered(port, HEAD + b"connection: close\r\n\r\n"))[0] == 200

    asyncio.run(run())


def test_a_head_of_many_bytes_is_read_whole():
    """Sixty thousand bytes are answered, and on one connection as often as one likes, one behind the other too."""

    async def run():
        many = HEAD + b"x: " + b"a" * 60_000 + b"\r\n"
        async with listening() as (port, told, _):
            _, content = await answered(port, (many + b"\r\n") * 9, many + b"connection: close\r\n\r\n")
            assert (content.count(b"HTTP/1.1 200"), told) == (9, [])

    asyncio.run(run())


def test_what_is_no_request_is_told_as_everything_is():
    """400 as a problem document."""

    async def run():
        async with listening() as (port, told, _):
            status, content = await answered(port, b"\x16\x03\x01\r\n\r\n")
            assert (status, json.loads(content)["problems"][0]["code"], told) == (400, "server.http", [400])

    asyncio.run(run())


def test_a_head_and_a_body_that_nobody_reads_have_a_time(monkeypatch):
    """Half a head is answered 408, silence is closed, the rest of an answered request is not waited for."""
    monkeypatch.setattr(connection, "HEAD", 0.3)
    monkeypatch.setattr(connection, "_BODY", 0.3)

    async def run():
        async with listening() as (port, told, _):
            status, content = await answered(port, HEAD)
            assert (status, json.loads(content)["problems"][0]["code"], told) == (408, "server.slow", [408])
            assert await answered(port) == (None, b"")
            assert (await answered(port, HEAD.replace(b"GET", b"POST") + b"content-length: 9\r\n\r\nabc"))[0] == 200

    asyncio.run(run())


@pytest.fixture(params=["asyncio", "uvloop"])
def by(request):
    """Runs it in a loop of Python's, and in one as the server has it."""

    def run(coroutine):
        made = None if request.param == "asyncio" else pytest.importorskip("uvloop").new_event_loop
        with asyncio.Runner(loop_factory=made) as runner:
            runner.run(coroutine)

    return run


async def begun(port, asked):
    """A socket on which so much is asked, and of whose answer a byte is read."""
    made = socket.create_connection(("127.0.0.1", port))
    made.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(made, asked)
    assert await loop.sock_recv(made, 1) == b"H"
    return made


@pytest.mark.parametrize("how", [b"", b"connection: close\r\n"], ids=["kept", "to be closed"])
def test_an_answer_that_nobody_takes_has_a_time(monkeypatch, by, how):
    """Of sixteen megabytes a client reads the first and no more: it is gone, and what waited for it with it."""
    monkeypatch.setattr(connection, "_TAKEN", 0.3)

    async def run():
        async with listening(large) as (port, _, server):
            with await begun(port, (HEAD + how + b"\r\n") * 3):
                assert server.server_state.connections
                async with asyncio.timeout(5):
                    while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110 - no event
                        await asyncio.sleep(0.01)

    by(run())


def test_an_answer_that_is_taken_slowly_is_taken_whole(monkeypatch, by):
    """A quarter of a megabyte now and then, for longer than anybody waits for the next: all of it arrives."""
    monkeypatch.setattr(connection, "_TAKEN", 0.3)

    async def run():
        async with listening(large) as (port, _, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 18)
            writer.write(HEAD + b"connection: close\r\n\r\n")
            came = 0
            while piece := await reader.read(1 << 18):
                came += len(piece)
                await asyncio.sleep(0.01)
            assert came > LARGE
            writer.close()

    by(run())


def test_where_one_is_too_many_who_took_nothing_of_its_answer_goes(by):
    """Closed politely it would stay until it had taken all."""

    async def run():
        async with listening(large, 3) as (port, _, server):
            deaf = [await begun(port, HEAD + b"\r\n") for _ in range(6)]
            await asyncio.sleep(0.1)
            there = len(server.server_state.connections)
            for each in deaf:
                each.close()
            assert there == 3

    by(run())


def test_so_many_connections_there_are():
    """Where one is too many the one that has waited longest is closed: who comes is answered."""

    async def run():
        async with listening(most=20) as (port, _, _):
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
            for _, writer in silent[::2]:
                writer.write(HEAD)
            assert (await answered(port, HEAD + b"connection: close\r\n\r\n"))[0] == 200
            await asyncio.sleep(0.1)
            assert 15 <= sum(not reader.at_eof() for reader, _ in silent) <= 20
            for _, writer in silent:
                writer.close()

    asyncio.run(run())
