"""What the commands after pay read beside a settlement: documents by their model, and refund quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from settlement.commands import Refused, named, problems, read
from settlement.documents import Document
from settlement.errors import InvalidDocument

if TYPE_CHECKING:
    from settlement.refund_quote import RefundQuote

__all__ = ["document", "quotes"]

Read = TypeVar("Read", bound=Document)


def document(model: type[Read], source: str, locale: str) -> Read:
    """A document of this model from a file. Raises `Refused`."""
    try:
        return model.model_validate_json(read(source))
    except InvalidDocument as error:
        raise problems(error, source, locale) from None


def quotes(sources: Sequence[str], locale: str) -> list[RefundQuote]:
    """The refund quotes of these files, in their order. Raises `Refused`."""
    from settlement.commands.sources import read_any
    from settlement.refund_quote import RefundQuote

    found = []
    for source in sources:
        quote = read_any(source, locale)
        if not isinstance(quote, RefundQuote):
            raise Refused(f"settlement: {named(source)}: a refund quote is expected")
        found.append(quote)
    return found
