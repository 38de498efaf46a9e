"""Do what is due in a store: close, ask providers, have money given back, pass on.

URL is that of a database that was migrated. Works until it is ended, which may happen at any time: what was not done
is listed again, by another one or the next time. With --once it does what is due now, as cron wants it. --gateway names
a payment provider, as MODULE:ATTRIBUTE of a Python module, or METHOD=MODULE:ATTRIBUTE for one payment method alone;
without any nobody is asked. --deliver names a command that takes each event, and each day's anchor of the log, as a
line of JSON on its standard input, and has taken it where its exit code is 0; without it nothing is passed on.
Prints a line for each job. Exit code 1: with --once, where a job failed and stays due; 2: the extra is not installed,
the database cannot be reached, or an option names nothing that is there.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from settlement.commands import add_format, add_locale, add_offset

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.ext.gateways import Gateway
    from settlement.ext.store import Done

__all__ = ["add_arguments", "run"]

#: Seconds that a command has to take an event.
PATIENCE: Final = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement work`."""
    parser.add_argument("url", metavar="URL", help="where the store is")
    parser.add_argument("--once", action="store_true", help="do what is due now, and end")
    parser.add_argument(
        "--every", type=_seconds, default=10, metavar="SECONDS", help="how often to look for what is due (default: 10)"
    )
    parser.add_argument(
        "--gateway", action="append", default=[], metavar="[METHOD=]MODULE:ATTRIBUTE", help="a payment provider to ask"
    )
    parser.add_argument("--deliver", metavar="COMMAND", help="what takes each event, as JSON on standard input")
    add_offset(parser, timedelta(0))
    add_format(parser, "text", "json")
    add_locale(parser)


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 86_400):
        raise argparse.ArgumentTypeError("write whole seconds, from 1 to 86400")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Work, once or until somebody ends it."""
    from settlement.commands import refused
    from settlement.documents.words.language import language
    from settlement.errors import CryptoRefused
    from settlement.ext.crypto import MasterKeys
    from settlement.ext.store import Store, Worker
    from settlement.ext.store.database import reached

    gateways = _gateways(options.gateway, options.locale)
    deliver = None if options.deliver is None else _command(options.deliver, options.locale)
    say = language(options.locale)
    as_text = (options.format or ("text" if sys.stdout.isatty() else "json")) == "text"
    try:
        stated = os.environ.get("SETTLEMENT_KEYS")
        keys = None if stated is None else MasterKeys.read(stated)
        with reached(), closing(Store(options.url, keys)) as store:
            worker = Worker(store, gateways=gateways, deliver=deliver, offset=options.offset)
            while True:
                failed = False
                for done in worker.once():
                    sys.stdout.write((_text(done, say, options.locale) if as_text else _json(done)) + "\n")
                    sys.stdout.flush()
                    failed |= done.outcome == "failed"
                if options.once:
                    return int(failed)
                time.sleep(options.every)
    except (ConnectionError, CryptoRefused) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise refused(error, options.locale) from None


# ------------------------------------------------------------------ what the options name


def _gateways(names: list[str], locale: str) -> dict[str | None, Gateway]:
    """The gateways by method. Raises `Refused`."""
    from settlement.commands import refused
    from settlement.ext.gateways import Gateway

    found: dict[str | None, Gateway] = {}
    if names:
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - a module beside the caller, as servers find theirs
    for name in names:
        method, _, path = name.rpartition("=")
        module, _, attribute = path.partition(":")
        try:
            gateway = getattr(import_module(module), attribute)
        except (AttributeError, ImportError, ValueError):
            raise refused("--gateway names nothing that can be imported", locale, path) from None
        if not isinstance(gateway, Gateway):
            raise refused("--gateway names something that is no gateway", locale, path)
        found[method or None] = gateway
    return found


def _command(text: str, locale: str) -> Callable[[Mapping[str, Any]], None]:
    """What hands an event to a command. Raises `Refused`."""
    from settlement.commands import refused
    from settlement.documents.canonical import canonical

    words = shlex.split(text)
    if not words or shutil.which(words[0]) is None:
        raise refused("--deliver names no command that is there", locale, text)

    def deliver(what: Mapping[str, Any]) -> None:
        row = canonical(what) + b"\n"
        try:  # what it prints goes to standard error: standard output is for what was done
            code = subprocess.run(words, input=row, stdout=2, timeout=PATIENCE, check=False).returncode  # noqa: S603 - the caller's own
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{words[0]}: no end after {PATIENCE} s") from None
        if code:
            raise ConnectionRefusedError(f"{words[0]}: exit code {code}")

    return deliver


# ------------------------------------------------------------------ what is told


def _json(done: Done) -> str:
    from settlement.documents.canonical import canonical
    from settlement.documents.scalars import instant_out

    job = done.job._asdict() | {"since": instant_out(done.job.since), "outcome": done.outcome}
    return canonical(job | ({} if done.why is None else {"why": str(done.why)})).decode()


def _text(done: Done, say: Language, locale: str) -> str:
    from settlement.documents.words.plain import shown

    outcome = {
        "told": lambda: say("the provider has told"),
        "waiting": lambda: say("the provider has nothing to tell yet"),
        "closed": lambda: say("closed, not paid in time"),
        "asked": lambda: say("asked for"),
        "sent": lambda: say("passed on"),
        "given_out": lambda: say("given out"),
        "before": lambda: say("nothing was left to do"),
        "failed": lambda: say("failed, and comes again: {why}", why=_why(done, locale)),
    }[done.outcome]()
    facts = {"order": shown(done.job.order or ""), "of": shown(done.job.of or ""), "outcome": outcome}
    match done.job.kind:
        case "reconcile":
            return say("Order {order}, payment {of}: {outcome}", **facts)
        case "close":
            return say("Order {order}: {outcome}", order=facts["order"], outcome=outcome)
        case "refund":
            return say("Order {order}, what it owes: {outcome}", order=facts["order"], outcome=outcome)
        case "retry":
            return say("Order {order}, refund {of}: {outcome}", **facts)
        case "anchor":
            return say("Day {of}, anchor: {outcome}", of=facts["of"], outcome=outcome)
        case _:
            return say("Order {order}, event {of}: {outcome}", **facts)


def _why(done: Done, locale: str) -> str:
    from settlement.documents.words.plain import shown
    from settlement.errors import GatewayRefused

    why = done.why.text(locale) if isinstance(done.why, GatewayRefused) else str(done.why)
    return shown(why)
