"""The consignee's address (contract §2.1)."""

from __future__ import annotations

import pytest

from samples import problems
from settlement import Address, InvalidDocument

WRONG = [
    ({}, "region", "field.missing"),
    ({"region": None}, "region", "region.type"),
    ({"region": 440305}, "region", "region.type"),
    ({"region": "Shenzhen"}, "region", "region.notation"),
    ({"region": "4403"}, "region", "region.notation"),
    ({"region": "440305", "name": 5}, "name", "text.type"),
    ({"region": "440305", "name": "x" * 1001}, "name", "limit.text"),
    ({"region": "440305", "phone": 13800138000}, "phone", "text.type"),
    ({"region": "440305", "detail": "x" * 4001}, "detail", "limit.text"),
    ({"region": "440305", "detail": "\udfff"}, "detail", "text.surrogate"),
    ({"region": "440305", "zip": "518000"}, "zip", "field.unknown"),
]


@pytest.mark.parametrize(("address", "place", "code"), WRONG)
def test_a_wrong_address_is_named(address, place, code):
    """Only the region is required; every field is validated and bounded."""
    assert problems(lambda: Address(**address)) == [(place, code)]


@pytest.mark.parametrize("region", ["440305", "440305001002", "CN", "CN/mainland", "US/CA/94103", "*"])
def test_a_region_is_kept_as_it_is_spelled(region):
    """The document does not respell what it was given."""
    assert Address(region=region).region == region


def test_a_name_where_a_code_belongs_is_told_where_codes_are_found():
    """In both languages: the command that looks a region up by its name."""
    with pytest.raises(InvalidDocument) as caught:
        Address(region="新疆")
    assert "`settlement region` finds the code of a name" in str(caught.value)
    assert "`settlement region` 可按名称查代码" in caught.value.text("zh_CN")
