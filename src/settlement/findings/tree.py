"""The regions of China as a tree, to see which of them rules reach; the leaves are what an address is picked from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise

from settlement.consignee import Catalogue
from settlement.documents.region import path

__all__ = ["RegionTree", "tree_of"]


class RegionTree:
    """Every region in use with those directly below it, from `CN` down.

    >>> tree = tree_of(Catalogue.bundled())
    >>> tree.unreached({"CN/mainland", "710000"})
    ('810000', '820000')
    >>> tree.deciding({"320000", "320500"}) == {"320000", "320500"}
    True
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        in_use = [unit for unit in catalogue.units if unit.in_use]
        parents = {unit.parent for unit in in_use}
        #: The path of each region that has none below it: a county, or a prefecture without counties.
        self.leaves = tuple(path(unit.code) for unit in in_use if unit.code not in parents)
        self._below: dict[str, dict[str, None]] = {}
        for nodes in self.leaves:
            for wider, narrower in pairwise(nodes):
                self._below.setdefault(wider, {})[narrower] = None
        self._known = {node for nodes in self.leaves for node in nodes}

    def __contains__(self, region: str) -> bool:
        return path(region)[-1] in self._known

    def divided(self, region: str) -> bool:
        """Whether there are regions in use below."""
        return path(region)[-1] in self._below

    def deciding(self, rules: Collection[str]) -> set[str]:
        """Those of the rules' regions (in canonical spelling) that are the nearest for at least one leaf."""
        nearest = (next((node for node in reversed(nodes) if node in rules), None) for nodes in self.leaves)
        return {node for node in nearest if node is not None}

    def unreached(self, rules: Collection[str]) -> tuple[str, ...]:
        """The regions that no rule contains, each at the highest level where that holds of all below it."""
        wanted = frozenset(rules)
        reached = {node for nodes in self.leaves if not wanted.isdisjoint(nodes) for node in nodes}
        return tuple(self._unreached("CN", reached))

    def _unreached(self, node: str, reached: Collection[str]) -> Iterator[str]:
        named = node in self._catalogue or not node[0].isdigit()  # 429000 and the like stand for no unit
        if node not in reached and named:
            yield node
            return
        for narrower in self._below.get(node, ()):
            yield from self._unreached(narrower, reached)

    def shown(self, region: str) -> str:
        """The code with its full name, where it has one."""
        return f"{region} {self._catalogue.full_name(region)}" if region in self._catalogue else region


@lru_cache(maxsize=4)
def tree_of(catalogue: Catalogue) -> RegionTree:
    """The tree of a catalogue, built once."""
    return RegionTree(catalogue)
