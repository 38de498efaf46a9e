"""Plain text: what escapes, how wide it is, where it wraps."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.documents.words.page import Page
from settlement.documents.words.plain import shown, width, wrapped

BIDI = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)]
SEPARATORS = ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0", "\x1b", "\x9b", "\x7f", "\ufeff"]


@pytest.mark.parametrize("character", [*BIDI, *SEPARATORS], ids=ascii)
def test_what_could_break_out_is_escaped(character):
    """No character that ends a line, turns the direction or speaks to a terminal comes through."""
    assert shown(f"a{character}b") == "a" + character.encode("unicode_escape").decode() + "b"


@given(st.text())
def test_any_text_stays_on_its_line(text):
    """Whatever a name holds, one line of printable characters, spaces and joiners is shown."""
    out = shown(text)
    assert len(out.splitlines()) <= 1
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in out)
    assert not set(out) & set(BIDI)


def test_harmless_text_comes_through():
    """Wide spaces, emoji with joiners and accents are names, not attacks."""
    for text in ("茶　叶", "👨\u200d👩\u200d👧 套装", "e\u0301", "[/nope] {0.__class__} %s \\n", "<b>"):
        assert shown(text) == text


def test_spaces_cannot_reach_into_another_column():
    """A run of spaces, of whatever kind, becomes one."""
    assert shown("Tea  \u3000 \u00a0  To pay      0.01") == "Tea To pay 0.01"


def test_width_counts_what_a_terminal_shows():
    """Wide and full-width characters count two, combining and invisible ones none."""
    assert [width(text) for text in ("abc", "茶叶", "ＡＢ", "e\u0301", "a\u200db", "¥1 ×")] == [3, 4, 4, 1, 2, 4]


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=60), st.integers(3, 20), st.integers(1, 4))
def test_wrapped_lines_fit(text, columns, limit):
    """No line is wider than asked, none is more than allowed, and what is not cut is all there."""
    text = shown(text).strip()
    lines = wrapped(text, columns, limit)
    assert len(lines) <= limit
    assert all(width(line) <= columns for line in lines)
    if not lines[-1].endswith("…"):
        assert "".join("".join(lines).split()) == "".join(text.split())


def test_columns_line_up_whatever_the_script():
    """Every row of a page ends in the same column."""
    page = Page()
    for name in ("Tea", "茶叶", "ＴＥＡ", "te\u0301", "长" * 60, "word " * 30):
        page.row(name, "1 × 9.00", "9.00")
        page.row(name, amount="10.00")
    rows = [line for line in str(page).split("\n") if line.endswith("0")]
    assert len(rows) == 12
    assert len({width(row) for row in rows}) == 1
