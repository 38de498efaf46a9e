"""Encryption at rest of what a person is known by (`settlement[crypto]`, on `cryptography`).

AES-256-GCM with a key for each customer, which a master key wraps. Where the keys come from and where what is sealed
is kept are the host's, or the store's.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.errors import CryptoRefused
from settlement.ext.crypto.cipher import Context, Secret, open_value, seal_value
from settlement.ext.crypto.keys import MasterKeys, Rewrapped, WrappedKey, new_key, rotation, unwrap
from settlement.ext.crypto.personal import (
    Sealed,
    SealedAddress,
    SealedEvent,
    SealedOrder,
    SealedRecord,
    event_apart,
    event_together,
    open_address,
    open_event,
    open_order,
    open_record,
    person_in,
    reseal,
    seal_address,
    seal_event,
    seal_order,
    seal_record,
)
from settlement.ext.crypto.phones import phone_digits, phone_hash

__all__ = [
    "Context",
    "CryptoRefused",
    "MasterKeys",
    "Rewrapped",
    "Sealed",
    "SealedAddress",
    "SealedEvent",
    "SealedOrder",
    "SealedRecord",
    "Secret",
    "WrappedKey",
    "event_apart",
    "event_together",
    "new_key",
    "open_address",
    "open_event",
    "open_order",
    "open_record",
    "open_value",
    "person_in",
    "phone_digits",
    "phone_hash",
    "reseal",
    "rotation",
    "seal_address",
    "seal_event",
    "seal_order",
    "seal_record",
    "seal_value",
    "unwrap",
]

_readable(globals())
