"""The story of one line, one parcel, one rule or the total: each step with its formula, its numbers and what it makes.

Told from the settlement alone, also from one that was read back from JSON. Each formula is tried on a calculator
before it is shown: what does not make the settlement's own number is left out, never shown wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from settlement.documents.json_text import compact
from settlement.documents.written import all_readable
from settlement.errors import quoted
from settlement.explanations.formulas import formula_of
from settlement.explanations.shares import Share, minor_of, shares_of, stated_shares
from settlement.explanations.terms import Figure, Term, named
from settlement.explanations.trail import Before, Taken, plain, walk
from settlement.money import Money
from settlement.receipts.charged import charged
from settlement.receipts.columns import COLUMNS
from settlement.receipts.hint import Hint, by_offer
from settlement.receipts.parts import Adjustment, Decision, SettledLine, Totals
from settlement.receipts.settlement import Settlement, expect_settlement

__all__ = ["Explanation", "Share", "Term", "Working", "explain", "names_of"]

Subject: TypeAlias = Literal[
    "total",
    "line",
    "parcel",
    "rule",
    "refund",
    "payout",
    "invoice",
    "option",
    "tender",
    "earned",
    "row",
    "change",
    "edit",
]

#: Lines whose goods are added up one by one; beyond it shop by shop.
_MANY: Final = 12
#: What facts that somebody else wrote may do to a formula: then it is not shown.
_UNFIT: Final = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)


class Working(NamedTuple):
    """One step: a stable `code`, the formula where there is one, and what it makes.

    `spread` and `by_line` have a row for every line that the rule looked at; in the story of a line that line alone.
    """

    code: str
    result: Money | Decimal | int | None = None
    formula: str = ""
    #: What `round(…)` in the formulas means.
    rounding: str | None = None
    stage: str | None = None
    rule: str | None = None
    shares: tuple[Share, ...] = ()
    facts: Mapping[str, Any] = MappingProxyType({})
    #: Where the formula is a sum: its figures with their names, which add up to the result.
    terms: tuple[Term, ...] = ()


class Explanation(NamedTuple):
    """The steps in their order. `text()` sets them out for a reader; amounts in formulas are in `currency`."""

    subject: Subject
    name: str
    currency: str
    result: Money | int | None
    steps: tuple[Working, ...]
    #: Names of rules and lines, where the settlement still has the documents that it was made from.
    names: Mapping[str, str] = MappingProxyType({})
    #: The order by the shop's own name, where it has one.
    order: str | None = None

    @property
    def figures(self) -> tuple[Term, ...]:
        """The named figures that add up to `result`; none where there is no result."""
        made_so = [step.terms for step in self.steps if step.terms and step.result == self.result]
        if made_so:
            return max(reversed(made_so), key=lambda terms: len(terms) > 1)
        falls = [step for step in self.steps if step.code in _FALLS]
        if self.subject == "parcel":
            rows: list[Figure] = [(str(step.stage), _minor(step.result), str(step.rule)) for step in falls]
        else:
            rows = [("line", each.share.minor, each.line) for step in falls for each in step.shares]
        return named(rows, self.currency)

    def called(self, name: str, *, brief: bool = False) -> str:
        """What people call a line, a rule or a shop, with its id; `brief` without, where no other is called so.

        Beside a number an id that begins like one stands in brackets.
        """
        from settlement.documents.words.plain import shown

        found = self.names.get(name)
        if found is None:
            return f"[{shown(name)}]" if brief and name[:1].isdigit() else shown(name)
        alone = brief and list(self.names.values()).count(found) == 1
        return shown(found) if alone else f"{shown(found)} [{shown(name)}]"

    def text(self, locale: str = "en") -> str:
        """The story for a reader. Raises `UnknownLocale`."""
        from settlement.explanations.story_text import story_text

        return story_text(self, locale)

    def __str__(self) -> str:
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for programs: amounts as strings, fractions as "1/3"."""
        return {
            **({} if self.order is None else {"order": self.order}),
            "subject": self.subject,
            "name": self.name,
            "currency": self.currency,
            "result": _data(self.result),
            "steps": [_data(step) for step in self.steps],
        }

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())


#: Steps that say how an amount falls on lines.
_FALLS: Final = frozenset({"spread", "by_line", "stated"})


def _minor(amount: object) -> int:
    return amount.minor if isinstance(amount, Money) else 0


def _data(value: Any) -> Any:
    if isinstance(value, Hint):
        return value.to_dict()
    if isinstance(value, (Working, Share, Term)):
        return {name: _data(each) for name, each in value._asdict().items() if each not in (None, "", (), {})}
    if isinstance(value, Mapping):
        return {name: _data(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_data(each) for each in value]
    return value if value is None or isinstance(value, (int, str)) else str(value)


def explain(
    settlement: Settlement,
    *,
    line: str | None = None,
    parcel: int | None = None,
    rule: str | None = None,
    tender: str | None = None,
    earned: bool = False,
) -> Explanation:
    """How the total came about, or one line, one parcel (its place in `parcels`), or one rule (an id).

    Or what a gift card or stored value pays (`tender`, its id), or the points `earned`. A line whose points, fee or
    rounding fall on goods and freight says how, as a refund takes them apart. Raises `UnknownLine`, `IndexError` where
    there is no such parcel, `LookupError` where no rule of this id had a say, or for no such tender, `TypeError` where
    more than one is asked for. Source: contract §4 to §7; docs/explain.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> story = explain(settle(checkout, Rulebook(id="r", currency="CNY")), line="a")
    >>> [(step.code, step.formula, str(step.result)) for step in story.steps]
    [('goods', '59.90 × 2', '119.80 CNY'), ('payable', '119.80', '119.80 CNY')]
    """
    if sum(each is not None for each in (line, parcel, rule, tender, earned or None)) > 1:
        msg = "explain() tells one story: name a line, a parcel, a rule or a tender, or ask for the points earned"
        raise TypeError(msg)
    expect_settlement(settlement)
    if tender is not None or earned:
        from settlement.explanations.paid_story import earned_told, tender_told

        return earned_told(settlement) if tender is None else tender_told(settlement, tender)
    currency, order = settlement.currency, settlement.order
    names = _names(settlement)
    if line is not None:
        left_out = [each for each in settlement.excluded if each.line == line]
        paid = None if left_out else settlement.line(line).payable
        return Explanation("line", line, currency, paid, tuple(_line(settlement, line)), names, order)
    if parcel is not None:
        if not 0 <= parcel < len(settlement.parcels):
            msg = f"there is no parcel {parcel}; this settlement has {len(settlement.parcels)}"
            raise IndexError(msg)
        charge = settlement.parcels[parcel]
        paid = charge.fee + charge.surcharge
        return Explanation("parcel", str(parcel), currency, paid, tuple(_parcel(settlement, parcel)), names, order)
    if rule is not None:
        steps = tuple(_rule(settlement, rule))
        if not steps:
            msg = f"no rule {quoted(rule)} had a say in this settlement"
            raise LookupError(msg)
        amounts = [each.amount.minor for each in settlement.adjustments if each.rule == rule]
        paid = Money.of_minor(sum(amounts), currency) if amounts else None
        return Explanation("rule", rule, currency, paid, steps, names, order)
    return Explanation(
        "total", settlement.rulebook, currency, settlement.payable, tuple(_total(settlement)), names, order
    )


def names_of(settlement: Settlement) -> Mapping[str, str]:
    """The names of lines and offers that stand in the settlement, stored or not."""
    return MappingProxyType({**settlement.called.lines, **settlement.called.offers})


def _names(settlement: Settlement) -> Mapping[str, str]:
    """Those, and what else the documents name that it was made from in this process."""
    request = settlement.made_from
    if request is None:
        return names_of(settlement)
    checkout, book = request
    called_so: tuple[Any, ...] = (
        *book.promotions,
        *book.coupons,
        *book.freight_templates,
        *book.payment_methods,
        *book.delivery_methods,
        *checkout.cart.lines,
    )
    return MappingProxyType({**names_of(settlement), **{each.id: each.name for each in called_so if each.name}})


# ------------------------------------------------------------------ the stories


def _total(settlement: Settlement) -> Iterator[Working]:
    """Goods, each adjustment with what is due after it, then every no."""
    due, currency = settlement.totals.goods, settlement.currency
    goods = [line.goods for line in settlement.lines]
    if len(goods) > _MANY:
        goods = [shop.goods for shop in settlement.shops]
    whose = [("line", line.id) for line in settlement.lines]
    if len(whose) > _MANY:
        whose = [("shop", shop.shop) for shop in settlement.shops]
    terms = tuple(Term(code, each, name) for (code, name), each in zip(whose, goods, strict=True) if each)
    yield Working("goods", due, " + ".join(plain(each.minor, currency) for each in goods) or "0", terms=terms)
    for adjustment, before in walk(settlement):
        steps, over = _made(settlement, adjustment, before)
        yield from steps
        if over.code != "spread":
            yield over._replace(shares=tuple(each for each in over.shares if each.share))
        yield _left(due, adjustment.amount, adjustment)
        due += adjustment.amount
    yield _payable(settlement.totals)
    for excluded in settlement.excluded:
        yield Working("excluded", facts={"line": excluded.line, "reason": excluded.reason, **excluded.facts})
    for gift in settlement.gifts:
        yield Working("gift", rule=gift.rule, facts={"sku": gift.sku, "quantity": str(gift.quantity)})
    refused = [each for each in settlement.decisions if each.outcome == "refused"]
    hinted = _hinted(settlement) if refused else {}
    for decision in refused:
        yield _refused(decision, hinted.get(decision.rule))


def _hinted(settlement: Settlement, offer: str | None = None) -> dict[str, Hint]:
    """What must be bought more to use what was refused, where the documents are still at hand."""
    request = settlement.made_from
    if request is None:
        return {}
    from settlement.engine.question import open_case
    from settlement.explanations.hint import hints_of

    return by_offer(hints_of(open_case(*request), settlement, offer))


def _line(settlement: Settlement, name: str) -> Iterator[Working]:
    """Its goods, then its share of each adjustment with what the line costs after it."""
    for excluded in settlement.excluded:
        if excluded.line == name:
            yield Working("excluded", facts={"line": name, "reason": excluded.reason, **excluded.facts})
            return
    line = settlement.line(name)
    due = line.goods
    yield _goods(line)
    for adjustment, before in walk(settlement):
        share = adjustment.shares.get(name)
        if share is not None:
            steps, over = _made(settlement, adjustment, before)
            yield from steps
            yield over._replace(
                shares=tuple(each for each in over.shares if each.line == name),
                facts={**over.facts, "lines": len(over.shares)},
            )
            yield _left(due, share, adjustment)
            due += share
    yield from _halves(settlement, line)
    yield _payable(line)


def _halves(settlement: Settlement, line: SettledLine) -> Iterator[Working]:
    """How points, fee and rounding fall on its goods and its freight, where it has both: what a refund goes by."""
    if not (line.points or line.payment_fee or line.rounding) or not (line.freight or line.surcharges):
        return
    from settlement.after_pay.refunds.sides import halves_of
    from settlement.explanations.figures import Figures
    from settlement.explanations.sides_story import halves_told

    figures = Figures(settlement.currency)
    halves_told(figures, halves_of(settlement)[line.id])
    yield from figures.steps


def _goods(line: SettledLine) -> Working:
    formula, rounding = f"{plain(line.unit_price.minor, line.goods.currency)} × {line.quantity}", None
    if not isinstance(line.quantity, int):
        formula = f"round({formula})"  # the mode is the rulebook's: the settlement tells only which way it went
        went_up = minor_of(formula, "up", line.goods.currency) == line.goods.minor
        rounding = "up" if went_up else "down"
    facts = {} if line.price_list is None else {"price_list": line.price_list}
    return Working("goods", line.goods, formula, rounding, facts=facts)


def _rule(settlement: Settlement, name: str) -> Iterator[Working]:
    """Whether it applied, what it took off or charged, and how that fell on all of its lines."""
    for decision in settlement.decisions:
        if decision.rule == name and decision.outcome == "refused":
            yield _refused(decision, _hinted(settlement, name).get(name))
    taken = {adjustment.rule for adjustment in settlement.adjustments}
    for decision in settlement.decisions:  # a presale whose deposit counts as itself applies and takes nothing off
        benefit = decision.facts.get("benefit", {})
        if decision.rule == name and name not in taken and benefit.get("type") == "presale" and not decision.reason:
            yield Working("deposit", rule=name, facts={"deposit": Money(benefit["deposit"])})
    for gift in settlement.gifts:
        if gift.rule == name:
            yield Working("gift", rule=name, facts={"sku": gift.sku, "quantity": str(gift.quantity)})
    for adjustment, before in walk(settlement):
        if adjustment.rule == name:
            steps, over = _made(settlement, adjustment, before)
            yield from (*steps, over)
    for parcel in settlement.parcels:
        if parcel.template == name and not parcel.fee:
            yield from _no_fee(parcel.free, parcel.fee)


def _parcel(settlement: Settlement, place: int) -> Iterator[Working]:
    """Its units, its fee and its surcharges, and how they fell on its lines."""
    charge = settlement.parcels[place]
    facts = {"template": charge.template, "shop": charge.shop, "zone": charge.zone, "boxes": charge.boxes}
    if charge.warehouse is not None:
        facts["warehouse"] = charge.warehouse
    if charge.delivery is not None:
        facts["delivery"] = charge.delivery
    yield Working("parcel", charge.units, facts=facts)
    if not charge.fee:
        yield from _no_fee(charge.free, charge.fee)
        yield from _free_entries(settlement, place)
    for adjustment, before in _of_parcel(settlement, place):
        steps, over = _made(settlement, adjustment, before)
        yield from (*steps, over)


def _no_fee(free: bool, fee: Money) -> Iterator[Working]:
    yield Working("free" if free else "no_fee", fee)


def _free_entries(settlement: Settlement, place: int) -> Iterator[Working]:
    """Which free entry held: its conditions are the rulebook's, told where that is still at hand."""
    request = settlement.made_from
    if request is None or not settlement.parcels[place].free:
        return
    from settlement.explanations.parcel import explain_parcel

    for entry in explain_parcel(*request, place).free:
        if entry.holds:
            conditions = [(each.name, each.wanted, each.found) for each in entry.conditions]
            yield Working("free_entry", facts={"place": entry.place, "conditions": conditions})


def _of_parcel(settlement: Settlement, place: int) -> Iterator[tuple[Adjustment, Before]]:
    """The adjustments of one parcel."""
    fee, surcharges = charged(settlement)[place]
    for at, found in enumerate(walk(settlement)):
        if at == fee or at in surcharges:
            yield found


# ------------------------------------------------------------------ steps


def _made(settlement: Settlement, adjustment: Adjustment, before: Before) -> tuple[list[Working], Working]:
    """How an adjustment's amount was made, and how it fell on the lines; no formula that does not hold."""
    stage, rule, amount = adjustment.stage, adjustment.rule, adjustment.amount
    currency = settlement.currency
    label = {"label": adjustment.facts["label"]} if adjustment.facts.get("label") is not None else {}
    try:
        taken = formula_of(settlement, adjustment, before)
        shares = shares_of(adjustment, taken, before)
    except _UNFIT:
        taken, shares = Taken(), None
    if shares is None:
        stated = Working("stated", amount, stage=stage, rule=rule, shares=stated_shares(adjustment), facts=label)
        return [], stated
    steps = list(_condition(adjustment))
    if taken.times is not None:
        steps.append(Working("times", taken.times[1], taken.times[0], stage=stage, rule=rule))
    steps += [Working(code, result, formula, taken.rounding, stage, rule) for code, formula, result in taken.parts]
    if taken.by_line is not None:
        steps += _borne_once(adjustment)
        return steps, Working("by_line", amount, "", taken.rounding, stage, rule, shares)
    made = Money.of_minor(int(minor_of(taken.formula, taken.rounding, currency)), currency)
    steps.append(Working("amount", made, taken.formula, taken.rounding, stage, rule, facts=label))
    steps += _borne_once(adjustment)
    over = sum((each.extra for each in shares if each.extra), start=Money.of_minor(0, currency))
    return steps, Working("spread", amount, "", taken.rounding, stage, rule, shares, {"over": over})


def _borne_once(adjustment: Adjustment) -> Iterator[Working]:
    """What the platform bears of an offer in all, where that is rounded once and then spread over the lines."""
    facts, currency = adjustment.facts, adjustment.amount.currency
    if facts.get("platform_share_per") == "offer" and facts["platform_share"] not in ("0", "100"):
        whole = abs(sum([each.minor for each in adjustment.platform.values()]))
        formula = f"round({plain(abs(adjustment.amount.minor), currency)} × {facts['platform_share']} ÷ 100)"
        if minor_of(formula, facts.get("rounding"), currency) == whole:
            result = Money.of_minor(whole, currency)
            yield Working("borne", result, formula, facts.get("rounding"), adjustment.stage, adjustment.rule)


def _condition(adjustment: Adjustment) -> Iterator[Working]:
    """What the tier asked for and what there was."""
    facts = {name: adjustment.facts[name] for name in ("tier", "basis", "quantity") if name in adjustment.facts}
    for name in ("min_amount", "min_quantity", "max_amount"):
        if name in adjustment.facts:
            facts[name] = adjustment.facts[name]
    if "tier" in facts:
        yield Working("condition", stage=adjustment.stage, rule=adjustment.rule, facts=facts)


def _left(due: Money, amount: Money, adjustment: Adjustment) -> Working:
    currency = due.currency
    sign = "+" if amount.minor > 0 else "−"
    formula = f"{plain(due.minor, currency)} {sign} {plain(abs(amount.minor), currency)}"
    return Working("left", due + amount, formula, None, adjustment.stage, adjustment.rule)


def _payable(row: Totals | SettledLine) -> Working:
    """Goods and every other column that is not 0."""
    first, *others = (getattr(row, name) for name in COLUMNS)
    formula = plain(first.minor, first.currency)
    for amount in others:
        if amount:
            formula += f" {'+' if amount.minor > 0 else '−'} {plain(abs(amount.minor), amount.currency)}"
    terms = tuple(Term(name, getattr(row, name)) for name in COLUMNS if getattr(row, name))
    return Working("payable", row.payable, formula, terms=terms)


def _refused(decision: Decision, hint: Hint | None) -> Working:
    facts: dict[str, Any] = {"reason": decision.reason}
    if decision.shortfall is not None:
        facts["shortfall"] = decision.shortfall
    told = ("unmet", "why", "above", "regions", "payment_methods", "delivery_methods")
    facts |= {name: decision.facts[name] for name in told if name in decision.facts}
    if hint is not None:
        facts["hint"] = hint
    return Working("refused", rule=decision.rule, facts=facts)


all_readable(globals())
