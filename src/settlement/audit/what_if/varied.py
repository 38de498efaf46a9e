"""What is paid and what is earned over one number of the rules, value by value, and where the line bends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from settlement.audit.what_if.answer import Side, WhatIf
from settlement.audit.what_if.candidates import AnyRecord, Candidates
from settlement.audit.what_if.place import number_at
from settlement.documents.canonical import canonical
from settlement.documents.problems import expect
from settlement.documents.words.grid import grid_text
from settlement.documents.written import all_readable, numbered
from settlement.errors import InvalidDocument, Problem
from settlement.money import Money, excerpt
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from settlement.after_pay.payouts.owed import PayoutPolicy
    from settlement.documents.words.language import Language

__all__ = ["Point", "Sensitivity", "sensitivity"]


class Point(NamedTuple):
    """What all orders come to at one value, with one choice.

    `switched` is in how many orders something else applies than at the value before: an offer, its tier, a free parcel,
    a line left out. `kink`: the line of `payable`, `shops` or `platform` bends here by more than rounding can bend it.
    """

    value: str
    payable: Money
    shops: Money
    platform: Money
    changed: int
    switched: int
    kink: bool


class Sensitivity:
    """The points of one number, as chosen and best, and the whole answer behind them (`answer`).

    The line is known at these values alone: between two of them it is straight only where nothing switches.
    """

    def __init__(self, place: str, values: Sequence[str], answer: WhatIf) -> None:
        self.place, self.values, self.answer = place, tuple(values), answer
        self.as_chosen = self._points(0)
        self.best = self._points(1)

    def _points(self, choice: int) -> tuple[Point, ...]:
        sides = [both[choice] for both in self.answer.sides]
        kinks = _kinks(
            [_exact(each) for each in self.values], [_lines(side) for side in sides], [side.moving for side in sides]
        )
        return tuple(
            [
                Point(
                    value,
                    side.payable,
                    side.shops["net"],
                    side.platform["net"],
                    side.changed,
                    side.switched,
                    at in kinks,
                )
                for at, (value, side) in enumerate(zip(self.values, sides, strict=True))
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, amounts as texts."""

        def rows(points: Iterable[Point]) -> list[dict[str, Any]]:
            return [
                {name: str(value) if isinstance(value, Money) else value for name, value in each._asdict().items()}
                for each in points
            ]

        recorded = self.answer.recorded
        amounts = {"payable": recorded.payable, "shops": recorded.shops["net"], "platform": recorded.platform["net"]}
        return {
            "place": self.place,
            "currency": self.answer.currency,
            "behaviour": "held fixed",
            **self.answer.counts(),
            "recorded": {name: str(amount) for name, amount in amounts.items()},
            "as_chosen": rows(self.as_chosen),
            "best": rows(self.best),
        }

    def to_json(self) -> str:
        """The same as canonical JSON."""
        return canonical(self.to_dict()).decode()

    def text(self, locale: str = "en") -> str:
        """A table for a terminal. Raises `UnknownLocale`."""
        from settlement.audit.what_if.sections import held_fixed
        from settlement.documents.words.language import language

        say = language(locale)
        title = say.plural(
            "{place}: {count} order, amounts in {currency}",
            "{place}: {count} orders, amounts in {currency}",
            self.answer.orders,
            place=self.place,
            currency=self.answer.currency,
        )
        lines = [title, held_fixed(say)]
        for title, points in ((say("as chosen"), self.as_chosen), (say("best"), self.best)):
            lines += ["", title, *[f"  {row}" for row in self._table(points, say).split("\n")]]
        return "\n".join(lines)

    def _table(self, points: Sequence[Point], say: Language) -> str:
        head = [say("Value"), say("To pay"), say("To the shops"), say("To the platform"), say("Orders that switch"), ""]
        recorded = self.answer.recorded
        nets = (recorded.payable, recorded.shops["net"], recorded.platform["net"])
        rows = [[say("as recorded"), *map(say.figures, nets), "", ""]]
        for each in points:
            amounts = map(say.figures, (each.payable, each.shops, each.platform))
            rows.append([each.value, *amounts, say.number(each.switched), say("kink") if each.kink else ""])
        return grid_text(head, rows)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        values, orders = numbered(len(self.values), "value"), numbered(self.answer.orders, "order")
        return f"<Sensitivity of {self.place}, {values}, {orders}>"


def _lines(side: Side) -> tuple[int, int, int]:
    return side.payable.minor, side.shops["net"].minor, side.platform["net"].minor


def _kinks(values: Sequence[Fraction], heights: Sequence[tuple[int, ...]], moving: Sequence[int]) -> set[int]:
    """The inner points at which a line bends by more than rounding: a minor unit on either side for each order.

    Of the orders those that move there: nobody rounds an amount that stays the same.
    """
    found = set()
    for at in range(1, len(values) - 1):
        before, after = values[at] - values[at - 1], values[at + 1] - values[at]
        for low, here, high in zip(heights[at - 1], heights[at], heights[at + 1], strict=True):
            bend = (high - here) * before - (here - low) * after
            if abs(bend) > moving[at] * (before + after):
                found.add(at)
    return found


def _exact(value: str) -> Fraction:
    """A number, a percentage or an amount as a number."""
    return Fraction(value.partition(" ")[0])


def _stated(value: object) -> str | int:
    if isinstance(value, (Money, Decimal)):
        return str(value)
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return value
    msg = f'values: found {excerpt(value)}; a value is an integer, an amount or a text such as "7.5"'
    raise TypeError(msg)


def sensitivity(
    records: Iterable[AnyRecord],
    rulebook: Rulebook,
    path: str,
    values: Iterable[str | int | Decimal | Money],
    *,
    policy: PayoutPolicy | None = None,
    rulebook_class: type[Rulebook] = Rulebook,
) -> Sensitivity:
    """What is to be paid, and what shops and platform earn, with another number at one place of the rules.

    `path` is written as this library names places: `promotions["fest"].tiers[0].min_amount`, in brackets the id of an
    entry or its place from 0. `values` rise; each is what a document holds there (`"150.00 CNY"`, `"7.5"`, 3). Every
    record is read once and settled under all of them. Raises `InvalidDocument` for a place that is not there, one that
    holds no number (with what there is instead), values that do not rise, and a value that the rules don't take there.

    >>> from settlement import Cart, Checkout, Line, settle
    >>> from settlement.audit.record import record
    >>> tier = {"min_amount": "100.00 CNY", "benefit": {"type": "amount_off", "amount": "10.00 CNY"}}
    >>> fest = {"id": "fest", "issuer": "platform", "tiers": [tier]}
    >>> rules = Rulebook(id="r", currency="CNY", promotions=[fest])
    >>> line = Line(id="a", shop="tea", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> kept = record(settle(Checkout(at="2026-11-11T00:00:00Z", cart=Cart(currency="CNY", lines=[line])), rules))
    >>> found = sensitivity([kept], rules, 'promotions["fest"].tiers[0].min_amount', ["110.00 CNY", "120.00 CNY"])
    >>> [(each.value, str(each.payable), each.switched) for each in found.as_chosen]
    [('110.00 CNY', '109.80 CNY', 0), ('120.00 CNY', '119.80 CNY', 1)]
    """
    expect("rulebook", rulebook, Rulebook)
    number = number_at(rulebook, path)
    stated = [_stated(each) for each in values]
    candidates = [number.with_value(each) for each in stated]
    texts = [str(each) for each in stated]
    if not texts or any(_exact(one) >= _exact(other) for one, other in pairwise(texts)):
        raise InvalidDocument([Problem("values", "values.rise", {"found": ", ".join(texts[:8])})], "sensitivity")
    weighing = Candidates(*candidates, policy=policy, rulebook_class=rulebook_class, steps=True)
    return Sensitivity(path, texts, WhatIf(weighing, weighing.totals(records)))


all_readable(globals())
