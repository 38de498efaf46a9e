"""What the commands after pay read beside a settlement, and how they print why a figure is what it is."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from settlement.commands import problems, read, refused
from settlement.documents.document import Document
from settlement.documents.problems import expect
from settlement.errors import InvalidDocument

if TYPE_CHECKING:
    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.cart.checkout import Checkout
    from settlement.explanations.story import Explanation
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["add_rulebook", "document", "documents", "quotes", "request", "tell"]

Read = TypeVar("Read", bound=Document)


def document(model: type[Read], source: str, locale: str) -> Read:
    """A document of this model from a file. Raises `Refused`."""
    text = read(source, locale)
    try:
        return model.model_validate_json(text)
    except InvalidDocument as error:
        raise problems(error, source, locale, text) from None


def add_rulebook(parser: argparse.ArgumentParser, of: str = "REQUEST") -> None:
    """`--rulebook`: the rules in a file of their own."""
    told = f"a JSON file of the rules; {of} is a checkout then"
    parser.add_argument("--rulebook", metavar="RULEBOOK", help=told)


def request(source: str, rulebook: str | None, locale: str) -> tuple[Checkout, Rulebook]:
    """The checkout and the rules, of one file or of two. Raises `Refused`."""
    from settlement.cart.checkout import Checkout
    from settlement.rulebook.request import Request
    from settlement.rulebook.rulebook import Rulebook

    if rulebook is None:
        asked = document(Request, source, locale)
        return asked.checkout, asked.rulebook
    rules = document(Rulebook, rulebook, locale)
    return document(Checkout, source, locale), rules


def documents(model: type[Read], source: str, locale: str) -> dict[str, Read]:
    """Documents of this model by a name: one object of a file. Raises `Refused`."""
    from settlement.documents.strict_json import loads

    text = read(source, locale)
    try:
        named = loads(text, model.__name__)
        expect(source, named, Mapping)
        return {name: model.model_validate(each, context={"json": True}) for name, each in named.items()}
    except InvalidDocument as error:
        raise problems(error, source, locale, text) from None
    except TypeError as error:
        raise refused(error, locale) from None


def quotes(sources: Sequence[str], locale: str) -> list[RefundQuote]:
    """The refund quotes of these files, in their order. Raises `Refused`."""
    from settlement.after_pay.refunds.quote import RefundQuote
    from settlement.commands.sources import read_any

    found = []
    for source in sources:
        quote = read_any(source, locale)
        if not isinstance(quote, RefundQuote):
            raise refused("a refund quote is expected", locale, source)
        found.append(quote)
    return found


def tell(story: Explanation, form: str | None, locale: str) -> None:
    """Print an explanation: text, or its steps as JSON."""
    data = form == "json"
    text = json.dumps(story.to_dict(), ensure_ascii=False, indent=2) if data else story.text(locale)
    sys.stdout.write(text + "\n")
