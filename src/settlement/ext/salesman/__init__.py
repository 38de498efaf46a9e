"""Settling in django-salesman (`settlement[salesman]`): a basket modifier, and an order that is what was settled.

django-salesman is loaded when an order is placed; the modifier is mixed into the shop's own class.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.ext.salesman.modifier import Settling
from settlement.ext.salesman.placing import place

__all__ = ["Settling", "place"]

_readable(globals())
