"""The numbers behind an adjustment or a decision, as JSON: enough to redo it by hand.

Made only when somebody looks: the engine leaves what it had in its hands, and nothing is worked out here for
`settle()`. What is the same in every settlement under these rules is written once and kept on them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, cast

from settlement.cart.columns import Basket, Group
from settlement.discounts.benefit import Benefit
from settlement.discounts.cart_holds import CartHolds
from settlement.discounts.fence import asked_again
from settlement.discounts.order import ITEM_PROMOTIONS
from settlement.discounts.slots import Slotted
from settlement.discounts.terms import Terms, lines_in_scope
from settlement.discounts.units_left import UnitsLeft
from settlement.documents.json_text import Amounts, compact, percent_text, quantity_text, quoted
from settlement.documents.marks import Mark, marked, marks_of
from settlement.documents.own_kinds import ours
from settlement.freight.added import Added, AddedByTerms
from settlement.freight.charge import Charge
from settlement.freight.parcels import Parcel
from settlement.freight.surcharges.surcharge import Surcharge
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.points_use import Usable
from settlement.rulebook.policy import RoundTotal
from settlement.rulebook.rulebook import Rules
from settlement.taxes.levied import Levied, LineTaxes
from settlement.taxes.rates import UnitTaxes

__all__ = [
    "Behind",
    "Facts",
    "FeeCharged",
    "Forgone",
    "OverBudget",
    "PointsTaken",
    "Shipped",
    "Spared",
    "Surcharged",
    "Taken",
    "TaxLevied",
    "TotalRounded",
    "Tried",
    "Units",
    "facts_of",
    "facts_text",
    "said",
    "tried_of",
]


class Behind:
    """What stands behind all facts of one settlement: the goods, the rules, and what the buyer had."""

    def __init__(
        self,
        basket: Basket,
        rules: Rules,
        floors: Sequence[int] | None,
        bought: Mapping[str, int],
        balance: int,
        spent: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.basket, self.rules = basket, rules
        #: What no offer may bring a line below, None where no line says.
        self.floors = floors
        #: Thousandths that the customer bought of an offer before.
        self.bought = bought
        #: The balance of points.
        self.balance = balance
        #: What offers took of their budgets before.
        self.spent = spent
        #: What thresholds with tax add to lines; None where they look at none.
        self.taxed: Mapping[int, LineTaxes] | None = None


#: An offer at its turn: its terms, the tier that holds (0 is the first, -1: none), what its thresholds saw, in minor
#: units and thousandths, and what was left in its scope. A bare tuple, the only one among the facts: see `Outcome`.
Tried: TypeAlias = tuple[Terms, int, int, int, int]


class Units(NamedTuple):
    """What earlier offers left of the units that an offer saw, and the thousandths of each line that it used up.

    `none_left` are the lines that it would have seen, had earlier offers left anything of them; None: not told.
    """

    left: UnitsLeft | None
    used: Sequence[int] | None
    none_left: Sequence[int] | None = None


class Taken(NamedTuple):
    """The same of an offer that took something off or gave a gift: the lines that it saw, and those that it fell on."""

    tried: Tried
    behind: Behind
    scope: Sequence[int]
    lines: Sequence[int]
    units: Units | None = None
    #: Whether its thresholds looked at goods before any offer, and others had taken something off goods before.
    by_goods: bool = False
    #: Lines of its scope that others shut to it: an exclusive offer of its number, or one that allows no coupons.
    shut: Sequence[int] = ()


class OverBudget(NamedTuple):
    """An offer that would take more than is left of its budget: the same, and both amounts."""

    tried: Tried
    left: int
    would_take: int


class Forgone(NamedTuple):
    """A promotion of a group that was not chosen: the same, as it would have been, and what it would have taken."""

    tried: Tried
    would_take: int


class Shipped(NamedTuple):
    """A parcel's fee."""

    parcel: Parcel
    behind: Behind


class Spared(NamedTuple):
    """A parcel that pays no fee: what it would have paid, and where it ships free under which conditions."""

    parcel: Parcel
    behind: Behind
    charge: Charge


class Surcharged(NamedTuple):
    """One surcharge of a parcel."""

    parcel: Parcel
    added: Added
    behind: Behind


class PointsTaken(NamedTuple):
    """Points that were used, what they were spread by, and the lines that they fell on."""

    found: Usable
    behind: Behind
    base: Sequence[int]
    lines: Sequence[int]


class FeeCharged(NamedTuple):
    """The fee of a way to pay, and what it was worked out on."""

    payable: int
    method: PaymentMethod
    behind: Behind


class TaxLevied(NamedTuple):
    """One tax at one rate in one shop, of which an entry has what falls on goods, on freight or on the fee."""

    shop: str
    row: Levied
    per: str
    behind: Behind


class TotalRounded(NamedTuple):
    """The total brought to a multiple of a unit."""

    payable: int
    rule: RoundTotal


#: What the engine leaves of an adjustment or a decision; a mapping where JSON brought it, its text once detached.
Facts: TypeAlias = (
    Tried
    | Taken
    | Forgone
    | OverBudget
    | Shipped
    | Spared
    | Surcharged
    | PointsTaken
    | Usable
    | FeeCharged
    | TaxLevied
    | TotalRounded
    | Mapping[str, Any]
    | str
    | None
)


def facts_of(facts: Facts, currency: str) -> Mapping[str, Any]:
    """Facts of an entry or a verdict as plain data: as the engine left them, or as JSON brought them."""
    if isinstance(facts, Mapping):
        return facts
    found: dict[str, Any] = json.loads(facts_text(facts, Amounts(currency)))
    return found


def said(facts: Facts) -> Mapping[str, Any]:
    """What JSON brought; nothing of what the engine left."""
    return facts if isinstance(facts, Mapping) else {}


def tried_of(facts: Facts) -> Tried | None:
    """The offer at its turn, where the engine left facts of one."""
    if isinstance(facts, (Taken, OverBudget, Forgone)):
        return facts.tried
    return cast("Tried", facts) if type(facts) is tuple else None


def facts_text(facts: Facts, money: Amounts) -> str:
    """The same as JSON text; `{}` where there are none."""
    if not facts:
        return "{}"
    if isinstance(facts, str):
        return facts
    write = _WRITERS.get(type(facts))
    return compact(facts) if write is None else f"{{{write(facts, money)}}}"


def _tried(facts: Tried, money: Amounts) -> str:
    terms, tier, amount, millis, net = facts
    text = f'"basis":{money[amount]}'
    if terms.counts:
        text += f',"quantity":{quantity_text(millis)}'
    if terms.earlier:
        text += ',"counts_earlier":true'
    text += f',"net":{money[net]}'
    if tier >= 0:
        text += _tier(terms, tier)
    elif terms.maxima is not None and (most := terms.maxima[-1]) is not None and amount > most:
        text += f',"max_amount":{money[most]},"above":{money[amount - most]}'
    if terms.where:
        text += "," + compact(terms.where)[1:-1]
    if terms.conditions:
        text += (
            f',"conditions":{compact([each.model_dump(mode="json", exclude_none=True) for each in terms.conditions])}'
        )
    return text


def _over_budget(facts: OverBudget, money: Amounts) -> str:
    return f'{_tried(facts.tried, money)},"left":{money[facts.left]},"would_take":{money[facts.would_take]}'


def _forgone(facts: Forgone, money: Amounts) -> str:
    return f'{_tried(facts.tried, money)},"would_take":{money[facts.would_take]}'


def _tier(terms: Terms, tier: int) -> str:
    text = terms.texts.get(tier)
    if text is None:
        benefit = terms.offer.tiers[tier].benefit
        stated = benefit.model_dump(mode="json", exclude_none=True, exclude=_unsaid(benefit))
        text = terms.texts[tier] = f',"tier":{tier + 1},"benefit":{compact(stated)}'
    return text


def _unsaid(benefit: Benefit) -> dict[str, Any]:
    """What is for people only, and what is beyond the contract where it is not used."""
    found: dict[str, Any] = {
        name: True
        for name, field in type(benefit).model_fields.items()
        if Mark.BEYOND in marks_of(field) and getattr(benefit, name) == field.default
    }
    for name, *rest in marked(type(benefit), Mark.PERSONAL):
        found[name] = {"__all__": {rest[-1]}} if rest else True
    return found


def _taken(facts: Taken, money: Amounts) -> str:
    """What an offer that took something off went by, beside what its tier says."""
    tried, behind, scope, lines, units, _, shut = facts
    terms, tier, _, _, _ = tried
    rounding, ids, floors = behind.rules.policy.rounding, behind.basket.ids, behind.floors
    unseen = shut if units is None or not units.none_left else sorted([*shut, *units.none_left])
    key = (tier, rounding)
    text = terms.texts.get(key)
    if text is None:
        text = terms.texts[key] = _stated(terms, tier, money, rounding)
    text = _tried(tried, money) + text
    if behind.rules.threshold_tax:
        text += ',"with_tax":true'
    bought = behind.bought.get(terms.offer.id, 0) if behind.bought else 0
    if bought:
        text += f',"bought":{quantity_text(bought)}'
    if terms.budget is not None:
        text += f',"budget_left":{money[max(0, terms.budget - behind.spent.get(terms.offer.id, 0))]}'
    if floors is not None and not terms.on_freight:
        left = None if units is None else units.left
        lowest = [(line, floors[line] if left is None else left.lowest(line, floors[line])) for line in scope]
        kept = [f"{quoted(ids[line])}:{money[floor]}" for line, floor in lowest if floor]
        text += f',"floors":{{{",".join(kept)}}}'
    if terms.condition is not None:
        text += f',"condition":{_ids(ids, lines_in_scope(terms.condition, behind.basket), ())}'
    if len(scope) > len(lines):
        text += f',"unshared":{_ids(ids, scope, lines)}'
    if units is not None:
        looked = scope if terms.condition is None else lines_in_scope(terms.condition, behind.basket)
        text += _units(units, behind.basket, scope, sorted({*scope, *looked}), money)
    if lines:
        known = terms.texts.get(("kept", tier))
        text += _for_kept(terms, tier, behind.basket, (scope, unseen), money) if known is None else known
        text += _for_others(facts, unseen, money)
    if terms.conditions and (held := _held(terms, behind.basket)):
        text += f',"held":{held}'
    if terms.conditions and lines:
        text += _asked_again(terms)
    benefit = terms.tiers[tier][2]
    if isinstance(benefit, Slotted):
        fitting = benefit.fitting(behind.basket, sorted([*scope, *unseen]))
        text += f',"slots":[{",".join([_ids(ids, fits, ()) for fits in fitting])}]'
    return text


def _for_others(facts: Taken, unseen: Sequence[int], money: Amounts) -> str:
    """What it gives to other goods, as those that are kept: of which of them it looks at what, and the tiers above."""
    tried, behind, scope, _, units, by_goods, shut = facts
    terms, tier, amount, _, net = tried
    text, basket = "", behind.basket
    if behind.rules.free_by == "shop_net" and terms.number == ITEM_PROMOTIONS:
        text += f',"by_platform":{"true" if terms.shop is None else "false"}'
    by_amount = terms.maxima is not None or any(least is not None for least, _, _ in terms.tiers)
    if by_goods and by_amount and (amount == net or terms.condition is not None or behind.taxed is not None):
        text += ',"threshold_amount":"goods"'  # the basis might not tell it
    if shut or terms.exclusive or not terms.coupons_allowed:
        text += _shuts(terms, basket, shut)
    if by_amount and behind.taxed is not None:
        looked = sorted([*scope, *unseen]) if terms.condition is None else lines_in_scope(terms.condition, basket)
        text += _added_tax(basket.ids, looked, behind.taxed, money)
    freed = bool(shut) or (units is not None and units.left is not None)
    if tier + 1 < len(terms.tiers) and (terms.by_net or freed):
        earlier = behind.bought.get(terms.offer.id, 0) if terms.earlier else 0
        text += _higher(terms, tier, behind, sorted([*scope, *unseen]), earlier, money)
    return text


def _shuts(terms: Terms, basket: Basket, shut: Sequence[int]) -> str:
    """Which of its lines were shut to it, and whether it shuts those that it discounts to others."""
    text = f',"shut":{_ids(basket.ids, shut, ())}' if shut else ""
    if terms.exclusive and not terms.coupon:
        text += ',"exclusive":true'
    return text if terms.coupons_allowed else text + ',"coupons_allowed":false'


def _rates(taxes: UnitTaxes, money: Amounts) -> str:
    """Rates in the order in which they are taken, those of a part of the price with where it begins and ends."""
    rates = []
    for levy in taxes.levies:
        text = f'{{"percent":"{percent_text(100 * levy.numerator, levy.denominator)}"'
        if levy.compound:
            text += ',"compound":true'
        spans = taxes.spans(levy)
        if spans != [(0, None)]:
            text += f',"spans":[{",".join(_spans(spans, money))}]'
        rates.append(text + "}")
    return f"[{','.join(rates)}]"


def _spans(spans: Iterable[tuple[int, int | None]], money: Amounts) -> Iterator[str]:
    """From where to where; null is the end, wherever it lies."""
    for start, end in spans:
        yield f"[{money[start]},{'null' if end is None else money[end]}]"


def _added_tax(ids: Sequence[str], looked: Sequence[int], taxed: Mapping[int, LineTaxes], money: Amounts) -> str:
    """What its thresholds added to the lines that they look at."""
    found: dict[LineTaxes, list[int]] = {}
    for line in looked:
        if line in taxed and (taxed[line].taxes.levies or taxed[line].cheaper):
            found.setdefault(taxed[line], []).append(line)
    rows = []
    for taxes, lines in found.items():
        together = ',"together":true' if taxes.together else ""
        stated = f'"rates":{_rates(taxes.taxes, money)},"rounding":"{taxes.rounding}"{together}'
        if taxes.cheaper:
            cheaper = [
                f'{{"max_unit_price":{money[limit]},"rates":{_rates(each, money)}}}' for limit, each in taxes.cheaper
            ]
            stated += f',"cheaper":[{",".join(cheaper)}]'
        rows.append(f'{{"lines":{_ids(ids, lines, ())},{stated}}}')
    return f',"taxed":[{",".join(rows)}]'


def _for_kept(terms: Terms, tier: int, basket: Basket, scopes: Sequence[Sequence[int]], money: Amounts) -> str:
    """What is given to goods that are kept where others come back: the tiers below, and a kind of one's own in others.

    The same in every settlement, and kept, but for the lines that fit the slots of a set.
    """
    text = _again(terms.tiers[tier][2])
    if tier:
        looked = sorted([line for each in scopes for line in each])
        text += f',"lower":[{",".join([_lower(terms, each, basket, looked, money) for each in range(tier)])}]'
    if not any(_by_category(benefit) for _, _, benefit in terms.tiers[:tier]):
        terms.texts["kept", tier] = text
    return text


def _by_category(benefit: Benefit) -> bool:
    """Whether it is a set of which only the goods' categories tell what fits: a settlement has none."""
    return isinstance(benefit, Slotted) and any(slot.categories is not None for slot in benefit.slots)


def _higher(terms: Terms, tier: int, behind: Behind, scope: Sequence[int], earlier: int, money: Amounts) -> str:
    """The tiers above that fewer goods may reach, where offers before take less of these, or use up fewer units."""
    basket, taxed = behind.basket, behind.taxed or {}
    looked = scope if terms.condition is None else lines_in_scope(terms.condition, basket)
    priced = {line: basket.prices[line] * basket.millis[line] for line in looked}
    goods = sum(priced.values())
    goods += 1000 * sum([taxed[line].most(-(-each // 1000)) for line, each in priced.items() if line in taxed])
    counted = sum([basket.millis[line] for line in looked]) + earlier
    reached = []
    for place in range(tier + 1, len(terms.tiers)):
        min_amount, min_millis, _ = terms.tiers[place]
        if (min_amount or 0) * 1000 > goods or (min_millis or 0) > counted:
            break
        reached.append(_lower(terms, place, basket, scope, money))
    return f',"higher":[{",".join(reached)}]' if reached else ""


def _lower(terms: Terms, tier: int, basket: Basket, scope: Sequence[int], money: Amounts) -> str:
    """A tier that did not apply, the same in every settlement; and of a set which lines of the scope fit each slot."""
    text = terms.texts.get(("other", tier))
    if text is None:
        text = terms.texts["other", tier] = _other_tier(terms, tier, money)
    benefit = terms.tiers[tier][2]
    if isinstance(benefit, Slotted) and _by_category(benefit):
        fits = [_ids(basket.ids, each, ()) for each in benefit.fitting(basket, scope)]
        return f'{text[:-1]},"slots":[{",".join(fits)}]}}'
    return text


def _other_tier(terms: Terms, tier: int, money: Amounts) -> str:
    min_amount, min_millis, benefit = terms.tiers[tier]
    text = ""
    if min_amount is not None:
        text += f'"min_amount":{money[min_amount]},'
    if min_millis is not None:
        text += f'"min_quantity":{quantity_text(min_millis)},'
    if terms.maxima is not None and (most := terms.maxima[tier]) is not None:
        text += f'"max_amount":{money[most]},'
    stated = terms.offer.tiers[tier].benefit
    told = stated.model_dump(mode="json", exclude_none=True, exclude=_unsaid(stated))
    return f'{{{text}"benefit":{compact(told)}{_again(benefit)}}}'


def _again(benefit: Benefit) -> str:
    found = benefit.again()
    if found is None:
        return ""
    return f',"again":{compact(found.model_dump(mode="json", exclude_none=True, exclude=_unsaid(found)))}'


def _held(terms: Terms, basket: Basket) -> str:
    """The lines that conditions on categories count, by their places: a settlement has no categories."""
    rows = []
    for at, each in enumerate(terms.conditions):
        if isinstance(each, CartHolds) and each.categories is not None:
            lines: Sequence[int] = basket.every if terms.shop is None else basket.by_shop.get(terms.shop, ())
            skus, categories = each.skus, set(each.categories)
            counted = [
                line
                for line in lines
                if (skus is None or basket.skus[line] in skus) and not categories.isdisjoint(basket.categories[line])
            ]
            rows.append(f'"{at}":{_ids(basket.ids, counted, ())}')
    return f"{{{','.join(rows)}}}" if rows else ""


def _asked_again(terms: Terms) -> str:
    """By their places what conditions of a user's own ask of the goods; the same in every settlement."""
    text = terms.texts.get("asked")
    if text is None:
        own = {str(at): asked_again(each) for at, each in enumerate(terms.conditions) if not ours(each)}
        told = {at: asked for at, asked in own.items() if asked is not None}
        text = terms.texts["asked"] = f',"conditions_again":{compact(told)}' if told else ""
    return text


def _units(units: Units, basket: Basket, scope: Sequence[int], looked: Sequence[int], money: Amounts) -> str:
    """Lines of which some units were used up before, with the units left and their net; and the units used here."""
    ids, text = basket.ids, ""
    if (left := units.left) is not None:
        rows = [
            f'{quoted(ids[line])}:{{"quantity":{quantity_text(left.millis[line])},"net":{money[left.nets[line]]}}}'
            for line in looked
            if left.millis[line] != basket.millis[line]
        ]
        text += f',"units_left":{{{",".join(rows)}}}'
        if units.none_left is not None:
            text += f',"none_left":{_ids(ids, units.none_left, ())}'
    if units.used is not None:
        rows = [
            f"{quoted(ids[line])}:{quantity_text(each)}" for line, each in zip(scope, units.used, strict=True) if each
        ]
        text += f',"units_used":{{{",".join(rows)}}}'
    return text


def _stated(terms: Terms, tier: int, money: Amounts, rounding: str) -> str:
    """The part of it that is the same in every settlement."""
    min_amount, min_millis, _ = terms.tiers[tier]
    text = f',"rounding":"{rounding}"'
    if min_amount is not None:
        text += f',"min_amount":{money[min_amount]}'
    if min_millis is not None:
        text += f',"min_quantity":{quantity_text(min_millis)}'
    if terms.maxima is not None and (most := terms.maxima[tier]) is not None:
        text += f',"max_amount":{money[most]}'
    text += f',"platform_share":"{terms.offer.borne}"'
    return f'{text},"platform_share_per":"offer"' if terms.once else text


def _ids(ids: Sequence[str], places: Sequence[int], without: Collection[int]) -> str:
    """Lines that a spreading looks at and that got nothing of it: with them the leftover cent can be traced."""
    others = frozenset(without)
    return f"[{','.join([quoted(ids[place]) for place in places if place not in others])}]"


def _shipped(facts: Shipped, money: Amounts) -> str:
    parcel, behind = facts
    rules = behind.rules
    match, tariff = parcel.match, parcel.tariff
    key: tuple[object, ...] = ("zone", parcel.group.template, match.region)
    if match.special or parcel.group.method is not None:  # a region may have a zone of other times, a method its own
        key = (*key, id(match.zone))
    texts = rules.texts.get(key)
    if texts is None:
        texts = rules.texts[key] = _zone(match.region, tariff.measure, match.zone)
    text = f"{texts[0]}{parcel.units}{texts[1]}"
    fees = match.fees
    if fees is not None and fees.more is not None:
        if fees.by_value:
            text += f',"value":{money[parcel.value]}'
            free, of_shop = behind.basket.free_shipping, behind.basket.by_shop[parcel.shop]
            if fees.of_shop and any(free[line] for line in of_shop):
                text += f',"value_of":{_ids(behind.basket.ids, [line for line in of_shop if not free[line]], ())}'
        if fees.rounds:
            text += f',"rounding":"{rules.policy.rounding}"'
    text += f',"own_fee":{money[parcel.fee]}'
    if rules.policy.freight_combination != "sum":
        text += f',"combination":"{rules.policy.freight_combination}"'
    if parcel.count > 1:
        text += f',"boxes":{parcel.count}'
    if parcel.warehouse is not None:
        text += f',"warehouse":{quoted(parcel.warehouse)}'
    if tariff.divisor is not None:
        text += f',"volumetric_divisor":{tariff.divisor}'
    lines, counts = parcel.group.fee_lines, parcel.fee_weights
    if match.special:
        if tariff.packed:
            text += f',"packing_weight_g":{tariff.packing}'
        if parcel.fee_counts is not None:
            text += f',"values":{_values(behind.basket, lines, counts, money)}'
            counts = parcel.fee_counts
    if tariff.uneven and (whole := parcel.packed()) is not None:
        text += f',"packed":{_packed(parcel, whole, behind, money)}'
    return f'{text},"counts":{_counts(parcel, behind.basket, lines, counts)}'


def _packed(parcel: Parcel, whole: Group, behind: Behind, money: Amounts) -> str:
    """What a parcel is filled by, and what may be added to it: with it fewer goods can be packed anew."""
    basket, tariff = behind.basket, parcel.tariff
    lines = []
    for line in whole.lines:
        of_line = {
            "weight_g": basket.weights[line],
            "volume_cm3": basket.volumes[line],
            "free_shipping": basket.free_shipping[line] or None,
            "categories": sorted(basket.categories[line]) or None,
        }
        told = {name: each for name, each in of_line.items() if each is not None}
        lines.append(f"{quoted(basket.ids[line])}:{compact(told)}")
    text = f'{{"measure":"{tariff.measure}"'
    for name in ("max_weight_g", "packing_weight_g", "volumetric_divisor"):
        stated = getattr(tariff.template, name)
        if stated:
            text += f',"{name}":{stated}'
    text += f',"rounding":"{behind.rules.policy.rounding}","lines":{{{",".join(lines)}}}'
    if tariff.by_goods:
        text += ',"spread_by":"goods"'
    rules = [f"{{{_rule(rule, money)}}}" for rule in parcel.match.surcharges]
    return f'{text},"surcharges":[{",".join(rules)}]}}' if rules else f"{text}}}"


def _rule(rule: Surcharge, money: Amounts) -> str:
    """What a surcharge is charged per, its fee and its terms."""
    text = f'"per":{quoted(rule.per)}'
    if rule.stated_fee is not None:
        text += f',"fee":{money[rule.stated_fee.minor]}'
    if rule.label is not None:
        text += f',"label":{quoted(rule.label)}'
    terms = rule.terms()
    return f'{text},"terms":{compact(terms)}' if terms else text


def _spared(facts: Spared, money: Amounts) -> str:
    """What a parcel would have paid, of which zone and for which units, and all that lets it ship free."""
    parcel, behind, charge = facts
    if not charge.free:  # a dearer one of the shop pays for all
        return f'"fee":{money[parcel.fee * parcel.count]},{_shipped(Shipped(parcel, behind), money)}'
    waived = parcel.added if parcel.surcharge and not charge.surcharge else ()
    text = f'"fee":{money[parcel.fee * parcel.count if parcel.group.paying else 0]}'
    text += f",{_shipped(Shipped(parcel, behind), money)}"
    ids = behind.basket.ids
    if waived:
        rows = [
            f'{{"amount":{money[each.amount]},{_surcharged(Surcharged(parcel, each, behind), money)}}}'
            for each in waived
            if each.amount
        ]
        text += f',"surcharges":[{",".join(rows)}]'
    rows = []
    for entry in parcel.match.free:
        if entry.delivery_methods is not None and parcel.group.method not in entry.delivery_methods:
            continue
        basket, group = behind.basket, parcel.group
        lines: Sequence[int] = basket.by_shop[group.shop]
        if entry.basis != "shop":
            lines = [line for line in lines if basket.templates[line] == group.template]
        told = entry.model_dump(mode="json", exclude_none=True, include={"min_amount", "min_quantity", "max_units"}) | (
            {"waives_surcharge": True} if entry.waives_surcharge else {}
        )
        if "min_amount" in told or "min_quantity" in told:
            if entry.basis == "shop":
                told["of_shop"] = True
            elif list(lines) != list(group.fee_lines):
                told["lines"] = [ids[line] for line in lines]
        rows.append(compact(told))
    return f'{text},"free_by":"{behind.rules.free_by}","free":[{",".join(sorted(rows))}]'


def _zone(region: Any, measure: str, zone: Any) -> tuple[str, str]:
    """What stands before and after the units, the same for every parcel that goes there."""
    text = f',"first":{zone.first},"first_fee":"{zone.first_fee}"'
    if zone.additional is not None:
        text += f',"additional":{zone.additional},"additional_fee":"{zone.additional_fee}"'
    if zone.steps is not None:
        steps = [f'{{"up_to":{step.up_to},"fee":"{step.fee}"}}' for step in zone.steps]
        text += f',"steps":[{",".join(steps)}]'
    if zone.amount_steps is not None:
        steps = [f'{{"from_amount":"{step.from_amount}","fee":"{step.fee}"}}' for step in zone.amount_steps]
        text += f',"amount_steps":[{",".join(steps)}]'
    if zone.when is not None:
        text += f',"when":{compact(zone.when.model_dump(mode="json", exclude_none=True))}'
    if zone.goods_percent_of != "parcel":
        text += f',"goods_percent_of":"{zone.goods_percent_of}"'
    for name in ("goods_percent", "goods_percent_from", "fuel_percent", "min_fee", "max_fee"):
        value = getattr(zone, name)
        if value is not None:
            text += f',"{name}":"{value}"'
    if zone.ends:
        text += ',"ends":true'
    return f'"zone":{quoted(region)},"measure":"{measure}","units":', text


def _values(basket: Basket, lines: Sequence[int], values: Sequence[int], money: Amounts) -> str:
    """What each line is worth."""
    parts = [f"{quoted(basket.ids[line])}:{money[value]}" for line, value in zip(lines, values, strict=True)]
    return f"{{{','.join(parts)}}}"


def _counts(parcel: Parcel, basket: Basket, lines: Sequence[int], weights: Sequence[int]) -> str:
    """What each line counts: pieces, or its weight or volume × quantity."""
    measure = parcel.tariff.measure
    measured = {"quantity": (), "weight_g": (basket.weights,), "volume_cm3": (basket.volumes,)}[measure]
    if parcel.tariff.divisor is not None:
        measured = (basket.weights, basket.volumes)
    thousandths = any(column[line] for column in measured for line in lines)  # else pieces, as nothing is measured
    shown = quantity_text if thousandths else str
    ids = basket.ids
    return (
        f"{{{','.join([f'{quoted(ids[line])}:{shown(weight)}' for line, weight in zip(lines, weights, strict=True)])}}}"
    )


def _surcharged(facts: Surcharged, money: Amounts) -> str:
    parcel, added, behind = facts
    rule = added.rule
    text = _rule(rule, money)
    if rule.of_freight:
        text += f',"freight":{money[added.counted]},"rounding":"{behind.rules.policy.rounding}"'
    elif rule.fact:
        text += f',"{rule.fact}":{quantity_text(added.counted)}'
    if parcel.count > 1:
        text += f',"boxes":{parcel.count}'
    if rule.weighs and parcel.tariff.packing and rule.only_skus is None and rule.only_categories is None:
        text += f',"packing_weight_g":{parcel.tariff.packing}'
    if not parcel.fee and (whole := parcel.packed()) is not None:
        text += f',"packed":{_packed(parcel, whole, behind, money)}'
    if isinstance(added, AddedByTerms) and added.by_goods:
        return f'{text},"values":{_values(behind.basket, added.lines, added.weights, money)}'
    if added.by_measure:
        return f'{text},"counts":{_counts(parcel, behind.basket, added.lines, added.weights)}'
    counts = [
        f"{quoted(behind.basket.ids[line])}:{quantity_text(each)}"
        for line, each in zip(added.lines, added.weights, strict=True)
    ]
    return f'{text},"counts":{{{",".join(counts)}}}'


def _usable(found: Usable, money: Amounts) -> str:
    return f'"base":{money[found.base]},"cap":{money[found.cap]},"used":{found.used},"usable":{found.usable}'


def _kept(rules: Rules, key: object, document: Any, **options: Any) -> str:
    """The fields of a document of the rules, without the braces."""
    text: str | None = rules.texts.get(key)
    if text is None:
        text = compact(document.model_dump(mode="json", exclude_none=True, **options))[1:-1]
        rules.texts[key] = text
    return text


def _points(facts: PointsTaken, money: Amounts) -> str:
    found, behind, base, lines = facts
    terms = _kept(behind.rules, "points", behind.rules.book.points, exclude={"scope", "earn", "tax_base"})
    text = f'{_usable(found, money)},"balance":{behind.balance},{terms}'
    if len(lines) < len(base):
        unshared = [place for place, weight in enumerate(base) if weight]
        if len(unshared) > len(lines):
            text += f',"unshared":{_ids(behind.basket.ids, unshared, lines)}'
    return text


def _fee(facts: FeeCharged, money: Amounts) -> str:
    payable, method, behind = facts
    terms = _kept(behind.rules, ("fee", method.id), method, include={"percent", "fixed", "min", "max"})
    comma = "," if terms else ""
    return f'"payable":{money[payable]}{comma}{terms},"rounding":"{behind.rules.policy.rounding}"'


def _tax(facts: TaxLevied, money: Amounts) -> str:
    """What one row of a shop's taxes was taken of, and how: of all its cells, for a rate is rounded once for them."""
    shop, row, per, behind = facts
    levy, ids, rules = row.levy, behind.basket.ids, behind.rules
    table = rules.tax_table(shop)
    rounding = rules.policy.rounding
    if table is not None and table.taxes.rounding is not None:
        rounding = table.taxes.rounding
    percent = percent_text(100 * levy.numerator, levy.denominator)
    text = f'"shop":{quoted(shop)},"percent":"{percent}","base":{money[row.base]},"tax":{money[row.amount]}'
    text += f',"per":"{per}","rounding":"{rounding}"'
    for name in ("goods", "freight", "fee"):
        of = [
            f"{quoted(ids[cell.line])}:{money[base]}"
            for cell, base in zip(row.cells, row.bases, strict=True)
            if cell.on == name and base
        ]
        if of:
            text += f',"{name}_of":{{{",".join(of)}}}'
    if row.parts:
        parts = [
            f'{quoted(ids[line])}:{{"of":{money[whole]},"spans":[{",".join(_spans(spans, money))}]}}'
            for line, (spans, whole) in row.parts.items()
        ]
        text += f',"parts":{{{",".join(parts)}}}'
    if levy.compound:
        text += ',"compound":true'
    if table is not None and table.taxes.together:
        text += ',"together":true'
    if row.amount < 0:
        text += ',"taken_out":true'
    if row.cut:
        text += ',"cut":true'
    if levy.reason is not None:
        text += f',"reason":{quoted(levy.reason)}'
    return text


def _rounding(facts: TotalRounded, money: Amounts) -> str:
    payable, rule = facts
    return f'"payable":{money[payable]},"unit":{money[rule.unit.minor]},"mode":"{rule.mode}"'


_WRITERS: Mapping[type, Callable[[Any, Amounts], str]] = {
    tuple: _tried,
    Taken: _taken,
    Forgone: _forgone,
    OverBudget: _over_budget,
    Shipped: _shipped,
    Spared: _spared,
    Surcharged: _surcharged,
    PointsTaken: _points,
    Usable: _usable,
    FeeCharged: _fee,
    TaxLevied: _tax,
    TotalRounded: _rounding,
}
