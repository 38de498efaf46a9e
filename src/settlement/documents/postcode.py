"""Postcodes: what those of a country look like, ranges and prefixes of them, and the narrowest rule for one.

A country's code has a form: digits, letters, and in some countries a second half behind the part that means an area
(`KA27 8SQ` lies in `KA27`, `94103-1234` in `94103`). Codes of one form are counted through, so that a range is two
numbers and is never written out. Nothing here knows which codes are in use.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Final, Generic, NamedTuple, TypeVar

__all__ = ["Code", "Codes", "PostcodeForm", "Ranges", "form_of", "prefixed", "ranged", "sample"]

#: `9` a digit, `A` a letter, `X` either; `|` between forms; in brackets what may follow, after what stands between.
#: Source: the postal code patterns of Unicode CLDR 26, and the Universal Postal Union's addressing of each country.
_FORMS: Final = """
AR: 9999|A9999AAA
CA: A9A[ 9A9]
GB: A9|A99|AA9|AA99|A9A|AA9A[ 9AA]
GG IM JE: AA9|AA99[ 9AA]
IE: A99|A9A[ XXXX]
BR: 99999[-999]
JP: 999[-9999]
NL: 9999[ AA]
PL: 99-999
PT: 9999[-999]
SA: 99999[-9999]
TW: 999[99|999]
AS GU MP PR US VI: 99999[-9999]
VN: 99999|999999
FO IS: 999
AF AM AT AU BD BE BG CH CY DK GE GL HU LI LU LV MK NE NO NZ PH PY SI TN VE ZA: 9999
AX BA CR CU CZ DE DO DZ EE EG ES FI FR GF GP GR GT HN HR ID IQ IT JO KE KH KR KW LA LK LT MA MC ME MM MN MQ: 99999
MX MY NC NI NP PE PF PK PM RE RS SE SK SM SN TH TR UA UY VA XK YT ZM: 99999
BY CO EC IN KG KZ NG RO RU SG TJ TM UZ: 999999
CL IL: 9999999
"""
#: Of a country that is not listed: digits alone, as many as there are.
_OTHERS: Final = "|".join("9" * digits for digits in range(3, 11))
_RADIX: Final = MappingProxyType({"9": 10, "A": 26, "X": 36})
_PATTERN: Final = MappingProxyType({"9": "[0-9]", "A": "[A-Z]", "X": "[0-9A-Z]", "-": "-?", " ": ""})

Rule = TypeVar("Rule")


class Code(NamedTuple):
    """One postcode: of an area, or of a place in it; each as its country writes it."""

    country: str
    area: str
    #: The whole, where it says more than the area.
    whole: str | None
    #: The forms of both, and what number each is among the codes of its form.
    shape: tuple[str, str]
    numbers: tuple[int, int]

    @property
    def text(self) -> str:
        """As its country writes it."""
        return self.whole or self.area


class Codes(NamedTuple):
    """A range of postcodes or a prefix: from where to where, for each form."""

    country: str
    text: str
    #: Whether they are of areas, each with all that lies in it, or whole ones.
    areas: bool
    spans: tuple[tuple[tuple[str, str], int, int], ...]

    @property
    def width(self) -> int:
        """How many whole codes they are."""
        form = form_of(self.country)
        each = form.size if self.areas else 1
        return each * sum([last - first + 1 for _, first, last in self.spans])

    def holds(self, other: Code | Codes) -> bool:
        """Whether a postcode, or all of several, are among these."""
        if other.country != self.country:
            return False
        if isinstance(other, Code):
            shape, number = (other.shape, other.numbers[1])
            if self.areas:
                shape, number = ((shape[0], ""), other.numbers[0])
            elif other.whole is None:
                return False
            return any(mine == shape and first <= number <= last for mine, first, last in self.spans)
        if other.areas and not self.areas:
            return False
        return all(
            any(_within(span, mine, self.areas and not other.areas) for mine in self.spans) for span in other.spans
        )

    def meets(self, other: Codes) -> bool:
        """Whether some code is among both."""
        return self.country == other.country and any(
            shape[0] == its[0]
            and (shape == its or "" in {shape[1], its[1]})
            and _area(shape, its, first) <= _area(its, shape, end)
            and _area(its, shape, begin) <= _area(shape, its, last)
            for shape, first, last in self.spans
            for its, begin, end in other.spans
        )


def _area(shape: tuple[str, str], beside: tuple[str, str], number: int) -> int:
    """A code's number, or that of its area beside codes that are areas."""
    return number if shape[1] == beside[1] else number // _count(shape[1])


def _within(span: tuple[tuple[str, str], int, int], wider: tuple[tuple[str, str], int, int], of_areas: object) -> bool:
    shape, first, last = span
    if of_areas:
        each = _count(shape[1])
        shape, first, last = (shape[0], ""), first // each, last // each
    return shape == wider[0] and wider[1] <= first and last <= wider[2]


class PostcodeForm:
    """The postcodes of one country."""

    def __init__(self, country: str, stated: str, *, known: bool) -> None:
        self.country, self.known = country, known
        head, _, rest = stated.rstrip("]").partition("[")
        self.joint = rest[:1] if rest[:1] in {" ", "-"} else ""
        self.areas = tuple(head.split("|"))
        self.rests = tuple(rest[len(self.joint) :].split("|")) if rest else ()
        #: How many whole codes an area has.
        self.size = sum(map(_count, self.rests)) or 1
        areas = "|".join("".join(_PATTERN.get(sign, sign) for sign in area) for area in self.areas)
        rests = "|".join("".join(_PATTERN.get(sign, sign) for sign in each) for each in self.rests)
        more = f"(?:{_PATTERN.get(self.joint, '')}({rests}))?" if rests else "()"
        self._pattern = re.compile(f"({areas}){more}", re.ASCII)
        #: Whether there are only digits in it.
        self.digits = not {"A", "X"} & set(stated)

    def code(self, text: str) -> Code | None:
        """The postcode that a text is, or None; neither case nor blanks matter."""
        if not text.isascii():
            return None
        if self.known:
            text = text.replace(" ", "").upper()
        match = self._pattern.fullmatch(text)
        if match is None:
            return None
        area, rest = match[1].replace("-", ""), (match[2] or "").replace("-", "")
        shape = (_shape(area, self.areas), _shape(rest, self.rests) if rest else "")
        number = _number(area, shape[0])
        written = _written(area, shape[0])
        if not rest:
            return Code(self.country, written, None, shape, (number, -1))
        whole = f"{written}{self.joint}{_written(rest, shape[1])}"
        return Code(self.country, written, whole, shape, (number, number * _count(shape[1]) + _number(rest, shape[1])))


@lru_cache(maxsize=512)
def form_of(country: str) -> PostcodeForm:
    """The form of a country's postcodes; one that is not listed has digits.

    >>> form_of("GB").code("ka278sq").text, form_of("JP").code("9000001").text, form_of("US").code("9410")
    ('KA27 8SQ', '900-0001', None)
    """
    for row in _FORMS.strip().splitlines():
        countries, _, stated = row.partition(": ")
        if country in countries.split():
            return PostcodeForm(country, stated, known=True)
    return PostcodeForm(country, _OTHERS, known=False)


def _signs(shape: str) -> str:
    """A form without what is only written between."""
    return shape.replace("-", "")


def _count(shape: str) -> int:
    """How many codes there are of a form."""
    count = 1
    for sign in _signs(shape):
        count *= _RADIX[sign]
    return count


def _fits(text: str, shape: str) -> bool:
    """Whether a text begins a code of this form."""
    signs = _signs(shape)
    return len(text) <= len(signs) and all(
        sign == "X" or each.isdigit() == (sign == "9") for each, sign in zip(text, signs, strict=False)
    )


def _shape(text: str, shapes: Sequence[str]) -> str:
    return next(shape for shape in shapes if len(_signs(shape)) == len(text) and _fits(text, shape))


def _number(text: str, shape: str) -> int:
    """What number a code is among those of its form, in the order of the alphabet."""
    number = 0
    for each, sign in zip(text, _signs(shape), strict=True):
        number = number * _RADIX[sign] + (ord(each) - ord("A") if sign == "A" else int(each, 36))
    return number


def _written(text: str, shape: str) -> str:
    """A code with what its country writes between."""
    signs = iter(text)
    return "".join(sign if sign == "-" else next(signs) for sign in shape)


def _span(begin: str, shape: str) -> tuple[int, int]:
    """The first and the last number of the codes of a form that begin so."""
    rest = _count(_signs(shape)[len(begin) :])
    first = _number(begin, _signs(shape)[: len(begin)]) * rest
    return first, first + rest - 1


# ------------------------------------------------------------------ ranges and prefixes


def ranged(first: Code | None, last: Code | None) -> Codes | None:
    """Codes of one country and one form, the first and the last included; None for what is no range.

    >>> form = form_of("US")
    >>> ranged(form.code("90210"), form.code("99000")).width // form.size
    8791
    >>> ranged(form.code("99000"), form.code("90210")) is None
    True
    """
    if first is None or last is None or first.country != last.country or first.shape != last.shape:
        return None
    areas = first.whole is None
    begin, end = (each.numbers[0] if areas else each.numbers[1] for each in (first, last))
    if begin >= end:
        return None
    return Codes(first.country, f"{first.text}...{last.text}", areas, ((first.shape, begin, end),))


def prefixed(country: str, begin: str) -> Codes | None:
    """All codes of a country that begin so: areas, or whole ones where it says more than an area. None: there are none.

    A blank or a hyphen stands where a whole code has it: `BT1 2` begins codes in BT1, `BT12` the areas BT12 and none
    other.

    >>> [prefixed("GB", text).text for text in ("bt", "ka2", "ka278", "bt1 2")], prefixed("US", "9A")
    (['BT*', 'KA2*', 'KA27 8*', 'BT1 2*'], None)
    """
    form = form_of(country)
    text = begin.strip().upper() if form.known else begin
    if not re.fullmatch(r"[0-9A-Z][0-9A-Z -]*", text, re.ASCII):
        return None
    area, _, more = text.rpartition(form.joint) if form.joint and form.joint in text else ("", "", "")
    if area and form.code(area) is None and form.joint == " ":
        area = ""  # a blank that means nothing
    text = re.sub(r"[ -]", "", text) if form.known else text
    spans: list[tuple[tuple[str, str], int, int]] = []
    if not area:
        spans = [((shape, ""), *_span(text, shape)) for shape in form.areas if _fits(text, shape)]
        if spans:
            return Codes(country, f"{text}*", True, tuple(spans))
    for at in range(1, len(text)):
        found = form.code(area or text[:at])
        rest = re.sub(r"[ -]", "", more) if area else text[at:]
        if found is None or found.whole is not None:
            continue
        for shape in form.rests:
            if _fits(rest, shape):
                first, last = _span(rest, shape)
                base = found.numbers[0] * _count(shape)
                spans.append(((found.shape[0], shape), base + first, base + last))
        if spans:
            return Codes(country, f"{found.area}{form.joint}{rest}*", False, tuple(spans))
    return None


def sample(country: str) -> str:
    """A range as it may be written in a country, for whoever is told how.

    >>> sample("US"), sample("GB"), sample("PL")
    ('10000...19999', 'A10...A19', '10-000...19-999')
    """
    shapes = form_of(country).areas
    shape = next((each for each in shapes if each.endswith("99")), shapes[0])
    at = shape.index("9")
    first, last = (shape[:at] + "1" + shape[at + 1 :].replace("9", each) for each in "09")
    return f"{first}...{last}"


# ------------------------------------------------------------------ the narrowest rule


class Ranges(Generic[Rule]):
    """Rules by ranges and prefixes of postcodes; looking one up costs a bisection, however many and however wide.

    The narrowest decides: of fewest codes. Of equally wide ones that which begins with the lower code, then the smaller
    spelling; so the order in which they are written means nothing.
    """

    __slots__ = ("_all", "_begins", "_best")

    def __init__(self, rules: Sequence[tuple[Codes, Rule]]) -> None:
        #: The narrowest first.
        self._all = sorted(rules, key=lambda pair: (pair[0].width, pair[0].spans[0][1], pair[0].text))
        spread: dict[tuple[str, tuple[str, str]], list[tuple[int, int, int]]] = {}
        for rank, (codes, _) in enumerate(self._all):
            for shape, first, last in codes.spans:
                spread.setdefault((codes.country, shape), []).append((first, last, rank))
        self._begins: dict[tuple[str, tuple[str, str]], list[int]] = {}
        self._best: dict[tuple[str, tuple[str, str]], list[int]] = {}
        for form, each in spread.items():
            self._begins[form], self._best[form] = _painted(each)

    def nearest(self, code: Code) -> tuple[Codes, Rule] | None:
        """The narrowest that holds a postcode."""
        ranks = []
        for shape, number in (((code.shape[0], ""), code.numbers[0]), (code.shape, code.numbers[1])):
            begins = self._begins.get((code.country, shape))
            if begins is not None and number >= begins[0]:
                ranks.append(self._best[code.country, shape][bisect_right(begins, number) - 1])
        rank = min([each for each in ranks if each >= 0], default=None)
        return None if rank is None else self._all[rank]

    def matches(self, code: Code | Codes) -> Iterator[tuple[Codes, Rule]]:
        """All that hold a postcode, or all of several; the narrowest first."""
        return (pair for pair in self._all if pair[0].holds(code))


def _painted(spans: list[tuple[int, int, int]]) -> tuple[list[int], list[int]]:
    """Where each stretch of numbers begins, and the smallest rank in it; −1 for none."""
    spans.sort()
    begins, best = [], []
    within: list[tuple[int, int]] = []
    at = 0
    for edge in sorted({edge for first, last, _ in spans for edge in (first, last + 1)}):
        while at < len(spans) and spans[at][0] <= edge:
            heappush(within, (spans[at][2], spans[at][1]))
            at += 1
        while within and within[0][1] < edge:
            heappop(within)
        begins.append(edge)
        best.append(within[0][0] if within else -1)
    return begins, best
