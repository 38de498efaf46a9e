"""The checkout that a buyer asks for: what was wanted, at the server's prices, stock, balances and time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from settlement import Address, Cart, Checkout, Choice, ForShop, InvalidDocument, Line, Rulebook, Settlement, settle
from settlement.consignee import AddressBook
from settlement.orders import Actor
from shop.cart import Item
from shop.data import Good
from shop.held import customer_of, stock_of
from shop.state import State
from shop.texts import Language
from shop.wanted import Wanted

__all__ = ["Asked", "asked", "line_of"]


class Asked(NamedTuple):
    """The two documents, what they settle to, and the book that the address is of."""

    checkout: Checkout
    rules: Rulebook
    settled: Settlement
    book: AddressBook
    address: str | None


def asked(shop: State, actor: Actor, items: Sequence[Item], wanted: Wanted, lang: Language) -> Asked:
    """What these items cost this buyer now. Raises `InvalidDocument`, and `UnknownAddress` for another's address."""
    goods, rules = [shop.goods[item.sku] for item in items], shop.rules.book(lang)
    stock = stock_of(shop, [(good.shop, good.sku) for good in goods])
    lines = [
        line_of(good, item, stock.get((good.shop, good.sku)), lang) for good, item in zip(goods, items, strict=True)
    ]
    book = shop.store.addresses(actor, actor.id)
    id, address = _address(book, wanted.address)
    shops = dict.fromkeys(line.shop for line in lines)
    methods = [each.id for each in rules.payment_methods]
    checkout = Checkout(
        at=shop.clock(),
        cart=Cart(currency=rules.currency, lines=lines),
        address=address,
        customer=customer_of(shop, actor.id),
        choice=Choice(coupons=wanted.chosen if wanted.coupons == "own" else wanted.coupons, points=_points(wanted)),  # type: ignore[arg-type]  # "best" or "none"
        payment_method=methods[0] if wanted.method is None else wanted.method,
        invoice=wanted.invoice,
        by_shop=[ForShop(shop=each, remark=wanted.remarks[each]) for each in shops if each in wanted.remarks],
    )
    return Asked(checkout, rules, settle(checkout, rules), book, id)


def line_of(good: Good, item: Item, stock: int | Decimal | None, lang: Language) -> Line:
    """So much of an article as the mall sells it now: its price, its stock, its terms."""
    return Line(
        id=good.sku,
        shop=good.shop,
        sku=good.sku,
        name=good.name(lang),
        quantity=item.quantity,
        unit_price=f"{good.price} CNY",
        list_price=f"{good.list_price or good.price} CNY",
        categories=[good.category],
        weight_g=good.weight_g,
        freight_template=good.template,
        selected=item.ticked,
        on_sale=good.on_sale,
        stock=stock,
        purchase_limit=good.limit,
        commission_percent=good.commission_percent,
        tax_percent=good.tax_percent,
        sold_by_measure=good.by_weight,
    )


def _points(wanted: Wanted) -> int | Literal["max"]:
    return "max" if wanted.points == "max" else wanted.most if wanted.points == "some" else 0


def _address(book: AddressBook, id: str | None) -> tuple[str | None, Address | None]:
    """That of the id, else the default; one that cannot be sent to any more is as none."""
    entry = book.default if id is None else book[id]
    if entry is None:
        return None, None
    try:
        return entry.id, book.checkout(entry.id)
    except InvalidDocument:
        return entry.id, None
