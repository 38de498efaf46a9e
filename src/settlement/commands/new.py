"""Write a rulebook to start from, a cart to try it on, and a page that says what each rule means.

FOLDER gets rulebook.json, checkout.json and README.md, and is made where it is not there. JSON has no comments, so each
offer says in `description` what it does, and README.md goes through the rules place by place. Nothing is overwritten:
where one of the three is there already nothing is written, and the exit code is 2.
"""

from __future__ import annotations

import argparse
import sys

from settlement.commands import Refused, add_locale, named

__all__ = ["FILES", "add_arguments", "run", "starter"]

#: What is written, in this order.
FILES = ("rulebook.json", "checkout.json", "README.md")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement new`."""
    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=".", help="where to write (default: here)")
    add_locale(parser)


def starter(locale: str) -> dict[str, bytes]:
    """Name -> content of the three files, in the language of a locale."""
    from importlib.resources import files

    from settlement.documents.words.language import language

    folder = files("settlement.commands").joinpath("starter", language(locale).tag.replace("-", "_"))
    return {name: folder.joinpath(name).read_bytes() for name in FILES}


def run(options: argparse.Namespace) -> int:
    """Look, write, say what to do next."""
    from pathlib import Path
    from shlex import quote

    from settlement.documents.words.language import language

    say = language(options.locale)
    folder = Path(options.folder)
    there = [str(folder / name) for name in FILES if (folder / name).is_symlink() or (folder / name).exists()]
    if there:
        told = say("{file} is there already; nothing was written. Name another folder", file=named(there[0]))
        raise Refused(f"settlement: {told}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in starter(options.locale).items():
        with (folder / name).open("xb") as file:  # never over what came between
            file.write(content)
    dashed = "./" if str(folder).startswith("-") else ""  # a shell takes it for an option
    rules, cart, guide = (quote(named(f"{dashed}{folder / name}")) for name in FILES)
    spoken = "" if options.locale == "en" else f" --locale {quote(options.locale)}"
    sys.stdout.write(
        say("Written: {files}", files=f"{rules}, {cart}, {guide}")
        + f"\n\nsettlement settle {cart} --rulebook {rules} --format text{spoken}\n"
        + f"settlement check {rules} --checkout {cart}{spoken}\n"
    )
    return 0
