"""The lists of docs/fields.md: every field of every document, from the models and from fields.toml.

`publish.py` writes it with the schemas and checks that it is up to date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from settlement.audit.fields import Words, document_name, documents_in, faults, unit_names, words
from settlement.consignee.book import AddressBook
from settlement.documents.marks import Mark, marks_of
from settlement.findings.offers import Known
from settlement.orders.schemas import DOCUMENTS, schema

__all__ = ["PAGE", "ROOTS", "documents", "fields_page", "linked", "sections", "type_of"]

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
PAGE: Final = DOCS / "fields.md"

#: What is written as JSON, by the name under which it stands on the page: what is asked and answered, then all else.
ROOTS: Final[dict[str, type[BaseModel]]] = {
    **{name: DOCUMENTS[name] for name in ("request", "settlement")},
    **DOCUMENTS,
    "address-book": AddressBook,
    "known-ids": Known,
}
_SCALARS: Final = {"Money": "Money", "SignedMoney": "signed Money"}
_BEYOND: Final = "<br>*[beyond the contract](beyond-the-contract.md)*"
_SECTION: Final = re.compile(r"contract §(\d+(?:\.\d+)?)")


def documents() -> dict[type[BaseModel], str]:
    """Every class of documents that the roots are made of, in order, and the root that it is first found in."""
    found: dict[type[BaseModel], str] = {}

    def walk(kind: type[BaseModel], root: str) -> None:
        if kind not in found:
            found[kind] = root
            for field in kind.model_fields.values():
                for inner in documents_in(field.annotation):
                    walk(inner, root)

    for root, kind in ROOTS.items():
        walk(kind, root)
    return found


def type_of(stated: Mapping[str, Any]) -> str:
    """A property of a schema as people call its type.

    >>> type_of({"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Line"}}, {"type": "null"}]})
    'list of [Line](#line)'
    """
    return " or ".join(dict.fromkeys(_types(stated)))


def _types(stated: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in stated:
        name = stated["$ref"].rsplit("/", 1)[1]
        yield _SCALARS.get(name) or f"[{name}](#{name.lower()})"
    elif "const" in stated or "enum" in stated:
        yield from (f"`{each}`" for each in stated.get("enum", [stated.get("const")]))
    elif "anyOf" in stated and {"integer", "string"} == {each.get("type") for each in stated["anyOf"]}:
        yield "Quantity"
    elif "anyOf" in stated or "oneOf" in stated:
        for each in stated.get("anyOf", stated.get("oneOf")):
            yield from _types(each)
    elif stated.get("type") == "array":
        inner = list(dict.fromkeys(_types(stated.get("items", {}))))
        yield f"list of {inner[0]}" if len(inner) == 1 else f"list of: {', '.join(inner)}"
    elif stated.get("type") == "object":
        entry = stated.get("additionalProperties")
        yield f"map of text to {type_of(entry)}" if isinstance(entry, dict) else "JSON object"
    elif stated.get("type") == "string":
        yield _text(stated)
    elif stated.get("type") == ["string", "integer"]:
        yield "signed Money or Quantity"
    elif stated.get("type") == "integer":
        yield "integer above 0" if stated.get("minimum") == 1 and "maximum" in stated else "integer"
    elif stated.get("type") == "boolean":
        yield "true or false"


def _text(stated: Mapping[str, Any]) -> str:
    pattern = stated.get("pattern", "")
    if stated.get("format") == "date-time":
        return "Instant"
    if pattern.startswith("^sha256"):
        return "digest"
    if pattern == "^[A-Z]{3}$":
        return "currency"
    if pattern.startswith("^-?("):
        return "signed Money"
    if "100(" in pattern:
        return "Percent"
    if stated.get("examples", [""])[-1] == "*":
        return "Region"
    return "id" if stated.get("maxLength") == 200 else "text"


def fields_page() -> str:
    """The whole page: its own text, and the lists between its marks.

    Raises `ValueError` where a field has no sentence, or a sentence no field.
    """
    kinds = documents()
    wrong = faults(list(kinds))
    if wrong:
        raise ValueError("\n".join(wrong))
    parts, root = [], ""
    for kind, first in kinds.items():
        if first != root:
            root = first
            parts.append(f"## {root} · {document_name(ROOTS[root])}\n")
        parts.append(_document(kind, kinds))
    units = "; ".join(name if name == zh else f"{name} {zh}" for name, zh in unit_names().items())
    text = PAGE.read_text(encoding="utf-8")
    for name, listed in (("units", units), ("fields", "\n\n" + "\n".join([*parts, _by_name(kinds)]))):
        before, _, rest = text.partition(f"<!-- {name} -->")
        text = f"{before}<!-- {name} -->{listed}<!-- /{name} -->{rest.partition(f'<!-- /{name} -->')[2]}"
    return text


def _document(kind: type[BaseModel], kinds: Mapping[type[BaseModel], str]) -> str:
    stated = schema(kind, told=False)["properties"]
    required = {name for name, field in kind.model_fields.items() if field.is_required()}
    rows = [_row(kind, name, stated[name], required=name in required) for name in kind.model_fields]
    about = " ".join((kind.__doc__ or "").split("\n\n", 1)[0].split())
    holders = [
        f"[{each.__name__}](#{each.__name__.lower()}).`{name}`"
        for each in kinds
        for name, field in each.model_fields.items()
        if kind in documents_in(field.annotation)
    ]
    lines = [f"### {kind.__name__}", "", f"{document_name(kind)}. {linked(about)}", ""]
    if holders:
        lines += [f"In {', '.join(holders)}.", ""]
    lines += ["| Field | Type, default | What it means, example |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _row(kind: type[BaseModel], name: str, stated: Mapping[str, Any], *, required: bool) -> str:
    told, field = words(kind, name), kind.model_fields[name].annotation
    assert told is not None, name  # noqa: S101 - `faults` has looked
    type_ = type_of(stated)
    if type_ == "JSON object":  # validated later than its holder
        type_ = " or ".join(f"[{each.__name__}](#{each.__name__.lower()})" for each in documents_in(field)) or type_
    unit = f"; {told.unit}" if told.unit else ""
    default = "*required*" if required else _default(kind, name, stated, told)
    beyond = _BEYOND if Mark.BEYOND in marks_of(kind.model_fields[name]) else ""
    cells = (
        f"`{name}`<br>{told.name_zh}",
        f"{type_}{unit}<br>{default}",
        f"{told.text}<br>{told.text_zh}{_example(stated, told)}{beyond}",
    )
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"


def _default(kind: type[BaseModel], name: str, stated: Mapping[str, Any], told: Words) -> str:
    if "const" in stated:
        return "*required*"  # in JSON kinds are told apart by it
    made = kind.model_fields[name].get_default(call_default_factory=True)
    plain = "`{}`" if isinstance(made, (BaseModel, dict)) else _code(stated.get("default"))
    return f"default {told.default or plain}"


def _example(stated: Mapping[str, Any], told: Words) -> str:
    value = stated.get("const", told.example)
    if value is None:
        return ""  # its documents have theirs
    beside = ", ".join(f"`{name}`" for name in told.beside or ())
    return f"<br>*e.g.* {_code(value)}" + (f" beside {beside}" if beside else "")


def _code(value: object) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`"


@cache
def sections() -> dict[str, str]:
    """Number -> anchor of each section of docs/contract.md, as Sphinx and code hosts make it from the heading."""
    found = re.findall(
        r"^##+ ((\d+(?:\.\d+)?)\.? .*)$", (DOCS / "contract.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return {number: re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title, number in found}


def linked(text: str) -> str:
    """A text whose sections of the contract are links to it.

    >>> linked("As JSON (contract §2.1).")
    'As JSON ([contract §2.1](contract.md#21-the-checkout)).'
    """
    return _SECTION.sub(lambda found: f"[{found[0]}](contract.md#{sections()[found[1]]})", text)


def _by_name(kinds: Mapping[type[BaseModel], str]) -> str:
    places: dict[str, list[str]] = {}
    for kind in kinds:
        for name in kind.model_fields:
            places.setdefault(name, []).append(f"[{kind.__name__}](#{kind.__name__.lower()})")
    rows = [f"| `{name}` | {', '.join(found)} |" for name, found in sorted(places.items())]
    return "\n".join(["## By name · 按字段名", "", "| Field | Where it stands |", "|---|---|", *rows, ""])
