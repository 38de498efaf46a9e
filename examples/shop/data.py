"""The demo mall: shops, goods, who buys, and what there is of everything. Its rules are in `demo/`, a file a shop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import insert, select

from settlement import Address
from settlement.ext.store import Store
from settlement.ext.store.database import Database
from settlement.ext.store.figures import microseconds
from settlement.orders import Actor
from shop.cart import Carts
from shop.rules import MALL, Rules
from shop.tables import filled

__all__ = ["BUYERS", "GOODS", "SHOPS", "Buyer", "Good", "ShopName", "fill"]

_DEMO: Final = Path(__file__).with_name("demo")


class ShopName(NamedTuple):
    """What people call a shop."""

    zh: str
    en: str


class Good(NamedTuple):
    """One article: what it is called, what it costs, how it is sent. Where nothing is said it is a piece, on sale."""

    sku: str
    shop: str
    zh: str
    en: str
    price: str
    #: None: nothing of it is sent.
    template: str | None
    category: str
    stock: int
    list_price: str | None = None
    weight_g: int | None = None
    limit: int | None = None
    on_sale: bool = True
    by_weight: bool = False
    tax_percent: str = "13"
    commission_percent: str = "5"

    def name(self, language: str) -> str:
        """In `zh` or `en`."""
        return self.en if language == "en" else self.zh


class Buyer(NamedTuple):
    """What the mall knows of somebody beside what the store counts."""

    level: str
    new: bool
    coupons: Mapping[str, int]
    points: int
    cart: tuple[tuple[str, str], ...]
    addresses: Mapping[str, Mapping[str, str]]


SHOPS: Final[Mapping[str, ShopName]] = {
    "tea": ShopName("山野茶行", "Hillside Tea"),
    "fruit": ShopName("鲜果鲜生", "Fresh Orchard"),
    "digital": ShopName("数码优选", "Digital Select"),
    "home": ShopName("拾光家居", "Home & Hour"),
}

_TEA, _FRUIT, _DIGITAL, _HOME = "tea-weight", "fruit-cold", "digital-piece", "home-piece"
_ALL: Final = (
    Good("tea-dhp-250", "tea", "武夷岩茶 大红袍 250 克", "Da Hong Pao oolong, 250 g", "128.00", _TEA, "tea", 86,
         "158.00", 320),
    Good("tea-jasmine-100", "tea", "福州茉莉花茶 100 克", "Jasmine tea, 100 g", "45.00", _TEA, "tea", 60, None, 150),
    Good("tea-longjing-50", "tea", "西湖龙井 50 克", "West Lake Longjing, 50 g", "88.00", _TEA, "tea", 40, "98.00", 90),
    Good("gaiwan-celadon", "tea", "龙泉青瓷盖碗", "Celadon gaiwan", "89.00", _TEA, "teaware", 12, None, 650),
    Good("teapot-zisha", "tea", "宜兴紫砂壶", "Yixing teapot", "268.00", _TEA, "teaware", 3, "328.00", 900, 1),
    Good("orange-gannan", "fruit", "赣南脐橙（按公斤称重）", "Gannan oranges, by the kilogram", "15.80", _FRUIT,
         "fresh", 200, None, 1000, None, True, True, "9"),
    Good("apple-yantai-5", "fruit", "烟台红富士苹果 5 斤装", "Yantai Fuji apples, 2.5 kg", "29.90", _FRUIT, "fresh",
         80, None, 2600, tax_percent="9"),
    Good("pomelo-shatian", "fruit", "沙田柚 2 个装", "Shatian pomelos, a pair", "36.00", _FRUIT, "fresh", 50, None,
         2400, tax_percent="9"),
    Good("lychee-1kg", "fruit", "妃子笑荔枝 1 公斤", "Lychees, 1 kg", "49.00", _FRUIT, "fresh", 30, "59.00", 1100, None,
         False, tax_percent="9"),
    Good("crab-8", "fruit", "阳澄湖大闸蟹 8 只礼盒", "Hairy crabs, a box of eight", "399.00", "fruit-same-day", "fresh",
         6, None, 1800, tax_percent="9"),
    Good("earbuds-pro", "digital", "主动降噪无线耳机", "Noise-cancelling earbuds", "499.00", _DIGITAL, "digital", 25,
         "599.00"),
    Good("cable-c-1m", "digital", "Type-C 编织数据线 1 米", "Braided USB-C cable, 1 m", "19.90", _DIGITAL, "digital",
         300, None, None, 5),
    Good("charger-65w", "digital", "65W 氮化镓充电器", "65 W GaN charger", "129.00", _DIGITAL, "digital", 40, "159.00"),
    Good("keyboard-87", "digital", "机械键盘 87 键", "Mechanical keyboard, 87 keys", "369.00", _DIGITAL, "digital", 0),
    Good("lamp-desk", "digital", "护眼台灯", "Desk lamp", "159.00", _DIGITAL, "digital", 18),
    Good("storage-1y", "digital", "云存储 200 GB（一年，无需寄送）", "Cloud storage, 200 GB for a year", "118.00", None,
         "digital", 500, tax_percent="6"),
    Good("bedding-4", "home", "新疆长绒棉四件套", "Long-staple cotton bedding, four pieces", "329.00", _HOME, "home",
         15, "399.00"),
    Good("candle-cedar", "home", "香薰蜡烛 雪松", "Cedar candle", "49.00", _HOME, "home", 60),
    Good("towel-2", "home", "纯棉毛巾 2 条", "Cotton towels, a pair", "39.00", _HOME, "home", 90),
    Good("vase-glass", "home", "玻璃花瓶", "Glass vase", "79.00", _HOME, "home", 20),
    Good("mug-stone", "home", "粗陶马克杯", "Stoneware mug", "35.00", _HOME, "home", 1),
)  # fmt: skip
GOODS: Final[Mapping[str, Good]] = {each.sku: each for each in _ALL}

_HOME_OF_B1: Final = {
    "region": "440305", "name": "陈小满", "phone": "13800138000", "detail": "科苑路 15 号 2 栋 1203", "tag": "home",
}  # fmt: skip
_WORK_OF_B1: Final = {
    "region": "310115", "name": "陈小满", "phone": "13800138000", "detail": "张江路 88 号 5 楼", "tag": "company",
}  # fmt: skip
_COUPONS: Final = {"tea-20": 1, "mall-80": 1, "digital-60": 1, "autumn-30": 1, "post-6": 2, "fruit-10": 1, "home-30": 1}
_CART: Final = (
    ("tea-dhp-250", "2"), ("gaiwan-celadon", "1"), ("tea-jasmine-100", "1"), ("orange-gannan", "2.35"),
    ("apple-yantai-5", "2"), ("crab-8", "1"), ("lychee-1kg", "1"), ("earbuds-pro", "1"), ("cable-c-1m", "3"),
    ("keyboard-87", "1"), ("bedding-4", "1"), ("candle-cedar", "2"),
)  # fmt: skip
#: `b1` has bought before; `b2` is new here, with an empty cart and no address.
BUYERS: Final[Mapping[str, Buyer]] = {
    "b1": Buyer("gold", False, _COUPONS, 3260, _CART, {"home": _HOME_OF_B1, "work": _WORK_OF_B1}),
    "b2": Buyer("basic", True, {"post-6": 1, "fruit-10": 1}, 0, (), {}),
}


def fill(database: Database, store: Store, rules: Rules, carts: Carts, now: datetime) -> bool:
    """Put the demo data into an empty database; in one that has it nothing is changed."""
    with database.reading() as connection:
        if connection.execute(select(filled.c.id)).first() is not None:
            return False
    for owner in (MALL, *SHOPS):
        rules.keep(owner, json.loads((_DEMO / f"{owner}.json").read_text(encoding="utf-8")), "demo")
    for good in GOODS.values():
        store.allow("stock", good.sku, good.stock, shop=good.shop)
    store.allow("stock", "coaster-cork", 40, shop="home")
    for name, buyer in BUYERS.items():
        for coupon, copies in buyer.coupons.items():
            store.allow("coupon", coupon, copies, customer=name)
        store.allow("points", "points", buyer.points, customer=name)
        for id, address in buyer.addresses.items():
            store.keep_address(Actor.customer(name), name, id, Address.from_dict(address))
        for sku, quantity in buyer.cart:
            carts.put(name, sku, quantity)
        if buyer.cart:
            carts.tick(name, "tea-jasmine-100", ticked=False)
    with database.writing() as connection:
        connection.execute(insert(filled).values(id=1, at=microseconds(now)))
    return True
