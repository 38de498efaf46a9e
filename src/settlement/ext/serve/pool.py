"""Processes that settle, and the one queue before them: a request that waited too long is never begun."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from settlement.documents.canonical import digest_of
from settlement.documents.written import all_readable
from settlement.ext.serve.frames import Frame, from_process, packed
from settlement.ext.serve.working import work

if TYPE_CHECKING:
    from asyncio import Future, StreamReader, StreamWriter
    from multiprocessing.process import BaseProcess

__all__ = ["Busy", "Ended", "Folder", "Left", "Long", "Pool"]

_log = logging.getLogger("settlement.serve")
#: Seconds between two starts of one process.
_AGAIN: Final = 1.0


class Busy(Exception):
    """Nobody was free in time: the request was not begun."""


class Ended(Exception):
    """The process that had the request ended in the middle of it."""


class Long(Exception):
    """It took longer than it may: the process that had it was ended."""


class Left(Exception):
    """Nobody waits for the answer any more: the request was not begun."""


class _Reader(asyncio.StreamReader):
    """A reader that tells of its end at once, whether somebody reads or not."""

    ended: Callable[[], object] = staticmethod(lambda: None)

    def feed_eof(self) -> None:
        super().feed_eof()
        self.ended()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self.ended()


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
        self.began = time.monotonic()
        try:
            self.process: BaseProcess = multiprocessing.get_context("spawn").Process(target=work, args=(theirs,))
            self.process.daemon = True
            self.process.start()
        except BaseException:
            self.ours.close()
            raise
        finally:
            theirs.close()
        self.rules: str | None = None
        self.reader: StreamReader
        self.writer: StreamWriter

    async def open(self, ended: Callable[[_Process], object]) -> None:
        """Begin to talk to it; `ended` is told when it is gone."""
        loop = asyncio.get_running_loop()
        self.reader = reader = _Reader(loop=loop)
        reader.ended = lambda: ended(self)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport, _ = await loop.create_connection(lambda: protocol, sock=self.ours)
        self.writer = asyncio.StreamWriter(transport, protocol, reader, loop)

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
        return self.reader.at_eof() or self.reader.exception() is not None

    async def take(self, folder: Folder) -> dict[str, Any]:
        """Have it read rules; what it says of them."""
        said, _ = await self.ask(folder.frame())
        if "trouble" not in said:
            self.rules = folder.digest
        return said

    def kill(self) -> None:
        """End it, whatever it does: nobody asks it any more."""
        with contextlib.suppress(AttributeError):
            self.writer.close()
        self.ours.close()
        self.process.kill()


class Pool:
    """`workers` processes that settle by the rules of a folder; a request waits `seconds` at most for one of them.

    What has begun may take `longest` seconds. `folder` is what is in force: a request is begun under it, whichever
    process has it, and ends under it.
    """

    def __init__(
        self,
        workers: int,
        seconds: float,
        longest: float | None = None,
        restarted: Callable[[], object] = lambda: None,
    ) -> None:
        self.workers = workers
        self.seconds = seconds
        self.longest = longest
        #: Set where no process is started any more.
        self.ending = False
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
            with contextlib.suppress(Ended):  # another one takes its place, and reads them first
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

    async def ask(
        self, frame: bytes, arrived: float, left: Callable[[], Awaitable[None]] | None = None
    ) -> tuple[Frame, float]:
        """What a process answers, and how many seconds after `arrived`, of the monotonic clock, it began.

        `left` comes back where nobody waits for the answer any more. Raises `Busy`, `Left`, `Long` and `Ended`.
        """
        while (process := await self._free(arrived, left)).gone:
            self._replace(process)
        began = time.monotonic()
        try:
            folder = self.folder
            if folder is not None and process.rules != folder.digest:
                await process.take(folder)
            async with asyncio.timeout(self.longest):
                reply = await process.ask(frame)
        except TimeoutError:
            self._replace(process)
            raise Long from None
        except BaseException:  # it ended, or nobody waits for its answer, which would be taken for that of the next
            self._replace(process)
            raise
        self._release(process)
        return reply, began - arrived

    def close(self) -> None:
        """End the processes."""
        self.ending = True
        for task in self._tasks:
            task.cancel()
        for each in self.alive:
            each.kill()

    # ------------------------------------------------------------------ who is free

    async def _free(
        self, arrived: float = 0.0, left: Callable[[], Awaitable[None]] | None = None, *, first: bool = False
    ) -> _Process:
        """A process for this one alone. Raises `Busy` at the end of its time, and `Left` when `left` comes back."""
        if self._idle:  # then nobody waits
            return self._idle.pop()
        loop = asyncio.get_running_loop()
        turn: Future[_Process] = loop.create_future()
        if first:
            self._waiting.appendleft((float("inf"), turn))
            return await turn
        until = arrived + self.seconds
        self._waiting.append((until, turn))
        timer = loop.call_later(until - time.monotonic(), self._expire, turn, Busy)
        leaving = None if left is None else asyncio.ensure_future(left())
        if leaving is not None:
            leaving.add_done_callback(lambda _: self._expire(turn, Left))
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._release(turn.result())
            raise
        finally:
            timer.cancel()
            if leaving is not None:
                leaving.cancel()

    def _expire(self, turn: Future[_Process], why: type[Exception]) -> None:
        if not turn.done():
            turn.set_exception(why())
            with contextlib.suppress(StopIteration):
                self._waiting.remove(next(each for each in self._waiting if each[1] is turn))

    def _release(self, process: _Process) -> None:
        if process.gone:
            self._replace(process)
            return
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
        await process.open(self._ended)
        self.alive.append(process)
        if self.folder is not None:
            try:
                await process.take(self.folder)
            except Ended:
                self._replace(process)
                return
        self._release(process)

    def _ended(self, process: _Process) -> None:
        """One is gone; where a request has it that request tells."""
        if process in self._idle:
            self._idle.remove(process)
            self._replace(process)

    def _replace(self, process: _Process) -> None:
        """Another one in the place of one that ended, or has to."""
        process.kill()
        self.alive.remove(process)
        if self.ending:
            return
        _log.error("process %s ended; another one takes its place", process.process.pid)
        self.restarted()

        async def again() -> None:
            await asyncio.to_thread(process.process.join)
            await asyncio.sleep(process.began + _AGAIN - time.monotonic())
            while True:
                try:
                    await self._begin()
                except Exception as error:  # noqa: BLE001 - no files, no memory, no processes: until there are some
                    _log.error("a process could not be started, it is tried again: %s", error)
                    await asyncio.sleep(_AGAIN)
                else:
                    break
            _log.info("process %s started", ", ".join(str(each.process.pid) for each in self.alive[-1:]))

        self._keep(asyncio.ensure_future(again()))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


all_readable(globals())
