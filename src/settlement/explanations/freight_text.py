"""Freight for a reader: quotes, tables of fees, and how a parcel's fee came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.words.grid import grid_html, grid_text
from settlement.documents.words.language import Language, language
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import UNITS, units_text
from settlement.freight.region_text import region_text
from settlement.freight.words import Cells
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settlement.explanations.parcel import CountedLine, FreeCheck, ParcelExplanation
    from settlement.explanations.quote import FreightQuote

__all__ = ["explanation_text", "quote_html", "quote_text"]


# ------------------------------------------------------------------ quotes


def _quote(quote: FreightQuote, say: Language) -> Cells:
    head = [say("Shop"), say("Template"), say("Zone"), say("Units"), say("Freight"), say("Surcharge")]
    rows = []
    for parcel in quote.parcels:
        freight = say("free") if parcel.free else say.money(parcel.fee)
        surcharge = say.money(parcel.surcharge) if parcel.surcharge else ""
        zone = region_text(parcel.zone, say)
        template = parcel.template
        if parcel.delivery is not None:
            template = say("{template}, by {method}", template=template, method=parcel.delivery)
        rows.append([parcel.shop, template, zone, say.number(parcel.units), freight, surcharge])
    rows += [[each.line, "", "", "", reason_text(each.reason, say, facts=each.facts), ""] for each in quote.excluded]
    total = say("not shipped") if quote.total is None else say.money(quote.total)
    rows.append([say("To {region}", region=region_text(quote.region, say)), "", "", "", total, ""])
    return head, rows


def quote_text(quote: FreightQuote, locale: str = "en") -> str:
    """A quote in a terminal."""
    head, rows = _quote(quote, language(locale))
    return grid_text(head, rows, left=(0, 1, 2))


def quote_html(quote: FreightQuote, locale: str = "en") -> str:
    """A quote in a notebook."""
    return grid_html(*_quote(quote, language(locale)))


# ------------------------------------------------------------------ tables of fees


# ------------------------------------------------------------------ how a fee came about


def explanation_text(explained: ParcelExplanation, locale: str = "en") -> str:
    """How a parcel's fee came about, in the order in which it is worked out."""
    say = language(locale)
    return "\n".join(_explained(explained, say))


def _explained(explained: ParcelExplanation, say: Language) -> Iterator[str]:
    parcel = explained.parcel
    where = region_text(explained.region, say)
    facts = {"template": shown(parcel.template), "shop": shown(parcel.shop), "region": where}
    yield say("Parcel of template {template}, shop {shop}, to {region}", **facts)
    if parcel.delivery is not None:
        yield say("Delivered by {method}", method=shown(parcel.delivery))
    winner, *losers = explained.candidates
    yield say("Rule: {place}, {region}", place=winner.place, region=region_text(winner.region, say))
    for lost in losers:
        region = region_text(lost.region, say)
        if not lost.in_time:
            yield say("  outside its times, so it does not decide: {place}, {region}", place=lost.place, region=region)
        elif lost.depth == winner.depth:
            yield say("  without times, so it does not decide: {place}, {region}", place=lost.place, region=region)
        else:
            yield say("  wider, so it does not decide: {place}, {region}", place=lost.place, region=region)
    for each in explained.warehouses:
        nearest, *others = (f"{shown(name)} ({region_text(region, say)})" for name, region in each.candidates)
        facts = {"line": shown(each.line), "warehouse": nearest, "others": ", ".join(others)}
        yield say("Warehouse of {line}: {warehouse}, nearer than {others}", **facts)
    units = explained.units_formula
    one = explained.measure == "quantity" and units == "1"
    told = units_text("quantity", 1, say) if one else say(UNITS[explained.measure], units=units)
    yield say("Units: {units}", units=told)
    for line in explained.lines:
        yield _line(line, say)
    yield say("Fee: {formula}", formula=explained.fee_formula)
    if parcel.boxes > 1:
        yield say("  for each of {count} equal parcels", count=say.number(parcel.boxes))
    for check in explained.free:
        yield from _free(check, say)
    if parcel.free:
        yield say("Free shipping: the parcel pays no fee")
    elif explained.combined_formula:
        yield say("Beside a parcel of a higher first fee: {formula}", formula=explained.combined_formula)
    elif parcel.fee != explained.own_fee:
        yield say("Only the dearest parcel of the shop pays")
    for added in explained.surcharges:
        formula = added.formula if added.label is None else f"{shown(added.label)}: {added.formula}"
        if explained.surcharge_waived:
            yield say("Surcharge: {formula}, waived", formula=formula)
        elif added.beaten is not None:
            yield say("Surcharge: {formula}, not charged beside a dearer one of its group", formula=formula)
        else:
            yield say("Surcharge: {formula}", formula=formula)
    yield say("To pay: {fee} and {surcharge}", fee=say.money(parcel.fee), surcharge=say.money(parcel.surcharge))


def _line(line: CountedLine, say: Language) -> str:
    facts = {"line": shown(line.line), "quantity": say.number(line.quantity), "counts": say.number(line.counts)}
    if line.free_shipping:
        return say("  {line}: ships free, counts nothing", line=facts["line"])
    if line.measure == "quantity":
        return say("  {line}: {quantity}, counts {counts}", **facts)
    each = say(UNITS[line.measure], units=say.number(line.each))
    return say("  {line}: {quantity} × {each}, counts {counts}", **facts, each=each)


def _free(check: FreeCheck, say: Language) -> Iterator[str]:
    verdict = say("holds") if check.holds else say("does not hold")
    yield say("{place} {verdict}", place=check.place, verdict=verdict)
    for condition in check.conditions:
        sign = "✓" if condition.holds else "✗"
        found, wanted = shown(condition.found), shown(condition.wanted)
        yield f"  {sign} " + say("{name} {wanted}: {found}", name=condition.name, wanted=wanted, found=found)
