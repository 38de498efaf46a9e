"""The steps of docs/vectors/README.md, written from that page and the published schema alone: no import of the library.

What this program and the library agree on, a program in another language can do as well.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rfc8785

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = json.loads((DOCS / "schemas" / "request.schema.json").read_text(encoding="utf-8"))

README = (DOCS / "vectors" / "README.md").read_text(encoding="utf-8")


def listed(step: int) -> frozenset[str]:
    """The field names that a step of the page lists."""
    text = re.search(rf"^{step}\. \*\*.*?\*\*(.*?)(?=^{step + 1}\. )", README, re.MULTILINE | re.DOTALL)[1]
    return frozenset(re.findall(r"`([a-z_0-9.]+)`", text))


PERSONAL, EXTENSIONS = listed(1), listed(3)
#: Extensions of one document, whose names the contract has elsewhere.
THERE = frozenset(re.findall(r"`([A-Z]\w+\.[a-z_]+)`", README))

#: Lists whose order means something.
AS_WRITTEN = frozenset({("SetPrice", "slots"), ("Rulebook", "delivery_methods")})


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, behind its pointer."""
    return SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def alternative(value: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """Of several schemas the one that a value is told apart by: the field that tells its kind, or what it is."""
    schema = resolved(schema)
    told_by = schema.get("discriminator")
    if told_by and isinstance(value, dict):
        return resolved({"$ref": told_by["mapping"][value[told_by["propertyName"]]]})
    several = schema.get("oneOf") or schema.get("anyOf")
    if not several or "pattern" in str(several[-1].get("pattern", "")):
        return schema
    kinds = {"object": dict, "array": list, "string": str, "integer": int}
    for each in map(resolved, several):
        if isinstance(value, kinds.get(each.get("type", ""), ())):
            return each
        if "anyOf" in each and value is not None:
            return alternative(value, each)
    return schema


def shortest(text: str) -> str:
    """A decimal without trailing zeros."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def region(text: str) -> str:
    """Trailing zeros mean the wider region; three parts of China have an ISO code besides."""
    while text.isdigit() and len(text) > 6 and text.endswith("000"):
        text = text[:-3]
    return {"HK": "810000", "MO": "820000", "TW": "710000"}.get(text, text)


def scalar(value: Any, schema: dict[str, Any], stated: dict[str, Any]) -> Any:
    """Steps 4 to 7."""
    pattern, examples = str(schema.get("pattern", "")), stated.get("examples", []) + schema.get("examples", [])
    if schema.get("format") == "date-time":
        instant = datetime.fromisoformat(value.upper().replace(" ", "T")).astimezone(UTC)
        return instant.isoformat().replace("+00:00", "Z")
    if isinstance(value, str) and "CN/mainland" in examples:
        return region(value)
    if isinstance(value, str) and "{1,3})?$" in pattern:
        text = shortest(value)
        return text if "." in text else int(text)
    if isinstance(value, str) and "{1,4})?)$" in pattern and "[A-Z]{3}" not in pattern:
        return shortest(value)
    return value


def told(name: str, given: Any) -> Any:
    """Step 3: without what says nothing."""
    if given and name == "copies":
        return {coupon: copies for coupon, copies in given.items() if copies > 1}
    if name == "usage":
        counts = [[str(use.get(count, 0)) for count in ("by_customer", "in_all", "units")] for use in given]
        return [use for use, each in zip(given, counts, strict=True) if set("".join(each)) - {"0", "."}]
    if name in ("min_price", "min_fee") and given is not None:
        amount = given["amount"] if isinstance(given, dict) else given.partition(" ")[0]
        return given if set(amount) - {"0", "."} else None
    return given


def meaning(value: Any, schema: dict[str, Any], *, as_written: bool = False) -> Any:
    """Steps 1 to 8 for one value."""
    stated = resolved(schema)
    found = alternative(value, schema)
    if isinstance(value, dict) and set(value) == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    if isinstance(value, list):
        parts = [meaning(each, found.get("items", {})) for each in value]
        return parts if as_written else sorted(parts, key=rfc8785.dumps)
    if not isinstance(value, dict) or "properties" not in found:
        return scalar(value, found, stated) if value is not None else None
    made = {}
    document = next((name for name, each in SCHEMA["$defs"].items() if each is found), "")
    for name, field in found["properties"].items():
        if name in PERSONAL:
            continue
        if name in value:
            given = value[name]
        elif name == "list_price":
            given = value["unit_price"]
        else:
            given = field.get("default", {} if "properties" in resolved(field) else None)
        if name == "platform_share" and given is None:
            given = "100" if value["issuer"] == "platform" else "0"
        filled = meaning(told(name, given), field, as_written=(document, name) in AS_WRITTEN)
        extension = name in EXTENSIONS or f"{document}.{name}" in THERE
        if not (extension and filled in ([], {}, field.get("default"))):
            made[name] = filled
    return made


def canonical_rulebook(request: dict[str, Any]) -> bytes:
    """Steps 1 to 9 for the rulebook."""
    return rfc8785.dumps(meaning(request["rulebook"], SCHEMA["properties"]["rulebook"]))


def canonical(request: dict[str, Any]) -> bytes:
    """Steps 1 to 9 for the checkout, and step 11."""
    checkout = meaning(request["checkout"], SCHEMA["properties"]["checkout"])
    return rfc8785.dumps({"checkout": checkout, "rulebook": digest(canonical_rulebook(request))})


def digest(data: bytes) -> str:
    """Steps 10 and 12."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
