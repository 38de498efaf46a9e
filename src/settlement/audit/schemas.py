"""JSON Schemas (2020-12) of the documents, for other languages, editors and gateways; made from the models."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from settlement.after_pay.bills.bill import Bill
from settlement.after_pay.bills.reconciliation import Reconciliation
from settlement.after_pay.edits.from_json import OrderEditDocument
from settlement.after_pay.invoices.details import InvoiceItem, InvoiceSeller
from settlement.after_pay.invoices.invoice import Invoice, InvoicePolicy
from settlement.after_pay.invoices.ubl_details import UblDetails
from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice, RetrySchedule
from settlement.after_pay.payments.given_back import RefundDemand, RefundNotice
from settlement.after_pay.payments.idempotency import StoredAnswer
from settlement.after_pay.payments.limits import ProviderLimits
from settlement.after_pay.payments.options import PaymentItem, PaymentOption, TenderShare
from settlement.after_pay.payments.paid import PaymentState
from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import PayoutPolicy
from settlement.after_pay.payouts.provider_fees import ProviderFee
from settlement.after_pay.payouts.sub_orders import SubOrder
from settlement.after_pay.refunds.from_json import RefundDocument, RefundPreviewDocument
from settlement.after_pay.refunds.money_back import Deduction, MoneyBack, StoreCredit
from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.after_pay.refunds.request import RefundRequest
from settlement.after_pay.splits.instructions import Split, SplitReturn
from settlement.audit.books.policy import BooksPolicy
from settlement.audit.books.statement import HoldingPolicy, Statement
from settlement.audit.fields import words
from settlement.audit.record import RecordDocument
from settlement.cart.checkout import Checkout
from settlement.cart.invoice_request import InvoiceRequest
from settlement.receipts.from_json import SettlementDocument
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.request import Request
from settlement.rulebook.rulebook import Rulebook

__all__ = ["DOCUMENTS", "schema", "schema_text"]

#: Name -> the model that reads the document.
DOCUMENTS: Final[dict[str, type[BaseModel]]] = {
    "bill": Bill,
    "books-policy": BooksPolicy,
    "checkout": Checkout,
    "holding-policy": HoldingPolicy,
    "invoice": Invoice,
    "invoice-item": InvoiceItem,
    "invoice-policy": InvoicePolicy,
    "invoice-request": InvoiceRequest,
    "invoice-seller": InvoiceSeller,
    "movement": Movement,
    "order-edit": OrderEditDocument,
    "payment-demand": PaymentDemand,
    "payment-item": PaymentItem,
    "payment-method": PaymentMethod,
    "payment-notice": PaymentNotice,
    "payment-option": PaymentOption,
    "payment-state": PaymentState,
    "payout": Payout,
    "payout-policy": PayoutPolicy,
    "provider-fee": ProviderFee,
    "provider-limits": ProviderLimits,
    "reconciliation": Reconciliation,
    "record": RecordDocument,
    "refund": RefundDocument,
    "refund-demand": RefundDemand,
    "refund-deduction": Deduction,
    "refund-money": MoneyBack,
    "refund-notice": RefundNotice,
    "refund-policy": RefundPolicy,
    "refund-preview": RefundPreviewDocument,
    "refund-request": RefundRequest,
    "request": Request,
    "retry-schedule": RetrySchedule,
    "rulebook": Rulebook,
    "settlement": SettlementDocument,
    "split": Split,
    "split-return": SplitReturn,
    "store-credit": StoreCredit,
    "statement": Statement,
    "stored-answer": StoredAnswer,
    "sub-order": SubOrder,
    "tender-share": TenderShare,
    "ubl-details": UblDetails,
}
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
#: RFC 3339 with an offset; a space and lower case are read as well.
_INSTANT: Final = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
#: GB/T 2260 codes of 6, 9 or 12 digits, the world, or a path whose first step is a country.
_REGION: Final = r"^([*]|[0-9]{6}([0-9]{3}){0,2}|[A-Z]{2}(/[^/]+)*)$"
#: Where the words of a field stand until its amounts are made pointers; no field has such a name.
_TOLD: Final = "$told"


class _Telling(GenerateJsonSchema):
    """pydantic's schemas, each field of the library's with its words beside it."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        for name, inner in made.get("properties", {}).items():
            told = words(schema["cls"], name)
            if told is not None:
                inner[_TOLD] = {"title": f"{name} · {told.name_zh}", "description": f"{told.text}\n{told.text_zh}"}
                if told.example is not None:
                    inner[_TOLD]["examples"] = [told.example]
        return made


def schema(document: str | type[BaseModel], *, told: bool = True, name: str | None = None) -> dict[str, Any]:
    """The schema of one of `DOCUMENTS`, or of a model such as a Rulebook class with kinds of the user's own.

    Money stands once in `$defs`, as what a shop states and as what the library computes; patterns say what a pattern
    can. Every field has its name, what it means in English and Chinese, and an example, unless `told` is false. `name`
    is that of a model; by default the class's. Raises `KeyError` for an unknown name.

    >>> made = schema("checkout")
    >>> price = made["$defs"]["Line"]["properties"]["unit_price"]
    >>> made["$id"], price["$ref"], price["title"], price["examples"]
    ('checkout.schema.json', '#/$defs/Money', 'unit_price · 单价', ['59.90 CNY'])
    >>> print(price["description"])
    What one unit costs before any offer.
    一件商品在任何优惠之前的价格。
    """
    model = DOCUMENTS[document] if isinstance(document, str) else document
    name = name or (document if isinstance(document, str) else model.__name__.lower())
    found = model.model_json_schema(schema_generator=_Telling if told else GenerateJsonSchema)
    definitions = found.pop("$defs", {})
    shared: dict[str, Any] = {}
    made: dict[str, Any] = _pointed(found, shared)
    definitions = {key: _pointed(inner, shared) for key, inner in definitions.items()} | shared
    head: dict[str, Any] = {"$schema": _DIALECT, "$id": f"{name}.schema.json"}
    return head | made | ({"$defs": dict(sorted(definitions.items()))} if definitions else {})


def schema_text(document: str | type[BaseModel], name: str | None = None) -> str:
    """The same as text, as it is published in docs/schemas."""
    return json.dumps(schema(document, name=name), ensure_ascii=False, indent=2) + "\n"


def _pointed(value: Any, shared: dict[str, Any]) -> Any:
    """Scalars of the contract made exact, each amount a pointer to the one definition."""
    if isinstance(value, list):
        return [_pointed(each, shared) for each in value]
    if not isinstance(value, dict):
        return value
    if _TOLD in value:
        plain = _pointed({key: each for key, each in value.items() if key != _TOLD}, shared)
        shown = [*value[_TOLD].get("examples", ()), *plain.get("examples", ())]
        shown = [each for at, each in enumerate(shown) if each not in shown[:at]]
        return plain | value[_TOLD] | ({"examples": shown} if shown else {})
    if value.get("title") == "Money" and "pattern" in value:
        return _money({key: each for key, each in value.items() if key != "default"}, shared)
    made = {key: _pointed(each, shared) for key, each in value.items()}
    if isinstance(made.get("description"), str):
        made["description"] = " ".join(
            made["description"].split("\n\n")[0].split()
        )  # a docstring's examples are Python's
    for tag in ("type", "per", "kind"):
        if "const" in made.get("properties", {}).get(tag, ()):
            made["required"] = sorted({tag, *made.get("required", ())})  # kinds are told apart by it
    if value.get("type") == "string" and isinstance(value.get("default"), int):
        made["default"] = str(value["default"])  # a percentage is text
    if value.get("type") == "object" and value.get("default") == []:
        made["default"] = {}  # a map that is kept as pairs
    if value.get("format") == "date-time":
        made["pattern"] = _INSTANT
    elif value.get("examples", [None])[-1] == "*":
        made["pattern"] = _REGION  # a field has a title of its own, so a region is known by its examples
    return made


def _money(stated: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """What a shop states may be a string or a pair; what the library computes is a signed string."""
    if stated["pattern"].startswith("^-"):
        shared["SignedMoney"] = stated | {"title": "SignedMoney"}
        return {"$ref": "#/$defs/SignedMoney"}
    amount = stated["pattern"].removesuffix(" [A-Z]{3}$") + "$"
    pair = {
        "type": "object",
        "properties": {
            "amount": {"type": "string", "pattern": amount, "examples": ["12.34"]},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["CNY"]},
        },
        "required": ["amount", "currency"],
        "additionalProperties": False,
    }
    about = {key: stated[key] for key in ("title", "description") if key in stated}
    text = {key: stated[key] for key in ("type", "pattern", "examples")}
    shared["Money"] = about | {"anyOf": [text, pair]}
    return {"$ref": "#/$defs/Money"}
