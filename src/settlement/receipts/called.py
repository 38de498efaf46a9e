"""The names that people see, by what a settlement has ids for.

They are carried as the remark is: personal, so outside every digest, every record's body and all that a replay or a
difference compares (contract §7). A settlement that was made here reads them off its documents when somebody asks; one
that was read back or detached has those that stand in it, and none where there were none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.receipts.record import Record
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["NOBODY", "Called", "Offered", "called", "impersonal", "named", "names_of"]

#: The name of an offer, and what its gifts are called by their skus.
Offered: TypeAlias = tuple[str | None, Mapping[str, str | None]]


class Called(NamedTuple):
    """Names of lines (left out or not) by id, of offers by rule, of gifts by rule and sku; only what has one."""

    lines: Mapping[str, str] = MappingProxyType({})
    offers: Mapping[str, str] = MappingProxyType({})
    gifts: Mapping[tuple[str, str], str] = MappingProxyType({})


NOBODY: Final = Called()


def names_of(record: Record, checkout: Checkout, rulebook: Rulebook) -> Called:
    """The names that two documents give to what stands in a record."""
    offers = rulebook.offers

    def offered(rule: str) -> Offered | None:
        offer = offers.get(rule)
        if offer is None:
            return None
        benefits = [tier.benefit for tier in offer.tiers if tier.benefit.gives]
        return offer.name, {getattr(each, "sku", ""): getattr(each, "name", None) for each in benefits}

    lines = [(line.id, line.sku, line.name) for line in checkout.cart.lines]
    gifts = [(rule, sku) for rule, sku, _ in record.gifts]
    return called(lines, [each.rule for each in record.verdicts], gifts, offered)


def called(
    lines: Iterable[tuple[str, str, str | None]],
    rules: Iterable[str],
    gifts: Iterable[tuple[str, str]],
    offered: Callable[[str], Offered | None],
) -> Called:
    """Names from lines (id, sku, name) and offers. A gift without a name of its own has that of a line of its sku.

    A further copy of a coupon, `c1#2`, has the coupon's name and its own number.
    """
    by_line, by_sku = {}, {}
    for line, sku, name in lines:
        if name:
            by_line[line] = by_sku[sku] = name
    by_rule, by_gift = {}, {}
    for rule in rules:
        offer, copy = _original(rule, offered)
        if offer is not None and offer[0]:
            by_rule[rule] = f"{offer[0]} #{copy}" if copy else offer[0]
    for rule, sku in gifts:
        offer, _ = _original(rule, offered)
        name = (offer[1].get(sku) if offer is not None else None) or by_sku.get(sku)
        if name:
            by_gift[rule, sku] = name
    return Called(by_line, by_rule, by_gift)


def _original(rule: str, offered: Callable[[str], Offered | None]) -> tuple[Offered | None, str]:
    """The offer of a rule, and which copy of it the rule is, if it is a further one."""
    offer = offered(rule)
    original, _, copy = rule.rpartition("#")
    return (offered(original), copy) if offer is None and copy.isdecimal() and original else (offer, "")


#: Where names stand in a settlement's JSON.
_NAMED: Final = ("lines", "decisions", "excluded", "gifts")


def impersonal(document: Mapping[str, Any]) -> dict[str, Any]:
    """A settlement's JSON without anything personal: no names, no remark, no invoice, nothing told to a shop."""
    bare = {
        field: [{key: value for key, value in row.items() if key != "name"} for row in document[field]]
        for field in _NAMED
    }
    rest = {field: value for field, value in document.items() if field != "by_shop"}
    return {**rest, **bare, "remark": None, "invoice": None}


def named(document: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Put the names of a request as plain data into a settlement's JSON that has none."""
    rulebook, lines = request["rulebook"], request["checkout"]["cart"]["lines"]
    offers = {offer["id"]: offer for field in ("promotions", "coupons") for offer in rulebook.get(field, ())}

    def offered(rule: str) -> Offered | None:
        if rule not in offers:
            return None
        benefits = [tier["benefit"] for tier in offers[rule]["tiers"]]
        return offers[rule].get("name"), {each.get("sku", ""): each.get("name") for each in benefits}

    gifts = [(row["rule"], row["sku"]) for row in document["gifts"]]
    rules = [row["rule"] for row in document["decisions"]]
    found = called([(line["id"], line["sku"], line.get("name")) for line in lines], rules, gifts, offered)
    places: tuple[tuple[str, Callable[[Any], str | None]], ...] = (
        ("lines", lambda row: found.lines.get(row["id"])),
        ("excluded", lambda row: found.lines.get(row["line"])),
        ("decisions", lambda row: found.offers.get(row["rule"])),
        ("gifts", lambda row: found.gifts.get((row["rule"], row["sku"]))),
    )
    for field, name_of in places:
        for row in document[field]:
            name = name_of(row)
            if name is not None:
                row["name"] = name
