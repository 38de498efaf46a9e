"""The container file of examples/server: no container runs here, so its steps are run as the script that they are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving import cart, said, served, small

pytestmark = pytest.mark.serve
ROOT = Path(__file__).parents[3]
FILE = (ROOT / "examples/server/Containerfile").read_text(encoding="utf-8")


def test_the_steps_make_a_server_in_an_empty_environment(rules, tmp_path):
    """What is copied is all that the script needs; what it installs starts as the file says, and settles."""
    wheel = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-index", "--no-deps", "--no-build-isolation"]
    copied = tmp_path / "build"
    copied.mkdir()
    for source, name in re.findall(r"^COPY (\S+) (\S+)$", FILE, re.MULTILINE):
        if source == "dist/*.whl":
            subprocess.run([*wheel, "--wheel-dir", copied, ROOT], check=True)
        else:
            shutil.copy(ROOT / source, copied / name)
    [step] = re.findall(r"^RUN (.+)$", FILE, re.MULTILINE)
    target = tmp_path / "opt"
    kept = {name: each for name, each in os.environ.items() if name.startswith(("PIP_", "SSL_")) or name == "HOME"}
    path = f"{Path(sys.base_prefix, 'bin')}:/usr/bin:/bin"
    script = step.replace("/opt/settlement", str(target))
    subprocess.run(["/bin/sh", "-c", script], cwd=copied, env=kept | {"PATH": path}, check=True)

    [entry, command] = [json.loads(each) for each in re.findall(r"^(?:ENTRYPOINT|CMD) (.+)$", FILE, re.MULTILINE)]
    token = tmp_path / "token"
    token.write_text("0123456789abcdef" * 2)
    places = {"/opt/settlement": str(target), "/rules": str(rules), "/run/secrets/token": str(token), "8000": "0"}
    given = [each.replace("/opt/settlement", str(target)) for each in entry] + [
        places.get(each, each) for each in command
    ]
    with served(rules, tmp_path / "log", program=given, PYTHONPATH="") as server:
        bearer = {"authorization": f"Bearer {token.read_text()}"}
        assert server.settle(cart(1))[0] == 401
        assert server.settle(cart(1), **bearer)[2] == said(cart(1), small(0))
        assert server.end() == 0
