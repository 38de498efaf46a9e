"""For tests of your own: Hypothesis strategies for every document, and the laws that kinds obey.

Needs the extra `testing` (Hypothesis); nothing of it is loaded before it is asked for. Hypothesis finds the strategies
by type as well: `st.from_type(Cart)`. pytest compares two settlements readably, without an import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents import face as _face
from settlement.documents.extras import needs as _needs
from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from settlement.testing.comparing import differences
    from settlement.testing.condition_laws import check_condition_laws
    from settlement.testing.laws import check_benefit_laws
    from settlement.testing.order_strategies import order_events, orders
    from settlement.testing.strategies import (
        benefits,
        carts,
        checkouts,
        circumstances,
        conditions,
        goods,
        loads,
        requests,
        rulebooks,
        settlements,
        surcharges,
    )
    from settlement.testing.surcharge_laws import check_surcharge_laws
else:
    _ask, __dir__ = _face(
        __name__,
        {
            "benefits": "strategies",
            "carts": "strategies",
            "check_benefit_laws": "laws",
            "check_condition_laws": "condition_laws",
            "check_surcharge_laws": "surcharge_laws",
            "checkouts": "strategies",
            "circumstances": "strategies",
            "conditions": "strategies",
            "differences": "comparing",
            "goods": "strategies",
            "loads": "strategies",
            "order_events": "order_strategies",
            "orders": "order_strategies",
            "requests": "strategies",
            "rulebooks": "strategies",
            "settlements": "strategies",
            "surcharges": "strategies",
        },
    )

    def __getattr__(name: str) -> object:
        with _needs("testing"):
            return _ask(name)


__all__ = [
    "benefits",
    "carts",
    "check_benefit_laws",
    "check_condition_laws",
    "check_surcharge_laws",
    "checkouts",
    "circumstances",
    "conditions",
    "differences",
    "goods",
    "loads",
    "order_events",
    "orders",
    "requests",
    "rulebooks",
    "settlements",
    "surcharges",
]


all_readable(globals())
