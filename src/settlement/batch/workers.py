"""Processes that end with the one that started them, files that are whole, and one run of a folder at a time."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import threading
from collections.abc import Iterator
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import IO, Literal, TypeAlias

from settlement.errors import BatchRefused

__all__ = ["StartMethod", "alone", "digest_of_file", "end_with_parent", "put", "settled_on_disk", "starting"]

#: How processes start; a system may not have each of them.
StartMethod: TypeAlias = Literal["spawn", "fork", "forkserver"]


def starting(method: StartMethod) -> BaseContext:
    """What starts processes so. Raises `ValueError` where this system does not."""
    known = multiprocessing.get_all_start_methods()
    if method not in known:
        msg = f"start_method is one of {', '.join(known)} on this system; found {method!r}"
        raise ValueError(msg)
    return multiprocessing.get_context(method)


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone: it would go on writing beside the next run."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    if parent is not None:
        threading.Thread(target=wait, daemon=True).start()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While this run has a folder, no other has it: raises `BatchRefused`. Where the system has no locks, nothing."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{folder}: another run is under way in it"
            raise BatchRefused(msg) from None
        yield
    finally:
        os.close(held)


def settled_on_disk(file: IO[bytes]) -> None:
    """What was written is there though the power fails."""
    file.flush()
    os.fsync(file.fileno())


def put(beside: Path, path: Path) -> None:
    """A whole file in its place, and its name on the disk."""
    beside.replace(path)
    with contextlib.suppress(PermissionError):  # Windows opens no folder
        held = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, as it stands in documents."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
