"""How the goods of a checkout may go: a method for what is sent, one for what is collected, each with its groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from settlement.documents.written import all_readable
from settlement.ext.agents.ways import Group, Way, groups
from settlement.ext.ucp.totals import entry
from settlement.ext.ucp.versions import PIECES_ONLY

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.receipts.settlement import Settlement

__all__ = ["destination_of", "fulfilment", "methods_of"]


def destination_of(method: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]] | None:
    """The destination that a method selects, with its place; the only one there is needs no selecting."""
    rows = method.get("destinations")
    found = [(at, row) for at, row in enumerate(rows) if isinstance(row, Mapping)] if isinstance(rows, list) else []
    chosen = method.get("selected_destination_id")
    if chosen is None:
        return found[0] if len(found) == 1 else None
    return next(((at, row) for at, row in found if row.get("id") == chosen), None)


def fulfilment(
    settlement: Settlement, asked: Mapping[str, Any], version: str, say: Language, *, by_shop: bool
) -> dict[str, Any]:
    """The methods with their groups and options, each with what it costs; and where collecting is possible instead."""
    lines = [(line.id, line.shop) for line in settlement.lines]
    methods: list[dict[str, Any]] = []
    hints = []
    for group in groups(settlement, say("Freight"), by_shop=by_shop):
        kind = "pickup" if group.pickup else "shipping"
        mine = [name for name, shop in lines if shop in group.shops]
        method = next((each for each in methods if each["id"] == kind), None)
        if method is None:
            method = {"id": kind, "type": kind, "line_item_ids": [], "groups": []}
            methods.append(method if group.pickup else method | _destinations(asked, version))
            method = methods[-1]
        method["line_item_ids"] += mine
        method["groups"].append(_group(group, mine, version, say))
        if not group.pickup and any(way.pickup for way in group.ways):
            hints.append({"type": "pickup", "line_item_ids": mine, "fulfillable_on": "now"})
    return {"methods": methods, "available_methods": hints} if hints else {"methods": methods}


def _group(group: Group, lines: list[str], version: str, say: Language) -> dict[str, Any]:
    """A group with the options of its own kind: what is sent has none of collecting, and the other way round."""
    options = [way for way in group.ways if way.pickup == group.pickup]
    chosen = next((way.id for way in options if way.chosen), None)
    rows = [_option(way, version, say) for way in options]
    return {"id": group.id, "line_item_ids": lines, "selected_option_id": chosen, "options": rows}


def _option(way: Way, version: str, say: Language) -> dict[str, Any]:
    totals = [entry("fulfillment", say("Freight"), way.freight)]
    if way.offers:
        totals.append(entry("discount", say("Freight offers"), way.offers))
    made: dict[str, Any] = {"id": way.id, "title": way.title}
    if way.description is not None:
        made["description"] = way.description if version in PIECES_ONLY else {"plain": way.description}
    return made | {"totals": [*totals, entry("total", say("Total"), way.freight + way.offers)]}


def _destinations(asked: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The addresses that the agent sent, each with an id, as this version writes them."""
    for _, method in methods_of(asked):
        rows = method.get("destinations")
        if method.get("type", "shipping") != "shipping" or not isinstance(rows, list):
            continue
        kind = {} if version in PIECES_ONLY else {"type": "shipping_address"}
        made = [{"id": f"dest_{at}"} | kind | dict(row) for at, row in enumerate(rows, 1) if isinstance(row, Mapping)]
        found = destination_of(method)
        chosen = None if found is None else found[1].get("id", f"dest_{found[0] + 1}")
        return {"destinations": made, "selected_destination_id": chosen}
    return {}


def methods_of(asked: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """The methods that an agent sent, with their places."""
    part = asked.get("fulfillment")
    rows = part.get("methods") if isinstance(part, Mapping) else None
    return [(at, row) for at, row in enumerate(rows) if isinstance(row, Mapping)] if isinstance(rows, list) else []


all_readable(globals())
