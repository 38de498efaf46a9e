"""One settlement's question, made ready: what depends on the cart and the rules, worked out once per call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy as twin_of
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from settlement.cart.checkout import Asked, Checkout
from settlement.cart.columns import Basket
from settlement.discounts.asking import Shown, first_unmet
from settlement.discounts.pairs import apart
from settlement.discounts.terms import ScopeTerms, Terms, lines_in_scope
from settlement.documents.hints import Hints
from settlement.documents.problems import expect
from settlement.documents.scalars import milli
from settlement.engine.ledger import Ledger
from settlement.engine.screening import screen
from settlement.engine.with_tax import line_taxes
from settlement.errors import InvalidDocument, Problem
from settlement.freight.parcels import Shipment, pack
from settlement.money import excerpt
from settlement.receipts.facts import Behind, Facts
from settlement.receipts.record import Verdict
from settlement.rulebook.price_lists import repriced
from settlement.rulebook.rulebook import Rulebook, Rules
from settlement.taxes.tables import STANDARD

__all__ = ["Case", "Picks", "open_case"]

_new = tuple.__new__  # half the price of the call, on the way of every settlement


class Picks:
    """What is to be used: these coupons, each judged at its turn, and up to so many points (None: as many as go)."""

    def __init__(
        self,
        coupons: Collection[str],
        points: int | None,
        judged: bool = True,
        across: Callable[[Ledger], Collection[str]] | None = None,
    ) -> None:
        self.coupons, self.points = coupons, points
        #: Whether coupons that are not picked get a decision at their turn; `best` judges them afterwards.
        self.judged = judged
        #: Chooses the platform's coupons once shops have had their turn, where that is the better moment.
        self.across = across


class Case:
    """The question: basket, rules, parcels before any discount, offers that may touch the basket."""

    #: Parcels before any discount, None where nothing is shipped or the address is missing: then it is pending.
    shipment: Shipment | None = None
    blocked = pending = False
    #: Whether tax is open until there is an address.
    untaxed = False
    #: What no offer may bring a line below, None where no line says.
    floors: Sequence[int] | None = None
    #: Thousandths that the customer bought of an offer before.
    bought: Mapping[str, int] = MappingProxyType({})
    #: Minor units that an offer took off all orders before, of its budget.
    spent: Mapping[str, int] = MappingProxyType({})
    #: Of the offers that may touch the basket, those that can't stand beside each other, by their ids.
    apart: Mapping[str, frozenset[str]] = MappingProxyType({})
    #: Line -> the price list that its unit price is of; every other has the cart's.
    priced: Mapping[str, str] = MappingProxyType({})
    #: Coupons held or chosen that the rules do not know, sorted.
    unknown: Sequence[str] = ()
    #: Offers by number, in their order: promotions with a line in scope, coupons held or chosen.
    promotions: Mapping[int, list[Terms]] = MappingProxyType({})
    #: Promotions of groups that were not chosen; once they are, `promotions` is without them.
    not_chosen: Sequence[Terms] = ()
    coupons: Mapping[int, list[Terms]] = MappingProxyType({})
    #: How many coupons these are, and those that this customer may have and that have a line in scope.
    named = 0
    #: Of each line, where shops state taxes.
    tax_classes: Sequence[str] = ()
    usable: Sequence[Terms] = ()
    #: Numbers of which some usable coupon uses its units up.
    units_used: Collection[int] = ()
    _points_scope: frozenset[int] | None = None

    def __init__(self, checkout: Checkout, asked: Asked, rules: Rules) -> None:
        basket, self.excluded, matches, self.sourcing = screen(asked, rules)
        rounded = rules.rounded
        self.checkout, self.asked, self.rules = checkout, asked, rules
        self.basket: Basket = basket
        if not basket.ids or (rules.blocks and any(each.reason in _NOT_SHIPPED for each in self.excluded)):
            self.blocked = True
        self.goods, self.lists = basket.goods(rounded)
        if basket.floored:
            self.floors = basket.floors(rounded)
        if matches and basket.groups and not self.blocked:
            self.shipment = pack(basket, basket.groups, matches, self.goods, rules.combination, rounded)
        elif basket.groups and asked.region is None:
            self.pending = True
        if rules.taxes:
            self._classify(rules)
        self.scopes: dict[str, Sequence[int]] = {}
        #: Offer id -> why this customer can't have it at this instant, or None.
        self.refusals: dict[str, str | None] = {}
        self._unmet: dict[str, dict[str, Any] | None] = {}
        self._shown: Shown = {}
        if asked.usage:
            self.bought = {use.rule: milli(use.units) for use in asked.usage}
            self.spent = {use.rule: use.spent.minor for use in asked.usage if use.spent is not None}
        #: What the facts of this settlement are written from; no more of the question lives on with it.
        self.behind = Behind(basket, rules, self.floors, self.bought, asked.customer.points, self.spent)
        if rules.threshold_tax:
            self.behind.taxed = line_taxes(self)
        #: Coupon id -> terms, every copy held with an id of its own.
        self.known_coupons = rules.coupons
        if asked.copies:
            self.asked, self.known_coupons = _with_copies(asked, rules)
        if not self.blocked:
            if rules.promotions.count:
                self._find_promotions()
            if asked.named:
                self._find_coupons()
            if rules.paired:
                terms = [each for offers in (*self.promotions.values(), *self.coupons.values()) for each in offers]
                self.apart = apart({each.offer.id: each.offer for each in terms}.values())

    def _classify(self, rules: Rules) -> None:
        """The tax class of each line; without an address it is still open what a rate that names regions says."""
        self.tax_classes = [line.tax_class or STANDARD for line in self.basket.source]
        if self.asked.region is None and not self.blocked:
            tables = [rules.tax_table(shop) for shop in self.basket.by_shop]
            if any(each is not None and each.by_region and each.taxes.prices == "without" for each in tables):
                self.pending = self.untaxed = True

    def _find_promotions(self) -> None:
        """The promotions that find a line in their scope."""
        found: dict[int, list[Terms]] = {}
        for terms in self.rules.promotions.touching(self.basket):
            if self.scope(terms) or (terms.methods is not None and self._sent_otherwise(terms)):
                found.setdefault(terms.number, []).append(terms)
        self.promotions = found

    def _find_coupons(self) -> None:
        """The coupons that are held or chosen: which of them the customer can't have, and the lines of the others."""
        known, names = self.known_coupons, self.asked.named
        named = [terms for name in names if (terms := known.get(name)) is not None]
        if len(named) != len(names):
            self.unknown = sorted([name for name in names if name not in known])
        self.named = len(named)
        if self.named > 1:
            named.sort(key=_KEY)
        found: dict[int, list[Terms]] = {}
        usable, allowed = [], self.rules.allowed
        alike: dict[tuple[object, ...], Sequence[int]] = {}  # copies, and coupons on the same goods, share their lines
        for terms in named:
            name, number = terms.id, terms.number
            self.refusals[name] = reason = self._refused(terms)
            if reason is None:
                lines = None if terms.plain else alike.get(terms.meaning)
                if lines is None:
                    lines = lines_in_scope(terms, self.basket)
                    if not terms.plain:
                        alike[terms.meaning] = lines
                self.scopes[name] = lines
                if lines and allowed[number]:
                    usable.append(terms)
                    if terms.uses_units:
                        self.units_used = {*self.units_used, number}
            if number in found:
                found[number].append(terms)
            else:
                found[number] = [terms]
        self.coupons, self.usable = found, usable

    def scope(self, terms: Terms) -> Sequence[int]:
        """The lines that the offer sees before anything else took some away."""
        lines = self.scopes.get(terms.id)
        if lines is None:
            lines = self.scopes[terms.id] = lines_in_scope(terms, self.basket)
        return lines

    def _sent_otherwise(self, terms: Terms) -> bool:
        """Whether all lines that an offer would see go by other methods than it is for."""
        if self.scope(terms):
            return False
        scope = ScopeTerms(terms.offer.scope, terms.shop)
        return bool(lines_in_scope(scope, self.basket))

    def left_of(self, terms: Terms) -> int:
        """What is left of an offer's budget, where it has one."""
        return max(0, (terms.budget or 0) - self.spent.get(terms.offer.id, 0))

    def stands_apart(self, terms: Terms, verdicts: Sequence[Verdict]) -> str | None:
        """The first of those that applied beside which the offer can't stand."""
        others = self.apart.get(terms.offer.id)
        if others:
            for rule, reason, _, _ in verdicts:
                if reason is None and (rule in others or (rule.rpartition("#")[0] in others and self._copy(rule))):
                    return rule
        return None

    def _copy(self, rule: str) -> bool:
        """Whether a coupon goes by an id that is not its own."""
        known = self.known_coupons.get(rule)
        return known is not None and known.offer.id != rule

    def condition(self, terms: Terms) -> Sequence[int] | None:
        """The lines that the offer's conditions look at, where they are not those of its scope."""
        if terms.condition is None:
            return None
        key = f"{terms.id}\n"  # no id has a line break
        lines = self.scopes.get(key)
        if lines is None:
            lines = self.scopes[key] = lines_in_scope(terms.condition, self.basket)
        return lines

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
        return self.rules.allowed[terms.number]

    def refused_before_scope(self, terms: Terms) -> str | None:
        """Why this customer can't have the offer at this instant; a coupon must be held. Asked once an offer."""
        if terms.id not in self.refusals:
            self.refusals[terms.id] = self._refused(terms)
        return self.refusals[terms.id]

    def _refused(self, terms: Terms) -> str | None:
        if terms.coupon and terms.id not in self.asked.holds:
            return "not_held"
        reason = terms.refused(self.asked.at, self.asked.customer)
        if reason is None and terms.asks:
            reason = terms.refused_there(self.asked.region, self.asked.method)
            if reason is None and terms.methods is not None and self._sent_otherwise(terms):
                return "wrong_delivery_method"
            if reason is None and terms.conditions and self.unmet(terms):
                return "condition_not_met"
        return reason

    def unmet(self, terms: Terms) -> dict[str, Any] | None:
        """The facts of the offer's first condition that does not hold, or None; each offer is asked once."""
        name = terms.offer.id  # copies of a coupon have one answer
        if name not in self._unmet:
            self._unmet[name] = first_unmet(terms, self.checkout, self.basket, self.goods, self._shown)
        return self._unmet[name]

    def refusal(self, terms: Terms, reason: str) -> Verdict:
        """The decision on an offer that was not even tried."""
        facts: Facts = None
        if terms.asks:  # else no such reason is its
            facts = self.unmet(terms) if reason == "condition_not_met" else terms.where if reason in _THERE else None
        return _new(Verdict, (terms.id, reason, None, facts))


_KEY = attrgetter("key")
#: Reasons of lines that are not shipped there, by which the policy may block the whole.
_NOT_SHIPPED = frozenset({"undeliverable", "delivery_unavailable"})
#: Reasons of where and how: the facts say what the offer asks for.
_THERE = frozenset({"address_needed", "wrong_region", "wrong_payment_method", "wrong_delivery_method"})


def _copy_ids(rules: Rules, asked: Asked) -> list[str]:
    """The ids of second and further copies, as many as the coupon's own limits let this customer use.

    What counts by customer, as the units of a flash price do, has none: further copies would add nothing. Nor has what
    has a budget: an order takes of it once.
    """
    made: list[str] = []
    usage = {use.rule: use for use in asked.usage}
    taken = {offer.id for offer in (*rules.book.promotions, *rules.book.coupons)}
    for name, most in asked.copies:
        left = [most]
        if (terms := rules.coupons.get(name)) is not None:
            offer, use = terms.offer, usage.get(name)
            used = (0, 0) if use is None else (use.by_customer, use.in_all)
            limits = zip((offer.limit_per_customer, offer.limit_in_all), used, strict=True)
            left += [limit - before for limit, before in limits if limit is not None]
            if terms.by_customer or terms.budget is not None:
                continue
        made += [copy for number in range(2, min(left) + 1) if (copy := f"{name}#{number}") not in taken]
    return made


def _with_copies(asked: Asked, rules: Rules) -> tuple[Asked, dict[str, Terms]]:
    """What is asked with every further copy held, and the coupons with a twin for each."""
    known, copies = dict(rules.coupons), _copy_ids(rules, asked)
    for name in copies:
        original = rules.coupons.get(name.rpartition("#")[0])
        if original is not None and name not in known:
            twin = known[name] = twin_of(original)
            twin.id = name
            twin.key = (original.key[0], name)
    holding = twin_of(asked)
    holding.held = tuple(dict.fromkeys((*asked.held, *copies)))
    holding.holds = frozenset(holding.held)
    holding.named = tuple(dict.fromkeys((*holding.held, *asked.named)))
    return holding, known


def open_case(checkout: Checkout, rulebook: Rulebook) -> Case:
    """Check that the two documents fit together, then work out the case. Raises `InvalidDocument`, `TypeError`."""
    if type(checkout) is not Checkout or type(rulebook) is not Rulebook:
        expect("checkout", checkout, Checkout)
        expect("rulebook", rulebook, Rulebook)
    asked, rules = checkout.asked, rulebook.rules
    _fits_together(checkout, asked, rules)
    if rules.price_lists:
        return _at_list_prices(checkout, asked, rules)
    return Case(checkout, asked, rules)


def _at_list_prices(checkout: Checkout, asked: Asked, rules: Rules) -> Case:
    """The same where some prices are not those of the cart."""
    priced = twin_of(asked)
    priced.basket, found = repriced(asked.basket, rules.price_lists, asked.at, asked.customer.level)
    case = Case(checkout, priced, rules)
    case.priced = found
    return case


def _fits_together(checkout: Checkout, asked: Asked, rules: Rules) -> None:
    """What one document names in the other is there; the usual case is three quick looks."""
    method = asked.method
    if (
        asked.templates <= rules.tariffs.keys()
        and (not asked.warehouses or asked.warehouses <= rules.warehouses.keys())
        and (method is None or method in rules.methods)
        and (not (asked.methods or asked.delivery) or _deliverable(asked, rules))
        and rules.currency == asked.currency
        and asked.lines <= rules.max_lines
    ):
        return
    cart = checkout.cart
    found: list[Problem] = []
    templates = Hints([each.id for each in rules.book.freight_templates])
    warehouses, ways = Hints(rules.warehouses), Hints(rules.delivery)
    for index, line in enumerate(cart.lines):
        place = f"checkout.cart.lines[{index}]"
        if line.freight_template is not None and line.freight_template not in rules.tariffs:
            found.append(_unknown("template.unknown", f"{place}.freight_template", line.freight_template, templates))
        for at, name in enumerate(line.warehouses or ()):
            if name not in rules.warehouses:
                found.append(_unknown("warehouse.unknown", f"{place}.warehouses[{at}]", name, warehouses))
        if line.delivery is not None and line.delivery not in rules.delivery:
            found.append(_unknown("delivery_method.unknown", f"{place}.delivery", line.delivery, ways))
    for at, each in enumerate(asked.delivery):
        if each.method not in rules.delivery:
            place = f"checkout.choice.delivery[{at}].method"
            found.append(_unknown("delivery_method.unknown", place, each.method, ways))
    if method is not None and method not in rules.methods:
        found.append(_unknown("payment_method.unknown", "checkout.payment_method", method, Hints(rules.methods)))
    if len(cart.lines) > rules.policy.max_lines:
        facts: dict[str, object] = {"length": len(cart.lines), "limit": rules.policy.max_lines}
        found.append(Problem("checkout.cart.lines", "limit.lines", facts))
    if rules.book.currency != cart.currency:
        facts = {"found": rules.book.currency, "currency": cart.currency}
        found.append(Problem("rulebook.currency", "currency.mixed", facts))
    raise InvalidDocument(found, "request")


def _deliverable(asked: Asked, rules: Rules) -> bool:
    """Whether every delivery method that is chosen is one of the rules."""
    return rules.delivery.keys() >= {*asked.methods, *[each.method for each in asked.delivery]}


def _unknown(code: str, place: str, name: str, hints: Hints) -> Problem:
    return Problem(place, code, {"found": excerpt(name), "hint": hints(name)})
