"""Settle over HTTP, for shops in other languages: POST /settle and its like, on this machine or with a token.

DIR is a folder of rulebooks, *.json; in its rules.json stands which of them holds from when, for requests that name
none: [{"rulebook": id, "from": instant}]. When what lies in it changes it is taken whole, or, where one of them is not
good, not at all: GET /ready then says why, and the last good rules stay in force. SIGHUP has it looked at now. A
request that waited longer than --queue-seconds for a process is answered 503 and was not begun; one that takes longer
than --answer-seconds is ended, and answered 503. Another host than this machine's own needs --token-file; without one
only requests to localhost or an address of it are answered. GET /health, /ready, /metrics (Prometheus), /openapi.json.
Needs the extra serve. Works until SIGTERM or Ctrl-C; then it answers what it began, for --grace-seconds at most. Exit
code 2: the extra is not installed, rules, host or token are not as they should be, or the port is taken.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import re
import sys
from pathlib import Path

from settlement.commands import add_locale, problems, refused

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement serve`."""
    parser.add_argument("--rules", metavar="DIR", required=True, help="the folder of the rulebooks")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="0 takes a free one (default: 8000)")
    parser.add_argument(
        "--workers", type=_number, metavar="N", help="processes that settle (default: as many as there are cores)"
    )
    parser.add_argument("--token-file", metavar="F", help="a file with the token that requests must bear")
    parser.add_argument(
        "--queue-seconds", type=_seconds, default=1.0, metavar="S", help="how long a request may wait (default: 1)"
    )
    parser.add_argument(
        "--answer-seconds", type=_seconds, default=60.0, metavar="S", help="how long a process may take (default: 60)"
    )
    parser.add_argument(
        "--grace-seconds", type=_seconds, default=30.0, metavar="S", help="how long the end may take (default: 30)"
    )
    add_locale(parser)
    parser.set_defaults(formats=(), usual=None)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= 65535 and len(text) < 7):
        raise argparse.ArgumentTypeError("write a port, from 0 to 65535")
    return int(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text)):
        raise argparse.ArgumentTypeError("write a whole number, from 1 to 999")
    return int(text)


def _seconds(text: str) -> float:
    if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text, re.ASCII) is None or not text.strip("0."):
        raise argparse.ArgumentTypeError("write seconds above 0, such as 0.5")
    return float(text)


def run(options: argparse.Namespace) -> int:
    """Serve, until somebody ends it."""
    from settlement.errors import InvalidDocument
    from settlement.ext.serve import Limits, is_loopback, listening, read_token, serve

    locale = options.locale
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("settlement.serve").setLevel(logging.INFO)
    token = None
    if options.token_file is not None:
        try:
            token = read_token(Path(options.token_file))
        except OSError as error:
            raise refused(error.strerror, locale, options.token_file) from None
        except ValueError as error:
            raise refused(error, locale, options.token_file) from None
    elif not is_loopback(options.host):
        raise refused("other machines reach this host: name a file with a token, --token-file", locale, options.host)
    try:
        sock = listening(options.host, options.port)
    except OSError as error:
        raise refused(error.strerror, locale, f"{options.host}:{options.port}") from None
    except UnicodeError:  # longer, or with other dots, than a name may have
        raise refused("this is no name of a host", locale, options.host) from None
    with sock:
        try:
            serve(
                Path(options.rules),
                sock,
                workers=options.workers or multiprocessing.cpu_count(),
                token=token,
                limits=Limits(options.queue_seconds, options.answer_seconds, options.grace_seconds),
            )
        except InvalidDocument as error:
            raise problems(error, error.title, locale) from None
        except OSError as error:
            raise refused(error, locale) from None
    return 0
