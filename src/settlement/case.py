"""One settlement's question, made ready: what depends on the cart and the rules, worked out once per call."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from settlement.cart import Checkout
from settlement.discounts.terms import Terms, lines_in_scope
from settlement.errors import InvalidDocument, Problem
from settlement.freight.parcels import Shipment, pack
from settlement.ledger import Basket
from settlement.money import excerpt
from settlement.rulebook import Rulebook, Rules
from settlement.screening import Excluded, screen

__all__ = ["Case", "Picks", "open_case"]


class Picks(NamedTuple):
    """What is to be used: these coupons, each judged at its turn, and up to so many points (None: as many as go)."""

    coupons: frozenset[str]
    points: int | None
    #: Whether coupons that are not picked get a decision at their turn; `best` judges them afterwards.
    judged: bool = True


class Case:
    """The question: basket, rules, parcels before any discount, offers that may touch the basket."""

    __slots__ = (
        "basket", "blocked", "checkout", "coupons", "excluded", "pending", "promotions", "rules", "scopes", "shipment",
    )  # fmt: skip

    def __init__(self, checkout: Checkout, rules: Rules) -> None:
        screened = screen(checkout, rules)
        self.checkout = checkout
        self.rules = rules
        self.basket: Basket = screened.basket
        self.excluded: tuple[Excluded, ...] = screened.excluded
        self.blocked = screened.blocked
        ships = any(template is not None for template in self.basket.templates)
        self.pending = checkout.address is None and ships
        self.shipment: Shipment | None = None
        if ships and not self.pending and not self.blocked:
            self.shipment = pack(self.basket, screened.matches, rules.policy.freight_combination)
        self.scopes: dict[str, Sequence[int]] = {}
        self.promotions: dict[int, list[Terms]] = {}
        self.coupons: dict[int, list[Terms]] = {}
        if not self.blocked:
            for terms in rules.promotions.touching(self.basket):
                if self.scope(terms):
                    self.promotions.setdefault(terms.number, []).append(terms)
            known = rules.coupons
            for terms in sorted(
                (known[name] for name in self.named_coupons() if name in known), key=lambda terms: terms.key
            ):
                self.coupons.setdefault(terms.number, []).append(terms)

    def scope(self, terms: Terms) -> Sequence[int]:
        """The lines that the offer sees before anything else took some away."""
        lines = self.scopes.get(terms.id)
        if lines is None:
            lines = self.scopes[terms.id] = lines_in_scope(terms, self.basket)
        return lines

    def points_scope(self) -> frozenset[int] | None:
        """The lines that points may pay for, or None for all."""
        scope = self.rules.points_scope
        return None if scope is None else frozenset(lines_in_scope(scope, self.basket))

    def allowed(self, terms: Terms) -> int:
        """How many coupons of this one's sort the policy lets in."""
        policy = self.rules.policy
        if terms.number == 7:
            return policy.coupons_freight
        return policy.coupons_per_shop if terms.number == 4 else policy.coupons_platform

    def named_coupons(self) -> frozenset[str]:
        """Every coupon held or chosen: each has a decision."""
        held = self.checkout.customer.coupons
        chosen = self.checkout.choice.coupons
        return frozenset(held) | frozenset(chosen if isinstance(chosen, tuple) else ())

    def refused_before_scope(self, terms: Terms) -> str | None:
        """Why this customer can't have the offer at this instant; a coupon must be held."""
        customer = self.checkout.customer
        if terms.coupon and terms.id not in customer.coupons:
            return "not_held"
        return terms.refused(self.checkout.at, customer)


def open_case(checkout: Checkout, rulebook: Rulebook) -> Case:
    """Check that the two documents fit together, then work out the case. Raises `InvalidDocument`, `TypeError`."""
    for value, kind in ((checkout, Checkout), (rulebook, Rulebook)):
        if not isinstance(value, kind):
            msg = f"settle() takes a Checkout and a Rulebook; found {type(value).__name__} for {kind.__name__}"
            raise TypeError(msg)
    rules = rulebook.rules
    _fits_together(checkout, rulebook, rules)
    return Case(checkout, rules)


def _fits_together(checkout: Checkout, rulebook: Rulebook, rules: Rules) -> None:
    tariffs = rules.tariffs
    found: list[Problem] = []
    for index, line in enumerate(checkout.cart.lines):
        if line.freight_template is not None and line.freight_template not in tariffs:
            place = f"checkout.cart.lines[{index}].freight_template"
            found.append(_unknown("template.unknown", place, line.freight_template, tariffs))
    method = checkout.payment_method
    if method is not None and method not in rules.methods:
        found.append(_unknown("payment_method.unknown", "checkout.payment_method", method, rules.methods))
    if rulebook.currency != checkout.cart.currency:
        facts = {"found": rulebook.currency, "currency": checkout.cart.currency}
        found.append(Problem("rulebook.currency", "currency.mixed", facts))
    if found:
        raise InvalidDocument(found, "request")


def _unknown(code: str, place: str, name: str, known: Collection[str]) -> Problem:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return Problem(place, code, {"found": excerpt(name), "hint": f'; did you mean "{close[0]}"?' if close else ""})
