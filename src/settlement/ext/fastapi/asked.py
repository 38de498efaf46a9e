"""What each call is asked, as documents: read from the bytes of a body, through the door of every other document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from settlement.after_pay.refunds.from_json import RefundDocument
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.request import RefundRequest
from settlement.audit.record import Record
from settlement.cart.checkout import Checkout
from settlement.documents.document import Document
from settlement.documents.embedded import Embedded
from settlement.documents.scalars import LISTED, Id
from settlement.documents.strict_json import loads
from settlement.errors import InvalidDocument, InvariantBroken, Problem, UnknownVersion
from settlement.receipts.from_json import SettlementDocument
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["AskAfterPay", "AskAgain", "AskRules", "AskWhat", "Asked", "read"]


class AskWhat(Document):
    """A checkout, and by which rules: an id of the rulebooks that the router has."""

    express: ClassVar[bool] = True

    checkout: Checkout
    rulebook: Id | None = None


class AskAgain(AskWhat):
    """The same with the seal that it was settled under before."""

    sealed: str

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            checkout: Checkout | Mapping[str, Any],
            sealed: str,
            rulebook: str | None = None,
        ) -> None: ...


class AskRules(Document):
    """Which rules are to be looked at, and a cart to look at beside them."""

    rulebook: Id | None = None
    checkout: Checkout | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            rulebook: str | None = None,
            checkout: Checkout | Mapping[str, Any] | None = None,
        ) -> None: ...


class _Settled:
    """A settlement or a record, told apart by its fields."""

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Settlement:
        """The settlement. Raises `InvalidDocument`, also where its figures contradict each other."""
        try:
            return Record.from_dict(data).settlement() if "body" in data else Settlement.from_dict(data)
        except InvariantBroken:
            raise InvalidDocument([Problem("", "stored.contradiction")], "Settlement") from None
        except UnknownVersion as error:
            facts = {"found": error.version, "known": error.known}
            raise InvalidDocument([Problem("", error.code, facts)], "Settlement") from None


class AskAfterPay(Document):
    """What was settled, the refunds so far in their order, and what is asked to be given back."""

    if TYPE_CHECKING:
        settled: Settlement
        history: tuple[RefundQuote, ...] = ()
    else:
        settled: Annotated[SettlementDocument, Embedded(_Settled)]
        history: Annotated[tuple[Annotated[RefundDocument, Embedded(RefundQuote)], ...], LISTED] = ()
    request: RefundRequest

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            settled: SettlementDocument | Mapping[str, Any],
            request: RefundRequest | Mapping[str, Any],
            history: Sequence[RefundDocument | Mapping[str, Any]] = (),
        ) -> None: ...


Asked = TypeVar("Asked", bound=Document)


def read(model: type[Asked], body: bytes, *, inline: bool) -> tuple[Asked, Rulebook | None]:
    """What a body asks, and the rules that stand in it where a router takes such. Raises `InvalidDocument`.

    >>> read(AskRules, b'{"rulebook": "2026-11"}', inline=False)[0].rulebook
    '2026-11'
    >>> read(AskRules, b'{"rulebook": {"id": "r", "currency": "CNY"}}', inline=True)[1].id
    'r'
    """
    if not inline:
        return model.model_validate_json(body), None
    data = loads(body, model.__name__)
    stated = data.get("rulebook") if isinstance(data, dict) else None
    if not isinstance(stated, dict):
        return model.model_validate(data, context={"json": True}), None
    found: list[Problem] = []
    rules = asked = None
    try:
        asked = model.model_validate(data | {"rulebook": None}, context={"json": True})
    except InvalidDocument as error:
        found += error.problems
    try:
        rules = Rulebook.model_validate(stated, context={"json": True})
    except InvalidDocument as error:
        found += [each._replace(place=f"rulebook.{each.place}".rstrip(".")) for each in error.problems]
    if asked is None or rules is None:
        raise InvalidDocument(found, model.__name__)
    return asked, rules
