"""Print the JSON Schema of a document.

The dialect is 2020-12. A schema says which fields there are and how values are written; what several fields must fulfil
together (one currency, rising tiers, names that exist) is found by reading the document with this library.
"""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from typing import Final

from settlement.errors import quoted

__all__ = ["add_arguments", "run"]

#: Those of `schemas.DOCUMENTS`, whose models are loaded only when one is printed.
_NAMES: Final = tuple(
    "bill books-policy checkout holding-policy invoice invoice-item invoice-policy invoice-request"
    " invoice-seller movement order order-edit order-events order-state payment-demand payment-item payment-method"
    " payment-notice payment-option payment-state payout payout-policy provider-fee provider-limits"
    " reconciliation record refund refund-deduction refund-demand refund-money refund-notice refund-policy"
    " refund-preview refund-request request retry-schedule rulebook settlement split split-return statement"
    " store-credit stored-answer sub-order tender-share ubl-details".split()
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement schema`."""
    told = f"default: request; there are {', '.join(_NAMES)}"
    parser.add_argument("document", metavar="DOCUMENT", type=_document, nargs="?", default="request", help=told)


def _document(name: str) -> str:
    """One of the names, or what may have been meant."""
    if name in _NAMES:
        return name
    like = get_close_matches(name, _NAMES, 1)
    instead = f"did you mean {like[0]}?" if like else f"there are {', '.join(_NAMES)}"
    msg = f"there is no document {quoted(name)}; {instead}"
    raise argparse.ArgumentTypeError(msg)


def run(options: argparse.Namespace) -> int:
    """Make and print."""
    from settlement.orders.schemas import schema_text

    sys.stdout.write(schema_text(options.document))
    return 0
