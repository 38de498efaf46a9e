"""For Hypothesis, which calls this by its entry point on every import: strategies by type, and nothing loaded for them.

It stands beside the package, because whoever imports a module of the package imports the package.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["register"]

#: The types that have a strategy, each with its name in `settlement.testing`.
_DRAWN = {
    ("settlement.cart.cart", "Cart"): "carts",
    ("settlement.cart.checkout", "Checkout"): "checkouts",
    ("settlement.rulebook.rulebook", "Rulebook"): "rulebooks",
    ("settlement.receipts.settlement", "Settlement"): "settlements",
}


def register() -> None:
    """Let `st.from_type` and `@given(...)` by annotation know carts, checkouts, rulebooks and settlements.

    Hypothesis asks a resolver by the name of a package once that is loaded, as it does for numpy; a Hypothesis without
    such a table is told the types themselves, which loads them.
    """
    from hypothesis import strategies as st
    from hypothesis.strategies._internal import types

    resolvers = getattr(types, "_global_extra_lookup", None)
    if resolvers is not None:
        resolvers["settlement"] = drawn
        return
    from importlib import import_module

    for module, name in _DRAWN:
        st.register_type_strategy(getattr(import_module(module), name), drawn)


def drawn(kind: type) -> Any:
    """The strategy of one of these types; None for any other."""
    place = (getattr(kind, "__module__", ""), getattr(kind, "__qualname__", ""))
    if place not in _DRAWN or getattr(sys.modules.get(place[0]), place[1], None) is not kind:
        return None
    import settlement.testing as made

    return getattr(made, _DRAWN[place])()
