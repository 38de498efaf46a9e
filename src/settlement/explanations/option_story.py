"""Why paying by a method costs what it does: the fee, who bears it, and what the method pays."""

from __future__ import annotations

from settlement.after_pay.payments.due import charged_for
from settlement.after_pay.payments.options import payment_option
from settlement.cart.checkout import Checkout
from settlement.documents.problems import expect
from settlement.engine.settle import settle
from settlement.errors import quoted
from settlement.explanations.figures import Figures
from settlement.explanations.payout_story import fee_formula
from settlement.explanations.story import Explanation
from settlement.explanations.terms import Figure
from settlement.rulebook.rulebook import Rulebook

__all__ = ["explain_option"]


def explain_option(checkout: Checkout, rulebook: Rulebook, method: str) -> Explanation:
    """How a payment option came about: its fee, what is payable, what cards pay of it, what is received.

    `method` is its id. Raises `LookupError` for a method that the rules have not; else what `settle` raises.
    Source: contract §6.

    >>> from settlement import Cart, Line, PaymentMethod
    >>> card = PaymentMethod(id="card", percent="1", borne_by="buyer")
    >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="s", sku="k", quantity=1, unit_price="50.00 CNY")])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart)
    >>> story = explain_option(checkout, Rulebook(id="r", currency="CNY", payment_methods=[card]), "card")
    >>> [(step.code, step.formula) for step in story.steps][:2]
    [('option_fee', 'round(50.00 × 1 ÷ 100)'), ('option_payable', '50.00 + 0.50')]
    """
    expect("checkout", checkout, Checkout)
    expect("rulebook", rulebook, Rulebook)
    terms = {each.id: each for each in rulebook.payment_methods}
    expect("method", method, str)
    if method not in terms:
        known = ", ".join(map(repr, terms)) or "none"
        raise LookupError(f"there is no payment method {quoted(method)}; there are {known}")
    option = payment_option(checkout, rulebook, terms[method])
    settlement = settle(checkout.model_copy(update={"payment_method": method}), rulebook)
    figures, rounding = Figures(settlement.currency), rulebook.policy.rounding
    fee, rounded = settlement.totals.payment_fee.minor, settlement.totals.rounding.minor
    on_fee = sum([each.amount.minor for each in settlement.adjustments if each.stage == "fee_tax"])
    before = settlement.payable.minor - fee - on_fee - rounded
    if option.borne_by == "buyer":
        figures.add("option_fee", fee, fee_formula(figures, terms[method], before) if before else "", rounding)
    made = [("without_fee", before), ("payment_fee", fee), ("fee_tax", on_fee), ("rounding", rounded)]
    figures.sum("option_payable", settlement.payable.minor, made)
    for tender in option.tenders:
        figures.add("tender", tender.amount.minor, name=tender.id)
    if option.tenders:
        shares: list[Figure] = [("tender", -tender.amount.minor, tender.id) for tender in option.tenders]
        figures.sum("option_due", option.due.minor, [("payable", settlement.payable.minor), *shares])
    if option.borne_by == "merchant":
        formula = " + ".join(
            [fee_formula(figures, terms[method], due) for due in charged_for(settlement, terms[method])]
        )
        figures.add("merchant_fee", option.fee.minor, formula, rounding)
    kept = option.fee.minor if option.borne_by == "merchant" else 0
    figures.sum("received", option.received.minor, [("due", option.due.minor), ("provider_fee", -kept)])
    name = option.name or option.id
    return Explanation("option", name, settlement.currency, option.payable, tuple(figures.steps))
