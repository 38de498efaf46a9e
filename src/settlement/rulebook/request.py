"""A request: a checkout and the rules that it is settled by, in one document (contract §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from settlement.cart.checkout import Checkout
from settlement.documents.document import Document
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Request"]


class Request(Document):
    """Both documents, validated together, so that all problems of both are named at once.

    >>> from settlement import InvalidDocument
    >>> try:
    ...     Request.model_validate_json('{"checkout": {"at": 1}, "rulebook": {"id": ""}}')
    ... except InvalidDocument as error:
    ...     [problem.place for problem in error.problems]
    ['checkout.at', 'checkout.cart', 'rulebook.id', 'rulebook.currency']
    """

    checkout: Checkout
    rulebook: Rulebook

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            checkout: Checkout | Mapping[str, Any],
            rulebook: Rulebook | Mapping[str, Any],
        ) -> None: ...
