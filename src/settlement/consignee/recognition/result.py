"""What a pasted text says: a proposal for a person to confirm, with its evidence, and masked when it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from settlement.cart.address import mask_name, mask_phone
from settlement.consignee.catalogue import catalogue
from settlement.documents.json_text import compact

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Candidate", "Evidence", "How", "Recognition", "Span", "place_names"]

How: TypeAlias = Literal["explicit", "inferred", "historical", "alias", "traditional"]
Span: TypeAlias = tuple[int, int]
Reason: TypeAlias = Literal["ambiguous", "successor", "contradiction", "short", "mistyped", "named"]


class Evidence(NamedTuple):
    """How one level of the region is known, and where the text says so (None: it follows from another level).

    `code` is None where the level stays open: the name that was found has several meanings.
    """

    name: str
    code: str | None
    how: How
    span: Span | None = None

    def to_dict(self) -> dict[str, Any]:
        """The evidence as plain data."""
        return {"name": self.name, "code": self.code, "how": self.how, "span": list(self.span) if self.span else None}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A region that may be meant, and why it was not taken: a person decides."""

    code: str
    names: tuple[str, ...]
    reason: Reason
    rest: str | None = field(default=None, repr=False)  # the detail, once this candidate is chosen

    def to_dict(self) -> dict[str, Any]:
        """The candidate as plain data."""
        province, city, district = place_names(self.code)
        return {"code": self.code, "province": province, "city": city, "district": district, "reason": self.reason}


@dataclass(frozen=True, slots=True, repr=False)
class Recognition:
    """The parts of one pasted text. Nothing here is settled: only a confirmed `code` decides money.

    `code` is the narrowest region that is certain; `candidates` are what a person may choose from where it is open.
    `repr` and `str` are masked; the fields themselves and `to_dict` are not.

    >>> from settlement.consignee import recognise
    >>> recognise("张三 13800138000 广东省深圳市南山区科技路1号")
    <Recognition 张** 138****8000 440305 广东省 深圳市 南山区 ***>
    """

    name: str | None = None
    phone: str | None = None
    extension: str | None = None
    postcode: str | None = None
    code: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    detail: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    leftover: tuple[str, ...] = ()

    def choose(self, code: str) -> Recognition:
        """The recognition with the region that a person confirmed: a candidate, or any code of the catalogue.

        Raises `UnknownRegion` for a code that the catalogue does not have.

        >>> from settlement.consignee import recognise
        >>> open_ = recognise("朝阳区建国路1号")
        >>> open_.code, [each.code for each in open_.candidates], open_.choose("110105").code
        (None, ['110105', '220104'], '110105')
        """
        unit = catalogue().get(code)
        province, city, district = place_names(unit.code)
        rest = next(
            (each.rest for each in self.candidates if each.code == unit.code and each.rest is not None), self.detail
        )
        kept = {level: each for level, each in self.evidence.items() if each.code is not None}
        return replace(
            self,
            code=unit.code,
            province=province,
            city=city,
            district=district,
            detail=rest,
            evidence=kept,
            candidates=(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data, unmasked; None where nothing is known."""
        return {
            "name": self.name,
            "phone": self.phone,
            "extension": self.extension,
            "postcode": self.postcode,
            "code": self.code,
            "province": self.province,
            "city": self.city,
            "district": self.district,
            "detail": self.detail,
            "evidence": {level: each.to_dict() for level, each in self.evidence.items()},
            "candidates": [each.to_dict() for each in self.candidates],
            "leftover": list(self.leftover),
        }

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    def __repr__(self) -> str:
        said = [
            mask_name(self.name) if self.name else None,
            mask_phone(self.phone, self.extension) if self.phone else None,
            self.code,
            self.province,
            self.city if self.city != self.province else None,
            self.district,
            "***" if self.detail else None,
            f"({len(self.candidates)} candidates)" if self.candidates else None,
        ]
        return f"<Recognition {' '.join(each for each in said if each) or 'nothing'}>"


_MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})


@lru_cache(maxsize=4096)
def place_names(code: str) -> tuple[str | None, str | None, str | None]:
    """Province, city and district of a code: a municipality is its own city, a directly governed county has none.

    >>> place_names("110105"), place_names("429004"), place_names("441900")
    (('北京市', '北京市', '朝阳区'), ('湖北省', None, '仙桃市'), ('广东省', '东莞市', None))
    """
    book = catalogue()
    unit = book.get(code)
    names = book.path_names(unit)
    if unit.level == "province":
        return names[0], (names[0] if unit.code in _MUNICIPALITIES else None), None
    if unit.level == "prefecture":
        return names[0], names[1], None
    if len(names) == 3:
        return names[0], names[1], names[2]
    return names[0], (names[0] if unit.parent in _MUNICIPALITIES else None), names[1]
