"""A user's own kind wherever the engine meets it: what it does wrong is a `KindFailed` naming the kind and the hook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from settlement.documents.canonical import canonical
from settlement.errors import KindFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from settlement.documents.document import Document

Kind = TypeVar("Kind", bound="Document")

__all__ = ["answered", "failure", "ours", "stateable"]


def ours(kind: object) -> bool:
    """Whether the library wrote it; its tests hold it to what a fence would check."""
    return type(kind).__module__.startswith("settlement.")


def stateable(kind: Kind) -> Kind:
    """A kind that can stand in a digest; a user's own may have fields that can't."""
    if not ours(kind):
        try:
            canonical(kind.model_dump(mode="json"))
        except (TypeError, ValueError) as error:
            raise failure(type(kind).__name__, "model_dump", "JSON without floats", str(error)) from error
    return kind


def answered(kind: str, hook: str, call: Callable[[], Any]) -> Any:
    """What a hook answers; whatever it raises is a failure of the kind."""
    try:
        return call()
    except Exception as error:
        raise failure(kind, hook, "an answer", f"{type(error).__name__}: {error}") from error


def failure(kind: str, hook: str, expected: str, found: object) -> KindFailed:
    """What was expected of a hook, and what it answered, cut short."""
    shown = found if isinstance(found, str) else repr(found)
    return KindFailed(kind, hook, expected, shown[:80])
