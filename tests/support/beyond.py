"""Random requests that use what lies beyond the contract."""

from __future__ import annotations

import os
import random

from random_requests import CONTRACT, SHOPS, SKUS, KindMaker
from settlement.discounts import KINDS
from thorough import examples

#: Requests whose best coupons are compared with enumeration; more by SETTLEMENT_EXTENSION_REQUESTS (make soak).
REQUESTS = int(os.environ.get("SETTLEMENT_EXTENSION_REQUESTS", examples(800)))
CHUNKS = 8
WAREHOUSES = {"bj": "110000", "gz": "440100", "nanshan": "440305", "sz": "440300", "us": "US/CA"}


#: A presale is no coupon: `offer` draws it where it may stand.
BEYOND = [kind for kind in KINDS if kind.model_fields["type"].default not in {*CONTRACT, "presale"}]
GOODS = [kind.model_json_schema() for kind in BEYOND if not kind.on_freight]
FREIGHT = [kind.model_json_schema() for kind in BEYOND if kind.on_freight]


class _Beyond(KindMaker):
    """Requests of the contract, enriched with every kind and field beyond it."""

    def __init__(self, rng):
        super().__init__(rng, GOODS, FREIGHT)

    def line(self, number):
        line = super().line(number)
        price, _ = self.exact[line["id"]]
        if self.chance(0.35):
            line["min_price"] = self.money(self.rng.choice([0, price // 2, price * 9 // 10, price]))
        if self.chance(0.08):
            line["stored_value"] = True
        if self.chance(0.3) and "warehouse" not in line:
            line["warehouses"] = self.some(sorted(WAREHOUSES), 4)
        return line

    def offer(self, offer_id, kind):
        offer = super().offer(offer_id, kind)
        if self.chance(0.2):
            offer["condition_scope"] = {"skus": self.some(SKUS, 2)}
        if self.chance(0.2):
            offer["limit_per_customer"] = self.rng.choice([1, 2, 3])
        if self.chance(0.1):
            offer["limit_in_all"] = self.rng.choice([1, 5])
        benefits = [tier["benefit"] for tier in offer["tiers"]]
        if self.chance(0.3) and not any(each["type"].startswith("freight_") for each in benefits):
            offer["consumes_units"] = True
        if self.chance(0.25) and not any(
            each["type"] == "flash_price" or each.get("per") == "sku" for each in benefits
        ):
            offer["counts_earlier"] = True
        if "platform_share" in offer and self.chance(0.5):
            offer["platform_share_per"] = "offer"
        on_freight = any(each["type"].startswith("freight_") for each in benefits)
        if kind == "promotion" and not on_freight and self.chance(0.2):
            offer["tiers"][-1]["benefit"] = self.presale()
        return offer

    def template(self, template_id):
        rng = self.rng
        template = super().template(template_id)
        if template["measure"] == "weight_g" and self.chance(0.5):
            template["volumetric_divisor"] = rng.choice([5000, 6000])
        if self.chance(0.4):
            template["max_weight_g"] = rng.choice([300, 1000, 2600])
        if self.chance(0.5):
            template["pickup"] = True
        if self.chance(0.3):
            row = {
                "fee": self.money(self.fee()),
                "per": "heavy_parcel",
                "above_g": rng.choice([0, 500]),
                "label": "heavy",
            }
            template.setdefault("surcharges", []).append({"regions": self.regions(set()) or ["*"]} | row)
        for zone in template["zones"]:
            if self.chance(0.4):
                reached = zone["first"]
                zone["steps"] = []
                for _ in range(rng.choice([1, 2])):
                    reached += rng.choice([1, 500])
                    zone["steps"].append({"up_to": reached, "fee": self.money(self.fee())})
            if self.chance(0.3):
                zone["goods_percent"] = rng.choice(["0.3", "5", "33.3333"])
            if self.chance(0.3):
                least = self.fee()
                zone |= {"min_fee": self.money(least), "max_fee": self.money(least + self.fee())}
        return template

    def request(self):
        rng = self.rng
        request = super().request()
        checkout, book = request["checkout"], request["rulebook"]
        customer = checkout["customer"]
        offers = [each["id"] for each in (*book.get("promotions", ()), *book.get("coupons", ()))]
        if self.chance(0.6):
            customer["usage"] = [
                {"rule": name, "by_customer": rng.choice([0, 1, 2]), "in_all": rng.choice([0, 4, 5])}
                | {"units": rng.choice([0, 1, 2, "0.5"])}
                for name in offers
                if self.chance(0.5)
            ]
        held = [each["id"] for each in book.get("coupons", ()) if each["id"] in customer.get("coupons", ())]
        if held and self.chance(0.5):
            customer["copies"] = {rng.choice(held): rng.choice([2, 3])}
        if self.chance(0.3):
            there = sorted({line["shop"] for line in checkout["cart"]["lines"]})
            checkout.setdefault("choice", {})["pickup"] = self.some(there, 2) if there else []
        if self.chance(0.4):
            checkout["tenders"] = [
                {"id": name, "type": kind, "balance": self.money(self.near_amount() // 2)}
                | ({"amount": self.money(self.near_amount() // 3)} if self.chance(0.3) else {})
                for name, kind in (("g1", "gift_card"), ("v1", "stored_value"), ("g0", "gift_card"))
                if self.chance(0.7)
            ]
        if self.chance(0.25):
            book["minimum_orders"] = [{"shop": rng.choice(SHOPS), "amount": self.money(self.near_amount(1))}]
        book["warehouses"] = [{"id": name, "region": region} for name, region in WAREHOUSES.items()]
        if book.get("points") and book["points"].get("earn") and self.chance(0.6):
            window = {"valid_from": "2026-11-01T00:00:00Z", "valid_until": "2026-12-01T00:00:00Z"}
            book["points"]["earn"]["campaigns"] = [window | {"times": rng.choice(["0.5", "1.5", "2", "3"])}]
        return request


def beyond(seed):
    """A random request with what goes beyond the contract."""
    return _Beyond(random.Random(seed)).request()


def crowded(seed):
    """The same with more coupons, held and mostly usable: some twice, some as copies, some used before."""
    maker = _Beyond(random.Random(seed))
    request = maker.request()
    rng, checkout, book = maker.rng, request["checkout"], request["rulebook"]
    maker.calm = True
    coupons = book.setdefault("coupons", [])
    coupons += [maker.offer(f"x{number}", "coupon") for number in range(rng.randrange(2, 6))]
    if maker.chance(0.4):
        coupons.append(coupons[-1] | {"id": "x0twin"})
    for coupon in coupons:
        for name in ("levels", "new_customers_only", "valid_from", "valid_until", "exclusive", "limit_in_all"):
            if maker.chance(0.7):
                coupon.pop(name, None)
        if maker.chance(0.3):
            coupon["issuer"] = "platform"
    customer = checkout["customer"]
    customer["coupons"] = [coupon["id"] for coupon in coupons][-6:]
    customer["copies"] = {customer["coupons"][-1]: 2} if maker.chance(0.5) else {}
    customer["usage"] = [
        {"rule": name, "by_customer": rng.choice([0, 0, 1]), "units": rng.choice([0, 1, 2])}
        for name in customer["coupons"]
        if maker.chance(0.4)
    ]
    policy = book.setdefault("policy", {})
    for name in ("coupons_per_shop", "coupons_platform", "coupons_freight"):
        policy[name] = rng.choice([1, 2, 3])
    checkout.setdefault("choice", {})["coupons"] = "best"
    return request


def tight(seed):
    """A small cart in which floors, conditions on other goods and free shipping decide between few coupons."""
    rng = random.Random(seed)

    def money(least, most):
        cents = rng.randint(least, most) if rng.random() < 0.3 else rng.randrange(least // 300, most // 300 + 1) * 300
        return f"{cents // 100}.{cents % 100:02d} CNY"

    lines = []
    for name in "abc"[: rng.choice([1, 2, 3])]:
        price = rng.choice([1000, 2000, 999])
        line = {"id": name, "shop": rng.choice(["s1", "s1", "s2"]), "sku": f"k{name}", "quantity": rng.choice([1, 2])}
        line |= {"unit_price": f"{price // 100}.{price % 100:02d} CNY", "freight_template": "t"}
        if rng.random() < 0.6:
            least = price * rng.choice([50, 80, 95, 100]) // 100
            line["min_price"] = f"{least // 100}.{least % 100:02d} CNY"
        lines.append(line)
    coupons = []
    for name in ("c1", "c2", "c3", "c4")[: rng.choice([2, 2, 3, 4])]:
        benefit = rng.choice(
            [
                {"type": "amount_off", "amount": money(100, 1500)},
                {"type": "percent_off", "percent": rng.choice(["10", "40", "60"])},
                {"type": "unit_amount_off", "amount": money(100, 900), "max_units": rng.choice([1, 2])},
                {"type": "flash_price", "price": money(200, 900), "limit": rng.choice([1, 2])},
                {"type": "percent_off", "percent": "60", "max_units": 1, "units": rng.choice(["dearest", "cheapest"])},
                {"type": "nth_unit", "n": 2, "percent": "50", "units": "cheapest"},
            ]
        )
        tiers = [{"benefit": benefit}]
        if rng.random() < 0.6:
            tiers[0]["min_amount"] = money(500, 4000)
            if rng.random() < 0.4:
                tiers.append({"min_amount": "45.00 CNY", "benefit": benefit})
        coupon = {"id": name, "issuer": rng.choice(["platform", "s1", "s1", "s2"]), "tiers": tiers}
        if rng.random() < 0.4:
            coupon["consumes_units"] = True
        for field in ("scope", "condition_scope"):
            if rng.random() < 0.35:
                coupon[field] = {"skus": rng.sample(["ka", "kb", "kc"], rng.choice([1, 2]))}
        coupons.append(coupon)
    zone = {"regions": ["*"], "first": 9, "first_fee": money(0, 1200)}
    template = {"id": "t", "measure": "quantity", "zones": [zone], "free": [{"min_amount": money(500, 5000)}]}
    cart = {"currency": "CNY", "lines": lines}
    checkout = {"at": "2026-11-11T00:00:00Z", "cart": cart, "address": {"region": "440305"}}
    customer = {"coupons": [coupon["id"] for coupon in coupons]}
    policy = {"coupons_platform": rng.choice([1, 2, 3]), "coupons_per_shop": rng.choice([1, 2, 3])}
    policy["threshold_amount"] = rng.choice(["net", "net", "goods"])
    book = {"id": "r", "currency": "CNY", "coupons": coupons, "policy": policy, "freight_templates": [template]}
    return {"checkout": checkout | {"customer": customer}, "rulebook": book}


def priced(seed):
    """The same where freight is of shares, bounds, groups, packing and times, and coupons decide what ships free."""
    request, rng = tight(seed), random.Random(f"priced {seed}")
    book, lines = request["rulebook"], request["checkout"]["cart"]["lines"]
    template = book["freight_templates"][0]
    zone = template["zones"][0] | {"fuel_percent": rng.choice(["7", "12.5"])}
    if rng.random() < 0.6:
        zone["amount_steps"] = [{"from_amount": "15.00 CNY", "fee": f"{rng.randint(0, 15)}.00 CNY"}]
    if rng.random() < 0.5:
        zone |= {
            "goods_percent": "3",
            "goods_percent_from": "12.00 CNY",
            "goods_percent_of": rng.choice(["parcel", "shop"]),
        }
    days = {"utc_offset": "+08:00", "weekdays": rng.choice([[3], [2]])}  # the checkout's is a Wednesday
    template["zones"] = [zone, zone | {"first_fee": "3.00 CNY", "when": days}] if rng.random() < 0.5 else [zone]
    share = {"regions": ["*"], "per": "freight", "percent": rng.choice(["15", "50"])}
    least = {
        "regions": ["*"],
        "per": "piece",
        "fee": "0.50 CNY",
        "label": "a",
        "min_fee": "1.20 CNY",
        "only_skus": ["ka"],
    }
    group = [{"highest_of": "g"}, {"highest_of": "g"}] if rng.random() < 0.5 else [{}, {"max_fee": "2.00 CNY"}]
    template["surcharges"] = [least | group[0], share | {"label": "b"} | group[1]][: rng.choice([1, 2, 2])]
    template["spread_by"] = rng.choice(["measure", "goods"])
    if rng.random() < 0.5:
        template |= {"packing_weight_g": 100, "max_weight_g": 1000}
        for line in lines:
            line["weight_g"] = rng.choice([300, 600])
    free = template["free"][0] | {"waives_surcharge": rng.random() < 0.3, "basis": rng.choice(["template", "shop"])}
    template["free"] = [free]
    others = template | {"id": "u", "zones": [zone | {"first_fee": "9.00 CNY"}]}
    book["freight_templates"] = [template, others]
    for line in lines:
        line["freight_template"] = rng.choice(["t", "t", "u"])
    book["policy"]["freight_combination"] = rng.choice(["sum", "max", "highest_first"])
    book["policy"]["free_shipping_amount"] = rng.choice(["net", "net", "shop_net", "goods"])
    if rng.random() < 0.6:
        half = {"type": "freight_percent_off", "percent": "50"}
        book["coupons"].append({"id": "f", "issuer": "platform", "tiers": [{"benefit": half}]})
        request["checkout"]["customer"]["coupons"].append("f")
    return request
