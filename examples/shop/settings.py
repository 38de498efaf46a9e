"""What a deployment says: where to listen, where the data is, which secret is its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["LOOPBACK", "Settings"]

#: Only here there are demo users and a payment provider that pays nothing.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Settings(NamedTuple):
    """`secret` signs sessions and seals quotes; without one of one's own a new one is drawn at each start."""

    host: str = "127.0.0.1"
    port: int = 8000
    database: str = "sqlite:///shop.db"
    secret: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine is served."""
        return self.host in LOOPBACK

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @classmethod
    def of(cls, told: Mapping[str, str]) -> Settings:
        """Those of an environment. Raises `ValueError` for what is no port."""
        port = told.get("PORT", "8000")
        if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
            raise ValueError(f"PORT: found {port!r}; a number from 1 to 65535 is expected")
        database = told.get("DATABASE", "shop.db")
        if "://" not in database:
            database = f"sqlite:///{Path(database).absolute()}"
        return cls(told.get("HOST", "127.0.0.1"), int(port), database, told.get("SECRET") or None)
