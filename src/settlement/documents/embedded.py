"""Values that are no documents themselves inside of documents: read and written as the document that they have in JSON.

A record and a refund quote are classes of their own, with `from_dict` and `to_dict`, beside a model of their JSON. A
field of such a value is declared by the model, `record: Annotated[RecordDocument, Embedded(Record)]`, so that schemas
and pages show it, and holds the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from settlement.documents.problems import located, problem
from settlement.errors import InvalidDocument, SettlementError
from settlement.money import excerpt

__all__ = ["Embedded"]


class Embedded:
    """Beside the model of a value's JSON: what the field holds."""

    __slots__ = ("kind",)

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Asked by pydantic: the model's own schema is what a JSON Schema is made from, and reads nothing."""
        return core_schema.no_info_wrap_validator_function(
            self._read,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(_written),
        )

    def _read(self, value: Any, _: Any) -> Any:
        if isinstance(value, self.kind):
            return value
        if not isinstance(value, Mapping):
            raise problem("object.type", found=excerpt(value))
        try:
            return self.kind.from_dict(value)
        except InvalidDocument as error:
            found = error.problems
        except (SettlementError, TypeError) as error:  # amounts of two currencies, figures that contradict each other
            raise problem("value.invalid", detail=str(error)) from None
        raise ValidationError.from_exception_data("document", _details(found))


def _details(found: Any) -> list[InitErrorDetails]:
    return [located(each) for each in found]


def _written(value: Any) -> dict[str, Any]:
    made: dict[str, Any] = value.to_dict()
    return made
