"""Where a rate card ends: parcels that no carrier takes, and why (docs/freight.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from settlement.cart.columns import Basket, Group
from settlement.freight.boxes import fill_boxes, too_heavy
from settlement.freight.parcels import units_of
from settlement.freight.tariff import Match, Tariff

__all__ = ["not_taken", "too_much"]


def not_taken(
    basket: Basket, matches: Mapping[str, tuple[Tariff, Match]]
) -> Iterator[tuple[tuple[int, ...], Mapping[str, Any]]]:
    """The lines of every parcel that is not shipped, with what was too much.

    First a piece that is heavier than a box, of a template that refuses it; then a parcel, or a box of one, whose units
    are more than its zone's card reaches. No sign says which lines of such a parcel would go, so all are left out.
    """
    for group in basket.groups:
        tariff, match = matches[group.tariff]
        if match.zone is not None and (facts := too_much(basket, group, tariff, match)):
            yield group.lines, facts


def too_much(basket: Basket, group: Group, tariff: Tariff, match: Match) -> dict[str, Any] | None:
    """What is too much of one parcel, or None."""
    facts = _heavier(basket, group, tariff) or _above(basket, group, tariff, match)
    if facts and group.warehouse is not None:
        facts["warehouse"] = group.warehouse
    return facts


def _heavier(basket: Basket, group: Group, tariff: Tariff) -> dict[str, Any] | None:
    """A piece that no box holds: its line, what it weighs and what a box takes beside its packing, in grams."""
    if not tariff.refuses_heavier or tariff.max_weight_g is None:
        return None
    line = too_heavy(basket, group.lines, tariff.max_weight_g - tariff.packing)
    if line is None:
        return None
    return {
        "template": group.template,
        "heaviest": basket.ids[line],
        "weight_g": basket.weights[line],
        "max_weight_g": tariff.max_weight_g - tariff.packing,
    }


def _above(basket: Basket, group: Group, tariff: Tariff, match: Match) -> dict[str, Any] | None:
    """More units than the card reaches, in one box or in the parcel."""
    if match.reaches is None:
        return None
    boxes = [group]
    if tariff.max_weight_g is not None:
        boxes = [
            Group(group.key, box.lines, box.millis, [-(-each // 1000) for each in box.millis], basket.free_shipping)
            for box in fill_boxes(basket, group.lines, tariff.max_weight_g - tariff.packing)
        ]
    units = max([units_of(basket, box, tariff) for box in boxes])
    if units <= match.reaches:
        return None
    return {
        "template": group.template,
        "zone": match.region,
        "measure": tariff.measure,
        "units": units,
        "reaches": match.reaches,
    }
