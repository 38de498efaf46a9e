"""What is wrong with a request, as HTTP tells it: a status, and a document of RFC 9457 without any value of it.

A problem's text quotes what was found, for whoever looks at a document of their own. What goes over a wire ends in
logs, so here every fact that could be part of the request is left out: "found …; it must be above 0".
"""

from __future__ import annotations

import re
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from settlement.documents.words.language import language
from settlement.documents.words.texts import PHRASES, problem_text
from settlement.documents.written import all_readable
from settlement.errors import (
    CurrencyMismatch,
    InvalidDocument,
    NotConfirmed,
    Problem,
    RefundExceeds,
    SealRefused,
    SettlementError,
    UnknownLine,
    UnknownVersion,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MEDIA_TYPE", "STATUSES", "problem_document", "problems_of", "reader", "status_of"]

MEDIA_TYPE: Final = "application/problem+json"

#: Code -> status. Every other code is a document that does not hold: 422.
STATUSES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "json.invalid": 400,
        "json.duplicate_key": 400,
        "json.depth": 400,
        "rulebook.unknown": 404,
        "order.not_confirmed": 409,
        "refund.exceeds": 409,
        "refund.other": 409,
        "seal.expired": 409,
        "seal.key_revoked": 409,
        "version.unknown": 409,
        "body.size": 413,
        "limit.document": 413,
        "body.coding": 415,
        "body.media_type": 415,
    }
)

#: Facts that are the library's own words or bounds, whatever was sent.
_OWN: Final = frozenset({"currency", "decimals", "digits", "fields", "length", "limit", "range"})
#: The same in one code only: elsewhere they are made from what was found.
_OWN_IN: Final = frozenset(
    {
        ("choice.unknown", "expected"),
        ("field.type", "expected"),
        ("field.unknown", "hint"),
        ("json.invalid", "detail"),
        ("version.unknown", "known"),
    }
)
_LEFT_OUT: Final = "…"
#: One language of Accept-Language with its weight (RFC 9110, 12.4.2 and 12.5.4).
_RANGE: Final = re.compile(
    r"[ \t]*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)[ \t]*(?:;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?",
    re.ASCII | re.IGNORECASE,
)
_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})


def reader(accepted: str | None) -> str:
    """The locale that an Accept-Language asks for, of those that have texts; English where it asks for none of them.

    >>> reader("zh-TW,zh;q=0.9"), reader("de, zh-CN;q=0.5, en;q=0.4"), reader("fr"), reader(None)
    ('zh_Hant', 'zh_CN', 'en', 'en')
    """
    best, weight = "en", "0"
    for each in (accepted or "").split(","):
        match = _RANGE.fullmatch(each)
        if match is None:
            continue
        first, *others = match[1].lower().split("-")
        asked = (match[2] or "1").rstrip("0").rstrip(".") or "0"  # a weight is digits of one form: texts compare as it
        if first in {"en", "zh", "*"} and asked > weight:
            best, weight = "en", asked
            if first == "zh":
                best = "zh_CN" if _TRADITIONAL.isdisjoint(others) or "hans" in others else "zh_Hant"
    return best


def problems_of(error: SettlementError) -> tuple[Problem, ...]:
    """The problems that an exception of the library tells of. Raises it again where it is no affair of the request."""
    match error:
        case InvalidDocument():
            return error.problems
        case SealRefused():
            return (Problem("sealed", error.code, error.facts),)
        case NotConfirmed():
            return (Problem("sealed", "order.not_confirmed"),)
        case RefundExceeds():
            return (Problem("request", "refund.exceeds"),)
        case UnknownLine():
            return (Problem("request", "line.unknown"),)
        case CurrencyMismatch():
            return (Problem("request", "currency.mixed", {"currency": error.left, "found": error.right}),)
        case UnknownVersion():
            return (Problem("", error.code, {"known": error.known}),)
    raise error


def status_of(problems: Iterable[Problem]) -> int:
    """The status of an answer: that of the first problem whose code has one, else 422.

    >>> status_of([Problem("a", "field.missing"), Problem("", "json.depth")]), status_of([Problem("", "value.invalid")])
    (400, 422)
    """
    return next((STATUSES[each.code] for each in problems if each.code in STATUSES), 422)


def problem_document(error: SettlementError, locale: str = "en") -> dict[str, Any]:
    """An exception of the library as RFC 9457 has it; raises what is no affair of the request, and `UnknownLocale`.

    `problems` are all of them, each with its place, its code and a text that quotes nothing; `detail` is the first
    text. A confirmation that is not true has its `diff` too, which is of the shop's own answer.

    >>> from settlement.documents.strict_json import loads
    >>> try:
    ...     loads('{"phone": 1, "phone": 2}')
    ... except InvalidDocument as error:
    ...     made = problem_document(error)
    >>> made["status"], made["title"], made["problems"][0]["code"], made["detail"]
    (400, 'Bad Request', 'json.duplicate_key', 'the key … stands twice in one object; keep one')
    """
    found, say = problems_of(error), language(locale)
    rows = [{"place": each.place, "code": each.code, "message": problem_text(_bare(each), say)} for each in found]
    status = status_of(found)
    made: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    made |= {"detail": rows[0]["message"], "problems": rows}
    return made | ({"diff": error.diff.to_dict()} if isinstance(error, NotConfirmed) else {})


def _bare(problem: Problem) -> Problem:
    """A problem without what was sent."""
    facts = {name: fact if _own(problem.code, name, fact) else _LEFT_OUT for name, fact in problem.facts.items()}
    if problem.code != "field.unknown" and "hint" in facts:
        facts["hint"] = ""
    return problem._replace(facts=facts)


def _own(code: str, name: str, fact: object) -> bool:
    return name in _OWN or (code, name) in _OWN_IN or (name == "detail" and fact in PHRASES)


all_readable(globals())
