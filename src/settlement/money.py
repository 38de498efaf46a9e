"""Money: an integer of minor units with a currency, the pinned currencies, and the five declared ways of rounding.

Nothing here rounds unasked, converts, or looks at the caller's decimal context.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import total_ordering
from inspect import Parameter, Signature
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Never, NoReturn, final
from unicodedata import east_asian_width

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from settlement.errors import TEXTS, WORDED, CurrencyMismatch, Immutable, InvalidDocument, Problem

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

__all__ = ["DECIMALS", "LONG_NUMBER", "MAX_DIGITS", "Money", "Rounding", "format_minor"]

#: Digits before the decimal point that a document may state. 999 999 999 999.99 fits, 10^12 does not.
MAX_DIGITS: Final = 12

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))? ([A-Z]{3})", re.ASCII)
_EXPONENT = re.compile(r"[-+]?[0-9.]+[eE][-+]?([0-9]+)", re.ASCII)
_NOT_FINITE = frozenset({"nan", "snan", "inf", "infinity"})
_LONGEST = 64
#: 11 digits or more, as phones and cards are written: spaces, brackets and the like may stand between them.
LONG_NUMBER: Final = re.compile(r"\d(?:[\s().+-]{0,2}\d){10}")
#: Hangul fillers: letters to Unicode, nothing to the eye.
_BLANK = "\u115f\u3164"


# ------------------------------------------------------------------ currencies

#: The ISO 4217 codes by their number of decimals. Pinned because a settlement must give the same bytes for ever; a test
#: compares it with Babel's data and explains each difference. Funds codes, metals and test codes (XXX, XAU, CHE, …) are
#: left out: nobody pays with them.
_BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
        CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR
        IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
        NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
        STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG""",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

#: ISO 4217 code -> number of decimals of its minor unit (0, 2, 3 or 4).
DECIMALS: Mapping[str, int] = MappingProxyType(
    {code: decimals for decimals, codes in _BY_DECIMALS.items() for code in codes.split()}
)


# ------------------------------------------------------------------ rounding


def _half_up(n: int, d: int) -> int:
    return (2 * n + d) // (2 * d)


def _half_down(n: int, d: int) -> int:
    return -((d - 2 * n) // (2 * d))


def _half_even(n: int, d: int) -> int:
    quotient, remainder = divmod(n, d)
    return quotient + (2 * remainder > d or (2 * remainder == d and quotient & 1))


def _down(n: int, d: int) -> int:
    return n // d


def _up(n: int, d: int) -> int:
    return -(-n // d)


class Rounding(Enum):
    """How the magnitude of an exact amount becomes whole minor units; the sign is put back afterwards.

    =========== === === === ====
    mode        2.5 2.6 3.5 -2.5
    =========== === === === ====
    `half_up`   3   3   4   -3
    `half_even` 2   3   4   -2
    `half_down` 2   3   3   -2
    `down`      2   2   3   -2
    `up`        3   3   4   -3
    =========== === === === ====

    >>> Rounding("half_up").of(Fraction(-5, 2))
    -3
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    HALF_DOWN = "half_down"
    DOWN = "down"
    UP = "up"

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        msg = f"found {excerpt(value)}; a rounding is one of {', '.join(each.value for each in cls)}"
        raise ValueError(msg)

    def of(self, value: Fraction | int) -> int:
        """The rounded integer. Raises `TypeError` for a float or a Decimal: an exact value is asked for."""
        if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
            msg = f"only an int or a Fraction is rounded, not {type(value).__name__}"
            raise TypeError(msg)
        magnitude = ROUNDERS[self.value](abs(value.numerator), value.denominator)
        return -magnitude if value < 0 else magnitude


#: mode -> a function of (numerator ≥ 0, denominator > 0): the arithmetic without the enum around it.
ROUNDERS: Final[dict[str, Callable[[int, int], int]]] = {
    "half_up": _half_up,
    "half_even": _half_even,
    "half_down": _half_down,
    "down": _down,
    "up": _up,
}


# ------------------------------------------------------------------ text


def format_minor(minor: int, currency: str) -> str:
    """Minor units as the wire form.

    >>> format_minor(-1234, "CNY"), format_minor(1250, "KWD"), format_minor(1200, "JPY")
    ('-12.34 CNY', '1.250 KWD', '1200 JPY')
    """
    decimals = DECIMALS[currency]
    if not decimals:
        return f"{minor} {currency}"
    sign = "-" if minor < 0 else ""
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]} {currency}"


def excerpt(value: object) -> str:
    """A short, safe description of a value that was found: never the whole of a long one, never a big number.

    Nor a number that may be somebody's phone or card, in whatever field it stands.

    >>> excerpt("12.3 CNY"), excerpt("6222 0202 0011 2233"), excerpt(13800138000)
    ('"12.3 CNY"', 'a string of 19 characters', 'an integer of very many digits')
    """
    if isinstance(value, str):
        if len(value) > 24 or LONG_NUMBER.search(value):
            return f"a string of {len(value)} characters"
        return '"' + "".join(map(_legible, value)) + '"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return str(value) if -(10**10) < value < 10**10 else "an integer of very many digits"
    names = {float: "a float", list: "a list", tuple: "a list", dict: "an object", Decimal: "a Decimal"}
    return names.get(type(value), f"a {type(value).__name__}")


def _legible(character: str) -> str:
    """A character of an excerpt: what reads as it is, or an escape for what looks like something else, or like nothing.

    Full-width and foreign digits, Cyrillic letters and the like are escaped, for they are often what is wrong.
    """
    if character in '"\\':
        return f"\\{character}"
    plain = character < "\u0250" or east_asian_width(character) == "W"  # Latin letters; Chinese, Japanese, Korean
    if plain and character.isprintable() and character not in _BLANK:
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _problem(text: str) -> tuple[str, dict[str, Any]]:
    """Why `text` is not an amount: code and facts. Bounded in time: nothing is converted before its length is known."""
    facts: dict[str, Any] = {"found": excerpt(text), "digits": MAX_DIGITS}
    number, _, currency = text.partition(" ")
    if number.lstrip("+-").casefold() in _NOT_FINITE:
        return "amount.not_finite", facts
    if exponent := _EXPONENT.fullmatch(number[:_LONGEST]):
        return ("amount.out_of_range" if len(exponent[1]) > 3 else "amount.notation"), facts
    whole, point, fraction = number.partition(".")
    plain = whole.isascii() and whole.isdigit() and (not point or (fraction.isascii() and fraction.isdigit()))
    if plain and len(whole) > MAX_DIGITS:
        return "amount.too_large", facts
    if plain and len(fraction) > 4:
        return "amount.scale", facts | {"currency": "each currency", "decimals": "exactly its own number of decimals"}
    if not plain or len(text) > _LONGEST or (len(whole) > 1 and whole[0] == "0"):
        return "amount.notation", facts
    return "currency.unknown", facts | (unknown_currency(currency) if currency else _no_currency(number))


def parse_amount(text: str, limit: int | None = MAX_DIGITS) -> tuple[int, str]:
    """Minor units and currency of a wire amount; raises `PydanticCustomError` with a stable code.

    `limit` bounds the digits before the point; None is for amounts that this library computed itself.
    """
    match = _AMOUNT.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise _error(*_problem(text))
    sign, whole, fraction, currency = match.groups("")
    decimals = DECIMALS.get(currency)
    if decimals is None:
        raise _error("currency.unknown", unknown_currency(currency))
    if limit is not None and len(whole) > limit:
        raise _error("amount.too_large", {"digits": limit})
    if sign and not (whole + fraction).strip("0"):
        raise _error("amount.notation", {"found": excerpt(text)})
    if len(fraction) != decimals:
        raise _error("amount.scale", {"currency": currency, "decimals": _exactly(decimals)})
    minor = int(whole + fraction)
    return (-minor if sign else minor), currency


def unknown_currency(value: object) -> dict[str, Any]:
    """What was found where a currency is none, and the one that was meant where only the letters' case is wrong.

    >>> unknown_currency("cny")
    {'found': '"cny"', 'hint': '; did you mean "CNY"?'}
    """
    meant = value.strip().upper() if isinstance(value, str) and len(value) < 10 else ""
    return {"found": excerpt(value), "hint": f'; did you mean "{meant}"?' if meant in DECIMALS else ""}


#: As the amounts of most currencies, and of the one that is named as an example, are written.
_CENTS: Final = re.compile(r"-?\d+\.\d\d", re.ASCII)


def _no_currency(number: str) -> dict[str, Any]:
    shown = number if _CENTS.fullmatch(number) and not LONG_NUMBER.search(number) else "12.34"  # a phone's, perhaps
    return {"found": "no currency", "hint": f', as in "{shown} CNY"'}


def _counted(decimals: int) -> str:
    return f"{decimals} decimals" if decimals else "no decimals"


def _exactly(decimals: int) -> str:
    return f"exactly {decimals} decimals" if decimals else "no decimals"


def _error(code: str, facts: dict[str, Any]) -> PydanticCustomError:
    return PydanticCustomError(code, TEXTS[code], facts)


# ------------------------------------------------------------------ the value


@final
@total_ordering
class Money:
    """An exact amount of one currency: immutable, hashable, in integers of minor units.

    Made from the wire form, or from minor units. Adding, subtracting and ordering need the same currency
    (`CurrencyMismatch`); a float is a `TypeError`. Two amounts of other currencies are simply not equal.

    >>> Money("12.34 CNY") + Money("0.66 CNY")
    Money('13.00 CNY')
    >>> Money.of_minor(1250, "KWD").amount
    Decimal('1.250')
    >>> Money("12.3 CNY")
    Traceback (most recent call last):
    ...
    settlement.errors.InvalidDocument: Money: 1 problem
      amount: found too many or too few decimals; CNY has exactly 2 decimals [amount.scale]
    """

    __slots__ = ("currency", "minor")

    #: What is taken; a currency that stands apart is only taken to be told where it belongs.
    __signature__: ClassVar = Signature([Parameter("text", Parameter.POSITIONAL_OR_KEYWORD, annotation=str)])

    minor: int
    currency: str

    def __new__(cls, text: str, *apart: Never) -> Money:
        """Read the wire form, `"12.34 CNY"`. Raises `InvalidDocument` with a stable code.

        Raises `TypeError` for a float, and where the currency stands apart, which is for `Money.of`.
        """
        given: object = text
        if apart:
            number = excerpt(given) if type(given) in (str, int) and " " not in str(given) else '"12.34"'
            told = f"Money.of({number}, {excerpt(apart[0])})" if len(apart) == 1 else 'Money.of("12.34", "CNY")'
            msg = f'one string is read, such as "12.34 CNY"; of an amount and a currency write {told}'
            raise TypeError(msg)
        if isinstance(given, float):
            msg = 'a float is not an amount; write a string such as "12.34 CNY"'
            raise TypeError(msg)
        if isinstance(given, Decimal):
            raise InvalidDocument([Problem("amount", "amount.decimal", {})], "Money")
        if not isinstance(given, str):
            raise InvalidDocument([Problem("amount", "amount.type", {"found": excerpt(given)})], "Money")
        try:
            minor, currency = parse_amount(str(given), None)
        except PydanticCustomError as error:
            raise InvalidDocument([Problem("amount", error.type, error.context or {})], "Money") from None
        return money_of(minor, currency)

    @classmethod
    def of_minor(cls, minor: int, currency: str) -> Money:
        """An amount from minor units: `Money.of_minor(1234, "CNY")` is 12.34 CNY.

        Raises `TypeError` for anything but an int, `InvalidDocument` for an unknown currency or over 30 digits.
        """
        if isinstance(minor, bool) or not isinstance(minor, int):
            msg = f"minor units are an int, not {type(minor).__name__}"
            raise TypeError(msg)
        stated: object = currency
        if not isinstance(stated, str) or stated not in DECIMALS:
            raise InvalidDocument([Problem("currency", "currency.unknown", unknown_currency(currency))], "Money")
        if not -(10**30) < minor < 10**30:
            raise InvalidDocument([Problem("minor", "amount.too_large", {"digits": 30})], "Money")
        return money_of(int(minor), currency)

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """An amount in whole units, exactly: a `Decimal`, an `int` or plain digits in a `str`.

        Decimals that are not stated, and zeros behind the currency's own, are forgiven; anything that would have to be
        rounded is not. Raises `TypeError` for a float, `InvalidDocument` for what is no such amount, for an unknown
        currency and above 30 digits.

        >>> Money.of(Decimal("12.500"), "CNY"), Money.of(1200, "JPY"), Money.of("-0.5", "KWD")
        (Money('12.50 CNY'), Money('1200 JPY'), Money('-0.500 KWD'))
        >>> Money.of("12.505", "CNY")
        Traceback (most recent call last):
        ...
        settlement.errors.InvalidDocument: Money: 1 problem
          amount: found "12.505"; CNY has 2 decimals: round it first, to 12.50 or 12.51 [amount.inexact]
        """
        stated: object = amount
        if isinstance(stated, float):
            told = repr(stated) if abs(stated) < 10**15 else "12.34"
            msg = f'a float is not an amount: its cents may be gone; write Money.of("{told}", {excerpt(currency)})'
            raise TypeError(msg)
        try:
            code: object = currency
            decimals = DECIMALS.get(code) if isinstance(code, str) else None
            if decimals is None:
                raise _error("currency.unknown", unknown_currency(currency))
            minor = _minor(_digits(stated), decimals, currency)
        except PydanticCustomError as error:
            place = "currency" if error.type == "currency.unknown" else "amount"
            raise InvalidDocument([Problem(place, error.type, error.context or {})], "Money") from None
        return money_of(minor, currency)

    def format(self, locale: str = "en") -> str:
        """The amount as people write it, exact to the currency's last decimal. Raises `UnknownLocale`.

        >>> print(Money("1234.50 CNY").format("zh_CN"), Money("1234567.50 INR").format("en_IN"))
        ¥1,234.50 ₹12,34,567.50
        """
        return WORDED[Money](self, locale)

    @property
    def amount(self) -> Decimal:
        """The amount as an exact `Decimal` with the currency's decimals, whatever the caller's decimal context."""
        return Decimal(str(self).partition(" ")[0])

    def __str__(self) -> str:
        return format_minor(self.minor, self.currency)

    def __repr__(self) -> str:
        return f"Money({str(self)!r})"

    def __format__(self, spec: str) -> str:
        """As the wire form, filled and aligned: `f"{price:>12}"`. Raises `ValueError` for the format of a number."""
        try:
            return format(str(self), spec)
        except ValueError:
            msg = f"{spec!r} is no format of a text; write price.format('en') for people, price.amount for the digits"
            raise ValueError(msg) from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor == other.minor and self.currency == other.currency

    def __hash__(self) -> int:
        return hash((self.minor, self.currency))

    def __lt__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor < self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return money_of(self.minor + self._same(other), self.currency)

    def __radd__(self, other: object) -> Money:
        if other == 0 and type(other) is int:  # so that sum() works
            return self
        return NotImplemented

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return money_of(self.minor - self._same(other), self.currency)

    def __mul__(self, factor: int) -> Money:
        if isinstance(factor, bool) or not isinstance(factor, int):
            return NotImplemented
        return money_of(self.minor * factor, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return money_of(-self.minor, self.currency)

    def __pos__(self) -> Money:
        return self

    def __abs__(self) -> Money:
        return money_of(abs(self.minor), self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise Immutable("Money", name, "add, subtract, or make another")

    def __delattr__(self, name: str) -> NoReturn:
        raise Immutable("Money", name, "add, subtract, or make another")

    def __copy__(self) -> Money:
        return self

    def __deepcopy__(self, memo: object) -> Money:
        return self

    def __reduce__(self) -> tuple[object, tuple[int, str]]:
        return Money.of_minor, (self.minor, self.currency)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "title": "Money",
            "description": "A decimal with exactly the currency's number of decimals (ISO 4217), a space, the code.",
            "pattern": r"^(0|[1-9][0-9]{0,11})(\.[0-9]{2,4})? [A-Z]{3}$",
            "examples": ["12.34 CNY"],
        }


_new = object.__new__
_set_minor = Money.minor.__set__  # type: ignore[attr-defined, misc]  # slots, which mypy takes for values
_set_currency = Money.currency.__set__  # type: ignore[attr-defined, misc]  # slots, which mypy takes for values


def money_of(minor: int, currency: str) -> Money:
    """A Money without a check: for amounts that this library computed."""
    value = _new(Money)
    _set_minor(value, minor)
    _set_currency(value, currency)
    return value


def validate(value: object, info: Any) -> Money:
    """The door of documents: an amount that a shop states, 0 or more and bounded."""
    if type(value) is str:
        minor, currency = parse_amount(value)
    elif isinstance(value, Money):
        minor, currency = value.minor, value.currency
        if abs(minor) >= 10 ** (MAX_DIGITS + DECIMALS[currency]):
            raise _error("amount.too_large", {"digits": MAX_DIGITS})
        if minor >= 0:
            return value
    elif isinstance(value, str):
        minor, currency = parse_amount(str(value))
    elif isinstance(value, dict):
        minor, currency = _pair(value, info)
    else:
        raise _wrong_type(value, info)
    if minor < 0:
        raise _error("amount.negative", {})
    return money_of(minor, currency)


def stated(value: object) -> Money:
    """The same for the one form that nearly every document has; anything else is left to the door."""
    if type(value) is not str:
        raise ValueError(value)
    minor, currency = parse_amount(value)
    if minor < 0:
        raise _error("amount.negative", {})
    return money_of(minor, currency)


def _pair(value: dict[Any, Any], info: Any) -> tuple[int, str]:
    """The second wire form: {"amount": "12.34", "currency": "CNY"}."""
    if set(value) != {"amount", "currency"}:
        raise _error("amount.type", {"found": "an object without just amount and currency"})
    amount, currency = value["amount"], value["currency"]
    if isinstance(amount, Decimal):
        amount = _plain(amount)
    if not isinstance(amount, str):
        raise _wrong_type(amount, info)
    if not isinstance(currency, str) or currency not in DECIMALS:
        raise _error("currency.unknown", unknown_currency(currency))
    if " " in amount:
        raise _error("amount.notation", {"found": excerpt(amount)})
    return parse_amount(f"{amount!s} {currency!s}")


def _plain(value: Decimal) -> str:
    """A Decimal in plain digits."""
    if not value.is_finite():
        raise _error("amount.not_finite", {"found": "a Decimal that is not finite"})
    text = written_out(value)
    if text is None:
        code = "amount.out_of_range" if abs(value.adjusted()) > 999 else "amount.notation"
        raise _error(code, {"found": "a Decimal that is not plain", "digits": MAX_DIGITS})
    return text


#: What a Decimal of so many places is a multiple of.
_PLACES = [Decimal((0, (1,), -places)) for places in range(_LONGEST)]
_TENS = [Decimal((0, (1,), tens)) for tens in range(1, _LONGEST)]


def written_out(value: Decimal) -> str | None:
    """A finite Decimal in plain digits; None where it has an exponent or is far too long to be an amount.

    It is looked at before anything is made of it: its magnitude, then its places, neither of which costs by its length.
    """
    if not -_LONGEST < value.adjusted() < _LONGEST or not any(map(value.same_quantum, _PLACES)):
        return None
    return format(value, "f")


_PLAIN = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


def _digits(amount: object) -> str:
    """An amount in whole units as it is written; nothing is worked out before its size is known."""
    if isinstance(amount, Decimal):
        if amount.is_finite() and amount.adjusted() < _LONGEST and any(map(amount.same_quantum, _TENS)):
            return str(int(amount))  # Decimal("1E+2") is 100
        return _plain(amount)
    if isinstance(amount, int) and not isinstance(amount, bool):
        if not -(10**30) < amount < 10**30:  # looked at before it is written out
            raise _error("amount.too_large", {"digits": 30})
        return str(int(amount))
    if not isinstance(amount, str):
        raise _error("amount.type", {"found": excerpt(amount)})
    return str(amount)


def _minor(text: str, decimals: int, currency: str) -> int:
    """Minor units, where nothing but zeros stands behind the currency's decimals."""
    match = _PLAIN.fullmatch(text) if len(text) <= 2 * _LONGEST else None
    if match is None:
        code = "amount.not_finite" if text.lstrip("+-").casefold() in _NOT_FINITE else "amount.plain"
        raise _error(code, {"found": excerpt(text), "currency": currency})
    sign, whole, fraction = match.groups("")
    if len(whole) > 30:
        raise _error("amount.too_large", {"digits": 30})
    minor = int(whole + fraction[:decimals].ljust(decimals, "0")) * (-1 if sign else 1)
    if fraction[decimals:].strip("0"):
        if len(whole) > 9:  # never quoted: it may be somebody's number
            raise _error("amount.scale", {"currency": currency, "decimals": _exactly(decimals)})
        further = minor - 1 if sign else minor + 1
        lower, upper = (format_minor(each, currency).partition(" ")[0] for each in (minor, further))
        facts = {"found": excerpt(text), "currency": currency, "decimals": _counted(decimals)}
        raise _error("amount.inexact", {**facts, "lower": lower, "upper": upper})
    return minor


def _wrong_type(value: object, info: Any) -> PydanticCustomError:
    from_json = bool(info.context and info.context.get("json"))
    if from_json and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _error("amount.json_number", {})
    if isinstance(value, float):
        return _error("amount.float", {})
    if isinstance(value, Decimal) and not value.is_finite():
        return _error("amount.not_finite", {"found": "a Decimal that is not finite"})
    if isinstance(value, Decimal):
        return _error("amount.decimal", {})
    return _error("amount.type", {"found": excerpt(value)})
