"""A page about Django, as a newcomer follows it: a fresh project, its files, its commands, its programs.

    python django_page.py PAGE     in an empty folder; prints how many blocks there were

A block that begins with a comment naming a file is written there, at its end where it says so. What a shell is told is
run, but for what installs and what asks questions. Any other block of Python is run in the project, and what it prints
must stand in the block behind it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

__all__ = ["follow"]

_BLOCK = re.compile(r"^```(python|bash|html)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?:#|<!--) ([\w/]+\.(?:py|html))(.*)\n")
_NOT_HERE = ("pip ", "python manage.py createsuperuser")


def _written(source: str) -> bool:
    """Whether a block is a file; then it is written."""
    named = _FILE.match(source)
    if named is None:
        return False
    path = Path(named[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text("utf-8") if path.exists() and named[2].startswith((",", "，")) else ""
    path.write_text(before + source, "utf-8")
    return True


def _run(command: str) -> None:
    """One line of a shell."""
    words = shlex.split(command)
    program = [sys.executable, "-m", "django"] if words[0] == "django-admin" else [sys.executable]
    subprocess.run([*program, *words[1:]], check=True, stdout=subprocess.DEVNULL)


def follow(page: Path) -> int:
    """Do all that a page says, in this folder; the number of its blocks. Raises where it is not so."""
    text, names, tried = page.read_text("utf-8"), {"__name__": "__main__"}, 0
    for block in _BLOCK.finditer(text):
        kind, source, shown = block.groups()
        tried += 1
        if kind == "bash":
            for command in source.splitlines():
                if not command.startswith(_NOT_HERE):
                    _run(command)
        elif not _written(source):
            _ready()
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(source, str(page), "exec"), names)  # noqa: S102 - our own pages
            line = text.count("\n", 0, block.start())
            assert printed.getvalue().split() == (shown or "").split(), (
                f"{page.name}, line {line}: {printed.getvalue()}"
            )
    return tried


def _ready() -> None:
    """Load the project, once."""
    import django
    from django.conf import settings

    if not settings.configured:
        os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
        sys.path.insert(0, str(Path.cwd()))
        django.setup()
        settings.ALLOWED_HOSTS.append("testserver")
        subprocess.run(
            [sys.executable, "manage.py", "check", "--fail-level=WARNING"], check=True, stdout=subprocess.PIPE
        )


if __name__ == "__main__":
    from django.db import connections

    print(follow(Path(sys.argv[1])))
    connections.close_all()
