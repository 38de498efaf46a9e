"""What the linter finds in delivery methods."""

from __future__ import annotations

import pytest

from settlement import Rulebook, check

ZONE = {"regions": ["CN/mainland"], "first": 1, "first_fee": "8.00 CNY"}
TEMPLATES = [{"id": name, "measure": "quantity", "zones": [ZONE]} for name in ("t", "fast")]


def found(*methods, **more):
    """The findings that are of delivery, as place and code."""
    book = {"id": "r", "currency": "CNY", "freight_templates": TEMPLATES, "delivery_methods": list(methods), **more}
    return [(each.place, each.code) for each in check(Rulebook.model_validate(book)) if "delivery" in each.code]


@pytest.mark.parametrize(
    ("methods", "wanted"),
    [
        ([], []),
        ([{"id": "m"}], []),
        ([{"id": "m", "templates": [{"template": "t", "by": "fast"}]}], []),
        (
            [{"id": "m"}, {"id": "n", "templates": [{"template": "T"}]}],
            [("delivery_methods[1].templates[0].template", "delivery.no_template")],
        ),
        ([{"id": "m", "templates": [{"template": "t"}]}], [("freight_templates[1]", "delivery.no_method")]),
        ([{"id": "m", "pickup": True}], [("delivery_methods", "delivery.only_pickup")]),
    ],
)
def test_what_no_line_can_go_by_is_found(methods, wanted):
    """A template that is not there, one that no method sends, and shops where everything is collected."""
    assert found(*methods) == wanted


def test_a_method_of_shops_that_no_rule_knows_is_found():
    """Only where the rules know shops: without, nobody can tell."""
    method, least = {"id": "m", "shops": ["teahouse"]}, {"shop": "tea-house", "amount": "10.00 CNY"}
    assert found(method) == []
    assert found(method, minimum_orders=[least]) == [("delivery_methods[0].shops", "delivery.no_shop")]


@pytest.mark.parametrize(
    ("more", "hit"),
    [
        ({"regions": ["810000"]}, True),
        ({"regions": ["810000", "440305"]}, False),
        ({"regions": ["CN"]}, False),
        ({"regions": ["810000"], "pickup": True}, False),
        ({"regions": ["810000"], "templates": [{"template": "t", "zones": [ZONE | {"regions": ["810000"]}]}]}, False),
        ({"regions": ["US"], "templates": [{"template": "t", "by": "fast"}]}, True),
        ({"regions": ["US"], "templates": [{"template": "t", "by": "far"}]}, False),
        ({"regions": ["US"]}, False),  # far goes there
    ],
)
def test_a_method_whose_regions_meet_no_zone_is_found(more, hit):
    """None of the zones that would price what it sends: its own, those of another template, or the template's."""
    far = {"id": "far", "measure": "quantity", "zones": [ZONE | {"regions": ["US/CA"]}]}
    templates = [*TEMPLATES, *([far] if "US" in more["regions"] else [])]
    wanted = [("delivery_methods[1].regions", "delivery.no_zone")] if hit else []
    assert found({"id": "all"}, {"id": "m"} | more, freight_templates=templates) == wanted
