"""Five pure tools for an assistant, over the Model Context Protocol (`settlement[mcp]`, `settlement mcp`).

Settle, check, compare, explain, diff: whoever has a machine write a rulebook has it held by `check` and by the sums.
Nothing is kept, fetched or paid; `mcp` is loaded when the server is made.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.ext.mcp.serving import serve, server
from settlement.ext.mcp.tools import TOOLS, Told

__all__ = ["TOOLS", "Told", "serve", "server"]

_readable(globals())
