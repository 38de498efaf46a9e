"""The accounts of a sale that nothing came back of, for whoever adds up many: the rows of a payout, as integers.

The formulas are those of `Books`; what moved on each line is read straight off the entries, without the two sides that
only a refund needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from settlement.after_pay.payouts.commissions import Rates
from settlement.after_pay.payouts.owed import Books, Flow, PayoutPolicy
from settlement.after_pay.refunds.sides import halves_of
from settlement.documents.written import all_readable
from settlement.money import ROUNDERS
from settlement.receipts.columns import COLUMN_OF, COLUMNS, FREIGHT_COLUMNS, OFFER_COLUMNS, PLACES, STAGES

if TYPE_CHECKING:
    from settlement.receipts.settlement import Settlement
    from settlement.rulebook.payment_methods import PaymentMethod

__all__ = ["SaleBooks"]

_PLACED = tuple([(name, PLACES[name]) for name in COLUMNS])
#: Stages of what the platform may bear: offers, and points.
_BORNE = {place: COLUMN_OF[name] for place, name in enumerate(STAGES) if COLUMN_OF[name] in {*OFFER_COLUMNS, "points"}}
_FREIGHT = frozenset(FREIGHT_COLUMNS)


class SaleBooks(Books):
    """The books of one settlement without refunds, as `Books.of(settlement, policy, (), method)` has them.

    Asks for a settlement that can be paid, and for a method in its currency: nothing is checked here. By
    `commission_basis: paid` the points of a line are to be told apart on goods and freight: there the sides are made.
    """

    def __init__(self, settlement: Settlement, policy: PayoutPolicy, method: PaymentMethod | None) -> None:
        plain = settlement.plain
        self.settlement, self.policy, self.method = settlement, policy, method
        self.refunds = ()
        self.rounded = ROUNDERS[policy.rounding]
        self.sold = _flows(settlement, by_paid=policy.commission_basis == "paid" and not policy.commission_on_freight)
        terms = bool(policy.commissions)
        self.lines = {line.id: line for line in (settlement.lines if terms else plain.lines)}  # type: ignore[misc]  # without terms of the policy only what both say is asked
        self.names: dict[str, list[str]] = {}
        for name, line in self.lines.items():
            self.names.setdefault(line.shop, []).append(name)
        self.fees = self._fees(method)
        self.kept = {"charged": {}, "returned": {}}
        categories: Mapping[str, Sequence[str]] | None = None
        if terms and settlement.made_from is not None:
            categories = {line.id: line.categories for line in settlement.made_from[0].cart.lines}
        bases = {name: flow.basis(policy) for name, flow in self.sold.items()} if terms else {}
        self.rates = Rates(policy.commissions, self.lines, bases, categories)
        self.pieces = {name: [Fraction(line.quantity), Fraction(0)] for name, line in self.lines.items()}

    def _column(self, name: str) -> int:
        return sum([flow.columns.get(name, 0) for flow in self.sold.values()])

    def basis_back(self, name: str) -> int:  # noqa: ARG002 - nothing came back of any line
        """Nothing came back."""
        return 0

    def of_sale(self, shop: str) -> dict[str, int]:
        """The rows of a shop's sale in minor units."""
        names = self.names.get(shop, [])
        commission, _ = self.commission(names)
        referrals, _ = self._referrals_of_shop(names)
        return self._account([self.sold[name] for name in names], -commission, (-self.fees[shop], 0), -referrals)


def _flows(settlement: Settlement, *, by_paid: bool) -> dict[str, Flow]:
    """What moved on each line, with what of it the platform bore, and how much of that was freight."""
    plain = settlement.plain
    flows = [Flow() for _ in plain.ids]
    for name, place in _PLACED:
        for flow, amount in zip(flows, plain.columns[place], strict=True):
            if amount:
                flow.columns[name] = amount
    for stage, _, _, lines, _, borne, _ in plain.entries:
        if borne is not None and (column := _BORNE.get(stage)) is not None:
            for line, amount in zip(lines, borne, strict=True):
                if amount:
                    platform = flows[line].platform
                    platform[column] = platform.get(column, 0) + amount
    halves = halves_of(settlement) if by_paid and plain.totals[PLACES["points"]] else {}
    for name, flow in zip(plain.ids, flows, strict=True):
        freight = sum([amount for column, amount in flow.columns.items() if column in _FREIGHT])
        if freight or "freight_offers" in flow.platform:
            points = sum([each.shares[1] for each in halves.get(name, ()) if each.column == "points"])
            flow.on_freight["paid"] = freight + points
            flow.on_freight["earned"] = freight - flow.platform.get("freight_offers", 0)
        if name in plain.stored and "goods" in flow.columns:
            flow.columns["stored_value"] = flow.columns.pop("goods")
    return dict(zip(plain.ids, flows, strict=True))


all_readable(globals())
