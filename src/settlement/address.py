"""Where the goods go."""

from __future__ import annotations

from pydantic import Field

from settlement.documents import Document, Name, RegionCode, Text

__all__ = ["Address"]


class Address(Document):
    """A consignee's address; only `region` decides money, the rest is personal and carried outside the digest.

    >>> Address(region="440305", name="张三", phone="13800138000")
    Address(region='440305')
    """

    region: RegionCode
    name: Name | None = Field(None, repr=False)
    phone: Name | None = Field(None, repr=False)
    detail: Text | None = Field(None, repr=False)
