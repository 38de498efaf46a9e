"""Print the JSON Schema of a document.

The dialect is 2020-12. A schema says which fields there are and how values are written; what several fields must fulfil
together (one currency, rising tiers, names that exist) is found by reading the document with this library.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

__all__ = ["add_arguments", "run"]

#: Those of `schemas.DOCUMENTS`, whose models are loaded only when one is printed.
_NAMES: Final = tuple(
    "bill books-policy checkout holding-policy invoice invoice-item invoice-policy invoice-request"
    " invoice-seller movement order order-events order-state payment-demand payment-item payment-method"
    " payment-notice payment-option payment-state payout payout-policy provider-fee provider-limits"
    " reconciliation record refund refund-deduction refund-demand refund-money refund-notice refund-policy"
    " refund-preview request retry-schedule rulebook settlement split split-return statement store-credit"
    " stored-answer sub-order tender-share ubl-details".split()
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement schema`."""
    parser.add_argument("document", choices=_NAMES, nargs="?", default="request", help="default: request")


def run(options: argparse.Namespace) -> int:
    """Make and print."""
    from settlement.orders.schemas import schema_text

    sys.stdout.write(schema_text(options.document))
    return 0
