"""A customer's address book: a value, of which every change makes a new one, with one default while it is not empty."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from settlement.cart.address import Address
from settlement.consignee.validation import address_problems
from settlement.documents.document import Document
from settlement.documents.region import path
from settlement.documents.scalars import LISTED, UNIQUE_IDS, Count, Id
from settlement.errors import InvalidDocument, Problem, UnknownAddress

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AddressBook", "Entry"]

_IGNORED = re.compile(r"[\W_]+")


class Entry(Document):
    """An address in a book; `used` counts up through the book, 0 for never, so that no clock is needed."""

    id: Id
    address: Address = Field(repr=False)
    used: Count = 0

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, id: str, address: Address | Mapping[str, Any], used: int = 0) -> None: ...


class AddressBook(Document):
    """A customer's addresses. One of them is the default while there are any.

    Every method that changes something returns the new book. `model_dump_json` and `model_validate_json` are its
    stored form. Addresses are checked when they come in (`address_problems`), not when they are read back: what was
    good once stays readable.

    >>> book = AddressBook().add("home", Address(region="440305", name="张三", phone="13800138000", detail="科技路1号"))
    >>> book.default.id, book.checkout().region, len(book.remove("home"))
    ('home', '440305', 0)
    """

    entries: Annotated[tuple[Entry, ...], UNIQUE_IDS, LISTED] = ()
    default_id: Id | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            entries: Sequence[Entry | Mapping[str, Any]] = (),
            default_id: str | None = None,
        ) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _choose_default(cls, data: Any) -> Any:
        """A stored book that lost its default gets one again: the most recently used, else the first."""
        if isinstance(data, dict) and data.get("default_id") is None and isinstance(data.get("entries"), (list, tuple)):
            rows = [row if isinstance(row, dict) else getattr(row, "__dict__", {}) for row in data["entries"]]
            used = [row.get("used") for row in rows]
            counts = [count if isinstance(count, int) else 0 for count in used]
            if rows:
                return {**data, "default_id": rows[counts.index(max(counts))].get("id")}
        return data

    @model_validator(mode="after")
    def _one_default(self) -> AddressBook:
        if (self.default_id is not None) != bool(self.entries) or (self.entries and self.default_id not in self):
            found = Problem("default_id", "choice.unknown", {"found": "another id", "expected": "the id of an entry"})
            raise InvalidDocument([found], type(self).__name__)
        return self

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, id_: object) -> bool:
        return any(entry.id == id_ for entry in self.entries)

    def __getitem__(self, id_: str) -> Entry:
        for entry in self.entries:
            if entry.id == id_:
                return entry
        raise UnknownAddress(id_, (entry.id for entry in self.entries))

    @property
    def default(self) -> Entry | None:
        """The entry that a checkout takes when none is chosen; None only for an empty book."""
        return None if self.default_id is None else self[self.default_id]

    def add(self, id_: str, address: Address, *, default: bool = False, twice: bool = False) -> AddressBook:
        """The book with one more address at the end; the first, or one that asks for it, becomes the default.

        Raises `InvalidDocument`: `id.duplicate`, the address's problems, and `address.duplicate` where the book has
        the same address already and `twice` does not allow it.
        """
        _refuse(address, [] if twice else self.duplicates(address))
        entries = (*self.entries, Entry(id=id_, address=address))
        return AddressBook(entries=entries, default_id=id_ if default or not self.entries else self.default_id)

    def update(self, id_: str, address: Address, *, twice: bool = False) -> AddressBook:
        """The book with another address under an id. Raises `UnknownAddress`, and as `add` does."""
        kept = self[id_]
        _refuse(address, [] if twice else [other for other in self.duplicates(address) if other != id_])
        return self._with(kept.model_copy(update={"address": address}))

    def remove(self, id_: str) -> AddressBook:
        """The book without an address. Raises `UnknownAddress`.

        Where it was the default, the most recently used takes over; where none was used, the next in the list, or
        the first behind the last.
        """
        place = self.entries.index(self[id_])
        left = (*self.entries[:place], *self.entries[place + 1 :])
        heir = self.default_id
        if heir == id_:
            following = (*self.entries[place + 1 :], *self.entries[:place])
            heir = max(following, key=lambda entry: entry.used).id if following else None
        return AddressBook(entries=left, default_id=heir)

    def with_default(self, id_: str) -> AddressBook:
        """The book with another default. Raises `UnknownAddress`."""
        return self.model_copy(update={"default_id": self[id_].id})

    def use(self, id_: str) -> AddressBook:
        """The book after an order went to an address: it is now the most recently used. Raises `UnknownAddress`."""
        latest = max((entry.used for entry in self.entries), default=0)
        return self._with(self[id_].model_copy(update={"used": latest + 1}))

    def find(self, text: str) -> tuple[Entry, ...]:
        """The entries that have a text in their name, phone, detail, tag or region; capitals don't count.

        >>> book = AddressBook().add("a", Address(region="440305", name="张三", phone="13800138000", detail="1号"))
        >>> [entry.id for entry in book.find("张")], book.find("李")
        (['a'], ())
        """
        wanted = text.strip().casefold()
        if not wanted:
            return ()
        return tuple(
            entry for entry in self.entries if any(wanted in part.casefold() for part in _parts(entry.address))
        )

    def duplicates(self, address: Address) -> tuple[str, ...]:
        """The ids under which the same address stands: spaces, punctuation and width don't count, nor the tag."""
        same = _likeness(address)
        return tuple(entry.id for entry in self.entries if _likeness(entry.address) == same)

    def checkout(self, id_: str | None = None) -> Address | None:
        """The address that a checkout takes: of an id, else the default's; None for an empty book.

        Raises `UnknownAddress`, and `InvalidDocument` where it can't be used any more: its region was retired, say.
        """
        entry = self.default if id_ is None else self[id_]
        if entry is None:
            return None
        _refuse(entry.address, ())
        return entry.address

    def _with(self, changed: Entry) -> AddressBook:
        entries = tuple(changed if entry.id == changed.id else entry for entry in self.entries)
        return AddressBook(entries=entries, default_id=self.default_id)


def _refuse(address: Address, duplicates: Any) -> None:
    problems = list(address_problems(address))
    if duplicates:
        problems.append(Problem("", "address.duplicate", {"id": duplicates[0]}))
    if problems:
        raise InvalidDocument(problems, "Address")


def _parts(address: Address) -> tuple[str, ...]:
    return tuple(part for part in (address.name, address.phone, address.detail, address.tag, address.region) if part)


def _likeness(address: Address) -> tuple[str, ...]:
    """What two spellings of one address have in common."""
    fields: Mapping[str, str | None] = {
        "name": address.name,
        "phone": address.phone,
        "extension": address.extension,
        "city": address.city,
        "detail": address.detail,
    }
    plain = (_IGNORED.sub("", unicodedata.normalize("NFKC", value or "")).casefold() for value in fields.values())
    return (path(address.region)[-1], *plain)
