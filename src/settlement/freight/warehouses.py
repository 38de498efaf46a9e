"""The nearest warehouse: of a line's candidates the one whose region shares the longest path with the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

from settlement.cart.columns import Basket
from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.region import path
from settlement.documents.scalars import Id, Name, RegionCode
from settlement.freight.succession import Successors

__all__ = ["Sourcing", "Warehouse", "nearest_warehouses", "relocated", "shared_path"]


class Warehouse(Document):
    """Where goods are sent from; only its region decides.

    >>> Warehouse(id="sz", region="440300").region
    '440300'
    """

    id: Id
    name: Annotated[Name | None, Mark.PERSONAL] = None
    region: RegionCode

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(self, *, id: str, region: str, name: str | None = None) -> None: ...


class Sourcing(NamedTuple):
    """The choice for one line: the warehouse, and all candidates with the region that each shares with the address."""

    line: str
    warehouse: str
    #: (warehouse, shared region), the nearest first.
    candidates: tuple[tuple[str, str], ...]


def relocated(warehouse: Warehouse, successors: Successors) -> Warehouse:
    """The warehouse with its region as it is called now; one whose retired region became several keeps it.

    >>> relocated(Warehouse(id="hz", region="330103"), lambda code: ("330105",)).region
    '330105'
    >>> relocated(Warehouse(id="hz", region="330104"), lambda code: ("330102", "330114")).region
    '330104'
    """
    now = successors(warehouse.region)
    return warehouse if len(now) != 1 or now[0] == warehouse.region else warehouse.model_copy(update={"region": now[0]})


def shared_path(left: str, right: str) -> tuple[str, ...]:
    """The part of two regions' paths that is the same.

    >>> shared_path("440305", "440106")[-1], shared_path("440305", "US/CA")
    ('440000', ('*',))
    """
    same = 0
    for one, other in zip(path(left), path(right), strict=False):
        if one != other:
            break
        same += 1
    return path(left)[:same]


def nearest_warehouses(basket: Basket, regions: Mapping[str, str], address: str) -> tuple[Basket, Sequence[Sourcing]]:
    """Choose for every line that names several; ties go to the smaller id."""
    warehouses = list(basket.warehouses)
    made = []
    for place, line in enumerate(basket.source):
        if line.warehouses is None or basket.templates[place] is None:
            continue
        shared = {name: shared_path(regions[name], address) for name in line.warehouses}
        ranked = sorted(shared, key=lambda name: (-len(shared[name]), name))
        warehouses[place] = ranked[0]
        made.append(Sourcing(line.id, ranked[0], tuple((name, shared[name][-1]) for name in ranked)))
    return basket.shipped_as(basket.templates, warehouses), made
