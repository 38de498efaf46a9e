"""The door: what every document has in common.

A document is a frozen pydantic model with tuples and no unknown fields. However it is made (keywords, JSON, a dict,
`model_construct`, `model_copy`, pydantic's older names for these) it is validated, and a problem is reported as
`InvalidDocument` with every place. What this class does not see, a `TypeAdapter` and a pickle, is told in
docs/errors.md. Its scalar types are those of `scalars`, its JSON is read by `strict_json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, dataclass_transform

from pydantic import BaseModel, Field, PrivateAttr, ValidationError
from pydantic_core import InitErrorDetails, PydanticSerializationError, SchemaValidator

from settlement.documents.express_lane import exchanged, keys_read, plain_keys
from settlement.documents.marks import Mark, marks_of
from settlement.documents.printing import text
from settlement.documents.problems import TAGGED, TAGGED_LISTS, UNQUOTED, expect, invalid, problem_at
from settlement.documents.scalars import (
    EXPRESS,
)
from settlement.documents.strict_json import MAX_DOCUMENT, loads
from settlement.errors import Immutable
from settlement.money import Money

if TYPE_CHECKING:
    from inspect import Signature
    from typing import Self

    from pydantic._internal._model_construction import ModelMetaclass as DocumentType
else:

    class DocumentType(type(BaseModel)):
        """A class of documents: how it is made is written when it is asked for, in short types."""

        @property
        def __signature__(cls) -> Signature:
            from settlement.documents.signature import signature_of

            return signature_of(cls)

        @__signature__.setter
        def __signature__(cls, _: object) -> None:
            """Not pydantic's own: it comes with the first use, and with all that stands beside a type."""

        def __dir__(cls) -> list[str]:
            """What a document is asked for, in `help` and while typing: not what keeps pydantic going."""
            return sorted(name for name in {*super().__dir__()} - _KEEPS_GOING if name[0] != "_")


__all__ = ["Document", "foreign_amounts"]

#: Of pydantic's own names those that the documentation uses.
_USED: Final = {"model_copy", "model_dump", "model_dump_json", "model_validate", "model_validate_json"}
#: The others are there for whoever knows them, and not shown; nor is what only this library asks a class for.
_KEEPS_GOING: Final = {*dir(BaseModel), "express", "has_kinds"} - _USED

_NOT_QUOTED = frozenset({Mark.PERSONAL, Mark.UNQUOTED})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field, PrivateAttr))
class Document(
    BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True, metaclass=DocumentType
):
    """What all documents share: frozen, closed, validated however they are made."""

    def __init__(self, /, *unnamed: object, **data: Any) -> None:
        """By keywords; raises `InvalidDocument` with all problems at once, and `TypeError` for fields without names."""
        __tracebackhide__ = True
        if unnamed:
            raise _unnamed(type(self), unnamed)
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
        except ValidationError as error:
            found = invalid(error, type(self).__name__, type(self))
        else:
            return
        raise found  # out here, so that nothing that holds the input hangs on it

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # pydantic's own mark

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        UNQUOTED.update(name for name, field in cls.model_fields.items() if marks_of(field) & _NOT_QUOTED)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read `to_json()` back, or any JSON of this document; raises `InvalidDocument` with all problems at once."""
        return cls.model_validate_json(text)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The document of plain data, as a web framework hands it over; raises as `from_json()` does.

        >>> from settlement import Address
        >>> Address.from_dict({"region": "440305"}).to_dict()["region"]
        '440305'
        """
        expect("data", data, Mapping)
        return cls.model_validate(data)

    def to_json(self) -> str:
        """The document as compact JSON, with its defaults."""
        return self.model_dump_json()

    def to_dict(self) -> dict[str, Any]:
        """The same as plain dicts, lists, strings and integers."""
        return self.model_dump(mode="json")

    if not TYPE_CHECKING:  # a type checker shall go on refusing what these do

        def __setattr__(self, name: str, value: object) -> None:
            raise Immutable(type(self).__name__, name, f'make a changed copy: .model_copy(update={{"{name}": …}})')

        def __delattr__(self, name: str) -> None:
            raise Immutable(type(self).__name__, name, f'make a changed copy: .model_copy(update={{"{name}": None}})')

    # pydantic's other options (`extra`, `strict`, `from_attributes`, …) are not taken: each opens the door a little.

    @classmethod
    def model_validate(cls, obj: Any, *, context: Any = None) -> Self:  # type: ignore[override]
        """A document from a dict or an instance; raises `InvalidDocument` with all problems at once."""
        try:
            return super().model_validate(obj, context=context)
        except ValidationError as error:
            found = invalid(error, cls.__name__, cls)
        raise found

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, *, context: Any = None) -> Self:  # type: ignore[override]
        """A document from strict JSON text; raises `InvalidDocument` with all problems at once.

        Raises `TypeError` for what is no text: a dict is for `model_validate`.
        """
        if context is None and (made := cls._at_once(json_data)) is not None:
            return made
        return cls.model_validate(loads(json_data, cls.__name__), context={**(context or {}), "json": True})

    @classmethod
    def model_validate_strings(cls, obj: Any, *, context: Any = None) -> Self:  # type: ignore[override]
        """As `model_validate`: no number or truth value is read from a string that the document does not have so."""
        return cls.model_validate(obj, context=context)

    @classmethod
    def parse_raw(cls, b: str | bytes) -> Self:  # type: ignore[override]
        """As `model_validate_json`, under pydantic's older name."""
        return cls.model_validate_json(b)

    #: Whether callers may write classes of this kind too: benefits and conditions.
    has_kinds: ClassVar[bool] = False

    #: Whether JSON of this class may take the express lane; made for what a service reads all the time. Each class says
    #: so for itself: a subclass may have fields, defaults and validators that the lane was not proven with.
    express: ClassVar[bool] = False

    @classmethod
    def _at_once(cls, text: str | bytes | bytearray) -> Self | None:
        """The document of a plain JSON text with nothing wrong; None: let the door look at it."""
        if not vars(cls).get("express"):
            return None
        try:
            if len(text) > MAX_DOCUMENT:
                return None
            plain = text if isinstance(text, str) else text.decode()
            keys = plain_keys(plain)
            if keys is not None:
                made: Self = _validator(cls).validate_json(plain)
                return made if keys_read(made) == keys else None
        except (ValidationError, UnicodeDecodeError, AttributeError, TypeError):  # the last two: it is no text at all
            pass
        return None

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:  # type: ignore[override]  # it validates, so it says less
        """Validates like every other way in: there is no way round the door."""
        return cls(**values)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002 - nothing in it can change
        """A copy with some fields changed, validated as a whole."""
        if not update:
            return self
        expect("update", update, Mapping)
        stated = {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
        return type(self)(**stated | dict(update))

    def copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # type: ignore[override]
        """As `model_copy`, under pydantic's older name."""
        return self.model_copy(update=update, deep=deep)

    def __str__(self) -> str:
        return text(self)

    def __dir__(self) -> list[str]:
        return sorted({*dir(type(self)), *type(self).model_fields})

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """The document as a dict; what stops a program stops it here too."""
        try:
            return super().model_dump(**options)
        except PydanticSerializationError as error:
            raise _stopped_by(error) from None

    def model_dump_json(self, **options: Any) -> str:
        """The document as JSON; what stops a program stops it here too."""
        try:
            return super().model_dump_json(**options)
        except PydanticSerializationError as error:
            raise _stopped_by(error) from None


def _unnamed(kind: type[Document], given: tuple[object, ...]) -> TypeError:
    """Why fields have no places, and how this document is written, or read from what was handed in whole."""
    name = kind.__name__
    if len(given) == 1 and isinstance(given[0], Mapping):
        return TypeError(f"{name}: found an object; {name}.from_dict() reads it")
    if len(given) == 1 and isinstance(given[0], (str, bytes)) and given[0].lstrip()[:1] in ("{", b"{"):
        return TypeError(f"{name}: found a JSON text; {name}.from_json() reads it")
    fields = [field for field, about in kind.model_fields.items() if about.is_required()] or [*kind.model_fields]
    shown = ", ".join(f"{field}=…" for field in fields[:8])
    found = "a value without its name" if len(given) == 1 else f"{len(given)} values without their names"
    return TypeError(f"{name}: found {found}; fields go by name: {name}({shown})")


@lru_cache(maxsize=64)
def _validator(kind: type[Document]) -> SchemaValidator:
    return exchanged(kind, EXPRESS)


def _stopped_by(error: PydanticSerializationError) -> BaseException:
    """pydantic takes Ctrl-C and a lack of memory in a serializer for errors of its own: the true one."""
    cause = error.__cause__
    stops = isinstance(cause, MemoryError) or not isinstance(cause, Exception)
    return cause if cause is not None and stops else error


def foreign_amounts(document: Document, currency: str) -> Iterator[InitErrorDetails]:
    """Every amount below a document that is in another currency, however deep."""
    for place, money in _amounts(document, ()):
        if money.currency != currency:
            yield problem_at(*place, code="currency.mixed", found=money.currency, currency=currency)


def _amounts(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Money]]:
    if isinstance(value, Money):
        yield place, value
    elif isinstance(value, Document):
        if place and (place[-1] in TAGGED or place[-2:][0] in TAGGED_LISTS):
            place = (*place, "")  # where pydantic puts the tag
        for name in type(value).model_fields:
            yield from _amounts(getattr(value, name), (*place, name))
    elif isinstance(value, (tuple, dict)):
        for step, entry in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(entry, (Document, Money)):
                yield from _amounts(entry, (*place, step))
