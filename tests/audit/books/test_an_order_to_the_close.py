"""One order of three shops from its sale to the close of the month, every amount worked out by hand.

Nothing in the tables below comes from the code under test: they were made with a pocket calculator from the terms.

Terms. Tea: ten packets at 20.00, 10 % off from five and 15 % off from ten, borne by the shop; freight 12.00; commission
5 %. Pots: two at 60.00, commission 10 %. Books: one at 50.00, commission 8 %, and 2 % to ann, who referred the buyer.
The platform's coupon takes 5 % off from 300.00. The provider keeps 2 % of what is paid and gives it back with refunds.

| 2 November, sale  |   tea  |  pots  | books |   all  |
|-------------------|-------:|-------:|------:|-------:|
| goods             | 200.00 | 120.00 | 50.00 | 370.00 |
| 15 % of tea       | -30.00 |        |       | -30.00 |
| 5 % coupon        |  -8.50 |  -6.00 | -2.50 | -17.00 |
| freight           |  12.00 |        |       |  12.00 |
| paid              | 173.50 | 114.00 | 47.50 | 335.00 |

| 3 November, payout|   tea  |  pots  | books | platform | provider |  ann |
|-------------------|-------:|-------:|------:|---------:|---------:|-----:|
| goods, own offer  | 170.00 | 120.00 | 50.00 |          |          |      |
| freight           |  12.00 |        |       |          |          |      |
| commission        |  -8.50 | -12.00 | -4.00 |    24.50 |          |      |
| 2 % of what is paid | -3.47 | -2.28 | -0.95 |          |     6.70 |      |
| 2 % of 50.00      |        |        | -1.00 |          |          | 1.00 |
| coupon            |        |        |       |   -17.00 |          |      |
| net               | 170.03 | 105.72 | 44.05 |     7.50 |     6.70 | 1.00 |

Together 335.00.

5 November, two packets come back, rechecked fairly. The eight that are kept reach 10 %: 160.00 - 16.00 = 144.00. With
120.00 and 50.00 that is 314.00, so the coupon holds: 5 % of 144.00 is 7.20. They cost 144.00 - 7.20 + 12.00 = 148.80,
173.50 were paid, so 24.70 goes back: 40.00 - 6.00 - 1.70 = 32.30, less 8.00 of the lost step (30.00 - 6.00 - 16.00),
plus 0.40 of the coupon (7.20 - 6.80). Tea is given 5 % of 40.00 - 6.00 - 8.00 = 26.00 back, 1.30, and 3.47 x 24.70 /
173.50 = 0.494, so 0.49, of the provider's fee: -26.00 + 1.30 + 0.49 = -24.21.

9 November, one pot comes back: 60.00 - 3.00 = 57.00. Pots: -60.00 + 6.00 + 1.14 = -52.86.

10 November, 5.00 of goodwill for the book, borne by its shop: -5.00 + 0.40 of commission + 0.10 of ann's 2 % + 0.95 x
5.00 / 47.50 = 0.10 of the fee = -4.40.

| 12 November, payout |   tea  |  pots | books | platform | provider |  ann |
|---------------------|-------:|------:|------:|---------:|---------:|-----:|
| before              | 170.03 | 105.72 | 44.05 |    7.50 |     6.70 | 1.00 |
| returns, goodwill   | -24.21 | -52.86 | -4.40 |         |          |      |
| commission          |        |       |       |    -7.70 |          |      |
| coupon              |        |       |       |     4.30 |          |      |
| fee, referral       |        |       |       |          |    -1.73 | -0.10 |
| net                 | 145.82 | 52.86 | 39.65 |     4.10 |     4.97 | 0.90 |

Commission: 1.30 + 6.00 + 0.40. Coupon: 1.70 - 0.40 + 3.00. Fee: 0.49 + 1.14 + 0.10. Together 248.30, which is 335.00
less 24.70, 57.00 and 5.00.

13 November, the provider's bill: of the payment it kept 7.00, 0.30 more than 2 %, and of the refunds it gave back 0.49,
1.14 and 0.10. So it kept 5.27, and the platform has 3.80.

30 November: the shops and ann are paid, and what is left goes to the platform's bank: 335.00 - 7.00 - 24.21 - 55.86 -
4.90 - 145.82 - 52.86 - 39.65 - 0.90 = 3.80.

`BALANCES` is what stands on each account at the end of each of these days. Each row adds up to 0.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from samples import settled
from settlement import MoneyBack, RefundPolicy, refund
from settlement.after_pay.bills import provider_fees, read_wechat, reconcile
from settlement.after_pay.payments import payment_demand, refund_demand
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.audit.books.journal import beancount_text, entries, hledger_text
from settlement.audit.books.statement import statement
from settlement.rulebook.payment_methods import PaymentMethod

DAY = timedelta(hours=8)
ACCOUNTS = [
    "Assets:Providers", "Assets:Bank", "Liabilities:Provider", "Liabilities:Shops:X-tea", "Liabilities:Shops:X-pots",
    "Liabilities:Shops:X-books", "Liabilities:Receivers:X-ann",
]  # fmt: skip
#: Day -> what stands on ACCOUNTS, then on Income and Expenses together: from above, by hand. Assets:Buyers is always 0.
BALANCES = {
    2: ("328.00", "0.00", "7.00", "0.00", "0.00", "0.00", "0.00", "-335.00"),
    3: ("328.00", "0.00", "0.30", "-170.03", "-105.72", "-44.05", "-1.00", "-7.50"),
    5: ("303.79", "0.00", "-0.19", "-170.03", "-105.72", "-44.05", "-1.00", "17.20"),
    9: ("247.93", "0.00", "-1.33", "-170.03", "-105.72", "-44.05", "-1.00", "74.20"),
    10: ("243.03", "0.00", "-1.43", "-170.03", "-105.72", "-44.05", "-1.00", "79.20"),
    12: ("243.03", "0.00", "0.30", "-145.82", "-52.86", "-39.65", "-0.90", "-4.10"),
    13: ("243.03", "0.00", "0.00", "-145.82", "-52.86", "-39.65", "-0.90", "-3.80"),
    30: ("0.00", "3.80", "0.00", "0.00", "0.00", "0.00", "0.00", "-3.80"),
}
BILL = """交易时间,商户号,微信订单号,商户订单号,交易状态,货币种类,商户退款单号,申请退款金额,退款状态,手续费,订单金额
`2026-11-02 10:00:10,`1900000001,`4200001,`SO1001,`SUCCESS,`CNY,`0,`0.00,`,`7.00000,`335.00
`2026-11-05 10:00:00,`1900000001,`4200001,`SO1001,`REFUND,`CNY,`R-1,`24.70,`SUCCESS,`-0.49000,`0.00
`2026-11-09 10:00:00,`1900000001,`4200001,`SO1001,`REFUND,`CNY,`R-2,`57.00,`SUCCESS,`-1.14000,`0.00
`2026-11-10 10:00:00,`1900000001,`4200001,`SO1001,`REFUND,`CNY,`G-1,`5.00,`SUCCESS,`-0.10000,`0.00
总交易单数,手续费总金额,订单总金额,申请退款总金额
`4,`5.27000,`335.00,`86.70
"""
CARD = PaymentMethod(id="card", percent="2", borne_by="merchant")
POLICY = PayoutPolicy(commissions=[{"id": "ann", "receiver": "ann", "shops": ["books"], "percent": "2"}])


def on(day):
    """Ten o'clock of a day of November in China."""
    return f"2026-11-{day:02}T10:00:00+08:00"


def a_line(name, shop, price, quantity, percent, **fields):
    """One line of the order."""
    line = {"id": name, "shop": shop, "sku": shop, "quantity": quantity, "unit_price": price}
    return line | {"commission_percent": percent} | fields


def the_order():
    """The sale of 2 November."""
    lines = [
        a_line("a", "tea", "20.00 CNY", 10, "5", freight_template="post"),
        a_line("b", "pots", "60.00 CNY", 2, "10"),
        a_line("c", "books", "50.00 CNY", 1, "8"),
    ]
    tenth, more = ({"type": "percent_off", "percent": percent} for percent in ("10", "15"))
    steps = [{"min_quantity": 5, "benefit": tenth}, {"min_quantity": 10, "benefit": more}]
    coupon = {"min_amount": "300.00 CNY", "benefit": {"type": "percent_off", "percent": "5"}}
    zone = {"regions": ["CN"], "first": 10, "first_fee": "12.00 CNY", "additional": 1, "additional_fee": "1.00 CNY"}
    checkout = {
        "at": on(2),
        "cart": {"currency": "CNY", "lines": lines},
        "address": {"region": "440305"},
        "customer": {"coupons": ["five"]},
        "payment_method": "card",
        "order": "SO1001",
    }
    rulebook = {
        "id": "2026-11",
        "currency": "CNY",
        "promotions": [{"id": "more", "issuer": "tea", "tiers": steps}],
        "coupons": [{"id": "five", "issuer": "platform", "tiers": [coupon]}],
        "freight_templates": [{"id": "post", "measure": "quantity", "zones": [zone]}],
        "payment_methods": [CARD.to_dict()],
    }
    return settled(checkout, rulebook)


def moved(name, kind, day, amount, **fields):
    """A movement of money of the order."""
    return Movement(id=name, kind=kind, at=on(day), currency="CNY", amount=f"{amount} CNY", **fields)


def the_refunds(order):
    """Two packets rechecked fairly, one pot as it was paid, 5.00 of goodwill."""
    one = refund(order, {"a": 2}, policy=RefundPolicy(recheck="fair"), id="R-1", at=on(5))
    two = refund(order, {"b": 1}, [one], id="R-2", at=on(9))
    sorry = MoneyBack(reason="dented corner", line="c", amount="5.00 CNY")
    return [one, two, refund(order, {}, [one, two], money=[sorry], id="G-1", at=on(10))]


def the_bill():
    """The provider's bill of those days."""
    return read_wechat(BILL, since="2026-11-01T00:00:00+08:00", until="2026-12-01T00:00:00+08:00")


def the_month():
    """All documents of the story."""
    order = the_order()
    back = the_refunds(order)
    fees = provider_fees([the_bill()], {"SO1001": None})
    payouts = [
        payout(order, POLICY, (), CARD, id="P-1", at=on(3)),
        payout(order, POLICY, back, CARD, id="P-2", at=on(12)),
        payout(order, POLICY, back, CARD, fees, id="P-3", at=on(13)),
    ]
    movements = [
        moved("SO1001", "received", 2, "335.00", fee="7.00 CNY", order="SO1001"),
        moved("R-1", "paid_back", 5, "24.70", fee="0.49 CNY", order="SO1001"),
        moved("R-2", "paid_back", 9, "57.00", fee="1.14 CNY", order="SO1001"),
        moved("G-1", "paid_back", 10, "5.00", fee="0.10 CNY", order="SO1001"),
        moved("T-1", "to_shop", 30, "145.82", shop="tea"),
        moved("T-2", "to_shop", 30, "52.86", shop="pots"),
        moved("T-3", "to_shop", 30, "39.65", shop="books"),
        moved("T-4", "to_receiver", 30, "0.90", receiver="ann"),
        moved("T-5", "to_bank", 30, "3.80"),
    ]
    return [order, *back, *payouts, *movements]


def amounts(*found):
    """Amounts as they stand in the tables."""
    return [str(each.amount) for each in found]


def test_the_sale_and_the_refunds_are_those_of_the_table():
    """What each shop was paid, what each refund gives back and what it charges, and the bearer of each."""
    order = the_order()
    assert amounts(*[shop.payable for shop in order.shops], order.payable) == ["173.50", "114.00", "47.50", "335.00"]
    one, two, sorry = the_refunds(order)
    assert amounts(one.cash, two.cash, sorry.cash) == ["24.70", "57.00", "5.00"]
    assert {(each.rule, str(each.amount.amount), str(each.platform.amount)) for each in one.charges} == {
        ("more", "8.00", "0.00"),
        ("five", "-0.40", "-0.40"),
    }


def test_the_payouts_are_those_of_the_table():
    """Before any refund, after all of them, and with what the provider really kept."""
    wanted = {
        "P-1": ["170.03", "105.72", "44.05", "7.50", "6.70", "1.00"],
        "P-2": ["145.82", "52.86", "39.65", "4.10", "4.97", "0.90"],
        "P-3": ["145.82", "52.86", "39.65", "3.80", "5.27", "0.90"],
    }
    found: dict[str, Any] = {}
    for each in the_month():
        if getattr(each, "id", None) in wanted:
            receivers = [receiver.amount for receiver in each.receivers]
            found[each.id] = amounts(*[shop.net for shop in each.shops], each.platform.net, each.provider, *receivers)
    assert found == wanted


def test_the_bill_shows_the_one_wrong_fee():
    """Three rows match; of the payment the provider kept 0.30 too much."""
    order = the_order()
    refunds = [refund_demand(each, "SO1001", each.id) for each in the_refunds(order)]
    found = reconcile(the_bill(), [payment_demand(order, "SO1001")], refunds, method=CARD)
    assert [(each.outcome, *each.reasons) for each in found.entries] == [
        ("differing", "fee"), ("matched",), ("matched",), ("matched",)
    ]  # fmt: skip
    assert "another fee by CN¥0.30" in found.text()


def test_every_account_is_where_the_table_has_it():
    """At the end of each day, account by account; and no other account of assets and liabilities has anything."""
    journal = entries(the_month(), offset=DAY)
    for day, wanted in BALANCES.items():
        found = dict.fromkeys([*ACCOUNTS, "platform"], 0)
        for entry in journal:
            if entry.on <= date(2026, 11, day):
                for row in entry.postings:
                    head, *rest = row.account
                    name = ":".join([head, rest[0], *[f"X-{each}" for each in rest[1:]]])
                    name = "platform" if head in ("Income", "Expenses") else name
                    found[name] = found.get(name, 0) + row.amount.minor
        assert not found.pop("Assets:Buyers")
        assert [f"{minor / 100:.2f}" for minor in found.values()] == list(wanted), day
        assert sum(found.values()) == 0


@pytest.mark.parametrize(
    ("shop", "rows", "closing"),
    [
        ("tea", {"goods": "200.00", "own_offers": "-30.00", "freight": "12.00", "commission": "-8.50",
                 "payment_fee": "-3.47", "refunds": "-24.21"}, "145.82"),
        ("pots", {"goods": "120.00", "commission": "-12.00", "payment_fee": "-2.28", "refunds": "-52.86"}, "52.86"),
        ("books", {"goods": "50.00", "commission": "-4.00", "payment_fee": "-0.95", "referrals": "-1.00",
                   "refunds": "-4.40"}, "39.65"),
    ],
)  # fmt: skip
def test_each_shop_s_statement_is_its_column(shop, rows, closing):
    """The rows of the shop's table, its balance before the transfer, and 0.00 after it: December opens with nothing."""
    sources = the_month()
    before = statement(shop, sources, "2026-11-01", "2026-11-29", offset=DAY)
    assert {name: str(amount.amount) for name, amount in before.sums().items()} == rows
    assert str(before.closing.amount) == closing
    december = statement(shop, sources, "2026-12-01", "2026-12-31", offset=DAY)
    assert amounts(december.opening, december.closing) == ["0.00", "0.00"]


def asserted(cent="0.00"):
    """The books in Beancount, with the table as balances that Beancount itself checks on the morning after each day.

    Without a tolerance of 0.00 it would forgive a cent.
    """
    lines = []
    for day, wanted in BALANCES.items():
        morning = (date(2026, 11, day) + timedelta(days=1)).isoformat()
        lines += [f"{morning} balance {name} {each} ~ 0.00 CNY" for name, each in zip(ACCOUNTS, wanted, strict=False)]
        lines += [f"{morning} balance Assets:Buyers {cent} ~ 0.00 CNY"]
    return beancount_text(entries(the_month(), offset=DAY)) + "\n".join(lines) + "\n"


@pytest.mark.parametrize(("cent", "code"), [("0.00", 0), ("0.01", 1)])
def test_beancount_finds_every_balance(tmp_path, cent, code):
    """`bean-check` takes the books with all 64 balances of the table, and refuses them where one is a cent away."""
    path = tmp_path / "month.beancount"
    path.write_text(asserted(cent), encoding="utf-8")
    program = Path(sys.executable).with_name("bean-check")
    found = subprocess.run([program, path], capture_output=True, text=True, check=False)
    assert found.returncode == code, found.stderr
    assert found.stderr.count("Balance failed") == 8 * code


@pytest.mark.hledger
def test_hledger_finds_every_balance(tmp_path):
    """`hledger check` is silent, and hledger's own balances at the end of each day are those of the table."""
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("no hledger here: apt-get install -y hledger")
    path = tmp_path / "month.journal"
    path.write_text(hledger_text(entries(the_month(), offset=DAY)), encoding="utf-8")

    def run(*options):
        return subprocess.run([program, "-f", path, *options], capture_output=True, text=True, check=True).stdout

    assert run("check", "-s", "ordereddates") == ""
    for day, wanted in BALANCES.items():
        until = (date(2026, 11, day) + timedelta(days=1)).isoformat()
        for name, amount in zip(ACCOUNTS, wanted, strict=False):
            (total,) = run("balance", name, "-e", until, "-E", "--depth=1", "--format=%(total)").split("\n")[-2:-1]
            assert total.strip() in (f"{amount} CNY", "0" if amount == "0.00" else amount), (day, name)
