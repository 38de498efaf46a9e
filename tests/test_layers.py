"""The layers of docs/design.md, read from the imports: each module imports only what stands below it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import settlement

SOURCE = Path(settlement.__file__).parent

#: From the ground up. A module may import what stands in an earlier row; modules of one row do not know each other.
LAYERS = (
    ("errors",),
    ("currencies",),
    ("money", "region", "allocation", "wire", "express"),
    ("problems",),
    ("scalars", "strict_json"),
    ("printing",),
    ("documents",),
    # what a caller hands in
    ("address", "invoice", "policy", "tenders", "basket"),
    ("cart",),
    ("canonical", "ledger"),
    # the rules: two packages that never import each other
    ("discounts", "freight"),
    ("points",),
    ("rulebook",),
    ("points_use", "screening", "request"),
    # what comes out
    ("facts", "redemptions"),
    ("parts",),
    ("writing",),
    ("breakdown",),
    # the engine
    ("case",),
    ("attempt", "effort", "reach"),
    ("bounds", "plans"),
    ("tops", "proof"),
    ("steps", "search"),
    ("choice",),
    ("fold",),
    ("engine",),
    # folds of a settlement, and questions that are answered by settling
    ("mirror", "conditions", "refund_quote"),
    ("history",),
    ("sold",),
    ("refunds", "paid", "idempotency", "explain", "quotes", "settler", "consignee"),
    ("reading", "shortfalls", "compare", "why"),
    ("payout_accounts",),
    ("audit",),
    ("payments", "invoices"),
    ("sub_orders",),
    ("payouts", "red_invoices"),
    ("after_pay",),
    ("schemas",),
    # edges: people, files, engines, stores
    ("render",),
    ("lint",),
    ("commands", "ext", "testing"),
    ("cli",),
    ("__main__",),
)
ROW = {name: row for row, names in enumerate(LAYERS) for name in names}
EDGES = {"render", "lint", "commands", "ext", "testing", "cli", "__main__"}
#: Imports inside functions may look up only for these: how a value prints, and how it is read back.
ASKED_FOR = {"render", "reading", "canonical"}
#: Modules that name a type of one above them: what they are handed, and never import.
HANDED = {
    ("basket", "cart"),
    ("bounds", "plans"),
    ("canonical", "rulebook"),
    ("plans", "bounds"),
    ("redemptions", "breakdown"),
    ("sold", "refunds"),
    ("writing", "breakdown"),
}

MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def area(path: Path) -> str:
    """The module or package right below `settlement` that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(nodes: list[ast.stmt]) -> set[str]:
    """The full names of the modules that these statements import."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "settlement" else {module}
    return found


def own(names: set[str]) -> set[str]:
    """The areas of this library among imported modules."""
    return {name.split(".")[1] for name in names if name.startswith("settlement.")}


def is_typing(node: ast.stmt) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def runtime(tree: ast.Module) -> ast.Module:
    """A module without what only a type checker sees."""
    return ast.Module([node for node in tree.body if not is_typing(node)], [])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_what_stands_below(path):
    """Imports go down the list; inside functions they may also ask for printing and reading back."""
    here = area(path)
    assert here in ROW, f"say in LAYERS where {here} belongs"
    tree = runtime(ast.parse(path.read_text(encoding="utf-8")))
    at_import = own(imported(tree.body)) - {here}
    assert {name for name in at_import if ROW[name] >= ROW[here]} == set()
    asked = own(imported([node for node in ast.walk(tree) if isinstance(node, ast.stmt)])) - {here}
    assert {name for name in asked - at_import - ASKED_FOR if ROW[name] >= ROW[here]} == set()


def test_types_of_a_module_above_are_named_by_few():
    """What only a type checker sees goes down the list too, but for a module that is handed what stands above it."""
    found = set()
    for path in MODULES:
        here = area(path)
        blocks = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if is_typing(node)]
        named = own(imported([each for block in blocks for each in block.body])) - {here}
        found |= {(here, name) for name in named if ROW[name] >= ROW[here]}
    assert found == HANDED


def test_discounts_and_freight_do_not_know_each_other():
    """Neither package names the other, not even for a type."""
    for here, other in (("discounts", "freight"), ("freight", "discounts")):
        for path in (SOURCE / here).rglob("*.py"):
            nodes = [
                node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.stmt)
            ]
            assert other not in own(imported(nodes)), path.name


#: Nothing below the edges reads a clock, chance, the environment, a locale or a float.
MODULES_REFUSED = {"babel", "gettext", "locale", "os", "random", "secrets", "time", "uuid"}
CALLS_REFUSED = {"float", "getcontext", "localcontext", "now", "setcontext", "today", "utcnow", "getenv"}
#: Names of countries in a reader's language are asked for by edges and never settled.
SPOKEN_EXCEPTIONS = {("consignee/countries.py", "babel")}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if area(path) not in EDGES], ids=lambda path: path.relative_to(SOURCE).as_posix()
)
def test_nothing_below_the_edges_is_left_to_chance(path):
    """No clock, random, environment, locale, Babel, float( or decimal context below the edges."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    names = {name.split(".")[0] for name in imported([node for node in nodes if isinstance(node, ast.stmt)])}
    place = path.relative_to(SOURCE).as_posix()
    refused = {name for name in names & MODULES_REFUSED if (place, name) not in SPOKEN_EXCEPTIONS}
    assert refused == set()
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    calls = {
        each.id if isinstance(each, ast.Name) else each.attr
        for each in called
        if isinstance(each, (ast.Name, ast.Attribute))
    }
    assert calls & CALLS_REFUSED == set()
    floats = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not floats or place.startswith(("consignee/", "problems.py")), floats


def test_importing_the_library_loads_no_edge():
    """`import settlement` loads no Babel, no extra, no renderer, no catalogue of regions and no reader."""
    program = "import settlement, sys; print('\\n'.join(sys.modules))"
    loaded = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    assert "settlement.engine" in loaded
    assert "babel" not in loaded
    assert {name.split(".")[1] for name in loaded if name.startswith("settlement.")} & (
        EDGES | {"consignee", "reading", "explain", "shortfalls", "quotes"}
    ) == set()


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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_every_module_says_what_it_is_and_what_it_gives(path):
    """A docstring, and an `__all__` of names that the module has."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    stated = [
        node for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    if path.name != "__main__.py" and len(tree.body) > 2:  # more than a docstring and the future
        assert len(stated) == 1
        names = ast.literal_eval(stated[0].value)
        assert sorted(set(names)) == sorted(names)
