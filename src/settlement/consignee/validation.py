"""What a person should mend in an address before it is used: problems with a place, a code and a text.

An `Address` document says what can be stored; this page says what can be delivered to. Nothing here changes an
address, and nothing decides money.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from settlement.consignee.catalogue import catalogue
from settlement.documents.extras import needs
from settlement.documents.region import NEW_AREA, path
from settlement.errors import Problem

if TYPE_CHECKING:
    from settlement.cart.address import Address
    from settlement.consignee.catalogue import Catalogue

__all__ = ["address_problems", "phone_problem"]

_MAINLAND: Final = re.compile(
    r"(?:\+?86[- ]?)?1[3-9][0-9]{9}"
    r"|(?:010|02[0-9]|0[3-9][0-9]{2})[- ]?[2-8][0-9]{6,7}"
    r"|[48]00[- ]?[0-9]{3}[- ]?[0-9]{4}"
)
_LOCAL: Final = {
    "71": re.compile(r"(?:\+?886[- ]?)?(?:0?9[0-9]{2}[- ]?[0-9]{3}[- ]?[0-9]{3}|0?[2-8][- ]?[0-9]{3,4}[- ]?[0-9]{4})"),
    "81": re.compile(r"(?:\+?852[- ]?)?[2-9][0-9]{3}[- ]?[0-9]{4}"),
    "82": re.compile(r"(?:\+?853[- ]?)?(?:6[0-9]{3}|28[0-9]{2}|8[0-9]{3})[- ]?[0-9]{4}"),
}
_EXTENSION: Final = re.compile(r"[0-9]{1,6}")
_POSTCODE: Final = re.compile(r"[0-9]{6}")
_LONGEST_NAME: Final = 25
_LONGEST_DETAIL: Final = 200
_SHORTEST_DETAIL: Final = 2


def address_problems(address: Address, book: Catalogue | None = None) -> tuple[Problem, ...]:
    """Everything that a person should mend, in the order of the form; empty for an address that can be used.

    In China: a region down to the county where the catalogue has one, in use; a name; a phone that can ring there;
    a detail. Abroad the region is taken as it is, and the phone needs the extra `phone`. Codes are in errors.TEXTS.

    >>> from settlement import Address
    >>> [each.code for each in address_problems(Address(region="440300", name="张三", phone="1380013800"))]
    ['address.region_too_wide', 'address.phone', 'address.detail_missing']
    """
    found = list(_region_problems(address, book or catalogue()))
    name, detail = (address.name or "").strip(), (address.detail or "").strip()
    if not name:
        found.append(Problem("name", "address.name_missing"))
    elif len(name) > _LONGEST_NAME:
        found.append(Problem("name", "limit.text", {"length": len(name), "limit": _LONGEST_NAME}))
    if not (address.phone or "").strip():
        found.append(Problem("phone", "address.phone_missing"))
    elif problem := phone_problem(address.phone or "", address.region):
        found.append(problem)
    if address.extension is not None and not _EXTENSION.fullmatch(address.extension):
        found.append(Problem("extension", "address.extension"))
    if address.postcode is not None and _in_mainland(address.region) and not _POSTCODE.fullmatch(address.postcode):
        found.append(Problem("postcode", "address.postcode"))
    if len(detail) < _SHORTEST_DETAIL:
        found.append(Problem("detail", "address.detail_missing"))
    elif len(detail) > _LONGEST_DETAIL:
        found.append(Problem("detail", "limit.text", {"length": len(detail), "limit": _LONGEST_DETAIL}))
    return tuple(found)


def _region_problems(address: Address, book: Catalogue) -> list[Problem]:
    region = address.region
    nodes = path(region)
    if len(nodes) < 2 or nodes[1] != "CN":
        return [Problem("region", "address.region_too_wide")] if region == "*" else []
    county = _unit(region)
    if county in ("", NEW_AREA):
        return [Problem("region", "address.region_too_wide")]
    if county not in book:
        return [Problem("region", "address.region_unknown")]
    if not book.is_in_use(county):
        names = " / ".join(book.full_name(each.code) for each in book.successors(county))
        return [Problem("region", "address.region_retired", {"successors": names or "?"})]
    if book.children(county) and county[:2] not in _LOCAL:
        return [Problem("region", "address.region_too_wide")]
    return []


def _unit(region: str) -> str:
    """The six digits of a region's unit of GB/T 2260; empty for the whole country and for other countries."""
    return next((node[:6] for node in reversed(path(region)) if node[0].isdigit()), "")


def _in_mainland(region: str) -> bool:
    return "CN/mainland" in path(region)


def phone_problem(phone: str, region: str = "CN") -> Problem | None:
    """What is wrong with a phone for somebody in a region; None where it can ring.

    On the mainland a mobile is `1[3-9]` and nine digits: ranges move, so no finer list is an error. Hong Kong, Macau
    and Taiwan have their own shapes, and every mainland phone is good there. Abroad the `phonenumbers` library
    decides: without it (`pip install settlement[phone]`) a `ModuleNotFoundError` says so.

    >>> phone_problem("0755-22107333") is None, phone_problem("12800138000").code
    (True, 'address.phone')
    """
    phone = phone.strip()
    nodes = path(region)
    if len(nodes) > 1 and nodes[1] == "CN":
        local = _LOCAL.get(_unit(region)[:2])
        good = bool(_MAINLAND.fullmatch(phone) or (local is not None and local.fullmatch(phone)))
        if not good and phone.startswith("+") and not phone.startswith("+86"):
            good = local is None and _rings(phone, None)
        return None if good else Problem("phone", "address.phone")
    if _MAINLAND.fullmatch(phone) or _rings(phone, None if region == "*" else nodes[1]):
        return None
    return Problem("phone", "address.phone_abroad")


def _rings(phone: str, country: str | None) -> bool:
    with needs("phone"):
        import phonenumbers
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(phone, country)))
    except phonenumbers.NumberParseException:
        return False
