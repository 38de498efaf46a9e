"""Postcodes in regions: what lies in what, which rule is the narrowest, and what is never taken for a name."""

from __future__ import annotations

import json
import random
import unicodedata
from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import a_checkout, a_line, a_rulebook, a_template, problems, result
from settlement import Address, FreightTemplate, Rulebook, Zone, check_freight
from settlement.consignee import region_of
from settlement.documents import postcode
from settlement.documents.postcode import form_of
from settlement.documents.region import RegionTable, contains, depth, meet, path, same_places
from settlement.freight.warehouses import Warehouse

INSIDE = [
    ("GB/KA27", "GB/KA27 8SQ"),
    ("GB/KA27", "GB/ka278sq"),
    ("GB/KA2*", "GB/KA27 8SQ"),
    ("GB/KA2*", "GB/KA2 1AA"),
    ("GB/KA*", "GB/KA27"),
    ("GB/KA27 8*", "GB/KA27 8SQ"),
    ("GB/BT*", "GB/BT/BT12/4AB"),
    ("GB/BT12", "GB/BT/BT12/4AB"),
    ("GB/BT12 4AB", "GB/BT/BT12/4AB"),
    ("GB/BT", "GB/BT/BT12/4AB"),
    ("GB/BT1 2*", "GB/BT1 2AB"),
    ("US/94103", "US/94103-1234"),
    ("US/94103", "US/CA/94103"),
    ("US/CA/94103", "US/CA/San Francisco/94103-1234"),
    ("US/941*", "US/CA/94103"),
    ("US/90210...99000", "US/90210"),
    ("US/90210...99000", "US/CA/99000-9999"),
    ("US/94103-0000...94103-4999", "US/941034999"),
    ("US/90210...99000", "US/94103/Market Street"),
    ("US/9*", "US/94103...94110"),
    ("US/9*", "US/94103-0000...94110-9999"),
    ("US", "US/9*"),
    ("JP/900-0000...907-9999", "JP/沖縄県/9060001"),
    ("JP/900...907", "JP/906-0001"),
    ("NL/1234", "NL/1234ab"),
    ("CA/K1A", "CA/ON/k1a 0b1"),
    ("IE/D02", "IE/D02 X285"),
    ("BR/01310", "BR/01310100"),
    ("TW/100...116", "TW/10048"),
    ("710000", "TW/100...116"),
    ("PL/00-9*", "PL/00950"),
    ("XX/12*", "XX/1234"),
    ("XX/1200...1300", "XX/1234"),
    ("FR/Île-de-France", unicodedata.normalize("NFD", "FR/Île-de-France/75001")),
]
OUTSIDE = [
    ("GB/KA2", "GB/KA27 8SQ"),
    ("GB/KA2", "GB/KA27"),
    ("GB/BT12*", "GB/BT1 2AB"),
    ("GB/KA27 8*", "GB/KA27"),
    ("GB/KA27 8SQ", "GB/KA27"),
    ("GB/EC10...EC40", "GB/EC1A"),
    ("US/CA/94103", "US/94103"),
    ("US/90210...99000", "US/90209"),
    ("US/90210...99000", "US/99001"),
    ("US/90210...99000", "US/CA"),
    ("US/90210...99000", "MX/94103"),
    ("US/94103-0000...94103-4999", "US/94103"),
    ("US/94103-0000...94103-4999", "US/94103-5000"),
    ("US/94103...94110", "US/9*"),
    ("XX/12*", "XX/Somewhere/12 34"),
    ("FR/île-de-France", "FR/Île-de-France"),
]


@pytest.mark.parametrize(("wider", "narrower"), INSIDE)
def test_a_postcode_lies_in(wider, narrower):
    """Areas, prefixes and ranges hold whatever state stands before the code, in any spelling of it."""
    assert contains(wider, narrower)


@pytest.mark.parametrize(("wider", "narrower"), OUTSIDE)
def test_a_postcode_does_not_lie_in(wider, narrower):
    """Nor in what only begins alike, nor the other way round."""
    assert not contains(wider, narrower)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GB/ka278sq", "GB/KA27 8SQ"),
        ("GB/bt*", "GB/BT *"),
        ("JP/9000001", "JP/900-0001"),
        ("US/941031234", "US/94103-1234"),
        ("US/90210... 99000", "US/90210...99000"),
        ("VN/Ba Đình", unicodedata.normalize("NFD", "VN/Ba Đình")),
    ],
)
def test_spellings_of_one_region_are_one(one, other):
    """In the digest; printed as written; named twice they are an error."""
    books = [
        Rulebook.model_validate_json(json.dumps(a_rulebook(freight_templates=[a_template(zones=[zone("9.00", each)])])))
        for each in (one, other)
    ]
    assert books[0].digest == books[1].digest
    assert books[0].freight_templates[0].zones[0].regions == (one,)
    assert problems(lambda: Zone.model_validate(zone("9.00", one, other))) == [("regions[1]", "region.duplicate")]


def test_plain_regions_keep_the_path_that_they_had():
    """Without lower case and needless blanks the canonical spelling is the spelling, whatever it names."""
    for region in ("US/CA/94103", "GB/BT/BT12/4AB", "GB/Greater London/SW1A 1AA", "US/9/4/1/0/3", "JP/47", "TW/100"):
        assert path(region)[-1] == region
        assert path(region)[-2:-1] == path(region.rpartition("/")[0])[-1:]


REFUSED = {
    "US/90210-99000": ("region.range", "US/90210...99000"),
    "US/90210..99000": ("region.range", "US/90210...99000"),
    "US/90210…99000": ("region.range", "US/90210...99000"),
    "US/90210 – 99000": ("region.range", "US/90210...99000"),
    "US/90210 to 99000": ("region.range", "US/90210...99000"),
    "US/99000...90210": ("region.range", "US/90210...99000"),
    "US/CA/90210...99000": ("region.range", "US/90210...99000"),
    "XX/12345-13000": ("region.range", "XX/12345...13000"),
    "US/941xx": ("region.prefix", "US/941*"),
    "US/941__": ("region.prefix", "US/941*"),
    "US/941**": ("region.prefix", "US/941*"),
    "US/9????": ("region.prefix", "US/9*"),
    "US/9*3": ("region.prefix", "US/9*"),
    "US/CA/941*": ("region.prefix", "US/941*"),
    "US/CA/*": ("region.prefix", "US/CA"),
    "DE/80###": ("region.prefix", "DE/80*"),
    "GB/BT%": ("region.prefix", "GB/BT*"),
    "GB/BTxx": ("region.prefix", "GB/BT*"),
    "US/9021...99000": ("region.postcodes", "US/10000...19999"),
    "US/94103...94103": ("region.postcodes", "US/10000...19999"),
    "US/90210...GB/BT1": ("region.postcodes", "US/10000...19999"),
    "US/94103-99": ("region.postcodes", "US/10000...19999"),
    "US/CA*": ("region.postcodes", "US/10000...19999"),
    "GB/IV1...IV63": ("region.postcodes", "GB/A10...A19"),
    "US/94103,94110": ("region.list", 'US/94103", "US/94110'),
    "gb/KA27": ("region.country", "GB/KA27"),
    "440*": ("region.codes", "440000"),
    "440305...440309": ("region.codes", "440000"),
    "FR/a<b": ("region.notation", None),
    "FR/ Paris": ("region.notation", None),
    "FR/Par\u200bis": ("region.notation", None),
    "FR//Paris": ("region.notation", None),
    "FR/" + "a" * 65: ("region.notation", None),
    "FR/" + "a" * 100_000: ("region.notation", None),
    "FR/1/2/3/4/5/6/7": ("region.notation", None),
    "FR/a*": ("region.postcodes", "FR/10000...19999"),
    "*/FR": ("region.notation", None),
}


@pytest.mark.parametrize(("region", "expected"), REFUSED.items())
def test_what_looks_like_a_range_and_is_none_is_refused_with_the_right_spelling(region, expected):
    """At its place, with a stable code; the spelling that it names is accepted, where it is one."""
    with pytest.raises(ValueError, match="problem") as caught:
        Zone.model_validate(zone("9.00", region))
    [found] = caught.value.problems
    assert (found.place, found.code, found.facts.get("right")) == ("regions[0]", *expected)
    for text in (str(caught.value), found.text("zh_CN"), found.text("zh_TW")):
        assert (expected[1] or "CN/mainland") in text
    if expected[1] is not None:
        assert path(expected[1].partition('"')[0])


@pytest.mark.parametrize(
    "region",
    ["FR/Île-de-France", "JP/沖縄県", "VN/Ba Đình", "US/St. John's", "MX/Nuevo León/64000", "DE/Baden-Württemberg"],
)
def test_names_are_what_people_write(region):
    """They are regions, for an address too."""
    assert Address(region=region).region == region


def test_a_letter_of_another_script_makes_no_postcode():
    """A dotless i is no I, whose capital it has."""
    assert path("GB/ı1")[-1] == "GB/ı1"
    assert not contains("GB/I1", "GB/ı1")


def test_several_postcodes_are_for_rules():
    """An address and a warehouse lie in one place."""
    for region in ("US/941*", "US/90210...99000"):
        assert problems(lambda region=region: Address(region=region)) == [("region", "region.several")]
        assert problems(lambda region=region: Warehouse(id="w", region=region)) == [("region", "region.several")]


# ------------------------------------------------------------------ the narrowest


def naive(rules, address):
    """The deciding rule among US rules for a ZIP, by counting the codes of each."""
    code = address.rpartition("/")[2]
    found = []
    for rule in rules:
        own = rule.rpartition("/")[2]
        if own.endswith("*"):
            digits = 6 - len(own)
            codes = range(int(own[:-1]) * 10**digits, (int(own[:-1]) + 1) * 10**digits)
            exact = 0
        elif "..." in own:
            first, last = own.split("...")
            codes, exact = range(int(first), int(last) + 1), 0
        elif own.isdigit():
            codes, exact = range(int(own), int(own) + 1), 1
        else:
            if f"{address}/".startswith(f"{rule}/"):
                found.append((1, 0, 0, rule.count("/"), 0, rule))
            continue
        if int(code) in codes and (not exact or f"{address}/".startswith(rule.rpartition("/")[0] + "/")):
            found.append((2, -len(codes), exact, rule.count("/") * exact, -int(codes[0]), rule))
    best = max(found, key=lambda each: each[:5], default=None)
    ties = [] if best is None else [each[5] for each in found if each[:5] == best[:5]]
    return min(ties, default=None)


def test_the_narrowest_rule_decides_as_by_counting_codes():
    """300 random lists of ranges, prefixes, codes and states; the order in which they stand means nothing."""
    rng = random.Random(4)
    for _ in range(300):
        rules = {"US": 0}
        for _ in range(rng.randint(1, 9)):
            low = rng.randint(94_000, 94_120)
            high = low + rng.choice([1, 9, 9, 99, 5000])
            kinds = [f"US/{low}...{high}", f"US/{str(low)[: rng.randint(1, 5)]}*", f"US/{low}", f"US/CA/{low}", "US/CA"]
            rule = rng.choice(kinds)
            if same_places(rule) not in map(same_places, rules):
                rules[rule] = len(rules)
        shuffled = rng.sample(sorted(rules), len(rules))
        tables = [RegionTable([(each, rules[each]) for each in order]) for order in (rules, shuffled)]
        for _ in range(12):
            address = rng.choice(["US/{}", "US/CA/{}", "US/NY/{}"]).format(rng.randint(93_990, 94_130))
            expected = naive(rules, address)
            assert [table.nearest(address) for table in tables] == [(expected, rules[expected])] * 2
            held = [rule for rule, _ in tables[0].matches(address)]
            assert held[0] == expected
            assert set(held) == {rule for rule in rules if contains(rule, address)}
            assert held == sorted(held, key=depth, reverse=True)


def test_a_lookup_is_a_bisection(monkeypatch):
    """5 000 ranges inside each other: no more than two bisections for an address, and none written out."""
    calls = []
    monkeypatch.setattr(postcode, "bisect_right", lambda row, at: calls.append(len(row)) or bisect_right(row, at))
    table = RegionTable([(f"US/{10_000 + each}...{90_000 - each}", each) for each in range(5_000)])
    assert table.nearest("US/10500") == ("US/10500...89500", 500)
    assert table.nearest("US/CA/89999-1234") == ("US/10001...89999", 1)
    assert len(calls) <= 4
    assert max(calls) <= 10_001


codes = st.from_regex(r"[A-Z]{1,2}[0-9]{1,2}", fullmatch=True)


@given(codes, codes, st.integers(1, 3))
def test_prefixes_hold_what_begins_so(one, other, length):
    """An outward code lies in a prefix if and only if it begins with it, and a prefix in one that it begins with."""
    assert contains(f"GB/{one[:length]}*", f"GB/{other}") == other.startswith(one[:length])
    assert contains(f"GB/{one[:length]}*", f"GB/{other}*") == other.startswith(one[:length])
    assert meet(f"GB/{one}*", f"GB/{other}*") == (one.startswith(other) or other.startswith(one))


@given(st.sampled_from("US GB CA JP NL BR IE TW PL DE FR AU KR IN PT".split()), st.data())
def test_every_form_reads_what_it_writes(country, data):
    """A code, its area and its text are found again from lower case and without what is written between."""
    form = form_of(country)
    shape = data.draw(st.sampled_from(form.areas)) + data.draw(st.sampled_from(("", *form.rests)))
    signs = {"9": "0123456789", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "X": "0123456789ABCDEF"}
    text = "".join(data.draw(st.sampled_from(signs[sign])) for sign in shape if sign in signs)
    code = form.code(text)
    assert code is not None
    assert form.code(code.text.lower().replace(" ", "")) == code
    assert contains(f"{country}/{code.area}", f"{country}/{code.text}")
    assert path(f"{country}/{text.lower()}") == path(f"{country}/{code.text}")


# ------------------------------------------------------------------ rules


def zone(fee, *regions, **more):
    """A flat zone."""
    return {"regions": list(regions), "first": 1, "first_fee": f"{fee} CNY"} | more


def fee(region, *zones, **template):
    """Freight and surcharge of one article, and the zone that decided; the reason where it is not shipped."""
    line = a_line("a", "99.00", freight_template="t1")
    shop = a_template(zones=list(zones), **template)
    found = result(a_checkout(line, address={"region": region}), a_rulebook(freight_templates=[shop]))
    if found["excluded"]:
        return found["excluded"][0]["reason"]
    [parcel] = found["parcels"]
    return parcel["zone"], parcel["fee"], parcel["surcharge"]


def test_what_a_zone_excludes_falls_to_the_next_nearest():
    """And to nobody where there is none; a narrower rule inside the exception decides as ever."""
    wide, west = zone("5.00", "US"), zone("9.00", "US/9*", exclude_regions=["US/941*"])
    assert fee("US/90210", wide, west) == ("US/9*", "9.00 CNY", "0.00 CNY")
    assert fee("US/CA/94103", wide, west) == ("US", "5.00 CNY", "0.00 CNY")
    assert fee("US/CA/94103", west) == "undeliverable"
    assert fee("US/CA/94103", west, zone("1.00", "US/94103")) == ("US/94103", "1.00 CNY", "0.00 CNY")


def test_undeliverable_decides_at_equal_depth():
    """Of equally many codes nothing is shipped; of fewer the narrower decides."""
    wide = zone("5.00", "US")
    assert fee("US/94103", wide, zone("9.00", "US/941*"), undeliverable=["US/94100...94199"]) == "undeliverable"
    assert fee("US/94103", wide, zone("9.00", "US/941*"), undeliverable=["US/9*"])[0] == "US/941*"
    assert fee("US/CA/94103", zone("9.00", "US/CA"), undeliverable=["US/9*"]) == "undeliverable"


def test_surcharges_and_free_entries_know_postcodes_and_exceptions():
    """A surcharge that excludes the address leaves it to the next of its label; the nearest free entry overrules."""
    wide = zone("5.00", "GB")
    rows = [
        {"regions": ["GB"], "fee": "1.00 CNY", "per": "parcel"},
        {"regions": ["GB/BT*"], "fee": "7.00 CNY", "per": "parcel", "exclude_regions": ["GB/BT1"]},
    ]
    assert fee("GB/BT12 4AB", wide, surcharges=rows)[2] == "7.00 CNY"
    assert fee("GB/BT1 4AB", wide, surcharges=rows)[2] == "1.00 CNY"
    free = [{"regions": ["GB"], "min_amount": "50.00 CNY"}, {"regions": ["GB/BT*"], "min_amount": "100.00 CNY"}]
    assert fee("GB/KA1 1AA", wide, free=free, nearest_free=True)[1] == "0.00 CNY"
    assert fee("GB/BT/BT12/4AB", wide, free=free, nearest_free=True)[1] == "5.00 CNY"


def test_an_exception_enters_the_digest_where_it_is_used():
    """Null is as if unsaid."""
    surcharge = {"regions": ["US"], "fee": "1.00 CNY", "per": "parcel"}
    made = [
        Rulebook.model_validate_json(json.dumps(a_rulebook(freight_templates=[shop]))).digest
        for shop in (
            a_template(zones=[zone("5.00", "US")], surcharges=[surcharge]),
            a_template(
                zones=[zone("5.00", "US", exclude_regions=None)], surcharges=[surcharge | {"exclude_regions": None}]
            ),
            a_template(zones=[zone("5.00", "US", exclude_regions=["US/AK"])], surcharges=[surcharge]),
            a_template(zones=[zone("5.00", "US")], surcharges=[surcharge | {"exclude_regions": ["US/AK"]}]),
        )
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 3


@pytest.mark.parametrize(
    ("country", "code", "state", "region"),
    [
        ("gb", " ka27 8sq ", None, "GB/KA27 8SQ"),
        ("US", "94103-1234", "CA", "US/CA/94103-1234"),
        ("JP", "〒９００－０００１", "沖縄県", "JP/沖縄県/900-0001"),
        ("DE", "DE-80331", None, "DE/80331"),
        ("XX", "AB 1", None, "XX/AB 1"),
    ],
)
def test_a_form_gives_a_region(country, code, state, region):
    """As its country writes it."""
    assert region_of(country, code, state) == region
    assert Address(region=region).region == region


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("US", "9410"), '"9410" is no postcode of US, such as 10000 or 19999'),
        (("CN", "518000"), "of China a region is a code"),
        (("USA", "94103"), "a country is two letters"),
        (("XX", "941*"), "is no region"),
    ],
)
def test_what_is_no_postcode_is_said_in_words(arguments, text):
    """Of the country that was named."""
    with pytest.raises(ValueError, match=r"region|postcode") as caught:
        region_of(*arguments)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"zones": [zone("5.00", "US", exclude_regions=["US/AK"])]},
            ("zones[0].exclude_regions[0]", "exclude.to_nowhere"),
        ),
        (
            {"zones": [zone("5.00", "US"), zone("9.00", "US/9*", exclude_regions=["US/1*"])]},
            ("zones[1].exclude_regions[0]", "exclude.outside"),
        ),
        ({"zones": [zone("5.00", "US", exclude_regions=["US/AK"])], "undeliverable": ["US/AK"]}, None),
        ({"zones": [zone("5.00", "US"), zone("9.00", "US/CA", exclude_regions=["US/941*"])]}, None),
        ({"zones": [zone("5.00", "US"), zone("9.00", "US/90*", exclude_regions=["US/90210...91000"])]}, None),
    ],
)
def test_exceptions_that_except_nothing_or_leave_a_hole_are_found(fields, expected):
    """A slip of the pen, and an address that nobody speaks of any more."""
    found = check_freight(FreightTemplate.model_validate(a_template(**fields)))
    rows = [(each.place, each.code) for each in found if each.code.startswith("exclude.")]
    assert rows == ([] if expected is None else [expected])


def test_a_place_without_postcodes_needs_none():
    """Hong Kong and the Emirates have none; a country that has some is asked for it."""
    assert (region_of("HK", ""), region_of("AE", " ", "Dubai")) == ("HK", "AE/Dubai")
    for country, text in (("GB", "no postcode of GB"), ("CN", "of China a region is a code")):
        with pytest.raises(ValueError, match=text):
            region_of(country, "")
