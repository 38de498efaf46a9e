"""Where an order stands after what happened to it.

ORDER is an order as `settlement.orders.place` wrote it. EVENTS has an event a line, as JSON, in the order in which they
became known; without it the order has just been placed. Prints the state, for people or as JSON. Exit code 2: an event
that cannot happen to the order then, one that is not of this order, or a document that is not valid.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from settlement.commands import add_format, add_locale

if TYPE_CHECKING:
    from settlement.orders.events import OrderEvent

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement order`."""
    parser.add_argument("order", metavar="ORDER", help="a JSON file, or - for standard input")
    parser.add_argument("events", metavar="EVENTS", nargs="?", help="a file of JSON lines, or - for standard input")
    add_format(parser, "text", "json")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Read, fold, print."""
    from settlement.commands import problems
    from settlement.commands.inputs import document
    from settlement.errors import EventRefused, InvalidDocument
    from settlement.orders.order import Order
    from settlement.orders.state import order_state

    order = document(Order, options.order, options.locale)
    events = () if options.events is None else _events(options.events, options.locale)
    try:
        state = order_state(order, events)
    except EventRefused as error:
        raise problems(InvalidDocument([error.problem], "OrderState"), options.events, options.locale) from None
    except InvalidDocument as error:
        raise problems(error, options.events, options.locale) from None
    as_text = (options.format or ("text" if sys.stdout.isatty() else "json")) == "text"
    sys.stdout.write((state.text(options.locale) if as_text else state.to_json()) + "\n")
    return 0


def _events(source: str, locale: str) -> tuple[OrderEvent, ...]:
    """The events of a file, an empty line apart. Raises `Refused`."""
    from settlement.commands import problems, read
    from settlement.documents.strict_json import loads
    from settlement.errors import InvalidDocument
    from settlement.orders.events import EventLog

    rows: list[object] = []
    for at, row in enumerate([row for row in read(source, locale).split(b"\n") if row.strip()]):
        try:
            rows.append(loads(row, "EventLog"))
        except InvalidDocument as error:
            found = [each._replace(place=f"events[{at}]") for each in error.problems]
            raise problems(InvalidDocument(found, "EventLog"), source, locale) from None
    try:
        return EventLog.model_validate({"events": rows}, context={"json": True}).events
    except InvalidDocument as error:
        raise problems(error, source, locale) from None
