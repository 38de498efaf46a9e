"""What is hardly meant in the warehouses of a rulebook: a region that no address has any more, or never had."""

from __future__ import annotations

from collections.abc import Iterator

from settlement.consignee import Catalogue, countries
from settlement.documents.region import ISO_IN_CHINA, path
from settlement.findings.findings import Finding, finding
from settlement.findings.tree import tree_of
from settlement.freight.warehouses import Warehouse

__all__ = ["check_warehouse"]


def check_warehouse(warehouse: Warehouse, catalogue: Catalogue | None = None) -> Iterator[Finding]:
    """Where a warehouse's region shares less of an address's path than it was meant to; only a catalogue knows.

    >>> for found in check_warehouse(Warehouse(id="hz", region="330104"), Catalogue.bundled()):
    ...     print(found.place, found.code, found.facts["codes"])
    region warehouse.retired ('330102', '330114')
    """
    if catalogue is None:
        return
    nodes = path(warehouse.region)
    if not nodes[-1][0].isdigit():
        abroad = {code for code, _ in countries("en")} | ISO_IN_CHINA.keys()
        if nodes[-1] not in {"*", "CN", "CN/mainland"} and nodes[-1].partition("/")[0] not in abroad:
            yield finding("region", "region.unknown", region=warehouse.region)
        return
    tree = tree_of(catalogue)
    unit = next(node for node in reversed(nodes) if len(node) == 6)
    if unit not in tree and unit not in catalogue:
        yield finding("region", "region.unknown", region=warehouse.region)
    elif unit not in tree:
        codes = catalogue.successor_regions(unit)
        shown = tuple(tree.shown(code) for code in codes)
        name = catalogue.full_name(unit)
        yield finding("region", "warehouse.retired", region=unit, name=name, codes=codes, successors=shown)
