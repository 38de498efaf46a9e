"""What a built site must hold: every public name is described, and every link leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name, walk_packages
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import settlement

__all__ = ["broken_links", "missing_names", "public_names"]

#: Packages whose `__all__` is for the library itself: the command line's parts, and the door of documents.
_INNER: Final = {"settlement.commands", "settlement.documents"}
#: What cannot be loaded without an extra; `make store` and `make django` hold it.
_EXTRAS = {"settlement.ext.store", "settlement.ext.store.migrations", "settlement.ext.store.migrations.versions"}
_EXTRAS |= {"settlement.ext.django", "settlement.ext.django.migrations"}


def public_names() -> dict[str, Any]:
    """Full name -> object of everything in `__all__` of settlement and of the faces of its rooms."""
    rooms = [each.name for each in walk_packages(settlement.__path__, "settlement.") if each.ispkg]
    faces = [import_module(name) for name in ("settlement", *rooms) if name not in _INNER and name not in _EXTRAS]
    return {f"{face.__name__}.{name}": getattr(face, name) for face in faces for name in getattr(face, "__all__", ())}


def missing_names(described: Iterable[str]) -> list[str]:
    """Public names that no described name is: the same object, by the same last name, wherever it is imported from."""
    public = public_names()
    last = {name.rpartition(".")[2] for name in public}
    found = [(end, resolve_name(name)) for name in described if (end := name.rpartition(".")[2]) in last]
    return [
        name
        for name, what in public.items()
        if not any(end == name.rpartition(".")[2] and what is other for end, other in found)
    ]


class _Page(HTMLParser):
    """The places and the links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each tag."""
        for name, value in attrs:
            if value and (name == "id" or (tag == "a" and name == "name")):
                self.places.add(value)
            elif value and tag == "a" and name == "href":
                self.links.append(value)


def broken_links(site: Path) -> Iterator[str]:
    """Each link inside the site that leads nowhere: HTML to a file and a place in it, Markdown to a file."""
    html = {path: _Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in html.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            place = unquote(parts.fragment)
            if not there.is_file() or (place and there in html and place not in html[there].places):
                yield f"{path.relative_to(site)}: {link}"
    for path in sorted(site.rglob("*.md")):
        prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for link in dict.fromkeys(re.findall(r"\]\(([^)\s#]+)[^)\s]*\)", prose)):
            if not urlsplit(link).scheme and not (path.parent / unquote(link)).is_file():
                yield f"{path.relative_to(site)}: {link}"
