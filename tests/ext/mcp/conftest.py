"""Without the SDK of the protocol one of these cannot be read; `make test` says so, `make agents` runs it."""

from __future__ import annotations

import importlib.util

collect_ignore = [] if importlib.util.find_spec("mcp_types") else ["test_stdio.py"]
