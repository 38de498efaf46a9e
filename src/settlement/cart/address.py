"""Where the goods go, and what of it may be seen: an address prints masked, as people in China know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from settlement.documents.document import Document
from settlement.documents.marks import Mark, marks_of
from settlement.documents.scalars import Id, Name, RegionCode, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Address", "mask_name", "mask_phone"]


class Address(Document):
    """A consignee's address; only `region` decides money, the rest is personal and carried outside the digest.

    In China `region` is a code and `detail` all below it; abroad `region` is a path such as `US/CA/94103`, `city` the
    place's name and `detail` the street. `extension` belongs to `phone`; `catalogue` is the edition of the regions
    that the code was picked from; `tag` is the owner's word for it (home, company). `repr` and `str` are masked.

    >>> Address(region="440305", name="张三", phone="13800138000")
    Address(region='440305')
    >>> print(Address(region="440305", name="张三", phone="13800138000", detail="科技路1号"))
    440305 *** 张** 138****8000
    """

    region: RegionCode
    name: Annotated[Name | None, Mark.PERSONAL] = Field(default=None, repr=False)
    phone: Annotated[Name | None, Mark.PERSONAL] = Field(default=None, repr=False)
    detail: Annotated[Text | None, Mark.PERSONAL] = Field(default=None, repr=False)
    extension: Annotated[Id | None, Mark.PERSONAL, Mark.BEYOND] = Field(default=None, repr=False)
    postcode: Annotated[Id | None, Mark.PERSONAL, Mark.BEYOND] = Field(default=None, repr=False)
    city: Annotated[Name | None, Mark.PERSONAL, Mark.BEYOND] = Field(default=None, repr=False)
    catalogue: Annotated[Id | None, Mark.PERSONAL, Mark.BEYOND] = Field(default=None, repr=False)
    tag: Annotated[Id | None, Mark.PERSONAL, Mark.BEYOND] = Field(default=None, repr=False)

    if TYPE_CHECKING:  # written by `make signatures`

        def __init__(
            self,
            *,
            region: str,
            name: str | None = None,
            phone: str | None = None,
            detail: str | None = None,
            extension: str | None = None,
            postcode: str | None = None,
            city: str | None = None,
            catalogue: str | None = None,
            tag: str | None = None,
        ) -> None: ...

    @model_serializer(mode="wrap")
    def _written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What is beyond the contract is written only where it is used."""
        written: dict[str, Any] = handler(self)
        return {name: value for name, value in written.items() if value is not None or name not in _BEYOND}

    def __str__(self) -> str:
        return " ".join(self._shown(reveal=False))

    def reveal(self) -> str:
        """The whole address on one line, for a label or a person who may see it.

        >>> Address(region="440305", name="张三", phone="13800138000", extension="801", detail="科技路1号").reveal()
        '440305 科技路1号 张三 13800138000-801'
        """
        return " ".join(self._shown(reveal=True))

    def _shown(self, *, reveal: bool) -> Iterator[str]:
        yield self.region
        if reveal and self.city:
            yield self.city
        if self.detail:
            yield self.detail if reveal else "***"
        if reveal and self.postcode:
            yield self.postcode
        if self.name:
            yield self.name if reveal else mask_name(self.name)
        if self.phone and reveal:
            yield f"{self.phone}-{self.extension}" if self.extension else self.phone
        elif self.phone:
            yield mask_phone(self.phone, self.extension)


_BEYOND = frozenset(name for name, field in Address.model_fields.items() if Mark.BEYOND in marks_of(field))


def mask_name(name: str) -> str:
    """The first character, and two stars whatever the length.

    >>> mask_name("张三"), mask_name("欧阳娜娜")
    ('张**', '欧**')
    """
    return name[:1] + "**" if name else ""


def mask_phone(phone: str, extension: str | None = None) -> str:
    """A mobile as 3 + 4 digits, a landline as 4 + 2, an extension as its last two.

    What is too short for that, or no number, is hidden whole.

    >>> mask_phone("13800138000"), mask_phone("0755-22107333", "801"), mask_phone("110")
    ('138****8000', '0755****33-*01', '***')
    """
    digits = "".join(character for character in phone if character in "0123456789")
    if len(digits) < _SHORTEST:
        shown = "***"
    elif len(digits) == _MOBILE and digits[0] == "1":
        shown = f"{digits[:3]}****{digits[-4:]}"
    elif phone.lstrip().startswith("+86") and len(digits) == _MOBILE + 2:
        shown = f"+86 {digits[2:5]}****{digits[-4:]}"
    else:
        shown = ("+" if phone.startswith("+") else "") + f"{digits[:4]}****{digits[-2:]}"
    if extension:
        shown += "-" + "*" * max(len(extension) - 2, 1) + (extension[-2:] if len(extension) > 2 else "")
    return shown


_SHORTEST = 8
_MOBILE = 11
