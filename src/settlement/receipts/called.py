"""The names that people see, by what a settlement has ids for.

They are carried as the remark is: personal, so outside every digest, every record's body and all that a replay or a
difference compares (contract §7). A settlement that was made here reads them off its documents when somebody asks; one
that was read back or detached has those that stand in it, and none where there were none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from settlement.receipts.redemptions import OF_OFFERS

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.receipts.record import Record
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["NOBODY", "Called", "called", "impersonal", "named", "names_of"]


class Called(NamedTuple):
    """Names of lines (left out or not) by id, of offers by rule, of gifts by rule and sku; only what has one."""

    lines: Mapping[str, str] = MappingProxyType({})
    offers: Mapping[str, str] = MappingProxyType({})
    gifts: Mapping[tuple[str, str], str] = MappingProxyType({})


NOBODY: Final = Called()


def names_of(record: Record, checkout: Checkout, rulebook: Rulebook) -> Called:
    """The names that two documents give to what stands in a record."""
    by_line = {line.id: name for line in checkout.cart.lines if (name := line.name)}
    names, gift_names = rulebook.names
    if not (by_line or names or gift_names):
        return NOBODY
    gifts = [(rule, sku) for rule, sku, _ in record.gifts]
    skus = {line.sku: line.name for line in checkout.cart.lines if line.name} if gifts else {}
    rules = [each.rule for each in record.verdicts] if names else ()
    return called(by_line, skus, rules, gifts, names, gift_names)


def called(
    by_line: Mapping[str, str],
    by_sku: Mapping[str, str],
    rules: Iterable[str],
    gifts: Iterable[tuple[str, str]],
    names: Mapping[str, str],
    gift_names: Mapping[tuple[str, str], str],
) -> Called:
    """Names of lines by id and by sku, of offers and of gifts. A gift without one has that of a line of its sku.

    A further copy of a coupon, `c1#2`, has the coupon's name and its own number.

    >>> called({}, {}, ["c1#2"], [("c1#2", "mug")], {"c1": "Spring"}, {("c1", "mug"): "Tea mug"})[1:]
    ({'c1#2': 'Spring #2'}, {('c1#2', 'mug'): 'Tea mug'})
    """
    by_rule, by_gift = {}, {}
    for rule in rules:
        name = names.get(rule)
        if name is None and "#" in rule:
            original, _, copy = rule.rpartition("#")
            if copy == "freight":  # of a coupon that covers freight
                original, _, copy = original.rpartition("#") if original not in names else (original, "", "")
                rule_name = names.get(original)
                name = f"{rule_name} #{copy}" if rule_name and copy else rule_name
            else:
                name = f"{names[original]} #{copy}" if original in names and copy.isdecimal() else None
        if name is not None:
            by_rule[rule] = name
    for rule, sku in gifts:
        name = gift_names.get((rule, sku)) or gift_names.get((rule.rpartition("#")[0], sku)) or by_sku.get(sku)
        if name:
            by_gift[rule, sku] = name
    return Called(by_line, by_rule, by_gift)


#: Where names stand in a settlement's JSON.
_NAMED: Final = ("lines", "decisions", "excluded", "gifts", "redemptions")


def impersonal(document: Mapping[str, Any]) -> dict[str, Any]:
    """A settlement's JSON without anything personal: no names, no remark, no invoice, nothing told to a shop."""
    bare = {
        field: [{key: value for key, value in row.items() if key != "name"} for row in document[field]]
        for field in _NAMED
        if field in document
    }
    rest = {field: value for field, value in document.items() if field != "by_shop"}
    return {**rest, **bare, "remark": None, "invoice": None}


def named(document: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Put the names of a request as plain data into a settlement's JSON that has none."""
    offers = [offer for field in ("promotions", "coupons") for offer in request["rulebook"].get(field, ())]
    lines = [line for line in request["checkout"]["cart"]["lines"] if line.get("name")]
    found = called(
        {line["id"]: line["name"] for line in lines},
        {line["sku"]: line["name"] for line in lines},
        [row["rule"] for row in document["decisions"]],
        [(row["rule"], row["sku"]) for row in document["gifts"]],
        {offer["id"]: offer["name"] for offer in offers if offer.get("name")},
        {
            (offer["id"], benefit["sku"]): benefit["name"]
            for offer in offers
            for benefit in (tier["benefit"] for tier in offer["tiers"])
            if benefit.get("name") and "sku" in benefit
        },
    )
    places: tuple[tuple[str, Callable[[Any], str | None]], ...] = (
        ("lines", lambda row: found.lines.get(row["id"])),
        ("excluded", lambda row: found.lines.get(row["line"])),
        ("decisions", lambda row: found.offers.get(row["rule"])),
        ("gifts", lambda row: found.gifts.get((row["rule"], row["sku"]))),
        ("redemptions", lambda row: found.offers.get(row["id"]) if row["kind"] in OF_OFFERS else None),
    )
    for field, name_of in places:
        for row in document.get(field, ()):
            name = name_of(row)
            if name is not None:
                row["name"] = name
