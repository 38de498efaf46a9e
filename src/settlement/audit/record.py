"""A record: what was asked, what was answered and by which rules of calculation, as canonical JSON with a digest.

    {"body": {"calculation_version", "library", "request", "settlement"}, "digest", "order", "personal", "order_name"?}

The body is in one order (RFC 8785; lists by id), so equal meaning gives equal bytes and an equal digest. What is
personal, the order of the cart and the order's name stand beside it: erasing what is personal changes no byte of the
body, no digest, no replay, and leaves the name where it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field, SkipValidation

import settlement as library
from settlement.audit.normal import normal_request
from settlement.cart.checkout import Checkout
from settlement.documents.canonical import canonical, digest_of
from settlement.documents.document import Document
from settlement.documents.marks import Mark, marked
from settlement.documents.order_name import happened
from settlement.documents.problems import problem
from settlement.documents.region import path
from settlement.documents.scalars import LISTED, Id
from settlement.documents.strict_json import MAX_DEPTH, loads
from settlement.documents.unstated import LeavesOut
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.errors import Immutable, InvalidDocument, InvariantBroken, Problem
from settlement.receipts.called import impersonal, named
from settlement.receipts.from_json import SettlementDocument
from settlement.receipts.settlement import Settlement, expect_settlement
from settlement.rulebook.request import Request
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Record", "RecordDocument", "read_record", "record"]

#: What stands before both parts of the request in a body, whose keys are in their order.
_CHECKOUT: Final = '"request":{"checkout":'
_RULEBOOK: Final = ',"rulebook":'
_READ: Final = json.JSONDecoder()


@cache
def _places() -> frozenset[tuple[str, ...]]:
    """Where a request has something personal."""
    return marked(Request, Mark.PERSONAL)


def _personal(value: dict[str, Any]) -> dict[str, Any]:
    """Only pointers (RFC 6901) from the record's body to what is personal: nothing else may stand outside of it."""
    for place in value:
        steps = ["*" if step.isascii() and step.isdigit() else step for step in place.split("/")]
        if steps[:2] != ["", "request"] or tuple(steps[2:]) not in _places():
            raise problem("record.personal")
    return value


class BodyDocument(Document):
    """What the digest is over. Request and settlement are validated when they are asked for."""

    calculation_version: Id
    library: Id
    request: SkipValidation[Request]
    settlement: SkipValidation[SettlementDocument]


class RecordDocument(LeavesOut):
    """A record as JSON."""

    left_out: ClassVar[frozenset[str]] = frozenset({"order_name"})

    body: BodyDocument
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    order: Annotated[tuple[Id, ...], LISTED] = ()
    personal: Annotated[dict[str, Any], AfterValidator(_personal)] = Field(default_factory=dict)
    order_name: Id | None = None


class Record:
    """A record, immutable. Made by `record()`, read by `from_json()`; `body` are the bytes that the digest is over.

    >>> from settlement import Address, Cart, Line
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> address = Address(region="440305", phone="13800138000")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]), address=address)
    >>> kept = record(settle(checkout, Rulebook(id="r", currency="CNY")))
    >>> kept.settlement().payable, kept.personal
    (Money('119.80 CNY'), {'/request/checkout/address/phone': '13800138000'})
    >>> kept.erased().digest == kept.digest, kept.erased().personal
    (True, {})
    >>> Record.from_json(kept.to_json()) == kept
    True
    """

    __slots__ = ("_asked", "_beside", "_settled", "body", "digest")

    body: bytes
    digest: str
    _asked: Any
    _beside: bytes
    _settled: Settlement | None

    def __init__(
        self,
        body: bytes,
        order: list[str],
        personal: dict[str, Any],
        order_name: str | None = None,
        of: Settlement | None = None,
    ) -> None:
        """`of` is the settlement of the body: it need not be read, unless that would give another."""
        set_ = object.__setattr__
        set_(self, "body", body)
        set_(self, "digest", digest_of(body))
        named = {} if order_name is None else {"order_name": order_name}
        set_(self, "_beside", canonical({"order": order, "personal": personal} | named))
        set_(self, "_asked", None)
        set_(self, "_settled", None)
        if of is not None and self._stands() == of.to_dict():  # else a region was spelt otherwise
            set_(self, "_settled", of.detached(ordered=True))

    def __setattr__(self, name: str, value: object) -> None:
        raise Immutable("Record", name, "record another settlement, or erase a part of this one")

    def __delattr__(self, name: str) -> None:
        raise Immutable("Record", name, "record another settlement, or erase a part of this one")

    @property
    def data(self) -> dict[str, Any]:
        """The body as plain data, new each time."""
        made: dict[str, Any] = json.loads(self.body)
        return made

    @property
    def asked(self) -> dict[str, Any]:
        """The request as plain data, without what is personal, new each time."""
        return deepcopy(dict(self.plain))

    @property
    def plain(self) -> Mapping[str, Any]:
        """The same, read once and not to be changed: what the folds of orders look at."""
        return self._read()[0]

    @property
    def rulebook_at(self) -> tuple[int, int]:
        """Where the body, as text, has its rulebook: from, and up to."""
        return self._read()[1:]

    def _read(self) -> tuple[Mapping[str, Any], int, int]:
        if self._asked is None:
            text = self.body.decode()
            at = text.index(_CHECKOUT) + len(_CHECKOUT)  # within a string its quotation marks would be escaped
            checkout, at = _READ.raw_decode(text, at)
            begin = text.index(_RULEBOOK, at) + len(_RULEBOOK)
            rulebook, end = _READ.raw_decode(text, begin)
            object.__setattr__(self, "_asked", ({"checkout": checkout, "rulebook": rulebook}, begin, end))
        made: tuple[Mapping[str, Any], int, int] = self._asked
        return made

    @property
    def calculation_version(self) -> str:
        """The rules of calculation that made the settlement."""
        return str(self.data["calculation_version"])

    @property
    def library(self) -> str:
        """The version of the library that wrote the record."""
        return str(self.data["library"])

    @property
    def order(self) -> list[str]:
        """Line ids in the order of the cart."""
        return list(json.loads(self._beside)["order"])

    @property
    def order_name(self) -> str | None:
        """The shop's own name for the order, `settlement.order`; `order` has been that of the lines."""
        name: str | None = json.loads(self._beside).get("order_name")
        return name

    @property
    def personal(self) -> dict[str, Any]:
        """Place (a JSON pointer into the body) -> what is personal there."""
        return dict(json.loads(self._beside)["personal"])

    def erased(self, *places: str) -> Record:
        """The record without what is personal: all of it, or what stands at or below these pointers.

        Body and digest stay as they are. Erasing what is not there is no error.

        >>> kept = Record(b"{}", [], {f"/request/checkout/{each}": "…" for each in ("remark", "address/name")})
        >>> kept.erased("/request/checkout/address").personal
        {'/request/checkout/remark': '…'}
        """
        kept = {
            place: value
            for place, value in self.personal.items()
            if places and not any(place == each or place.startswith(f"{each}/") for each in places)
        }
        return Record(self.body, self.order, kept, self.order_name)

    def request(self, rulebook_class: type[Rulebook] = Rulebook) -> tuple[Checkout, Rulebook]:
        """Checkout and rulebook, with what is personal put back and the lines in the order of the cart.

        Raises `InvalidDocument` where this version of the library does not take them any more.
        """
        return self.checkout(), rulebook_class.model_validate_json(
            json.dumps(self._whole(self.data["request"])["rulebook"])
        )

    def checkout(self) -> Checkout:
        """The checkout alone, as `request()` has it; nothing of the rules is read."""
        found = self._whole(self.data["request"])["checkout"]
        rank = self._rank()
        found["cart"]["lines"].sort(key=lambda line: rank.get(line["id"], len(rank)))
        return Checkout.model_validate_json(json.dumps(found))

    def for_order(self, order: str) -> Record:
        """The same record under an order's name, as `Settlement.for_order()`. Raises `InvalidDocument` for no id.

        >>> Record(b"{}", [], {}).for_order("A-1001").order_name
        'A-1001'
        """
        name = happened("Record", order=order).order
        settled = None if self._settled is None else self._settled.for_order(order)
        beside = json.loads(self._beside) | ({} if name is None else {"order_name": name})
        made, set_ = Record.__new__(Record), object.__setattr__
        for field, value in (
            ("body", self.body), ("digest", self.digest), ("_beside", canonical(beside)), ("_asked", self._asked),
            ("_settled", settled),
        ):  # fmt: skip
            set_(made, field, value)
        return made

    def _whole(self, found: dict[str, Any]) -> dict[str, Any]:
        """The request as plain data, new each time, with what is personal put back."""
        if self.order_name is not None:
            found["checkout"]["order"] = self.order_name
        for place, value in self.personal.items():
            *steps, last = (step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[2:])
            inner: Any = found
            try:
                for step in steps:
                    inner = inner[int(step)] if isinstance(inner, list) else inner[step]
                inner[last] = value
            except (LookupError, TypeError, ValueError):
                raise InvalidDocument([Problem(f"personal.{place}", "record.personal")], "Record") from None
        return found

    def settlement(self) -> Settlement:
        """The settlement as it was given, for refunds and receipts; sums are checked, nothing is recalculated.

        Names come from what is personal, and are gone where it was erased. It is read once; a record that was just made
        has the settlement that it was made of, without what that was made from, where reading would give the same.
        """
        made = self._settled
        if made is None:
            made = Settlement.from_json(json.dumps(self._stands()))
            object.__setattr__(self, "_settled", made)
        return made

    def _stands(self) -> dict[str, Any]:
        """The settlement as plain data, with what is personal put back, in the order of the cart."""
        data = self.data
        found = data["settlement"]
        personal, rank = self.personal, self._rank()
        with suppress(InvalidDocument, LookupError, TypeError, AttributeError):  # names are no reason to refuse it
            named(found, self._whole(data["request"]))
        for field in ("remark", "invoice"):
            found[field] = personal.get(f"/request/checkout/{field}")
        if told := personal.get("/request/checkout/by_shop"):
            found["by_shop"] = told
        found["lines"].sort(key=lambda line: rank.get(line["id"], len(rank)))
        found["excluded"].sort(key=lambda row: rank.get(row["line"], len(rank)))
        shops = {shop: place for place, shop in enumerate(dict.fromkeys(line["shop"] for line in found["lines"]))}
        found["shops"].sort(key=lambda shop: shops.get(shop["id"], len(shops)))
        if self.order_name is not None:
            found["order"] = self.order_name
        return dict(found)

    def _rank(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.order)}

    def to_json(self) -> str:
        """The whole record as canonical JSON; the bytes of the body stand in it as they are."""
        beside = self._beside.decode()
        return f'{{"body":{self.body.decode()},"digest":"{self.digest}",{beside[1:]}'

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        made: dict[str, Any] = json.loads(self.to_json())
        return made

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """Read `to_dict()` back; as `from_json()`, for whoever stores JSON as plain data."""
        return cls.from_json(json.dumps(data))

    @classmethod
    def from_json(cls, text: str | bytes) -> Record:
        """Read `to_json()` back, however it was re-serialised. Raises `InvalidDocument`, also for a wrong digest."""
        made, stated = read_record(loads(text, "Record"))
        if stated != made.digest:
            raise InvalidDocument([Problem("digest", "record.digest")], "Record")
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return (self.body, self._beside) == (other.body, other._beside)

    def __hash__(self) -> int:
        return hash(self.body)

    def __repr__(self) -> str:
        return f"<Record {self.digest[:19]}…, calculation version {self.calculation_version}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Record.from_json, (self.to_json(),)


def read_record(data: Any) -> tuple[Record, str]:
    """A record from plain data, and the digest that it states: not yet compared, for replays report what differs."""
    document = RecordDocument.model_validate(data)
    try:
        body = canonical(data["body"])
        made = Record(body, list(document.order), document.personal, document.order_name)
    except (TypeError, ValueError) as error:
        raise InvalidDocument([Problem("body", "value.invalid", {"detail": str(error)})], "Record") from None
    except RecursionError:
        raise InvalidDocument([Problem("body", "json.depth", {"limit": MAX_DEPTH})], "Record") from None
    return made, document.digest


def record(settlement: Settlement, request: tuple[Checkout, Rulebook] | None = None) -> Record:
    """The record of a settlement. One that was read from JSON needs its request beside it.

    The request is written in its normal form and settled once more: the record holds what a replay will find. Raises
    `InvariantBroken` where that differs from the settlement by anything but order and the spelling of regions, and
    `ValueError` where there is no request.
    """
    expect_settlement(settlement)
    asked = request or settlement.made_from
    if asked is None:
        msg = "a settlement that was read from JSON needs its request: record(settlement, (checkout, rulebook))"
        raise ValueError(msg)
    checkout, rulebook = asked
    data, personal = normal_request(checkout, rulebook)
    again = settle(
        Checkout.model_validate_json(json.dumps(data["checkout"])),
        type(rulebook).model_validate_json(json.dumps(data["rulebook"])),
    )
    made = again.to_dict()
    _agree(_stated(settlement.to_dict()), _stated(made))
    body = {
        "calculation_version": made["calculation_version"],
        "library": library.__version__,
        "request": data,
        "settlement": made,
    }
    lines = [line.id for line in checkout.cart.lines]
    return Record(canonical(body), lines, personal, settlement.order, settlement)


def _stated(document: dict[str, Any]) -> dict[str, Any]:
    """What a settlement says, whatever the order of the cart, the spelling of regions and what is personal."""
    document = {field: value for field, value in impersonal(document).items() if field != "order"}
    by_line = {field: sorted(document[field], key=canonical) for field in ("lines", "shops", "excluded")}
    parcels = [_spelt(parcel) for parcel in document["parcels"]]
    plain = {
        field: [{key: value for key, value in row.items() if key != "facts"} for row in document[field]]
        for field in ("adjustments", "decisions")
    }
    warehouses = sorted(document.get("warehouses", []), key=canonical)
    return document | by_line | plain | {"parcels": parcels, "warehouses": warehouses}


def _spelt(parcel: dict[str, Any]) -> dict[str, Any]:
    """A parcel with its zone, and that of what it was spared, in one spelling; lists of that in one order."""
    spared = {"spared": _in_one_order(_spelt(parcel["spared"]))} if parcel.get("spared") else {}
    return parcel | {"zone": path(parcel["zone"])[-1]} | spared


def _in_one_order(value: Any) -> Any:
    """Terms of rules as facts state them: lists stand as a rulebook wrote them, and mean the same in any order."""
    if isinstance(value, dict):
        return {name: _in_one_order(each) for name, each in value.items()}
    return sorted(map(_in_one_order, value), key=canonical) if isinstance(value, list) else value


def _agree(given: dict[str, Any], again: dict[str, Any]) -> None:
    for field in sorted(given.keys() | again.keys()):
        if given.get(field) != again.get(field):
            raise InvariantBroken(f"record: {field}", again.get(field), given.get(field))


all_readable(globals())
