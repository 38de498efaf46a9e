"""Equal requests give equal bytes: in every process, whatever its environment (contract §7)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import settlement

PROGRAM = """
import decimal, hashlib, json, random, sys
decimal.setcontext(decimal.Context(prec=int(sys.argv[1]), rounding=decimal.ROUND_UP, traps=[]))
from random_requests import random_request
from settlement import Checkout, Rulebook, refund, settle
digest = hashlib.sha256()
for seed in range(60):
    request = random_request(random.Random(seed))
    made = settle(Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"]))
    digest.update(made.to_json().encode())
    digest.update(refund(made, {line.id: line.quantity for line in made.lines}, freight="return").to_json().encode())
print(digest.hexdigest())
"""

#: hash seed, locale, time zone, digits of the decimal context, options of the interpreter
ENVIRONMENTS = {
    "turkish": ("0", "tr_TR.UTF-8", "Pacific/Kiritimati", "4", ()),
    "optimised": ("1", "C", "America/St_Johns", "1", ("-O",)),
    "chinese": ("4294967295", "zh_CN.UTF-8", "Asia/Shanghai", "28", ("-X", "utf8=0")),
    "arabic": ("77", "ar_EG.UTF-8", "Etc/GMT+12", "50", ("-OO",)),
}


def digest_in(seed: str, locale: str, zone: str, precision: str, options: tuple[str, ...]) -> str:
    """The digest of many settlements and refunds, made by a process of its own."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(
            [str(Path(settlement.__file__).parents[1]), str(Path(__file__).parent / "reference")]
        ),
        "PYTHONHASHSEED": seed,
        "LC_ALL": locale,
        "LANG": locale,
        "TZ": zone,
    }
    command = [sys.executable, *options, "-c", PROGRAM, precision]
    return subprocess.check_output(command, env=environment, text=True).strip()


@pytest.fixture(scope="module")
def plain():
    """The digest of a process with nothing unusual about it."""
    return digest_in("12345", "C.UTF-8", "UTC", "28", ())


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_environment_changes_no_byte(plain, name):
    """Hash seed, locale, time zone, decimal context and -O change nothing: no check lives in an assert."""
    assert digest_in(*ENVIRONMENTS[name]) == plain
    assert len(plain) == 64
