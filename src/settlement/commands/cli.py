"""The command line: finds the command, runs it, and ends as a Unix tool ends (contract §9).

A command is a module of `settlement.commands`; what only it needs is imported when it runs. Exit codes: 0; 2 for a
document, an option or a file that is not as it should be; 130 after Ctrl-C; 141 when the reader of a pipe went away.
With `--json` what went wrong is one JSON object on standard error: {"error": {"message": ..., "source": ...,
"problems": [{"place": ..., "code": ..., "message": ...}]}}, the last two where a file or its document is to blame.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import settlement
from settlement.commands import COMMANDS, Refused, refused
from settlement.errors import MissingExtra, quoted

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    >>> main(["settle", "no-such-file.json"])
    2
    """
    if sys.stderr is None:  # closed: not even to be told by another stream
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - as long as the program runs
    if sys.stdout is None:
        print("settlement: output: it is closed", file=sys.stderr)
        return 2
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # JSON is UTF-8, whatever the machine's own encoding
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = argparse.Namespace()
    try:
        try:
            options = _options(given)
            code: int = options.run(options)
        finally:
            sys.stdout.flush()  # here, so that a reader that went away is noticed before the interpreter ends
    except (MissingExtra, Refused) as error:
        no = error if isinstance(error, Refused) else refused(error, getattr(options, "locale", "en"))
        print(_told(no.facts) if "--json" in given else no, file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to say to nobody
        return 141
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        told = f"{error.filename or 'output'}: {error.strerror}"
        print(_told({"message": told}) if "--json" in given else f"settlement: {told}", file=sys.stderr)
        return 2
    return code


def _told(facts: Mapping[str, Any]) -> str:
    """What went wrong, for a program."""
    import json

    return json.dumps({"error": facts}, ensure_ascii=False)


class _Parser(argparse.ArgumentParser):
    """Leaves it to `main` to say what is wrong, to a person or to a program."""

    def error(self, message: str) -> NoReturn:
        raise Refused(f"{self.format_usage()}{self.prog}: error: {message}", message=message)


def _options(given: Sequence[str]) -> argparse.Namespace:
    """What was asked for. Raises `Refused`; ends the program after `--help` and `--version`."""
    parser, commands = _parsers()
    name = next((word for word in given if not word.startswith("-")), None)
    if name is not None and name not in commands:
        raise Refused(f"settlement: there is no command {quoted(name)}; {_instead(name)}")
    if name is None and {"-h", "--help", "--version"}.isdisjoint(given):
        raise Refused(f"settlement: name a command: {', '.join(COMMANDS)}; settlement --help says what each does")
    options, unknown = parser.parse_known_args(given)
    command = commands[name or ""]
    if unknown:
        like = get_close_matches(unknown[0].partition("=")[0], re.findall(r"--[a-z-]+", command.format_usage()), 1)
        command.error(f"there is no {quoted(unknown[0])} here" + (f"; did you mean {like[0]}?" if like else ""))
    if options.json and "json" in options.formats:
        if options.format not in (None, "json"):
            command.error(f"--json is --format json, not {options.format}")
        options.format = "json"
    elif options.format is None:
        options.format = options.usual
    return options


def _instead(name: str) -> str:
    """What may have been meant by a command that there is not."""
    like = get_close_matches(name, COMMANDS, 1)
    if like:
        return f"did you mean {like[0]}?"
    if name.endswith(".json"):
        return f"to settle a request: settlement settle {name}"
    return f"there are {', '.join(COMMANDS)}"


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser of the whole, and those of the commands."""
    parser = _Parser(
        prog="settlement", description=settlement.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"settlement {settlement.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    made = {}
    for name in COMMANDS:
        module = import_module(f"settlement.commands.{name.replace('-', '_')}")
        summary, _, rest = (module.__doc__ or "").partition("\n")
        made[name] = command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary}\n{rest}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=module.run, format=None, formats=(), usual=None)
        module.add_arguments(command)
        told = "for programs: JSON, also where something is wrong (on standard error)"
        command.add_argument("--json", action="store_true", help=told)
    return parser, made
