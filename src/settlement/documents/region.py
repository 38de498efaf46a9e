"""Regions: paths from the whole world downwards, and the lookup of the most specific rule (contract §1).

China is written by GB/T 2260 codes of 6 digits or statistical town codes of 9 or 12; trailing zeros mean the wider
region. Elsewhere a region is spelled out: `US/CA/94103`. Hong Kong, Macau and Taiwan have codes of both kinds, which
mean the same: `HK` is 810000, and `TW/100` lies in 710000. Nothing here consults the catalogue of names.

A rule may name several postcodes at once, as a range or a prefix: `US/90210...99000`, `GB/BT*` (docs/postcodes.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Generic, NamedTuple, NoReturn, TypeAlias, TypeVar

from settlement.documents.postcode import Code, Codes, Ranges, form_of, prefixed, ranged, sample
from settlement.documents.written import all_readable

__all__ = [
    "ISO_IN_CHINA",
    "NEW_AREA",
    "Depth",
    "NotARegion",
    "Region",
    "RegionTable",
    "contains",
    "depth",
    "is_one_place",
    "meet",
    "path",
    "region_of",
    "same_places",
]

#: Regions of China that ISO 3166-1 gives a country's code, which address forms of other countries send.
ISO_IN_CHINA: Final = MappingProxyType({"HK": "810000", "MO": "820000", "TW": "710000"})
#: 雄安新区: in use by its own offices and carriers though not in GB/T 2260; three counties of 保定市 (130600).
NEW_AREA: Final = "133100"
_NEW_AREA_COUNTIES = frozenset({"130629", "130632", "130638"})

_CODE = re.compile(r"[1-9][0-9]{5}(?:[0-9]{3}(?:[0-9]{3})?)?", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_OUTSIDE_MAINLAND = frozenset({"71", "81", "82"})

#: Segments below a country, and characters of one.
_DEEPEST, _LONGEST = 6, 64
#: What no name has: the signs of patterns, of markup and of lists.
_NO_NAME = re.compile(r"[*%?#~^|<>{}\[\]\\:;=+$@!\"`～…‥]")
#: Digits, or a code in capitals, and what stands for more of them.
_LIKE_PREFIX = re.compile(r"[A-Z]{0,2}[0-9]*(?:x{2,}|_+)|[0-9]+[xX_]+", re.ASCII)
#: What people write for "from … to …".
_BETWEEN = re.compile(r"\.{2,}|…|‥|\s*[-–—~～:]\s*|\s+(?:to|until|bis|à)\s+|至|到|から")

#: The spelling of a region as a document has it.
Region = str
#: How narrow a region is: a larger one is narrower, wherever both contain one address (docs/postcodes.md).
Depth: TypeAlias = tuple[int, int, int, int]

Rule = TypeVar("Rule")


class NotARegion(ValueError):
    """A text that is no region; `code` is that of the problem, with its facts."""

    def __init__(self, code: str = "region.notation", **facts: Any) -> None:
        super().__init__("not a region")
        self.code, self.facts = code, facts


class _Laid(NamedTuple):
    """A region laid out."""

    #: The world first; the last is the one canonical spelling.
    path: tuple[str, ...]
    #: What a rule for one place may be written for, the narrowest first: the path, and the postcode without states.
    nodes: tuple[str, ...]
    depth: Depth
    #: The postcode or the postcodes that it names, None for none.
    code: Code | Codes | None = None


def path(region: str) -> tuple[str, ...]:
    """The path of a region, the world first; its last element is the region's one canonical spelling.

    Raises `ValueError` for anything that is not a region.

    >>> path("440305")
    ('*', 'CN', 'CN/mainland', '440000', '440300', '440305')
    >>> path("440300000")[-1], path("810000"), path("US/CA/94103")
    ('440300', ('*', 'CN', '810000'), ('*', 'US', 'US/CA', 'US/CA/94103'))
    >>> path("HK"), path("TW/100")
    (('*', 'CN', '810000'), ('*', 'CN', '710000', 'TW/100'))
    >>> path("GB/ka278sq"), path("GB/bt*")
    (('*', 'GB', 'GB/KA27 8SQ'), ('*', 'GB', 'GB/BT*'))
    """
    return _laid(region).path


def depth(region: str) -> Depth:
    """How narrow a rule's region is: of several that contain one address the largest decides.

    A postcode is narrower than any place without one, of fewer codes narrower than of more; of equally many that which
    is spelled out before a range or a prefix, and then the longer path.

    >>> rules = ["US", "US/CA", "US/9*", "US/941*", "US/94103", "US/CA/94103", "US/94103-1234"]
    >>> sorted(rules, key=depth) == rules
    True
    """
    return _laid(region).depth


def is_one_place(region: str) -> bool:
    """Whether a region is no range and no prefix of postcodes, so that an address may lie in it."""
    return not isinstance(_laid(region).code, Codes)


def same_places(region: str) -> str:
    """One text for all spellings that mean the same places.

    >>> same_places("440300000"), same_places("US/941*") == same_places("US/94100...94199")
    ('440300', True)
    """
    laid = _laid(region)
    return f"{laid.code.country}/{laid.code.spans}" if isinstance(laid.code, Codes) else laid.path[-1]


@lru_cache(maxsize=8192)
def _laid(region: str) -> _Laid:
    if _CODE.fullmatch(region):
        nodes = _chinese(region)
    elif region == "*":
        nodes = ("*",)
    elif region == "CN/mainland":
        nodes = ("*", "CN", "CN/mainland")
    elif region == "CN":
        nodes = ("*", "CN")
    else:
        return _elsewhere(region)
    return _Laid(nodes, nodes[::-1], (0, 0, 0, len(nodes)))


def _elsewhere(region: str) -> _Laid:
    """A path that is spelled out."""
    if len(region) > (_DEEPEST + 1) * (_LONGEST + 1) * 2:  # decomposed, a letter may be several
        raise NotARegion
    country, *names = unicodedata.normalize("NFC", region).split("/")
    if not _COUNTRY.fullmatch(country):
        if re.fullmatch(r"[A-Za-z]{2}", country):
            raise NotARegion("region.country", right="/".join([country.upper(), *names])[:80])
        _refuse_code(region)
        raise NotARegion
    if len(names) > _DEEPEST or country == "CN":
        _refuse_code(region)
        raise NotARegion
    root = ("*", "CN", ISO_IN_CHINA[country]) if country in ISO_IN_CHINA else ("*", country)
    if names and ("*" in names[-1] or "..." in names[-1]):
        codes = _several(country, names)
        nodes = (*root, f"{country}/{codes.text}")
        return _Laid(nodes, nodes[::-1], (1, -codes.width, 0, 0), codes)
    for name in names:
        _check(country, name)
    code, at, last = _code_among(country, names)
    if code is None:
        nodes = (*root, *["/".join([country, *names[: deep + 1]]) for deep in range(len(names))])
        return _Laid(nodes, nodes[::-1], (0, 0, 0, len(nodes)))
    return _with_code(country, root, names, code, at, last)


def _with_code(country: str, root: tuple[str, ...], names: list[str], code: Code, at: int, last: int) -> _Laid:
    """A path that names a postcode, from one segment to another; its rules may leave out what stands before it."""
    form = form_of(country)
    halves = [code.area, code.text[len(code.area) + len(form.joint) :]] if last > at else [code.text]
    names = [*names[:at], *halves, *names[last + 1 :]]
    nodes = (*root, *["/".join([country, *names[: deep + 1]]) for deep in range(len(names))])
    whole = 1 if code.whole is not None or not form.rests else form.size
    own = (1, -whole, 2 if last + 1 < len(names) else 1, len(nodes))
    if not form.known:
        return _Laid(nodes, nodes[::-1], own, code)
    heads = ["/".join([country, *names[:kept]]) for kept in range(at, -1, -1)]
    ordered = [*nodes[: len(root) + at : -1]]  # what lies below the first half, the deepest first
    if code.whole is not None:
        ordered += [f"{head}/{code.whole}" for head in heads]
    ordered += [f"{head}/{code.area}" for head in heads]
    ordered += nodes[: len(root) + at][::-1]
    return _Laid(nodes, tuple(dict.fromkeys(ordered)), own, code)


def _code_among(country: str, names: list[str]) -> tuple[Code | None, int, int]:
    """The last of the names that is a postcode, or two that are one together (`BT12/4AB`); from where to where."""
    form = form_of(country)
    for at in range(len(names) - 1, -1, -1):
        code = form.code(names[at])
        if code is not None:
            return code, at, at
        if at and form.joint:
            code = form.code(names[at - 1] + form.joint + names[at])
            if code is not None:
                return code, at - 1, at
    return None, 0, 0


def _several(country: str, names: list[str]) -> Codes:
    """The range or the prefix that the last name is."""
    name, form = names[-1], form_of(country)
    if name == "*":
        raise NotARegion("region.prefix", right="/".join([country, *names[:-1]]))
    codes = None
    if name.endswith("*"):
        codes = prefixed(country, name[:-1])
    elif name.count("...") == 1:
        codes = ranged(*[form.code(each.strip()) for each in name.split("...")])
    if codes is None:
        _refuse(country, name)
    if len(names) > 1:
        code = "region.prefix" if name.endswith("*") else "region.range"
        raise NotARegion(code, right=f"{country}/{codes.text}")
    return codes


def _refuse_code(region: str) -> None:
    """A prefix or a range of Chinese codes: the wider region has a code of its own."""
    match = re.match(r"(?:CN/)?([1-9][0-9])[0-9]*(?:[*%?#xX]+$|\s*[-–~.…]+\s*[0-9]+$)", region, re.ASCII)
    if match is not None:
        raise NotARegion("region.codes", right=f"{match[1]}0000")


def _refuse(country: str, name: str) -> NoReturn:
    """Say how a range or a prefix is written, as near to what was meant as can be told."""
    form = form_of(country)
    parts = [form.code(each) for each in _BETWEEN.split(name.rstrip("*"))]
    begin = re.match(r"([0-9A-Za-z -]*?)[*%?#_xX]+", name)
    if len(parts) == 2 and None not in parts:
        codes = ranged(parts[0], parts[1]) or ranged(parts[1], parts[0])
        if codes is not None:
            raise NotARegion("region.range", right=f"{country}/{codes.text}")
    elif begin is not None and begin[1] and (codes := prefixed(country, begin[1])) is not None:
        raise NotARegion("region.prefix", right=f"{country}/{codes.text}")
    raise NotARegion("region.postcodes", right=f"{country}/{sample(country)}")


def _check(country: str, name: str) -> None:
    """Whether a segment may be a name or a postcode, and looks like no range and no pattern."""
    form = form_of(country)
    if form.code(name) is not None:
        return
    if _NO_NAME.search(name) or ".." in name:
        if re.search(r"[0-9*%?#]", name) and name.isprintable() and len(name) <= _LONGEST:
            _refuse(country, name)
        raise NotARegion
    if _LIKE_PREFIX.fullmatch(name) and (form.known or name[0].isdigit()) and prefixed(country, name.rstrip("xX_")):
        _refuse(country, name)
    if not _is_name(name):
        raise NotARegion
    parts = _BETWEEN.split(name)
    if len(parts) > 1 and form.code(parts[0]) is not None and (form.known or form.code(parts[1]) is not None):
        _refuse(country, name)
    parts = name.split(",")
    if len(parts) > 1 and None not in [form.code(each) for each in parts]:
        raise NotARegion("region.list", right='", "'.join(f"{country}/{each.strip()}" for each in parts[:3]))


def _is_name(name: str) -> bool:
    """What people write: printable, of letters, digits and what stands between them."""
    if not name.isprintable() or not 0 < len(name) <= _LONGEST:
        return False
    if name.isascii():
        return bool(_PLAIN.fullmatch(name)) and any(map(str.isalnum, name))
    return name[0] != " " and name[-1] != " " and any(map(str.isalnum, name))


_PLAIN = re.compile(r"[A-Za-z0-9'(](?:[A-Za-z0-9 ._,'()&-]*[A-Za-z0-9.)'])?", re.ASCII)


def region_of(country: str, postcode: str, state: str | None = None) -> str:
    """The region of an address form: country (ISO 3166-1), postcode and, where the form asks for it, the state.

    Neither case nor blanks matter, and digits may be full-width. Raises `ValueError`, in words, for what is no postcode
    of the country; of a country whose postcodes have no form here the postcode is taken as it is, or left out where
    there is none (Hong Kong).

    >>> region_of("gb", "ka278sq"), region_of("US", "94103-1234", "CA"), region_of("JP", "〒９００－０００１")
    ('GB/KA27 8SQ', 'US/CA/94103-1234', 'JP/900-0001')
    >>> region_of("US", "9410")
    Traceback (most recent call last):
    ValueError: "9410" is no postcode of US, such as 10000 or 19999
    """
    country = country.strip().upper()
    text = unicodedata.normalize("NFKC", postcode).strip().lstrip("〒").removeprefix(f"{country}-").strip()
    form = form_of(country)
    code = form.code(text)
    if code is None and form.known:
        first, last = sample(country).split("...")
        msg = f'"{text[:40]}" is no postcode of {country}, such as {first} or {last}'
        raise ValueError(msg)
    region = "/".join([country, *filter(None, [(state or "").strip(), code.text if code else text])])
    try:
        found = _laid(region)
    except NotARegion:
        found = None
    if found is None or isinstance(found.code, Codes) or country == "CN":
        msg = f'"{region[:80]}" is no region: a country is two letters, of China a region is a code'
        raise ValueError(msg)
    return region


def _chinese(code: str) -> tuple[str, ...]:
    nodes = ["*", "CN"] if code[:2] in _OUTSIDE_MAINLAND else ["*", "CN", "CN/mainland"]
    digits = code.ljust(12, "0")
    for begin, end in ((0, 2), (2, 4), (4, 6), (6, 9), (9, 12)):
        if digits[begin:end].strip("0"):
            nodes.append(digits[:end].ljust(6, "0"))
    if digits[:6] in _NEW_AREA_COUNTIES:
        nodes.insert(nodes.index("130600") + 1, NEW_AREA)
    elif NEW_AREA in nodes:
        nodes.insert(nodes.index(NEW_AREA), "130600")
    return tuple(nodes)


def contains(wider: str, narrower: str) -> bool:
    """Whether `narrower` lies in `wider`, or is it.

    >>> contains("CN", "810000"), contains("CN/mainland", "810000")
    (True, False)
    """
    mine, other = _laid(wider), _laid(narrower)
    if mine.path[-1] in other.nodes:
        return True
    return isinstance(mine.code, Codes) and other.code is not None and mine.code.holds(other.code)


def meet(one: str, other: str) -> bool:
    """Whether an address may lie in both, as far as their spellings tell.

    >>> meet("440000", "440305"), meet("US/CA", "US/941*"), meet("US/941*", "US/9415*"), meet("US/941*", "GB/BT*")
    (True, True, True, False)
    """
    if contains(one, other) or contains(other, one):
        return True
    mine, its = _laid(one), _laid(other)
    if (mine.code is None) != (its.code is None):
        return mine.path[1:2] == its.path[1:2] != ("CN",)  # a state and a postcode of one country
    return isinstance(mine.code, Codes) and isinstance(its.code, Codes) and mine.code.meets(its.code)


class RegionTable(Generic[Rule]):
    """Rules by region; looking one up costs the depth of the address, however many regions there are.

    Ranges and prefixes of postcodes cost a bisection more, where there are any.

    >>> table = RegionTable({"CN/mainland": "default", "440000": "广东", "US": "States", "US/90210...99000": "West"})
    >>> table.nearest("440305"), table.nearest("110101"), table.nearest("810000")
    (('440000', '广东'), ('CN/mainland', 'default'), None)
    >>> table.nearest("US/CA/94103"), table.nearest("US/NY/10001")
    (('US/90210...99000', 'West'), ('US', 'States'))
    """

    __slots__ = ("_ranges", "_rules")

    def __init__(self, rules: Mapping[str, Rule] | Iterable[tuple[str, Rule]]) -> None:
        pairs = rules.items() if isinstance(rules, Mapping) else rules
        self._rules: dict[str, tuple[str, Rule]] = {path(region)[-1]: (region, rule) for region, rule in pairs}
        several = [(code, pair) for node, pair in self._rules.items() if isinstance(code := _laid(node).code, Codes)]
        self._ranges = Ranges(several) if several else None

    def nearest(self, region: str) -> tuple[str, Rule] | None:
        """The most specific rule that contains the region, with its region as the document spells it."""
        laid, rules, found = _laid(region), self._rules, None
        for node in laid.nodes:
            if node in rules:
                found = rules[node]
                break
        if self._ranges is None or laid.code is None:
            return found
        if isinstance(laid.code, Codes):
            return next(self.matches(region), None)
        held = self._ranges.nearest(laid.code)
        if held is None or (found is not None and depth(found[0]) > depth(held[1][0])):
            return found
        return held[1]

    def matches(self, region: str) -> Iterator[tuple[str, Rule]]:
        """Every rule that contains the region, the most specific first; every range and prefix is looked at."""
        laid, rules = _laid(region), self._rules
        found = [rules[node] for node in laid.nodes if node in rules]
        if self._ranges is not None and laid.code is not None:
            known = {id(pair) for pair in found}
            found += [pair for _, pair in self._ranges.matches(laid.code) if id(pair) not in known]
            found.sort(key=lambda pair: depth(pair[0]), reverse=True)
        return iter(found)

    def nearest_that(self, region: str, holds: Callable[[Rule], bool]) -> tuple[str, Rule] | None:
        """The most specific rule that contains the region and holds for it."""
        found = self.nearest(region)
        if found is None or holds(found[1]):
            return found
        return next((pair for pair in self.matches(region) if holds(pair[1])), None)


all_readable(globals())
