"""A month of a small mall for months-books.ipynb: twelve orders, three refunds, and the bill of the payment provider.

The same each time. The bill has one wrong fee and lacks one payment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Any, NamedTuple

from settlement import (
    Checkout,
    Deduction,
    Money,
    MoneyBack,
    PaymentMethod,
    RefundPolicy,
    RefundQuote,
    Rulebook,
    Settlement,
    refund,
    settle,
)
from settlement.audit.books.journal import Entry
from settlement.documents.words.grid import grid_text

#: sku -> shop, price
GOODS = {
    "longjing": ("tea", "128.00"),
    "jasmine": ("tea", "39.90"),
    "cup": ("tea", "19.90"),
    "quilt": ("home", "329.00"),
    "candle": ("home", "49.00"),
    "cable": ("digital", "19.90"),
    "headset": ("digital", "499.00"),
}
WECHAT = PaymentMethod(id="wechat", percent="0.6", borne_by="merchant")
RULES: dict[str, Any] = {
    "id": "mall-2026-11",
    "currency": "CNY",
    "promotions": [
        {"id": "tea-more", "issuer": "tea", "tiers": [
            {"min_quantity": 3, "benefit": {"type": "percent_off", "percent": "10"}},
            {"min_quantity": 5, "benefit": {"type": "percent_off", "percent": "15"}}]},
        {"id": "home-300-40", "issuer": "home",
         "tiers": [{"min_amount": "300.00 CNY", "benefit": {"type": "amount_off", "amount": "40.00 CNY"}}]},
    ],
    "coupons": [
        {"id": "mall-10", "issuer": "platform",
         "tiers": [{"min_amount": "99.00 CNY", "benefit": {"type": "amount_off", "amount": "10.00 CNY"}}]},
    ],
    "freight_templates": [
        {"id": "post", "measure": "quantity", "zones": [{"regions": ["CN"], "first": 3, "first_fee": "8.00 CNY",
                                                         "additional": 3, "additional_fee": "2.00 CNY"}]},
    ],
    "payment_methods": [WECHAT.to_dict()],
}  # fmt: skip
#: The order whose payment the provider charged too much for, and the one whose payment its bill lacks.
DEAR, LACKING = "SO1107", "SO1110"


def at(day: int, hour: int = 10) -> str:
    """An instant of November in China."""
    return f"2026-11-{day:02}T{hour:02}:00:00+08:00"


def day_of(order: str) -> int:
    """The day on which an order was placed: SO1101 on the 2nd, then every second day."""
    return 2 * (int(order[2:]) - 1100)


def orders() -> list[Settlement]:
    """SO1101 to SO1112, each of two or three articles."""
    rulebook = Rulebook.model_validate_json(json.dumps(RULES))
    return [settle(_checkout(number), rulebook) for number in range(1, 13)]


def _checkout(number: int) -> Checkout:
    skus = list(GOODS)
    lines = []
    for place in range(2 + number % 2):
        sku = skus[(number * 2 + place * 3) % len(skus)]
        shop, price = GOODS[sku]
        line = {"id": str(place + 1), "shop": shop, "sku": sku, "quantity": 1 + (number + 2 * place) % 6}
        lines.append(line | {"unit_price": f"{price} CNY", "freight_template": "post"})
    order = f"SO{1100 + number}"
    return Checkout.model_validate(
        {
            "at": at(day_of(order)),
            "cart": {"currency": "CNY", "lines": lines},
            "address": {"region": "440305"},
            "customer": {"coupons": ["mall-10"]},
            "payment_method": "wechat",
            "order": order,
        }
    )


def refunds(sold: Iterable[Settlement]) -> list[RefundQuote]:
    """Money without goods, a return that loses a step of an offer, and one of which the shop keeps something."""
    by_name = {each.order: each for each in sold}
    return [
        refund(by_name["SO1105"], {}, money=[MoneyBack(reason="came late", amount="8.00 CNY")], id="R-1", at=at(15)),
        refund(by_name["SO1108"], {"1": 1}, policy=RefundPolicy(recheck="fair"), id="R-2", at=at(22)),
        refund(
            by_name["SO1101"],
            {"1": 1},
            deductions=[Deduction(reason="restocking", line="1", amount="5.00 CNY")],
            id="R-3",
            at=at(25),
        ),
    ]


def bill(sold: Iterable[Settlement], back: Iterable[RefundQuote]) -> str:
    """WeChat Pay's bill of November (交易账单), as it is downloaded."""
    rows = sorted(_rows(sold, back))
    names = "交易时间,商户号,微信订单号,商户订单号,交易状态,货币种类,商户退款单号,申请退款金额,退款状态,手续费,订单金额"
    paid, returned, fees = (sum(Decimal(row[column]) for row in rows) for column in (10, 7, 9))
    sums = [len(rows), f"{fees:.5f}", f"{paid:.2f}", f"{returned:.2f}"]
    lines = [names, *[",".join(f"`{each}" for each in row) for row in rows]]
    lines += ["总交易单数,手续费总金额,订单总金额,申请退款总金额", ",".join(f"`{each}" for each in sums)]
    return "\n".join(lines) + "\n"


def _rows(sold: Iterable[Settlement], back: Iterable[RefundQuote]) -> Iterator[list[str]]:
    for each in sold:
        order = str(each.order)
        if order != LACKING:
            more = Decimal("0.50") if order == DEAR else Decimal(0)
            fee = _fee(each.due.amount) + more
            yield [f"2026-11-{day_of(order):02} 10:05:00", "1900000001", f"42{order[2:]}", order, "SUCCESS", "CNY", "0",
                   "0.00", "", f"{fee:.5f}", str(each.due.amount)]  # fmt: skip
    for quote in back:
        order, cash = str(quote.order), quote.to_method.amount
        day = str(quote.to_dict()["at"])[:10]
        yield [f"{day} 10:05:00", "1900000001", f"42{order[2:]}", order, "REFUND", "CNY", str(quote.id), str(cash),
               "SUCCESS", f"{-_fee(cash):.5f}", "0.00"]  # fmt: skip


def _fee(amount: Decimal) -> Decimal:
    """0.6 %, to the cent."""
    return (amount * Decimal("0.006")).quantize(Decimal("0.01"), ROUND_HALF_UP)


# ------------------------------------------------------------------ to show it

NOTHING = Money("0.00 CNY")


def total(amounts: Iterable[Money]) -> Money:
    """The sum of amounts of money."""
    return sum(amounts, start=NOTHING)


def plain(*amounts: Money) -> list[str]:
    """Amounts as they stand in a table; all are in yuan."""
    return [f"{each.amount:,}" for each in amounts]


def stands(journal: Iterable[Entry], *account: str) -> Money:
    """What stands on an account and on all below it."""
    rows = [row for entry in journal for row in entry.postings if row.account[: len(account)] == account]
    return total([row.amount for row in rows])


def show(head: str, rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> None:
    """Print a table; `left` are the columns of texts."""
    print(grid_text(head.split("|"), rows, left))


class _Framed(NamedTuple):
    page: str

    def _repr_html_(self) -> str:
        frame = '<iframe style="width: 100%; height: 760px; border: 1px solid #ccc"'
        return f'{frame} srcdoc="{escape(self.page)}"></iframe>'

    def __repr__(self) -> str:
        return "a page"


def framed(page: str) -> _Framed:
    """A page as a notebook shows it."""
    return _Framed(page)
