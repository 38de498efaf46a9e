"""The site's pages as Markdown, and `llms.txt`, the short index of them: written beside the HTML by docs/conf.py.

A page is its source, with what Sphinx would put in: included texts, lists of pages, public names with their docstrings.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final

from pydantic import BaseModel

from fields_page import documents, linked

__all__ = ["DOCS", "described", "doors", "labelled", "llms", "markdown", "pages", "sentence", "title"]

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_DIRECTIVE: Final = re.compile(r"^```\{([\w-]+)\}[ ]*(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCE: Final = re.compile(r"^(```+).*?^\1$", re.MULTILINE | re.DOTALL)
_WHOLE: Final = re.MULTILINE | re.DOTALL
_HIDDEN: Final = re.compile(r"^<!--.*?-->\n?", _WHOLE)
_TELLING: Final = 50  # characters: fewer say too little of a page
_END: Final = re.compile(r"(?<=[。？！])|(?<=[.?!:])\s+(?=[^a-z])")


def pages(docs: Path = DOCS) -> dict[str, Path]:
    """Name -> file of every page and notebook of the site."""
    found = [path for path in docs.rglob("*.*") if path.suffix in {".md", ".ipynb"}]
    return {path.relative_to(docs).with_suffix("").as_posix(): path for path in sorted(found)}


def _file(name: str, docs: Path) -> Path:
    """The file of one page; `KeyError` where there is none."""
    for suffix in (".md", ".ipynb"):
        if (path := docs / f"{name}{suffix}").is_file():
            return path
    raise KeyError(name)


def doors(docs: Path = DOCS) -> dict[str, list[str]]:
    """Door -> names of the pages behind it, with those below them, in the order of the home page's lists."""
    lists = [body for kind, _, body in _DIRECTIVE.findall((docs / "index.md").read_text("utf-8")) if kind == "toctree"]
    return {_options(body)["caption"]: list(_below(_entries("index", body, docs), docs)) for body in lists}


def _below(names: list[str], docs: Path) -> Iterator[str]:
    for name in names:
        yield name
        path = _file(name, docs)
        if path.suffix == ".md":
            for kind, _, body in _DIRECTIVE.findall(path.read_text("utf-8")):
                if kind == "toctree":
                    yield from _below(_entries(name, body, docs), docs)


def _options(body: str) -> dict[str, str]:
    return dict(re.findall(r"^:([\w-]+):[ ]*(.*)$", body, re.MULTILINE))


def _entries(page: str, body: str, docs: Path) -> list[str]:
    """The pages of a toctree, whose `*` stops at a folder and whose `**` does not, as in Sphinx."""
    known, found = pages(docs), list[str]()
    for entry in (line for line in body.splitlines() if line and line[0] != ":"):
        whole = (Path(page).parent / entry).as_posix()
        pattern = re.escape(whole).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
        found += [name for name in known if re.fullmatch(pattern, name) and name not in found]
    return found


def markdown(name: str, docs: Path = DOCS) -> str:
    """A page as Markdown that stands by itself."""
    path = _file(name, docs)
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        return _notebook(json.loads(text))
    text = _DIRECTIVE.sub(lambda found: _put(name, found, docs), _HIDDEN.sub("", text))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"^:::+.*\n", "", text, flags=re.MULTILINE))


def _put(page: str, found: re.Match[str], docs: Path) -> str:
    """What stands in place of a directive."""
    kind, argument, body = found.groups()
    options, here = _options(body), (docs / page).parent
    if kind == "include":
        text = (here / argument).read_text("utf-8")
        return text.split(options["start-after"], 1)[1].split(options["end-before"], 1)[0].strip()
    if kind == "toctree":
        listed = _entries(page, body, docs)
        return "\n".join(f"- [{title(name, docs)}]({_way(page, name)}.md): {sentence(name, docs)}" for name in listed)
    if kind == "eval-rst":
        return "\n\n".join(_told(name, page) for name in described(body))
    return found[0]


def _way(page: str, name: str) -> str:
    return "../" * page.count("/") + name


def _notebook(notebook: Mapping[str, Any]) -> str:
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        for output in cell.get("outputs", ()):
            shown = "".join(output.get("text") or output.get("data", {}).get("text/plain", ""))
            parts.append(f"```text\n{shown.rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def described(body: str) -> list[str]:
    """Full names of what a block of autodoc directives describes: a module's `__all__`, or what is named."""
    found, module = list[str](), ""
    for kind, name, options in re.findall(r"^\.\. ([a-z]+):: (\S+)\n?((?:[ ]+:.*\n?)*)", body, re.MULTILINE):
        if kind == "currentmodule":
            module = name
        elif kind == "automodule":
            told = dict(re.findall(r":([\w-]+): (.*)", options))
            left = told.get("exclude-members", "").replace(",", " ").split()
            names = told["members"].replace(",", " ").split() if "members" in told else resolve_name(name).__all__
            found += [f"{name}.{each}" for each in names if each not in left]
        else:
            found.append(name if "." in name else f"{module}.{name}")
    return found


class _Bare(str):
    """An annotation that prints without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def _call(what: Any) -> str:
    """The signature of a call; nothing of a document, whose fields stand on their page, or where there is none."""
    if isinstance(what, type) and issubclass(what, (BaseModel, Enum)):
        return ""
    try:
        signature = inspect.signature(what)
    except (TypeError, ValueError):
        return ""
    taken = [
        each.replace(annotation=_bare(each.annotation))
        for each in signature.parameters.values()
        if each.name not in {"self", "cls"}
    ]
    return str(signature.replace(parameters=taken, return_annotation=_bare(signature.return_annotation)))


def _bare(annotation: Any) -> Any:
    if annotation is inspect.Signature.empty:
        return annotation
    told = getattr(annotation, "__forward_arg__", annotation)
    return _Bare(told if isinstance(told, str) else inspect.formatannotation(told))


def _told(full: str, page: str) -> str:
    """A public name with its signature and docstring; of a class, its own methods and properties too."""
    what, name = resolve_name(full), full.rpartition(".")[2]
    if not isinstance(what, type) and not inspect.isroutine(what):
        return f"### `{full}`"
    parts = [f"### `{full}{_call(what)}`", _prose(what, page)]
    if what in documents():
        parts.append(f"Its fields: [{name}]({_way(page, 'fields')}.md#{name.lower()}).")
    for each, member in list(vars(what).items()) if isinstance(what, type) else ():
        inner = getattr(member, "__func__", member)
        if each[0] != "_" and (inspect.isroutine(inner) or isinstance(inner, property)) and inspect.getdoc(inner):
            parts += [f"#### `{name}.{each}{'' if isinstance(inner, property) else _call(inner)}`", _prose(inner, page)]
    return "\n\n".join(part for part in parts if part)


def _prose(what: Any, page: str) -> str:
    """A docstring whose examples are fenced; the pages and the sections of the contract that it cites are links."""
    text = linked(inspect.cleandoc(what.__doc__ or "")).replace("](contract.md", f"]({_way(page, 'contract')}.md")
    text = re.sub(r"\bdocs/([\w-]+)\.md\b", lambda found: f"[{found[1]}]({_way(page, found[1])}.md)", text)
    return re.sub(r"^(>>> .*?)(?=\n\n|\Z)", r"```python\n\1\n```", text, flags=re.MULTILINE | re.DOTALL)


def title(name: str, docs: Path = DOCS) -> str:
    """What a page is called: its first heading."""
    found = re.search(r"^# (.*)$", _source(name, docs), re.MULTILINE)
    if found is None:
        raise ValueError(f"{name} has no title")
    return found[1]


def sentence(name: str, docs: Path = DOCS) -> str:
    """What a page is about: its question where it opens with one in italics, else its first sentence; without links.

    Where that is short the next one tells more, and is taken too.
    """
    for block in re.split(r"\n\s*\n", _FENCE.sub("", _source(name, docs))):
        if block.strip() and not re.match(r"\s*(#|\||[-*>] |\d+\. |<|:::|!\[)", block):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(block.split())).replace("**", "")
            asked = re.fullmatch(r"\*(.*)\*", text)
            ends = [found.start() for found in _END.finditer(text) if found.start() >= _TELLING]
            return asked[1] if asked else text[: ends[0] if ends else None].rstrip(":")
    raise ValueError(f"{name} has no sentence to be found by")


def _source(name: str, docs: Path) -> str:
    """A page's source, or a notebook's cells: enough to find a title and a sentence in."""
    path = _file(name, docs)
    text = path.read_text("utf-8")
    return _notebook(json.loads(text)) if path.suffix == ".ipynb" else _HIDDEN.sub("", text)


def llms(docs: Path = DOCS) -> str:
    """The index for programs that read: the project in a sentence, then each door's pages with a sentence each."""
    parts = [f"# {title('index', docs)}", f"> {sentence('index', docs)}"]
    for door, names in doors(docs).items():
        rows = [f"- [{title(name, docs)}]({name}.md): {sentence(name, docs)}" for name in names]
        if rows:
            parts.append("\n".join((f"## {door}", "", *rows)))
    return "\n\n".join(parts) + "\n"


def labelled(body: str) -> str:
    """HTML whose tables of three columns or more say in each cell which it is of: on a phone rows are cards."""
    return re.sub(r"<table class=.*?</table>", _labelled, body, flags=re.DOTALL)


def _labelled(table: re.Match[str]) -> str:
    heads = [
        re.sub(r"<[^>]+>", "", each).strip().replace('"', "&quot;")
        for each in re.findall(r'<th class="head[^>]*>(.*?)</th>', table[0])
    ]
    if len(heads) < 3:
        return table[0]

    def row(found: re.Match[str]) -> str:
        labels = iter(heads)
        named = re.sub("<td", lambda _: f'<td data-label="{next(labels)}"', found[0])
        return re.sub(r'<td data-label="[^"]*"([^>]*>(?:\s|</?p>)*</td>)', r"<td\1", named)

    rows = re.sub(r"<tr\b.*?</tr>", row, table[0], flags=re.DOTALL)
    return rows.replace('<table class="', '<table class="cards ', 1)
