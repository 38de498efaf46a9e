"""Write what other languages need: JSON Schemas with an example of each document, every field, test vectors.

Schemas and examples stand in docs/schemas, the fields in docs/fields.md, vectors and their page in docs/vectors, the
statuses of an order in docs/order-states.md.

python scripts/publish.py            write all
python scripts/publish.py --check    change nothing; exit 1 if a file is not what would be written
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from fields_page import PAGE, documents, fields_page
from order_states import PAGE as ORDER_STATES
from order_states import order_states_page
from settlement import Deduction, Money, MoneyBack, RefundPolicy, Settlement, StoreCredit, refund, settle
from settlement.after_pay.bills import Bill, provider_fees, reconcile
from settlement.after_pay.edits import edit_order
from settlement.after_pay.invoices.details import InvoiceItem, InvoiceSeller
from settlement.after_pay.invoices.invoice import InvoicePolicy, invoices
from settlement.after_pay.invoices.ubl_details import UblDetails, UblParty
from settlement.after_pay.payments.demand import PaymentDemand, PaymentNotice, retry_schedule
from settlement.after_pay.payments.given_back import RefundNotice, refund_demand
from settlement.after_pay.payments.idempotency import StoredAnswer
from settlement.after_pay.payments.limits import provider_limits
from settlement.after_pay.payments.options import payment_items, payment_options, split_tenders
from settlement.after_pay.payments.paid import payment_demand, payment_state
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.payouts.sub_orders import split_orders
from settlement.after_pay.refunds.request import RefundRequest
from settlement.after_pay.refunds.returns import preview
from settlement.after_pay.splits import split, split_return
from settlement.audit.books.policy import BooksPolicy
from settlement.audit.books.statement import HoldingPolicy, statement
from settlement.audit.fields import faults as without_words
from settlement.audit.record import record
from settlement.documents.canonical import canonical as canonical_json
from settlement.documents.canonical import digest_of
from settlement.documents.document import Document
from settlement.documents.json_text import Amounts
from settlement.documents.marks import OUTSIDE, extensions, marked
from settlement.documents.meaning import meaning
from settlement.orders import (
    Actor,
    Changed,
    EventLog,
    Noted,
    OrderEvent,
    OrderGoods,
    Paid,
    Received,
    RefundAsked,
    RefundFailed,
    RefundSucceeded,
    Returned,
    Shipped,
    order_state,
    place,
)
from settlement.orders.schemas import DOCUMENTS, schema_text
from settlement.rulebook.digest import request_text
from settlement.rulebook.request import Request

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "src" / "settlement" / "commands" / "vectors.json"
SCHEMAS, VECTORS = ROOT / "docs" / "schemas", ROOT / "docs" / "vectors"
EXAMPLES = SCHEMAS / "examples"

AT = "2026-11-11T00:00:00+08:00"
LINE: dict[str, Any] = {"id": "a", "shop": "s1", "sku": "k", "quantity": 2, "unit_price": "59.90 CNY"}
ZONE = {"regions": ["CN/mainland"], "first": 1, "first_fee": "8.00 CNY"}


def request(*lines: dict[str, Any], rules: dict[str, Any] | None = None, **checkout: Any) -> dict[str, Any]:
    """A small request."""
    cart = {"currency": "CNY", "lines": [LINE | line for line in lines]}
    book = {"id": "r", "currency": "CNY"} | (rules or {})
    return {"checkout": {"at": AT, "cart": cart} | checkout, "rulebook": book}


def cases() -> dict[str, tuple[str, dict[str, Any]]]:
    """Name -> what the vector is about, and its request as somebody would send it."""
    percent = {"type": "percent_off", "percent": "12.50"}
    tiers = [{"min_amount": "9.00 CNY", "benefit": percent}, {"min_amount": "100.00 CNY", "benefit": percent}]
    offer = {"issuer": "platform", "tiers": tiers}
    template = {
        "id": "t1",
        "measure": "weight_g",
        "zones": [
            ZONE | {"first": 1000, "regions": ["440305000000", "440000"]},
            ZONE | {"first": 1000, "additional": 500, "additional_fee": "2.00 CNY"},
        ],
        "undeliverable": ["820000", "710000"],
        "free": [{"min_amount": {"amount": "999.00", "currency": "CNY"}}],
    }
    shipped = {"freight_template": "t1", "weight_g": 700, "name": "茶"}
    address = {"region": "440305000000", "name": "Somebody", "phone": "13800138000", "detail": "a street"}
    return {
        "least": ("every default is filled in", request({})),
        "instants": (
            "instants are in UTC, with a fraction only where there is one",
            request({}, at="2026-11-11t00:30:00.250+05:30"),
        ),
        "quantities": ("numbers have one spelling", request({"quantity": "2.500", "tax_percent": "13.00"})),
        "whole-quantity": ("a whole decimal is an integer", request({"quantity": "2.000", "stock": "7.0"})),
        "pair": ("an amount may be a pair", request({"unit_price": {"amount": "59.90", "currency": "CNY"}})),
        "personal": (
            "what is personal does not enter",
            request({"name": "Tea", "info": {"size": "L"}}, address=address, remark="ring", invoice={"title": "Me"}),
        ),
        "order": (
            "lists are sorted by the canonical text of their entries",
            request({"id": "b"}, {"id": "a", "categories": ["tea", "gift"]}, {"id": "茶"}),
        ),
        "offers": (
            "an offer's share depends on its issuer; tiers are sorted like any list",
            request(
                {},
                rules={"promotions": [offer | {"id": "p"}], "coupons": [offer | {"id": "c", "issuer": "s1"}]},
                customer={"coupons": ["x", "c"], "points": 5},
            ),
        ),
        "freight": (
            "regions have one spelling",
            request(shipped, address={"region": "440305000"}, rules={"freight_templates": [template]}),
        ),
        "keys": ("ids beyond the BMP and escapes", request({"id": "\U0001f375"}, {"id": 'a"\\/b', "sku": "ﬀ"})),
        "points": (
            "points, a fee and rounding",
            request(
                {"list_price": "60.00 CNY"},
                customer={"points": 500, "level": "gold"},
                choice={"points": "max", "coupons": []},
                payment_method="m",
                rules={
                    "points": {"points": 100, "worth": "1.00 CNY", "earn": {"per": "1.00 CNY", "points": 1}},
                    "payment_methods": [{"id": "m", "percent": "0.60", "borne_by": "buyer"}],
                    "policy": {"round_total": {"unit": "0.10 CNY", "mode": "down"}, "exclusions": []},
                },
            ),
        ),
        "mall-cart": ("the example", json.loads((ROOT / "examples" / "mall-cart.json").read_text(encoding="utf-8"))),
    }


def vector(about: str, asked: dict[str, Any]) -> dict[str, Any]:
    """A request, both canonical texts and their digests, and the settlement."""
    both = Request.model_validate_json(json.dumps(asked))
    made = settle(both.checkout, both.rulebook)
    return {
        "about": about,
        "request": asked,
        "rulebook_canonical": meaning(both.rulebook, Amounts(both.rulebook.currency)),
        "rulebook_digest": both.rulebook.digest,
        "canonical": request_text(both.checkout, both.rulebook),
        "digest": made.digest,
        "settlement": json.loads(canonical_json(made.to_dict())),  # its keys in one order
    }


def examples() -> dict[str, Any]:
    """Name -> one document of each kind: all of the order that docs/after-pay.md follows, after its second refund."""
    request = json.loads((ROOT / "examples" / "after-pay.json").read_text(encoding="utf-8"))
    both = Request.model_validate_json(json.dumps(request))
    paid, method = settle(both.checkout, both.rulebook), both.rulebook.payment_methods[0]
    policy = RefundPolicy(recheck="thresholds")
    first = refund(paid, {"a": 1})
    second = refund(paid, {"b": 1}, [first], policy=policy)
    names = {"a": "Jasmine tea", "b": "Teapot"}
    demand = payment_demand(paid, "SO1001", merchant="mall-cny", method="card", expires="2026-11-11T00:30:00+08:00")
    short, whole = (
        PaymentNotice(id=name, key=demand.key, merchant="mall-cny", amount=Money(amount), told="succeeded")
        for name, amount in (("4200001", "1.80 CNY"), ("4200002", "180.00 CNY"))
    )
    back = refund_demand(first, demand.key, "R-1", merchant="mall-cny")
    rows = [
        {
            "kind": "payment",
            "amount": "180.00 CNY",
            "fee": "1.83 CNY",
            "at": "2026-11-10T16:00:10Z",
            "state": "SUCCESS",
        },
        {"kind": "refund", "amount": "32.17 CNY", "fee": "-0.32 CNY", "at": "2026-11-11T02:00:00Z", "refund": "R-1"},
    ]
    common = {"id": "4200002", "order": demand.key, "merchant": "mall-cny"}
    bill = Bill.model_validate(
        {"provider": "card", "rows": [{"line": line} | common | row for line, row in enumerate(rows, 2)]}
    )
    unpaid = demand.model_copy(update={"order": "SO1002"})
    made = split(paid, payout(paid, method=method), {"tea": "1900000109"})
    item = InvoiceItem(tax_code="1030201010000000000", unit="盒", specification="250 g")
    seller = InvoiceSeller(name="示例茶行", tax_number="91350100M000100Y43")
    parties = [UblParty(name=name, country="DE", endpoint="DE123456789", scheme="9930") for name in ("Tea GmbH", "Max")]
    due = payout(paid, refunds=[first, second], method=method)
    moved = Movement(
        id="t-1", kind="to_shop", at="2026-11-30T10:00:00+08:00", currency="CNY", shop="tea", amount=Money("50.00 CNY")
    )
    fewer = json.loads(json.dumps(request["checkout"])) | {"at": "2026-11-12T00:00:00Z"}
    fewer["cart"]["lines"][0]["quantity"] = 2
    edit = edit_order(
        paid,
        Request.model_validate({"checkout": fewer, "rulebook": request["rulebook"]}).checkout,
        both.rulebook,
        id="E-1",
        policy=policy,
    )
    written = {
        "bill": bill,
        "books-policy": BooksPolicy(presentation="agent", points_deferred=Money("8.84 CNY")),
        "holding-policy": HoldingPolicy(release_days=7, reserve_percent="10", reserve_days=30),
        "movement": moved,
        "statement": statement("tea", [paid, first, second, due, moved], "2026-11-01", "2026-11-30"),
        "invoice": invoices(paid, names=names, items={"jasmine": item}, sellers={"tea": seller})[0],
        "invoice-item": item,
        "invoice-policy": InvoicePolicy(tax_per="line"),
        "invoice-seller": seller,
        "ubl-details": UblDetails(number="R-1", issued="2026-11-12", order="A-1", seller=parties[0], buyer=parties[1]),
        "payment-demand": demand,
        "payment-item": payment_items(paid)[0],
        "payment-notice": whole,
        "payment-option": payment_options(both.checkout, both.rulebook)[0],
        "payment-state": payment_state([demand], [short, whole, whole]),
        "payout": due,
        "payout-policy": PayoutPolicy(),
        "provider-fee": provider_fees([bill], {demand.key: None})[0],
        "provider-limits": provider_limits("wechat"),
        "reconciliation": reconcile(bill, [demand, unpaid], [back], method),
        "refund-demand": back,
        "refund-notice": RefundNotice(id="5030001", refund="R-1", key=demand.key, amount=back.amount, told="succeeded"),
        "retry-schedule": retry_schedule("wechat"),
        "refund-policy": policy,
        "refund-request": RefundRequest(
            returns={"a": 1},
            money=[MoneyBack(reason="late", line="b", amount="5.00 CNY")],
            deductions=[Deduction(reason="way_back", amount="8.00 CNY", of="freight")],
            credit=StoreCredit(id="wallet-7"),
        ),
        "split": made,
        "split-return": split_return(made, first, payout(paid, refunds=[first], method=method)),
        "stored-answer": StoredAnswer.of("9f1c", {"order": "1001"}, '{"paid": true}'),
        "sub-order": split_orders(paid)[0],
        "tender-share": split_tenders(paid.payable, [("stored_value", Money("50.00 CNY")), ("card", None)])[0],
    }
    return {
        "checkout": request["checkout"],
        "invoice-request": request["checkout"]["invoice"],
        "payment-method": request["rulebook"]["payment_methods"][0],
        "order-edit": json.loads(canonical_json(edit.to_dict())),
        "record": json.loads(record(paid).to_json()),
        "refund": second.to_dict(),
        "refund-deduction": {"reason": "way_back", "amount": "8.00 CNY", "of": "freight"},
        "refund-money": {"reason": "late", "amount": "5.00 CNY", "line": "a"},
        "store-credit": {"id": "wallet-7", "amount": "20.00 CNY"},
        "refund-preview": preview(paid, [first])[0].to_dict(),
        "request": request,
        "rulebook": request["rulebook"],
        "settlement": json.loads(canonical_json(paid.to_dict())),
    } | {name: each.model_dump(mode="json") for name, each in (written | of_orders(paid, both, [short, whole])).items()}


def of_orders(paid: Settlement, both: Request, told: list[PaymentNotice]) -> dict[str, Document]:
    """The order of it, what happened, and where it stands."""
    shop, line = paid.lines[0].shop, paid.lines[0].id
    until = "2026-11-11T00:30:00+08:00"
    order = place(record(paid), order="SO1001", placed="2026-11-11T00:00:05+08:00", merchant="mall-cny", expires=until)
    quote = refund(paid, {line: 1}, id="R-1")
    back = refund_demand(quote, "SO1001", "R-1", merchant="mall-cny")
    notice = RefundNotice(id="5030001", refund="R-1", key="SO1001", amount=back.amount, told="failed")
    goods = [OrderGoods(line=line, quantity=1)]
    cart = both.checkout.cart.with_quantity(line, int(paid.lines[0].quantity) + 1)
    wanted = both.checkout.model_copy(update={"at": "2026-11-11T00:35:00+08:00", "cart": cart})
    edit = edit_order(paid, wanted, both.rulebook)
    more = PaymentDemand(order="SO1001-1", merchant="mall-cny", amount=edit.collect)

    def head(minute: int, actor: Actor) -> dict[str, Any]:
        return {"at": f"2026-11-11T00:{minute}:00+08:00", "actor": actor}

    events: list[OrderEvent] = [
        *[Paid(**head(10 + at, Actor.system("notify")), notice=each) for at, each in enumerate(told)],
        Shipped(**head(20, Actor.shop(shop)), shop=shop, lines=goods),
        Received(**head(30, Actor.customer("u1")), shop=shop, lines=goods),
        Changed(**head(36, Actor.customer("u1")), edit=edit, demand=more),
        RefundAsked(**head(40, Actor.staff("s7")), reason="broken", quote=quote, demand=back),
        RefundFailed(**head(41, Actor.system("notify")), notice=notice),
        RefundSucceeded(**head(45, Actor.system("notify")), notice=notice.model_copy(update={"told": "succeeded"})),
        Returned(**head(50, Actor.shop(shop)), shop=shop, lines=goods),
        Noted(**head(55, Actor.staff("s7")), note="called back"),
    ]
    return {"order": order, "order-events": EventLog(events=events), "order-state": order_state(order, events)}


def published() -> dict[Path, str]:
    """Every file and its text."""
    files = {SCHEMAS / f"{name}.schema.json": schema_text(name) for name in DOCUMENTS}
    for name, document in examples().items():
        files[EXAMPLES / f"{name}.json"] = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    for name, case in cases().items():
        text = json.dumps(vector(*case), ensure_ascii=False, indent=1) + "\n"
        files[VECTORS / f"{name}.json"] = text
    files[OWN] = own_vectors()
    return files | {PAGE: fields_page(), VECTORS / "README.md": page(), ORDER_STATES: order_states_page()}


def own_vectors() -> str:
    """What the library brings along for `settlement doctor`: requests, and the SHA-256 of what comes out."""
    rows = []
    for name, case in cases().items():
        made = vector(*case)
        kept = {name: made[name] for name in ("request", "digest")}
        kept["settlement"] = digest_of(canonical_json(made["settlement"]))
        rows.append(f"{json.dumps(name)}: {json.dumps(kept, ensure_ascii=False, separators=(',', ':'))}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def page() -> str:
    """The page about vectors, with the lists of fields that it names."""
    text = (VECTORS / "README.md").read_text(encoding="utf-8")
    personal = {place[-1] for mark in OUTSIDE for place in marked(Request, mark)}
    beyond, there = extensions(Request)
    for name, fields in (("personal", personal), ("extensions", beyond), ("there", there)):
        listed = ", ".join(f"`{field}`" for field in sorted(fields))
        text = re.sub(rf"(<!-- {name} -->).*?(<!-- /{name} -->)", rf"\1{listed}\2", text, flags=re.DOTALL)
    return text


def faults() -> list[str]:
    """Files that are not what would be written, or that nobody writes."""
    files = published()
    found = [
        f"{path.relative_to(ROOT)} is stale: make publish"
        for path, text in files.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    there = {*SCHEMAS.glob("*.json"), *EXAMPLES.glob("*.json"), *VECTORS.glob("*.json")}
    return found + [f"{path.relative_to(ROOT)} is nobody's" for path in sorted(there - files.keys())]


def main(arguments: list[str]) -> int:
    """Check, or write; a field that nobody describes is said before anything else."""
    missing = without_words(list(documents()))
    if missing:
        print("\n".join(missing))
        return 1
    if "--check" not in arguments:
        for path, text in published().items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    found = faults()
    print("\n".join(found or [f"{len(published())} files are up to date"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
