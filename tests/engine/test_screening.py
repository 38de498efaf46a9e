"""Who takes part, and who is left out with the first reason that holds (contract §3)."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, an_offer, result

BY_WEIGHT = a_template(
    "t1", measure="weight_g", zones=[{"regions": ["CN/mainland"], "first": 1000, "first_fee": "5.00 CNY"}]
)
BY_VOLUME = a_template("t2", measure="volume_cm3")
PER_KG = a_template("t3", surcharges=[{"regions": ["540000"], "fee": "1.00 CNY", "per": "kg"}])
ISLANDS = a_template("t4", undeliverable=["440000"])
BOOK = a_rulebook(freight_templates=[a_template("t0"), BY_WEIGHT, BY_VOLUME, PER_KG, ISLANDS])

LEFT_OUT = [
    ({}, None),
    ({"selected": False}, "not_selected"),
    ({"on_sale": False}, "off_sale"),
    ({"stock": 0}, "out_of_stock"),
    ({"stock": 1}, "insufficient_stock"),
    ({"stock": "1.999"}, "insufficient_stock"),
    ({"stock": 2}, None),
    ({"purchase_limit": 1}, "over_purchase_limit"),
    ({"purchase_limit": 0}, "over_purchase_limit"),
    ({"purchase_limit": 2}, None),
    ({"freight_template": "t1"}, "no_measure"),
    ({"freight_template": "t1", "weight_g": 0}, None),
    ({"freight_template": "t2", "weight_g": 1}, "no_measure"),
    ({"freight_template": "t2", "volume_cm3": 1}, None),
    # a surcharge per kg anywhere in the template needs the weight
    ({"freight_template": "t3"}, "no_measure"),
    ({"freight_template": "t3", "weight_g": 1}, None),
    ({"freight_template": "t4"}, "undeliverable"),
    ({"freight_template": "t0", "free_shipping": True}, None),
    # the first reason that holds
    ({"selected": False, "on_sale": False, "stock": 0}, "not_selected"),
    ({"on_sale": False, "stock": 0}, "off_sale"),
    ({"stock": 0, "purchase_limit": 0}, "out_of_stock"),
    ({"stock": 1, "purchase_limit": 1}, "insufficient_stock"),
    ({"purchase_limit": 1, "freight_template": "t1"}, "over_purchase_limit"),
]


@pytest.mark.parametrize(("fields", "reason"), LEFT_OUT)
def test_a_line_is_left_out_with_the_first_reason(fields, reason):
    """Two pieces of one line beside another line that always takes part."""
    document = result(a_checkout(a_line("a", quantity=2, **fields), a_line("z", sku="z")), BOOK)
    assert {row["line"]: row["reason"] for row in document["excluded"]} == ({} if reason is None else {"a": reason})
    assert [line["id"] for line in document["lines"]] == (["a", "z"] if reason is None else ["z"])


@pytest.mark.parametrize(
    ("template", "measure", "other"), [("t1", "weight_g", "volume_cm3"), ("t2", "volume_cm3", "weight_g")]
)
def test_only_the_line_that_lacks_what_its_template_measures_is_left_out(template, measure, other):
    """Beside it stay the line of the template that states it and nothing else, and a line whose template needs none."""
    lines = [
        a_line("a", freight_template=template, **{measure: 1}),
        a_line("b", freight_template=template, **{other: 1}),
        a_line("c", freight_template="t0"),
    ]
    assert result(a_checkout(*lines), BOOK)["excluded"] == [{"line": "b", "reason": "no_measure"}]


def test_an_undeliverable_template_without_a_measure_is_no_measure_first():
    """no_measure stands before undeliverable in the order of reasons."""
    template = a_template("t1", measure="weight_g", zones=[])
    document = result(a_checkout(a_line(freight_template="t1"), a_line("z")), a_rulebook(freight_templates=[template]))
    assert document["excluded"] == [{"line": "a", "reason": "no_measure"}]


def test_stock_and_limit_belong_to_the_sku_of_a_shop():
    """The smallest that any selected, on-sale line states holds for all of them together; others do not count."""
    lines = [
        a_line("a", quantity=2, stock=9),
        a_line("b", quantity=2, stock="3.5"),
        a_line("c", quantity=50, selected=False, stock=0),
        a_line("d", quantity=50, on_sale=False),
        a_line("e", quantity=50, shop="s2"),
        a_line("f", quantity=50, sku="other"),
    ]
    document = result(a_checkout(*lines))
    assert document["excluded"] == [
        {"line": "a", "reason": "insufficient_stock", "available": "3.5"},
        {"line": "b", "reason": "insufficient_stock", "available": "3.5"},
        {"line": "c", "reason": "not_selected"},
        {"line": "d", "reason": "off_sale"},
    ]
    lines[1]["stock"] = 4
    assert [line["id"] for line in result(a_checkout(*lines))["lines"]] == ["a", "b", "e", "f"]


@pytest.mark.parametrize(("least", "left_out"), [("20.00", []), ("20.01", ["a", "b"])])
def test_a_minimum_order_is_met_by_exactly_its_amount(least, left_out):
    """Two lines of a shop that come to 20.00 take part at 20.00, and are both left out at one cent more."""
    book = a_rulebook(minimum_orders=[{"shop": "s1", "amount": f"{least} CNY"}])
    document = result(a_checkout(a_line("a", "12.50"), a_line("b", "7.50"), a_line("z", shop="s2")), book)
    assert [row["line"] for row in document["excluded"]] == left_out


def test_excluded_lines_keep_the_order_of_the_cart_and_touch_no_threshold():
    """A line that is left out neither helps a threshold nor pays freight."""
    tiers = [{"min_amount": "20.00 CNY", "benefit": {"type": "percent_off", "percent": "50"}}]
    lines = [a_line("z", on_sale=False), a_line("m"), a_line("a", on_sale=False)]
    document = result(a_checkout(*lines), a_rulebook(promotions=[an_offer(tiers=tiers)]))
    assert [row["line"] for row in document["excluded"]] == ["z", "a"]
    assert (document["totals"]["goods"], document["totals"]["promotions"]) == ("10.00 CNY", "0.00 CNY")


@pytest.mark.parametrize("undeliverable", ["exclude", "block"])
def test_an_undeliverable_line_leaves_or_blocks(undeliverable):
    """The policy says whether the rest is settled; a blocked settlement lists why and owes nothing."""
    book = BOOK | {"policy": {"undeliverable": undeliverable}, "coupons": [an_offer("c1")]}
    lines = [a_line("a", freight_template="t4"), a_line("b", freight_template="t0")]
    document = result(a_checkout(*lines, customer={"coupons": ["c1", "x"], "points": 5}), book)
    assert document["excluded"] == [{"line": "a", "reason": "undeliverable"}]
    if undeliverable == "exclude":
        assert (document["status"], document["totals"]["payable"]) == ("payable", "17.00 CNY")
        return
    assert document["status"] == "blocked"
    assert set(document["totals"].values()) == {"0.00 CNY"}
    empty = ("lines", "shops", "parcels", "adjustments", "gifts")
    assert all(document[part] == [] for part in empty)
    assert document["points"] == {"used": 0, "earned": 0, "usable": 0}
    assert [(row["rule"], row["reason"]) for row in document["decisions"]] == [
        ("c1", "nothing_in_scope"),
        ("x", "nothing_in_scope"),
    ]


def test_without_an_address_freight_is_pending():
    """What is not priced is not free: the status says so. Where nothing is shipped it is payable."""
    pending = result(a_checkout(a_line(freight_template="t0"), address=None), BOOK)
    assert (pending["status"], pending["parcels"], pending["totals"]["payable"]) == ("pending", [], "10.00 CNY")
    assert result(a_checkout(a_line(), address=None), BOOK)["status"] == "payable"
    gone = [a_line("a", freight_template="t0", selected=False), a_line("b")]
    assert result(a_checkout(*gone, address=None), BOOK)["status"] == "payable"


def test_without_an_address_no_warehouse_is_chosen():
    """Which of several is the nearest is known with the address, and not before."""
    line = a_line(freight_template="t0", warehouses=["w1", "w2"])
    book = BOOK | {"warehouses": [{"id": "w1", "region": "440100"}, {"id": "w2", "region": "440300"}]}
    assert result(a_checkout(line), book)["warehouses"][0]["warehouse"] == "w2"
    pending = result(a_checkout(line, address=None), book)
    assert (pending["status"], "warehouses" in pending) == ("pending", False)


MEASURED = [("1.235", "10.00", "12.35"), ("0.333", "1.00", "0.33"), ("1.5", "0.01", "0.02"), ("2.000", "9.99", "19.98")]


@pytest.mark.parametrize(("quantity", "price", "goods"), MEASURED)
def test_goods_are_the_rounded_product(quantity, price, goods):
    """round(unit_price × quantity), and list the same of the list price."""
    document = result(a_checkout(a_line(price=price, quantity=quantity, list_price="99.99 CNY")))
    assert document["lines"][0]["goods"] == f"{goods} CNY"
    assert document["lines"][0]["list"] != document["lines"][0]["goods"]
