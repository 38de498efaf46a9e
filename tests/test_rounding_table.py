"""Nothing rounds that docs/rounding.md does not list, and no kind ships that no table of signs names."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import settlement
from settlement.discounts import CONDITIONS, KINDS
from settlement.freight.surcharges import SURCHARGE_KINDS
from sources import tree

SOURCE = Path(settlement.__file__).parent
DOCS = SOURCE.parents[1] / "docs"

#: Rooms in which amounts are made, beside the books. What stands above them explains, checks, stores or prints.
ROOMS = ("allocation", "cart", "discounts", "freight", "taxes", "rulebook", "engine", "after_pay")
#: Quotients that are no amount's: none of them makes or moves a minor unit.
EXACT = {
    "audit.books.frames": "decimals get all the places of their currency; none is cut",
    "after_pay.payments.options": "a line's cash by its pieces, where that leaves nothing over",
    "after_pay.payments.demand": "digits of the key that a payment goes by",
    "after_pay.refunds.returns": "how many whole pieces a preview tries",
    "after_pay.splits.calls": "the units that Stripe counts by; what has a rest is refused",
    "cart.invoice_request": "digits that check a number",
    "discounts.multiple_of": "whether a quantity is a multiple",
    "discounts.tally": "bits of a number, and how often an index is halved",
    "discounts.terms": "bounds of the search, always to the safe side",
    "freight.ends": "pieces, a part of one counting as one",
    "freight.words": "1000 g are written as 1 kg",
    "engine.best_of_group": "bounds of the search, always to the safe side",
    **{
        f"engine.best_coupons.{name}": "bounds and effort of the search, always to the safe side"
        for name in ("across_shops", "at_a_glance", "by_shop", "effort", "lower_bounds", "most_off", "search", "tries")
    },
}
#: Whatever makes a whole number of a fraction without a mode.
WHOLE = {"round", "floor", "ceil", "trunc", "divmod", "quantize", "to_integral_value"}


def called(node):
    """The name that a call goes by: `rounded`, `ROUNDERS[…]`, `Rounding(…).of`."""
    function = node.func
    if isinstance(function, ast.Subscript):
        return called(ast.Call(function.value, [], []))
    if isinstance(function, ast.Attribute) and function.attr == "of" and isinstance(function.value, ast.Call):
        return called(function.value)
    return getattr(function, "id", None) or getattr(function, "attr", "")


def by_mode(tree):
    """How often a module rounds by a mode: of the policy, or one that it names."""
    names = [called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sum(name in {"rounded", "ROUNDERS", "Rounding"} for name in names) - sum(
        isinstance(node, ast.Call) and called(node) == "Rounding" and getattr(node.func, "attr", "") == "of"
        for node in ast.walk(tree)
    )


def quotients(tree):
    """Whether a module makes a whole number of a fraction in any other way."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, (ast.FloorDiv, ast.Div, ast.Mod)):
            return True
        if isinstance(node, ast.Call) and called(node) in WHOLE:
            return True
    return False


def modules(source=SOURCE):
    """Every module of the rooms, by its name, with its tree."""
    for path in sorted(source.rglob("*.py")):
        name = ".".join(path.relative_to(source).with_suffix("").parts)
        if name.startswith((*[f"{room}." for room in ROOMS], "allocation", "audit.books.")):
            yield name, tree(path)


def rows():
    """The table: number -> the modules, and the mode."""
    page = (DOCS / "rounding.md").read_text(encoding="utf-8")
    found = {}
    for number, rest in re.findall(r"^\| (\d+) \| (.*) \|$", page, re.MULTILINE):
        what, where, mode, *_ = rest.split(" | ")
        found[int(number)] = (what, re.findall(r"`([a-z_.]+)`", where), mode)
    return found


def unlisted(found, listed):
    """What rounds and stands in no row."""
    faults = []
    for name, module in found:
        rounds = by_mode(module)
        if rounds != listed["by mode"][name]:
            faults.append(
                f"{name} rounds {rounds} times by a mode; docs/rounding.md has {listed['by mode'][name]} rows"
            )
        if quotients(module) and name not in listed["all"] and name not in EXACT:
            faults.append(f"{name} makes whole numbers of fractions; docs/rounding.md does not say so")
    return faults


def the_table():
    """How many rows round by a mode in each module, and all modules that it names."""
    by_mode_rows, every = Counter(), set()
    for what, where, mode in rows().values():
        every.update(where)
        if re.search(r"policy|its own|half_up", mode) and not re.search(r", as \d+", what):
            by_mode_rows.update(where)
    return {"by mode": by_mode_rows, "all": every}


def test_every_rounding_of_the_code_stands_in_the_table():
    """By a mode as often as the table says, by a quotient only where it says so, or where nothing is rounded."""
    assert unlisted(modules(), the_table()) == []


def test_the_table_and_the_exceptions_name_what_is_there():
    """Rows are numbered without a gap; each module named is one of the library's, and divides or spreads."""
    known = dict(modules())
    assert list(rows()) == list(range(1, len(rows()) + 1))
    named = the_table()["all"] | EXACT.keys()
    assert named <= known.keys()
    spreads = {
        name
        for name, tree in known.items()
        if "spread" in {called(n) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    }
    idle = {name for name in named if not (by_mode(known[name]) or quotients(known[name]) or name in spreads)}
    assert idle == set()
    assert not EXACT.keys() & the_table()["all"]


ADDED = {
    "discounts.half_off": "def off(self, goods):\n    return [goods.rounded(net, 2) for net in goods.nets]",
    "discounts.floor_off": "def off(self, goods):\n    return [net // 2 for net in goods.nets]",
    "freight.surcharges.per_dozen": "def times(self, thousandths):\n    return -(-thousandths // 12_000)",
    "freight.surcharges.per_half": "def times(self, thousandths):\n    return ceil(Fraction(thousandths, 500))",
    "discounts.rest_off": "def off(self, goods):\n    return [net % 100 for net in goods.nets]",
    "discounts.part_off": "def off(self, goods):\n    return [int(net / 3) for net in goods.nets]",
    "discounts.percent_off": "def off(self):\n    return self.rounded(1, 2) + self.rounded(3, 2) + self.rounded(5, 2)",
    "rulebook.tip": "def tip(self, amount):\n    return Rounding(self.mode).of(amount)",
    "rulebook.tax": "def tax(self, amount):\n    return ROUNDERS[self.mode](amount, 7)",
}


@pytest.mark.parametrize("name", ADDED)
def test_a_rounding_that_nobody_listed_is_caught(name):
    """A new kind that rounds, and one more rounding where there is one."""
    (fault,) = unlisted([(name, ast.parse(ADDED[name]))], the_table())
    assert fault.startswith(name)


@pytest.mark.parametrize(
    ("page", "kinds", "field"),
    [("offers", KINDS, "type"), ("offers", CONDITIONS, "type"), ("freight", SURCHARGE_KINDS, "per")],
    ids=["benefits", "conditions", "surcharges"],
)
def test_every_kind_stands_in_the_table_of_signs(page, kinds, field):
    """With its sign in Chinese, and each of its own fields somewhere in its row."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    common = set.intersection(*(set(kind.model_fields) for kind in kinds))
    for kind in kinds:
        tag = kind.model_fields[field].default
        signs = re.findall(rf"^\| `{tag}` \| ([^|]*) \| (.*) \|$", text, re.MULTILINE)
        assert len(signs) == 1, f"{kind.__name__}: docs/{page}.md has {len(signs)} rows of `{tag}`"
        sign, stated = signs[0]
        assert re.search(r"[\u4e00-\u9fff]", sign), f"{kind.__name__}: no sign"
        missing = [name for name in kind.model_fields if name not in common and f"`{name}`" not in stated]
        assert missing == [], kind.__name__
