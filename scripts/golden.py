"""Keep the golden records: settlements that never change while `CALCULATION_VERSION` stays what it is.

    python scripts/golden.py            write the records anew, and their digest into the manifest
    python scripts/golden.py --check    change nothing; exit 1 if records and manifest disagree

Writing anew is for new fields of documents and for a new `CALCULATION_VERSION`. Under a version that the manifest knows
already, nothing is written if any value of any record would change. A new version also needs a line in the `Money`
section of CHANGELOG.md.
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

from settlement import CALCULATION_VERSION, Checkout, Rulebook, settle
from settlement.audit.record import Record, record
from settlement.audit.replay import differences

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"
MANIFEST = GOLDEN / "manifest.json"
#: Of the first records: how many, and how long one may be.
COUNT, LONGEST = 40, 9_000


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
    if known.get(version) != digest(folder):
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


def moved(path: Path, made: Record) -> Iterator[str]:
    """Every value of a record that would change; fields that it did not have are no change."""
    kept = Record.from_json(path.read_bytes()).data["settlement"]
    for each in differences(kept, made.data["settlement"], "settlement", newer_fields=True):
        if not each.place.endswith(".calculation_version"):
            yield f"{path.name}: {each}"


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
    from random_requests import random_request  # type: ignore[import-not-found]

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


def main(arguments: list[str]) -> int:
    """Check, or write anew."""
    if "--check" in arguments:
        found = list(faults())
    else:
        made = {path.name: again(path) for path in records()}
        made = made or {f"{name}.json": each for name, each in first().items()}
        known = manifest()
        found = []
        if CALCULATION_VERSION in known:
            found = [row for path in records() for row in moved(path, made[path.name])]
        if not found:
            GOLDEN.mkdir(exist_ok=True)
            for name, each in made.items():
                (GOLDEN / name).write_text(each.to_json() + "\n", encoding="utf-8")
            known[CALCULATION_VERSION] = digest()
            MANIFEST.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
            found = list(faults())
    print("\n".join(found or [f"{len(records())} golden records of calculation version {CALCULATION_VERSION}"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
