"""From goods to what is due, as a picture: one bar for each column that is not 0. Plain SVG, coloured by the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from settlement.documents.words.markup import Html, tag

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.receipts.parts import SettledLine, SettledShop, Totals

    Columns: TypeAlias = SettledLine | SettledShop | Totals

__all__ = ["columns_of", "waterfall"]

_WIDTH: Final = 1030
_LEFT: Final = 120
_BAR: Final = 750
_ROW: Final = 30


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
        "payment_fee": say("Payment fee"),
        "rounding": say("Rounding"),
    }
    return [(name, label) for name, label in labels.items() if name == "goods" or getattr(totals, name)]


def waterfall(totals: Totals, say: Language) -> Html:
    """The picture; a reader of the screen hears its title, the numbers stand in the tables beside it."""
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

    parts: list[Html] = []
    for row, (label, kind, begin, end, text) in enumerate(bars):
        top = row * _ROW
        low, high = sorted((place(begin), place(end)))
        wide = max(high - low, 10)
        middle = top + _ROW // 2 + 4
        parts.append(tag("text", label, x=_LEFT - 12, y=middle, text_anchor="end", class_=f"label {kind}"))
        parts.append(
            tag("rect", x=_units(_LEFT * 10 + low), y=top + 5, width=_units(wide), height=_ROW - 10, rx=2, class_=kind)
        )
        if kind != "total":
            at = _units(_LEFT * 10 + place(end))
            below = top + _ROW + 5
            parts.append(tag("line", x1=at, x2=at, y1=top + _ROW - 5, y2=below, class_="step"))
        parts.append(tag("text", text, x=_WIDTH, y=middle, text_anchor="end", class_=f"amount {kind}"))
    title = say("From goods to what is to be paid")
    size = f"0 0 {_WIDTH} {len(bars) * _ROW}"
    return tag("svg", tag("title", title), parts, viewBox=size, role="img", aria_label=title, class_="waterfall")


def _units(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"
