"""A Django project made of a page: what `django-admin startproject` writes, and the page's files in it.

A block of Python whose first line is `# path` is that file. Settings are written behind those that there are already.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.test.utils import setup_test_environment

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python[ \t]*\n# ([\w/]+\.py)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)

#: Where the tables are.
IN_MEMORY = "\nDATABASES['default']['NAME'] = ':memory:'\n"
#: Settings under which no app has migrations: its tables are made from its models.
BY_MODELS = """
class MIGRATION_MODULES:
    __contains__, __getitem__, get = (lambda *_: True), (lambda *_: None), (lambda *_: None)
MIGRATION_MODULES = MIGRATION_MODULES()
"""


def files(page: str) -> dict[str, str]:
    """The files of a page below docs/, by their paths."""
    return dict(BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")))


def conversation(page: str, folder: Path) -> Path:
    """A copy of a page in which its files are no programs: what is left is run from top to bottom."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    copy = folder / Path(page).name
    copy.write_text(BLOCK.sub(lambda block: block[0].replace("```python", "```file", 1), text), encoding="utf-8")
    return copy


def write(folder: Path, found: dict[str, str]) -> None:
    """Put files into a project; each folder is a package."""
    for name, text in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        before = path.read_text(encoding="utf-8") if path.name == "settings.py" else ""
        path.write_text(before + text, encoding="utf-8")


def start(folder: Path, settings: str) -> None:
    """An empty project `mall` with these settings behind its own, which can be imported."""
    command = [sys.executable, "-m", "django", "startproject", "mall", str(folder)]
    subprocess.run(command, check=True)  # a process of its own: it sets up an empty Django
    by_models = "" if os.environ.get("SETTLEMENT_MIGRATE") else BY_MODELS
    write(folder, {"mall/settings.py": settings + IN_MEMORY + by_models})
    sys.path.insert(0, str(folder))
    os.environ["DJANGO_SETTINGS_MODULE"] = "mall.settings"


def ready(*apps: str) -> None:
    """Set Django up and make the tables, those of the project's own apps too.

    By migrations with `SETTLEMENT_MIGRATE=1` in the environment: Oscar's take a minute. Else from the models at once.
    """
    django.setup()
    setup_test_environment(debug=False)
    if os.environ.get("SETTLEMENT_MIGRATE"):
        for app in apps:
            call_command("makemigrations", app, verbosity=0)
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)  # a fork has nothing that Oscar has not
    call_command("migrate", run_syncdb=True, verbosity=0)
