"""Names of the countries and territories outside China, from CLDR, for an overseas address.

Languages are loaded when a name is asked for: nothing else in the room needs them, and no amount depends on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from settlement.errors import UnknownRegion

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["countries", "country_name"]

# Two-letter territories of CLDR that ISO 3166-1 does not assign: islands, unions, private use, tests.
_NOT_ASSIGNED = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})
# Regions of China are written by GB/T 2260 codes: 710000, 810000, 820000.
_IN_CHINA = frozenset({"CN", "HK", "MO", "TW"})


def country_name(code: str, locale: str = "zh_CN") -> str:
    """Return the name of a country or territory of ISO 3166-1, by its two capital letters.

    Raises `UnknownRegion` for any other code, and `UnknownLocale` for a locale that nobody knows.

    >>> country_name("US"), country_name("US", locale="en"), country_name("JP", locale="ja-JP")
    ('美国', 'United States', '日本')
    """
    names = _names(locale)
    if code not in names:
        raise UnknownRegion(code)
    return names[code]


def countries(locale: str = "zh_CN") -> tuple[tuple[str, str], ...]:
    """Return code and name of every country and territory outside China, in the order of codes.

    Regions of China are left out: an address there is picked from the catalogue, 港澳台 included.

    >>> countries("en")[:2]
    (('AD', 'Andorra'), ('AE', 'United Arab Emirates'))
    """
    return tuple((code, name) for code, name in sorted(_names(locale).items()) if code not in _IN_CHINA)


def _names(locale: str) -> Mapping[str, str]:
    from settlement.documents.words.language import figures  # see the docstring of the module

    territories: Mapping[str, str] = figures(locale).locale.territories
    return {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NOT_ASSIGNED
    }
