"""Making the tables, and bringing older ones up to date, by the migrations of `migrations/`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

__all__ = ["configured", "upgrade"]


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
