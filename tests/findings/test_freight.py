"""What the freight linter finds: each code where it belongs, and not where it doesn't."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import a_rulebook, a_template
from settlement import FreightTemplate, Rulebook
from settlement.consignee import CN_FAR_7, CN_HMT, Catalogue
from settlement.documents.region import path
from settlement.findings import check, check_freight, freight, freight_terms
from settlement.findings.findings_text import FINDINGS
from settlement.findings.tree import tree_of
from settlement.freight.fees import fee_of
from settlement.freight.tariff import Tariff

CATALOGUE = Catalogue.bundled()
TREE = tree_of(CATALOGUE)
#: The codes that this linter names; offers and warehouses have linters and tests of their own.
SOURCES = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (freight, freight_terms))
#: What is found in a template alone.
OURS = {code for code in FINDINGS if f'"{code}"' in SOURCES} - {"zone.share_by_each"}


def a_zone(*regions, fee="8.00", **fields):
    """A zone: `fee` for the first piece, 2.00 for each other; `additional=None` makes it flat."""
    zone = {"regions": list(regions), "first": 1, "first_fee": f"{fee} CNY"} | fields
    if zone.pop("additional", 1) is not None:
        zone |= {"additional": 1, "additional_fee": "2.00 CNY"}
    return zone


MAINLAND = a_zone("CN/mainland")
STEP = [{"up_to": 5, "fee": "9.00 CNY"}]
EVERYWHERE = {"zones": [MAINLAND], "undeliverable": list(CN_HMT)}


def found(catalogue=CATALOGUE, **fields):
    """Place and code of each finding."""
    template = FreightTemplate.model_validate(a_template(**fields))
    return [(each.place, each.code) for each in check_freight(template, catalogue)]


def test_a_template_that_says_everything_is_clean():
    """A default, far regions of their own, 港澳台 undeliverable on purpose: nothing to say."""
    assert found(zones=[MAINLAND, a_zone(*CN_FAR_7, fee="15.00")], undeliverable=list(CN_HMT)) == []
    assert found(zones=[a_zone("US/CA"), a_zone("JP", fee="9.00")]) == []


CASES = [
    ("zones", "zones.none", {"zones": []}),
    ("undeliverable[0]", "undeliverable.everywhere", {"zones": [a_zone("US")], "undeliverable": ["CN"]}),
    ("undeliverable[3]", "undeliverable.everywhere", {"zones": [MAINLAND], "undeliverable": [*CN_HMT, "CN/mainland"]}),
    ("zones[0].regions[1]", "region.unknown", {**EVERYWHERE, "zones": [a_zone("CN/mainland", "999999")]}),
    ("zones[0].regions[1]", "region.unknown", {**EVERYWHERE, "zones": [a_zone("CN/mainland", "XY")]}),
    ("zones[0].regions[1]", "region.unknown", {**EVERYWHERE, "zones": [a_zone("CN/mainland", "440399001")]}),
    ("zones[0].regions[1]", "region.retired", {**EVERYWHERE, "zones": [a_zone("CN/mainland", "330104")]}),
    ("undeliverable[3]", "region.retired", {**EVERYWHERE, "undeliverable": [*CN_HMT, "330104"]}),
    (
        "free[0].regions[0]",
        "region.retired",
        {**EVERYWHERE, "free": [{"regions": ["330104"], "min_quantity": 1}]},
    ),
    ("zones", "regions.no_rule", {"zones": [a_zone("440000")], "undeliverable": list(CN_HMT)}),
    ("zones", "regions.no_rule_hmt", {"zones": [MAINLAND]}),
    ("zones[0].regions[0]", "zone.cn_without_hmt", {"zones": [a_zone("CN")]}),
    (
        "zones[1].regions[0]",
        "rule.never_wins",
        {
            **EVERYWHERE,
            "zones": [
                MAINLAND,
                a_zone("460000", fee="9.00"),
                a_zone("460100", "460200", "460300", "460400", "469000", fee="7.00"),
            ],
        },
    ),
    (
        "surcharges[0].regions[0]",
        "rule.never_wins",
        {
            **EVERYWHERE,
            "surcharges": [
                {"regions": ["460000"], "fee": "1.00 CNY", "per": "parcel"},
                {"regions": ["460100", "460200", "460300", "460400", "469000"], "fee": "2.00 CNY", "per": "parcel"},
            ],
        },
    ),
    (
        "zones[1].regions[0]",
        "zone.undeliverable_wins",
        {"zones": [MAINLAND, a_zone("650000", fee="9.00")], "undeliverable": [*CN_HMT, "650000"]},
    ),
    ("zones[1]", "zones.identical", {**EVERYWHERE, "zones": [MAINLAND, a_zone("650000")]}),
    ("zones[1]", "zone.flat_beside_steps", {**EVERYWHERE, "zones": [MAINLAND, a_zone("650000", additional=None)]}),
    (
        "zones[0].steps[1]",
        "zone.fee_falls",
        {
            **EVERYWHERE,
            "zones": [a_zone("CN/mainland", steps=[{"up_to": 3, "fee": "12.00 CNY"}, {"up_to": 5, "fee": "9.00 CNY"}])],
        },
    ),
    (
        "surcharges[1]",
        "surcharge.twice",
        {
            **EVERYWHERE,
            "surcharges": [
                {"regions": ["540000"], "fee": "9.00 CNY", "per": "kg"},
                {"regions": ["CN/mainland"], "fee": "9.00 CNY", "per": "kg", "label": "heavy"},
                {"regions": ["650000"], "fee": "8.00 CNY", "per": "kg", "label": "far"},
            ],
        },
    ),
    (
        "zones[1].exclude_regions[0]",
        "exclude.outside",
        {"zones": [MAINLAND, a_zone("650000", fee="15.00", exclude_regions=["540000"])], "undeliverable": list(CN_HMT)},
    ),
    (
        "zones[0].exclude_regions[0]",
        "exclude.to_nowhere",
        {**EVERYWHERE, "zones": [a_zone("CN/mainland", exclude_regions=["650000"])]},
    ),
    ("zones[0].steps", "zone.no_end", {**EVERYWHERE, "zones": [a_zone("CN/mainland", steps=STEP, additional=None)]}),
    (
        "zones[0].ends",
        "zone.ends_below_box",
        {
            **EVERYWHERE,
            "measure": "weight_g",
            "max_weight_g": 10,
            "refuses_heavier": True,
            "zones": [a_zone("CN/mainland", steps=STEP, additional=None, ends=True)],
        },
    ),
    ("max_weight_g", "template.heavier_alone", {**EVERYWHERE, "max_weight_g": 30_000}),
    (
        "zones[0].regions[0]",
        "zone.only_at_times",
        {**EVERYWHERE, "zones": [a_zone("CN/mainland", when={"utc_offset": "+08:00", "weekdays": [1, 2, 3]})]},
    ),
    (
        "surcharges[0]",
        "surcharge.fuel_twice",
        {
            **EVERYWHERE,
            "zones": [a_zone("CN/mainland", fuel_percent="15")],
            "surcharges": [{"regions": ["CN/mainland"], "per": "freight", "percent": "15"}],
        },
    ),
    (
        "surcharges[0].highest_of",
        "surcharge.alone_in_group",
        {
            **EVERYWHERE,
            "surcharges": [{"regions": ["CN/mainland"], "fee": "9.00 CNY", "per": "kg", "highest_of": "markup"}],
        },
    ),
    (
        "surcharges[0].regions[0]",
        "surcharge.undeliverable",
        {**EVERYWHERE, "surcharges": [{"regions": ["810000"], "fee": "9.00 CNY", "per": "kg"}]},
    ),
    ("free[0].regions", "free.never_holds", {**EVERYWHERE, "free": [{"regions": ["810000", "US"], "min_quantity": 1}]}),
    ("free[0].max_units", "free.no_units", {**EVERYWHERE, "free": [{"max_units": 0}]}),
    (
        "free[0]",
        "free.leaves_surcharge",
        {
            **EVERYWHERE,
            "surcharges": [{"regions": ["650000"], "fee": "9.00 CNY", "per": "parcel"}],
            "free": [{"min_quantity": 1}],
        },
    ),
    (
        "free[0]",
        "free.in_dearer_zone",
        {
            **EVERYWHERE,
            "zones": [*EVERYWHERE["zones"], a_zone("650000", fee="30.00")],
            "free": [{"min_quantity": 1}],
        },
    ),
    ("free[0].min_amount", "free.cheaper_with_more", {**EVERYWHERE, "free": [{"min_amount": "99.00 CNY"}]}),
    ("free[0].min_quantity", "free.cheaper_with_more_pieces", {**EVERYWHERE, "free": [{"min_quantity": 3}]}),
]


#: What follows from the same mistake.
BESIDE = {
    ("undeliverable[3]", "undeliverable.everywhere"): [("zones[0].regions[0]", "zone.undeliverable_wins")],
}


@pytest.mark.parametrize(("place", "code", "fields"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_finding_and_nothing_else(place, code, fields):
    """Each trap, set alone into a clean template, gives its one finding at its place, with texts in both languages."""
    rows = found(**fields)
    assert (place, code) in rows
    assert [row for row in rows if row != (place, code)] == BESIDE.get((place, code), [])
    template = FreightTemplate.model_validate(a_template(**fields))
    (finding,) = [each for each in check_freight(template, CATALOGUE) if (each.place, each.code) == (place, code)]
    assert "{" not in str(finding)
    assert finding.texts("zh_CN") != finding.texts()


def test_every_code_has_a_case():
    """No finding of this linter is without a template that provokes it."""
    assert {code for _, code, _ in CASES} == OURS


def test_the_page_lists_every_code_with_its_severity():
    """docs/freight.md has one row for each finding on templates, warehouses, delivery and lines, and no other."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "freight.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| (error|warning|note) \|", page, re.MULTILINE)
    listed = OURS | {"warehouse.retired", "line.no_template", "zone.share_by_each"}
    listed |= {code for code in FINDINGS if code.startswith("delivery.")}
    assert dict(rows) == {code: text.severity for code, text in FINDINGS.items() if code in listed}
    assert len(rows) == len(listed)


def test_without_a_catalogue_nothing_is_said_of_regions_that_it_would_know():
    """Only what the template alone shows."""
    assert found(None, zones=[a_zone("440000", "999999", "330104")]) == []


@pytest.mark.parametrize(
    ("zones", "undeliverable", "codes"),
    [
        (["CN/mainland"], ["CN"], []),  # the mainland is narrower than China
        (["440000"], ["CN/mainland"], []),  # 广东 only, and says so
        (["CN/mainland", "440300"], ["440000"], []),
    ],
)
def test_undeliverable_with_narrower_zones_is_meant(zones, undeliverable, codes):
    """A country refused but for the regions named is a way to say "only there"."""
    rows = found(zones=[a_zone(*zones)], undeliverable=undeliverable)
    assert [code for _, code in rows if not code.startswith("regions.no_rule")] == codes


def test_a_whole_country_refused_piece_by_piece_is_noticed():
    """Every province listed as undeliverable is the country."""
    provinces = [unit.code for unit in CATALOGUE.units if unit.level == "province" and unit.in_use]
    rows = found(zones=[MAINLAND], undeliverable=provinces)
    assert ("undeliverable", "undeliverable.everywhere") in rows


def test_regions_without_a_rule_are_summed_up_at_the_highest_level():
    """One county of 深圳 named: its other counties, the other cities and provinces; each county once."""
    template = FreightTemplate.model_validate(a_template(zones=[a_zone("440305")]))
    rows = {each.code: each for each in check_freight(template, CATALOGUE)}
    codes = rows["regions.no_rule"].facts["codes"]
    assert {"110000", "440100", "440303"} <= set(codes)
    assert "440305" not in codes
    assert "440300" not in codes
    assert rows["regions.no_rule_hmt"].facts["codes"] == CN_HMT
    named = {*codes, *CN_HMT, "440305"}
    assert all(len(named.intersection(nodes)) == 1 for nodes in TREE.leaves)


def test_what_hangs_on_a_province_directly_is_named_unit_by_unit():
    """429000 is no unit: 仙桃 and the others of 湖北 are named themselves, with their names."""
    template = FreightTemplate.model_validate(a_template(zones=[a_zone("420100")], undeliverable=list(CN_HMT)))
    (finding,) = check_freight(template, CATALOGUE)
    codes = set(finding.facts["codes"])
    assert {"429004", "429005", "429006", "429021"} <= codes
    assert "429000" not in codes
    assert all(code in CATALOGUE for code in codes)


def test_retired_codes_are_mended_by_with_catalogue():
    """The finding names the successors; once they stand in the document it is gone."""
    template = a_template(**{**EVERYWHERE, "zones": [MAINLAND, a_zone("330104", fee="9.00")]})
    book = Rulebook.model_validate(a_rulebook(freight_templates=[template]))
    (finding,) = check(book, CATALOGUE)
    assert finding.place == "freight_templates[0].zones[1].regions[0]"
    assert finding.facts["codes"] == ("330102", "330114")
    assert check(book.with_catalogue(CATALOGUE), CATALOGUE) == ()


def test_the_amounts_of_the_threshold_are_right():
    """Under 99.00 with 8.00 of freight: 91.01 costs 99.01, a cent more than 99.00; 91.00 costs as much."""
    template = FreightTemplate.model_validate(a_template(**EVERYWHERE, free=[{"min_amount": "99.00 CNY"}]))
    (finding,) = check_freight(template, CATALOGUE)
    assert (finding.facts["least"], finding.facts["most"]) == ("91.01 CNY", "98.99 CNY")
    assert (finding.facts["fee"], finding.severity) == ("8.00 CNY", "note")


@given(
    st.lists(
        st.sampled_from(
            ["CN", "CN/mainland", "*", "460000", "460100", "460105", "650000", "659001", "810000", "441900"]
        ),
        unique=True,
        min_size=1,
    ),
    st.lists(st.sampled_from(["CN", "460000", "460105", "650000", "710000"]), unique=True),
)
def test_no_rule_and_never_wins_agree_with_every_county(zones, undeliverable):
    """Brute force over all counties: what has no rule is what the finding names, what never wins never does."""
    template = FreightTemplate.model_validate(a_template(zones=[a_zone(*zones)], undeliverable=undeliverable))
    tariff = Tariff(template)
    decided = {nodes[-1]: tariff.match(nodes[-1]).region for nodes in TREE.leaves}
    rows = check_freight(template, CATALOGUE)
    named = {code for each in rows if each.code.startswith("regions.no_rule") for code in each.facts["codes"]}
    without = {leaf for leaf, region in decided.items() if region is None}
    if without != set(decided):
        assert {nodes[-1] for nodes in TREE.leaves if named.intersection(nodes)} == without
    winners = {path(region)[-1] for region in decided.values() if region is not None}
    losers = {each.facts["region"].split()[0] for each in rows if each.code == "rule.never_wins"}
    assert not winners & losers
    assert {region for region in {*zones, *undeliverable} - winners - {"*"} if TREE.divided(region)} == losers


def test_the_threshold_is_told_where_the_entry_holds_and_the_first_step_is_dearest():
    """Not at the fee of a wider zone, nor of a region that is not shipped to."""
    near, far, never = a_zone("310000", fee="5.00"), a_zone("650000", fee="20.00"), a_zone("540000", fee="30.00")
    free = [{"regions": ["310000"], "min_amount": "99.00 CNY"}, {"min_amount": "99.00 CNY"}]
    fields = {"zones": [MAINLAND, near, far, never], "undeliverable": [*CN_HMT, "540000"], "free": free}
    rows = check_freight(FreightTemplate.model_validate(a_template(**fields)), CATALOGUE)
    told = [each.facts for each in rows if each.code == "free.cheaper_with_more"]
    assert [(facts["region"], facts["fee"]) for facts in told] == [("310000", "5.00 CNY"), ("650000", "20.00 CNY")]


def test_a_template_for_collection_needs_no_zone():
    """What is only collected is not shipped anywhere on purpose."""
    assert found(zones=[], pickup=True) == []


@given(
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=4),
    st.integers(0, 2),
)
def test_a_fee_that_falls_is_found_wherever_it_falls(first, steps, additional_fee):
    """Brute force over units: a step table is reported just where one more unit costs less."""
    reached, table = first, []
    for width, fee in steps:
        reached += width
        table.append({"up_to": reached, "fee": f"{fee}.00 CNY"})
    zone = a_zone("CN/mainland", fee="2.00", steps=table or None) | {
        "first": first,
        "additional_fee": f"{additional_fee}.00 CNY",
    }
    template = FreightTemplate.model_validate(a_template(zones=[zone], undeliverable=list(CN_HMT)))
    falls = [units for units in range(30) if fee_of(template.zones[0], units + 1) < fee_of(template.zones[0], units)]
    rows = [each for each in check_freight(template, CATALOGUE) if each.code == "zone.fee_falls"]
    assert [each.facts["units"] for each in rows] == falls


def test_findings_are_plain_data():
    """Place, code and facts go through JSON; a long list is cut short in the text only."""
    (finding, _) = check_freight(FreightTemplate.model_validate(a_template(zones=[a_zone("440305")])), CATALOGUE)
    assert json.loads(json.dumps(dict(finding.facts)))["codes"][0] == "110000"
    assert f"… ({len(finding.facts['codes'])})" in finding.message
    assert len(finding.message) < 400
