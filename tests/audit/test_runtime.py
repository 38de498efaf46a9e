"""What surrounds a process changes no byte: environments, interruptions, other processes."""

from __future__ import annotations

import ast
import multiprocessing
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

import settlement
from random_requests import random_request
from samples import everything, settled
from settlement import Checkout, Rulebook, refund, settle
from settlement.audit.record import record
from sources import nodes

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import hashlib, json, random
from random_requests import random_request
from settlement import Checkout, Rulebook, settle
from settlement.audit.record import record
from settlement.audit.replay import replay
from settlement.audit.seal import Key, Keys, seal
from settlement.audit.diff import diff
keys, digest, last = Keys(Key("k", b"0123456789abcdef0123456789abcdef")), hashlib.sha256(), None
for seed in range(5):
    request = random_request(random.Random(seed))
    made = settle(Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"]))
    kept = record(made)
    if not replay(kept).equal:
        raise SystemExit(seed)
    digest.update(kept.to_json().encode())
    token = seal(kept, keys, issued="2026-11-11T00:00:00Z", expires="2026-11-12T00:00:00Z", audience="a")
    digest.update(token.encode())
    if last is not None and last.currency == made.currency:
        digest.update(json.dumps(diff(last, made).to_dict()).encode())
    last = made
print(digest.hexdigest())
"""


def digest_of(*options, **variables):
    """The digest of records, seals and diffs, made by a process of its own."""
    here = Path(__file__).parents[1] / "reference"
    path = os.pathsep.join([str(Path(settlement.__file__).parents[1]), str(here)])
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": path} | variables
    return subprocess.check_output([sys.executable, *options, "-c", PROGRAM], env=environment, text=True).strip()


def test_bi_176_ten_hash_seeds_and_a_foreign_environment():
    """BI-176: ten hash seeds, -O, a Turkish locale and the furthest time zone make identical bytes."""
    plain = digest_of(PYTHONHASHSEED="12345")
    assert len(plain) == 64
    for seed in range(10):
        options = ["-O"] if seed % 2 else []
        found = digest_of(*options, PYTHONHASHSEED=str(seed), LANG="tr_TR", LC_ALL="tr_TR", TZ="Pacific/Kiritimati")
        assert found == plain, seed


def test_bi_176_no_check_lives_in_an_assert():
    """BI-176: the library has no assert statement that -O would take away."""
    for path in Path(settlement.__file__).parent.rglob("*.py"):
        assert not [node for node in nodes(path) if isinstance(node, ast.Assert)], path.name


# ------------------------------------------------------------------ BI-171

#: Whatever turns bytes into objects by running what they say.
UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}


def test_bi_171_nothing_of_ours_unpickles():
    """BI-171: no module imports pickle or its kin, and none calls eval, exec or compile."""
    for path in Path(settlement.__file__).parent.rglob("*.py"):
        for node in nodes(path):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {(node.module or "").split(".")[0]}
            else:
                names = set()
            assert not names & UNSAFE, path.name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "__import__"}, path.name


def test_bi_171_pickle_bytes_are_no_document():
    """BI-171: bytes of a pickle are refused by every reader; nothing of them is run."""
    ran = []

    class Bomb:
        def __reduce__(self):
            return ran.append, (1,)

    data = pickle.dumps(Bomb())
    readers = [
        settlement.Settlement.from_json,
        settlement.RefundQuote.from_json,
        settlement.Checkout.model_validate_json,
        settlement.Rulebook.model_validate_json,
        __import__("settlement.audit.record", fromlist=["Record"]).Record.from_json,
        __import__("settlement.audit.replay", fromlist=["replay"]).replay,
    ]
    for read in readers:
        with pytest.raises(settlement.InvalidDocument):
            read(data)
    assert ran == []


def _settled(seed):
    request = random_request(random.Random(seed))
    made = settle(Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"]))
    quote = refund(made, {line.id: line.quantity for line in made.lines})
    return made, quote, record(made)


def test_bi_171_results_travel_between_processes():
    """BI-171: settlements, refunds and records come back equal from worker processes."""
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        found = pool.map(_settled, range(6))
    assert found == [_settled(seed) for seed in range(6)]


# ------------------------------------------------------------------ BI-178


class Interrupter:
    """Raises once, at the n-th call of any function of this library."""

    def __init__(self, at, error):
        self.left = at
        self.error = error

    def __call__(self, frame, event, _):  # noqa: D102 - as sys.setprofile calls it
        if event == "call" and frame.f_globals.get("__name__", "").startswith("settlement"):
            self.left -= 1
            if self.left == 0:
                raise self.error


def interrupted(at, error):
    """Settle afresh, interrupted at that call; whether it was."""
    before = sys.getprofile()
    sys.setprofile(Interrupter(at, error))
    try:
        settled(*everything()).to_json()
    except type(error):
        return True
    finally:
        sys.setprofile(before)
    return False


def calls():
    """How many functions of this library one settlement calls."""
    counter = Interrupter(0, None)
    before = sys.getprofile()
    sys.setprofile(counter)
    try:
        settled(*everything()).to_json()
    finally:
        sys.setprofile(before)
    return -counter.left


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()], ids=lambda error: type(error).__name__)
def test_bi_178_an_interruption_changes_nothing(error):
    """BI-178: interrupted at any of a hundred moments it propagates, and the next settlement has the same bytes."""
    expected = settled(*everything()).to_json()
    total = calls()
    assert total > 300
    stopped = 0
    for at in range(1, total, max(1, total // 100)):
        stopped += interrupted(at, error)
        assert settled(*everything()).to_json() == expected
    assert stopped >= 95


def test_bi_178_rules_are_good_after_an_interruption(monkeypatch):
    """BI-178: a rulebook whose first use was interrupted works as if it had not been used."""
    from settlement.rulebook import rulebook as module

    checkout, rules = everything()
    request = Checkout.model_validate(checkout), Rulebook.model_validate(rules)
    expected = settled(checkout, rules).to_json()

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "OfferIndex", stop)
        with pytest.raises(KeyboardInterrupt):
            settle(*request)
    assert settle(*request).to_json() == expected
