"""`settlement serve` as a shell starts it, requests to it, and what the library says of them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from pathlib import Path

from settlement import Checkout, Rulebook, settle
from test_search_limit import crowd

SOURCE = Path(__file__).parents[2] / "src"
JSON = {"content-type": "application/json"}
#: Seconds that a busy machine may take to start or to end a server.
PATIENCE = 120


def small(version):
    """Rules that differ by one coupon's amount, and so in every answer."""
    off = {"type": "amount_off", "amount": f"{20 + version}.00 CNY"}
    coupon = {"id": "c", "issuer": "s", "tiers": [{"min_amount": "50.00 CNY", "benefit": off}]}
    return Rulebook.from_dict({"id": "small", "currency": "CNY", "coupons": [coupon]})


@cache
def hard():
    """A checkout and rules whose search ends at its limit, by name `r`."""
    request = crowd(1, platform=94, coupons_platform=5)
    return Checkout.from_dict(request["checkout"]), Rulebook.from_dict(request["rulebook"])


def cart(number):
    """A checkout of three lines, which differs by its number."""
    lines = [
        {"id": f"l{at}", "shop": "s", "sku": f"k{at}", "quantity": at, "unit_price": f"{30 + number}.{at}0 CNY"}
        for at in (1, 2, 3)
    ]
    cart = {"currency": "CNY", "lines": lines}
    return Checkout.from_dict({"at": "2026-11-11T00:00:00Z", "cart": cart, "customer": {"coupons": ["c"]}})


def asked(checkout, rulebook=None):
    """The body of a request."""
    named = "" if rulebook is None else f',"rulebook":{json.dumps(rulebook)}'
    return f'{{"checkout":{checkout.to_json()}{named}}}'.encode()


def said(checkout, rulebook):
    """What the library answers."""
    return settle(checkout, rulebook).to_json().encode()


class Served:
    """A server that runs."""

    def __init__(self, process, log):
        self.process = process
        self.log = log
        self.port = int(re.search(r"serving on http://.*:(\d+),", self.logged())[1])

    def logged(self):
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8")

    def call(self, method, path, body=None, **headers):
        """Status, headers and body of an answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): each for name, each in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def settle(self, checkout, rulebook=None, **headers):
        """What it answers to a checkout."""
        return self.call("POST", "/settle", asked(checkout, rulebook), **JSON, **headers)

    def ready(self, **headers):
        """What `/ready` says."""
        return json.loads(self.call("GET", "/ready", **headers)[2])

    def metric(self, name, **headers):
        """A figure of `/metrics`: all of this name added up."""
        text = self.call("GET", "/metrics", **headers)[2].decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE))

    def until(self, holds):
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, self.logged()
            time.sleep(0.05)

    def end(self, how=signal.SIGTERM):
        """End it, and its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@contextmanager
def served(rules, log, *options, before=(), program=(), **environment):
    """A server on a free port, until the end of the block: `program`, or this Python's."""
    command = program or [sys.executable, "-m", "settlement", "serve", "--rules", str(rules), "--port", "0"]
    given = os.environ | {"PYTHONPATH": str(SOURCE)} | environment
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*before, *command, *(str(each) for each in options)],
            stdout=file,
            stderr=file,
            env=given,
            start_new_session=True,  # a group of its own: signals to all of it reach nobody else
        )
    try:
        end = time.monotonic() + PATIENCE
        while "serving on" not in log.read_text(encoding="utf-8"):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end
            time.sleep(0.05)
        yield Served(process, log)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)
