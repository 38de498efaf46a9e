"""How a platform shows what it sells for others, and whether points that it gave stand in its books."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from settlement.documents.scalars import PositiveCount, PositiveMoney
from settlement.documents.unstated import LeavesOut
from settlement.money import Money

__all__ = ["BooksPolicy"]


class BooksPolicy(LeavesOut):
    """The platform's choices of presentation; the default comes first.

    `presentation`: as `principal` what shops sell is income, and what they are owed an expense; as `agent` (IFRS 15
    B34 to B38) it is neither but owed to them from the sale on, and income is the commission. `points_deferred`: what
    of a sale is deferred for so many points earned (`per_points`), after those that nobody is expected to use; without
    it points are booked when they are used. Source: docs/statements.md.

    >>> BooksPolicy().presentation
    'principal'
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"points_deferred"})

    presentation: Literal["principal", "agent"] = "principal"
    points_deferred: PositiveMoney | None = None
    per_points: PositiveCount = 100

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            presentation: Literal["principal", "agent"] = "principal",
            points_deferred: Money | str | None = None,
            per_points: int = 100,
        ) -> None: ...
