"""From a position to a region and a detail: a proposal for a person to confirm, as recognition's is.

This library asks no service. A host that has a position calls its map service with its own key and gives the answer
to `from_amap`, `from_baidu` or `from_tencent`; or it hands over a `Locator` of its own. A service's code is taken
only as far as the catalogue agrees: a retired one is followed, an unknown one leaves the region open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from settlement.consignee.catalogue import catalogue
from settlement.consignee.recognition.pipeline import recognise
from settlement.consignee.recognition.result import Candidate, Evidence, Recognition, place_names

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Locator", "from_amap", "from_baidu", "from_tencent", "locate"]


@runtime_checkable
class Locator(Protocol):
    """What turns a position into a proposal: the host's, with the network and the keys that are its own."""

    def __call__(self, latitude: str, longitude: str) -> Recognition:
        """The region and detail of a position in decimal degrees, north and east positive."""
        ...


def locate(locator: Locator, latitude: object, longitude: object) -> Recognition:
    """Ask a locator for a position. Degrees are passed on as they are written, so that nothing is rounded.

    Raises `ValueError` for what is no position.

    >>> locate(lambda latitude, longitude: Recognition(code="440305"), "22.53", 113.93).code
    '440305'
    """
    return locator(_degrees(latitude, 90), _degrees(longitude, 180))


def _degrees(value: object, most: int) -> str:
    text = str(value).strip()
    whole, _, fraction = text.removeprefix("-").partition(".")
    digits = whole.isascii() and whole.isdigit() and (not fraction or (fraction.isascii() and fraction.isdigit()))
    if not digits or len(text) > 24 or int(whole) > most or (int(whole) == most and fraction.strip("0")):
        msg = f"degrees are a decimal from -{most} to {most}, such as 22.5431"
        raise ValueError(msg)
    return text


def from_amap(answer: Mapping[str, Any]) -> Recognition:
    """Read the answer of AMap's (高德) reverse geocoding, `v3/geocode/regeo`.

    Raises `ValueError` where the service said no (`status` is not "1") or the answer has another shape. A field that
    AMap does not know is an empty list there.

    >>> from_amap(
    ...     {
    ...         "status": "1",
    ...         "regeocode": {
    ...             "formatted_address": "广东省深圳市南山区粤海街道科技路1号",
    ...             "addressComponent": {
    ...                 "province": "广东省",
    ...                 "city": "深圳市",
    ...                 "district": "南山区",
    ...                 "adcode": "440305",
    ...             },
    ...         },
    ...     }
    ... )
    <Recognition 440305 广东省 深圳市 南山区 ***>
    """
    if str(answer.get("status")) != "1":
        raise _refused("AMap", answer.get("infocode"))
    found = _object(answer, "regeocode")
    parts = _object(found, "addressComponent")
    return _proposal(_text(parts, "adcode"), _text(found, "formatted_address"), parts)


def from_baidu(answer: Mapping[str, Any]) -> Recognition:
    """Read the answer of Baidu's (百度) reverse geocoding, `reverse_geocoding/v3`. Raises as `from_amap` does."""
    if str(answer.get("status")) != "0":
        raise _refused("Baidu", answer.get("status"))
    found = _object(answer, "result")
    parts = _object(found, "addressComponent")
    return _proposal(_text(parts, "adcode"), _text(found, "formatted_address"), parts)


def from_tencent(answer: Mapping[str, Any]) -> Recognition:
    """Read the answer of Tencent's (腾讯) reverse geocoding, `ws/geocoder/v1`. Raises as `from_amap` does."""
    if str(answer.get("status")) != "0":
        raise _refused("Tencent", answer.get("status"))
    found = _object(answer, "result")
    parts = _object(found, "address_component")
    info = found.get("ad_info")
    code = _text(info, "adcode") if isinstance(info, dict) else ""
    return _proposal(code, _text(found, "address"), parts)


def _refused(service: str, status: object) -> ValueError:
    shown = str(status)[:20]
    return ValueError(f"{service} gave no address: status {shown!r}")


def _object(answer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = answer.get(key)
    if not isinstance(value, dict):
        msg = f"the answer has no object {key!r}"
        raise ValueError(msg)  # noqa: TRY004 - as every answer of another shape
    return value


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _proposal(code: str, text: str, parts: Mapping[str, Any]) -> Recognition:
    """The service's code where the catalogue has it, the detail from its text; open where the two disagree."""
    book = catalogue()
    names = "".join(_text(parts, level) for level in ("province", "city", "district"))
    read = recognise(text)
    detail = read.detail if read.code is not None else text or None
    if code not in book:
        named = recognise(names)
        found = named.code or read.code
        candidates = tuple(Candidate(each, book.path_names(each), "named") for each in ([found] if found else []))
        return Recognition(detail=detail, candidates=candidates)
    targets = book.successors(code)
    if len(targets) != 1:
        candidates = tuple(Candidate(each.code, book.path_names(each), "successor") for each in targets)
        return Recognition(detail=detail, candidates=candidates)
    unit = targets[0]
    how = "explicit" if book.is_in_use(code) else "historical"
    province, city, district = place_names(unit.code)
    levels = ("province", "city", "district")
    evidence = {
        level: Evidence(name, unit.code if name == unit.name else None, how)  # type: ignore[arg-type]  # one of two literals
        for level, name in zip(levels, (province, city, district), strict=True)
        if name is not None and name == unit.name
    }
    made = Recognition(
        code=unit.code, province=province, city=city, district=district, detail=detail, evidence=evidence
    )
    if read.code is not None and not _agree(read.code, unit.code):
        other = Candidate(read.code, book.path_names(read.code), "contradiction")
        mine = Candidate(unit.code, book.path_names(unit), "contradiction")
        return replace(made, code=None, province=None, city=None, district=None, evidence={}, candidates=(mine, other))
    return made


def _agree(one: str, other: str) -> bool:
    """Whether one code is the other, or stands above it."""
    book = catalogue()
    first = [unit.code for unit in book.path_of(book.get(one))]
    second = [unit.code for unit in book.path_of(book.get(other))]
    return one in second or other in first
