"""Why a refund gives back what it does: each line's two sides, what was given before, and who bears it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from settlement.after_pay.refunds.history import given_by, returned
from settlement.after_pay.refunds.quote import RefundCharge, RefundLine, RefundPart, RefundQuote
from settlement.after_pay.refunds.sides import NO_PART, Part, Side, part
from settlement.after_pay.refunds.sold import Sold
from settlement.documents.problems import expect
from settlement.documents.scalars import milli, quantity_out
from settlement.errors import UnknownLine
from settlement.explanations.figures import Figures
from settlement.explanations.story import Explanation
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
    if line is None:
        _whole(figures, sold, quote, earlier)
        return Explanation("refund", "", settlement.currency, quote.cash, tuple(figures.steps), order=settlement.order)
    found = next((each for each in quote.lines if each.id == line), None)
    if found is None:
        raise UnknownLine(line, [each.id for each in quote.lines])
    _line(figures, sold, quote, found, earlier)
    return Explanation("refund", line, settlement.currency, found.cash, tuple(figures.steps), order=settlement.order)


def _line(figures: Figures, sold: Sold, quote: RefundQuote, line: RefundLine, earlier: list[RefundQuote]) -> None:
    """The goods side, the freight side, and what is charged on the line."""
    of = sold.sides[line.id]
    back = returned([*earlier, quote])[line.id]
    given = given_by(earlier, sold.sides).get(line.id, (NO_PART, NO_PART))
    halves = (
        ("goods", of.goods, given[0], line.goods_part, line.goods.minor),
        ("freight", of.freight, given[1], line.freight_part, line.freight.minor),
    )
    for name, side, before, now, cash in halves:
        if not (side.cash or side.points):
            continue
        figures.add(f"{name}_side", side.cash, figures.side(side))
        if name == "freight" and quote.freight != "return" and not (cash or now.columns):
            figures.state("freight_kept" if quote.freight == "keep" else "freight_waits")
            continue
        _side(figures, side, before, now, cash, back, of.bought)
        points = line.goods_points if name == "goods" else line.freight_points
        if points:
            formula = f"⌊{side.points} × {quantity_out(back)} ÷ {quantity_out(of.bought)}⌋"
            figures.count("points", points, f"{formula} − {before.points}" if before.points else formula)
    _money(figures, quote, line.id)
    if line.freight:
        figures.add("line", line.cash.minor, figures.total([line.goods.minor, line.freight.minor]), name=line.id)
    _charges(
        figures,
        sold.settlement,
        [each for each in quote.charges if each.line == line.id],
        back,
        earlier,
        fair=any(each.recheck for each in [*earlier, quote]),
    )


def _side(figures: Figures, side: Side, before: Part, now: RefundPart, cash: int, back: int, bought: int) -> None:
    """So far, less what was given; the columns that it is made of, and the platform's part of them."""
    whole = part(side, back, bought)
    so_far = whole.cash + whole.fee
    figures.add("so_far", so_far, figures.part(side.cash, back, bought), **_counts(back, bought))
    fee = f"down({figures.plain(side.fee)} × {figures.plain(so_far)} ÷ {figures.plain(side.cash)})" if side.cash else ""
    kept = whole.fee - before.fee - now.payment_fee.minor
    if kept:
        figures.add("fee_so_far", whole.fee, fee)
        figures.add("fee_kept", kept, figures.less(figures.plain(whole.fee), before.fee))
    figures.add("now", cash, figures.total([so_far, -before.cash, -before.fee, -kept]))
    gross, made = whole.cash, [cash - now.payment_fee.minor]
    for column in dict.fromkeys([name for name, _, _ in side.taken]):
        parts = [amount for name, amount, _ in side.taken if name == column]
        gross += sum([amount * back // bought for amount in parts])
        formula = " + ".join([figures.part(amount, back, bought) for amount in parts])
        taken = -now.columns[column].minor if column in now.columns else 0
        given = -before.columns.get(column, 0)
        made.append(taken)
        platform = -now.platform[column].minor if column in now.platform else 0
        figures.add("off", taken, figures.less(formula, given), column=column, platform=figures.money(platform))
    rest = sum([amount for _, amount in side.charged])
    for column, amount in side.charged:
        charged = now.columns[column].minor if column in now.columns else 0
        formula = f"down({figures.plain(gross)} × {figures.plain(amount)} ÷ {figures.plain(rest)})" if rest else ""
        formula = figures.less(formula, before.columns.get(column, 0))
        if len(side.charged) == 1:
            formula = figures.total(made)
        figures.add("charged", charged, formula, column=column)
        gross -= gross * amount // rest if rest else 0
        rest -= amount
    if side.fee and now.payment_fee:
        figures.add("charged", now.payment_fee.minor, figures.less(fee, before.fee), column="payment_fee")


def _counts(back: int, bought: int) -> Mapping[str, str]:
    return {"back": str(quantity_out(back)), "bought": str(quantity_out(bought))}


def _charges(
    figures: Figures,
    settlement: Settlement,
    charges: Iterable[RefundCharge],
    back: int,
    earlier: list[RefundQuote],
    *,
    fair: bool,
) -> None:
    """What is charged back on one line, by offer; where the refund is worth less than that, only so much."""
    for charge in charges:
        share = sum([-each.shares[charge.line].minor for each in settlement.adjustments
                     if each.rule == charge.rule and charge.line in each.shares])  # fmt: skip
        bought = milli(settlement.line(charge.line).quantity)
        before = sum([each.amount.minor for quote in earlier for each in quote.charges if each[:2] == charge[:2]])
        formula = figures.less(f"{figures.plain(share)} − {figures.part(share, back, bought)}", before)
        facts: dict[str, Any] = {"rule": charge.rule, "line": charge.line, "platform": charge.platform}
        if fair:
            figures.add("fair_charge", charge.amount.minor, **facts)
        elif charge.amount.minor < 0:
            figures.add("charge_given_back", charge.amount.minor, formula, **facts)
        else:
            figures.add("charge", charge.amount.minor, formula, **facts)


def _whole(figures: Figures, sold: Sold, quote: RefundQuote, earlier: list[RefundQuote]) -> None:
    """Lines less charges, where it goes, and what else comes back."""
    back = returned([*earlier, quote])
    for line in quote.lines:  # a formula even where all of it comes back: what was paid, column by column
        columns = [amount.minor for amount in line.columns.values()]
        figures.add("line", line.cash.minor, figures.total(columns), name=line.id)
        _money(figures, quote, line.id)
    for charge in quote.charges:
        _charges(
            figures,
            sold.settlement,
            [charge],
            back.get(charge.line, 0),
            earlier,
            fair=any(each.recheck for each in [*earlier, quote]),
        )
    if quote.recheck:
        _fairly(figures, sold, quote, earlier)
    for kept in quote.deductions:
        figures.add("deduction", kept.amount.minor, name=kept.line, reason=kept.reason)
    taken = [-charge.amount.minor for charge in quote.charges] + [-kept.amount.minor for kept in quote.deductions]
    amounts = [line.cash.minor for line in quote.lines] + taken
    figures.add("cash", quote.cash.minor, figures.total(amounts))
    for tender in quote.tenders:
        figures.add("tender", tender.amount.minor, name=tender.id)
    rest = [quote.cash.minor, *[-tender.amount.minor for tender in quote.tenders]]
    if quote.credit is not None:
        figures.add("credit", quote.credit.amount.minor, name=quote.credit.id)
        rest.append(-quote.credit.amount.minor)
    if len(rest) > 1:
        figures.add("to_method", quote.to_method.minor, figures.total(rest))
    if quote.points:
        figures.count("points", quote.points, " + ".join([str(line.points) for line in quote.lines if line.points]))
    if quote.earned_points:
        _earned(figures, sold, quote, earlier)
    for coupon in quote.coupons:
        figures.state("coupon", name=coupon)
    for gift in quote.gifts:
        figures.state("gift", name=gift.rule, sku=gift.sku, quantity=str(gift.quantity))
    for gift in quote.kept_gifts:
        figures.state("kept_gift", name=gift.rule, sku=gift.sku, quantity=str(gift.quantity))


def _money(figures: Figures, quote: RefundQuote, line: str) -> None:
    """What of a line's cash no returned unit brings."""
    for row in quote.money:
        if row.line == line:
            figures.add("money", row.amount.minor, name=line, reason=row.reason)


def _fairly(figures: Figures, sold: Sold, quote: RefundQuote, earlier: list[RefundQuote]) -> None:
    """What kept goods cost by the offers that applied, and why other steps than these may give another sum so far."""
    back = returned([*earlier, quote])
    found, seen = sold.kept.on_goods(back)
    goods = sum(sold.kept.goods_of(back))
    figures.add("fair_kept", sum(seen.net), figures.total([goods, *[-sum(each.off.values()) for _, each in found]]))
    if quote.uncharged:
        figures.add("fair_before", quote.uncharged.minor)


def _earned(figures: Figures, sold: Sold, quote: RefundQuote, earlier: list[RefundQuote]) -> None:
    """Points earned, in proportion to the cash or to the goods, whichever makes them; at the end all of them."""
    earned, before = sold.settlement.points.earned, sum([each.earned_points for each in earlier])
    formula = str(earned)
    for on in ("payable", "goods"):
        back, basis = sold.earned_by([*earlier, quote], on)
        if basis > 0 and earned * back // basis == before + quote.earned_points:
            formula = f"⌊{earned} × {figures.plain(back)} ÷ {figures.plain(basis)}⌋"
            break
    figures.count("earned", quote.earned_points, f"{formula} − {before}" if before else formula)
