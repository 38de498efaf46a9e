"""The lines that take part, column by column, in the order of their ids.

In that order the last tie of the contract is simply the smaller place, so the order of the cart decides nothing. What
depends on the cart alone is worked out once per cart: it is immutable.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter, gt, is_, itemgetter, mul
from typing import TYPE_CHECKING, Any, NamedTuple

from settlement.documents.scalars import milli

if TYPE_CHECKING:
    from settlement.cart.line import Line

__all__ = ["Basket", "Excluded", "Group", "screen_cart"]


class Excluded(NamedTuple):
    """A line that is left out: why, for stock and limit how much is available (thousandths), and the facts as JSON."""

    line: str
    reason: str
    available: int | None
    position: int
    facts: Mapping[str, Any] | None = None


class Group:
    """The lines of one (shop, template, warehouse, method): a parcel, before anything is known of the address."""

    #: How it is sent, None where the shop has no methods.
    method: str | None = None
    #: What its tariff is found by: its template, and the method where there is one (no id has a line break).
    tariff: str

    def __init__(
        self,
        key: tuple[str, str, str | None],
        lines: tuple[int, ...],
        millis: Sequence[int],
        pieces: Sequence[int],
        free: Sequence[bool],
        method: str | None = None,
    ) -> None:
        """So much of each of these lines; `free` says of every line of the basket whether it ships free."""
        self.key = key
        self.shop, self.template, self.warehouse = key
        self.tariff = self.template
        if method is not None:
            self.method, self.tariff = method, f"{self.template}\n{method}"
        self.lines = lines
        #: Of each line: thousandths and pieces; and the places among them that do not ship free.
        self.millis, self.pieces = millis, pieces
        self.paying = [at for at, line in enumerate(lines) if not free[line]]
        #: Those that do not ship free, their pieces, and all of these together.
        self.fee_lines, self.fee_pieces = lines, pieces
        if len(self.paying) < len(lines):
            self.fee_lines = tuple([lines[at] for at in self.paying])
            self.fee_pieces = [pieces[at] for at in self.paying]
        self.fee_units = sum(self.fee_pieces)


# Straight from the fields: a pydantic model looks each attribute up in more than one place.
_FIELDS = itemgetter(
    "id", "shop", "sku", "quantity", "unit_price", "list_price", "categories", "weight_g", "volume_cm3",
    "freight_template", "warehouse", "free_shipping", "warehouses", "stored_value", "min_price",
)  # fmt: skip
_MINOR = attrgetter("minor")
_ID = itemgetter("id")


def _pick(places: Sequence[int]) -> Callable[[Sequence[int]], Sequence[int]]:
    """A function that picks these places, which are ascending, out of a column; never a lone number."""
    if places[-1] - places[0] + 1 == len(places):
        return itemgetter(slice(places[0], places[-1] + 1))
    return itemgetter(*places)


def _group_order(key: tuple[str, str, str | None]) -> tuple[str, str, bool, str]:
    shop, template, warehouse = key
    return shop, template, warehouse is not None, warehouse or ""


def _method_order(key: tuple[str, str, str | None, str | None]) -> tuple[str, str, bool, str, str]:
    return *_group_order(key[:3]), key[3] or ""


class Basket:
    """Columns of the lines that take part; one entry per line, in the order of their ids."""

    __slots__ = (
        "_by_category", "_by_sku", "_goods", "_plain", "by_shop", "candidates", "categories", "currency", "delivery",
        "every", "floored", "free_shipping", "groups", "ids", "list_prices", "millis", "money", "numbered", "order",
        "pieces", "places", "positions", "prices", "shop_picks", "shops", "skus", "source", "template_ids", "templates",
        "unmeasured", "volumes", "warehouses", "weights", "whole", "zeros",
    )  # fmt: skip

    #: What numbers skus, and what picks the numbers of all lines out of a table; only where somebody asked (`Listed`).
    numbered: tuple[object, Callable[[bytes], Sequence[int]]]

    def __init__(self, lines: Sequence[Line], currency: str, positions: Sequence[int] | None = None) -> None:
        """Lines with their positions in the cart: one behind the other where none are given."""
        count = len(lines)
        self.currency = currency
        self.places = range(count)
        #: The same as an entry states them, and a column in which there is nothing.
        self.every, self.zeros = tuple(self.places), (0,) * count
        ids = list(map(_ID, map(vars, lines)))
        ranked: Sequence[int] = self.places
        if any(map(gt, ids, ids[1:])):
            ranked = sorted(ranked, key=ids.__getitem__)
            lines = [lines[at] for at in ranked]
        self.source = lines
        self.positions = ranked if positions is None else [positions[at] for at in ranked]
        columns: list[Sequence[Any]] = list(zip(*map(_FIELDS, map(vars, lines)))) if lines else [()] * 15
        self.ids: Sequence[str] = columns[0]
        self.shops: Sequence[str] = columns[1]
        self.skus: Sequence[str] = columns[2]
        self.whole = set(map(type, columns[3])) <= {int}
        #: Pieces, a part of one counting as one; and quantities in thousandths.
        self.pieces: Sequence[int] = columns[3]
        if self.whole:
            self.millis = [quantity * 1000 for quantity in columns[3]]
        else:
            self.millis = [milli(quantity) for quantity in columns[3]]
            self.pieces = [-(-thousandths // 1000) for thousandths in self.millis]
        self.prices = list(map(_MINOR, columns[4]))
        self.list_prices = self.prices if all(map(is_, columns[4], columns[5])) else list(map(_MINOR, columns[5]))
        self.categories: Sequence[tuple[str, ...]] = columns[6]
        self.weights: Sequence[int | None] = columns[7]
        self.volumes: Sequence[int | None] = columns[8]
        self.templates: Sequence[str | None] = columns[9]
        self.warehouses: Sequence[str | None] = columns[10]
        self.free_shipping: Sequence[bool] = columns[11]
        #: Some line names several warehouses.
        self.candidates = any(columns[12])
        #: Lines that are money themselves: no offer and no points apply.
        self.money = frozenset([at for at, money in enumerate(columns[13]) if money]) if True in columns[13] else _NONE
        #: Some line has a price that no offer may undercut.
        self.floored = columns[14].count(None) != count
        #: Places in the order of the cart.
        self.order: Sequence[int] = ranked if ranked is self.places else sorted(self.places, key=ranked.__getitem__)
        self.by_shop: dict[str, list[int]] = {}
        for place, shop in enumerate(self.shops):
            if shop in self.by_shop:
                self.by_shop[shop].append(place)
            else:
                self.by_shop[shop] = [place]
        #: Each shop, in the order of the cart, and what picks its places out of a column.
        self.shop_picks = [(shop, _pick(self.by_shop[shop])) for shop in self._in_cart_order()]
        self._by_sku: dict[str, list[int]] | None = None
        self._by_category: dict[str, list[int]] | None = None
        self._goods: dict[Callable[[int, int], int], tuple[list[int], list[int]]] = {}
        #: Goods and list amounts where every quantity is whole: nothing is rounded.
        self._plain = self._whole_goods() if self.whole else None
        #: How each line is delivered; None where no shop has methods.
        self.delivery: Sequence[str | None] | None = None
        self.arrange()

    def arrange(self) -> None:
        """Sort the lines that are shipped by shop, template and warehouse."""
        grouped: dict[Any, list[int]] = {}
        if self.delivery is not None:
            self._arrange_by_method(self.delivery)
            return
        for place, key in enumerate(zip(self.shops, self.templates, self.warehouses)):
            if key in grouped:
                grouped[key].append(place)
            elif key[1] is not None:
                grouped[key] = [place]
        #: Sorted by shop, template, warehouse (none first).
        self.groups = [
            self._grouped(key, tuple(grouped[key]))
            for key in (sorted(grouped, key=_group_order) if len(grouped) > 1 else grouped)
        ]
        self.template_ids = (
            sorted({template for _, template, _ in grouped})
            if len(grouped) > 1
            else [template for _, template, _ in grouped]
        )
        #: What some line that ships does not state.
        self.unmeasured = _NONE
        if grouped:
            shipped = [at for at, template in enumerate(self.templates) if template is not None]
            unweighed = None in [self.weights[at] for at in shipped]
            unvolumed = None in [self.volumes[at] for at in shipped]
            self.unmeasured = _UNMEASURED[unweighed, unvolumed]

    def _in_cart_order(self) -> Iterable[str]:
        """The shops as the cart names them first."""
        shops = self.shops
        return self.by_shop if len(self.by_shop) == 1 else dict.fromkeys([shops[place] for place in self.order])

    def _arrange_by_method(self, methods: Sequence[str | None]) -> None:
        """The same, and by method."""
        grouped: dict[tuple[str, str, str | None, str | None], list[int]] = {}
        for place, (shop, template, warehouse, method) in enumerate(
            zip(self.shops, self.templates, self.warehouses, methods, strict=True)
        ):
            if template is not None:
                grouped.setdefault((shop, template, warehouse, method), []).append(place)
        self.groups = [self.group(key[:3], grouped[key], key[3]) for key in sorted(grouped, key=_method_order)]

    def _grouped(self, key: tuple[str, str, str | None], lines: tuple[int, ...]) -> Group:
        millis, pieces = self.millis, self.pieces
        return Group(key, lines, [millis[line] for line in lines], [pieces[line] for line in lines], self.free_shipping)

    def group(self, key: tuple[str, str, str | None], lines: Iterable[int], method: str | None) -> Group:
        """Some of its lines as one parcel, sent by one method."""
        made = tuple(lines)
        counted = [self.millis[line] for line in made], [self.pieces[line] for line in made]
        return Group(key, made, *counted, self.free_shipping, method)

    def goods(self, rounded: Callable[[int, int], int]) -> tuple[list[int], list[int]]:
        """Goods and list amounts of each line; a decimal quantity is rounded by the policy."""
        if self._plain is not None:
            return self._plain
        found = self._goods.get(rounded)
        if found is None:
            goods = [rounded(price * units, 1000) for price, units in zip(self.prices, self.millis, strict=True)]
            lists = [rounded(p * units, 1000) for p, units in zip(self.list_prices, self.millis, strict=True)]
            found = self._goods[rounded] = (goods, lists)
        return found

    def _whole_goods(self) -> tuple[list[int], list[int]]:
        goods = list(map(mul, self.prices, self.pieces))
        same = self.list_prices == self.prices
        return goods, goods if same else list(map(mul, self.list_prices, self.pieces))

    def floors(self, rounded: Callable[[int, int], int]) -> list[int] | None:
        """What no offer may bring a line below: its minimum price times its quantity, or None where no line has one."""
        if not self.floored:
            return None
        prices = [0 if line.min_price is None else line.min_price.minor for line in self.source]
        return [rounded(price * units, 1000) for price, units in zip(prices, self.millis, strict=True)]

    @property
    def by_sku(self) -> dict[str, list[int]]:
        """sku -> its lines."""
        if self._by_sku is None:
            self._by_sku = {}
            for place, sku in enumerate(self.skus):
                self._by_sku.setdefault(sku, []).append(place)
        return self._by_sku

    @property
    def by_category(self) -> dict[str, list[int]]:
        """category -> its lines."""
        if self._by_category is None:
            self._by_category = {}
            for place, categories in enumerate(self.categories):
                for category in categories:
                    self._by_category.setdefault(category, []).append(place)
        return self._by_category

    def without(self, places: Collection[int]) -> Basket:
        """The basket less some lines."""
        return self._like([place for place in self.places if place not in places])

    def shipped_as(self, templates: Sequence[str | None], warehouses: Sequence[str | None]) -> Basket:
        """The same lines with other templates or warehouses: collected, or sent from the nearest."""
        made = self._like(self.places)
        made.templates, made.warehouses = templates, warehouses
        made.arrange()
        return made

    def delivered(self, methods: Sequence[str | None]) -> Basket:
        """The same lines, each sent by its method."""
        made = self._like(self.places)
        made.delivery = methods
        made.arrange()
        return made

    def priced_as(self, lines: Sequence[Line]) -> Basket:
        """The same lines at other prices."""
        return self._like(self.places, lines)

    def _like(self, kept: Sequence[int], source: Sequence[Line] | None = None) -> Basket:
        """A basket of these places, in their order, shipped as they are here."""
        source = self.source if source is None else source
        made = Basket([source[at] for at in kept], self.currency, [self.positions[at] for at in kept])
        made.order = sorted(made.places, key=made.positions.__getitem__)
        made.shop_picks = [(shop, _pick(made.by_shop[shop])) for shop in made._in_cart_order()]
        made.templates = [self.templates[at] for at in kept]
        made.warehouses = [self.warehouses[at] for at in kept]
        if self.delivery is not None:
            made.delivery = [self.delivery[at] for at in kept]
        made.arrange()
        return made


_NONE: frozenset[Any] = frozenset()
#: By whether a weight and a volume are missing.
_UNMEASURED = {
    (False, False): _NONE,
    (True, False): frozenset({"weight_g"}),
    (False, True): frozenset({"volume_cm3"}),
    (True, True): frozenset({"weight_g", "volume_cm3"}),
}
_STATE = itemgetter("selected", "on_sale", "stock", "purchase_limit")
_UNBOUNDED = (True, True, None, None)


def screen_cart(lines: Sequence[Line], currency: str) -> tuple[Basket, tuple[Excluded, ...]]:
    """Who is out for reasons of the cart alone: selection, sale, stock and limit (contract §3)."""
    if set(map(_STATE, map(vars, lines))) <= {_UNBOUNDED}:
        return Basket(lines, currency), ()
    out: dict[int, Excluded] = {}
    bounded: dict[tuple[str, str], list[int]] = {}
    for position, line in enumerate(lines):
        if not line.selected:
            out[position] = Excluded(line.id, "not_selected", None, position)
        elif not line.on_sale:
            out[position] = Excluded(line.id, "off_sale", None, position)
        elif line.stock is not None or line.purchase_limit is not None:
            bounded[line.shop, line.sku] = []
    if bounded:
        for position, line in enumerate(lines):
            if position not in out and (line.shop, line.sku) in bounded:
                bounded[line.shop, line.sku].append(position)
        for group in bounded.values():
            _within_bounds(lines, group, out)
    kept = [position for position in range(len(lines)) if position not in out]
    basket = Basket([lines[position] for position in kept], currency, kept)
    return basket, tuple([out[position] for position in sorted(out)])


def _within_bounds(lines: Sequence[Line], group: Sequence[int], out: dict[int, Excluded]) -> None:
    """Stock and limit belong to (shop, sku): the smallest stated holds for all of its lines together."""
    members = [lines[position] for position in group]
    wanted = sum(milli(line.quantity) for line in members)
    stock = min((milli(line.stock) for line in members if line.stock is not None), default=None)
    limit = min((milli(line.purchase_limit) for line in members if line.purchase_limit is not None), default=None)
    if stock is not None and wanted > stock:
        reason, available = ("insufficient_stock" if stock else "out_of_stock"), stock
    elif limit is not None and wanted > limit:
        reason, available = "over_purchase_limit", limit
    else:
        return
    for position in group:
        out[position] = Excluded(lines[position].id, reason, available, position)
