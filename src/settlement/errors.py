"""Everything that can go wrong, in one place.

Three channels that never mix: a malformed document raises `InvalidDocument` and names every place at once; a caller's
misuse raises one of the other exceptions, with machine-readable attributes; the shop's "no" (below a threshold,
undeliverable, beaten by a better set) is a value in the settlement and no exception at all.

    SettlementError
    ├── InvalidDocument (ValueError)       a document is not valid; `.problems` lists each place with a stable code
    │   └── Unsayable                      a protocol has no words for something in a settlement
    ├── CurrencyMismatch (ValueError)      two currencies met in one sum or comparison
    ├── RefundExceeds (ValueError)         more is returned than was bought or is left
    ├── NotConfirmed (ValueError)          what was sealed is not what is due now, so no order is placed by it
    ├── BatchRefused (ValueError)          a batch cannot be begun, or gone on with
    ├── CryptoRefused (ValueError)         what was encrypted does not open
    ├── EventRefused (ValueError)          an event cannot happen to an order in its state
    ├── AllowanceExhausted (ValueError)    a coupon, a limit, points, a card or goods that an order takes are not there
    ├── GatewayRefused (ValueError)        a message is not taken for a provider's, or a provider did not do something
    ├── IdempotencyConflict (ValueError)   a key of idempotency was used before, for another request
    ├── Immutable (AttributeError)         a field of what never changes was set or deleted
    ├── MissingExtra (ModuleNotFoundError) what was asked for needs a package that only an extra brings
    ├── NotFound (LookupError)             a store has nothing of that id for whoever asks
    ├── UnknownLine (LookupError)          a cart or a settlement has no line of that id
    ├── UnknownRegion (LookupError)        the catalogue has no region of that code
    ├── UnknownAddress (LookupError)       an address book has no entry of that id
    ├── UnknownLocale (LookupError)        texts or amounts were asked for in a locale that nobody knows
    ├── UnknownVersion (LookupError)       a record was made by rules of calculation that this library does not have
    ├── SealRefused (ValueError)           a sealed settlement is not what it claims to be, or not now, or not here
    └── InvariantBroken (RuntimeError)     a settlement contradicts itself: a defect here, or a stored one was changed
        └── KindFailed                     a user's own kind of benefit raised, or answered what no kind may answer

Codes are stable, texts are not. The English texts stand in `TEXTS`; a translation is looked up by the edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

__all__ = [
    "SAYINGS",
    "SHOWN",
    "TEXTS",
    "WORDED",
    "AllowanceExhausted",
    "BatchRefused",
    "CryptoRefused",
    "CurrencyMismatch",
    "EventRefused",
    "GatewayRefused",
    "IdempotencyConflict",
    "Immutable",
    "InvalidDocument",
    "InvariantBroken",
    "KindFailed",
    "MissingExtra",
    "NotConfirmed",
    "NotFound",
    "Problem",
    "RefundExceeds",
    "SealRefused",
    "SettlementError",
    "UnknownAddress",
    "UnknownLine",
    "UnknownLocale",
    "UnknownRegion",
    "UnknownVersion",
    "Unsayable",
]

#: code -> English text; `{…}` are facts of the problem. `{found}` is a short excerpt, never a whole value.
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "amount.type": 'found {found}; an amount is a string such as "12.34 CNY"',
        "amount.decimal": 'found a Decimal, which has no currency; write Money.of(price, "CNY")',
        "amount.float": 'found a float; floats lose cents, write the amount as a string such as "12.34 CNY"',
        "amount.json_number": 'found a JSON number; its decimals are lost, write a string such as "12.34 CNY"',
        "amount.not_finite": 'found {found}; an amount is finite, such as "12.34 CNY"',
        "amount.out_of_range": "found an exponent far out of range; write plain digits, "
        "at most {digits} before the point",
        "amount.notation": 'found {found}; write plain ASCII digits, no sign, exponent or spaces: "12.34 CNY"',
        "amount.too_large": "found too many digits; an amount has at most {digits} digits before the point",
        "amount.scale": "found too many or too few decimals; {currency} has {decimals}",
        "amount.plain": 'found {found}; write plain ASCII digits without a currency: Money.of("12.34", "{currency}")',
        "amount.inexact": "found {found}; {currency} has {decimals}: round it first, to {lower} or {upper}",
        "amount.negative": "found a negative amount; what a shop states is 0 or more",
        "amount.zero": "found 0; the amount must be above 0",
        "currency.unknown": 'found {found}; a currency is an ISO 4217 code such as "CNY"{hint}',
        "currency.mixed": "found {found}; this document is in {currency}, one document has one currency",
        "quantity.type": 'found {found}; a quantity is an integer or a decimal string such as "1.235"',
        "quantity.notation": 'found {found}; write plain ASCII digits with at most 3 decimals: 2 or "1.235"',
        "quantity.range": "found {found}; it must be {range}",
        "percent.type": 'found {found}; a percentage is a decimal string such as "15"',
        "percent.notation": 'found {found}; write plain ASCII digits with at most 4 decimals: "15" or "7.5"',
        "rule.percentage": "found {found}; a percentage is {range}",
        "integer.type": "found {found}; an integer is expected",
        "integer.range": "found {found}; it must be {range}",
        "text.type": "found {found}; a string is expected{hint}",
        "text.empty": "found an empty string; at least one character is expected",
        "text.surrogate": "found half a character (a lone surrogate); send well-formed Unicode",
        "text.control": "found a control character; an id is printable text",
        "limit.text": "found {length} characters; at most {limit} are accepted here",
        "limit.items": "found {length} entries; at most {limit} are accepted here",
        "limit.lines": "found {length} lines; at most {limit} are settled at once",
        "limit.document": "found a document of {length} characters; at most {limit} are read",
        "json.invalid": "this is not well-formed JSON: {detail}",
        "json.depth": "found more than {limit} levels of nesting",
        "json.plain": "found {found}; a body holds strings, integers within 2^53 - 1, true, false, null, lists and "
        "objects; write decimals as strings",
        "json.duplicate_key": "the key {found} stands twice in one object; keep one",
        "field.missing": "this field is required",
        "field.unknown": "there is no such field here{hint}",
        "field.type": "found {found}; {expected} is expected",
        "list.type": "found {found}; a list is expected",
        "list.empty": "found an empty list; name at least one, or leave the field out where it is optional",
        "object.type": "found {found}; an object is expected",
        "choice.unknown": "found {found}; one of {expected} is expected",
        "id.duplicate": "the id {found} stands twice in this list; ids are unique",
        "id.reserved": 'found {found}; the ids "points" and "round_total" are taken',
        "coupon.duplicate": "the coupon {found} is named twice; name each once",
        "time.type": 'found {found}; an instant is a string such as "2026-11-11T00:00:00+08:00"',
        "time.notation": 'found {found}; write RFC 3339 with an offset: "2026-11-11T00:00:00+08:00"',
        "time.naive": 'found an instant without offset; add one: "2026-11-11T00:00:00+08:00" or "…Z"',
        "time.range": "found an instant that leaves the years 1 to 9999 in UTC",
        "time.date": "found a date without time; write an instant with its offset, for an end, which is exclusive, "
        'the next local midnight: "2026-12-01T00:00:00+08:00"',
        "window.empty": "valid_until is not after valid_from, so the offer never applies; the end is exclusive",
        "region.type": 'found {found}; a region is a string such as "440305", "CN/mainland", "US/CA" or "*"',
        "region.notation": 'found {found}; a region is a GB/T 2260 code such as "440305", "CN", "CN/mainland", "*" '
        'or a path such as "US/CA/94103"; `settlement region` finds the code of a name',
        "region.country": 'found {found}; a country is written in capital letters: "{right}"',
        "region.range": 'found {found}; a range of postcodes is written "{right}"',
        "region.prefix": 'found {found}; all postcodes that begin so are written "{right}"',
        "region.postcodes": "found {found}; a range is of two postcodes of one country and of one form, the lower "
        'first, a prefix begins a postcode; such as "{right}"',
        "region.list": 'found {found}; each postcode is a region of its own: "{right}"',
        "region.codes": "found {found}; China has a code for each wider region, no prefixes and no ranges: "
        'such as "{right}"',
        "region.several": "found {found}; several postcodes are for rules; this is one place",
        "region.duplicate": "the region {found} has a rule already; one of the two can never win",
        "price.list_below_unit": "list_price is below unit_price; a list price is the same or higher",
        "range.max_below_min": "max is below min",
        "tier.order": "a later tier states the same conditions as the one before, none lower and at least one higher",
        "tier.first_only": "only the first tier may state no condition",
        "tier.max_order": "the tier before reaches higher; max_amount of a later tier is the same or higher",
        "tier.mixed_freight": "the tiers of one offer are all freight_off or none is",
        "tier.every": "`every` repeats a condition: state min_amount or min_quantity above 0 in this tier",
        "every.max_units": "`every` repeats max_units: state how many units each full threshold brings",
        "count.above_n": "of each full {n} units no more than {n} can be cheaper",
        "bands.order": "each band goes on where the one before ends: `up_to` rises, and only the last may state none",
        "slot.nothing": "any article would fit this slot; state skus or categories",
        "presale.worth": "worth is below the deposit; a deposit counts for at least what it is",
        "presale.window": "balance_until is not after balance_from, so nobody could pay; the end is exclusive",
        "presale.coupon": "a presale is a promotion: whoever buys pays the deposit, not whoever holds a coupon",
        "coupon.over_freight": "a coupon that covers freight takes a plain amount or percentage off (amount_off or "
        "percent_off without every, max and max_units), and has no budget",
        "units.freight": "an offer on freight uses no units; leave consumes_units out",
        "earlier.counted_already": "a flash price counts by customer already; leave counts_earlier out",
        "earlier.per_sku": 'earlier units are known by offer: write `per: "scope"`, or an offer for each sku',
        "condition.nothing": "this condition restricts nothing; state at least one of {fields}",
        "offset.notation": 'found {found}; an offset from UTC is a string such as "+08:00"',
        "clock.notation": 'found {found}; a time of day is a string from "00:00" to "24:00"',
        "hours.empty": "closes is not after opens; over midnight are two entries, to 24:00 and from 00:00",
        "zone.additional": "additional and additional_fee stand together or not at all",
        "price.min_above_unit": "min_price is above unit_price; no discount could ever apply",
        "tender.range": "found a negative balance; a gift card or stored value holds 0 or more",
        "tender.not_enough": "the tenders together do not reach the amount; {missing} is missing",
        "demand.pending": "freight is not known yet; settle with an address first",
        "demand.blocked": "nothing can be bought as it stands, so there is nothing to pay",
        "demand.nothing_due": "nothing is due; the order is paid without a payment provider",
        "demand.below_minimum": "found {due}; the payment provider takes {minimum} or more",
        "bill.encoding": "this file is neither UTF-8 nor GBK; hand in its bytes as the provider gave them out",
        "bill.size": "found more than {limit} bytes; a bill is read up to that",
        "bill.zip": "found {found} files with the details of a bill in this zip; exactly one is expected",
        "bill.csv": "this is not well-formed CSV: {detail}",
        "bill.column": "this column is missing",
        "bill.column_twice": "this column stands twice",
        "bill.column_unknown": "there is no such column; there are {known}",
        "bill.cells": "found {found} cells; the header has {expected}",
        "bill.amount": "found {found}; an amount is written in plain ASCII digits with a point, such as 12.34",
        "bill.finer": "found {found}; {currency} has no coin so small: further decimals are 0",
        "bill.clock": "found {found}; an instant is written 2026-11-11 10:00:00 here",
        "bill.kind": "found {found}; one of {known} is expected",
        "bill.no_sums": "the sums at the end are missing; the file is not whole",
        "bill.sum": "found {stated}, and the rows make {found}",
        "bill.window": "until is not after since; the end is exclusive",
        "method.fee_per_shop": "what the buyer bears is one fee of the order; a fee per shop is the merchant's",
        "provider_limit.order": "found {found}; {provider} takes {expected} as an order number",
        "provider_limit.refund_number": "found {found}; {provider} takes {expected} as a refund number",
        "provider_limit.refund_number_used": "the number {found} was used for another refund; take a new one",
        "provider_limit.least": "found {found}; {provider} takes {limit} or more",
        "provider_limit.most": "found {found}; {provider} takes {limit} at most",
        "provider_limit.sub_orders": "found {found} sub-orders; {provider} takes {limit} at most",
        "provider_limit.refunds": "this would be refund {found} of the order; {provider} takes {limit}",
        "provider_limit.days": "the order was paid at {found}; {provider} gives back within {limit} days",
        "provider_limit.too_soon": "the refund before was {found} s ago; {provider} wants {limit} s between two",
        "provider_limit.more_than_paid": "{found} would be given back in all; {limit} was paid",
        "provider_limit.receivers": "found {found} receivers; {provider} takes {limit} a call",
        "provider_limit.share": "{found} goes to others; {provider} shares out {limit} of this order at most",
        "provider_limit.return_days": "it was shared out at {found}; {provider} takes it back within {limit} days",
        "provider_limit.returns": "this would be return {found} from {receiver}; {provider} takes {limit}",
        "copies.not_held": "copies are of coupons that are held; name the coupon in customer.coupons too",
        "pickup.not_in_cart": "the cart has no line of the shop {found}{hint}; leave the shop out",
        "delivery.and_pickup": "the shop {found} is in `pickup` too; choose one of them",
        "delivery.two_prices": "`by` and `zones` both say what it costs; use one of them",
        "delivery.pickup_priced": "what is collected costs no freight; leave this out",
        "delivery_method.unknown": "there is no delivery method {found} in the rulebook{hint}",
        "zone.ends": "additional goes on without end; a zone that ends has none",
        "zone.steps": "a step reaches no further than the one before; each up_to is larger, the first above `first`",
        "template.refuses_heavier": "nothing is heavier than a box of any weight; state max_weight_g too",
        "times.clock": "days and hours are those of a clock; state its utc_offset",
        "times.empty": "valid_until is not after valid_from, so these times never come; the end is exclusive",
        "region.same_times": "the region {found} has a rule at the same times already; state times that never meet",
        "zone.amount_steps": "a band begins no higher than the one before; each from_amount is larger",
        "zone.two_tables": "steps and amount_steps both state the whole fee; use one of them",
        "zone.no_percent": "it says of what a share is; state goods_percent as well",
        "template.volumetric": 'a volumetric divisor belongs to a template that measures "weight_g"',
        "template.packing": "the packing weighs as much as a box may; nothing fits into it",
        "shop.not_in_cart": "the cart has no line of the shop {found}{hint}; leave the entry out",
        "warehouse.unknown": "there is no warehouse {found} in the rulebook{hint}",
        "warehouse.both": "state one warehouse or several candidates in warehouses, not both",
        "template.unknown": "there is no freight template {found} in the rulebook{hint}",
        "offer.unknown": "there is no offer and no group of promotions {found} in the rulebook{hint}",
        "payment_method.unknown": "there is no payment method {found} in the rulebook{hint}",
        "title.blank": "found nothing but blanks; write the name that the invoice is for",
        "title.markup": "found < or >; an invoice title has neither",
        "tax.together": "taxes that are rounded together stand beside each other; leave compound or together out",
        "tax.over": "the excess is what lies above max_unit_price; state max_unit_price, or leave over out",
        "title.characters": "found a character that GBK has not; an invoice title is printed without it",
        "title.bytes": "found {length} bytes of GBK; an invoice title has at most {limit}, a Chinese character is two",
        "tax_number.notation": "a tax number is 15 to 20 upper-case letters and digits",
        "tax_number.uscc": "a tax number of 18 characters is a unified social credit code (GB 32100-2015): "
        "digits in places 3 to 8, no I, O, S, V or Z",
        "tax_number.check": "the last character of this tax number does not check; it would be {expected}",
        "tax_number.missing": "a special VAT invoice needs the company's tax number",
        "address.region_too_wide": "the region is too wide to deliver to; pick the county",
        "address.region_unknown": "there is no region of this code; pick it again",
        "address.region_retired": "this region was retired; pick again: {successors}",
        "address.name_missing": "the consignee's name is missing",
        "address.phone_missing": "the consignee's phone is missing",
        "address.phone": "this is not a phone that can ring there: a mobile has 11 digits, a landline its area code",
        "address.phone_abroad": "this is not a phone that can ring; write it with + and the country's code",
        "address.extension": "an extension has 1 to 6 digits",
        "address.postcode": "a postcode has 6 digits",
        "address.detail_missing": "the street and the house are missing",
        "address.duplicate": "this address is in the book already",
        "record.digest": "the digest is not that of the body; the record was changed after it was made",
        "record.personal": "this is not the place of anything personal in a record",
        "seal.malformed": "this is not a sealed settlement",
        "seal.algorithm": "it is sealed in a way that is not configured here; only HS256 is",
        "seal.key_unknown": "it is sealed with a key that is not configured here",
        "seal.key_revoked": "it is sealed with a key that was revoked",
        "seal.signature": "the signature does not fit: it was changed, or sealed with another key",
        "seal.expired": "it has expired",
        "seal.not_yet_valid": "it was issued in the future",
        "seal.audience": "it is meant for somebody else",
        "seal.customer": "it was made for another customer",
        "seal.quote": "it is of another quote than the one that was kept",
        "gateway.size": "found {length} bytes; a message has at most {limit}",
        "gateway.encoding": "the body is not UTF-8",
        "gateway.json": "the body is not JSON: {detail}",
        "gateway.form": "the body is not a form, or a field stands in it twice",
        "gateway.header_missing": "the header {found} is missing",
        "gateway.header_twice": "the header {found} stands there twice, with different values",
        "gateway.field": "{place}: found {found}; {expected} is expected",
        "gateway.instant": "found {found}; the instant of sending is written in seconds since 1970",
        "gateway.instant_far": "the instant of sending is more than {limit} s away from now",
        "gateway.algorithm": "found {found}; only {expected} is configured here",
        "gateway.key_unknown": "it is signed with a key that is not configured here",
        "gateway.key_ended": "it is signed with a key that is not taken any more",
        "gateway.signature": "the signature does not fit: it was changed, or signed with another key",
        "gateway.ciphertext": "what is encrypted in it does not open with the keys that are configured here",
        "gateway.account": "{place}: it is meant for another account",
        "gateway.amount": "found {found}; {provider} takes no such amount of {currency}",
        "gateway.nothing": "it tells of no payment and no refund that has ended: {found}",
        "gateway.refund_unknown": "it tells what was given back in all, and nothing here knows how much of it is "
        "refund {found}; ask the provider for this refund",
        "gateway.channel": "found {found}; one of {expected} is expected as channel",
        "gateway.payer": "this channel needs to know {missing}",
        "gateway.other_account": "found {found}; this gateway asks for {expected}",
        "gateway.number": "found {found}; the provider is asked with {expected}",
        "gateway.unanswered": "the provider did not answer, so nobody knows yet whether it did it; ask again",
        "gateway.failed": "the provider did not do it: {detail}",
        "gateway.untrusted": "the provider's answer does not hold, so nobody knows yet whether it did it; ask again",
        "crypto.malformed": "this is nothing that was sealed here",
        "crypto.key_unknown": "it is sealed with a key that is not here",
        "crypto.erased": "the key of this customer was erased",
        "crypto.refused": "it does not open: it was changed, or stands in another place than it was sealed for",
        "version.unknown": "it was made by calculation version {found}; this library has {known}",
        "refund.twice": "this very refund stands in the history already; each stands in it once",
        "refund.alike": "nothing tells this refund from {other}; give each an id of its own (refund(…, id=…), or "
        "known_as(id) later), or leave one out where it was made once",
        "refund.no_settlement": "the settlement of a refund is missing among the sources: {found}; hand it in, "
        "or among those that were booked before",
        "payout.no_settlement": "the settlement of a payout is missing among the sources: {found}; hand it in, "
        "or among those that were booked before",
        "payout.apart": "this payout and {other} each cover a refund that the other does not; a later one covers all "
        "that an earlier one does",
        "payout.late": "this payout was booked before, and {other} covers less; leave that one out",
        "payout.which": "this payout covers what {other} does and says something else; state an instant of each (at=…)",
        "payout.order": "this instant is before that of {other}, which covers less; a later payout covers more",
        "commission.nothing": "nothing says how much; state percent, per_piece, min_per_piece or tiers",
        "commission.two_ways": "tiers say how much; leave percent and per_piece out beside them",
        "commission.own": "only what a receiver gets can be borne by the platform; name one, or leave this out",
        "commission.tier_order": "each tier begins at a higher amount than the one before, in the same currency",
        "commission.categories": "these terms ask for categories, and nobody says which the lines have; state them by "
        "line (categories=…)",
        "day.notation": 'found {found}; a day is a date such as "2026-11-30"',
        "statement.period": "the period ends before it begins",
        "statement.nothing": "there is nothing of this shop, {shop}, by which its currency could be told; name it, "
        'such as "CNY"',
        "statement.currencies": "the shop {shop} sells in {currencies}; name the currency of this statement",
        "movement.unnamed": "a movement of kind {kind} says this; state it",
        "movement.strange": "a movement of kind {kind} has no such thing; leave it out",
        "movement.amount": "money that moved is above 0; only an adjustment may be below",
        "movement.twice": "this movement stands in {other} already; each is booked once",
        "order.mismatch": "found order {found}; what is handed in beside it is of order {expected}",
        "order.demand": "found {found}; {expected} is asked for of this order",
        "order.customer": "found {found}; the record is of customer {expected}",
        "event.refused": "an order that is {status} takes no {event}; it takes {allowed}",
        "event.told": "found {found}; this event tells of one that {expected}",
        "event.nothing_asked": "nothing was asked for of this order, so nothing can be told to be paid",
        "event.demand": "no demand of this order is under this number",
        "event.demand_amount": "found {found}; {expected} is asked for, in every attempt",
        "event.demand_twice": "this attempt was asked for before, with other content",
        "event.expires": "it may be paid until {expires}; who ends it before then cancels it",
        "event.future": "found {found}; it is {now}, and what has not happened yet is told when it has",
        "event.line": "the order has no line {found} of the shop {shop}",
        "event.quantity": "found {found}; {left} is left of the line for this",
        "event.settlement": "found {found}; the order has no such settlement",
        "event.refund_nothing": "state what goes back: a demand, a quote, or both",
        "event.refund_number": "a refund that asks the provider for nothing needs an id of its own in its quote",
        "event.refund_both": "a refund is of the order, by its quote, or of a transaction that paid nothing; state one",
        "event.refund_more": "found {found}; at most {limit} goes back by the payment method",
        "event.refund_change": "this is a part of a change; ask for what the change gives back, without a quote",
        "event.refund_twice": "this number was used for another refund; take a new one",
        "event.edit": "its settlements are not those of the order as it stands",
        "event.edit_refund": "this change knows nothing of refund {refund}; make it from the order as it stands",
        "event.edit_demand": "found {found}; this change collects {expected}",
        "event.edit_number": "the number {found} was asked for before; what a change collects has one of its own",
        "order.unnamed": "{other} has the same digest, and not both say which order they are; "
        "name each with for_order(…), or leave one out where it is the same order",
        "order.twice": "this is order {found}, as {other}; each order is booked once",
        "order.which": "{count} settlements here have its digest, of the orders {orders}, and it names none; "
        "state its order",
        "refund.fair": "{rule}: the settlement doesn't state {missing}, without which nobody can tell what "
        "kept goods cost",
        "edit.excluded": "this line can't be had now ({reason}); an order is edited whole or not at all",
        "edit.coupon": "the order uses {coupon} already, and what is added would use it again; leave it out here, or "
        "say in copies how many the buyer has, those of the order among them",
        "edit.again": "this very request stands in the order already; state the instant of this edit",
        "edit.sum": "found {found}; the parts of this edit make {expected}",
        "refund.piece": "found {found}; {line} is sold by the piece, so whole ones come back: return {below} or "
        "{above}, give money without goods (money=[…]), or say sold_by_measure on the line",
        "refund.left": "found {found}; there is {left} left to give back here",
        "refund.none": "found {found}; an amount above 0 is expected",
        "refund.gift": 'no gift {sku} would have to be sent back with this refund (RefundPolicy(gifts="return"))',
        "refund.range": "found {found}; the refunds of this order come to {low} to {high} here",
        "refund.negative": "found {found}; a refund gives back 0 or more here",
        "stored.differs": "found {found}; by the rest of the settlement it is {expected}",
        "stored.times": "these times do not hold at {at}, the instant of the settlement",
        "stored.null": "found null; what there is none of is left out",
        "stored.currency": "this amount is in another currency than the settlement",
        "stored.list": "found {found}; no list price of unit_price or more makes that",
        "stored.line": "this settlement has no line {found}",
        "stored.shop": "this settlement has no line of the shop {found}",
        "stored.reason": "found {found}; there is no such reason",
        "stored.shops": "these lines are of more than one shop",
        "stored.takes": "found {found}; an adjustment that takes off is below 0 on each of its lines",
        "stored.charges": "found {found}; an adjustment that charges is above 0 on each of its lines",
        "stored.too_much": "found {found}; {left} is left of the line here",
        "stored.platform": "the platform bears nothing of a charge or a rounding",
        "stored.order": "found {found} behind a later stage; adjustments stand in the order in which they were made",
        "stored.sorted": "these are not in their order, or one stands twice",
        "stored.parcel": "no parcel charges this at its turn",
        "stored.uncharged": "a parcel charges this, and no adjustment does",
        "stored.unmet": "found {least}, and only {found} of it was there",
        "stored.within": "found {found}; what is shipped up to {limit} is not left out for that",
        "stored.beyond": "found {found}; the zone's card ends at {limit}",
        "stored.above": "found {most}, and {found} was there",
        "stored.tier": "tiers below the one that applied ask for no more than it, those above for more than there was",
        "stored.condition": "no condition at this place counts goods",
        "stored.undecided": "no decision says that {found} applied",
        "stored.idle": "found {found} applied, without an adjustment or a gift",
        "stored.settled_too": "the line {found} is left out, and settled too",
        "stored.status": "no such thing is in a settlement that is {status}",
        "stored.shortfall": "what is missing is above 0: a quantity for below_quantity, else an amount; "
        "nothing where it applied",
        "stored.contradiction": "its figures contradict each other: it was changed or cut after it was made",
        "body.size": "the body has more than {limit} bytes",
        "body.media_type": "the body is not JSON; send it as application/json",
        "body.coding": "the body is compressed; send it as it is, without Content-Encoding",
        "server.token": "this server asks for its token: Authorization: Bearer …",
        "server.path": "there is nothing under this path",
        "server.method": "this path is asked with another method",
        "server.slow": "the request did not arrive in time",
        "server.http": "this is no request of HTTP",
        "server.host": "only requests to localhost or an address of this machine are answered; start it with a token",
        "server.head": "path and headers are too long",
        "server.failed": "it failed by a defect; the server's log says where",
        "server.long": "it took longer than it may, and was ended; ask for less at once",
        "server.ending": "the server ends, and did not get to the end of this; ask again",
        "server.busy": "all were busy for too long, and nothing was begun; ask again",
        "rulebook.unknown": "there is no rulebook of this id",
        "batch.no_rules": "no rulebook is named, and none holds at its instant",
        "batch.choice_twice": "two rulebooks hold from one instant on",
        "batch.failed": "{detail}",
        "archive.twice": "the order {order} is in the archive already; each stands there once",
        "line.unknown": "there is no line of this id",
        "refund.exceeds": "more comes back in all than was bought, or than was captured",
        "refund.other": "this is a refund of another settlement",
        "order.not_confirmed": "what is due now is not what was sealed; show the buyer the difference and seal anew",
        "unsayable.quantity": "found {found}; {protocol} counts whole pieces, and would take it for so many",
        "unsayable.unit": "found {found}; the unit that it is sold by has {scale} decimals",
        "unsayable.total": "found {found}; {protocol} has no type of total for it",
        "unsayable.stages": "it is paid in stages, and {protocol} asks for all of it at once",
        "unsayable.pickup": "what is collected has a place and its address in {protocol}; state places",
        "agent.goods": "there are no such goods here",
        "agent.delivery": "there is no such way of delivery here; there are {known}",
        "agent.unit": "it is sold by another unit than the one stated; there is {known}",
        "agent.address": "the region of this address is not known; state country and postcode, in China all of it",
        "agent.currency": "goods here are sold in {currency}",
        "place.unknown": "there is no {found} here{hint}; there are {known}",
        "place.no_number": "found {found}; name a number, an amount or a percentage; there are {known}",
        "place.notation": 'found {found}; a place is written promotions["fest"].tiers[0].benefit.percent',
        "values.rise": "found {found}; name at least one value, each above the one before",
        "value.invalid": "{detail}",
    }
)


#: What exceptions say beside the problems of a document: name -> English text; `{…}` are facts of the exception.
SAYINGS: Mapping[str, str] = MappingProxyType(
    {
        "currencies": "{left} and {right} cannot be combined; convert one before it enters the settlement",
        "returned": "line {line}: {returned} returned in all, but only {bought} bought",
        "paid_back": "{returned} paid back in all, but only {bought} captured",
        "allowance": "{kind} {id}: {left} left",
        "budget": "budget {id}: {left} left",
        "coupon": "coupon {id}: {left} left",
        "points": "points {id}: {left} left",
        "stock": "stock {id}: {left} left",
        "tender": "tender {id}: {left} left",
        "units": "units {id}: {left} left",
        "use": "use {id}: {left} left",
        "not_found": "{id} is not found",
        "idempotency": "this key was used for another request; take a new one",
        "immutable": "{kind} never changes; {instead}",
        "line": "there is no line {line}",
        "lines": "there is no line {line}; there are {known}",
        "region": "there is no region {region} in GB/T 2260",
        "address": "there is no address {address}",
        "addresses": "there is no address {address}; there are {known}",
        "locale": "{locale} is not a known locale; write one such as 'en', 'zh_CN' or 'zh_TW'",
        "texts": "there are no texts in {locale}; there are {known}",
        "extra": 'this needs {package}: pip install "settlement[{extra}]"',
        "second_pass": "{what}: the second pass makes {expected}, the engine said {found}",
        "kind": "{what}: expected {expected}; found {found}",
    }
)


#: What a value says in a locale, by its class. The rooms below `documents` know no languages: it fills this in.
WORDED: Final[dict[type, Callable[[Any, str], str]]] = {}


class SettlementError(Exception):
    """The root of every exception that this library raises on purpose.

    `str()` is English and ends with the stable `code`, where there is one; `text()` is for people, in their language.

    >>> from settlement.errors import RefundExceeds
    >>> error = RefundExceeds("a", "2", "3")
    >>> print(error)
    line 'a': 3 returned in all, but only 2 bought [refund.exceeds]
    >>> print(error.text("zh_CN"))
    商品行 'a'：累计退货 3，而只买了 2
    """

    #: What programs tell it by; empty where its class says all.
    code: str = ""

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return "{detail}", {"detail": super().__str__()}

    def text(self, locale: str = "en") -> str:
        """What happened, and what would be right, in a reader's language. Raises `UnknownLocale`."""
        return WORDED[SettlementError](self, locale)

    def __str__(self) -> str:
        text, facts = self.sentence
        return text.format_map(_Facts(facts)) + (f" [{self.code}]" if self.code else "")


class Problem(NamedTuple):
    """One thing that is wrong in a document: where, a stable code, and the facts that its text needs."""

    place: str
    code: str
    facts: Mapping[str, Any] = MappingProxyType({})

    @property
    def message(self) -> str:
        """What was found and what would be right, in English."""
        return TEXTS.get(self.code, "{detail}").format_map(_Facts(self.facts))

    def text(self, locale: str = "en") -> str:
        """The same in a reader's language. Raises `UnknownLocale`.

        >>> print(Problem("lines", "list.type", {"found": "an object"}).text("zh_CN"))
        找到 对象；此处应为列表
        """
        return WORDED[Problem](self, locale)

    def __str__(self) -> str:
        return f"{self.place or 'document'}: {self.message} [{self.code}]"


class _Facts(dict[str, Any]):
    """Facts for a text; a missing one shows as its own name rather than raising while an error is being reported."""

    def __missing__(self, key: str) -> str:
        return "" if key == "hint" else f"<{key}>"


#: Problems that the text of an `InvalidDocument` shows.
SHOWN: Final = 100


class InvalidDocument(SettlementError, ValueError):
    """A document is not valid. `problems` names every place at once; no value is echoed whole.

    >>> from settlement import Line
    >>> try:
    ...     Line(id="a", shop="s1", sku="k", quantity=0, unit_price="1e5 CNY")
    ... except InvalidDocument as error:
    ...     [(p.place, p.code) for p in error.problems]
    [('quantity', 'quantity.range'), ('unit_price', 'amount.notation')]
    """

    def __init__(self, problems: Iterable[Problem], title: str = "document") -> None:
        self.problems = tuple(problems)
        self.title = title
        super().__init__(self.problems, title)

    def text(self, locale: str = "en") -> str:
        """Every problem on a line of its own, each with its place, in a reader's language. Raises `UnknownLocale`."""
        return WORDED[InvalidDocument](self, locale)

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"{self.title}: {count} problem{'s' if count != 1 else ''}"
        rest = [f"  … and {count - SHOWN} more in `.problems`"] if count > SHOWN else []
        return "\n".join((head, *(f"  {p}" for p in self.problems[:SHOWN]), *rest))


class Unsayable(InvalidDocument):
    r"""A protocol of shopping agents has no words for something in a settlement: `problems` say for what, and where.

    >>> str(Unsayable([Problem("totals.points", "unsayable.total", {"found": "-5.00 CNY", "protocol": "ACP"})], "ACP"))
    'ACP: 1 problem\n  totals.points: found -5.00 CNY; ACP has no type of total for it [unsayable.total]'
    """


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


def quoted(name: object) -> str:
    """A name as texts quote it: never the whole of a long one.

    >>> quoted("a"), len(quoted("a" * 1_000))
    ("'a'", 43)
    """
    return repr(str(name)[:40]) + ("…" if len(str(name)) > 40 else "")


def _shown(known: Sequence[str]) -> str:
    return ", ".join(map(quoted, known[:8])) + (", …" if len(known) > 8 else "")


class CurrencyMismatch(SettlementError, ValueError):
    """Two currencies met where one was needed; nothing is ever converted."""

    def __init__(self, left: str, right: str) -> None:
        self.left, self.right = left, right
        super().__init__(left, right)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return SAYINGS["currencies"], {"left": self.left, "right": self.right}


class RefundExceeds(SettlementError, ValueError):
    """More is returned than was bought or is left; without a line: more paid back than was captured."""

    code = "refund.exceeds"

    def __init__(self, line: str, bought: str, returned: str) -> None:
        self.line, self.bought, self.returned = line, bought, returned
        super().__init__(line, bought, returned)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        facts = {"line": quoted(self.line), "returned": self.returned, "bought": self.bought}
        return SAYINGS["returned" if self.line else "paid_back"], facts


class NotConfirmed(SettlementError, ValueError):
    """An order is to be placed by a confirmation that is not true. `diff` says what differs, and why."""

    code = "order.not_confirmed"

    def __init__(self, diff: Any) -> None:
        self.diff = diff
        super().__init__(diff)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return TEXTS[self.code], {}


class EventRefused(SettlementError, ValueError):
    """This cannot happen to an order in its state; `allowed` names the events that can.

    >>> print(EventRefused("shipped", "closed", ("paid", "noted")))
    an order that is closed takes no shipped; it takes paid, noted [event.refused]
    """

    code = "event.refused"

    def __init__(self, event: str, status: str, allowed: Iterable[str], at: int = 0) -> None:
        self.event, self.status, self.allowed = event, status, tuple(allowed)
        #: Which of the events it was.
        self.at = at
        super().__init__(event, status, self.allowed, at)

    @property
    def problem(self) -> Problem:
        """The same as a problem of the list of events, at its place."""
        facts = {"event": self.event, "status": self.status, "allowed": ", ".join(self.allowed)}
        return Problem(f"events[{self.at}].kind", self.code, facts)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return TEXTS[self.code], self.problem.facts


class AllowanceExhausted(SettlementError, ValueError):
    """What an order takes is not there: another was quicker, or it never was. `left` is what there is.

    >>> print(AllowanceExhausted("points", "points", 40))
    points 'points': 40 left [allowance.exhausted]
    """

    code = "allowance.exhausted"

    def __init__(self, kind: str, id_: str, left: Any) -> None:
        self.kind, self.id, self.left = kind, id_, left
        super().__init__(kind, id_, left)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        facts = {"kind": self.kind, "id": quoted(self.id), "left": self.left}
        return SAYINGS.get(self.kind, SAYINGS["allowance"]), facts


class NotFound(SettlementError, LookupError):
    """There is nothing of this id, or nothing that whoever asks may see or do: nobody is told which of both."""

    code = "not_found"

    def __init__(self, id_: str) -> None:
        self.id = id_
        super().__init__(id_)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return SAYINGS["not_found"], {"id": quoted(self.id)}


class GatewayRefused(SettlementError, ValueError):
    """A message is not taken for what a payment provider told, or a provider did not do what it was asked.

    `code` says why; no key and nothing of the body is ever part of the text. `success` is what to answer the provider:
    true only where the message holds and tells of nothing here (`gateway.nothing`), so that repeating it helps nobody.

    >>> error = GatewayRefused("gateway.header_missing", found='"Wechatpay-Serial"')
    >>> print(error, error.success)
    the header "Wechatpay-Serial" is missing [gateway.header_missing] False
    """

    def __init__(self, code: str, **facts: str | int) -> None:
        self.code, self.facts = code, facts
        super().__init__(code)

    @property
    def success(self) -> bool:
        """Whether the provider may hear that all is well."""
        return self.code == "gateway.nothing"

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return TEXTS.get(self.code, "{detail}"), self.facts


class BatchRefused(SettlementError, ValueError):
    """A batch or an archive cannot be begun, or gone on with: an input, the folder of another, a missing extra."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class CryptoRefused(SettlementError, ValueError):
    """What was encrypted does not open. `code` says why; no key and no text is ever part of it."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return TEXTS[self.code], {}


class IdempotencyConflict(SettlementError, ValueError):
    """A key of idempotency comes with another request than before. `key` is never part of the text."""

    code = "idempotency.conflict"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return SAYINGS["idempotency"], {}


class Immutable(SettlementError, AttributeError):
    """A field of a value that never changes was set or deleted; as of any frozen class, it is an `AttributeError`.

    >>> from settlement import Line
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> line.quantity = 3
    Traceback (most recent call last):
    ...
    settlement.errors.Immutable: a Line never changes; make a changed copy: .model_copy(update={"quantity": …})
    """

    def __init__(self, kind: str, field: str, instead: str) -> None:
        self.kind, self.field, self.instead = kind, field, instead
        super().__init__(kind, field, instead)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        kind = f"{'an' if self.kind[0] in 'AEIOU' else 'a'} {self.kind}"
        return SAYINGS["immutable"], {"kind": kind, "instead": self.instead}


class MissingExtra(SettlementError, ModuleNotFoundError):
    """What was asked for needs a package that is not installed; `extra` is what brings it.

    >>> print(MissingExtra("sqlalchemy", "sql"))
    this needs sqlalchemy: pip install "settlement[sql]"
    """

    def __init__(self, package: str, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(package, extra)
        self.name = package

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return SAYINGS["extra"], {"package": self.package, "extra": self.extra}


class UnknownLine(SettlementError, LookupError):
    """There is no line of this id."""

    def __init__(self, line: str, known: Iterable[str] = ()) -> None:
        self.line, self.known = line, tuple(known)
        super().__init__(line, self.known)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        facts = {"line": quoted(self.line), "known": _shown(self.known)}
        return SAYINGS["lines" if self.known else "line"], facts


class UnknownRegion(SettlementError, LookupError):
    """The catalogue knows no region of this code or name."""

    def __init__(self, region: str) -> None:
        self.region = region
        super().__init__(region)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return SAYINGS["region"], {"region": quoted(self.region)}


class UnknownAddress(SettlementError, LookupError):
    """An address book has no entry of this id."""

    def __init__(self, id_: str, known: Iterable[str] = ()) -> None:
        self.id, self.known = id_, tuple(known)
        super().__init__(id_, self.known)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        facts = {"address": quoted(self.id), "known": _shown(self.known)}
        return SAYINGS["addresses" if self.known else "address"], facts


class UnknownLocale(SettlementError, LookupError):
    """There is no locale of this name, or no text in its language: then `known` says in which there are."""

    def __init__(self, locale: str, known: Iterable[str] = ()) -> None:
        self.locale, self.known = locale, tuple(known)
        super().__init__(locale, self.known)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        shown = ascii(str(self.locale)[:40]) + ("…" if len(str(self.locale)) > 40 else "")
        return SAYINGS["texts" if self.known else "locale"], {"locale": shown, "known": ", ".join(self.known)}


class UnknownVersion(SettlementError, LookupError):
    """A record was calculated by a version that this library does not have; it is never recalculated by another."""

    code = "version.unknown"

    def __init__(self, version: str, known: str) -> None:
        self.version, self.known = version, known
        super().__init__(version, known)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return TEXTS[self.code], {"found": ascii(self.version[:40]), "known": self.known}


class SealRefused(SettlementError, ValueError):
    """A seal does not hold. `code` says why; neither the token nor a key is ever part of it."""

    def __init__(self, code: str, **facts: str) -> None:
        self.code, self.facts = code, facts
        super().__init__(code)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return TEXTS[self.code], self.facts


class InvariantBroken(SettlementError, RuntimeError):
    """A settlement contradicts itself. Nothing was charged; report it with the request that led here."""

    def __init__(self, what: str, expected: object, found: object) -> None:
        self.what, self.expected, self.found = what, expected, found
        super().__init__(what, expected, found)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        facts = {"what": _cut(self.what), "expected": _cut(self.expected), "found": _cut(self.found)}
        return SAYINGS["second_pass"], facts


class KindFailed(InvariantBroken):
    """A user's own kind broke its promise. Nothing was settled; `kind` and `hook` say whose and which."""

    def __init__(self, kind: str, hook: str, expected: str, found: str) -> None:
        self.kind, self.hook = kind, hook
        super().__init__(f"{kind}.{hook}()", expected, found)
        self.args = (kind, hook, expected, found)

    @property
    def sentence(self) -> tuple[str, Mapping[str, object]]:
        """The English text with places for facts, and the facts."""
        return SAYINGS["kind"], {"what": self.what, "expected": self.expected, "found": self.found}
