"""Tax on top of prices, a plain transcription of docs/taxes.md; `slow_settle` asks it between points and the fee.

It is asked before, too: which lines have no rate, whether one is still open without an address, and for thresholds
that look at amounts with tax.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slow_settle import Document, Line, Request, State

#: Of goods first, then of freight, then of the fee; among equals the smaller line id.
Key = tuple[int, str]
SIDES = ("goods", "freight", "fee")


@dataclass
class Cell:
    """What one line pays for goods, freight or the fee: in pieces that bear the same taxes, and what is left to pay."""

    line: Line
    pieces: list[tuple[int, list[Document]]]
    left: int

    def places(self, bears: Callable[[list[Document]], bool]) -> list[int]:
        """Which of its pieces."""
        return [place for place, (_, bill) in enumerate(self.pieces) if bears(bill)]

    def base(self, places: Iterable[int]) -> int:
        """What these cost."""
        return sum(self.pieces[place][0] for place in places)


def table_of(request: Request, shop: str) -> Document | None:
    """The shop's own table, else that of all shops."""
    tables = request.rulebook.get("taxes") or ()
    found = [table for name in (shop, None) for table in tables if table.get("shop") == name]
    return found[0] if found else None


def exempt_of(request: Request, shop: str) -> Document | None:
    """Why the buyer pays this shop no tax."""
    exempt = (request.checkout.get("customer") or {}).get("tax_exempt")
    return exempt if exempt and (exempt.get("shops") is None or shop in exempt["shops"]) else None


def same(row: Document) -> tuple[Any, ...]:
    """What makes rows of a table one row of the settlement."""
    return (row.get("tax", "tax"), Fraction(row["percent"]), bool(row.get("compound")), row.get("category"),
            row.get("reason"))  # fmt: skip


def layers_of(slow: Any, request: Request, table: Document, tax_class: str, unit: int) -> list[list[Document]]:
    """Of each tax the rows that hold for a thing: the last for all that those before it leave."""
    rows = [row for row in table.get("rates") or () if row.get("tax_class", "standard") == tax_class]
    found = []
    for tax in dict.fromkeys(row.get("tax", "tax") for row in rows):
        near = []
        for row in rows:
            if row.get("tax", "tax") == tax:
                region = row.get("region", "*")
                depth = (0, 0) if region == "*" else request.region and slow.narrowness(region, request.region)
                if depth:
                    near.append((depth, row))
        layers: list[Document] = []
        for _, row in sorted(near, key=lambda each: each[0], reverse=True):
            if not slow.within(row, request.at):
                continue
            if not exceeded(slow, row, unit):
                layers.append(row)
                break
            if row.get("over") == "excess":
                layers.append(row)
        found.append(layers)
    return found


def in_order(table: Document, rows: Iterable[Document]) -> list[Document]:
    """As the table has them."""
    order = [same(row) for row in table.get("rates") or ()]
    return sorted(rows, key=lambda row: order.index(same(row)))


def bill_of(slow: Any, request: Request, table: Document, tax_class: str) -> list[Document]:
    """The rows that hold for what has no unit price."""
    return in_order(table, [row for layers in layers_of(slow, request, table, tax_class, 0) for row in layers[-1:]])


def pieces_of(
    slow: Any, request: Request, table: Document, tax_class: str, amount: int, quantity: Fraction, beside: int = 0
) -> list[tuple[int, list[Document]]]:
    """What so many units cost, cut at the bounds of rows that leave the excess to others; `beside` comes first."""
    unit = ceil((amount + beside) / quantity)
    found = []
    for layers in layers_of(slow, request, table, tax_class, unit):
        start = 0
        for row in layers:
            end = amount
            if exceeded(slow, row, unit):
                end = max(start, min(amount, floor(slow.minor(row["max_unit_price"]) * quantity) - beside))
            if start < end or (amount == 0 and row is layers[-1] and not exceeded(slow, row, unit)):
                found.append((start, end, row))
            start = end
    edges = sorted({0, amount, *(edge for start, end, _ in found for edge in (start, end))})
    pieces = []
    for start, end in list(pairwise(edges)) or [(0, 0)]:
        pieces.append((end - start, in_order(table, [row for a, b, row in found if a <= start and end <= b])))
    return pieces


def exceeded(slow: Any, row: Document, unit: int) -> bool:
    """Whether a unit costs more than a row holds for."""
    return row.get("max_unit_price") is not None and unit > slow.minor(row["max_unit_price"])


def together_of(bill: Sequence[Document]) -> Fraction:
    """What all taxes of a thing come to, of its price without them."""
    found = Fraction(0)
    for row in bill:
        found += Fraction(row["percent"]) / 100 * (1 + found if row.get("compound") else 1)
    return found


def adds(request: Request, line: Line) -> Document | None:
    """The table that comes on top of a line's price."""
    table = table_of(request, line.shop)
    on_top = table is not None and table["prices"] == "without" and exempt_of(request, line.shop) is None
    return table if on_top and not line.stored else None


def no_rate(slow: Any, request: Request, line: Line) -> bool:
    """Whether no row at all holds for a line, once there is an address."""
    table = adds(request, line)
    if table is None or request.region is None:
        return False
    return not bill_of(slow, request, table, line.doc.get("tax_class", "standard"))


def open_without_address(request: Request, shops: Iterable[str]) -> bool:
    """Whether a row of a table of prices without tax names a region, and there is no address yet."""
    tables = [table_of(request, shop) for shop in shops]
    rows = [row for table in tables if table and table["prices"] == "without" for row in table.get("rates") or ()]
    return request.region is None and any(row.get("region", "*") != "*" for row in rows)


def with_tax(slow: Any, request: Request, line: Line, amount: int, quantity: Fraction) -> int:
    """An amount of a line's goods as `threshold_tax: "with"` has it: the tax on top, rounded for the line."""
    table = adds(request, line)
    if table is None or amount == 0:
        return amount
    pieces = pieces_of(slow, request, table, line.doc.get("tax_class", "standard"), amount, quantity)
    alone = Taxed(request, None, slow)
    alone.levy_rows(line.shop, table | {"per": "line"}, {(0, line.id): Cell(line, pieces, amount)})
    return amount + alone.sum


class Taxed:
    """The taxes of one request, once points were used."""

    def __init__(self, request: Request, state: State | None, slow: Any) -> None:
        self.request, self.slow = request, slow
        #: None: nothing is booked, for it is asked what the tax would be.
        self.booked = state
        self.rows: list[Document] = []
        self.sum = 0

    @property
    def state(self) -> State:
        """What is booked into."""
        assert self.booked is not None
        return self.booked

    def shops(self) -> Iterable[tuple[str, Document, list[Line]]]:
        """The shops that have a table, in the order of the cart, with their lines."""
        for shop in dict.fromkeys(line.shop for line in self.state.lines):
            table = table_of(self.request, shop)
            if table is not None:
                yield shop, table, [line for line in self.state.lines if line.shop == shop]

    def bases(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Of each line what is left of goods and of freight after points, and what is taxed of them."""
        request, state, rule = self.request, self.state, self.request.points_rule or {}
        left = {line.id: [state.net(line), state.freight_left(line)] for line in state.lines}
        taxed = {key: list(both) for key, both in left.items()}
        offers = {each.id: each.doc for each in (*request.promotions, *request.coupons.values())}
        for row in state.adjustments:
            offer = offers.get(row["rule"].removesuffix("#freight"), {})
            if row["stage"] != "points" and offer.get("tax_base") == "plus_reimbursed":
                for key, share in row["platform"].items():
                    taxed[key]["freight" in row["stage"]] -= share
        for line in state.lines:
            off = -state.columns["points"][line.id]
            sides = dict(enumerate(left[line.id])) if rule.get("covers_freight") else {0: 1, 1: 0}
            for side, part in self.slow.spread(off, sides).items() if off else ():
                left[line.id][side] -= part
                if rule.get("tax_base", "net") == "net":
                    taxed[line.id][side] -= part
        return left, taxed

    def of_goods_and_freight(self) -> None:
        """Number 8a."""
        left, taxed = self.bases()
        for shop, table, lines in self.shops():
            out, how = table["prices"] == "with", table.get("freight", "goods")
            moved = {line.id: taxed[line.id][1] for line in lines}
            for group in self.slow.shipped_groups(self.request, lines).values() if not out else ():
                by = {each.id: taxed[each.id][0] for each in group}
                if how == "weight":
                    by = {each.id: (each.weight or 0) * each.quantity for each in group}
                if how in ("goods", "weight") and any(by.values()):
                    moved |= self.slow.spread(sum(moved[each.id] for each in group), by)
            cells: dict[Key, Cell] = {}
            for line in lines:
                tax_class, base = line.doc.get("tax_class", "standard"), taxed[line.id][0]
                if not line.stored:
                    beside = moved[line.id] if table.get("with_freight") else 0
                    pieces = pieces_of(self.slow, self.request, table, tax_class, base, line.quantity, beside)
                    cells[0, line.id] = Cell(line, pieces, left[line.id][0])
                if moved[line.id] and how != "none":
                    own = table.get("freight_class", "standard") if how == "rate" else tax_class
                    bill = bill_of(self.slow, self.request, table, own)
                    cells[1, line.id] = Cell(line, [(moved[line.id], bill)], left[line.id][1])
            self.levy(shop, table, cells)

    def of_the_fee(self) -> None:
        """Number 9a: where the way to pay states a class."""
        method, fee = self.request.method, self.state.columns["payment_fee"]
        if method is None or method.get("tax_class") is None:
            return
        for shop, table, lines in self.shops():
            bill = bill_of(self.slow, self.request, table, method["tax_class"])
            cells = {(2, line.id): Cell(line, [(fee[line.id], bill)], fee[line.id]) for line in lines if fee[line.id]}
            self.levy(shop, table, cells)

    def levy(self, shop: str, table: Document, cells: Mapping[Key, Cell]) -> None:
        """One row after the other of one shop."""
        exempt = exempt_of(self.request, shop)
        if exempt is None and table["prices"] == "with":
            return
        if exempt is None:
            self.levy_rows(shop, table, cells)
        elif table["prices"] == "without" or exempt.get("keep", False):
            if cells:
                bases = {key: cell.base(range(len(cell.pieces))) for key, cell in cells.items()}
                self.book(shop, exempt | {"tax": "exempt", "percent": "0"}, bases, {})
        else:
            rates = [together_of(bill) for key in sorted(cells) for _, bill in cells[key].pieces]
            left = {key: cell.left for key, cell in cells.items()}
            for rate in dict.fromkeys(rates):
                inside = self.bearing(cells, lambda bill, rate=rate: together_of(bill) == rate)
                bases = {key: cells[key].base(places) for key, places in inside.items()}
                whole = self.rounded(table, {key: cells[key] for key in inside}, bases, rate / (1 + rate))
                if rate:
                    off = {key: -min(share, left[key]) for key, share in whole.items()}
                    left |= {key: left[key] + share for key, share in off.items()}
                    self.book(shop, exempt | {"tax": "exempt", "percent": str(rate * 100)}, bases, off)

    def bearing(self, cells: Mapping[Key, Cell], bears: Callable[[list[Document]], bool]) -> dict[Key, list[int]]:
        """The pieces of each thing that bear some taxes; things without any are left out."""
        return {key: places for key, cell in cells.items() if (places := cell.places(bears))}

    def levy_rows(self, shop: str, table: Document, cells: Mapping[Key, Cell]) -> None:
        """What comes on top: a thing is rounded once for a row, however many of its pieces bear the tax."""
        if table.get("together", False):
            self.levy_as_one(shop, table, cells)
            return
        before = {(key, place): 0 for key, cell in cells.items() for place in range(len(cell.pieces))}
        rows = {same(row): row for row in table.get("rates") or ()}
        for identity, row in rows.items():
            inside = self.bearing(cells, lambda bill, identity=identity: identity in map(same, bill))
            of = {
                (key, place): cells[key].pieces[place][0] + (before[key, place] if row.get("compound") else 0)
                for key, places in inside.items()
                for place in places
            }
            bases = {key: sum(of[key, place] for place in places) for key, places in inside.items()}
            shares = self.rounded(table, {key: cells[key] for key in inside}, bases, Fraction(row["percent"]) / 100)
            for key, share in shares.items():
                for place, part in self.slow.spread(share, {place: of[key, place] for place in inside[key]}).items():
                    before[key, place] += part
            if inside:
                self.book(shop, row, bases, shares)

    def levy_as_one(self, shop: str, table: Document, cells: Mapping[Key, Cell]) -> None:
        """`together`: things with the same taxes at all rates as one, shared out by the rates, then over the things."""
        rows = {same(row): row for row in table.get("rates") or ()}
        found: dict[tuple[Any, ...], tuple[dict[Key, int], dict[Key, int]]] = {identity: ({}, {}) for identity in rows}
        for bill in {tuple(map(same, bill)) for cell in cells.values() for _, bill in cell.pieces if bill}:
            inside = self.bearing(cells, lambda each, bill=bill: tuple(map(same, each)) == bill)
            bases = {key: cells[key].base(places) for key, places in inside.items()}
            rates = {place: Fraction(rows[identity]["percent"]) / 100 for place, identity in enumerate(bill)}
            left = self.rounded(table, {key: cells[key] for key in bases}, bases, sum(rates.values(), Fraction(0)))
            parts = self.slow.spread(sum(left.values()), rates)
            for place, identity in enumerate(bill):
                last = place == len(bill) - 1
                shares = dict(left) if last else self.slow.spread(parts[place], left)
                left = {key: rest - shares[key] for key, rest in left.items()}
                for sums, more in zip(found[identity], (bases, shares), strict=True):
                    sums |= {key: sums.get(key, 0) + each for key, each in more.items()}
        for identity, (of, shares) in found.items():
            if shares:
                self.book(shop, rows[identity], of, shares)

    def rounded(
        self, table: Document, cells: Mapping[Key, Cell], bases: Mapping[Key, int], rate: Fraction
    ) -> dict[Key, int]:
        """What each cell pays of one rate."""
        mode, per = table.get("rounding") or self.request.rounding, table.get("per", "rate")

        def near(value: Fraction) -> int:
            return int(self.slow.round_to(value, mode))

        shares: dict[Key, int] = {}
        alone = [key for key in cells if key[0] == 0 and per != "rate"]
        for key in alone:
            quantity = cells[key].line.quantity if per == "unit" and cells[key].line.quantity.denominator == 1 else 1
            shares[key] = int(near(bases[key] / Fraction(quantity) * rate) * quantity)
        rest = {key: bases[key] for key in cells if key not in alone}
        whole = near(Fraction(sum(rest.values())) * rate)
        return shares | (self.slow.spread(whole, rest) if whole else dict.fromkeys(rest, 0))

    def book(self, shop: str, row: Document, bases: Mapping[Key, int], shares: Mapping[Key, int]) -> None:
        """A row, and an adjustment of each of its sides."""
        self.sum += sum(shares.values())
        if self.booked is None:
            return
        tax, minor = row.get("tax", "tax"), {"base": sum(bases.values()), "amount": sum(shares.values())}
        stated = {name: self.slow.money(each, self.request.currency) for name, each in minor.items()}
        stated |= {name: row[name] for name in ("category", "reason") if row.get(name) is not None}
        self.rows.append({"shop": shop, "tax": tax, "percent": str(Fraction(row["percent"])), **stated})
        for side, name in enumerate(SIDES):
            found = {line: share for (of, line), share in shares.items() if of == side}
            self.state.adjust(f"{name}_tax", tax, found)
