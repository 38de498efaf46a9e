"""Pictures of an answer: what changes for whom, and how many orders change by how much (extra `charts`).

Amounts are whole minor units in the data and text in what a pointer shows; only the drawing divides.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from settlement.audit.what_if.sections import side_text, signed
from settlement.documents.extras import needs
from settlement.documents.words.language import language
from settlement.money import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from settlement.audit.what_if.answer import WhatIf
    from settlement.documents.words.language import Language

__all__ = ["bundle", "by_how_much", "for_whom", "script"]

#: Readable on light and on dark paper.
_INK: Final = "#76849a"
_COLOURS: Final = ("#2458a6", "#6ea1ee", "#2e8b57", "#7fc79b", "#c8792b", "#e9b784", "#7b4fa3", "#b79bd3")
_BAR: Final = 16


def _altair() -> Any:
    with needs("charts"):
        import altair as alt
        import vl_convert  # noqa: F401 - both or none
    return alt


def for_whom(found: WhatIf, locale: str = "en") -> Any:
    """An Altair chart: what buyers pay, shops and the platform get, more or less than as recorded.

    Raises `UnknownLocale`, and `MissingExtra` where the extra is not installed.
    """
    say, alt = language(locale), _altair()
    recorded, rows = found.recorded, []
    names = _side_names(found, say)
    for (candidate, choice), label in names.items():
        side = found.sides[candidate][choice]
        for whom, now, before in (
            (say("To pay"), side.payable, recorded.payable),
            (say("To the shops"), side.shops["net"], recorded.shops["net"]),
            (say("To the platform"), side.platform["net"], recorded.platform["net"]),
        ):
            change = now - before
            rows.append({"whom": whom, "side": label, "minor": change.minor, "text": signed(change, say)})
    unit = 10 ** DECIMALS[found.currency]
    chart = alt.Chart(alt.Data(values=rows)).transform_calculate(amount=f"datum.minor / {unit}")
    return _dressed(
        chart.mark_bar().encode(
            x=alt.X("amount:Q", title=say("Difference in {currency}", currency=found.currency)),
            y=alt.Y("whom:N", title=None, sort=None),
            yOffset=alt.YOffset("side:N", sort=list(names.values())),
            color=_colour(alt, names.values()),
            tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in _told(say, "whom")],
        ),
        height=3 * (len(names) * _BAR + _BAR),
    )


def by_how_much(found: WhatIf, locale: str = "en") -> Any:
    """An Altair chart: how many orders change by how much, in the declared buckets. Raises what `for_whom` raises."""
    say, alt = language(locale), _altair()
    names = _side_names(found, say)
    labels, rows, most = _bucket_names(found, say), [], 1
    for (candidate, choice), label in names.items():
        buckets = found.sides[candidate][choice].buckets
        counts = [*[each.cheaper for each in reversed(buckets)], *[each.dearer for each in buckets]]
        most = max(most, *counts)
        for bucket, count in zip(labels, counts, strict=True):
            rows.append({"by": bucket, "side": label, "orders": count, "text": say.number(count)})
    step = -(-most // 5)
    return _dressed(
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("by:N", title=say("Change of an order in {currency}", currency=found.currency), sort=labels),
            xOffset=alt.XOffset("side:N", sort=list(names.values())),
            y=alt.Y("orders:Q", title=say("Orders"), axis=alt.Axis(values=list(range(0, most + step, step)))),
            color=_colour(alt, names.values()),
            tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in _told(say, "by")],
        ),
        height=220,
    )


def _side_names(found: WhatIf, say: Language) -> dict[tuple[int, int], str]:
    return {(at, choice): side_text(both[choice], say) for at, both in enumerate(found.sides) for choice in (0, 1)}


def _bucket_names(found: WhatIf, say: Language) -> list[str]:
    """From the most that an order gets cheaper to the most that it gets dearer."""
    ends = [(each.above, each.to) for each in found.sides[0][0].buckets]
    dearer = [f"> +{say.figures(low)}" if to is None else f"+{say.figures(to)}" for low, to in ends]
    cheaper = [f"< {say.figures(-low)}" if to is None else say.figures(-to) for low, to in ends]
    return [*reversed(cheaper), *dearer]


def _told(say: Language, by: str) -> list[tuple[str, str]]:
    what = {"whom": ("text", say("Difference")), "by": ("text", say("Orders"))}[by]
    return [("side", say("Rules")), (by, say("What") if by == "whom" else say("Change")), what]


def _colour(alt: Any, names: Iterable[str]) -> Any:
    domain = list(names)
    scale = alt.Scale(domain=domain, range=[_COLOURS[at % len(_COLOURS)] for at in range(len(domain))])
    return alt.Color("side:N", title=None, scale=scale, legend=alt.Legend(orient="top", columns=2, labelLimit=320))


def _dressed(chart: Any, height: int) -> Any:
    return (
        chart.properties(width="container", height=height, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(labelColor=_INK, titleColor=_INK, gridColor="#8883", domainColor=_INK, tickColor=_INK)
        .configure_legend(labelColor=_INK, titleColor=_INK)
    )


@cache
def bundle() -> str:
    """The libraries that draw, as one script that loads nothing: made once in a process, for it takes seconds."""
    import vl_convert

    made: str = vl_convert.javascript_bundle()
    return made


def script(charts: dict[str, Any]) -> str:
    """The script that draws each chart in the element of its id; it needs no `eval`."""
    options = {"actions": False, "ast": True, "renderer": "svg"}
    calls = []
    for name, chart in charts.items():
        texts = [json.dumps(each, ensure_ascii=True, sort_keys=True) for each in (f"#{name}", chart.to_dict(), options)]
        calls.append(f"vegaEmbed({', '.join(texts)});")
    return "\n".join(calls).replace("<", "\\u003c")
