"""How the documentation is built: Sphinx, the Furo theme, MyST Markdown whose notebooks run each time."""

import re
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
from fields_page import sections

project = "settlement"
author = "The settlement developers"
copyright = author
release = version = installed_version("settlement")

extensions = ["myst_nb", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"settlement {release}"
exclude_patterns = ["_build"]
default_role = "code"  # `name` in a docstring reads as in Markdown

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False  # a model says what it adds, not what pydantic says of every model


def _cited(found: re.Match[str]) -> str:
    anchor = sections()[found[1]].lstrip("0123456789-")  # in HTML an id begins with a letter
    return f"`{found[0]} <contract.html#{anchor}>`__"


def _cite(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """Sections of the contract that a docstring cites become links to it, as they are on the other pages."""
    lines[:] = [re.sub(r"contract §(\d+(?:\.\d+)?)", _cited, line) for line in lines]


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _cite)
