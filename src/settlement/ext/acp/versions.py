"""The version of the Agentic Commerce Protocol that is spoken here, pinned by name."""

from __future__ import annotations

from typing import Final

__all__ = ["PROTOCOL", "VERSION"]

#: The version that is spoken here.
VERSION: Final = "2026-04-17"
PROTOCOL: Final = f"ACP {VERSION}"
