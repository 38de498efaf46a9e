"""The server: the tools on standard input and output, until the other end closes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from settlement.documents.extras import needs
from settlement.documents.written import all_readable
from settlement.ext.mcp.tools import TOOLS, Told

if TYPE_CHECKING:
    from mcp.server import MCPServer

__all__ = ["serve", "server"]

_SAID: Final = (
    'Exact settlement of a multi-shop cart. Amounts are strings with a currency, such as "12.34 CNY"; never compute a'
    " sum yourself. To write rules: read settlement://schema/rulebook, write, `check`, mend, then `settle` carts whose"
    " sums are known and `explain` what differs."
)
_SCHEMAS: Final = ("request", "rulebook", "checkout")


def server() -> MCPServer[Any]:
    """A server with the six tools, and the schemas of what they take. Raises `MissingExtra` without mcp."""
    with needs("mcp"):
        from mcp.server import MCPServer
    from mcp_types import ToolAnnotations

    import settlement
    from settlement.orders.schemas import schema_text

    made = MCPServer("settlement", instructions=_SAID, version=settlement.__version__, log_level="WARNING")
    pure = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    for name, tool in TOOLS.items():
        made.add_tool(_answering(tool), name=name, description=(tool.__doc__ or "").strip(), annotations=pure)
    for name in _SCHEMAS:
        made.resource(f"settlement://schema/{name}", name=name, mime_type="application/schema+json")(
            _text_of(schema_text, name)
        )
    return made


def serve() -> None:
    """Answer on standard input and output until the other end closes. Raises `MissingExtra` without mcp."""
    server().run("stdio")


def _answering(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The tool, whose refusal is one that the protocol knows."""
    with needs("mcp"):
        from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def answer(*given: Any, **named: Any) -> dict[str, Any]:
        try:
            return tool(*given, **named)
        except Told as told:
            raise ToolError(str(told)) from None

    return answer


def _text_of(make: Callable[[str], str], name: str) -> Callable[[], str]:
    def text() -> str:
        return make(name)

    return text


all_readable(globals())
