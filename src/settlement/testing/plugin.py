"""For pytest: `assert a == b` of two settlements says which lines, amounts and decisions differ.

Found by its entry point; the comparison is loaded when two settlements differ.
"""

from __future__ import annotations

import sys

__all__ = ["pytest_assertrepr_compare"]


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """The differences of two settlements, at most forty of them."""
    receipts = sys.modules.get("settlement.receipts.settlement")
    if op != "==" or receipts is None or not all(isinstance(each, receipts.Settlement) for each in (left, right)):
        return None
    from settlement.testing.comparing import differences

    found = differences(left, right)  # type: ignore[arg-type]  # both looked at above
    rest = [f"… and {len(found) - 40} more"] if len(found) > 40 else []
    return [f"{left!r} == {right!r}", *found[:40], *rest]
