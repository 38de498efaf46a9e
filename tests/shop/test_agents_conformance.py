"""The mall itself under the independent checks of a merchant of UCP: no MUST is violated."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.shop

CHECKS = "import sys; from spck_conformance.cli import main; sys.exit(main())"


def paid_by(token):
    """What completes a checkout."""
    card = {"id": "i1", "handler_id": "sandbox", "type": "card", "selected": True}
    return {"payment": {"instruments": [card | {"credential": {"type": "token", "token": token}}]}}


CONFIG = {
    "product_id": "storage-1y",
    "currency": "CNY",
    "out_of_stock_id": "keyboard-87",
    "fulfillment_option_id": "standard",
    "complete_payment": paid_by("success_token"),
    "fail_payment": paid_by("fail_token"),
    "payment": {"handler_key": "org.example.sandbox"},
    "eligibility": {"unrecognized": "com.example.unknown"},
    "unavailable": {"business_outcome": True},
}


def test_no_must_is_violated(answering, tmp_path):
    """Every check that applies to the mall and has what it needs passes."""
    config = tmp_path / "merchant.json"
    config.write_text(json.dumps(CONFIG))
    command = [
        sys.executable,
        "-c",
        CHECKS,
        "--server",
        answering.state.settings.url,
        "--config",
        str(config),
        "--json",
    ]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    told = json.loads(ran.stdout)
    (tmp_path / "told.json").write_text(ran.stdout)
    assert [each["id"] for each in told["checks"] if each["status"] == "deviation"] == []
    assert (told["support"], told["checks_summary"]["inconclusive"]) == ("supported", 0)
    assert told["checks_summary"]["clean"] >= 43
