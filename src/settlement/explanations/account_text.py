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

__all__ = ["COLUMNS", "HEADS", "STEPS", "account_lines"]

#: What a story is about; `{name}` is a line, a shop or a method.
HEADS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "refund": "Refund of {name}: {amount}",
        "payout": "Payout to {name}: {amount}",
        "invoice": "Invoice of {name}: {amount}",
        "option": "Paying by {name}: {amount}",
        "refund_whole": "Refund: {amount}",
        "payout_whole": "To the platform: {amount}",
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

#: What a step says; `{sum}` is its formula and what it makes.
STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "goods_side": "Paid for the goods: {sum}",
        "freight_side": "Paid for the freight: {sum}",
        "freight_kept": "The freight is kept",
        "freight_waits": "The freight comes back with the last line of its parcel",
        "so_far": "  of it back so far, {back} of {bought}: {sum}",
        "fee_so_far": "  payment fee in that: {sum}",
        "fee_kept": "  the payment fee is kept: {sum}",
        "now": "  so now, less what was given back before: {sum}",
        "off": "    {column} off: {sum}; of it borne by the platform {platform}",
        "charged": "    {column}: {sum}",
        "points": "Points given back: {sum}",
        "charge": "Charged back, {rule} on {line}: {sum}; of it to the platform {platform}",
        "fair_kept": "What is kept costs {sum} by the offers that applied, bought alone",
        "fair_before": "Kept goods would cost {sum} more than is still paid: earlier steps had given that, "
        "and later ones give so much less",
        "fair_charge": "{rule} on {line}, what it gave less what it gives to the kept goods: {sum}; "
        "of it to the platform {platform}",
        "charge_given_back": "Charge given back, {rule} on {line}: {sum}; of it to the platform {platform}",
        "line": "{name}: {sum}",
        "money": "  of {name}, money without goods ({reason}): {sum}",
        "deduction": "Kept of the refund on {name} ({reason}): {sum}",
        "credit": "  as store credit to {name}: {sum}",
        "kept_gift": "Gift that is paid for and kept: {sku} × {quantity} ({name})",
        "cash": "To refund: {sum}",
        "tender": "  to {name}: {sum}",
        "to_method": "  the way it was paid: {sum}",
        "earned": "Earned points taken back: {sum}",
        "coupon": "Coupon given back: {name}",
        "gift": "Gift to send back: {sku} × {quantity} ({name})",
        "goods": "Goods: {sum}",
        "own_offers": "The shop's own offers, less what the platform bears: {sum}",
        "freight": "Freight: {sum}",
        "buyer_fee": "Payment fee of the buyer: {sum}",
        "rounding": "Rounding of the total: {sum}",
        "basis": "  commission of {name} is on {sum}",
        "commission": "  commission {name}: {sum}",
        "provider_fee": "Fee of the payment provider for the whole order: {sum}",
        "fee_share": "  the shop's share: {sum}",
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
        "commission_back": "  commission given back {name}: {sum}",
        "commission_further": "  further commission {name}: {sum}",
        "fee_back": "  fee of the provider given back: {sum}",
        "fee_further": "  further fee of the provider: {sum}",
        "refunds": "Refunds: {sum}",
        "due": "Due: {sum}",
        "commissions": "Commissions: {sum}",
        "platform_offers_paid": "Offers that the platform bears: {sum}",
        "points_paid": "Points: {sum}",
        "platform_net": "The platform has: {sum}",
        "everything": "Shops, platform and provider, which is what the buyer paid less what was paid back: {sum}",
        "invoiced": "{name}: {sum}",
        "invoiced_freight": "Freight: {sum}",
        "tax": "Tax at {percent} %: {sum}",
        "tax_share": "  of it on {name}: {sum}",
        "tax_on_freight": "  of it on the freight: {sum}",
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
    amount = "" if explanation.result is None else say.money(explanation.result)
    subject = explanation.subject if explanation.name else f"{explanation.subject}_whole"
    yield say(HEADS[subject], name=shown(explanation.name), amount=amount)
    for step in explanation.steps:
        yield _said(step, say).rstrip()


def _said(step: Working, say: Language) -> str:
    facts = {name: _fact(name, value, say) for name, value in step.facts.items()}
    text = say(STEPS[step.code], sum=_sum(step, say), **facts)
    return text.replace(" :", ":").replace(" ：", "：")


def _fact(name: str, value: Any, say: Language) -> str:
    if name == "column":
        return say(COLUMNS[value])
    return _plain(value) if isinstance(value, Money) else shown(str(value))


def _plain(value: object) -> str:
    """An amount or a number as formulas write them."""
    return str(value.amount).replace("-", "−") if isinstance(value, Money) else str(value)


def _sum(step: Working, say: Language) -> str:
    """The formula and what it makes; where an amount is spread, what is lost and who gets what is left over."""
    result = _plain(step.result)
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
