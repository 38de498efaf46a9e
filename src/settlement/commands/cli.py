"""The command line: finds the command, runs it, and ends as a Unix tool ends (contract §9).

A command is a module of `settlement.commands`; what only it needs is imported when it runs. Exit codes: 0; 2 for a
document, an option or a file that is not as it should be; 130 after Ctrl-C; 141 when the reader of a pipe went away.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import settlement
from settlement.commands import COMMANDS, Refused

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
    try:
        try:
            options = _parser().parse_args(arguments)
            code: int = options.run(options)
        finally:
            sys.stdout.flush()  # here, so that a reader that went away is noticed before the interpreter ends
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to say to nobody
        return 141
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"settlement: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="settlement", description=settlement.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"settlement {settlement.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"settlement.commands.{name}")
        summary, _, rest = (module.__doc__ or "").partition("\n")
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary}\n{rest}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser
