"""Locales: which there are, how amounts are written, and what is kept of them."""

from __future__ import annotations

import contextlib
import decimal

import pytest
from babel.numbers import format_currency, format_decimal

from settlement import Money
from settlement.documents.words import language as module
from settlement.documents.words.language import figures, language
from settlement.errors import UnknownLocale
from settlement.money import DECIMALS

BIG = Money("-1234567.50 CNY")


@pytest.mark.parametrize("locale", ["en", "zh_CN", "ar_EG", "fa_IR", "de_CH", "en_IN", "fr_FR", "sv_SE"])
def test_bi_169_amounts_as_the_locale_writes_them(locale):
    """BI-169: whatever Babel writes comes through unharmed, marks of direction, narrow spaces and lakhs."""
    say = figures(locale)
    assert say.money(BIG) == format_currency(BIG.amount, "CNY", locale=locale)
    assert say.number(1_234_567) == format_decimal(1_234_567, locale=locale)


def test_amounts_in_the_languages_that_the_library_speaks():
    """English and Chinese, to the letter."""
    assert [language(locale).money(BIG) for locale in ("en", "zh_CN")] == ["-CN¥1,234,567.50", "-¥1,234,567.50"]


@pytest.mark.parametrize("currency", sorted(DECIMALS))
def test_the_decimals_are_those_of_iso_4217(currency):
    """A locale that would rather show fewer or more decimals of a currency does not get its way."""
    shown = language("en").money(Money.of_minor(1_234_567, currency))
    digits = "".join(c for c in shown if c.isascii() and c.isdigit())
    assert digits == "1234567"
    point = shown.rfind(".")
    decimals = sum(c.isdigit() for c in shown[point:]) if DECIMALS[currency] else 0
    assert decimals == DECIMALS[currency]


def test_amounts_are_exact_in_any_decimal_context():
    """Thirty digits keep their last one, also where the caller's own context has three and traps everything."""
    amount = Money.of_minor(10**30 - 1, "CNY")
    with decimal.localcontext(decimal.Context(prec=3, traps=[decimal.Inexact, decimal.Rounded])):
        shown = language("en").money(amount)
    assert "".join(c for c in shown if c.isdigit()) == "9" * 30


def test_quantities_keep_their_decimals():
    """All decimals are shown, and none that are not there."""
    quantities = (2, decimal.Decimal("1.235"), decimal.Decimal("0.12345678"), 1200)
    assert [language("en").number(value) for value in quantities] == ["2", "1.235", "0.12345678", "1,200"]


@pytest.mark.parametrize("locale", ["zh_CN", "zh-CN", "zh", "ZH_cn", "zh_Hans", "zh_SG", "zh_CN.UTF-8"])
def test_simplified_chinese_has_many_names(locale):
    """Every way to say Simplified Chinese finds its texts."""
    assert language(locale)("To pay") == "应付"


@pytest.mark.parametrize("locale", ["zh_TW", "zh-HK", "zh_MO", "zh_Hant", "zh_Hant_CN", "zh-hant-hk"])
def test_traditional_chinese_has_a_catalogue_of_its_own(locale):
    """Every way to say Traditional Chinese finds its texts, also where CLDR would write Simplified."""
    say = language(locale)
    assert (say("Freight"), say.chinese, say.tag) == ("運費", True, "zh-Hant")


@pytest.mark.parametrize("locale", ["en", "en_US", "en_GB", "en-IN"])
def test_every_english_is_english(locale):
    """The English of any country has the same texts, and writes amounts as it does."""
    assert language(locale)("To pay") == "To pay"
    assert language(locale).tag == "en"


@pytest.mark.parametrize("locale", ["ja", "de_CH", "fr_FR", "yue_HK", "ar_EG"])
def test_a_language_without_texts_is_refused(locale):
    """Nobody gets a page half in English; the error names what there is. Amounts alone are written in any locale."""
    for _ in range(2):
        with pytest.raises(UnknownLocale) as caught:
            language(locale)
        assert caught.value.known == ("en", "zh_CN", "zh_Hant")
        assert str(caught.value) == f"there are no texts in '{locale}'; there are en, zh_CN, zh_Hant"
    assert BIG.format(locale) == figures(locale).money(BIG)


@pytest.mark.parametrize(
    "locale", ["", "xx", "tlh_KL", "../../etc/passwd", "en/../zh", "e\0n", "C", "en_" + "a" * 1000, "中文", "zh_CN@x"]
)
def test_a_locale_that_is_none(locale):
    """An unknown or hostile name is a clear error that quotes no more than a little of it."""
    with pytest.raises(UnknownLocale) as caught:
        language(locale)
    assert len(str(caught.value)) < 160
    assert caught.value.locale == locale


def test_bi_168_a_new_locale_string_on_every_request_costs_no_memory():
    """BI-168: languages are kept by what a name means, and only so many of them."""
    cache = module._language
    cache.cache_clear()
    spellings = ("zh_CN", "zh-CN", "ZH_cn", "zh-hans-cn", "zh_Hans_CN", "zh_cn.utf8")
    assert len({id(language(locale)) for locale in spellings}) == 1
    assert cache.cache_info().currsize == 1
    for number in range(2000):
        with contextlib.suppress(UnknownLocale):
            language(f"en_{number:05d}")
    territories = [a + b for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    for territory in territories[:200]:
        with contextlib.suppress(UnknownLocale):
            language(f"en_{territory}")
    info = cache.cache_info()
    assert info.currsize <= info.maxsize == 32
