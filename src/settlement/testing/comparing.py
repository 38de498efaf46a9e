"""Where two settlements differ, by line, adjustment and decision rather than by place in a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from settlement.receipts.settlement import Settlement

__all__ = ["differences"]


def differences(left: Settlement, right: Settlement) -> list[str]:
    """One line of text for each value that differs; none where the settlements are equal.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> def of(price):
    ...     cart = Cart(currency="CNY", lines=[Line(id="a", shop="s1", sku="k", quantity=1, unit_price=price)])
    ...     return settle(Checkout(at="2026-11-11T00:00:00+08:00", cart=cart), Rulebook(id="r", currency="CNY"))
    >>> for each in differences(of("5.00 CNY"), of("6.00 CNY"))[:3]:
    ...     print(each)
    totals: list: 5.00 CNY != 6.00 CNY
    totals: goods: 5.00 CNY != 6.00 CNY
    totals: payable: 5.00 CNY != 6.00 CNY
    """
    return list(_between(_known(left), _known(right)))


#: What a reader looks for first; the rest follows, the digest last of all.
_FIRST = ("status", "totals", "lines", "adjustments", "decisions", "shops")


def _known(settlement: Settlement) -> dict[str, Any]:
    """The document with its lists made maps: a difference is then told by what it is of."""
    document = settlement.to_dict()
    for name, key in (("lines", "id"), ("shops", "id"), ("decisions", "rule")):
        document[name] = {f"{name.removesuffix('s')} {row.pop(key)!r}": row for row in document[name]}
    made: dict[str, Any] = {}
    for row in document["adjustments"]:
        name = f"{row.pop('stage')} {row.pop('rule')!r}"
        made[name if name not in made else f"{name} ({len(made)})"] = row
    document["adjustments"] = made
    digest = document.pop("digest")
    first = {name: document.pop(name) for name in _FIRST}
    return first | document | {"digest": digest}


def _between(left: Mapping[str, Any], right: Mapping[str, Any], where: str = "") -> Iterator[str]:
    for name in [*left, *(name for name in right if name not in left)]:
        one, other = left.get(name, "nothing"), right.get(name, "nothing")
        if isinstance(one, dict) and isinstance(other, dict):
            # the names of lines, adjustments and decisions say what they are
            inside = "" if not where and name in {"lines", "shops", "adjustments", "decisions"} else f"{where}{name}: "
            yield from _between(one, other, inside)
        elif one != other:
            yield f"{where}{name}: {_shown(one)} != {_shown(other)}"


def _shown(value: Any) -> str:
    if isinstance(value, dict) and "amount" in value:
        value = value["amount"]
    text = str(value)
    return text if len(text) <= 120 else f"{text[:119]}…"
