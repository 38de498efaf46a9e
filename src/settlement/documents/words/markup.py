"""HTML that data cannot break out of: everything is escaped but what was made here.

>>> tag("td", "<b>", class_="name")
'<td class="name">&lt;b&gt;</td>'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Final

__all__ = ["Html", "style_tag", "tag"]

#: As Content Security Policy writes one: base64, of either alphabet.
_NONCE: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}", re.ASCII)


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


def style_tag(css: str, nonce: str | None = None) -> Html:
    """How a page looks, in the page. Raises `ValueError` for a nonce that no policy can name.

    >>> style_tag("p{margin:0}", "cmFuZG9t")
    '<style nonce="cmFuZG9t">p{margin:0}</style>'
    """
    if nonce is not None and not _NONCE.fullmatch(nonce):
        msg = "nonce: base64 is expected, as secrets.token_urlsafe(16) draws it for each answer"
        raise ValueError(msg)
    return tag("style", Html(css), nonce=False if nonce is None else nonce)


def _inner(content: Iterable[str | Iterable[str]]) -> str:
    return "".join(
        each if isinstance(each, Html) else escape(each) if isinstance(each, str) else _inner(each) for each in content
    )
