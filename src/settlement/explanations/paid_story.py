"""What a gift card or stored value pays of an order, and the points that the order earns."""

from __future__ import annotations

from settlement.allocation import spread
from settlement.errors import quoted
from settlement.explanations.figures import Figures
from settlement.explanations.story import Explanation, names_of
from settlement.explanations.terms import Figure
from settlement.receipts.columns import COLUMNS, EARNED_ON_GOODS
from settlement.receipts.settlement import Settlement

__all__ = ["earned_told", "tender_told"]


def tender_told(settlement: Settlement, name: str) -> Explanation:
    """What it found still to pay, what was on it, and how far that went. Raises `LookupError`."""
    names = [each.id for each in settlement.tenders]
    if name not in names:
        known = ", ".join(map(quoted, names)) or "none"
        raise LookupError(f"there is no gift card or stored value {quoted(name)} in this settlement; there are {known}")
    figures, tender = Figures(settlement.currency), settlement.tenders[names.index(name)]
    terms: list[Figure] = [("payable", settlement.payable.minor)]
    terms += [("tender", -each.amount.minor, each.id) for each in settlement.tenders[: names.index(name)]]
    still, amount = sum([each[1] for each in terms]), tender.amount.minor
    figures.sum("before_it", still, terms)
    figures.sum("on_it", amount + tender.left.minor, [("used", amount), ("left_on_it", tender.left.minor)])
    most = f"min({figures.plain(amount + tender.left.minor)}, {figures.plain(still)})"
    stated = None if settlement.made_from is None else settlement.made_from[0].tenders
    for limit in [each.amount for each in stated or () if each.id == name and each.amount is not None]:
        most = f"min({figures.plain(limit.minor)}, {most})"
    figures.add("it_pays", amount, most)
    figures.sum("tender_share", amount, [("still", still), ("others", amount - still)])
    steps = tuple(figures.steps)
    return Explanation("tender", name, settlement.currency, tender.amount, steps, order=settlement.order)


def earned_told(settlement: Settlement) -> Explanation:
    """The basis, how often it holds what earns points, and whose the points are where an order has several shops."""
    figures, earned = Figures(settlement.currency), settlement.points.earned
    terms = None if settlement.made_from is None else settlement.made_from[1].points
    earn = None if terms is None else terms.earn
    if earn is not None and settlement.made_from is not None:
        columns = [each for each in COLUMNS if each != "tax"] if earn.on == "payable" else EARNED_ON_GOODS
        rows: list[Figure] = [(name, getattr(settlement.totals, name).minor) for name in columns]
        basis = sum([each[1] for each in rows])
        figures.sum("earned_on", basis, rows)
        formula = f"⌊{figures.plain(max(0, basis))} ÷ {figures.plain(earn.per.minor)}⌋ × {earn.points}"
        at = settlement.made_from[0].at
        times = max([each.times for each in earn.campaigns if each.valid_from <= at < each.valid_until], default=1)
        figures.count("points_earned", earned, formula if times == 1 else f"⌊{formula} × {times}⌋")
    weights = {shop.shop: shop.payable.minor for shop in settlement.shops}
    parts = spread(earned, weights if any(weights.values()) else dict.fromkeys(weights, 1)) if weights else {}
    figures.count_sum("earned_by_shop", earned, [("shop", part, shop) for shop, part in parts.items()])
    steps, names = tuple(figures.steps), names_of(settlement)
    return Explanation("earned", "", settlement.currency, earned, steps, names, settlement.order)
