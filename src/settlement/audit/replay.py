"""Replay: compute a record's request again and compare, value by value.

Equal means the same bytes. A record of another calculation version is never recalculated: `UnknownVersion`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import settlement as library
from settlement.audit.record import Record, read_record
from settlement.cart.checkout import Checkout
from settlement.documents.strict_json import loads
from settlement.documents.written import all_readable
from settlement.engine.settle import CALCULATION_VERSION, settle
from settlement.errors import UnknownVersion
from settlement.rulebook.rulebook import Rulebook

__all__ = ["ABSENT", "Difference", "Replay", "differences", "replay"]

#: Stands for a value that is not there at all.
ABSENT: Final = "(absent)"
#: Maps from line ids to amounts: a key more is another amount, never a new field.
_MAPS: Final = frozenset({"shares", "platform"})


class Difference(NamedTuple):
    """One value that is not what it was: its place, what the record says, what the replay found."""

    place: str
    recorded: Any
    recomputed: Any

    @property
    def shown(self) -> tuple[str, str]:
        """Both values as short text that a terminal can show."""
        return _shown(self.recorded), _shown(self.recomputed)

    def text(self, locale: str = "en") -> str:
        """The place and both values for a reader. Raises `UnknownLocale`."""
        from settlement.documents.words.language import language
        from settlement.documents.words.plain import shown

        say, (recorded, recomputed) = language(locale), self.shown
        values = say("{recorded} recorded, {recomputed} recomputed", recorded=recorded, recomputed=recomputed)
        return f"{shown(self.place)}: {values}"

    def __str__(self) -> str:
        return self.text()


def _shown(value: Any) -> str:
    text = value if value == ABSENT else json.dumps(value)  # escapes what a terminal would act on
    return text if len(text) <= 80 else f"{text[:79]}…"


class Replay(NamedTuple):
    """What a replay found. It is true where everything is as recorded.

    `digest` is the record's own; a record whose stated digest is not that of its body differs at `digest`.
    """

    digest: str
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def text(self, locale: str = "en") -> str:
        """The verdict and every difference for a reader. Raises `UnknownLocale`."""
        from settlement.documents.words.language import language

        say = language(locale)
        verdict = say("equal") if self.equal else say("different")
        return "\n  ".join([f"{self.digest}: {verdict}", *(each.text(locale) for each in self.differences)])

    def __str__(self) -> str:
        return self.text()

    def __bool__(self) -> bool:
        return self.equal


def replay(record: Record | str | bytes, *, rulebook_class: type[Rulebook] = Rulebook) -> Replay:
    """Settle a record's request again and report every value that differs, the amounts among them, with its place.

    A record that another version of the library wrote may lack fields that came later; nothing else is passed over.
    Rules with kinds of the user's own are read by `rulebook_class`. Raises `UnknownVersion` for another calculation
    version, `InvalidDocument` for what is no record or whose request is not valid (any more).

    >>> from settlement import Cart, Line
    >>> from settlement.audit.record import record
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> kept = record(settle(checkout, Rulebook(id="r", currency="CNY")))
    >>> replay(kept).equal
    True
    >>> forged = kept.to_json().replace('"payable":"119.80 CNY"', '"payable":"19.80 CNY"')
    >>> for difference in replay(forged).differences[1:]:
    ...     print(difference)
    settlement.lines[0].payable: "19.80 CNY" recorded, "119.80 CNY" recomputed
    settlement.shops[0].payable: "19.80 CNY" recorded, "119.80 CNY" recomputed
    settlement.totals.payable: "19.80 CNY" recorded, "119.80 CNY" recomputed
    """
    kept, stated = (record, record.digest) if isinstance(record, Record) else read_record(loads(record, "Record"))
    data = kept.data
    version, recorded = data["calculation_version"], data["settlement"]
    if version != CALCULATION_VERSION:
        raise UnknownVersion(version, CALCULATION_VERSION)
    recomputed = _settled(data["request"], rulebook_class)
    found = [] if stated == kept.digest else [Difference("digest", stated, kept.digest)]
    later = data["library"] != library.__version__
    found += differences(recorded, recomputed, "settlement", newer_fields=later)
    return Replay(kept.digest, tuple(found))


def _settled(request: Any, rulebook_class: type[Rulebook]) -> dict[str, Any]:
    """The settlement of a record's request, which is in its normal form already."""
    from settlement.rulebook.request import Request

    text = json.dumps(request)
    if rulebook_class is Rulebook:
        both = Request.model_validate_json(text)
        return settle(both.checkout, both.rulebook).to_dict()
    checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
    return settle(checkout, rulebook_class.model_validate_json(json.dumps(request["rulebook"]))).to_dict()


def differences(before: Any, after: Any, place: str, *, newer_fields: bool = False) -> Iterator[Difference]:
    """Every value that differs between two documents; with `newer_fields`, fields that only `after` has are passed."""
    if isinstance(before, dict) and isinstance(after, dict):
        passed = newer_fields and place.rpartition(".")[2] not in _MAPS
        for key in sorted(before.keys() | after.keys()):
            if not (passed and key not in before):
                inner = f"{place}.{key}" if key.isidentifier() else f"{place}[{json.dumps(key)}]"
                one, other = before.get(key, ABSENT), after.get(key, ABSENT)
                yield from differences(one, other, inner, newer_fields=newer_fields)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            one = before[index] if index < len(before) else ABSENT
            other = after[index] if index < len(after) else ABSENT
            yield from differences(one, other, f"{place}[{index}]", newer_fields=newer_fields)
    elif type(before) is not type(after) or before != after:
        yield Difference(place, before, after)


all_readable(globals())
