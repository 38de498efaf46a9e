"""Serve six tools to an assistant: settle, check, compare, explain, diff, what_if.

Speaks the Model Context Protocol on standard input and output, until the other end closes: it is started by the program
that the assistant runs in, with the command "settlement" and the argument "mcp". Nothing is kept, fetched or paid.
Needs the extra mcp. Exit code 2: the extra is not installed.
"""

from __future__ import annotations

import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement mcp`."""
    parser.set_defaults(formats=(), usual=None)


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command is run with its options
    """Serve."""
    from settlement.ext.mcp import serve

    serve()
    return 0
