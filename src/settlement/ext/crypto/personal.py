"""What of an order is a person's, sealed apart: the rest is a valid document that replays, and says nobody's name.

Of a record that is what stands below `/request/checkout`, but for the goods: address, remark, invoice, what was told to
single shops. Names of goods and offers, and what a shop says of its goods, stay readable. Of events it is what a note
says, and the remarks and invoices of the settlements of a change. When the key is gone the rest stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic import TypeAdapter

from settlement.audit.record import Record
from settlement.cart.address import Address
from settlement.documents.marks import Mark, marks_of
from settlement.ext.crypto.cipher import Context, Secret, key_of, open_value, seal_value
from settlement.orders.events import AnyEvent, OrderEvent
from settlement.orders.order import Order

__all__ = [
    "Sealed",
    "SealedAddress",
    "SealedEvent",
    "SealedOrder",
    "SealedRecord",
    "event_apart",
    "event_together",
    "open_address",
    "open_event",
    "open_order",
    "open_record",
    "person_in",
    "reseal",
    "seal_address",
    "seal_event",
    "seal_order",
    "seal_record",
]

#: Field -> what is sealed of it; a field of a record is a pointer into its body.
Sealed: TypeAlias = Mapping[str, str]
_PERSON: Final = "/request/checkout/"
_GOODS: Final = "/request/checkout/cart/lines/"
_EVENT: Final[TypeAdapter[OrderEvent]] = TypeAdapter(AnyEvent)
_OF_ADDRESS: Final = tuple(name for name, field in Address.model_fields.items() if Mark.PERSONAL in marks_of(field))


class SealedRecord(NamedTuple):
    """A record without the person, and the person."""

    record: Record
    sealed: Sealed


class SealedOrder(NamedTuple):
    """An order without the person, and the person."""

    order: Order
    sealed: Sealed


class SealedEvent(NamedTuple):
    """An event that says nothing of a person, and what it said."""

    event: OrderEvent
    sealed: Sealed


class SealedAddress(NamedTuple):
    """An address of which the region is left, and the rest."""

    address: Address
    sealed: Sealed


def _seal(found: Mapping[str, Any], key: Secret, table: str, row: str) -> dict[str, str]:
    return {field: seal_value(value, key, Context(table, row, field)) for field, value in found.items()}


def _open(sealed: Sealed, keys: Mapping[str, Secret], table: str, row: str) -> dict[str, Any]:
    return {field: open_value(value, keys, Context(table, row, field)) for field, value in sealed.items()}


# ---------------------------------------------------------------- records and orders


def seal_record(record: Record, key: Secret, order: str) -> SealedRecord:
    """A record, the person sealed for the order that it is of. Its digest stays what it is."""
    found = person_in(record.personal)
    return SealedRecord(record.erased(*found) if found else record, _seal(found, key, "records", order))


def person_in(personal: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is personal in a record, by pointer, what is a person's; the rest names goods and offers."""
    return {place: value for place, value in personal.items() if _of_a_person(place)}


def _of_a_person(place: str) -> bool:
    return place.startswith(_PERSON) and not place.startswith(_GOODS)


def open_record(kept: SealedRecord, keys: Mapping[str, Secret], order: str) -> Record:
    """The record as it was, byte for byte. Raises `CryptoRefused`."""
    opened = _open(kept.sealed, keys, "records", order)
    bare = kept.record
    return Record(bare.body, bare.order, bare.personal | opened, bare.order_name)


def seal_order(order: Order, key: Secret) -> SealedOrder:
    """An order, the person of its record sealed: it has no other place for one."""
    kept = seal_record(order.record, key, order.id)
    return SealedOrder(order.model_copy(update={"record": kept.record}), kept.sealed)


def open_order(kept: SealedOrder, keys: Mapping[str, Secret]) -> Order:
    """The order as it was, byte for byte. Raises `CryptoRefused`."""
    record = open_record(SealedRecord(kept.order.record, kept.sealed), keys, kept.order.id)
    return kept.order.model_copy(update={"record": record})


# --------------------------------------------------------------------------- events


def seal_event(event: OrderEvent, key: Secret, order: str, seq: int) -> SealedEvent:
    """The event of this number of an order, what it says of a person sealed for that place."""
    data, found = event_apart(event)
    if not found:
        return SealedEvent(event, {})
    return SealedEvent(_EVENT.validate_python(data), _seal(found, key, "events", f"{order}/{seq}"))


def open_event(kept: SealedEvent, keys: Mapping[str, Secret], order: str, seq: int) -> OrderEvent:
    """The event as it was, byte for byte. Raises `CryptoRefused`."""
    opened = _open(kept.sealed, keys, "events", f"{order}/{seq}")
    if not opened:
        return kept.event
    return _EVENT.validate_python(event_together(kept.event.to_dict(), opened))


def event_apart(event: OrderEvent) -> tuple[dict[str, Any], dict[str, Any]]:
    """An event as plain data that says nothing of a person, and by field what it said."""
    data, found = event.to_dict(), {}
    for field, holder, name, empty in _told(data):
        if holder.get(name) not in (None, "", []):
            found[field] = holder[name]
            holder[name] = empty
    return data, found


def event_together(data: dict[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The plain data of an event with what it said of a person put back, into `data` itself."""
    for field, holder, name, _ in _told(data):
        if field in found:
            holder[name] = found[field]
    return data


def _told(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str, Any]]:
    """Where an event speaks of a person: the field, what holds it, its name there, what it is without."""
    if data["kind"] == "noted":
        yield "note", data, "note", ""
    elif data["kind"] == "changed":
        for number, part in enumerate(data["edit"]["parts"]):
            for name, empty in (("remark", None), ("invoice", None), ("by_shop", [])):
                yield f"edit/parts/{number}/settlement/{name}", part["settlement"], name, empty


# ------------------------------------------------------------------------ addresses


def seal_address(address: Address, key: Secret, row: str) -> SealedAddress:
    """An address of a book, under the id of its row; its region is no person's, and stays."""
    found = {name: value for name in _OF_ADDRESS if (value := getattr(address, name)) is not None}
    return SealedAddress(Address(region=address.region), _seal(found, key, "addresses", row))


def open_address(kept: SealedAddress, keys: Mapping[str, Secret], row: str) -> Address:
    """The address as it was. Raises `CryptoRefused`."""
    return kept.address.model_copy(update=_open(kept.sealed, keys, "addresses", row))


# ------------------------------------------------------------------------- rotation


def reseal(sealed: Sealed, keys: Mapping[str, Secret], key: Secret, table: str, row: str) -> dict[str, str]:
    """The same under another key of the customer, for the same place; what is under it already stays as it is.

    So whoever stops in between goes on wherever he likes. Raises `CryptoRefused`.
    """
    old = {field: value for field, value in sealed.items() if key_of(value) != key.id}
    return dict(sealed) | _seal(_open(old, keys, table, row), key, table, row)
