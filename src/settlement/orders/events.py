"""What happens to an order: one small document for each kind, with who, when and why.

An event is written once and never changed. What was told by others (a payment, a refund) is kept as it was told;
whether it pays is worked out by the folds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import Field

from settlement.documents.document import Document
from settlement.documents.marks import Takes
from settlement.documents.scalars import LISTED
from settlement.orders.goods_events import Cancelled, Closed, Noted, Received, Returned, Shipped
from settlement.orders.money_events import Changed, Paid, RefundAsked, RefundFailed, RefundSucceeded

__all__ = ["EVENTS", "EVENTS_TAKEN", "KINDS", "AnyEvent", "EventLog", "OrderEvent"]

#: Every kind, in the order of the pages.
KINDS: Final = (
    Paid, Shipped, Received, Cancelled, Closed, Changed, Returned, RefundAsked, RefundSucceeded, RefundFailed, Noted,
)  # fmt: skip
#: Their names.
EVENTS: Final[tuple[str, ...]] = tuple([each.model_fields["kind"].default for each in KINDS])

OrderEvent: TypeAlias = (
    Paid | Shipped | Received | Cancelled | Closed | Changed | Returned
    | RefundAsked | RefundSucceeded | RefundFailed | Noted
)  # fmt: skip

if TYPE_CHECKING:
    AnyEvent: TypeAlias = OrderEvent
else:
    AnyEvent = Annotated[OrderEvent, Field(discriminator="kind")]


#: As signatures write a list of events.
EVENTS_TAKEN: Final = Takes("Sequence[OrderEvent | Mapping[str, Any]]")


class EventLog(Document):
    """The events of an order in the order in which they became known."""

    events: Annotated[tuple[AnyEvent, ...], LISTED, EVENTS_TAKEN]

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, events: Sequence[OrderEvent | Mapping[str, Any]]) -> None: ...
