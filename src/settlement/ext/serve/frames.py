"""What the server and its processes say to each other: a head of JSON and a body of bytes, each with its length."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from asyncio import StreamReader

__all__ = ["Frame", "from_process", "from_server", "packed"]

#: What is said, and the bytes that it is said of.
Frame: TypeAlias = tuple[dict[str, Any], bytes]
_LENGTHS: Final = struct.Struct("!II")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def packed(head: dict[str, Any], body: bytes = b"") -> bytes:
    r"""A frame as it goes over a socket.

    >>> packed({"a": 1}, b"b")
    b'\x00\x00\x00\x08\x00\x00\x00\x01{"a": 1}b'
    """
    said = json.dumps(head).encode()
    return b"".join((_LENGTHS.pack(len(said), len(body)), said, body))


def from_server(stream: _Readable) -> Frame | None:
    """The next frame of a socket; None where the other end is closed."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    first, second = _LENGTHS.unpack(lengths)
    rest = stream.read(first + second)
    return (json.loads(rest[:first]), rest[first:]) if len(rest) == first + second else None


async def from_process(stream: StreamReader) -> Frame:
    """The same without holding anything up. Raises `asyncio.IncompleteReadError`, an `EOFError`, where it is closed."""
    first, second = _LENGTHS.unpack(await stream.readexactly(_LENGTHS.size))
    rest = await stream.readexactly(first + second)
    return json.loads(rest[:first]), rest[first:]


all_readable(globals())
