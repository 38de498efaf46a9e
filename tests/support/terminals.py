"""A program on a terminal of a stated width."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

__all__ = ["on_a_terminal"]


def on_a_terminal(*arguments: object, columns: int = 120, **environment: str) -> tuple[int, str]:
    """How the command line ends, and what it writes, where its output is a terminal."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    told = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR", "FORCE_COLOR"}}
    with subprocess.Popen(
        [sys.executable, "-m", "settlement", *map(str, arguments)],
        stdin=follower, stdout=follower, stderr=follower, env=told | {"TERM": "xterm-256color"} | environment,
    ) as process:  # fmt: skip
        os.close(follower)
        written = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # how a terminal says that its last writer has gone
                break
            if not part:
                break
            written += part
    os.close(leader)
    return process.returncode, written.decode().replace("\r\n", "\n")
