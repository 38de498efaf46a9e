"""What every surcharge is: a document that validates and counts (contract §5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self

from pydantic import model_validator

from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.problems import problem_at, refuse
from settlement.documents.regions import Regions
from settlement.documents.scalars import Id, Ids
from settlement.freight.times import Times
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.freight.load import Load

__all__ = ["Surcharge"]


class Surcharge(Document):
    """What some regions add to a parcel: `fee`, as often as its kind counts. A kind: a `per`, its fields, `counted`.

    Of surcharges of one `label` the most specific region decides; those of another label add. Most have none. An
    address within `exclude_regions` is not meant. A parcel pays at least `min_fee` where it pays anything, and at most
    `max_fee`. Only lines of `only_skus` and `only_categories` count, where these stand. Of those of one `highest_of` a
    parcel pays the dearest alone, among equals the first by label. Outside `when` it is as if it were not there.
    """

    regions: Regions
    fee: Money
    if TYPE_CHECKING:
        per: Any  # of each kind one literal text, which a checker takes for no narrower `str`: a field might be set
    else:
        per: str
    label: Annotated[Id | None, Mark.BEYOND] = None
    exclude_regions: Annotated[Regions | None, Mark.BEYOND] = None
    min_fee: Annotated[Money | None, Mark.BEYOND] = None
    max_fee: Annotated[Money | None, Mark.BEYOND] = None
    only_skus: Annotated[Ids | None, Mark.BEYOND] = None
    only_categories: Annotated[Ids | None, Mark.BEYOND] = None
    highest_of: Annotated[Id | None, Mark.BEYOND] = None
    when: Annotated[Times | None, Mark.BEYOND] = None

    has_kinds: ClassVar[bool] = True

    #: The sign in the window, for a table of fees: any field may stand in it.
    sign: ClassVar[str] = "{fee} per {per}"
    #: The fact that says how much was counted; empty where that is the parcel itself.
    fact: ClassVar[str] = "counted"
    #: What every line of the template must state, else it is left out as `no_measure`: `weight_g`, `volume_cm3`.
    needs: ClassVar[frozenset[str]] = frozenset()
    #: What it counts is what a parcel weighs: the template's packing counts too.
    weighs: ClassVar[bool] = False
    #: A share of what a row of parcels pays for freight (`share`), not of what its lines count.
    of_freight: ClassVar[bool] = False
    #: Spread by what lines count in the template's measure (as the contract does), not by what the surcharge counts.
    by_measure: ClassVar[bool] = False

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.min_fee is not None and self.max_fee is not None and self.max_fee.minor < self.min_fee.minor:
            refuse([problem_at("max_fee", code="range.max_below_min")])
        return self

    @property
    def stated_fee(self) -> Money | None:
        """Its fee; None of a share of freight that names none."""
        return self.fee

    def share(self, freight: int, rounded: Callable[[int, int], int]) -> int:
        """Minor units for a row of parcels that pays so much freight; asked only where it is `of_freight`."""
        raise NotImplementedError

    def counted(self, load: Load) -> Sequence[int]:
        """Thousandths that each line counts. The fee is spread by it; where all count 0, by the template's measure."""
        raise NotImplementedError

    @property
    def each(self) -> int:
        """So much of what is counted costs the fee once, and so does what is begun."""
        return 1

    def times(self, thousandths: int) -> int:
        """How often the fee is charged for so many thousandths in all."""
        return -(-thousandths // (1000 * self.each))

    def charged(self, thousandths: int) -> int:
        """What so many thousandths in all cost one parcel, in minor units: the fee so many times."""
        return self.fee.minor * self.times(thousandths)

    def formula(self, counted: object, fee: str) -> str:
        """The surcharge with its numbers, in major units."""
        if self.each != 1:
            return f"⌈{counted} ÷ {self.each}⌉ × {fee}"
        return f"⌈{counted}⌉ × {fee}" if "." in str(counted) else f"{counted} × {fee}"

    def terms(self) -> dict[str, Any]:
        """What a kind states beyond the fields that all have, as JSON."""
        return self.model_dump(mode="json", exclude_none=True, exclude=_COMMON)


_COMMON: Final = {"regions", "fee", "per", "label", "exclude_regions"}
