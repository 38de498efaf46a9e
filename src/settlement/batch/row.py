"""One row: a checkout and by which rules, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, TypeAlias, get_args

from settlement.audit.record import record
from settlement.batch.parts import Cells
from settlement.batch.rules import Rules
from settlement.cart.checkout import Checkout
from settlement.documents.document import Document
from settlement.documents.scalars import Id
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.errors import InvalidDocument, Problem
from settlement.receipts.settlement import Settlement

__all__ = ["FORMS", "Form", "Outcome", "Row", "outcome"]

#: What becomes of a row: its settlement, its record, or digest, status and payable alone.
Form: TypeAlias = Literal["settlement", "record", "totals"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)


class Row(Document):
    """A checkout, and by which rules: an id of a rulebook, or none."""

    express: ClassVar[bool] = True

    checkout: Checkout
    rulebook: Id | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, checkout: Checkout | Mapping[str, Any], rulebook: str | None = None) -> None: ...


class Outcome(NamedTuple):
    """What came of one row: its document as JSON, or the problems for which there is none.

    `status`, `currency` and `payable`, in minor units, are of the settlement.
    """

    document: str | None
    problems: tuple[Problem, ...] = ()
    status: str | None = None
    currency: str | None = None
    payable: int = 0

    @property
    def settlement(self) -> Settlement | None:
        """The settlement, read back from its JSON; None where there is none."""
        return None if self.document is None else Settlement.from_json(self.document)


def _read(row: str | bytes | Cells) -> tuple[Checkout, str | None]:
    if not isinstance(row, Cells):
        read = Row.model_validate_json(row)
        return read.checkout, read.rulebook
    if row.checkout is None:
        raise InvalidDocument([Problem("checkout", "field.missing")], "Row")
    try:
        return Checkout.model_validate_json(row.checkout), row.rulebook
    except InvalidDocument as error:
        named = [each._replace(place=f"checkout.{each.place}".rstrip(".")) for each in error.problems]
        raise InvalidDocument(named, "Row") from None


def outcome(text: str | bytes | Cells, rules: Rules, form: Form = "settlement") -> Outcome:
    """Settle a row `{"checkout": …, "rulebook": id}`, with `rulebook` absent where the rules say which.

    Never raises for what is wrong with the row: that is in `problems`.

    >>> from settlement import Rulebook
    >>> outcome('{"checkout": {}}', Rules([Rulebook(id="r", currency="CNY")])).problems[0].place
    'checkout.at'
    """
    try:
        checkout, named = _read(text)
        made = settle(checkout, rules.of(named, checkout))
        if form == "settlement":
            document = made.to_json()
        elif form == "record":
            document = record(made).to_json()
        else:
            totals = {"digest": made.digest, "status": made.status, "payable": str(made.payable)}
            document = json.dumps(totals, separators=(",", ":"))
    except InvalidDocument as error:
        return Outcome(None, error.problems)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a kind of somebody's own may fail in any way: the row's, not the month's end
        return Outcome(None, (Problem("", "batch.failed", {"detail": f"{type(error).__name__}: {error}"}),))
    return Outcome(document, (), made.status, made.currency, made.payable.minor)


all_readable(globals())
