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
            "{pieces} pieces pay {fee} of freight ({region}) and {more} pay none: "
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
    }
)

#: The two texts apart, as scripts/translate.py collects them.
MESSAGES: Final = {code: text.message for code, text in FINDINGS.items()}
MENDS: Final = {f"{code}, mended": text.mend for code, text in FINDINGS.items()}
