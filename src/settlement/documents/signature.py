"""How a document is made, as people and type checkers read it: each field with what it takes and its default.

One source for `inspect.signature` and `help` (asked for through `Document`, made when asked), and for the `__init__`
that `scripts/signatures.py` writes into each class for type checkers.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from inspect import Parameter, Signature
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from settlement.documents.marks import Mark, Takes, marks_of
from settlement.documents.written import Written
from settlement.money import Money

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["signature_of"]


@lru_cache(maxsize=256)
def signature_of(kind: type[BaseModel]) -> Signature:
    """Keywords only, what must be stated first.

    >>> from settlement import Band
    >>> print(signature_of(Band))
    (*, price: Money | str, up_to: int | Decimal | str | None = None)
    """
    made = [_parameter(name, field) for name, field in kind.model_fields.items()]
    return Signature(sorted(made, key=lambda each: each.default is not Parameter.empty))


def _parameter(name: str, field: FieldInfo) -> Parameter:
    default = field.default
    taken = _one_of(_all_taken(field.annotation, field.metadata))
    if field.default_factory is not None:
        default = Written(f"{getattr(field.default_factory, '__name__', '…')}()")
    elif field.is_required():
        default = Parameter.empty
    elif Mark.FILLED_IN in marks_of(field):
        taken = _one_of([taken, "None"])
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Written(taken))


def _one_of(names: Iterable[str]) -> str:
    """A union, each once and None last."""
    each = dict.fromkeys(names)
    return " | ".join(sorted(each, key=lambda name: name == "None"))


def _all_taken(kind: Any, said: Iterable[Any] = ()) -> list[str]:
    """What a type is made from; `said` is what stands beside it."""
    for each in said:
        if isinstance(each, Takes):
            return [each.written]
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _all_taken(inner[0], inner[1:])
    if origin in (Union, UnionType):
        return [name for each in inner for name in _all_taken(each)]
    if origin is Literal:
        return [f"Literal[{', '.join(map(_literal, inner))}]"]
    if origin is tuple and inner[-1] is Ellipsis:
        entry = _one_of(_all_taken(inner[0]))
        # A bare string is a sequence of strings too, and never what is meant.
        return [f"list[{entry}]", f"tuple[{entry}, ...]"] if entry == "str" else [f"Sequence[{entry}]"]
    if origin is not None:
        return [f"{origin.__name__}[{', '.join(_one_of(_all_taken(each)) for each in inner)}]"]
    if kind is Money:
        return ["Money", "str"]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [_family(kind).__name__, "Mapping[str, Any]"]
    return ["None" if kind is NoneType else getattr(kind, "__name__", str(kind))]


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _family(kind: type[BaseModel]) -> type[BaseModel]:
    """Of a benefit, condition or surcharge that one: callers may write classes of it too."""
    bases = [each for each in kind.__mro__ if vars(each).get("has_kinds")]
    return bases[-1] if bases else kind
