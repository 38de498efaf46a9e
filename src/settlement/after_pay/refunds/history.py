"""The refunds of one settlement so far, added up, and whether they are within what it sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from settlement.after_pay.refunds.goods_tax import goods_taxes
from settlement.after_pay.refunds.money_back import attached, money_part
from settlement.after_pay.refunds.quote import RefundPart, RefundQuote
from settlement.after_pay.refunds.sides import NO_PART, Part, Side, Sides, part, plus
from settlement.after_pay.refunds.still_holding import Standing
from settlement.documents.scalars import milli, quantity_out
from settlement.errors import InvalidDocument, Problem, RefundExceeds, UnknownLine
from settlement.money import Money, money_of
from settlement.receipts.columns import FREIGHT_OFFERS, GOODS_OFFERS
from settlement.receipts.settlement import Settlement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["charged_by", "given_by", "lifted_by", "no_more_than_sold", "returned"]


def no_more_than_sold(
    settlement: Settlement,
    lines: Mapping[str, Sides],
    offers: Callable[[], Iterable[Standing]],
    refunds: Sequence[RefundQuote],
    place: str,
) -> None:
    """Each side of a line, each charge and each tender within what refunds of this settlement can come to."""
    back, given, charged = returned(refunds), given_by(refunds, lines), charged_by(refunds)
    money = attached(refunds, lines)
    deducted = [each.line for quote in refunds for each in quote.deductions]
    for name in (*back, *[line for _, line in charged], *deducted):
        if name not in lines:
            raise UnknownLine(name, lines)
    found: list[tuple[str, int, int]] = []
    points: list[tuple[str, int, int]] = []
    for name, thousandths in back.items():
        line = lines[name]
        if thousandths > line.bought:
            raise RefundExceeds(name, str(quantity_out(line.bought)), str(quantity_out(thousandths)))
        wholes = [
            _at_most(side, thousandths, line.bought, [each.amount for each in money.get((name, of), ())])
            for of, side in (("goods", line.goods), ("freight", line.freight))
        ]
        cash, most = (sum([each.cash + each.fee for each in parts]) for parts in (given[name], wholes))
        if cash > most:
            raise RefundExceeds(name, *[str(money_of(amount, settlement.currency)) for amount in (most, cash)])
        for side, each, whole in zip(("goods", "freight"), given[name], wholes, strict=True):
            where = f"{place}.lines.{name}.{side}"
            points.append((f"{where}_points", each.points, whole.points))
            found += [(where, each.cash, whole.cash), (f"{where}.payment_fee", each.fee, whole.fee)]
            for what in ("columns", "platform"):
                amounts, limits = getattr(each, what), getattr(whole, what)
                found += [(f"{where}.{what}.{key}", amounts[key], limits.get(key, 0)) for key in amounts]
    lifted = lifted_by(refunds)
    for name, amount in lifted.items():
        most = sum([each for (_, line), (each, _) in charged.items() if line == name])
        found.append((f"{place}.deductions.{name}", -amount, -max(0, most)))
    fair = any(quote.recheck == "fair" for quote in refunds)
    found += _fairly_charged(settlement, lines, charged, place) if fair else ()
    standing = {offer.rule: offer for offer in offers()} if charged and not fair else {}
    for (rule, name), (amount, platform) in () if fair else charged.items():
        kept = standing[rule].kept(name, back.get(name, 0), lines[name].bought) if rule in standing else (0, 0)
        where = f"{place}.charges.{rule}.{name}"
        found += [
            (where, amount, max(kept[0], lifted.get(name, 0))),
            (f"{where}.platform", platform, min(amount, kept[1])),
        ]
    found += _taxes_in_charges(settlement, lines, refunds, place)
    paid = {each.id: each.amount.minor for each in settlement.tenders}
    filled: dict[str, int] = {}
    for tender in (each for quote in refunds for each in quote.tenders):
        filled[tender.id] = filled.get(tender.id, 0) + tender.amount.minor
    found += [(f"{place}.tenders.{name}", amount, paid.get(name, 0)) for name, amount in filled.items()]
    if paid:
        method = sum([quote.to_method.minor for quote in refunds])
        found.append((f"{place}.to_method", method, settlement.due.minor))
    problems = [*_beyond(points, str), *_beyond(found, lambda amount: str(money_of(amount, settlement.currency)))]
    if problems:
        raise InvalidDocument(problems, "refund")


def _at_most(side: Side, back: int, bought: int, money: Sequence[int]) -> Part:
    """What a side can have given back: its part, and the money without goods; never more cash than was paid."""
    whole = part(side, back, bought)
    for amount in money:
        whole = plus(whole, money_part(side, amount))
        columns = {name: each + 1 if each >= 0 else each for name, each in whole.columns.items()}  # each rounds down
        whole = whole._replace(columns=columns)
    return whole._replace(cash=min(whole.cash, side.cash - side.fee))


def _fairly_charged(
    settlement: Settlement,
    lines: Mapping[str, Sides],
    charged: Mapping[tuple[str, str], tuple[int, int]],
    place: str,
) -> Iterator[tuple[str, int, int]]:
    """Up to what an offer took off in all, or a free parcel was spared; downwards to what the line cost without it.

    A minor unit more for each offer on the line: what parts rounded off them goes with the last.
    """
    most: dict[str, int] = {}
    offers: dict[str, int] = {}
    for each in settlement.adjustments:
        if each.stage in (*GOODS_OFFERS, *FREIGHT_OFFERS):
            for name in each.shares:
                offers[name] = offers.get(name, 0) + 1
            most[each.rule] = most.get(each.rule, 0) - each.amount.minor
    for parcel in settlement.parcels:
        if parcel.free and parcel.spared is not None:
            fees = [parcel.spared["fee"], *[each["amount"] for each in parcel.spared.get("surcharges", ())]]
            most[parcel.template] = most.get(parcel.template, 0) + sum([Money(each).minor for each in fees])
    goods = {line.id: line.goods.minor for line in settlement.lines}
    taxes = goods_taxes(settlement, lines)
    on_goods = {each.rule for each in settlement.adjustments if each.stage in GOODS_OFFERS}
    for (rule, name), (amount, platform) in charged.items():
        where = f"{place}.charges.{rule}.{name}"
        rounded = offers.get(name, 0) if rule in most else 0
        limit = most.get(rule, 0) + rounded if amount > 0 else -goods[name] if rule in most else 0
        if name in taxes and taxes[name].tax > 0 and rule in on_goods:  # of one that is taken out less is charged
            limit += taxes[name].on(limit) + (rounded if limit > 0 else -rounded)
        yield where, amount, limit
        yield f"{where}.platform", platform, amount


def _taxes_in_charges(
    settlement: Settlement, lines: Mapping[str, Sides], refunds: Sequence[RefundQuote], place: str
) -> Iterator[tuple[str, int, int]]:
    """Up to the line's own tax in what was charged of each offer, and in what was kept."""
    rows = [(f"charges.{each.rule}", each.line, each.amount, each.tax) for quote in refunds for each in quote.charges]
    rows += [("deductions", each.line, each.amount, each.tax) for quote in refunds for each in quote.deductions]
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for what, line, paid, tax in rows:
        before = found.get((what, line), (0, 0))
        found[what, line] = (before[0] + paid.minor, before[1] + (tax.minor if tax else 0))
    taxes = goods_taxes(settlement, lines) if any(tax for _, tax in found.values()) else {}
    for (what, line), (amount, stated) in found.items():
        yield f"{place}.{what}.{line}.tax", stated, taxes[line].inside(amount) if line in taxes else 0


def _beyond(rows: Iterable[tuple[str, int, int]], shown: Callable[[int], str]) -> Iterator[Problem]:
    """Rows of place, sum and bound whose sum is not between 0 and the bound, on whichever side of 0 that is."""
    for place, found, most in rows:
        if not min(0, most) <= found <= max(0, most):
            facts = {"found": shown(found), "low": shown(min(0, most)), "high": shown(max(0, most))}
            yield Problem(place, "refund.range", facts)


def returned(history: Sequence[RefundQuote]) -> dict[str, int]:
    """Thousandths that came back of each line."""
    found: dict[str, int] = {}
    for quote in history:
        for line in quote.lines:
            found[line.id] = found.get(line.id, 0) + milli(line.quantity)
    return found


def charged_by(history: Iterable[RefundQuote]) -> dict[tuple[str, str], tuple[int, int]]:
    """What was charged of each offer on each line in all, and what of that went to the platform."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for charge in (each for quote in history for each in quote.charges):
        amount, platform = found.get((charge.rule, charge.line), (0, 0))
        found[charge.rule, charge.line] = (amount + charge.amount.minor, platform + charge.platform.minor)
    return found


def lifted_by(history: Iterable[RefundQuote]) -> dict[str, int]:
    """What was given of each line beyond its sides: money without goods in place of what was charged back on it."""
    found: dict[str, int] = {}
    for each in (each for quote in history for each in quote.deductions):
        if each.amount.minor < 0:
            found[each.line] = found.get(each.line, 0) - each.amount.minor
    return found


def given_by(history: Iterable[RefundQuote], lines: Mapping[str, Sides]) -> dict[str, tuple[Part, Part]]:
    """What was given back of each line's two sides; lines that were not sold are left as they are."""
    found: dict[str, tuple[Part, Part]] = {}
    for line in (each for quote in history for each in quote.lines):
        goods, freight = found.get(line.id, (NO_PART, NO_PART))
        found[line.id] = (
            plus(goods, _part(line.goods, line.goods_points, line.goods_part)),
            plus(freight, _part(line.freight, line.freight_points, line.freight_part)),
        )
    for name in found.keys() & lines.keys():
        goods, freight = found[name]
        found[name] = (_without_fee(goods, lines[name].goods), _without_fee(freight, lines[name].freight))
    return found


def _without_fee(given: Part, side: Side) -> Part:
    """What the columns say beside the payment fee and its tax."""
    tax = side.fee_tax_of(given.fee)
    columns = dict(given.columns)
    for name, amount in (("payment_fee", given.fee - tax), ("tax", tax)):
        if amount:
            columns[name] = columns.get(name, 0) - amount
    return given._replace(columns=columns)


def _part(cash: Money, points: int, each: RefundPart) -> Part:
    fee = each.payment_fee.minor
    columns, platform = (
        {name: amount.minor for name, amount in amounts.items()} for amounts in (each.columns, each.platform)
    )
    return Part(cash.minor - fee, fee, points, columns, platform)
