"""What a process of the server does: reads rules, and answers one request after the other. It knows nothing of HTTP."""

from __future__ import annotations

import gc
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from socket import socket
from typing import Any, NamedTuple

from settlement.batch.rules import Rules, rules_of
from settlement.cart.checkout import Checkout
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, Problem
from settlement.ext.fastapi.desk import Call, Desk, answer
from settlement.ext.serve.frames import Frame, from_server, packed
from settlement.ext.serve.openapi import described
from settlement.rulebook.rulebook import Rulebook

__all__ = ["trouble", "work"]


class _Asked(NamedTuple):
    """As much of a request as an answer looks at."""

    headers: Mapping[str, str]


class _Answers:
    """The calls of the router by the rules of a folder, and which of these each of them took."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.digests = {name: book.digest for name, book in rules.rulebooks.items()}  # indexes them too: no call waits
        self.calls: Mapping[str, Call] = Desk(self._choose).calls(None)
        self.taken: list[Rulebook] = []

    def _choose(self, named: str | None, checkout: Checkout | None) -> Rulebook:
        """As a row of a batch finds its rules."""
        self.taken.append(self.rules.of(named, checkout))
        return self.taken[-1]

    def answered(self, head: Mapping[str, Any], body: bytes) -> Frame:
        """What goes back to whoever asked."""
        self.taken.clear()
        made = answer(self.calls[head["path"]], body, _Asked({"accept-language": head["language"]}))
        said = {"status": made.get("status_code", 200), "type": made["media_type"], "headers": made["headers"]}
        if self.taken:
            said["rulebook"] = self.taken[-1].digest
        return said, made["content"].encode()


def trouble(error: Exception) -> dict[str, Any]:
    """Why a folder's rules are not taken: where, which codes, and no value of them."""
    if isinstance(error, InvalidDocument):
        problems = [{"place": each.place, "code": each.code} for each in error.problems]
        return {"file": _shown(Path(error.title).name), "problems": problems}
    return {"message": _shown(str(error)) if isinstance(error, OSError) else type(error).__name__}


def _shown(name: str) -> str:
    """Text that can be written as UTF-8: a file's name need not be."""
    return name.encode("utf-8", "backslashreplace").decode()


def work(end: socket) -> None:
    """Answer what the server asks, until it closes its end. Signals are the server's: what is begun is ended."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    answers: _Answers | None = None
    with end, end.makefile("rwb") as stream:
        while (frame := from_server(stream)) is not None:
            head, body = frame
            reply: Frame
            try:
                if "files" in head:
                    answers = _Answers(rules_of(_files(head, body), Path(head["folder"])))
                    _keep_loaded()
                    reply = {"rulebooks": answers.digests}, b""
                elif "openapi" in head:
                    reply = {}, described(token=head["openapi"])
                else:
                    reply = _settled(answers, head, body)
            except Exception as error:  # noqa: BLE001 - one request, or one folder; the process goes on
                if not isinstance(error, (InvalidDocument, OSError)):  # a defect: where, without what was in hand
                    traceback.print_tb(error.__traceback__, file=sys.stderr)
                    sys.stderr.write(f"{type(error).__name__}\n")
                reply = {"trouble": trouble(error)}, b""
            stream.write(packed(*reply))
            stream.flush()


def _keep_loaded() -> None:
    """Let go of the rules from before, and have no collection in a request walk those that were loaded."""
    gc.unfreeze()  # the rules from before hold each other in circles: frozen, they would never go
    gc.collect()
    gc.freeze()


def _settled(answers: _Answers | None, head: Mapping[str, Any], body: bytes) -> Frame:
    if answers is None:
        raise InvalidDocument([Problem("rulebook", "rulebook.unknown")], "AskWhat")
    return answers.answered(head, body)


def _files(head: Mapping[str, Any], body: bytes) -> dict[str, bytes]:
    found, at = {}, 0
    for name, length in head["files"]:
        found[name] = body[at : at + length]
        at += length
    return found


all_readable(globals())
