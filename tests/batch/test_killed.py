"""A batch that is killed thrice ends as one that nothing befell: each row once, in its order, in little memory.

`make test` does it with three thousand rows; `make many`, which CI runs, with a hundred thousand, and `make soak` with
a million.
"""

from __future__ import annotations

import fileinput
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from samples import a_line, a_rulebook, an_offer
from settlement import Money

ROWS = int(os.environ.get("SETTLEMENT_BATCH_REQUESTS", "3000"))
#: About thirty parts, of any number of rows.
PART = max(20_000, 800 * ROWS // 30)
#: What all processes of a run may have had at most, each at its own worst, in kB.
PEAK = 500_000

PROGRAM = "from settlement.commands.cli import main; raise SystemExit(main())"


def book():
    """Freight of 8.00 for a piece and 2.00 for each more, and a coupon that takes 20.00 off from 100.00."""
    zone = {"regions": ["CN/mainland"], "first": 1, "first_fee": "8.00 CNY"}
    zone |= {"additional": 1, "additional_fee": "2.00 CNY"}
    tier = {"min_amount": "100.00 CNY", "benefit": {"type": "amount_off", "amount": "20.00 CNY"}}
    template = {"id": "pieces", "measure": "quantity", "zones": [zone]}
    return a_rulebook(id="r", freight_templates=[template], coupons=[an_offer("c", issuer="s1", tiers=[tier])])


def a_text(number):
    """A line of the input: three lines, six pieces, a coupon; each thousandth has a price that is no amount."""
    prices = 1_000 + number, 2_590, 1_299
    lines = [
        a_line(f"l{at}", sku=f"k{at}", quantity=at, unit_price=f"{each // 100}.{each % 100:02d} CNY")
        | {"freight_template": "pieces"}
        for at, each in enumerate(prices, 1)
    ]
    if number % 1_000 == 999:
        lines[0]["unit_price"] = 1.5
    checkout = {"at": "2026-11-11T00:00:00+08:00", "cart": {"currency": "CNY", "lines": lines}}
    checkout |= {"address": {"region": "440305"}, "customer": {"coupons": ["c"]}}
    return json.dumps({"checkout": checkout}) + "\n"


def due(number):
    """What is to be paid for it, in cents: 90.77 for two of the three goods, 18.00 for six pieces."""
    goods = 1_000 + number + 2 * 2_590 + 3 * 1_299
    return goods - (2_000 if goods >= 10_000 else 0) + 1_800


def start(folder, out, method):
    """The command, in a session of its own."""
    options = ["--rules", "rules", "--workers", "2", "--part", str(PART), "--as", "totals", "--start-method", method]
    words = [sys.executable, "-c", PROGRAM, "batch", "in.jsonl", "-o", out, *options]
    with (folder / f"{out}.told").open("wb") as told:
        return subprocess.Popen(words, cwd=folder, stdout=told, stderr=subprocess.DEVNULL, start_new_session=True)


def peaks(session, known):
    """Add to `known` what each process of a session has had in memory at most, in kB."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getsid(int(status.parent.name)) != session:
                continue
            rows = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except (OSError, ValueError):  # it is gone
            continue
        if "VmHWM" in rows:
            known[int(status.parent.name)] = int(rows["VmHWM"].split()[0])


def wait(running, known):
    """Until it is over; its exit code."""
    while running.poll() is None:
        peaks(running.pid, known)
        time.sleep(0.05)
    return running.returncode


def digests(folder):
    """All that is in a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_three_times_killed_it_ends_as_unbroken(tmp_path, record_testsuite_property):
    """By SIGKILL once more parts are finished: by spawned processes alone, by forked ones ended and gone on with.

    The folders are the same, byte for byte; what is payable is worked out here row by row; and the peaks of all
    processes of the unbroken run come to less than 500 MB.
    """
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.json").write_text(json.dumps(book()), encoding="utf-8")
    with (tmp_path / "in.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(map(a_text, range(ROWS)))
    known: dict[int, int] = {}
    assert wait(start(tmp_path, "one", "spawn"), known) == 3
    there: set[str] = set()
    for _ in range(3):
        running = start(tmp_path, "two", "fork")
        while running.poll() is None:
            found = {path.name for path in (tmp_path / "two").glob("done-*.json")}
            if found - there:
                break
            time.sleep(0.01)
        assert running.poll() is None, "it was over before it could be killed"
        running.kill()  # it alone: its workers end by themselves
        running.wait()
        time.sleep(0.5)
        there = {path.name for path in (tmp_path / "two").glob("done-*.json")}
        assert there
    assert wait(start(tmp_path, "two", "fork"), {}) == 3
    assert digests(tmp_path / "two") == digests(tmp_path / "one")
    told = [json.loads((tmp_path / f"{name}.told").read_bytes()) | {"seconds": 0} for name in ("one", "two")]
    assert told[0] == told[1]
    good = [number for number in range(ROWS) if number % 1_000 != 999]
    with fileinput.input(sorted((tmp_path / "two").glob("part-*"))) as settled:
        for number, line in zip(good, settled, strict=True):
            assert Money(json.loads(line)["payable"]).minor == due(number)
    assert told[0]["rejected"] == ROWS - len(good)
    if known:
        record_testsuite_property("rows, processes, peaks in kB", (ROWS, len(known), sum(known.values())))
        assert len(known) >= 3
        assert sum(known.values()) < PEAK
