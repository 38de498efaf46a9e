"""How the documentation is built: Sphinx, the Furo theme, MyST Markdown whose notebooks run each time."""

import builtins
import logging
import os
import re
import shutil
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from sphinx import addnodes
from sphinx.util.logging import getLogger

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
import playground
import settlement
from fields_page import documents, sections
from site_checks import broken_links, missing_names
from site_pages import DOCS, labelled, llms, markdown, pages

project = "settlement"
author = "The settlement developers"
copyright = author
release = version = installed_version("settlement")

extensions = ["myst_nb", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"settlement {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False  # each page stands beside its HTML as Markdown, for programs and for people
templates_path = ["_templates"]
exclude_patterns = ["_build", "_playground"]
default_role = "code"  # `name` in a docstring reads as in Markdown

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True  # what one cell prints is one block, however its parts arrived
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(DOCS.parent / "examples"), os.environ.get("PYTHONPATH", "")]
)  # finance_month, months_books, december_rules

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False  # a model says what it adds, not what pydantic says of every model


def _cite(app: Any, _what: str, _name: str, described: Any, _options: Any, lines: list[str]) -> None:
    """What a docstring cites of the contract and of pages becomes a link, and a document names its fields' place."""
    up = "../" * app.env.docname.count("/")

    def cited(found: re.Match[str]) -> str:
        anchor = sections()[found[1]].lstrip("0123456789-")  # in HTML an id begins with a letter
        return f"`{found[0]} <{up}contract.html#{anchor}>`__"

    lines[:] = [re.sub(r"contract §(\d+(?:\.\d+)?)", cited, line) for line in lines]
    lines[:] = [re.sub(r"\bdocs/([\w-]+)\.md\b", rf"`\1 <{up}\1.html>`__", line) for line in lines]
    if isinstance(described, type) and described in documents():
        lines += ["", f"`Its fields <{up}fields.html#{described.__name__.lower()}>`__.", ""]


def _aim(_app: Any, doctree: Any) -> None:
    """Types in signatures lead to the public class of that name, and those of Python to no attribute called alike."""
    for node in list(doctree.findall(addnodes.pending_xref)):
        target = node.get("reftarget")
        if node.get("refdomain") == "py" and target in settlement.__all__:
            node["reftarget"] = f"settlement.{target}"
        elif node.get("refdomain") == "py" and hasattr(builtins, target):
            node.replace_self(node.children)


def _phones(_app: Any, doctree: Any) -> None:
    """What is printed in three columns or more, wider than a phone, scrolls there; every other text and code wraps."""
    for block in doctree.findall(lambda node: node.tagname == "literal_block"):
        printed = block.get("language") in {"text", "none", "myst-ansi"}
        if printed and any(
            len(line) > 62 and len(re.findall(r"\S {2,}(?=\S)", line)) > 1 for line in block.astext().splitlines()
        ):
            block["classes"].append("columns")


def _label(_app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Tables say in each cell which column it is of, but on the page of fields, whose cells say it themselves."""
    if page != "fields" and "body" in context:
        context["body"] = labelled(context["body"])


def _speak(_app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Pages below zh/ say that they are Chinese: to readers aloud, to fonts and to searches."""
    if page.startswith("zh/"):
        context["language"] = "zh-CN"


def _finish(app: Any, failed: Exception | None) -> None:
    """Write the pages as Markdown and their index; warn of each name that is nowhere, each link that leads nowhere."""
    if failed or app.builder.name != "html":
        return
    site = Path(app.outdir)
    for name in pages():
        (site / f"{name}.md").write_text(markdown(name), encoding="utf-8")
    (site / "llms.txt").write_text(llms(), encoding="utf-8")
    for folder in ("schemas", "vectors"):
        shutil.copytree(DOCS / folder, site / folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.md"))
    log = getLogger(__name__)
    loaded = playground.assemble(site)
    told = "nothing was fetched: make playground" if loaded is None else f"{loaded / 1e6:.1f} MB on a first visit"
    log.info("playground: %s", told)
    described = [name for name, *_ in app.env.domains["py"].get_objects()]
    for name in missing_names(described):
        log.warning("the reference says nothing of %s: describe it in docs/api/", name)
    for link in broken_links(site):
        log.warning("a link leads nowhere: %s", link)


def setup(app: Any) -> None:
    """Called by Sphinx."""
    # A list may wait for its pages: Sphinx gives this warning no type by which `suppress_warnings` could name it.
    lists = logging.getLogger("sphinx.sphinx.directives.other")
    lists.addFilter(lambda record: getattr(record, "subtype", None) != "empty_glob")
    app.connect("autodoc-process-docstring", _cite)
    app.connect("doctree-read", _aim)
    app.connect("doctree-read", _phones)
    app.connect("html-page-context", _speak)
    app.connect("html-page-context", _label)
    app.connect("build-finished", _finish)
