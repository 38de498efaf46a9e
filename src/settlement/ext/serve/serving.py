"""The server's life: from a socket and good rules to the last answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from settlement.batch.rules import rules_of
from settlement.documents.extras import needs
from settlement.documents.written import all_readable
from settlement.ext.serve.app import App
from settlement.ext.serve.folder import Watch, read_folder
from settlement.ext.serve.metrics import Metrics
from settlement.ext.serve.pool import Folder, Pool

if TYPE_CHECKING:
    import uvicorn

__all__ = ["Limits", "listening", "serve"]

_log = logging.getLogger("settlement.serve")
#: Seconds in which the last refusals have to be written.
_WRITTEN: Final = 2.0


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `OSError`, and `UnicodeError` for what can be no name of a host.

    >>> with listening("127.0.0.1", 0) as sock:  # port 0: one that is free
    ...     sock.getsockname()[0]
    '127.0.0.1'
    """
    family, kind, _, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = socket.socket(family, kind)
    try:
        if sys.platform != "win32":  # there it would let two servers have one port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(2048)
    except OSError:
        made.close()
        raise
    return made


class Limits(NamedTuple):
    """Seconds that a request may wait for a process, that it may take then, and that all may take after SIGTERM."""

    queue: float
    answer: float
    grace: float


def serve(path: Path, sock: socket.socket, *, workers: int, token: str | None, limits: Limits) -> None:
    """Answer on this socket by the rules of a folder, until SIGTERM or Ctrl-C; then, for a time, what is begun.

    Raises `InvalidDocument` and `OSError` for a folder that is not good at the start, `KeyboardInterrupt` after Ctrl-C,
    `MissingExtra` without the extra. Source: docs/how-to/server.md.
    """
    with needs("serve"):
        import uvicorn  # noqa: F401 - asked for before anything is begun

    folder = read_folder(path)
    rules_of(dict(folder.files), path)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script has it ignored by what it starts beside itself
    with asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(_served(path, folder, sock, workers, token, limits))


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ModuleNotFoundError:  # Windows
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made


async def _served(
    path: Path, folder: Folder, sock: socket.socket, workers: int, token: str | None, limits: Limits
) -> None:
    import uvicorn

    from settlement.ext.serve.connection import connections, protocol

    pool = Pool(workers, limits.queue, limits.answer)
    metrics = Metrics(lambda: pool.waiting, lambda: len(pool.alive))
    pool.restarted = metrics.restarts.inc
    watch = Watch(path, pool, metrics)
    app = App(pool, watch, metrics, token)
    watching: asyncio.Task[Any] | None = None
    try:
        await pool.start(folder)
        config = uvicorn.Config(
            app,
            http=protocol(connections(workers), app.refused),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=math.ceil(limits.grace),
        )
        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, watch.look.set)
        signal.signal(signal.SIGTERM, _ended)  # uvicorn takes it first, and raises it again when all is answered
        watching = asyncio.create_task(watch.run())
        host, port = sock.getsockname()[:2]
        where = f"[{host}]" if ":" in host else host
        pids = ", ".join(str(each.process.pid) for each in pool.alive)
        _log.info("serving on http://%s:%s, rules %s, processes %s", where, port, folder.digest, pids)
        server = uvicorn.Server(config)
        try:
            await server.serve([sock])
        finally:
            pool.ending = True
            await _told(server)
        _log.info("ended")
    finally:
        pool.close()
        if watching is not None:
            watching.cancel()


async def _told(server: uvicorn.Server) -> None:
    """Have what is left say that the server ends, and that written. It is never waited for long."""
    state = server.server_state
    for task in state.tasks:
        task.cancel()
    try:
        await asyncio.sleep(0)  # Ctrl-C cancels this task: here it comes, and goes on
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WRITTEN):
                while state.tasks or state.connections:  # noqa: ASYNC110 - uvicorn has no event for it
                    await asyncio.sleep(0.02)


def _ended(_: int, __: object) -> None:
    """Nothing more: the server has ended by then."""


all_readable(globals())
