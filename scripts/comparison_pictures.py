"""The pictures of docs/comparison.md, drawn from runs: the ways of spreading that the page lists, on the same carts.

    python scripts/comparison_pictures.py            draw docs/_static/comparison-*.svg anew
    python scripts/comparison_pictures.py --check    change nothing; exit 1 where one is not what the runs make

The other ways are run here as their files state them, two lines each; `settle()` is run itself. No figure is typed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Final, TypeAlias

from settlement import AmountOff, Cart, Checkout, Line, Money, Promotion, Rulebook, Tier, settle

#: Prices of lines and what is taken off them, in minor units -> what each line is taken off.
Way: TypeAlias = Callable[[Sequence[int], int], "list[int | Fraction]"]

STATIC: Final = Path(__file__).resolve().parents[1] / "docs" / "_static"
INK, GREY, PALE, WIDE = "#1b1f24", "#6a737d", "#d0d7de", 400
COLOURS: Final = ("#2458a6", "#c4641a", "#2f8f4e")


# ------------------------------------------------------------------ what is run


def ours(prices: Sequence[int], discount: int) -> list[int | Fraction]:
    """A promotion of this amount, settled."""
    lines = [
        Line(id=f"{at:03}", shop="s", sku=f"k{at}", quantity=1, unit_price=Money.of_minor(price, "CNY"))
        for at, price in enumerate(prices)
    ]
    off = AmountOff(amount=Money.of_minor(discount, "CNY"))
    offer = Promotion(id="p", issuer="s", tiers=[Tier(benefit=off)])
    checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=lines))
    settled = settle(checkout, Rulebook(id="r", currency="CNY", promotions=[offer]))
    return [-line.promotions.minor for line in settled.lines]


def cut_off(prices: Sequence[int], discount: int) -> list[int | Fraction]:
    """`(int) (price * (1.0D * amount / total))`, as ruoyi-vue-pro has it; the last line takes the rest."""
    shares: list[int | Fraction] = [int(price * (1.0 * discount / sum(prices))) for price in prices[:-1]]
    return [*shares, discount - sum(shares)]


def three_places(prices: Sequence[int], discount: int) -> list[int | Fraction]:
    """Price by total, half-even to three places, times the amount, as mall has it; nothing takes the rest."""
    place = Decimal("0.001")
    parts = [(Decimal(price) / sum(prices)).quantize(place, ROUND_HALF_EVEN) for price in prices]
    return [Fraction(part) * discount for part in parts]


WAYS: Final[Mapping[str, Way]] = {
    "settlement": ours,
    "cut off, the last line takes the rest (ruoyi-vue-pro)": cut_off,
    "by parts of three places, no rest (mall)": three_places,
}


# ------------------------------------------------------------------ what is drawn


def text(x: float, y: float, words: str, **more: object) -> str:
    """A text, in grey and 12 high unless something else is said."""
    given = {"fill": GREY, "font-size": 12} | {name.replace("_", "-"): value for name, value in more.items()}
    return f'<text x="{x:g}" y="{y:g}" {_attributes(given)}>{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"/>'


def _attributes(given: Mapping[str, object]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in given.items())


def drawn(height: int, title: str, parts: Iterator[str]) -> str:
    """A whole picture on white, as wide as a phone."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" width="{WIDE}" height="{height}"'
    rows = [f'{head} font-family="system-ui, sans-serif" role="img">', f"<title>{escape(title)}</title>"]
    return "\n".join([*rows, box(0, 0, WIDE, height, "#ffffff"), *parts, "</svg>", ""])


def shown(amount: int | Fraction) -> str:
    """A share as people read it: whole minor units, or with the decimals that are left in it."""
    return f"{amount}" if amount == int(amount) else f"{float(amount):g}"


def shares(prices: Sequence[int], discount: int) -> Iterator[str]:
    """What each line is taken off, a bar from its exact share up or down, one way below the other."""
    exact = Fraction(discount * prices[0], sum(prices))
    yield text(12, 22, "10.00 off seven lines of 10.00", fill=INK, font_size=14)
    yield text(12, 40, f"by line, in cents; the rule is the exact share, {float(exact):.2f}")
    for at, ((name, way), colour) in enumerate(zip(WAYS.items(), COLOURS, strict=True)):
        base, found = 124 + 108 * at, way(prices, discount)
        yield text(12, base - 58, name, fill=INK)
        for line, share in enumerate(found):
            high, left = 8 * float(share - exact), 20 + 52 * line
            yield box(left, base - max(high, 0), 34, abs(high), colour)
            below = 13 if high < 0 else -4
            yield text(left + 17, base - high + below, shown(share), font_size=10, text_anchor="middle")
        yield f'<path d="M12 {base}H388" stroke="{GREY}"/>'
        yield text(388, base + 32, f"in all {float(sum(found)) / 100:.2f}", text_anchor="end")


def farthest(prices: Sequence[int], discount: int, way: Way) -> Fraction:
    """How far the worst line is from its exact share, in minor units."""
    exact = [Fraction(discount * price, sum(prices)) for price in prices]
    return max(abs(share - part) for share, part in zip(way(prices, discount), exact, strict=True))


def off_the_sum(prices: Sequence[int], discount: int, way: Way) -> Fraction:
    """What all shares come to beyond the discount; below 0 where they fall short of it."""
    return Fraction(sum(way(prices, discount)) - discount)


def by_count(most: int) -> Iterator[str]:
    """Both distances over carts of two lines to so many, 10.00 off each."""
    counts = range(2, most + 1)
    panels = (
        ("The line farthest from its exact share", farthest, 0),
        ("All shares less the discount", off_the_sum, 190),
    )
    yield text(12, 20, f"10.00 off 2 to {most} lines of 10.00, in cents")
    for title, measure, top in panels:
        curves = [[float(measure([1000] * count, 1000, way)) for count in counts] for way in WAYS.values()]
        low, high = min(0.0, *map(min, curves)), max(map(max, curves))
        unit = 120 / (high - low)
        base = top + 180 + unit * low
        yield text(12, top + 44, title, fill=INK, font_size=14)
        for mark in range(-(int(-low) // 10 * 10), int(high) + 1, 10):
            yield f'<path d="M34 {base - unit * mark:.1f}H388" stroke="{GREY if mark == 0 else PALE}"/>'
            yield text(
                28, round(base - unit * mark + 4, 1), f"{mark}".replace("-", "−"), font_size=10, text_anchor="end"
            )
        for curve, colour in zip(curves, COLOURS, strict=True):
            places = [f"{34 + 354 * step / (most - 2):.1f} {base - unit * d:.1f}" for step, d in enumerate(curve)]
            yield f'<path d="M{"L".join(places)}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield text(34, 386, "2 lines", font_size=10)
    yield text(388, 386, f"{most} lines", font_size=10, text_anchor="end")
    for at, (name, colour) in enumerate(zip(WAYS, COLOURS, strict=True)):
        yield box(12, 400 + 20 * at, 10, 10, colour)
        yield text(28, 409 + 20 * at, name, fill=INK)


def pictures() -> dict[Path, str]:
    """Every picture of the page, by its file."""
    seven = drawn(400, "10.00 off seven lines of 10.00, by three ways", shares([1000] * 7, 1000))
    many = drawn(460, "10.00 off 2 to 40 lines: the worst line, and the sum", by_count(40))
    return {STATIC / "comparison-shares.svg": seven, STATIC / "comparison-by-count.svg": many}


def main(check: bool) -> int:
    """Draw them, or say which is not what the runs make."""
    stale = [path for path, made in pictures().items() if not path.is_file() or path.read_text("utf-8") != made]
    for path in stale:
        if check:
            print(f"docs/_static/{path.name} is not what the runs make: python scripts/comparison_pictures.py")
        else:
            path.write_text(pictures()[path], encoding="utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
