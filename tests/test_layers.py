"""The rooms of docs/design.md, read from the imports: each imports only rooms that stand before it, everywhere."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from inspect import signature
from pathlib import Path
from types import FunctionType

import pytest

import settlement
from samples import an_offer, taxed
from sources import nodes, tree

SOURCE = Path(settlement.__file__).parent

#: From the ground up. A room imports only those before it: at import, inside functions and for types.
ROOMS = (
    "errors money allocation documents cart consignee discounts freight taxes rulebook receipts engine after_pay"
    " explanations audit orders findings batch ext testing commands"
).split()
#: Rooms in which a clock, a stream or the environment may be asked.
EDGES = (
    "testing/",
    "commands/",
    "batch/",
    "ext/fastapi/",
    "ext/serve/",
    "ext/store/",
    "ext/salesman/",
    "ext/oscar/",
    "ext/ucp/",
)
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.parent != SOURCE or path.name[0] != "_")
#: What each part of `ext` stands on; nothing else asks for it, and it is not there unless its extra is installed.
EXTRAS = {"ext/store": {"sqlalchemy", "alembic"}, "ext/django": {"rest_framework"}}


def place(path: Path) -> str:
    """A module's path below the source, as tests name it."""
    return path.relative_to(SOURCE).as_posix()


def room(path: Path) -> str:
    """The room that a module lies in."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@cache
def imported(path: Path) -> frozenset[str]:
    """The full names of all that a module imports, wherever it does."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


#: What can be loaded without an extra.
LOADABLE = [path for path in MODULES if not any(place(path).startswith(f"{part}/") for part in EXTRAS)]


def test_the_top_is_the_rooms():
    """Right below `settlement` lie the rooms, what makes it a package and a program, and nothing else."""
    names = {path.stem for path in SOURCE.iterdir() if path.name[0] != "_" and path.name != "py.typed"}
    assert names == set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_room_imports_only_what_stands_before_it(path):
    """Without a list of exceptions."""
    before = {*ROOMS[: ROOMS.index(room(path)) + 1]}
    found = {name.split(".")[1] for name in imported(path) if name.startswith("settlement.")}
    assert found - {"__version__"} <= before


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_only_an_extra_stands_on_its_libraries(path):
    """What is installed with an extra is imported by its own part of `ext` alone."""
    found = {name.split(".")[0] for name in imported(path)}
    for part, libraries in EXTRAS.items():
        assert not found & libraries or place(path).startswith(f"{part}/")


def test_discounts_and_freight_do_not_know_each_other():
    """Neither names the other, not even for a type."""
    for here, other in (("discounts", "freight"), ("freight", "discounts")):
        for path in (SOURCE / here).rglob("*.py"):
            assert not [name for name in imported(path) if name.startswith(f"settlement.{other}")], path.name


def test_one_module_knows_babel():
    """Languages are asked for in one place."""
    found = {place(path) for path in MODULES if any(name.split(".")[0] == "babel" for name in imported(path))}
    assert found == {LANGUAGE}


#: Where amounts are worded: the caller's decimal context is set aside there, and catalogues are read.
LANGUAGE = "documents/words/language.py"
#: The one module that draws by chance: keys, their ids, nonces.
CHANCE = "ext/crypto/chance.py"
#: Nothing but an edge reads a clock, chance, the environment, a locale or a float.
MODULES_REFUSED = {"gettext", "locale", "os", "random", "secrets", "time", "uuid"}
CALLS_REFUSED = {"float", "getcontext", "localcontext", "now", "setcontext", "today", "utcnow", "getenv"}


@pytest.mark.parametrize("path", [path for path in MODULES if not place(path).startswith(EDGES)], ids=place)
def test_nothing_below_the_edges_is_left_to_chance(path):
    """No clock, random, environment, locale, float( or decimal context."""
    names = {name.split(".")[0] for name in imported(path)} & MODULES_REFUSED
    assert names == ({"gettext"} if place(path) == LANGUAGE else {"secrets"} if place(path) == CHANCE else set())
    written = nodes(path)
    called = [node.func for node in written if isinstance(node, ast.Call)]
    calls = {getattr(each, "id", getattr(each, "attr", "")) for each in called}
    assert calls & CALLS_REFUSED <= ({"localcontext"} if place(path) == LANGUAGE else set())
    floats = [node.value for node in written if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not floats or place(path).startswith("consignee/") or place(path) == "documents/hints.py", floats


def test_no_private_name_crosses_a_module():
    """What starts with an underline stays where it is written."""
    found = [
        (place(path), alias.name)
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]
    assert found == []
    assert [place(path) for path in MODULES if "SLF001" in path.read_text(encoding="utf-8")] == []


#: The rooms that a settlement and its refund pass through: whoever reads one of them meets the words of the others.
ONE_READING = "documents cart discounts freight taxes rulebook receipts engine after_pay".split()


def test_a_class_has_a_name_of_its_own():
    """One word, one thing: no two modules of these rooms give a class the same name."""
    where: dict[str, list[str]] = {}
    for path in [path for path in MODULES if room(path) in ONE_READING]:
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(place(path))
    assert {name: places for name, places in where.items() if len(places) > 1} == {}


def test_no_module_waits_for_one_that_waits_for_it():
    """What a module imports when it is loaded never leads back to it."""
    names = {".".join(["settlement", *path.relative_to(SOURCE).with_suffix("").parts]): path for path in MODULES}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    before = {name: {each for each in _when_loaded(path, names) if each != name} for name, path in names.items()}
    while ready := [name for name, each in before.items() if not each & before.keys()]:
        for name in ready:
            del before[name]
    assert before == {}


def _when_loaded(path: Path, names: dict[str, Path]) -> set[str]:
    """The modules that one imports by itself, outside functions and what only a type checker reads."""
    found: set[str] = set()
    waiting: list[ast.AST] = [*tree(path).body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom):
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= whole & names.keys() or ({node.module or ""} & names.keys())
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & names.keys()
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return found


def _load_everything() -> None:
    """Import every module of the package that can be imported without an extra."""
    for path in LOADABLE:
        importlib.import_module(".".join(["settlement", *path.relative_to(SOURCE).with_suffix("").parts]))


def test_every_public_name_is_what_its_module_has_whatever_was_imported():
    """Once every module is loaded, a public function or class is its own module's, and no room bears its name."""
    _load_everything()
    rooms = [settlement, *(importlib.import_module(f"settlement.{name}") for name in ROOMS)]
    rooms += [
        importlib.import_module(f"settlement.after_pay.{path.name}") for path in (SOURCE / "after_pay").glob("[a-z]*")
    ]
    for package in rooms:
        for name in getattr(package, "__all__", ()):
            assert type(getattr(package, name)).__name__ != "module", (package.__name__, name)
    for name in settlement.__all__:
        value = getattr(settlement, name)
        if name != "CALCULATION_VERSION":
            assert callable(value), name
            assert (value.__name__, getattr(sys.modules[value.__module__], name)) == (name, value)


def _calls() -> dict[str, Callable[[], object]]:
    """Every public function -> a call of it with one request, by its name at the top."""
    s = settlement
    request, book = taxed()
    buyer = {"title": "A buyer", "type": "person"}
    far = an_offer("far", tiers=[{"min_amount": "9999.00 CNY", "benefit": {"type": "percent_off", "percent": "5"}}])
    book["promotions"].append(far)  # something to hint at
    book["delivery_methods"] = [{"id": "standard", "templates": [{"template": "t1"}]}]
    checkout = s.Checkout.model_validate_json(json.dumps(request | {"invoice": buyer}))
    rulebook = s.Rulebook.model_validate_json(json.dumps(book))
    sold = s.settle(checkout, rulebook)
    template = rulebook.freight_templates[0]
    quote = s.refund(sold, {"a": 1})
    invoice = s.invoices(sold)[0]
    return {
        "settle": lambda: s.settle(checkout, rulebook),
        "compare": lambda: s.compare(checkout, rulebook),
        "hints": lambda: s.hints(checkout, rulebook),
        "receipt": lambda: s.receipt(sold),
        "report": lambda: s.report(sold),
        "refund": lambda: s.refund(sold, {"a": 1}),
        "preview": lambda: s.preview(sold),
        "explain": lambda: s.explain(sold),
        "explain_offer": lambda: s.explain_offer(checkout, rulebook, "p1"),
        "explain_parcel": lambda: s.explain_parcel(checkout, rulebook),
        "explain_refund": lambda: s.explain_refund(sold, quote),
        "explain_payout": lambda: s.explain_payout(sold),
        "explain_invoice": lambda: s.explain_invoice(sold, invoice),
        "explain_red_invoice": lambda: s.explain_red_invoice(sold, invoice, quote),
        "explain_option": lambda: s.explain_option(checkout, rulebook, "card"),
        "quote_freight": lambda: s.quote_freight(checkout.cart.lines, "440305", [template]),
        "freight_table": lambda: s.freight_table(template, ["440305"]),
        "check": lambda: s.check(rulebook),
        "check_freight": lambda: s.check_freight(template),
        "payment_options": lambda: s.payment_options(checkout, rulebook),
        "delivery_options": lambda: s.delivery_options(checkout, rulebook),
        "payout": lambda: s.payout(sold),
        "invoices": lambda: s.invoices(sold),
    }


def test_every_public_function_answers_whatever_was_imported():
    """Once every module is loaded, each function of `__all__` is called by its name at the top and gives its answer."""
    _load_everything()
    calls = _calls()
    assert calls.keys() == {name for name in settlement.__all__ if isinstance(getattr(settlement, name), FunctionType)}
    for name, call in calls.items():
        found = call()
        stated = signature(getattr(settlement, name)).return_annotation.removeprefix("tuple[").removesuffix(", ...]")
        rows = found if type(found) is tuple else (found,)
        assert {type(row).__name__ for row in rows} == {stated} or (name, rows) == ("check_freight", ()), name


#: What a page asks for, each from the top (docs/api.md).
ASKED = (
    "settle compare hints receipt report refund preview explain explain_offer explain_parcel explain_refund"
    " explain_payout explain_invoice explain_red_invoice explain_option quote_freight freight_table check check_freight"
    " payment_options payout invoices Request Settler"
).split()


def test_the_top_gives_the_function_whatever_was_loaded_first():
    """In a process that loaded every module before, and in one that loaded none, a name is what it is called."""
    modules = [".".join(["settlement", *path.relative_to(SOURCE).with_suffix("").parts]) for path in LOADABLE]
    first = f"for name in {modules!r}: __import__(name)"
    for before in ("", first):
        program = f"{before}\nfrom settlement import {', '.join(ASKED)}\nprint(*map(callable, ({', '.join(ASKED)})))"
        assert set(subprocess.check_output([sys.executable, "-c", program], text=True).split()) == {"True"}


def test_a_face_offers_what_it_loads_later():
    """What is loaded when asked for is in `dir()` and `__all__`; anything else is an AttributeError naming both."""
    from settlement import explanations, testing

    for package in (settlement, explanations, testing):
        assert set(package.__all__) <= set(dir(package))
        with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'recipt'"):
            _ = package.recipt


def test_importing_the_library_loads_no_edge():
    """`import settlement` loads no Babel, no reader, no renderer, no catalogue and nothing that is asked for later."""
    program = "import settlement, sys; print('\\n'.join(sys.modules))"
    loaded = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    assert "settlement.engine.settle" in loaded
    assert "babel" not in loaded
    late = {"explanations", "audit", "findings", "testing", "commands", "consignee", "after_pay", "orders", "ext"}
    assert {name.split(".")[1] for name in loaded if name.startswith("settlement.")} & late == set()
    assert not {name for name in loaded if name.startswith("settlement.documents.words")}
    assert not {"settlement.receipts.from_json", "settlement.receipts.text", "settlement.receipts.report"} & loaded


def test_the_public_names_are_sorted_and_complete():
    """`__all__` is sorted (constants, classes, functions), has every public name, and each is there."""
    names = settlement.__all__
    kinds = {True: 0, False: 1}
    assert names == sorted(names, key=lambda name: (kinds[name.isupper()], 0 if name[0].isupper() else 1, name))
    assert len(set(names)) == len(names)
    public = {
        name
        for name, value in vars(settlement).items()
        if not name.startswith("_")
        and type(value).__name__ != "module"
        and name not in {"annotations", "Any", "TYPE_CHECKING"}
    }
    assert public <= set(names)
    assert all(hasattr(settlement, name) for name in names)  # some are loaded when they are asked for
    assert set(dir(settlement)) >= set(names)


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_every_module_says_what_it_is_and_what_it_gives(path):
    """A docstring, and an `__all__` of names that the module has."""
    module = tree(path)
    assert ast.get_docstring(module)
    stated = [
        node for node in module.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    if len(module.body) > 2:  # more than a docstring and the future
        assert len(stated) == 1
        names = ast.literal_eval(stated[0].value)
        assert sorted(set(names)) == sorted(names)


#: Folders of tests that mirror no room: whole bodies of cases, and what tests share.
WHOLE = {"browser", "conformance", "golden", "reference", "shop", "support"}


def test_the_tests_mirror_the_rooms():
    """A test lies where what it tests lies: each of its folders is a room, but for whole bodies of cases."""
    here = Path(__file__).parent
    folders = {path.parent.relative_to(here) for path in here.rglob("test_*.py")}
    strange = {folder for folder in folders if not (SOURCE / folder).is_dir() and folder.parts[0] not in WHOLE}
    assert strange == set()


#: Packages of extras -> where they are imported: inside functions, so that every module loads without them.
LATE = {
    "alipay": "ext/gateways/alipay.py",
    "anyio": "ext/fastapi/desk.py",
    "cryptography": "ext/",
    "django": "ext/",
    "fastapi": "ext/",
    "mcp": "ext/mcp/serving.py",
    "mcp_types": "ext/mcp/serving.py",
    "opentelemetry": "ext/serve/tracing.py",
    "oscar": "ext/oscar/",
    "prometheus_client": "ext/serve/metrics.py",
    "requests": "ext/gateways/wechat",
    "rich": "commands/",
    "salesman": "ext/salesman/",
    "starlette": "ext/",
    "stripe": "ext/gateways/stripe.py",
    "uvicorn": "ext/serve/",
    "uvloop": "ext/serve/serving.py",
    "wechatpayv3": "ext/gateways/wechat",
}


def test_a_library_of_an_extra_is_imported_where_it_is_used_and_late():
    """No module needs it to be loaded, and none outside the adapter knows it."""
    found = {}
    for path in LOADABLE:
        for name in {each.split(".")[0] for each in imported(path)} & LATE.keys():
            found.setdefault(name, []).append(place(path))
            at_the_top = [node for node in tree(path).body if isinstance(node, (ast.Import, ast.ImportFrom))]
            assert not [node for node in at_the_top if ast.unparse(node).split()[1].split(".")[0] == name], place(path)
    assert found.keys() == LATE.keys()
    for name, places in found.items():
        assert all(each.startswith(LATE[name]) for each in places), (name, places)
