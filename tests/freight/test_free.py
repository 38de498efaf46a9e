"""Free shipping by region: what an entry excludes, and the nearest of the entries that name regions."""

from __future__ import annotations

import random

import pytest

from random_requests import FreeMaker
from samples import a_checkout, a_line, a_rulebook, a_template, result
from settlement import Checkout, FreightTemplate, InvalidDocument, Rulebook, check_freight, settle
from settlement.consignee import Catalogue
from settlement.explanations import explain_parcel
from settlement.rulebook.request import Request

MAINLAND = {"regions": ["CN/mainland"], "first": 1, "first_fee": "8.00 CNY"}
FAR = {"regions": ["650000", "540000"], "first": 1, "first_fee": "20.00 CNY"}
WIDE = {"regions": ["CN/mainland"], "min_amount": "99.00 CNY"}
NARROW = {"regions": ["650000"], "min_amount": "299.00 CNY"}


def freight(region, price, *free, **template):
    """The freight of one article of this price."""
    shop = a_template(zones=[MAINLAND, FAR], free=list(free), **template)
    line = a_line("a", price, freight_template="t1")
    checkout = a_checkout(line, address={"region": region})
    return result(checkout, a_rulebook(freight_templates=[shop]))["totals"]["freight"]


@pytest.mark.parametrize(
    ("region", "fee"),
    [("440305", "0.00 CNY"), ("650100", "20.00 CNY"), ("650000", "20.00 CNY"), ("540102", "0.00 CNY")],
)
def test_an_entry_does_not_hold_where_it_excludes(region, fee):
    """满99包邮，偏远除外: not in the region, nor in any below it; everywhere else as ever."""
    assert freight(region, "99.00", WIDE | {"exclude_regions": ["650000"]}) == fee
    assert freight(region, "99.00", {"min_amount": "99.00 CNY", "exclude_regions": ["650000"]}) == fee


@pytest.mark.parametrize("nearest", [True, False])
@pytest.mark.parametrize("price", ["98.99", "99.00", "298.99", "299.00"])
def test_the_narrower_entry_overrules_the_wider_one(price, nearest):
    """满99包邮，新疆满299包邮: by the nearest in 新疆 from 299.00 only; without it any entry will do."""
    minor = int(price.replace(".", ""))
    assert freight("440305", price, WIDE, NARROW, nearest_free=nearest) == ("0.00 CNY" if minor >= 9900 else "8.00 CNY")
    least = 29900 if nearest else 9900
    assert freight("650100", price, WIDE, NARROW, nearest_free=nearest) == (
        "0.00 CNY" if minor >= least else "20.00 CNY"
    )


def test_whatever_a_nearer_entry_speaks_of_it_overrules():
    """By pieces there, by amount here; entries of one depth stand side by side; one without regions stays."""
    pieces = {"regions": ["650000"], "min_quantity": 3}
    assert freight("650100", "500.00", WIDE, pieces, nearest_free=True) == "20.00 CNY"
    assert freight("650100", "500.00", WIDE, pieces, NARROW, nearest_free=True) == "0.00 CNY"
    assert freight("650100", "500.00", {"min_amount": "99.00 CNY"}, pieces, nearest_free=True) == "0.00 CNY"
    beside = NARROW | {"exclude_regions": ["650100"]}  # an entry that excludes the address is no rule for it
    assert freight("650102", "99.00", WIDE, beside, nearest_free=True) == "0.00 CNY"


@pytest.mark.parametrize("chunk", range(4))
def test_the_nearest_and_exceptions_never_free_more(chunk):
    """On random carts: each of both takes free shipping away from some, and gives it to nobody."""
    fewer = 0
    for seed in range(chunk * 60, chunk * 60 + 60):
        request = FreeMaker(random.Random(seed)).request()
        checkout = Checkout.model_validate(request["checkout"] | {"choice": {"coupons": "none"}})
        paid = {}
        for strict in (True, False):
            book = request["rulebook"]
            if not strict:
                templates = [
                    template
                    | {"nearest_free": False}
                    | {"free": [{k: v for k, v in each.items() if k != "exclude_regions"} for each in template["free"]]}
                    for template in book.get("freight_templates", ())
                ]
                templates = [template | {"free": [each for each in template["free"] if each]} for template in templates]
                book = book | {"freight_templates": templates}
            paid[strict] = settle(checkout, Rulebook.model_validate(book))
        free = {strict: {each[:3] for each in paid[strict].parcels if each.free} for strict in paid}
        assert free[True] <= free[False], f"seed {seed}"
        fewer += free[True] != free[False]
    assert fewer


def test_why_an_entry_does_not_hold_is_told():
    """explain_parcel names the exception, or the nearer region, in both languages."""

    def told(region, *free, locale="en", **template):
        shop = a_template(zones=[MAINLAND, FAR], free=list(free), **template)
        checkout = a_checkout(a_line("a", "99.00", freight_template="t1"), address={"region": region})
        request = Request.model_validate({"checkout": checkout, "rulebook": a_rulebook(freight_templates=[shop])})
        return explain_parcel(request.checkout, request.rulebook).text(locale)

    assert "✗ exclude_regions 650000: 650100" in told("650100", WIDE | {"exclude_regions": ["650000"]})
    assert "✓ exclude_regions 650000: 440305" in told("440305", WIDE | {"exclude_regions": ["650000"]})
    assert "✗ nearest_free CN/mainland: 650000" in told("650100", WIDE, NARROW, nearest_free=True)
    assert "✗ nearest_free CN/mainland：650000" in told("650100", WIDE, NARROW, nearest_free=True, locale="zh_CN")


def test_a_region_stands_once_and_at_least_one_does():
    """As everywhere: `[]` would restrict nothing, and two spellings of one region are one."""
    for regions, code in (([], "list.empty"), (["650000", "650000000"], "region.duplicate")):
        with pytest.raises(InvalidDocument) as caught:
            FreightTemplate.model_validate(a_template(free=[{"exclude_regions": regions}]))
        assert [each.code for each in caught.value.problems] == [code]


@pytest.mark.parametrize(
    ("free", "options", "codes"),
    [
        ([WIDE], {}, ("650000", "540000")),
        ([{"min_amount": "99.00 CNY"}], {}, ("650000", "540000")),
        ([WIDE | {"exclude_regions": ["650000"]}], {}, ("540000",)),
        ([WIDE | {"exclude_regions": ["650000", "540000"]}], {}, None),
        ([WIDE, NARROW], {}, ("650000", "540000")),
        ([WIDE, NARROW, NARROW | {"regions": ["540000"]}], {"nearest_free": True}, None),
        ([{"regions": ["650000", "540000"], "min_amount": "299.00 CNY"}], {}, None),
        ([{"regions": ["440000"]}], {}, None),
    ],
)
def test_an_entry_in_a_dearer_zone_is_found(free, options, codes):
    """满99包邮 without 偏远除外 where remote regions have a zone of their own: the regions, and what they would pay."""
    template = FreightTemplate.model_validate(a_template(zones=[MAINLAND, FAR], free=free, **options))
    found = [each for each in check_freight(template, Catalogue.bundled()) if each.code == "free.in_dearer_zone"]
    assert [each.facts["codes"] for each in found] == ([] if codes is None else [codes])
    for each in found:
        assert (each.place, each.facts["fee"]) == ("free[0]", "20.00 CNY")
        assert "exclude_regions" in each.texts("en")[1]
        assert "包邮" in each.texts("zh_CN")[0]


def test_a_cheaper_zone_inside_is_nothing_to_find():
    """Free shipping where it costs less anyway takes nothing that the shop counted on."""
    near = {"regions": ["440000"], "first": 1, "first_fee": "5.00 CNY"}
    template = FreightTemplate.model_validate(a_template(zones=[MAINLAND, near], free=[WIDE]))
    assert "free.in_dearer_zone" not in {each.code for each in check_freight(template)}


def test_successors_of_retired_regions_are_excluded_too():
    """A catalogue writes them behind each retired code, in exceptions as in regions."""
    template = a_template(zones=[MAINLAND], free=[WIDE | {"exclude_regions": ["330104"]}])
    now = Rulebook.model_validate(a_rulebook(freight_templates=[template])).with_catalogue(Catalogue.bundled())
    assert now.freight_templates[0].free[0].exclude_regions == ("330104", "330102", "330114")
