"""Regions for a reader: by name for a buyer, code and name for whoever reads rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.documents.region import ISO_IN_CHINA
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import PLACES
from settlement.errors import UnknownRegion

if TYPE_CHECKING:
    from settlement.documents.words.language import Language

__all__ = ["region_name", "region_text"]


def region_text(region: str, say: Language) -> str:
    """A region's code with its name beside it; the widest ones have words.

    Names of regions of China are Chinese in every language, as the address labels of a carrier have them; countries are
    named in the reader's. A region that has no name stands by its code.

    >>> from settlement.documents.words.language import language
    >>> for locale in ("en", "zh_CN"):
    ...     print(", ".join(region_text(region, language(locale)) for region in ("440305", "US/CA", "*", "999999")))
    440305 广东省 深圳市 南山区, US/CA United States, everywhere, 999999
    440305 广东省 深圳市 南山区, US/CA 美国, 全球, 999999
    """
    if region in PLACES:
        return say(PLACES[region])
    try:
        return f"{shown(region)} {_name(region, say)}"
    except UnknownRegion:
        return shown(region)


def region_name(region: str, say: Language) -> str:
    """A region by its name alone; the part of it that has none, by its code, and the whole where nothing has.

    >>> from settlement.documents.words.language import language
    >>> regions = ("440305", "440305001", "US", "US/CA/94103", "CN/mainland", "999999")
    >>> print(*(region_name(region, language("en")) for region in regions), sep=", ")
    广东省 深圳市 南山区, 广东省 深圳市 南山区 440305001, United States, United States CA 94103, mainland China, 999999
    """
    if region in PLACES:
        return say(PLACES[region])
    try:
        name = _name(region, say)
    except UnknownRegion:
        return shown(region)
    head, *rest = region.split("/")
    if head[0].isdigit() and len(head) > 6 and head[6:].strip("0"):
        rest = [head, *rest]  # a town: only what it lies in has a name
    return shown(" ".join([name, *rest]))


def _name(region: str, say: Language) -> str:
    from settlement.consignee import Catalogue, country_name

    head = region.partition("/")[0]
    code = ISO_IN_CHINA.get(head, head)
    if not code[0].isdigit():
        return country_name(code, str(say.locale))
    catalogue = Catalogue.bundled()
    return catalogue.full_name(code if code in catalogue else code[:6])
