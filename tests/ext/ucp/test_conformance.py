"""The shop of these tests under the independent checks of a merchant of UCP: no MUST is violated."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import pytest
import uvicorn

from agent_shop import Shop

pytestmark = pytest.mark.agents

CHECKS = "import sys; from spck_conformance.cli import main; sys.exit(main())"


def paid_by(token: str | None) -> dict:
    """What completes a checkout."""
    card = {"id": "i1", "handler_id": "pay", "type": "card", "selected": True}
    return {"payment": {"instruments": [card | {"credential": {"type": "token", "token": token}}]}}


CONFIG = {
    "product_id": "class",
    "currency": "CNY",
    "out_of_stock_id": "gone",
    "fulfillment_option_id": "standard",
    "complete_payment": paid_by("ok"),
    "fail_payment": paid_by("bad"),
    "discount": {
        "valid_code": "FIVE",
        "second_valid_code": "THREE",
        "invalid_code": "NOPE",
        "case_insensitive": True,
        "rejected_messages": True,
        "replacement": True,
        "automatic": {"product_id": "tea", "quantity": 3},
    },
    "unavailable": {"business_outcome": True},
    "payment": {"handler_key": "com.example.pay", "escalation_payment": paid_by("3ds")},
    "eligibility": {"unrecognized": "com.example.unknown"},
    "order": {"simulate_adjustment": True, "second_product_id": "lesson"},
    "negotiation": {
        "validates_profile_url": True,
        "unsupported_version_profile_url": "https://agent.example/newer",
        "incompatible_caps_profile_url": "https://agent.example/other",
        "unreachable_profile_url": "https://agent.example/gone",
        "malformed_profile_url": "https://agent.example/odd",
    },
}


def fetched(url: str) -> dict:
    """The profiles that the checks name, without a network."""
    if url.endswith("/gone"):
        raise ConnectionError
    if url.endswith("/odd"):
        raise ValueError
    name = "dev.ucp.shopping.catalog.search" if url.endswith("/other") else "dev.ucp.shopping.checkout"
    version = "2099-01-01" if url.endswith("/newer") else "2026-04-08"
    known = ("dev.ucp.shopping.discount", "dev.ucp.shopping.fulfillment", "dev.ucp.shopping.order")
    return {"ucp": {"version": version, "capabilities": {each: [{"version": version}] for each in (name, *known)}}}


@pytest.fixture(params=["2026-04-08", "2026-08-25"])
def served(request):
    """The shop at an address of this machine, and its version."""
    server = uvicorn.Server(uvicorn.Config("", port=0, log_level="error", lifespan="off"))
    (socket,) = [server.config.bind_socket()]
    base = f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.config.app = Shop(base, version=request.param, fetch_profile=fetched).app
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    while thread.is_alive() and not server.started:  # bound is not yet listening
        time.sleep(0.01)
    yield base, request.param
    server.should_exit = True
    thread.join()


def test_no_must_is_violated(served, tmp_path):
    """Every check that applies and has what it needs passes; in the version that they cover, they are 68."""
    base, version = served
    config = tmp_path / "merchant.json"
    config.write_text(json.dumps(CONFIG))
    command = [sys.executable, "-c", CHECKS, "--server", base, "--config", str(config), "--json"]
    told = json.loads(subprocess.run(command, check=False, capture_output=True, text=True).stdout)
    assert [each for each in told["checks"] if each["status"] in ("deviation", "inconclusive")] == []
    assert told["checks_summary"]["inconclusive"] == 0
    assert told["checks_summary"]["clean"] >= (68 if version == "2026-04-08" else 26)
    assert told["support"] == "supported"
