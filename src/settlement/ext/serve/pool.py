"""Processes that settle, and the one queue before them: a request that waited too long is never begun."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import socket
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from settlement.documents.canonical import digest_of
from settlement.documents.written import all_readable
from settlement.ext.serve.frames import Frame, from_process, packed
from settlement.ext.serve.working import work

if TYPE_CHECKING:
    from asyncio import Future, StreamReader, StreamWriter
    from multiprocessing.process import BaseProcess

__all__ = ["Busy", "Ended", "Folder", "Pool"]

_log = logging.getLogger("settlement.serve")
#: Seconds before a process that could not be started is started again.
_AGAIN: Final = 1.0


class Busy(Exception):
    """Nobody was free in time: the request was not begun."""


class Ended(Exception):
    """The process that had the request ended in the middle of it."""


class Folder(NamedTuple):
    """The files of a folder as they were read at once, and the digest of all of them."""

    folder: str
    files: tuple[tuple[str, bytes], ...]
    digest: str

    @classmethod
    def of(cls, folder: Path, files: dict[str, bytes]) -> Folder:
        """These files, read from there."""
        named = b"".join(packed({"name": name}, text) for name, text in files.items())
        return cls(str(folder), tuple(files.items()), digest_of(named))

    def frame(self) -> bytes:
        """What a process is told of them."""
        names = [(name, len(text)) for name, text in self.files]
        return packed({"folder": self.folder, "files": names}, b"".join(text for _, text in self.files))


class _Process:
    """One process, as the server sees it."""

    def __init__(self) -> None:
        self.ours, theirs = socket.socketpair()
        self.process: BaseProcess = multiprocessing.get_context("spawn").Process(target=work, args=(theirs,))
        self.process.daemon = True
        self.process.start()
        theirs.close()
        self.rules: str | None = None
        self.reader: StreamReader
        self.writer: StreamWriter

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(sock=self.ours)

    async def ask(self, frame: bytes) -> Frame:
        """Raises `Ended`. Whoever asks has the process alone, and waits for its answer, whatever happens."""
        try:
            self.writer.write(frame)
            await self.writer.drain()
            return await from_process(self.reader)
        except (EOFError, ConnectionError):
            raise Ended from None

    @property
    def gone(self) -> bool:
        """Whether it ended while nobody asked it."""
        return self.reader.at_eof()

    async def take(self, folder: Folder) -> dict[str, Any]:
        """Have it read rules; what it says of them."""
        said, _ = await self.ask(folder.frame())
        if "trouble" not in said:
            self.rules = folder.digest
        return said

    def close(self) -> None:
        """It ends by itself as soon as it is done: nobody asks it any more."""
        with contextlib.suppress(AttributeError):
            self.writer.close()
        self.ours.close()


class Pool:
    """`workers` processes that settle by the rules of a folder; a request waits `seconds` at most for one of them.

    `folder` is what is in force: a request is begun under it, whichever process has it, and ends under it.
    """

    def __init__(self, workers: int, seconds: float, restarted: Callable[[], object] = lambda: None) -> None:
        self.workers = workers
        self.seconds = seconds
        self.restarted = restarted
        self.folder: Folder | None = None
        self.rulebooks: dict[str, str] = {}
        self.alive: list[_Process] = []
        self._idle: list[_Process] = []
        self._waiting: deque[tuple[float, Future[_Process]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Requests that no process has begun."""
        return len(self._waiting)

    async def start(self, folder: Folder) -> dict[str, Any]:
        """Start the processes; what the first of them says of the rules."""
        await asyncio.gather(*(self._begin() for _ in range(self.workers)))
        said = await self.swap(folder)
        if "trouble" not in said:
            await asyncio.gather(*(each.take(folder) for each in self.alive if each.rules != folder.digest))
        return said

    async def swap(self, folder: Folder) -> dict[str, Any]:
        """Have one process read new rules, before whatever waits, and put them in force where they are good.

        The other processes read them before their next request.
        """
        while (process := await self._free(first=True)).gone:
            self._replace(process)
        try:
            said = await process.take(folder)
        except Ended:
            self._replace(process)
            return {"trouble": {"message": "the process that read it ended"}}
        if "trouble" not in said:
            self.folder, self.rulebooks = folder, said["rulebooks"]
        self._release(process)
        return said

    async def ask(self, frame: bytes, arrived: float) -> tuple[Frame, float]:
        """What a process answers, and how many seconds after `arrived`, of the monotonic clock, it began.

        Raises `Busy` and `Ended`.
        """
        while (process := await self._free(arrived)).gone:
            self._replace(process)
        began = time.monotonic()
        try:
            folder = self.folder
            if folder is not None and process.rules != folder.digest:
                await process.take(folder)
            reply = await process.ask(frame)
        except BaseException:  # it ended, or nobody waits for its answer, which would be taken for that of the next
            self._replace(process)
            raise
        self._release(process)
        return reply, began - arrived

    def close(self) -> None:
        """Let go of the processes, which end when they are done."""
        for task in self._tasks:
            task.cancel()
        for each in self.alive:
            each.close()

    # ------------------------------------------------------------------ who is free

    async def _free(self, arrived: float = 0.0, *, first: bool = False) -> _Process:
        """A process for this one alone. Raises `Busy` at the end of its time."""
        if self._idle:  # then nobody waits
            return self._idle.pop()
        loop = asyncio.get_running_loop()
        turn: Future[_Process] = loop.create_future()
        if first:
            self._waiting.appendleft((float("inf"), turn))
            return await turn
        until = arrived + self.seconds
        self._waiting.append((until, turn))
        timer = loop.call_later(until - time.monotonic(), self._expire, turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._release(turn.result())
            raise
        finally:
            timer.cancel()

    def _expire(self, turn: Future[_Process]) -> None:
        if not turn.done():
            turn.set_exception(Busy())
            with contextlib.suppress(StopIteration):
                self._waiting.remove(next(each for each in self._waiting if each[1] is turn))

    def _release(self, process: _Process) -> None:
        now = time.monotonic()
        while self._waiting:
            until, turn = self._waiting.popleft()
            if turn.done():
                continue
            if until < now:  # a late clock: its time is over all the same
                turn.set_exception(Busy())
                continue
            turn.set_result(process)
            return
        self._idle.append(process)

    # ------------------------------------------------------------------ processes

    async def _begin(self) -> None:
        process = await asyncio.to_thread(_Process)
        await process.open()
        self.alive.append(process)
        if self.folder is not None:
            try:
                await process.take(self.folder)
            except Ended:
                self._replace(process)
                return
        self._release(process)

    def _replace(self, process: _Process) -> None:
        """Another one in the place of one that ended."""
        _log.error("process %s ended; another one takes its place", process.process.pid)
        self.restarted()
        process.close()
        self.alive.remove(process)

        async def again() -> None:
            await asyncio.sleep(_AGAIN)
            await self._begin()
            _log.info("process %s started", self.alive[-1].process.pid)

        self._keep(asyncio.ensure_future(again()))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


all_readable(globals())
