"""A class of documents again, with some fields of other types: how documents learn a user's own kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import create_model, model_validator

if TYPE_CHECKING:
    from settlement.documents.document import Document

Remade = TypeVar("Remade", bound="Document")

__all__ = ["remade"]


def remade(base: type[Remade], **fields: Any) -> type[Remade]:
    """A class of the same name with other fields; documents of the base are opened and validated anew."""

    def opened(value: object) -> object:
        if type(value) is base:
            return {name: getattr(value, name) for name in value.model_fields_set}
        return value

    validators: Any = {"_opened": model_validator(mode="before")(opened)}
    made: type[Remade] = create_model(
        base.__name__, __base__=base, __doc__=base.__doc__, __validators__=validators, **fields
    )
    return made
