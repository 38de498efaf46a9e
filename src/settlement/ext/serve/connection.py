"""A connection: HTTP as uvicorn reads it, within bounds for all that comes before the application is asked.

uvicorn's `limit_concurrency` refuses requests, never connections, so that silent ones would shut out everybody; its
`h11_max_incomplete_event_size` is of its other parser; and it has no time for a head.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any, Final

from settlement.documents.extras import needs
from settlement.documents.written import all_readable
from settlement.ext.serve.refusals import refusal

__all__ = ["connections", "protocol"]

#: Seconds in which the head of a request has to arrive, and a body that nobody reads any more.
HEAD: Final = 15.0
_BODY: Final = 30.0
#: Seconds in which a client takes at least something of what it was answered.
_TAKEN: Final = 30.0
#: Seconds in which who was refused may read why.
_LINGER: Final = 2.0
#: Bytes that a head may have, and what is read of one request behind it.
HEAD_BYTES: Final = 64 * 1024
_REST: Final = 8 * 1024 * 1024
#: Connections that there may be, where the system lets a process have so many files.
_MOST: Final = 2048


def connections(workers: int) -> int:
    """How many connections there may be at once, so that files are left for processes and for rules."""
    if sys.platform == "win32":
        return _MOST
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST if files == resource.RLIM_INFINITY else max(16, min(_MOST, files - 64 - 4 * workers))


def protocol(most: int, refused: Callable[[int], object]) -> type[asyncio.Protocol]:
    """The class of a server's connections, of which there are `most`; `refused` is told each status that one answers.

    Where there is one too many the one that has waited longest for a head is closed. One that takes nothing of its
    answer is cut off: closed as usual it would stay until it had taken all. Raises `MissingExtra` without
    uvicorn.
    """
    with needs("serve"):
        from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

    base: Any = HttpToolsProtocol
    silent: dict[Any, None] = {}  # who waits for a head; the one that waits longest first

    class Connection(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self._part = "idle"  # then "head", then "body"
            self._read = self._told = self._rest = 0
            self._large = self._deaf = False
            self._timer: asyncio.TimerHandle | None = None
            self._taking: asyncio.TimerHandle | None = None
            silent[self] = None
            if len(self.connections) > most:
                oldest = next(iter(silent))
                del silent[oldest]
                if oldest.transport.get_write_buffer_size():
                    oldest.transport.abort()
                else:
                    oldest.transport.close()
            self._wait(HEAD)

        def connection_lost(self, exc: Exception | None) -> None:
            silent.pop(self, None)
            self._wait(None)
            self._expect(None)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._deaf or self._part == "body":
                self._rest += len(data)
                if self._rest > _REST:
                    self._close()
                    return
            if self._deaf:
                return
            if self._part != "body":
                self._read += len(data)
            if self._part == "idle":
                self._part = "head"
                self._wait(HEAD)
            super().data_received(data)
            if self._part == "head" and self._read > HEAD_BYTES:
                self._refuse("server.head")

        # -------------------------------------------------------------- what the parser tells

        def on_message_begin(self) -> None:
            self._part, self._told = "head", 0
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._count(len(url))
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._count(len(name) + len(value) + 4)
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._part, self._read, self._rest = "body", 0, 0
            silent.pop(self, None)
            self._wait(None)
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._part = "idle"
            super().on_message_complete()
            if self.cycle.response_complete:  # answered before all of it was here
                silent[self] = None
                self._wait(self.timeout_keep_alive)
            else:
                self._wait(None)

        def on_response_complete(self) -> None:
            self._expect(_TAKEN)
            super().on_response_complete()
            if self.transport.is_closing():
                return
            if self._part == "body":
                self._wait(_BODY)
            elif not self.pipeline and self.cycle.response_complete:
                silent[self] = None

        def send_400_response(self, _: str) -> None:
            self._refuse("server.head" if self._large else "server.http")

        # -------------------------------------------------------------- bounds

        def _count(self, size: int) -> None:
            """Counts a trailer too. What is raised comes back as `send_400_response`."""
            self._told += size
            if self._told > HEAD_BYTES:
                self._large = True
                raise ValueError

        def _wait(self, seconds: float | None) -> None:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None if seconds is None else self.loop.call_later(seconds, self._late)

        def _late(self) -> None:
            if self.cycle is not None and not self.cycle.response_complete:
                self._wait(HEAD)  # the one before is not answered yet
            elif self._part == "head" and not self._deaf:
                self._refuse("server.slow")
            else:
                self._close()

        def _expect(self, seconds: float | None) -> None:
            """What is not taken yet of answers has to become less in this time."""
            if self._taking is not None:
                self._taking.cancel()
            left = self.transport.get_write_buffer_size()
            self._taking = self.loop.call_later(seconds, self._look, left) if seconds and left else None

        def _look(self, before: int) -> None:
            if self.transport.get_write_buffer_size() < before:
                self._expect(_TAKEN)
            else:
                self.transport.abort()

        def _close(self) -> None:
            self._expect(_TAKEN)
            self.transport.close()

        def _refuse(self, code: str) -> None:
            """Answer, unless another answer is under way, and read no more but to throw it away."""
            if self._deaf or self.transport.is_closing():
                return
            self._deaf = True
            if self.cycle is not None and not self.cycle.response_complete:
                self._close()
                return
            made = refusal(code, None)
            refused(made.status)
            head = [*made.fields(), (b"connection", b"close")]
            self.transport.write(
                b"".join([STATUS_LINE[made.status], *(b"%s: %s\r\n" % each for each in head), b"\r\n", made.content])
            )
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self._unset_keepalive_if_required()
            self._wait(_LINGER)

    return Connection


all_readable(globals())
