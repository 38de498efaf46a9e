"""Which English page each Chinese page was made from: a digest in its head, so that none is older than its source.

    python scripts/translated.py                       list the pages whose source has changed since; exit 1 if any has
    python scripts/translated.py --check               the same, as other scripts call it
    python scripts/translated.py store how-to/batch    these have been looked at and say what their source says now

The first line of a page below docs/zh is a comment that no reader sees: `<!-- source: store.md 0123456789abcdef -->`.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_HEAD: Final = re.compile(r"<!-- source: (\S+) ([0-9a-f]{16}) -->\n")


def head(source: str, docs: Path = DOCS) -> str:
    """The first line of a page that is made from this source as it stands."""
    text = (docs / source).read_text(encoding="utf-8")
    return f"<!-- source: {source} {hashlib.sha256(text.encode()).hexdigest()[:16]} -->\n"


def older(docs: Path = DOCS) -> Iterator[str]:
    """The pages, by name, whose head is not that of their source: what changed in it is to be looked at."""
    for page in sorted((docs / "zh").rglob("*.md")):
        source = page.relative_to(docs / "zh").as_posix()
        if not page.read_text(encoding="utf-8").startswith(head(source, docs)):
            yield source.removesuffix(".md")


def seen(name: str, docs: Path = DOCS) -> None:
    """Write into the head of a page that it says what its source says now."""
    page = docs / "zh" / f"{name}.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(head(f"{name}.md", docs) + _HEAD.sub("", text, count=1), encoding="utf-8")


def main(names: list[str]) -> int:
    """Write what was looked at; then list what is to be, and say so by the exit code."""
    if "--check" in names and names != ["--check"]:
        sys.exit("--check writes nothing: name no page beside it")
    for name in names if names != ["--check"] else ():
        seen(name)
    left = list(older())
    for name in left:
        print(f"docs/zh/{name}.md is older than docs/{name}.md: see git log -p docs/{name}.md, then name it here")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
