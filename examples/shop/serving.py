"""The server: it says where it is once it answers."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import uvicorn

from shop.app import create_app
from shop.security import expect_safe
from shop.settings import Settings

__all__ = ["serve"]


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, url: str, passwords: Mapping[str, str]) -> None:
        super().__init__(config)
        self._url, self._passwords = url, passwords

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and then the URL."""
        await super().startup(sockets)
        if self.started:
            for name, password in self._passwords.items():
                print(f"Sign in as {name:7} with {password}")
            print(f"Serving {self._url} (Ctrl-C ends it)", flush=True)


def serve(settings: Settings) -> int:
    """Until Ctrl-C. Raises `OSError` where the port is taken, and what `create_app` raises."""
    expect_safe(settings)
    # first: where another shop has the port, nothing of its database is changed
    with socket.create_server((settings.host, settings.port), family=_family(settings.host)) as listening:
        app = create_app(settings)
        config = uvicorn.Config(app, settings.host, settings.port, log_level="warning", server_header=False)
        _Server(config, settings.url, app.state.passwords).run([listening])
    return 0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
