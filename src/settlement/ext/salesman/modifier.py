"""A basket modifier that settles: once for as often as a basket is updated, with a row for each adjustment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from settlement.cart.checkout import Checkout
from settlement.documents.extras import needs
from settlement.documents.words.language import Language, language
from settlement.documents.words.texts import STAGES
from settlement.documents.written import all_readable
from settlement.engine.settler import Settler
from settlement.ext.reader import reader_of
from settlement.money import DECIMALS
from settlement.receipts.names import Names
from settlement.receipts.parts import Adjustment
from settlement.receipts.settlement import Settlement

__all__ = ["Settling"]


class Settling:
    """Mix this into a `BasketModifier`; state its `identifier`, a `settler`, and `checkout`.

    The basket's subtotal is its goods, its total what is payable, and `basket.settlement` says why. A row stands for
    each adjustment and, on each item, one for its share: the items add up to the total as well. What the settlement
    leaves out is taken off by a row that says why. Raises `RuntimeError` where another modifier changed the total.
    """

    identifier: str
    settler: Settler

    def checkout(self, basket: Any, request: Any, at: datetime) -> Checkout:
        """What is settled: for each item of the basket a line with the id `item.ref`, at prices of the server."""
        raise NotImplementedError

    def settled(self, basket: Any, request: Any) -> Settlement:
        """The settlement of a basket as it is now; while nothing is changed, the one before, of the same instant.

        Raises `ValueError` for a currency whose amounts salesman's tables would round.
        """
        with needs("salesman"):
            from django.utils.timezone import now

        kept: Settlement | None = getattr(basket, "settlement", None)
        before = None if kept is None or kept.made_from is None else kept.made_from[0]
        checkout = self.checkout(basket, request, now() if before is None else before.at)
        if DECIMALS[checkout.cart.currency] > 2:
            msg = f"salesman keeps amounts to two decimals; {checkout.cart.currency} has more"
            raise ValueError(msg)
        return kept if kept is not None and checkout == before else self.settler.settle(checkout)

    def process_basket(self, basket: Any, request: Any) -> None:
        """Put the rows on the basket and on its items."""
        settlement = basket.settlement = self.settled(basket, request)
        add: Any = getattr(self, "add_extra_row")  # noqa: B009 - the modifier's, into which this is mixed
        locale = reader_of(request)
        say, names = language(locale), Names(settlement, *(settlement.made_from or (None, None)))
        items = {item.ref: item for item in basket.get_items()}
        for number, each in enumerate(settlement.adjustments, 1):
            label, row = _label(each, say, names), f"{self.identifier}-{number}"
            told = {"stage": each.stage, "rule": each.rule}
            add(basket, request, label, each.amount.amount, told, identifier=row)
            for ref, share in each.shares.items():
                add(items[ref], request, label, share.amount, told, identifier=row)
        for out in settlement.excluded:
            label, item = f"{names.line(out.line)}: {out.text(locale)}", items[out.line]
            told = {"line": out.line, "reason": out.reason}
            for of in (basket, item):
                add(of, request, label, -item.subtotal, told, identifier=f"{self.identifier}-{out.line}")

    def finalize_basket(self, basket: Any, request: Any) -> None:  # noqa: ARG002 - salesman calls it so
        """Hold the basket to the settlement."""
        payable = basket.settlement.payable
        if basket.total != payable.amount:
            msg = f"the basket's total is {basket.total}, what is payable {payable}: another modifier changes it too"
            raise RuntimeError(msg)


def _label(each: Adjustment, say: Language, names: Names) -> str:
    label = say(STAGES[each.stage])
    match each.stage:
        case "freight" | "surcharge":
            return f"{label} {names.template(each.rule)}"
        case "payment_fee":
            return f"{label} {names.method(each.rule)}"
        case "points" | "rounding":
            return label
    return f"{label} {names.taken(each, say)}"


all_readable(globals())
