"""What if: the same orders under other rules, added up exactly; and one number of the rules, value by value.

Customers' behaviour is held fixed: what was asked is taken from each record, whatever the rules are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents import face as _face
from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from settlement.audit.what_if.answer import WhatIf, what_if
    from settlement.audit.what_if.candidates import Candidates
    from settlement.audit.what_if.rows import Row, rows_of
    from settlement.audit.what_if.totals import Totals
    from settlement.audit.what_if.varied import Sensitivity, sensitivity
else:
    __getattr__, __dir__ = _face(
        __name__,
        {
            "Candidates": "candidates",
            "Row": "rows",
            "Sensitivity": "varied",
            "Totals": "totals",
            "WhatIf": "answer",
            "rows_of": "rows",
            "sensitivity": "varied",
            "what_if": "answer",
        },
    )

__all__ = ["Candidates", "Row", "Sensitivity", "Totals", "WhatIf", "rows_of", "sensitivity", "what_if"]


all_readable(globals())
