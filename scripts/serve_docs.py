"""Serve the built documentation on this machine alone: the playground needs http:// (make docs-serve, PORT=8000)."""

from __future__ import annotations

import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playground import CSP, ROOT

__all__ = ["serving"]


class _Pages(SimpleHTTPRequestHandler):
    """Files of a folder; those of the playground with the policy that they keep to."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".md": "text/markdown; charset=utf-8",
    }

    def end_headers(self) -> None:
        """Called before the body."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")  # asked again each time, sent again only where it changed
        if self.path.startswith("/playground/"):
            self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the library calls it
        """Say nothing of what went well."""


def serving(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of a folder on the loopback, on this port or on any that is free."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(_Pages, directory=str(folder)))


def main() -> int:
    """Serve until Ctrl-C."""
    folder = ROOT / "build" / "docs"
    if not (folder / "index.html").exists():
        print("build/docs is not there: make docs", file=sys.stderr)
        return 2
    wanted = os.environ.get("PORT") or "8000"
    try:
        made = serving(folder, int(wanted))
    except (OSError, OverflowError, ValueError) as error:
        print(f"port {wanted}: {error}; another one: make docs-serve PORT=8001", file=sys.stderr)
        return 2
    with made as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
