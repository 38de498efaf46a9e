"""`settlement migrate` and `settlement rotate` without their extra; with it, tests/ext/store."""

from __future__ import annotations

import sys

import pytest

from settlement.commands.cli import main


@pytest.mark.parametrize("command", ["migrate", "rotate"])
@pytest.mark.parametrize(("locale", "told"), [("en", 'pip install "settlement[sql'), ("zh_CN", "settlement[sql")])
def test_without_the_extra_it_says_what_to_install(monkeypatch, capsys, locale, told, command):
    """And leaves with exit code 2."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    for name in [name for name in sys.modules if name.startswith("settlement.ext.store")]:
        monkeypatch.delitem(sys.modules, name)
    assert main([command, "sqlite:///orders.db", "--locale", locale]) == 2
    assert told in capsys.readouterr().err
