"""What each line of a stored settlement still costs, adjustment by adjustment, and what they all ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from settlement.allocation import share_out
from settlement.discounts.fence import Columns
from settlement.documents.scalars import milli
from settlement.errors import InvalidDocument, Problem
from settlement.money import excerpt, format_minor
from settlement.receipts.columns import FREIGHT_COUPON, FREIGHT_PROMOTION, PLATFORM_COUPON

if TYPE_CHECKING:
    from settlement.discounts.benefit import Benefit
    from settlement.discounts.units_left import UnitsLeft
    from settlement.receipts.record import Entry, Record
    from settlement.receipts.stored.facts import OfferFacts, TaxFacts

__all__ = ["Walk", "differs"]


def differs(place: str, found: object, expected: object) -> Problem:
    """Something that is not what the rest of the settlement makes it."""
    return Problem(place, "stored.differs", {"found": found, "expected": expected})


class Walk:
    """The running amounts of each line, from goods on; places are those of the record's lines."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.goods = record.columns[1]
        #: Goods less offers, what is left of freight, and what is due so far.
        self.net, self.due = list(self.goods), list(self.goods)
        self.freight = [0] * len(self.goods)
        #: The net before the first offer on goods and after each, where there are gifts: each found one of these.
        self.nets = [self.net[:]]
        #: What offers' facts say, by their rule, once their adjustments are read.
        self.offers: dict[str, tuple[OfferFacts, Benefit | None]] = {}
        #: What adjustments' facts say of a shop's tax.
        self.taxes: dict[tuple[str, str], list[TaxFacts]] = {}
        #: Thousandths that count along in later orders, by offer.
        self.counted: dict[str, int] = {}
        #: What offers of the last stage left of the units, where one of them used its units up; and that stage.
        self.units: UnitsLeft | None = None
        self.units_stage = -1
        #: The policy's rounding, once some facts state it.
        self.rounding: str | None = None
        self.place_of = {name: place for place, name in enumerate(record.ids)}
        self.shops = [line.shop for line in record.lines]
        #: What a benefit sees of the lines.
        self.sold = Columns(
            record.ids, self.shops, [line.sku for line in record.lines], [milli(line.quantity) for line in record.lines]
        )

    def money(self, minor: int) -> str:
        """An amount as documents have it."""
        return format_minor(minor, self.record.currency)

    def left(self, stage: int) -> list[int]:
        """What an adjustment of this stage takes off, or is added to."""
        if stage <= PLATFORM_COUPON:
            return self.net
        return self.freight if stage in (FREIGHT_PROMOTION, FREIGHT_COUPON) else self.due

    def units_left(self, stage: int) -> UnitsLeft | None:
        """What earlier offers of a stage left of the units; None: none of them used any up."""
        if stage != self.units_stage:
            self.units, self.units_stage = None, stage
        return self.units

    def apply(self, entry: Entry) -> None:
        """Go on behind an adjustment."""
        stage, _, _, lines, shares, _, _ = entry
        for line, share in zip(lines, shares, strict=True):
            if stage <= PLATFORM_COUPON:
                self.net[line] += share
            elif stage <= FREIGHT_COUPON:
                self.freight[line] += share
            self.due[line] += share
        if stage <= PLATFORM_COUPON and self.record.gifts:
            self.nets.append(self.net[:])

    def amounts(self, lines: Sequence[int], amounts: Sequence[int]) -> str:
        """Amounts by line, the first few."""
        rows = [f"{self.record.ids[line]} {self.money(each)}" for line, each in zip(lines, amounts, strict=False)]
        return ", ".join(rows[:4]) + (", …" if len(rows) > 4 else "") if rows else "{}"

    def mode(self, place: str, mode: str | None) -> Iterator[Problem]:
        """One policy rounds all of it."""
        if mode is None:
            return
        if self.rounding is not None and self.rounding != mode:
            yield differs(f"{place}.facts.rounding", mode, self.rounding)
        self.rounding = self.rounding or mode

    def places(self, place: str, names: Sequence[str], without: Sequence[int] = ()) -> list[int]:
        """The places of lines that facts name, each once and none of `without`. Raises `InvalidDocument`."""
        found: set[int] = set()
        problems = []
        taken = set(without)
        for at, name in enumerate(names):
            line = self.place_of.get(name)
            if line is None:
                problems.append(Problem(f"{place}[{at}]", "stored.line", {"found": excerpt(name)}))
            elif line in taken or line in found:
                problems.append(Problem(f"{place}[{at}]", "id.duplicate", {"found": excerpt(name)}))
            else:
                found.add(line)
        if problems:
            raise InvalidDocument(problems)
        return sorted(found)

    def shared(self, place: str, entry: Entry, made: Sequence[int], lines: Sequence[int]) -> Iterator[Problem]:
        """Whether the shares are these, each of a magnitude of 0 or more."""
        sign = -1 if entry[2] < 0 else 1
        stated = dict(zip(entry[3], entry[4], strict=True))
        made_of = {line: sign * share for line, share in zip(lines, made, strict=True) if share}
        for line in sorted({*stated, *made_of}):
            if stated.get(line, 0) != made_of.get(line, 0):
                where = f"{place}.shares.{self.record.ids[line]}"
                yield differs(where, self.money(stated.get(line, 0)), self.money(made_of.get(line, 0)))

    def spread(self, place: str, entry: Entry, weights: Sequence[int], lines: Sequence[int]) -> Iterator[Problem]:
        """Whether the shares are the spread of the amount (contract §4)."""
        if any(weights):
            yield from self.shared(place, entry, share_out(abs(entry[2]), weights), lines)
        else:
            yield differs(f"{place}.amount", self.money(entry[2]), self.money(0))

    def stated(self, place: str, name: str, stated: int | None, made: int) -> Iterator[Problem]:
        """Whether an amount of the facts, where it is there, is this."""
        if stated is not None and stated != made:
            yield differs(f"{place}.facts.{name}", self.money(stated), self.money(made))

    def amount(self, place: str, entry: Entry, made: int) -> Iterator[Problem]:
        """Whether the amount of an adjustment is this."""
        if entry[2] != made:
            yield differs(f"{place}.amount", self.money(entry[2]), self.money(made))
