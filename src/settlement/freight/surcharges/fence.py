"""A user's own surcharge as the engine meets it: no answer gets through that no kind may give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from settlement.documents.canonical import canonical
from settlement.documents.own_kinds import answered, failure, ours, stateable
from settlement.documents.written import numbered
from settlement.money import DECIMALS, MAX_DIGITS

if TYPE_CHECKING:
    from settlement.errors import KindFailed
    from settlement.freight.load import Load
    from settlement.freight.surcharges.surcharge import Surcharge

__all__ = ["fenced", "stated"]

_MEASURES: Final = frozenset({"weight_g", "volume_cm3"})
#: What the facts of every surcharge may say.
_TAKEN: Final = frozenset({"per", "fee", "label", "terms", "boxes", "counts", "values", "freight", "rounding"})


def fenced(surcharge: Surcharge) -> Surcharge:
    """The surcharge itself where the library wrote it, else behind a fence."""
    return surcharge if ours(surcharge) else cast("Surcharge", _Fenced(stateable(surcharge)))


def stated(surcharge: Surcharge) -> Surcharge:
    """The document behind the fence."""
    fence: object = surcharge
    return fence.document if isinstance(fence, _Fenced) else surcharge


class _Fenced:
    """Answers as the surcharge does."""

    __slots__ = ("_terms", "document", "fact")

    def __init__(self, kind: Surcharge) -> None:
        self.document = kind
        #: Both are asked once, when the rules are made ready: so what is wrong is told before anything is settled.
        self.fact = self._fact()
        self._terms = self._stated()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.document, name)

    @property
    def needs(self) -> frozenset[str]:
        """Measures that lines may state."""
        found = self._called("needs", lambda: frozenset(self.document.needs))
        if not found <= _MEASURES:
            raise self._failed("needs", "weight_g, volume_cm3, both or none", sorted(map(str, found)))
        return cast("frozenset[str]", found)

    def _fact(self) -> str:
        """A name that no other fact has, or none."""
        found = self._called("fact", lambda: self.document.fact)
        if not isinstance(found, str) or found in _TAKEN or not (found.isidentifier() or not found):
            raise self._failed("fact", "a name of its own, or an empty text", found)
        return found

    def counted(self, load: Load) -> list[int]:
        """One integer of 0 or more for each line."""
        found, lines = self._called("counted", lambda: self.document.counted(load)), len(load.millis)
        if not isinstance(found, Sequence) or len(found) != lines:
            raise self._failed("counted", f"one count for each of {numbered(lines, 'line')}", found)
        for count in found:
            if type(count) is not int or count < 0:
                raise self._failed("counted", "thousandths, an int of 0 or more", count)
        return list(found)

    def times(self, thousandths: int) -> int:
        """An integer of 0 or more."""
        found = self._called("times", lambda: self.document.times(thousandths))
        if type(found) is not int or found < 0:
            raise self._failed("times", "an int of 0 or more", found)
        return found

    def charged(self, thousandths: int) -> int:
        """Minor units, an integer of 0 or more; where `times` makes it, that is what is named."""
        self.times(thousandths)
        found = self._called("charged", lambda: self.document.charged(thousandths))
        currency = self.document.fee.currency
        if type(found) is not int or not 0 <= found < 10 ** (MAX_DIGITS + DECIMALS[currency]):
            expected = f"minor units, an int of 0 or more with at most {MAX_DIGITS} digits before the point"
            raise self._failed("charged", expected, found)
        return found

    def formula(self, counted: object, fee: str) -> str:
        """A text that can be printed."""
        found = self._called("formula", lambda: self.document.formula(counted, fee))
        if not isinstance(found, str) or not found.isprintable():
            raise self._failed("formula", "a line of text", found)
        return found

    def terms(self) -> dict[str, Any]:
        """Values of JSON by name."""
        return self._terms

    def _stated(self) -> dict[str, Any]:
        found = self._called("terms", self.document.terms)
        if not isinstance(found, dict) or not all(type(name) is str for name in found):
            raise self._failed("terms", "a dict of JSON by name", found)
        try:
            canonical(found)
        except (TypeError, ValueError) as error:
            raise self._failed("terms", "JSON without floats", str(error)) from error
        return found

    def _called(self, hook: str, call: Callable[[], Any]) -> Any:
        return answered(type(self.document).__name__, hook, call)

    def _failed(self, hook: str, expected: str, found: object) -> KindFailed:
        return failure(type(self.document).__name__, hook, expected, found)
