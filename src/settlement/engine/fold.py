"""The fold: columns, lines, shops and totals from the entries, and the check that nothing contradicts (contract §7).

The steps kept running amounts for every line. This second pass starts from goods and shares alone and recomputes
every column, line, shop and total; where the two disagree `InvariantBroken` is raised and nothing is returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import add
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from settlement.cart.tenders import use_tenders
from settlement.errors import InvariantBroken
from settlement.receipts.columns import EARNED_ON_GOODS, PLACES
from settlement.receipts.facts import Spared
from settlement.receipts.recheck import charges_of, folded
from settlement.receipts.record import Record, Verdict

if TYPE_CHECKING:
    from settlement.cart.columns import Basket
    from settlement.cart.tenders import Payment
    from settlement.discounts.instalments import PaymentStage
    from settlement.engine.ledger import Ledger
    from settlement.engine.question import Case
    from settlement.freight.charge import Charge
    from settlement.freight.parcels import Shipment

__all__ = ["blocked_record", "fold"]

_new = tuple.__new__  # half the price of the call, on the way of every settlement

_POINTS: Final = PLACES["points"]
_TAX: Final = PLACES["tax"]
_EARNING: Final = tuple(PLACES[name] for name in EARNED_ON_GOODS)


def _differ(what: str, ids: Sequence[str], found: Sequence[int], kept: Sequence[int]) -> InvariantBroken:
    """The first line where what the steps kept is not what the second pass finds, or that is below zero."""
    for name, one, other in zip(ids, found, kept, strict=True):
        if one != other:
            return InvariantBroken(f"line {name!r}: {what}", one, other)
    return InvariantBroken(f"{what}: a line below zero", 0, min(found))


def _by_shop(
    basket: Basket, columns: Sequence[Sequence[int]], totals: Sequence[int]
) -> list[tuple[str, Sequence[int]]]:
    """Each shop's columns, in the order of the cart; together they are the totals."""
    zeros, picks = basket.zeros, basket.shop_picks
    nothing = (0,) * len(picks)
    by_column = [nothing if column is zeros else [sum(pick(column)) for _, pick in picks] for column in columns]
    if list(map(sum, by_column)) != totals:
        raise InvariantBroken("the shops' columns", totals, list(map(sum, by_column)))
    return list(zip([shop for shop, _ in picks], zip(*by_column)))


def fold(case: Case, ledger: Ledger, version: str) -> Record:
    """The record of a settlement, checked: by line after discounts, after freight and at the end, by shop, in all."""
    basket, asked, goods = case.basket, case.asked, case.goods
    ids, shops = basket.ids, basket.shop_picks
    zeros = basket.zeros
    columns = folded(ledger.entries, basket.every, zeros)
    _, _, promotions, coupons, freight, surcharges, offers, points, tax, fee, rounding, _ = columns
    net: Sequence[int] = goods if promotions is zeros else list(map(add, goods, promotions))
    if coupons is not zeros:
        net = list(map(add, net, coupons))
    if net != ledger.net or min(net) < 0:
        raise _differ("goods less discounts", ids, net, ledger.net)
    if surcharges is not zeros:
        freight = list(map(add, freight, surcharges))
    if offers is not zeros:
        freight = list(map(add, freight, offers))
    if list(freight) != (ledger.freight or list(zeros)) or min(freight) < 0:
        raise _differ("freight", ids, freight, ledger.freight or zeros)
    due = list(map(add, net, freight))
    for column in (points, tax, fee, rounding):
        if column is not zeros:
            due = list(map(add, due, column))
    if due != ledger.due or min(due) < 0:
        raise _differ("payable", ids, due, ledger.due)
    columns[0], columns[1], columns[-1] = case.lists, goods, due
    totals = [0 if column is zeros else sum(column) for column in columns]
    if totals[-1] != sum(totals[1:-1]) or totals[_POINTS] != -ledger.points[1]:
        raise InvariantBroken("the totals", sum(totals[1:-1]), totals[-1])
    used, _, usable = ledger.points
    shipment = case.shipment
    charges = charges_of(ledger.charges, totals, 0 if shipment is None else len(shipment.parcels))
    tenders = use_tenders(asked.tenders, totals[-1]) if asked.tenders else ()
    # Three tuples: one of more than 30 entries is built by way of a list, which costs W1 one percent.
    answer = (
        "pending" if case.pending else "payable",
        basket.currency,
        asked.at,
        case.rules.id,
        version,
        basket.source,
        ids,
        basket.order,
        columns,
        totals,
        [(shops[0][0], totals)] if len(shops) == 1 else _by_shop(basket, columns, totals),
        charges if shipment is None or not shipment.frees else _spared(case, shipment, charges),
        ledger.entries,
        ledger.verdicts,
        case.excluded,
        ledger.gifts,
        (used, _earned(case, totals) if case.rules.earns else 0, usable),
        ledger.bound is None,
        ledger.bound,
    )
    carried = (
        asked.remark,
        asked.invoice,
        case.sourcing,
        tenders,
        None,
        None,
        asked.by_shop,
        asked.order,
        [ids[place] for place in sorted(basket.money)] if basket.money else (),
    )
    return _new(Record, answer + carried + (_beyond(case, ledger, due, tenders) if case.rules.beyond else _NOTHING))


def _beyond(case: Case, ledger: Ledger, due: Sequence[int], tenders: Sequence[Payment]) -> tuple[Any, ...]:
    """What a record states where the rules know price lists, taxes, presales or methods of delivery."""
    stages: Sequence[PaymentStage] = ()
    if ledger.presales:
        from settlement.discounts.instalments import instalments

        paid = sum([each.amount for each in tenders])
        stages = instalments(case.basket.ids, due, ledger.presales, paid, case.rules.rounded)
    methods = _NO_METHODS if case.basket.delivery is None else _delivery(case.basket)
    missing: Sequence[str] = ()
    if case.untaxed:
        missing = ("freight", "tax") if case.basket.groups else ("tax",)
    return case.priced, ledger.taxes, stages, methods, missing


def _delivery(basket: Basket) -> Mapping[str, str]:
    """Line -> how it is delivered, in the order of the ids."""
    return {name: method for name, method in zip(basket.ids, basket.delivery or (), strict=False) if method is not None}


_NO_METHODS: Final[Mapping[str, str]] = MappingProxyType({})
#: The same where they know none of it.
_NOTHING: Final = (_NO_METHODS, (), (), _NO_METHODS, ())


def _earned(case: Case, totals: Sequence[int]) -> int:
    rule = case.rules.book.points
    if rule is None or rule.earn is None:
        return 0
    earn = rule.earn
    basis = totals[-1] - totals[_TAX] if earn.on == "payable" else sum([totals[place] for place in _EARNING])
    return earn.earned(basis, case.checkout.at)


def blocked_record(case: Case, version: str) -> Record:
    """Nothing can be settled: who is excluded, and every coupon held is refused."""
    checkout = case.checkout
    return Record(
        "blocked",
        checkout.cart.currency,
        checkout.at,
        case.rules.book.id,
        version,
        verdicts=[Verdict(name, "nothing_in_scope", None, None) for name in sorted(case.asked.held)],
        excluded=case.excluded,
        remark=checkout.remark,
        invoice=checkout.invoice,
        by_shop=checkout.by_shop,
        of_order=checkout.order,
    )


def _spared(case: Case, shipment: Shipment, charges: Sequence[Charge]) -> Sequence[Charge]:
    """What each parcel pays, and what those were spared that ship free, or for whose shop a dearer one pays."""
    combined = shipment.combination != "sum"
    return [
        charge._replace(spared=Spared(parcel, case.behind, charge))
        if charge.free or (combined and not charge.fee)
        else charge
        for parcel, charge in zip(shipment.parcels, charges, strict=True)
    ]
