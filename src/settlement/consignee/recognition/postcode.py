"""The postcode of a pasted text: six digits behind its label, by themselves, or where they fit the province."""

from __future__ import annotations

import re
from typing import Final

from settlement.consignee.recognition.lazily import lazily

__all__ = ["find_postcode", "fits"]

_LABELLED = lazily(
    r"(?:邮政编码|郵政編碼|邮编|郵編|邮码|邮政编号|zip ?code|zip|post ?code)[是为:= ]{0,3}([0-9]{6})(?![0-9])",
    re.ASCII | re.IGNORECASE,
)
_SIX = lazily(r"[0-9]{6}", re.ASCII)
_ALONE = lazily(r"(?<![0-9-])[0-8][0-9]{5}(?![0-9-])", re.ASCII)
_EDGES: Final = frozenset(" \n,;。|\0()[]:./")

# The first two digits of a postcode -> the first two of the code of its province.
_PROVINCES: Final = {
    **dict.fromkeys(("10",), "11"),
    **dict.fromkeys(("20",), "31"),
    **dict.fromkeys(("30",), "12"),
    **dict.fromkeys(("40",), "50"),
    **dict.fromkeys(("01", "02"), "15"),
    **dict.fromkeys(("03", "04"), "14"),
    **dict.fromkeys(("05", "06", "07"), "13"),
    **dict.fromkeys(("11", "12"), "21"),
    **dict.fromkeys(("13",), "22"),
    **dict.fromkeys(("15", "16"), "23"),
    **dict.fromkeys(("21", "22"), "32"),
    **dict.fromkeys(("23", "24"), "34"),
    **dict.fromkeys(("25", "26", "27"), "37"),
    **dict.fromkeys(("31", "32"), "33"),
    **dict.fromkeys(("33", "34"), "36"),
    **dict.fromkeys(("35", "36"), "35"),
    **dict.fromkeys(("41", "42"), "43"),
    **dict.fromkeys(("43", "44"), "42"),
    **dict.fromkeys(("45", "46", "47"), "41"),
    **dict.fromkeys(("51", "52"), "44"),
    **dict.fromkeys(("53", "54"), "45"),
    **dict.fromkeys(("55", "56"), "52"),
    **dict.fromkeys(("57",), "46"),
    **dict.fromkeys(("61", "62", "63", "64"), "51"),
    **dict.fromkeys(("65", "66", "67"), "53"),
    **dict.fromkeys(("71", "72"), "61"),
    **dict.fromkeys(("73", "74"), "62"),
    **dict.fromkeys(("75",), "64"),
    **dict.fromkeys(("81",), "63"),
    **dict.fromkeys(("83", "84"), "65"),
    **dict.fromkeys(("85", "86"), "54"),
}


def find_postcode(text: str) -> tuple[str, tuple[int, int]] | None:
    """Find the postcode and its place; behind a label first, else six digits between separators.

    >>> find_postcode("广东省深圳市 518000 张三")
    ('518000', (7, 13))
    >>> find_postcode("科技园518000室") is None
    True
    """
    if _SIX.search(text) is None:
        return None
    if match := _LABELLED.search(text):
        return match[1], match.span(1)
    for match in _ALONE.finditer(text):
        start, end = match.span()
        if match[0][:2] not in _PROVINCES:
            continue
        before = start == 0 or text[start - 1] in _EDGES
        behind = end == len(text) or text[end] in _EDGES
        if (before and behind) or (before and text[end : end + 1] >= "一" and text[end] not in "号室栋幢楼座单"):
            return match[0], (start, end)
    return None


def fits(postcode: str, code: str) -> bool:
    """Whether a postcode is one of the province of a region code.

    >>> fits("518000", "440305"), fits("100000", "440305")
    (True, False)
    """
    return _PROVINCES.get(postcode[:2]) == code[:2]
