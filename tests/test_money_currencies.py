"""The pinned ISO 4217 table against the Unicode CLDR that Babel carries; every difference is explained here."""

from __future__ import annotations

import pytest
from babel.core import get_global

from settlement.money import DECIMALS

#: CLDR says how many decimals people write in daily life, ISO 4217 how many are settled; the table follows ISO 4217.
#: In all of these the small coins are out of use, so that CLDR writes none.
EVERYDAY = {
    **dict.fromkeys("AFN ALL IRR KPW LAK LBP MGA MMK SOS SYP YER".split(), (2, 0)),
    "IQD": (3, 0),
}
#: Coins of which CLDR's editions speak differently: Babel 2.18 writes none of RSD, Babel 2.19 none of the other three.
SOMETIMES = dict.fromkeys("COP HUF IDR RSD".split(), (2, 0))
#: In the table though no territory of CLDR pays with it now.
NOT_IN_DAILY_USE = {
    "CLF": "a unit of account in which Chile states prices; 4 decimals",
    "UYW": "a unit of account in which Uruguay states wages; 4 decimals",
    "SVC": "in ISO 4217 beside the US dollar in El Salvador",
    "VED": "in ISO 4217 beside VES in Venezuela, one million to one",
}
#: A tender of CLDR that is not in the table.
LEFT_OUT = {"BGN": "Bulgaria pays in EUR from 2026 on"}


def everyday_decimals(code: str) -> int:
    """CLDR's number of decimals of a currency."""
    digits = get_global("currency_fractions")
    return int(digits.get(code, digits["DEFAULT"])[0])


def tenders() -> set[str]:
    """The currencies with which some territory pays now, as CLDR sees it."""
    rows = (row for each in get_global("territory_currencies").values() for row in each)
    return {code for code, _, until, tender in rows if tender and until is None}


def test_decimals_differ_from_everyday_use_only_where_explained():
    """Each number of decimals is CLDR's, but for small coins out of use, in whichever edition of CLDR."""
    different = {
        code: (decimals, everyday_decimals(code))
        for code, decimals in DECIMALS.items()
        if decimals != everyday_decimals(code)
    }
    assert EVERYDAY.items() <= different.items()
    assert different.items() <= {**EVERYDAY, **SOMETIMES}.items()


def test_every_tender_is_in_the_table():
    """What some territory pays with is in the table, and nothing else, but for what is named above."""
    assert set(DECIMALS) - tenders() == set(NOT_IN_DAILY_USE)
    assert tenders() - set(DECIMALS) <= set(LEFT_OUT)


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "XDR", "CHE", "CHW", "USN", "BOV", "COU", "MXV"])
def test_nobody_pays_in_funds_metals_or_test_codes(code):
    """Codes of funds, metals and tests are not currencies here."""
    assert code not in DECIMALS


def test_the_table_cannot_be_changed():
    """The table is the same for everybody in the process."""
    with pytest.raises(TypeError):
        DECIMALS["CNY"] = 3
