"""Golden records: frozen while the calculation version stays what it is."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from settlement import CALCULATION_VERSION, RefundPolicy
from settlement.after_pay.invoices.invoice import InvoicePolicy
from settlement.after_pay.payouts.owed import PayoutPolicy
from settlement.audit.record import Record
from settlement.audit.replay import replay
from settlement.documents.canonical import canonical

ROOT = Path(__file__).resolve().parents[2]

spec = importlib.util.spec_from_file_location("golden", ROOT / "scripts" / "golden.py")
golden = importlib.util.module_from_spec(spec)
spec.loader.exec_module(golden)

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
#: The calculation version after this one.
NEXT = str(int(CALCULATION_VERSION) + 1)


@pytest.mark.parametrize("path", golden.records(), ids=lambda path: path.stem)
def test_a_golden_record_replays_equal(path):
    """Every value of the record is what this library computes."""
    assert list(map(str, replay(path.read_bytes()).differences)) == []


def test_the_folder_is_frozen():
    """The records are those that the manifest names for this calculation version, and the changelog knows it."""
    assert list(golden.faults()) == []
    assert 30 <= len(golden.records()) <= 60


@pytest.mark.parametrize("path", golden.records(golden.AFTER_PAY), ids=lambda path: path.stem)
def test_what_comes_after_pay_is_made_equal(path):
    """Refunds, payouts, sub-orders, options, items, invoices and red invoices: every value is what is made now."""
    kept = json.loads(path.read_bytes())
    assert golden.after_pay(kept) == kept


def test_a_cent_more_after_pay_is_found():
    """In any document of a record: what is made now differs there, and the script would not write it."""
    path = golden.AFTER_PAY / "example-after-pay.json"
    kept = json.loads(path.read_bytes())
    assert list(golden.moved_after_pay(path, kept)) == []
    for place in (("steps", 1, "refund", "cash"), ("steps", 2, "payout", "refunded"), ("invoices", 0, "tax"),
                  ("steps", 0, "red_invoices", 0, "amount"), ("sub_orders", 0, "due"), ("options", 0, "fee"),
                  ("items", 0, "unit_amount"), ("payout", "provider")):  # fmt: skip
        spoilt = json.loads(path.read_bytes())
        inner = spoilt
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = "0.01 CNY"
        assert golden.after_pay(spoilt) == kept
        assert len(list(golden.moved_after_pay(path, spoilt))) == 1


def test_the_records_show_what_can_come_after_pay():
    """Every choice of every policy, every freight mode, each thing that a refund may bring, three currencies."""
    shown = {
        feature
        for path in golden.records(golden.AFTER_PAY)
        for feature in golden.steps_of(json.loads(path.read_bytes()))
    }
    wanted = {f"freight {mode}" for mode in ("keep", "return", "parcel")} | {"CNY", "JPY", "KWD", "decimal", "red blue"}
    wanted |= {"charges", "tenders", "coupons", "gifts", "earned_points", "points", "2 shops"}
    policies = (("", RefundPolicy), ("payout ", PayoutPolicy), ("invoice ", InvoicePolicy))
    for prefix, policy in policies:
        for name, field in policy.model_json_schema()["properties"].items():
            others = [None, "9"] if name.endswith("percent") else [None]
            values = field.get("enum") or ([False, True] if field.get("type") == "boolean" else others)
            wanted |= {f"{prefix}{name} {value}" for value in values}
    wanted -= {"payout tax shop", "payout tax platform"}  # no record has taxes: tests/taxes/test_after_pay.py
    # Nor a bill of a provider: tests/after_pay/payouts/test_provider_fees.py.
    wanted -= {"payout fee_difference platform", "payout fee_difference shop"}
    # nor further terms: tests/after_pay/payouts/test_commissions.py
    wanted -= {"payout commissions None", "payout commissions 9"}
    assert wanted - shown == set()


def test_the_records_show_the_whole_of_a_settlement():
    """Every stage, every currency scale, every status and most reasons stand in some record."""
    shown = {
        feature
        for path in golden.records()
        for feature in golden.features(Record.from_json(path.read_bytes()).data["settlement"])
    }
    stages = {feature.split(" ")[0] for feature in shown}
    from settlement.receipts.columns import STAGES

    known = set(
        "item_promotion shop_promotion platform_promotion shop_coupon platform_coupon freight surcharge "
        "freight_promotion freight_coupon points payment_fee rounding".split()
    )
    assert known <= stages
    assert known <= set(STAGES)
    assert {"CNY", "JPY", "KWD", "payable", "pending", "blocked"} <= shown
    assert len(shown & set(CODES)) >= 18


CODES = """
not_selected off_sale out_of_stock insufficient_stock over_purchase_limit no_measure undeliverable
unknown not_held not_started expired wrong_level not_new_customer nothing_in_scope not_chosen exclusive limit_reached
excluded_by_policy below_amount below_quantity address_needed no_effect not_best insufficient_points
""".split()


@pytest.fixture
def folder(tmp_path):
    """A copy of the golden folder that may be spoilt."""
    return Path(shutil.copytree(golden.GOLDEN, tmp_path / "golden"))


def test_a_changed_record_is_found(folder):
    """One cent more in one record: the folder is not what the manifest says."""
    path = folder / "example-simple.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"payable":"1', '"payable":"2', 1), encoding="utf-8")
    with pytest.raises(ValueError, match=r"record\.digest"):
        list(golden.faults(folder))
    assert golden.digest(folder) != golden.digest()


def test_a_record_taken_away_or_added_is_found(folder):
    """The manifests freeze the names as well, in both folders."""
    (folder / "example-simple.json").rename(folder / "example-other.json")
    assert list(golden.faults(folder)) != []
    (folder / "example-other.json").rename(folder / "example-simple.json")
    assert list(golden.faults(folder)) == []
    (folder / "after-pay" / "example-after-pay.json").unlink()
    assert list(golden.faults(folder)) != []


def test_a_new_version_needs_its_records_and_its_words(folder):
    """Another calculation version fails until records, manifest and the Money section speak of it."""
    found = list(golden.faults(folder, NEXT, CHANGELOG))
    assert found[0] == f"the records are not those of calculation version {NEXT}: see scripts/golden.py"
    for each in (folder, folder / "after-pay"):
        known = golden.manifest(each) | {NEXT: golden.digest(each)}
        (each / "manifest.json").write_text(json.dumps(known), encoding="utf-8")
    found = list(golden.faults(folder, CALCULATION_VERSION, CHANGELOG))
    assert found == [f"no Money section of CHANGELOG.md names CALCULATION_VERSION {NEXT}"]
    told = CHANGELOG.replace("### Money\n", f"### Money\n\n- CALCULATION_VERSION {NEXT}: a cent.\n", 1)
    assert list(golden.faults(folder, CALCULATION_VERSION, told)) == []
    assert len(list(golden.faults(folder, NEXT, told))) == len(golden.records())


def test_the_changelog_is_read_by_its_money_sections():
    """A version that is named elsewhere is not told."""
    assert golden.money_versions("### Added\n- CALCULATION_VERSION 7\n\n### Money\n- CALCULATION_VERSION 8: x\n") == {
        "8"
    }


def test_the_script_writes_no_other_amounts_under_the_same_version(folder):
    """A value that would move is named, and a field that is new is not."""
    path = folder / "example-simple.json"
    made = golden.again(path)
    assert list(golden.moved(path, made)) == []
    data = json.loads(path.read_text(encoding="utf-8"))
    data["body"]["settlement"]["totals"]["freight"] = "0.01 CNY"
    del data["body"]["settlement"]["optimal"]
    data["digest"] = Record(canonical(data["body"]), [], {}).digest
    path.write_text(json.dumps(data), encoding="utf-8")
    assert [row.split(": ")[1] for row in golden.moved(path, made)] == ["settlement.totals.freight"]


def test_the_script_writes_other_digests_only_where_it_is_told_to(folder):
    """A digest in another's place is named, and passed over with `digests`; what is no digest never is."""
    path = folder / "example-simple.json"
    made = golden.again(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["body"]["settlement"] |= {"digest": f"sha256:{'0' * 64}", "currency": f"sha256:{'1' * 64}"}
    data["digest"] = Record(canonical(data["body"]), [], {}).digest
    path.write_text(json.dumps(data), encoding="utf-8")
    places = {
        digests: [row.split(": ")[1] for row in golden.moved(path, made, digests=digests)] for digests in (False, True)
    }
    assert places == {False: ["settlement.currency", "settlement.digest"], True: ["settlement.currency"]}

    path = folder / "after-pay" / "example-after-pay.json"
    kept = json.loads(path.read_bytes())
    kept["steps"][0]["refund"] |= {"settlement": f"sha256:{'0' * 64}", "cash": "0.01 CNY"}
    found = {digests: len(list(golden.moved_after_pay(path, kept, digests=digests))) for digests in (False, True)}
    assert found == {False: 2, True: 1}
