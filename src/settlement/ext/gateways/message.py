"""A message from outside, read with suspicion: each step either gives what it says, or refuses with a code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice, Told
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.documents.strict_json import loads
from settlement.errors import GatewayRefused, InvalidDocument
from settlement.ext.gateways.gateway import Notice
from settlement.money import Money, excerpt

__all__ = [
    "LARGEST",
    "WINDOW",
    "account_asked",
    "body",
    "headers_of",
    "integer",
    "json_object",
    "notice",
    "of_account",
    "required",
    "seconds_of",
    "sent_within",
    "text",
]

#: Bytes that a message has at most; the largest that providers send are a few thousand.
LARGEST: Final = 256 * 1024
#: Seconds that the instant of sending may be from now, either way.
WINDOW: Final = 300
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS: Final = re.compile(r"[0-9]{1,11}", re.ASCII)


def body(raw: bytes) -> str:
    """The text of a body. Raises `TypeError` for no bytes: what was parsed and written again was never signed."""
    given: object = raw
    if not isinstance(given, (bytes, bytearray, memoryview)):
        msg = f"raw: found {excerpt(given)}; the bytes of the body are expected, as they came"
        raise TypeError(msg)
    copied = bytes(given)
    if len(copied) > LARGEST:
        raise GatewayRefused("gateway.size", length=len(copied), limit=LARGEST)
    try:
        return copied.decode()
    except UnicodeDecodeError:
        raise GatewayRefused("gateway.encoding") from None


def headers_of(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy by lower-case name, as HTTP has it, or as Django does (`HTTP_WECHATPAY_SERIAL`).

    >>> headers_of({"Wechatpay-Serial": "A", "HTTP_WECHATPAY_NONCE": "b"})
    {'wechatpay-serial': 'A', 'wechatpay-nonce': 'b'}
    """
    found: dict[str, str] = {}
    for given, value in list(headers.items()):
        if all(isinstance(each, str) for each in (given, value)):
            name = given.removeprefix("HTTP_").replace("_", "-").lower()
            if found.setdefault(name, value) != value:
                raise GatewayRefused("gateway.header_twice", found=excerpt(name))
    return found


def required(headers: Mapping[str, str], name: str) -> str:
    """A header that says something."""
    value = headers.get(name.lower(), "")
    if not value:
        raise GatewayRefused("gateway.header_missing", found=excerpt(name))
    return value


def sent_within(stated: str, now: datetime) -> None:
    """Nothing, where the instant of sending is at most 300 s from now: from the past, or from a clock that is ahead."""
    if not _SECONDS.fullmatch(stated):
        raise GatewayRefused("gateway.instant", found=excerpt(stated))
    if abs(int(stated) - seconds_of(now)) > WINDOW:
        raise GatewayRefused("gateway.instant_far", limit=WINDOW)


def seconds_of(now: datetime) -> int:
    """Whole seconds since 1970, as providers count them."""
    return (now - _EPOCH) // timedelta(seconds=1)


def json_object(text_: str) -> dict[str, Any]:
    """A JSON object, read strictly: no key twice, no NaN, bounded in depth."""
    try:
        data = loads(text_)
    except InvalidDocument as error:
        raise GatewayRefused("gateway.json", detail=error.problems[0].message) from None
    if not isinstance(data, dict):
        raise GatewayRefused("gateway.json", detail=f"found {excerpt(data)}")
    return data


def _at(data: object, place: str) -> object:
    found = data
    for step in place.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def text(data: object, place: str) -> str:
    """The text at a place of an object, such as `amount.currency`; it is not empty."""
    found = _at(data, place)
    if not isinstance(found, str) or not found:
        raise GatewayRefused("gateway.field", place=place, found=excerpt(found), expected="text")
    return found


def integer(data: object, place: str) -> int:
    """The integer at a place of an object, 0 or more: never a float, never a number in a text."""
    found = _at(data, place)
    if type(found) is not int or not 0 <= found < 10**18:
        raise GatewayRefused("gateway.field", place=place, found=excerpt(found), expected="an integer")
    return found


def of_account(data: object, **places: str | bool) -> None:
    """Nothing, where at each of these places stands what is configured."""
    for place, expected in places.items():
        found = _at(data, place)
        if type(found) is not type(expected) or found != expected:  # 0 is not false
            raise GatewayRefused("gateway.account", place=place)


def notice(
    kind: type[PaymentNotice | RefundNotice], *, amount: Money | str, told: Told | object, **fields: Any
) -> Notice:
    """The notice of what was read; what no notice can hold is refused as the rest is."""
    try:
        return kind.model_validate({"amount": amount, "told": told} | fields)
    except InvalidDocument as error:
        first = error.problems[0]
        raise GatewayRefused("gateway.field", place=first.place, found="it", expected=first.message) from None


def account_asked(demand: PaymentDemand | RefundDemand, account: str) -> None:
    """Nothing, where a demand is of this account, or of none."""
    if demand.merchant not in (None, account):
        raise GatewayRefused("gateway.other_account", found=excerpt(demand.merchant), expected=excerpt(account))
