"""HTML that data cannot break out of: everything is escaped but what was made here.

>>> tag("td", "<b>", class_="name")
'<td class="name">&lt;b&gt;</td>'
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["Html", "tag"]


class Html(str):
    """Markup that `tag` made; any other string is text, and escaped."""

    __slots__ = ()


def tag(name: str, *content: str | Iterable[str], **attributes: str | int | bool) -> Html:
    """An element, all escaped. `class_` is `class`, `_` in a name a hyphen, True an attribute without a value."""
    stated = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    )
    return Html(f"<{name}{stated}>{_inner(content)}</{name}>")


def _inner(content: Iterable[str | Iterable[str]]) -> str:
    return "".join(
        each if isinstance(each, Html) else escape(each) if isinstance(each, str) else _inner(each) for each in content
    )
