"""One settlement's question, made ready: what depends on the cart and the rules, worked out once per call."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from copy import copy as twin_of
from typing import Any, NamedTuple

from settlement.basket import Basket
from settlement.cart import Checkout, Customer
from settlement.discounts.asking import first_unmet
from settlement.discounts.flash_price import FlashPrice
from settlement.discounts.terms import Outcome, Terms, apply, lines_in_scope
from settlement.documents import milli
from settlement.errors import InvalidDocument, Problem
from settlement.freight.parcels import Shipment, pack
from settlement.ledger import Verdict
from settlement.money import excerpt
from settlement.rulebook import Rulebook, Rules
from settlement.screening import screen

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
        "_points_scope", "_unmet", "basket", "blocked", "bought", "checkout", "coupons", "excluded", "floors", "goods",
        "held", "known_coupons", "lists", "pending", "promotions", "rules", "scopes", "shipment", "sourcing",
    )  # fmt: skip

    def __init__(self, checkout: Checkout, rules: Rules) -> None:
        basket, excluded, matches, sourcing = screen(checkout, rules)
        self.checkout = checkout
        self.rules = rules
        self.basket: Basket = basket
        self.excluded = excluded
        self.sourcing = sourcing
        self.blocked = not basket.ids or (
            rules.policy.undeliverable == "block" and any(each.reason == "undeliverable" for each in excluded)
        )
        self.goods, self.lists = basket.goods(rules.rounded)
        self.pending = checkout.address is None and bool(basket.groups)
        self.shipment: Shipment | None = None
        if matches and basket.groups and not self.blocked:
            self.shipment = pack(basket, matches, rules.policy.freight_combination, rules.rounded)
        self.scopes: dict[str, Sequence[int]] = {}
        self.floors = basket.floors(rules.rounded)
        customer = checkout.customer
        #: Coupon id -> terms, every copy held with an id of its own.
        self.known_coupons = rules.coupons if not customer.copies else _with_copies(rules, customer)
        self.held: tuple[str, ...] = customer.coupons
        if customer.copies:
            self.held = tuple(dict.fromkeys((*customer.coupons, *_copy_ids(rules, customer))))
        self.bought = {use.rule: milli(use.units) for use in customer.usage} if customer.usage else {}
        self._points_scope: frozenset[int] | None = None
        self._unmet: dict[str, dict[str, Any] | None] = {}
        #: Offers with a line in scope, by number, in their order.
        self.promotions: dict[int, list[Terms]] = {}
        self.coupons: dict[int, list[Terms]] = {}
        if not self.blocked:
            for terms in rules.promotions.touching(basket):
                if self.scope(terms):
                    self.promotions.setdefault(terms.number, []).append(terms)
            if rules.coupons:
                self._named_coupons()

    def _named_coupons(self) -> None:
        known = self.known_coupons
        named = [known[name] for name in self.named_coupons() if name in known]
        if len(named) > 1:
            named.sort(key=lambda terms: terms.key)
        for terms in named:
            self.coupons.setdefault(terms.number, []).append(terms)

    def scope(self, terms: Terms) -> Sequence[int]:
        """The lines that the offer sees before anything else took some away."""
        lines = self.scopes.get(terms.id)
        if lines is None:
            lines = self.scopes[terms.id] = lines_in_scope(terms, self.basket)
        return lines

    def condition(self, terms: Terms) -> Sequence[int] | None:
        """The lines that the offer's conditions look at, where they are not those of its scope."""
        if terms.condition is None:
            return None
        key = f"{terms.id}\n"  # no id has a line break
        lines = self.scopes.get(key)
        if lines is None:
            lines = self.scopes[key] = lines_in_scope(terms.condition, self.basket)
        return lines

    def attempt(self, terms: Terms, lines: Sequence[int], nets: Sequence[int], amounts: Sequence[int]) -> Outcome:
        """Try an offer on lines in scope (not empty); see `discounts.terms.apply`."""
        bought = self.bought.get(terms.offer.id, 0) if self.bought else 0
        rounded = self.rules.rounded
        return apply(terms, lines, self.basket, nets, amounts, rounded, self.condition(terms), bought, self.floors)

    def points_scope(self) -> frozenset[int] | None:
        """The lines that points may pay for, or None for all."""
        scope = self.rules.points_scope
        if self._points_scope is None:
            if scope is not None:
                self._points_scope = frozenset(lines_in_scope(scope, self.basket))
            elif self.basket.money:
                self._points_scope = frozenset(self.basket.places) - self.basket.money
        return self._points_scope

    def allowed(self, terms: Terms) -> int:
        """How many coupons of this one's sort the policy lets in."""
        policy = self.rules.policy
        if terms.number == 7:
            return policy.coupons_freight
        return policy.coupons_per_shop if terms.number == 4 else policy.coupons_platform

    def named_coupons(self) -> Iterable[str]:
        """Every coupon held or chosen, each once: each has a decision."""
        held = self.held
        chosen = self.checkout.choice.coupons
        return dict.fromkeys((*held, *chosen)) if isinstance(chosen, tuple) and chosen else held

    def refused_before_scope(self, terms: Terms) -> str | None:
        """Why this customer can't have the offer at this instant; a coupon must be held."""
        customer = self.checkout.customer
        if terms.coupon and terms.id not in self.held:
            return "not_held"
        reason = terms.refused(self.checkout.at, customer)
        return "condition_not_met" if reason is None and terms.conditions and self.unmet(terms) else reason

    def unmet(self, terms: Terms) -> dict[str, Any] | None:
        """The facts of the offer's first condition that does not hold, or None; each offer is asked once."""
        name = terms.offer.id  # copies of a coupon have one answer
        if name not in self._unmet:
            self._unmet[name] = first_unmet(terms, self.checkout, self.basket, self.goods)
        return self._unmet[name]

    def refusal(self, terms: Terms, reason: str) -> Verdict:
        """The decision on an offer that was not even tried."""
        return terms.id, reason, None, self.unmet(terms) if reason == "condition_not_met" else None


def _copy_ids(rules: Rules, customer: Customer) -> list[str]:
    """The ids of second and further copies, as many as the coupon's own limits let this customer use.

    A flash price counts its units by customer, so that further copies would add none.
    """
    made: list[str] = []
    usage = {use.rule: use for use in customer.usage}
    taken = {offer.id for offer in (*rules.book.promotions, *rules.book.coupons)}
    for name, most in customer.copies:
        left = [most]
        if (terms := rules.coupons.get(name)) is not None:
            offer, use = terms.offer, usage.get(name)
            used = (0, 0) if use is None else (use.by_customer, use.in_all)
            limits = zip((offer.limit_per_customer, offer.limit_in_all), used, strict=True)
            left += [limit - before for limit, before in limits if limit is not None]
            if any(isinstance(benefit, FlashPrice) for _, _, benefit in terms.tiers):
                continue
        made += [copy for number in range(2, min(left) + 1) if (copy := f"{name}#{number}") not in taken]
    return made


def _with_copies(rules: Rules, customer: Customer) -> dict[str, Terms]:
    """The coupons, and a twin for each further copy that is held."""
    known = dict(rules.coupons)
    for name in _copy_ids(rules, customer):
        original = rules.coupons.get(name.rpartition("#")[0])
        if original is not None and name not in known:
            twin = known[name] = twin_of(original)
            twin.id = name
            twin.key = (original.key[0], name)
    return known


def open_case(checkout: Checkout, rulebook: Rulebook) -> Case:
    """Check that the two documents fit together, then work out the case. Raises `InvalidDocument`, `TypeError`."""
    for value, kind in ((checkout, Checkout), (rulebook, Rulebook)):
        if not isinstance(value, kind):
            msg = f"settle() takes a Checkout and a Rulebook; found {type(value).__name__} for {kind.__name__}"
            raise TypeError(msg)
    rules = rulebook.rules
    _fits_together(checkout, rules)
    return Case(checkout, rules)


def _fits_together(checkout: Checkout, rules: Rules) -> None:
    """What one document names in the other is there; the usual case is three quick looks."""
    cart = checkout.cart
    method = checkout.payment_method
    if (
        cart.named_templates <= rules.tariffs.keys()
        and cart.named_warehouses <= rules.warehouses.keys()
        and (method is None or method in rules.methods)
        and rules.book.currency == cart.currency
        and len(cart.lines) <= rules.policy.max_lines
    ):
        return
    found: list[Problem] = []
    for index, line in enumerate(cart.lines):
        place = f"checkout.cart.lines[{index}]"
        if line.freight_template is not None and line.freight_template not in rules.tariffs:
            found.append(
                _unknown("template.unknown", f"{place}.freight_template", line.freight_template, rules.tariffs)
            )
        for at, name in enumerate(line.warehouses or ()):
            if name not in rules.warehouses:
                found.append(_unknown("warehouse.unknown", f"{place}.warehouses[{at}]", name, rules.warehouses))
    if method is not None and method not in rules.methods:
        found.append(_unknown("payment_method.unknown", "checkout.payment_method", method, rules.methods))
    if len(cart.lines) > rules.policy.max_lines:
        facts: dict[str, object] = {"length": len(cart.lines), "limit": rules.policy.max_lines}
        found.append(Problem("checkout.cart.lines", "limit.lines", facts))
    if rules.book.currency != cart.currency:
        facts = {"found": rules.book.currency, "currency": cart.currency}
        found.append(Problem("rulebook.currency", "currency.mixed", facts))
    raise InvalidDocument(found, "request")


def _unknown(code: str, place: str, name: str, known: Collection[str]) -> Problem:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return Problem(place, code, {"found": excerpt(name), "hint": f'; did you mean "{close[0]}"?' if close else ""})
