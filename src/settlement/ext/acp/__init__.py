"""The Agentic Commerce Protocol: a settlement as a checkout session, an agent's cart as a request, orders.

Nothing here needs a package. The version is pinned by name; what can't be said is `Unsayable`.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.errors import Unsayable
from settlement.ext.acp.checkout import to_checkout
from settlement.ext.acp.orders import to_order
from settlement.ext.acp.request import to_request
from settlement.ext.acp.versions import VERSION
from settlement.ext.agents.asked import Merchant

__all__ = ["VERSION", "Merchant", "Unsayable", "to_checkout", "to_order", "to_request"]

_readable(globals())
