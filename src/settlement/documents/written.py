"""What classes and functions show as people write it: `help(settle)` has `checkout: Checkout`, not a `ForwardRef`.

The sources postpone their annotations, which costs nothing at import and lets names be told that are imported for types
alone; Python before 3.14 prints what it then has with quotation marks. What a type is stays what it was, a string that
`typing.get_type_hints` reads. Named tuples, as the parts of a settlement are, refuse a change in the library's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any, Final, ForwardRef, NoReturn

from settlement.errors import Immutable

__all__ = ["Written", "all_readable", "numbered", "readable"]


class Written(str):
    """A type or a default that prints as it is written, without quotation marks."""

    __slots__ = ()

    __repr__ = str.__str__


def numbered(count: int, one: str, many: str = "") -> str:
    """A number with its word, for what programmers read: texts for people have `Language.plural`.

    >>> numbered(1, "line"), numbered(0, "line"), numbered(2, "county", "counties")
    ('1 line', '0 lines', '2 counties')
    """
    return f"{count} {one if count == 1 else many or f'{one}s'}"


#: Classes that were seen to, for many have the same bases.
_SEEN: Final[set[type]] = set()


def readable(value: object) -> None:
    """Make the signature of a function, or those of all that a class of the library defines, print as written.

    >>> import inspect
    >>> def price(amount: Money) -> str: ...
    >>> price.__annotations__ = {"amount": "Money", "return": "str"}
    >>> readable(price)
    >>> print(inspect.signature(price))
    (amount: Money) -> str
    """
    value = getattr(value, "__wrapped__", value)  # what a cache stands before
    if isinstance(value, FunctionType):
        stated = value.__annotations__
        if any(type(each) is not Written for each in stated.values()):
            value.__annotations__ = {name: _written(each) for name, each in stated.items()}
    elif isinstance(value, type):
        for kind in value.__mro__:
            if kind.__module__.startswith("settlement") and kind not in _SEEN:
                _SEEN.add(kind)
                if hasattr(kind, "_fields"):
                    kind.__annotations__ = {name: _written(each) for name, each in kind.__annotations__.items()}
                    kind.__dir__ = _listed  # type: ignore[method-assign,assignment]  # as below
                    kind.__setattr__ = kind.__delattr__ = _refuse  # type: ignore[method-assign,assignment]  # its body may not
                for each in vars(kind).values():
                    inner = each.__func__ if isinstance(each, (classmethod, staticmethod)) else each
                    if isinstance(inner, FunctionType):
                        readable(inner)


def all_readable(space: Mapping[str, object]) -> None:
    """The same for all that a module holds: what is imported into it is what its functions take and give.

    >>> import inspect
    >>> class Pair(tuple):
    ...     __module__ = "settlement.pairs"
    ...
    ...     def second(self) -> str: ...
    >>> all_readable({"Pair": Pair})
    >>> print(inspect.signature(Pair.second))
    (self) -> str
    """
    for each in [*space.values()]:
        readable(each)


def _listed(part: tuple[object, ...]) -> list[str]:
    """What completion shows of a named tuple: nothing of what it is to be a tuple, unless a field is called so."""
    fields = getattr(part, "_fields", ())
    return [name for name in object.__dir__(part) if name in fields or name not in {"count", "index"}]


def _refuse(part: object, name: str, *_value: object) -> NoReturn:
    """What a named tuple of the library answers whoever sets or deletes a field."""
    kind = type(part)
    of_a_settlement = kind.__module__.startswith("settlement.receipts.")
    made = f"make a changed copy: ._replace({name}=…)"
    raise Immutable(kind.__name__, name, "change the checkout and settle again" if of_a_settlement else made)


def _written(annotation: Any) -> Any:
    if isinstance(annotation, ForwardRef):  # what a NamedTuple makes of a string
        annotation = annotation.__forward_arg__
    return Written(annotation) if isinstance(annotation, str) else annotation
