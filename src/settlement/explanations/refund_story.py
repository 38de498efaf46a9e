"""Why a refund gives back what it does: each line's two sides, what was given before, and who bears it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from settlement.after_pay.refunds.history import given_by, returned
from settlement.after_pay.refunds.money_back import attached, with_money
from settlement.after_pay.refunds.quote import RefundLine, RefundPart, RefundQuote
from settlement.after_pay.refunds.sides import NO_PART, Part, Side, halves_of, part
from settlement.after_pay.refunds.sold import Sold
from settlement.documents.problems import expect
from settlement.documents.scalars import quantity_out
from settlement.errors import UnknownLine
from settlement.explanations.charge_story import Charged
from settlement.explanations.figures import Figures
from settlement.explanations.sides_story import halves_told
from settlement.explanations.story import Explanation, names_of
from settlement.explanations.terms import Figure
from settlement.receipts.settlement import Settlement, expect_settlement

__all__ = ["explain_refund"]


def explain_refund(
    settlement: Settlement, quote: RefundQuote, line: str | None = None, history: Iterable[RefundQuote] = ()
) -> Explanation:
    """How a refund came about after those in `history`: the cash and what else comes back, or one line of it.

    Raises `UnknownLine` for a line that is not in the refund; else what `refund` raises. Source: contract §8.

    >>> from settlement import Cart, Checkout, Line, Rulebook, refund, settle
    >>> item = Line(id="a", shop="tea", sku="k", quantity=3, unit_price="3.35 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[item]))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> story = explain_refund(paid, refund(paid, {"a": 1}), "a")
    >>> [(step.code, step.formula, str(step.result)) for step in story.steps][:2]
    [('goods_side', '10.05', '10.05 CNY'), ('so_far', 'down(10.05 × 1 ÷ 3)', '3.35 CNY')]
    """
    expect_settlement(settlement)
    expect("quote", quote, RefundQuote)
    sold = Sold(settlement)
    earlier = sold.history(history)
    sold.history([*earlier, quote], "history and quote")
    figures = Figures(settlement.currency)
    told = _Refund(figures, sold, quote, earlier)
    result = quote.cash
    if line is None:
        told.whole()
    else:
        found = next((each for each in quote.lines if each.id == line), None)
        if found is None:
            raise UnknownLine(line, [each.id for each in quote.lines])
        told.line(found)
        told.charged.freight(line)
        told.charged.on(line)
        result = found.cash
    steps, names = tuple(figures.steps), names_of(settlement)
    return Explanation("refund", line or "", settlement.currency, result, steps, names, settlement.order)


class _Given(NamedTuple):
    """One side of a line, and what of it comes back: before, now, and the money that stays with what is kept."""

    name: str
    side: Side
    before: Part
    now: RefundPart
    cash: int
    #: Points that come back with it.
    points: int
    #: What earlier money without goods adds to what came back so far.
    stays: int
    #: Money without goods in this refund.
    money: int


class _Refund:
    """One refund and those before it, line by line and in all."""

    def __init__(self, figures: Figures, sold: Sold, quote: RefundQuote, earlier: list[RefundQuote]) -> None:
        self.figures, self.sold, self.quote, self.earlier = figures, sold, quote, earlier
        self.back = returned([*earlier, quote])
        self.given = given_by(earlier, sold.sides)
        self.money = attached(earlier, sold.sides)
        self.halves = halves_of(sold.settlement)
        self.charged = Charged(figures, sold, quote, earlier)

    # -------------------------------------------------------------- one line

    def line(self, line: RefundLine) -> None:
        """The goods side, the freight side, and both together."""
        figures, quote, back = self.figures, self.quote, self.back[line.id]
        halves_told(figures, self.halves[line.id])
        for given in self._sides(line):
            side, name = given.side, given.name
            if not (side.cash or side.points):
                continue
            figures.sum(f"{name}_side", side.cash, figures.side(side))
            bought = self.sold.sides[line.id].bought
            if name == "freight" and self._stays(given, back, bought):
                figures.state("freight_waits" if quote.freight == "parcel" else "freight_kept")
                continue
            self._side(given, back, bought)
            if given.points:
                formula = f"⌊{side.points} × {quantity_out(back)} ÷ {quantity_out(bought)}⌋"
                so_far = side.points * back // bought
                figures.count_sum(
                    "points", given.points, [("so_far", so_far, "", formula), ("given", -given.before.points)]
                )
        self._money(line.id)
        if line.freight:
            sums = [("goods_side", line.goods.minor), ("freight_side", line.freight.minor)]
            figures.sum("line", line.cash.minor, sums, name=line.id)

    def _sides(self, line: RefundLine) -> Iterable[_Given]:
        of, back = self.sold.sides[line.id], self.back[line.id]
        goods, freight = self.given.get(line.id, (NO_PART, NO_PART))
        for name, side, before, now, cash, points in (
            ("goods", of.goods, goods, line.goods_part, line.goods.minor, line.goods_points),
            ("freight", of.freight, freight, line.freight_part, line.freight.minor, line.freight_points),
        ):
            stays = self.money.get((line.id, name), ())
            more = with_money(side, back, of.bought, stays).cash - part(side, back, of.bought).cash
            rows = [row.amount.minor for row in self.quote.money if (row.line, row.of) == (line.id, name)]
            yield _Given(name, side, before, now, cash, points, more, sum(rows))

    def _stays(self, given: _Given, back: int, bought: int) -> bool:
        """Whether no freight comes back with these goods, but for money beside them."""
        if self.quote.freight == "keep":
            return True
        left = part(given.side, back, bought).cash + given.stays - given.before.cash
        still = self.quote.freight == "parcel" and not given.now.columns
        return given.cash == given.money and (left > 0 or still)

    def _side(self, given: _Given, back: int, bought: int) -> None:
        """So far, less what was given; the columns that it is made of, and the platform's part of them."""
        figures, side, before, now = self.figures, given.side, given.before, given.now
        whole = part(side, back, bought)
        so_far = whole.cash + whole.fee
        counts = {"back": str(quantity_out(back)), "bought": str(quantity_out(bought))}
        figures.add("so_far", so_far, figures.part(side.cash, back, bought), **counts)
        by_cash = f"{figures.plain(side.fee)} × {figures.plain(so_far)} ÷ {figures.plain(side.cash)}"
        kept = whole.fee - before.fee - now.payment_fee.minor
        if kept:
            figures.add("fee_so_far", whole.fee, f"down({by_cash})")
            figures.sum("fee_kept", kept, [("fee_so_far", whole.fee), ("fee_given", kept - whole.fee)])
        early = max(0, before.cash - whole.cash - given.stays)  # a cent that rounding gave too early is waited for
        terms: list[Figure] = [("so_far", so_far), ("money_stays", given.stays), ("fee_kept", -kept)]
        terms += [("given", -before.cash - before.fee), ("waits", early), ("money", given.money)]
        figures.sum("now", given.cash, terms)
        fee = now.payment_fee.minor
        self._columns(given, back, bought, early)
        if side.fee and fee:
            terms = [("so_far", whole.fee, "", f"down({by_cash})"), ("given", -before.fee)]
            figures.sum("charged", fee, terms, column="payment_fee")

    def _columns(self, given: _Given, back: int, bought: int, early: int) -> None:
        """What was off, by who bore it, and what was charged."""
        figures, side, before, now = self.figures, given.side, given.before, given.now
        gross = part(side, back, bought).cash
        made: list[Figure] = [("cash", given.cash - now.payment_fee.minor)]
        for column in dict.fromkeys([name for name, _, _ in side.taken]):
            parts = [(amount, borne) for name, amount, borne in side.taken if name == column]
            gross += sum([amount * back // bought for amount, _ in parts])
            taken = -now.columns[column].minor if column in now.columns else 0
            made.append((column, taken))
            terms: list[Figure] = [
                ("by_platform" if borne else "by_shop", amount * back // bought, "", figures.part(amount, back, bought))
                for amount, borne in parts
            ]
            platform = -now.platform[column].minor if column in now.platform else 0
            facts: dict[str, Any] = {"column": column, "platform": figures.money(platform)}
            terms.append(("given", before.columns.get(column, 0)))
            terms.append(("waits", (taken - sum([each[1] for each in terms])) if early else 0))
            figures.sum("off", taken, terms, **facts)
        rest = sum([amount for _, amount in side.charged])
        for column, amount in side.charged:
            charged = now.columns[column].minor if column in now.columns else 0
            if len(side.charged) == 1:
                figures.sum("charged", charged, made, column=column)
                continue
            so_far = gross * amount // rest if rest else 0
            formula = f"down({figures.plain(gross)} × {figures.plain(amount)} ÷ {figures.plain(rest)})" if rest else ""
            of: list[Figure] = [("so_far", so_far, "", formula), ("given", -before.columns.get(column, 0))]
            more = charged - sum([each[1] for each in of])
            own = given.stays + given.money + max(0, before.cash)
            figures.sum("part", charged, [*of, ("money_stays", more if own else 0)], column=column)
            gross -= so_far
            rest -= amount

    def _money(self, line: str) -> None:
        """What of a line's cash no returned unit brings."""
        for row in self.quote.money:
            if row.line == line:
                self.figures.add("money", row.amount.minor, name=line, reason=row.reason)

    # -------------------------------------------------------------- in all

    def whole(self) -> None:
        """Lines less charges, where it goes, and what else comes back."""
        figures, quote = self.figures, self.quote
        for line in quote.lines:
            self._of_whole(line)
        self.charged.freight()
        for name in dict.fromkeys([charge.line for charge in quote.charges]):
            self.charged.on(name)
        if quote.recheck:
            self.charged.kept()
        for kept in quote.deductions:
            if kept.amount.minor < 0:
                figures.add("lifted", -kept.amount.minor, name=kept.line, reason=kept.reason)
            else:
                figures.add("deduction", kept.amount.minor, name=kept.line, reason=kept.reason)
        terms: list[Figure] = [("line", line.cash.minor, line.id) for line in quote.lines]
        terms += [("charge", -each.amount.minor, each.rule) for each in quote.charges]
        terms += [
            ("lifted" if each.amount.minor < 0 else "deduction", -each.amount.minor, each.reason)
            for each in quote.deductions
        ]
        figures.sum("cash", quote.cash.minor, terms)
        self._where()
        if quote.points:
            figures.count_sum("points", quote.points, [("line", line.points, line.id) for line in quote.lines])
        if quote.earned_points:
            self._earned()
        for coupon in quote.coupons:
            figures.state("coupon", name=coupon)
        for gift in quote.gifts:
            figures.state("gift", name=gift.rule, sku=gift.sku, quantity=str(gift.quantity))
        for gift in quote.kept_gifts:
            figures.state("kept_gift", name=gift.rule, sku=gift.sku, quantity=str(gift.quantity))

    def _of_whole(self, line: RefundLine) -> None:
        """All that was paid for a line needs its columns alone; what is a part of it says where it comes from."""
        of, figures = self.sold.sides[line.id], self.figures
        columns = {name: amount.minor for name, amount in line.columns.items()}
        cash = part(of.goods, of.bought, of.bought).cash + of.goods.fee + (of.freight.cash if line.freight else 0)
        if line.cash.minor != cash:
            figures.state("of_line", name=line.id)
            self.line(line)
        else:
            self._money(line.id)
            figures.sum("line", line.cash.minor, columns.items(), name=line.id)

    def _where(self) -> None:
        """To gift cards and stored value, as store credit, and the way it was paid."""
        figures, quote = self.figures, self.quote
        terms: list[Figure] = [("cash", quote.cash.minor)]
        self._tenders()
        terms += [("tender", -tender.amount.minor, tender.id) for tender in quote.tenders]
        if quote.credit is not None:
            figures.add("credit", quote.credit.amount.minor, name=quote.credit.id)
            terms.append(("credit", -quote.credit.amount.minor, quote.credit.id))
        if len(terms) > 1:
            figures.sum("to_method", quote.to_method.minor, terms)

    def _tenders(self) -> None:
        """Each card's part by the policy that makes these parts: a quote does not say which it was."""
        figures, quote = self.figures, self.quote
        cash, given = quote.cash.minor, {each.id: each.amount.minor for each in quote.tenders}
        names = [each.id for each in self.sold.settlement.tenders]
        method, *left = self.sold.left_on(self.earlier)
        policies = ("in_proportion", "method_first", "tenders_first")
        how = next((each for each in policies if self.sold.tenders(self.earlier, cash, each) == quote.tenders), None)
        rest, out = cash, f"{figures.plain(cash)}"
        if how == "method_first":
            rest, out = max(0, cash - method), f"max(0, {figures.plain(cash)} − {figures.plain(method)})"
        for at in reversed(range(len(names))):  # the last that paid is the first that is filled
            name, amount = names[at], given.get(names[at], 0)
            if not amount:
                continue
            if how == "in_proportion":
                weights = {"": method, **{f"{place}": each for place, each in enumerate(left)}}
                figures.spread("tender_part", cash, weights, str(at), name=name)
            elif how is not None and amount == min(left[at], rest):
                figures.add("tender_filled", amount, f"min({figures.plain(left[at])}, {out})", name=name)
            else:
                figures.add("tender", amount, name=name)
            rest, out = rest - amount, f"{out} − {figures.plain(amount)}"

    def _earned(self) -> None:
        """Points earned, in proportion to the cash or to the goods, whichever makes them; at the end all of them."""
        figures, quote, quotes = self.figures, self.quote, [*self.earlier, self.quote]
        earned, before = self.sold.settlement.points.earned, sum([each.earned_points for each in self.earlier])
        formula = str(earned)
        for on in ("payable", "goods"):
            back, basis = self.sold.earned_by(quotes, on)
            if basis > 0 and earned * back // basis == before + quote.earned_points:
                formula = f"⌊{earned} × {figures.plain(back)} ÷ {figures.plain(basis)}⌋"
                break
        so_far = before + quote.earned_points
        terms: list[Figure] = [("so_far", so_far, "", formula), ("taken", -before)]
        figures.count_sum("earned", quote.earned_points, terms)
