"""A month of twenty small orders whose figures can be worked out in one's head, and the rules before and after."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from samples import a_checkout, a_line, settled
from settlement import Rulebook
from settlement.audit.record import Record, record

__all__ = ["DECEMBER", "MONTH", "NOVEMBER", "Order", "Parts", "month", "rules"]


def _rules(name: str, fest: tuple[str, str], a: str, free: str, undeliverable: list[str]) -> dict[str, Any]:
    """10 or 15 off for all, two coupons of the shop of which one may be used, a flat fee and from when it is free."""

    def off(offer: str, issuer: str, least: str, amount: str) -> dict[str, Any]:
        tier = {"min_amount": f"{least} CNY", "benefit": {"type": "amount_off", "amount": f"{amount} CNY"}}
        return {"id": offer, "issuer": issuer, "name": f"{offer} of {name}", "tiers": [tier]}

    zone = {"regions": ["CN/mainland"], "first": 99, "first_fee": "6.00 CNY"}
    post = {"id": "post", "measure": "quantity", "zones": [zone], "free": [{"min_amount": f"{free} CNY"}]}
    return {
        "id": name,
        "currency": "CNY",
        "promotions": [off("fest", "platform", *fest)],
        "coupons": [off("a", "tea", "50.00", a), off("b", "tea", "50.00", "8.00")],
        "freight_templates": [post | ({"undeliverable": undeliverable} if undeliverable else {})],
    }


#: fest: 10 off from 100; a: 10 off, b: 8 off, both from 50; freight 6, free from 150.
NOVEMBER = _rules("november", ("100.00", "10.00"), "10.00", "150.00", [])
#: fest: 15 off from 120; a: 5 off, b as before; freight 6, free from 99; nothing is sent to Tibet.
DECEMBER = _rules("december", ("120.00", "15.00"), "5.00", "99.00", ["540000"])


def rules(document: dict[str, Any], **fields: Any) -> Rulebook:
    """The rulebook of a document."""
    return Rulebook.model_validate(document | fields)


class Parts(NamedTuple):
    """What an order comes to in whole yuan: goods, what fest and a coupon take off, freight, and what is paid."""

    goods: int
    fest: int
    coupon: int
    freight: int
    payable: int


class Order(NamedTuple):
    """An order: the coupons held, the choice, where it goes; in November, in December as chosen and at best."""

    name: str
    held: str
    choice: str
    region: str
    november: Parts
    chosen: Parts
    best: Parts


SHENZHEN, TIBET = "440305", "540102"


def _order(row: str) -> Order:
    name, held, choice, region, *sides = row.split()
    parts = [Parts(*map(int, side.split(","))) for side in sides]
    best = parts[2] if len(parts) > 2 else parts[1]
    where = {"S": SHENZHEN, "T": TIBET}[region]
    return Order(name, held.strip("-"), choice, where, parts[0], parts[1], best)


#: Name, coupons held, choice, Shenzhen or Tibet; goods, fest, coupon, freight and payable of November, of December as
#: chosen, and at best where that is another.
MONTH = tuple(
    map(
        _order,
        """
        o01 -  best S  40,0,0,6,46     40,0,0,6,46
        o02 ab best S  60,0,10,6,56    60,0,5,6,61     60,0,8,6,58
        o03 b  best S  60,0,8,6,58     60,0,8,6,58
        o04 a  none S  60,0,0,6,66     60,0,0,6,66     60,0,5,6,61
        o05 -  best S  100,10,0,6,96   100,0,0,0,100
        o06 ab best S  100,10,10,6,86  100,0,5,6,101   100,0,8,6,98
        o07 b  b    S  110,10,8,6,98   110,0,8,0,102
        o08 -  best S  120,10,0,6,116  120,15,0,0,105
        o09 a  best S  130,10,10,6,116 130,15,5,0,110
        o10 -  best S  150,10,0,6,146  150,15,0,0,135
        o11 -  best S  160,10,0,0,150  160,15,0,0,145
        o12 ab best S  180,10,10,0,160 180,15,5,0,160  180,15,8,0,157
        o13 -  best T  80,0,0,6,86     0,0,0,0,0
        o14 -  best T  110,10,0,6,106  50,0,0,0,50
        o15 a  a    S  200,10,10,0,180 200,15,5,0,180
        o16 -  best S  99,0,0,6,105    99,0,0,0,99
        o17 b  best S  120,10,8,6,108  120,15,8,6,103
        o18 ab best S  50,0,10,6,46    50,0,5,6,51     50,0,8,6,48
        o19 -  best S  30,0,0,6,36     30,0,0,6,36
        o20 a  none S  125,10,0,6,121  125,15,0,0,110  125,15,5,0,105
        """.strip().splitlines(),
    )
)


def month() -> list[Record]:
    """The records of November, in a list of one's own."""
    return list(_month())


@cache
def _month() -> tuple[Record, ...]:
    """Each order settled. o14 has 50 of goods that are not shipped, such as a voucher; commission is 5 %."""
    made = []
    for order in MONTH:
        prices = {"a": order.november.goods} if order.name != "o14" else {"a": order.november.goods - 50, "v": 50}
        lines = [
            a_line(name, f"{price}.00", shop="tea", commission_percent="5")
            | ({"freight_template": "post"} if name == "a" else {})
            for name, price in prices.items()
        ]
        coupons: Any = order.choice if order.choice in {"best", "none"} else list(order.choice)
        asked = a_checkout(
            *lines,
            address={"region": order.region},
            customer={"coupons": list(order.held)},
            choice={"coupons": coupons},
            order=order.name,
        )
        made.append(record(settled(asked, NOVEMBER)))
    return tuple(made)
