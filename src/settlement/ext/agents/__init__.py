"""What the protocols of shopping agents share: discounts, refusals, ways of delivery, and what an agent asks for.

`settlement.ext.ucp` and `settlement.ext.acp` write and read their documents with it. Nothing here needs a package.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.errors import Unsayable
from settlement.ext.agents.asked import Merchant
from settlement.ext.agents.units import SaleUnit

__all__ = ["Merchant", "SaleUnit", "Unsayable"]

_readable(globals())
