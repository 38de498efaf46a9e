"""Keep the golden records: settlements that never change while `CALCULATION_VERSION` stays what it is.

    python scripts/golden.py            write the records anew, and their digest into the manifest
    python scripts/golden.py --digests  the same, and digests may be others
    python scripts/golden.py --check    change nothing; exit 1 if records and manifest disagree

Writing anew is for new fields of documents and for a new `CALCULATION_VERSION`. Under a version that the manifest knows
already, nothing is written if any value of any record would change. A new version also needs a line in the `Money`
section of CHANGELOG.md.

What a digest is over may change while every cart's result stays what it is. For that alone, `--digests` passes over a
digest that stands where another digest stood; every other value is held as before.

What comes after pay is frozen likewise, in the folder after-pay: a request, refunds one after the other under changing
policies, and the payouts, sub-orders, options, items, invoices and red invoices of it.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from settlement import (
    CALCULATION_VERSION,
    Checkout,
    InvoiceRequest,
    PaymentMethod,
    RefundPolicy,
    Rulebook,
    Settlement,
    refund,
    settle,
)
from settlement.after_pay.invoices.invoice import InvoicePolicy, invoices
from settlement.after_pay.invoices.red import red_invoices
from settlement.after_pay.payments.options import payment_items, payment_options
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.audit.record import Record, record
from settlement.audit.replay import Difference, differences

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"
MANIFEST = GOLDEN / "manifest.json"
AFTER_PAY = GOLDEN / "after-pay"
#: Of the first records: how many, and how long one may be.
COUNT, LONGEST = 40, 9_000
#: How long the first of those after pay may be.
LONGEST_AFTER_PAY = 30_000
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def records(folder: Path = GOLDEN) -> list[Path]:
    """The files of the golden records, in the order of their names."""
    return sorted(path for path in folder.glob("*.json") if path.name != MANIFEST.name)


def digest(folder: Path = GOLDEN) -> str:
    """SHA-256 over the names and bytes of all records."""
    found = hashlib.sha256()
    for path in records(folder):
        found.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"sha256:{found.hexdigest()}"


def manifest(folder: Path = GOLDEN) -> dict[str, str]:
    """Calculation version -> digest of the folder under it."""
    path = folder / MANIFEST.name
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def money_versions(changelog: str) -> set[str]:
    """The calculation versions that the `Money` sections of a changelog name."""
    sections = re.findall(r"^### Money\n(.*?)(?=^##|\Z)", changelog, re.MULTILINE | re.DOTALL)
    return {version for section in sections for version in re.findall(r"CALCULATION_VERSION (\w+)", section)}


def faults(folder: Path = GOLDEN, version: str = CALCULATION_VERSION, changelog: str | None = None) -> Iterator[str]:
    """What is wrong with records, manifest and changelog; replaying the records is a test of its own."""
    known = manifest(folder)
    if any(manifest(each).get(version) != digest(each) for each in (folder, folder / AFTER_PAY.name)):
        yield f"the records are not those of calculation version {version}: see scripts/golden.py"
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8") if changelog is None else changelog
    for each in sorted(known.keys() - money_versions(text)):
        yield f"no Money section of CHANGELOG.md names CALCULATION_VERSION {each}"
    for path in records(folder):
        stated = Record.from_json(path.read_bytes()).calculation_version
        if stated != version:
            yield f"{path.name} is of calculation version {stated}"


def again(path: Path) -> Record:
    """A record of the same request, made now."""
    return record(settle(*Record.from_json(path.read_bytes()).request()))


def moved(path: Path, made: Record, *, digests: bool = False) -> Iterator[str]:
    """Every value of a record that would change; fields that it did not have are no change.

    With `digests` a digest in another's place is none either.
    """
    kept = Record.from_json(path.read_bytes()).data["settlement"]
    for each in differences(kept, made.data["settlement"], "settlement", newer_fields=True):
        if not (each.place.endswith(".calculation_version") or (digests and _of_digests(each))):
            yield f"{path.name}: {each}"


def moved_after_pay(path: Path, made: dict[str, Any], *, digests: bool = False) -> Iterator[str]:
    """The same for a record of what comes after pay."""
    for each in differences(json.loads(path.read_bytes()), made, "after_pay", newer_fields=True):
        if not (digests and _of_digests(each)):
            yield f"{path.name}: {each}"


def _of_digests(found: Difference) -> bool:
    return all(DIGEST.fullmatch(str(value)) for value in (found.recorded, found.recomputed))


def features(document: dict[str, Any]) -> set[str]:
    """What a settlement shows: stages, reasons, statuses, currencies."""
    found = {document["status"], document["currency"], f"optimal {document['optimal']}"}
    found |= {f"{row['stage']} {row['facts'].get('benefit', {}).get('type')}" for row in document["adjustments"]}
    found |= {row.get("reason", row["outcome"]) for row in document["decisions"]}
    found |= {row["reason"] for row in document["excluded"]}
    return found | {f"{field} used" for field in ("gifts", "parcels", "lines") if len(document[field]) > 1}


def first() -> dict[str, Record]:
    """The first golden records: both examples, and random requests that show something new, in the order of seeds."""
    sys.path.insert(0, str(ROOT / "tests" / "reference"))
    from random_requests import random_request  # type: ignore[import-not-found]  # stands in tests/

    made: dict[str, Record] = {}
    for name in ("mall-cart", "simple"):
        request = json.loads((ROOT / "examples" / f"{name}.json").read_text(encoding="utf-8"))
        made[f"example-{name}"] = _record(request)
    seen = {feature for each in made.values() for feature in features(each.data["settlement"])}
    spare: dict[str, Record] = {}
    for seed in range(600):
        kept = _record(random_request(random.Random(seed)))  # noqa: S311 - the same requests for ever
        if len(kept.body) <= LONGEST:
            shown = features(kept.data["settlement"])
            (made if shown - seen else spare)[f"random-{seed:03d}"] = kept
            seen |= shown
    missing = max(0, COUNT - len(made))
    return made | dict(list(spare.items())[:missing])


def _record(request: dict[str, Any]) -> Record:
    checkout = Checkout.model_validate_json(json.dumps(request["checkout"]))
    return record(settle(checkout, Rulebook.model_validate_json(json.dumps(request["rulebook"]))))


# ------------------------------------------------------------------ after pay


def after_pay(kept: dict[str, Any]) -> dict[str, Any]:
    """A record of what comes after pay, made now: its inputs as they are, every document that comes of them anew."""
    made: dict[str, Any] = {name: kept[name] for name in ("request", "terms")}
    checkout = Checkout.model_validate_json(json.dumps(kept["request"]["checkout"]))
    rulebook = Rulebook.model_validate_json(json.dumps(kept["request"]["rulebook"]))
    paid, terms = settle(checkout, rulebook), kept["terms"]
    method = PaymentMethod.model_validate(terms["method"])
    policy = PayoutPolicy.model_validate(terms["payout_policy"])
    blue = invoices(
        paid, InvoiceRequest.model_validate(terms["buyer"]), InvoicePolicy.model_validate(terms["invoice_policy"])
    )
    made |= {
        "payable": str(paid.payable),
        "options": _written(payment_options(checkout, rulebook)),
        "items": _written(payment_items(paid)),
        "sub_orders": _written(split_orders(paid)),
        "payout": payout(paid, policy, (), method).model_dump(mode="json"),
        "invoices": _written(blue),
        "steps": [],
    }
    history: list[Any] = []
    for step in kept["steps"]:
        asked = {name: step[name] for name in ("returns", "freight", "policy")}
        quote = refund(paid, step["returns"], history, step["freight"], RefundPolicy.model_validate(step["policy"]))
        red = red_invoices(paid, blue, quote, history)
        history.append(quote)
        after = payout(paid, policy, history, method).model_dump(mode="json")
        made["steps"].append(asked | {"refund": quote.to_dict(), "red_invoices": _written(red), "payout": after})
    return made


def _written(documents: Any) -> list[Any]:
    return [each.model_dump(mode="json") for each in documents]


def steps_of(document: dict[str, Any]) -> set[str]:
    """What a record of this kind shows: freight modes, policies, and what refunds gave back."""
    found = {f"freight {step['freight']}" for step in document["steps"]}
    found |= {f"{name} {value}" for step in document["steps"] for name, value in step["policy"].items()}
    found |= {field for step in document["steps"] for field in step["refund"]}
    found |= {f"payout {name} {value}" for name, value in document["terms"]["payout_policy"].items()}
    found |= {f"invoice {name} {value}" for name, value in document["terms"]["invoice_policy"].items()}
    found |= {"red blue" for step in document["steps"] for each in step["red_invoices"] if each["kind"] == "blue"}
    found |= {document["request"]["rulebook"]["currency"], f"{min(2, len(document['sub_orders']))} shops"}
    decimal = any(isinstance(back, str) for step in document["steps"] for back in step["returns"].values())
    return found | ({"decimal"} if decimal else set())


def first_after_pay() -> dict[str, dict[str, Any]]:
    """The order of docs/after-pay.md, and random ones that show something new, in the order of seeds."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "reference")]
    from returns import CHOICES, a_payable, sequence  # type: ignore[import-not-found]  # stands in tests/

    request = json.loads((ROOT / "examples" / "after-pay.json").read_text(encoding="utf-8"))
    buyer, method = request["checkout"]["invoice"], {"id": "m", "percent": "0.6", "borne_by": "merchant"}
    recheck = {"recheck": "thresholds"}
    page = [({"a": 1}, "keep", {}), ({"b": 1}, "keep", recheck), ({"a": 2}, "return", recheck)]
    steps = [dict(zip(("returns", "freight", "policy"), step, strict=True)) for step in page]
    terms = {"method": request["rulebook"]["payment_methods"][0], "payout_policy": {}, "invoice_policy": {}}
    fair = [step | {"policy": {"recheck": "fair"}} for step in steps]
    made = {
        name: after_pay({"request": request, "terms": terms | {"buyer": buyer}, "steps": given})
        for name, given in (("example-after-pay", steps), ("example-fair", fair))
    }
    seen: set[str] = set()
    for seed in range(400):
        rng = random.Random(seed)  # noqa: S311 - the same requests for ever
        paid = a_payable(rng, commission_percent=["5", "12.5"], tax_percent=["13", "9", "6"])
        terms = {
            "method": method,
            "payout_policy": _chosen(PayoutPolicy, rng),
            "invoice_policy": _chosen(InvoicePolicy, rng),
            "buyer": {"title": "T", "type": "person"},
        }
        steps = []
        for quote in sequence(rng, paid):
            returns = {line.id: line.quantity for line in quote.lines if line.quantity}
            asked = {name: back if isinstance(back, int) else str(back) for name, back in returns.items()}
            policy = {name: rng.choice(values) for name, values in CHOICES.items()}
            steps.append({"returns": asked, "freight": quote.freight, "policy": policy})
        request = {
            name: json.loads(each.model_dump_json())
            for name, each in zip(("checkout", "rulebook"), _request(paid), strict=True)
        }
        document = after_pay({"request": request, "terms": terms, "steps": steps})
        shown = steps_of(document)
        if shown - seen and len(json.dumps(document)) < LONGEST_AFTER_PAY:
            made[f"random-{seed:03d}"] = document
            seen |= shown
    return made


def _request(paid: Settlement) -> tuple[Checkout, Rulebook]:
    """What a settlement of this process was made from."""
    return record(paid).request()


def _chosen(policy: type[PayoutPolicy | InvoicePolicy], rng: random.Random) -> dict[str, Any]:
    """Any choice of each field of a policy."""
    found: dict[str, Any] = {}
    for name, field in policy.model_json_schema()["properties"].items():
        if field.get("type") == "array":
            continue  # terms of their own
        others = [None, "9"] if name.endswith("percent") else [None]
        values = field.get("enum") or ([False, True] if field.get("type") == "boolean" else others)
        found[name] = rng.choice(values)
    return found


def main(arguments: list[str]) -> int:
    """Check, or write anew."""
    if "--check" in arguments:
        found = list(faults())
    else:
        made = {path.name: again(path) for path in records()}
        made = made or {f"{name}.json": each for name, each in first().items()}
        texts = {GOLDEN / name: each.to_json() for name, each in made.items()}
        later = {path.name: after_pay(json.loads(path.read_bytes())) for path in records(AFTER_PAY)}
        later = later or {f"{name}.json": each for name, each in first_after_pay().items()}
        texts |= {
            AFTER_PAY / name: json.dumps(each, separators=(",", ":"), ensure_ascii=False)
            for name, each in later.items()
        }
        found = []
        if CALCULATION_VERSION in manifest():
            free = {"digests": "--digests" in arguments}
            found = [row for path in records() for row in moved(path, made[path.name], **free)]
            found += [row for path in records(AFTER_PAY) for row in moved_after_pay(path, later[path.name], **free)]
        if not found:
            for path, text in texts.items():
                path.parent.mkdir(exist_ok=True)
                path.write_text(text + "\n", encoding="utf-8")
            for folder in (GOLDEN, AFTER_PAY):
                known = manifest(folder) | {CALCULATION_VERSION: digest(folder)}
                (folder / MANIFEST.name).write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
            found = list(faults())
    count = len(records()) + len(records(AFTER_PAY))
    print("\n".join(found or [f"{count} golden records of calculation version {CALCULATION_VERSION}"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
