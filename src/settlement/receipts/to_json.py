"""A settlement as the JSON text of contract §7, written straight from its plain content.

Each distinct amount is formatted once. Equal content gives equal bytes: nothing here depends on the order of a set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from settlement.documents.json_text import Amounts, compact, percent_text, quantity_text, quoted
from settlement.documents.scalars import instant_out
from settlement.receipts.columns import PLACES, STAGES
from settlement.receipts.facts import facts_text
from settlement.receipts.redemptions import OF_OFFERS, redeemed

if TYPE_CHECKING:
    from datetime import datetime

    from settlement.discounts.instalments import Parts
    from settlement.receipts.called import Called
    from settlement.receipts.record import Entry, LineLike, Record, Verdict

__all__ = ["settlement_text"]


def _columns(amounts: Sequence[int], money: Amounts) -> str:
    listed, goods, promotions, coupons, freight, surcharges, offers, points, _, fee, rounding, payable = amounts
    return (
        f'"list":{money[listed]},"goods":{money[goods]},"promotions":{money[promotions]},"coupons":{money[coupons]},'
        f'"freight":{money[freight]},"surcharges":{money[surcharges]},"freight_offers":{money[offers]},'
        f'"points":{money[points]},"payment_fee":{money[fee]},"rounding":{money[rounding]},"payable":{money[payable]}'
    )


def _with_tax(amounts: Sequence[int], money: Amounts) -> str:
    """The same with the column that stands only where a settlement has taxes."""
    before, fee, after = _columns(amounts, money).partition('"payment_fee":')
    return f'{before}"tax":{money[amounts[_TAX]]},{fee}{after}'


_TAX: Final = PLACES["tax"]


def _named(names: Mapping[Any, str]) -> dict[Any, str]:
    """Each name as it stands behind the ids that it belongs to."""
    return {of: f',"name":{quoted(name)}' for of, name in names.items()}


def _line(key: str, line: LineLike, columns: str, used: int, money: Amounts, name: str) -> str:
    quantity, commission, tax = line.quantity, line.commission_percent, line.tax_percent
    shown = quantity if type(quantity) is int else f'"{quantity}"'
    borne = "null" if commission is None else f'"{commission}"'
    taxed = "null" if tax is None else f'"{tax}"'
    return (
        f'{{"id":{key},"shop":{quoted(line.shop)},"sku":{quoted(line.sku)}{name},"quantity":{shown},'
        f'"unit_price":{money[line.unit_price.minor]},"commission_percent":{borne},"tax_percent":{taxed},'
        f'{columns},"points_used":{used}}}'
    )


def _shares(lines: Sequence[int], shares: Sequence[int], keys: Sequence[str], money: Amounts) -> str:
    if 0 in shares:
        lines = [line for line, share in zip(lines, shares, strict=True) if share]
        shares = [share for share in shares if share]
    return ",".join([f"{keys[line]}:{money[share]}" for line, share in zip(lines, shares, strict=True)])


def _adjustment(entry: Entry, keys: Sequence[str], money: Amounts) -> str:
    stage, rule, amount, lines, shares, borne, facts = entry
    spread = _shares(lines, shares, keys, money)
    platform = "" if borne is None else spread if borne is shares else _shares(lines, borne, keys, money)
    return (
        f'{{"stage":"{STAGES[stage]}","rule":{quoted(rule)},"amount":{money[amount]},"shares":{{{spread}}},'
        f'"platform":{{{platform}}},"facts":{facts_text(facts, money)}}}'
    )


def _decision(verdict: Verdict, money: Amounts, name: str) -> str:
    rule, reason, shortfall, facts = verdict
    text = f'{{"rule":{quoted(rule)}{name},"outcome":"applied"'
    if reason is not None:
        text = f'{{"rule":{quoted(rule)}{name},"outcome":"refused","reason":{quoted(reason)}'
    if shortfall is not None:
        text += f',"shortfall":{quantity_text(shortfall) if reason == "below_quantity" else money[shortfall]}'
    shown = facts_text(facts, money)
    return text + "}" if shown == "{}" else f'{text},"facts":{shown}}}'


def settlement_text(record: Record, digest: str, money: Amounts, called: Called) -> str:
    """The whole document, compact."""
    of_lines, of_offers, of_gifts = _named(called.lines), _named(called.offers), _named(called.gifts)
    currency = record.currency
    ids = record.ids
    told = of_lines
    measured = [line.id for line in record.lines if line.sold_by_measure]
    if record.priced or record.delivery or record.stored or measured:
        lists = {line: f',"price_list":{quoted(name)}' for line, name in record.priced.items()}
        for line, name in record.delivery.items():
            lists[line] = f'{lists.get(line, "")},"delivery":{quoted(name)}'
        for line in record.stored:
            lists[line] = f'{lists.get(line, "")},"stored_value":true'
        for line in measured:
            lists[line] = f'{lists.get(line, "")},"sold_by_measure":true'
        told = {line: of_lines.get(line, "") + lists.get(line, "") for line in ids}
    columns = _with_tax if record.taxes else _columns
    money.know({0}.union(*record.columns, *[entry.shares for entry in record.entries]))
    keys = [quoted(name) for name in ids]
    rows = zip(record.order, record.rows, strict=True)
    lines = ",".join(
        [
            _line(keys[at], line, columns(amounts, money), used, money, told.get(ids[at], ""))
            for at, (line, amounts, used) in rows
        ]
    )
    shops = ",".join([f'{{"id":{quoted(name)},{columns(amounts, money)}}}' for name, amounts in record.shops])
    parcels = ",".join(
        [
            f'{{"shop":{quoted(shop)},"template":{quoted(template)},"warehouse":{_maybe(warehouse)},'
            f'"zone":{quoted(zone)},"units":{units},"fee":{money[fee]},"surcharge":{money[surcharge]},'
            f'"free":{"true" if free else "false"}{f",{chr(34)}boxes{chr(34)}:{boxes}" if boxes > 1 else ""}'
            + ("" if delivery is None else f',"delivery":{quoted(delivery)}')
            + ("}" if spared is None else f',"spared":{facts_text(spared, money)}}}')
            for shop, template, warehouse, zone, units, fee, surcharge, free, boxes, delivery, spared in record.parcels
        ]
    )
    adjustments = ",".join([_adjustment(entry, keys, money) for entry in record.entries])
    decisions = ",".join([_decision(verdict, money, of_offers.get(verdict.rule, "")) for verdict in record.verdicts])
    excluded = ",".join(
        [
            f'{{"line":{quoted(line)}{of_lines.get(line, "")},"reason":{quoted(reason)}'
            + ("" if available is None else f',"available":{quantity_text(available)}')
            + ("}" if not facts else f',"facts":{compact(facts)}}}')
            for line, reason, available, _, facts in record.excluded
        ]
    )
    gifts = ",".join(
        [
            f'{{"rule":{quoted(rule)},"sku":{quoted(sku)}{of_gifts.get((rule, sku), "")},'
            f'"quantity":{quantity_text(milli)}}}'
            for rule, sku, milli in record.gifts
        ]
    )
    used, earned, usable = record.points
    named = "" if record.of_order is None else f'"order":{quoted(record.of_order)},'
    return (
        f'{{"status":"{record.status}","currency":"{currency}","at":"{instant_out(record.at)}",'
        f'"rulebook":{quoted(record.rulebook)},"digest":"{digest}","calculation_version":{quoted(record.version)},'
        f'{named}{_missing(record)}"totals":{{{columns(record.totals, money)}}},"lines":[{lines}],"shops":[{shops}],'
        f'"parcels":[{parcels}],'
        f'"adjustments":[{adjustments}],"decisions":[{decisions}],"excluded":[{excluded}],"gifts":[{gifts}],'
        + (f'"taxes":[{_taxes(record, money)}],' if record.taxes else "")
        + (f'"warehouses":[{_warehouses(record)}],' if record.sourcing else "")
        + f'"points":{{"used":{used},"earned":{earned},"usable":{usable}}},'
        + _tenders(record, money)
        + _redemptions(record, money, of_offers)
        + (_instalments(record, money) if record.instalments else "")
        + f'"optimal":{"true" if record.optimal else "false"},'
        + ("" if record.bound is None else f'"bound":{money[record.bound]},')
        + f'"remark":{_maybe(record.remark)},"invoice":{_invoice(record)}{_by_shop(record)}}}'
    )


def _missing(record: Record) -> str:
    """What the amounts lack, where tax is among it."""
    return f'"missing":[{",".join([quoted(each) for each in record.missing])}],' if record.missing else ""


def _tenders(record: Record, money: Amounts) -> str:
    """What other tenders pay and what is left due; nothing where there are none."""
    if not record.tenders:
        return ""
    rows = [
        f'{{"id":{quoted(name)},"type":"{kind}","amount":{money[amount]},"left":{money[left]}}}'
        for name, kind, amount, left in record.tenders
    ]
    due = record.totals[-1] - sum([payment.amount for payment in record.tenders])
    return f'"tenders":[{",".join(rows)}],"due":{money[due]},'


def _redemptions(record: Record, money: Amounts, names: Mapping[str, str]) -> str:
    """What the order consumes; nothing where that is nothing."""
    rows = [
        f'{{"kind":"{kind}","id":{quoted(of)}{names.get(of, "") if kind in OF_OFFERS else ""},'
        f'"quantity":{quantity_text(count)}' + ("}" if amount is None else f',"amount":{money[amount]}}}')
        for kind, of, count, amount in redeemed(record)
    ]
    return f'"redemptions":[{",".join(rows)}],' if rows else ""


def _instalments(record: Record, money: Amounts) -> str:
    """The stages of payment, where there are some."""

    def instant(name: str, at: datetime | None) -> str:
        return "" if at is None else f',"{name}":"{instant_out(at)}"'

    def parts(amounts: Parts) -> str:
        return f"{{{','.join([f'{quoted(line)}:{money[amount]}' for line, amount in amounts])}}}"

    rows = [
        f'{{"kind":"{each.kind}"{instant("pay_from", each.starts)}{instant("pay_until", each.ends)},'
        f'"amount":{money[each.amount]},"due":{money[each.due]},"lines":{parts(each.lines)}'
        + (f',"kept":{parts(each.kept)}}}' if each.kept else "}")
        for each in record.instalments
    ]
    return f'"instalments":[{",".join(rows)}],'


def _maybe(text: str | None) -> str:
    return "null" if text is None else quoted(text)


def _invoice(record: Record) -> str:
    return "null" if record.invoice is None else record.invoice.model_dump_json()


def _by_shop(record: Record) -> str:
    """What one shop alone was told; nothing where that is nothing."""
    rows = [each.model_dump_json(exclude_none=True) for each in record.by_shop]
    return f',"by_shop":[{",".join(rows)}]' if rows else ""


def _taxes(record: Record, money: Amounts) -> str:
    return ",".join(
        [
            f'{{"shop":{quoted(shop)},"tax":{quoted(tax)},"percent":"{percent_text(*percent)}","base":{money[base]},'
            f'"amount":{money[amount]}'
            + ("" if category is None else f',"category":{quoted(category)}')
            + ("}" if reason is None else f',"reason":{quoted(reason)}}}')
            for shop, tax, percent, base, amount, category, reason in record.taxes
        ]
    )


def _warehouses(record: Record) -> str:
    return ",".join(
        [
            f'{{"line":{quoted(line)},"warehouse":{quoted(chosen)},"candidates":['
            + ",".join([f'{{"warehouse":{quoted(name)},"shared":{quoted(shared)}}}' for name, shared in candidates])
            + "]}"
            for line, chosen, candidates in record.sourcing
        ]
    )
