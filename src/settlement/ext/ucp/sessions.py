"""Checkouts between two requests of an agent: what it sent, what it was shown, and whether it is an order by now."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

from settlement.documents.json_text import compact
from settlement.documents.scalars import instant_out, utc
from settlement.documents.written import all_readable

__all__ = ["Memory", "Session", "Sessions", "fingerprint"]


class Memory(MutableMapping[str, str]):
    """Texts by key in this process, each for `valid_for` since it was written. Other processes know nothing of them.

    With each that is written, those that are over are dropped, and then the oldest while there are too many.

    >>> from datetime import UTC
    >>> kept = Memory(lambda: datetime(2026, 11, 11, tzinfo=UTC), timedelta(hours=6), limit=2)
    >>> kept["a"], kept["b"], kept["c"] = "1", "2", "3"
    >>> list(kept)
    ['b', 'c']
    """

    def __init__(self, now: Callable[[], datetime], valid_for: timedelta, limit: int = 10_000) -> None:
        self._kept: OrderedDict[str, tuple[datetime, str]] = OrderedDict()
        self._now, self._valid_for, self._limit = now, valid_for, limit
        self._lock = Lock()

    def __getitem__(self, key: str) -> str:
        return self._kept[key][1]

    def __setitem__(self, key: str, value: str) -> None:
        now = self._now()
        with self._lock:
            self._kept[key] = (now + self._valid_for, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._limit or next(iter(self._kept.values()))[0] <= now:
                self._kept.popitem(last=False)

    def __delitem__(self, key: str) -> None:
        with self._lock:
            del self._kept[key]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)


class Session(NamedTuple):
    """One checkout. `asked` has no credentials of payment; `final` is the answer once nothing changes any more."""

    id: str
    asked: Mapping[str, Any]
    customer: str | None
    expires: datetime
    shown: str = ""
    final: Mapping[str, Any] | None = None

    def text(self) -> str:
        """As it is kept."""
        return compact(self._asdict() | {"expires": instant_out(self.expires)})

    @classmethod
    def read(cls, text: str) -> Session:
        """What was kept."""
        made = json.loads(text)
        return cls(**made | {"expires": utc(made["expires"])})


class Sessions:
    """The sessions and the answers to keys of idempotency, in a mapping that the host may keep elsewhere."""

    def __init__(self, kept: MutableMapping[str, str]) -> None:
        self._kept = kept
        self._busy: set[str] = set()
        self._lock = Lock()

    def get(self, name: str, customer: str | None, now: datetime) -> Session | None:
        """The session of this customer; None for another's, for none, and for one that expired, which is deleted."""
        key = f"session {name}"
        text = self._kept.get(key)
        if text is None:
            return None
        found = Session.read(text)
        if now < found.expires:
            return found if found.customer == customer else None
        with suppress(KeyError):  # another thread was faster
            del self._kept[key]
        return None

    def put(self, session: Session) -> None:
        """Keep it."""
        self._kept[f"session {session.id}"] = session.text()

    def answer(self, key: str) -> tuple[str, int, str] | None:
        """What was answered under a key: the fingerprint of the request, the status and the body."""
        text = self._kept.get(f"answer {key}")
        if text is None:
            return None
        asked, status, body = json.loads(text)
        return asked, status, body

    def remember(self, key: str, asked: str, status: int, body: str) -> None:
        """Keep what was answered."""
        self._kept[f"answer {key}"] = compact([asked, status, body])

    @contextmanager
    def alone(self, *names: str) -> Iterator[bool]:
        """Whether no other thread of this process is at any of these; while it lasts, none will be."""
        with self._lock:
            free = not self._busy & {*names}
            if free:
                self._busy |= {*names}
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._busy -= {*names}


def fingerprint(*parts: bytes | str) -> str:
    """What tells one request from another."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


all_readable(globals())
