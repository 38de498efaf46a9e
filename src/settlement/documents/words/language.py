"""A reader's language: texts from the gettext catalogues, amounts and numbers by Babel.

English texts stand in the sources, Simplified Chinese ones in `locale` beside this file; every other locale gets its
own way of writing amounts with English texts. Nothing is rounded: an amount keeps the decimals that its currency has
in ISO 4217, whatever a locale would rather show.
"""

from __future__ import annotations

import copy
import gettext
import re
from decimal import Context, Decimal, localcontext
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from settlement.errors import UnknownLocale
from settlement.money import DECIMALS

if TYPE_CHECKING:
    from babel import Locale

    from settlement.money import Money

__all__ = ["CATALOGUES", "Language", "language"]

#: Where the compiled catalogues lie.
CATALOGUES: Final = Path(__file__).with_name("locale")

_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}(\.UTF-?8)?", re.ASCII | re.IGNORECASE)
#: Enough digits for every amount that `Money` holds, and no trap of the caller's own context.
_EXACT: Final = Context(prec=64, traps=[])


class Language:
    """One locale: call it with an English text to have it in the reader's language. Take it from `language()`.

    >>> from settlement import Money
    >>> say = language("zh_CN")
    >>> print(say("To pay"), say.money(Money("-1234.50 CNY")))
    应付 -¥1,234.50
    >>> print(language("en_IN").money(Money("1234567.50 INR")))
    ₹12,34,567.50
    """

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        #: Whether texts are in Chinese, so that Chinese names of regions help.
        self.chinese: bool = locale.language == "zh" and locale.script in (None, "Hans")
        self._texts = _catalogue("zh_CN" if self.chinese else None)
        self._patterns: dict[int, Any] = {}

    def __call__(self, text: str, /, **facts: object) -> str:
        """The text in the reader's language, with its placeholders filled."""
        found = self._texts.gettext(text)
        return found.format_map(facts) if facts else found

    def plural(self, one: str, many: str, count: int, /, **facts: object) -> str:
        """The form that the language has for this count, with `{count}` and other placeholders filled."""
        return self._texts.ngettext(one, many, count).format(count=self.number(count), **facts)

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


def language(locale: str = "en") -> Language:
    """The language of a locale such as `"en"`, `"zh_CN"` or `"de-CH"`. Raises `UnknownLocale`.

    Kept by what the name means, and only the last few: a new spelling on every request costs no memory.
    """
    from babel import Locale, UnknownLocaleError

    given: object = locale
    if not isinstance(given, str) or len(given) > 40 or not _LOCALE.fullmatch(given):
        raise UnknownLocale(locale)
    try:
        parsed = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise UnknownLocale(locale) from None
    return _language(str(parsed))


@lru_cache(maxsize=32)
def _language(identifier: str) -> Language:
    from babel import Locale

    return Language(Locale.parse(identifier))


@cache
def _catalogue(name: str | None) -> gettext.NullTranslations:
    if name is None:
        return gettext.NullTranslations()
    with (CATALOGUES / name / "LC_MESSAGES" / "settlement.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)
