"""What each tool answers: plain data from plain data. Nothing here knows of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from pydantic import Field

from settlement.documents.json_text import compact
from settlement.documents.written import all_readable
from settlement.errors import InvalidDocument, SettlementError

if TYPE_CHECKING:
    from settlement.audit.record import Record
    from settlement.receipts.settlement import Settlement

__all__ = ["TOOLS", "Told", "check", "compare", "diff", "explain", "settle", "what_if"]

Read = TypeVar("Read")
#: So many orders and candidates at once: whoever has more has `settlement what-if`.
_MOST, _BOOKS = 1000, 5

# The types of arguments are what an assistant is shown, so they are read at run time and say what they take.
Request = Annotated[
    dict[str, Any], Field(description='{"checkout": {…}, "rulebook": {…}}; every amount is a string: "12.34 CNY"')
]
Document = Annotated[dict[str, Any], Field(description="a request, a settlement that was answered here, or a record")]
Locale = Annotated[str, Field(description='language of the texts: "en", "zh_CN" or "zh_TW"')]


class Told(Exception):
    """Why a tool has no answer: JSON of `problems`, each with its place, a stable code and a text."""

    def __init__(self, problems: str) -> None:
        self.problems = problems
        super().__init__(problems)


def settle(request: Request, locale: Locale = "en") -> dict[str, Any]:
    """What is due for a cart, to the minor unit, with a reason for every cent and every refusal.

    Answers the receipt as text, and the settlement: totals, lines, parcels, every adjustment with its shares, why each
    offer applied or did not and what is missing, and what is left out. The same request gives the same answer.
    """
    from settlement.receipts.text import receipt

    def answer() -> dict[str, Any]:
        found = _settled(request)
        return {"receipt": receipt(found, locale=locale), "settlement": found.to_dict()}

    return _told(answer, locale)


def check(
    rulebook: Annotated[dict[str, Any], Field(description="the rules")],
    cart: Annotated[dict[str, Any] | None, Field(description="a cart that is looked at beside the rules")] = None,
    locale: Locale = "en",
) -> dict[str, Any]:
    """What is valid in a rulebook and hardly meant: gaps, rules that never win, offers that give goods away.

    Write a rulebook, check it, mend every error and warning, and settle carts with it whose sums you know. `ok` is true
    where nothing but notes was found.
    """
    from settlement.cart.cart import Cart
    from settlement.consignee import Catalogue
    from settlement.findings import check as found_in
    from settlement.findings import check_cart
    from settlement.rulebook.rulebook import Rulebook

    def answer() -> dict[str, Any]:
        rules = Rulebook.model_validate(rulebook, context={"json": True})
        found = found_in(rules, Catalogue.bundled())
        if cart is not None:
            held = Cart.model_validate(cart, context={"json": True})
            found += tuple(each._replace(place=f"cart.{each.place}") for each in check_cart(held, rules))
        rows = []
        for each in found:
            message, mend = each.texts(locale)
            head = {"place": each.place, "code": each.code, "severity": each.severity}
            rows.append(head | {"message": message, "mend": mend})
        return {"ok": all(row["severity"] == "note" for row in rows), "findings": rows}

    return _told(answer, locale)


def compare(request: Request, locale: Locale = "en") -> dict[str, Any]:
    """What coupons and points change: the cart with neither, with each alone, and with both, side by side."""
    from settlement.explanations.comparison import compare as compared

    def answer() -> dict[str, Any]:
        found = compared(*_request(request))
        return {"text": found.text(locale), "comparison": found.to_dict()}

    return _told(answer, locale)


def explain(
    document: Document,
    line: Annotated[str | None, Field(description="one line of the cart, by its id")] = None,
    parcel: Annotated[int | None, Field(description="one parcel, counted from 0")] = None,
    rule: Annotated[str | None, Field(description="one offer, freight template or other rule, by its id")] = None,
    locale: Locale = "en",
) -> dict[str, Any]:
    """Where every cent comes from, with every formula and rounding, so that a pocket calculator gets the same.

    Without an id the total is explained; name one thing at most. A request tells more than a settlement: names, and why
    a parcel is free.
    """
    from settlement.audit.record import Record
    from settlement.explanations.story import explain as explained

    def answer() -> dict[str, Any]:
        found = _comparable(document)
        settled = found.settlement() if isinstance(found, Record) else found
        story = explained(settled, line=line, parcel=parcel, rule=rule)
        return {"text": story.text(locale), "steps": story.to_dict()}

    return _told(answer, locale)


def diff(before: Document, after: Document, locale: Locale = "en") -> dict[str, Any]:
    """What changed between two settlements, and by what: the time, the address, the cart, the rules.

    Change one rule, and see what it does to a cart. Causes are told of requests and records.
    """
    from settlement.audit.diff import diff as differed

    def answer() -> dict[str, Any]:
        found = differed(_comparable(before, "before"), _comparable(after, "after"))
        return {"equal": found.equal, "text": found.text(locale), "diff": found.to_dict()}

    return _told(answer, locale)


def what_if(
    documents: Annotated[
        list[dict[str, Any]], Field(description="requests or records, at most 1000", max_length=_MOST)
    ],
    rulebooks: Annotated[list[dict[str, Any]], Field(description="the other rules, one to five", max_length=_BOOKS)],
    locale: Locale = "en",
) -> dict[str, Any]:
    """What these orders would have come to under other rules, added up exactly, for several candidates side by side.

    The buyer's choice is held (`as_chosen`) or made anew (`best`); what buyers would do otherwise is not guessed. Who
    pays for it, which orders change most and why, and what cannot be compared any more stand beside the sums.
    """
    from settlement.audit.what_if import what_if as compared
    from settlement.rulebook.rulebook import Rulebook

    def answer() -> dict[str, Any]:
        for name, given, most in (("documents", documents, _MOST), ("rulebooks", rulebooks, _BOOKS)):
            if not 1 <= len(given) <= most:
                raise ValueError(f"{name}: 1 to {most}, not {len(given)}")
        records = [_recorded(each, f"documents[{at}]") for at, each in enumerate(documents)]
        books = [
            _placed(partial(Rulebook.model_validate, each, context={"json": True}), f"rulebooks[{at}]")
            for at, each in enumerate(rulebooks)
        ]
        found = compared(records, *books)
        return {"text": found.text(locale), "what_if": found.to_dict()}

    return _told(answer, locale)


#: The tools, by the name that an assistant calls.
TOOLS: Final[Mapping[str, Callable[..., dict[str, Any]]]] = MappingProxyType(
    {"settle": settle, "check": check, "compare": compare, "explain": explain, "diff": diff, "what_if": what_if}
)


def _request(data: Mapping[str, Any]) -> tuple[Any, Any]:
    from settlement.rulebook.request import Request as Asked

    made = Asked.model_validate(data, context={"json": True})
    return made.checkout, made.rulebook


def _settled(data: Mapping[str, Any]) -> Any:
    from settlement.engine.settle import settle as settled

    return settled(*_request(data))


def _comparable(data: Mapping[str, Any], place: str = "") -> Settlement | Record:
    """What a document is, told apart by its fields; what is wrong in it has its place. Raises `InvalidDocument`."""
    from settlement.audit.record import Record
    from settlement.receipts.settlement import Settlement

    def read() -> Settlement | Record:
        if "body" in data:
            record = Record.from_dict(data)
            record.settlement()
            return record
        found: Settlement = Settlement.from_dict(data) if "totals" in data else _settled(data)
        return found

    return _placed(read, place)


def _recorded(data: Mapping[str, Any], place: str) -> Record:
    """A record, or that of a request; a settlement alone does not say what was asked. Raises `InvalidDocument`."""
    from settlement.audit.record import Record, record

    def read() -> Record:
        return Record.from_dict(data) if "body" in data else record(_settled(data))

    return _placed(read, place)


def _placed(read: Callable[[], Read], place: str) -> Read:
    """What is read, or the same problems with their place in the whole."""
    try:
        return read()
    except InvalidDocument as error:
        named = [each._replace(place=f"{place}.{each.place}".strip(".")) for each in error.problems]
        raise InvalidDocument(named, error.title) from None


def _told(answer: Callable[[], dict[str, Any]], locale: str) -> dict[str, Any]:
    """The answer, or `Told` with what is wrong: an assistant mends what it is told of, place by place."""
    try:
        return answer()
    except InvalidDocument as error:
        rows = [{"place": each.place, "code": each.code, "message": each.text(locale)} for each in error.problems]
    except (SettlementError, LookupError, ValueError, TypeError) as error:
        rows = [{"place": "", "code": "value.invalid", "message": str(error)}]
    raise Told(compact({"problems": rows}))


all_readable(globals())
