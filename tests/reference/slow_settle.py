"""A slow, plain transcription of the contract and of what goes beyond it, to compare the library with.

It is written from the pages in docs/ and knows nothing of the library. Inside, money is a whole number of minor units,
everything that may be a fraction is a `Fraction`, and the coupons of `best`, and the promotions of groups beside them,
are found by trying every choice.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import ceil, floor
from typing import Any

from slow_taxes import Taxed, no_rate, open_without_address, with_tax

Document = dict[str, Any]
#: This module, for those that it asks and that ask back.
SELF = sys.modules[__name__]
#: What an amount is spread by; None: by what the lines of a parcel count in the template's measure.
Weights = dict[str, Fraction] | None

# -------------------------------------------------------------------------------- §1 conventions

_DECIMALS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def decimals_of(currency: str) -> int:
    """How many decimals ISO 4217 gives the currency."""
    return _DECIMALS.get(currency, 2)


def minor(value: str | Mapping[str, str]) -> int:
    """`"12.34 CNY"` (or the object form) as minor units."""
    amount, currency = value.split(" ") if isinstance(value, str) else (value["amount"], value["currency"])
    exact = Fraction(amount) * 10 ** decimals_of(currency)
    if exact.denominator != 1:
        raise ValueError(f"{value!r} has too many decimals")
    return int(exact)


def money(amount: int, currency: str) -> str:
    """Minor units as `"12.34 CNY"`."""
    decimals = decimals_of(currency)
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 10**decimals)
    fraction = f".{rest:0{decimals}d}" if decimals else ""
    return f"{sign}{whole}{fraction} {currency}"


def quantity_text(value: Fraction) -> int | str:
    """A quantity in its shortest form: an integer, or a decimal string."""
    if value.denominator == 1:
        return int(value)
    thousandths = value * 1000
    if thousandths.denominator != 1:
        raise ValueError(f"{value} has too many decimals")
    whole, rest = divmod(int(thousandths), 1000)
    return f"{whole}.{rest:03d}".rstrip("0")


def percent(value: str) -> Fraction:
    """`"15"` as 15/100."""
    return Fraction(value) / 100


def round_to(value: Fraction, mode: str) -> int:
    """Round the magnitude to a whole number."""
    magnitude = abs(value)
    low = floor(magnitude)
    lost = magnitude - low
    up = {
        "down": False,
        "up": lost > 0,
        "half_up": lost >= Fraction(1, 2),
        "half_down": lost > Fraction(1, 2),
        "half_even": lost > Fraction(1, 2) or (lost == Fraction(1, 2) and low % 2 == 1),
    }[mode]
    result = low + 1 if up else low
    return -result if value < 0 else result


def spread(amount: int, weights: Mapping[str, Fraction | int]) -> dict[str, int]:
    """§4: floors, then one unit each to the largest lost fractions; ties: larger weight, smaller key."""
    if amount < 0:
        return {key: -share for key, share in spread(-amount, weights).items()}
    total = sum(weights.values(), Fraction(0))
    if total == 0:
        if amount:
            raise ValueError("nothing to spread over")
        return dict.fromkeys(weights, 0)
    exact = {key: Fraction(amount) * weight / total for key, weight in weights.items()}
    shares = {key: floor(share) for key, share in exact.items()}
    missing = amount - sum(shares.values())
    order = sorted(
        (key for key in weights if weights[key] > 0),
        key=lambda key: (-(exact[key] - shares[key]), -weights[key], key),
    )
    for key in order[:missing]:
        shares[key] += 1
    return shares


MAINLAND = "CN/mainland"


def region_path(region: str) -> tuple[str, ...]:
    """The path from the world down to a region; codes in as few of six, nine or twelve digits as do."""
    if region == "*":
        return ("*",)
    if region.isdigit():
        code = region.ljust(12, "0")
        path = ["*", "CN"]
        if code[:6] not in ("710000", "810000", "820000") and code[:2] not in ("71", "81", "82"):
            path.append(MAINLAND)
        for start, end, width in ((0, 2, 6), (2, 4, 6), (4, 6, 6), (6, 9, 9), (9, 12, 12)):
            if code[start:end].strip("0"):
                if code[:end] in ("130629", "130632", "130638"):  # contract note 72
                    path.append("133100")
                if code[:end] == "1331":
                    path.append("130600")
                path.append(code[:end].ljust(width, "0"))
        return tuple(path)
    parts = region.split("/")
    chinese = {"HK": "810000", "MO": "820000", "TW": "710000"}.get(parts[0])  # contract note 72
    head = ("*", parts[0]) if chinese is None else ("*", "CN", chinese)
    return (*head, *("/".join(parts[: i + 1]) for i in range(1, len(parts))))


#: docs/postcodes.md, the forms of the countries that tests name: 9 is a digit, A a letter; in brackets what may follow.
FORMS = {
    "US": ("99999[-9999]",),
    "GB": tuple(f"{area}[ 9AA]" for area in ("A9", "A99", "AA9", "AA99", "A9A", "AA9A")),
    "JP": ("999[-9999]",),
}
#: Postcodes of one form from the lowest to the highest: the form, whether they are whole codes, and both ends.
Codes = tuple[str, bool, str, str]


def fits(text: str, form: str) -> bool:
    """Whether a text has a form, or begins one where it is shorter."""
    places = zip(text, form, strict=False)
    return len(text) <= len(form) and all(sign.isdigit() if place == "9" else sign.isalpha() for sign, place in places)


def codes_of(country: str, text: str) -> list[Codes]:
    """The postcodes that a segment means: one, a range or a prefix; none where it is a name."""
    low, _, high = text.upper().partition("...")
    prefix, split = low.endswith("*"), " " in low or "-" in low
    low, high = ("".join(sign for sign in each if sign not in " -*") for each in (low, high or low))
    found: list[Codes] = []
    for spelled in FORMS.get(country, ()):
        area, _, tail = spelled.partition("[")
        for form, whole in ((area, False), (area + tail.strip("]- "), True)):
            if prefix and split == whole and fits(low, form):
                rest = form[len(low) :]
                ends = [low + "".join(end[place == "A"] for place in rest) for end in ("0A", "9Z")]
                found.append((form, whole, ends[0], ends[1]))
            elif not prefix and len(low) == len(form) == len(high) and fits(low, form) and fits(high, form):
                found.append((form, whole, low, high))
    return found


def number(code: str, form: str) -> int:
    """The place of a code among all of its form."""
    place = 0
    for sign, kind in zip(code, form, strict=True):
        place = place * 10 + int(sign) if kind == "9" else place * 26 + ord(sign) - ord("A")
    return place


def whole_codes(country: str, codes: Sequence[Codes]) -> int:
    """How many whole codes these are; an area has as many as the form of its country gives it."""
    total = 0
    for form, whole, low, high in codes:
        tail = "" if whole else next(each for each in FORMS[country] if each.startswith(f"{form}[")).split("[")[1]
        each = 10 ** tail.count("9") * 26 ** tail.count("A")
        total += (number(high, form) - number(low, form) + 1) * each
    return total


def postcode_of(region: str) -> tuple[str, list[Codes]]:
    """What stands before the postcode of a region outside China, the country at least, and the postcode, if any."""
    parts = region.split("/")
    for place in range(len(parts) - 1, 0, -1):
        codes = codes_of(parts[0], parts[place])
        if codes:
            return "/".join(parts[:place]), codes
    return region, []


def area_of(country: str, codes: Codes) -> tuple[str, str]:
    """The area in which one postcode lies, with its form."""
    form, whole, code, _ = codes
    for spelled in FORMS[country] if whole else ():
        area, _, tail = spelled.partition("[")
        if area + tail.strip("]- ") == form:
            return area, code[: len(area)]
    return form, code


@cache
def narrowness(rule: str, address: str) -> tuple[int, ...] | None:
    """How narrow a rule is around an address; None where it does not contain it (docs/postcodes.md, 1 to 3)."""
    before, ruled = postcode_of(rule)
    if not ruled:
        path = region_path(rule)
        return (0, len(path)) if region_path(address)[: len(path)] == path else None
    place, own = postcode_of(address)
    if not own or region_path(place)[: len(region_path(before))] != region_path(before):
        return None
    country = place.split("/")[0]
    area_form, area = area_of(country, own[0])
    form, whole, code, _ = own[0]
    for each, wholly, low, high in ruled:
        mine, mine_form = (code, form) if wholly else (area, area_form)
        if (whole or not wholly) and mine_form == each and low <= mine <= high:
            spelled = 0 if "*" in rule or "..." in rule else 1
            return (1, -whole_codes(country, ruled), spelled, spelled * len(region_path(before)))
    return None


def tie(rule: str) -> tuple[str, str]:
    """docs/postcodes.md, 4: of equally narrow ranges and prefixes that which begins with the lower code."""
    codes = postcode_of(rule)[1]
    return (min((each[2] for each in codes), default=""), rule)


def contains(region: str, address: str) -> bool:
    """A region contains every region whose path it begins, and a postcode what lies in it."""
    return narrowness(region, address) is not None


def instant(value: str) -> datetime:
    """An RFC 3339 instant."""
    return datetime.fromisoformat(value.replace("Z", "+00:00").replace("z", "+00:00"))


def within(period: Document, at: datetime) -> bool:
    """Whether an instant lies in a period, whose ends may be absent; the end itself is outside."""
    start, end = period.get("valid_from"), period.get("valid_until")
    return (start is None or instant(start) <= at) and (end is None or at < instant(end))


def recurs(times: Document, at: datetime) -> bool:
    """Days and hours by the clock of `utc_offset`; all that stand must hold."""
    offset = times.get("utc_offset") or "+00:00"
    minutes = (1 if offset[0] == "+" else -1) * (int(offset[1:3]) * 60 + int(offset[4:6]))
    clock = at.astimezone(timezone(timedelta(minutes=minutes)))
    if times.get("weekdays") is not None and clock.isoweekday() not in times["weekdays"]:
        return False
    if times.get("month_days") is not None and clock.day not in times["month_days"]:
        return False
    now = clock.strftime("%H:%M")  # half-open, so seconds never matter
    return times.get("hours") is None or any(each["opens"] <= now < each["closes"] for each in times["hours"])


def nearest(candidates: Sequence[str], stands: Mapping[str, str], address: str) -> str:
    """The warehouse whose region shares the longest path with the address; of equals the smaller id."""

    def shared(name: str) -> int:
        pairs = list(zip(region_path(stands[name]), region_path(address), strict=False))
        return next((at for at, (one, other) in enumerate(pairs) if one != other), len(pairs))

    return min(candidates, key=lambda name: (-shared(name), name))


def lies_in(region: str | None, rule: Document) -> bool:
    """Whether an address lies in one of a rule's regions (where they are stated) and in none that it excludes."""
    assert region is not None
    if rule.get("regions") is not None and not any(contains(each, region) for each in rule["regions"]):
        return False
    return not any(contains(each, region) for each in rule.get("exclude_regions") or ())


# -------------------------------------------------------------------------------- the documents


@dataclass
class Line:
    """A line of the cart."""

    id: str
    shop: str
    sku: str
    quantity: Fraction
    doc: Document
    categories: set[str]
    weight: int | None
    volume: int | None
    template: str | None
    warehouse: str | None
    free_shipping: bool
    #: What its goods are brought down to at least, by offers; whether it is below its list price; a gift card sold.
    least: int = 0
    reduced: bool = False
    stored: bool = False
    whole: bool = True  # a part of a line in a box: whether the line is of whole pieces

    def __deepcopy__(self, _memo: object) -> Line:
        return self  # nothing of it changes once the request is read

    @property
    def pieces(self) -> int:
        return ceil(self.quantity)


@dataclass
class Offer:
    """A promotion or a coupon."""

    id: str
    kind: str  # "promotion" or "coupon"
    issuer: str
    scope: Document
    tiers: list[Document]
    valid_from: datetime | None
    valid_until: datetime | None
    levels: list[str] | None
    new_customers_only: bool
    priority: int
    exclusive: bool
    platform_share: Fraction
    coupons_allowed: bool
    number: int  # §4, Order
    stage: str  # §7, Adjustment stages
    doc: Document

    def __deepcopy__(self, _memo: object) -> Offer:
        return self  # nothing of it ever changes

    @property
    def freight(self) -> bool:
        return self.number == 7

    @property
    def turn(self) -> tuple[int, int, int, str]:
        return (self.number, 0 if self.kind == "promotion" else 1, -self.priority, self.id)


def read_line(doc: Document) -> Line:
    """A line of the cart from its document."""
    return Line(
        id=doc["id"],
        shop=doc["shop"],
        sku=doc["sku"],
        quantity=Fraction(doc["quantity"]),
        doc=doc,
        categories=set(doc.get("categories") or ()),
        weight=doc.get("weight_g"),
        volume=doc.get("volume_cm3"),
        template=doc.get("freight_template"),
        warehouse=doc.get("warehouse"),
        free_shipping=bool(doc.get("free_shipping", False)),
        reduced=doc.get("list_price") is not None and minor(doc["unit_price"]) < minor(doc["list_price"]),
        stored=bool(doc.get("stored_value", False)),
    )


def read_offer(doc: Document, kind: str) -> Offer:
    """A promotion or a coupon from its document, with its number in the order of §4."""
    platform = doc["issuer"] == "platform"
    freight = any(tier["benefit"]["type"] in {"freight_off", "freight_percent_off"} for tier in doc["tiers"])
    who = "platform" if platform else "shop"
    if freight:
        number, stage = 7, f"freight_{kind}"
    elif kind == "coupon":
        number, stage = (5 if platform else 4), f"{who}_coupon"
    elif doc.get("stage", "order") == "item":
        number, stage = 1, "item_promotion"
    else:
        number, stage = (3 if platform else 2), f"{who}_promotion"
    share = doc.get("platform_share")
    return Offer(
        id=doc["id"],
        kind=kind,
        issuer=doc["issuer"],
        scope=doc.get("scope") or {},
        tiers=doc["tiers"],
        valid_from=instant(doc["valid_from"]) if doc.get("valid_from") else None,
        valid_until=instant(doc["valid_until"]) if doc.get("valid_until") else None,
        levels=doc.get("levels"),
        new_customers_only=bool(doc.get("new_customers_only", False)),
        priority=doc.get("priority", 0),
        exclusive=bool(doc.get("exclusive", False)),
        platform_share=percent(share) if share is not None else Fraction(1 if platform else 0),
        coupons_allowed=doc.get("coupons_allowed", True),
        number=number,
        stage=stage,
        doc=doc,
    )


def in_scope(scope: Document, line: Line) -> bool:
    """An absent list does not restrict. What is money itself is in no scope."""
    if line.stored or (scope.get("exclude_reduced", False) and line.reduced):
        return False
    if scope.get("skus") is not None and line.sku not in scope["skus"]:
        return False
    if scope.get("categories") is not None and not line.categories & set(scope["categories"]):
        return False
    if scope.get("shops") is not None and line.shop not in scope["shops"]:
        return False
    if line.sku in (scope.get("exclude_skus") or ()):
        return False
    return not line.categories & set(scope.get("exclude_categories") or ())


def priced(line: Document, lists: Sequence[Document], level: str | None, at: datetime) -> Document:
    """docs/beyond-the-contract.md, price lists: a line with the price of the list that holds for it."""
    for each in sorted(lists, key=lambda each: (-(each.get("priority") or 0), each["id"])):
        levels, guests = each.get("levels"), each.get("guests", False)
        anyone = levels is None and not guests
        if not within(each, at) or not (anyone or (level in (levels or ())) or (guests and level is None)):
            continue
        own = [row for row in each["prices"] if row["sku"] == line["sku"] and row.get("shop") in (None, line["shop"])]
        for row in sorted(own, key=lambda row: row.get("shop") is None)[:1]:
            price, old = row["unit_price"], line.get("list_price") or line["unit_price"]
            listed = max(price, old, key=minor)
            least = None if line.get("min_price") is None else min(line["min_price"], price, key=minor)
            return {**line, "unit_price": price, "list_price": listed, "min_price": least, "price_list": each["id"]}
    return line


class Request:
    """The two documents, read."""

    def __init__(self, request: Document) -> None:
        checkout, rulebook = request["checkout"], request["rulebook"]
        self.checkout, self.rulebook = checkout, rulebook
        self.currency: str = checkout["cart"]["currency"]
        self.at = instant(checkout["at"])
        address = checkout.get("address")
        self.region: str | None = address["region"] if address else None
        customer = checkout.get("customer") or {}
        self.level: str | None = customer.get("level")
        self.new: bool = bool(customer.get("new", False))
        self.balance: int = customer.get("points") or 0
        self.usage: dict[str, Document] = {row["rule"]: row for row in customer.get("usage") or ()}
        self.held: list[str] = list(customer.get("coupons") or ())
        choice = checkout.get("choice") or {}
        self.choice: str | list[str] = choice.get("coupons", "best")
        self.points_asked: str | int = choice.get("points", 0)
        self.templates = {doc["id"]: doc for doc in rulebook.get("freight_templates") or ()}
        self.promotions = [read_offer(doc, "promotion") for doc in rulebook.get("promotions") or ()]
        self.coupons = {doc["id"]: read_offer(doc, "coupon") for doc in rulebook.get("coupons") or ()}
        for coupon_id, count in (customer.get("copies") or {}).items():
            self.copy(coupon_id, count)
        self.points_rule: Document | None = rulebook.get("points")
        methods = {doc["id"]: doc for doc in rulebook.get("payment_methods") or ()}
        method = checkout.get("payment_method")
        self.method: Document | None = methods[method] if method is not None else None
        policy = rulebook.get("policy") or {}
        self.rounding: str = policy.get("rounding", "half_up")
        self.threshold_amount: str = policy.get("threshold_amount", "net")
        self.threshold_tax: str = policy.get("threshold_tax", "without")
        self.free_shipping_amount: str = policy.get("free_shipping_amount", "net")
        self.freight_combination: str = policy.get("freight_combination", "sum")
        self.undeliverable: str = policy.get("undeliverable", "exclude")
        self.coupons_per_shop: int = policy.get("coupons_per_shop", 1)
        self.coupons_platform: int = policy.get("coupons_platform", 1)
        self.coupons_freight: int = policy.get("coupons_freight", 1)
        pairs = [set(pair) for pair in policy.get("exclusions") or ()]
        self.coupons_exclude_points: bool = {"coupons", "points"} in pairs
        self.round_total: Document | None = policy.get("round_total")
        self.delivery: dict[str, str] = {}
        self.methods_of_delivery = {doc["id"]: doc for doc in rulebook.get("delivery_methods") or ()}
        self.pickup: list[str] = list(choice.get("pickup") or ())
        self.chosen = {row["shop"]: row["method"] for row in choice.get("delivery") or ()}
        lists = rulebook.get("price_lists") or ()
        self.cart = [read_line(priced(doc, lists, self.level, self.at)) for doc in checkout["cart"]["lines"]]
        stands = {row["id"]: row["region"] for row in rulebook.get("warehouses") or ()}
        for line in self.cart:
            if line.doc.get("warehouses") is not None and self.region is not None:
                line.warehouse = nearest(line.doc["warehouses"], stands, self.region)
            if line.doc.get("min_price") is not None:
                line.least = self.goods_of(line, "min_price")

    def round(self, value: Fraction) -> int:
        return round_to(value, self.rounding)

    def copy(self, coupon_id: str, count: int) -> None:
        """docs/beyond-the-contract.md, `copies`: the second and further ones, each a coupon with an id of its own."""
        coupon = self.coupons.get(coupon_id)
        if coupon is None or coupon.doc.get("budget") is not None:
            return
        if any(tier["benefit"]["type"] == "flash_price" for tier in coupon.tiers):
            return
        used = self.usage.get(coupon_id, {})
        for limit, so_far in (("limit_per_customer", "by_customer"), ("limit_in_all", "in_all")):
            if coupon.doc.get(limit) is not None:
                count = min(count, coupon.doc[limit] - used.get(so_far, 0))
        others = {*self.coupons, *(offer.id for offer in self.promotions)}
        for place in range(2, min(count, 20) + 1):
            name = f"{coupon_id}#{place}"
            if name not in others and len(name) <= 200:
                self.coupons[name] = replace(coupon, id=name)
                if name not in self.held:
                    self.held.append(name)

    def collected(self, line: Line) -> bool:
        """Whether nothing is shipped of a line, for the buyer fetches it."""
        if line.id in self.delivery:
            return bool(self.methods_of_delivery[self.delivery[line.id]].get("pickup", False))
        return line.template is not None and line.doc.get("delivery") is None and line.shop in self.pickup

    def goods_of(self, line: Line, price: str) -> int:
        return self.round(minor(line.doc[price]) * line.quantity)


# -------------------------------------------------------------------------------- §3 screening


def deciding_zone(template: Document, region: str, at: datetime) -> tuple[Document, str] | None:
    """The nearest zone and its region as spelled; None: undeliverable."""
    found = [
        (narrow, spelled, zone)
        for zone in template["zones"]
        if (zone.get("when") is None or holds(zone["when"], at))
        and not any(contains(each, region) for each in zone.get("exclude_regions") or ())
        for spelled in zone["regions"]
        if (narrow := narrowness(spelled, region)) is not None
    ]
    closed = [narrowness(spelled, region) for spelled in template.get("undeliverable") or ()]
    shut = max([each for each in closed if each is not None], default=())
    deepest = max([narrow for narrow, _, _ in found], default=())
    if not found or shut >= deepest:
        return None
    _, spelled, zone = min(
        (each for each in found if each[0] == deepest), key=lambda each: (tie(each[1]), each[2].get("when") is None)
    )
    return zone, spelled


def holds(times: Document, at: datetime) -> bool:
    """Whether the times of a rule hold: a period, days and hours."""
    return within(times, at) and recurs(times, at)


def deciding_surcharges(template: Document, region: str, at: datetime) -> list[Document]:
    """Of each label the most specific surcharge that contains the address; the one without a label first."""
    best: dict[str, list[Any]] = {}
    for surcharge in template.get("surcharges") or ():
        if surcharge.get("when") is not None and not holds(surcharge["when"], at):
            continue
        if any(contains(each, region) for each in surcharge.get("exclude_regions") or ()):
            continue
        for spelled in surcharge["regions"]:
            narrow = narrowness(spelled, region)
            if narrow is not None:
                best.setdefault(surcharge.get("label") or "", []).append((narrow, spelled, surcharge))
    decided = []
    for _, found in sorted(best.items()):
        deepest = max(each[0] for each in found)
        near = [each for each in found if each[0] == deepest]
        decided.append(min(near, key=lambda each: (tie(each[1]), each[2].get("when") is None))[2])
    return decided


def lacks(template: Document, line: Line) -> bool:
    """Whether a line does not state what a template needs."""
    needs = {template["measure"]}.union(*(SURCHARGES[row["per"]][0] for row in template.get("surcharges") or ()))
    if template.get("volumetric_divisor") is not None:
        needs |= {"weight_g", "volume_cm3"}
    if template.get("max_weight_g") is not None:
        needs |= {"weight_g"}
    return ("weight_g" in needs and line.weight is None) or ("volume_cm3" in needs and line.volume is None)


def unavailable(request: Request, method: str, line: Line) -> bool:
    """docs/delivery.md: the five causes for which a method is not available for a line."""
    assert line.template is not None
    doc = request.methods_of_delivery[method]
    if doc.get("shops") is not None and line.shop not in doc["shops"]:
        return True
    if request.region is not None and not lies_in(request.region, doc):
        return True
    if doc.get("when") is not None and not holds(doc["when"], request.at):
        return True
    if doc.get("templates") is not None and line.template not in [each["template"] for each in doc["templates"]]:
        return True
    if request.region is None or doc.get("pickup", False):
        return False
    return deciding_zone(pricing(request, method, line.template), request.region, request.at) is None


class Screening:
    """The lines that are settled, and those left out with the first reason that holds."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.reasons: dict[str, tuple[str, Fraction | None]] = {}
        self.goods = {line.id: request.goods_of(line, "unit_price") for line in request.cart}
        for line in request.cart:
            self.sell(line)
        #: By what is one parcel, and the methods among which the price decides.
        self.priced_later: list[tuple[str, list[Line], list[str]]] = []
        self.deliver()
        self.leave_out([line for line in self.kept if no_rate(SELF, request, line)], "no_tax_rate")
        for row in request.rulebook.get("minimum_orders") or ():
            mine = [line for line in self.kept if line.shop == row["shop"]]
            if sum(self.goods[line.id] for line in mine) < minor(row["amount"]):
                self.leave_out(mine, "below_minimum_order")
        for name, lines, methods in self.priced_later:
            self.cheapest(name, [line for line in lines if line.id not in self.reasons], methods)

    @property
    def kept(self) -> list[Line]:
        return [line for line in self.request.cart if line.id not in self.reasons]

    def leave_out(self, lines: Iterable[Line], reason: str) -> None:
        for line in lines:
            self.reasons.setdefault(line.id, (reason, None))

    def sell(self, line: Line) -> None:
        """Selection, sale, stock and limit."""
        cart = self.request.cart
        offered = [each for each in cart if each.doc.get("selected", True) and each.doc.get("on_sale", True)]
        same = [each for each in offered if (each.shop, each.sku) == (line.shop, line.sku)]
        wanted = sum((each.quantity for each in same), Fraction(0))

        def smallest(name: str) -> Fraction | None:
            return min((Fraction(each.doc[name]) for each in same if each.doc.get(name) is not None), default=None)

        stock, limit = smallest("stock"), smallest("purchase_limit")
        if not line.doc.get("selected", True):
            self.reasons[line.id] = ("not_selected", None)
        elif not line.doc.get("on_sale", True):
            self.reasons[line.id] = ("off_sale", None)
        elif stock == 0:
            self.reasons[line.id] = ("out_of_stock", stock)
        elif stock is not None and wanted > stock:
            self.reasons[line.id] = ("insufficient_stock", stock)
        elif limit is not None and wanted > limit:
            self.reasons[line.id] = ("over_purchase_limit", limit)

    def offers_methods(self, shop: str) -> bool:
        """Whether some method is offered by a shop."""
        return any(
            doc.get("shops") is None or shop in doc["shops"] for doc in self.request.methods_of_delivery.values()
        )

    def deliver(self) -> None:
        """docs/delivery.md, which method a line takes; what ships without methods is looked at as ever."""
        request, asked = self.request, []
        for line in self.kept:
            if line.template is None:
                continue
            method = line.doc.get("delivery")
            if method is None and line.shop in request.pickup:
                if not request.templates[line.template].get("pickup", False):
                    self.leave_out([line], "no_pickup")
                continue
            method = method or request.chosen.get(line.shop)
            if method is not None:
                self.deliver_as_chosen(line, method)
            elif self.offers_methods(line.shop):
                asked.append(line)
            else:
                template = request.templates[line.template]
                if lacks(template, line):
                    self.leave_out([line], "no_measure")
                elif request.region is not None and deciding_zone(template, request.region, request.at) is None:
                    self.leave_out([line], "undeliverable")
        waiting = {line.id for line in asked}
        for key, lines in shipped_groups(request, [each for each in self.kept if each.id not in waiting]).items():
            if request.region is not None and too_much(self.parcels(key[1], key[4] or None, lines)):
                self.leave_out(lines, "delivery_unavailable" if key[4] else "undeliverable")
        for key, lines in shipped_groups(request, asked).items():
            self.possible(key[1], lines)

    def deliver_as_chosen(self, line: Line, method: str) -> None:
        """A method that was chosen for a line, or for its shop."""
        assert line.template is not None
        if unavailable(self.request, method, line):
            self.leave_out([line], "delivery_unavailable")
        elif not self.request.methods_of_delivery[method].get("pickup", False) and lacks(
            pricing(self.request, method, line.template), line
        ):
            self.leave_out([line], "no_measure")
        else:
            self.request.delivery[line.id] = method

    def parcels(self, name: str, method: str | None, lines: list[Line]) -> list[Parcel]:
        """The parcel of some lines, or its boxes, by a method."""
        mine = [line for line in self.kept if line.shop == lines[0].shop and not line.free_shipping]
        worth = sum(self.goods[line.id] for line in mine)
        template = pricing(self.request, method, name)
        return parcels_of(self.request, self.goods, worth, name, template, method, lines)

    def possible(self, name: str, lines: list[Line]) -> None:
        """The methods that can send the lines of one (shop, template, warehouse) for which nobody chose one."""
        request = self.request
        reached = [
            method
            for method, doc in request.methods_of_delivery.items()
            if not doc.get("pickup", False) and not any(unavailable(request, method, line) for line in lines)
        ]
        measured = [
            method for method in reached if not any(lacks(pricing(request, method, name), line) for line in lines)
        ]
        if reached and not measured:
            lacking = [line for line in lines if lacks(pricing(request, reached[0], name), line)]
            self.leave_out(lacking, "no_measure")
            rest = [line for line in lines if line not in lacking]
            if rest:
                self.possible(name, rest)
            return
        if request.region is None and measured:
            return  # it has no method yet
        found = []
        for method in measured:
            beside = [
                line
                for line in self.kept
                if line.shop == lines[0].shop
                and line.template == name
                and line.warehouse == lines[0].warehouse
                and line.id in self.chosen_by_buyer
                and request.delivery.get(line.id) == method
            ]
            if not too_much(self.parcels(name, method, [*lines, *beside])):
                found.append(method)
        if found:
            self.priced_later.append((name, lines, found))
        else:
            self.leave_out(lines, "undeliverable")

    def cheapest(self, name: str, lines: list[Line], methods: list[str]) -> None:
        """The method by which the lines that take part cost least by themselves, of equals the first."""
        if lines:
            priced = [(self.price(name, method, lines), place) for place, method in enumerate(methods)]
            for line in lines:
                self.request.delivery[line.id] = methods[min(priced)[1]]

    @property
    def chosen_by_buyer(self) -> set[str]:
        return {
            line.id
            for line in self.request.cart
            if line.doc.get("delivery") is not None or line.shop in self.request.chosen
        }

    def price(self, name: str, method: str, lines: list[Line]) -> int:
        """Freight and surcharges of these lines alone, before any offer."""
        request, total = self.request, 0
        state = State(
            self.kept, False, {column: dict.fromkeys(self.goods, 0) for column in COLUMNS}, dict.fromkeys(self.goods, 0)
        )
        state.columns["goods"] = dict(self.goods)
        parcels = self.parcels(name, method, lines)
        for parcel in parcels:
            holding = free_entries(request, state, parcel)
            parcel.free = bool(holding)
            parcel.waived = any(entry.get("waives_surcharge", False) for entry in holding)
            parcel.fee = 0 if parcel.free or not parcel.counting else parcel.own_fee
        for row in rows_of(parcels):
            total += row.fee + sum(sum(shares.values()) for shares in parcel_surcharges(request, row))
        return total


def screen(request: Request) -> tuple[list[Line], list[Document]]:
    """The lines that are settled, and those left out with the first reason that holds."""
    screening = Screening(request)
    excluded: list[Document] = []
    for line in request.cart:
        if line.id in screening.reasons:
            reason, available = screening.reasons[line.id]
            row: Document = {"line": line.id, "reason": reason}
            excluded.append(row if available is None else row | {"available": quantity_text(available)})
    return screening.kept, excluded


# -------------------------------------------------------------------------------- the state

COLUMNS = (
    "goods",
    "promotions",
    "coupons",
    "freight",
    "surcharges",
    "freight_offers",
    "points",
    "tax",
    "payment_fee",
    "rounding",
)

COLUMN_OF_STAGE = {
    "item_promotion": "promotions",
    "shop_promotion": "promotions",
    "platform_promotion": "promotions",
    "shop_coupon": "coupons",
    "platform_coupon": "coupons",
    "freight": "freight",
    "surcharge": "surcharges",
    "freight_promotion": "freight_offers",
    "freight_coupon": "freight_offers",
    "points": "points",
    "payment_fee": "payment_fee",
    "rounding": "rounding",
    **dict.fromkeys(("goods_tax", "freight_tax", "fee_tax"), "tax"),
}


@dataclass
class Left:
    """What is left of a line, in one number, for the offers after those that used units up."""

    quantity: Fraction
    net: int
    goods: int


@dataclass
class Presold:
    """The presale that holds on a line, for so many units."""

    offer: Offer
    benefit: Document
    quantity: Fraction


@dataclass
class State:
    """What has been computed so far."""

    lines: list[Line]
    pending: bool
    columns: dict[str, dict[str, int]]  # column -> line id -> amount
    platform_off: dict[str, int]  # line id -> what offers on goods issued by the platform took
    adjustments: list[Document] = field(default_factory=list)
    gifts: list[Document] = field(default_factory=list)
    parcels: list[Document] = field(default_factory=list)
    decisions: dict[str, Document] = field(default_factory=dict)
    discounted: dict[int, set[str]] = field(default_factory=dict)  # number -> lines a promotion discounted
    taken: dict[int, set[str]] = field(default_factory=dict)  # number -> lines an exclusive promotion discounted
    no_coupons: set[str] = field(default_factory=set)  # lines that left every coupon's scope
    applied: list[Offer] = field(default_factory=list)  # coupons
    effective: list[Offer] = field(default_factory=list)  # all offers that took effect so far
    left: dict[int, dict[str, Left]] = field(default_factory=dict)  # number -> lines of which units were used
    presold: dict[str, Presold] = field(default_factory=dict)  # the presale that holds on a line
    over: list[tuple[Offer, Document, int]] = field(default_factory=list)  # coupons that go on over freight
    delivery: Mapping[str, str] = field(default_factory=dict)  # line id -> the method that it goes by
    taxes: list[Document] = field(default_factory=list)
    used: int = 0
    usable: int = 0
    points_worth: int = 0

    def total(self, line: Line, columns: Iterable[str]) -> int:
        return sum(self.columns[column][line.id] for column in columns)

    def net(self, line: Line) -> int:
        return self.total(line, ("goods", "promotions", "coupons"))

    def freight_left(self, line: Line) -> int:
        return self.total(line, ("freight", "surcharges", "freight_offers"))

    def payable(self, line: Line) -> int:
        return self.total(line, COLUMNS)

    def adjust(
        self, stage: str, rule: str, shares: Mapping[str, int], platform: Mapping[str, int] | None = None
    ) -> None:
        """Book an adjustment; shares of 0, and an adjustment of 0, are left out."""
        shares = {key: share for key, share in shares.items() if share}
        if not shares:
            return
        for key, share in shares.items():
            self.columns[COLUMN_OF_STAGE[stage]][key] += share
        self.adjustments.append(
            {
                "stage": stage,
                "rule": rule,
                "amount": sum(shares.values()),
                "shares": shares,
                "platform": {key: share for key, share in (platform or {}).items() if share},
            }
        )


@dataclass
class Verdict:
    """What an offer does, or why it does nothing."""

    reason: str | None = None
    shortfall: Fraction | int | None = None
    shortfall_is_money: bool = False
    shares: dict[str, int] = field(default_factory=dict)  # magnitudes, taken off
    gift: tuple[str, Fraction] | None = None
    used: Mapping[str, Fraction] = field(default_factory=dict)  # the units that it is for
    seen: dict[str, Left] = field(default_factory=dict)  # what the offer saw of each line
    presale: Document | None = None
    benefit: Document | None = None


#: How many units of each line a benefit is for; None: every unit of the lines on which it has a share.
Units = dict[str, Fraction] | None


# -------------------------------------------------------------------------------- §4 offers


def refused_before(request: Request, state: State, offer: Offer) -> str | None:
    """The reasons that are asked before anything is done with an offer: each has one answer for the settlement."""
    doc = offer.doc
    if offer.valid_from is not None and request.at < offer.valid_from:
        return "not_started"
    if offer.valid_until is not None and request.at >= offer.valid_until:
        return "expired"
    if offer.levels is not None and request.level not in offer.levels:
        return "wrong_level"
    if offer.new_customers_only and not request.new:
        return "not_new_customer"
    used = request.usage.get(offer.doc["id"], {})
    for limit, count in (("limit_per_customer", "by_customer"), ("limit_in_all", "in_all")):
        if doc.get(limit) is not None and used.get(count, 0) >= doc[limit]:
            return "used_up"
    if doc.get("regions") is not None or doc.get("exclude_regions") is not None:
        if request.region is None:
            return "address_needed"
        if not lies_in(request.region, doc):
            return "wrong_region"
    if doc.get("payment_methods") is not None:
        method = request.method["id"] if request.method is not None else None
        if method not in doc["payment_methods"]:
            return "wrong_payment_method"
    if doc.get("delivery_methods") is not None and sees(state, offer, anyhow=True) and not sees(state, offer):
        return "wrong_delivery_method"
    for condition in doc.get("conditions") or ():
        if not condition_holds(request, state, offer, condition):
            return "condition_not_met"
    return None


def condition_holds(request: Request, state: State, offer: Offer, condition: Document) -> bool:
    """docs/beyond-the-contract.md, conditions."""
    own = [line for line in state.lines if offer.issuer in ("platform", line.shop)]
    kind = condition["type"]
    if kind == "recurring":
        return recurs(condition, request.at)
    if kind == "cart_holds":
        held = [
            line
            for line in own
            if not line.stored
            and (condition.get("skus") is None or line.sku in condition["skus"])
            and (condition.get("categories") is None or line.categories & set(condition["categories"]))
        ]
        return sum(line.quantity for line in held) >= Fraction(condition.get("min_quantity", 1))
    lines = measured_lines(state, offer)
    if kind == "different_goods":
        return len({(line.shop, line.sku) for line in lines}) >= condition["count"]
    assert kind == "multiple_of"
    total = sum((line.quantity for line in lines), Fraction(0))
    return total > 0 and total % Fraction(condition["quantity"]) == 0


def sees(state: State, offer: Offer, anyhow: bool = False) -> list[Line]:
    """The lines in an offer's stated scope, delivered by its methods (or `anyhow`); a shop's offer sees its shop's."""
    methods = None if anyhow else offer.doc.get("delivery_methods")
    return [
        line
        for line in state.lines
        if offer.issuer in ("platform", line.shop)
        and in_scope(offer.scope, line)
        and (methods is None or state.delivery.get(line.id) in methods)
    ]


def measured_lines(state: State, offer: Offer) -> list[Line]:
    """The lines that an offer's tiers measure, whatever other offers did: its condition scope, else its scope."""
    scope = offer.doc.get("condition_scope")
    if scope is None:
        return sees(state, offer)
    return [line for line in state.lines if offer.issuer in ("platform", line.shop) and in_scope(scope, line)]


def left_of(state: State, number: int, line: Line) -> Left:
    """What is left of a line for an offer of a number."""
    found = state.left.get(number, {}).get(line.id)
    return found or Left(line.quantity, state.net(line), state.columns["goods"][line.id])


def conditions(tier: Document) -> tuple[int | None, Fraction | None]:
    """The minimum amount and the minimum quantity of a tier, or of a `free` entry."""
    amount, quantity = tier.get("min_amount"), tier.get("min_quantity")
    return (None if amount is None else minor(amount), None if quantity is None else Fraction(quantity))


@dataclass
class Sight:
    """What an offer's benefit sees: the lines with the units left to it, and what these are worth."""

    request: Request
    state: State
    lines: list[Line]
    nets: dict[str, int]
    times: int  # how often the threshold is full, with `every`
    earlier: Fraction  # units that were bought before

    def unit(self, line: Line) -> Fraction:
        """What one unit of a line costs."""
        return Fraction(self.nets[line.id]) / line.quantity

    def first(self, benefit: Document, most: Fraction | None) -> dict[str, Fraction]:
        """Of the dearest (or cheapest) units so many, by line, goods sold by measure too; None: all of them."""
        sign = 1 if benefit.get("units", "dearest") == "cheapest" else -1
        taken = {}
        for line in sorted(self.lines, key=lambda line: (sign * self.unit(line), line.id)):
            taken[line.id] = line.quantity if most is None else min(most, line.quantity)
            most = None if most is None else most - taken[line.id]
        return taken

    def most(self, benefit: Document) -> Fraction | None:
        """How many units a benefit looks at; None: all."""
        stated = benefit.get("max_units", 1 if benefit["type"] == "add_on_price" else None)
        return None if stated is None else Fraction(stated) * self.times

    def to_price(self, units: Mapping[str, Fraction], price: int) -> dict[str, Fraction]:
        """What so many units of each line save where each costs the price, exactly."""
        return {line.id: units[line.id] * max(Fraction(0), self.unit(line) - price) for line in self.lines}

    def rounded(self, saved: Mapping[str, Fraction]) -> dict[str, int]:
        """Savings of lines, each rounded once, never more than what the line costs."""
        return {key: min(self.request.round(each), self.nets[key]) for key, each in saved.items()}


#: What a benefit takes off each line, and the units that it is for (None: all of the lines with a share).
Taken = tuple[dict[str, int], Units]


def sorted_units(sight: Sight, lines: list[Line], cheapest: bool = False) -> list[tuple[Fraction, Line]]:
    """Every unit of the lines of integer quantity with what it is worth, dearest (or cheapest) first."""
    units = [
        (sight.unit(line), line) for line in lines if line.quantity.denominator == 1 for _ in range(int(line.quantity))
    ]
    return sorted(units, key=lambda unit: (unit[0] if cheapest else -unit[0], unit[1].id))


def tallied(units: Iterable[tuple[Fraction, Line]]) -> dict[str, Fraction]:
    """How many units of each line."""
    counts: dict[str, Fraction] = {}
    for _, line in units:
        counts[line.id] = counts.get(line.id, Fraction(0)) + 1
    return counts


def nth_unit(sight: Sight, benefit: Document) -> Taken:
    """Of each full group of n the last `count` get the percentage off, or as many of the cheapest of all."""
    groups = [sight.lines]
    if benefit.get("per", "scope") == "sku":
        keys = sorted({(line.shop, line.sku) for line in sight.lines})
        groups = [[line for line in sight.lines if (line.shop, line.sku) == key] for key in keys]
    size, count, before = benefit["n"], benefit.get("count", 1), floor(sight.earlier)
    exact = {line.id: Fraction(0) for line in sight.lines}
    used: dict[str, Fraction] = {}
    for group in groups:
        cheapest = benefit.get("units") == "cheapest"
        units = sorted_units(sight, group, cheapest)
        full = (before + len(units)) // size * size  # so many units, those bought before first, are in full groups
        places = range(before + 1, full + 1)
        off = [place - before - 1 for place in places if (place - 1) % size >= size - count]
        for each in range(len(off)) if cheapest else off:
            worth, line = units[each]
            exact[line.id] += worth * percent(benefit["percent"])
        for key, many in tallied(units[: len(places)]).items():
            used[key] = used.get(key, Fraction(0)) + many
    return sight.rounded(exact), used


def bundle_price(sight: Sight, benefit: Document) -> Taken:
    """Each full group of units that gets cheaper costs the price."""
    size, price = int(benefit["quantity"]), minor(benefit["price"])
    units = sorted_units(sight, sight.lines)
    weights = {line.id: Fraction(0) for line in sight.lines}
    saving, used = Fraction(0), []
    for start in range(0, len(units) - size + 1, size):
        group = units[start : start + size]
        worth = sum((unit for unit, _ in group), Fraction(0))
        if worth > price:
            saving += worth - price
            used += group
            for unit, line in group:
                weights[line.id] += unit
    most = floor(sum(weights.values(), Fraction(0)))
    return spread(min(sight.request.round(saving), most), weights), tallied(used)


def set_price(sight: Sight, benefit: Document) -> Taken:
    """Sets of different goods: every slot takes the dearest units left that fit it; the first dear set ends it."""
    price, left = minor(benefit["price"]), sorted_units(sight, sight.lines)
    weights = {line.id: Fraction(0) for line in sight.lines}
    saving, used = Fraction(0), []
    while True:
        made, rest = [], list(left)
        for slot in benefit["slots"]:
            fitting = [
                unit
                for unit in rest
                if (slot.get("skus") is None or unit[1].sku in slot["skus"])
                and (slot.get("categories") is None or unit[1].categories & set(slot["categories"]))
            ][: slot.get("quantity", 1)]
            if len(fitting) < slot.get("quantity", 1):
                made = []
                break
            for unit in fitting:
                rest.remove(unit)
            made += fitting
        worth = sum((unit for unit, _ in made), Fraction(0))
        if worth <= price:  # no set at all is worth nothing
            break
        left, saving = rest, saving + worth - price
        used += made
        for unit, line in made:
            weights[line.id] += unit
    most = floor(sum(weights.values(), Fraction(0)))
    return spread(min(sight.request.round(saving), most), weights), tallied(used)


def flash_price(sight: Sight, benefit: Document) -> Taken:
    """The dearest units up to the limit cost the price, less those that the customer had at it before."""
    units = sight.first(benefit, max(Fraction(0), Fraction(benefit["limit"]) - sight.earlier))
    return sight.rounded(sight.to_price(units, minor(benefit["price"]))), units


def add_on_price(sight: Sight, benefit: Document) -> Taken:
    """So many units, one where nothing is said, cost the price."""
    units = sight.first(benefit, sight.most(benefit))
    return sight.rounded(sight.to_price(units, minor(benefit["price"]))), units


def graduated_price(sight: Sight, benefit: Document) -> Taken:
    """Units from the dearest on cost at most the price of their band, behind those that were bought before."""
    saved = {line.id: Fraction(0) for line in sight.lines}
    used, reached = dict.fromkeys(saved, Fraction(0)), Fraction(0)
    for band in benefit["bands"]:
        start, end = reached, None if band.get("up_to") is None else Fraction(band["up_to"])
        place = sight.earlier
        for line in sorted(sight.lines, key=lambda line: (-sight.unit(line), line.id)):
            low, high = max(place, start), place + line.quantity if end is None else min(place + line.quantity, end)
            units = max(Fraction(0), high - low)
            saved[line.id] += units * max(Fraction(0), sight.unit(line) - minor(band["price"]))
            used[line.id] += units
            place += line.quantity
        reached = end or Fraction(0)
    return sight.rounded(saved), used


def unit_amount_off(sight: Sight, benefit: Document) -> Taken:
    """So much off each of these units, and never more than they are worth."""
    most, shares = sight.most(benefit), {}
    units = sight.first(benefit, most)
    for line in sight.lines:
        off = sight.request.round(minor(benefit["amount"]) * units[line.id])
        shares[line.id] = min(off, floor(sight.unit(line) * units[line.id]))
    return shares, None if most is None else units


def percent_off(sight: Sight, benefit: Document) -> Taken:
    """A percentage of the net, or of what so many units are worth, rounded once."""
    most = sight.most(benefit)
    units = sight.first(benefit, most)
    worth = {line.id: sight.unit(line) * units[line.id] for line in sight.lines}
    whole = sum(worth.values(), Fraction(0))
    off = min(sight.request.round(whole * percent(benefit["percent"])), floor(whole))
    off = off if benefit.get("max") is None else min(off, minor(benefit["max"]))
    return spread(off, worth), None if most is None else units


def amount_off(sight: Sight, benefit: Document) -> Taken:
    """An amount, with `every` as often as the threshold is full."""
    off = min(minor(benefit["amount"]) * sight.times, sum(sight.nets.values()))
    return spread(off if benefit.get("max") is None else min(off, minor(benefit["max"])), sight.nets), None


def fixed_price(sight: Sight, benefit: Document) -> Taken:
    """What each line costs above the price."""
    price = minor(benefit["price"])
    return {
        line.id: max(0, sight.nets[line.id] - sight.request.round(price * line.quantity)) for line in sight.lines
    }, None


def presale(sight: Sight, benefit: Document) -> Taken:
    """docs/presale.md: what the deposit counts for more; it uses up all that it sees."""
    more = minor(benefit["worth"]) - minor(benefit["deposit"])
    off = {line.id: min(sight.request.round(more * line.quantity), sight.nets[line.id]) for line in sight.lines}
    return off, {line.id: line.quantity for line in sight.lines}


def freight_off(sight: Sight, benefit: Document) -> Taken:
    """So much of what is left of the freight, or all of it."""
    left = {line.id: sight.state.freight_left(line) for line in sight.lines}
    off = sum(left.values())
    return spread(off if benefit.get("amount") is None else min(off, minor(benefit["amount"])), left), None


def freight_percent_off(sight: Sight, benefit: Document) -> Taken:
    """A percentage of what is left of the freight, rounded once, at most so much."""
    left = {line.id: sight.state.freight_left(line) for line in sight.lines}
    off = sight.request.round(sum(left.values()) * percent(benefit["percent"]))
    return spread(off if benefit.get("max") is None else min(off, minor(benefit["max"])), left), None


#: Kinds of benefit that take something off.
BENEFITS: dict[str, Callable[[Sight, Document], Taken]] = {
    "amount_off": amount_off,
    "percent_off": percent_off,
    "fixed_price": fixed_price,
    "nth_unit": nth_unit,
    "bundle_price": bundle_price,
    "set_price": set_price,
    "flash_price": flash_price,
    "graduated_price": graduated_price,
    "add_on_price": add_on_price,
    "unit_amount_off": unit_amount_off,
    "presale": presale,
    "freight_off": freight_off,
    "freight_percent_off": freight_percent_off,
}


def judge_offer(request: Request, state: State, offer: Offer, lines: list[Line]) -> Verdict:
    """Tier, benefit and shares of an offer over the lines that it sees, on the net that is left now."""
    scope = offer.doc.get("condition_scope")
    looked_at = lines if scope is None else measured_lines(state, offer)
    rests = [left_of(state, offer.number, line) for line in looked_at]
    goods = (offer.doc.get("threshold_amount") or request.threshold_amount) == "goods"
    amounts = [rest.goods if goods else rest.net for rest in rests]
    if request.threshold_tax == "with":
        amounts = [
            with_tax(SELF, request, line, each, rest.quantity)
            for line, each, rest in zip(looked_at, amounts, rests, strict=True)
        ]
    amount = sum(amounts)
    bought = Fraction(request.usage.get(offer.doc["id"], {}).get("units", 0))
    counted_before = bought if offer.doc.get("counts_earlier", False) else Fraction(0)
    quantity = sum((rest.quantity for rest in rests), Fraction(0)) + counted_before

    def bounded(tier: Document) -> bool:
        return tier.get("max_amount") is None or amount <= minor(tier["max_amount"])

    def satisfied(tier: Document) -> bool:
        least_amount, least_quantity = conditions(tier)
        return (
            (least_amount is None or amount >= least_amount)
            and (least_quantity is None or quantity >= least_quantity)
            and bounded(tier)
        )

    tiers = [tier for tier in offer.tiers if satisfied(tier)]
    if not tiers:
        asked = next((tier for tier in offer.tiers if bounded(tier)), None)
        if asked is None:
            return Verdict("above_amount")
        least_amount, least_quantity = conditions(asked)
        if least_amount is not None and amount < least_amount:
            return Verdict("below_amount", least_amount - amount, shortfall_is_money=True)
        assert least_quantity is not None
        return Verdict("below_quantity", least_quantity - quantity)
    if offer.freight and state.pending:
        return Verdict("address_needed")

    tier = tiers[-1]
    benefit = tier["benefit"]
    times = 1
    if benefit.get("every", False):
        least_amount, least_quantity = conditions(tier)
        counts = []
        if least_amount:
            counts.append(amount // least_amount)
        if least_quantity:
            counts.append(floor(quantity / least_quantity) - floor(counted_before / least_quantity))
        times = min(counts)
    if benefit["type"] == "gift":
        gift = (benefit["sku"], Fraction(benefit["quantity"]) * times)
        return Verdict(gift=gift) if gift[1] > 0 else Verdict("no_effect")

    seen = {line.id: left_of(state, offer.number, line) for line in lines}
    units = [replace(line, quantity=seen[line.id].quantity) for line in lines]
    earlier = bought if benefit["type"] == "flash_price" else counted_before
    sight = Sight(request, state, units, {key: rest.net for key, rest in seen.items()}, times, earlier)
    shares, used = BENEFITS[benefit["type"]](sight, benefit)
    if used is None:
        used = {line.id: line.quantity for line in units if shares.get(line.id)}
    if not offer.freight:  # what a minimum price forbids is not taken, and nothing moves to other lines
        shares = {line.id: min(shares.get(line.id, 0), max(0, state.net(line) - line.least)) for line in lines}
    shares = {line_id: share for line_id, share in shares.items() if share}
    if not shares and benefit["type"] != "presale":
        return Verdict("no_effect")
    if offer.doc.get("budget") is not None:
        spent = request.usage.get(offer.doc["id"], {}).get("spent")
        if sum(shares.values()) > max(0, minor(offer.doc["budget"]) - (0 if spent is None else minor(spent))):
            return Verdict("used_up")
    presold = benefit if benefit["type"] == "presale" else None
    return Verdict(shares=shares, used=used, seen=seen, presale=presold, benefit=benefit)


def borne(request: Request, offer: Offer, shares: Mapping[str, int]) -> dict[str, int]:
    """What the platform bears of one row of an offer, rounded line by line or once."""
    if offer.doc.get("platform_share_per", "line") == "offer" and shares:
        once = request.round(sum(shares.values()) * offer.platform_share)
        return {key: -part for key, part in spread(once, shares).items()}
    return {key: -request.round(share * offer.platform_share) for key, share in shares.items()}


def book_offer(request: Request, state: State, offer: Offer, verdict: Verdict) -> None:
    """Book what an offer does."""
    if verdict.gift is not None:
        sku, quantity = verdict.gift
        state.gifts.append({"rule": offer.id, "sku": sku, "quantity": quantity})
    platform = borne(request, offer, verdict.shares)
    state.adjust(offer.stage, offer.id, {key: -share for key, share in verdict.shares.items()}, platform)
    if offer.issuer == "platform" and not offer.freight:
        for line_id, share in verdict.shares.items():
            state.platform_off[line_id] -= share
    state.effective.append(offer)
    if verdict.presale is not None:
        for key, rest in verdict.seen.items():
            state.presold[key] = Presold(offer, verdict.presale, rest.quantity)
    lefts = state.left.setdefault(offer.number, {})
    for key, share in verdict.shares.items():
        if key in lefts and not offer.doc.get("consumes_units", False):
            lefts[key].net -= share
    if offer.doc.get("consumes_units", False) and verdict.gift is None:
        for key, seen in verdict.seen.items():
            taken = verdict.used.get(key, Fraction(0))
            if taken:
                rest = seen.quantity - taken
                net, goods = (floor(each * rest / seen.quantity) for each in (seen.net, seen.goods))
                lefts[key] = Left(rest, net, goods)


def decide(request: Request, state: State, rule: str, verdict: Verdict) -> None:
    """Note the decision on a rule."""
    shortfall: str | int | None = None
    if verdict.shortfall is not None:
        if verdict.shortfall_is_money:
            shortfall = money(int(verdict.shortfall), request.currency)
        else:
            shortfall = quantity_text(Fraction(verdict.shortfall))
    state.decisions[rule] = {
        "rule": rule,
        "outcome": "refused" if verdict.reason else "applied",
        "reason": verdict.reason,
        "shortfall": shortfall,
    }


def never_together(one: Offer, other: Offer) -> bool:
    """docs/stacking.md: either of them says no, by the other's id or by its group; of copies only their own id."""
    if one.doc["id"] == other.doc["id"]:
        return one.doc["id"] in (one.doc.get("not_with") or ())

    def refuses(offer: Offer, name: Offer) -> bool:
        names = {name.doc["id"], name.doc.get("group")}
        if names & set(offer.doc.get("not_with") or ()):
            return True
        return offer.doc.get("combines_with") is not None and not names & set(offer.doc["combines_with"])

    return refuses(one, other) or refuses(other, one)


def presold_already(state: State, offer: Offer, lines: list[Line]) -> list[Line]:
    """The lines less, for a presale, those on which an earlier one holds."""
    if any(tier["benefit"]["type"] == "presale" for tier in offer.tiers):
        return [line for line in lines if line.id not in state.presold]
    return lines


def not_used(state: State, offer: Offer, lines: list[Line]) -> list[Line]:
    """The lines of which some unit is left for an offer."""
    return [line for line in lines if left_of(state, offer.number, line).quantity > 0]


def try_promotion(request: Request, state: State, promotion: Offer) -> None:
    """A promotion at its turn."""
    if not sees(state, promotion, anyhow=True):
        return  # no decision
    reason = refused_before(request, state, promotion)
    if reason is not None:
        decide(request, state, promotion.id, Verdict(reason))
        return
    discounted = state.discounted.setdefault(promotion.number, set())
    taken = state.taken.setdefault(promotion.number, set())
    hidden = taken | discounted if promotion.exclusive else taken
    lines = [line for line in sees(state, promotion) if line.id not in hidden]
    if not lines:
        decide(request, state, promotion.id, Verdict("exclusive"))
        return
    apart = any(never_together(promotion, other) for other in state.effective)
    lines = presold_already(state, promotion, lines)
    if apart or not lines:
        decide(request, state, promotion.id, Verdict("excluded_by_offer"))
        return
    lines = not_used(state, promotion, lines)
    if not lines:
        decide(request, state, promotion.id, Verdict("units_used"))
        return
    verdict = judge_offer(request, state, promotion, lines)
    decide(request, state, promotion.id, verdict)
    if verdict.reason is not None:
        return
    book_offer(request, state, promotion, verdict)
    discounted |= set(verdict.shares)
    if promotion.exclusive:
        taken |= set(verdict.shares)
    if not promotion.coupons_allowed:
        state.no_coupons |= set(verdict.shares)


def past_a_count(request: Request, applied: list[Offer], coupon: Offer) -> bool:
    """Whether one more coupon of this kind is more than the policy's counts allow."""
    if coupon.freight:
        return sum(1 for other in applied if other.freight) >= request.coupons_freight
    goods = [other for other in applied if not other.freight and other.issuer == coupon.issuer]
    return len(goods) >= (request.coupons_platform if coupon.issuer == "platform" else request.coupons_per_shop)


def judge_coupon(request: Request, state: State, coupon_id: str, chosen: bool, points_used: int = 0) -> Verdict:
    """A coupon at its turn, beside the coupons that applied before, with the first reason that holds."""
    if coupon_id not in request.coupons:
        return Verdict("unknown")
    coupon = request.coupons[coupon_id]
    if coupon_id not in request.held:
        return Verdict("not_held")
    reason = refused_before(request, state, coupon)
    if reason is not None:
        return Verdict(reason)
    lines = [line for line in sees(state, coupon) if line.id not in state.no_coupons]
    if not lines:
        return Verdict("nothing_in_scope")
    if not chosen:
        return Verdict("not_chosen")
    if state.applied and (coupon.exclusive or any(other.exclusive for other in state.applied)):
        return Verdict("exclusive")
    if any(never_together(coupon, other) for other in state.effective):
        return Verdict("excluded_by_offer")
    lines = not_used(state, coupon, lines)
    if not lines:
        return Verdict("units_used")
    if past_a_count(request, state.applied, coupon):
        return Verdict("limit_reached")
    if request.coupons_exclude_points and points_used > 0:
        return Verdict("excluded_by_policy")
    return judge_offer(request, state, coupon, lines)


def try_coupon(request: Request, state: State, coupon: Offer) -> None:
    """A chosen coupon at its turn."""
    verdict = judge_coupon(request, state, coupon.id, chosen=True)
    decide(request, state, coupon.id, verdict)
    if verdict.reason is None:
        book_offer(request, state, coupon, verdict)
        state.applied.append(coupon)
        if coupon.doc.get("covers_freight", False) and verdict.benefit is not None:
            state.over.append((coupon, verdict.benefit, sum(verdict.shares.values())))


def go_on_over_freight(request: Request, state: State) -> None:
    """docs/beyond-the-contract.md, `covers_freight`: behind the freight coupons, in the order of their use."""
    for coupon, benefit, taken in state.over:
        lines = [line for line in sees(state, coupon) if line.id not in state.no_coupons]
        left = {line.id: state.freight_left(line) for line in lines}
        if benefit["type"] == "amount_off":
            off = min(sum(left.values()), minor(benefit["amount"]) - taken)
        else:
            off = request.round(sum(left.values()) * percent(benefit["percent"]))
        shares = {key: share for key, share in spread(off, left).items() if share}
        if shares:
            name = f"{coupon.id}#freight"
            platform = borne(request, coupon, shares)
            state.adjust("freight_coupon", name, {key: -share for key, share in shares.items()}, platform)
            decide(request, state, name, Verdict())


# -------------------------------------------------------------------------------- §5 freight


def counted(template: Document, line: Line) -> Fraction:
    """What a line counts in the template's measure."""
    if template["measure"] == "weight_g":
        return (line.weight or 0) * line.quantity
    if template["measure"] == "volume_cm3":
        return (line.volume or 0) * line.quantity
    return Fraction(line.pieces)


def free_amount(request: Request, state: State, lines: list[Line]) -> int:
    """The amount that `free` entries compare, by the policy."""
    if request.free_shipping_amount == "goods":
        return sum(state.columns["goods"][line.id] for line in lines)
    amount = sum(state.net(line) for line in lines)
    if request.free_shipping_amount == "shop_net":  # what the platform's offers took counts still
        amount -= sum(state.platform_off[line.id] for line in lines)
    return amount


def depth(entry: Document, request: Request) -> tuple[int, ...]:
    """How deep the deepest region of a free entry lies that contains the address; nowhere for one that excludes it."""
    assert request.region is not None
    if any(contains(region, request.region) for region in entry.get("exclude_regions") or ()):
        return ()
    found = [narrowness(each, request.region) for each in entry.get("regions") or ()]
    return max([each for each in found if each is not None], default=())


def free_entries(request: Request, state: State, parcel: Parcel) -> list[Document]:
    """The free entries that hold for a parcel."""
    template = parcel.template
    holding = []
    nearest = max([depth(entry, request) for entry in template.get("free") or ()], default=())
    for entry in template.get("free") or ():
        lines = [line for line in state.lines if line.shop == parcel.shop]
        if entry.get("basis", "template") == "template":
            lines = [line for line in lines if line.template == parcel.name and not request.collected(line)]
        if not lies_in(request.region, entry):
            continue
        if template.get("nearest_free") and entry.get("regions") is not None and depth(entry, request) < nearest:
            continue
        if entry.get("delivery_methods") is not None and parcel.method not in entry["delivery_methods"]:
            continue
        least_amount, least_pieces = conditions(entry)
        if least_amount is not None and free_amount(request, state, lines) < least_amount:
            continue
        if least_pieces is not None and sum(line.pieces for line in lines) < least_pieces:
            continue
        if entry.get("max_units") is not None and parcel.units > entry["max_units"]:
            continue
        holding.append(entry)
    return holding


@dataclass
class Parcel:
    """The lines of one (shop, template, warehouse, method), or of one box of them, with the quantities in it."""

    shop: str
    name: str  # of the lines' template
    template: Document  # that prices
    warehouse: str | None
    method: str | None
    lines: list[Line]
    zone: Document
    zone_region: str
    goods: dict[str, Fraction]  # of what is in it, before offers
    shop_goods: int
    units: int = 0
    voluminous: bool = False  # the volume counts
    free: bool = False
    waived: bool = False
    first_fee: int = 0
    own_fee: int = 0
    fee: int = 0
    surcharge: int = 0
    boxes: int = 1

    @property
    def counting(self) -> list[Line]:
        return [line for line in self.lines if not line.free_shipping]

    @property
    def order(self) -> tuple[str, bool, str]:
        return (self.name, self.warehouse is not None, self.warehouse or "")


def measure_units(parcel: Parcel) -> None:
    """The units of a parcel: pieces, or weight with its packing or volume, rounded up together."""
    template, lines = parcel.template, parcel.counting
    exact = sum((counted(template, line) for line in lines), Fraction(0))
    if template["measure"] == "weight_g":
        if lines:
            exact += template.get("packing_weight_g") or 0
        if template.get("volumetric_divisor") is not None:
            volume = sum(((line.volume or 0) * line.quantity for line in lines), Fraction(0))
            grams = ceil(volume * 1000 / template["volumetric_divisor"])
            parcel.voluminous = grams > exact
            exact = max(exact, Fraction(grams))
    parcel.units = ceil(exact)


def price(request: Request, parcel: Parcel) -> None:
    """The fee of a parcel by itself."""
    zone, units = parcel.zone, parcel.units
    worth = sum((parcel.goods[line.id] for line in parcel.counting), Fraction(0))
    if zone.get("goods_percent_of") == "shop":
        worth = Fraction(parcel.shop_goods)
    parcel.first_fee = minor(zone["first_fee"])
    for band in zone.get("amount_steps") or ():
        if worth >= minor(band["from_amount"]):
            parcel.first_fee = minor(band["fee"])
    fee, reached = parcel.first_fee, zone["first"]
    for step in zone.get("steps") or ():
        if units > reached:
            fee, reached = minor(step["fee"]), step["up_to"]
    if units > reached and zone.get("additional") is not None:
        fee += ceil(Fraction(units - reached, zone["additional"])) * minor(zone["additional_fee"])
    exact = fuel_of(zone, fee)
    least = zone.get("goods_percent_from")
    if zone.get("goods_percent") is not None and (least is None or worth >= minor(least)):
        exact += worth * percent(zone["goods_percent"])
    parcel.own_fee = bounded(zone, fee + request.round(exact))


def fuel_of(zone: Document, fee: int) -> Fraction:
    """The share of fuel of a fee."""
    return fee * percent(zone["fuel_percent"]) if zone.get("fuel_percent") is not None else Fraction(0)


def bounded(rule: Document, fee: int) -> int:
    """A fee within the bounds that a zone or a surcharge states."""
    fee = fee if rule.get("min_fee") is None else max(fee, minor(rule["min_fee"]))
    return fee if rule.get("max_fee") is None else min(fee, minor(rule["max_fee"]))


def too_much(parcels: Sequence[Parcel]) -> bool:
    """docs/freight.md, where the card ends: a piece that no box holds, or more units than the card reaches."""
    for parcel in parcels:
        if parcel.template.get("refuses_heavier", False):
            for line in parcel.lines:
                piece = Fraction(1) if line.whole else Fraction(1, 1000)
                packing = parcel.template.get("packing_weight_g") or 0
                if (line.weight or 0) * piece > parcel.template["max_weight_g"] - packing:
                    return True
        last = [step["up_to"] for step in parcel.zone.get("steps") or ()][-1:]
        if parcel.zone.get("ends", False) and parcel.units > (last or [parcel.zone["first"]])[0]:
            return True
    return False


def boxes_of(template: Document, lines: list[Line]) -> list[dict[str, Fraction]]:
    """docs/beyond-the-contract.md, `max_weight_g`: what is in each box, by line."""
    if template.get("max_weight_g") is None:
        return [{line.id: line.quantity for line in lines}]
    most = Fraction(template["max_weight_g"] - (template.get("packing_weight_g") or 0))

    def order(line: Line) -> Any:
        return (
            -(line.weight or 0),
            -(line.volume or 0),
            line.free_shipping,
            -minor(line.doc["unit_price"]),
            line.sku,
            sorted(line.categories),
            -line.quantity,
        )

    boxes: list[dict[str, Fraction]] = []
    room: list[Fraction] = []

    def put(place: int, line: Line, quantity: Fraction) -> None:
        if place == len(boxes):
            boxes.append({})
            room.append(most)
        boxes[place][line.id] = boxes[place].get(line.id, Fraction(0)) + quantity
        room[place] -= (line.weight or 0) * quantity

    for line in sorted((line for line in lines if line.quantity.denominator == 1), key=order):
        for _ in range(int(line.quantity)):
            fitting = [place for place, free in enumerate(room) if (line.weight or 0) <= free or not line.weight]
            put(fitting[0] if fitting else len(boxes), line, Fraction(1))
    for line in sorted((line for line in lines if line.quantity.denominator != 1), key=order):
        rest, place = line.quantity, 0
        while rest:
            free = most if place == len(boxes) else room[place]
            held = rest if not line.weight else min(rest, Fraction(floor(free * 1000 / line.weight), 1000))
            if held <= 0 and place == len(boxes):
                held = Fraction(1, 1000)
            if held > 0:
                put(place, line, held)
                rest -= held
            place += 1
    return boxes


def parcels_of(
    request: Request, goods: Mapping[str, int], shop_goods: int, name: str, template: Document,
    method: str | None, lines: list[Line],
) -> list[Parcel]:  # fmt: skip
    """The parcel of some lines, or its boxes."""
    assert request.region is not None
    decided = deciding_zone(template, request.region, request.at)
    assert decided is not None
    made = []
    own = {line.id: line for line in lines}
    for box in boxes_of(template, lines):
        inside = [replace(own[key], quantity=quantity, whole=own[key].quantity.denominator == 1)
                  for key, quantity in box.items()]  # fmt: skip
        worth = {key: Fraction(goods[key]) * quantity / own[key].quantity for key, quantity in box.items()}
        parcel = Parcel(lines[0].shop, name, template, lines[0].warehouse, method, inside, *decided, worth, shop_goods)
        measure_units(parcel)
        price(request, parcel)
        made.append(parcel)
    return made


def weight_of(template: Document, surcharge: Document, lines: list[Line]) -> Fraction:
    """What some lines weigh, with the packing where the surcharge is for all of them."""
    limited = surcharge.get("only_skus") is not None or surcharge.get("only_categories") is not None
    packing = 0 if limited else template.get("packing_weight_g") or 0
    return sum(((line.weight or 0) * line.quantity for line in lines), Fraction(packing))


def heavy_piece(surcharge: Document, _template: Document, lines: list[Line]) -> tuple[int, Weights]:
    """docs/freight.md: the fee for each piece that is heavier by itself; the lines of these pay."""
    heavy = {line.id: Fraction(line.pieces) for line in lines if (line.weight or 0) > surcharge["above_g"]}
    return minor(surcharge["fee"]) * int(sum(heavy.values())), heavy


def volume(surcharge: Document, _template: Document, lines: list[Line]) -> tuple[int, Weights]:
    """docs/freight.md: the fee for every so many cm³ begun, by volume."""
    volumes = {line.id: (line.volume or 0) * line.quantity for line in lines}
    every = surcharge.get("every_cm3") or 1000
    return minor(surcharge["fee"]) * ceil(sum(volumes.values(), Fraction(0)) / every), volumes


def heavy_parcel(surcharge: Document, template: Document, lines: list[Line]) -> tuple[int, Weights]:
    """docs/freight.md: the fee once where the parcel is heavier, by weight."""
    weights = {line.id: (line.weight or 0) * line.quantity for line in lines}
    heavy = weight_of(template, surcharge, lines) > surcharge["above_g"]
    return (minor(surcharge["fee"]) if heavy else 0), weights


def per_kg(surcharge: Document, template: Document, lines: list[Line]) -> tuple[int, Weights]:
    """§5: the fee for each kilogram begun."""
    return minor(surcharge["fee"]) * ceil(weight_of(template, surcharge, lines) / 1000), None


def per_piece(surcharge: Document, _template: Document, lines: list[Line]) -> tuple[int, Weights]:
    """§5: the fee for each piece."""
    return minor(surcharge["fee"]) * sum(line.pieces for line in lines), None


def per_parcel(surcharge: Document, _template: Document, _lines: list[Line]) -> tuple[int, Weights]:
    """§5: the fee."""
    return minor(surcharge["fee"]), None


def per_freight(_surcharge: Document, _template: Document, _lines: list[Line]) -> tuple[int, Weights]:
    """docs/freight.md: a share of what a row pays, which is worked out of all its boxes together."""
    raise AssertionError


#: Kinds of surcharge: what every line must state, and what so many lines cost, by which weights (None: the measure's).
SURCHARGES: dict[str, tuple[set[str], Callable[[Document, Document, list[Line]], tuple[int, Weights]]]] = {
    "parcel": (set(), per_parcel),
    "piece": (set(), per_piece),
    "kg": ({"weight_g"}, per_kg),
    "heavy_piece": ({"weight_g"}, heavy_piece),
    "volume": ({"volume_cm3"}, volume),
    "heavy_parcel": ({"weight_g"}, heavy_parcel),
    "freight": (set(), per_freight),
}


def parcel_surcharges(request: Request, parcel: Parcel) -> list[dict[str, int]]:
    """The shares of each surcharge of a row of parcels: every line counts, or those that it is limited to."""
    assert request.region is not None
    if parcel.waived:
        return []
    made: list[tuple[Document, dict[str, int]]] = []
    for surcharge in deciding_surcharges(parcel.template, request.region, request.at):
        lines = [
            line
            for line in parcel.lines
            if (surcharge.get("only_skus") is None or line.sku in surcharge["only_skus"])
            and (surcharge.get("only_categories") is None or line.categories & set(surcharge["only_categories"]))
        ]
        if not lines:
            continue
        weights: Weights = None
        if surcharge["per"] == "freight":
            amount = request.round(parcel.fee * percent(surcharge["percent"]))
            if parcel.fee and surcharge.get("fee") is not None:
                amount += minor(surcharge["fee"])
            amount = bounded(surcharge, amount) if amount else 0
        else:
            one, weights = SURCHARGES[surcharge["per"]][1](surcharge, parcel.template, lines)
            amount = bounded(surcharge, one) * parcel.boxes if one else 0
        if weights is not None and amount and not any(weights.values()):  # the packing alone is so heavy
            weights = {line.id: Fraction(line.pieces) for line in lines}
        made.append((surcharge, parcel_shares(parcel, amount, lines) if weights is None else spread(amount, weights)))
    highest: dict[str, int] = {}
    for surcharge, shares in made:
        if surcharge.get("highest_of") is not None:
            group = surcharge["highest_of"]
            highest[group] = max(highest.get(group, 0), sum(shares.values()))
    charged = []
    for surcharge, shares in made:
        group = surcharge.get("highest_of")
        if group is None or (group in highest and sum(shares.values()) == highest[group]):
            highest.pop(group, None)  # of equals the first
            charged.append(shares)
    return charged


def combine(request: Request, parcels: list[Parcel]) -> None:
    """What each parcel of one shop and method pays; those that are free or count nothing take no part."""
    paying = [parcel for parcel in parcels if not parcel.free and parcel.counting]
    if not paying:
        return
    if request.freight_combination == "sum":
        for parcel in paying:
            parcel.fee = parcel.own_fee
    elif request.freight_combination == "highest_first":
        leader = min(paying, key=lambda parcel: (-parcel.first_fee, parcel.order))
        for parcel in paying:
            parcel.fee = parcel.own_fee
            if parcel is not leader and parcel.zone.get("additional") is not None:
                steps = ceil(Fraction(parcel.units, parcel.zone["additional"]))
                more = steps * minor(parcel.zone["additional_fee"])
                parcel.fee = min(parcel.own_fee, more + request.round(fuel_of(parcel.zone, more)))
    else:
        dearest = min(paying, key=lambda parcel: (-parcel.own_fee, parcel.order))
        dearest.fee = dearest.own_fee


def parcel_shares(parcel: Parcel, amount: int, lines: list[Line]) -> dict[str, int]:
    """An amount of a parcel over lines, by what each counts or by its goods; by pieces where all count 0."""
    if parcel.template.get("spread_by") == "goods":
        goods = {line.id: floor(parcel.goods[line.id]) for line in lines}
        if any(goods.values()):
            return spread(amount, goods)
    weights = {line.id: counted(parcel.template, line) for line in lines}
    if parcel.voluminous:
        weights = {line.id: (line.volume or 0) * line.quantity for line in lines}
    if not any(weights.values()):
        weights = {line.id: Fraction(line.pieces) for line in lines}
    return spread(amount, weights)


def rows_of(parcels: list[Parcel]) -> list[Parcel]:
    """Equal boxes as one row."""
    rows: list[Parcel] = []
    for parcel in parcels:
        contents = {line.id: line.quantity for line in parcel.lines}
        for row in rows:
            if (
                row.order == parcel.order
                and row.method == parcel.method
                and row.shop == parcel.shop
                and (contents == {line.id: line.quantity for line in row.lines})
            ):
                row.fee += parcel.fee
                row.boxes += 1
                break
        else:
            rows.append(parcel)
    return rows


def ship(request: Request, state: State) -> None:
    """Number 6: freight and surcharges."""
    if state.pending or request.region is None:
        return
    goods = state.columns["goods"]
    parcels: list[Parcel] = []
    for key, lines in sorted(shipped_groups(request, state.lines).items()):
        shop, name, method = key[0], key[1], request.delivery.get(lines[0].id)
        worth = sum(goods[line.id] for line in state.lines if line.shop == shop and not line.free_shipping)
        template = pricing(request, method, name)
        parcels += parcels_of(request, goods, worth, name, template, method, lines)
    for parcel in parcels:
        holding = free_entries(request, state, parcel)
        parcel.free = bool(holding)
        parcel.waived = any(entry.get("waives_surcharge", False) for entry in holding)
    for shop, method in {(parcel.shop, parcel.method) for parcel in parcels}:
        combine(request, [parcel for parcel in parcels if (parcel.shop, parcel.method) == (shop, method)])
    for parcel in rows_of(parcels):
        added = parcel_surcharges(request, parcel)
        parcel.surcharge = sum(sum(shares.values()) for shares in added)
        state.adjust("freight", parcel.name, parcel_shares(parcel, parcel.fee, parcel.counting))
        for shares in added:
            state.adjust("surcharge", parcel.name, shares)
        state.parcels.append(
            {
                "shop": parcel.shop,
                "template": parcel.name,
                "warehouse": parcel.warehouse,
                "zone": parcel.zone_region,
                "units": parcel.units,
                "fee": money(parcel.fee, request.currency),
                "surcharge": money(parcel.surcharge, request.currency),
                "free": parcel.free,
                **({"boxes": parcel.boxes} if parcel.boxes > 1 else {}),
                **({"delivery": parcel.method} if parcel.method is not None else {}),
            }
        )


def shipped_groups(request: Request, lines: Iterable[Line]) -> dict[tuple[str, str, bool, str, str], list[Line]]:
    """The lines that are shipped, of each (shop, template, warehouse, method)."""
    groups: dict[tuple[str, str, bool, str, str], list[Line]] = {}
    for line in lines:
        if line.template is not None and not request.collected(line):
            method = request.delivery.get(line.id) or ""
            key = (line.shop, line.template, line.warehouse is not None, line.warehouse or "", method)
            groups.setdefault(key, []).append(line)
    return groups


def pricing(request: Request, method: str | None, name: str) -> Document:
    """The template that prices the lines of a template by a method."""
    for entry in (request.methods_of_delivery.get(method or "", {})).get("templates") or ():
        if entry["template"] == name:
            if entry.get("by") is not None:
                return request.templates[entry["by"]]
            if entry.get("zones") is not None:
                return {**request.templates[name], "zones": entry["zones"]}
    return request.templates[name]


# -------------------------------------------------------------------------------- §6 points …


def worth_of(rule: Document, points: int) -> int:
    """The worth of a number of points, down to a minor unit."""
    return points * minor(rule["worth"]) // int(rule["points"])


def points_within(rule: Document, ceiling: int, cap: int | None) -> int:
    """The largest multiple of `step` within a ceiling and a cap; fewest of equal worth; 0 below the least."""
    step = rule.get("step") or 1
    if cap is not None:  # ⌊n × worth ÷ points⌋ ≤ cap  ⇔  n × worth < (cap + 1) × points
        ceiling = min(ceiling, ((cap + 1) * rule["points"] - 1) // minor(rule["worth"]))
    largest = ceiling // step * step
    fewest = ceil(Fraction(worth_of(rule, largest) * rule["points"], minor(rule["worth"]) * step)) * step
    assert worth_of(rule, fewest) == worth_of(rule, largest) and fewest <= largest
    return fewest if fewest >= (rule.get("min_points") or 0) else 0


def use_points(request: Request, state: State) -> None:
    """Number 8: the points."""
    rule, asked = request.points_rule, request.points_asked
    if rule is None:
        if asked != 0:
            decide(request, state, "points", Verdict("unknown"))
        return
    base = {
        line.id: state.net(line) + (state.freight_left(line) if rule.get("covers_freight", False) else 0)
        for line in state.lines
        if in_scope(rule.get("scope") or {}, line)
    }
    total = sum(base.values())
    cap = min(total, floor(total * percent(rule.get("max_percent") or "100")))
    if rule.get("max_amount") is not None:
        cap = min(cap, minor(rule["max_amount"]))
    net = sum(state.net(line) for line in state.lines)
    least = minor(rule["min_goods"]) if rule.get("min_goods") is not None else 0
    state.usable = points_within(rule, request.balance, cap) if net >= least else 0
    if asked == 0:
        return
    ceiling = state.usable if asked == "max" else min(int(asked), state.usable)
    used = points_within(rule, ceiling, cap)

    wanted = request.balance if asked == "max" else min(int(asked), request.balance)
    if points_within(rule, wanted, None) == 0:
        decide(request, state, "points", Verdict("insufficient_points"))
    elif net < least:
        decide(request, state, "points", Verdict("below_amount", least - net, shortfall_is_money=True))
    elif used == 0:
        decide(request, state, "points", Verdict("below_amount"))
    elif request.coupons_exclude_points and state.applied:
        decide(request, state, "points", Verdict("excluded_by_policy"))
    else:
        decide(request, state, "points", Verdict())
        state.used, state.points_worth = used, worth_of(rule, used)
        shares = {key: -share for key, share in spread(state.points_worth, base).items()}
        state.adjust("points", "points", shares, shares)


def charge_payment_fee(request: Request, state: State) -> None:
    """Number 9: the payment fee, where the buyer bears it."""
    method = request.method
    payables = {line.id: state.payable(line) for line in state.lines}
    payable = sum(payables.values())
    if method is None or method["borne_by"] != "buyer" or payable == 0:
        return
    fee = minor(method["fixed"]) if method.get("fixed") is not None else 0
    if method.get("percent") is not None:
        fee += request.round(payable * percent(method["percent"]))
    if method.get("min") is not None:
        fee = max(fee, minor(method["min"]))
    if method.get("max") is not None:
        fee = min(fee, minor(method["max"]))
    state.adjust("payment_fee", method["id"], spread(fee, payables))


def round_the_total(request: Request, state: State) -> None:
    """Number 10: payable becomes a multiple of the unit."""
    if request.round_total is None:
        return
    payables = {line.id: state.payable(line) for line in state.lines}
    payable = sum(payables.values())
    unit = minor(request.round_total["unit"])
    rounded = round_to(Fraction(payable, unit), request.round_total["mode"]) * unit
    state.adjust("rounding", "round_total", spread(rounded - payable, payables))


def earned(request: Request, state: State) -> int:
    """The points that this purchase earns."""
    rule = (request.points_rule or {}).get("earn")
    if not rule:
        return 0
    if rule.get("on", "payable") == "payable":
        basis = sum(state.payable(line) - state.columns["tax"][line.id] for line in state.lines)
    else:
        basis = sum(state.total(line, ("goods", "promotions", "coupons", "points")) for line in state.lines)
    times = max(
        (Fraction(each["times"]) for each in rule.get("campaigns") or () if within(each, request.at)), default=1
    )
    return max(0, floor(basis // minor(rule["per"]) * int(rule["points"]) * times))


# -------------------------------------------------------------------------------- one settlement


@dataclass
class Run:
    """A whole settlement with given coupons, and how things stood when left-out coupons are judged."""

    state: State
    after_goods_coupons: State
    after_freight_coupons: State
    promotions: list[Offer]


def run(request: Request, lines: list[Line], promotions: Sequence[Offer], coupons: Iterable[str]) -> Run:
    """Settle with these promotions and a list of coupons: those that take effect apply, in the order of §4."""
    state = State(
        lines=lines,
        pending=request.region is None
        and (bool(shipped_groups(request, lines)) or open_without_address(request, [line.shop for line in lines])),
        columns={column: {line.id: 0 for line in lines} for column in COLUMNS},
        platform_off={line.id: 0 for line in lines},
        delivery=request.delivery,
    )
    for line in lines:
        state.columns["goods"][line.id] = request.goods_of(line, "unit_price")
    promotions = sorted(promotions, key=lambda offer: offer.turn)
    listed = sorted(
        (request.coupons[coupon] for coupon in coupons if coupon in request.coupons),
        key=lambda offer: offer.turn,
    )
    for promotion in promotions:  # 1, 2, 3
        if not promotion.freight:
            try_promotion(request, state, promotion)
    for coupon in listed:  # 4, 5
        if not coupon.freight:
            try_coupon(request, state, coupon)
    after_goods_coupons = copy.deepcopy(state)
    ship(request, state)  # 6
    for promotion in promotions:  # 7
        if promotion.freight:
            try_promotion(request, state, promotion)
    for coupon in listed:
        if coupon.freight:
            try_coupon(request, state, coupon)
    go_on_over_freight(request, state)
    after_freight_coupons = copy.deepcopy(state)
    use_points(request, state)  # 8
    taxed = Taxed(request, state, SELF)
    taxed.of_goods_and_freight()  # 8a
    charge_payment_fee(request, state)  # 9
    taxed.of_the_fee()  # 9a
    state.taxes = taxed.rows
    round_the_total(request, state)  # 10
    return Run(state, after_goods_coupons, after_freight_coupons, list(promotions))


def cost_of(result: Run) -> Any:
    """What a choice costs, with the ties of §4 and of docs/stacking.md."""
    state = result.state
    payable = sum(state.payable(line) for line in state.lines)
    ends = [coupon.valid_until for coupon in state.applied]
    grouped = [offer for offer in state.effective if offer.doc.get("group") is not None]
    return (
        payable + state.points_worth,
        payable,
        -sum((gift["quantity"] for gift in state.gifts), Fraction(0)),
        len(state.applied),
        sorted((end is None, end.timestamp() if end is not None else 0.0) for end in ends),
        sorted(coupon.id for coupon in state.applied),
        len(grouped),
        sorted((offer.number, -offer.priority, offer.id) for offer in grouped),
    )


def settled_with(request: Request, lines: list[Line], promotions: Sequence[Offer]) -> Run:
    """Beside these promotions the checkout's coupons: of `best` the best admissible set, every subset being tried."""
    if request.choice != "best":
        return run(request, lines, promotions, [] if request.choice == "none" else request.choice)
    fresh = run(request, lines, promotions, ()).after_goods_coupons
    known = [coupon for coupon in request.held if coupon in request.coupons]
    useful = [coupon for coupon in known if refused_before(request, fresh, request.coupons[coupon]) is None]
    tried = []
    for size in range(len(useful) + 1):
        for subset in combinations(sorted(useful), size):
            result = run(request, lines, promotions, subset)
            if {coupon.id for coupon in result.state.applied} == set(subset):
                tried.append(result)
    return min(tried, key=cost_of)


def members(request: Request, lines: list[Line]) -> dict[str, list[Offer]]:
    """docs/stacking.md: of each group the promotions that find a line and that nothing refuses before their turn."""
    groups: dict[str, list[Offer]] = {}
    if all(offer.doc.get("group") is None for offer in request.promotions):
        return groups
    state = run(request, lines, (), ()).state
    for offer in sorted(request.promotions, key=lambda offer: offer.turn):
        name = offer.doc.get("group")
        if name is not None and sees(state, offer) and refused_before(request, state, offer) is None:
            groups.setdefault(name, []).append(offer)
    return dict(sorted(groups.items()))


def choose(request: Request, lines: list[Line]) -> State:
    """Settle by the checkout's choice and the best of each group, with a decision for each offer that was looked at."""
    groups = members(request, lines)
    inside = [offer.id for group in groups.values() for offer in group]
    always = [offer for offer in request.promotions if offer.id not in inside]
    choices = [
        settled_with(request, lines, [*always, *(offer for offer in choice if offer is not None)])
        for choice in product(*((None, *group) for group in groups.values()))
    ]
    result = min(choices, key=cost_of)
    state = result.state
    applied = [coupon.id for coupon in state.applied]
    listed: list[str] = sorted(applied) if request.choice == "best" else []
    if isinstance(request.choice, list):
        listed = list(request.choice)
    for group in groups.values():
        others = [offer for offer in result.promotions if offer.id not in {each.id for each in group}]
        for offer in group:
            if offer.id not in state.decisions:
                state.decisions[offer.id] = run(request, lines, [*others, offer], applied).state.decisions[offer.id]
                if state.decisions[offer.id]["outcome"] == "applied":
                    decide(request, state, offer.id, Verdict("not_best"))
    for coupon_id in [*request.held, *listed]:
        if coupon_id in state.decisions:
            continue
        coupon = request.coupons.get(coupon_id)
        before = result.after_freight_coupons if coupon and coupon.freight else result.after_goods_coupons
        before.applied = list(state.applied)  # it comes last, beside all that applied
        before.effective = list(state.effective)
        if request.choice == "best":
            verdict = judge_coupon(request, before, coupon_id, chosen=True, points_used=state.used)
            if verdict.reason is None:
                verdict = Verdict("not_best")
        else:
            verdict = judge_coupon(request, before, coupon_id, chosen=False)
        decide(request, state, coupon_id, verdict)
    return state


# -------------------------------------------------------------------------------- §7 settlement


def instalments(request: Request, state: State) -> list[Document]:
    """docs/presale.md: the stages of payment; cards pay `at_once` first, then the balances, then the deposit."""

    def row(kind: str, lines: dict[str, int], start: datetime | None, end: datetime | None) -> Document:
        amount = money(sum(lines.values()), request.currency)
        stated = {key: money(part, request.currency) for key, part in lines.items() if part}
        when = {"pay_from": start, "pay_until": end}
        spelled = {name: utc(each) for name, each in when.items() if each is not None}
        return {"kind": kind, "amount": amount, "due": amount, "lines": stated, **spelled}

    def less_cards(rows: list[Document]) -> list[Document]:
        rest = sum(minor(each["amount"]) for each in tenders(request, state))
        for each in [*rows[1:], rows[0]]:
            paid = min(rest, minor(each["amount"]))
            each["due"] = money(minor(each["amount"]) - paid, request.currency)
            rest -= paid
        return rows

    payables = {line.id: state.payable(line) for line in state.lines}
    deposits, kept = {}, {}
    for name, held in state.presold.items():
        deposits[name] = min(request.round(minor(held.benefit["deposit"]) * held.quantity), payables[name])
        kept[name] = request.round(deposits[name] * Fraction(held.benefit.get("kept", "100")) / 100)
    offers = [held.offer for held in state.presold.values()]
    starts = [offer.valid_from for offer in offers if offer.valid_from is not None]
    ends = [offer.valid_until for offer in offers if offer.valid_until is not None]
    first = row("deposit", deposits, max(starts, default=None), min(ends, default=None))
    if any(kept.values()):
        first["kept"] = {key: money(part, request.currency) for key, part in kept.items() if part}
    rows = [first]
    at_once = {name: amount for name, amount in payables.items() if name not in state.presold}
    if at_once:
        rows.append(row("at_once", at_once, None, None))
    dates: dict[tuple[datetime, datetime], dict[str, int]] = {}
    for name, held in state.presold.items():
        pair = (instant(held.benefit["balance_from"]), instant(held.benefit["balance_until"]))
        dates.setdefault(pair, {})[name] = payables[name] - deposits[name]
    return less_cards([*rows, *(row("balance", dates[pair], *pair) for pair in sorted(dates))])


def tenders(request: Request, state: State) -> list[Document]:
    """docs/beyond-the-contract.md: gift cards first, then stored value, by id, each as far as it goes."""
    rest, rows = sum(state.payable(line) for line in state.lines), []
    order = ("gift_card", "stored_value")
    for card in sorted(request.checkout.get("tenders") or (), key=lambda each: (order.index(each["type"]), each["id"])):
        balance = minor(card["balance"])
        most = balance if card.get("amount") is None else min(balance, minor(card["amount"]))
        paid = min(most, rest)
        rest -= paid
        stated = {"amount": paid, "left": balance - paid}
        spelled = {name: money(each, request.currency) for name, each in stated.items()}
        rows.append({"id": card["id"], "type": card["type"], **spelled})
    return rows


def paid_with_cards(request: Request, state: State) -> Document:
    """What each card pays, and what they leave for the payment method; nothing where there is none, or no line."""
    rows = tenders(request, state) if state.lines else []
    payable = sum(state.payable(line) for line in state.lines)
    due = payable - sum(minor(each["amount"]) for each in rows)
    return {"tenders": rows, "due": money(due, request.currency)} if rows else {}


def utc(at: datetime) -> str:
    """An instant as the settlement spells it (contract note 1)."""
    return at.astimezone(timezone(timedelta(0))).strftime("%Y-%m-%dT%H:%M:%SZ")


def settlement_document(request: Request, state: State, excluded: list[Document]) -> Document:
    """The settlement of §7, without `digest` and `facts`."""
    currency = request.currency

    def row(lines: list[Line]) -> Document:
        amounts = {column: sum(state.columns[column][line.id] for line in lines) for column in COLUMNS}
        listed = sum(
            request.goods_of(line, "list_price" if line.doc.get("list_price") is not None else "unit_price")
            for line in lines
        )
        everything = {"list": listed, **amounts, "payable": sum(amounts.values())}
        if not state.taxes:
            everything.pop("tax")
        return {column: money(amount, currency) for column, amount in everything.items()}

    used = spread(state.used, {line.id: -state.columns["points"][line.id] for line in state.lines})
    shops: list[str] = []
    for line in state.lines:
        if line.shop not in shops:
            shops.append(line.shop)
    offers = [*request.promotions, *request.coupons.values()]
    order = [offer.id for offer in sorted(offers, key=lambda offer: offer.turn)]
    order += sorted(rule for rule in state.decisions if rule not in order and rule != "points")
    order.append("points")
    return {
        "status": "pending" if state.pending else "payable",
        "currency": currency,
        "at": request.checkout["at"],
        "rulebook": request.rulebook["id"],
        "calculation_version": "2",
        "totals": row(state.lines),
        "lines": [
            {
                "id": line.id,
                "shop": line.shop,
                "sku": line.sku,
                "quantity": quantity_text(line.quantity),
                "unit_price": money(minor(line.doc["unit_price"]), currency),
                "commission_percent": line.doc.get("commission_percent"),
                "tax_percent": line.doc.get("tax_percent"),
                **({"delivery": state.delivery[line.id]} if line.id in state.delivery else {}),
                **({"price_list": line.doc["price_list"]} if line.doc.get("price_list") else {}),
                **row([line]),
                "points_used": used[line.id],
            }
            for line in state.lines
        ],
        "shops": [{"id": shop, **row([line for line in state.lines if line.shop == shop])} for shop in shops],
        "parcels": state.parcels,
        "adjustments": [
            {
                "stage": adjustment["stage"],
                "rule": adjustment["rule"],
                "amount": money(adjustment["amount"], currency),
                "shares": {key: money(share, currency) for key, share in adjustment["shares"].items()},
                "platform": {key: money(share, currency) for key, share in adjustment["platform"].items()},
            }
            for adjustment in state.adjustments
        ],
        "decisions": [state.decisions[rule] for rule in order if rule in state.decisions],
        "excluded": excluded,
        "gifts": [{**gift, "quantity": quantity_text(gift["quantity"])} for gift in state.gifts],
        "points": {"used": state.used, "earned": earned(request, state), "usable": state.usable},
        "optimal": True,
        "remark": request.checkout.get("remark"),
        "invoice": request.checkout.get("invoice"),
        **({"instalments": instalments(request, state)} if state.presold else {}),
        **paid_with_cards(request, state),
        **({"taxes": state.taxes} if state.taxes else {}),
    }


def blocked_document(request: Request, excluded: list[Document]) -> Document:
    """The settlement where nothing can be bought."""
    state = State([], False, {column: {} for column in COLUMNS}, {})
    for coupon in request.held:
        decide(request, state, coupon, Verdict("nothing_in_scope"))
    document = settlement_document(request, state, excluded)
    document["status"] = "blocked"
    document["points"] = {"used": 0, "earned": 0, "usable": 0}
    return document


def slow_settle(request: dict[str, Any]) -> dict[str, Any]:
    """The settlement document of a valid request `{"checkout": …, "rulebook": …}`."""
    read = Request(request)
    lines, excluded = screen(read)
    undeliverable = any(row["reason"] in ("undeliverable", "delivery_unavailable") for row in excluded)
    if not lines or (read.undeliverable == "block" and undeliverable):
        return blocked_document(read, excluded)
    return settlement_document(read, choose(read, lines), excluded)


# -------------------------------------------------------------------------------- §8 refund


def sides_of(row: Document) -> dict[str, int]:
    """A line's goods side P and freight side F, in cash and in points."""
    goods = minor(row["goods"]) + minor(row["promotions"]) + minor(row["coupons"])
    freight = minor(row["freight"]) + minor(row["surcharges"]) + minor(row["freight_offers"])
    sides = {"a goods": goods, "b freight": freight}
    points: dict[str, int] = {}
    for column in ("points", "payment_fee", "rounding"):
        parts = spread(minor(row[column]), sides)
        if column == "points":
            points = spread(row["points_used"], {side: -part for side, part in parts.items()})
        sides = {side: amount + parts[side] for side, amount in sides.items()}
    return {
        "goods": sides["a goods"],
        "freight": sides["b freight"],
        "goods_points": points["a goods"],
        "freight_points": points["b freight"],
    }


def slow_refund(
    settlement_doc: dict[str, Any],
    returns: Mapping[str, int | str],
    history: Sequence[dict[str, Any]] = (),
    freight: str = "keep",
) -> dict[str, Any]:
    """A quote: `cash`, `points`, and `lines` by id with quantity, cash, points and the parts of either side.

    `history` holds earlier quotes of this function.
    """
    currency = settlement_doc["currency"]
    rows = {row["id"]: row for row in settlement_doc["lines"]}
    lines: dict[str, Document] = {}
    for line_id, returned in returns.items():
        row = rows[line_id]
        bought = Fraction(row["quantity"])
        earlier = [quote["lines"][line_id] for quote in history if line_id in quote["lines"]]
        so_far = Fraction(returned) + sum((Fraction(line["quantity"]) for line in earlier), Fraction(0))
        if Fraction(returned) < 0 or so_far > bought:
            raise ValueError(f"{line_id}: more than was bought")
        sides = sides_of(row)
        parts = {}
        for part, whole in sides.items():
            if part.startswith("freight") and freight == "keep":
                parts[part] = 0
            else:
                parts[part] = floor(whole * so_far / bought) - sum(line["parts"][part] for line in earlier)
        lines[line_id] = {
            "quantity": quantity_text(Fraction(returned)),
            "cash": money(parts["goods"] + parts["freight"], currency),
            "points": parts["goods_points"] + parts["freight_points"],
            "parts": parts,
        }
    return {
        "freight": freight,
        "cash": money(sum(minor(line["cash"]) for line in lines.values()), currency),
        "points": sum(line["points"] for line in lines.values()),
        "lines": lines,
    }
