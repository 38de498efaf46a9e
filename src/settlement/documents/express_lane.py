"""The express lane of the door: JSON that is plain all over is validated with far fewer calls.

A JSON text is plain where every character is printable and nothing is escaped: then no string in it can hold a control
character or half of a surrogate pair, and the checks of single texts are left out. What is left is pydantic's own,
straight from the text, with a table of validators exchanged for lighter ones. Whatever is not accepted here, for
whatever reason, goes through the door itself, which alone says what is wrong. So this lane can only be faster: what it
accepts the door accepts, with an equal result (tests/test_express.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import SchemaValidator

__all__ = ["Exchange", "at_most", "exchanged", "keys_read", "plain_keys"]

#: What stands for a validator's node, given the schema inside it.
Exchange: TypeAlias = Callable[[Any], Any]


def plain_keys(text: str) -> int | None:
    r"""How many keys a plain JSON text states, or more where a string begins with a colon; None for any other text.

    A text is plain where nothing is escaped and everything is printable but line breaks and tabs, which can stand only
    between strings. A key ends in a quotation mark and a colon; where nothing stands between the two, none is missed.

    >>> plain_keys('{"a": "张三", "b": {"a": 2}}'), plain_keys('{"a": ":"}')
    (3, 2)
    >>> plain_keys('{"a" : 1}'), plain_keys('{"a": "\\u5f20"}'), plain_keys('{"a": "zero\u200bwidth"}')
    (None, None, None)
    """
    if "\\" in text or " :" in text:
        return None
    if not text.isprintable():
        if "\n:" in text or "\r:" in text or "\t:" in text:
            return None
        if not text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
            return None
    return text.count('":')


def keys_read(document: BaseModel) -> int:
    """How many keys of a text became fields of a document and of those in it; fewer, where one was stated twice."""
    count, fields = len(document.__pydantic_fields_set__), document.__dict__
    for name in _holders(type(document)):
        inner = fields[name]
        if type(inner) is not tuple:
            if inner is not None:
                count += keys_read(inner)
        elif not inner:
            continue
        elif not isinstance(inner[0], BaseModel):
            count += len(inner)  # a map, kept as pairs
        elif any(each.__dict__[held] for held in _holders(type(inner[0])) for each in inner):
            count += sum([keys_read(each) for each in inner])
        else:
            count += sum([len(each.__pydantic_fields_set__) for each in inner])
    return count


@lru_cache(maxsize=256)
def _holders(kind: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a class that hold documents, tuples of documents, or maps kept as pairs."""
    return tuple([name for name, field in kind.model_fields.items() if any(_keyed(field.annotation))])


def _keyed(annotation: Any) -> Iterator[bool]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield True
    inner = get_args(annotation)
    if inner and get_origin(inner[0]) is tuple and inner[-1] is Ellipsis:
        yield True  # a tuple of pairs
    for each in inner:
        yield from _keyed(each)


def exchanged(kind: type[BaseModel], exchanges: Mapping[object, Exchange]) -> SchemaValidator:
    """A validator of a class of documents with the validators of the table exchanged; the others stay as they are."""
    kind.model_rebuild()
    return SchemaValidator(_exchanged(kind.__pydantic_core_schema__, exchanges))


def at_most(entries: int) -> Exchange:
    """For a validator before a tuple that bounds how many entries it may have."""

    def bounded(inner: Any) -> Any:
        node = inner
        while node["type"] != "tuple":
            node = node["schema"]
        node["max_length"] = min(entries, node.get("max_length", entries))
        return inner

    return bounded


def _exchanged(node: Any, exchanges: Mapping[object, Exchange]) -> Any:
    if isinstance(node, dict):
        if str(node.get("type", "")).startswith("function-"):
            exchange = exchanges.get(node["function"]["function"])
            if exchange is not None:
                return exchange(_exchanged(node.get("schema"), exchanges))
        return {key: inner if key in _KEPT else _exchanged(inner, exchanges) for key, inner in node.items()}
    if isinstance(node, list):
        return [_exchanged(inner, exchanges) for inner in node]
    return node


#: Where no schema stands.
_KEPT = frozenset({"metadata", "serialization", "cls", "config", "function", "default", "default_factory", "expected"})
