"""How documents are made, as `inspect.signature`, `help` and type checkers are told."""

from __future__ import annotations

import importlib.util
import inspect
import pydoc
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest

from settlement import AmountOff, Checkout, Line, Money
from settlement.after_pay.payments.paid import Reason
from settlement.documents.document import Document
from settlement.documents.scalars import Percent
from settlement.documents.signature import signature_of

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
    each.__name__: each for each in (Money, Decimal, datetime, Mapping, Sequence)
}
NAMES |= {"Any": Any, "Literal": Literal, "Reason": Reason}


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
