"""From goods to what is due, as a picture: one bar for each column that is not 0.

Plain SVG between words, coloured and set out by the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from settlement.documents.words.markup import Html, tag

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.receipts.parts import SettledLine, SettledShop, Totals

    Columns: TypeAlias = SettledLine | SettledShop | Totals

__all__ = ["columns_of", "waterfall"]

#: Units along the axis and down a row, and what is left above and below a bar.
_BAR: Final = 750
_ROW: Final = 30
_GAP: Final = 5


def columns_of(totals: Columns, say: Language) -> list[tuple[str, str]]:
    """The columns that are not 0, goods always: their names and labels, in the order in which they add up."""
    labels = {
        "goods": say("Goods"),
        "promotions": say("Promotions"),
        "coupons": say("Coupons"),
        "freight": say("Freight"),
        "surcharges": say("Surcharges"),
        "freight_offers": say("Freight offers"),
        "points": say("Points"),
        "tax": say("Tax"),
        "payment_fee": say("Payment fee"),
        "rounding": say("Rounding"),
    }
    return [(name, label) for name, label in labels.items() if name == "goods" or getattr(totals, name)]


def waterfall(totals: Totals, say: Language) -> Html:
    """The picture, a row for each bar, so that a narrow page can put the words above it.

    A reader of the screen hears its title, the numbers stand in the tables beside it.
    """
    bars: list[tuple[str, str, int, int, str]] = []
    level = 0
    for name, label in columns_of(totals, say):
        amount = getattr(totals, name)
        kind = "base" if name == "goods" else "less" if amount.minor < 0 else "more"
        bars.append((label, kind, level, level + amount.minor, say.money(amount)))
        level += amount.minor
    bars.append((say("To pay"), "total", 0, level, say.money(totals.payable)))
    most = max(max(begin, end) for _, _, begin, end, _ in bars) or 1

    def place(amount: int) -> int:
        """Tenths of a unit along the axis: whole numbers, so that the file is the same everywhere."""
        return amount * _BAR * 10 // most

    rows: list[Html] = []
    for label, kind, begin, end, text in bars:
        low, high = sorted((place(begin), place(end)))
        wide = max(high - low, 10)
        parts = [tag("rect", x=_units(low), y=_GAP, width=_units(wide), height=_ROW - 2 * _GAP, class_=kind)]
        if rows and kind != "total":
            parts.append(_step(place(begin), 0, _GAP))
        if kind != "total":
            parts.append(_step(place(end), _ROW - _GAP, _ROW))
        size = f"0 0 {_BAR + 1} {_ROW}"  # the thinnest bar may stand at the very end
        bar = tag("svg", parts, viewBox=size, preserveAspectRatio="none")
        words = tag("span", label, class_="label"), tag("span", text, class_="amount")
        rows.append(tag("div", words[0], bar, words[1], class_=f"bar {kind}"))
    title = say("From goods to what is to be paid")
    return tag("div", rows, role="img", aria_label=title, class_="waterfall")


def _step(at: int, top: int, below: int) -> Html:
    """Half of the line that leads from one bar to the next."""
    return tag("line", x1=_units(at), x2=_units(at), y1=top, y2=below, class_="step")


def _units(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"
