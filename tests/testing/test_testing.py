"""`settlement.testing`: laws that can fail, strategies that fit together, differences that can be read."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies._internal import types

from _settlement_hypothesis import drawn as drawn_by_type
from _settlement_hypothesis import register
from samples import a_checkout, a_line, a_rulebook, an_offer, settled
from settlement import (
    AmountOff,
    Benefit,
    Cart,
    Checkout,
    Money,
    PercentOff,
    Rulebook,
    Scope,
    Settlement,
    refund,
    settle,
)
from settlement.discounts import KINDS
from settlement.documents.scalars import Ids
from settlement.testing import benefits, carts, check_benefit_laws, checkouts, differences, requests, rulebooks
from settlement.testing.laws import LAWS, hold_to
from settlement.testing.plugin import pytest_assertrepr_compare
from thorough import examples, some

ROOT = Path(__file__).resolve().parents[2]


class Honest(AmountOff):
    """A kind that obeys, for others to break."""

    type: Literal["honest"] = "honest"


def broken(law, **attributes):
    """The name of a law and a kind that breaks it."""
    kind = type(f"Breaks{law}", (Honest,), {"__doc__": "Breaks one law.", "__module__": __name__} | attributes)
    return pytest.param(kind, law, id=law)


def grows(self, goods):
    """Makes the first line dearer."""
    off = AmountOff.off(self, goods)
    goods.nets[0] += 1
    return off


def counts_calls(_, goods):
    """Takes off one line's net, each time of another."""
    calls.append(1)
    return [net if (at + len(calls)) % 2 else 0 for at, net in enumerate(goods.nets)]


calls: list[int] = []

BROKEN = [
    broken("shares", off=lambda _, goods: [net + 1 for net in goods.nets]),
    broken("mutates", off=grows),
    broken("memory", off=counts_calls),
    broken("nothing", off=lambda _, goods: [max(1, net) for net in goods.nets]),
    broken("gifts", gift=lambda *_: ("mug", 1000)),
    broken("ceilings", ceilings=lambda *_: ((0, 0, 1),)),
    broken("ceilings", ceilings=lambda *_: ()),
    broken("at_least", at_least=lambda *_: (1, 1)),
    broken("order", keeps_order=True, off=lambda _, goods: goods.nets if goods.net > 50 else [0] * len(goods.nets)),
    broken("sum", by_sum=True, off=lambda _, goods: [net if at == 0 else 0 for at, net in enumerate(goods.nets)]),
]


@pytest.mark.parametrize(("kind", "law"), some(BROKEN))
def test_a_kind_that_breaks_a_law_is_caught(kind, law):
    """Each law can fail; the error says which kind breaks which."""
    with pytest.raises(Exception) as caught:
        check_benefit_laws(kind, max_examples=30)
    assert any(note.startswith(f"{kind.__name__} breaks the law: ") for note in caught.value.__notes__), law


def test_a_wrong_bound_of_the_search_is_caught_by_whole_settlements():
    """A ceiling that is too low makes `best` miss a better set; the law about `best` alone finds it, by every list."""
    law = next(law for law in LAWS if law.__name__ == "_best")
    ((kind, _),) = [broken("best", ceilings=lambda *_: ((0, 0, 1),), grows=False, keeps_order=False).values]
    with pytest.raises(AssertionError) as caught:
        hold_to([law], kind, benefits(kind), max_examples=30)
    assert "beaten by no list" in caught.value.__notes__[-1]


class Listed(Benefit):
    """Fields of all sorts: lists, other documents, choices."""

    type: Literal["listed"] = "listed"
    skus: Ids
    scope: Scope | None = None
    mode: Literal["a", "b"] = "a"
    most: Money | None = None

    def off(self, goods):
        """Nothing."""
        return [0] * len(goods.nets)


class Opaque(Benefit):
    """A field that says nothing of itself."""

    type: Literal["opaque"] = "opaque"
    anything: Any = None

    def off(self, goods):
        """Nothing."""
        return [0] * len(goods.nets)


def test_a_kind_is_drawn_from_its_schema():
    """Lists, documents, choices and amounts are drawn by themselves; for the rest a strategy is handed in."""
    found = drawn(benefits(Listed), 50)
    assert any(each.scope is not None and each.most is not None and each.mode == "b" for each in found)
    check_benefit_laws(Listed, max_examples=2)
    with pytest.raises(TypeError, match="builds"):
        benefits(Opaque)
    check_benefit_laws(Opaque, benefits=st.just(Opaque()), max_examples=2)


REACHED = {
    "freight": lambda made: made.totals.freight.minor > 0,
    "surcharges": lambda made: made.totals.surcharges.minor > 0,
    "coupons": lambda made: made.totals.coupons.minor < 0,
    "promotions": lambda made: made.totals.promotions.minor < 0,
    "freight offers": lambda made: made.totals.freight_offers.minor < 0,
    "points": lambda made: made.points.used > 0,
    "fee": lambda made: bool(made.totals.payment_fee),
    "rounding": lambda made: bool(made.totals.rounding),
    "gifts": lambda made: bool(made.gifts),
    "excluded": lambda made: bool(made.excluded),
    "pending": lambda made: made.status == "pending",
    "blocked": lambda made: made.status == "blocked",
}


def drawn(strategy, count, start=0):
    """So many drawn values, others for each start."""
    found = []

    @seed(start)
    @settings(max_examples=count, phases=[Phase.generate])
    @given(strategy)
    def collect(each):
        found.append(each)

    collect()
    return found


def test_the_strategies_reach_everything():
    """Requests settle, and every column, gifts, lines left out and each status are drawn sooner or later."""
    reached: set[str] = set()
    for start in range(60):  # mostly a few will do
        made = [settle(*request) for request in drawn(requests(), 50, start)]
        reached |= {name for name, holds in REACHED.items() if any(map(holds, made))}
        if reached == set(REACHED):
            break
    assert reached == set(REACHED)


@given(checkouts(), carts(currency="JPY"), rulebooks(currency="KWD"))
@settings(max_examples=10)
def test_each_strategy_by_itself(checkout, cart, book):
    """Checkouts without a rulebook, carts and rulebooks of other currencies."""
    assert settle(checkout, Rulebook(id="any", currency="CNY")).currency == "CNY"
    assert (cart.currency, book.currency) == ("JPY", "KWD")


@pytest.mark.parametrize("table", [True, False], ids=["with a table of resolvers", "without"])
def test_hypothesis_finds_the_types_once_registered(monkeypatch, table):
    """What the entry point does: `st.from_type` draws documents and settlements, and nothing else is looked for."""
    monkeypatch.setattr(types, "_global_type_lookup", types._global_type_lookup.copy())
    if table:
        monkeypatch.setattr(types, "_global_extra_lookup", {})
    else:
        monkeypatch.delattr(types, "_global_extra_lookup")
    register()
    assert (Cart in types._global_type_lookup) is not table
    monkeypatch.setattr(types, "_global_extra_lookup", {"settlement": drawn_by_type} if table else {}, raising=False)
    for kind in (Cart, Checkout, Rulebook, Settlement):
        assert all(isinstance(each, kind) for each in drawn(st.from_type(kind), 3))
    assert drawn_by_type(Money) is drawn_by_type(st) is None


def test_importing_hypothesis_loads_nothing_of_the_library(tmp_path):
    """With the entry point installed, a process that uses Hypothesis for something else never loads the package."""
    info = tmp_path / "settlement_loading_probe-1.dist-info"
    info.mkdir()
    head = "Metadata-Version: 2.1\nName: settlement-loading-probe\nVersion: 1\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    entry = "[hypothesis]\nprobe = _settlement_hypothesis:register\n"
    (info / "entry_points.txt").write_text(entry, encoding="utf-8")
    program = (
        "import importlib.metadata as m\n"
        "found = m.entry_points\n"  # the environment of these tests has an entry point of its own
        "m.entry_points = lambda **by: [each for each in found(**by) if each.name == 'probe']\n"
        "import sys\n"
        "from hypothesis import strategies as st\n"
        "st.lists(st.integers()).example, st.from_type(int), st.from_type(dict[str, bytes])\n"
        "loaded = [name for name in sys.modules if name.partition('.')[0] in ('settlement', 'pydantic')]\n"
        "assert '_settlement_hypothesis' in sys.modules and not loaded, loaded\n"
        "from settlement import Cart\n"
        "assert 'settlement.testing' not in sys.modules\n"
        "print(st.from_type(Cart).validate(), 'settlement.testing.strategies' in sys.modules)\n"
    )
    path = ":".join([str(tmp_path), *(each for each in sys.path if each)])
    ran = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert ran.stdout.split() == ["None", "True"], ran.stderr


# ------------------------------------------------------------------ differences


def made(price="10.00", **rules):
    """A settlement of one line."""
    return settled(a_checkout(a_line(price=price)), a_rulebook(**rules))


def test_differences_name_lines_and_amounts():
    """An offer more: its adjustment, its decision, and the columns that it changes; the digest comes last."""
    found = differences(made(), made(promotions=[an_offer()]))
    assert "line 'a': payable: 10.00 CNY != 9.00 CNY" in found
    assert "platform_promotion 'p1': nothing != -1.00 CNY" in found
    assert any(each.startswith("decision 'p1': nothing != ") for each in found)
    assert found[0].startswith("totals: ")
    assert found[-1].startswith("digest: ")
    assert differences(made(), made()) == []


@given(requests(), requests())
@settings(max_examples=examples(180))
def test_no_difference_means_equal(one, other):
    """On random settlements: there is a difference exactly where they are not equal."""
    left, right = settle(*one), settle(*other)
    assert (differences(left, right) == []) is (left == right)


def test_pytest_is_told_the_differences():
    """The hook answers for two settlements under `==` and for nothing else."""
    shown = pytest_assertrepr_compare("==", made(), made("12.00"))
    assert shown is not None
    assert "line 'a': payable: 10.00 CNY != 12.00 CNY" in shown
    for op, left, right in (("!=", made(), made("12.00")), ("==", made(), 1), ("==", 1, 2)):
        assert pytest_assertrepr_compare(op, left, right) is None
    many = settled(a_checkout(*[a_line(f"{n:02d}") for n in range(60)]))
    shown = pytest_assertrepr_compare("==", made(), many)
    assert shown is not None
    assert len(shown) == 42
    assert shown[-1].startswith("… and ")


# ------------------------------------------------------------------ found by the tools, loaded by nobody else


def test_the_entry_points_are_stated():
    """pyproject.toml names the hook for Hypothesis and the plugin for pytest, and both are there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = project["entry-points"]
    for group, value in (("hypothesis", register), ("pytest11", None)):
        entry = importlib.metadata.EntryPoint("settlement", stated[group]["settlement"], group)
        assert entry.load() is not None
        assert value is None or entry.load() is value
    assert any(each.startswith("hypothesis") for each in project["optional-dependencies"]["testing"])


def test_the_entry_points_work(tmp_path):
    """An installed distribution with these entry points: types are drawn without an import, comparisons readable."""
    info = tmp_path / "settlement_testing_probe-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: settlement-testing-probe\nVersion: 1\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(
        "[hypothesis]\nprobe = _settlement_hypothesis:register\n\n[pytest11]\nprobe = settlement.testing.plugin\n",
        encoding="utf-8",
    )
    test = tmp_path / "test_probe.py"
    test.write_text(
        "from hypothesis import HealthCheck, given, settings, strategies as st\n"
        "from settlement import Settlement\n"
        "@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow])\n"
        "@given(st.lists(st.from_type(Settlement), min_size=2, max_size=2))\n"
        "def test_drawn(pair):\n"
        "    assert pair[0].to_json() and pair[1].currency == 'CNY'\n"
        "def test_shown():\n"
        "    from settlement import Cart, Checkout, Line, Rulebook, settle\n"
        "    def of(**fields):\n"
        "        line = Line(id='a', shop='s', sku='k', quantity=1, unit_price='1.00 CNY', **fields)\n"
        "        cart = Cart(currency='CNY', lines=[line])\n"
        "        return settle(Checkout(at='2026-11-11T00:00:00Z', cart=cart), Rulebook(id='r', currency='CNY'))\n"
        "    assert of() == of(selected=False)\n",
        encoding="utf-8",
    )
    path = ":".join([str(tmp_path), *(each for each in sys.path if each)])
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:settlement",
        "-W",
        "error",
        str(test),
    ]
    ran = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in ran.stdout, ran.stdout + ran.stderr
    assert "status: payable != blocked" in ran.stdout


def test_importing_the_library_loads_nothing_of_it():
    """Neither the package nor its plugin loads Hypothesis or a strategy."""
    program = "import settlement, settlement.testing, settlement.testing.plugin, sys; print('\\n'.join(sys.modules))"
    loaded = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    assert "settlement.testing.plugin" in loaded
    assert not {"hypothesis", "pytest", "settlement.testing.strategies", "settlement.testing.laws"} & loaded
    import settlement.testing as package

    with pytest.raises(AttributeError, match="wishes"):
        _ = package.wishes
    assert PercentOff in KINDS


def test_without_hypothesis_it_says_what_to_install():
    """Not only which module there is not; what needs none is there all the same."""
    code = "import sys; sys.modules['hypothesis'] = None; from settlement.testing import differences, carts"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr
    assert told.endswith('MissingExtra: this needs hypothesis: pip install "settlement[testing]"\n')


@pytest.mark.parametrize("currency", ["CNY", "JPY", "KWD"])
@settings(max_examples=examples(30), deadline=None)
@given(data=st.data())
def test_requests_with_taxes_and_delivery_methods(currency, data):
    """They settle, come back from JSON, and each line that is returned in turn brings back all that was paid."""
    request = data.draw(requests(currency, taxed=True, delivered=True))
    settlement = settle(*request)
    assert request[1].taxes
    assert request[1].delivery_methods
    assert Settlement.from_json(settlement.to_json()) == settlement
    history = []
    for line in settlement.lines if settlement.status == "payable" else ():
        history.append(refund(settlement, {line.id: line.quantity}, history, freight="return"))
    if history:
        assert sum(quote.cash.minor for quote in history) == settlement.payable.minor


def test_taxes_and_delivery_methods_are_drawn():
    """Sooner or later tax is paid, taken out, and paid on freight; a method is chosen, priced by another."""
    wanted = {"goods_tax", "freight_tax", "out", "sent", "collected"}
    seen: set[str] = set()
    for start in range(60):  # mostly a few will do
        for settlement in (settle(*each) for each in drawn(requests(taxed=True, delivered=True), 40, start)):
            seen.update(each.stage for each in settlement.adjustments)
            seen.update("out" for row in settlement.taxes if row.amount.minor < 0)
            seen.update("sent" for parcel in settlement.parcels if parcel.delivery)
            seen.update("collected" for line in settlement.lines if line.delivery and not settlement.parcels)
        if seen >= wanted:
            break
    assert seen >= wanted
