"""Events that move goods, that end an order, and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.scalars import LISTED, Id, PositiveQuantity, Text, no_twins
from settlement.orders.actor import Actor
from settlement.orders.event import Event

__all__ = ["Cancelled", "Closed", "Noted", "OrderGoods", "Received", "Returned", "Shipped"]


class OrderGoods(Document):
    """So much of a line."""

    line: Id
    quantity: PositiveQuantity

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, line: str, quantity: int | Decimal | str) -> None: ...


def _line_of(entry: Any) -> object:
    return entry.get("line") if isinstance(entry, dict) else getattr(entry, "line", None)


Goods = Annotated[tuple[OrderGoods, ...], Field(min_length=1), no_twins(_line_of, "id.duplicate", "line"), LISTED]


class Shipped(Event):
    """A shop handed goods to the carrier."""

    kind: Literal["shipped"] = "shipped"
    shop: Id
    lines: Goods

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            shop: str,
            lines: Sequence[OrderGoods | Mapping[str, Any]],
            reason: str | None = None,
            kind: Literal["shipped"] = "shipped",
        ) -> None: ...


class Received(Event):
    """The buyer has goods of a shop."""

    kind: Literal["received"] = "received"
    shop: Id
    lines: Goods

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            shop: str,
            lines: Sequence[OrderGoods | Mapping[str, Any]],
            reason: str | None = None,
            kind: Literal["received"] = "received",
        ) -> None: ...


class Returned(Event):
    """Goods of a shop came back to it."""

    kind: Literal["returned"] = "returned"
    shop: Id
    lines: Goods

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            shop: str,
            lines: Sequence[OrderGoods | Mapping[str, Any]],
            reason: str | None = None,
            kind: Literal["returned"] = "returned",
        ) -> None: ...


class Cancelled(Event):
    """Somebody ended the order before anything was shipped; what was paid is a refund that somebody asks for."""

    kind: Literal["cancelled"] = "cancelled"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            reason: str | None = None,
            kind: Literal["cancelled"] = "cancelled",
        ) -> None: ...


class Closed(Event):
    """The order was not paid in time."""

    kind: Literal["closed"] = "closed"

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            reason: str | None = None,
            kind: Literal["closed"] = "closed",
        ) -> None: ...


class Noted(Event):
    """Somebody wrote something down."""

    kind: Literal["noted"] = "noted"
    note: Annotated[Text, Mark.PERSONAL]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            at: datetime | str,
            actor: Actor | Mapping[str, Any],
            note: str,
            reason: str | None = None,
            kind: Literal["noted"] = "noted",
        ) -> None: ...
