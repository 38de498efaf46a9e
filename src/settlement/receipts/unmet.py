"""What an offer asks for and does not find, for a reader, as far as the facts of its decision say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from settlement.documents.words.language import Language
from settlement.documents.words.plain import shown
from settlement.freight.region_text import region_text
from settlement.money import Money

__all__ = ["told_text", "unmet_text"]


def told_text(code: str, facts: Mapping[str, Any], say: Language) -> str | None:
    """The reason of a decision with what its facts say; None where they say no more than the code.

    >>> from settlement.documents.words.language import language
    >>> print(told_text("above_amount", {"above": "0.01 CNY"}, language()))
    CN¥0.01 above the most that it holds for
    """
    if code == "condition_not_met":
        return unmet_text(facts, say)
    if code == "above_amount" and isinstance(facts.get("above"), str):
        return say("{above} above the most that it holds for", above=say.money(Money(facts["above"])))
    methods, regions = facts.get("payment_methods"), facts.get("regions")
    if code == "wrong_delivery_method" and isinstance(facts.get("delivery_methods"), list):
        ways = [shown(each) for each in facts["delivery_methods"]]
        return say("only when delivered by {methods}", methods=_listed(ways, say))
    if code == "wrong_payment_method" and isinstance(methods, list):
        return say("only when paid by {methods}", methods=_listed([shown(each) for each in methods], say))
    if code == "wrong_region" and isinstance(regions, list) and "exclude_regions" not in facts:
        return say(
            "only where it is delivered to {regions}",
            regions=_listed([region_text(each, say) for each in regions], say),
        )
    return None


def unmet_text(facts: Mapping[str, Any], say: Language) -> str | None:
    """What the decision's facts say of the condition; None where they say nothing.

    >>> from settlement.documents.words.language import language
    >>> unmet = {"type": "recurring", "utc_offset": "+08:00", "weekdays": [3]}
    >>> print(unmet_text({"unmet": unmet}, language()), unmet_text({"unmet": unmet}, language("zh_CN")))
    only on Wed (UTC+08:00) 仅限周三（UTC+08:00）
    """
    unmet, why = facts.get("unmet"), facts.get("why", {})
    if not isinstance(unmet, Mapping) or not isinstance(why, Mapping):
        return None
    if unmet.get("type") == "recurring":
        return say(
            "only {times} (UTC{offset})", times=_listed(list(_times(unmet, say)), say), offset=unmet["utc_offset"]
        )
    if unmet.get("type") == "cart_holds":
        return _holds(unmet, why, say)
    if unmet.get("type") in ("different_goods", "multiple_of"):
        return _counted(unmet, why, say)
    name = shown(str(unmet.get("type")))
    if not why:
        return say("its condition {name} is not met", name=name)
    told = _listed([f"{shown(key)} {shown(str(value))}" for key, value in why.items()], say)
    return say("its condition {name} is not met: {facts}", name=name, facts=told)


def _times(unmet: Mapping[str, Any], say: Language) -> Iterator[str]:
    if "weekdays" in unmet:
        names = say.locale.days["format"]["abbreviated"]
        yield say("on {days}", days=_listed([names[day - 1] for day in sorted(unmet["weekdays"])], say))
    if "month_days" in unmet:
        days = _listed([str(day) for day in sorted(unmet["month_days"])], say)
        yield say("on day {days} of the month", days=days)
    if "hours" in unmet:
        hours = sorted([f"{each['opens']}–{each['closes']}" for each in unmet["hours"]])
        yield say("within {hours}", hours=_listed(hours, say))


def _holds(unmet: Mapping[str, Any], why: Mapping[str, Any], say: Language) -> str:
    goods = _listed([shown(name) for name in (*unmet.get("skus", ()), *unmet.get("categories", ()))], say)
    wanted, held = (say.number(Decimal(str(count))) for count in (unmet["min_quantity"], why.get("held", 0)))
    return say("only together with {wanted} of {goods}; the cart has {held}", wanted=wanted, goods=goods, held=held)


def _counted(unmet: Mapping[str, Any], why: Mapping[str, Any], say: Language) -> str:
    held = say.number(Decimal(str(why.get("held", 0))))
    if unmet["type"] == "different_goods":
        return say("only for {count} different articles; there are {held}", count=say.number(unmet["count"]), held=held)
    wanted = say.number(Decimal(str(unmet["quantity"])))
    return say("only for exact multiples of {quantity}; there are {held}", quantity=wanted, held=held)


def _listed(parts: Sequence[str], say: Language) -> str:
    """The first of many."""
    text = ("、" if say.chinese else ", ").join(parts[:8])
    return f"{text} … ({len(parts)})" if len(parts) > 8 else text
