"""`settlement migrate`, `rotate` and `work` without their extra; with it, tests/ext/store."""

from __future__ import annotations

import sys

import pytest

from settlement.commands.cli import main


@pytest.mark.parametrize("command", [["migrate"], ["rotate"], ["work", "--once"]], ids=lambda words: words[0])
@pytest.mark.parametrize(("locale", "told"), [("en", "this needs sqlalchemy"), ("zh_CN", "需要 sqlalchemy")])
def test_without_the_extra_it_says_what_to_install(monkeypatch, capsys, command, locale, told):
    """And leaves with exit code 2."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    for name in [name for name in sys.modules if name.startswith("settlement.ext.store")]:
        monkeypatch.delitem(sys.modules, name)
    assert main([*command, "sqlite:///orders.db", "--locale", locale]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert 'pip install "settlement[sql' in said
