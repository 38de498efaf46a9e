"""The server's life: from a socket and good rules to the last answer."""

from __future__ import annotations

import asyncio
import logging
import math
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from settlement.batch.rules import rules_of
from settlement.documents.written import all_readable
from settlement.ext.serve.app import App
from settlement.ext.serve.folder import Watch, read_folder
from settlement.ext.serve.metrics import Metrics
from settlement.ext.serve.pool import Folder, Pool

__all__ = ["listening", "serve"]

_log = logging.getLogger("settlement.serve")


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `OSError`."""
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


def serve(path: Path, sock: socket.socket, *, workers: int, token: str | None, queue_seconds: float) -> None:
    """Answer on this socket by the rules of a folder, until SIGTERM or Ctrl-C; then what is begun is still answered.

    Raises `InvalidDocument` and `OSError` for a folder that is not good at the start, `KeyboardInterrupt` after Ctrl-C,
    `ImportError` without the extra.
    """
    import uvicorn  # noqa: F401 - asked for before anything is begun

    folder = read_folder(path)
    rules_of(dict(folder.files), path)
    with asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(_served(path, folder, sock, workers, token, queue_seconds))


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ModuleNotFoundError:  # Windows
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made


async def _served(
    path: Path, folder: Folder, sock: socket.socket, workers: int, token: str | None, seconds: float
) -> None:
    import uvicorn

    pool = Pool(workers, seconds)
    metrics = Metrics(lambda: pool.waiting, lambda: len(pool.alive))
    pool.restarted = metrics.restarts.inc
    watch = Watch(path, pool, metrics)
    watching: asyncio.Task[Any] | None = None
    try:
        await pool.start(folder)
        config = uvicorn.Config(
            App(pool, watch, metrics, token),
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=math.ceil(seconds) + 60,
        )
        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, watch.look.set)
        signal.signal(signal.SIGTERM, _ended)  # uvicorn takes it first, and raises it again when all is answered
        watching = asyncio.create_task(watch.run())
        host, port = sock.getsockname()[:2]
        where = f"[{host}]" if ":" in host else host
        pids = ", ".join(str(each.process.pid) for each in pool.alive)
        _log.info("serving on http://%s:%s, rules %s, processes %s", where, port, folder.digest, pids)
        await uvicorn.Server(config).serve([sock])
        _log.info("ended")
    finally:
        pool.close()
        if watching is not None:
            watching.cancel()


def _ended(_: int, __: object) -> None:
    """Nothing more: the server has ended by then."""


all_readable(globals())
