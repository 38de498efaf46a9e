"""Without cryptography none of these can be read; `make test` says so, `make agents` runs them."""

from __future__ import annotations

import importlib.util

collect_ignore = [] if importlib.util.find_spec("jwt") else ["test_signature.py"]
