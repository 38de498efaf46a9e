"""How documents are made, as `inspect.signature`, `help` and type checkers are told."""

from __future__ import annotations

import importlib.util
import inspect
import pydoc
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_type_hints

import pytest

import settlement
from samples import a_checkout, settled
from settlement import AmountOff, Checkout, Line, Money, Rulebook, Settlement
from settlement.after_pay.edits import OrderEdit
from settlement.after_pay.payments.answers import Reason
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.audit.record import Record
from settlement.documents.document import Document
from settlement.documents.scalars import Percent
from settlement.documents.signature import signature_of
from settlement.orders import OrderEvent, OrderStatus
from settlement.receipts import parts
from site_checks import public_names

ROOT = Path(__file__).resolve().parents[2]


def the_script():
    """scripts/signatures.py as a module."""
    spec = importlib.util.spec_from_file_location("signatures", ROOT / "scripts" / "signatures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = the_script()
DOCUMENTS = SCRIPT.documents()
NAMES = {kind.__name__: kind for kind in SCRIPT.every(Document)} | {
    each.__name__: each for each in (Money, Decimal, date, datetime, Mapping, Sequence)
}
NAMES |= {"Any": Any, "Literal": Literal, "Reason": Reason}
NAMES |= {each.__name__: each for each in (OrderEdit, Record, RefundQuote)}
NAMES |= {"OrderEvent": OrderEvent, "OrderStatus": OrderStatus}


class Own(Document):
    """A document of one's own."""

    share: Percent
    at: int = 7


@pytest.mark.parametrize("kind", DOCUMENTS, ids=lambda kind: kind.__name__)
def test_a_signature_names_each_field_with_a_short_type_and_its_default(kind):
    """Names, defaults and what must be stated are the fields'; each type is one that can be written."""
    parameters = inspect.signature(kind).parameters
    assert parameters.keys() == kind.model_fields.keys()
    for name, field in kind.model_fields.items():
        stated = parameters[name].default is inspect.Parameter.empty
        assert stated == field.is_required(), name
        if not stated and field.default_factory is None:
            assert parameters[name].default == field.default, name
        assert eval(parameters[name].annotation, {}, NAMES), name  # noqa: S307 - our own text
    text = str(inspect.signature(kind))
    assert "Annotated" not in text
    assert "settlement." not in text
    assert "'" not in text.replace("= '", "").replace("',", "").replace("')", "")


@pytest.mark.parametrize("kind", DOCUMENTS, ids=lambda kind: kind.__name__)
def test_type_checkers_are_told_what_the_fields_say(kind):
    """The `__init__` in the source is what `make signatures` writes."""
    text = Path(inspect.getfile(kind)).read_text(encoding="utf-8")
    assert SCRIPT.written(text, kind) == text


def test_a_field_that_is_added_makes_the_source_stale():
    """The comparison can fail: another default is another text."""
    text = Path(inspect.getfile(AmountOff)).read_text(encoding="utf-8")
    assert SCRIPT.written(text.replace("every: bool = False", "every: bool = True"), AmountOff) == text


def test_a_signature_is_the_same_before_and_after_the_first_use():
    """pydantic finishes a class when it is first used, and then has a signature of its own: it is not shown."""
    assert not Own.__pydantic_complete__
    before = inspect.signature(Own)
    assert str(before) == "(*, share: int | Decimal | str, at: int = 7)"
    Own(share=5)
    assert Own.__pydantic_complete__
    assert inspect.signature(Own) == before


def test_help_shows_the_signature():
    """`help(Checkout)` begins with how one is made."""
    shown = re.sub(r"\n \|  *", " ", pydoc.plain(pydoc.render_doc(Checkout))).replace("( ", "(")  # a line each, or one
    assert "Checkout(*, at: datetime | str, cart: Cart | Mapping[str, Any]," in shown
    assert "choice: Choice | Mapping[str, Any] = Choice()" in shown


def test_what_must_be_stated_comes_first():
    """The five fields that a line must have lead its signature."""
    assert [*signature_of(Line).parameters][:5] == ["id", "shop", "sku", "quantity", "unit_price"]


@pytest.mark.parametrize("name", [name for name in settlement.__all__ if name != "CALCULATION_VERSION"])
def test_every_public_name_is_readable(name):
    """In `inspect.signature` and `help`: no `ForwardRef`, no annotation in quotation marks, nothing of pydantic's."""
    value = getattr(settlement, name)
    page = pydoc.plain(pydoc.render_doc(value))
    heads = re.findall(r"(?m)^[ |]*(?:\w+ = )?\w+\(.*?\)(?: -> .*)?$", page)
    assert "ForwardRef" not in page
    assert not re.search(r": [\"']|-> [\"']", "\n".join(heads))
    assert not re.search(r"__pydantic|_internal|__private_attributes__", page)
    if name != "SettlementError":  # never raised itself, so nothing is said of how it is made
        assert not re.search(
            r": [\"']|-> [\"']|ForwardRef|settlement\.|pydantic|typing\.", str(inspect.signature(value))
        )


#: Hypothesis writes the signatures of its composites itself; a TypedDict has none.
NOT_OURS = {
    f"settlement.testing.{it}"
    for it in ("carts", "checkouts", "circumstances", "order_events", "requests", "rulebooks")
}
NOT_OURS |= {"settlement.consignee.Option", "settlement.ext.crypto.Sealed"}  # the latter is a name for a mapping
ROOMS = {
    f"{room}.{name}": value
    for room in (*sorted({name.rpartition(".")[0] for name in public_names()} - {"settlement"}), parts.__name__)
    for name in import_module(room).__all__
    if callable(value := getattr(import_module(room), name)) and f"{room}.{name}" not in NOT_OURS
}


@pytest.mark.parametrize("name", ROOMS)
def test_every_public_name_of_a_room_has_a_readable_signature(name):
    """The parts of a settlement and what the rooms' doors give: short types, as they are written."""
    shown = str(inspect.signature(ROOMS[name]))
    assert not re.search(r": [\"']|-> [\"']|ForwardRef|: settlement\.|pydantic", shown)


def test_rows_are_readable_once_something_that_gives_them_is_asked_for():
    """`compare` gives rows: whoever looks at one has not imported its class by an address of its own."""
    code = "import inspect, settlement; f = settlement.compare; import settlement.explanations.comparison as module; "
    code += "print(inspect.signature(module.Row))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "coupon: str | None" in shown
    assert "ForwardRef" not in shown


@pytest.mark.parametrize("name", ["refund", "preview"])
def test_a_refunds_arguments_are_spelled_out(name):
    """No alias whose meaning stands elsewhere: what `returns` is keyed by, and the three words of `freight`."""
    shown = str(inspect.signature(getattr(settlement, name)))
    assert "freight: Literal['keep', 'return', 'parcel'] = 'keep'" in shown
    assert name != "refund" or "returns: Mapping[str, int | str | Decimal]," in shown


def test_what_is_readable_is_still_a_type():
    """Tools that evaluate annotations get the types: a function's, and those of a NamedTuple."""
    assert get_type_hints(settlement.settle) == {"checkout": Checkout, "rulebook": Rulebook, "return": Settlement}
    assert get_type_hints(settlement.Decision)["optimal"] is bool


def test_completion_offers_what_the_documentation_uses():
    """A document's fields and its ways in and out, not what keeps pydantic going; what is hidden still works."""
    line = Line(id="a", shop="s", sku="k", quantity=1, unit_price="1.00 CNY")
    offered = {name for name in dir(line) if name[0] != "_"}
    ways = {"from_dict", "from_json", "to_dict", "to_json"}
    pydantics = {"model_copy", "model_dump", "model_dump_json", "model_validate", "model_validate_json"}
    assert offered == {*Line.model_fields, *ways, *pydantics}
    assert line.model_fields_set


PAGES = (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("examples/*.py")))
IMPORT = re.compile(r"(?m)^(?:>>> )?from (settlement\.[\w.]+) import ([\w, ]+)$")
#: In a process that has imported `settlement` alone: a child for each module, which imports no other and looks.
EACH_ALONE = """
import importlib, inspect, multiprocessing, re, sys
import settlement
def look(module, names):
    there = importlib.import_module(module)
    for name in names.split(","):
        if callable(value := getattr(there, name)):
            try:
                shown = str(inspect.signature(value))
            except ValueError:
                continue
            if re.search(r": [\\"']|-> [\\"']|ForwardRef|: settlement\\.", shown):
                print(module, name, shown, flush=True)
fork = multiprocessing.get_context("fork")
for module, names in (line.split(":") for line in sys.stdin.read().split()):
    child = fork.Process(target=look, args=(module, names))
    child.start()
    child.join()
    assert child.exitcode == 0, module
"""


#: What is written elsewhere, and what needs an extra.
ELSEWHERE = ("settlement.testing", "settlement.allocation", "settlement.ext.store", "settlement.ext.django")


def test_what_a_page_imports_by_an_inner_address_is_readable_too():
    """Whatever else was imported before; Hypothesis writes the signatures of its strategies itself."""
    named: dict[str, set[str]] = {}
    for page in PAGES:
        for module, names in IMPORT.findall(page.read_text(encoding="utf-8")):
            if module != "settlement.ext" and not module.startswith(ELSEWHERE):
                named.setdefault(module, set()).update(name.split(" as ")[0].strip() for name in names.split(","))
    assert {"settlement.audit.seal", "settlement.audit.record"} < named.keys()
    asked = "\n".join(f"{module}:{','.join(sorted(names))}" for module, names in sorted(named.items()))
    shown = subprocess.run([sys.executable, "-c", EACH_ALONE], input=asked, capture_output=True, text=True, check=False)
    assert (shown.stdout, shown.stderr) == ("", "")


def test_completion_shows_what_a_part_is_and_not_that_it_is_a_tuple():
    """`dir()` of a settled line has its fields, `saved` and no `count` or `index`; `help(Money)` has one argument."""
    names = {name for name in dir(settled(a_checkout()).lines[0]) if not name.startswith("_")}
    assert names == {*parts.SettledLine._fields, "saved"}
    assert str(inspect.signature(Money)) == "(text: str)"
