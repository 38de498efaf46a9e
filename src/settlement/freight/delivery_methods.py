"""How goods are sent: express, standard, collected at a point; what each costs, for whom and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import InitErrorDetails

from settlement.documents.document import Document
from settlement.documents.marks import Mark
from settlement.documents.problems import problem_at, refuse
from settlement.documents.region import contains
from settlement.documents.regions import Regions
from settlement.documents.scalars import LISTED, Flag, Id, Ids, Name, Text, no_twins
from settlement.freight.templates import Zone, twice
from settlement.freight.times import Times

__all__ = ["DeliveryMethod", "MethodTemplate", "tariff_key"]


def _template_of(entry: object) -> object:
    return entry.get("template") if isinstance(entry, dict) else getattr(entry, "template", None)


class MethodTemplate(Document):
    """How a method prices the lines of one template: as it stands, `by` another, or with `zones` in place of its own.

    >>> MethodTemplate(template="parcel", by="parcel-express").zones is None
    True
    """

    template: Id
    by: Id | None = None
    zones: Annotated[tuple[Zone, ...], Field(min_length=1), LISTED] | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            template: str,
            by: str | None = None,
            zones: Sequence[Zone | Mapping[str, Any]] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        if self.by is not None and self.zones is not None:
            refuse([problem_at("by", code="delivery.two_prices")])
        refuse([*twice("zones", self.zones or ())])
        return self


class DeliveryMethod(Document):
    """A way to deliver that `shops` offer (all, where none is named), within its regions and times.

    `templates` say how the lines of each freight template are priced; a template that they don't name is not sent so.
    Without `templates` each prices itself. With `pickup` the buyer collects: no freight and no address; such a method
    holds only where the buyer chose it. `name` and `description` are for the page only. Source: docs/delivery.md.

    >>> DeliveryMethod(id="express", templates=[MethodTemplate(template="parcel", by="parcel-express")]).pickup
    False
    """

    id: Id
    name: Annotated[Name | None, Mark.PERSONAL] = None
    description: Annotated[Text | None, Mark.PERSONAL] = None
    shops: Ids | None = None
    pickup: Flag = False
    templates: (
        Annotated[
            tuple[MethodTemplate, ...],
            Field(min_length=1),
            no_twins(_template_of, "id.duplicate", "template"),
            LISTED,
        ]
        | None
    ) = None
    regions: Regions | None = None
    exclude_regions: Regions | None = None
    when: Times | None = None

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            id: str,
            name: str | None = None,
            description: str | None = None,
            shops: list[str] | tuple[str, ...] | None = None,
            pickup: bool = False,
            templates: Sequence[MethodTemplate | Mapping[str, Any]] | None = None,
            regions: list[str] | tuple[str, ...] | None = None,
            exclude_regions: list[str] | tuple[str, ...] | None = None,
            when: Times | Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _collected(self) -> Self:
        refuse([*self._priced()] if self.pickup else [])
        return self

    def _priced(self) -> Iterator[InitErrorDetails]:
        """What is collected costs no freight."""
        for at, each in enumerate(self.templates or ()):
            for field in ("by", "zones"):
                if getattr(each, field) is not None:
                    yield problem_at("templates", at, field, code="delivery.pickup_priced")

    def offered(self, shop: str) -> bool:
        """Whether a shop offers it."""
        return self.shops is None or shop in self.shops

    def refused(self, shop: str, region: str | None, at: datetime) -> str | None:
        """Why it is not for a shop, an address or an instant: a word of the facts; an unknown address is no reason."""
        if not self.offered(shop):
            return "shop"
        if region is not None:
            inside = self.regions is None or any(contains(each, region) for each in self.regions)
            if not inside or any(contains(each, region) for each in self.exclude_regions or ()):
                return "region"
        return "time" if self.when is not None and not self.when.hold(at) else None

    def entry(self, template: str) -> MethodTemplate | None:
        """How it prices the lines of a template; None where it does not send them."""
        if self.templates is None:
            return MethodTemplate(template=template)
        return next((each for each in self.templates if each.template == template), None)


def tariff_key(template: str, method: str | None) -> str:
    """What the tariff of a template is found by: its id, or of a method both; no id has a line break."""
    return template if method is None else f"{template}\n{method}"
