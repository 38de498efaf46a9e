"""For Hypothesis, which calls this by its entry point: strategies by type, made when they are first drawn from."""

from __future__ import annotations

from typing import Any

__all__ = ["register"]


def register() -> None:
    """Let `st.from_type` and `@given(...)` by annotation know carts, rulebooks and settlements."""
    from hypothesis import strategies as st

    from settlement.cart.cart import Cart
    from settlement.cart.checkout import Checkout
    from settlement.receipts.settlement import Settlement
    from settlement.rulebook.rulebook import Rulebook

    def lazily(name: str) -> Any:
        def strategy(_: type) -> Any:
            import settlement.testing as made

            return getattr(made, name)()

        return strategy

    for kind, name in ((Cart, "carts"), (Checkout, "checkouts"), (Rulebook, "rulebooks"), (Settlement, "settlements")):
        st.register_type_strategy(kind, lazily(name))
