"""Who may sign in. The demo's people get new passwords at each start, which are printed and kept nowhere."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, insert, select

from settlement.ext.store.database import Database
from settlement.orders import Actor
from shop.tables import users

__all__ = ["DEMO", "Users"]

#: Two buyers, staff of two shops, and staff of the mall.
DEMO: Final[Mapping[str, Actor]] = {
    "b1": Actor.customer("b1"),
    "b2": Actor.customer("b2"),
    "tea": Actor.shop("tea"),
    "digital": Actor.shop("digital"),
    "mall": Actor.staff("mall"),
}
#: Argon2id with the least that OWASP asks for: 19 MiB, two passes.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: What is verified where there is no such user, so that it takes as long.
_NOBODY: Final = _HASHER.hash("nobody")
_LONGEST: Final = 200


class Users:
    """The table of users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def demo(self, *, there: bool) -> dict[str, str]:
        """Draw new passwords for the demo's people, or let none of them be there; name -> password."""
        drawn = {name: secrets.token_urlsafe(9) for name in DEMO} if there else {}
        with self._database.writing() as connection:
            connection.execute(delete(users).where(users.c.name.in_(list(DEMO))))
            for name, password in drawn.items():
                actor = DEMO[name]
                row = {"name": name, "role": actor.role, "id": actor.id, "hash": _HASHER.hash(password)}
                connection.execute(insert(users).values(row))
        return drawn

    def sign_in(self, name: str, password: str) -> Actor | None:
        """Who this is; None for a wrong name or a wrong password, which take as long."""
        with self._database.reading() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).first()
        try:
            _HASHER.verify(_NOBODY if row is None else row.hash, password[:_LONGEST])
        except VerificationError:
            return None
        return None if row is None else Actor(role=row.role, id=row.id)
