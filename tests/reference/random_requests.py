"""Random valid requests: small carts, everything of the contract, thresholds near the cart's own amounts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any

Document = dict[str, Any]

DECIMALS = {"CNY": 2, "JPY": 0, "KWD": 3}
AT = "2026-11-11T00:00:00+08:00"
SHOPS = ("s1", "s2", "s3")
SKUS = ("k1", "k2", "k3", "k4")
CATEGORIES = ("c1", "c2", "c3")
LEVELS = ("gold", "silver", "bronze")
#: The kinds of benefit that `Maker` draws.
CONTRACT = ("amount_off", "percent_off", "fixed_price", "nth_unit", "bundle_price", "gift", "freight_off")
WAREHOUSES = (None, None, "w1", "w2")

# Each address with the regions that contain it, from the world down; a code has several spellings.
ADDRESSES: dict[str, list[str]] = {
    "440305": ["*", "CN", "CN/mainland", "440000", "440300", "440305"],
    "440305001": ["*", "CN", "CN/mainland", "440000", "440300", "440305", "440305001"],
    "440305001002": ["*", "CN", "CN/mainland", "440000", "440300", "440305", "440305001", "440305001002"],
    "440305000000": ["*", "CN", "CN/mainland", "440000", "440300", "440305"],
    "441900": ["*", "CN", "CN/mainland", "440000", "441900"],
    "441900003": ["*", "CN", "CN/mainland", "440000", "441900", "441900003"],
    "441900003000": ["*", "CN", "CN/mainland", "440000", "441900", "441900003"],
    "659001": ["*", "CN", "CN/mainland", "650000", "659000", "659001"],
    "710000": ["*", "CN", "710000"],
    "110101": ["*", "CN", "CN/mainland", "110000", "110100", "110101"],
    "US/CA/94103": ["*", "US", "US/CA", "US/CA/94103"],
    "US": ["*", "US"],
}
ELSEWHERE = "US/NY US/CA JP 330000 330100 440400 440306 659002 810000 820000 440305002".split()


def spelled(rng: random.Random, region: str) -> str:
    """A region in one of its spellings: trailing zeros mean the wider region."""
    if not region.isdigit() or rng.random() < 0.75:
        return region
    return region.ljust(rng.choice([width for width in (9, 12) if width >= len(region)]), "0")


class Maker:
    """Makes one request; the amounts of its cart are known to everything that is drawn after it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.currency = rng.choices(["CNY", "JPY", "KWD"], [6, 2, 2])[0]
        self.decimals = DECIMALS[self.currency]
        self.region = rng.choice([*ADDRESSES, "440305", "440305"]) if rng.random() < 0.85 else None
        self.path = ADDRESSES[self.region or "440305"]
        self.template_ids = rng.sample(["t1", "t2", "t3"], rng.choice([0, 1, 1, 2, 3]))
        self.calm = rng.random() < 0.5  # few restrictions, so that many rules apply beside each other
        self.scale = rng.choice([20, 300, 3000, 20000])  # about the highest price, in minor units

    # ------------------------------------------------------------------------------------------ small things

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def money(self, amount: int) -> Any:
        """Minor units on the wire, now and then in the object form."""
        digits = str(amount).rjust(self.decimals + 1, "0")
        text = f"{digits[: len(digits) - self.decimals]}.{digits[len(digits) - self.decimals :]}"
        text = text if self.decimals else digits
        if self.chance(0.03):
            return {"amount": text, "currency": self.currency}
        return f"{text} {self.currency}"

    def some(self, values: Sequence[Any], most: int) -> list[Any]:
        """One or more different values."""
        return self.rng.sample(list(values), self.rng.randint(1, min(most, len(values))))

    def percent(self) -> str:
        values = ["5", "10", "12.5", "15", "20", "33.3333", "50", "66.67", "88", "99.9999", "100", "0.0001"]
        return self.rng.choice(values)

    def percent_or_zero(self) -> str:
        return self.rng.choice(["0", "6", "13", "50", "33.3333", "100", "2.5"])

    def near(self, amounts: list[int], least: int) -> int:
        """An amount near a sum of some of the cart's own: at it, just beside it, or a part of it."""
        total: int = sum(self.some(amounts, len(amounts)))
        kind = self.rng.random()
        if kind < 0.45:
            value = total
        elif kind < 0.6:
            value = total + self.rng.choice([-1, 1])
        elif kind < 0.9:
            value = int(total * self.rng.random())
        else:
            value = self.rng.randint(0, self.scale)
        return max(least, value)

    def near_amount(self, least: int = 0) -> int:
        return self.near(self.goods or [self.scale], least)

    def near_quantity(self) -> Any:
        """A quantity above 0 near a sum of the cart's own."""
        total = sum(self.some(self.quantities, len(self.quantities)), Fraction(0))
        kind = self.rng.random()
        if kind < 0.5:
            value = total
        elif kind < 0.6:
            value = total + Fraction(1, 1000)
        else:
            value = Fraction(self.rng.randint(1, 5))
        return self.quantity(value)

    def quantity(self, value: Fraction) -> Any:
        if value.denominator == 1:
            return int(value) if self.chance(0.9) else f"{int(value)}.000"[: self.rng.choice([-4, -2, None])]
        return f"{float(value):.3f}"

    def regions(self, taken: set[str], most: int = 2) -> list[str]:
        """Regions that nobody in `taken` has, most of them containing the address."""
        free = [region for region in self.path if region not in taken]
        other = [region for region in ELSEWHERE if region not in taken and region not in self.path]
        chosen: list[str] = []
        for _ in range(self.rng.randint(1, most)):
            pool = free if free and self.chance(0.8) else other or free
            if pool:
                chosen.append(pool.pop(self.rng.randrange(len(pool))))
        taken.update(chosen)
        return [spelled(self.rng, region) for region in chosen]

    # ------------------------------------------------------------------------------------------ the cart

    def line(self, number: int) -> Document:
        rng = self.rng
        shop = rng.choice(self.shops)
        if self.chance(0.02 if self.calm else 0.08):
            price = 0
        elif self.chance(0.3):
            price = rng.choice([self.scale, self.scale // 2, self.scale // 3])
        else:
            price = rng.randint(0, self.scale)
        kind = rng.random()
        if kind < 0.75:
            quantity = Fraction(rng.choice([1, 1, 1, 2, 2, 3, 4]))
        else:
            quantity = Fraction(rng.choice([500, 1235, 2500, 333, 1, 2001, 1500]), 1000)
        line: Document = {
            "id": self.line_ids[number],
            "shop": shop,
            "sku": rng.choice(SKUS),
            "quantity": self.quantity(quantity),
            "unit_price": self.money(price),
        }
        self.exact[line["id"]] = (price, quantity)
        if self.chance(0.2):
            line["list_price"] = self.money(price + rng.choice([0, 1, price, 7]))
        if self.chance(0.6):
            line["categories"] = self.some(CATEGORIES, 2)
        if self.template_ids and self.chance(0.8):
            line["freight_template"] = rng.choice(self.template_ids)
        elif self.chance(0.2):
            line["freight_template"] = None
        if self.chance(0.94):
            line["weight_g"] = rng.choice([0, 100, 333, 500, 1000, 1001, 2500])
        if self.chance(0.94):
            line["volume_cm3"] = rng.choice([0, 10, 333, 1000, 5000])
        warehouse = rng.choice(WAREHOUSES)
        if warehouse is not None or self.chance(0.1):
            line["warehouse"] = warehouse
        if self.chance(0.15):
            line["free_shipping"] = True
        if self.chance(0.04):
            line["selected"] = False
        if self.chance(0.03):
            line["on_sale"] = False
        if self.chance(0.06):
            line["stock"] = rng.choice([0, 1, 2, 3, 5, 9, "2.5"])
        if self.chance(0.05):
            line["purchase_limit"] = rng.choice([1, 2, 3, 5, 9, "1.5"])
        if self.chance(0.1):
            line["commission_percent"] = self.percent_or_zero()
        if self.chance(0.1):
            line["tax_percent"] = self.percent_or_zero()
        if self.chance(0.1):
            line["name"] = "A thing"
        if self.chance(0.1):
            line["info"] = {"picture": "p.jpg"}
        return line

    def cart(self) -> Document:
        rng = self.rng
        self.shops = rng.sample(SHOPS, rng.choice([1, 1, 2, 3]))
        count = rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 7])
        self.line_ids = rng.sample(["a", "b", "c", "d", "e", "10", "9", "B"], count)
        self.exact: dict[str, tuple[int, Fraction]] = {}
        lines = [self.line(number) for number in range(count)]
        self.goods = [round(price * quantity) for price, quantity in self.exact.values()]
        self.quantities = [quantity for _, quantity in self.exact.values()]
        return {"currency": self.currency, "lines": lines}

    # ------------------------------------------------------------------------------------------ offers

    def scope(self) -> Document | None:
        if self.chance(0.85 if self.calm else 0.6):
            return None
        scope: Document = {}
        if self.chance(0.4):
            scope["skus"] = self.some(SKUS, 3)
        if self.chance(0.25):
            scope["categories"] = self.some(CATEGORIES, 2)
        if self.chance(0.2):
            scope["shops"] = self.some(SHOPS, 2)
        if self.chance(0.2):
            scope["exclude_skus"] = self.some(SKUS, 1)
        if self.chance(0.2):
            scope["exclude_categories"] = self.some(CATEGORIES, 1)
        return scope or None

    def benefit(self, kind: str, conditional: bool) -> Document:
        rng = self.rng
        benefit: Document = {"type": kind}
        if kind == "amount_off":
            large = self.near_amount(1) if self.chance(0.6) else rng.randint(0, self.scale)
            benefit["amount"] = self.money(large if self.chance(0.1 if self.calm else 0.4) else max(1, large // 7))
            if conditional and self.chance(0.4):
                benefit["every"] = True
                benefit["amount"] = self.money(rng.randint(1, max(1, self.scale // 3)))
            if self.chance(0.2):
                benefit["max"] = self.money(self.near_amount(1))
        elif kind == "percent_off":
            benefit["percent"] = self.percent()
            if self.chance(0.3):
                benefit["max"] = self.money(max(1, self.near_amount(1) // rng.choice([1, 5, 10])))
        elif kind == "fixed_price":
            prices = [0, self.scale // 4, self.scale // 2, rng.randint(0, self.scale)]
            benefit["price"] = self.money(rng.choice(prices))
        elif kind == "nth_unit":
            benefit["n"] = rng.choice([1, 2, 2, 3, 4])
            benefit["percent"] = rng.choice(["50", "100", self.percent()])
            if self.chance(0.6):
                benefit["per"] = rng.choice(["scope", "sku"])
        elif kind == "bundle_price":
            benefit["quantity"] = rng.choice([1, 2, 2, 3])
            prices = [0, self.scale // 2, self.scale, rng.randint(0, self.scale)]
            benefit["price"] = self.money(rng.choice(prices))
        elif kind == "gift":
            benefit["sku"] = rng.choice(["g1", "g2", "k1"])
            benefit["quantity"] = rng.choice([1, 1, 2])
            if conditional and self.chance(0.4):
                benefit["every"] = True
        elif self.chance(0.6):  # freight_off
            amounts = [rng.randint(1, self.scale), self.fee(), self.fee() // 2]
            benefit["amount"] = self.money(rng.choice(amounts))
        if kind in ("amount_off", "gift") and "every" not in benefit and self.chance(0.1):
            benefit["every"] = False
        return benefit

    def tiers(self, freight: bool) -> list[Document]:
        rng = self.rng
        kinds = ["amount_off"] * 4 + ["percent_off"] * 3
        kinds += ["fixed_price", "nth_unit", "nth_unit", "bundle_price", "bundle_price", "gift"]
        if self.chance(0.55 if self.calm else 0.35):
            return [{"benefit": self.benefit("freight_off" if freight else rng.choice(kinds), False)}]
        kinds_of_condition = [("min_amount",), ("min_quantity",), ("min_amount", "min_quantity")]
        which = rng.choices(kinds_of_condition, [5, 3, 2])[0]
        count = rng.choice([1, 1, 2, 3])
        amount = self.near_amount(1)
        if self.chance(0.3):
            amount = max(1, amount // rng.choice([2, 3, 5]))
        quantity = Fraction(str(self.near_quantity()))
        tiers: list[Document] = []
        for index in range(count):
            zero = index == 0 and self.chance(0.05)
            tier: Document = {}
            if "min_amount" in which:
                tier["min_amount"] = self.money(0 if zero else amount)
            if "min_quantity" in which:
                tier["min_quantity"] = self.quantity(quantity)
            kind = "freight_off" if freight else rng.choice(kinds)
            tier["benefit"] = self.benefit(kind, conditional=not zero)
            tiers.append(tier)
            raise_amount = "min_amount" in which and (len(which) == 1 or self.chance(0.6))
            if raise_amount:
                amount = max(amount + 1, self.near_amount(1))
            if "min_quantity" in which and (not raise_amount or self.chance(0.4)):
                quantity += Fraction(rng.choice([1000, 1000, 2000, 500, 1]), 1000)
        return tiers

    def offer(self, offer_id: str, kind: str) -> Document:
        rng = self.rng
        freight = self.chance(0.2 if self.template_ids else 0.05)
        issuer = "platform" if self.chance(0.45) else rng.choice(self.shops if self.chance(0.95) else SHOPS)
        offer: Document = {"id": offer_id, "issuer": issuer, "tiers": self.tiers(freight)}
        scope = self.scope()
        if scope is not None:
            offer["scope"] = scope
        if self.chance(0.15):
            offer["name"] = "An offer"
        if self.chance(0.02 if self.calm else 0.1):
            offer["valid_from"] = rng.choice(
                ["2026-11-01T00:00:00+08:00", "2026-11-10T16:00:00Z", "2026-11-11T00:00:01+08:00"]
            )
        if self.chance(0.3 if kind == "coupon" else 0.1):
            offer["valid_until"] = rng.choice(
                [
                    "2026-11-12T00:00:00+08:00",
                    "2026-11-11T16:00:00Z",
                    "2026-12-31T23:59:59+08:00",
                    "2026-11-11T02:00:00+09:00",
                    "2027-01-01T00:00:00Z",
                ]
                if self.calm or self.chance(0.7)
                else ["2026-11-11T00:00:00+08:00", "2026-11-10T16:00:00Z", "2026-11-10T12:00:00Z"]
            )
        if offer.get("valid_until", "").startswith("2026-11-1") and "valid_from" in offer:
            offer["valid_from"] = "2026-11-01T00:00:00+08:00"
        if self.chance(0.02 if self.calm else 0.1):
            offer["levels"] = self.some(LEVELS, 2)
        if self.chance(0.01 if self.calm else 0.05):
            offer["new_customers_only"] = rng.choice([True, True, False])
        if self.chance(0.4):
            offer["priority"] = rng.choice([-1, 0, 1, 2, 10])
        if self.chance(0.25 if kind == "promotion" else 0.12):
            offer["exclusive"] = True
        if self.chance(0.2):
            offer["platform_share"] = self.percent_or_zero()
        if kind == "promotion":
            if self.chance(0.4):
                offer["stage"] = rng.choice(["item", "item", "order"])
            if self.chance(0.15):
                offer["coupons_allowed"] = False
        return offer

    # ------------------------------------------------------------------------------------------ freight

    def fee(self) -> int:
        return self.rng.choice([0, self.scale // 10, self.scale // 7, self.scale // 3, 1, 5])

    def template(self, template_id: str) -> Document:
        rng = self.rng
        measure = rng.choice(["quantity", "quantity", "weight_g", "volume_cm3"])
        steps = {"quantity": [1, 1, 2, 3], "weight_g": [500, 1000, 1235], "volume_cm3": [333, 1000, 5000]}
        step = steps[measure]
        taken: set[str] = set()
        zones: list[Document] = []
        for index in range(rng.choice([1, 1, 2, 3])):
            regions = self.regions(taken)
            if index == 0 and self.chance(0.75) and not {"*", "CN", "CN/mainland"} & taken:
                regions.append("*")
                taken.add("*")
            if not regions:
                break
            zone: Document = {"regions": regions, "first": rng.choice(step)}
            zone["first_fee"] = self.money(self.fee())
            if self.chance(0.8):
                zone["additional"] = rng.choice(step)
                zone["additional_fee"] = self.money(self.fee())
            zones.append(zone)
        template: Document = {"id": template_id, "measure": measure, "zones": zones}
        if self.chance(0.1):
            template["name"] = "A template"
        if self.chance(0.15):
            if self.chance(0.6):
                other = [region for region in ELSEWHERE if region not in self.path]
                template["undeliverable"] = [spelled(rng, region) for region in self.some(other, 2)]
            else:
                template["undeliverable"] = self.regions(set(), 1)
        if self.chance(0.35):
            surcharged: set[str] = set()
            template["surcharges"] = []
            for _ in range(rng.choice([1, 1, 2])):
                regions = self.regions(surcharged)
                if regions:
                    per = rng.choice(["parcel", "piece", "kg"])
                    row = {"regions": regions, "fee": self.money(self.fee()), "per": per}
                    template["surcharges"].append(row)
        if self.chance(0.45):
            template["free"] = [self.free(measure) for _ in range(rng.choice([1, 1, 2]))]
        return template

    def free(self, measure: str) -> Document:
        rng = self.rng
        entry: Document = {}
        if self.chance(0.4):
            entry["regions"] = self.regions(set())
        if self.chance(0.6):
            entry["min_amount"] = self.money(self.near_amount())
        if self.chance(0.3):
            pieces = [ceil(quantity) for quantity in self.quantities]
            entry["min_quantity"] = rng.choice([sum(self.some(pieces, len(pieces))), 1, 2, 3, "2.5"])
        if self.chance(0.25):
            most = [1, 2, 3, 5] if measure == "quantity" else [500, 1000, 3000, 9000]
            entry["max_units"] = rng.choice(most)
        if self.chance(0.4):
            entry["basis"] = rng.choice(["template", "shop", "shop"])
        if self.chance(0.35):
            entry["waives_surcharge"] = rng.choice([True, True, False])
        if not set(entry) & {"regions", "min_amount", "min_quantity", "max_units"}:
            entry["min_amount"] = self.money(self.near_amount())
        return entry

    # ------------------------------------------------------------------------------------------ the rest

    def points(self) -> Document:
        rng = self.rng
        points: Document = {
            "points": rng.choice([1, 2, 3, 10, 100]),
            "worth": self.money(max(1, rng.choice([1, 2, 7, 10, 100, self.scale // 20, self.scale // 7]))),
        }
        if self.chance(0.35):
            points["step"] = rng.choice([1, 2, 5, 10, 100])
        if self.chance(0.25):
            points["min_points"] = rng.choice([0, 1, 10, 50, 100])
        if self.chance(0.25):
            points["min_goods"] = self.money(self.near_amount())
        if self.chance(0.35):
            points["max_percent"] = self.percent()
        if self.chance(0.25):
            points["max_amount"] = self.money(self.near_amount())
        if self.chance(0.4):
            points["covers_freight"] = rng.choice([True, True, False])
        scope = self.scope()
        if scope is not None and self.chance(0.5):
            points["scope"] = scope
        if self.chance(0.4):
            points["earn"] = {
                "per": self.money(rng.choice([1, 7, 100, max(1, self.scale // 3)])),
                "points": rng.choice([1, 2, 5]),
            }
            if self.chance(0.6):
                points["earn"]["on"] = rng.choice(["payable", "goods", "goods"])
        return points

    def payment_method(self, method_id: str) -> Document:
        rng = self.rng
        method: Document = {"id": method_id, "borne_by": rng.choice(["buyer", "buyer", "buyer", "merchant"])}
        if self.chance(0.7):
            method["percent"] = rng.choice(["0.6", "2.5", "10", "100", "1.2345"])
        if self.chance(0.5) or "percent" not in method:
            method["fixed"] = self.money(self.fee())
        least = self.fee()
        if self.chance(0.3):
            method["min"] = self.money(least)
        if self.chance(0.3):
            method["max"] = self.money(least + self.fee())
        if self.chance(0.1):
            method["name"] = "A method"
        return method

    def policy(self) -> Document:
        rng = self.rng
        policy: Document = {}
        choices: dict[str, list[Any]] = {
            "rounding": ["half_up", "half_even", "half_down", "down", "up"],
            "threshold_amount": ["net", "goods"],
            "free_shipping_amount": ["net", "shop_net", "shop_net", "goods"],
            "freight_combination": ["sum", "highest_first", "highest_first", "max"],
            "undeliverable": ["exclude", "exclude", "block"],
            "coupons_per_shop": [0, 1, 2, 2, 3, 3],
            "coupons_platform": [0, 1, 2, 2, 3, 3],
            "coupons_freight": [0, 1, 2, 2],
            "exclusions": [[], [["coupons", "points"]], [["points", "coupons"]]],
        }
        for name, values in choices.items():
            if self.calm and name.startswith("coupons"):
                policy[name] = rng.choice([1, 2, 3, 4])
            elif self.chance(0.6 if name == "exclusions" else 0.4):
                policy[name] = rng.choice(values)
        if self.chance(0.25):
            unit = rng.choice([1, 5, 10, 50, 100, 7])
            policy["round_total"] = {"unit": self.money(unit), "mode": rng.choice(["down", "half_up", "up"])}
        elif self.chance(0.1):
            policy["round_total"] = None
        return policy

    def request(self) -> Document:
        rng = self.rng
        cart = self.cart()
        offer_ids = rng.sample(["o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8", "o9", "O1", "o10"], 9)
        promotions = [self.offer(offer_ids.pop(), "promotion") for _ in range(rng.choice([0, 1, 1, 2, 3, 4]))]
        coupons = [self.offer(offer_ids.pop(), "coupon") for _ in range(rng.choice([0, 1, 2, 2, 3, 3, 4, 5]))]
        for index in range(1, len(coupons)):  # the same offer twice: ties
            if self.chance(0.1):
                coupon = {**coupons[0], "id": coupons[index]["id"]}
                if "valid_from" not in coupon and self.chance(0.5):
                    coupon["valid_until"] = rng.choice(["2026-11-12T00:00:00+08:00", "2027-01-01T00:00:00Z"])
                coupons[index] = coupon
        coupon_ids = [coupon["id"] for coupon in coupons]
        held = [coupon for coupon in coupon_ids if self.chance(0.85)]
        if self.chance(0.08):
            held.append("x1")
        rng.shuffle(held)

        customer: Document = {}
        if self.chance(0.7):
            customer["id"] = "u1"
        if self.chance(0.7):
            customer["level"] = rng.choice(LEVELS)
        if self.chance(0.4):
            customer["new"] = rng.choice([True, False])
        if self.calm or self.chance(0.75):
            customer["points"] = rng.choice([0, 5, 50, 99, 100, 500, 1000, 1000, 1001, 100000, 99999])
        if held or self.chance(0.5):
            customer["coupons"] = held

        choice: Document = {}
        if self.chance(0.6):
            choice["coupons"] = rng.choice(["best", "best", "best", "none"])
        if self.chance(0.35):
            listed = [coupon for coupon in coupon_ids if self.chance(0.8)]
            listed += [unknown for unknown in ("x1", "x2") if self.chance(0.05)]
            rng.shuffle(listed)
            choice["coupons"] = listed
        if self.chance(0.6):
            choice["points"] = rng.choice(["max", "max", "max", 0, 1, 10, 50, 77, 100, 1000])

        points = self.points() if self.chance(0.85) else None
        methods = [self.payment_method(method) for method in self.some(["m1", "m2"], 2)] if self.chance(0.4) else []

        checkout: Document = {
            "at": rng.choice([AT, AT, "2026-11-10T16:00:00Z", "2026-11-10T11:00:00-05:00"]),
            "cart": cart,
            "address": None if self.region is None else {"region": self.region},
            "customer": customer,
        }
        if self.region is not None and self.chance(0.2):
            checkout["address"]["name"] = "Somebody"
        if choice or self.chance(0.5):
            checkout["choice"] = choice
        if methods and self.chance(0.8):
            checkout["payment_method"] = rng.choice(methods)["id"]
        elif self.chance(0.5):
            checkout["payment_method"] = None
        if self.chance(0.1):
            checkout["remark"] = "ring twice"

        rulebook: Document = {"id": "book-1", "currency": self.currency, "policy": self.policy()}
        templates = [self.template(template) for template in self.template_ids]
        for name, documents in (
            ("freight_templates", templates),
            ("promotions", promotions),
            ("coupons", coupons),
            ("payment_methods", methods),
        ):
            if documents or self.chance(0.5):
                rulebook[name] = documents
        if points is not None or self.chance(0.5):
            rulebook["points"] = points
        return {"checkout": checkout, "rulebook": rulebook}


#: Fields of kinds that are drawn together, or by what they go with: `fitted` and `counted` draw them.
LATER = set("units every exclude_regions min_fee max_fee only_skus only_categories highest_of when".split())


class KindMaker(Maker):
    """Requests with other kinds of benefit and of surcharge, drawn from their JSON Schemas: those beyond the contract.

    Such kinds are never drawn in `Maker`: the golden records come from it.
    """

    def __init__(self, rng: random.Random, goods: Sequence[Document], freight: Sequence[Document] = ()) -> None:
        super().__init__(rng)
        #: Schemas of benefits on goods, and on freight.
        self.goods_kinds, self.freight_kinds = goods, freight
        self.offered = "promotion"

    def offer(self, offer_id: str, kind: str) -> Document:
        self.offered = kind
        return super().offer(offer_id, kind)

    def benefit(self, kind: str, conditional: bool) -> Document:
        kinds = self.freight_kinds if kind == "freight_off" else self.goods_kinds
        if self.offered == "coupon":  # no coupon is a presale
            kinds = [each for each in kinds if each["properties"]["type"]["const"] != "presale"]
        if kinds and self.chance(0.4):
            return self.fitted(self.stated(self.rng.choice(kinds)), conditional)
        return self.fitted(super().benefit(kind, conditional), conditional)

    def stated(self, schema: Document, taken: Sequence[str] = ()) -> Document:
        """A document of a kind: every field that is required, and some that are not."""
        kind = schema["properties"].get("type", {}).get("const")
        if kind == "set_price":
            price = self.money(self.rng.choice([0, 1, 2]) * self.scale // 2)
            return {"type": kind, "slots": self.slots(), "price": price}
        if kind == "graduated_price":
            return {"type": kind, "bands": self.bands()}
        if kind == "presale":
            return self.presale()
        required = {*schema.get("required", ()), "type", "per"}
        return {
            name: self.field(each)
            for name, each in schema["properties"].items()
            if name not in taken and name not in LATER and (name in required or self.chance(0.6))
        }

    def fitted(self, benefit: Document, conditional: bool) -> Document:
        """What goes beyond the kinds' first fields: which units count, and how many of them."""
        rng = self.rng
        if benefit["type"] in ("percent_off", "unit_amount_off", "add_on_price") and self.chance(0.4):
            benefit |= {"max_units": rng.choice([1, 2, 3, "1.5"]), "units": rng.choice(["dearest", "cheapest"])}
            if conditional and self.chance(0.4):
                benefit["every"] = True
        if benefit["type"] == "nth_unit" and self.chance(0.4):
            benefit["count"] = rng.randint(1, benefit["n"])
            if self.chance(0.5):
                benefit["units"] = "cheapest"
        return benefit

    def slots(self) -> list[Document]:
        """One to three, which may overlap."""
        rng = self.rng
        found = []
        for number in range(rng.choice([1, 2, 2, 3])):
            slot: Document = {"skus": self.some(SKUS, 3)} if self.chance(0.6) else {}
            slot = slot or {"categories": self.some(CATEGORIES, 2)}
            found.append(slot | {"quantity": rng.choice([1, 1, 1, 2]), "name": f"slot {number}"})
        return found

    def bands(self) -> list[Document]:
        """Prices that mostly fall; the last band may have no end."""
        rng, end = self.rng, 0
        found: list[Document] = []
        for _ in range(rng.choice([1, 2, 3])):
            end += rng.choice([1, 2, 3])
            found.append({"up_to": rng.choice([end, f"{end}.5"]), "price": self.money(rng.randint(0, self.scale))})
        found.sort(key=lambda band: Fraction(band["up_to"]))
        if self.chance(0.5):
            found[-1].pop("up_to")
        return found

    def presale(self) -> Document:
        """A deposit that counts for itself or for more."""
        rng, deposit = self.rng, self.rng.randint(1, self.scale)
        benefit = {"type": "presale", "deposit": self.money(deposit)}
        benefit["worth"] = self.money(deposit + rng.choice([0, 1, deposit]))
        benefit["balance_from"] = rng.choice(["2026-11-20T20:00:00+08:00", "2026-11-21T12:00:00Z"])
        benefit["balance_until"] = "2026-11-22T00:00:00+08:00"
        if self.chance(0.5):
            benefit["kept"] = rng.choice(["0", "33", "50"])
        return benefit

    def field(self, schema: Document) -> Any:
        rng, title = self.rng, schema.get("title")
        if "anyOf" in schema and title != "Quantity":  # what is optional
            return self.field(schema["anyOf"][0])
        if title == "Money":
            return self.money(rng.randint(1, self.scale))
        if title == "Percent":
            return self.percent()
        if title == "Quantity":
            return rng.choice([1, 1, 2, 3, "1.5"])
        if "const" in schema or "enum" in schema:
            return rng.choice(schema.get("enum") or [schema["const"]])
        if schema.get("type") == "integer":  # pieces as often as grams
            few, many = [0, 1, 2, 2, 3, 9], [100, 333, 500, 1000, 1235, 5000]
            return max(schema["minimum"], rng.choice(rng.choice([few, many])))
        if schema.get("type") == "string":
            return rng.choice(SKUS)
        msg = f"say in tests/reference/random_requests.py how a field of the schema {schema} is drawn"
        raise TypeError(msg)

    def bounded(self, document: Document) -> Document:
        """With bounds of a fee."""
        least = self.fee()
        if self.chance(0.6):
            document["min_fee"] = self.money(least)
        if self.chance(0.6):
            document["max_fee"] = self.money(least + self.fee())
        return document

    def times(self) -> Document:
        """Days, hours or a period that hold at the checkout's instant or do not."""
        at_home, utc = {"utc_offset": "+08:00"}, {"utc_offset": "+00:00"}  # Wednesday 11th 00:00, Tuesday 10th 16:00
        noon = [{"opens": "12:00", "closes": "24:00"}]
        return self.rng.choice(
            [
                at_home | {"weekdays": [3, 6]},
                at_home | {"weekdays": [2]},
                utc | {"weekdays": [2], "hours": noon},
                at_home | {"hours": [{"opens": "00:00", "closes": "06:00"}]},
                at_home | {"hours": noon},
                at_home | {"month_days": [1, 11]},
                {"valid_from": "2026-11-01T00:00:00+08:00", "valid_until": "2026-11-11T00:00:00+08:00"},
                {"valid_from": "2026-11-11T00:00:00+08:00"},
            ]
        )


class SurchargeMaker(KindMaker):
    """Requests whose templates have several surcharges of these kinds, and labels (docs/freight.md)."""

    def __init__(self, rng: random.Random, kinds: Sequence[Document]) -> None:
        super().__init__(rng, ())
        self.surcharge_kinds = kinds

    def template(self, template_id: str) -> Document:
        template = super().template(template_id)
        rows = template.setdefault("surcharges", [])
        for row in rows:
            if self.chance(0.4):
                row.update(self.counted())
        for label in self.some(["a", "B", "附加"], 3):
            taken: set[str] = set()
            for _ in range(self.rng.choice([1, 1, 2])):
                regions = self.regions(taken)
                if regions:
                    rows.append({"regions": regions, "fee": self.money(self.fee()), "label": label} | self.counted())
        self.rng.shuffle(rows)
        return template

    def counted(self) -> Document:
        rng = self.rng
        row = self.stated(rng.choice(self.surcharge_kinds), ("regions", "fee", "label"))
        if self.chance(0.15):
            row = self.bounded(row)
        if self.chance(0.1):
            row["only_skus"] = self.some(SKUS, 3)
        if self.chance(0.1):
            row["only_categories"] = self.some(CATEGORIES, 2)
        if self.chance(0.2):
            row["highest_of"] = rng.choice(["g", "h"])
        if self.chance(0.1):
            row["when"] = self.times()
        excluded = self.regions(set()) if self.chance(0.15) else []
        return row | ({"exclude_regions": excluded} if excluded else {})


class FreeMaker(Maker):
    """Requests whose free entries exclude regions, or overrule each other by the nearest (docs/freight.md)."""

    def template(self, template_id: str) -> Document:
        template = super().template(template_id)
        template["free"] = [self.free(template["measure"]) for _ in range(self.rng.choice([1, 2, 3, 4]))]
        for entry in template["free"]:
            if self.chance(0.4):
                entry.setdefault("regions", self.regions(set()))
            if self.chance(0.35):
                entry["exclude_regions"] = self.regions(set())
        if self.chance(0.6):
            template["nearest_free"] = True
        return template


#: Addresses outside China by postcode, with rules that contain each, the wider ones first (docs/postcodes.md).
POSTCODES: dict[str, list[str]] = {
    "US/94103": ["*", "US", "US/90210...99000", "US/941*", "US/94103"],
    "US/94103-1234": ["*", "US", "US/90210...99000", "US/941*", "US/94103", "US/94103-1234"],
    "US/CA/94103": ["*", "US", "US/CA", "US/9*", "US/94000...94199", "US/94103", "US/CA/94103"],
    "GB/KA27 8SQ": ["*", "GB", "GB/KA*", "GB/KA2*", "GB/KA20...KA28", "GB/KA27", "GB/KA27 8*", "GB/KA27 8SQ"],
    "GB/ka27": ["*", "GB", "GB/KA*", "GB/KA2*", "GB/KA20...KA28", "GB/KA27"],
    "GB/KA3": ["*", "GB", "GB/KA*", "GB/KA1...KA9", "GB/KA3"],
    "JP/9000001": ["*", "JP", "JP/900*", "JP/900-0000...907-9999", "JP/900", "JP/900-0001"],
}
ABROAD = ["US/NY", "US/10001", "US/100*", "GB/BT*", "GB/KA28", "GB/KA27 7*", "JP/100...199", "FR", "CN", "US/CA/90001"]

#: What `BeyondMaker` may draw; what is left out of it is drawn nowhere.
FEATURES = ("units", "conditions", "where", "price_lists", "stacking", "presale", "card", "boxes", "surcharges", "free",
            "postcodes", "delivery", "over_freight", "taxes", "shops", "paying", "copies")  # fmt: skip

#: Where warehouses stand that lines name as candidates; two are named by lines as the one that they go from, too.
STANDS = {"w1": "440100", "w2": "CN/mainland", "w3": "440300", "w4": "US/NY", "w5": "310000"}


class BeyondMaker(SurchargeMaker):
    """Requests of the contract with everything beyond it that is not left out, each now and then."""

    def __init__(
        self, rng: random.Random, goods: Sequence[Document], freight: Sequence[Document],
        surcharges: Sequence[Document], features: Sequence[str] = FEATURES,
    ) -> None:  # fmt: skip
        super().__init__(rng, surcharges)
        self.features = features
        self.goods_kinds, self.freight_kinds = goods, freight
        self.elsewhere = ELSEWHERE
        if self.now("postcodes", 0.15):
            self.region = rng.choice(list(POSTCODES))
            self.path, self.elsewhere = POSTCODES[self.region], ABROAD

    def now(self, feature: str, probability: float) -> bool:
        """Whether a feature is drawn here; a draw is spent on it in any case, so that seeds mean the same."""
        return self.chance(probability) and feature in self.features

    def regions(self, taken: set[str], most: int = 2) -> list[str]:
        free = [region for region in self.path if region not in taken]
        other = [region for region in self.elsewhere if region not in taken and region not in self.path]
        chosen: list[str] = []
        for _ in range(self.rng.randint(1, most)):
            pool = free if free and self.chance(0.8) else other or free
            if pool:
                chosen.append(pool.pop(self.rng.randrange(len(pool))))
        taken.update(chosen)
        return [spelled(self.rng, region) for region in chosen]

    def fitted(self, benefit: Document, conditional: bool) -> Document:
        return super().fitted(benefit, conditional) if self.now("units", 0.5) else benefit

    def line(self, number: int) -> Document:
        line = super().line(number)
        price, _ = self.exact[line["id"]]
        if self.now("units", 0.1):
            line["min_price"] = self.money(self.rng.choice([price // 2, price * 9 // 10, price]))
        if self.now("units", 0.03):
            line["stored_value"] = True
        if self.now("shops", 0.1) and line.get("warehouse") is None:
            line["warehouses"] = self.some(sorted(STANDS), 4)
            line.pop("warehouse", None)
        if self.now("delivery", 0.15):
            line["delivery"] = self.rng.choice(["d1", "d2", "d3"])
        return line

    def scope(self) -> Document | None:
        scope = super().scope()
        if self.now("where", 0.05):
            return (scope or {}) | {"exclude_reduced": True}
        return scope

    def offer(self, offer_id: str, kind: str) -> Document:
        rng = self.rng
        offer = super().offer(offer_id, kind)
        benefits = [tier["benefit"] for tier in offer["tiers"]]
        on_freight = any(each["type"].startswith("freight_") for each in benefits)
        if kind == "promotion" and not on_freight and self.now("presale", 0.06):
            for tier in offer["tiers"]:
                tier["benefit"] = self.presale()
            benefits = [tier["benefit"] for tier in offer["tiers"]]
        flash = any(each["type"] == "flash_price" or each.get("per") == "sku" for each in benefits)
        if self.now("units", 0.15) and not on_freight:
            offer["consumes_units"] = True
        if self.now("units", 0.1) and not flash:
            offer["counts_earlier"] = True
        if "platform_share" in offer and self.now("units", 0.5):
            offer["platform_share_per"] = "offer"
        if self.now("conditions", 0.08):
            offer["condition_scope"] = (self.scope() if self.chance(0.5) else None) or {"skus": self.some(SKUS, 2)}
        if self.now("conditions", 0.08):
            offer["conditions"] = [self.condition() for _ in range(rng.choice([1, 1, 2]))]
        if self.now("conditions", 0.04):
            offer[rng.choice(["limit_per_customer", "limit_in_all"])] = rng.choice([1, 2])
        if self.now("where", 0.08):
            offer["regions"] = self.regions(set())
        if self.now("where", 0.06):
            offer["exclude_regions"] = self.regions(set(), 1)
        if self.now("where", 0.08):
            offer["threshold_amount"] = rng.choice(["net", "goods"])
        if self.now("where", 0.08):
            most = 0
            for tier in offer["tiers"][: rng.choice([1, 2, 3])]:
                least = tier.get("min_amount")
                most = max(most, self.minor(least) if least is not None else 0) + self.near_amount()
                tier["max_amount"] = self.money(most)
        if self.now("stacking", 0.06):
            offer["budget"] = self.money(self.near_amount(1) // rng.choice([1, 3, 10]))
        if kind == "promotion" and self.now("stacking", 0.2):
            offer["group"] = rng.choice(["g1", "g1", "g2"])
        if self.now("delivery", 0.08):
            offer["delivery_methods"] = self.some(["d1", "d2", "d3"], 2)
        if kind == "coupon" and self.now("over_freight", 0.15) and not on_freight:
            offer["covers_freight"] = True
            offer.pop("budget", None)
            for tier in offer["tiers"]:
                plain = [{"type": "amount_off", "amount": self.money(self.near_amount(1) + self.fee())}]
                plain.append({"type": "percent_off", "percent": self.percent()})
                tier["benefit"] = rng.choice(plain)
        return offer

    def minor(self, money: Any) -> int:
        """Minor units of an amount as it was drawn."""
        text = money["amount"] if isinstance(money, dict) else money.split(" ")[0]
        return int(text.replace(".", ""))

    def condition(self) -> Document:
        rng = self.rng
        kind = rng.choice(["recurring", "cart_holds", "different_goods", "multiple_of"])
        if kind == "recurring":
            return {"type": kind} | rng.choice(
                [
                    {"utc_offset": "+08:00", "weekdays": [3]},
                    {"utc_offset": "-05:00", "weekdays": [3]},
                    {"utc_offset": "+08:00", "hours": [{"opens": "00:00", "closes": "01:00"}], "month_days": [11]},
                ]
            )
        if kind == "cart_holds":
            held: Document = {"type": kind}
            if self.chance(0.7):
                held["skus"] = self.some(SKUS, 2)
            if "skus" not in held or self.chance(0.3):
                held["categories"] = self.some(CATEGORIES, 2)
            return held | ({"min_quantity": rng.choice([1, 2, "1.5"])} if self.chance(0.5) else {})
        if kind == "different_goods":
            return {"type": kind, "count": rng.choice([1, 2, 2, 3])}
        return {"type": kind, "quantity": rng.choice([1, 2, 3, "0.5"])}

    # ------------------------------------------------------------------------------------------ freight

    def template(self, template_id: str) -> Document:
        rng = self.rng
        template = super().template(template_id) if self.now("surcharges", 0.3) else Maker.template(self, template_id)
        for zone in template["zones"]:
            self.card(zone)
        if "card" in self.features and self.chance(0.1) and template["zones"]:
            held = rng.choice(template["zones"])  # another fee of the same regions at times
            if "when" not in held:
                template["zones"].append(held | {"when": self.times(), "first_fee": self.money(self.fee())})
        if self.now("card", 0.1):
            template["spread_by"] = "goods"
        if template["measure"] == "weight_g" and self.now("boxes", 0.15):
            template["volumetric_divisor"] = rng.choice([500, 5000, 6000])
        if self.now("boxes", 0.15):
            template["max_weight_g"] = rng.choice([1000, 2600, 4000])
            if self.chance(0.3):
                template["refuses_heavier"] = True
        if self.now("boxes", 0.12):
            template["packing_weight_g"] = rng.choice([50, 333])
        if self.now("delivery", 0.3):
            template["pickup"] = True
        for entry in template.get("free") or ():
            if self.now("free", 0.15):
                entry["exclude_regions"] = self.regions(set())
            if self.now("delivery", 0.1):
                entry["delivery_methods"] = self.some(["d1", "d2", "d3"], 2)
        if self.now("free", 0.2):
            template["nearest_free"] = True
        return template

    def card(self, zone: Document) -> None:
        """More of a zone's fees."""
        rng = self.rng
        if self.now("card", 0.15):
            reached = zone["first"]
            zone["steps"] = []
            for _ in range(rng.choice([1, 2])):
                reached += rng.choice([1, 500])
                zone["steps"].append({"up_to": reached, "fee": self.money(self.fee())})
        elif self.now("card", 0.1):
            reached = 0
            zone["amount_steps"] = []
            for _ in range(rng.choice([1, 2])):
                reached += max(1, self.near_amount() // 2)
                zone["amount_steps"].append({"from_amount": self.money(reached), "fee": self.money(self.fee())})
        if self.now("card", 0.1):
            zone["goods_percent"] = rng.choice(["0.3", "5", "33.3333"])
            if self.chance(0.4):
                zone["goods_percent_from"] = self.money(self.near_amount(1))
            if self.chance(0.3):
                zone["goods_percent_of"] = "shop"
        if self.now("card", 0.1):
            zone["fuel_percent"] = rng.choice(["7", "12.5", "100"])
        if self.now("card", 0.1):
            self.bounded(zone)
        if self.now("card", 0.1) and "additional" not in zone:
            zone["ends"] = True
        if self.now("card", 0.05):
            zone["when"] = self.times()
        if self.now("card", 0.1):
            zone["exclude_regions"] = self.regions(set())

    # ------------------------------------------------------------------------------------------ the whole

    def request(self) -> Document:
        rng = self.rng
        request = super().request()
        checkout, book = request["checkout"], request["rulebook"]
        promotions, coupons = book.get("promotions") or [], book.get("coupons") or []
        names = [each["id"] for each in (*promotions, *coupons)]
        for offer in (*promotions, *coupons):
            others = [name for name in names if name != offer["id"]]
            others += sorted({each["group"] for each in promotions if each.get("group")} - {offer.get("group")})
            if others and self.now("stacking", 0.06):
                offer["not_with"] = self.some(others, 2)
            if others and self.now("stacking", 0.03):
                offer["combines_with"] = self.some(others, 5)
            if book.get("payment_methods") and self.now("where", 0.1):
                offer["payment_methods"] = self.some([each["id"] for each in book["payment_methods"]], 2)
        usage = [
            {"rule": name, "by_customer": rng.choice([0, 1]), "in_all": rng.choice([1, 3])}
            | {"units": rng.choice([0, 1, 2, "0.5"])}
            | ({"spent": self.money(self.fee())} if self.chance(0.3) else {})
            for name in names
            if self.chance(0.4)
        ]
        if usage and self.now("units", 0.6):
            checkout["customer"]["usage"] = usage
        if self.now("price_lists", 0.12):
            book["price_lists"] = [self.price_list(f"p{number}") for number in range(rng.choice([1, 2]))]
        book["warehouses"] = [{"id": name, "region": region} for name, region in STANDS.items()]
        shops = sorted({line["shop"] for line in checkout["cart"]["lines"]})
        if self.now("shops", 0.1):
            least = [{"shop": shop, "amount": self.money(self.near_amount(1))} for shop in self.some(shops, 2)]
            book["minimum_orders"] = least
        if (book.get("points") or {}).get("earn") and self.now("shops", 0.4):
            times = {"valid_from": "2026-11-11T00:00:00+08:00", "valid_until": "2026-11-12T00:00:00+08:00"}
            spring = {"valid_from": "2026-03-01T00:00:00+08:00", "valid_until": "2026-04-01T00:00:00+08:00"}
            made = [times | {"times": rng.choice(["2", "1.5", "0.3"])}, times | {"times": "1"}, spring | {"times": "9"}]
            book["points"]["earn"]["campaigns"] = self.some(made, 3)
        if "delivery" in self.features:
            self.deliver(checkout, book)
        if self.now("taxes", 0.25):
            self.tax(checkout, book)
        presold = any(tier["benefit"]["type"] == "presale" for each in promotions for tier in each["tiers"])
        if self.now("paying", 0.7 if presold else 0.15):
            self.pay(checkout, book)
        if self.now("copies", 0.25):
            self.copy(checkout, book)
        return request

    def pay(self, checkout: Document, book: Document) -> None:
        """Cards that reach or don't, some of them bounded, and fees of each shop's part."""
        rng = self.rng
        names = rng.sample(["card", "wallet", "B", "10", "9"], rng.choice([1, 1, 2, 3]))
        checkout["tenders"] = []
        for name in names:
            card: Document = {"id": name, "type": rng.choice(["gift_card", "stored_value"])}
            card["balance"] = self.money(rng.choice([0, 1, self.near_amount(), self.near_amount() // 3]))
            if self.chance(0.4):
                card["amount"] = self.money(self.near_amount(1))
            checkout["tenders"].append(card)
        for method in book.get("payment_methods") or ():
            if method["borne_by"] == "merchant" and "tax_class" not in method and self.chance(0.5):
                method["fee_per"] = "shop"

    def copy(self, checkout: Document, book: Document) -> None:
        """Some coupons several times, as many as count or fewer; of a list now and then one more than there are."""
        rng = self.rng
        held = [each for each in book.get("coupons") or () if each["id"] in checkout["customer"].get("coupons", ())]
        if not held:
            return
        counts = {each["id"]: rng.choice([1, 2, 2, 3]) for each in self.some(held, 2)}
        checkout["customer"]["copies"] = counts
        for each in held:
            if each["id"] in counts and self.chance(0.15):
                each["not_with"] = [*each.get("not_with", ()), each["id"]]
            if each["id"] in counts and self.chance(0.15):
                each["limit_per_customer"] = rng.choice([1, 2, 3])
            if each["id"] in counts and self.chance(0.4):
                each["tiers"] = [{"benefit": {"type": "amount_off", "amount": self.money(self.near_amount(7) // 7)}}]
                each.pop("exclusive", None)
                each.pop("covers_freight", None)
        if self.chance(0.7):
            most = {name: rng.choice([2, 3, 4]) for name in ("coupons_platform", "coupons_per_shop", "coupons_freight")}
            book["policy"] = book["policy"] | most
        listed = checkout.get("choice", {}).get("coupons")
        if isinstance(listed, list):
            copies = [f"{name}#{place}" for name, count in counts.items() for place in range(2, count + 2)]
            listed += [name for name in copies if self.chance(0.5)]

    def tax(self, checkout: Document, book: Document) -> None:
        """Tables of taxes for goods of two classes, taxed fees, offers that somebody reimburses, exempt buyers."""
        rng = self.rng
        shops = sorted({line["shop"] for line in checkout["cart"]["lines"]})
        book["taxes"] = [self.table(shop) for shop in [None, *shops] if self.chance(0.6)] or [self.table(None)]
        offers = [*(book.get("promotions") or ()), *(book.get("coupons") or ())]
        for line in checkout["cart"]["lines"]:
            if self.chance(0.4):
                line["tax_class"] = "low"
        for each in (*offers, *([book["points"]] if book.get("points") else ())):
            if self.chance(0.25):
                each["tax_base"] = "plus_reimbursed"
        for method in book.get("payment_methods") or ():
            if self.chance(0.4):
                method["tax_class"] = rng.choice(["standard", "low"])
        if self.chance(0.25):
            exempt: Document = {"reason": "export", "keep": self.chance(0.3)}
            if self.chance(0.4):
                exempt["category"] = "G"
            if self.chance(0.4):
                exempt["shops"] = self.some(shops, 2)
            checkout["customer"]["tax_exempt"] = exempt
        if self.chance(0.5):
            book["policy"] = book["policy"] | {"threshold_tax": "with"}

    def table(self, shop: str | None) -> Document:
        """Rates of two classes; now and then one has none that holds here."""
        rng = self.rng
        rates: list[Document] = []
        for tax_class in ("standard", "low"):
            if self.chance(0.4):
                rates += [{"region": region, "percent": rng.choice(["5", "12.5"])} for region in self.regions(set())]
            if self.chance(0.3):
                rates.append({"max_unit_price": self.money(self.scale // 2), "percent": rng.choice(["0", "3"])})
                if self.chance(0.5):
                    rates[-1]["over"] = "excess"
                    if self.chance(0.4):
                        rates.append({"max_unit_price": self.money(self.scale), "percent": "4.5", "over": "excess"})
            if self.chance(0.2):
                rates.append({"percent": "21", "category": "S"} | self.window())
            if self.chance(0.95):
                rates.append({"percent": rng.choice(["19", "7", "5.5", "33.3333"])})
            if self.chance(0.4):
                if self.chance(0.3):
                    bound = self.money(rng.randint(1, self.scale))
                    rates.append({"tax": "local", "percent": "2.25", "max_unit_price": bound, "over": "excess"})
                rates.append({"tax": "local", "percent": rng.choice(["9.975", "1"]), "compound": self.chance(0.5)})
                if self.chance(0.3):
                    rates[-1] |= {"reason": "a levy of the town"}
            for row in rates:
                row.setdefault("tax_class", tax_class)
        made: Document = {"prices": rng.choice(["without", "without", "with"]), "rates": rates}
        for name, values in {
            "per": ["rate", "line", "unit"],
            "rounding": ["half_up", "half_even", "down", "up"],
            "freight": ["goods", "weight", "rate", "none"],
            "freight_class": ["standard", "low"],
        }.items():
            if self.chance(0.6):
                made[name] = rng.choice(values)
        if self.chance(0.3):
            made["together"] = True
            made["rates"] = rates = [row | {"compound": False} for row in rates]
        if self.chance(0.3):  # and many bounds, of which freight passes one now and then
            made["with_freight"] = True
            bounds = sorted(rng.sample(range(1, self.scale), 12))
            made["rates"] = [
                {"max_unit_price": self.money(each), "percent": str(number), "tax_class": tax_class}
                for tax_class in ("standard", "low")
                for number, each in enumerate(bounds)
            ] + rates
        return made | ({} if shop is None else {"shop": shop})

    def window(self) -> Document:
        """A period that holds at the checkout's instant, ends or begins at it, or lies elsewhere."""
        opens, closes = "2026-11-11T00:00:00+08:00", "2026-11-11T00:00:00.001+08:00"
        return self.rng.choice([{"valid_from": opens}, {"valid_until": opens}, {"valid_until": closes}])

    def price_list(self, name: str) -> Document:
        rng = self.rng
        rows: list[Document] = [
            {"sku": sku, "unit_price": self.money(rng.randint(0, self.scale))} for sku in self.some(SKUS, 3)
        ]
        if self.chance(0.3):
            rows.append(rows[0] | {"shop": rng.choice(SHOPS), "unit_price": self.money(self.scale // 2)})
        made: Document = {"id": name, "prices": rows}
        if self.chance(0.5):
            made["levels"] = self.some(LEVELS, 2)
        if self.chance(0.3):
            made["guests"] = True
        if self.chance(0.2):
            made["valid_from"] = rng.choice(["2026-11-01T00:00:00Z", "2026-11-11T00:00:01+08:00"])
        if self.chance(0.2):
            soon = [] if "valid_from" in made else ["2026-11-11T00:00:00+08:00", "2026-11-11T00:00:00.001+08:00"]
            made["valid_until"] = rng.choice([*soon, "2027-01-01T00:00:00Z"])
        if self.chance(0.3):
            made["priority"] = rng.choice([-1, 1])
        return made

    def deliver(self, checkout: Document, book: Document) -> None:
        """Delivery methods and what is chosen of them; what names a method names one that there is."""
        rng = self.rng
        methods = [self.method(f"d{number}") for number in (1, 2, 3)] if self.chance(0.4) else []
        rng.shuffle(methods)
        if methods:
            book["delivery_methods"] = methods
        else:
            for each in (*checkout["cart"]["lines"], *(book.get("promotions") or ()), *(book.get("coupons") or ())):
                each.pop("delivery", None)
                each.pop("delivery_methods", None)
            for template in book.get("freight_templates") or ():
                for entry in template.get("free") or ():
                    entry.pop("delivery_methods", None)
                    if not set(entry) - {"basis", "waives_surcharge", "exclude_regions"}:
                        entry["min_quantity"] = 1
        shops = sorted({line["shop"] for line in checkout["cart"]["lines"]})
        collected = self.some(shops, 1) if self.chance(0.1) else []
        if collected:
            checkout.setdefault("choice", {})["pickup"] = collected
        for shop in shops:
            if methods and shop not in collected and self.chance(0.2):
                chosen = {"shop": shop, "method": rng.choice(["d1", "d2", "d3"])}
                checkout.setdefault("choice", {}).setdefault("delivery", []).append(chosen)

    def own_zone(self) -> Document:
        """A zone of a method's own, with all that a zone of a template may say."""
        zone: Document = {"regions": ["*"], "first": self.rng.choice([1, 500]), "first_fee": self.money(self.fee())}
        if self.chance(0.5):
            zone |= {"additional": self.rng.choice([1, 2, 500]), "additional_fee": self.money(self.fee())}
        self.card(zone)
        return zone

    def method(self, name: str) -> Document:
        rng = self.rng
        made: Document = {"id": name}
        if self.chance(0.2):
            made["shops"] = self.some(SHOPS, 2)
        if self.chance(0.15):
            made["pickup"] = True
        if self.template_ids and self.chance(0.7):
            made["templates"] = []
            for template in self.some(self.template_ids, 3):
                entry: Document = {"template": template}
                if self.chance(0.5) and not made.get("pickup"):
                    entry["by"] = rng.choice(self.template_ids)
                elif self.chance(0.4) and not made.get("pickup"):
                    entry["zones"] = [self.own_zone()]
                made["templates"].append(entry)
        if self.chance(0.1):
            made["regions"] = self.regions(set())
        if self.chance(0.1):
            made["exclude_regions"] = self.regions(set(), 1)
        if self.chance(0.1):
            made["when"] = self.times()
        return made


class TaxMaker(BeyondMaker):
    """Requests with tables of taxes in each, and thresholds that taxes reach or miss (docs/taxes.md)."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng, (), (), (), ("taxes", "units", "stacking", "postcodes"))

    def near_amount(self, least: int = 0) -> int:
        amount = super().near_amount(least)
        return round(amount * self.rng.choice([1, 1, Fraction("1.19"), Fraction("1.07"), Fraction("1.055")]))

    def request(self) -> Document:
        request = super().request()
        self.tax(request["checkout"], request["rulebook"])
        return request


def random_request(rng: random.Random) -> dict[str, Any]:
    """A random valid request `{"checkout": …, "rulebook": …}`."""
    return Maker(rng).request()
