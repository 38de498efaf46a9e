"""What OpenAPI says of each call: the published schemas as components, examples that were settled, every refusal.

A router cannot state components, only its app can, and FastAPI makes those of the classes that routes answer with. So
each answer is declared by a class whose JSON Schema is a pointer, and which brings all schemas of this page along.
"""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from settlement.after_pay.refunds.returns import refund
from settlement.audit.schemas import schema
from settlement.documents.written import all_readable
from settlement.engine.settle import settle
from settlement.errors import InvalidDocument
from settlement.ext.fastapi import answers
from settlement.ext.fastapi.problems import MEDIA_TYPE, STATUSES, problem_document
from settlement.rulebook.request import Request

__all__ = ["described"]

#: Before every name, for an app has components of its own.
_PREFIX: Final = "settlement_"
_POINTER: Final = "#/components/schemas/"
#: Published documents that calls take and give, by the names of their components.
_PUBLISHED: Final = {
    "Checkout": "checkout",
    "Rulebook": "rulebook",
    "Settlement": "settlement",
    "Record": "record",
    "Refund": "refund",
    "RefundRequest": "refund-request",
    "PaymentOption": "payment-option",
}
_TEXT: Final = {"type": "string"}
_WHOLE: Final = {"type": "integer"}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _object(required: dict[str, Any], description: str, **optional: Any) -> dict[str, Any]:
    made = {"type": "object", "description": description, "properties": required | optional}
    return made | {"required": list(required), "additionalProperties": False}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _or_null(of: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [of, {"type": "null"}]}


_SIGNED: Final = _ref("SignedMoney")
_OPEN: Final = {"type": "object"}
#: What has no published schema of its own.
_HERE: Final = {
    "Comparison": _object(
        {"rows": _list(_ref("ComparisonRow"))},
        "What coupons and points change, way by way.",
        payable=_SIGNED,
    ),
    "ComparisonRow": _object(
        {
            "kind": {"enum": ["nothing", "coupons", "points", "best", "coupon"]},
            "used": _list(_TEXT),
            "payable": _SIGNED,
            "saving": _SIGNED,
            "freight": _SIGNED,
            "points": _WHOLE,
        },
        "One way to pay for the same cart.",
        coupon=_TEXT,
        refused=_TEXT,
        shortfall={"type": ["string", "integer"]},
        hint=_OPEN,
    ),
    "FreightQuote": _object(
        {
            "region": _TEXT,
            "parcels": _list(_OPEN),
            "excluded": _list(_OPEN),
            "freight": _SIGNED,
            "surcharges": _SIGNED,
            "total": _or_null(_SIGNED),
        },
        "What shipping costs, parcel by parcel, before freight offers; no total where nothing is shipped.",
    ),
    "Options": _object(
        {"payment": _list(_ref("PaymentOption")), "delivery": _list(_ref("DeliveryOption"))},
        "Every way to pay and every way to deliver, each settled with.",
    ),
    "DeliveryOption": _object(
        {
            "shop": _TEXT,
            "id": _TEXT,
            "name": _or_null(_TEXT),
            "description": _or_null(_TEXT),
            "pickup": {"type": "boolean"},
            "freight": _or_null(_SIGNED),
            "surcharges": _or_null(_SIGNED),
            "freight_offers": _or_null(_SIGNED),
            "payable": _or_null(_SIGNED),
            "status": {"enum": ["payable", "pending", "blocked"]},
            "cause": _or_null(_TEXT),
            "lines": _list(_TEXT),
            "facts": _OPEN,
        },
        "What one shop's delivery by one method costs; without amounts where it is not available.",
    ),
    "SealedSettlement": _object(
        {"sealed": _TEXT, "expires": {"type": "string", "format": "date-time"}, "settlement": _ref("Settlement")},
        "A settlement and its seal.",
    ),
    "Confirmed": _object(
        {"record": _ref("Record"), "diff": _OPEN},
        "What is due now is what was sealed: the record that an order is placed by.",
    ),
    "Findings": _object({"findings": _list(_ref("Finding"))}, "What is valid and hardly meant."),
    "Finding": _object(
        {
            "place": _TEXT,
            "code": _TEXT,
            "severity": {"enum": ["error", "warning", "note"]},
            "message": _TEXT,
            "mend": _TEXT,
        },
        "One thing that is hardly meant, and what would mend it.",
    ),
    "Problems": _object(
        {
            "type": {"type": "string", "const": "about:blank"},
            "title": _TEXT,
            "status": _WHOLE,
            "detail": _TEXT,
            "problems": _list(_ref("Problem")),
        },
        "Why a request was refused (RFC 9457).",
        diff=_OPEN,
    ),
    "Problem": _object(
        {"place": _TEXT, "code": {"type": "string", "pattern": "^[a-z_]+[.][a-z_]+$"}, "message": _TEXT},
        "One thing that is wrong: where, a stable code, and a text in the reader's language.",
    ),
}

#: Path -> what it is for, in a line and in a paragraph, and the component that it answers with.
_CALLS: Final = {
    "/settle": ("Settle a checkout", "What is due and why, itemised.", "Settlement"),
    "/compare": ("Compare ways to pay", "What coupons and points change for the same cart.", "Comparison"),
    "/freight": ("Quote freight", "What shipping this checkout costs. It needs an address.", "FreightQuote"),
    "/options": ("List options", "Every way to pay and to deliver, each settled with.", "Options"),
    "/seal": ("Settle and seal", "What /confirm opens again before the order is placed.", "SealedSettlement"),
    "/confirm": ("Confirm what was sealed", "Answers 409 with the difference where another sum is due.", "Confirmed"),
    "/refund": ("Quote a refund", "What goes back, after the refunds before it.", "Refund"),
    "/check": ("Check rules", "What is valid in the rules and hardly meant.", "Findings"),
}
_AFTER: Final = frozenset({"/confirm", "/refund"})

#: Whatever a settlement writes as null is stated: FastAPI leaves nulls out of examples.
_EXAMPLE: Final[dict[str, dict[str, Any]]] = {
    "checkout": {
        "at": "2026-11-11T00:00:00+08:00",
        "cart": {
            "currency": "CNY",
            "lines": [
                {
                    "id": "1",
                    "shop": "tea",
                    "sku": "longjing",
                    "quantity": 2,
                    "unit_price": "88.00 CNY",
                    "commission_percent": "5",
                    "tax_percent": "13",
                }
            ],
        },
        "address": {"region": "440305"},
        "customer": {"coupons": ["welcome"]},
        "remark": "After six, please.",
        "invoice": {"title": "Example Ltd", "type": "company", "tax_number": "91350100M000100Y43"},
    },
    "rulebook": {
        "id": "2026-11",
        "currency": "CNY",
        "coupons": [
            {"id": "welcome", "issuer": "platform", "tiers": [{"benefit": {"type": "percent_off", "percent": "12"}}]}
        ],
        "payment_methods": [{"id": "card", "percent": "1", "borne_by": "merchant"}],
    },
}


def described(path: str, *, inline_rules: bool) -> dict[str, Any]:
    """What FastAPI's `add_api_route` is told of this path, beside the function."""
    summary, description, answer = _CALLS[path]
    question, examples = _question(path, inline_rules=inline_rules), _examples()
    example = {"example": examples[path]} if path in examples else {}
    refusals = {status: _refusal(status) for status in sorted(_refused(path))}
    body = {"schema": question, "example": _asked(path)}
    return {
        "summary": summary,
        "description": description,
        "responses": {
            200: {
                "model": _answer(answer, inline_rules=inline_rules),
                "description": description,
                "content": {"application/json": example},
            },
            **refusals,
        },
        "openapi_extra": {
            "requestBody": {"required": True, "content": {"application/json": body}},
            "parameters": [
                {
                    "name": "Accept-Language",
                    "in": "header",
                    "required": False,
                    "description": "The language of texts: en, zh-CN or zh-Hant.",
                    "schema": {"type": "string"},
                    "example": "zh-CN",
                }
            ],
        },
    }


def _question(path: str, *, inline_rules: bool) -> dict[str, Any]:
    """The schema of a body, with pointers to components."""
    name = {"type": "string", "minLength": 1, "description": "The id of a rulebook that the service has."}
    rules = [name, *([_ref("Rulebook")] if inline_rules else []), {"type": "null"}]
    of = {"rulebook": {"anyOf": rules}}
    match path:
        case "/refund":
            settled = {"anyOf": [_ref("Settlement"), _ref("Record")]}
            required = {"settled": settled, "request": _ref("RefundRequest")}
            made = _object(required, "What was settled, and what comes back.", history=_list(_ref("Refund")))
        case "/check":
            checkout = _or_null(_ref("Checkout"))
            made = _object({}, "Which rules, and a cart to look at beside them.", checkout=checkout, **of)
        case "/confirm":
            required = {"checkout": _ref("Checkout"), "sealed": {"type": "string", "description": "From /seal."}}
            made = _object(required, "The checkout as it stands now, and its seal.", **of)
        case _:
            made = _object({"checkout": _ref("Checkout")}, "A checkout, and by which rules.", **of)
    pointed: dict[str, Any] = _pointed(made)
    return pointed


def _asked(path: str) -> dict[str, Any]:
    """An example of a body."""
    named = {"rulebook": _EXAMPLE["rulebook"]["id"]}
    match path:
        case "/refund":
            return {"settled": _examples()["/settle"], "request": {"returns": {"1": 1}}, "history": []}
        case "/check":
            return named
        case "/confirm":
            return {"checkout": _EXAMPLE["checkout"], "sealed": "header.payload.signature"} | named
    return {"checkout": _EXAMPLE["checkout"]} | named


@cache
def _examples() -> dict[str, Any]:
    """An example of each answer, worked out here: no example can be wrong."""
    request = Request.from_json(json.dumps(_EXAMPLE))
    both = (request.checkout, request.rulebook)
    made = {
        "/settle": answers.settled(*both),
        "/compare": answers.compared(*both),
        "/freight": answers.freight(*both),
        "/options": answers.options(*both),
        "/refund": refund(settle(*both), {"1": 1}).to_json(),
        "/check": answers.findings(request.rulebook, None, "en"),
    }
    return {path: _stated(json.loads(text)) for path, text in made.items()}


def _stated(value: Any) -> Any:
    """Plain data without its nulls, which FastAPI leaves out of examples."""
    if isinstance(value, dict):
        return {name: _stated(each) for name, each in value.items() if each is not None}
    return [_stated(each) for each in value] if isinstance(value, list) else value


def _refused(path: str) -> set[int]:
    statuses = {422, *STATUSES.values()}
    if path not in _AFTER:
        statuses -= {409}
    return statuses - ({404} if path == "/refund" else set())


def _refusal(status: int) -> dict[str, Any]:
    codes = [f"`{code}`" for code, each in STATUSES.items() if each == status]
    told = "; ".join(codes) or "every other code"
    content = {"schema": {"$ref": f"{_POINTER}{_PREFIX}Problems"}}
    if status == 422:
        try:
            Request.model_validate({})
        except InvalidDocument as error:
            content["example"] = problem_document(error)
    return {"description": f"{HTTPStatus(status).phrase}: {told}", "content": {MEDIA_TYPE: content}}


# ------------------------------------------------------------------ components


@cache
def _components(*, inline_rules: bool) -> dict[str, Any]:
    """Component -> its schema, pointers and all."""
    found: dict[str, Any] = {}
    for name, document in _PUBLISHED.items():
        if name == "Rulebook" and not inline_rules:
            continue
        made = schema(document)
        if name == "Record":  # its body is what its digest says; the rules in it would fill a page of their own
            made = {key: each for key, each in made.items() if key != "$defs"}
            made["properties"] = made["properties"] | {"body": _OPEN | {"description": "record.schema.json has it."}}
        found |= made.pop("$defs", {})
        found[name] = {key: each for key, each in made.items() if key not in {"$schema", "$id"}}
    return {f"{_PREFIX}{name}": _pointed(each) for name, each in (found | _HERE).items()}


def _pointed(value: Any) -> Any:
    """Plain data whose pointers lead to components."""
    if isinstance(value, dict):
        return {name: _pointed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_pointed(each) for each in value]
    if isinstance(value, str) and value.startswith("#/$defs/"):
        return f"{_POINTER}{_PREFIX}{value.removeprefix('#/$defs/')}"
    return value


def _answer(name: str, *, inline_rules: bool) -> type:
    """A class that FastAPI asks for the schema of an answer, and that brings along all the others."""

    class Answer:
        @classmethod
        def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
            return core_schema.any_schema()

        @classmethod
        def __get_pydantic_json_schema__(cls, _: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
            pointer = core_schema.definition_reference_schema(f"{_PREFIX}{name}")
            brought = [*_definitions(inline_rules=inline_rules)]
            # Wrapped: pydantic would write out what a bare pointer leads to, for FastAPI gives each answer a title.
            return {"allOf": [handler(core_schema.definitions_schema(pointer, brought))]}

    return Answer


@cache
def _definitions(*, inline_rules: bool) -> tuple[CoreSchema, ...]:
    """Each component as pydantic defines one."""
    made = []
    for name, found in _components(inline_rules=inline_rules).items():
        stated = TypeAdapter(Annotated[Any, WithJsonSchema(found)]).core_schema
        made.append(core_schema.any_schema(ref=name, metadata=stated["metadata"]))
    return tuple(made)


all_readable(globals())
