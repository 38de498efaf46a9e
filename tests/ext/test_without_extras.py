"""Each extra that is not there is named by what needs it: in Python, and by the commands that are of one."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from settlement.commands.cli import main
from settlement.errors import MissingExtra

ROOT = Path(__file__).resolve().parents[2]

#: What is asked for, the extra that brings what it needs, and the package of it that is asked for first.
ASKED = {
    "from settlement.ext.store import Store": ("sql", "sqlalchemy"),
    "import settlement.ext.store.migrate": ("sql", "sqlalchemy"),
    "from settlement.ext.crypto import MasterKeys, new_key; new_key('c', MasterKeys.read(KEYS))": (
        "crypto",
        "cryptography",
    ),
    "from settlement.ext.fastapi import router; router({'r': RULES})": ("fastapi", "fastapi"),
    "from settlement.ext.ucp import Merchant, router; router(RULES, MERCHANT, print, base='https://shop.example')": (
        "ucp",
        "fastapi",
    ),
    "from settlement.ext.ap2 import SigningKey; SigningKey('k', b'')": ("ucp", "cryptography"),
    "from settlement.ext.mcp import server; server()": ("mcp", "mcp"),
    "from settlement.ext.django import MoneyField": ("django", "django"),
    "from settlement.ext.salesman import place; place(None, None, seen=None)": ("salesman", "django"),
    "from settlement.ext.oscar import Mall; Mall().settled(None, None)": ("oscar", "django"),
    "from settlement.ext.serve.metrics import Metrics; Metrics(int, int)": ("serve", "prometheus_client"),
    "from settlement.ext.serve.connection import protocol; protocol(1, print)": ("serve", "uvicorn"),
    "from settlement.ext.gateways.stripe import Stripe; Stripe(merchant='a', keys=[], api_key='k', live=False)": (
        "stripe",
        "stripe",
    ),
    "from settlement.ext.gateways.alipay import Alipay\n"
    "Alipay(merchant='', app='', keys=[], private_key='', notify_url='')": ("alipay", "alipay"),
    "from settlement.audit.books.frames import to_frame; to_frame(SETTLED, library='pandas')": ("pandas", "pandas"),
    "from settlement.audit.books.frames import to_frame; to_frame(SETTLED, library='polars')": ("polars", "polars"),
    "from settlement.audit.books.frames import to_frame; to_frame(SETTLED, library='arrow')": ("arrow", "pyarrow"),
    "from settlement.audit.books.spreadsheets import to_xlsx; to_xlsx(SETTLED)": ("xlsx", "xlsxwriter"),
    "from settlement.testing import carts": ("testing", "hypothesis"),
}

#: Run without any of these packages, whatever is installed.
PROGRAM = """
import json, sys
hidden = {hidden!r}
for name in hidden:
    sys.modules[name] = None
from settlement import Cart, Checkout, Line, Rulebook, settle
from settlement.errors import MissingExtra

RULES = Rulebook(id="r", currency="CNY")
LINE = Line(id="a", shop="s1", sku="k", quantity=1, unit_price="59.90 CNY")
SETTLED = settle(Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[LINE])), RULES)
MERCHANT, KEYS = None, "m:" + "AAAA" * 10 + "AAA="
told = {{}}
for asked in {asked!r}:
    try:
        exec(asked)
    except MissingExtra as error:
        told[asked] = [error.extra, error.package, str(error)]
    except Exception as error:
        told[asked] = [type(error).__name__, "", str(error)]
print(json.dumps(told))
"""


@cache
def told():
    """What each of them says where no extra is installed."""
    program = PROGRAM.format(hidden=sorted({package for _, package in ASKED.values()}), asked=[*ASKED])
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@pytest.mark.parametrize("asked", ASKED)
def test_what_needs_an_extra_says_which(asked):
    """`MissingExtra` with the package, the extra, and the line that installs it; not Python's own message."""
    extra, package = ASKED[asked]
    assert told()[asked] == [extra, package, f'this needs {package}: pip install "settlement[{extra}]"']


def test_every_extra_that_is_named_is_one():
    """Those of pyproject.toml: the line that is shown installs something."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {
        each
        for path in (ROOT / "src").rglob("*.py")
        for part in path.read_text(encoding="utf-8").split('needs("')[1:]
        for each in part.partition('"')[0].split(",")
    }
    assert {"sql", "crypto", "phone", "charts"} <= named <= {*extras}
    assert {extra for extra, _ in ASKED.values()} <= {*extras}


@pytest.mark.parametrize(("locale", "words"), [("en", "this needs mcp"), ("zh_CN", "需要 mcp")])
def test_a_command_says_it_in_a_line(monkeypatch, capsys, locale, words):
    """With exit code 2, in the reader's language where the command has one, and as JSON for programs."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert MissingExtra("mcp", "mcp").text(locale).startswith(words)
    assert main(["mcp"]) == 2
    assert capsys.readouterr().err == 'settlement: this needs mcp: pip install "settlement[mcp]"\n'
    assert main(["mcp", "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["message"].startswith("this needs mcp: ")
