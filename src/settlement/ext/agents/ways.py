"""How each shop's goods may go, and what each way costs: one settlement for each delivery method that it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settlement.explanations.delivery import DeliveryOption
    from settlement.receipts.settlement import Settlement

__all__ = ["STANDARD", "Way", "ways"]

#: What the one way of a shop without delivery methods is called.
STANDARD = "standard"


class Way(NamedTuple):
    """The shop's goods by one delivery method: in minor units its freight with surcharges, and what offers take off."""

    id: str
    title: str
    description: str | None
    pickup: bool
    freight: int
    offers: int
    chosen: bool


def ways(settlement: Settlement, words: str) -> dict[str, list[Way]]:
    """Shop -> its ways, those that can't be had left out. Without its documents a settlement tells the chosen alone.

    `words` is the title of the one way of a shop that has no methods. Source: docs/delivery.md.
    """
    request = settlement.made_from
    options: Sequence[DeliveryOption] = ()
    pickup: tuple[str, ...] = ()
    if request is not None:
        from settlement.explanations.delivery import delivery_options

        pickup = request[0].choice.pickup
        if request[1].delivery_methods:
            options = delivery_options(*request)
    chosen: dict[str, set[str | None]] = {}
    for line in settlement.lines:
        chosen.setdefault(line.shop, set()).add(line.delivery)
    found: dict[str, list[Way]] = {}
    for shop in settlement.shops:
        mine = chosen[shop.shop]
        rows = [
            Way(
                each.id,
                each.name or each.id,
                each.description,
                each.pickup,
                each.freight.minor + each.surcharges.minor,
                each.freight_offers.minor,
                mine == {each.id},
            )
            for each in options
            if each.shop == shop.shop
            if each.freight is not None and each.surcharges is not None and each.freight_offers is not None
        ]
        if not rows:
            costs = shop.freight.minor + shop.surcharges.minor, shop.freight_offers.minor
            name = next(iter(mine)) if len(mine) == 1 else None
            rows = [Way(name or STANDARD, name or words, None, shop.shop in pickup, *costs, chosen=True)]
        found[shop.shop] = rows
    return found


all_readable(globals())
