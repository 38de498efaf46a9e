"""How goods may go, and what each way costs: one settlement for each delivery method that their shops offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.cart.checkout import ShopDelivery
from settlement.documents.written import all_readable
from settlement.engine.settle import settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settlement.cart.checkout import Checkout
    from settlement.freight.delivery_methods import DeliveryMethod
    from settlement.receipts.settlement import Settlement
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["STANDARD", "Group", "Way", "groups"]

#: What the one way of a shop without delivery methods is called.
STANDARD: Final = "standard"


class Way(NamedTuple):
    """Goods by one delivery method: in minor units freight with surcharges, and what offers take off of these."""

    id: str
    title: str
    description: str | None
    pickup: bool
    freight: int
    offers: int
    chosen: bool


class Group(NamedTuple):
    """Goods that go together: those of one shop, or of all that go one way; its name, its shops, the ways it may go."""

    id: str
    shops: tuple[str, ...]
    ways: tuple[Way, ...]
    pickup: bool


def groups(settlement: Settlement, words: str, *, by_shop: bool) -> list[Group]:
    """The shops of a settlement in groups: each by itself, or all that go one way together.

    Each way is settled with, those that can't be had are left out, and what is chosen is among them. Without its
    documents a settlement tells the chosen alone. `words` is the title of the one way of a shop without methods.
    Source: docs/delivery.md.
    """
    collected = _collected(settlement)
    names = [shop.shop for shop in settlement.shops]
    if by_shop:
        parts: list[tuple[str, tuple[str, ...]]] = [(shop, (shop,)) for shop in names]
    else:
        sent = tuple([shop for shop in names if shop not in collected])
        fetched = tuple([shop for shop in names if shop in collected])
        parts = [(name, shops) for name, shops in (("shipping", sent), ("pickup", fetched)) if shops]
    return [
        Group(name, shops, tuple(_ways(settlement, shops, words, pickup=shops[0] in collected)), shops[0] in collected)
        for name, shops in parts
    ]


def _collected(settlement: Settlement) -> set[str]:
    """The shops at which the buyer collects, of those whose lines take part."""
    request = settlement.made_from
    if request is None:
        return set()
    fetching = {each.id for each in request[1].delivery_methods if each.pickup}
    return {*request[0].choice.pickup} | {line.shop for line in settlement.lines if line.delivery in fetching}


def _ways(settlement: Settlement, shops: tuple[str, ...], words: str, *, pickup: bool) -> Iterator[Way]:
    """The methods that all these shops offer, each settled with for all of them; else the one way that there is."""
    request, chosen = settlement.made_from, {line.delivery for line in settlement.lines if line.shop in shops}
    known = False
    for each, checkout, rulebook in _offered(request, shops):
        found = settlement if chosen == {each.id} else settle(_by(checkout, shops, each.id), rulebook)
        left_out = {line.line for line in found.excluded if line.reason == "delivery_unavailable"}
        if not left_out & {line.id for line in settlement.lines if line.shop in shops}:
            known = known or chosen == {each.id}
            costs = _costs(found, shops)
            yield Way(each.id, each.name or each.id, each.description, each.pickup, *costs, chosen == {each.id})
    if not known:  # no methods, or shops that go different ways
        name = next(iter(chosen), None) if len(chosen) == 1 else None
        yield Way(name or STANDARD, name or words, None, pickup, *_costs(settlement, shops), chosen=True)


def _offered(
    request: tuple[Checkout, Rulebook] | None, shops: tuple[str, ...]
) -> Iterator[tuple[DeliveryMethod, Checkout, Rulebook]]:
    """The methods that all these shops offer, as far as anybody knows, with what to settle by."""
    for each in () if request is None else request[1].delivery_methods:
        if request is not None and all(map(each.offered, shops)):
            yield each, *request


def _costs(settlement: Settlement, shops: tuple[str, ...]) -> tuple[int, int]:
    mine = [each for each in settlement.shops if each.shop in shops]
    freight = sum([each.freight.minor + each.surcharges.minor for each in mine])
    return freight, sum([each.freight_offers.minor for each in mine])


def _by(checkout: Checkout, shops: tuple[str, ...], method: str) -> Checkout:
    """The checkout with this method chosen for these shops."""
    choice = checkout.choice
    others = [each for each in choice.delivery if each.shop not in shops]
    chosen = choice.model_copy(
        update={
            "delivery": (*others, *[ShopDelivery(shop=shop, method=method) for shop in shops]),
            "pickup": tuple([each for each in choice.pickup if each not in shops]),
        }
    )
    made: Checkout = checkout.model_copy(update={"choice": chosen})
    return made


all_readable(globals())
