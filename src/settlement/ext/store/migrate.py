"""Making the tables, and bringing older ones up to date, by the migrations of `migrations/`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from settlement.documents.extras import needs
from settlement.ext.store.database import Database, reached

with needs("sql"):
    from alembic import command
    from alembic.config import Config

__all__ = ["configured", "migrate", "upgrade"]


def configured() -> Config:
    """Where the migrations lie; nothing is read from a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def upgrade(engine: Engine) -> None:
    """All migrations that this database has not had, in one transaction where it can."""
    config = configured()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def migrate(url: str) -> None:
    """The same by URL. Raises `ConnectionError` where there is no such database, no driver of it, or no way to it."""
    with reached():
        database = Database(url)
        upgrade(database.engine)
        database.engine.dispose()
