"""A reader's language: texts from the gettext catalogues, amounts and numbers by Babel.

English texts stand in the sources, those of other languages in `locale` beside this file: Simplified and Traditional
Chinese. A language that has no texts there is refused, for a page half in English is nobody's; amounts alone are
written in every locale. Nothing is rounded: an amount keeps the decimals that its currency has in ISO 4217, whatever a
locale would rather show.
"""

from __future__ import annotations

import copy
import gettext
import re
from decimal import Context, Decimal, localcontext
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from settlement.documents.written import all_readable
from settlement.errors import UnknownLocale
from settlement.money import DECIMALS

if TYPE_CHECKING:
    from babel import Locale

    from settlement.money import Money

__all__ = ["CATALOGUES", "Figures", "Language", "figures", "language"]

#: Where the compiled catalogues lie.
CATALOGUES: Final = Path(__file__).with_name("locale")

_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}(\.UTF-?8)?", re.ASCII | re.IGNORECASE)
#: Enough digits for every amount that `Money` holds, and no trap of the caller's own context.
_EXACT: Final = Context(prec=64, traps=[])


class Figures:
    """How one locale writes amounts and numbers. Take it from `figures()`.

    >>> from settlement import Money
    >>> print(figures("en_IN").money(Money("1234567.50 INR")), figures("de_DE").number(1_234_567))
    ₹12,34,567.50 1.234.567
    """

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self._patterns: dict[int, Any] = {}

    def money(self, amount: Money) -> str:
        """An amount as the locale writes it, exact to the currency's last decimal."""
        from babel.numbers import format_currency

        decimals = DECIMALS[amount.currency]
        pattern = self._patterns.get(decimals)
        if pattern is None:
            pattern = copy.copy(self.locale.currency_formats["standard"])
            pattern.frac_prec = (decimals, decimals)
            self._patterns[decimals] = pattern
        with localcontext(_EXACT):
            return format_currency(
                amount.amount, amount.currency, format=pattern, locale=self.locale, currency_digits=False
            )

    def figures(self, amount: Money) -> str:
        """An amount without its currency, for a table that names it once; exact to the currency's last decimal."""
        from babel.numbers import format_decimal

        decimals = DECIMALS[amount.currency]
        pattern = copy.copy(self.locale.decimal_formats[None])
        pattern.frac_prec = (decimals, decimals)
        with localcontext(_EXACT):
            return format_decimal(amount.amount, format=pattern, locale=self.locale, decimal_quantization=False)

    def number(self, value: int | Decimal) -> str:
        """A quantity or a count as the locale writes it, with all its decimals."""
        from babel.numbers import format_decimal

        with localcontext(_EXACT):
            return format_decimal(value, locale=self.locale, decimal_quantization=False)


class Language(Figures):
    """One locale with its texts: call it with an English one to have it in the reader's language. Take `language()`.

    >>> from settlement import Money
    >>> say = language("zh_CN")
    >>> print(say("To pay"), say.money(Money("-1234.50 CNY")))
    应付 -¥1,234.50
    """

    def __init__(self, locale: Locale, catalogue: str | None) -> None:
        super().__init__(locale)
        #: Whether texts are in Chinese, of either script.
        self.chinese: bool = locale.language == "zh"
        #: The language of the texts, as HTML writes it.
        self.tag: str = "en" if catalogue is None else catalogue.replace("_", "-")
        self._texts = _catalogue(catalogue)

    def __call__(self, text: str, /, **facts: object) -> str:
        """The text in the reader's language, with its placeholders filled."""
        found = self._texts.gettext(text)
        return found.format_map(facts) if facts else found

    def plural(self, one: str, many: str, count: int, /, **facts: object) -> str:
        """The form that the language has for this count, with `{count}` and other placeholders filled."""
        return self._texts.ngettext(one, many, count).format(count=self.number(count), **facts)


def figures(locale: str = "en") -> Figures:
    """How any locale of CLDR writes amounts. Raises `UnknownLocale`.

    Kept by what the name means, and only the last few: a new spelling on every request costs no memory.
    """
    return _figures(_identified(locale))


def language(locale: str = "en") -> Language:
    """The language of a locale such as `"en"`, `"en_GB"`, `"zh_CN"` or `"zh-TW"`; kept as `figures` are.

    Raises `UnknownLocale` for a name that is none, and for a language that has no texts.

    >>> print(language("zh_TW")("Freight"), language("zh-Hant-HK")("Freight"), language("en_GB")("Freight"))
    運費 運費 Freight
    """
    found = _language(_identified(locale))
    if found is None:
        raise UnknownLocale(locale, ("en", *sorted(each.name for each in CATALOGUES.iterdir())))
    return found


def _identified(locale: str) -> str:
    """What the name of a locale means."""
    from babel import Locale, UnknownLocaleError

    given: object = locale
    if not isinstance(given, str) or len(given) > 40 or not _LOCALE.fullmatch(given):
        raise UnknownLocale(locale)
    try:
        parsed = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise UnknownLocale(locale) from None
    traditional = "hant" in locale.lower() and parsed.script != "Hant"  # CLDR writes Chinese so only in some places
    return "zh_Hant" if traditional else str(parsed)


@lru_cache(maxsize=32)
def _figures(identifier: str) -> Figures:
    from babel import Locale

    return Figures(Locale.parse(identifier))


@lru_cache(maxsize=32)
def _language(identifier: str) -> Language | None:
    from babel import Locale

    locale = Locale.parse(identifier)
    if locale.language == "en":
        return Language(locale, None)
    name = locale.language
    if name == "zh":
        name = "zh_Hant" if locale.script == "Hant" else "zh_CN"
    return Language(locale, name) if (CATALOGUES / name).is_dir() else None


@cache
def _catalogue(name: str | None) -> gettext.NullTranslations:
    if name is None:
        return gettext.NullTranslations()
    with (CATALOGUES / name / "LC_MESSAGES" / "settlement.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


all_readable(globals())
