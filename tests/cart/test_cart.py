"""Cart and checkout: every field and rule of contract §2.1, and carts as values."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import AT, a_checkout, a_line, problems
from settlement import Cart, Checkout, Choice, Customer, InvalidDocument, Line, UnknownLine
from settlement.cart.line import MAX_LINES

#: field -> wrong value -> code
WRONG_LINES = [
    ("id", "", "text.empty"),
    ("id", 5, "text.type"),
    ("id", "x" * 201, "limit.text"),
    ("id", "a\tb", "text.control"),
    ("shop", "", "text.empty"),
    ("shop", None, "text.type"),
    ("sku", "", "text.empty"),
    ("sku", "a\u202eb", "text.control"),
    ("quantity", 0, "quantity.range"),
    ("quantity", "0.000", "quantity.range"),
    ("quantity", -1, "quantity.range"),
    ("quantity", "-1.5", "quantity.range"),
    ("quantity", 10**9 + 1, "quantity.range"),
    ("quantity", 1.0, "quantity.type"),
    ("quantity", None, "quantity.type"),
    ("quantity", "1.2345", "quantity.notation"),
    ("unit_price", 5, "amount.type"),
    ("unit_price", "-1.00 CNY", "amount.negative"),
    ("name", 5, "text.type"),
    ("name", "x" * 1001, "limit.text"),
    ("name", "\ud800", "text.surrogate"),
    ("list_price", "9.99 CNY", "price.list_below_unit"),
    ("list_price", "99.99 USD", "currency.mixed"),
    ("categories", "tea", "list.type"),
    ("categories", {"tea"}, "list.type"),
    ("categories", ["tea", "tea"], "id.duplicate"),
    ("categories", [""], "text.empty"),
    ("weight_g", -1, "integer.range"),
    ("weight_g", 10**15 + 1, "integer.range"),
    ("weight_g", 1.0, "integer.type"),
    ("weight_g", "1", "integer.type"),
    ("weight_g", True, "integer.type"),
    ("volume_cm3", -1, "integer.range"),
    ("volume_cm3", Decimal(1), "integer.type"),
    ("freight_template", "", "text.empty"),
    ("warehouse", "", "text.empty"),
    ("free_shipping", 1, "field.type"),
    ("free_shipping", None, "field.type"),
    ("selected", "true", "field.type"),
    ("on_sale", 0, "field.type"),
    ("stock", -1, "quantity.range"),
    ("stock", "1.0001", "quantity.notation"),
    ("stock", True, "quantity.type"),
    ("purchase_limit", -1, "quantity.range"),
    ("purchase_limit", 2.5, "quantity.type"),
    ("commission_percent", "100.0001", "rule.percentage"),
    ("commission_percent", True, "percent.type"),
    ("commission_percent", "5 %", "percent.notation"),
    ("tax_percent", "-1", "rule.percentage"),
    ("tax_percent", "1.23456", "percent.notation"),
    ("tax_percent", 0.13, "percent.type"),
    ("info", ["picture"], "object.type"),
    ("info", (1, 2), "object.type"),
    ("info", {"picture": 1}, "text.type"),
    ("info", {1: "picture"}, "text.type"),
    ("info", {"k": "x" * 4000}, "limit.text"),
    ("info", {"k": "\ud800"}, "text.surrogate"),
    ("colour", "red", "field.unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG_LINES)
def test_a_wrong_field_of_a_line_is_named(field, value, code):
    """Each field of a line is validated, in Python as in a cart."""
    [(place, found)] = problems(lambda: Line(**a_line() | {field: value}))
    assert found == code
    assert place.partition("[")[0] == field
    [(place, found)] = problems(lambda: Cart(currency="CNY", lines=[a_line("z"), a_line() | {field: value}]))
    assert found == code
    assert place.startswith(f"lines[1].{field}")


@pytest.mark.parametrize("field", ["id", "shop", "sku", "quantity", "unit_price"])
def test_what_a_line_cannot_do_without(field):
    """Five fields are required, all others have a default."""
    line = a_line()
    del line[field]
    assert problems(lambda: Line(**line)) == [(field, "field.missing")]


def test_the_defaults_of_a_line():
    """A line that states no more is selected, on sale, not shipped, unlimited, and listed at its price."""
    line = Line(**a_line())
    assert line.list_price == line.unit_price
    assert (line.selected, line.on_sale, line.free_shipping) == (True, True, False)
    optional = (line.name, line.weight_g, line.volume_cm3, line.freight_template, line.warehouse, line.stock)
    assert {*optional, line.purchase_limit, line.commission_percent, line.tax_percent} == {None}
    assert (line.categories, line.info) == ((), ())


def test_what_may_be_zero():
    """A price, a weight, a stock, a limit and the carried percentages may be 0."""
    zero = dict.fromkeys(("weight_g", "volume_cm3", "stock", "purchase_limit"), 0)
    line = Line(**a_line(price="0.00", commission_percent="0", tax_percent="0.0000", **zero))
    assert (line.unit_price.minor, line.stock, line.tax_percent) == (0, 0, 0)


def test_quantities_have_one_value_however_spelled():
    """2, "2" and "2.000" are the integer 2; "1.50" is the Decimal 1.5."""
    for spelled in (2, "2", "2.000", Decimal("2.0")):
        quantity = Line(**a_line(quantity=spelled)).quantity
        assert type(quantity) is int
        assert quantity == 2
    assert Line(**a_line(quantity="1.50")).quantity == Decimal("1.5")
    assert json.loads(Line(**a_line(quantity="1.50")).model_dump_json())["quantity"] == "1.5"


def test_info_is_a_map_of_strings():
    """It comes as an object, is kept as sorted pairs, and is written as an object again."""
    line = Line(**a_line(info={"b": "2", "a": "1"}))
    assert dict(line.info) == {"a": "1", "b": "2"}
    assert json.loads(line.model_dump_json())["info"] == {"a": "1", "b": "2"}


# ------------------------------------------------------------------ cart

WRONG_CARTS = [
    ({"currency": "cny", "lines": []}, "currency", "currency.unknown"),
    ({"currency": 156, "lines": []}, "currency", "currency.unknown"),
    ({"currency": "CNY"}, "lines", "field.missing"),
    ({"lines": []}, "currency", "field.missing"),
    ({"currency": "CNY", "lines": {}}, "lines", "list.type"),
    ({"currency": "CNY", "lines": [a_line(), a_line()]}, "lines[1].id", "id.duplicate"),
    ({"currency": "CNY", "lines": [5]}, "lines[0]", "object.type"),
    ({"currency": "USD", "lines": [a_line()]}, "lines[0].unit_price", "currency.mixed"),
]


@pytest.mark.parametrize(("cart", "place", "code"), WRONG_CARTS)
def test_a_wrong_cart_is_named(cart, place, code):
    """Currency, list, ids and one currency for all lines."""
    assert problems(lambda: Cart(**cart)) == [(place, code)]


def test_a_cart_is_bounded():
    """One line more than the limit is refused before any is looked at; the limit itself is accepted."""
    lines = [{"id": str(number)} for number in range(MAX_LINES + 1)]
    assert problems(lambda: Cart(currency="CNY", lines=lines)) == [("lines", "limit.lines")]


@pytest.fixture
def cart():
    """Three lines, the middle one not selected."""
    return Cart(currency="CNY", lines=[a_line("a"), a_line("b", selected=False), a_line("c", quantity="1.5")])


def chosen(cart):
    """The ids of the selected lines."""
    return [line.id for line in cart.lines if line.selected]


def test_selection_answers_with_a_new_cart(cart):
    """select, select_all and invert change a copy and keep the order of the lines."""
    assert chosen(cart.select("b")) == ["b"]
    assert chosen(cart.select()) == []
    assert chosen(cart.select_all()) == ["a", "b", "c"]
    assert chosen(cart.invert()) == ["b"]
    assert chosen(cart) == ["a", "c"]


@given(st.sets(st.sampled_from("abc")))
def test_inverting_twice_changes_nothing(names):
    """Invert is its own inverse, and select chooses exactly what it names."""
    cart = Cart(currency="CNY", lines=[a_line("a"), a_line("b"), a_line("c")]).select(*names)
    assert set(chosen(cart)) == names
    assert set(chosen(cart.invert())) == set("abc") - names
    assert cart.invert().invert() == cart


def test_quantities_change_one_line(cart):
    """with_quantity validates like the door; 0 is refused because `without` removes."""
    assert cart.with_quantity("a", "2.5")["a"].quantity == Decimal("2.5")
    assert cart.with_quantity("a", 3)["c"] == cart["c"]
    assert problems(lambda: cart.with_quantity("a", 0)) == [("quantity", "quantity.range")]


def test_lines_come_and_go(cart):
    """with_line adds or replaces in place, without removes, len and `in` tell."""
    assert [line.id for line in cart.without("b").lines] == ["a", "c"]
    assert [line.id for line in cart.with_line(Line(**a_line("d"))).lines] == ["a", "b", "c", "d"]
    replaced = cart.with_line(Line(**a_line("b", quantity=7)))
    assert [line.id for line in replaced.lines] == ["a", "b", "c"]
    assert replaced["b"].quantity == 7
    assert (len(cart), "b" in cart, "z" in cart) == (3, True, False)
    foreign = Line(**a_line("d") | {"unit_price": "1 JPY"})
    assert problems(lambda: cart.with_line(foreign)) == [("lines[3].unit_price", "currency.mixed")]


def test_buy_now_is_a_cart_of_its_own(cart):
    """Buying now leaves the rest of the cart out, and selects the line."""
    bought = cart.buy_now(cart["b"])
    assert [(line.id, line.selected) for line in bought.lines] == [("b", True)]
    assert bought.currency == cart.currency


@pytest.mark.parametrize("question", ["select", "without", "__getitem__"])
def test_an_unknown_line_is_named_with_those_that_are_there(cart, question):
    """UnknownLine is a LookupError that carries the id and the known ids."""
    with pytest.raises(UnknownLine) as caught:
        getattr(cart, question)("z")
    assert (caught.value.line, caught.value.known) == ("z", ("a", "b", "c"))
    assert isinstance(caught.value, LookupError)
    with pytest.raises(UnknownLine):
        cart.with_quantity("z", 1)


# ------------------------------------------------------------------ customer, choice, checkout

WRONG_CUSTOMERS = [
    ("id", "", "text.empty"),
    ("level", 5, "text.type"),
    ("new", "yes", "field.type"),
    ("points", -1, "integer.range"),
    ("points", "5", "integer.type"),
    ("points", 1.5, "integer.type"),
    ("coupons", "c1", "list.type"),
    ("coupons", ["c1", "c2", "c1"], "coupon.duplicate"),
    ("coupons", [1], "text.type"),
    ("vip", True, "field.unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG_CUSTOMERS)
def test_a_wrong_field_of_a_customer_is_named(field, value, code):
    """Id, level, newness, balance and coupons are validated."""
    [(place, found)] = problems(lambda: Customer(**{field: value}))
    assert found == code
    assert place.partition("[")[0] == field


WRONG_CHOICES = [
    ("coupons", "all", "choice.unknown"),
    ("coupons", 5, "choice.unknown"),
    ("coupons", None, "choice.unknown"),
    ("coupons", ["c", "c"], "coupon.duplicate"),
    ("coupons", [""], "text.empty"),
    ("points", "all", "choice.unknown"),
    ("points", -1, "integer.range"),
    ("points", 1.0, "integer.type"),
    ("points", True, "integer.type"),
    ("points", None, "integer.type"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG_CHOICES)
def test_a_wrong_choice_is_named(field, value, code):
    """Coupons are best, none or ids, each once; points are max or an integer of 0 or more."""
    [(place, found)] = problems(lambda: Choice(**{field: value}))
    assert found == code
    assert place.partition("[")[0] == field


def test_choices_are_written_as_they_were_read():
    """The words and the lists survive JSON; the default is best and 0."""
    fields = {"coupons", "points"}
    assert Choice().model_dump(mode="json", include=fields) == {"coupons": "best", "points": 0}
    for choice in (
        {"coupons": "none", "points": "max"},
        {"coupons": ["b", "a"], "points": 7},
        {"coupons": [], "points": 0},
    ):
        assert json.loads(Choice(**choice).model_dump_json(include=fields)) == choice


WRONG_CHECKOUTS = [
    ("at", None, "time.type"),
    ("at", 1762790400, "time.type"),
    ("at", "2026-11-11T00:00:00", "time.naive"),
    ("at", "2026-11-11", "time.date"),
    ("at", "soon", "time.notation"),
    ("at", "2026-02-30T00:00:00Z", "time.notation"),
    ("at", "0001-01-01T00:00:00+14:00", "time.range"),
    ("cart", None, "object.type"),
    ("cart", [], "object.type"),
    ("address", "440305", "object.type"),
    ("customer", None, "object.type"),
    ("choice", "best", "object.type"),
    ("payment_method", "", "text.empty"),
    ("remark", 5, "text.type"),
    ("remark", "x" * 4001, "limit.text"),
    ("invoice", "yes", "object.type"),
    ("currency", "CNY", "field.unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG_CHECKOUTS)
def test_a_wrong_field_of_a_checkout_is_named(field, value, code):
    """Each field of a checkout is validated."""
    assert problems(lambda: Checkout(**a_checkout() | {field: value})) == [(field, code)]


def test_the_defaults_of_a_checkout():
    """Only the instant and the cart are required; the address may still be unknown."""
    checkout = Checkout(at=AT, cart={"currency": "CNY", "lines": []})
    assert checkout.address is None
    assert (checkout.customer, checkout.choice) == (Customer(), Choice())
    assert (checkout.payment_method, checkout.remark, checkout.invoice) == (None, None, None)
    assert problems(Checkout) == [("at", "field.missing"), ("cart", "field.missing")]


@given(st.data())
def test_a_box_beside_a_shop_ticks_its_lines_and_no_others(data):
    """`select_shop`, `deselect_shop` and `deselect` change what they name; every other line stays as it was."""
    shops = data.draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=6))
    ticks = data.draw(st.lists(st.booleans(), min_size=len(shops), max_size=len(shops)))
    rows = [a_line(str(at), shop=shop, selected=tick) for at, (shop, tick) in enumerate(zip(shops, ticks, strict=True))]
    cart = Cart(currency="CNY", lines=rows)
    shop = data.draw(st.sampled_from(shops))
    for answer, wanted in ((cart.select_shop(shop), True), (cart.deselect_shop(shop), False)):
        assert [line.selected for line in answer.lines] == [
            wanted if line.shop == shop else line.selected for line in cart.lines
        ]
    gone = data.draw(st.sets(st.sampled_from([line.id for line in cart.lines])))
    assert [line.selected for line in cart.deselect(*gone).lines] == [
        line.selected and line.id not in gone for line in cart.lines
    ]


def test_a_shop_or_a_line_that_is_not_there_cannot_be_ticked():
    """A mistyped shop is a LookupError that names the one that was meant; a line an UnknownLine."""
    cart = Cart(currency="CNY", lines=[a_line("a", shop="tea-house")])
    for ask in (cart.select_shop, cart.deselect_shop):
        with pytest.raises(
            LookupError, match=r"""^there is no line of the shop 'tea-hose'; did you mean "tea-house"\?$"""
        ):
            ask("tea-hose")
    with pytest.raises(UnknownLine):
        cart.deselect("z")


def test_an_integer_id_is_told_how_it_is_written():
    """In a document, in a list of ids and as an argument: the number as text, and how Python makes it."""
    for made in (lambda: Line(**a_line() | {"id": 7}), lambda: Customer(coupons=[7])):
        with pytest.raises(InvalidDocument, match=r'found 7; a string is expected: write "7", in Python str\(7\) \['):
            made()
    cart = Cart(currency="CNY", lines=[a_line("7")])
    for asked in (cart.select, cart.__getitem__):
        with pytest.raises(TypeError, match=r'found 7; ids are strings: write "7", or str\(7\)$'):
            asked(7)
    with pytest.raises(InvalidDocument, match="name: found an integer; a string"):  # personal: never quoted
        Line(**a_line() | {"name": 7})
