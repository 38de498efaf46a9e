"""What needs more than the core says which extra brings it."""

from __future__ import annotations

from types import TracebackType

from settlement.errors import MissingExtra

__all__ = ["needs"]


class needs:  # noqa: N801 - read as `with needs("sql"):`
    """Around imports of what only an extra brings: where a package is not there, `MissingExtra` says which extra is.

    >>> with needs("sql"):
    ...     import no_such_package
    Traceback (most recent call last):
    ...
    settlement.errors.MissingExtra: this needs no_such_package: pip install "settlement[sql]"
    """

    def __init__(self, extra: str) -> None:
        self.extra = extra

    def __enter__(self) -> None:
        """Nothing is looked for: what is imported is asked for by name."""

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> None:
        if isinstance(error, ModuleNotFoundError):
            package = (error.name or "").partition(".")[0]
            if package and package != "settlement":
                raise MissingExtra(package, self.extra) from None
