"""An answer as one HTML page that loads nothing: headline and tables need no script, pictures bring their own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from settlement.audit.what_if.sections import broken_text, headline, held_fixed, most_changed, sections, side_text
from settlement.documents.words.language import Language, language
from settlement.documents.words.markup import Html, tag
from settlement.receipts.sheets import page_head, page_table

if TYPE_CHECKING:
    from settlement.audit.what_if.answer import WhatIf

__all__ = ["what_if_page"]

_STYLE = ".vis{width:100%}.vis:empty,h2:has(+.vis:empty){display:none}ul{padding-left:1.2em}"


def what_if_page(found: WhatIf, locale: str = "en", *, charts: bool = True) -> str:
    """The page. Raises `UnknownLocale`, and `ImportError` where pictures are wanted and the extra is not there."""
    say = language(locale)
    title = say("What if")
    scripts = _scripts(found, locale) if charts and found.orders else []
    hashes = " ".join([f"'sha256-{_hash(each)}'" for each in scripts])
    head = Html(page_head(title, hashes).removesuffix("</head>") + tag("style", Html(_STYLE)) + "</head>")
    body = [tag("main", _parts(found, title, say, pictures=bool(scripts)))]
    body += [tag("script", Html(each), type="module") for each in scripts]
    return "<!doctype html>\n" + tag("html", head, tag("body", body), lang=say.tag) + "\n"


def _scripts(found: WhatIf, locale: str) -> list[str]:
    from settlement.audit.what_if.charts import bundle, by_how_much, for_whom, script

    charts = {"for-whom": for_whom(found, locale), "by-how-much": by_how_much(found, locale)}
    return [bundle(), script(charts)]


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _parts(found: WhatIf, title: str, say: Language, *, pictures: bool) -> Iterator[Html]:
    facts = [(say("Orders"), say.number(found.orders)), (say("Currency"), found.currency)]
    if found.read != found.orders:
        facts.append((say("Set apart"), say.number(found.read - found.orders)))
    rows = [tag("div", tag("dt", label), tag("dd", value)) for label, value in facts]
    yield tag("header", tag("div", tag("h1", title), tag("dl", rows)))
    yield tag("ul", [tag("li", each) for each in headline(found, say)])
    yield tag("p", held_fixed(say))
    if pictures:
        told = say("The pictures are drawn by scripts; every figure stands in the tables.")
        yield Html(f"<noscript>{tag('p', tag('small', told))}</noscript>")
        yield tag("h2", say("For whom"))
        yield tag("div", id="for-whom", class_="vis", role="img", aria_label=say("For whom"))
        yield tag("h2", say("How many by how much"))
        yield tag("div", id="by-how-much", class_="vis", role="img", aria_label=say("How many by how much"))
    for section in sections(found, say):
        yield tag("h2", section.title)
        yield page_table(section.head, section.rows, texts=section.texts)
        if section.note:
            yield tag("p", tag("small", section.note))
    if found.totals.broken:
        yield tag("ul", [tag("li", broken_text(each, say)) for each in found.totals.broken])
    yield from _most(found, say)
    yield tag(
        "footer", tag("p", say("Amounts in {currency}; sums are exact.", currency=found.currency)), _digests(found)
    )


def _most(found: WhatIf, say: Language) -> Iterator[Html]:
    """The orders that change most; the best choice only where it is not the same ten as chosen."""
    head = [say("Order"), say("Why"), say("Before"), say("Now"), say("Difference")]
    for both in found.sides:
        for side in both[:1] if both[0].most_changed == both[1].most_changed else both:
            rows = []
            for row in most_changed(found, side, say):
                why = Html("".join([tag("small", part) for part in row.why]))  # each on a line of its own
                rows.append([row.order, why, row.before, row.after, row.change])
            if rows:
                yield tag("h2", say("Most changed: {side}", side=side_text(side, say)))
                yield page_table(head, rows, texts=2)


def _digests(found: WhatIf) -> list[Html]:
    names = zip(found.labels, found.candidates.rulebooks, strict=True)
    return [tag("p", f"{label} {book.digest}", class_="digest") for label, book in names]
