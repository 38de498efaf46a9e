"""Documents whose later fields are written only where they are used, so that what came before them keeps its bytes."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from pydantic import SerializerFunctionWrapHandler, model_serializer

from settlement.documents.document import Document

__all__ = ["LeavesOut"]


class LeavesOut(Document):
    """A document that writes nothing of the fields named in `left_out` while they are null, or a list of nothing."""

    left_out: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        return {name: value for name, value in written.items() if name not in self.left_out or value not in _NOTHING}


_NOTHING: Final[tuple[Any, ...]] = (None, [], ())
