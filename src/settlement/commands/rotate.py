"""Wrap all keys of a store under the newest master key.

The master keys are those of the environment's SETTLEMENT_KEYS: id:base64, the newest first, commas between. What is
sealed stays as it is. A run that was stopped is run again: no key is wrapped twice. When it ends, the older master keys
can go. With --reseal each person whose key was not made under the newest has another one, and all that the old one
sealed is sealed anew: for when an older master key leaked beside a copy of the table of keys. Exit code 2: an extra is
not installed, the keys are not stated or one is missing, no way to the database.
"""

from __future__ import annotations

import argparse
import os
import sys

from settlement.commands import add_format, add_locale

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement rotate`."""
    parser.add_argument("url", metavar="URL", help="where the store is")
    parser.add_argument("--reseal", action="store_true", help="give each person another key, and seal anew")
    add_format(parser, "text", "json")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Rotate, and say how many keys it were."""
    from settlement.commands import refused
    from settlement.documents.extras import needs
    from settlement.documents.words.language import language
    from settlement.errors import CryptoRefused
    from settlement.ext.crypto import MasterKeys

    with needs("sql,crypto"):
        from settlement.ext.store.rotating import rotate_at
    try:
        count = rotate_at(options.url, MasterKeys.read(os.environ.get("SETTLEMENT_KEYS", "")), anew=options.reseal)
    except (ConnectionError, ValueError) as error:
        text = error.text(options.locale) if isinstance(error, CryptoRefused) else error
        raise refused(text, options.locale) from None
    say = language(options.locale)
    as_text = (options.format or ("text" if sys.stdout.isatty() else "json")) == "text"
    told = say.plural("{count} key was wrapped anew.", "{count} keys were wrapped anew.", count)
    sys.stdout.write((told if as_text else f'{{"rotated": {count}}}') + "\n")
    return 0
