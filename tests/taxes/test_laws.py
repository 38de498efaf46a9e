"""Laws of tax, on random carts, and against a recomputation with fractions that shares no code with the library."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction

import pytest

from settlement import Settlement
from taxed_carts import random_case, settled
from thorough import examples

SEEDS = range(examples(120))
HOW = [{}, {"reimbursed": True}, {"with_tax": True}, {"bounded": True}, {"bounded": True, "with_tax": True}]


def case(seed, **how):
    """The checkout and the rulebook of a seed."""
    return random_case(random.Random(seed), **how)


@pytest.mark.parametrize("how", HOW, ids=str)
def test_rows_shops_and_lines_say_the_same(how):
    """Of each shop the rows, the lines and the column are one sum; JSON and back is equal; all of it is in payable."""
    for seed in SEEDS:
        made = settled(*case(seed, **how))
        for shop in made.shops:
            rows = sum(row.amount.minor for row in made.taxes if row.shop == shop.shop)
            assert rows == shop.tax.minor == sum(line.tax.minor for line in made.lines if line.shop == shop.shop)
        assert sum(row.amount.minor for row in made.taxes) == made.totals.tax.minor
        assert Settlement.from_json(made.to_json()) == made
        assert ("tax" in json.loads(made.to_json())["totals"]) == bool(made.taxes)


@pytest.mark.parametrize("how", HOW, ids=str)
def test_the_best_coupons_are_those_of_every_set(how):
    """Payable and the worth of points, over every set of the coupons held."""
    for seed in range(60):
        checkout, rulebook = case(seed, **how)
        ids = checkout["customer"]["coupons"]

        def cost(coupons, checkout=checkout, rulebook=rulebook):
            made = settled(checkout | {"choice": checkout["choice"] | {"coupons": coupons}}, rulebook)
            return made.payable.minor - made.totals.points.minor

        sets = [list(chosen) for size in range(len(ids) + 1) for chosen in itertools.combinations(ids, size)]
        assert cost("best") == min(map(cost, sets))


def half_up(value):
    """To the nearest whole number."""
    return (2 * value + 1) // 2


def spread(amount, weights):
    """Largest remainders; among equal ones the larger weight, then the first."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    exact = [Fraction(amount * weight, total) for weight in weights]
    made = [int(each) for each in exact]
    ranked = sorted(range(len(weights)), key=lambda at: (made[at] - exact[at], -weights[at], at))
    for at in ranked[: amount - sum(made)]:
        made[at] += 1
    return made


def naive(checkout, rulebook, made):
    """Each line's tax on goods and freight, for prices without tax, no points and no reimbursement."""
    lines = {line["id"]: line for line in checkout["cart"]["lines"]}
    found = dict.fromkeys(lines, 0)
    for table in rulebook["taxes"]:
        mine = sorted((line for line in made.lines if line.shop == table["shop"]), key=lambda line: line.id)
        if table["prices"] == "with" or not mine:
            continue
        goods = [(line.goods + line.promotions + line.coupons).minor for line in mine]
        freight = [(line.freight + line.surcharges + line.freight_offers).minor for line in mine]
        if table["freight"] == "goods":
            sent = [at for at, line in enumerate(mine) if "freight_template" in lines[line.id]]
            if any(goods[at] for at in sent):
                shares = spread(sum(freight), [goods[at] for at in sent])
                freight = [0] * len(mine)
                for at, share in zip(sent, shares, strict=True):
                    freight[at] = share
        if table["freight"] == "none":
            freight = [0] * len(mine)
        classes = [lines[line.id].get("tax_class", "standard") for line in mine]
        of_freight = ["standard"] * len(mine) if table["freight"] == "rate" else classes
        cells = [(at, "goods", classes[at], goods[at]) for at in range(len(mine))]
        cells += [(at, "freight", of_freight[at], freight[at]) for at in range(len(mine)) if freight[at]]
        before = [0] * len(cells)
        rows = {}
        for row in table["rates"]:
            rows.setdefault((row.get("tax", "tax"), row["percent"], row.get("compound", False)), set()).add(
                row.get("tax_class", "standard")
            )
        for (_, percent, compound), named in rows.items():
            places = [at for at, cell in enumerate(cells) if cell[2] in named]
            bases = [cells[at][3] + (before[at] if compound else 0) for at in places]
            rate = Fraction(percent) / 100
            if table["per"] == "rate":
                shares = spread(half_up(sum(bases) * rate), bases)
            else:
                shares, rest = [], []
                for at, base in zip(places, bases, strict=True):
                    units = Fraction(str(mine[cells[at][0]].quantity))
                    if cells[at][1] == "freight":
                        rest.append(base)
                    elif table["per"] == "unit" and units.denominator == 1:
                        shares.append(int(half_up(base / units * rate) * units))
                    else:
                        shares.append(half_up(base * rate))
                shares += spread(half_up(sum(rest) * rate), rest)
            for at, share in zip(places, shares, strict=True):
                before[at] += share
        for (at, *_), share in zip(cells, before, strict=True):
            found[mine[at].id] += share
    return found


def test_a_naive_recomputation_makes_the_same_cents():
    """By line, for every way of rounding and of taxing freight, side by side and compound."""
    taxed = 0
    for seed in range(examples(400)):
        checkout, rulebook = case(seed)
        checkout = checkout | {"payment_method": None, "choice": {"coupons": "best", "points": 0}}
        checkout["customer"].pop("tax_exempt", None)
        made = settled(checkout, rulebook)
        found = naive(checkout, rulebook, made)
        assert {line.id: line.tax.minor for line in made.lines} == {line.id: found[line.id] for line in made.lines}
        taxed += bool(made.totals.tax)
    assert taxed > examples(200)


def test_a_line_is_within_a_cent_of_its_exact_share():
    """`per: rate`, one tax on goods alone."""
    taxes = [{"prices": "without", "rates": [{"percent": "19"}]}]
    for seed in SEEDS:
        rng = random.Random(seed)
        line = {"shop": "s", "sku": "k", "quantity": 1}
        prices = [f"{rng.randint(1, 999) / 100:.2f} EUR" for _ in range(rng.randint(1, 9))]
        lines = [line | {"id": f"l{at}", "unit_price": price} for at, price in enumerate(prices)]
        checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": lines}}
        checkout |= {"address": {"region": "FR"}}
        made = settled(checkout, {"id": "r", "currency": "EUR", "taxes": taxes})
        for each in made.lines:
            assert abs(each.tax.minor - Fraction(19 * each.goods.minor, 100)) < 1


def test_inclusive_tables_change_nothing_but_for_exempt_buyers():
    """Prices with tax: the same columns as without a table; an exempt buyer pays gross less the tax inside."""
    for seed in SEEDS:
        checkout, rulebook = case(seed)
        checkout["customer"].pop("tax_exempt", None)
        checkout["payment_method"] = None
        tables = [table | {"prices": "with", "per": "rate", "freight": "none"} for table in rulebook["taxes"]]
        plain, made = settled(checkout, rulebook | {"taxes": []}), settled(checkout, rulebook | {"taxes": tables})
        one, other = plain.to_dict(), made.to_dict()
        assert one.pop("digest") != other.pop("digest") or not tables
        assert one == other
        chosen = {"coupons": [d.rule for d in plain.decisions if d.outcome == "applied" and d.rule != "points"]}
        chosen |= {"points": plain.points.used}
        exempt = {"customer": checkout["customer"] | {"tax_exempt": {"reason": "export"}}, "choice": chosen}
        free = settled(checkout | exempt, rulebook | {"taxes": tables})
        assert free.payable - free.totals.tax == plain.payable
        for row in free.taxes:
            assert row.amount.minor == -half_up(row.base.minor * Fraction(row.percent) / (100 + Fraction(row.percent)))


DEFAULTS = {"tax_base": "net"}


def test_what_is_spelled_at_its_default_is_in_no_digest():
    """Each new field, on its document, at its default: the digest of a request without it."""
    checkout, rulebook = case(7)
    checkout["customer"].pop("tax_exempt", None)
    rulebook = rulebook | {"taxes": []}
    spelled = rulebook | {
        "coupons": [each | DEFAULTS for each in rulebook["coupons"]],
        "points": rulebook["points"] | DEFAULTS,
        "policy": rulebook["policy"] | {"threshold_tax": "without"},
        "payment_methods": [each | {"tax_class": each.get("tax_class")} for each in rulebook["payment_methods"]],
    }
    lines = [line | {"tax_class": line.get("tax_class")} for line in checkout["cart"]["lines"]]
    told = checkout | {"cart": checkout["cart"] | {"lines": lines}}
    told["customer"] = checkout["customer"] | {"tax_exempt": None}
    without = {name: value for name, value in rulebook.items() if name != "taxes"}
    assert settled(told, spelled).digest == settled(checkout, without).digest
    assert settled(checkout, case(7)[1]).digest != settled(checkout, without).digest


def test_a_threshold_with_tax_sees_taxes_that_are_rounded_together_as_the_buyer_pays_them():
    """10.03 with 9 and 9 percent together is 11.84: an offer from 11.84 applies; rounded apart it is 11.83."""
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 1, "unit_price": "10.03 EUR"}
    tiers = [{"min_amount": "11.84 EUR", "benefit": {"type": "amount_off", "amount": "1.00 EUR"}}]
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": [line]}, "address": {"region": "IN"}}
    for together, reason in ((True, None), (False, "below_amount")):
        table = {"prices": "without", "together": together}
        table |= {"rates": [{"tax": name, "percent": "9"} for name in ("CGST", "SGST")]}
        book = {"id": "r", "currency": "EUR", "taxes": [table], "policy": {"threshold_tax": "with"}}
        offers = [{"id": "p", "issuer": "s", "tiers": tiers}]
        made = settled(checkout, book | {"promotions": offers})
        assert [each.reason for each in made.decisions] == [reason]


@pytest.mark.parametrize(
    ("least", "basis", "reason"),
    [
        ("110.00 EUR", {}, None),
        ("110.00 EUR", {"threshold_amount": "goods"}, None),  # not by the policy, and with tax all the same
        ("110.01 EUR", {"threshold_amount": "goods"}, "below_amount"),
    ],
)
def test_a_threshold_of_its_own_is_with_tax_where_thresholds_are(least, basis, reason):
    """Two at 50.00 and 10 % of tax are 110.00."""
    offer = {"id": "p", "issuer": "s", **basis}
    offer["tiers"] = [{"min_amount": least, "benefit": {"type": "amount_off", "amount": "1.00 EUR"}}]
    made = settled(two_at_fifty(), ten_percent([offer]))
    assert [each.reason for each in made.decisions] == [reason]
    assert Settlement.from_json(made.to_json()) == made


@pytest.mark.parametrize(("least", "reason"), [("55.00 EUR", None), ("55.01 EUR", "below_amount")])
@pytest.mark.parametrize("basis", [{}, {"threshold_amount": "goods"}])
def test_a_threshold_behind_used_units_is_with_tax(least, basis, reason):
    """One of two at 50.00 is used up by a price of 40.00; the other with 10 % of tax is 55.00."""
    flash = {"id": "f", "issuer": "s", "priority": 1, "consumes_units": True}
    flash["tiers"] = [{"benefit": {"type": "flash_price", "price": "40.00 EUR", "limit": 1}}]
    offer = {"id": "p", "issuer": "s", **basis}
    offer["tiers"] = [{"min_amount": least, "benefit": {"type": "amount_off", "amount": "1.00 EUR"}}]
    made = settled(two_at_fifty(), ten_percent([flash, offer]))
    assert {each.rule: each.reason for each in made.decisions} == {"f": None, "p": reason}
    assert Settlement.from_json(made.to_json()) == made


def two_at_fifty():
    """A line of two."""
    line = {"id": "a", "shop": "s", "sku": "k", "quantity": 2, "unit_price": "50.00 EUR"}
    return {"at": "2026-11-11T00:00:00Z", "cart": {"currency": "EUR", "lines": [line]}, "address": {"region": "DE"}}


def ten_percent(promotions):
    """Prices without tax, and thresholds with it."""
    table = {"prices": "without", "rates": [{"tax": "VAT", "percent": "10"}]}
    policy = {"threshold_tax": "with"}
    return {"id": "r", "currency": "EUR", "taxes": [table], "policy": policy, "promotions": promotions}
