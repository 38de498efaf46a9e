"""The folder of rules: read whole, watched by what is in it, and never worse than it was."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from pathlib import Path
from typing import Any, Final

from settlement.batch.rules import files_of
from settlement.documents.written import all_readable
from settlement.ext.serve.metrics import Metrics
from settlement.ext.serve.pool import Folder, Pool
from settlement.ext.serve.working import trouble

__all__ = ["Watch", "read_folder"]

_log = logging.getLogger("settlement.serve")
#: Seconds between two looks at the folder.
EVERY: Final = 1.0
#: Seconds that a look may take before it is told.
_LOOK: Final = 10.0


def read_folder(path: Path) -> Folder:
    """The files of a folder, read until two readings agree: not half of one set and half of the next.

    Raises `OSError`.
    """
    before: Folder | None = None
    for _ in range(8):
        with contextlib.suppress(FileNotFoundError):  # renamed between its name and its reading: read anew
            found = Folder.of(path, files_of(path))
            if before is not None and before.digest == found.digest:
                return found
            before = found
    return Folder.of(path, files_of(path))


class Watch:
    """Puts a folder's rules in force when it changes, or when `look` is set."""

    def __init__(self, path: Path, pool: Pool, metrics: Metrics) -> None:
        self.path = path
        self.pool = pool
        self.metrics = metrics
        self.look = asyncio.Event()
        #: Why what lies in the folder is not in force; None while it is.
        self.trouble: dict[str, Any] | None = None
        self._refused: str | None = None
        self._looking: asyncio.Future[Folder] | None = None

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await asyncio.wait_for(self.look.wait(), EVERY)
            except TimeoutError:
                pass
            else:
                self.look.clear()
                self._refused = None  # asked for: looked at once more
            await self.once()

    async def once(self) -> None:
        """Look once."""
        try:
            found = await self._read()
        except TimeoutError:
            self._stays({"message": f"the folder could not be read within {_LOOK:.0f} seconds"}, "")
            return
        except OSError as error:
            self._stays(trouble(error), "")
            return
        if self.pool.folder is not None and found.digest == self.pool.folder.digest:
            if self.trouble is not None:
                _log.info("rules: the folder holds what is in force again")
            self._good()
        elif found.digest != self._refused:
            said = await self.pool.swap(found)
            if "trouble" in said:
                self._stays(said["trouble"], found.digest)
            else:
                self._good()
                self.metrics.swaps.inc()
                _log.info("rules: %s in force: %s", found.digest, ", ".join(said["rulebooks"]))

    async def _read(self) -> Folder:
        """What lies in the folder. Raises `TimeoutError` where that takes long; then the same look is waited for.

        A thread of its own, which ends with the process, whatever a disk does.
        """
        loop = asyncio.get_running_loop()
        if self._looking is None:
            looking: asyncio.Future[Folder] = loop.create_future()

            def tell(found: Folder | None, error: OSError | None) -> None:
                if looking.cancelled():
                    return
                if found is not None:
                    looking.set_result(found)
                elif error is not None:
                    looking.set_exception(error)

            def look() -> None:
                told: tuple[Folder | None, OSError | None]
                try:
                    told = read_folder(self.path), None
                except TimeoutError as error:  # a file system's own
                    told = None, OSError(str(error))
                except OSError as error:
                    told = None, error
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(tell, *told)

            self._looking = looking
            threading.Thread(target=look, daemon=True).start()
        done, _ = await asyncio.wait([self._looking], timeout=_LOOK)
        if not done:
            raise TimeoutError
        looked, self._looking = self._looking, None
        return looked.result()

    def _good(self) -> None:
        self.trouble = self._refused = None
        self.metrics.stale.set(0)

    def _stays(self, why: dict[str, Any], digest: str) -> None:
        """What was in force stays so, and says so once."""
        if digest != self._refused or why != self.trouble:
            _log.error("rules: not taken, the last good ones stay in force: %s", why)
            self.metrics.refused.inc()
        self.trouble, self._refused = why, digest
        self.metrics.stale.set(1)


all_readable(globals())
