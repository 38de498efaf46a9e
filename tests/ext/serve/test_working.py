"""A settling process by itself: rules that are swapped go, and those that are loaded are walked by no collection."""

from __future__ import annotations

import gc
import signal
import threading
import weakref
from socket import socketpair

import pytest

from serving import small
from settlement.ext.serve import working
from settlement.ext.serve.frames import from_server, packed

pytestmark = pytest.mark.serve
SWAPS = 50


@pytest.fixture
def as_before():
    """The signals and the collector of whoever runs the tests."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    kept = {each: signal.getsignal(each) for each in (getattr(signal, name, None) for name in names) if each}
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)
    gc.unfreeze()


@pytest.mark.usefixtures("as_before")
def test_rules_that_were_swapped_are_gone(monkeypatch):
    """After fifty swaps only the last rulebook is there, which the collector leaves alone."""
    read, seen, alive = working.rules_of, [], []

    def watched(files, folder):
        rules = read(files, folder)
        seen.extend(weakref.ref(each) for each in rules.rulebooks.values())
        return rules

    monkeypatch.setattr(working, "rules_of", watched)
    ours, theirs = socketpair()

    def swap():
        with ours, ours.makefile("rwb") as stream:
            for number in range(SWAPS):
                text = small(number).to_json().encode()
                stream.write(packed({"files": [("small.json", len(text))], "folder": "rules"}, text))
                stream.flush()
                head, _ = from_server(stream)
                assert list(head["rulebooks"]) == ["small"], head
                alive.append(sum(each() is not None for each in seen))
                frozen.append(gc.get_freeze_count())

    frozen: list[int] = []
    asking = threading.Thread(target=swap)
    asking.start()
    working.work(theirs)
    asking.join()
    assert alive == [1] * SWAPS
    assert min(frozen) > 0
    assert max(frozen[10:]) < 1.05 * frozen[9], "what is frozen grows with each swap"
