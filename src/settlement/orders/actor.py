"""Who did something: a customer, a shop, somebody of the platform, or a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from settlement.documents.document import Document
from settlement.documents.scalars import Id

__all__ = ["Actor"]


class Actor(Document):
    """Who did something, by role and id; of `system` the id is a program's name.

    >>> Actor.shop("tea")
    Actor(role='shop', id='tea')
    """

    role: Literal["customer", "shop", "staff", "system"]
    id: Id

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, role: Literal["customer", "shop", "staff", "system"], id: str) -> None: ...

    @classmethod
    def customer(cls, id: str) -> Actor:
        """The buyer of this id."""
        return cls(role="customer", id=id)

    @classmethod
    def shop(cls, id: str) -> Actor:
        """Somebody of this shop."""
        return cls(role="shop", id=id)

    @classmethod
    def staff(cls, id: str) -> Actor:
        """Somebody of the platform."""
        return cls(role="staff", id=id)

    @classmethod
    def system(cls, name: str) -> Actor:
        """A program: what hands in notices, or a job."""
        return cls(role="system", id=name)
