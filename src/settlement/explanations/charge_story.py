"""What a refund charges back on goods that are kept, by what each charge is made of."""

from __future__ import annotations

from typing import Any

from settlement.after_pay.refunds.history import charged_by, returned
from settlement.after_pay.refunds.kept_freight import Due
from settlement.after_pay.refunds.money_back import money_part
from settlement.after_pay.refunds.quote import RefundCharge, RefundLine, RefundQuote
from settlement.after_pay.refunds.sides import less
from settlement.after_pay.refunds.sold import FairRow, Sold
from settlement.explanations.figures import Figures
from settlement.explanations.terms import Figure
from settlement.money import money_of

__all__ = ["Charged"]


class Charged:
    """The charges of one refund after those before it."""

    def __init__(self, figures: Figures, sold: Sold, quote: RefundQuote, earlier: list[RefundQuote]) -> None:
        self.figures, self.sold, self.quote, self.earlier = figures, sold, quote, earlier
        self.back, self.was = returned([*earlier, quote]), returned(earlier)
        self.before = charged_by(earlier)
        self.after_fair = any(each.recheck for each in earlier)
        self.rows: list[FairRow] = []
        self.dues: list[Due] = []
        if quote.recheck == "fair":
            lines = [self._without_money(line) for line in quote.lines]
            self.rows = sold.fair_rows(self.back, lines, earlier)
            self.dues = sold.freight_dues(self.back, lines, earlier)

    def _without_money(self, line: RefundLine) -> RefundLine:
        """What comes back with the goods of a line, and no money beside it."""
        columns = {name: amount.minor for name, amount in line.freight_part.columns.items()}
        side = self.sold.sides[line.id].freight
        was, now = [
            sum([row.amount.minor for quote in quotes for row in quote.money if row[:2] == (line.id, "freight")])
            for quotes in (self.earlier, [*self.earlier, self.quote])
        ]
        for name, amount in less(money_part(side, now), money_part(side, was)).columns.items():
            columns[name] = columns.get(name, 0) - amount
        moved = {name: money_of(amount, self.sold.currency) for name, amount in columns.items()}
        return line._replace(freight_part=line.freight_part._replace(columns=moved))

    def freight(self, line: str | None = None) -> None:
        """What is owed of freight that was waived, of all lines or of the consignment of one."""
        for due in self.dues:
            if line is None or line in [each.line for each in due.owed]:
                terms: list[Figure] = [
                    ("sending", due.sending),
                    ("still_waived", -due.still),
                    ("still_paid", -due.paid),
                ]
                over = due.sending - due.still - due.paid - due.amount
                self.figures.sum("fair_freight", due.amount, [*terms, ("not_waived", -over)])

    def on(self, line: str) -> None:
        """What is charged on one line, offer by offer."""
        for charge in self.quote.charges:
            if charge.line == line:
                self._charge(charge)

    def _charge(self, charge: RefundCharge) -> None:
        fair = bool(self.rows) or self.quote.recheck == "fair"
        terms = self._fair(charge) if fair else self._kept_so(charge) if self.after_fair else self._lost(charge)
        before = self.before.get((charge.rule, charge.line), (0, 0))[0]
        terms.append(("charged", -before))
        limit = charge.amount.minor - sum([each[1] for each in terms])
        terms.append(("limit", limit))  # never more than the refund is worth, or than is left to give
        code = "fair_charge" if fair else "charge_given_back" if charge.amount.minor < 0 else "charge"
        facts: dict[str, Any] = {"rule": charge.rule, "line": charge.line, "platform": charge.platform}
        if fair and {row.why for row in self.rows if row[:2] == charge[:2]} == {"freight"}:
            code = "fair_freight_part"
            (due,) = [each for each in self.dues if any(owed[:2] == charge[:2] for owed in each.owed)]
            if len({each.rule for each in due.owed}) == 1 and not before and not limit:
                self.figures.spread(code, due.amount, dict(due.by_line), charge.line, **facts)
                return
        self.figures.sum(code, charge.amount.minor, terms, **facts)

    def _fair(self, charge: RefundCharge) -> list[Figure]:
        """What the offer gave on what is kept, less what it gives to that alone."""
        return [
            ("freight_owed" if row.why == "freight" else row.why, row.amount)
            for row in self.rows
            if row[:2] == charge[:2]
        ]

    def _kept_so(self, charge: RefundCharge) -> list[Figure]:
        """What a fair refund moved, in proportion to what is kept of the line, where nothing is rechecked any more."""
        figures, bought = self.figures, self.sold.bought[charge.line]
        was, left = (bought - each.get(charge.line, 0) for each in (self.was, self.back))
        before = self.before.get((charge.rule, charge.line), (0, 0))[0]
        part = abs(before) * left // was if was else 0
        formula = f"down({figures.plain(abs(before))} × {left} ÷ {was})"
        return [("still_charged", part if before > 0 else -part, "", formula)]

    def _lost(self, charge: RefundCharge) -> list[Figure]:
        """What the offer gave on what is kept, all of which is charged where it no longer holds."""
        found = [each for each in self.sold.settlement.adjustments if each.rule == charge.rule]
        share = sum([-each.shares[charge.line].minor for each in found if charge.line in each.shares])
        back, bought = self.back.get(charge.line, 0), self.sold.bought[charge.line]
        formula = self.figures.part(share, back, bought)
        return [("took_off", share), ("came_back", -(share * back // bought), "", formula)]

    def kept(self) -> None:
        """What kept goods cost by the offers that applied, and why other steps than these may give another sum."""
        found, seen = self.sold.kept.on_goods(self.back)
        terms: list[Figure] = [("goods", sum(self.sold.kept.goods_of(self.back)))]
        terms += [("rule", -sum(each.off.values()), offer.rule) for offer, each in found]
        self.figures.sum("fair_kept", sum(seen.net), terms)
        uncharged = self.quote.uncharged.minor
        if uncharged:
            money = sum([row.amount.minor for row in self.quote.money])
            worth = sum([line.cash.minor for line in self.quote.lines]) - money
            charges = sum([row.amount for row in self.rows])
            before = sum([amount for amount, _ in self.before.values()])
            terms = [("charges", charges), ("charged", -before), ("worth", -worth)]
            self.figures.sum("fair_before", uncharged, terms)
