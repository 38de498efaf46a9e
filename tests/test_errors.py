"""The exception tree, its texts, and what a program can read of it."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from pathlib import Path

import pytest

import settlement
from samples import a_checkout, settled
from settlement import errors
from settlement.audit.record import record
from settlement.errors import TEXTS, Problem
from sources import nodes

SOURCE = Path(settlement.__file__).parent

#: Of what an order can use up, as the store counts it.
KINDS = {"budget", "coupon", "points", "stock", "tender", "units", "use"}
EXAMPLES = [
    errors.InvalidDocument([Problem("a.b", "quantity.range", {"found": "0", "range": "above 0"})], "Line"),
    errors.CurrencyMismatch("CNY", "JPY"),
    errors.RefundExceeds("a", "2", "3"),
    errors.RefundExceeds("", "2.00 CNY", "3.00 CNY"),
    errors.Unsayable([Problem("totals.points", "unsayable.total", {"found": "-5.00 CNY", "protocol": "ACP"})], "ACP"),
    errors.NotConfirmed(None),
    errors.BatchRefused("parts: another run is under way in it"),
    errors.CryptoRefused("crypto.erased"),
    errors.EventRefused("shipped", "closed", ("paid",)),
    *[errors.AllowanceExhausted(kind, "x", 1) for kind in errors.SAYINGS if kind in KINDS],
    errors.GatewayRefused("gateway.header_missing", found='"Signature"'),
    errors.IdempotencyConflict("k"),
    errors.Immutable("Line", "quantity", 'make a changed copy: .model_copy(update={"quantity": …})'),
    errors.MissingExtra("sqlalchemy", "sql"),
    errors.NotFound("Q-17"),
    errors.UnknownLine("z", ("a", "b")),
    errors.UnknownLine("z"),
    errors.UnknownRegion("999999"),
    errors.UnknownAddress("z", ("a", "b")),
    errors.UnknownLocale("xx"),
    errors.UnknownLocale("ja", ("en", "zh_CN")),
    errors.UnknownVersion("0", "1"),
    errors.SealRefused("seal.expired"),
    errors.InvariantBroken("the totals", 1, 2),
    errors.KindFailed("EverySeventh", "off", "an integer", "a float"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_exception_survives_pickle_and_copy(error):
    """Workers hand errors back: type, attributes and text stay."""
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - made a moment ago
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_exception_is_one_of_ours_and_of_python(error):
    """`except SettlementError` catches all; each is also the error of Python that it is."""
    assert isinstance(error, errors.SettlementError)
    assert isinstance(error, (ValueError, LookupError, AttributeError, ImportError, RuntimeError))


@pytest.mark.parametrize("locale", ["zh_CN", "zh_TW"])
@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_exception_has_a_text_in_a_readers_language(error, locale):
    """`text()` is `str()` without its code, and all in Chinese: none of the English sentence is left."""
    english, chinese = error.text(), error.text(locale)
    if not isinstance(error, errors.InvalidDocument):
        assert str(error) == english + (f" [{error.code}]" if error.code else "")
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert {"the", "is", "was", "in", "and", "there", "of"} & {*re.findall(r"\w+", chinese.partition("：")[2])} == set()
    with pytest.raises(errors.UnknownLocale):
        error.text("xx")


def test_a_code_that_has_no_text_is_no_reason_to_fail():
    """An adapter of somebody's own may refuse by its own codes: told by its detail, else by an empty place for one."""
    for facts in ({"detail": "no such payment"}, {}):
        error = errors.GatewayRefused("gateway.of_my_own", **facts)
        told = facts.get("detail", "<detail>")
        assert (str(error), error.text("zh_CN")) == (f"{told} [gateway.of_my_own]", told)


def test_an_exception_of_each_class_is_looked_at():
    """The examples above have every class of the tree but its root, and every kind that a store counts."""
    classes = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)}
    assert {type(each) for each in EXAMPLES} == classes - {errors.SettlementError}
    assert {each.kind for each in EXAMPLES if isinstance(each, errors.AllowanceExhausted)} == KINDS
    assert errors.AllowanceExhausted("berth", "x", 1).text("zh_CN") == "berth 'x'：剩余 1"


def test_what_never_changes_says_so_in_one_way():
    """Amount, settlement, its parts, record, document: setting or deleting anything is an `Immutable`."""
    settled_ = settled(a_checkout())
    parts = [settled_.totals, settled_.totals.saved, settled_.lines[0], settled_.shops[0], settled_.points]
    for value in (settled_, *parts, settled_.payable, record(settled_), settled_.made_from[0]):
        with pytest.raises(errors.Immutable, match=rf" {type(value).__name__} never changes; "):
            value.status = "paid"
        with pytest.raises(errors.Immutable):
            del value.status


def test_a_named_tuple_of_the_library_says_what_to_do_instead():
    """Of a settlement: settle again. Any other: a changed copy. Both still pickle, copy and replace."""
    line = settled(a_checkout()).lines[0]
    with pytest.raises(errors.Immutable, match="a SettledLine never changes; change the checkout and settle again"):
        line.quantity = 3
    problem = Problem("a", "list.type")
    with pytest.raises(errors.Immutable, match=r"a Problem never changes; make a changed copy: \._replace\(code=…\)"):
        problem.code = "list.empty"
    assert pickle.loads(pickle.dumps(line)) == copy.copy(line) == line  # noqa: S301 - made a moment ago
    assert problem._replace(code="list.empty").code == "list.empty"


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_a_problem_reads_itself_in_a_language(locale):
    """`text()` is the message, in English and in Chinese, without place and code."""
    found = Problem("a.b", "quantity.range", {"found": "0", "range": "above 0 and at most 9"})
    assert found.text(locale) == {"en": found.message, "zh_CN": "找到 0；应大于 0 且不超过 9"}[locale]


def test_the_tree_in_the_docstring_is_the_tree():
    """Every exception of the module stands in its docstring with its Python base."""
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    for each in classes:
        assert each.__name__ in (errors.__doc__ or "")
        assert each.__name__ in errors.__all__


def test_a_long_list_of_known_lines_is_cut():
    """An unknown line shows the first eight of those that are there."""
    error = errors.UnknownLine("z", [str(n) for n in range(20)])
    assert str(error).endswith("'7', …")
    assert str(errors.UnknownLine("z")) == "there is no line 'z'"


@pytest.mark.parametrize(
    "error",
    [
        errors.RefundExceeds("x" * 100_000, "1", "2"),
        errors.UnknownLine("x" * 100_000, ["y" * 100_000] * 20),
        errors.UnknownAddress("x" * 100_000, ["y" * 100_000] * 20),
        errors.UnknownRegion("x" * 100_000),
        errors.UnknownLocale("x" * 100_000),
        errors.UnknownVersion("x" * 100_000, "1"),
        errors.InvariantBroken("x" * 100_000, list(range(50_000)), "y" * 100_000),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_text_has_a_whole_value_in_it(error):
    """A long name is cut in the text, and whole in the attribute."""
    assert len(str(error)) < 1_000
    assert "x" * 40 in str(error)
    assert "…" in str(error) or isinstance(error, errors.UnknownVersion)
    assert "x" * 100_000 in vars(error).values()


@pytest.mark.parametrize(
    "kind", [errors.UnknownLine, errors.UnknownAddress, errors.UnknownRegion, errors.UnknownLocale]
)
def test_a_name_that_is_no_text_is_told_too(kind):
    """`cart[5]` says that there is no line '5'; what tells an error never raises another."""
    assert "5" in str(kind(5))
    assert "None" in str(kind(None))


def test_a_problem_without_a_place_is_of_the_document():
    """A missing fact shows as its own name, so that reporting an error never raises another."""
    assert str(Problem("", "json.depth")) == "document: found more than <limit> levels of nesting [json.depth]"
    assert Problem("x", "field.unknown").message == "there is no such field here"


def codes_in(path: Path) -> set[str]:
    """The codes that a module raises: first arguments, `code=` and tables, as string constants with a dot."""
    constants = {node.value for node in nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in constants if text in TEXTS}


def test_every_code_is_raised_somewhere():
    """A text that no code of the library uses is dead; quantity and percent codes are made of their kind."""
    raised = {code for path in SOURCE.rglob("*.py") if path.name != "errors.py" for code in codes_in(path)}
    made = {f"{kind}.{what}" for kind in ("quantity", "percent") for what in ("type", "notation")}
    made |= {"event.refused"}  # by its exception, which knows its own problem
    assert set(TEXTS) - raised - made == set()


def asked_for(path: Path) -> set[str]:
    """The codes that a module hands to a problem: `code=`, the first argument of `problem`, the second of `Problem`."""
    found: list[ast.expr] = []
    for node in nodes(path):
        if isinstance(node, ast.Call):
            at = {"problem": 0, "Problem": 1}.get(getattr(node.func, "id", ""), len(node.args))
            found += [*node.args[at : at + 1], *(word.value for word in node.keywords if word.arg == "code")]
    texts = {str(each.value) for each in found if isinstance(each, ast.Constant)}
    return {code for code in texts if re.fullmatch(r"[a-z_]+\.[a-z_]+", code)}


def test_every_code_has_a_text():
    """What is refused is told: a code without a text would end in a KeyError."""
    assert {code for path in SOURCE.rglob("*.py") for code in asked_for(path)} - set(TEXTS) == set()


@pytest.mark.parametrize("code", TEXTS)
def test_a_text_has_plain_placeholders(code):
    """Placeholders are bare names: no attribute, index or conversion can be reached through a text."""
    assert all(re.fullmatch(r"[a-z_]+", name) for name in re.findall(r"\{([^}]*)\}", TEXTS[code]))
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", code)
