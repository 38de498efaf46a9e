"""The Universal Commerce Protocol: a settlement as a checkout, an agent's cart as a request, a merchant as a router.

Only `router()` needs a package: `settlement[ucp]`. Versions are pinned by name; what can't be said is `Unsayable`.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.errors import Unsayable
from settlement.ext.agents.asked import Merchant
from settlement.ext.agents.units import SaleUnit
from settlement.ext.ucp.calls import Declined, Placing
from settlement.ext.ucp.checkout import to_checkout
from settlement.ext.ucp.orders import to_adjustment, to_order
from settlement.ext.ucp.profile import profile
from settlement.ext.ucp.request import to_request
from settlement.ext.ucp.routing import router
from settlement.ext.ucp.versions import NEWEST, VERSION, VERSIONS

__all__ = [
    "NEWEST",
    "VERSION",
    "VERSIONS",
    "Declined",
    "Merchant",
    "Placing",
    "SaleUnit",
    "Unsayable",
    "profile",
    "router",
    "to_adjustment",
    "to_checkout",
    "to_order",
    "to_request",
]

_readable(globals())
