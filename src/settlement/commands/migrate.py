"""Make the tables of a store, or bring them up to this version.

URL is that of a database: sqlite:///orders.db, postgresql+psycopg://…, mysql+pymysql://… (MariaDB). What is there
stays; run again, nothing changes. Exit code 2: the extra is not installed, or the database cannot be reached.
"""

from __future__ import annotations

import argparse
import sys

from settlement.commands import add_format, add_locale

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement migrate`."""
    parser.add_argument("url", metavar="URL", help="where the store is")
    add_format(parser, "text", "json")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Migrate, and say so."""
    from settlement.commands import refused
    from settlement.documents.words.language import language
    from settlement.ext.store.migrate import migrate

    try:
        migrate(options.url)
    except ConnectionError as error:
        raise refused(error, options.locale) from None
    say = language(options.locale)
    as_text = (options.format or ("text" if sys.stdout.isatty() else "json")) == "text"
    sys.stdout.write((say("The store is up to date.") if as_text else '{"migrated": true}') + "\n")
    return 0
