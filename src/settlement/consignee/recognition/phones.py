"""Telephone numbers in a pasted text, with the extension that a privacy number needs to reach anybody.

The error rule for a mainland mobile is `1[3-9]` and nine digits: number ranges move, so no finer list is kept. The
extension is looked for first and kept: without it a privacy number rings somebody else.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from settlement.consignee.recognition.lazily import lazily
from settlement.consignee.recognition.pieces import blank

__all__ = ["Phone", "Phones", "find_phones"]

_CODE = r"(?:\(?(?:\+ ?|00)?86\)?[- ]{0,2})?"
_AREA = r"(?:010|02\d|0[3-9]\d\d)"
_PHONE = lazily(
    rf"""(?<![\d*])(?:
      {_CODE}(?P<mobile>1[3-9]\d(?:\d{{8}}|[- ]\d{{4}}[- ]?\d{{4}}|\d{{4}}[- ]\d{{4}}
        |\d[- ]\d{{3}}[- ]\d{{4}}|[- ]\d{{3}}[- ]\d{{5}}))
    | (?P<abroad>(?:\+|\(\+|00)85[23]\)?[- ]?[2-9]\d{{3}}[- ]?\d{{4}}
        |(?:\+|\(\+|00)886\)?[- ]?(?:0?9\d\d[- ]?\d{{3}}[- ]?\d{{3}}|[2-8][- ]?\d{{3,4}}[- ]?\d{{4}})
        |85[23]-[2-9]\d{{3}}[- ]?\d{{4}}
        |\+(?!86)[1-9]\d{{0,2}}(?:[-. ]?\(?\d{{1,5}}\)?){{2,5}})
    | (?P<service>[48]00[- ]?\d{{3}}[- ]?\d{{4}})
    | (?:\(?(?:\+|00)?86\)?[- ]?(?P<bare>10|2\d|[3-9]\d\d)|\(?(?P<area>{_AREA})\)?)
        [- ]{{0,2}}(?P<local>[1-9]\d{{6,7}}|[1-9]\d{{2,3}}[- ]\d{{4}})
    | (?P<taiwan>09\d\d[- ]?\d{{3}}[- ]?\d{{3}}|0[2-8]-\d{{3,4}}-\d{{4}})
    )(?!\d)""",
    re.ASCII | re.VERBOSE,
)
_RUN = lazily(r"[0-9+(][-0-9 +().]{5,}[0-9]")  # every number above is such a run; house numbers hardly are
# What stands behind is no extension where it goes on as the number of a house; 号码保护 is no house.
_NO_HOUSE = r"(?![\d-]|号(?!码)|[栋楼室单层座幢弄巷]|#)"
_SWITCH = r"转?分机号?|转|ext\.?|x"
_EXTENSION = lazily(
    rf"[ ,]?(?:(?:[-#*_—–]|{_SWITCH})[: ]?(?:(\d{{1,6}})|[\[(【](\d{{2,6}})[\])】])"
    rf"|[\[(【](?:{_SWITCH})?[: ]?(\d{{2,6}})[\])】]){_NO_HOUSE}",
    re.ASCII | re.IGNORECASE,
)
_EXTENDS = frozenset(" ,-#*_—–转分eExX[(【")  # what an extension begins with
# Most numbers are eleven digits between other things.
_MOBILE = 11
_IDENTITY_RUN = 16  # longer ones may be the number of an identity card
_MOBILE_ALONE = lazily(r"1[3-9]\d{9}(?!\d)", re.ASCII)
_TOUCHING = frozenset("0123456789*")
# Shops' forms repeat the extension behind the name and the address: 张三[7839], 科技路1号转7839.
_REPEATED = lazily(
    rf"[\[【](?P<sure>\d{{3,4}})[\]】]|\(?(?:转?分机号?|转)[: ]?(?P<said>\d{{3,6}})\)?{_NO_HOUSE}(?=[ \n,;。]|$)"
    rf"|\((?P<inside>\d{{3,6}})\)|(?<!\d)-(?P<bare>\d{{3,6}}){_NO_HOUSE}(?=[ \n,;。]|$)",
    re.ASCII,
)
_REPEATS: Final = frozenset("[【(-转机")
_LABELLED = lazily(
    r"(?:电话|電話|手机|手機|座机|固话|tel|phone)[^\d\n+(]{0,6}(\d{7,8}|\d{4}[- ]\d{4})(?:-(\d{1,6}))?(?![\d-])",
    re.ASCII | re.IGNORECASE,
)
_GLUED = lazily(r"(?<!\d)(\d{1,6})(1[3-9]\d{9})(?!\d)", re.ASCII)
_BEFORE_POSTCODE = lazily(r"(?<!\d)(1[3-9]\d{9})([0-8]\d{5})(?!\d)", re.ASCII)
_MASKED = lazily(r"(?<!\d)1[3-9]\d?\*{4,9}\d{2,4}(?!\d)", re.ASCII)
_IDENTITY = lazily(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])",
    re.ASCII,
)
_NEAR_HONG_KONG = lazily(r"香港|澳[门門]|Hong Kong|Macau|九[龙龍]|新界")
_EIGHT = lazily(r"(?<![\d-])[2-9]\d{3}[- ]?\d{4}(?![\d-])", re.ASCII)
_SPACES = str.maketrans({" ": "-", "(": "", ")": "", ".": "-"})


class Phone(NamedTuple):
    """A number as it is dialled, its extension apart, and whether it is a mobile."""

    number: str
    extension: str | None
    mobile: bool


class Phones(NamedTuple):
    """What was found, and the spans that it takes from the text."""

    phone: Phone | None = None
    taken: tuple[tuple[int, int], ...] = ()  # the phone and its extension
    others: tuple[tuple[int, int], ...] = ()  # further and masked numbers, identity numbers


def find_phones(text: str) -> Phones:
    """Find the phone of a text: the first mobile, else the first other number.

    >>> found = find_phones("张三 86-138-0013-8000转9100")
    >>> found.phone.number, found.phone.extension
    ('13800138000', '9100')
    """
    runs = [match.span() for match in _RUN.finditer(text)]
    others: list[tuple[int, int]] = []
    if len(runs) == 1 and "*" not in text:
        start, end = runs[0]
        if end - start == _MOBILE and _MOBILE_ALONE.match(text, start) and text[start - 1 : start] not in _TOUCHING:
            phone, span = _extended(text, text[start:end], start, end, mobile=True)
            return Phones(*_repeated(text, phone, span))
    if runs and max([end - start for start, end in runs]) > _IDENTITY_RUN:
        others = [match.span() for match in _IDENTITY.finditer(text)]
        text = blank(text, others) if others else text
    phones: list[tuple[Phone, tuple[int, int]]] = []
    for start, end in runs:
        if end - start == _MOBILE and _MOBILE_ALONE.match(text, start) and text[start - 1 : start] not in _TOUCHING:
            phones.append(_extended(text, text[start:end], start, end, mobile=True))
        else:
            phones += [_phone(text, match) for match in _PHONE.finditer(text, start, end)]
    if not phones and (runs or len(text) > 7):
        phones = _unusual(text)
    if "*" in text:
        others += [match.span() for match in _MASKED.finditer(text)]
    if not phones:
        return Phones(others=tuple(others))
    chosen = next((each for each in phones if each[0].mobile), phones[0])
    others += [each[1] for each in phones if each is not chosen]
    return Phones(*_repeated(text, *chosen), tuple(others))


def _repeated(text: str, phone: Phone, span: tuple[int, int]) -> tuple[Phone, tuple[tuple[int, int], ...]]:
    """The phone with the extension that stands elsewhere, and every place where it does.

    In square brackets, or behind 转, it is one by itself; in others, or behind a hyphen, where the phone has the same.
    """
    if not phone.mobile or _REPEATS.isdisjoint(text):
        return phone, (span,)
    start, end = span
    found = [each for each in _REPEATED.finditer(text) if not start <= each.start() < end]
    known = phone.extension or next(filter(None, [each["sure"] or each["said"] for each in found]), None)
    taken = [each.span() for each in found if each[each.lastgroup or 0] == known]
    return Phone(phone.number, known, phone.mobile), (span, *taken)


def _phone(text: str, match: re.Match[str]) -> tuple[Phone, tuple[int, int]]:
    kind = match.lastgroup or ""
    end = match.end()
    if kind == "mobile":
        number = match["mobile"].replace(" ", "").replace("-", "")
    elif kind == "local":
        area = match["area"] or "0" + match["bare"]
        number = f"{area}-{match['local'].replace(' ', '').replace('-', '')}"
    else:
        number = match[kind].translate(_SPACES)
    return _extended(text, number, match.start(), end, mobile=kind == "mobile")


def _extended(text: str, number: str, start: int, end: int, *, mobile: bool) -> tuple[Phone, tuple[int, int]]:
    """A number with the extension that follows it."""
    extension = None
    if text[end : end + 1] in _EXTENDS and (found := _EXTENSION.match(text, end)):
        extension, end = found[1] or found[2] or found[3], found.end()
    return Phone(number, extension, mobile), (start, end)


def _unusual(text: str) -> list[tuple[Phone, tuple[int, int]]]:
    """Numbers that are told only by what stands around them: glued to a room, behind a label, in Hong Kong."""
    if match := _BEFORE_POSTCODE.search(text):
        return [(Phone(match[1], None, mobile=True), match.span(1))]
    for match in _GLUED.finditer(text):
        if len(match[1]) == 6 or _is_room(text, match.start()):
            return [(Phone(match[2], None, mobile=True), match.span(2))]
    if match := _LABELLED.search(text):
        return [(Phone(match[1].translate(_SPACES), match[2], mobile=False), (match.start(1), match.end()))]
    if (match := _NEAR_HONG_KONG.search(text)) and (match := _EIGHT.search(text)):
        return [(Phone(match[0].translate(_SPACES), None, mobile=False), match.span())]
    return []


def _is_room(text: str, start: int) -> bool:
    """Whether digits at a place continue an address: what stands before them is a character, letter or hyphen."""
    return start > 0 and (text[start - 1].isalpha() or text[start - 1] in "-#")
