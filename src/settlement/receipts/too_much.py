"""Why a parcel is not shipped although its region is: what was too much of it, for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from settlement.documents.words.language import Language
from settlement.documents.words.plain import shown
from settlement.freight.region_text import region_text
from settlement.freight.words import counted

__all__ = ["UNAVAILABLE", "too_much_text", "unavailable_text"]


def too_much_text(facts: Mapping[str, Any], say: Language) -> str | None:
    """What the facts of a line that is left out as `undeliverable` say; None where they say nothing.

    >>> from settlement.documents.words.language import language
    >>> card = {"zone": "CZ", "measure": "weight_g", "units": 40_000, "reaches": 30_000}
    >>> print(too_much_text(card, language()))
    not shipped: the parcel counts 40 kg, and the rates to CZ Czechia end at 30 kg
    >>> print(too_much_text({"weight_g": 31_000, "max_weight_g": 30_000}, language("zh_CN")))
    不发货：有一件重 31 千克，一箱最多装 30 千克
    """
    if "reaches" in facts and {"zone", "measure", "units"} <= facts.keys():
        units, most = (counted(facts["measure"], facts[name], say) for name in ("units", "reaches"))
        zone = region_text(facts["zone"], say)
        return say(
            "not shipped: the parcel counts {units}, and the rates to {zone} end at {most}",
            units=units,
            zone=zone,
            most=most,
        )
    if {"weight_g", "max_weight_g"} <= facts.keys():
        weight, most = (counted("weight_g", facts[name], say) for name in ("weight_g", "max_weight_g"))
        return say("not shipped: a piece weighs {weight}, and a box holds at most {most}", weight=weight, most=most)
    return None


#: By the fact `cause`: why a delivery method that was chosen is not available for a line.
UNAVAILABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "shop": "this shop does not offer {method}; choose another way",
        "region": "{method} does not go to this address; choose another way",
        "time": "{method} is not available at this time; choose another way",
        "template": "{method} does not take this article; choose another way",
        "undeliverable": "{method} does not deliver this article to this address; choose another way",
    }
)


def unavailable_text(facts: Mapping[str, Any], say: Language) -> str | None:
    """What the facts of a line that is left out as `delivery_unavailable` say; None where they say nothing.

    >>> from settlement.documents.words.language import language
    >>> facts = {"method": "express", "cause": "region"}
    >>> print(unavailable_text(facts, language()), "|", unavailable_text(facts, language("zh_CN")))
    express does not go to this address; choose another way | express 不送达该地址；请选择其他配送方式
    """
    method, cause = facts.get("method"), str(facts.get("cause"))
    if cause == "too_much":
        return too_much_text(facts, say)
    return say(UNAVAILABLE[cause], method=shown(str(method))) if cause in UNAVAILABLE else None
