"""How a figure after pay came about, for a reader: a refund, a payout, an invoice, a payment option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from settlement.documents.words.plain import shown
from settlement.money import Money

if TYPE_CHECKING:
    from settlement.documents.words.language import Language
    from settlement.explanations.story import Explanation, Working

__all__ = ["COLUMNS", "HEADS", "STEPS", "TERMS", "account_line", "account_lines", "terms_text"]

#: What a story is about; `{name}` is a line, a shop or a method.
HEADS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "refund": "Refund of {name}: {amount}",
        "payout": "Payout to {name}: {amount}",
        "invoice": "Invoice of {name}: {amount}",
        "option": "Paying by {name}: {amount}",
        "refund_whole": "Refund: {amount}",
        "payout_whole": "To the platform: {amount}",
        "tender": "Paid by {name}: {amount}",
        "earned": "Points earned: {amount}",
        "change": "The payout to {name} changes by {amount}",
        "change_whole": "What the platform has changes by {amount}",
        "edit_whole": "The change of the order: {amount}",
        "edit": "The change of the order: {amount}",
        "row": "{name}: {amount}",
        "earned_whole": "Points earned: {amount}",
    }
)

#: The columns of a settlement, within a sentence.
COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "goods": "goods",
        "promotions": "promotions",
        "coupons": "coupons",
        "freight": "freight",
        "surcharges": "surcharges",
        "freight_offers": "freight offers",
        "points": "points",
        "tax": "tax on top",
        "payment_fee": "payment fee",
        "rounding": "rounding",
    }
)

#: The figures of a sum, beside the columns; `{name}` is a line, a shop, an offer, a card or a reason.
TERMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("line", "shop", "rule", "tender", "receiver"), "{name}"),
        "so_far": "back so far",
        "given": "given back before",
        "waits": "given a cent early",
        "money_stays": "money given on what is kept",
        "money": "money without goods",
        "fee_kept": "payment fee that is kept",
        "fee_so_far": "payment fee so far",
        "fee_given": "payment fee given back",
        "fee_tax": "tax on the payment fee",
        "by_platform": "borne by the platform",
        "by_shop": "borne by the shop",
        "cash": "cash",
        "goods_side": "goods side",
        "freight_side": "freight side",
        "on_goods": "on goods",
        "charge": "charged back for {name}",
        "deduction": "kept for {name}",
        "lifted": "given of what was charged, for {name}",
        "credit": "store credit",
        "gave": "given on what is kept",
        "gives": "given to that alone",
        "rounded": "cents that parts rounded off",
        "by_points": "paid by points",
        "charged": "charged before",
        "still_charged": "still on what is kept",
        "took_off": "taken off",
        "came_back": "came back",
        "limit": "what is left allows no more",
        "sending": "to send what is kept",
        "still_waived": "still taken off that",
        "still_paid": "still paid of it",
        "not_waived": "beyond what was waived",
        "freight_owed": "its part of the freight",
        "charges": "charges in all",
        "worth": "worth of this refund",
        "taken": "taken back before",
        "sale": "the sale",
        "refunds": "refunds",
        "own_offers": "own offers",
        "buyer_fee": "payment fee of the buyer",
        "commission": "commission",
        "provider_fee": "fee of the provider",
        "fee_difference": "difference of that fee",
        "fee_expected": "fee expected",
        "fee_kept_back": "fee kept by the provider",
        "fee_came_back": "fee that came back",
        "referrals": "third parties",
        "platform_offers": "offers of the platform",
        "from_shops": "from shops",
        "from_platform": "from the platform",
        "by_buyer": "paid by the buyer",
        "platform": "the platform",
        "provider": "the provider",
        "stored_value": "gift cards",
        "still": "still to pay",
        "others": "paid otherwise",
        "used": "used",
        "left_on_it": "left on it",
        "added": "added",
        "given_back": "given back",
        "difference": "difference",
        "points_borne": "points that it bears",
        "goods_back": "goods that came back",
        "own_offers_back": "own offers given back and charged",
        "freight_back": "freight that came back",
        "tax_back": "tax that came back",
        "buyer_fee_back": "payment fee of the buyer that came back",
        "rounding_back": "rounding that came back",
        "commission_back": "commission given back",
        "provider_fee_back": "fee of the provider given back",
        "fee_difference_back": "difference of that fee given back",
        "referrals_back": "third parties, given back",
        "this_payout": "in this payout",
        "payout_before": "in the payout before",
        "moved": "moved",
        "points_moved": "for {name} points",
        "back_in_all": "back in all",
        "back_before": "back before",
        "rate": "at {name} %",
        "invoice_amount": "amount of the invoice",
        "without_fee": "without fee and rounding",
        "payable": "to pay",
        "due": "by this method",
        "surcharge": "surcharge",
    }
)

#: What a step says; `{sum}` is its formula and what it makes.
STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "goods_side": "Paid for the goods: {sum}",
        "freight_side": "Paid for the freight: {sum}",
        "freight_kept": "The freight is kept",
        "freight_waits": "The freight comes back with the last line of its parcel",
        "so_far": "  of it back so far, {back} of {bought}: {sum}",
        "fee_so_far": "  payment fee in that, by the cash: {sum}",
        "fee_kept": "  the payment fee is kept: {sum}",
        "now": "  so now, less what was given back before: {sum}",
        "off": "    {column} off: {sum}; of it borne by the platform {platform}",
        "charged": "    {column}: {sum}",
        "part": "    {column}, of cash and what was off by the columns that are left: {sum}",
        "points": "Points given back: {sum}",
        "charge": "Charged back, {rule} on {line}: {sum}; of it to the platform {platform}",
        "fair_kept": "What is kept costs {sum} by the offers that applied, bought alone",
        "fair_before": "Kept goods would cost {sum} more than is still paid: earlier steps had given that, "
        "and later ones give so much less",
        "fair_charge": "{rule} on {line}, what it gave less what it gives to the kept goods: {sum}; "
        "of it to the platform {platform}",
        "fair_freight": "Owed of the freight that was waived: {sum}",
        "fair_freight_part": "  of it {rule} on {line}, by what sending it costs: {sum}; "
        "of it to the platform {platform}",
        "charge_given_back": "Charge given back, {rule} on {line}: {sum}; of it to the platform {platform}",
        "on_goods": "Of the {column} of the line, on goods: {sum}",
        "on_freight": "Of the {column} of the line, on freight: {sum}",
        "of_line": "Of {name}:",
        "line": "{name}: {sum}",
        "money": "  of {name}, money without goods ({reason}): {sum}",
        "deduction": "Kept of the refund on {name} ({reason}): {sum}",
        "lifted": "Given of what was charged on {name} ({reason}): {sum}",
        "credit": "  as store credit to {name}: {sum}",
        "kept_gift": "Gift that is paid for and kept: {sku} × {quantity} ({name})",
        "cash": "To refund: {sum}",
        "tender": "  to {name}: {sum}",
        "tender_part": "  to {name}, by what is left to fill: {sum}",
        "tender_filled": "  to {name}, at most what it paid and is not back: {sum}",
        "to_method": "  the way it was paid: {sum}",
        "earned": "Earned points taken back, by what came back of what earns them: {sum}",
        "coupon": "Coupon given back: {name}",
        "gift": "Gift to send back: {sku} × {quantity} ({name})",
        "booked_settlement": "Booked on {on}: the sale",
        "booked_refund": "Booked on {on}: a refund {name}",
        "booked_payout": "Booked on {on}: a payout {name}",
        "booked_movement": "Booked on {on}: a movement of money {name}",
        "row": "Made of: {sum}",
        "added_line": "{name}, settled anew: {sum}",
        "added": "Added in all: {sum}",
        "given_back": "Given back in all: {sum}",
        "difference": "The difference: {sum}",
        "by_method": "  of it by the payment method, above 0 collected: {sum}",
        "changed": "{row}: {sum}",
        "change": "In all: {sum}",
        "before_it": "Still to pay before it: {sum}",
        "on_it": "On it there are: {sum}",
        "it_pays": "It pays as far as it goes: {sum}",
        "tender_share": "Of what was to pay: {sum}",
        "earned_on": "They are earned on: {sum}",
        "points_earned": "By what earns them: {sum}",
        "earned_by_shop": "Each shop's part, by what is paid to it: {sum}",
        "goods": "Goods: {sum}",
        "tax_came_back": "Tax that came back: {sum}",
        "own_offers": "The shop's own offers, less what the platform bears: {sum}",
        "freight": "Freight: {sum}",
        "buyer_fee": "Payment fee of the buyer: {sum}",
        "rounding": "Rounding of the total: {sum}",
        "basis": "  commission of {name} is on {sum}",
        "commission": "  commission of {name}, its basis by its terms: {sum}",
        "commission_of_shop": "  commission, each basis by its terms: {sum}",
        "provider_fee": "Fee of the payment provider for the whole order: {sum}",
        "fee_share": "  the shop's share, by what is paid to it: {sum}",
        "shop_fee": "Fee of the payment provider for the shop's part: {sum}",
        "fee_difference": "Less fee than was expected, as the provider's bill says: {sum}",
        "referrals": "Third parties: {sum}",
        "referrals_back": "Third parties, given back: {sum}",
        "receiver": "{name} has: {sum}",
        "stored_value": "Owed to the holders of gift cards: {sum}",
        "net": "Due for the sale: {sum}",
        "by_platform": "  of it paid by the platform: {sum}",
        "goods_back": "Goods that came back: {sum}",
        "own_offers_back": "Own offers given back and charged: {sum}",
        "freight_back": "Freight that came back: {sum}",
        "buyer_fee_back": "Payment fee of the buyer that came back: {sum}",
        "rounding_back": "Rounding that came back: {sum}",
        "commission_back": "  commission of {name} given back, by its basis: {sum}",
        "commission_of_shop_back": "  commission given back, by its basis: {sum}",
        "commission_further": "  further commission of {name}, by its basis: {sum}",
        "commission_of_shop_further": "  further commission, by its basis: {sum}",
        "fee_back": "  fee of the provider given back, by the cash: {sum}",
        "fee_further": "  further fee of the provider, by the cash: {sum}",
        "refunds": "Refunds: {sum}",
        "due": "Due: {sum}",
        "commissions": "Commissions: {sum}",
        "platform_offers_paid": "Offers that the platform bears: {sum}",
        "points_paid": "Points: {sum}",
        "platform_net": "The platform has: {sum}",
        "everything": "Shops, platform and provider, which is what the buyer paid less what was paid back: {sum}",
        "invoiced": "{name}: {sum}",
        "invoiced_at": "  of it at {percent} %: {sum}",
        "invoiced_freight": "Freight: {sum}",
        "tax": "Tax at {percent} %: {sum}",
        "tax_share": "  of it on {name}, by its amount: {sum}",
        "tax_on_freight": "  of it on the freight, by its amount: {sum}",
        "tax_of_line": "Tax of {name}: {sum}",
        "tax_of_freight": "Tax of the freight: {sum}",
        "invoice_amount": "Amount, tax included: {sum}",
        "invoice_tax": "Tax in it: {sum}",
        "invoice_payable": "To pay, with the rounding of the total: {sum}",
        "taken_back": "{name}: {sum}",
        "freight_taken_back": "Freight: {sum}",
        "tax_back": "  tax in that: {sum}",
        "option_fee": "Payment fee of the buyer: {sum}",
        "option_payable": "To pay: {sum}",
        "option_due": "  by this method: {sum}",
        "merchant_fee": "Fee that the merchant bears: {sum}",
        "received": "The merchant receives: {sum}",
    }
)


def account_lines(explanation: Explanation, say: Language) -> Iterator[str]:
    """The heading and the steps."""
    amount = explanation.result
    subject = explanation.subject if explanation.name else f"{explanation.subject}_whole"
    name = explanation.called(explanation.name)
    yield say(HEADS[subject], name=name, amount=_amount(amount, say))
    for step in explanation.steps:
        yield account_line(step, explanation, say)


def _amount(amount: Money | int | None, say: Language) -> str:
    return say.money(amount) if isinstance(amount, Money) else "" if amount is None else say.number(amount)


def account_line(step: Working, of: Explanation, say: Language) -> str:
    """One step."""
    facts = {name: _fact(name, value, of, say) for name, value in step.facts.items()}
    text = say(STEPS[step.code], sum=_sum(step, of, say), **facts)
    return text.replace(" :", ":").replace(" ：", "：").rstrip()


def _fact(name: str, value: Any, of: Explanation, say: Language) -> str:
    if name in ("column", "row"):
        return say(COLUMNS.get(value) or TERMS[value])
    if name in ("name", "rule", "line"):
        return of.called(str(value))
    return _plain(value) if isinstance(value, Money) else shown(str(value))


def _plain(value: object) -> str:
    """An amount or a number as formulas write them."""
    return str(value.amount).replace("-", "−") if isinstance(value, Money) else str(value)


def _sum(step: Working, of: Explanation, say: Language) -> str:
    """The formula and what it makes; where an amount is spread, what is lost and who gets what is left over."""
    result = _plain(step.result)
    if len(step.terms) > 1:
        return f"{terms_text(step, of, say)} = {result}"
    if not step.shares:
        return (
            result if step.formula in ("", "0", result, result.replace("−", "0 − ")) else f"{step.formula} = {result}"
        )
    (share,) = step.shares
    if share.rank is None:
        return f"{share.formula} = {result}"
    facts = {"formula": share.formula, "floor": _plain(share.floor), "over": _plain(step.facts["over"])}
    facts |= {"rank": say.number(share.rank), "of": say.number(step.facts["of"]), "result": result}
    return say(
        "{formula}, down to {floor}; of {over} left over, rank {rank} of {of} by lost fraction: {result}", **facts
    )


def terms_text(step: Working, of: Explanation, say: Language) -> str:
    """A sum with the names of its figures: `199.80 goods − 4.85 points`."""
    text = ""
    for term in step.terms:
        number = term.formula or _plain(abs(term.amount))
        below = (term.amount.minor if isinstance(term.amount, Money) else term.amount) < 0
        sign = "−" if below else "+" if text else ""
        if below and term.formula and len(step.terms) > 1 and (" + " in number or " − " in number):
            number = f"({number})" if not number.startswith(("down(", "round(", "⌊", "⌈")) else number
        name = of.called(term.name, brief=True) if term.name else ""
        label = say(COLUMNS.get(term.code) or TERMS[term.code], name=name)
        text += f" {sign} {number} {label}" if text else f"{sign}{number} {label}"
    return text
