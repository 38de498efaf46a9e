"""What is a person's, in the tables: readable where the store has no keys, sealed by the person's own where it has.

A person is a customer, or a guest of one order. His key is made in the transaction that first writes something of him,
and shared with it until it ends: who erases him waits for what is being written, and erases that too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from settlement.documents.canonical import canonical
from settlement.errors import CryptoRefused
from settlement.ext.crypto import (
    Context,
    MasterKeys,
    Secret,
    WrappedKey,
    new_key,
    open_value,
    phone_digits,
    phone_hash,
    seal_value,
    unwrap,
)
from settlement.ext.store.tables import keys

__all__ = ["OF_KEY", "Person", "Persons", "person_of", "wrapped_key"]

#: The columns of a row's key, beside those of the row: what `Persons.read` needs.
OF_KEY: Final = (
    keys.c.role.label("key_role"),
    keys.c.holder.label("key_holder"),
    keys.c.master.label("key_master"),
    keys.c.wrapped.label("key_wrapped"),
)


class Person(NamedTuple):
    """Whose key seals: of a `customer` by id, of a guest's `order` by its name; `phones` is nobody's."""

    role: str
    holder: str


_PHONES: Final = Person("phones", "")


def person_of(order: str, customer: str | None) -> Person:
    """Whose an order is."""
    return Person("order", order) if customer is None else Person("customer", customer)


def wrapped_key(row: Any) -> WrappedKey:
    """A row of `keys`; what it is bound to is its person, so one that was moved to another opens nothing."""
    return _wrapped(row.id, Person(row.role, row.holder), row.master, row.wrapped)


def _wrapped(id: str, person: Person, master: str, wrapped: str | None) -> WrappedKey:
    return WrappedKey(id, "/".join(map(str, person)), master, None if wrapped is None else bytes.fromhex(wrapped))


class Persons:
    """Writes and reads what is personal, with the master keys of a store if it has any."""

    def __init__(self, masters: MasterKeys | None) -> None:
        self.masters = masters

    def write(
        self, connection: Connection, person: Person, told: Mapping[str, Any], context: tuple[str, str]
    ) -> dict[str, Any]:
        """The columns of what a row tells of a person, the row named by its table and its name there."""
        secret = self._key(connection, person) if told else None
        if secret is None:
            return {"personal": dict(told), "sealed": None, "key": None}
        sealed = {field: seal_value(value, secret, Context(*context, field)) for field, value in told.items()}
        return {"personal": {}, "sealed": canonical(sealed).decode(), "key": secret.id}

    def read(self, row: Any, context: tuple[str, str]) -> dict[str, Any]:
        """What a row tells: all that may be read, and all that was sealed unless the person was erased.

        Raises `CryptoRefused` where the store has no keys, or not the one that it needs, and for what was moved.
        """
        found: dict[str, Any] = json.loads(row.personal)
        if row.sealed is None or row.key_wrapped is None:
            return found
        if self.masters is None:
            raise CryptoRefused("crypto.key_unknown")
        person = Person(row.key_role, row.key_holder)
        secret = unwrap(_wrapped(row.key, person, row.key_master, row.key_wrapped), self.masters)
        mine = {secret.id: secret}
        for field, value in json.loads(row.sealed).items():
            found[field] = open_value(value, mine, Context(*context, field))
        return found

    def phone(self, connection: Connection, phone: str | None) -> str | None:
        """How orders are found by a phone that was just written: its digits, or where the store has keys their hash."""
        digits = "" if phone is None else phone_digits(phone)
        if phone is None or not digits:
            return None
        secret = None if self.masters is None else self._key(connection, _PHONES)
        return digits[:64] if secret is None else phone_hash(phone, secret)

    def phones(self, connection: Connection, phone: str) -> tuple[str, ...]:
        """All that an order may be found by: whatever was written before the store had keys is digits."""
        digits = phone_digits(phone)[:64]
        row = connection.execute(_LIVE, _PHONES._asdict()).first()
        if row is None or not digits:
            return (digits,)
        if self.masters is None:
            raise CryptoRefused("crypto.key_unknown")
        return (digits, str(phone_hash(phone, unwrap(wrapped_key(row), self.masters))))

    def _key(self, connection: Connection, person: Person) -> Secret | None:
        """The key of a person, made where there is none. None: nothing is sealed here.

        Raises `CryptoRefused` for a store without keys where others seal: it would write what they keep secret.
        """
        if self.masters is None:
            if connection.execute(_ANY).first() is not None:
                raise CryptoRefused("crypto.key_unknown")
            return None
        row = connection.execute(_KEY, person._asdict()).first()
        if row is not None:
            return unwrap(wrapped_key(row), self.masters)
        secret, made = new_key("/".join(person), self.masters)
        wrapped = None if made.sealed is None else made.sealed.hex()
        stated = {"id": made.id, "master": made.master, "wrapped": wrapped, "made": made.master}
        connection.execute(insert(keys), person._asdict() | stated)
        return secret


_ANY: Final = select(keys.c.id).limit(1)
_LIVE: Final = select(keys).where(
    keys.c.role == bindparam("role"), keys.c.holder == bindparam("holder"), keys.c.wrapped.is_not(None)
)
#: Held until the transaction ends, beside others who hold it: erasing waits.
_KEY: Final = _LIVE.with_for_update(read=True)
