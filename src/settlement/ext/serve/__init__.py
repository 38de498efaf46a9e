"""A server for shops in other languages: `settlement serve` (`settlement[serve]`).

One process has the sockets and the queue, the others settle. Its libraries are loaded when it is started.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.ext.serve.serving import Limits, listening, serve
from settlement.ext.serve.token import is_loopback, read_token

__all__ = ["Limits", "is_loopback", "listening", "read_token", "serve"]

_readable(globals())
