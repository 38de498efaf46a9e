"""A small shop that answers as a merchant of UCP, with a sandbox in place of a payment provider."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request

from settlement import Customer, Rulebook, Settlement, refund
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.ext.ucp import Declined, Merchant, Placing, SaleUnit, router, to_order

AT = "2026-11-11T00:00:00+00:00"
GOODS: dict[str, dict[str, Any]] = {
    "tea": {"shop": "s", "name": "Tea", "unit_price": "40.00 CNY", "freight_template": "post"},
    "pot": {"shop": "t", "name": "Pot", "unit_price": "80.00 CNY", "freight_template": "post"},
    "gone": {"shop": "s", "name": "Gone", "unit_price": "80.00 CNY", "stock": 0},
    "class": {"shop": "s", "name": "A class", "unit_price": "30.00 CNY"},  # nothing to ship
    "lesson": {"shop": "t", "name": "A lesson", "unit_price": "70.00 CNY"},
    "oranges": {"shop": "s", "name": "Oranges", "unit_price": "15.80 CNY", "free_shipping": True},
}
ZONE = {"regions": ["*"], "first": 1, "first_fee": "8.00 CNY", "additional": 1, "additional_fee": "2.00 CNY"}


def offer(name: str, benefit: dict[str, Any], issuer: str = "platform", **tier: Any) -> dict[str, Any]:
    """One promotion or coupon."""
    return {"id": name, "name": name, "issuer": issuer, "tiers": [{"benefit": benefit} | tier]}


def off(amount: str) -> dict[str, Any]:
    """So much off."""
    return {"type": "amount_off", "amount": amount}


RULES = Rulebook.model_validate(
    {
        "id": "r",
        "currency": "CNY",
        "freight_templates": [{"id": "post", "measure": "quantity", "zones": [ZONE]}],
        "promotions": [offer("tenth", {"type": "percent_off", "percent": "10"}, "s", min_quantity=3)],
        "coupons": [
            offer("c5", off("5.00 CNY")),
            offer("c3", off("3.00 CNY"), "s"),
            offer("big", off("9.00 CNY"), "s", min_amount="1000.00 CNY"),
        ],
        "delivery_methods": [
            {"id": "standard", "name": "Standard"},
            {"id": "express", "templates": [{"template": "post", "zones": [ZONE | {"first_fee": "20.00 CNY"}]}]},
            {"id": "counter", "pickup": True, "shops": ["s"]},
        ],
    }
)


class Shop:
    """Its orders, what its sandbox was asked for, and its app."""

    def __init__(self, base: str, *, goods: dict[str, dict[str, Any]] | None = None, **options: Any) -> None:
        self.goods = GOODS if goods is None else goods
        self.orders: dict[str, tuple[str, Settlement, list[RefundQuote]]] = {}
        self.placings: list[Placing] = []
        self.version: str = options.get("version", "2026-04-08")
        handler = {"id": "pay", "version": self.version, "available_instruments": [{"type": "card"}]}
        self.merchant = Merchant(
            self.goods.get,
            codes={"FIVE": "c5", "THREE": "c3", "BIG": "big"},
            units={"oranges": SaleUnit("KGM", 2, "kg")},
            handlers={"com.example.pay": [handler]},
            links=[{"type": "terms_of_service", "url": "https://shop.example/terms"}],
        )
        self.app = FastAPI()
        more = {"continue_url": "https://shop.example/checkout", "customer": self.customer} | options
        self.app.include_router(router(RULES, self.merchant, self.place, base=base, order=self.order, **more))
        self.app.add_api_route("/ucp/testing/orders/{id}/adjust", self.adjust, methods=["POST"])

    def customer(self, request: Any) -> Customer:
        """Who buys, by a header; nobody where it says nothing."""
        return Customer(id=request.headers.get("x-buyer"))

    def place(self, placing: Placing) -> dict[str, str]:
        """Paid by the token ok or success_token; stops for the buyer by the token 3ds."""
        self.placings.append(placing)
        token = (placing.instruments[0].get("credential") or {}).get("token") if placing.instruments else None
        if token == "3ds":  # noqa: S105 - a sandbox has no secret
            raise Declined("your bank asks for you", "payment_action_needed", "requires_buyer_input")
        if token not in ("ok", "success_token"):
            raise Declined("the card was declined")
        name = f"A{len(self.orders) + 1}"
        self.orders[name] = (placing.checkout, placing.settlement, [])
        return {"id": name, "permalink_url": f"https://shop.example/orders/{name}"}

    def order(self, name: str, _: Any) -> dict[str, Any] | None:
        """The order as it stands."""
        if name not in self.orders:
            return None
        checkout, settlement, refunds = self.orders[name]
        url = f"https://shop.example/orders/{name}"
        named = {"merchant": self.merchant, "version": self.version}
        return to_order(settlement, name, checkout_id=checkout, permalink_url=url, refunds=refunds, **named)

    async def adjust(self, id: str, request: Request) -> dict[str, str]:
        """A refund, as the checks ask for one."""
        asked = await request.json()
        _, settlement, refunds = self.orders[id]
        number = f"r{len(refunds) + 1}"
        back = refund(settlement, {asked["line_item_id"]: asked["quantity"]}, refunds, id=number, at=AT)
        refunds.append(back)
        return {"id": number}
