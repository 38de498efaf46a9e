"""What linters say: each finding's severity, what was found, and what would mend it. The codes are stable."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["FINDINGS", "MENDS", "MESSAGES", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "note"]


class Text(NamedTuple):
    """How much a code matters, what was found, and what would mend it; `{…}` are facts of the finding."""

    severity: Severity
    message: str
    mend: str


#: code -> severity and English texts. Codes are stable, texts are not; a translation is looked up by the edges.
FINDINGS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "zones.none": Text(
            "error",
            "there is no zone, so nothing is shipped anywhere",
            'add a zone, such as one with the regions ["CN/mainland"]',
        ),
        "taxes.class": Text(
            "warning",
            "no row of this table is of the class {tax_class}, so nothing is put on it",
            "add a row of this class, or name one that has rows",
        ),
        "taxes.never": Text(
            "warning",
            "row {row} of the same class, tax and region holds whenever this one would, so this one never does",
            "take it out, put it first, or say until when or up to what price row {row} holds",
        ),
        "taxes.none": Text(
            "error",
            "prices are without tax and the table has no row, so every line is left out as no_tax_rate",
            "add a row, of 0 % where there is no tax",
        ),
        "taxes.above": Text(
            "warning",
            "no row of the class {tax_class} is for what costs more than {price} here, so nothing is put on that",
            "add a row of this class without max_unit_price, of 0 % where there is no tax",
        ),
        "taxes.compound": Text(
            "warning",
            "no other tax of the class {tax_class} stands before this row, so there is none that it is also taken of",
            "put it behind the taxes that it is taken of, or leave compound out",
        ),
        "taxes.base": Text(
            "warning",
            "nobody reimburses the shop for this offer, so plus_reimbursed adds nothing back",
            "say what the platform bears in platform_share, or leave tax_base out",
        ),
        "taxes.no_table": Text(
            "warning",
            "these rules have no table of taxes, so {field} does nothing",
            "add the table to taxes, or leave {field} out",
        ),
        "taxes.free_without": Text(
            "warning",
            "thresholds of offers look at amounts with tax, and that of this entry at amounts without",
            "write a promotion with freight_off and this min_amount, or leave it if amounts without tax are meant",
        ),
        "taxes.least_without": Text(
            "warning",
            "thresholds of offers look at amounts with tax, and these {amount} at amounts without",
            "state what the goods must be worth without tax",
        ),
        "taxes.mixed": Text(
            "note",
            "{without} has prices without tax and {with_tax} with tax; an offer of the platform over both is spread by "
            "prices as they are stated",
            "keep it to shops of one kind, or leave it if that is meant",
        ),
        "undeliverable.everywhere": Text(
            "warning",
            "{region} is undeliverable and no zone lies within it, so nothing is shipped there",
            "take {region} out of undeliverable, or name the zones within it that are shipped to",
        ),
        "region.unknown": Text(
            "error",
            "{region} is no region in use or retired, so no address that is picked from the catalogue lies in it",
            "look the code up in the catalogue and correct it",
        ),
        "region.retired": Text(
            "warning",
            "{region} {name} is retired and not every region that took it over has this rule: {successors}",
            "use `rulebook.with_catalogue(catalogue)`, or write the successors beside it",
        ),
        "delivery.no_template": Text(
            "error",
            "there is no freight template {template}, so the method sends nothing of it",
            "correct the id, or take the entry out",
        ),
        "delivery.no_zone": Text(
            "error",
            "no zone lies in the regions of this method, so it never sends: {templates}",
            "correct the regions, or name zones of its own for these templates",
        ),
        "delivery.no_shop": Text(
            "warning",
            "no rule and no minimum order speaks of the shops of this method: {shops}; it may be offered by none",
            "correct the ids of the shops, or leave the field out where all offer it",
        ),
        "delivery.no_method": Text(
            "warning",
            "no delivery method of {shop} sends this template, so its lines are undeliverable there",
            "name the template in a method that is not collected, or leave out the templates of one",
        ),
        "delivery.only_pickup": Text(
            "warning",
            "all methods of {shop} are collected, and these hold only where they are chosen; "
            "what nobody chose a method for is undeliverable",
            "add a method that ships, or say in the shop that the buyer must choose",
        ),
        "warehouse.retired": Text(
            "warning",
            "{region} {name} is retired, so the warehouse is not nearest to what took it over: {successors}",
            "write the region that it stands in now; where there is only one, "
            "`rulebook.with_catalogue(catalogue)` does it",
        ),
        "regions.no_rule": Text(
            "warning",
            "no zone and no undeliverable region covers {regions}: undeliverable, because nobody said otherwise",
            'name them in a zone (a default is "CN/mainland"), or list them as undeliverable to say so on purpose',
        ),
        "regions.no_rule_hmt": Text(
            "note",
            "no rule covers {regions}: undeliverable, because nobody said otherwise",
            "list them as undeliverable to say so on purpose, or name them in a zone",
        ),
        "rule.never_wins": Text(
            "warning",
            "every county in {region} has a more specific rule, so this one decides for no address",
            "take {region} out here, or take out the narrower rules that were meant to follow it",
        ),
        "zone.undeliverable_wins": Text(
            "error",
            "{region} is in a zone and undeliverable; at equal depth undeliverable decides",
            "take {region} out of one of the two",
        ),
        "zone.cn_without_hmt": Text(
            "warning",
            '"{region}" includes {regions}, which no narrower rule names: the price of this zone holds there',
            'write "CN/mainland", or list 710000, 810000 and 820000 in a zone of their own or as undeliverable',
        ),
        "zone.flat_beside_steps": Text(
            "warning",
            "this zone charges {fee} for any weight or number, while {others} of the template charge by {measure}",
            "add `additional` and `additional_fee`, or leave it so if the flat fee is meant",
        ),
        "zone.fee_falls": Text(
            "warning",
            "{more} units ({measure}) cost {less_fee}, less than the {fee} for {units}",
            "raise the fee of the later step, so that more never costs less",
        ),
        "zones.identical": Text(
            "note",
            "this zone has the same tariff as {other}",
            "one zone with the regions of both says the same",
        ),
        "exclude.outside": Text(
            "warning",
            "{region} lies in none of the regions of this entry, so nothing is excluded",
            "take it out, or name the region that is meant",
        ),
        "exclude.to_nowhere": Text(
            "warning",
            "{region} is excluded here and no other zone covers it, so nothing is shipped there",
            "give it a zone, or name it under `undeliverable` if that is meant",
        ),
        "zone.no_end": Text(
            "note",
            "above {units} ({measure}) the last fee, {fee}, stays however much is sent",
            "say `ends: true` if nothing above is shipped, or state what is added by `additional`",
        ),
        "zone.ends_below_box": Text(
            "warning",
            "a box is filled up to {box} g, and this zone ends at {units} g: goods that fit into boxes are not shipped",
            "set `max_weight_g` to what the card reaches, or go on with the card up to a full box",
        ),
        "template.heavier_alone": Text(
            "note",
            "a piece heavier than {units} g travels alone, at the fee of its weight",
            "say `refuses_heavier: true` if no carrier takes it",
        ),
        "surcharge.undeliverable": Text(
            "warning",
            "nothing is shipped to {region}, so its surcharge is never charged",
            "take {region} out here, or give it a zone",
        ),
        "surcharge.twice": Text(
            "warning",
            "this surcharge is the same as {other} but for its label, so both are charged where both hold",
            "take one of the two out, or give both the same label: then the nearer one holds alone",
        ),
        "surcharge.fuel_twice": Text(
            "warning",
            "{other} is a share of the freight already, and this surcharge is one more",
            "take one of the two out, or leave it so if both are meant",
        ),
        "surcharge.alone_in_group": Text(
            "warning",
            'no other surcharge is of the group "{group}", so it is always the dearest',
            "write the same `highest_of` at the others, or leave it out",
        ),
        "zone.only_at_times": Text(
            "warning",
            "outside the times of this zone no rule names {region}, so nothing is shipped there then",
            "add a zone of the region without `when`, or leave it so if that is meant",
        ),
        "zone.share_by_each": Text(
            "warning",
            "every parcel of a shop takes this share of all of the shop's goods",
            'say `freight_combination: "max"`, or `goods_percent_of: "parcel"`',
        ),
        "free.never_holds": Text(
            "warning",
            "nothing is shipped to any region of this entry, so it never makes anything free",
            "give its regions a zone, or drop the entry",
        ),
        "free.no_units": Text(
            "warning",
            "max_units is 0: only goods that count no units (weight 0, lines that ship free) are within it",
            "raise max_units, or leave it out",
        ),
        "free.leaves_surcharge": Text(
            "note",
            "where this entry makes freight free, the surcharge of {regions} is still charged",
            "say `waives_surcharge: true` if free means free there as well",
        ),
        "free.in_dearer_zone": Text(
            "warning",
            "this entry ships free to {regions} too, where a zone of their own charges more (up to {fee})",
            "exclude them by `exclude_regions`, or write an entry of their own and `nearest_free: true`",
        ),
        "free.cheaper_with_more": Text(
            "note",
            "goods of {least} to {most} with {fee} of freight ({region}) cost more than {threshold} without any",
            "tell buyers by `hints(checkout, rulebook)`, or lower the threshold or the fee",
        ),
        "free.cheaper_with_more_pieces": Text(
            "note",
            "a quantity of {pieces} pays {fee} of freight ({region}) and one of {more} pays none: "
            "where a piece costs less than that, the larger order is cheaper",
            "tell buyers by `hints(checkout, rulebook)`, or lower the threshold or the fee",
        ),
        "tier.never_applies": Text(
            "error",
            "the next tier's condition holds whenever this one does, so this tier never applies",
            "take this tier out, or raise the condition of the next one",
        ),
        "tier.less": Text(
            "warning",
            "from {threshold} on this tier takes off {less}, less than the {more} of the tier before",
            "raise what it takes off, or take it out, so that buying more never earns less",
        ),
        "benefit.nothing": Text(
            "warning",
            "{field} is 0, so this benefit takes nothing off",
            "state an amount above 0",
        ),
        "percent.like_zhe": Text(
            "warning",
            "{percent} % is taken off; {zhe} 折 takes off {off} %",
            'write "{off}" if {zhe} 折 is meant, and leave it if so much is to be taken off',
        ),
        "percent.below_one": Text(
            "warning",
            "{percent} % is taken off, less than one in a hundred",
            'write "{meant}" if {meant} % is meant: a percentage is written as it is said',
        ),
        "every.no_max": Text(
            "note",
            "{amount} for each full threshold, without an end",
            "state `max` if there is to be one",
        ),
        "max.unreachable": Text(
            "note",
            "this tier takes off {most} at most, so that max ({max}) never cuts",
            "leave `max` out, or lower it",
        ),
        "max.below_amount": Text(
            "warning",
            "max ({max}) is below amount ({amount}), so that {max} is all it ever takes off",
            "state the smaller one as the amount, and leave `max` out",
        ),
        "max.always": Text(
            "note",
            "from the threshold of {threshold} on max ({max}) always cuts",
            "state it as an `amount_off`, raise `max`, or lower the threshold",
        ),
        "scope.other_shops": Text(
            "error",
            "an offer of the shop {issuer} sees only its lines, and the scope names other shops: it never applies",
            "leave `shops` out, or let the platform issue the offer",
        ),
        "tier.bound_idle": Text(
            "warning",
            "the next tier takes over from {least} on, so that the bound of {bound} never decides",
            "begin the next tier above {bound}, or leave max_amount out",
        ),
        "tier.gap": Text(
            "warning",
            "above {bound} and below {least} neither this tier nor the next one holds",
            "let one begin where the other ends, or leave it if nothing is meant between them",
        ),
        "regions.all_excluded": Text(
            "error",
            "all of its regions are excluded again, so that it never applies",
            "take one of the two lists out, or narrow the exclusions",
        ),
        "regions.excluded_elsewhere": Text(
            "warning",
            "{region} is in none of its regions, so that excluding it says nothing",
            "take {region} out here, or widen the regions",
        ),
        "price_list.overruled": Text(
            "warning",
            "the price list {other} goes before it, whenever and for whomever this one holds, and has a price of {sku}",
            "change their priority, levels or periods, or take the price out",
        ),
        "scope.all_excluded": Text(
            "error",
            "all {field} that the scope names are excluded again, so no line is in it",
            "take them out of one of the two lists",
        ),
        "scope.unknown": Text(
            "error",
            "nobody knows {names}",
            "correct the ids, or take them out",
        ),
        "window.last_second": Text(
            "note",
            "the offer ends before {until}, for the end is exclusive: the last second of that day is outside",
            'write "{then}"',
        ),
        "condition.never": Text(
            "error",
            "this condition holds at no moment from {starts} to {ends}, so the offer never applies",
            "correct its days or hours, or the period of the offer",
        ),
        "condition.contradicts": Text(
            "error",
            "this condition never holds together with {other}, so the offer never applies",
            "take one of them out; for either of two times state two offers",
        ),
        "bundle.any_units": Text(
            "warning",
            "a bundle is of any {quantity} units in scope: two alike make one too, although the cart must hold {goods}",
            "write `set_price` with a slot for each if the price is for different goods",
        ),
        "slots.wide_first": Text(
            "warning",
            "all that fits {other} fits this slot too, which comes first and may take the only one",
            "write the narrower slot before the wider one",
        ),
        "earlier.nothing": Text(
            "warning",
            "no tier asks for a quantity and no benefit counts units, so earlier purchases change nothing",
            "state min_quantity, or leave counts_earlier out",
        ),
        "share.nothing": Text(
            "note",
            "the platform bears {share} % of it, so there is no part of it to round, once or line by line",
            "state a platform_share between 0 and 100, or leave platform_share_per out",
        ),
        "add_on.own_goods": Text(
            "warning",
            "the goods that are added count for their own threshold",
            "state a condition_scope: the goods that must be bought beside them",
        ),
        "presale.over": Text(
            "error",
            "deposits are taken until {until}, but the balance can be paid until {ends} only",
            "end the offer (valid_until) before balance_until",
        ),
        "presale.open": Text(
            "warning",
            "deposits are taken without end, but the balance can be paid until {ends} only",
            "state valid_until: the end of the time for the deposit",
        ),
        "presale.dear": Text(
            "warning",
            "{line} costs {price}, less than the {deposit} that {offer} asks for as a deposit",
            "lower the deposit, or take the article out of the scope",
        ),
        "limit.unreachable": Text(
            "note",
            "{limit} uses for each customer are more than the {in_all} for all",
            "lower limit_per_customer, or raise limit_in_all",
        ),
        "coupon.count_zero": Text(
            "error",
            "the policy lets in no coupon of this sort ({field}: 0), so this one never takes effect",
            "raise {field}, or take the coupon out",
        ),
        "line.no_template": Text(
            "note",
            "{line} names no freight template, so nothing is charged for shipping it",
            "name one of the rulebook's, or set `free_shipping`; leave it so for what is not shipped",
        ),
        "freight.no_templates": Text(
            "warning",
            "there is no freight template, so there is no freight to take anything off",
            "add the templates, or take the offer out",
        ),
        "offer.shadowed": Text(
            "warning",
            "{other} takes all of its lines before it, always, so that this offer never takes effect",
            "change their priority, exclusiveness or scope, or take one of them out",
        ),
        "offer.never_stands": Text(
            "warning",
            "it never stands with {other}, which takes effect before it whenever this offer could",
            "take {other} out of not_with, name it in combines_with, or take one of the two out",
        ),
        "pair.contradicts": Text(
            "warning",
            "{names} stands in not_with and in combines_with, and not_with decides",
            "take it out of one of them",
        ),
        "group.beaten": Text(
            "warning",
            "{other} of the same group takes at least as much off the same goods, whenever this promotion applies",
            "take this promotion out, or let it apply to other goods, customers or times",
        ),
        "budget.too_small": Text(
            "warning",
            "each use takes {amount} off, more than the whole budget of {budget}, so that it never takes effect",
            "raise the budget, or take the offer out",
        ),
        "price.everything": Text(
            "warning",
            "neither skus nor categories are named: everything in scope is sold at this price",
            "name the goods",
        ),
        "price.twice": Text(
            "warning",
            "{others} and this promotion set a price for the same goods at the same time",
            "keep one of them, or part their periods, levels or goods; as they stand, the lowest price holds",
        ),
        "exclusive.coupons_still": Text(
            "note",
            "`exclusive` shuts out promotions of the same step only: coupons still apply to what this one discounts",
            "say `coupons_allowed: false` if they are not to",
        ),
        "offer.to_zero": Text(
            "warning",
            "goods of {goods} cost nothing by this offer alone",
            "state a threshold, or lower what is taken off, if they are not to be given away",
        ),
        "stack.to_zero": Text(
            "warning",
            "goods of {goods} cost nothing where these come together: {offers}",
            "raise a threshold, make one of them exclusive, or leave it if the goods are to be given away",
        ),
        "invoice.no_rate": Text(
            "warning",
            "{line} states no rate beside lines that do, on a special invoice",
            "state `tax_percent`, or `untaxed` where none is due",
        ),
        "invoice.line_tax": Text(
            "warning",
            "the tax of {line}, {tax}, is more than 0.01 off {percent} % of {net}",
            'round per line: InvoicePolicy(tax_per="line")',
        ),
        "invoice.red_tax": Text(
            "note",
            "the tax taken back of {line}, {tax}, is more than 0.01 off {percent} % of {net}, so that all of it is "
            "taken back in the end",
            "take pieces back together, or leave it: rounded per line it is never more than 0.02",
        ),
        "invoice.tax_sum": Text(
            "warning",
            "the taxes of the rows are together more than 1.27 off their rates",
            "print discounts within the price, or make several invoices",
        ),
    }
)

#: The two texts apart, as scripts/translate.py collects them.
MESSAGES: Final = {code: text.message for code, text in FINDINGS.items()}
MENDS: Final = {f"{code}, mended": text.mend for code, text in FINDINGS.items()}
